/* What is where: title, axes, plot; and their drawing. Less room shows less, in a fixed order:
 * first the names go, then the x axis, the title, the y labels, at last the y axis. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "draw.h"

static struct bl_rect clip(const struct bl_canvas *c, struct bl_rect r)
{
    int64_t x1 = (int64_t)r.x + r.width, y1 = (int64_t)r.y + r.height;

    if (x1 > c->width)
        x1 = c->width;
    if (y1 > c->height)
        y1 = c->height;
    if (r.x < 0)
        r.x = 0;
    if (r.y < 0)
        r.y = 0;
    r.width = x1 > r.x ? (int)(x1 - r.x) : 0;
    r.height = y1 > r.y ? (int)(y1 - r.y) : 0;
    return r;
}

bool bl_view_rows(struct bl_view *v, const struct bl_chart *chart, struct bl_canvas *c, struct bl_rect r)
{
    int top = 0, bottom;
    bool titled = (chart->title && !chart->title_inside) || chart->note;

    memset(v, 0, sizeof *v);
    v->chart = chart;
    v->canvas = c;
    v->whole = clip(c, r);
    v->title_row = v->legend_row = v->line_row = v->text_row = v->axis_column = -1;
    if (v->whole.width < 1 || v->whole.height < 1)
        return false;
    if (titled && v->whole.height >= 4)
        v->title_row = v->whole.y + top++;
    bottom = v->whole.height;
    if (bottom >= 6 && v->whole.width >= 12)
        v->text_row = v->whole.y + --bottom;
    if (bottom >= 5 && v->whole.width >= 8)
        v->line_row = v->whole.y + --bottom;
    v->plot = (struct bl_rect){v->whole.x, v->whole.y + top, v->whole.width, bottom - top};
    v->room = v->plot.width;
    return true;
}

void bl_view_columns(struct bl_view *v)
{
    int labels = v->y_ticks.width + 1, right = v->whole.x + v->whole.width;

    if (v->whole.width < 8) {
        v->y_ticks.n = 0;
        return;
    }
    if (labels * 3 > v->whole.width || v->y_ticks.n == 0) {
        v->y_ticks.width = 0;
        labels = 0;
    }
    v->axis_column = v->whole.x + labels;
    v->plot.x = v->axis_column + 1;
    v->plot.width = v->room = right - v->plot.x;
}

int bl_view_text(const struct bl_view *v, int x, int y, const char *text, enum bl_role role, int attributes)
{
    int right = v->whole.x + v->whole.width;

    if (x < v->whole.x || x >= right || y < v->whole.y || y >= v->whole.y + v->whole.height)
        return 0;
    return bl_canvas_text(v->canvas, x, y, right - x, text, role, attributes);
}

/* ---- title ----------------------------------------------------------------------------------*/

static const char *lost_text(const struct bl_view *v, char *buffer, size_t size)
{
    struct bl_text t = {0};
    size_t lost = v->y_data.not_positive + v->x_data.not_positive;

    if (lost == 0)
        return "";
    bl_text_addf(&t, "%zu %s not above 0", lost, lost == 1 ? "value" : "values");
    bl_show(buffer, size, bl_text_get(&t), t.length);
    bl_text_free(&t);
    return buffer;
}

/* Right to left: note, then what a log axis lost; then the title in what is left. */
void bl_view_title(const struct bl_view *v)
{
    char lost[64];
    const char *right[2] = {v->chart->note, lost_text(v, lost, sizeof lost)};
    bool border = v->whole.x + v->whole.width == v->canvas->width && v->whole.width > 40; /* text does not touch it */
    int end = v->whole.x + v->whole.width - (border ? 1 : 0), start = v->whole.x + 1;
    int y = v->title_row;

    if (y < 0) {
        int width = (int)strlen(right[1]);
        if (width > 0 && width < v->plot.width)
            bl_canvas_right(v->canvas, v->plot.x + v->plot.width, v->plot.y, width, right[1], BL_ROLE_WARN, 0);
        return;
    }
    for (int i = 1; i >= 0; i--) { /* the loss of values is more important than the note */
        int width = right[i] ? (int)bl_text_width(right[i], strlen(right[i])) : 0;
        if (width == 0 || end - width - (v->chart->title ? 12 : 0) < start)
            continue;
        bl_canvas_right(v->canvas, end, y, width, right[i], i == 1 ? BL_ROLE_WARN : BL_ROLE_TEXT, 0);
        end -= width + 2;
    }
    if (v->chart->title && !v->chart->title_inside && end > start)
        bl_canvas_text(v->canvas, start, y, end - start, v->chart->title, BL_ROLE_TITLE, 0);
}

