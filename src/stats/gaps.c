/* Which values are missing together. A row's pattern is found column by column: the number it has so far and whether
 * the next value is missing give a new number, counted from 0 in the order of rows, so that no pattern is lost to a
 * hash and no table is larger than twice the patterns. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "batchlab/stats.h"

#define NONE UINT32_MAX

static bool is_missing(const struct bl_column *c, size_t row)
{
    return c->number ? isnan(c->number[row]) : c->code[row] == BL_MISSING_CODE;
}

struct pattern { size_t count; uint32_t row; }; /* and one row that has it */

/* Splits the patterns of all rows by one more column; *n is how many there are then. False: no memory. */
static bool split_by(const struct bl_column *c, size_t n_rows, uint32_t *of_row, size_t *n)
{
    uint32_t *number = bl_calloc(2 * *n + 2, sizeof *number);
    uint32_t next = 0;

    if (!number)
        return false;
    memset(number, 0xff, (2 * *n + 2) * sizeof *number);
    for (size_t i = 0; i < n_rows; i++) {
        uint32_t *at = &number[2 * (size_t)of_row[i] + is_missing(c, i)];

        if (*at == NONE)
            *at = next++;
        of_row[i] = *at;
    }
    *n = next;
    bl_free(number);
    return true;
}

static int by_count(const void *a, const void *b)
{
    const struct pattern *x = a, *y = b;

    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return (x->row > y->row) - (x->row < y->row);
}

static bool tell_patterns(struct bl_gaps *g, const struct bl_table *t, const uint32_t *of_row, size_t n)
{
    struct pattern *all = bl_calloc(n + 1, sizeof *all);
    bool fine;

    g->counts = bl_calloc(n + 1, sizeof *g->counts);
    g->gap = bl_calloc(n * g->n_columns + 1, sizeof *g->gap);
    fine = all && g->counts && g->gap;
    for (size_t i = t->n_rows; fine && i-- > 0;) {
        all[of_row[i]].count++;
        all[of_row[i]].row = (uint32_t)i;
    }
    if (fine)
        qsort(all, n, sizeof *all, by_count);
    for (size_t k = 0; fine && k < n; k++) {
        bool any = false;

        g->counts[k] = all[k].count;
        for (size_t j = 0; j < g->n_columns; j++)
            any |= g->gap[k * g->n_columns + j] = is_missing(&t->columns[g->columns[j]], all[k].row);
        g->complete += any ? 0 : all[k].count;
    }
    g->n_patterns = n;
    bl_free(all);
    return fine;
}

struct bl_gaps *bl_gaps_of(const struct bl_table *t, struct bl_error *err)
{
    struct bl_gaps *g = bl_calloc(1, sizeof *g);
    uint32_t *of_row = g ? bl_calloc(t->n_rows + 1, sizeof *of_row) : NULL;
    size_t n = t->n_rows ? 1 : 0;
    bool fine = of_row && (g->columns = bl_calloc(t->n_columns + 1, sizeof *g->columns));

    for (size_t j = 0; fine && j < t->n_columns; j++)
        if (t->columns[j].missing) {
            g->columns[g->n_columns++] = j;
            fine = split_by(&t->columns[j], t->n_rows, of_row, &n);
        }
    fine = fine && tell_patterns(g, t, of_row, n);
    bl_free(of_row);
    if (fine)
        return g;
    bl_gaps_free(g);
    bl_fail_memory(err, "the missing values");
    return NULL;
}

void bl_gaps_free(struct bl_gaps *g)
{
    if (!g)
        return;
    bl_free(g->columns);
    bl_free(g->counts);
    bl_free(g->gap);
    bl_free(g);
}
