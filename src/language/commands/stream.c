/* stream: rows in the order of time, each predicted and then learned from, by strategies side by side. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/language/commands/stream.h"

/* ---- the rows ------------------------------------------------------------------------------------------------*/

/* by=COLUMN; by=time where no column is called so: the only column of dates. */
static bool choose_order(const struct bl_args *a, struct stream *x, struct bl_error *err)
{
    const char *by = bl_arg(a, "by");
    const struct bl_table *t = x->d->table;
    size_t dates = 0;

    x->by = SIZE_MAX;
    if (!by || strcmp(by, "time") || bl_table_find(t, by) != SIZE_MAX)
        return bl_arg_column(a, "by", t, &x->by, err);
    for (size_t j = 0; j < t->n_columns; j++)
        if (t->columns[j].type == BL_DATETIME) {
            x->by = j;
            dates++;
        }
    if (dates == 1)
        return true;
    bl_fail(err, BL_VALUE, "by=time needs one column of dates, and %s has %zu", t->name, dates);
    bl_hint(err, dates ? "by=COLUMN names the one that is meant" : "without by= the rows stand in the order of the file");
    return bl_at_pair(err, a, "by");
}

static bool follow(struct bl_session *s, const struct bl_args *a, struct stream *x, struct bl_result *r, struct bl_error *err)
{
    struct bl_table *now;
    bool *needed;

    x->from = x->d->table;
    if (!a->n_words)
        return true;
    x->source = bl_strdup(a->words[0].text); /* it may go on when the command is long over */
    if (!x->source)
        return bl_fail_memory(err, "a stream");
    now = bl_other_table(s, x->d->table, x->source, r, err);
    if (!now)
        return err->line ? false : bl_at_word(err, a, 0);
    needed = bl_calloc(x->d->table->n_columns + 1, sizeof *needed);
    for (size_t j = 0; needed && j < x->d->table->n_columns; j++)
        needed[j] = x->d->roles.feature[j] || j == x->d->roles.target || j == x->d->roles.weight || j == x->by;
    if (needed)
        x->from = x->table = bl_table_stack(x->d->table, now, needed, x->d->table->name, err);
    else
        bl_fail_memory(err, "the columns");
    bl_free(needed);
    bl_table_free(now);
    return x->table || bl_at_word(err, a, 0);
}

/* Rows of a class that the dataset does not have teach nothing. */
static bool keep_known(struct stream *x, struct bl_error *err)
{
    const struct bl_roles *roles = &x->d->roles;
    size_t n = 0, first = SIZE_MAX;
    char buffer[64], shown[64];
    const char *cell;

    for (size_t i = 0; i < x->work.stream.n; i++)
        if (isnan(bl_roles_y(roles, x->from, x->rows[i])))
            first = first == SIZE_MAX ? x->rows[i] : first;
        else
            x->rows[n++] = x->rows[i];
    x->unknown = x->work.stream.n - n;
    x->work.stream.n = n;
    if (first == SIZE_MAX)
        return true;
    cell = bl_table_cell(x->from, first, roles->target, buffer, sizeof buffer);
    bl_show(x->unknown_class, sizeof x->unknown_class, cell, strlen(cell));
    if (x->rows[n ? n - 1 : 0] >= x->d->table->n_rows)
        return true;
    bl_fail(err, BL_DATA, "no row of %s has a class of %s that %s knows, the first has '%s'", x->source, x->d->table->columns[roles->target].name,
            x->d->table->name, bl_show(shown, sizeof shown, cell, strlen(cell)));
    return bl_hint(err, "balance shows the classes that it knows");
}

/* Rows that can be used, of the dataset and behind them of the file, each part in the order of time. */
static bool gather(struct bl_session *s, struct stream *x, size_t *n_dataset, struct bl_error *err)
{
    struct bl_recipe *recipe = x->d->recipe ? bl_recipe_copy(x->d->recipe) : bl_recipe_default_for(x->from, err);
    struct bl_progress *progress = bl_workbench_progress(s->workbench);
    size_t n = 0;
    bool good;

    if (!recipe)
        return x->d->recipe ? bl_fail_memory(err, "the recipe") : false;
    good = bl_recipe_rows(recipe, x->from, &x->d->roles, &x->rows, &x->work.stream.n, err);
    bl_recipe_free(recipe);
    if (!good)
        return false;
    x->left_out = x->from->n_rows - x->work.stream.n;
    if (!keep_known(x, err))
        return false;
    while (n < x->work.stream.n && x->rows[n] < x->d->table->n_rows)
        n++;
    *n_dataset = n;
    x->work.stream.rows = x->rows;
    return x->by == SIZE_MAX || (bl_rows_sort(x->from, x->by, false, x->rows, n, progress, err) &&
                                 bl_rows_sort(x->from, x->by, false, x->rows + n, x->work.stream.n - n, progress, err));
}

