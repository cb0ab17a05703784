/* What keys and mouse do in the browser. Its keys are rows of the same kind as those of the dashboard, so help,
 * hints and clicks come from one table here too. */
#include <stdio.h>
#include <string.h>

#include "browse.h"
#include "parts.h"

enum browse_action {
    DO_HELP, DO_QUIT, DO_OUT, DO_ROW, DO_PAGE, DO_HALF, DO_FIRST, DO_LAST, DO_COLUMN, DO_COLUMNS, DO_EDGE, DO_PERCENT, DO_LINE,
    DO_FIND, DO_AGAIN, DO_FILTER, DO_SORT, DO_ALL, DO_FULL, DO_WIDER, DO_HIDE, DO_UNHIDE, DO_FREEZE, DO_TO_COLUMN, DO_TO_ROW,
    DO_PANEL, DO_RECORD, DO_COMMAND, DO_THEME, DO_STOP, DO_TERMINAL
};

const struct key_row browse_keys[] = {
    { { '?', UI_F1 }, "?", "help", "this help; any key closes it", NULL, DO_HELP, 0, 0, 0 },
    { { 'q', UI_F10 }, "q", "back", "overlay closes, else back to the prompt", NULL, DO_QUIT, 0, 1, 0 },
    { { UI_DOWN, 'j' }, "↓", NULL, "a row down", NULL, DO_ROW, 1, 99, 0 },
    { { UI_UP, 'k' }, "↑", NULL, "a row up", NULL, DO_ROW, -1, 99, 0 },
    { { UI_RIGHT, 'l' }, "→", NULL, "a column right", NULL, DO_COLUMN, 1, 99, 0 },
    { { UI_LEFT, 'h' }, "←", NULL, "a column left", NULL, DO_COLUMN, -1, 99, 0 },
    { { UI_PAGE_DOWN, ' ', UI_CTRL('F') }, "PgDn", NULL, "a page down; space and Ctrl-F too", NULL, DO_PAGE, 1, 99, 0 },
    { { UI_PAGE_UP, 'b', UI_CTRL('B') }, "PgUp", NULL, "a page up; b and Ctrl-B too", NULL, DO_PAGE, -1, 99, 0 },
    { { 'd', UI_CTRL('D') }, "d", NULL, "half a page down", NULL, DO_HALF, 1, 99, 0 },
    { { 'u', UI_CTRL('U') }, "u", NULL, "half a page up", NULL, DO_HALF, -1, 99, 0 },
    { { 'g', UI_HOME }, "g", NULL, "first row; with a number before it, that row", NULL, DO_FIRST, 0, 99, 0 },
    { { 'G', UI_END }, "G", NULL, "last row; with a number before it, that row", NULL, DO_LAST, 0, 99, 0 },
    { { '%' }, "%", NULL, "with a number before it: so far down", NULL, DO_PERCENT, 0, 99, 0 },
    { { UI_SHIFT_RIGHT, 'L' }, "L", NULL, "a screen of columns right", NULL, DO_COLUMNS, 1, 99, 0 },
    { { UI_SHIFT_LEFT, 'H' }, "H", NULL, "a screen of columns left", NULL, DO_COLUMNS, -1, 99, 0 },
    { { '^' }, "^", NULL, "first column", NULL, DO_EDGE, -1, 99, 0 },
    { { '$' }, "$", NULL, "last column", NULL, DO_EDGE, 1, 99, 0 },
    { { '/' }, "/", "find", "find a text in any cell", NULL, DO_FIND, 0, 2, 0 },
    { { 'n' }, "n", NULL, "the next cell that holds it", NULL, DO_AGAIN, 1, 99, 0 },
    { { 'N' }, "N", NULL, "the one before", NULL, DO_AGAIN, -1, 99, 0 },
    { { '[' }, "[ ]", "sort", "sort by this column, upwards; the order before decides ties", "browse sort=", DO_SORT, 1, 3, 0 },
    { { ']' }, "]", NULL, "sort by this column, downwards", "browse sort=-", DO_SORT, -1, 99, 0 },
    { { '&' }, "&", "filter", "only the rows that fulfil a condition; empty: all", "browse where=", DO_FILTER, 0, 4, 0 },
    { { 'U' }, "U", NULL, "all rows, in the order of the file", "browse", DO_ALL, 0, 99, 0 },
    { { UI_ENTER }, "Enter", "row", "the whole row, a line for each column", NULL, DO_RECORD, 0, 6, 0 },
    { { 'i' }, "i", "figures", "figures and histogram beside the table", NULL, DO_PANEL, 0, 5, 0 },
    { { '!' }, "!", "freeze", "freeze this column at the left, or free it", NULL, DO_FREEZE, 0, 8, 0 },
    { { '_' }, "_", "width", "this column as wide as its values, and back", NULL, DO_FULL, 0, 9, 0 },
    { { '>' }, ">", NULL, "wider", NULL, DO_WIDER, 2, 99, 0 },
    { { '<' }, "<", NULL, "narrower", NULL, DO_WIDER, -2, 99, 0 },
    { { '-' }, "-", "hide", "hide this column", NULL, DO_HIDE, 0, 11, 0 },
    { { 'v' }, "v", NULL, "show all hidden columns", NULL, DO_UNHIDE, 0, 99, 0 },
    { { 'c' }, "c", "column", "go to a column by its name, or the start of it", NULL, DO_TO_COLUMN, 0, 10, 0 },
    { { 'r' }, "r", NULL, "go to a row by its number", NULL, DO_TO_ROW, 0, 99, 0 },
    { { 'F' }, "F", "hist", "how the values of this column are distributed", "hist COLUMN", DO_COMMAND, 'F', 12, 0 },
    { { 'I' }, "I", NULL, "all figures of this column", "describe COLUMN", DO_COMMAND, 'I', 99, 0 },
    { { 'T' }, "T", "target", "this column is to be predicted; a run ends", "target COLUMN", DO_COMMAND, 'T', 13, 0 },
    { { 'X' }, "X", "drop", "this column is no input any more; a run ends", "drop COLUMN", DO_COMMAND, 'X', 14, 0 },
    { { 't' }, "t", NULL, "theme: dark, light, mono, contrast", "set theme=", DO_THEME, 0, 99, 0 },
    { { ':' }, ":", "command", "command line: everything the prompt can do", "the command", DO_LINE, 0, 7, 0 },
    { { UI_ESC }, "Esc", NULL, "stop work; one layer out: message, condition, order", NULL, DO_OUT, 0, 99, 0 },
    { { UI_CTRL('C') }, "Ctrl-C", NULL, "stop sorting, searching, filtering; never leaves", NULL, DO_STOP, 0, 99, 0 },
    { { UI_CTRL('Z') }, "Ctrl-Z", NULL, "suspend", NULL, DO_TERMINAL, 0, 99, 0 },
    { { UI_CTRL('L') }, "Ctrl-L", NULL, "paint the screen anew", NULL, DO_TERMINAL, 0, 99, 0 },
    { { 0 }, NULL, NULL, NULL, NULL, DO_HELP, 0, 0, 0 },
};

