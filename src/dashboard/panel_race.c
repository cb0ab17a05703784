/* The table of the contestants: updates and samples side by side, so that the unit is never in doubt. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "parts.h"

enum { COLUMNS = 10, NAME_WIDTH = 14, GAP = 1 };

/* `target` holds a title. */
static void columns_fill(const struct bl_snapshot *snap, struct part_column *c, char target[24])
{
    static const struct part_column fixed[COLUMNS] = {
        { "regime", NAME_WIDTH, 0 }, { "batch", 7, 8 }, { "lr", 8, 3 }, { "updates", 9, 2 }, { "samples", 9, 4 },
        { "loss", 10, 1 }, { "best", 10, 7 }, { "above opt", 10, 5 }, { "to target", 10, 6 }, { "time", 9, 5 },
    };
    char number[32];

    target[0] = '\0';
    memcpy(c, fixed, sizeof fixed);
    if (!isnan(snap->target_objective))
        snprintf(target, 24, "to %s", bl_number_format(number, sizeof number, snap->target_objective, 3));
    else
        c[8].width = 0;
    c[8].title = target;
    if (!isfinite(snap->optimum))
        c[7].width = 0;
    for (size_t i = 0; i < snap->n_runs; i++) {
        int width = 3 + (int)bl_text_width(snap->runs[i].name, strlen(snap->runs[i].name));
        c[0].width = width > c[0].width ? width : c[0].width;
    }
    if (c[0].width > 26)
        c[0].width = 26;
}

static const char *cell(const struct bl_run_view *r, int column, int width, char buffer[32])
{
    switch (column) {
    case 1: return part_count(buffer, (double)r->batch);
    case 2: return r->lr > 0 ? part_fit(buffer, r->lr, 3, width) : "-";
    case 3: return part_tally(buffer, (double)r->now.updates, width);
    case 4: return part_tally(buffer, (double)r->now.samples, width);
    case 5: return part_fit(buffer, r->now.train_loss, 4, width);
    case 6: return part_fit(buffer, r->best, 4, width);
    case 7: return part_fit(buffer, r->suboptimality, 3, width);
    case 8: return part_tally(buffer, r->samples_to_target, width);
    default: return bl_seconds_format(buffer, 32, r->now.seconds);
    }
}

static void row_draw(const struct drawing *d, const struct part_column *c, size_t i, int y)
{
    const struct bl_run_view *r = &d->snap->runs[i];
    bool bad = r->status == BL_DIVERGED_RUN, front = d->snap->n_runs > 1 && i == ui_front(d->snap, d->view);
    int x = d->rect.x + 1 + c[0].width;
    char buffer[32];

    if (d->focused && i == ui_front(d->snap, d->view))
        d->ui->item_x = d->rect.x, d->ui->item_y = y;
    if (front && d->focused)
        bl_canvas_put(d->canvas, d->rect.x, y, 0x25b8, BL_ROLE_FOCUS, BL_BOLD);
    part_name(d, d->rect.x + 1, y, c[0].width - 1, i);
    for (int k = 1; k < COLUMNS; k++) {
        if (!c[k].width)
            continue;
        x += c[k].width;
        if (bad && (k == 5 || k == 7))
            bl_canvas_right(d->canvas, x, y, c[k].width - GAP, k == 5 ? "! inf" : "!", BL_ROLE_BAD, BL_BOLD);
        else
            bl_canvas_right(d->canvas, x, y, c[k].width - GAP, cell(r, k, c[k].width - GAP, buffer), BL_ROLE_TEXT, front ? BL_BOLD : 0);
    }
}

static void draw(const struct drawing *d)
{
    struct part_column c[COLUMNS];
    char target[24];
    int x = d->rect.x + 1, y = d->rect.y, rule = d->rect.height > 2 ? 1 : 0;

    if (d->snap->n_runs == 0) {
        part_empty(d, "no contestants yet", ": compare batch mini:32 sgd");
        return;
    }
    columns_fill(d->snap, c, target);
    part_columns_fit(c, COLUMNS, d->rect.width);
    bl_canvas_text(d->canvas, x, y, c[0].width - 1, c[0].title, BL_ROLE_DIM, 0);
    x += c[0].width;
    for (int k = 1; k < COLUMNS; k++)
        if (c[k].width) {
            x += c[k].width;
            bl_canvas_right(d->canvas, x, y, c[k].width - GAP, c[k].title, BL_ROLE_DIM, 0);
        }
    for (int i = d->rect.x + 1; rule && i < x; i++)
        bl_canvas_put(d->canvas, i, y + 1, 0x2500, BL_ROLE_DIM, 0);
    size_t room = d->rect.height > 1 + rule ? (size_t)(d->rect.height - 1 - rule) : 0;
    size_t first = part_first(d->snap->n_runs, room, ui_front(d->snap, d->view));
    if (d->place)
        d->place->first = first;
    for (size_t i = 0; i < room && first + i < d->snap->n_runs; i++)
        row_draw(d, c, first + i, y + 1 + rule + (int)i);
}

static void head(const struct drawing *d, char *title, char *note, size_t size)
{
    snprintf(title, size, d->snap->n_runs > 1 ? "contestants" : "run");
    snprintf(note, size, "seed %llu", (unsigned long long)d->snap->seed);
}

static int rows(const struct bl_snapshot *snap) { return 2 + (snap->n_runs ? (int)snap->n_runs : 1); }

static const char *item(const struct ui *ui, const struct bl_snapshot *s, const struct bl_view_settings *view, size_t i)
{
    (void)ui, (void)view;
    return i < s->n_runs ? s->runs[i].name : NULL;
}

static size_t chosen(const struct ui *ui, const struct bl_snapshot *s, const struct bl_view_settings *view)
{
    (void)ui;
    return ui_front(s, view);
}

static void choose(struct ui *ui, const struct bl_snapshot *s, struct bl_view_settings *view, size_t i)
{
    (void)ui, (void)s;
    view->front = i;
}

const struct panel_type panel_race = { .name = "table", .figures = true, .head = head, .draw = draw, .rows = rows,
                                     .item = item, .chosen = chosen, .choose = choose };
