/* head, tail, where, sort: rows of the dataset as they stand. */
#include "command.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ROWS_SHOWN = 10, ROWS_MAX = 1000000, CELLS_SHOWN = 6 /* of a sparse row */ };

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

/* Cells of sparse columns: an object by name in JSON. */
static void add_cells(struct bl_result *r, struct bl_grid *g, json_t *row, const struct bl_table *t, size_t i)
{
    const struct bl_sparse *s = t->sparse;
    struct bl_text text = {0};
    json_t *cells = json_object();
    char name[32];

    for (size_t at = s->start[i]; at < s->start[i + 1]; at++) {
        snprintf(name, sizeof name, "f%lld", (long long)(t->sparse_first + s->column[at]));
        bl_json_set(r, cells, name, bl_json_number(s->value[at]));
    }
    bl_json_append(r, row, cells);
    bl_cells_text(&text, t, i, CELLS_SHOWN);
    bl_grid_count(g, s->start[i + 1] - s->start[i]);
    bl_grid_text(g, bl_text_get(&text));
    bl_text_free(&text);
}

static void add_row(struct bl_result *r, struct bl_grid *g, json_t *rows, const struct bl_table *t, size_t i)
{
    json_t *row = json_array();
    char buffer[64];

    for (size_t j = 0; j < t->n_columns; j++) {
        const struct bl_column *c = &t->columns[j];
        const char *text = c->type == BL_NUMERIC ? "" : bl_table_cell(t, i, j, buffer, sizeof buffer);

        bl_json_append(r, row, cell_json(t, i, j));
        if (c->type == BL_NUMERIC)
            bl_grid_exact(g, c->number[i]);
        else if (*text)
            bl_grid_text(g, text);
        else
            bl_grid_skip(g);
    }
    if (t->sparse)
        add_cells(r, g, row, t, i);
    bl_json_append(r, rows, row);
}

void bl_result_rows(struct bl_result *r, const struct bl_table *t, const uint32_t *which, size_t n, bool numbered)
{
    json_t *names = json_array(), *rows = json_array(), *numbers = json_array();
    struct bl_grid *g = n ? bl_result_grid(r) : NULL;

    if (numbered)
        bl_grid_column(g, "row", BL_COUNT);
    for (size_t j = 0; j < t->n_columns; j++) {
        bl_grid_column(g, t->columns[j].name, t->columns[j].type == BL_NUMERIC ? BL_EXACT : BL_LEFT);
        bl_json_append(r, names, bl_json_text(t->columns[j].name));
    }
    if (t->sparse) {
        bl_grid_column(g, "cells", BL_COUNT);
        bl_grid_column(g, "not 0", BL_LEFT);
        bl_json_append(r, names, bl_json_text("cells"));
    }
    for (size_t k = 0; k < n; k++) {
        bl_json_append(r, numbers, json_integer((json_int_t)which[k]));
        if (numbered)
            bl_grid_count(g, which[k]);
        add_row(r, g, rows, t, which[k]);
    }
    bl_result_set(r, "names", names);
    bl_result_set(r, "rows", rows);
    if (numbered)
        bl_result_set(r, "row_numbers", numbers);
    else
        json_decref(numbers);
    bl_result_set(r, "rows_total", json_integer((json_int_t)t->n_rows));
}

/* ---- head, tail --------------------------------------------------------------------------------------*/

static bool tell_range(struct bl_result *r, const struct bl_table *t, size_t from, size_t n, bool numbered, struct bl_error *err)
{
    uint32_t *rows = bl_calloc(n + 1, sizeof *rows);

    if (!rows)
        return bl_fail_memory(err, "the rows");
    for (size_t i = 0; i < n; i++)
        rows[i] = (uint32_t)(from + i);
    bl_result_rows(r, t, rows, n, numbered);
    bl_free(rows);
    if (n < t->n_rows)
        bl_result_line(r, "%zu of %zu rows", n, t->n_rows);
    return true;
}

