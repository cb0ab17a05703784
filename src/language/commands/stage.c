/* champion, rollback, retire, lineage: which version is in use, since when, and why. */
#include <stdio.h>
#include <string.h>

#include "src/language/commands/keep.h"

static bool needs_name(const struct bl_args *a, struct bl_error *err)
{
    if (a->n_words)
        return true;
    bl_fail(err, BL_USAGE, "%s needs the name of a model", a->verb);
    return bl_hint(err, "models lists them");
}

/* ---- champion -------------------------------------------------------------------------------------------- */

/* "2026-11-27" (all of that day) or "2026-11-27T12:00:00", UTC. */
static bool moment_of(const struct bl_args *a, char until[32], const char **at, struct bl_error *err)
{
    static const char shape[] = "dddd-dd-ddTdd:dd:dd";
    const char *text = bl_arg(a, "on");
    size_t n = text ? strlen(text) : 0;
    bool good = n == 10 || n == 19 || (n == 20 && text[19] == 'Z');

    *at = NULL;
    if (!text)
        return true;
    for (size_t i = 0; good && i < n && i < 19; i++)
        good = shape[i] == 'd' ? text[i] >= '0' && text[i] <= '9' : text[i] == shape[i];
    if (!good) {
        bl_fail(err, BL_VALUE, "on=%s is no day", text);
        bl_hint(err, "on=2026-11-27 (the end of that day, UTC) or on=2026-11-27T12:00:00");
        return bl_at_pair(err, a, "on");
    }
    snprintf(until, 32, "%.10sT%sZ", text, n == 10 ? "23:59:59" : text + 11);
    until[19] = 'Z';
    until[20] = '\0';
    *at = until;
    return true;
}

static json_t *version_json(const struct bl_kept_row *row)
{
    return json_pack("{ss sI ss ss ss ss ss sf}", "model", row->name, "version", (json_int_t)row->version, "stage", row->stage, "sha256", row->sha256,
                     "kind", row->model, "saved", row->saved, "figure", row->metric, "value", row->value);
}

static void champion_row(struct bl_result *r, struct bl_grid *g, json_t *list, const struct bl_kept_row *row)
{
    bl_json_append(r, list, version_json(row));
    bl_grid_text(g, row->name);
    bl_grid_count(g, (size_t)row->version);
    bl_grid_text(g, row->model);
    bl_grid_text(g, row->saved);
    bl_grid_text(g, row->metric);
    bl_grid_number(g, row->value);
}

static bool champions_list(struct bl_registry *registry, const char *until, struct bl_result *r, struct bl_error *err)
{
    struct bl_kept_row *rows, row;
    struct bl_grid *g = bl_result_grid(r);
    json_t *list = json_array();
    size_t n;
    bool good = bl_registry_list(registry, &rows, &n, err), found;

    bl_grid_column(g, "champion", BL_LEFT);
    bl_grid_column(g, "version", BL_COUNT);
    bl_grid_column(g, "kind", BL_LEFT);
    bl_grid_column(g, "saved", BL_LEFT);
    bl_grid_column(g, "figure", BL_LEFT);
    bl_grid_column(g, "value", BL_NUMBER);
    for (size_t i = 0; good && i < n; i++)
        if (rows[i].version == 1 && (good = bl_registry_champion(registry, rows[i].name, until, &row, &found, err)) && found)
            champion_row(r, g, list, &row);
    if (good && !json_array_size(list))
        kept_say(r, "no name has a champion%s%s: promote NAME judges its newest candidate", until ? " at " : "", until ? until : "");
    bl_result_set(r, "champions", list);
    if (good)
        bl_free(rows);
    return good;
}

static bool champion_one(struct bl_registry *registry, const struct bl_args *a, const char *until, struct bl_result *r, struct bl_error *err)
{
    struct bl_kept_row row = { 0 };
    char label[100], number[32];
    bool found;

    if (!bl_registry_find(registry, a->words[0].text, &row, err))
        return bl_at_word(err, a, 0);
    if (!bl_registry_champion(registry, row.name, until, &row, &found, err))
        return false;
    if (!found) {
        bl_fail(err, BL_STATE, "%s has no champion%s%s", row.name, until ? " at " : "", until ? until : "");
        return bl_hint(err, "promote %s judges its newest candidate; lineage %s tells what happened", row.name, row.name);
    }
    kept_keys(r, &row, NULL);
    kept_say(r, "%s %s the champion%s%s: %s on %s, %s %s, saved %s", kept_label(&row, label, sizeof label), until ? "was" : "is",
                   until ? " at " : "", until ? until : "", row.model, row.dataset, row.metric, bl_number_format(number, sizeof number, row.value, 4),
                   row.saved);
    return true;
}

