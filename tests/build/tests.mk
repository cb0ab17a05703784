# What the build promises: the libraries that were asked for are the ones that answer, and the
# runner that counts cases can fail.
unit_tests += tests/build/test_libraries
tests_build_test_libraries_LDADD = $(LDADD) -ldl
script_tests += tests/build/check-runner
