/* Groups: the levels of a column, or the few different values of a numeric one. */
#include <math.h>
#include <stdlib.h>

#include "order.h"

#define VALUES_MAX 100

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Where x is, or belongs, among n ascending values. */
static size_t place_of(const double *values, size_t n, double x)
{
    size_t low = 0, high = n;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (values[middle] < x)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The different values, ascending; VALUES_MAX + 1 when there are more than VALUES_MAX. */
static size_t different_values(const double *x, size_t n_rows, double *values)
{
    size_t n = 0;

    for (size_t i = 0; i < n_rows && n <= VALUES_MAX; i++) {
        size_t k = isnan(x[i]) ? 0 : place_of(values, n, x[i]);

        if (isnan(x[i]) || (k < n && values[k] == x[i]))
            continue;
        values[n++] = x[i] + 0.0;
        qsort(values, n, sizeof *values, ascending);
    }
    return n;
}

static bool make_groups(struct bl_groups *g, size_t n_groups, size_t n_rows)
{
    g->n_groups = n_groups;
    g->labels = bl_calloc(n_groups, sizeof *g->labels);
    g->counts = bl_calloc(n_groups, sizeof *g->counts);
    g->of_row = bl_calloc(n_rows, sizeof *g->of_row);
    return g->labels && g->counts && g->of_row;
}

static bool groups_of_levels(struct bl_groups *g, const struct bl_column *c, size_t n_rows)
{
    bool fine = make_groups(g, c->n_levels, n_rows);

    for (size_t k = 0; fine && k < c->n_levels; k++)
        fine = (g->labels[k] = bl_strdup(c->levels[k])) != NULL;
    for (size_t i = 0; fine && i < n_rows; i++) {
        g->of_row[i] = c->code[i];
        if (c->code[i] != BL_MISSING_CODE)
            g->counts[c->code[i]]++;
    }
    return fine;
}

static bool groups_of_values(struct bl_groups *g, const double *x, size_t n_rows, const double *values, size_t n)
{
    bool fine = make_groups(g, n, n_rows);
    char text[40];

    for (size_t k = 0; fine && k < n; k++)
        fine = (g->labels[k] = bl_strdup(bl_number_exact(text, sizeof text, values[k]))) != NULL;
    for (size_t i = 0; fine && i < n_rows; i++) {
        g->of_row[i] = BL_MISSING_CODE;
        if (isnan(x[i]))
            continue;
        g->of_row[i] = (uint32_t)place_of(values, n, x[i]);
        g->counts[g->of_row[i]]++;
    }
    return fine;
}

struct bl_groups *bl_groups_of(const struct bl_table *t, size_t column, struct bl_error *err)
{
    const struct bl_column *c = &t->columns[column];
    struct bl_groups *g = bl_calloc(1, sizeof *g);
    double values[VALUES_MAX + 1];
    size_t n = g && c->number ? different_values(c->number, t->n_rows, values) : 0;
    bool fine = g != NULL;

    if (fine && n > VALUES_MAX) {
        bl_fail(err, BL_VALUE, "column '%s' has more than %d different values: too many for groups", c->name, VALUES_MAX);
        bl_hint(err, "group by a column of categories, or hist %s", c->name);
        bl_free(g);
        return NULL;
    }
    if (fine && c->missing == t->n_rows) {
        bl_fail(err, BL_VALUE, "column '%s' has no value present, so it makes no group", c->name);
        bl_hint(err, "drop %s", bl_typed(c->name).text);
        bl_free(g);
        return NULL;
    }
    if (fine) {
        g->column = column;
        fine = c->number ? groups_of_values(g, c->number, t->n_rows, values, n) : groups_of_levels(g, c, t->n_rows);
    }
    if (fine)
        return g;
    bl_groups_free(g);
    bl_fail_memory(err, "groups");
    return NULL;
}

void bl_groups_free(struct bl_groups *g)
{
    if (!g)
        return;
    for (size_t k = 0; g->labels && k < g->n_groups; k++)
        bl_free(g->labels[k]);
    bl_free(g->labels);
    bl_free(g->counts);
    bl_free(g->of_row);
    bl_free(g);
}

/* Without memory to bring the groups together: value by value. */
static void merge_rows(const struct bl_groups *g, const double *x, size_t n_rows, struct bl_moments *out)
{
    for (size_t i = 0; i < n_rows; i++)
        if (g->of_row[i] != BL_MISSING_CODE && !isnan(x[i]))
            bl_moments_merge(&out[g->of_row[i]], &(struct bl_moments){ .n = 1, .mean = x[i], .min = x[i], .max = x[i] });
}

/* The values of each group one after the other, in row order; at[k] becomes where group k ends. */
static void gather_groups(const struct bl_groups *g, const double *x, size_t n_rows, double *values, size_t *at)
{
    for (size_t k = 0; k < g->n_groups; k++)
        at[k + 1] = at[k] + g->counts[k];
    for (size_t i = 0; i < n_rows; i++)
        if (g->of_row[i] != BL_MISSING_CODE)
            values[at[g->of_row[i]]++] = x[i];
}

void bl_group_moments(const struct bl_groups *g, const double *x, size_t n_rows, struct bl_moments *out)
{
    double *values = bl_calloc(n_rows, sizeof *values);
    size_t *at = bl_calloc(g->n_groups + 1, sizeof *at);

    for (size_t k = 0; k < g->n_groups; k++)
        out[k] = (struct bl_moments){ .mean = NAN, .min = NAN, .max = NAN };
    if (values && at) {
        gather_groups(g, x, n_rows, values, at);
        for (size_t k = 0; k < g->n_groups; k++)
            out[k] = bl_moments_of(values + at[k] - g->counts[k], g->counts[k], NULL);
    } else {
        merge_rows(g, x, n_rows, out);
    }
    bl_free(values);
    bl_free(at);
}

bool bl_group_quantiles(const struct bl_groups *g, const double *x, size_t n_rows, const double *qs, size_t n_qs, double *out, struct bl_error *err)
{
    double *values = bl_calloc(n_rows, sizeof *values);
    size_t *at = bl_calloc(g->n_groups + 1, sizeof *at);
    bool fine = values && at;

    if (fine)
        gather_groups(g, x, n_rows, values, at);
    else
        bl_fail_memory(err, "the groups");
    for (size_t k = 0; fine && k < g->n_groups; k++)
        fine = bl_quantiles(values + at[k] - g->counts[k], g->counts[k], qs, n_qs, out + k * n_qs, NULL, err);
    bl_free(values);
    bl_free(at);
    return fine;
}
