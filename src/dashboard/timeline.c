/* The time cursor: a recorded point of the run in front, and what is done from there. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "act.h"

/* ---- where it stands ---------------------------------------------------------------------------------*/

static const char *const x_words[] = { "samples", "updates", "epochs", "seconds" };

/* The newest recorded point of a run at or before x. */
static const struct bl_point *point_before(const struct bl_run_view *r, enum bl_x unit, double x)
{
    const struct bl_point *best = NULL;

    for (size_t i = 0; i < r->n_points && (ui_x(&r->points[i], unit) <= x || !best); i++)
        best = &r->points[i];
    return best;
}

/* The chart in focus, or else the first on the screen, shows the run in front alone. */
static bool one_run(const struct doing *a)
{
    const struct layout *l = &a->ui->layout;

    for (size_t i = 0; i < l->n; i++)
        if (l->placed[i].panel == &panel_compare)
            return a->snap->n_runs == 1;
        else if (l->placed[i].panel == &panel_loss)
            return true;
    return a->snap->n_runs == 1;
}

/* All curves at the cursor, in the event line: the chart may have no room for it. */
static void cursor_tell(struct doing *a, const struct bl_run_view *r, const struct bl_point *p)
{
    enum bl_x unit = bl_view_x(a->snap, a->view);
    char text[240], number[32];
    int n;

    n = snprintf(text, sizeof text, "epoch %.4g, %s ", p->epoch, part_tally(number, (double)p->updates, 7));
    n += snprintf(text + n, sizeof text - (size_t)n, "update%s:", p->updates == 1 ? "" : "s");
    if (one_run(a)) {
        n += snprintf(text + n, sizeof text - (size_t)n, " train %s", bl_number_format(number, sizeof number, p->train_loss, 4));
        if (!isnan(p->validation_loss))
            snprintf(text + n, sizeof text - (size_t)n, ", valid %s", bl_number_format(number, sizeof number, p->validation_loss, 4));
    }
    for (size_t i = 0; !one_run(a) && i < a->snap->n_runs && (size_t)n + 24 < sizeof text; i++) {
        const struct bl_point *q = &a->snap->runs[i] == r ? p : point_before(&a->snap->runs[i], unit, ui_x(p, unit));
        n += snprintf(text + n, sizeof text - (size_t)n, " %s %s", bl_marker(i, BL_CHARSET_BRAILLE),
                      q ? bl_number_format(number, sizeof number, q->train_loss, 3) : "-");
    }
    ui_message(a->ui, BL_ROLE_TEXT, "%s", text);
}

/* Of every strategy what the chart in focus shows there. */
static void rows_tell(struct doing *a, const struct bl_stream_view *v, size_t at)
{
    const struct placed *focus = act_focused(a);
    const bool spent = focus && focus->panel == &panel_spent, old = focus && focus->panel == &panel_forgotten && v->probe;
    char text[240], number[32];
    int n = snprintf(text, sizeof text, "rows to %.0f, %s:", v->end[at], spent ? "row passes" : old ? "old rows" : v->classes ? "error" : "rmse");

    for (size_t i = 0; i < v->n_strategies && (size_t)n + 24 < sizeof text; i++) {
        const struct bl_strategy_view *s = &v->strategies[i];

        n += snprintf(text + n, sizeof text - (size_t)n, " %s %s", bl_marker(i, BL_CHARSET_BRAILLE),
                      spent ? bl_count_format(number, sizeof number, s->spent[at + 1]) : bl_number_format(number, sizeof number, old ? s->old[at + 1] : s->error[at], 3));
    }
    ui_message(a->ui, BL_ROLE_TEXT, "%s", text);
}

/* What the cursor goes along: the points of the run in front, or those of a stream. */
struct track { const struct bl_run_view *run; const struct bl_stream_view *stream; size_t n; };

/* False: there is none, which has been said, or it has no point. */
static bool track_of(struct doing *a, struct track *t)
{
    *t = (struct track){ .stream = act_stream(a) };
    if (!t->stream)
        t->run = act_front(a);
    t->n = t->stream ? t->stream->n : t->run ? t->run->n_points : 0;
    return t->n > 0;
}

