stats_sources = \
	src/stats/box.c \
	src/stats/correlate.c \
	src/stats/cross.c \
	src/stats/density.c \
	src/stats/describe.c \
	src/stats/distributions.c \
	src/stats/drift.c \
	src/stats/drift_cells.c \
	src/stats/drift_order.c \
	src/stats/drift_pair.c \
	src/stats/frequencies.c \
	src/stats/gaps.c \
	src/stats/groups.c \
	src/stats/histogram.c \
	src/stats/information.c \
	src/stats/moments.c \
	src/stats/normality.c \
	src/stats/order.c \
	src/stats/outliers.c \
	src/stats/pca.c \
	src/stats/quantiles.c \
	src/stats/ranks.c \
	src/stats/rows.c \
	src/stats/separation.c \
	src/stats/tiles.c \
	$(NULL)
