/* Which products: OpenBLAS's where it is here, or our own for the vector unit at hand. */
#include "src/learn/product.h"
#include "src/learn/kernel.h"
#include "src/learn/openblas.h"
#include "src/learn/product_own.h"

#define LIBRARY(real, gemm)                                                                                                       \
    static void nt_##real(const struct bl_product *p)                                                                            \
    {                                                                                                                             \
        bl_openblas()->gemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)p->m, (int)p->n, (int)p->k, 1, p->a, (int)p->lda, p->b, (int)p->ldb,   \
             p->add, p->c, (int)p->ldc);                                                                                          \
    }                                                                                                                             \
    static void tn_##real(const struct bl_product *p)                                                                            \
    {                                                                                                                             \
        bl_openblas()->gemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)p->m, (int)p->n, (int)p->k, 1, p->a, (int)p->lda, p->b, (int)p->ldb,   \
             p->add, p->c, (int)p->ldc);                                                                                          \
    }                                                                                                                             \
    static void nn_##real(const struct bl_product *p)                                                                            \
    {                                                                                                                             \
        bl_openblas()->gemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)p->m, (int)p->n, (int)p->k, 1, p->a, (int)p->lda, p->b, (int)p->ldb, \
             p->add, p->c, (int)p->ldc);                                                                                          \
    }                                                                                                                             \
    static const struct bl_products library_##real = {.nt = nt_##real, .tn = tn_##real, .nn = nn_##real};

LIBRARY(double, dgemm)
LIBRARY(float, sgemm)

const struct bl_products *bl_products(bool single, bool portable)
{
    static const struct bl_products *const own[BL_SIMD_LEVELS][2] = {
        {&bl_products_base_double, &bl_products_base_float},
        {&bl_products_avx2_double, &bl_products_avx2_float},
        {&bl_products_avx512_double, &bl_products_avx512_float},
    };

    if (portable || !bl_openblas())
        return own[bl_simd_best()][single];
    return single ? &library_float : &library_double;
}
