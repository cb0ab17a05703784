/* Numbers: what is read agrees with the C library to the last bit, and reads back from its text. */
#include "fuzz.h"

#include <math.h>
#include <string.h>

#include "batchlab/base.h"

static int same(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char text[512], again[64];
    double value, back;

    if (size >= sizeof text || !bl_number_parse((const char *)bytes, size, &value))
        return 0;
    memcpy(text, bytes, size);
    text[size] = '\0';
    must(strlen(text) == size, "a number holds no NUL");
    must(isfinite(value), "a number that was read is finite");
    must(same(value, strtod(text, NULL)), "the value is the correctly rounded one");
    bl_number_exact(again, sizeof again, value);
    must(bl_number_parse(again, strlen(again), &back) && same(value, back), "the exact text reads back");
    return 0;
}
