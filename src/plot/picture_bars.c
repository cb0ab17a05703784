/* Bars on paper: histograms, labels with bars, shares of a whole. Groups differ in hatching as well as in colour. */
#include "picture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Fills part of a bar; group 0 is plain, the others are hatched in the colour of the paper. */
static void group_box(const struct bl_sheet *k, struct bl_area a, size_t group)
{
    static const double slopes[3] = {1, -1, 0};
    double slope = slopes[(group + 2) % 3], each = 6;

    bl_sheet_box(k, a, bl_ink_of(bl_curve_role(group), 0.9));
    if (group == 0 || a.height < 2 || a.width < 2)
        return;
    for (double at = -a.width + each / 2; at < a.height + a.width; at += each) {
        double x0 = 0, y0 = at, x1 = a.width, y1 = at + slope * a.width;
        const struct bl_stroke stroke = {.ink = {.ground = true, .opacity = 0.55}, .width = 1};

        if (bl_clip_segment(&x0, &y0, &x1, &y1, a.width, a.height))
            k->pen->type->path(k->pen, (double[]){a.x + x0, a.y + y0, a.x + x1, a.y + y1}, 2, &stroke);
    }
}

/* ---- histogram ------------------------------------------------------------------------------*/

struct bins { size_t groups, merged, shown; double each, top; };

static double count_until(const struct bl_chart *chart, const struct bins *b, size_t bin, size_t until)
{
    double total = 0;

    for (size_t i = bin * b->merged; i < (bin + 1) * b->merged && i < chart->bins; i++)
        for (size_t g = 0; g < until; g++)
            total += (double)chart->counts[i * b->groups + g];
    return chart->whole ? 100 * total / (double)chart->whole : total;
}

static double highest(const struct bl_chart *chart, const struct bins *b)
{
    double most = 0;

    for (size_t i = 0; i < b->shown; i++)
        most = fmax(most, count_until(chart, b, i, b->groups));
    for (size_t i = 0; chart->density && i < chart->density->n; i++)
        most = isfinite(chart->density->y[i]) ? fmax(most, chart->density->y[i] * (double)b->merged) : most;
    return most;
}

static void draw_bins(const struct bl_sheet *k, const struct bins *b)
{
    double gap = b->each > 6 ? 1.5 : b->each > 3 ? 0.75 : 0;

    for (size_t i = 0; i < b->shown; i++)
        for (size_t g = 0; g < b->groups; g++) {
            double low = bl_sheet_y(k, count_until(k->chart, b, i, g)), high = bl_sheet_y(k, count_until(k->chart, b, i, g + 1));
            struct bl_area a = {k->plot.x + (double)i * b->each + gap / 2, high, b->each - gap, low - high};

            if (low - high <= 0)
                continue;
            if (k->chart->density)
                bl_sheet_box(k, a, bl_ink_of(BL_ROLE_DIM, 0.4));
            else
                group_box(k, a, g);
        }
}

static void draw_density(struct bl_sheet *k, const struct bins *b)
{
    struct bl_series s = *k->chart->density;

    k->v.y = bl_scale_make(0, b->top / (double)b->merged, false);
    s.no_marker = true;
    bl_sheet_curve(k, &s);
    k->v.y = bl_scale_make(0, b->top, false);
}

static void draw_edges(const struct bl_sheet *k, const struct bins *b)
{
    const struct bl_chart *chart = k->chart;
    int decimals = bl_edge_decimals(chart->edges, chart->bins, b->merged);
    struct bl_lettering letters = bl_letters(BL_ROLE_TEXT, BL_SMALL, BL_ANCHOR_MIDDLE), name = bl_letters(BL_ROLE_DIM, BL_SMALL, BL_ANCHOR_END);
    double bottom = k->plot.y + k->plot.height, widest = 0;
    size_t stride = 1;
    char text[40];

    for (size_t i = 0; i <= b->shown; i++) {
        size_t at = i * b->merged < chart->bins ? i * b->merged : chart->bins;
        widest = fmax(widest, bl_letters_width(bl_tick_format(text, sizeof text, chart->edges[at], false, decimals, false), BL_SMALL, false));
    }
    while ((double)stride * b->each < widest + 16 && stride < b->shown)
        stride += stride < 2 ? 1 : stride < 6 ? 2 : 5;
    bl_sheet_line(k, (double[]){k->plot.x, bottom, k->plot.x + k->plot.width, bottom}, BL_ROLE_TEXT, 0.6, 1);
    for (size_t i = 0; i <= b->shown; i += stride) {
        size_t at = i * b->merged < chart->bins ? i * b->merged : chart->bins;
        double x = k->plot.x + (double)i * b->each;

        bl_tick_format(text, sizeof text, chart->edges[at], false, decimals, false);
        bl_sheet_line(k, (double[]){x, bottom, x, bottom + 4}, BL_ROLE_TEXT, 0.6, 1);
        bl_sheet_text(k, x, bottom + 18, text, &letters);
    }
    if (chart->x.label)
        bl_sheet_text(k, k->plot.x + k->plot.width, bottom + 18 + BL_LINE, chart->x.label, &name);
}