static bool run_ends(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const struct bl_table *t = bl_current_table(s, err);
    const bool tail = strcmp(a->verb, "tail") == 0;
    int64_t n = ROWS_SHOWN;

    if (!t || !bl_word_integer(a, 0, 1, ROWS_MAX, &n, err))
        return false;
    n = (size_t)n < t->n_rows ? n : (int64_t)t->n_rows;
    return tell_range(r, t, tail ? t->n_rows - (size_t)n : 0, (size_t)n, tail, err);
}

const struct bl_command bl_command_head = {
    .name = "head",
    .arguments = "[N]",
    .group = "look",
    .summary = "show the first rows (10)",
    .examples = BL_EXAMPLES("load iris; head", "load titanic; head 3"),
    .see = "tail, where, sort, columns, describe",
    .first = BL_ARG_NUMBER,
    .keeps_running = true,
    .run = run_ends,
};

const struct bl_command bl_command_tail = {
    .name = "tail",
    .arguments = "[N]",
    .group = "look",
    .summary = "show the last rows (10), with their numbers",
    .help = "Rows are numbered from 0, as explain rows= takes them.",
    .examples = BL_EXAMPLES("load iris; tail", "load titanic; tail 3"),
    .see = "head, where, sort",
    .first = BL_ARG_NUMBER,
    .keeps_running = true,
    .run = run_ends,
};

/* ---- where ----------------------------------------------------------------------------------------------*/

/* "(177 more cannot be told: a value is missing)" */
static void tell_unknown(struct bl_result *r, size_t unknown)
{
    if (unknown)
        bl_result_line(r, "for %zu row%s it cannot be told, because a value is missing", unknown, unknown == 1 ? "" : "s");
}

static bool tell_where(struct bl_session *s, struct bl_result *r, const struct bl_formula *f, const struct bl_table *t, struct bl_error *err)
{
    uint32_t *rows;
    size_t n, unknown;

    if (!bl_formula_rows(f, &rows, &n, &unknown, bl_workbench_pool(s->workbench), bl_workbench_progress(s->workbench), err))
        return false;
    bl_result_set(r, "count", json_integer((json_int_t)n));
    bl_result_set(r, "unknown", json_integer((json_int_t)unknown));
    bl_result_rows(r, t, rows, n < ROWS_SHOWN ? n : ROWS_SHOWN, true);
    bl_free(rows);
    bl_result_line(r, "%zu of %zu rows (%.3g %%)%s", n, t->n_rows, t->n_rows ? 100.0 * (double)n / (double)t->n_rows : 0,
                   n > ROWS_SHOWN ? ", the first 10 shown; filter keeps them all" : "");
    tell_unknown(r, unknown);
    return true;
}

static bool run_where(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const struct bl_table *t = bl_current_table(s, err);
    struct bl_expression *e;
    struct bl_formula *f;
    bool fine;

    if (!t)
        return false;
    if (!a->rest[0]) {
        bl_fail(err, BL_USAGE, "where needs a condition");
        return bl_hint(err, "where %s is not missing", t->n_columns ? bl_typed(t->columns[0].name).text : "x");
    }
    e = bl_expression_parse(a->rest, err);
    f = e ? bl_formula_create(e, t, bl_result_warnings(r), err) : NULL;
    fine = f && tell_where(s, r, f, t, err);
    if (fine)
        bl_result_set(r, "expression", bl_json_text(bl_expression_text(e)));
    bl_formula_free(f);
    bl_expression_free(e);
    if (!e && t->n_columns)
        bl_hint(err, "where %s is not missing (help where shows conditions)", bl_typed(t->columns[0].name).text);
    return fine || bl_at_rest(err, a);
}

const struct bl_command bl_command_where = {
    .name = "where",
    .arguments = "CONDITION",
    .group = "look",
    .summary = "show the rows for which a condition holds, and how many there are",
    .help = "Compare columns with numbers, texts and days: < <= > >= = !=, in (a, b), is missing, contains, starts with, "
            "ends with, matches (a regular expression), joined by and, or, not. Names with blanks stand in quotes; help about "
            "expression tells the rest. Where a missing value decides, a row is not shown but counted.",
    .examples = BL_EXAMPLES("load iris; where petal_length > 4 and species = virginica", "load titanic; where Age is missing and Pclass in (1, 2)",
                            "load titanic; where Name contains 'Miss.' or Cabin starts with B", "load penguins; where bill_length_mm / bill_depth_mm > 3.4"),
    .see = "filter, derive, distinct, head",
    .first = BL_ARG_COLUMN,
    .further = BL_ARG_COLUMN,
    .raw = true,
    .keeps_running = true,
    .run = run_where,
};

