/* What keys and mouse do: they change what is selected, or write a command. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "parts.h"

struct doing { /* what an action may look at and change */
    struct ui *ui;
    const struct bl_snapshot *snap;
    struct bl_view_settings *view;
    struct bl_text *command;
};

static const struct placed *focused(const struct ui *ui)
{
    return ui->layout.n ? &ui->layout.placed[ui->focus % ui->layout.n] : NULL;
}

static bool panel_takes(const struct doing *a, int key)
{
    const struct placed *p = focused(a->ui);

    return p && p->panel->key && p->panel->key(a->ui, a->snap, a->view, key);
}

static const struct bl_run_view *front(const struct doing *a)
{
    if (a->snap->n_runs)
        return &a->snap->runs[ui_front(a->snap, a->view)];
    ui_message(a->ui, BL_ROLE_WARN, "there is no run yet: type  :train batch  or  :compare");
    return NULL;
}

/* ---- time cursor -----------------------------------------------------------------------------------*/

static void cursor_set(struct doing *a, const struct bl_run_view *r, size_t at)
{
    a->ui->cursor = true;
    a->ui->cursor_update = r->points[at].updates;
}

static void cursor_move(struct doing *a, int by)
{
    const struct bl_run_view *r = front(a);
    const struct bl_point *p;
    size_t at;

    if (!r || r->n_points == 0)
        return;
    p = ui_cursor_point(a->ui, r);
    at = p ? (size_t)(p - r->points) : r->n_points - 1;
    if (by < 0)
        at = at > (size_t)-by ? at - (size_t)-by : 0;
    else
        at += (size_t)by;
    if (at >= r->n_points) {
        a->ui->cursor = false; /* past the newest point: follow again */
        return;
    }
    cursor_set(a, r, at);
}

static void cursor_end(struct doing *a, bool first)
{
    const struct bl_run_view *r;

    if (panel_takes(a, first ? UI_HOME : UI_END) || !(r = front(a)))
        return;
    if (first && r->n_points)
        cursor_set(a, r, 0);
    else
        a->ui->cursor = false;
}

/* ---- rows, pages, panels ------------------------------------------------------------------------------*/

static void row_move(struct doing *a, int by)
{
    size_t n = a->snap->n_runs, at = ui_front(a->snap, a->view);

    if (panel_takes(a, by < 0 ? UI_UP : UI_DOWN))
        return;
    if (n < 2) {
        ui_message(a->ui, BL_ROLE_DIM, "one curve only: nothing to bring to the front");
        return;
    }
    a->view->front = by < 0 ? (at + n - 1) % n : (at + 1) % n;
    ui_message(a->ui, BL_ROLE_TEXT, "in front: %s", a->snap->runs[a->view->front].name);
}

static void page_move(struct doing *a, int by)
{
    if (!panel_takes(a, by < 0 ? UI_PAGE_UP : UI_PAGE_DOWN))
        bl_text_add(a->command, by < 0 ? "back" : "step");
}

static void focus_move(struct doing *a, int by)
{
    size_t n = a->ui->layout.n;

    if (n == 1 && !a->view->zoom) /* one panel at a time: Tab turns to the next of the view */
        n = 6;
    else if (a->view->zoom)
        n = PLACED_MAX;
    a->ui->focus = n ? (a->ui->focus % n + (by < 0 ? n - 1 : 1)) % n : 0;
}

static bool same_panels(const struct layout *a, const struct layout *b)
{
    for (size_t i = 0; i < a->n && i < b->n; i++)
        if (a->placed[i].panel != b->placed[i].panel || a->placed[i].run != b->placed[i].run)
            return false;
    return a->n == b->n;
}

static void view_set(struct doing *a, int view)
{
    struct layout now;

    a->view->view = view;
    a->ui->focus = 0;
    a->view->zoom = false;
    a->ui->view = view;
    layout_make(&now, a->ui->layout.width, a->ui->layout.height, a->snap, a->view, a->ui);
    if (same_panels(&now, &a->ui->layout))
        ui_message(a->ui, BL_ROLE_DIM, "view %d: at this size it shows the same panels", view);
}

