/* Charts on paper: the door, the frame (title, legend, axes, grid), and strokes and words that all kinds use. */
#include "picture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- strokes and words ----------------------------------------------------------------------*/

struct bl_ink bl_ink_of(enum bl_role role, double opacity)
{
    return (struct bl_ink){.role = role, .opacity = opacity};
}

void bl_sheet_line(const struct bl_sheet *k, const double ends[4], enum bl_role role, double opacity, double width)
{
    const struct bl_stroke stroke = {.ink = bl_ink_of(role, opacity), .width = width};

    k->pen->type->path(k->pen, ends, 2, &stroke);
}

void bl_sheet_box(const struct bl_sheet *k, struct bl_area a, struct bl_ink ink)
{
    const double xy[8] = {a.x, a.y, a.x + a.width, a.y, a.x + a.width, a.y + a.height, a.x, a.y + a.height};

    k->pen->type->fill(k->pen, xy, 4, ink);
}

void bl_sheet_outline(const struct bl_sheet *k, struct bl_area a, struct bl_ink ink, double width)
{
    const double xy[10] = {a.x, a.y, a.x + a.width, a.y, a.x + a.width, a.y + a.height, a.x, a.y + a.height, a.x, a.y};
    const struct bl_stroke stroke = {.ink = ink, .width = width};

    k->pen->type->path(k->pen, xy, 5, &stroke);
}

void bl_sheet_mark(const struct bl_sheet *k, double x, double y, size_t style, struct bl_ink ink)
{
    const double at[2] = {x, y};
    const struct bl_mark_shape under = {style, 6.2, {.ground = true}}, shape = {style, 4.2, ink};

    k->pen->type->marks(k->pen, at, 1, &under);
    k->pen->type->marks(k->pen, at, 1, &shape);
}

struct bl_lettering bl_letters(enum bl_role role, double size, enum bl_anchor anchor)
{
    return (struct bl_lettering){.ink = bl_ink_of(role, 1), .size = size, .anchor = anchor};
}

void bl_sheet_text(const struct bl_sheet *k, double x, double y, const char *text, const struct bl_lettering *l)
{
    char shown[512];

    bl_show(shown, sizeof shown, text, strlen(text));
    if (*shown)
        k->pen->type->text(k->pen, x, y, shown, l);
}

/* The middle goes, as on a screen: "hous~ces". */
double bl_sheet_fit(char *buffer, size_t size, const char *text, double width, double letter)
{
    char shown[512];
    size_t n, keep, total;

    bl_show(shown, sizeof shown, text ? text : "", text ? strlen(text) : 0);
    snprintf(buffer, size, "%s", shown);
    n = strlen(shown);
    total = bl_text_width(shown, n);
    for (keep = total; bl_letters_width(buffer, letter, false) > width && keep > 2; keep--) {
        size_t columns = keep - 1, head = bl_text_fit(shown, n, columns / 2);
        size_t skip = bl_text_fit(shown, n, total - (columns - columns / 2 - 1));

        snprintf(buffer, size, "%.*s~%s", (int)head, shown, shown + (skip < n ? skip : n));
    }
    return bl_letters_width(buffer, letter, false);
}

double bl_sheet_names(const char *const *names, size_t n, double most)
{
    double widest = 0;
    char text[512];

    for (size_t i = 0; names && i < n; i++)
        widest = fmax(widest, bl_sheet_fit(text, sizeof text, names[i], most, BL_LETTER));
    return widest;
}

/* ---- title and legend -----------------------------------------------------------------------*/

