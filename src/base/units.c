/* Which vector units the processor has, asked once; tests may take some away. */
#include "batchlab/base.h"

#include <stdatomic.h>

static _Atomic int limit = BL_UNITS_AVX512;

static enum bl_units present(void)
{
#if BL_X86
    if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512vbmi2") &&
        __builtin_cpu_supports("bmi2"))
        return BL_UNITS_AVX512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2"))
        return BL_UNITS_AVX2;
    return BL_UNITS_BASE;
#else
    return BL_UNITS_NONE;
#endif
}

enum bl_units bl_units(void)
{
    int most = atomic_load_explicit(&limit, memory_order_relaxed);
    int have = (int)present();

    return (enum bl_units)(have < most ? have : most);
}

void bl_units_limit(enum bl_units most)
{
    atomic_store(&limit, (int)most);
}
