/* Names and values at the right ends of curves, spread so that they never overlap; a legend only
 * where there is no room for that. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "draw.h"

enum { NAMES_MOST = 64, NAME_LEAST = 8 };

bool bl_series_named(const struct bl_series *s)
{
    return s->name && *s->name && !s->no_label;
}

enum bl_role bl_series_role(const struct bl_series *s)
{
    return s->dim ? BL_ROLE_DIM : bl_curve_role(s->style);
}

bool bl_series_last(const struct bl_series *s, bool log_x, bool log_y, size_t *index)
{
    for (size_t i = s->n; i-- > 0;) {
        if (s->x[i] - s->x[i] != 0 || s->y[i] - s->y[i] != 0)
            continue;
        if ((log_x && s->x[i] <= 0) || (log_y && s->y[i] <= 0))
            continue;
        *index = i;
        return true;
    }
    return false;
}

const char *bl_value_text(char *buffer, size_t size, double value, int digits)
{
    if (value == floor(value) && fabs(value) < 1e6)
        return bl_tick_format(buffer, size, value, false, 0, false);
    return bl_number_format(buffer, size, value, digits);
}

/* Names that are too long lose their middle: "hous~ces". */
static void shorten(char *out, size_t size, const char *name, int columns)
{
    size_t n = strlen(name), width = bl_text_width(name, n), head, skip, tail;

    if (columns < 3 || width <= (size_t)columns) {
        snprintf(out, size, "%s", name);
        return;
    }
    head = bl_text_fit(name, n, (size_t)columns / 2);
    skip = bl_text_fit(name, n, width - (size_t)(columns - columns / 2 - 1));
    tail = skip < n ? n - skip : 0;
    snprintf(out, size, "%.*s~%.*s", (int)head, name, (int)tail, name + skip);
}

int bl_series_text(const struct bl_view *v, const struct bl_series *s, int columns, char *buffer, size_t size)
{
    char value[64] = "", name[256], shown[256];
    int room;

    if (s->value)
        snprintf(value, sizeof value, "%.60s", s->value);
    else if (s->n > 0 && v->chart->kind == BL_CHART_LINES)
        bl_number_format(value, sizeof value, s->y[s->n - 1], 3);
    room = columns - 3 - (int)bl_text_width(value, strlen(value));
    bl_show(name, sizeof name, s->name ? s->name : "", s->name ? strlen(s->name) : 0);
    if (*value && room < (int)bl_text_width(name, strlen(name)) && room < NAME_LEAST)
        shown[0] = '\0'; /* a stump says less than the marker alone */
    else
        shorten(shown, sizeof shown, name, room < 4 ? 4 : room);
    snprintf(buffer, size, "%s%s%s%s%s", s->mark ? s->mark : bl_marker(s->style, v->canvas->charset), *shown ? " " : "", shown, *value ? " " : "", value);
    return (int)bl_text_width(buffer, strlen(buffer));
}

/* Levels carry their label like curves do. */
static bool level_named(const struct bl_view *v, const struct bl_level *level)
{
    double at = bl_scale_at(&v->y, level->y);

    return level->label && *level->label && at >= -1e-9 && at <= 1 + 1e-9;
}

static int level_text(const struct bl_level *level, int columns, char *buffer, size_t size)
{
    char name[200], shown[200];

    bl_show(name, sizeof name, level->label, strlen(level->label));
    shorten(shown, sizeof shown, name, columns - 2);
    snprintf(buffer, size, "┄ %s", shown);
    return (int)bl_text_width(buffer, strlen(buffer));
}

/* ---- where names go -------------------------------------------------------------------------*/

enum { TEXT_LEAST = 16, TEXT_WHOLE = 20, ROOM_WHOLE = 40, TEXT_WIDE = 24, ROOM_WIDE = 48, LEGEND_MOST = 32 };

/* Columns of a name and its value at the end of a curve: room for a word like "stochastic" as soon as half is left for
 * the curve. */
static int text_columns(const struct bl_view *v)
{
    int columns = v->room * 2 / 5, least = v->room >= ROOM_WIDE ? TEXT_WIDE : v->room >= ROOM_WHOLE ? TEXT_WHOLE : TEXT_LEAST;

    return columns < least ? least : columns;
}

