/* The tree of runs: which forked off which, where, and with what changed. Enter goes to the one chosen. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "parts.h"

enum { DEPTH_MOST = 12 };

/* The runs in the order of the tree: each below its parent, older ones first. */
static size_t order_below(const struct bl_snapshot *s, size_t parent, size_t depth, size_t *order, uint8_t *depths, size_t n)
{
    for (size_t i = 0; i < s->n_tree; i++) {
        bool root = parent == 0;
        for (size_t k = 0; root && k < s->n_tree; k++)
            root = s->tree[k].number != s->tree[i].parent; /* its parent has gone: it stands by itself */
        if (parent ? s->tree[i].parent != parent : !root)
            continue;
        order[n] = i;
        depths[n] = (uint8_t)(depth < DEPTH_MOST ? depth : DEPTH_MOST);
        n++;
        if (depth < s->n_tree)
            n = order_below(s, s->tree[i].number, depth + 1, order, depths, n);
    }
    return n;
}

static size_t ordered(const struct bl_snapshot *s, size_t order[64], uint8_t depths[64])
{
    return s->n_tree <= 64 ? order_below(s, 0, 0, order, depths, 0) : 0;
}

/* Whether another branch leaves the same parent further below. */
static bool more_below(const struct bl_snapshot *s, const size_t *order, const uint8_t *depths, size_t n, size_t at, size_t depth)
{
    (void)s, (void)order;
    for (size_t i = at + 1; i < n && depths[i] >= depth; i++)
        if (depths[i] == depth)
            return true;
    return false;
}

/* The branches that lead to a run: "│ ├─". Columns used. */
static int branches(const struct drawing *d, const size_t *order, const uint8_t *depths, size_t n, size_t i, int x, int y)
{
    int room = d->rect.width / 3;

    for (size_t level = 1; level <= depths[i] && 2 * (int)level < room; level++) {
        bool last = level == depths[i], more = more_below(d->snap, order, depths, n, i, level);
        bl_canvas_put(d->canvas, x, y, last ? (more ? 0x251c : 0x2514) : more ? 0x2502 : ' ', BL_ROLE_DIM, 0);
        bl_canvas_put(d->canvas, x + 1, y, last ? 0x2500 : ' ', BL_ROLE_DIM, 0);
        x += 2;
    }
    return x;
}

static void name_of(const struct bl_run_info *n, char *out, size_t size)
{
    if (n->name[0])
        snprintf(out, size, "%zu %s", n->number, n->name);
    else
        snprintf(out, size, "%zu %s", n->number, n->what);
}

/* "epoch 4: lr=0.01": where it left its parent, and with what. */
static void change_of(const struct bl_run_info *n, char *out, size_t size)
{
    if (n->parent == 0)
        snprintf(out, size, "%s", n->name[0] ? n->what : "");
    else
        snprintf(out, size, "from %zu at epoch %.4g%s%s", n->parent, n->forked_epoch, n->changed[0] ? ": " : "", n->changed);
}

static void row_draw(const struct drawing *d, const size_t *order, const uint8_t *depths, size_t n, size_t i, int y, bool chosen)
{
    const struct bl_run_info *run = &d->snap->tree[order[i]];
    int right = d->rect.x + d->rect.width, x = branches(d, order, depths, n, i, d->rect.x + 1, y), loss = d->rect.width >= 40 ? 11 : 0;
    int epoch = d->rect.width >= 50 ? 8 : 0;
    char text[240], number[32];

    if (chosen) {
        bl_canvas_put(d->canvas, d->rect.x, y, 0x25b8, BL_ROLE_FOCUS, BL_BOLD);
        if (d->focused)
            d->ui->item_x = d->rect.x, d->ui->item_y = y;
    }
    name_of(run, text, sizeof text);
    x += part_words(d->canvas, x, y, right - loss - epoch - x, text, run->current ? BL_ROLE_TITLE : BL_ROLE_TEXT, run->current ? BL_BOLD : 0) + 2;
    if (run->current && x + 7 < right - loss - epoch)
        x += bl_canvas_text(d->canvas, x, y, 7, "current", BL_ROLE_GOOD, 0) + 2;
    change_of(run, text, sizeof text);
    if (x + 12 < right - loss - epoch)
        part_words(d->canvas, x, y, right - loss - epoch - x, text, BL_ROLE_DIM, 0);
    snprintf(text, sizeof text, "%.4g", run->epoch);
    if (epoch)
        bl_canvas_right(d->canvas, right - loss, y, epoch - 1, text, BL_ROLE_TEXT, 0);
    if (loss)
        bl_canvas_right(d->canvas, right, y, loss - 1, run->status == BL_DIVERGED_RUN ? "! inf" : part_fit(number, run->objective, 4, loss - 1),
                        run->status == BL_DIVERGED_RUN ? BL_ROLE_BAD : BL_ROLE_TEXT, 0);
}

