unit_tests += tests/stats/test_reference
unit_tests += tests/stats/test_stats
