/* The nodes of a fit: what steps add to it while they are fitted. */
#include "src/prepare/step.h"

#include <math.h>
#include <string.h>

static void codec_free(struct bl_codec *c)
{
    if (!c)
        return;
    bl_names_free(c->names);
    bl_free(c->numbers);
    bl_free(c);
}

void bl_fit_release(struct bl_fit *f)
{
    if (!f || atomic_fetch_sub(&f->owners, 1) > 1)
        return;
    for (size_t i = 0; i < f->n_sources; i++) {
        bl_free(f->sources[i].name);
        bl_names_free(f->sources[i].levels);
    }
    for (size_t i = 0; f->steps && i < f->n_steps; i++) {
        bl_free(f->steps[i].columns);
        bl_free(f->steps[i].fitted);
    }
    for (size_t i = 0; i < f->n_codecs; i++)
        codec_free(f->codecs[i]);
    bl_table_free(f->table);
    bl_free(f->rank);
    bl_free(f->codecs);
    bl_free(f->sources);
    bl_free(f->steps);
    bl_free(f->nodes);
    bl_free(f->columns);
    bl_free(f->sparse.names);
    bl_free(f->sparse.place);
    bl_free(f->sparse.scale);
    bl_arena_free(f->texts);
    bl_free(f);
}

bool bl_grow(void **items, size_t *capacity, size_t count, size_t each, struct bl_error *err)
{
    size_t wanted = *capacity ? 2 * *capacity : 16;
    void *more;

    if (count < *capacity)
        return true;
    if (!(more = bl_realloc(*items, wanted, each)))
        return bl_fail_memory(err, "the recipe");
    *items = more;
    *capacity = wanted;
    return true;
}

/* ---- nodes --------------------------------------------------------------------------------- */

static bool keep(const struct bl_fit *f, const void *from, size_t n, size_t each, const void **to,
                 struct bl_error *err)
{
    void *copy;

    *to = NULL;
    if (n == 0)
        return true;
    if (!(copy = bl_arena_take(f->texts, n, each)))
        return bl_fail_memory(err, "the recipe");
    memcpy(copy, from, n * each);
    *to = copy;
    return true;
}

static void give_slot(struct bl_fit *f, size_t node)
{
    if (f->nodes[node].slot == BL_NO_SLOT)
        f->nodes[node].slot = f->n_slots++;
}

/* Inputs of a node that combines are kept: others may read them too. So is a node that combines
 * when a second one reads it, since its numbers are dear. */
static void connect(struct bl_fit *f, const struct bl_node *node)
{
    for (size_t i = 0; i < node->n_inputs; i++)
        give_slot(f, node->inputs[i]);
    if (node->op && node->op->map && f->nodes[node->input].op &&
        f->nodes[node->input].op->combine && f->nodes[node->input].readers++ > 0)
        give_slot(f, node->input);
    if (node->n_inputs > f->widest)
        f->widest = node->n_inputs;
}

bool bl_fit_node(struct bl_fit *f, struct bl_node node, const double *params, size_t n_params,
                 struct bl_error *err)
{
    const void *kept_params, *kept_inputs;

    if (!bl_grow((void **)&f->nodes, &f->nodes_capacity, f->n_nodes, sizeof *f->nodes, err) ||
        !keep(f, params, n_params, sizeof *params, &kept_params, err) ||
        !keep(f, node.inputs, node.n_inputs, sizeof *node.inputs, &kept_inputs, err))
        return false;
    node.params = kept_params;
    node.n_params = n_params;
    node.inputs = kept_inputs;
    node.slot = BL_NO_SLOT;
    connect(f, &node);
    f->nodes[f->n_nodes++] = node;
    return true;
}

bool bl_fit_column(struct bl_fit *f, const struct bl_frame_column *column, struct bl_error *err)
{
    if (!bl_grow((void **)&f->columns, &f->columns_capacity, f->n_columns, sizeof *f->columns, err))
        return false;
    f->columns[f->n_columns++] = *column;
    return true;
}

