unit_tests += tests/evaluate/test_drift_blocks
unit_tests += tests/evaluate/test_metrics
unit_tests += tests/evaluate/test_reference
unit_tests += tests/evaluate/test_trials
unit_tests += tests/evaluate/test_search
unit_tests += tests/evaluate/test_stream
unit_tests += tests/evaluate/test_stream_watched
unit_tests += tests/evaluate/test_inject
