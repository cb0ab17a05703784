/* The inside of a trainer, shared by the files that make it: trainer.c (the stepper), order.c (which
 * rows an update sees), history.c (points), dots.c, path.c, tape.c (snapshots), divergence.c. */
#ifndef BATCHLAB_LEARN_RUN_H
#define BATCHLAB_LEARN_RUN_H

#include "src/learn/objective.h"
#include "src/learn/trainer.h"

enum { BL_DROPS, BL_BEST, BL_WAITED, BL_SEEN, BL_PLATEAU_NUMBERS };   /* of schedule=plateau, in live */
enum { BL_LEAST, BL_LEAST_AT, BL_LOOKED, BL_PATIENCE_NUMBERS };       /* of patience=: value, epoch, last epoch looked at */

struct bl_plan { uint64_t from, epochs; }; /* planned epochs for the updates after number `from` */

struct bl_moment { /* all that the next update reads, beside the numbers in `live` */
    uint64_t update;      /* updates done */
    uint64_t passes;      /* full-batch methods: passes over the rows so far */
    bool converged;
    double seconds;
};

struct bl_snapshot_of_run {
    struct bl_moment at;
    double live[];
};

struct bl_tape {
    struct bl_snapshot_of_run **kept; /* ascending; kept[0] is the start */
    size_t n, capacity, found;       /* found: the last that was met on the way, a guess for the next */
    struct bl_snapshot_of_run **spare; /* for the next ones */
    size_t n_spare, spare_capacity;
    size_t each;                     /* bytes of `live` */
    uint64_t inside;                 /* updates between two snapshots inside an epoch; 0: none */
    uint64_t apart;                  /* epochs between two old ones */
    bool long_epochs;                /* one takes so long to play that those inside stay */
};

/* A fork counts on from where it left its parent. Inside, updates are numbered as if all epochs had
 * been cut as now; these are added to tell what was really done. */
struct bl_origin {
    uint64_t update;                 /* its first, by its own numbers */
    int64_t told, steps, mean;       /* updates done; updates of the optimizer; iterates in the mean */
    int64_t evaluations;             /* rows whose gradient was computed */
};

struct bl_path {                     /* path.c */
    double *theta;                   /* capacity × n_params; NULL: none is kept */
    uint64_t *samples;               /* of each state, ascending; may reach beyond now */
    size_t n, capacity;
    uint64_t every, passed;          /* one recorded state in so many; seen since the last thinning */
};

struct bl_dots {                     /* dots.c */
    struct bl_dot *dots;             /* ascending; may reach beyond now */
    size_t n, told;                  /* dots[told…n) wait: what stands for their loss is the row */
    double *margins;                 /* of those that wait, then of the last update; × k; NULL: none ever waits */
    size_t room;                     /* so many can wait */
    uint64_t spacing, until;         /* one dot every so many updates, a power of two; the last update looked at */
    double last;                     /* the last finite loss that an update met, */
    size_t last_row;                 /* or where that waits its row, */
    bool last_waits;
};

struct bl_history {
    struct bl_point *points;         /* ascending in updates; may reach beyond now */
    size_t n, capacity, found;       /* found: where the last was looked for, which is a guess for the next */
    struct bl_path path;
    struct bl_dots dots;
};

struct bl_trainer {
    const struct bl_objective *o;
    struct bl_settings set;
    struct bl_pool *pool;
    struct bl_workspace *w;
    struct bl_smoothness smooth;
    bool has_smooth;
    double lr;

    size_t n, batch;                 /* training rows; rows of a whole update */
    uint64_t per_epoch;              /* updates */
    bool whole;                      /* every update sees every row once, in file order */
    bool fused;                      /* plain gradient descent, one row an update */
    size_t n_state;                  /* doubles of optimizer or solver */
    double *live;                    /* parameters, then state */
    size_t n_live;
    struct bl_moment now;

