unit_tests += tests/workbench/test_workbench
