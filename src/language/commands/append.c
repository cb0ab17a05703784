/* append, window: rows that came later behind those that were there, and the latest of them alone. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/language/commands/keep.h"

static void tell(struct bl_session *s, struct bl_result *r, size_t before)
{
    const struct bl_dataset *d = bl_workbench_dataset(s->workbench, NULL);

    bl_result_dataset(r, d);
    bl_result_set(r, "made", bl_json_text(d->table->made));
    bl_result_set(r, "rows_before", json_integer((json_int_t)before));
}

/* ---- append ------------------------------------------------------------------------------------------------ */

/* What is recorded carries the hash: done again with a file that has changed, it says so. */
static bool same_bytes(struct bl_session *s, const struct bl_args *a, const struct bl_table *t, struct bl_error *err)
{
    struct bl_language *l = bl_language_of(s);
    const char *wanted = bl_arg(a, "sha256"), *is = bl_table_sha256(t);

    l->recorded[0] = '\0';
    if (wanted && strcmp(wanted, is) != 0) {
        bl_fail(err, BL_DATA, "%s has changed (sha256 %.12s..., was %.12s...)", a->words[0].text, *is ? is : "unknown", wanted);
        bl_hint(err, "take the file back from a copy, or append it without sha256=");
        return bl_at_pair(err, a, "sha256");
    }
    if (!wanted && *is)
        snprintf(l->recorded, sizeof l->recorded, " sha256=%s", is);
    return true;
}

/* A file, or kept:SHA256, which the registry holds. */
static bool source_of(const char *word, char *path, size_t size, struct bl_error *err)
{
    struct bl_registry *registry;
    bool good;

    if (strncmp(word, "kept:", 5) != 0) {
        good = (size_t)snprintf(path, size, "%s", word) < size;
        return good || bl_fail(err, BL_VALUE, "the path of the file is longer than %zu bytes", size - 1);
    }
    if (!(registry = kept_registry(true, err)))
        return false;
    good = bl_registry_data_path(registry, word + 5, path, size, err);
    bl_registry_close(registry);
    return good;
}

static bool run_append(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_dataset *d = bl_workbench_dataset(s->workbench, err);
    struct bl_table *more, *to = NULL;
    char path[4400];
    size_t before;

    if (!d)
        return false;
    if (!a->n_words) {
        bl_fail(err, BL_USAGE, "append needs a file with further rows");
        return bl_hint(err, "append new.csv, with the columns of %s", d->table->name);
    }
    before = d->table->n_rows;
    if (!source_of(a->words[0].text, path, sizeof path, err))
        return bl_at_word(err, a, 0);
    more = bl_load_like(s, d->table, path, true, bl_result_warnings(r), err);
    if (!more)
        return false;
    if (same_bytes(s, a, more, err))
        to = bl_table_stack(d->table, more, NULL, d->table->name, err);
    bl_table_free(more);
    if (!to || !bl_dataset_follow(s, to, d, a->line, err))
        return false;
    d = bl_workbench_dataset(s->workbench, err);
    bl_result_line(r, "%zu rows behind the %zu that were there", d->table->n_rows - before, before);
    tell(s, r, before);
    return true;
}

const struct bl_command bl_command_append = {
    .name = "append", .arguments = "FILE", .group = "data", .summary = "put the rows of a file behind those of the dataset",
    .help = "The file must have the columns of the dataset, in any order, with their types; what else it has is left out. Target, features, recipe and "
            "split stay as they were decided; the current run ends.",
    .first = BL_ARG_SOURCE, .further = BL_ARG_NONE, .keys = BL_KEYS({ "sha256", "", "that the file must have" }),
    .examples = BL_EXAMPLES("load iris; append iris; split 80 20 0"), .see = "load, window, retrain", .run = run_append,
};

/* ---- window ------------------------------------------------------------------------------------------------- */

