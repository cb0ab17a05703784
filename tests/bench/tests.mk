# Benchmarks: programs that print ratios measured in one run, never timed tests. `make bench` builds
# and runs them one after the other.
bench_programs = \
	tests/bench/frame \
	$(NULL)
