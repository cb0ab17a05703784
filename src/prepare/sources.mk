prepare_sources = \
	$(NULL)
