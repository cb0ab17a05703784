/* Areas under the ROC and the precision-recall curve. */
#include "src/evaluate/ranking.h"

#include <math.h>
#include <stdlib.h>

struct ranked { double p; uint32_t row; };

static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;

    if (x->p != y->p)
        return x->p < y->p ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

struct sorting { struct bl_ranking *r; _Atomic bool failed; };

static void sort_class(void *context, size_t c, size_t worker)
{
    struct sorting *s = context;
    struct bl_ranking *r = s->r;
    struct ranked *sorted = bl_calloc(r->rows + 1, sizeof *sorted);
    uint32_t *order = bl_calloc(r->rows + 1, sizeof *order);
    bool sane = true;
    size_t n = 0;

    (void)worker;
    for (size_t i = 0; sorted && i < r->n; i++) {
        if (isnan(r->y[i]))
            continue;
        sorted[n] = (struct ranked){ r->probability[i * r->k + c], (uint32_t)i };
        sane = sane && !isnan(sorted[n++].p);
    }
    if (!sorted || !order)
        s->failed = true;
    else if (sane)
        qsort(sorted, n, sizeof *sorted, compare_ranked);
    for (size_t i = 0; sorted && order && i < n; i++)
        order[i] = sorted[i].row;
    if (sane) {
        r->order[c] = order;
        order = NULL;
    }
    bl_free(order);
    bl_free(sorted);
}

bool bl_ranking_make(struct bl_ranking *r, const double *probability, const double *y, size_t n, size_t k, struct bl_pool *pool, struct bl_error *err)
{
    struct sorting s = { .r = r };

    *r = (struct bl_ranking){ .probability = probability, .y = y, .n = n, .k = k };
    for (size_t i = 0; i < n; i++)
        r->rows += !isnan(y[i]);
    r->order = bl_calloc(k, sizeof *r->order);
    if (!r->order)
        return bl_fail_memory(err, "the ranks of the predictions");
    bl_pool_run(pool, k, sort_class, &s);
    if (!s.failed)
        return true;
    bl_ranking_done(r);
    return bl_fail_memory(err, "the ranks of the predictions");
}

void bl_ranking_done(struct bl_ranking *r)
{
    for (size_t c = 0; r->order && c < r->k; c++)
        bl_free(r->order[c]);
    bl_free(r->order);
    *r = (struct bl_ranking){ 0 };
}

/* Rows of one probability, from the highest down: how many are of the class and how many are not. */
static size_t next_tie(const struct bl_ranking *r, size_t c, const uint32_t *weight, size_t left, uint64_t *positives, uint64_t *negatives)
{
    const uint32_t *order = r->order[c];
    double p = r->probability[order[left - 1] * r->k + c];

    *positives = *negatives = 0;
    for (; left > 0 && r->probability[order[left - 1] * r->k + c] == p; left--) {
        uint32_t row = order[left - 1], w = weight ? weight[row] : 1;
        if ((size_t)r->y[row] == c)
            *positives += w;
        else
            *negatives += w;
    }
    return left;
}

void bl_ranking_areas(const struct bl_ranking *r, size_t c, const uint32_t *weight, double *auc, double *average)
{
    uint64_t twice = 0, positives = 0, negatives = 0; /* pairs: whole numbers, so nothing is rounded */
    struct bl_sum2 area = { 0 };

    *auc = *average = NAN;
    for (size_t left = r->order[c] ? r->rows : 0; left > 0;) {
        uint64_t p, n;
        left = next_tie(r, c, weight, left, &p, &n);
        twice += n * (2 * positives + p);
        positives += p;
        negatives += n;
        if (p > 0)
            bl_sum2_add(&area, (double)p * ((double)positives / (double)(positives + negatives)));
    }
    if (positives > 0)
        *average = bl_sum2_value(area) / (double)positives;
    if (positives > 0 && negatives > 0)
        *auc = (double)twice / (2.0 * (double)positives * (double)negatives);
}
