/* filter, derive: datasets made out of the current one. The loaded one stays as it is. */
#include "command.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { NAME_BYTES = 64 };

/* ---- names --------------------------------------------------------------------------------------------*/

static bool name_allowed(const char *name)
{
    bool fine = isalnum((unsigned char)name[0]) && strlen(name) <= NAME_BYTES;

    for (const char *s = name; *s; s++)
        fine = fine && (unsigned char)*s < 128 && (isalnum((unsigned char)*s) || strchr("._-", *s));
    return fine;
}

static bool check_name(const char *name, struct bl_error *err)
{
    if (name_allowed(name))
        return true;
    bl_fail(err, BL_VALUE, "'%s' is not a name: letters, digits, '.', '_' and '-', at most %d", name, (int)NAME_BYTES);
    return bl_hint(err, "a name such as adults");
}

bool bl_arg_dataset_name(const struct bl_args *a, struct bl_error *err)
{
    const char *name = bl_arg(a, "name");

    return !name || check_name(name, err) || bl_at_pair(err, a, "name");
}

/* "titanic_derived" with "_filtered" is titanic_filtered. */
static void name_with(const struct bl_table *t, const char *suffix, char out[NAME_BYTES + 1])
{
    static const char *const suffixes[] = {"_derived", "_filtered", "_sample"};
    size_t n = strlen(t->name);

    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        const size_t k = strlen(suffixes[i]);

        if (n > k && strcmp(t->name + n - k, suffixes[i]) == 0) {
            n -= k;
            break;
        }
    }
    n = n + strlen(suffix) > NAME_BYTES ? NAME_BYTES - strlen(suffix) : n;
    snprintf(out, NAME_BYTES + 1, "%.*s%s", (int)n, t->name, suffix);
}

/* ---- decisions that go along -------------------------------------------------------------------------------*/

/* Recipe and split as they were decided; features that were left out stay out. */
static bool take_decisions(struct bl_dataset *d, const struct bl_dataset *from, const struct bl_table *old, const char *unused,
                           struct bl_error *err)
{
    const char **out = bl_calloc(old->n_columns + 2, sizeof *out);
    size_t n = 0;
    bool fine = out || bl_fail_memory(err, "the dataset");

    for (size_t j = 0; fine && j < old->n_columns; j++)
        if (!from->roles.feature[j] && j != from->roles.target && bl_table_find(d->table, old->columns[j].name) != SIZE_MAX)
            out[n++] = old->columns[j].name;
    if (unused)
        out[n++] = unused;
    fine = fine && (!n || bl_roles_drop(&d->roles, d->table, out, n, err));
    bl_free(out);
    d->roles.sparse = d->table->sparse && from->roles.sparse;
    if (fine && from->roles.weight < old->n_columns && bl_table_find(d->table, old->columns[from->roles.weight].name) != SIZE_MAX)
        fine = bl_roles_weigh(&d->roles, d->table, old->columns[from->roles.weight].name, err);
    if (fine && from->recipe && !(d->recipe = bl_recipe_copy(from->recipe)))
        fine = bl_fail_memory(err, "a recipe");
    memcpy(d->percent, from->percent, sizeof d->percent);
    d->stratify = from->stratify;
    d->split_given = from->split_given;
    d->how = from->how;
    d->split_seed = from->split_seed;
    d->split_seed_given = from->split_seed_given;
    return fine;
}

/* The positive class and the task that were chosen, as far as the new rows allow them. */
static bool take_task(struct bl_dataset *d, const struct bl_dataset *from, const char *target, struct bl_error *err)
{
    const struct bl_roles *old = &from->roles;
    const char *positive = old->n_classes == 2 ? old->classes[old->positive] : NULL;
    struct bl_roles roles;

    if (!target)
        return true;
    if (!bl_roles_choose(&roles, d->table, target, (int)old->task, d->roles.n_classes == 2 ? positive : NULL, NULL))
        return true; /* what the new rows say by themselves stands */
    bl_roles_free(&d->roles);
    d->roles = roles;
    (void)err;
    return true;
}

static bool follow(struct bl_session *s, struct bl_table *table, const struct bl_dataset *from, struct bl_table *old, const char *unused,
                   struct bl_error *err)
{
    const size_t at = from->roles.target;
    char *target = at == SIZE_MAX ? NULL : bl_strdup(old->columns[at].name);
    struct bl_dataset *d;
    bool fine;

    if (at != SIZE_MAX && !target) {
        bl_table_free(table);
        return bl_fail_memory(err, "the dataset");
    }
    fine = bl_workbench_add(s->workbench, table, target, err) && (d = bl_workbench_dataset(s->workbench, err)) != NULL;
    if (fine) {
        d->target_given = from->target_given;
        fine = take_task(d, from, target, err) && take_decisions(d, from, old, unused, err);
        bl_workbench_changed(s->workbench);
    }
    bl_free(target);
    return fine;
}

