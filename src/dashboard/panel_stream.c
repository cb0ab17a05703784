/* A stream: the error of every strategy as the rows come, with its alarms and new models on the same axis; what each has cost; what it has
 * forgotten; and the table of all that. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "parts.h"

enum { NAME_STEP = 8, RUG_MOST = 5, CHART_LEAST = 9, ROWS_TOLD = 8 };

static const char nothing[] = "no stream yet";

static const struct bl_stream_view *stream_of(const struct drawing *d) { return d->snap->stream; }

static size_t front_of(const struct drawing *d, const struct bl_stream_view *v) { return d->ui->strategy < v->n_strategies ? d->ui->strategy : 0; }

/* True where there are no curves yet, and says why. */
static bool no_points(const struct drawing *d)
{
    const struct bl_stream_view *v = stream_of(d);

    if (v && v->n)
        return false;
    if (v)
        part_empty(d, v->why[0] ? v->why : "the first part is being learned ...", "");
    else
        part_empty(d, nothing, ": generate drift; stream");
    return true;
}

/* ---- curves ---------------------------------------------------------------------------------------------*/

/* Shares of one width, so that they move nothing beside them. */
static void value_format(char *out, size_t size, const struct bl_stream_view *v, double error)
{
    if (v->classes && !isnan(error))
        snprintf(out, size, "%.3f", error);
    else
        bl_number_format(out, size, error, 3);
}

/* The values at the ends of curves keep still for a moment, as figures do, and so do the names before them. */
static void tell_values(const struct drawing *d, enum bl_stream_curve what, struct bl_chart *chart)
{
    const struct bl_stream_view *v = d->told->stream, *now = stream_of(d);
    char number[32];

    if (!v || v->n == 0 || v->n > now->n || v->n_strategies != now->n_strategies)
        v = now;
    for (size_t k = 0; k < chart->n_series; k++) {
        const struct bl_strategy_view *s = &v->strategies[k];
        struct bl_series *series = (struct bl_series *)&chart->series[k]; /* ours: it lies in the arena */

        if (what == BL_STREAM_SPENT)
            bl_count_format(number, sizeof number, s->passes);
        else
            value_format(number, sizeof number, v, what == BL_STREAM_OLD ? s->old[v->n] : s->error[v->n - 1]);
        series->value = bl_arena_text(d->arena, number, strlen(number));
        series->newer = now->n - v->n;
    }
}

/* At the middle of a point's rows, where its error stands; what is known behind them stands at their end. */
static double cursor_of(const struct drawing *d, enum bl_stream_curve what)
{
    const struct bl_stream_view *v = stream_of(d);
    const size_t at = d->focused || d->main ? ui_cursor_row(d->ui, v) : SIZE_MAX;

    return at == SIZE_MAX ? NAN : what == BL_STREAM_ERROR ? v->at[at] : v->end[at];
}

static bool chart_make(const struct drawing *d, enum bl_stream_curve what, struct bl_chart *chart)
{
    if (!stream_of(d) || !bl_stream_chart(d->snap, d->view, what, d->arena, chart))
        return false;
    tell_values(d, what, chart);
    chart->front = front_of(d, stream_of(d));
    chart->name_step = d->snap->busy ? NAME_STEP : 0;
    chart->thick = d->view->present;
    chart->cursor = cursor_of(d, what);
    return true;
}

static void chart_draw(const struct drawing *d, enum bl_stream_curve what, struct bl_axis_memory *memory, struct bl_chart_place *place, int rows)
{
    struct bl_rect r = d->rect;
    struct bl_chart chart;

    if (!chart_make(d, what, &chart)) {
        part_empty(d, "no rows were kept aside as old ones", ": stream probe=100");
        return;
    }
    chart.title = NULL; /* the panel has it */
    chart.y.label = "";
    chart.y.memory = memory;
    chart.place = d->place ? &d->place->chart : place;
    r.height -= rows;
    bl_chart_draw(&chart, d->canvas, r);
    if (place && d->place)
        *place = d->place->chart;
}

