/* save, models, open, close: models that outlive the session. */
#include "src/language/commands/keep.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unknown"
#endif

const char *kept_label(const struct bl_kept_row *row, char *buffer, size_t size)
{
    snprintf(buffer, size, "%s@%lld", row->name, (long long)row->version);
    return buffer;
}

void kept_say(struct bl_result *r, const char *format, ...)
{
    struct bl_text raw = { 0 }, clean = { 0 }, lines = { 0 };
    size_t indent;
    va_list args;

    va_start(args, format);
    bl_text_addv(&raw, format, args);
    va_end(args);
    indent = strspn(bl_text_get(&raw), " ");
    bl_text_show(&clean, bl_text_get(&raw) + indent, raw.length - indent);
    bl_text_repeat(&lines, " ", indent);
    bl_wrap(&lines, bl_text_get(&clean), indent + 2, indent + 2);
    bl_result_text(r, bl_text_get(&lines));
    bl_text_free(&raw);
    bl_text_free(&clean);
    bl_text_free(&lines);
}

void kept_keys(struct bl_result *r, const struct bl_kept_row *row, const char *metrics)
{
    json_t *figures = metrics ? json_loads(metrics, 0, NULL) : NULL;

    bl_result_set(r, "model", bl_json_text(row->name));
    bl_result_set(r, "version", json_integer(row->version));
    bl_result_set(r, "stage", json_string(row->stage));
    bl_result_set(r, "sha256", json_string(row->sha256));
    if (figures)
        bl_result_set(r, "metrics", figures);
}

struct bl_kept *kept_read(struct bl_registry *registry, const struct bl_kept_row *row, struct bl_error *err)
{
    struct bl_kept *k = NULL;
    char label[100], *bytes;
    size_t n;

    if (!bl_registry_read(registry, row, &bytes, &n, err))
        return NULL;
    k = bl_kept_decode(bytes, n, kept_label(row, label, sizeof label), err);
    bl_free(bytes);
    return k;
}

struct bl_registry *kept_registry(bool only_read, struct bl_error *err)
{
    struct bl_registry *registry;

    if (!bl_registry_open(&registry, NULL, true, err))
        return NULL;
    if (!registry) {
        bl_fail(err, BL_UNKNOWN, "no model was saved yet");
        bl_hint(err, "load iris; train full:newton; save flowers");
        return NULL;
    }
    if (only_read)
        return registry;
    bl_registry_close(registry);
    return bl_registry_open(&registry, NULL, false, err) ? registry : NULL;
}

struct bl_kept *kept_find(const char *spec, struct bl_kept_row *row, struct bl_error *err)
{
    struct bl_registry *registry = kept_registry(true, err);
    struct bl_kept *k = registry && bl_registry_find(registry, spec, row, err) ? kept_read(registry, row, err) : NULL;

    bl_registry_close(registry);
    return k;
}

/* ---- save --------------------------------------------------------------------------------------------- */

static char *dump(json_t *value)
{
    char *text = value ? json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
    char *copy = text ? bl_strdup(text) : NULL;

    json_decref(value);
    free(text);
    return copy;
}

/* Figures on the validation rows, else the training rows; never on the test rows. */
static bool metrics_make(struct bl_session *s, const struct judged *j, struct bl_kept_row *row, char **text, struct bl_error *err)
{
    const enum bl_part part = j->p->part[BL_VALIDATION] ? BL_VALIDATION : BL_TRAIN;
    const char *first = j->o->n_classes ? "accuracy" : "rmse";
    struct bl_evaluation e = { 0 };
    json_t *all;

    if (!judge_figures(s, j, j->p->part[part], &e, err))
        return false;
    all = json_pack("{ss sI}", "split", bl_all_parts[part], "rows", (json_int_t)e.rows);
    for (size_t i = 0; all && i < e.n_figures; i++)
        if (isfinite(e.figures[i].value))
            json_object_set_new(all, e.figures[i].metric->name, json_real(e.figures[i].value));
    snprintf(row->metric, sizeof row->metric, "%s %s", bl_all_parts[part], first);
    row->value = bl_evaluation_figure(&e, first) ? bl_evaluation_figure(&e, first)->value : 0;
    bl_evaluation_free(&e);
    return (*text = dump(all)) || bl_fail_memory(err, "the metrics");
}

