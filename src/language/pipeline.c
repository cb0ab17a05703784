/* Reads the text of a pipeline. */
#include "src/language/pipeline.h"

#include <string.h>

const char *const bl_pipeline_verbs[BL_PIPELINE_VERBS + 1] = { "model", "data", "train", "drift", "retrain", "promote", NULL };

struct reading { struct bl_pipeline *p; const char *label; size_t line; struct bl_error *err; };

static bool bad(const struct reading *x, size_t column, const char *what, const char *hint)
{
    bl_fail_at(x->err, BL_DATA, x->label, x->line, column, "%s", what);
    return bl_hint(x->err, "%s", hint);
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

/* The line without blanks around it, and without a comment that is not inside quotes. */
static void trim(const char **at, size_t *n)
{
    char quote = 0;

    for (size_t i = 0; i < *n; i++) {
        const char c = (*at)[i];
        if (quote ? c == quote : c == '\'' || c == '"')
            quote = quote ? 0 : c;
        else if (c == '#' && !quote && (i == 0 || is_blank((*at)[i - 1])))
            *n = i;
    }
    while (*n && is_blank(**at))
        (*at)++, (*n)--;
    while (*n && is_blank((*at)[*n - 1]))
        (*n)--;
}

static enum bl_pipeline_verb verb_of(const char *word, size_t n)
{
    for (int v = 0; v < BL_PIPELINE_VERBS; v++)
        if (strlen(bl_pipeline_verbs[v]) == n && strncmp(bl_pipeline_verbs[v], word, n) == 0)
            return (enum bl_pipeline_verb)v;
    return BL_PIPELINE_VERBS;
}

static bool unknown_verb(const struct reading *x, size_t column, const char *word, size_t n)
{
    char shown[40], copy[40];
    const char *near;

    bl_show(shown, sizeof shown, word, n);
    bl_show(copy, sizeof copy, word, n);
    near = bl_nearest(copy, bl_pipeline_verbs, BL_PIPELINE_VERBS);
    bl_fail_at(x->err, BL_DATA, x->label, x->line, column, "a pipeline has no step '%s'", shown);
    return near ? bl_hint(x->err, "did you mean %s?", near) : bl_hint(x->err, "steps: model, data, train, drift, retrain, promote");
}

/* Settings of a step become part of one command: nothing in them may start another. */
static bool check_settings(const struct reading *x, enum bl_pipeline_verb verb, const char *text, size_t n, size_t column)
{
    for (size_t i = 0; verb >= BL_PIPELINE_DRIFT && i < n; i++)
        if (strchr(";|\\", text[i]))
            return bad(x, column + i, "a step is one command: ';', '|' and '\\' have no place in it", "key=value settings alone");
    return true;
}

static bool add_step(struct reading *x, enum bl_pipeline_verb verb, const char *text, size_t n, size_t column)
{
    struct bl_pipeline *p = x->p;
    struct bl_text joined = { 0 };

    if (p->text[verb] && verb != BL_PIPELINE_TRAIN)
        return bad(x, column, "this step stands in the file twice", "keep one of the two lines");
    if (verb != BL_PIPELINE_MODEL && !p->text[BL_PIPELINE_MODEL])
        return bad(x, column, "the first line names the model", "model NAME");
    if (n == 0 && verb < BL_PIPELINE_DRIFT)
        return bad(x, column, "something is missing behind the word", verb == BL_PIPELINE_TRAIN ? "train load base.csv; train full:newton" : "model NAME, data FILE");
    if (!check_settings(x, verb, text, n, column))
        return false;
    if (p->text[verb])
        bl_text_addf(&joined, "%s\n", p->text[verb]);
    bl_text_addn(&joined, text, n);
    bl_free(p->text[verb]);
    p->text[verb] = bl_text_take(&joined);
    if (!p->text[verb])
        return bl_fail_memory(x->err, "the pipeline");
    p->line[verb] = p->line[verb] ? p->line[verb] : x->line;
    if (verb >= BL_PIPELINE_DRIFT)
        p->steps[p->n_steps++] = verb;
    return true;
}

static bool read_line(struct reading *x, const char *line, size_t n)
{
    const char *at = line;
    enum bl_pipeline_verb verb;
    size_t word = 0, column;

    trim(&at, &n);
    if (n == 0)
        return true;
    column = (size_t)(at - line) + 1;
    while (word < n && !is_blank(at[word]))
        word++;
    verb = verb_of(at, word);
    if (verb == BL_PIPELINE_VERBS)
        return unknown_verb(x, column, at, word);
    while (word < n && is_blank(at[word]))
        word++;
    return add_step(x, verb, at + word, n - word, column + word);
}

/* when= is ours; the rest goes to the command. */
static bool take_when(struct reading *x)
{
    char *text = x->p->text[BL_PIPELINE_RETRAIN], *at = text ? strstr(text, "when=") : NULL;
    size_t n = at ? strcspn(at, " \t") : 0;

    x->line = x->p->line[BL_PIPELINE_RETRAIN];
    if (!at)
        return true;
    if (at != text && !is_blank(at[-1]))
        return true; /* part of another word */
    if (n == 10 && strncmp(at, "when=drift", n) == 0)
        x->p->on_drift = true;
    else if (n != 11 || strncmp(at, "when=always", n) != 0)
        return bad(x, 0, "when= is drift or always", "retrain when=drift");
    memmove(at, at + n, strlen(at + n) + 1);
    if (!x->p->on_drift || x->p->text[BL_PIPELINE_DRIFT])
        return true;
    return bad(x, 0, "retrain when=drift needs a step drift", "a line: drift");
}

static bool check_whole(struct reading *x)
{
    struct bl_pipeline *p = x->p;

    if (!p->text[BL_PIPELINE_MODEL])
        return bad(x, 0, "the pipeline names no model", "model NAME");
    if (!take_when(x))
        return false;
    x->line = p->line[BL_PIPELINE_DRIFT];
    if (p->text[BL_PIPELINE_DRIFT] && !p->text[BL_PIPELINE_DATA])
        return bad(x, 0, "drift needs the new rows", "a line: data new.csv");
    x->line = 0;
    return p->n_steps || p->text[BL_PIPELINE_TRAIN] || bad(x, 0, "the pipeline has no step", "drift, retrain and promote are steps");
}

static bool read_all(struct reading *x, const char *bytes, size_t n)
{
    for (size_t at = 0; at < n; x->line++) {
        const char *end = memchr(bytes + at, '\n', n - at);
        size_t length = end ? (size_t)(end - bytes) - at : n - at;

        if (!read_line(x, bytes + at, length))
            return false;
        at += length + 1;
    }
    return check_whole(x);
}

bool bl_pipeline_parse(struct bl_pipeline *p, const char *bytes, size_t n, const char *label, struct bl_error *err)
{
    struct reading x = { p, label, 1, err };

    *p = (struct bl_pipeline){ 0 };
    if (n > BL_PIPELINE_BYTES)
        return bl_fail_at(err, BL_LIMIT, label, 0, 0, "a pipeline has at most %d bytes, and this has %zu", BL_PIPELINE_BYTES, n);
    if (memchr(bytes, '\0', n))
        return bad(&x, 0, "this is no text: it holds a byte 0", "help pipeline tells what a pipeline looks like");
    if (read_all(&x, bytes, n))
        return true;
    bl_pipeline_free(p);
    return false;
}

void bl_pipeline_free(struct bl_pipeline *p)
{
    for (int v = 0; v < BL_PIPELINE_VERBS; v++)
        bl_free(p->text[v]);
    *p = (struct bl_pipeline){ 0 };
}
