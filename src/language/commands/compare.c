/* compare, race, watch: regimes side by side. */
#include <math.h>
#include <string.h>

#include "src/language/commands/stream.h"

static const char *const three_regimes[] = { "batch", "mini:32", "sgd", NULL };

enum { CHART_HEIGHT = 16 };

/* In the dashboard the race just starts; at the prompt it is shown there; elsewhere it runs to its end. */
static bool race_go(struct bl_session *s, bool watch, uint64_t epochs, struct bl_error *err)
{
    bool spends = bl_workbench_budget(s->workbench).amount > 0;
    struct bl_goal goal = { .kind = spends ? BL_GOAL_SPEND : BL_GOAL_EPOCH, .at = (int64_t)epochs };

    if (epochs == 0 && !spends)
        return true;
    if (watch && !s->in_dashboard && s->screen.watch) {
        bl_workbench_watch(s->workbench, true, bl_session_view(s)->fps); /* from the first epoch on */
        if (!bl_workbench_go(s->workbench, goal, err))
            return false;
        if (s->screen.watch(s->screen.context, NULL))
            return true;
        bl_workbench_watch(s->workbench, false, 0);
        return bl_workbench_wait(s->workbench, s->screen.tick, s->screen.context, err);
    }
    return run_advance(s, goal, err);
}

/* All go on together, so the planned epochs are those of the race. */
static bool same_epochs(const struct bl_contestant *c, size_t n, struct bl_error *err)
{
    for (size_t i = 1; i < n; i++)
        if (c[i].settings.epochs != c[0].settings.epochs) {
            bl_fail(err, BL_VALUE, "the contestants of a race run the same epochs, here are %zu and %zu", (size_t)c[0].settings.epochs,
                    (size_t)c[i].settings.epochs);
            return bl_hint(err, "epochs=%zu behind the contestants is for all", (size_t)c[0].settings.epochs);
        }
    return true;
}

/* x= and budget= and seeds=. */
static bool budget_from(const struct bl_args *a, struct bl_budget *budget, int64_t *seeds, struct bl_error *err)
{
    static const char *const axes[] = { "samples", "updates", "epochs", "seconds", NULL };
    size_t x = BL_COST_SAMPLES;

    *budget = (struct bl_budget){ 0 };
    if (!bl_arg_choice(a, "x", axes, &x, err) || !bl_arg_number(a, "budget", &budget->amount, err) || !bl_arg_integer(a, "seeds", 1, 1000, seeds, err))
        return false;
    budget->cost = (enum bl_cost)x;
    if (bl_arg(a, "budget") && !(budget->amount > 0 && budget->amount <= 1e15)) {
        bl_fail(err, BL_VALUE, "budget=%s is nothing to spend", bl_arg(a, "budget"));
        bl_hint(err, "compare x=updates budget=2000");
        return bl_at_pair(err, a, "budget");
    }
    if (bl_arg(a, "budget") && bl_arg(a, "epochs")) {
        bl_fail(err, BL_VALUE, "a race ends after epochs= or when budget= is spent, not both");
        bl_hint(err, "compare x=epochs budget=%s", bl_arg(a, "epochs"));
        return bl_at_pair(err, a, "budget");
    }
    return true;
}

/* The axis that was asked for is the one of the charts, too. */
static void show_axis(struct bl_session *s, const struct bl_args *a, enum bl_cost cost)
{
    static const enum bl_x same[] = { BL_X_SAMPLES, BL_X_UPDATES, BL_X_EPOCHS, BL_X_SECONDS };

    if (!bl_arg(a, "x"))
        return;
    bl_session_view(s)->x = same[cost];
    bl_session_view(s)->x_given = true;
}

static bool run_compare(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_contestant c[CONTESTANTS_MAX];
    bool watch = s->interactive && !s->plain;
    double target = NAN;
    uint64_t epochs = 0;
    struct bl_budget budget;
    int64_t seeds = 1;
    size_t n;

    if (!budget_from(a, &budget, &seeds, err) || !contestants_parse(s, a, three_regimes, c, &n, err) || !bl_arg_yes(a, "watch", &watch, err) || !bl_arg_number(a, "target", &target, err))
        return false;
    if (!same_epochs(c, n, err))
        return false;
    epochs = c[0].settings.epochs;
    if (!contestants_fit(s, c, n, r, err) || !bl_workbench_start(s->workbench, c, n, target, true, err))
        return false;
    bl_workbench_set_budget(s->workbench, budget, (size_t)seeds);
    show_axis(s, a, budget.cost);
    return race_go(s, watch, epochs, err) && run_tell_after(s, r, CHART_HEIGHT, err);
}

static const struct bl_key compare_keys[] = {
    { "target", "", "objective to reach (default: optimum + 0.01 of the way down to it)" },
    { "x", "samples|updates|epochs|seconds", "what they spend alike, with budget= (default samples)" },
    { "budget", "", "so much of x: contestants go on in lockstep until it is spent" },
    { "seeds", "", "repeat with so many seeds: bands instead of one curve" },
    { "watch", "yes|no", "open the dashboard (default: at the prompt, yes)" }, { 0 }
};

