/* Running a text: statement by statement, each checked against the table, run, shown, and reported
 * when it fails. The first error stops the text. */
#include "src/language/private.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- reporting -----------------------------------------------------------------------------------*/

static void error_object(struct bl_session *s, const struct bl_error *err, const char *verb, struct bl_text *out)
{
    json_t *all = json_object(), *e = json_object();
    const bool own_place = err->file[0] != 0;
    const char *file = own_place ? err->file : s->script;
    const size_t line = own_place ? err->line : s->script ? s->script_line : 0;

    json_object_set_new(all, "command", bl_json_text(verb));
    json_object_set_new(e, "code", bl_json_text(bl_code_name(err->code)));
    json_object_set_new(e, "message", bl_json_text(err->message));
    if (err->reason[0])
        json_object_set_new(e, "reason", bl_json_text(err->reason));
    if (err->hint[0])
        json_object_set_new(e, "hint", bl_json_text(err->hint));
    if (file && *file)
        json_object_set_new(e, "file", bl_json_text(file));
    if (line)
        json_object_set_new(e, "line", json_integer((json_int_t)line));
    if (own_place && err->column)
        json_object_set_new(e, "column", json_integer((json_int_t)err->column));
    json_object_set_new(all, "error", e);
    bl_json_line(all, out);
    json_decref(all);
}

/* "lesson.bl:12: " for what stands in a script, "" at the prompt. */
static void script_place(const struct bl_session *s, struct bl_text *out)
{
    if (!s->script)
        return;
    bl_text_show(out, s->script, strlen(s->script));
    bl_text_addf(out, ":%zu: ", s->script_line);
}

static void report(struct bl_session *s, const struct bl_error *err, const struct bl_statement *st)
{
    struct bl_text text = {0}, place = {0};

    if (s->output == BL_OUT_JSON) {
        error_object(s, err, st->args.verb ? st->args.verb : "", &text);
        bl_session_out(s, bl_text_get(&text), text.length);
    } else {
        script_place(s, &place);
        if (err->code == BL_STOPPED) /* was asked for: no fault to point at */
            bl_message_print(err, "", NULL, bl_text_get(&place), &text);
        else
            bl_error_print(err, st->args.line, bl_text_get(&place), &text);
        bl_session_note(s, bl_text_get(&text), text.length);
    }
    bl_text_free(&text);
    bl_text_free(&place);
}

void bl_session_report(struct bl_session *s, const struct bl_error *err)
{
    const struct bl_statement nothing = {0};
    const char *script = s->script;

    s->script = NULL; /* the error brings its own place */
    report(s, err, &nothing);
    s->script = script;
}

static void report_warnings(struct bl_session *s, struct bl_result *r, const struct bl_statement *st)
{
    struct bl_warnings *w = bl_result_warnings(r);

    for (size_t i = 0; i < w->count && !bl_result_as_json(r); i++) {
        struct bl_text text = {0};

        bl_hint_whole(&w->items[i], st);
        bl_message_print(&w->items[i], "warning", NULL, NULL, &text);
        bl_session_note(s, bl_text_get(&text), text.length);
        bl_text_free(&text);
    }
}

static int exit_of(const struct bl_error *err)
{
    switch (err->code) {
    case BL_DIVERGED:
    case BL_UNMET:
        return 3;
    case BL_STOPPED:
        return 130;
    default:
        return 1;
    }
}

/* ---- checks that no handler has to repeat ----------------------------------------------------------*/

/* Habit from a shell: `describe > out.txt`. */
static bool check_redirection(const struct bl_statement *st, struct bl_error *err)
{
    const struct bl_args *a = &st->args;

    for (size_t i = 0; i < a->n_words && !st->command->raw; i++)
        if (!strcmp(a->words[i].text, ">") || !strcmp(a->words[i].text, ">>")) {
            bl_fail(err, BL_USAGE, "'%s' compares numbers and writes no file", a->words[i].text);
            bl_hint(err, "%s to=%s", st->command->name, i + 1 < a->n_words ? bl_typed(a->words[i + 1].text).text : "out.txt");
            return bl_at_word(err, a, i);
        }
    return true;
}

