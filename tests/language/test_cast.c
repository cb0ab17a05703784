/* Recordings: every line is JSON, time runs, pauses are short, and what is played back is what was shown. */
#include "harness.h"

#include <math.h>

struct cast { json_t *header, *events; size_t bytes; };

static void cast_read(const char *path, struct cast *c)
{
    struct bl_error err = {0};
    char *text = NULL, *line, *rest;
    size_t n = 0;

    if (!bl_file_read(path, 1 << 24, &text, &n, &err))
        fail_msg("%s", err.message);
    *c = (struct cast){.events = json_array(), .bytes = n};
    rest = text;
    while ((line = strsep(&rest, "\n")) && (*line || rest)) {
        json_t *value = json_loads(line, 0, NULL);

        if (!value)
            fail_msg("no JSON: %s", line);
        if (!c->header)
            c->header = value;
        else
            json_array_append_new(c->events, value);
    }
    bl_free(text);
}

static void cast_drop(struct cast *c)
{
    json_decref(c->header);
    json_decref(c->events);
}

static const char *event_part(const struct cast *c, size_t i, size_t part)
{
    return json_string_value(json_array_get(json_array_get(c->events, i), part));
}

static double event_time(const struct cast *c, size_t i)
{
    return json_number_value(json_array_get(json_array_get(c->events, i), 0));
}

static size_t count_kind(const struct cast *c, const char *kind)
{
    size_t n = 0;

    for (size_t i = 0; i < json_array_size(c->events); i++)
        n += strcmp(event_part(c, i, 1), kind) == 0;
    return n;
}

static void all_output(const struct cast *c, struct bl_text *out)
{
    for (size_t i = 0; i < json_array_size(c->events); i++)
        if (strcmp(event_part(c, i, 1), "o") == 0)
            bl_text_add(out, event_part(c, i, 2));
}

/* ---- the prompt ---------------------------------------------------------------------------------------*/

static void test_a_session_is_recorded(void **state)
{
    struct stage g;
    struct cast c;
    struct bl_text shown = {0};

    (void)state;
    stage_open(&g);
    assert_false(bl_session_recording(&g.session));
    assert_int_equal(stage_run(&g, "record a.cast; load iris; train batch epochs=2; step"), 0);
    assert_true(bl_session_recording(&g.session));
    assert_int_equal(stage_run(&g, "describe sepal_length; record stop"), 0);
    expect_part("told", bl_text_get(&g.out), "a.cast: ");
    assert_false(bl_session_recording(&g.session));
    cast_read("a.cast", &c);
    assert_int_equal(json_integer_value(json_object_get(c.header, "version")), 2);
    assert_int_equal(json_integer_value(json_object_get(c.header, "width")), 80);
    assert_int_equal(json_integer_value(json_object_get(c.header, "height")), 24);
    for (size_t i = 1; i < json_array_size(c.events); i++)
        assert_true(event_time(&c, i) >= event_time(&c, i - 1) && event_time(&c, i) - event_time(&c, i - 1) <= 2.05);
    assert_int_equal(count_kind(&c, "m"), 2);
    all_output(&c, &shown);
    expect_part("typed", bl_text_get(&shown), "batchlab> load iris\r\n");
    expect_part("told", bl_text_get(&shown), "iris/softmax[2]> step\r\n");
    expect_part("table", bl_text_get(&shown), "sepal_length  number");
    assert_null(strstr(bl_text_get(&shown), "]\n"));
    bl_text_free(&shown);
    cast_drop(&c);
    stage_close(&g);
}

static void test_the_third_version_counts_from_event_to_event(void **state)
{
    struct stage g;
    struct cast c;
    double longest = 0;

    (void)state;
    stage_open(&g);
    assert_int_equal(stage_run(&g, "record b.cast format=v3; load iris; describe; record stop"), 0);
    cast_read("b.cast", &c);
    assert_int_equal(json_integer_value(json_object_get(c.header, "version")), 3);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(c.header, "term"), "cols")), 80);
    for (size_t i = 0; i < json_array_size(c.events); i++)
        longest = fmax(longest, event_time(&c, i));
    assert_true(longest < 2.05);
    cast_drop(&c);
    stage_close(&g);
}

