/* record: the session as an asciicast. */
#include "src/language/commands/command.h"

#include <string.h>

static bool told(struct bl_session *s, struct bl_result *r)
{
    const char *path = bl_cast_path(s);

    bl_result_set(r, "recording", json_boolean(path != NULL));
    if (path)
        bl_result_set(r, "path", bl_json_text(path));
    if (path)
        bl_result_line(r, "recording to %s (record stop ends it)", path);
    else
        bl_result_line(r, "nothing is being recorded (record FILE.cast begins)");
    return true;
}

static bool stop(struct bl_session *s, struct bl_result *r, struct bl_error *err)
{
    struct bl_cast_sum sum;
    char size[32], time[32];

    if (!bl_cast_stop(s, &sum, err))
        return false;
    bl_result_set(r, "recording", json_false());
    bl_result_set(r, "path", bl_json_text(sum.path));
    bl_result_set(r, "bytes", json_integer((json_int_t)sum.bytes));
    bl_result_set(r, "events", json_integer((json_int_t)sum.events));
    bl_result_set(r, "markers", json_integer((json_int_t)sum.marks));
    bl_result_number(r, "seconds", sum.seconds, NULL);
    bl_result_line(r, "%s: %s, %zu marker%s, %s", sum.path, bl_seconds_format(time, sizeof time, sum.seconds), sum.marks, sum.marks == 1 ? "" : "s",
                   bl_bytes_format(size, sizeof size, (double)sum.bytes));
    bl_free(sum.path);
    return true;
}

static bool run_record(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_cast_plan plan = {.version = 2, .pause = 2};
    static const char *const formats[] = {"v2", "v3", NULL};
    size_t format = 0;

    if (a->n_words == 0)
        return told(s, r);
    if (strcmp(a->words[0].text, "stop") == 0 && !a->words[0].quoted)
        return stop(s, r, err);
    if (!bl_arg_yes(a, "overwrite", &plan.overwrite, err) || !bl_arg_choice(a, "format", formats, &format, err) ||
        !bl_arg_number(a, "pause", &plan.pause, err))
        return false;
    if (!(plan.pause > 0 && plan.pause <= 3600)) {
        bl_fail(err, BL_VALUE, "pause=%s: a pause of a recording lasts up to so many seconds, more than 0", bl_arg(a, "pause"));
        bl_hint(err, "pause=2");
        return bl_at_pair(err, a, "pause");
    }
    plan.path = a->words[0].text;
    plan.version = format == 1 ? 3 : 2;
    if (!bl_cast_start(s, &plan, err))
        return err->code == BL_IO ? bl_at_word(err, a, 0) : false;
    return told(s, r);
}

const struct bl_command bl_command_record = {
    .name = "record",
    .arguments = "[FILE.cast|stop] [pause=2] [format=v2|v3]",
    .group = "save",
    .summary = "record what the terminal shows as an asciicast",
    .help = "Commands, what they say and the dashboard, with a marker at each epoch, for asciinema play and its web "
            "player. Pauses are cut to pause= seconds. In a script every command is typed in the recording, so a lesson "
            "can be recorded without anybody at the keys. record stop, or the end of the session, writes the file; in the "
            "dashboard W does it.",
    .examples = BL_EXAMPLES("record lesson.cast overwrite=yes; load iris; train batch; record stop", "record"),
    .see = "export, watch, say",
    .first = BL_ARG_FILE,
    .further = BL_ARG_NONE,
    .choices = BL_WORDS("stop"),
    .keys = BL_KEYS({"pause", "", "seconds that a pause lasts at most (default 2)"},
                    {"format", "v2|v3", "version of the asciicast format (default v2)"},
                    {"overwrite", "no|yes", "replace a file that is there (default no)"}),
    .keeps_running = true,
    .run = run_record,
};
