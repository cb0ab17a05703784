/* Two models on the same rows, of which neither was trained on any. */
#include "src/language/commands/versus.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/language/commands/again.h"

struct source { /* the data of a kept model, prepared as it was for its training */
    struct again again;
    const struct bl_prepared *p; /* NULL: it can not be had */
    char why[900];
};

/* ---- the data behind a model --------------------------------------------------------------------------- */

static bool source_open(struct source *x, struct bl_session *s, const struct bl_kept *k, struct bl_error *err)
{
    json_t *provenance = json_loads(k->provenance, JSON_REJECT_DUPLICATES, NULL);
    struct bl_error inner = { 0 };
    bool ok = true;

    x->why[0] = '\0';
    if (!json_array_size(json_object_get(provenance, "commands")))
        snprintf(x->why, sizeof x->why, "commands: the model does not say how it was made");
    else
        again_check_data(provenance, x->why, sizeof x->why);
    if (!x->why[0] && (ok = again_open(&x->again, s, (uint64_t)json_integer_value(json_object_get(provenance, "seed")), err)) &&
        again_run_all(&x->again, provenance, true, x->why, sizeof x->why)) {
        x->p = bl_workbench_prepare(x->again.workbench, NULL, &inner);
        if (!x->p)
            snprintf(x->why, sizeof x->why, "%s", inner.message);
    }
    json_decref(provenance);
    return ok && (!bl_stopped(bl_workbench_progress(s->workbench)) || bl_fail(err, BL_STOPPED, "interrupted while the data was read again"));
}

static bool same_source(const struct bl_table *a, const struct bl_table *b)
{
    const char *x = a->made ? a->made : "", *y = b->made ? b->made : "";

    return a->n_rows == b->n_rows && *bl_table_sha256(a) && !strcmp(bl_table_sha256(a), bl_table_sha256(b)) && !strcmp(x, y);
}

/* ---- which rows ------------------------------------------------------------------------------------------ */

struct columns { const char **names; size_t n; };

static void columns_add(struct columns *c, const char *name)
{
    for (size_t i = 0; i < c->n; i++)
        if (!strcmp(c->names[i], name))
            return;
    c->names[c->n++] = name;
}

/* All that one of the two reads, and the target: rows that are alike in these are one row. */
static bool columns_of(const struct versus *v, struct columns *c, struct bl_error *err)
{
    const struct bl_kept *models[] = { v->candidate, v->rival };
    const char *name;
    enum bl_type type;
    size_t n = 1;

    *c = (struct columns){ 0 };
    for (size_t m = 0; m < 2; m++)
        for (size_t i = 0; models[m] && bl_recipe_reads(models[m]->recipe, i, &name, &type); i++)
            n++;
    if (!(c->names = bl_calloc(n, sizeof *c->names)))
        return bl_fail_memory(err, "the columns");
    for (size_t m = 0; m < 2; m++)
        for (size_t i = 0; models[m] && bl_recipe_reads(models[m]->recipe, i, &name, &type); i++)
            columns_add(c, name);
    columns_add(c, v->candidate->target);
    return true;
}

static uint64_t row_mark(const struct bl_table *t, const struct columns *c, size_t row)
{
    uint64_t mark = 0;

    for (size_t i = 0; i < c->n; i++) {
        size_t at = bl_table_find(t, c->names[i]);
        char buffer[64];
        const char *text = at == SIZE_MAX ? "" : bl_table_cell(t, row, at, buffer, sizeof buffer);
        mark = bl_hash(text, strlen(text), mark + i + 1);
    }
    return mark;
}

