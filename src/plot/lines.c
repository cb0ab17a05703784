/* Curves. Values are thinned to one run a column of dots, with its first, lowest, highest and last
 * value, so that no spike is lost; only the four of a run are put on the scale. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "draw.h"

struct pen { /* draws dots along a path */
    struct bl_raster *raster;
    enum bl_role role;
    size_t style;
    const unsigned *dash;
    unsigned part, left; /* of the dash pattern */
    double x, y;         /* where it stands, in dots */
    bool down, thick;
};

static void mark_span(struct bl_raster *r, int column, int row)
{
    int cell = column >> r->shift_x;

    if (r->low[cell] < 0 || row > r->low[cell])
        r->low[cell] = row;
    if (r->high[cell] < 0 || row < r->high[cell])
        r->high[cell] = row;
}

static void put_dot(struct pen *p, int column, int row)
{
    bool on = true;

    if (p->dash) {
        if (p->left == 0) {
            p->part = (p->part + 1) % 4;
            p->left = p->dash[p->part];
        }
        on = p->part % 2 == 0;
        p->left--;
    }
    mark_span(p->raster, column, row);
    if (on)
        bl_raster_dot(p->raster, column, row, p->role, p->style);
    for (int i = 1; on && p->thick && i < 4; i++)
        bl_raster_dot(p->raster, column + (i & 1), row + (i >> 1), p->role, p->style);
}

bool bl_clip_segment(double *x0, double *y0, double *x1, double *y1, double w, double h)
{
    double dx = *x1 - *x0, dy = *y1 - *y0, from = 0, to = 1;
    const double p[4] = {-dx, dx, -dy, dy}, q[4] = {*x0, w - *x0, *y0, h - *y0};

    for (int i = 0; i < 4; i++) {
        if (p[i] == 0 && q[i] < 0)
            return false;
        if (p[i] < 0 && q[i] / p[i] > from)
            from = q[i] / p[i];
        if (p[i] > 0 && q[i] / p[i] < to)
            to = q[i] / p[i];
    }
    if (!(from <= to))
        return false;
    *x1 = *x0 + to * dx;
    *y1 = *y0 + to * dy;
    *x0 += from * dx;
    *y0 += from * dy;
    return true;
}

static int clamp_to(double at, int count)
{
    int i = (int)floor(at + 0.5);

    return i < 0 ? 0 : i >= count ? count - 1 : i;
}

/* Bresenham 1965. */
static void segment(struct pen *p, double x0, double y0, double x1, double y1, bool with_first)
{
    struct bl_raster *r = p->raster;
    int column, row, to_column, to_row, across, down, error;

    if (!bl_clip_segment(&x0, &y0, &x1, &y1, r->columns - 1, r->rows - 1))
        return;
    column = clamp_to(x0, r->columns);
    row = clamp_to(y0, r->rows);
    to_column = clamp_to(x1, r->columns);
    to_row = clamp_to(y1, r->rows);
    if (column == to_column && !p->dash && !p->thick && with_first) { /* noise is mostly strokes */
        mark_span(r, column, row);
        mark_span(r, column, to_row);
        bl_raster_stroke(r, column, row < to_row ? row : to_row, row < to_row ? to_row : row, p->role, p->style);
        return;
    }
    across = abs(to_column - column);
    down = -abs(to_row - row);
    error = across + down;
    if (with_first)
        put_dot(p, column, row);
    while (column != to_column || row != to_row) {
        int twice = 2 * error;
        if (twice >= down) {
            error += down;
            column += column < to_column ? 1 : -1;
        }
        if (twice <= across) {
            error += across;
            row += row < to_row ? 1 : -1;
        }
        put_dot(p, column, row);
    }
}

static void pen_to(struct pen *p, double x, double y, bool steps)
{
    if (!p->down) {
        p->down = true;
        segment(p, x, y, x, y, true);
    } else if (steps) {
        segment(p, p->x, p->y, x, p->y, false);
        segment(p, x, p->y, x, y, false);
    } else if (p->x != x || p->y != y) {
        segment(p, p->x, p->y, x, y, false);
    }
    p->x = x;
    p->y = y;
}

