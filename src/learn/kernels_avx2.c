/* The kernels with 256-bit registers. Without fused multiply-add: the bits stay those of the others. */
#if defined(__x86_64__)
#define LANES 4
#define TARGET __attribute__((target("avx2")))
#else /* never chosen there */
#define LANES 2
#define TARGET
#endif
#define NAME(objective) bl_##objective##_avx2
#include "src/learn/kernel_body.h"
