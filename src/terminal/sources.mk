terminal_sources = \
	src/terminal/ask.c \
	src/terminal/guard.c \
	src/terminal/terminal.c \
	$(NULL)
