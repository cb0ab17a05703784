/* plot, log: the curves of the current run or race. */
#include <math.h>
#include <string.h>

#include "src/language/commands/run.h"

static const char *const curve_words[] = { "loss", "objective", "suboptimality", "gradient", "lr", "validation", "boundary", "contour",
                                         "stream", "spent", "forgotten", NULL };
static const char *const x_words[] = { "samples", "updates", "epochs", "seconds", NULL };
static const char *const y_words[] = { "linear", "log", NULL };

static json_t *bands_json(const struct bl_chart *chart)
{
    json_t *list = json_array();

    for (size_t i = 0; i < chart->n_bands; i++) {
        const struct bl_band *b = &chart->bands[i];

        json_array_append_new(list, json_pack("{s:o, s:o, s:o, s:o}", "name", bl_json_text(b->name), "x", bl_json_numbers(b->x, b->n), "low",
                                              bl_json_numbers(b->low, b->n), "high", bl_json_numbers(b->high, b->n)));
    }
    return list;
}

/* The curves as numbers: no fact lives only in a picture. */
static void curves_json(struct bl_result *r, const struct bl_chart *chart)
{
    json_t *list = json_array();

    for (size_t i = 0; i < chart->n_series; i++) {
        const struct bl_series *s = &chart->series[i];
        json_t *o = json_object(), *x = json_array(), *y = json_array();
        for (size_t j = 0; j < s->n; j++) {
            json_array_append_new(x, bl_json_number(s->x[j]));
            json_array_append_new(y, bl_json_number(s->y[j]));
        }
        json_object_set_new(o, "name", bl_json_text(s->name));
        json_object_set_new(o, "x", x);
        json_object_set_new(o, "y", y);
        json_array_append_new(list, o);
    }
    bl_result_set(r, "x", json_string(chart->x.label));
    bl_result_set(r, "y", json_string(chart->y.label));
    bl_result_set(r, "series", list);
    if (chart->n_bands)
        bl_result_set(r, "bands", bands_json(chart));
}

static bool view_from(struct bl_session *s, const struct bl_args *a, struct bl_view_settings *v, enum bl_curve *what,
                      int64_t *height, struct bl_error *err)
{
    size_t x = SIZE_MAX, y, word = 0;

    *v = *bl_session_view(s);
    y = v->log_y;
    if ((a->n_words && !bl_word_choice(a, 0, curve_words, &word, err)) || !bl_arg_choice(a, "x", x_words, &x, err) ||
        !bl_arg_choice(a, "y", y_words, &y, err) || !bl_arg_integer(a, "height", 4, 200, height, err))
        return false;
    *what = (enum bl_curve)word;
    v->log_y = y == 1;
    if (x != SIZE_MAX) {
        v->x = (enum bl_x)x;
        v->x_given = true;
    }
    return true;
}

/* ---- sights ------------------------------------------------------------------------------------------*/

enum { FIRST_SIGHT = 6, FIRST_OF_STREAM = 8 }; /* words from which on it is no curve; of a stream */

static void axis_json(struct bl_result *r, const struct bl_chart *chart)
{
    bl_result_set(r, "x", bl_json_text(chart->x.label));
    bl_result_set(r, "y", bl_json_text(chart->y.label));
}

static void boundary_json(struct bl_result *r, const struct bl_boundary_view *v)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < v->n; i++) {
        json_t *o = json_object();
        bl_json_set(r, o, v->regression ? "truth" : "x", bl_json_number(v->x[i]));
        bl_json_set(r, o, v->regression ? "prediction" : "y", bl_json_number(v->y[i]));
        if (!v->regression) {
            bl_json_set(r, o, "truth", bl_json_text(v->classes[v->truth[i]]));
            bl_json_set(r, o, "prediction", bl_json_text(v->classes[v->said[i]]));
        }
        bl_json_append(r, rows, o);
    }
    bl_result_set(r, "points", rows);
    bl_result_set(r, "rows", json_integer((json_int_t)v->rows));
    if (v->regression)
        return;
    bl_result_set(r, "wrong", json_integer((json_int_t)v->wrong));
    bl_result_set(r, "others", json_integer((json_int_t)v->others));
}

