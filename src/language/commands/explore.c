/* distinct, cross, missing, outliers: what is in the columns. */
#include "command.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LINES_SHOWN = 20 };

static double share(size_t part, size_t whole) { return whole ? (double)part / (double)whole : NAN; }

static json_t *cell_json(const struct bl_table *t, size_t row, size_t j)
{
    const struct bl_column *c = &t->columns[j];
    char buffer[64];
    const char *text;

    if (c->type == BL_NUMERIC)
        return bl_json_number(c->number[row]);
    text = bl_table_cell(t, row, j, buffer, sizeof buffer);
    return *text ? bl_json_text(text) : json_null();
}

static void grid_cell(struct bl_grid *g, const struct bl_table *t, size_t row, size_t j)
{
    char buffer[64];
    const char *text = bl_table_cell(t, row, j, buffer, sizeof buffer);

    if (!*text)
        bl_grid_skip(g);
    else if (t->columns[j].type == BL_NUMERIC)
        bl_grid_exact(g, t->columns[j].number[row]);
    else
        bl_grid_text(g, text);
}

/* ---- distinct ----------------------------------------------------------------------------------------*/

static void tell_distinct(struct bl_result *r, const struct bl_table *t, const size_t *columns, size_t n, const struct bl_combination *all,
                          size_t n_all, size_t shown)
{
    struct bl_grid *g = bl_result_grid(r);
    json_t *names = json_array(), *values = json_array();

    for (size_t k = 0; k < n; k++) {
        bl_grid_column(g, t->columns[columns[k]].name, t->columns[columns[k]].type == BL_NUMERIC ? BL_EXACT : BL_LEFT);
        bl_json_append(r, names, bl_json_text(t->columns[columns[k]].name));
    }
    bl_grid_column(g, "rows", BL_COUNT);
    bl_grid_column(g, "share %", BL_NUMBER);
    for (size_t i = 0; i < n_all && i < shown; i++) {
        json_t *one = json_object(), *value = json_array();

        for (size_t k = 0; k < n; k++) {
            grid_cell(g, t, all[i].row, columns[k]);
            bl_json_append(r, value, cell_json(t, all[i].row, columns[k]));
        }
        bl_grid_count(g, all[i].count);
        bl_grid_number(g, 100 * share(all[i].count, t->n_rows));
        bl_json_set(r, one, "value", value);
        bl_json_set(r, one, "count", json_integer((json_int_t)all[i].count));
        bl_json_append(r, values, one);
    }
    bl_result_set(r, "names", names);
    bl_result_set(r, "distinct", json_integer((json_int_t)n_all));
    bl_result_set(r, "values", values);
    const char *what = n > 1 ? "combinations" : n_all == 1 ? "value" : "values";

    if (n_all > shown)
        bl_result_line(r, "%zu of %zu different %s in %zu rows", shown, n_all, what, t->n_rows);
    else
        bl_result_line(r, "%zu different %s in %zu rows", n_all, what, t->n_rows);
}

static bool run_distinct(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const struct bl_dataset *d = bl_workbench_dataset(s->workbench, err);
    struct bl_combination *all = NULL;
    size_t *columns = NULL, n = 0, n_all = 0;
    int64_t shown = LINES_SHOWN;
    bool fine;

    if (!d || !bl_arg_integer(a, "n", 1, 1000000, &shown, err) || !bl_word_columns(a, 0, d->table, false, &columns, &n, err))
        return false;
    if (!columns) {
        bl_fail(err, BL_USAGE, "distinct needs a column");
        return bl_hint(err, "distinct %s", d->table->n_columns ? d->table->columns[d->table->n_columns - 1].name : "x");
    }
    fine = bl_distinct_rows(d->table, columns, n, &all, &n_all, err);
    if (fine)
        tell_distinct(r, d->table, columns, n, all, n_all, (size_t)shown);
    bl_free(all);
    bl_free(columns);
    return fine;
}

const struct bl_command bl_command_distinct = {
    .name = "distinct",
    .arguments = "COLUMN [COLUMN ...]",
    .group = "look",
    .summary = "different values of a column, or of several together, and their counts",
    .help = "The most frequent first, equal counts ascending; a missing value (-) counts as one.",
    .examples = BL_EXAMPLES("load titanic; distinct Embarked", "load titanic; distinct Sex Pclass", "load titanic; distinct Ticket n=5"),
    .see = "cross, groups, where, describe",
    .first = BL_ARG_COLUMN,
    .further = BL_ARG_COLUMN,
    .keys = BL_KEYS({"n", "", "how many are shown (default 20)"}),
    .keeps_running = true,
    .run = run_distinct,
};

