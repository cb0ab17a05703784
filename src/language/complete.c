/* What TAB offers: a function of the table, the data and the place of the cursor. */
#include "complete.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CANDIDATES_MOST 200
#define COLLECT_MOST 4096 /* sorted before the list is cut */

/* ---- the list ------------------------------------------------------------------------------------------*/

static bool begins(const char *text, const char *typed)
{
    for (; *typed; text++, typed++)
        if (tolower((unsigned char)*text) != tolower((unsigned char)*typed))
            return false;
    return true;
}

/* A name as a word: between quotes where it would fall apart; open ones for a folder. */
static char *as_word(const char *text, bool goes_on)
{
    struct bl_text t = {0};
    const bool plain = *text && !text[strcspn(text, " \t'\"#;|()\\\n,")];
    const char quote = strchr(text, '\'') ? '"' : '\'';

    if (plain)
        return bl_strdup(text);
    bl_text_addn(&t, &quote, 1);
    for (const char *c = text; *c; c++) {
        if (quote == '"' && (*c == '"' || *c == '\\'))
            bl_text_add(&t, "\\");
        bl_text_addn(&t, c, 1);
    }
    if (!goes_on)
        bl_text_addn(&t, &quote, 1);
    char *word = bl_text_take(&t);
    bl_text_free(&t);
    return word;
}

void bl_offer(struct list *l, const char *text, const char *note, int group, bool no_space)
{
    struct bl_candidate *more;
    char *word;

    if (!begins(text, l->typed) || l->out->count >= COLLECT_MOST)
        return;
    if (l->out->count == l->capacity) {
        const size_t capacity = l->capacity ? 2 * l->capacity : 32;

        more = bl_realloc(l->out->items, capacity, sizeof *more);
        if (!more)
            return;
        l->out->items = more;
        l->capacity = capacity;
    }
    word = l->quote || group == GROUP_KEYS ? bl_strdup(text) : as_word(text, no_space && group != GROUP_WORDS);
    if (!word)
        return;
    l->out->items[l->out->count++] = (struct bl_candidate){
        .text = word, .note = note ? bl_strdup(note) : NULL, .group = group, .no_space = no_space};
}

static void offer_all(struct list *l, const char *const *names, int group)
{
    for (size_t i = 0; names && names[i]; i++)
        bl_offer(l, names[i], NULL, group, false);
}

/* "a|b|c" */
static void offer_values(struct list *l, const char *values)
{
    while (values && *values) {
        char one[64];
        const size_t n = strcspn(values, "|");

        snprintf(one, sizeof one, "%.*s", (int)n, values);
        if (n && strcmp(one, "...") != 0)
            bl_offer(l, one, NULL, GROUP_WORDS, one[n - 1] == ':');
        values += n + (values[n] == '|');
    }
}

static void offer_key(struct list *l, const char *name, const char *note)
{
    char key[80];

    snprintf(key, sizeof key, "%s=", name);
    bl_offer(l, key, note, GROUP_KEYS, true);
}

/* ---- kinds of arguments -------------------------------------------------------------------------------*/

static void offer_commands(struct list *l)
{
    for (size_t i = 0; bl_commands[i]; i++)
        bl_offer(l, bl_commands[i]->name, bl_commands[i]->summary, GROUP_WORDS, false);
}

static void offer_columns(struct bl_session *s, struct list *l, bool numeric)
{
    const struct bl_dataset *d = bl_workbench_dataset(s->workbench, NULL);

    for (size_t j = 0; d && j < d->table->n_columns; j++)
        if (!numeric || d->table->columns[j].type == BL_NUMERIC)
            bl_offer(l, d->table->columns[j].name, NULL, GROUP_COLUMNS, false);
}

static void offer_samples(struct list *l)
{
    struct bl_samples samples;

    if (!bl_samples_list(&samples, NULL))
        return;
    for (size_t i = 0; i < samples.count; i++)
        bl_offer(l, samples.items[i].name, samples.items[i].summary, GROUP_WORDS, false);
    bl_samples_free(&samples);
}

static void offer_datasets(struct bl_session *s, struct list *l)
{
    for (size_t i = 0; i < bl_workbench_datasets(s->workbench); i++)
        bl_offer(l, bl_workbench_dataset_at(s->workbench, i)->table->name, NULL, GROUP_WORDS, false);
}

static void offer_contestants(struct list *l)
{
    bl_offer(l, "batch", "all rows an update", GROUP_WORDS, false);
    bl_offer(l, "mini:", "so many rows an update", GROUP_WORDS, true);
    bl_offer(l, "sgd", "one row an update", GROUP_WORDS, false);
    if (!begins(l->typed, "full:")) {
        bl_offer(l, "full:", "methods that need all rows", GROUP_WORDS, true);
        return;
    }
    for (size_t i = 0; bl_solvers[i]; i++) {
        char word[40];

        snprintf(word, sizeof word, "full:%s", bl_solvers[i]->name);
        bl_offer(l, word, bl_solvers[i]->summary, GROUP_WORDS, false);
    }
}

