/* What is between the layers: own products and sweeps are the plain loops, with the same bits for every vector unit. */
#include "tests/learn/data.h"

#include <math.h>
#include <string.h>

#include "src/learn/product_own.h"
#include "src/learn/kernel.h"
#include "src/learn/sweep.h"

static void fill(double *x, float *f, size_t n, uint32_t stream)
{
    struct bl_random r = bl_random_stream(9, BL_FOR_NOISE, 0, stream);

    for (size_t i = 0; i < n; i++) {
        x[i] = bl_random_normal(&r);
        f[i] = (float)x[i];
    }
}

static void test_own_products_have_the_same_bits_for_every_unit(void **state)
{
    static const struct bl_products *const sets[3][2] = {{&bl_products_base_double, &bl_products_base_float},
                                                         {&bl_products_avx2_double, &bl_products_avx2_float},
                                                         {&bl_products_avx512_double, &bl_products_avx512_float}};
    enum { M = 13, N = 37, K = 301 };
    static double a[M * K], b[N * K], c[3][M * N];
    static float fa[M * K], fb[N * K], fc[3][M * N];
    char *scratch = bl_aligned(BL_PRODUCT_SCRATCH, 1);

    (void)state;
    fill(a, fa, M * K, 1);
    fill(b, fb, N * K, 2);
    for (int form = 0; form < 6; form++)
        for (size_t level = 0; level <= (size_t)bl_simd_best(); level++) {
            bool add = form >= 3;
            struct bl_product p = {.m = M, .n = N, .k = K, .a = a, .lda = form % 3 == 1 ? M : K, .b = b, .ldb = form % 3 == 0 ? K : N,
                                   .c = c[level], .ldc = N, .add = add, .scratch = scratch};
            struct bl_product f = p;
            f.a = fa, f.b = fb, f.c = fc[level];
            const struct bl_products *d = sets[level][0], *s = sets[level][1];
            (form % 3 == 0 ? d->nt : form % 3 == 1 ? d->tn : d->nn)(&p);
            (form % 3 == 0 ? s->nt : form % 3 == 1 ? s->tn : s->nn)(&f);
            assert_memory_equal(c[level], c[0], sizeof *c);
            assert_memory_equal(fc[level], fc[0], sizeof *fc);
            for (size_t i = 0; !add && i < M; i++)
                for (size_t j = 0; j < N; j++) {
                    double sum = 0;
                    for (size_t l = 0; l < K; l++)
                        sum += (form % 3 == 1 ? a[l * M + i] : a[i * K + l]) * (form % 3 == 0 ? b[j * K + l] : b[l * N + j]);
                    assert_true(sum == c[level][i * N + j]); /* in order: the plainest of all */
                }
        }
    bl_free(scratch);
}

static void test_sweeps_are_the_plain_loops_for_every_unit(void **state)
{
    static const struct bl_sweeps *const sets[BL_SIMD_LEVELS] = {&bl_sweeps_base, &bl_sweeps_avx2, &bl_sweeps_avx512};
    static const double rows[] = {1, 3, 128, 1024, 1e-3, 0.5};
    enum { N = 301 };
    static double x[N], y[N], out[N];
    static float f[N], g[N];

    (void)state;
    for (size_t level = 0; level <= (size_t)bl_simd_best(); level++)
        for (size_t n = 0; n <= N; n += n < 20 ? 1 : 281) {
            const struct bl_sweeps *s = sets[level];
            double sums[8] = {0}, rest = 0;
            fill(x, f, N, 3);
            x[5] = 3e-310; /* a quotient without all its digits is rounded once, however it is taken */
            s->narrow(x, n, g);
            for (size_t i = 0; i < n; i++)
                assert_true(g[i] == (float)x[i]);
            for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
                s->mean_double(x, rows[r], n, out);
                for (size_t i = 0; i < n; i++)
                    assert_true(out[i] == x[i] / rows[r]);
                s->mean_float(f, rows[r], n, out);
                for (size_t i = 0; i < n; i++)
                    assert_true(out[i] == (double)f[i] / rows[r]);
            }
            fill(y, g, N, 4);
            fill(out, g, N, 4);
            s->descend(0.3, x, y, n);
            for (size_t i = 0; i < N; i++)
                assert_true(y[i] == (i < n ? out[i] - 0.3 * x[i] : out[i]));
            s->add_double(x, n, out);
            fill(y, g, N, 4);
            for (size_t i = 0; i < N; i++)
                assert_true(out[i] == (i < n ? y[i] + x[i] : y[i]));
            s->add_float(f, n, g);
            for (size_t i = 0; i < N; i++)
                assert_true(g[i] == (i < n ? (float)y[i] + f[i] : (float)y[i]));
            for (size_t i = 0; i < n; i++)
                *(i < n / 8 * 8 ? &sums[i % 8] : &rest) += x[i] * x[i];
            assert_true(s->squares(x, n) == (((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]))) + rest);
            assert_true(s->finite(x, n));
            for (size_t i = 0; i < n; i++) {
                double keep = x[i];
                x[i] = i % 3 == 0 ? NAN : i % 3 == 1 ? INFINITY : -INFINITY;
                assert_false(s->finite(x, n));
                x[i] = keep;
            }
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own_products_have_the_same_bits_for_every_unit),
        cmocka_unit_test(test_sweeps_are_the_plain_loops_for_every_unit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
