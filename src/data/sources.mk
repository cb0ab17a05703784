data_sources = \
	$(NULL)
