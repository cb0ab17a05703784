/* Type and figures of the column under the cursor, in one line or in a panel with its histogram. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "browse.h"
#include "parts.h"

struct said { const char *name; char value[32]; };
enum { LINES = 14 };

static const char *role_of(const struct browse *b, size_t column)
{
    const struct bl_dataset *d = b->session ? bl_workbench_dataset(b->session->workbench, NULL) : NULL;

    if (!d || d->table != b->table)
        return "";
    return column == d->roles.target ? "target" : d->roles.feature[column] ? "feature" : "unused";
}

static void add(struct said *l, size_t *n, const char *name, const struct bl_column *c, double x)
{
    if (*n == LINES)
        return;
    l[*n].name = name;
    if (c->type == BL_DATETIME)
        date_text(c, x, l[*n].value, sizeof l[*n].value);
    else if (c->whole && x == floor(x) && fabs(x) < 1e15) /* whole numbers are not shortened */
        snprintf(l[*n].value, sizeof l[*n].value, "%.0f", x);
    else
        snprintf(l[*n].value, sizeof l[*n].value, "%s", part_number((char[32]){ "" }, x));
    (*n)++;
}

static void add_count(struct said *l, size_t *n, const char *name, size_t count, size_t of)
{
    if (*n == LINES)
        return;
    l[*n].name = name;
    snprintf(l[*n].value, sizeof l[*n].value, of && count ? "%zu  %.1f %%" : "%zu", count, of ? 100 * (double)count / (double)of : 0);
    (*n)++;
}

/* The figures there are, the most wanted first. */
static size_t lines_of(const struct browse *b, const struct figures *f, struct said *l)
{
    const struct bl_column *c = &b->table->columns[b->shown[b->column].column];
    const struct bl_summary *s = &f->s;
    size_t n = 0;

    add_count(l, &n, "n", s->count, 0);
    add_count(l, &n, "missing", s->missing, s->count + s->missing);
    if (!c->code) {
        if (c->type == BL_NUMERIC) {
            add(l, &n, "mean", c, s->mean);
            add(l, &n, "sd", c, s->sd);
        }
        add(l, &n, "min", c, s->min);
        add(l, &n, "median", c, s->median);
        add(l, &n, "max", c, s->max);
        add(l, &n, "q1", c, s->q1);
        add(l, &n, "q3", c, s->q3);
        if (c->type == BL_NUMERIC)
            add(l, &n, "skew", c, s->skewness);
    }
    add_count(l, &n, "distinct", s->distinct, 0);
    return n;
}

static void top_words(const struct bl_column *c, const struct figures *f, char *out, size_t size)
{
    size_t n = 0;

    for (size_t i = 0; i < f->n_top && i < 5 && n + 80 < size; i++) {
        char label[64];
        bl_show(label, sizeof label, c->levels[f->top[i].code], strnlen(c->levels[f->top[i].code], 200));
        n += (size_t)snprintf(out + n, size - n, "  %.60s %zu", label, f->top[i].count);
    }
}

static void piece(char *text, size_t size, int room, const char *more)
{
    size_t n = strlen(text);

    if ((int)(bl_text_width(text, n) + bl_text_width(more, strlen(more))) <= room)
        snprintf(text + n, size - n, "%s", more);
}

void figures_line(struct browse *b, int width, char *out, size_t size)
{
    const struct figures *f = browse_figures(b);
    const struct bl_column *c = b->table->n_columns ? &b->table->columns[b->shown[b->column].column] : NULL;
    struct said l[LINES];
    char kind[64], more[512] = "";
    size_t n;

    out[0] = '\0';
    if (!c)
        return;
    snprintf(more, sizeof more, "%s%s%s", column_kind(c, kind, sizeof kind), role_of(b, b->shown[b->column].column)[0] ? ", " : "",
             role_of(b, b->shown[b->column].column));
    piece(out, size, width, more);
    if (!f) {
        piece(out, size, width, browse_rows(b) ? "  ..." : "");
        return;
    }
    n = lines_of(b, f, l);
    for (size_t i = 0; i < n; i++) {
        snprintf(more, sizeof more, "  %s %s", l[i].name, l[i].value);
        piece(out, size, width, more);
    }
    more[0] = '\0';
    if (c->code)
        top_words(c, f, more, sizeof more);
    for (char *at = more; *at;) { /* each on its own: as many as fit */
        char *end = strstr(at + 2, "  "), kept = end ? *end : '\0';
        if (end)
            *end = '\0';
        piece(out, size, width, at);
        if (!end)
            break;
        *end = kept;
        at = end;
    }
}

/* ---- pictures ------------------------------------------------------------------------------------------*/

