/* workbench: the state that a person works on, and the worker that trains in the background. All
 * that is typed or keyed drives this and nothing below it. Knows no terminal and no command.
 *
 * Threads: one worker owns the race while a goal is under way; everybody else sees snapshots. Every
 * function here is called from the one thread that owns the workbench (prompt or dashboard); those
 * that touch run or data first bring the worker to rest at the end of an update
 * (bl_workbench_rest), which takes a fraction of a second at most and changes no bits. */
#ifndef BATCHLAB_WORKBENCH_H
#define BATCHLAB_WORKBENCH_H

#include "batchlab/evaluate.h"
#include "batchlab/plot.h"

struct bl_workbench;

/* threads 0: the processors it may use. */
struct bl_workbench *bl_workbench_create(size_t threads, uint64_t seed, struct bl_error *err);
void bl_workbench_free(struct bl_workbench *w);
struct bl_pool *bl_workbench_pool(struct bl_workbench *w);
struct bl_progress *bl_workbench_progress(struct bl_workbench *w); /* of whatever works now; set stop to interrupt */
uint64_t bl_workbench_seed(const struct bl_workbench *w);
void bl_workbench_set_seed(struct bl_workbench *w, uint64_t seed);

/* ---- datasets ------------------------------------------------------------------------------------*/
/* A model that is to be trained further: its recipe is replayed, not fitted anew, and runs begin at its parameters. Holds as long as
 * target, features, recipe and kind of model stay as they were. */
struct bl_warm {
    const struct bl_objective_type *type; /* by its name: that of a network is its own */
    size_t n_params; double *theta;
    struct bl_recipe *recipe;      /* fitted */
    const struct bl_recipe *given; /* of the dataset at that time */
    size_t target, features;       /* column; how many are features */
};
struct bl_dataset { /* one loaded table and all that was decided about it */
    struct bl_table *table;
    struct bl_roles roles;
    bool target_given;             /* else the set's own or the last column: tell it */
    struct bl_recipe *recipe;      /* as given; NULL: the default recipe */
    double percent[BL_PARTS];      /* 60 20 20 */
    bool stratify, split_given;
    struct bl_split_how how;       /* random, by time, by groups, as a column says; balance */
    struct bl_warm *warm;          /* fine-tuning; owned, NULL: none */
    bool leak;                     /* only to show what it does: the recipe is fitted on all rows */
    uint64_t split_seed; bool split_seed_given;
    size_t test_looks;             /* how often `eval test` opened the test rows, in earlier sessions too as far as they are known */
    size_t looks_written; bool looks_known; /* of them in the journal of a registry; it was asked */
    bool defaults_told;            /* a run has said which recipe and split were chosen for it */
};
/* Takes the table over (also on failure), chooses roles (target NULL: default) and makes it current.
 * A dataset of the same name is replaced. Ends the current run. */
bool bl_workbench_add(struct bl_workbench *w, struct bl_table *table, const char *target, struct bl_error *err);
bool bl_workbench_use(struct bl_workbench *w, const char *name, struct bl_error *err);
size_t bl_workbench_datasets(const struct bl_workbench *w);
const struct bl_dataset *bl_workbench_dataset_at(const struct bl_workbench *w, size_t i);
/* The current one; NULL with a BL_STATE error ("nothing is loaded", hint "load iris") if err is given. */
struct bl_dataset *bl_workbench_dataset(struct bl_workbench *w, struct bl_error *err);
/* The current dataset is to train this model further: the fitted recipe and the parameters are copied, what was prepared and the
 * current run end. */
bool bl_workbench_warm(struct bl_workbench *w, const struct bl_objective *o, const double *theta, const struct bl_recipe *fitted, struct bl_error *err);
/* To be called after changing roles, recipe or split of the current dataset: what was prepared and
 * the current run end (their memory goes when nobody looks at them any more). */
void bl_workbench_changed(struct bl_workbench *w);

/* ---- prepared data --------------------------------------------------------------------------------*/
struct bl_prepared { /* what follows from a dataset's roles, split and recipe */
    struct bl_recipe *recipe;      /* a fitted copy */
    struct bl_split split;
    struct bl_matrix *part[BL_PARTS]; /* NULL where a part has no rows */
    const struct bl_dataset *dataset;
    size_t references;
    bool looked_at;                /* see bl_workbench_first_look */
};
/* Splits, fits and builds the matrices if that is not done yet. Lent until something changes. */
const struct bl_prepared *bl_workbench_prepare(struct bl_workbench *w, struct bl_warnings *warnings, struct bl_error *err);
/* What would be prepared if the current dataset were as `as` says, and the objective of the current
 * model on it; both to be freed (objective first). Nothing changes. */