/* by=, else the only or first column of dates; SIZE_MAX: the order of the file. */
static bool time_column(const struct bl_args *a, const struct bl_table *t, size_t *column, struct bl_error *err)
{
    *column = SIZE_MAX;
    if (!bl_arg_column(a, "by", t, column, err))
        return bl_at_pair(err, a, "by");
    for (size_t j = 0; *column == SIZE_MAX && j < t->n_columns; j++)
        if (t->columns[j].type == BL_DATETIME)
            *column = j;
    if (*column == SIZE_MAX || t->columns[*column].number)
        return true;
    bl_fail(err, BL_VALUE, "the column '%s' is %s, and tells no time", t->columns[*column].name, bl_type_name(t->columns[*column].type));
    bl_hint(err, "by= a column of dates or numbers");
    return bl_at_pair(err, a, "by");
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

/* The k latest by the column (those without a time are the oldest), in the order of the file. */
static bool last_rows(const struct bl_table *t, size_t column, size_t k, uint32_t *rows, size_t *n, struct bl_error *err)
{
    for (size_t i = 0; i < t->n_rows; i++)
        rows[i] = (uint32_t)i;
    *n = k < t->n_rows ? k : t->n_rows;
    if (column == SIZE_MAX) {
        memmove(rows, rows + t->n_rows - *n, *n * sizeof *rows);
        return true;
    }
    if (!bl_rows_sort(t, column, true, rows, t->n_rows, NULL, err))
        return false;
    qsort(rows, *n, sizeof *rows, by_number);
    return true;
}

/* "2026-01-01" or a number, as the column has it. */
static bool rows_since(struct bl_session *s, const struct bl_args *a, const struct bl_table *t, size_t column, uint32_t **rows, size_t *n,
                       struct bl_error *err)
{
    const char *from = a->words[0].text + 6;
    struct bl_text where = { 0 };
    bool good;

    if (column == SIZE_MAX) {
        bl_fail(err, BL_STATE, "%s has no column of dates to count from", t->name);
        return bl_hint(err, "window since:%s by=COLUMN, or window last:1000", from);
    }
    bl_text_addf(&where, "`%s` >= %s", t->columns[column].name, from);
    good = bl_rows_choose(t, bl_text_get(&where), NULL, 0, rows, n, bl_workbench_pool(s->workbench), bl_workbench_progress(s->workbench), err);
    bl_text_free(&where);
    return good || bl_hint(err, "window since:%s", t->columns[column].type == BL_DATETIME ? "2026-01-01" : "100, a number as the column has");
}

static bool bad_window(const struct bl_args *a, struct bl_error *err)
{
    bl_fail(err, BL_USAGE, "window needs last:ROWS or since:DATE%s%s", a->n_words ? ", and not " : "", a->n_words ? a->words[0].text : "");
    bl_hint(err, "window last:1000 or window since:2026-01-01 by=COLUMN");
    return a->n_words ? bl_at_word(err, a, 0) : false;
}

static bool choose(struct bl_session *s, const struct bl_args *a, const struct bl_table *t, uint32_t **rows, size_t *n, struct bl_error *err)
{
    const char *word = a->n_words ? a->words[0].text : "";
    size_t column;
    int64_t k;

    if (!time_column(a, t, &column, err))
        return false;
    if (strncmp(word, "since:", 6) == 0 && word[6])
        return rows_since(s, a, t, column, rows, n, err) || bl_at_word(err, a, 0);
    if (strncmp(word, "last:", 5) != 0 || !bl_integer_parse(word + 5, strlen(word + 5), &k) || k < 1)
        return bad_window(a, err);
    if (!(*rows = bl_calloc(t->n_rows + 1, sizeof **rows)))
        return bl_fail_memory(err, "the rows");
    return last_rows(t, column, (size_t)k, *rows, n, err);
}

static bool run_window(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_dataset *d = bl_workbench_dataset(s->workbench, err);
    struct bl_table *to = NULL;
    uint32_t *rows = NULL;
    size_t n = 0, before;

    if (!d)
        return false;
    before = d->table->n_rows;
    if (choose(s, a, d->table, &rows, &n, err)) {
        if (n)
            to = bl_sample_table(d->table, rows, n, d->table->name, err);
        else {
            bl_fail(err, BL_VALUE, "no row of %s lies in this window", d->table->name);
            bl_hint(err, "describe shows from when to when its columns go");
        }
    }
    bl_free(rows);
    if (!to || !bl_dataset_follow(s, to, d, a->line, err))
        return false;
    bl_result_line(r, "%zu of %zu rows kept", n, before);
    tell(s, r, before);
    return true;
}

const struct bl_command bl_command_window = {
    .name = "window", .arguments = "last:ROWS|since:DATE", .group = "data", .summary = "keep the latest rows alone",
    .help = "The last rows, or those since a date, by a column of dates or numbers: by=, else the first column of dates, else (last:) the order of "
            "the file. Target, features, recipe and split stay as they were decided; the current run ends.",
    .first = BL_ARG_WORDS, .further = BL_ARG_NONE, .choices = BL_WORDS("last:", "since:"),
    .keys = BL_KEYS({ "by", "", "column that tells the time" }),
    .examples = BL_EXAMPLES("load iris; window last:100; describe"), .see = "append, filter, retrain", .run = run_window,
};
