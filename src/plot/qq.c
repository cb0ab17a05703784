/* Quantiles against quantiles: points in dots and the line they would lie on over them. */
#include <math.h>

#include "draw.h"

/* Few points are more than dots: a mark in the cell of each. */
static void mark_points(struct bl_raster *r, const struct bl_view *v, const struct bl_series *s)
{
    for (size_t k = 0; k < s->n; k++) {
        int column = bl_view_column(v, s->x[k]);

        if (s->y[k] - s->y[k] == 0 && column >= 0 && column < v->plot.width)
            bl_raster_glyph(r, column, bl_view_row(v, s->y[k]), v->canvas->charset == BL_CHARSET_ASCII ? 'o' : 0x2022, bl_series_role(s));
    }
}

/* Quantiles come in order and lie along their line, in sight above it. Values of rows come in any order, as a cloud: the line
 * lies over it, or it would not be seen. Signs of ASCII hide what lies below. */
static bool line_over(const struct bl_chart *chart, enum bl_charset charset)
{
    const struct bl_series *s = chart->series;

    for (size_t i = 1; i < s->n && charset != BL_CHARSET_ASCII; i++)
        if (s->x[i] < s->x[i - 1])
            return true;
    return false;
}

void bl_qq_draw(const struct bl_chart *chart, struct bl_canvas *c, struct bl_rect rect)
{
    struct bl_view v;
    struct bl_raster r;

    if (!bl_view_make(&v, chart, c, rect))
        return;
    bl_view_y_axis(&v);
    bl_view_x_axis(&v);
    if (!v.x_data.any || !v.y_data.any) {
        bl_view_message(&v, "no points");
    } else if (bl_raster_init(&r, v.plot.width, v.plot.height, c->charset)) {
        const bool over = line_over(chart, c->charset);

        for (size_t k = 0; k < chart->n_series; k++) {
            const size_t i = over ? k + 1 : chart->n_series - k;
            struct bl_series s = chart->series[i - 1];

            s.dots = i == 1;
            s.style = i == 1 ? s.style : c->charset == BL_CHARSET_ASCII ? 5 : 4;
            r.now += !over; /* of a cloud the dots stay, in the colour of the line */
            bl_curve_draw(&r, &v, &s);
            if (i == 1 && s.n <= (size_t)v.plot.width)
                mark_points(&r, &v, &s);
        }
        bl_raster_show(&r, &v);
        bl_raster_done(&r);
    }
    bl_legend_draw(&v);
    bl_view_title(&v);
}

/* Where the points lie farthest above and below the line (two points of it are enough). */
void bl_qq_say(const struct bl_chart *chart, struct bl_text *out)
{
    const struct bl_series *s = chart->series, *line = chart->n_series > 1 ? s + 1 : NULL;
    double slope = NAN, above = 0, below = 0;
    size_t high = 0, low = 0;
    char a[40], b[40];

    if (chart->n_series == 0 || s->n == 0) {
        bl_text_add(out, "no points\n");
        return;
    }
    bl_text_addf(out, "%zu points, ", s->n);
    bl_say_name(out, chart->y.label, "y");
    bl_text_addf(out, " from %s to %s\n", bl_value_text(a, sizeof a, s->y[0], 4), bl_value_text(b, sizeof b, s->y[s->n - 1], 4));
    if (line && line->n > 1)
        slope = (line->y[line->n - 1] - line->y[0]) / (line->x[line->n - 1] - line->x[0]);
    if (!isfinite(slope))
        return;
    for (size_t i = 0; i < s->n; i++) {
        double off = s->y[i] - (line->y[0] + slope * (s->x[i] - line->x[0]));

        if (off > above)
            above = off, high = i;
        if (off < below)
            below = off, low = i;
    }
    if (above > 0)
        bl_text_addf(out, "farthest above the line: %s at %s\n", bl_value_text(a, sizeof a, above, 4),
                     bl_value_text(b, sizeof b, s->x[high], 4));
    if (below < 0)
        bl_text_addf(out, "farthest below the line: %s at %s\n", bl_value_text(a, sizeof a, -below, 4),
                     bl_value_text(b, sizeof b, s->x[low], 4));
}
