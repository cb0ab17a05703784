/* What the mouse does: nothing that has no key. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "act.h"

static bool inside(const struct bl_rect *r, int x, int y)
{
    return x >= r->x && x < r->x + r->width && y >= r->y && y < r->y + r->height;
}

static size_t panel_at(const struct ui *ui, int x, int y)
{
    for (size_t i = 0; i < ui->layout.n; i++)
        if (inside(&ui->layout.placed[i].rect, x, y))
            return i;
    return SIZE_MAX;
}

/* x of the chart at a column of the screen; nan where none was drawn. */
static double x_at(const struct placed *p, int column)
{
    const struct bl_chart_place *c = &p->chart;
    double share;

    if (c->plot.width < 2)
        return NAN;
    share = (double)(column - c->plot.x) / (c->plot.width - 1);
    share = share < 0 ? 0 : share > 1 ? 1 : share;
    if (c->x_log)
        return exp(log(c->x_min) + share * (log(c->x_max) - log(c->x_min)));
    return c->x_min + share * (c->x_max - c->x_min);
}

/* The key hint of the views leads on to the next view. */
static int next_view_key(const struct ui *ui)
{
    for (int view = ui->view + 1; view <= 9; view++) {
        const struct key_row *k = key_find(key_rows, '0' + view);
        if (k && k->action == ACT_VIEW)
            return '0' + view;
    }
    return '0';
}

static bool hint_click(const struct ui *ui, int x, int y, int *key)
{
    for (size_t i = 0; y == ui->layout.hints_row && i < ui->layout.n_hints; i++) {
        const struct hint_place *h = &ui->layout.hints[i];
        if (x < h->x || x >= h->x + h->width)
            continue;
        *key = h->key == '1' ? next_view_key(ui) : h->key;
        return true;
    }
    return false;
}

/* A name at the end of a curve or in the legend: shown or hidden. */
static bool name_click(struct doing *a, const struct placed *p, int x, int y)
{
    for (size_t i = 0; i < p->chart.n_names; i++) {
        if (!inside(&p->chart.names[i].at, x, y))
            continue;
        if (p->panel == &panel_loss)
            turn_valid(a); /* its curves are those of one run */
        else if (act_stream(a))
            a->ui->strategy = p->chart.names[i].style;
        else
            turn_hidden(a, p->chart.names[i].style);
        return true;
    }
    return false;
}

/* A click on a row of a table chooses it. Rows begin below header and rule. */
static bool row_click(struct doing *a, const struct placed *p, int y)
{
    int row = y - p->rect.y - (p->framed || p->panel->titled ? 1 : 0) - 2;
    size_t at = p->first + (size_t)(row > 0 ? row : 0);

    if (row < 0)
        return false;
    if (p->panel == &panel_race && at < a->snap->n_runs) {
        a->view->front = at;
        act_echo(a, "front '%s'", a->snap->runs[at].name);
        return true;
    }
    if (p->panel == &panel_strategies && a->snap->stream && at < a->snap->stream->n_strategies) {
        a->ui->strategy = at;
        return true;
    }
    if (p->panel == &panel_stats && at < a->snap->n_columns) {
        a->view->column = stats_column(a->snap, a->ui, at);
        return true;
    }
    return false;
}

static void wheel(struct doing *a, const struct placed *p, struct ui_mouse m)
{
    if (inside(&p->chart.plot, m.x, m.y) || !act_panel_takes(a, m.wheel < 0 ? UI_UP : UI_DOWN))
        x_scale(a, m.wheel < 0 ? 0.5 : 2, x_at(p, m.x));
}

/* The button goes up again elsewhere on the same chart: the range between is shown. */
static void drag_end(struct doing *a, struct ui_mouse m)
{
    struct drag drag = a->ui->drag;
    double from, to;

    a->ui->drag.on = false;
    if (!drag.on || drag.panel >= a->ui->layout.n || abs(m.x - drag.x) < 2)
        return;
    from = x_at(&a->ui->layout.placed[drag.panel], drag.x);
    to = x_at(&a->ui->layout.placed[drag.panel], m.x);
    if (isnan(from) || isnan(to))
        return;
    a->ui->cursor = false;
    x_show(a, fmin(from, to), fmax(from, to));
}

static void press(struct doing *a, size_t at, struct ui_mouse m)
{
    const struct placed *p = &a->ui->layout.placed[at];
    bool had_focus = a->ui->layout.n == 1 || a->ui->focus % a->ui->layout.n == at;

    if (m.clicks > 1) {
        a->view->zoom = !a->view->zoom;
        act_echo(a, "zoom");
        return;
    }
    if (name_click(a, p, m.x, m.y) || row_click(a, p, m.y))
        return;
    a->ui->drag = (struct drag){ .on = inside(&p->chart.plot, m.x, m.y), .panel = at, .x = m.x };
    if (had_focus && a->ui->drag.on)
        cursor_at(a, x_at(p, m.x));
}

static bool above_all(struct ui *ui, struct ui_mouse m)
{
    if (ui->blank && !m.up) {
        ui->blank = false;
        return true;
    }
    if (ui->overlay == OVERLAY_NONE)
        return ui->blank;
    if (m.wheel)
        ui->overlay_scroll += 3 * m.wheel;
    else if (!m.up)
        ui->overlay = OVERLAY_NONE;
    return true;
}

void ui_mouse(struct ui *ui, const struct bl_snapshot *snap, struct bl_view_settings *view, struct ui_mouse m, struct bl_text *command)
{
    struct doing a = { ui, snap, view, command };
    size_t at = panel_at(ui, m.x, m.y);
    int key;

    if (above_all(ui, m))
        return;
    if (m.up) {
        drag_end(&a, m);
        return;
    }
    if (!m.wheel && hint_click(ui, m.x, m.y, &key)) {
        ui_key(ui, snap, view, key, command);
        return;
    }
    if (at == SIZE_MAX)
        return;
    if (m.wheel) {
        if (ui->layout.n > 1)
            ui->focus = at;
        wheel(&a, &ui->layout.placed[at], m);
    } else {
        press(&a, at, m);
        if (ui->layout.n > 1 && m.clicks < 2)
            ui->focus = at;
    }
}