static json_t *data_path(const struct bl_table *t)
{
    char *whole = t->path ? realpath(t->path, NULL) : NULL;
    json_t *path = whole || t->path ? json_string(whole ? whole : t->path) : json_string("");

    free(whole);
    return path;
}

static bool provenance_make(struct bl_session *s, const struct judged *j, char **text, struct bl_error *err)
{
    const struct bl_record *record = &bl_language_of(s)->record;
    const struct bl_table *t = j->p->dataset->table;
    char hash[65];
    json_t *all;

    if (record->lost)
        return bl_fail_memory(err, "the commands that made the model");
    bl_trainer_hash(j->t, hash);
    all = json_pack("{ss so? ss sI sI ss sI so sf sI ss ss ss}", "dataset", t->name, "path", data_path(t), "sha256", bl_table_sha256(t), "bytes",
                    (json_int_t)t->bytes, "rows", (json_int_t)t->n_rows, "made", t->made ? t->made : "", "seed", (json_int_t)record->seed,
                    "commands", bl_record_commands(record), "epoch", bl_trainer_epoch(j->t), "update", (json_int_t)bl_trainer_update(j->t),
                    "state", hash, "version", PACKAGE_VERSION, "build", "C17, compiler " __VERSION__);
    if (all)
        return (*text = dump(all)) || bl_fail_memory(err, "the provenance");
    bl_fail(err, BL_DATA, "the name or path of the data is not UTF-8 text, and can not be kept in a file");
    return bl_hint(err, "load FILE name=NAME, from a path in UTF-8");
}

/* ---- the profile of the data ------------------------------------------------------------------------ */

static json_t *profile_json(const struct bl_table *t, const struct bl_summary *u)
{
    static const char *const names[] = { "mean", "sd", "min", "q1", "median", "q3", "max" };
    json_t *list = json_array();

    for (size_t j = 0; j < t->n_columns; j++) {
        const double figures[] = { u[j].mean, u[j].sd, u[j].min, u[j].q1, u[j].median, u[j].q3, u[j].max };
        json_t *one = json_object(), *top = json_array();
        char buffer[64];
        json_object_set_new(one, "name", bl_json_text(t->columns[j].name));
        json_object_set_new(one, "type", json_string(bl_type_name(t->columns[j].type)));
        json_object_set_new(one, "count", json_integer((json_int_t)u[j].count));
        json_object_set_new(one, "missing", json_integer((json_int_t)u[j].missing));
        json_object_set_new(one, "distinct", json_integer((json_int_t)u[j].distinct));
        for (size_t k = 0; k < sizeof names / sizeof *names; k++)
            if (isfinite(figures[k]))
                json_object_set_new(one, names[k], json_real(figures[k]));
        for (size_t k = 0; k < u[j].n_top; k++)
            json_array_append_new(top, json_pack("{so sI}", "value", bl_json_text(t->columns[j].code ? t->columns[j].levels[u[j].top[k].code]
                                                                                 : bl_number_exact(buffer, sizeof buffer, u[j].top[k].value)),
                                                 "count", (json_int_t)u[j].top[k].count));
        json_object_set_new(one, "top", top);
        json_array_append_new(list, one);
    }
    return list;
}

/* Once for every dataset that a model was trained on; data without a source has no name to go by. */
static bool profile_note(struct bl_session *s, const struct bl_table *t, struct bl_error *err)
{
    struct bl_data_row row = { .made = t->made ? t->made : (char[]){ "" }, .name = t->name, .rows = (int64_t)t->n_rows, .columns = (int64_t)t->n_columns };
    struct bl_summary *u = NULL;
    struct bl_registry *registry = NULL;
    bool known = true, good;

    if (!*bl_table_sha256(t))
        return true;
    snprintf(row.sha256, sizeof row.sha256, "%s", bl_table_sha256(t));
    good = bl_registry_open(&registry, NULL, false, err) && bl_registry_data_known(registry, row.sha256, row.made, &known, err);
    if (good && !known) {
        good = ((u = bl_calloc(t->n_columns + 1, sizeof *u)) || bl_fail_memory(err, "the profile of the data")) &&
               bl_describe(t, NULL, t->n_columns, u, bl_workbench_pool(s->workbench), bl_workbench_progress(s->workbench), err);
        row.path = good && t->path ? realpath(t->path, NULL) : NULL;
        row.profile = good ? dump(profile_json(t, u)) : NULL;
        good = good && (row.profile || bl_fail_memory(err, "the profile of the data"));
        char *path = row.path;
        row.path = path ? path : (char[]){ "" };
        good = good && bl_registry_data_note(registry, &row, err);
        free(path);
        bl_free(row.profile);
        bl_free(u);
    }
    bl_registry_close(registry);
    return good;
}

