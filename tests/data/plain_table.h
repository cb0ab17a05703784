/* The oracle of the CSV tests: a table built record by record with the plain reader, without
 * threads, blocks, dictionaries or vector units. */
#ifndef PLAIN_TABLE_H
#define PLAIN_TABLE_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/data/csv.h"

struct plain_column { char **cells; bool *missing; bool given; enum bl_type type; };

struct plain_table {
    struct bl_csv_head head;
    size_t n_rows;
    struct plain_column *columns; /* type is settled */
    bool beyond; /* a column holds numbers, and else numbers too large to be held: refused */
};

static void plain_free(struct plain_table *t)
{
    for (size_t j = 0; t->columns && j < t->head.n_columns; j++) {
        for (size_t i = 0; i < t->n_rows; i++)
            bl_free(t->columns[j].cells[i]);
        bl_free(t->columns[j].cells);
        bl_free(t->columns[j].missing);
    }
    bl_free(t->columns);
    bl_csv_head_free(&t->head);
}

static void plain_add(struct plain_table *t, const struct bl_csv_plain *r, const struct bl_load_options *o)
{
    for (size_t j = 0; j < t->head.n_columns; j++) {
        struct plain_column *c = &t->columns[j];

        c->cells = bl_realloc(c->cells, t->n_rows + 1, sizeof *c->cells);
        c->missing = bl_realloc(c->missing, t->n_rows + 1, sizeof *c->missing);
        c->cells[t->n_rows] = bl_strndup(bl_csv_value(r, j), r->cells[j].length);
        c->missing[t->n_rows] = bl_csv_missing(o, bl_csv_value(r, j), r->cells[j].length);
    }
    t->n_rows++;
}

static int plain_order(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Present cells in byte order: how many, and how many different ones. */
static void plain_count(const struct plain_table *t, size_t j, size_t *present, size_t *distinct, bool *words)
{
    char **sorted = bl_calloc(t->n_rows, sizeof *sorted);
    double value;

    *present = *distinct = 0;
    *words = false;
    for (size_t i = 0; i < t->n_rows; i++)
        if (!t->columns[j].missing[i]) {
            sorted[(*present)++] = t->columns[j].cells[i];
            *words = *words || !bl_number_parse(t->columns[j].cells[i], strlen(t->columns[j].cells[i]), &value);
        }
    qsort(sorted, *present, sizeof *sorted, plain_order);
    for (size_t i = 0; i < *present; i++)
        *distinct += i == 0 || strcmp(sorted[i - 1], sorted[i]) != 0;
    bl_free(sorted);
}

static bool plain_beyond(const struct plain_table *t, size_t j)
{
    size_t numbers = 0;

    for (size_t i = 0; i < t->n_rows; i++) {
        const char *s = t->columns[j].cells[i];
        double value;
        bool number = !t->columns[j].missing[i] && bl_number_parse(s, strlen(s), &value);

        numbers += number;
        if (!t->columns[j].missing[i] && !number && !bl_number_beyond(s, strlen(s)))
            return false;
    }
    return numbers > 0;
}

static void plain_types(struct plain_table *t)
{
    for (size_t j = 0; j < t->head.n_columns; j++) {
        size_t present, distinct;
        bool words;

        plain_count(t, j, &present, &distinct, &words);
        t->beyond = t->beyond || (words && !t->columns[j].given && plain_beyond(t, j));
        if (!t->columns[j].given)
            t->columns[j].type = !words ? BL_NUMERIC
                                        : distinct > 20 && 2 * distinct > present ? BL_TEXT_COLUMN : BL_CATEGORICAL;
    }
}

/* Reads all; false with the fault of the file (code and place alone). Options: missing, header,
 * delimiter. */
static bool plain_read(struct plain_table *t, const char *bytes, size_t n, const struct bl_load_options *o,
                       struct bl_error *err)
{
    struct bl_source s;
    struct bl_csv_plain r = { .bytes = bytes, .n = n, .whole = true };
    enum bl_csv_step step;

    *t = (struct plain_table){ 0 };
    bl_source_memory(&s, bytes, n, "test");
    if (!bl_csv_head_read(&t->head, &s, o, err))
        return false;
    t->columns = bl_calloc(t->head.n_columns, sizeof *t->columns);
    r.dialect = t->head.dialect;
    r.at = (size_t)t->head.data;
    r.expected = t->head.n_columns;
    while ((step = bl_csv_next(&r)) == BL_CSV_RECORD)
        plain_add(t, &r, o);
    if (step == BL_CSV_FAULT)
        bl_csv_fail(&s, t->head.start, t->head.dialect, &r.problem, err);
    bl_csv_plain_free(&r);
    plain_types(t);
    return step == BL_CSV_END;
}

#endif
