/* What charts promise whatever the data: spikes show, names never overlap, nothing fails. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "batchlab/plot.h"

static void assert_near(double found, double wanted, double slack)
{
    if (!(fabs(found - wanted) <= slack))
        fail_msg("%.17g is not %.17g", found, wanted);
}

enum { POINTS = 3000 };
static double xs[8][POINTS], ys[8][POINTS];

static char *print(const struct bl_chart *chart, int width, int height, enum bl_charset charset)
{
    struct bl_text out = {0};

    assert_true(bl_chart_print(chart, width, height, charset, BL_THEME_DARK, BL_COLOURS_NONE, &out, NULL));
    return bl_text_take(&out);
}

static void assert_shows(const struct bl_chart *chart, int width, int height, enum bl_charset charset, const char *text)
{
    char *picture = print(chart, width, height, charset);

    if (!strstr(picture, text))
        fail_msg("'%s' is missing in\n%s", text, picture);
    bl_free(picture);
}

static struct bl_chart flat_line(struct bl_series *s, size_t n, double y)
{
    struct bl_chart chart = bl_chart_make(BL_CHART_LINES);

    for (size_t i = 0; i < n; i++) {
        xs[0][i] = (double)i;
        ys[0][i] = y;
    }
    *s = (struct bl_series){.name = "curve", .x = xs[0], .y = ys[0], .n = n};
    chart.series = s;
    chart.n_series = 1;
    return chart;
}

static void test_no_spike_is_lost_by_thinning(void **state)
{
    struct bl_series s;
    struct bl_chart chart = flat_line(&s, POINTS, 1);

    (void)state;
    chart.y.min = 0;
    chart.y.max = 10;
    for (size_t style = 0; style < 7; style++)
        for (size_t at = 7; at < POINTS; at += 491) {
            struct bl_canvas c;
            bool top = false;
            s.style = style;
            ys[0][at] = 10;
            assert_true(bl_canvas_init(&c, 60, 12, BL_CHARSET_BRAILLE, NULL));
            bl_chart_draw(&chart, &c, (struct bl_rect){0, 0, 60, 12});
            for (int x = 4; x < 60; x++)
                top |= c.cells[x].code > 0x2800 && c.cells[x].code < 0x2900;
            assert_true(top);
            bl_canvas_done(&c);
            ys[0][at] = 1;
        }
}

static void test_names_stand_once_each_and_in_the_order_of_the_curves(void **state)
{
    struct bl_series series[8];
    struct bl_chart chart = bl_chart_make(BL_CHART_LINES);
    char names[8][16];

    (void)state;
    for (size_t k = 0; k < 8; k++) { /* all end within one row, the last on top */
        snprintf(names[k], sizeof names[k], "curve-%zu", k);
        for (size_t i = 0; i < 50; i++) {
            xs[k][i] = (double)i;
            ys[k][i] = 1 + 0.001 * (double)k + 10.0 / (1 + (double)i);
        }
        series[k] = (struct bl_series){.name = names[k], .x = xs[k], .y = ys[k], .n = 50, .style = k};
    }
    chart.series = series;
    chart.n_series = 8;
    for (int height = 12; height < 40; height++) {
        char *picture = print(&chart, 80, height, BL_CHARSET_BRAILLE), *before = picture;
        for (size_t k = 8; k-- > 0;) {
            char *here = strstr(before, names[k]);
            assert_non_null(here);
            assert_null(strstr(here + 1, names[k]));
            before = here;
        }
        bl_free(picture);
    }
}

/* A marker right before the name at the end would stand there twice: the name begins with one. */
static void test_no_marker_stands_right_before_a_name(void **state)
{
    struct bl_series s;

    (void)state;
    for (int width = 40; width < 80; width++) {
        struct bl_chart chart = flat_line(&s, 20, 1);
        s.name = "batch";
        char *picture = print(&chart, width, 12, BL_CHARSET_BRAILLE);
        char *name = strstr(picture, "● batch");
        assert_non_null(name);
        for (char *at = picture; (at = strstr(at, "●")) != NULL && at < name; at += strlen("●"))
            assert_true(name - at >= (ptrdiff_t)(3 * strlen("●")));
        bl_free(picture);
    }
}

