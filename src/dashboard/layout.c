/* View and size decide what stands where, in steps. */
#include <string.h>

#include "parts.h"

enum step layout_step(int width, int height, const struct bl_view_settings *view)
{
    if (width < 40 || height < 10)
        return STEP_LINE;
    if (width < 80 || height < 24 || view->present)
        return STEP_ONE;
    if (width < 120 || height < 40)
        return STEP_TABLE;
    return width < 200 || height < 60 ? STEP_FOUR : STEP_ALL;
}

/* ---- chosen panels -----------------------------------------------------------------------------------*/

const struct panel_type *const panel_types[] = {
    &panel_loss, &panel_compare, &panel_race, &panel_run, &panel_gradient, &panel_above, &panel_weights, &panel_layers, &panel_stats, &panel_histogram,
    &panel_regime, &panel_boundary, &panel_contour, &panel_theory, &panel_curvature, &panel_modes, &panel_rate, &panel_update, &panel_step, &panel_fan,
    &panel_evaluation, &panel_metrics, &panel_calibration, &panel_roc, &panel_stream, &panel_strategies, &panel_spent, &panel_forgotten, &panel_tree, &panel_events, NULL,
};

const struct panel_type *panel_find(const char *name, size_t n)
{
    for (size_t i = 0; panel_types[i]; i++)
        if (strlen(panel_types[i]->name) == n && !strncmp(panel_types[i]->name, name, n))
            return panel_types[i];
    return NULL;
}

/* What was chosen for this view; 0: nothing was. A name that is none leaves its place out. */
static size_t chosen_panels(int view, const struct bl_view_settings *v, const struct panel_type **p)
{
    const char *at = view >= 0 && view < 11 ? v->panels[view] : "";
    size_t n = 0;

    while (*at && n < PLACED_MAX) {
        size_t length;
        at += strspn(at, " ");
        length = strcspn(at, " ");
        p[n] = panel_find(at, length);
        n += p[n] != NULL;
        at += length;
    }
    return n;
}

/* ---- the panels of a view ----------------------------------------------------------------------------*/

static const struct panel_type *const stream_panels[] = { &panel_stream, &panel_strategies, &panel_spent, &panel_forgotten, &panel_events };
enum { STREAM_PANELS = sizeof stream_panels / sizeof *stream_panels };

/* What was worked on last is what is compared. */
static bool shows_stream(int view, const struct bl_snapshot *snap) { return snap->streams && (view == 0 || view == 2); }

/* The panels of a view, the one it is about first. */
static size_t panels_of(int view, const struct bl_snapshot *snap, const struct panel_type **p)
{
    const struct panel_type *first = snap->compare || snap->n_runs > 1 ? &panel_compare : &panel_loss;
    static const struct panel_type *const lists[][6] = {
        { NULL, &panel_race, &panel_weights, &panel_gradient, &panel_run, &panel_events },
        { &panel_loss, &panel_race, &panel_gradient, &panel_weights, &panel_run, &panel_events },
        { &panel_compare, &panel_race, &panel_above, &panel_gradient, &panel_run, &panel_events },
        { &panel_stats, &panel_histogram, NULL }, { &panel_boundary, &panel_race, &panel_weights, &panel_gradient, NULL },
        { &panel_contour, &panel_race, &panel_weights, &panel_gradient, NULL },
        { &panel_weights, &panel_race, &panel_gradient, &panel_rate, NULL }, { &panel_events, &panel_tree, &panel_race, NULL },
        { &panel_theory, &panel_curvature, &panel_modes, &panel_rate, NULL }, { &panel_update, &panel_step, &panel_fan, NULL },
        { &panel_evaluation, &panel_metrics, &panel_calibration, &panel_roc, NULL },
    };
    size_t n = 0;

    view = view < 0 || view > 10 ? 1 : view;
    if (shows_stream(view, snap)) {
        memcpy(p, stream_panels, sizeof stream_panels);
        return STREAM_PANELS;
    }
    if (view == 6 && snap->n_layers) /* single weights of a network say little */
        p[n++] = &panel_layers;
    for (size_t i = 0; i < 6 && n < 6 && (lists[view][i] || (view == 0 && i == 0)); i++)
        if ((lists[view][i] != &panel_tree || snap->n_tree > 1) /* a tree of one run tells nothing */
            && (lists[view][i] != &panel_roc || snap->classes)) /* and numbers have no thresholds */
            p[n++] = lists[view][i] ? lists[view][i] : first;
    return n;
}

