/* Fitting: every step in turn, on the training rows and nothing else. */
#include "src/prepare/step.h"

#include <math.h>
#include <string.h>

/* ---- the frame: what the table gives
 * --------------------------------------------------------------*/

enum bl_kind bl_kind_of(enum bl_type type)
{
    switch (type) {
    case BL_NUMERIC:
        return BL_KIND_NUMBER;
    case BL_CATEGORICAL:
        return BL_KIND_CATEGORY;
    case BL_DATETIME:
        return BL_KIND_DATE;
    default:
        return BL_KIND_TEXT;
    }
}

/* Levels that the rows have, in the order of the table, which is ascending. */
static struct bl_names *levels_of(const struct bl_column *c, const uint32_t *rows, size_t n)
{
    struct bl_names *levels = bl_names_create();
    bool *seen = bl_calloc(c->n_levels + 1, sizeof *seen);
    bool ok = levels && seen;

    for (size_t i = 0; ok && i < n; i++)
        if (c->code[rows[i]] != BL_MISSING_CODE)
            seen[c->code[rows[i]]] = true;
    for (size_t i = 0; ok && i < c->n_levels; i++)
        ok = !seen[i] || bl_names_add(levels, c->levels[i], strlen(c->levels[i])) != SIZE_MAX;
    bl_free(seen);
    if (ok)
        return levels;
    bl_names_free(levels);
    return NULL;
}

static size_t count_missing(const struct bl_column *c, const uint32_t *rows, size_t n)
{
    size_t missing = 0;

    if (c->missing == 0)
        return 0;
    for (size_t i = 0; i < n; i++)
        missing += c->code ? c->code[rows[i]] == BL_MISSING_CODE : isnan(c->number[rows[i]]);
    return missing;
}

static bool add_source(struct bl_fit *f, const struct bl_column *c, const uint32_t *rows, size_t n,
                       struct bl_error *err)
{
    struct bl_source *s = &f->sources[f->n_sources++];
    struct bl_frame_column column = {.name = c->name,
                                     .kind = bl_kind_of(c->type),
                                     .node = f->n_nodes,
                                     .source = f->n_sources - 1,
                                     .missing = count_missing(c, rows, n)};

    s->type = c->type;
    s->used = true;
    if (!(s->name = bl_strdup(c->name)) ||
        (c->type == BL_CATEGORICAL && !(s->levels = levels_of(c, rows, n))))
        return bl_fail_memory(err, "the recipe");
    column.name = s->name;
    return bl_fit_node(f, (struct bl_node){.input = column.source}, NULL, 0, err) &&
           bl_fit_column(f, &column, err);
}

static struct bl_fit *fit_create(size_t n_steps, const struct bl_table *t,
                                 const struct bl_roles *roles, const uint32_t *rows, size_t n,
                                 struct bl_error *err)
{
    struct bl_fit *f = bl_calloc(1, sizeof *f);
    bool ok = f != NULL;

    if (ok) {
        f->owners = 1;
        f->n_steps = n_steps;
        ok = (f->texts = bl_arena_create(4096)) &&
             (f->steps = bl_calloc(n_steps + 1, sizeof *f->steps)) &&
             (f->sources = bl_calloc(t->n_columns + 1, sizeof *f->sources));
    }
    if (!ok)
        bl_fail_memory(err, "the recipe");
    for (size_t c = 0; ok && c < t->n_columns; c++)
        if (roles->feature[c])
            ok = add_source(f, &t->columns[c], rows, n, err);
    ok = ok && (!t->sparse || !roles->sparse || bl_fit_take_sparse(f, t, err));
    if (ok)
        return f;
    bl_fit_release(f);
    return NULL;
}

/* ---- one step
 * ---------------------------------------------------------------------------------------*/

static bool fit_column(struct bl_fitter *f, size_t column, double *values, struct bl_error *err)
{
    const struct bl_step_type *type = f->step->type;
    struct bl_values v;

    if (type->fit_values)
        return bl_fitter_values(f, column, values, &v, err) && type->fit_values(f, column, &v, err);
    return !type->fit || (bl_fitter_read(f, column, values, err) && type->fit(f, column, values, err));
}

/* The names of the columns that a step works on are told as they were before it. */
static bool tell_columns(struct bl_fitter *f, const bool *chosen, size_t n, struct bl_error *err)
{
    struct bl_step_fit *s = &f->fit->steps[f->step_at];

    for (size_t i = 0; i < n; i++) {
        if (!chosen[i])
            continue;
        if (!bl_grow((void **)&s->columns, &s->columns_capacity, s->n_columns, sizeof *s->columns,
                     err))
            return false;
        s->columns[s->n_columns++] = f->fit->columns[i].name;
    }
    return true;
}