static bool store(const struct bl_kept_parts *parts, struct bl_kept_row *row, struct bl_error *err)
{
    struct bl_registry *registry;
    char *bytes;
    size_t n;
    bool ok;

    if (!bl_kept_encode(parts, &bytes, &n, row->sha256, err))
        return false;
    ok = bl_registry_open(&registry, NULL, false, err) && bl_registry_save(registry, bytes, n, row, err);
    bl_registry_close(registry);
    bl_free(bytes);
    return ok;
}

bool kept_save(struct bl_session *s, const struct judged *j, struct bl_kept_row *row, struct bl_result *r, struct bl_error *err)
{
    const struct bl_dataset *d = j->p->dataset;
    const char *name = d->table->name;
    char *metrics = NULL, *provenance = NULL, label[100], number[32];
    bool ok;

    snprintf(row->model, sizeof row->model, "%s", j->o->type->name);
    snprintf(row->data, sizeof row->data, "%s", bl_table_sha256(d->table));
    bl_show(row->dataset, sizeof row->dataset, name, strlen(name));
    ok = metrics_make(s, j, row, &metrics, err) && provenance_make(s, j, &provenance, err);

    if (ok) {
        struct bl_kept_parts parts = { j->p->recipe, &d->roles, d->table->columns[d->roles.target].name, j->o, bl_trainer_theta(j->t), metrics,
                                       provenance };
        ok = profile_note(s, d->table, err) && store(&parts, row, err);
    }
    if (ok) {
        vault_settle(s, r);
        kept_keys(r, row, metrics);
        bl_result_line(r, "%s saved as a %s: %s on %s, %s %s", kept_label(row, label, sizeof label), row->stage, row->model, row->dataset,
                       row->metric, bl_number_format(number, sizeof number, row->value, 4));
    }
    bl_free(metrics);
    bl_free(provenance);
    return ok;
}

static bool run_save(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_kept_row row = { 0 };
    struct judged j = { 0 };

    if (!a->n_words) {
        bl_fail(err, BL_USAGE, "save needs a name for the model");
        return bl_hint(err, "save churn (a name that is there gets a new version)");
    }
    if (!bl_kept_name_check(a->words[0].text, err))
        return bl_at_word(err, a, 0);
    if (!judge(s, &j, err))
        return false;
    snprintf(row.name, sizeof row.name, "%s", a->words[0].text);
    return kept_save(s, &j, &row, r, err);
}

const struct bl_command bl_command_save = {
    .name = "save", .arguments = "NAME", .group = "save", .summary = "keep the model as it stands, as the next version of a name",
    .help = "One safetensors file: parameters, recipe with its fitted values, schema, metrics on the validation rows, and where "
            "it came from (hash of the data, commands, seed, version). The registry numbers the versions of a name from 1; a new "
            "one is a candidate. It lies in $BATCHLAB_HOME, else $XDG_DATA_HOME/batchlab. Every recipe "
            "can be kept: a vocabulary, the rows that impute method=knn looks among, and the scales of sparse columns lie in the file.",
    .first = BL_ARG_KEPT, .further = BL_ARG_NONE,
    .examples = (const char *const[]){ "load iris; train full:newton; save flowers", NULL },
    .see = "open, models, verify", .run = run_save,
};

/* ---- models ------------------------------------------------------------------------------------------- */

