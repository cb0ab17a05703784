/* train, step, back, goto, run, pause, until, reset: along the tape. */
#include <math.h>
#include <string.h>

#include "src/language/commands/stream.h"

static const char *const batch_alone[] = { "batch", NULL };

/* ---- train --------------------------------------------------------------------------------------*/

static bool until_parse(const struct bl_args *a, struct bl_goal *goal, struct bl_error *err)
{
    const char *text = bl_arg(a, "until");

    if (!text)
        return true;
    goal->until = bl_expression_parse(text, err);
    if (goal->until && bl_condition_known(goal->until, err))
        return true;
    bl_expression_free(goal->until);
    goal->until = NULL;
    return bl_at_pair(err, a, "until");
}

/* Opens the dashboard where that was asked for; false only on error. */
static bool watch_while(struct bl_session *s, struct bl_goal goal, bool watch, struct bl_error *err)
{
    if (!watch || s->in_dashboard || !s->screen.watch)
        return run_advance(s, goal, err);
    bl_workbench_watch(s->workbench, true, bl_session_view(s)->fps); /* from the first epoch on */
    if (!bl_workbench_go(s->workbench, goal, err))
        return false;
    if (s->screen.watch(s->screen.context, NULL))
        return true;
    /* No dashboard here: the run is already under way, so wait for it. */
    bl_workbench_watch(s->workbench, false, 0);
    bool good = bl_workbench_wait(s->workbench, s->screen.tick, s->screen.context, err);
    if (s->screen.rest)
        s->screen.rest(s->screen.context);
    return good;
}

/* A list makes contestants, and train takes one: lr=0,1 is meant as a number. */
static bool no_decimal_comma(const struct bl_args *a, struct bl_error *err)
{
    for (size_t i = 0; i < a->n_pairs; i++) {
        const char *key = a->pairs[i].key, *value = a->pairs[i].value;
        const size_t length = strlen(value), comma = strcspn(value, ",");
        char fixed[40];
        double x;

        if (!value[comma] || length >= sizeof fixed)
            continue;
        memcpy(fixed, value, length + 1);
        fixed[comma] = '.';
        if (!bl_number_parse(fixed, length, &x))
            continue;
        bl_fail(err, BL_VALUE, "%s=%s is not one number, and train takes one contestant", key, value);
        bl_hint(err, "the decimal mark is a point: %s=%s (for two contestants write compare %s=%s)", key, fixed, key, value);
        return bl_at_pair(err, a, key);
    }
    return true;
}

static bool run_train(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_contestant c[CONTESTANTS_MAX];
    struct bl_goal goal = { .kind = BL_GOAL_EPOCH };
    bool watch = false;
    size_t n;

    if (!no_decimal_comma(a, err) || !contestants_parse(s, a, batch_alone, c, &n, err) || !bl_arg_yes(a, "watch", &watch, err) || !until_parse(a, &goal, err))
        return false;
    if (n > 1) {
        bl_expression_free(goal.until);
        bl_fail(err, BL_USAGE, "train takes one contestant, here are %zu", n);
        return bl_hint(err, "compare%s races them", strpbrk(a->line, " \t") ? strpbrk(a->line, " \t") : "");
    }
    goal.at = (int64_t)c[0].settings.epochs;
    if (!contestants_fit(s, c, 1, r, err) || !bl_workbench_start(s->workbench, c, 1, NAN, false, err)) {
        bl_expression_free(goal.until);
        return false;
    }
    if (goal.at == 0)
        bl_expression_free(goal.until);
    else if (!watch_while(s, goal, watch, err))
        return false;
    return watch ? run_tell_after(s, r, 0, err) : s->in_dashboard || run_tell_result(s, r, err);
}