static void head_of(const struct drawing *d, const char *name, enum bl_stream_curve what, char *title, char *note, size_t size)
{
    struct bl_chart chart;

    snprintf(title, size, "%s", name);
    if (!stream_of(d) || !bl_stream_chart(d->snap, d->view, what, d->arena, &chart))
        return;
    if (d->rect.width > 0)
        part_title(d, name, chart.title, note, title, size);
    else /* for words, which have room */
        snprintf(title, size, "%s: %s", name, chart.title);
}

/* ---- alarms and new models, below the axis ------------------------------------------------------------------*/

static bool has_marks(const struct bl_strategy_view *s) { return s->n_alarms || s->n_refits; }

/* Its line is there from the start, so that the chart above keeps its height. */
static bool has_line(const struct drawing *d, const struct bl_strategy_view *s)
{
    return has_marks(s) || (d->snap->busy && (s->kind == BL_STREAM_RETRAIN || s->kind == BL_STREAM_DRIFT));
}

static int rug_rows(const struct drawing *d, const struct bl_stream_view *v)
{
    int n = 0, most = d->rect.height - CHART_LEAST;

    for (size_t k = 0; k < v->n_strategies; k++)
        n += has_line(d, &v->strategies[k]);
    most = most > RUG_MOST ? RUG_MOST : most < 0 ? 0 : most;
    return n < most ? n : most;
}

/* -1: the range that is shown has it not. */
static int column_of(const struct bl_chart_place *p, size_t row)
{
    const double share = p->x_max > p->x_min ? ((double)row - p->x_min) / (p->x_max - p->x_min) : 0;
    const int at = (int)(share * (2 * p->plot.width - 1) + 0.5) / 2; /* two dots a cell, as curves have them */

    if (share < 0 || share > 1)
        return -1;
    return p->plot.x + (at < 0 ? 0 : at >= p->plot.width ? p->plot.width - 1 : at);
}

static void rug_put(const struct drawing *d, int x, int y, char sign, enum bl_role role)
{
    const struct bl_cell *cell = x >= 0 && y >= 0 && x < d->canvas->width && y < d->canvas->height ? &d->canvas->cells[y * d->canvas->width + x] : NULL;
    const bool other = cell && cell->code != ' ' && cell->code != (uint32_t)sign;

    bl_canvas_put(d->canvas, x, y, (uint32_t)(other ? '#' : sign), other ? BL_ROLE_WARN : role, BL_BOLD);
}

static void rug_row(const struct drawing *d, const struct bl_chart_place *p, const struct bl_strategy_view *s, size_t k, int y)
{
    const int left = p->plot.x - 3 > d->rect.x ? p->plot.x - 3 : d->rect.x;

    bl_canvas_text(d->canvas, left, y, 2, bl_marker(k, d->canvas->charset), bl_curve_role(k), BL_BOLD);
    for (size_t i = 0; i < s->n_refits; i++)
        rug_put(d, column_of(p, s->refits[i]), y, 'R', bl_curve_role(k));
    for (size_t i = 0; i < s->n_alarms; i++)
        rug_put(d, column_of(p, s->alarms[i]), y, '!', BL_ROLE_WARN);
}

static void rug_draw(const struct drawing *d, const struct bl_stream_view *v, const struct bl_chart_place *p, int rows)
{
    int y = d->rect.y + d->rect.height - rows, end = d->rect.y + d->rect.height;

    if (p->plot.width < 1)
        return;
    for (size_t k = 0; k < v->n_strategies && y < end; k++)
        if (has_line(d, &v->strategies[k]))
            rug_row(d, p, &v->strategies[k], k, y++);
}

/* ---- 2 stream --------------------------------------------------------------------------------------------------*/

