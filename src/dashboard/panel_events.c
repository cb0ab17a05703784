/* 7 events: what happened, newest below. */
#include <stdio.h>

#include "parts.h"

static void draw(const struct drawing *d)
{
    const struct bl_snapshot *s = d->snap;
    size_t room = (size_t)(d->rect.height > 0 ? d->rect.height : 0), end = s->n_events, first;
    size_t back = d->ui->scroll_events;

    if (s->n_events == 0) {
        part_empty(d, "nothing happened yet", "space runs, s makes one update");
        return;
    }
    if (s->n_events > room && back > s->n_events - room)
        back = s->n_events - room;
    end = s->n_events > room ? s->n_events - back : s->n_events;
    first = end > room ? end - room : 0;
    for (size_t i = first; i < end; i++) {
        const struct bl_event *e = &s->events[i];
        int x = d->rect.x + 1, y = d->rect.y + (int)(i - first), right = d->rect.x + d->rect.width;
        x += bl_canvas_text(d->canvas, x, y, right - x, e->clock, BL_ROLE_DIM, 0) + 2;
        if (e->who[0])
            x += bl_canvas_text(d->canvas, x, y, right - x, e->who, BL_ROLE_TITLE, BL_BOLD) + 1;
        if (x < right)
            bl_canvas_text(d->canvas, x, y, right - x, e->text, BL_ROLE_TEXT, 0);
    }
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

const struct panel_type panel_events = { .name = "events", .number = 7, .titled = true, .head = head, .draw = draw, .key = key };
