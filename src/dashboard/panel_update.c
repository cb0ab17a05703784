/* 9 inside an update: which rows come next, and what they say, each with its margin and residual. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "parts.h"

static const struct bl_update_view *update_of(const struct drawing *d)
{
    const struct bl_update_view *v = d->snap->update;

    return v && v->front == ui_front(d->snap, d->view) ? v : NULL;
}

static void head(const struct drawing *d, char *title, char *note, size_t size)
{
    const struct bl_update_view *v = update_of(d);
    size_t front = ui_front(d->snap, d->view);

    if (v && !v->why[0])
        snprintf(title, size, "inside update %llu · %zu of %zu rows", (unsigned long long)v->update + 1, v->total, v->rows);
    else
        snprintf(title, size, "inside an update");
    if (d->snap->n_runs)
        snprintf(note, size, "%s %s", bl_marker(front, d->canvas->charset), d->snap->runs[front].name);
}

/* ---- rows that are lit --------------------------------------------------------------------------------------*/

/* The training rows from the first to the last: how many of each stretch are in the update. */
static void strip_draw(const struct drawing *d, const struct bl_update_view *v, int y)
{
    static const uint32_t shades[] = { 0xb7, 0x2591, 0x2592, 0x2593, 0x2588 };
    static const char ascii[] = ".:+##";
    bool plain = d->canvas->charset == BL_CHARSET_ASCII;
    int x = d->rect.x + 6, width = d->rect.width - 7;

    bl_canvas_text(d->canvas, d->rect.x + 1, y, 5, "rows", BL_ROLE_DIM, 0);
    width = (size_t)width > v->n_shares ? (int)v->n_shares : width;
    for (int i = 0; i < width; i++) {
        size_t from = (size_t)i * v->n_shares / (size_t)width, to = (size_t)(i + 1) * v->n_shares / (size_t)width;
        double most = 0;
        for (size_t k = from; k < to; k++)
            most = fmax(most, v->share[k]);
        int level = most <= 0 ? 0 : most >= 1 ? 4 : 1 + (int)(most * 3);
        bl_canvas_put(d->canvas, x + i, y, plain ? (uint32_t)ascii[level] : shades[level], level ? BL_ROLE_FOCUS : BL_ROLE_DIM, level == 4 ? BL_BOLD : 0);
    }
}

/* ---- the table --------------------------------------------------------------------------------------------------*/

static int truth_width(const struct bl_update_view *v)
{
    int width = 6;

    for (size_t i = 0; i < v->n; i++) {
        int w = (int)bl_text_width(v->truth[i], strlen(v->truth[i]));
        width = w > width ? w : width;
    }
    return width < 14 ? width : 14;
}

static size_t own_class(const struct bl_update_view *v, size_t row)
{
    for (size_t k = 0; k < v->k; k++)
        if (v->classes[k] == v->truth[row] || !strcmp(v->classes[k], v->truth[row]))
            return k;
    return 0;
}

static size_t largest(const double *z, size_t k)
{
    size_t best = 0;

    for (size_t i = 1; i < k; i++)
        best = z[i] > z[best] ? i : best;
    return best;
}

/* Above 0 to the right of the middle, below to the left. */
static void signed_bar(const struct drawing *d, int x, int width, int y, double value, double most)
{
    int zero = x + width / 2, cells = most > 0 ? (int)(fabs(value) / most * (width / 2 - 1) + 0.5) : 0;

    bl_canvas_put(d->canvas, zero, y, 0x2502, BL_ROLE_DIM, 0);
    for (int i = 1; i <= cells; i++)
        bl_canvas_put(d->canvas, value < 0 ? zero - i : zero + i, y, 0x2588, value < 0 ? BL_ROLE_MINUS : BL_ROLE_PLUS, 0);
}

static double most_of(const double *x, size_t n)
{
    double most = 0;

    for (size_t i = 0; i < n; i++)
        most = fabs(x[i]) > most ? fabs(x[i]) : most;
    return most;
}