/* In a legend names take no room from the curves. */
static int legend_columns(const struct bl_view *v)
{
    int columns = v->whole.width - 2;

    return columns < TEXT_LEAST ? TEXT_LEAST : columns > LEGEND_MOST ? LEGEND_MOST : columns;
}

/* Columns of the widest name at an end, and of all side by side in a legend. */
static size_t measure(const struct bl_view *v, int *widest, int *together)
{
    char text[512];
    size_t n = 0;

    *widest = *together = 0;
    for (size_t i = 0; i < v->chart->n_series; i++) {
        const struct bl_series *s = &v->chart->series[i];
        int width;
        if (!bl_series_named(s))
            continue;
        width = bl_series_text(v, s, text_columns(v), text, sizeof text);
        *widest = width > *widest ? width : *widest;
        *together += bl_series_text(v, s, legend_columns(v), text, sizeof text) + (n > 0 ? 3 : 0);
        n++;
    }
    return n;
}

static int end_column(const struct bl_view *v, const struct bl_series *s)
{
    size_t last;
    int column;

    if (!bl_series_last(s, v->x.log, v->y.log, &last))
        return 0;
    column = bl_view_column(v, s->x[last]);
    if (v->chart->name_step > 1) /* while a curve grows below it, its name stays */
        column += v->chart->name_step - 1 - column % v->chart->name_step;
    return column < 0 ? 0 : column >= v->plot.width ? v->plot.width - 1 : column;
}

static int farthest_end(const struct bl_view *v)
{
    int most = 0;

    for (size_t i = 0; i < v->chart->n_series; i++)
        if (bl_series_named(&v->chart->series[i]) && end_column(v, &v->chart->series[i]) > most)
            most = end_column(v, &v->chart->series[i]);
    return most;
}

static size_t measure_levels(const struct bl_view *v, int *widest)
{
    char text[256];
    size_t n = 0;

    for (size_t i = 0; i < v->chart->n_levels; i++) {
        int width;
        if (!level_named(v, &v->chart->levels[i]))
            continue;
        width = level_text(&v->chart->levels[i], text_columns(v), text, sizeof text);
        *widest = width > *widest ? width : *widest;
        n++;
    }
    return n;
}

/* True if the names fit behind the ends of the curves. Where they do not, the plot is narrowed, in
 * thirds of what they need, so that the scale does not creep; where each change is sent over a wire
 * (name_step), all at once. */
static bool room_at_end(struct bl_view *v, size_t n, int widest)
{
    bool growing = v->chart->name_step > 1;
    int need, parts = growing ? 1 : 3;

    n += measure_levels(v, &widest);
    need = 1 + (growing ? (widest + 3) / 4 * 4 : (widest + 1) / 2 * 2); /* "0.253" after "0.25" moves no scale */
    if (n > (size_t)v->plot.height || n > NAMES_MOST || v->plot.height < 3 || v->plot.width < 20)
        return false;
    for (int part = 0; part <= parts; part++) {
        int width = v->room - need * part / parts;
        if (width < 16 || width * 5 < v->room * 2)
            break;
        v->plot.width = width;
        if (farthest_end(v) + 1 + need <= v->room)
            return true;
    }
    v->plot.width = v->room;
    return false;
}

static bool room_in_title(const struct bl_view *v, int together)
{
    int used = 0;

    if (v->title_row < 0 || together == 0)
        return false;
    if (v->chart->title && !v->chart->title_inside)
        used += (int)bl_text_width(v->chart->title, strlen(v->chart->title)) + 3;
    if (v->chart->note)
        used += (int)bl_text_width(v->chart->note, strlen(v->chart->note)) + 3;
    return used + together + 2 <= v->whole.width;
}

/* Rows that whole entries take, one after the other. */
static int legend_rows(const struct bl_view *v)
{
    int rows = 1, x = 1;
    char text[512];

    for (size_t i = 0; i < v->chart->n_series; i++) {
        int width = bl_series_named(&v->chart->series[i]) ? bl_series_text(v, &v->chart->series[i], legend_columns(v), text, sizeof text) : 0;
        if (width > 0 && x > 1 && x + width > v->whole.width) {
            rows++;
            x = 1;
        }
        x += width > 0 ? width + 3 : 0;
    }
    return rows;
}

