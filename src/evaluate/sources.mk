evaluate_sources = \
	src/evaluate/metrics.c \
	src/evaluate/classes.c \
	src/evaluate/values.c \
	src/evaluate/figures.h \
	$(NULL)
