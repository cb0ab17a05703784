/* drift: whether new rows are distributed as those that the model learns from. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/language/commands/command.h"
#include "src/language/commands/keep.h"

static const char *const test_words[] = {"auto", "ks", "chi2", "psi", "js", "wasserstein", NULL};
static const char *const correction_words[] = {"holm", "bh", "none", NULL};
static const char *const row_words[] = {"training", "all", NULL};
static const char *const verdict_words[] = {"steady", "DRIFTED", "not enough", "no verdict"};

struct drift { /* all that is told */
    const struct bl_dataset *d;
    struct bl_table *now;
    const uint32_t *rows; /* of the reference; NULL: all */
    size_t n_rows, n;     /* columns asked for or chosen */
    size_t *columns;
    struct bl_drift_column *found;
    struct bl_drift_options how;
    size_t correction;
};

/* ---- what is compared -----------------------------------------------------------------------------*/

static struct bl_table *loaded_table(struct bl_session *s, const char *name)
{
    for (size_t i = 0; i < bl_workbench_datasets(s->workbench); i++) {
        struct bl_table *t = bl_workbench_dataset_at(s->workbench, i)->table;

        if (!strcmp(t->name, name))
            return bl_table_hold(t);
    }
    return NULL;
}

/* A dataset that is loaded, else a file. A file with text among numbers is read all the same: its columns are
 * of another type then, and the first such place is a warning. */
struct bl_table *bl_other_table(struct bl_session *s, const struct bl_table *t, const char *source, struct bl_result *r, struct bl_error *err)
{
    struct bl_table *now = loaded_table(s, source);
    struct bl_error strict = {0};

    if (now || (now = bl_load_like(s, t, source, true, bl_result_warnings(r), &strict)))
        return now;
    if ((strict.code == BL_DATA || strict.code == BL_VALUE) && strcmp(source, "-")) /* standard input is read once */
        now = bl_load_like(s, t, source, false, NULL, err);
    if (now)
        bl_warn(bl_result_warnings(r), &strict);
    else if (err)
        *err = strict;
    return now;
}

/* Numbers and levels among features and target: free text has hardly any level twice, dates always go on. */
static bool wanted_column(const struct bl_dataset *d, size_t j)
{
    const enum bl_type type = d->table->columns[j].type;

    return (d->roles.feature[j] || j == d->roles.target) && (type == BL_NUMERIC || type == BL_CATEGORICAL);
}

static bool choose_columns(const struct bl_args *a, struct drift *x, struct bl_error *err)
{
    const char *list = bl_arg(a, "columns");
    const struct bl_word word = {.text = list};
    const struct bl_args named = {.line = a->line, .verb = a->verb, .words = &word, .n_words = 1};

    if (list)
        return bl_word_columns(&named, 0, x->d->table, false, &x->columns, &x->n, err) || bl_at_pair(err, a, "columns");
    x->columns = bl_calloc(x->d->table->n_columns + 1, sizeof *x->columns);
    if (!x->columns)
        return bl_fail_memory(err, "the columns");
    for (size_t j = 0; j < x->d->table->n_columns; j++)
        if (wanted_column(x->d, j))
            x->columns[x->n++] = j;
    if (x->n)
        return true;
    bl_fail(err, BL_STATE, "%s has no column of numbers or levels to compare", x->d->table->name);
    return bl_hint(err, "columns lists them; drift PATH columns=A,B takes others");
}

/* The rows that are trained on, by the split; rows=all for the whole table. */
static bool choose_rows(struct bl_session *s, const struct bl_args *a, struct drift *x, struct bl_error *err)
{
    const struct bl_prepared *p;
    size_t which = 0;

    if (!bl_arg_choice(a, "rows", row_words, &which, err))
        return false;
    x->n_rows = x->d->table->n_rows;
    if (which == 1)
        return true;
    p = bl_workbench_prepare(s->workbench, NULL, err);
    if (!p)
        return bl_hint(err, "drift %s rows=all compares with all rows and needs no split", a->words[0].text);
    x->rows = p->split.rows[BL_TRAIN];
    x->n_rows = p->split.n[BL_TRAIN];
    return true;
}

