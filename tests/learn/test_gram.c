/* The rank-k update and what is built on it: against plain loops, and the same bits from every
 * instruction set. Includes the source to reach its kernels. */
#include "src/learn/gram.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static struct bl_matrix *any_matrix(size_t n, size_t d, size_t classes)
{
    struct bl_matrix *m = bl_matrix_create(n, d, true, NULL);
    struct bl_random r = bl_random_stream(5, BL_FOR_NOISE, 0, 0);
    for (size_t i = 0; i < n * d; i++)
        m->x[i] = bl_random_normal(&r);
    for (size_t i = 0; i < n; i++)
        m->y[i] = classes ? (double)bl_random_below(&r, classes) : bl_random_normal(&r);
    return m;
}

static const struct { const char *type; size_t classes, n, d; bool intercept; } cases[] = {
    { "linear", 0, 100, 7, true }, { "linear", 0, 1, 1, false }, { "logistic", 2, 700, 9, true }, { "logistic", 2, 65, 8, false },
    { "softmax", 3, 300, 5, true }, { "softmax", 4, 129, 3, false },
};
enum { CASES = sizeof cases / sizeof *cases };

static void check_case(size_t c, enum bl_gram kind)
{
    struct bl_objective o;
    struct bl_matrix *m = any_matrix(cases[c].n, cases[c].d, cases[c].classes);
    assert_true(bl_objective_init(&o, bl_objective_find(cases[c].type), m, NULL, cases[c].classes, cases[c].intercept, 0, "y", NULL));
    size_t k = o.k, columns = o.d + o.intercept, p = o.n_params;
    double theta[40], z[4], slope[4], h[16], *expected = calloc(p * p, sizeof *expected), *got = calloc(p * p, sizeof *got);
    for (size_t i = 0; i < p; i++)
        theta[i] = 0.1 * (double)(i % 7) - 0.3;
    for (size_t i = 0; i < o.train->n_rows; i++) {
        bl_objective_margins(&o, theta, m->x + i * o.d, z);
        o.type->slope(z, m->y[i], k, o.hyper, slope);
        o.type->curvature(z, m->y[i], k, o.hyper, h);
        for (size_t u = 0; u < p; u++)
            for (size_t v = 0; v < p; v++) {
                size_t a = u / columns, b = v / columns, s = u % columns, t = v % columns;
                double xs = o.intercept && s == 0 ? 1 : m->x[i * o.d + s - o.intercept];
                double xt = o.intercept && t == 0 ? 1 : m->x[i * o.d + t - o.intercept];
                expected[u * p + v] += (kind == BL_GRAM_CURVATURE ? h[a * k + b] : slope[a] * slope[b]) * xs * xt / (double)m->n_rows;
            }
    }
    assert_true(bl_gram_of(&o, kind, theta, got, NULL, NULL, NULL));
    for (size_t i = 0; i < p * p; i++)
        if (!(fabs(got[i] - expected[i]) < 1e-14))
            fail_msg("case %zu element %zu: %.17g, expected %.17g", c, i, got[i], expected[i]);
    free(expected);
    free(got);
    bl_objective_done(&o);
    bl_matrix_free(m);
}

static void test_hessian_and_second_moment_equal_plain_loops(void **state)
{
    (void)state;
    for (size_t c = 0; c < CASES; c++) {
        check_case(c, BL_GRAM_CURVATURE);
        check_case(c, BL_GRAM_SLOPES);
    }
}

static void test_a_product_with_the_hessian_is_the_matrix_times_the_vector(void **state)
{
    (void)state;
    struct bl_matrix *m = any_matrix(600, 5, 3);
    struct bl_objective o;
    double theta[18], v[18], product[18], h[18 * 18];
    assert_true(bl_objective_init(&o, bl_objective_find("softmax"), m, NULL, 3, true, 0.2, "y", NULL));
    for (size_t i = 0; i < 18; i++) {
        theta[i] = 0.2 * (double)(i % 5) - 0.4;
        v[i] = (double)(i % 4) - 1.5;
    }
    assert_true(bl_objective_hessian(&o, theta, h, NULL, NULL, NULL));
    assert_true(bl_hessian_times(&o, theta, v, product, NULL, NULL));
    for (size_t i = 0; i < 18; i++)
        assert_true(fabs(product[i] - bl_dot(h + i * 18, v, 18)) < 1e-14);
    bl_objective_done(&o);
    bl_matrix_free(m);
}

static void test_every_instruction_set_gives_the_same_bits(void **state)
{
    enum { ROWS = 61, WIDTH = 40 };
    double *x = bl_aligned(ROWS * WIDTH, sizeof *x), *weight = bl_aligned(64, sizeof *weight), *theta = bl_aligned(WIDTH, sizeof *theta);
    double *plain = bl_aligned(WIDTH * WIDTH, sizeof *plain), *wide = bl_aligned(WIDTH * WIDTH, sizeof *wide), z[ROWS], wide_z[ROWS];
    struct bl_random r = bl_random_stream(5, BL_FOR_NOISE, 1, 0);
    struct kernels best = choose_kernels();
    (void)state;
    for (size_t i = 0; i < ROWS * WIDTH; i++)
        x[i] = bl_random_normal(&r);
    for (size_t i = 0; i < WIDTH; i++)
        theta[i] = bl_random_normal(&r);
    for (size_t i = 0; i < ROWS; i++)
        weight[i] = bl_random_unit(&r);
    update_plain(x, weight, ROWS, WIDTH, plain);
    margins_plain(x, theta, ROWS, WIDTH, 1, z);
    best.update(x, weight, ROWS, WIDTH, wide);
    best.margins(x, theta, ROWS, WIDTH, 1, wide_z);
    assert_memory_equal(plain, wide, WIDTH * WIDTH * sizeof *plain);
    assert_memory_equal(z, wide_z, sizeof z);
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) {
        memset(wide, 0, WIDTH * WIDTH * sizeof *wide);
        update_avx2(x, weight, ROWS, WIDTH, wide);
        margins_avx2(x, theta, ROWS, WIDTH, 1, wide_z);
        assert_memory_equal(plain, wide, WIDTH * WIDTH * sizeof *plain);
        assert_memory_equal(z, wide_z, sizeof z);
    }
#endif
    double *all[] = { x, weight, theta, plain, wide };
    for (size_t i = 0; i < 5; i++)
        bl_free(all[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hessian_and_second_moment_equal_plain_loops),
        cmocka_unit_test(test_a_product_with_the_hessian_is_the_matrix_times_the_vector),
        cmocka_unit_test(test_every_instruction_set_gives_the_same_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
