/* Tables in the format sqlite from any bytes. */
#include "fuzz_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    fuzz_load(bytes, size, "sqlite");
    return 0;
}