static bool choose_test(const struct bl_args *a, struct drift *x, struct bl_error *err)
{
    size_t test = 0;

    x->how.alpha = 0.05;
    if (!bl_arg_choice(a, "test", test_words, &test, err) || !bl_arg_choice(a, "correction", correction_words, &x->correction, err) ||
        !bl_arg_number(a, "alpha", &x->how.alpha, err))
        return false;
    x->how.test = test ? bl_drift_test_named(test_words[test]) : NULL;
    x->how.correction = (enum bl_correction)x->correction;
    if (x->how.alpha > 0 && x->how.alpha < 1)
        return true;
    bl_fail(err, BL_VALUE, "alpha=%s is not between 0 and 1", bl_arg(a, "alpha"));
    bl_hint(err, "drift %s alpha=0.01", a->words[0].text);
    return bl_at_pair(err, a, "alpha");
}

/* ---- telling --------------------------------------------------------------------------------------*/

static const char *name_of(const struct drift *x, const struct bl_drift_column *c)
{
    return x->d->table->columns[c->at].name;
}

static bool gaps_changed(const struct drift *x, const struct bl_drift_column *c)
{
    return c->test && c->missing_p * (double)x->n <= x->how.alpha; /* Bonferroni over the columns */
}

static double missing_share(const struct bl_drift_column *c, size_t side)
{
    const double all = (double)c->n[side] + (double)c->missing[side];

    return all > 0 ? (double)c->missing[side] / all : NAN;
}

static void compared_json(struct bl_result *r, const struct drift *x, const struct bl_drift_column *c, json_t *list)
{
    json_t *one = json_object();
    const char *none = c->why ? c->why : isnan(c->test->threshold) ? "too few rows" : "judged by a distance";
    const bool judged = c->verdict == BL_STEADY || c->verdict == BL_DRIFTED;

    bl_json_set(r, one, "name", bl_json_text(name_of(x, c)));
    bl_json_set(r, one, "type", bl_json_text(bl_type_name(x->d->table->columns[c->at].type)));
    bl_json_set(r, one, "role", bl_json_text(c->at == x->d->roles.target ? "target" : x->d->roles.feature[c->at] ? "feature" : "unused"));
    bl_json_set(r, one, "test", bl_json_text(c->test->name));
    bl_json_figure(r, one, "statistic", c->figure.statistic, c->why ? c->why : "the reference is constant");
    bl_json_figure(r, one, "p", judged ? c->figure.p : NAN, none);
    bl_json_figure(r, one, "p_corrected", c->p, none);
    bl_json_figure(r, one, "threshold", c->test->threshold, "judged by p");
    bl_json_figure(r, one, "psi", c->psi.statistic, "no value is present");
    bl_json_set(r, one, "drifted", judged ? json_boolean(c->verdict == BL_DRIFTED) : json_null());
    if (!judged)
        bl_json_set(r, one, "drifted_reason", bl_json_text(none));
    bl_json_set(r, one, "exact", json_boolean(c->figure.exact));
    bl_json_set(r, one, "psi_bins", json_integer((json_int_t)c->psi.cells));
    if (c->figure.cells)
        bl_json_set(r, one, "cells", json_integer((json_int_t)c->figure.cells));
    if (c->figure.df)
        bl_json_set(r, one, "df", json_integer((json_int_t)c->figure.df));
    bl_json_set(r, one, "pooled", json_integer((json_int_t)c->figure.pooled));
    bl_json_figure(r, one, "mean_before", c->mean[0], "no numbers");
    bl_json_figure(r, one, "mean_now", c->mean[1], "no numbers");
    bl_json_set(r, one, "missing_before", json_integer((json_int_t)c->missing[0]));
    bl_json_set(r, one, "missing_now", json_integer((json_int_t)c->missing[1]));
    bl_json_figure(r, one, "missing_p", c->missing_p, "none is missing, or few rows");
    bl_json_set(r, one, "missing_changed", json_boolean(gaps_changed(x, c)));
    bl_json_set(r, one, "new_levels", json_integer((json_int_t)c->n_new));
    bl_json_set(r, one, "new_level_rows", json_integer((json_int_t)c->new_rows));
    if (c->first_new)
        bl_json_set(r, one, "new_level", bl_json_text(c->first_new));
    bl_json_append(r, list, one);
}

static void drift_json(struct bl_result *r, const struct drift *x)
{
    json_t *columns = json_array(), *left = json_array(), *added = json_array();

    for (size_t i = 0; i < x->n; i++) {
        const struct bl_drift_column *c = &x->found[i];
        json_t *one;

        if (c->test) {
            compared_json(r, x, c, columns);
            continue;
        }
        one = json_object();
        bl_json_set(r, one, "name", bl_json_text(name_of(x, c)));
        bl_json_set(r, one, "reason", bl_json_text(c->why));
        bl_json_append(r, left, one);
    }
    for (size_t j = 0; j < x->now->n_columns; j++)
        if (bl_table_find(x->d->table, x->now->columns[j].name) == SIZE_MAX)
            bl_json_append(r, added, bl_json_text(x->now->columns[j].name));
    bl_result_set(r, "columns", columns);
    bl_result_set(r, "not_compared", left);
    bl_result_set(r, "new_columns", added);
}