/* ---- what is chosen ---------------------------------------------------------------------------------*/

/* The place of a run in the list; where none was chosen, of the current one. */
static size_t place_of(const struct ui *ui, const struct bl_snapshot *s, const size_t *order, size_t n)
{
    size_t current = 0;

    for (size_t i = 0; i < n; i++) {
        if (s->tree[order[i]].number == ui->tree_run)
            return i;
        current = s->tree[order[i]].current ? i : current;
    }
    return current;
}

static size_t chosen(const struct ui *ui, const struct bl_snapshot *s, const struct bl_view_settings *view)
{
    size_t order[64];
    uint8_t depths[64];

    (void)view;
    return place_of(ui, s, order, ordered(s, order, depths));
}

static void choose(struct ui *ui, const struct bl_snapshot *s, struct bl_view_settings *view, size_t i)
{
    size_t order[64];
    uint8_t depths[64];

    (void)view;
    if (i < ordered(s, order, depths))
        ui->tree_run = s->tree[order[i]].number;
}

static const char *item(const struct ui *ui, const struct bl_snapshot *s, const struct bl_view_settings *view, size_t i)
{
    size_t order[64];
    uint8_t depths[64];

    (void)ui, (void)view;
    if (i >= ordered(s, order, depths))
        return NULL;
    return s->tree[order[i]].name[0] ? s->tree[order[i]].name : s->tree[order[i]].what;
}

static bool key(struct ui *ui, const struct bl_snapshot *s, struct bl_view_settings *view, int k)
{
    size_t order[64], n, at;
    uint8_t depths[64];

    n = ordered(s, order, depths);
    if (n == 0)
        return false;
    at = place_of(ui, s, order, n);
    switch (k) {
    case UI_UP: at -= at > 0; break;
    case UI_DOWN: at += at + 1 < n; break;
    case UI_PAGE_UP: at = at > 10 ? at - 10 : 0; break;
    case UI_PAGE_DOWN: at = at + 10 < n ? at + 10 : n - 1; break;
    case UI_HOME: at = 0; break;
    case UI_END: at = n - 1; break;
    default: return false;
    }
    choose(ui, s, view, at);
    return true;
}

size_t tree_chosen(const struct ui *ui, const struct bl_snapshot *s)
{
    size_t order[64], n;
    uint8_t depths[64];

    n = ordered(s, order, depths);
    return n ? s->tree[order[place_of(ui, s, order, n)]].number : 0;
}

/* ---- drawing ------------------------------------------------------------------------------------------*/

static void draw(const struct drawing *d)
{
    size_t order[64], n, room = d->rect.height > 1 ? (size_t)d->rect.height - 1 : 0, first, at;
    uint8_t depths[64];
    int right = d->rect.x + d->rect.width;

    n = ordered(d->snap, order, depths);
    if (n == 0) {
        part_empty(d, "no run yet", ": train batch; f forks it");
        return;
    }
    at = place_of(d->ui, d->snap, order, n);
    bl_canvas_text(d->canvas, d->rect.x + 1, d->rect.y, 8, "run", BL_ROLE_DIM, 0);
    if (d->rect.width >= 50)
        bl_canvas_right(d->canvas, right - 11, d->rect.y, 6, "epoch", BL_ROLE_DIM, 0);
    if (d->rect.width >= 40)
        bl_canvas_right(d->canvas, right, d->rect.y, 10, "objective", BL_ROLE_DIM, 0);
    first = part_first(n, room, at + 1 < n ? at + 1 : at);
    for (size_t i = 0; i < room && first + i < n; i++)
        row_draw(d, order, depths, n, first + i, d->rect.y + 1 + (int)i, first + i == at);
}

static void head(const struct drawing *d, char *title, char *note, size_t size)
{
    size_t forks = 0;

    for (size_t i = 0; i < d->snap->n_tree; i++)
        forks += d->snap->tree[i].parent != 0;
    snprintf(title, size, "runs");
    snprintf(note, size, "%zu kept, %zu fork%s", d->snap->n_tree, forks, forks == 1 ? "" : "s");
}

static int rows(const struct bl_snapshot *s) { return 2 + (s->n_tree ? (int)s->n_tree : 2); }

const struct panel_type panel_tree = { .name = "tree", .figures = true, .titled = true, .head = head, .draw = draw, .key = key, .rows = rows,
                                     .item = item, .chosen = chosen, .choose = choose,
                                     .explains = "A run below another forked off it: from which, at which epoch,\n"
                                                 "with what changed. epoch and objective are where it stands.\n"
                                                 "↑ ↓ choose, Enter makes that run the current one (:use run N)." };
