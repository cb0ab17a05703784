/* What keys and mouse do: they change what is selected, or write a command. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "act.h"

const struct placed *act_focused(const struct doing *a)
{
    return a->ui->layout.n ? &a->ui->layout.placed[a->ui->focus % a->ui->layout.n] : NULL;
}

bool act_panel_takes(const struct doing *a, int key)
{
    const struct placed *p = act_focused(a);

    return p && p->panel->key && p->panel->key(a->ui, a->snap, a->view, key);
}

const struct bl_run_view *act_front(const struct doing *a)
{
    if (a->snap->n_runs)
        return &a->snap->runs[ui_front(a->snap, a->view)];
    ui_message(a->ui, BL_ROLE_WARN, "there is no run yet: type  :train batch  or  :compare");
    return NULL;
}

const struct bl_stream_view *act_stream(const struct doing *a)
{
    static const struct panel_type *const of_runs[] = { &panel_loss, &panel_compare, &panel_gradient, &panel_above, &panel_regime, &panel_race };
    const struct placed *focus = act_focused(a);

    for (size_t i = 0; focus && i < sizeof of_runs / sizeof *of_runs; i++)
        if (focus->panel == of_runs[i])
            return NULL;
    return a->snap->streams ? a->snap->stream : NULL;
}

void act_echo(const struct doing *a, const char *format, ...)
{
    char text[240];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    ui_message(a->ui, BL_ROLE_TEXT, ":%s", text);
}

/* ---- rows, pages, panels ------------------------------------------------------------------------------*/

static void row_move(struct doing *a, int by)
{
    size_t n = a->snap->n_runs, at = ui_front(a->snap, a->view);

    if (act_panel_takes(a, by < 0 ? UI_UP : UI_DOWN))
        return;
    if (n < 2) {
        ui_message(a->ui, BL_ROLE_DIM, "one curve only: nothing to bring to the front");
        return;
    }
    a->view->front = by < 0 ? (at + n - 1) % n : (at + 1) % n;
    act_echo(a, "front '%s'", a->snap->runs[a->view->front].name);
}

static void page_move(struct doing *a, int by)
{
    if (!act_panel_takes(a, by < 0 ? UI_PAGE_UP : UI_PAGE_DOWN))
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
    char name[16];

    a->view->view = view;
    a->ui->focus = 0;
    a->view->zoom = false;
    a->ui->view = view;
    layout_make(&now, a->ui->layout.width, a->ui->layout.height, a->snap, a->view, a->ui);
    if (view < 10)
        snprintf(name, sizeof name, "%d", view);
    else
        snprintf(name, sizeof name, "evaluation"); /* its key is no digit */
    if (same_panels(&now, &a->ui->layout))
        ui_message(a->ui, BL_ROLE_DIM, ":view %s  at this size it shows the same panels", name);
    else
        act_echo(a, "view %s", name);
}

/* ---- layers --------------------------------------------------------------------------------------------------*/

/* What the signs of the panel in focus mean, then the keys. */
static void help_open(const struct doing *a)
{
    const struct placed *p = act_focused(a);
    struct ui *ui = a->ui;
    static const char *const names[] = { "overview", "loss", "compare", "stats", "boundary", "contour", "weights and gradient", "events",
                                         "theory", "inside an update", "evaluation" };
    char title[64];

    snprintf(title, sizeof title, "view %d %s", ui->view, ui->view >= 0 && ui->view <= 10 ? names[ui->view] : "");
    overlay_clear(ui);
    if (p && p->panel->explains)
        bl_text_addf(&ui->overlay_text, "%s\n%s\n", p->panel->name, p->panel->explains);
    keys_help(&ui->overlay_text, key_rows, title);
    for (size_t i = 0; ui->session && bl_session_binding(ui->session, i, NULL); i++) {
        const char *command, *key = bl_session_binding(ui->session, i, &command);
        bl_text_addf(&ui->overlay_text, "%-11sbound here  [%s]\n", key, command);
    }
    bl_text_add(&ui->overlay_text, "\nF1 F5 F7 F8 F10 are ? space s e q. h l k j are the arrows.\n"
                                   "Mouse: click a panel, a row, a curve's name or a key below;\nin a chart the wheel and dragging zoom, a click sets the\ncursor, two enlarge the panel. set mouse=off leaves it to\nthe terminal. bind KEY \"COMMAND\" gives a key another meaning.\n");
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
    else if (a->view->x_to > a->view->x_from || a->view->y_to > a->view->y_from)
        a->view->x_from = a->view->x_to = a->view->y_from = a->view->y_to = 0;
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
    if (a->snap->streams && !ui_streaming(a->snap)) {
        ui_message(a->ui, BL_ROLE_DIM, "the stream is over: :stream begins another one, :train a run");
        return;
    }
    bl_text_add(a->command, a->snap->busy ? "pause" : "run");
}

