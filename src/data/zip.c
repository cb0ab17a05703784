/* Zip archives: the central directory at the end of the file, with the sizes beyond 4 GiB of zip64
 * (PKWARE's APPNOTE.TXT, 4.3 and 4.5). */
#include "zip.h"

#include <string.h>

#include "gzip.h"

#define END_BYTES 22
#define END_SEARCH ((size_t)65535 + END_BYTES)
#define ENTRY_BYTES 46
#define LOCAL_BYTES 30
#define MEMBERS_MAX 4096
#define DIRECTORY_MAX ((uint64_t)16 << 20)

static uint64_t little(const unsigned char *p, int n)
{
    uint64_t x = 0;

    while (n--)
        x = x << 8 | p[n];
    return x;
}

static bool fail_zip(const struct bl_source *s, const char *what, struct bl_error *err)
{
    bl_fail_at(err, BL_DATA, s->label, 0, 0, "%s is not a whole zip archive: %s", s->label, what);
    return bl_hint(err, "copy or download it again; unzip -t checks a file");
}

void bl_zip_free(struct bl_zip *z)
{
    for (size_t i = 0; i < z->count; i++)
        bl_free(z->members[i].name);
    bl_free(z->members);
    *z = (struct bl_zip){ 0 };
}

/* ---- the directory -------------------------------------------------------------------------------------*/

struct directory { uint64_t at, bytes, count; };

/* Zip64: a record of its own, found through a locator in front of the end. */
static bool large_directory(const struct bl_source *s, uint64_t end_at, struct directory *d, struct bl_error *err)
{
    unsigned char locator[20], record[56];

    if (end_at < sizeof locator)
        return fail_zip(s, "its directory is missing", err);
    if (!bl_source_read(s, end_at - sizeof locator, (char *)locator, sizeof locator, err))
        return false;
    uint64_t at = little(locator + 8, 8);

    if (memcmp(locator, "PK\6\7", 4) != 0 || s->size < sizeof record || at > s->size - sizeof record)
        return fail_zip(s, "its directory is missing", err);
    if (!bl_source_read(s, at, (char *)record, sizeof record, err))
        return false;
    if (memcmp(record, "PK\6\6", 4) != 0)
        return fail_zip(s, "its directory is missing", err);
    *d = (struct directory){ little(record + 48, 8), little(record + 40, 8), little(record + 32, 8) };
    return true;
}

static bool find_directory(const struct bl_source *s, struct directory *d, struct bl_error *err)
{
    size_t n = s->size < END_SEARCH ? (size_t)s->size : END_SEARCH;
    unsigned char *tail = bl_calloc(n + 1, 1), *end = NULL;
    bool fine = tail ? bl_source_read(s, s->size - n, (char *)tail, n, err) : bl_fail_memory(err, s->label);

    for (size_t i = n >= END_BYTES ? n - END_BYTES + 1 : 0; fine && !end && i-- > 0;)
        if (memcmp(tail + i, "PK\5\6", 4) == 0)
            end = tail + i;
    if (fine && !end)
        fine = fail_zip(s, "its end is missing", err);
    if (fine) {
        uint64_t end_at = s->size - n + (uint64_t)(end - tail);

        *d = (struct directory){ little(end + 16, 4), little(end + 12, 4), little(end + 10, 2) };
        if (d->at == UINT32_MAX || d->bytes == UINT32_MAX || d->count == UINT16_MAX)
            fine = large_directory(s, end_at, d, err);
        if (fine && (d->at > end_at || d->bytes > end_at - d->at))
            fine = fail_zip(s, "its directory lies outside", err);
    }
    bl_free(tail);
    if (fine && (d->bytes > DIRECTORY_MAX || d->count > MEMBERS_MAX)) {
        bl_fail_at(err, BL_LIMIT, s->label, 0, 0, "%s has more than %d members", s->label, MEMBERS_MAX);
        return bl_hint(err, "take it apart first: unzip");
    }
    return fine;
}

/* Sizes that do not fit stand in the extra field with id 1, in this order. */
static bool read_extra(const unsigned char *p, size_t n, struct bl_zip_member *m)
{
    while (n >= 4) {
        size_t id = (size_t)little(p, 2), length = (size_t)little(p + 2, 2);

        if (length > n - 4)
            return false;
        if (id == 1) {
            uint64_t *fields[] = { &m->size, &m->packed, &m->at };
            const unsigned char *q = p + 4;

            for (size_t k = 0; k < 3; k++)
                if (*fields[k] == UINT32_MAX) {
                    if ((size_t)(p + 4 + length - q) < 8)
                        return false;
                    *fields[k] = little(q, 8);
                    q += 8;
                }
        }
        p += 4 + length;
        n -= 4 + length;
    }
    return true;
}

/* One entry of the directory; returns its length, 0 if it is not one. */
static size_t read_entry(const unsigned char *p, size_t n, struct bl_zip_member *m, bool *memory)
{
    size_t name, extra, length;

    if (n < ENTRY_BYTES || memcmp(p, "PK\1\2", 4) != 0)
        return 0;
    name = (size_t)little(p + 28, 2);
    extra = (size_t)little(p + 30, 2);
    length = ENTRY_BYTES + name + extra + (size_t)little(p + 32, 2);
    if (length > n)
        return 0;
    *m = (struct bl_zip_member){ .method = (unsigned)little(p + 10, 2), .crc = (uint32_t)little(p + 16, 4), .packed = little(p + 20, 4),
                                 .size = little(p + 24, 4), .at = little(p + 42, 4) };
    if (!read_extra(p + ENTRY_BYTES + name, extra, m) || memchr(p + ENTRY_BYTES, 0, name))
        return 0;
    m->name = bl_strndup((const char *)p + ENTRY_BYTES, name);
    *memory = m->name != NULL;
    return length;
}