/* ---- cross -----------------------------------------------------------------------------------------------*/

enum of { OF_ROW, OF_COLUMN, OF_ALL };

static double cell_share(const struct bl_cross *c, size_t i, size_t j, enum of of)
{
    return share(c->counts[i * c->n_b + j], of == OF_ROW ? c->of_a[i] : of == OF_COLUMN ? c->of_b[j] : c->n);
}

static void cross_json(struct bl_result *r, const struct bl_cross *c, const char *a, const char *b, enum of of)
{
    static const char *const few = "fewer than two groups on one side";
    json_t *labels[2] = {json_array(), json_array()}, *counts = json_array(), *shares = json_array(), *columns = json_array();

    for (size_t i = 0; i < c->n_a; i++) {
        json_t *row = json_array(), *parts = json_array();

        bl_json_append(r, labels[0], bl_json_text(c->a[i]));
        for (size_t j = 0; j < c->n_b; j++) {
            bl_json_append(r, row, json_integer((json_int_t)c->counts[i * c->n_b + j]));
            bl_json_append(r, parts, bl_json_number(cell_share(c, i, j, of)));
        }
        bl_json_append(r, counts, row);
        bl_json_append(r, shares, parts);
    }
    for (size_t j = 0; j < c->n_b; j++)
        bl_json_append(r, labels[1], bl_json_text(c->b[j]));
    bl_json_append(r, columns, bl_json_text(a));
    bl_json_append(r, columns, bl_json_text(b));
    bl_result_set(r, "columns", columns);
    bl_result_set(r, "row_labels", labels[0]);
    bl_result_set(r, "column_labels", labels[1]);
    bl_result_set(r, "counts", counts);
    bl_result_set(r, "shares", shares);
    bl_result_set(r, "rows", json_integer((json_int_t)c->n));
    bl_result_set(r, "missing", json_integer((json_int_t)c->missing));
    bl_result_number(r, "chi_square", c->chi_square, few);
    bl_result_set(r, "degrees", json_integer((json_int_t)c->df));
    bl_result_number(r, "p", c->p, few);
    bl_result_number(r, "cramers_v", c->cramers_v, few);
    bl_result_number(r, "least_expected", c->least, few);
    bl_result_set(r, "expected_below_5", json_integer((json_int_t)c->few));
}

static void cross_counts(struct bl_result *r, const struct bl_cross *c, const char *corner)
{
    struct bl_grid *g = bl_result_grid(r);

    bl_grid_column(g, corner, BL_LEFT);
    for (size_t j = 0; j < c->n_b; j++)
        bl_grid_column(g, c->b[j], BL_COUNT);
    bl_grid_column(g, "total", BL_COUNT);
    for (size_t i = 0; i < c->n_a; i++) {
        bl_grid_text(g, c->a[i]);
        for (size_t j = 0; j < c->n_b; j++)
            bl_grid_count(g, c->counts[i * c->n_b + j]);
        bl_grid_count(g, c->of_a[i]);
    }
    bl_grid_text(g, "total");
    for (size_t j = 0; j < c->n_b; j++)
        bl_grid_count(g, c->of_b[j]);
    bl_grid_count(g, c->n);
}

static void cross_shares(struct bl_result *r, const struct bl_cross *c, enum of of)
{
    static const char *const words[] = {"% of row", "% of column", "% of all"};
    struct bl_grid *g = bl_result_grid(r);

    bl_grid_column(g, words[of], BL_LEFT);
    for (size_t j = 0; j < c->n_b; j++)
        bl_grid_column(g, c->b[j], BL_NUMBER);
    for (size_t i = 0; i < c->n_a; i++) {
        bl_grid_text(g, c->a[i]);
        for (size_t j = 0; j < c->n_b; j++)
            bl_grid_number(g, 100 * cell_share(c, i, j, of));
    }
}

