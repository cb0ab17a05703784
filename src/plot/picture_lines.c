/* Curves on paper. As on a screen a column of points is thinned to its first, lowest, highest and last value, so that
 * a curve of a million points draws as fast as it looks, and no spike is lost. */
#include "picture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NAMES_MOST = 64 };
#define BL_QQ_LINE 4 /* style of the line over the points, as on a screen */

/* ---- the path of a curve --------------------------------------------------------------------*/

struct trace {
    const struct bl_sheet *sheet;
    const struct bl_series *series;
    struct bl_stroke stroke;
    double *xy; /* points of the path so far */
    size_t n, capacity;
    double x, y; /* where it stands, before clipping */
    bool down, lost;
    double next_mark; /* x of the next marker; inf: none between points */
};

static void flush(struct trace *t)
{
    if (t->n > 1)
        t->sheet->pen->type->path(t->sheet->pen, t->xy, t->n, &t->stroke);
    t->n = 0;
}

static void emit(struct trace *t, double x, double y)
{
    if (t->n == t->capacity) {
        size_t capacity = t->capacity ? 2 * t->capacity : 256;
        double *more = bl_realloc(t->xy, 2 * capacity, sizeof *more);

        if (!more) {
            t->lost = true;
            return;
        }
        t->xy = more;
        t->capacity = capacity;
    }
    t->xy[2 * t->n] = x;
    t->xy[2 * t->n++ + 1] = y;
}

/* One segment, clipped to the plot. */
static void segment(struct trace *t, double x, double y)
{
    const struct bl_area *p = &t->sheet->plot;
    double x0 = t->x - p->x, y0 = t->y - p->y, x1 = x - p->x, y1 = y - p->y;

    if (bl_clip_segment(&x0, &y0, &x1, &y1, p->width, p->height)) {
        bool joined = t->n > 0 && fabs(t->xy[2 * t->n - 2] - (x0 + p->x)) < 1e-6 && fabs(t->xy[2 * t->n - 1] - (y0 + p->y)) < 1e-6;

        if (!joined) {
            flush(t);
            emit(t, x0 + p->x, y0 + p->y);
        }
        emit(t, x1 + p->x, y1 + p->y);
    }
    t->x = x;
    t->y = y;
}

static void move(struct trace *t, double x, double y)
{
    if (t->down && t->series->steps)
        segment(t, x, t->y);
    if (t->down) {
        segment(t, x, y);
        return;
    }
    flush(t);
    t->x = x;
    t->y = y;
    t->down = true;
}

struct column { double at, low, high, first, last, x_first, x_last; bool low_first; size_t n; };

static void end_column(struct trace *t, struct column *c)
{
    if (c->n == 0)
        return;
    move(t, c->x_first, c->first);
    if (c->n > 2) {
        double middle = (c->x_first + c->x_last) / 2;

        move(t, middle, c->low_first ? c->low : c->high);
        move(t, middle, c->low_first ? c->high : c->low);
    }
    if (c->n > 1)
        move(t, c->x_last, c->last);
    c->n = 0;
}

static void add_point(struct trace *t, struct column *c, double x, double y)
{
    if (c->n && floor(x) != c->at)
        end_column(t, c);
    if (c->n == 0)
        *c = (struct column){.at = floor(x), .low = y, .high = y, .first = y, .x_first = x};
    if (y < c->low) {
        c->low = y;
        c->low_first = false;
    }
    if (y > c->high) {
        c->high = y;
        c->low_first = true;
    }
    c->last = y;
    c->x_last = x;
    c->n++;
}

static double within(double x)
{
    return x > -1e5 ? x < 1e5 ? x : 1e5 : -1e5;
}

static bool placed(const struct bl_sheet *k, const struct bl_series *s, size_t i, double at[2])
{
    bool good = s->x[i] - s->x[i] == 0 && s->y[i] - s->y[i] == 0;

    if (!good || (k->v.x.log && s->x[i] <= 0) || (k->v.y.log && s->y[i] <= 0))
        return false;
    at[0] = within(bl_sheet_x(k, s->x[i]));
    at[1] = within(bl_sheet_y(k, s->y[i]));
    return true;
}

