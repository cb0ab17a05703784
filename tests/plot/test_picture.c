/* Charts on paper: SVG that is well-formed, agrees with the screen and is the same everywhere; PNG and PDF where
 * Cairo is there. tests/plot/golden/NAME.svg are renewed with UPDATE=1: look at them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "batchlab/plot.h"

static void take_chart(const struct bl_chart *chart, struct bl_canvas *c, struct bl_rect r);

/* The scenes of the text renderer hand their charts over to us. */
#define bl_chart_draw take_chart
#include "tests/plot/scenes.c"
#include "tests/plot/scenes_stats.c"
#include "tests/plot/scenes_field.c"
#undef bl_chart_draw

static struct bl_chart *taken;

static void take_chart(const struct bl_chart *chart, struct bl_canvas *c, struct bl_rect r)
{
    (void)c;
    (void)r;
    bl_chart_free(taken);
    taken = bl_chart_copy(chart, NULL);
}

static const struct bl_chart *chart_of_scene(size_t i)
{
    struct bl_canvas c;

    bl_chart_free(taken);
    taken = NULL;
    assert_true(bl_canvas_init(&c, 100, 25, BL_CHARSET_BRAILLE, NULL));
    scenes[i].draw(&c, (struct bl_rect){0, 0, 100, 25});
    bl_canvas_done(&c);
    assert_non_null(taken);
    return taken;
}

static void free_taken(void)
{
    bl_chart_free(taken);
    taken = NULL;
}

static void svg_of(const struct bl_chart *chart, struct bl_text *out)
{
    const struct bl_picture p = {.kind = BL_PICTURE_SVG, .theme = BL_THEME_LIGHT};

    bl_text_clear(out);
    assert_true(bl_chart_picture(chart, &p, out, NULL));
}

/* ---- well-formed ----------------------------------------------------------------------------*/

static void check_reference(const char *at)
{
    static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;"};

    for (size_t i = 0; i < 4; i++)
        if (strncmp(at, known[i], strlen(known[i])) == 0)
            return;
    fail_msg("a bare & at '%.20s'", at);
}

static const char *check_tag(const char *at, char stack[][16], int *depth)
{
    size_t name = strcspn(at + 1, " />\n");
    const char *end = at + 1;

    while (*end && *end != '>') { /* attributes are quoted; nothing in them may be a < */
        if (*end == '"')
            for (end++; *end && *end != '"'; end++)
                assert_true(*end != '<');
        assert_true(*end != '\0');
        end++;
    }
    assert_true(*end == '>');
    if (at[1] == '/') {
        assert_true(*depth > 0);
        (*depth)--;
        assert_int_equal(strncmp(stack[*depth], at + 2, strlen(stack[*depth])), 0);
    } else if (at[1] != '?' && end[-1] != '/') {
        assert_true(*depth < 16 && name < 16);
        snprintf(stack[(*depth)++], 16, "%.*s", (int)name, at + 1);
    }
    return end;
}

static void check_xml(const char *text)
{
    char stack[16][16];
    int depth = 0;

    for (const char *at = text; *at; at++) {
        assert_true((unsigned char)*at >= ' ' || *at == '\n');
        if (*at == '<')
            at = check_tag(at, stack, &depth);
        else if (*at == '&')
            check_reference(at);
    }
    assert_int_equal(depth, 0);
    assert_null(strstr(text, "nan"));
    assert_null(strstr(text, "inf\""));
}

static void test_every_scene_is_well_formed_at_any_size(void **state)
{
    static const int sizes[][2] = {{0, 0}, {120, 120}, {300, 200}, {1600, 400}, {150, 1000}};
    struct bl_text svg = {0};

    (void)state;
    for (size_t i = 0; i < n_scenes; i++)
        for (size_t k = 0; k < 5; k++) {
            const struct bl_picture p = {.kind = BL_PICTURE_SVG, .width = sizes[k][0], .height = sizes[k][1], .follow = k % 2, .part = k == 2};

            bl_text_clear(&svg);
            assert_true(bl_chart_picture(chart_of_scene(i), &p, &svg, NULL));
            check_xml(bl_text_get(&svg));
        }
    bl_text_free(&svg);
    free_taken();
}

static void test_empty_charts_of_every_kind_are_pictures(void **state)
{
    struct bl_text svg = {0};

    (void)state;
    for (int kind = BL_CHART_LINES; kind <= BL_CHART_CONTOUR; kind++) {
        const struct bl_chart chart = bl_chart_make((enum bl_chart_kind)kind);

        svg_of(&chart, &svg);
        check_xml(bl_text_get(&svg));
    }
    bl_text_free(&svg);
}

