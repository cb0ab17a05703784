/* Fields on paper: decision regions and contours. Lines of equal height come from marching squares (Lorensen and Cline
 * 1987, in the plane), joined where they share an edge of the grid. */
#include "picture.h"

#include <math.h>
#include <string.h>

/* ---- lines where values on the nodes cross 0 --------------------------------------------------*/

struct piece { size_t from, to; bool used; }; /* edges of the grid: 2 × node, + 1 for the one that goes up */

struct level {
    const struct bl_sheet *sheet;
    const struct bl_field *field;
    double *at; /* one a node */
    struct piece *pieces;
    size_t n, capacity;
    double *xy;
};

static void add_piece(struct level *l, size_t from, size_t to)
{
    if (l->n < l->capacity)
        l->pieces[l->n++] = (struct piece){from, to, false};
}

/* The edges of the cell at (i, j): bottom, right, top, left. */
static void march_cell(struct level *l, size_t i, size_t j)
{
    static const signed char lines[16][4] = {{-1}, {3, 0, -1}, {0, 1, -1}, {3, 1, -1}, {1, 2, -1}, {-1}, {0, 2, -1}, {3, 2, -1},
                                             {2, 3, -1}, {2, 0, -1}, {-1}, {2, 1, -1}, {1, 3, -1}, {1, 0, -1}, {0, 3, -1}, {-1}};
    size_t node = j * l->field->columns + i, up = node + l->field->columns;
    const size_t edges[4] = {2 * node, 2 * (node + 1) + 1, 2 * up, 2 * node + 1};
    const double corner[4] = {l->at[node], l->at[node + 1], l->at[up + 1], l->at[up]};
    bool high = corner[0] + corner[1] + corner[2] + corner[3] > 0; /* of the middle, where corners alternate */
    int which = 0;

    for (int k = 0; k < 4; k++) {
        if (corner[k] - corner[k] != 0)
            return;
        which |= (corner[k] > 0) << k;
    }
    if (which == 5 || which == 10) {
        bool turn = (which == 5) == high;
        add_piece(l, edges[turn ? 0 : 3], edges[turn ? 1 : 0]);
        add_piece(l, edges[turn ? 2 : 1], edges[turn ? 3 : 2]);
    } else if (lines[which][0] >= 0) {
        add_piece(l, edges[lines[which][0]], edges[lines[which][1]]);
    }
}

static void edge_point(const struct level *l, size_t edge, double *xy)
{
    const struct bl_field *f = l->field;
    size_t node = edge / 2, other = edge % 2 ? node + f->columns : node + 1;
    double part = l->at[node] / (l->at[node] - l->at[other]);
    double column = (double)(node % f->columns) + (edge % 2 ? 0 : part), row = (double)(node / f->columns) + (edge % 2 ? part : 0);

    xy[0] = bl_sheet_x(l->sheet, f->x_from + (f->x_to - f->x_from) * column / (double)(f->columns - 1));
    xy[1] = bl_sheet_y(l->sheet, f->y_from + (f->y_to - f->y_from) * row / (double)(f->rows - 1));
}

static bool take_next(struct level *l, size_t *end)
{
    for (size_t i = 0; i < l->n; i++) {
        struct piece *p = &l->pieces[i];

        if (p->used || (p->from != *end && p->to != *end))
            continue;
        p->used = true;
        *end = p->from == *end ? p->to : p->from;
        return true;
    }
    return false;
}

/* Lines beyond the axes are left out; the field reaches no farther than the plot as a rule. */
static void draw_line(const struct level *l, size_t n, const struct bl_stroke *stroke)
{
    const struct bl_area *p = &l->sheet->plot;
    size_t from = 0;

    for (size_t i = 0; i <= n; i++) {
        const double *at = l->xy + 2 * i;
        bool in = i < n && at[0] >= p->x - 1 && at[0] <= p->x + p->width + 1 && at[1] >= p->y - 1 && at[1] <= p->y + p->height + 1;

        if (in)
            continue;
        if (i - from > 1)
            l->sheet->pen->type->path(l->sheet->pen, l->xy + 2 * from, i - from, stroke);
        from = i + 1;
    }
}