struct doing { struct browse *b; struct ui *ui; struct bl_text *command; };

/* ---- rows --------------------------------------------------------------------------------------------*/

static void row_to(struct doing *a, size_t from, int64_t by)
{
    size_t n = browse_rows(a->b), last = n ? n - 1 : 0;
    size_t to = by < 0 ? (from > (size_t)-by ? from - (size_t)-by : 0) : from + (size_t)by;

    a->b->row = to < last ? to : last;
}

static void row_move(struct doing *a, int64_t by)
{
    size_t before = a->b->row;

    row_to(a, before, by);
    if (a->b->row == before)
        ui_message(a->ui, BL_ROLE_DIM, by < 0 ? "this is the first row" : "this is the last row");
}

static void page_move(struct doing *a, int64_t by)
{
    struct browse *b = a->b;
    size_t n = browse_rows(b), last = n > (size_t)b->page ? n - (size_t)b->page : 0;
    size_t top = by < 0 ? (b->top > (size_t)-by ? b->top - (size_t)-by : 0) : b->top + (size_t)by;

    b->top = top < last ? top : last;
    row_move(a, by);
}

/* The row of the file with this number, where it is shown. */
static void row_seek(struct doing *a, size_t number)
{
    struct browse *b = a->b;

    for (size_t i = b->rows ? 0 : number - 1; number && i < browse_rows(b); i++)
        if (browse_row(b, i) == number - 1) {
            b->row = i;
            b->top = i > (size_t)b->page / 2 ? i - (size_t)b->page / 2 : 0;
            return;
        }
    ui_message(a->ui, BL_ROLE_WARN, number && number <= b->table->n_rows ? "row %zu does not fulfil the condition" : "there is no row %zu: 1 to %zu",
               number, b->table->n_rows);
}