/* At 40 columns for curve and name a word like this has room beside its curve. */
static void test_a_name_of_one_word_is_whole_where_half_is_left_for_the_curve(void **state)
{
    struct bl_series s;
    struct bl_chart chart = flat_line(&s, 20, 0.0792);

    (void)state;
    s.name = "stochastic";
    assert_shows(&chart, 48, 12, BL_CHARSET_BRAILLE, "● stochastic 0.0792");
}

/* `wrong` points of `all` that share a cell: does a cross stand there? */
static bool crossed(size_t wrong, size_t all)
{
    static const double values[4] = {-1, 1, -1, 1};
    double x[64] = {0}, y[64] = {0};
    const struct bl_field field = {2, 2, 1, -1, 1, -1, 1, values};
    struct bl_series series[2] = {{.name = "a", .x = x, .y = y, .n = all - wrong}, {.name = "wrong", .x = x, .y = y, .n = wrong, .wrong = true, .mark = "!"}};
    struct bl_chart chart = bl_chart_make(BL_CHART_REGIONS);
    char *picture;
    bool found;

    chart.series = series;
    chart.n_series = 2;
    chart.field = &field;
    chart.x = chart.y = (struct bl_axis){.min = -1, .max = 1};
    picture = print(&chart, 40, 12, BL_CHARSET_BRAILLE);
    found = strstr(picture, "✗") != NULL;
    bl_free(picture);
    return found;
}

/* Row of the picture in which the text stands. */
static int row_of(const struct bl_chart *chart, const char *text)
{
    char *picture = print(chart, 60, 14, BL_CHARSET_BRAILLE), *at = strstr(picture, text);
    int row = 0;

    assert_non_null(at);
    for (const char *p = picture; p < at; p++)
        row += *p == '\n';
    bl_free(picture);
    return row;
}

static void test_a_name_stands_where_its_value_is(void **state)
{
    struct bl_series s;
    struct bl_chart chart = flat_line(&s, 20, 9);
    int above, below;

    (void)state;
    chart.y.min = 0, chart.y.max = 10;
    ys[0][18] = ys[0][19] = 1; /* newer than the value that is told */
    s.value = "9.00", s.newer = 2;
    above = row_of(&chart, "curve 9.00");
    s.value = "1.00", s.newer = 0;
    below = row_of(&chart, "curve 1.00");
    assert_true(above < 4 && below > above + 4);
}

static void test_a_wrong_point_is_not_lost_among_right_ones(void **state)
{
    (void)state;
    assert_true(crossed(1, 1));
    assert_true(crossed(1, 4));
    assert_true(crossed(5, 20));
    assert_false(crossed(1, 8));
    assert_false(crossed(0, 8));
}

static void test_one_number_on_an_axis_is_too_few(void **state)
{
    struct bl_series s;
    struct bl_chart chart = flat_line(&s, 20, 1);
    double x[20];

    (void)state;
    for (int i = 0; i < 20; i++)
        x[i] = 4092.0 * i / 19;
    s.x = x;
    s.name = "stochastic";
    chart.x.min = 0, chart.x.max = 4092, chart.x.count = true;
    assert_shows(&chart, 48, 12, BL_CHARSET_BRAILLE, "2k");
}

static void test_names_become_a_legend_where_they_find_no_room(void **state)
{
    struct bl_series s;
    struct bl_chart chart = flat_line(&s, 20, 1);

    (void)state;
    chart.title = "loss";
    s.name = "a rather long name";
    assert_shows(&chart, 34, 10, BL_CHARSET_BRAILLE, "● ");
    assert_shows(&chart, 60, 10, BL_CHARSET_ASCII, "loss                             o a rather long name 1.00");
    s.name = "a name that is much too long for anything";
    assert_shows(&chart, 60, 10, BL_CHARSET_ASCII, "loss                      o a name that ~for anything 1.00");
    s.name = "short";
    assert_shows(&chart, 60, 10, BL_CHARSET_BRAILLE, "● short 1.00");
}

/* Three entries of which no two fit side by side take three rows, though their letters would fit into two. */
static void test_a_legend_has_the_rows_its_entries_need(void **state)
{
    struct bl_series s[3];
    struct bl_chart chart = flat_line(&s[0], 20, 1);

    (void)state;
    s[1] = s[2] = s[0];
    s[0].name = "newton", s[1].name = "mini 16 adam", s[2].name = "batch nesterov";
    chart.series = s;
    chart.n_series = 3;
    assert_shows(&chart, 33, 18, BL_CHARSET_BRAILLE, "batch nesterov 1.00");
}

