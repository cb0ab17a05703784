/* Boxes lying along one axis, a name before each: quartiles, whiskers, and the values beyond them. Three
 * lines a box where there is room, else one. */
#include <math.h>
#include <string.h>

#include "draw.h"

struct layout {
    struct bl_view *view;
    int label, each;  /* columns of the names, rows from box to box */
    bool tall;        /* a box has three rows */
    size_t shown;
};

static void take_range(struct bl_view *v, const struct bl_chart *chart)
{
    for (size_t i = 0; i < chart->n_boxes; i++) {
        const struct bl_box *b = &chart->boxes[i];

        bl_range_add(&v->x_data, b->low, chart->x.log);
        bl_range_add(&v->x_data, b->high, chart->x.log);
        for (size_t k = 0; k < b->n_beyond; k++)
            bl_range_add(&v->x_data, b->beyond[k], chart->x.log);
    }
}

static void arrange(struct layout *k, const struct bl_chart *chart)
{
    struct bl_view *v = k->view;
    int wanted, rows = v->plot.height, n = chart->n_boxes < 1000 ? (int)chart->n_boxes : 1000;

    for (size_t i = 0; i < chart->n_boxes; i++) {
        const char *name = chart->boxes[i].name;
        int width = name ? (int)bl_text_width(name, strlen(name)) : 0;
        k->label = width > k->label ? width : k->label;
    }
    if (k->label > v->whole.width / 3)
        k->label = v->whole.width / 3;
    if (v->whole.width < 16)
        k->label = 0;
    k->tall = n * 3 <= rows;
    k->each = n * 4 <= rows + 1 ? 4 : k->tall ? 3 : n * 2 <= rows + 1 ? 2 : 1;
    k->shown = (size_t)(rows / k->each);
    if (k->each < 3 && n * k->each > rows && rows > 1)
        k->shown = (size_t)(rows - 1);
    k->shown = k->shown < chart->n_boxes ? k->shown : chart->n_boxes;
    v->axis_column = v->whole.x + (k->label ? k->label + 2 : 0);
    v->plot.x = v->axis_column + 1;
    v->plot.width = v->room = v->whole.x + v->whole.width - v->plot.x;
    if (v->plot.width < 1) {
        v->plot.x = v->whole.x;
        v->plot.width = v->room = v->whole.width;
        v->axis_column = -1;
    }
    wanted = v->plot.width / 8;
    v->x = bl_axis_scale(&chart->x, &v->x_data);
    bl_tick_set_make(&v->x_ticks, &v->x, (size_t)(wanted < 1 ? 1 : wanted > 6 ? 6 : wanted), chart->x.count);
}

/* The column of a value on the canvas; values outside given limits stand at the border. */
static int column(const struct bl_view *v, double value)
{
    int at = bl_view_column(v, value);

    return v->plot.x + (at < 0 ? 0 : at >= v->plot.width ? v->plot.width - 1 : at);
}

static void put(const struct layout *k, int x, int y, uint32_t code, enum bl_role role, int attributes)
{
    const struct bl_view *v = k->view;

    if (x >= v->plot.x && x < v->plot.x + v->plot.width && y >= v->plot.y && y < v->plot.y + v->plot.height)
        bl_canvas_put(v->canvas, x, y, code, role, attributes);
}

/* Upper and lower side of a box of three rows. */
static void draw_sides(const struct layout *k, int q1, int q3, int median, int y, enum bl_role role)
{
    for (int side = -1; side <= 1; side += 2) {
        for (int x = q1; x <= q3; x++)
            put(k, x, y + side, 0x2500, role, 0);
        if (q1 < q3) {
            put(k, q1, y + side, side < 0 ? 0x250c : 0x2514, role, 0);
            put(k, q3, y + side, side < 0 ? 0x2510 : 0x2518, role, 0);
        }
        put(k, median, y + side, q1 == q3 ? 0x2502 : side < 0 ? 0x252c : 0x2534, role, 0);
    }
}

