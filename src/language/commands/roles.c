/* target, features, drop: what the columns are used for. */
#include "command.h"

#include <string.h>

/* Puts new roles in place of the old ones; what was prepared from those ends. */
static bool take_roles(struct bl_session *s, struct bl_dataset *d, struct bl_roles *roles, struct bl_result *r)
{
    bl_roles_free(&d->roles);
    d->roles = *roles;
    bl_workbench_changed(s->workbench);
    bl_result_roles(r, d);
    bl_roles_line(r, d);
    return true;
}

/* Features that were chosen by hand stay chosen when the target changes. */
static void keep_features(struct bl_roles *to, const struct bl_roles *from)
{
    for (size_t j = 0; j < to->n_columns; j++)
        if (j != to->target && j != from->target)
            to->feature[j] = from->feature[j];
    to->sparse = from->sparse;
    if (from->weight != to->target)
        to->weight = from->weight;
}

static bool run_target(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    static const char *const tasks[] = {"regression", "classification", NULL};
    struct bl_dataset *d = bl_workbench_dataset(s->workbench, err);
    const char *positive = bl_arg(a, "positive");
    struct bl_roles roles = {0};
    size_t task = SIZE_MAX, column;

    if (!d || !bl_arg_choice(a, "task", tasks, &task, err))
        return false;
    if (!a->n_words && !a->n_pairs) {
        bl_result_roles(r, d);
        bl_roles_line(r, d);
        return true;
    }
    column = d->roles.target;
    if (a->n_words && !bl_word_column(a, 0, d->table, &column, err))
        return false;
    if (column == SIZE_MAX) {
        bl_fail(err, BL_USAGE, "target needs the name of a column");
        return bl_hint(err, "columns lists them");
    }
    if (!bl_roles_choose(&roles, d->table, d->table->columns[column].name, task == SIZE_MAX ? -1 : (int)task, positive, err))
        return positive ? bl_at_pair(err, a, "positive") : bl_at_word(err, a, 0);
    keep_features(&roles, &d->roles);
    d->target_given = true;
    return take_roles(s, d, &roles, r);
}

const struct bl_command bl_command_target = {
    .name = "target",
    .arguments = "COLUMN [positive=LEVEL] [task=...]",
    .group = "data",
    .summary = "choose the column to predict",
    .help = "The task is classification when the target is not numeric, or is whole numbers with at most 20 "
            "distinct values and at least 5 rows for each; else regression. Without a column the present "
            "choice is told.",
    .examples = BL_EXAMPLES("load iris; target petal_width", "load titanic; target Survived positive=1"),
    .see = "features, drop",
    .first = BL_ARG_COLUMN,
    .keys = BL_KEYS({"positive", "", "class that counts as positive (default: the last of two)"},
                    {"task", "classification|regression", "decides the task against the rule above"}),
    .run = run_target,
};

/* ---- features and drop ----------------------------------------------------------------------------------*/

/* Names behind column numbers, lent by the table. */
static const char **names_of(const struct bl_table *t, const size_t *columns, size_t n, struct bl_error *err)
{
    const char **names = bl_calloc(n + 1, sizeof *names);

    if (!names)
        bl_fail_memory(err, "column names");
    for (size_t i = 0; names && i < n; i++)
        names[i] = t->columns[columns[i]].name;
    return names;
}

static bool change_features(struct bl_session *s, const struct bl_args *a, bool drop, struct bl_result *r, struct bl_error *err)
{
    struct bl_dataset *d = bl_workbench_dataset(s->workbench, err);
    struct bl_roles roles = {0};
    const char **names = NULL;
    size_t *columns = NULL, n = 0;
    bool ok;

    ok = d && bl_word_columns(a, 0, d->table, false, &columns, &n, err) &&
         (names = names_of(d->table, columns, n, err)) && bl_roles_copy(&roles, &d->roles, err);
    if (ok)
        ok = drop ? bl_roles_drop(&roles, d->table, names, n, err) : bl_roles_features(&roles, d->table, names, n, err);
    bl_free(names);
    bl_free(columns);
    if (ok)
        return take_roles(s, d, &roles, r);
    bl_roles_free(&roles);
    return false;
}