static bool boundary_tell(struct bl_result *r, const struct bl_snapshot *snap, struct bl_arena *arena, int height, struct bl_error *err)
{
    const struct bl_boundary_view *v = snap->boundary;
    struct bl_chart chart;

    if (v && v->why[0]) {
        bl_fail(err, BL_STATE, "no boundary: %s", v->why);
        return bl_hint(err, strncmp(v->why, "a plane needs", 13) ? "plot boundary axes=auto, or scatter" : "plot loss");
    }
    if (!bl_boundary_chart(snap, arena, &chart))
        return bl_fail_memory(err, "the chart");
    axis_json(r, &chart);
    boundary_json(r, v);
    bl_result_chart(r, &chart, height);
    if (!v->regression)
        bl_result_line(r, "%zu of %zu training rows shown are predicted wrong%s", v->wrong, v->n,
                       v->others ? ": each with all its values, the regions hold the others at their mean" : "");
    return true;
}

static json_t *way_json(const struct bl_way *way)
{
    json_t *list = json_array();

    for (size_t i = 0; i < way->n; i++)
        json_array_append_new(list, json_pack("[o,o]", bl_json_number(way->x[i]), bl_json_number(way->y[i])));
    return list;
}

static void contour_json(struct bl_result *r, const struct bl_snapshot *snap, const struct bl_surface_view *v)
{
    json_t *ways = json_array(), *field = json_object();

    for (size_t i = 0; i < v->n_ways && i < snap->n_runs; i++) {
        json_t *one = json_object();
        bl_json_set(r, one, "name", bl_json_text(snap->runs[i].name));
        bl_json_set(r, one, "path", way_json(&v->ways[i]));
        bl_json_append(r, ways, one);
    }
    bl_json_set(r, field, "columns", json_integer((json_int_t)v->field.columns));
    bl_json_set(r, field, "rows", json_integer((json_int_t)v->field.rows));
    bl_json_set(r, field, "x", json_pack("[o,o]", bl_json_number(v->field.x_from), bl_json_number(v->field.x_to)));
    bl_json_set(r, field, "y", json_pack("[o,o]", bl_json_number(v->field.y_from), bl_json_number(v->field.y_to)));
    bl_json_set(r, field, "values", bl_json_numbers(v->field.values, v->field.columns * v->field.rows));
    bl_result_set(r, "field", field);
    bl_result_set(r, "contours", bl_json_numbers(v->contours, v->n_contours));
    bl_result_number(r, "lowest", v->lowest, "no value is finite");
    bl_result_set(r, "paths", ways);
    if (v->has_optimum)
        bl_result_set(r, "optimum", bl_json_numbers(v->optimum, 2));
    if (v->path)
        bl_result_number(r, "share", v->share, NULL);
    bl_result_set(r, "rows_used", json_integer((json_int_t)v->rows_used));
}

static void contour_lines(struct bl_result *r, const struct bl_surface_view *v)
{
    struct bl_text levels = { 0 };
    char number[32], lowest[32];

    for (size_t i = 0; i < v->n_contours; i++)
        bl_text_addf(&levels, "%s%s", i ? ", " : "", bl_number_format(number, sizeof number, v->contours[i], 4));
    if (v->n_contours)
        bl_result_line(r, "contours at %s; lowest %s", bl_text_get(&levels), bl_number_format(lowest, sizeof lowest, v->lowest, 4));
    if (v->rows_used < v->rows)
        bl_result_line(r, "the surface is that of %zu of the %zu training rows, spread evenly", v->rows_used, v->rows);
    bl_text_free(&levels);
}

static bool contour_tell(struct bl_session *s, struct bl_result *r, const struct bl_snapshot *snap, struct bl_arena *arena, int height,
                         struct bl_error *err)
{
    const struct bl_surface_view *v = snap->surface;
    struct bl_chart chart;

    if (v && v->why[0]) {
        bl_fail(err, BL_STATE, "no contour: %s", v->why);
        return bl_hint(err, "plot contour plane=auto after an epoch (step)");
    }
    if (!bl_surface_chart(snap, bl_session_view(s), arena, &chart))
        return bl_fail_memory(err, "the chart");
    axis_json(r, &chart);
    contour_json(r, snap, v);
    bl_result_chart(r, &chart, height);
    contour_lines(r, v);
    return true;
}

