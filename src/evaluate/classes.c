/* Metrics of classification. */
#include "src/evaluate/figures.h"

#include <math.h>
#include <stdlib.h>

size_t bl_decide(const double *probability, size_t k, size_t positive)
{
    size_t best = 0;

    if (k == 2)
        return probability[positive] > probability[1 - positive] ? positive : 1 - positive;
    for (size_t c = 1; c < k; c++)
        best = probability[c] > probability[best] ? c : best;
    return best;
}

/* ---- counting
 * ---------------------------------------------------------------------------------------*/

static void count(struct bl_evaluation *e, const double *probability, const double *y, size_t n,
                  size_t positive)
{
    size_t k = e->n_classes;

    for (size_t i = 0; i < n; i++) {
        size_t truth, decided;
        if (isnan(y[i]))
            continue;
        truth = (size_t)y[i];
        decided = bl_decide(probability + i * k, k, positive);
        e->confusion[truth * k + decided]++;
        e->classes[truth].rows++;
        e->classes[decided].predicted++;
        e->rows++;
    }
}

static double ratio(size_t part, size_t whole)
{
    return whole ? (double)part / (double)whole : NAN;
}

static void class_figures(struct bl_evaluation *e)
{
    size_t right = 0;

    for (size_t c = 0; c < e->n_classes; c++) {
        struct bl_class_figures *f = &e->classes[c];
        size_t hits = e->confusion[c * e->n_classes + c];

        f->precision = ratio(hits, f->predicted);
        f->recall = ratio(hits, f->rows);
        f->f1 = ratio(2 * hits, f->predicted + f->rows);
        right += hits;
    }
    bl_evaluation_set(e, CLASS_ACCURACY, ratio(right, e->rows), NULL);
}

/* ---- cross-entropy
 * ------------------------------------------------------------------------------------*/

static double cross_entropy(const double *probability, const double *y, size_t n, size_t k)
{
    struct bl_sum2 sum = {0};
    size_t rows = 0;

    for (size_t i = 0; i < n; i++) {
        if (isnan(y[i]))
            continue;
        bl_sum2_add(&sum, -bl_log(probability[i * k + (size_t)y[i]]));
        rows++;
    }
    return (isfinite(sum.s) ? bl_sum2_value(sum) : sum.s) / (double)rows;
}

/* ---- area under the ROC curve
 * ---------------------------------------------------------------------------*/

struct ranked {
    double p;
    bool positive;
};

static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    return (x->p > y->p) - (x->p < y->p);
}

/* Twice the number of (positive, negative) pairs in the right order, a tie counting one: whole
 * numbers, so nothing is rounded before the division. */
static uint64_t ordered_pairs_twice(const struct ranked *sorted, size_t n)
{
    uint64_t twice = 0, below = 0;

    for (size_t i = 0; i < n;) {
        uint64_t positives = 0, negatives = 0;
        double p = sorted[i].p;

        for (; i < n && sorted[i].p == p; i++) {
            positives += sorted[i].positive;
            negatives += !sorted[i].positive;
        }
        twice += positives * (2 * below + negatives);
        below += negatives;
    }
    return twice;
}

struct ranking {
    const double *probability, *y;
    size_t n, k;
    struct bl_evaluation *e;
    _Atomic bool failed;
};

static void rank_class(void *context, size_t c, size_t worker)
{
    struct ranking *r = context;
    struct ranked *sorted = bl_calloc(r->e->rows + 1, sizeof *sorted);
    size_t rows = 0, positives = r->e->classes[c].rows, negatives = r->e->rows - positives;
    bool sane = true;

    (void)worker;
    r->e->classes[c].auc = NAN;
    if (!sorted) {
        r->failed = true;
        return;
    }
    for (size_t i = 0; i < r->n; i++) {
        if (isnan(r->y[i]))
            continue;
        sorted[rows++] = (struct ranked){r->probability[i * r->k + c], (size_t)r->y[i] == c};
        sane = sane && !isnan(sorted[rows - 1].p);
    }
    if (sane && positives > 0 && negatives > 0) {
        qsort(sorted, rows, sizeof *sorted, compare_ranked);
        r->e->classes[c].auc = (double)ordered_pairs_twice(sorted, rows) /
                               (2.0 * (double)positives * (double)negatives);
    }
    bl_free(sorted);
}