static bool run_features(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const struct bl_dataset *d = bl_workbench_dataset(s->workbench, err);
    struct bl_text names = {0};
    char sparse[64];

    if (!d || a->n_words)
        return d && change_features(s, a, false, r, err);
    for (size_t j = 0; j < d->roles.n_columns; j++)
        if (d->roles.feature[j])
            bl_text_addf(&names, "%s%s", names.length ? " " : "", d->table->columns[j].name);
    if (d->roles.sparse)
        bl_text_addf(&names, "%s%s", names.length ? " " : "", bl_table_sparse_name(d->table, sparse, sizeof sparse));
    bl_result_roles(r, d);
    bl_result_line(r, "features: %s", bl_text_get(&names));
    bl_text_free(&names);
    return true;
}

const struct bl_command bl_command_features = {
    .name = "features",
    .arguments = "[COLUMN ...]",
    .group = "data",
    .summary = "use these columns as inputs, and no others",
    .help = "Without a column the present inputs are listed.",
    .examples = BL_EXAMPLES("load iris; features petal_length petal_width"),
    .see = "drop, target",
    .first = BL_ARG_COLUMN,
    .further = BL_ARG_COLUMN,
    .run = run_features,
};

static bool run_drop(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    if (!a->n_words) {
        bl_fail(err, BL_USAGE, "drop needs the name of a column");
        return bl_hint(err, "features lists the inputs");
    }
    return change_features(s, a, true, r, err);
}

const struct bl_command bl_command_drop = {
    .name = "drop",
    .arguments = "COLUMN ...",
    .group = "data",
    .summary = "leave columns out of the inputs",
    .help = "The columns stay in the dataset: describe, hist and the like still know them.",
    .examples = BL_EXAMPLES("load titanic; drop Name Ticket Cabin"),
    .see = "features, target",
    .first = BL_ARG_COLUMN,
    .further = BL_ARG_COLUMN,
    .run = run_drop,
};

/* ---- weights ----------------------------------------------------------------------------------------------*/

static bool run_weights(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_dataset *d = bl_workbench_dataset(s->workbench, err);
    const char *name = a->n_words ? a->words[0].text : NULL;
    struct bl_roles roles = {0};

    if (!d)
        return false;
    if (!name) {
        bl_result_roles(r, d);
        if (d->roles.weight == SIZE_MAX)
            bl_result_line(r, "all rows count alike");
        else
            bl_roles_line(r, d);
        return true;
    }
    if (!bl_roles_copy(&roles, &d->roles, err))
        return false;
    if (!bl_roles_weigh(&roles, d->table, strcmp(name, "none") == 0 && bl_table_find(d->table, name) == SIZE_MAX ? NULL : name, err)) {
        bl_roles_free(&roles);
        return bl_at_word(err, a, 0);
    }
    if (roles.weight != d->roles.weight)
        return take_roles(s, d, &roles, r);
    bl_roles_free(&roles); /* nothing changes, the run neither */
    bl_result_roles(r, d);
    bl_roles_line(r, d);
    return true;
}

const struct bl_command bl_command_weights = {
    .name = "weights",
    .arguments = "[COLUMN|none]",
    .group = "data",
    .summary = "what each row counts: a column of weights",
    .help = "The loss of each row is multiplied by its weight, divided by the mean weight of the rows it stands among: a "
            "weight of 3 is three rows, twice all weights are the same weights, and a weight of 0 is no row. Losses, "
            "gradients, curvature and theory follow; accuracy and its kin count every row once. The column is no feature "
            "any more. Weights below 0 and missing ones are refused when the model is made. model class_weight= weighs classes.",
    .examples = BL_EXAMPLES("load diabetes; weights age; train batch", "load diabetes; weights age; weights none"),
    .see = "model, features, target",
    .first = BL_ARG_COLUMN,
    .run = run_weights,
};