void bl_sheet_title(struct bl_sheet *k)
{
    struct bl_lettering title = bl_letters(BL_ROLE_TEXT, 15, BL_ANCHOR_START), note = bl_letters(BL_ROLE_DIM, BL_SMALL, BL_ANCHOR_END);
    size_t lost = k->v.y_data.not_positive + k->v.x_data.not_positive;
    double right = k->width - BL_MARGIN;
    char text[512];

    title.bold = true;
    k->top = BL_MARGIN;
    if (!k->chart->title && !(k->chart->note && *k->chart->note) && !lost)
        return;
    if (k->chart->note && *k->chart->note) {
        double width = bl_sheet_fit(text, sizeof text, k->chart->note, k->width * 0.4, BL_SMALL);
        bl_sheet_text(k, right, 28, text, &note);
        right -= width + 16;
    }
    if (lost) {
        snprintf(text, sizeof text, "%zu %s not above 0", lost, lost == 1 ? "value" : "values");
        note.ink = bl_ink_of(BL_ROLE_WARN, 1);
        bl_sheet_text(k, right, 28, text, &note);
        right -= bl_letters_width(text, BL_SMALL, false) + 16;
    }
    bl_sheet_fit(text, sizeof text, k->chart->title, right - BL_MARGIN, 16.5);
    bl_sheet_text(k, BL_MARGIN, 28, text, &title);
    k->top = 42;
}

static void legend_entry(const struct bl_sheet *k, const struct bl_key_entry *e, double x, double y)
{
    if (e->square)
        bl_sheet_box(k, (struct bl_area){x, y - 9, 10, 10}, bl_ink_of(e->role, 0.85));
    else if (e->line)
        bl_sheet_line(k, (double[]){x - 1, y - 4.5, x + 11, y - 4.5}, e->role, 1, 2);
    else
        bl_sheet_mark(k, x + 5, y - 4.5, e->style, bl_ink_of(e->role, 1));
}

void bl_sheet_legend(struct bl_sheet *k, const struct bl_key_entry *entries, size_t n)
{
    const struct bl_lettering letters = bl_letters(BL_ROLE_TEXT, BL_LETTER, BL_ANCHOR_START);
    double x = BL_MARGIN, y = k->top + 13, last = k->top + k->height / 4;
    char name[256];

    if (n == 0)
        return;
    for (size_t i = 0; i < n; i++) {
        double width = bl_sheet_fit(name, sizeof name, entries[i].name, k->width / 3, BL_LETTER) + 16;

        if (x > BL_MARGIN && x + width > k->width - BL_MARGIN) {
            if (y + BL_LINE > last) {
                snprintf(name, sizeof name, "+%zu", n - i);
                bl_sheet_text(k, k->width - BL_MARGIN, k->top + 13 - BL_LINE, name, &(struct bl_lettering){letters.ink, BL_SMALL, false, BL_ANCHOR_END, 0});
                break;
            }
            x = BL_MARGIN;
            y += BL_LINE;
        }
        legend_entry(k, &entries[i], x, y);
        bl_sheet_text(k, x + 16, y, name, &letters);
        x += width + 18;
    }
    k->top = y + 10;
}

void bl_sheet_groups(struct bl_sheet *k)
{
    struct bl_key_entry *all;
    size_t n = k->chart->groups;

    if (n < 2 || !k->chart->group_names || !(all = bl_calloc(n, sizeof *all)))
        return;
    for (size_t i = 0; i < n; i++)
        all[i] = (struct bl_key_entry){k->chart->group_names[i], i, bl_curve_role(i), true, false};
    bl_sheet_legend(k, all, n);
    bl_free(all);
}

/* ---- axes -----------------------------------------------------------------------------------*/

static double widest_tick(const struct bl_tick_set *t)
{
    double widest = 0;

    for (size_t i = 0; i < t->n; i++)
        widest = fmax(widest, bl_letters_width(t->text[i], BL_SMALL, false));
    return widest;
}

