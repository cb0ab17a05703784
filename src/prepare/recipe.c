/* The recipe as a list of steps: made, copied, extended, shown. */
#include "src/prepare/step.h"

#include <string.h>

struct bl_recipe *bl_recipe_create(void)
{
    return bl_calloc(1, sizeof(struct bl_recipe));
}

void bl_recipe_watch(struct bl_recipe *r, struct bl_progress *progress)
{
    r->progress = progress;
}

static void free_texts(char **texts, size_t n)
{
    for (size_t i = 0; texts && i < n; i++)
        bl_free(texts[i]);
    bl_free(texts);
}

static void step_done(struct bl_step *s)
{
    for (size_t i = 0; s->options && i < s->n_options; i++) {
        bl_free((char *)s->options[i].key);
        bl_free((char *)s->options[i].value);
    }
    bl_free(s->options);
    free_texts(s->columns, s->n_columns);
    *s = (struct bl_step){0};
}

void bl_recipe_free(struct bl_recipe *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->n_steps; i++)
        step_done(&r->steps[i]);
    bl_free(r->steps);
    bl_fit_release(r->fit);
    bl_free(r);
}

/* A step of its own texts; false (and nothing kept) when memory ends. */
static bool step_fill(struct bl_step *s, const struct bl_step_type *type,
                      const struct bl_option *options, size_t n_options, const char *const *columns,
                      size_t n_columns)
{
    bool ok;

    *s = (struct bl_step){.type = type, .n_options = n_options, .n_columns = n_columns};
    s->options = bl_calloc(n_options + 1, sizeof *s->options);
    s->columns = bl_calloc(n_columns + 1, sizeof *s->columns);
    ok = s->options && s->columns;
    for (size_t i = 0; ok && i < n_options; i++) {
        s->options[i].key = bl_strdup(options[i].key);
        s->options[i].value = bl_strdup(options[i].value);
        ok = s->options[i].key && s->options[i].value;
    }
    for (size_t i = 0; ok && i < n_columns; i++)
        ok = (s->columns[i] = bl_strdup(columns[i])) != NULL;
    if (!ok)
        step_done(s);
    return ok;
}

/* Takes the step over (or frees it); what was fitted belonged to another list of steps. */
static bool append(struct bl_recipe *r, struct bl_step *s, struct bl_error *err)
{
    struct bl_step *steps = bl_realloc(r->steps, r->n_steps + 1, sizeof *steps);

    if (!steps) {
        step_done(s);
        return bl_fail_memory(err, "the recipe");
    }
    r->steps = steps;
    r->steps[r->n_steps++] = *s;
    bl_fit_release(r->fit);
    r->fit = NULL;
    return true;
}

static bool check_options(const struct bl_step *s, struct bl_error *err)
{
    for (size_t i = 0; i < s->n_options; i++) {
        if (!bl_step_option_check(s->type, &s->options[i], err))
            return false;
        for (size_t k = 0; k < i; k++)
            if (strcmp(s->options[k].key, s->options[i].key) == 0)
                return bl_fail(err, BL_USAGE, "%s= is given twice", s->options[i].key);
    }
    return !s->type->check || s->type->check(s, err);
}

static bool add_none(struct bl_recipe *r, size_t n_options, size_t n_columns, struct bl_error *err)
{
    if (n_options + n_columns > 0) {
        bl_fail(err, BL_USAGE, "prep none takes no settings and no columns");
        return bl_hint(err, "prep none empties the recipe");
    }
    while (bl_recipe_undo(r))
        ;
    return true;
}

static size_t count_step_names(void)
{
    size_t n = 0;

    while (bl_step_names[n])
        n++;
    return n;
}

bool bl_recipe_add(struct bl_recipe *r, const char *step, const struct bl_option *options,
                   size_t n_options, const char *const *columns, size_t n_columns,
                   struct bl_error *err)
{
    const struct bl_step_type *type = bl_step_find(step);
    struct bl_step s;

    if (strcmp(step, "none") == 0)
        return add_none(r, n_options, n_columns, err);
    if (!type)
        return bl_fail_unknown(err, "preparation step", step, bl_step_names, count_step_names());
    if (r->n_steps == BL_STEPS_MAX) {
        bl_fail(err, BL_LIMIT, "a recipe holds at most %d steps", BL_STEPS_MAX);
        return bl_hint(err, "prep none starts a new one");
    }
    if (!step_fill(&s, type, options, n_options, columns, n_columns))
        return bl_fail_memory(err, "the recipe");
    if (!check_options(&s, err)) {
        step_done(&s);
        return false;
    }
    return append(r, &s, err);
}

