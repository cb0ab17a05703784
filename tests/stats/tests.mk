unit_tests += tests/stats/test_detector
unit_tests += tests/stats/test_drift
unit_tests += tests/stats/test_explore
unit_tests += tests/stats/test_reference
unit_tests += tests/stats/test_stats
unit_tests += tests/stats/test_shape
