/* CSV of any dialect from any bytes: the first byte chooses the options. */
#include "fuzz_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char quotes[] = { 0, '\'', BL_QUOTE_NONE, '"' }, escapes[] = { 0, '\\' }, comments[] = { 0, '#' }, decimals[] = { 0, ',' };
    struct bl_load_options o = { .format = "csv" };
    struct bl_error err = { 0 };
    struct bl_table *t;

    if (size < 2)
        return 0;
    o.quote = quotes[bytes[0] & 3];
    o.escape = escapes[bytes[0] >> 2 & 1];
    o.comment = comments[bytes[0] >> 3 & 1];
    o.decimal = decimals[bytes[0] >> 4 & 1];
    o.skip = bytes[0] >> 5 & 1;
    o.ragged = bytes[1] % 3;
    o.encoding = bytes[1] / 3 % 4;
    bl_memory_limit_set((size_t)256 << 20);
    t = bl_load_bytes((const char *)bytes + 2, size - 2, "fuzz", &o, &err);
    if (t)
        fuzz_touch(t);
    else
        must(err.message[0] != '\0', "an error says something");
    bl_table_free(t);
    return 0;
}
