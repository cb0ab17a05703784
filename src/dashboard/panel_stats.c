/* 3 stats: one row for each column of the dataset. The row chosen is the column of the histogram. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parts.h"

enum { COLUMNS = 9, SPREAD_MOST = 5 };
static const char *const titles[COLUMNS] = { "column", "type", "n", "missing", "mean", "sd", "min", "median", "max" };
static const int widths[COLUMNS] = { 16, 9, 6, 8, 10, 9, 9, 9, 9 };
static const int keeps[COLUMNS] = { 0, 5, 3, 4, 0, 1, 2, 6, 2 }; /* dropped in falling order */

/* ---- order --------------------------------------------------------------------------------------*/

static bool comes_first(const struct bl_column_view *a, const struct bl_column_view *b, enum stats_order order)
{
    switch (order) {
    case ORDER_NAME: return bl_natural_compare(a->name, b->name) < 0;
    case ORDER_MISSING: return a->missing > b->missing;
    case ORDER_SPREAD: return a->sd > b->sd || (isnan(b->sd) && !isnan(a->sd));
    default: return false;
    }
}

/* How many stand before column i; equal ones keep the order of the file. */
static size_t position_of(const struct bl_snapshot *s, enum stats_order order, size_t i)
{
    size_t before = 0;

    for (size_t j = 0; j < s->n_columns; j++)
        before += j != i && (comes_first(&s->column[j], &s->column[i], order) ||
                             (j < i && !comes_first(&s->column[i], &s->column[j], order)));
    return before;
}

size_t stats_column(const struct bl_snapshot *s, const struct ui *ui, size_t position)
{
    if (ui->order == ORDER_FILE || s->n_columns > 2000)
        return position;
    for (size_t i = 0; i < s->n_columns; i++)
        if (position_of(s, ui->order, i) == position)
            return i;
    return position;
}

/* ---- what can be chosen ---------------------------------------------------------------------------*/

static const char *item(const struct ui *ui, const struct bl_snapshot *s, const struct bl_view_settings *view, size_t i)
{
    (void)view;
    return i < s->n_columns ? s->column[stats_column(s, ui, i)].name : NULL;
}

static size_t chosen(const struct ui *ui, const struct bl_snapshot *s, const struct bl_view_settings *view)
{
    size_t at = 0;

    for (size_t i = 0; i < s->n_columns; i++)
        if (stats_column(s, ui, i) == view->column)
            at = i;
    return at;
}

static void choose(struct ui *ui, const struct bl_snapshot *s, struct bl_view_settings *view, size_t i)
{
    view->column = stats_column(s, ui, i);
}

/* ---- drawing ---------------------------------------------------------------------------------------*/

/* What is left over goes to long names first, then between the numbers. */
static void widths_spread(int *w, int spare, int longest)
{
    int name = longest + 2 - w[0];

    name = name < 0 ? 0 : name > spare ? spare : name;
    w[0] += name;
    spare -= name;
    for (int round = 0; round < SPREAD_MOST; round++)
        for (int k = 2; k < COLUMNS && spare > 0; k++)
            if (w[k])
                w[k]++, spare--;
    w[0] += spare > 20 ? 20 : spare;
}

static int longest_name(const struct bl_snapshot *s)
{
    int longest = 0;

    for (size_t i = 0; i < s->n_columns; i++) {
        int width = (int)bl_text_width(s->column[i].name, strlen(s->column[i].name));
        longest = width > longest ? width : longest;
    }
    return longest;
}

static void widths_fit(int *w, int room, int longest)
{
    memcpy(w, widths, sizeof widths);
    for (;;) {
        int total = 1, worst = -1;
        for (int i = 0; i < COLUMNS; i++) {
            total += w[i];
            if (w[i] && keeps[i] && (worst < 0 || keeps[i] >= keeps[worst]))
                worst = i;
        }
        if (total <= room) {
            widths_spread(w, room - total, longest);
            return;
        }
        if (worst < 0)
            return;
        w[worst] = 0;
    }
}

static const char *cell(const struct bl_column_view *c, int column, int width, char buffer[32])
{
    bool number = c->type == BL_NUMERIC;

    switch (column) {
    case 1:
        if (number)
            return "number";
        snprintf(buffer, 32, "class %zu", c->levels);
        return buffer;
    case 2: return part_count(buffer, (double)c->count);
    case 3: return part_count(buffer, (double)c->missing);
    case 4: return number ? part_fit(buffer, c->mean, 4, width) : "-";
    case 5: return number ? part_fit(buffer, c->sd, 4, width) : "-";
    case 6: return number ? part_fit(buffer, c->min, 4, width) : "-";
    case 7: return number ? part_fit(buffer, c->median, 4, width) : "-";
    default: return number ? part_fit(buffer, c->max, 4, width) : "-";
    }
}

