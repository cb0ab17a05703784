/* The histogram of the column chosen in the stats table, with its figures beside it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "parts.h"

enum { AXIS = 7, FIGURES = 20, FIGURES_LEAST = 18 };

static const struct bl_column_view *chosen(const struct drawing *d)
{
    size_t i = d->view->column;

    return d->snap->n_columns ? &d->snap->column[i < d->snap->n_columns ? i : 0] : NULL;
}

/* `set bins=` asks for at most so many: neighbours are joined, which is exact. */
static size_t join_factor(const struct drawing *d, const struct bl_column_view *c)
{
    return d->view->bins && d->view->bins < c->bins ? (c->bins + d->view->bins - 1) / d->view->bins : 1;
}

static void head(const struct drawing *d, char *title, char *note, size_t size)
{
    const struct bl_column_view *c = chosen(d);
    char number[32];

    if (!c) {
        snprintf(title, size, "histogram");
        return;
    }
    snprintf(title, size, "histogram · %s", c->name);
    if (c->bins) {
        size_t join = join_factor(d, c), bins = (c->bins + join - 1) / join;
        snprintf(note, size, "%zu bin%s of %s, by %s", bins, bins == 1 ? "" : "s", bl_number_format(number, sizeof number, (c->edges[1] - c->edges[0]) * (double)join, 3),
                 d->view->share ? "percent" : "count");
    } else if (c->named && c->named < c->levels) {
        snprintf(note, size, "the first %zu of %zu classes", c->named, c->levels);
    } else if (c->named) {
        snprintf(note, size, "%zu class%s in %zu rows, %zu missing", c->levels, c->levels == 1 ? "" : "es", c->count, c->missing);
    }
}

static void figures(const struct drawing *d, const struct bl_column_view *c, int x)
{
    const struct { const char *name; double value; bool whole; } rows[] = {
        { "n", (double)c->count, true }, { "mean", c->mean, false }, { "sd", c->sd, false }, { "min", c->min, false },
        { "q1", c->q1, false }, { "median", c->median, false }, { "q3", c->q3, false }, { "max", c->max, false },
        { "missing", (double)c->missing, true }, { "skew", c->skewness, false }, { "iqr", c->q3 - c->q1, false },
    };
    char buffer[32];

    for (size_t i = 0; i < sizeof rows / sizeof *rows && (int)i + 1 < d->rect.height; i++) {
        int y = d->rect.y + 1 + (int)i, right = d->rect.x + d->rect.width;
        bl_canvas_text(d->canvas, x, y, 10, rows[i].name, BL_ROLE_DIM, 0);
        bl_canvas_right(d->canvas, right, y, right - x - 8, rows[i].whole ? part_count(buffer, rows[i].value) : part_number(buffer, rows[i].value), BL_ROLE_TEXT, 0);
    }
}

/* A column of classes: a bar of each. */
static bool classes(const struct bl_column_view *c, struct bl_chart *chart)
{
    if (!c || c->named == 0)
        return false;
    *chart = bl_chart_make(BL_CHART_BARS);
    chart->labels = c->names;
    chart->counts = c->rows;
    chart->n_values = c->named;
    chart->groups = 1;
    return true;
}

static bool picture(const struct drawing *d, struct bl_chart *chart)
{
    const struct bl_column_view *c = chosen(d);
    size_t join = c && c->bins ? join_factor(d, c) : 1, bins = c ? (c->bins + join - 1) / join : 0;
    double *edges = bl_arena_take(d->arena, bins + 1, sizeof *edges);
    size_t *counts = bl_arena_take(d->arena, bins + 1, sizeof *counts);

    if (classes(c, chart))
        return true;
    if (!edges || !counts || bins == 0)
        return false;
    for (size_t i = 0; i < c->bins; i++)
        counts[i / join] += c->counts[i];
    for (size_t i = 0; i <= bins; i++)
        edges[i] = i * join <= c->bins ? c->edges[i * join] : c->edges[0] + (c->edges[1] - c->edges[0]) * (double)(i * join);
    *chart = bl_chart_make(BL_CHART_HISTOGRAM);
    chart->edges = edges;
    chart->counts = counts;
    chart->bins = bins;
    chart->groups = 1;
    chart->x.label = d->rect.width >= 50 ? c->name : "";
    chart->whole = d->view->share ? c->count : 0;
    return true;
}

/* Columns of a bar. */
static int pitch_of(int room, size_t bins)
{
    int pitch = bins && room > (int)bins ? room / (int)bins : 1;

    return pitch > 9 ? 9 : pitch;
}

/* Columns that the figures take: where bars of whole columns leave room they stand there. 0: there is none. */
static int beside_columns(const struct drawing *d, const struct bl_column_view *c)
{
    size_t join = c->bins ? join_factor(d, c) : 1, bins = (c->bins + join - 1) / join;
    int room = d->rect.width - AXIS, wide = pitch_of(room - FIGURES - 4, bins);

    if (c->type != BL_NUMERIC || d->rect.height < 5)
        return 0;
    if (d->rect.width >= 58) /* closer where that makes the bars wider */
        return pitch_of(room - FIGURES_LEAST, bins) > wide ? FIGURES_LEAST : FIGURES + 4;
    return room - pitch_of(room, bins) * (int)bins >= FIGURES_LEAST ? FIGURES_LEAST : 0;
}

static void draw(const struct drawing *d)
{
    const struct bl_column_view *c = chosen(d);
    int beside;
    struct bl_rect r = d->rect;
    struct drawing narrow = *d;
    struct bl_chart chart;
    char text[96];

    if (!c) {
        part_empty(d, "no columns yet", ": load iris");
        return;
    }
    beside = beside_columns(d, c);
    r.width -= beside;
    narrow.rect = r;
    if (picture(&narrow, &chart)) {
        bl_chart_draw(&chart, d->canvas, r);
    } else {
        snprintf(text, sizeof text, "%zu classes in %zu rows, %zu missing", c->levels, c->count, c->missing);
        part_empty(d, text, "a histogram needs numbers");
    }
    if (beside)
        figures(d, c, d->rect.x + d->rect.width - (beside > FIGURES ? FIGURES : FIGURES_LEAST - 1));
}

const struct panel_type panel_histogram = { .name = "histogram", .titled = true, .head = head, .draw = draw, .picture = picture };
