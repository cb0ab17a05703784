workbench_sources = \
	$(NULL)
