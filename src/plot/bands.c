/* Bands: a sparse pattern of dots below the curves, or a light sign in the cells where no curve is. */
#include <math.h>

#include "draw.h"

struct span { int top, bottom; }; /* rows of dots, inside the plot */

static int row_of(const struct bl_raster *r, const struct bl_view *v, double y)
{
    double at = bl_scale_at(&v->y, y);

    at = at > 0 ? at < 1 ? at : 1 : 0; /* nan too: what has no place on a log scale lies below */
    return (int)floor((1 - at) * (r->rows - 1) + 0.5);
}

/* What the band covers at a column of dots; *i is where the last one was found. */
static bool span_at(const struct bl_raster *r, const struct bl_view *v, const struct bl_band *b, int column, size_t *i, struct span *out)
{
    double x = bl_scale_value(&v->x, r->columns > 1 ? (double)column / (r->columns - 1) : 0), part, low, high;

    while (*i + 2 < b->n && x > b->x[*i + 1])
        (*i)++;
    if (b->n < 2 || !(x >= b->x[*i] && x <= b->x[*i + 1]))
        return false;
    part = b->x[*i + 1] > b->x[*i] ? (x - b->x[*i]) / (b->x[*i + 1] - b->x[*i]) : 0;
    low = b->low[*i] + (b->low[*i + 1] - b->low[*i]) * part;
    high = b->high[*i] + (b->high[*i + 1] - b->high[*i]) * part;
    if (!isfinite(low) || !isfinite(high))
        return false;
    *out = (struct span){row_of(r, v, high), row_of(r, v, low)};
    return true;
}

void bl_bands_draw(struct bl_raster *r, const struct bl_view *v)
{
    if (r->charset != BL_CHARSET_BRAILLE)
        return;
    r->now = 0;
    for (size_t k = v->chart->n_bands; k-- > 0;) {
        const struct bl_band *b = &v->chart->bands[k];
        struct span s;
        size_t i = 0;

        for (int column = 0; column < r->columns; column++) {
            if (column % 2 || !span_at(r, v, b, column, &i, &s))
                continue;
            for (int row = s.top; row <= s.bottom; row++)
                if ((row + column / 2) % 2 == 0)
                    bl_raster_dot(r, column, row, bl_curve_role(b->style), b->style);
        }
    }
}

void bl_bands_shade(struct bl_raster *r, const struct bl_view *v)
{
    uint32_t sign = r->charset == BL_CHARSET_ASCII ? '.' : 0x2591;

    for (size_t k = 0; k < v->chart->n_bands && r->charset != BL_CHARSET_BRAILLE; k++) {
        const struct bl_band *b = &v->chart->bands[k];
        struct span s;
        size_t i = 0;

        for (int x = 0; x * r->dots_x < r->columns; x++) {
            if (!span_at(r, v, b, x * r->dots_x, &i, &s))
                continue;
            for (int y = s.top / r->dots_y; y <= s.bottom / r->dots_y; y++)
                if ((r->charset != BL_CHARSET_ASCII || (x + y) % 2 == 0) && bl_raster_free_at(r, x, y))
                    bl_raster_glyph(r, x, y, sign, bl_curve_role(b->style));
        }
    }
}

void bl_bands_say(const struct bl_chart *chart, struct bl_text *out)
{
    for (size_t k = 0; k < chart->n_bands; k++) {
        const struct bl_band *b = &chart->bands[k];
        char low[40], high[40];

        if (b->n == 0)
            continue;
        bl_say_name(out, b->name, "band");
        bl_text_addf(out, ": from %s to %s at the end\n", bl_value_text(low, sizeof low, b->low[b->n - 1], 4),
                     bl_value_text(high, sizeof high, b->high[b->n - 1], 4));
    }
}