static bool two_from(struct bl_session *s, const struct bl_args *a, const char *key, char *kept, char *taken, struct bl_error *err)
{
    char before[160];
    bool good;

    if (!bl_arg(a, key))
        return true;
    memcpy(before, kept, sizeof before); /* one place knows what is allowed */
    good = bl_setting_find(key)->set(s, bl_arg(a, key), err);
    memcpy(taken, kept, sizeof before);
    memcpy(kept, before, sizeof before);
    return good || bl_at_pair(err, a, key);
}

static bool sight_plot(struct bl_session *s, const struct bl_args *a, struct bl_result *r, size_t word, struct bl_error *err)
{
    struct bl_view_settings v = *bl_session_view(s);
    struct bl_arena *arena = bl_arena_create(256 * 1024);
    const struct bl_snapshot *snap = NULL;
    int64_t height = 0;
    bool good = arena || bl_fail_memory(err, "the chart");

    good = good && bl_arg_integer(a, "height", 4, 200, &height, err) && two_from(s, a, "axes", bl_session_view(s)->axes, v.axes, err) &&
           two_from(s, a, "plane", bl_session_view(s)->plane, v.plane, err);
    if (good) {
        const struct bl_sights sights = bl_view_sights(&v, 1u << (word - FIRST_SIGHT));
        snap = bl_workbench_sights(s->workbench, &sights, err);
        good = snap && (word == FIRST_SIGHT ? boundary_tell(r, snap, arena, (int)height, err) : contour_tell(s, r, snap, arena, (int)height, err));
    }
    bl_arena_free(arena);
    bl_snapshot_drop(snap);
    return good;
}

/* ---- streams -----------------------------------------------------------------------------------------*/

/* Charts that are empty for want of what they would show. */
static bool no_stream(const struct bl_snapshot *snap, enum bl_stream_curve what, struct bl_error *err)
{
    if (snap->stream && snap->stream->n && (what != BL_STREAM_OLD || snap->stream->probe))
        return false;
    if (!snap->stream || !snap->stream->n) {
        bl_fail(err, BL_STATE, "there is no stream yet");
        return bl_hint(err, snap->dataset[0] ? "stream" : "generate drift; stream") || true;
    }
    bl_fail(err, BL_STATE, "the last stream kept no old rows aside");
    return bl_hint(err, "stream probe=100; plot forgotten") || true;
}

static bool stream_plot(struct bl_session *s, const struct bl_view_settings *v, struct bl_result *r, enum bl_stream_curve what, int height, struct bl_error *err)
{
    const struct bl_snapshot *snap = bl_workbench_snapshot(s->workbench);
    struct bl_arena *arena = bl_arena_create(64 * 1024);
    struct bl_chart chart;
    bool good = false;

    if (!no_stream(snap, what, err)) {
        good = arena && bl_stream_chart(snap, v, what, arena, &chart);
        if (good) {
            curves_json(r, &chart);
            bl_result_chart(r, &chart, height);
        } else {
            bl_fail_memory(err, "the chart");
        }
    }
    bl_arena_free(arena);
    bl_snapshot_drop(snap);
    return good;
}

/* What is plotted where nothing is said: what was worked on last. */
static bool streams_last(struct bl_session *s)
{
    const struct bl_snapshot *snap = bl_workbench_snapshot(s->workbench);
    const bool streams = snap->streams;

    bl_snapshot_drop(snap);
    return streams;
}

