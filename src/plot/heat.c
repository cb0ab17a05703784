/* A matrix as shades: the density of a cell's fill says how large the value is, a minus before it that it
 * is below 0, so it reads without colour; cells of one column have signs of their own below 0. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "draw.h"

#define CELL_MAX 8
#define LEVELS 5

struct layout {
    const struct bl_view *view;
    const struct bl_heat *heat;
    bool two_sided, named;  /* named: names fit over the columns, else numbers */
    int label, number;      /* columns of a row's name and its number */
    int cell, left, top;    /* columns of a cell; where the first one is */
    size_t columns, rows;   /* that fit */
    int legend_row;
};

static uint32_t shade(int level, enum bl_charset charset)
{
    static const uint32_t blocks[LEVELS] = {' ', 0x2591, 0x2592, 0x2593, 0x2588};

    return charset == BL_CHARSET_ASCII ? (uint32_t)" .:+#"[level] : blocks[level];
}

/* 0 to 4, and the sign where both sides of 0 are told apart. */
static int level_of(const struct layout *k, double value, int *sign)
{
    const struct bl_heat *h = k->heat;
    double at;

    *sign = !k->two_sided ? 0 : value > 0 ? 1 : value < 0 ? -1 : 0;
    if (k->two_sided)
        at = fabs(value) / fmax(fabs(h->min), fabs(h->max));
    else
        at = h->max > h->min ? (value - h->min) / (h->max - h->min) : 0;
    return at >= 1 ? LEVELS - 1 : at > 0 ? (int)(at * LEVELS + 1e-9) : 0;
}

static enum bl_role role_of(const struct layout *k, int level, int sign)
{
    if (!k->two_sided)
        return (enum bl_role)(BL_ROLE_LOW + level);
    return level == 0 || sign == 0 ? BL_ROLE_ZERO : sign < 0 ? BL_ROLE_MINUS : BL_ROLE_PLUS;
}

static void narrow_cell(const struct layout *k, int x, int y, int level, int sign)
{
    uint32_t code = sign < 0 && level > 0 ? (uint32_t)(level < 3 ? '-' : '=') : shade(level, k->view->canvas->charset);

    bl_canvas_put(k->view->canvas, x, y, code, role_of(k, level, sign), 0);
}

static void draw_cell(const struct layout *k, int x, int y, double value)
{
    struct bl_canvas *c = k->view->canvas;
    int sign = 0, level, fill = k->cell - (k->cell > 2); /* what is wide enough keeps a distance */

    if (!isfinite(value)) {
        bl_canvas_put(c, x + fill / 2, y, '?', BL_ROLE_DIM, 0);
        return;
    }
    level = level_of(k, value, &sign);
    if (k->cell == 1) {
        narrow_cell(k, x, y, level, sign);
        return;
    }
    for (int i = 0; i < fill; i++)
        bl_canvas_put(c, x + i, y, shade(level, c->charset), role_of(k, level, sign), 0);
    if (sign < 0 && level > 0)
        bl_canvas_put(c, x, y, '-', role_of(k, level, sign), 0);
}

/* ---- what is where -------------------------------------------------------------------------------*/

static int widest(const char *const *names, size_t n)
{
    int most = 0;

    for (size_t i = 0; names && i < n; i++) {
        int width = names[i] ? (int)bl_text_width(names[i], strlen(names[i])) : 0;
        most = width > most ? width : most;
    }
    return most;
}

static int digits_of(size_t n)
{
    int digits = 1;

    while (n >= 10) {
        n /= 10;
        digits++;
    }
    return digits;
}

static void arrange_columns(struct layout *k)
{
    const struct bl_view *v = k->view;
    const struct bl_heat *h = k->heat;
    int width = v->whole.width, names = widest(h->column_names, h->columns);

    k->label = widest(h->row_names, h->rows);
    if (k->label > width / 3)
        k->label = width / 3;
    if (width < 12)
        k->label = 0;
    k->named = h->column_names && k->label + 2 + (names + 1) * (int)h->columns <= width;
    k->number = k->named || k->label == 0 ? 0 : digits_of(h->columns) + 1;
    k->left = v->whole.x + (k->label ? 1 + k->label + k->number + 1 : 0);
    k->cell = (v->whole.x + width - k->left) / (int)(h->columns < 1000 ? h->columns : 1000);
    k->cell = k->cell < 1 ? 1 : k->named && names + 1 > CELL_MAX && k->cell > names + 1 ? names + 1 : k->cell;
    if (!k->named && k->cell > CELL_MAX)
        k->cell = CELL_MAX;
    k->columns = (size_t)((v->whole.x + width - k->left) / k->cell);
    k->columns = k->columns > h->columns ? h->columns : k->columns;
}

static void arrange_rows(struct layout *k)
{
    const struct bl_view *v = k->view;
    int top = v->title_row >= 0 ? v->title_row + 1 : v->whole.y, bottom = v->whole.y + v->whole.height;

    k->legend_row = bottom - top >= 5 ? --bottom : -1;
    k->top = bottom - top >= 3 ? top + 1 : top;
    k->rows = (size_t)(bottom - k->top);
    if (k->rows < k->heat->rows && k->rows > 1)
        k->rows--; /* for what is left out */
    k->rows = k->rows > k->heat->rows ? k->heat->rows : k->rows;
    if (k->legend_row > k->top + (int)k->rows && k->rows == k->heat->rows)
        k->legend_row = k->top + (int)k->rows;
}