static bool too_few(const struct stream *x, size_t n_dataset, struct bl_error *err)
{
    if (x->source)
        bl_fail(err, BL_DATA, "%s has %zu rows with a target for %zu of %s: nothing to stream", x->source, x->work.stream.n - n_dataset, n_dataset,
                x->d->table->name);
    else
        bl_fail(err, BL_DATA, "%s has %zu rows with a target, and a stream needs 10 or more", x->d->table->name, x->work.stream.n);
    return bl_hint(err, "cv judges a model on few rows; generate drift n=2000 makes a stream");
}

/* first=: a number of rows, or below 1 a share of them. */
static bool choose_first(const struct bl_args *a, struct stream *x, size_t n_dataset, struct bl_error *err)
{
    double first = 0.2;
    int64_t probe, points = 0;
    const size_t n = x->work.stream.n;

    if (x->source ? n_dataset < 2 || n == n_dataset : n < 10)
        return too_few(x, n_dataset, err);
    if (!bl_arg_number(a, "first", &first, err))
        return false;
    if (x->source && bl_arg(a, "first")) {
        bl_fail(err, BL_USAGE, "first= has no place here: the first part is the dataset, and %s follows", x->source);
        bl_hint(err, "load %s; stream first=%s", x->source, bl_arg(a, "first"));
        return bl_at_pair(err, a, "first");
    }
    if (!(first > 0 && first < (double)n)) {
        bl_fail(err, BL_VALUE, "first=%s is neither a share below 1 nor fewer than the %zu rows", bl_arg(a, "first"), n);
        bl_hint(err, "first=0.2, or first=%zu", n / 5);
        return bl_at_pair(err, a, "first");
    }
    x->work.stream.first = x->source ? n_dataset : first < 1 ? (size_t)ceil(first * (double)n) : (size_t)first;
    probe = (int64_t)(x->work.stream.first < 20 ? 0 : x->work.stream.first < 1000 ? x->work.stream.first / 5 : 200);
    if (!bl_arg_integer(a, "probe", 0, (int64_t)(x->work.stream.first < 2 ? 0 : x->work.stream.first - 2), &probe, err) || !bl_arg_integer(a, "points", 1, 10000, &points, err))
        return false;
    x->work.stream.probe = (size_t)probe;
    if (!points)
        points = n - x->work.stream.first >= 5000 ? 50 : n - x->work.stream.first >= 1000 ? (int64_t)((n - x->work.stream.first) / 100) : 10;
    x->work.stream.stretch = (n - x->work.stream.first + (size_t)points - 1) / (size_t)points;
    return true;
}

/* ---- drift made on purpose, and known ------------------------------------------------------------------------*/

static bool add_change(struct stream *x, size_t row, struct bl_error *err)
{
    size_t i = 0;

    if (x->n_changes == STREAM_CHANGES)
        return bl_fail(err, BL_LIMIT, "more than %d changes", (int)STREAM_CHANGES);
    while (i < x->n_changes && x->changes[i] < row)
        i++;
    if (i < x->n_changes && x->changes[i] == row)
        return true;
    memmove(x->changes + i + 1, x->changes + i, (x->n_changes++ - i) * sizeof *x->changes);
    x->changes[i] = row;
    return true;
}

static bool row_of(const struct stream *x, const char *text, size_t n, size_t *row)
{
    int64_t value;

    if (!bl_integer_parse(text, n, &value) || value < (int64_t)x->work.stream.first || value >= (int64_t)x->work.stream.n)
        return false;
    *row = (size_t)value;
    return true;
}

/* "labels:1000", "shift:1000:200". */
static bool read_injection(const char *word, const struct stream *x, struct bl_inject *out)
{
    const char *at = strchr(word, ':'), *width = at ? strchr(at + 1, ':') : NULL;
    int64_t rows = 0;
    size_t kind = 0;

    while (at && bl_inject_kinds[kind] && (strlen(bl_inject_kinds[kind]) != (size_t)(at - word) || strncmp(bl_inject_kinds[kind], word, (size_t)(at - word))))
        kind++;
    *out = (struct bl_inject){.kind = (enum bl_inject_kind)kind};
    if (!at || !bl_inject_kinds[kind] || !row_of(x, at + 1, width ? (size_t)(width - at - 1) : strlen(at + 1), &out->at))
        return false;
    if (width && (!bl_integer_parse(width + 1, strlen(width + 1), &rows) || rows < 1 || rows > INT32_MAX))
        return false;
    out->width = (size_t)rows;
    return true;
}