static void models_table(struct bl_result *r, const struct bl_kept_row *rows, size_t n)
{
    struct bl_grid *g = bl_result_grid(r);

    bl_grid_column(g, "model", BL_LEFT);
    bl_grid_column(g, "version", BL_COUNT);
    bl_grid_column(g, "stage", BL_LEFT);
    bl_grid_column(g, "kind", BL_LEFT);
    bl_grid_column(g, "dataset", BL_LEFT);
    bl_grid_column(g, "figure", BL_LEFT);
    bl_grid_column(g, "value", BL_NUMBER);
    for (size_t i = 0; i < n; i++) {
        bl_grid_text(g, rows[i].name);
        bl_grid_count(g, (size_t)rows[i].version);
        bl_grid_text(g, rows[i].stage);
        bl_grid_text(g, rows[i].model);
        bl_grid_text(g, rows[i].dataset);
        bl_grid_text(g, rows[i].metric);
        bl_grid_number(g, rows[i].value);
    }
}

/* The figure of a row under the names that `save` gives: {"split": "validation", "accuracy": 0.9}. */
static json_t *one_metric(struct bl_result *r, const struct bl_kept_row *row)
{
    const size_t split = strcspn(row->metric, " ");
    json_t *one = json_object();

    if (row->metric[split])
        bl_json_set(r, one, "split", json_stringn(row->metric, split));
    bl_json_set(r, one, row->metric[split] ? row->metric + split + 1 : row->metric, bl_json_number(row->value));
    return one;
}

static void models_tell(struct bl_result *r, const struct bl_kept_row *rows, size_t n)
{
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++) {
        json_t *one = json_pack("{ss sI ss ss ss ss so}", "model", rows[i].name, "version", (json_int_t)rows[i].version, "stage", rows[i].stage, "kind",
                                rows[i].model, "dataset", rows[i].dataset, "sha256", rows[i].sha256, "metrics", one_metric(r, &rows[i]));
        bl_json_append(r, list, one);
    }
    bl_result_set(r, "models", list);
    if (n)
        models_table(r, rows, n);
    else
        bl_result_line(r, "no model was saved yet: save NAME keeps the one that was trained");
}

static bool run_models(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_registry *registry;
    struct bl_kept_row *rows = NULL;
    size_t n = 0;
    bool ok;

    (void)s, (void)a;
    if (!bl_registry_open(&registry, NULL, true, err))
        return false;
    ok = !registry || (bl_registry_check(registry, err) && bl_registry_list(registry, &rows, &n, err));
    if (ok && registry && *bl_registry_told(registry))
        bl_result_line(r, "%s", bl_registry_told(registry));
    bl_registry_close(registry);
    if (ok)
        models_tell(r, rows, n);
    bl_free(rows);
    return ok;
}

const struct bl_command bl_command_models = {
    .name = "models", .arguments = "", .group = "save", .summary = "the models that were saved, all versions",
    .help = "A version never changes. The journal of the registry, which is only added to, is checked on the way.",
    .first = BL_ARG_NONE, .further = BL_ARG_NONE, .keeps_running = true,
    .examples = (const char *const[]){ "load iris; train full:newton; save flowers; models", NULL },
    .see = "save, open, verify", .run = run_models,
};

/* ---- open, close ---------------------------------------------------------------------------------------- */

#define COLUMNS_TOLD 12

/* In a script what it says are remarks: standard output belongs to predict - out=- behind it. */
static void BL_PRINTF(2, 3) open_line(struct bl_result *r, const char *format, ...)
{
    struct bl_session *s = bl_result_session(r);
    struct bl_text line = { 0 }, shown = { 0 };
    va_list args;

    va_start(args, format);
    bl_text_addv(&line, format, args);
    va_end(args);
    if (s->interactive || s->in_dashboard) {
        bl_result_line(r, "%s", bl_text_get(&line));
    } else if (bl_result_as_text(r)) {
        bl_text_show(&shown, bl_text_get(&line), line.length);
        bl_text_add(&shown, "\n");
        bl_session_note(s, bl_text_get(&shown), shown.length);
    }
    bl_text_free(&line);
    bl_text_free(&shown);
}

