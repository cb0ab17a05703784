/* Our own products with 512-bit registers. */
#include "src/learn/product_own.h"

#if defined(__x86_64__)
#define BYTES 64
#define TARGET __attribute__((target("avx512f,avx512dq,avx512vl,avx512bw")))
#else /* never chosen there */
#define BYTES 16
#define TARGET
#endif

#define REAL double
#define OF(name) name##_double
#define PRODUCTS bl_products_avx512_double
#include "src/learn/product_body.h"
#undef REAL
#undef OF
#undef PRODUCTS

#define REAL float
#define OF(name) name##_float
#define PRODUCTS bl_products_avx512_float
#include "src/learn/product_body.h"
