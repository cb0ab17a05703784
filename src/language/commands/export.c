/* export: what is here as a file for other programs. The kinds stand in export_list.h. */
#include "src/language/commands/export.h"

#include <string.h>

static const struct exporter {
    const char *name, *summary;
    bl_export_function *write;
} exporters[] = {
#define BL_EXPORT(name, summary, function) {name, summary, function},
#include "src/language/commands/export_list.h"
#undef BL_EXPORT
};

static const char *const names[] = {
#define BL_EXPORT(name, summary, function) name,
#include "src/language/commands/export_list.h"
#undef BL_EXPORT
    NULL,
};

void bl_export_told(struct bl_result *r, const char *what, const char *path, uint64_t bytes)
{
    char size[32];

    bl_result_set(r, "path", bl_json_text(path));
    bl_result_set(r, "bytes", json_integer((json_int_t)bytes));
    bl_result_line(r, "%s written to %s (%s)", what, path, bl_bytes_format(size, sizeof size, (double)bytes));
}

bool bl_export_bytes(const struct bl_args *a, struct bl_result *r, const char *what, const struct bl_text *bytes, struct bl_error *err)
{
    struct bl_save *file;
    bool overwrite = false;

    if (!bl_arg_yes(a, "overwrite", &overwrite, err))
        return false;
    if (bytes->failed)
        return bl_fail_memory(err, "the file");
    if (!(file = bl_save_open(a->words[1].text, overwrite, err)))
        return err->code == BL_IO ? bl_at_word(err, a, 1) : false;
    if (!bl_save_public(file, err) || !bl_save_write(file, bl_text_get(bytes), bytes->length, err)) {
        bl_save_abandon(file);
        return false;
    }
    if (!bl_save_commit(file, err))
        return false;
    bl_export_told(r, what, a->words[1].text, bytes->length);
    return true;
}

bool bl_export_dataset(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_write_options o = {.warnings = bl_result_warnings(r)};
    const struct bl_dataset *d = bl_workbench_dataset(s->workbench, err);
    struct bl_text what = {0};
    uint64_t bytes = 0;

    if (!d || !bl_arg_yes(a, "overwrite", &o.overwrite, err) || !bl_arg_yes(a, "raw", &o.raw, err))
        return false;
    o.target = d->roles.target;
    if (!bl_write(d->table, bl_writer_named(a->words[0].text), a->words[1].text, &o, &bytes, err))
        return err->code == BL_IO ? bl_at_word(err, a, 1) : false;
    bl_text_addf(&what, "%s: %zu rows x %zu columns", d->table->name, d->table->n_rows, d->table->n_columns);
    bl_export_told(r, bl_text_get(&what), a->words[1].text, bytes);
    bl_text_free(&what);
    return true;
}

static const struct exporter *find_kind(const struct bl_args *a, struct bl_error *err)
{
    struct bl_text known = {0};
    const char *near;

    for (size_t i = 0; names[i]; i++)
        if (strcmp(names[i], a->words[0].text) == 0)
            return &exporters[i];
    for (size_t i = 0; names[i]; i++)
        bl_text_addf(&known, "%s%s", i ? ", " : "", names[i]);
    near = bl_nearest(a->words[0].text, names, sizeof exporters / sizeof *exporters);
    bl_fail(err, BL_UNKNOWN, "'%s' is nothing that can be exported", a->words[0].text);
    if (near)
        bl_hint(err, "did you mean '%s'? there are %s", near, bl_text_get(&known));
    else
        bl_hint(err, "there are %s: export csv FILE", bl_text_get(&known));
    bl_text_free(&known);
    bl_at_word(err, a, 0);
    return NULL;
}

static void list_kinds(struct bl_result *r)
{
    struct bl_grid *g = bl_result_grid(r);
    json_t *list = json_array();

    if (!g)
        return;
    bl_grid_column(g, "kind", BL_LEFT);
    bl_grid_column(g, "what is written", BL_PROSE);
    for (size_t i = 0; i < sizeof exporters / sizeof *exporters; i++) {
        bl_grid_text(g, exporters[i].name);
        bl_grid_text(g, exporters[i].summary);
        json_array_append_new(list, json_pack("{s:s, s:s}", "kind", exporters[i].name, "summary", exporters[i].summary));
    }
    bl_result_set(r, "kinds", list);
}

