/* fork, runs, diff: the tree of runs. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/language/commands/kept_runs.h"
#include "src/language/commands/run.h"

/* ---- settings -----------------------------------------------------------------------------------*/

/* Both texts of a setting; false where they are the same. */
static bool setting_differs(const struct bl_settings *a, const struct bl_settings *b, const char *key, struct bl_text *x, struct bl_text *y)
{
    bool first = bl_run_setting_text(a, key, x), second = bl_run_setting_text(b, key, y);

    if (a->regime == BL_FULL && b->regime == BL_FULL && (!strcmp(key, "lr") || !strcmp(key, "optimizer") || !strcmp(key, "batch")))
        return false;
    return first != second || strcmp(bl_text_get(x), bl_text_get(y)) != 0;
}

static void changed_text(const struct bl_settings *a, const struct bl_settings *b, struct bl_text *out)
{
    char x[32], y[32];

    if (strcmp(bl_settings_regime_word(a, x, sizeof x), bl_settings_regime_word(b, y, sizeof y)) != 0)
        bl_text_add(out, y);
    for (size_t i = 0; bl_settings_keys[i]; i++) {
        struct bl_text before = { 0 }, after = { 0 };
        if (strcmp(bl_settings_keys[i], "batch") != 0 && setting_differs(a, b, bl_settings_keys[i], &before, &after) && after.length)
            bl_text_addf(out, "%s%s=%s", out->length ? " " : "", bl_settings_keys[i], bl_text_get(&after));
        bl_text_free(&before);
        bl_text_free(&after);
    }
}

/* ---- fork ---------------------------------------------------------------------------------------*/

/* The optimizer first: it decides which hyper-parameters there are. */
static bool settings_from(const struct bl_args *a, struct bl_settings *s, struct bl_error *err)
{
    bool known;

    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < a->n_pairs; i++) {
            const struct bl_pair *p = &a->pairs[i];
            if ((strcmp(p->key, "optimizer") == 0) != (pass == 0) || !strcmp(p->key, "from"))
                continue;
            if (!bl_settings_set(s, p->key, p->value, &known, err))
                return bl_at_pair(err, a, p->key);
        }
    return true;
}

/* from=CONTESTANT; a race has no other way to say which. */
static bool contestant_from(struct bl_race *race, const struct bl_args *a, size_t *which, struct bl_error *err)
{
    const char *name = bl_arg(a, "from");
    const struct bl_word word = { .text = name ? name : "" };
    const struct bl_args only = { .line = a->line, .verb = a->verb, .words = &word, .n_words = 1 };
    char first[80];

    *which = 0;
    if (name)
        return contestant_find(race, &only, which, err) || bl_at_pair(err, a, "from");
    if (bl_race_size(race) == 1)
        return true;
    bl_fail(err, BL_USAGE, "a race has %zu contestants: which one forks?", bl_race_size(race));
    return bl_hint(err, "fork NAME from='%s'", contestant_word(race, 0, first, sizeof first));
}

static bool run_fork(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_race *race = bl_workbench_race(s->workbench, err);
    size_t which, parent = bl_workbench_run_number(s->workbench);
    struct bl_contestant c = { 0 };
    struct bl_settings before;
    struct bl_text changed = { 0 };
    struct bl_trainer *t;
    bool good;

    if (!race || !contestant_from(race, a, &which, err))
        return false;
    t = bl_race_trainer(race, which);
    c.settings = *bl_trainer_settings(t);
    c.settings.epochs = bl_trainer_planned(t);
    before = c.settings;
    if ((a->n_words > 1 && !bl_settings_regime(&c.settings, a->words[1].text, err) && !bl_at_word(err, a, 1)) || !settings_from(a, &c.settings, err))
        return false;
    if (!contestants_fit(s, &c, 1, r, err))
        return false;
    changed_text(&before, &c.settings, &changed);
    good = bl_workbench_fork(s->workbench, a->n_words ? a->words[0].text : "", which, &c.settings, bl_text_get(&changed), err);
    if (good) {
        bl_result_line(r, "run %zu%s%s forks off run %zu at epoch %.6g%s%s", bl_workbench_run_number(s->workbench), a->n_words ? ", " : "",
                       a->n_words ? a->words[0].text : "", parent, bl_trainer_epoch(bl_race_trainer(bl_workbench_race(s->workbench, NULL), 0)),
                       changed.length ? ": " : "", bl_text_get(&changed));
        bl_result_set(r, "parent", json_integer((json_int_t)parent));
        bl_result_set(r, "changed", bl_json_text(bl_text_get(&changed)));
    }
    bl_text_free(&changed);
    return good && (s->in_dashboard || run_tell_result(s, r, err));
}