/* Without an optimum there is nothing to be above of. */
static const struct panel_type *above_or_loss(const struct bl_snapshot *snap)
{
    return snap->optimum - snap->optimum == 0 ? &panel_above : &panel_loss;
}

static const struct panel_type *weights_or_layers(const struct bl_snapshot *snap) { return snap->n_layers ? &panel_layers : &panel_weights; }

static void put(struct layout *l, const struct panel_type *p, size_t run, struct bl_rect r, bool framed)
{
    if (l->n < PLACED_MAX && r.width > 0 && r.height > 0)
        l->placed[l->n++] = (struct placed){ .panel = p, .run = run, .rect = r, .framed = framed };
}

/* ---- the steps -------------------------------------------------------------------------------------*/

static void step_one(struct layout *l, struct bl_rect r, const struct bl_snapshot *snap, const struct ui *ui)
{
    const struct panel_type *p[6];
    size_t n = panels_of(ui->view, snap, p);

    put(l, p[ui->focus % n], 0, r, false);
}

/* Rows for the lower panel: what it wants, at most a row less than half, or half for a histogram. */
static int lower_rows(const struct panel_type *upper, const struct panel_type *lower, struct bl_rect r, const struct bl_snapshot *snap)
{
    int want = lower->rows ? lower->rows(snap) : r.height / 3;

    if (upper->rows) { /* a table above: it takes what it needs, up to half; all classes matter more than the last metrics */
        int above = upper->rows(snap) + 1, most = upper == &panel_evaluation ? r.height * 3 / 4 : r.height / 2;
        return r.height - (above > most ? most : above);
    }
    return want > r.height / 2 - 1 ? r.height / 2 - 1 : want;
}

static void step_table(struct layout *l, struct bl_rect r, const struct bl_snapshot *snap, const struct ui *ui)
{
    const struct panel_type *p[6];
    size_t n = panels_of(ui->view, snap, p);
    int lower = n > 1 && (ui->view != 6 || snap->n_layers) ? lower_rows(p[0], p[1], r, snap) : 0, upper = r.height - lower, left = r.width;

    if (ui->view == 0 && !snap->streams) { /* overview: curves and weights beside each other, the table below */
        left = r.width * 3 / 5;
        put(l, p[0], 0, (struct bl_rect){ r.x, r.y, left, upper }, false);
        put(l, &panel_weights, 0, (struct bl_rect){ r.x + left + 1, r.y, r.width - left - 1, upper }, false);
    } else {
        put(l, p[0], 0, (struct bl_rect){ r.x, r.y, r.width, upper }, false);
    }
    if (lower)
        put(l, p[1], 0, (struct bl_rect){ r.x, r.y + upper, r.width, lower }, false);
}

/* Where runs fork, their tree is worth a panel. */
static bool forked(const struct bl_snapshot *snap)
{
    for (size_t i = 0; i < snap->n_tree; i++)
        if (snap->tree[i].parent)
            return true;
    return false;
}

static bool placed_already(const struct layout *l, const struct panel_type *p)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->placed[i].panel == p || (p == &panel_gradient && l->placed[i].panel == &panel_weights)) /* these have both */
            return true;
    return false;
}

enum { ROC_INSIDE = 160 };