const struct bl_command bl_command_train = {
    .name = "train", .arguments = "CONTESTANT [key=value ...]", .group = "train",
    .summary = "start a run: batch, mini:32, sgd or full:METHOD",
    .help = "batch makes one update from all training rows in an epoch, mini:B one for each B rows, sgd one for each row; "
            "an epoch is always one pass over all rows. full:newton, full:lbfgs, full:cg and full:closed (linear) take the "
            "whole set and choose the step themselves. lr=auto is 1/L, the rate that theory allows for the rows of one "
            "update. Without epochs= it is 20 of them; epochs=0 stays at the start. until= ends the run early at the end "
            "of an epoch; patience=5 when 5 of them brought no better validation loss, and goes back to the best. A run starts at parameters of zero and is repeated to the bit by the same seed.",
    .first = BL_ARG_CONTESTANT, .further = BL_ARG_SETTING, .run_settings = true,
    .keys = (const struct bl_key[]){
        { "until", "", "stop when this holds: until='train_loss < 0.1'" },
        { "watch", "yes|no", "open the dashboard (default no)" }, { 0 } },
    .examples = (const char *const[]){ "load iris; train batch lr=0.5 epochs=50",
        "load breast_cancer; train mini:32 optimizer=adam lr=0.01 epochs=5", NULL },
    .see = "compare, step, back, until, break, explain, theory", .run = run_train,
};

/* ---- step, back, goto -----------------------------------------------------------------------------*/

/* "[update] [N]": which unit, how many. */
static bool parse_moves(const struct bl_args *a, bool number_needed, bool *updates, int64_t *n, struct bl_error *err)
{
    size_t at = 0;

    *updates = a->n_words > 0 && (!strcmp(a->words[0].text, "update") || !strcmp(a->words[0].text, "updates"));
    if (*updates || (a->n_words > 0 && (!strcmp(a->words[0].text, "epoch") || !strcmp(a->words[0].text, "epochs"))))
        at = 1;
    *n = 1;
    if (a->n_words > at + 1) {
        bl_fail(err, BL_USAGE, "%s takes one number, not '%s' as well", a->verb, a->words[at + 1].text);
        bl_hint(err, "%s 5, or %s update 5", a->verb, a->verb);
        return bl_at_word(err, a, at + 1);
    }
    if (a->n_words == at && number_needed) {
        bl_fail(err, BL_USAGE, "%s needs a number", a->verb);
        return bl_hint(err, "%s 5, or %s update 17", a->verb, a->verb);
    }
    return a->n_words == at || bl_word_integer(a, at, number_needed ? 0 : 1, INT64_C(1) << 40, n, err);
}

/* The epoch that the slowest contestant has completed, and whether somebody stands inside one. */
static double epoch_now(struct bl_session *s, bool lowest)
{
    struct bl_race *race = bl_workbench_race(s->workbench, NULL);
    double epoch = NAN;

    for (size_t i = 0; i < bl_race_size(race); i++) {
        double e = bl_trainer_epoch(bl_race_trainer(race, i));
        bool out = bl_trainer_status(bl_race_trainer(race, i)) == BL_DIVERGED_RUN || bl_race_early(race, i, NULL);
        if (!out && (isnan(epoch) || lowest == (e < epoch)))
            epoch = e;
    }
    return isnan(epoch) ? bl_trainer_epoch(bl_race_trainer(race, 0)) : epoch;
}

/* A fork goes no further back than to its start. */
static void tell_origin(struct bl_session *s, struct bl_result *r, struct bl_goal goal)
{
    struct bl_race *race = bl_workbench_race(s->workbench, NULL);
    struct bl_trainer *t = bl_race_trainer(race, 0);
    struct bl_run_info n;
    bool before = goal.kind == BL_GOAL_GOTO_EPOCH ? (double)goal.at < bl_trainer_origin(t) : goal.kind == BL_GOAL_GOTO_UPDATE && (uint64_t)goal.at < bl_trainer_update(t);

    for (size_t i = 0; before && i < bl_workbench_runs(s->workbench); i++) {
        bl_workbench_run_info(s->workbench, i, &n);
        if (n.current && n.parent)
            bl_result_line(r, "this run begins at its fork, epoch %.6g: use run %zu; goto %lld goes further back", n.forked_epoch, n.parent,
                           (long long)goal.at);
    }
}

static bool move(struct bl_session *s, struct bl_result *r, struct bl_goal goal, struct bl_error *err)
{
    if (!run_advance(s, goal, err))
        return false;
    if (s->in_dashboard)
        return true;
    tell_origin(s, r, goal);
    return run_tell_result(s, r, err);
}

static bool run_step(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    bool updates;
    int64_t n;

    if (!parse_moves(a, false, &updates, &n, err) || !run_needed(s, r, err))
        return false;
    return move(s, r, (struct bl_goal){ .kind = updates ? BL_GOAL_UPDATES : BL_GOAL_EPOCH,
                                        .at = updates ? n : (int64_t)floor(epoch_now(s, true)) + n }, err);
}

