/* A fitted recipe from the text and numbers of store.c. Both come from a file: every count, number and
 * reference is checked before it is used. */
#include "src/prepare/step.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

struct restoring {
    struct bl_recipe *recipe;
    struct bl_fit *fit;
    const double *numbers;
    size_t n_numbers, at;
    struct bl_error *err;
    unsigned *depth; /* of each node: how many stand behind one another */
};

#define DEPTH_MAX 512 /* nodes are read by recursion */
#define SPARSE_FIRST_MOST INT32_MAX

static bool bad(struct restoring *r, const char *what)
{
    return bl_fail(r->err, BL_DATA, "the recipe of the model is damaged: %s", what);
}

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* A number that counts or names something below `limit`; SIZE_MAX: it is none. */
static size_t index_of(const json_t *value, size_t limit)
{
    json_int_t x = json_integer_value(value);

    return json_is_integer(value) && x >= 0 && (uint64_t)x < limit ? (size_t)x : SIZE_MAX;
}

static const char *kept_text(struct restoring *r, const json_t *value)
{
    const char *text = json_string_value(value);

    return text ? bl_arena_text(r->fit->texts, text, json_string_length(value)) : NULL;
}

/* ---- the steps as they were asked for ------------------------------------------------------------ */

/* Strings of an array, lent; NULL where it is none. */
static const char **strings_of(const json_t *list)
{
    const char **all = json_is_array(list) ? bl_calloc(json_array_size(list) + 1, sizeof *all) : NULL;

    for (size_t i = 0; all && i < json_array_size(list); i++)
        if (!(all[i] = json_string_value(json_array_get(list, i)))) {
            bl_free(all);
            return NULL;
        }
    return all;
}

static struct bl_option *options_of(const json_t *list)
{
    struct bl_option *all = json_is_array(list) ? bl_calloc(json_array_size(list) + 1, sizeof *all) : NULL;

    for (size_t i = 0; all && i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        all[i] = (struct bl_option){json_string_value(json_array_get(one, 0)), json_string_value(json_array_get(one, 1))};
        if (!all[i].key || !all[i].value) {
            bl_free(all);
            return NULL;
        }
    }
    return all;
}

static bool add_step(struct restoring *r, const json_t *step)
{
    const json_t *asked = json_object_get(step, "asked"), *options = json_object_get(step, "options");
    const char *name = text_of(step, "step");
    struct bl_option *o = options_of(options);
    const char **columns = strings_of(asked);
    bool ok = name && o && columns && strcmp(name, "none") != 0;

    ok = ok ? bl_recipe_add(r->recipe, name, o, json_array_size(options), columns, json_array_size(asked), r->err)
            : bad(r, "a step without name, options or columns");
    bl_free(o);
    bl_free(columns);
    return ok;
}

static bool add_fitted(struct restoring *r, struct bl_step_fit *s, const json_t *list)
{
    size_t n = json_array_size(list);

    if (!(s->fitted = bl_calloc(n + 1, sizeof *s->fitted)))
        return bl_fail_memory(r->err, "the recipe");
    for (size_t i = 0; i < n; i++) {
        const json_t *one = json_array_get(list, i), *number = json_array_get(one, 2);
        s->fitted[i] = (struct bl_fitted){kept_text(r, json_array_get(one, 0)), kept_text(r, json_array_get(one, 1)),
                                          json_is_number(number) ? json_number_value(number) : NAN,
                                          kept_text(r, json_array_get(one, 3))};
        if (!s->fitted[i].key)
            return bad(r, "a fitted value without a key");
        s->n_fitted = s->fitted_capacity = i + 1;
    }
    return true;
}

static bool add_step_fit(struct restoring *r, struct bl_step_fit *s, const json_t *step)
{
    const json_t *columns = json_object_get(step, "columns");
    size_t n = json_array_size(columns);

    if (!(s->columns = bl_calloc(n + 1, sizeof *s->columns)))
        return bl_fail_memory(r->err, "the recipe");
    for (size_t i = 0; i < n; i++) {
        if (!(s->columns[i] = kept_text(r, json_array_get(columns, i))))
            return bad(r, "a column of a step without a name");
        s->n_columns = s->columns_capacity = i + 1;
    }
    return add_fitted(r, s, json_object_get(step, "fitted"));
}

static bool add_steps(struct restoring *r, const json_t *steps)
{
    size_t n = json_array_size(steps);
    bool ok = json_is_array(steps) && n <= BL_STEPS_MAX;

    if (!ok || !(r->fit->steps = bl_calloc(n + 1, sizeof *r->fit->steps)))
        return bad(r, "no list of steps");
    r->fit->n_steps = n;
    for (size_t i = 0; ok && i < n; i++)
        ok = add_step(r, json_array_get(steps, i)) && add_step_fit(r, &r->fit->steps[i], json_array_get(steps, i));
    return ok;
}

