# unit_tests += tests/data/test_NAME
unit_tests += tests/data/test_expression
