/* A table as people read it: text left, numbers right, one quantity with its decimal points in line,
 * one rule under the header, columns that do not fit dropped from the right and named. */
#include "grid.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define GAP 2
#define TEXT_MOST 40 /* columns of a text cell where the width is limited */

struct layout { /* one column, printed */
    char **text;        /* rows */
    size_t *width;      /* rows */
    size_t *whole;      /* rows: columns before the decimal point, for BL_NUMBER */
    char *header;
    size_t header_width, total;
    bool right;
    bool prose;
};

static bool is_whole(double x)
{
    return isfinite(x) && x == nearbyint(x) && fabs(x) < 1e15;
}

/* ---- numbers ---------------------------------------------------------------------------------------*/

static double largest(const struct bl_grid *g, size_t j)
{
    double most = 0;

    for (size_t i = 0; i < bl_grid_rows(g); i++) {
        const struct grid_cell *c = grid_at(g, i, j);

        if (c->kind == CELL_NUMBER && isfinite(c->number) && fabs(c->number) > most)
            most = fabs(c->number);
    }
    return most;
}

/* One shape for a column that holds one quantity. What is only rounding noise beside the largest
 * value does not turn the others into exponents. */
static enum grid_shape column_shape(const struct bl_grid *g, size_t j)
{
    const double noise = largest(g, j) < 2 ? 1e-15 * largest(g, j) : 0;
    bool whole = true;

    for (size_t i = 0; i < bl_grid_rows(g); i++) {
        const struct grid_cell *c = grid_at(g, i, j);
        const double x = fabs(c->number);

        if (c->kind != CELL_NUMBER || !isfinite(x) || x <= noise)
            continue;
        if (x < 1e-4 || (x >= 1e6 && !is_whole(x)))
            return SHAPE_EXPONENT;
        whole &= is_whole(x);
    }
    return whole ? SHAPE_WHOLE : SHAPE_PLAIN;
}

static void print_number(struct bl_text *out, double x, enum grid_shape shape, int digits)
{
    char buffer[64];

    if (!isfinite(x))
        bl_text_add(out, isnan(x) ? "nan" : x > 0 ? "inf" : "-inf");
    else if (x == 0 || (shape == SHAPE_PLAIN && fabs(x) < 1e-15))
        bl_text_add(out, "0");
    else if (shape == SHAPE_EXPONENT)
        bl_text_addf(out, "%.*e", digits - 1, x);
    else if (shape == SHAPE_WHOLE && is_whole(x))
        bl_text_addf(out, "%.0f", x);
    else
        bl_text_add(out, bl_number_format(buffer, sizeof buffer, x, digits));
}

void grid_cell_print(struct bl_text *out, const struct grid_cell *c, enum bl_align align, enum grid_shape shape, int digits)
{
    char buffer[64];

    switch (c->kind) {
    case CELL_MISSING:
        bl_text_add(out, "-");
        break;
    case CELL_TEXT:
        bl_text_show(out, c->text, strlen(c->text));
        break;
    case CELL_NAN:
        bl_text_add(out, "nan");
        break;
    case CELL_COUNT:
        bl_text_addf(out, "%" PRIu64, c->count);
        break;
    case CELL_EXACT:
        bl_text_add(out, bl_number_exact(buffer, sizeof buffer, c->number));
        break;
    case CELL_NUMBER:
        if (align == BL_SECONDS)
            bl_text_add(out, bl_seconds_format(buffer, sizeof buffer, c->number));
        else if (align == BL_EXACT)
            bl_text_add(out, bl_number_exact(buffer, sizeof buffer, c->number));
        else if (align == BL_P && c->number != 0 && fabs(c->number) < 1e-4)
            print_number(out, c->number, SHAPE_EXPONENT, digits);
        else
            print_number(out, c->number, shape, digits);
        break;
    }
}

enum grid_shape grid_shape(const struct bl_grid *g, size_t column)
{
    return g->columns[column].align == BL_NUMBER ? column_shape(g, column) : SHAPE_PLAIN;
}

/* ---- layout ---------------------------------------------------------------------------------------*/

