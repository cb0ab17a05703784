/* What the files of this room share. */
#ifndef BATCHLAB_WORKBENCH_INTERNAL_H
#define BATCHLAB_WORKBENCH_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "batchlab/evaluate.h"
#include "batchlab/workbench.h"

enum { EVENTS_MAX = 500, BREAKS_MAX = 16, RUNS_MAX = 64 };

struct rise { size_t seen; uint64_t samples; bool any; double best, at; }; /* the lowest value in the points seen */
struct condition {
    struct bl_expression *e;
    bool each_update;         /* asked before every update, else at ends of epochs */
    struct rise *rises;       /* contestants × names */
    bool *held;               /* of each contestant: when it was last asked */
};
struct break_point { struct condition condition; size_t number; };
struct watcher { struct bl_workbench *w; size_t run, found; /* number of the break that spoke */ };

struct worker {
    pthread_t thread;
    bool started;
    /* Everything below is guarded by `lock`, but for the race itself: while `working` it belongs
     * to the worker, else to the owner of the workbench. */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool has_goal, working, quit, watched, listened;
    bool look_due, looking;   /* sights are to be made at rest; are being made: the race belongs to the worker then too */
    struct bl_sights look;
    uint64_t looked;          /* serial of the snapshot that lacked nothing of it */
    struct bl_progress look_progress;
    struct bl_goal goal;
    struct condition until;   /* of the goal, while it lasts */
    uint64_t *targets;        /* BL_GOAL_UPDATES: the absolute update of every contestant */
    bool interrupted;         /* the goal was not reached: bl_workbench_resume takes it up again */
    bool failed;
    struct bl_error error;
    double speed, fps;        /* speed: epochs a second; 0 unlimited, -1 auto */
    struct bl_error paced;    /* what failed between epochs */
    double update_speed;      /* updates a second; 0: epochs are paced */
    double last_published, last_epoch_at, rate; /* seconds, seconds, epochs a second */
    double publish_cost;      /* seconds of the last snapshot */
    double busy_since, elapsed;
    const struct bl_snapshot *latest;
    bool stale;               /* something changed since `latest` */
    int wake[2];
};

struct run_node { /* one run of the tree; what it holds lies here while it is not the current one */
    size_t number, parent;          /* parent 0: none */
    char name[64], changed[160];
    double forked_epoch;
    uint64_t forked_update;
    struct bl_race *race;
    bool *reached, *told_diverged, compare;
    double target;
    uint64_t planned;
    struct bl_budget budget;
    size_t seeds;
    struct bl_repeats *repeats;
    char stopped_by[200];
};

struct sight_key { size_t run; uint64_t state, objective; struct bl_sights look; }; /* what a sight shows; compares with memcmp */
struct sight { /* lies in its arena, with its view */
    atomic_size_t references;
    struct bl_arena *arena;
    const void *view;
    struct sight_key key;
};
struct sight_maker { /* what a sight is made from: the race at rest */
    struct bl_workbench *w;
    const struct bl_sights *look;
    struct bl_trainer *front;
    struct bl_arena *arena;
    struct bl_progress *progress;
    bool in_run;              /* what is at hand will do where anything better costs */
};
struct surface_cache;  /* a plane and the objective on it */
struct boundary_cache; /* grids and rows that stay while objective and axes do */

struct bl_workbench {
    struct bl_pool *pool;
    struct bl_progress progress;
    uint64_t seed;
    struct bl_dataset **datasets;
    size_t n_datasets, current;     /* current: SIZE_MAX none */
    struct bl_model model;
    struct bl_settings defaults;
    struct bl_prepared *prepared;
    struct bl_objective objective;
    bool has_objective, has_smoothness, has_optimum;
    struct bl_smoothness smoothness;
    struct bl_optimum optimum;
    char **names; size_t n_names;   /* of the parameters */
    struct bl_naming naming;        /* what they are made from */
    struct shown_names *shown_names;
    struct bl_race *race;
    bool compare;
    bool *reached;                  /* of each contestant: the target, already told */
    bool *told_diverged;
    double target;
    uint64_t planned;
    struct bl_budget budget;
    size_t seeds;                   /* 0, 1: no repeats */
    struct bl_repeats *repeats;     /* NULL: not yet */
    size_t run_number;              /* of the current run; 0: none */
    size_t last_run;
    char frozen[160];               /* label of the model that is open; "": none */
    struct run_node *runs;
    size_t n_runs;
    char stopped_by[200];
    struct bl_column_view *columns; /* statistics of the current table, made when first watched */
    struct bl_arena *columns_arena;
    size_t n_columns;
    struct bl_event events[EVENTS_MAX]; /* a ring, guarded by worker.lock */
    size_t n_events, first_event;
    uint64_t serial;
    struct bl_memo *memo;           /* of fits on the data as it is prepared now */
    struct break_point breaks[BREAKS_MAX];
    size_t n_breaks, last_break;
    struct watcher *watchers;       /* of the contestants, while a goal is under way */
    struct bl_broke broke;          /* where the last goal was stopped; number 0: nowhere */
    struct sight *sights[BL_SIGHTS]; /* the newest of each; NULL: none */
    double sight_cost[BL_SIGHTS], sight_spent[BL_SIGHTS]; /* seconds: of the last one; in this goal */
    uint64_t objectives;            /* that have ended: names the one there is now */
    struct boundary_cache *boundary;
    struct surface_cache *surface;
    struct bl_streaming *streaming; /* NULL: none */
    struct sight *stream_view;      /* what was seen of the last one; NULL: there was none */
    size_t *stream_told;            /* alarms of each strategy that are among the events */
    char stream_why[200];           /* it failed */
    bool streams;                   /* it was worked on last */
    double stream_elapsed;          /* seconds in it */
    struct worker worker;
};