/* The panel of the view large, the run beside it, three more below. */
static void step_four(struct layout *l, struct bl_rect r, const struct bl_snapshot *snap, const struct ui *ui)
{
    const struct panel_type *fill[] = { NULL, NULL, NULL, &panel_boundary, forked(snap) ? &panel_tree : &panel_contour, weights_or_layers(snap), &panel_gradient,
                                        above_or_loss(snap), &panel_histogram };
    const struct panel_type *p[6];
    int top = r.height * 6 / 11, wide = r.width * 41 / 60, x = r.x, third = r.width / 3;
    size_t below = 0, n;

    n = panels_of(ui->view, snap, p);
    if (ui->view == 10 && r.width >= ROC_INSIDE) /* beside the confusion there */
        n = n < 3 ? n : 3;
    for (int i = 0; i < 3 && i + 1 < (int)n && (ui->view >= 8 || ui->view == 3 || (ui->view == 6 && snap->n_layers)); i++)
        fill[i] = p[i + 1]; /* what belongs to the view comes first */
    if (ui->view == 10 && !snap->classes) /* the validation rows stand above: those of training would look the same */
        fill[3] = weights_or_layers(snap);
    if (ui->view == 7 && snap->n_tree > 1)
        fill[0] = &panel_tree;
    put(l, p[0], 0, (struct bl_rect){ r.x, r.y, wide, top }, true);
    put(l, &panel_run, 0, (struct bl_rect){ r.x + wide, r.y, r.width - wide, top }, true);
    for (size_t i = 0; i < sizeof fill / sizeof *fill && below < 3; i++) {
        if (!fill[i] || fill[i] == &panel_race || placed_already(l, fill[i])) /* the table is in that of the run */
            continue;
        put(l, fill[i], 0, (struct bl_rect){ x, r.y + top, below == 2 ? r.x + r.width - x : third, r.height - top }, true);
        x += third;
        below++;
    }
}

/* Curves large, the table beside them, below what they cost and what was forgotten. */
static void stream_four(struct layout *l, struct bl_rect r)
{
    int top = r.height * 3 / 5, wide = r.width * 41 / 60, x = r.x;

    put(l, &panel_stream, 0, (struct bl_rect){ r.x, r.y, wide, top }, true);
    put(l, &panel_strategies, 0, (struct bl_rect){ r.x + wide, r.y, r.width - wide, top }, true);
    for (int i = 2; i < STREAM_PANELS; i++) {
        int to = r.x + r.width * (i - 1) / (STREAM_PANELS - 2);
        put(l, stream_panels[i], 0, (struct bl_rect){ x, r.y + top, to - x, r.height - top }, true);
        x = to;
    }
}

/* Panels of one width; of two the first has three quarters. */
static void row_of(struct layout *l, const struct panel_type *const *p, const size_t *runs, size_t n, struct bl_rect r)
{
    int parts = n < 3 ? 4 : (int)n, more = parts - (int)n;

    for (size_t i = 0; i < n; i++) {
        int from = i ? r.width * ((int)i + more) / parts : 0, to = r.width * ((int)i + 1 + more) / parts;
        put(l, p[i], runs ? runs[i] : 0, (struct bl_rect){ r.x + from, r.y, to - from, r.height }, true);
    }
}

/* Regimes side by side with equal axes, then everything else. */
static void step_all(struct layout *l, struct bl_rect r, const struct bl_snapshot *snap, const struct bl_view_settings *view)
{
    const struct panel_type *first[4], *second[] = { &panel_boundary, &panel_contour, forked(snap) ? &panel_tree : &panel_histogram, weights_or_layers(snap) };
    const struct panel_type *wide = &panel_compare;
    size_t runs[4], n = 0, shown = snap->n_runs < 3 ? snap->n_runs : 3, front = ui_front(snap, view);
    size_t from = front >= shown ? front - shown + 1 : 0;
    int a = r.height * 20 / 57, b = r.height * 20 / 57, y = r.y + a + b, rest = r.height - a - b, half = r.width / 2;
    int table = panel_race.rows(snap) + 2 < rest / 2 ? panel_race.rows(snap) + 2 : rest / 2;

    if (snap->n_runs < 2) {
        first[n] = &panel_loss, runs[n++] = 0;
        wide = &panel_stats;
    } else {
        for (size_t i = 0; i < shown; i++)
            first[n] = &panel_regime, runs[n++] = from + i;
    }
    first[n] = &panel_run, runs[n++] = 0;
    row_of(l, first, runs, n, (struct bl_rect){ r.x, r.y, r.width, a });
    row_of(l, second, NULL, 4, (struct bl_rect){ r.x, r.y + a, r.width, b });
    put(l, wide, 0, (struct bl_rect){ r.x, y, half, rest }, true);
    put(l, &panel_race, 0, (struct bl_rect){ r.x + half, y, r.width - half, table }, true);
    put(l, &panel_events, 0, (struct bl_rect){ r.x + half, y + table, r.width - half, rest - table }, true);
}