static void follow(struct doing *a)
{
    a->ui->scroll_events = 0;
    a->ui->event_found = false;
    a->ui->cursor = false;
    ui_message(a->ui, BL_ROLE_DIM, "following the newest");
}

static void zoom(struct doing *a, int key)
{
    const struct placed *p = act_focused(a);

    if (key == UI_ENTER && p && p->panel == &panel_tree && tree_chosen(a->ui, a->snap)) {
        bl_text_addf(a->command, "use run %zu", tree_chosen(a->ui, a->snap));
        return;
    }
    a->view->zoom = !a->view->zoom;
    act_echo(a, "zoom");
}

static void say_open(struct doing *a)
{
    overlay_clear(a->ui);
    say_screen(a->ui, a->snap, a->view, &a->ui->overlay_text);
    a->ui->overlay = OVERLAY_TEXT;
    a->ui->overlay_title = "in words";
    a->ui->overlay_scroll = 0;
    a->ui->found_line = SIZE_MAX;
}

/* The name of a file that is not there yet is offered. */
static void save_open(struct doing *a)
{
    char text[32], line[64];

    for (int i = 1; i < 1000; i++) {
        snprintf(text, sizeof text, "screen-%d.txt", i);
        if (access(text, F_OK) != 0)
            break;
    }
    snprintf(line, sizeof line, "screen %s", text);
    line_open(&a->ui->line, line);
}

static void record_open(struct doing *a)
{
    if (a->ui->session && bl_session_recording(a->ui->session))
        bl_text_add(a->command, "record stop");
    else
        line_open(&a->ui->line, "record ");
}

/* Keys of runs, while a stream is what is worked on: it would end, or nothing would be seen of them. */
static bool not_for_streams(const struct doing *a, const struct key_row *k)
{
    switch ((enum action)k->action) {
    case ACT_COMMAND: case ACT_PAGE: case ACT_GO: case ACT_BREAK: case ACT_FORK: case ACT_FORK_RATE: case ACT_FORK_BATCH:
        if (!ui_streaming(a->snap) || (k->action == ACT_PAGE && act_panel_takes(a, k->amount < 0 ? UI_PAGE_UP : UI_PAGE_DOWN)))
            return false;
        ui_message(a->ui, BL_ROLE_DIM, "%s is for runs, and a stream is under way: space pauses it, :train ends it", k->label);
        return true;
    case ACT_X: case ACT_X_SCALE: case ACT_SMOOTH: case ACT_Y_ZOOM: case ACT_Y_PAN: case ACT_VALID: case ACT_DOTS: case ACT_HIDE:
        if (!act_stream(a))
            return false;
        ui_message(a->ui, BL_ROLE_DIM, "%s is for curves of runs; those of a stream stand over their rows, as they are", k->label);
        return true;
    default: return false;
    }
}

