# unit_tests += tests/prepare/test_NAME