const struct bl_command bl_command_fork = {
    .name = "fork", .arguments = "[NAME] [REGIME] [key=value ...]", .group = "train", .summary = "go on from here as another run, with other settings",
    .help = "The new run starts where the current one stands, with its parameters, history and, under the same optimizer, the "
            "optimizer's state; the run it leaves stays in the tree. Without changes it makes the bits that the run itself would "
            "make. lr, its schedule, momentum and the like change at any update; regime, batch, accumulate, order, seed and "
            "optimizer=svrg at an end of an epoch. In a race from= says which contestant forks. back and goto go no further than "
            "to the fork: use run N; goto 3 goes on in its parent.",
    .first = BL_ARG_CONTESTANT, .further = BL_ARG_CONTESTANT, .run_settings = true,
    .keys = (const struct bl_key[]){ { "from", "", "contestant of a race: from=mini:32" }, { 0 } },
    .examples = (const char *const[]){ "load iris; train sgd epochs=5; fork b lr=0.001; step 5; diff 1 b",
        "load iris; compare epochs=3 watch=no; fork b mini:8 from=mini:32", NULL },
    .see = "runs, diff, use, back", .run = run_fork,
};

/* ---- runs ---------------------------------------------------------------------------------------*/

static json_t *run_json(const struct bl_run_info *n)
{
    json_t *o = json_object();

    json_object_set_new(o, "run", json_integer((json_int_t)n->number));
    if (n->name[0])
        json_object_set_new(o, "name", bl_json_text(n->name));
    if (n->parent) {
        json_object_set_new(o, "parent", json_integer((json_int_t)n->parent));
        json_object_set_new(o, "forked_epoch", bl_json_number(n->forked_epoch));
        json_object_set_new(o, "forked_update", json_integer((json_int_t)n->forked_update));
        json_object_set_new(o, "changed", bl_json_text(n->changed));
    }
    json_object_set_new(o, "contestants", json_integer((json_int_t)n->contestants));
    json_object_set_new(o, "what", bl_json_text(n->what));
    json_object_set_new(o, "epoch", bl_json_number(n->epoch));
    json_object_set_new(o, "objective", bl_json_number(n->objective));
    json_object_set_new(o, "status", json_string(bl_status_name(n->status)));
    json_object_set_new(o, "tape_bytes", json_integer((json_int_t)n->tape_bytes));
    json_object_set_new(o, "current", json_boolean(n->current));
    return o;
}

static void list_row(struct bl_grid *g, const struct bl_run_info *n)
{
    char from[64] = "", size[32];

    if (n->parent)
        snprintf(from, sizeof from, "%zu at epoch %.6g", n->parent, n->forked_epoch);
    bl_grid_text(g, n->current ? ">" : "");
    bl_grid_count(g, n->number);
    bl_grid_text(g, n->name);
    bl_grid_text(g, n->what);
    bl_grid_text(g, from);
    bl_grid_number(g, n->epoch);
    bl_grid_number(g, n->objective);
    bl_grid_text(g, bl_status_name(n->status));
    bl_grid_text(g, bl_bytes_format(size, sizeof size, (double)n->tape_bytes));
}

static void list_grid(struct bl_session *s, struct bl_result *r)
{
    static const struct { const char *name; enum bl_align align; } columns[] = {
        { "", BL_LEFT }, { "run", BL_COUNT }, { "name", BL_LEFT }, { "what", BL_LEFT }, { "forked from", BL_LEFT }, { "epoch", BL_MIXED },
        { "objective", BL_NUMBER }, { "status", BL_LEFT }, { "tape", BL_LEFT } };
    struct bl_grid *g = bl_result_grid(r);
    struct bl_run_info n;

    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        bl_grid_column(g, columns[i].name, columns[i].align);
    for (size_t i = 0; i < bl_workbench_runs(s->workbench); i++) {
        bl_workbench_run_info(s->workbench, i, &n);
        list_row(g, &n);
    }
}

