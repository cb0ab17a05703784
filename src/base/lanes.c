/* Sums that are cut and joined by the data alone (reliability: the same bits for every number of
 * threads), and the pairwise and compensated sums. */
#include "batchlab/base.h"

#include <math.h>
#include <string.h>

#define BLOCK 128
#define ACCUMULATORS 8

size_t bl_lanes(size_t n_rows)
{
    size_t lanes = n_rows / BL_LANE_CHUNK + (n_rows % BL_LANE_CHUNK != 0);

    return lanes < 1 ? 1 : lanes > BL_LANES_MAX ? BL_LANES_MAX : lanes;
}

size_t bl_lane_begin(size_t n_rows, size_t lanes, size_t lane)
{
    /* floor(n·lane/lanes) without the product n·lane, which may not fit */
    return n_rows / lanes * lane + n_rows % lanes * lane / lanes;
}

void bl_lanes_join(double *lanes, size_t n, size_t length, size_t stride)
{
    for (size_t w = 1; w < n; w *= 2) {
        for (size_t l = 0; l + w < n; l += 2 * w) {
            double *to = lanes + l * stride;
            const double *from = lanes + (l + w) * stride;

            for (size_t i = 0; i < length; i++)
                to[i] += from[i];
        }
    }
}

/* At most BLOCK values in 8 accumulators, joined as ((0+1)+(2+3))+((4+5)+(6+7)). */
static double block_sum(const double *x, size_t n)
{
    double a[ACCUMULATORS] = { 0 };
    size_t i = 0;

    for (; i + ACCUMULATORS <= n; i += ACCUMULATORS)
        for (size_t k = 0; k < ACCUMULATORS; k++)
            a[k] += x[i + k];
    for (size_t k = 0; i < n; i++, k++)
        a[k] += x[i];
    return ((a[0] + a[1]) + (a[2] + a[3])) + ((a[4] + a[5]) + (a[6] + a[7]));
}

/* The binary tree over the blocks, built like a binary counter: level l holds the sum of 2^l
 * blocks that still waits for its neighbour. */
double bl_sum(const double *x, size_t n)
{
    double waiting[64], sum;
    size_t blocks = n / BLOCK;
    unsigned level = 0;

    if (n == 0)
        return 0;
    for (size_t b = 0; b < blocks; b++) {
        sum = block_sum(x + b * BLOCK, BLOCK);
        for (level = 0; b >> level & 1; level++)
            sum = waiting[level] + sum;
        waiting[level] = sum;
    }
    sum = block_sum(x + blocks * BLOCK, n % BLOCK);
    for (level = 0; blocks >> level; level++)
        if (blocks >> level & 1)
            sum = waiting[level] + sum;
    return sum;
}

void bl_sum2_add(struct bl_sum2 *sum, double x)
{
    double s = sum->s + x;

    /* Neumaier 1974: the error of the addition, taken from the larger of the two. */
    sum->e += fabs(sum->s) >= fabs(x) ? (sum->s - s) + x : (x - s) + sum->s;
    sum->s = s;
}

double bl_sum2_value(struct bl_sum2 sum)
{
    /* Beyond the finite numbers the error term is not a number; the sum itself tells. */
    return isfinite(sum.s) ? sum.s + sum.e : sum.s;
}
