/* Compressed input, by zlib. */
#include "gzip.h"

#include <string.h>

bool bl_gzip_is(const struct bl_source *s)
{
    unsigned char magic[2];

    return s->size >= 2 && bl_source_read(s, 0, (char *)magic, 2, NULL) && magic[0] == 0x1f && magic[1] == 0x8b;
}

#ifdef HAVE_ZLIB
#include <zlib.h>

#define PIECE ((size_t)128 << 10)
#define FIRST_ROOM ((size_t)1 << 16)

/* One way through compressed bytes: pieces of the source in, room for the expanded bytes out. */
struct stream {
    const struct bl_source *source;
    z_stream z;
    char *piece;
    uint64_t at, end;       /* of the source, still to be read */
    char *room;
    size_t filled, capacity;
    uint64_t most;          /* what it may expand to */
};

static void *zalloc_ours(void *context, unsigned count, unsigned each)
{
    (void)context;
    return bl_calloc(count, each);
}

static void zfree_ours(void *context, void *p)
{
    (void)context;
    bl_free(p);
}

static bool stream_open(struct stream *x, const struct bl_source *s, uint64_t at, uint64_t n, int window, struct bl_error *err)
{
    *x = (struct stream){ .source = s, .at = at, .end = at + n };
    x->z.zalloc = zalloc_ours;
    x->z.zfree = zfree_ours;
    x->piece = bl_calloc(PIECE, 1);
    if (x->piece && inflateInit2(&x->z, window) == Z_OK)
        return true;
    bl_free(x->piece);
    return bl_fail_memory(err, s->label);
}

static void stream_close(struct stream *x)
{
    inflateEnd(&x->z);
    bl_free(x->piece);
}

/* Bytes for zlib, if any are left. */
static bool feed(struct stream *x, struct bl_error *err)
{
    size_t n = x->end - x->at < PIECE ? (size_t)(x->end - x->at) : PIECE;

    if (x->z.avail_in || !n)
        return true;
    if (!bl_source_read(x->source, x->at, x->piece, n, err))
        return false;
    x->at += n;
    x->z.next_in = (Bytef *)x->piece;
    x->z.avail_in = (uInt)n;
    return true;
}

static bool fail_cut(const struct stream *x, struct bl_error *err)
{
    char size[32];

    bl_fail_at(err, BL_DATA, x->source->label, 0, 0, "%s ends in the middle of its compressed data, after %s", x->source->label,
               bl_bytes_format(size, sizeof size, (double)x->source->size));
    return bl_hint(err, "copy or download it again; gzip -t checks a file");
}

static bool fail_damaged(const struct stream *x, struct bl_error *err)
{
    bl_fail_at(err, BL_DATA, x->source->label, 0, 0, "the compressed data of %s is damaged near byte %llu", x->source->label,
               (unsigned long long)(x->at - x->z.avail_in + 1));
    if (x->z.msg)
        bl_reason(err, "%s", x->z.msg);
    return bl_hint(err, "copy or download it again; gzip -t checks a file");
}

static bool fail_expands(const struct stream *x, struct bl_error *err)
{
    char size[32], most[32];

    bl_fail_at(err, BL_LIMIT, x->source->label, 0, 0, "%s (%s) expands to more than %s", x->source->label,
               bl_bytes_format(size, sizeof size, (double)x->source->size), bl_bytes_format(most, sizeof most, (double)x->most));
    bl_reason(err, "at most %d times its size, and what fits in memory", BL_GZIP_TIMES);
    return bl_hint(err, "if it is to be trusted, unpack it first: gunzip");
}

static bool more_room(struct stream *x, struct bl_error *err)
{
    uint64_t wanted = x->capacity ? 2 * (uint64_t)x->capacity : FIRST_ROOM;

    if (x->filled < x->capacity)
        return true;
    wanted = wanted < x->most ? wanted : x->most;
    if (wanted <= x->capacity)
        return fail_expands(x, err);
    char *room = bl_realloc(x->room, (size_t)wanted, 1);

    if (!room)
        return bl_fail_memory(err, x->source->label);
    x->room = room;
    x->capacity = (size_t)wanted;
    return true;
}

/* One call of inflate; the room must not be full. */
static int inflate_some(struct stream *x)
{
    size_t free_bytes = x->capacity - x->filled, n = free_bytes < (1u << 30) ? free_bytes : 1u << 30;
    int code;

    x->z.next_out = (Bytef *)x->room + x->filled;
    x->z.avail_out = (uInt)n;
    code = inflate(&x->z, Z_NO_FLUSH);
    x->filled += n - x->z.avail_out;
    return code;
}

