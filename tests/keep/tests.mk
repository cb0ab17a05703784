unit_tests += tests/keep/test_keep
unit_tests += tests/keep/test_forgeries
unit_tests += tests/keep/test_registry
unit_tests += tests/keep/test_bad_registry
unit_tests += tests/keep/test_gate
unit_tests += tests/keep/test_kills
