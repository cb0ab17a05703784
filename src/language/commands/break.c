/* break: where runs stop by themselves. */
#include <string.h>

#include "src/language/commands/run.h"

static json_t *break_json(struct bl_session *s, size_t i)
{
    json_t *o = json_object();
    const struct bl_broke *broke = bl_workbench_broke(s->workbench);
    size_t number;
    bool updates;
    const char *text = bl_workbench_break_at(s->workbench, i, &number, &updates);

    json_object_set_new(o, "break", json_integer((json_int_t)number));
    json_object_set_new(o, "condition", bl_json_text(text));
    json_object_set_new(o, "asked", json_string(updates ? "update" : "epoch"));
    json_object_set_new(o, "here", json_boolean(broke && broke->number == number));
    return o;
}

static bool list(struct bl_session *s, struct bl_result *r)
{
    size_t n = bl_workbench_breaks(s->workbench);
    json_t *all = json_array();
    struct bl_grid *g = n ? bl_result_grid(r) : NULL;

    if (g) {
        bl_grid_column(g, "break", BL_COUNT);
        bl_grid_column(g, "asked", BL_LEFT);
        bl_grid_column(g, "condition", BL_PROSE);
    } else {
        bl_result_line(r, "no break points");
    }
    for (size_t i = 0; i < n; i++) {
        size_t number;
        bool updates;
        const char *text = bl_workbench_break_at(s->workbench, i, &number, &updates);
        bl_json_append(r, all, break_json(s, i));
        bl_grid_count(g, number);
        bl_grid_text(g, updates ? "before each update" : "each epoch");
        bl_grid_text(g, text);
    }
    bl_result_set(r, "breaks", all);
    return true;
}

static const char *after_word(const char *text, const char *word)
{
    size_t n = strlen(word);

    if (strncmp(text, word, n) != 0 || (text[n] != ' ' && text[n] != '\t' && text[n] != '\0'))
        return NULL;
    return text + n + strspn(text + n, " \t");
}

static bool off(struct bl_session *s, const struct bl_args *a, const char *which, struct bl_result *r, struct bl_error *err)
{
    int64_t number = 0;

    if (which[0] && (!bl_integer_parse(which, strlen(which), &number) || number < 1)) {
        bl_fail(err, BL_USAGE, "'%s' is not the number of a break point", which);
        return bl_hint(err, "break lists them; break off takes all away");
    }
    if (!bl_workbench_break_remove(s->workbench, (size_t)number) && number) {
        bl_fail(err, BL_UNKNOWN, "there is no break point %lld", (long long)number);
        return bl_hint(err, "break lists them");
    }
    (void)a;
    return list(s, r);
}

static bool add(struct bl_session *s, const struct bl_args *a, const char *condition, struct bl_result *r, struct bl_error *err)
{
    struct bl_expression *e = bl_expression_parse(condition, err);
    size_t number;

    if (!e) {
        if (err->word_len)
            err->word_at += (size_t)(condition - a->rest);
        return bl_at_rest(err, a);
    }
    number = bl_workbench_break_add(s->workbench, e, err);
    if (!number || !s->in_dashboard)
        return number && list(s, r);
    bl_result_line(r, "break %zu is set", number); /* the chart shows where */
    bl_result_set(r, "break", json_integer((json_int_t)number));
    return true;
}

static bool run_break(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const char *condition = after_word(a->rest, "when"), *which = after_word(a->rest, "off");

    if (a->rest[0] == '\0')
        return list(s, r);
    if (which)
        return off(s, a, which, r, err);
    if (condition && condition[0])
        return add(s, a, condition, r, err);
    bl_fail(err, BL_USAGE, condition ? "break when needs a condition" : "break takes `when CONDITION`, or `off`");
    return bl_hint(err, "break when validation_loss rises 5");
}

const struct bl_command bl_command_break = {
    .name = "break", .arguments = "[when CONDITION | off [N]]", .group = "train", .summary = "stop runs where a condition begins to hold",
    .help = "break when CONDITION sets a break point; break lists them; break off takes all away, break off 2 the second. A run "
            "that goes forward (train, run, step, until, compare) pauses where a condition begins to hold, and run goes on from "
            "there. `validation_loss rises 5`: for 5 ends of epochs in a row there was no new lowest value. norm(gradient) and "
            "batch_loss are those of the rows of the next update: with them, epoch, updates, samples and lr alone, the question is "
            "asked before every update, and the run stands before the one that they speak of, for explain and pull to look at. "
            "Other conditions are asked at each end of an epoch, over what is logged (see until). In a race a break of one stops "
            "all, once they have done the epoch. Looking changes no bit of a run.",
    .first = BL_ARG_EXPRESSION, .further = BL_ARG_EXPRESSION, .raw = true,
    .examples = (const char *const[]){ "load diabetes; break when train_loss < 1500; train batch; run",
        "load diabetes; break when norm(gradient) > 300; train sgd; explain", NULL },
    .see = "until, train, explain", .run = run_break,
};