/* What the figures do not say, a line for each column that has more to it. */
static void remark_lines(struct bl_result *r, const struct drift *x)
{
    for (size_t i = 0; i < x->n; i++) {
        const struct bl_drift_column *c = &x->found[i];

        if (c->n_new > 1)
            bl_result_line(r, "%s: %zu new levels in %zu rows, first '%s'", name_of(x, c), c->n_new, c->new_rows, c->first_new);
        else if (c->n_new)
            bl_result_line(r, "%s: new level '%s' in %zu row%s", name_of(x, c), c->first_new, c->new_rows, c->new_rows == 1 ? "" : "s");
        if (gaps_changed(x, c))
            bl_result_line(r, "%s: %.3g %% missing, before %.3g %%", name_of(x, c), 100 * missing_share(c, 1), 100 * missing_share(c, 0));
        if (c->test && c->at == x->d->roles.target)
            bl_result_line(r, "%s is the target", name_of(x, c));
    }
}

static void drift_table(struct bl_result *r, const struct drift *x, bool p)
{
    static const char *const p_words[] = {"p, holm", "p, bh", "p"};
    struct bl_grid *g = bl_result_grid(r);

    bl_grid_column(g, "column", BL_LEFT);
    bl_grid_column(g, "verdict", BL_LEFT);
    bl_grid_column(g, "test", BL_LEFT);
    bl_grid_column(g, "statistic", BL_MIXED);
    if (p)
        bl_grid_column(g, p_words[x->correction], BL_P);
    bl_grid_column(g, "psi", BL_MIXED);
    bl_grid_column(g, "before", BL_MIXED);
    bl_grid_column(g, "now", BL_MIXED);
    for (size_t i = 0; i < x->n; i++) {
        const struct bl_drift_column *c = &x->found[i];

        if (!c->test)
            continue;
        bl_grid_text(g, name_of(x, c));
        bl_grid_text(g, verdict_words[c->verdict]);
        bl_grid_text(g, c->test->name);
        bl_grid_number(g, c->figure.statistic);
        if (p)
            bl_grid_number(g, c->p);
        bl_grid_number(g, c->psi.statistic);
        bl_grid_number(g, c->mean[0]);
        bl_grid_number(g, c->mean[1]);
    }
}

/* "not there: a, b, c and 4 more" */
static void names_line(struct bl_result *r, const struct drift *x, const char *why)
{
    struct bl_text names = {0};
    size_t n = 0;

    for (size_t i = 0; i < x->n; i++) {
        const struct bl_drift_column *c = &x->found[i];

        if (!c->test && !strcmp(c->why, why) && ++n <= 5)
            bl_text_addf(&names, "%s%s", n > 1 ? ", " : "", name_of(x, c));
    }
    if (n > 5)
        bl_text_addf(&names, " and %zu more", n - 5);
    if (n)
        bl_result_line(r, "column%s %s in %s, not compared: %s", n == 1 ? "" : "s", why, x->now->name, bl_text_get(&names));
    bl_text_free(&names);
}

static void new_columns_line(struct bl_result *r, const struct drift *x)
{
    struct bl_text names = {0};
    size_t n = 0;

    for (size_t j = 0; j < x->now->n_columns; j++)
        if (bl_table_find(x->d->table, x->now->columns[j].name) == SIZE_MAX && ++n <= 5)
            bl_text_addf(&names, "%s%s", n > 1 ? ", " : "", x->now->columns[j].name);
    if (n > 5)
        bl_text_addf(&names, " and %zu more", n - 5);
    if (n)
        bl_result_line(r, "only in %s: %s", x->now->name, bl_text_get(&names));
    bl_text_free(&names);
}

