stats_sources = \
	$(NULL)
