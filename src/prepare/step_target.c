/* target: the mean of the target over the training rows of a level, drawn towards the mean of all of
 * them: (sum + smoothing * mean) / (count + smoothing) (Micci-Barreca 2001). A training row is
 * encoded without the rows of its own fold (row i of the training rows is in fold i mod folds), so
 * that its own target does not leak into it; other rows by all training rows. A level that was not
 * there has the mean. For more than two classes there is a column for each of them. */
#include "src/prepare/step.h"

#include <math.h>

#define FOLDS     5
#define SMOOTHING 10

/* params: folds, levels, then for all rows and for each fold left out: the mean, and each level's */
static void combine(const struct bl_node *node, const struct bl_inputs *in, double *out)
{
    const size_t folds = (size_t)node->params[0], levels = (size_t)node->params[1];

    for (size_t i = 0; i < in->n; i++) {
        uint32_t rank = in->rank ? in->rank[in->rows[i]] : UINT32_MAX;
        size_t part = rank == UINT32_MAX || folds < 2 ? 0 : 1 + rank % folds;
        const double *means = node->params + 2 + part * (levels + 1);
        double x = in->x[0][i];
        out[i] = isnan(x) ? x : x >= 0 && x < (double)levels ? means[1 + (size_t)x] : means[0];
    }
}

/* Rows of another table have no fold, so the means of all rows alone are read. */
static bool good(const double *params, size_t n, size_t inputs)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(params[i]))
            return false;
    return inputs == 1 && n >= 3 && params[1] >= 0 && params[1] <= (double)(n - 3);
}

static const struct bl_op op = {.name = "target", .combine = combine, .good = good};

struct sums {
    size_t folds, levels;
    double *sum, *count; /* (folds + 1) x (levels + 1); part 0 and level 0: all of them */
};

static void add_row(struct sums *s, size_t fold, double level, double y)
{
    const size_t width = s->levels + 1, part = (1 + fold) * width;

    s->sum[part] += y;
    s->count[part]++;
    if (level >= 0) {
        s->sum[part + 1 + (size_t)level] += y;
        s->count[part + 1 + (size_t)level]++;
    }
}

/* What each fold has becomes what all but it have; part 0 what all have. */
static void leave_each_out(struct sums *s)
{
    const size_t width = s->levels + 1;

    for (size_t k = 0; k < width; k++) {
        for (size_t p = 1; p <= s->folds; p++) {
            s->sum[k] += s->sum[p * width + k];
            s->count[k] += s->count[p * width + k];
        }
        for (size_t p = 1; p <= s->folds; p++) {
            s->sum[p * width + k] = s->sum[k] - s->sum[p * width + k];
            s->count[p * width + k] = s->count[k] - s->count[p * width + k];
        }
    }
}

static void means_of(const struct sums *s, double smoothing, double *params)
{
    const size_t width = s->levels + 1;

    params[0] = (double)s->folds;
    params[1] = (double)s->levels;
    for (size_t p = 0; p <= s->folds; p++) {
        double mean = s->count[p * width] > 0 ? s->sum[p * width] / s->count[p * width] : 0;
        params[2 + p * width] = mean;
        for (size_t k = 1; k < width; k++) {
            double count = s->count[p * width + k];
            params[2 + p * width + k] =
                count + smoothing > 0 ? (s->sum[p * width + k] + smoothing * mean) / (count + smoothing)
                                      : mean;
        }
    }
}

static double target_of(const struct bl_fitter *f, size_t row, size_t class)
{
    double y = bl_roles_y(f->roles, f->table, row);

    if (f->roles->task == BL_REGRESSION || f->roles->n_classes <= 2)
        return y;
    return y == (double)class;
}

static size_t encode_class(struct bl_fitter *f, size_t column, const double *values, size_t class,
                           struct sums *s, double *params, struct bl_error *err)
{
    const size_t cells = (s->folds + 1) * (s->levels + 1);