struct bl_prepared *bl_workbench_imagine(struct bl_workbench *w, const struct bl_dataset *as, struct bl_objective *objective,
                                         struct bl_warnings *warnings, struct bl_error *err);
void bl_prepared_free(struct bl_prepared *p);
/* True the first time that it is asked of the data as it is prepared now (prepares it if need be; false where that fails). */
bool bl_workbench_first_look(struct bl_workbench *w, struct bl_warnings *warnings);
/* `wanted` is a copy of the current dataset with another recipe or split. If it can be prepared, the
 * dataset becomes that (an old recipe is the caller's then) and the current run ends; if not, all stays
 * as it was, the run too. */
const struct bl_prepared *bl_workbench_change(struct bl_workbench *w, const struct bl_dataset *wanted,
                                              struct bl_warnings *warnings, struct bl_error *err);

/* The split of `wanted` alone, for a dataset whose recipe cannot be fitted yet: it is kept for when it can. *split says
 * how rows are cut; to be freed. If it is impossible, all stays as it was. */
bool bl_workbench_split_alone(struct bl_workbench *w, const struct bl_dataset *wanted, struct bl_split *split, struct bl_error *err);

/* ---- model ---------------------------------------------------------------------------------------*/
struct bl_model {
    const struct bl_objective_type *type; /* NULL: by the target */
    double l2, l1;
    bool intercept;
    bool has_hyper;                       /* else the defaults of the type */
    double hyper[BL_MODEL_KEYS];
    char class_weight[256];               /* "", "balanced", or "LEVEL:2,LEVEL:0.5": others count 1 */
    struct bl_network_spec network;       /* of a type that is a network; its seed is the workbench's */
};
const struct bl_model *bl_workbench_model(const struct bl_workbench *w);
/* False where it does not fit the data, which leaves model and run as they were. */
bool bl_workbench_set_model(struct bl_workbench *w, const struct bl_model *m, struct bl_error *err);
/* The objective for the current data and model, made if need be. */
const struct bl_objective *bl_workbench_objective(struct bl_workbench *w, struct bl_error *err);
const struct bl_optimum *bl_workbench_optimum(struct bl_workbench *w, struct bl_error *err); /* computed once */
const struct bl_smoothness *bl_workbench_smoothness(struct bl_workbench *w, struct bl_error *err);
/* "(intercept)", "petal_length"; for softmax "setosa:(intercept)", "setosa:petal_length"; see bl_objective_name.
 * Lent. Above a million parameters an error with a way out: bl_workbench_parameter_name names any one. */
const char *const *bl_workbench_parameter_names(struct bl_workbench *w, size_t *n, struct bl_error *err);

void bl_workbench_parameter_name(struct bl_workbench *w, size_t i, struct bl_text *out);

/* ---- fits beside the run: cross-validation, learning curves, tuning ------------------------------------*/
/* What fits the current dataset with its recipe by a model, trained as `settings` say; for bl_trials_run and
 * bl_fit_train. `model` is lent while it is used, everything else until the dataset changes. */
bool bl_workbench_procedure(struct bl_workbench *w, const struct bl_model *model, const struct bl_settings *settings,
                            struct bl_procedure *out, struct bl_error *err);
/* How a model is trained where nothing is said: to its optimum. full:closed for linear, full:newton (full:lbfgs
 * where the curvature can vanish, or beyond 1000 features), without a Hessian 500 epochs of batch, of
 * networks by adam. */
void bl_workbench_thorough(struct bl_workbench *w, const struct bl_model *model, struct bl_settings *out);
/* Rows of the current dataset that can be used, ascending; without the test rows of the split unless `all`. Free *rows. */
bool bl_workbench_rows(struct bl_workbench *w, bool all, uint32_t **rows, size_t *n, struct bl_error *err);
/* Figures of fits on the current dataset as it is prepared now; NULL where memory ended. */
struct bl_memo *bl_workbench_memo(struct bl_workbench *w);
/* The test rows of the current dataset were looked at: counted in bl_dataset.test_looks. */
void bl_workbench_look(struct bl_workbench *w);