static void tell_test(struct bl_result *r, const struct bl_cross *c)
{
    char chi[40], p[40], v[40];

    if (c->missing)
        bl_result_line(r, "%zu row%s without one of the two left out", c->missing, c->missing == 1 ? "" : "s");
    if (isnan(c->chi_square)) {
        bl_result_line(r, "no test: it needs two groups on either side");
        return;
    }
    bl_result_line(r, "chi-square %s with %zu degree%s of freedom, p %s, Cramer's V %s", bl_number_format(chi, sizeof chi, c->chi_square, 4), c->df,
                   c->df == 1 ? "" : "s", c->p < 1e-15 ? "below 1e-15" : bl_number_format(p, sizeof p, c->p, 4),
                   bl_number_format(v, sizeof v, c->cramers_v, 3));
    if (c->few)
        bl_warnf(bl_result_warnings(r), "join rare groups first: derive NAME = if(COLUMN in (a, b), 'other', COLUMN)",
                 "%zu of %zu cells are expected to hold fewer than 5 rows (least %.3g): p is rough", c->few, c->n_a * c->n_b, c->least);
}

static bool run_cross(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    static const char *const of_words[] = {"row", "column", "all", NULL};
    const struct bl_table *t = bl_current_table(s, err);
    size_t first, second, of = OF_ROW;
    struct bl_text corner = {0};
    struct bl_cross *c;

    if (!t || !bl_arg_choice(a, "share", of_words, &of, err))
        return false;
    if (a->n_words != 2) {
        bl_fail(err, BL_USAGE, "cross takes two columns");
        return bl_hint(err, "cross %s %s", t->columns[0].name, t->columns[t->n_columns - 1].name);
    }
    if (!bl_word_column(a, 0, t, &first, err) || !bl_word_column(a, 1, t, &second, err))
        return false;
    c = bl_cross_of(t, first, second, err);
    if (!c)
        return bl_at_word(err, a, strstr(err->message, t->columns[first].name) ? 0 : 1);
    bl_text_addf(&corner, "%s \\ %s", t->columns[first].name, t->columns[second].name);
    cross_counts(r, c, bl_text_get(&corner));
    bl_result_text(r, "\n");
    cross_shares(r, c, (enum of)of);
    tell_test(r, c);
    cross_json(r, c, t->columns[first].name, t->columns[second].name, (enum of)of);
    bl_text_free(&corner);
    bl_cross_free(c);
    return true;
}

const struct bl_command bl_command_cross = {
    .name = "cross",
    .arguments = "COLUMN COLUMN",
    .group = "look",
    .summary = "count two columns against each other, and test for independence",
    .help = "Rows are the values of the first, columns those of the second (at most 100 values of a number). The test is Pearson's "
            "chi-square without continuity correction; Cramer's V is 0 without association and 1 where one decides the other.",
    .examples = BL_EXAMPLES("load titanic; cross Sex Survived", "load titanic; cross Pclass Embarked share=column"),
    .see = "distinct, groups, corr, hist",
    .first = BL_ARG_COLUMN,
    .further = BL_ARG_COLUMN,
    .keys = BL_KEYS({"share", "row|column|all", "what the shares are shares of (default row)"}),
    .keeps_running = true,
    .run = run_cross,
};

/* ---- missing ----------------------------------------------------------------------------------------------*/

static void missing_columns(struct bl_result *r, const struct bl_table *t, const struct bl_gaps *gaps)
{
    struct bl_grid *g = bl_result_grid(r);
    json_t *list = json_array();

    bl_grid_column(g, "column", BL_LEFT);
    bl_grid_column(g, "type", BL_LEFT);
    bl_grid_column(g, "missing", BL_COUNT);
    bl_grid_column(g, "share %", BL_NUMBER);
    for (size_t k = 0; k < gaps->n_columns; k++) {
        const struct bl_column *c = &t->columns[gaps->columns[k]];
        json_t *one = json_object();
        char kind[32];

        bl_grid_text(g, c->name);
        bl_grid_text(g, bl_column_kind(c, kind, sizeof kind));
        bl_grid_count(g, c->missing);
        bl_grid_number(g, 100 * share(c->missing, t->n_rows));
        bl_json_set(r, one, "name", bl_json_text(c->name));
        bl_json_set(r, one, "missing", json_integer((json_int_t)c->missing));
        bl_json_set(r, one, "share", bl_json_number(share(c->missing, t->n_rows)));
        bl_json_append(r, list, one);
    }
    bl_result_set(r, "columns", list);
}

