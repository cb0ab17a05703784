/* Made-up matrices for the tests of learn, and the reference files. */
#ifndef BATCHLAB_TESTS_LEARN_DATA_H
#define BATCHLAB_TESTS_LEARN_DATA_H

#include "batchlab/learn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Rows of standard normal features; targets from a plan of their own: a number, or a class. */
static inline struct bl_matrix *make_matrix(size_t n, size_t d, size_t classes, uint64_t seed)
{
    struct bl_matrix *m = bl_matrix_create(n, d, true, NULL);
    struct bl_random r = bl_random_stream(seed, BL_FOR_GENERATE, 0, 0);

    assert_non_null(m);
    for (size_t i = 0; i < n; i++) {
        double score = 0;
        for (size_t j = 0; j < d; j++) {
            m->x[i * d + j] = bl_random_normal(&r);
            score += m->x[i * d + j] * (j % 2 ? -0.5 : 1);
        }
        score += bl_random_normal(&r);
        m->y[i] = score;
        if (classes) {
            double c = (score + 3) / 6 * (double)classes;
            m->y[i] = c < 0 ? 0 : c >= (double)classes ? (double)classes - 1 : (double)(size_t)c;
        }
        m->row[i] = (uint32_t)i;
    }
    return m;
}

static inline struct bl_objective make_objective(const char *name, const struct bl_matrix *train,
                                                 const struct bl_matrix *validation, size_t classes, double l2)
{
    struct bl_objective o;
    struct bl_error err;

    if (!bl_objective_init(&o, bl_objective_find(name), train, validation, classes, true, l2, "y", &err))
        fail_msg("%s", err.message);
    return o;
}

#endif
