/* The table of keys, and what random keys, clicks and sizes do to a screen. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "scenes.h"

static void test_no_key_stands_for_two_things(void **state)
{
    (void)state;
    for (const struct key_row *a = key_rows; a->label; a++)
        for (size_t i = 0; i < 3; i++)
            if (a->keys[i] && key_find(key_rows, a->keys[i]) != a)
                fail_msg("key %d of '%s' belongs to '%s' already", a->keys[i], a->does, key_find(key_rows, a->keys[i])->does);
}

static void test_the_help_lists_every_key(void **state)
{
    struct bl_text help = { 0 };

    (void)state;
    keys_help(&help, key_rows, "view 2");
    for (char *at; (at = strstr(help.at, "\n           "));) /* lines that were wrapped are one again */
        *at = ' ', memmove(at + 1, at + 12, strlen(at + 12) + 1);
    for (const struct key_row *k = key_rows; k->label; k++) {
        assert_true(strlen(k->does) > 3);
        if (!strstr(bl_text_get(&help), k->does))
            fail_msg("'%s' is not in the help", k->does);
    }
    bl_text_free(&help);
}

/* The chapter of the manual has every key, in its own words. */
static void test_the_manual_lists_every_key(void **state)
{
    const char *top = getenv("BL_SOURCE_DIR");
    struct bl_text path = { 0 };
    char *chapter = NULL;
    size_t n;

    (void)state;
    bl_text_addf(&path, "%s/docs/views.md", top ? top : BL_SOURCE_DIR);
    assert_true(bl_file_read(bl_text_get(&path), 1 << 20, &chapter, &n, NULL));
    for (const struct key_row *k = key_rows; k->label; k++)
        if (!strstr(chapter, k->does))
            fail_msg("'%s' is not in docs/views.md", k->does);
    for (size_t i = 0; panel_types[i]; i++)
        if (panel_types[i]->number && panel_types[i]->number < 10) {
            char row[32];
            snprintf(row, sizeof row, "| `%d` |", panel_types[i]->number);
            assert_non_null(strstr(chapter, row));
        }
    bl_free(chapter);
    bl_text_free(&path);
}

/* One screen with its keyboard. */
struct desk { struct scene scene; struct ui ui; struct bl_canvas canvas; struct bl_text command; };

static void desk_open(struct desk *d, const char *scene, int width, int height)
{
    memset(d, 0, sizeof *d);
    assert_true(scene_make(&d->scene, scene));
    assert_true(bl_canvas_init(&d->canvas, width, height, BL_CHARSET_BRAILLE, NULL));
    ui_init(&d->ui, NULL);
}

static void desk_close(struct desk *d)
{
    bl_text_free(&d->command);
    ui_done(&d->ui);
    bl_canvas_done(&d->canvas);
    scene_done(&d->scene);
}

static void desk_size(struct desk *d, int width, int height)
{
    bl_canvas_done(&d->canvas);
    assert_true(bl_canvas_init(&d->canvas, width, height, BL_CHARSET_BRAILLE, NULL));
}

static void desk_draw(struct desk *d)
{
    int x, y;

    dashboard_compose(&d->canvas, &d->scene.snap, &d->scene.view, &d->ui, &x, &y);
    assert_true(x < d->canvas.width && y < d->canvas.height);
}

static void desk_key(struct desk *d, int key)
{
    bl_text_clear(&d->command);
    ui_key(&d->ui, &d->scene.snap, &d->scene.view, key, &d->command);
}

static size_t cells(const struct desk *d) { return (size_t)d->canvas.width * (size_t)d->canvas.height; }

/* Every key does something that can be seen, writes a command, or says why not. */
static void test_no_key_is_answered_with_silence(void **state)
{
    (void)state;
    for (size_t i = 0; scene_names[i]; i++)
        for (const struct key_row *k = key_rows; k->label; k++) {
            struct desk d;
            struct bl_cell *before;
            if (k->action == ACT_SUSPEND || k->action == ACT_REPAINT || k->action == ACT_QUIT)
                continue;
            desk_open(&d, scene_names[i], 120, 40);
            d.scene.view.view = k->action == ACT_VIEW && k->amount == 2 ? 1 : 2;
            d.ui.scroll_events = 1;
            desk_draw(&d);
            before = bl_calloc(cells(&d), sizeof *before);
            memcpy(before, d.canvas.cells, cells(&d) * sizeof *before);
            desk_key(&d, k->keys[0]);
            desk_draw(&d);
            bool used_at_end = k->action == ACT_CURSOR_LAST || (k->action == ACT_CURSOR && k->amount > 0) || k->action == ACT_SHARE ||
                               k->action == ACT_ORDER || k->action == ACT_CURSOR_FIRST;
            if (!used_at_end && d.command.length == 0 && !d.ui.message[0] && memcmp(before, d.canvas.cells, cells(&d) * sizeof *before) == 0)
                fail_msg("scene %s: '%s' (%s) does nothing and says nothing", scene_names[i], k->label, k->does);
            bl_free(before);
            desk_close(&d);
        }
}

