/* Decision regions: what a model says everywhere on a plane, and the points that it is about. Classes are signs, the
 * region of each but the first is a sparse pattern, a point that lies on the wrong side is a cross: no colour is
 * needed to read it. */
#include <math.h>
#include <string.h>

#include "draw.h"

const char *bl_class_sign(size_t class)
{
    static const char *const signs[] = { "o", "+", "*", "#", "%", "&", "@", "$", "=", "a", "b", "c", "d", "e", "f", "g", "h", "i",
                                         "j", "k", "m", "n", "p", "q", "r", "s", "t", "u", "w", "y", "z" };

    return signs[class % (sizeof signs / sizeof *signs)];
}

const char *bl_class_fill(size_t class, enum bl_charset charset)
{
    static const char *const wide[] = { "·", ":", "'", "˗", "\"" }, *const ascii[] = { ".", ":", "'", "-", "\"" };

    return class == 0 ? "" : (charset == BL_CHARSET_ASCII ? ascii : wide)[(class - 1) % 5];
}

static uint32_t first_code(const char *text)
{
    uint32_t code = ' ';

    bl_utf8_decode(text, strlen(text), &code);
    return code;
}

/* ---- regions ------------------------------------------------------------------------------------------*/

static void fill_regions(const struct bl_raster *r, const struct bl_view *v, const uint8_t *at)
{
    for (int y = 0; y < r->height; y++)
        for (int x = 0; x < v->plot.width; x += 2) {
            int column = x * r->dots_x + r->dots_x / 2, row = y * r->dots_y + r->dots_y / 2;
            uint8_t class = at[row * r->columns + column];
            if (class != BL_NOWHERE && class > 0 && bl_raster_free_at(r, x, y))
                bl_canvas_put(v->canvas, v->plot.x + x, v->plot.y + y, first_code(bl_class_fill(class, r->charset)),
                              r->charset == BL_CHARSET_ASCII || class < 2 ? BL_ROLE_DIM : bl_curve_role(class), 0);
        }
}

/* ---- points --------------------------------------------------------------------------------------------*/

/* A cell: points of this series, of the fullest so far, which one that is; of the fullest that is wrong; of all. */
struct tally { uint16_t *now, *most, *winner, *wrong, *wrong_winner, *all; };
enum { TALLIES = 6, WRONG_SHARE = 4 };

static void count(const struct bl_view *v, const struct bl_series *s, struct tally *t)
{
    for (size_t i = 0; i < s->n; i++) {
        double across = bl_scale_at(&v->x, s->x[i]), up = bl_scale_at(&v->y, s->y[i]);
        int column = bl_view_column(v, s->x[i]);
        size_t cell;
        if (!(across >= -1e-9 && across <= 1 + 1e-9 && up >= -1e-9 && up <= 1 + 1e-9) || column < 0 || column >= v->plot.width)
            continue;
        cell = (size_t)bl_view_row(v, s->y[i]) * (size_t)v->plot.width + (size_t)column;
        t->now[cell] += t->now[cell] < UINT16_MAX;
    }
}

static void keep_fullest(uint16_t *most, uint16_t *winner, uint16_t n, size_t k)
{
    if (n <= *most)
        return;
    *most = n;
    *winner = (uint16_t)k;
}

/* A cell shows what most of its points are; where a quarter of them is wrong, that: it must not be missed. */
static void tally_points(const struct bl_view *v, struct tally *t)
{
    size_t cells = (size_t)v->plot.width * (size_t)v->plot.height;

    for (size_t k = 0; k < v->chart->n_series && k < UINT16_MAX; k++) {
        const struct bl_series *s = &v->chart->series[k];
        memset(t->now, 0, cells * sizeof *t->now);
        count(v, s, t);
        for (size_t i = 0; i < cells; i++) {
            keep_fullest(&t->most[i], &t->winner[i], t->now[i], k);
            if (s->wrong)
                keep_fullest(&t->wrong[i], &t->wrong_winner[i], t->now[i], k);
            t->all[i] = (uint16_t)(t->all[i] > UINT16_MAX - t->now[i] ? UINT16_MAX : t->all[i] + t->now[i]);
        }
    }
}