/* The old dataset may end when one of its name comes: what is needed of it is kept until then. */
static bool follow_but(struct bl_session *s, struct bl_table *table, const struct bl_dataset *from, const char *command, const char *unused,
                       struct bl_error *err)
{
    struct bl_dataset copy = *from;
    struct bl_table *old = from->table;
    bool fine;

    if (!bl_table_made(table, old, command, err)) {
        bl_table_free(table);
        return false;
    }
    copy.roles = (struct bl_roles){0};
    copy.recipe = NULL;
    fine = bl_roles_copy(&copy.roles, &from->roles, err) && (!from->recipe || (copy.recipe = bl_recipe_copy(from->recipe)) || bl_fail_memory(err, "a recipe"));
    bl_table_hold(old);
    if (fine)
        fine = follow(s, table, &copy, old, unused, err);
    else
        bl_table_free(table);
    bl_table_free(old);
    bl_roles_free(&copy.roles);
    bl_recipe_free(copy.recipe);
    return fine;
}

bool bl_dataset_follow(struct bl_session *s, struct bl_table *table, const struct bl_dataset *from, const char *command, struct bl_error *err)
{
    return follow_but(s, table, from, command, NULL, err);
}

static void tell_made(struct bl_result *r, const struct bl_dataset *d, const char *before)
{
    bl_result_dataset(r, d);
    bl_result_set(r, "made", bl_json_text(d->table->made));
    if (bl_result_as_json(r))
        bl_result_set(r, "sha256", bl_json_text(bl_table_sha256(d->table)));
    if (strcmp(before, d->table->name) != 0)
        bl_result_line(r, "made from %s, which use %s brings back", before, before);
}

/* ---- filter -----------------------------------------------------------------------------------------------*/

static struct bl_table *kept_rows(struct bl_session *s, const struct bl_formula *f, const struct bl_table *t, const char *name,
                                  struct bl_result *r, struct bl_error *err)
{
    struct bl_table *to = NULL;
    uint32_t *rows;
    size_t n, unknown;

    if (!bl_formula_rows(f, &rows, &n, &unknown, bl_workbench_pool(s->workbench), bl_workbench_progress(s->workbench), err))
        return NULL;
    if (n) {
        to = bl_sample_table(t, rows, n, name, err);
        bl_result_set(r, "kept", json_integer((json_int_t)n));
        bl_result_set(r, "left_out", json_integer((json_int_t)(t->n_rows - n)));
        bl_result_set(r, "unknown", json_integer((json_int_t)unknown));
        bl_result_line(r, "%zu of %zu rows kept", n, t->n_rows);
        if (unknown)
            bl_result_line(r, "%zu row%s left out because a missing value decides", unknown, unknown == 1 ? "" : "s");
    } else {
        bl_fail(err, BL_VALUE, "no row of %s would be left", t->name);
        bl_hint(err, unknown ? "for %zu rows a missing value decides; where shows what holds" : "where shows what holds", unknown);
    }
    bl_free(rows);
    return to;
}

static bool filter(struct bl_session *s, const struct bl_args *a, struct bl_result *r, const struct bl_expression *e, const char *as,
                   struct bl_error *err)
{
    struct bl_dataset *d = bl_workbench_dataset(s->workbench, err);
    char name[NAME_BYTES + 1], before[NAME_BYTES + 1];
    struct bl_formula *f = bl_formula_create(e, d->table, bl_result_warnings(r), err);
    struct bl_table *to;

    name_with(d->table, "_filtered", name);
    snprintf(before, sizeof before, "%s", d->table->name);
    to = f ? kept_rows(s, f, d->table, as ? as : name, r, err) : NULL;
    bl_formula_free(f);
    if (!to)
        return bl_at_rest(err, a);
    if (!bl_dataset_follow(s, to, d, a->line, err))
        return false;
    tell_made(r, bl_workbench_dataset(s->workbench, err), before);
    return true;
}

static bool run_filter(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const struct bl_table *t = bl_current_table(s, err);
    struct bl_expression *e;
    const char *as = NULL;
    bool fine;

    if (!t)
        return false;
    if (!a->rest[0]) {
        bl_fail(err, BL_USAGE, "filter needs a condition");
        return bl_hint(err, "filter %s is not missing", t->n_columns ? bl_typed(t->columns[0].name).text : "x");
    }
    e = bl_expression_parse_as(a->rest, &as, err);
    if (!e) {
        if (t->n_columns)
            bl_hint(err, "filter %s is not missing (help filter shows conditions)", bl_typed(t->columns[0].name).text);
        return bl_at_rest(err, a);
    }
    fine = (!as || check_name(as, err)) && filter(s, a, r, e, as, err);
    if (fine)
        bl_result_set(r, "expression", bl_json_text(bl_expression_text(e)));
    bl_expression_free(e);
    return fine;
}

