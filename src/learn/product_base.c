/* Our own products for every processor: registers of 16 bytes. */
#include "src/learn/product_own.h"

#define BYTES 16
#define TARGET

#define REAL double
#define OF(name) name##_double
#define PRODUCTS bl_products_base_double
#include "src/learn/product_body.h"
#undef REAL
#undef OF
#undef PRODUCTS

#define REAL float
#define OF(name) name##_float
#define PRODUCTS bl_products_base_float
#include "src/learn/product_body.h"