/* ---- what data may bring ----------------------------------------------------------------------*/

static void test_hostile_names_stay_text(void **state)
{
    static const double x[] = {0, 1}, y[] = {1, 2};
    const struct bl_series s = {.name = "</text><script>alert(1)</script>\x1b[31m&\"'", .x = x, .y = y, .n = 2};
    struct bl_chart chart = bl_chart_make(BL_CHART_LINES);
    struct bl_text svg = {0};

    (void)state;
    chart.title = "<b>\xff\x01</b>";
    chart.x.label = "a<b";
    chart.series = &s;
    chart.n_series = 1;
    svg_of(&chart, &svg);
    check_xml(bl_text_get(&svg));
    assert_null(strstr(bl_text_get(&svg), "<script"));
    assert_null(strstr(bl_text_get(&svg), "<b>"));
    assert_null(strchr(bl_text_get(&svg), 0x1b));
    assert_non_null(strstr(bl_text_get(&svg), "a&lt;b"));
    bl_text_free(&svg);
}

static void test_extreme_values_are_drawn(void **state)
{
    static const double x[] = {0, 1, 2, 3, 4, 5}, y[] = {1e300, -1e300, NAN, INFINITY, 5e-324, 0};
    const struct bl_series s = {.name = "s", .x = x, .y = y, .n = 6};
    struct bl_chart chart = bl_chart_make(BL_CHART_LINES);
    struct bl_text svg = {0};

    (void)state;
    chart.series = &s;
    chart.n_series = 1;
    for (int log = 0; log < 2; log++) {
        chart.y.log = log;
        svg_of(&chart, &svg);
        check_xml(bl_text_get(&svg));
    }
    bl_text_free(&svg);
}

/* The largest y coordinate step of a path: a spike shows as a long way up. */
static double highest_point(const char *svg)
{
    double top = 1e9;

    for (const char *at = strstr(svg, "<path d=\"M"); at; at = strstr(at + 1, "<path d=\"M"))
        if (strncmp(strchr(at, '>') - 1, "/", 1) == 0 && strstr(at, "stroke-width=\"2\"") && strstr(at, "stroke-width=\"2\"") < strchr(at, '>')) {
            char *end;
            for (const char *p = strchr(at, 'M') + 1; *p != '"';) {
                double y;
                strtod(p, &end);
                y = strtod(end, &end);
                top = y < top ? y : top;
                p = *end == 'L' || *end == ' ' ? end + 1 : end;
            }
        }
    return top;
}

static void test_a_spike_among_a_million_points_is_there_and_the_file_small(void **state)
{
    enum { N = 1000000 };
    double *x = bl_calloc(N, sizeof *x), *y = bl_calloc(N, sizeof *y);
    struct bl_series s = {.name = "s", .x = x, .y = y, .n = N, .no_marker = true};
    struct bl_chart chart = bl_chart_make(BL_CHART_LINES);
    struct bl_text svg = {0};

    (void)state;
    for (size_t i = 0; i < N; i++) {
        x[i] = (double)i;
        y[i] = 1 + 0.01 * (double)(i % 7);
    }
    chart.series = &s;
    chart.n_series = 1;
    chart.y.min = 0;
    chart.y.max = 10;
    svg_of(&chart, &svg);
    assert_true(highest_point(bl_text_get(&svg)) > 300);
    y[617283] = 9.9;
    svg_of(&chart, &svg);
    assert_true(highest_point(bl_text_get(&svg)) < 60);
    assert_true(svg.length < 200000);
    bl_text_free(&svg);
    bl_free(x);
    bl_free(y);
}

/* ---- the screen -------------------------------------------------------------------------------*/

/* The words of a text, one by one, that look like ticks: they begin with a digit, a sign or a point. */
static void check_ticks_of_screen(const char *scene, const struct bl_chart *chart, const char *svg)
{
    struct bl_text screen = {0};
    const char *at;

    assert_true(bl_chart_print(chart, 100, 25, BL_CHARSET_BRAILLE, BL_THEME_DARK, BL_COLOURS_NONE, &screen, NULL));
    for (at = bl_text_get(&screen); *at; at += strcspn(at, "\n") + (at[strcspn(at, "\n")] == '\n')) {
        char word[32], wanted[48];
        const char *axis = strstr(at, "\xe2\x94\xa4"); /* ┤ */

        if (!axis || axis > at + strcspn(at, "\n") || sscanf(at, " %31[-0-9.ekM]", word) != 1)
            continue;
        snprintf(wanted, sizeof wanted, ">%s</text>", word);
        if (!strstr(svg, wanted))
            fail_msg("%s: the screen has a tick %s, the picture has not", scene, word);
    }
    bl_text_free(&screen);
}