static void trace_path(struct trace *t)
{
    struct column c = {0};
    double at[2];

    for (size_t i = 0; i < t->series->n; i++) {
        if (placed(t->sheet, t->series, i, at)) {
            add_point(t, &c, at[0], at[1]);
        } else {
            end_column(t, &c);
            t->down = false;
        }
    }
    end_column(t, &c);
    flush(t);
}

/* ---- markers --------------------------------------------------------------------------------*/

static bool inside(const struct bl_area *p, const double at[2])
{
    return at[0] >= p->x - 0.5 && at[0] <= p->x + p->width + 0.5 && at[1] >= p->y - 0.5 && at[1] <= p->y + p->height + 0.5;
}

enum { NAME_NEAR = 12 };

/* On points of the curve, about every 110 points of paper, shifted by curve; each point where they are few. None right
 * before the name, which begins with one. */
static void draw_markers(const struct bl_sheet *k, const struct bl_series *s)
{
    double at[2], every = s->n <= 24 ? 24 : 110, next = k->plot.x + (s->n <= 24 ? -1 : 30 + (double)(s->style % 7) * 41);
    double most = k->plot.x + k->plot.width - (k->names_at_end && bl_series_named(s) ? NAME_NEAR : -1);

    for (size_t i = 0; i < s->n; i++) {
        if (!placed(k, s, i, at) || at[0] < next || at[0] > most || !inside(&k->plot, at))
            continue;
        bl_sheet_mark(k, at[0], at[1], s->style, bl_ink_of(bl_series_role(s), 1));
        while (next <= at[0])
            next += every;
    }
}

void bl_sheet_curve(const struct bl_sheet *k, const struct bl_series *s)
{
    struct trace t = {.sheet = k, .series = s};

    t.stroke = (struct bl_stroke){.ink = bl_ink_of(bl_series_role(s), s->dim ? 0.5 : 1), .width = s->dim ? 1.2 : k->chart->thick ? 3.5 : 2,
                                  .dash = bl_dash(s->style)[0] && !s->dim ? bl_dash(s->style) : NULL, .unit = 1.7};
    trace_path(&t);
    bl_free(t.xy);
    if (!s->dim && !s->no_marker)
        draw_markers(k, s);
}

/* ---- points ---------------------------------------------------------------------------------*/

/* Points that fall into one quarter of a point of paper are one. */
void bl_sheet_points(const struct bl_sheet *k, const struct bl_series *s, double size, double opacity)
{
    const struct bl_mark_shape shape = {s->style, size, bl_ink_of(bl_series_role(s), opacity)};
    size_t columns = (size_t)(k->plot.width * 2) + 2, rows = (size_t)(k->plot.height * 2) + 2, n = 0;
    uint8_t *seen = bl_calloc(columns * rows / 8 + 1, 1);
    double *xy = bl_calloc(s->n ? s->n : 1, 2 * sizeof *xy);

    for (size_t i = 0; seen && xy && i < s->n; i++) {
        double at[2];
        size_t cell;

        if (!placed(k, s, i, at) || !inside(&k->plot, at))
            continue;
        cell = (size_t)((at[1] - k->plot.y) * 2 + 1) * columns + (size_t)((at[0] - k->plot.x) * 2 + 1);
        if (cell / 8 > columns * rows / 8 || seen[cell / 8] >> cell % 8 & 1)
            continue;
        seen[cell / 8] |= (uint8_t)(1u << cell % 8);
        xy[2 * n] = at[0];
        xy[2 * n++ + 1] = at[1];
    }
    if (n)
        k->pen->type->marks(k->pen, xy, n, &shape);
    bl_free(seen);
    bl_free(xy);
}

static void draw_crosses(const struct bl_sheet *k, const struct bl_series *s)
{
    for (size_t i = 0; i < s->n; i++) {
        double x = s->x[i] - s->x[i] == 0 ? bl_sheet_x(k, s->x[i]) : NAN;

        if (s->y[i] - s->y[i] == 0 || !(x >= k->plot.x && x <= k->plot.x + k->plot.width))
            continue;
        bl_sheet_mark(k, x, s->y[i] < 0 ? k->plot.y + k->plot.height - 6 : k->plot.y + 6, 6, bl_ink_of(BL_ROLE_BAD, 1));
    }
}

