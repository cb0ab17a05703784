/* The sweeps with 256-bit registers. */
#if defined(__x86_64__)
#define LANES 4
#define TARGET __attribute__((target("avx2")))
#else /* never chosen there */
#define LANES 2
#define TARGET
#endif
#define SWEEPS bl_sweeps_avx2
#include "src/learn/sweep_body.h"
