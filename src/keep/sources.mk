keep_sources = \
	src/keep/decode.c \
	src/keep/encode.c \
	src/keep/form.h \
	src/keep/registry.c \
	src/keep/safetensors.c \
	$(NULL)