/* ---- names at the ends ----------------------------------------------------------------------*/

struct name { char text[200], value[64]; enum bl_role role; size_t style; bool level; double x, y, at, width; };
struct names { struct name all[NAMES_MOST]; struct name *order[NAMES_MOST]; size_t n; double widest; };

static void name_series(struct names *names, const struct bl_sheet *k, const struct bl_series *s)
{
    struct name *m = &names->all[names->n];
    size_t last;

    if (names->n == NAMES_MOST || !bl_series_named(s) || !bl_series_last(s, k->v.x.log, k->v.y.log, &last))
        return;
    *m = (struct name){.role = bl_series_role(s), .style = s->style, .x = s->x[last], .y = s->y[last]};
    bl_sheet_fit(m->text, sizeof m->text, s->name, k->width * 0.28, BL_LETTER);
    if (s->value)
        bl_show(m->value, sizeof m->value, s->value, strlen(s->value));
    else
        bl_number_format(m->value, sizeof m->value, s->y[s->n - 1], 3);
    names->n++;
}

static void name_level(struct names *names, const struct bl_sheet *k, const struct bl_level *level)
{
    double at = bl_scale_at(&k->v.y, level->y);

    if (names->n == NAMES_MOST || !level->label || !*level->label || !(at >= -1e-9 && at <= 1 + 1e-9))
        return;
    names->all[names->n] = (struct name){.role = level->role, .level = true, .x = NAN, .y = level->y};
    bl_sheet_fit(names->all[names->n++].text, sizeof names->all[0].text, level->label, k->width * 0.28, BL_LETTER);
}

static void collect(struct names *names, const struct bl_sheet *k)
{
    const struct bl_chart *chart = k->chart;

    for (size_t i = 0; i < chart->n_series; i++)
        name_series(names, k, &chart->series[i]);
    for (size_t i = 0; i < chart->n_levels; i++)
        name_level(names, k, &chart->levels[i]);
    for (size_t i = 0; i < names->n; i++) {
        struct name *m = &names->all[i];
        double value = *m->value ? bl_letters_width(m->value, BL_LETTER, false) + 6 : 0;

        m->width = bl_letters_width(m->text, BL_LETTER, true) + value + 20;
        names->widest = fmax(names->widest, m->width);
    }
}

static void order(struct names *names, const struct bl_sheet *k)
{
    double at[NAMES_MOST];

    for (size_t i = 0; i < names->n; i++) {
        struct name *m = &names->all[i];
        size_t j = i;

        m->at = fmax(k->plot.y, fmin(bl_sheet_y(k, m->y), k->plot.y + k->plot.height));
        for (; j > 0 && names->order[j - 1]->at > m->at; j--)
            names->order[j] = names->order[j - 1];
        names->order[j] = m;
    }
    for (size_t i = 0; i < names->n; i++)
        at[i] = names->order[i]->at;
    bl_spread(at, names->n, BL_LINE - 1, k->plot.y + 2, k->plot.y + k->plot.height - 2);
    for (size_t i = 0; i < names->n; i++)
        names->order[i]->at = at[i];
}

static void draw_name(const struct bl_sheet *k, const struct name *m)
{
    struct bl_lettering name = bl_letters(m->role, BL_LETTER, BL_ANCHOR_START), value = bl_letters(BL_ROLE_TEXT, BL_LETTER, BL_ANCHOR_START);
    double right = k->plot.x + k->plot.width, x = right + 12;
    double end = m->level ? right : fmin(right, bl_sheet_x(k, m->x)), from = bl_sheet_y(k, m->y);

    name.bold = true;
    if (!m->level && (end < right - 24 || fabs(from - m->at) > 5)) { /* from the end of the curve to its name */
        bl_sheet_line(k, (double[]){end + 5, from, right, from}, m->role, 0.35, 0.75);
        bl_sheet_line(k, (double[]){right, from, x + 1, m->at}, m->role, 0.35, 0.75);
    }
    if (m->level)
        bl_sheet_line(k, (double[]){x, m->at, x + 10, m->at}, m->role, 1, 1.5);
    else
        bl_sheet_mark(k, x + 5, m->at, m->style, bl_ink_of(m->role, 1));
    bl_sheet_text(k, x + 16, m->at + 4.5, m->text, &name);
    if (*m->value)
        bl_sheet_text(k, x + 22 + bl_letters_width(m->text, BL_LETTER, true), m->at + 4.5, m->value, &value);
}

