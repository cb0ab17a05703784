# unit_tests += tests/shell/test_NAME
