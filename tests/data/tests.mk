# unit_tests += tests/data/test_NAME