/* ---- runs: a run is a race with one contestant ------------------------------------------------------*/
struct bl_settings *bl_workbench_defaults(struct bl_workbench *w); /* what `set` changes */
struct bl_contestant { char name[64]; struct bl_settings settings; }; /* name "": made from the settings */
/* Starts a new race (run) from the start parameters; the old one stays in the tree of runs. target nan: optimum + 0.01
 * (start - optimum). compare: told apart from a single run on screens. */
bool bl_workbench_start(struct bl_workbench *w, const struct bl_contestant *c, size_t n, double target, bool compare, struct bl_error *err);
/* Of the race just started: what it may spend (BL_GOAL_SPEND goes there; plans of schedules follow) and over
 * how many seeds it is repeated, once it has reached its goal. */
void bl_workbench_set_budget(struct bl_workbench *w, struct bl_budget budget, size_t seeds);
struct bl_budget bl_workbench_budget(const struct bl_workbench *w); /* amount 0: epochs are planned */
size_t bl_workbench_seeds(const struct bl_workbench *w);
const struct bl_repeats *bl_workbench_repeats(struct bl_workbench *w); /* NULL: none (yet) */
struct bl_race *bl_workbench_race(struct bl_workbench *w, struct bl_error *err); /* at rest; NULL: no run yet ("train batch") */
bool bl_workbench_compares(const struct bl_workbench *w);
size_t bl_workbench_run_number(const struct bl_workbench *w);
double bl_workbench_target(struct bl_workbench *w); /* objective to reach; nan */
uint64_t bl_workbench_planned(const struct bl_workbench *w);
void bl_workbench_plan(struct bl_workbench *w, uint64_t epochs);
/* The figures that `until` and `check` may name: epoch updates samples train_loss validation_loss
 * objective gradient_norm (also norm(gradient)) lr seconds suboptimality optimum loss (= train_loss).
 * NULL-terminated. */
extern const char *const bl_logged_names[];
bool bl_logged_value(const char *name, const struct bl_point *p, double optimum, double *value);
/* For "X rises": the ends of epochs that have passed since the lowest X (of epoch 0 on, strictly lower
 * than all before) among these points. */
double bl_epochs_without_best(const char *name, const struct bl_point *p, size_t n, double optimum);
/* Whether the condition names such figures, or "X rises" of one,; else an error that lists them. */
bool bl_condition_known(const struct bl_expression *e, struct bl_error *err);
/* First recorded point at or below the target that counts in this race (in one with a budget any, else ends
 * of epochs alone): point index or SIZE_MAX. */
size_t bl_workbench_reached(const struct bl_workbench *w, const struct bl_point *points, size_t n);
/* First recorded end of an epoch at or below the target: point index or SIZE_MAX. */
size_t bl_first_reaching(const struct bl_point *points, size_t n, double target);
/* Splits off: "epochs" or the text of the condition that held; "" while none did. */
const char *bl_workbench_stopped_by(const struct bl_workbench *w);

/* While a frozen model is open, runs are refused: bl_workbench_race and bl_workbench_start fail with its label in the
 * message and the way out. What was trained before stays. NULL: runs again. */
void bl_workbench_freeze(struct bl_workbench *w, const char *label);

/* ---- the tree of runs ----------------------------------------------------------------------------
 * Runs are kept as long as data, recipe and model stay: numbered from 1, forks with a name. The tapes of
 * those that rest share the memory of one; beyond 64 runs or 1 GiB the oldest go. */
struct bl_run_info {
    size_t number, parent;               /* parent 0: none */
    char name[64], what[64];             /* "" or the fork's; "mini 32 adam", "3 contestants" */
    char changed[160];                   /* settings that differ from the parent's: "lr=0.01 batch=8" */
    size_t contestants, tape_bytes;
    bool current;
    double forked_epoch, epoch, objective; /* objective: lowest of the contestants' last points */
    uint64_t forked_update;
    enum bl_status status;               /* of the first contestant */
};
/* A new run from where a contestant of the current one stands, which stays in the tree. `changed` is
 * told; name "" or not yet taken and no number. */
bool bl_workbench_fork(struct bl_workbench *w, const char *name, size_t contestant, const struct bl_settings *s, const char *changed,
                       struct bl_error *err);