static void head(const struct drawing *d, char *title, char *note, size_t size)
{
    static const char signs[] = "! alarm  R new model";
    const struct bl_stream_view *v = stream_of(d);
    bool marks = false;

    for (size_t k = 0; v && k < v->n_strategies; k++)
        marks |= has_line(d, &v->strategies[k]);
    head_of(d, "stream", BL_STREAM_ERROR, title, note, size);
    if (!marks || d->rect.width <= 0)
        return;
    if (strrchr(title, ',') && (int)bl_text_width(title, strlen(title)) + (int)sizeof signs + 8 > d->rect.width)
        *strrchr(title, ',') = '\0'; /* what the signs mean says more than the end of it */
    snprintf(note, size, "%s", signs);
}

static void draw(const struct drawing *d)
{
    struct bl_chart_place place = { 0 };
    int rows;

    if (no_points(d))
        return;
    rows = rug_rows(d, stream_of(d));
    chart_draw(d, BL_STREAM_ERROR, &d->ui->memories.stream, &place, rows);
    rug_draw(d, stream_of(d), &place, rows);
}

static bool chart(const struct drawing *d, struct bl_chart *out) { return chart_make(d, BL_STREAM_ERROR, out); }

static void rows_say(const char *what, const size_t *rows, size_t n, struct bl_text *out)
{
    if (!n)
        return;
    bl_text_addf(out, ", %s%s at row%s", what, n == 1 ? "" : "s", n == 1 ? "" : "s");
    for (size_t i = 0; i < n && i < ROWS_TOLD; i++)
        bl_text_addf(out, "%s %zu", i ? "," : "", rows[i]);
    if (n > ROWS_TOLD)
        bl_text_addf(out, " and %zu more", n - ROWS_TOLD);
}

static void say(const struct drawing *d, struct bl_text *out)
{
    const struct bl_stream_view *v = stream_of(d);

    for (size_t i = 0; v && i < v->n_changes; i++)
        bl_text_addf(out, "a change is known at row %zu\n", v->changes[i]);
    for (size_t k = 0; v && k < v->n_strategies; k++) {
        const struct bl_strategy_view *s = &v->strategies[k];

        if (!has_marks(s))
            continue;
        bl_text_add(out, s->name);
        rows_say("alarm", s->alarms, s->n_alarms, out);
        rows_say("new model", s->refits, s->n_refits, out);
        bl_text_add(out, "\n");
    }
}

/* The strategy in front, from the table and from the curves alike. */
static bool key(struct ui *ui, const struct bl_snapshot *snap, struct bl_view_settings *view, int key)
{
    const size_t n = snap->stream ? snap->stream->n_strategies : 0, at = ui->strategy < n ? ui->strategy : 0;

    (void)view;
    if (!n || (key != UI_UP && key != UI_DOWN))
        return false;
    ui->strategy = key == UI_UP ? (at + n - 1) % n : (at + 1) % n;
    return true;
}

static const char *item(const struct ui *ui, const struct bl_snapshot *snap, const struct bl_view_settings *view, size_t i)
{
    (void)ui, (void)view;
    return snap->stream && i < snap->stream->n_strategies ? snap->stream->strategies[i].name : NULL;
}

static size_t chosen(const struct ui *ui, const struct bl_snapshot *snap, const struct bl_view_settings *view)
{
    (void)view;
    return snap->stream && ui->strategy < snap->stream->n_strategies ? ui->strategy : 0;
}

static void choose(struct ui *ui, const struct bl_snapshot *snap, struct bl_view_settings *view, size_t i)
{
    (void)snap, (void)view;
    ui->strategy = i;
}

const struct panel_type panel_stream = {
    .name = "stream", .number = 2, .head = head, .titled = true, .draw = draw, .chart = chart, .say = say, .key = key, .item = item, .chosen = chosen,
    .choose = choose,
    .explains = "Each point is the error on as many rows as the title\n"
                "says, each predicted before it was learned from. Below\n"
                "the axis, a line for a strategy: ! its detector tells\n"
                "drift, R a new model from the ground up takes the place\n"
                "of the one before, # both in one column. Upright lines:\n"
                "changes that are known. Up and down bring a strategy to\n"
                "the front. The error on all rows so far stands in the\n"
                "table.\n" };

