/* Rows of one table below those of another, columns by name. */
#include <math.h>
#include <string.h>

#include "levels.h"

struct stack { const struct bl_table *top, *below; struct bl_table *to; };

/* ---- do they fit -----------------------------------------------------------------------------------------*/

enum fit { FITS, ABSENT, RETYPED };

/* The column of `below` that goes under column j; SIZE_MAX: none does. One without a single value fits any type. */
static size_t under(const struct stack *x, size_t j, enum fit *fit)
{
    const struct bl_column *c = &x->top->columns[j];
    const size_t at = bl_table_find(x->below, c->name);
    const struct bl_column *d = at == SIZE_MAX ? NULL : &x->below->columns[at];
    const bool same = d && (c->code ? d->code != NULL : c->type == d->type);

    *fit = !d ? ABSENT : same || d->missing == x->below->n_rows ? FITS : RETYPED;
    return same ? at : SIZE_MAX;
}

static bool check_columns(const struct stack *x, const bool *needed, struct bl_error *err)
{
    struct bl_text missing = {0}, other = {0};
    size_t n = 0;

    for (size_t j = 0; j < x->top->n_columns; j++) {
        enum fit fit;
        struct bl_text *list;

        under(x, j, &fit);
        if ((needed && !needed[j]) || fit == FITS)
            continue;
        list = fit == RETYPED ? &other : &missing;
        if (++n <= 6)
            bl_text_addf(list, "%s'%s'", list->length ? ", " : "", x->top->columns[j].name);
    }
    if (n) {
        bl_fail(err, BL_DATA, "%s does not fit %s:%s%s%s%s%s%s", x->below->name, x->top->name, missing.length ? " it lacks " : "", bl_text_get(&missing),
                missing.length && other.length ? ", and" : "", other.length ? " of another type is " : "", bl_text_get(&other),
                n > 6 ? " and more" : "");
        bl_hint(err, "columns lists those of %s; drop COLUMN does without one", x->top->name);
    }
    bl_text_free(&missing);
    bl_text_free(&other);
    return n == 0;
}

/* ---- numbers ----------------------------------------------------------------------------------------------*/

static bool stack_numbers(const struct stack *x, size_t j, size_t at, struct bl_error *err)
{
    const struct bl_column *c = &x->top->columns[j];
    double *v = bl_aligned(x->to->n_rows + 1, sizeof *v);
    bool good;

    if (!v)
        return bl_fail_memory(err, "the rows together");
    memcpy(v, c->number, x->top->n_rows * sizeof *v);
    for (size_t i = 0; i < x->below->n_rows; i++)
        v[x->top->n_rows + i] = at == SIZE_MAX ? NAN : x->below->columns[at].number[i];
    good = c->type == BL_DATETIME ? bl_table_set_dates(x->to, j, c->name, v, err) : bl_table_set_numbers(x->to, j, c->name, v, err);
    if (!good)
        bl_free(v);
    return good;
}

/* ---- levels ------------------------------------------------------------------------------------------------*/

struct merge { struct bl_level *level; size_t n; uint32_t *map[2]; char **names; size_t n_names; };

static void add_levels(struct merge *m, const struct bl_column *c, uint32_t from)
{
    for (size_t k = 0; k < c->n_levels; k++) {
        struct bl_level *l = &m->level[m->n++];

        *l = (struct bl_level){.at = c->levels[k], .length = strlen(c->levels[k]), .from = from, .code = (uint32_t)k};
        l->number = bl_number_parse(l->at, l->length, &l->value);
    }
}

/* All levels of both in order, each text once. */
static bool merge_levels(struct merge *m)
{
    bool by_value = true;

    for (size_t i = 0; i < m->n; i++)
        by_value = by_value && m->level[i].number;
    bl_levels_sort(m->level, m->n, by_value);
    for (size_t i = 0; i < m->n; i++) {
        const struct bl_level *l = &m->level[i];

        if (!m->n_names || strcmp(m->names[m->n_names - 1], l->at)) {
            if (!(m->names[m->n_names] = bl_strdup(l->at)))
                return false;
            m->n_names++;
        }
        m->map[l->from][l->code] = (uint32_t)(m->n_names - 1);
    }
    return true;
}

