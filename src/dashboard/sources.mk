dashboard_sources = \
	$(NULL)