static void give_legend_rows(struct bl_view *v)
{
    int rows = legend_rows(v), most = v->plot.height / 4;

    rows = rows > most ? most : rows;
    if (rows < 1 || v->whole.width < 12)
        return;
    v->names = BL_NAMES_IN_ROWS;
    v->legend_row = v->plot.y;
    v->legend_rows = rows;
    v->plot.y += rows;
    v->plot.height -= rows;
}

void bl_names_place(struct bl_view *v)
{
    int widest, together;
    size_t n = measure(v, &widest, &together);
    bool lines = v->chart->kind == BL_CHART_LINES, ascii = v->canvas->charset == BL_CHARSET_ASCII;

    if (n == 0)
        return;
    if (ascii && !v->chart->legend_off && room_in_title(v, together))
        v->names = BL_NAMES_IN_TITLE;
    else if (lines && room_at_end(v, n, widest))
        v->names = BL_NAMES_AT_END;
    else if (!v->chart->legend_off && room_in_title(v, together))
        v->names = BL_NAMES_IN_TITLE;
    else if (!v->chart->legend_off)
        give_legend_rows(v);
}

void bl_name_placed(const struct bl_view *v, int x, int y, int width, size_t style)
{
    struct bl_chart_place *p = v->chart->place;

    if (!p || style == SIZE_MAX || p->n_names == sizeof p->names / sizeof *p->names)
        return;
    p->names[p->n_names].at = (struct bl_rect){x, y, width, 1};
    p->names[p->n_names++].style = style;
}

/* ---- legend ---------------------------------------------------------------------------------*/

static void legend_in_title(const struct bl_view *v, int together)
{
    int x = v->whole.x + v->whole.width - 1 - together;
    char text[512];

    if (v->chart->note)
        x -= (int)bl_text_width(v->chart->note, strlen(v->chart->note)) + 3;
    for (size_t i = 0; i < v->chart->n_series; i++) {
        const struct bl_series *s = &v->chart->series[i];
        if (!bl_series_named(s))
            continue;
        bl_name_placed(v, x, v->title_row, bl_series_text(v, s, legend_columns(v), text, sizeof text), s->style);
        x += bl_view_text(v, x, v->title_row, text, bl_series_role(s), 0) + 3;
    }
}

/* Whole entries only; how many found no room stands at the end of the last row. */
static void legend_in_rows(const struct bl_view *v, size_t n)
{
    int right = v->whole.x + v->whole.width, x = v->whole.x + 1, y = v->legend_row;
    char text[512];

    for (size_t i = 0; i < v->chart->n_series; i++) {
        const struct bl_series *s = &v->chart->series[i];
        bool last_row = y + 1 >= v->legend_row + v->legend_rows;
        int width;
        if (!bl_series_named(s))
            continue;
        width = bl_series_text(v, s, legend_columns(v), text, sizeof text);
        if (!last_row && x + width > right && x > v->whole.x + 1) {
            last_row = ++y + 1 >= v->legend_row + v->legend_rows;
            x = v->whole.x + 1;
        }
        if (last_row && x + width + (n > 1 ? 5 : 0) > right) {
            char more[32];
            snprintf(more, sizeof more, "+%zu", n);
            bl_view_text(v, x, y, more, BL_ROLE_DIM, 0);
            return;
        }
        bl_name_placed(v, x, y, width, s->style);
        x += bl_view_text(v, x, y, text, bl_series_role(s), 0) + 3;
        n--;
    }
}

void bl_legend_draw(const struct bl_view *v)
{
    int widest, together;
    size_t n = measure(v, &widest, &together);

    if (v->names == BL_NAMES_IN_TITLE)
        legend_in_title(v, together);
    else if (v->names == BL_NAMES_IN_ROWS)
        legend_in_rows(v, n);
}

/* ---- names at the ends ----------------------------------------------------------------------*/

struct name {
    enum bl_role role;
    char text[256];
    int width, column;
    size_t style; /* SIZE_MAX: no curve */
    double height; /* 0 top to 1 bottom: names stand in the order of the curves */
    int row;
};

static void at_height(struct name *name, const struct bl_view *v, double y)
{
    double at = bl_scale_at(&v->y, y);

    name->height = at > 0 ? at < 1 ? 1 - at : 0 : 1;
    name->row = bl_view_row(v, y);
}

