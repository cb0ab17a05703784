learn_sources = \
	$(NULL)
