/* Contours of a field with paths over it: lines of equal height, each path in the marker of its curve, the start a
 * diamond, the optimum a cross. */
#include <math.h>

#include "draw.h"

static bool cell_of(const struct bl_view *v, double x, double y, int *column, int *row)
{
    double up = bl_scale_at(&v->y, y);

    *column = bl_view_column(v, x);
    if (!(up >= -1e-9 && up <= 1 + 1e-9) || *column < 0 || *column >= v->plot.width)
        return false;
    *row = bl_view_row(v, y);
    return true;
}

/* A marker where a path was recorded; where it crawls, they keep a distance. */
static void put_markers(struct bl_raster *r, const struct bl_view *v, const struct bl_series *s)
{
    int column, row, last_column = -9, last_row = -9;

    for (size_t i = s->n; i-- > 0;) { /* the newest are placed first: they are what one looks for */
        if (!cell_of(v, s->x[i], s->y[i], &column, &row) || (column == last_column && row == last_row))
            continue;
        bl_raster_glyph(r, column, row, bl_marker_code(s->style, r->charset), bl_series_role(s));
        last_column = column, last_row = row;
    }
}

static void put_marks(struct bl_raster *r, const struct bl_view *v)
{
    static const uint32_t wide[] = { [BL_MARK_START] = 0x25c7, [BL_MARK_OPTIMUM] = 0x271a };
    static const char ascii[] = { [BL_MARK_START] = 'S', [BL_MARK_OPTIMUM] = 'X' };
    int column, row;

    for (size_t i = 0; i < v->chart->n_marks; i++) {
        const struct bl_mark *m = &v->chart->marks[i];
        uint32_t code = r->charset == BL_CHARSET_ASCII ? (uint32_t)ascii[m->kind] : wide[m->kind];
        if (cell_of(v, m->x, m->y, &column, &row))
            bl_raster_glyph(r, column, row, code, m->kind == BL_MARK_START ? BL_ROLE_FOCUS : BL_ROLE_GOOD);
    }
}

static void draw_paths(struct bl_raster *r, const struct bl_view *v)
{
    const struct bl_chart *chart = v->chart;

    for (size_t k = 0; k < chart->n_series; k++)
        put_markers(r, v, &chart->series[(chart->front + k) % chart->n_series]);
    for (size_t k = chart->n_series; k-- > 0 && r->charset != BL_CHARSET_ASCII;) { /* strokes in ASCII are contours */
        struct bl_series line = chart->series[(chart->front + k) % chart->n_series];
        line.no_marker = true;
        r->now++;
        bl_curve_draw(r, v, &line);
    }
}

void bl_contour_draw(const struct bl_chart *chart, struct bl_canvas *c, struct bl_rect rect)
{
    struct bl_view v;
    struct bl_raster r;
    uint8_t *at;

    if (!bl_view_make(&v, chart, c, rect))
        return;
    bl_view_y_axis(&v);
    bl_view_x_axis(&v);
    if (bl_raster_init(&r, v.plot.width, v.plot.height, c->charset)) {
        put_marks(&r, &v);
        draw_paths(&r, &v);
        at = chart->field ? bl_field_steps(chart->field, &v, &r, chart->contours, chart->n_contours) : NULL;
        r.now = 0; /* below the paths */
        if (at)
            bl_field_edges(&r, at, BL_ROLE_DIM);
        bl_free(at);
        bl_raster_show(&r, &v);
        bl_raster_done(&r);
    }
    bl_legend_draw(&v);
    bl_view_title(&v);
}

/* ---- words ----------------------------------------------------------------------------------------------*/

static void say_lowest(const struct bl_field *f, struct bl_text *out)
{
    size_t best = SIZE_MAX;
    char x[40], y[40], z[40];

    for (size_t i = 0; i < f->columns * f->rows; i++)
        if (isfinite(f->values[i]) && (best == SIZE_MAX || f->values[i] < f->values[best]))
            best = i;
    if (best == SIZE_MAX)
        return;
    bl_text_addf(out, "lowest on the grid: %s at %s, %s\n", bl_value_text(z, sizeof z, f->values[best], 4),
                 bl_value_text(x, sizeof x, f->x_from + (f->x_to - f->x_from) * (double)(best % f->columns) / (double)(f->columns - 1), 4),
                 bl_value_text(y, sizeof y, f->y_from + (f->y_to - f->y_from) * (double)(best / f->columns) / (double)(f->rows - 1), 4));
}

void bl_contour_say(const struct bl_chart *chart, struct bl_text *out)
{
    char a[40], b[40], c[40], d[40];

    if (chart->field && chart->field->values)
        say_lowest(chart->field, out);
    for (size_t i = 0; i < chart->n_contours; i++)
        bl_text_addf(out, "%s%s%s", i ? ", " : "contours at ", bl_value_text(a, sizeof a, chart->contours[i], 4), i + 1 == chart->n_contours ? "\n" : "");
    for (size_t i = 0; i < chart->n_series; i++) {
        const struct bl_series *s = &chart->series[i];
        if (s->n == 0)
            continue;
        bl_say_name(out, s->name, "path");
        bl_text_addf(out, ": %zu points, from %s, %s to %s, %s\n", s->n, bl_value_text(a, sizeof a, s->x[0], 4), bl_value_text(b, sizeof b, s->y[0], 4),
                     bl_value_text(c, sizeof c, s->x[s->n - 1], 4), bl_value_text(d, sizeof d, s->y[s->n - 1], 4));
    }
}
