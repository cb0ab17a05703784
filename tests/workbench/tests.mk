unit_tests += tests/workbench/test_workbench
unit_tests += tests/workbench/test_stop
unit_tests += tests/workbench/test_tree
unit_tests += tests/workbench/test_sights
unit_tests += tests/workbench/test_streaming
