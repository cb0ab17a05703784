/* i evaluation: what the model in front is worth on the validation rows: the confusion of its classes, or predictions over
 * the truth, with the metrics beside. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "parts.h"

enum { METRICS_WIDE = 27, BESIDE = 60, CELL_MOST = 9, CELL_WIDE = 20, CELL_ROWS = 3, ROC_BESIDE = 100, ROC_HIGH = 12, TITLE_WIDE = 70 };

static const struct bl_evaluation_view *evaluation_of(const struct drawing *d)
{
    const struct bl_evaluation_view *v = d->snap->evaluation;

    return v && v->front == ui_front(d->snap, d->view) ? v : NULL;
}

static void rows_text(const struct bl_evaluation_view *v, char *text, size_t size)
{
    if (v->rows_used < v->rows)
        snprintf(text, size, "%zu of %zu %s rows", v->rows_used, v->rows, v->validation ? "validation" : "training");
    else
        snprintf(text, size, "%zu %s rows", v->rows, v->validation ? "validation" : "training");
}

static void head(const struct drawing *d, char *title, char *note, size_t size)
{
    const struct bl_evaluation_view *v = evaluation_of(d);
    size_t front = ui_front(d->snap, d->view);
    char rows[64] = "";

    if (v)
        rows_text(v, rows, sizeof rows);
    snprintf(title, size, "evaluation%s%s%s", v ? " · " : "", v && v->regression && d->rect.width > TITLE_WIDE ? "prediction over truth, " : "", rows);
    if (d->snap->n_runs)
        snprintf(note, size, "%s %s", bl_marker(front, d->canvas->charset), d->snap->runs[front].name);
}

/* ---- metrics ------------------------------------------------------------------------------------------------*/

/* Bytes of the first line of a text in so many columns, between words. */
static size_t line_of(const char *text, int width)
{
    size_t n = strlen(text), at = bl_text_fit(text, n, (size_t)width);

    if (at == n)
        return n;
    for (size_t k = at + 1; k-- > 1;)
        if (text[k] == ' ')
            return k;
    return at;
}

static int lines_of(const char *text, int width)
{
    int n = 0;

    for (; *text; n++) {
        text += line_of(text, width);
        text += strspn(text, " ");
    }
    return n > 1 ? n : 1;
}

/* What a metric means, on lines of its own; where there is no room for all of them: as far as its last comma, or not at all. */
static int means_draw(const struct drawing *d, const char *text, int x, int y, int width, bool wrapped)
{
    int n = 0;

    if (!wrapped && (int)bl_text_width(text, strlen(text)) > width) {
        size_t comma = strcspn(text, ",");
        if (text[comma] && (int)bl_text_width(text, comma) <= width)
            bl_canvas_textf(d->canvas, x, y, width, BL_ROLE_DIM, 0, "%.*s", (int)comma, text);
        return 1;
    }
    for (; *text; n++) {
        size_t bytes = line_of(text, width);
        bl_canvas_textf(d->canvas, x, y + n, width, BL_ROLE_DIM, 0, "%.*s", (int)bytes, text);
        text += bytes;
        text += strspn(text, " ");
    }
    return n;
}

static void metrics_draw(const struct drawing *d, const struct bl_evaluation_view *v)
{
    int x = d->rect.x + 1, means = d->rect.width - 30, y = d->rect.y, bottom = d->rect.y + d->rect.height, lines = 0;
    char number[32], text[32];

    for (size_t i = 0; i < v->n_metrics; i++)
        lines += means >= 16 ? lines_of(v->metrics[i].summary, means) : 1 + lines_of(v->metrics[i].summary, d->rect.width - 3);
    for (size_t i = 0; i < v->n_metrics && y < bottom; i++) {
        const struct bl_metric_view *m = &v->metrics[i];
        bl_canvas_text(d->canvas, x, y, 17, m->name, BL_ROLE_DIM, 0);
        if (v->n_classes && fabs(m->value) < 1000) /* shares, most of them: one below the other */
            snprintf(number, sizeof number, "%.4f", m->value);
        else
            snprintf(number, sizeof number, "%s", part_fit(text, m->value, 4, 9));
        bl_canvas_right(d->canvas, x + 26, y, 9, number, BL_ROLE_TEXT, i < 2 ? BL_BOLD : 0);
        if (means >= 16)
            y += means_draw(d, m->summary, x + 28, y, means, lines <= d->rect.height);
        else /* below it, where there is room for all of them */
            y += 1 + (lines <= d->rect.height && d->rect.width > 24 ? means_draw(d, m->summary, x + 2, y + 1, d->rect.width - 3, true) : 0);
    }
}

