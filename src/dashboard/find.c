/* `/`, `n`, `N`: through the list in focus, or through the overlay that lies above it. */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>

#include "parts.h"

const char *overlay_item(const struct ui *ui, size_t i, char *line, size_t size)
{
    const char *text = bl_text_get(ui->overlay_folded.length ? &ui->overlay_folded : &ui->overlay_text);
    size_t n;

    while (*text && i-- > 0) {
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
    n = strcspn(text, "\n");
    n = n < size ? n : size - 1;
    memcpy(line, text, n);
    line[n] = '\0';
    return *text ? line : NULL;
}

struct list { /* what is looked through */
    const struct ui *ui;
    const struct bl_snapshot *snap;
    const struct bl_view_settings *view;
    const struct panel_type *panel; /* NULL: the overlay */
    char line[512];
};

static const char *item(struct list *l, size_t i)
{
    return l->panel ? l->panel->item(l->ui, l->snap, l->view, i) : overlay_item(l->ui, i, l->line, sizeof l->line);
}

static size_t chosen(const struct list *l)
{
    if (l->panel)
        return l->panel->chosen(l->ui, l->snap, l->view);
    return l->ui->found_line != SIZE_MAX ? l->ui->found_line : (size_t)l->ui->overlay_scroll;
}

/* The next match from `from` on, around the end; SIZE_MAX if none. */
static size_t match(struct list *l, size_t n, size_t from, int by)
{
    for (size_t k = 0; k < n; k++) {
        size_t i = by < 0 ? (from + n - k) % n : (from + k) % n;
        const char *text = item(l, i);
        if (text && strcasestr(text, l->ui->find))
            return i;
    }
    return SIZE_MAX;
}

void find_go(struct ui *ui, const struct bl_snapshot *snap, struct bl_view_settings *view, int by)
{
    const struct placed *p = ui->layout.n ? &ui->layout.placed[ui->focus % ui->layout.n] : NULL;
    bool overlay = ui->overlay != OVERLAY_NONE;
    struct list l = { .ui = ui, .snap = snap, .view = view, .panel = overlay || !p ? NULL : p->panel };
    size_t n = 0, at;

    if (!ui->find[0]) {
        ui_message(ui, BL_ROLE_DIM, "nothing to find: type  /text");
        return;
    }
    if (!overlay && (!l.panel || !l.panel->item)) {
        ui_message(ui, BL_ROLE_WARN, "/: no list is in focus; views 3, 6 and 7 have one, Tab turns to the next panel");
        return;
    }
    while (item(&l, n))
        n++;
    at = chosen(&l);
    at = n ? match(&l, n, ((at < n ? at : 0) + n + (size_t)(by > 0) - (size_t)(by < 0)) % n, by) : SIZE_MAX;
    if (at == SIZE_MAX)
        ui_message(ui, BL_ROLE_WARN, "/%s: not found", ui->find);
    else if (!l.panel)
        ui->overlay_scroll = (int)at, ui->found_line = at;
    else
        l.panel->choose(ui, snap, view, at);
    if (at != SIZE_MAX && l.panel)
        ui_message(ui, BL_ROLE_TEXT, "/%s  %zu of %zu", ui->find, at + 1, n);
}
