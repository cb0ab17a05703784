/* A chart with all that it points to, kept for later: the last one shown is drawn again by `export`. */
#include "draw.h"

#include <math.h>
#include <string.h>

struct kept { struct bl_chart chart; struct bl_arena *arena; bool lost; };

/* Everything below takes NULL and gives NULL. */
static void *copy(struct kept *k, const void *from, size_t n, size_t each)
{
    void *to;

    if (!from || n == 0)
        return NULL;
    to = bl_arena_take(k->arena, n, each);
    k->lost |= !to;
    return to ? memcpy(to, from, n * each) : NULL;
}

static const char *copy_text(struct kept *k, const char *text)
{
    return copy(k, text, text ? strlen(text) + 1 : 0, 1);
}

static const char *const *copy_texts(struct kept *k, const char *const *texts, size_t n)
{
    const char **to = copy(k, texts, n, sizeof *texts);

    for (size_t i = 0; to && i < n; i++)
        to[i] = copy_text(k, texts[i]);
    return to;
}

static const struct bl_series *copy_series(struct kept *k, const struct bl_series *s, size_t n)
{
    struct bl_series *to = copy(k, s, n, sizeof *s);

    for (size_t i = 0; to && i < n; i++) {
        to[i].name = copy_text(k, s[i].name);
        to[i].value = copy_text(k, s[i].value);
        to[i].mark = copy_text(k, s[i].mark);
        to[i].x = copy(k, s[i].x, s[i].n, sizeof *s[i].x);
        to[i].y = copy(k, s[i].y, s[i].n, sizeof *s[i].y);
    }
    return to;
}

/* Limits that an axis remembers become limits that are given. */
static void copy_axis(struct kept *k, struct bl_axis *axis)
{
    const struct bl_axis_memory *m = axis->memory;

    axis->label = copy_text(k, axis->label);
    if (m && m->set && m->log == axis->log && !(isfinite(axis->min) && isfinite(axis->max) && axis->min != axis->max)) {
        axis->min = m->min;
        axis->max = m->max;
    }
    axis->memory = NULL;
}

static void copy_lines(struct kept *k, struct bl_chart *c)
{
    struct bl_level *levels = copy(k, c->levels, c->n_levels, sizeof *levels);
    struct bl_arrow *arrows = copy(k, c->arrows, c->n_arrows, sizeof *arrows);
    struct bl_band *bands = copy(k, c->bands, c->n_bands, sizeof *bands);
    struct bl_post *posts = copy(k, c->posts, c->n_posts, sizeof *posts);

    for (size_t i = 0; posts && i < c->n_posts; i++)
        posts[i].label = copy_text(k, posts[i].label);
    for (size_t i = 0; levels && i < c->n_levels; i++)
        levels[i].label = copy_text(k, levels[i].label);
    for (size_t i = 0; arrows && i < c->n_arrows; i++)
        arrows[i].name = copy_text(k, arrows[i].name);
    for (size_t i = 0; bands && i < c->n_bands; i++) {
        bands[i].name = copy_text(k, bands[i].name);
        bands[i].x = copy(k, bands[i].x, bands[i].n, sizeof *bands[i].x);
        bands[i].low = copy(k, bands[i].low, bands[i].n, sizeof *bands[i].low);
        bands[i].high = copy(k, bands[i].high, bands[i].n, sizeof *bands[i].high);
    }
    c->bands = bands;
    c->levels = levels;
    c->posts = posts;
    c->place = NULL;
    c->arrows = arrows;
    c->series = copy_series(k, c->series, c->n_series);
}

static void copy_bars(struct kept *k, struct bl_chart *c)
{
    size_t groups = c->groups > 1 ? c->groups : 1, n = c->edges ? c->bins : c->n_values;

    c->edges = copy(k, c->edges, c->bins + 1, sizeof *c->edges);
    c->counts = copy(k, c->counts, n * groups, sizeof *c->counts);
    c->density = copy_series(k, c->density, c->density ? 1 : 0);
    c->group_names = copy_texts(k, c->group_names, c->groups);
    c->labels = copy_texts(k, c->labels, c->n_values);
    c->values = copy(k, c->values, c->n_values, sizeof *c->values);
}

static void copy_heat(struct kept *k, struct bl_chart *c)
{
    struct bl_heat *h = copy(k, c->heat, c->heat ? 1 : 0, sizeof *h);

    if (h) {
        h->row_names = copy_texts(k, h->row_names, h->rows);
        h->column_names = copy_texts(k, h->column_names, h->columns);
        h->values = copy(k, h->values, h->rows * h->columns, sizeof *h->values);
    }
    c->heat = h;
}

static void copy_boxes(struct kept *k, struct bl_chart *c)
{
    struct bl_box *boxes = copy(k, c->boxes, c->n_boxes, sizeof *boxes);

    for (size_t i = 0; boxes && i < c->n_boxes; i++) {
        boxes[i].name = copy_text(k, boxes[i].name);
        boxes[i].beyond = copy(k, boxes[i].beyond, boxes[i].n_beyond, sizeof *boxes[i].beyond);
    }
    c->boxes = boxes;
}

static void copy_pairs(struct kept *k, struct bl_chart *c)
{
    struct bl_pairs *p = copy(k, c->pairs, c->pairs ? 1 : 0, sizeof *p);
    const double **x = p ? copy(k, p->x, p->n, sizeof *p->x) : NULL;

    if (p) {
        for (size_t i = 0; x && i < p->n; i++)
            x[i] = copy(k, x[i], p->n_rows, sizeof *x[i]);
        p->x = x;
        p->names = copy_texts(k, p->names, p->n);
        p->group_names = copy_texts(k, p->group_names, p->n_groups);
        p->of_row = copy(k, p->of_row, p->n_rows, sizeof *p->of_row);
        p->correlation = copy(k, p->correlation, p->n * p->n, sizeof *p->correlation);
    }
    c->pairs = p;
}

static void copy_field(struct kept *k, struct bl_chart *c)
{
    struct bl_field *f = copy(k, c->field, c->field ? 1 : 0, sizeof *f);

    if (f)
        f->values = copy(k, f->values, f->layers * f->rows * f->columns, sizeof *f->values);
    c->field = f;
    c->contours = copy(k, c->contours, c->n_contours, sizeof *c->contours);
    c->marks = copy(k, c->marks, c->n_marks, sizeof *c->marks);
}

struct bl_chart *bl_chart_copy(const struct bl_chart *chart, struct bl_error *err)
{
    struct kept *k = bl_calloc(1, sizeof *k);

    if (k && (k->arena = bl_arena_create(16384))) {
        k->chart = *chart;
        k->chart.title = copy_text(k, chart->title);
        k->chart.note = copy_text(k, chart->note);
        copy_axis(k, &k->chart.x);
        copy_axis(k, &k->chart.y);
        copy_lines(k, &k->chart);
        copy_bars(k, &k->chart);
        copy_heat(k, &k->chart);
        copy_boxes(k, &k->chart);
        copy_pairs(k, &k->chart);
        copy_field(k, &k->chart);
        if (!k->lost)
            return &k->chart;
        bl_chart_free(&k->chart);
        k = NULL;
    }
    bl_free(k);
    bl_fail_memory(err, "the chart");
    return NULL;
}

void bl_chart_free(struct bl_chart *chart)
{
    struct kept *k = (struct kept *)chart; /* its first member */

    if (!k)
        return;
    bl_arena_free(k->arena);
    bl_free(k);
}
