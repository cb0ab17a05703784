/* Conditions of `until`, `check` and `where` from any bytes. */
#include "fuzz.h"

#include <string.h>

#include "batchlab/data.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct bl_error err = { 0 };
    struct bl_expression *e;
    double values[256];
    char text[1024];

    if (size >= sizeof text)
        return 0;
    memcpy(text, bytes, size);
    text[size] = '\0';
    e = bl_expression_parse(text, &err);
    if (!e) {
        must(err.message[0] != '\0', "an error says something");
        must(err.word_at + err.word_len <= strlen(text) + 1, "the place is inside the text");
        return 0;
    }
    for (size_t i = 0; i < 256; i++)
        values[i] = (double)i;
    if (bl_expression_names(e) <= 256) {
        bl_expression_value(e, values);
        bl_expression_left(e, values);
    }
    bl_expression_free(e);
    return 0;
}