void bl_sheet_area(struct bl_sheet *k, double right)
{
    double left = BL_MARGIN + widest_tick(&k->v.y_ticks) + 10, top = k->top + (k->chart->y.label ? 24 : 10);
    double bottom = k->height - BL_MARGIN - BL_LINE - (k->chart->x.label ? BL_LINE : 0);

    k->plot = (struct bl_area){left, top, k->width - left - fmax(right, BL_MARGIN + 8), bottom - top};
    if (k->plot.width < 20)
        k->plot.width = 20;
    if (k->plot.height < 20)
        k->plot.height = 20;
}

double bl_sheet_x(const struct bl_sheet *k, double value)
{
    return k->plot.x + bl_scale_at(&k->v.x, value) * k->plot.width;
}

double bl_sheet_y(const struct bl_sheet *k, double value)
{
    return k->plot.y + (1 - bl_scale_at(&k->v.y, value)) * k->plot.height;
}

void bl_sheet_y_axis(const struct bl_sheet *k)
{
    const struct bl_area *p = &k->plot;
    struct bl_lettering letters = bl_letters(BL_ROLE_TEXT, BL_SMALL, BL_ANCHOR_END);
    struct bl_lettering name = bl_letters(BL_ROLE_DIM, BL_SMALL, BL_ANCHOR_START);
    double last = INFINITY;

    for (size_t i = 0; i < k->v.y_ticks.n; i++) {
        double y = bl_sheet_y(k, k->v.y_ticks.at[i]);

        if (!(y >= p->y - 1 && y <= p->y + p->height + 1))
            continue;
        bl_sheet_line(k, (double[]){p->x, y, p->x + p->width, y}, BL_ROLE_TEXT, 0.13, 0.75);
        if (last - y >= 13)
            bl_sheet_text(k, p->x - 8, y + 4, k->v.y_ticks.text[i], &letters);
        last = last - y >= 13 ? y : last;
    }
    if (k->chart->y.label)
        bl_sheet_text(k, p->x, p->y - 10, k->chart->y.label, &name);
}

void bl_sheet_x_axis(const struct bl_sheet *k)
{
    const struct bl_area *p = &k->plot;
    struct bl_lettering letters = bl_letters(BL_ROLE_TEXT, BL_SMALL, BL_ANCHOR_MIDDLE);
    struct bl_lettering name = bl_letters(BL_ROLE_DIM, BL_SMALL, BL_ANCHOR_END);
    double bottom = p->y + p->height, free_from = -1;

    bl_sheet_line(k, (double[]){p->x, bottom, p->x + p->width, bottom}, BL_ROLE_TEXT, 0.6, 1);
    for (size_t i = 0; i < k->v.x_ticks.n; i++) {
        double x = bl_sheet_x(k, k->v.x_ticks.at[i]), half = bl_letters_width(k->v.x_ticks.text[i], BL_SMALL, false) / 2;

        if (!(x >= p->x - 1 && x <= p->x + p->width + 1))
            continue;
        bl_sheet_line(k, (double[]){x, p->y, x, bottom}, BL_ROLE_TEXT, 0.07, 0.75);
        bl_sheet_line(k, (double[]){x, bottom, x, bottom + 4}, BL_ROLE_TEXT, 0.6, 1);
        if (x - half < free_from)
            continue;
        bl_sheet_text(k, x, bottom + 18, k->v.x_ticks.text[i], &letters);
        free_from = x + half + 8;
    }
    if (k->chart->x.label)
        bl_sheet_text(k, p->x + p->width, bottom + 18 + BL_LINE, k->chart->x.label, &name);
}

void bl_sheet_message(const struct bl_sheet *k, const char *text)
{
    const struct bl_lettering letters = bl_letters(BL_ROLE_DIM, BL_LETTER, BL_ANCHOR_MIDDLE);

    bl_sheet_text(k, k->width / 2, k->height / 2, text, &letters);
}

/* ---- spreading ------------------------------------------------------------------------------*/

