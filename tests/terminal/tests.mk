# unit_tests += tests/terminal/test_NAME
