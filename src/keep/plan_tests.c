/* Rows by which an exported model can be tested, and what the model says of them: some of the data, and some that
 * are made up, so that every column has values around those of training, every level at hand, one that is not
 * known, and missing cells. */
#include "src/keep/export.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DATA_ROWS 16
#define MADE_ROWS 16

/* ---- rows that are made up -------------------------------------------------------------------------------- */

static bool is_affine(const char *op)
{
    static const char *const ops[] = {"standardize", "minmax", "robust", "maxabs"};

    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (strcmp(op, ops[i]) == 0)
            return true;
    return false;
}

/* Where the training values of a column lie, as far as the first step that scales or fills it knows. */
static void find_scale(const struct bl_plan *p, size_t source, double *middle, double *scale)
{
    *middle = 0;
    *scale = 1;
    for (size_t i = 0; i < p->n_nodes; i++) {
        const struct bl_plan_node *node = &p->nodes[i], *in = node;
        if (!node->op || node->n_inputs != 1)
            continue;
        while (in->op && in->n_inputs == 1)
            in = &p->nodes[in->inputs[0]];
        if (in->op || in->inputs[0] != source)
            continue;
        if (strcmp(node->op, "impute") == 0)
            *middle = node->numbers[0];
        if (!is_affine(node->op))
            continue;
        *middle = node->numbers[0];
        *scale = node->numbers[1];
        return;
    }
}

/* The last two rows miss every second cell each, so that every cell is missing once. */
static bool misses(size_t row, size_t column)
{
    return row + 2 >= MADE_ROWS && (row + column) % 2 == 0;
}

static bool make_numbers(struct bl_table *t, const struct bl_plan *p, size_t at, struct bl_error *err)
{
    const struct bl_plan_source *s = &p->sources[p->columns[at]];
    double *x = bl_calloc(t->n_rows, sizeof *x), middle, scale;

    if (!x)
        return bl_fail_memory(err, "the rows for tests");
    find_scale(p, p->columns[at], &middle, &scale);
    for (size_t i = 0; i < t->n_rows; i++) {
        double step = (double)((i * 5 + at * 3) % 11) - 5; /* -5 to 5 */
        x[i] = s->type == BL_DATETIME ? 1.0e9 + step * 40000000.0 + (double)i * 3601 : middle + scale * step * 0.4;
        x[i] = misses(i, at) ? NAN : x[i];
    }
    if ((s->type == BL_DATETIME ? bl_table_set_dates : bl_table_set_numbers)(t, at, s->name, x, err))
        return true;
    bl_free(x);
    return false;
}

static bool is_text(const struct bl_plan_source *s)
{
    return s->type == BL_CATEGORICAL || s->type == BL_TEXT_COLUMN;
}

