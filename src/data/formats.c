/* Which reader a file is for, and clear names for what no reader takes. */
#include <string.h>
#include <strings.h>

#include "load.h"

#define HEAD 4096
#define CERTAIN 90

static const struct {
    const char *magic;
    size_t n;
    const char *name, *hint;
} foreign[] = {
    { "\x1f\x8b", 2, "a gzip file inside a gzip file", "unpack it first: gunzip" },
    { "PK\x03\x04", 4, "a zip archive or a spreadsheet", "unpack it, or export the sheet as CSV" },
    { "PAR1", 4, "a Parquet file", "export it as CSV" },
    { "\x89HDF", 4, "an HDF5 file", "export it as CSV" },
    { "\x28\xb5\x2f\xfd", 4, "a zstd file", "unpack it first: unzstd" },
    { "\xfd" "7zXZ", 5, "an xz file", "unpack it first: unxz" },
    { "BZh", 3, "a bzip2 file", "unpack it first: bunzip2" },
    { "%PDF", 4, "a PDF file", "" },
    { "\x7f" "ELF", 4, "a program", "" },
};

static bool check_foreign(const struct bl_source *s, const char *head, size_t n, struct bl_error *err)
{
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        if (n >= foreign[i].n && memcmp(head, foreign[i].magic, foreign[i].n) == 0) {
            bl_fail_at(err, BL_DATA, s->label, 0, 0, "%s is %s, which cannot be read", s->label, foreign[i].name);
            return foreign[i].hint[0] ? bl_hint(err, "%s", foreign[i].hint) : false;
        }
    return true;
}

static const struct bl_reader_type *reader_named(const char *format, struct bl_error *err)
{
    struct bl_text known = { 0 };

    for (size_t i = 0; bl_readers[i]; i++) {
        if (strcasecmp(bl_readers[i]->name, format) == 0) {
            bl_text_free(&known);
            return bl_readers[i];
        }
        bl_text_addf(&known, " %s", bl_readers[i]->name);
    }
    bl_fail(err, BL_UNKNOWN, "no format '%s'", format);
    bl_hint(err, "formats:%s", bl_text_get(&known));
    bl_text_free(&known);
    return NULL;
}

const struct bl_reader_type *bl_reader_for(const struct bl_source *s, const char *path, const char *format,
                                           struct bl_error *err)
{
    char head[HEAD];
    size_t n = s->size < HEAD ? (size_t)s->size : HEAD;
    const struct bl_reader_type *best = NULL;
    int sure = 0;

    if (format)
        return reader_named(format, err);
    if (!bl_source_read(s, 0, head, n, err))
        return NULL;
    for (size_t i = 0; bl_readers[i]; i++) {
        int now = bl_readers[i]->sniff(head, n, path);

        if (now > sure) {
            sure = now;
            best = bl_readers[i];
        }
    }
    if (sure < CERTAIN && !check_foreign(s, head, n, err)) /* its name may promise what it is not */
        return NULL;
    return best ? best : bl_readers[0]; /* it says where the bytes stop being text */
}