    double *gradient;                /* of the full objective at update gradient_at */
    uint64_t gradient_at;            /* UINT64_MAX: none */
    double gradient_loss, gradient_seconds;
    double *batch_gradient;
    double *part, *correction;       /* scratch of estimate.c */
    double *average, *plateau, *patience, *searched; /* inside live; NULL: not asked for */
    struct bl_origin origin;
    bl_watch *watch;                 /* asked before updates and at ends of epochs; NULL: nobody */
    void *watch_context;
    bool watch_updates, broke;
    double *margins;                 /* of a fused block */
    size_t n_frozen;                 /* parameters in front that stay: of the first layers of a network */
    double *frozen;                  /* room for them; NULL: none */
    double *before;                  /* live before a block or an iteration that may be undone */

    uint32_t *order;                 /* rows of epoch order_of; NULL: as they stand */
    uint64_t order_of;
    double *reach, *importance;      /* order=importance: sums of L up to each row; what a row counts where it is drawn */

    struct bl_plan *plans;
    size_t n_plans, plan_capacity;
    struct bl_history history;
    struct bl_tape tape;
    struct bl_point extra;           /* figures between recorded points */
    bool has_extra;
    bool steady;                     /* the rate is the same throughout this stretch: */
    double rate;
    bool arrived;                    /* a stretch has just ended here, at this time: */
    double ended;
    enum bl_status status;
    struct bl_error why;
};

static inline double *bl_run_state(const struct bl_trainer *t)
{
    return t->live + t->o->n_params;
}

/* create.c */
uint64_t bl_run_planned(const struct bl_trainer *t, uint64_t update); /* epochs planned for the update after so many */
/* All that a trainer needs but its history and tape: settings checked, memory taken, rate chosen. */
struct bl_trainer *bl_run_make(const struct bl_objective *o, const struct bl_settings *s, const struct bl_smoothness *smooth,
                               struct bl_pool *pool, struct bl_error *err);
double bl_run_watched(const struct bl_trainer *t, const struct bl_point *p); /* the figure that patience= waits for */

/* search.c: the step of lr=search from theta, where data loss and gradient are these. `trial` and
 * `trial_gradient` (n_params each) are where it leads to. False when stopped. */
double bl_search_guess(double gradient_norm); /* half the first step to try */
struct bl_searched { double step, loss; uint64_t passes; };
bool bl_run_search(struct bl_trainer *t, const double *theta, double loss, const double *gradient, double *trial,
                   double *trial_gradient, struct bl_searched *out, struct bl_progress *progress);

/* trainer.c */
double bl_run_rate(const struct bl_trainer *t, uint64_t update); /* for the update after so many */
uint64_t bl_run_samples(const struct bl_trainer *t, uint64_t updates);
uint64_t bl_run_evaluations(const struct bl_trainer *t); /* history.c: rows whose gradient was computed, without those of a parent */
/* To an update by the trainer's own numbers, forwards or back, but not before its origin. */
bool bl_run_go_to(struct bl_trainer *t, uint64_t update, struct bl_progress *progress, struct bl_error *err);
/* To the given update, or until stopped, diverged or converged. */
bool bl_run_advance(struct bl_trainer *t, uint64_t target, struct bl_progress *progress, struct bl_error *err);

static inline const double *bl_run_shown(const struct bl_trainer *t) /* the parameters that figures are of */
{
    return t->average ? t->average : t->live;
}

/* estimate.c: loss and gradient of the rows of the next update; `state` of the optimizer moves on.
 * False when stopped. */
bool bl_run_estimate(struct bl_trainer *t, double *state, const struct bl_batch *b, double *out, double *loss, struct bl_progress *progress);
void bl_run_hold(const struct bl_trainer *t, double *gradient); /* that of what is frozen is 0 */
const double *bl_run_clip(const struct bl_trainer *t, const double *gradient, double *out);
size_t bl_saga_size(const struct bl_objective *o);

