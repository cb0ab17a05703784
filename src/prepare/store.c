/* A fitted recipe as text and numbers. The way back is restore.c. */
#include "src/prepare/step.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- usual answers of bl_op.good --------------------------------------------------------------- */

bool bl_good_any(const double *params, size_t n, size_t inputs)
{
    (void)params, (void)n, (void)inputs;
    return true;
}

bool bl_good_one(const double *params, size_t n, size_t inputs)
{
    (void)inputs;
    return n >= 1 && isfinite(params[0]);
}

bool bl_good_pair(const double *params, size_t n, size_t inputs)
{
    (void)inputs;
    return n >= 2 && !isnan(params[0]) && !isnan(params[1]);
}

bool bl_good_affine(const double *params, size_t n, size_t inputs)
{
    (void)inputs;
    return n >= 2 && isfinite(params[0]) && isfinite(params[1]) && params[1] != 0;
}

bool bl_good_list(const double *params, size_t n, size_t inputs)
{
    (void)inputs;
    for (size_t i = 0; i < n; i++)
        if (!isfinite(params[i]))
            return false;
    return n >= 1 && params[0] >= 0 && params[0] <= (double)(n - 1);
}

/* ---- text -------------------------------------------------------------------------------------- */

static json_t *texts_of(const char *const *texts, size_t n)
{
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, texts[i] ? json_string(texts[i]) : json_null());
    return list;
}

static json_t *options_of(const struct bl_step *s)
{
    json_t *list = json_array();

    for (size_t i = 0; i < s->n_options; i++)
        json_array_append_new(list, json_pack("[ss]", s->options[i].key, s->options[i].value));
    return list;
}

/* What was fitted, as it is told; a number that is not finite is null. */
static json_t *fitted_of(const struct bl_step_fit *s)
{
    json_t *list = json_array();

    for (size_t i = 0; i < s->n_fitted; i++) {
        const struct bl_fitted *f = &s->fitted[i];
        json_array_append_new(list, json_pack("[s?sos?]", f->column, f->key,
                                              isfinite(f->number) ? json_real(f->number) : json_null(), f->text));
    }
    return list;
}

static json_t *step_of(const struct bl_recipe *r, size_t i)
{
    const struct bl_step *s = &r->steps[i];
    const struct bl_step_fit *f = &r->fit->steps[i];

    return json_pack("{ss so so so so}", "step", s->type->name, "options", options_of(s), "asked",
                     texts_of((const char *const *)s->columns, s->n_columns), "columns", texts_of(f->columns, f->n_columns),
                     "fitted", fitted_of(f));
}

static json_t *source_of(const struct bl_source *s)
{
    json_t *one = json_pack("{ss ss}", "name", s->name, "type", bl_type_name(s->type)), *levels = json_array();

    for (size_t i = 0; s->levels && i < bl_names_count(s->levels); i++) {
        size_t n;
        const char *text = bl_names_at(s->levels, i, &n);
        json_array_append_new(levels, json_stringn(text, n));
    }
    json_object_set_new(one, "levels", levels);
    return one;
}

static json_t *codec_of(const struct bl_codec *c)
{
    json_t *one = json_pack("{ss sI sI}", "type", c->type->name, "source", (json_int_t)c->source, "numbers", (json_int_t)c->n_numbers);
    json_t *names = json_array();

    for (size_t i = 0; c->names && i < bl_names_count(c->names); i++) {
        size_t n;
        const char *text = bl_names_at(c->names, i, &n);
        json_array_append_new(names, json_stringn(text, n));
    }
    json_object_set_new(one, "names", c->names ? names : json_null());
    if (!c->names)
        json_decref(names);
    return one;
}

static json_t *node_of(const struct bl_node *node)
{
    json_t *inputs, *one;

    if (!node->op)
        return json_pack("{sI}", "source", (json_int_t)node->input);
    inputs = json_array();
    for (size_t i = 0; node->op->combine && i < node->n_inputs; i++)
        json_array_append_new(inputs, json_integer((json_int_t)node->inputs[i]));
    if (node->op->map)
        json_array_append_new(inputs, json_integer((json_int_t)node->input));
    one = json_pack("{ss so sI}", "op", node->op->name, "inputs", inputs, "numbers", (json_int_t)node->n_params);
    if (node->codec)
        json_object_set_new(one, "codec", json_integer((json_int_t)node->codec->number));
    return one;
}

