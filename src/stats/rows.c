/* Rows that are alike. */
#include <math.h>
#include <stdlib.h>

#include "batchlab/stats.h"

static bool cells_alike(const struct bl_column *c, uint32_t a, uint32_t b)
{
    if (!c->number)
        return c->code[a] == c->code[b];
    return c->number[a] == c->number[b] || (isnan(c->number[a]) && isnan(c->number[b]));
}

static bool alike(const struct bl_table *t, const size_t *columns, size_t n, uint32_t a, uint32_t b)
{
    for (size_t k = 0; k < n; k++)
        if (!cells_alike(&t->columns[columns[k]], a, b))
            return false;
    return true;
}

struct found { struct bl_combination is; size_t at; };

static int by_count(const void *a, const void *b)
{
    const struct found *x = a, *y = b;

    if (x->is.count != y->is.count)
        return x->is.count < y->is.count ? 1 : -1;
    return (x->at > y->at) - (x->at < y->at);
}

/* Runs of like rows among sorted ones. */
static struct found *runs_of(const struct bl_table *t, const size_t *columns, size_t n, const uint32_t *rows, size_t *n_found)
{
    struct found *found = NULL;
    size_t capacity = 0;

    *n_found = 0;
    for (size_t i = 0; i < t->n_rows; i++) {
        if (i && alike(t, columns, n, rows[i - 1], rows[i])) {
            found[*n_found - 1].is.count++;
            continue;
        }
        if (*n_found == capacity) {
            struct found *more = bl_realloc(found, capacity = capacity ? 2 * capacity : 64, sizeof *more);

            if (!more) {
                bl_free(found);
                return NULL;
            }
            found = more;
        }
        found[*n_found] = (struct found){ { rows[i], 1 }, *n_found };
        ++*n_found;
    }
    return found ? found : bl_calloc(1, sizeof *found);
}

bool bl_distinct_rows(const struct bl_table *t, const size_t *columns, size_t n, struct bl_combination **out, size_t *n_out, struct bl_error *err)
{
    struct bl_sort_key *keys = bl_calloc(n + 1, sizeof *keys);
    struct found *found = NULL;
    uint32_t *rows = NULL;
    size_t n_rows;

    *out = NULL;
    for (size_t k = 0; keys && k < n; k++)
        keys[k].column = columns[k];
    if (keys && bl_rows_choose(t, NULL, keys, n, &rows, &n_rows, NULL, NULL, err))
        found = runs_of(t, columns, n, rows, n_out);
    if (found) {
        qsort(found, *n_out, sizeof *found, by_count);
        *out = bl_calloc(*n_out + 1, sizeof **out);
    }
    for (size_t i = 0; *out && i < *n_out; i++)
        (*out)[i] = found[i].is;
    bl_free(found);
    bl_free(rows);
    bl_free(keys);
    return *out || bl_fail_memory(err, "the different values");
}