static void end_go(struct doing *a, bool first)
{
    size_t n = browse_rows(a->b);

    if (a->b->count)
        row_seek(a, a->b->count);
    else
        a->b->row = first || !n ? 0 : n - 1;
}

static void percent_go(struct doing *a)
{
    size_t n = browse_rows(a->b), share = a->b->count;

    if (share > 100 || n == 0)
        ui_message(a->ui, BL_ROLE_WARN, "0 to 100 before it: 50 %% is the middle");
    else
        a->b->row = (size_t)((double)(n - 1) * (double)share / 100);
}

/* ---- columns ---------------------------------------------------------------------------------------------*/

static void column_move(struct doing *a, int by)
{
    size_t to = browse_step(a->b, a->b->column, by);

    if (to == a->b->column)
        ui_message(a->ui, BL_ROLE_DIM, by < 0 ? "this is the first column" : "this is the last column");
    a->b->column = to;
}

static void columns_move(struct doing *a, int by)
{
    size_t n = a->b->n_seen > 1 ? a->b->n_seen - 1 : 1;

    while (n-- > 1)
        a->b->column = browse_step(a->b, a->b->column, by);
    column_move(a, by);
}

static void edge_go(struct doing *a, int by)
{
    size_t to = a->b->column, next;

    while ((next = browse_step(a->b, to, by)) != to)
        to = next;
    a->b->column = to;
}

static bool starts(const char *name, const char *text, bool fold)
{
    size_t n = strlen(text);

    for (size_t i = 0; i < n; i++) {
        char x = name[i], y = text[i];
        if (fold && x >= 'A' && x <= 'Z')
            x = (char)(x + 32);
        if (fold && y >= 'A' && y <= 'Z')
            y = (char)(y + 32);
        if (x != y)
            return false;
    }
    return true;
}

static void column_seek(struct doing *a, const char *name)
{
    struct browse *b = a->b;
    size_t exact = bl_table_find(b->table, name), fits = SIZE_MAX;

    for (size_t i = 0; i < b->table->n_columns && fits == SIZE_MAX; i++)
        if (exact != SIZE_MAX ? b->shown[i].column == exact : starts(b->table->columns[b->shown[i].column].name, name, true))
            fits = i;
    if (fits == SIZE_MAX) {
        ui_message(a->ui, BL_ROLE_WARN, "no column begins with '%s'", name);
        return;
    }
    b->shown[fits].hidden = false;
    b->column = fits;
}

/* Frozen ones first, in the order in which they were frozen; the others as in the file. */
static void freeze(struct doing *a)
{
    struct browse *b = a->b;
    struct shown s = b->shown[b->column];
    size_t n = b->table->n_columns, at = 0;

    s.frozen = !s.frozen;
    memmove(&b->shown[b->column], &b->shown[b->column + 1], (n - b->column - 1) * sizeof s);
    while (at < n - 1 && (b->shown[at].frozen || (!s.frozen && b->shown[at].column < s.column)))
        at++;
    memmove(&b->shown[at + 1], &b->shown[at], (n - 1 - at) * sizeof s);
    b->shown[at] = s;
    b->column = at;
    b->left = 0;
    ui_message(a->ui, BL_ROLE_TEXT, "%s is %s", b->table->columns[s.column].name, s.frozen ? "frozen; ! frees it" : "free");
}

static void hide(struct doing *a)
{
    struct browse *b = a->b;
    struct shown *s = browse_column(b);
    size_t to = browse_step(b, b->column, 1);

    to = to == b->column ? browse_step(b, b->column, -1) : to;
    if (to == b->column) {
        ui_message(a->ui, BL_ROLE_WARN, "the only column in sight stays");
        return;
    }
    s->hidden = true;
    b->column = to;
    ui_message(a->ui, BL_ROLE_TEXT, "%s is hidden; v shows it again", b->table->columns[s->column].name);
}

