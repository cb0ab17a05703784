/* Procedures × folds on all cores. The folds are taken in lots whose matrices fit into memory; in a lot
 * first every fold is prepared, then every fit is a task of its own. A fit runs serially inside its task;
 * the few that would leave most cores idle at the end run one after the other with all cores inside. Both
 * give the same bits. */
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "src/evaluate/memo.h"

#define LOT_MOST 256

struct lot {
    struct bl_trials *t;
    const size_t *members; size_t n_members; /* procedures that share recipe and share of rows */
    size_t first, n;                         /* folds */
    struct bl_material *material;            /* n */
    struct bl_pool *pool;
    struct bl_progress *progress;
    pthread_mutex_t lock;
    _Atomic size_t failed_at;                /* lowest task that failed; SIZE_MAX: none */
    struct bl_error error;
};

/* ---- tasks --------------------------------------------------------------------------------------------*/

struct job { struct lot *lot; void (*task)(struct lot *, size_t i, struct bl_pool *pool); size_t from; struct bl_pool *inner; };

static void call(void *context, size_t i, size_t worker)
{
    struct job *j = context;

    (void)worker;
    if (!bl_stopped(j->lot->progress) && j->from + i < atomic_load(&j->lot->failed_at))
        j->task(j->lot, j->from + i, j->inner);
}

static void share_out(struct lot *lot, size_t n, void (*task)(struct lot *, size_t, struct bl_pool *))
{
    size_t threads = bl_pool_threads(lot->pool), rest = n % threads;
    struct job side_by_side = { lot, task, 0, NULL }, alone = { lot, task, 0, lot->pool };

    if (2 * rest > threads || threads == 1)
        rest = 0;
    bl_pool_run(threads > 1 ? lot->pool : NULL, n - rest, call, &side_by_side);
    for (size_t i = n - rest; i < n; i++)
        call(&alone, i, 0);
}

/* The error of the lowest task stands, whichever came first. */
static void fail(struct lot *lot, size_t task, size_t fold, const struct bl_error *err)
{
    if (err->code == BL_STOPPED)
        return;
    pthread_mutex_lock(&lot->lock);
    if (task < atomic_load(&lot->failed_at)) {
        atomic_store(&lot->failed_at, task);
        lot->error = *err;
        if (!lot->error.reason[0])
            bl_reason(&lot->error, "this happened in fold %zu of %zu", fold + 1, lot->t->folds->n);
    }
    pthread_mutex_unlock(&lot->lock);
}

/* ---- names for the memo --------------------------------------------------------------------------------*/

static bool name_of(const struct bl_trials *t, size_t procedure, size_t fold, char *out, size_t size)
{
    const struct bl_procedure *p = &t->procedures[procedure];

    snprintf(out, size, "%s %s %zu %.17g %d", p->key, t->folds->sha256, fold, p->share, (int)t->train_figures);
    return t->memo && !t->keep_predictions && p->key[0];
}

static struct bl_trial *item(struct bl_trials *t, size_t procedure, size_t fold)
{
    return &t->items[procedure * t->folds->n + fold];
}

const struct bl_trial *bl_trials_at(const struct bl_trials *t, size_t procedure, size_t fold)
{
    return &t->items[procedure * t->folds->n + fold];
}

/* ---- preparing ---------------------------------------------------------------------------------------------*/

static bool needed(const struct lot *lot, size_t fold)
{
    for (size_t m = 0; m < lot->n_members; m++)
        if (!bl_trials_at(lot->t, lot->members[m], fold)->done)
            return true;
    return false;
}

static bool prepare_rows(struct lot *lot, size_t i, const uint32_t *train, size_t n_train, const uint32_t *held, size_t n_held,
                         struct bl_pool *pool, struct bl_error *err)
{
    const struct bl_procedure *p = &lot->t->procedures[lot->members[0]];
    uint32_t *some = NULL;
    size_t n = n_train;
    bool good;

    if (p->share < 1 && !bl_share_rows(p->table, p->roles, train, n_train, p->share, lot->t->folds->how.seed,
                                       (uint32_t)(lot->first + i), &some, &n, err))
        return false;
    good = bl_material_make(&lot->material[i], p, some ? some : train, n, held, n_held, pool, NULL, err);
    bl_free(some);
    return good;
}