static bool fit_together(struct bl_fitter *f, const bool *chosen, size_t n, struct bl_error *err)
{
    size_t *columns = bl_calloc(n + 1, sizeof *columns), count = 0;
    bool ok;

    if (!columns)
        return bl_fail_memory(err, "the recipe");
    for (size_t i = 0; i < n; i++)
        if (chosen[i])
            columns[count++] = i;
    ok = count == 0 || f->step->type->fit_all(f, columns, count, err);
    bl_free(columns);
    return ok;
}

/* Column by column. Features that were 0 in nearly all rows and are not any more are counted: the matrix will hold
 * all of them written out, which is refused as soon as there is no memory for it. */
static bool fit_each(struct bl_fitter *f, const bool *chosen, size_t n, double *values, struct bl_error *err)
{
    size_t base;

    f->filled = 0;
    for (size_t i = 0; i < n; i++) {
        bool thin = chosen[i] && bl_node_thin(f->fit, f->fit->columns[i].node, &base);
        if (chosen[i] && !fit_column(f, i, values, err))
            return false;
        f->filled += thin && !f->gone[i] && !bl_node_thin(f->fit, f->fit->columns[i].node, &base);
        if (f->filled > 0 && !bl_fitter_afford(f, f->filled, 0, err))
            return false;
    }
    return true;
}

static bool fit_columns(struct bl_fitter *f, const bool *chosen, size_t n, double *values,
                        struct bl_error *err)
{
    if (!tell_columns(f, chosen, n, err))
        return false;
    return f->step->type->fit_all ? fit_together(f, chosen, n, err) : fit_each(f, chosen, n, values, err);
}

#define TOLD 1000 /* filled up columns from which it is worth a warning */

static void warn_filled(const struct bl_fitter *f)
{
    char price[40];

    if (f->filled > TOLD)
        bl_warnf(f->warnings, "prep maxabs scales and keeps every 0; recipe undo takes a step back",
                 "prep %s fills up %zu columns that were 0 in nearly all rows: all their cells take %s in the training rows", f->step->type->name,
                 f->filled, bl_bytes_format(price, sizeof price, (double)f->filled * (double)f->n_rows * sizeof(double)));
    if (f->written > TOLD)
        bl_warnf(f->warnings, "prep text max=1000 makes fewer; columns= names those that a step shall take",
                 "prep %s writes %zu columns that are 0 in nearly all rows out while it is fitted: they take %s", f->step->type->name, f->written,
                 bl_bytes_format(price, sizeof price, (double)f->written * (double)f->n_rows * sizeof(double)));
}

static bool column_is(const struct bl_fit *f, size_t column, const char *name)
{
    const struct bl_frame_column *c = &f->columns[column];

    return strcmp(c->name, name) == 0 ||
           (c->encoded && strcmp(f->sources[c->source].name, name) == 0);
}

/* Why a name that was asked for is not there: the target, a dropped column, or no such column. */
static bool fail_no_column(const struct bl_fitter *f, const struct bl_table *t, const char *name,
                           struct bl_error *err)
{
    size_t at = bl_table_find(t, name);
    const char **names;

    if (at != SIZE_MAX) {
        bl_fail(err, BL_VALUE, "column '%s' is not a feature, so prep %s cannot take it",
                t->columns[at].name, f->step->type->name);
        return bl_hint(err, "features chooses the columns that are used");
    }
    names = bl_calloc(f->fit->n_columns + 1, sizeof *names);
    for (size_t i = 0; names && i < f->fit->n_columns; i++)
        names[i] = f->fit->columns[i].name;
    bl_fail_unknown(err, "feature", name, names, names ? f->fit->n_columns : 0);
    bl_free(names);
    return false;
}

static const char *kind_name(enum bl_kind kind)
{
    switch (kind) {
    case BL_KIND_NUMBER:
        return "numeric";
    case BL_KIND_CATEGORY:
        return "categorical";
    case BL_KIND_DATE:
        return "datetime";
    default:
        return "text";
    }
}

static bool fail_kind(const struct bl_fitter *f, size_t column, struct bl_error *err)
{
    const struct bl_frame_column *c = &f->fit->columns[column];
    const struct bl_step *s = f->step;
    struct bl_text words = {0};

    for (size_t i = 0; i < s->n_options; i++)
        bl_text_addf(&words, " %s=%s", s->options[i].key, s->options[i].value);
    bl_fail(err, BL_VALUE, "prep %s%s cannot take '%s', which is %s", s->type->name,
            bl_text_get(&words), c->name, kind_name(c->kind));
    bl_text_free(&words);
    if (c->kind == BL_KIND_TEXT || c->kind == BL_KIND_DATE)
        return bl_hint(err, "prep %s columns=%s makes numbers of it, or drop %s",
                       c->kind == BL_KIND_TEXT ? "text" : "dates", bl_typed(c->name).text,
                       bl_typed(c->name).text);
    if (s->type->fills)
        return bl_hint(err, "prep impute method=most_frequent columns=%s", bl_typed(c->name).text);
    return bl_hint(err, "prep onehot columns=%s makes numbers of it", bl_typed(c->name).text);
}