/* Seven decades in thirteen rows: two would stand one below the other. */
static void test_numbers_on_an_axis_do_not_touch(void **state)
{
    struct bl_series s;
    struct bl_chart chart = flat_line(&s, 20, 1);

    (void)state;
    s.name = "loss";
    for (int height = 8; height < 30; height++)
        for (int decades = 2; decades < 12; decades++) {
            int last = -2, row = 0;
            chart.y = (struct bl_axis){.log = true, .min = pow(10, -decades), .max = 1};
            char *picture = print(&chart, 60, height, BL_CHARSET_BRAILLE);
            for (char *line = picture; *line; line += strcspn(line, "\n"), line += *line == '\n', row++) {
                char *tick = strstr(line, "┤");
                if (!tick || tick > line + strcspn(line, "\n"))
                    continue;
                assert_true(row - last >= 2);
                last = row;
            }
            bl_free(picture);
        }
}

static void test_a_histogram_around_zero_has_a_number_there(void **state)
{
    struct bl_chart chart = bl_chart_make(BL_CHART_HISTOGRAM);
    double edges[20];
    size_t counts[19];

    (void)state;
    for (int i = 0; i < 20; i++)
        edges[i] = 20 * (i - 9);
    for (size_t i = 0; i < 19; i++)
        counts[i] = i + 1;
    chart.edges = edges;
    chart.counts = counts;
    chart.bins = 19;
    chart.groups = 1;
    for (int width = 30; width < 70; width++) {
        char *picture = print(&chart, width, 10, BL_CHARSET_BRAILLE), *line = picture;
        while (line[strcspn(line, "\n")] && line[strcspn(line, "\n") + 1]) /* the last one */
            line += strcspn(line, "\n") + 1;
        assert_non_null(strstr(line, " 0 "));
        bl_free(picture);
    }
}

static void test_long_names_lose_their_middle(void **state)
{
    struct bl_series s;
    struct bl_chart chart = flat_line(&s, 20, 1);

    (void)state;
    s.name = "houses_with_a_very_long_name_indeed";
    assert_shows(&chart, 60, 10, BL_CHARSET_BRAILLE, "● houses_w~e_indeed 1.00");
}

static void test_values_that_are_not_finite_leave_a_cross(void **state)
{
    struct bl_series s;
    struct bl_chart chart = flat_line(&s, 40, 1);

    (void)state;
    ys[0][11] = INFINITY;
    ys[0][20] = NAN;
    assert_shows(&chart, 60, 10, BL_CHARSET_BRAILLE, "✗");
    assert_shows(&chart, 60, 10, BL_CHARSET_ASCII, "x");
    for (int i = 0; i < 40; i++)
        ys[0][i] = NAN;
    assert_shows(&chart, 60, 10, BL_CHARSET_BRAILLE, "✗");
}

static void test_a_log_axis_says_how_many_values_it_cannot_show(void **state)
{
    struct bl_series s;
    struct bl_chart chart = flat_line(&s, 40, 1);

    (void)state;
    chart.title = "loss";
    chart.y.log = true;
    ys[0][3] = 0;
    assert_shows(&chart, 60, 10, BL_CHARSET_BRAILLE, "1 value not above 0");
    ys[0][4] = -2;
    assert_shows(&chart, 60, 10, BL_CHARSET_ASCII, "2 values not above 0");
}

static void test_the_front_curve_gives_the_colour_of_shared_cells(void **state)
{
    struct bl_series series[2];
    struct bl_chart chart = flat_line(series, 40, 1);
    struct bl_canvas c;
    int count[2] = {0, 0};

    (void)state;
    series[0].name = NULL;
    series[1] = series[0];
    series[1].style = 1;
    chart.n_series = 2;
    for (size_t front = 0; front < 2; front++) {
        chart.front = front;
        assert_true(bl_canvas_init(&c, 60, 12, BL_CHARSET_ASCII, NULL));
        bl_chart_draw(&chart, &c, (struct bl_rect){0, 0, 60, 12});
        for (int i = 0; i < 60 * 12; i++)
            count[front] += c.cells[i].role == BL_ROLE_CURVE1;
        bl_canvas_done(&c);
    }
    assert_true(count[0] > 40);
    assert_true(count[1] > 0 && count[1] < 10); /* its markers only */
}

