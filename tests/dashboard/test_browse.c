/* The table on the whole screen: what it shows at every size, what its keys do, and that nothing breaks it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "golden.h"
#include "src/dashboard/browse.h"

enum { ROWS = 90 };

/* Text of every kind a file may hold: wide, combining, control characters, long, missing. */
static const char *const cities[] = { "Zürich", "東京", "Saint-Étienne-du-Rouvray near Rouen in Normandy, France", "cafe\u0301", "red \x1b[31malert\x1b[0m", "NA", "Oslo" };

static char *csv_make(size_t rows)
{
    struct bl_text t = { 0 };

    bl_text_add(&t, "city,price,rooms,day,rate,a_name_that_is_much_too_long_for_its_values,tiny\n");
    for (size_t i = 0; i < rows; i++) {
        bl_text_addf(&t, "\"%s\",%.*f,%zu,2024-%02zu-%02zu,", cities[i % 7], (int)(i % 4), 10 + 997.37 * (double)(i * 7919 % 101) / 13, i % 9 + 1,
                     i % 12 + 1, i % 28 + 1);
        bl_text_addf(&t, "%s,%c,%.3ge-9\n", i % 11 == 3 ? "NA" : i % 2 ? "0.3333333333333333" : "-12.5", "xyz"[i % 3], (double)(i + 1));
    }
    return bl_text_take(&t);
}

struct desk { struct browse b; struct ui ui; struct bl_canvas canvas; struct bl_text command; };

static void desk_of(struct desk *d, struct bl_table *t, int width, int height, enum bl_charset charset)
{
    memset(d, 0, sizeof *d);
    assert_non_null(t);
    assert_true(browse_open(&d->b, NULL, t, NULL, NULL));
    d->b.patient = true;
    assert_true(bl_canvas_init(&d->canvas, width, height, charset, NULL));
    ui_init(&d->ui, NULL);
    bl_table_free(t);
}

static void desk_open(struct desk *d, int width, int height, enum bl_charset charset)
{
    struct bl_load_options options = { .name = "flats" };
    char *csv = csv_make(ROWS);

    assert_non_null(csv);
    desk_of(d, bl_load_bytes(csv, strlen(csv), "flats.csv", &options, NULL), width, height, charset);
    bl_free(csv);
}

static void desk_close(struct desk *d)
{
    bl_text_free(&d->command);
    ui_done(&d->ui);
    bl_canvas_done(&d->canvas);
    browse_close(&d->b);
}

static void desk_draw(struct desk *d)
{
    int x, y;

    browse_compose(&d->canvas, &d->b, &d->ui, &x, &y);
    assert_true(x < d->canvas.width && y < d->canvas.height);
}

static void desk_key(struct desk *d, int key)
{
    bl_text_clear(&d->command);
    browse_key(&d->b, &d->ui, key, &d->command);
    desk_draw(d);
}

static void desk_keys(struct desk *d, const char *keys)
{
    desk_draw(d);
    for (; *keys; keys++)
        desk_key(d, *keys);
}

static const char *screen(struct desk *d)
{
    static struct bl_text out;

    bl_text_clear(&out);
    bl_canvas_print(&d->canvas, BL_THEME_DARK, BL_COLOURS_NONE, &out);
    return bl_text_get(&out);
}

/* ---- screens ------------------------------------------------------------------------------------*/

static const struct { const char *name, *keys, *sizes; } screens[] = {
    { "browse", "", "60x20 80x24 120x40 200x60" },
    { "browse-right", "$", "60x20 80x24" },
    { "browse-sorted", "l]ll!j", "60x20 120x40" },
    { "browse-filtered", "l&price > 5000\n", "80x24 120x40" },
    { "browse-figures", "li", "60x20 80x24" },
    { "browse-row", "jj\n", "60x20" },
    { "browse-help", "?", "60x20 80x24" },
    { "browse-find", "/東\n", "80x24" },
    { "browse-least", "", "30x9 20x4 12x2 8x1" },
};

static void check_screen(size_t i, const char *size, bool ascii)
{
    struct bl_text found = { 0 };
    struct desk d;
    int width, height;

    assert_int_equal(sscanf(size, "%dx%d", &width, &height), 2);
    desk_open(&d, width, height, ascii ? BL_CHARSET_ASCII : BL_CHARSET_BRAILLE);
    desk_draw(&d);
    for (const char *k = screens[i].keys; *k;) {
        uint32_t code;
        k += bl_utf8_decode(k, strlen(k), &code);
        desk_key(&d, (int)code);
    }
    bl_canvas_print(&d.canvas, BL_THEME_DARK, BL_COLOURS_NONE, &found);
    golden_check(screens[i].name, size, ascii ? ".ascii" : "", &found);
    bl_text_free(&found);
    desk_close(&d);
}

