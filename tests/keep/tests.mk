unit_tests += tests/keep/test_keep
unit_tests += tests/keep/test_gate
unit_tests += tests/keep/test_kills
