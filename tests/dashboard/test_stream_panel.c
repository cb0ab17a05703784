/* The panels of a stream: what their signs say, what keys do there, and streams of every size. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "scenes.h"

struct desk { struct scene scene; struct ui ui; struct bl_canvas canvas; struct bl_text command; };

static void desk_open(struct desk *d, const char *scene, int width, int height)
{
    memset(d, 0, sizeof *d);
    assert_true(scene_make(&d->scene, scene));
    assert_true(bl_canvas_init(&d->canvas, width, height, BL_CHARSET_ASCII, NULL));
    ui_init(&d->ui, NULL);
    d->scene.view.view = 2;
}

static void desk_close(struct desk *d)
{
    bl_text_free(&d->command);
    ui_done(&d->ui);
    bl_canvas_done(&d->canvas);
    scene_done(&d->scene);
}

static void desk_draw(struct desk *d)
{
    int x, y;

    dashboard_compose(&d->canvas, &d->scene.snap, &d->scene.view, &d->ui, &x, &y);
}

static const char *desk_key(struct desk *d, int key)
{
    bl_text_clear(&d->command);
    ui_key(&d->ui, &d->scene.snap, &d->scene.view, key, &d->command);
    return bl_text_get(&d->command);
}

static uint32_t sign_at(const struct desk *d, int x, int y) { return d->canvas.cells[(size_t)y * (size_t)d->canvas.width + (size_t)x].code; }

/* The row of the screen below the axis that begins with the marker of a strategy. */
static int rug_of(const struct desk *d, char marker)
{
    const struct bl_rect *r = &d->ui.layout.placed[0].rect;

    for (int y = r->y + r->height - 5; y < r->y + r->height; y++)
        for (int x = r->x; x < r->x + 4; x++)
            if (sign_at(d, x, y) == (uint32_t)marker)
                return y;
    fail_msg("no row of signs for %c", marker);
    return 0;
}

static bool shows(const struct desk *d, const char *text)
{
    const struct bl_canvas *c = &d->canvas;
    const size_t n = strlen(text);

    for (size_t at = 0; at + n <= (size_t)c->width * (size_t)c->height; at++) {
        size_t same = 0;
        while (same < n && c->cells[at + same].code == (uint32_t)text[same])
            same++;
        if (same == n)
            return true;
    }
    return false;
}

/* The post of the change at row 1000 and the sign of the alarm at row 1023 stand where the axis says. */
static void test_signs_stand_at_their_rows(void **state)
{
    struct desk d;
    int y, alarm = 0, n = 0, post = 0;

    (void)state;
    desk_open(&d, "stream", 160, 30);
    desk_draw(&d);
    y = rug_of(&d, '#');
    for (int x = 5; x < 160; x++) {
        n += sign_at(&d, x, y) == '!';
        alarm = alarm == 0 && sign_at(&d, x, y) == '!' ? x : alarm;
        post = post == 0 && sign_at(&d, x, d.ui.layout.placed[0].rect.y + 2) == '!' ? x : post;
    }
    assert_int_equal(n, 2);
    assert_true(alarm >= post && alarm <= post + 4);
    n = 0;
    for (int x = 5; x < 160; x++)
        n += sign_at(&d, x, rug_of(&d, '^')) == 'R';
    assert_int_equal(n, 11);
    desk_close(&d);
}

static void test_words_tell_the_rows_of_the_signs(void **state)
{
    struct bl_text out = { 0 };
    struct desk d;

    (void)state;
    desk_open(&d, "stream", 80, 24);
    desk_draw(&d);
    say_screen(&d.ui, &d.scene.snap, &d.scene.view, &out);
    assert_non_null(strstr(bl_text_get(&out), "a change is known at row 1000\n"));
    assert_non_null(strstr(bl_text_get(&out), "drift, alarms at rows 1023, 1311, new models at rows 1073, 1123, 1223,"));
    assert_non_null(strstr(bl_text_get(&out), "row 1600 of 2000"));
    assert_non_null(strstr(bl_text_get(&out), "error of each 100 rows"));
    bl_text_free(&out);
    desk_close(&d);
}