static bool known(const struct bl_plan_source *s, const char *text)
{
    for (size_t i = 0; i < s->n_levels; i++)
        if (strcmp(s->levels[i], text) == 0)
            return true;
    return false;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Words that the model knows, for its texts; any of them where words are hashed. */
static const char *word_of(const struct bl_plan *p, const struct bl_plan_source *s, size_t i)
{
    static const char *const any[] = {"alpha", "beta", "gamma delta", "Alpha-beta"};

    for (size_t k = 0; k < p->n_codecs; k++)
        if (&p->sources[p->codecs[k].source] == s && p->codecs[k].n_names)
            return p->codecs[k].names[i % p->codecs[k].n_names];
    return any[i % 4];
}

/* Texts of words that are known, in several orders and repeated, with others between them; one without words. */
static char **make_texts(const struct bl_plan *p, const struct bl_plan_source *s, size_t rows, size_t *n)
{
    char **texts = bl_calloc(rows + 1, sizeof *texts);
    bool ok = texts != NULL;

    *n = rows;
    for (size_t i = 0; ok && i < rows; i++) {
        struct bl_text t = {0};
        bl_text_addf(&t, "%zu", i);
        for (size_t k = 0; k < i % 6; k++)
            bl_text_addf(&t, "%s%s", k % 3 == 2 ? ", zzqj " : " ", word_of(p, s, i * 7 + k * (k + 1) / 2));
        if (i % 6 > 3)
            bl_text_addf(&t, " %s!", word_of(p, s, i * 7));
        ok = !t.failed && (texts[i] = bl_strdup(bl_text_get(&t))) != NULL;
        bl_text_free(&t);
    }
    if (ok)
        qsort(texts, rows, sizeof *texts, by_text);
    return texts;
}

/* The levels that so many rows can hold, and one that is not known; NULL-terminated. */
static char **make_levels(const struct bl_plan *p, const struct bl_plan_source *s, size_t rows, size_t *n)
{
    size_t most = s->n_levels < rows - 1 ? s->n_levels : rows - 1;
    char **levels = bl_calloc(most + 2, sizeof *levels), other[32] = "unknown";
    bool ok = levels != NULL;

    if (s->type == BL_TEXT_COLUMN) {
        bl_free(levels);
        return make_texts(p, s, rows, n);
    }
    for (int i = 1; known(s, other); i++)
        snprintf(other, sizeof other, "unknown %d", i);
    *n = most + 1;
    for (size_t i = 0; ok && i < *n; i++)
        ok = (levels[i] = bl_strdup(i < most ? s->levels[i] : other)) != NULL;
    if (ok)
        qsort(levels, *n, sizeof *levels, by_text);
    return levels;
}

static void free_levels(char **levels, size_t n)
{
    for (size_t i = 0; levels && i < n; i++)
        bl_free(levels[i]);
    bl_free(levels);
}

static bool make_codes(struct bl_table *t, const struct bl_plan *p, size_t at, struct bl_error *err)
{
    const struct bl_plan_source *s = &p->sources[p->columns[at]];
    uint32_t *code = bl_calloc(t->n_rows, sizeof *code);
    size_t n;
    char **levels = make_levels(p, s, t->n_rows, &n);
    bool ok = code && levels && levels[n - 1];

    if (!ok)
        bl_fail_memory(err, "the rows for tests");
    for (size_t i = 0; ok && i < t->n_rows; i++)
        code[i] = misses(i, at) ? BL_MISSING_CODE : (uint32_t)((i + at) % n);
    if (ok && bl_table_set_codes(t, at, s->name, s->type, code, levels, n, err))
        return true;
    bl_free(code);
    free_levels(levels, n);
    return false;
}

static struct bl_table *make_table(const struct bl_plan *p, struct bl_error *err)
{
    struct bl_table *t = bl_table_create("tests", MADE_ROWS, p->n_columns, err);
    bool ok = t != NULL;

    for (size_t j = 0; ok && j < p->n_columns; j++)
        ok = (is_text(&p->sources[p->columns[j]]) ? make_codes : make_numbers)(t, p, j, err);
    if (ok)
        return t;
    bl_table_free(t);
    return NULL;
}

/* ---- what the model says ------------------------------------------------------------------------------------ */

/* One row by itself: what is refused of one does not keep the others from being predicted. */
static bool predict_row(struct bl_plan_tests *t, const struct bl_plan *p, size_t i, double *said, struct bl_error *err)
{
    struct bl_roles roles = {.target = SIZE_MAX, .weight = SIZE_MAX, .positive = SIZE_MAX};
    const struct bl_objective *o = p->model->objective;
    struct bl_error why = {0};
    size_t at;
    const struct bl_table *table = bl_plan_test_row(t, i, &at);
    uint32_t row = (uint32_t)at;
    struct bl_matrix *m = bl_recipe_apply_gaps(p->model->recipe, table, &roles, &row, 1, NULL, &why);

    if (!m && why.code == BL_MEMORY)
        return bl_fail_memory(err, "the rows for tests");
    t->refused[i] = !m;
    if (!m)
        return true;
    bl_objective_predict(o, p->model->theta, m, said, NULL);
    bl_matrix_free(m);
    for (size_t k = 0; k < p->n_outputs; k++) {
        double x = p->n_outputs > 1 ? said[bl_plan_class(p, k)] : p->link == BL_LINK_SCORE ? said[1] : said[0];
        t->out[i * p->n_outputs + k] = x;
        t->refused[i] |= isnan(x);
    }
    return true;
}

static bool predict_rows(struct bl_plan_tests *t, const struct bl_plan *p, struct bl_error *err)
{
    size_t width = p->model->objective->n_classes + 1;
    double *said = bl_calloc(width, sizeof *said);
    bool ok;

    t->out = bl_calloc(t->n + 1, p->n_outputs * sizeof *t->out);
    t->refused = bl_calloc(t->n + 1, sizeof *t->refused);
    ok = said && t->out && t->refused;
    if (!ok)
        bl_fail_memory(err, "the rows for tests");
    for (size_t i = 0; ok && i < t->n; i++)
        ok = predict_row(t, p, i, said, err);
    bl_free(said);
    return ok;
}

/* A table of its own: the rows of the table that a recipe was fitted on are not all read as those of others are. */
static bool take_rows(struct bl_plan_tests *t, const struct bl_table *data, struct bl_error *err)
{
    uint32_t rows[DATA_ROWS];
    size_t n = data->n_rows < DATA_ROWS ? data->n_rows : DATA_ROWS;

    if (n == 0)
        return true;
    for (size_t i = 0; i < n; i++)
        rows[i] = (uint32_t)(i * (data->n_rows / n));
    t->rows[0] = n;
    return (t->tables[0] = bl_sample_table(data, rows, n, "tests", err)) != NULL;
}

bool bl_plan_test(struct bl_plan_tests *t, const struct bl_plan *p, const struct bl_table *data, struct bl_error *err)
{
    *t = (struct bl_plan_tests){0};
    if ((!data || take_rows(t, data, err)) && (t->tables[1] = make_table(p, err))) {
        t->rows[1] = MADE_ROWS;
        t->n = t->rows[0] + t->rows[1];
        if (predict_rows(t, p, err))
            return true;
    }
    bl_plan_tests_free(t);
    return false;
}

void bl_plan_tests_free(struct bl_plan_tests *t)
{
    bl_table_free(t->tables[0]);
    bl_table_free(t->tables[1]);
    bl_free(t->out);
    bl_free(t->refused);
    *t = (struct bl_plan_tests){0};
}

const struct bl_table *bl_plan_test_row(const struct bl_plan_tests *t, size_t i, size_t *row)
{
    size_t made = i >= t->rows[0];

    *row = made ? i - t->rows[0] : i;
    return t->tables[made];
}
