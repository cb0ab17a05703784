/* Ranks of columns, and Kendall's tau-b on them. */
#include <math.h>

#include "distributions.h"
#include "ranks.h"

void bl_rank_column(void *context, size_t j, size_t worker)
{
    struct bl_ranking *r = context;
    size_t n = r->n_rows;
    struct bl_ranked *items = bl_calloc(2 * n, sizeof *items);
    uint32_t different = 0;

    (void)worker;
    r->no_memory = r->no_memory || !items;
    for (size_t i = 0; items && i < n; i++)
        items[i] = (struct bl_ranked){ bl_order_key(r->x[j][r->rows ? r->rows[i] : i]), (uint32_t)i };
    if (items)
        bl_order_sort(items, items + n, n);
    for (size_t i = 0, next; items && i < n; i = next, different++) {
        for (next = i; next < n && items[next].key == items[i].key;)
            next++;
        for (size_t k = i; k < next; k++) {
            if (r->ranks)
                r->ranks[j * n + items[k].row] = ((double)i + (double)next + 1) / 2;
            if (r->dense)
                r->dense[j * n + items[k].row] = different;
        }
    }
    bl_free(items);
}

/* ---- Kendall's tau-b (Knight 1966) -----------------------------------------------------------------*/

struct ties { double pairs, triples, weighted; }; /* sums over equal values, t of them: t(t-1)/2, t(t-1)(t-2), t(t-1)(2t+5) */

struct kendall {
    const uint32_t *dense;
    uint32_t **order;  /* rows of each column by their value */
    struct ties *ties; /* of each column */
    size_t n, n_rows;
    double *matrix, *p;
    struct bl_progress *progress;
    _Atomic bool no_memory;
};

static double pairs_of(size_t n)
{
    return (double)n * ((double)n - 1) / 2;
}

/* Rows by the value of one column, by counting. Within a value they keep the order of `from` (NULL:
 * as they stand). count has room for n_rows + 1 zeros. */
static void order_by(const uint32_t *dense, const uint32_t *from, size_t n, uint32_t *count, uint32_t *to)
{
    for (size_t i = 0; i < n; i++)
        count[dense[i] + 1]++;
    for (size_t i = 0; i < n; i++)
        count[i + 1] += count[i];
    for (size_t i = 0; i < n; i++) {
        uint32_t row = from ? from[i] : (uint32_t)i;

        to[count[dense[row]]++] = row;
    }
}

/* Merge sort that counts how often a larger value stands before a smaller one. */
static double inversions(uint32_t *y, uint32_t *spare, size_t n)
{
    double swaps = 0;

    for (size_t width = 1; width < n; width *= 2) {
        for (size_t begin = 0; begin < n; begin += 2 * width) {
            size_t middle = begin + width < n ? begin + width : n, end = begin + 2 * width < n ? begin + 2 * width : n;
            size_t a = begin, b = middle;

            for (size_t k = begin; k < end; k++) {
                bool right = a == middle || (b < end && y[b] < y[a]);

                swaps += right ? (double)(middle - a) : 0;
                spare[k] = right ? y[b++] : y[a++];
            }
        }
        memcpy(y, spare, n * sizeof *y);
    }
    return swaps;
}

static void add_ties(struct ties *sums, double t)
{
    sums->pairs += t * (t - 1) / 2;
    sums->triples += t * (t - 1) * (t - 2);
    sums->weighted += t * (t - 1) * (2 * t + 5);
}

static void order_task(void *context, size_t j, size_t worker)
{
    struct kendall *k = context;
    const uint32_t *dense = k->dense + j * k->n_rows;
    uint32_t *count = bl_calloc(k->n_rows + 1, sizeof *count);

    (void)worker;
    k->order[j] = bl_calloc(k->n_rows, sizeof **k->order);
    if (count && k->order[j]) {
        order_by(dense, NULL, k->n_rows, count, k->order[j]);
        for (size_t i = 0, from = 0; i < k->n_rows && from < k->n_rows; i++) { /* count[i] is now where value i ends */
            add_ties(&k->ties[j], (double)(count[i] - from));
            from = count[i];
        }
    } else {
        k->no_memory = true;
    }
    bl_free(count);
}

/* P under independence: concordant minus discordant pairs are nearly normal, with a variance that ties
 * lessen (Kendall, Rank Correlation Methods, 4.5). */
