/* Compressed tables of any format. */
#include "fuzz_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    fuzz_load(bytes, size, NULL);
    return 0;
}
