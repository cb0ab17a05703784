/* Which products: the library's, or our own for the vector unit at hand. */
#include "src/learn/product.h"
#include "src/learn/kernel.h"
#include "src/learn/product_own.h"

#include <gsl/gsl_cblas.h>
#include <pthread.h>

#ifdef HAVE_OPENBLAS
void openblas_set_num_threads(int n);
#endif

/* Rows are cut into lanes by us: a library with threads of its own would spin against them. */
static void one_thread(void)
{
#ifdef HAVE_OPENBLAS
    openblas_set_num_threads(1);
#endif
}

#define LIBRARY(real, gemm)                                                                                                       \
    static void nt_##real(const struct bl_product *p)                                                                            \
    {                                                                                                                             \
        gemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)p->m, (int)p->n, (int)p->k, 1, p->a, (int)p->lda, p->b, (int)p->ldb,   \
             p->add, p->c, (int)p->ldc);                                                                                          \
    }                                                                                                                             \
    static void tn_##real(const struct bl_product *p)                                                                            \
    {                                                                                                                             \
        gemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)p->m, (int)p->n, (int)p->k, 1, p->a, (int)p->lda, p->b, (int)p->ldb,   \
             p->add, p->c, (int)p->ldc);                                                                                          \
    }                                                                                                                             \
    static void nn_##real(const struct bl_product *p)                                                                            \
    {                                                                                                                             \
        gemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, (int)p->m, (int)p->n, (int)p->k, 1, p->a, (int)p->lda, p->b, (int)p->ldb, \
             p->add, p->c, (int)p->ldc);                                                                                          \
    }                                                                                                                             \
    static const struct bl_products library_##real = {.nt = nt_##real, .tn = tn_##real, .nn = nn_##real};

LIBRARY(double, cblas_dgemm)
LIBRARY(float, cblas_sgemm)

const struct bl_products *bl_products(bool single, bool portable)
{
    static const struct bl_products *const own[BL_SIMD_LEVELS][2] = {
        {&bl_products_base_double, &bl_products_base_float},
        {&bl_products_avx2_double, &bl_products_avx2_float},
        {&bl_products_avx512_double, &bl_products_avx512_float},
    };
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    if (portable)
        return own[bl_simd_best()][single];
    pthread_once(&once, one_thread);
    return single ? &library_float : &library_double;
}
