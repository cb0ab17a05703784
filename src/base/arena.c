/* Many small objects with one end. Blocks are chained; reset keeps the first one. */
#include "batchlab/base.h"

#include <string.h>

#define ALIGNMENT 16

struct block {
    struct block *next;
    size_t size, used;
    _Alignas(ALIGNMENT) char bytes[];
};

struct bl_arena {
    struct block *blocks; /* the one that is being filled comes first */
    size_t block_size;
};

static struct block *block_create(size_t size)
{
    size_t whole;

    if (__builtin_add_overflow(sizeof(struct block), size, &whole))
        return NULL;
    struct block *b = bl_calloc(whole, 1);

    if (b)
        b->size = size;
    return b;
}

struct bl_arena *bl_arena_create(size_t block)
{
    struct bl_arena *a = bl_calloc(1, sizeof *a);

    if (!a)
        return NULL;
    a->block_size = block < 256 ? 256 : block;
    a->blocks = block_create(a->block_size);
    if (!a->blocks) {
        bl_free(a);
        return NULL;
    }
    return a;
}

/* A large object gets a block of its own behind the current one, which goes on being filled. */
static struct block *block_for(struct bl_arena *a, size_t bytes)
{
    struct block *now = a->blocks;
    bool large = bytes > a->block_size / 4;

    if (bytes <= now->size - now->used)
        return now;
    struct block *b = block_create(large ? bytes : a->block_size);

    if (!b)
        return NULL;
    if (large) {
        b->next = now->next;
        now->next = b;
    } else {
        b->next = now;
        a->blocks = b;
    }
    return b;
}

void *bl_arena_take(struct bl_arena *a, size_t count, size_t each)
{
    size_t bytes;

    if (__builtin_mul_overflow(count, each, &bytes) || bytes > PTRDIFF_MAX - ALIGNMENT)
        return NULL;
    bytes = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    bytes = bytes ? bytes : ALIGNMENT;
    struct block *b = block_for(a, bytes);

    if (!b)
        return NULL;
    void *p = b->bytes + b->used;

    b->used += bytes;
    return p;
}

char *bl_arena_text(struct bl_arena *a, const char *s, size_t n)
{
    char *copy = n < SIZE_MAX ? bl_arena_take(a, n + 1, 1) : NULL;

    if (copy && n)
        memcpy(copy, s, n);
    return copy;
}

void bl_arena_reset(struct bl_arena *a)
{
    struct block *kept = a->blocks;

    for (struct block *b = kept->next, *next; b; b = next) {
        next = b->next;
        bl_free(b);
    }
    memset(kept->bytes, 0, kept->used);
    kept->next = NULL;
    kept->used = 0;
}

size_t bl_arena_bytes(const struct bl_arena *a)
{
    size_t bytes = 0;

    for (const struct block *b = a->blocks; b; b = b->next)
        bytes += sizeof *b + b->size;
    return bytes;
}

void bl_arena_free(struct bl_arena *a)
{
    if (!a)
        return;
    for (struct block *b = a->blocks, *next; b; b = next) {
        next = b->next;
        bl_free(b);
    }
    bl_free(a);
}