/* order.c: the rows of the update after t->now.update, for epochs that do not take the whole */
bool bl_run_weigh_rows(struct bl_trainer *t, struct bl_error *err);
void bl_run_order(struct bl_trainer *t);
struct bl_batch bl_run_batch(struct bl_trainer *t);

/* history.c */
bool bl_history_room(struct bl_trainer *t, uint64_t epochs, struct bl_error *err); /* before an epoch */
bool bl_history_due(const struct bl_trainer *t, uint64_t update);     /* is a point wanted here? */
uint64_t bl_history_next(const struct bl_trainer *t, uint64_t update);/* the next such update after this one */
const struct bl_point *bl_history_find(const struct bl_trainer *t, uint64_t update);
const struct bl_point *bl_history_here(struct bl_trainer *t);         /* the same, of now */
size_t bl_history_until(const struct bl_trainer *t, uint64_t update); /* points with at most so many updates */
void bl_path_add(struct bl_trainer *t);                              /* where it stands now */
void bl_path_forget(struct bl_trainer *t, uint64_t update);
void bl_path_free(struct bl_path *path);
bool bl_path_copy(const struct bl_trainer *from, struct bl_trainer *to, struct bl_error *err);
void bl_history_forget(struct bl_trainer *t, uint64_t update);        /* what came after it */
/* Gradient and loss of the full objective now, into t->gradient; false when stopped on the way. What it takes is time of
 * the stretch that asks for it. */
bool bl_history_gradient(struct bl_trainer *t, struct bl_progress *progress);
/* All figures of the state now; false when stopped on the way. */
bool bl_history_measure(struct bl_trainer *t, struct bl_point *out, struct bl_progress *progress);
bool bl_history_mark(struct bl_trainer *t, struct bl_error *err); /* a point here, due or not */
/* The point here, recorded now if one is due and missing; NULL: none. *done false: stopped on the way. */
const struct bl_point *bl_history_record(struct bl_trainer *t, struct bl_progress *progress, bool *done);

/* dots.c: losses that the updates met, in a bounded buffer. Those of updates with one row wait until somebody asks. */
bool bl_dots_room(struct bl_trainer *t, struct bl_error *err);
void bl_dots_add(struct bl_trainer *t, uint64_t update, double loss);     /* that which update number `update` met */
void bl_dots_add_rows(struct bl_trainer *t, const struct bl_batch *rows); /* of the next updates, one a row; t->margins are theirs */
void bl_dots_forget(struct bl_trainer *t, uint64_t update);
double bl_dots_last(struct bl_trainer *t);                                /* the last finite loss that an update met */
size_t bl_dots_bytes(const struct bl_trainer *t);
void bl_dots_free(struct bl_trainer *t);

/* tape.c */
bool bl_tape_begin(struct bl_trainer *t, struct bl_error *err);
void bl_tape_room(struct bl_trainer *t);   /* takes memory for the snapshots of an epoch */
uint64_t bl_tape_next(const struct bl_trainer *t, uint64_t update);
void bl_tape_keep(struct bl_trainer *t);   /* a snapshot of now, if one belongs here */
void bl_tape_restore(struct bl_trainer *t, uint64_t update); /* the nearest at or before */
bool bl_tape_ahead(const struct bl_trainer *t, uint64_t update); /* is there one on the way there? */
void bl_tape_forget(struct bl_trainer *t, uint64_t update);  /* snapshots after it */
void bl_tape_fit(struct bl_trainer *t, size_t bytes);        /* fewer, until they fit */
void bl_tape_free(struct bl_trainer *t);

/* divergence.c */
/* Update number `update` led out of the finite numbers: it is undone, and the run is diverged. */
bool bl_run_diverged(struct bl_trainer *t, uint64_t update, double loss, struct bl_error *err);
/* The run left its start far behind: diverged, but nothing is undone. */
void bl_run_grew(struct bl_trainer *t, double objective);
bool bl_all_finite(const double *x, size_t n);

#endif
