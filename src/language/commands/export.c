/* export: the dataset as a file for other programs. */
#include "command.h"

#include <string.h>

static const struct bl_writer_type *find_kind(const struct bl_args *a, struct bl_error *err)
{
    const struct bl_writer_type *type = bl_writer_named(a->words[0].text);
    const char *names[16];
    struct bl_text known = {0};
    size_t n = 0;

    if (type)
        return type;
    for (; bl_writers[n] && n < sizeof names / sizeof *names; n++) {
        names[n] = bl_writers[n]->name;
        bl_text_addf(&known, "%s%s", n ? ", " : "", names[n]);
    }
    const char *near = bl_nearest(a->words[0].text, names, n);

    bl_fail(err, BL_UNKNOWN, "'%s' is nothing that can be exported", a->words[0].text);
    if (near)
        bl_hint(err, "did you mean '%s'? there are %s", near, bl_text_get(&known));
    else
        bl_hint(err, "there are %s: export csv FILE", bl_text_get(&known));
    bl_text_free(&known);
    bl_at_word(err, a, 0);
    return NULL;
}

static bool run_export(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_write_options o = {.warnings = bl_result_warnings(r)};
    const struct bl_writer_type *type;
    const struct bl_dataset *d;
    uint64_t bytes = 0;
    char size[32];

    if (a->n_words < 2) {
        bl_fail(err, BL_USAGE, "export needs a format and a file");
        return bl_hint(err, "export csv houses-copy.csv");
    }
    if (!(type = find_kind(a, err)) || !(d = bl_workbench_dataset(s->workbench, err)) || !bl_arg_yes(a, "overwrite", &o.overwrite, err) ||
        !bl_arg_yes(a, "raw", &o.raw, err))
        return false;
    o.target = d->roles.target;
    if (!bl_write(d->table, type, a->words[1].text, &o, &bytes, err))
        return err->code == BL_IO ? bl_at_word(err, a, 1) : false;
    bl_result_set(r, "path", bl_json_text(a->words[1].text));
    bl_result_set(r, "bytes", json_integer((json_int_t)bytes));
    bl_result_line(r, "%s: %zu rows x %zu columns written to %s (%s)", d->table->name, d->table->n_rows, d->table->n_columns, a->words[1].text,
                   bl_bytes_format(size, sizeof size, (double)bytes));
    return true;
}

const struct bl_command bl_command_export = {
    .name = "export",
    .arguments = "KIND FILE [key=value ...]",
    .group = "save",
    .summary = "write the dataset to a file: csv, jsonl, arff, libsvm or npy",
    .help = "All rows and columns are written as they were loaded. Numbers read back exactly. In csv, text that a "
            "spreadsheet would take for a formula gets an apostrophe in front; raw=yes leaves it alone, and then csv, "
            "jsonl and arff read back as the same table. libsvm and npy hold numbers only; in libsvm the target is the "
            "label. A file that is there is kept unless overwrite=yes.",
    .examples = BL_EXAMPLES("load iris; export csv iris-copy.csv overwrite=yes", "load heart_scale; export npy heart.npy overwrite=yes"),
    .see = "load, datasets",
    .first = BL_ARG_WORDS,
    .further = BL_ARG_FILE,
    .choices = BL_WORDS("csv", "jsonl", "arff", "libsvm", "npy"),
    .keys = BL_KEYS({"overwrite", "no|yes", "replace a file that is there (default no)"},
                    {"raw", "no|yes", "csv: text as it is, formulas too (default no)"}),
    .keeps_running = true,
    .run = run_export,
};