/* ---- the chart ------------------------------------------------------------------------------*/

static void draw_levels(const struct bl_sheet *k, bool labels)
{
    static const unsigned dash[4] = {3, 3, 3, 3};
    const struct bl_lettering letters = bl_letters(BL_ROLE_DIM, BL_SMALL, BL_ANCHOR_END);

    for (size_t i = 0; i < k->chart->n_levels; i++) {
        const struct bl_level *level = &k->chart->levels[i];
        const struct bl_stroke stroke = {.ink = bl_ink_of(level->role, 0.9), .width = 1.2, .dash = dash, .unit = 1.2};
        double y = bl_sheet_y(k, level->y);

        if (!(y >= k->plot.y - 0.5 && y <= k->plot.y + k->plot.height + 0.5))
            continue;
        k->pen->type->path(k->pen, (double[]){k->plot.x, y, k->plot.x + k->plot.width, y}, 2, &stroke);
        if (labels && level->label)
            bl_sheet_text(k, k->plot.x + k->plot.width, y - 5, level->label, &letters);
    }
}

static void draw_cursor(const struct bl_sheet *k)
{
    struct bl_lettering letters = bl_letters(BL_ROLE_FOCUS, BL_SMALL, BL_ANCHOR_START);
    double x = bl_sheet_x(k, k->chart->cursor);
    char number[40], text[60];

    if (!(x >= k->plot.x && x <= k->plot.x + k->plot.width))
        return;
    bl_sheet_line(k, (double[]){x, k->plot.y, x, k->plot.y + k->plot.height}, BL_ROLE_FOCUS, 1, 1);
    snprintf(text, sizeof text, "cursor %s", bl_value_text(number, sizeof number, k->chart->cursor, 4));
    letters.anchor = x > k->plot.x + k->plot.width / 2 ? BL_ANCHOR_END : BL_ANCHOR_START;
    bl_sheet_text(k, x + (letters.anchor == BL_ANCHOR_END ? -6 : 6), k->plot.y + 12, text, &letters);
}

/* Along the upper border and back along the lower one, inside the plot. */
static void draw_band(const struct bl_sheet *k, const struct bl_band *b)
{
    double *xy = bl_calloc(2 * b->n, 2 * sizeof *xy);
    const struct bl_area *p = &k->plot;
    size_t n = 0;

    for (size_t i = 0; xy && i < 2 * b->n; i++) {
        size_t j = i < b->n ? i : 2 * b->n - 1 - i;
        double x = bl_sheet_x(k, b->x[j]), y = bl_sheet_y(k, i < b->n ? b->high[j] : b->low[j]);

        if (!(x >= p->x - 0.5 && x <= p->x + p->width + 0.5) || !isfinite(b->low[j]) || !isfinite(b->high[j]))
            continue;
        xy[2 * n] = x;
        xy[2 * n++ + 1] = y - y == 0 ? fmax(p->y, fmin(y, p->y + p->height)) : p->y + p->height;
    }
    if (n > 2)
        k->pen->type->fill(k->pen, xy, n, bl_ink_of(bl_curve_role(b->style), 0.18));
    bl_free(xy);
}