size_t bl_workbench_runs(const struct bl_workbench *w);
void bl_workbench_run_info(struct bl_workbench *w, size_t i, struct bl_run_info *out); /* at rest, or from the worker */
struct bl_race *bl_workbench_run_race(struct bl_workbench *w, size_t i);               /* lent; at rest */
size_t bl_workbench_run_find(struct bl_workbench *w, const char *name, struct bl_error *err); /* by name or number; SIZE_MAX: error */
void bl_workbench_use_run(struct bl_workbench *w, size_t i); /* makes it the current one */

/* ---- break points --------------------------------------------------------------------------------
 * A race stops (paused) where the condition of a break begins to hold for a contestant while it goes
 * forward; the others finish the epoch. Conditions on epoch, updates, samples, lr, norm(gradient) and
 * batch_loss alone are asked before every update, of whose rows the last two are; others at each end of
 * an epoch. They stay over runs and datasets. */
size_t bl_workbench_break_add(struct bl_workbench *w, struct bl_expression *e, struct bl_error *err); /* its number; takes e; 0: error */
bool bl_workbench_break_remove(struct bl_workbench *w, size_t number); /* 0: all; false: there is none */
size_t bl_workbench_breaks(const struct bl_workbench *w);
const char *bl_workbench_break_at(const struct bl_workbench *w, size_t i, size_t *number, bool *updates);
struct bl_broke { size_t number, run; /* contestant */ uint64_t update; double epoch; char text[200]; };
const struct bl_broke *bl_workbench_broke(const struct bl_workbench *w); /* by the last goal; NULL: it was not */

/* ---- a stream in the background ----------------------------------------------------------------------
 * Strategies on rows in the order of time (bl_stream_go) as work of the worker: seen in snapshots, paused and taken up like a run. There
 * is one at a time; it ends where a run goes on or starts, and where the dataset is changed. What was seen of it last stays. */
struct bl_streaming { /* lies in something of its owner's */
    struct bl_stream stream;             /* `each` and `context` are the workbench's */
    char source[64], model[32];          /* source: what follows the dataset; "": nothing does */
    const size_t *changes; size_t n_changes; /* known rows of change */
    struct bl_warnings warnings;         /* told as events too, at the end of the first point */
    bool classes, concluded;             /* concluded: its figures are there */
    void (*release)(struct bl_streaming *x); /* frees it and all around it, but for `stream` */
};
/* Takes x over and begins, in the worker; x is released on failure too. */
bool bl_workbench_stream(struct bl_workbench *w, struct bl_streaming *x, struct bl_error *err);
/* At rest: the one that is under way, or through and not yet let go. NULL: none. */
struct bl_streaming *bl_workbench_streaming(struct bl_workbench *w);
bool bl_workbench_stream_resume(struct bl_workbench *w); /* goes on; false: there is nothing that could */
/* Makes the figures of what is whole; it goes no further. False: there is nothing whole. */
bool bl_workbench_stream_conclude(struct bl_workbench *w, struct bl_error *err);
void bl_workbench_stream_close(struct bl_workbench *w); /* lets it go */

/* ---- the worker ------------------------------------------------------------------------------------*/
enum bl_goal_kind {
    BL_GOAL_EPOCH,        /* forward to the end of epoch `at`, in lockstep */
    BL_GOAL_UPDATES,      /* every contestant `at` updates on (negative: back) */
    BL_GOAL_GOTO_EPOCH,   /* every contestant to the end of epoch `at` */
    BL_GOAL_GOTO_UPDATE,  /* every contestant to update `at` */
    BL_GOAL_SPEND,        /* forward in lockstep to the budget of the race */
    BL_GOAL_STREAM        /* the stream, to its end: bl_workbench_stream gives it */
};
struct bl_goal {
    enum bl_goal_kind kind;
    int64_t at;
    struct bl_expression *until;    /* asked at each end of an epoch; handed over; NULL: none */
};
/* Gives the worker a goal and returns at once. */
bool bl_workbench_go(struct bl_workbench *w, struct bl_goal goal, struct bl_error *err);
/* Waits until the goal is reached or stopped; calls tick(context) about 20 times a second; tick
 * returning false stops the worker at the next update. False when training failed (not: diverged). */
