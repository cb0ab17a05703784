/* Cells, text in them, and what is printed of them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "batchlab/plot.h"

static struct bl_canvas canvas;

static void fresh(int width, int height, enum bl_charset charset)
{
    bl_canvas_done(&canvas);
    assert_true(bl_canvas_init(&canvas, width, height, charset, NULL));
}

static void assert_prints(enum bl_theme theme, enum bl_colours colours, const char *wanted)
{
    struct bl_text out = {0};

    bl_canvas_print(&canvas, theme, colours, &out);
    assert_string_equal(bl_text_get(&out), wanted);
    bl_text_free(&out);
}

static void assert_plain(const char *wanted)
{
    assert_prints(BL_THEME_DARK, BL_COLOURS_NONE, wanted);
}

static void test_text_is_cleaned_and_cut_to_its_columns(void **state)
{
    static const struct { const char *text; int columns; const char *line; int used; } cases[] = {
        {"loss", 10, "loss\n", 4},
        {"loss by epoch", 8, "loss by~\n", 8},
        {"ab", 1, "a\n", 1},
        {"日本語", 10, "日本語\n", 6},
        {"日本語", 4, "日~\n", 3},
        {"a\033[31mb", 12, "a\\x1b[31mb\n", 10},
        {"e\xcc\x81t", 12, "e\xcc\x81t\n", 2},
        {"", 5, "\n", 0},
        {"abc", 0, "\n", 0},
        {"a very long line of text", 99, "a very long~\n", 12},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fresh(12, 1, BL_CHARSET_BRAILLE);
        assert_int_equal(bl_canvas_text(&canvas, 0, 0, cases[i].columns, cases[i].text, BL_ROLE_TEXT, 0), cases[i].used);
        assert_plain(cases[i].line);
    }
}

/* Of a picture the lines between the sheet and its end. */
static void test_a_picture_of_cells_holds_their_words(void **state)
{
    static const struct { const char *text; enum bl_theme theme; int attributes; const char *wanted; } cases[] = {
        {"a b", BL_THEME_DARK, 0, "<text x=\"10\" y=\"15\" textLength=\"30\" fill=\"#e0e0e0\">a b</text>\n"},
        {"a b", BL_THEME_LIGHT, BL_BOLD, "<text x=\"10\" y=\"15\" textLength=\"30\" fill=\"#202020\" font-weight=\"bold\">a b</text>\n"},
        {"a  b", BL_THEME_DARK, 0, "<text x=\"10\" y=\"15\" textLength=\"10\" fill=\"#e0e0e0\">a</text>\n"
                                 "<text x=\"40\" y=\"15\" textLength=\"10\" fill=\"#e0e0e0\">b</text>\n"},
        {"<&>", BL_THEME_DARK, 0, "<text x=\"10\" y=\"15\" textLength=\"30\" fill=\"#e0e0e0\">&lt;&amp;&gt;</text>\n"},
        {"\u65e5e\u0301", BL_THEME_DARK, 0, "<text x=\"10\" y=\"15\" textLength=\"20\" fill=\"#e0e0e0\">\u65e5</text>\n"
                                         "<text x=\"30\" y=\"15\" textLength=\"10\" fill=\"#e0e0e0\">e\u0301</text>\n"},
        {"on", BL_THEME_DARK, BL_REVERSE | BL_UNDERLINE, "<rect x=\"10\" y=\"0\" width=\"20\" height=\"20\" fill=\"#e0e0e0\"/>\n"
            "<text x=\"10\" y=\"15\" textLength=\"20\" fill=\"#101010\" text-decoration=\"underline\">on</text>\n"},
        {"", BL_THEME_MONO, 0, ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bl_text out = {0};
        const char *at, *end;

        fresh(12, 1, BL_CHARSET_BRAILLE);
        bl_canvas_text(&canvas, 1, 0, 11, cases[i].text, BL_ROLE_TEXT, cases[i].attributes);
        bl_canvas_svg(&canvas, cases[i].theme, &out);
        at = strstr(bl_text_get(&out), "/>\n") + 3;
        end = strstr(at, "</svg>\n");
        assert_non_null(end);
        if (strlen(cases[i].wanted) != (size_t)(end - at) || strncmp(at, cases[i].wanted, (size_t)(end - at)) != 0)
            fail_msg("%s\n%s", cases[i].text, at);
        bl_text_free(&out);
    }
}

static void test_an_ascii_canvas_makes_ascii_of_every_sign(void **state)
{
    (void)state;
    fresh(40, 1, BL_CHARSET_ASCII);
    bl_canvas_text(&canvas, 0, 0, 40, "▶ run · ±2 ● ▲ ■ │─┌ é ß ✗ 日 ▁▄█ π", BL_ROLE_TEXT, 0);
    assert_plain("> run | ~2 o ^ # |-+ e s x ?  .:# ?\n");
}

static void test_half_a_wide_character_never_stays(void **state)
{
    (void)state;
    fresh(6, 1, BL_CHARSET_BRAILLE);
    bl_canvas_text(&canvas, 0, 0, 6, "日本語", BL_ROLE_TEXT, 0);
    bl_canvas_put(&canvas, 1, 0, 'x', BL_ROLE_TEXT, 0);
    bl_canvas_put(&canvas, 4, 0, 'y', BL_ROLE_TEXT, 0);
    assert_plain(" x本y\n");
    assert_int_equal(bl_canvas_put(&canvas, 5, 0, 0x65e5, BL_ROLE_TEXT, 0), 1); /* no room for two */
    assert_plain(" x本y~\n");
}

static void test_nothing_is_written_outside(void **state)
{
    (void)state;
    fresh(3, 2, BL_CHARSET_BRAILLE);
    assert_int_equal(bl_canvas_put(&canvas, -1, 0, 'x', BL_ROLE_TEXT, 0), 0);
    assert_int_equal(bl_canvas_put(&canvas, 3, 0, 'x', BL_ROLE_TEXT, 0), 0);
    assert_int_equal(bl_canvas_put(&canvas, 0, 2, 'x', BL_ROLE_TEXT, 0), 0);
    assert_int_equal(bl_canvas_text(&canvas, 0, -1, 3, "x", BL_ROLE_TEXT, 0), 0);
    assert_int_equal(bl_canvas_text(&canvas, 5, 0, 3, "x", BL_ROLE_TEXT, 0), 0);
    assert_int_equal(bl_canvas_put(&canvas, 0, 0, '\n', BL_ROLE_TEXT, 0), 0);
    bl_canvas_frame(&canvas, (struct bl_rect){-2, -2, 9, 9}, "title", "note", true);
    bl_canvas_bar(&canvas, 2, 1, 9, 1, BL_ROLE_TEXT);
    bl_canvas_clear(&canvas, (struct bl_rect){-5, -5, 99, 99});
    assert_plain("\n\n");
}

static void test_text_ends_at_the_right_column(void **state)
{
    (void)state;
    fresh(10, 1, BL_CHARSET_BRAILLE);
    assert_int_equal(bl_canvas_right(&canvas, 9, 0, 9, "0.253", BL_ROLE_TEXT, 0), 5);
    assert_plain("    0.253\n");
    fresh(10, 1, BL_CHARSET_BRAILLE);
    bl_canvas_right(&canvas, 10, 0, 6, "a long name", BL_ROLE_TEXT, 0);
    assert_plain("    a lon~\n");
}

static void test_frames_carry_title_and_note(void **state)
{
    struct bl_rect inner;

    (void)state;
    fresh(24, 3, BL_CHARSET_BRAILLE);
    inner = bl_canvas_frame(&canvas, (struct bl_rect){0, 0, 24, 3}, "loss", "off", false);
    assert_plain("┌─ loss ───────── off ─┐\n│                      │\n└──────────────────────┘\n");
    assert_int_equal(inner.x, 1);
    assert_int_equal(inner.y, 1);
    assert_int_equal(inner.width, 21);
    assert_int_equal(inner.height, 1);
    bl_canvas_frame(&canvas, (struct bl_rect){0, 0, 24, 3}, "a title that is far too long", "off", true);
    assert_plain("┏━ a title that is f~ ━┓\n┃                      ┃\n┗━━━━━━━━━━━━━━━━━━━━━━┛\n");
    fresh(12, 2, BL_CHARSET_ASCII);
    bl_canvas_frame(&canvas, (struct bl_rect){0, 0, 12, 2}, "run", NULL, true);
    assert_plain("#= run ====#\n#==========#\n");
}

static void test_bars_and_sparks_use_eighths(void **state)
{
    const double history[] = {8, 4, 1, 0, NAN, 8};

    (void)state;
    fresh(8, 2, BL_CHARSET_BRAILLE);
    bl_canvas_bar(&canvas, 0, 0, 4, 0.53, BL_ROLE_TEXT);
    bl_canvas_spark(&canvas, 0, 1, 8, 1, history, 6, BL_ROLE_TEXT);
    assert_plain("██▏\n█▄▁▁✗█\n");
    fresh(8, 2, BL_CHARSET_ASCII);
    bl_canvas_bar(&canvas, 0, 0, 4, 0.53, BL_ROLE_TEXT);
    bl_canvas_spark(&canvas, 0, 1, 3, 1, history, 6, BL_ROLE_TEXT); /* two values a column: the largest */
    assert_plain("##\n#.x\n");
    fresh(3, 3, BL_CHARSET_BRAILLE);
    bl_canvas_spark(&canvas, 0, 0, 3, 3, history, 3, BL_ROLE_TEXT);
    assert_plain("█\n█▄\n██▃\n");
}

static void test_print_emits_no_sequence_that_changes_nothing(void **state)
{
    (void)state;
    fresh(8, 2, BL_CHARSET_BRAILLE);
    bl_canvas_text(&canvas, 0, 0, 2, "ab", BL_ROLE_CURVE1, 0);
    bl_canvas_text(&canvas, 3, 0, 1, "c", BL_ROLE_CURVE1, 0);
    bl_canvas_text(&canvas, 4, 0, 1, "d", BL_ROLE_TEXT, 0);
    bl_canvas_text(&canvas, 5, 0, 1, "e", BL_ROLE_CURVE2, BL_BOLD);
    bl_canvas_text(&canvas, 1, 1, 1, "f", BL_ROLE_TEXT, 0);
    assert_prints(BL_THEME_DARK, BL_COLOURS_256, "\033[38;5;74mab c\033[md\033[1;38;5;227me\033[m\n f\n");
    assert_prints(BL_THEME_DARK, BL_COLOURS_RGB, "\033[38;2;86;180;233mab c\033[md\033[1;38;2;240;228;66me\033[m\n f\n");
    assert_prints(BL_THEME_DARK, BL_COLOURS_16, "\033[96mab c\033[md\033[1;93me\033[m\n f\n");
    assert_prints(BL_THEME_DARK, BL_COLOURS_8, "\033[1;36mab c\033[md\033[1;33me\033[m\n f\n");
    assert_prints(BL_THEME_MONO, BL_COLOURS_256, "ab cd\033[1me\033[m\n f\n");
    assert_prints(BL_THEME_LIGHT, BL_COLOURS_NONE, "ab cde\n f\n");
}

static void test_reversed_blanks_are_kept(void **state)
{
    (void)state;
    fresh(4, 1, BL_CHARSET_BRAILLE);
    bl_canvas_text(&canvas, 0, 0, 3, "a  ", BL_ROLE_TEXT, BL_REVERSE);
    assert_prints(BL_THEME_DARK, BL_COLOURS_16, "\033[7ma  \033[m\n");
    assert_plain("a\n");
}

static void test_every_role_has_a_look_in_every_theme(void **state)
{
    (void)state;
    for (int theme = 0; theme <= BL_THEME_CONTRAST; theme++)
        for (int colours = 0; colours <= BL_COLOURS_RGB; colours++)
            for (int role = 0; role < BL_ROLES; role++) {
                static const int most[] = {-1, 7, 15, 255, 255};
                struct bl_look look = bl_theme_look((enum bl_theme)theme, (enum bl_colours)colours, (enum bl_role)role);
                assert_true(look.colour >= -1 && look.colour <= most[colours]);
                assert_true(theme != BL_THEME_CONTRAST || colours == BL_COLOURS_NONE || look.bold);
                assert_true(theme != BL_THEME_MONO || look.colour == -1);
            }
    assert_int_equal(bl_theme_look(BL_THEME_DARK, BL_COLOURS_256, BL_ROLE_CURVE3).colour, 166);
    assert_int_equal(bl_theme_look(BL_THEME_LIGHT, BL_COLOURS_256, BL_ROLE_CURVE3).colour, -1);
    assert_int_equal(bl_theme_look(BL_THEME_LIGHT, BL_COLOURS_RGB, BL_ROLE_CURVE1).rgb, 0x0072b2);
    assert_int_equal(bl_curve_role(8), BL_ROLE_CURVE2);
}

static double luminance(uint32_t rgb)
{
    double sum = 0;
    static const double weights[] = {0.0722, 0.7152, 0.2126};

    for (int i = 0; i < 3; i++) {
        double part = (double)(rgb >> (8 * i) & 255) / 255;
        sum += weights[i] * (part <= 0.03928 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4));
    }
    return sum;
}

