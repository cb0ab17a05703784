/* learn: what batchlab exists for. Objective (what is minimised), optimizer (gradient to update),
 * schedule, regime (how many rows one update sees and in which order), trainer (the stepper), its
 * timeline (the tape), race (several trainers side by side), optimum and theory.
 * Knows no file and no terminal. All sums run in lanes (base.h): the same bits for any threads. */
#ifndef BATCHLAB_LEARN_H
#define BATCHLAB_LEARN_H

#include "batchlab/prepare.h"

/* ---- objective --------------------------------------------------------------------------------
 * f(theta) = (1/n) sum_i loss(z_i, y_i) + l2/2 |w|^2, z_i = b + W x_i with k margins a row.
 * theta is one flat vector: for each output b, w_1 ... w_d (without intercept: no b). The intercept
 * is never penalised. Natural logarithms; losses in their stable forms. */
struct bl_kernel_set;
struct bl_network;
struct bl_layer_type;
struct bl_naming;
/* A key=value of an optimizer or a model. */
struct bl_hyper { const char *name, *summary; double value, min, max; bool min_open, max_open; };
#define BL_MODEL_KEYS 2
struct bl_objective_type {
    const char *name, *summary;          /* "logistic", "two classes, log loss" */
    enum bl_task task;
    size_t classes_min, classes_max;     /* classification; SIZE_MAX: any */
    bool output_per_class;               /* k = n_classes, else 1 */
    double curvature_bound;              /* largest eigenvalue of the curvature anywhere: 1, 1/4, 1/2; INFINITY: none */
    bool quadratic;                      /* the curvature is constant: linear */
    bool kinks;                          /* the slope jumps: no Hessian, no Newton, no L-BFGS */
    bool flat;                           /* curvature can be 0 where the slope is not: no Newton from afar */
    bool jumps;                          /* the curvature jumps: the Hessian holds near a point alone */
    bool falls_for_ever;                 /* without l2 the infimum may lie at infinity */
    bool counts;                         /* targets are 0 or more */
    bool below_zero;                     /* the loss can lie below 0 */
    bool scores;                         /* classes without probabilities: predict gives margins */
    bool network;                        /* mlp: layers before the margins; in the table without functions, which an
                                            objective takes from the loss of its task: linear, logistic or softmax */
    const struct bl_hyper *hyper;        /* keys of the model, terminated by name NULL; NULL: none */
    /* `hyper`: the values of those keys. */
    double (*loss)(const double *z, double y, size_t k, const double *hyper);
    void (*slope)(const double *z, double y, size_t k, const double *hyper, double *g);      /* k: d loss / d z */
    void (*curvature)(const double *z, double y, size_t k, const double *hyper, double *h);  /* k × k: d2 loss / d z2 */
    const char *rule;                    /* prediction, residual and slope in words; NULL: the usual ones */
    /* k: prediction - target; NULL: that is the slope. */
    void (*residual)(const double *z, double y, double *r);
    /* What `predict` shows: the value (1), or probabilities of all classes (n_classes; margins where
     * there are none, -z and z of two classes). */
    void (*predict)(const double *z, size_t n_classes, double *out);
    const struct bl_kernel_set *kernels; /* private: fused passes of the room */
};
extern const struct bl_objective_type *const bl_objectives[]; /* linear, logistic, softmax, svm ..., mlp; NULL-terminated */
const struct bl_objective_type *bl_objective_find(const char *name); /* NULL if unknown */

struct bl_objective {
    const struct bl_objective_type *type;
    const struct bl_matrix *train;       /* lent; outlives the objective */
    const struct bl_matrix *validation;  /* lent; NULL: none */
    size_t n_classes;                    /* 0 for regression */
    size_t k;                            /* margins a row */
    size_t d;                            /* features */
    size_t n_params;                     /* k × (d + intercept); of a network all its numbers */
    struct bl_network *network;          /* NULL: the linear family; owned, made by bl_objective_layers */
    bool intercept;
    double l2, l1;
    double hyper[BL_MODEL_KEYS];         /* of the type, in the order of its table */
    double *class_weight;                /* n_classes; NULL: all alike */
    double *weight, *validation_weight;  /* what each row counts, mean 1 in its part; NULL: all alike */
    double least_weight;                 /* the smallest above 0; 1 without weights */
    const double *start;                 /* where runs begin (n_params); lent, NULL: 0, or from the streams of a network */
    const char *const *names;            /* of the parameters, for messages; lent, NULL: numbers are told */
    const struct bl_naming *naming;      /* the same for networks, whose names are made when asked for; lent, may be NULL */
};
/* Checks that model and target fit ("model logistic needs 2 classes, but 'species' has 3" with a
 * way out as hint), l2 >= 0 and finite, that there are rows, and that x and y are finite (classes
 * are held in y as 0.0, 1.0, ...). */
bool bl_objective_init(struct bl_objective *o, const struct bl_objective_type *type, const struct bl_matrix *train,
                       const struct bl_matrix *validation, size_t n_classes, bool intercept, double l2,
                       const char *target_name, struct bl_error *err);
/* Sets l1 (0 or more) and the keys of the model (`hyper`: BL_MODEL_KEYS values, NULL: the defaults),
 * both checked; after init they are 0 and the defaults. */
bool bl_objective_set(struct bl_objective *o, double l1, const double *hyper, struct bl_error *err);
/* One key of a model: range checked; *known false (and true returned) when the type has none such. */
bool bl_model_key(const struct bl_objective_type *type, double *hyper, const char *key, const char *value, bool *known,
                  struct bl_error *err);
