/* The test vault: each look at the test rows is counted, told, and written into the journal of the registry, where there is
 * one, so that the count goes on in later sessions. So are checks of drift. */
#include <stdlib.h>
#include <string.h>

#include "src/language/commands/judge.h"
#include "src/language/commands/keep.h"
#include "src/language/commands/trial.h"

/* By what looks at the rows of a table are known again: the SHA-256 of its source, and of the commands that made it. */
static void key_of(const struct bl_table *t, char hex[65])
{
    const char *made = t->made ? t->made : "", *sha = bl_table_sha256(t);
    struct bl_sha256 sum;

    if (*sha && !*made) {
        memcpy(hex, sha, 65);
        return;
    }
    bl_sha256_start(&sum);
    bl_sha256_add(&sum, sha, strlen(sha));
    bl_sha256_add(&sum, "\n", 1);
    bl_sha256_add(&sum, *made ? made : t->name, strlen(*made ? made : t->name));
    bl_sha256_end(&sum, hex);
}

/* What was seen was seen: a registry that can not be written is a warning. True: it was written. */
bool vault_note(struct bl_session *s, const char *event, const struct bl_kept_row *row, json_t *why, struct bl_result *r)
{
    struct bl_registry *registry = NULL;
    struct bl_error err = { 0 };
    char *text = json_dumps(why, JSON_COMPACT | JSON_REAL_PRECISION(17));
    bool good = text && !bl_language_of(s)->done_again && bl_registry_open(&registry, NULL, true, &err) && registry;

    json_decref(why);
    if (good) {
        bl_registry_close(registry);
        registry = NULL;
        good = bl_registry_open(&registry, NULL, false, &err) && bl_registry_note(registry, event, row, text, &err);
    }
    bl_registry_close(registry);
    free(text);
    if (!good && err.code != BL_OK && err.code != BL_STATE)
        bl_warnf(bl_result_warnings(r), err.hint, "this %s is not in the journal: %s", event, err.message);
    return good;
}

/* Looks of earlier sessions, once for each dataset. */
static void recall(struct bl_dataset *d)
{
    struct bl_registry *registry = NULL;
    char key[65];
    size_t n = 0;

    if (d->looks_known)
        return;
    d->looks_known = true;
    key_of(d->table, key);
    if (bl_registry_open(&registry, NULL, true, NULL) && registry && bl_registry_looks(registry, key, &n, NULL)) {
        d->test_looks += n;
        d->looks_written = d->test_looks;
    }
    bl_registry_close(registry);
}

static bool write_look(struct bl_session *s, const struct bl_dataset *d, json_t *why, struct bl_result *r)
{
    struct bl_kept_row row = { 0 };

    key_of(d->table, row.sha256);
    json_object_set_new(why, "dataset", bl_json_text(d->table->name));
    return vault_note(s, "look", &row, why, r);
}

void vault_look(struct bl_session *s, const struct judged *j, const struct bl_evaluation *e, struct bl_result *r)
{
    struct bl_dataset *d = bl_workbench_dataset(s->workbench, NULL);
    json_t *why;
    char state[65];

    if (!d)
        return;
    recall(d);
    bl_workbench_look(s->workbench);
    bl_trainer_hash(j->t, state);
    why = json_pack("{sI sI ss sf sI ss}", "rows", (json_int_t)e->rows, "seed", (json_int_t)j->p->split.seed, "model", j->o->type->name, "epoch",
                    bl_trainer_epoch(j->t), "update", (json_int_t)bl_trainer_update(j->t), "state", state);
    for (size_t i = 0; why && i < e->n_figures; i++)
        if (e->figures[i].value == e->figures[i].value)
            json_object_set_new(why, e->figures[i].metric->name, bl_json_number(e->figures[i].value));
    if (why && write_look(s, d, why, r))
        d->looks_written++;
}

/* Looks from before there was a registry. */
void vault_settle(struct bl_session *s, struct bl_result *r)
{
    struct bl_dataset *d = bl_workbench_dataset(s->workbench, NULL);

    if (!d || bl_language_of(s)->done_again)
        return;
    recall(d);
    while (d->looks_written < d->test_looks && write_look(s, d, json_pack("{sb}", "before_the_registry", 1), r))
        d->looks_written++;
}

void vault_tell(struct bl_session *s, struct bl_result *r)
{
    struct bl_dataset *d = bl_workbench_dataset(s->workbench, NULL);

    if (!d)
        return;
    recall(d);
    if (d->test_looks == 0)
        return;
    bl_result_set(r, "test_looks", json_integer((json_int_t)d->test_looks));
    if (d->test_looks == 1)
        bl_result_line(r, "the test rows have been looked at once");
    else
        bl_result_line(r, "the test rows have been looked at %zu times: what they say is no longer quite news", d->test_looks);
}
