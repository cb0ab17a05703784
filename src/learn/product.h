/* Matrix products of the layers: OpenBLAS on one thread (GSL's reference without it), or our own,
 * whose every number is summed in order and is the same on every processor. Private to the room. */
#ifndef BATCHLAB_LEARN_PRODUCT_H
#define BATCHLAB_LEARN_PRODUCT_H

#include <stdbool.h>
#include <stddef.h>

struct bl_product { /* c = a b, or c += a b; row-major, real: double or float */
    size_t m, n, k;           /* c is m × n, summed over k */
    const void *a; size_t lda;
    const void *b; size_t ldb;
    void *c; size_t ldc;
    bool add;
    void *scratch;            /* own products: BL_PRODUCT_SCRATCH bytes */
};
#define BL_PRODUCT_STEPS 256  /* of k that own products take at once */
#define BL_PRODUCT_SCRATCH (BL_PRODUCT_STEPS * 128)
typedef void bl_product_fn(const struct bl_product *p);
struct bl_products {
    bl_product_fn *nt;        /* a is m × k, b n × k */
    bl_product_fn *tn;        /* a is k × m, b k × n */
    bl_product_fn *nn;        /* a is m × k, b k × n */
};
const struct bl_products *bl_products(bool single, bool portable);

#endif
