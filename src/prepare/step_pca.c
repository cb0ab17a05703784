/* pca: the directions in which the training rows vary most. Eigenvectors of their covariance (over
 * n - 1; of the correlations with scale=yes); the sign is such that the largest weight is positive. */
#include "batchlab/stats.h"
#include "src/prepare/linear.h"

#include <math.h>
#include <stdio.h>

#define COLUMNS_MAX 1000

struct pca {
    size_t p, n_rows;
    double *x;      /* p columns, centred */
    double *mean, *scale;
    double *c, *v;  /* p x p: covariance, eigenvectors in rows */
    size_t *order;  /* of the eigenvalues, the largest first */
};

static void pca_done(struct pca *s)
{
    bl_free(s->x);
    bl_free(s->mean);
    bl_free(s->c);
    bl_free(s->order);
}

/* Eight sums joined in a fixed tree, whatever the vectors of the processor. */
static double dot(const double *a, const double *b, size_t n)
{
    double s[8] = {0};
    size_t i = 0;

    for (; i + 8 <= n; i += 8)
        for (size_t k = 0; k < 8; k++)
            s[k] += a[i + k] * b[i + k];
    for (; i < n; i++)
        s[i % 8] += a[i] * b[i];
    return ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
}

static void covariance_row(void *context, size_t i, size_t worker)
{
    struct pca *s = context;
    double rows = (double)(s->n_rows > 1 ? s->n_rows - 1 : 1);

    (void)worker;
    for (size_t j = i; j < s->p; j++)
        s->c[i * s->p + j] = s->c[j * s->p + i] =
            dot(s->x + i * s->n_rows, s->x + j * s->n_rows, s->n_rows) / rows;
}

static void centre(struct pca *s, size_t j, bool scale, struct bl_pool *pool)
{
    double *x = s->x + j * s->n_rows;
    struct bl_moments m = bl_moments_of(x, s->n_rows, pool);
    double sd = sqrt(bl_moments_variance(&m));

    s->mean[j] = m.mean;
    s->scale[j] = scale && sd > 0 ? 1 / sd : 1;
    for (size_t i = 0; i < s->n_rows; i++)
        x[i] = (x[i] - m.mean) * s->scale[j];
}

static bool diagonalise(struct pca *s, struct bl_progress *progress, struct bl_error *err)
{
    if (!bl_eigen_symmetric(s->c, s->v, s->p, progress, err))
        return false;
    for (size_t i = 0; i < s->p; i++) { /* insertion: few, and ties stay in order */
        size_t at = i;
        for (; at > 0 && s->c[s->order[at - 1] * (s->p + 1)] < s->c[i * (s->p + 1)]; at--)
            s->order[at] = s->order[at - 1];
        s->order[at] = i;
    }
    return true;
}

static bool pca_start(struct pca *s, struct bl_fitter *f, const size_t *columns, size_t p,
                      struct bl_error *err)
{
    *s = (struct pca){.p = p, .n_rows = f->n_rows};
    if (p > COLUMNS_MAX) {
        bl_fail(err, BL_LIMIT, "prep pca takes at most %d columns, not %zu", COLUMNS_MAX, p);
        return bl_hint(err, "prep project n=100 before it makes fewer of them");
    }
    if (!(s->x = bl_fitter_block(f, columns, p, err)))
        return false;
    if ((s->mean = bl_calloc(4 * p + 1, sizeof *s->mean)) &&
        (s->c = bl_calloc(2 * p * p + 1, sizeof *s->c)) &&
        (s->order = bl_calloc(p + 1, sizeof *s->order))) {
        s->scale = s->mean + p;
        s->v = s->c + p * p;
        return true;
    }
    pca_done(s);
    return bl_fail_memory(err, "the covariance of the training rows");
}

static size_t how_many(const struct pca *s, const struct bl_step *step, double total)
{
    double share = bl_step_number(step, "share", 0), sum = 0;
    size_t most = s->p, k = 0;

    if (bl_step_option(step, "n"))
        most = (size_t)bl_step_number(step, "n", 0) < s->p ? (size_t)bl_step_number(step, "n", 0)
                                                           : s->p;
    if (share == 0)
        return most;
    while (k < most && sum < share * total)
        sum += s->c[s->order[k++] * (s->p + 1)];
    return k ? k : 1;
}

static bool add_component(struct pca *s, struct bl_fitter *f, const size_t *columns, size_t k,
                          double total, struct bl_error *err)
{
    const double *v = s->v + s->order[k] * s->p, variance = s->c[s->order[k] * (s->p + 1)];
    double *params = s->mean + 2 * s->p;
    char name[40];
    size_t largest = 0;

    for (size_t j = 0; j < s->p; j++)
        largest = fabs(v[j]) > fabs(v[largest]) * (1 + 1e-12) ? j : largest;
    for (size_t j = 0; j < s->p; j++) {
        params[j] = s->mean[j];
        params[s->p + j] = (v[largest] < 0 ? -v[j] : v[j]) * s->scale[j];
    }
    snprintf(name, sizeof name, "pc%zu", k + 1);
    if (!bl_fit_linear(f, name, columns, s->p, params, 0, err))
        return false;
    k = f->fit->n_columns - 1;
    return bl_fitter_note(f, k, "variance", variance, NULL, err) &&
           bl_fitter_note(f, k, "share", total > 0 ? variance / total : 0, NULL, err);
}

static bool fit_all(struct bl_fitter *f, const size_t *columns, size_t n, struct bl_error *err)
{
    struct pca s;
    double total = 0;
    size_t components;
    bool ok;

    if (!pca_start(&s, f, columns, n, err))
        return false;
    for (size_t j = 0; j < n; j++)
        centre(&s, j, bl_step_yes(f->step, "scale", false), f->pool);
    bl_pool_run(f->pool, n, covariance_row, &s);
    for (size_t j = 0; j < n; j++)
        total += s.c[j * (n + 1)];
    if (!isfinite(total)) {
        pca_done(&s);
        bl_fail(err, BL_VALUE, "the values spread beyond the range of numbers");
        return bl_hint(err, "prep standardize before prep pca");
    }
    ok = diagonalise(&s, f->progress, err);
    bl_progress_start(f->progress, "fitting the recipe", 0);
    components = ok ? how_many(&s, f->step, total) : 0;
    for (size_t k = 0; ok && k < components; k++)
        ok = add_component(&s, f, columns, k, total, err);
    for (size_t j = 0; j < n; j++)
        bl_fitter_remove(f, columns[j]);
    pca_done(&s);
    return ok;
}

static const char *const key_names[] = {"n", "share", "scale", NULL};
static const struct bl_step_key keys[] = {{.kind = BL_KEY_WHOLE, .min = 1, .max = COLUMNS_MAX},
                                          {.kind = BL_KEY_NUMBER, .min = 0, .max = 1},
                                          {.values = bl_yes_no}};

extern const struct bl_step_type bl_step_pca;
const struct bl_step_type bl_step_pca = {
    .name = "pca",
    .summary = "the directions of largest variance in place of columns",
    .key_names = key_names,
    .keys = keys,
    .takes = bl_takes_numbers,
    .fit_all = fit_all,
    .ops = {&bl_op_linear},
};