static bool at_start(struct bl_session *s, struct bl_error *err)
{
    if (epoch_now(s, false) > 0)
        return false;
    bl_fail(err, BL_STATE, "the run is at its start, there is nothing to go back to");
    bl_hint(err, "step, or run");
    return true;
}

static bool run_back(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    bool updates;
    int64_t n, to;

    if (!parse_moves(a, false, &updates, &n, err) || !bl_workbench_race(s->workbench, err) || at_start(s, err))
        return false;
    to = (int64_t)ceil(epoch_now(s, false)) - n;
    return move(s, r, (struct bl_goal){ .kind = updates ? BL_GOAL_UPDATES : BL_GOAL_GOTO_EPOCH,
                                        .at = updates ? -n : to < 0 ? 0 : to }, err);
}

static bool run_goto(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    bool updates;
    int64_t n;

    if (!parse_moves(a, true, &updates, &n, err) || !run_needed(s, r, err))
        return false;
    return move(s, r, (struct bl_goal){ .kind = updates ? BL_GOAL_GOTO_UPDATE : BL_GOAL_GOTO_EPOCH, .at = n }, err);
}

static const char *const move_words[] = { "update", "epoch", NULL };

const struct bl_command bl_command_step = {
    .name = "step", .arguments = "[update] [N]", .group = "train", .summary = "go on by N epochs or updates",
    .help = "step is one epoch, step 10 ten of them; step update is one update, which is one mini-batch. In a race every "
            "contestant steps. Without a run one is started with the settings as they are.",
    .first = BL_ARG_WORDS, .further = BL_ARG_NUMBER, .choices = move_words,
    .examples = (const char *const[]){ "load iris; train sgd epochs=2; step 3", "load iris; train mini:32 epochs=0; step update 2", NULL },
    .see = "back, goto, run, until", .run = run_step,
};

const struct bl_command bl_command_back = {
    .name = "back", .arguments = "[update] [N]", .group = "train", .summary = "go back by N epochs or updates",
    .help = "A run is a tape: back restores the nearest snapshot and replays from there, and going forward again gives "
            "the same bits. From the middle of an epoch, back goes to its start.",
    .first = BL_ARG_WORDS, .further = BL_ARG_NUMBER, .choices = move_words,
    .examples = (const char *const[]){ "load iris; train batch epochs=10; back 3", NULL },
    .see = "step, goto", .run = run_back,
};

const struct bl_command bl_command_goto = {
    .name = "goto", .arguments = "[update] N", .group = "train", .summary = "go to epoch or update N, forwards or back",
    .help = "goto 0 is the start. goto update 17 is the state after 17 updates, reached from either side with the same bits.",
    .first = BL_ARG_WORDS, .further = BL_ARG_NUMBER, .choices = move_words,
    .examples = (const char *const[]){ "load iris; train mini:32 epochs=10; goto update 17", NULL },
    .see = "step, back", .run = run_goto,
};

/* ---- run, pause, until, reset ------------------------------------------------------------------------*/

static bool run_run(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    int64_t planned;

    if (!a->n_words && stream_waits(s))
        return stream_go_on(s, r, err);
    if (!run_needed(s, r, err))
        return false;
    planned = (int64_t)bl_workbench_planned(s->workbench);
    if (!a->n_words && bl_workbench_budget(s->workbench).amount > 0)
        return move(s, r, (struct bl_goal){ .kind = BL_GOAL_SPEND }, err);
    if (a->n_words && !bl_word_integer(a, 0, 1, INT64_C(1) << 40, &planned, err))
        return false;
    if (planned <= (int64_t)epoch_now(s, true)) {
        bl_fail(err, BL_STATE, "all %lld planned epochs are done", (long long)planned);
        return bl_hint(err, "run %lld, or step 10", (long long)planned * 2 + 20);
    }
    if (planned != (int64_t)bl_workbench_planned(s->workbench))
        bl_workbench_plan(s->workbench, (uint64_t)planned);
    return move(s, r, (struct bl_goal){ .kind = BL_GOAL_EPOCH, .at = planned }, err);
}

const struct bl_command bl_command_run = {
    .name = "run", .arguments = "[N]", .group = "train", .summary = "go on to the planned epochs",
    .help = "run goes on to the epochs that train or compare planned; run 100 plans 100 of them in all. "
            "A stream that is paused goes on to its last row.",
    .first = BL_ARG_NUMBER, .further = BL_ARG_NONE,
    .examples = (const char *const[]){ "load iris; train batch epochs=20; back 15; run", NULL },
    .see = "step, pause, until", .run = run_run,
};

