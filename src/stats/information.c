/* Mutual information by counting (Cover and Thomas 2.28 on observed shares). Numbers are cut into bins
 * with equally many rows, so only their order matters. Counts are whole, so any thread gives the same. */
#include <math.h>

#include "distributions.h"
#include "order.h"

#define CELLS_MAX ((size_t)1 << 24)

/* A column as codes; BL_MISSING_CODE where it is missing. */
struct coded { const uint32_t *code; uint32_t *own; size_t levels; };

static void coded_done(struct coded *c)
{
    bl_free(c->own);
}

/* How many edges lie below x. */
static uint32_t bin_of(const double *edges, size_t n, double x)
{
    size_t low = 0, high = n;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (edges[middle] < x)
            low = middle + 1;
        else
            high = middle;
    }
    return (uint32_t)low;
}

/* Edges are the different values but the last, or quantiles at k/bins: bin k holds edge k-1 < x <= edge k. */
static bool edges_of(const double *x, size_t n, size_t bins, double *edges, size_t *n_edges, struct bl_error *err)
{
    double *sorted;
    size_t present = 0, different = 0;

    if (!(sorted = bl_sorted(x, n, &present)))
        return bl_fail_memory(err, "information");
    *n_edges = 0;
    for (size_t i = 0; i < present && different <= bins; i++)
        different += i == 0 || sorted[i] != sorted[i - 1];
    for (size_t i = 1; different <= bins && i < present; i++)
        if (sorted[i] != sorted[i - 1])
            edges[(*n_edges)++] = sorted[i - 1];
    for (size_t k = 1; different > bins && k < bins; k++) {
        double edge = bl_quantile_sorted(sorted, present, (double)k / (double)bins);

        if (*n_edges == 0 || edge > edges[*n_edges - 1])
            edges[(*n_edges)++] = edge;
    }
    bl_free(sorted);
    return true;
}

static bool code_numbers(const double *x, size_t n, size_t bins, struct coded *out, struct bl_error *err)
{
    double *edges = bl_calloc(bins + 1, sizeof *edges);
    size_t n_edges = 0;
    bool fine;

    out->own = bl_calloc(n, sizeof *out->own);
    fine = edges && out->own ? edges_of(x, n, bins, edges, &n_edges, err) : bl_fail_memory(err, "information");
    for (size_t i = 0; fine && i < n; i++)
        out->own[i] = isnan(x[i]) ? BL_MISSING_CODE : bin_of(edges, n_edges, x[i]);
    out->code = out->own;
    out->levels = n_edges + 1;
    bl_free(edges);
    return fine;
}

static bool code_column(const struct bl_table *t, size_t column, size_t bins, struct coded *out, struct bl_error *err)
{
    const struct bl_column *c = &t->columns[column];

    *out = (struct coded){c->code, NULL, c->n_levels};
    return !c->number || code_numbers(c->number, t->n_rows, bins, out, err);
}

/* ---- from counts ---------------------------------------------------------------------------------*/

static double entropy_term(double count, double n)
{
    return count > 0 ? -count / n * log(count / n) : 0;
}

/* table: levels × target levels, then the sums of rows and of columns behind it. */
static void figures(const double *table, size_t a, size_t b, double n, struct bl_information *out)
{
    const double *of_a = table + a * b, *of_b = of_a + a;
    struct bl_sum2 sum = {0, 0}, entropy = {0, 0};
    double used_a = 0, used_b = 0;

    for (size_t i = 0; i < a; i++)
        for (size_t j = 0; j < b; j++) {
            double both = table[i * b + j];

            if (both > 0)
                bl_sum2_add(&sum, both / n * log(both * n / (of_a[i] * of_b[j])));
        }
    for (size_t i = 0; i < a; i++)
        used_a += of_a[i] > 0;
    for (size_t j = 0; j < b; j++) {
        used_b += of_b[j] > 0;
        bl_sum2_add(&entropy, entropy_term(of_b[j], n));
    }
    out->rows = (size_t)n;
    out->levels = (size_t)used_a;
    out->target_levels = (size_t)used_b;
    out->information = n > 0 ? fmax(bl_sum2_value(sum), 0) : NAN;
    out->share = bl_sum2_value(entropy) > 0 ? out->information / bl_sum2_value(entropy) : NAN;
    out->p = bl_chi_square_p(2 * n * out->information, (used_a - 1) * (used_b - 1));
}

static bool count(const struct coded *x, const struct coded *y, size_t n_rows, struct bl_information *out)
{
    size_t cells = x->levels * y->levels;
    double n = 0, *table = bl_calloc(cells + x->levels + y->levels, sizeof *table);

    if (!table)
        return false;
    for (size_t i = 0; i < n_rows; i++) {
        if (x->code[i] == BL_MISSING_CODE || y->code[i] == BL_MISSING_CODE)
            continue;
        table[x->code[i] * y->levels + y->code[i]]++;
        table[cells + x->code[i]]++;
        table[cells + x->levels + y->code[i]]++;
        n++;
    }
    figures(table, x->levels, y->levels, n, out);
    bl_free(table);
    return true;
}

struct job {
    const struct bl_table *table;
    const size_t *columns;
    size_t bins;
    struct coded target;
    struct bl_information *out;
    struct bl_progress *progress;
    _Atomic bool no_memory;
};

static void one_column(void *context, size_t i, size_t worker)
{
    struct job *j = context;
    struct coded x = {0};

    (void)worker;
    if (bl_stopped(j->progress))
        return;
    if (!code_column(j->table, j->columns[i], j->bins, &x, NULL) || !count(&x, &j->target, j->table->n_rows, &j->out[i]))
        j->no_memory = true;
    coded_done(&x);
    bl_progress_add(j->progress, 1);
}

static bool sizes_allow(const struct bl_table *t, const size_t *columns, size_t n, size_t levels, struct bl_error *err)
{
    for (size_t i = 0; i < n; i++) {
        const struct bl_column *c = &t->columns[columns[i]];

        if (c->number || !levels || c->n_levels <= CELLS_MAX / levels)
            continue;
        bl_fail(err, BL_LIMIT, "column '%s' has %zu levels: too many to count against the target's %zu", c->name, c->n_levels,
                levels);
        return bl_hint(err, "name the columns: columns lists them");
    }
    return true;
}

bool bl_information_of(const struct bl_table *t, const size_t *columns, size_t n, size_t target, size_t bins,
                       struct bl_pool *pool, struct bl_progress *progress, struct bl_information *out, struct bl_error *err)
{
    struct job j = {.table = t, .columns = columns, .bins = bins, .out = out, .progress = progress};
    bool fine = code_column(t, target, bins, &j.target, err);

    for (size_t i = 0; i < n; i++)
        out[i] = (struct bl_information){.column = columns[i], .information = NAN, .share = NAN, .p = NAN};
    if (fine && (fine = sizes_allow(t, columns, n, j.target.levels, err))) {
        bl_progress_start(progress, "counting", n);
        bl_pool_run(pool, n, one_column, &j);
        fine = bl_stopped(progress) ? bl_fail(err, BL_STOPPED, "information was interrupted")
               : j.no_memory       ? bl_fail_memory(err, "information")
                                   : true;
    }
    coded_done(&j.target);
    return fine;
}