static void reverse(double *xy, size_t n)
{
    for (size_t i = 0; i < n / 2; i++)
        for (size_t k = 0; k < 2; k++) {
            double moving = xy[2 * i + k];

            xy[2 * i + k] = xy[2 * (n - 1 - i) + k];
            xy[2 * (n - 1 - i) + k] = moving;
        }
}

/* The line that goes through piece i, in both directions as far as it goes. */
static void follow(struct level *l, size_t i, const struct bl_stroke *stroke)
{
    size_t n = 0, back = l->pieces[i].from, on = l->pieces[i].to;

    l->pieces[i].used = true;
    do
        edge_point(l, back, l->xy + 2 * n++);
    while (take_next(l, &back));
    reverse(l->xy, n);
    do
        edge_point(l, on, l->xy + 2 * n++);
    while (take_next(l, &on));
    draw_line(l, n, stroke);
}

static void draw_level(struct level *l, const struct bl_stroke *stroke)
{
    l->n = 0;
    for (size_t j = 0; j + 1 < l->field->rows; j++)
        for (size_t i = 0; i + 1 < l->field->columns; i++)
            march_cell(l, i, j);
    for (size_t i = 0; i < l->n; i++)
        if (!l->pieces[i].used)
            follow(l, i, stroke);
}

static bool level_open(struct level *l, const struct bl_sheet *k)
{
    const struct bl_field *f = k->chart->field;
    size_t nodes;

    *l = (struct level){.sheet = k, .field = f};
    if (!f || !f->values || f->columns < 2 || f->rows < 2 || f->layers < 1 || !(f->x_from < f->x_to) || !(f->y_from < f->y_to))
        return false;
    nodes = f->columns * f->rows;
    l->capacity = 2 * nodes;
    l->at = bl_calloc(nodes, sizeof *l->at);
    l->pieces = bl_calloc(l->capacity, sizeof *l->pieces);
    l->xy = bl_calloc(l->capacity + 2, 2 * sizeof *l->xy);
    return l->at && l->pieces && l->xy;
}

static void level_close(struct level *l)
{
    bl_free(l->at);
    bl_free(l->pieces);
    bl_free(l->xy);
}

/* ---- decision regions -----------------------------------------------------------------------*/

/* How far class k is ahead of the best other. */
static void margins(struct level *l, size_t k)
{
    const struct bl_field *f = l->field;
    size_t nodes = f->columns * f->rows;

    for (size_t i = 0; i < nodes; i++) {
        double other = f->layers == 1 ? 0 : -INFINITY;

        for (size_t j = 0; j < f->layers; j++)
            other = j != k && f->values[j * nodes + i] > other ? f->values[j * nodes + i] : other;
        l->at[i] = f->values[k * nodes + i] - other;
    }
}

static void fill_run(const struct bl_sheet *k, uint8_t class, struct bl_area a)
{
    if (class != BL_NOWHERE)
        bl_sheet_box(k, a, bl_ink_of(bl_curve_role(class), 0.14));
}

/* Strips of two points, each as long as its class goes on. */
static void fill_regions(struct bl_sheet *k)
{
    const double step = 2;
    struct bl_raster r = {.columns = (int)(k->plot.width / step), .rows = (int)(k->plot.height / step)};
    uint8_t *at = bl_field_classes(k->chart->field, &k->v, &r);

    for (int y = 0; at && y < r.rows; y++)
        for (int from = 0, x = 1; x <= r.columns; x++) {
            if (x < r.columns && at[y * r.columns + x] == at[y * r.columns + from])
                continue;
            fill_run(k, at[y * r.columns + from], (struct bl_area){k->plot.x + from * step, k->plot.y + y * step, (x - from) * step, step});
            from = x;
        }
    bl_free(at);
}

