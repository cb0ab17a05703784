/* The fused passes over rows, for one family of objectives and one vector unit. Private to the
 * room. A pass goes over a lane in blocks of 64 rows: margins, then losses and slopes, then the
 * gradient, while the block is in the first-level cache. */
#ifndef BATCHLAB_LEARN_KERNEL_H
#define BATCHLAB_LEARN_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BL_BLOCK 64        /* rows in a block; divides BL_LANE_CHUNK */
#define BL_SGD_BLOCK 512   /* rows that one call of `sgd` may take */

/* Rows are read in whole vectors of 8, also where a row ends inside one: what is read beyond meets
 * a weight of 0. The last rows of a matrix, where that would leave the matrix, have padded copies. */
struct bl_rows {
    const double *x, *y;
    const double *weight; /* what each row counts; NULL: 1 */
    size_t n, d;
    size_t vectors;       /* ceil(d / 8) */
    size_t inside;        /* rows below this may be read in whole vectors */
    const double *tail;   /* copies of the others, 8 * vectors doubles each */
};

struct bl_lane_job { /* the rows begin .. end - 1 of a batch */
    const struct bl_rows *rows;
    const uint32_t *index;   /* row of each position; NULL: the position is the row */
    size_t begin, end;
    size_t known;            /* index is readable (and may be prefetched) below this position */
    size_t k;                /* margins a row */
    const double *w;         /* k × (8 * vectors), zero padded */
    const double *bias;      /* k */
    const double *hyper;     /* of the objective: delta, tau */
    double *g, *g_bias;      /* sums over the lane, as w and bias; g NULL: the loss alone */
    double *loss;            /* [0] sum of losses, [1] its rounding error */
    double *scratch;         /* bl_scratch_size(k) doubles */
};

struct bl_sgd_job { /* plain gradient descent, one row an update */
    const struct bl_rows *rows;
    const uint32_t *index;
    size_t begin, end, known; /* end - begin <= BL_SGD_BLOCK */
    size_t k;
    double *w, *bias;        /* move on, row by row */
    bool intercept;
    double lr, l2;
    const double *hyper;
    double *z;               /* out: margins before each update, (end - begin) × k */
    double *scratch;
};

struct bl_kernels {
    void (*lane)(const struct bl_lane_job *job);
    void (*sgd)(const struct bl_sgd_job *job);
    /* Losses and slopes (k × BL_BLOCK) of n <= BL_BLOCK rows from their margins (k × BL_BLOCK); z and y
     * are read up to the next multiple of 8. For rows whose margins come from elsewhere. */
    void (*link)(const double *z, const double *y, size_t n, size_t k, const double *hyper, double *slope, double *loss);
    double (*slope)(double z, double y, const double *hyper); /* the same of one row of one margin; NULL: there are several */
};

enum bl_simd { BL_SIMD_BASE, BL_SIMD_AVX2, BL_SIMD_AVX512, BL_SIMD_LEVELS };
enum bl_simd bl_simd_best(void); /* of this processor */

struct bl_kernel_set { const struct bl_kernels *level[BL_SIMD_LEVELS]; };

#define BL_KERNELS(level) \
    extern const struct bl_kernels bl_linear_##level, bl_logistic_##level, bl_softmax_##level, bl_svm_##level, bl_svm2_##level, \
        bl_huber_##level, bl_quantile_##level, bl_poisson_##level
BL_KERNELS(base);
BL_KERNELS(avx2);
BL_KERNELS(avx512);

static inline size_t bl_scratch_size(size_t k)
{
    return 2 * k * BL_BLOCK + 4 * BL_BLOCK;
}

#endif
