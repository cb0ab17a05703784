/* maxabs: x / max |x| of the training rows, so that they lie in [-1, 1] and 0 stays 0. */
#include "src/prepare/step.h"

#include <math.h>

static bool fit(struct bl_fitter *f, size_t column, const struct bl_values *v, struct bl_error *err)
{
    double most = 0;

    for (size_t i = 0; i < v->n; i++)
        most = fabs(v->x[i]) > most ? fabs(v->x[i]) : most;
    return bl_fitter_note(f, column, "maxabs", most, NULL, err) &&
           bl_fitter_map(f, column, 0, most > 0 ? most : 1, err);
}

/* The columns of the table, scaled in the rows that are trained on; a column without cells there stays. */
static bool fit_sparse(struct bl_fitter *f, struct bl_error *err)
{
    struct bl_fit_sparse *to = &f->fit->sparse;
    const struct bl_sparse *s = f->table->sparse;
    double *most = bl_calloc(to->n + 1, sizeof *most), least = INFINITY, largest = 0;

    if (!most)
        return bl_fail_memory(err, "the scales of sparse columns");
    for (size_t i = 0; i < f->n_rows; i++)
        for (size_t at = s->start[f->rows[i]]; at < s->start[f->rows[i] + 1]; at++) {
            const size_t j = bl_fit_sparse_at(to, s->column[at]);
            if (j != SIZE_MAX)
                most[j] = fmax(most[j], fabs(s->value[at]));
        }
    for (size_t j = 0; j < to->n; j++) {
        if (most[j] > 0)
            least = fmin(least, most[j]);
        largest = fmax(largest, most[j]);
        most[j] = most[j] > 0 ? most[j] : 1;
    }
    bl_free(to->scale);
    to->scale = most;
    return bl_fitter_note_all(f, "least maxabs of the sparse columns", least, NULL, err) &&
           bl_fitter_note_all(f, "largest maxabs of the sparse columns", largest, NULL, err);
}

static void map(const double *params, double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = (x[i] - params[0]) / params[1];
}

static const struct bl_op op = {.name = "maxabs", .map = map, .affine = true, .good = bl_good_affine};

extern const struct bl_step_type bl_step_maxabs;
const struct bl_step_type bl_step_maxabs = {
    .name = "maxabs",
    .summary = "divide by the largest absolute value; 0 stays 0",
    .takes = bl_takes_numbers,
    .fit_values = fit,
    .fit_sparse = fit_sparse,
    .ops = {&op},
};
