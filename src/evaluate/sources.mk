evaluate_sources = \
	$(NULL)