/* What keys write are commands of the table. */
static void test_keys_write_commands_that_exist(void **state)
{
    (void)state;
    for (const struct key_row *k = key_rows; k->label; k++) {
        struct desk d;
        char verb[32];
        desk_open(&d, "race", 80, 24);
        desk_draw(&d);
        desk_key(&d, k->keys[0]);
        if (d.command.length) {
            assert_int_equal(sscanf(bl_text_get(&d.command), "%31[a-z]", verb), 1);
            if (!bl_command_find(verb))
                fail_msg("'%s' writes '%s', which is no command", k->label, bl_text_get(&d.command));
        }
        desk_close(&d);
    }
}

static int random_key(struct bl_random *r)
{
    switch (bl_random_below(r, 4)) {
    case 0: return UI_FIRST + (int)bl_random_below(r, UI_LAST - UI_FIRST + 1);
    case 1: return 1 + (int)bl_random_below(r, 0x3000);
    default: return 1 + (int)bl_random_below(r, 127);
    }
}

static void check_cells(const struct desk *d, size_t turn)
{
    for (int y = 0; y < d->canvas.height; y++)
        for (int x = 0; x < d->canvas.width; x++) {
            const struct bl_cell *c = &d->canvas.cells[(size_t)y * (size_t)d->canvas.width + (size_t)x];
            bool half = c->code == 0 && x > 0 && bl_utf8_width(c[-1].code) == 2;
            if (!half && (c->code < ' ' || bl_utf8_width(c->code) < 1 || c->role >= BL_ROLES))
                fail_msg("turn %zu: cell %d,%d holds U+%04x", turn, x, y, (unsigned)c->code);
        }
}

static void test_random_sizes_and_keys_leave_a_whole_screen(void **state)
{
    const char *asked = getenv("BATCHLAB_KEYS"); /* of each scene */
    size_t turns = asked ? strtoul(asked, NULL, 10) : getenv("BATCHLAB_LONG") ? 200000 : 1500;

    (void)state;
    for (size_t i = 0; scene_names[i]; i++) {
        struct bl_random r = bl_random_stream(7, BL_FOR_NOISE, 1, (uint32_t)i);
        struct desk d;
        desk_open(&d, scene_names[i], 80, 24);
        for (size_t turn = 0; turn < turns; turn++) {
            if (bl_random_below(&r, 4) == 0)
                desk_size(&d, 1 + (int)bl_random_below(&r, 210), 1 + (int)bl_random_below(&r, 66));
            bl_text_clear(&d.command);
            if (bl_random_below(&r, 5) == 0)
                ui_mouse(&d.ui, &d.scene.snap, &d.scene.view,
                         (struct ui_mouse){ (int)bl_random_below(&r, 220), (int)bl_random_below(&r, 70), 1 + (int)bl_random_below(&r, 2),
                                            (int)bl_random_below(&r, 3) - 1, bl_random_below(&r, 3) == 0 }, &d.command);
            else
                desk_key(&d, random_key(&r));
            desk_draw(&d);
            check_cells(&d, turn);
        }
        desk_close(&d);
    }
}

/* Down to one cell and back: everything is there again. */
static void test_growing_again_brings_everything_back(void **state)
{
    static const int sizes[][2] = { { 60, 20 }, { 80, 24 }, { 120, 40 }, { 200, 60 } };

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct desk d;
        struct bl_cell *before;
        desk_open(&d, "race", sizes[i][0], sizes[i][1]);
        desk_draw(&d);
        desk_draw(&d);
        before = bl_calloc(cells(&d), sizeof *before);
        memcpy(before, d.canvas.cells, cells(&d) * sizeof *before);
        for (int side = 20; side >= 1; side--) {
            desk_size(&d, side, side);
            desk_draw(&d);
        }
        desk_size(&d, sizes[i][0], sizes[i][1]);
        desk_draw(&d);
        assert_memory_equal(before, d.canvas.cells, cells(&d) * sizeof *before);
        bl_free(before);
        desk_close(&d);
    }
}

