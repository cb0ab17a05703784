/* Labels with horizontal bars; values below zero grow to the left; groups are stacked. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "draw.h"

struct rows {
    const struct bl_view *view;
    size_t groups;
    bool has_negative, numbers; /* numbers: all labels are numbers, so they stand right */
    double most;                /* the largest size of a value */
    int decimals;               /* of all values; -1: exponent form */
    int label, value;           /* columns of the label and of the value */
    int axis, width;            /* column of zero, columns of the longest bar */
};

double bl_bars_value(const struct bl_chart *chart, size_t i)
{
    size_t groups = chart->groups > 1 ? chart->groups : 1;
    double total = 0;

    if (chart->values)
        return chart->values[i];
    for (size_t g = 0; g < groups && chart->counts; g++)
        total += (double)chart->counts[i * groups + g];
    return total;
}

static const char *label_of(const struct bl_chart *chart, size_t i)
{
    return chart->labels && chart->labels[i] ? chart->labels[i] : "";
}

void bl_bars_text(double value, bool with_sign, int decimals, char *buffer, size_t size)
{
    char number[40];

    if (decimals < 0)
        bl_number_format(number, sizeof number, value, 4);
    else
        bl_tick_format(number, sizeof number, value, false, decimals, false);
    snprintf(buffer, size, "%s%s", with_sign && value > 0 ? "+" : "", number);
}

/* Decimals that give the largest value four digits, so that all points stand in one line. */
int bl_bars_decimals(const struct bl_chart *chart, double *most, bool *negative)
{
    bool whole = true;

    *most = 0;
    *negative = false;
    for (size_t i = 0; i < chart->n_values; i++) {
        double value = bl_bars_value(chart, i);

        whole &= value == floor(value) || value - value != 0;
        *negative |= value < 0;
        if (fabs(value) < INFINITY && fabs(value) > *most)
            *most = fabs(value);
    }
    if (*most > 0 && (*most >= 1e6 || *most < 1e-4))
        return whole && *most < 1e15 ? 0 : -1;
    return whole || *most == 0 || bl_exponent10(*most) > 3 ? 0 : 3 - bl_exponent10(*most);
}

static void measure(struct rows *k, const struct bl_chart *chart)
{
    char text[48];
    double number;

    k->numbers = true;
    k->decimals = bl_bars_decimals(chart, &k->most, &k->has_negative);
    for (size_t i = 0; i < chart->n_values; i++) {
        const char *label = label_of(chart, i);
        int width = (int)bl_text_width(label, strlen(label));
        k->label = width > k->label ? width : k->label;
        k->numbers &= bl_number_parse(label, strlen(label), &number);
        bl_bars_text(bl_bars_value(chart, i), k->has_negative, k->decimals, text, sizeof text);
        k->value = (int)strlen(text) > k->value ? (int)strlen(text) : k->value;
    }
}

/* Label, axis, bar, value; what does not fit goes in the order label, value. */
static void arrange(struct rows *k)
{
    const struct bl_view *v = k->view;
    int width = v->whole.width, third = width / 3;

    if (k->label > third)
        k->label = third;
    if (width < 12)
        k->label = 0;
    if (k->value > third || width < 16)
        k->value = 0;
    k->axis = v->whole.x + (k->label > 0 ? k->label + 2 : 0);
    k->width = v->whole.x + width - k->axis - 1 - (k->value > 0 ? k->value + 2 : 0);
    if (k->has_negative) {
        k->width /= 2;
        k->axis += k->width;
    }
}

static void bar_left(const struct rows *k, int y, double fraction, enum bl_role role)
{
    struct bl_canvas *c = k->view->canvas;
    int halves = (int)(fraction * k->width * 2 + 0.5);

    if (halves < 1)
        halves = 1;
    for (int i = 0; i < halves / 2; i++)
        bl_canvas_put(c, k->axis - 1 - i, y, 0x2588, role, 0);
    if (halves % 2 == 1 && halves / 2 < k->width)
        bl_canvas_put(c, k->axis - 1 - halves / 2, y, 0x2590, role, 0);
}

static void bar_stacked(const struct rows *k, size_t i, int y)
{
    const struct bl_chart *chart = k->view->chart;
    double total = 0;
    int from = 0;

    for (size_t g = 0; g < k->groups; g++) {
        int to;
        total += (double)chart->counts[i * k->groups + g];
        to = (int)(total / k->most * k->width + 0.5);
        for (int x = from; x < to; x++)
            bl_canvas_put(k->view->canvas, k->axis + 1 + x, y, bl_fill(g, k->groups, k->view->canvas->charset),
                          bl_curve_role(g), 0);
        from = to;
    }
}

static void draw_row(const struct rows *k, size_t i, int y)
{
    const struct bl_view *v = k->view;
    double value = bl_bars_value(v->chart, i);
    enum bl_role role = !k->has_negative ? BL_ROLE_CURVE1 : value < 0 ? BL_ROLE_MINUS : BL_ROLE_PLUS;
    char text[48];

    if (k->label > 0 && k->numbers)
        bl_canvas_right(v->canvas, v->whole.x + 1 + k->label, y, k->label, label_of(v->chart, i), BL_ROLE_TEXT, 0);
    else if (k->label > 0)
        bl_canvas_text(v->canvas, v->whole.x + 1, y, k->label, label_of(v->chart, i), BL_ROLE_TEXT, 0);
    bl_view_text(v, k->axis, y, "│", BL_ROLE_TEXT, 0);
    if (!(value - value == 0))
        bl_view_text(v, k->axis + 1, y, "✗", BL_ROLE_BAD, 0);
    else if (value < 0 && k->width > 0)
        bar_left(k, y, -value / k->most, role);
    else if (value > 0 && k->width > 0 && !v->chart->values && k->groups > 1)
        bar_stacked(k, i, y);
    else if (value > 0 && k->width > 0)
        bl_canvas_bar(v->canvas, k->axis + 1, y, k->width, value / k->most, role);
    bl_bars_text(value, k->has_negative, k->decimals, text, sizeof text);
    if (k->value > 0)
        bl_canvas_right(v->canvas, v->whole.x + v->whole.width - 1, y, k->value, text, BL_ROLE_TEXT, 0);
}

void bl_bars_draw(const struct bl_chart *chart, struct bl_canvas *c, struct bl_rect r)
{
    struct rows k = {.groups = chart->groups > 1 ? chart->groups : 1};
    struct bl_view v;
    size_t shown;
    int top, bottom;

    if (!bl_view_rows(&v, chart, c, r))
        return;
    k.view = &v;
    measure(&k, chart);
    arrange(&k);
    top = v.plot.y;
    bottom = v.whole.y + v.whole.height;
    if (!chart->values && bl_groups_legend(&v, 0, 0, false) > 0 && bottom - top >= 4) {
        bottom--;
        bl_groups_legend(&v, k.axis + 1, chart->n_values < (size_t)(bottom - top) ? top + (int)chart->n_values + 1 : bottom,
                         true);
    }
    shown = chart->n_values;
    if (shown > (size_t)(bottom - top)) {
        shown = (size_t)(bottom - top - (bottom - top > 1 ? 1 : 0));
        if (bottom - top > 1)
            bl_canvas_textf(c, v.whole.x + 1, --bottom, v.whole.width - 1, BL_ROLE_DIM, 0, "%zu more",
                            chart->n_values - shown);
    }
    for (size_t i = 0; i < shown; i++)
        draw_row(&k, i, top + (int)i);
    if (chart->n_values == 0)
        bl_view_message(&v, "no values");
    bl_view_title(&v);
}
