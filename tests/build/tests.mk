# What the build promises: the libraries that were asked for are the ones that answer, the runner
# that counts cases can fail, ./bootstrap does the right thing on machines that are not here, and no
# file was forgotten in the lists.
unit_tests += tests/build/test_libraries

script_tests += tests/build/check-runner
script_tests += tests/build/check-bootstrap
script_tests += tests/build/check-lists
