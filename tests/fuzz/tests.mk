# Fuzz targets: tests/fuzz/fuzz_X.c holds LLVMFuzzerTestOneInput, tests/fuzz/corpus/X its inputs.
# `replay_X` runs the corpus through it once, in every build and with any compiler, as a test. With
# --enable-fuzzing and libFuzzer there is `fuzz_X` too; `make fuzz FUZZ_RUNS=N` runs each.
# A target is its name in three lists and two lines of sources.
fuzz_targets = number pipeline model text expression csv command gzip arff libsvm jsonl npy npz idx sqlite dialect
replay_tests = \
	tests/fuzz/replay_number \
	tests/fuzz/replay_pipeline \
	tests/fuzz/replay_model \
	tests/fuzz/replay_text \
	tests/fuzz/replay_expression \
	tests/fuzz/replay_csv \
	tests/fuzz/replay_command \
	tests/fuzz/replay_dialect \
	tests/fuzz/replay_sqlite \
	tests/fuzz/replay_idx \
	tests/fuzz/replay_npz \
	tests/fuzz/replay_npy \
	tests/fuzz/replay_jsonl \
	tests/fuzz/replay_libsvm \
	tests/fuzz/replay_arff \
	tests/fuzz/replay_gzip \
	$(NULL)
fuzz_programs = \
	tests/fuzz/fuzz_number \
	tests/fuzz/fuzz_pipeline \
	tests/fuzz/fuzz_model \
	tests/fuzz/fuzz_text \
	tests/fuzz/fuzz_expression \
	tests/fuzz/fuzz_csv \
	tests/fuzz/fuzz_command \
	tests/fuzz/fuzz_dialect \
	tests/fuzz/fuzz_sqlite \
	tests/fuzz/fuzz_idx \
	tests/fuzz/fuzz_npz \
	tests/fuzz/fuzz_npy \
	tests/fuzz/fuzz_jsonl \
	tests/fuzz/fuzz_libsvm \
	tests/fuzz/fuzz_arff \
	tests/fuzz/fuzz_gzip \
	$(NULL)

tests_fuzz_replay_model_SOURCES = tests/fuzz/fuzz_model.c tests/fuzz/replay.c
tests_fuzz_replay_pipeline_SOURCES = tests/fuzz/fuzz_pipeline.c tests/fuzz/replay.c
tests_fuzz_replay_number_SOURCES = tests/fuzz/fuzz_number.c tests/fuzz/replay.c
tests_fuzz_replay_text_SOURCES = tests/fuzz/fuzz_text.c tests/fuzz/replay.c
tests_fuzz_replay_expression_SOURCES = tests/fuzz/fuzz_expression.c tests/fuzz/replay.c
tests_fuzz_replay_csv_SOURCES = tests/fuzz/fuzz_csv.c tests/fuzz/replay.c
tests_fuzz_replay_command_SOURCES = tests/fuzz/fuzz_command.c tests/fuzz/replay.c
tests_fuzz_replay_gzip_SOURCES = tests/fuzz/fuzz_gzip.c tests/fuzz/replay.c
tests_fuzz_replay_arff_SOURCES = tests/fuzz/fuzz_arff.c tests/fuzz/replay.c
tests_fuzz_replay_libsvm_SOURCES = tests/fuzz/fuzz_libsvm.c tests/fuzz/replay.c
tests_fuzz_replay_jsonl_SOURCES = tests/fuzz/fuzz_jsonl.c tests/fuzz/replay.c
tests_fuzz_replay_npy_SOURCES = tests/fuzz/fuzz_npy.c tests/fuzz/replay.c
tests_fuzz_replay_npz_SOURCES = tests/fuzz/fuzz_npz.c tests/fuzz/replay.c
tests_fuzz_replay_idx_SOURCES = tests/fuzz/fuzz_idx.c tests/fuzz/replay.c
tests_fuzz_replay_sqlite_SOURCES = tests/fuzz/fuzz_sqlite.c tests/fuzz/replay.c
tests_fuzz_replay_dialect_SOURCES = tests/fuzz/fuzz_dialect.c tests/fuzz/replay.c

if LIBFUZZER
tests_fuzz_fuzz_model_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_pipeline_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_number_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_text_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_expression_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_csv_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_command_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_gzip_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_arff_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_libsvm_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_jsonl_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_npy_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_npz_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_idx_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_sqlite_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
tests_fuzz_fuzz_dialect_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
endif
