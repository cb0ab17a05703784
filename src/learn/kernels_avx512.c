/* The kernels with 512-bit registers. */
#if defined(__x86_64__)
#define LANES 8
#define TARGET __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw")))
#else /* never chosen there */
#define LANES 2
#define TARGET
#endif
#define NAME(objective) bl_##objective##_avx512
#include "src/learn/kernel_body.h"