static int by_mark(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

struct marks { uint64_t *items; size_t n; };

static bool marks_of(const struct source *x, enum bl_part part, const struct columns *c, struct marks *m, struct bl_error *err)
{
    const struct bl_split *split = &x->p->split;

    m->n = split->n[part];
    if (!(m->items = bl_calloc(m->n + 1, sizeof *m->items)))
        return bl_fail_memory(err, "the rows of a model");
    for (size_t i = 0; i < m->n; i++)
        m->items[i] = row_mark(x->p->dataset->table, c, split->rows[part][i]);
    qsort(m->items, m->n, sizeof *m->items, by_mark);
    return true;
}

static int by_row(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

/* Rows of that part of a model's own data leave; how many. The same source: by their number, else by what they hold. */
static bool leave_out(struct versus *v, const struct source *x, enum bl_part part, size_t *left, struct bl_error *err)
{
    const bool same = same_source(v->table, x->p->dataset->table);
    const struct bl_split *split = &x->p->split;
    struct columns c = { 0 };
    struct marks m = { 0 };
    size_t kept = 0;
    bool good = same || (columns_of(v, &c, err) && marks_of(x, part, &c, &m, err));

    for (size_t i = 0; good && i < v->n; i++) {
        uint64_t mark = same ? 0 : row_mark(v->table, &c, v->rows[i]);
        bool there = same ? bsearch(&v->rows[i], split->rows[part], split->n[part], sizeof *v->rows, by_row) != NULL
                          : bsearch(&mark, m.items, m.n, sizeof mark, by_mark) != NULL;
        if (!there)
            v->rows[kept++] = v->rows[i];
    }
    if (good) {
        *left += v->n - kept;
        v->n = kept;
    }
    bl_free(c.names);
    bl_free(m.items);
    return good;
}

/* The file with the types that both models know, and with the target read as classes are: as the candidate has it. */
static struct bl_table *read_data(struct versus *v, struct bl_session *s, const char *path, struct bl_warnings *warnings, struct bl_error *err)
{
    struct bl_load_options o = { .pool = bl_workbench_pool(s->workbench), .progress = bl_workbench_progress(s->workbench), .warnings = warnings,
                                 .types_if_present = true };
    struct bl_load_type *types;
    struct columns c;
    const char *name;
    enum bl_type type;
    struct bl_table *t;

    if (!columns_of(v, &c, err) || !(types = bl_calloc(c.n, sizeof *types))) {
        bl_free(c.names);
        return NULL;
    }
    bl_free(c.names);
    for (; bl_recipe_reads(v->candidate->recipe, o.n_types, &name, &type); o.n_types++)
        types[o.n_types] = (struct bl_load_type){ name, type };
    o.types = types;
    t = bl_load(path, &o, err);
    bl_free(types);
    return t;
}

static bool rows_copy(struct versus *v, const uint32_t *rows, size_t n, struct bl_error *err)
{
    v->n = n;
    if (!(v->rows = bl_calloc(n + 1, sizeof *v->rows)))
        return bl_fail_memory(err, "the rows");
    for (size_t i = 0; i < n; i++)
        v->rows[i] = rows ? rows[i] : (uint32_t)i;
    return true;
}

static bool rows_of_candidate(struct versus *v, const struct source *own, struct bl_error *err)
{
    char label[100];

    kept_label(&v->row, label, sizeof label);
    if (!own->p) {
        bl_fail(err, BL_STATE, "the validation rows of %s can not be had again: %s", label, own->why);
        return bl_hint(err, "promote %s data=FILE judges on the rows of a file", label);
    }
    if (!own->p->split.n[BL_VALIDATION]) {
        bl_fail(err, BL_STATE, "the split of %s has no validation rows", label);
        return bl_hint(err, "promote %s data=FILE judges on the rows of a file", label);
    }
    v->table = bl_table_hold(own->p->dataset->table);
    v->part = "validation";
    return rows_copy(v, own->p->split.rows[BL_VALIDATION], own->p->split.n[BL_VALIDATION], err);
}

static bool choose_rows(struct versus *v, struct bl_session *s, const char *data, const struct source *own, const struct source *other,
                        struct bl_warnings *warnings, struct bl_error *err)
{
    if (!data) {
        if (!rows_of_candidate(v, own, err))
            return false;
    } else {
        if (!(v->table = read_data(v, s, data, warnings, err)) || !rows_copy(v, NULL, v->table->n_rows, err))
            return false;
        v->part = "all";
        if (!own->p)
            snprintf(v->unsure, sizeof v->unsure, "%.250s", own->why);
        else if (!leave_out(v, own, BL_TRAIN, &v->trained_on, err) || !leave_out(v, own, BL_TEST, &v->closed, err))
            return false;
    }
    if (v->rival && !other->p)
        snprintf(v->unsure, sizeof v->unsure, "%.250s", other->why);
    return !v->rival || !other->p || leave_out(v, other, BL_TRAIN, &v->trained_on, err);
}

/* ---- what both say ------------------------------------------------------------------------------------------ */

static bool predict_kept(struct bl_session *s, const struct versus *v, const struct bl_kept *k, double **out, struct bl_error *err)
{
    const size_t width = k->objective.n_classes ? k->objective.n_classes : 1;
    struct bl_matrix *m;

    if (!bl_kept_fits(k, v->table, err))
        return false;
    m = bl_recipe_apply_gaps(k->recipe, v->table, &k->roles, v->rows, v->n, bl_workbench_pool(s->workbench), err);
    *out = m ? bl_calloc(v->n + 1, width * sizeof **out) : NULL;
    if (m && !*out)
        bl_fail_memory(err, "the predictions");
    if (m && *out)
        bl_objective_predict(&k->objective, k->theta, m, *out, bl_workbench_pool(s->workbench));
    bl_matrix_free(m);
    return *out != NULL;
}

/* The number by which the candidate's predictions know a label; SIZE_MAX: it does not. */
static size_t number_of(const struct bl_kept *k, const char *label)
{
    for (size_t i = 0; i < k->roles.n_classes; i++)
        if (!strcmp(bl_roles_label(&k->roles, i), label))
            return i;
    return SIZE_MAX;
}

/* The rival's columns in the order of the candidate's classes; one that it does not know has probability 0. */
static bool align(struct versus *v, struct bl_error *err)
{
    const size_t k = v->rival->roles.n_classes;
    double *to;

    if (!k)
        return true;
    if (!(to = bl_calloc(v->n + 1, v->k * sizeof *to)))
        return bl_fail_memory(err, "the predictions");
    for (size_t c = 0; c < k; c++) {
        const char *label = bl_roles_label(&v->rival->roles, c);
        size_t at = number_of(v->candidate, label);
        if (at == SIZE_MAX) {
            bl_free(to);
            bl_fail(err, BL_STATE, "the class '%s' of %s@%lld is none of %s@%lld: they can not be compared", label, v->over.name,
                    (long long)v->over.version, v->row.name, (long long)v->row.version);
            return bl_hint(err, "train on data that has all classes");
        }
        for (size_t i = 0; i < v->n; i++)
            to[i * v->k + at] = v->b[i * k + c];
    }
    bl_free(v->b);
    v->b = to;
    return true;
}

static bool truth(struct versus *v, struct bl_error *err)
{
    const struct bl_kept *k = v->candidate;
    size_t at;

    if (!bl_table_column(v->table, k->target, &at, err))
        return bl_hint(err, "the rows must have the target: it is what the models are judged by");
    if (!(v->y = bl_calloc(v->n + 1, sizeof *v->y)))
        return bl_fail_memory(err, "the target");
    if (!k->roles.n_classes && v->table->columns[at].type != BL_NUMERIC) {
        bl_fail(err, BL_DATA, "the target '%s' is %s here, and numeric for the models", k->target, bl_type_name(v->table->columns[at].type));
        return bl_hint(err, "columns shows its values");
    }
    for (size_t i = 0; i < v->n; i++) {
        char buffer[64];
        const char *label = bl_table_cell(v->table, v->rows[i], at, buffer, sizeof buffer);
        size_t number = k->roles.n_classes ? number_of(k, label) : 0;
        v->y[i] = !*label || number == SIZE_MAX ? NAN : k->roles.n_classes ? (double)number : v->table->columns[at].number[v->rows[i]];
        v->unknown += *label && number == SIZE_MAX;
    }
    return true;
}

/* The same for every row: the shares of the classes, or the mean, among the training rows of the candidate (where they
 * can not be had, among the rows judged, which favours the baseline). */
static bool baseline(struct versus *v, const struct source *own, struct bl_error *err)
{
    const struct bl_matrix *train = own->p ? own->p->part[BL_TRAIN] : NULL;
    const double *y = train ? train->y : v->y;
    const size_t n = train ? train->n_rows : v->n;
    double sum = 0, rows = 0, *one;
    char number[32];

    if (!(v->b = bl_calloc(v->n + 1, v->k * sizeof *v->b)) || !(one = bl_calloc(v->k, sizeof *one)))
        return bl_fail_memory(err, "the baseline");
    for (size_t i = 0; i < n; i++)
        if (!isnan(y[i])) {
            rows++;
            sum += y[i];
            if (v->k > 1 && (size_t)y[i] < v->k)
                one[(size_t)y[i]]++;
        }
    for (size_t c = 0; c < v->k; c++)
        one[c] = v->k > 1 ? one[c] / fmax(rows, 1) : sum / fmax(rows, 1);
    for (size_t i = 0; i < v->n; i++)
        memcpy(v->b + i * v->k, one, v->k * sizeof *one);
    if (v->k > 1)
        snprintf(v->baseline, sizeof v->baseline, "always '%.80s', the most frequent class", bl_roles_label(&v->candidate->roles, bl_decide(one, v->k, 1)));
    else
        snprintf(v->baseline, sizeof v->baseline, "always the mean, %s", bl_number_format(number, sizeof number, one[0], 4));
    bl_free(one);
    return true;
}

/* A row of which one of the two can say nothing counts for neither. */
static void drop_incomplete(struct versus *v)
{
    for (size_t i = 0; i < v->n; i++)
        if (!isnan(v->y[i]) && (isnan(v->a[i * v->k]) || isnan(v->b[i * v->k]))) {
            v->y[i] = NAN;
            v->incomplete++;
        }
}

static bool comparable(const struct versus *v, struct bl_error *err)
{
    if (!v->rival || (v->rival->roles.task == v->candidate->roles.task && !strcmp(v->rival->target, v->candidate->target)))
        return true;
    bl_fail(err, BL_STATE, "%s@%lld predicts %s (%s) and %s@%lld %s (%s): they can not be compared", v->row.name, (long long)v->row.version,
            v->candidate->target, bl_task_name(v->candidate->roles.task), v->over.name, (long long)v->over.version, v->rival->target,
            bl_task_name(v->rival->roles.task));
    return bl_hint(err, "save a model of another target under another name");
}

static bool predictions(struct versus *v, struct bl_session *s, const struct source *own, struct bl_error *err)
{
    v->k = v->candidate->objective.n_classes ? v->candidate->objective.n_classes : 1;
    if (!predict_kept(s, v, v->candidate, &v->a, err) || !truth(v, err))
        return false;
    if (v->rival ? !predict_kept(s, v, v->rival, &v->b, err) || !align(v, err) : !baseline(v, own, err))
        return false;
    drop_incomplete(v);
    return true;
}

bool versus_make(struct versus *v, struct bl_session *s, const char *data, struct bl_warnings *warnings, struct bl_error *err)
{
    struct source *own = bl_calloc(2, sizeof *own), *other = own + 1;
    bool good;

    if (!own)
        return bl_fail_memory(err, "the comparison");
    good = comparable(v, err) && source_open(own, s, v->candidate, err) && (!v->rival || source_open(other, s, v->rival, err)) &&
           choose_rows(v, s, data, own, other, warnings, err) && predictions(v, s, own, err);
    again_close(&own->again);
    again_close(&other->again);
    bl_free(own);
    return good;
}

void versus_free(struct versus *v)
{
    bl_kept_free(v->candidate);
    bl_kept_free(v->rival);
    bl_table_free(v->table);
    bl_free(v->rows);
    bl_free(v->a);
    bl_free(v->b);
    bl_free(v->y);
    *v = (struct versus){ 0 };
}
