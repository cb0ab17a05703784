/* Fields on the dots of a plot: every dot gets a small number, and lines are where neighbours differ. */
#include <math.h>
#include <stdlib.h>

#include "draw.h"

struct place { size_t node; double part; }; /* between this node and the next */

/* Where a value lies on an axis of the field; false outside. */
static bool place_of(double value, double from, double to, size_t nodes, struct place *p)
{
    double at = (value - from) / (to - from) * (double)(nodes - 1);

    if (!(at >= -1e-9 && at <= (double)(nodes - 1) + 1e-9))
        return false;
    at = at < 0 ? 0 : at;
    p->node = (size_t)at < nodes - 1 ? (size_t)at : nodes - 2;
    p->part = at - (double)p->node;
    return true;
}

static double between(const struct bl_field *f, size_t layer, struct place x, struct place y)
{
    const double *v = f->values + (layer * f->rows + y.node) * f->columns + x.node;
    double low = v[0] + (v[1] - v[0]) * x.part, high = v[f->columns] + (v[f->columns + 1] - v[f->columns]) * x.part;

    return low + (high - low) * y.part;
}

static bool usable(const struct bl_field *f)
{
    return f && f->values && f->columns > 1 && f->rows > 1 && f->layers > 0 && f->x_from < f->x_to && f->y_from < f->y_to;
}

double bl_field_at(const struct bl_field *f, size_t layer, double x, double y)
{
    struct place a, b;

    if (!usable(f) || !place_of(x, f->x_from, f->x_to, f->columns, &a) || !place_of(y, f->y_from, f->y_to, f->rows, &b))
        return NAN;
    return between(f, layer, a, b);
}

/* ---- every dot ------------------------------------------------------------------------------------*/

struct question { const struct bl_field *field; const double *contours; size_t n; };

static uint8_t class_at(const struct question *q, struct place x, struct place y)
{
    double best = between(q->field, 0, x, y);
    uint8_t class = 0;

    if (q->field->layers == 1)
        return isnan(best) ? BL_NOWHERE : best > 0;
    for (size_t k = 1; k < q->field->layers && k < BL_NOWHERE; k++) {
        double value = between(q->field, k, x, y);
        if (value > best || isnan(best)) {
            best = value;
            class = (uint8_t)k;
        }
    }
    return isnan(best) ? BL_NOWHERE : class;
}

static uint8_t step_at(const struct question *q, struct place x, struct place y)
{
    double value = between(q->field, 0, x, y);
    uint8_t step = 0;

    while (step < q->n && !(value < q->contours[step])) /* what is no number lies above all */
        step++;
    return step;
}

static uint8_t *every_dot(const struct question *q, const struct bl_view *v, const struct bl_raster *r,
                          uint8_t (*answer)(const struct question *, struct place, struct place))
{
    const struct bl_field *f = q->field;
    uint8_t *at = usable(f) ? bl_calloc((size_t)r->columns, (size_t)r->rows) : NULL;
    struct place *x = at ? bl_calloc((size_t)r->columns, sizeof *x) : NULL;
    bool *inside = x ? bl_calloc((size_t)r->columns, sizeof *inside) : NULL;

    for (int i = 0; inside && i < r->columns; i++)
        inside[i] = place_of(bl_scale_value(&v->x, r->columns > 1 ? (double)i / (r->columns - 1) : 0), f->x_from, f->x_to, f->columns, &x[i]);
    for (int j = 0; inside && j < r->rows; j++) {
        struct place y;
        bool row = place_of(bl_scale_value(&v->y, r->rows > 1 ? 1 - (double)j / (r->rows - 1) : 0), f->y_from, f->y_to, f->rows, &y);
        for (int i = 0; i < r->columns; i++)
            at[j * r->columns + i] = row && inside[i] ? answer(q, x[i], y) : BL_NOWHERE;
    }
    if (at && !inside) {
        bl_free(at);
        at = NULL;
    }
    bl_free(inside);
    bl_free(x);
    return at;
}

uint8_t *bl_field_classes(const struct bl_field *f, const struct bl_view *v, const struct bl_raster *r)
{
    return every_dot(&(struct question){ .field = f }, v, r, class_at);
}

uint8_t *bl_field_steps(const struct bl_field *f, const struct bl_view *v, const struct bl_raster *r, const double *contours, size_t n)
{
    return every_dot(&(struct question){ f, contours, n < BL_NOWHERE - 1 ? n : BL_NOWHERE - 1 }, v, r, step_at);
}

/* ---- lines -----------------------------------------------------------------------------------------*/

static int step_of(const struct bl_raster *r, const uint8_t *at, int x, int y, uint8_t otherwise)
{
    uint8_t here = x >= 0 && y >= 0 && x < r->columns && y < r->rows ? at[y * r->columns + x] : BL_NOWHERE;

    return here == BL_NOWHERE ? otherwise : here;
}

/* The stroke along a line: across the direction in which numbers rise around it. */
static uint32_t stroke(const struct bl_raster *r, const uint8_t *at, int x, int y)
{
    uint8_t here = at[y * r->columns + x];
    int across = 0, down = 0;

    for (int i = -1; i <= 1; i++) {
        across += step_of(r, at, x + 1, y + i, here) - step_of(r, at, x - 1, y + i, here);
        down += step_of(r, at, x + i, y + 1, here) - step_of(r, at, x + i, y - 1, here);
    }
    if (abs(across) > 2 * abs(down))
        return '|';
    if (abs(down) > 2 * abs(across))
        return '-';
    return (across > 0) == (down > 0) ? '/' : '\\';
}

void bl_field_edges(struct bl_raster *r, const uint8_t *at, enum bl_role role)
{
    for (int y = 0; y < r->rows; y++)
        for (int x = 0; x < r->columns; x++) {
            uint8_t here = at[y * r->columns + x];
            if (here == BL_NOWHERE || (step_of(r, at, x + 1, y, here) == here && step_of(r, at, x, y + 1, here) == here))
                continue;
            if (r->charset == BL_CHARSET_ASCII)
                bl_raster_glyph(r, x, y, stroke(r, at, x, y), role);
            else
                bl_raster_dot(r, x, y, role, 0);
        }
}
