/* sample: a dataset of some rows of the current one. */
#include "command.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const methods[] = {"simple", "stratified", "weighted", "bootstrap", NULL};

/* "100", "10%", or for a bootstrap nothing: as many as there are. */
static bool read_size(const struct bl_args *a, const struct bl_table *t, enum bl_sample_kind kind, size_t *n, struct bl_error *err)
{
    const char *word = a->n_words ? a->words[0].text : NULL;
    size_t length = word ? strlen(word) : 0;
    const bool share = length > 1 && word[length - 1] == '%';
    double x;

    if (!word && kind == BL_SAMPLE_BOOTSTRAP) {
        *n = t->n_rows;
        return true;
    }
    if (word && bl_number_parse(word, length - share, &x) && x > 0 && x <= (share ? 100 : 4e9) && (share || x == floor(x))) {
        *n = share ? (size_t)ceil((double)t->n_rows * x / 100 - 1e-9) : (size_t)x;
        return true;
    }
    bl_fail(err, word ? BL_VALUE : BL_USAGE, word ? "'%s' is no number of rows" : "sample needs a number of rows", word);
    bl_hint(err, "sample 100, or sample 10%%");
    return word ? bl_at_word(err, a, 0) : false;
}

/* weight= and by= say the method where method= does not. */
static bool read_how(const struct bl_args *a, const struct bl_dataset *d, struct bl_sample_how *how, struct bl_error *err)
{
    size_t method = bl_arg(a, "weight") ? BL_SAMPLE_WEIGHTED : bl_arg(a, "by") ? BL_SAMPLE_STRATIFIED : BL_SAMPLE_SIMPLE;
    int64_t seed = (int64_t)how->seed;

    if (!bl_arg_choice(a, "method", methods, &method, err) || !bl_arg_integer(a, "seed", 0, INT64_MAX, &seed, err))
        return false;
    how->kind = (enum bl_sample_kind)method;
    how->seed = (uint64_t)seed;
    how->column = how->kind == BL_SAMPLE_STRATIFIED ? d->roles.target : SIZE_MAX;
    if (!bl_arg_column(a, how->kind == BL_SAMPLE_WEIGHTED ? "weight" : "by", d->table, &how->column, err))
        return false;
    if (how->column != SIZE_MAX || how->kind == BL_SAMPLE_SIMPLE || how->kind == BL_SAMPLE_BOOTSTRAP)
        return true;
    bl_fail(err, BL_USAGE, "method=%s needs a column", methods[how->kind]);
    return bl_hint(err, "sample 100 %s=COLUMN", how->kind == BL_SAMPLE_WEIGHTED ? "weight" : "by");
}

static struct bl_table *draw_table(const struct bl_args *a, const struct bl_table *t, const struct bl_sample_how *how, size_t n,
                                   struct bl_error *err)
{
    struct bl_text name = {0};
    struct bl_table *table = NULL;
    uint32_t *rows;

    if (!bl_sample_rows(t, how, n, &rows, err))
        return NULL;
    bl_text_addf(&name, "%s", bl_arg(a, "name") ? bl_arg(a, "name") : t->name);
    if (!bl_arg(a, "name"))
        bl_text_add(&name, "_sample");
    table = bl_sample_table(t, rows, n, bl_text_get(&name), err);
    bl_text_free(&name);
    bl_free(rows);
    return table;
}

static bool run_sample(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const struct bl_dataset *d = bl_workbench_dataset(s->workbench, err);
    struct bl_sample_how how = {.seed = bl_workbench_seed(s->workbench)};
    struct bl_table *table;
    size_t n = 0;

    if (!d || !read_how(a, d, &how, err) || !read_size(a, d->table, how.kind, &n, err) ||
        !(table = draw_table(a, d->table, &how, n, err)))
        return false;
    if (!bl_dataset_follow(s, table, d, a->line, err))
        return false;
    bl_result_dataset(r, bl_workbench_dataset(s->workbench, NULL));
    bl_result_set(r, "method", json_string(methods[how.kind]));
    bl_result_set(r, "seed", json_integer((json_int_t)how.seed));
    return true;
}

const struct bl_command bl_command_sample = {
    .name = "sample",
    .arguments = "ROWS [key=value ...]",
    .group = "data",
    .summary = "make a dataset of some rows, and work on it",
    .help = "ROWS is a number or a share such as 10%. The rows keep their order. stratified keeps the shares of the "
            "groups (of the target, or by=), weighted draws by a column of weights, bootstrap draws with repeats "
            "(as many as there are where nothing is said). use goes back to the whole.",
    .examples = BL_EXAMPLES("load california_housing; sample 1000", "load iris; sample 20% method=stratified",
                            "load iris; sample method=bootstrap seed=7 name=again"),
    .see = "use, split, load",
    .first = BL_ARG_NUMBER,
    .keys = BL_KEYS({"method", "simple|stratified|weighted|bootstrap", "how rows are drawn (default simple)"},
                    {"by", "", "column whose groups keep their shares (default: the target)"},
                    {"weight", "", "column of weights: rows are drawn in proportion"},
                    {"seed", "", "draws another sample (default: the seed of the session)"},
                    {"name", "", "name of the new dataset (default: NAME_sample)"}),
    .run = run_sample,
};
