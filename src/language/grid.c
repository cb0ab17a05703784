/* A table under construction: columns with an alignment, cells filled from the left. */
#include "grid.h"

#include <math.h>
#include <string.h>

struct bl_grid *bl_grid_create(void)
{
    struct bl_grid *g = bl_calloc(1, sizeof *g);

    if (!g)
        return NULL;
    g->mark = SIZE_MAX;
    g->texts = bl_arena_create(4096);
    if (!g->texts) {
        bl_free(g);
        return NULL;
    }
    return g;
}

void bl_grid_free(struct bl_grid *g)
{
    if (!g)
        return;
    bl_arena_free(g->texts);
    bl_free(g->columns);
    bl_free(g->cells);
    bl_free(g);
}

bool bl_grid_broken(const struct bl_grid *g)
{
    return g->broken;
}

size_t bl_grid_rows(const struct bl_grid *g)
{
    return g->n_columns ? (g->n_cells + g->n_columns - 1) / g->n_columns : 0;
}

static char *keep_text(struct bl_grid *g, const char *s)
{
    char *copy = bl_arena_text(g->texts, s, strlen(s));

    g->broken |= !copy;
    return copy;
}

void bl_grid_column(struct bl_grid *g, const char *header, enum bl_align align)
{
    struct grid_column *more;

    if (!g || g->broken)
        return;
    more = bl_realloc(g->columns, g->n_columns + 1, sizeof *more);
    if (!more) {
        g->broken = true;
        return;
    }
    g->columns = more;
    g->columns[g->n_columns] = (struct grid_column){.header = keep_text(g, header), .align = align};
    if (!g->broken)
        g->n_columns++;
}

static void add_cell(struct bl_grid *g, struct grid_cell cell)
{
    if (!g || g->broken)
        return;
    if (g->n_cells == g->capacity) {
        const size_t capacity = g->capacity ? 2 * g->capacity : 64;
        struct grid_cell *more = bl_realloc(g->cells, capacity, sizeof *more);

        if (!more) {
            g->broken = true;
            return;
        }
        g->cells = more;
        g->capacity = capacity;
    }
    cell.mark = g->mark;
    g->mark = SIZE_MAX;
    g->cells[g->n_cells++] = cell;
}

void bl_grid_digits(struct bl_grid *g, int digits)
{
    g->digits = digits;
}

void bl_grid_text(struct bl_grid *g, const char *text)
{
    if (g && !g->broken)
        add_cell(g, (struct grid_cell){.kind = CELL_TEXT, .text = keep_text(g, text ? text : "")});
}

void bl_grid_number(struct bl_grid *g, double x)
{
    add_cell(g, (struct grid_cell){.kind = isnan(x) ? CELL_MISSING : CELL_NUMBER, .number = x});
}

void bl_grid_exact(struct bl_grid *g, double x)
{
    add_cell(g, (struct grid_cell){.kind = isnan(x) ? CELL_MISSING : CELL_EXACT, .number = x});
}

void bl_grid_nan(struct bl_grid *g)
{
    add_cell(g, (struct grid_cell){.kind = CELL_NAN});
}

void bl_grid_count(struct bl_grid *g, uint64_t n)
{
    add_cell(g, (struct grid_cell){.kind = CELL_COUNT, .count = n});
}

void bl_grid_skip(struct bl_grid *g)
{
    add_cell(g, (struct grid_cell){.kind = CELL_MISSING});
}

void bl_grid_mark(struct bl_grid *g, size_t curve)
{
    if (g)
        g->mark = curve;
}

const struct grid_cell *grid_at(const struct bl_grid *g, size_t row, size_t column)
{
    static const struct grid_cell none = {.kind = CELL_MISSING, .mark = SIZE_MAX};
    const size_t i = row * g->n_columns + column;

    return i < g->n_cells ? &g->cells[i] : &none;
}