/* stop.c: a condition takes the expression over; `begin` before a goal of so many contestants. */
void condition_make(struct condition *c, struct bl_expression *e);
void condition_done(struct condition *c);
bool condition_begin(struct condition *c, size_t runs, struct bl_error *err);
/* For contestant i, at its last point or (seen) before its next update. */
bool condition_holds(const struct bl_workbench *w, struct condition *c, size_t i, struct bl_trainer *t, const struct bl_seen *seen);
/* Computes the optimum where a condition or a break names it. */
bool conditions_know(struct bl_workbench *w, const struct bl_expression *until, struct bl_error *err);
bool breaks_begin(struct bl_workbench *w, struct bl_error *err);
void breaks_end(struct bl_workbench *w);
/* worker.c: the thread, and what its owner asks for. */
bool worker_start(struct bl_workbench *w, struct bl_error *err);
void worker_end(struct bl_workbench *w);
void worker_give(struct bl_workbench *w, struct bl_goal goal, uint64_t total, const char *what);
void worker_wake(struct bl_workbench *w); /* whoever polls bl_workbench_wake_fd */
bool worker_stopping(struct bl_workbench *w);
/* goal.c: does w->worker.goal, which is one of the race. */
void goal_do(struct bl_workbench *w);
/* pace.c. At the end of an epoch or a point: is a snapshot due, which sights are wanted? */
bool worker_due(struct bl_workbench *w, double now, struct bl_sights *look);
void worker_publish(struct bl_workbench *w, double now);
void worker_hold(struct bl_workbench *w); /* back to the pace that is set, and measures the one there is */
double worker_pace(struct bl_workbench *w); /* seconds that an epoch lasts at least; 0: it is not held back */
/* With a pace of updates: the next epoch but for its last updates, which the race makes itself. *broke: a break spoke. */
bool pace_updates(struct bl_workbench *w, bool *broke, struct bl_error *err);
/* Makes a snapshot now; the caller owns the race. */
void snapshot_publish(struct bl_workbench *w);
/* The names of the parameters belong to an objective that ends. */
void snapshot_names_forget(struct bl_workbench *w);
void snapshot_columns(struct bl_workbench *w);
void snapshot_columns_forget(struct bl_workbench *w);
/* sights.c: makes what is wanted and not up to date; true when something was. in_run: only what costs little. */
bool sights_refresh(struct bl_workbench *w, const struct bl_sights *look, bool in_run);
/* Those of the current run, for a snapshot: one more reference each. */
void sights_share(struct bl_workbench *w, struct bl_snapshot *s, struct sight *held[BL_SIGHTS]);
void sight_drop(struct sight *s);
void sights_forget(struct bl_workbench *w); /* the objective ends */
/* streaming.c: the goal of the worker; a run takes its place; its view for a snapshot, one more reference. */
void stream_do(struct bl_workbench *w);
void stream_leave(struct bl_workbench *w);
void stream_free(struct bl_workbench *w);
/* snapshot_stream.c: what is to be seen of the stream now takes the place of what was. */
void stream_look(struct bl_workbench *w);
const char *stream_state(const struct bl_workbench *w); /* at rest */
struct sight *stream_share(struct bl_workbench *w, struct bl_snapshot *s);
/* One file each; NULL: no memory, or stopped. */
const void *boundary_make(struct sight_maker *m);
void boundary_forget(struct bl_workbench *w);
#define SURFACE_WORK 2e8 /* nodes × rows × parameters of one surface */
const void *surface_make(struct sight_maker *m);
const void *theory_make(struct sight_maker *m);
const void *update_make(struct sight_maker *m);
const void *evaluation_make(struct sight_maker *m);
const void *layers_make(struct sight_maker *m);
/* Names of the classes as models number them, made safe for a screen; NULL: no memory. */
const char *const *sight_classes(const struct sight_maker *m);
void surface_forget(struct bl_workbench *w);
/* The optimum of the objective where it is known or, at rest, found soon; else NULL. */
const struct bl_optimum *sight_optimum(const struct sight_maker *m);
/* plane.c: the two directions along which m rows of length p spread most about a centre (orthonormal, the largest weight
 * of each positive); share: of all that they spread. False: no memory. */
bool plane_of(const double *rows, size_t m, size_t p, const double *centre, double *directions, double share[2]);
void plane_mean(const double *rows, size_t m, size_t p, double *mean);
/* tree.c: the current run goes to rest in the tree; a new one (race and flags are in place) enters it. */
void run_leave(struct bl_workbench *w);
bool run_enter(struct bl_workbench *w, const struct run_node *as, struct bl_error *err);
bool runs_room(struct bl_workbench *w, struct bl_error *err); /* for one more: the oldest may go */
void runs_end(struct bl_workbench *w);
/* Ends race, objective, prepared data as far as they depend on what changed. */
void run_end(struct bl_workbench *w);
void objective_end(struct bl_workbench *w);
void prepared_end(struct bl_workbench *w);
/* The objective of a model on any rows of a dataset; the type where the model leaves it to the target. */
bool model_objective(const struct bl_model *m, const struct bl_table *t, const struct bl_roles *roles, const struct bl_matrix *train,
                     const struct bl_matrix *validation, struct bl_objective *o, struct bl_error *err);
const struct bl_objective_type *model_type(const struct bl_model *m, const struct bl_roles *roles);
void repeats_free(struct bl_repeats *r);
/* Events that the state of the race calls for: target reached, diverged. */
void run_tell(struct bl_workbench *w);

#endif