bool bl_workbench_wait(struct bl_workbench *w, bool (*tick)(void *context), void *context, struct bl_error *err);
bool bl_workbench_busy(const struct bl_workbench *w);
/* Brings the worker to rest; true if a goal was interrupted, which bl_workbench_resume takes up again. */
bool bl_workbench_rest(struct bl_workbench *w);
bool bl_workbench_resume(struct bl_workbench *w);
bool bl_workbench_resumes(const struct bl_workbench *w); /* at rest, but bl_workbench_resume would go on */
void bl_workbench_pause(struct bl_workbench *w); /* rest, and forget the goal: status paused */
#define BL_WATCHED_SECONDS 4.0
/* 0: unlimited. Negative, the default: auto, which is unlimited unless somebody watches; then the planned
 * epochs take at least 4 seconds in all, so that a race on a small set can be followed with the eye. */
void bl_workbench_set_speed(struct bl_workbench *w, double epochs_per_second);
double bl_workbench_speed(const struct bl_workbench *w);
/* So many updates a second, each of the contestant that is furthest behind; 0: epochs are paced as above, which
 * bl_workbench_set_speed also means. The order of all updates of a contestant, and so every bit, stays. */
void bl_workbench_set_update_speed(struct bl_workbench *w, double updates_per_second);
double bl_workbench_update_speed(const struct bl_workbench *w);

/* ---- snapshots ---------------------------------------------------------------------------------------*/
struct bl_run_view { /* one contestant */
    char name[64], regime[32], optimizer[16];
    size_t batch;
    double lr, lr_now;
    struct bl_point now;
    double suboptimality, best;          /* nan where unknown; best: lowest objective so far */
    double epochs_to_target, samples_to_target; /* nan: not reached */
    uint64_t updates_per_epoch;
    enum bl_status status;
    char why[400];                       /* diverged: the sentence */
    const struct bl_point *points; size_t n_points;
    const struct bl_dot *dots; size_t n_dots;
    const double *theta; size_t n_params; /* at `now` */
    /* Over seeds, when the race was repeated: quantiles 0.1 0.25 0.5 0.75 0.9 of the objective. */
    const double *band_cost, *band[BL_BAND_LEVELS]; size_t n_band;
};
struct bl_break_view { size_t number; char text[160]; bool each_update, broke; /* the run stands there */ };
struct bl_event { char clock[16], who[64], text[160]; };
struct bl_column_view { char name[64]; enum bl_type type; size_t count, missing, levels; double mean, sd, min, q1, median, q3, max, skewness;
                        const double *edges; const size_t *counts; size_t bins; /* numbers */
                        const char *const *names; const size_t *rows; size_t named; /* classes: the first 64, with how many rows */ };
/* ---- sights: what views show beyond curves and figures -------------------------------------------------------
 * The worker makes them while somebody looks: at ends of epochs, where that takes less than a fiftieth of the time, and at
 * rest as work of its own, which bl_workbench_rest ends. They hang on the snapshots that follow, until a newer one
 * is made: `epoch` says what they show. */
enum bl_sight { BL_SIGHT_BOUNDARY, BL_SIGHT_SURFACE, BL_SIGHT_THEORY, BL_SIGHT_UPDATE, BL_SIGHT_EVALUATION, BL_SIGHT_LAYERS, BL_SIGHTS };
struct bl_sights { /* what is looked at */
    unsigned wanted;                     /* bit 1 << enum bl_sight */
    size_t front;                        /* contestant */
    char axes[160];                      /* "", "components" or "A,B": columns of the boundary */
    char plane[160];                     /* "", "path" or "A,B": parameters of the surface */
};
/* What the model in front says over two columns of the table, the others held at their mean (or most frequent level)
 * on the training rows; of a regression, predictions against the truth. Classes are numbers as models know them. */
struct bl_boundary_view {
    size_t front; double epoch;          /* of the contestant that it shows, and where that stood */
    char why[200];                       /* there is nothing to draw, because ...; "": there is */
    char axis[2][64];
    size_t others;                       /* columns held at their mean */
    bool regression, components;         /* components: the axes are principal components of the features */
    size_t n_classes; const char *const *classes;
    size_t rows, n, wrong;               /* training rows; those shown, spread evenly; those the model gets wrong */
    const double *x, *y;                 /* of the rows shown: on both axes; truth and prediction of a regression */
    const uint32_t *truth, *said;
    struct bl_field field;               /* of two classes the logit of the second, else log probabilities (or margins) */
};

/* The objective on a plane through the parameters, with the ways of all contestants: over two parameters, the others held
 * at the optimum (where there is none, where the front contestant stands), or on the plane in which the ways spread most,
 * through the optimum (else through their mean). */