const struct bl_command bl_command_compare = {
    .name = "compare", .arguments = "[CONTESTANT ...] [key=value ...]", .group = "compare",
    .summary = "race regimes, optimizers or settings side by side",
    .help = "Contestants start from the same parameters on the same rows and are compared at equal work: samples seen. "
            "A contestant is batch, mini:B, sgd or full:METHOD, with settings of its own in parentheses; settings outside "
            "go to all; a list makes contestants: compare sgd lr=0.01,0.1,1. Alone it is compare batch mini:32 sgd "
            "epochs=20; x=updates budget=2000 races to equal updates. The table ranks by the cost to reach the target. seeds=20 "
            "runs it again with 20 orders of the rows: the bands hold 80 and 50 per cent of the runs, and the table has the median "
            "cost and its spread. Seconds are those of one thread each, and repeat less exactly. At the prompt the dashboard "
            "opens; watch=no stays. One that diverges is told, the others go on.",
    .first = BL_ARG_CONTESTANT, .further = BL_ARG_CONTESTANT, .run_settings = true, .keys = compare_keys,
    .examples = (const char *const[]){ "load iris; compare watch=no",
        "load iris; compare batch(lr=0.5) mini:32(optimizer=adam) sgd watch=no",
        "load diabetes; compare sgd lr=0.001,0.01,0.1 watch=no",
        "load diabetes; compare batch sgd x=updates budget=300 watch=no", "load diabetes; compare mini:8 sgd epochs=5 seeds=5 watch=no", NULL },
    .see = "race, plot, story, train", .run = run_compare,
};

static bool run_race(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    if (a->n_words || a->n_pairs)
        return run_compare(s, a, r, err);
    return bl_workbench_race(s->workbench, err) && run_tell_after(s, r, CHART_HEIGHT, err);
}

const struct bl_command bl_command_race = {
    .name = "race", .arguments = "[CONTESTANT ...] [key=value ...]", .group = "compare",
    .summary = "where the contestants stand now",
    .help = "The chart and the table of the current race or run. With contestants it starts a race, as compare does.",
    .first = BL_ARG_CONTESTANT, .further = BL_ARG_CONTESTANT, .run_settings = true, .keys = compare_keys,
    .examples = (const char *const[]){ "load iris; compare epochs=5 watch=no; step 5; race", NULL },
    .see = "compare, story", .run = run_race,
};

/* ---- watch -----------------------------------------------------------------------------------------*/

static void sentence(struct bl_session *s, struct bl_result *r, struct bl_race *race, size_t i, const struct bl_point *p, const struct bl_point *before)
{
    struct bl_text text = { 0 };

    run_sentence(s, bl_race_size(race) > 1 ? bl_race_name(race, i) : NULL, p, before, &text);
    bl_result_line(r, "%s", bl_text_get(&text));
    bl_text_free(&text);
}

static void epoch_line(struct bl_session *s, struct bl_result *r, const char *name, const struct bl_point *p)
{
    struct bl_text line = { 0 };
    char a[32], b[32];

    bl_text_show(&line, name, strlen(name)); /* only what comes from outside is cleaned: the tabs are ours */
    bl_text_addf(&line, "\t%.0f\t%llu\t%s\t%s\n", p->epoch, (unsigned long long)p->samples, bl_number_format(a, sizeof a, p->train_loss, s->digits),
                 bl_number_format(b, sizeof b, p->validation_loss, s->digits));
    bl_result_text(r, bl_text_get(&line));
    bl_text_free(&line);
}

/* Without a terminal: one line for each recorded epoch, tabs between; in plain mode sentences. */
static void lines_of(struct bl_session *s, struct bl_result *r, struct bl_race *race)
{
    for (size_t i = 0; i < bl_race_size(race); i++) {
        size_t n;
        const struct bl_point *p = bl_trainer_points(bl_race_trainer(race, i), &n), *before = NULL;
        for (size_t j = 0; j < n; j++) {
            if (p[j].epoch != floor(p[j].epoch))
                continue;
            if (s->plain)
                sentence(s, r, race, i, &p[j], before);
            else
                epoch_line(s, r, bl_race_name(race, i), &p[j]);
            before = &p[j];
        }
    }
}

static bool run_watch(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    int64_t view = bl_session_view(s)->view;
    struct bl_race *race;
    bool interrupted;

    if (a->n_words && !bl_word_integer(a, 0, 0, 9, &view, err))
        return false;
    bl_session_view(s)->view = (int)view;
    if (s->in_dashboard) /* what is on the screen now may be a table */
        return !s->screen.watch || s->screen.watch(s->screen.context, err);
    if (bl_workbench_dataset(s->workbench, err) == NULL)
        return false;
    if (s->screen.watch && !s->plain && s->output == BL_OUT_TABLE) {
        if (!s->screen.watch(s->screen.context, err))
            return false;
        if (stream_after(s, r))
            return true;
        interrupted = bl_workbench_rest(s->workbench);
        if (bl_workbench_race(s->workbench, NULL))
            run_tell_chart(s, r, CHART_HEIGHT, err);
        if (interrupted)
            bl_workbench_resume(s->workbench);
        return true;
    }
    if (stream_lines(s, r))
        return true;
    race = bl_workbench_race(s->workbench, err);
    if (!race || !run_tell_result(s, r, err))
        return false;
    lines_of(s, r, race);
    return true;
}

const struct bl_command bl_command_watch = {
    .name = "watch", .arguments = "[VIEW]", .group = "show", .summary = "open the dashboard",
    .help = "The dashboard shows the current run or race live: 1 loss, 2 compare, 3 stats, 4 boundary, 5 contour of the "
            "loss, 6 weights and gradient, 7 events, 8 theory, 9 inside an update, 10 evaluation (key i), 0 all. q comes back to the prompt, training goes on. Without a terminal one line is printed for "
            "each recorded epoch: name, epoch, samples, loss, validation loss; of a stream, where that was the last work, one for each point: "
            "strategy, row, error, error so far, row passes.",
    .first = BL_ARG_NUMBER, .further = BL_ARG_NONE, .keeps_running = true,
    .examples = (const char *const[]){ "load iris; train batch epochs=3; watch", NULL },
    .see = "compare, plot", .run = run_watch,
};
