/* What several commands need. */
#include "command.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const struct bl_table *bl_current_table(struct bl_session *s, struct bl_error *err)
{
    const struct bl_dataset *d = bl_workbench_dataset(s->workbench, err);

    return d ? d->table : NULL;
}

bool bl_word_column(const struct bl_args *a, size_t i, const struct bl_table *t, size_t *at, struct bl_error *err)
{
    return bl_table_column(t, a->words[i].text, at, err) || bl_at_word(err, a, i);
}

bool bl_arg_column(const struct bl_args *a, const char *key, const struct bl_table *t, size_t *at, struct bl_error *err)
{
    const char *name = bl_arg(a, key);

    return !name || bl_table_column(t, name, at, err) || bl_at_pair(err, a, key);
}

bool bl_class_groups(const struct bl_args *a, const struct bl_dataset *d, struct bl_groups **groups, struct bl_error *err)
{
    const char *by = bl_arg(a, "by");
    size_t column = d->roles.task == BL_CLASSIFICATION && d->roles.n_classes <= 7 ? d->roles.target : SIZE_MAX;

    *groups = NULL;
    if (by && strcmp(by, "none") == 0)
        column = SIZE_MAX;
    else if (!bl_arg_column(a, "by", d->table, &column, err))
        return false;
    if (column == SIZE_MAX)
        return true;
    *groups = bl_groups_of(d->table, column, err);
    return *groups ? true : bl_at_pair(err, a, "by");
}

bool bl_numeric_features(const struct bl_args *a, const struct bl_dataset *d, bool target, size_t **columns, size_t *n,
                         struct bl_error *err)
{
    const struct bl_table *t = d->table;

    if (!bl_word_columns(a, 0, t, true, columns, n, err) || *columns)
        return *columns != NULL;
    if (!(*columns = bl_calloc(t->n_columns + 1, sizeof **columns)))
        return bl_fail_memory(err, "columns");
    for (size_t j = 0; j < t->n_columns; j++)
        if (t->columns[j].type == BL_NUMERIC && (j == d->roles.target ? target : d->roles.feature[j]))
            (*columns)[(*n)++] = j;
    if (*n)
        return true;
    bl_free(*columns);
    *columns = NULL;
    bl_fail(err, BL_VALUE, "%s has no numeric feature", t->name);
    return bl_hint(err, "columns lists what there is");
}

/* ---- JSON ---------------------------------------------------------------------------------------------*/

/* A lost value must not go unnoticed: bl_result_set with no value marks the result as broken. */
void bl_json_set(struct bl_result *r, json_t *object, const char *key, json_t *value)
{
    if (!value || json_object_set_new(object, key, value))
        bl_result_set(r, key, NULL);
}

void bl_json_append(struct bl_result *r, json_t *array, json_t *value)
{
    if (!value || json_array_append_new(array, value))
        bl_result_set(r, "", NULL);
}

void bl_json_figure(struct bl_result *r, json_t *object, const char *key, double x, const char *reason)
{
    char beside[64];

    bl_json_set(r, object, key, bl_json_number(x));
    if (isfinite(x))
        return;
    snprintf(beside, sizeof beside, "%s_reason", key);
    bl_json_set(r, object, beside, bl_json_text(reason));
}