static void tell_sparse(struct bl_result *r, const struct bl_kept *k, struct bl_text *reads)
{
    int64_t first;
    const size_t n = bl_recipe_sparse(k->recipe, &first), of = bl_recipe_sparse_of(k->recipe);

    if (n == 0)
        return;
    bl_text_addf(reads, "%s%zu sparse columns, ", reads->length ? ", " : "", n);
    if (n < of)
        bl_text_addf(reads, "of ");
    bl_text_addf(reads, "f%lld to f%lld", (long long)first, (long long)first + (long long)of - 1);
    bl_result_set(r, "sparse", json_pack("{sI sI}", "first", (json_int_t)first, "features", (json_int_t)n));
}

static void open_tell(struct bl_result *r, const struct bl_kept *k, const struct bl_kept_row *row)
{
    struct bl_text reads = { 0 };
    json_t *schema = json_array();
    const char *name;
    enum bl_type type;
    char label[100];
    size_t n = 0;

    for (; bl_recipe_reads(k->recipe, n, &name, &type); n++) {
        if (n < COLUMNS_TOLD)
            bl_text_addf(&reads, "%s%s (%s)", n ? ", " : "", name, bl_type_name(type));
        bl_json_append(r, schema, json_pack("{ss ss}", "name", name, "type", bl_type_name(type)));
    }
    if (n > COLUMNS_TOLD)
        bl_text_addf(&reads, " and %zu more", n - COLUMNS_TOLD);
    tell_sparse(r, k, &reads);
    kept_keys(r, row, k->metrics);
    bl_result_set(r, "target", bl_json_text(k->target));
    bl_result_set(r, "columns", schema);
    open_line(r, "%s is open (%s): %s, %zu parameters, predicts %s", kept_label(row, label, sizeof label), row->stage,
              k->objective.type->name, k->objective.n_params, k->target);
    open_line(r, "it reads %s", bl_text_get(&reads));
    open_line(r, "it is frozen: predict and params use it until close; training is refused");
    bl_text_free(&reads);
}

static bool run_open(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_language *l = bl_language_of(s);
    struct bl_kept_row row = { 0 };
    struct bl_kept *k;
    char label[100];

    if (!a->n_words) {
        bl_fail(err, BL_USAGE, "open needs the name of a model");
        return bl_hint(err, "open NAME or open NAME@VERSION (models lists them)");
    }
    if (!(k = kept_find(a->words[0].text, &row, err)))
        return bl_at_word(err, a, 0);
    bl_kept_free(l->opened);
    l->opened = k;
    l->opened_row = row;
    bl_workbench_freeze(s->workbench, kept_label(&row, label, sizeof label));
    open_tell(r, k, &row);
    return true;
}

const struct bl_command bl_command_open = {
    .name = "open", .arguments = "NAME[@VERSION]", .group = "save", .summary = "use a saved model: it predicts, frozen",
    .help = "Without a version the champion, else the newest one that is not retired. predict [FILE] and params use the model "
            "until close; a file whose columns do not fit is refused with what is wrong. It is never trained further. In a script "
            "what it says goes to standard error, so that predict - out=- has standard output for itself.",
    .first = BL_ARG_KEPT, .further = BL_ARG_NONE,
    .examples = (const char *const[]){ "load iris; train full:newton; save flowers; open flowers; predict", NULL },
    .see = "save, close, predict, verify", .run = run_open,
};

static bool run_close(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_language *l = bl_language_of(s);
    char label[100];

    (void)a;
    if (!l->opened) {
        bl_fail(err, BL_STATE, "no model is open");
        return bl_hint(err, "open NAME (models lists them)");
    }
    bl_result_set(r, "model", bl_json_text(l->opened_row.name));
    bl_result_set(r, "version", json_integer(l->opened_row.version));
    bl_result_line(r, "%s is closed", kept_label(&l->opened_row, label, sizeof label));
    bl_kept_free(l->opened);
    l->opened = NULL;
    bl_workbench_freeze(s->workbench, NULL);
    return true;
}

const struct bl_command bl_command_close = {
    .name = "close", .arguments = "", .group = "save", .summary = "put the open model away; runs are there again",
    .first = BL_ARG_NONE, .further = BL_ARG_NONE,
    .examples = (const char *const[]){ "load iris; train full:newton; save flowers; open flowers; close; eval", NULL },
    .see = "open", .run = run_close,
};
