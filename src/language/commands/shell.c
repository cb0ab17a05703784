/* The session itself: output, time, last, repeat, say, source, history, quit. */
#include "command.h"

#include <string.h>

/* ---- output -----------------------------------------------------------------------------------------------*/

static bool run_output(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    static const char *const forms[] = {"table", "csv", "json", NULL};
    size_t form = (size_t)s->output;

    if (!bl_word_choice(a, 0, forms, &form, err))
        return false;
    if (!a->n_words)
        bl_result_line(r, "%s", forms[form]);
    s->output = (enum bl_output)form;
    bl_result_set(r, "output", bl_json_text(forms[form]));
    return true;
}

const struct bl_command bl_command_output = {
    .name = "output",
    .arguments = "[table|csv|json]",
    .group = "shell",
    .summary = "choose how results are written from here on",
    .help = "csv and json carry every digit. json writes one object on one line for each command.",
    .examples = BL_EXAMPLES("load iris; output csv; describe; output table"),
    .see = "last, set",
    .first = BL_ARG_WORDS,
    .choices = BL_WORDS("table", "csv", "json"),
    .keeps_running = true,
    .run = run_output,
};

/* ---- time -----------------------------------------------------------------------------------------------*/

static bool run_time(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const double start = bl_now();
    const bool on = strcmp(a->rest, "on") == 0;
    char buffer[32];
    int exit = 0;

    if (!*a->rest || on || strcmp(a->rest, "off") == 0) {
        s->timing = *a->rest ? on : !s->timing;
        bl_result_line(r, "timing is %s", s->timing ? "on" : "off");
        bl_result_set(r, "timing", json_boolean(s->timing));
        return true;
    }
    if (!bl_session_nested(s, a->rest, &exit, err))
        return false;
    bl_result_status(r, exit);
    if (exit && exit != 3) /* it said why */
        return true;
    bl_result_line(r, "%s", bl_seconds_format(buffer, sizeof buffer, bl_now() - start));
    bl_result_number(r, "seconds", bl_now() - start, NULL);
    return true;
}

const struct bl_command bl_command_time = {
    .name = "time",
    .arguments = "[on|off|COMMAND]",
    .group = "shell",
    .summary = "tell how long a command takes, or each one from here on",
    .examples = BL_EXAMPLES("time load iris", "time on"),
    .see = "set, about",
    .first = BL_ARG_COMMAND,
    .further = BL_ARG_WORDS,
    .raw = true,
    .keeps_running = true,
    .run = run_time,
};

/* ---- last, repeat, say -------------------------------------------------------------------------------------*/

static bool run_last(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    (void)a;
    return bl_last_show(s, r, err);
}

const struct bl_command bl_command_last = {
    .name = "last",
    .arguments = "",
    .group = "show",
    .summary = "show the previous table again, with all its columns",
    .examples = BL_EXAMPLES("load iris; describe; last"),
    .see = "output, repeat",
    .keeps_running = true,
    .run = run_last,
};

static bool run_repeat(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const char *previous = bl_language_of(s)->previous;
    int64_t times = 1;
    int exit = 0;

    if (!bl_word_integer(a, 0, 1, 1000000, &times, err))
        return false;
    if (!previous) {
        bl_fail(err, BL_STATE, "no command was run yet");
        return bl_hint(err, "load iris; head; repeat");
    }
    while (times-- > 0 && exit == 0)
        if (!bl_session_nested(s, previous, &exit, err))
            return false;
    bl_result_status(r, exit);
    return true;
}

const struct bl_command bl_command_repeat = {
    .name = "repeat",
    .arguments = "[N]",
    .group = "shell",
    .summary = "run the previous command again, N times",
    .examples = BL_EXAMPLES("load iris; head 2; repeat"),
    .see = "last, history",
    .first = BL_ARG_NUMBER,
    .keeps_running = true,
    .run = run_repeat,
};

/* The chart that a command draws, in words: with --json they alone are the result. A command without a chart shows its figures. */
static bool say_command(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_language *l = bl_language_of(s);
    const bool before = l->words_only;
    char *said = l->said;
    int exit = 0;
    bool ok;

    l->said = NULL;
    l->words_only = true;
    ok = bl_session_nested(s, a->rest, &exit, err);
    l->words_only = before;
    bl_result_status(r, exit);
    if (l->said) {
        bl_free(said);
        if (ok && (!exit || exit == 3)) {
            bl_result_text(r, l->said);
            bl_result_set(r, "text", bl_json_text(l->said));
        }
        return ok;
    }
    l->said = said;
    if (ok && !exit && bl_result_as_text(r))
        bl_result_line(r, "no chart is drawn by %s", a->rest);
    return ok;
}

static bool run_say(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const char *said = bl_language_of(s)->said;

    if (*a->rest)
        return say_command(s, a, r, err);
    if (!said) {
        bl_fail(err, BL_STATE, "no chart was drawn yet");
        return bl_hint(err, "say hist COLUMN");
    }
    bl_result_text(r, said);
    bl_result_set(r, "text", bl_json_text(said));
    return true;
}

const struct bl_command bl_command_say = {
    .name = "say",
    .arguments = "[COMMAND]",
    .group = "show",
    .summary = "tell a chart in words: the last one, or the one that a command draws",
    .examples = BL_EXAMPLES("load iris; say hist petal_length"),
    .see = "hist, scatter",
    .first = BL_ARG_COMMAND,
    .further = BL_ARG_WORDS,
    .raw = true,
    .keeps_running = true,
    .run = run_say,
};

/* ---- source, history, quit ------------------------------------------------------------------------------------*/

static bool run_source(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    if (!a->n_words) {
        bl_fail(err, BL_USAGE, "source needs the name of a script");
        return bl_hint(err, "source lesson.bl");
    }
    bl_result_status(r, bl_session_script(s, a->words[0].text));
    return true;
}

const struct bl_command bl_command_source = {
    .name = "source",
    .arguments = "FILE",
    .group = "shell",
    .summary = "run the commands of a script",
    .help = "Abbreviations do not work in scripts. The first error stops the script and names its line.",
    .examples = BL_EXAMPLES("source lesson.bl"),
    .see = "history, repeat",
    .first = BL_ARG_FILE,
    .run = run_source,
};

static bool run_history(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const struct bl_language *l = bl_language_of(s);
    json_t *list;
    int64_t n = 20;
    size_t from;

    if (!bl_word_integer(a, 0, 1, 1000000, &n, err))
        return false;
    from = l->n_history > (size_t)n ? l->n_history - (size_t)n : 0;
    list = json_array();
    for (size_t i = from; i < l->n_history; i++) {
        bl_result_line(r, "%5zu  %s", i + 1, l->history[i]);
        bl_json_append(r, list, bl_json_text(l->history[i]));
    }
    bl_result_set(r, "lines", list);
    return true;
}

const struct bl_command bl_command_history = {
    .name = "history",
    .arguments = "[N]",
    .group = "shell",
    .summary = "list the lines typed lately (20)",
    .examples = BL_EXAMPLES("history 5"),
    .see = "repeat, source",
    .first = BL_ARG_NUMBER,
    .keeps_running = true,
    .run = run_history,
};

static bool run_quit(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    (void)a;
    (void)r;
    (void)err;
    s->quit = true;
    return true;
}

const struct bl_command bl_command_quit = {
    .name = "quit",
    .arguments = "",
    .group = "shell",
    .summary = "leave; nothing is asked",
    .aliases = BL_WORDS("exit", "q", ":q", ".quit", "\\q"),
    .examples = BL_EXAMPLES("quit"),
    .see = "history",
    .keeps_running = true,
    .run = run_quit,
};