static void test_screens_are_as_drawn(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof screens / sizeof *screens; i++) {
        char sizes[64], *save = NULL;
        snprintf(sizes, sizeof sizes, "%s", screens[i].sizes);
        for (char *size = strtok_r(sizes, " ", &save); size; size = strtok_r(NULL, " ", &save)) {
            check_screen(i, size, false);
            check_screen(i, size, true);
        }
    }
}

/* ---- keys -----------------------------------------------------------------------------------------*/

static void test_no_key_stands_for_two_things(void **state)
{
    (void)state;
    for (const struct key_row *a = browse_keys; a->label; a++)
        for (size_t i = 0; i < 3; i++)
            if (a->keys[i] && key_find(browse_keys, a->keys[i]) != a)
                fail_msg("key %d of '%s' belongs to '%s' already", a->keys[i], a->does, key_find(browse_keys, a->keys[i])->does);
}

static void test_sorting_says_the_command_it_stands_for(void **state)
{
    struct desk d;
    double before = -1;

    (void)state;
    desk_open(&d, 80, 24, BL_CHARSET_BRAILLE);
    desk_keys(&d, "l[");
    assert_string_equal(d.ui.message, ":browse sort=price");
    for (size_t i = 0; i < ROWS; i++) {
        double x = d.b.table->columns[1].number[browse_row(&d.b, i)];
        assert_true(x >= before);
        before = x;
    }
    desk_keys(&d, "l]"); /* equal rooms stay by price */
    assert_string_equal(d.ui.message, ":browse sort=-rooms,price");
    for (size_t i = 1; i < ROWS; i++) {
        size_t a = browse_row(&d.b, i - 1), b = browse_row(&d.b, i);
        const double *rooms = d.b.table->columns[2].number, *price = d.b.table->columns[1].number;
        assert_true(rooms[a] > rooms[b] || (rooms[a] == rooms[b] && price[a] <= price[b]));
    }
    desk_keys(&d, "U");
    assert_null(d.b.rows);
    desk_close(&d);
}

static void test_a_condition_keeps_its_rows_and_escape_gives_all_back(void **state)
{
    struct desk d;

    (void)state;
    desk_open(&d, 80, 24, BL_CHARSET_BRAILLE);
    desk_keys(&d, "&rooms > 8\n");
    assert_int_equal(browse_rows(&d.b), ROWS / 9);
    assert_non_null(strstr(d.ui.message, ":browse where='rooms > 8'  10 of 90 rows"));
    desk_keys(&d, "G");
    assert_int_equal(browse_row(&d.b, d.b.row), 89);
    desk_keys(&d, "&\x15no_such > 8\n");
    assert_non_null(strstr(d.ui.message, "no column 'no_such'"));
    assert_int_equal(browse_rows(&d.b), ROWS / 9);
    desk_key(&d, UI_ESC); /* the message */
    desk_key(&d, UI_ESC);
    assert_int_equal(browse_rows(&d.b), ROWS);
    desk_keys(&d, "&\x15rooms > 100\n");
    assert_int_equal(browse_rows(&d.b), 0);
    desk_keys(&d, "jkhlgG/x\nnN[]\n!_-v<>FITXi");
    desk_close(&d);
}

static void test_find_goes_from_cell_to_cell_and_around(void **state)
{
    struct desk d;

    (void)state;
    desk_open(&d, 80, 24, BL_CHARSET_BRAILLE);
    desk_keys(&d, "/oslo\n");
    assert_int_equal(d.b.row, 6);
    desk_keys(&d, "n");
    assert_int_equal(d.b.row, 13);
    desk_keys(&d, "NN");
    assert_int_equal(d.b.row, 83); /* around the beginning */
    assert_non_null(strstr(d.ui.message, "around the end"));
    desk_keys(&d, "n");
    assert_int_equal(d.b.row, 6);
    desk_keys(&d, "/2024-02-14\n");
    assert_int_equal(d.b.table->columns[d.b.shown[d.b.column].column].type, BL_DATETIME);
    desk_keys(&d, "g/0.3333333333333333\n");
    assert_string_equal(d.b.table->columns[d.b.shown[d.b.column].column].name, "rate");
    desk_keys(&d, "/nowhere\n");
    assert_non_null(strstr(d.ui.message, "not found"));
    desk_close(&d);
}

