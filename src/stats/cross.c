/* Two columns against each other: counts, and Pearson's chi-square test of independence (1900). */
#include <math.h>

#include <gsl/gsl_cdf.h>

#include "batchlab/stats.h"

#define CELLS_MAX 1000000

/* New numbers for the groups that have a row, in order; how many. */
static size_t number_used(const size_t *margin, size_t n, size_t *number)
{
    size_t used = 0;

    for (size_t k = 0; k < n; k++)
        number[k] = margin[k] ? used++ : SIZE_MAX;
    return used;
}

static bool take_labels(char ***to, size_t **margins, const struct bl_groups *g, const size_t *margin, const size_t *number, size_t used)
{
    *to = bl_calloc(used + 1, sizeof **to);
    *margins = bl_calloc(used + 1, sizeof **margins);
    for (size_t k = 0; *to && *margins && k < g->n_groups; k++)
        if (number[k] != SIZE_MAX) {
            (*margins)[number[k]] = margin[k];
            if (!((*to)[number[k]] = bl_strdup(g->labels[k])))
                return false;
        }
    return *to && *margins;
}

static bool count_cells(struct bl_cross *c, const struct bl_groups *a, const struct bl_groups *b, size_t n_rows)
{
    size_t *margin_a = bl_calloc(a->n_groups + 1, sizeof *margin_a), *margin_b = bl_calloc(b->n_groups + 1, sizeof *margin_b);
    size_t *number_a = bl_calloc(a->n_groups + 1, sizeof *number_a), *number_b = bl_calloc(b->n_groups + 1, sizeof *number_b);
    bool fine = margin_a && margin_b && number_a && number_b;

    for (size_t i = 0; fine && i < n_rows; i++) {
        const bool both = a->of_row[i] != BL_MISSING_CODE && b->of_row[i] != BL_MISSING_CODE;

        c->missing += !both;
        if (both) {
            margin_a[a->of_row[i]]++;
            margin_b[b->of_row[i]]++;
        }
    }
    if (fine) {
        c->n = n_rows - c->missing;
        c->n_a = number_used(margin_a, a->n_groups, number_a);
        c->n_b = number_used(margin_b, b->n_groups, number_b);
        fine = take_labels(&c->a, &c->of_a, a, margin_a, number_a, c->n_a) && take_labels(&c->b, &c->of_b, b, margin_b, number_b, c->n_b) &&
               (c->counts = bl_calloc(c->n_a * c->n_b + 1, sizeof *c->counts)) != NULL;
    }
    for (size_t i = 0; fine && i < n_rows; i++)
        if (a->of_row[i] != BL_MISSING_CODE && b->of_row[i] != BL_MISSING_CODE)
            c->counts[number_a[a->of_row[i]] * c->n_b + number_b[b->of_row[i]]]++;
    bl_free(margin_a);
    bl_free(margin_b);
    bl_free(number_a);
    bl_free(number_b);
    return fine;
}

static void test_independence(struct bl_cross *c)
{
    const size_t least = c->n_a < c->n_b ? c->n_a : c->n_b;
    struct bl_sum2 chi = {0};

    c->chi_square = c->p = c->cramers_v = c->least = NAN;
    if (least < 2)
        return;
    c->least = INFINITY;
    for (size_t i = 0; i < c->n_a; i++)
        for (size_t j = 0; j < c->n_b; j++) {
            const double expected = (double)c->of_a[i] * (double)c->of_b[j] / (double)c->n;
            const double off = (double)c->counts[i * c->n_b + j] - expected;

            bl_sum2_add(&chi, off * off / expected);
            c->few += expected < 5;
            c->least = fmin(c->least, expected);
        }
    c->df = (c->n_a - 1) * (c->n_b - 1);
    c->chi_square = bl_sum2_value(chi);
    c->p = gsl_cdf_chisq_Q(c->chi_square, (double)c->df);
    c->cramers_v = sqrt(c->chi_square / ((double)c->n * (double)(least - 1)));
}

struct bl_cross *bl_cross_of(const struct bl_table *t, size_t a, size_t b, struct bl_error *err)
{
    struct bl_groups *of_a = bl_groups_of(t, a, err), *of_b = of_a ? bl_groups_of(t, b, err) : NULL;
    struct bl_cross *c = NULL;
    bool fine = of_b != NULL;

    if (fine && of_a->n_groups && of_b->n_groups > CELLS_MAX / of_a->n_groups) {
        fine = bl_fail(err, BL_LIMIT, "'%s' and '%s' make %zu x %zu cells: more than %d", t->columns[a].name, t->columns[b].name,
                       of_a->n_groups, of_b->n_groups, CELLS_MAX);
        bl_hint(err, "distinct %s %s lists the combinations that occur", t->columns[a].name, t->columns[b].name);
    }
    if (fine) {
        c = bl_calloc(1, sizeof *c);
        fine = (c && count_cells(c, of_a, of_b, t->n_rows)) || bl_fail_memory(err, "the counts");
    }
    if (fine)
        test_independence(c);
    bl_groups_free(of_a);
    bl_groups_free(of_b);
    if (fine)
        return c;
    bl_cross_free(c);
    return NULL;
}

void bl_cross_free(struct bl_cross *c)
{
    if (!c)
        return;
    for (size_t i = 0; c->a && i < c->n_a; i++)
        bl_free(c->a[i]);
    for (size_t j = 0; c->b && j < c->n_b; j++)
        bl_free(c->b[j]);
    bl_free(c->a);
    bl_free(c->b);
    bl_free(c->of_a);
    bl_free(c->of_b);
    bl_free(c->counts);
    bl_free(c);
}