static bool run_champion(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_registry *registry;
    char moment[32];
    const char *until;
    bool good;

    (void)s;
    if (!moment_of(a, moment, &until, err) || !(registry = kept_registry(true, err)))
        return false;
    good = a->n_words ? champion_one(registry, a, until, r, err) : champions_list(registry, until, r, err);
    bl_registry_close(registry);
    return good;
}

const struct bl_command bl_command_champion = {
    .name = "champion", .arguments = "[NAME]", .group = "save", .summary = "the version in use, now or on a day",
    .help = "Of every name, or of one. on= reads the journal: who was champion at the end of that day (UTC), or at that moment.",
    .first = BL_ARG_KEPT, .further = BL_ARG_NONE, .keeps_running = true,
    .keys = BL_KEYS({ "on", "", "2026-11-27 or 2026-11-27T12:00:00, UTC (default now)" }),
    .examples = BL_EXAMPLES("load iris; train batch; save sepals; promote sepals; champion"),
    .see = "promote, rollback, lineage", .run = run_champion,
};

/* ---- rollback, retire ---------------------------------------------------------------------------------------- */

static bool run_rollback(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_registry *registry;
    struct bl_kept_row from = { 0 }, row = { 0 };
    char label[100], other[100];
    bool good;

    (void)s;
    if (!needs_name(a, err) || !(registry = kept_registry(false, err)))
        return false;
    good = bl_registry_find(registry, a->words[0].text, &row, err) || bl_at_word(err, a, 0);
    good = good && bl_registry_rollback(registry, row.name, &from, &row, err);
    bl_registry_close(registry);
    if (!good)
        return false;
    kept_keys(r, &row, NULL);
    bl_result_set(r, "from", json_integer(from.version));
    kept_say(r, "%s is the champion again, and %s is retired", kept_label(&row, label, sizeof label), kept_label(&from, other, sizeof other));
    return true;
}

const struct bl_command bl_command_rollback = {
    .name = "rollback", .arguments = "NAME", .group = "save", .summary = "the champion before this one is champion again",
    .help = "The present champion is retired, in the same transaction. A second rollback goes one further back. Nothing is judged: "
            "it is for when the champion fails in use.",
    .first = BL_ARG_KEPT, .further = BL_ARG_NONE, .keeps_running = true,
    .examples = BL_EXAMPLES("load iris; train sgd; save bloom; promote bloom;\n           save bloom; promote bloom margin=-1; rollback bloom"),
    .see = "promote, champion, lineage", .run = run_rollback,
};

static bool run_retire(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_registry *registry;
    struct bl_kept_row row = { 0 };
    char label[100];
    bool good;

    (void)s;
    if (!needs_name(a, err) || !(registry = kept_registry(false, err)))
        return false;
    good = bl_registry_candidate(registry, a->words[0].text, &row, err) && bl_registry_retire(registry, &row, bl_arg(a, "why") ? bl_arg(a, "why") : "", err);
    bl_registry_close(registry);
    if (!good)
        return bl_at_word(err, a, 0);
    kept_keys(r, &row, NULL);
    kept_say(r, "%s is retired", kept_label(&row, label, sizeof label));
    return true;
}

const struct bl_command bl_command_retire = {
    .name = "retire", .arguments = "NAME[@VERSION]", .group = "save", .summary = "put a version out of use",
    .help = "Without a version the newest candidate. It can still be opened by its number, until gc removes its file. A champion is not "
            "retired but replaced: promote another version, or rollback.",
    .first = BL_ARG_KEPT, .further = BL_ARG_NONE, .keeps_running = true,
    .keys = BL_KEYS({ "why", "", "a reason for the journal" }),
    .examples = BL_EXAMPLES("load iris; train batch; save trial; retire trial why='a trial'"),
    .see = "promote, models", .run = run_retire,
};

/* ---- gc ------------------------------------------------------------------------------------------------------------ */