/* The same kind with a file, called like the dataset where there is one. */
static bool hint_file(struct bl_session *s, const struct exporter *kind, struct bl_error *err)
{
    static const struct { const char *kind, *ending; } other[] = {{"script", ".bl"}, {"history", ".csv"}, {"tensorboard", "-events"}, {"text", ".txt"},
                                                                  {"ansi", ".txt"}, {"report", ".html"}};
    const struct bl_dataset *d = bl_workbench_dataset(s->workbench, NULL);
    const char *ending = NULL;

    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        if (strcmp(other[i].kind, kind->name) == 0)
            ending = other[i].ending;
    return bl_hint(err, "export %s %s%s%s%s", kind->name, d ? d->table->name : "iris", strcmp(kind->name, "csv") ? "" : "-copy", ending ? "" : ".",
                   ending ? ending : kind->name);
}

static bool run_export(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const struct exporter *kind;

    if (a->n_words == 0) {
        list_kinds(r);
        return true;
    }
    if (!(kind = find_kind(a, err)))
        return false;
    if (a->n_words < 2) {
        bl_fail(err, BL_USAGE, "export needs a format and a file");
        return hint_file(s, kind, err);
    }
    return kind->write(s, a, r, err);
}

const struct bl_command bl_command_export = {
    .name = "export",
    .arguments = "[KIND FILE] [key=value ...]",
    .group = "save",
    .summary = "write what is here to a file for other programs",
    .help = "Alone it lists the kinds. csv, jsonl, arff, libsvm, npy: all rows and columns of the dataset as they were "
            "loaded. Numbers read back exactly. In csv, text that a spreadsheet would take for a formula gets an "
            "apostrophe in front; raw=yes leaves it alone, and then csv, jsonl and arff read back as the same table. libsvm "
            "and npy hold numbers only; in libsvm the target is the label. c: the model, the open one or "
            "else that of the run, with its whole recipe as one C file without dependencies, which tests itself on rows "
            "that it holds; onnx: the same as a graph over the columns as they are, for ONNX Runtime; script: the commands "
            "that make it again. history: every recorded point of all contestants; tensorboard: the same as event files in a "
            "folder. svg, png, pdf, text, ansi: the last chart shown, or chart=loss and the like, which is also taken where "
            "none was shown; ticks, order and colours are those of the screen. report: an account of data "
            "and run to read and to hand out, one file without scripts, light or dark as its reader is. A file that is there is "
            "kept unless overwrite=yes.",
    .examples = BL_EXAMPLES("load iris; export csv iris-copy.csv overwrite=yes", "load heart_scale; export npy heart.npy overwrite=yes",
                            "load iris; train full:newton; export c iris.c overwrite=yes",
                            "load iris; train full:newton; export onnx iris.onnx overwrite=yes",
                            "load iris; train mini:16; export script iris.bl overwrite=yes",
                            "load iris; compare batch sgd; export history race.csv overwrite=yes",
                            "load iris; compare batch sgd; export tensorboard runs overwrite=yes",
                            "load iris; hist petal_length; export svg petals.svg overwrite=yes",
                            "load iris; train batch; export svg loss.svg theme=dark overwrite=yes",
                            "load iris; compare watch=no; export report iris.html overwrite=yes"),
    .see = "load, datasets, save, open, plot",
    .first = BL_ARG_WORDS,
    .further = BL_ARG_FILE,
    .choices = names,
    .keys = BL_KEYS({"overwrite", "no|yes", "replace a file that is there (default no)"},
                    {"raw", "no|yes", "csv: text as it is, formulas too (default no)"},
                    {"prefix", "", "c: what the names in the file begin with (default model)"},
                    {"rows", "data|made", "c: rows for its test, of the dataset too or made up alone (default data)"},
                    {"precision", "double|single", "onnx: what the graph computes in (default double)"},
                    {"step", "updates|samples|epochs", "tensorboard: the x axis (default updates, of a race samples)"},
                    {"chart", "last|loss|objective|suboptimality|gradient|lr|validation", "which chart (default last)"},
                    {"width", "", "of a chart: points, pixels or columns (default: as it suits the chart)"},
                    {"height", "", "of a chart: points, pixels or rows"},
                    {"theme", "light|dark|auto", "paper of a picture; auto, svg only: as the reader has it (default light)"}),
    .keeps_running = true,
    .run = run_export,
};
