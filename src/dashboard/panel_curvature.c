/* Curvature and rates of theory as figures, and the learning rate on a gauge that ends a little beyond 2/L. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "parts.h"

static const struct bl_theory_view *theory_of(const struct drawing *d)
{
    const struct bl_theory_view *v = d->snap->theory;

    return v && v->front == ui_front(d->snap, d->view) ? v : NULL;
}

/* ---- the gauge ---------------------------------------------------------------------------------------------*/

struct gauge { int x, width; double end; };

static int gauge_at(const struct gauge *g, double value)
{
    int at = (int)(value / g->end * (g->width - 1) + 0.5);

    return g->x + (at < 0 ? 0 : at >= g->width ? g->width - 1 : at);
}

/* A label under its mark, unless another stands there. */
static int gauge_label(const struct drawing *d, const struct gauge *g, double value, const char *text, int y, int free_from)
{
    int width = (int)bl_text_width(text, strlen(text)), x = gauge_at(g, value) - width / 2;

    x = x + width > g->x + g->width ? g->x + g->width - width : x < g->x ? g->x : x;
    if (x < free_from)
        return free_from;
    return x + bl_canvas_text(d->canvas, x, y, width, text, BL_ROLE_DIM, 0) + 2;
}

static void gauge_draw(const struct drawing *d, const struct bl_theory_view *v, int y)
{
    struct gauge g = { d->rect.x + 4, d->rect.width - 5, fmax(1.25 * v->figures.critical_lr, 1.05 * v->lr) };
    int critical = gauge_at(&g, v->figures.critical_lr), free_from = d->rect.x;
    bool above = v->lr >= v->figures.critical_lr;
    char number[32], text[48];

    if (!(g.end > 0) || isinf(g.end) || g.width < 12)
        return;
    bl_canvas_text(d->canvas, d->rect.x + 1, y, 3, "lr", BL_ROLE_DIM, 0);
    for (int x = g.x; x < g.x + g.width; x++) /* beyond the mark descent on all rows diverges */
        bl_canvas_put(d->canvas, x, y, x > critical ? 0x2591 : 0x2500, x > critical ? BL_ROLE_BAD : BL_ROLE_DIM, 0);
    bl_canvas_put(d->canvas, gauge_at(&g, v->figures.best_lr), y, 0x253c, BL_ROLE_GOOD, BL_BOLD);
    bl_canvas_put(d->canvas, critical, y, 0x2502, BL_ROLE_BAD, BL_BOLD);
    if (v->lr > 0)
        bl_canvas_put(d->canvas, gauge_at(&g, v->lr), y, 0x25cf, above ? BL_ROLE_BAD : BL_ROLE_FOCUS, BL_BOLD);
    if (y + 1 >= d->rect.y + d->rect.height)
        return;
    snprintf(text, sizeof text, "2/L %s", bl_number_format(number, sizeof number, v->figures.critical_lr, 3));
    if (above)
        free_from = gauge_label(d, &g, v->figures.critical_lr, text, y + 1, free_from);
    snprintf(number, sizeof number, "0");
    free_from = above || (v->lr > 0 && gauge_at(&g, v->lr) < g.x + 6) ? free_from : gauge_label(d, &g, 0, number, y + 1, free_from);
    if (v->lr > 0)
        free_from = gauge_label(d, &g, v->lr, bl_number_format(number, sizeof number, v->lr, 3), y + 1, free_from);
    if (!above)
        gauge_label(d, &g, v->figures.critical_lr, text, y + 1, free_from);
}

/* ---- figures ---------------------------------------------------------------------------------------------------*/

struct figure { const char *name; double value; const char *means; };

/* One row, or (wide) half of one. */
static void figure_draw(const struct drawing *d, const struct figure *f, int x, int width, int y)
{
    char number[32];
    int value = 10 + 13; /* where the number ends */

    bl_canvas_text(d->canvas, x, y, 13, f->name, BL_ROLE_DIM, 0);
    bl_canvas_right(d->canvas, x + value, y, 10, part_number(number, f->value), BL_ROLE_TEXT, 0);
    if (width > value + 22)
        part_words(d->canvas, x + value + 2, y, width - value - 3, f->means, BL_ROLE_DIM, 0);
}

static size_t figures_of(const struct bl_theory_view *v, struct figure *out)
{
    const struct bl_theory *t = &v->figures;
    const struct figure all[] = {
        { "L", t->lipschitz, "largest curvature" }, { "mu", t->strong_convexity, "smallest curvature" },
        { "condition", t->condition, "L / mu: how narrow the valley is" }, { "critical lr", t->critical_lr, "2 / L: above it full descent diverges" },
        { "best lr", t->best_lr, "2 / (L + mu)" }, { "rate", t->predicted_rate, "error a full update leaves, predicted" },
        { "measured", t->measured_rate, "the same over the last two epochs" }, { "noise floor", t->noise_floor, "kept alive by sampling at this lr" },
        { "noise scale", t->gradient_noise_scale, "batch that drowns the noise" }, { "L bound", t->lipschitz_bound, "curvature anywhere" },
        { "sharpness", t->sharpness, "largest curvature where it stands" }, { "2 / lr", t->sharpness_limit, "limit of sharpness for descent" },
    };
    size_t n = 0;

    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (!isnan(all[i].value))
            out[n++] = all[i];
    return n;
}