static bool run_plot(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_view_settings v;
    enum bl_curve what;
    int64_t height = 0;
    const struct bl_snapshot *snap;
    struct bl_arena *arena;
    struct bl_chart chart;
    bool good;

    if (!view_from(s, a, &v, &what, &height, err))
        return false;
    if ((size_t)what >= FIRST_OF_STREAM || (!a->n_words && streams_last(s)))
        return stream_plot(s, &v, r, a->n_words ? (enum bl_stream_curve)((size_t)what - FIRST_OF_STREAM) : BL_STREAM_ERROR, (int)height, err);
    if ((size_t)what >= FIRST_SIGHT)
        return sight_plot(s, a, r, (size_t)what, err);
    if (!bl_workbench_race(s->workbench, err))
        return false;
    if (what == BL_CURVE_SUBOPTIMALITY && !bl_workbench_optimum(s->workbench, err))
        return false;
    bl_workbench_event(s->workbench, "", "plot %s", curve_words[what]);
    snap = bl_workbench_snapshot(s->workbench);
    arena = bl_arena_create(256 * 1024);
    good = snap && arena && bl_curve_chart(snap, &v, what, arena, &chart);
    if (good) {
        curves_json(r, &chart);
        bl_result_chart(r, &chart, (int)height);
    } else {
        bl_fail_memory(err, "the chart");
    }
    bl_arena_free(arena);
    bl_snapshot_drop(snap);
    return good;
}

const struct bl_command bl_command_plot = {
    .name = "plot", .arguments = "[loss|objective|...|boundary|contour|stream|spent] [x=samples] [y=log]", .group = "show",
    .summary = "draw the curves of the run, race or stream",
    .help = "loss shows train and validation loss of one run, or the training loss of all contestants (the objective "
            "where there is a penalty). x is samples, updates, epochs or seconds; the curves of contestants with "
            "different batches only compare fairly by samples. boundary shows what the model says over two columns, the others "
            "at their mean (a regression: predictions over the truth); contour the loss on a plane through the parameters, with "
            "the way of every contestant. stream, spent and forgotten are those of the last stream: the error of each point, row "
            "passes so far, the error on old rows; plot alone draws what was worked on last.",
    .first = BL_ARG_WORDS, .further = BL_ARG_NONE, .choices = curve_words,
    .keys = (const struct bl_key[]){
        { "x", "samples|updates|epochs|seconds", "horizontal axis (default: epochs, in a race samples)" },
        { "y", "linear|log", "vertical axis (default log)" },
        { "axes", "auto|components", "of the boundary: columns A,B (default: the two of the largest weights)" },
        { "plane", "auto|path", "of the contour: parameters A,B, or the plane in which the ways spread most" },
        { "height", "", "rows of the chart, 4 to 200" }, { 0 } },
    .examples = (const char *const[]){ "load iris; train batch lr=0.5; plot loss", "load iris; compare epochs=5 watch=no; plot suboptimality x=updates",
                                      "load iris; train batch; plot boundary axes=petal_length,petal_width",
                                      "load diabetes; compare epochs=5 watch=no; plot contour plane=bmi,bp", "generate drift; stream; plot spent", NULL },
    .see = "watch, log, say", .run = run_plot,
};

/* ---- log ------------------------------------------------------------------------------------------------*/

static json_t *epoch_json(const struct bl_point *p, bool has_rate)
{
    json_t *o = json_object();

    json_object_set_new(o, "epoch", json_integer((json_int_t)p->epoch));
    json_object_set_new(o, "updates", json_integer((json_int_t)p->updates));
    json_object_set_new(o, "samples_seen", json_integer((json_int_t)p->samples));
    json_object_set_new(o, "train_loss", bl_json_number(p->train_loss));
    if (!isnan(p->validation_loss))
        json_object_set_new(o, "validation_loss", bl_json_number(p->validation_loss));
    json_object_set_new(o, "objective", bl_json_number(p->objective));
    json_object_set_new(o, "gradient_norm", bl_json_number(p->gradient_norm));
    if (has_rate)
        json_object_set_new(o, "lr", bl_json_number(p->lr));
    json_object_set_new(o, "seconds", bl_json_number(p->seconds));
    return o;
}

static json_t *epochs_json(struct bl_trainer *t)
{
    json_t *list = json_array();
    size_t n;
    const struct bl_point *p = bl_trainer_points(t, &n);
    const bool has_rate = bl_trainer_settings(t)->regime != BL_FULL;

    for (size_t i = 0; i < n; i++)
        if (p[i].epoch == floor(p[i].epoch))
            json_array_append_new(list, epoch_json(&p[i], has_rate));
    return list;
}

