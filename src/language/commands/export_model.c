/* export of models: c, onnx. */
#include "src/language/commands/export.h"
#include "src/language/commands/judge.h"

#include <string.h>

/* The open model, else that of the run; *table: rows that it can predict, NULL: none at hand. */
static bool find_parts(struct bl_session *s, struct bl_kept_parts *parts, const struct bl_table **table, struct bl_error *err)
{
    const struct bl_kept *kept = bl_language_of(s)->opened;
    const struct bl_dataset *d = bl_workbench_dataset(s->workbench, NULL);
    struct judged j = {0};

    if (kept) {
        *parts = bl_kept_lend(kept);
        *table = d && bl_kept_fits(kept, d->table, NULL) ? d->table : NULL;
        return true;
    }
    if (!judge(s, &j, err))
        return false;
    d = j.p->dataset;
    *table = d->table;
    *parts = (struct bl_kept_parts){j.p->recipe, &d->roles, d->table->columns[d->roles.target].name, j.o, bl_trainer_theta(j.t), NULL, NULL};
    return true;
}

static bool write_model(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_text *bytes, struct bl_error *err)
{
    static const char *const rows[] = {"data", "made", NULL}, *const precisions[] = {"double", "single", NULL};
    struct bl_export_how how = {.prefix = bl_arg(a, "prefix")};
    struct bl_kept_parts parts;
    struct bl_text what = {0};
    size_t choice = 0, precision = 0;
    bool ok;

    if (!bl_arg_choice(a, "rows", rows, &choice, err) || !bl_arg_choice(a, "precision", precisions, &precision, err) ||
        !find_parts(s, &parts, &how.table, err))
        return false;
    how.single = precision == 1;
    if (choice == 1)
        how.table = NULL;
    if (!bl_exporter_named(a->words[0].text)->write(&parts, &how, bytes, err))
        return err->code == BL_VALUE && how.prefix ? bl_at_pair(err, a, "prefix") : false;
    bl_text_addf(&what, "model %s, %zu feature%s, %zu parameters,", parts.objective->type->name, bl_recipe_features(parts.recipe),
                 bl_recipe_features(parts.recipe) == 1 ? "" : "s", parts.objective->n_params);
    ok = bl_export_bytes(a, r, bl_text_get(&what), bytes, err);
    bl_text_free(&what);
    return ok;
}

bool bl_export_model(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const bool interrupted = bl_workbench_rest(s->workbench); /* the parameters may not move meanwhile */
    struct bl_text bytes = {0};
    const bool ok = write_model(s, a, r, &bytes, err);

    bl_text_free(&bytes);
    if (interrupted)
        bl_workbench_resume(s->workbench);
    return ok;
}
