/* bins: which of n intervals a number lies in, of equal width or with equally many training rows:
 * a 0/1 column for each, or its number from 0. Intervals are [a, b), the first and last are open. */
#include "src/prepare/step.h"

#include <math.h>
#include <string.h>

#define BINS 5

/* Inner edges, ascending and different; returns how many. */
static size_t find_edges(struct bl_fitter *f, const struct bl_values *v, size_t bins, double *edges,
                         struct bl_error *err)
{
    double *shares = bl_calloc(bins + 1, sizeof *shares), *q = bl_calloc(bins + 1, sizeof *q);
    size_t kept = 0;
    bool ok = shares && q;

    if (!ok)
        bl_fail_memory(err, "the edges of bins");
    for (size_t k = 0; ok && k <= bins; k++)
        shares[k] = (double)k / (double)bins;
    ok = ok && bl_values_quantiles(v, shares, bins + 1, q, f->pool, err);
    for (size_t k = 1; ok && k < bins; k++) {
        double edge = bl_step_is(f->step, "method", "quantile") ? q[k]
                                                                : q[0] + (q[bins] - q[0]) * shares[k];
        if (edge > q[0] && (kept == 0 || edge > edges[kept - 1]))
            edges[kept++] = edge;
    }
    bl_free(shares);
    bl_free(q);
    return ok ? kept : SIZE_MAX;
}

/* Six digits, without zeros behind them. */
static const char *short_number(char *buffer, size_t size, double x)
{
    double rounded = x;

    bl_number_format(buffer, size, x, 6);
    bl_number_parse(buffer, strlen(buffer), &rounded);
    return bl_number_exact(buffer, size, rounded);
}

static void name_bin(struct bl_text *out, const char *column, const double *edges, size_t n,
                     size_t bin)
{
    char low[40], high[40];

    if (bin > 0)
        short_number(low, sizeof low, edges[bin - 1]);
    if (bin < n)
        short_number(high, sizeof high, edges[bin]);
    if (n == 0)
        bl_text_addf(out, "%s=(all)", column);
    else if (bin == 0)
        bl_text_addf(out, "%s=(<%s)", column, high);
    else if (bin == n)
        bl_text_addf(out, "%s=(>=%s)", column, low);
    else
        bl_text_addf(out, "%s=[%s,%s)", column, low, high);
}

static bool add_bin(struct bl_fitter *f, size_t column, const double *edges, size_t n, size_t bin,
                    struct bl_error *err)
{
    const double params[] = {bin ? edges[bin - 1] : -INFINITY, bin < n ? edges[bin] : INFINITY};
    struct bl_text name = {0};
    size_t node =
        bl_fitter_node(f, f->step->type->ops[1], &column, 1, params, 2, NULL, err);
    bool ok;

    name_bin(&name, f->fit->columns[column].name, edges, n, bin);
    ok = bl_fitter_column(f, bl_text_get(&name), node, column, f->fit->columns[column].missing, err);
    bl_text_free(&name);
    return ok;
}

static bool encode(struct bl_fitter *f, size_t column, double *params, size_t n,
                   struct bl_error *err)
{
    bool ok = true;

    params[0] = (double)n;
    for (size_t k = 0; ok && k < n; k++)
        ok = bl_fitter_note(f, column, "edge", params[1 + k], NULL, err);
    if (ok && bl_step_is(f->step, "encode", "ordinal"))
        return bl_fitter_map_n(f, column, f->step->type->ops[0], params, n + 1, err);
    for (size_t k = 0; ok && k <= n; k++)
        ok = add_bin(f, column, params + 1, n, k, err);
    bl_fitter_remove(f, column);
    return ok;
}

static bool fit(struct bl_fitter *f, size_t column, const struct bl_values *v, struct bl_error *err)
{
    size_t bins = (size_t)bl_step_number(f->step, "n", BINS), n;
    double *params = bl_calloc(bins + 1, sizeof *params);
    bool ok;

    if (!params)
        return bl_fail_memory(err, "the edges of bins");
    n = find_edges(f, v, bins, params + 1, err);
    ok = n != SIZE_MAX && encode(f, column, params, n, err);
    bl_free(params);
    return ok;
}

static void map_number(const double *params, double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t bin = 0;
        while (bin < (size_t)params[0] && x[i] >= params[1 + bin])
            bin++;
        x[i] = isnan(x[i]) ? x[i] : (double)bin;
    }
}

static void map_inside(const double *params, double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = isnan(x[i]) ? x[i] : (double)(x[i] >= params[0] && x[i] < params[1]);
}

static const struct bl_op op_number = {.name = "bins.number", .map = map_number, .good = bl_good_list};
static const struct bl_op op_inside = {.name = "bins.inside", .map = map_inside, .selects = true, .good = bl_good_pair};
static const char *const methods[] = {"width", "quantile", NULL};
static const char *const encodings[] = {"onehot", "ordinal", NULL};
static const char *const key_names[] = {"n", "method", "encode", NULL};
static const struct bl_step_key keys[] = {{.kind = BL_KEY_WHOLE, .min = 2, .max = 1000},
                                          {.values = methods},
                                          {.values = encodings}};

extern const struct bl_step_type bl_step_bins;
const struct bl_step_type bl_step_bins = {
    .name = "bins",
    .summary = "cut numbers into intervals",
    .key_names = key_names,
    .keys = keys,
    .takes = bl_takes_numbers,
    .fit_values = fit,
    .ops = {&op_number, &op_inside},
};