static void prepare(struct lot *lot, size_t i, struct bl_pool *pool)
{
    const struct bl_folds *f = lot->t->folds;
    uint32_t *train = NULL, *held = NULL;
    size_t n_train, n_held, fold = lot->first + i;
    struct bl_error err = { 0 };

    if (!needed(lot, fold))
        return;
    if (!bl_folds_rows(f, fold, false, &train, &n_train, &err) || !bl_folds_rows(f, fold, true, &held, &n_held, &err) ||
        !prepare_rows(lot, i, train, n_train, held, n_held, pool, &err))
        fail(lot, i, fold, &err);
    bl_free(train);
    bl_free(held);
}

/* ---- fitting -------------------------------------------------------------------------------------------------*/

static void note_figures(const struct bl_trials *t, const struct bl_evaluation *e, double *out, const char **reason)
{
    for (size_t i = 0; i < t->n_metrics; i++) {
        out[i] = e->figures[i].value;
        if (reason)
            reason[i] = e->figures[i].reason;
    }
}

/* Predictions of the held rows go to where the rows stand among all. */
static void scatter(struct bl_trials *t, size_t procedure, size_t fold, const double *out)
{
    const struct bl_folds *f = t->folds;
    size_t repeat = fold / f->how.k, number = fold % f->how.k + (f->how.kind == BL_FOLDS_TIME), at = 0;
    double *to = t->predictions + (procedure * f->how.repeats + repeat) * f->n_rows * t->width;

    for (size_t i = 0; i < f->n_rows; i++)
        if (f->fold[repeat * f->n_rows + i] == number)
            memcpy(to + i * t->width, out + t->width * at++, t->width * sizeof *to);
}

static bool judge(struct lot *lot, size_t procedure, size_t fold, const struct bl_fit *fit, const struct bl_material *m,
                  struct bl_pool *pool, struct bl_error *err)
{
    struct bl_trial *x = item(lot->t, procedure, fold);
    struct bl_evaluation e = { 0 };
    double *out = bl_calloc(m->held->n_rows + 1, lot->t->width * sizeof *out);
    bool good = out ? bl_fit_judge(fit, m->held, out, &e, pool, err) : bl_fail_memory(err, "the predictions");

    if (good) {
        note_figures(lot->t, &e, x->held, x->reason);
        if (lot->t->predictions)
            scatter(lot->t, procedure, fold, out);
    }
    bl_evaluation_free(&e);
    if (good && lot->t->train_figures && (good = bl_fit_judge(fit, m->train, NULL, &e, pool, err))) {
        note_figures(lot->t, &e, x->train, NULL);
        bl_evaluation_free(&e);
    }
    bl_free(out);
    return good;
}

static double planned_rows(const struct bl_trials *t, size_t procedure)
{
    const struct bl_procedure *p = &t->procedures[procedure];

    return (double)p->settings.epochs * p->share * (double)t->folds->n_rows;
}

/* One fit; all folds of a procedure before the next, so that stopping leaves whole points. The trainer tells the rows it saw; the rest of what was planned for it is told here. */
static void fit(struct lot *lot, size_t i, struct bl_pool *pool)
{
    size_t procedure = lot->members[i / lot->n], fold = lot->first + i % lot->n;
    const struct bl_material *m = &lot->material[i % lot->n];
    struct bl_trial *x = item(lot->t, procedure, fold);
    struct bl_error err = { 0 };
    struct bl_fit f;
    double start = bl_now(), left;
    bool good;

    if (x->done)
        return;
    if (!bl_fit_train(&f, &lot->t->procedures[procedure], m->train, pool, lot->progress, &err)) {
        fail(lot, i, fold, &err);
        return;
    }
    x->status = f.status;
    x->rows = m->held->n_rows;
    x->train_rows = m->train->n_rows;
    x->epochs = f.point.epoch;
    good = judge(lot, procedure, fold, &f, m, pool, &err);
    x->seconds = bl_now() - start;
    left = planned_rows(lot->t, procedure) - (double)f.point.samples;
    bl_progress_add(lot->progress, left > 0 ? (uint64_t)left : 0);
    bl_fit_free(&f);
    if (good)
        x->done = true;
    else
        fail(lot, i, fold, &err);
}

/* ---- lots -----------------------------------------------------------------------------------------------------*/

/* Folds prepared at once: as many as a quarter of the free memory holds, a few for each thread at least. */
static size_t lot_size(const struct bl_trials *t, const struct bl_procedure *p, struct bl_pool *pool)
{
    size_t columns = p->table->n_columns + 1, cells = t->folds->n_rows * columns * sizeof(double), most;

    for (size_t c = 0; c < p->table->n_columns; c++)
        if (p->roles->feature[c] && p->table->columns[c].code && p->table->columns[c].n_levels <= 64)
            cells += t->folds->n_rows * p->table->columns[c].n_levels * sizeof(double);
    most = bl_memory_limit() / 4 / (cells + 1);
    if (most > LOT_MOST)
        most = LOT_MOST;
    return most < bl_pool_threads(pool) ? bl_pool_threads(pool) : most;
}