/* What each row counts: the loss of row i is multiplied by w_i n / sum w, w_i the weight of the row
 * (bl_matrix.weight) times that of its class, so that the objective stays a mean and does not change
 * when all weights are multiplied by the same number. Rows of weight 0 count nothing. class_weight:
 * n_classes numbers of 0 or more, NULL: all 1. balanced: n / (classes × rows of the class), from the
 * training rows. init weighs by the rows alone. Weights that are negative, not finite or all 0 are
 * refused. */
bool bl_objective_weigh(struct bl_objective *o, const double *class_weight, bool balanced, struct bl_error *err);
void bl_objective_done(struct bl_objective *o);

/* ---- networks: layers between the features and the margins (model mlp) --------------------------
 * z = the last dense layer of ... dense -> norm -> activation -> dropout, once for each hidden layer.
 * Loss and prediction are those of linear, logistic or softmax, by the task; without hidden layers it
 * is that very model. All numbers are one flat vector, layer by layer: of a dense layer bias and weights
 * unit by unit. Running statistics of batch norm are among them, with a gradient of 0.
 *
 * Figures of a run (losses, objective, gradient norm) are those of the network as it predicts: without
 * dropout, with running statistics. Updates see the training form. Sums over rows run in lanes of 128
 * rows; products are OpenBLAS's, on one thread (the same bits on processors of one kind), or where it is
 * missing and with math=portable our own (the same bits on all). precision=single computes a pass in float; parameters
 * and optimizers stay double. */
#define BL_HIDDEN_MAX 16
enum bl_init { BL_INIT_AUTO /* he before relu and gelu, else glorot */, BL_INIT_HE, BL_INIT_GLOROT, BL_INIT_ZEROS };
struct bl_network_spec {                 /* copyable, compares with memcmp after bl_network_spec_init */
    size_t n_hidden, hidden[BL_HIDDEN_MAX]; /* units */
    const struct bl_layer_type *activation;
    const struct bl_layer_type *norm;    /* NULL: none */
    double dropout;                      /* 0 to below 1 */
    size_t init;                         /* enum bl_init */
    size_t single, portable;             /* 1: yes */
    uint64_t seed;                       /* of the start */
};
void bl_network_spec_init(struct bl_network_spec *s); /* 32 units, relu, seed 1 */
bool bl_network_hidden(struct bl_network_spec *s, const char *list, struct bl_error *err); /* "64,32"; "none" */
/* activation dropout init norm precision math; *known false (and true returned) when it is none of these. */
bool bl_network_key(struct bl_network_spec *s, const char *key, const char *value, bool *known, struct bl_error *err);
extern const char *const bl_network_keys[];  /* NULL-terminated */
const char *const *bl_network_values(const char *key); /* NULL where it is a number */
const char *bl_network_word(const struct bl_network_spec *s, const char *key); /* of activation and norm */
/* Builds the layers of an objective of a network type (bl_objective_init has made those of
 * bl_network_spec_init). The price (parameters, optimizer, snapshots, lanes) is checked first. */
bool bl_objective_layers(struct bl_objective *o, const struct bl_network_spec *s, struct bl_error *err);
const struct bl_network_spec *bl_objective_spec(const struct bl_objective *o); /* NULL: the linear family */
const char *bl_objective_shape(const struct bl_objective *o);                  /* "64-32 relu"; "" */
struct bl_layer_view { const char *type; char name[32]; size_t in, out, at, n_params; };
size_t bl_objective_n_layers(const struct bl_objective *o); /* 0: the linear family */
struct bl_layer_view bl_objective_layer(const struct bl_objective *o, size_t i);
/* What an update sees differs from what predicts: dropout, batch norm. */
bool bl_objective_noisy(const struct bl_objective *o);
/* What OpenBLAS says of itself, "OpenBLAS 0.3.21 ..."; NULL: it is not here. Loads it, as the first network does. */
const char *bl_openblas_config(void);
/* What each layer does where a run stands: its part of an update, and what it gives on some rows as the network predicts. */
enum { BL_LAYER_BINS = 24 };
struct bl_layer_state {
    struct bl_layer_view is;
    size_t trained;                      /* parameters that gradients move: all but running statistics. Norms are over these */
    double weight_norm, gradient_norm;   /* nan where the layer has none */
    double ratio;                        /* norm of the change by the update over weight_norm */
    double mean, sd, low, high, zeros;   /* of its outputs; zeros: share of exact 0 */
    size_t not_finite;                   /* outputs; left out of all the others */
    double from, width;                  /* of the bins: round numbers, where these are numbers at all */
    size_t count[BL_LAYER_BINS];         /* of outputs; where all of them are equal, in the middle one */
    bool may_die; size_t dead;           /* relu: units that are 0 on all rows, whose weights no gradient moves */
};
/* gradient and after (the parameters behind the update) may be NULL: figures made of them are nan. Rows are the training rows,
 * or `most` of them spread evenly, *rows says how many; out: as many as there are layers. Same bits for every number of threads. */
bool bl_layers_of(const struct bl_objective *o, const double *theta, const double *gradient, const double *after, size_t most,
                  struct bl_progress *progress, struct bl_layer_state *out, size_t *rows, struct bl_error *err);
