/* The table of readers: a format is one file and one line here. */
#include <string.h>
#include <strings.h>

#include "csv.h"
#include "dialect.h"
#include "formats.h"

static const char *const csv_extensions[] = { "csv", "tsv", "tab", "txt", "data", NULL };

bool bl_path_ends(const char *path, const char *extension)
{
    const char *dot = strrchr(path, '.');

    return dot && strcasecmp(dot + 1, extension) == 0;
}

static int sniff_csv(const char *head, size_t n, const char *path)
{
    if (n >= 2 && (memcmp(head, "\xff\xfe", 2) == 0 || memcmp(head, "\xfe\xff", 2) == 0))
        return 90; /* UTF-16 */
    if (memchr(head, 0, n))
        return 0;
    for (size_t i = 0; csv_extensions[i]; i++)
        if (bl_path_ends(path, csv_extensions[i]))
            return 60;
    return 20; /* any text may be a table */
}

static struct bl_table *read_csv(const struct bl_source *s, const struct bl_load_options *o, struct bl_error *err)
{
    struct bl_load_options plain;
    struct bl_source rewritten;

    if (bl_dialect_needed(s, o)) {
        if (!bl_dialect_open(s, o, &rewritten, &plain, err))
            return NULL;
        struct bl_table *t = bl_csv_parse(&rewritten, &plain, (struct bl_csv_tuning){ 0 }, err);

        bl_source_close(&rewritten);
        return t;
    }
    return bl_csv_parse(s, o, (struct bl_csv_tuning){ 0 }, err);
}

const struct bl_reader_type bl_csv_reader = {
    .name = "csv",
    .summary = "comma, semicolon, tab or pipe separated values",
    .extensions = csv_extensions,
    .sniff = sniff_csv,
    .read = read_csv,
    .place = bl_csv_place,
    .dialects = true,
};

const struct bl_reader_type *const bl_readers[] = {
    &bl_csv_reader,
    &bl_arff_reader,
    &bl_libsvm_reader,
    &bl_jsonl_reader,
    &bl_npy_reader,
    &bl_npz_reader,
    &bl_idx_reader,
    &bl_sqlite_reader,
    NULL,
};
