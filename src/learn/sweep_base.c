/* The sweeps for every processor, and which of them to take. */
#define LANES 2
#define TARGET
#define SWEEPS bl_sweeps_base
#include "src/learn/sweep_body.h"

#include "src/learn/kernel.h"

const struct bl_sweeps *bl_sweeps(void)
{
    static const struct bl_sweeps *const level[BL_SIMD_LEVELS] = {&bl_sweeps_base, &bl_sweeps_avx2, &bl_sweeps_avx512};

    return level[bl_simd_best()];
}