/* ---- confusion ---------------------------------------------------------------------------------------------------*/

struct matrix { int label, cell; size_t shown; bool tall; /* bars below the numbers */ };

static struct matrix matrix_of(const struct drawing *d, const struct bl_evaluation_view *v)
{
    const int n = (int)v->n_classes;
    struct matrix m = { 5, 6, v->n_classes, d->rect.height >= 3 + CELL_ROWS * n + 2 * (n + 2) };
    int room;

    for (size_t k = 0; k < v->n_classes; k++) {
        int width = (int)bl_text_width(v->classes[k], strlen(v->classes[k]));
        m.label = width > m.label ? width : m.label;
        m.cell = width + 2 > m.cell ? width + 2 : m.cell;
    }
    m.label = m.label > d->rect.width / 4 ? d->rect.width / 4 : m.label;
    m.cell = m.cell > CELL_MOST + 4 ? CELL_MOST + 4 : m.cell;
    room = d->rect.width - m.label - 2;
    m.tall = m.tall && m.cell * n <= room;
    if (m.tall && room / n > m.cell)
        m.cell = room / n < CELL_WIDE ? room / n : CELL_WIDE;
    if (m.cell * n > room)
        m.cell = room / n > 6 ? room / n : 6;
    if (m.cell * n > room)
        m.shown = (size_t)(room / m.cell);
    return m;
}

/* The more of its class, the brighter: the diagonal is right, everything else is wrong. */
static void cell_draw(const struct drawing *d, const struct bl_evaluation_view *v, const struct matrix *m, size_t i, size_t k, int y)
{
    size_t count = v->confusion[i * v->n_classes + k], all = 0;
    int x = d->rect.x + 1 + m->label + (int)(k + 1) * m->cell;
    const char *none = d->canvas->charset == BL_CHARSET_ASCII ? "." : "·";
    char number[32];

    for (size_t j = 0; j < v->n_classes; j++)
        all += v->confusion[i * v->n_classes + j];
    enum bl_role role = i == k ? BL_ROLE_GOOD : count == 0 ? BL_ROLE_DIM : BL_ROLE_BAD;
    int bold = i != k && 10 * count >= all && count ? BL_BOLD : 0;
    bl_canvas_right(d->canvas, x, y, m->cell - 1, count == 0 && i != k ? none : part_tally(number, (double)count, m->cell - 1), role, bold);
    if (m->tall && all)
        bl_canvas_bar(d->canvas, x - m->cell + 1, y + 1, m->cell - 1, (double)count / (double)all, role);
}

/* Of the rows of class i (found) or of those predicted as it: how many, and how many of them are right. */
static void share_of(const struct bl_evaluation_view *v, size_t i, bool found, size_t *right, size_t *all)
{
    *right = v->confusion[i * v->n_classes + i];
    *all = 0;
    for (size_t k = 0; k < v->n_classes; k++)
        *all += found ? v->confusion[i * v->n_classes + k] : v->confusion[k * v->n_classes + i];
}