static void type(struct desk *d, const char *keys)
{
    for (; *keys; keys++)
        desk_key(d, *keys);
}

static void test_the_command_line_edits_as_the_prompt_does(void **state)
{
    static const struct { const char *keys, *text; } cases[] = {
        { ":train batch", "train batch" },
        { ":train\001re-", "re-train" },
        { ":abc\002\002X", "aXbc" },
        { ":one two\027three", "one three" },
        { ":abc\025def", "def" },
        { ":abc\002\013", "ab" },
        { ":abc\177\177x", "ax" },
        { ":one\025\031\031", "oneone" },
        { ":a\001\004b", "b" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct desk d;
        desk_open(&d, "race", 80, 24);
        desk_draw(&d);
        type(&d, cases[i].keys);
        assert_string_equal(d.ui.line.text, cases[i].text);
        desk_key(&d, UI_ENTER);
        assert_string_equal(bl_text_get(&d.command), cases[i].text);
        assert_false(d.ui.line.open);
        desk_close(&d);
    }
}

static void test_escape_never_leaves(void **state)
{
    struct desk d;

    (void)state;
    desk_open(&d, "race", 80, 24);
    desk_draw(&d);
    type(&d, "z>hp");
    for (int i = 0; i < 12; i++)
        desk_key(&d, UI_ESC);
    assert_false(d.ui.leave || d.scene.view.zoom || d.scene.view.present || d.ui.cursor || d.scene.view.x_to > d.scene.view.x_from);
    desk_key(&d, 'q');
    assert_true(d.ui.leave);
    desk_close(&d);
}

static void test_a_click_on_a_hint_is_its_key(void **state)
{
    struct desk d;
    const struct layout *l;

    (void)state;
    desk_open(&d, "race", 120, 40);
    desk_draw(&d);
    l = &d.ui.layout;
    for (size_t i = 0; i < l->n_hints; i++)
        if (l->hints[i].key == 'e') {
            ui_mouse(&d.ui, &d.scene.snap, &d.scene.view, (struct ui_mouse){ l->hints[i].x, l->hints_row, 1, 0, false }, &d.command);
            assert_string_equal(bl_text_get(&d.command), "step");
        }
    assert_true(d.command.length > 0);
    desk_close(&d);
}

static void test_a_click_focuses_and_two_zoom(void **state)
{
    struct desk d;

    (void)state;
    desk_open(&d, "race", 120, 40);
    desk_draw(&d);
    ui_mouse(&d.ui, &d.scene.snap, &d.scene.view, (struct ui_mouse){ 100, 35, 1, 0, false }, &d.command);
    assert_int_equal(d.ui.focus, 4);
    ui_mouse(&d.ui, &d.scene.snap, &d.scene.view, (struct ui_mouse){ 100, 35, 2, 0, false }, &d.command);
    assert_true(d.scene.view.zoom);
    desk_draw(&d);
    assert_int_equal(d.ui.layout.n, 1);
    assert_true(d.ui.layout.placed[0].panel == &panel_weights);
    desk_close(&d);
}

static void desk_keys(struct desk *d, const char *keys)
{
    desk_draw(d);
    for (; *keys; keys++) {
        ui_key(&d->ui, &d->scene.snap, &d->scene.view, *keys, &d->command);
        desk_draw(d);
    }
}

static void test_find_goes_round_the_list_in_focus(void **state)
{
    struct desk d;

    (void)state;
    desk_open(&d, "race", 80, 24);
    desk_keys(&d, "3/R\n"); /* case does not matter: area, river, price, a_column_..., not age */
    assert_string_equal(d.scene.snap.column[d.scene.view.column].name, "rooms");
    desk_keys(&d, "n");
    assert_string_equal(d.scene.snap.column[d.scene.view.column].name, "river");
    desk_keys(&d, "nnn");
    assert_string_equal(d.scene.snap.column[d.scene.view.column].name, "area");
    desk_keys(&d, "N");
    assert_string_equal(d.scene.snap.column[d.scene.view.column].name, "a_column_with_a_rather_long_name");
    desk_keys(&d, "/nowhere\n");
    assert_non_null(strstr(d.ui.message, "not found"));
    desk_keys(&d, "6/petal_w\n");
    assert_int_equal(d.ui.found_weight, 2);
    assert_string_equal(d.ui.find, "petal_w");
    desk_keys(&d, "7/784\n");
    assert_int_equal(d.ui.found_event, 2);
    desk_keys(&d, "?/blank screen\n");
    assert_int_not_equal(d.ui.found_line, SIZE_MAX);
    assert_int_equal(d.command.length, 0);
    desk_close(&d);
}

/* What a small screen folds is whole again on a large one, and where it was scrolled to stays in sight. */
static void test_an_overlay_unfolds_when_the_screen_grows(void **state)
{
    struct desk d;
    struct bl_text wide = { 0 };

    (void)state;
    desk_open(&d, "race", 120, 40);
    desk_key(&d, '?');
    desk_draw(&d);
    bl_text_add(&wide, bl_text_get(&d.ui.overlay_folded));
    desk_size(&d, 40, 12);
    desk_draw(&d);
    assert_string_not_equal(bl_text_get(&d.ui.overlay_folded), bl_text_get(&wide));
    desk_size(&d, 5, 4);
    desk_draw(&d);
    desk_size(&d, 120, 40);
    desk_draw(&d);
    assert_string_equal(bl_text_get(&d.ui.overlay_folded), bl_text_get(&wide));
    bl_text_free(&wide);
    desk_close(&d);
}

/* In a race the curves of one run have the marker of that run, and validation one that no contestant has. */
static void test_in_a_race_the_curves_of_one_run_have_its_marker(void **state)
{
    struct desk d;

    (void)state;
    desk_open(&d, "race", 120, 40);
    desk_key(&d, '1');
    for (size_t front = 0; front < 3; front++) {
        const struct bl_chart_place *place = &d.ui.layout.placed[0].chart;
        d.scene.view.front = front;
        desk_draw(&d);
        assert_int_equal(place->n_names, 2);
        for (size_t i = 0; i < 2; i++)
            assert_true(place->names[i].style == front || place->names[i].style >= d.scene.snap.n_runs);
    }
    desk_close(&d);
}

static void test_the_cursor_sits_on_the_item_in_focus(void **state)
{
    struct desk d;
    int x, y;

    (void)state;
    desk_open(&d, "race", 80, 24);
    desk_keys(&d, "3");
    dashboard_compose(&d.canvas, &d.scene.snap, &d.scene.view, &d.ui, &x, &y);
    assert_int_equal(x, 0);
    assert_int_equal(d.canvas.cells[y * 80].code, 0x25b8);
    desk_keys(&d, "2");
    dashboard_compose(&d.canvas, &d.scene.snap, &d.scene.view, &d.ui, &x, &y);
    assert_int_equal(x, -1); /* a chart has no items */
    desk_close(&d);
}

/* Keys that write a command, in a scene and after other keys. */
static void test_keys_write_the_commands_they_stand_for(void **state)
{
    static const struct { const char *scene, *keys, *command; } cases[] = {
        { "race", "s", "step update" }, { "race", "e", "step" }, { "race", "E", "step 10" }, { "race", "r", "reset" },
        { "race", "R", "reset seed=new" }, { "race", " ", "pause" }, { "race", "u", "undo" }, { "race", "x", "set x=updates" },
        { "race", "y", "set y=linear" }, { "race", "X", "set x_scale=log" }, { "race", "S", "set smooth=light" }, { "race", "v", "set valid=off" },
        { "race", "d", "set dots=on" }, { "race", "%", "set share=on" }, { "race", "b", "set bins=20" },
        { "race", "jhc", "goto update 94" }, { "race", "jgc", "goto 0" }, { "race", "jhhhhc", "goto 11" },
        { "race", "jgB", "break when samples >= 0" }, { "single", "hhB", "break when epoch >= 12" }, { "race", "xjhhhhB", "set x=updatesbreak when samples >= 1408" },
        { "single", "]", "fork lr=1; run" }, { "single", "[", "fork lr=0.25; run" }, { "race", "jhhhh[", "goto 11; fork from='mini 16' lr=0.06; run" },
        { "race", "j]", "fork from='mini 16' lr=0.24; run" }, { "single", "{", "pause; goto 12; fork batch=64; run" },
        { "race", "jg}", "goto 0; fork from='mini 16' batch=32; run" }, { "race", "jjg}", "goto 0; fork from='sgd' batch=2; run" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct desk d;
        desk_open(&d, cases[i].scene, 80, 24);
        desk_keys(&d, cases[i].keys);
        if (strcmp(bl_text_get(&d.command), cases[i].command) != 0)
            fail_msg("%s, keys %s: '%s', wanted '%s'", cases[i].scene, cases[i].keys, bl_text_get(&d.command), cases[i].command);
        desk_close(&d);
    }
}

/* Keys that change the view themselves, with the command that does the same in the event line. */
static void test_keys_echo_what_they_did(void **state)
{
    static const struct { const char *scene, *keys, *said; } cases[] = {
        { "race", "1", ":view 1" }, { "race", "z", ":zoom" }, { "race", "zz", ":zoom" }, { "race", "j", ":front 'mini 16'" },
        { "race", "m", ":hide 'batch'" }, { "race", "a", ":fit" }, { "race", ">", ":fit 384 1152" }, { "race", ">(", ":fit 0 768" },
        { "race", ">(<", ":fit" }, { "race", ">Y<", ":fit y=" }, { "race", "Y", ":fit y=" }, { "race", "YU", ":fit y=all" },
        { "race", "U", "all losses are in sight" }, { "race", "K", "all losses are in sight; Y zooms in" }, { "race", "YJJ", "the losses begin here" },
        { "race", "YKKKKKKKK", "the losses end here" }, { "race", "Ya", ":fit" }, { "empty", "Y", "there is no run yet" }, { "race", "p", ":present on" }, { "race", "pp", ":present off" },
        { "race", "M", ":panels 2 table compare" }, { "race", "D", ":panels 2 table" }, { "race", "P", ":panels 2 table table" },
        { "race", "jh", "epoch 11.75, 94 updates: ● 0.317 ▲ 0.246 ■ 0.229" }, { "single", "h", "epoch 11.75, 12 updates: train 0.3171, valid 0.3566" },
        { "race", "G", "at the newest point, and following" }, { "race", "jj}", "the batch size" },
        { "empty", "h", "there is no run yet: type  :train batch  or  :compare" }, { "empty", "f", "there is no run yet" },
        { "single", "}", "an update uses all 128 rows already" }, { "race", "c", "c takes the training to the cursor" },
        { "single", "m", "one curve only: it stays" }, { "race", ")", "all there is to see is in sight" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct desk d;
        desk_open(&d, cases[i].scene, 80, 24);
        d.scene.view.view = 2;
        if (!strncmp(cases[i].said, "the batch size", 14))
            d.scene.snap.busy = false, ((struct bl_run_view *)d.scene.snap.runs)[2].now.epoch = 11.5;
        desk_keys(&d, cases[i].keys);
        if (strncmp(d.ui.message, cases[i].said, strlen(cases[i].said)) != 0)
            fail_msg("%s, keys %s: '%s', wanted '%s'", cases[i].scene, cases[i].keys, d.ui.message, cases[i].said);
        desk_close(&d);
    }
}

/* Every panel of every scene has a chart that becomes a picture, or says that it has none and what to do. */
static void test_the_chart_in_focus_becomes_a_picture(void **state)
{
    static const struct { const char *scene; int view; const char *panel; } charts[] = {
        { "race", 2, "compare" }, { "single", 1, "loss" }, { "race", 4, "boundary" }, { "race", 5, "contour" }, { "race", 8, "theory" },
        { "network", 6, "layers" }, { "race", 2, "gradient" }, { "loaded", 3, "histogram" }, { "race", 9, "fan" }, { "race", 10, "calibration" },
    };
    const struct bl_picture svg = { .kind = BL_PICTURE_SVG };

    (void)state;
    for (size_t k = 0; k < sizeof charts / sizeof *charts; k++) {
        struct bl_error err = { 0 };
        struct bl_text out = { 0 };
        struct bl_chart *chart = NULL;
        struct desk d;
        desk_open(&d, charts[k].scene, 80, 24);
        d.scene.view.view = charts[k].view;
        snprintf(d.scene.view.panels[charts[k].view], sizeof d.scene.view.panels[0], "%s", charts[k].panel);
        desk_draw(&d);
        chart = shown_copy(&d.ui, &d.scene.snap, &d.scene.view, &err);
        if (!chart)
            fail_msg("%s, %s: %s", charts[k].scene, charts[k].panel, err.message);
        if (!chart->title || !chart->title[0])
            fail_msg("%s has no title", charts[k].panel);
        assert_true(bl_chart_picture(chart, &svg, &out, &err));
        assert_non_null(strstr(bl_text_get(&out), "</svg>"));
        bl_text_free(&out);
        bl_chart_free(chart);
        desk_close(&d);
    }
}

static void test_a_panel_without_a_chart_says_so(void **state)
{
    static const struct { const char *scene; int view; } none[] = { { "empty", 1 }, { "loaded", 6 }, { "race", 7 }, { "loaded", 10 } };

    (void)state;
    for (size_t k = 0; k < sizeof none / sizeof *none; k++) {
        struct bl_error err = { 0 };
        struct desk d;
        desk_open(&d, none[k].scene, 80, 24);
        d.scene.view.view = none[k].view;
        desk_draw(&d);
        assert_null(shown_copy(&d.ui, &d.scene.snap, &d.scene.view, &err));
        assert_true(err.code == BL_STATE && strstr(err.hint, "screen FILE.txt"));
        desk_close(&d);
    }
}

/* The large digits never cover a panel, at any size, and give way where they do not fit. */
static void test_large_digits_leave_room(void **state)
{
    (void)state;
    for (int height = 10; height <= 60; height += 5)
        for (int width = 40; width <= 200; width += 10) {
            struct desk d;
            desk_open(&d, "race", width, height);
            d.scene.view.present = true;
            d.scene.view.view = 2;
            desk_draw(&d);
            assert_int_equal(d.ui.layout.n, 1);
            assert_int_equal(d.ui.layout.placed[0].rect.y, 1 + d.ui.layout.big.height);
            assert_true(d.ui.layout.placed[0].rect.height >= 2 * d.ui.layout.big.height - 2);
            if (width >= 60 && height >= 20)
                assert_true(d.ui.layout.big.height >= 3);
            desk_close(&d);
        }
}

/* What the keys of panels write can be typed. */
static void test_the_command_panels_knows_every_panel(void **state)
{
    struct bl_workbench *w = bl_workbench_create(1, 1, NULL);
    struct bl_session s;

    (void)state;
    assert_non_null(w);
    assert_true(bl_session_init(&s, w, NULL));
    for (size_t i = 0; panel_types[i]; i++) {
        char line[64];
        snprintf(line, sizeof line, "panels 1 %s", panel_types[i]->name);
        if (bl_session_run(&s, line) != 0)
            fail_msg("'%s' is refused", line);
    }
    assert_int_equal(bl_session_run(&s, "panels 1 sofa"), 1);
    bl_session_done(&s);
    bl_workbench_free(w);
}

static void test_lines_are_opened_ready_to_be_changed(void **state)
{
    static const struct { const char *scene, *keys, *text; } cases[] = {
        { "single", "f", "fork lr=0.5" }, { "race", "jf", "fork from='mini 16' lr=0.12" }, { "race", "jgf", "goto 0; fork from='mini 16' lr=0.12" },
        { "single", "B", "break when epoch >= 13" }, { "race", "w", "screen screen-1.txt" }, { "race", ":", "" }, { "race", "W", "record " },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct desk d;
        desk_open(&d, cases[i].scene, 80, 24);
        desk_keys(&d, cases[i].keys);
        assert_true(d.ui.line.open);
        assert_string_equal(d.ui.line.text, cases[i].text);
        desk_close(&d);
    }
}

static void mouse(struct desk *d, int x, int y, int clicks, int wheel, bool up)
{
    bl_text_clear(&d->command);
    ui_mouse(&d->ui, &d->scene.snap, &d->scene.view, (struct ui_mouse){ x, y, clicks, wheel, up }, &d->command);
    desk_draw(d);
}

static void test_the_mouse_scrubs_drags_and_hides(void **state)
{
    const struct bl_chart_place *p;
    struct desk d;
    double from, to;

    (void)state;
    desk_open(&d, "race", 80, 24);
    d.scene.view.view = 2;
    desk_draw(&d);
    p = &d.ui.layout.placed[0].chart;
    assert_true(p->plot.width > 20 && p->n_names == 3);
    mouse(&d, p->plot.x, p->plot.y + 2, 1, 0, false); /* at the left end: the first point */
    assert_true(d.ui.cursor);
    assert_int_equal(d.ui.cursor_update, 0);
    mouse(&d, p->plot.x, p->plot.y + 2, 0, 0, true); /* let go where it was pressed: no range */
    assert_true(d.scene.view.x_to <= d.scene.view.x_from);
    mouse(&d, p->plot.x + 10, p->plot.y + 2, 1, 0, false);
    mouse(&d, p->plot.x + 20, p->plot.y + 5, 0, 0, true);
    from = d.scene.view.x_from, to = d.scene.view.x_to;
    assert_true(from > 0 && to > from && !d.ui.cursor);
    assert_true(strstr(d.ui.message, ":fit ") == d.ui.message);
    mouse(&d, p->plot.x, p->plot.y + 2, 1, 1, false); /* the wheel zooms around the pointer */
    assert_true(fabs(d.scene.view.x_from - from) < 0.02 * (to - from));
    desk_keys(&d, "a");
    mouse(&d, p->names[1].at.x + 1, p->names[1].at.y, 1, 0, false);
    assert_int_not_equal(d.scene.view.hidden, 0);
    desk_close(&d);
}

static void test_a_click_chooses_the_row_under_it(void **state)
{
    struct desk d;
    const struct placed *table;

    (void)state;
    desk_open(&d, "ten", 80, 24);
    d.scene.view.view = 2;
    d.scene.view.front = 9; /* scrolled to the end */
    desk_draw(&d);
    table = &d.ui.layout.placed[1];
    assert_true(table->panel == &panel_race && table->first > 0);
    mouse(&d, 5, table->rect.y + 2, 1, 0, false);
    assert_int_equal(d.scene.view.front, 10 - (size_t)(table->rect.height - 2));
    desk_close(&d);
}

static void test_the_tree_leads_to_a_run(void **state)
{
    struct desk d;

    (void)state;
    desk_open(&d, "forked", 80, 24);
    d.scene.view.view = 7;
    desk_keys(&d, "\t");
    ui_key(&d.ui, &d.scene.snap, &d.scene.view, UI_UP, &d.command);
    ui_key(&d.ui, &d.scene.snap, &d.scene.view, UI_ENTER, &d.command);
    assert_string_equal(bl_text_get(&d.command), "use run 2");
    desk_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_key_stands_for_two_things),
        cmocka_unit_test(test_the_help_lists_every_key),
        cmocka_unit_test(test_the_manual_lists_every_key),
        cmocka_unit_test(test_no_key_is_answered_with_silence),
        cmocka_unit_test(test_keys_write_commands_that_exist),
        cmocka_unit_test(test_random_sizes_and_keys_leave_a_whole_screen),
        cmocka_unit_test(test_growing_again_brings_everything_back),
        cmocka_unit_test(test_the_command_line_edits_as_the_prompt_does),
        cmocka_unit_test(test_escape_never_leaves),
        cmocka_unit_test(test_a_click_on_a_hint_is_its_key),
        cmocka_unit_test(test_a_click_focuses_and_two_zoom),
        cmocka_unit_test(test_find_goes_round_the_list_in_focus),
        cmocka_unit_test(test_an_overlay_unfolds_when_the_screen_grows),
        cmocka_unit_test(test_in_a_race_the_curves_of_one_run_have_its_marker),
        cmocka_unit_test(test_the_cursor_sits_on_the_item_in_focus),
        cmocka_unit_test(test_keys_write_the_commands_they_stand_for),
        cmocka_unit_test(test_keys_echo_what_they_did),
        cmocka_unit_test(test_the_chart_in_focus_becomes_a_picture),
        cmocka_unit_test(test_a_panel_without_a_chart_says_so),
        cmocka_unit_test(test_large_digits_leave_room),
        cmocka_unit_test(test_the_command_panels_knows_every_panel),
        cmocka_unit_test(test_lines_are_opened_ready_to_be_changed),
        cmocka_unit_test(test_the_mouse_scrubs_drags_and_hides),
        cmocka_unit_test(test_a_click_chooses_the_row_under_it),
        cmocka_unit_test(test_the_tree_leads_to_a_run),
    };

    return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