static void later(struct doing *a, int view)
{
    static const char *const names[] = { "boundary", "contour", "", "", "theory", "inside an update", "evaluation" };
    static const char *const instead[] = { "scatter", "plot loss", "", "", "theory", "explain", "eval" };

    ui_message(a->ui, BL_ROLE_WARN, "%s is not drawn yet; type  :%s", names[view - 4], instead[view - 4]);
}

/* ---- settings that keys turn ---------------------------------------------------------------------------*/

static void turn_speed(struct doing *a, bool faster)
{
    static const double steps[] = { 1, 2, 5, 10, 20, 50, 0 };
    struct bl_workbench *w = a->ui->session ? a->ui->session->workbench : NULL;
    double now = w ? bl_workbench_speed(w) : 0;
    size_t at = 6;

    if (now < 0) /* auto: as fast as the eye follows, for now */
        now = bl_workbench_planned(w) > 0 ? (double)bl_workbench_planned(w) / BL_WATCHED_SECONDS : 0;
    for (size_t i = 7; i-- > 0;)
        if (now > 0 && now <= steps[i])
            at = i;
    if (faster && at == 6) {
        ui_message(a->ui, BL_ROLE_DIM, "the speed is not limited already");
        return;
    }
    if (!faster && at == 0) {
        ui_message(a->ui, BL_ROLE_DIM, "1 epoch a second is the slowest; s steps by updates");
        return;
    }
    at = faster ? at + 1 : at - 1;
    if (steps[at] > 0)
        bl_text_addf(a->command, "set speed=%g", steps[at]);
    else
        bl_text_add(a->command, "set speed=unlimited");
}

static void turn_x(struct doing *a)
{
    static const char *const names[] = { "samples", "updates", "epochs", "seconds" };

    a->ui->x_from = a->ui->x_to = NAN;
    bl_text_addf(a->command, "set x=%s", names[(bl_view_x(a->snap, a->view) + 1) % 4]);
}

static size_t not_positive(const struct bl_snapshot *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->n_runs; i++)
        for (size_t j = 0; j < s->runs[i].n_points; j++)
            n += s->runs[i].points[j].train_loss <= 0;
    return n;
}

static void turn_y(struct doing *a)
{
    size_t below = not_positive(a->snap);

    if (!a->view->log_y && below) {
        ui_message(a->ui, BL_ROLE_WARN, "y: %zu value%s not above 0, so no log axis", below, below == 1 ? " is" : "s are");
        return;
    }
    bl_text_addf(a->command, "set y=%s", a->view->log_y ? "linear" : "log");
}

static void turn_smooth(struct doing *a)
{
    static const char *const names[] = { "off", "light", "medium", "heavy" };

    bl_text_addf(a->command, "set smooth=%s", names[(a->view->smooth + 1) & 3]);
}

static void turn_valid(struct doing *a)
{
    if (a->snap->n_runs && a->snap->validation_rows == 0)
        ui_message(a->ui, BL_ROLE_WARN, "v: there are no validation rows; split 60 20 20 makes some");
    else
        bl_text_addf(a->command, "set valid=%s", a->view->valid ? "off" : "on");
}

static void turn_theme(struct doing *a)
{
    static const char *const names[] = { "dark", "light", "mono", "contrast" };
    unsigned now = a->ui->session ? (unsigned)a->ui->session->theme : 0;

    bl_text_addf(a->command, "set theme=%s", names[(now + 1) & 3]);
}

static void turn_bins(struct doing *a)
{
    static const size_t steps[] = { 0, 20, 10, 5 };
    size_t at = 0;

    for (size_t i = 0; i < 4; i++)
        if (steps[i] == a->view->bins)
            at = i;
    at = (at + 1) & 3;
    if (steps[at])
        bl_text_addf(a->command, "set bins=%zu", steps[at]);
    else
        bl_text_add(a->command, "set bins=auto");
}

