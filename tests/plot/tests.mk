unit_tests += tests/plot/test_canvas
unit_tests += tests/plot/test_ticks
unit_tests += tests/plot/test_theme
unit_tests += tests/plot/test_charts
unit_tests += tests/plot/test_golden
tests_plot_test_golden_SOURCES = tests/plot/test_golden.c tests/plot/scenes.c tests/plot/scenes_stats.c tests/plot/scenes_field.c
unit_tests += tests/plot/test_picture
# The golden pictures are renewed by `make check UPDATE=1`. To look at charts on a terminal:
# make tests/plot/show && tests/plot/show all 100x24
look_programs = tests/plot/show
tests_plot_show_SOURCES = tests/plot/show.c tests/plot/scenes.c tests/plot/scenes_stats.c tests/plot/scenes_field.c