/* Parameters at the start: those of o->start, else 0, or of a network from the streams (seed, init, layer). */
void bl_objective_start(const struct bl_objective *o, double *theta);
bool bl_objective_penalised(const struct bl_objective *o, size_t p); /* a weight: l2, l1 and weight decay hold */
/* "(intercept)", "setosa:petal_length", "layer 1:unit 3:(bias)", "output:setosa:unit 3". Without names
 * of features or classes they are numbered. */
struct bl_naming {
    const char *(*feature)(void *context, size_t j); /* NULL: numbers */
    const char *(*class_)(void *context, size_t c);
    void *context;
};
void bl_objective_name(const struct bl_objective *o, size_t p, const struct bl_naming *n, struct bl_text *out);

struct bl_workspace; /* lane buffers and scratch for one caller at a time */
struct bl_workspace *bl_workspace_create(const struct bl_objective *o, struct bl_pool *pool, struct bl_error *err);
void bl_workspace_free(struct bl_workspace *w);
/* Room for updates of so many rows; needed where the rows of an update meet (batch norm), else nothing. */
bool bl_workspace_reserve(struct bl_workspace *w, size_t rows, struct bl_error *err);
/* Mean data loss over all rows of `m` (any matrix with d features and a target); gradient (n_params,
 * of data term plus penalty) if not NULL, for train and validation only. One fused pass. */
double bl_objective_pass(const struct bl_objective *o, const struct bl_matrix *m, const double *theta,
                         double *gradient, struct bl_workspace *w);
/* The same over the rows index[0..n) of train, for one update: mean over these rows. NULL index:
 * rows 0 .. n-1. A batch that holds every row once must be given as NULL, n = n_rows. */
double bl_objective_batch(const struct bl_objective *o, const double *theta, const uint32_t *index, size_t n,
                          double *gradient, struct bl_workspace *w);
double bl_objective_penalty(const struct bl_objective *o, const double *theta); /* l2/2 |w|^2 + l1 |w|_1 */
/* Length of the gradient, given that of all but the l1 term; where a weight is 0, of the shortest
 * subgradient: 0 at a minimum and nowhere else. */
double bl_objective_gradient_norm(const struct bl_objective *o, const double *theta, const double *gradient);
/* Margins of one row (k); the row kernel of fixed association: independent of its neighbours. For the
 * linear family; of any objective: bl_objective_margins_of. */
void bl_objective_margins(const struct bl_objective *o, const double *theta, const double *x, double *z);
/* The worst relative error of a gradient (NULL: the objective's own, n_params, without the l1 term)
 * against central differences at theta, over at most `most` parameters spread evenly (0: all). Errors
 * are relative to the larger of the two, at least to a thousandth of the objective. */
struct bl_gradient_check { double worst; size_t parameter; double analytic, numeric; size_t checked, skipped; /* no derivative */ };
bool bl_gradient_check_at(const struct bl_objective *o, const double *theta, const double *gradient, size_t most, struct bl_pool *pool,
                          struct bl_progress *progress, struct bl_gradient_check *out, struct bl_error *err);
/* Predictions for all rows of any matrix with d features: n_rows × (n_classes or 1). */
void bl_objective_predict(const struct bl_objective *o, const double *theta, const struct bl_matrix *m, double *out, struct bl_pool *pool);
/* Margins of rows index[0..n) of train (n × k), as predictions are made. */
bool bl_objective_margins_of(const struct bl_objective *o, const double *theta, const uint32_t *index, size_t n, double *z, struct bl_error *err);
/* Mean over the training rows of the squared length of the gradients of single rows, without penalty; of
 * networks over at most `most` of them, spread evenly (0: all). *rows: how many. */
bool bl_objective_row_square(const struct bl_objective *o, const double *theta, size_t most, struct bl_pool *pool, struct bl_progress *progress,
                             double *value, size_t *rows, struct bl_error *err);
/* Largest eigenvalue of the Hessian of a network's objective at theta: Lanczos on products of the
 * Hessian with vectors, central differences of gradients in double precision. nan: not settled. */
bool bl_sharpness_of(const struct bl_objective *o, const double *theta, struct bl_pool *pool, struct bl_progress *progress, double *value, struct bl_error *err);
/* Hessian of the objective over all training rows, n_params × n_params, row-major, symmetric. */
bool bl_objective_hessian(const struct bl_objective *o, const double *theta, double *h, struct bl_pool *pool,
                          struct bl_progress *progress, struct bl_error *err);

/* ---- optimizers: one file and one line each ------------------------------------------------------*/
enum bl_estimate { BL_ROWS, BL_SVRG, BL_SAGA }; /* how rows make the gradient of an update; estimate.c */
struct bl_optimizer_type {
    const char *name, *summary;
    size_t vectors;                /* state: so many vectors of n doubles, zero at the start */
    const struct bl_hyper *hyper;  /* terminated by name NULL; at most 6 */
    bool adaptive;                 /* lr=auto is 0.01, not 1/L */
    size_t weight_decay;           /* number of that hyper-parameter, from 1; 0: none */
    enum bl_estimate estimate;     /* svrg and saga keep more than vectors: the trainer knows how much */
    bool proximal;                 /* takes l1 */
    bool velocity;                 /* its first vector is the last step over lr, the proximal step included */
    /* Parameter j moves by lr × metric × gradient; NULL: 1. The proximal step has the same metric. */
    double (*metric)(const double *state, uint64_t t, const double *hyper, size_t n, size_t j);
    /* Update number t (from 1): state, gradient -> theta. Formulas: the field's (see each file). */
    void (*update)(double *state, uint64_t t, double lr, const double *hyper, const double *g, double *theta, size_t n);
};
struct bl_settings;
/* One whole update: the weights (not the intercept) shrink by lr × weight_decay where the optimizer
 * has that, then type->update, then, with l1, the proximal step in the metric of the optimizer: each
 * weight moves towards 0 by lr × metric × l1 and stops there (Parikh and Boyd 2014), so that its fixed
 * points are those of the objective. With momentum that step is part of the velocity (iPiano: Ochs,
 * Chen, Brox and Pock 2014). */