static void turn_order(struct doing *a)
{
    const struct placed *p = focused(a->ui);

    if (p && (p->panel == &panel_stats || p->panel == &panel_histogram))
        a->ui->order = (a->ui->order + 1) % ORDERS;
    else
        a->ui->weights_by_size = !a->ui->weights_by_size;
    a->ui->scroll_weights = 0;
}

/* ---- range of x ------------------------------------------------------------------------------------------*/

static bool x_range(struct doing *a, double *from, double *to)
{
    enum bl_x x = bl_view_x(a->snap, a->view);

    *from = a->ui->x_from, *to = a->ui->x_to;
    if (!isnan(*from))
        return true;
    *from = 0, *to = 0;
    for (size_t i = 0; i < a->snap->n_runs; i++)
        if (a->snap->runs[i].n_points)
            *to = fmax(*to, ui_x(&a->snap->runs[i].points[a->snap->runs[i].n_points - 1], x));
    return *to > *from;
}

static void x_scale(struct doing *a, double factor)
{
    const struct bl_run_view *r = front(a);
    const struct bl_point *p = r ? ui_cursor_point(a->ui, r) : NULL;
    double from, to, middle, least;

    if (!r)
        return;
    if ((factor > 1 && isnan(a->ui->x_from)) || !x_range(a, &from, &to)) {
        ui_message(a->ui, BL_ROLE_DIM, "all there is to see is in sight");
        return;
    }
    least = (to - from) * factor;
    middle = p ? ui_x(p, bl_view_x(a->snap, a->view)) : (from + to) / 2;
    from = fmax(0, middle - least / 2);
    a->ui->x_from = from;
    a->ui->x_to = from + least;
    if (factor > 1) { /* out past everything: back to fitting */
        double all_from, all_to;
        a->ui->x_from = NAN;
        x_range(a, &all_from, &all_to);
        a->ui->x_from = least >= all_to ? NAN : from;
    }
}

/* ---- layers --------------------------------------------------------------------------------------------------*/

static void help_open(struct ui *ui)
{
    static const char *const names[] = { "overview", "loss", "compare", "stats", "", "", "weights and gradient", "events" };
    char title[64];

    snprintf(title, sizeof title, "view %d %s", ui->view, ui->view >= 0 && ui->view <= 7 ? names[ui->view] : "");
    bl_text_clear(&ui->overlay_text);
    keys_help(&ui->overlay_text, key_rows, title);
    bl_text_add(&ui->overlay_text, "\nF1 F5 F7 F8 F10 are ? space s e q. h l k j are the arrows.\n"
                                   "Mouse: click a panel, a row or a key below; the wheel scrolls; twice zooms. set mouse=off\n");
    ui->overlay = OVERLAY_HELP;
    ui->overlay_title = "keys";
    ui->overlay_scroll = 0;
    ui->found_line = SIZE_MAX;
}

static void find_open(struct ui *ui)
{
    line_open(&ui->line, "");
    ui->line.sign = '/';
}

static void layer_out(struct doing *a)
{
    struct ui *ui = a->ui;

    if (ui->message[0])
        ui->message[0] = '\0';
    else if (!isnan(ui->x_from))
        ui->x_from = ui->x_to = NAN;
    else if (ui->cursor)
        ui->cursor = false;
    else if (a->view->zoom)
        a->view->zoom = false;
    else if (a->view->present)
        a->view->present = false;
    else
        ui_message(ui, BL_ROLE_DIM, "q goes back to the prompt");
}

static void run_or_pause(struct doing *a)
{
    bl_text_add(a->command, a->snap->busy ? "pause" : "run");
}

static void follow(struct doing *a)
{
    a->ui->scroll_events = 0;
    a->ui->event_found = false;
    a->ui->cursor = false;
    ui_message(a->ui, BL_ROLE_DIM, "following the newest");
}

