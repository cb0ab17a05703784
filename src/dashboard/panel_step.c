/* The step of the next update: each parameter before, its gradient, and after. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "parts.h"

enum { NUMBER = 11, NAME_LEAST = 12 };

static const struct bl_update_view *update_of(const struct drawing *d)
{
    const struct bl_update_view *v = d->snap->update;

    return v && v->front == ui_front(d->snap, d->view) ? v : NULL;
}

enum shown { BEFORE, GRADIENT, STEP, AFTER, SHOWN };
struct columns { int name; bool shows[SHOWN], brief; };

/* Names come first: of the numbers the step goes, which is a difference, then what was before. */
static struct columns columns_of(const struct drawing *d, const struct bl_update_view *v)
{
    struct columns c = { 9, { true, true, true, true }, false };
    int longest = 9, least, room = d->rect.width - 2;

    for (size_t i = 0; i < v->n_steps; i++) {
        int width = (int)bl_text_width(v->steps[i].name, strlen(v->steps[i].name));
        longest = width > longest ? width : longest;
    }
    least = longest < NAME_LEAST ? longest : NAME_LEAST;
    c.shows[STEP] = room - 4 * NUMBER >= least;
    c.shows[BEFORE] = room - 3 * NUMBER >= least;
    for (int i = 0; i < SHOWN; i++)
        room -= c.shows[i] ? NUMBER : 0;
    c.name = room < longest ? room : longest;
    c.brief = room < longest;
    return c;
}

static void row_draw(const struct drawing *d, const struct columns *c, const struct bl_move_view *s, int y)
{
    const double values[] = { s->before, s->gradient, s->after - s->before, s->after };
    int x = d->rect.x + 1 + (c->name > 3 ? c->name : 0);
    char number[32], name[96];

    if (c->name > 3)
        bl_canvas_text(d->canvas, d->rect.x + 1, y, c->name, part_parameter(s->name, c->brief, name, sizeof name), BL_ROLE_TEXT, 0);
    for (int i = 0; i < SHOWN; i++) {
        bool moves = i == GRADIENT || i == STEP;
        enum bl_role role = !moves || values[i] == 0 ? BL_ROLE_TEXT : values[i] < 0 ? BL_ROLE_MINUS : BL_ROLE_PLUS;
        if (!c->shows[i])
            continue;
        x += NUMBER;
        bl_canvas_right(d->canvas, x, y, NUMBER - 1, part_fit(number, values[i], 4, NUMBER - 1), role, 0);
    }
}

static void head_row(const struct drawing *d, const struct columns *c, int y)
{
    static const char *const titles[] = { "before", "gradient", "step", "after" };
    int x = d->rect.x + 1 + (c->name > 3 ? c->name : 0);

    if (c->name >= 9)
        bl_canvas_text(d->canvas, d->rect.x + 1, y, c->name, "parameter", BL_ROLE_DIM, 0);
    for (int i = 0; i < SHOWN; i++) {
        if (!c->shows[i])
            continue;
        x += NUMBER;
        bl_canvas_right(d->canvas, x, y, NUMBER - 1, titles[i], BL_ROLE_DIM, 0);
    }
}

static void draw(const struct drawing *d)
{
    const struct bl_update_view *v = update_of(d);
    size_t room = d->rect.height > 1 ? (size_t)d->rect.height - 1 : 0, shown;
    struct columns c;

    if (part_no_run(d))
        return;
    if (!v || v->why[0]) {
        part_empty(d, v ? v->why : part_waiting(d), "");
        return;
    }
    c = columns_of(d, v);
    shown = v->n_params <= room ? v->n_steps : room ? room - 1 : 0;
    shown = shown > v->n_steps ? v->n_steps : shown;
    head_row(d, &c, d->rect.y);
    for (size_t i = 0; i < shown; i++)
        row_draw(d, &c, &v->steps[i], d->rect.y + 1 + (int)i);
    if (shown < v->n_params && shown < room)
        bl_canvas_textf(d->canvas, d->rect.x + 1, d->rect.y + 1 + (int)shown, d->rect.width - 1, BL_ROLE_DIM, 0, "%zu more%s: type explain",
                        v->n_params - shown, v->n_params > v->n_steps && d->rect.width > 44 ? ", which move less" : "");
}

static void head(const struct drawing *d, char *title, char *note, size_t size)
{
    const struct bl_update_view *v = update_of(d);
    char number[32];

    snprintf(title, size, "step");
    if (v && !v->why[0] && v->lr > 0)
        snprintf(note, size, "lr %s", bl_number_format(number, sizeof number, v->lr, 4));
}

static int rows(const struct bl_snapshot *snap) { return snap->update ? 2 + (int)snap->update->n_steps : 4; }

const struct panel_type panel_step = { .name = "step", .sights = 1u << BL_SIGHT_UPDATE, .figures = true, .head = head, .titled = true, .draw = draw, .rows = rows };
