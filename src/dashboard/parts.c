/* Small things that several panels write. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "parts.h"

const char *part_number(char buffer[32], double x)
{
    if (isnan(x))
        return "-";
    return bl_number_format(buffer, 32, x, 4);
}

/* "2.378e+09" is "2.378e9" where it has no room: that costs a digit less. */
static const char *exponent_short(const char *text, int width)
{
    char *e = strchr(text, 'e'); /* text is a buffer of ours */
    size_t skip;

    if (!e || (int)strlen(text) <= width || (e[1] != '+' && e[1] != '-'))
        return text;
    skip = 1 + strspn(e + 2, "0");
    if (e[1] == '-')
        memmove(e + 2, e + 1 + skip, strlen(e + 1 + skip) + 1);
    else
        memmove(e + 1, e + 1 + skip, strlen(e + 1 + skip) + 1);
    return text;
}

const char *part_fit(char buffer[32], double x, int digits, int width)
{
    if (isnan(x))
        return "-";
    while ((int)strlen(exponent_short(bl_number_format(buffer, 32, x, digits), width)) > width && digits > 1)
        digits--;
    return buffer;
}

const char *part_count(char buffer[32], double n)
{
    if (isnan(n))
        return "-";
    snprintf(buffer, 32, "%.0f", n);
    return buffer;
}

const char *part_tally(char buffer[32], double n, int width)
{
    if ((int)strlen(part_count(buffer, n)) > width)
        bl_count_format(buffer, 32, n);
    return isnan(n) ? "-" : buffer;
}

const char *part_elapsed(char buffer[32], double seconds, bool running)
{
    if (!running || seconds >= 60 || !(seconds >= 0))
        return bl_seconds_format(buffer, 32, running ? floor(seconds) : seconds);
    snprintf(buffer, 32, "%.0f s", floor(seconds));
    return buffer;
}

/* Bytes of the longest run of whole words that is at most so wide. */
static size_t words_fit(const char *text, int width)
{
    size_t fits = 0;

    for (size_t i = 0; text[i]; i++)
        if (text[i] == ' ' && bl_text_width(text, i) <= (size_t)width)
            fits = i;
    while (fits > 0 && (text[fits - 1] == ' ' || text[fits - 1] == ',' || text[fits - 1] == ':'))
        fits--;
    return fits;
}

int part_words(struct bl_canvas *c, int x, int y, int width, const char *text, enum bl_role role, int attributes)
{
    char start[512];
    size_t n;

    if (width < 1 || (int)bl_text_width(text, strlen(text)) <= width || (n = words_fit(text, width - 2)) == 0)
        return width < 1 ? 0 : bl_canvas_text(c, x, y, width, text, role, attributes);
    n = n < sizeof start - 3 ? n : sizeof start - 3;
    memcpy(start, text, n);
    memcpy(start + n, " ~", 3);
    return bl_canvas_text(c, x, y, width, start, role, attributes);
}

int part_name(const struct drawing *d, int x, int y, int width, size_t run)
{
    enum bl_role role = bl_curve_role(run);
    bool hidden = d->snap->n_runs > 1 && run < 64 && (d->view->hidden >> run & 1);
    int used = bl_canvas_text(d->canvas, x, y, width, hidden ? "-" : bl_marker(run, d->canvas->charset), hidden ? BL_ROLE_DIM : role, BL_BOLD);

    return used + 1 + bl_canvas_text(d->canvas, x + used + 1, y, width - used - 1, d->snap->runs[run].name, role, 0);
}

void part_label(const struct drawing *d, int x, int y, const char *label, const char *value)
{
    int right = d->rect.x + d->rect.width;

    if (y < d->rect.y || y >= d->rect.y + d->rect.height || x >= right)
        return;
    bl_canvas_text(d->canvas, x, y, right - x, label, BL_ROLE_DIM, 0);
    if (x + 10 < right)
        bl_canvas_text(d->canvas, x + 10, y, right - x - 10, value, BL_ROLE_TEXT, 0);
}

void part_rule(const struct drawing *d, int y)
{
    if (y < d->rect.y || y >= d->rect.y + d->rect.height)
        return;
    for (int x = d->rect.x + 1; x < d->rect.x + d->rect.width; x++)
        bl_canvas_put(d->canvas, x, y, 0x2500, BL_ROLE_DIM, 0);
}

