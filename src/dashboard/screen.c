/* One frame: status, panels, events or `:` line, hints, and what lies above them. */
#include <stdio.h>
#include <string.h>

#include "parts.h"

enum { HEAD_BYTES = 160, FRAME_BYTES = 1 << 20 /* ten curves of 2048 points, and what is made of them */ };

static void first_line(const struct drawing *d, const char *title, const char *note)
{
    int right = d->rect.x + d->rect.width, used;

    used = part_words(d->canvas, d->rect.x + 1, d->rect.y, d->rect.width - 1, title, BL_ROLE_TITLE, BL_BOLD);
    if (used + (int)bl_text_width(note, strlen(note)) + 3 <= d->rect.width)
        bl_canvas_right(d->canvas, right, d->rect.y, d->rect.width, note, BL_ROLE_DIM, 0);
}

static void panel_draw(struct drawing *d, const struct bl_snapshot *snap, struct placed *p, bool focused)
{
    char title[HEAD_BYTES] = "", note[HEAD_BYTES] = "", numbered[HEAD_BYTES + 8];

    d->snap = p->panel->figures ? d->told : snap;
    d->rect = p->rect;
    d->run = p->run;
    d->place = p;
    d->framed = p->framed;
    d->titled = part_titled(d);
    d->focused = focused;
    if (p->panel == &panel_regime && p->run >= d->snap->n_runs)
        return;
    if (p->panel->head && (p->framed || p->panel->titled))
        p->panel->head(d, title, note, sizeof title);
    if (p->panel->number == 10)
        snprintf(numbered, sizeof numbered, "i %s", title);
    else if (p->panel->number)
        snprintf(numbered, sizeof numbered, "%d %s", p->panel->number, title);
    else
        snprintf(numbered, sizeof numbered, "%s", title);
    if (p->framed)
        d->rect = bl_canvas_frame(d->canvas, p->rect, numbered, note, focused);
    else
        d->rect.width--; /* what is not framed ends before the border of the screen */
    if (!p->framed && p->panel->titled && d->rect.height > 3) {
        first_line(d, numbered, note);
        d->rect.y++;
        d->rect.height--;
    }
    if (d->rect.width > 0 && d->rect.height > 0)
        p->panel->draw(d);
}

/* ---- event lines -----------------------------------------------------------------------------------*/

static void event_draw(struct bl_canvas *c, const struct bl_event *e, int y)
{
    int x = 1 + bl_canvas_text(c, 1, y, c->width - 1, e->clock, BL_ROLE_DIM, 0) + 2;

    if (e->who[0])
        x += bl_canvas_text(c, x, y, c->width - x, e->who, BL_ROLE_TEXT, 0) + 1;
    part_words(c, x, y, c->width - x - 1, e->text, BL_ROLE_TEXT, 0);
}

/* "row 1200 of 2000: drift errs least, 0.0500, after 12.3k row passes" */
static bool stream_summary(struct bl_canvas *c, const struct bl_stream_view *v, int y)
{
    const struct bl_strategy_view *s = v->strategies, *best = s;
    char text[256], number[32], passes[32], more[64];
    int n;

    if (v->n == 0)
        return false;
    for (size_t k = 1; k < v->n_strategies; k++)
        best = s[k].cumulative[v->n - 1] < best->cumulative[v->n - 1] ? &s[k] : best;
    n = snprintf(text, sizeof text, "row %zu of %zu: %s errs least, %s", v->first + v->tested, v->rows, best->name,
                 bl_number_format(number, sizeof number, best->cumulative[v->n - 1], 3));
    snprintf(more, sizeof more, ", after %s row passes", bl_count_format(passes, sizeof passes, best->passes));
    if ((int)(bl_text_width(text, strlen(text)) + strlen(more)) <= c->width - 2) /* whole pieces only */
        snprintf(text + n, sizeof text - (size_t)n, "%s", more);
    part_words(c, 1, y, c->width - 2, text, BL_ROLE_TEXT, 0);
    return true;
}

