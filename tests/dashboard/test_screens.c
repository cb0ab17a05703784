/* Whole screens as text: tests/screens/NAME.SIZE.txt in UTF-8, .ascii.txt in ASCII, and of every view .colour.txt in
 * 256 colours. With UPDATE=1 in the environment they are written anew: look at them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "golden.h"
#include "scenes.h"

#define FOUR "60x20 80x24 120x40 200x60"

static const struct {
    const char *name, *scene;
    int view;
    const char *keys, *sizes;
} screens[] = {
    { "compare", "race", 2, "", FOUR },
    { "overview", "race", 0, "", FOUR },
    { "loss", "single", 1, "", FOUR },
    { "run", "single", 0, "", "120x40 200x60" },
    { "stats", "loaded", 3, "", FOUR },
    { "weights", "race", 6, "", FOUR },
    { "boundary", "race", 4, "", "40x10 " FOUR },
    { "contour", "race", 5, "", "40x10 " FOUR },
    { "theory", "race", 8, "", "40x10 " FOUR },
    { "inside", "race", 9, "", "40x10 " FOUR },
    { "evaluation", "race", 10, "", "40x10 " FOUR },
    { "layers", "network", 6, "", "40x10 " FOUR },
    { "layer-chosen", "network", 6, "jjjjj", "60x20 80x24 200x60" },
    { "network", "network", 0, "", "120x40 200x60" },
    { "stream", "stream", -1, "", "40x10 " FOUR },
    { "stream-done", "streamed", 2, "", FOUR },
    { "stream-table", "stream", 2, "\t", "60x20" },
    { "stream-spent", "stream", 2, "\t\t", "60x20" },
    { "stream-front", "stream", 2, "jjz", "80x24" },
    { "stream-cursor", "stream", 2, ">hhhz", "80x24" },
    { "stream-words", "stream", 2, "T", "60x20 80x24" },
    { "stream-help", "stream", 2, "?", "60x20" },
    { "stream-lecture", "stream", 2, "p", "120x40" },
    { "no-layers", "race", 6, "PP\t", "120x40" },
    { "nothing-to-judge", "loaded", 10, "", "60x20" },
    { "events", "race", 7, "", FOUR },
    { "empty", "empty", -1, "", FOUR },
    { "diverged", "diverged", 2, "", "60x20 80x24" },
    { "ten", "ten", -1, "", "80x24 200x60" },
    { "help", "race", 2, "?", "60x20 80x24" },
    { "zoom", "race", 0, "z", "120x40" },
    { "cursor", "race", 2, "HHH", "80x24" },
    { "command", "race", 2, ":step 5", "60x20" },
    { "lecture", "race", 2, "pj", FOUR },
    { "lecture-run", "single", 1, "phhhh", "60x20 120x40" },
    { "lecture-diverged", "diverged", 2, "pjj", "60x20 80x24" },
    { "forks", "forked", 1, "", "60x20 80x24 120x40" },
    { "tree", "forked", 7, "\tkk", FOUR },
    { "panels", "forked", 0, "PP\tD\tM", "120x40 200x60" },
    { "axes", "race", 2, "hhhh>>(", "80x24" },
    { "nearer", "race", 2, "jYY", "60x20 80x24" },
    { "hidden", "race", 2, "jm", "80x24" },
    { "words", "race", 2, "T", "60x20 80x24" },
    { "status", "race", -1, "", "30x1 39x9" },
};

static void draw(const char *scene, int view, const char *keys, int width, int height, enum bl_charset charset, enum bl_colours colours,
                 struct bl_text *out)
{
    struct bl_text command = { 0 };
    struct bl_canvas c;
    struct scene s;
    struct ui ui;
    int x, y;

    assert_true(scene_make(&s, scene));
    assert_true(bl_canvas_init(&c, width, height, charset, NULL));
    ui_init(&ui, NULL);
    ui.ghost = s.ghost.n_runs ? &s.ghost : NULL;
    s.view.view = view;
    dashboard_compose(&c, &s.snap, &s.view, &ui, &x, &y);
    for (; *keys; keys++) {
        ui_key(&ui, &s.snap, &s.view, *keys, &command);
        dashboard_compose(&c, &s.snap, &s.view, &ui, &x, &y);
    }
    bl_canvas_print(&c, BL_THEME_DARK, colours, out);
    bl_text_free(&command);
    ui_done(&ui);
    bl_canvas_done(&c);
    scene_done(&s);
}

/* Whole views, as they come, are looked at in colour, too. */
static bool coloured(size_t i) { return !screens[i].keys[0] && strstr(screens[i].sizes, FOUR); }

static void check_screen(size_t i, const char *size, enum bl_charset charset, enum bl_colours colours, const char *mode)
{
    struct bl_text found = { 0 };
    int width, height;

    assert_int_equal(sscanf(size, "%dx%d", &width, &height), 2);
    draw(screens[i].scene, screens[i].view, screens[i].keys, width, height, charset, colours, &found);
    golden_check(screens[i].name, size, mode, &found);
    bl_text_free(&found);
}

static void test_screens_are_as_drawn(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof screens / sizeof *screens; i++) {
        char sizes[64], *save = NULL;
        snprintf(sizes, sizeof sizes, "%s", screens[i].sizes);
        for (char *size = strtok_r(sizes, " ", &save); size; size = strtok_r(NULL, " ", &save)) {
            check_screen(i, size, BL_CHARSET_BRAILLE, BL_COLOURS_NONE, "");
            check_screen(i, size, BL_CHARSET_ASCII, BL_COLOURS_NONE, ".ascii");
            if (coloured(i))
                check_screen(i, size, BL_CHARSET_BRAILLE, BL_COLOURS_256, ".colour");
        }
    }
}

/* Nothing in ASCII needs more than ASCII, and no screen ends in the middle of a line. */
static void test_ascii_screens_hold_only_ascii(void **state)
{
    (void)state;
    for (size_t i = 0; scene_names[i]; i++)
        for (int view = 0; view < 11; view++) {
            struct bl_text out = { 0 };
            draw(scene_names[i], view, "", 120, 40, BL_CHARSET_ASCII, BL_COLOURS_NONE, &out);
            for (size_t k = 0; k < out.length; k++)
                if ((unsigned char)out.at[k] > 126)
                    fail_msg("%s, view %d: byte %d is not ASCII", scene_names[i], view, (unsigned char)out.at[k]);
            bl_text_free(&out);
        }
}

/* The last two hints to go are the ways to help and out. */
static void test_help_and_prompt_are_the_last_hints(void **state)
{
    (void)state;
    for (int width = 40; width <= 200; width += 7) {
        struct bl_text out = { 0 };
        draw("race", 2, "", width, 24, BL_CHARSET_ASCII, BL_COLOURS_NONE, &out);
        assert_non_null(strstr(bl_text_get(&out), "? help"));
        assert_non_null(strstr(bl_text_get(&out), "q prompt"));
        bl_text_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_screens_are_as_drawn),
        cmocka_unit_test(test_ascii_screens_hold_only_ascii),
        cmocka_unit_test(test_help_and_prompt_are_the_last_hints),
    };

    return cmocka_run_group_tests_name("screens", tests, NULL, NULL);
}
