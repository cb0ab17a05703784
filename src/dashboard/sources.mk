dashboard_sources = \
	src/dashboard/act.c \
	src/dashboard/curses.c \
	src/dashboard/dashboard.c \
	src/dashboard/find.c \
	src/dashboard/keys.c \
	src/dashboard/layout.c \
	src/dashboard/line.c \
	src/dashboard/loop.c \
	src/dashboard/panel_above.c \
	src/dashboard/panel_compare.c \
	src/dashboard/panel_events.c \
	src/dashboard/panel_gradient.c \
	src/dashboard/panel_histogram.c \
	src/dashboard/panel_loss.c \
	src/dashboard/panel_race.c \
	src/dashboard/panel_regime.c \
	src/dashboard/panel_run.c \
	src/dashboard/panel_stats.c \
	src/dashboard/panel_weights.c \
	src/dashboard/parts.c \
	src/dashboard/reset.c \
	src/dashboard/screen.c \
	src/dashboard/status.c \
	$(NULL)