/* ---- runs -----------------------------------------------------------------------------------*/

struct run { /* neighbouring points in one column of dots */
    int column;
    double from, to; /* x values that certainly lie in it */
    double first_x, first_y, last_x, last_y, low, high;
    size_t n;
};

struct curve {
    const struct bl_view *view;
    const struct bl_series *series;
    struct pen pen;
    struct run run;
};

static double within(double at)
{
    return at > -1e4 ? at < 1e4 ? at : 1e4 : -1e4; /* far outside is far enough */
}

static double to_column(const struct curve *k, double x)
{
    return within(bl_scale_at(&k->view->x, x)) * (k->pen.raster->columns - 1);
}

static double to_row(const struct curve *k, double y)
{
    return (1 - within(bl_scale_at(&k->view->y, y))) * (k->pen.raster->rows - 1);
}

/* What of a run reaches beyond its first and last value is drawn solid: no spike falls into the
 * gap of a dash pattern. */
static void run_extremes(struct curve *k)
{
    struct pen solid = k->pen;
    double first = to_row(k, k->run.first_y), last = to_row(k, k->run.last_y);
    double low = to_row(k, k->run.low), high = to_row(k, k->run.high), x = k->run.column;

    solid.dash = NULL;
    if (low >= fmax(first, last) + 0.5)
        segment(&solid, x, fmax(first, last), x, low, true);
    if (high <= fmin(first, last) - 0.5)
        segment(&solid, x, fmin(first, last), x, high, true);
}

static void end_run(struct curve *k)
{
    const struct run *run = &k->run;

    if (run->n == 0)
        return;
    pen_to(&k->pen, to_column(k, run->first_x), to_row(k, run->first_y), k->series->steps);
    if (run->n > 1 && run->column >= 0 && run->column < k->pen.raster->columns) {
        pen_to(&k->pen, to_column(k, run->last_x), to_row(k, run->last_y), k->series->steps);
        run_extremes(k);
    } else if (run->n > 1) {
        k->pen.x = to_column(k, run->last_x);
        k->pen.y = to_row(k, run->last_y);
    }
    k->run.n = 0;
}

/* The column of dots of x; -1 and `columns` stand for all that lies outside. */
static int column_of(const struct curve *k, double x)
{
    double at = to_column(k, x) + 0.5;
    int columns = k->pen.raster->columns;

    return at < 0 ? -1 : at >= columns ? columns : (int)at;
}

/* Values of x that fall into this column of dots; a little less, so that rounding cannot matter. */
static void bound_run(struct curve *k, double x)
{
    const struct bl_scale *s = &k->view->x;
    int columns = k->pen.raster->columns;
    double width = columns > 1 ? columns - 1 : 1, half = 0.5 - 1e-6;

    k->run.column = column_of(k, x);
    k->run.from = k->run.column < 0 ? (s->log ? DBL_TRUE_MIN : -DBL_MAX) : bl_scale_value(s, (k->run.column - half) / width);
    k->run.to = k->run.column >= columns ? DBL_MAX : bl_scale_value(s, (k->run.column + half) / width);
}

static void add_point(struct curve *k, double x, double y)
{
    struct run *run = &k->run;
    bool same = run->n > 0 && run->column == column_of(k, x);

    if (!same) {
        end_run(k);
        bound_run(k, x);
        *run = (struct run){run->column, run->from, run->to, x, y, x, y, y, y, 1};
        return;
    }
    run->last_x = x;
    run->last_y = y;
    run->low = y < run->low ? y : run->low;
    run->high = y > run->high ? y : run->high;
    run->n++;
}

static bool on_scale(const struct curve *k, double x, double y)
{
    if (!(x - x == 0) || !(y - y == 0))
        return false;
    return (!k->view->x.log || x > 0) && (!k->view->y.log || y > 0);
}