/* ---- sources, nodes, features -------------------------------------------------------------------- */

static bool type_of(const char *name, enum bl_type *type)
{
    static const enum bl_type types[] = {BL_NUMERIC, BL_CATEGORICAL, BL_TEXT_COLUMN, BL_DATETIME};

    for (size_t i = 0; name && i < sizeof types / sizeof *types; i++)
        if (strcmp(bl_type_name(types[i]), name) == 0) {
            *type = types[i];
            return true;
        }
    return false;
}

static bool add_levels(struct restoring *r, struct bl_source *s, const json_t *levels)
{
    if (s->type != BL_CATEGORICAL)
        return true;
    if (!(s->levels = bl_names_create()))
        return bl_fail_memory(r->err, "the levels of a category");
    for (size_t i = 0; i < json_array_size(levels); i++) {
        const json_t *one = json_array_get(levels, i);
        if (!json_is_string(one) || bl_names_add(s->levels, json_string_value(one), json_string_length(one)) != i)
            return bad(r, "levels of a category that are no different texts");
    }
    return true;
}

static bool add_source(struct restoring *r, const json_t *one)
{
    struct bl_source *s = &r->fit->sources[r->fit->n_sources];
    const char *name = text_of(one, "name");

    if (!name || !type_of(text_of(one, "type"), &s->type))
        return bad(r, "a column without name or type");
    r->fit->n_sources++;
    if (!(s->name = bl_strdup(name)))
        return bl_fail_memory(r->err, "the recipe");
    return add_levels(r, s, json_object_get(one, "levels"));
}

static bool add_sources(struct restoring *r, const json_t *list)
{
    bool ok = json_is_array(list);

    if (!ok)
        return bad(r, "no list of columns");
    if (!(r->fit->sources = bl_calloc(json_array_size(list) + 1, sizeof *r->fit->sources)))
        return bl_fail_memory(r->err, "the recipe");
    for (size_t i = 0; ok && i < json_array_size(list); i++)
        ok = add_source(r, json_array_get(list, i));
    return ok;
}

/* ---- what operations share ---------------------------------------------------------------------- */

static const struct bl_codec_type *codec_find(const char *name)
{
    for (size_t i = 0; name && bl_steps[i]; i++)
        for (size_t k = 0; k < sizeof bl_steps[i]->ops / sizeof *bl_steps[i]->ops && bl_steps[i]->ops[k]; k++)
            if (bl_steps[i]->ops[k]->codec && strcmp(bl_steps[i]->ops[k]->codec->name, name) == 0)
                return bl_steps[i]->ops[k]->codec;
    return NULL;
}

static bool add_names(struct restoring *r, struct bl_codec *c, const json_t *names)
{
    if (!json_is_array(names))
        return true;
    if (!(c->names = bl_names_create()))
        return bl_fail_memory(r->err, "the recipe");
    for (size_t i = 0; i < json_array_size(names); i++) {
        const json_t *one = json_array_get(names, i);
        if (!json_is_string(one) || bl_names_add(c->names, json_string_value(one), json_string_length(one)) != i)
            return bad(r, "words that are no different texts");
    }
    return true;
}

static bool add_codec(struct restoring *r, const json_t *one)
{
    const struct bl_codec_type *type = codec_find(text_of(one, "type"));
    size_t source = index_of(json_object_get(one, "source"), r->fit->n_sources);
    size_t n = index_of(json_object_get(one, "numbers"), r->n_numbers - r->at + 1);
    struct bl_codec *c;

    if (!type || source == SIZE_MAX || n == SIZE_MAX)
        return bad(r, "what operations share has no known type, column or numbers");
    if (!(c = bl_fit_codec(r->fit, type, source, r->err)))
        return false;
    if (!(c->numbers = bl_calloc(n + 1, sizeof *c->numbers)))
        return bl_fail_memory(r->err, "the recipe");
    c->n_numbers = n;
    if (n > 0)
        memcpy(c->numbers, r->numbers + r->at, n * sizeof *c->numbers);
    r->at += n;
    return add_names(r, c, json_object_get(one, "names")) &&
           (type->good(c, &r->fit->sources[source]) || bad(r, "words or numbers that operations can not share"));
}