static void remember(struct lot *lot)
{
    struct bl_trials *t = lot->t;
    char name[256];

    for (size_t i = 0; i < lot->n * lot->n_members; i++) {
        size_t procedure = lot->members[i % lot->n_members], fold = lot->first + i / lot->n_members;
        const struct bl_trial *x = bl_trials_at(t, procedure, fold);
        if (x->done && !x->known && name_of(t, procedure, fold, name, sizeof name))
            bl_memo_keep(t->memo, name, x);
    }
}

static bool run_lot(struct lot *lot, struct bl_error *err)
{
    lot->material = bl_calloc(lot->n, sizeof *lot->material);
    if (!lot->material)
        return bl_fail_memory(err, "the folds");
    atomic_store(&lot->failed_at, SIZE_MAX);
    share_out(lot, lot->n, prepare);
    if (atomic_load(&lot->failed_at) == SIZE_MAX && !bl_stopped(lot->progress))
        share_out(lot, lot->n * lot->n_members, fit);
    for (size_t i = 0; i < lot->n; i++)
        bl_material_free(&lot->material[i]);
    bl_free(lot->material);
    remember(lot);
    if (atomic_load(&lot->failed_at) == SIZE_MAX)
        return true;
    if (err)
        *err = lot->error;
    return false;
}

static bool run_members(struct bl_trials *t, const size_t *members, size_t n_members, struct bl_pool *pool, struct bl_progress *progress,
                        struct bl_error *err)
{
    size_t most = lot_size(t, &t->procedures[members[0]], pool);
    struct lot lot = { .t = t, .members = members, .n_members = n_members, .pool = pool, .progress = progress };
    bool good = true;

    pthread_mutex_init(&lot.lock, NULL);
    for (lot.first = 0; good && lot.first < t->folds->n && !bl_stopped(progress); lot.first += lot.n) {
        lot.n = t->folds->n - lot.first < most ? t->folds->n - lot.first : most;
        good = run_lot(&lot, err);
    }
    pthread_mutex_destroy(&lot.lock);
    return good;
}

/* Procedures that read the same matrices. */
static bool alike(const struct bl_procedure *a, const struct bl_procedure *b)
{
    return a->recipe == b->recipe && a->share == b->share;
}

static bool run_all(struct bl_trials *t, size_t *members, struct bl_pool *pool, struct bl_progress *progress, struct bl_error *err)
{
    for (size_t first = 0; first < t->n_procedures; first++) {
        size_t n = 0;
        bool told = false;
        for (size_t i = 0; i < first && !told; i++)
            told = alike(&t->procedures[i], &t->procedures[first]);
        for (size_t i = first; i < t->n_procedures && !told; i++)
            if (alike(&t->procedures[i], &t->procedures[first]))
                members[n++] = i;
        if (n && !run_members(t, members, n, pool, progress, err))
            return false;
    }
    return true;
}

/* ---- trials ------------------------------------------------------------------------------------------------------*/

static size_t product(size_t a, size_t b)
{
    return b && a > SIZE_MAX / b ? SIZE_MAX : a * b;
}

static bool take_memory(struct bl_trials *t, struct bl_error *err)
{
    size_t cells;

    t->items = bl_calloc(product(t->n_procedures, t->folds->n), sizeof *t->items);
    if (!t->items)
        return bl_fail_memory(err, "the trials");
    if (!t->keep_predictions)
        return true;
    cells = product(product(t->n_procedures, t->folds->how.repeats), product(t->folds->n_rows, t->width));
    t->predictions = bl_calloc(cells, sizeof *t->predictions);
    if (!t->predictions)
        return bl_fail_memory(err, "the predictions of all folds");
    for (size_t i = 0; i < cells; i++)
        t->predictions[i] = NAN;
    return true;
}

static void set_up(struct bl_trials *t)
{
    const struct bl_roles *roles = t->procedures[0].roles;
    enum bl_task task = roles->task;

    t->metrics = bl_metrics;
    while (t->metrics->task != task)
        t->metrics++;
    t->n_metrics = 0;
    while (t->metrics[t->n_metrics].name && t->metrics[t->n_metrics].task == task)
        t->n_metrics++;
    t->width = task == BL_CLASSIFICATION ? roles->n_classes : 1;
    t->n_done = t->n_known = 0;
    t->stopped = false;
    t->items = NULL;
    t->predictions = NULL;
}