/* ---- drawing --------------------------------------------------------------------------------------*/

static void draw_header(const struct layout *k)
{
    int free_from = k->left;

    if (k->top == (k->view->title_row >= 0 ? k->view->title_row + 1 : k->view->whole.y))
        return;
    for (size_t j = 0; j < k->columns; j++) {
        int x = k->left + (int)j * k->cell;
        char number[24];
        const char *text = number;

        snprintf(number, sizeof number, "%zu", j + 1);
        if (k->named)
            text = k->heat->column_names[j] ? k->heat->column_names[j] : "";
        if (x < free_from || x + (int)bl_text_width(text, strlen(text)) > k->left + (int)k->columns * k->cell)
            continue;
        free_from = x + 1 + bl_view_text(k->view, x, k->top - 1, text, BL_ROLE_TEXT, 0);
    }
}

static void draw_row(const struct layout *k, size_t i)
{
    const struct bl_view *v = k->view;
    int y = k->top + (int)i;

    if (k->label > 0 && k->heat->row_names && k->heat->row_names[i])
        bl_canvas_text(v->canvas, v->whole.x + 1, y, k->label, k->heat->row_names[i], BL_ROLE_TEXT, 0);
    if (k->number > 0) {
        char number[24];

        snprintf(number, sizeof number, "%zu", i + 1);
        bl_canvas_right(v->canvas, k->left - 1, y, k->number, number, BL_ROLE_DIM, 0);
    }
    for (size_t j = 0; j < k->columns; j++)
        draw_cell(k, k->left + (int)j * k->cell, y, k->heat->values[i * k->heat->columns + j]);
}

/* "░ 0.2  ▒ 0.4  ▓ 0.6  █ 0.8", each from there on; where signs are told apart also which is which. */
static void draw_legend(const struct layout *k)
{
    const struct bl_heat *h = k->heat;
    double span = k->two_sided ? fmax(fabs(h->min), fabs(h->max)) : h->max - h->min, from = k->two_sided ? 0 : h->min;
    int x = k->view->whole.x + 1, right = k->view->whole.x + k->view->whole.width;

    for (int level = 1; level < LEVELS; level++) {
        enum bl_role role = k->two_sided ? BL_ROLE_TEXT : role_of(k, level, 0);
        char text[40];

        snprintf(text, sizeof text, " %.3g", from + span * level / LEVELS);
        if (x + 1 + (int)strlen(text) > right)
            return;
        bl_canvas_put(k->view->canvas, x, k->legend_row, shade(level, k->view->canvas->charset), role, 0);
        x += 3 + bl_view_text(k->view, x + 1, k->legend_row, text, BL_ROLE_TEXT, 0);
    }
    if (!k->two_sided || x + 24 > right)
        return;
    x += bl_view_text(k->view, x, k->legend_row, "and more", BL_ROLE_TEXT, 0) + 3;
    bl_view_text(k->view, x, k->legend_row, k->cell == 1 ? "- = below 0" : "- below 0", BL_ROLE_MINUS, 0);
}

void bl_heat_draw(const struct bl_chart *chart, struct bl_canvas *c, struct bl_rect r)
{
    struct bl_view v;
    struct layout k = {.heat = chart->heat};

    if (!bl_view_rows(&v, chart, c, r))
        return;
    k.view = &v;
    if (!k.heat || k.heat->rows == 0 || k.heat->columns == 0) {
        bl_view_message(&v, "no values");
        bl_view_title(&v);
        return;
    }
    k.two_sided = k.heat->min < 0;
    arrange_columns(&k);
    arrange_rows(&k);
    draw_header(&k);
    for (size_t i = 0; i < k.rows; i++)
        draw_row(&k, i);
    if (k.rows < k.heat->rows && k.top + (int)k.rows < v.whole.y + v.whole.height - (k.legend_row >= 0))
        bl_canvas_textf(c, v.whole.x + 1, k.top + (int)k.rows, v.whole.width - 1, BL_ROLE_DIM, 0, "%zu more",
                        k.heat->rows - k.rows);
    if (k.legend_row >= 0)
        draw_legend(&k);
    bl_view_title(&v);
}

/* ---- words ----------------------------------------------------------------------------------------*/

/* Of each row the value that is largest in size, its own column apart. */
void bl_heat_say(const struct bl_chart *chart, struct bl_text *out)
{
    const struct bl_heat *h = chart->heat;

    for (size_t i = 0; h && i < h->rows; i++) {
        size_t best = SIZE_MAX;
        char value[40];

        for (size_t j = 0; j < h->columns; j++) {
            double x = h->values[i * h->columns + j];

            if ((h->rows == h->columns && i == j) || !isfinite(x))
                continue;
            if (best == SIZE_MAX || fabs(x) > fabs(h->values[i * h->columns + best]))
                best = j;
        }
        bl_say_name(out, h->row_names ? h->row_names[i] : NULL, "row");
        if (best == SIZE_MAX) {
            bl_text_add(out, ": no value\n");
            continue;
        }
        bl_text_add(out, ": largest with ");
        bl_say_name(out, h->column_names ? h->column_names[best] : NULL, "column");
        bl_text_addf(out, ", %s\n", bl_value_text(value, sizeof value, h->values[i * h->columns + best], 4));
    }
    if (!h || h->rows == 0)
        bl_text_add(out, "no values\n");
}