enum { BL_CONTOURS = 6 };
struct bl_way { const double *x, *y; size_t n; };
struct bl_surface_view {
    size_t front; double epoch;
    char why[200];
    char axis[2][80];
    bool path;                           /* the plane of the ways */
    double share;                        /* of the ways' spread that lies in it; nan: parameters */
    size_t others; bool others_best;     /* parameters held, and at the optimum */
    bool penalty;                        /* the objective with its penalty, not the loss alone */
    size_t rows, rows_used;              /* training rows; those that the loss is of, spread evenly */
    struct bl_field field;
    double lowest;                       /* what the contours are above of: the optimum, else the lowest on the grid */
    double contours[BL_CONTOURS]; size_t n_contours; /* evenly spaced in the log of what they are above the lowest */
    const struct bl_way *ways; size_t n_ways; /* of every contestant */
    bool has_optimum; double optimum[2];
};

/* What ought to happen: the figures of `theory` for the contestant in front and its modes (`modes`), with the curve that
 * they predict at the points that were measured. */
struct bl_mode_view { size_t number; struct bl_mode mode; char along[64]; double weight; /* the parameter that weighs most in it */ };
struct bl_theory_view {
    size_t front; double epoch;
    char why[200];                       /* there is no theory, because ... */
    struct bl_theory figures;            /* without eigenvalues and vectors */
    double lr;                           /* for the next update */
    bool full;                           /* an update sees all rows, by plain gradient descent: rates are those of its updates */
    bool exact;                          /* `predicted` is what must happen, else what the rate says from the last point back */
    size_t n_modes; const struct bl_mode_view *modes; size_t n_shown; /* eigenvalues descending, those that hold it back most */
    const double *updates, *measured, *predicted; size_t n; /* above the optimum; predicted nan: nothing is */
};
/* The next update, taken apart (`explain`), and how mini-batches of its size spread around the full gradient (`fan`). */
struct bl_move_view { char name[64]; double before, gradient, after; };
struct bl_update_view {
    size_t front; double epoch; uint64_t update;
    char why[200];
    size_t rows, total, n, k;            /* training rows; those of the update; those listed; margins a row */
    double share[256]; size_t n_shares;  /* of each stretch of the training rows: how much of it is in the update */
    const uint32_t *row;                 /* n: rows of the table */
    const char *const *truth;            /* n: target as text */
    const double *margins, *residuals;   /* n × k */
    const char *const *classes;          /* k > 1: names of the margins */
    double lr, loss, gradient_norm;      /* of the rows of the update */
    const struct bl_move_view *steps; size_t n_steps, n_params; /* those that move most */
    size_t draws; const double *cosine, *length; /* of gradients of so many rows; draws 0: there is no fan */
    double mean_cosine, full_norm;
    char fan_why[120];
};
/* What the model in front is worth on the validation (else training) rows, never the test rows: `eval`, `confusion`,
 * `calibration`, predictions against the truth. */
struct bl_metric_view { const char *name, *summary; double value; }; /* of the table of metrics */
struct bl_roc_view { size_t class; const double *fpr, *tpr; size_t n; double auc; }; /* every threshold, or 200 of them */
struct bl_evaluation_view {
    size_t front; double epoch;
    char why[200];
    bool validation, regression;
    size_t rows, rows_used;
    struct bl_metric_view metrics[BL_METRICS_MAX]; size_t n_metrics;
    size_t n_classes; const char *const *classes;
    const size_t *confusion;             /* n_classes × n_classes: row = true, column = predicted, as models number them */
    const double *claimed, *happened; size_t n_bins; double ece; /* calibration; n_bins 0: these are no probabilities */
    const struct bl_roc_view *roc; size_t n_roc; /* of two classes the second, else each against the rest: the 7 at most that are found least */
    const double *truth, *said; size_t n; /* regression: at most 2000 rows */
    const double *edges; const size_t *counts; size_t n_residual_bins; /* of prediction - truth */
};
/* The layers of a network (`layers`): what the next update does to each, and what each gives on training rows as the network
 * predicts. */
struct bl_layers_view {
    size_t front; double epoch; uint64_t update;
    char why[200];                       /* there is nothing to show: a model without layers */
    char no_update[200];                 /* gradients and ratios are missing, because ...; "": they are of the next update */
    size_t rows, rows_used, update_rows; /* training rows; those that went through the layers; those of the update */
    const struct bl_layer_state *layer; size_t n;
};