static void centred(const struct drawing *d, int y, const char *text, enum bl_role role)
{
    int width = (int)bl_text_width(text, strlen(text)), room = d->rect.width - 2;
    int x = d->rect.x + 1 + (width < room ? (room - width) / 2 : 0);

    if (y >= d->rect.y && y < d->rect.y + d->rect.height)
        bl_canvas_text(d->canvas, x, y, d->rect.x + d->rect.width - x, text, role, 0);
}

const char *part_waiting(const struct drawing *d)
{
    return d->snap->busy ? "comes when the run rests, or when it has gone on long enough for this to cost it nothing" : "computing ...";
}

/* Bytes of the next line of a text that is broken between words. */
static size_t line_bytes(const char *text, int width)
{
    size_t most = bl_text_fit(text, strlen(text), (size_t)(width > 1 ? width : 1)), n = most;

    if (!text[most])
        return most;
    while (n > 0 && text[n] != ' ')
        n--;
    return n ? n : most;
}

int part_lines(const struct drawing *d, const char *text, int y, int most)
{
    int width = d->rect.width - 1, n = 0;

    for (; *text && n < most; n++) {
        size_t bytes = line_bytes(text, width);
        char line[256];
        if (n + 1 == most)
            bytes = strlen(text);
        snprintf(line, sizeof line, "%.*s", (int)bytes, text);
        part_words(d->canvas, d->rect.x + 1, y + n, width, line, BL_ROLE_DIM, 0);
        text += bytes;
        text += *text == ' ';
    }
    return n;
}

void part_empty(const struct drawing *d, const char *what, const char *hint)
{
    int width = d->rect.width - 2, lines = 1, y;
    char line[256];

    for (const char *at = what; at[line_bytes(at, width)] && lines < d->rect.height - 1; lines++)
        at += line_bytes(at, width) + 1;
    y = d->rect.y + (d->rect.height - 1 - lines) / 2;
    for (int i = 0; i < lines && *what; i++, y++) {
        size_t n = i + 1 < lines ? line_bytes(what, width) : strlen(what);
        snprintf(line, sizeof line, "%.*s", (int)n, what);
        centred(d, y, line, BL_ROLE_TEXT);
        what += n + (what[n] == ' ');
    }
    centred(d, y, hint, BL_ROLE_DIM);
}

bool part_no_run(const struct drawing *d)
{
    bool loaded = d->snap->dataset[0] != '\0';

    if (d->snap->n_runs == 0)
        part_empty(d, loaded ? "no run yet" : "nothing is loaded", loaded ? ": train batch, or : compare" : ": load iris");
    return d->snap->n_runs == 0;
}

enum { TITLE_WIDE = 56 };

bool part_titled(const struct drawing *d) { return d->rect.width >= TITLE_WIDE; }

static int wide(const char *text) { return (int)bl_text_width(text, strlen(text)); }

void part_title(const struct drawing *d, const char *name, const char *shows, char *note, char *title, size_t size)
{
    int room = d->rect.width - (d->framed ? 8 : 5); /* number, blanks and frame */
    const char *comma = strrchr(shows, ',');

    snprintf(title, size, "%s · %s", name, shows);
    if (wide(title) > room && comma)
        snprintf(title, size, "%s · %.*s", name, (int)(comma - shows), shows);
    if (wide(title) > room)
        snprintf(title, size, "%s", name);
    if (wide(title) + wide(note) + 1 > room)
        note[0] = '\0';
}

const char *part_shows(const struct drawing *d, const char *shows)
{
    const char *comma = strrchr(shows, ',');

    if (d->titled)
        return NULL;
    return wide(shows) > d->rect.width - 1 && comma ? bl_arena_text(d->arena, shows, (size_t)(comma - shows)) : shows;
}

const char *part_parameter(const char *name, bool brief, char *buffer, size_t size)
{
    size_t layer, unit;
    int rest = 0;

    if (!brief || sscanf(name, "layer %zu:unit %zu:%n", &layer, &unit, &rest) < 2 || rest == 0)
        return name;
    snprintf(buffer, size, "%zu.%zu:%s", layer, unit, name + rest);
    return buffer;
}

