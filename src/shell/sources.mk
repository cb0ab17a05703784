shell_sources = \
	$(NULL)
