/* fan, pull: what the rows of an update do to its gradient. */
#include <math.h>
#include <string.h>

#include "src/language/commands/run.h"

static bool standing(struct bl_session *s, struct bl_result *r, struct bl_trainer **t, struct bl_error *err)
{
    struct bl_race *race = run_needed(s, r, err) ? bl_workbench_race(s->workbench, err) : NULL;

    if (!race)
        return false;
    *t = bl_race_trainer(race, 0);
    if (bl_race_size(race) > 1)
        bl_result_line(r, "for %s", bl_race_name(race, 0));
    return true;
}

/* ---- fan -------------------------------------------------------------------------------------------*/

static void fan_row(struct bl_result *r, struct bl_grid *g, json_t *batches, const struct bl_fan *f)
{
    json_t *one = json_object();

    bl_json_set(r, one, "batch", json_integer((json_int_t)f->batch));
    bl_json_figure(r, one, "mean_cosine", f->mean_cosine, "the gradient is 0");
    bl_json_figure(r, one, "variance", f->mean_square, "not finite");
    bl_json_figure(r, one, "expected", f->expected, "not finite");
    bl_json_append(r, batches, one);
    bl_grid_count(g, f->batch);
    bl_grid_number(g, f->mean_cosine);
    bl_grid_number(g, f->mean_square);
    bl_grid_number(g, f->expected);
}

static bool fan_tell(struct bl_session *s, struct bl_result *r, struct bl_trainer *t, size_t batch, size_t draws, struct bl_error *err)
{
    const struct bl_objective *o = bl_trainer_objective(t);
    size_t n = o->train->n_rows, sizes[] = { 1, 4, 16, 64, 256, 1024, 4096, batch < n ? batch : n };
    json_t *batches = json_array();
    struct bl_grid *g = bl_result_grid(r);
    bool good = true;

    bl_grid_column(g, "rows", BL_COUNT);
    bl_grid_column(g, "mean cosine", BL_NUMBER);
    bl_grid_column(g, "variance", BL_NUMBER);
    bl_grid_column(g, "tr S/B (n-B)/(n-1)", BL_NUMBER);
    for (size_t i = 0; good && i < sizeof sizes / sizeof *sizes; i++) {
        bool asked = i + 1 == sizeof sizes / sizeof *sizes;
        struct bl_fan f;
        if (!asked && sizes[i] >= n)
            continue;
        good = bl_fan_of(o, bl_trainer_theta(t), sizes[i], draws, bl_trainer_settings(t)->seed, bl_workbench_pool(s->workbench),
                         bl_workbench_progress(s->workbench), &f, err);
        if (!good)
            break;
        fan_row(r, g, batches, &f);
        if (asked) {
            bl_result_set(r, "batch", json_integer((json_int_t)f.batch));
            bl_result_set(r, "draws", json_integer((json_int_t)f.draws));
            bl_result_set(r, "cosines", bl_json_numbers(f.cosine, f.draws));
            bl_result_set(r, "lengths", bl_json_numbers(f.length, f.draws));
            bl_result_number(r, "gradient_norm", f.full_norm, "not finite");
        }
        bl_fan_done(&f);
    }
    bl_result_set(r, "batches", batches);
    return good;
}

static bool run_fan(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_trainer *t;
    int64_t batch = 32, draws = 50;

    if (!bl_arg_integer(a, "batch", 1, UINT32_MAX, &batch, err) || !bl_arg_integer(a, "draws", 1, 100000, &draws, err) ||
        !standing(s, r, &t, err))
        return false;
    bl_progress_start(bl_workbench_progress(s->workbench), "drawing mini-batches", 0);
    if (!fan_tell(s, r, t, (size_t)batch, (size_t)draws, err))
        return false;
    bl_result_line(r, "%lld draws of each size around the gradient of all rows, from where the run stands; the last line is batch=",
                   (long long)draws);
    return true;
}

const struct bl_command bl_command_fan = {
    .name = "fan", .arguments = "[batch=32] [draws=50]", .group = "compare",
    .summary = "mini-batch gradients around the full one",
    .help = "Draws mini-batches at the parameters of now and compares their gradients with that of all rows: the mean cosine of "
            "the angle between them, and the mean square of the distance, beside what theory expects of rows drawn without "
            "replacement. S is the covariance of the gradients of single rows: the variance falls as 1/B.",
    .first = BL_ARG_NONE, .further = BL_ARG_NONE,
    .keys = (const struct bl_key[]){ { "batch", "", "rows of the mini-batches of the last line (default 32)" },
        { "draws", "", "mini-batches of each size (default 50)" }, { 0 } },
    .examples = (const char *const[]){ "load iris; train batch epochs=3; fan batch=8", NULL },
    .see = "pull, theory, sweep", .run = run_fan,
};

