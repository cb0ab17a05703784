/* retrain: a candidate from the way in which the champion was made, on data that has grown. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/language/commands/again.h"

struct retraining {
    struct bl_kept_row from; struct bl_kept *kept;
    json_t *provenance;
    char **lines; size_t n;     /* what is done */
    bool is_in;                 /* the rows of data= are there already */
    struct again again;
    struct judged j;
};

/* ---- the commands ------------------------------------------------------------------------------------------ */

static bool verb_is(const char *line, const char *verb)
{
    size_t n = strlen(verb);

    return strncmp(line, verb, n) == 0 && (line[n] == ' ' || line[n] == '\0');
}

static bool add_line(struct retraining *x, const char *line, struct bl_error *err)
{
    return (x->lines[x->n++] = bl_strdup(line)) || bl_fail_memory(err, "the commands");
}

static const char *line_at(const struct retraining *x, size_t i)
{
    const char *line = json_string_value(json_array_get(json_object_get(x->provenance, "commands"), i));

    return line ? line : "";
}

/* The last command that brings rows: behind it the new ones come, before anything is made out of them. */
static size_t last_source(const struct retraining *x, size_t n)
{
    size_t at = 0;

    for (size_t i = 0; i < n; i++) {
        const char *line = line_at(x, i);
        if (verb_is(line, "load") || verb_is(line, "append") || verb_is(line, "generate") || (verb_is(line, "use") && bl_record_makes_data(line)))
            at = i;
    }
    return at;
}

/* Whether the bytes of a file are among the data of the model: they are not learned from twice. */
static bool is_in(const struct retraining *x, size_t n, const char *sha256)
{
    if (strcmp(again_text(x->provenance, "sha256"), sha256) == 0)
        return true;
    for (size_t i = 0; i < n; i++)
        if (verb_is(line_at(x, i), "append") && strstr(line_at(x, i), sha256))
            return true;
    return false;
}

/* The file may be another tomorrow: the registry keeps what it holds. */
static bool keep_data(const char *path, char sha256[65], struct bl_error *err)
{
    const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    struct bl_registry *registry = NULL;
    char *bytes, shown[200];
    size_t n;
    bool good;

    if (!bl_file_read(path, BL_KEPT_FILE_MOST, &bytes, &n, err))
        return false;
    good = (registry = kept_registry(false, err)) && bl_registry_data_keep(registry, bytes, n, bl_show(shown, sizeof shown, name, strlen(name)), sha256, err);
    bl_registry_close(registry);
    bl_free(bytes);
    return good;
}

static bool append_line(struct retraining *x, size_t n, const char *data, struct bl_text *line, struct bl_error *err)
{
    char *whole = strcmp(data, "-") ? realpath(data, NULL) : NULL, sha256[65];
    bool good = false;

    if (strcmp(data, "-") == 0) {
        bl_fail(err, BL_VALUE, "standard input can not be read again, so nothing is retrained on it");
        bl_hint(err, "write the rows to a file: retrain NAME data=new.csv");
    } else if (!whole) {
        good = true; /* a set by its name, or a file that is not there: append says so */
        bl_text_addf(line, strchr(data, '\'') ? "append \"%s\"" : "append '%s'", data);
    } else if ((good = again_file_hash(whole, sha256, err))) {
        x->is_in = is_in(x, n, sha256);
        good = x->is_in || keep_data(whole, sha256, err);
        if (good && !x->is_in)
            bl_text_addf(line, "append kept:%s", sha256);
    }
    free(whole);
    return good;
}

/* Old windows give way to the new one; without one they stay, behind all rows. */
static bool window_lines(struct retraining *x, size_t n, const char *window, const char *by, struct bl_error *err)
{
    struct bl_text line = { 0 };
    bool good = true;

    if (!window) {
        for (size_t i = 0; good && i < n; i++)
            if (verb_is(line_at(x, i), "window"))
                good = add_line(x, line_at(x, i), err);
        return good;
    }
    if (strcmp(window, "all") == 0)
        return true;
    bl_text_addf(&line, "window %s", window);
    if (by)
        bl_text_addf(&line, " by='%s'", by);
    good = add_line(x, bl_text_get(&line), err);
    bl_text_free(&line);
    return good;
}

static bool make_lines(const struct bl_args *a, struct retraining *x, struct bl_error *err)
{
    const size_t n = json_array_size(json_object_get(x->provenance, "commands")), at = n ? last_source(x, n) : 0;
    const char *data = bl_arg(a, "data");
    struct bl_text append = { 0 };
    bool good = (x->lines = bl_calloc(2 * n + 3, sizeof *x->lines)) || bl_fail_memory(err, "the commands");

    if (good && !n) {
        bl_fail(err, BL_STATE, "%s@%lld does not say how it was made", x->from.name, (long long)x->from.version);
        good = bl_hint(err, "train again and save %s", x->from.name);
    }
    if (good && data && !append_line(x, n, data, &append, err))
        good = bl_at_pair(err, a, "data");
    for (size_t i = 0; good && i < n; i++) {
        if (!verb_is(line_at(x, i), "window"))
            good = add_line(x, line_at(x, i), err);
        if (good && i == at)
            good = (!append.length || add_line(x, bl_text_get(&append), err)) && window_lines(x, n, bl_arg(a, "window"), bl_arg(a, "by"), err);
    }
    bl_text_free(&append);
    return good;
}

/* ---- training ---------------------------------------------------------------------------------------------- */

