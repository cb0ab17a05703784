/* The linker is easily talked into the wrong BLAS; only the running program knows. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <gsl/gsl_cblas.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_matrix_products_come_from_the_configured_blas(void **state)
{
#ifdef HAVE_OPENBLAS
    const char *wanted = "openblas";
#else
    const char *wanted = "gslcblas";
#endif
    Dl_info info;
    char *file;

    (void)state;
    assert_int_not_equal(dladdr((void *)(intptr_t)cblas_dgemm, &info), 0);
    file = realpath(info.dli_fname, NULL);
    assert_non_null(file);
    if (!strstr(file, wanted))
        fail_msg("cblas_dgemm lives in %s, not in %s", file, wanted);
    free(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matrix_products_come_from_the_configured_blas),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