static void map_codes(const struct bl_column *c, size_t n, const uint32_t *map, uint32_t *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = !c || c->code[i] == BL_MISSING_CODE ? BL_MISSING_CODE : map[c->code[i]];
}

static bool stack_codes(const struct stack *x, size_t j, size_t at, struct bl_error *err)
{
    const struct bl_column *a = &x->top->columns[j], *b = at == SIZE_MAX ? NULL : &x->below->columns[at];
    const size_t levels = a->n_levels + (b ? b->n_levels : 0);
    struct merge m = {.level = bl_calloc(levels + 1, sizeof *m.level), .names = bl_calloc(levels + 1, sizeof *m.names)};
    uint32_t *code = bl_calloc(x->to->n_rows + 1, sizeof *code);
    bool good;

    m.map[0] = bl_calloc(a->n_levels + 1, sizeof **m.map);
    m.map[1] = bl_calloc(levels + 1, sizeof **m.map);
    good = m.level && m.names && code && m.map[0] && m.map[1];
    if (good) {
        add_levels(&m, a, 0);
        if (b)
            add_levels(&m, b, 1);
        good = merge_levels(&m);
    }
    if (!good)
        bl_fail_memory(err, "the rows together");
    else {
        map_codes(a, x->top->n_rows, m.map[0], code);
        map_codes(b, x->below->n_rows, m.map[1], code + x->top->n_rows);
        good = bl_table_set_codes(x->to, j, a->name, a->type, code, m.names, m.n_names, err);
    }
    for (size_t k = 0; !good && k < m.n_names; k++)
        bl_free(m.names[k]);
    if (!good) {
        bl_free(m.names);
        bl_free(code);
    }
    bl_free(m.level);
    bl_free(m.map[0]);
    bl_free(m.map[1]);
    return good;
}

/* ---- the whole -----------------------------------------------------------------------------------------------*/

static void add_sparse(struct bl_sparse *to, size_t *row, const struct bl_sparse *s)
{
    for (size_t i = 0; i < s->n_rows; i++, ++*row) {
        const size_t n = s->start[i + 1] - s->start[i];

        memcpy(to->column + to->start[*row], s->column + s->start[i], n * sizeof *to->column);
        memcpy(to->value + to->start[*row], s->value + s->start[i], n * sizeof *to->value);
        to->start[*row + 1] = to->start[*row] + n;
    }
}

static bool stack_sparse(const struct stack *x, struct bl_error *err)
{
    const struct bl_sparse *a = x->top->sparse, *b = x->below->sparse;
    size_t row = 0;

    if (!a)
        return true;
    if (!b || x->top->sparse_first != x->below->sparse_first) {
        bl_fail(err, BL_DATA, "%s does not fit %s: its sparse columns are %s", x->below->name, x->top->name, b ? "numbered otherwise" : "not there");
        return bl_hint(err, "load %s sparse=no, for both", x->top->name);
    }
    x->to->sparse = bl_sparse_create(x->to->n_rows, a->n_columns > b->n_columns ? a->n_columns : b->n_columns, a->start[a->n_rows] + b->start[b->n_rows], err);
    x->to->sparse_first = x->top->sparse_first;
    if (!x->to->sparse)
        return false;
    add_sparse(x->to->sparse, &row, a);
    add_sparse(x->to->sparse, &row, b);
    return true;
}

static bool stack(const struct stack *x, struct bl_error *err)
{
    for (size_t j = 0; j < x->top->n_columns; j++) {
        enum fit fit;
        const size_t at = under(x, j, &fit);

        if (x->top->columns[j].code ? !stack_codes(x, j, at, err) : !stack_numbers(x, j, at, err))
            return false;
    }
    return stack_sparse(x, err);
}

struct bl_table *bl_table_stack(const struct bl_table *t, const struct bl_table *more, const bool *needed, const char *name, struct bl_error *err)
{
    struct stack x = {t, more, NULL};

    if (!check_columns(&x, needed, err))
        return NULL;
    if (t->n_rows + more->n_rows > INT32_MAX) {
        bl_fail(err, BL_LIMIT, "%zu and %zu rows are more than a table may have", t->n_rows, more->n_rows);
        return NULL;
    }
    x.to = bl_table_create(name, t->n_rows + more->n_rows, t->n_columns, err);
    if (x.to && stack(&x, err))
        return x.to;
    bl_table_free(x.to);
    return NULL;
}
