/* Figures of fits that are known already. */
#include "src/evaluate/memo.h"

#include <string.h>

#define MEMO_MOST 100000 /* trials; more are not kept */

struct bl_memo {
    struct bl_names *names;
    struct bl_trial *items;
    size_t n, capacity;
};

struct bl_memo *bl_memo_create(void)
{
    struct bl_memo *m = bl_calloc(1, sizeof *m);

    if (m && !(m->names = bl_names_create())) {
        bl_free(m);
        return NULL;
    }
    return m;
}

void bl_memo_clear(struct bl_memo *m)
{
    struct bl_names *empty = m && m->n ? bl_names_create() : NULL;

    if (!empty)
        return;
    bl_names_free(m->names);
    m->names = empty;
    m->n = 0;
}

size_t bl_memo_count(const struct bl_memo *m)
{
    return m ? m->n : 0;
}

void bl_memo_free(struct bl_memo *m)
{
    if (!m)
        return;
    bl_names_free(m->names);
    bl_free(m->items);
    bl_free(m);
}

bool bl_memo_find(const struct bl_memo *m, const char *key, struct bl_trial *out)
{
    size_t at = bl_names_find(m->names, key, strlen(key));

    if (at >= m->n)
        return false;
    *out = m->items[at];
    out->known = true;
    return true;
}

void bl_memo_keep(struct bl_memo *m, const char *key, const struct bl_trial *trial)
{
    if (m->n == MEMO_MOST)
        return;
    if (m->n == m->capacity) {
        struct bl_trial *more = bl_realloc(m->items, m->capacity ? 2 * m->capacity : 256, sizeof *more);
        if (!more)
            return;
        m->items = more;
        m->capacity = m->capacity ? 2 * m->capacity : 256;
    }
    if (bl_names_add(m->names, key, strlen(key)) == m->n)
        m->items[m->n++] = *trial;
}