static void draw_posts(const struct bl_sheet *k)
{
    for (size_t i = 0; i < k->chart->n_posts; i++) {
        const struct bl_post *post = &k->chart->posts[i];
        struct bl_lettering letters = bl_letters(post->role, BL_SMALL, BL_ANCHOR_START);
        double x = bl_sheet_x(k, post->x);

        if (!(x >= k->plot.x && x <= k->plot.x + k->plot.width))
            continue;
        bl_sheet_line(k, (double[]){x, k->plot.y, x, k->plot.y + k->plot.height}, post->role, 0.8, 1);
        if (post->label)
            bl_sheet_text(k, x + 5, k->plot.y + k->plot.height - 8, post->label, &letters);
    }
}

/* Clouds of dots, ghosts, then from the last curve to the first, the front curve on top of all. */
static void draw_series(const struct bl_sheet *k)
{
    for (int pass = 0; pass < 4; pass++)
        for (size_t i = k->chart->n_series; i-- > 0;) {
            const struct bl_series *s = &k->chart->series[i];
            int mine = s->dots ? 0 : s->dim ? 1 : i == k->chart->front ? 3 : 2;

            if (mine == pass && s->dots)
                bl_sheet_points(k, s, 1.6, 0.4);
            else if (mine == pass)
                bl_sheet_curve(k, s);
        }
    for (size_t i = 0; i < k->chart->n_series && k->v.broken; i++)
        draw_crosses(k, &k->chart->series[i]);
}

/* Ticks and scales are those of a screen with letters of this size. */
bool bl_sheet_view(struct bl_sheet *k)
{
    struct bl_canvas c = (struct bl_canvas){.width = (int)(k->width / 8), .height = (int)(k->height / 20), .charset = BL_CHARSET_BRAILLE};
    bool good = bl_view_make(&k->v, k->chart, &c, (struct bl_rect){0, 0, c.width, c.height});

    k->v.canvas = NULL;
    return good;
}

void bl_sheet_series_legend(struct bl_sheet *k)
{
    struct bl_key_entry *all = bl_calloc(k->chart->n_series ? k->chart->n_series : 1, sizeof *all);
    size_t n = 0;

    for (size_t i = 0; all && i < k->chart->n_series; i++)
        if (bl_series_named(&k->chart->series[i])) {
            struct bl_series s = k->chart->series[i];

            s.style = k->chart->kind == BL_CHART_QQ && i ? BL_QQ_LINE : s.style;
            all[n++] = (struct bl_key_entry){s.name, s.wrong ? 6 : s.style, bl_series_role(&s), false, s.no_marker};
        }
    if (all)
        bl_sheet_legend(k, all, n);
    bl_free(all);
}

void bl_lines_picture(struct bl_sheet *k)
{
    struct names *names = bl_calloc(1, sizeof *names);
    bool at_end;

    if (!names || !bl_sheet_view(k)) {
        bl_free(names);
        return;
    }
    collect(names, k);
    bl_sheet_title(k);
    at_end = names->n > 0 && names->widest < k->width * 0.4 && (double)names->n * (BL_LINE - 1) < k->height - 110;
    k->names_at_end = at_end;
    if (!at_end && !k->chart->legend_off)
        bl_sheet_series_legend(k);
    bl_sheet_area(k, at_end ? names->widest + 22 : 0);
    bl_sheet_y_axis(k);
    bl_sheet_x_axis(k);
    if (!k->v.x_data.any)
        bl_sheet_message(k, "no data yet");
    draw_levels(k, !at_end);
    for (size_t i = 0; i < k->chart->n_bands; i++)
        draw_band(k, &k->chart->bands[i]);
    draw_posts(k);
    draw_series(k);
    draw_cursor(k);
    if (at_end)
        order(names, k);
    for (size_t i = 0; at_end && i < names->n; i++)
        draw_name(k, &names->all[i]);
    bl_free(names);
}

/* ---- points by class, quantiles against quantiles ---------------------------------------------*/

struct arrow { double x, y, ux, uy; struct bl_area name; bool drawn; };

