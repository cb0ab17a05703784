/* What the columns of a table are used for: target, classes, features. */
#include "batchlab/prepare.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLASSES_MAX 65536

void bl_roles_free(struct bl_roles *r)
{
    if (!r)
        return;
    for (size_t i = 0; r->classes && i < r->n_classes; i++)
        bl_free(r->classes[i]);
    bl_free(r->classes);
    bl_free(r->class_values);
    bl_free(r->feature);
    *r = (struct bl_roles){.target = SIZE_MAX, .positive = SIZE_MAX, .weight = SIZE_MAX};
}

/* ---- target and task
 * ------------------------------------------------------------------------------*/

static bool can_be_target(const struct bl_column *c)
{
    return c->type == BL_NUMERIC || c->type == BL_CATEGORICAL;
}

/* Called by its number, and no cell holds anything. */
static bool holds_nothing(const struct bl_table *t, size_t j)
{
    char name[32];

    snprintf(name, sizeof name, "c%zu", j + 1);
    return t->n_rows > 0 && t->columns[j].missing == t->n_rows && strcmp(t->columns[j].name, name) == 0;
}

size_t bl_roles_last(const struct bl_table *t)
{
    size_t n = t->n_columns;

    while (n > 0 && holds_nothing(t, n - 1))
        n--;
    return (n ? n : t->n_columns) - 1;
}

bool bl_roles_hint(const struct bl_table *t, struct bl_error *err)
{
    size_t at = t->n_columns;

    while (at > 0 && (!can_be_target(&t->columns[at - 1]) || t->columns[at - 1].missing == t->n_rows))
        at--;
    return at ? bl_hint(err, "target %s", bl_typed(t->columns[at - 1].name).text) : bl_hint(err, "columns lists the types: none with a value is numeric or categorical");
}

static bool choose_target(struct bl_roles *r, const struct bl_table *t, const char *target,
                          struct bl_error *err)
{
    const struct bl_column *c;

    if (target) {
        if (!bl_table_column(t, target, &r->target, err))
            return false;
        c = &t->columns[r->target];
        if (can_be_target(c))
            return true;
        bl_fail(err, BL_VALUE, "column '%s' is %s, which no model here predicts", c->name,
                bl_type_name(c->type));
        return bl_roles_hint(t, err);
    }
    r->target = t->own_target ? bl_table_find(t, t->own_target) : SIZE_MAX;
    if (r->target == SIZE_MAX)
        r->target = bl_roles_last(t);
    if (r->target != SIZE_MAX && !can_be_target(&t->columns[r->target]))
        r->target = SIZE_MAX;
    return true;
}

static bool choose_task(struct bl_roles *r, const struct bl_table *t, int task,
                        struct bl_error *err)
{
    const struct bl_column *c = &t->columns[r->target];

    if (task == BL_REGRESSION && c->type != BL_NUMERIC) {
        bl_fail(err, BL_VALUE, "task=regression needs a numeric target, but '%s' is %s", c->name,
                bl_type_name(c->type));
        return bl_hint(err, "target %s task=classification", bl_typed(c->name).text);
    }
    r->task = task < 0 ? bl_table_task(t, r->target) : (enum bl_task)task;
    return true;
}

/* ---- classes
 * --------------------------------------------------------------------------------------*/

