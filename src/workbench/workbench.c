/* The state: datasets, model, and what follows from them. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/workbench/internal.h"

struct bl_workbench *bl_workbench_create(size_t threads, uint64_t seed, struct bl_error *err)
{
    struct bl_workbench *w = bl_calloc(1, sizeof *w);

    if (!w) {
        bl_fail_memory(err, "the workbench");
        return NULL;
    }
    w->current = SIZE_MAX;
    w->target = NAN;
    w->seed = seed;
    w->model.intercept = true;
    bl_network_spec_init(&w->model.network);
    w->model.network.seed = seed;
    bl_settings_init(&w->defaults);
    w->defaults.seed = seed;
    w->pool = bl_pool_create(threads ? threads : bl_processors(), err);
    if (!w->pool || !worker_start(w, err)) {
        bl_workbench_free(w);
        return NULL;
    }
    return w;
}

static void warm_free(struct bl_warm *m)
{
    if (!m)
        return;
    bl_recipe_free(m->recipe);
    bl_free(m->theta);
    bl_free(m);
}

static void dataset_free(struct bl_dataset *d)
{
    if (!d)
        return;
    bl_roles_free(&d->roles);
    warm_free(d->warm);
    bl_recipe_free(d->recipe);
    bl_table_free(d->table);
    bl_free(d);
}

void bl_workbench_free(struct bl_workbench *w)
{
    if (!w)
        return;
    worker_end(w);
    prepared_end(w);
    stream_free(w);
    bl_workbench_break_remove(w, 0);
    snapshot_columns_forget(w);
    for (size_t i = 0; i < w->n_datasets; i++)
        dataset_free(w->datasets[i]);
    bl_free(w->datasets);
    bl_memo_free(w->memo);
    bl_pool_free(w->pool);
    bl_free(w);
}

struct bl_pool *bl_workbench_pool(struct bl_workbench *w) { return w->pool; }
struct bl_progress *bl_workbench_progress(struct bl_workbench *w) { return &w->progress; }
uint64_t bl_workbench_seed(const struct bl_workbench *w) { return w->seed; }
struct bl_settings *bl_workbench_defaults(struct bl_workbench *w) { return &w->defaults; }
const struct bl_model *bl_workbench_model(const struct bl_workbench *w) { return &w->model; }

void bl_workbench_set_seed(struct bl_workbench *w, uint64_t seed)
{
    if (seed == w->seed)
        return;
    w->seed = seed;
    w->defaults.seed = seed;
    w->model.network.seed = seed;
    bl_workbench_changed(w);
}

/* ---- datasets ---------------------------------------------------------------------------- */

static struct bl_dataset *dataset_create(struct bl_table *table, const char *target, struct bl_error *err)
{
    struct bl_dataset *d = bl_calloc(1, sizeof *d);

    if (!d) {
        bl_fail_memory(err, "the dataset");
        bl_table_free(table);
        return NULL;
    }
    d->table = table;
    d->target_given = target != NULL;
    d->percent[BL_TRAIN] = 60;
    d->percent[BL_VALIDATION] = d->percent[BL_TEST] = 20;
    d->stratify = true;
    d->how.column = SIZE_MAX;
    if (!bl_roles_choose(&d->roles, table, target, -1, NULL, err)) {
        dataset_free(d);
        return NULL;
    }
    return d;
}

static size_t dataset_find(const struct bl_workbench *w, const char *name)
{
    for (size_t i = 0; i < w->n_datasets; i++)
        if (!strcmp(w->datasets[i]->table->name, name))
            return i;
    return SIZE_MAX;
}

