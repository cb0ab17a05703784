prepare_sources = \
	src/prepare/steps.c \
	src/prepare/recipe.c \
	src/prepare/fit.c \
	src/prepare/levels.c \
	src/prepare/bind.c \
	src/prepare/rows.c \
	src/prepare/matrix.c \
	src/prepare/roles.c \
	src/prepare/split.c \
	src/prepare/step_complete.c \
	src/prepare/step_impute.c \
	src/prepare/step_onehot.c \
	src/prepare/step_standardize.c \
	src/prepare/step_minmax.c \
	src/prepare/words.c \
	src/prepare/step.h \
	src/prepare/words.h \
	$(NULL)