static void act(struct doing *a, const struct key_row *k, int key)
{
    if (not_for_streams(a, k))
        return;
    switch ((enum action)k->action) {
    case ACT_HELP: help_open(a); break;
    case ACT_QUIT: a->ui->leave = true; break;
    case ACT_ESCAPE: layer_out(a); break;
    case ACT_RUN: run_or_pause(a); break;
    case ACT_PAUSE: bl_text_add(a->command, "pause"); break;
    case ACT_UNDO: bl_text_add(a->command, "undo"); break;
    case ACT_COMMAND: bl_text_add(a->command, k->command); break;
    case ACT_FASTER: turn_speed(a, true); break;
    case ACT_SLOWER: turn_speed(a, false); break;
    case ACT_CURSOR: cursor_move(a, k->amount); break;
    case ACT_CURSOR_FIRST: cursor_end(a, true); break;
    case ACT_CURSOR_LAST: cursor_end(a, false); break;
    case ACT_ROW: row_move(a, k->amount); break;
    case ACT_PAGE: page_move(a, k->amount); break;
    case ACT_VIEW: view_set(a, k->amount); break;
    case ACT_FOCUS: focus_move(a, k->amount); break;
    case ACT_ZOOM: zoom(a, key); break;
    case ACT_X: turn_x(a); break;
    case ACT_Y: turn_y(a); break;
    case ACT_SMOOTH: turn_smooth(a); break;
    case ACT_VALID: turn_valid(a); break;
    case ACT_DOTS: bl_text_addf(a->command, "set dots=%s", a->view->dots ? "off" : "on"); break;
    case ACT_THEME: turn_theme(a); break;
    case ACT_FIT: x_fit(a); break;
    case ACT_NARROW: x_scale(a, 0.5, NAN); break;
    case ACT_WIDEN: x_scale(a, 2, NAN); break;
    case ACT_PAN: x_pan(a, k->amount * 0.5); break;
    case ACT_Y_ZOOM: y_scale(a, k->amount > 0 ? 0.5 : 2); break;
    case ACT_Y_PAN: y_pan(a, k->amount * 0.5); break;
    case ACT_X_SCALE: turn_x_scale(a); break;
    case ACT_GO: cursor_go(a); break;
    case ACT_BREAK: break_here(a); break;
    case ACT_FORK: fork_here(a); break;
    case ACT_FORK_RATE: fork_rate(a, k->amount < 0 ? 0.5 : 2); break;
    case ACT_FORK_BATCH: fork_batch(a, k->amount > 0); break;
    case ACT_HIDE: turn_hidden(a, ui_front(a->snap, a->view)); break;
    case ACT_SAY: say_open(a); break;
    case ACT_SAVE: save_open(a); break;
    case ACT_RECORD: record_open(a); break;
    case ACT_PLACE: place_next(a); break;
    case ACT_SWAP: place_swap(a); break;
    case ACT_REMOVE: place_hide(a); break;
    case ACT_LINE: line_open(&a->ui->line, ""); break;
    case ACT_FIND: find_open(a->ui); break;
    case ACT_FIND_NEXT: find_go(a->ui, a->snap, a->view, k->amount); break;
    case ACT_PRESENT:
        a->view->present = !a->view->present;
        act_echo(a, "present %s", a->view->present ? "on" : "off");
        break;
    case ACT_BINS: turn_bins(a); break;
    case ACT_SHARE: bl_text_addf(a->command, "set share=%s", a->view->share ? "off" : "on"); break;
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
    if (key > ' ' && key < 127) /* not the label: that of 1 is 1-9 */
        snprintf(ui->pressed, sizeof ui->pressed, "%c", key);
    else if (k)
        snprintf(ui->pressed, sizeof ui->pressed, "%s", k->label);
}

/* A key that the start file gave another meaning. */
static bool bound(struct ui *ui, int key, struct bl_text *command)
{
    const char *text, *name, *is;
    char buffer[16];

    if (!ui->session || key == UI_CTRL('C') || key == UI_ESC)
        return false;
    name = ui_key_name(key, buffer);
    for (size_t i = 0; (is = bl_session_binding(ui->session, i, &text)); i++)
        if (!strcmp(is, name)) {
            ui->message[0] = '\0';
            bl_text_add(command, text);
            return true;
        }
    return false;
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
    if (bound(ui, key, command))
        return;
    if (!k || k->action != ACT_ESCAPE)
        ui->message[0] = '\0';
    if (k)
        act(&a, k, key);
    else if (key > ' ' && key < UI_FIRST)
        ui_message(ui, BL_ROLE_DIM, "this key does nothing here; ? lists them");
}
