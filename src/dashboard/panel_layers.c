/* Layers of the network in front: what the next update does to each, and what its units give, with the histogram of the
 * one that is chosen below. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "parts.h"

enum { CHART_ROWS = 7, SPARK_LEAST = 8, SPARK_MOST = BL_LAYER_BINS };

static const struct bl_layers_view *layers_of(const struct drawing *d)
{
    const struct bl_layers_view *v = d->snap->layers;

    return v && v->front == ui_front(d->snap, d->view) ? v : NULL;
}

static void head(const struct drawing *d, char *title, char *note, size_t size)
{
    const struct bl_layers_view *v = layers_of(d);
    size_t front = ui_front(d->snap, d->view);
    char shows[96] = "";

    if (v && !v->why[0])
        snprintf(shows, sizeof shows, "outputs on %zu rows%s", v->rows_used, v->no_update[0] ? ", no next update" : "");
    if (d->snap->n_runs)
        snprintf(note, size, "%s %s", bl_marker(front, d->canvas->charset), d->snap->runs[front].name);
    part_title(d, "layers", shows, note, title, size);
}

/* ---- the table --------------------------------------------------------------------------------------------*/

/* Columns in the order in which they are given up where the room is short: the last goes first. */
enum field { PARAMETERS, GRADIENT, RATIO, DEAD, SPARK, MEAN, SD, ZEROS, LOW, HIGH, FIELDS };
static const struct { const char *head; int width; } fields[FIELDS] = {
    [PARAMETERS] = { "params", 7 }, [GRADIENT] = { "|grad|", 8 }, [RATIO] = { "upd/wt", 8 }, [DEAD] = { "dead", 8 }, [SPARK] = { "outputs", SPARK_LEAST + 2 },
    [MEAN] = { "mean", 8 }, [SD] = { "sd", 7 }, [ZEROS] = { "zeros", 7 }, [LOW] = { "min", 8 }, [HIGH] = { "max", 8 },
};
/* As they stand from the left. */
static const enum field order[FIELDS] = { PARAMETERS, GRADIENT, RATIO, DEAD, ZEROS, MEAN, SD, LOW, HIGH, SPARK };

struct columns { int name, type, shape, shown; int spark; };

static int longest(const struct bl_layers_view *v, bool shape)
{
    int most = 5;

    for (size_t i = 0; i < v->n; i++) {
        char text[BL_LAYER_SHAPE];
        int n = (int)strlen(shape ? bl_layer_shape(&v->layer[i], text) : v->layer[i].is.type);
        most = n > most ? n : most;
    }
    return most;
}

static struct columns columns_of(const struct drawing *d, const struct bl_layers_view *v)
{
    struct columns c = { .name = 9, .type = longest(v, false) + 1, .shape = longest(v, true) + 1 };
    int room = d->rect.width - 2 - c.name - c.type - c.shape;

    while (c.shown < FIELDS && fields[c.shown].width <= room)
        room -= fields[c.shown++].width;
    c.spark = c.shown > SPARK ? SPARK_LEAST + room : 0;
    c.spark = c.spark > SPARK_MOST ? SPARK_MOST : c.spark;
    return c;
}

static void figure_text(const struct bl_layer_state *s, enum field f, char text[64])
{
    const double values[FIELDS] = { [GRADIENT] = s->gradient_norm, [RATIO] = s->ratio, [MEAN] = s->mean, [SD] = s->sd, [LOW] = s->low, [HIGH] = s->high };
    char number[32];

    if (f == PARAMETERS)
        snprintf(text, 64, "%s", s->is.n_params ? part_tally(number, (double)s->is.n_params, 6) : "-");
    else if (f == DEAD && s->may_die)
        snprintf(text, 64, "%.0f %%", 100 * (double)s->dead / (double)s->is.out);
    else if (f == ZEROS && s->zeros > 0)
        snprintf(text, 64, "%.0f %%", 100 * s->zeros);
    else if (f == DEAD || f == ZEROS)
        snprintf(text, 64, "-");
    else
        snprintf(text, 64, "%s", part_fit(number, values[f], 3, fields[f].width - 1));
}

