/* 6 weights and gradient: parameters of the contestant in front as bars by sign, and the history of its
 * gradient norm. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "parts.h"

enum { SPARK_ROWS = 7 }; /* heading, three lines, axis, blank, sentence */

static const struct bl_run_view *front_run(const struct drawing *d)
{
    return d->snap->n_runs ? &d->snap->runs[ui_front(d->snap, d->view)] : NULL;
}

/* Place in the list -> parameter; by size it is a selection sort over what is in sight, which is short. */
static void order_fill(const struct drawing *d, const struct bl_run_view *r, size_t *order)
{
    for (size_t i = 0; i < r->n_params; i++)
        order[i] = i;
    if (!d->ui->weights_by_size)
        return;
    for (size_t gap = r->n_params / 2; gap > 0; gap /= 2) /* Shell's sort: small, and no callback */
        for (size_t i = gap; i < r->n_params; i++) {
            size_t v = order[i], j = i;
            while (j >= gap && fabs(r->theta[order[j - gap]]) < fabs(r->theta[v])) {
                order[j] = order[j - gap];
                j -= gap;
            }
            order[j] = v;
        }
}

/* Half cells towards the left: the only left-growing sign that every font has. */
static void bar_left(struct bl_canvas *c, int zero, int y, int width, double fraction)
{
    int halves = (int)(fraction * width * 2 + 0.5);

    halves = halves < 1 ? 1 : halves;
    for (int i = 1; i <= halves / 2; i++)
        bl_canvas_put(c, zero - i, y, 0x2588, BL_ROLE_MINUS, 0);
    if (halves % 2)
        bl_canvas_put(c, zero - halves / 2 - 1, y, 0x2590, BL_ROLE_MINUS, 0);
}

struct scale { int name, zero, left, right; double most, below, above; };

static struct scale scale_of(const struct drawing *d, const struct bl_run_view *r)
{
    struct scale s = { .most = 0 };
    double below = 0, above = 0;
    int longest = 6, room;

    for (size_t i = 0; i < r->n_params; i++) {
        double v = isfinite(r->theta[i]) ? r->theta[i] : 0;
        below = -v > below ? -v : below;
        above = v > above ? v : above;
        int width = d->snap->parameter_names && i < d->snap->n_params
                    ? (int)bl_text_width(d->snap->parameter_names[i], strlen(d->snap->parameter_names[i])) : 4;
        longest = width > longest ? width : longest;
    }
    s.name = longest > d->rect.width * 2 / 5 ? d->rect.width * 2 / 5 : longest;
    room = d->rect.width - s.name - 2 - 10 - 1;
    room = room < 0 ? 0 : room;
    s.most = below > above ? below : above;
    s.left = below > 0 ? (int)(room * (below / (below + above)) + 0.5) : 0;
    s.left = below > 0 && s.left < 2 ? 2 : above > 0 && room - s.left < 3 ? room - 3 : s.left;
    s.left = s.left < 0 ? 0 : s.left;
    s.right = room - s.left;
    s.below = below, s.above = above;
    s.zero = d->rect.x + s.name + 2 + s.left;
    return s;
}

static void weight_row(const struct drawing *d, const struct scale *s, size_t i, double value, int y)
{
    const char *name = d->snap->parameter_names && i < d->snap->n_params ? d->snap->parameter_names[i] : "";
    double side = value < 0 ? s->below : s->above, fraction = side > 0 ? fabs(value) / side : 0;
    char number[32], shown[40];

    bl_canvas_text(d->canvas, d->rect.x + 1, y, s->name, name, BL_ROLE_TEXT, 0);
    if (value < 0 && s->left > 0)
        bar_left(d->canvas, s->zero, y, s->left, fraction);
    if (s->left + s->right > 2)
        bl_canvas_put(d->canvas, s->zero, y, 0x2502, BL_ROLE_DIM, 0);
    if (value > 0 && s->right > 1)
        bl_canvas_bar(d->canvas, s->zero + 1, y, s->right - 1, fraction, BL_ROLE_PLUS);
    snprintf(shown, sizeof shown, "%s%s", value > 0 ? "+" : "", bl_number_format(number, sizeof number, value, 4));
    bl_canvas_right(d->canvas, d->rect.x + d->rect.width, y, 10, shown, BL_ROLE_TEXT, 0);
}

/* Ends of the scale above the bars. */
static void scale_row(const struct drawing *d, const struct scale *s, int y)
{
    char number[32], text[40];

    if (s->left + s->right < 20 || !(s->most > 0))
        return;
    bl_canvas_put(d->canvas, s->zero, y, '0', BL_ROLE_DIM, 0);
    snprintf(text, sizeof text, "-%s", bl_number_format(number, sizeof number, s->below, 2));
    if (s->left > 8)
        bl_canvas_text(d->canvas, s->zero - s->left, y, s->left, text, BL_ROLE_DIM, 0);
    snprintf(text, sizeof text, "+%s", bl_number_format(number, sizeof number, s->above, 2));
    if (s->right > 8)
        bl_canvas_right(d->canvas, s->zero + s->right, y, s->right - 1, text, BL_ROLE_DIM, 0);
}