static bool run_gc(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_registry *registry;
    struct bl_gc x = { 0 };
    bool retired = false, dry = false, good;
    double hours = 24;
    char size[32];

    (void)s;
    if (!bl_arg_yes(a, "retired", &retired, err) || !bl_arg_yes(a, "dry", &dry, err) || !bl_arg_number(a, "hours", &hours, err))
        return false;
    if (!(hours >= 0)) {
        bl_fail(err, BL_VALUE, "hours=%s must be 0 or more", bl_arg(a, "hours"));
        bl_hint(err, "hours=24");
        return bl_at_pair(err, a, "hours");
    }
    if (!(registry = kept_registry(false, err)))
        return false;
    good = bl_registry_gc(registry, retired, hours * 3600, dry, &x, err);
    bl_registry_close(registry);
    if (!good)
        return false;
    bl_result_set(r, "orphans", json_integer((json_int_t)x.orphans));
    bl_result_set(r, "versions", json_integer((json_int_t)x.versions));
    bl_result_set(r, "bytes", json_integer((json_int_t)x.bytes));
    bl_result_set(r, "dry", json_boolean(dry));
    kept_say(r, "%s%zu file%s that no version names, %s", dry ? "would remove " : "removed ", x.orphans, x.orphans == 1 ? "" : "s",
                   bl_bytes_format(size, sizeof size, (double)x.bytes));
    if (retired)
        kept_say(r, "%zu retired version%s %s without a file: they stay in lineage, and can not be opened", x.versions, x.versions == 1 ? "" : "s",
                       dry ? "would be" : x.versions == 1 ? "is now" : "are now");
    return true;
}

const struct bl_command bl_command_gc = {
    .name = "gc", .arguments = "", .group = "save", .summary = "remove files of the registry that nothing needs",
    .help = "Files that no version names: an interrupted save leaves them. With retired=yes the retired versions lose their files, too: "
            "their rows and their history stay, and rollback does not go back to them. Candidates and champions are never touched. Opening "
            "the registry to write removes what no version names once a day by itself.",
    .first = BL_ARG_NONE, .further = BL_ARG_NONE, .keeps_running = true,
    .keys = BL_KEYS({ "retired", "yes|no", "remove the files of retired versions (default no)" }, { "hours", "", "only files older than that (default 24)" },
                    { "dry", "yes|no", "only say what would go (default no)" }),
    .examples = BL_EXAMPLES("load iris; train batch; save old; retire old; gc retired=yes hours=0"),
    .see = "retire, models, lineage", .run = run_gc,
};

/* ---- lineage ---------------------------------------------------------------------------------------------------- */

/* The sentence of an event: the first reason of a decision, where it came from, or what was written. */
static void event_words(const struct bl_journal_row *row, char *to, size_t size)
{
    json_t *why = json_loads(row->why, 0, NULL);
    const char *reason = json_string_value(json_array_get(json_object_get(why, "reasons"), 0));
    const json_t *from = json_object_get(why, "from"), *over = json_object_get(why, "over");

    *to = '\0';
    if (json_is_integer(over))
        snprintf(to, size, "over version %lld: %.400s", (long long)json_integer_value(over), reason ? reason : "");
    else if (reason)
        snprintf(to, size, "%.400s", reason);
    else if (json_object_get(why, "drifted"))
        snprintf(to, size, "%lld of %lld columns drifted", (long long)json_integer_value(json_object_get(why, "drifted")),
                 (long long)json_integer_value(json_object_get(why, "judged")));
    else if (json_is_integer(from))
        snprintf(to, size, "from version %lld", (long long)json_integer_value(from));
    else if (!why)
        bl_show(to, size, row->why, strlen(row->why));
    json_decref(why);
}

static void journal_tell(struct bl_result *r, const struct bl_journal_row *rows, size_t n)
{
    json_t *list = json_array();
    char words[500];

    for (size_t i = 0; i < n; i++) {
        json_t *why = json_loads(rows[i].why, 0, NULL);
        event_words(&rows[i], words, sizeof words);
        kept_say(r, "  %s %s @%lld%s%s", rows[i].at, rows[i].event, (long long)rows[i].version, *words ? ": " : "", words);
        bl_json_append(r, list, json_pack("{sI ss ss sI ss so}", "number", (json_int_t)rows[i].number, "at", rows[i].at, "event", rows[i].event,
                                          "version", (json_int_t)rows[i].version, "sha256", rows[i].sha256, "why",
                                          why ? why : bl_json_text(rows[i].why)));
    }
    bl_result_set(r, "journal", list);
}