static void row_draw(const struct drawing *d, const struct bl_update_view *v, size_t i, int truth, int y)
{
    int x = d->rect.x + 1, bar = d->rect.width - truth - 33, says = 0;
    size_t own = v->k > 1 ? own_class(v, i) : 0;
    const double *z = v->margins + i * v->k, *r = v->residuals + i * v->k;
    char number[32];

    bl_canvas_right(d->canvas, x + 6, y, 6, part_tally(number, (double)v->row[i], 6), BL_ROLE_DIM, 0);
    x += 8;
    x += bl_canvas_text(d->canvas, x, y, truth, v->truth[i], BL_ROLE_TEXT, 0) * 0 + truth;
    bl_canvas_right(d->canvas, x + 10, y, 9, part_fit(number, z[own], 4, 9), BL_ROLE_TEXT, 0);
    x += 10;
    bl_canvas_right(d->canvas, x + 10, y, 9, part_fit(number, r[own], 4, 9), BL_ROLE_TEXT, 0);
    x += 12;
    if (v->k > 1 && bar >= 12) {
        size_t best = largest(z, v->k);
        says = truth + 1;
        bl_canvas_text(d->canvas, x, y, truth, best == own ? "" : v->classes[best], BL_ROLE_BAD, 0);
    }
    if (bar - says >= 9)
        signed_bar(d, x + says, bar - says, y, r[own], most_of(v->residuals, v->n * v->k));
}

static void table_head(const struct drawing *d, const struct bl_update_view *v, int truth, int y)
{
    int x = d->rect.x + 1;
    bool regression = d->snap->classes == 0 && strcmp(d->snap->model, "poisson") != 0; /* there the margin is no prediction yet */

    bl_canvas_right(d->canvas, x + 6, y, 6, "row", BL_ROLE_DIM, 0);
    bl_canvas_text(d->canvas, x + 8, y, truth, "y", BL_ROLE_DIM, 0);
    bl_canvas_right(d->canvas, x + 18 + truth, y, 9, regression ? "predicted" : "margin z", BL_ROLE_DIM, 0);
    bl_canvas_right(d->canvas, x + 28 + truth, y, 9, "residual", BL_ROLE_DIM, 0);
    if (v->k > 1 && d->rect.width - truth - 33 >= 12)
        bl_canvas_text(d->canvas, x + 30 + truth, y, truth, "says", BL_ROLE_DIM, 0);
}

static void draw(const struct drawing *d)
{
    const struct bl_update_view *v = update_of(d);
    int y = d->rect.y, bottom = d->rect.y + d->rect.height, truth;
    char loss[32], gradient[32], lr[32], line[160];

    if (part_no_run(d))
        return;
    if (!v || v->why[0]) {
        part_empty(d, v ? v->why : part_waiting(d), "");
        return;
    }
    truth = truth_width(v);
    if (d->rect.height >= 6)
        strip_draw(d, v, y++);
    bl_number_format(loss, sizeof loss, v->loss, 4);
    bl_number_format(gradient, sizeof gradient, v->gradient_norm, 4);
    bl_number_format(lr, sizeof lr, v->lr, 4);
    snprintf(line, sizeof line, d->rect.width >= 64 ? "loss of these rows %s, gradient norm %s%s%s" : "loss %s, gradient %s%s%s", loss, gradient,
             v->lr > 0 ? ", lr " : "", v->lr > 0 ? lr : "");
    if (d->rect.height >= 4)
        part_words(d->canvas, d->rect.x + 1, y++, d->rect.width - 1, line, BL_ROLE_TEXT, 0);
    table_head(d, v, truth, y++);
    size_t room = bottom > y ? (size_t)(bottom - y) : 0, shown = v->total <= room ? v->n : room ? room - 1 : 0;
    shown = shown > v->n ? v->n : shown;
    for (size_t i = 0; i < shown; i++)
        row_draw(d, v, i, truth, y++);
    if (shown < v->total && y < bottom)
        bl_canvas_textf(d->canvas, d->rect.x + 1, y, d->rect.width - 1, BL_ROLE_DIM, 0, "%zu more rows", v->total - shown);
}

const struct panel_type panel_update = {
    .name = "inside", .number = 9, .sights = 1u << BL_SIGHT_UPDATE, .figures = true, .head = head, .titled = true, .draw = draw,
    .explains = "Rows: the training rows from the first to the last, those\n"
                "of the next update lit. Margin z: what the model computes\n"
                "for a row (of several classes: for its own; of a number\n"
                "it is what is predicted). Residual: prediction - target.\n"
                "Says: the class it would be given, where that is another.\n" };