/* Under the table: how it was judged. */
static void verdict_lines(struct bl_result *r, const struct drift *x, const size_t *count, bool p, bool distance)
{
    static const char *const words[] = {"Holm's correction", "the correction of Benjamini and Hochberg", "no correction"};
    char alpha[32];

    bl_result_line(r, "%zu of %zu columns drifted%s", count[BL_DRIFTED], count[BL_DRIFTED] + count[BL_STEADY],
                   count[BL_DRIFTED] + count[BL_STEADY] ? "" : ": there is nothing to judge");
    if (count[BL_TOO_FEW])
        bl_result_line(r, "not enough: fewer than %d values on a side, which is no verdict (%zu column%s)", BL_DRIFT_FEW, count[BL_TOO_FEW],
                       count[BL_TOO_FEW] == 1 ? "" : "s");
    if (p && count[BL_DRIFTED] + count[BL_STEADY])
        bl_result_line(r, "by p, at alpha %s with %s", bl_number_exact(alpha, sizeof alpha, x->how.alpha), words[x->correction]);
    if (distance)
        bl_result_line(r, "by the distance, from 0.1%s", x->how.test ? "" : ": with many rows every p is small");
    bl_result_line(r, "before, now: means; psi by convention: 0.1 some change, 0.25 much");
}

static void drift_tell(struct bl_result *r, const struct drift *x)
{
    size_t count[4] = {0};
    bool p = false, distance = false;

    for (size_t i = 0; i < x->n; i++) {
        const struct bl_drift_column *c = &x->found[i];

        count[c->verdict] += c->test != NULL;
        p = p || (c->test && isnan(c->test->threshold));
        distance = distance || (c->test && !isnan(c->test->threshold));
    }
    bl_result_set(r, "reference", bl_json_text(x->rows ? "training" : "all"));
    bl_result_set(r, "reference_rows", json_integer((json_int_t)x->n_rows));
    bl_result_set(r, "rows", json_integer((json_int_t)x->now->n_rows));
    bl_result_set(r, "alpha", bl_json_number(x->how.alpha));
    bl_result_set(r, "correction", bl_json_text(correction_words[x->correction]));
    bl_result_set(r, "drifted", json_integer((json_int_t)count[BL_DRIFTED]));
    bl_result_set(r, "judged", json_integer((json_int_t)(count[BL_DRIFTED] + count[BL_STEADY])));
    drift_json(r, x);
    bl_result_line(r, "%zu rows of %s against %s %zu%s rows of %s", x->now->n_rows, x->now->name, x->rows ? "the" : "all", x->n_rows,
                   x->rows ? " training" : "", x->d->table->name);
    drift_table(r, x, p);
    verdict_lines(r, x, count, p, distance);
    remark_lines(r, x);
    names_line(r, x, "not there");
    names_line(r, x, "of another type");
    new_columns_line(r, x);
    if (x->d->table->sparse)
        bl_result_line(r, "sparse columns are not compared");
}

/* What was compared, and by what else: a command like the one that was typed. */
static void hint_test(const struct bl_args *a, const char *test, struct bl_error *e)
{
    static const char *const kept[] = {"columns", "rows", "alpha", "correction"};
    struct bl_text keys = {0};

    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (bl_arg(a, kept[i]))
            bl_text_addf(&keys, " %s=%s", kept[i], bl_typed(bl_arg(a, kept[i])).text);
    bl_hint(e, "drift %s test=%s%s", bl_typed(a->words[0].text).text, test, bl_text_get(&keys));
    bl_text_free(&keys);
}

/* Columns of which the test can say nothing, though both sides have values enough: with what it would be judged. */
static void warn_of_none(const struct bl_args *a, struct bl_result *r, const struct drift *x)
{
    struct bl_text names = {0};
    struct bl_error e = {0};
    size_t n = 0;
    bool numbers = true;

    for (size_t i = 0; i < x->n; i++) {
        const struct bl_drift_column *c = &x->found[i];

        if (!c->test || c->verdict != BL_NO_VERDICT)
            continue;
        numbers = numbers && x->d->table->columns[c->at].type == BL_NUMERIC;
        if (++n <= 5)
            bl_text_addf(&names, "%s'%s'", n > 1 ? ", " : "", name_of(x, c));
    }
    if (n > 5)
        bl_text_addf(&names, " and %zu more", n - 5);
    if (n) {
        bl_fail(&e, BL_DATA, "chi2 cannot judge %s: too few rows in every %s", bl_text_get(&names), numbers ? "bin" : "level");
        bl_reason(&e, "it puts together what expects fewer than 5 rows on a side, and that was all");
        hint_test(a, numbers ? "ks" : "psi", &e);
        bl_warn(bl_result_warnings(r), &e);
    }
    bl_text_free(&names);
}