static void unhide(struct doing *a)
{
    size_t n = 0;

    for (size_t i = 0; i < a->b->table->n_columns; i++) {
        n += a->b->shown[i].hidden;
        a->b->shown[i].hidden = false;
    }
    ui_message(a->ui, BL_ROLE_DIM, n ? "%zu column%s shown again" : "no column is hidden", n, n == 1 ? " is" : "s are");
}

static void full(struct doing *a)
{
    struct shown *s = browse_column(a->b);

    s->full = !s->full;
    s->given = 0;
    s->measured = false;
    s->width = s->fraction = s->whole = 0;
    ui_message(a->ui, BL_ROLE_DIM, s->full ? "as wide as its values; _ again is the usual width" : "usual width");
}

static void wider(struct doing *a, int by)
{
    struct shown *s = browse_column(a->b);
    int width = column_width(a->b, s) + by;

    s->given = width < 3 ? 3 : width > 400 ? 400 : width;
    ui_message(a->ui, BL_ROLE_DIM, "%d columns wide; _ is the usual width", s->given);
}

/* ---- order and choice ----------------------------------------------------------------------------------------*/

static void sort(struct doing *a, bool down)
{
    struct browse *b = a->b;
    struct bl_sort_key keys[BL_SORT_KEYS] = { { browse_column(b)->column, down } };
    size_t n = 1;

    for (size_t i = 0; i < b->n_keys && n < BL_SORT_KEYS; i++)
        if (b->keys[i].column != keys[0].column)
            keys[n++] = b->keys[i];
    browse_rows_start(b, a->ui, b->where, keys, n);
}

static void line_ask(struct ui *ui, char sign, const char *label, const char *as, const char *text)
{
    line_open(&ui->line, text);
    ui->line.sign = sign;
    ui->line.label = label;
    ui->line.as = as;
}

static void again(struct doing *a, int by)
{
    if (!a->b->find[0])
        ui_message(a->ui, BL_ROLE_DIM, "nothing to find: type  /text");
    else
        browse_find_start(a->b, a->ui, by < 0, false);
}

/* ---- commands -------------------------------------------------------------------------------------------------*/

static void column_command(struct doing *a, int which)
{
    const char *verb = which == 'F' ? "hist" : which == 'I' ? "describe" : which == 'T' ? "target" : "drop";
    const char *name = a->b->table->columns[browse_column(a->b)->column].name;
    const char *quote = strchr(name, '\'') ? "\"" : "'";
    bool plain = name[0] && name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.")] == '\0';

    bl_text_addf(a->command, "%s %s%s%s", verb, plain ? "" : quote, name, plain ? "" : quote);
}

static void theme_turn(struct doing *a)
{
    static const char *const names[] = { "dark", "light", "mono", "contrast" };
    unsigned now = a->b->session ? (unsigned)a->b->session->theme : 0;

    bl_text_addf(a->command, "set theme=%s", names[(now + 1) & 3]);
}

static void record_open(struct doing *a)
{
    struct browse *b = a->b;
    struct bl_text *out = &a->ui->overlay_text;
    char value[CELL_BYTES], name[128];

    if (browse_rows(b) == 0)
        return;
    overlay_clear(a->ui);
    bl_text_addf(out, "row %zu\n\n", browse_row(b, b->row) + 1);
    for (size_t i = 0; i < b->table->n_columns && i < 20000; i++) {
        size_t column = b->shown[i].column, wide;
        bl_show(name, sizeof name, b->table->columns[column].name, strlen(b->table->columns[column].name));
        cell_exact(b, browse_row(b, b->row), column, value, sizeof value);
        wide = bl_text_width(name, strlen(name));
        bl_text_addf(out, "%s%*s%s\n", name, (int)(wide < 20 ? 20 - wide : 2), "", value[0] ? value : "-");
    }
    a->ui->overlay = OVERLAY_TEXT;
    a->ui->overlay_title = "row";
    a->ui->overlay_scroll = 0;
    a->ui->found_line = SIZE_MAX;
}

static void help_open(struct ui *ui)
{
    overlay_clear(ui);
    keys_help(&ui->overlay_text, browse_keys, "the table");
    bl_text_add(&ui->overlay_text, "\nA number before j k h l PgUp PgDn g G is how often, or which row.\n"
                                   "Mouse: click a cell, a name or a key below; twice on a name sorts; the wheel scrolls.\n");
    ui->overlay = OVERLAY_HELP;
    ui->overlay_title = "keys";
    ui->overlay_scroll = 0;
    ui->found_line = SIZE_MAX;
}

