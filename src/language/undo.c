/* What can be taken back: before each command that moves a run, changes settings or sets a break point, where
 * things stood is noted. */
#include "src/language/private.h"

#include <string.h>

#include "src/language/undo.h"

static const char *const moves[] = { "train", "compare", "step", "back", "goto", "run", "until", "fork", "reset", "sweep", NULL };
static const char *const walls[] = { "load", "generate", "sample", "filter", "derive", "target", "features", "drop", "weights", "prep",
                                     "split", "model", "open", NULL };

static bool among(const char *word, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(*list, word) == 0)
            return true;
    return false;
}

static enum bl_undo_kind kind_of(const struct bl_statement *st)
{
    const char *verb = st->command->name;
    bool run = st->args.n_words && strcmp(st->args.words[0].text, "run") == 0;

    if (among(verb, moves) || (strcmp(verb, "use") == 0 && run))
        return BL_UNDO_MOVE;
    if (strcmp(verb, "set") == 0 || strcmp(verb, "unset") == 0)
        return st->args.n_pairs || strcmp(verb, "unset") == 0 ? BL_UNDO_SETTING : BL_UNDO_NONE;
    if (strcmp(verb, "break") == 0)
        return BL_UNDO_BREAK;
    return among(verb, walls) || strcmp(verb, "use") == 0 ? BL_UNDO_WALL : BL_UNDO_NONE;
}

/* ---- where things stand -----------------------------------------------------------------------------*/

static void place_note(struct bl_session *s, struct bl_undo *u)
{
    struct bl_race *race = bl_workbench_race(s->workbench, NULL);

    u->run = race ? bl_workbench_run_number(s->workbench) : 0;
    u->planned = bl_workbench_planned(s->workbench);
    for (size_t i = 0; race && i < bl_race_size(race) && i < BL_UNDO_RUNS; i++) {
        u->epoch[i] = bl_trainer_epoch(bl_race_trainer(race, i));
        u->update[i] = bl_trainer_update(bl_race_trainer(race, i));
        u->n++;
    }
}

/* "set lr=auto", "unset schedule": what brings one setting back. */
static void setting_note(struct bl_session *s, const char *name, struct bl_text *out)
{
    const struct bl_setting *own = bl_setting_find(name);
    struct bl_text value = {0};

    if (own)
        own->get(s, &value);
    else if (!bl_run_setting_text(bl_workbench_defaults(s->workbench), name, &value))
        bl_text_add(&value, "-");
    if (value.length == 0 || strcmp(bl_text_get(&value), "-") == 0)
        bl_text_addf(out, "%sunset %s", out->length ? "; " : "", name);
    else
        bl_text_addf(out, strpbrk(bl_text_get(&value), " ;#'") ? "%sset %s=\"%s\"" : "%sset %s=%s", out->length ? "; " : "", name, bl_text_get(&value));
    bl_text_free(&value);
}

static char *settings_note(struct bl_session *s, const struct bl_args *a)
{
    struct bl_text text = {0};

    for (size_t i = 0; i < a->n_pairs; i++)
        setting_note(s, a->pairs[i].key, &text);
    for (size_t i = 0; a->n_pairs == 0 && i < a->n_words; i++)
        setting_note(s, a->words[i].text, &text);
    return bl_text_take(&text);
}

/* ---- the list -----------------------------------------------------------------------------------------*/

void bl_undo_free(struct bl_undo *u)
{
    if (!u)
        return;
    bl_free(u->line);
    bl_free(u->restore);
    bl_free(u);
}

struct bl_undo *bl_undo_begin(struct bl_session *s, const struct bl_statement *st)
{
    enum bl_undo_kind kind = kind_of(st);
    struct bl_undo *u;

    if (kind == BL_UNDO_NONE || bl_language_of(s)->undoing || !(u = bl_calloc(1, sizeof *u)))
        return NULL;
    u->kind = kind;
    u->line = bl_strdup(st->args.line);
    u->breaks = bl_workbench_breaks(s->workbench);
    if (kind == BL_UNDO_MOVE)
        place_note(s, u);
    else if (kind == BL_UNDO_SETTING)
        u->restore = settings_note(s, &st->args);
    if (u->line)
        return u;
    bl_undo_free(u);
    return NULL;
}

static void drop_oldest(struct bl_language *l)
{
    bl_free(l->undo[0].line);
    bl_free(l->undo[0].restore);
    memmove(l->undo, l->undo + 1, --l->n_undo * sizeof *l->undo);
}

/* A break that was set goes by its number; one that was taken away does not come back. */
static bool break_note(struct bl_session *s, struct bl_undo *u)
{
    size_t n = bl_workbench_breaks(s->workbench);
    bool updates;

    if (n == u->breaks)
        return false; /* it listed them */
    if (n < u->breaks) {
        u->kind = BL_UNDO_WALL;
        return true;
    }
    bl_workbench_break_at(s->workbench, n - 1, &u->n, &updates);
    return true;
}

void bl_undo_push(struct bl_session *s, struct bl_undo *u)
{
    struct bl_language *l = bl_language_of(s);

    if (!u)
        return;
    if (!l->undo)
        l->undo = bl_calloc(BL_UNDO_MOST, sizeof *l->undo);
    if (!l->undo || (u->kind == BL_UNDO_BREAK && !break_note(s, u))) {
        bl_undo_free(u);
        return;
    }
    if (l->n_undo == BL_UNDO_MOST)
        drop_oldest(l);
    l->undo[l->n_undo++] = *u;
    bl_free(u);
}

void bl_undo_end(struct bl_language *l)
{
    while (l->n_undo)
        drop_oldest(l);
    bl_free(l->undo);
    l->undo = NULL;
}