/* load my data.csv: the name of a file without its quotes; save my model: a name with a blank. */
static bool hint_joined(const struct bl_statement *st, struct bl_error *err)
{
    const struct bl_args *a = &st->args;
    struct bl_text blank = {0}, line = {0};
    struct stat file;
    bool found;

    for (size_t i = 0; i < a->n_words; i++) {
        bl_text_addf(&blank, "%s%s", i ? " " : "", a->words[i].text);
        bl_text_addf(&line, "%s%s", i ? "-" : "", a->words[i].text);
    }
    found = stat(bl_text_get(&blank), &file) == 0;
    if (found)
        bl_hint(err, "%s %s", st->command->name, bl_typed(bl_text_get(&blank)).text);
    else if (strcmp(st->command->name, "save") == 0 && a->n_pairs == 0)
        found = !bl_hint(err, "save %s", bl_typed(bl_text_get(&line)).text);
    bl_text_free(&blank);
    bl_text_free(&line);
    return found;
}

static bool check_words(const struct bl_statement *st, struct bl_error *err)
{
    const struct bl_command *c = st->command;
    const size_t most = c->first == BL_ARG_NONE ? 0 : c->further == BL_ARG_NONE ? 1 : SIZE_MAX;

    if (!check_redirection(st, err))
        return false;
    if (c->raw || st->args.n_words <= most)
        return true;
    bl_fail(err, BL_USAGE, "%s takes %s, so '%s' is too much", c->name, most ? "one argument" : "no argument",
            st->args.words[most].text);
    if (!most || !hint_joined(st, err))
        bl_hint(err, "%s%s%s", c->name, *c->arguments ? " " : "", c->arguments);
    return bl_at_word(err, &st->args, most);
}

static bool point_at_pair(struct bl_error *err, const struct bl_pair *p)
{
    err->word_at = p->at;
    err->word_len = p->length;
    return false;
}

static bool check_keys(const struct bl_statement *st, struct bl_error *err)
{
    const struct bl_args *a = &st->args;

    for (size_t i = 0; i < a->n_pairs; i++) {
        const struct bl_pair *p = &a->pairs[i];

        if (!st->command->any_keys && !bl_key_check(st->command, p->key, err)) {
            err->word_at = p->at;
            err->word_len = strlen(p->key);
            return false;
        }
        for (size_t k = 0; k < i; k++) {
            if (!bl_key_same(a->pairs[k].key, p->key))
                continue;
            bl_fail(err, BL_USAGE, "%s= is given twice", p->key);
            bl_hint(err, "keep one of %s=%s and %s=%s", p->key, a->pairs[k].value, p->key, p->value);
            return point_at_pair(err, p);
        }
    }
    return true;
}

/* ---- one statement -----------------------------------------------------------------------------------*/

static bool open_target(const struct bl_statement *st, enum bl_format *format, struct bl_save **file, struct bl_error *err)
{
    if (!st->to)
        return true;
    if (!bl_format_of(st->to, format, err))
        return false;
    *file = bl_save_open(st->to, st->overwrite, err);
    if (!*file && !err->hint[0])
        bl_hint(err, "to=FILE in a folder that is there and may be written");
    return *file != NULL;
}

static void keep_last(struct bl_session *s, struct bl_result *r)
{
    struct bl_language *l = bl_language_of(s);

    if (!bl_result_has_table(r)) {
        bl_result_free(r);
        return;
    }
    bl_result_free(l->last);
    l->last = r;
}

static bool call_handler(struct bl_session *s, const struct bl_statement *st, struct bl_result *r, struct bl_error *err)
{
    const bool interrupted = !st->command->keeps_running && bl_workbench_rest(s->workbench);
    struct bl_undo *before = bl_undo_begin(s, st);
    const bool ok = st->command->run(s, &st->args, r, err);

    if (ok)
        bl_undo_push(s, before);
    else
        bl_undo_free(before);

    if (s->screen.rest)
        s->screen.rest(s->screen.context);
    if (interrupted)
        bl_workbench_resume(s->workbench);
    if (!ok && err->code == BL_OK)
        bl_fail(err, BL_INTERNAL, "%s failed and did not say why", st->command->name);
    return ok;
}

static bool run_checked(struct bl_session *s, const struct bl_statement *st, int *exit, struct bl_error *err)
{
    enum bl_format format = s->output == BL_OUT_JSON ? BL_AS_JSON : s->output == BL_OUT_CSV ? BL_AS_CSV : BL_AS_TEXT;
    struct bl_save *file = NULL;
    struct bl_result *r;
    bool ok;

    if (!check_words(st, err) || !check_keys(st, err) || !open_target(st, &format, &file, err))
        return false;
    r = bl_result_create(s, st, format);
    if (!r) {
        bl_save_abandon(file);
        return bl_fail_memory(err, "a result");
    }
    ok = call_handler(s, st, r, err);
    if (!ok)
        bl_save_abandon(file);
    report_warnings(s, r, st);
    ok = ok && bl_result_emit(r, st, file, err);
    *exit = bl_result_exit(r);
    if (ok)
        keep_last(s, r);
    else
        bl_result_free(r);
    return ok;
}