static bool is_kept(struct bl_session *s, size_t number)
{
    struct bl_run_info n;

    for (size_t i = 0; i < bl_workbench_runs(s->workbench); i++) {
        bl_workbench_run_info(s->workbench, i, &n);
        if (n.number == number)
            return true;
    }
    return false;
}

/* One line a run, its forks below it. */
static void branch(struct bl_session *s, struct bl_result *r, size_t parent, int depth)
{
    struct bl_run_info n;

    for (size_t i = 0; i < bl_workbench_runs(s->workbench); i++) {
        char at[64] = "", objective[32];
        bl_workbench_run_info(s->workbench, i, &n);
        if (parent ? n.parent != parent : n.parent && is_kept(s, n.parent))
            continue;
        if (n.parent)
            snprintf(at, sizeof at, " at epoch %.6g", n.forked_epoch);
        bl_result_line(r, "%*s%s%zu%s%s%s%s%s: %s, epoch %.6g, objective %s%s", 3 * depth, "", depth ? "+- " : "", n.number, n.name[0] ? " " : "", n.name, at,
                       n.changed[0] ? ", " : "", n.changed, n.what, n.epoch, bl_number_format(objective, sizeof objective, n.objective, s->digits),
                       n.current ? "  <- current" : "");
        if (depth < 20)
            branch(s, r, n.number, depth + 1);
    }
}

static const char *const runs_words[] = { "tree", "kept", "open", NULL };

static bool run_runs(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    json_t *all;
    struct bl_run_info n;
    size_t word = 0;

    if (a->n_words && !bl_word_choice(a, 0, runs_words, &word, err))
        return false;
    if (word)
        return word == 1 ? kept_runs(s, a, r, err) : kept_run_open(s, a, r, err);
    if (a->n_words > 1 || a->n_pairs) {
        bl_fail(err, BL_USAGE, "runs and runs tree take nothing further");
        return bl_hint(err, "runs kept where='dataset = iris' sort=objective");
    }
    all = json_array();
    bl_workbench_rest(s->workbench);
    for (size_t i = 0; i < bl_workbench_runs(s->workbench); i++) {
        bl_workbench_run_info(s->workbench, i, &n);
        bl_json_append(r, all, run_json(&n));
    }
    bl_result_set(r, "runs", all);
    if (bl_workbench_runs(s->workbench) == 0)
        bl_result_line(r, "no run on this data and model yet");
    else if (a->n_words)
        branch(s, r, 0, 0);
    else
        list_grid(s, r);
    return true;
}

const struct bl_command bl_command_runs = {
    .name = "runs", .arguments = "[tree|kept [N ...]|open N]", .group = "train", .summary = "the runs of this session, or those that were kept",
    .help = "Every train, compare and fork on the current data and model is kept with its history and tape; use run N, or its name, "
            "goes back to one. runs tree shows where they forked and what was changed. The tapes of the runs that rest share "
            "the memory that tape= allows for one; beyond 64 runs the oldest go, and all of them when data, recipe or model change. "
            "Finished runs are kept in the registry where there is one (set runs=yes makes one): runs kept lists them, by a condition and in "
            "an order over number, figures and settings; with numbers it puts settings and curves side by side; runs open N makes one again.",
    .first = BL_ARG_WORDS, .further = BL_ARG_NUMBER, .choices = runs_words,
    .keys = BL_KEYS({ "where", "", "kept: a condition: dataset = iris and lr < 0.1" }, { "sort", "", "kept: by objective, -epoch, lr ..." },
                    { "limit", "", "kept: so many (default 30)" }),
    .examples = (const char *const[]){ "load iris; train sgd epochs=5; fork b lr=0.001; runs tree; use run 1",
        "load iris; set runs=yes; train sgd epochs=3; runs kept sort=lr", NULL },
    .see = "fork, diff, use, models", .run = run_runs,
};

/* ---- diff ---------------------------------------------------------------------------------------*/

/* RUN, RUN/CONTESTANT, or a contestant of the current race. */
static struct bl_trainer *trainer_named(struct bl_session *s, const char *text, char *label, size_t size, struct bl_error *err)
{
    const char *slash = strchr(text, '/');
    char run[64];
    struct bl_error ignored = { 0 };
    size_t at, which = 0;
    struct bl_race *race;
    const struct bl_word word = { .text = slash ? slash + 1 : text };
    const struct bl_args only = { .line = "", .verb = "diff", .words = &word, .n_words = 1 };

