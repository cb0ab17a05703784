/* 7 events: what happened, newest below. */
#include <stdio.h>
#include <string.h>

#include "parts.h"

enum { CLOCK_COLUMNS = 10 };

/* Bytes of the first line of a text that is broken between words. */
static size_t first_line(const char *text, int width)
{
    size_t n = strlen(text), fits = 0;

    if ((int)bl_text_width(text, n) <= width)
        return n;
    for (size_t i = 0; i < n; i++)
        if (text[i] == ' ' && (int)bl_text_width(text, i) <= width)
            fits = i;
    return fits ? fits : bl_text_fit(text, n, (size_t)width);
}

/* Rows that an event takes; drawn from row y on where y is not negative. */
static int event_rows(const struct drawing *d, const struct bl_event *e, int y)
{
    int x = d->rect.x + 1 + CLOCK_COLUMNS, width = d->rect.x + d->rect.width - x, rows = 0;
    char text[sizeof e->who + sizeof e->text + 2], line[sizeof text];
    const char *rest = text;

    snprintf(text, sizeof text, "%s%s%s", e->who, e->who[0] ? " " : "", e->text);
    if (y >= 0 && d->ui->event_found && e == &d->snap->events[d->ui->found_event]) {
        bl_canvas_put(d->canvas, d->rect.x, y, 0x25b8, BL_ROLE_FOCUS, BL_BOLD);
        if (d->focused)
            d->ui->item_x = d->rect.x, d->ui->item_y = y;
    }
    if (y >= 0)
        bl_canvas_text(d->canvas, d->rect.x + 1, y, CLOCK_COLUMNS - 1, e->clock, BL_ROLE_DIM, 0);
    while (*rest && width > 0) {
        size_t n = first_line(rest, width);
        n = n ? n : 1;
        snprintf(line, sizeof line, "%.*s", (int)n, rest);
        if (y >= 0 && y + rows < d->rect.y + d->rect.height)
            bl_canvas_text(d->canvas, x, y + rows, width, line, BL_ROLE_TEXT, 0);
        if (y >= 0 && rows == 0 && e->who[0])
            bl_canvas_text(d->canvas, x, y, width, e->who, BL_ROLE_TITLE, BL_BOLD);
        rest += n;
        rest += *rest == ' ';
        rows++;
    }
    return rows ? rows : 1;
}

/* The newest are below; those that do not fit above them are scrolled to. */
static void draw(const struct drawing *d)
{
    const struct bl_snapshot *s = d->snap;
    int room = d->rect.height, used = 0, y;
    size_t end = s->n_events, first, oldest = 0, filled = 0;

    if (s->n_events == 0) {
        part_empty(d, "nothing happened yet", "space runs, s makes one update");
        return;
    }
    while (oldest < s->n_events && (filled += (size_t)event_rows(d, &s->events[oldest], -1)) < (size_t)room)
        oldest++;
    if (d->ui->scroll_events + oldest + 1 > s->n_events) /* the oldest fill the panel: no further */
        d->ui->scroll_events = s->n_events > oldest + 1 ? s->n_events - oldest - 1 : 0;
    end = s->n_events - d->ui->scroll_events;
    for (first = end; first > 0; first--) {
        int rows = event_rows(d, &s->events[first - 1], -1);
        if (used + rows > room && first < end)
            break;
        used += rows;
    }
    y = d->rect.y;
    for (size_t i = first; i < end && y < d->rect.y + room; i++)
        y += event_rows(d, &s->events[i], y);
}

static void head(const struct drawing *d, char *title, char *note, size_t size)
{
    snprintf(title, size, "events");
    snprintf(note, size, "%s", d->ui->scroll_events ? "F follows" : "following");
}

static bool key(struct ui *ui, const struct bl_snapshot *s, struct bl_view_settings *view, int k)
{
    size_t most = s->n_events ? s->n_events - 1 : 0, by = k == UI_PAGE_UP || k == UI_PAGE_DOWN ? 10 : 1;

    (void)view;
    switch (k) {
    case UI_UP: case UI_PAGE_UP: ui->scroll_events = ui->scroll_events + by < most ? ui->scroll_events + by : most; break;
    case UI_DOWN: case UI_PAGE_DOWN: ui->scroll_events = ui->scroll_events > by ? ui->scroll_events - by : 0; break;
    case UI_HOME: ui->scroll_events = most; break;
    case UI_END: ui->scroll_events = 0; break;
    default: return false;
    }
    return true;
}

static const char *item(const struct ui *ui, const struct bl_snapshot *s, const struct bl_view_settings *view, size_t i)
{
    (void)ui, (void)view;
    return i < s->n_events ? s->events[i].text : NULL;
}

static size_t chosen(const struct ui *ui, const struct bl_snapshot *s, const struct bl_view_settings *view)
{
    (void)view;
    if (ui->event_found && ui->found_event < s->n_events)
        return ui->found_event;
    return s->n_events > ui->scroll_events ? s->n_events - ui->scroll_events - 1 : 0;
}

static void choose(struct ui *ui, const struct bl_snapshot *s, struct bl_view_settings *view, size_t i)
{
    (void)view;
    ui->scroll_events = s->n_events - i - 1;
    ui->found_event = i;
    ui->event_found = true;
}

const struct panel_type panel_events = { .name = "events", .number = 7, .titled = true, .head = head, .draw = draw, .key = key,
                                       .item = item, .chosen = chosen, .choose = choose };
