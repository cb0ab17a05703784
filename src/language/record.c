/* What was done, so that it can be done again: the commands that change data, model or run. Files are
 * noted by their whole path, so that the folder in which it is done again does not matter. */
#include "src/language/private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const changes[] = {
    "load", "use", "generate", "sample", "filter", "derive", "append", "finetune", "window", "target", "features", "drop", "weights", "prep", "split", "model",
    "set", "unset", "break", "fork", "reset", NULL,
};
static const char *const trains[] = { "train", "compare", "step", "back", "goto", "run", "until", "sweep", "pull", "undo", NULL };
/* These may mean an earlier run, so nothing before them is left out. */
static const char *const refers[] = { "use", "finetune", "fork", "reset", "break", "undo", NULL };

static bool among(const char *word, size_t n, const char *const *list)
{
    for (; *list; list++)
        if (strlen(*list) == n && strncmp(*list, word, n) == 0)
            return true;
    return false;
}

static bool line_is(const char *line, const char *const *list)
{
    return among(line, strcspn(line, " "), list);
}

static void add_quoted(struct bl_text *t, const char *path)
{
    if (!strpbrk(path, " \t\r\n'\"\\;#|=()")) {
        bl_text_add(t, path);
        return;
    }
    if (!strchr(path, '\'')) {
        bl_text_addf(t, "'%s'", path);
        return;
    }
    bl_text_add(t, "\"");
    for (; *path; path++)
        bl_text_addf(t, *path == '"' || *path == '\\' ? "\\%c" : "%c", *path);
    bl_text_add(t, "\"");
}

/* Where the line names a file: the first word of load and append, data= of finetune. Its text; NULL: nowhere. */
static const char *file_of(const struct bl_statement *st, size_t *at, size_t *length)
{
    const struct bl_args *a = &st->args;

    for (size_t i = 0; i < a->n_pairs && !strcmp(st->command->name, "finetune"); i++)
        if (!strcmp(a->pairs[i].key, "data")) {
            *at = a->pairs[i].value_at;
            *length = a->pairs[i].value_length;
            return a->pairs[i].value;
        }
    if ((strcmp(st->command->name, "load") && strcmp(st->command->name, "append")) || !a->n_words)
        return NULL;
    *at = a->words[0].at;
    *length = a->words[0].length;
    return a->words[0].text;
}

/* The line with its full verb, perhaps without its first word; with the whole path of the file that it names. */
static char *line_of(const struct bl_statement *st, bool first_left_out, const char *behind)
{
    const struct bl_args *a = &st->args;
    size_t at = strcspn(a->line, " \t\r\n=|");
    struct bl_text t = { 0 };
    size_t file_at = 0, length = 0;
    const char *file = file_of(st, &file_at, &length);
    char *path = file && access(file, R_OK) == 0 ? realpath(file, NULL) : NULL;

    bl_text_add(&t, st->command->name);
    if (first_left_out && a->n_words) {
        bl_text_addn(&t, a->line + at, a->words[0].at - at);
        at = a->words[0].at + a->words[0].length;
    }
    if (path) {
        bl_text_addn(&t, a->line + at, file_at - at);
        add_quoted(&t, path);
        at = file_at + length;
    }
    bl_text_add(&t, a->line + at);
    bl_text_add(&t, behind);
    free(path);
    return bl_text_take(&t);
}

void bl_record_add(struct bl_session *s, const struct bl_statement *st)
{
    struct bl_language *l = bl_language_of(s);
    struct bl_record *r = &l->record;
    const bool tunes = !strcmp(st->command->name, "finetune");
    char *line, **more;

    if (!line_is(st->command->name, changes) && !line_is(st->command->name, trains))
        return;
    if (r->n == 0)
        r->seed = bl_workbench_seed(s->workbench);
    if (r->n == r->capacity) {
        size_t capacity = r->capacity ? 2 * r->capacity : 32;
        if ((more = bl_realloc(r->lines, capacity, sizeof *more))) {
            r->lines = more;
            r->capacity = capacity;
        }
    }
    line = r->n < r->capacity ? line_of(st, tunes && l->recorded_first, tunes || !strcmp(st->command->name, "append") ? l->recorded : "") : NULL;
    if (line)
        r->lines[r->n++] = line;
    else
        r->lost = true;
}

bool bl_record_makes_data(const char *line)
{
    static const char *const of_runs[] = { "fork", "reset", "break", NULL };

    return !line_is(line, trains) && !line_is(line, of_runs) && strncmp(line, "use run", 7) != 0;
}

json_t *bl_record_commands(const struct bl_record *r)
{
    json_t *list = json_array();
    size_t start = 0;

    for (size_t i = 0; i < r->n; i++)
        if (strncmp(r->lines[i], "train", 5) == 0 || strncmp(r->lines[i], "compare", 7) == 0)
            start = i;
    for (size_t i = 0; i < r->n; i++)
        if (line_is(r->lines[i], refers))
            start = 0;
    for (size_t i = 0; i < r->n; i++)
        if (i >= start || !line_is(r->lines[i], trains))
            json_array_append_new(list, json_string(r->lines[i]));
    return list;
}

void bl_record_free(struct bl_record *r)
{
    for (size_t i = 0; i < r->n; i++)
        bl_free(r->lines[i]);
    bl_free(r->lines);
    *r = (struct bl_record){ 0 };
}