void part_beside(const struct drawing *d, struct bl_chart *chart, const char *from)
{
    int room = d->rect.width - 3;

    if (!chart->title || !chart->note || wide(chart->title) + wide(chart->note) <= room)
        return;
    chart->title = strstr(chart->title, from);
    if (chart->title && wide(chart->title) + wide(chart->note) > room)
        chart->title = NULL;
}

size_t part_first(size_t rows, size_t shown, size_t row)
{
    if (rows <= shown || shown == 0)
        return 0;
    size_t first = row >= shown ? row - shown + 1 : 0;
    return first > rows - shown ? rows - shown : first;
}

/* ---- state ----------------------------------------------------------------------------------------*/

void ui_init(struct ui *ui, struct bl_session *session)
{
    *ui = (struct ui){ .session = session, .view = 1, .found_line = SIZE_MAX };
}

void ui_done(struct ui *ui)
{
    bl_text_free(&ui->overlay_text);
    bl_text_free(&ui->overlay_folded);
    line_done(&ui->line);
    bl_arena_free(ui->arena);
    ui->arena = NULL;
}

void ui_message(struct ui *ui, enum bl_role role, const char *format, ...)
{
    char text[256];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    bl_show(ui->message, sizeof ui->message, text, strlen(text));
    ui->message_role = role;
}

const struct bl_snapshot *ui_told(const struct ui *ui, const struct bl_snapshot *snap)
{
    return ui->told && ui->told->n_runs == snap->n_runs && ui->told->streams == snap->streams ? ui->told : snap;
}

bool ui_streaming(const struct bl_snapshot *snap)
{
    return snap->streams && (snap->busy || !strcmp(snap->state, "paused"));
}

size_t ui_front(const struct bl_snapshot *snap, const struct bl_view_settings *view)
{
    return view->front < snap->n_runs ? view->front : 0;
}

struct bl_sights ui_sights(const struct ui *ui, const struct bl_snapshot *snap, const struct bl_view_settings *view)
{
    struct bl_view_settings now = *view;
    unsigned wanted = 0;

    for (size_t i = 0; i < ui->layout.n; i++)
        wanted |= ui->layout.placed[i].panel->sights;
    now.front = ui_front(snap, view);
    return bl_view_sights(&now, snap->n_runs ? wanted : 0);
}

double ui_x(const struct bl_point *p, enum bl_x x)
{
    switch (x) {
    case BL_X_SAMPLES: return (double)p->samples;
    case BL_X_UPDATES: return (double)p->updates;
    case BL_X_EPOCHS: return p->epoch;
    default: return p->seconds;
    }
}

size_t ui_cursor_row(const struct ui *ui, const struct bl_stream_view *v)
{
    size_t best = SIZE_MAX;

    for (size_t i = 0; ui->cursor && ui->cursor_rows && i < v->n; i++)
        if (v->at[i] <= ui->cursor_row || best == SIZE_MAX)
            best = i;
    return best;
}

const struct bl_point *ui_cursor_point(const struct ui *ui, const struct bl_run_view *run)
{
    const struct bl_point *best = NULL;

    for (size_t i = 0; ui->cursor && !ui->cursor_rows && i < run->n_points; i++)
        if (run->points[i].updates <= ui->cursor_update || !best)
            best = &run->points[i];
    return best;
}

enum { NAME_STEP = 8 };

/* ---- charts -----------------------------------------------------------------------------------------*/

struct bl_snapshot part_only(const struct bl_snapshot *snap, size_t i)
{
    struct bl_snapshot one = *snap;

    one.runs = snap->runs + i;
    one.n_runs = 1;
    return one;
}

static double chart_cursor(const struct drawing *d, const struct bl_snapshot *snap)
{
    size_t front = ui_front(d->snap, d->view);
    bool shown = d->focused || d->main;
    const struct bl_point *p = shown && d->snap->n_runs ? ui_cursor_point(d->ui, &d->snap->runs[front]) : NULL;

    return p ? ui_x(p, bl_view_x(snap, d->view)) : NAN;
}

