/* Which vector units the processor has, asked once; tests may take some away. */
#ifndef BL_DATA_UNITS_H
#define BL_DATA_UNITS_H

#include <stdbool.h>

#define BL_INLINE static inline __attribute__((always_inline))

#if (defined(__x86_64__) || defined(__i386__)) && defined(__GNUC__)
#define BL_X86 1
#define BL_SSE4 __attribute__((target("sse4.1,ssse3,popcnt")))
#define BL_AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt")))
#define BL_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx2,bmi,bmi2,popcnt")))
#else
#define BL_X86 0
#endif

enum bl_units { BL_UNITS_NONE, BL_UNITS_BASE, BL_UNITS_AVX2, BL_UNITS_AVX512 };
enum bl_units bl_units(void);
/* Not above `most` from now on; BL_UNITS_AVX512 gives all back. */
void bl_units_limit(enum bl_units most);

#endif