void bl_optimizer_step(const struct bl_settings *s, const struct bl_objective *o, double *state, uint64_t t, double lr,
                       const double *g, double *theta);
extern const struct bl_optimizer_type *const bl_optimizers[]; /* gd momentum nesterov adagrad rmsprop adam adamw lion svrg saga */
const struct bl_optimizer_type *bl_optimizer_find(const char *name);

/* Full-batch methods, one iteration an epoch, line search inside: regime `full:NAME`. */
struct bl_solver_type {
    const char *name, *summary;    /* newton, lbfgs, cg, closed */
    bool quadratic_only;           /* closed: linear alone */
    bool curvature;                /* newton: steps by the Hessian */
    size_t (*state_size)(const struct bl_objective *o); /* doubles */
    /* One iteration: theta and state move on. *converged when |gradient| can not be reduced any
     * more. evaluations counts passes over the rows. */
    bool (*iterate)(const struct bl_objective *o, double *theta, double *state, struct bl_workspace *w, struct bl_pool *pool,
                    struct bl_progress *progress, uint64_t *evaluations, bool *converged, struct bl_error *err);
};
extern const struct bl_solver_type *const bl_solvers[];
const struct bl_solver_type *bl_solver_find(const char *name);

/* ---- schedules ---------------------------------------------------------------------------------*/
struct bl_schedule_type {
    const char *name, *summary;    /* constant step exponential cosine 1/t plateau */
    /* Factor on lr in epoch e (from 0) of the planned n, the same for all updates of an epoch; never
     * below floor: 1; drop^(e/every, whole); e^(-decay e); floor + (1 - floor) (1 + cos(pi e/n))/2;
     * 1/(1 + decay e). plateau: 1 here; the trainer multiplies by drop, never below floor, when `every`
     * ends of an epoch have passed without an objective below the best before. */
    double (*factor)(double e, double n, double drop, double every, double decay, double floor);
};
/* Factor for an update in epoch `epoch` (from 0) that ends `within` (0, 1] of it. During the first
 * `warmup` epochs the rate rises linearly with every update; the schedule counts from the next whole
 * epoch. */
double bl_schedule_factor(const struct bl_settings *s, double epoch, double within, double planned);
extern const struct bl_schedule_type *const bl_schedules[];
const struct bl_schedule_type *bl_schedule_find(const char *name);

/* ---- regime and settings of a run ----------------------------------------------------------------*/
enum bl_regime { BL_BATCH, BL_MINI, BL_STOCHASTIC, BL_FULL };
/* IMPORTANCE: each row is drawn anew, row i with probability p_i = L_i / sum L, L_i the smoothness of its
 * loss (of losses with kinks: its largest slope, weight times length), and its loss and slope are
 * divided by n p_i, so that the gradient of an update stays unbiased (Needell, Srebro and Ward 2014; Zhao and
 * Zhang 2015). */
enum bl_order { BL_SHUFFLED, BL_GIVEN, BL_REPLACEMENT, BL_IMPORTANCE };

struct bl_settings {               /* copyable, compares with memcmp after bl_settings_init */
    enum bl_regime regime;
    size_t batch;                  /* BL_MINI: rows an update */
    const struct bl_optimizer_type *optimizer;
    const struct bl_solver_type *solver; /* BL_FULL */
    double lr;                     /* nan: auto */
    double hyper[6];               /* of the optimizer, in the order of its table */
    const struct bl_schedule_type *schedule;
    double drop, every, decay, floor, warmup; /* warmup in epochs */
    double clip;                   /* longest gradient that an update takes; 0: any */
    uint64_t accumulate;           /* mini-batches an update */
    uint64_t average;              /* 1: figures and parameters are those of the mean of all iterates */
    enum bl_order order;
    uint64_t seed;
    uint64_t epochs;               /* planned */
    uint64_t search;               /* 1: lr=search, each step by backtracking; lr is nan then */
    uint64_t patience;             /* epochs without a better validation loss (without validation rows: objective)
                                      after which the run ends and goes back to the best; 0: never */
    double min_delta;              /* what is less than this below the best is not better */
    uint64_t freeze;               /* the first so many layers of a network keep their parameters, to the bit */
    size_t tape;                   /* bytes for snapshots, default 256 MiB */
};
void bl_settings_init(struct bl_settings *s); /* batch, gd, auto, constant, shuffled, seed 1, 20 epochs */
/* "batch", "mini", "mini:32", "sgd", "full:newton". */
bool bl_settings_regime(struct bl_settings *s, const char *word, struct bl_error *err);
/* One key=value: lr optimizer schedule drop every decay floor warmup clip accumulate average order seed epochs patience
 * min_delta freeze tape batch
 * and the hyper-parameters. Ranges checked, errors as ux.md section 7. *known false (and true
 * returned) when the key is none of these. Set optimizer before its hyper-parameters (choosing one
 * brings its defaults). batch=all, batch=1 and batch=B choose the regime too. */