/* Another member may follow; zero bytes that pad a tape, and anything else, do not count. */
static bool next_member(struct stream *x, bool *more, struct bl_error *err)
{
    *more = false;
    if (!feed(x, err))
        return false;
    *more = x->z.avail_in && *x->z.next_in == 0x1f;
    return true;
}

static bool expand_all(struct stream *x, struct bl_error *err)
{
    for (bool more = true; more;) {
        if (!feed(x, err) || !more_room(x, err))
            return false;
        bool dry = !x->z.avail_in;
        int code = inflate_some(x);

        if (code == Z_STREAM_END) {
            if (!next_member(x, &more, err))
                return false;
            if (more && inflateReset(&x->z) != Z_OK)
                return fail_damaged(x, err);
        } else if (code == Z_MEM_ERROR) {
            return bl_fail_memory(err, x->source->label);
        } else if (code == Z_BUF_ERROR && dry) {
            return fail_cut(x, err);
        } else if (code != Z_OK && code != Z_BUF_ERROR) {
            return fail_damaged(x, err);
        }
    }
    return true;
}

bool bl_gzip_expand(const struct bl_source *s, struct bl_source *out, struct bl_error *err)
{
    uint64_t most = s->size * BL_GZIP_TIMES, memory = bl_memory_limit();
    struct stream x;

    if (!stream_open(&x, s, 0, s->size, 15 + 16, err))
        return false;
    most = most > BL_GZIP_SMALL ? most : BL_GZIP_SMALL;
    x.most = most < memory ? most : memory;
    bool fine = expand_all(&x, err) && (bl_source_unchanged(s) || bl_source_fail_changed(s, err));

    stream_close(&x);
    if (!fine) {
        bl_free(x.room);
        return false;
    }
    bl_source_memory(out, x.room, x.filled, s->label);
    out->owned = x.room;
    return true;
}

/* Fills the room; a stream that goes on behind it writes to one byte beyond, which tells. */
static int inflate_into(struct stream *x, bool *beyond, struct bl_error *err)
{
    char one;
    int code = Z_OK;

    while (code == Z_OK && !*beyond) {
        size_t left = x->capacity - x->filled, n = left < (1u << 30) ? left : 1u << 30;

        if (!feed(x, err))
            return Z_ERRNO;
        x->z.next_out = left ? (Bytef *)x->room + x->filled : (Bytef *)&one;
        x->z.avail_out = left ? (uInt)n : 1;
        code = inflate(&x->z, Z_NO_FLUSH);
        if (left)
            x->filled += n - x->z.avail_out;
        else
            *beyond = x->z.avail_out == 0;
    }
    return code;
}

bool bl_inflate_exact(const struct bl_source *s, uint64_t at, uint64_t n, char *into, size_t size, struct bl_error *err)
{
    struct stream x;
    bool beyond = false, exact;

    if (!stream_open(&x, s, at, n, -15, err))
        return false;
    x.room = into;
    x.capacity = size;
    int code = inflate_into(&x, &beyond, err);

    exact = code == Z_STREAM_END && !beyond && x.filled == size;
    if (code == Z_BUF_ERROR)
        fail_cut(&x, err);
    else if (code == Z_MEM_ERROR)
        bl_fail_memory(err, s->label);
    else if (!exact && code != Z_ERRNO)
        fail_damaged(&x, err);
    stream_close(&x);
    return exact;
}

#else

bool bl_gzip_expand(const struct bl_source *s, struct bl_source *out, struct bl_error *err)
{
    (void)out;
    bl_fail_at(err, BL_DATA, s->label, 0, 0, "%s is a gzip file, which this batchlab cannot read: it was built without zlib",
               s->label);
    return bl_hint(err, "unpack it first: gunzip");
}

bool bl_inflate_exact(const struct bl_source *s, uint64_t at, uint64_t n, char *into, size_t size, struct bl_error *err)
{
    (void)at, (void)n, (void)into, (void)size;
    bl_fail_at(err, BL_DATA, s->label, 0, 0, "%s is compressed, which this batchlab cannot read: it was built without zlib",
               s->label);
    return bl_hint(err, "write it uncompressed: numpy.savez");
}
#endif
