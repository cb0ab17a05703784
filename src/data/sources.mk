data_sources = \
	src/data/expression.c \
	$(NULL)