bool *bl_nodes_needed(const struct bl_fit *f)
{
    bool *needed = bl_calloc(f->n_nodes + 1, sizeof *needed);

    for (size_t i = 0; needed && i < f->n_columns; i++)
        needed[f->columns[i].node] = true;
    for (size_t at = f->n_nodes; needed && at-- > 0;) {
        const struct bl_node *node = &f->nodes[at];
        if (!needed[at] || !node->op)
            continue;
        if (node->op->map)
            needed[node->input] = true;
        for (size_t i = 0; i < node->n_inputs; i++)
            needed[node->inputs[i]] = true;
    }
    return needed;
}

/* ---- what steps do to the frame ------------------------------------------------------------ */

bool bl_fitter_map_n(struct bl_fitter *f, size_t column, const struct bl_op *op,
                     const double *params, size_t n_params, struct bl_error *err)
{
    struct bl_frame_column *c = &f->fit->columns[column];

    if (!bl_fit_node(f->fit, (struct bl_node){.op = op, .input = c->node}, params, n_params, err))
        return false;
    c->node = f->fit->n_nodes - 1;
    if (op->fills)
        c->missing = 0;
    return true;
}

bool bl_fitter_map(struct bl_fitter *f, size_t column, double p0, double p1, struct bl_error *err)
{
    const double params[] = {p0, p1};

    return bl_fitter_map_n(f, column, f->step->type->ops[0], params, 2, err);
}

static const char *keep_name(struct bl_fitter *f, struct bl_text *name, struct bl_error *err)
{
    const char *kept = name->failed ? NULL : bl_arena_text(f->fit->texts, name->at, name->length);

    bl_text_free(name);
    if (!kept)
        bl_fail_memory(err, "the names of features");
    return kept;
}

bool bl_fitter_append(struct bl_fitter *f, size_t column, const char *level, double p0,
                      struct bl_error *err)
{
    struct bl_frame_column from = f->fit->columns[column];
    struct bl_text name = {0};
    const double params[] = {p0, 0};

    bl_text_addf(&name, "%s=%s", from.name, level);
    if (!(from.name = keep_name(f, &name, err)))
        return false;
    from.kind = BL_KIND_NUMBER;
    from.encoded = true;
    if (!bl_fit_node(f->fit, (struct bl_node){.op = f->step->type->ops[0], .input = from.node},
                     params, 2, err))
        return false;
    from.node = f->fit->n_nodes - 1;
    return bl_fit_column(f->fit, &from, err);
}

size_t bl_fitter_node(struct bl_fitter *f, const struct bl_op *op, const size_t *columns, size_t n,
                      const double *params, size_t n_params, const struct bl_codec *codec,
                      struct bl_error *err)
{
    size_t *inputs = bl_calloc(n + 1, sizeof *inputs);
    struct bl_node node = {.op = op, .inputs = inputs, .n_inputs = n, .codec = codec};
    bool ok = inputs != NULL;

    if (!ok)
        bl_fail_memory(err, "the recipe");
    for (size_t i = 0; ok && i < n; i++)
        inputs[i] = f->fit->columns[columns[i]].node;
    node.input = ok && n ? inputs[0] : 0;
    if (op->map)
        node.n_inputs = 0;
    ok = ok && bl_fit_node(f->fit, node, params, n_params, err);
    bl_free(inputs);
    return ok ? f->fit->n_nodes - 1 : SIZE_MAX;
}

bool bl_fitter_column(struct bl_fitter *f, const char *name, size_t node, size_t like,
                      size_t missing, struct bl_error *err)
{
    struct bl_frame_column column = f->fit->columns[like];
    struct bl_text text = {0};

    if (node == SIZE_MAX)
        return false;
    bl_text_add(&text, name);
    if (!(column.name = keep_name(f, &text, err)))
        return false;
    column.kind = BL_KIND_NUMBER;
    column.encoded = true;
    column.node = node;
    column.missing = missing;
    return bl_fit_column(f->fit, &column, err);
}

void bl_fitter_remove(struct bl_fitter *f, size_t column)
{
    f->gone[column] = true;
}