static void versions_tell(struct bl_result *r, const struct bl_kept_row *rows, size_t n, const char *name)
{
    json_t *list = json_array();
    char number[32];

    for (size_t i = 0; i < n; i++) {
        char from[48] = "";
        json_t *one;
        if (strcmp(rows[i].name, name))
            continue;
        one = version_json(&rows[i]);
        bl_json_set(r, one, "data_sha256", json_string(rows[i].data));
        if (rows[i].parent) {
            snprintf(from, sizeof from, ", retrained from %lld", (long long)rows[i].parent);
            bl_json_set(r, one, "parent", json_integer(rows[i].parent));
        }
        if (rows[i].gone[0])
            bl_json_set(r, one, "gone", json_string(rows[i].gone));
        bl_json_append(r, list, one);
        kept_say(r, "%s@%lld %s: %s on %s (data %.12s)%s, %s %s%s%s", name, (long long)rows[i].version, rows[i].stage, rows[i].model,
                       rows[i].dataset, rows[i].data[0] ? rows[i].data : "unknown", from, rows[i].metric,
                       bl_number_format(number, sizeof number, rows[i].value, 4), rows[i].gone[0] ? ", file removed " : "", rows[i].gone);
    }
    bl_result_set(r, "model", bl_json_text(name));
    bl_result_set(r, "versions", list);
}

/* Each source once, with what was made out of it. */
static bool data_tell(struct bl_registry *registry, struct bl_result *r, const struct bl_kept_row *rows, size_t n, const char *name, struct bl_error *err)
{
    json_t *list = json_array();
    bool good = true;

    for (size_t i = 0; good && i < n; i++) {
        struct bl_data_row *data = NULL;
        size_t k = 0, before = 0;
        while (before < i && (strcmp(rows[before].name, name) || strcmp(rows[before].data, rows[i].data)))
            before++;
        if (strcmp(rows[i].name, name) || before < i)
            continue;
        good = bl_registry_data_list(registry, rows[i].data, &data, &k, err);
        for (size_t j = 0; good && j < k; j++) {
            kept_say(r, "data %.12s%s%s: %s, %lld rows x %lld columns", data[j].sha256, *data[j].made ? ", " : "", data[j].made, data[j].name,
                     (long long)data[j].rows, (long long)data[j].columns);
            json_t *profile = json_loads(data[j].profile, 0, NULL);
            bl_json_append(r, list, json_pack("{ss so so so sI so}", "sha256", data[j].sha256, "made", bl_json_text(data[j].made), "dataset",
                                              bl_json_text(data[j].name), "path", bl_json_text(data[j].path), "rows", (json_int_t)data[j].rows, "columns",
                                              profile ? profile : json_null()));
        }
        bl_data_free(data, k);
    }
    bl_result_set(r, "data", list);
    return good;
}

static bool run_lineage(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_registry *registry;
    struct bl_kept_row row = { 0 }, *rows = NULL;
    struct bl_journal_row *journal = NULL;
    size_t n = 0, n_journal = 0;
    bool good;

    (void)s;
    if (!needs_name(a, err) || !(registry = kept_registry(true, err)))
        return false;
    good = bl_registry_find(registry, a->words[0].text, &row, err) || bl_at_word(err, a, 0);
    good = good && bl_registry_check(registry, err) && bl_registry_list(registry, &rows, &n, err) &&
           bl_registry_journal(registry, row.name, &journal, &n_journal, err);
    if (good) {
        versions_tell(r, rows, n, row.name);
        good = data_tell(registry, r, rows, n, row.name, err);
        journal_tell(r, journal, n_journal);
    }
    bl_registry_close(registry);
    bl_journal_free(journal, n_journal);
    bl_free(rows);
    return good;
}

const struct bl_command bl_command_lineage = {
    .name = "lineage", .arguments = "NAME", .group = "save", .summary = "where the versions of a model came from, and what became of them",
    .help = "Every version with its data (the figures of its columns in JSON) and the one that it was retrained from, then every event of the journal with its reason. The "
            "chain of the journal is checked on the way.",
    .first = BL_ARG_KEPT, .further = BL_ARG_NONE, .keeps_running = true,
    .examples = BL_EXAMPLES("load iris; train batch; save garden; promote garden; lineage garden"),
    .see = "models, champion, verify", .run = run_lineage,
};
