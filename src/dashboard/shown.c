/* The chart that a panel draws, by itself: for words about it, and for a file. */
#include <stdio.h>
#include <string.h>

#include "parts.h"

static bool curve_of(const struct panel_type *p, enum bl_curve *what)
{
    *what = p == &panel_gradient ? BL_CURVE_GRADIENT : p == &panel_above ? BL_CURVE_SUBOPTIMALITY : BL_CURVE_LOSS;
    return p == &panel_gradient || p == &panel_above || p == &panel_loss || p == &panel_compare || p == &panel_regime;
}

bool shown_curves(const struct drawing *d, const struct placed *p, struct bl_chart *chart, bool *curves)
{
    const struct bl_snapshot *s = d->snap;
    struct bl_snapshot one;
    enum bl_curve what;

    *curves = curve_of(p->panel, &what);
    if (!*curves || s->n_runs == 0 || (p->panel == &panel_regime && p->run >= s->n_runs))
        return false;
    if (p->panel == &panel_loss || p->panel == &panel_regime) {
        one = part_only(s, p->panel == &panel_regime ? p->run : ui_front(s, d->view));
        s = &one;
    }
    if (!bl_curve_chart(s, d->view, what, d->arena, chart))
        return false;
    if (p->panel == &panel_loss)
        part_styles(d, chart);
    return true;
}

/* A frame has told what the chart does not: its title says it on paper. */
static void titles(const struct drawing *d, const struct panel_type *p, struct bl_chart *chart)
{
    char title[160] = "", note[160] = "";

    if (p->head)
        p->head(d, title, note, sizeof title);
    if (!chart->title)
        chart->title = bl_arena_text(d->arena, title[0] ? title : p->name, strlen(title[0] ? title : p->name));
    if (!chart->note && note[0])
        chart->note = bl_arena_text(d->arena, note, strlen(note));
}

static bool chart_make(struct drawing *d, const struct placed *p, struct bl_chart *chart)
{
    bool (*make)(const struct drawing *, struct bl_chart *) = p->panel->picture ? p->panel->picture : p->panel->chart;
    bool curves;

    d->run = p->run;
    if (shown_curves(d, p, chart, &curves))
        return true;
    if (curves || !make || !make(d, chart))
        return false;
    titles(d, p->panel, chart);
    return true;
}

/* The panel in focus; where that is a table, the next one that draws. */
static bool chart_find(struct drawing *d, const struct layout *l, size_t focus, struct bl_chart *chart)
{
    for (size_t i = 0; i < l->n; i++)
        if (chart_make(d, &l->placed[(focus + i) % l->n], chart))
            return true;
    return false;
}

struct bl_chart *shown_copy(struct ui *ui, const struct bl_snapshot *snap, const struct bl_view_settings *view, struct bl_error *err)
{
    enum { WIDE = 100, HIGH = 30 }; /* what heads and charts take for their size */
    struct bl_canvas c = { .charset = BL_CHARSET_BRAILLE };
    struct drawing d = { .canvas = &c, .rect = { 0, 0, WIDE, HIGH }, .snap = snap, .told = snap, .view = view, .ui = ui, .arena = bl_arena_create(256 * 1024) };
    struct bl_chart chart, *copy = NULL;

    if (!d.arena)
        bl_fail_memory(err, "the chart");
    else if (chart_find(&d, &ui->layout, ui->focus, &chart))
        copy = bl_chart_copy(&chart, err);
    else if (!bl_fail(err, BL_STATE, "no chart is shown that could be a picture"))
        bl_hint(err, "a view with a chart: view loss; screen FILE.txt keeps all that is shown");
    bl_arena_free(d.arena);
    return copy;
}
