terminal_sources = \
	src/terminal/guard.c \
	src/terminal/terminal.c \
	$(NULL)