static void recall(struct bl_trials *t)
{
    char name[256];

    for (size_t p = 0; p < t->n_procedures; p++)
        for (size_t f = 0; f < t->folds->n; f++)
            if (name_of(t, p, f, name, sizeof name))
                bl_memo_find(t->memo, name, item(t, p, f));
}

static void count(struct bl_trials *t)
{
    for (size_t i = 0; i < t->n_procedures * t->folds->n; i++) {
        t->n_done += t->items[i].done;
        t->n_known += t->items[i].known;
    }
    t->stopped = t->n_done < t->n_procedures * t->folds->n;
}

static void announce(const struct bl_trials *t, struct bl_progress *progress)
{
    double total = 0;

    for (size_t p = 0; p < t->n_procedures; p++)
        for (size_t f = 0; f < t->folds->n; f++)
            total += bl_trials_at(t, p, f)->done ? 0 : planned_rows(t, p);
    bl_progress_start(progress, t->what, total < 1e18 ? (uint64_t)total : 0);
}

bool bl_trials_run(struct bl_trials *t, struct bl_pool *pool, struct bl_progress *progress, struct bl_error *err)
{
    size_t *members = bl_calloc(t->n_procedures + 1, sizeof *members);
    bool good;

    set_up(t);
    good = members ? take_memory(t, err) : bl_fail_memory(err, "the trials");
    if (good) {
        recall(t);
        announce(t, progress);
        good = run_all(t, members, pool, progress, err);
    }
    bl_free(members);
    if (good)
        count(t);
    else
        bl_trials_free(t);
    return good;
}

void bl_trials_free(struct bl_trials *t)
{
    if (!t)
        return;
    bl_free(t->items);
    bl_free(t->predictions);
    t->items = NULL;
    t->predictions = NULL;
}

/* ---- means -----------------------------------------------------------------------------------------------------*/

static double figure_of(const struct bl_trials *t, const struct bl_trial *x, size_t metric, bool train)
{
    if (x->status == BL_DIVERGED_RUN)
        return t->metrics[metric].higher ? -INFINITY : INFINITY;
    return train ? x->train[metric] : x->held[metric];
}

bool bl_trials_mean(const struct bl_trials *t, size_t procedure, size_t metric, bool train, double *mean, double *sd, const char **reason)
{
    struct bl_sum2 sum = { 0 }, square = { 0 };
    size_t n = t->folds->n;
    const char *why = NULL;

    *mean = *sd = NAN;
    for (size_t f = 0; f < n; f++) {
        const struct bl_trial *x = bl_trials_at(t, procedure, f);
        double value = figure_of(t, x, metric, train);
        if (!x->done)
            return false;
        if (!isfinite(value) && !why)
            why = x->status == BL_DIVERGED_RUN ? "training diverged" : x->reason[metric] ? x->reason[metric] : "it does not exist here";
        bl_sum2_add(&sum, value);
    }
    if (reason)
        *reason = why;
    *mean = isfinite(sum.s) ? bl_sum2_value(sum) / (double)n : sum.s;
    for (size_t f = 0; f < n && isfinite(*mean); f++) {
        double d = figure_of(t, bl_trials_at(t, procedure, f), metric, train) - *mean;
        bl_sum2_add(&square, d * d);
    }
    if (isfinite(*mean) && n > 1)
        *sd = sqrt(bl_sum2_value(square) / (double)(n - 1));
    return true;
}

size_t bl_trials_best(const struct bl_trials *t, size_t metric)
{
    size_t best = SIZE_MAX;
    double best_mean = NAN, mean, sd;

    for (size_t p = 0; p < t->n_procedures; p++) {
        if (!bl_trials_mean(t, p, metric, false, &mean, &sd, NULL) || !isfinite(mean))
            continue;
        if (best != SIZE_MAX && !(t->metrics[metric].higher ? mean > best_mean : mean < best_mean))
            continue;
        best = p;
        best_mean = mean;
    }
    return best;
}

size_t bl_trials_metric(const struct bl_trials *t, const char *name)
{
    for (size_t i = 0; i < t->n_metrics; i++)
        if (strcmp(t->metrics[i].name, name) == 0)
            return i;
    return SIZE_MAX;
}