static void act(struct doing *a, const struct key_row *k)
{
    switch ((enum action)k->action) {
    case ACT_HELP: help_open(a->ui); break;
    case ACT_QUIT: a->ui->leave = true; break;
    case ACT_ESCAPE: layer_out(a); break;
    case ACT_RUN: run_or_pause(a); break;
    case ACT_PAUSE: bl_text_add(a->command, "pause"); break;
    case ACT_COMMAND: bl_text_add(a->command, k->command); break;
    case ACT_FASTER: turn_speed(a, true); break;
    case ACT_SLOWER: turn_speed(a, false); break;
    case ACT_CURSOR: cursor_move(a, k->amount); break;
    case ACT_CURSOR_FIRST: cursor_end(a, true); break;
    case ACT_CURSOR_LAST: cursor_end(a, false); break;
    case ACT_ROW: row_move(a, k->amount); break;
    case ACT_PAGE: page_move(a, k->amount); break;
    case ACT_VIEW: view_set(a, k->amount); break;
    case ACT_LATER: later(a, k->amount); break;
    case ACT_FOCUS: focus_move(a, k->amount); break;
    case ACT_ZOOM: a->view->zoom = !a->view->zoom; break;
    case ACT_X: turn_x(a); break;
    case ACT_Y: turn_y(a); break;
    case ACT_SMOOTH: turn_smooth(a); break;
    case ACT_VALID: turn_valid(a); break;
    case ACT_DOTS: bl_text_addf(a->command, "set dots=%s", a->view->dots ? "off" : "on"); break;
    case ACT_THEME: turn_theme(a); break;
    case ACT_FIT:
        a->ui->x_from = a->ui->x_to = NAN;
        memset(&a->ui->memories, 0, sizeof a->ui->memories);
        ui_message(a->ui, BL_ROLE_DIM, "axes fit the data");
        break;
    case ACT_NARROW: x_scale(a, 0.5); break;
    case ACT_WIDEN: x_scale(a, 2); break;
    case ACT_LINE: line_open(&a->ui->line, ""); break;
    case ACT_FIND: find_open(a->ui); break;
    case ACT_FIND_NEXT: find_go(a->ui, a->snap, a->view, k->amount); break;
    case ACT_PRESENT: a->view->present = !a->view->present; break;
    case ACT_BINS: turn_bins(a); break;
    case ACT_SHARE: a->view->share = !a->view->share; break;
    case ACT_ORDER: turn_order(a); break;
    case ACT_FOLLOW: follow(a); break;
    case ACT_BLANK:
        if (a->view->present)
            a->ui->blank = true;
        else
            ui_message(a->ui, BL_ROLE_DIM, ". blanks the screen in the lecture layout: p first");
        break;
    case ACT_SUSPEND:
    case ACT_REPAINT: break; /* the caller's: they are about the terminal */
    }
}

/* ---- keys --------------------------------------------------------------------------------------------------*/

static void overlay_key(struct ui *ui, int key)
{
    switch (key) {
    case '/': find_open(ui); return;
    case 'n': find_go(ui, NULL, NULL, 1); return;
    case 'N': find_go(ui, NULL, NULL, -1); return;
    case UI_UP: case 'k': ui->overlay_scroll--; return;
    case UI_DOWN: case 'j': ui->overlay_scroll++; return;
    case UI_PAGE_UP: ui->overlay_scroll -= 10; return;
    case UI_PAGE_DOWN: case ' ': ui->overlay_scroll += 10; return;
    case UI_HOME: case 'g': ui->overlay_scroll = 0; return;
    case UI_END: case 'G': ui->overlay_scroll = 1 << 20; return;
    default: ui->overlay = OVERLAY_NONE;
    }
}

static void find_take(struct ui *ui)
{
    snprintf(ui->find, sizeof ui->find, "%.*s", (int)bl_text_fit(ui->line.text, ui->line.length, sizeof ui->find / 4), ui->line.text);
}

static void line_entered(struct doing *a)
{
    struct ui *ui = a->ui;

    if (ui->line.sign == ':') {
        bl_text_add(a->command, ui->line.text);
    } else {
        find_take(ui);
        find_go(ui, a->snap, a->view, 0);
    }
}