void bl_view_message(const struct bl_view *v, const char *text)
{
    int width = (int)strlen(text);
    int x = v->plot.x + (v->plot.width - width) / 2, y = v->plot.y + v->plot.height / 2;

    if (width <= v->plot.width)
        bl_view_text(v, x, y, text, BL_ROLE_DIM, 0);
}

/* ---- axes -----------------------------------------------------------------------------------*/

int bl_view_row(const struct bl_view *v, double y)
{
    double at = bl_scale_at(&v->y, y);
    int dots = v->plot.height * (v->canvas->charset == BL_CHARSET_BRAILLE  ? 4
                                 : v->canvas->charset == BL_CHARSET_BLOCK ? 2
                                                                          : 1);
    if (!(at > 0))
        return v->plot.height - 1;
    if (at >= 1)
        return 0;
    return (int)floor((1 - at) * (dots - 1) + 0.5) * v->plot.height / dots;
}

int bl_view_column(const struct bl_view *v, double x)
{
    double at = bl_scale_at(&v->x, x);
    int each = v->canvas->charset == BL_CHARSET_BRAILLE ? 2 : 1;
    int dots = v->plot.width * each;

    if (!(at > -1e-9))
        return -1;
    if (at > 1 + 1e-9)
        return v->plot.width;
    return (int)floor(at * (dots - 1) + 0.5) / each;
}

static uint32_t sign(const struct bl_view *v, uint32_t wide, uint32_t ascii)
{
    return v->canvas->charset == BL_CHARSET_ASCII ? ascii : wide;
}

static bool tick_on_row(const struct bl_view *v, int row)
{
    for (size_t i = 0; i < v->y_ticks.n; i++)
        if (bl_view_row(v, v->y_ticks.at[i]) == row)
            return true;
    return false;
}

void bl_view_y_axis(const struct bl_view *v)
{
    const char *name = v->chart->y.label;
    int labels = v->axis_column - v->whole.x, last = v->plot.height;

    if (v->axis_column < 0)
        return;
    for (int row = 0; row < v->plot.height; row++)
        bl_canvas_put(v->canvas, v->axis_column, v->plot.y + row, sign(v, 0x2502, '|'), BL_ROLE_TEXT, 0);
    for (size_t i = 0; i < v->y_ticks.n; i++) {
        int row = bl_view_row(v, v->y_ticks.at[i]), y = v->plot.y + row;
        bl_canvas_put(v->canvas, v->axis_column, y, sign(v, 0x2524, '+'), BL_ROLE_TEXT, 0);
        if (labels > 0 && row < last)
            bl_canvas_right(v->canvas, v->axis_column, y, labels, v->y_ticks.text[i], BL_ROLE_TEXT, 0);
        last = row;
    }
    if (name && labels > 0 && (int)bl_text_width(name, strlen(name)) <= labels && !tick_on_row(v, 0))
        bl_canvas_right(v->canvas, v->axis_column, v->plot.y, labels, name, BL_ROLE_DIM, 0);
}

/* Texts under the ticks; one that would collide is left out, its tick stays. */
static void x_texts(const struct bl_view *v)
{
    const char *name = v->chart->x.label;
    int right = v->whole.x + v->whole.width, end = right, free_from = v->whole.x;
    int width = name ? (int)bl_text_width(name, strlen(name)) : 0;

    if (width > 0 && width * 2 <= v->plot.width) {
        bl_canvas_right(v->canvas, right, v->text_row, width, name, BL_ROLE_TEXT, 0);
        end = right - width - 1;
    }
    for (size_t i = 0; i < v->x_ticks.n; i++) {
        int column = bl_view_column(v, v->x_ticks.at[i]), length = (int)strlen(v->x_ticks.text[i]);
        int x = v->plot.x + column - length / 2;
        if (end == right && x + length > right && x + length <= right + length / 2)
            x = right - length;
        if (x < v->whole.x)
            x = v->whole.x;
        if (column < 0 || column >= v->plot.width || x < free_from || x + length > end)
            continue;
        bl_canvas_text(v->canvas, x, v->text_row, length, v->x_ticks.text[i], BL_ROLE_TEXT, 0);
        free_from = x + length + 1;
    }
}

void bl_view_x_axis(const struct bl_view *v)
{
    if (v->line_row >= 0) {
        for (int x = 0; x < v->plot.width; x++)
            bl_canvas_put(v->canvas, v->plot.x + x, v->line_row, sign(v, 0x2500, '-'), BL_ROLE_TEXT, 0);
        for (size_t i = 0; i < v->x_ticks.n; i++) {
            int column = bl_view_column(v, v->x_ticks.at[i]);
            if (column >= 0 && column < v->plot.width)
                bl_canvas_put(v->canvas, v->plot.x + column, v->line_row, sign(v, 0x252c, '+'), BL_ROLE_TEXT, 0);
        }
        if (v->axis_column >= 0)
            bl_canvas_put(v->canvas, v->axis_column, v->line_row, sign(v, 0x2514, '+'), BL_ROLE_TEXT, 0);
    }
    if (v->text_row >= 0)
        x_texts(v);
}

