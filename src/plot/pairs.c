/* Small multiples: every column against every other. Below the diagonal points (each cell shows the sign
 * of the group with most points in it; a single group is drawn in dots), on it the names with their
 * ranges and, where there is room, how the values lie, above it the correlations. As many columns as the rectangle has room for. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "draw.h"

#define COLUMNS_MIN 10 /* of a panel that says something */
#define ROWS_MIN 3
#define ROWS_OF_BARS 5 /* panels that are all as high also show on the diagonal how values lie */

struct grid {
    const struct bl_view *view;
    const struct bl_pairs *pairs;
    struct bl_range range[16];
    size_t shown;
    int width, height; /* of the smallest panel; what is left over is given to some of them */
    uint32_t *count;   /* groups × cells of a panel */
};

static size_t groups_of(const struct bl_pairs *p)
{
    return p->n_groups > 1 && p->of_row ? p->n_groups : 1;
}

static bool row_counts(const struct bl_pairs *p, size_t row)
{
    return !p->of_row || p->of_row[row] != BL_PAIRS_NONE;
}

static size_t fits(int room, int each, size_t n)
{
    size_t k = room > 0 ? (size_t)(room + 1) / (size_t)(each + 1) : 0;

    return k < n ? k : n;
}

static void arrange(struct grid *g)
{
    const struct bl_view *v = g->view;
    size_t most = g->pairs->n < 16 ? g->pairs->n : 16, down = fits(v->plot.height, ROWS_MIN, most);

    g->shown = fits(v->plot.width, COLUMNS_MIN, most);
    g->shown = g->shown < down ? g->shown : down;
    if (g->shown < 2)
        g->shown = most < 2 ? most : 2;
    g->width = (v->plot.width - (int)g->shown + 1) / (int)g->shown;
    g->height = (v->plot.height - (int)g->shown + 1) / (int)g->shown;
}

/* Where part k of `parts` begins, with a rule between them. */
static int part_begin(int room, size_t parts, size_t k)
{
    return (int)((size_t)(room + 1) * k / parts);
}

static struct bl_rect panel(const struct grid *g, size_t row, size_t column)
{
    const struct bl_rect *plot = &g->view->plot;
    int x = part_begin(plot->width, g->shown, column), y = part_begin(plot->height, g->shown, row);

    return (struct bl_rect){plot->x + x, plot->y + y, part_begin(plot->width, g->shown, column + 1) - x - 1,
                            part_begin(plot->height, g->shown, row + 1) - y - 1};
}

static void draw_rules(const struct grid *g)
{
    const struct bl_view *v = g->view;
    struct bl_rect last = panel(g, g->shown - 1, g->shown - 1);
    int right = last.x + last.width, bottom = last.y + last.height;

    for (size_t k = 1; k < g->shown; k++) {
        struct bl_rect p = panel(g, k, k);

        for (int y = v->plot.y; y < bottom; y++)
            bl_canvas_put(v->canvas, p.x - 1, y, 0x2502, BL_ROLE_DIM, 0);
    }
    for (size_t k = 1; k < g->shown; k++) {
        int y = panel(g, k, k).y - 1;

        for (int x = v->plot.x; x < right; x++)
            bl_canvas_put(v->canvas, x, y, 0x2500, BL_ROLE_DIM, 0);
        for (size_t i = 1; i < g->shown; i++)
            bl_canvas_put(v->canvas, panel(g, i, i).x - 1, y, 0x253c, BL_ROLE_DIM, 0);
    }
}

/* ---- panels ---------------------------------------------------------------------------------------*/

static void write_middle(const struct grid *g, struct bl_rect p, int y, const char *text, enum bl_role role)
{
    int width = (int)bl_text_width(text, strlen(text));

    if (y < p.y || y >= p.y + p.height)
        return;
    width = width < p.width ? width : p.width;
    bl_canvas_text(g->view->canvas, p.x + (p.width - width) / 2, y, p.width, text, role, 0);
}

/* Which of `dots` the value is at; false for what has no place. */
static bool dot_of(const struct bl_range *range, double value, int dots, int *at)
{
    double half = range->max / 2 - range->min / 2;

    if (!(value - value == 0) || !range->any)
        return false;
    *at = half > 0 ? (int)((value / 2 - range->min / 2) / half * (dots - 1) + 0.5) : dots / 2;
    return *at >= 0 && *at < dots;
}

