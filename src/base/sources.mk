base_sources = \
	src/base/arena.c \
	src/base/circular.c \
	src/base/elementary.c \
	src/base/error.c \
	src/base/input.c \
	src/base/lanes.c \
	src/base/memory.c \
	src/base/names.c \
	src/base/nearest.c \
	src/base/number_format.c \
	src/base/number_parse.c \
	src/base/pool.c \
	src/base/progress.c \
	src/base/random.c \
	src/base/save.c \
	src/base/sha256.c \
	src/base/system.c \
	src/base/text.c \
	src/base/typed.c \
	src/base/units.c \
	src/base/utf8.c \
	$(NULL)
