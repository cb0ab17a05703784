# unit_tests += tests/language/test_NAME
