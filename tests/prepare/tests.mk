unit_tests += tests/prepare/test_roles
unit_tests += tests/prepare/test_split
unit_tests += tests/prepare/test_recipe
unit_tests += tests/prepare/test_scaling
unit_tests += tests/prepare/test_combining
unit_tests += tests/prepare/test_nasty
unit_tests += tests/prepare/test_reference
unit_tests += tests/prepare/test_sparse
