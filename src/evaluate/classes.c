/* Metrics of classification. Every figure is of rows with weights, whole numbers that say how often a row
 * counts: 1 for an evaluation, what was drawn for a bootstrap. */
#include "src/evaluate/classes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

size_t bl_decide(const double *probability, size_t k, size_t positive)
{
    size_t best = 0;

    if (k == 2)
        return probability[positive] > probability[1 - positive] ? positive : 1 - positive;
    for (size_t c = 1; c < k; c++)
        best = probability[c] > probability[best] ? c : best;
    return best;
}

static uint32_t weight_of(const struct bl_judged *j, size_t i)
{
    return isnan(j->y[i]) ? 0 : j->weight ? j->weight[i] : 1;
}

/* ---- counting ---------------------------------------------------------------------------------------*/

static void count(struct bl_evaluation *e, const struct bl_judged *j)
{
    size_t k = e->n_classes;

    for (size_t i = 0; i < j->n; i++) {
        uint32_t w = weight_of(j, i);
        size_t truth, decided;
        if (w == 0)
            continue;
        truth = (size_t)j->y[i];
        decided = bl_decide(j->probability + i * k, k, j->positive);
        e->confusion[truth * k + decided] += w;
        e->classes[truth].rows += w;
        e->classes[decided].predicted += w;
        e->rows += w;
    }
}

static double ratio(size_t part, size_t whole)
{
    return whole ? (double)part / (double)whole : NAN;
}

static void class_figures(struct bl_evaluation *e)
{
    size_t right = 0, classes = 0;
    double recall = 0;

    for (size_t c = 0; c < e->n_classes; c++) {
        struct bl_class_figures *f = &e->classes[c];
        size_t hits = e->confusion[c * e->n_classes + c];

        f->precision = ratio(hits, f->predicted);
        f->recall = ratio(hits, f->rows);
        f->f1 = ratio(2 * hits, f->predicted + f->rows);
        right += hits;
        classes += f->rows > 0;
        recall += f->rows > 0 ? f->recall : 0;
    }
    bl_evaluation_set(e, CLASS_ACCURACY, ratio(right, e->rows), NULL);
    bl_evaluation_set(e, CLASS_BALANCED, recall / (double)classes, NULL);
}

/* ---- probabilities ------------------------------------------------------------------------------------*/

static const char no_probabilities[] = "the model gives margins, no probabilities";

/* Margins (svm) add up to 0, not to 1. */
static bool are_probabilities(const double *p, size_t k)
{
    double sum = 0;

    for (size_t c = 0; c < k; c++) {
        if (p[c] < 0)
            return false;
        sum += p[c];
    }
    return fabs(sum - 1) < 1e-6;
}

/* Two classes: (p - y)^2 of the positive one; more: the sum over all (Brier 1950). */
static double squared_distance(const double *p, size_t k, size_t truth, size_t positive)
{
    double sum = 0;

    if (k == 2) {
        double d = p[positive] - (truth == positive);
        return d * d;
    }
    for (size_t c = 0; c < k; c++)
        sum += (p[c] - (truth == c)) * (p[c] - (truth == c));
    return sum;
}

/* What is claimed and what happened: of two classes the positive one, above that the class decided for. */
static double claim(const double *p, size_t k, size_t truth, size_t positive, bool *happened)
{
    size_t c = k == 2 ? positive : bl_decide(p, k, positive);

    *happened = truth == c;
    return p[c];
}

static void add_to_bin(struct bl_calibration *out, double p, bool happened, uint32_t w)
{
    size_t b = p >= 1 ? out->n_bins - 1 : p <= 0 ? 0 : (size_t)(p * (double)out->n_bins);
    struct bl_calibration_bin *bin = &out->bins[b < out->n_bins ? b : out->n_bins - 1];

    bin->rows += w;
    bin->claimed += w * p;
    bin->happened += happened ? w : 0;
}

static void finish_bins(struct bl_calibration *out, size_t rows)
{
    out->ece = out->worst = 0;
    for (size_t b = 0; b < out->n_bins; b++) {
        struct bl_calibration_bin *bin = &out->bins[b];
        bin->low = (double)b / (double)out->n_bins;
        bin->high = (double)(b + 1) / (double)out->n_bins;
        if (bin->rows == 0) {
            bin->claimed = bin->happened = NAN;
            continue;
        }
        bin->claimed /= (double)bin->rows;
        bin->happened /= (double)bin->rows;
        out->ece += fabs(bin->claimed - bin->happened) * (double)bin->rows / (double)rows;
        out->worst = fmax(out->worst, fabs(bin->claimed - bin->happened));
    }
}