/* ---- sort ------------------------------------------------------------------------------------------------*/

/* "age desc name": columns, each perhaps with its direction. */
static struct bl_sort_key *read_keys(const struct bl_args *a, const struct bl_table *t, size_t *n, struct bl_error *err)
{
    struct bl_sort_key *keys = bl_calloc(a->n_words + 1, sizeof *keys);

    *n = 0;
    if (!keys)
        bl_fail_memory(err, "the order");
    for (size_t i = 0; keys && i < a->n_words; i++) {
        const char *word = a->words[i].text;
        const bool down = strcmp(word, "desc") == 0, way = !a->words[i].quoted && *n && (down || strcmp(word, "asc") == 0);

        if (way) {
            keys[*n - 1].descending = down;
        } else if (bl_word_column(a, i, t, &keys[*n].column, err)) {
            ++*n;
        } else {
            bl_free(keys);
            return NULL;
        }
    }
    if (keys && !*n) {
        bl_free(keys);
        bl_fail(err, BL_USAGE, "sort needs a column");
        bl_hint(err, "sort %s desc", t->n_columns ? t->columns[0].name : "x");
        return NULL;
    }
    return keys;
}

static bool keep_sorted(struct bl_session *s, const struct bl_args *a, struct bl_result *r, const uint32_t *rows, struct bl_error *err)
{
    const struct bl_dataset *d = bl_workbench_dataset(s->workbench, err);
    struct bl_table *to = bl_sample_table(d->table, rows, d->table->n_rows, bl_arg(a, "name"), err);

    if (!to || !bl_dataset_follow(s, to, d, a->line, err))
        return false;
    bl_result_dataset(r, bl_workbench_dataset(s->workbench, err));
    return true;
}

static bool run_sort(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const struct bl_table *t = bl_current_table(s, err);
    int64_t n = ROWS_SHOWN;
    size_t n_keys = 0, n_rows;
    struct bl_sort_key *keys;
    uint32_t *rows = NULL;
    bool fine;

    if (!t || !bl_arg_integer(a, "n", 1, ROWS_MAX, &n, err) || !bl_arg_dataset_name(a, err) || !(keys = read_keys(a, t, &n_keys, err)))
        return false;
    n = (size_t)n < t->n_rows ? n : (int64_t)t->n_rows;
    fine = bl_rows_choose(t, NULL, keys, n_keys, &rows, &n_rows, bl_workbench_pool(s->workbench), bl_workbench_progress(s->workbench), err);
    if (fine && bl_arg(a, "name")) {
        fine = keep_sorted(s, a, r, rows, err);
    } else if (fine) {
        bl_result_rows(r, t, rows, (size_t)n, true);
        bl_result_line(r, "%lld of %zu rows", (long long)n, t->n_rows);
    }
    bl_free(keys);
    bl_free(rows);
    return fine;
}

const struct bl_command bl_command_sort = {
    .name = "sort",
    .arguments = "COLUMN [desc] [COLUMN [desc] ...]",
    .group = "look",
    .summary = "show the rows in the order of columns",
    .help = "Ascending, or descending behind desc; equal rows keep the order of the file, missing values come last. Numbers and "
            "dates go by value, categories in the order of their levels. With name= the sorted rows become a dataset of that "
            "name, and the current one; use goes back.",
    .examples = BL_EXAMPLES("load diabetes; sort bmi desc", "load titanic; sort Pclass Age desc n=5", "load iris; sort petal_length name=sorted; head 3"),
    .see = "head, where, distinct, outliers",
    .first = BL_ARG_COLUMN,
    .further = BL_ARG_COLUMN,
    .keys = BL_KEYS({"n", "", "rows that are shown (default 10)"}, {"name", "", "makes a dataset of that name instead"}),
    .run = run_sort,
};
