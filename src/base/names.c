/* A dictionary: texts to the numbers 0, 1, 2 … in the order in which they came. */
#include "batchlab/base.h"

#include <string.h>

#include "system.h"

/* All the bytes of a text of up to 16, by its length; of a longer one its last 16. */
struct ends {
    uint64_t first, last;
};

struct name {
    const char *at;
    size_t length;
    uint64_t hash;
    struct ends ends; /* so that a short text is known without a look at it */
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

static struct ends ends_of(const uint8_t *p, size_t n)
{
    uint32_t first, last;

    if (n >= 8)
        return (struct ends){ read_64(n > 16 ? p + n - 16 : p), read_64(p + n - 8) };
    if (n < 4)
        return (struct ends){ n ? (uint64_t)p[0] | (uint64_t)p[n / 2] << 8 | (uint64_t)p[n - 1] << 16 : 0, 0 };
    memcpy(&first, p, sizeof first);
    memcpy(&last, p + n - 4, sizeof last);
    return (struct ends){ first, last };
}

/* Folded products of 16 bytes a step, as in the family of multiply-mix hashes. */
static uint64_t hash_of(const uint8_t *p, size_t n, uint64_t key, const struct ends *ends)
{
    static const uint64_t odd[] = { 0x9e3779b97f4a7c15, 0xd1b54a32d192ed03, 0x8cb92ba72f3d8dd7 };
    uint64_t h = key ^ fold(n ^ odd[0], key ^ odd[1]);

    for (; n > 16; n -= 16, p += 16)
        h = fold(read_64(p) ^ odd[1], read_64(p + 8) ^ h ^ odd[2]);
    return fold(fold(ends->first ^ odd[1], ends->last ^ h ^ odd[0]) ^ odd[2], odd[0]);
}

uint64_t bl_hash(const void *bytes, size_t n, uint64_t key)
{
    const struct ends ends = ends_of(bytes, n);

    return hash_of(bytes, n, key, &ends);
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

static struct name name_of(const struct bl_names *m, const char *s, size_t n)
{
    const struct ends ends = ends_of((const uint8_t *)s, n);

    return (struct name){ s, n, hash_of((const uint8_t *)s, n, m->key, &ends), ends };
}

static bool same(const struct name *a, const struct name *b)
{
    return a->hash == b->hash && a->length == b->length && a->ends.first == b->ends.first && a->ends.last == b->ends.last &&
           (a->length <= 16 || memcmp(a->at, b->at, a->length) == 0);
}

/* The slot of the text, or the free one where it would go. */
static size_t find_slot(const struct bl_names *m, const struct name *wanted)
{
    size_t i = wanted->hash & m->mask;

    while (m->slots[i] && !same(&m->names[m->slots[i] - 1], wanted))
        i = (i + 1) & m->mask;
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

static size_t add(struct bl_names *m, struct name name)
{
    const char *s = name.at;
    const size_t n = name.length;
    size_t i = find_slot(m, &name);

    if (m->slots[i])
        return m->slots[i] - 1;
    if (m->count >= COUNT_MAX || (m->count == m->capacity && !grow_names(m)) ||
        (2 * (m->count + 1) > m->mask && !grow_slots(m)))
        return SIZE_MAX;
    char *copy = bl_arena_text(m->texts, s, n);

    if (!copy)
        return SIZE_MAX;
    i = find_slot(m, &name); /* the slots may have moved */
    name.at = copy;
    m->names[m->count] = name;
    m->slots[i] = (uint32_t)++m->count;
    return m->count - 1;
}

size_t bl_names_add(struct bl_names *m, const char *s, size_t n)
{
    return add(m, name_of(m, s, n));
}

#define TOGETHER 32

bool bl_names_add_all(struct bl_names *m, const struct bl_string *texts, size_t n, uint32_t *numbers)
{
    struct name names[TOGETHER];

    for (size_t from = 0; from < n; from += TOGETHER) {
        const size_t k = n - from < TOGETHER ? n - from : TOGETHER;

        for (size_t i = 0; i < k; i++) {
            names[i] = name_of(m, texts[from + i].at, texts[from + i].length);
            __builtin_prefetch(&m->slots[names[i].hash & m->mask]);
        }
        for (size_t i = 0; i < k; i++) {
            const uint32_t slot = m->slots[names[i].hash & m->mask];
            if (slot)
                __builtin_prefetch(&m->names[slot - 1]);
        }
        for (size_t i = 0; i < k; i++) {
            const size_t number = add(m, names[i]);
            if (number == SIZE_MAX)
                return false;
            numbers[from + i] = (uint32_t)number;
        }
    }
    return true;
}

size_t bl_names_find(const struct bl_names *m, const char *s, size_t n)
{
    const struct name name = name_of(m, s, n);
    size_t i = find_slot(m, &name);

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