bool bl_settings_set(struct bl_settings *s, const char *key, const char *value, bool *known, struct bl_error *err);
extern const char *const bl_settings_keys[]; /* NULL-terminated, for completion */
/* Values that a key takes, NULL-terminated, or NULL where it is a number. */
const char *const *bl_settings_values(const char *key);
const char *bl_settings_help(const char *key); /* one line: meaning, unit, default */
/* "batch", "mini:32", "sgd", "full:newton"; and for people "batch", "mini 32", "stochastic", "newton". */
const char *bl_settings_regime_word(const struct bl_settings *s, char *buffer, size_t size);
const char *bl_settings_display(const struct bl_settings *s, char *buffer, size_t size);

/* ---- smoothness and lr=auto ----------------------------------------------------------------------*/
struct bl_smoothness {
    double full;      /* L of the objective over all rows: curvature_bound · λmax(X'X/n) + l2 (linear: λmax of H); nan: there is no bound */
    double row_max;   /* largest L of a single row */
    double row_mean;  /* mean L of single rows */
};
bool bl_smoothness_of(const struct bl_objective *o, struct bl_pool *pool, struct bl_smoothness *out, struct bl_error *err);
/* Expected smoothness of B rows without replacement: n(B-1)/(B(n-1)) L + (n-B)/(B(n-1)) Lmax
 * (Gower and others, ICML 2019, for B-nice sampling); B = n: L. */
double bl_smoothness_batch(const struct bl_smoothness *s, size_t n, size_t batch);
/* Of B rows drawn by importance: (B-1)/B L + (mean L_i)/B, the same result for independent draws. */
double bl_smoothness_importance(const struct bl_smoothness *s, size_t batch);

/* ---- trainer -----------------------------------------------------------------------------------*/
enum bl_status { BL_READY, BL_RUNNING, BL_PAUSED, BL_CONVERGED, BL_ENDED, BL_DIVERGED_RUN };
const char *bl_status_name(enum bl_status s); /* ready running paused converged stopped diverged */

struct bl_point { /* the state after some updates, over all training rows */
    double epoch;              /* whole at the end of a pass; fractions inside one */
    uint64_t updates, samples, gradient_evaluations; /* rows whose gradient was computed */
    double train_loss, validation_loss; /* data term; validation nan without rows */
    double objective, gradient_norm;    /* of the full objective */
    double lr;                 /* in force for the update that led here (at 0: for the first) */
    double seconds;            /* spent in updates, without recording */
};
struct bl_dot { uint64_t update; double loss; }; /* loss of the rows of one update, before it */

struct bl_trainer;
/* Starts at theta = 0 (linear family) with the point of epoch 0 recorded. The objective is lent and
 * must outlive it. lr=auto is resolved here with `smooth` (NULL: computed). */
struct bl_trainer *bl_trainer_create(const struct bl_objective *o, const struct bl_settings *s,
                                     const struct bl_smoothness *smooth, struct bl_pool *pool, struct bl_error *err);
void bl_trainer_free(struct bl_trainer *t);
/* Advance. Return false only on error other than divergence (memory); divergence is a status, with
 * the run left at its last finite update and `bl_trainer_why` filled. Points are recorded at every
 * end of an epoch (and, up to 1e6 rows × parameters, at 16 and 8 marks inside the first two). Stops
 * early, at an update, when progress->stop is set; adds the rows that updates saw to progress->done.
 * Allocates nothing between two ends of an epoch.
 *
 * A run has diverged when a loss, a squared gradient norm or a parameter is not finite: the update
 * that led there is undone. It has also diverged, without being undone, when the rule is gd,
 * momentum or nesterov and the objective lies above 1e12 times that of the start at two successive
 * ends of an epoch and grew between them. On a quadratic, momentum m lets the objective overshoot by
 * about (2/(1 - m))^2 before it falls, 400 for 0.9 and 4e10 for 0.99999: far below that limit. */
bool bl_trainer_updates(struct bl_trainer *t, uint64_t n, struct bl_progress *progress, struct bl_error *err);
bool bl_trainer_epochs(struct bl_trainer *t, uint64_t n, struct bl_progress *progress, struct bl_error *err); /* to the n-th end of an epoch from here */
/* The tape: to any update or epoch, backwards by restoring the nearest snapshot and replaying,
 * forwards by training. Back and forward again gives the same bits. Replay records nothing anew. */
bool bl_trainer_goto_update(struct bl_trainer *t, uint64_t update, struct bl_progress *progress, struct bl_error *err);
bool bl_trainer_goto_epoch(struct bl_trainer *t, uint64_t epoch, struct bl_progress *progress, struct bl_error *err);

