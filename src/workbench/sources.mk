workbench_sources = \
	src/workbench/procedure.c \
	src/workbench/run.c \
	src/workbench/snapshot.c \
	src/workbench/worker.c \
	src/workbench/stop.c \
	src/workbench/tree.c \
	src/workbench/workbench.c \
	$(NULL)
