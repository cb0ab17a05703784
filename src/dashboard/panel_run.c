/* What is trained on what, how far, and how the contestant in front stands: the right column at 120×40. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "parts.h"

enum { CURVES_WIDE = 40, CURVES_HIGH = 9, VALID_WIDE = 52, VALID_COLUMN = 9 };

static void two(const struct drawing *d, int y, const char *label, const char *value, const char *more)
{
    int right = d->rect.x + d->rect.width;

    part_label(d, d->rect.x + 1, y, label, value);
    if (y >= d->rect.y + d->rect.height || d->rect.width < 32)
        return;
    int width = (int)bl_text_width(more, strlen(more)), used = 11 + (int)bl_text_width(value, strlen(value));
    if (used + 1 + width <= d->rect.width)
        bl_canvas_right(d->canvas, right, y, width, more, BL_ROLE_DIM, 0);
}

static int data_rows(const struct drawing *d, int y)
{
    const struct bl_snapshot *s = d->snap;
    char a[64], b[64];

    snprintf(a, sizeof a, "%zu × %zu", s->rows, s->columns);
    two(d, y++, "data", s->dataset, a);
    snprintf(a, sizeof a, "%zu classes", s->classes);
    two(d, y++, "target", s->target, s->classes ? a : s->task);
    snprintf(a, sizeof a, "%zu parameters", s->n_runs ? s->runs[0].n_params : s->n_params);
    two(d, y++, "model", s->model[0] ? s->model : "-", s->n_runs ? a : "");
    snprintf(a, sizeof a, "%zu train", s->train_rows);
    snprintf(b, sizeof b, "%zu valid", s->validation_rows);
    if (s->train_rows)
        two(d, y++, "rows", a, b);
    return y;
}

static int race_rows(const struct drawing *d, int y, int room)
{
    const struct bl_snapshot *s = d->snap;
    int right = d->rect.x + d->rect.width;
    size_t first, shown = s->n_runs < (size_t)room ? s->n_runs : (size_t)room;
    char buffer[32];
    const bool valid = d->rect.width >= VALID_WIDE && s->validation_rows;

    part_rule(d, y++);
    if (valid)
        bl_canvas_right(d->canvas, right, y, 6, "valid", BL_ROLE_DIM, 0);
    right -= valid ? VALID_COLUMN : 0;
    bl_canvas_text(d->canvas, d->rect.x + 1, y, 12, "regime", BL_ROLE_DIM, 0);
    bl_canvas_right(d->canvas, right - 15, y, 6, "lr", BL_ROLE_DIM, 0);
    bl_canvas_right(d->canvas, right - 7, y, 7, "updates", BL_ROLE_DIM, 0);
    bl_canvas_right(d->canvas, right, y++, 6, "loss", BL_ROLE_DIM, 0);
    first = part_first(s->n_runs, shown, ui_front(s, d->view));
    for (size_t i = first; i < first + shown; i++, y++) {
        const struct bl_run_view *r = &s->runs[i];
        bool bad = r->status == BL_DIVERGED_RUN;
        const int named = d->rect.width - 23 - (valid ? VALID_COLUMN : 0);
        part_name(d, d->rect.x + 1, y, named > 8 ? named : 8, i);
        if (valid)
            bl_canvas_right(d->canvas, right + VALID_COLUMN, y, 6, part_fit(buffer, r->now.validation_loss, 3, 6), BL_ROLE_TEXT, 0);
        bl_canvas_right(d->canvas, right - 15, y, 6, part_fit(buffer, r->lr, 3, 6), BL_ROLE_TEXT, 0);
        bl_canvas_right(d->canvas, right - 7, y, 7, part_tally(buffer, (double)r->now.updates, 7), BL_ROLE_TEXT, 0);
        bl_canvas_right(d->canvas, right, y, 6, bad ? "! inf" : part_fit(buffer, r->now.train_loss, 3, 6),
                        bad ? BL_ROLE_BAD : BL_ROLE_TEXT, bad ? BL_BOLD : 0);
    }
    return y;
}

static int front_rows(const struct drawing *d, int y)
{
    size_t front = ui_front(d->snap, d->view);
    const struct bl_run_view *r = &d->snap->runs[front];
    const struct bl_point *p = ui_cursor_point(d->ui, r);
    int x = d->rect.x + 1, right = d->rect.x + d->rect.width;
    char a[32], b[64];

    p = p ? p : &r->now;
    part_rule(d, y++);
    part_name(d, x, y, d->rect.width - 20 > 6 ? d->rect.width - 20 : 6, front);
    bl_canvas_right(d->canvas, right - 10, y, 8, "train", BL_ROLE_DIM, 0);
    bl_canvas_right(d->canvas, right, y++, 8, "valid", BL_ROLE_DIM, 0);
    bl_canvas_text(d->canvas, x, y, 12, "loss", BL_ROLE_DIM, 0);
    bl_canvas_right(d->canvas, right - 10, y, 10, part_number(a, p->train_loss), BL_ROLE_TEXT, 0);
    bl_canvas_right(d->canvas, right, y++, 10, part_number(a, p->validation_loss), BL_ROLE_TEXT, 0);
    snprintf(b, sizeof b, r->lr_now > 0 ? "lr %s" : "", part_number(a, r->lr_now));
    two(d, y++, "gradient", part_number((char[32]){ 0 }, p->gradient_norm), b);
    return y;
}

static int progress_rows(const struct drawing *d, int y)
{
    const struct bl_snapshot *s = d->snap;
    double share = s->planned ? s->epoch / (double)s->planned : NAN;
    char a[32], b[64] = "", c[32];

    part_rule(d, y++);
    if (y < d->rect.y + d->rect.height && share == share) {
        bl_canvas_bar(d->canvas, d->rect.x + 1, y, d->rect.width - 8, share > 1 ? 1 : share, BL_ROLE_FOCUS);
        snprintf(b, sizeof b, "%3.0f %%", 100 * (share > 1 ? 1 : share));
        bl_canvas_right(d->canvas, d->rect.x + d->rect.width, y++, 6, b, BL_ROLE_TEXT, 0);
    }
    b[0] = '\0';
    if (s->busy && s->speed > 0 && share < 1)
        snprintf(b, sizeof b, "left %s", part_elapsed(a, ((double)s->planned - s->epoch) / s->speed + 0.999, true));
    two(d, y++, "elapsed", part_elapsed(c, s->elapsed, s->busy), b);
    return y;
}

static bool placed(const struct drawing *d, const struct panel_type *p)
{
    for (size_t i = 0; i < d->ui->layout.n; i++)
        if (d->ui->layout.placed[i].panel == p)
            return true;
    return false;
}

/* What there is room for below, and no other panel shows: the losses, how far above the optimum they are, else the gradient. */
static void curves_draw(const struct drawing *d, int y)
{
    const bool losses = !placed(d, &panel_loss) && !placed(d, &panel_compare) && !placed(d, &panel_regime);
    const enum bl_curve what = losses ? BL_CURVE_LOSS : isfinite(d->snap->optimum) && !placed(d, &panel_above) ? BL_CURVE_SUBOPTIMALITY : BL_CURVE_GRADIENT;
    struct drawing below = *d;
    struct bl_chart chart;

    below.rect.height -= y - d->rect.y;
    below.rect.y = y;
    below.framed = false;
    if (!part_chart(&below, d->snap, what, &d->ui->memories.run, &chart))
        return;
    chart.note = NULL;
    bl_chart_draw(&chart, d->canvas, below.rect);
}

static void draw(const struct drawing *d)
{
    int y = d->rect.y, bottom = d->rect.y + d->rect.height, fixed;

    if (!d->snap->dataset[0]) {
        part_empty(d, "nothing is loaded", ": load iris");
        return;
    }
    y = data_rows(d, y);
    if (d->snap->n_runs == 0)
        return;
    fixed = 4 + 3; /* front and progress */
    if (bottom - y - fixed >= 3)
        y = race_rows(d, y, bottom - y - fixed - 2);
    if (bottom - y >= 4)
        y = front_rows(d, y);
    if (bottom - y >= 2)
        y = progress_rows(d, y);
    if (d->rect.width >= CURVES_WIDE && bottom - y > CURVES_HIGH) {
        part_rule(d, y++);
        curves_draw(d, y);
    }
}

static void head(const struct drawing *d, char *title, char *note, size_t size)
{
    (void)d;
    (void)note;
    snprintf(title, size, "run");
}

const struct panel_type panel_run = { .name = "run", .figures = true, .head = head, .draw = draw };