const struct bl_settings *bl_trainer_settings(const struct bl_trainer *t);
const struct bl_objective *bl_trainer_objective(const struct bl_trainer *t);
double bl_trainer_lr(const struct bl_trainer *t);        /* base rate, auto resolved; lr=search: the last step */
double bl_trainer_lr_now(const struct bl_trainer *t);    /* for the next update */
const double *bl_trainer_theta(const struct bl_trainer *t); /* n_params; average=yes: the mean of the iterates (Polyak and Juditsky 1992) */
uint64_t bl_trainer_update(const struct bl_trainer *t);  /* updates done */
uint64_t bl_trainer_updates_per_epoch(const struct bl_trainer *t);
double bl_trainer_epoch(const struct bl_trainer *t);
enum bl_status bl_trainer_status(const struct bl_trainer *t);
void bl_trainer_set_status(struct bl_trainer *t, enum bl_status s);
const struct bl_error *bl_trainer_why(const struct bl_trainer *t); /* diverged: update, parameter, critical rate, way out */
/* Marks the planned number of epochs (schedules use it) when a run is prolonged. */
void bl_trainer_plan(struct bl_trainer *t, uint64_t epochs);
/* The state now: exact figures even in the middle of an epoch (costs a pass when not recorded). */
bool bl_trainer_point(struct bl_trainer *t, struct bl_point *out, struct bl_error *err);
/* History up to now: points ascending in updates; lent until the trainer moves. */
const struct bl_point *bl_trainer_points(const struct bl_trainer *t, size_t *n);
/* Losses that the updates met, the same way: at most 4,096, evenly spaced. Those of sgd are computed here, for all that came since. */
const struct bl_dot *bl_trainer_dots(struct bl_trainer *t, size_t *n);
/* From now on the parameters are kept where points are recorded: at most 256 states, spread evenly, in at most 4 MiB (where
 * 8 do not fit: none). A fork has the path of its parent. */
bool bl_trainer_keep_path(struct bl_trainer *t, struct bl_error *err);
/* n states up to now, × n_params, the oldest first; lent until the trainer moves. NULL: none is kept. */
const double *bl_trainer_path(const struct bl_trainer *t, size_t *n);
/* Full gradient at the current parameters (n_params), computed if need be. */
bool bl_trainer_gradient(struct bl_trainer *t, double *gradient, struct bl_error *err);
/* The rows (of the training matrix) of the next update; n at most `limit` are written, *total says how many. */
bool bl_trainer_next_rows(struct bl_trainer *t, uint32_t *rows, size_t limit, size_t *n, size_t *total, struct bl_error *err);
/* SHA-256 over parameters, optimizer state, epoch and update in little-endian layout. */
void bl_trainer_hash(const struct bl_trainer *t, char hex[65]);
size_t bl_trainer_tape_bytes(const struct bl_trainer *t, size_t *snapshots);
/* Gives memory back: fewer snapshots, so going back takes longer. */
void bl_trainer_tape_shrink(struct bl_trainer *t, size_t bytes);
uint64_t bl_trainer_replay(const struct bl_trainer *t); /* updates that going back anywhere plays again, at most */
uint64_t bl_trainer_planned(const struct bl_trainer *t); /* epochs */

/* patience=: true at an end of an epoch where it has run out. Filled in any case when it is set; false
 * and untouched when not. */
struct bl_patience { uint64_t best_epoch, epoch; double best; bool validation; /* else the objective */ };
bool bl_trainer_waited(const struct bl_trainer *t, struct bl_patience *out);

/* Whoever watches is asked, in the thread that trains: at each end of an epoch (point not NULL) and,
 * with `updates`, before each update, with loss and gradient norm of the rows that it would see (after
 * accumulation and variance reduction, before clipping; full-batch methods: of all rows). True stops the
 * run there: `bl_trainer_broke`. Watching changes no bit. NULL watch: nobody. */
struct bl_seen { const struct bl_point *point; double loss, gradient_norm; };
typedef bool bl_watch(void *context, struct bl_trainer *t, const struct bl_seen *seen);
void bl_trainer_watch(struct bl_trainer *t, bl_watch *watch, void *context, bool updates);
bool bl_trainer_broke(const struct bl_trainer *t);

/* A fork: a new run of the same objective that goes on from where `from` stands, with settings of its
 * own; `from` stays as it is. Points up to here are copied. With the same settings it makes the same
 * bits as `from` going on. What belongs to the optimizer starts anew when that is another one; so do the
 * mean of average=, the counts of schedule=plateau and of patience= where `from` has none. Regime, batch,
 * accumulate, order, seed, and an optimizer of svrg change at an end of an epoch alone: an error tells
 * the nearest. A fork cannot be taken back to before its start (bl_trainer_origin, in epochs). */
struct bl_trainer *bl_trainer_fork(struct bl_trainer *from, const struct bl_settings *s, const struct bl_smoothness *smooth,
                                   struct bl_pool *pool, struct bl_error *err);
double bl_trainer_origin(const struct bl_trainer *t);
size_t bl_trainer_bytes(const struct bl_trainer *t); /* memory of state, order, history and tape, about */

/* Where two runs of one objective part: the first recorded point at which they differ and, where both cut
 * epochs alike, the very update; played again for that, both stand where they stood afterwards. */
struct bl_parting {
    bool part;                 /* false: alike as far as both went, to `epoch` */
    double epoch;              /* of the first state that differs */
    bool has_update;           /* update: the number (from 1) of the first update that leads to another state */
    uint64_t update;
    size_t parameter;          /* that differs most between where they stand now, and its values */
    double a, b, distance;     /* of the parameters now: Euclidean */
};
bool bl_trainers_part(struct bl_trainer *a, struct bl_trainer *b, struct bl_progress *progress, struct bl_parting *out, struct bl_error *err);