/* The one event line of a small screen tells where training stands. */
static bool summary(struct bl_canvas *c, const struct bl_snapshot *s, const struct bl_view_settings *view, const struct ui *ui, int y)
{
    const struct bl_run_view *r = s->n_runs ? &s->runs[ui_front(s, view)] : NULL;
    const struct bl_point *p, *before = NULL;
    char number[32], text[256] = "", pieces[5][48] = { "" };

    if (s->streams)
        return stream_summary(c, s->stream, y);
    if (!r || r->n_points == 0 || r->status == BL_DIVERGED_RUN)
        return false;
    p = ui_cursor_point(ui, r);
    p = p ? p : &r->now;
    for (size_t i = 0; i < r->n_points && r->points[i].epoch <= p->epoch - 1; i++)
        before = &r->points[i];
    snprintf(pieces[0], sizeof pieces[0], "epoch %.4g", p->epoch);
    snprintf(pieces[1], sizeof pieces[1], ": loss %s", bl_number_format(number, sizeof number, p->train_loss, 3));
    if (before && before->train_loss > 0)
        snprintf(pieces[2], sizeof pieces[2], ", %+.1f %%", 100 * (p->train_loss / before->train_loss - 1));
    snprintf(pieces[3], sizeof pieces[3], " · %s updates", part_tally(number, (double)p->updates, 5));
    snprintf(pieces[4], sizeof pieces[4], " · %s samples", bl_count_format(number, sizeof number, (double)p->samples));
    for (int i = 0; i < 5; i++) { /* whole pieces only, the first are kept */
        size_t n = strlen(text);
        if (i == 0 || (int)(bl_text_width(text, n) + bl_text_width(pieces[i], strlen(pieces[i]))) <= c->width - 2)
            snprintf(text + n, sizeof text - n, "%s", pieces[i]);
        else
            break;
    }
    bl_canvas_text(c, 1, y, c->width - 2, text, BL_ROLE_TEXT, 0);
    return true;
}

static void events_draw(struct bl_canvas *c, const struct bl_snapshot *s, const struct bl_view_settings *view, struct ui *ui)
{
    struct bl_rect r = ui->layout.events;
    int rows = r.height, last = r.y + r.height - 1;

    if (rows < 1)
        return;
    if (ui->message[0]) {
        part_words(c, 1, last, c->width - 2, ui->message, ui->message_role, ui->message_role == BL_ROLE_BAD ? BL_BOLD : 0);
        rows--, last--;
    }
    if (rows == 1 && r.height == 1 && summary(c, ui_told(ui, s), view, ui, last))
        return;
    for (int i = 0; i < rows && (size_t)i < s->n_events; i++)
        event_draw(c, &s->events[s->n_events - 1 - (size_t)i], last - i);
}

/* ---- overlays ------------------------------------------------------------------------------------------*/

static int text_lines(const char *text, int *widest)
{
    int n = 0;

    *widest = 0;
    for (; *text; text += strcspn(text, "\n"), text += *text == '\n', n++) {
        int width = (int)bl_text_width(text, strcspn(text, "\n"));
        *widest = width > *widest ? width : *widest;
    }
    return n;
}

/* Bytes of a line's part that fits: between words where there is a blank in its second half. */
static size_t part_that_fits(const char *line, size_t n, int width)
{
    size_t at = bl_text_fit(line, n, (size_t)width), blank = at;

    while (at < n && blank > at / 2 && line[blank] != ' ')
        blank--;
    return at < n && blank > at / 2 ? blank : at;
}

/* Where a line goes on below: under its second column, where it has one, else under its beginning. */
static size_t indent_of(const char *line, size_t n, size_t most)
{
    size_t indent = strspn(line, " ");

    for (size_t i = indent; i + 2 < n && i < most; i++)
        if (line[i] == ' ' && line[i + 1] == ' ') {
            i += strspn(line + i, " ");
            return i < most ? i : indent;
        }
    return indent < most ? indent : most;
}

/* Lines that are wider than the screen go on below; the text itself stays as it is, for a screen that grows. */
static void overlay_fold(const struct bl_text *text, int width, struct bl_text *folded)
{
    for (const char *line = bl_text_get(text); *line; line += *line == '\n') {
        size_t n = strcspn(line, "\n"), indent = indent_of(line, n, (size_t)width / 2), part = part_that_fits(line, n, width);
        bl_text_addn(folded, line, part);
        for (line += part, n -= part; n > 0 && part > 0; line += part, n -= part) {
            size_t blanks = strspn(line, " ");
            line += blanks, n -= blanks < n ? blanks : n;
            part = part_that_fits(line, n, width - (int)indent);
            bl_text_add(folded, "\n");
            bl_text_repeat(folded, " ", indent);
            bl_text_addn(folded, line, part);
        }
        line += n;
        bl_text_add(folded, "\n");
    }
}

enum { OVERLAY_EDGES = 4, FOLD_LEAST = 20 };

struct bl_text *overlay_clear(struct ui *ui)
{
    bl_text_clear(&ui->overlay_folded);
    bl_text_clear(&ui->overlay_text);
    return &ui->overlay_text;
}

/* The text in lines for this width: made again where the width is another, at the same place of the text. */
static const char *overlay_lines(struct ui *ui, int width)
{
    int before, after, widest;

    width = width < FOLD_LEAST ? FOLD_LEAST : width;
    if (ui->overlay_folded.length && ui->overlay_width == width)
        return bl_text_get(&ui->overlay_folded);
    before = text_lines(bl_text_get(&ui->overlay_folded), &widest);
    bl_text_clear(&ui->overlay_folded);
    overlay_fold(&ui->overlay_text, width, &ui->overlay_folded);
    if (ui->overlay_folded.failed) {
        bl_text_free(&ui->overlay_folded);
        return bl_text_get(&ui->overlay_text);
    }
    ui->overlay_width = width;
    after = text_lines(bl_text_get(&ui->overlay_folded), &widest);
    if (before && before != after) {
        ui->overlay_scroll = ui->overlay_scroll * after / before;
        ui->found_line = SIZE_MAX;
    }
    return bl_text_get(&ui->overlay_folded);
}