/* Isotonic regression of at[i] - i·each by pooling neighbours (Ayer and others 1955). */
void bl_spread(double *at, size_t n, double each, double low, double high)
{
    for (size_t i = 0; i < n; i++)
        at[i] -= (double)i * each;
    for (size_t end = 1; end < n; end++) {
        size_t from = end; /* pools backwards as long as the mean before is larger */
        double sum = at[end], count = 1;

        while (from > 0 && at[from - 1] > sum / count) {
            sum += at[--from];
            count++;
        }
        for (size_t i = from; i <= end; i++)
            at[i] = sum / count;
    }
    for (size_t i = 0; i < n; i++) {
        double most = high - (double)(n - 1) * each;

        at[i] = fmax(low, fmin(at[i], fmax(most, low))) + (double)i * each;
    }
}

/* ---- the door -------------------------------------------------------------------------------*/

static double clamp(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

static double count_of(size_t n)
{
    return n < 2000 ? (double)n : 2000;
}

void bl_picture_size(const struct bl_chart *chart, int *width, int *height)
{
    double w = 800, h = 500;

    switch (chart->kind) {
    case BL_CHART_BARS: h = clamp(72 + 26 * count_of(chart->n_values), 140, 4000); break;
    case BL_CHART_BOX: h = clamp(120 + 52 * count_of(chart->n_boxes), 190, 4000); break;
    case BL_CHART_HEAT: h = chart->heat ? clamp(180 + 44 * count_of(chart->heat->rows), 240, 800) : h; break;
    case BL_CHART_PAIRS: h = 800; break;
    case BL_CHART_QQ: w = 620; h = 560; break;
    case BL_CHART_REGIONS: case BL_CHART_CONTOUR: w = 720; h = 600; break;
    default: break;
    }
    *width = *width > 0 ? *width : (int)w;
    *height = *height > 0 ? *height : (int)h;
}

static void draw(struct bl_sheet *k)
{
    static void (*const kinds[])(struct bl_sheet *) = {
        [BL_CHART_LINES] = bl_lines_picture,       [BL_CHART_HISTOGRAM] = bl_histogram_picture,
        [BL_CHART_SCATTER] = bl_scatter_picture,   [BL_CHART_BARS] = bl_bars_picture,
        [BL_CHART_HEAT] = bl_heat_picture,         [BL_CHART_BOX] = bl_box_picture,
        [BL_CHART_QQ] = bl_scatter_picture,        [BL_CHART_SCREE] = bl_scree_picture,
        [BL_CHART_PAIRS] = bl_pairs_picture,         [BL_CHART_REGIONS] = bl_regions_picture,
        [BL_CHART_CONTOUR] = bl_contour_picture,
    };

    bl_sheet_box(k, (struct bl_area){0, 0, k->width, k->height}, (struct bl_ink){.ground = true});
    if ((unsigned)k->chart->kind < sizeof kinds / sizeof *kinds)
        kinds[k->chart->kind](k);
}

bool bl_chart_picture(const struct bl_chart *chart, const struct bl_picture *picture, struct bl_text *out, struct bl_error *err)
{
    struct bl_picture p = *picture;
    struct bl_sheet *k;
    bool good;

    bl_picture_size(chart, &p.width, &p.height);
    if (p.width < 120 || p.height < 120 || p.width > 8000 || p.height > 8000) {
        bl_fail(err, BL_VALUE, "a picture of %d x %d points: sides are 120 to 8000", p.width, p.height);
        return bl_hint(err, "width=800 height=500");
    }
    if (!(k = bl_calloc(1, sizeof *k)))
        return bl_fail_memory(err, "the picture");
    *k = (struct bl_sheet){.chart = chart, .width = p.width, .height = p.height};
    k->pen = p.kind == BL_PICTURE_SVG ? bl_pen_svg(&p, chart, err) : bl_pen_cairo(&p, err);
    good = k->pen != NULL;
    if (good) {
        draw(k);
        good = k->pen->type->finish(k->pen, out, err);
        k->pen->type->drop(k->pen);
    }
    bl_free(k);
    return good;
}