/* ---- pull -----------------------------------------------------------------------------------------*/

static bool find_parameter(struct bl_session *s, const struct bl_args *a, size_t *at, const char **name, struct bl_error *err)
{
    size_t n;
    const char *const *names = bl_workbench_parameter_names(s->workbench, &n, err), *near;

    for (*at = 0; names && *at < n; ++*at)
        if (a->n_words == 0 || !strcmp(names[*at], a->words[0].text)) {
            *name = names[*at];
            return true;
        }
    if (!names)
        return false;
    near = bl_nearest(a->words[0].text, names, n);
    bl_fail(err, BL_UNKNOWN, "no parameter '%s'", a->words[0].text);
    bl_hint(err, "%s '%s'; params lists them", near ? "did you mean" : "the first is", near ? near : names[0]);
    return bl_at_word(err, a, 0);
}

static void pull_tell(struct bl_result *r, const struct bl_pull_row *rows, size_t n, double total)
{
    json_t *numbers = json_array(), *pulls = json_array(), *slopes = json_array();
    struct bl_grid *g = bl_result_grid(r);

    bl_grid_column(g, "row", BL_COUNT);
    bl_grid_column(g, "slope", BL_NUMBER);
    bl_grid_column(g, "feature", BL_NUMBER);
    bl_grid_column(g, "pull", BL_NUMBER);
    for (size_t i = 0; i < n; i++) {
        bl_json_append(r, numbers, json_integer(rows[i].row));
        bl_json_append(r, pulls, bl_json_number(rows[i].pull));
        bl_json_append(r, slopes, bl_json_number(rows[i].slope));
        bl_grid_count(g, rows[i].row);
        bl_grid_number(g, rows[i].slope);
        bl_grid_number(g, rows[i].feature);
        bl_grid_number(g, rows[i].pull);
    }
    bl_result_set(r, "rows", numbers);
    bl_result_set(r, "pulls", pulls);
    bl_result_set(r, "slopes", slopes);
    bl_result_number(r, "gradient", total, "not finite");
}

static bool run_pull(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_trainer *t;
    int64_t most = 10;
    size_t at, n = 0, total_rows = 0;
    const char *name = "";
    struct bl_pull_row *rows = NULL;
    uint32_t *index;
    double total;
    char number[32];

    if (!bl_arg_integer(a, "rows", 1, 100000, &most, err) || !standing(s, r, &t, err) || !find_parameter(s, a, &at, &name, err) ||
        !bl_trainer_next_rows(t, NULL, 0, &n, &total_rows, err))
        return false;
    index = bl_calloc(total_rows, sizeof *index);
    if (!index)
        return bl_fail_memory(err, "the rows of the update");
    bool good = bl_trainer_next_rows(t, index, total_rows, &n, &total_rows, err) &&
                bl_pull_of(bl_trainer_objective(t), bl_trainer_theta(t), index, n, at, &rows, &total, err);
    bl_free(index);
    if (!good)
        return false;
    bl_result_set(r, "parameter", bl_json_text(name));
    bl_result_set(r, "rows_total", json_integer((json_int_t)n));
    bl_result_line(r, "the next update sees %zu rows; those that pull most at %s:", n, name);
    pull_tell(r, rows, n < (size_t)most ? n : (size_t)most, total);
    if (bl_trainer_objective(t)->network)
        bl_result_line(r, "slope: derivative of the row's loss by this parameter; pull = slope / %zu; all of them sum to %s, the gradient without penalty",
                       n, bl_number_format(number, sizeof number, total, 4));
    else
        bl_result_line(r, "pull = slope * feature / %zu; all of them sum to %s, the gradient without penalty; descent goes the other way", n,
                   bl_number_format(number, sizeof number, total, 4));
    bl_free(rows);
    return true;
}

const struct bl_command bl_command_pull = {
    .name = "pull", .arguments = "[PARAMETER] [rows=10]", .group = "compare",
    .summary = "the rows that move a parameter most at the next update",
    .help = "The gradient of a parameter is a sum over the rows of the update; pull lists its largest terms, slope times feature "
            "over the number of rows, for the first parameter where none is named. slope is the derivative of the row's loss with "
            "respect to its margin.",
    .first = BL_ARG_COLUMN, .further = BL_ARG_NONE,
    .keys = (const struct bl_key[]){ { "rows", "", "how many to list (default 10)" }, { 0 } },
    .examples = (const char *const[]){ "load diabetes; train mini:32; pull bmi rows=5", NULL },
    .see = "explain, fan", .run = run_pull,
};
