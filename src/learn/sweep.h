/* Sweeps over the numbers of a network, element by element, so that the vector unit changes no bit. They
 * stand between the matrix products and take as long as these where they are plain loops. Private to the room. */
#ifndef BATCHLAB_LEARN_SWEEP_H
#define BATCHLAB_LEARN_SWEEP_H

#include <stdbool.h>
#include <stddef.h>

#define BL_SWEEP_FROM 256 /* numbers; fewer are worked on where they are */

struct bl_sweeps {
    void (*narrow)(const double *x, size_t n, float *out);
    void (*mean_double)(const double *sum, double rows, size_t n, double *out); /* sum / rows */
    void (*mean_float)(const float *sum, double rows, size_t n, double *out);
    void (*add_double)(const double *x, size_t n, double *sum);                 /* sum += x */
    void (*add_float)(const float *x, size_t n, float *sum);
    void (*descend)(double lr, const double *g, double *theta, size_t n);       /* theta -= lr g */
    bool (*finite)(const double *x, size_t n);                                  /* all of them */
    double (*squares)(const double *x, size_t n); /* 8 sums, joined ((0+1)+(2+3))+((4+5)+(6+7)), then the rest */
};
const struct bl_sweeps *bl_sweeps(void); /* of this processor */

extern const struct bl_sweeps bl_sweeps_base, bl_sweeps_avx2, bl_sweeps_avx512;

#endif