struct bl_codec *bl_fit_codec(struct bl_fit *fit, const struct bl_codec_type *type, size_t source, struct bl_error *err)
{
    struct bl_codec *c;

    if (!bl_grow((void **)&fit->codecs, &fit->codecs_capacity, fit->n_codecs, sizeof *fit->codecs,
                 err))
        return NULL;
    if (!(c = bl_calloc(1, sizeof *c))) {
        bl_fail_memory(err, "the recipe");
        return NULL;
    }
    c->type = type;
    c->number = fit->n_codecs;
    c->source = source;
    return fit->codecs[fit->n_codecs++] = c;
}

struct bl_codec *bl_fitter_codec(struct bl_fitter *f, const struct bl_codec_type *type,
                                 size_t column, struct bl_error *err)
{
    return bl_fit_codec(f->fit, type, f->fit->columns[column].source, err);
}

bool bl_fitter_bind(struct bl_fitter *f, struct bl_error *err)
{
    return bl_bind_codecs(f->binding, f->fit, err);
}

bool bl_fitter_rank(struct bl_fitter *f, struct bl_error *err)
{
    struct bl_fit *fit = f->fit;

    if (fit->rank)
        return true;
    if (!(fit->rank = bl_calloc(f->table->n_rows + 1, sizeof *fit->rank)))
        return bl_fail_memory(err, "the order of the training rows");
    memset(fit->rank, 0xff, f->table->n_rows * sizeof *fit->rank);
    for (size_t i = 0; i < f->n_rows; i++)
        fit->rank[f->rows[i]] = (uint32_t)i;
    fit->table = bl_table_hold((struct bl_table *)(uintptr_t)f->table);
    f->binding->rank = fit->rank;
    return true;
}

/* ---- telling what was fitted --------------------------------------------------------------- */

static bool note(struct bl_fitter *f, const char *column, const char *key, double number,
                 const char *text, struct bl_error *err)
{
    struct bl_step_fit *s = &f->fit->steps[f->step_at];
    const char *kept = text ? bl_arena_text(f->fit->texts, text, strlen(text)) : NULL;
    const char *kept_key = bl_arena_text(f->fit->texts, key, strlen(key));

    if ((text && !kept) || !kept_key)
        return bl_fail_memory(err, "the recipe");
    if (!bl_grow((void **)&s->fitted, &s->fitted_capacity, s->n_fitted, sizeof *s->fitted, err))
        return false;
    s->fitted[s->n_fitted++] = (struct bl_fitted){column, kept_key, number, kept};
    return true;
}

bool bl_fitter_note(struct bl_fitter *f, size_t column, const char *key, double number,
                    const char *text, struct bl_error *err)
{
    return note(f, f->fit->columns[column].name, key, number, text, err);
}

bool bl_fitter_note_all(struct bl_fitter *f, const char *key, double number, const char *text,
                        struct bl_error *err)
{
    return note(f, NULL, key, number, text, err);
}

void bl_fitter_list(struct bl_text *list, const char *name)
{
    bl_text_addf(list, "%s'%s'", list->length ? ", " : "", name);
}

#define DROPS_SAID 8

void bl_fitter_empty(struct bl_fitter *f, const char *name)
{
    bl_fitter_list(&f->empty, name);
    if (f->n_empty++ < DROPS_SAID)
        bl_text_addf(&f->drop, "%s%s", f->drop.length ? " " : "drop ", bl_typed(name).text);
}

bool bl_fitter_too_many(struct bl_fitter *f, double columns, const char *hint, struct bl_error *err)
{
    if (columns <= BL_MADE_MAX)
        return true;
    bl_fail(err, BL_LIMIT, "prep %s would make %.0f columns, more than %d", f->step->type->name,
            columns, BL_MADE_MAX);
    return bl_hint(err, "%s", hint);
}

/* ---- reading the training rows ------------------------------------------------------------- */

struct reading {
    const struct bl_fitter *f;
    size_t node;
    double *out;
};