bool bl_workbench_add(struct bl_workbench *w, struct bl_table *table, const char *target, struct bl_error *err)
{
    struct bl_dataset *d = dataset_create(table, target, err), **more;
    size_t at;

    if (!d)
        return false;
    at = dataset_find(w, table->name);
    if (at == SIZE_MAX) {
        more = bl_realloc(w->datasets, w->n_datasets + 1, sizeof *more);
        if (!more) {
            dataset_free(d);
            return bl_fail_memory(err, "the list of datasets");
        }
        w->datasets = more;
        w->datasets[at = w->n_datasets++] = NULL;
    }
    bl_workbench_changed(w);
    snapshot_columns_forget(w);
    if (w->datasets[at]) { /* loading again unsees nothing */
        d->test_looks = w->datasets[at]->test_looks;
        d->looks_written = w->datasets[at]->looks_written;
        d->looks_known = w->datasets[at]->looks_known;
    }
    dataset_free(w->datasets[at]);
    w->datasets[at] = d;
    w->current = at;
    bl_workbench_event(w, "", "loaded %s: %zu rows, %zu columns", table->name, table->n_rows,
                       table->n_columns + (table->sparse ? table->sparse->n_columns : 0));
    return true;
}

bool bl_workbench_use(struct bl_workbench *w, const char *name, struct bl_error *err)
{
    size_t at = dataset_find(w, name);
    struct bl_text names = { 0 };

    if (at == SIZE_MAX) {
        for (size_t i = 0; i < w->n_datasets; i++)
            bl_text_addf(&names, " %s", w->datasets[i]->table->name);
        bl_fail(err, BL_UNKNOWN, "no dataset '%s' is loaded", name);
        bl_hint(err, w->n_datasets ? "loaded:%s; or load %s" : "%sload %s", bl_text_get(&names), name);
        bl_text_free(&names);
        return false;
    }
    if (at != w->current) {
        bl_workbench_changed(w);
        snapshot_columns_forget(w);
        w->current = at;
    }
    return true;
}

size_t bl_workbench_datasets(const struct bl_workbench *w) { return w->n_datasets; }
const struct bl_dataset *bl_workbench_dataset_at(const struct bl_workbench *w, size_t i) { return w->datasets[i]; }

struct bl_dataset *bl_workbench_dataset(struct bl_workbench *w, struct bl_error *err)
{
    if (w->current != SIZE_MAX)
        return w->datasets[w->current];
    bl_fail(err, BL_STATE, "no dataset is loaded");
    bl_hint(err, "load iris, or load FILE");
    return NULL;
}

void bl_workbench_changed(struct bl_workbench *w)
{
    prepared_end(w);
}

void bl_workbench_look(struct bl_workbench *w)
{
    struct bl_dataset *d = bl_workbench_dataset(w, NULL);

    if (!d)
        return;
    d->test_looks++;
    bl_workbench_event(w, "", "look %zu at the test rows of %s", d->test_looks, d->table->name);
}

/* ---- prepared data -------------------------------------------------------------------------*/

void bl_prepared_free(struct bl_prepared *p)
{
    if (!p)
        return;
    for (int part = 0; part < BL_PARTS; part++)
        bl_matrix_free(p->part[part]);
    bl_recipe_free(p->recipe);
    bl_split_free(&p->split);
    bl_free(p);
}

static bool prepared_split(struct bl_workbench *w, const struct bl_dataset *d, struct bl_prepared *p, struct bl_error *err)
{
    const bool stratify = d->stratify && d->roles.target != SIZE_MAX && d->roles.task == BL_CLASSIFICATION;
    const uint64_t seed = d->split_seed_given ? d->split_seed : w->seed;
    uint32_t *rows = NULL;
    size_t n = 0;
    bool good = bl_recipe_rows(p->recipe, d->table, &d->roles, &rows, &n, err);

    good = good && bl_split_rows(&p->split, d->table, &d->roles, rows, n, d->percent, stratify, seed, d->how, err);
    bl_free(rows);
    return good;
}

