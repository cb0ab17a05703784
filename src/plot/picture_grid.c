/* Boxes, matrices and small multiples on paper. */
#include "picture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- boxes ----------------------------------------------------------------------------------*/

static void box_range(struct bl_sheet *k)
{
    for (size_t i = 0; i < k->chart->n_boxes; i++) {
        const struct bl_box *b = &k->chart->boxes[i];

        bl_range_add(&k->v.x_data, b->low, k->chart->x.log);
        bl_range_add(&k->v.x_data, b->high, k->chart->x.log);
        for (size_t j = 0; j < b->n_beyond; j++)
            bl_range_add(&k->v.x_data, b->beyond[j], k->chart->x.log);
    }
    k->v.x = bl_axis_scale(&k->chart->x, &k->v.x_data);
    bl_tick_set_make(&k->v.x_ticks, &k->v.x, 6, k->chart->x.count);
}

/* Values outside given limits stand at the border. */
static double box_x(const struct bl_sheet *k, double value)
{
    return fmax(k->plot.x, fmin(bl_sheet_x(k, value), k->plot.x + k->plot.width));
}

static void draw_box(const struct bl_sheet *k, size_t i, double y, double thick)
{
    const struct bl_box *b = &k->chart->boxes[i];
    enum bl_role role = bl_curve_role(i);
    double low = box_x(k, b->low), q1 = box_x(k, b->q1), median = box_x(k, b->median), q3 = box_x(k, b->q3), high = box_x(k, b->high);
    struct bl_area a = {q1, y - thick / 2, fmax(q3 - q1, 0.5), thick};
    const struct bl_mark_shape beyond = {0, 2.4, bl_ink_of(role, 0.7)};

    bl_sheet_line(k, (double[]){low, y, q1, y}, role, 1, 1.5);
    bl_sheet_line(k, (double[]){q3, y, high, y}, role, 1, 1.5);
    bl_sheet_line(k, (double[]){low, y - thick / 4, low, y + thick / 4}, role, 1, 1.5);
    bl_sheet_line(k, (double[]){high, y - thick / 4, high, y + thick / 4}, role, 1, 1.5);
    bl_sheet_box(k, a, bl_ink_of(role, 0.25));
    bl_sheet_outline(k, a, bl_ink_of(role, 1), 1.5);
    bl_sheet_line(k, (double[]){median, y - thick / 2, median, y + thick / 2}, role, 1, 3);
    for (size_t j = 0; j < b->n_beyond; j++)
        if (isfinite(b->beyond[j]))
            k->pen->type->marks(k->pen, (double[]){box_x(k, b->beyond[j]), y}, 1, &beyond);
}

static void box_row(const struct bl_sheet *k, size_t i, double each)
{
    const struct bl_box *b = &k->chart->boxes[i];
    struct bl_lettering name = bl_letters(BL_ROLE_TEXT, BL_LETTER, BL_ANCHOR_END), none = bl_letters(BL_ROLE_DIM, BL_SMALL, BL_ANCHOR_START);
    double y = k->plot.y + ((double)i + 0.5) * each;
    char text[256];

    bl_sheet_fit(text, sizeof text, b->name, k->width / 3, BL_LETTER);
    bl_sheet_text(k, k->plot.x - 12, y + 4.5, text, &name);
    if (b->n == 0 || !isfinite(b->median))
        bl_sheet_text(k, k->plot.x + 6, y + 4, "no values", &none);
    else
        draw_box(k, i, y, fmin(each * 0.6, 34));
}

void bl_box_picture(struct bl_sheet *k)
{
    const struct bl_chart *chart = k->chart;
    double names = 0, each;
    size_t shown;
    char text[256];

    box_range(k);
    bl_sheet_title(k);
    if (!k->v.x_data.any) {
        bl_sheet_message(k, "no values");
        return;
    }
    for (size_t i = 0; i < chart->n_boxes; i++)
        names = fmax(names, bl_sheet_fit(text, sizeof text, chart->boxes[i].name, k->width / 3, BL_LETTER));
    bl_sheet_area(k, 0);
    k->plot.width -= names + 12 + BL_MARGIN - k->plot.x;
    k->plot.x = names + 12 + BL_MARGIN;
    each = fmax(k->plot.height / (double)chart->n_boxes, 14);
    shown = (size_t)(k->plot.height / each + 1e-9);
    bl_sheet_x_axis(k);
    for (size_t i = 0; i < shown && i < chart->n_boxes; i++)
        box_row(k, i, fmin(each, 90));
    if (shown < chart->n_boxes) {
        const struct bl_lettering letters = bl_letters(BL_ROLE_DIM, BL_SMALL, BL_ANCHOR_START);

        snprintf(text, sizeof text, "%zu more", chart->n_boxes - shown);
        bl_sheet_text(k, BL_MARGIN, k->height - BL_MARGIN, text, &letters);
    }
}