static void test_rows_and_columns_are_reached_by_number_and_name(void **state)
{
    struct desk d;

    (void)state;
    desk_open(&d, 80, 24, BL_CHARSET_BRAILLE);
    desk_keys(&d, "50G");
    assert_int_equal(d.b.row, 49);
    desk_keys(&d, "r12\n");
    assert_int_equal(d.b.row, 11);
    desk_keys(&d, "r0\n");
    assert_non_null(strstr(d.ui.message, "not the number of a row"));
    desk_keys(&d, "500G");
    assert_non_null(strstr(d.ui.message, "there is no row 500"));
    desk_keys(&d, "100%");
    assert_int_equal(d.b.row, 89);
    desk_keys(&d, "cRO\n");
    assert_int_equal(d.b.column, 2);
    desk_keys(&d, "cnone\n");
    assert_non_null(strstr(d.ui.message, "no column begins with 'none'"));
    desk_keys(&d, "3h");
    assert_int_equal(d.b.column, 0);
    desk_close(&d);
}

static void test_columns_are_frozen_hidden_and_shown_again(void **state)
{
    struct desk d;

    (void)state;
    desk_open(&d, 80, 24, BL_CHARSET_BRAILLE);
    desk_keys(&d, "ll!$!");
    assert_string_equal(d.b.table->columns[d.b.shown[0].column].name, "rooms");
    assert_string_equal(d.b.table->columns[d.b.shown[1].column].name, "tiny");
    assert_string_equal(d.b.table->columns[d.b.shown[2].column].name, "city");
    desk_keys(&d, "!^!"); /* free again: where they stood */
    for (size_t i = 0; i < 7; i++)
        assert_int_equal(d.b.shown[i].column, i);
    desk_keys(&d, "^------");
    assert_string_equal(d.b.table->columns[d.b.shown[d.b.column].column].name, "tiny");
    desk_keys(&d, "-");
    assert_non_null(strstr(d.ui.message, "only column"));
    desk_keys(&d, "v");
    assert_non_null(strstr(d.ui.message, "6 columns are shown again"));
    desk_close(&d);
}

static void test_keys_that_change_write_their_command(void **state)
{
    static const struct { int key; const char *command; } keys[] = {
        { 'F', "hist price" }, { 'I', "describe price" }, { 'T', "target price" }, { 'X', "drop price" }, { 't', "set theme=light" },
    };
    struct desk d;

    (void)state;
    desk_open(&d, 80, 24, BL_CHARSET_BRAILLE);
    desk_keys(&d, "l");
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        desk_key(&d, keys[i].key);
        assert_string_equal(bl_text_get(&d.command), keys[i].command);
    }
    desk_close(&d);
}

static void test_values_never_reach_the_screen_raw(void **state)
{
    struct desk d;

    (void)state;
    desk_open(&d, 200, 60, BL_CHARSET_BRAILLE);
    desk_draw(&d);
    assert_null(strchr(screen(&d), '\x1b'));
    assert_non_null(strstr(screen(&d), "red \\x1b[31malert"));
    desk_close(&d);
}

static void test_clicks_choose_and_wheels_scroll(void **state)
{
    struct desk d;

    (void)state;
    desk_open(&d, 80, 24, BL_CHARSET_BRAILLE);
    desk_draw(&d);
    browse_mouse(&d.b, &d.ui, (struct ui_mouse){ d.b.seen[1].x, d.b.body.y + 4, 1, 0, false }, &d.command);
    assert_int_equal(d.b.row, 4);
    assert_int_equal(d.b.column, 1);
    browse_mouse(&d.b, &d.ui, (struct ui_mouse){ 5, 9, 0, 1, false }, &d.command);
    assert_int_equal(d.b.top, 3);
    browse_mouse(&d.b, &d.ui, (struct ui_mouse){ d.b.seen[1].x, 1, 2, 0, false }, &d.command);
    assert_int_equal(d.b.n_keys, 1);
    desk_close(&d);
}

/* ---- whatever is typed --------------------------------------------------------------------------------*/

static int random_key(struct bl_random *r)
{
    switch (bl_random_below(r, 6)) {
    case 0: return UI_FIRST + (int)bl_random_below(r, UI_LAST - UI_FIRST + 1);
    case 1: return 1 + (int)bl_random_below(r, 0x3000);
    case 2: return browse_keys[bl_random_below(r, 40)].keys[0];
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
                fail_msg("turn %zu: cell %d,%d holds U+%04X", turn, x, y, c->code);
        }
}

static void check_cursor(const struct desk *d, size_t turn)
{
    size_t n = browse_rows(&d->b);

    if ((n && d->b.row >= n) || d->b.column >= d->b.table->n_columns || d->b.shown[d->b.column].hidden || d->b.row < d->b.top ||
        d->b.row - d->b.top >= (size_t)d->b.page)
        fail_msg("turn %zu: the cursor left the table: row %zu of %zu, column %zu, top %zu", turn, d->b.row, n, d->b.column, d->b.top);
}

