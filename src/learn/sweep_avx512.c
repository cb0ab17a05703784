/* The sweeps with 512-bit registers. */
#if defined(__x86_64__)
#define LANES 8
#define TARGET __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw")))
#else /* never chosen there */
#define LANES 2
#define TARGET
#endif
#define SWEEPS bl_sweeps_avx512
#include "src/learn/sweep_body.h"
