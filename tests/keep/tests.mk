unit_tests += tests/keep/test_keep
