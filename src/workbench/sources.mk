workbench_sources = \
	src/workbench/procedure.c \
	src/workbench/run.c \
	src/workbench/snapshot.c \
	src/workbench/snapshot_stream.c \
	src/workbench/streaming.c \
	src/workbench/sights.c \
	src/workbench/sight_boundary.c \
	src/workbench/sight_surface.c \
	src/workbench/sight_theory.c \
	src/workbench/sight_update.c \
	src/workbench/sight_evaluation.c \
	src/workbench/sight_layers.c \
	src/workbench/plane.c \
	src/workbench/worker.c \
	src/workbench/goal.c \
	src/workbench/pace.c \
	src/workbench/stop.c \
	src/workbench/tree.c \
	src/workbench/workbench.c \
	$(NULL)