/* ---- matrices -------------------------------------------------------------------------------*/

/* Colour of a place 0 to 1 between the five steps of the scale. */
static struct bl_ink scale_ink(double at)
{
    struct bl_ink out = {.exact = true};
    int step = at >= 1 ? 3 : at > 0 ? (int)(at * 4) : 0;
    double part = fmax(0, fmin(at * 4 - step, 1));
    uint32_t low = bl_ink_rgb(bl_ink_of((enum bl_role)(BL_ROLE_LOW + step), 1), BL_THEME_DARK);
    uint32_t high = bl_ink_rgb(bl_ink_of((enum bl_role)(BL_ROLE_LOW + step + 1), 1), BL_THEME_DARK);

    for (int shift = 0; shift <= 16; shift += 8) {
        double a = low >> shift & 255, b = high >> shift & 255;
        out.rgb |= (uint32_t)(a + (b - a) * part + 0.5) << shift;
    }
    return out;
}

static struct bl_ink heat_ink(const struct bl_heat *h, double value)
{
    double most = fmax(fabs(h->min), fabs(h->max));

    if (h->min < 0)
        return bl_ink_of(value < 0 ? BL_ROLE_MINUS : BL_ROLE_PLUS, most > 0 ? fmax(0.03, fmin(fabs(value) / most, 1) * 0.85) : 0.03);
    return scale_ink(h->max > h->min ? (value - h->min) / (h->max - h->min) : 0);
}

static void heat_number(const struct bl_sheet *k, double value, struct bl_area cell)
{
    const struct bl_heat *h = k->chart->heat;
    struct bl_lettering letters = bl_letters(BL_ROLE_TEXT, fmin(BL_SMALL, cell.height * 0.5), BL_ANCHOR_MIDDLE);
    bool whole = value == floor(value) && h->min >= 0;
    char text[40];

    bl_tick_format(text, sizeof text, value, false, whole ? 0 : fabs(h->max) >= 100 ? 0 : 2, fabs(value) >= 1e5);
    if (letters.size < 7 || bl_letters_width(text, letters.size, false) > cell.width - 2)
        return;
    if (h->min >= 0) { /* on the dark end of the scale light letters, on the light end dark ones */
        double at = h->max > h->min ? (value - h->min) / (h->max - h->min) : 0;

        letters.ink = (struct bl_ink){.exact = true, .rgb = at < 0.55 ? 0xffffff : 0x1b1f23};
    }
    bl_sheet_text(k, cell.x + cell.width / 2, cell.y + cell.height / 2 + letters.size * 0.36, text, &letters);
}

static void heat_cells(const struct bl_sheet *k, double width, double height)
{
    const struct bl_heat *h = k->chart->heat;
    double gap = width > 8 && height > 8 ? 1 : 0;

    for (size_t i = 0; i < h->rows; i++)
        for (size_t j = 0; j < h->columns; j++) {
            struct bl_area a = {k->plot.x + (double)j * width, k->plot.y + (double)i * height, width - gap, height - gap};
            double value = h->values[i * h->columns + j];
            const struct bl_lettering none = bl_letters(BL_ROLE_DIM, fmin(BL_SMALL, height * 0.6), BL_ANCHOR_MIDDLE);

            if (!isfinite(value)) {
                bl_sheet_text(k, a.x + a.width / 2, a.y + a.height / 2 + 4, "?", &none);
                continue;
            }
            bl_sheet_box(k, a, heat_ink(h, value));
            heat_number(k, value, a);
        }
}

static void heat_names(const struct bl_sheet *k, double width, double height, bool turned)
{
    const struct bl_heat *h = k->chart->heat;
    struct bl_lettering row = bl_letters(BL_ROLE_TEXT, fmin(BL_LETTER, height * 0.9), BL_ANCHOR_END);
    struct bl_lettering column = bl_letters(BL_ROLE_TEXT, fmin(BL_LETTER, width * 0.9), turned ? BL_ANCHOR_START : BL_ANCHOR_MIDDLE);
    char text[256];

    column.turn = turned ? -45 : 0;
    for (size_t i = 0; h->row_names && i < h->rows && row.size >= 6; i++) {
        bl_sheet_fit(text, sizeof text, h->row_names[i], k->width / 3, BL_LETTER);
        bl_sheet_text(k, k->plot.x - 8, k->plot.y + ((double)i + 0.5) * height + row.size * 0.36, text, &row);
    }
    for (size_t j = 0; h->column_names && j < h->columns && column.size >= 6; j++) {
        bl_sheet_fit(text, sizeof text, h->column_names[j], 150, BL_LETTER);
        bl_sheet_text(k, k->plot.x + ((double)j + 0.5) * width + (turned ? 3 : 0), k->plot.y - 7, text, &column);
    }
}

