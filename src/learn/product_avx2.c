/* Our own products with 256-bit registers. */
#include "src/learn/product_own.h"

#if defined(__x86_64__)
#define BYTES 32
#define TARGET __attribute__((target("avx2")))
#else /* never chosen there */
#define BYTES 16
#define TARGET
#endif

#define REAL double
#define OF(name) name##_double
#define PRODUCTS bl_products_avx2_double
#include "src/learn/product_body.h"
#undef REAL
#undef OF
#undef PRODUCTS

#define REAL float
#define OF(name) name##_float
#define PRODUCTS bl_products_avx2_float
#include "src/learn/product_body.h"
