/* eval, confusion: what the model is worth on rows that it did not train on. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/language/commands/judge.h"
#include "src/language/commands/trial.h"

struct report {
    struct judged j;
    enum bl_part part;
    const struct bl_matrix *m;
    struct bl_evaluation model, baseline;
    bool intervals;
    struct bl_interval interval[BL_METRICS_MAX];
    double level;
};

/* ---- baseline: what needs no model ------------------------------------------------------------------------*/

/* Every row is told the shares of the classes among the training rows, or their mean. */
static void constant_prediction(const struct judged *j, double *out, size_t width)
{
    const struct bl_matrix *train = j->p->part[BL_TRAIN];
    struct bl_sum2 sum = { 0 };
    size_t rows = 0;

    memset(out, 0, width * sizeof *out);
    for (size_t i = 0; i < train->n_rows; i++) {
        if (isnan(train->y[i]))
            continue;
        rows++;
        if (width > 1)
            out[(size_t)train->y[i]]++;
        else
            bl_sum2_add(&sum, train->y[i]);
    }
    for (size_t c = 0; width > 1 && c < width; c++)
        out[c] /= (double)rows;
    if (width == 1)
        *out = bl_sum2_value(sum) / (double)rows;
}

/* Whether the loss is the cross-entropy of the probabilities, or half the mean square. */
static bool own_loss(const struct bl_evaluation *e)
{
    const struct bl_figure *other = bl_evaluation_figure(e, e->n_classes ? "log_loss" : "mse");
    double expected = e->n_classes ? other->value : other->value / 2;

    return fabs(e->figures[0].value - expected) <= 1e-9 * fabs(expected);
}

static bool baseline_of(struct bl_session *s, struct report *x, struct bl_error *err)
{
    size_t width = judge_width(&x->j), n = x->m->n_rows;
    double *out = bl_calloc(n + 1, width * sizeof *out);
    bool good;

    if (!out)
        return bl_fail_memory(err, "the baseline");
    constant_prediction(&x->j, out, width);
    for (size_t i = 1; i < n; i++)
        memcpy(out + i * width, out, width * sizeof *out);
    good = width > 1 ? bl_evaluate_classes(&x->baseline, out, x->m->y, n, width, 1, NAN, bl_workbench_pool(s->workbench), err)
                     : bl_evaluate_values(&x->baseline, out, x->m->y, n, NAN, err);
    if (good && !own_loss(&x->model)) {
        x->baseline.figures[0].value = NAN;
        x->baseline.figures[0].reason = "the loss of this model is of another kind";
    }
    bl_free(out);
    return good;
}

/* ---- intervals -----------------------------------------------------------------------------------------------*/

static bool intervals_of(struct bl_session *s, const struct bl_args *a, struct report *x, struct bl_error *err)
{
    struct bl_bootstrap how = { .level = 0.95, .seed = bl_workbench_seed(s->workbench), .own_loss = own_loss(&x->model) };
    int64_t resamples = 1000;
    double *out;
    bool good;

    x->intervals = bl_arg(a, "resamples") || bl_arg(a, "level");
    if (!bl_arg_yes(a, "ci", &x->intervals, err) || !bl_arg_integer(a, "resamples", 10, 1000000, &resamples, err) ||
        !bl_arg_number(a, "level", &how.level, err))
        return false;
    if (!x->intervals)
        return true;
    x->level = how.level;
    how.resamples = (size_t)resamples;
    if (!judge_predict(s, &x->j, x->m, &out, err))
        return false;
    good = judge_width(&x->j) > 1
               ? bl_bootstrap_classes(&how, out, x->m->y, x->m->n_rows, judge_width(&x->j), 1, x->interval, bl_workbench_pool(s->workbench),
                                      bl_workbench_progress(s->workbench), err)
               : bl_bootstrap_values(&how, out, x->m->y, x->m->n_rows, x->interval, bl_workbench_pool(s->workbench),
                                     bl_workbench_progress(s->workbench), err);
    bl_free(out);
    if (!good && err->code == BL_VALUE)
        return bl_at_pair(err, a, bl_arg(a, "level") ? "level" : "resamples");
    return good;
}