/* A step would end a stream that is under way; one that is through is over anyway. */
static void test_keys_of_runs_leave_a_stream_alone(void **state)
{
    const int keys[] = { 's', 'e', 'E', 'r', 'R', 'c', 'B', '[', ']', '{', '}', UI_PAGE_UP, UI_PAGE_DOWN };
    struct desk d;

    (void)state;
    desk_open(&d, "stream", 120, 40);
    for (int paused = 0; paused < 2; paused++) {
        for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
            desk_draw(&d);
            assert_string_equal(desk_key(&d, keys[i]), "");
            assert_non_null(strstr(d.ui.message, "is for runs"));
        }
        d.scene.snap.busy = false;
        snprintf(d.scene.snap.state, sizeof d.scene.snap.state, "paused");
    }
    assert_string_equal(desk_key(&d, ' '), "run");
    d.scene.snap.busy = true;
    assert_string_equal(desk_key(&d, ' '), "pause");
    assert_string_equal(desk_key(&d, UI_CTRL('C')), "pause");
    d.scene.snap.busy = false;
    snprintf(d.scene.snap.state, sizeof d.scene.snap.state, "done");
    assert_string_equal(desk_key(&d, 's'), "step update");
    assert_string_equal(desk_key(&d, ' '), ""); /* it would start a run that nobody asked for */
    assert_non_null(strstr(d.ui.message, "the stream is over"));
    desk_close(&d);
}

static void test_up_and_down_bring_a_strategy_to_the_front(void **state)
{
    struct desk d;

    (void)state;
    desk_open(&d, "stream", 80, 24);
    desk_draw(&d);
    desk_key(&d, UI_DOWN);
    assert_int_equal(d.ui.strategy, 1);
    desk_key(&d, 'k');
    desk_key(&d, 'k');
    assert_int_equal(d.ui.strategy, 4);
    d.ui.focus = 1;
    desk_draw(&d);
    desk_key(&d, UI_DOWN);
    desk_draw(&d);
    assert_int_equal(d.ui.strategy, 0);
    assert_int_equal(sign_at(&d, 0, d.ui.layout.placed[1].rect.y + 2), '>'); /* the table marks it */
    desk_close(&d);
}

/* ← → g G and the mouse, as on curves of runs; each chart reads out what is its own there. */
static void test_the_cursor_goes_from_point_to_point(void **state)
{
    struct desk d;
    const struct bl_chart_place *place;

    (void)state;
    desk_open(&d, "stream", 120, 40);
    desk_draw(&d);
    desk_key(&d, UI_LEFT); /* from the last of its 12 points */
    assert_true(d.ui.cursor && d.ui.cursor_rows && d.ui.cursor_row == d.scene.snap.stream->at[10]);
    assert_non_null(strstr(d.ui.message, "rows to 1500, error: "));
    desk_draw(&d);
    assert_true(shows(&d, "cursor 1450"));
    desk_key(&d, 'g');
    assert_true(d.ui.cursor_row == d.scene.snap.stream->at[0]);
    desk_key(&d, 'L'); /* ten on */
    assert_true(d.ui.cursor_row == d.scene.snap.stream->at[10]);
    desk_key(&d, 'L');
    assert_false(d.ui.cursor);
    desk_draw(&d);
    place = &d.ui.layout.placed[0].chart;
    d.ui.focus = 0;
    ui_mouse(&d.ui, &d.scene.snap, &d.scene.view, (struct ui_mouse){ .x = place->plot.x, .y = place->plot.y + 3, .clicks = 1 }, &d.command);
    assert_true(d.ui.cursor && d.ui.cursor_row == d.scene.snap.stream->at[0]);
    d.scene.view.zoom = true;
    snprintf(d.scene.view.panels[2], sizeof d.scene.view.panels[2], "spent");
    d.ui.cursor = false;
    desk_draw(&d);
    desk_key(&d, UI_LEFT);
    assert_non_null(strstr(d.ui.message, "row passes: "));
    desk_close(&d);
}

