unit_tests += tests/prepare/test_roles
unit_tests += tests/prepare/test_split
