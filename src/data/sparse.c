/* Compressed rows: the cells that are not 0, row by row. */
#include <math.h>
#include <string.h>

#include "batchlab/data.h"

void bl_sparse_free(struct bl_sparse *s)
{
    if (!s)
        return;
    bl_free(s->start);
    bl_free(s->column);
    bl_free(s->value);
    bl_free(s);
}

struct bl_sparse *bl_sparse_create(size_t n_rows, size_t n_columns, size_t cells, struct bl_error *err)
{
    struct bl_sparse *s = bl_calloc(1, sizeof *s);

    if (s && n_rows < UINT32_MAX && n_columns < UINT32_MAX && (s->start = bl_calloc(n_rows + 1, sizeof *s->start)) &&
        (s->column = bl_calloc(cells + 1, sizeof *s->column)) && (s->value = bl_calloc(cells + 1, sizeof *s->value))) {
        s->n_rows = n_rows;
        s->n_columns = n_columns;
        return s;
    }
    bl_sparse_free(s);
    bl_fail_memory(err, "sparse rows");
    return NULL;
}

size_t bl_sparse_bytes(const struct bl_sparse *s)
{
    return sizeof *s + (s->n_rows + 1) * sizeof *s->start + s->start[s->n_rows] * (sizeof *s->column + sizeof *s->value);
}

bool bl_sparse_worth(double columns, double rows, double cells)
{
    return columns > 1000 && cells < 0.25 * columns * rows;
}

/* By counting: rows are met in order, so they ascend in each column. */
struct bl_sparse *bl_sparse_transpose(const struct bl_sparse *s, struct bl_error *err)
{
    const size_t cells = s->start[s->n_rows];
    struct bl_sparse *t = bl_sparse_create(s->n_columns, s->n_rows, cells, err);

    if (!t)
        return NULL;
    for (size_t i = 0; i < cells; i++)
        t->start[s->column[i] + 1]++;
    for (size_t j = 0; j < s->n_columns; j++)
        t->start[j + 1] += t->start[j];
    for (size_t row = 0; row < s->n_rows; row++)
        for (size_t i = s->start[row]; i < s->start[row + 1]; i++) {
            const size_t to = t->start[s->column[i]]++;

            t->column[to] = (uint32_t)row;
            t->value[to] = s->value[i];
        }
    memmove(t->start + 1, t->start, s->n_columns * sizeof *t->start); /* each had moved to its end */
    t->start[0] = 0;
    return t;
}

struct bl_sparse *bl_sparse_rows(const struct bl_sparse *s, const uint32_t *rows, size_t n, struct bl_error *err)
{
    struct bl_sparse *t;
    size_t cells = 0;

    for (size_t i = 0; i < n; i++)
        cells += s->start[rows[i] + 1] - s->start[rows[i]];
    if (!(t = bl_sparse_create(n, s->n_columns, cells, err)))
        return NULL;
    for (size_t i = 0; i < n; i++) {
        const size_t from = s->start[rows[i]], here = s->start[rows[i] + 1] - from;

        memcpy(t->column + t->start[i], s->column + from, here * sizeof *t->column);
        memcpy(t->value + t->start[i], s->value + from, here * sizeof *t->value);
        t->start[i + 1] = t->start[i] + here;
    }
    return t;
}

struct bl_sparse *bl_sparse_copy(const struct bl_sparse *s, struct bl_error *err)
{
    const size_t cells = s->start[s->n_rows];
    struct bl_sparse *t = bl_sparse_create(s->n_rows, s->n_columns, cells, err);

    if (!t)
        return NULL;
    memcpy(t->start, s->start, (s->n_rows + 1) * sizeof *t->start);
    memcpy(t->column, s->column, cells * sizeof *t->column);
    memcpy(t->value, s->value, cells * sizeof *t->value);
    return t;
}

double bl_sparse_at(const struct bl_sparse *s, size_t row, size_t column)
{
    size_t low = s->start[row], high = s->start[row + 1];

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (s->column[middle] == column)
            return s->value[middle];
        if (s->column[middle] < column)
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}