static bool read_entries(const struct bl_source *s, const unsigned char *p, const struct directory *d, struct bl_zip *out, struct bl_error *err)
{
    size_t left = (size_t)d->bytes;

    out->members = bl_calloc((size_t)d->count, sizeof *out->members);
    if (!out->members)
        return bl_fail_memory(err, s->label);
    for (; out->count < d->count; out->count++) {
        bool memory = true;
        size_t n = read_entry(p, left, &out->members[out->count], &memory);

        if (!memory)
            return bl_fail_memory(err, s->label);
        if (!n)
            return fail_zip(s, "its directory is damaged", err);
        p += n;
        left -= n;
    }
    return true;
}

bool bl_zip_list(const struct bl_source *s, struct bl_zip *out, struct bl_error *err)
{
    struct directory d;
    unsigned char *bytes;
    bool fine;

    *out = (struct bl_zip){ 0 };
    if (!find_directory(s, &d, err))
        return false;
    bytes = bl_calloc((size_t)d.bytes, 1);
    if (!bytes)
        return bl_fail_memory(err, s->label);
    fine = bl_source_read(s, d.at, (char *)bytes, (size_t)d.bytes, err) && read_entries(s, bytes, &d, out, err);
    bl_free(bytes);
    if (!fine)
        bl_zip_free(out);
    return fine;
}

/* ---- members -------------------------------------------------------------------------------------------*/

/* CRC-32 of ISO 3309, a bit at a time over a table of 16. */
static uint32_t crc_of(const char *bytes, size_t n)
{
    uint32_t table[16], crc = UINT32_MAX;

    for (uint32_t i = 0; i < 16; i++) {
        table[i] = i;
        for (int k = 0; k < 4; k++)
            table[i] = table[i] & 1 ? 0xedb88320u ^ table[i] >> 1 : table[i] >> 1;
    }
    for (size_t i = 0; i < n; i++) {
        crc ^= (unsigned char)bytes[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return ~crc;
}

/* Where the bytes of a member start, and that they lie inside. */
static bool member_place(const struct bl_source *s, const struct bl_zip_member *m, uint64_t *at, struct bl_error *err)
{
    unsigned char local[LOCAL_BYTES];

    if (s->size < LOCAL_BYTES || m->at > s->size - LOCAL_BYTES)
        return fail_zip(s, "a member lies outside", err);
    if (!bl_source_read(s, m->at, (char *)local, LOCAL_BYTES, err))
        return false;
    *at = m->at + LOCAL_BYTES + little(local + 26, 2) + little(local + 28, 2);
    if (memcmp(local, "PK\3\4", 4) != 0 || *at > s->size || m->packed > s->size - *at)
        return fail_zip(s, "a member lies outside", err);
    if (local[6] & 1) {
        bl_fail_at(err, BL_DATA, s->label, 0, 0, "'%s' in %s is encrypted", m->name, s->label);
        return bl_hint(err, "unpack it first: unzip");
    }
    return true;
}

static bool check_size(const struct bl_source *s, const struct bl_zip_member *m, struct bl_error *err)
{
    char size[32];

    if (m->method != 0 && m->method != 8) {
        bl_fail_at(err, BL_DATA, s->label, 0, 0, "'%s' in %s is packed by method %u", m->name, s->label, m->method);
        return bl_hint(err, "stored and deflated members can be read: numpy.savez, numpy.savez_compressed");
    }
    if (m->method == 0 ? m->size != m->packed : m->size / 1040 > m->packed) /* deflate gives at most 1032 for 1 */
        return fail_zip(s, "the sizes of a member disagree", err);
    if (m->size <= bl_memory_limit())
        return true;
    bl_fail_at(err, BL_LIMIT, s->label, 0, 0, "'%s' in %s unpacks to %s, which is more than may be used", m->name, s->label,
            bl_bytes_format(size, sizeof size, (double)m->size));
    return bl_hint(err, "save it as .npy, which is read in pieces");
}

bool bl_zip_open(const struct bl_source *s, const struct bl_zip_member *m, struct bl_source *out, struct bl_error *err)
{
    uint64_t at = 0;
    char *bytes;
    bool fine;

    if (!check_size(s, m, err) || !member_place(s, m, &at, err))
        return false;
    bytes = bl_calloc((size_t)m->size, 1);
    if (!bytes)
        return bl_fail_memory(err, s->label);
    fine = m->method == 0 ? bl_source_read(s, at, bytes, (size_t)m->size, err) : bl_inflate_exact(s, at, m->packed, bytes, (size_t)m->size, err);
    if (fine && crc_of(bytes, (size_t)m->size) != m->crc)
        fine = fail_zip(s, "the checksum of a member is wrong", err);
    if (!fine) {
        bl_free(bytes);
        return false;
    }
    bl_source_memory(out, bytes, (size_t)m->size, s->label);
    out->owned = bytes;
    return true;
}
