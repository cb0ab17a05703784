/* The palettes: what is promised of them, computed from them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "batchlab/plot.h"

/* ---- colour as eyes have it --------------------------------------------------------------------------*/

struct light { double r, g, b; }; /* linear */

static double linear(unsigned byte)
{
    double c = byte / 255.0;

    return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

static struct light light_of(uint32_t rgb) { return (struct light){ linear(rgb >> 16 & 255), linear(rgb >> 8 & 255), linear(rgb & 255) }; }

static double luminance(uint32_t rgb)
{
    struct light l = light_of(rgb);

    return 0.2126 * l.r + 0.7152 * l.g + 0.0722 * l.b;
}

/* WCAG 2: (lighter + 0.05) / (darker + 0.05). */
static double contrast(uint32_t a, uint32_t b)
{
    double x = luminance(a) + 0.05, y = luminance(b) + 0.05;

    return x > y ? x / y : y / x;
}

/* Viénot, Brettel and Mollon 1999, in linear RGB: how protan (0) and deutan (1) vision sees it. */
static struct light dichromat(struct light c, int kind)
{
    static const double m[2][2] = { { 0.11238, 0.88762 }, { 0.29275, 0.70725 } };
    double rg = m[kind][0] * c.r + m[kind][1] * c.g, b = kind == 0 ? 0.00401 * c.r - 0.00401 * c.g + c.b : -0.02234 * c.r + 0.02234 * c.g + c.b;

    return (struct light){ rg, rg, b < 0 ? 0 : b };
}

static double f_lab(double t) { return t > 0.008856 ? cbrt(t) : 7.787 * t + 16.0 / 116; }

/* CIE 1976: the distance in L*a*b*. */
static double distance(struct light a, struct light b)
{
    struct light two[2] = { a, b };
    double lab[2][3];

    for (int i = 0; i < 2; i++) {
        double x = f_lab((0.4124 * two[i].r + 0.3576 * two[i].g + 0.1805 * two[i].b) / 0.9505);
        double y = f_lab(0.2126 * two[i].r + 0.7152 * two[i].g + 0.0722 * two[i].b);
        double z = f_lab((0.0193 * two[i].r + 0.1192 * two[i].g + 0.9505 * two[i].b) / 1.089);
        lab[i][0] = 116 * y - 16, lab[i][1] = 500 * (x - y), lab[i][2] = 200 * (y - z);
    }
    return sqrt(pow(lab[0][0] - lab[1][0], 2) + pow(lab[0][1] - lab[1][1], 2) + pow(lab[0][2] - lab[1][2], 2));
}

/* The palette of 256: a cube of 6 × 6 × 6, then 24 greys. */
static uint32_t indexed_rgb(int i)
{
    static const unsigned steps[] = { 0, 95, 135, 175, 215, 255 };
    unsigned n = (unsigned)i - 16, grey = 8 + 10 * ((unsigned)i - 232);

    if (i >= 232)
        return grey << 16 | grey << 8 | grey;
    return steps[n / 36] << 16 | steps[n / 6 % 6] << 8 | steps[n % 6];
}

/* ---- what is promised -----------------------------------------------------------------------------------*/

static const struct { enum bl_theme theme; uint32_t ground, own; double text, curves; } themes[] = {
    { BL_THEME_DARK, 0x000000, 0xc0c0c0, 4.5, 3 },
    { BL_THEME_LIGHT, 0xffffff, 0x000000, 4.5, 3 },
    { BL_THEME_CONTRAST, 0x000000, 0xffffff, 7, 7 },
};
enum { THEMES = sizeof themes / sizeof *themes };

static uint32_t rgb_of(size_t theme, enum bl_role role)
{
    struct bl_look look = bl_theme_look(themes[theme].theme, BL_COLOURS_RGB, role);

    return look.colour < 0 ? themes[theme].own : look.rgb;
}

static void test_text_and_curves_have_contrast(void **state)
{
    static const enum bl_role text[] = { BL_ROLE_TEXT, BL_ROLE_TITLE, BL_ROLE_DIM, BL_ROLE_FOCUS, BL_ROLE_GOOD, BL_ROLE_WARN };

    (void)state;
    for (size_t t = 0; t < THEMES; t++) {
        for (size_t i = 0; i < sizeof text / sizeof *text; i++)
            if (contrast(rgb_of(t, text[i]), themes[t].ground) < themes[t].text)
                fail_msg("theme %zu, role %d: %.2f", t, (int)text[i], contrast(rgb_of(t, text[i]), themes[t].ground));
        for (int role = BL_ROLE_CURVE1; role <= BL_ROLE_CURVE7; role++)
            if (contrast(rgb_of(t, (enum bl_role)role), themes[t].ground) < themes[t].curves)
                fail_msg("theme %zu, curve %d: %.2f", t, role - BL_ROLE_CURVE1 + 1, contrast(rgb_of(t, (enum bl_role)role), themes[t].ground));
        assert_true(contrast(rgb_of(t, BL_ROLE_BAD), themes[t].ground) >= themes[t].curves); /* bold, and with a word beside it */
    }
}

/* The first three curves for every common kind of colour vision. */
static void test_the_first_three_curves_stay_apart(void **state)
{
    (void)state;
    for (size_t t = 0; t < THEMES; t++)
        for (int a = 0; a < 3; a++)
            for (int b = a + 1; b < 3; b++) {
                struct light x = light_of(rgb_of(t, bl_curve_role((size_t)a))), y = light_of(rgb_of(t, bl_curve_role((size_t)b)));
                assert_true(distance(x, y) > 20);
                for (int kind = 0; kind < 2; kind++)
                    if (distance(dichromat(x, kind), dichromat(y, kind)) < 20)
                        fail_msg("theme %zu, curves %d and %d, vision %d: %.1f", t, a + 1, b + 1, kind,
                                 distance(dichromat(x, kind), dichromat(y, kind)));
            }
}

/* The nearest of 256, or near enough to it. */
static void test_the_palette_of_256_looks_like_the_full_one(void **state)
{
    (void)state;
    for (size_t t = 0; t < THEMES; t++)
        for (int role = 0; role < BL_ROLES; role++) {
            struct bl_look full = bl_theme_look(themes[t].theme, BL_COLOURS_RGB, (enum bl_role)role);
            struct bl_look look = bl_theme_look(themes[t].theme, BL_COLOURS_256, (enum bl_role)role);
            assert_int_equal(full.colour, look.colour);
            if (look.colour < 0)
                continue;
            assert_in_range(look.colour, 16, 255);
            if (distance(light_of(indexed_rgb(look.colour)), light_of(full.rgb)) > 40)
                fail_msg("theme %zu, role %d: %d is %.1f away", t, role, look.colour, distance(light_of(indexed_rgb(look.colour)), light_of(full.rgb)));
        }
}

/* 16 and 8 colours, 0 and mono: in range, and the first three curves still differ by colour. */
static void test_small_palettes_stay_in_range(void **state)
{
    static const struct { enum bl_colours depth; int most; } depths[] = { { BL_COLOURS_16, 15 }, { BL_COLOURS_8, 7 }, { BL_COLOURS_NONE, -1 } };

    (void)state;
    for (size_t t = 0; t < THEMES; t++)
        for (size_t k = 0; k < 3; k++) {
            int seen[3];
            for (int role = 0; role < BL_ROLES; role++) {
                struct bl_look look = bl_theme_look(themes[t].theme, depths[k].depth, (enum bl_role)role);
                assert_true(look.colour >= -1 && look.colour <= depths[k].most);
            }
            for (size_t i = 0; i < 3; i++)
                seen[i] = bl_theme_look(themes[t].theme, depths[k].depth, bl_curve_role(i)).colour;
            if (depths[k].most > 0 && (seen[0] == seen[1] || seen[1] == seen[2] || seen[0] == seen[2]))
                fail_msg("theme %zu, %d colours: curves look alike", t, depths[k].most + 1);
        }
    for (int role = 0; role < BL_ROLES; role++)
        assert_int_equal(bl_theme_look(BL_THEME_MONO, BL_COLOURS_RGB, (enum bl_role)role).colour, -1);
}

/* Without colour, markers and dashes tell curves apart. */
static void test_curves_differ_without_colour(void **state)
{
    (void)state;
    for (size_t a = 0; a < 7; a++)
        for (size_t b = a + 1; b < 7; b++) {
            assert_string_not_equal(bl_marker(a, BL_CHARSET_BRAILLE), bl_marker(b, BL_CHARSET_BRAILLE));
            assert_string_not_equal(bl_marker(a, BL_CHARSET_ASCII), bl_marker(b, BL_CHARSET_ASCII));
            assert_memory_not_equal(bl_dash(a), bl_dash(b), 4 * sizeof *bl_dash(a));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_and_curves_have_contrast),
        cmocka_unit_test(test_the_first_three_curves_stay_apart),
        cmocka_unit_test(test_the_palette_of_256_looks_like_the_full_one),
        cmocka_unit_test(test_small_palettes_stay_in_range),
        cmocka_unit_test(test_curves_differ_without_colour),
    };

    return cmocka_run_group_tests_name("theme", tests, NULL, NULL);
}