struct bl_recipe *bl_recipe_copy(const struct bl_recipe *r)
{
    struct bl_recipe *copy = bl_recipe_create();

    for (size_t i = 0; copy && i < r->n_steps; i++) {
        const struct bl_step *from = &r->steps[i];
        struct bl_step s;

        if (step_fill(&s, from->type, from->options, from->n_options,
                      (const char *const *)from->columns, from->n_columns) &&
            append(copy, &s, NULL))
            continue;
        bl_recipe_free(copy);
        return NULL;
    }
    if (copy && r->fit) {
        atomic_fetch_add(&r->fit->owners, 1);
        copy->fit = r->fit;
    }
    return copy;
}

struct bl_recipe *bl_recipe_default(struct bl_error *err)
{
    static const struct bl_option levels = {"max_levels", "64"};
    struct bl_recipe *r = bl_recipe_create();

    if (!r) {
        bl_fail_memory(err, "the recipe");
        return NULL;
    }
    if (bl_recipe_add(r, "impute", NULL, 0, NULL, 0, err) &&
        bl_recipe_add(r, "onehot", &levels, 1, NULL, 0, err) &&
        bl_recipe_add(r, "standardize", NULL, 0, NULL, 0, err))
        return r;
    bl_recipe_free(r);
    return NULL;
}

struct bl_recipe *bl_recipe_default_for(const struct bl_table *t, struct bl_error *err)
{
    struct bl_recipe *r;

    if (!t->sparse)
        return bl_recipe_default(err);
    if (!(r = bl_recipe_create())) {
        bl_fail_memory(err, "the recipe");
        return NULL;
    }
    if (bl_recipe_add(r, "maxabs", NULL, 0, NULL, 0, err))
        return r;
    bl_recipe_free(r);
    return NULL;
}

size_t bl_recipe_steps(const struct bl_recipe *r)
{
    return r->n_steps;
}

bool bl_recipe_undo(struct bl_recipe *r)
{
    if (r->n_steps == 0)
        return false;
    step_done(&r->steps[--r->n_steps]);
    bl_fit_release(r->fit);
    r->fit = NULL;
    return true;
}

void bl_recipe_view(const struct bl_recipe *r, size_t step, struct bl_step_view *out)
{
    const struct bl_step *s = &r->steps[step];

    *out = (struct bl_step_view){.step = s->type->name,
                                 .options = s->options,
                                 .n_options = s->n_options,
                                 .columns = (const char *const *)s->columns,
                                 .n_columns = s->n_columns};
    if (!r->fit)
        return;
    out->columns = r->fit->steps[step].columns;
    out->n_columns = r->fit->steps[step].n_columns;
    out->fitted = r->fit->steps[step].fitted;
    out->n_fitted = r->fit->steps[step].n_fitted;
}

bool bl_recipe_fitted(const struct bl_recipe *r)
{
    return r->fit != NULL;
}

size_t bl_recipe_features(const struct bl_recipe *r)
{
    return r->fit ? r->fit->n_columns + r->fit->sparse.n : 0;
}

const char *bl_recipe_feature(const struct bl_recipe *r, size_t j)
{
    const struct bl_fit *f = r->fit;

    return j < f->n_columns ? f->columns[j].name : f->sparse.names[j - f->n_columns];
}

bool bl_recipe_compressed(const struct bl_recipe *r)
{
    return r->fit && (r->fit->compressed || r->fit->sparse.n > 0);
}

bool bl_recipe_affine(const struct bl_recipe *r, size_t j, double *shift, double *scale)
{
    const struct bl_fit *f = r->fit;
    const struct bl_node *node = j < f->n_columns ? &f->nodes[f->columns[j].node] : NULL;

    /* Walked from the feature to its source: x -> (x - s) / c, and before that x -> (x - p0) / p1,
     * gives x -> (x - (p0 + p1 s)) / (p1 c). */
    *shift = 0;
    *scale = node || !f->sparse.scale ? 1 : f->sparse.scale[j - f->n_columns];
    if (!node)
        return true;
    for (; node->op && !node->op->selects; node = &f->nodes[node->input]) {
        if (node->op->fills)
            continue;
        if (!node->op->affine)
            return false;
        *shift = node->params[0] + node->params[1] * *shift;
        *scale *= node->params[1];
    }
    return true;
}