const struct bl_command bl_command_filter = {
    .name = "filter",
    .arguments = "CONDITION [as NAME]",
    .group = "data",
    .summary = "make a dataset of the rows for which a condition holds, and work on it",
    .help = "Conditions are those of where. Target, features, recipe and split go along; the current run ends. The dataset is "
            "called NAME_filtered unless as says otherwise; the one it came from stays, and use brings it back.",
    .examples = BL_EXAMPLES("load titanic; filter Age >= 18 and Embarked is not missing", "load iris; filter species != setosa as two; train full:newton"),
    .see = "where, derive, sample, use",
    .first = BL_ARG_COLUMN,
    .further = BL_ARG_COLUMN,
    .raw = true,
    .run = run_filter,
};

/* ---- derive -----------------------------------------------------------------------------------------------*/

/* "NAME = EXPR"; *behind is where EXPR starts in the rest. */
static char *read_name(const struct bl_args *a, size_t *behind, struct bl_error *err)
{
    const char *s = a->rest, quote = *s && strchr("'\"`", *s) ? *s : '\0';
    const char *end = quote ? strchr(s + 1, quote) : s + strcspn(s, " \t=");
    size_t n = end ? (size_t)(end - s) : 0, at = n + (quote != 0);
    char *name;

    while (end && isspace((unsigned char)s[at]))
        at++;
    if (!end || n <= (quote != 0) || s[at] != '=' || s[at + 1] == '=') {
        bl_fail(err, BL_USAGE, "derive needs a name, '=' and an expression");
        bl_hint(err, "derive ratio = a / b");
        return NULL;
    }
    *behind = at + 1;
    name = quote ? bl_strndup(s + 1, n - 1) : bl_strndup(s, n);
    if (!name)
        bl_fail_memory(err, "a name");
    return name;
}

/* Whether the expression looks at the target: such a column must not be a feature. */
static bool uses_target(const struct bl_expression *e, const struct bl_dataset *d)
{
    for (size_t i = 0; i < bl_expression_names(e) && d->roles.target != SIZE_MAX; i++)
        if (bl_table_find(d->table, bl_expression_name(e, i)) == d->roles.target)
            return true;
    return false;
}

static bool derive(struct bl_session *s, const struct bl_args *a, struct bl_result *r, const struct bl_expression *e, const char *name,
                   struct bl_error *err)
{
    struct bl_dataset *d = bl_workbench_dataset(s->workbench, err);
    struct bl_table *t = d->table, *to = NULL;
    const size_t replaced = bl_table_find(t, name);
    const bool leaks = uses_target(e, d) && replaced != d->roles.target;
    char table[NAME_BYTES + 1], before[NAME_BYTES + 1];
    struct bl_formula *f = bl_formula_create(e, t, bl_result_warnings(r), err);

    snprintf(before, sizeof before, "%s", t->name);
    if (t->made)
        snprintf(table, sizeof table, "%s", t->name);
    else
        name_with(t, "_derived", table);
    if (f)
        to = bl_formula_derive(f, t, name, table, bl_workbench_pool(s->workbench), bl_workbench_progress(s->workbench), bl_result_warnings(r), err);
    bl_formula_free(f);
    if (!to || !follow_but(s, to, d, a->line, leaks ? name : NULL, err))
        return false;
    if (leaks)
        bl_warnf(bl_result_warnings(r), "features shows what is used", "'%s' is computed from the target and is not used as a feature", name);
    tell_made(r, bl_workbench_dataset(s->workbench, err), before);
    return true;
}

static bool run_derive(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_expression *e;
    size_t behind = 0;
    char *name;
    bool fine;

    if (!bl_current_table(s, err) || !(name = read_name(a, &behind, err)))
        return false;
    e = bl_expression_parse(a->rest + behind, err);
    fine = e && derive(s, a, r, e, name, err);
    if (fine) {
        bl_result_set(r, "column", bl_json_text(name));
        bl_result_set(r, "expression", bl_json_text(bl_expression_text(e)));
    } else if (err && err->word_len) {
        err->word_at += behind;
    }
    bl_expression_free(e);
    bl_free(name);
    return fine || bl_at_rest(err, a);
}

const struct bl_command bl_command_derive = {
    .name = "derive",
    .arguments = "NAME = EXPRESSION",
    .group = "data",
    .summary = "add a column that is computed from others",
    .help = "Arithmetic (+ - * / % ^), functions (help about expression) and conditions (1 and 0) over the columns of a row; if(condition, "
            "a, b) chooses. It works row by row and learns nothing from other rows: what does belongs into prep. Loaded columns are not "
            "copied and stay as they are: the dataset with the new column is called NAME_derived, use NAME goes back. A column computed "
            "from the target is no feature.",
    .examples = BL_EXAMPLES("load titanic; derive family = SibSp + Parch + 1",
                            "load iris; derive big = if(petal_length > 5, 'yes', 'no')",
                            "load airquality; derive hot = Temp >= 90"),
    .see = "where, filter, prep",
    .first = BL_ARG_COLUMN,
    .further = BL_ARG_COLUMN,
    .raw = true,
    .run = run_derive,
};
