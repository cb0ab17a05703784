/* Tables in the format libsvm from any bytes. */
#include "fuzz_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    fuzz_load(bytes, size, "libsvm");
    return 0;
}