static bool each_item(const struct bl_args *a, const char *key, struct stream *x, bool (*take)(struct stream *, const char *, struct bl_error *),
                      struct bl_error *err)
{
    struct bl_values words = {0};
    bool good = true;

    if (!bl_arg(a, key))
        return true;
    if (!bl_values_expand(key, bl_arg(a, key), &words, err))
        return bl_at_pair(err, a, key);
    for (size_t i = 0; good && i < words.count; i++)
        good = take(x, words.items[i], err) || bl_at_pair(err, a, key);
    bl_values_free(&words);
    return good;
}

static bool take_injection(struct stream *x, const char *word, struct bl_error *err)
{
    if (x->n_inject == STREAM_CHANGES)
        return bl_fail(err, BL_LIMIT, "more than %d changes", (int)STREAM_CHANGES);
    if (read_injection(word, x, &x->inject[x->n_inject]))
        return add_change(x, x->inject[x->n_inject++].at, err);
    bl_fail(err, BL_VALUE, "drift=%s is not KIND:ROW or KIND:ROW:ROWS, with a row from %zu to %zu", word, x->work.stream.first, x->work.stream.n - 1);
    return bl_hint(err, "drift=labels:%zu (labels, swap or shift)", x->work.stream.first + (x->work.stream.n - x->work.stream.first) / 2);
}

static bool take_truth(struct stream *x, const char *word, struct bl_error *err)
{
    size_t row;

    if (row_of(x, word, strlen(word), &row))
        return add_change(x, row, err);
    bl_fail(err, BL_VALUE, "truth=%s is no row that is tested: they are %zu to %zu", word, x->work.stream.first, x->work.stream.n - 1);
    return bl_hint(err, "truth=%zu", x->work.stream.first + (x->work.stream.n - x->work.stream.first) / 2);
}

static bool inject(struct bl_session *s, struct stream *x, struct bl_error *err)
{
    struct bl_table *t;

    if (!x->n_inject)
        return true;
    t = bl_inject_drift(x->from, &x->d->roles, x->rows, x->work.stream.n, x->inject, x->n_inject, bl_workbench_seed(s->workbench), err);
    if (!t)
        return false;
    bl_table_free(x->table);
    x->from = x->table = t;
    if (!(x->places = bl_calloc(x->work.stream.n + 1, sizeof *x->places)))
        return bl_fail_memory(err, "the rows of a stream");
    for (size_t i = 0; i < x->work.stream.n; i++)
        x->places[i] = (uint32_t)i;
    x->work.stream.rows = x->places;
    return true;
}

/* ---- models --------------------------------------------------------------------------------------------------------*/

/* train=: how fits are trained, as a contestant; else to the optimum. */
static bool choose_training(struct bl_session *s, const struct bl_args *a, struct stream *x, struct bl_error *err)
{
    const char *word = bl_arg(a, "train");
    struct bl_call call = {0};
    size_t culprit;
    bool good = !word || bl_call_parse(word, &call, err);

    good = good && candidate_make(s, word ? call.name : NULL, call.options, call.n_options, &x->candidate, &culprit, err);
    bl_call_free(&call);
    if (!good)
        return bl_at_pair(err, a, "train");
    if (!candidates_bind(s, &x->candidate, 1, &x->procedure, err))
        return false;
    x->procedure.table = x->from;
    return true;
}

static bool set_up(struct bl_session *s, const struct bl_args *a, struct stream *x, struct bl_result *r, struct bl_error *err)
{
    size_t n_dataset = 0, later;

    if (x->d->roles.target == SIZE_MAX) {
        bl_fail(err, BL_STATE, "%s has no target to predict", x->d->table->name);
        return bl_roles_hint(x->d->table, err);
    }
    x->work.stream.seed = bl_workbench_seed(s->workbench);
    if (!choose_order(a, x, err) || !follow(s, a, x, r, err) || !gather(s, x, &n_dataset, err) || !choose_first(a, x, n_dataset, err) ||
        !each_item(a, "drift", x, take_injection, err) || !each_item(a, "truth", x, take_truth, err) || !inject(s, x, err))
        return false;
    later = x->work.stream.n - x->work.stream.first;
    if (!stream_strategies(s, a, x->work.stream.first < later ? x->work.stream.first : later, x, err) || !choose_training(s, a, x, err))
        return false;
    x->work.stream.procedure = &x->procedure;
    x->work.stream.strategies = x->strategies;
    x->work.stream.n_strategies = x->n_strategies;
    x->work.stream.warnings = &x->work.warnings;
    x->work.classes = x->d->roles.task == BL_CLASSIFICATION;
    x->work.changes = x->changes;
    x->work.n_changes = x->n_changes;
    snprintf(x->work.source, sizeof x->work.source, "%.60s", x->source ? x->source : "");
    snprintf(x->work.model, sizeof x->work.model, "%s",
             x->candidate.model.type ? x->candidate.model.type->name : !x->work.classes ? "linear" : x->d->roles.n_classes > 2 ? "softmax" : "logistic");
    return true;
}