static void test_pauses_are_cut(void **state)
{
    struct stage g;
    struct cast c;

    (void)state;
    stage_open(&g);
    assert_int_equal(stage_run(&g, "record c.cast pause=0.05"), 0);
    usleep(200000);
    assert_int_equal(stage_run(&g, "about; record stop"), 0);
    cast_read("c.cast", &c);
    for (size_t i = 1; i < json_array_size(c.events); i++)
        assert_true(event_time(&c, i) - event_time(&c, i - 1) < 0.1);
    cast_drop(&c);
    stage_close(&g);
}

static void test_the_end_of_a_session_ends_its_recording(void **state)
{
    struct stage g;
    struct cast c;

    (void)state;
    stage_open(&g);
    assert_int_equal(stage_run(&g, "record d.cast; about"), 0);
    assert_int_equal(access("d.cast", F_OK), -1);
    stage_close(&g);
    cast_read("d.cast", &c);
    assert_true(json_array_size(c.events) > 3);
    cast_drop(&c);
}

static void test_refusals(void **state)
{
    struct stage g;

    (void)state;
    stage_open(&g);
    assert_int_equal(stage_run(&g, "record stop"), 1);
    expect_part("none", bl_text_get(&g.note), "nothing is being recorded");
    assert_int_equal(stage_run(&g, "record e.cast pause=-1"), 1);
    assert_int_equal(stage_run(&g, "record nowhere/e.cast"), 1);
    assert_int_equal(stage_run(&g, "record e.cast; record f.cast"), 1);
    expect_part("twice", bl_text_get(&g.note), "e.cast is being recorded already");
    assert_int_equal(stage_run(&g, "record stop; record e.cast"), 1);
    expect_part("there", bl_text_get(&g.note), "exists already");
    stage_close(&g);
}

static void test_bytes_that_are_no_text_are_still_json(void **state)
{
    struct stage g;
    struct cast c;

    (void)state;
    stage_open(&g);
    assert_int_equal(stage_run(&g, "record g.cast"), 0);
    bl_session_out(&g.session, "a\xff\x1b[31m\0b\n", 9);
    assert_int_equal(stage_run(&g, "record stop"), 0);
    cast_read("g.cast", &c);
    cast_drop(&c);
    stage_close(&g);
}

/* ---- screens --------------------------------------------------------------------------------------------*/

/* A terminal that knows what the recorder writes, and nothing else. */
struct screen { int width, height, x, y; uint32_t at[64][256]; bool alternate; };

static const char *sequence(struct screen *t, const char *at)
{
    int a = 0, b = 0;
    const char *end = at + 2 + strspn(at + 2, "?;0123456789");

    switch (*end) {
    case 'H':
        assert_int_equal(sscanf(at + 2, "%d;%d", &a, &b), 2);
        t->y = a - 1;
        t->x = b - 1;
        break;
    case 'J':
        for (int i = 0; i < 64 * 256; i++)
            t->at[i / 256][i % 256] = ' ';
        break;
    case 'h':
    case 'l':
        t->alternate = strncmp(at + 2, "?1049", 5) == 0 ? *end == 'h' : t->alternate;
        break;
    case 'm': break;
    default: fail_msg("what is %.8s?", at + 1);
    }
    return end + 1;
}

static void play(struct screen *t, const char *text)
{
    while (*text) {
        uint32_t code;
        size_t used;

        if (*text == '\033') {
            text = sequence(t, text);
            continue;
        }
        used = bl_utf8_decode(text, strlen(text), &code);
        assert_true(t->x < t->width && t->y < t->height);
        t->at[t->y][t->x] = code;
        if (bl_utf8_width(code) == 2)
            t->at[t->y][t->x + 1] = 0;
        t->x += bl_utf8_width(code);
        text += used;
    }
}