/* Below the matrix, where there is room: a bar for each class. Returns the row after them. */
static int shares_draw(const struct drawing *d, const struct bl_evaluation_view *v, const struct matrix *m, int y, bool found)
{
    int x = d->rect.x + 1 + m->label + 1, bar = d->rect.width - m->label - 26, bottom = d->rect.y + d->rect.height;

    if (y + (int)v->n_classes >= bottom || bar < 8)
        return y;
    bl_canvas_text(d->canvas, d->rect.x + 1, y++, d->rect.width - 1, found ? "found of each class" : "right of those predicted as each class", BL_ROLE_DIM, 0);
    for (size_t i = 0; i < v->n_classes; i++, y++) {
        size_t right, all;
        share_of(v, i, found, &right, &all);
        bl_canvas_text(d->canvas, d->rect.x + 1, y, m->label, v->classes[i], BL_ROLE_TEXT, 0);
        if (all)
            bl_canvas_bar(d->canvas, x, y, bar, (double)right / (double)all, bl_curve_role(i));
        bl_canvas_textf(d->canvas, x + bar + 1, y, 24, BL_ROLE_TEXT, 0, "%3.0f %%  %zu of %zu", all ? 100 * (double)right / (double)all : 0, right, all);
    }
    return y + 1;
}

static void confusion_draw(const struct drawing *d, const struct bl_evaluation_view *v)
{
    struct matrix m = matrix_of(d, v);
    int y = d->rect.y, bottom = d->rect.y + d->rect.height;

    bl_canvas_text(d->canvas, d->rect.x + 1, y, m.label, "true", BL_ROLE_DIM, 0);
    bl_canvas_text(d->canvas, d->rect.x + 2 + m.label, y++, d->rect.width - m.label - 2, "predicted", BL_ROLE_DIM, 0);
    for (size_t k = 0; k < m.shown; k++)
        bl_canvas_right(d->canvas, d->rect.x + 1 + m.label + (int)(k + 1) * m.cell, y, m.cell - 1, v->classes[k], BL_ROLE_TEXT, 0);
    y++;
    for (size_t i = 0; i < v->n_classes && y < bottom; i++, y += m.tall ? CELL_ROWS : 1) {
        if (y + 1 == bottom && i + 1 < v->n_classes) {
            bl_canvas_textf(d->canvas, d->rect.x + 1, y, d->rect.width - 1, BL_ROLE_DIM, 0, "%zu more: z zooms, or type confusion", v->n_classes - i);
            return;
        }
        bl_canvas_text(d->canvas, d->rect.x + 1, y, m.label, v->classes[i], BL_ROLE_TEXT, 0);
        for (size_t k = 0; k < m.shown; k++)
            cell_draw(d, v, &m, i, k, y);
    }
    if (m.shown < v->n_classes && y < bottom)
        bl_canvas_textf(d->canvas, d->rect.x + 1, y++, d->rect.width - 1, BL_ROLE_DIM, 0, "%zu more: type confusion", v->n_classes - m.shown);
    y = shares_draw(d, v, &m, m.tall ? y : y + 1, true);
    shares_draw(d, v, &m, y, false);
}

/* ---- all ---------------------------------------------------------------------------------------------------------*/

static bool chart_of(const struct drawing *d, struct bl_chart *chart)
{
    const struct bl_evaluation_view *v = evaluation_of(d);

    if (!v || !v->regression || !bl_evaluation_chart(d->snap, d->arena, chart))
        return false;
    chart->title = chart->note = NULL;
    chart->thick = d->view->present;
    return true;
}

/* Columns that show all classes of the matrix, where two thirds of these do. */
static int matrix_columns(const struct drawing *d, const struct bl_evaluation_view *v, int width)
{
    const struct matrix m = matrix_of(d, v);
    const int need = m.label + 3 + 6 * (int)v->n_classes;

    return need > width / 2 && need <= width * 2 / 3 ? need : width / 2;
}

/* The curve of thresholds in the right half of these columns, or in what the matrix leaves; returns those that are left. */
static int roc_beside(const struct drawing *d, const struct bl_evaluation_view *v, int width)
{
    struct drawing right = *d;
    struct bl_chart chart;
    const int left = matrix_columns(d, v, width);
    char title[80];

    if (!roc_chart(d, &chart))
        return width;
    right.rect.x += left + 1;
    right.rect.width = width - left - 1;
    snprintf(title, sizeof title, "found of a class, over others taken for it (roc)");
    if (v->n_roc > 1 && v->n_roc < v->n_classes)
        snprintf(title, sizeof title, "roc of the %zu classes of %zu least found", v->n_roc, v->n_classes);
    chart.title = title;
    bl_chart_draw(&chart, d->canvas, right.rect);
    return left - 1;
}

