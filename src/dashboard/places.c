/* Which panel stands where: what stands there now is written down, changed, and kept for this view. */
#include <stdio.h>
#include <string.h>

#include "act.h"

struct places { const struct panel_type *panel[PLACED_MAX]; size_t n; };

static bool places_now(struct doing *a, struct places *p, size_t *at)
{
    const struct layout *l = &a->ui->layout;

    if (a->view->zoom) {
        ui_message(a->ui, BL_ROLE_DIM, "one panel fills the screen: z brings the others back");
        return false;
    }
    if (l->n < 2 || a->ui->view < 0 || a->ui->view > 10) {
        ui_message(a->ui, BL_ROLE_DIM, "one panel at this size: Tab turns to the next; more of them from 80x24 on");
        return false;
    }
    for (p->n = 0; p->n < l->n; p->n++)
        p->panel[p->n] = l->placed[p->n].panel;
    *at = a->ui->focus % l->n;
    return true;
}

static void places_keep(struct doing *a, const struct places *p)
{
    char text[sizeof *a->view->panels] = "";

    for (size_t i = 0; i < p->n; i++) {
        size_t n = strlen(text);
        snprintf(text + n, sizeof text - n, "%s%s", i ? " " : "", p->panel[i]->name);
    }
    memcpy(a->view->panels[a->ui->view], text, sizeof text);
    act_echo(a, "panels %d %s", a->ui->view, text);
}

static size_t type_of(const struct panel_type *p)
{
    size_t i = 0;

    while (panel_types[i] && panel_types[i] != p)
        i++;
    return i;
}

void place_next(struct doing *a)
{
    struct places p;
    size_t at, type;

    if (!places_now(a, &p, &at))
        return;
    type = type_of(p.panel[at]);
    type = panel_types[type] && panel_types[type + 1] ? type + 1 : 0;
    p.panel[at] = panel_types[type];
    places_keep(a, &p);
}

void place_swap(struct doing *a)
{
    const struct panel_type *moved;
    struct places p;
    size_t at, next;

    if (!places_now(a, &p, &at))
        return;
    next = (at + 1) % p.n;
    moved = p.panel[at];
    p.panel[at] = p.panel[next];
    p.panel[next] = moved;
    a->ui->focus = next; /* the focus goes with the panel */
    places_keep(a, &p);
}

void place_hide(struct doing *a)
{
    struct places p;
    size_t at;

    if (!places_now(a, &p, &at))
        return;
    p.n--;
    memmove(&p.panel[at], &p.panel[at + 1], (p.n - at) * sizeof *p.panel);
    places_keep(a, &p);
}