static void test_the_cursor_reads_values_out(void **state)
{
    struct bl_series s;
    struct bl_chart chart = flat_line(&s, 40, 0.253);

    (void)state;
    chart.cursor = 20;
    assert_shows(&chart, 60, 12, BL_CHARSET_BRAILLE, "cursor 20");
    assert_shows(&chart, 60, 12, BL_CHARSET_BRAILLE, "● 0.253");
    assert_shows(&chart, 60, 12, BL_CHARSET_BRAILLE, "┊");
    assert_shows(&chart, 60, 12, BL_CHARSET_ASCII, ":");
}

/* Where curves fill both sides of the line, what is read out stands where nothing is, and covers no name. */
static void test_what_the_cursor_reads_stands_where_there_is_room(void **state)
{
    struct bl_series s;
    struct bl_chart chart = flat_line(&s, 200, 0);

    (void)state;
    for (size_t i = 100; i < 200; i++)
        ys[0][i] = i % 2;
    chart.cursor = 160;
    assert_shows(&chart, 70, 12, BL_CHARSET_BRAILLE, "cursor 160");
    assert_shows(&chart, 70, 12, BL_CHARSET_BRAILLE, "curve 1");
    assert_shows(&chart, 70, 12, BL_CHARSET_ASCII, "cursor 160");
}

static void test_cells_tell_their_point(void **state)
{
    struct bl_series s;
    struct bl_chart chart = flat_line(&s, 11, 1);
    struct bl_rect r = {3, 2, 60, 12};
    double x = -1, y = -1, first = NAN;

    (void)state;
    s.name = NULL;
    chart.x.min = 0;
    chart.x.max = 10;
    chart.y.min = 0;
    chart.y.max = 2;
    assert_false(bl_chart_at(&chart, BL_CHARSET_BRAILLE, r, 0, 0, &x, &y));
    assert_false(bl_chart_at(&chart, BL_CHARSET_BRAILLE, r, 30, 13, &x, &y));
    assert_true(bl_chart_at(&chart, BL_CHARSET_BRAILLE, r, 62, 2, &x, &y));
    assert_near(x, 10, 1e-12);
    assert_near(y, 2, 1e-12);
    for (int column = 3; column < 63; column++)
        if (bl_chart_at(&chart, BL_CHARSET_BRAILLE, r, column, 5, &x, NULL) && isnan(first))
            first = x;
    assert_near(first, 0, 1e-12);
}

static void test_charts_are_said_in_words(void **state)
{
    struct bl_series series[2];
    struct bl_chart chart = flat_line(series, 11, 1);
    struct bl_text out = {0};

    (void)state;
    for (int i = 0; i < 11; i++) {
        xs[1][i] = i;
        ys[1][i] = 2 - 0.15 * i;
    }
    series[1] = (struct bl_series){.name = "falling", .x = xs[1], .y = ys[1], .n = 11, .style = 1};
    chart.n_series = 2;
    chart.title = "loss by epoch";
    chart.x.label = "epoch";
    bl_chart_say(&chart, &out);
    assert_string_equal(bl_text_get(&out),
                        "loss by epoch\n"
                        "epoch from 0 to 10, y from 0.5000 to 2\n"
                        "curve: starts at 1 at epoch 0, ends at 1 at epoch 10, lowest 1 at epoch 0, level\n"
                        "falling: starts at 2 at epoch 0, ends at 0.5000 at epoch 10, lowest 0.5000 at epoch 10, "
                        "falls all the way\n"
                        "curve and falling cross 1 time, first near epoch 7\n");
    bl_text_free(&out);
}

/* ---- any data, any size ---------------------------------------------------------------------*/

static double odd_value(struct bl_random *r)
{
    static const double odd[] = {0, -0.0, 1, -1, 1e300, -1e300, 1.7e308, -1.7e308, 4.9e-324, 1e-310, INFINITY, -INFINITY, NAN, 0.253, 1e15, 3};

    if (bl_random_below(r, 4) == 0)
        return odd[bl_random_below(r, sizeof odd / sizeof *odd)];
    return bl_random_unit(r) * (bl_random_below(r, 2) ? 1 : 1e5) - (bl_random_below(r, 2) ? 0.5 : 0);
}