/* ---- two scales -----------------------------------------------------------------------------*/

/* Every frame reads every point here once: the extremes stay in registers. */
static void scan_series(struct bl_view *v, const struct bl_series *s, double from, double to)
{
    double above_x = v->chart->x.log ? 0 : -INFINITY, above_y = v->chart->y.log ? 0 : -INFINITY;
    double x_min = INFINITY, x_max = -INFINITY, y_min = INFINITY, y_max = -INFINITY;

    for (size_t i = 0; i < s->n; i++) {
        double x = s->x[i], y = s->y[i];
        bool inside = x >= from && x <= to, finite_y = y - y == 0;
        if (inside && x > above_x) {
            x_min = x < x_min ? x : x_min;
            x_max = x > x_max ? x : x_max;
        }
        if (inside && finite_y && y > above_y) {
            y_min = y < y_min ? y : y_min;
            y_max = y > y_max ? y : y_max;
        }
        v->broken |= !finite_y;
        v->x_data.not_positive += inside && x <= above_x;
        v->y_data.not_positive += inside && finite_y && y <= above_y;
    }
    if (x_min <= x_max) {
        bl_range_add(&v->x_data, x_min, false);
        bl_range_add(&v->x_data, x_max, false);
    }
    if (y_min <= y_max) {
        bl_range_add(&v->y_data, y_min, false);
        bl_range_add(&v->y_data, y_max, false);
    }
}

static void scan(struct bl_view *v)
{
    const struct bl_chart *chart = v->chart;
    bool given = chart->x.min != chart->x.max;
    double from = given && isfinite(chart->x.min) ? chart->x.min : -DBL_MAX;
    double to = given && isfinite(chart->x.max) ? chart->x.max : DBL_MAX;

    for (size_t i = 0; i < chart->n_series; i++)
        scan_series(v, &chart->series[i], from, to);
    for (size_t i = 0; i < chart->n_bands; i++) {
        const struct bl_band *b = &chart->bands[i];

        scan_series(v, &(struct bl_series){.x = b->x, .y = b->low, .n = b->n}, from, to);
        scan_series(v, &(struct bl_series){.x = b->x, .y = b->high, .n = b->n}, from, to);
    }
    for (size_t i = 0; i < chart->n_levels && v->y_data.any; i++)
        if (!chart->y.log || chart->levels[i].y > 0)
            bl_range_add(&v->y_data, chart->levels[i].y, chart->y.log);
}

static bool ticks_touch(const struct bl_view *v)
{
    for (size_t i = 1; i < v->y_ticks.n; i++)
        if (abs(bl_view_row(v, v->y_ticks.at[i]) - bl_view_row(v, v->y_ticks.at[i - 1])) < 2)
            return true;
    return false;
}

static void y_ticks(struct bl_view *v)
{
    int rows = v->plot.height, apart = v->y.log ? 2 : 3, most = v->y.log ? 7 : 6;
    int wanted = (rows - 1) / apart + 1;

    wanted = wanted < most ? wanted : most;
    do /* whole decades may round to rows one below the other */
        bl_tick_set_make(&v->y_ticks, &v->y, (size_t)wanted, v->chart->y.count);
    while (v->y.log && ticks_touch(v) && --wanted > 2);
}

bool bl_view_make(struct bl_view *v, const struct bl_chart *chart, struct bl_canvas *c, struct bl_rect r)
{
    int before, wanted;

    if (!bl_view_rows(v, chart, c, r))
        return false;
    scan(v);
    v->x = bl_axis_scale(&chart->x, &v->x_data);
    v->y = bl_axis_scale(&chart->y, &v->y_data);
    y_ticks(v);
    bl_view_columns(v);
    before = v->plot.height;
    bl_names_place(v);
    if (v->plot.height != before) {
        int width = v->y_ticks.width;
        y_ticks(v);
        v->y_ticks.width = width;
    }
    wanted = v->plot.width / 8;
    bl_tick_set_make(&v->x_ticks, &v->x, (size_t)(wanted < 1 ? 1 : wanted > 6 ? 6 : wanted), chart->x.count);
    if (v->x_ticks.n < 2 && wanted >= 2) /* one number is no scale */
        bl_tick_set_make(&v->x_ticks, &v->x, (size_t)wanted + 1, chart->x.count);
    return true;
}