static void draw_points(struct curve *k)
{
    const struct bl_series *s = k->series;
    struct bl_raster *r = k->pen.raster;

    for (size_t i = 0; i < s->n; i++) {
        double column, row;
        if (!on_scale(k, s->x[i], s->y[i]))
            continue;
        column = to_column(k, s->x[i]);
        row = to_row(k, s->y[i]);
        if (column < -0.5 || column >= r->columns - 0.5 || row < -0.5 || row >= r->rows - 0.5)
            continue;
        for (int beside = 0; beside < (k->pen.thick ? 4 : 1); beside++) /* thick: two by two */
            bl_raster_dot(r, clamp_to(column + beside % 2, r->columns), clamp_to(row + beside / 2, r->rows), k->pen.role, k->pen.style);
    }
}

/* Takes in the points from i on that surely belong to the run; where long curves spend their time. */
static size_t absorb(struct curve *k, size_t i)
{
    const double *x = k->series->x, *y = k->series->y;
    double from = k->run.from, to = k->run.to, low = k->run.low, high = k->run.high;
    double above = k->view->y.log ? 0 : -INFINITY;
    size_t begin = i, n = k->series->n;

    while (i < n && x[i] >= from && x[i] <= to && y[i] > above && y[i] < INFINITY) {
        low = y[i] < low ? y[i] : low;
        high = y[i] > high ? y[i] : high;
        i++;
    }
    if (i > begin) {
        k->run.low = low;
        k->run.high = high;
        k->run.last_x = x[i - 1];
        k->run.last_y = y[i - 1];
        k->run.n += i - begin;
    }
    return i;
}

static void draw_path(struct curve *k)
{
    const struct bl_series *s = k->series;

    for (size_t i = 0; i < s->n;) {
        if (on_scale(k, s->x[i], s->y[i])) {
            add_point(k, s->x[i], s->y[i]);
            i = absorb(k, i + 1);
        } else {
            end_run(k);
            k->pen.down = false;
            i++;
        }
    }
    end_run(k);
}

/* ---- markers --------------------------------------------------------------------------------*/

static bool put_marker(struct bl_raster *r, const struct bl_series *s, int x)
{
    if (x < 0 || x >= r->width || r->low[x] < 0)
        return false;
    return bl_raster_glyph(r, x, (r->low[x] + r->high[x]) / 2 / r->dots_y, bl_marker_code(s->style, r->charset),
                           bl_series_role(s));
}

enum { NAME_NEAR = 3 };

/* Every 14 columns, shifted by curve, at columns that do not move while a curve grows. In ASCII
 * every 8: there the letter only shows where curves share a cell. Right before a name that stands at the end
 * there is none: the name begins with it. */
static void draw_markers(struct bl_raster *r, const struct bl_view *v, const struct bl_series *s)
{
    int every = r->charset == BL_CHARSET_ASCII ? 8 : 14, last = -1, end;
    int first = (int)(6 + s->style % 7 * 5) % every;
    bool any = v->names == BL_NAMES_AT_END && bl_series_named(s);

    for (int x = 0; x < r->width; x++)
        if (r->low[x] >= 0)
            last = x;
    end = any && r->charset != BL_CHARSET_ASCII ? last - NAME_NEAR : last;
    for (int x = first; x <= end; x += every)
        any |= put_marker(r, s, x) || put_marker(r, s, x + 1) || put_marker(r, s, x - 1);
    if (!any)
        put_marker(r, s, last);
}

