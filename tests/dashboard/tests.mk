unit_tests += tests/dashboard/test_screens
tests_dashboard_test_screens_SOURCES = tests/dashboard/test_screens.c tests/dashboard/scenes.c tests/dashboard/golden.c
tests_dashboard_test_screens_LDADD = $(dashboard_test_libs)
unit_tests += tests/dashboard/test_keys
tests_dashboard_test_keys_SOURCES = tests/dashboard/test_keys.c tests/dashboard/scenes.c
tests_dashboard_test_keys_LDADD = $(dashboard_test_libs)
# To look at screens: make tests/dashboard/show && tests/dashboard/show race 120x40
look_programs += tests/dashboard/show
tests_dashboard_show_SOURCES = tests/dashboard/show.c tests/dashboard/scenes.c
tests_dashboard_show_LDADD = $(dashboard_test_libs)
unit_tests += tests/dashboard/test_browse
tests_dashboard_test_browse_SOURCES = tests/dashboard/test_browse.c tests/dashboard/golden.c
tests_dashboard_test_browse_LDADD = $(dashboard_test_libs)
unit_tests += tests/dashboard/test_frames
tests_dashboard_test_frames_SOURCES = tests/dashboard/test_frames.c tests/dashboard/pty.c
tests_dashboard_test_frames_LDADD = $(CMOCKA_LIBS)
script_tests += tests/dashboard/check-sessions
