# Benchmarks: programs that print ratios measured in one run, never timed tests. `make bench` builds
# and runs them one after the other. A benchmark is its name and the line of its sources.
bench_programs = \
	tests/bench/bench_browse \
	tests/bench/bench_epoch \
	tests/bench/bench_evaluate \
	tests/bench/bench_filter \
	tests/bench/bench_learn \
	tests/bench/bench_load \
	tests/bench/bench_optimum \
	tests/bench/bench_registry \
	tests/bench/bench_sizes \
	tests/bench/bench_sparse \
	tests/bench/bench_network \
	tests/bench/bench_start \
	tests/bench/bench_stats \
	tests/bench/bench_tape \
	tests/bench/bench_views \
	tests/bench/bench_watch \
	tests/bench/frame \
	$(NULL)

tests_bench_bench_browse_SOURCES = tests/bench/bench_browse.c
tests_bench_bench_browse_LDADD = $(dashboard_test_libs)
tests_bench_bench_watch_SOURCES = tests/bench/bench_watch.c tests/bench/bench.c tests/dashboard/pty.c tests/dashboard/scenes.c
tests_bench_bench_watch_LDADD = $(dashboard_test_libs)
tests_bench_bench_load_SOURCES = tests/bench/bench_load.c tests/bench/bench.c
tests_bench_bench_stats_SOURCES = tests/bench/bench_stats.c tests/bench/bench.c
tests_bench_bench_epoch_SOURCES = tests/bench/bench_epoch.c tests/bench/bench.c
tests_bench_bench_evaluate_SOURCES = tests/bench/bench_evaluate.c tests/bench/bench.c
tests_bench_bench_sparse_SOURCES = tests/bench/bench_sparse.c tests/bench/bench.c
tests_bench_bench_network_SOURCES = tests/bench/bench_network.c tests/bench/bench.c
tests_bench_bench_start_SOURCES = tests/bench/bench_start.c tests/bench/bench.c
tests_bench_bench_optimum_SOURCES = tests/bench/bench_optimum.c tests/bench/bench.c
tests_bench_bench_registry_SOURCES = tests/bench/bench_registry.c tests/bench/bench.c
tests_bench_bench_sizes_SOURCES = tests/bench/bench_sizes.c tests/bench/bench.c
tests_bench_bench_learn_SOURCES = tests/bench/bench_learn.c tests/bench/bench.c
tests_bench_bench_views_SOURCES = tests/bench/bench_views.c tests/dashboard/scenes.c
tests_bench_bench_views_LDADD = $(dashboard_test_libs)
tests_bench_bench_filter_SOURCES = tests/bench/bench_filter.c tests/bench/bench.c
tests_bench_bench_tape_SOURCES = tests/bench/bench_tape.c tests/bench/bench.c