    snprintf(run, sizeof run, "%.*s", (int)(slash ? slash - text : (ptrdiff_t)strlen(text)), text);
    snprintf(label, size, "%s", text);
    if (!slash && (race = bl_workbench_race(s->workbench, NULL)) && contestant_find(race, &only, &which, &ignored))
        return bl_race_trainer(race, which);
    at = bl_workbench_run_find(s->workbench, run, err);
    which = 0;
    if (at == SIZE_MAX)
        return NULL;
    race = bl_workbench_run_race(s->workbench, at);
    if (!slash && bl_race_size(race) > 1) {
        char first[80];
        bl_fail(err, BL_USAGE, "run %s is a race of %zu contestants", run, bl_race_size(race));
        bl_hint(err, "diff '%s/%s' ...", run, contestant_word(race, 0, first, sizeof first));
        return NULL;
    }
    return !slash || contestant_find(race, &only, &which, err) ? bl_race_trainer(race, which) : NULL;
}

static void diff_settings(struct bl_result *r, const struct bl_settings *a, const struct bl_settings *b, char labels[2][80])
{
    json_t *all = json_object();
    struct bl_grid *g = NULL;
    char x[32], y[32];

    for (size_t i = 0; i == 0 || bl_settings_keys[i - 1]; i++) {
        struct bl_text p = { 0 }, q = { 0 };
        const char *key = i ? bl_settings_keys[i - 1] : "regime";
        bool differs;
        if (i == 0) {
            bl_text_add(&p, bl_settings_regime_word(a, x, sizeof x));
            bl_text_add(&q, bl_settings_regime_word(b, y, sizeof y));
        }
        differs = i ? strcmp(key, "batch") && setting_differs(a, b, key, &p, &q) : strcmp(x, y) != 0;
        if (differs) {
            if (!g) {
                g = bl_result_grid(r);
                bl_grid_column(g, "setting", BL_LEFT);
                bl_grid_column(g, labels[0], BL_LEFT);
                bl_grid_column(g, labels[1], BL_LEFT);
            }
            bl_grid_text(g, key);
            bl_grid_text(g, p.length ? bl_text_get(&p) : "-");
            bl_grid_text(g, q.length ? bl_text_get(&q) : "-");
            bl_json_set(r, all, key, json_pack("[o,o]", bl_json_text(bl_text_get(&p)), bl_json_text(bl_text_get(&q))));
        }
        bl_text_free(&p);
        bl_text_free(&q);
    }
    if (!g)
        bl_result_line(r, "the same settings");
    bl_result_set(r, "settings", all);
}

static const struct bl_point *point_at(struct bl_trainer *t, double epoch)
{
    size_t n;
    const struct bl_point *p = bl_trainer_points(t, &n);

    for (size_t i = 0; i < n; i++)
        if (p[i].epoch == epoch)
            return &p[i];
    return NULL;
}

enum { SIDE_BY_SIDE = 8 };

/* Losses at ends of epochs that both have: where they part, then spread over the rest. */
static void diff_losses(struct bl_result *r, struct bl_trainer *const t[2], const struct bl_parting *p, char labels[2][80])
{
    double last = floor(fmin(bl_trainer_epoch(t[0]), bl_trainer_epoch(t[1]))), first = p->part ? fmax(0, ceil(p->epoch) - 1) : 0;
    size_t shown = last - first < SIDE_BY_SIDE ? (size_t)(last - first) + 1 : SIDE_BY_SIDE;
    struct bl_grid *g = bl_result_grid(r);
    json_t *all = json_array();

    bl_grid_column(g, "epoch", BL_COUNT);
    for (int k = 0; k < 4; k++) {
        char header[100];
        snprintf(header, sizeof header, "%s %.80s", k < 2 ? "objective" : "valid", labels[k % 2]);
        bl_grid_column(g, header, BL_NUMBER);
    }
    for (size_t i = 0; i < shown && last >= first; i++) {
        double epoch = shown > 1 ? floor(first + (last - first) * (double)i / (double)(shown - 1)) : last;
        const struct bl_point *x = point_at(t[0], epoch), *y = point_at(t[1], epoch);
        if (!x || !y)
            continue;
        bl_grid_count(g, (uint64_t)epoch);
        bl_grid_number(g, x->objective);
        bl_grid_number(g, y->objective);
        bl_grid_number(g, x->validation_loss);
        bl_grid_number(g, y->validation_loss);
        bl_json_append(r, all, json_pack("{s:I,s:[o,o]}", "epoch", (json_int_t)epoch, "objective", bl_json_number(x->objective), bl_json_number(y->objective)));
    }
    bl_result_set(r, "epochs", all);
}