static void log_rows(struct bl_grid *g, struct bl_race *race, size_t i)
{
    size_t n;
    const struct bl_point *p = bl_trainer_points(bl_race_trainer(race, i), &n);
    const bool has_rate = bl_trainer_settings(bl_race_trainer(race, i))->regime != BL_FULL;

    for (size_t j = 0; j < n; j++) {
        if (p[j].epoch != floor(p[j].epoch))
            continue;
        if (bl_race_size(race) > 1)
            bl_grid_text(g, bl_race_name(race, i));
        bl_grid_count(g, (uint64_t)p[j].epoch);
        bl_grid_count(g, p[j].updates);
        bl_grid_count(g, p[j].samples);
        bl_grid_number(g, p[j].train_loss);
        bl_grid_number(g, p[j].validation_loss);
        bl_grid_number(g, p[j].objective);
        bl_grid_number(g, p[j].gradient_norm);
        bl_grid_number(g, has_rate ? p[j].lr : NAN);
        bl_grid_number(g, p[j].seconds);
    }
}

static void log_columns(struct bl_grid *g, bool race)
{
    if (race)
        bl_grid_column(g, "contestant", BL_LEFT);
    bl_grid_column(g, "epoch", BL_COUNT);
    bl_grid_column(g, "updates", BL_COUNT);
    bl_grid_column(g, "samples", BL_COUNT);
    bl_grid_column(g, "train loss", BL_NUMBER);
    bl_grid_column(g, "valid loss", BL_NUMBER);
    bl_grid_column(g, "objective", BL_NUMBER);
    bl_grid_column(g, "|gradient|", BL_NUMBER);
    bl_grid_column(g, "lr", BL_MIXED);
    bl_grid_column(g, "time", BL_SECONDS);
}

/* What going back costs: memory now and at most, and how much of the run must be played again. */
static void tell_tape(struct bl_result *r, struct bl_race *race)
{
    size_t bytes = 0, limit = 0, snapshots = 0;
    uint64_t replay = 0;
    char use[32], most[32];

    for (size_t i = 0; i < bl_race_size(race); i++) {
        size_t n;
        struct bl_trainer *t = bl_race_trainer(race, i);
        bytes += bl_trainer_tape_bytes(t, &n);
        limit += bl_trainer_settings(t)->tape;
        snapshots += n;
        replay = bl_trainer_replay(t) > replay ? bl_trainer_replay(t) : replay;
    }
    bl_result_line(r, "tape: %zu snapshot%s in %s of %s; going back plays at most %llu update%s again", snapshots, snapshots == 1 ? "" : "s",
                   bl_bytes_format(use, sizeof use, (double)bytes), bl_bytes_format(most, sizeof most, (double)limit),
                   (unsigned long long)replay, replay == 1 ? "" : "s");
}

static bool run_log(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_race *race = bl_workbench_race(s->workbench, err);
    struct bl_grid *g;
    json_t *runs;
    char word[80];

    (void)a;
    if (!race)
        return false;
    g = bl_result_grid(r);
    log_columns(g, bl_race_size(race) > 1);
    if (bl_race_size(race) == 1) {
        bl_result_set(r, "epochs", epochs_json(bl_race_trainer(race, 0)));
    } else {
        runs = json_array();
        for (size_t i = 0; i < bl_race_size(race); i++) {
            json_t *o = json_object();
            json_object_set_new(o, "name", bl_json_text(contestant_word(race, i, word, sizeof word)));
            json_object_set_new(o, "epochs", epochs_json(bl_race_trainer(race, i)));
            json_array_append_new(runs, o);
        }
        bl_result_set(r, "runs", runs);
    }
    for (size_t i = 0; i < bl_race_size(race); i++)
        log_rows(g, race, i);
    tell_tape(r, race);
    return true;
}

const struct bl_command bl_command_log = {
    .name = "log", .arguments = "", .group = "show", .summary = "the figures at the end of each epoch",
    .help = "One line an epoch: 0 is the start, 1 the state after one pass over the training rows, up to where the run "
            "stands now. Losses are over all training rows at that moment, not means over the updates of the epoch. Below it the memory of the tape, that back and "
            "goto use: set tape=64M bounds it, and with fewer snapshots more of the run is played again.",
    .examples = (const char *const[]){ "load iris; train mini:32 epochs=5; log", NULL },
    .see = "plot, watch", .run = run_log,
};
