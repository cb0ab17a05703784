# unit_tests += tests/dashboard/test_NAME