static void draw_boundaries(const struct bl_sheet *k)
{
    const struct bl_stroke stroke = {.ink = bl_ink_of(BL_ROLE_TEXT, 0.7), .width = 1.5};
    struct level l;
    bool good = level_open(&l, k);

    for (size_t class = 0; good && class < l.field->layers; class++) {
        margins(&l, class);
        draw_level(&l, &stroke);
    }
    level_close(&l);
}

static void field_points(const struct bl_sheet *k)
{
    for (int wrong = 0; wrong < 2; wrong++)
        for (size_t i = 0; i < k->chart->n_series; i++) {
            struct bl_series s = k->chart->series[i];

            if (s.wrong != wrong)
                continue;
            if (wrong) { /* a cross on the paper's ground */
                for (size_t j = 0; j < s.n; j++)
                    if (isfinite(s.x[j]) && isfinite(s.y[j]))
                        bl_sheet_mark(k, bl_sheet_x(k, s.x[j]), bl_sheet_y(k, s.y[j]), 6, bl_ink_of(bl_series_role(&s), 1));
            } else {
                bl_sheet_points(k, &s, s.n > 2000 ? 1.8 : 3.2, 0.85);
            }
        }
}

/* Whole points, so that strips meet without a seam. */
static void round_area(struct bl_sheet *k)
{
    k->plot.x = floor(k->plot.x);
    k->plot.y = floor(k->plot.y);
    k->plot.width = floor(k->plot.width / 2) * 2;
    k->plot.height = floor(k->plot.height / 2) * 2;
}

void bl_regions_picture(struct bl_sheet *k)
{
    if (!bl_sheet_view(k))
        return;
    bl_sheet_title(k);
    bl_sheet_series_legend(k);
    bl_sheet_area(k, 0);
    round_area(k);
    bl_sheet_y_axis(k);
    bl_sheet_x_axis(k);
    if (k->chart->field)
        fill_regions(k);
    draw_boundaries(k);
    field_points(k);
}

/* ---- contours ---------------------------------------------------------------------------------*/

static void draw_contours(const struct bl_sheet *k)
{
    struct level l;
    bool good = level_open(&l, k);

    for (size_t c = 0; good && c < k->chart->n_contours; c++) {
        const struct bl_stroke stroke = {.ink = bl_ink_of(BL_ROLE_DIM, 0.9 - 0.5 * (double)c / (double)k->chart->n_contours), .width = 1.1};

        for (size_t i = 0; i < l.field->columns * l.field->rows; i++)
            l.at[i] = l.field->values[i] - k->chart->contours[c];
        draw_level(&l, &stroke);
    }
    level_close(&l);
}

static void draw_marks(const struct bl_sheet *k)
{
    for (size_t i = 0; i < k->chart->n_marks; i++) {
        const struct bl_mark *m = &k->chart->marks[i];
        double x = bl_sheet_x(k, m->x), y = bl_sheet_y(k, m->y);

        if (x >= k->plot.x && x <= k->plot.x + k->plot.width && y >= k->plot.y && y <= k->plot.y + k->plot.height)
            bl_sheet_mark(k, x, y, m->kind == BL_MARK_START ? 3 : 5, bl_ink_of(m->kind == BL_MARK_START ? BL_ROLE_FOCUS : BL_ROLE_GOOD, 1));
    }
}

static void draw_path(const struct bl_sheet *k, const struct bl_series *series)
{
    struct bl_series line = *series;

    line.no_marker = true;
    bl_sheet_curve(k, &line);
    bl_sheet_points(k, series, series->n > 100 ? 2 : 3, 1);
}

void bl_contour_picture(struct bl_sheet *k)
{
    const struct bl_chart *chart = k->chart;

    if (!bl_sheet_view(k))
        return;
    bl_sheet_title(k);
    bl_sheet_series_legend(k);
    bl_sheet_area(k, 0);
    bl_sheet_y_axis(k);
    bl_sheet_x_axis(k);
    draw_contours(k);
    for (size_t i = chart->n_series; i-- > 0;)
        draw_path(k, &chart->series[(chart->front + i) % chart->n_series]);
    draw_marks(k);
}