static size_t random_series(struct bl_random *r, struct bl_series *series)
{
    size_t n = bl_random_below(r, 9);

    for (size_t k = 0; k < n; k++) {
        size_t points = bl_random_below(r, 3) ? bl_random_below(r, 200) : bl_random_below(r, 3);
        bool sane = bl_random_below(r, 2);
        for (size_t i = 0; i < points; i++) {
            xs[k][i] = sane ? (double)i : odd_value(r);
            ys[k][i] = sane ? 1 / (1.0 + (double)i) + 0.01 * bl_random_unit(r) : odd_value(r);
        }
        series[k] = (struct bl_series){.name = bl_random_below(r, 5) ? "näme 日本" : NULL, .x = xs[k], .y = ys[k],
                                       .n = points, .style = bl_random_below(r, 12), .dots = bl_random_below(r, 5) == 0,
                                       .dim = bl_random_below(r, 6) == 0, .no_label = bl_random_below(r, 6) == 0,
                                       .steps = bl_random_below(r, 4) == 0};
    }
    return n;
}

static struct bl_axis random_axis(struct bl_random *r, struct bl_axis_memory *memory)
{
    struct bl_axis axis = {.label = bl_random_below(r, 3) ? "epoch" : NULL, .min = NAN, .max = NAN};

    axis.log = bl_random_below(r, 2);
    axis.count = bl_random_below(r, 2);
    if (bl_random_below(r, 3) == 0)
        axis.min = odd_value(r);
    if (bl_random_below(r, 3) == 0)
        axis.max = odd_value(r);
    if (bl_random_below(r, 2))
        axis.memory = memory;
    return axis;
}

static struct bl_chart random_chart(struct bl_random *r, struct bl_series *series)
{
    static struct bl_axis_memory memory[2];
    static const struct bl_level levels[] = {{0.1, "target", BL_ROLE_DIM}, {NAN, "nowhere", BL_ROLE_DIM}, {1e300, NULL, BL_ROLE_WARN}};
    static const char *const names[] = {"a", "bb", "", "a very long name of a group"};
    static double edges[41], values[40];
    static size_t counts[160];
    struct bl_chart chart = bl_chart_make((enum bl_chart_kind)bl_random_below(r, 4));

    chart.title = bl_random_below(r, 3) ? "title · of a chart" : NULL;
    chart.note = bl_random_below(r, 3) ? NULL : "note";
    chart.title_inside = bl_random_below(r, 4) == 0;
    chart.legend_off = bl_random_below(r, 4) == 0;
    chart.x = random_axis(r, &memory[0]);
    chart.y = random_axis(r, &memory[1]);
    chart.series = series;
    chart.n_series = random_series(r, series);
    chart.levels = levels;
    chart.n_levels = bl_random_below(r, 4);
    chart.cursor = bl_random_below(r, 2) ? odd_value(r) : NAN;
    chart.front = bl_random_below(r, 9);
    chart.groups = bl_random_below(r, 5);
    chart.group_names = bl_random_below(r, 2) ? names : NULL;
    chart.bins = bl_random_below(r, 41);
    chart.n_values = bl_random_below(r, 40);
    for (int i = 0; i < 160; i++)
        counts[i] = bl_random_below(r, 20) ? bl_random_below(r, 100) : SIZE_MAX / 200;
    for (int i = 0; i < 41; i++)
        edges[i] = i * (double)(1 + bl_random_below(r, 2)) * 0.37 - 3;
    for (int i = 0; i < 40; i++)
        values[i] = odd_value(r);
    chart.edges = edges;
    chart.counts = counts;
    chart.values = bl_random_below(r, 2) ? values : NULL;
    return chart;
}

static void check_inside(const struct bl_canvas *c, struct bl_rect r)
{
    for (int y = 0; y < c->height; y++)
        for (int x = 0; x < c->width; x++) {
            uint32_t code = c->cells[y * c->width + x].code;
            bool inside = x >= r.x && x < r.x + r.width && y >= r.y && y < r.y + r.height;
            if (!inside && code != '@')
                fail_msg("wrote U+%04X at %d,%d outside %dx%d+%d+%d", (unsigned)code, x, y, r.width, r.height, r.x, r.y);
            if (code == 0x2800 || (c->charset == BL_CHARSET_ASCII && (code < ' ' || code > '~')))
                fail_msg("U+%04X at %d,%d", (unsigned)code, x, y);
        }
}