static int compare_rows(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static size_t count_features(const struct bl_roles *r)
{
    size_t n = 0;

    for (size_t j = 0; j < r->n_columns; j++)
        n += r->feature[j];
    return n;
}

static const struct bl_warm *warm_of(const struct bl_dataset *d)
{
    const struct bl_warm *m = d->warm;

    return m && m->given == d->recipe && m->target == d->roles.target && m->features == count_features(&d->roles) ? m : NULL;
}

bool bl_workbench_warm(struct bl_workbench *w, const struct bl_objective *o, const double *theta, const struct bl_recipe *fitted, struct bl_error *err)
{
    struct bl_dataset *d = bl_workbench_dataset(w, err);
    struct bl_warm *m = d ? bl_calloc(1, sizeof *m) : NULL;

    if (!d)
        return false;
    if (m) {
        *m = (struct bl_warm){.type = bl_objective_find(o->type->name), .n_params = o->n_params, .theta = bl_calloc(o->n_params + 1, sizeof *m->theta),
                              .recipe = bl_recipe_copy(fitted), .given = d->recipe, .target = d->roles.target, .features = count_features(&d->roles)};
    }
    if (!m || !m->theta || !m->recipe) {
        warm_free(m);
        return bl_fail_memory(err, "the model to train further");
    }
    memcpy(m->theta, theta, o->n_params * sizeof *theta);
    bl_workbench_changed(w);
    warm_free(d->warm);
    d->warm = m;
    return true;
}

/* On the training rows; on all of them only where a leak is to be shown. */
static bool prepared_fit(struct bl_workbench *w, const struct bl_dataset *d, struct bl_prepared *p,
                         struct bl_warnings *warnings, struct bl_error *err)
{
    uint32_t *rows;
    size_t n = 0;
    bool good;

    if (warm_of(d))
        return true;
    if (!d->leak)
        return bl_recipe_fit(p->recipe, d->table, &d->roles, p->split.rows[BL_TRAIN], p->split.n[BL_TRAIN], w->pool, warnings, err);
    rows = bl_calloc(p->split.n[BL_TRAIN] + p->split.n[BL_VALIDATION] + p->split.n[BL_TEST] + 1, sizeof *rows);
    if (!rows)
        return bl_fail_memory(err, "the rows of a dataset");
    for (int part = 0; part < BL_PARTS; n += p->split.n[part++])
        memcpy(rows + n, p->split.rows[part], p->split.n[part] * sizeof *rows);
    qsort(rows, n, sizeof *rows, compare_rows);
    good = bl_recipe_fit(p->recipe, d->table, &d->roles, rows, n, w->pool, warnings, err);
    bl_free(rows);
    return good;
}

static bool prepared_parts(struct bl_workbench *w, const struct bl_dataset *d, struct bl_prepared *p,
                          struct bl_warnings *warnings, struct bl_error *err)
{
    if (!prepared_split(w, d, p, err))
        return false;
    if (!prepared_fit(w, d, p, warnings, err))
        return false;
    for (int part = 0; part < BL_PARTS; part++) {
        if (p->split.n[part] == 0)
            continue;
        p->part[part] = bl_recipe_apply(p->recipe, d->table, &d->roles, p->split.rows[part], p->split.n[part], w->pool, err);
        if (!p->part[part])
            return false;
        if (part != BL_TRAIN)
            bl_recipe_unseen(p->recipe, d->table, p->split.rows[part], p->split.n[part],
                             part == BL_TEST ? "test rows" : "validation rows", warnings);
    }
    return true;
}

static bool prepared_fill(struct bl_workbench *w, const struct bl_dataset *d, struct bl_prepared *p,
                          struct bl_warnings *warnings, struct bl_error *err)
{
    bool good;

    p->recipe = warm_of(d) ? bl_recipe_copy(warm_of(d)->recipe) : d->recipe ? bl_recipe_copy(d->recipe) : bl_recipe_default_for(d->table, err);
    if (!p->recipe)
        return d->recipe || warm_of(d) ? bl_fail_memory(err, "the recipe") : false;
    bl_progress_start(&w->progress, "splitting", 0);
    bl_recipe_watch(p->recipe, &w->progress);
    good = prepared_parts(w, d, p, warnings, err);
    bl_recipe_watch(p->recipe, NULL);
    return good;
}

/* What follows from `as`, which is dataset `d` or what it may become. */
static struct bl_prepared *prepared_make(struct bl_workbench *w, const struct bl_dataset *d, const struct bl_dataset *as,
                                         struct bl_warnings *warnings, struct bl_error *err)
{
    struct bl_prepared *p = bl_calloc(1, sizeof *p);

    if (!p) {
        bl_fail_memory(err, "the prepared data");
        return NULL;
    }
    p->dataset = d;
    if (prepared_fill(w, as, p, warnings, err))
        return p;
    bl_prepared_free(p);
    return NULL;
}

const struct bl_prepared *bl_workbench_prepare(struct bl_workbench *w, struct bl_warnings *warnings, struct bl_error *err)
{
    struct bl_dataset *d = bl_workbench_dataset(w, err);

    if (d && !w->prepared)
        w->prepared = prepared_make(w, d, d, warnings, err);
    return d ? w->prepared : NULL;
}

bool bl_workbench_first_look(struct bl_workbench *w, struct bl_warnings *warnings)
{
    bool first = bl_workbench_prepare(w, warnings, NULL) && !w->prepared->looked_at;

    if (first)
        w->prepared->looked_at = true;
    return first;
}

const struct bl_prepared *bl_workbench_change(struct bl_workbench *w, const struct bl_dataset *wanted,
                                              struct bl_warnings *warnings, struct bl_error *err)
{
    struct bl_dataset *d = bl_workbench_dataset(w, err);
    struct bl_prepared *p = d ? prepared_make(w, d, wanted, warnings, err) : NULL;

    if (!p)
        return NULL;
    prepared_end(w);
    *d = *wanted;
    return w->prepared = p;
}

bool bl_workbench_split_alone(struct bl_workbench *w, const struct bl_dataset *wanted, struct bl_split *split, struct bl_error *err)
{
    struct bl_dataset *d = bl_workbench_dataset(w, err);
    struct bl_prepared p = {0};
    bool good;

    if (!d || !(p.recipe = wanted->recipe ? bl_recipe_copy(wanted->recipe) : bl_recipe_default_for(wanted->table, err)))
        return false;
    good = prepared_split(w, wanted, &p, err);
    bl_recipe_free(p.recipe);
    if (!good) {
        bl_split_free(&p.split);
        return false;
    }
    prepared_end(w);
    *d = *wanted;
    *split = p.split;
    return true;
}

/* ---- model and objective -------------------------------------------------------------------*/

static const struct bl_objective_type *model_by_target(const struct bl_roles *r)
{
    return bl_objective_find(r->task == BL_REGRESSION ? "linear" : r->n_classes == 2 ? "logistic" : "softmax");
}

/* "LEVEL:W,LEVEL:W" into w, by the numbers that y has. */
static bool read_class_weights(const char *text, const struct bl_roles *r, double *w, struct bl_error *err)
{
    while (*text) {
        size_t n = strcspn(text, ","), colon = n, at = 0;

        while (colon > 0 && text[colon] != ':')
            colon--;
        while (at < r->n_classes && (strlen(r->classes[at]) != colon || memcmp(r->classes[at], text, colon) != 0))
            at++;
        if (!colon || at == r->n_classes) {
            bl_fail(err, BL_UNKNOWN, "class_weight has no class in '%.*s'", (int)n, text);
            return bl_hint(err, "class_weight=balanced, or LEVEL:WEIGHT,...: class_weight=%s:2", r->n_classes ? r->classes[0] : "yes");
        }
        if (!bl_number_parse(text + colon + 1, n - colon - 1, &w[bl_roles_class(r, at)])) {
            bl_fail(err, BL_VALUE, "class_weight of '%s' is no number", r->classes[at]);
            return bl_hint(err, "class_weight=%s:2", r->classes[at]);
        }
        text += text[n] ? n + 1 : n;
    }
    return true;
}

static bool weigh_classes(struct bl_objective *o, const struct bl_roles *roles, const struct bl_model *m, struct bl_error *err)
{
    double *w;
    bool good;

    if (!*m->class_weight)
        return true;
    if (!strcmp(m->class_weight, "balanced") || roles->n_classes == 0)
        return bl_objective_weigh(o, NULL, true, err);
    w = bl_calloc(roles->n_classes, sizeof *w);
    if (!w)
        return bl_fail_memory(err, "the weights of classes");
    for (size_t c = 0; c < roles->n_classes; c++)
        w[c] = 1;
    good = read_class_weights(m->class_weight, roles, w, err) && bl_objective_weigh(o, w, false, err);
    bl_free(w);
    return good;
}

const struct bl_objective_type *model_type(const struct bl_model *m, const struct bl_roles *roles)
{
    return m->type ? m->type : model_by_target(roles);
}

bool model_objective(const struct bl_model *m, const struct bl_table *t, const struct bl_roles *roles, const struct bl_matrix *train,
                     const struct bl_matrix *validation, struct bl_objective *o, struct bl_error *err)
{
    if (!bl_objective_init(o, model_type(m, roles), train, validation, roles->task == BL_CLASSIFICATION ? roles->n_classes : 0,
                           m->intercept, m->l2, t->columns[roles->target].name, err))
        return false;
    if ((!o->network || bl_objective_layers(o, &m->network, err)) && bl_objective_set(o, m->l1, m->has_hyper ? m->hyper : NULL, err) &&
        weigh_classes(o, roles, m, err))
        return true;
    bl_objective_done(o);
    return false;
}

static bool objective_make(struct bl_objective *o, const struct bl_dataset *d, const struct bl_prepared *p, const struct bl_model *m,
                           struct bl_error *err)
{
    const struct bl_warm *warm = warm_of(d);

    if (!model_objective(m, d->table, &d->roles, p->part[BL_TRAIN], p->part[BL_VALIDATION], o, err))
        return false;
    if (warm && warm->n_params == o->n_params && !strcmp(warm->type->name, o->type->name))
        o->start = warm->theta;
    return true;
}

struct bl_prepared *bl_workbench_imagine(struct bl_workbench *w, const struct bl_dataset *as, struct bl_objective *objective,
                                         struct bl_warnings *warnings, struct bl_error *err)
{
    struct bl_dataset *d = bl_workbench_dataset(w, err);
    struct bl_prepared *p = d ? prepared_make(w, d, as, warnings, err) : NULL;

    if (p && objective_make(objective, as, p, &w->model, err))
        return p;
    bl_prepared_free(p);
    return NULL;
}

/* Where there is something to judge it by; else the first run will. */
static bool model_fits(struct bl_workbench *w, const struct bl_model *m, struct bl_error *err)
{
    const struct bl_dataset *d = bl_workbench_dataset(w, NULL);
    const struct bl_prepared *p = d && d->roles.target != SIZE_MAX ? bl_workbench_prepare(w, NULL, NULL) : NULL;
    struct bl_objective trial;

    if (!p)
        return true;
    if (!objective_make(&trial, d, p, m, err))
        return false;
    bl_objective_done(&trial);
    return true;
}

bool bl_workbench_set_model(struct bl_workbench *w, const struct bl_model *m, struct bl_error *err)
{
    if (!(m->l2 >= 0) || isinf(m->l2)) {
        bl_fail(err, BL_VALUE, "l2=%g must be 0 or more", m->l2);
        return bl_hint(err, "l2=0.01 (0 is no penalty; 0.0001 to 1 is usual)");
    }
    if (!(m->l1 >= 0) || isinf(m->l1)) {
        bl_fail(err, BL_VALUE, "l1=%g must be 0 or more", m->l1);
        return bl_hint(err, "l1=0.01 (0 is no penalty; the larger, the more weights are exactly 0)");
    }
    if (!model_fits(w, m, err))
        return false;
    objective_end(w);
    w->model = *m;
    w->model.network.seed = w->seed;
    return true;
}

static const char *feature_name(void *context, size_t j);
static const char *class_name(void *context, size_t c);

const struct bl_objective *bl_workbench_objective(struct bl_workbench *w, struct bl_error *err)
{
    const struct bl_dataset *d = bl_workbench_dataset(w, err);
    const struct bl_prepared *p;

    if (!d || w->has_objective)
        return d ? &w->objective : NULL;
    if (d->roles.target == SIZE_MAX) {
        bl_fail(err, BL_STATE, "%s has no target to learn", d->table->name);
        bl_roles_hint(d->table, err);
        return NULL;
    }
    p = bl_workbench_prepare(w, NULL, err);
    if (!p || !objective_make(&w->objective, d, p, &w->model, err))
        return NULL;
    w->has_objective = true;
    w->naming = (struct bl_naming){ .feature = feature_name, .class_ = w->objective.n_classes ? class_name : NULL, .context = w };
    w->objective.naming = &w->naming;
    if (!w->objective.network)
        w->objective.names = bl_workbench_parameter_names(w, &(size_t){ 0 }, NULL);
    return &w->objective;
}

const struct bl_smoothness *bl_workbench_smoothness(struct bl_workbench *w, struct bl_error *err)
{
    const struct bl_objective *o = bl_workbench_objective(w, err);

    if (!o)
        return NULL;
    if (!w->has_smoothness)
        w->has_smoothness = bl_smoothness_of(o, w->pool, &w->smoothness, err);
    return w->has_smoothness ? &w->smoothness : NULL;
}

const struct bl_optimum *bl_workbench_optimum(struct bl_workbench *w, struct bl_error *err)
{
    const struct bl_objective *o = bl_workbench_objective(w, err);

    if (!o)
        return NULL;
    if (!w->has_optimum) {
        bl_progress_start(&w->progress, "finding the optimum", 0);
        w->has_optimum = bl_optimum_find(o, w->pool, &w->progress, &w->optimum, err);
    }
    return w->has_optimum ? &w->optimum : NULL;
}

#define NAMES_MAX 1000000

static const char *feature_name(void *context, size_t j)
{
    const struct bl_workbench *w = context;

    return bl_recipe_feature(w->prepared->recipe, j);
}

static const char *class_name(void *context, size_t c)
{
    const struct bl_workbench *w = context;

    return bl_roles_label(&w->prepared->dataset->roles, c);
}

void bl_workbench_parameter_name(struct bl_workbench *w, size_t i, struct bl_text *out)
{
    if (w->has_objective && i < w->objective.n_params)
        bl_objective_name(&w->objective, i, &w->naming, out);
}

static void names_end(struct bl_workbench *w)
{
    for (size_t i = 0; i < w->n_names; i++)
        bl_free(w->names[i]);
    bl_free(w->names);
    w->names = NULL;
    w->n_names = 0;
}

static bool names_make(struct bl_workbench *w, const struct bl_objective *o, struct bl_error *err)
{
    if (o->n_params > NAMES_MAX) {
        bl_fail(err, BL_LIMIT, "%zu parameters are too many to be listed by name", o->n_params);
        return bl_hint(err, "params tells each layer; fewer units: model mlp 64");
    }
    w->names = bl_calloc(o->n_params + 1, sizeof *w->names);
    for (size_t i = 0; w->names && i < o->n_params; i++) {
        struct bl_text name = { 0 };
        bl_workbench_parameter_name(w, i, &name);
        w->names[i] = bl_text_take(&name);
        w->n_names = i + 1;
        if (!w->names[i]) {
            names_end(w);
            return bl_fail_memory(err, "the parameter names");
        }
    }
    return w->names || bl_fail_memory(err, "the parameter names");
}

const char *const *bl_workbench_parameter_names(struct bl_workbench *w, size_t *n, struct bl_error *err)
{
    const struct bl_objective *o = bl_workbench_objective(w, err);

    *n = 0;
    if (!o || (!w->names && !names_make(w, o, err)))
        return NULL;
    *n = w->n_names;
    return (const char *const *)w->names;
}

/* ---- ends -----------------------------------------------------------------------------------*/

void objective_end(struct bl_workbench *w)
{
    runs_end(w);
    sights_forget(w);
    names_end(w);
    snapshot_names_forget(w);
    if (w->has_optimum)
        bl_optimum_done(&w->optimum);
    if (w->has_objective)
        bl_objective_done(&w->objective);
    w->has_optimum = w->has_objective = w->has_smoothness = false;
}

void prepared_end(struct bl_workbench *w)
{
    stream_leave(w);
    objective_end(w);
    bl_prepared_free(w->prepared);
    w->prepared = NULL;
    bl_memo_clear(w->memo);
}
