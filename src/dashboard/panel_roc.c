/* What every threshold would give: true positive rate over false positive rate, each class against the rest. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "parts.h"

static const struct bl_evaluation_view *evaluation_of(const struct drawing *d)
{
    const struct bl_evaluation_view *v = d->snap->evaluation;

    return v && v->front == ui_front(d->snap, d->view) ? v : NULL;
}

static void head(const struct drawing *d, char *title, char *note, size_t size)
{
    const struct bl_evaluation_view *v = evaluation_of(d);

    snprintf(title, size, "roc");
    if (v && v->n_roc > 1 && v->n_roc < v->n_classes)
        snprintf(note, size, "%zu of %zu classes, least found", v->n_roc, v->n_classes);
    if (!v || v->n_roc != 1)
        return;
    snprintf(title, size, "roc of %s", v->classes[v->roc[0].class]);
    snprintf(note, size, "auc %.3f", v->roc[0].auc);
}

bool roc_chart(const struct drawing *d, struct bl_chart *chart)
{
    static const double ends[] = { 0, 1 };
    const struct bl_evaluation_view *v = evaluation_of(d);
    struct bl_series *s = v && v->n_roc ? bl_arena_take(d->arena, v->n_roc + 1, sizeof *s) : NULL;
    char number[32];

    if (!s)
        return false;
    *chart = bl_chart_make(BL_CHART_LINES);
    for (size_t i = 0; i < v->n_roc; i++) {
        const struct bl_roc_view *c = &v->roc[i];

        snprintf(number, sizeof number, "auc %.3f", c->auc);
        s[i] = (struct bl_series){ .name = v->classes[c->class], .value = bl_arena_text(d->arena, number, strlen(number)), .x = c->fpr, .y = c->tpr,
                                   .n = c->n, .style = v->n_roc > 1 && v->n_roc < v->n_classes ? i : c->class };
    }
    s[v->n_roc] = (struct bl_series){ .name = "chance", .x = ends, .y = ends, .n = 2, .dim = true, .no_label = true };
    chart->series = s;
    chart->n_series = v->n_roc + 1;
    chart->x = (struct bl_axis){ .label = "fpr", .min = 0, .max = 1 };
    chart->y = (struct bl_axis){ .label = "", .min = 0, .max = 1 };
    chart->thick = d->view->present;
    return true;
}

static void draw(const struct drawing *d)
{
    const struct bl_evaluation_view *v = evaluation_of(d);
    struct bl_chart chart;

    if (part_no_run(d))
        return;
    if (v && !v->why[0] && roc_chart(d, &chart)) {
        if (v->n_roc == 1) /* the title has its name and value */
            ((struct bl_series *)chart.series)->no_label = true;
        bl_chart_draw(&chart, d->canvas, d->rect);
    } else {
        part_empty(d, !v ? part_waiting(d) : v->why[0] ? v->why : v->regression ? "numbers have no thresholds" : "these rows have one class only", "");
    }
}

const struct panel_type panel_roc = {
    .name = "roc", .sights = 1u << BL_SIGHT_EVALUATION, .head = head, .titled = true, .draw = draw, .chart = roc_chart,
    .explains = "For every threshold: the share of the rows of a class that\n"
                "is found, over fpr, the share of all others taken for\n"
                "it. Up the left border and along the top is perfect, the\n"
                "dim line is chance. auc: the area below the curve.\n" };
