# unit_tests += tests/plot/test_NAME
