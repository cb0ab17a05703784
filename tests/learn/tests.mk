# unit_tests += tests/learn/test_NAME
unit_tests += tests/learn/test_gram
unit_tests += tests/learn/test_linalg
unit_tests += tests/learn/test_objective
unit_tests += tests/learn/test_optimum
unit_tests += tests/learn/test_trainer
unit_tests += tests/learn/test_trajectories
