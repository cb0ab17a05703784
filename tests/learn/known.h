/* Known sets and answers for the tests of optimum and theory: a small reader of the CSV and JSON
 * files in sample-data/ and tests/reference/, so that these tests stand on their own feet. */
#ifndef TESTS_LEARN_KNOWN_H
#define TESTS_LEARN_KNOWN_H

#include "batchlab/learn.h"

#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

struct csv { size_t rows, columns; char ***cell; char *bytes; };

static inline void known_path(char *out, size_t size, const char *folder, const char *name, const char *ending)
{
    snprintf(out, size, "%s/%s/%s%s", BL_SOURCE_DIR, folder, name, ending);
}

static inline char *known_bytes(const char *path)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    fseek(f, 0, SEEK_END);
    long size = ftell(f);
    rewind(f);
    char *bytes = calloc((size_t)size + 2, 1);
    assert_int_equal(fread(bytes, 1, (size_t)size, f), size);
    fclose(f);
    return bytes;
}

/* Ends the cell at *at in place and returns it; *end says what stood behind it. */
static inline char *csv_cell(char **at, char *end)
{
    char *from = *at, *to = from, *p = from;
    bool quoted = *p == '"';
    char *start = to;
    for (p += quoted; *p; p++) {
        if (quoted && *p == '"' && p[1] == '"')
            p++;
        else if (quoted && *p == '"') {
            quoted = false;
            continue;
        } else if (!quoted && (*p == ',' || *p == '\n' || *p == '\r'))
            break;
        *to++ = *p;
    }
    *end = *p;
    if (*p == '\r')
        *end = *++p;
    *at = *p ? p + 1 : p;
    *to = 0;
    return start;
}

static inline struct csv csv_open(const char *path)
{
    struct csv c = { .bytes = known_bytes(path) };
    char **row = calloc(200, sizeof *row);
    size_t have = 0;
    for (char *at = c.bytes, end = 0; *at;) {
        row[have++] = csv_cell(&at, &end);
        if (end == ',')
            continue;
        c.cell = realloc(c.cell, (c.rows + 1) * sizeof *c.cell);
        c.cell[c.rows] = calloc(have, sizeof **c.cell);
        memcpy(c.cell[c.rows++], row, have * sizeof *row);
        c.columns = have;
        have = 0;
    }
    free(row);
    return c;
}

static inline void csv_close(struct csv *c)
{
    for (size_t i = 0; i < c->rows; i++)
        free(c->cell[i]);
    free(c->cell);
    free(c->bytes);
}

static inline size_t csv_column(const struct csv *c, const char *name, size_t length)
{
    for (size_t j = 0; j < c->columns; j++)
        if (strlen(c->cell[0][j]) == length && memcmp(c->cell[0][j], name, length) == 0)
            return j;
    fail_msg("no column '%s'", name);
    return 0;
}

static inline bool csv_missing(const char *cell)
{
    return !*cell || strcmp(cell, "NA") == 0;
}

static inline json_t *known_json(const char *name)
{
    char path[600];
    json_error_t e;
    known_path(path, sizeof path, "tests/reference", name, ".json");
    json_t *all = json_load_file(path, 0, &e);
    if (!all)
        fail_msg("%s: %s", path, e.text);
    return all;
}

static inline double known_number(const json_t *o, const char *key)
{
    const json_t *v = json_object_get(o, key);
    assert_non_null(v);
    return json_is_string(v) ? strtod(json_string_value(v), NULL) : json_number_value(v);
}

/* The value of a model column in a row: a number, or 1 and 0 for "column=level". */
static inline bool known_value(const struct csv *c, size_t row, const char *column, double *value)
{
    const char *level = strchr(column, '=');
    size_t j = csv_column(c, column, level ? (size_t)(level - column) : strlen(column));
    const char *cell = c->cell[row][j];
    *value = level ? strcmp(cell, level + 1) == 0 : strtod(cell, NULL);
    return !csv_missing(cell);
}

