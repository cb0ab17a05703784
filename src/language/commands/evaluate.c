/* check, predict: whether the model is good enough, and what it says. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/language/commands/judge.h"

/* ---- check --------------------------------------------------------------------------------------------*/

static bool check_value(const char *name, const struct bl_evaluation *e, const struct bl_point *p, double optimum, double *value)
{
    const struct bl_figure *f = strcmp(name, "loss") ? bl_evaluation_figure(e, name) : NULL;

    if (f)
        *value = f->value;
    return f || bl_logged_value(name, p, optimum, value);
}

/* "validation_loss rises": over the whole run so far. */
static bool rises_value(struct bl_trainer *t, const char *name, double optimum, double *value)
{
    size_t n, length = strlen(name);
    const struct bl_point *p = bl_trainer_points(t, &n);

    if (length <= 6 || strcmp(name + length - 6, " rises") != 0)
        return false;
    *value = bl_epochs_without_best(name, p, n, optimum);
    return true;
}

static bool unknown_name(const char *name, const struct bl_evaluation *e, struct bl_error *err)
{
    struct bl_text known = { 0 };

    for (size_t i = 0; i < e->n_figures; i++)
        bl_text_addf(&known, "%s ", e->figures[i].metric->name);
    bl_fail(err, BL_UNKNOWN, "nothing called '%s' can be checked", name);
    bl_hint(err, "known: %sepoch updates samples train_loss validation_loss objective gradient_norm suboptimality", bl_text_get(&known));
    bl_text_free(&known);
    return false;
}

static bool check_values(struct bl_session *s, const struct bl_expression *x, const struct judged *j, double *values, struct bl_error *err)
{
    struct bl_evaluation e = { 0 };
    enum bl_part part;
    struct bl_point p;
    const struct bl_optimum *best;
    double optimum = NAN;
    bool good = judge_part(NULL, j, false, &part, err) && judge_figures(s, j, j->p->part[part], &e, err) && bl_trainer_point(j->t, &p, err);

    if (good && strstr(bl_expression_text(x), "optim")) {
        best = bl_workbench_optimum(s->workbench, err);
        good = best != NULL;
        optimum = best && best->exists ? best->objective : NAN;
    }
    for (size_t i = 0; good && i < bl_expression_names(x); i++)
        if (!rises_value(j->t, bl_expression_name(x, i), optimum, &values[i]) && !check_value(bl_expression_name(x, i), &e, &p, optimum, &values[i]))
            good = unknown_name(bl_expression_name(x, i), &e, err);
    bl_evaluation_free(&e);
    return good;
}

static bool run_check(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct judged j = { 0 };
    struct bl_expression *x = bl_expression_parse(a->rest, err);
    double values[64] = { 0 }, value;
    char number[32];
    bool holds;

    if (!x || !bl_expression_plain(x, err)) {
        bl_expression_free(x);
        return bl_at_rest(err, a);
    }
    if (!judge(s, &j, err) || !check_values(s, x, &j, values, err)) {
        bl_expression_free(x);
        return false;
    }
    holds = bl_expression_value(x, values) != 0;
    value = bl_expression_left(x, values);
    bl_result_set(r, "expression", bl_json_text(a->rest));
    bl_result_number(r, "value", value, "not a number");
    bl_result_set(r, "holds", json_boolean(holds));
    bl_result_line(r, "%s: %s (%s)", holds ? "holds" : "does not hold", a->rest, bl_number_exact(number, sizeof number, value));
    bl_expression_free(x);
    if (!holds)
        bl_result_status(r, 3);
    return true;
}

const struct bl_command bl_command_check = {
    .name = "check", .arguments = "CONDITION", .group = "show", .summary = "whether a condition holds; if not, exit status 3",
    .help = "Over what is logged (train_loss, objective, gradient_norm, epoch ...) and what eval gives on the validation rows "
            "(accuracy, f1, rmse ...). Where it does not hold the script goes on, and ends with status 3.",
    .first = BL_ARG_EXPRESSION, .further = BL_ARG_EXPRESSION, .raw = true,
    .examples = (const char *const[]){ "load iris; train full:newton; check accuracy > 0.8", NULL },
    .see = "eval, until", .run = run_check,
};

