/* A dictionary: texts to the numbers 0, 1, 2 … in the order in which they came. */
#include "batchlab/base.h"

#include <string.h>

#include "system.h"

struct name {
    const char *at;
    size_t length;
    uint64_t hash;
};

struct bl_names {
    struct bl_arena *texts;
    struct name *names;
    size_t count, capacity;
    uint32_t *slots; /* number + 1, 0 is free; at most half full */
    size_t mask;
    uint64_t key; /* of its own for each dictionary: nobody can prepare collisions */
};

#define COUNT_MAX (UINT32_MAX - 1)

static uint64_t read_64(const uint8_t *p)
{
    uint64_t x;

    memcpy(&x, p, sizeof x);
    return x;
}

static uint64_t fold(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)a * b;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Folded products of 16 bytes a step, as in the family of multiply-mix hashes. */
uint64_t bl_hash(const void *bytes, size_t n, uint64_t key)
{
    static const uint64_t odd[] = { 0x9e3779b97f4a7c15, 0xd1b54a32d192ed03, 0x8cb92ba72f3d8dd7 };
    const uint8_t *p = bytes;
    uint64_t h = key ^ fold(n ^ odd[0], key ^ odd[1]);
    uint8_t tail[16] = { 0 };

    for (; n > 16; n -= 16, p += 16)
        h = fold(read_64(p) ^ odd[1], read_64(p + 8) ^ h ^ odd[2]);
    if (n)
        memcpy(tail, p, n);
    h = fold(read_64(tail) ^ odd[1], read_64(tail + 8) ^ h ^ odd[0]);
    return fold(h ^ odd[2], odd[0]);
}

struct bl_names *bl_names_create(void)
{
    struct bl_names *m = bl_calloc(1, sizeof *m);

    if (!m)
        return NULL;
    m->mask = 15;
    m->slots = bl_calloc(m->mask + 1, sizeof *m->slots);
    m->texts = bl_arena_create(4096);
    if (!m->slots || !m->texts) {
        bl_names_free(m);
        return NULL;
    }
    bl_entropy(&m->key, sizeof m->key);
    return m;
}

/* The slot of the text, or the free one where it would go. */
static size_t find_slot(const struct bl_names *m, const char *s, size_t n, uint64_t hash)
{
    size_t i = hash & m->mask;

    for (; m->slots[i]; i = (i + 1) & m->mask) {
        const struct name *name = &m->names[m->slots[i] - 1];

        if (name->hash == hash && name->length == n &&
            (n == 0 || memcmp(name->at, s, n) == 0))
            break;
    }
    return i;
}

static bool grow_slots(struct bl_names *m)
{
    size_t size = 2 * (m->mask + 1);
    uint32_t *slots = bl_calloc(size, sizeof *slots);

    if (!slots)
        return false;
    for (size_t k = 0; k < m->count; k++) {
        size_t i = m->names[k].hash & (size - 1);

        while (slots[i])
            i = (i + 1) & (size - 1);
        slots[i] = (uint32_t)k + 1;
    }
    bl_free(m->slots);
    m->slots = slots;
    m->mask = size - 1;
    return true;
}

static bool grow_names(struct bl_names *m)
{
    size_t capacity = m->capacity ? 2 * m->capacity : 16;
    struct name *names = bl_realloc(m->names, capacity, sizeof *names);

    if (!names)
        return false;
    m->names = names;
    m->capacity = capacity;
    return true;
}

size_t bl_names_add(struct bl_names *m, const char *s, size_t n)
{
    uint64_t hash = bl_hash(s, n, m->key);
    size_t i = find_slot(m, s, n, hash);

    if (m->slots[i])
        return m->slots[i] - 1;
    if (m->count >= COUNT_MAX || (m->count == m->capacity && !grow_names(m)) ||
        (2 * (m->count + 1) > m->mask && !grow_slots(m)))
        return SIZE_MAX;
    char *copy = bl_arena_text(m->texts, s, n);

    if (!copy)
        return SIZE_MAX;
    i = find_slot(m, s, n, hash); /* the slots may have moved */
    m->names[m->count] = (struct name){ copy, n, hash };
    m->slots[i] = (uint32_t)++m->count;
    return m->count - 1;
}

size_t bl_names_find(const struct bl_names *m, const char *s, size_t n)
{
    size_t i = find_slot(m, s, n, bl_hash(s, n, m->key));

    return m->slots[i] ? m->slots[i] - 1 : SIZE_MAX;
}

size_t bl_names_count(const struct bl_names *m)
{
    return m->count;
}

const char *bl_names_at(const struct bl_names *m, size_t i, size_t *length)
{
    if (length)
        *length = m->names[i].length;
    return m->names[i].at;
}

void bl_names_free(struct bl_names *m)
{
    if (!m)
        return;
    bl_arena_free(m->texts);
    bl_free(m->names);
    bl_free(m->slots);
    bl_free(m);
}