static bool run_lines(struct bl_session *s, struct retraining *x, struct bl_error *err)
{
    char why[500];

    for (size_t i = 0; i < x->n; i++) {
        if (again_run(&x->again, x->lines[i], why, sizeof why))
            continue;
        if (bl_stopped(bl_workbench_progress(s->workbench)) || bl_stopped(bl_workbench_progress(x->again.workbench)))
            return bl_fail(err, BL_STOPPED, "retraining was interrupted");
        bl_fail(err, BL_STATE, "%s@%lld can not be retrained: %s", x->from.name, (long long)x->from.version, why + strlen("commands: "));
        return bl_hint(err, "verify %s tells whether it can still be made as it was", x->from.name);
    }
    return true;
}

static bool train_again(struct bl_session *s, struct retraining *x, struct bl_error *err)
{
    if (!again_open(&x->again, s, (uint64_t)json_integer_value(json_object_get(x->provenance, "seed")), err) || !run_lines(s, x, err) ||
        !judge(&x->again.session, &x->j, err))
        return false;
    if (bl_trainer_status(x->j.t) != BL_DIVERGED_RUN)
        return true;
    bl_fail(err, BL_DIVERGED, "training diverged on these rows: no candidate was made");
    return bl_hint(err, "look at the new rows (drift), or train and save %s with another lr", x->from.name);
}

/* The same commands on the same bytes, and not one bit is another than in the version that it was made from. */
static bool nothing_new(struct retraining *x)
{
    const struct bl_objective *o = x->j.o;
    json_t *commands = bl_record_commands(&bl_language_of(&x->again.session)->record);
    const bool same = json_equal(commands, json_object_get(x->provenance, "commands")) &&
                      strcmp(bl_table_sha256(x->j.p->dataset->table), again_text(x->provenance, "sha256")) == 0;

    json_decref(commands);
    return same && o->n_params == x->kept->objective.n_params && memcmp(bl_trainer_theta(x->j.t), x->kept->theta, o->n_params * sizeof(double)) == 0;
}

static void tell(struct bl_result *r, const struct retraining *x, bool identical)
{
    const struct bl_table *t = x->j.p->dataset->table;
    char label[100];

    bl_result_set(r, "identical", json_boolean(identical));
    bl_result_set(r, "parent", json_integer(x->from.version));
    bl_result_set(r, "rows", json_integer((json_int_t)t->n_rows));
    kept_label(&x->from, label, sizeof label);
    if (x->is_in)
        kept_say(r, "the rows of the file are among those of %s already: they were not taken twice", label);
    if (identical)
        kept_say(r, "%s again, to the bit: nothing was saved (data=FILE brings new rows)", label);
    else
        kept_say(r, "made as %s was, on %zu rows; promote %s judges it", label, t->n_rows, x->from.name);
}

static bool retrain(struct bl_session *s, const struct bl_args *a, struct retraining *x, struct bl_result *r, struct bl_error *err)
{
    struct bl_kept_row row = { 0 };
    bool identical;

    if (!(x->kept = kept_find(a->words[0].text, &x->from, err)))
        return bl_at_word(err, a, 0);
    x->provenance = json_loads(x->kept->provenance, JSON_REJECT_DUPLICATES, NULL);
    if (!make_lines(a, x, err) || !train_again(s, x, err))
        return false;
    identical = nothing_new(x);
    if (identical) {
        kept_keys(r, &x->from, x->kept->metrics);
    } else {
        snprintf(row.name, sizeof row.name, "%s", x->from.name);
        row.parent = x->from.version;
        if (!kept_save(&x->again.session, &x->j, &row, r, err))
            return false;
    }
    tell(r, x, identical);
    return true;
}

static void retraining_done(struct retraining *x)
{
    again_close(&x->again);
    bl_kept_free(x->kept);
    json_decref(x->provenance);
    for (size_t i = 0; x->lines && i < x->n; i++)
        bl_free(x->lines[i]);
    bl_free(x->lines);
    bl_free(x);
}

static bool run_retrain(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct retraining *x;
    bool good;

    if (!a->n_words) {
        bl_fail(err, BL_USAGE, "retrain needs the name of a model");
        return bl_hint(err, "retrain NAME data=new.csv (models lists them)");
    }
    if (bl_arg(a, "by") && !bl_arg(a, "window")) {
        bl_fail(err, BL_USAGE, "by= belongs to window=");
        bl_hint(err, "retrain %s window=last:1000 by=%s", a->words[0].text, bl_arg(a, "by"));
        return bl_at_pair(err, a, "by");
    }
    if (!(x = bl_calloc(1, sizeof *x)))
        return bl_fail_memory(err, "retraining");
    good = retrain(s, a, x, r, err);
    retraining_done(x);
    return good;
}

const struct bl_command bl_command_retrain = {
    .name = "retrain", .arguments = "NAME[@VERSION]", .group = "save", .summary = "make a candidate as the champion was made, on data that has grown",
    .help = "The commands of its provenance are done again in a session of their own, on what their files hold now, with the rows of "
            "data=FILE behind them (the registry keeps a copy of the file): the recipe is fitted anew, the split drawn anew, the model trained from its start. window= then takes all "
            "rows, the last ones, or those since a day. The result is the next version, a candidate: promote judges it. Where every bit "
            "is as before nothing is saved.",
    .first = BL_ARG_KEPT, .further = BL_ARG_NONE,
    .keys = BL_KEYS({ "data", "", "file with further rows" }, { "window", "all|last:|since:", "rows to train on (default: as before, or all)" },
                    { "by", "", "column of the window that tells the time" }),
    .examples = BL_EXAMPLES("load iris; train batch; save meadow; retrain meadow window=last:100"),
    .see = "promote, append, window, verify, drift", .run = run_retrain,
};
