shell_sources = \
	src/shell/complete.c \
	src/shell/history.c \
	src/shell/output.c \
	src/shell/pager.c \
	src/shell/progress.c \
	src/shell/prompt.c \
	src/shell/remember.c \
	src/shell/run.c \
	$(NULL)