static double track_x(const struct doing *a, const struct track *t, size_t i)
{
    return t->stream ? t->stream->at[i] : ui_x(&t->run->points[i], bl_view_x(a->snap, a->view));
}

/* Where on the track the cursor stands; SIZE_MAX: nowhere. */
static size_t track_at(const struct doing *a, const struct track *t)
{
    const struct bl_point *p = t->stream ? NULL : ui_cursor_point(a->ui, t->run);

    return t->stream ? ui_cursor_row(a->ui, t->stream) : p ? (size_t)(p - t->run->points) : SIZE_MAX;
}

/* A range that is shown moves along. */
static void keep_in_sight(struct doing *a, double x)
{
    double width = a->view->x_to - a->view->x_from;

    if (!(width > 0) || a->view->x_rows != (act_stream(a) != NULL) || (x >= a->view->x_from && x <= a->view->x_to))
        return;
    a->view->x_from = fmax(0, x - width / 2);
    a->view->x_to = a->view->x_from + width;
}

static void cursor_set(struct doing *a, const struct track *t, size_t at)
{
    a->ui->cursor = true;
    a->ui->cursor_rows = t->stream != NULL;
    if (t->stream)
        a->ui->cursor_row = t->stream->at[at];
    else
        a->ui->cursor_update = t->run->points[at].updates;
    keep_in_sight(a, track_x(a, t, at));
    if (t->stream)
        rows_tell(a, t->stream, at);
    else
        cursor_tell(a, t->run, &t->run->points[at]);
}

static void cursor_off(struct doing *a)
{
    if (!a->ui->cursor)
        ui_message(a->ui, BL_ROLE_DIM, "at the newest point, and following");
    a->ui->cursor = false;
}

double cursor_x(const struct doing *a)
{
    struct track t = { .stream = act_stream(a), .run = a->snap->n_runs ? &a->snap->runs[ui_front(a->snap, a->view)] : NULL };
    const size_t at = t.stream || t.run ? track_at(a, &t) : SIZE_MAX;

    return at == SIZE_MAX ? NAN : track_x(a, &t, at);
}

void cursor_move(struct doing *a, int by)
{
    struct track t;
    size_t at;

    if (!track_of(a, &t))
        return;
    at = track_at(a, &t);
    at = at == SIZE_MAX ? t.n - 1 : at;
    if (by < 0)
        at = at > (size_t)-by ? at - (size_t)-by : 0;
    else
        at += (size_t)by;
    if (at >= t.n)
        cursor_off(a); /* past the newest point: follow again */
    else
        cursor_set(a, &t, at);
}

void cursor_end(struct doing *a, bool first)
{
    struct track t;

    if (act_panel_takes(a, first ? UI_HOME : UI_END))
        return;
    if (track_of(a, &t) && first)
        cursor_set(a, &t, 0);
    else if (t.stream || t.run)
        cursor_off(a);
}

void cursor_at(struct doing *a, double x)
{
    struct track t;
    size_t best = 0;

    if (!track_of(a, &t))
        return;
    for (size_t i = 1; i < t.n; i++)
        if (fabs(track_x(a, &t, i) - x) < fabs(track_x(a, &t, best) - x))
            best = i;
    cursor_set(a, &t, best);
}

/* ---- from there ------------------------------------------------------------------------------------------*/

/* "goto 7" or "goto update 896": ends of epochs are the same for all contestants. */
static void goto_text(const struct bl_point *p, char *out, size_t size)
{
    if (p->epoch == floor(p->epoch))
        snprintf(out, size, "goto %.0f", p->epoch);
    else
        snprintf(out, size, "goto update %llu", (unsigned long long)p->updates);
}

void cursor_go(struct doing *a)
{
    const struct bl_run_view *r = act_front(a);
    const struct bl_point *p = r ? ui_cursor_point(a->ui, r) : NULL;
    char text[64];

    if (!r)
        return;
    if (!p) {
        ui_message(a->ui, BL_ROLE_DIM, "c takes the training to the cursor: ← places it");
        return;
    }
    goto_text(p, text, sizeof text);
    bl_text_add(a->command, text);
    a->ui->cursor = false;
}

