/* Tables in the format npy from any bytes. */
#include "fuzz_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    fuzz_load(bytes, size, "npy");
    return 0;
}