static void offer_models(struct list *l)
{
    for (size_t i = 0; bl_objectives[i]; i++)
        bl_offer(l, bl_objectives[i]->name, bl_objectives[i]->summary, GROUP_WORDS, false);
}

/* Names of the registry; behind an '@' the versions. */
static void offer_kept(struct list *l)
{
    const bool versions = strchr(l->typed, '@') != NULL;
    struct bl_registry *registry;
    struct bl_kept_row *rows = NULL;
    size_t n = 0;

    if (!bl_registry_open(&registry, NULL, true, NULL) || !registry)
        return;
    bl_registry_list(registry, &rows, &n, NULL);
    bl_registry_close(registry);
    for (size_t i = 0; i < n; i++) {
        char word[100];

        snprintf(word, sizeof word, "%s", rows[i].name);
        if (versions)
            snprintf(word, sizeof word, "%s@%lld", rows[i].name, (long long)rows[i].version);
        if (versions || rows[i].version == 1)
            bl_offer(l, word, versions ? rows[i].stage : rows[i].model, GROUP_WORDS, false);
    }
    bl_free(rows);
}

static void offer_steps(struct list *l)
{
    for (size_t i = 0; bl_step_names[i]; i++)
        bl_offer(l, bl_step_names[i], bl_step_summary(bl_step_names[i]), GROUP_WORDS, false);
    bl_offer(l, "undo", "takes the last step back", GROUP_WORDS, false);
    bl_offer(l, "default", "the recipe where none is given", GROUP_WORDS, false);
}

/* Settings as words (show, unset) or as keys (set). */
static void offer_settings(struct list *l, bool keys)
{
    for (size_t i = 0; bl_settings_keys[i]; i++) {
        if (keys)
            offer_key(l, bl_settings_keys[i], bl_settings_help(bl_settings_keys[i]));
        else
            bl_offer(l, bl_settings_keys[i], bl_settings_help(bl_settings_keys[i]), GROUP_WORDS, false);
    }
    for (const struct bl_setting *own = bl_session_settings; own->name; own++) {
        if (keys)
            offer_key(l, own->name, own->help);
        else
            bl_offer(l, own->name, own->help, GROUP_WORDS, false);
    }
}

static void offer_argument(struct bl_session *s, const struct place *p, enum bl_argument kind, struct list *l)
{
    switch (kind) {
    case BL_ARG_SOURCE:
        offer_samples(l);
        bl_offer_files(l, true);
        break;
    case BL_ARG_FILE:
        bl_offer_files(l, true);
        break;
    case BL_ARG_KEPT:
        offer_kept(l);
        break;
    case BL_ARG_DATASET:
        offer_datasets(s, l);
        break;
    case BL_ARG_COLUMN:
    case BL_ARG_NUMERIC_COLUMN:
        offer_columns(s, l, kind == BL_ARG_NUMERIC_COLUMN);
        break;
    case BL_ARG_STEP:
        offer_steps(l);
        break;
    case BL_ARG_MODEL:
        offer_models(l);
        break;
    case BL_ARG_CONTESTANT:
        offer_contestants(l);
        break;
    case BL_ARG_SETTING:
        if (p->command->first == BL_ARG_SETTING) /* behind a contestant the settings of a run are keys, below */
            offer_settings(l, p->command->run_settings);
        break;
    case BL_ARG_COMMAND:
        offer_commands(l);
        break;
    case BL_ARG_WORDS:
        offer_all(l, p->command->choices, GROUP_WORDS);
        if (p->command->first == BL_ARG_STEP)
            offer_all(l, bl_step_values(p->first_word, "method"), GROUP_WORDS);
        break;
    default:
        break;
    }
}

/* ---- keys and their values ----------------------------------------------------------------------------*/

static void offer_keys(const struct place *p, struct list *l)
{
    const struct bl_command *c = p->command;

    for (size_t i = 0; !p->inside && c->keys && c->keys[i].name; i++)
        offer_key(l, c->keys[i].name, c->keys[i].help);
    for (size_t i = 0; (c->run_settings || p->inside) && bl_settings_keys[i] && c->first != BL_ARG_SETTING; i++)
        offer_key(l, bl_settings_keys[i], bl_settings_help(bl_settings_keys[i]));
    if (c->first == BL_ARG_STEP && p->n_words) {
        const char *const *keys = bl_step_keys(p->first_word);

        for (size_t i = 0; keys && keys[i]; i++)
            offer_key(l, keys[i], NULL);
    }
    if (!p->inside && *l->typed)
        offer_key(l, "to", "send the result to a file");
}

static bool names_columns(const char *key)
{
    return bl_key_same(key, "by") || bl_key_same(key, "columns") || bl_key_same(key, "target");
}

