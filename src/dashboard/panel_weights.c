/* 6 weights and gradient: parameters of the contestant in front as bars by sign, and the history of its
 * gradient norm. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "parts.h"

enum { SPARK_LEAST = 4, SPARK_ROWS = 5, SPARK_MOST = 12, COLUMN_WIDTH = 36, NUMBER_WIDTH = 10, BARS_LEAST = 7 }; /* a spark: heading, three lines, axis */

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

/* Half cells towards the left: the only left-growing sign that every font has. ASCII has none: whole cells. */
static void bar_left(struct bl_canvas *c, int zero, int y, int width, double fraction)
{
    int halves = c->charset == BL_CHARSET_ASCII ? 2 * (int)(fraction * width + 0.5) : (int)(fraction * width * 2 + 0.5);

    halves = halves < 1 && c->charset != BL_CHARSET_ASCII ? 1 : halves;
    for (int i = 1; i <= halves / 2; i++)
        bl_canvas_put(c, zero - i, y, 0x2588, BL_ROLE_MINUS, 0);
    if (halves % 2)
        bl_canvas_put(c, zero - halves / 2 - 1, y, 0x2590, BL_ROLE_MINUS, 0);
}

struct scale { int name, zero, left, right; bool brief; double most, below, above; };

/* A cell stands for the same on both sides; below and above become what their ends stand for. */
static void scale_same(struct scale *s, double below, double above)
{
    double left = s->left, right = s->right > 1 ? s->right - 1 : 0;
    double cells = fmin(below > 0 ? left / below : INFINITY, above > 0 ? right / above : INFINITY);

    s->below = cells > 0 && isfinite(cells) ? left / cells : below;
    s->above = cells > 0 && isfinite(cells) ? right / cells : above;
}

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
    s.name = d->rect.width - 3 - NUMBER_WIDTH - BARS_LEAST; /* names come before long bars */
    s.name = s.name < d->rect.width * 2 / 5 ? d->rect.width * 2 / 5 : s.name;
    s.brief = longest > s.name;
    s.name = s.brief ? s.name : longest;
    room = d->rect.width - s.name - 3 - NUMBER_WIDTH;
    room = room < 0 ? 0 : room;
    s.most = below > above ? below : above;
    s.left = below > 0 ? (int)(room * (below / (below + above)) + 0.5) : 0;
    s.left = below > 0 && s.left < 2 ? 2 : above > 0 && room - s.left < 3 ? room - 3 : s.left;
    s.left = s.left < 0 ? 0 : s.left;
    s.right = room - s.left;
    scale_same(&s, below, above);
    s.zero = d->rect.x + s.name + 2 + s.left;
    return s;
}

static void weight_row(const struct drawing *d, const struct scale *s, size_t i, double value, int y)
{
    const char *name = d->snap->parameter_names && i < d->snap->n_params ? d->snap->parameter_names[i] : "";
    double side = value < 0 ? s->below : s->above, fraction = side > 0 ? fabs(value) / side : 0;
    char number[32], shown[40], name_shown[96];

    bool found = d->ui->found && i == d->ui->found_weight;

    if (found && d->focused)
        d->ui->item_x = d->rect.x, d->ui->item_y = y;
    if (found)
        bl_canvas_put(d->canvas, d->rect.x, y, 0x25b8, BL_ROLE_FOCUS, BL_BOLD);
    bl_canvas_text(d->canvas, d->rect.x + 1, y, s->name, part_parameter(name, s->brief, name_shown, sizeof name_shown), found ? BL_ROLE_FOCUS : BL_ROLE_TEXT, found ? BL_BOLD : 0);
    if (value < 0 && s->left > 0)
        bar_left(d->canvas, s->zero, y, s->left, fraction);
    if (s->left + s->right > 2)
        bl_canvas_put(d->canvas, s->zero, y, 0x2502, BL_ROLE_DIM, 0);
    if (value > 0 && s->right > 1)
        bl_canvas_bar(d->canvas, s->zero + 1, y, s->right - 1, fraction, BL_ROLE_PLUS);
    snprintf(shown, sizeof shown, "%s%s", value > 0 ? "+" : "", part_fit(number, value, 4, NUMBER_WIDTH - (value > 0)));
    bl_canvas_right(d->canvas, d->rect.x + d->rect.width, y, NUMBER_WIDTH, shown, BL_ROLE_TEXT, 0);
}