static void check_widths(const struct bl_canvas *c)
{
    struct bl_text out = {0};
    const char *line;

    bl_canvas_print(c, BL_THEME_DARK, BL_COLOURS_NONE, &out);
    line = bl_text_get(&out);
    for (int y = 0; y < c->height; y++) {
        size_t n = strcspn(line, "\n");
        assert_true(bl_text_width(line, n) <= (size_t)c->width);
        assert_true(n == 0 || line[n - 1] != ' ');
        line += n + 1;
    }
    assert_int_equal(*line, '\0');
    bl_text_free(&out);
}

static void test_any_data_in_any_size_draws_inside_its_rectangle(void **state)
{
    struct bl_random r = bl_random_stream(7, BL_FOR_SAMPLE, 0, 0);

    (void)state;
    for (int k = 0; k < 6000; k++) {
        struct bl_series series[8];
        struct bl_chart chart = random_chart(&r, series);
        struct bl_rect rect = {(int)bl_random_below(&r, 4), (int)bl_random_below(&r, 3), 1 + (int)bl_random_below(&r, 100),
                               1 + (int)bl_random_below(&r, 40)};
        struct bl_canvas c;
        struct bl_text words = {0};
        assert_true(bl_canvas_init(&c, rect.x + rect.width + 2, rect.y + rect.height + 1, (enum bl_charset)(k % 3), NULL));
        for (int i = 0; i < c.width * c.height; i++)
            c.cells[i].code = '@';
        bl_canvas_clear(&c, rect);
        bl_chart_draw(&chart, &c, rect);
        check_inside(&c, rect);
        check_widths(&c);
        bl_chart_at(&chart, c.charset, rect, rect.x + rect.width / 2, rect.y + rect.height / 2, NULL, NULL);
        bl_chart_say(&chart, &words);
        bl_text_free(&words);
        bl_canvas_done(&c);
    }
}

static void test_the_same_chart_gives_the_same_bytes(void **state)
{
    struct bl_series series[8];
    struct bl_random r = bl_random_stream(8, BL_FOR_SAMPLE, 0, 0);

    (void)state;
    for (int k = 0; k < 50; k++) {
        struct bl_chart chart = random_chart(&r, series);
        char *a, *b;
        chart.x.memory = chart.y.memory = NULL;
        a = print(&chart, 80, 24, BL_CHARSET_BRAILLE);
        b = print(&chart, 80, 24, BL_CHARSET_BRAILLE);
        assert_string_equal(a, b);
        bl_free(a);
        bl_free(b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_spike_is_lost_by_thinning),
        cmocka_unit_test(test_names_stand_once_each_and_in_the_order_of_the_curves),
        cmocka_unit_test(test_no_marker_stands_right_before_a_name),
        cmocka_unit_test(test_a_name_of_one_word_is_whole_where_half_is_left_for_the_curve),
        cmocka_unit_test(test_a_name_stands_where_its_value_is),
        cmocka_unit_test(test_a_wrong_point_is_not_lost_among_right_ones),
        cmocka_unit_test(test_one_number_on_an_axis_is_too_few),
        cmocka_unit_test(test_names_become_a_legend_where_they_find_no_room),
        cmocka_unit_test(test_a_legend_has_the_rows_its_entries_need),
        cmocka_unit_test(test_numbers_on_an_axis_do_not_touch),
        cmocka_unit_test(test_a_histogram_around_zero_has_a_number_there),
        cmocka_unit_test(test_long_names_lose_their_middle),
        cmocka_unit_test(test_values_that_are_not_finite_leave_a_cross),
        cmocka_unit_test(test_a_log_axis_says_how_many_values_it_cannot_show),
        cmocka_unit_test(test_the_front_curve_gives_the_colour_of_shared_cells),
        cmocka_unit_test(test_the_cursor_reads_values_out),
        cmocka_unit_test(test_what_the_cursor_reads_stands_where_there_is_room),
        cmocka_unit_test(test_cells_tell_their_point),
        cmocka_unit_test(test_charts_are_said_in_words),
        cmocka_unit_test(test_any_data_in_any_size_draws_inside_its_rectangle),
        cmocka_unit_test(test_the_same_chart_gives_the_same_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