static void test_rows_are_zoomed_and_moved(void **state)
{
    const struct bl_strategy_view *retrain;
    size_t wanted = 0, found = 0;
    struct desk d;

    (void)state;
    desk_open(&d, "stream", 120, 40);
    desk_draw(&d);
    retrain = &d.scene.snap.stream->strategies[1];
    desk_key(&d, '>'); /* rows 400 to 2000: the middle half */
    assert_true(d.scene.view.x_rows && d.scene.view.x_from == 800 && d.scene.view.x_to == 1600);
    assert_string_equal(d.ui.message, ":fit 800 1600");
    desk_draw(&d);
    assert_true(d.ui.layout.placed[0].chart.x_min == 800 && d.ui.layout.placed[0].chart.x_max == 1600);
    for (size_t i = 0; i < retrain->n_refits; i++)
        wanted += retrain->refits[i] >= 800 && retrain->refits[i] <= 1600;
    for (int x = 5; x < 80; x++)
        found += sign_at(&d, x, rug_of(&d, '^')) == 'R';
    assert_true(wanted < retrain->n_refits && found == wanted);
    desk_key(&d, ')');
    assert_true(d.scene.view.x_from == 1200 && d.scene.view.x_to == 2000);
    desk_key(&d, 'g'); /* the range moves along with the cursor */
    assert_true(d.scene.view.x_from < 800);
    desk_key(&d, 'a');
    assert_true(d.scene.view.x_to == 0);
    d.scene.view.x_rows = false, d.scene.view.x_from = 500, d.scene.view.x_to = 600; /* a range of samples is none of rows */
    desk_draw(&d);
    assert_true(d.ui.layout.placed[0].chart.x_min == 400);
    desk_key(&d, 'X');
    assert_non_null(strstr(d.ui.message, "is for curves of runs"));
    desk_close(&d);
}

static void test_its_chart_becomes_a_picture(void **state)
{
    struct bl_error err = { 0 };
    struct bl_chart *chart;
    struct desk d;

    (void)state;
    desk_open(&d, "stream", 120, 40);
    desk_draw(&d);
    chart = shown_copy(&d.ui, &d.scene.snap, &d.scene.view, &err);
    if (!chart)
        fail_msg("%s", err.message);
    assert_int_equal(chart->n_series, 5);
    assert_string_equal(chart->title, "error of each 100 rows, before they were learned from");
    assert_true(chart->series[2].y[0] == d.scene.snap.stream->strategies[2].error[0]);
    bl_chart_free(chart);
    desk_close(&d);
}

/* None, one that has just begun, one that failed, many strategies of long names, on screens of every size. */
static void test_any_stream_on_any_screen(void **state)
{
    static const int sizes[][2] = { { 1, 1 }, { 3, 2 }, { 39, 9 }, { 40, 10 }, { 41, 23 }, { 60, 20 }, { 79, 60 }, { 80, 24 }, { 120, 40 }, { 200, 60 }, { 300, 12 } };
    struct bl_strategy_view many[16];
    struct bl_stream_view v[4], *old;

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (int kind = 0; kind < 5; kind++)
            for (int view = 0; view < 11; view++) {
                struct desk d;

                desk_open(&d, "stream", sizes[i][0], sizes[i][1]);
                old = (struct bl_stream_view *)d.scene.snap.stream;
                for (size_t k = 0; k < 4; k++)
                    v[k] = *old;
                for (size_t k = 0; k < 16; k++) {
                    many[k] = old->strategies[k % 5];
                    memset(many[k].name, 'a' + (int)k, sizeof many[k].name - 1);
                    many[k].diverged_at = k % 3 ? SIZE_MAX : 700;
                    many[k].failed = k % 4;
                }
                v[0].n = v[0].tested = 0;
                v[1].n = 1;
                snprintf(v[2].why, sizeof v[2].why, "the first part has one class only, and a model of classes needs two of them");
                v[2].n = 0;
                v[3].strategies = many, v[3].n_strategies = 16;
                d.scene.snap.stream = kind < 4 ? &v[kind] : NULL;
                d.scene.snap.streams = kind < 4;
                d.scene.view.view = view;
                snprintf(d.scene.view.panels[1], sizeof d.scene.view.panels[1], "stream spent forgotten strategies");
                for (const char *key = " jkzz\t\t\t\t"; *key; key++) {
                    desk_draw(&d);
                    desk_key(&d, *key);
                }
                desk_close(&d);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signs_stand_at_their_rows),
        cmocka_unit_test(test_words_tell_the_rows_of_the_signs),
        cmocka_unit_test(test_keys_of_runs_leave_a_stream_alone),
        cmocka_unit_test(test_up_and_down_bring_a_strategy_to_the_front),
        cmocka_unit_test(test_the_cursor_goes_from_point_to_point),
        cmocka_unit_test(test_rows_are_zoomed_and_moved),
        cmocka_unit_test(test_its_chart_becomes_a_picture),
        cmocka_unit_test(test_any_stream_on_any_screen),
    };

    return cmocka_run_group_tests_name("stream_panel", tests, NULL, NULL);
}