static void check_screen(const struct screen *t, const struct bl_canvas *c)
{
    for (int y = 0; y < c->height; y++)
        for (int x = 0; x < c->width; x++)
            if (t->at[y][x] != c->cells[y * c->width + x].code)
                fail_msg("at %d,%d: U+%04X, not U+%04X", x, y, (unsigned)t->at[y][x], (unsigned)c->cells[y * c->width + x].code);
}

static void draw_screen(struct bl_canvas *c, int i)
{
    char text[64];

    bl_canvas_clear(c, (struct bl_rect){0, 0, c->width, c->height});
    snprintf(text, sizeof text, "frame %d 日本 é ⣿", i);
    bl_canvas_text(c, i % 7, i % c->height, c->width, text, (enum bl_role)(i % BL_ROLES), i % 2 ? BL_BOLD : BL_REVERSE);
    bl_canvas_frame(c, (struct bl_rect){i % 5, 2, 20, 6}, "日本語", "note", i % 3 == 0);
}

static void test_screens_play_back_as_they_were_shown(void **state)
{
    static const int sizes[3][2] = {{60, 20}, {60, 20}, {72, 12}};
    struct stage g;
    struct cast c;
    struct bl_canvas canvas[3];
    struct screen *t = bl_calloc(1, sizeof *t);
    size_t at = 0, drawn = 0;

    (void)state;
    stage_open(&g);
    g.session.colours = BL_COLOURS_256;
    assert_int_equal(stage_run(&g, "record h.cast"), 0);
    for (int i = 0; i < 3; i++) {
        assert_true(bl_canvas_init(&canvas[i], sizes[i][0], sizes[i][1], BL_CHARSET_BRAILLE, NULL));
        draw_screen(&canvas[i], i);
        bl_session_record_frame(&g.session, &canvas[i], i, 1);
        bl_session_record_frame(&g.session, &canvas[i], -1, -1); /* nothing changed: nothing is written */
    }
    assert_int_equal(stage_run(&g, "about; record stop"), 0);
    cast_read("h.cast", &c);
    assert_int_equal(count_kind(&c, "r"), 2);
    for (; at < json_array_size(c.events) && drawn < 3; at++) {
        const char *text = event_part(&c, at, 2);

        if (strcmp(event_part(&c, at, 1), "o") != 0 || text[0] != '\033')
            continue;
        t->width = sizes[drawn][0];
        t->height = sizes[drawn][1];
        play(t, text);
        assert_true(t->alternate);
        check_screen(t, &canvas[drawn]);
        bl_canvas_done(&canvas[drawn++]);
    }
    assert_int_equal(drawn, 3);
    assert_string_equal(event_part(&c, at, 2), "\033[?25h\033[?1049l");
    cast_drop(&c);
    bl_free(t);
    stage_close(&g);
}

static void test_a_failed_recording_says_so(void **state)
{
    struct stage g;

    (void)state;
    stage_open(&g);
    stage_run(&g, "load iris");
    for (uint64_t k = 1; k < 400; k = k * 3 / 2 + 1) {
        unlink("i.cast");
        bl_alloc_fail_at(k, true);
        stage_run(&g, "record i.cast; describe; record stop");
        bl_alloc_fail_at(0, false);
        stage_run(&g, "record stop");
    }
    stage_close(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_session_is_recorded),
        cmocka_unit_test(test_the_third_version_counts_from_event_to_event),
        cmocka_unit_test(test_pauses_are_cut),
        cmocka_unit_test(test_the_end_of_a_session_ends_its_recording),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_bytes_that_are_no_text_are_still_json),
        cmocka_unit_test(test_screens_play_back_as_they_were_shown),
        cmocka_unit_test(test_a_failed_recording_says_so),
    };
    char folder[] = "/tmp/batchlab-cast-XXXXXX";

    if (!folder_enter(folder))
        return 1;
    return cmocka_run_group_tests_name("cast", tests, NULL, NULL);
}