json_t *bl_json_numbers(const double *x, size_t n)
{
    json_t *list = json_array();

    for (size_t i = 0; list && i < n; i++) {
        if (json_array_append_new(list, bl_json_number(x[i]))) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

int bl_bars_height(size_t n)
{
    return n >= 16 ? 0 : n < 3 ? 4 : (int)n + 1; /* below 4 lines a chart has no title */
}

/* ---- columns -------------------------------------------------------------------------------------------*/

const char *bl_column_kind(const struct bl_column *c, char *buffer, size_t size)
{
    switch (c->type) {
    case BL_CATEGORICAL:
        snprintf(buffer, size, "class %zu", c->n_levels);
        return buffer;
    case BL_TEXT_COLUMN:
        return "text";
    case BL_DATETIME:
        return "date";
    default:
        return "number";
    }
}

void bl_grid_figure(struct bl_grid *g, const struct bl_column *c, double x)
{
    if (c->whole && x == nearbyint(x) && fabs(x) < 1e15)
        bl_grid_exact(g, x);
    else
        bl_grid_number(g, x);
}

/* ---- roles ---------------------------------------------------------------------------------------------*/

void bl_result_sparse(struct bl_result *r, const struct bl_table *t)
{
    const struct bl_sparse *s = t->sparse;
    json_t *one;

    if (!s)
        return;
    one = json_object();
    bl_json_set(r, one, "columns", json_integer((json_int_t)s->n_columns));
    bl_json_set(r, one, "first", json_integer((json_int_t)t->sparse_first));
    bl_json_set(r, one, "cells", json_integer((json_int_t)s->start[s->n_rows]));
    bl_json_set(r, one, "density", bl_json_number((double)s->start[s->n_rows] / ((double)s->n_rows * (double)s->n_columns)));
    bl_result_set(r, "sparse", one);
}

void bl_cells_text(struct bl_text *out, const struct bl_table *t, size_t row, size_t most)
{
    const struct bl_sparse *s = t->sparse;
    size_t from = s->start[row], end = s->start[row + 1];
    char number[40];

    for (size_t i = from; i < end && i < from + most; i++)
        bl_text_addf(out, "%sf%lld:%s", i > from ? " " : "", (long long)(t->sparse_first + s->column[i]),
                     bl_number_exact(number, sizeof number, s->value[i]));
    if (end - from > most)
        bl_text_add(out, " ...");
}

static void sparse_feature(struct bl_result *r, const struct bl_dataset *d, json_t *features)
{
    char name[64];

    if (d->roles.sparse)
        bl_json_append(r, features, bl_json_text(bl_table_sparse_name(d->table, name, sizeof name)));
}

void bl_result_roles(struct bl_result *r, const struct bl_dataset *d)
{
    const struct bl_roles *roles = &d->roles;
    json_t *features = json_array(), *classes = json_array();

    if (roles->target != SIZE_MAX)
        bl_result_set(r, "target", bl_json_text(d->table->columns[roles->target].name));
    bl_result_set(r, "task", bl_json_text(bl_task_name(roles->task)));
    for (size_t i = 0; i < roles->n_classes; i++)
        bl_json_append(r, classes, bl_json_text(roles->classes[i]));
    for (size_t j = 0; j < roles->n_columns; j++)
        if (roles->feature[j])
            bl_json_append(r, features, bl_json_text(d->table->columns[j].name));
    sparse_feature(r, d, features);
    if (roles->weight < d->table->n_columns)
        bl_result_set(r, "weights", bl_json_text(d->table->columns[roles->weight].name));
    if (roles->n_classes)
        bl_result_set(r, "classes", classes);
    else
        json_decref(classes);
    if (roles->n_classes == 2)
        bl_result_set(r, "positive", bl_json_text(roles->classes[roles->positive]));
    bl_result_set(r, "features", features);
}

static const char *why_target(const struct bl_dataset *d)
{
    const struct bl_table *t = d->table;

    if (d->target_given)
        return "";
    if (t->own_target && bl_table_find(t, t->own_target) == d->roles.target)
        return "as this set says; ";
    if (d->roles.target + 1 == t->n_columns)
        return "last column; ";
    return d->roles.target == bl_roles_last(t) ? "last column with a value; " : "";
}

void bl_roles_line(struct bl_result *r, const struct bl_dataset *d)
{
    const struct bl_roles *roles = &d->roles;
    size_t features = 0;
    struct bl_text what = {0};

    for (size_t j = 0; j < roles->n_columns; j++)
        features += roles->feature[j];
    features += roles->sparse ? d->table->sparse->n_columns : 0;
    if (roles->task == BL_CLASSIFICATION && roles->n_classes == 2)
        bl_text_addf(&what, "2 classes, positive %s", roles->classes[roles->positive]);
    else if (roles->task == BL_CLASSIFICATION)
        bl_text_addf(&what, "%zu class%s", roles->n_classes, roles->n_classes == 1 ? "" : "es");
    else
        bl_text_add(&what, "regression");
    if (roles->target == SIZE_MAX)
        bl_result_line(r, "no target; %zu feature%s", features, features == 1 ? "" : "s");
    else
        bl_result_line(r, "target %s (%s%s), %zu feature%s", d->table->columns[roles->target].name, why_target(d),
                       bl_text_get(&what), features, features == 1 ? "" : "s");
    if (roles->weight < d->table->n_columns)
        bl_result_line(r, "rows count what '%s' says, divided by its mean", d->table->columns[roles->weight].name);
    bl_text_free(&what);
}

struct bl_table *bl_load_like(struct bl_session *s, const struct bl_table *t, const char *path, bool strict, struct bl_warnings *warnings,
                                  struct bl_error *err)
{
    struct bl_load_type *types = bl_calloc(t->n_columns + 1, sizeof *types);
    struct bl_load_options o = {.pool = bl_workbench_pool(s->workbench), .progress = bl_workbench_progress(s->workbench),
                                .types = types, .types_if_present = true, .warnings = warnings};
    struct bl_table *now;

    if (!types) {
        bl_fail_memory(err, "the types");
        return NULL;
    }
    for (size_t j = 0; j < t->n_columns; j++)
        if (strict || t->columns[j].type == BL_CATEGORICAL || t->columns[j].type == BL_TEXT_COLUMN)
            types[o.n_types++] = (struct bl_load_type){t->columns[j].name, t->columns[j].type};
    now = bl_load(path, &o, err);
    bl_free(types);
    return now;
}
