plot_sources = \
	$(NULL)