/* ---- what it costs, and what is forgotten ------------------------------------------------------------------------*/

static void spent_head(const struct drawing *d, char *title, char *note, size_t size) { head_of(d, "spent", BL_STREAM_SPENT, title, note, size); }

static void spent_draw(const struct drawing *d)
{
    if (!no_points(d))
        chart_draw(d, BL_STREAM_SPENT, &d->ui->memories.spent, NULL, 0);
}

static bool spent_chart(const struct drawing *d, struct bl_chart *out) { return chart_make(d, BL_STREAM_SPENT, out); }

const struct panel_type panel_spent = {
    .name = "spent", .head = spent_head, .titled = true, .draw = spent_draw, .chart = spent_chart, .key = key,
    .explains = "Rows whose gradient was computed so far, in fits and\n"
                "updates together: what each strategy costs on any\n"
                "machine.\n" };

static void old_head(const struct drawing *d, char *title, char *note, size_t size) { head_of(d, "forgotten", BL_STREAM_OLD, title, note, size); }

static void old_draw(const struct drawing *d)
{
    if (!no_points(d))
        chart_draw(d, BL_STREAM_OLD, &d->ui->memories.old, NULL, 0);
}

static bool old_chart(const struct drawing *d, struct bl_chart *out) { return chart_make(d, BL_STREAM_OLD, out); }

const struct panel_type panel_forgotten = {
    .name = "forgotten", .head = old_head, .titled = true, .draw = old_draw, .chart = old_chart, .key = key,
    .explains = "The error on rows of the first part that nobody learned\n"
                "from, by the model as it stands: what rises is\n"
                "forgotten.\n" };

/* ---- the table -----------------------------------------------------------------------------------------------------*/

enum { COLUMNS = 10, NAME_LEAST = 12, NAME_MOST = 30, GAP = 1 };

static void columns_fill(const struct bl_stream_view *v, struct part_column *c)
{
    const struct part_column fixed[COLUMNS] = {
        { "strategy", NAME_LEAST, 0 }, { v->classes ? "error" : "rmse", 8, 0 }, { "newest", 8, 5 }, { "passes", 8, 1 }, { "fits", 6, 2 },
        { "updates", 8, 6 }, { "alarms", 7, 7 }, { "old rows", 9, 8 }, { "forgot", 8, 3 }, { "time", 9, 4 },
    };

    memcpy(c, fixed, sizeof fixed);
    if (!v->probe)
        c[7].width = c[8].width = 0;
    for (size_t k = 0; k < v->n_strategies; k++) {
        int width = 3 + (int)bl_text_width(v->strategies[k].name, strlen(v->strategies[k].name));
        c[0].width = width > c[0].width ? width : c[0].width;
    }
    c[0].width = c[0].width > NAME_MOST ? NAME_MOST : c[0].width;
}

/* Shares one below the other; what was forgotten with its sign. */
static const char *error_text(const struct bl_stream_view *v, double error, bool sign, int width, char buffer[32])
{
    if (!v->classes || isnan(error))
        return part_fit(buffer, error, 4, width);
    snprintf(buffer, 32, sign ? "%+.4f" : "%.4f", error);
    return buffer;
}