/* ---- figures -----------------------------------------------------------------------------------------------*/

static void figures_json(struct bl_result *r, const struct report *x)
{
    json_t *baseline = json_object(), *intervals = json_object();

    for (size_t i = 0; i < x->model.n_figures; i++) {
        const struct bl_figure *f = &x->model.figures[i], *b = &x->baseline.figures[i];
        bl_result_number(r, f->metric->name, f->value, f->reason);
        bl_json_figure(r, baseline, f->metric->name, b->value, b->reason);
        if (x->intervals && isfinite(x->interval[i].low)) {
            json_t *pair = json_array();
            bl_json_append(r, pair, bl_json_number(x->interval[i].low));
            bl_json_append(r, pair, bl_json_number(x->interval[i].high));
            bl_json_set(r, intervals, f->metric->name, pair);
        }
    }
    bl_result_set(r, "baseline", baseline);
    if (x->intervals)
        bl_result_set(r, "intervals", intervals);
    else
        json_decref(intervals);
}

static void figures_table(struct bl_result *r, const struct report *x)
{
    struct bl_grid *g = bl_result_grid(r);

    bl_grid_column(g, "metric", BL_LEFT);
    bl_grid_column(g, "value", BL_MIXED);
    if (x->intervals) {
        bl_grid_column(g, "low", BL_MIXED);
        bl_grid_column(g, "high", BL_MIXED);
    }
    bl_grid_column(g, "baseline", BL_MIXED);
    bl_grid_column(g, "meaning", BL_PROSE);
    for (size_t i = 0; i < x->model.n_figures; i++) {
        const struct bl_figure *f = &x->model.figures[i];
        bl_grid_text(g, f->metric->name);
        bl_grid_number(g, f->value);
        if (x->intervals) {
            bl_grid_number(g, x->interval[i].low);
            bl_grid_number(g, x->interval[i].high);
        }
        bl_grid_number(g, x->baseline.figures[i].value);
        bl_grid_text(g, f->reason ? f->reason : f->metric->summary);
    }
}

/* The class that the baseline says, or its number. */
static void baseline_line(struct bl_result *r, const struct report *x)
{
    double out[64], *p = judge_width(&x->j) <= 64 ? out : bl_calloc(judge_width(&x->j), sizeof *p);
    char number[32];

    if (!p)
        return;
    constant_prediction(&x->j, p, judge_width(&x->j));
    if (judge_width(&x->j) > 1)
        bl_result_line(r, "baseline: the shares of the classes in training, so always '%s'",
                       bl_roles_label(&x->j.p->dataset->roles, bl_decide(p, judge_width(&x->j), 1)));
    else
        bl_result_line(r, "baseline: always the mean of training, %s", bl_number_format(number, sizeof number, p[0], 4));
    if (x->intervals)
        bl_result_line(r, "low, high: %g %% bootstrap interval", 100 * x->level);
    if (p != out)
        bl_free(p);
}

/* ---- groups -----------------------------------------------------------------------------------------------------*/

/* The rows of a matrix that belong to a group (BL_MISSING_CODE: to none). */
static struct bl_matrix *rows_of_group(const struct bl_matrix *m, const struct bl_groups *g, uint32_t group, struct bl_error *err)
{
    uint32_t *rows = bl_calloc(m->n_rows + 1, sizeof *rows);
    struct bl_matrix *out;
    size_t n = 0;

    if (!rows) {
        bl_fail_memory(err, "the rows of a group");
        return NULL;
    }
    for (size_t i = 0; i < m->n_rows; i++)
        if (g->of_row[m->row[i]] == group)
            rows[n++] = (uint32_t)i;
    out = bl_matrix_rows(m, rows, n, err);
    bl_free(rows);
    return out;
}

static void group_told(struct bl_result *r, struct bl_grid *g, json_t *list, const char *label, size_t rows, const struct bl_evaluation *e)
{
    json_t *one = json_object();

    bl_json_set(r, one, "group", bl_json_text(label));
    bl_json_set(r, one, "rows", json_integer((json_int_t)rows));
    bl_grid_text(g, label);
    bl_grid_count(g, rows);
    for (size_t i = 0; i < e->n_figures; i++) {
        bl_json_figure(r, one, e->figures[i].metric->name, e->figures[i].value, e->figures[i].reason);
        bl_grid_number(g, e->figures[i].value);
    }
    bl_json_append(r, list, one);
}

