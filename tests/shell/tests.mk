# The program from outside: on a pseudo-terminal, in tmux, between pipes.
unit_tests += tests/shell/test_prompt
tests_shell_test_prompt_LDADD = $(CMOCKA_LIBS) -lutil
unit_tests += tests/shell/test_signals
tests_shell_test_signals_LDADD = $(CMOCKA_LIBS) -lutil
script_tests += tests/shell/check-options
script_tests += tests/shell/check-tmux
