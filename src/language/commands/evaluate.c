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

/* The types of the columns that the model was trained on (free options->types). */
static bool types_of(const struct oracle *q, struct bl_load_options *options, struct bl_error *err)
{
    struct bl_load_type *types;
    const char *name;
    enum bl_type type;
    size_t n = 0;

    while (bl_recipe_reads(q->recipe, n, &name, &type))
        n++;
    if (!(types = bl_calloc(n + 1, sizeof *types)))
        return bl_fail_memory(err, "the types of the columns");
    for (; bl_recipe_reads(q->recipe, options->n_types, &name, &type); options->n_types++)
        types[options->n_types] = (struct bl_load_type){ name, type };
    options->types = types;
    options->types_if_present = true;
    return true;
}

/* The file is read with those types. */
static struct bl_table *other_table(struct bl_session *s, const struct oracle *q, const char *path, struct bl_result *r, struct bl_error *err)
{
    struct bl_load_options options = { .pool = bl_workbench_pool(s->workbench), .progress = bl_workbench_progress(s->workbench),
                                       .warnings = bl_result_warnings(r) };
    struct bl_table *t = types_of(q, &options, err) ? bl_load(path, &options, err) : NULL;

    bl_free((void *)(uintptr_t)options.types);
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

/* Numbers that are not finite are null, and so are rows that miss what the model needs: both say why. */
static void predictions_reason(struct bl_result *r, const double *out, size_t n, size_t width, const char *beside)
{
    const char *reason = NULL;

    for (size_t i = 0; i < n; i++)
        if (isnan(out[i * width]) || (width == 1 && !reason && isinf(out[i])))
            reason = isnan(out[i * width]) ? "the row misses a value that the model needs" : "beyond the range of numbers";
    if (!reason)
        return;
    bl_result_set(r, "predictions_reason", bl_json_text(reason));
    if (beside)
        bl_result_set(r, beside, bl_json_text(reason));
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
    predictions_reason(r, out, n, width, !all ? NULL : scores ? "scores_reason" : "probabilities_reason");
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

static void predictions_head(const struct oracle *q, size_t width, struct bl_text *t)
{
    bl_text_add(t, "prediction");
    if (q->o->type->scores)
        bl_text_add(t, ",score");
    for (size_t k = 0; width > 1 && k < width && !q->o->type->scores; k++) {
        bl_text_add(t, ",");
        bl_csv_field(t, q->roles->classes[k], ',', false);
    }
    bl_text_add(t, "\n");
}

static void predictions_csv(const struct oracle *q, const double *out, size_t n, size_t width, struct bl_text *t)
{
    bool scores = q->o->type->scores;
    char number[40];

    for (size_t i = 0; i < n; i++, out += width) {
        if (width == 1)
            bl_text_add(t, number_of_cell(number, sizeof number, out[0]));
        else
            bl_csv_field(t, label_of(q->roles, out, width), ',', false);
        for (size_t k = 0; width > 1 && k < (scores ? 1 : width); k++) {
            bl_text_addn(t, ",", 1);
            bl_text_add(t, number_of_cell(number, sizeof number, out[scores ? 1 : judge_number(q->roles, k)]));
        }
        bl_text_addn(t, "\n", 1);
    }
}

static bool predictions_save(const struct oracle *q, const double *out, size_t n, size_t width, const char *path, bool overwrite, struct bl_error *err)
{
    struct bl_text t = { 0 };
    struct bl_save *file;
    bool good;

    predictions_head(q, width, &t);
    predictions_csv(q, out, n, width, &t);
    file = t.failed ? NULL : bl_save_open(path, overwrite, err);
    good = file ? bl_save_write(file, bl_text_get(&t), t.length, err) : t.failed ? bl_fail_memory(err, "the predictions") : false;
    if (file && good)
        good = bl_save_commit(file, err);
    else
        bl_save_abandon(file);
    bl_text_free(&t);
    return good;
}

static bool out_is_free(const struct bl_result *r, struct bl_error *err)
{
    if (!bl_result_as_json(r))
        return true;
    bl_fail(err, BL_USAGE, "out=- writes rows where --json has its objects");
    return bl_hint(err, "out=FILE, or leave --json out");
}

static bool predictions_out(struct bl_session *s, struct bl_result *r, const struct oracle *q, const double *out, size_t n, size_t width,
                            struct bl_error *err)
{
    struct bl_text t = { 0 };
    bool good = out_is_free(r, err);

    if (good) {
        predictions_head(q, width, &t);
        predictions_csv(q, out, n, width, &t);
        good = !t.failed || bl_fail_memory(err, "the predictions");
        bl_session_out(s, bl_text_get(&t), t.length);
    }
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
    if (path && strcmp(path, "-") == 0) {
        good = predictions_out(s, r, q, out, m->n_rows, width, err);
    } else if (path) {
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

/* ---- predict as a filter ------------------------------------------------------------------------------------*/

struct filter { /* rows in, predictions out, piece by piece */
    struct bl_session *s;
    struct bl_result *r;
    const struct oracle *q;
    struct bl_roles roles;
    size_t width;
    uint64_t rows, gaps;
    bool told;            /* of unknown levels */
    struct bl_text text;
};

static struct bl_matrix *filter_matrix(struct filter *f, const struct bl_table *t, struct bl_error *err)
{
    const size_t before = bl_result_warnings(f->r)->count;
    uint32_t *rows = NULL;
    struct bl_matrix *m = NULL;

    if ((!f->q->kept || bl_kept_fits(f->q->kept, t, err)) && rows_all(t->n_rows, &rows, err))
        m = bl_recipe_apply_gaps(f->q->recipe, t, &f->roles, rows, t->n_rows, bl_workbench_pool(f->s->workbench), err);
    if (m && !f->told)
        bl_recipe_unseen(f->q->recipe, t, rows, t->n_rows, "rows of a piece", bl_result_warnings(f->r));
    f->told = bl_result_warnings(f->r)->count > before || f->told;
    bl_free(rows);
    if (!m && err->code == BL_VALUE && f->rows)
        bl_reason(err, "rows are counted from row %llu of the input here", (unsigned long long)f->rows);
    return m;
}

static bool filter_piece(struct filter *f, const struct bl_table *t, struct bl_error *err)
{
    struct bl_matrix *m = filter_matrix(f, t, err);
    double *out = m ? bl_calloc(m->n_rows, f->width * sizeof *out) : NULL;

    if (m && !out)
        bl_fail_memory(err, "the predictions");
    if (out) {
        bl_objective_predict(f->q->o, f->q->theta, m, out, bl_workbench_pool(f->s->workbench));
        for (size_t i = 0; i < m->n_rows; i++)
            f->gaps += isnan(out[i * f->width]);
        predictions_csv(f->q, out, m->n_rows, f->width, &f->text);
        f->rows += m->n_rows;
    }
    bl_matrix_free(m);
    bl_free(out);
    if (f->text.failed)
        return bl_fail_memory(err, "the predictions");
    bl_session_out(f->s, bl_text_get(&f->text), f->text.length);
    bl_text_clear(&f->text);
    return out != NULL;
}

static bool filter_all(struct filter *f, struct bl_pieces *pieces, struct bl_error *err)
{
    struct bl_table *t;
    bool good = true;

    predictions_head(f->q, f->width, &f->text);
    while (good && !f->s->quit && (t = bl_pieces_next(pieces, err))) { /* quit: the reader has left */
        good = filter_piece(f, t, err);
        bl_table_free(t);
        if (good && bl_stopped(bl_workbench_progress(f->s->workbench)))
            good = bl_fail(err, BL_STOPPED, "predicting was interrupted");
    }
    return good && err->code == BL_OK;
}

static void filter_warn(struct filter *f)
{
    if (f->gaps)
        bl_warnf(bl_result_warnings(f->r), "prep impute",
                 "%llu of %llu rows miss a value that the model needs: nothing is predicted for them", (unsigned long long)f->gaps,
                 (unsigned long long)f->rows);
}

static bool predict_filter(struct bl_session *s, const struct oracle *q, const char *path, struct bl_result *r, struct bl_error *err)
{
    struct bl_load_options options = { .pool = bl_workbench_pool(s->workbench), .progress = bl_workbench_progress(s->workbench),
                                       .warnings = bl_result_warnings(r) };
    struct filter f = { .s = s, .r = r, .q = q, .width = q->o->n_classes ? q->o->n_classes : 1 };
    struct bl_pieces *pieces = NULL;
    bool good;

    if (!out_is_free(r, err))
        return false;
    good = bl_roles_copy(&f.roles, q->roles, err) && types_of(q, &options, err) && (pieces = bl_pieces_open(path, &options, err));
    f.roles.target = f.roles.weight = SIZE_MAX;
    good = good && filter_all(&f, pieces, err);
    if (good)
        filter_warn(&f);
    bl_result_set(r, "rows", json_integer((json_int_t)f.rows));
    bl_pieces_close(pieces);
    bl_roles_free(&f.roles);
    bl_text_free(&f.text);
    bl_free((void *)(uintptr_t)options.types);
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
    if (a->n_words && bl_arg(a, "out") && strcmp(bl_arg(a, "out"), "-") == 0)
        return predict_filter(s, &q, a->words[0].text, r, err);
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
    .name = "predict", .arguments = "[PATH] [out=FILE|-]", .group = "show", .summary = "what the model says of rows",
    .help = "Of all rows of the dataset, or of those of another file with the same columns (a target is not needed; - reads "
            "standard input). While a kept model is open, it is the one that predicts. Where the recipe keeps complete rows only, the others get no prediction. out= writes a CSV "
            "file: prediction and, for classes, a probability each; svm and svm2 have none: their score is the margin, "
            "above 0 for the positive class. predict PATH out=- is a filter: rows are read piece by piece, in bounded memory, and "
            "their predictions are all that goes to standard output, row for row; one that misses a value that no step fills has "
            "an empty one. batchlab -q -c 'open NAME; predict - out=-' < rows > predictions",
    .first = BL_ARG_FILE, .further = BL_ARG_NONE,
    .keys = (const struct bl_key[]){ { "out", "", "file to write; - is standard output" }, { "overwrite", "yes|no", "replace it if it exists" }, { 0 } },
    .examples = (const char *const[]){ "load faithful; train full:closed; predict", NULL },
    .see = "eval, check, open", .run = run_predict,
};
