/* A trained model and the bytes that keep it, for the tests of this room. */
#ifndef BL_TESTS_KEEP_MADE_H
#define BL_TESTS_KEEP_MADE_H

#include "batchlab/keep.h"
#include "batchlab/workbench.h"

struct made {
    struct bl_workbench *workbench;
    const struct bl_prepared *p;
    const struct bl_objective *o;
    struct bl_trainer *t;
    char *bytes, sha256[65];
    size_t n;
};

static inline void add_step(struct bl_recipe *r, const char *step, const char *key, const char *value, const char *column)
{
    const struct bl_option option = {key, value};
    struct bl_error err = {0};

    if (!bl_recipe_add(r, step, &option, key ? 1 : 0, &column, column ? 1 : 0, &err))
        fail_msg("%s: %s", step, err.message);
}

static inline void encode(struct made *m)
{
    const struct bl_dataset *d = m->p->dataset;
    struct bl_kept_parts parts = {m->p->recipe, &d->roles, d->table->columns[d->roles.target].name, m->o, bl_trainer_theta(m->t), "{}", "{}"};
    struct bl_error err = {0};

    if (!bl_kept_encode(&parts, &m->bytes, &m->n, m->sha256, &err))
        fail_msg("%s", err.message);
}

/* recipe NULL: the default; taken over. */
static inline void make_of(struct made *m, const char *data, const char *model, struct bl_recipe *recipe)
{
    struct bl_error err = {0};
    struct bl_load_options options = {0};
    struct bl_model chosen;
    struct bl_contestant c = {0};

    *m = (struct made){.workbench = bl_workbench_create(2, 1, &err)};
    options.sparse = strstr(data, ".libsvm") ? BL_SPARSE_YES : BL_SPARSE_AUTO;
    assert_true(bl_workbench_add(m->workbench, bl_load(data, &options, &err), NULL, &err));
    if (recipe) {
        bl_workbench_dataset(m->workbench, &err)->recipe = recipe;
        bl_workbench_changed(m->workbench);
    }
    chosen = *bl_workbench_model(m->workbench);
    chosen.type = model ? bl_objective_find(model) : NULL;
    assert_true(bl_workbench_set_model(m->workbench, &chosen, &err));
    c.settings = *bl_workbench_defaults(m->workbench);
    if (!bl_workbench_start(m->workbench, &c, 1, 0, false, &err))
        fail_msg("%s: %s", data, err.message);
    assert_true(bl_workbench_go(m->workbench, (struct bl_goal){.kind = BL_GOAL_EPOCH, .at = 3}, &err));
    assert_true(bl_workbench_wait(m->workbench, NULL, NULL, &err));
    m->p = bl_workbench_prepare(m->workbench, NULL, &err);
    m->o = bl_workbench_objective(m->workbench, &err);
    m->t = bl_race_trainer(bl_workbench_race(m->workbench, &err), 0);
}

/* step NULL: the default recipe, else that step between the default's. */
static inline void make(struct made *m, const char *data, const char *model, const char *step, const char *key, const char *value, const char *column)
{
    struct bl_recipe *r = step ? bl_recipe_create() : NULL;

    if (step) {
        add_step(r, "impute", NULL, NULL, NULL);
        add_step(r, step, key, value, column);
        add_step(r, "onehot", "max_levels", "64", NULL);
        add_step(r, "standardize", NULL, NULL, NULL);
    }
    make_of(m, data, model, r);
}

/* "hash n=8; text method=counts max=50": steps with keys. */
static inline struct bl_recipe *recipe_of(const char *steps)
{
    struct bl_recipe *r = bl_recipe_create();
    char *copy = bl_strdup(steps), *rest = copy;

    for (char *step; (step = strsep(&rest, ";"));) {
        struct bl_option options[8];
        const char *name = strtok(step, " "), *columns[1] = {0};
        struct bl_error err = {0};
        size_t n = 0;
        for (char *word; (word = strtok(NULL, " "));) {
            char *value = strchr(word, '=');
            *value++ = '\0';
            if (strcmp(word, "columns") == 0)
                columns[0] = value;
            else
                options[n++] = (struct bl_option){word, value};
        }
        if (!bl_recipe_add(r, name, options, n, columns, columns[0] != NULL, &err))
            fail_msg("%s: %s", steps, err.message);
    }
    bl_free(copy);
    return r;
}

static inline void done(struct made *m)
{
    bl_free(m->bytes);
    bl_workbench_free(m->workbench);
}

#endif