/* The point that was the last one when figures were told: the value at the end of a curve, and where its name stands. */
static void tell_value(const struct drawing *d, struct bl_series *s, const struct bl_run_view *run, enum bl_x x)
{
    double end = run->n_points ? ui_x(&run->points[run->n_points - 1], x) : NAN;
    size_t i = s->n;
    char number[32];

    while (i > 0 && s->x[i - 1] > end)
        i--;
    s->value = NULL;
    if (i == 0 || i == s->n)
        return;
    bl_number_format(number, sizeof number, s->y[i - 1], 3);
    s->value = bl_arena_text(d->arena, number, strlen(number));
    s->newer = s->n - i;
}

static void tell_values(const struct drawing *d, const struct bl_snapshot *snap, struct bl_chart *chart)
{
    for (size_t i = 0; d->told != d->snap && i < chart->n_series; i++) {
        struct bl_series *s = (struct bl_series *)&chart->series[i]; /* ours: it lies in the arena */
        size_t run = snap->n_runs == 1 ? (size_t)(snap->runs - d->snap->runs) : s->style;
        if (s->name && !s->no_label && run < d->told->n_runs)
            tell_value(d, s, &d->told->runs[run], bl_view_x(snap, d->view));
    }
}

/* "epoch >= 7", "samples > 896": where on this axis a break waits; nan: not on it. */
static double break_at(const char *condition, enum bl_x x)
{
    static const char *const names[][2] = { { "samples", "samples" }, { "updates", "update" }, { "epoch", "epochs" }, { "seconds", "second" } };
    char name[32], sign[4], value[64];
    double at;

    if (sscanf(condition, "%31[a-z_] %3[>=] %63s", name, sign, value) != 3 || (strcmp(name, names[x][0]) != 0 && strcmp(name, names[x][1]) != 0))
        return NAN;
    return bl_number_parse(value, strlen(value), &at) ? at : NAN;
}

static void add_posts(const struct drawing *d, const struct bl_snapshot *snap, struct bl_chart *chart)
{
    struct bl_post *posts = bl_arena_take(d->arena, snap->n_breaks + 1, sizeof *posts);
    char label[32];

    for (size_t i = 0; posts && i < snap->n_breaks; i++) {
        double at = break_at(snap->breaks[i].text, bl_view_x(snap, d->view));
        if (isnan(at))
            continue;
        snprintf(label, sizeof label, "break %zu", snap->breaks[i].number);
        posts[chart->n_posts++] = (struct bl_post){ at, bl_arena_text(d->arena, label, strlen(label)), BL_ROLE_WARN };
    }
    chart->posts = posts;
}

/* The curves as they were before, behind the present ones. */
static void add_ghost(const struct drawing *d, const struct bl_snapshot *snap, enum bl_curve what, struct bl_chart *chart)
{
    const struct bl_snapshot *old = d->ui->ghost;
    struct bl_snapshot one;
    struct bl_view_settings view = *d->view;
    struct bl_series *all;
    struct bl_chart ghost;
    size_t n = 0;

    if (!old || old->n_runs == 0)
        return;
    if (snap->n_runs == 1) {
        one = part_only(old, old->n_runs > 1 ? ui_front(old, d->view) : 0);
        old = &one;
    }
    view.dots = false;
    view.smooth = 0;
    view.x = bl_view_x(snap, d->view);
    view.x_given = true;
    all = bl_arena_take(d->arena, chart->n_series + old->n_runs * 3 + 4, sizeof *all);
    if (!all || !bl_curve_chart(old, &view, what, d->arena, &ghost))
        return;
    for (; n < chart->n_series; n++)
        all[n] = chart->series[n];
    for (size_t i = 0; i < ghost.n_series; i++) {
        all[n] = ghost.series[i];
        all[n].dim = all[n].no_label = true;
        n++;
    }
    chart->series = all;
    chart->n_series = n;
}