static void test_ticks_are_those_of_the_screen(void **state)
{
    static const char *const same[] = {"lecture", "race", "finish", "noisy", "broken", "seven", "decades", "scatter", "cloud", "groups", "histogram"};
    struct bl_text svg = {0};

    (void)state;
    for (size_t i = 0; i < n_scenes; i++)
        for (size_t k = 0; k < sizeof same / sizeof *same; k++) {
            if (strcmp(scenes[i].name, same[k]) != 0)
                continue;
            svg_of(chart_of_scene(i), &svg);
            check_ticks_of_screen(scenes[i].name, taken, bl_text_get(&svg));
        }
    bl_text_free(&svg);
    free_taken();
}

static void test_a_copy_prints_as_its_original(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_scenes; i++) {
        struct bl_text one = {0}, two = {0};
        struct bl_chart *copy = bl_chart_copy(chart_of_scene(i), NULL);

        assert_non_null(copy);
        assert_true(bl_chart_print(taken, 80, 24, BL_CHARSET_BRAILLE, BL_THEME_DARK, BL_COLOURS_256, &one, NULL));
        free_taken(); /* nothing of the original is used any more */
        assert_true(bl_chart_print(copy, 80, 24, BL_CHARSET_BRAILLE, BL_THEME_DARK, BL_COLOURS_256, &two, NULL));
        assert_string_equal(bl_text_get(&one), bl_text_get(&two));
        bl_chart_free(copy);
        bl_text_free(&one);
        bl_text_free(&two);
    }
}

/* ---- golden -----------------------------------------------------------------------------------*/

static void compare_golden(const char *name, const struct bl_text *svg)
{
    const char *top = getenv("BL_SOURCE_DIR"), *update = getenv("UPDATE");
    char path[1024], *wanted = NULL;
    size_t n = 0;
    FILE *file;

    snprintf(path, sizeof path, "%s/tests/plot/golden/%s.svg", top ? top : BL_SOURCE_DIR, name);
    if (update && *update && strcmp(update, "0") != 0) {
        assert_non_null(file = fopen(path, "wb"));
        assert_int_equal(fwrite(bl_text_get(svg), 1, svg->length, file), svg->length);
        assert_int_equal(fclose(file), 0);
    }
    if (!bl_file_read(path, 1 << 20, &wanted, &n, NULL))
        fail_msg("cannot read %s: make check UPDATE=1 writes it", path);
    assert_string_equal(wanted, bl_text_get(svg));
    bl_free(wanted);
}

static void test_pictures_are_their_golden_ones(void **state)
{
    static const char *const golden[] = {"finish", "groups", "box", "heat", "biplot", "weights", "contour", "bands"};
    struct bl_text svg = {0};

    (void)state;
    for (size_t i = 0; i < n_scenes; i++)
        for (size_t k = 0; k < sizeof golden / sizeof *golden; k++)
            if (strcmp(scenes[i].name, golden[k]) == 0) {
                svg_of(chart_of_scene(i), &svg);
                compare_golden(golden[k], &svg);
            }
    bl_text_free(&svg);
    free_taken();
}

/* ---- Cairo --------------------------------------------------------------------------------------*/

static void draw_twice(enum bl_picture_kind kind, const char *magic)
{
    const struct bl_picture p = {.kind = kind, .theme = BL_THEME_DARK, .width = 200, .height = 150, .scale = 2};
    struct bl_text one = {0}, two = {0};

    for (size_t i = 0; i < n_scenes; i++) {
        bl_text_clear(&one);
        bl_text_clear(&two);
        assert_true(bl_chart_picture(chart_of_scene(i), &p, &one, NULL));
        assert_true(bl_chart_picture(taken, &p, &two, NULL));
        assert_memory_equal(one.at, magic, strlen(magic));
        assert_int_equal(one.length, two.length);
        assert_memory_equal(one.at, two.at, one.length);
    }
    bl_text_free(&one);
    bl_text_free(&two);
    free_taken();
}

static void test_png_has_its_size(void **state)
{
    const struct bl_picture p = {.kind = BL_PICTURE_PNG, .width = 200, .height = 150, .scale = 2};
    static const unsigned char size[] = {0, 0, 1, 144, 0, 0, 1, 44};
    struct bl_text png = {0};

    (void)state;
    if (!bl_picture_has_cairo())
        skip();
    assert_true(bl_chart_picture(chart_of_scene(0), &p, &png, NULL));
    assert_memory_equal(png.at + 16, size, sizeof size);
    bl_text_free(&png);
    free_taken();
    draw_twice(BL_PICTURE_PNG, "\x89PNG\r\n\x1a\n");
}