static void prepare_name(struct name *name, const struct bl_view *v, const struct bl_series *s)
{
    struct bl_series told = *s;
    size_t last;

    name->role = bl_series_role(s);
    name->style = s->style;
    name->width = bl_series_text(v, s, text_columns(v), name->text, sizeof name->text);
    name->column = end_column(v, s);
    told.n -= s->newer < s->n ? s->newer : 0;
    if (bl_series_last(&told, v->x.log, v->y.log, &last))
        at_height(name, v, s->y[last]);
}

static size_t prepare_levels(struct name *all, size_t n, const struct bl_view *v)
{
    for (size_t i = 0; i < v->chart->n_levels && n < NAMES_MOST; i++) {
        const struct bl_level *level = &v->chart->levels[i];
        if (!level_named(v, level))
            continue;
        all[n].role = level->role;
        all[n].style = SIZE_MAX;
        all[n].width = level_text(level, text_columns(v), all[n].text, sizeof all[n].text);
        at_height(&all[n], v, level->y);
        n++;
    }
    return n;
}

static void sort_names(struct name **names, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct name *moving = names[i];
        size_t j = i;
        for (; j > 0 && names[j - 1]->height > moving->height; j--)
            names[j] = names[j - 1];
        names[j] = moving;
    }
}

/* One row each, in order, with the least squared distance to where they want to be: the isotonic
 * regression of (row - index), by pooling neighbours (Ayer and others 1955). */
static void spread(struct name **names, size_t n, int rows)
{
    double mean[NAMES_MOST];
    size_t size[NAMES_MOST], blocks = 0, at = 0;

    for (size_t i = 0; i < n; i++) {
        mean[blocks] = names[i]->row - (double)i;
        size[blocks++] = 1;
        while (blocks > 1 && mean[blocks - 2] > mean[blocks - 1]) {
            double total = mean[blocks - 2] * (double)size[blocks - 2] + mean[blocks - 1] * (double)size[blocks - 1];
            size[blocks - 2] += size[blocks - 1];
            mean[blocks - 2] = total / (double)size[blocks - 2];
            blocks--;
        }
    }
    for (size_t b = 0; b < blocks; b++)
        for (size_t i = 0; i < size[b]; i++, at++) {
            int row = (int)floor(mean[b] + 0.5);
            row = row < 0 ? 0 : row > rows - (int)n ? rows - (int)n : row;
            names[at]->row = row + (int)at;
        }
}

static void write_name(struct bl_raster *r, const struct bl_view *v, const struct name *name, int x, int y)
{
    if (y < 0 || y >= r->height || x < 0)
        return;
    bl_name_placed(v, v->plot.x + x, v->plot.y + y, name->width, name->style);
    bl_view_text(v, v->plot.x + x, v->plot.y + y, name->text, name->role, 0);
    for (int i = 0; i < name->width && x + i < r->width; i++)
        r->glyph[bl_raster_index(r, x + i, y)] = 1;
}

/* A curve that ends early carries its name right there, if nothing is in the way. */
static bool place_at_own_end(struct bl_raster *r, const struct bl_view *v, struct name *name, int farthest)
{
    static const int tries[] = {0, -1, 1};

    if (name->column + 2 + name->width >= farthest)
        return false;
    for (size_t i = 0; i < 3; i++) {
        int y = name->row + tries[i];
        if (!bl_raster_stretch_free(r, name->column + 1, y, name->width + 2))
            continue;
        write_name(r, v, name, name->column + 2, y);
        return true;
    }
    return false;
}

void bl_names_draw(struct bl_raster *r, const struct bl_view *v)
{
    int farthest = farthest_end(v);
    struct name *all, *names[NAMES_MOST];
    size_t n = 0, waiting = 0;

    if (v->names != BL_NAMES_AT_END)
        return;
    all = bl_calloc(NAMES_MOST, sizeof *all);
    if (!all)
        return;
    for (size_t i = 0; i < v->chart->n_series && n < NAMES_MOST; i++) {
        if (!bl_series_named(&v->chart->series[i]))
            continue;
        prepare_name(&all[n], v, &v->chart->series[i]);
        if (!place_at_own_end(r, v, &all[n], farthest))
            names[waiting++] = &all[n];
        n++;
    }
    for (size_t end = prepare_levels(all, n, v); n < end; n++)
        names[waiting++] = &all[n];
    sort_names(names, waiting);
    spread(names, waiting, r->height);
    for (size_t i = 0; i < waiting; i++)
        write_name(r, v, names[i], farthest + 2, names[i]->row);
    bl_free(all);
}