    for (size_t k = 0; k < cells; k++)
        s->sum[k] = s->count[k] = 0;
    for (size_t i = 0; i < f->n_rows; i++)
        if (!isnan(values[i]))
            add_row(s, f->fit->rank[f->rows[i]] % s->folds, values[i],
                    target_of(f, f->rows[i], class));
    leave_each_out(s);
    means_of(s, bl_step_number(f->step, "smoothing", SMOOTHING), params);
    return bl_fitter_node(f, &op, &column, 1, params, 2 + cells, NULL, err);
}

static bool note_levels(struct bl_fitter *f, size_t column, const char *suffix,
                        const double *params, struct bl_error *err)
{
    const struct bl_names *levels = f->fit->sources[f->fit->columns[column].source].levels;
    bool ok = bl_fitter_note(f, column, suffix ? suffix : "mean", params[2], NULL, err);

    for (size_t k = 0; ok && k < bl_names_count(levels); k++) {
        struct bl_text key = {0};
        bl_text_add(&key, bl_names_at(levels, k, NULL));
        if (suffix)
            bl_text_addf(&key, "~%s", suffix);
        ok = bl_fitter_note(f, column, bl_text_get(&key), params[3 + k], NULL, err);
        bl_text_free(&key);
    }
    return ok;
}

static bool add_encoded(struct bl_fitter *f, size_t column, const double *values, size_t class,
                        struct sums *s, double *params, struct bl_error *err)
{
    const bool many = f->roles->task == BL_CLASSIFICATION && f->roles->n_classes > 2;
    const char *label = many ? bl_roles_label(f->roles, class) : NULL;
    size_t node = encode_class(f, column, values, class, s, params, err);
    struct bl_text name = {0};
    bool ok;

    bl_text_add(&name, f->fit->columns[column].name);
    if (many)
        bl_text_addf(&name, "~%s", label);
    ok = bl_fitter_column(f, bl_text_get(&name), node, column, f->fit->columns[column].missing,
                          err) &&
         note_levels(f, column, label, params, err);
    bl_text_free(&name);
    return ok;
}

static bool fit(struct bl_fitter *f, size_t column, const double *values, struct bl_error *err)
{
    struct sums s = {.folds = (size_t)bl_step_number(f->step, "folds", FOLDS)};
    size_t classes = f->roles->task == BL_CLASSIFICATION && f->roles->n_classes > 2
                         ? f->roles->n_classes
                         : 1,
           cells;
    double *work;
    bool ok = true;

    if (f->roles->target == SIZE_MAX) {
        bl_fail(err, BL_STATE, "prep target needs a target to take the mean of");
        return bl_roles_hint(f->table, err);
    }
    s.levels = bl_names_count(f->fit->sources[f->fit->columns[column].source].levels);
    cells = (s.folds + 1) * (s.levels + 1);
    if (!bl_fitter_rank(f, err) || !(work = bl_calloc(3 * cells + 2, sizeof *work)))
        return f->fit->rank ? bl_fail_memory(err, "the means of levels") : false;
    s.sum = work;
    s.count = work + cells;
    for (size_t class = 0; ok && class < classes; class++)
        ok = add_encoded(f, column, values, class, &s, work + 2 * cells, err);
    bl_fitter_remove(f, column);
    bl_free(work);
    return ok;
}

static const char *const key_names[] = {"smoothing", "folds", NULL};
static const struct bl_step_key keys[] = {{.kind = BL_KEY_NUMBER, .min = 0, .max = 1e9},
                                          {.kind = BL_KEY_WHOLE, .min = 1, .max = 100}};

extern const struct bl_step_type bl_step_target;
const struct bl_step_type bl_step_target = {
    .name = "target",
    .summary = "the mean target of a level, cross-fitted, smoothed",
    .key_names = key_names,
    .keys = keys,
    .takes = bl_takes_categories,
    .fit = fit,
    .ops = {&op},
};