void break_here(struct doing *a)
{
    const struct bl_run_view *r = act_front(a);
    const struct bl_point *p = r ? ui_cursor_point(a->ui, r) : NULL;
    enum bl_x unit = bl_view_x(a->snap, a->view);
    char number[40], text[96];

    if (!r)
        return;
    if (!p) { /* nothing recorded yet: in what is to come */
        snprintf(text, sizeof text, "break when epoch >= %.0f", floor(r->now.epoch) + 1);
        line_open(&a->ui->line, text);
        return;
    }
    unit = unit == BL_X_SECONDS ? BL_X_UPDATES : unit;
    bl_text_addf(a->command, "break when %s >= %s", unit == BL_X_EPOCHS ? "epoch" : x_words[unit],
                 bl_number_exact(number, sizeof number, ui_x(p, unit)));
}

/* What comes before the settings of a fork: the way to the cursor, the contestant. */
static bool fork_begin(struct doing *a, const struct bl_run_view *r, struct bl_text *out)
{
    const struct bl_point *p = ui_cursor_point(a->ui, r);
    char there[64];

    if (!strncmp(r->regime, "full", 4)) {
        ui_message(a->ui, BL_ROLE_WARN, "%s chooses its steps itself: there is no lr to change; :fork NAME sgd lr=0.1", r->name);
        return false;
    }
    if (p) {
        goto_text(p, there, sizeof there);
        bl_text_addf(out, "%s; ", there);
    }
    bl_text_add(out, "fork ");
    if (a->snap->n_runs > 1)
        bl_text_addf(out, strchr(r->name, '\'') ? "from=\"%s\" " : "from='%s' ", r->name);
    return true;
}

void fork_here(struct doing *a)
{
    const struct bl_run_view *r = act_front(a);
    struct bl_text text = { 0 };
    char number[40];

    if (r && fork_begin(a, r, &text)) {
        if (r->lr > 0)
            bl_text_addf(&text, "lr=%s", bl_number_exact(number, sizeof number, r->lr));
        line_open(&a->ui->line, bl_text_get(&text));
    }
    bl_text_free(&text);
}

/* Training goes on if it went on before. */
static void fork_end(struct doing *a)
{
    if (a->snap->busy)
        bl_text_add(a->command, "; run");
    a->ui->cursor = false;
}

void fork_rate(struct doing *a, double factor)
{
    const struct bl_run_view *r = act_front(a);
    char number[40];

    if (r && !(r->lr > 0))
        ui_message(a->ui, BL_ROLE_DIM, "%s chooses its own steps: it has no learning rate", r->name);
    if (!r || !(r->lr > 0) || !fork_begin(a, r, a->command))
        return;
    snprintf(number, sizeof number, "%.4g", r->lr * factor);
    bl_text_addf(a->command, "lr=%s", number);
    fork_end(a);
}

void fork_batch(struct doing *a, bool twice)
{
    const struct bl_run_view *r = act_front(a);
    const struct bl_point *p = r ? ui_cursor_point(a->ui, r) : NULL;
    double epoch = !r ? 0 : p ? p->epoch : r->now.epoch;
    size_t rows = a->snap->train_rows, batch = !r ? 0 : twice ? 2 * r->batch : r->batch / 2;

    if (!r)
        return;
    if (twice ? r->batch >= rows : r->batch <= 1) {
        ui_message(a->ui, BL_ROLE_DIM, twice ? "an update uses all %zu rows already" : "an update uses %zu row already", twice ? rows : r->batch);
        return;
    }
    if (!p && !a->snap->busy && epoch != floor(epoch)) {
        ui_message(a->ui, BL_ROLE_WARN, "the batch size changes at an end of an epoch: e finishes this one");
        return;
    }
    if (!fork_begin(a, r, a->command))
        return;
    if (!p && a->snap->busy) { /* it runs on meanwhile: to the end of an epoch that is surely done */
        bl_text_clear(a->command);
        bl_text_addf(a->command, "pause; goto %.0f; ", floor(epoch));
        fork_begin(a, r, a->command);
    }
    if (batch >= rows)
        bl_text_add(a->command, "batch=all");
    else
        bl_text_addf(a->command, "batch=%zu", batch);
    fork_end(a);
}
