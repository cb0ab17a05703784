/* The table of readers: a format is one file and one line here. */
#include <string.h>
#include <strings.h>

#include "csv.h"

static const char *const csv_extensions[] = { "csv", "tsv", "tab", "txt", "data", NULL };

static int sniff_csv(const char *head, size_t n, const char *path)
{
    const char *dot = strrchr(path, '.');

    if (memchr(head, 0, n))
        return 0;
    for (size_t i = 0; dot && csv_extensions[i]; i++)
        if (strcasecmp(dot + 1, csv_extensions[i]) == 0)
            return 60;
    return 20; /* any text may be a table */
}

static struct bl_table *read_csv(const struct bl_source *s, const struct bl_load_options *o, struct bl_error *err)
{
    return bl_csv_parse(s, o, (struct bl_csv_tuning){ 0 }, err);
}

const struct bl_reader_type bl_csv_reader = {
    .name = "csv",
    .summary = "comma, semicolon, tab or pipe separated values",
    .extensions = csv_extensions,
    .sniff = sniff_csv,
    .read = read_csv,
};

const struct bl_reader_type *const bl_readers[] = { &bl_csv_reader, NULL };
