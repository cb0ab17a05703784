# Fuzz targets: tests/fuzz/fuzz_X.c holds LLVMFuzzerTestOneInput, tests/fuzz/corpus/X its inputs.
# `replay_X` runs the corpus through it once, in every build and with any compiler, as a test. With
# --enable-fuzzing and libFuzzer there is `fuzz_X` too; `make fuzz FUZZ_RUNS=N` runs each.
# A target is its name in fuzz_targets and the four lines of its two programs.
fuzz_targets =
replay_tests =
fuzz_programs =
