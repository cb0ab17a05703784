/* OpenBLAS, opened when the first network needs it. Private to the room. */
#ifndef BATCHLAB_LEARN_OPENBLAS_H
#define BATCHLAB_LEARN_OPENBLAS_H

#include <gsl/gsl_cblas.h>

struct bl_openblas {
    __typeof__(cblas_dgemm) *dgemm;
    __typeof__(cblas_sgemm) *sgemm;
    char *(*get_config)(void);
    void (*set_num_threads)(int n);
};
const struct bl_openblas *bl_openblas(void); /* NULL: it is not here; any thread may ask */

#endif