static void row_draw(const struct drawing *d, const int *w, const struct bl_column_view *c, int y, bool chosen_row)
{
    int x = d->rect.x + 1 + w[0];
    char buffer[32];

    if (chosen_row && d->focused)
        d->ui->item_x = d->rect.x, d->ui->item_y = y;
    if (chosen_row)
        bl_canvas_put(d->canvas, d->rect.x, y, 0x25b8, BL_ROLE_FOCUS, BL_BOLD);
    bl_canvas_text(d->canvas, d->rect.x + 1, y, w[0] - 1, c->name, chosen_row ? BL_ROLE_FOCUS : BL_ROLE_TEXT, chosen_row ? BL_BOLD : 0);
    for (int k = 1; k < COLUMNS; k++) {
        if (!w[k])
            continue;
        if (k == 1)
            bl_canvas_text(d->canvas, x, y, w[k] - 1, cell(c, k, w[k] - 1, buffer), BL_ROLE_DIM, 0);
        else
            bl_canvas_right(d->canvas, x + w[k], y, w[k] - 1, cell(c, k, w[k] - 1, buffer), k == 3 && c->missing ? BL_ROLE_WARN : BL_ROLE_TEXT,
                            chosen_row ? BL_BOLD : 0);
        x += w[k];
    }
}

static void header_draw(const struct drawing *d, const int *w)
{
    int x = d->rect.x + 1;

    for (int k = 0; k < COLUMNS; k++) {
        if (w[k] && k < 2)
            bl_canvas_text(d->canvas, x, d->rect.y, w[k] - 1, titles[k], BL_ROLE_DIM, 0);
        else if (w[k])
            bl_canvas_right(d->canvas, x + w[k], d->rect.y, w[k] - 1, titles[k], BL_ROLE_DIM, 0);
        x += w[k];
    }
    for (int i = d->rect.x + 1; i < x && d->rect.height > 2; i++)
        bl_canvas_put(d->canvas, i, d->rect.y + 1, 0x2500, BL_ROLE_DIM, 0);
}

static void draw(const struct drawing *d)
{
    const struct bl_snapshot *s = d->snap;
    size_t room = d->rect.height > 2 ? (size_t)d->rect.height - 2 : 0, at = 0, first;
    int w[COLUMNS];

    if (s->n_columns == 0) {
        part_empty(d, "no columns yet", ": load iris");
        return;
    }
    widths_fit(w, d->rect.width, longest_name(s));
    header_draw(d, w);
    at = chosen(d->ui, s, d->view);
    first = part_first(s->n_columns, room, at + 1 < s->n_columns ? at + 1 : at);
    if (d->place)
        d->place->first = first;
    for (size_t i = 0; i < room && first + i < s->n_columns; i++) {
        size_t column = stats_column(s, d->ui, first + i);
        row_draw(d, w, &s->column[column], d->rect.y + 2 + (int)i, column == d->view->column);
    }
}

static void head(const struct drawing *d, char *title, char *note, size_t size)
{
    static const char *const orders[ORDERS] = { "as in the file", "by name", "by missing values", "by standard deviation" };

    if (d->snap->n_columns == 0)
        snprintf(title, size, "stats");
    else
        snprintf(title, size, "stats · %s", d->snap->column[d->view->column < d->snap->n_columns ? d->view->column : 0].name);
    snprintf(note, size, "%zu rows × %zu columns, %s", d->snap->rows, d->snap->columns, orders[d->ui->order]);
}

static bool key(struct ui *ui, const struct bl_snapshot *s, struct bl_view_settings *view, int k)
{
    size_t at, page = 10;

    if (s->n_columns == 0)
        return false;
    at = chosen(ui, s, view);
    switch (k) {
    case UI_UP: at -= at > 0; break;
    case UI_DOWN: at += at + 1 < s->n_columns; break;
    case UI_PAGE_UP: at = at > page ? at - page : 0; break;
    case UI_PAGE_DOWN: at = at + page < s->n_columns ? at + page : s->n_columns - 1; break;
    case UI_HOME: at = 0; break;
    case UI_END: at = s->n_columns - 1; break;
    default: return false;
    }
    view->column = stats_column(s, ui, at);
    return true;
}

static int rows(const struct bl_snapshot *s) { return 3 + (s->n_columns ? (int)(s->n_columns < 200 ? s->n_columns : 200) : 2); }

const struct panel_type panel_stats = { .name = "stats", .number = 3, .titled = true, .head = head, .draw = draw, .key = key, .rows = rows,
                                      .item = item, .chosen = chosen, .choose = choose };
