/* All memory of the engine: counted, so that tests can let any allocation fail and so that
 * large requests can be priced against what the machine allows. */
#define _GNU_SOURCE
#include "batchlab/base.h"

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "system.h"

#define CACHE_LINE 64
#define HUGE_PAGE ((size_t)2 << 20)
#define MAP_FROM ((size_t)4 << 20) /* blocks from here have a mapping of their own */

#if defined(__SANITIZE_ADDRESS__)
#define OWN_MAPPINGS 0 /* the sanitizer cannot see past the end of a mapping */
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define OWN_MAPPINGS 0
#endif
#endif
#ifndef OWN_MAPPINGS
#define OWN_MAPPINGS 1
#endif

static _Atomic uint64_t allocations;
static _Atomic uint64_t fail_at;
static _Atomic bool fail_for_good;
static _Atomic size_t bytes_in_use;
static _Atomic size_t limit_set; /* 0: as the machine allows */

/* Blocks with a mapping of their own. They start on a huge page, which a block of malloc hardly
 * ever does, so that bl_free seldom needs to look here. */
static struct {
    pthread_mutex_t lock;
    struct mapping { void *at; size_t bytes; } *items;
    size_t count, capacity;
} mappings = { .lock = PTHREAD_MUTEX_INITIALIZER };

static bool refused(void)
{
    uint64_t n = atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed) + 1;
    uint64_t at = atomic_load_explicit(&fail_at, memory_order_relaxed);

    if (at == 0)
        return false;
    return n == at || (n > at && atomic_load_explicit(&fail_for_good, memory_order_relaxed));
}

static void *counted(void *p)
{
    if (p)
        atomic_fetch_add_explicit(&bytes_in_use, malloc_usable_size(p), memory_order_relaxed);
    return p;
}

static void discount(size_t bytes)
{
    atomic_fetch_sub_explicit(&bytes_in_use, bytes, memory_order_relaxed);
}

/* Bytes of count × each, at least 1 so that NULL only ever means failure; 0 if too many. */
static size_t size_of(size_t count, size_t each)
{
    size_t bytes;

    if (__builtin_mul_overflow(count, each, &bytes) || bytes > PTRDIFF_MAX - HUGE_PAGE)
        return 0;
    return bytes ? bytes : 1;
}

static bool on_huge_page(const void *p)
{
    return OWN_MAPPINGS && p && (uintptr_t)p % HUGE_PAGE == 0;
}

static bool remember(void *at, size_t bytes)
{
    bool done = true;

    pthread_mutex_lock(&mappings.lock);
    if (mappings.count == mappings.capacity) {
        size_t capacity = mappings.capacity ? 2 * mappings.capacity : 16;
        void *items = realloc(mappings.items, capacity * sizeof *mappings.items);

        done = items != NULL;
        if (done) {
            mappings.items = items;
            mappings.capacity = capacity;
        }
    }
    if (done)
        mappings.items[mappings.count++] = (struct mapping){ at, bytes };
    pthread_mutex_unlock(&mappings.lock);
    return done;
}

/* Size of the mapping that starts at p, taken from the list if `forget`; 0 if there is none. */
static size_t mapping_size(const void *p, bool forget)
{
    size_t bytes = 0;

    pthread_mutex_lock(&mappings.lock);
    for (size_t i = mappings.count; i-- > 0 && !bytes;) {
        if (mappings.items[i].at != p)
            continue;
        bytes = mappings.items[i].bytes;
        if (forget)
            mappings.items[i] = mappings.items[--mappings.count];
    }
    if (forget && mappings.count == 0) {
        free(mappings.items);
        mappings.items = NULL;
        mappings.capacity = 0;
    }
    pthread_mutex_unlock(&mappings.lock);
    return bytes;
}

/* Zero pages, which cost nothing until they are touched, by the thread that needs them. */
static void *map(size_t bytes)
{
    size_t whole = (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    char *raw = mmap(NULL, whole + HUGE_PAGE, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (raw == MAP_FAILED)
        return NULL;
    size_t skip = (HUGE_PAGE - (uintptr_t)raw % HUGE_PAGE) % HUGE_PAGE;
    char *at = raw + skip;

    if (skip)
        munmap(raw, skip);
    if (skip < HUGE_PAGE)
        munmap(at + whole, HUGE_PAGE - skip);
    if (!remember(at, whole)) {
        munmap(at, whole);
        return NULL;
    }
    madvise(at, whole, MADV_HUGEPAGE); /* advice: works without as well */
    atomic_fetch_add_explicit(&bytes_in_use, whole, memory_order_relaxed);
    return at;
}

static bool unmap(void *p)
{
    size_t bytes = mapping_size(p, true);

    if (!bytes)
        return false;
    munmap(p, bytes);
    discount(bytes);
    return true;
}

void *bl_calloc(size_t count, size_t each)
{
    size_t bytes = size_of(count, each);

    if (!bytes || refused())
        return NULL;
    return counted(calloc(1, bytes));
}

void *bl_aligned(size_t count, size_t each)
{
    size_t bytes = size_of(count, each);

    if (!bytes || refused())
        return NULL;
    if (OWN_MAPPINGS && bytes >= MAP_FROM)
        return map(bytes);
    bytes = (bytes + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE;
    void *p = counted(aligned_alloc(CACHE_LINE, bytes));

    return p ? memset(p, 0, bytes) : NULL;
}

static void *remap(void *old, size_t old_bytes, size_t bytes)
{
    void *p = bytes >= MAP_FROM ? map(bytes) : counted(calloc(1, bytes));

    if (!p)
        return NULL;
    memcpy(p, old, old_bytes < bytes ? old_bytes : bytes);
    unmap(old);
    return p;
}

void *bl_realloc(void *old, size_t count, size_t each)
{
    size_t bytes = size_of(count, each);

    if (!bytes || refused())
        return NULL;
    if (on_huge_page(old)) {
        size_t mapped = mapping_size(old, false);

        if (mapped)
            return remap(old, mapped, bytes);
    }
    size_t before = old ? malloc_usable_size(old) : 0;
    void *p = realloc(old, bytes);

    if (!p)
        return NULL;
    discount(before);
    return counted(p);
}

void bl_free(void *p)
{
    if (!p || (on_huge_page(p) && unmap(p)))
        return;
    discount(malloc_usable_size(p));
    free(p);
}

char *bl_strndup(const char *s, size_t n)
{
    size_t length = strnlen(s, n);
    char *copy = bl_calloc(length + 1, 1);

    return copy ? memcpy(copy, s, length) : NULL;
}

char *bl_strdup(const char *s)
{
    return bl_strndup(s, strlen(s));
}

void bl_alloc_fail_at(uint64_t n, bool for_good)
{
    atomic_store(&fail_for_good, for_good);
    atomic_store(&fail_at, n ? bl_alloc_count() + n : 0);
}

uint64_t bl_alloc_count(void)
{
    return atomic_load_explicit(&allocations, memory_order_relaxed);
}

size_t bl_memory_in_use(void)
{
    return atomic_load_explicit(&bytes_in_use, memory_order_relaxed);
}

void bl_memory_limit_set(size_t bytes)
{
    atomic_store(&limit_set, bytes);
}

size_t bl_memory_limit(void)
{
    size_t limit = atomic_load(&limit_set), used = bl_memory_in_use();

    if (!limit)
        limit = (size_t)((double)bl_system_memory() * 0.75);
    return limit > used ? limit - used : 0;
}