/* Those that a step selected: ascending, and each one of the table's. What is left out costs no memory. */
static bool keep_selected(struct restoring *r, const json_t *kept, size_t n, size_t of)
{
    struct bl_fit_sparse *to = &r->fit->sparse;

    if (json_array_size(kept) != n || of > bl_memory_limit() / sizeof *to->place)
        return bad(r, "selected columns that are not counted");
    if (!(to->place = bl_calloc(of + 1, sizeof *to->place)) || !(to->names = bl_calloc(n + 1, sizeof *to->names)))
        return bl_fail_memory(r->err, "the sparse columns");
    for (size_t j = 0, next = 0; j < n; j++) {
        const size_t c = index_of(json_array_get(kept, j), of);

        if (c == SIZE_MAX || c < next)
            return bad(r, "a selected column that is not one of the table's");
        if (!(to->names[j] = bl_fit_sparse_name(r->fit, to->first + (int64_t)c)))
            return bl_fail_memory(r->err, "the sparse columns");
        to->place[c] = (uint32_t)j + 1;
        next = c + 1;
    }
    to->n = n;
    to->of = of;
    return true;
}

/* A number for each column is there: that bounds how many there can be. */
static bool add_sparse(struct restoring *r, const json_t *all)
{
    const json_t *selected = json_object_get(all, "selected"), *sparse = selected ? selected : json_object_get(all, "sparse");
    struct bl_fit_sparse *to = &r->fit->sparse;
    const size_t n = index_of(json_object_get(sparse, "features"), r->n_numbers - r->at + 1);
    const size_t first = index_of(json_object_get(sparse, "first"), (size_t)SPARSE_FIRST_MOST + 1);
    const size_t of = selected ? index_of(json_object_get(selected, "of"), (size_t)SPARSE_FIRST_MOST + 1) : n;

    if (!sparse)
        return true;
    if (n == SIZE_MAX || n == 0 || first == SIZE_MAX || of == SIZE_MAX)
        return bad(r, "sparse columns that are not counted, or have no scales");
    for (size_t i = 0; i < n; i++)
        if (!isfinite(r->numbers[r->at + i]) || r->numbers[r->at + i] <= 0)
            return bad(r, "the scale of a sparse column is not above 0");
    if (!(to->scale = bl_calloc(n + 1, sizeof *to->scale)))
        return bl_fail_memory(r->err, "the scales of sparse columns");
    memcpy(to->scale, r->numbers + r->at, n * sizeof *to->scale);
    r->at += n;
    to->first = (int64_t)first;
    return selected ? keep_selected(r, json_object_get(selected, "kept"), n, of) : bl_fit_name_sparse(r->fit, n, (int64_t)first, r->err);
}

/* ---- nodes --------------------------------------------------------------------------------------- */

static const struct bl_op *op_find(const char *name)
{
    for (size_t i = 0; name && bl_steps[i]; i++)
        for (size_t k = 0; k < sizeof bl_steps[i]->ops / sizeof *bl_steps[i]->ops && bl_steps[i]->ops[k]; k++)
            if (bl_steps[i]->ops[k]->good && strcmp(bl_steps[i]->ops[k]->name, name) == 0)
                return bl_steps[i]->ops[k];
    return NULL;
}

/* The source whose values come to a node, through maps alone; SIZE_MAX: they come from several. */
static size_t source_of(const struct bl_fit *f, size_t at)
{
    while (f->nodes[at].op && f->nodes[at].op->map)
        at = f->nodes[at].input;
    return f->nodes[at].op ? SIZE_MAX : f->nodes[at].input;
}

/* What is shared reads the levels of one source: the node must stand behind that. */
static bool find_codec(struct restoring *r, const json_t *one, struct bl_node *node)
{
    const json_t *number = json_object_get(one, "codec");
    size_t at = index_of(number, r->fit->n_codecs);

    if (!number)
        return true;
    if (at == SIZE_MAX)
        return bad(r, "an operation that shares what is not there");
    node->codec = r->fit->codecs[at];
    return !node->codec->type->bind || source_of(r->fit, node->input) == node->codec->source ||
           bad(r, "an operation that reads another column than what it shares");
}

static bool add_work(struct restoring *r, const json_t *one, const size_t *inputs, size_t n)
{
    const struct bl_op *op = op_find(text_of(one, "op"));
    size_t numbers = index_of(json_object_get(one, "numbers"), r->n_numbers - r->at + 1);
    struct bl_node node = {.op = op, .input = n ? inputs[0] : 0, .inputs = inputs, .n_inputs = n};
    const double *own = r->n_numbers ? r->numbers + r->at : NULL;

    if (!op || n == 0 || (op->map && n != 1))
        return bad(r, "an operation that is not known, or without inputs");
    if (!find_codec(r, one, &node))
        return false;
    if (numbers == SIZE_MAX || !bl_node_good(&node, own, numbers))
        return bad(r, "numbers that do not fit their operation");
    if (op->map)
        node.n_inputs = 0;
    r->at += numbers;
    return bl_fit_node(r->fit, node, own, numbers, r->err);
}