/* ---- explain -------------------------------------------------------------------------------------*/
struct bl_explanation { /* the arithmetic of one update */
    size_t n, total, k, n_params; /* rows listed (at most 32), rows in the update */
    uint32_t *rows;        /* n: rows of the table */
    uint32_t *train_rows;  /* n: rows of the training matrix */
    double *margins;       /* n × k */
    double *residuals;     /* n × k: prediction - target */
    double *slopes;        /* n × k: d loss / d margin, what the gradient is made of; often the residual */
    double *gradient;      /* n_params, with the penalty, mean over all rows of the update */
    double *before, *after;/* n_params */
    double lr, loss;       /* loss: mean over the rows of the update, before it */
};
/* The next update (rows NULL), or the update that these rows of the table would make. Does not move
 * the trainer. */
struct bl_explanation *bl_explain(struct bl_trainer *t, const uint32_t *rows, size_t n, struct bl_error *err);
void bl_explanation_free(struct bl_explanation *e);

/* ---- fan and pull: the rows of an update ------------------------------------------------------------*/
struct bl_fan { /* gradients of mini-batches, drawn without replacement, around that of all rows */
    size_t batch, draws;
    double *cosine, *length;     /* draws each: cosine of the angle with the full gradient; length */
    double mean_cosine, full_norm;
    double mean_square;          /* of the distance from the full gradient */
    double expected;             /* tr S / B (n - B)/(n - 1), S the covariance (over n) of row gradients */
};
/* batch: at most all rows are taken. Draws come from `seed` alone. */
bool bl_fan_of(const struct bl_objective *o, const double *theta, size_t batch, size_t draws, uint64_t seed, struct bl_pool *pool,
               struct bl_progress *progress, struct bl_fan *out, struct bl_error *err);
void bl_fan_done(struct bl_fan *f);
/* What each row (index[0..n) of train, NULL: the first n) adds to the gradient of one parameter in an
 * update of these rows: slope × feature / n, the strongest first; *total is their sum. Free *rows. */
struct bl_pull_row { uint32_t row; double slope, feature, pull; };
bool bl_pull_of(const struct bl_objective *o, const double *theta, const uint32_t *index, size_t n, size_t parameter,
                struct bl_pull_row **rows, double *total, struct bl_error *err);

/* Fits updates = least (1 + knee/B) to what reached its target (others: nan); false where it does not
 * fit: fewer than three, or no rise towards small batches. */
bool bl_sweep_knee(const double *batch, const double *updates, size_t n, double *knee, double *least);

/* ---- cost ----------------------------------------------------------------------------------------*/
enum bl_cost { BL_COST_SAMPLES, BL_COST_UPDATES, BL_COST_EPOCHS, BL_COST_SECONDS };
const char *bl_cost_name(enum bl_cost c); /* samples updates epochs seconds */
double bl_point_cost(const struct bl_point *p, enum bl_cost c);
struct bl_budget { enum bl_cost cost; double amount; }; /* amount 0: none */
/* On to the last update that costs no more than `amount` in all (seconds: the first that costs more),
 * with a point recorded there. Ends sooner where the run diverges, converges, breaks or patience= runs out. */
bool bl_trainer_spend(struct bl_trainer *t, enum bl_cost c, double amount, struct bl_progress *progress, struct bl_error *err);
/* SHA-256 of what contestants must share: the parameters at the start, matrix, targets and weights of the
 * training rows (of 1 MiB pieces, then over their hashes), the numbers of training and validation rows. */
struct bl_fairness { char start[65], data[65], split[65]; };
bool bl_trainer_start_is(const struct bl_trainer *t, const struct bl_trainer *other); /* the same bits at the start */
bool bl_fairness_of(struct bl_trainer *t, struct bl_fairness *out, struct bl_error *err);

/* A race repeated over seeds, seed, seed + 1 ... of each contestant's settings; batch and full-batch
 * methods have no order to draw and run once. Repeats run side by side; their bits are those of the run
 * alone. Quantiles (type 7) at 0.1, 0.25, 0.5, 0.75, 0.9; a run that diverged counts as infinite. */
enum { BL_BAND_LEVELS = 5 };
struct bl_repeats {
    size_t contestants, seeds, points;
    double *cost;              /* contestants × points: samples where the budget counts epochs, else its own unit */
    double *bands;             /* contestants × points × 5: objective */
    double *to_target;         /* contestants × seeds: cost at the target, infinite where it was not reached */
    double *target_quantiles;  /* contestants × 5, of that */
    bool *diverged;            /* contestants × seeds */
};
bool bl_repeats_of(const struct bl_objective *o, const struct bl_settings *settings, size_t n, size_t seeds, struct bl_budget budget,
                   double target, const struct bl_smoothness *smooth, struct bl_pool *pool, struct bl_progress *progress,
                   struct bl_repeats *out, struct bl_error *err);
void bl_repeats_done(struct bl_repeats *r);
void bl_band_quantiles(double *values, size_t n, double out[BL_BAND_LEVELS]); /* sorts `values` */

/* ---- race ----------------------------------------------------------------------------------------*/
struct bl_race; /* contestants start from the same parameters on the same rows */
struct bl_race *bl_race_create(struct bl_pool *pool, struct bl_error *err);
/* name "" : made from the settings ("mini 32", made unique with the settings that differ). */
bool bl_race_add(struct bl_race *r, const char *name, const struct bl_objective *o, const struct bl_settings *s,
                 const struct bl_smoothness *smooth, struct bl_error *err);
/* A trainer made elsewhere (a fork); the race owns it, also on failure. */
bool bl_race_adopt(struct bl_race *r, const char *name, struct bl_trainer *t, struct bl_error *err);
size_t bl_race_size(const struct bl_race *r);
struct bl_trainer *bl_race_trainer(const struct bl_race *r, size_t i);
const char *bl_race_name(const struct bl_race *r, size_t i);
/* Lockstep: every contestant that has not diverged or converged goes to the end of `epoch`; they run
 * side by side on the pool. after_epoch (may be NULL) is called on the calling thread after each epoch
 * of the race; returning false ends the advance there. */
