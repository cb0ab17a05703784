/* Charts as pictures in text: tests/plot/golden/SCENE.txt holds each scene in several sizes and
 * character sets. With UPDATE=1 in the environment the pictures are written anew: look at them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scenes.h"

static const struct {
    int width, height;
    enum bl_charset charset;
    enum bl_colours colours;
    const char *title;
} forms[] = {
    {60, 17, BL_CHARSET_BRAILLE, BL_COLOURS_NONE, "60x17 braille"},
    {60, 17, BL_CHARSET_BLOCK, BL_COLOURS_NONE, "60x17 block"},
    {60, 17, BL_CHARSET_ASCII, BL_COLOURS_NONE, "60x17 ascii"},
    {100, 26, BL_CHARSET_BRAILLE, BL_COLOURS_NONE, "100x26 braille"},
    {24, 7, BL_CHARSET_BRAILLE, BL_COLOURS_NONE, "24x7 braille"},
    {60, 17, BL_CHARSET_BRAILLE, BL_COLOURS_256, "60x17 braille, 256 colours"},
};

static void add_picture(const struct scene *scene, size_t form, struct bl_text *out)
{
    struct bl_canvas c;

    assert_true(bl_canvas_init(&c, forms[form].width, forms[form].height, forms[form].charset, NULL));
    scene->draw(&c, (struct bl_rect){0, 0, c.width, c.height});
    bl_text_addf(out, "== %s\n", forms[form].title);
    bl_canvas_print(&c, BL_THEME_DARK, forms[form].colours, out);
    bl_canvas_done(&c);
}

static char *golden_path(const char *name)
{
    struct bl_text path = {0};
    const char *top = getenv("BL_SOURCE_DIR");

    bl_text_addf(&path, "%s/tests/plot/golden/%s.txt", top ? top : BL_SOURCE_DIR, name);
    return bl_text_take(&path);
}

static void write_golden(const char *path, const struct bl_text *pictures)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(bl_text_get(pictures), 1, pictures->length, file), pictures->length);
    assert_int_equal(fclose(file), 0);
}

static void read_golden(const char *path, struct bl_text *out)
{
    FILE *file = fopen(path, "rb");
    char block[4096];
    size_t n;

    if (!file)
        fail_msg("cannot read %s: make check UPDATE=1 writes it", path);
    while ((n = fread(block, 1, sizeof block, file)) > 0)
        bl_text_addn(out, block, n);
    fclose(file);
}

/* Names the first line that differs, and the picture it is in. */
static void compare(const char *name, const char *wanted, const char *found)
{
    const char *picture = "";
    size_t picture_length = 0;
    int line = 1;

    while (*wanted || *found) {
        size_t a = strcspn(wanted, "\n"), b = strcspn(found, "\n");
        if (strncmp(wanted, "== ", 3) == 0) {
            picture = wanted;
            picture_length = a;
        }
        if (a != b || memcmp(wanted, found, a) != 0)
            fail_msg("%s.txt:%d (%.*s)\nwanted: %.*s\nfound:  %.*s", name, line, (int)picture_length, picture, (int)a,
                     wanted, (int)b, found);
        wanted += a + (wanted[a] == '\n');
        found += b + (found[b] == '\n');
        line++;
    }
}

static void test_scenes_look_like_their_golden_pictures(void **state)
{
    const char *update = getenv("UPDATE");

    (void)state;
    for (size_t i = 0; i < n_scenes; i++) {
        struct bl_text found = {0}, wanted = {0};
        char *path = golden_path(scenes[i].name);
        for (size_t form = 0; form < sizeof forms / sizeof *forms; form++)
            add_picture(&scenes[i], form, &found);
        if (update && *update && strcmp(update, "0") != 0)
            write_golden(path, &found);
        read_golden(path, &wanted);
        compare(scenes[i].name, bl_text_get(&wanted), bl_text_get(&found));
        bl_text_free(&found);
        bl_text_free(&wanted);
        bl_free(path);
    }
}

static void check_cell(const struct bl_cell *cell, const struct bl_canvas *c, const char *name)
{
    if (cell->code == 0x2800)
        fail_msg("%s: an empty cell is a space, not U+2800", name);
    if (c->charset == BL_CHARSET_ASCII && (cell->code < ' ' || cell->code > '~'))
        fail_msg("%s: U+%04X in ASCII", name, (unsigned)cell->code);
    if (cell->role >= BL_ROLES)
        fail_msg("%s: role %d does not exist", name, cell->role);
}

/* Every scene in every size from 1 × 1: nothing outside its rectangle, nothing that is no text. */
static void test_scenes_stay_inside_any_rectangle(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_scenes; i++)
        for (int k = 0; k < 600; k++) {
            struct bl_rect r = {k % 5, k % 3, 1 + k * 7 % 41, 1 + k % 23};
            struct bl_canvas c;
            assert_true(bl_canvas_init(&c, r.x + r.width + 3, r.y + r.height + 2, (enum bl_charset)(k % 3), NULL));
            for (int at = 0; at < c.width * c.height; at++)
                c.cells[at] = (struct bl_cell){.code = '@'};
            bl_canvas_clear(&c, r);
            scenes[i].draw(&c, r);
            for (int at = 0; at < c.width * c.height; at++) {
                int x = at % c.width, y = at / c.width;
                bool inside = x >= r.x && x < r.x + r.width && y >= r.y && y < r.y + r.height;
                check_cell(&c.cells[at], &c, scenes[i].name);
                if (!inside && c.cells[at].code != '@')
                    fail_msg("%s wrote at %d,%d outside %dx%d+%d+%d", scenes[i].name, x, y, r.width, r.height, r.x, r.y);
            }
            bl_canvas_done(&c);
        }
}

static void test_scenes_survive_every_failed_allocation(void **state)
{
    struct bl_canvas c;

    (void)state;
    assert_true(bl_canvas_init(&c, 70, 20, BL_CHARSET_BRAILLE, NULL));
    for (size_t i = 0; i < n_scenes; i++)
        for (uint64_t k = 1; k <= 20; k++)
            for (int for_good = 0; for_good < 2; for_good++) {
                bl_alloc_fail_at(k, for_good);
                scenes[i].draw(&c, (struct bl_rect){0, 0, 70, 20});
                bl_alloc_fail_at(0, false);
            }
    bl_canvas_done(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scenes_look_like_their_golden_pictures),
        cmocka_unit_test(test_scenes_stay_inside_any_rectangle),
        cmocka_unit_test(test_scenes_survive_every_failed_allocation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