static void release(struct bl_streaming *work)
{
    struct stream *x = (struct stream *)work;

    bl_table_free(x->table);
    bl_free(x->rows);
    bl_free(x->places);
    bl_free(x->source);
    bl_free(x);
}

static bool run_stream(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct stream *x = bl_calloc(1, sizeof *x);
    bool watch = false;

    if (!x)
        return bl_fail_memory(err, "a stream");
    x->work.release = release;
    x->d = bl_workbench_dataset(s->workbench, err);
    if (!x->d && a->n_words)
        bl_hint(err, "load %s; stream", a->words[0].text);
    if (!x->d || !bl_arg_yes(a, "watch", &watch, err) || !set_up(s, a, x, r, err)) {
        release(&x->work);
        return false;
    }
    return stream_go(s, x, watch, r, err);
}

const struct bl_command bl_command_stream = {
    .name = "stream",
    .arguments = "[PATH|DATASET] [strategies=LIST] [key=value ...]",
    .group = "compare",
    .summary = "rows in the order of time: frozen, retrained, on drift, online, hybrid",
    .help = "Every row is predicted first and learned from afterwards. Without PATH the rows of the current dataset stream, in the order "
            "of the file or by= a column, behind a first part (first=, a fifth); with it the dataset is the first part and the file "
            "follows. frozen: trained once, on the first part. retrain:K: from the ground up every K rows, on all before or the newest window=. "
            "drift:DETECTOR: from the ground up when the detector alarms, on the rows behind the change, again at twice, four times ... as many "
            "until they are as many as the first part (window=: once, on the newest rows). online:B: one update for each B rows from the very "
            "first on. hybrid:B: trained on the first part, then updates; rehearsal= mixes old rows in. Keys of one strategy stand in its "
            "parentheses. Recipe and weights of classes come from rows before alone. probe= rows of the first part are learned from by nobody: what is "
            "forgotten shows on them. drift=labels:ROW, swap:ROW or shift:ROW makes a change (ROW:ROWS: gradual), truth= says where one is known to be: "
            "delay and false alarms are told then. Rows count from 0. Model and penalty are those of model.",
    .examples = BL_EXAMPLES("generate drift; stream truth=1000", "load bike_hour; features hr temp hum season; stream points=20",
                            "generate drift; stream strategies=frozen,drift:ddm drift=labels:1500",
                            "generate drift; stream strategies=hybrid,hybrid(rehearsal=0.5)"),
    .see = "watch, drift, finetune, cv, train",
    .first = BL_ARG_SOURCE,
    .keys = BL_KEYS({"strategies", "", "list (default frozen,retrain,drift,online,hybrid)"}, {"first", "", "rows of the first part, or their share (0.2)"},
                    {"every", "", "retrain: rows from one fit to the next (a quarter of the first part)"},
                    {"window", "", "retrain, drift: newest rows that a fit sees (0: all before; all behind the change)"},
                    {"detector", "adwin|ddm|eddm|kswin|pagehinkley", "of drift (adwin); keys in parentheses: ddm(drift=2.5)"},
                    {"block", "", "online, hybrid: rows an update (1)"}, {"rehearsal", "", "online, hybrid: share of old rows in an update (0)"},
                    {"lr", "", "online, hybrid: rate (auto: 1/L of the worst row so far, else 0.01)"},
                    {"optimizer", "gd|momentum|nesterov|adagrad|rmsprop|adam|adamw|lion", "of updates (gd)"},
                    {"momentum", "", "of optimizer=momentum and nesterov (0.9)"}, {"beta1", "", "of adam, adamw, lion"},
                    {"beta2", "", "of adam, adamw, lion"}, {"rho", "", "of rmsprop (0.9)"}, {"eps", "", "of adagrad, rmsprop, adam (1e-8)"},
                    {"weight_decay", "", "of adamw, lion"},
                    {"train", "", "how fits are trained, a contestant: train=mini:32(epochs=10) (default: to the optimum)"},
                    {"probe", "", "rows of the first part that only measure what is forgotten (a fifth, at most 200)"},
                    {"by", "", "column of time (default: the order of the file)"},
                    {"drift", "", "change made on purpose: labels:ROW, swap:ROW, shift:ROW, with :ROWS gradual"},
                    {"truth", "", "rows where a change is known to be: 1000,3000"}, {"points", "", "points of the curve (10 to 50)"},
                    {"watch", "yes|no", "open the dashboard (default no)"}),
    .run = run_stream,
};