/* Into the journal, about the model that is open, else about no one. */
static void drift_note(struct bl_session *s, struct bl_result *r, const struct drift *x)
{
    const struct bl_language *l = bl_language_of(s);
    struct bl_kept_row row = {0};
    json_t *columns = json_array();
    json_int_t drifted = 0, judged = 0;

    if (l->opened) {
        memcpy(row.name, l->opened_row.name, sizeof row.name);
        row.version = l->opened_row.version;
    }
    snprintf(row.sha256, sizeof row.sha256, "%s", bl_table_sha256(x->now));
    for (size_t i = 0; i < x->n; i++) {
        const struct bl_drift_column *c = &x->found[i];
        judged += c->test && (c->verdict == BL_DRIFTED || c->verdict == BL_STEADY);
        if (!c->test || c->verdict != BL_DRIFTED)
            continue;
        drifted++;
        json_array_append_new(columns, bl_json_text(x->d->table->columns[x->columns[i]].name));
    }
    vault_note(s, "drift", &row, json_pack("{sI sI sI so so sf so}", "drifted", drifted, "judged", judged, "rows", (json_int_t)x->now->n_rows, "data",
                                           bl_json_text(x->now->name), "against", bl_json_text(x->d->table->name), "alpha", x->how.alpha, "columns",
                                           columns), r);
}

/* ---- the command ------------------------------------------------------------------------------------*/

static bool drift_run(struct bl_session *s, const struct bl_args *a, struct drift *x, struct bl_result *r, struct bl_error *err)
{
    if (!choose_test(a, x, err) || !choose_columns(a, x, err) || !choose_rows(s, a, x, err))
        return false;
    x->now = bl_other_table(s, x->d->table, a->words[0].text, r, err);
    if (!x->now)
        return err->line ? false : bl_at_word(err, a, 0);
    x->found = bl_calloc(x->n + 1, sizeof *x->found);
    if (!x->found)
        return bl_fail_memory(err, "the comparison");
    x->how.progress = bl_workbench_progress(s->workbench);
    if (!bl_drift_compare(x->d->table, x->rows, x->n_rows, x->columns, x->n, x->now, &x->how, x->found, err))
        return false;
    drift_tell(r, x);
    warn_of_none(a, r, x);
    drift_note(s, r, x);
    return true;
}

static bool run_drift(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct drift x = {.d = bl_workbench_dataset(s->workbench, err)};
    bool fine;

    if (!x.d)
        return false;
    if (!a->n_words) {
        bl_fail(err, BL_USAGE, "drift needs a file or a loaded dataset to compare with %s", x.d->table->name);
        return bl_hint(err, "drift new.csv, or the name of a dataset that is loaded");
    }
    fine = drift_run(s, a, &x, r, err);
    bl_table_free(x.now);
    bl_free(x.columns);
    bl_free(x.found);
    return fine;
}

const struct bl_command bl_command_drift = {
    .name = "drift",
    .arguments = "PATH|DATASET [key=value ...]",
    .group = "compare",
    .summary = "whether new rows are like the training rows, column by column",
    .help = "Compares each feature and the target, where it is there, with the training rows of the current dataset (rows=all: "
            "with all its rows). A file is read with the column types of the dataset; a dataset that is loaded goes before a file "
            "of that name. Where there is a registry the check is written into its journal. Free text and dates are compared only when columns= names them. auto: up to 1000 reference rows ks for "
            "numbers and chi2 for levels, judged by p with a correction over the columns; beyond that, where every p is small, "
            "wasserstein and js, judged by a distance of 0.1. ks and wasserstein of levels are chi2 and js. Missing is a bin of psi, "
            "js and chi2; ks and wasserstein leave it out, and a share of missing values that changed is told. Fewer than 30 "
            "values on a side: no verdict.",
    .examples = BL_EXAMPLES("generate drift name=a; generate drift seed=7 name=b; use a; drift b",
                            "load iris; filter petal_length > 3 as b; use iris; drift b test=psi",
                            "load iris; drift iris rows=all columns=petal_length alpha=0.01"),
    .see = "load, split, describe, eval",
    .first = BL_ARG_SOURCE,
    .keys = BL_KEYS({"test", "auto|ks|chi2|psi|js|wasserstein", "what is measured (auto)"},
                    {"alpha", "", "p below which a column has drifted (0.05)"},
                    {"correction", "holm|bh|none", "over the columns: Holm, Benjamini and Hochberg, none (holm)"},
                    {"columns", "", "only these: columns=age,price"},
                    {"rows", "training|all", "rows of the current dataset to compare with (training)"}),
    .run = run_drift,
};