/* Ends of the scale above the bars. */
static void scale_row(const struct drawing *d, const struct scale *s, int y)
{
    char number[32], text[40];

    if (s->left + s->right < 20 || !(s->most > 0))
        return;
    bl_canvas_put(d->canvas, s->zero, y, '0', BL_ROLE_DIM, 0);
    snprintf(text, sizeof text, "-%s", bl_number_format(number, sizeof number, s->below, 2));
    if (s->left > 8 && s->zero - s->left > d->rect.x + 14)
        bl_canvas_text(d->canvas, s->zero - s->left, y, s->left, text, BL_ROLE_DIM, 0);
    snprintf(text, sizeof text, "+%s", bl_number_format(number, sizeof number, s->above, 2));
    if (s->right > 8)
        bl_canvas_right(d->canvas, s->zero + s->right, y, s->right - 1, text, BL_ROLE_DIM, 0);
}

/* Columns side by side where one cannot show all and each has room for name, bar and number. */
static int columns_of(const struct drawing *d, size_t n, size_t rows)
{
    int columns = 1, most = d->rect.width / COLUMN_WIDTH;

    while (columns < most && n > rows * (size_t)columns)
        columns++;
    return columns;
}

static void weights(const struct drawing *d, const struct bl_run_view *r, int height)
{
    size_t *order = bl_arena_take(d->arena, r->n_params + 1, sizeof *order);
    size_t rows = height > 1 ? (size_t)height - 1 : 0, first, shown;
    int columns = columns_of(d, r->n_params, rows), width = d->rect.width / columns;

    if (!order || r->n_params == 0 || rows == 0)
        return;
    order_fill(d, r, order);
    shown = rows * (size_t)columns < r->n_params ? rows * (size_t)columns : r->n_params;
    rows = (shown + (size_t)columns - 1) / (size_t)columns; /* columns of one length */
    first = d->ui->scroll_weights > r->n_params - shown ? r->n_params - shown : d->ui->scroll_weights;
    d->ui->scroll_weights = first; /* past the end there is nothing to come back from */
    for (int k = 0; k < columns; k++) {
        struct drawing part = *d;
        part.rect.x += k * width;
        part.rect.width = k + 1 < columns ? width - 1 : d->rect.width - k * width;
        struct scale s = scale_of(&part, r);
        scale_row(&part, &s, d->rect.y);
        for (size_t i = 0; i < rows && (size_t)k * rows + i < shown; i++) {
            size_t at = order[first + (size_t)k * rows + i];
            weight_row(&part, &s, at, r->theta[at], d->rect.y + 1 + (int)i);
        }
    }
    if (shown < r->n_params)
        bl_canvas_textf(d->canvas, d->rect.x + 1, d->rect.y, width - 1, BL_ROLE_DIM, 0, "%zu-%zu of %zu%s", first + 1, first + shown, r->n_params,
                        d->ui->weights_by_size ? ", by size" : "");
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

static void gradient_heading(const struct drawing *d, const struct bl_run_view *r, int y)
{
    char a[32], b[32], text[160];
    double most = 0;
    uint64_t at = 0;

    for (size_t i = 0; i < r->n_points; i++)
        if (r->points[i].gradient_norm > most)
            most = r->points[i].gradient_norm, at = r->points[i].updates;
    snprintf(text, sizeof text, "max %s at update %llu, now %s", part_fit(a, most, 4, 10), (unsigned long long)at,
             part_fit(b, r->now.gradient_norm, 4, 10));
    bl_canvas_text(d->canvas, d->rect.x + 1, y, d->rect.width - 1, "gradient norm", BL_ROLE_TITLE, 0);
    if (bl_text_width(text, strlen(text)) + 17 <= (size_t)d->rect.width)
        bl_canvas_right(d->canvas, d->rect.x + d->rect.width, y, d->rect.width, text, BL_ROLE_DIM, 0);
}

static void gradient(const struct drawing *d, const struct bl_run_view *r, int y, int rows)
{
    int width = d->rect.width - 1, height = rows - 2, x = d->rect.x + 1;
    double *norms = width > 0 && height > 0 ? bl_arena_take(d->arena, (size_t)width, sizeof *norms) : NULL;
    char number[32];

    if (!norms || r->n_points == 0)
        return;
    gradient_heading(d, r, y);
    bl_canvas_spark(d->canvas, x, y + 1, width, height, norms, norms_fill(d, r, norms, (size_t)width), bl_curve_role(ui_front(d->snap, d->view)));
    bl_canvas_text(d->canvas, x, y + 1 + height, width, "0", BL_ROLE_DIM, 0);
    snprintf(number, sizeof number, "epoch %.0f", fmax((double)d->snap->planned, floor(d->snap->epoch)));
    bl_canvas_right(d->canvas, x + width, y + 1 + height, width - 2, number, BL_ROLE_DIM, 0);
}

/* The history of the gradient is told once on a screen: not below the weights where it has a panel. */
static bool gradient_elsewhere(const struct drawing *d)
{
    for (size_t i = 0; i < d->ui->layout.n; i++)
        if (d->ui->layout.placed[i].panel == &panel_gradient)
            return true;
    return false;
}

/* The parameters come first; what they leave is the gradient's. */
static int spark_rows(const struct drawing *d, size_t n)
{
    int height = d->rect.height, spare = height - 2 - (int)(n < 1000 ? n : 1000), columns;

    if (height < 11 || gradient_elsewhere(d))
        return 0;
    if (spare < SPARK_LEAST && (columns = columns_of(d, n, (size_t)(height - 2 - SPARK_ROWS))) > 1)
        spare = height - 2 - (int)((n < 10000 ? n : 10000) + (size_t)columns - 1) / columns;
    return spare > SPARK_MOST ? SPARK_MOST : spare >= SPARK_LEAST ? spare : SPARK_ROWS;
}

static void draw(const struct drawing *d)
{
    const struct bl_run_view *r = front_run(d);
    int below;

    if (!r) {
        part_empty(d, "no parameters yet", "s makes one update");
        return;
    }
    below = spark_rows(d, r->n_params);
    weights(d, r, below ? d->rect.height - below - 1 : d->rect.height);
    if (below)
        gradient(d, r, d->rect.y + d->rect.height - below, below);
}

static void head(const struct drawing *d, char *title, char *note, size_t size)
{
    size_t front = ui_front(d->snap, d->view);

    snprintf(title, size, gradient_elsewhere(d) ? "weights" : "weights, gradient");
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

/* Parameters as they are listed. By size there is no such list without their values: their names are not
 * looked through in that order, but in the order of the model. */
static const char *item(const struct ui *ui, const struct bl_snapshot *s, const struct bl_view_settings *view, size_t i)
{
    (void)ui, (void)view;
    return s->parameter_names && i < s->n_params ? s->parameter_names[i] : NULL;
}

static size_t chosen(const struct ui *ui, const struct bl_snapshot *s, const struct bl_view_settings *view)
{
    (void)s, (void)view;
    return ui->found_weight;
}

static void choose(struct ui *ui, const struct bl_snapshot *s, struct bl_view_settings *view, size_t i)
{
    (void)s, (void)view;
    ui->weights_by_size = false;
    ui->found_weight = ui->scroll_weights = i;
    ui->found = true;
}

const struct panel_type panel_weights = { .name = "weights", .figures = true, .number = 6, .titled = true, .head = head, .draw = draw, .key = key,
                                        .item = item, .chosen = chosen, .choose = choose,
    .explains = "A bar is a parameter, to the right where it is above zero.\n"
                "Of a network 2.5:unit 3 is, in short, layer 2:unit 5:unit 3.\n"
                "gradient norm: the largest in each part of the plan.\n" };