/* ---- layers ----------------------------------------------------------------------------------------------------*/

static void stop(struct doing *a)
{
    if (job_under_way(&a->b->job))
        job_stop(&a->b->job);
    else
        ui_message(a->ui, BL_ROLE_DIM, "nothing is under way; q goes back");
}

static void layer_out(struct doing *a)
{
    struct browse *b = a->b;

    if (job_under_way(&b->job))
        job_stop(&b->job);
    else if (b->count)
        b->count = 0;
    else if (a->ui->message[0])
        a->ui->message[0] = '\0';
    else if (b->where[0])
        browse_rows_start(b, a->ui, "", b->keys, b->n_keys);
    else if (b->n_keys)
        browse_rows_start(b, a->ui, "", NULL, 0);
    else
        ui_message(a->ui, BL_ROLE_DIM, "q goes back");
}

static void panel_turn(struct doing *a)
{
    if (a->b->panel_drawn)
        a->b->panel = 0;
    else
        a->b->panel = 1;
    if (a->ui->layout.width < 50 || a->ui->layout.height < 14)
        ui_message(a->ui, BL_ROLE_DIM, "no room for figures here: 50 × 14 is the least");
}

static void line_entered(struct doing *a)
{
    struct browse *b = a->b;
    struct line *l = &a->ui->line;
    int64_t number;

    switch (l->sign) {
    case '/':
        snprintf(b->find, sizeof b->find, "%.*s", (int)bl_text_fit(l->text, l->length, sizeof b->find / 4), l->text);
        browse_find_start(b, a->ui, false, true);
        break;
    case '&': browse_rows_start(b, a->ui, l->text, b->keys, b->n_keys); break;
    case 'c': column_seek(a, l->text[0] && l->text[l->length - 1] == ' ' ? (l->text[l->length - 1] = '\0', l->text) : l->text); break;
    case 'r':
        if (bl_integer_parse(l->text, l->length, &number) && number > 0)
            row_seek(a, (size_t)number);
        else
            ui_message(a->ui, BL_ROLE_WARN, "'%s' is not the number of a row: 1 to %zu", l->text, b->table->n_rows);
        break;
    default: bl_text_add(a->command, l->text);
    }
}

/* ---- keys ---------------------------------------------------------------------------------------------------------*/

static void act_column(struct doing *a, const struct key_row *k)
{
    if (!a->b->table->n_columns)
        return;
    switch (k->action) {
    case DO_SORT: sort(a, k->amount < 0); break;
    case DO_FULL: full(a); break;
    case DO_WIDER: wider(a, k->amount); break;
    case DO_HIDE: hide(a); break;
    case DO_FREEZE: freeze(a); break;
    case DO_COMMAND: column_command(a, k->amount); break;
    case DO_RECORD: record_open(a); break;
    case DO_TO_COLUMN: line_ask(a->ui, 'c', "column ", "describe ", ""); break;
    default: break;
    }
}

static void act(struct doing *a, const struct key_row *k)
{
    struct browse *b = a->b;
    int64_t times = b->count ? (int64_t)(b->count < 1000000000 ? b->count : 1000000000) : 1;

    switch ((enum browse_action)k->action) {
    case DO_HELP: help_open(a->ui); break;
    case DO_QUIT: a->ui->leave = true; break;
    case DO_OUT: layer_out(a); break;
    case DO_STOP: stop(a); break;
    case DO_ROW: row_move(a, k->amount * times); break;
    case DO_PAGE: page_move(a, k->amount * times * b->page); break;
    case DO_HALF: page_move(a, k->amount * times * (b->page > 1 ? b->page / 2 : 1)); break;
    case DO_FIRST: end_go(a, true); break;
    case DO_LAST: end_go(a, false); break;
    case DO_PERCENT: percent_go(a); break;
    case DO_COLUMN:
        for (int64_t i = 0; i < times && i < 100000; i++)
            column_move(a, k->amount);
        break;
    case DO_COLUMNS: columns_move(a, k->amount); break;
    case DO_EDGE: edge_go(a, k->amount); break;
    case DO_LINE: line_ask(a->ui, ':', NULL, NULL, ""); break;
    case DO_FIND: line_ask(a->ui, '/', NULL, NULL, ""); break;
    case DO_AGAIN: again(a, k->amount); break;
    case DO_FILTER: line_ask(a->ui, '&', NULL, "where ", b->where); break;
    case DO_ALL: browse_rows_start(b, a->ui, "", NULL, 0); break;
    case DO_UNHIDE: unhide(a); break;
    case DO_TO_ROW: line_ask(a->ui, 'r', "row ", NULL, ""); break;
    case DO_PANEL: panel_turn(a); break;
    case DO_THEME: theme_turn(a); break;
    case DO_TERMINAL: break; /* the caller's */
    default: act_column(a, k);
    }
}

