/* Ways of learning on the current dataset, for fits beside the run. */
#include <stdlib.h>
#include <string.h>

#include "src/workbench/internal.h"

enum { NEWTON_EPOCHS = 100, OTHER_EPOCHS = 500, HESSIAN_COLUMNS = 1000 /* beyond, no square of the parameters is made */ };

static bool make_objective(const void *model, const struct bl_procedure *p, const struct bl_matrix *train, struct bl_objective *out,
                           struct bl_error *err)
{
    return model_objective(model, p->table, p->roles, train, NULL, out, err);
}

/* Names all that decides a fit beside the rows, so that no two ways of learning share a name. */
static void name(const struct bl_model *m, const struct bl_procedure *p, char key[65])
{
    const struct bl_objective_type *type = model_type(m, p->roles);
    struct bl_sha256 h;

    bl_sha256_start(&h);
    bl_sha256_add(&h, type->name, strlen(type->name));
    bl_sha256_add(&h, &m->l2, sizeof m->l2);
    bl_sha256_add(&h, &m->l1, sizeof m->l1);
    bl_sha256_add(&h, &m->intercept, sizeof m->intercept);
    if (m->has_hyper)
        bl_sha256_add(&h, m->hyper, sizeof m->hyper);
    bl_sha256_add(&h, m->class_weight, strlen(m->class_weight) + 1);
    bl_sha256_add(&h, &p->roles->weight, sizeof p->roles->weight);
    bl_sha256_add(&h, &p->roles->sparse, sizeof p->roles->sparse);
    if (type->network)
        bl_sha256_add(&h, &m->network, sizeof m->network);
    bl_sha256_add(&h, &p->settings, sizeof p->settings);
    bl_sha256_end(&h, key);
}

bool bl_workbench_procedure(struct bl_workbench *w, const struct bl_model *model, const struct bl_settings *settings,
                            struct bl_procedure *out, struct bl_error *err)
{
    const struct bl_dataset *d = bl_workbench_dataset(w, err);

    if (!d)
        return false;
    if (d->roles.target == SIZE_MAX) {
        bl_fail(err, BL_STATE, "%s has no target to learn", d->table->name);
        return bl_roles_hint(d->table, err);
    }
    *out = (struct bl_procedure){ .table = d->table, .roles = &d->roles, .recipe = d->recipe, .settings = *settings, .share = 1,
                                  .objective = make_objective, .model = model };
    name(model, out, out->key);
    return true;
}

/* So many features that a Hessian costs more than the passes it saves. */
static bool is_wide(struct bl_workbench *w, const struct bl_dataset *d)
{
    const struct bl_prepared *p;

    if (d->roles.sparse && d->table->sparse->n_columns > HESSIAN_COLUMNS)
        return true;
    p = d->roles.target != SIZE_MAX ? bl_workbench_prepare(w, NULL, NULL) : NULL;
    return p && p->part[BL_TRAIN] && p->part[BL_TRAIN]->n_features > HESSIAN_COLUMNS;
}

void bl_workbench_thorough(struct bl_workbench *w, const struct bl_model *model, struct bl_settings *out)
{
    const struct bl_dataset *d = bl_workbench_dataset(w, NULL);
    const struct bl_objective_type *type = d ? model_type(model, &d->roles) : NULL;
    bool network = type && type->network, full = type && !type->kinks && model->l1 == 0 && !network;
    bool wide = full && is_wide(w, d);

    bl_settings_init(out);
    out->seed = w->seed;
    out->regime = full ? BL_FULL : BL_BATCH;
    out->solver = full ? bl_solver_find(wide || type->flat ? "lbfgs" : type->quadratic ? "closed" : "newton") : NULL;
    if (network)
        out->optimizer = bl_optimizer_find("adam");
    for (size_t i = 0; network && i < 6 && out->optimizer->hyper[i].name; i++)
        out->hyper[i] = out->optimizer->hyper[i].value;
    out->epochs = full && !type->flat && !wide ? NEWTON_EPOCHS : OTHER_EPOCHS;
}

static int compare_rows(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

bool bl_workbench_rows(struct bl_workbench *w, bool all, uint32_t **rows, size_t *n, struct bl_error *err)
{
    const struct bl_dataset *d = bl_workbench_dataset(w, err);
    struct bl_recipe *recipe = d ? d->recipe ? bl_recipe_copy(d->recipe) : bl_recipe_default_for(d->table, err) : NULL;
    const struct bl_prepared *p = NULL;
    size_t kept = 0;
    bool good = recipe && bl_recipe_rows(recipe, d->table, &d->roles, rows, n, err);

    if (d && d->recipe && !recipe)
        bl_fail_memory(err, "the recipe");
    bl_recipe_free(recipe);
    if (!good || all)
        return good;
    if (!(p = bl_workbench_prepare(w, NULL, err))) {
        bl_free(*rows);
        *rows = NULL;
        return false;
    }
    for (size_t i = 0; i < *n; i++)
        if (!bsearch(&(*rows)[i], p->split.rows[BL_TEST], p->split.n[BL_TEST], sizeof **rows, compare_rows))
            (*rows)[kept++] = (*rows)[i];
    *n = kept;
    return true;
}

struct bl_memo *bl_workbench_memo(struct bl_workbench *w)
{
    if (!w->memo)
        w->memo = bl_memo_create();
    return w->memo;
}
