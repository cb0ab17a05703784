unit_tests += tests/base/test_elementary
unit_tests += tests/base/test_error
unit_tests += tests/base/test_memory
unit_tests += tests/base/test_numbers
unit_tests += tests/base/test_text