static bool digit_taken(struct browse *b, int key)
{
    if (key < '0' || key > '9' || (key == '0' && b->count == 0))
        return false;
    if (b->count < 100000000000000)
        b->count = 10 * b->count + (size_t)(key - '0');
    return true;
}

void browse_key(struct browse *b, struct ui *ui, int key, struct bl_text *command)
{
    struct doing a = { b, ui, command };
    const struct key_row *k;
    bool entered = false, asked = ui->line.open && ui->line.sign == '&' && key == UI_ENTER;

    if (ui_layer_key(ui, key, &entered)) {
        if (entered)
            line_entered(&a);
        else if (asked && b->where[0])
            browse_rows_start(b, ui, "", b->keys, b->n_keys); /* an empty condition: all rows */
        return;
    }
    if (digit_taken(b, key)) {
        ui->message[0] = '\0';
        return;
    }
    k = key_find(browse_keys, key);
    if (!k || k->action != DO_OUT)
        ui->message[0] = '\0';
    if (k)
        act(&a, k);
    else if (key > ' ' && key < UI_FIRST)
        ui_message(ui, BL_ROLE_DIM, "this key does nothing here; ? lists them");
    if (!k || k->action != DO_OUT)
        b->count = 0;
}

/* ---- mouse ----------------------------------------------------------------------------------------------------------*/

static void click(struct doing *a, struct ui_mouse m)
{
    struct browse *b = a->b;
    size_t place = b->top + (size_t)(m.y > b->body.y ? m.y - b->body.y : 0);
    bool head = m.y < b->body.y && m.y > 0;

    for (size_t i = 0; i < b->n_seen; i++)
        if (m.x >= b->seen[i].x && m.x < b->seen[i].x + b->seen[i].width) {
            b->column = b->seen[i].place;
            if (head && m.clicks > 1)
                sort(a, b->n_keys && b->keys[0].column == browse_column(b)->column && !b->keys[0].descending);
        }
    if (!head && m.y < b->body.y + b->body.height && place < browse_rows(b))
        b->row = place;
}

static void wheel(struct browse *b, int by)
{
    size_t n = browse_rows(b), last = n > (size_t)b->page ? n - (size_t)b->page : 0;

    b->top = by < 0 ? (b->top > 3 ? b->top - 3 : 0) : b->top + 3 < last ? b->top + 3 : last;
    if (b->row < b->top)
        b->row = b->top;
    if (b->row >= b->top + (size_t)b->page)
        b->row = b->top + (size_t)b->page - 1;
    if (b->row >= n)
        b->row = n ? n - 1 : 0;
}

void browse_mouse(struct browse *b, struct ui *ui, struct ui_mouse m, struct bl_text *command)
{
    struct doing a = { b, ui, command };

    if (m.up)
        return;
    if (ui->overlay != OVERLAY_NONE) {
        if (m.wheel)
            ui->overlay_scroll += 3 * m.wheel;
        else
            ui->overlay = OVERLAY_NONE;
        return;
    }
    for (size_t i = 0; !m.wheel && m.y == ui->layout.hints_row && i < ui->layout.n_hints; i++)
        if (m.x >= ui->layout.hints[i].x && m.x < ui->layout.hints[i].x + ui->layout.hints[i].width) {
            browse_key(b, ui, ui->layout.hints[i].key, command);
            return;
        }
    if (m.wheel)
        wheel(b, m.wheel);
    else if (m.y < b->body.y + b->body.height && b->table->n_columns)
        click(&a, m);
}