/* ---- predict ----------------------------------------------------------------------------------------------*/

/* What predicts: the current run, or the model that is open. */
struct oracle {
    const struct bl_roles *roles;
    const struct bl_recipe *recipe;
    const struct bl_objective *o;
    const double *theta;
    const struct bl_table *table; /* the current one; NULL: nothing is loaded */
    const struct bl_kept *kept;   /* NULL: the run */
};

static bool oracle_find(struct bl_session *s, struct oracle *q, struct bl_error *err)
{
    const struct bl_dataset *d = bl_workbench_dataset(s->workbench, NULL);
    struct judged j = { 0 };

    q->kept = bl_language_of(s)->opened;
    q->table = d ? d->table : NULL;
    if (q->kept) {
        q->roles = &q->kept->roles;
        q->recipe = q->kept->recipe;
        q->o = &q->kept->objective;
        q->theta = q->kept->theta;
        return true;
    }
    if (!judge(s, &j, err))
        return false;
    q->roles = &j.p->dataset->roles;
    q->recipe = j.p->recipe;
    q->o = j.o;
    q->theta = bl_trainer_theta(j.t);
    return true;
}

static bool rows_all(size_t n, uint32_t **rows, struct bl_error *err)
{
    *rows = bl_calloc(n, sizeof **rows);
    if (!*rows)
        return bl_fail_memory(err, "the rows");
    for (size_t i = 0; i < n; i++)
        (*rows)[i] = (uint32_t)i;
    return true;
}

/* Other rows may well come without a target. */
static bool roles_for(const struct oracle *q, const struct bl_table *t, struct bl_roles *roles, struct bl_error *err)
{
    if (!bl_roles_copy(roles, q->roles, err))
        return false;
    roles->weight = SIZE_MAX;
    if (q->kept || t != q->table)
        roles->target = SIZE_MAX;
    return true;
}

/* Where the recipe keeps complete rows only, others are let through with gaps, and nothing is said of them. */
static bool keeps_complete(const struct bl_recipe *recipe)
{
    for (size_t i = 0; i < bl_recipe_steps(recipe); i++) {
        struct bl_step_view v;
        bl_recipe_view(recipe, i, &v);
        if (!strcmp(v.step, "complete"))
            return true;
    }
    return false;
}

static struct bl_matrix *matrix_of(struct bl_session *s, const struct oracle *q, const struct bl_table *t,
                                   struct bl_warnings *warnings, struct bl_error *err)
{
    struct bl_roles roles = { 0 };
    uint32_t *rows = NULL;
    struct bl_matrix *m = NULL;

    if (roles_for(q, t, &roles, err) && rows_all(t->n_rows, &rows, err))
        m = (keeps_complete(q->recipe) ? bl_recipe_apply_gaps : bl_recipe_apply)(q->recipe, t, &roles, rows, t->n_rows,
                                                                                    bl_workbench_pool(s->workbench), err);
    if (m && (q->kept || t != q->table))
        bl_recipe_unseen(q->recipe, t, rows, t->n_rows, "rows", warnings);
    bl_free(rows);
    bl_roles_free(&roles);
    return m;
}

/* The file is read with the types of the columns that the model was trained on. */
static struct bl_table *other_table(struct bl_session *s, const struct oracle *q, const char *path, struct bl_result *r, struct bl_error *err)
{
    struct bl_load_type *types;
    struct bl_load_options options = { .pool = bl_workbench_pool(s->workbench), .progress = bl_workbench_progress(s->workbench),
                                       .warnings = bl_result_warnings(r), .types_if_present = true };
    const char *name;
    enum bl_type type;
    struct bl_table *t;
    size_t n = 0;

