/* OpenBLAS is there where it was configured, and not before a network needs it: linked, it would start threads of its own. */
#include "batchlab/learn.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static bool here(void) { return dlopen("libopenblas.so.0", RTLD_LAZY | RTLD_NOLOAD) != NULL; }

static void test_openblas_comes_when_it_is_asked_for(void **state)
{
    (void)state;
    assert_false(here());
#ifdef HAVE_OPENBLAS
    assert_non_null(bl_openblas_config());
    assert_memory_equal(bl_openblas_config(), "OpenBLAS ", 9);
#else
    assert_null(bl_openblas_config());
    assert_false(here());
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_openblas_comes_when_it_is_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