static void spark_draw(const struct drawing *d, const struct bl_layer_state *s, int x, int y, int width)
{
    double counts[BL_LAYER_BINS];
    size_t used = BL_LAYER_BINS;

    while (s->low < s->high && used > 1 && s->count[used - 1] == 0)
        used--;
    for (size_t k = 0; k < BL_LAYER_BINS; k++)
        counts[k] = sqrt((double)s->count[k]); /* one row of a cell: roots keep the tails in sight */
    if (s->not_finite)
        bl_canvas_text(d->canvas, x, y, width, "not finite", BL_ROLE_BAD, BL_BOLD);
    else
        bl_canvas_spark(d->canvas, x, y, width, 1, counts, used, BL_ROLE_CURVE1);
}

static void layer_row(const struct drawing *d, const struct bl_layer_state *s, const struct columns *c, bool chosen, int y)
{
    int x = d->rect.x + 1;
    enum bl_role role = chosen ? BL_ROLE_FOCUS : BL_ROLE_TEXT;
    char text[64], shape[BL_LAYER_SHAPE];

    if (chosen) {
        bl_canvas_put(d->canvas, d->rect.x, y, 0x25b8, BL_ROLE_FOCUS, BL_BOLD);
        if (d->focused)
            d->ui->item_x = d->rect.x, d->ui->item_y = y;
    }
    bl_canvas_text(d->canvas, x, y, c->name, s->is.name, role, chosen ? BL_BOLD : 0);
    bl_canvas_text(d->canvas, x + c->name, y, c->type, s->is.type, BL_ROLE_TEXT, 0);
    bl_canvas_text(d->canvas, x + c->name + c->type, y, c->shape, bl_layer_shape(s, shape), BL_ROLE_TEXT, 0);
    x += c->name + c->type + c->shape;
    for (int i = 0; i < FIELDS; i++) {
        enum field f = order[i];
        if ((int)f >= c->shown)
            continue;
        if (f == SPARK) {
            spark_draw(d, s, x + 2, y, c->spark);
            continue;
        }
        figure_text(s, f, text);
        x += fields[f].width;
        bl_canvas_right(d->canvas, x, y, fields[f].width - 1, text, f == DEAD && s->dead ? BL_ROLE_WARN : BL_ROLE_TEXT, 0);
    }
}

static void table_head(const struct drawing *d, const struct columns *c)
{
    int x = d->rect.x + 1, y = d->rect.y;

    bl_canvas_text(d->canvas, x, y, c->name, "layer", BL_ROLE_DIM, 0);
    bl_canvas_text(d->canvas, x + c->name, y, c->type, "type", BL_ROLE_DIM, 0);
    bl_canvas_text(d->canvas, x + c->name + c->type, y, c->shape, "shape", BL_ROLE_DIM, 0);
    x += c->name + c->type + c->shape;
    for (int i = 0; i < FIELDS; i++) {
        enum field f = order[i];
        if ((int)f >= c->shown)
            continue;
        if (f == SPARK)
            bl_canvas_text(d->canvas, x + 2, y, c->spark, fields[f].head, BL_ROLE_DIM, 0);
        else
            bl_canvas_right(d->canvas, x += fields[f].width, y, fields[f].width - 1, fields[f].head, BL_ROLE_DIM, 0);
    }
}

/* ---- the chosen layer ---------------------------------------------------------------------------------------*/

static size_t chosen_layer(const struct ui *ui, const struct bl_layers_view *v)
{
    return ui->layer < v->n ? ui->layer : v->n - 1;
}

/* "layer 1 relu: 0.00 to 2.31, mean 0.410, sd 0.520, 3 of 16 dead, 38 % are 0": what the histogram shows, as text. */
static void chosen_text(const struct drawing *d, const struct bl_layer_state *s, int y)
{
    char low[32], high[32], mean[32], sd[32], line[200];
    size_t n = (size_t)snprintf(line, sizeof line, "%s %s: %s to %s, mean %s, sd %s", s->is.name, s->is.type, part_fit(low, s->low, 3, 9),
                                part_fit(high, s->high, 3, 9), part_fit(mean, s->mean, 3, 9), part_fit(sd, s->sd, 3, 9));

    if (s->may_die && n < sizeof line)
        n += (size_t)snprintf(line + n, sizeof line - n, ", %zu of %zu dead", s->dead, s->is.out);
    if (s->zeros > 0 && n < sizeof line)
        snprintf(line + n, sizeof line - n, ", %.0f %% are 0", 100 * s->zeros);
    for (char *comma; (int)bl_text_width(line, strlen(line)) > d->rect.width - 1 && (comma = strrchr(line, ',')) != NULL;)
        *comma = '\0'; /* what has no room goes as a whole */
    part_words(d->canvas, d->rect.x + 1, y, d->rect.width - 1, line, BL_ROLE_TEXT, 0);
}