static void echo_full_word(struct bl_session *s, const struct bl_statement *st)
{
    struct bl_text echo = {0};
    const size_t typed = strcspn(st->args.line, " \t\r\n=|");

    bl_text_add(&echo, st->command->name);
    bl_text_show(&echo, st->args.line + typed, strlen(st->args.line) - typed);
    bl_text_add(&echo, "\n");
    bl_session_note(s, bl_text_get(&echo), echo.length);
    bl_text_free(&echo);
}

static void remember_previous(struct bl_session *s, const struct bl_statement *st)
{
    struct bl_language *l = bl_language_of(s);
    char *copy;

    if (l->nested || strcmp(st->command->name, "repeat") == 0)
        return;
    copy = bl_strdup(st->args.line);
    if (copy) {
        bl_free(l->previous);
        l->previous = copy;
    }
}

static void tell_time(struct bl_session *s, double seconds)
{
    struct bl_text line = {0};
    char buffer[32];

    if (!s->timing || s->output != BL_OUT_TABLE)
        return;
    bl_text_addf(&line, "%s\n", bl_seconds_format(buffer, sizeof buffer, seconds));
    bl_session_out(s, bl_text_get(&line), line.length);
    bl_text_free(&line);
}

/* Every error ends with something to type. */
static void offer_usage(const struct bl_command *c, struct bl_error *err)
{
    if (!err->hint[0] && (err->code <= BL_VALUE || err->code == BL_IO))
        bl_hint(err, "%s%s%s (help %s)", c->name, *c->arguments ? " " : "", c->arguments, c->name);
}

/* Returns the exit status of one statement. */
static int run_statement(struct bl_session *s, const struct bl_statement *st)
{
    struct bl_progress *progress = bl_workbench_progress(s->workbench);
    const double start = bl_now();
    struct bl_error err = {0};
    int exit = 0;
    bool done;

    if (bl_language_of(s)->cast && !s->in_dashboard && bl_language_of(s)->nested <= (s->script != NULL))
        bl_cast_typed(s, st->args.line);
    if (st->abbreviated)
        echo_full_word(s, st);
    atomic_store(&progress->stop, false);
    bl_language_of(s)->commands++;
    done = run_checked(s, st, &exit, &err);
    if (!done) {
        offer_usage(st->command, &err);
        bl_hint_whole(&err, st);
        report(s, &err, st);
        exit = exit_of(&err);
    } else if (!s->interactive && bl_stopped(progress)) {
        exit = 130;
    } else {
        tell_time(s, bl_now() - start);
    }
    if (done) { /* whatever err holds: a handler may have warned of what it found there */
        bl_record_add(s, st);
        bl_keep_runs(s);
    }
    remember_previous(s, st);
    if (bl_language_of(s)->cast)
        bl_cast_mark_epoch(s);
    return exit;
}

/* ---- a text ---------------------------------------------------------------------------------------------*/

/* 3 without an error (diverged, not met) does not stop what follows; 1 and 130 do. */
static int run_text(struct bl_session *s, const char *text)
{
    const size_t base = bl_language_of(s)->base_line;
    struct bl_arena *arena = bl_arena_create(4096);
    struct bl_statement st = {0};
    struct bl_error err = {0};
    size_t at = 0, line = 0;
    int exit = 0;
    bool go_on = true;

    if (!arena) {
        bl_fail_memory(&err, "a command");
        report(s, &err, &st);
        return 1;
    }
    while (go_on && !s->quit) {
        bl_arena_reset(arena);
        const bool ok = bl_statement_read(text, &at, &line, s->interactive, arena, &st, &err);

        s->script_line = base + st.line;
        if (!ok)
            report(s, &err, &st);
        if (!ok || !st.found)
            return bl_arena_free(arena), ok ? exit : 1;
        const int one = run_statement(s, &st);
        exit = one ? one : exit;
        go_on = one == 0 || (one == 3 && !s->interactive);
    }
    bl_arena_free(arena);
    return exit;
}

static void note_status(struct bl_session *s, int exit)
{
    if (!s->interactive && exit && (s->status == 0 || s->status == 3))
        s->status = exit;
}