bool part_chart(const struct drawing *d, const struct bl_snapshot *snap, enum bl_curve what, struct bl_axis_memory *memory, struct bl_chart *chart)
{
    if (snap->n_runs == 0 || !bl_curve_chart(snap, d->view, what, d->arena, chart))
        return false;
    tell_values(d, snap, chart);
    chart->y.memory = memory;
    chart->name_step = snap->busy ? NAME_STEP : 0;
    chart->y.label = ""; /* the title names it */
    if (!chart->note[0] && d->rect.width >= 70)
        chart->note = "smoothing off";
    chart->cursor = chart_cursor(d, snap);
    chart->place = d->place ? &d->place->chart : NULL;
    chart->thick = d->view->present;
    add_posts(d, snap, chart);
    add_ghost(d, snap, what, chart);
    if (d->framed)
        chart->title = chart->note = NULL;
    else if (d->ui->layout.n == 1 && d->rect.height < 20 && d->rect.width < 80) {
        chart->title_inside = true;
        if (d->view->present && d->view->smooth == 0 && !(d->view->y_to > d->view->y_from))
            chart->note = NULL; /* what is not done needs no row of its own */
    }
    return true;
}

enum { STYLES = 7, FEW_COLOURS = 3 }; /* markers that tell curves apart; where a terminal has 16 colours, those of curves repeat */

static size_t free_style(const struct drawing *d, size_t front)
{
    for (size_t k = d->snap->n_runs; k < STYLES; k++)
        if (k % FEW_COLOURS != front % FEW_COLOURS)
            return k;
    return (front + 1) % STYLES;
}

void part_styles(const struct drawing *d, struct bl_chart *chart)
{
    size_t front = ui_front(d->snap, d->view), other = free_style(d, front);

    for (size_t i = 0; d->snap->n_runs > 1 && i < chart->n_series; i++) {
        struct bl_series *s = (struct bl_series *)&chart->series[i]; /* ours: it lies in the arena */
        if (s->style == 0 && !s->dots && !s->dim)
            chart->front = i;
        s->style = s->style == 0 ? front : other;
    }
}

void part_heading(const struct drawing *d, const struct panel_type *p, struct bl_chart *chart)
{
    char title[160] = "", note[160] = "", numbered[176];

    if (!chart->title || chart->title_inside || !p->head)
        return;
    p->head(d, title, note, sizeof title);
    snprintf(numbered, sizeof numbered, "%d %s", p->number, title);
    if (wide(numbered) + 2 > d->rect.width)
        return;
    if (wide(numbered) + wide(note) + 3 > d->rect.width)
        note[0] = '\0';
    chart->title = bl_arena_text(d->arena, numbered, strlen(numbered));
    chart->note = bl_arena_text(d->arena, note, strlen(note));
}

static double step_down(double x)
{
    double power = pow(10, floor(log10(x)));
    double m = x / power;

    return (m >= 4.999999 ? 5 : m >= 1.999999 ? 2 : 1) * power;
}

static double step_up(double x)
{
    double power = pow(10, floor(log10(x)));
    double m = x / power;

    return (m <= 1.000001 ? 1 : m <= 2.000001 ? 2 : m <= 5.000001 ? 5 : 10) * power;
}

void part_limits(const struct bl_chart *chart, double *low, double *high)
{
    *low = INFINITY, *high = -INFINITY;
    for (size_t i = 0; i < chart->n_series; i++)
        for (size_t j = 0; j < chart->series[i].n; j++) {
            double y = chart->series[i].y[j];
            if (!isfinite(y) || (chart->y.log && y <= 0))
                continue;
            *low = y < *low ? y : *low;
            *high = y > *high ? y : *high;
        }
    if (*low > *high) {
        *low = *high = NAN;
    } else if (chart->y.log) {
        *low = step_down(*low);
        *high = step_up(*high);
        if (*low >= *high)
            *high = 2 * *low;
    } else {
        double step = step_up((*high > *low ? *high - *low : fabs(*high) + 1e-300) / 4);
        *low = floor(*low / step) * step;
        *high = ceil(*high / step) * step;
    }
}

void part_columns_fit(struct part_column *c, int n, int room)
{
    for (;;) {
        int total = 1, worst = -1;

        for (int i = 0; i < n; i++) {
            total += c[i].width;
            if (c[i].width && c[i].keep && (worst < 0 || c[i].keep >= c[worst].keep))
                worst = i;
        }
        if (total <= room || worst < 0)
            return;
        c[worst].width = 0;
    }
}