    while (bl_recipe_reads(q->recipe, n, &name, &type))
        n++;
    if (!(types = bl_calloc(n + 1, sizeof *types))) {
        bl_fail_memory(err, path);
        return NULL;
    }
    for (; bl_recipe_reads(q->recipe, options.n_types, &name, &type); options.n_types++)
        types[options.n_types] = (struct bl_load_type){ name, type };
    options.types = types;
    t = bl_load(path, &options, err);
    bl_free(types);
    return t;
}

/* "" for a row of which nothing can be said. */
static const char *label_of(const struct bl_roles *roles, const double *p, size_t width)
{
    return isnan(p[0]) ? "" : bl_roles_label(roles, bl_decide(p, width, 1));
}

static const char *number_of_cell(char *buffer, size_t size, double x)
{
    return isnan(x) ? "" : bl_number_full(buffer, size, x);
}

static void predictions_json(struct bl_result *r, const struct oracle *q, const double *out, size_t n, size_t width)
{
    const struct bl_roles *roles = q->roles;
    bool scores = q->o->type->scores;
    json_t *list = json_array(), *all = width > 1 ? json_array() : NULL;

    for (size_t i = 0; i < n; i++) {
        json_t *row = json_array();
        if (width == 1) {
            json_array_append_new(list, bl_json_number(out[i]));
        } else {
            for (size_t k = 0; k < width; k++)
                json_array_append_new(row, bl_json_number(out[i * width + judge_number(roles, k)]));
            json_array_append_new(list, isnan(out[i * width]) ? json_null() : bl_json_text(label_of(roles, out + i * width, width)));
        }
        if (all && scores)
            json_array_append_new(all, bl_json_number(out[i * width + 1]));
        else if (all)
            json_array_append(all, row);
        json_decref(row);
    }
    bl_result_set(r, "predictions", list);
    if (all)
        bl_result_set(r, scores ? "scores" : "probabilities", all);
}

static void predictions_table(struct bl_result *r, const struct oracle *q, const double *out, size_t n, size_t width)
{
    const struct bl_roles *roles = q->roles;
    struct bl_grid *g = bl_result_grid(r);
    bool scores = q->o->type->scores;
    char header[96];

    bl_grid_column(g, "row", BL_COUNT);
    bl_grid_column(g, "prediction", width > 1 ? BL_LEFT : BL_NUMBER);
    for (size_t k = 0; width > 1 && k < width && !scores; k++) {
        snprintf(header, sizeof header, "p %s", roles->classes[k]);
        bl_grid_column(g, header, BL_NUMBER);
    }
    if (scores)
        bl_grid_column(g, "score", BL_NUMBER);
    for (size_t i = 0; i < n; i++) {
        bl_grid_count(g, i);
        if (width == 1)
            bl_grid_number(g, out[i]);
        else
            bl_grid_text(g, label_of(roles, out + i * width, width));
        for (size_t k = 0; width > 1 && k < width && !scores; k++)
            bl_grid_number(g, out[i * width + judge_number(roles, k)]);
        if (scores)
            bl_grid_number(g, out[i * width + 1]);
    }
}

static bool predictions_save(const struct oracle *q, const double *out, size_t n, size_t width, const char *path, bool overwrite, struct bl_error *err)
{
    const struct bl_roles *roles = q->roles;
    struct bl_text t = { 0 };
    bool scores = q->o->type->scores;
    char number[40];
    struct bl_save *file;
    bool good;

    bl_text_add(&t, "prediction");
    if (scores)
        bl_text_add(&t, ",score");
    for (size_t k = 0; width > 1 && k < width && !scores; k++) {
        bl_text_add(&t, ",");
        bl_csv_field(&t, roles->classes[k], ',', false);
    }
    bl_text_add(&t, "\n");
    for (size_t i = 0; i < n; i++) {
        if (width == 1)
            bl_text_add(&t, number_of_cell(number, sizeof number, out[i]));
        else
            bl_csv_field(&t, label_of(roles, out + i * width, width), ',', false);
        if (scores)
            bl_text_addf(&t, ",%s", number_of_cell(number, sizeof number, out[i * width + 1]));
        for (size_t k = 0; width > 1 && k < width && !scores; k++)
            bl_text_addf(&t, ",%s", number_of_cell(number, sizeof number, out[i * width + judge_number(roles, k)]));
        bl_text_add(&t, "\n");
    }
    file = t.failed ? NULL : bl_save_open(path, overwrite, err);
    good = file ? bl_save_write(file, bl_text_get(&t), t.length, err) : t.failed ? bl_fail_memory(err, "the predictions") : false;
    if (file && good)
        good = bl_save_commit(file, err);
    else
        bl_save_abandon(file);
    bl_text_free(&t);
    return good;
}

