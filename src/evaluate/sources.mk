evaluate_sources = \
	src/evaluate/bootstrap.c \
	src/evaluate/classes.h \
	src/evaluate/curves.c \
	src/evaluate/ranking.c \
	src/evaluate/ranking.h \
	src/evaluate/fit.c \
	src/evaluate/folds.c \
	src/evaluate/inject.c \
	src/evaluate/memo.c \
	src/evaluate/memo.h \
	src/evaluate/metrics.c \
	src/evaluate/paired.c \
	src/evaluate/learning.c \
	src/evaluate/search.c \
	src/evaluate/stream.c \
	src/evaluate/stream.h \
	src/evaluate/stream_fits.c \
	src/evaluate/stream_updates.c \
	src/evaluate/trials.c \
	src/evaluate/classes.c \
	src/evaluate/values.c \
	src/evaluate/figures.h \
	$(NULL)
