# unit_tests += tests/learn/test_NAME
