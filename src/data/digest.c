/* The SHA-256 of a source, computed behind the back of whoever loads. */
#define _GNU_SOURCE
#include "source.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#define CHUNK ((size_t)1 << 18)
#define AT_ONCE ((uint64_t)1 << 20) /* smaller files are not worth a thread */

struct bl_digest {
    struct bl_source source; /* fd is our own */
    pthread_t thread;
    pthread_mutex_t lock;
    bool running;            /* under lock: the thread was started and not joined yet */
    _Atomic bool stop;
    char hex[65];
    _Atomic unsigned more;   /* owners beside the first */
};

static void hash_memory(struct bl_digest *d)
{
    struct bl_sha256 sha;

    bl_sha256_start(&sha);
    bl_sha256_add(&sha, d->source.memory, (size_t)d->source.size);
    bl_sha256_end(&sha, d->hex);
}

static bool hash_pieces(struct bl_digest *d, char *piece, struct bl_sha256 *sha)
{
    for (uint64_t at = 0; at < d->source.size && !atomic_load(&d->stop);) {
        uint64_t left = d->source.size - at;
        size_t n = left < CHUNK ? (size_t)left : CHUNK;

        if (!bl_source_read(&d->source, at, piece, n, NULL))
            return false;
        bl_sha256_add(sha, piece, n);
        at += n;
    }
    return !atomic_load(&d->stop) && bl_source_unchanged(&d->source);
}

static void *hash_file(void *context)
{
    struct bl_digest *d = context;
    struct bl_sha256 sha;
    char *piece = bl_calloc(CHUNK, 1);

    bl_sha256_start(&sha);
    if (piece && hash_pieces(d, piece, &sha))
        bl_sha256_end(&sha, d->hex);
    bl_free(piece);
    close(d->source.fd);
    return NULL;
}

struct bl_digest *bl_digest_of(const struct bl_source *s)
{
    struct bl_digest *d = bl_calloc(1, sizeof *d);

    if (!d)
        return NULL;
    d->source = *s;
    d->source.owned = NULL;
    d->source.label = "";
    pthread_mutex_init(&d->lock, NULL);
    if (s->memory) {
        hash_memory(d);
        d->source.memory = NULL;
        return d;
    }
    d->source.fd = fcntl(s->fd, F_DUPFD_CLOEXEC, 0);
    if (d->source.fd < 0)
        return d; /* no descriptor left: the hash stays unknown */
    if (s->size > AT_ONCE)
        d->running = pthread_create(&d->thread, NULL, hash_file, d) == 0;
    if (!d->running)
        hash_file(d);
    return d;
}

static void join(struct bl_digest *d)
{
    pthread_mutex_lock(&d->lock);
    if (d->running)
        pthread_join(d->thread, NULL);
    d->running = false;
    pthread_mutex_unlock(&d->lock);
}

const char *bl_digest_hex(struct bl_digest *d)
{
    join(d);
    return d->hex;
}

struct bl_digest *bl_digest_hold(struct bl_digest *d)
{
    if (d)
        atomic_fetch_add(&d->more, 1);
    return d;
}

void bl_digest_free(struct bl_digest *d)
{
    if (!d || atomic_fetch_sub(&d->more, 1))
        return;
    atomic_store(&d->stop, true);
    join(d);
    pthread_mutex_destroy(&d->lock);
    bl_free(d);
}
