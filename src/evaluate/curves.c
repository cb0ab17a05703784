/* ROC and precision-recall curves: what each threshold would give. */
#include <math.h>

#include "src/evaluate/ranking.h"

static size_t ties(const struct bl_ranking *r, size_t c)
{
    size_t n = 0;

    for (size_t i = 0; i < r->rows; i++)
        n += i == 0 || r->probability[r->order[c][i] * r->k + c] != r->probability[r->order[c][i - 1] * r->k + c];
    return n;
}

static void fill(const struct bl_ranking *r, size_t c, struct bl_thresholds *out)
{
    size_t tp = 0, fp = 0;

    out->n = 0;
    out->items[out->n++] = (struct bl_threshold){ .threshold = INFINITY, .precision = NAN };
    for (size_t left = r->rows; left > 0;) {
        double p = r->probability[r->order[c][left - 1] * r->k + c];
        for (; left > 0 && r->probability[r->order[c][left - 1] * r->k + c] == p; left--)
            (size_t)r->y[r->order[c][left - 1]] == c ? tp++ : fp++;
        out->items[out->n++] = (struct bl_threshold){ .threshold = p, .tp = tp, .fp = fp, .precision = (double)tp / (double)(tp + fp) };
    }
    for (size_t i = 0; i < out->n; i++) {
        struct bl_threshold *t = &out->items[i];
        t->tpr = (double)t->tp / (double)out->positives;
        t->fpr = (double)t->fp / (double)out->negatives;
    }
}

bool bl_thresholds_of(const double *probability, const double *y, size_t n, size_t k, size_t class, struct bl_thresholds *out,
                      struct bl_pool *pool, struct bl_error *err)
{
    struct bl_ranking r;

    *out = (struct bl_thresholds){ 0 };
    if (!bl_ranking_make(&r, probability, y, n, k, pool, err))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!isnan(y[i]))
            (size_t)y[i] == class ? out->positives++ : out->negatives++;
    if (!r.order[class])
        bl_fail(err, BL_STATE, "the model gives no number for some rows");
    else if (!(out->items = bl_calloc(ties(&r, class) + 1, sizeof *out->items)))
        bl_fail_memory(err, "the thresholds");
    else {
        fill(&r, class, out);
        bl_ranking_areas(&r, class, NULL, &out->auc, &out->average_precision);
    }
    bl_ranking_done(&r);
    return out->items != NULL;
}

void bl_thresholds_free(struct bl_thresholds *t)
{
    bl_free(t->items);
    *t = (struct bl_thresholds){ 0 };
}