static void test_pdf_is_the_same_every_time(void **state)
{
    (void)state;
    if (!bl_picture_has_cairo())
        skip();
    draw_twice(BL_PICTURE_PDF, "%PDF-1.");
}

static void test_refusals_say_what_to_do(void **state)
{
    const struct bl_chart chart = bl_chart_make(BL_CHART_LINES);
    struct bl_text out = {0};
    struct bl_error err = {0};

    (void)state;
    assert_false(bl_chart_picture(&chart, &(struct bl_picture){.width = 100000}, &out, &err));
    assert_non_null(strstr(err.message, "100000 x 500"));
    if (!bl_picture_has_cairo()) {
        err = (struct bl_error){0};
        assert_false(bl_chart_picture(&chart, &(struct bl_picture){.kind = BL_PICTURE_PNG}, &out, &err));
        assert_non_null(strstr(err.hint, "export svg"));
    }
    assert_int_equal(out.length, 0);
    bl_text_free(&out);
}

static void test_failed_allocations_are_errors(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_scenes; i += 3)
        for (uint64_t k = 1; k <= 40; k++) {
            const struct bl_chart *chart = chart_of_scene(i);
            struct bl_text out = {0};
            struct bl_chart *copy;

            bl_alloc_fail_at(k, true);
            copy = bl_chart_copy(chart, NULL);
            bl_chart_picture(chart, &(struct bl_picture){.kind = BL_PICTURE_SVG}, &out, NULL);
            bl_alloc_fail_at(0, false);
            bl_chart_free(copy);
            bl_text_free(&out);
        }
    free_taken();
}

/* ---- pixels for a terminal ------------------------------------------------------------------------------*/

/* Draws a sixel sequence; pixels that it leaves out stay 0. */
struct sixels { unsigned char *rgb, palette[256][3]; size_t width, height, x, y, colour, set; };

static const char *sixel_colour(struct sixels *k, const char *at)
{
    int n = 0, p[4] = {0};

    if (sscanf(at, "#%d;2;%d;%d;%d%n", &p[0], &p[1], &p[2], &p[3], &n) == 4) {
        assert_true(p[0] >= 0 && p[0] < 256);
        for (int i = 0; i < 3; i++)
            k->palette[p[0]][i] = (unsigned char)(p[i + 1] * 255 / 100);
    } else {
        assert_int_equal(sscanf(at, "#%d%n", &p[0], &n), 1);
        k->colour = (size_t)p[0];
    }
    return at + n;
}

static const char *sixel_signs(struct sixels *k, const char *at)
{
    int times = 1, n = 0;

    if (*at == '!') {
        assert_int_equal(sscanf(at, "!%d%n", &times, &n), 1);
        at += n;
    }
    assert_true(*at >= '?' && *at <= '~');
    for (; times > 0; times--, k->x++)
        for (size_t row = 0; row < 6; row++)
            if ((*at - '?') >> row & 1) {
                assert_true(k->x < k->width && k->y + row < k->height);
                memcpy(k->rgb + 3 * ((k->y + row) * k->width + k->x), k->palette[k->colour], 3);
                k->set++;
            }
    return at + 1;
}

static void sixel_draw(struct sixels *k, const char *at)
{
    int n = 0;

    assert_int_equal(sscanf(at, "\033P0;1q\"1;1;%zu;%zu%n", &k->width, &k->height, &n), 2);
    k->rgb = bl_calloc(k->width * k->height, 3);
    for (at += n; *at != '\033';) {
        if (*at == '#')
            at = sixel_colour(k, at);
        else if (*at == '$' || *at == '-')
            k->x = 0, k->y += *at++ == '-' ? 6 : 0;
        else
            at = sixel_signs(k, at);
    }
    assert_string_equal(at, "\033\\\n");
}