static json_t *feature_of(const struct bl_frame_column *c)
{
    return json_pack("{ss sI sI sb}", "name", c->name, "node", (json_int_t)c->node, "source", (json_int_t)c->source, "encoded",
                     (int)c->encoded);
}

/* ---- what can be kept -------------------------------------------------------------------------- */

bool bl_node_good(const struct bl_node *node, const double *params, size_t n_params)
{
    const struct bl_op *op = node->op;
    const size_t inputs = op->map ? 1 : node->n_inputs;

    if (!op->good || !op->good(params, n_params, inputs))
        return false;
    return op->codec ? node->codec && node->codec->type == op->codec && op->finds(node->codec, params, inputs) : !node->codec;
}

static bool storable(const struct bl_fit *f, size_t *numbers, struct bl_error *err)
{
    *numbers = f->sparse.n;
    for (size_t i = 0; i < f->n_codecs; i++)
        *numbers += f->codecs[i]->n_numbers;
    for (size_t i = 0; i < f->n_nodes; i++) {
        const struct bl_node *node = &f->nodes[i];
        if (node->op && (!bl_node_good(node, node->params, node->n_params) ||
                         (node->codec && !node->codec->type->good(node->codec, &f->sources[node->codec->source])))) {
            bl_fail(err, BL_STATE, "the step %s of the recipe can not be kept in a file", node->op->name);
            return bl_hint(err, "a recipe with another step in its place (recipe shows it; prep none starts a new one)");
        }
        *numbers += node->n_params;
    }
    return true;
}

static json_t *list_of(json_t *list, json_t *one, bool *ok)
{
    *ok = *ok && one && json_array_append_new(list, one) == 0;
    return list;
}

static json_t *codecs_of(const struct bl_fit *f)
{
    json_t *list = json_array();
    bool ok = list != NULL;

    for (size_t i = 0; i < f->n_codecs; i++)
        list_of(list, codec_of(f->codecs[i]), &ok);
    if (ok)
        return list;
    json_decref(list);
    return NULL;
}

/* Of those that a step selected, which ones they are: under another key, so that nobody takes them for all. */
static json_t *sparse_of(const struct bl_fit_sparse *s)
{
    json_t *one = json_pack("{sI sI}", "first", (json_int_t)s->first, "features", (json_int_t)s->n);
    json_t *kept = s->place ? json_array() : NULL;
    bool ok = one && (kept || !s->place);

    for (size_t c = 0; ok && s->place && c < s->of; c++)
        ok = !s->place[c] || json_array_append_new(kept, json_integer((json_int_t)c)) == 0;
    ok = ok && (!kept || (json_object_set_new(one, "of", json_integer((json_int_t)s->of)) == 0 && json_object_set(one, "kept", kept) == 0));
    json_decref(kept);
    if (ok)
        return one;
    json_decref(one);
    return NULL;
}

static json_t *recipe_json(const struct bl_recipe *r)
{
    const struct bl_fit *f = r->fit;
    json_t *steps = json_array(), *sources = json_array(), *nodes = json_array(), *features = json_array(), *all;
    bool ok = true;

    for (size_t i = 0; i < r->n_steps; i++)
        list_of(steps, step_of(r, i), &ok);
    for (size_t i = 0; i < f->n_sources; i++)
        list_of(sources, source_of(&f->sources[i]), &ok);
    for (size_t i = 0; i < f->n_nodes; i++)
        list_of(nodes, node_of(&f->nodes[i]), &ok);
    for (size_t i = 0; i < f->n_columns; i++)
        list_of(features, feature_of(&f->columns[i]), &ok);
    all = json_pack("{so so so so}", "steps", steps, "sources", sources, "nodes", nodes, "features", features);
    if (ok && f->n_codecs)
        ok = json_object_set_new(all, "codecs", codecs_of(f)) == 0;
    if (ok && f->sparse.n)
        ok = json_object_set_new(all, f->sparse.place ? "selected" : "sparse", sparse_of(&f->sparse)) == 0;
    if (ok && f->compressed)
        ok = json_object_set_new(all, "compressed", json_true()) == 0;
    if (ok)
        return all;
    json_decref(all);
    return NULL;
}