static void count_ticks(struct bl_sheet *k, double top)
{
    int parts = fmod(top, 4) == 0 ? 4 : 2;

    k->v.y = bl_scale_make(0, top, false);
    k->v.y_ticks.n = (size_t)parts + 1;
    for (int i = 0; i <= parts; i++) {
        k->v.y_ticks.at[i] = top * i / parts;
        bl_tick_format(k->v.y_ticks.text[i], sizeof k->v.y_ticks.text[i], top * i / parts, false, 0, top >= 10000);
    }
}

void bl_histogram_picture(struct bl_sheet *k)
{
    const struct bl_chart *chart = k->chart;
    struct bins b = {.groups = chart->groups > 1 ? chart->groups : 1, .merged = 1};

    bl_sheet_title(k);
    bl_sheet_groups(k);
    if (chart->bins == 0 || !chart->edges || !chart->counts) {
        bl_sheet_message(k, "no values");
        return;
    }
    b.merged = (chart->bins + (size_t)k->width / 2 - 1) / ((size_t)k->width / 2);
    b.shown = (chart->bins + b.merged - 1) / b.merged;
    b.top = bl_count_limit(highest(chart, &b));
    count_ticks(k, b.top);
    bl_sheet_area(k, 0);
    b.each = k->plot.width / (double)b.shown;
    k->v.x = bl_scale_make(chart->edges[0], chart->edges[0] + (chart->edges[1] - chart->edges[0]) * (double)(b.shown * b.merged), false);
    bl_sheet_y_axis(k);
    draw_bins(k, &b);
    if (chart->density)
        draw_density(k, &b);
    draw_edges(k, &b);
}

/* ---- labels with bars -----------------------------------------------------------------------*/

struct rows { size_t groups, shown; double most, zero, width, each; bool negative; int decimals; };

static void bar_of_row(const struct bl_sheet *k, const struct rows *r, size_t i, struct bl_area a)
{
    double value = bl_bars_value(k->chart, i), total = 0;

    if (!(value - value == 0)) {
        bl_sheet_mark(k, a.x + 8, a.y + a.height / 2, 6, bl_ink_of(BL_ROLE_BAD, 1));
        return;
    }
    if (k->chart->values || r->groups == 1) {
        a.width = fmax(fabs(value) / r->most * r->width, value != 0 ? 1 : 0);
        a.x -= value < 0 ? a.width : 0;
        bl_sheet_box(k, a, bl_ink_of(!r->negative ? BL_ROLE_CURVE1 : value < 0 ? BL_ROLE_MINUS : BL_ROLE_PLUS, 0.9));
        return;
    }
    for (size_t g = 0; g < r->groups; g++) {
        double part = (double)k->chart->counts[i * r->groups + g];

        if (part > 0)
            group_box(k, (struct bl_area){a.x + total / r->most * r->width, a.y, part / r->most * r->width, a.height}, g);
        total += part;
    }
}

static void draw_row(const struct bl_sheet *k, const struct rows *r, size_t i)
{
    const char *label = k->chart->labels && k->chart->labels[i] ? k->chart->labels[i] : "";
    struct bl_lettering letters = bl_letters(BL_ROLE_TEXT, BL_LETTER, BL_ANCHOR_END), figure = bl_letters(BL_ROLE_DIM, BL_SMALL, BL_ANCHOR_START);
    double y = k->plot.y + ((double)i + 0.5) * r->each, thick = fmin(r->each * 0.7, 26), value = bl_bars_value(k->chart, i);
    double end = value - value == 0 ? fabs(value) / r->most * r->width : 16;
    char text[256];

    bl_sheet_fit(text, sizeof text, label, k->width / 3, BL_LETTER);
    bl_sheet_text(k, k->plot.x - 10, y + 4.5, text, &letters);
    bar_of_row(k, r, i, (struct bl_area){r->zero, y - thick / 2, 0, thick});
    bl_bars_text(value, r->negative, r->decimals, text, sizeof text);
    figure.anchor = value < 0 ? BL_ANCHOR_END : BL_ANCHOR_START;
    bl_sheet_text(k, value < 0 ? r->zero - end - 6 : r->zero + end + 6, y + 4, text, &figure);
}

static void measure_rows(const struct bl_sheet *k, struct rows *r, double *figures)
{
    char text[64];

    r->decimals = bl_bars_decimals(k->chart, &r->most, &r->negative);
    r->most = r->most > 0 ? r->most : 1;
    for (size_t i = 0; i < k->chart->n_values; i++) {
        bl_bars_text(bl_bars_value(k->chart, i), r->negative, r->decimals, text, sizeof text);
        *figures = fmax(*figures, bl_letters_width(text, BL_SMALL, false));
    }
}