/* The scale, lying under the matrix. */
static void heat_key(const struct bl_sheet *k, double y)
{
    const struct bl_heat *h = k->chart->heat;
    double low = h->min < 0 ? -fmax(fabs(h->min), fabs(h->max)) : h->min, high = h->min < 0 ? -low : h->max;
    double width = k->width < 300 ? 96 : 240, x = k->plot.x + 240 > k->width ? BL_MARGIN : floor(k->plot.x);
    struct bl_lettering letters = bl_letters(BL_ROLE_TEXT, BL_SMALL, BL_ANCHOR_MIDDLE);
    char text[40];

    for (int i = 0; i < 48; i++)
        bl_sheet_box(k, (struct bl_area){x + width * i / 48, floor(y), width / 48, 10}, heat_ink(h, low + (high - low) * (i + 0.5) / 48));
    for (int i = 0; i <= 2; i++) {
        letters.anchor = i == 0 ? BL_ANCHOR_START : i == 2 ? BL_ANCHOR_END : BL_ANCHOR_MIDDLE;
        bl_sheet_text(k, x + width * i / 2, y + 24, bl_value_text(text, sizeof text, low + (high - low) * i / 2, 3), &letters);
    }
}

void bl_heat_picture(struct bl_sheet *k)
{
    const struct bl_heat *h = k->chart->heat;
    double left, top, width, height, names;
    bool turned;

    bl_sheet_title(k);
    if (!h || h->rows == 0 || h->columns == 0) {
        bl_sheet_message(k, "no values");
        return;
    }
    left = BL_MARGIN + bl_sheet_names(h->row_names, h->rows, k->width / 3) + 8;
    names = bl_sheet_names(h->column_names, h->columns, 150);
    width = (k->width - left - BL_MARGIN) / (double)h->columns;
    turned = names + 6 > width;
    if (turned) /* the last one leans over the border */
        width = (k->width - left - fmax(BL_MARGIN, names * 0.6)) / (double)h->columns;
    top = k->top + 12 + (names > 0 ? turned ? names * 0.72 + 12 : 14 : 0);
    height = fmax(1, (k->height - top - 56) / (double)h->rows);
    width = fmin(width, fmax(height * 2.2, 40));
    k->plot = (struct bl_area){left, top, width * (double)h->columns, height * (double)h->rows};
    heat_cells(k, width, height);
    heat_names(k, width, height, turned);
    heat_key(k, k->plot.y + k->plot.height + 14);
}

/* ---- small multiples ------------------------------------------------------------------------*/

static bool counts(const struct bl_pairs *p, size_t row)
{
    return !p->of_row || p->of_row[row] != BL_PAIRS_NONE;
}

static struct bl_range range_of(const struct bl_pairs *p, size_t i)
{
    struct bl_range r = {0};

    for (size_t row = 0; row < p->n_rows; row++)
        if (counts(p, row))
            bl_range_add(&r, p->x[i][row], false);
    return r;
}

#define PAIR_BINS 16

static void pair_bars(const struct bl_sheet *k, const struct bl_area *a, size_t i, const struct bl_range *r)
{
    double counts[PAIR_BINS], most = 0, top = a->y + 40, bottom = a->y + a->height - 6, each = (a->width - 12) / PAIR_BINS;

    bl_pairs_counts(k->chart->pairs, i, r, PAIR_BINS, counts);
    for (size_t bin = 0; bin < PAIR_BINS; bin++)
        most = fmax(most, counts[bin]);
    for (size_t bin = 0; bin < PAIR_BINS && bottom - top > 16; bin++) {
        double high = most > 0 ? counts[bin] / most * (bottom - top) : 0;

        bl_sheet_box(k, (struct bl_area){a->x + 6 + (double)bin * each, bottom - high, each - 1, high}, bl_ink_of(BL_ROLE_TEXT, 0.3));
    }
}