/* Marks the columns of the frame that the step works on. */
static bool choose_columns(struct bl_fitter *f, const struct bl_table *t, bool *chosen,
                           struct bl_error *err)
{
    const struct bl_step *s = f->step;
    const struct bl_fit *fit = f->fit;

    for (size_t i = 0; s->n_columns == 0 && i < fit->n_columns; i++)
        chosen[i] = s->type->takes(s, fit->columns[i].kind, false);
    for (size_t a = 0; a < s->n_columns; a++) {
        bool found = false;
        size_t at = bl_table_find(t, s->columns[a]);
        const char *name = at == SIZE_MAX ? s->columns[a] : t->columns[at].name;

        for (size_t i = 0; i < fit->n_columns; i++) {
            if (!column_is(fit, i, name))
                continue;
            if (!s->type->takes(s, fit->columns[i].kind, true))
                return fail_kind(f, i, err);
            chosen[i] = found = true;
        }
        if (!found)
            return fail_no_column(f, t, s->columns[a], err);
    }
    return true;
}

static void remove_gone(struct bl_fit *f, const bool *gone, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < f->n_columns; i++)
        if (i >= n || !gone[i])
            f->columns[kept++] = f->columns[i];
    f->n_columns = kept;
}

static void warn_lists(struct bl_fitter *f, struct bl_warnings *warnings)
{
    if (f->constant.length)
        bl_warnf(warnings, "", "constant on the training rows, so prep %s only shifts: %s",
                 f->step->type->name, bl_text_get(&f->constant));
    if (f->flat.length)
        bl_warnf(warnings, "prep standardize scales them too",
                 "half of the training values are the same, so prep %s only shifts: %s",
                 f->step->type->name, bl_text_get(&f->flat));
    if (f->empty.length)
        bl_warnf(warnings, bl_text_get(&f->drop),
                 "without any value in the training rows, so left out: %s", bl_text_get(&f->empty));
    bl_text_free(&f->constant);
    bl_text_free(&f->flat);
    bl_text_free(&f->empty);
    bl_text_free(&f->drop);
    f->n_empty = 0;
}

static bool fit_step(struct bl_fitter *f, double *values, struct bl_error *err)
{
    size_t n = f->fit->n_columns;
    bool *chosen = bl_calloc(2 * n + 1, sizeof *chosen);
    bool ok = chosen != NULL;

    if (!ok)
        return bl_fail_memory(err, "the recipe");
    f->gone = chosen + n;
    f->asked = f->step->n_columns > 0;
    ok = choose_columns(f, f->table, chosen, err) && fit_columns(f, chosen, n, values, err) && bl_fitter_sparse(f, err);
    if (ok)
        remove_gone(f->fit, f->gone, n);
    warn_lists(f, f->warnings);
    warn_filled(f);
    f->filled = f->written = 0;
    bl_free(chosen);
    return ok;
}

/* ---- the end: only numbers without gaps may leave
 * ------------------------------------------------------*/

#define NAMES_SHOWN 6

static void describe_left_out(struct bl_text *list, const struct bl_fit *f,
                              const struct bl_frame_column *c)
{
    if (c->kind == BL_KIND_CATEGORY)
        bl_text_addf(list, "'%s' (%zu levels)", c->name,
                     bl_names_count(f->sources[c->source].levels));
    else
        bl_text_addf(list, "'%s' (%s)", c->name, kind_name(c->kind));
}

static void suggest_encoder(struct bl_text *hint, const struct bl_frame_column *c)
{
    bl_text_addf(hint, "prep %s columns=%s",
                 c->kind == BL_KIND_TEXT   ? "text"
                 : c->kind == BL_KIND_DATE ? "dates"
                                           : "onehot",
                 bl_typed(c->name).text);
    if (c->levels)
        bl_text_addf(hint, " max_levels=%zu", c->levels);
}

/* A first step would take the place of the default recipe: what is hinted at brings that along. */
static bool is_default(const struct bl_recipe *r)
{
    static const char *const names[] = {"impute", "onehot", "standardize"};

    for (size_t i = 0; i < r->n_steps; i++)
        if (r->n_steps != 3 || strcmp(r->steps[i].type->name, names[i]) || r->steps[i].n_columns || r->steps[i].n_options != (i == 1))
            return false;
    return r->n_steps == 3;
}