bool bl_race_advance(struct bl_race *r, uint64_t epoch, bool (*after_epoch)(void *context, struct bl_race *r), void *context,
                     struct bl_progress *progress, struct bl_error *err);
/* Lockstep to equal cost, in laps of a fortieth of it: what an epoch is for bl_race_advance. */
bool bl_race_spend(struct bl_race *r, struct bl_budget budget, bool (*after_lap)(void *context, struct bl_race *r), void *context,
                   struct bl_progress *progress, struct bl_error *err);
/* In the last advance patience= ran out for this contestant: it stands at its best epoch, status stopped. */
bool bl_race_early(const struct bl_race *r, size_t i, struct bl_patience *out);
bool bl_race_broke(const struct bl_race *r); /* whoever watches a trainer stopped it: the advance ended there */
void bl_race_free(struct bl_race *r);

/* ---- optimum and theory ----------------------------------------------------------------------------*/
struct bl_optimum {
    bool exists;             /* false: reason says why (separable without penalty, ...) */
    char reason[200];        /* where it exists: a remark ("more than one set of parameters ..."), or "" */
    const char *method;      /* "closed form", "newton", "lbfgs" */
    double *theta;           /* n_params */
    double objective, train_loss, gradient_norm;
    size_t iterations;
};
/* Closed form (linear: Householder QR, in quadruple precision up to 64 columns), Newton (logistic,
 * softmax), L-BFGS to a gradient norm of 1e-10 where the Hessian would be too large. */
bool bl_optimum_find(const struct bl_objective *o, struct bl_pool *pool, struct bl_progress *progress, struct bl_optimum *out, struct bl_error *err);
void bl_optimum_done(struct bl_optimum *o);

struct bl_theory { /* keys of contract.md; nan where a figure does not exist */
    double lipschitz, lipschitz_bound, strong_convexity, condition, critical_lr, best_lr;
    double predicted_rate, measured_rate, optimum_objective, suboptimality, gradient_noise_scale, noise_floor;
    double sharpness, sharpness_limit; /* networks: largest eigenvalue of H where the run stands; 2/lr (with momentum m 2 (1 + m)/lr ...) */
    size_t n_eigenvalues; double *eigenvalues; /* of H at the optimum, descending */
    double *eigenvectors;    /* n_params × n_params, row-major: column i belongs to eigenvalue i; may be NULL */
    char note[400];          /* what was assumed or left out, in words; "" */
};
/* For the trainer's objective at its optimum, with its lr, batch and last points. */
bool bl_theory_of(struct bl_trainer *t, const struct bl_optimum *optimum, struct bl_pool *pool, struct bl_progress *progress, struct bl_theory *out, struct bl_error *err);
void bl_theory_done(struct bl_theory *t);

/* ---- eigen-modes ------------------------------------------------------------------------------------
 * Near the optimum (linear: everywhere) a full-batch update of gradient descent shrinks the error along
 * eigenvector i of the Hessian by 1 - lr lambda_i and leaves the others alone: descent is n_params
 * independent decays (Goh, "Why Momentum Really Works", 2017). */
struct bl_mode {
    double eigenvalue;
    double rate;             /* 1 - lr lambda: what one full-batch update leaves of the error; below 0 it swings */
    double start, now;       /* coefficient of theta - optimum along the eigenvector, at the start and now */
    double gap_start, gap;   /* lambda/2 start^2, lambda/2 now^2: its part of the suboptimality */
};
struct bl_modes {
    size_t n, n_params;
    struct bl_mode *mode;    /* n, eigenvalues descending */
    const double *vectors;   /* n_params × n_params, row-major: column i belongs to mode i; lent from the theory */
    double lr;
    bool exact;              /* linear and plain full-batch descent at a constant rate: the prediction is one */
};
/* From a theory that holds all eigenvectors (else an error with BL_STATE). The start is 0 (or objective.start), as in the
 * linear family. The theory outlives the modes. */
bool bl_modes_of(struct bl_trainer *t, const struct bl_optimum *optimum, const struct bl_theory *theory, struct bl_modes *out,
                 struct bl_error *err);
void bl_modes_done(struct bl_modes *m);
/* Suboptimality that the modes give after so many full-batch updates from the start:
 * sum_i lambda_i/2 (start_i rate_i^updates)^2. */
double bl_modes_predict(const struct bl_modes *m, double updates);
/* The first whole number of updates at which that is at most `gap`; inf where it never is. */
double bl_modes_updates_to(const struct bl_modes *m, double gap);
/* Updates until a mode has a tenth of its error: ln 10 / -ln |rate|; inf for a rate of 1 or more. */
double bl_mode_updates_to_tenth(const struct bl_mode *mode);

/* ---- story -----------------------------------------------------------------------------------------*/
/* The race (one contestant: the run) told in a few plain sentences, from what its trainers hold: where
 * it started and ended, what went wrong and why, who reached the target first. `optimum` may be NULL or
 * not exist. Appends to `out`; paragraphs end with a newline and are not wrapped. */
bool bl_story(const struct bl_race *r, const struct bl_optimum *optimum, struct bl_text *out, struct bl_error *err);

#endif