void bl_pairs_counts(const struct bl_pairs *p, size_t i, const struct bl_range *range, size_t bins, double *counts)
{
    int bin;

    for (size_t k = 0; k < bins; k++)
        counts[k] = 0;
    for (size_t row = 0; row < p->n_rows; row++)
        if (row_counts(p, row) && dot_of(range, p->x[i][row], (int)bins, &bin))
            counts[bin]++;
}

/* A bin takes two columns. */
static void draw_bars(const struct grid *g, size_t i, struct bl_rect p)
{
    double counts[BL_PAIRS_BINS], columns[2 * BL_PAIRS_BINS];
    size_t bins = (size_t)p.width / 2 < BL_PAIRS_BINS ? (size_t)p.width / 2 : BL_PAIRS_BINS;

    bl_pairs_counts(g->pairs, i, &g->range[i], bins, counts);
    for (size_t k = 0; k < 2 * bins; k++)
        columns[k] = counts[k / 2];
    bl_canvas_spark(g->view->canvas, p.x + (p.width - 2 * (int)bins) / 2, p.y, 2 * (int)bins, p.height, columns, 2 * bins, BL_ROLE_DIM);
}

static void draw_name(const struct grid *g, size_t i)
{
    struct bl_rect p = panel(g, i, i);
    const bool bars = g->height >= ROWS_OF_BARS && g->range[i].any;
    int y = bars ? p.y : p.y + (p.height - 1) / 2;
    char low[40], high[40], text[96];

    write_middle(g, p, y, g->pairs->names[i] ? g->pairs->names[i] : "", BL_ROLE_TITLE);
    if (!g->range[i].any)
        return;
    snprintf(text, sizeof text, "%s to %s", bl_value_text(low, sizeof low, g->range[i].min, 3),
             bl_value_text(high, sizeof high, g->range[i].max, 3));
    if ((int)strlen(text) <= p.width)
        write_middle(g, p, y + 1, text, BL_ROLE_DIM);
    if (bars)
        draw_bars(g, i, (struct bl_rect){p.x, p.y + 2, p.width, p.height - 2});
}

static void draw_correlation(const struct grid *g, size_t i, size_t j)
{
    struct bl_rect p = panel(g, i, j);
    double r = g->pairs->correlation ? g->pairs->correlation[i * g->pairs->n + j] : NAN;
    char text[40];

    if (!isfinite(r))
        return;
    snprintf(text, sizeof text, p.width >= 9 ? "r %+.3f" : "%+.2f", r);
    write_middle(g, p, p.y + (p.height - 1) / 2, text, r < 0 ? BL_ROLE_MINUS : BL_ROLE_PLUS);
}

static void draw_dots(const struct grid *g, size_t i, size_t j, struct bl_rect p)
{
    struct bl_view part = *g->view;
    struct bl_raster r;
    int x, y;

    part.plot = p;
    if (!bl_raster_init(&r, p.width, p.height, g->view->canvas->charset))
        return;
    for (size_t row = 0; row < g->pairs->n_rows; row++)
        if (row_counts(g->pairs, row) && dot_of(&g->range[j], g->pairs->x[j][row], r.columns, &x) &&
            dot_of(&g->range[i], g->pairs->x[i][row], r.rows, &y))
            bl_raster_dot(&r, x, r.rows - 1 - y, BL_ROLE_CURVE1, 0);
    bl_raster_show(&r, &part);
    bl_raster_done(&r);
}

static void draw_groups(const struct grid *g, size_t i, size_t j, struct bl_rect p)
{
    const size_t cells = (size_t)p.width * (size_t)p.height, groups = groups_of(g->pairs);
    int x, y;

    memset(g->count, 0, groups * cells * sizeof *g->count);
    for (size_t row = 0; row < g->pairs->n_rows; row++)
        if (row_counts(g->pairs, row) && dot_of(&g->range[j], g->pairs->x[j][row], p.width, &x) &&
            dot_of(&g->range[i], g->pairs->x[i][row], p.height, &y))
            g->count[g->pairs->of_row[row] * cells + (size_t)(p.height - 1 - y) * (size_t)p.width + (size_t)x]++;
    for (size_t cell = 0; cell < cells; cell++) {
        size_t best = 0;

        for (size_t k = 1; k < groups; k++)
            best = g->count[k * cells + cell] > g->count[best * cells + cell] ? k : best;
        if (g->count[best * cells + cell])
            bl_canvas_put(g->view->canvas, p.x + (int)(cell % (size_t)p.width), p.y + (int)(cell / (size_t)p.width),
                          bl_marker_code(best, g->view->canvas->charset), bl_curve_role(best), 0);
    }
}