/* ---- one figure from those of the classes
 * ----------------------------------------------------------------*/

static double member(const struct bl_class_figures *f, size_t at)
{
    switch (at) {
    case CLASS_PRECISION:
        return f->precision;
    case CLASS_RECALL:
        return f->recall;
    case CLASS_F1:
        return f->f1;
    default:
        return f->auc;
    }
}

/* Of the positive class, or the mean over the classes that have rows: nan if one of them is. */
static double summarize(const struct bl_evaluation *e, size_t at, size_t positive)
{
    double sum = 0;
    size_t classes = 0;

    if (e->n_classes == 2)
        return member(&e->classes[positive], at);
    for (size_t c = 0; c < e->n_classes; c++) {
        if (e->classes[c].rows == 0)
            continue;
        sum += member(&e->classes[c], at);
        classes++;
    }
    return sum / (double)classes;
}

static void summarize_all(struct bl_evaluation *e, size_t positive)
{
    bool two = e->n_classes == 2;

    bl_evaluation_set(e, CLASS_PRECISION, summarize(e, CLASS_PRECISION, positive),
                      two ? "no row is predicted positive" : "some class is never predicted");
    bl_evaluation_set(e, CLASS_RECALL, summarize(e, CLASS_RECALL, positive), "no row is positive");
    bl_evaluation_set(e, CLASS_F1, summarize(e, CLASS_F1, positive),
                      "no row is positive or predicted so");
    bl_evaluation_set(e, CLASS_AUC, summarize(e, CLASS_AUC, positive),
                      "these rows have only one class");
}

static bool check_classes(const double *y, size_t n, size_t k, struct bl_error *err)
{
    size_t rows = 0;

    for (size_t i = 0; i < n; i++) {
        if (!isnan(y[i]) && !(y[i] >= 0 && y[i] < (double)k))
            return bl_fail(err, BL_INTERNAL, "row %zu has a class that the model does not know", i);
        rows += !isnan(y[i]);
    }
    return rows > 0 || bl_fail(err, BL_STATE, "there are no rows with a target to evaluate");
}

static bool rank_all(struct bl_evaluation *e, const double *probability, const double *y, size_t n,
                     struct bl_pool *pool, struct bl_error *err)
{
    struct ranking r = {.probability = probability, .y = y, .n = n, .k = e->n_classes, .e = e};

    bl_pool_run(pool, e->n_classes, rank_class, &r);
    return !r.failed || bl_fail_memory(err, "the ranks of the predictions");
}

bool bl_evaluate_classes(struct bl_evaluation *e, const double *probability, const double *y,
                         size_t n, size_t k, size_t positive, double loss, struct bl_pool *pool,
                         struct bl_error *err)
{
    bl_evaluation_start(e, BL_CLASSIFICATION);
    if (!check_classes(y, n, k, err))
        return false;
    e->n_classes = k;
    if (!(e->confusion = bl_calloc(k * k, sizeof *e->confusion)) ||
        !(e->classes = bl_calloc(k, sizeof *e->classes))) {
        bl_evaluation_free(e);
        return bl_fail_memory(err, "the confusion matrix");
    }
    count(e, probability, y, n, positive);
    class_figures(e);
    if (!rank_all(e, probability, y, n, pool, err)) {
        bl_evaluation_free(e);
        return false;
    }
    bl_evaluation_set(e, CLASS_LOSS, isnan(loss) ? cross_entropy(probability, y, n, k) : loss,
                      "a true class has the probability 0");
    summarize_all(e, positive);
    return true;
}
