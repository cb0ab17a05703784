/* export history, export tensorboard: the figures of the run for other programs. */
#include "src/language/commands/export.h"
#include "src/language/commands/judge.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* The contestants, at rest while they are read; finish with race_resume. */
static struct bl_race *race_rest(struct bl_session *s, bool *interrupted, struct bl_error *err)
{
    *interrupted = bl_workbench_rest(s->workbench);
    return bl_workbench_race(s->workbench, err);
}

static void race_resume(struct bl_session *s, bool interrupted)
{
    if (interrupted)
        bl_workbench_resume(s->workbench);
}

/* ---- history ---------------------------------------------------------------------------------------------- */

static const char *const history_keys[] = {"epoch", "updates", "samples_seen", "gradient_evaluations", "train_loss", "validation_loss",
                                           "objective", "gradient_norm", "lr", "seconds", NULL};

static void values_of(const struct bl_point *p, double values[10])
{
    const double all[10] = {p->epoch, (double)p->updates, (double)p->samples, (double)p->gradient_evaluations, p->train_loss, p->validation_loss,
                            p->objective, p->gradient_norm, p->lr, p->seconds};

    memcpy(values, all, sizeof all);
}

static void history_csv(struct bl_race *race, struct bl_text *out)
{
    char number[40];

    bl_text_add(out, "run");
    for (size_t k = 0; history_keys[k]; k++)
        bl_text_addf(out, ",%s", history_keys[k]);
    bl_text_add(out, "\n");
    for (size_t i = 0; i < bl_race_size(race); i++) {
        size_t n;
        const struct bl_point *points = bl_trainer_points(bl_race_trainer(race, i), &n);
        for (size_t j = 0; j < n; j++) {
            double values[10];
            values_of(&points[j], values);
            bl_csv_field(out, bl_race_name(race, i), ',', false);
            for (size_t k = 0; k < 10; k++)
                bl_text_addf(out, ",%s", isfinite(values[k]) ? bl_number_exact(number, sizeof number, values[k]) : "");
            bl_text_add(out, "\n");
        }
    }
}

static void history_jsonl(struct bl_race *race, struct bl_text *out)
{
    for (size_t i = 0; i < bl_race_size(race); i++) {
        size_t n;
        const struct bl_point *points = bl_trainer_points(bl_race_trainer(race, i), &n);
        for (size_t j = 0; j < n; j++) {
            json_t *one = json_object();
            double values[10];
            values_of(&points[j], values);
            json_object_set_new(one, "run", bl_json_text(bl_race_name(race, i)));
            for (size_t k = 0; k < 10; k++)
                json_object_set_new(one, history_keys[k],
                                    k > 0 && k < 4 ? json_integer((json_int_t)values[k]) : bl_json_number(values[k]));
            bl_json_line(one, out);
            json_decref(one);
        }
    }
}

static size_t count_points(struct bl_race *race)
{
    size_t all = 0, n;

    for (size_t i = 0; i < bl_race_size(race); i++) {
        bl_trainer_points(bl_race_trainer(race, i), &n);
        all += n;
    }
    return all;
}

static bool ends_in(const char *path, const char *end)
{
    size_t n = strlen(path), k = strlen(end);

    return n >= k && strcmp(path + n - k, end) == 0;
}

static bool history_write(struct bl_race *race, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const bool lines = ends_in(a->words[1].text, ".jsonl");
    struct bl_text bytes = {0}, what = {0};
    bool ok;

    if (!lines && !ends_in(a->words[1].text, ".csv")) {
        bl_fail(err, BL_VALUE, "a history is written as .csv or .jsonl, by the end of the file's name");
        bl_hint(err, "export history run.csv");
        return bl_at_word(err, a, 1);
    }
    (lines ? history_jsonl : history_csv)(race, &bytes);
    bl_text_addf(&what, "%zu points of %zu run%s", count_points(race), bl_race_size(race), bl_race_size(race) == 1 ? "" : "s");
    ok = bl_export_bytes(a, r, bl_text_get(&what), &bytes, err);
    bl_text_free(&bytes);
    bl_text_free(&what);
    return ok;
}

bool bl_export_history(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    bool interrupted;
    struct bl_race *race = race_rest(s, &interrupted, err);
    const bool ok = race && history_write(race, a, r, err);

    race_resume(s, interrupted);
    return ok;
}

/* ---- tensorboard ------------------------------------------------------------------------------------------ */

#define EVENTS_NAME "events.out.tfevents.1.batchlab" /* what TensorBoard looks for in a folder */