/* Every pixel is drawn once, and in a colour near its own. */
static void test_sixels_draw_every_pixel(void **state)
{
    const struct bl_picture rgb = {.kind = BL_PICTURE_RGB, .width = 401, .height = 247, .scale = 1, .theme = BL_THEME_DARK};
    const struct bl_graphics g = {.kind = BL_GRAPHICS_SIXEL, .width = 401, .height = 247, .scale = 1, .theme = BL_THEME_DARK};

    (void)state;
    if (!bl_picture_has_cairo())
        skip();
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i += 3) {
        const struct bl_chart *chart = chart_of_scene(i);
        struct bl_text pixels = {0}, sixels = {0};
        struct sixels k = {0};
        int worst = 0;
        double all = 0;
        assert_true(bl_chart_picture(chart, &rgb, &pixels, NULL));
        assert_true(bl_chart_graphics(chart, &g, &sixels, NULL));
        sixel_draw(&k, bl_text_get(&sixels));
        assert_true(k.width == 401 && k.height == 247 && k.set == k.width * k.height);
        assert_int_equal(pixels.length, 8 + 3 * k.set);
        for (size_t p = 0; p < 3 * k.set; p++) {
            int far = abs((int)k.rgb[p] - (unsigned char)pixels.at[8 + p]);
            worst = far > worst ? far : worst;
            all += far;
        }
        if (worst >= 72 || all / (3 * (double)k.set) >= 3) /* of many shades, the rare ones give way */
            fail_msg("scene %zu: a pixel is %d from its colour, all of them %g", i, worst, all / (3 * (double)k.set));
        bl_free(k.rgb);
        bl_text_free(&pixels);
        bl_text_free(&sixels);
        free_taken();
    }
}

static int value_of(char c)
{
    static const char signs[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(signs, c) : NULL;

    assert_non_null(at);
    return (int)(at - signs);
}

/* The pieces together are the PNG of the same chart; no piece is longer than the protocol has it. */
static void test_kitty_gets_a_png_in_pieces(void **state)
{
    const struct bl_picture png = {.kind = BL_PICTURE_PNG, .width = 400, .height = 250, .scale = 2, .theme = BL_THEME_LIGHT};
    const struct bl_graphics g = {.kind = BL_GRAPHICS_KITTY, .width = 800, .height = 500, .scale = 2, .theme = BL_THEME_LIGHT};
    struct bl_text want = {0}, out = {0}, have = {0};
    const char *at;
    int more = 1;

    (void)state;
    if (!bl_picture_has_cairo())
        skip();
    assert_true(bl_chart_picture(chart_of_scene(0), &png, &want, NULL));
    assert_true(bl_chart_graphics(taken, &g, &out, NULL));
    for (at = bl_text_get(&out); more;) {
        size_t n;
        int used = 0;
        assert_int_equal(sscanf(at, at == out.at ? "\033_Ga=T,f=100,q=2,m=%d;%n" : "\033_Gm=%d;%n", &more, &used), 1);
        at += used;
        n = strcspn(at, "\033");
        assert_true(n > 0 && n <= 4096 && n % 4 == 0);
        for (size_t i = 0; i < n; i += 4) {
            int bits = value_of(at[i]) << 18 | value_of(at[i + 1]) << 12 | (at[i + 2] == '=' ? 0 : value_of(at[i + 2]) << 6) | (at[i + 3] == '=' ? 0 : value_of(at[i + 3]));
            char three[3] = {(char)(bits >> 16), (char)(bits >> 8 & 255), (char)(bits & 255)};
            bl_text_addn(&have, three, at[i + 2] == '=' ? 1 : at[i + 3] == '=' ? 2 : 3);
        }
        assert_int_equal(strncmp(at + n, "\033\\", 2), 0);
        at += n + 2;
    }
    assert_string_equal(at, "\n");
    assert_int_equal(have.length, want.length);
    assert_memory_equal(have.at, want.at, want.length);
    bl_text_free(&want);
    bl_text_free(&out);
    bl_text_free(&have);
    free_taken();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_scene_is_well_formed_at_any_size),
        cmocka_unit_test(test_empty_charts_of_every_kind_are_pictures),
        cmocka_unit_test(test_hostile_names_stay_text),
        cmocka_unit_test(test_extreme_values_are_drawn),
        cmocka_unit_test(test_a_spike_among_a_million_points_is_there_and_the_file_small),
        cmocka_unit_test(test_ticks_are_those_of_the_screen),
        cmocka_unit_test(test_a_copy_prints_as_its_original),
        cmocka_unit_test(test_pictures_are_their_golden_ones),
        cmocka_unit_test(test_png_has_its_size),
        cmocka_unit_test(test_pdf_is_the_same_every_time),
        cmocka_unit_test(test_refusals_say_what_to_do),
        cmocka_unit_test(test_failed_allocations_are_errors),
        cmocka_unit_test(test_sixels_draw_every_pixel),
        cmocka_unit_test(test_kitty_gets_a_png_in_pieces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