int bl_session_run(struct bl_session *s, const char *text)
{
    const int exit = run_text(s, text);

    if (!bl_language_of(s)->nested)
        note_status(s, exit);
    return exit;
}

bool bl_session_nested(struct bl_session *s, const char *text, int *exit, struct bl_error *err)
{
    struct bl_language *l = bl_language_of(s);
    const size_t base = l->base_line, line = s->script_line;

    if (l->nested >= BL_SCRIPT_DEPTH)
        return bl_fail(err, BL_LIMIT, "commands inside commands go at most %d deep", BL_SCRIPT_DEPTH);
    l->nested++;
    l->base_line = line;
    *exit = run_text(s, text);
    l->base_line = base;
    s->script_line = line;
    l->nested--;
    return true;
}

/* ---- scripts ----------------------------------------------------------------------------------------------*/

struct place { const char *script; size_t line, base; bool interactive; };

static struct place enter_script(struct bl_session *s, const char *label)
{
    struct bl_language *l = bl_language_of(s);
    const struct place before = {s->script, s->script_line, l->base_line, s->interactive};

    s->script = label;
    s->script_line = l->base_line = 1;
    s->interactive = false; /* short forms would not last */
    s->depth++;
    l->nested++;
    return before;
}

static void leave_script(struct bl_session *s, struct place before)
{
    struct bl_language *l = bl_language_of(s);

    s->script = before.script;
    s->script_line = before.line;
    l->base_line = before.base;
    s->interactive = before.interactive;
    s->depth--;
    l->nested--;
}

#define BYTE_ORDER_MARK "\xef\xbb\xbf" /* some editors begin UTF-8 files with it */

static bool read_script(const char *path, char **text, struct bl_error *err)
{
    size_t size;

    if (!bl_file_read(path, (size_t)64 << 20, text, &size, err))
        return false;
    const char *zero = memchr(*text, '\0', size);
    if (!zero) {
        if (strncmp(*text, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0)
            memmove(*text, *text + strlen(BYTE_ORDER_MARK), size + 1 - strlen(BYTE_ORDER_MARK));
        return true;
    }
    size_t line = 1;
    for (const char *c = *text; c < zero; c++)
        line += *c == '\n';
    bl_free(*text);
    bl_fail_at(err, BL_DATA, path, line, 0, "a byte of value 0 is no text");
    return bl_hint(err, "a script is a text file with one command on a line");
}

static bool too_deep(const struct bl_session *s, struct bl_error *err)
{
    if (s->depth < BL_SCRIPT_DEPTH)
        return false;
    bl_fail(err, BL_LIMIT, "scripts inside scripts go at most %d deep", BL_SCRIPT_DEPTH);
    bl_hint(err, "look for a script that runs itself with source");
    return true;
}

int bl_session_script(struct bl_session *s, const char *path)
{
    struct bl_error err = {0};
    char *text = NULL;
    int exit;

    if (too_deep(s, &err) || !read_script(path, &text, &err)) {
        const struct bl_statement nothing = {.args = {.verb = "source"}};

        if (!err.hint[0])
            bl_hint(&err, "source FILE.bl, a text file with one command on a line");
        report(s, &err, &nothing);
        note_status(s, 1);
        return 1;
    }
    const struct place before = enter_script(s, path);
    exit = run_text(s, text);
    leave_script(s, before);
    bl_free(text);
    note_status(s, exit);
    return exit;
}

int bl_session_stream(struct bl_session *s, const char *label, char *(*next_line)(void *context), void *context)
{
    const struct place before = enter_script(s, label);
    struct bl_text text = {0};
    size_t line = 0, start = 1;
    int exit = 0, one = 0;
    const char *next;

    while (!s->quit && one != 1 && one != 130 && (next = next_line(context))) {
        line++;
        bl_text_addf(&text, "%s%s", text.length ? "\n" : "", next);
        if (bl_session_wants_more(bl_text_get(&text)) && text.length <= BL_COMMAND_BYTES)
            continue;
        bl_language_of(s)->base_line = start;
        one = run_text(s, bl_text_get(&text));
        exit = one ? one : exit;
        start = line + 1;
        bl_text_clear(&text);
    }
    bl_language_of(s)->base_line = start;
    if (text.length && !s->quit && one != 1 && one != 130)
        exit = (one = run_text(s, bl_text_get(&text))) ? one : exit;
    bl_text_free(&text);
    leave_script(s, before);
    note_status(s, exit);
    return exit;
}