static void offer_key_values(struct bl_session *s, const struct place *p, struct list *l)
{
    const struct bl_command *c = p->command;
    const struct bl_setting *own = c->first == BL_ARG_SETTING ? bl_setting_find(p->key) : NULL;
    const bool runs = c->run_settings || p->inside;

    for (size_t i = 0; c->keys && c->keys[i].name; i++)
        if (bl_key_same(c->keys[i].name, p->key))
            offer_values(l, c->keys[i].values);
    if (own)
        offer_values(l, own->values);
    if (runs && bl_key_same(p->key, "batch"))
        offer_values(l, "1|8|16|32|all");
    else if (runs)
        offer_all(l, bl_settings_values(p->key), GROUP_WORDS);
    if (c->first == BL_ARG_STEP)
        offer_all(l, bl_step_values(p->first_word, p->key), GROUP_WORDS);
    if (names_columns(p->key))
        offer_columns(s, l, false);
    if (bl_key_same(p->key, "to") || bl_key_same(p->key, "out"))
        bl_offer_files(l, false);
}

/* ---- the whole -----------------------------------------------------------------------------------------*/

static int compare(const void *a, const void *b)
{
    const struct bl_candidate *x = a, *y = b;

    return x->group != y->group ? (x->group < y->group ? -1 : 1) : bl_natural_compare(x->text, y->text);
}

static void sort_and_cut(struct bl_candidates *out)
{
    size_t n = 0;

    if (out->count)
        qsort(out->items, out->count, sizeof *out->items, compare);
    for (size_t i = 0; i < out->count; i++) {
        struct bl_candidate c = out->items[i];

        if (n == CANDIDATES_MOST || (n && strcmp(out->items[n - 1].text, c.text) == 0)) {
            bl_free(c.text);
            bl_free(c.note);
        } else {
            out->items[n++] = c;
        }
    }
    out->count = n;
}

static void offer_word(struct bl_session *s, const struct place *p, struct list *l)
{
    const struct bl_command *c = p->command;

    if (!p->inside && !c->raw)
        offer_argument(s, p, p->n_words ? c->further : c->first, l);
    /* What is trained comes before its keys: "train mi" is on its way to mini:, not to min_delta=. */
    if (!c->raw && !(c->first == BL_ARG_CONTESTANT && p->n_words == 0 && l->typed[0] && l->out->count))
        offer_keys(p, l);
}

bool bl_complete(struct bl_session *s, const char *line, size_t at, struct bl_candidates *out)
{
    struct list l = {.out = out};
    struct place p;

    *out = (struct bl_candidates){0};
    if (!bl_place_find(line, at, &p))
        return false;
    out->from = p.from;
    out->quote = l.quote = p.quote;
    l.typed = p.typed;
    if (p.nothing)
        ;
    else if (!p.command)
        offer_commands(&l);
    else if (p.key[0])
        offer_key_values(s, &p, &l);
    else
        offer_word(s, &p, &l);
    sort_and_cut(out);
    bl_place_done(&p);
    return true;
}

void bl_candidates_free(struct bl_candidates *c)
{
    for (size_t i = 0; i < c->count; i++) {
        bl_free(c->items[i].text);
        bl_free(c->items[i].note);
    }
    bl_free(c->items);
    *c = (struct bl_candidates){0};
}

/* ---- hints ------------------------------------------------------------------------------------------------*/

static const char *key_hint(const struct place *p)
{
    const struct bl_command *c = p->command;
    const struct bl_setting *own = bl_setting_find(p->key);

    for (size_t i = 0; c->keys && c->keys[i].name; i++)
        if (bl_key_same(c->keys[i].name, p->key))
            return c->keys[i].help;
    for (size_t i = 0; (c->run_settings || p->inside) && bl_settings_keys[i]; i++)
        if (bl_key_same(bl_settings_keys[i], p->key))
            return bl_settings_help(p->key);
    if (c->first == BL_ARG_SETTING && own)
        return own->help;
    return bl_key_same(p->key, "to") ? "a file: .txt .csv .tsv .json .jsonl .md .html .svg .png .pdf" : "";
}

const char *bl_complete_hint(struct bl_session *s, const char *line, size_t at, char *buffer, size_t size)
{
    struct place p;
    const struct bl_command *verb;

    (void)s;
    *buffer = '\0';
    if (!size || !bl_place_find(line, at, &p))
        return buffer;
    verb = p.command || p.nothing ? NULL : bl_command_find(p.typed);
    if (verb)
        snprintf(buffer, size, "%s: %s", verb->arguments, verb->summary);
    else if (p.command && p.key[0])
        snprintf(buffer, size, "%s", key_hint(&p));
    else if (p.command && !p.nothing)
        snprintf(buffer, size, "%s", p.command->arguments);
    bl_place_done(&p);
    return buffer;
}