static bool group_judged(struct bl_session *s, struct bl_result *r, const struct report *x, const struct bl_groups *groups, uint32_t group,
                         struct bl_grid *g, json_t *list, struct bl_error *err)
{
    struct bl_matrix *m = rows_of_group(x->m, groups, group, err);
    struct bl_evaluation e = { 0 };
    bool good = m != NULL;

    if (good && m->n_rows > 0 && (good = judge_figures(s, &x->j, m, &e, err)))
        group_told(r, g, list, group == BL_MISSING_CODE ? "(missing)" : groups->labels[group], e.rows, &e);
    bl_evaluation_free(&e);
    bl_matrix_free(m);
    return good;
}

static bool groups_tell(struct bl_session *s, const struct bl_args *a, struct bl_result *r, const struct report *x, struct bl_error *err)
{
    const struct bl_table *t = x->j.p->dataset->table;
    size_t column = SIZE_MAX;
    struct bl_groups *groups;
    struct bl_grid *g;
    json_t *list;
    bool good = true;

    if (!bl_arg(a, "by"))
        return true;
    if (!bl_arg_column(a, "by", t, &column, err) || !(groups = bl_groups_of(t, column, err)))
        return bl_at_pair(err, a, "by");
    g = bl_result_grid(r);
    list = json_array();
    bl_grid_column(g, t->columns[column].name, BL_LEFT);
    bl_grid_column(g, "rows", BL_COUNT);
    for (size_t i = 0; i < x->model.n_figures; i++)
        bl_grid_column(g, x->model.figures[i].metric->name, BL_NUMBER);
    for (uint32_t k = 0; good && k < groups->n_groups; k++)
        good = group_judged(s, r, x, groups, k, g, list, err);
    if (good)
        good = group_judged(s, r, x, groups, BL_MISSING_CODE, g, list, err);
    bl_result_set(r, "by", bl_json_text(t->columns[column].name));
    bl_result_set(r, "groups", list);
    bl_groups_free(groups);
    return good;
}

/* ---- eval ---------------------------------------------------------------------------------------------------------*/

static bool eval_tell(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct report *x, struct bl_error *err)
{
    if (!judge_figures(s, &x->j, x->m, &x->model, err) || !baseline_of(s, x, err) || !intervals_of(s, a, x, err))
        return false;
    judge_head(r, &x->j, x->part, x->model.rows);
    figures_json(r, x);
    figures_table(r, x);
    baseline_line(r, x);
    if (x->model.n_classes)
        confusion_tell(r, &x->model, &x->j.p->dataset->roles);
    if (!groups_tell(s, a, r, x, err))
        return false;
    if (x->part == BL_TEST) /* from here on the look has happened */
        vault_look(s, &x->j, &x->model, r);
    vault_tell(s, r);
    return true;
}

static bool run_eval(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct report x = { 0 };
    bool good = judge(s, &x.j, err) && judge_part(a, &x.j, true, &x.part, err);

    if (good) {
        x.m = x.j.p->part[x.part];
        good = eval_tell(s, a, r, &x, err);
    }
    bl_evaluation_free(&x.model);
    bl_evaluation_free(&x.baseline);
    return good;
}

const struct bl_command bl_command_eval = {
    .name = "eval", .arguments = "[train|validation|test] [ci=yes] [by=COLUMN]", .group = "show", .summary = "how good the model is, now",
    .help = "The metrics of the task on the validation rows, else the training rows, each beside its baseline: the shares of the "
            "classes in training, or their mean. The test rows are opened by eval test alone; each look is counted, written into "
            "the journal of the registry where there is one, and told on every later report, in later sessions too. ci=yes adds bootstrap intervals, by= the metrics in each group of a column. Above two classes precision, "
            "recall and f1 are plain means over the classes, auc and pr_auc the mean of each class against the rest. In a race the "
            "contestant with the lowest validation loss is judged.",
    .first = BL_ARG_WORDS, .further = BL_ARG_NONE, .choices = bl_all_parts,
    .keys = BL_KEYS({ "ci", "yes|no", "bootstrap intervals (default no)" }, { "resamples", "", "of the bootstrap (default 1000)" },
                    { "level", "", "of the intervals (default 0.95)" }, { "by", "", "column: the metrics in each of its groups" }),
    .examples = BL_EXAMPLES("load iris; train batch lr=0.5 epochs=50; eval", "load diabetes; train full:closed; eval train ci=yes",
                            "load titanic; model logistic l2=1; train batch; eval by=Sex"),
    .see = "confusion, roc, calibration, residuals, cv, check", .run = run_eval,
};