static inline double known_target(const struct csv *c, size_t row, const json_t *input)
{
    const char *target = json_string_value(json_object_get(input, "target"));
    const json_t *classes = json_object_get(input, "classes"), *positive = json_object_get(input, "positive");
    const char *cell = c->cell[row][csv_column(c, target, strlen(target))];
    if (positive)
        return strcmp(cell, json_string_value(positive)) == 0;
    for (size_t i = 0; i < json_array_size(classes); i++) {
        const json_t *name = json_array_get(classes, i);
        char text[40] = "";
        if (json_is_integer(name))
            snprintf(text, sizeof text, "%d", (int)json_integer_value(name));
        if (strcmp(cell, json_is_string(name) ? json_string_value(name) : text) == 0)
            return (double)i;
    }
    return csv_missing(cell) ? NAN : strtod(cell, NULL);
}

static inline void standardize(struct bl_matrix *m)
{
    size_t n = m->n_rows, d = m->n_features;
    for (size_t j = 0; j < d; j++) {
        long double mean = 0, square = 0;
        for (size_t i = 0; i < n; i++)
            mean += (long double)m->x[i * d + j] / n;
        for (size_t i = 0; i < n; i++)
            square += (m->x[i * d + j] - mean) * (m->x[i * d + j] - mean) / n;
        for (size_t i = 0; i < n; i++)
            m->x[i * d + j] = (double)((m->x[i * d + j] - mean) / (square > 0 ? sqrtl(square) : 1));
    }
}

/* The rows of a sample set that its reference file uses, as a matrix in file order. */
static inline struct bl_matrix *known_matrix(const char *file, const json_t *reference, bool standard)
{
    char path[600];
    known_path(path, sizeof path, "sample-data", file, ".csv");
    struct csv c = csv_open(path);
    const json_t *input = json_object_get(reference, "model_input"), *columns = json_object_get(input, "columns");
    size_t d = json_array_size(columns), n = (size_t)known_number(input, "rows_used"), used = 0;
    struct bl_matrix *m = bl_matrix_create(n, d, true, NULL);
    for (size_t i = 1; i < c.rows; i++) {
        bool whole = true;
        double x[100];
        for (size_t j = 0; j < d; j++)
            whole &= known_value(&c, i, json_string_value(json_array_get(columns, j)), &x[j]);
        double y = known_target(&c, i, input);
        if (!whole || isnan(y))
            continue;
        assert_true(used < n);
        memcpy(m->x + used * d, x, d * sizeof *x);
        m->row[used] = (uint32_t)(i - 1);
        m->y[used++] = y;
    }
    assert_int_equal(used, n);
    csv_close(&c);
    if (standard)
        standardize(m);
    return m;
}

/* Rows "label index:value ..."; the larger label is class 1. */
static inline struct bl_matrix *known_libsvm(const char *file, size_t n, size_t d)
{
    char path[600];
    known_path(path, sizeof path, "sample-data", file, ".libsvm");
    char *bytes = known_bytes(path), *at = bytes;
    struct bl_matrix *m = bl_matrix_create(n, d, true, NULL);
    for (size_t i = 0; i < n; i++) {
        m->y[i] = strtod(at, &at) > 0;
        while (*at && *at != '\n') {
            size_t j = strtoul(at, &at, 10);
            if (*at == ':')
                m->x[i * d + j - 1] = strtod(at + 1, &at);
            while (*at == ' ' || *at == '\r')
                at++;
        }
    }
    free(bytes);
    return m;
}

static inline void assert_near(const char *what, double got, double expected, double relative, double absolute)
{
    double off = fabs(got - expected);
    if (!(off <= relative * fabs(expected) || off <= absolute))
        fail_msg("%s: %.17g, expected %.17g (relative %.1e)", what, got, expected, off / fabs(expected));
}

#endif