static void read_block(void *context, size_t number, size_t worker)
{
    const struct reading *r = context;

    if (bl_stopped(r->f->progress))
        return;
    struct bl_block b = bl_block_of(r->f->fit, r->f->binding, r->f->scratches, worker, r->f->rows,
                                    r->f->n_rows, number);

    bl_node_read(&b, r->node, r->out + number * BL_BLOCK);
}

bool bl_fitter_read_node(struct bl_fitter *f, size_t node, double *out, struct bl_error *err)
{
    struct reading r = {f, node, out};

    if (!bl_scratches_fit(f->scratches, f->fit, f->pool, err))
        return false;
    bl_pool_run(f->pool, (f->n_rows + BL_BLOCK - 1) / BL_BLOCK, read_block, &r);
    return !bl_stopped(f->progress) || bl_fail(err, BL_STOPPED, "preparing was interrupted");
}

bool bl_fitter_read(struct bl_fitter *f, size_t column, double *out, struct bl_error *err)
{
    bool done;

    if (!bl_fitter_read_thin(f, column, out, &done, err) || (!done && !bl_fitter_read_node(f, f->fit->columns[column].node, out, err)))
        return false;
    bl_progress_add(f->progress, f->n_rows);
    return !bl_stopped(f->progress) || bl_fail(err, BL_STOPPED, "preparing was interrupted");
}

static bool fail_gap(const struct bl_fitter *f, size_t column, struct bl_error *err)
{
    const struct bl_frame_column *c = &f->fit->columns[column];
    const char *name = f->fit->sources[c->source].name;

    bl_fail(err, BL_VALUE, "prep %s needs a value in every row, and %zu of %zu training values of '%s' are missing",
            f->step->type->name, c->missing, f->n_rows, c->name);
    if (c->missing == f->n_rows) /* nothing to fill them with */
        return bl_hint(err, "drop %s", bl_typed(name).text);
    return bl_hint(err, "prep impute columns=%s before it, or prep complete", bl_typed(name).text);
}

size_t bl_fitter_thin(const struct bl_fitter *f, const size_t *columns, size_t n)
{
    size_t thin = 0, base;

    for (size_t j = 0; j < n; j++)
        thin += bl_node_thin(f->fit, f->fit->columns[columns[j]].node, &base);
    return thin;
}

bool bl_fitter_afford(const struct bl_fitter *f, size_t n, double more, struct bl_error *err)
{
    const double bytes = ((double)n * (double)f->n_rows + more) * sizeof(double), limit = (double)bl_memory_limit();
    char needs[40], may[40];

    if (bytes <= limit)
        return true;
    bl_fail(err, BL_LIMIT, "prep %s writes %zu columns of %zu training rows out, which takes %s, and only %s may be taken",
            f->step->type->name, n, f->n_rows, bl_bytes_format(needs, sizeof needs, bytes), bl_bytes_format(may, sizeof may, limit));
    return bl_hint(err, "prep maxabs scales and keeps every 0; columns= names those that a step shall take; prep text max=1000 makes fewer");
}

bool bl_fitter_whole(const struct bl_fitter *f, const size_t *columns, size_t n, struct bl_error *err)
{
    for (size_t j = 0; j < n; j++)
        if (f->fit->columns[columns[j]].missing > 0)
            return fail_gap(f, columns[j], err);
    return true;
}

double *bl_fitter_block(struct bl_fitter *f, const size_t *columns, size_t n, struct bl_error *err)
{
    double *x;

    if (!bl_fitter_afford(f, n, 0, err) || !bl_fitter_whole(f, columns, n, err))
        return NULL;
    f->written += bl_fitter_thin(f, columns, n);
    if (!(x = bl_aligned(n * f->n_rows + 1, sizeof *x))) {
        bl_fail_memory(err, "the training rows of a step");
        return NULL;
    }
    for (size_t j = 0; j < n; j++)
        if (!bl_fitter_read(f, columns[j], x + j * f->n_rows, err)) {
            bl_free(x);
            return NULL;
        }
    return x;
}
