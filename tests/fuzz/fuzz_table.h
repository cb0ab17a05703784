/* A table from any bytes: whole, or an error with a message; every cell can be read. */
#ifndef FUZZ_TABLE_H
#define FUZZ_TABLE_H

#include "fuzz.h"

#include "batchlab/data.h"

static inline void fuzz_touch(const struct bl_table *t)
{
    char cell[64];
    size_t rows = t->n_rows < 64 ? t->n_rows : 64;

    must(t->n_rows > 0 && t->n_columns > 0, "a table is not empty");
    for (size_t column = 0; column < t->n_columns; column++) {
        const struct bl_column *c = &t->columns[column];

        must(c->name && c->name[0], "every column has a name");
        must(!c->number != !c->code, "numbers or codes");
        for (size_t row = 0; c->code && row < t->n_rows; row++)
            must(c->code[row] < c->n_levels || c->code[row] == BL_MISSING_CODE, "codes are levels");
        for (size_t row = 0; row < rows && column < 64; row++)
            must(bl_table_cell(t, row, column, cell, sizeof cell) != NULL, "every cell can be read");
    }
}

static inline void fuzz_load(const uint8_t *bytes, size_t size, const char *format)
{
    struct bl_load_options options = { .format = format };
    struct bl_error err = { 0 };
    struct bl_table *t;

    bl_memory_limit_set((size_t)256 << 20);
    t = bl_load_bytes((const char *)bytes, size, "fuzz", &options, &err);
    if (t)
        fuzz_touch(t);
    else
        must(err.message[0] != '\0', "an error says something");
    bl_table_free(t);
}

#endif
