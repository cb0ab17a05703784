/* What the tests of the formats share: tables from bytes, cells as text, refusals with their place. */
#ifndef TESTS_DATA_FORMATS_H
#define TESTS_DATA_FORMATS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "batchlab/data.h"

#define EACH(cases) for (size_t i = 0; i < sizeof(cases) / sizeof *(cases); i++)

static inline struct bl_table *must_load_n(const char *bytes, size_t n, const char *label, const struct bl_load_options *o)
{
    struct bl_error err = { 0 };
    struct bl_table *t = bl_load_bytes(bytes, n, label, o, &err);

    if (!t)
        fail_msg("%s:%zu:%zu: %s", label, err.line, err.column, err.message);
    return t;
}

static inline struct bl_table *must_load(const char *text, const char *label, const struct bl_load_options *o)
{
    return must_load_n(text, strlen(text), label, o);
}

static inline struct bl_table *must_load_file(const char *path, const struct bl_load_options *o)
{
    struct bl_error err = { 0 };
    struct bl_table *t = bl_load(path, o, &err);

    if (!t)
        fail_msg("%s: %s", path, err.message);
    return t;
}

/* "name:type(a b c)" for each column: all of a small table in one line; "-" is missing. */
static inline const char *shown(const struct bl_table *t)
{
    static char text[8192];
    size_t n = 0;
    char cell[64];

    for (size_t j = 0; j < t->n_columns; j++) {
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%s:%.3s(", j ? " " : "", t->columns[j].name, bl_type_name(t->columns[j].type));
        for (size_t i = 0; i < t->n_rows && n < sizeof text - 300; i++) {
            const struct bl_column *c = &t->columns[j];
            bool missing = c->number ? isnan(c->number[i]) : c->code[i] == BL_MISSING_CODE;

            n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", i ? " " : "",
                                  missing ? "-" : bl_table_cell(t, i, j, cell, sizeof cell));
        }
        n += (size_t)snprintf(text + n, sizeof text - n, ")");
    }
    return text;
}

static inline void must_show(const char *bytes, const char *label, const struct bl_load_options *o, const char *wanted)
{
    struct bl_table *t = must_load(bytes, label, o);

    if (strcmp(shown(t), wanted) != 0)
        fail_msg("%s\ngives  %s\nwanted %s", bytes, shown(t), wanted);
    bl_table_free(t);
}

/* A refusal says `says` and, where line is not 0, names the place. */
struct refusal { const char *bytes; size_t n /* 0: up to the NUL */, line, column; const char *says; };
static inline void must_refuse(const struct refusal *r, const char *label, const struct bl_load_options *o)
{
    struct bl_error err = { 0 };
    struct bl_table *t = bl_load_bytes(r->bytes, r->n ? r->n : strlen(r->bytes), label, o, &err);

    if (t)
        fail_msg("'%s' was read: %s", r->bytes, shown(t));
    if (!strstr(err.message, r->says) || err.line != r->line || err.column != r->column)
        fail_msg("'%s' gives %zu:%zu: %s\nwanted %zu:%zu: %s", r->bytes, err.line, err.column, err.message, r->line, r->column, r->says);
    if (!err.hint[0])
        fail_msg("'%s': %s: no way out", r->bytes, err.message);
}

/* No allocation that fails breaks anything: each load is whole or refused. */
static inline void every_allocation_may_fail(const char *bytes, size_t n, const char *label, const struct bl_load_options *o)
{
    uint64_t before = bl_alloc_count();

    bl_table_free(must_load_n(bytes, n, label, o));
    const uint64_t count = bl_alloc_count() - before;

    for (uint64_t k = 1; k <= count; k++) {
        struct bl_error err = { 0 };

        bl_alloc_fail_at(k, true);
        struct bl_table *t = bl_load_bytes(bytes, n, label, o, &err);

        bl_alloc_fail_at(0, false);
        if (!t && err.code != BL_MEMORY)
            fail_msg("allocation %u of %u: code %s, '%s'", (unsigned)k, (unsigned)count, bl_code_name(err.code), err.message);
        bl_table_free(t);
    }
}

#endif
