/* set, unset, show: what the next command takes for granted. */
#include "command.h"

#include <string.h>

/* ---- one setting ------------------------------------------------------------------------------------------*/

/* Every name that `set` knows, for "did you mean". */
static bool unknown_setting(const char *name, struct bl_error *err)
{
    const char *names[128];
    size_t n = 0;
    const char *near;

    for (size_t i = 0; bl_settings_keys[i] && n < 96; i++)
        names[n++] = bl_settings_keys[i];
    for (const struct bl_setting *s = bl_session_settings; s->name && n < 128; s++)
        names[n++] = s->name;
    near = bl_nearest(name, names, n);
    bl_fail(err, BL_UNKNOWN, "no setting '%s'", name);
    if (near)
        return bl_hint(err, "did you mean '%s'? set lists them all", near);
    return bl_hint(err, "set lists them all");
}

/* The value of a setting as text; false if there is no such setting. */
static bool value_of(struct bl_session *s, const char *name, struct bl_text *out)
{
    const struct bl_setting *own = bl_setting_find(name);

    if (!own)
        return bl_run_setting_text(bl_workbench_defaults(s->workbench), name, out);
    own->get(s, out);
    return true;
}

/* Numbers as numbers, words as words. */
static json_t *value_json(const struct bl_text *value)
{
    int64_t whole;
    double x;

    if (bl_integer_parse(bl_text_get(value), value->length, &whole))
        return json_integer(whole);
    return bl_number_parse(bl_text_get(value), value->length, &x) ? json_real(x) : bl_json_text(bl_text_get(value));
}

/* Changes one setting; NULL value: its default. */
static bool change(struct bl_session *s, const char *name, const char *value, struct bl_error *err)
{
    const struct bl_setting *own = bl_setting_find(name);
    struct bl_settings changed = *bl_workbench_defaults(s->workbench);
    bool known = true;

    if (own)
        return own->set(s, value, err);
    if (!bl_settings_set(&changed, name, value, &known, err))
        return false;
    if (!known)
        return unknown_setting(name, err);
    *bl_workbench_defaults(s->workbench) = changed;
    if (bl_key_same(name, "seed"))
        bl_workbench_set_seed(s->workbench, changed.seed);
    return true;
}

/* The default of a run setting, as text that `change` takes. */
static bool default_text(const struct bl_settings *now, const char *name, struct bl_text *out)
{
    struct bl_settings fresh;
    bool known;

    bl_settings_init(&fresh);
    if (bl_run_setting_text(&fresh, name, out))
        return true;
    /* a hyper-parameter: its default is that of the present optimizer */
    return now->optimizer && bl_settings_set(&fresh, "optimizer", now->optimizer->name, &known, NULL) &&
           bl_run_setting_text(&fresh, name, out);
}

/* ---- telling ----------------------------------------------------------------------------------------------*/

static void tell_row(struct bl_session *s, struct bl_grid *g, json_t *all, struct bl_result *r, const char *name, const char *help)
{
    struct bl_text value = {0};

    if (value_of(s, name, &value)) {
        bl_grid_text(g, name);
        bl_grid_text(g, value.length ? value.at : "-");
        bl_grid_text(g, help ? help : "");
        bl_json_set(r, all, name, value_json(&value));
    }
    bl_text_free(&value);
}

static void tell_settings(struct bl_session *s, struct bl_result *r)
{
    struct bl_grid *g = bl_result_grid(r);
    json_t *all = json_object();

    bl_grid_column(g, "setting", BL_LEFT);
    bl_grid_column(g, "value", BL_LEFT);
    bl_grid_column(g, "meaning", BL_LEFT);
    for (size_t i = 0; bl_settings_keys[i]; i++)
        tell_row(s, g, all, r, bl_settings_keys[i], bl_settings_help(bl_settings_keys[i]));
    for (const struct bl_setting *own = bl_session_settings; own->name; own++)
        tell_row(s, g, all, r, own->name, own->help);
    bl_result_set(r, "settings", all);
}

static bool tell_one(struct bl_session *s, const struct bl_args *a, size_t i, struct bl_result *r, struct bl_error *err)
{
    const char *name = a->words[i].text;
    const struct bl_setting *own = bl_setting_find(name);
    const char *help = own ? own->help : bl_settings_help(name);
    struct bl_text value = {0};

    if (!value_of(s, name, &value)) {
        unknown_setting(name, err);
        return bl_at_word(err, a, i);
    }
    bl_result_line(r, "%s=%s%s%s", name, bl_text_get(&value), help && *help ? "   " : "", help ? help : "");
    bl_result_set(r, name, value_json(&value));
    bl_text_free(&value);
    return true;
}

/* ---- set ---------------------------------------------------------------------------------------------------*/

/* All or nothing for the settings of a run: a later wrong value leaves the earlier ones unchanged. */
static bool change_all(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const struct bl_settings before = *bl_workbench_defaults(s->workbench);
    /* the optimizer first: its hyper-parameters are judged by it */
    const char *optimizer = bl_arg(a, "optimizer");

    if (optimizer && !change(s, "optimizer", optimizer, err))
        return bl_at_pair(err, a, "optimizer");
    for (size_t i = 0; i < a->n_pairs; i++) {
        struct bl_text value = {0};

        if (!change(s, a->pairs[i].key, a->pairs[i].value, err)) {
            *bl_workbench_defaults(s->workbench) = before;
            return bl_at_pair(err, a, a->pairs[i].key);
        }
        value_of(s, a->pairs[i].key, &value);
        bl_result_set(r, a->pairs[i].key, value_json(&value));
        bl_text_free(&value);
    }
    return true;
}