static int compare_values(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* Distinct present values, ascending; NULL on no memory. */
static double *distinct_values(const double *x, size_t n, size_t *count)
{
    double *values = bl_calloc(n + 1, sizeof *values);
    size_t present = 0;

    *count = 0;
    if (!values)
        return NULL;
    for (size_t i = 0; i < n; i++)
        if (!isnan(x[i]))
            values[present++] = x[i];
    qsort(values, present, sizeof *values, compare_values);
    for (size_t i = 0; i < present; i++)
        if (i == 0 || values[i] != values[*count - 1])
            values[(*count)++] = values[i];
    return values;
}

static bool label_classes(struct bl_roles *r, const struct bl_column *c, size_t n)
{
    char buffer[40];

    if (!(r->classes = bl_calloc(n + 1, sizeof *r->classes)))
        return false;
    r->n_classes = n;
    for (size_t i = 0; i < n; i++) {
        const char *label =
            c->code ? c->levels[i] : bl_number_exact(buffer, sizeof buffer, r->class_values[i] + 0.0); /* -0 is 0 */
        if (!(r->classes[i] = bl_strdup(label)))
            return false;
    }
    return true;
}

static bool choose_classes(struct bl_roles *r, const struct bl_table *t, struct bl_error *err)
{
    const struct bl_column *c = &t->columns[r->target];
    size_t n = c->n_levels;

    if (!c->code && !(r->class_values = distinct_values(c->number, t->n_rows, &n)))
        return bl_fail_memory(err, "the classes of the target");
    if (n > CLASSES_MAX) {
        bl_fail(err, BL_LIMIT, "target '%s' has %zu classes, more than %d", c->name, n,
                CLASSES_MAX);
        return c->code ? bl_hint(err, "target COLUMN chooses another one")
                       : bl_hint(err, "target %s task=regression", bl_typed(c->name).text);
    }
    return label_classes(r, c, n) || bl_fail_memory(err, "the classes of the target");
}

/* ---- the positive class
 * -----------------------------------------------------------------------------*/

static size_t find_class(const struct bl_roles *r, const char *label)
{
    double value;

    for (size_t i = 0; i < r->n_classes; i++)
        if (strcmp(r->classes[i], label) == 0)
            return i;
    if (r->class_values && bl_number_parse(label, strlen(label), &value))
        for (size_t i = 0; i < r->n_classes; i++)
            if (r->class_values[i] == value)
                return i;
    return SIZE_MAX;
}

#define LABELS_SHOWN 12

static bool fail_no_class(const struct bl_roles *r, const struct bl_table *t, const char *label,
                          struct bl_error *err)
{
    const char *nearest = bl_nearest(label, (const char *const *)r->classes, r->n_classes);
    struct bl_text list = {0};

    for (size_t i = 0; i < r->n_classes && i < LABELS_SHOWN; i++)
        bl_text_addf(&list, "%s%s", i ? " " : "", r->classes[i]);
    if (r->n_classes > LABELS_SHOWN)
        bl_text_add(&list, " ...");
    bl_fail(err, BL_UNKNOWN, "no class '%s' in '%s'", label, t->columns[r->target].name);
    if (nearest)
        bl_hint(err, "did you mean '%s'? classes: %s", nearest, bl_text_get(&list));
    else
        bl_hint(err, "classes: %s", bl_text_get(&list));
    bl_text_free(&list);
    return false;
}

static bool choose_positive(struct bl_roles *r, const struct bl_table *t, const char *positive,
                            struct bl_error *err)
{
    const char *name = t->columns[r->target].name;

    if (positive && r->task != BL_CLASSIFICATION) {
        bl_fail(err, BL_VALUE,
                "positive=%s needs classes, but the target '%s' is a number to predict", positive,
                name);
        return bl_hint(err, "target %s task=classification positive=%s", bl_typed(name).text,
                       bl_typed(positive).text);
    }
    if (positive && find_class(r, positive) == SIZE_MAX)
        return fail_no_class(r, t, positive, err);
    if (positive && r->n_classes != 2) {
        bl_fail(err, BL_VALUE, "positive=%s needs 2 classes, but '%s' has %zu", positive, name,
                r->n_classes);
        return bl_hint(err, "target %s", bl_typed(name).text);
    }
    if (r->n_classes != 2)
        return true;
    r->positive = 1;
    if (!positive && t->own_positive && t->own_target &&
        bl_table_find(t, t->own_target) == r->target)
        positive = t->own_positive;
    if (positive && find_class(r, positive) != SIZE_MAX)
        r->positive = find_class(r, positive);
    return true;
}

static bool choose(struct bl_roles *r, const struct bl_table *t, const char *target, int task,
                   const char *positive, struct bl_error *err)
{
    r->n_columns = t->n_columns;
    if (!(r->feature = bl_calloc(t->n_columns + 1, sizeof *r->feature)))
        return bl_fail_memory(err, "the columns of a dataset");
    if (!choose_target(r, t, target, err))
        return false;
    for (size_t i = 0; i < t->n_columns; i++)
        r->feature[i] = i != r->target;
    if (r->target == SIZE_MAX)
        return true;
    return choose_task(r, t, task, err) &&
           (r->task != BL_CLASSIFICATION || choose_classes(r, t, err)) &&
           choose_positive(r, t, positive, err);
}

bool bl_roles_choose(struct bl_roles *r, const struct bl_table *t, const char *target, int task,
                     const char *positive, struct bl_error *err)
{
    *r = (struct bl_roles){.target = SIZE_MAX, .positive = SIZE_MAX, .weight = SIZE_MAX, .sparse = t->sparse != NULL};
    if (choose(r, t, target, task, positive, err))
        return true;
    bl_roles_free(r);
    return false;
}

/* ---- features
 * -----------------------------------------------------------------------------------------*/

static bool mark(const struct bl_roles *r, const struct bl_table *t, const char *const *names,
                 size_t n, bool value, bool *feature, struct bl_error *err)
{
    for (size_t i = 0; i < n; i++) {
        size_t at;
        if (!bl_table_column(t, names[i], &at, err))
            return false;
        if (at == r->target) {
            bl_fail(err, BL_VALUE, "column '%s' is the target", t->columns[at].name);
            return bl_hint(err, "target COLUMN chooses another one first");
        }
        if (at == r->weight && value) {
            bl_fail(err, BL_VALUE, "column '%s' says what the rows count, so it is no feature", t->columns[at].name);
            return bl_hint(err, "weights none");
        }
        feature[at] = value;
    }
    return true;
}

static bool take_over(struct bl_roles *r, bool *feature, struct bl_error *err)
{
    size_t left = r->sparse;

    for (size_t i = 0; i < r->n_columns; i++)
        left += feature[i];
    if (left == 0) {
        bl_free(feature);
        bl_fail(err, BL_VALUE, "no feature would be left");
        return bl_hint(err, "features COLUMN... chooses those to use");
    }
    bl_free(r->feature);
    r->feature = feature;
    return true;
}

static bool change(struct bl_roles *r, const struct bl_table *t, bool *feature,
                   const char *const *names, size_t n, bool value, struct bl_error *err)
{
    if (mark(r, t, names, n, value, feature, err))
        return take_over(r, feature, err);
    bl_free(feature);
    return false;
}

bool bl_roles_features(struct bl_roles *r, const struct bl_table *t, const char *const *names,
                       size_t n, struct bl_error *err)
{
    bool *feature = bl_calloc(r->n_columns + 1, sizeof *feature);

    if (!feature)
        return bl_fail_memory(err, "the features");
    for (size_t i = 0; n == 0 && i < r->n_columns; i++)
        feature[i] = i != r->target && i != r->weight;
    bool sparse = r->sparse;
    r->sparse = t->sparse && n == 0;
    if (change(r, t, feature, names, n, true, err))
        return true;
    r->sparse = sparse;
    return false;
}

bool bl_roles_drop(struct bl_roles *r, const struct bl_table *t, const char *const *names, size_t n,
                   struct bl_error *err)
{
    bool *feature = bl_calloc(r->n_columns + 1, sizeof *feature);

    if (!feature)
        return bl_fail_memory(err, "the features");
    memcpy(feature, r->feature, r->n_columns * sizeof *feature);
    return change(r, t, feature, names, n, false, err);
}

/* ---- weights ---------------------------------------------------------------------------------------------*/

bool bl_roles_weigh(struct bl_roles *r, const struct bl_table *t, const char *column, struct bl_error *err)
{
    size_t at = SIZE_MAX, left = r->sparse;

    if (column && !bl_table_column(t, column, &at, err))
        return false;
    if (column && at == r->target) {
        bl_fail(err, BL_VALUE, "column '%s' is the target", t->columns[at].name);
        return bl_hint(err, "target COLUMN chooses another one first");
    }
    if (column && t->columns[at].type != BL_NUMERIC) {
        bl_fail(err, BL_VALUE, "weights are numbers, and column '%s' is %s", t->columns[at].name, bl_type_name(t->columns[at].type));
        return bl_hint(err, "columns shows the types; weights none lets all rows count alike");
    }
    for (size_t i = 0; i < r->n_columns; i++)
        left += i != at && (r->feature[i] || i == r->weight);
    if (left == 0)
        return bl_fail(err, BL_VALUE, "no feature would be left");
    if (r->weight < r->n_columns)
        r->feature[r->weight] = true;
    r->weight = at;
    if (at < r->n_columns)
        r->feature[at] = false;
    return true;
}

/* ---- copies, and the target as a number
 * -------------------------------------------------------------*/

static bool copy_into(struct bl_roles *to, const struct bl_roles *from)
{
    size_t n = from->n_classes;

    if (!(to->feature = bl_calloc(from->n_columns + 1, sizeof *to->feature)))
        return false;
    if (from->n_columns > 0)
        memcpy(to->feature, from->feature, from->n_columns * sizeof *to->feature);
    if (from->class_values) {
        if (!(to->class_values = bl_calloc(n + 1, sizeof *to->class_values)))
            return false;
        memcpy(to->class_values, from->class_values, n * sizeof *to->class_values);
    }
    if (from->classes && !(to->classes = bl_calloc(n + 1, sizeof *to->classes)))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!(to->classes[i] = bl_strdup(from->classes[i])))
            return false;
    return true;
}