static void warn_gaps(struct bl_result *r, const double *out, size_t n, size_t width)
{
    size_t gaps = 0;

    for (size_t i = 0; i < n; i++)
        gaps += isnan(out[i * width]);
    if (gaps)
        bl_warnf(bl_result_warnings(r), "prep impute, in the place of prep complete",
                 "%zu of %zu rows miss a value that the model needs: nothing is predicted for them", gaps, n);
}

static bool predictions_tell(struct bl_session *s, const struct bl_args *a, struct bl_result *r, const struct oracle *q,
                             const struct bl_matrix *m, struct bl_error *err)
{
    size_t width = q->o->n_classes ? q->o->n_classes : 1;
    double *out = bl_calloc(m->n_rows, width * sizeof *out);
    const char *path = bl_arg(a, "out");
    bool overwrite = false, good = true;

    if (!out)
        return bl_fail_memory(err, "the predictions");
    bl_objective_predict(q->o, q->theta, m, out, bl_workbench_pool(s->workbench));
    warn_gaps(r, out, m->n_rows, width);
    bl_result_set(r, "rows", json_integer((json_int_t)m->n_rows));
    if (path) {
        good = bl_arg_yes(a, "overwrite", &overwrite, err) && predictions_save(q, out, m->n_rows, width, path, overwrite, err);
        bl_result_set(r, "out", bl_json_text(path));
        bl_result_line(r, "%zu predictions written to %s", m->n_rows, path);
    } else {
        predictions_json(r, q, out, m->n_rows, width);
        predictions_table(r, q, out, m->n_rows, width);
    }
    bl_free(out);
    return good;
}

static bool run_predict(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct oracle q = { 0 };
    struct bl_table *loaded = NULL;
    const struct bl_table *t;
    struct bl_matrix *m = NULL;
    bool good;

    if (!oracle_find(s, &q, err))
        return false;
    if (!a->n_words && !bl_workbench_dataset(s->workbench, err))
        return bl_hint(err, "predict FILE, or load it first");
    if (a->n_words && !(loaded = other_table(s, &q, a->words[0].text, r, err)))
        return false;
    t = loaded ? loaded : q.table;
    if (!q.kept || bl_kept_fits(q.kept, t, err))
        m = matrix_of(s, &q, t, bl_result_warnings(r), err);
    good = m && predictions_tell(s, a, r, &q, m, err);
    bl_matrix_free(m);
    bl_table_free(loaded);
    return good;
}

const struct bl_command bl_command_predict = {
    .name = "predict", .arguments = "[PATH] [out=FILE]", .group = "show", .summary = "what the model says of rows",
    .help = "Of all rows of the dataset, or of those of another file with the same columns (a target is not needed; - reads "
            "standard input). While a kept model is open, it is the one that predicts. Where the recipe keeps complete rows only, the others get no prediction. out= writes a CSV "
            "file: prediction and, for classes, a probability each; svm and svm2 have none: their score is the margin, "
            "above 0 for the positive class.",
    .first = BL_ARG_FILE, .further = BL_ARG_NONE,
    .keys = (const struct bl_key[]){ { "out", "", "file to write" }, { "overwrite", "yes|no", "replace it if it exists" }, { 0 } },
    .examples = (const char *const[]){ "load faithful; train full:closed; predict", NULL },
    .see = "eval, check, open", .run = run_predict,
};