static bool run_set(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    if (!a->n_words && !a->n_pairs) {
        tell_settings(s, r);
        return true;
    }
    for (size_t i = 0; i < a->n_words; i++)
        if (!tell_one(s, a, i, r, err))
            return false;
    return change_all(s, a, r, err);
}

const struct bl_command bl_command_set = {
    .name = "set",
    .arguments = "[NAME ...] [NAME=VALUE ...]",
    .group = "model",
    .summary = "change a setting, show one, or list them all",
    .help = "Settings of a run (lr, optimizer, batch and so on) hold for every run that starts later; a run or a "
            "contestant may say otherwise. The others decide how things look.",
    .examples = BL_EXAMPLES("set lr=0.1 optimizer=momentum", "set digits=6", "set"),
    .see = "unset, show",
    .first = BL_ARG_SETTING,
    .further = BL_ARG_SETTING,
    .run_settings = true,
    .any_keys = true,
    .keeps_running = true,
    .run = run_set,
};

/* ---- unset -------------------------------------------------------------------------------------------------*/

static bool unset_one(struct bl_session *s, const char *name, struct bl_error *err)
{
    struct bl_text text = {0};
    bool ok;

    if (bl_setting_find(name))
        return change(s, name, NULL, err);
    ok = default_text(bl_workbench_defaults(s->workbench), name, &text) ? change(s, name, bl_text_get(&text), err)
                                                                        : unknown_setting(name, err);
    bl_text_free(&text);
    return ok;
}

static bool run_unset(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    if (!a->n_words) {
        bl_fail(err, BL_USAGE, "unset needs the name of a setting");
        return bl_hint(err, "unset lr");
    }
    for (size_t i = 0; i < a->n_words; i++)
        if (!unset_one(s, a->words[i].text, err))
            return bl_at_word(err, a, i);
    for (size_t i = 0; i < a->n_words; i++)
        if (!tell_one(s, a, i, r, err))
            return false;
    return true;
}

const struct bl_command bl_command_unset = {
    .name = "unset",
    .arguments = "NAME ...",
    .group = "model",
    .summary = "bring settings back to their defaults",
    .examples = BL_EXAMPLES("set lr=0.1; unset lr"),
    .see = "set, show",
    .first = BL_ARG_SETTING,
    .further = BL_ARG_SETTING,
    .keeps_running = true,
    .run = run_unset,
};

/* ---- show --------------------------------------------------------------------------------------------------*/

/* Settings that differ from their defaults. */
static void tell_changed(struct bl_session *s, struct bl_result *r)
{
    const struct bl_settings *now = bl_workbench_defaults(s->workbench);
    struct bl_text line = {0};
    json_t *all = json_object();

    for (size_t i = 0; bl_settings_keys[i]; i++) {
        struct bl_text value = {0}, usual = {0};

        if (bl_run_setting_text(now, bl_settings_keys[i], &value)) {
            bl_json_set(r, all, bl_settings_keys[i], value_json(&value));
            default_text(now, bl_settings_keys[i], &usual);
            if (strcmp(bl_text_get(&value), bl_text_get(&usual)) != 0)
                bl_text_addf(&line, " %s=%s", bl_settings_keys[i], bl_text_get(&value));
        }
        bl_text_free(&value);
        bl_text_free(&usual);
    }
    bl_result_line(r, "settings:%s", line.length ? line.at : " all as they come (set lists them)");
    bl_result_set(r, "settings", all);
    bl_text_free(&line);
}

static void tell_data(struct bl_result *r, const struct bl_dataset *d)
{
    bl_result_line(r, "data: %s, %zu rows x %zu columns", d->table->name, d->table->n_rows, d->table->n_columns);
    bl_roles_line(r, d);
    bl_result_line(r, "split: %g %g %g%s", d->percent[BL_TRAIN], d->percent[BL_VALIDATION], d->percent[BL_TEST],
                   d->split_given ? "" : " (default)");
    bl_result_line(r, "recipe: %s", d->recipe ? "your own (recipe shows it)" : "default (recipe shows it)");
    bl_result_set(r, "dataset", bl_json_text(d->table->name));
    bl_result_roles(r, d);
    bl_result_set(r, "split", bl_json_numbers(d->percent, BL_PARTS));
}

static bool run_show(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const struct bl_dataset *d = bl_workbench_dataset(s->workbench, NULL);
    const struct bl_model *m = bl_workbench_model(s->workbench);

    for (size_t i = 0; i < a->n_words; i++)
        if (!tell_one(s, a, i, r, err))
            return false;
    if (a->n_words)
        return true;
    if (d)
        tell_data(r, d);
    else
        bl_result_line(r, "data: nothing is loaded");
    bl_result_line(r, "model: %s, l2=%g, intercept %s", m->type ? m->type->name : "by the target", m->l2, m->intercept ? "yes" : "no");
    if (bl_language_of(s)->opened) {
        bl_result_line(r, "open: %s@%lld, frozen (%s)", bl_language_of(s)->opened_row.name, (long long)bl_language_of(s)->opened_row.version,
                       bl_language_of(s)->opened->objective.type->name);
        bl_result_set(r, "open", bl_json_text(bl_language_of(s)->opened_row.name));
    }
    if (m->type)
        bl_result_set(r, "model", bl_json_text(m->type->name));
    bl_result_number(r, "l2", m->l2, NULL);
    tell_changed(s, r);
    return true;
}

const struct bl_command bl_command_show = {
    .name = "show",
    .arguments = "[SETTING ...]",
    .group = "model",
    .summary = "tell what is loaded, chosen and set",
    .examples = BL_EXAMPLES("load iris; show", "show lr epochs"),
    .see = "set, columns, recipe",
    .first = BL_ARG_SETTING,
    .further = BL_ARG_SETTING,
    .keeps_running = true,
    .run = run_show,
};