static bool run_pause(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    (void)a;
    if (stream_waits(s))
        return stream_pause(s, r);
    if (!bl_workbench_race(s->workbench, err))
        return false;
    bl_workbench_pause(s->workbench);
    return s->in_dashboard || run_tell_result(s, r, err);
}

const struct bl_command bl_command_pause = {
    .name = "pause", .arguments = "", .group = "train", .summary = "stop training that goes on behind the prompt",
    .help = "Training stops at the end of the update under way, a stream behind the row under way; run takes it up again.",
    .examples = (const char *const[]){ "load iris; train batch; pause", NULL }, .see = "run", .run = run_pause,
};

enum { UNTIL_EPOCHS = 10000 };

static bool run_until(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_goal goal = { .kind = BL_GOAL_EPOCH };
    bool good;

    if (!a->rest[0]) {
        bl_fail(err, BL_USAGE, "until needs a condition");
        return bl_hint(err, "until train_loss < 0.1");
    }
    goal.until = bl_expression_parse(a->rest, err);
    if (!goal.until)
        return bl_at_rest(err, a);
    if (!run_needed(s, r, err)) {
        bl_expression_free(goal.until);
        return false;
    }
    goal.at = (int64_t)epoch_now(s, true) + UNTIL_EPOCHS;
    good = move(s, r, goal, err);
    if (good && !s->in_dashboard && !bl_workbench_stopped_by(s->workbench)[0] && !bl_workbench_broke(s->workbench))
        bl_result_line(r, "not reached in %d more epochs: %s", (int)UNTIL_EPOCHS, a->rest);
    return good;
}

const struct bl_command bl_command_until = {
    .name = "until", .arguments = "CONDITION", .group = "train", .summary = "go on until a condition holds",
    .help = "The condition is asked at the end of each epoch, over what is logged: epoch updates samples train_loss "
            "validation_loss objective gradient_norm lr seconds suboptimality optimum; norm(gradient) is gradient_norm. "
            "`validation_loss rises 5`: for 5 ends of epochs in a row there was no new lowest value. In a race it must hold "
            "for all who still run. It gives up after 10000 epochs.",
    .first = BL_ARG_EXPRESSION, .further = BL_ARG_EXPRESSION, .raw = true,
    .examples = (const char *const[]){ "load iris; train batch lr=0.5 epochs=0; until train_loss < 0.3",
        "load diabetes; train batch epochs=0; until objective - optimum < 1e-6", NULL },
    .see = "break, run, check", .run = run_until,
};

static bool run_reset(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_race *race = bl_workbench_race(s->workbench, err);
    struct bl_contestant c[CONTESTANTS_MAX];
    const char *seed = bl_arg(a, "seed");
    double target = bl_workbench_target(s->workbench);
    bool compare = bl_workbench_compares(s->workbench), known;
    size_t n = race ? bl_race_size(race) : 0;

    memset(c, 0, sizeof c);
    for (size_t i = 0; i < n; i++) {
        size_t length = strlen(bl_race_name(race, i));
        memcpy(c[i].name, bl_race_name(race, i), length < sizeof c[i].name ? length : sizeof c[i].name - 1);
        c[i].settings = *bl_trainer_settings(bl_race_trainer(race, i));
        if (seed && !strcmp(seed, "new"))
            c[i].settings.seed++;
        else if (seed && !bl_settings_set(&c[i].settings, "seed", seed, &known, err))
            return bl_at_pair(err, a, "seed");
    }
    if (!race || !bl_workbench_start(s->workbench, c, n, target, compare, err))
        return false;
    return s->in_dashboard || run_tell_result(s, r, err);
}

const struct bl_command bl_command_reset = {
    .name = "reset", .arguments = "[seed=N|new]", .group = "train", .summary = "start the run again from the beginning",
    .help = "The same settings, rows and seed, at epoch 0; run or step go on from there. seed=new takes the next seed, "
            "which changes the order of the rows and nothing else.",
    .keys = (const struct bl_key[]){ { "seed", "new", "another order of the rows: a number, or new" }, { 0 } },
    .examples = (const char *const[]){ "load iris; train sgd epochs=3; reset seed=new; run", NULL },
    .see = "run, train", .run = run_reset,
};
