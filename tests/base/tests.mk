# unit_tests += tests/base/test_NAME
