plot_sources = \
	src/plot/theme.c \
	src/plot/canvas.c \
	src/plot/print.c \
	src/plot/ticks.c \
	src/plot/scale.c \
	src/plot/view.c \
	src/plot/raster.c \
	src/plot/lines.c \
	src/plot/labels.c \
	src/plot/cursor.c \
	src/plot/scatter.c \
	src/plot/histogram.c \
	src/plot/bars.c \
	src/plot/arrows.c \
	src/plot/heat.c \
	src/plot/box.c \
	src/plot/qq.c \
	src/plot/scree.c \
	src/plot/pairs.c \
	src/plot/field.c \
	src/plot/regions.c \
	src/plot/contour.c \
	src/plot/chart.c \
	src/plot/say.c \
	$(NULL)