static void pair_name(const struct bl_sheet *k, const struct bl_area *a, size_t i)
{
    struct bl_lettering name = bl_letters(BL_ROLE_TEXT, BL_LETTER, BL_ANCHOR_MIDDLE), range = bl_letters(BL_ROLE_DIM, 11, BL_ANCHOR_MIDDLE);
    struct bl_range r = range_of(k->chart->pairs, i);
    char text[256], low[40], high[40];

    name.bold = true;
    bl_sheet_fit(text, sizeof text, k->chart->pairs->names[i], a->width / 1.1 - 8, BL_LETTER);
    bl_sheet_text(k, a->x + a->width / 2, a->y + 18, text, &name);
    if (!r.any)
        return;
    snprintf(text, sizeof text, "%s to %s", bl_value_text(low, sizeof low, r.min, 3), bl_value_text(high, sizeof high, r.max, 3));
    bl_sheet_text(k, a->x + a->width / 2, a->y + 33, text, &range);
    pair_bars(k, a, i, &r);
}

static void pair_correlation(const struct bl_sheet *k, const struct bl_area *a, double r)
{
    struct bl_lettering letters = bl_letters(r < 0 ? BL_ROLE_MINUS : BL_ROLE_PLUS, fmin(12 + 10 * fabs(r), a->width / 4), BL_ANCHOR_MIDDLE);
    char text[40];

    if (!isfinite(r))
        return;
    letters.bold = fabs(r) > 0.5;
    snprintf(text, sizeof text, "%+.2f", r);
    bl_sheet_text(k, a->x + a->width / 2, a->y + a->height / 2 + letters.size * 0.36, text, &letters);
}

/* The points of one group in one panel, through the renderer of points. */
static void pair_points(struct bl_sheet *k, const struct bl_area *a, size_t i, size_t j)
{
    const struct bl_pairs *p = k->chart->pairs;
    size_t groups = p->n_groups > 1 && p->of_row ? p->n_groups : 1;
    double *xy = bl_calloc(p->n_rows, 2 * sizeof *xy);
    struct bl_range x = range_of(p, j), y = range_of(p, i);

    k->plot = (struct bl_area){a->x + 6, a->y + 6, a->width - 12, a->height - 12};
    k->v.x = bl_scale_make(x.min, x.max > x.min ? x.max : x.min + 1, false);
    k->v.y = bl_scale_make(y.min, y.max > y.min ? y.max : y.min + 1, false);
    for (size_t g = 0; xy && g < groups; g++) {
        struct bl_series s = {.x = xy, .y = xy + p->n_rows, .style = g};

        for (size_t row = 0; row < p->n_rows; row++)
            if (counts(p, row) && (groups == 1 || p->of_row[row] == g)) {
                xy[s.n] = p->x[j][row];
                xy[p->n_rows + s.n++] = p->x[i][row];
            }
        bl_sheet_points(k, &s, p->n_rows > 1000 ? 1.2 : 2, 0.7);
    }
    bl_free(xy);
}

static void pairs_legend(struct bl_sheet *k)
{
    const struct bl_pairs *p = k->chart->pairs;
    struct bl_key_entry all[16];
    size_t n = 0;

    for (size_t g = 0; p->of_row && p->group_names && p->n_groups > 1 && g < p->n_groups && n < 16; g++)
        all[n++] = (struct bl_key_entry){p->group_names[g], g, bl_curve_role(g), false, false};
    bl_sheet_legend(k, all, n);
}

void bl_pairs_picture(struct bl_sheet *k)
{
    const struct bl_pairs *p = k->chart->pairs;
    size_t shown;
    double width, height;

    bl_sheet_title(k);
    if (!p || p->n == 0 || p->n_rows == 0) {
        bl_sheet_message(k, "no values");
        return;
    }
    pairs_legend(k);
    shown = p->n < 16 ? p->n : 16;
    while (shown > 2 && (k->width - 2 * BL_MARGIN) / (double)shown < 60)
        shown--;
    width = (k->width - 2 * BL_MARGIN) / (double)shown;
    height = (k->height - k->top - 8 - BL_MARGIN) / (double)shown;
    for (size_t i = 0; i < shown; i++)
        for (size_t j = 0; j < shown; j++) {
            struct bl_area a = {BL_MARGIN + (double)j * width, k->top + 8 + (double)i * height, width - 4, height - 4};

            bl_sheet_outline(k, a, bl_ink_of(BL_ROLE_TEXT, 0.25), 0.75);
            if (i == j)
                pair_name(k, &a, i);
            else if (j > i && p->correlation)
                pair_correlation(k, &a, p->correlation[i * p->n + j]);
            else if (j < i)
                pair_points(k, &a, i, j);
        }
}
