unit_tests += tests/terminal/test_terminal
tests_terminal_test_terminal_LDADD = libterminal.a $(LDADD)