static void draw_arrow(const struct bl_sheet *k, const struct bl_arrow *a, struct arrow *to)
{
    double x0 = bl_sheet_x(k, 0), y0 = bl_sheet_y(k, 0), x = bl_sheet_x(k, a->x), y = bl_sheet_y(k, a->y);
    double length = hypot(x - x0, y - y0), ux = (x - x0) / length, uy = (y - y0) / length;

    if (!(length > 1 && length < 1e5))
        return;
    *to = (struct arrow){.x = x, .y = y, .ux = ux, .uy = uy};
    bl_sheet_line(k, (double[]){x0, y0, x, y}, BL_ROLE_TEXT, 0.9, 1.5);
    k->pen->type->fill(k->pen, (double[]){x + 2 * ux, y + 2 * uy, x - 8 * ux - 4 * uy, y - 8 * uy + 4 * ux, x - 8 * ux + 4 * uy, y - 8 * uy - 4 * ux},
                       3, bl_ink_of(BL_ROLE_TEXT, 0.9));
}

static bool apart(const struct bl_area *a, const struct bl_area *b)
{
    return a->x >= b->x + b->width || b->x >= a->x + a->width || a->y >= b->y + b->height || b->y >= a->y + a->height;
}

/* Beyond the tip, on the paper's own ground; moved up or down until no name is in the way. */
static void name_arrow(const struct bl_sheet *k, const char *name, struct arrow *all, size_t i)
{
    static const double tries[] = {0, -16, 16, -32, 32, -48, 48};
    struct bl_lettering letters = bl_letters(BL_ROLE_TEXT, BL_SMALL, BL_ANCHOR_START);
    struct arrow *a = &all[i];
    double width = bl_letters_width(name, BL_SMALL, true) + 4;
    double x = a->x + 7 * a->ux - (a->ux < -0.3 ? width : a->ux > 0.3 ? 0 : width / 2);
    bool free = false;

    x = fmax(k->plot.x, fmin(x, k->width - 4 - width));
    for (size_t t = 0; t < sizeof tries / sizeof *tries && !free; t++) {
        a->name = (struct bl_area){x, a->y + 7 * a->uy - (a->uy < 0 ? 11 : 4) + tries[t], width, 15};
        free = true;
        for (size_t j = 0; j < i; j++)
            free &= !all[j].drawn || apart(&a->name, &all[j].name);
    }
    letters.bold = a->drawn = true;
    bl_sheet_box(k, a->name, (struct bl_ink){.ground = true, .opacity = 0.75});
    bl_sheet_text(k, x + 2, a->name.y + 11.5, name, &letters);
}

static void draw_arrows(const struct bl_sheet *k)
{
    const struct bl_chart *chart = k->chart;
    struct arrow *all = chart->n_arrows ? bl_calloc(chart->n_arrows, sizeof *all) : NULL;
    char text[200];

    if (!all)
        return;
    for (size_t i = 0; i < chart->n_arrows; i++)
        draw_arrow(k, &chart->arrows[i], &all[i]);
    for (size_t i = 0; i < chart->n_arrows; i++) {
        bl_sheet_fit(text, sizeof text, chart->arrows[i].name, k->width / 3, BL_SMALL);
        if (*text && (all[i].ux != 0 || all[i].uy != 0))
            name_arrow(k, text, all, i);
    }
    bl_free(all);
}

static void draw_classes(const struct bl_sheet *k)
{
    const struct bl_chart *chart = k->chart;
    bool qq = chart->kind == BL_CHART_QQ;

    for (size_t i = chart->n_series; i-- > 0;) {
        struct bl_series s = chart->series[i];
        double size = s.n > 5000 ? 1.6 : s.n > 500 ? 2.4 : 3.2;

        s.style = qq && i ? BL_QQ_LINE : s.style;
        if (qq && i)
            bl_sheet_curve(k, &s);
        else
            bl_sheet_points(k, &s, size, chart->n_series > 1 && !qq ? 0.8 : 0.6);
    }
}

void bl_scatter_picture(struct bl_sheet *k)
{
    if (!bl_sheet_view(k))
        return;
    bl_sheet_title(k);
    bl_sheet_series_legend(k);
    bl_sheet_area(k, 0);
    bl_sheet_y_axis(k);
    bl_sheet_x_axis(k);
    if (!k->v.x_data.any || !k->v.y_data.any)
        bl_sheet_message(k, "no points");
    draw_classes(k);
    draw_arrows(k);
}
