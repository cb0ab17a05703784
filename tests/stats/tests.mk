# unit_tests += tests/stats/test_NAME