static const char *cell(const struct bl_stream_view *v, const struct bl_strategy_view *s, int column, int width, char buffer[32])
{
    switch (column) {
    case 1: return error_text(v, v->n ? s->cumulative[v->n - 1] : NAN, false, width, buffer);
    case 2: return error_text(v, v->n ? s->error[v->n - 1] : NAN, false, width, buffer);
    case 3: return part_tally(buffer, s->passes, width);
    case 4: return part_tally(buffer, (double)s->fits, width);
    case 5: return part_tally(buffer, (double)s->updates, width);
    case 6: return part_tally(buffer, (double)s->n_alarms, width);
    case 7: return error_text(v, s->old ? s->old[v->n] : NAN, false, width, buffer);
    case 8: return error_text(v, s->old ? s->old[v->n] - s->old[0] : NAN, true, width, buffer);
    default: return bl_seconds_format(buffer, 32, s->seconds);
    }
}

/* Of equal ones the first; it is told in bold. */
static size_t best_of(const struct bl_stream_view *v)
{
    size_t best = 0;

    for (size_t k = 1; v->n && k < v->n_strategies; k++)
        best = v->strategies[k].cumulative[v->n - 1] < v->strategies[best].cumulative[v->n - 1] ? k : best;
    return best;
}

static bool in_trouble(const struct bl_strategy_view *s) { return s->diverged_at != SIZE_MAX || s->failed; }

static void row_draw(const struct drawing *d, const struct bl_stream_view *v, const struct part_column *c, size_t k, int y)
{
    const struct bl_strategy_view *s = &v->strategies[k];
    const bool bad = in_trouble(s), front = k == front_of(d, v);
    int x = d->rect.x + 1, used;
    char buffer[32];

    if (d->focused && front) {
        d->ui->item_x = d->rect.x, d->ui->item_y = y;
        bl_canvas_put(d->canvas, d->rect.x, y, 0x25b8, BL_ROLE_FOCUS, BL_BOLD);
    }
    used = bl_canvas_text(d->canvas, x, y, c[0].width - 1, bl_marker(k, d->canvas->charset), bl_curve_role(k), BL_BOLD) + 1;
    bl_canvas_text(d->canvas, x + used, y, c[0].width - used - 1, s->name, bl_curve_role(k), 0);
    x += c[0].width;
    for (int i = 1; i < COLUMNS; i++) {
        if (!c[i].width)
            continue;
        x += c[i].width;
        bl_canvas_right(d->canvas, x, y, c[i].width - GAP, cell(v, s, i, c[i].width - GAP, buffer), bad && i == 1 ? BL_ROLE_BAD : BL_ROLE_TEXT,
                        i == 1 && v->n && k == best_of(v) ? BL_BOLD : 0);
    }
    if (bad && x < d->rect.x + d->rect.width)
        bl_canvas_text(d->canvas, x, y, 1, "!", BL_ROLE_BAD, BL_BOLD);
}

/* What became of the strategy in front, else of the first that something became of, where the table leaves a row. */
static void trouble_draw(const struct drawing *d, const struct bl_stream_view *v, int y)
{
    const struct bl_strategy_view *s = &v->strategies[front_of(d, v)];

    for (size_t k = 0; k < v->n_strategies && !in_trouble(s); k++)
        s = in_trouble(&v->strategies[k]) ? &v->strategies[k] : s;

    if (y >= d->rect.y + d->rect.height)
        return;
    if (v->why[0])
        part_words(d->canvas, d->rect.x + 1, y, d->rect.width - 1, v->why, BL_ROLE_BAD, 0);
    else if (s->diverged_at != SIZE_MAX)
        bl_canvas_textf(d->canvas, d->rect.x + 1, y, d->rect.width - 1, BL_ROLE_BAD, 0, "! %s: updates diverged at row %zu", s->name, s->diverged_at);
    else if (s->failed)
        bl_canvas_textf(d->canvas, d->rect.x + 1, y, d->rect.width - 1, BL_ROLE_BAD, 0, "! %s: %zu fit%s could not be made", s->name, s->failed,
                        s->failed == 1 ? "" : "s");
}