static void evaluation_draw(const struct drawing *d, const struct bl_evaluation_view *v)
{
    bool beside = d->rect.width >= BESIDE, elsewhere = false, roc = false;
    struct drawing left = *d, right = *d;
    int need = v->regression ? d->rect.height / 2 : 3 + (int)v->n_classes, spare = d->rect.height - (int)v->n_metrics - 1;
    struct bl_chart chart;

    need = v->regression && spare > need ? spare : need; /* the chart takes what the metrics leave */
    for (size_t i = 0; i < d->ui->layout.n; i++)
        elsewhere |= d->ui->layout.placed[i].panel == &panel_metrics, roc |= d->ui->layout.placed[i].panel == &panel_roc;
    if (!v->regression && !roc && d->rect.width >= ROC_BESIDE && d->rect.height >= ROC_HIGH)
        left.rect.width = roc_beside(d, v, left.rect.width - (elsewhere ? 0 : METRICS_WIDE + 2));
    else if (beside && !elsewhere)
        left.rect.width -= METRICS_WIDE + 2;
    if (beside && !elsewhere) {
        right.rect.x += d->rect.width - METRICS_WIDE;
        right.rect.width = METRICS_WIDE;
    } else if (!elsewhere && d->rect.height > need) {
        left.rect.height = need;
        right.rect.y += need;
        right.rect.height -= need;
    }
    if (v->regression && chart_of(&left, &chart))
        bl_chart_draw(&chart, d->canvas, left.rect);
    else if (!v->regression)
        confusion_draw(&left, v);
    if (!elsewhere && (beside || d->rect.height > need))
        metrics_draw(&right, v);
}

static void draw(const struct drawing *d)
{
    const struct bl_evaluation_view *v = evaluation_of(d);

    if (part_no_run(d))
        return;
    if (!v || v->why[0])
        part_empty(d, v ? v->why : part_waiting(d), "");
    else
        evaluation_draw(d, v);
}

static int rows(const struct bl_snapshot *snap)
{
    return snap->evaluation && !snap->evaluation->regression ? 3 + (int)snap->evaluation->n_classes : 12;
}

const struct panel_type panel_evaluation = {
    .name = "evaluation", .number = 10, .sights = 1u << BL_SIGHT_EVALUATION, .head = head, .titled = true, .draw = draw, .rows = rows, .chart = chart_of,
    .explains = "Each line of the matrix is a true class, each column what\n"
                "was predicted; the diagonal is right. The rows are those of\n"
                "validation, which no update sees; test rows never are.\n" };

/* ---- the metrics alone --------------------------------------------------------------------------------------------*/

static void metrics_head(const struct drawing *d, char *title, char *note, size_t size)
{
    const struct bl_evaluation_view *v = evaluation_of(d);

    (void)note;
    snprintf(title, size, "metrics%s", v ? v->validation ? ", validation rows" : ", training rows" : "");
}

static void metrics_panel(const struct drawing *d)
{
    const struct bl_evaluation_view *v = evaluation_of(d);

    if (part_no_run(d))
        return;
    if (!v || v->why[0])
        part_empty(d, v ? v->why : part_waiting(d), "");
    else
        metrics_draw(d, v);
}

static int metrics_rows(const struct bl_snapshot *snap) { return snap->evaluation ? 1 + (int)snap->evaluation->n_metrics : 8; }

const struct panel_type panel_metrics = { .name = "metrics", .sights = 1u << BL_SIGHT_EVALUATION, .figures = true, .head = metrics_head, .titled = true,
                                          .draw = metrics_panel, .rows = metrics_rows };
