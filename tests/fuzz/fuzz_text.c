/* Bytes of foreign origin on their way to a screen: no control character gets through, what comes out
 * is valid UTF-8, and cleaning it again changes nothing. */
#include "fuzz.h"

#include <string.h>

#include "batchlab/base.h"

static void inspect(const char *s, size_t n)
{
    for (size_t i = 0, step; i < n; i += step) {
        uint32_t code = 0;

        step = bl_utf8_decode(s + i, n - i, &code);
        must(step > 0, "the text is valid UTF-8");
        must(code >= 0x20 && code != 0x7f && !(code >= 0x80 && code < 0xa0), "no control character");
        must(!(code >= 0x202a && code <= 0x202e) && !(code >= 0x2066 && code <= 0x2069), "no change of direction");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct bl_text once = { 0 }, twice = { 0 };
    char small[16];

    bl_text_show(&once, (const char *)bytes, size);
    inspect(bl_text_get(&once), once.length);
    bl_text_show(&twice, bl_text_get(&once), once.length);
    must(strcmp(bl_text_get(&once), bl_text_get(&twice)) == 0, "clean text stays as it is");
    bl_show(small, sizeof small, (const char *)bytes, size);
    inspect(small, strlen(small));
    must(bl_text_fit(bl_text_get(&once), once.length, 10) <= once.length, "what fits is a part of the whole");
    bl_text_free(&once);
    bl_text_free(&twice);
    return 0;
}