/* The marker of a curve in its colour; the colour is added after cleaning, and has no width. */
static void add_mark(struct bl_text *out, size_t curve, const struct bl_shape *shape)
{
    struct bl_canvas canvas;
    struct bl_text cell = {0};

    if (shape->colours != BL_COLOURS_NONE && bl_canvas_init(&canvas, 1, 1, shape->charset, NULL)) {
        bl_canvas_text(&canvas, 0, 0, 1, bl_marker(curve, shape->charset), bl_curve_role(curve), 0);
        bl_canvas_print(&canvas, shape->theme, shape->colours, &cell);
        bl_canvas_done(&canvas);
        while (cell.length && cell.at[cell.length - 1] == '\n')
            cell.at[--cell.length] = '\0';
        bl_text_add(out, bl_text_get(&cell));
        bl_text_free(&cell);
    } else {
        bl_text_add(out, bl_marker(curve, shape->charset));
    }
    bl_text_add(out, " ");
}

/* Text of one cell: marked, cut, its decimal mark exchanged. */
static bool lay_cell(struct layout *l, size_t i, const struct grid_cell *c, const struct bl_text *plain,
                     const struct bl_shape *shape, struct bl_arena *arena)
{
    struct bl_text t = {0};
    const char *s = bl_text_get(plain);
    const size_t most = shape->width && c->kind == CELL_TEXT && !l->prose ? TEXT_MOST : SIZE_MAX;
    const size_t full = bl_text_width(s, plain->length);

    if (c->mark != SIZE_MAX)
        add_mark(&t, c->mark, shape);
    if (full > most) {
        bl_text_addn(&t, s, bl_text_fit(s, plain->length, most - 1));
        bl_text_add(&t, "~");
    } else {
        bl_text_add(&t, s);
    }
    l->whole[i] = strcspn(s, ".e");
    l->width[i] = (full > most ? most : full) + (c->mark != SIZE_MAX ? 2 : 0);
    l->text[i] = bl_arena_text(arena, bl_text_get(&t), t.length);
    for (char *p = l->text[i]; p && *p && c->kind >= CELL_NUMBER; p++)
        *p = *p == '.' ? shape->decimal : *p;
    bl_text_free(&t);
    return l->text[i] && !t.failed;
}

/* Pads fractions to the right so that decimal points stand in line. */
static void line_up_points(const struct bl_grid *g, size_t j, struct layout *l, struct bl_arena *arena)
{
    size_t fraction = 0;

    for (size_t i = 0; i < bl_grid_rows(g); i++)
        if (grid_at(g, i, j)->kind == CELL_NUMBER && l->width[i] - l->whole[i] > fraction)
            fraction = l->width[i] - l->whole[i];
    for (size_t i = 0; i < bl_grid_rows(g); i++) {
        const struct grid_cell *c = grid_at(g, i, j);
        const size_t pad = fraction - (l->width[i] - l->whole[i]);
        char *padded;

        if (c->kind != CELL_NUMBER || !isfinite(c->number) || !pad || c->mark != SIZE_MAX)
            continue;
        padded = bl_arena_take(arena, l->width[i] + pad + 1, 1);
        if (!padded)
            return;
        memcpy(padded, l->text[i], l->width[i]);
        memset(padded + l->width[i], ' ', pad);
        l->text[i] = padded;
        l->width[i] += pad;
    }
}

static bool lay_column(const struct bl_grid *g, size_t j, const struct bl_shape *shape, struct layout *l, struct bl_arena *arena)
{
    const size_t rows = bl_grid_rows(g);
    const enum bl_align align = g->columns[j].align;
    const enum grid_shape column = grid_shape(g, j);
    struct bl_text header = {0};
    bool ok;

    l->text = bl_arena_take(arena, rows + 1, sizeof *l->text);
    l->width = bl_arena_take(arena, rows + 1, sizeof *l->width);
    l->whole = bl_arena_take(arena, rows + 1, sizeof *l->whole);
    l->prose = align == BL_PROSE;
    l->right = align != BL_LEFT && !l->prose;
    bl_text_show(&header, g->columns[j].header, strlen(g->columns[j].header));
    l->header_width = bl_text_width(bl_text_get(&header), header.length);
    l->header = bl_arena_text(arena, bl_text_get(&header), header.length);
    ok = l->text && l->width && l->whole && l->header;
    bl_text_free(&header);
    for (size_t i = 0; ok && i < rows; i++) {
        const struct grid_cell *c = grid_at(g, i, j);
        struct bl_text cell = {0};

        grid_cell_print(&cell, c, align, column, shape->digits > g->digits ? shape->digits : g->digits);
        ok = lay_cell(l, i, c, &cell, shape, arena);
        bl_text_free(&cell);
    }
    if (ok && align == BL_NUMBER && column == SHAPE_PLAIN)
        line_up_points(g, j, l, arena);
    l->total = l->header_width;
    for (size_t i = 0; ok && i < rows; i++)
        l->total = l->width[i] > l->total ? l->width[i] : l->total;
    return ok;
}