/* ---- confusion --------------------------------------------------------------------------------------------------------*/

static void classes_tell(struct bl_result *r, const struct bl_evaluation *e, const struct bl_roles *roles)
{
    static const char *const names[] = { "precision", "recall", "f1", "auc", "pr_auc" };
    struct bl_grid *g = bl_result_grid(r);
    json_t *list = json_array();

    bl_grid_column(g, "class", BL_LEFT);
    bl_grid_column(g, "rows", BL_COUNT);
    bl_grid_column(g, "predicted", BL_COUNT);
    for (size_t i = 0; i < 5; i++)
        bl_grid_column(g, names[i], BL_NUMBER);
    for (size_t c = 0; c < e->n_classes; c++) {
        const struct bl_class_figures *f = &e->classes[judge_number(roles, c)];
        const double values[] = { f->precision, f->recall, f->f1, f->auc, f->pr_auc };
        json_t *one = json_object();
        bl_json_set(r, one, "label", bl_json_text(roles->classes[c]));
        bl_json_set(r, one, "rows", json_integer((json_int_t)f->rows));
        bl_json_set(r, one, "predicted", json_integer((json_int_t)f->predicted));
        bl_grid_text(g, roles->classes[c]);
        bl_grid_count(g, f->rows);
        bl_grid_count(g, f->predicted);
        for (size_t i = 0; i < 5; i++) {
            bl_json_figure(r, one, names[i], values[i], "no row is of this class, or predicted so");
            bl_grid_number(g, values[i]);
        }
        bl_json_append(r, list, one);
    }
    bl_result_set(r, "classes", list);
}

/* The largest number beside the diagonal, in words. */
static void worst_line(struct bl_result *r, const struct bl_evaluation *e, const struct bl_roles *roles)
{
    size_t most = 0, at = 0, k = e->n_classes;

    for (size_t i = 0; i < k * k; i++)
        if (i / k != i % k && e->confusion[i] > most) {
            most = e->confusion[i];
            at = i;
        }
    if (most == 0)
        bl_result_line(r, "every row is predicted to be of its own class");
    else
        bl_result_line(r, "most often mistaken: '%s' for '%s', %zu of %zu rows", bl_roles_label(roles, at / k), bl_roles_label(roles, at % k),
                       most, e->classes[at / k].rows);
}

static bool run_confusion(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct judged j = { 0 };
    struct bl_evaluation e = { 0 };
    enum bl_part part;

    if (!judge(s, &j, err) || !judge_task(&j, BL_CLASSIFICATION, "confusion", "residuals, or eval", err) ||
        !judge_part(a, &j, false, &part, err) || !judge_figures(s, &j, j.p->part[part], &e, err))
        return false;
    judge_head(r, &j, part, e.rows);
    confusion_tell(r, &e, &j.p->dataset->roles);
    classes_tell(r, &e, &j.p->dataset->roles);
    worst_line(r, &e, &j.p->dataset->roles);
    vault_tell(s, r);
    bl_evaluation_free(&e);
    return true;
}

const struct bl_command bl_command_confusion = {
    .name = "confusion", .arguments = "[train|validation]", .group = "show", .summary = "which classes are mistaken for which",
    .help = "Rows are the true classes, columns what the model says; below, the figures of each class against all others. "
            "Validation rows, else the training rows.",
    .first = BL_ARG_WORDS, .further = BL_ARG_NONE, .choices = bl_open_parts,
    .examples = BL_EXAMPLES("load iris; train batch epochs=50; confusion"),
    .see = "eval, roc", .run = run_confusion,
};