static void draw_body(const struct layout *k, const struct bl_box *b, int y, enum bl_role role)
{
    const struct bl_view *v = k->view;
    int low = column(v, b->low), q1 = column(v, b->q1), median = column(v, b->median);
    int q3 = column(v, b->q3), high = column(v, b->high);
    bool ascii = v->canvas->charset == BL_CHARSET_ASCII;

    for (int x = low; x <= high; x++)
        put(k, x, y, 0x2500, role, 0);
    if (low < q1)
        put(k, low, y, ascii ? '|' : 0x251c, role, 0);
    if (high > q3)
        put(k, high, y, ascii ? '|' : 0x2524, role, 0);
    if (k->tall) {
        for (int x = q1; x <= q3; x++)
            put(k, x, y, ' ', role, 0);
        draw_sides(k, q1, q3, median, y, role);
    } else {
        for (int x = q1; x <= q3; x++)
            put(k, x, y, ascii ? '=' : 0x2592, role, 0);
    }
    if (q1 < q3 && (k->tall || ascii)) {
        put(k, q1, y, ascii && !k->tall ? '[' : low < q1 && !ascii ? 0x2524 : 0x2502, role, 0);
        put(k, q3, y, ascii && !k->tall ? ']' : high > q3 && !ascii ? 0x251c : 0x2502, role, 0);
    }
    put(k, median, y, ascii ? '|' : k->tall ? 0x2502 : 0x2503, role, BL_BOLD);
}

static void draw_box(const struct layout *k, size_t i)
{
    const struct bl_view *v = k->view;
    const struct bl_box *b = &v->chart->boxes[i];
    int y = v->plot.y + (int)i * k->each + (k->tall ? 1 : 0);
    enum bl_role role = bl_curve_role(i);

    if (k->label > 0 && b->name)
        bl_canvas_text(v->canvas, v->whole.x + 1, y, k->label, b->name, BL_ROLE_TEXT, 0);
    if (b->n == 0 || !isfinite(b->median)) {
        if (v->plot.width > 10)
            bl_canvas_text(v->canvas, v->plot.x + 1, y, v->plot.width - 1, "no values", BL_ROLE_DIM, 0);
        return;
    }
    draw_body(k, b, y, role);
    for (size_t j = 0; j < b->n_beyond; j++)
        if (isfinite(b->beyond[j]))
            put(k, column(v, b->beyond[j]), y, 0x2022, role, 0);
}

/* Where the title names the axis, the name leaves its place to the number of the last tick. */
static struct bl_chart titled(const struct bl_chart *chart)
{
    struct bl_chart plain = *chart;

    if (chart->title && chart->x.label && strstr(chart->title, chart->x.label))
        plain.x.label = NULL;
    return plain;
}

void bl_box_draw(const struct bl_chart *given, struct bl_canvas *c, struct bl_rect r)
{
    const struct bl_chart plain = titled(given), *chart = &plain;
    struct bl_view v;
    struct layout k = {.view = &v};

    if (!bl_view_rows(&v, chart, c, r))
        return;
    take_range(&v, chart);
    if (!v.x_data.any) {
        bl_view_message(&v, "no values");
        bl_view_title(&v);
        return;
    }
    arrange(&k, chart);
    bl_view_y_axis(&v);
    bl_view_x_axis(&v);
    for (size_t i = 0; i < k.shown; i++)
        draw_box(&k, i);
    if (k.shown < chart->n_boxes && v.plot.height > 1)
        bl_canvas_textf(c, v.whole.x + 1, v.plot.y + v.plot.height - 1, v.whole.width - 1, BL_ROLE_DIM, 0, "%zu more",
                        chart->n_boxes - k.shown);
    bl_view_title(&v);
}

void bl_box_say(const struct bl_chart *chart, struct bl_text *out)
{
    for (size_t i = 0; i < chart->n_boxes; i++) {
        const struct bl_box *b = &chart->boxes[i];
        char t[5][40];

        bl_say_name(out, b->name, "box");
        if (b->n == 0) {
            bl_text_add(out, ": no values\n");
            continue;
        }
        bl_text_addf(out, ": median %s, half of %zu values from %s to %s, whiskers from %s to %s",
                     bl_value_text(t[0], sizeof t[0], b->median, 4), b->n, bl_value_text(t[1], sizeof t[1], b->q1, 4),
                     bl_value_text(t[2], sizeof t[2], b->q3, 4), bl_value_text(t[3], sizeof t[3], b->low, 4),
                     bl_value_text(t[4], sizeof t[4], b->high, 4));
        bl_text_addf(out, b->n_beyond ? ", %zu beyond\n" : ", none beyond\n", b->n_beyond);
    }
    if (chart->n_boxes == 0)
        bl_text_add(out, "no values\n");
}