bool ui_layer_key(struct ui *ui, int key, bool *entered)
{
    *entered = false;
    if (ui->line.open) {
        if (key == UI_CTRL('C'))
            ui->line.open = false;
        else
            *entered = line_key(&ui->line, ui->session, key);
        if (*entered && ui->overlay != OVERLAY_NONE && ui->line.sign == '/') { /* what lies above is looked through */
            find_take(ui);
            find_go(ui, NULL, NULL, 0);
            *entered = false;
        }
        return true;
    }
    if (ui->overlay == OVERLAY_NONE || key == UI_CTRL('C'))
        return false;
    overlay_key(ui, key);
    return true;
}

static void remember_pressed(struct ui *ui, const struct key_row *k, int key)
{
    if (k)
        snprintf(ui->pressed, sizeof ui->pressed, "%s", k->label);
    else if (key > ' ' && key < 127)
        snprintf(ui->pressed, sizeof ui->pressed, "%c", key);
}

void ui_key(struct ui *ui, const struct bl_snapshot *snap, struct bl_view_settings *view, int key, struct bl_text *command)
{
    struct doing a = { ui, snap, view, command };
    const struct key_row *k;
    bool entered;

    if (ui->blank) {
        ui->blank = false;
        return;
    }
    if (ui_layer_key(ui, key, &entered)) {
        if (entered)
            line_entered(&a);
        return;
    }
    k = key_find(key_rows, key);
    remember_pressed(ui, k, key);
    if (!k || k->action != ACT_ESCAPE)
        ui->message[0] = '\0';
    if (k)
        act(&a, k);
    else if (key > ' ' && key < UI_FIRST)
        ui_message(ui, BL_ROLE_DIM, "this key does nothing here; ? lists them");
}

/* ---- mouse ----------------------------------------------------------------------------------------------------*/

static size_t panel_at(const struct ui *ui, int x, int y)
{
    for (size_t i = 0; i < ui->layout.n; i++) {
        const struct bl_rect *r = &ui->layout.placed[i].rect;
        if (x >= r->x && x < r->x + r->width && y >= r->y && y < r->y + r->height)
            return i;
    }
    return SIZE_MAX;
}

/* A click on a row of a table chooses it. Rows begin below header and rule. */
static void row_click(struct doing *a, const struct placed *p, int y)
{
    int row = y - p->rect.y - (p->framed ? 1 : 0) - 2;

    if (row < 0)
        return;
    if (p->panel == &panel_race && (size_t)row < a->snap->n_runs)
        a->view->front = (size_t)row;
    else if (p->panel == &panel_stats && (size_t)row < a->snap->n_columns)
        a->view->column = stats_column(a->snap, a->ui, (size_t)row);
}

void ui_mouse(struct ui *ui, const struct bl_snapshot *snap, struct bl_view_settings *view, struct ui_mouse m, struct bl_text *command)
{
    struct doing a = { ui, snap, view, command };
    size_t at = panel_at(ui, m.x, m.y);

    if (ui->overlay != OVERLAY_NONE) {
        if (m.wheel)
            ui->overlay_scroll += 3 * m.wheel;
        else
            ui->overlay = OVERLAY_NONE;
        return;
    }
    for (size_t i = 0; !m.wheel && m.y == ui->layout.hints_row && i < ui->layout.n_hints; i++)
        if (m.x >= ui->layout.hints[i].x && m.x < ui->layout.hints[i].x + ui->layout.hints[i].width) {
            ui_key(ui, snap, view, ui->layout.hints[i].key, command);
            return;
        }
    if (at == SIZE_MAX)
        return;
    if (ui->layout.n > 1)
        ui->focus = at;
    if (m.wheel) {
        if (!panel_takes(&a, m.wheel < 0 ? UI_UP : UI_DOWN))
            x_scale(&a, m.wheel < 0 ? 0.5 : 2);
    } else if (m.clicks > 1) {
        view->zoom = !view->zoom;
    } else {
        row_click(&a, &ui->layout.placed[at], m.y);
    }
}