/* ---- printing --------------------------------------------------------------------------------------*/

static void trim(struct bl_text *out)
{
    while (out->length && out->at[out->length - 1] == ' ')
        out->at[--out->length] = '\0';
}

static void put_cell(struct bl_text *out, const char *text, size_t width, size_t total, bool right)
{
    if (right)
        bl_text_repeat(out, " ", total - width);
    bl_text_add(out, text);
    if (!right)
        bl_text_repeat(out, " ", total - width);
}

/* How many columns fit side by side; the first one always does. */
static size_t columns_that_fit(const struct layout *l, size_t n, int width, size_t *line)
{
    size_t shown = 0;

    *line = 0;
    while (shown < n) {
        const size_t more = l[shown].total + (shown ? GAP : 0);

        if (shown && width > 0 && *line + more > (size_t)width)
            break;
        *line += more;
        shown++;
    }
    return shown;
}

static void name_dropped(const struct layout *l, size_t from, size_t n, int width, struct bl_text *out)
{
    struct bl_text names = {0};
    const char *tail = width < 50 ? "" : " (last shows all)";
    const size_t used = strlen("00 more columns: ...") + strlen(tail);
    const size_t room = (size_t)width > used ? (size_t)width - used : 0;

    bl_text_addf(out, "%zu more column%s:", n - from, n - from == 1 ? "" : "s");
    for (size_t j = from; j < n; j++) {
        if (names.length + l[j].header_width + 1 > room) {
            bl_text_add(&names, " ...");
            break;
        }
        bl_text_addf(&names, " %s", l[j].header);
    }
    bl_text_addf(out, "%s%s\n", bl_text_get(&names), tail);
    bl_text_free(&names);
}

static void print_rows(const struct bl_grid *g, const struct layout *l, size_t shown, size_t line, struct bl_text *out)
{
    for (size_t j = 0; j < shown; j++) {
        bl_text_repeat(out, " ", j ? GAP : 0);
        put_cell(out, l[j].header, l[j].header_width, l[j].total, l[j].right);
    }
    trim(out);
    bl_text_add(out, "\n");
    bl_text_repeat(out, "-", line);
    bl_text_add(out, "\n");
    for (size_t i = 0; i < bl_grid_rows(g); i++) {
        for (size_t j = 0; j < shown; j++) {
            bl_text_repeat(out, " ", j ? GAP : 0);
            put_cell(out, l[j].text[i], l[j].width[i], l[j].total, l[j].right);
        }
        trim(out);
        bl_text_add(out, "\n");
    }
}

void bl_grid_print(const struct bl_grid *g, const struct bl_shape *shape, struct bl_text *out)
{
    struct bl_arena *arena = bl_arena_create(16384);
    struct layout *l = arena ? bl_arena_take(arena, g->n_columns + 1, sizeof *l) : NULL;
    bool ok = l != NULL;
    size_t shown, line;

    for (size_t j = 0; ok && j < g->n_columns; j++)
        ok = lay_column(g, j, shape, &l[j], arena);
    if (ok && g->n_columns) {
        shown = columns_that_fit(l, g->n_columns, shape->width, &line);
        print_rows(g, l, shown, line, out);
        if (shown < g->n_columns)
            name_dropped(l, shown, g->n_columns, shape->width, out);
    }
    out->failed |= !ok;
    bl_arena_free(arena);
}
