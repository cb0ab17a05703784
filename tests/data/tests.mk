unit_tests += tests/data/test_csv
unit_tests += tests/data/test_csv_agreement
unit_tests += tests/data/test_expression
unit_tests += tests/data/test_load
unit_tests += tests/data/test_gzip
unit_tests += tests/data/test_arff
unit_tests += tests/data/test_libsvm
