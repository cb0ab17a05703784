/* Tables from any bytes: a whole table or an error with a message, and every cell can be read. The
 * first byte chooses header and delimiter. */
#include "fuzz.h"

#include "batchlab/data.h"

static void touch(const struct bl_table *t)
{
    char cell[64];
    size_t rows = t->n_rows < 64 ? t->n_rows : 64;

    for (size_t row = 0; row < rows; row++)
        for (size_t column = 0; column < t->n_columns && column < 64; column++)
            must(bl_table_cell(t, row, column, cell, sizeof cell) != NULL, "every cell can be read");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct bl_load_options options = { .format = "csv" };
    struct bl_error err = { 0 };
    struct bl_table *t;

    if (size == 0)
        return 0;
    options.header = bytes[0] % 3;
    options.delimiter = "\0,;\t|"[bytes[0] / 3 % 5];
    t = bl_load_bytes((const char *)bytes + 1, size - 1, "fuzz", &options, &err);
    if (t)
        touch(t);
    else
        must(err.message[0] != '\0', "an error says something");
    bl_table_free(t);
    return 0;
}