static void weights(const struct drawing *d, const struct bl_run_view *r, int rows)
{
    struct scale s = scale_of(d, r);
    size_t *order = bl_arena_take(d->arena, r->n_params + 1, sizeof *order);
    size_t room = rows > 1 ? (size_t)rows - 1 : 0, first = d->ui->scroll_weights;
    bool more = r->n_params > room && room > 1;

    if (!order || r->n_params == 0)
        return;
    order_fill(d, r, order);
    room -= more;
    first = r->n_params <= room ? 0 : first > r->n_params - room ? r->n_params - room : first;
    scale_row(d, &s, d->rect.y);
    for (size_t i = 0; i < room && first + i < r->n_params; i++)
        weight_row(d, &s, order[first + i], r->theta[order[first + i]], d->rect.y + 1 + (int)i);
    if (more)
        bl_canvas_textf(d->canvas, d->rect.x + 1, d->rect.y + rows - 1, d->rect.width - 1, BL_ROLE_DIM, 0, "%zu to %zu of %zu%s", first + 1,
                        first + room, r->n_params, d->ui->weights_by_size ? ", largest first" : "");
}

/* Largest norm in each of `width` equal parts of the plan, as far as the run has come: columns that are
 * drawn stay as they are while it goes on. */
static size_t norms_fill(const struct drawing *d, const struct bl_run_view *r, double *norms, size_t width)
{
    double end = fmax((double)d->snap->planned, fmax(d->snap->epoch, 1));
    size_t used = 0, last = SIZE_MAX;

    for (size_t i = 0; i < r->n_points; i++) {
        size_t at = (size_t)(r->points[i].epoch / end * (double)(width - 1));
        at = at < width ? at : width - 1;
        double before = at == last ? norms[at] : 0, norm = r->points[i].gradient_norm;
        for (size_t k = used; k < at; k++) /* fewer points than columns: they are wide */
            norms[k] = used ? norms[used - 1] : norm;
        norms[at] = norm > before || isnan(norm) ? norm : before;
        last = at;
        used = at + 1;
    }
    return used;
}

static void gradient(const struct drawing *d, const struct bl_run_view *r, int y, int rows)
{
    int width = d->rect.width - 1, height = rows - 4 > 0 ? rows - 4 : 1;
    double *norms = width > 0 ? bl_arena_take(d->arena, (size_t)width, sizeof *norms) : NULL, most = 0;
    char a[32], b[32];
    uint64_t at = 0;
    size_t used;

    if (!norms || r->n_points == 0)
        return;
    for (size_t i = 0; i < r->n_points; i++)
        if (r->points[i].gradient_norm > most)
            most = r->points[i].gradient_norm, at = r->points[i].updates;
    used = norms_fill(d, r, norms, (size_t)width);
    bl_canvas_text(d->canvas, d->rect.x + 1, y, width, "gradient norm by epoch", BL_ROLE_DIM, 0);
    bl_canvas_spark(d->canvas, d->rect.x + 1, y + 1, width, height, norms, used, bl_curve_role(ui_front(d->snap, d->view)));
    bl_canvas_text(d->canvas, d->rect.x + 1, y + 1 + height, width, "0", BL_ROLE_DIM, 0);
    bl_canvas_right(d->canvas, d->rect.x + 1 + width, y + 1 + height, width - 2,
                    bl_count_format(a, sizeof a, fmax((double)d->snap->planned, floor(d->snap->epoch))), BL_ROLE_DIM, 0);
    if (rows >= 4)
        bl_canvas_textf(d->canvas, d->rect.x + 1, y + rows - 1, width, BL_ROLE_TEXT, 0, "max %s at update %llu, now %s",
                        part_number(a, most), (unsigned long long)at, part_number(b, r->now.gradient_norm));
}

static void draw(const struct drawing *d)
{
    const struct bl_run_view *r = front_run(d);
    int height = d->rect.height, below = height >= 11 ? height / 2 < SPARK_ROWS ? height / 2 : SPARK_ROWS : 0;

    if (!r) {
        part_empty(d, "no parameters yet", "s makes one update");
        return;
    }
    if (below && (size_t)(height - below) > r->n_params + 2) { /* few weights: the rest is the gradient's */
        below = height - (int)r->n_params - 2;
        below = below > 12 ? 12 : below;
    }
    weights(d, r, below ? height - below - 1 : height);
    if (below)
        gradient(d, r, d->rect.y + height - below, below);
}

static void head(const struct drawing *d, char *title, char *note, size_t size)
{
    size_t front = ui_front(d->snap, d->view);

    snprintf(title, size, "weights, gradient");
    if (d->snap->n_runs)
        snprintf(note, size, "%s %s", bl_marker(front, d->canvas->charset), d->snap->runs[front].name);
}

static bool key(struct ui *ui, const struct bl_snapshot *s, struct bl_view_settings *view, int k)
{
    size_t n = s->n_runs ? s->runs[ui_front(s, view)].n_params : 0;

    switch (k) {
    case UI_UP: ui->scroll_weights -= ui->scroll_weights > 0; break;
    case UI_DOWN: ui->scroll_weights += ui->scroll_weights + 1 < n; break;
    case UI_PAGE_UP: ui->scroll_weights = ui->scroll_weights > 10 ? ui->scroll_weights - 10 : 0; break;
    case UI_PAGE_DOWN: ui->scroll_weights = ui->scroll_weights + 10 < n ? ui->scroll_weights + 10 : ui->scroll_weights; break;
    default: return false;
    }
    return true;
}

const struct panel_type panel_weights = { .name = "weights", .number = 6, .titled = true, .head = head, .draw = draw, .key = key };
