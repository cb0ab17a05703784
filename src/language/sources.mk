language_sources = \
	$(NULL)