static void chosen_draw(const struct drawing *d, const struct bl_layers_view *v, size_t at, int y)
{
    struct bl_rect r = { d->rect.x, y + 1, d->rect.width, d->rect.y + d->rect.height - y - 1 };
    struct bl_chart chart;

    chosen_text(d, &v->layer[at], y);
    if (v->layer[at].not_finite || r.height < CHART_ROWS - 2 || !bl_layer_chart(v, at, d->arena, &chart))
        return;
    chart.title = NULL;
    bl_chart_draw(&chart, d->canvas, r);
}

/* ---- all -------------------------------------------------------------------------------------------------------*/

static int rows(const struct bl_snapshot *snap)
{
    return (snap->n_layers ? (int)snap->n_layers : 3) + 2;
}

static void draw(const struct drawing *d)
{
    const struct bl_layers_view *v = layers_of(d);
    struct columns c;
    size_t at, first, shown;
    int spare;

    if (part_no_run(d))
        return;
    if (d->snap->n_layers == 0 || !v || v->why[0]) {
        part_empty(d, d->snap->n_layers == 0 ? "this model has no layers" : v ? v->why : part_waiting(d), d->snap->n_layers ? "" : ":model mlp 16");
        return;
    }
    c = columns_of(d, v);
    at = chosen_layer(d->ui, v);
    spare = d->rect.height - 1 - (int)(v->n < 1000 ? v->n : 1000);
    shown = spare >= 0 ? v->n : d->rect.height > 2 ? (size_t)d->rect.height - 2 : 1; /* the last line tells of the chosen one */
    first = part_first(v->n, shown, at);
    table_head(d, &c);
    for (size_t i = 0; i < shown; i++)
        layer_row(d, &v->layer[first + i], &c, first + i == at, d->rect.y + 1 + (int)i);
    if (spare > 0 || (spare < 0 && d->rect.height > 2))
        chosen_draw(d, v, at, d->rect.y + 1 + (int)shown + (spare > CHART_ROWS));
}

static bool picture(const struct drawing *d, struct bl_chart *chart)
{
    const struct bl_layers_view *v = layers_of(d);

    return v && !v->why[0] && bl_layer_chart(v, chosen_layer(d->ui, v), d->arena, chart);
}

static bool key(struct ui *ui, const struct bl_snapshot *s, struct bl_view_settings *view, int k)
{
    size_t n = s->layers ? s->layers->n : 0;

    (void)view;
    if (n == 0)
        return false;
    ui->layer = chosen_layer(ui, s->layers);
    switch (k) {
    case UI_UP: ui->layer -= ui->layer > 0; break;
    case UI_DOWN: ui->layer += ui->layer + 1 < n; break;
    case UI_PAGE_UP: ui->layer = ui->layer > 10 ? ui->layer - 10 : 0; break;
    case UI_PAGE_DOWN: ui->layer = ui->layer + 10 < n ? ui->layer + 10 : n - 1; break;
    default: return false;
    }
    return true;
}

const struct panel_type panel_layers = {
    .name = "layers", .number = 6, .sights = 1u << BL_SIGHT_LAYERS, .figures = true, .head = head, .titled = true, .draw = draw, .rows = rows, .key = key, .picture = picture,
    .explains = "|grad|: length of the gradient of the next update, of this\n"
                "layer; upd/wt: length of its change over that of its\n"
                "weights, about 0.001 is usual; dead: units of relu that\n"
                "are 0 on all rows looked at; outputs: how often the units\n"
                "give what, from min to max (heights are roots). Up and\n"
                "down choose the layer that is drawn below. :layers\n" };