static void draw_panels(struct grid *g)
{
    const struct bl_pairs *p = g->pairs;

    for (size_t i = 0; i < g->shown; i++)
        for (size_t row = 0; row < p->n_rows; row++)
            if (row_counts(p, row))
                bl_range_add(&g->range[i], p->x[i][row], false);
    if (g->width < 1 || g->height < 1)
        return;
    if (groups_of(p) > 1)
        g->count = bl_calloc(groups_of(p) * (size_t)(g->width + 1) * (size_t)(g->height + 1), sizeof *g->count);
    draw_rules(g);
    for (size_t i = 0; i < g->shown; i++) {
        draw_name(g, i);
        for (size_t j = i + 1; j < g->shown; j++)
            draw_correlation(g, i, j);
        for (size_t j = 0; j < i; j++)
            if (g->count)
                draw_groups(g, i, j, panel(g, i, j));
            else
                draw_dots(g, i, j, panel(g, i, j));
    }
    bl_free(g->count);
}

/* ---- around them ----------------------------------------------------------------------------------*/

static void draw_legend(const struct grid *g)
{
    const struct bl_view *v = g->view;
    int right = v->whole.x + v->whole.width, x = v->whole.x + 1;

    if (v->title_row < 0)
        return;
    x += v->chart->title ? (int)bl_text_width(v->chart->title, strlen(v->chart->title)) + 3 : 0;
    for (size_t k = 0; k < groups_of(g->pairs) && g->count && g->pairs->group_names; k++) {
        char name[128], text[140];

        bl_show(name, sizeof name, g->pairs->group_names[k], strlen(g->pairs->group_names[k]));
        snprintf(text, sizeof text, "%s %s", bl_marker(k, v->canvas->charset), name);
        if (x + (int)bl_text_width(text, strlen(text)) > right)
            return;
        x += 2 + bl_view_text(v, x, v->title_row, text, bl_curve_role(k), 0);
    }
}

void bl_pairs_draw(const struct bl_chart *chart, struct bl_canvas *c, struct bl_rect r)
{
    struct bl_view v;
    struct grid g = {.view = &v, .pairs = chart->pairs};
    int top, bottom;

    if (!bl_view_rows(&v, chart, c, r))
        return;
    top = v.title_row >= 0 ? v.title_row + 1 : v.whole.y;
    bottom = v.whole.y + v.whole.height;
    v.plot = (struct bl_rect){v.whole.x, top, v.whole.width, bottom - top};
    if (!g.pairs || g.pairs->n == 0 || g.pairs->n_rows == 0) {
        bl_view_message(&v, "no values");
        bl_view_title(&v);
        return;
    }
    arrange(&g);
    if (g.shown < g.pairs->n && v.plot.height > 8) {
        v.plot.height--;
        arrange(&g);
        bl_canvas_textf(c, v.whole.x + 1, v.plot.y + v.plot.height, v.whole.width - 1, BL_ROLE_DIM, 0, "%zu more",
                        g.pairs->n - g.shown);
    }
    draw_panels(&g);
    draw_legend(&g);
    bl_view_title(&v);
}

static void say_column(const struct bl_pairs *p, size_t i, struct bl_text *out)
{
    struct bl_range range = {0};
    char low[40], high[40];

    for (size_t row = 0; row < p->n_rows; row++)
        if (row_counts(p, row))
            bl_range_add(&range, p->x[i][row], false);
    bl_say_name(out, p->names[i], "column");
    if (range.any)
        bl_text_addf(out, " from %s to %s\n", bl_value_text(low, sizeof low, range.min, 4),
                     bl_value_text(high, sizeof high, range.max, 4));
    else
        bl_text_add(out, ": no values\n");
}

void bl_pairs_say(const struct bl_chart *chart, struct bl_text *out)
{
    const struct bl_pairs *p = chart->pairs;

    for (size_t i = 0; p && i < p->n; i++)
        say_column(p, i, out);
    for (size_t i = 0; p && p->correlation && i < p->n; i++)
        for (size_t j = i + 1; j < p->n; j++) {
            bl_say_name(out, p->names[i], "column");
            bl_text_add(out, " and ");
            bl_say_name(out, p->names[j], "column");
            bl_text_addf(out, isfinite(p->correlation[i * p->n + j]) ? ": r %+.3f\n" : ": no correlation\n",
                         p->correlation[i * p->n + j]);
        }
    if (!p || p->n == 0)
        bl_text_add(out, "no values\n");
}