bool bl_roles_copy(struct bl_roles *to, const struct bl_roles *from, struct bl_error *err)
{
    *to = *from;
    to->feature = NULL;
    to->classes = NULL;
    to->class_values = NULL;
    if (copy_into(to, from))
        return true;
    bl_roles_free(to);
    return bl_fail_memory(err, "the roles of a dataset");
}

size_t bl_roles_class(const struct bl_roles *r, size_t y)
{
    return r->n_classes == 2 && r->positive == 0 ? 1 - y : y;
}

const char *bl_roles_label(const struct bl_roles *r, size_t y)
{
    return r->classes[bl_roles_class(r, y)];
}

static size_t class_of_value(const struct bl_roles *r, double x)
{
    const double *found = bsearch(&x, r->class_values, r->n_classes, sizeof x, compare_values);

    return found ? (size_t)(found - r->class_values) : SIZE_MAX;
}

static size_t class_of_level(const struct bl_roles *r, const struct bl_column *c, uint32_t code)
{
    /* In the table that the roles were made for, levels and classes are the same list. */
    if (code < r->n_classes && strcmp(c->levels[code], r->classes[code]) == 0)
        return code;
    return find_class(r, c->levels[code]);
}

double bl_roles_y(const struct bl_roles *r, const struct bl_table *t, size_t row)
{
    const struct bl_column *c;
    size_t at;

    if (r->target >= t->n_columns)
        return NAN;
    c = &t->columns[r->target];
    if (c->code ? c->code[row] == BL_MISSING_CODE : isnan(c->number[row]))
        return NAN;
    if (r->task == BL_REGRESSION)
        return c->code ? NAN : c->number[row];
    if (c->code)
        at = class_of_level(r, c, c->code[row]);
    else
        at = r->class_values ? class_of_value(r, c->number[row]) : SIZE_MAX;
    return at == SIZE_MAX ? NAN : (double)bl_roles_class(r, at);
}
