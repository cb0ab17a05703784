keep_sources = \
	src/keep/absent.c \
	src/keep/decode.c \
	src/keep/encode.c \
	src/keep/export.c \
	src/keep/export.h \
	src/keep/export_c.c \
	src/keep/export_c.h \
	src/keep/export_c_model.c \
	src/keep/export_c_ops.c \
	src/keep/export_c_recipe.c \
	src/keep/form.h \
	src/keep/plan.c \
	src/keep/plan_tests.c \
	src/keep/gate.c \
	src/keep/journal.c \
	src/keep/objects.c \
	src/keep/registry.c \
	src/keep/safetensors.c \
	src/keep/schema.c \
	src/keep/store.h \
	src/keep/versions.c \
	$(NULL)