/* ---- all --------------------------------------------------------------------------------------------*/

static int event_rows(enum step step, const struct bl_view_settings *view)
{
    return view->present || step == STEP_ONE ? 1 : step == STEP_TABLE ? 2 : step == STEP_FOUR ? 3 : 1;
}

/* Panels that were chosen: in rows, at the size that fits so many; where there is room for fewer, the first. */
static void chosen_place(struct layout *l, enum step step, struct bl_rect r, const struct panel_type *const *p, size_t n, const struct ui *ui)
{
    size_t most = step == STEP_ONE ? 1 : step == STEP_TABLE ? 2 : step == STEP_FOUR ? 6 : PLACED_MAX, across, rows, at = 0, regime = 0;
    bool framed = step >= STEP_FOUR;

    if (step == STEP_ONE) {
        put(l, p[ui->focus % n], 0, r, false);
        return;
    }
    n = n < most ? n : most;
    across = step == STEP_TABLE || n == 1 ? 1 : n <= 4 ? 2 : n <= 6 || step == STEP_FOUR ? 3 : 4;
    rows = (n + across - 1) / across;
    for (size_t row = 0; row < rows; row++) {
        int top = r.height * (int)row / (int)rows, bottom = r.height * (int)(row + 1) / (int)rows;
        size_t here = row + 1 < rows ? n / rows : n - at; /* the last row has those that are left over */
        for (size_t k = 0; k < here; k++, at++) {
            int from = r.width * (int)k / (int)here, to = r.width * (int)(k + 1) / (int)here;
            put(l, p[at], p[at] == &panel_regime ? regime++ : 0, (struct bl_rect){ r.x + from, r.y + top, to - from, bottom - top }, framed);
        }
    }
}

static void make_inside(struct layout *l, enum step step, struct bl_rect r, const struct bl_snapshot *snap,
                        const struct bl_view_settings *view, const struct ui *ui)
{
    const struct panel_type *chosen[PLACED_MAX];
    size_t n = chosen_panels(ui->view, view, chosen);

    if (n > 0)
        chosen_place(l, step, r, chosen, n, ui);
    else if (step == STEP_ONE)
        step_one(l, r, snap, ui);
    else if (step == STEP_TABLE)
        step_table(l, r, snap, ui);
    else if (shows_stream(ui->view, snap))
        stream_four(l, r);
    else if (step == STEP_ALL && ui->view == 0)
        step_all(l, r, snap, view);
    else
        step_four(l, r, snap, ui);
    if (view->zoom && step != STEP_ONE && l->n) {
        struct placed one = l->placed[ui->focus % l->n];
        l->n = 0;
        put(l, one.panel, one.run, r, step >= STEP_FOUR);
    }
}

void layout_make(struct layout *l, int width, int height, const struct bl_snapshot *snap,
                 const struct bl_view_settings *view, const struct ui *ui)
{
    enum step step = layout_step(width, height, view);
    int events = event_rows(step, view);

    memset(l, 0, sizeof *l);
    l->hints_row = -1;
    l->width = width, l->height = height;
    if (step == STEP_LINE) {
        l->events = (struct bl_rect){ 0, height - 1, width, height > 1 ? 1 : 0 };
        return;
    }
    l->hints_row = height - 1;
    l->events = (struct bl_rect){ 0, height - 1 - events, width, events };
    if (view->present)
        l->big = (struct bl_rect){ 0, 1, width, big_rows(width, height - 2 - events, snap, ui) };
    make_inside(l, step, (struct bl_rect){ 0, 1 + l->big.height, width, height - 2 - events - l->big.height }, snap, view, ui);
}