static void test_random_keys_and_sizes_leave_a_whole_screen(void **state)
{
    struct bl_random r = bl_random_stream(11, BL_FOR_NOISE, 0, 0);
    size_t turns = getenv("BATCHLAB_LONG") ? 100000 : 10000;
    struct desk d;

    (void)state;
    desk_open(&d, 80, 24, BL_CHARSET_BRAILLE);
    for (size_t i = 0; i < turns; i++) {
        if (bl_random_below(&r, 8) == 0) {
            enum bl_charset charset = (enum bl_charset)bl_random_below(&r, 3);
            bl_canvas_done(&d.canvas);
            assert_true(bl_canvas_init(&d.canvas, 1 + (int)bl_random_below(&r, bl_random_below(&r, 2) ? 300 : 80),
                                       1 + (int)bl_random_below(&r, bl_random_below(&r, 2) ? 100 : 24), charset, NULL));
            desk_draw(&d);
        }
        if (bl_random_below(&r, 10) == 0)
            browse_mouse(&d.b, &d.ui, (struct ui_mouse){ (int)bl_random_below(&r, 310), (int)bl_random_below(&r, 110), 1 + (int)bl_random_below(&r, 2),
                                                         (int)bl_random_below(&r, 3) - 1, bl_random_below(&r, 4) == 0 }, &d.command);
        desk_key(&d, random_key(&r));
        check_cells(&d, i);
        check_cursor(&d, i);
    }
    desk_close(&d);
}

/* ---- many rows, many columns ------------------------------------------------------------------------------*/

static void test_no_rows_and_one_column_can_be_looked_at(void **state)
{
    struct desk d;

    (void)state;
    struct bl_table *t = bl_table_create("none", 0, 1, NULL);

    assert_true(bl_table_set_numbers(t, 0, "a", bl_aligned(1, sizeof(double)), NULL));
    desk_of(&d, t, 80, 24, BL_CHARSET_BRAILLE);
    desk_keys(&d, "jkhlgG/x\nnN[]i\n!_-v<>FITX&a > 1\nU?q");
    desk_close(&d);
}

static struct bl_table *wide_table(size_t columns)
{
    struct bl_table *t = bl_table_create("wide", 3, columns, NULL);
    char name[32];

    for (size_t j = 0; j < columns; j++) {
        double *x = bl_aligned(3, sizeof *x);
        x[0] = (double)j, x[1] = -1.5, x[2] = 1e300;
        snprintf(name, sizeof name, "c%zu", j);
        assert_true(bl_table_set_numbers(t, j, name, x, NULL));
    }
    return t;
}

static void test_thousands_of_columns_are_walked_through(void **state)
{
    struct desk d;

    (void)state;
    desk_of(&d, wide_table(5000), 80, 24, BL_CHARSET_BRAILLE);
    desk_keys(&d, "$");
    assert_int_equal(d.b.column, 4999);
    assert_non_null(strstr(screen(&d), "c4999"));
    desk_keys(&d, "HLHHcc2500\n");
    desk_keys(&d, "cc25\n");
    assert_non_null(strstr(screen(&d), "c25"));
    desk_close(&d);
}

/* The same jobs on threads of their own, stopped or left to themselves. */
static void test_jobs_are_taken_when_they_end(void **state)
{
    struct desk d;

    (void)state;
    for (int i = 0; i < 50; i++) {
        desk_open(&d, 120, 40, BL_CHARSET_BRAILLE);
        d.b.patient = false;
        desk_keys(&d, "l[$]");
        desk_key(&d, i % 2 ? UI_ESC : UI_CTRL('C'));
        desk_keys(&d, "/Oslo\n");
        for (int k = 0; k < 2000 && browse_busy(&d.b); k++)
            browse_settle(&d.b, &d.ui);
        if (i % 3)
            desk_draw(&d);
        desk_close(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_screens_are_as_drawn),
        cmocka_unit_test(test_no_key_stands_for_two_things),
        cmocka_unit_test(test_sorting_says_the_command_it_stands_for),
        cmocka_unit_test(test_a_condition_keeps_its_rows_and_escape_gives_all_back),
        cmocka_unit_test(test_find_goes_from_cell_to_cell_and_around),
        cmocka_unit_test(test_rows_and_columns_are_reached_by_number_and_name),
        cmocka_unit_test(test_columns_are_frozen_hidden_and_shown_again),
        cmocka_unit_test(test_keys_that_change_write_their_command),
        cmocka_unit_test(test_values_never_reach_the_screen_raw),
        cmocka_unit_test(test_clicks_choose_and_wheels_scroll),
        cmocka_unit_test(test_random_keys_and_sizes_leave_a_whole_screen),
        cmocka_unit_test(test_no_rows_and_one_column_can_be_looked_at),
        cmocka_unit_test(test_thousands_of_columns_are_walked_through),
        cmocka_unit_test(test_jobs_are_taken_when_they_end),
    };

    return cmocka_run_group_tests_name("browse", tests, NULL, NULL);
}
