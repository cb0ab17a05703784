/* One fit: rows made ready, a model trained on them, and judged on others. */
#include "batchlab/evaluate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- rows made ready -----------------------------------------------------------------------------------*/

void bl_material_free(struct bl_material *m)
{
    if (!m)
        return;
    bl_recipe_free(m->recipe);
    bl_matrix_free(m->train);
    bl_matrix_free(m->held);
    *m = (struct bl_material){ 0 };
}

static bool material_fill(struct bl_material *m, const struct bl_procedure *p, const uint32_t *train, size_t n_train, const uint32_t *held,
                          size_t n_held, struct bl_pool *pool, struct bl_warnings *warnings, struct bl_error *err)
{
    m->recipe = p->recipe ? bl_recipe_copy(p->recipe) : bl_recipe_default_for(p->table, err);
    if (!m->recipe)
        return p->recipe ? bl_fail_memory(err, "the recipe") : false;
    if (!bl_recipe_fit(m->recipe, p->table, p->roles, train, n_train, pool, warnings, err))
        return false;
    m->train = bl_recipe_apply(m->recipe, p->table, p->roles, train, n_train, pool, err);
    if (m->train && n_held)
        m->held = bl_recipe_apply(m->recipe, p->table, p->roles, held, n_held, pool, err);
    return m->train && (m->held || !n_held);
}

bool bl_material_make(struct bl_material *m, const struct bl_procedure *p, const uint32_t *train, size_t n_train, const uint32_t *held,
                      size_t n_held, struct bl_pool *pool, struct bl_warnings *warnings, struct bl_error *err)
{
    *m = (struct bl_material){ 0 };
    if (material_fill(m, p, train, n_train, held, n_held, pool, warnings, err))
        return true;
    bl_material_free(m);
    return false;
}

/* ---- a share of the rows ---------------------------------------------------------------------------------*/

struct placed { double place; uint32_t at; };

static int compare_placed(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;

    if (x->place != y->place)
        return x->place < y->place ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

static int compare_rows(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* The j-th of the c rows of a class, in drawn order, stands at (j + 1/2)/c: each beginning of the whole
 * order has the shares of the classes, as nearly as whole rows allow. */
static void place(struct placed *p, size_t n, struct bl_random *random)
{
    for (size_t i = n; i > 1; i--) {
        size_t k = (size_t)bl_random_below(random, i);
        uint32_t at = p[i - 1].at;
        p[i - 1].at = p[k].at;
        p[k].at = at;
    }
    for (size_t i = 0; i < n; i++)
        p[i].place = ((double)i + 0.5) / (double)n;
}

bool bl_share_rows(const struct bl_table *t, const struct bl_roles *roles, const uint32_t *rows, size_t n, double share, uint64_t seed,
                   uint32_t stream, uint32_t **out, size_t *n_out, struct bl_error *err)
{
    struct placed *placed = bl_calloc(n + 1, sizeof *placed);
    bool classes = roles->target != SIZE_MAX && roles->task == BL_CLASSIFICATION;
    size_t wanted = (size_t)ceil(share * (double)n - 1e-9);

    *n_out = wanted < 2 ? 2 : wanted;
    if (*n_out > n)
        *n_out = n;
    if (!(*out = bl_calloc(*n_out + 1, sizeof **out)) || !placed) {
        bl_free(placed);
        bl_free(*out);
        return bl_fail_memory(err, "a share of the rows");
    }
    for (size_t i = 0; i < n; i++)
        placed[i] = (struct placed){ classes ? bl_roles_y(roles, t, rows[i]) : 0, (uint32_t)i };
    qsort(placed, n, sizeof *placed, compare_placed);
    for (size_t from = 0, to, class = 0; from < n; from = to, class++) {
        struct bl_random random = bl_random_stream(seed, BL_FOR_SAMPLE, stream, (uint32_t)class);
        double key = placed[from].place;
        for (to = from + 1; to < n && placed[to].place == key; to++)
            ;
        place(placed + from, to - from, &random);
    }
    qsort(placed, n, sizeof *placed, compare_placed);
    for (size_t i = 0; i < *n_out; i++)
        (*out)[i] = rows[placed[i].at];
    qsort(*out, *n_out, sizeof **out, compare_rows);
    bl_free(placed);
    return true;
}

/* ---- training ------------------------------------------------------------------------------------------------*/

void bl_fit_free(struct bl_fit *f)
{
    if (!f)
        return;
    if (f->theta)
        bl_objective_done(&f->objective);
    bl_free(f->theta);
    *f = (struct bl_fit){ 0 };
}

static bool keep(struct bl_fit *f, struct bl_trainer *t, struct bl_error *err)
{
    f->theta = bl_calloc(f->objective.n_params, sizeof *f->theta);
    if (!f->theta)
        return bl_fail_memory(err, "the parameters");
    memcpy(f->theta, bl_trainer_theta(t), f->objective.n_params * sizeof *f->theta);
    f->status = bl_trainer_status(t) == BL_PAUSED ? BL_ENDED : bl_trainer_status(t); /* it did all its epochs */
    if (f->status == BL_DIVERGED_RUN)
        f->why = *bl_trainer_why(t);
    return bl_trainer_point(t, &f->point, err);
}

bool bl_fit_train(struct bl_fit *f, const struct bl_procedure *p, const struct bl_matrix *train, struct bl_pool *pool,
                  struct bl_progress *progress, struct bl_error *err)
{
    struct bl_settings settings = p->settings;
    struct bl_trainer *t;
    bool good;

    *f = (struct bl_fit){ 0 };
    settings.tape = 0; /* nobody goes back in it */
    if (!p->objective(p->model, p, train, &f->objective, err))
        return false;
    t = bl_trainer_create(&f->objective, &settings, NULL, pool, err);
    good = t && bl_trainer_epochs(t, settings.epochs, progress, err);
    if (good && bl_stopped(progress))
        good = bl_fail(err, BL_STOPPED, "interrupted");
    good = good && keep(f, t, err);
    bl_trainer_free(t);
    if (!good && !f->theta)
        bl_objective_done(&f->objective);
    if (!good)
        bl_fit_free(f);
    return good;
}

/* ---- judging -------------------------------------------------------------------------------------------------*/

size_t bl_fit_width(const struct bl_fit *f)
{
    return f->objective.n_classes ? f->objective.n_classes : 1;
}

static bool figures(const struct bl_fit *f, const struct bl_matrix *m, const double *predictions, struct bl_evaluation *e,
                    struct bl_pool *pool, struct bl_error *err)
{
    struct bl_workspace *w = bl_workspace_create(&f->objective, pool, err);
    size_t width = bl_fit_width(f);
    double loss;

    if (!w)
        return false;
    loss = bl_objective_pass(&f->objective, m, f->theta, NULL, w);
    bl_workspace_free(w);
    return f->objective.n_classes ? bl_evaluate_classes(e, predictions, m->y, m->n_rows, width, 1, loss, pool, err)
                                  : bl_evaluate_values(e, predictions, m->y, m->n_rows, loss, err);
}

bool bl_fit_judge(const struct bl_fit *f, const struct bl_matrix *m, double *predictions, struct bl_evaluation *e, struct bl_pool *pool,
                  struct bl_error *err)
{
    double *out = predictions ? predictions : bl_calloc(m->n_rows + 1, bl_fit_width(f) * sizeof *out);
    bool good;

    if (!out)
        return bl_fail_memory(err, "the predictions");
    bl_objective_predict(&f->objective, f->theta, m, out, pool);
    good = !e || figures(f, m, out, e, pool, err);
    if (out != predictions)
        bl_free(out);
    return good;
}