void bl_curve_draw(struct bl_raster *r, const struct bl_view *v, const struct bl_series *s)
{
    struct curve k = {.view = v, .series = s};
    const unsigned *dash = bl_dash(s->style);

    k.pen = (struct pen){.raster = r, .role = bl_series_role(s), .style = s->style, .thick = v->chart->thick && !s->dim};
    if (dash[0] && r->charset != BL_CHARSET_ASCII) {
        k.pen.dash = dash;
        k.pen.left = dash[0];
    }
    for (int x = 0; x < r->width; x++)
        r->low[x] = r->high[x] = -1;
    if (s->dots) {
        draw_points(&k);
        return;
    }
    draw_path(&k);
    if (!s->dim && !s->no_marker)
        draw_markers(r, v, s);
}

/* Not finite: a cross at the border, in the column where it happened. */
void bl_crosses_draw(struct bl_raster *r, const struct bl_view *v, const struct bl_series *s)
{
    for (size_t i = 0; i < s->n; i++) {
        int column;
        if (s->y[i] - s->y[i] == 0 || !(s->x[i] - s->x[i] == 0))
            continue;
        column = bl_view_column(v, s->x[i]);
        if (column >= v->plot.width)
            continue;
        bl_raster_glyph(r, column, s->y[i] < 0 ? r->height - 1 : 0, 0x2717, BL_ROLE_BAD);
    }
}

/* ---- the chart ------------------------------------------------------------------------------*/

/* Clouds of dots, ghosts, then from the last curve to the first, the front curve on top of all. */
static void draw_curves(struct bl_raster *r, const struct bl_view *v)
{
    const struct bl_chart *chart = v->chart;

    bl_bands_draw(r, v);
    for (int pass = 0; pass < 4; pass++)
        for (size_t i = chart->n_series; i-- > 0;) {
            const struct bl_series *s = &chart->series[i];
            int mine = s->dots ? 0 : s->dim ? 1 : i == chart->front ? 3 : 2;
            r->now = pass < 2 ? (uint8_t)pass : 2;
            if (mine == pass)
                bl_curve_draw(r, v, s);
        }
    for (size_t i = 0; i < chart->n_series && v->broken; i++)
        bl_crosses_draw(r, v, &chart->series[i]);
    bl_bands_shade(r, v);
}

static void title_inside(struct bl_raster *r, const struct bl_view *v)
{
    const char *title = v->chart->title;
    int width = title ? (int)bl_text_width(title, strlen(title)) : 0, at = 1;

    if (width == 0 || !v->chart->title_inside || width + 2 > r->width)
        return;
    while (at < r->width - width && !bl_raster_stretch_free(r, at, 0, width + 1))
        at++;
    if (at > 1 && at < r->width - width)
        at++;
    for (int i = 0; i < width; i++)
        r->glyph[bl_raster_index(r, at + i, 0)] = 1;
    bl_canvas_text(v->canvas, v->plot.x + at, v->plot.y, width, title, BL_ROLE_TITLE, 0);
}

void bl_lines_draw(const struct bl_chart *chart, struct bl_canvas *c, struct bl_rect rect)
{
    struct bl_view v;
    struct bl_raster r;

    if (chart->place)
        memset(chart->place, 0, sizeof *chart->place);
    if (!bl_view_make(&v, chart, c, rect))
        return;
    if (chart->place) {
        chart->place->plot = v.plot;
        chart->place->x_log = v.x.log;
        chart->place->x_min = v.x.min, chart->place->x_max = v.x.max;
    }
    bl_view_y_axis(&v);
    bl_view_x_axis(&v);
    if (!v.x_data.any)
        bl_view_message(&v, "no data yet");
    if (bl_raster_init(&r, v.room, v.plot.height, c->charset)) {
        /* The raster reaches to the right end for the names; curves stay inside the plot. */
        r.columns = v.plot.width * r.dots_x;
        draw_curves(&r, &v);
        bl_raster_show(&r, &v);
        title_inside(&r, &v);
        bl_names_draw(&r, &v);
        bl_cursor_draw(&r, &v);
        bl_posts_draw(&r, &v);
        bl_levels_draw(&r, &v);
        bl_raster_done(&r);
    }
    bl_legend_draw(&v);
    bl_view_title(&v);
}