static double tau_p(double difference, const struct ties *x, const struct ties *y, double n)
{
    double variance = (n * (n - 1) * (2 * n + 5) - x->weighted - y->weighted) / 18;

    if (n < 3)
        return NAN;
    variance += 2 * x->pairs * y->pairs / (n * (n - 1)) + x->triples * y->triples / (9 * n * (n - 1) * (n - 2));
    return variance > 0 ? bl_normal_p(difference / sqrt(variance)) : NAN;
}

/* tau-b of columns i and j: rows by i, and by j within equal i. */
static bool tau(const struct kendall *k, size_t i, size_t j, double *result, double *p)
{
    size_t n = k->n_rows;
    const uint32_t *x = k->dense + i * n, *y = k->dense + j * n;
    uint32_t *room = bl_calloc(3 * n + 1, sizeof *room), *order = room, *ranks = room + n, *count = room + 2 * n;
    double both = 0, all = pairs_of(n), difference, scale;

    if (!room)
        return false;
    order_by(x, k->order[j], n, count, order);
    for (size_t a = 0, b; a < n; a = b) {
        for (b = a; b < n && x[order[b]] == x[order[a]] && y[order[b]] == y[order[a]];)
            b++;
        both += pairs_of(b - a);
    }
    for (size_t a = 0; a < n; a++)
        ranks[a] = y[order[a]];
    difference = (all - k->ties[i].pairs - k->ties[j].pairs + both) - 2 * inversions(ranks, order, n);
    scale = sqrt((all - k->ties[i].pairs) * (all - k->ties[j].pairs));
    *result = scale > 0 ? difference / scale : NAN;
    *p = scale > 0 ? tau_p(difference, &k->ties[i], &k->ties[j], (double)n) : NAN;
    bl_free(room);
    return true;
}

static void kendall_task(void *context, size_t task, size_t worker)
{
    struct kendall *k = context;
    size_t i = task / k->n, j = task % k->n;
    double t = NAN, p = NAN;

    (void)worker;
    if (i > j || bl_stopped(k->progress))
        return;
    if (!tau(k, i, j, &t, &p))
        k->no_memory = true;
    if (i == j && !isnan(t))
        t = 1, p = k->n_rows < 3 ? NAN : 0;
    k->matrix[i * k->n + j] = k->matrix[j * k->n + i] = t > 1 ? 1 : t < -1 ? -1 : t;
    k->p[i * k->n + j] = k->p[j * k->n + i] = p;
    bl_progress_add(k->progress, 1);
}

static bool run_kendall(struct kendall *k, struct bl_pool *pool, struct bl_error *err)
{
    bl_progress_start(k->progress, "correlating", k->n * (k->n + 1) / 2);
    bl_pool_run(pool, k->n, order_task, k);
    if (!k->no_memory)
        bl_pool_run(pool, k->n * k->n, kendall_task, k);
    if (bl_stopped(k->progress))
        return bl_fail(err, BL_STOPPED, "corr was interrupted");
    return !k->no_memory || bl_fail_memory(err, "ranks");
}

bool bl_kendall(struct bl_ranking *r, struct bl_pool *pool, struct bl_progress *progress, struct bl_corr *c,
                    struct bl_error *err)
{
    struct kendall k = { .n = c->n, .n_rows = r->n_rows, .matrix = c->matrix, .p = c->p, .progress = progress };
    bool fine = false;

    r->dense = bl_aligned(c->n * r->n_rows, sizeof *r->dense);
    k.order = bl_calloc(c->n, sizeof *k.order);
    k.ties = bl_calloc(c->n, sizeof *k.ties);
    if (r->dense && k.order && k.ties) {
        bl_pool_run(pool, c->n, bl_rank_column, r);
        k.dense = r->dense;
        fine = r->no_memory ? bl_fail_memory(err, "ranks") : run_kendall(&k, pool, err);
    } else {
        bl_fail_memory(err, "ranks");
    }
    for (size_t i = 0; i < c->n * c->n; i++)
        c->covariance[i] = NAN; /* there is none of this kind */
    for (size_t j = 0; k.order && j < c->n; j++)
        bl_free(k.order[j]);
    bl_free(k.order);
    bl_free(k.ties);
    bl_free(r->dense);
    return fine;
}