/* A stream as far as it is. Errors are the share of wrong answers, or the root of the mean square. */
struct bl_strategy_view {
    char name[96];
    enum bl_stream_kind kind;
    const double *error, *cumulative;    /* of each point; of all up to its end */
    const double *old, *spent;           /* n + 1, [0] before the stream: error on the probe (NULL: there is none); row passes so far */
    const size_t *alarms, *refits; size_t n_alarms, n_refits; /* rows: drift was told; a new model took its place */
    size_t fits, updates, failed, diverged_at; /* SIZE_MAX: it did not diverge */
    double passes, seconds;
};
struct bl_stream_view {
    char dataset[64], source[64], model[32];
    bool classes;
    size_t first, rows, tested, stretch, probe; /* rows: all of them; tested: of those behind the first part */
    const double *at, *end; size_t n, planned;  /* of each point its middle row and the row behind its last; points so far, of all */
    const size_t *changes; size_t n_changes;
    const struct bl_strategy_view *strategies; size_t n_strategies;
    char why[200];                       /* it failed, because ... */
};

struct bl_snapshot { /* immutable; drop with bl_snapshot_drop */
    uint64_t serial;
    char dataset[64], model[32], target[64], task[16], objective[32];
    size_t rows, columns, features, classes, train_rows, validation_rows;
    size_t n_layers;                     /* of a network; 0: the linear family */
    uint64_t seed;
    bool compare, busy;
    char state[24];                      /* "ready", "run", "paused", "done", "diverged" */
    uint64_t planned;
    double epoch;                        /* the furthest contestant's */
    double speed, elapsed;               /* epochs a second lately; seconds of wall clock in training */
    enum bl_cost cost; bool budgeted;    /* the axis of a race with a budget */
    size_t seeds;                        /* that its bands are over; 0: none */
    double optimum, target_objective;    /* nan: none */
    double start_objective;
    const struct bl_run_view *runs; size_t n_runs;
    const char *const *parameter_names; size_t n_params;
    const struct bl_column_view *column; size_t n_columns;
    const struct bl_run_info *tree; size_t n_tree; /* all runs that are kept, in the order of their numbers */
    const struct bl_break_view *breaks; size_t n_breaks;
    const struct bl_event *events; size_t n_events; /* oldest first, at most 500 */
    /* What is being looked at; NULL: not (yet). */
    const struct bl_boundary_view *boundary;
    const struct bl_surface_view *surface;
    const struct bl_theory_view *theory;
    const struct bl_update_view *update;
    const struct bl_evaluation_view *evaluation;
    const struct bl_layers_view *layers;
    const struct bl_stream_view *stream; /* the last one; NULL: there was none */
    bool streams;                        /* it is what was worked on last: state, speed (points) and elapsed are its */
};
/* The newest snapshot (never NULL once the workbench stands); one more reference. Makes one when at
 * rest and something changed. */
const struct bl_snapshot *bl_workbench_snapshot(struct bl_workbench *w);
void bl_snapshot_drop(const struct bl_snapshot *s);
/* Says what is looked at from now on; at rest work on what the newest snapshot lacks begins. To be told after each frame. */
void bl_workbench_look_at(struct bl_workbench *w, const struct bl_sights *what);
/* Makes them now, at rest, and gives a snapshot that has them. NULL: error. */
const struct bl_snapshot *bl_workbench_sights(struct bl_workbench *w, const struct bl_sights *what, struct bl_error *err);
/* Readable when a newer snapshot or an end of the goal is there; drain before taking it. What drain took counts, not
 * what a poll saw before: a goal may end between the two. */
int bl_workbench_wake_fd(const struct bl_workbench *w);
bool bl_workbench_drain(struct bl_workbench *w);
/* Snapshots are made during training only while watched, at most `fps` a second. */
void bl_workbench_watch(struct bl_workbench *w, bool on, double fps);
/* Without the statistics of columns, and without the pace that eyes need: for a line of figures. fps 0: no longer. */
void bl_workbench_listen(struct bl_workbench *w, double fps);
/* Adds a line to the event log ("" who: none). */
void bl_workbench_event(struct bl_workbench *w, const char *who, const char *format, ...) BL_PRINTF(3, 4);

#endif