/* A folder of this name for a run: what no folder may be called becomes '_', and a name that is taken gets a number. */
static void folder_name(struct bl_race *race, size_t i, struct bl_text *out)
{
    static const char fine[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789=+-_.";
    const char *name = bl_race_name(race, i);
    size_t same = 0;

    for (size_t k = 0; k < i; k++)
        same += strcmp(bl_race_name(race, k), name) == 0;
    for (const char *c = name; *c; c++)
        bl_text_addn(out, strchr(fine, *c) && !(*c == '.' && c == name) ? c : "_", 1);
    if (!*name)
        bl_text_add(out, "run");
    if (same)
        bl_text_addf(out, "_%zu", same + 1);
}

/* With its parents, for whom the umask lets: what is exported is for others. */
static bool make_folders(const char *path, struct bl_error *err)
{
    char *copy = bl_strdup(path);
    bool ok = copy || bl_fail_memory(err, path);

    for (char *at = copy; ok && at; ) {
        at = strchr(at + 1, '/');
        if (at)
            *at = '\0';
        if (mkdir(copy, 0777) != 0 && errno != EEXIST)
            ok = bl_fail_io(err, "make", copy, errno);
        if (at)
            *at = '/';
    }
    bl_free(copy);
    return ok;
}

static bool save_bytes(const char *path, const struct bl_text *bytes, bool overwrite, struct bl_error *err)
{
    struct bl_save *file;

    if (bytes->failed)
        return bl_fail_memory(err, "the event file");
    if (!(file = bl_save_open(path, overwrite, err)))
        return false;
    if (bl_save_public(file, err) && bl_save_write(file, bl_text_get(bytes), bytes->length, err))
        return bl_save_commit(file, err);
    bl_save_abandon(file);
    return false;
}

static double start_of(const struct bl_point *points, size_t n)
{
    const char *clock = getenv("BATCHLAB_CLOCK");

    return clock && strcmp(clock, "fixed") == 0 ? 0 : (double)time(NULL) - (n ? points[n - 1].seconds : 0);
}

struct eventing { struct bl_race *race; const char *folder; enum bl_event_step step; bool overwrite; uint64_t bytes; };

static bool events_of(struct eventing *e, size_t i, json_t *list, struct bl_error *err)
{
    struct bl_text path = {0}, bytes = {0};
    size_t n, folder;
    const struct bl_point *points = bl_trainer_points(bl_race_trainer(e->race, i), &n);
    bool ok;

    bl_text_addf(&path, "%s/", e->folder);
    folder = path.length;
    folder_name(e->race, i, &path);
    bl_events_write(points, n, e->step, start_of(points, n), &bytes);
    ok = path.failed ? bl_fail_memory(err, "the event file") : make_folders(path.at, err);
    if (ok)
        json_array_append_new(list, bl_json_text(path.at + folder));
    bl_text_add(&path, "/" EVENTS_NAME);
    ok = ok && save_bytes(bl_text_get(&path), &bytes, e->overwrite, err);
    e->bytes += bytes.length;
    bl_text_free(&path);
    bl_text_free(&bytes);
    return ok;
}

static bool tensorboard_write(struct eventing *e, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    static const char *const steps[] = {"updates", "samples", "epochs", NULL};
    size_t step = bl_race_size(e->race) > 1 ? BL_EVENT_SAMPLES : BL_EVENT_UPDATES;
    struct bl_text what = {0};
    json_t *list = json_array();
    bool ok = bl_arg_choice(a, "step", steps, &step, err) && bl_arg_yes(a, "overwrite", &e->overwrite, err);

    e->step = (enum bl_event_step)step;
    for (size_t i = 0; ok && i < bl_race_size(e->race); i++)
        ok = events_of(e, i, list, err);
    if (!ok) {
        json_decref(list);
        return err->code == BL_IO ? bl_at_word(err, a, 1) : false;
    }
    bl_result_set(r, "runs", list);
    bl_text_addf(&what, "%zu points of %zu run%s", count_points(e->race), bl_race_size(e->race), bl_race_size(e->race) == 1 ? "" : "s");
    bl_export_told(r, bl_text_get(&what), a->words[1].text, e->bytes);
    bl_result_line(r, "tensorboard --logdir %s shows them, over %s", a->words[1].text, steps[step]);
    bl_text_free(&what);
    return true;
}

bool bl_export_tensorboard(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    bool interrupted;
    struct eventing e = {.race = race_rest(s, &interrupted, err), .folder = a->words[1].text};
    const bool ok = e.race && tensorboard_write(&e, a, r, err);

    race_resume(s, interrupted);
    return ok;
}