/* WCAG 2.1: 3 : 1 for curves in both themes, 7 : 1 in the contrast theme (which is for dark ground). */
static void test_curves_have_contrast(void **state)
{
    (void)state;
    for (int i = 0; i < 7; i++) {
        enum bl_role role = bl_curve_role((size_t)i);
        struct bl_look dark = bl_theme_look(BL_THEME_DARK, BL_COLOURS_RGB, role);
        struct bl_look light = bl_theme_look(BL_THEME_LIGHT, BL_COLOURS_RGB, role);
        struct bl_look strong = bl_theme_look(BL_THEME_CONTRAST, BL_COLOURS_RGB, role);
        assert_true((luminance(dark.rgb) + 0.05) / 0.05 >= 3);
        assert_true(light.colour < 0 || 1.05 / (luminance(light.rgb) + 0.05) >= 2.9);
        assert_true((luminance(strong.rgb) + 0.05) / 0.05 >= 7);
    }
}

static void test_a_canvas_without_room_or_memory_is_refused(void **state)
{
    struct bl_canvas c;
    struct bl_error err;

    (void)state;
    assert_false(bl_canvas_init(&c, 0, 5, BL_CHARSET_BRAILLE, &err));
    assert_int_equal(err.code, BL_VALUE);
    bl_alloc_fail_at(1, false);
    assert_false(bl_canvas_init(&c, 5, 5, BL_CHARSET_BRAILLE, &err));
    assert_int_equal(err.code, BL_MEMORY);
    bl_alloc_fail_at(0, false);
}

static int done(void **state)
{
    (void)state;
    bl_canvas_done(&canvas);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_is_cleaned_and_cut_to_its_columns),
        cmocka_unit_test(test_a_picture_of_cells_holds_their_words),
        cmocka_unit_test(test_an_ascii_canvas_makes_ascii_of_every_sign),
        cmocka_unit_test(test_half_a_wide_character_never_stays),
        cmocka_unit_test(test_nothing_is_written_outside),
        cmocka_unit_test(test_text_ends_at_the_right_column),
        cmocka_unit_test(test_frames_carry_title_and_note),
        cmocka_unit_test(test_bars_and_sparks_use_eighths),
        cmocka_unit_test(test_print_emits_no_sequence_that_changes_nothing),
        cmocka_unit_test(test_reversed_blanks_are_kept),
        cmocka_unit_test(test_every_role_has_a_look_in_every_theme),
        cmocka_unit_test(test_curves_have_contrast),
        cmocka_unit_test(test_a_canvas_without_room_or_memory_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, done);
}
