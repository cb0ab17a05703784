/* Tables in the format idx from any bytes. */
#include "fuzz_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    fuzz_load(bytes, size, "idx");
    return 0;
}