static void probability_figures(struct bl_evaluation *e, const struct bl_judged *j, double loss)
{
    struct bl_sum2 entropy = { 0 }, brier = { 0 };
    struct bl_calibration bins = { .n_bins = BL_CALIBRATION_BINS };
    bool sane = true;
    double log_loss;

    for (size_t i = 0; sane && i < j->n; i++) {
        const double *p = j->probability + i * j->k;
        uint32_t w = weight_of(j, i);
        bool happened;
        double claimed;
        if (w == 0)
            continue;
        sane = are_probabilities(p, j->k);
        bl_sum2_add(&entropy, -(double)w * bl_log(p[(size_t)j->y[i]]));
        bl_sum2_add(&brier, (double)w * squared_distance(p, j->k, (size_t)j->y[i], j->positive));
        claimed = claim(p, j->k, (size_t)j->y[i], j->positive, &happened);
        add_to_bin(&bins, claimed, happened, w);
    }
    finish_bins(&bins, e->rows);
    log_loss = (isfinite(entropy.s) ? bl_sum2_value(entropy) : entropy.s) / (double)e->rows;
    bl_evaluation_set(e, CLASS_LOG_LOSS, sane ? log_loss : NAN, sane ? "a true class has the probability 0" : no_probabilities);
    bl_evaluation_set(e, CLASS_BRIER, sane ? bl_sum2_value(brier) / (double)e->rows : NAN, no_probabilities);
    bl_evaluation_set(e, CLASS_ECE, sane ? bins.ece : NAN, no_probabilities);
    bl_evaluation_set(e, CLASS_LOSS, isnan(loss) && sane ? log_loss : loss, sane ? "a true class has the probability 0" : no_probabilities);
}

bool bl_calibration_of(const double *probability, const double *y, size_t n, size_t k, size_t positive, size_t n_bins,
                       struct bl_calibration *out, struct bl_error *err)
{
    struct bl_judged j = { .probability = probability, .y = y, .n = n, .k = k, .positive = positive };
    size_t rows = 0;

    *out = (struct bl_calibration){ .n_bins = n_bins };
    for (size_t i = 0; i < n; i++) {
        bool happened;
        double claimed;
        if (weight_of(&j, i) == 0)
            continue;
        if (!are_probabilities(probability + i * k, k))
            return bl_fail(err, BL_STATE, "%s", no_probabilities) || bl_hint(err, "model logistic, or roc");
        claimed = claim(probability + i * k, k, (size_t)y[i], positive, &happened);
        add_to_bin(out, claimed, happened, 1);
        rows++;
    }
    finish_bins(out, rows);
    return rows > 0 || bl_fail(err, BL_STATE, "there are no rows with a target to evaluate");
}

/* ---- one figure from those of the classes ----------------------------------------------------------------*/

static double member(const struct bl_class_figures *f, size_t at)
{
    switch (at) {
    case CLASS_PRECISION:
        return f->precision;
    case CLASS_RECALL:
        return f->recall;
    case CLASS_F1:
        return f->f1;
    case CLASS_PR_AUC:
        return f->pr_auc;
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
    bl_evaluation_set(e, CLASS_PR_AUC, summarize(e, CLASS_PR_AUC, positive), "no row is positive");
}

/* ---- all of it --------------------------------------------------------------------------------------------*/

bool bl_classes_check(const double *y, size_t n, size_t k, struct bl_error *err)
{
    size_t rows = 0;

    for (size_t i = 0; i < n; i++) {
        if (!isnan(y[i]) && !(y[i] >= 0 && y[i] < (double)k))
            return bl_fail(err, BL_INTERNAL, "row %zu has a class that the model does not know", i);
        rows += !isnan(y[i]);
    }
    return rows > 0 || bl_fail(err, BL_STATE, "there are no rows with a target to evaluate");
}

void bl_classes_judge(struct bl_evaluation *e, const struct bl_judged *j, double loss)
{
    memset(e->confusion, 0, j->k * j->k * sizeof *e->confusion);
    memset(e->classes, 0, j->k * sizeof *e->classes);
    e->rows = 0;
    count(e, j);
    class_figures(e);
    for (size_t c = 0; c < j->k; c++)
        bl_ranking_areas(j->ranking, c, j->weight, &e->classes[c].auc, &e->classes[c].pr_auc);
    probability_figures(e, j, loss);
    summarize_all(e, j->positive);
}

bool bl_classes_room(struct bl_evaluation *e, size_t k, struct bl_error *err)
{
    bl_evaluation_start(e, BL_CLASSIFICATION);
    e->n_classes = k;
    e->confusion = bl_calloc(k * k, sizeof *e->confusion);
    e->classes = bl_calloc(k, sizeof *e->classes);
    if (e->confusion && e->classes)
        return true;
    bl_evaluation_free(e);
    return bl_fail_memory(err, "the confusion matrix");
}

bool bl_evaluate_classes(struct bl_evaluation *e, const double *probability, const double *y,
                         size_t n, size_t k, size_t positive, double loss, struct bl_pool *pool,
                         struct bl_error *err)
{
    struct bl_ranking ranking;
    struct bl_judged j = { probability, y, NULL, n, k, positive, &ranking };

    bl_evaluation_start(e, BL_CLASSIFICATION);
    if (!bl_classes_check(y, n, k, err) || !bl_classes_room(e, k, err))
        return false;
    if (!bl_ranking_make(&ranking, probability, y, n, k, pool, err)) {
        bl_evaluation_free(e);
        return false;
    }
    bl_classes_judge(e, &j, loss);
    bl_ranking_done(&ranking);
    return true;
}