/* The columns that have no room, for the strategy in front, line by line. */
static int rest_draw(const struct drawing *d, const struct bl_stream_view *v, const struct part_column *c, int y)
{
    const size_t k = front_of(d, v);
    struct part_column all[COLUMNS];
    char buffer[32];
    int hidden = 0, used;

    columns_fill(v, all);
    for (int i = 1; i < COLUMNS; i++)
        hidden += all[i].width && !c[i].width;
    if (!hidden || y + 2 + hidden > d->rect.y + d->rect.height)
        return y;
    part_rule(d, y++);
    used = bl_canvas_text(d->canvas, d->rect.x + 1, y, 2, bl_marker(k, d->canvas->charset), bl_curve_role(k), BL_BOLD) + 1;
    bl_canvas_text(d->canvas, d->rect.x + 1 + used, y++, d->rect.width - used - 1, v->strategies[k].name, bl_curve_role(k), 0);
    for (int i = 1; i < COLUMNS; i++)
        if (all[i].width && !c[i].width)
            part_label(d, d->rect.x + 1, y++, all[i].title, cell(v, &v->strategies[k], i, 16, buffer));
    return y;
}

static void table_draw(const struct drawing *d)
{
    const struct bl_stream_view *v = stream_of(d);
    int x = d->rect.x + 1, y = d->rect.y, rule = d->rect.height > 2 ? 1 : 0;
    struct part_column c[COLUMNS];
    size_t room, first;

    if (!v) {
        part_empty(d, nothing, ": generate drift; stream");
        return;
    }
    columns_fill(v, c);
    part_columns_fit(c, COLUMNS, d->rect.width);
    if (c[0].width > d->rect.width - c[1].width - 1 && d->rect.width > c[1].width + 5)
        c[0].width = d->rect.width - c[1].width - 1;
    bl_canvas_text(d->canvas, x, y, c[0].width - 1, c[0].title, BL_ROLE_DIM, 0);
    x += c[0].width;
    for (int i = 1; i < COLUMNS; i++) {
        x += c[i].width;
        if (c[i].width)
            bl_canvas_right(d->canvas, x, y, c[i].width - GAP, c[i].title, BL_ROLE_DIM, 0);
    }
    for (int i = d->rect.x + 1; rule && i < x; i++)
        bl_canvas_put(d->canvas, i, y + 1, 0x2500, BL_ROLE_DIM, 0);
    room = d->rect.height > 1 + rule ? (size_t)(d->rect.height - 1 - rule) : 0;
    first = part_first(v->n_strategies, room, front_of(d, v));
    if (d->place)
        d->place->first = first;
    for (size_t i = 0; i < room && first + i < v->n_strategies; i++)
        row_draw(d, v, c, first + i, y + 1 + rule + (int)i);
    y = rest_draw(d, v, c, y + 1 + rule + (int)v->n_strategies);
    trouble_draw(d, v, y);
}

static void table_head(const struct drawing *d, char *title, char *note, size_t size)
{
    const struct bl_stream_view *v = stream_of(d);

    snprintf(title, size, "strategies");
    if (v)
        snprintf(note, size, "%zu of %zu rows", v->tested, v->rows - v->first);
}

static int table_rows(const struct bl_snapshot *snap)
{
    const struct bl_stream_view *v = snap->stream;
    bool trouble = v && v->why[0];

    for (size_t k = 0; v && k < v->n_strategies; k++)
        trouble |= in_trouble(&v->strategies[k]);
    return 2 + trouble + (v ? (int)v->n_strategies : 1);
}

const struct panel_type panel_strategies = {
    .name = "strategies", .figures = true, .head = table_head, .draw = table_draw, .rows = table_rows, .key = key, .item = item, .chosen = chosen,
    .choose = choose,
    .explains = "error or rmse: on all rows so far; newest: on those of\n"
                "the last point. passes: rows whose gradient was\n"
                "computed. fits: models from the ground up, the first\n"
                "included. old rows: the error on rows that nobody\n"
                "learned from; forgot: how much it has risen. !: updates\n"
                "diverged, or a fit could not be made.\n" };