static void histogram_draw(struct bl_canvas *c, struct bl_rect r, const struct figures *f)
{
    struct bl_chart chart = bl_chart_make(BL_CHART_HISTOGRAM);
    size_t most = (size_t)(r.width > 12 ? r.width - 8 : 4), join = (f->bins + most - 1) / most, bins = (f->bins + join - 1) / join;
    size_t *counts = bl_calloc(bins, sizeof *counts);
    double *edges = bl_calloc(bins + 1, sizeof *edges);

    for (size_t i = 0; counts && edges && i < f->bins; i++)
        counts[i / join] += f->counts[i]; /* neighbours are joined, which is exact */
    for (size_t i = 0; counts && edges && i <= bins; i++)
        edges[i] = i * join <= f->bins ? f->edges[i * join] : f->edges[0] + (f->edges[1] - f->edges[0]) * (double)(i * join);
    chart.edges = edges;
    chart.counts = counts;
    chart.bins = bins;
    chart.groups = 1;
    chart.x.label = f->years ? "year" : "";
    if (counts && edges)
        bl_chart_draw(&chart, c, r);
    bl_free(counts);
    bl_free(edges);
}

/* The most frequent values with their counts, a bar behind each. */
static void classes_draw(struct bl_canvas *c, struct bl_rect r, const struct bl_column *column, const struct figures *f)
{
    int name = r.width / 3, count = 9, bar = r.width - name - count - 2;

    for (size_t i = 0; i < f->n_top && (int)i < r.height; i++) {
        int y = r.y + (int)i;
        char label[256], number[32];
        if ((int)i == r.height - 1 && i + 1 < f->s.distinct) {
            bl_canvas_textf(c, r.x, y, r.width, BL_ROLE_DIM, 0, "and %zu more", f->s.distinct - i);
            return;
        }
        bl_show(label, sizeof label, column->levels[f->top[i].code], strnlen(column->levels[f->top[i].code], 200));
        bl_canvas_text(c, r.x, y, name, label, BL_ROLE_TEXT, 0);
        bl_canvas_right(c, r.x + name + count, y, count - 1, part_tally(number, (double)f->top[i].count, count - 1), BL_ROLE_TEXT, 0);
        if (bar > 2 && f->top[0].count > 1) /* where all differ there is nothing to compare */
            bl_canvas_bar(c, r.x + name + count + 1, y, bar, (double)f->top[i].count / (double)f->top[0].count, BL_ROLE_CURVE1);
    }
}

/* ---- panel ---------------------------------------------------------------------------------------------------*/

static int lines_draw(struct bl_canvas *c, struct bl_rect r, const struct said *l, size_t n)
{
    int columns = r.width >= 44 ? 2 : 1, wide = r.width / columns - (columns - 1), rows = ((int)n + columns - 1) / columns;

    for (size_t i = 0; i < n; i++) {
        int x = r.x + ((int)i / rows) * (wide + 2), y = r.y + (int)i % rows;
        if (y >= r.y + r.height)
            continue;
        bl_canvas_text(c, x, y, 9, l[i].name, BL_ROLE_DIM, 0);
        bl_canvas_right(c, x + wide, y, wide - 9, l[i].value, !strcmp(l[i].name, "missing") && l[i].value[0] != '0' ? BL_ROLE_WARN : BL_ROLE_TEXT, 0);
    }
    return rows;
}

static void head_draw(struct bl_canvas *c, struct bl_rect *r, const struct browse *b, const struct bl_column *column)
{
    char kind[64], line[160];

    snprintf(line, sizeof line, "%s%s%s%s", column_kind(column, kind, sizeof kind), role_of(b, b->shown[b->column].column)[0] ? ", " : "",
             role_of(b, b->shown[b->column].column), b->where[0] ? ", of the rows shown" : "");
    bl_canvas_text(c, r->x, r->y, r->width, line, BL_ROLE_DIM, 0);
    r->y += 1;
    r->height -= 1;
}

void panel_figures_draw(struct bl_canvas *c, struct bl_rect r, struct browse *b)
{
    const struct bl_column *column = &b->table->columns[b->shown[b->column].column];
    const struct figures *f = browse_figures(b);
    struct said l[LINES];
    char name[128];
    int used;

    bl_show(name, sizeof name, column->name, strnlen(column->name, 400));
    r = bl_canvas_frame(c, r, name, "", false);
    r.x++, r.width--;
    head_draw(c, &r, b, column);
    if (!f) {
        bl_canvas_text(c, r.x, r.y, r.width, browse_rows(b) ? "computing ..." : "no rows", BL_ROLE_DIM, 0);
        return;
    }
    used = lines_draw(c, r, l, lines_of(b, f, l)) + 1;
    r.y += used, r.height -= used;
    if (r.height > 20)
        r.height = 20;
    if (column->code && r.height > 1)
        classes_draw(c, r, column, f);
    else if (f->bins && r.height > 4)
        histogram_draw(c, r, f);
}