/* What theory says of its figures by their keys, by the names that they have here. */
static const char *by_our_names(const struct drawing *d, const char *note)
{
    static const char *const names[][2] = {
        { "lipschitz_bound", "L bound" }, { "lipschitz", "L" }, { "strong_convexity", "mu" }, { "critical_lr", "critical lr" }, { "best_lr", "best lr" },
        { "predicted_rate", "rate" }, { "measured_rate", "measured" }, { "noise_floor", "noise floor" }, { "gradient_noise_scale", "noise scale" },
        { "sharpness_limit", "2 / lr" },
    };
    struct bl_text out = { 0 };
    const char *said;

    while (*note) {
        size_t i = 0, n = sizeof names / sizeof *names;
        while (i < n && strncmp(note, names[i][0], strlen(names[i][0])) != 0)
            i++;
        bl_text_addn(&out, i < n ? names[i][1] : note, i < n ? strlen(names[i][1]) : 1);
        note += i < n ? strlen(names[i][0]) : 1;
    }
    said = bl_arena_text(d->arena, bl_text_get(&out), out.length);
    bl_text_free(&out);
    return said ? said : "";
}

/* What was assumed, broken between words; nothing where not all of it fits. */
static void note_draw(const struct drawing *d, const char *note, int y)
{
    note = by_our_names(d, note);
    for (int pass = 0; pass < 2; pass++) {
        const char *rest = note;
        int row = y;
        for (; *rest && row < d->rect.y + d->rect.height; row++) {
            size_t most = bl_text_fit(rest, strlen(rest), (size_t)(d->rect.width > 4 ? d->rect.width - 2 : 2)), cut = most;
            while (rest[most] && cut > 0 && rest[cut] != ' ')
                cut--;
            cut = cut ? cut : most;
            if (cut == 0)
                return;
            if (pass)
                bl_canvas_textf(d->canvas, d->rect.x + 1, row, d->rect.width - 1, BL_ROLE_DIM, 0, "%.*s", (int)cut, rest);
            rest += cut + (rest[cut] == ' ');
        }
        if (*rest)
            return;
    }
}

void curvature_draw(const struct drawing *d)
{
    const struct bl_theory_view *v = theory_of(d);
    int y = d->rect.y, bottom = d->rect.y + d->rect.height, columns = d->rect.width >= 50 && d->rect.height < 12 ? 2 : 1;
    struct figure f[12];
    size_t n;

    if (!v || d->rect.height < 1)
        return;
    n = figures_of(v, f);
    if (!isnan(v->figures.critical_lr) && d->rect.height > 2) {
        gauge_draw(d, v, y);
        y += 2;
    }
    for (size_t i = 0; i < n && y + (int)i / columns < bottom; i++) {
        int width = d->rect.width / columns, x = d->rect.x + 1 + (int)i % columns * width;
        figure_draw(d, &f[i], x, width, y + (int)i / columns);
    }
    y += (int)((n + (size_t)columns - 1) / (size_t)columns);
    note_draw(d, v->figures.note, y + 1);
}

static void draw(const struct drawing *d)
{
    const struct bl_theory_view *v = theory_of(d);
    struct figure f[12];

    if (part_no_run(d))
        return;
    if (!v || figures_of(v, f) == 0)
        part_empty(d, !v ? part_waiting(d) : v->why[0] ? v->why : "no figures yet", "");
    else
        curvature_draw(d);
}

static void head(const struct drawing *d, char *title, char *note, size_t size)
{
    const struct bl_theory_view *v = theory_of(d);

    snprintf(title, size, "curvature and rates");
    if (v && v->figures.critical_lr > 0 && v->lr > 0)
        snprintf(note, size, v->lr < v->figures.critical_lr ? "lr is %.2g of 2/L" : "! lr is %.2g of 2/L", v->lr / v->figures.critical_lr);
}

static int rows(const struct bl_snapshot *snap) { return !snap->theory ? 3 : snap->theory->why[0] ? 4 : 9; }

const struct panel_type panel_curvature = {
    .name = "curvature", .sights = 1u << BL_SIGHT_THEORY, .figures = true, .head = head, .titled = true, .draw = draw, .rows = rows,
    .explains = "On the gauge the dot is the learning rate of the next\n"
                "update, the cross the best constant one, 2 / (L + mu), the\n"
                "bar 2 / L: above it descent on all rows diverges.\n" };
