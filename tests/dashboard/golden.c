#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "golden.h"

static char *path_of(const char *name, const char *size, const char *mode)
{
    const char *top = getenv("BL_SOURCE_DIR");
    struct bl_text path = { 0 };

    bl_text_addf(&path, "%s/tests/screens/%s.%s%s.txt", top ? top : BL_SOURCE_DIR, name, size, mode);
    return bl_text_take(&path);
}

static void write_screen(const char *path, const struct bl_text *screen)
{
    FILE *file = fopen(path, "wb");

    if (!file)
        fail_msg("cannot write %s", path);
    assert_int_equal(fwrite(bl_text_get(screen), 1, screen->length, file), screen->length);
    assert_int_equal(fclose(file), 0);
}

static void compare_lines(const char *path, const char *wanted, const char *found)
{
    for (int line = 1; *wanted || *found; line++) {
        size_t a = strcspn(wanted, "\n"), b = strcspn(found, "\n");
        if (a != b || memcmp(wanted, found, a) != 0)
            fail_msg("%s:%d\nwanted: %.*s\nfound:  %.*s", path, line, (int)a, wanted, (int)b, found);
        wanted += a + (wanted[a] == '\n');
        found += b + (found[b] == '\n');
    }
}

void golden_check(const char *name, const char *size, const char *mode, const struct bl_text *found)
{
    char *path = path_of(name, size, mode), *wanted = NULL;
    size_t n;

    if (getenv("UPDATE")) {
        write_screen(path, found);
    } else {
        if (!bl_file_read(path, 1 << 20, &wanted, &n, NULL))
            fail_msg("cannot read %s: make check UPDATE=1 writes it", path);
        compare_lines(path, wanted, bl_text_get(found));
    }
    bl_free(wanted);
    bl_free(path);
}