static void missing_patterns(struct bl_result *r, const struct bl_table *t, const struct bl_gaps *gaps, size_t shown)
{
    struct bl_grid *g = bl_result_grid(r);
    json_t *list = json_array();

    bl_grid_column(g, "rows", BL_COUNT);
    bl_grid_column(g, "share %", BL_NUMBER);
    bl_grid_column(g, "missing together", BL_PROSE);
    for (size_t i = 0; i < gaps->n_patterns && i < shown; i++) {
        json_t *one = json_object(), *names = json_array();
        struct bl_text together = {0};

        for (size_t k = 0; k < gaps->n_columns; k++) {
            if (!gaps->gap[i * gaps->n_columns + k])
                continue;
            bl_json_append(r, names, bl_json_text(t->columns[gaps->columns[k]].name));
            bl_text_addf(&together, "%s%s", together.length ? ", " : "", t->columns[gaps->columns[k]].name);
        }
        bl_grid_count(g, gaps->counts[i]);
        bl_grid_number(g, 100 * share(gaps->counts[i], t->n_rows));
        bl_grid_text(g, together.length ? together.at : "nothing");
        bl_json_set(r, one, "missing", names);
        bl_json_set(r, one, "count", json_integer((json_int_t)gaps->counts[i]));
        bl_json_append(r, list, one);
        bl_text_free(&together);
    }
    bl_result_set(r, "patterns", list);
    if (gaps->n_patterns > shown)
        bl_result_line(r, "%zu of %zu patterns", shown, gaps->n_patterns);
}

static bool run_missing(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const struct bl_table *t = bl_current_table(s, err);
    int64_t shown = LINES_SHOWN;
    struct bl_gaps *gaps;

    if (!t || !bl_arg_integer(a, "n", 1, 1000000, &shown, err) || !(gaps = bl_gaps_of(t, err)))
        return false;
    if (gaps->n_columns) {
        missing_columns(r, t, gaps);
        bl_result_text(r, "\n");
        missing_patterns(r, t, gaps, (size_t)shown);
        bl_result_line(r, "%zu of %zu rows are complete", gaps->complete, t->n_rows);
    } else {
        bl_result_set(r, "columns", json_array());
        bl_result_set(r, "patterns", json_array());
        bl_result_line(r, "no value is missing in %zu rows x %zu columns", t->n_rows, t->n_columns);
    }
    bl_result_set(r, "complete", json_integer((json_int_t)gaps->complete));
    bl_result_set(r, "rows_total", json_integer((json_int_t)t->n_rows));
    bl_result_set(r, "distinct_patterns", json_integer((json_int_t)gaps->n_patterns));
    bl_gaps_free(gaps);
    return true;
}

const struct bl_command bl_command_missing = {
    .name = "missing",
    .arguments = "",
    .group = "look",
    .summary = "which values are missing, and which of them together",
    .help = "First the columns with missing values, then the patterns: sets of columns that are missing in the same rows, the most "
            "frequent first.",
    .examples = BL_EXAMPLES("load titanic; missing", "load airquality; missing"),
    .see = "where, prep, describe",
    .keys = BL_KEYS({"n", "", "how many patterns are shown (default 20)"}),
    .keeps_running = true,
    .run = run_missing,
};

/* ---- outliers ----------------------------------------------------------------------------------------------*/

static json_t *outliers_json(struct bl_result *r, const struct bl_table *t, const struct bl_outliers *o)
{
    const char *flat = o->q1 < o->q3 ? "beyond the range of numbers" : "no spread between the quartiles";
    const struct bl_column *c = &t->columns[o->column];
    json_t *one = json_object(), *rows = json_array();

    bl_json_set(r, one, "name", bl_json_text(c->name));
    bl_json_set(r, one, "count", json_integer((json_int_t)o->count));
    bl_json_figure(r, one, "q1", o->q1, "no value is present");
    bl_json_figure(r, one, "q3", o->q3, "no value is present");
    bl_json_figure(r, one, "low", o->low, flat);
    bl_json_figure(r, one, "high", o->high, flat);
    bl_json_set(r, one, "below", json_integer((json_int_t)o->below));
    bl_json_set(r, one, "above", json_integer((json_int_t)o->above));
    bl_json_set(r, one, "z_beyond", json_integer((json_int_t)o->z_beyond));
    for (size_t k = 0; k < o->n_extreme; k++) {
        const double x = c->number[o->extreme[k]];
        json_t *row = json_object();

        bl_json_set(r, row, "row", json_integer((json_int_t)o->extreme[k]));
        bl_json_set(r, row, "value", bl_json_number(x));
        bl_json_figure(r, row, "z", (x - o->mean) / o->sd, isfinite(o->sd) ? "all values are equal" : "the sd is beyond the range of numbers");
        bl_json_append(r, rows, row);
    }
    bl_json_set(r, one, "extreme", rows);
    return one;
}