static void leave_out(struct bl_fit *f, bool by_default, struct bl_warnings *warnings)
{
    struct bl_text list = {0}, hint = {0};
    size_t kept = 0, out = 0;

    for (size_t i = 0; i < f->n_columns; i++) {
        struct bl_frame_column *c = &f->columns[i];
        if (c->kind == BL_KIND_NUMBER) {
            f->columns[kept++] = *c;
            continue;
        }
        if (out++ < NAMES_SHOWN) {
            bl_text_add(&list, out > 1 ? ", " : "");
            describe_left_out(&list, f, c);
        }
        if (!hint.length) {
            bl_text_add(&hint, by_default ? "prep default; " : "");
            suggest_encoder(&hint, c);
        }
    }
    f->n_columns = kept;
    if (out > NAMES_SHOWN)
        bl_text_addf(&list, " and %zu more", out - NAMES_SHOWN);
    if (out > 0)
        bl_warnf(warnings, bl_text_get(&hint),
                 "no step encodes these columns, so they are left out: %s", bl_text_get(&list));
    bl_text_free(&list);
    bl_text_free(&hint);
}

static bool fail_missing(const struct bl_fit *f, const struct bl_frame_column *c, size_t n_rows,
                         size_t columns, struct bl_error *err)
{
    const char *name = f->sources[c->source].name;

    bl_fail(err, BL_STATE, "%zu of %zu values of '%s' are missing in the training rows", c->missing,
            n_rows, name);
    if (columns > 1)
        bl_reason(err, "no step fills them; %zu features have gaps", columns);
    else
        bl_reason(err, "no step fills them");
    if (c->missing == n_rows)
        return bl_hint(err, "drop %s", bl_typed(name).text);
    return bl_hint(err, "prep impute columns=%s, or prep complete to leave those rows out",
                   bl_typed(name).text);
}

static bool check_features(const struct bl_fit *f, size_t n_rows, struct bl_error *err)
{
    const struct bl_frame_column *first = NULL;
    size_t columns = 0;

    for (size_t i = 0; i < f->n_columns; i++) {
        columns += f->columns[i].missing > 0;
        if (!first && f->columns[i].missing > 0)
            first = &f->columns[i];
    }
    if (first)
        return fail_missing(f, first, n_rows, columns, err);
    if (f->n_columns + f->sparse.n > 0)
        return true;
    bl_fail(err, BL_STATE, "the recipe leaves no feature to train on");
    return bl_hint(err, "prep onehot encodes categories, prep text columns=NAME texts; features chooses the columns that are used");
}

bool bl_fit_mark_used(struct bl_fit *f, struct bl_error *err)
{
    bool *needed = bl_nodes_needed(f);

    if (!needed)
        return bl_fail_memory(err, "the recipe");
    for (size_t i = 0; i < f->n_sources; i++)
        f->sources[i].used = false;
    for (size_t i = 0; i < f->n_nodes; i++)
        if (needed[i] && !f->nodes[i].op)
            f->sources[f->nodes[i].input].used = true;
    bl_free(needed);
    return true;
}

static bool fit_all(struct bl_fitter *f, const struct bl_recipe *r, struct bl_error *err)
{
    double *values = bl_aligned(f->n_rows, sizeof *values);
    bool ok = values || bl_fail_memory(err, "a column of the training rows");

    for (size_t i = 0; ok && i < r->n_steps; i++) {
        f->step = &r->steps[i];
        f->step_at = i;
        ok = fit_step(f, values, err);
    }
    bl_free(values);
    if (!ok)
        return false;
    leave_out(f->fit, is_default(r), f->warnings);
    return bl_fit_mark_used(f->fit, err) && check_features(f->fit, f->n_rows, err) && bl_fitter_compress(f, r, err);
}

bool bl_recipe_fit(struct bl_recipe *r, const struct bl_table *t, const struct bl_roles *roles,
                   const uint32_t *rows, size_t n, struct bl_pool *pool,
                   struct bl_warnings *warnings, struct bl_error *err)
{
    struct bl_warnings dropped = {0};
    struct bl_binding binding = {0};
    struct bl_scratches scratches = {0};
    struct bl_fitter f = {.n_rows = n,
                          .pool = pool,
                          .progress = r->progress,
                          .table = t,
                          .roles = roles,
                          .rows = rows,
                          .binding = &binding,
                          .scratches = &scratches,
                          .warnings = warnings ? warnings : &dropped};
    bool ok;

    if (n == 0)
        return bl_fail(err, BL_STATE, "there are no training rows to prepare on");
    bl_progress_start(r->progress, "fitting the recipe", 0);
    if (!(f.fit = fit_create(r->n_steps, t, roles, rows, n, err)))
        return false;
    ok = bl_bind(&binding, f.fit, t, err) && fit_all(&f, r, err);
    bl_unbind(&binding, f.fit);
    bl_scratches_free(&scratches);
    bl_thin_free(f.thin);
    bl_warnings_free(&dropped);
    bl_fit_release(ok ? r->fit : f.fit);
    if (ok)
        r->fit = f.fit;
    return ok;
}