static bool add_node(struct restoring *r, const json_t *one)
{
    const json_t *source = json_object_get(one, "source"), *list = json_object_get(one, "inputs");
    size_t n = json_array_size(list), *inputs, at = index_of(source, r->fit->n_sources);
    bool ok = true;

    if (source)
        return at != SIZE_MAX ? bl_fit_node(r->fit, (struct bl_node){.input = at}, NULL, 0, r->err)
                              : bad(r, "a column that it does not have");
    if (!(inputs = bl_calloc(n + 1, sizeof *inputs)))
        return bl_fail_memory(r->err, "the recipe");
    for (size_t i = 0; ok && i < n; i++) {
        inputs[i] = index_of(json_array_get(list, i), r->fit->n_nodes);
        ok = inputs[i] != SIZE_MAX || bad(r, "an input that comes later");
        if (ok && r->depth[inputs[i]] >= r->depth[r->fit->n_nodes])
            r->depth[r->fit->n_nodes] = r->depth[inputs[i]] + 1;
    }
    if (ok && r->depth[r->fit->n_nodes] > DEPTH_MAX)
        ok = bad(r, "too many operations behind one another");
    ok = ok && add_work(r, one, inputs, n);
    bl_free(inputs);
    return ok;
}

static bool add_feature(struct restoring *r, const json_t *one)
{
    struct bl_frame_column c = {.name = kept_text(r, json_object_get(one, "name")),
                                .kind = BL_KIND_NUMBER,
                                .encoded = json_is_true(json_object_get(one, "encoded")),
                                .node = index_of(json_object_get(one, "node"), r->fit->n_nodes),
                                .source = index_of(json_object_get(one, "source"), r->fit->n_sources)};

    if (!c.name || c.node == SIZE_MAX || c.source == SIZE_MAX)
        return bad(r, "a feature without name, node or column");
    return bl_fit_column(r->fit, &c, r->err);
}

static bool add_each(struct restoring *r, const json_t *list, bool (*add)(struct restoring *, const json_t *), const char *what)
{
    bool ok = json_is_array(list) || bad(r, what);

    for (size_t i = 0; ok && i < json_array_size(list); i++)
        ok = add(r, json_array_get(list, i));
    return ok;
}

static bool add_codecs(struct restoring *r, const json_t *list)
{
    return !list || add_each(r, list, add_codec, "no list of what operations share");
}

static bool restore(struct restoring *r, const json_t *all)
{
    struct bl_fit *f = r->fit;

    r->depth = bl_calloc(json_array_size(json_object_get(all, "nodes")) + 1, sizeof *r->depth);
    f->compressed = json_is_true(json_object_get(all, "compressed"));
    if (!r->depth || !(f->texts = bl_arena_create(4096)))
        return bl_fail_memory(r->err, "the recipe");
    return add_sources(r, json_object_get(all, "sources")) && add_codecs(r, json_object_get(all, "codecs")) &&
           add_each(r, json_object_get(all, "nodes"), add_node, "no list of nodes") &&
           add_each(r, json_object_get(all, "features"), add_feature, "no list of features") &&
           add_steps(r, json_object_get(all, "steps")) && add_sparse(r, all) &&
           (r->at == r->n_numbers || bad(r, "numbers are left over")) &&
           (f->n_columns + f->sparse.n > 0 || bad(r, "it has no feature")) && bl_fit_mark_used(f, r->err);
}

struct bl_recipe *bl_recipe_restore(const char *text, const double *numbers, size_t n_numbers, struct bl_error *err)
{
    struct restoring r = {bl_recipe_create(), bl_calloc(1, sizeof(struct bl_fit)), numbers, n_numbers, 0, err, NULL};
    json_t *all = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    bool ok = r.recipe && r.fit;

    if (!ok)
        bl_fail_memory(err, "the recipe");
    if (r.fit)
        r.fit->owners = 1;
    ok = ok && (all ? restore(&r, all) : bad(&r, "it is no JSON"));
    json_decref(all);
    bl_free(r.depth);
    if (ok) {
        r.recipe->fit = r.fit;
        return r.recipe;
    }
    bl_fit_release(r.fit);
    bl_recipe_free(r.recipe);
    return NULL;
}