static size_t shown_series(const struct tally *t, size_t cell)
{
    return t->wrong[cell] && t->wrong[cell] >= t->all[cell] / WRONG_SHARE ? t->wrong_winner[cell] : t->winner[cell];
}

static void put_points(const struct bl_view *v, const struct tally *t)
{
    for (int y = 0; y < v->plot.height; y++)
        for (int x = 0; x < v->plot.width; x++) {
            size_t cell = (size_t)y * (size_t)v->plot.width + (size_t)x;
            const struct bl_series *s = t->most[cell] ? &v->chart->series[shown_series(t, cell)] : NULL;
            if (s)
                bl_canvas_put(v->canvas, v->plot.x + x, v->plot.y + y, s->wrong ? 0x2717 : first_code(bl_class_sign(s->style)), bl_series_role(s),
                              s->wrong ? BL_BOLD : 0);
        }
}

static void draw_points(const struct bl_view *v)
{
    size_t cells = (size_t)v->plot.width * (size_t)v->plot.height;
    uint16_t *counts = bl_calloc(cells, TALLIES * sizeof *counts);
    struct tally t = { counts, counts + cells, counts + 2 * cells, counts + 3 * cells, counts + 4 * cells, counts + 5 * cells };

    if (!counts)
        return;
    tally_points(v, &t);
    put_points(v, &t);
    bl_free(counts);
}

/* ---- the chart ----------------------------------------------------------------------------------------------*/

void bl_regions_draw(const struct bl_chart *chart, struct bl_canvas *c, struct bl_rect rect)
{
    struct bl_view v;
    struct bl_raster r;
    uint8_t *at;

    if (!bl_view_make(&v, chart, c, rect))
        return;
    bl_view_y_axis(&v);
    bl_view_x_axis(&v);
    if (bl_raster_init(&r, v.plot.width, v.plot.height, c->charset)) {
        at = bl_field_classes(chart->field, &v, &r);
        if (at) {
            bl_field_edges(&r, at, BL_ROLE_TEXT);
            fill_regions(&r, &v, at);
        }
        bl_raster_show(&r, &v);
        bl_free(at);
        bl_raster_done(&r);
    }
    draw_points(&v);
    bl_legend_draw(&v);
    bl_view_title(&v);
}

/* ---- words ----------------------------------------------------------------------------------------------------*/

/* The share of the plane in which each class is predicted. */
static void say_shares(const struct bl_chart *chart, struct bl_text *out)
{
    enum { STEPS = 64 };
    const struct bl_field *f = chart->field;
    size_t shares[STEPS] = { 0 }, all = 0;
    struct bl_view v = { .x = bl_scale_make(f->x_from, f->x_to, false), .y = bl_scale_make(f->y_from, f->y_to, false) };
    struct bl_raster r = { .columns = STEPS, .rows = STEPS };
    uint8_t *at = bl_field_classes(f, &v, &r);

    for (size_t i = 0; at && i < STEPS * STEPS; i++)
        if (at[i] < STEPS) {
            shares[at[i]]++;
            all++;
        }
    for (size_t i = 0; i < chart->n_series && all; i++) {
        const struct bl_series *s = &chart->series[i];
        if (s->wrong || s->style >= STEPS)
            continue;
        bl_text_addf(out, "predicted on %.0f %% of the plane: ", 100 * (double)shares[s->style] / (double)all);
        bl_say_name(out, s->name, "class");
        bl_text_add(out, "\n");
    }
    bl_free(at);
}

void bl_regions_say(const struct bl_chart *chart, struct bl_text *out)
{
    size_t n = 0, wrong = 0;

    for (size_t i = 0; i < chart->n_series; i++) {
        n += chart->series[i].n;
        wrong += chart->series[i].wrong ? chart->series[i].n : 0;
    }
    bl_text_addf(out, "%zu points, %zu of them on the wrong side\n", n, wrong);
    if (chart->field)
        say_shares(chart, out);
}
