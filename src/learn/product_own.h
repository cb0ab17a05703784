/* Our own products, one set for each vector unit and precision. Private to the room. */
#ifndef BATCHLAB_LEARN_PRODUCT_OWN_H
#define BATCHLAB_LEARN_PRODUCT_OWN_H

#include "src/learn/product.h"

extern const struct bl_products bl_products_base_double, bl_products_base_float, bl_products_avx2_double, bl_products_avx2_float,
    bl_products_avx512_double, bl_products_avx512_float;

#endif
