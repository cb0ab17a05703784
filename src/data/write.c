/* Writing a table to a file: whole, or not at all. */
#include "write.h"

#include <string.h>

#define PIECE ((size_t)128 << 10)

const struct bl_writer_type *const bl_writers[] = {
    &bl_csv_writer, &bl_jsonl_writer, &bl_arff_writer, &bl_libsvm_writer, &bl_npy_writer, NULL,
};

const struct bl_writer_type *bl_writer_named(const char *name)
{
    for (size_t i = 0; bl_writers[i]; i++)
        if (strcmp(bl_writers[i]->name, name) == 0)
            return bl_writers[i];
    return NULL;
}

void bl_out_add(struct bl_out *out, const char *bytes, size_t n)
{
    bl_text_addn(&out->text, bytes, n);
}

bool bl_out_flush(struct bl_out *out, bool all, struct bl_error *err)
{
    if (out->text.failed)
        return bl_fail_memory(err, "what is to be written");
    if (!all && out->text.length < PIECE)
        return true;
    if (!bl_save_write(out->save, bl_text_get(&out->text), out->text.length, err))
        return false;
    out->bytes += out->text.length;
    bl_text_clear(&out->text);
    return true;
}

bool bl_write_needs_numbers(const struct bl_table *t, const char *kind, struct bl_error *err)
{
    for (size_t j = 0; j < t->n_columns; j++)
        if (t->columns[j].type != BL_NUMERIC) {
            bl_fail(err, BL_VALUE, "column '%s' is %s: %s holds numbers only", t->columns[j].name,
                    t->columns[j].type == BL_TEXT_COLUMN ? "text" : bl_type_name(t->columns[j].type), kind);
            return bl_hint(err, "export csv FILE keeps every column");
        }
    return true;
}

bool bl_write(const struct bl_table *t, const struct bl_writer_type *type, const char *path, const struct bl_write_options *options,
              uint64_t *bytes, struct bl_error *err)
{
    static const struct bl_write_options none = { .target = SIZE_MAX };
    struct bl_out out = { 0 };
    bool fine;

    options = options ? options : &none;
    if (t->sparse && strcmp(type->name, "libsvm") != 0) {
        bl_fail(err, BL_VALUE, "%s has %zu sparse columns, which %s would write out", t->name, t->sparse->n_columns, type->name);
        return bl_hint(err, "export libsvm FILE");
    }
    out.save = bl_save_open(path, options->overwrite, err);
    if (!out.save)
        return false;
    fine = bl_save_public(out.save, err) && type->write(t, options, &out, err) && bl_out_flush(&out, true, err);
    bl_text_free(&out.text);
    *bytes = out.bytes;
    if (fine)
        return bl_save_commit(out.save, err);
    bl_save_abandon(out.save);
    return false;
}
