unit_tests += tests/language/test_complete
unit_tests += tests/language/test_contract
unit_tests += tests/language/test_golden
unit_tests += tests/language/test_grammar
unit_tests += tests/language/test_grid
unit_tests += tests/language/test_prepare
unit_tests += tests/language/test_session
unit_tests += tests/language/test_table