void bl_bars_picture(struct bl_sheet *k)
{
    const struct bl_chart *chart = k->chart;
    struct rows r = {.groups = chart->groups > 1 ? chart->groups : 1};
    double figures = 0, labels, room;

    bl_sheet_title(k);
    if (!chart->values)
        bl_sheet_groups(k);
    if (chart->n_values == 0) {
        bl_sheet_message(k, "no values");
        return;
    }
    measure_rows(k, &r, &figures);
    labels = bl_sheet_names(chart->labels, chart->n_values, k->width / 3);
    k->plot = (struct bl_area){BL_MARGIN + labels + 10, k->top + 8, k->width - BL_MARGIN * 2 - labels - 10, k->height - k->top - 8 - BL_MARGIN};
    room = k->plot.height / 15;
    r.shown = (double)chart->n_values > room ? (size_t)fmax(1, room - 1) : chart->n_values;
    r.each = fmin((k->plot.height - (r.shown < chart->n_values ? BL_LINE : 0)) / (double)r.shown, 40);
    r.width = k->plot.width - figures - 10;
    r.zero = k->plot.x;
    if (r.negative) {
        r.width = k->plot.width / 2 - figures - 10;
        r.zero += k->plot.width / 2;
    }
    bl_sheet_line(k, (double[]){r.zero, k->plot.y, r.zero, k->plot.y + (double)r.shown * r.each}, BL_ROLE_TEXT, 0.6, 1);
    for (size_t i = 0; i < r.shown; i++)
        draw_row(k, &r, i);
    if (r.shown < chart->n_values) {
        const struct bl_lettering letters = bl_letters(BL_ROLE_DIM, BL_SMALL, BL_ANCHOR_START);
        char text[40];

        snprintf(text, sizeof text, "%zu more", chart->n_values - r.shown);
        bl_sheet_text(k, BL_MARGIN, k->height - BL_MARGIN, text, &letters);
    }
}

/* ---- shares ---------------------------------------------------------------------------------*/

static void share_column(const struct bl_sheet *k, size_t i, double share, double *sum)
{
    double each = k->plot.width / (double)k->chart->n_values, wide = fmin(each * 0.7, 60), x = k->plot.x + ((double)i + 0.5) * each;
    double top = bl_sheet_y(k, 100 * share), before = *sum;
    const struct bl_lettering letters = bl_letters(BL_ROLE_TEXT, BL_SMALL, BL_ANCHOR_MIDDLE);

    *sum += share;
    bl_sheet_box(k, (struct bl_area){x - wide / 2, top, wide, k->plot.y + k->plot.height - top}, bl_ink_of(BL_ROLE_CURVE1, 0.9));
    if (i > 0)
        bl_sheet_line(k, (double[]){x - each, bl_sheet_y(k, 100 * before), x, bl_sheet_y(k, 100 * *sum)}, BL_ROLE_CURVE2, 1, 1.5);
    if (k->chart->labels && k->chart->labels[i] && bl_letters_width(k->chart->labels[i], BL_SMALL, false) < each)
        bl_sheet_text(k, x, k->plot.y + k->plot.height + 18, k->chart->labels[i], &letters);
}

void bl_scree_picture(struct bl_sheet *k)
{
    const struct bl_chart *chart = k->chart;
    double total = 0, sum = 0, so_far = 0;

    bl_sheet_title(k);
    for (size_t i = 0; chart->values && i < chart->n_values; i++)
        total += isfinite(chart->values[i]) && chart->values[i] > 0 ? chart->values[i] : 0;
    if (!(total > 0)) {
        bl_sheet_message(k, "no values");
        return;
    }
    count_ticks(k, 100);
    for (size_t i = 0; i < k->v.y_ticks.n; i++)
        snprintf(k->v.y_ticks.text[i], sizeof k->v.y_ticks.text[i], "%d%%", (int)k->v.y_ticks.at[i]);
    bl_sheet_area(k, 0);
    bl_sheet_y_axis(k);
    for (size_t i = 0; i < chart->n_values; i++)
        share_column(k, i, isfinite(chart->values[i]) && chart->values[i] > 0 ? chart->values[i] / total : 0, &sum);
    for (size_t i = 0; i < chart->n_values && k->plot.width / (double)chart->n_values > 9; i++) {
        so_far += isfinite(chart->values[i]) && chart->values[i] > 0 ? chart->values[i] / total : 0;
        bl_sheet_mark(k, k->plot.x + ((double)i + 0.5) * k->plot.width / (double)chart->n_values, bl_sheet_y(k, 100 * so_far), 1,
                      bl_ink_of(BL_ROLE_CURVE2, 1));
    }
    bl_sheet_line(k, (double[]){k->plot.x, k->plot.y + k->plot.height, k->plot.x + k->plot.width, k->plot.y + k->plot.height}, BL_ROLE_TEXT, 0.6, 1);
}
