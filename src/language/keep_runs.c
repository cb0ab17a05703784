/* Finished runs go into the registry by themselves, with every point. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/language/private.h"

static const char *const keep_words[] = { "auto", "yes", "no", NULL };

const char *bl_keep_runs_word(const struct bl_session *s)
{
    return keep_words[bl_language_of((struct bl_session *)(uintptr_t)s)->keep.mode];
}

bool bl_keep_runs_set(struct bl_session *s, const char *word, struct bl_error *err)
{
    struct bl_keep_runs *k = &bl_language_of(s)->keep;

    for (int i = 0; keep_words[i]; i++)
        if (strcmp(word ? word : "auto", keep_words[i]) == 0) {
            k->mode = i;
            k->failed = false;
            return true;
        }
    bl_fail(err, BL_VALUE, "runs=%s is none of auto, yes, no", word);
    return bl_hint(err, "set runs=auto");
}

/* ---- is there something to keep? ----------------------------------------------------------------------------- */

/* All epochs that were planned, converged, diverged, or stopped by its condition. */
static bool finished(struct bl_session *s, struct bl_race *race)
{
    const uint64_t planned = bl_workbench_planned(s->workbench);

    if (*bl_workbench_stopped_by(s->workbench))
        return true;
    for (size_t i = 0; i < bl_race_size(race); i++) {
        struct bl_trainer *t = bl_race_trainer(race, i);
        const enum bl_status status = bl_trainer_status(t);
        if (status != BL_CONVERGED && status != BL_DIVERGED_RUN && bl_trainer_epoch(t) < (double)planned)
            return false;
    }
    return bl_race_size(race) > 0;
}

/* What the run is and where it stands; the same text twice: nothing happened since. */
static void mark_of(struct bl_session *s, struct bl_race *race, const struct bl_table *t, char run[120], char stands[160])
{
    uint64_t updates = 0;

    for (size_t i = 0; i < bl_race_size(race); i++)
        updates += bl_trainer_update(bl_race_trainer(race, i));
    snprintf(run, 120, "%zu %zu %.40s %.20s", bl_workbench_run_number(s->workbench), bl_race_size(race), t->name, bl_table_sha256(t));
    snprintf(stands, 160, "%s %llu", run, (unsigned long long)updates);
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

/* lr=auto as what it became. */
static char *settings_text(struct bl_trainer *t, const struct bl_model *m)
{
    const struct bl_settings *s = bl_trainer_settings(t);
    json_t *all = json_object();
    struct bl_point now;
    char word[32], *text;

    json_object_set_new(all, "regime", json_string(bl_settings_regime_word(s, word, sizeof word)));
    for (size_t i = 0; bl_settings_keys[i]; i++) {
        struct bl_text value = { 0 };
        if (bl_run_setting_text(s, bl_settings_keys[i], &value) && value.length)
            json_object_set_new(all, bl_settings_keys[i], bl_json_text(bl_text_get(&value)));
        bl_text_free(&value);
    }
    if (json_object_get(all, "lr") && bl_trainer_point(t, &now, NULL))
        json_object_set_new(all, "lr", json_real(now.lr));
    json_object_set_new(all, "l2", json_real(m->l2));
    json_object_set_new(all, "l1", json_real(m->l1));
    text = json_dumps(all, JSON_COMPACT | JSON_REAL_PRECISION(17));
    json_decref(all);
    return text;
}

static char *commands_text(struct bl_session *s)
{
    json_t *list = bl_record_commands(&bl_language_of(s)->record);
    char *text = json_dumps(list, JSON_COMPACT);

    json_decref(list);
    return text;
}

static void fill(struct bl_session *s, struct bl_race *race, size_t i, const struct bl_dataset *d, struct bl_run_row *row)
{
    struct bl_trainer *t = bl_race_trainer(race, i);
    const struct bl_objective *o = bl_workbench_objective(s->workbench, NULL);

    bl_show(row->dataset, sizeof row->dataset, d->table->name, strlen(d->table->name));
    snprintf(row->data, sizeof row->data, "%s", bl_table_sha256(d->table));
    snprintf(row->model, sizeof row->model, "%s", o ? o->type->name : "");
    bl_show(row->what, sizeof row->what, bl_race_name(race, i), strlen(bl_race_name(race, i)));
    snprintf(row->status, sizeof row->status, "%s", bl_status_name(bl_trainer_status(t)));
    row->seed = bl_language_of(s)->record.seed;
    row->settings = settings_text(t, bl_workbench_model(s->workbench));
    row->commands = commands_text(s);
    bl_trainer_points(t, &row->n_points);
    bl_trainer_point(t, &row->last, NULL);
}

static bool store(struct bl_session *s, struct bl_race *race, const struct bl_dataset *d, struct bl_registry *r, struct bl_error *err)
{
    struct bl_keep_runs *k = &bl_language_of(s)->keep;
    const size_t n = bl_race_size(race);
    struct bl_run_row *rows = bl_calloc(n, sizeof *rows);
    const struct bl_point **points = bl_calloc(n, sizeof *points);
    bool good = rows && points;

    for (size_t i = 0; good && i < n; i++) {
        size_t count;
        fill(s, race, i, d, &rows[i]);
        points[i] = bl_trainer_points(bl_race_trainer(race, i), &count);
        rows[i].number = k->first ? k->first + (int64_t)i : 0; /* goes on: takes the place of what it was */
    }
    good = good ? bl_registry_runs_save(r, rows, points, n, err) : bl_fail_memory(err, "the runs");
    if (good)
        k->first = rows[0].number;
    for (size_t i = 0; rows && i < n; i++) {
        free(rows[i].settings);
        free(rows[i].commands);
    }
    bl_free(rows);
    bl_free(points);
    return good;
}

/* auto: only where there is a registry already. */
static bool open_registry(const struct bl_keep_runs *k, struct bl_registry **r, struct bl_error *err)
{
    if (k->mode == 0) {
        if (!bl_registry_open(r, NULL, true, err))
            return false;
        if (!*r)
            return true;
        bl_registry_close(*r);
    }
    return bl_registry_open(r, NULL, false, err);
}

void bl_keep_runs(struct bl_session *s)
{
    struct bl_keep_runs *k = &bl_language_of(s)->keep;
    const struct bl_dataset *d = k->mode == 2 || k->failed ? NULL : bl_workbench_dataset(s->workbench, NULL);
    struct bl_race *race = d && !bl_workbench_busy(s->workbench) && !bl_language_of(s)->opened ? bl_workbench_race(s->workbench, NULL) : NULL;
    struct bl_registry *r = NULL;
    struct bl_error err = { 0 };
    char run[120], stands[160];

    if (!race || !finished(s, race))
        return;
    mark_of(s, race, d->table, run, stands);
    if (strcmp(stands, k->stands) == 0)
        return;
    if (strcmp(run, k->run) != 0)
        k->first = 0;
    if (open_registry(k, &r, &err) && (!r || store(s, race, d, r, &err))) {
        snprintf(k->run, sizeof k->run, "%s", run);
        snprintf(k->stands, sizeof k->stands, "%s", stands);
    } else {
        k->failed = true; /* told once: training does not depend on it */
        bl_reason(&err, "runs are not kept from here on; set runs=no says so for good");
        struct bl_text text = { 0 };
        bl_message_print(&err, "warning", NULL, NULL, &text);
        if (s->output != BL_OUT_JSON)
            bl_session_note(s, bl_text_get(&text), text.length);
        bl_text_free(&text);
    }
    bl_registry_close(r);
}