/* The farthest value and its row. */
static void farthest(struct bl_grid *g, const struct bl_table *t, const struct bl_outliers *o)
{
    if (o->n_extreme) {
        bl_grid_exact(g, t->columns[o->column].number[o->extreme[0]]);
        bl_grid_count(g, o->extreme[0]);
    } else {
        bl_grid_skip(g);
        bl_grid_skip(g);
    }
}

static void tell_outliers(struct bl_result *r, const struct bl_table *t, const struct bl_outliers *all, size_t n, double k, double z)
{
    struct bl_grid *g = bl_result_grid(r);
    json_t *list = json_array();
    char header[40];

    snprintf(header, sizeof header, "|z|>%.4g", z);
    bl_grid_column(g, "column", BL_LEFT);
    bl_grid_column(g, "n", BL_COUNT);
    bl_grid_column(g, "low", BL_MIXED);
    bl_grid_column(g, "high", BL_MIXED);
    bl_grid_column(g, "below", BL_COUNT);
    bl_grid_column(g, "above", BL_COUNT);
    bl_grid_column(g, header, BL_COUNT);
    bl_grid_column(g, "farthest", BL_EXACT);
    bl_grid_column(g, "row", BL_COUNT);
    for (size_t j = 0; j < n; j++) {
        bl_grid_text(g, t->columns[all[j].column].name);
        bl_grid_count(g, all[j].count);
        bl_grid_number(g, all[j].low);
        bl_grid_number(g, all[j].high);
        bl_grid_count(g, all[j].below);
        bl_grid_count(g, all[j].above);
        bl_grid_count(g, all[j].z_beyond);
        farthest(g, t, &all[j]);
        bl_json_append(r, list, outliers_json(r, t, &all[j]));
    }
    bl_result_set(r, "columns", list);
    bl_result_set(r, "k", bl_json_number(k));
    bl_result_set(r, "z", bl_json_number(z));
    bl_result_line(r, "low and high: the quartiles, %.4g interquartile ranges further out", k);
}

static size_t *numeric_columns(const struct bl_table *t, size_t *n, struct bl_error *err)
{
    size_t *columns = bl_calloc(t->n_columns + 1, sizeof *columns);

    *n = 0;
    if (!columns)
        bl_fail_memory(err, "columns");
    for (size_t j = 0; columns && j < t->n_columns; j++)
        if (t->columns[j].type == BL_NUMERIC)
            columns[(*n)++] = j;
    return columns;
}

static bool above_zero(const struct bl_args *a, const char *key, double *value, struct bl_error *err)
{
    if (!bl_arg_number(a, key, value, err))
        return false;
    if (*value > 0)
        return true;
    bl_fail(err, BL_VALUE, "%s=%s must be greater than 0", key, bl_arg(a, key));
    bl_hint(err, "outliers k=1.5 z=3 is usual");
    return bl_at_pair(err, a, key);
}

static bool run_outliers(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const struct bl_table *t = bl_current_table(s, err);
    size_t *columns = NULL, n = 0;
    double k = 1.5, z = 3;
    struct bl_outliers *all;
    bool fine;

    if (!t || !above_zero(a, "k", &k, err) || !above_zero(a, "z", &z, err) || !bl_word_columns(a, 0, t, true, &columns, &n, err))
        return false;
    if (!columns && !(columns = numeric_columns(t, &n, err)))
        return false;
    all = bl_calloc(n + 1, sizeof *all);
    fine = all ? bl_outliers_of(t, columns, n, k, z, all, bl_workbench_pool(s->workbench), err) : bl_fail_memory(err, "the outliers");
    if (fine)
        tell_outliers(r, t, all, n, k, z);
    bl_free(all);
    bl_free(columns);
    return fine;
}

const struct bl_command bl_command_outliers = {
    .name = "outliers",
    .arguments = "[COLUMN ...]",
    .group = "look",
    .summary = "values far from the rest of their column, and the rows they stand in",
    .help = "Beyond the fences: more than k interquartile ranges below the first or above the third quartile. |z| counts values more than z "
            "standard deviations from the mean, which outliers move themselves. Far out is not wrong: look at the rows with where.",
    .examples = BL_EXAMPLES("load diabetes; outliers", "load titanic; outliers Fare Age k=3"),
    .see = "where, hist, describe, prep",
    .first = BL_ARG_NUMERIC_COLUMN,
    .further = BL_ARG_NUMERIC_COLUMN,
    .keys = BL_KEYS({"k", "", "interquartile ranges to the fences (default 1.5)"}, {"z", "", "standard deviations that count as far (default 3)"}),
    .keeps_running = true,
    .run = run_outliers,
};