static void diff_tell(struct bl_session *s, struct bl_result *r, struct bl_trainer *const t[2], const struct bl_parting *p, char labels[2][80])
{
    size_t n = 0;
    const char *const *names = bl_workbench_parameter_names(s->workbench, &n, NULL);
    char x[32], y[32], distance[32];

    if (p->has_update)
        bl_result_line(r, "they part in update %llu, epoch %.6g", (unsigned long long)p->update, p->epoch);
    else if (p->part)
        bl_result_line(r, "they part by epoch %.6g", p->epoch);
    else
        bl_result_line(r, "the same as far as both went, to epoch %.6g", p->epoch);
    bl_result_set(r, "part", json_boolean(p->part));
    bl_result_number(r, p->part ? "parted_epoch" : "same_to_epoch", p->epoch, "not finite");
    if (p->has_update)
        bl_result_set(r, "parted_update", json_integer((json_int_t)p->update));
    diff_losses(r, t, p, labels);
    bl_result_line(r, "where they stand now (epochs %.6g and %.6g) the parameters are %s apart, most of all %s: %s and %s",
                   bl_trainer_epoch(t[0]), bl_trainer_epoch(t[1]), bl_number_format(distance, sizeof distance, p->distance, s->digits),
                   names && p->parameter < n ? names[p->parameter] : "?", bl_number_format(x, sizeof x, p->a, s->digits),
                   bl_number_format(y, sizeof y, p->b, s->digits));
    bl_result_number(r, "distance", p->distance, "not finite");
    bl_result_set(r, "largest", json_pack("{s:o,s:[o,o]}", "parameter", bl_json_text(names && p->parameter < n ? names[p->parameter] : NULL), "values",
                                          bl_json_number(p->a), bl_json_number(p->b)));
}

static bool run_diff(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_trainer *t[2];
    struct bl_parting p;
    char labels[2][80], own[32];

    if (!bl_workbench_race(s->workbench, err))
        return false;
    if (a->n_words != 1 && a->n_words != 2) {
        bl_fail(err, BL_USAGE, "diff takes two runs, or one to compare with the current one");
        return bl_hint(err, "runs lists them; diff 1 2");
    }
    snprintf(own, sizeof own, "%zu", bl_workbench_run_number(s->workbench));
    for (size_t i = 0; i < 2; i++) {
        const char *text = i < a->n_words ? a->words[i].text : own;
        t[i] = trainer_named(s, text, labels[i], sizeof labels[i], err);
        if (!t[i])
            return i < a->n_words ? bl_at_word(err, a, i) : false;
    }
    bl_progress_start(bl_workbench_progress(s->workbench), "playing two runs again", 0);
    if (!bl_trainers_part(t[0], t[1], bl_workbench_progress(s->workbench), &p, err))
        return false;
    diff_settings(r, bl_trainer_settings(t[0]), bl_trainer_settings(t[1]), labels);
    diff_tell(s, r, t, &p, labels);
    return true;
}

const struct bl_command bl_command_diff = {
    .name = "diff", .arguments = "RUN [RUN]", .group = "train", .summary = "what tells two runs apart, and where they part",
    .help = "The settings that differ, the first update that leads to other parameters (found by playing both again; the epoch where "
            "they cut epochs differently), the losses side by side, and the parameter that differs most where the two stand now. A "
            "run is its number or name, RUN/CONTESTANT in a race, or a contestant of the current race. One alone is compared with "
            "the current run.",
    .first = BL_ARG_CONTESTANT, .further = BL_ARG_CONTESTANT,
    .examples = (const char *const[]){ "load iris; train sgd epochs=5; fork b lr=0.001; step 5; diff 1 b",
        "load iris; compare epochs=3 watch=no; diff batch mini:32", NULL },
    .see = "runs, fork", .run = run_diff,
};
