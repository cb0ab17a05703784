base_sources = \
	$(NULL)