void overlay_draw(struct bl_canvas *c, struct ui *ui)
{
    int widest, lines, width, height, most;
    struct bl_rect r, inside;
    char line[1024];

    lines = text_lines(overlay_lines(ui, c->width - OVERLAY_EDGES), &widest);
    width = widest + 6 < c->width ? widest + 6 : c->width;
    width = width < 30 && c->width >= 30 ? 30 : width;
    height = lines + 2 < c->height - 1 ? lines + 2 : c->height - 1;
    r = (struct bl_rect){ (c->width - width) / 2, (c->height - 1 - height) / 2, width, height };
    bl_canvas_clear(c, r);
    most = lines - (height - 2);
    most = most < 0 ? 0 : most;
    ui->overlay_scroll = ui->overlay_scroll < 0 ? 0 : ui->overlay_scroll > most ? most : ui->overlay_scroll;
    inside = bl_canvas_frame(c, r, ui->overlay_title, most ? "↑ ↓ scroll, q closes" : "any key closes", true);
    for (int i = ui->overlay_scroll, y = inside.y; y < inside.y + inside.height && overlay_item(ui, (size_t)i, line, sizeof line); i++, y++) {
        bool found = (size_t)i == ui->found_line;
        bl_canvas_text(c, inside.x + 1, y, inside.width - 1, line, found ? BL_ROLE_FOCUS : BL_ROLE_TEXT, found ? BL_BOLD : 0);
    }
}

static void pressed_draw(struct bl_canvas *c, const struct ui *ui)
{
    char text[32];

    if (!ui->pressed[0] || c->width < 20)
        return;
    snprintf(text, sizeof text, " %s ", ui->pressed);
    bl_canvas_right(c, c->width - 1, c->height - 2, 12, text, BL_ROLE_FOCUS, BL_BOLD | BL_REVERSE);
}

/* ---- all -------------------------------------------------------------------------------------------------*/

static int view_in_force(const struct bl_canvas *c, const struct bl_snapshot *snap, const struct bl_view_settings *view)
{
    if (view->view >= 0)
        return view->view;
    if (layout_step(c->width, c->height, view) >= STEP_FOUR)
        return 0;
    return snap->n_runs > 1 || snap->streams ? 2 : snap->n_runs == 1 || !snap->n_columns ? 1 : 3;
}

static void panels_draw(struct drawing *d)
{
    struct layout *l = &d->ui->layout;
    size_t focus = l->n > 1 ? d->ui->focus % l->n : 0;
    const struct bl_snapshot *snap = d->snap;

    for (size_t i = 0; i < l->n; i++) {
        d->main = i == 0;
        panel_draw(d, snap, &l->placed[i], i == focus);
        bl_arena_reset(d->arena); /* what a panel took is done with: one does not add to the next */
    }
}

void dashboard_compose(struct bl_canvas *c, const struct bl_snapshot *snap, const struct bl_view_settings *view,
                       struct ui *ui, int *cursor_x, int *cursor_y)
{
    struct drawing d = { .canvas = c, .snap = snap, .told = ui_told(ui, snap), .view = view, .ui = ui };

    if (!ui->arena)
        ui->arena = bl_arena_create(FRAME_BYTES);
    d.arena = ui->arena;
    *cursor_x = *cursor_y = ui->item_x = ui->item_y = -1;
    bl_canvas_clear(c, (struct bl_rect){ 0, 0, c->width, c->height });
    ui->view = view_in_force(c, snap, view);
    ui->charset = c->charset;
    layout_make(&ui->layout, c->width, c->height, snap, view, ui);
    if (!ui->blank && d.arena) {
        status_draw(c, d.told, view, ui);
        big_draw(c, d.told, view, ui);
        panels_draw(&d);
        events_draw(c, snap, view, ui);
        if (ui->layout.hints_row >= 0)
            hints_draw(c, ui->layout.hints_row, key_rows, snap, ui);
        if (ui->overlay != OVERLAY_NONE && c->height > 3)
            overlay_draw(c, ui);
        if (view->present)
            pressed_draw(c, ui);
        if (ui->overlay == OVERLAY_NONE && !view->present) /* magnifiers and readers follow it */
            *cursor_x = ui->item_x, *cursor_y = ui->item_y;
        if (ui->line.open)
            line_draw(c, ui->layout.events.height ? ui->layout.events : (struct bl_rect){ 0, c->height - 1, c->width, 1 }, &ui->line, cursor_x, cursor_y);
    }
}