/* Jansson leaves out what it could not make (a name that is not UTF-8): the counts tell. */
static bool complete(const struct bl_fit *f, const json_t *all)
{
    const json_t *sources = json_object_get(all, "sources");

    for (size_t i = 0; i < f->n_sources; i++) {
        const json_t *levels = json_object_get(json_array_get(sources, i), "levels");
        if (f->sources[i].levels && json_array_size(levels) != bl_names_count(f->sources[i].levels))
            return false;
    }
    for (size_t i = 0; i < f->n_codecs; i++) {
        const json_t *names = json_object_get(json_array_get(json_object_get(all, "codecs"), i), "names");
        if (f->codecs[i]->names && json_array_size(names) != bl_names_count(f->codecs[i]->names))
            return false;
    }
    return true;
}

static void put(struct bl_stored *out, size_t *at, const double *numbers, size_t n)
{
    if (n > 0)
        memcpy(out->numbers + *at, numbers, n * sizeof *numbers);
    *at += n;
}

/* What codecs share, what nodes have of their own, what sparse columns are divided by. */
static void put_all(struct bl_stored *out, const struct bl_fit *f)
{
    size_t at = 0;

    for (size_t i = 0; i < f->n_codecs; i++)
        put(out, &at, f->codecs[i]->numbers, f->codecs[i]->n_numbers);
    for (size_t i = 0; i < f->n_nodes; i++)
        put(out, &at, f->nodes[i].params, f->nodes[i].n_params);
    if (f->sparse.scale)
        put(out, &at, f->sparse.scale, f->sparse.n);
    for (; at < out->n_numbers; at++)
        out->numbers[at] = 1;
}

bool bl_recipe_store(const struct bl_recipe *r, struct bl_stored *out, struct bl_error *err)
{
    const struct bl_fit *f = r->fit;
    json_t *all;
    char *text;

    *out = (struct bl_stored){0};
    if (!f)
        return bl_fail(err, BL_STATE, "the recipe is not fitted");
    if (!storable(f, &out->n_numbers, err))
        return false;
    all = recipe_json(r);
    if (!all || !complete(f, all)) {
        json_decref(all);
        bl_fail(err, BL_DATA, "a name or level of the recipe is not UTF-8 text, and can not be kept in a file");
        return bl_hint(err, "load FILE encoding=latin1");
    }
    text = json_dumps(all, JSON_COMPACT | JSON_REAL_PRECISION(17));
    json_decref(all);
    out->text = text ? bl_strdup(text) : NULL;
    free(text);
    out->numbers = bl_calloc(out->n_numbers + 1, sizeof *out->numbers);
    if (!out->text || !out->numbers) {
        bl_stored_free(out);
        return bl_fail_memory(err, "the recipe");
    }
    out->shares = f->n_codecs > 0 || f->sparse.n > 0;
    put_all(out, f);
    return true;
}

void bl_stored_free(struct bl_stored *s)
{
    bl_free(s->text);
    bl_free(s->numbers);
    *s = (struct bl_stored){0};
}

size_t bl_recipe_sparse(const struct bl_recipe *r, int64_t *first)
{
    *first = r->fit ? r->fit->sparse.first : 0;
    return r->fit ? r->fit->sparse.n : 0;
}

size_t bl_recipe_sparse_of(const struct bl_recipe *r)
{
    return r->fit ? r->fit->sparse.of : 0;
}

bool bl_recipe_reads(const struct bl_recipe *r, size_t i, const char **name, enum bl_type *type)
{
    for (size_t k = 0; r->fit && k < r->fit->n_sources; k++)
        if (r->fit->sources[k].used && i-- == 0) {
            *name = r->fit->sources[k].name;
            *type = r->fit->sources[k].type;
            return true;
        }
    return false;
}
