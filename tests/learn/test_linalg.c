/* The dense algebra under optimum and theory, on matrices whose answers are known in closed form. */
#include "src/learn/dd.h"
#include "src/learn/linalg.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void assert_near(const char *what, double got, double expected, double relative)
{
    if (!(fabs(got - expected) <= relative * fabs(expected)))
        fail_msg("%s: %.17g, expected %.17g", what, got, expected);
}

/* 2 on the diagonal, -1 beside it: eigenvalues 2 - 2 cos(i pi/(n+1)) = 4 sin²(i pi/(2n+2)). */
static double *second_difference(size_t n)
{
    double *h = calloc(n * n, sizeof *h);
    for (size_t i = 0; i < n; i++) {
        h[i * n + i] = 2;
        if (i + 1 < n)
            h[i * n + i + 1] = h[(i + 1) * n + i] = -1;
    }
    return h;
}

static double second_difference_value(size_t n, size_t from_top)
{
    double s = sin((double)(n - from_top) * acos(-1) / (double)(2 * n + 2));
    return 4 * s * s;
}

static void test_eigenvalues_of_the_second_difference(void **state)
{
    enum { N = 60 };
    double values[N], *vectors = calloc(N * N, sizeof *vectors), *h = second_difference(N);
    (void)state;
    assert_true(bl_eigen_psd(h, N, values, vectors, NULL, NULL));
    for (size_t i = 0; i < N; i++)
        assert_near("eigenvalue", values[i], second_difference_value(N, i), 1e-13);
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j <= i; j++) {
            double inner = 0;
            for (size_t k = 0; k < N; k++)
                inner += vectors[k * N + i] * vectors[k * N + j];
            assert_true(fabs(inner - (i == j)) < 1e-14);
        }
    free(h);
    free(vectors);
}

/* D A D with D = 1, 1e-5, 1e-10 and A = [2 1 1; 1 2 1; 1 1 2]: the smallest eigenvalue is 20 orders
 * below the largest, det = 4e-30, and still has its digits. */
static void test_small_eigenvalues_of_columns_in_small_units_hold_their_digits(void **state)
{
    static const double d[] = { 1, 1e-5, 1e-10 };
    double h[9], values[3];
    (void)state;
    for (size_t i = 0; i < 9; i++)
        h[i] = (i / 3 == i % 3 ? 2 : 1) * d[i / 3] * d[i % 3];
    assert_true(bl_eigen_psd(h, 3, values, NULL, NULL, NULL));
    assert_near("largest", values[0], 2, 1e-9);
    assert_near("product", values[0] * values[1] * values[2], 4e-30, 1e-13);
    assert_near("smallest", values[2], 4.0 / 3 * 1e-20, 1e-9);
}

static void test_flat_directions_have_eigenvalue_0_and_a_whole_basis(void **state)
{
    double h[16], values[4], vectors[16];
    (void)state;
    for (size_t i = 0; i < 16; i++)
        h[i] = 1;
    assert_true(bl_eigen_psd(h, 4, values, vectors, NULL, NULL));
    assert_near("largest", values[0], 4, 1e-15);
    assert_true(values[1] == 0 && values[2] == 0 && values[3] == 0);
    for (size_t i = 1; i < 4; i++) {
        double sum = 0, length = 0;
        for (size_t k = 0; k < 4; k++) {
            sum += vectors[k * 4 + i];
            length += vectors[k * 4 + i] * vectors[k * 4 + i];
        }
        assert_true(fabs(sum) < 1e-15);
        assert_near("length", length, 1, 1e-14);
    }
}

static bool apply_spectrum(void *context, const double *v, double *out, struct bl_error *err)
{
    (void)err;
    for (size_t i = 0; i < *(size_t *)context; i++)
        out[i] = (i == 0 ? 0 : 1 + (double)(i % 50)) * v[i];
    return true;
}

static void test_lanczos_finds_both_ends_away_from_a_direction(void **state)
{
    size_t n = 1000;
    double large, small, *avoid = calloc(n, sizeof *avoid);
    (void)state;
    avoid[0] = 1;
    assert_true(bl_lanczos(apply_spectrum, &n, n, avoid, &large, &small, NULL, NULL));
    assert_near("largest", large, 50, 1e-13);
    assert_near("smallest", small, 1, 1e-12);
    free(avoid);
}

static void test_largest_eigenvalue_above_the_exact_limit(void **state)
{
    enum { N = 300 };
    double value, *h = second_difference(N);
    (void)state;
    assert_true(bl_eigen_largest(h, N, &value, NULL));
    assert_near("largest", value, second_difference_value(N, 0), 1e-13);
    free(h);
}

static void test_a_dependent_column_is_left_out_of_the_factor(void **state)
{
    /* columns 1 and 3 equal: b lies in the range */
    static const double h[] = { 2, 1, 2, 1, 3, 1, 2, 1, 2 }, b[] = { 5, 5, 5 };
    struct bl_factor f;
    double x[3];
    (void)state;
    assert_true(bl_factor_make(&f, h, 3, NULL));
    assert_int_equal(f.rank, 2);
    bl_factor_solve(&f, b, x);
    assert_near("x1", x[0], 2, 1e-14);
    assert_near("x2", x[1], 1, 1e-14);
    assert_true(x[2] == 0);
    bl_factor_done(&f);
}

static void test_double_double_holds_31_digits(void **state)
{
    (void)state;
    struct dd root = dd_sqrt(dd_of(2)), square = dd_sub(dd_mul(root, root), dd_of(2));
    assert_true(fabs(square.hi) < 1e-31);
    struct dd third = dd_div(dd_of(1), dd_of(3)), one = dd_sub(dd_mul(third, dd_of(3)), dd_of(1));
    assert_true(fabs(one.hi) < 1e-31);
    struct dd p = dd_product(1 + 0x1p-52, 1 - 0x1p-52); /* 1 - 2^-104 */
    assert_true(p.hi == 1 && p.lo == -0x1p-104);
    assert_true(dd_add(dd_of(0x1p60), dd_of(1)).lo == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_eigenvalues_of_the_second_difference),
        cmocka_unit_test(test_small_eigenvalues_of_columns_in_small_units_hold_their_digits),
        cmocka_unit_test(test_flat_directions_have_eigenvalue_0_and_a_whole_basis),
        cmocka_unit_test(test_lanczos_finds_both_ends_away_from_a_direction),
        cmocka_unit_test(test_largest_eigenvalue_above_the_exact_limit),
        cmocka_unit_test(test_a_dependent_column_is_left_out_of_the_factor),
        cmocka_unit_test(test_double_double_holds_31_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
