/* A model taken apart for exporters. The recipe comes from its text, so that what is exported is what an artifact
 * holds; the numbers of parameters stay where they are. */
#include "src/keep/export.h"

#include <string.h>

static bool no_memory(struct bl_error *err)
{
    return bl_fail_memory(err, "the exported model");
}

/* ---- recipe --------------------------------------------------------------------------------------------- */

static bool read_source(struct bl_plan *p, struct bl_plan_source *s, const json_t *one)
{
    const json_t *levels = json_object_get(one, "levels");
    const char *type = json_string_value(json_object_get(one, "type"));
    size_t n = json_array_size(levels);

    *s = (struct bl_plan_source){.name = json_string_value(json_object_get(one, "name")), .n_levels = n, .column = SIZE_MAX};
    s->type = strcmp(type, bl_type_name(BL_CATEGORICAL)) == 0 ? BL_CATEGORICAL
            : strcmp(type, bl_type_name(BL_DATETIME)) == 0    ? BL_DATETIME
            : strcmp(type, bl_type_name(BL_NUMERIC)) == 0     ? BL_NUMERIC
                                                              : BL_TEXT_COLUMN;
    if (!(s->levels = bl_arena_take(p->arena, n + 1, sizeof *s->levels)))
        return false;
    for (size_t i = 0; i < n; i++)
        s->levels[i] = json_string_value(json_array_get(levels, i));
    return true;
}

static bool read_codec(struct bl_plan *p, struct bl_plan_codec *c, const json_t *one, size_t *at)
{
    const json_t *names = json_object_get(one, "names");
    size_t n = json_array_size(names);

    *c = (struct bl_plan_codec){.type = json_string_value(json_object_get(one, "type")), .n_names = n, .numbers = p->stored.numbers + *at,
                                .source = (size_t)json_integer_value(json_object_get(one, "source")),
                                .n_numbers = (size_t)json_integer_value(json_object_get(one, "numbers"))};
    *at += c->n_numbers;
    if (!json_is_array(names))
        return true;
    if (!(c->names = bl_arena_take(p->arena, n + 1, sizeof *c->names)))
        return false;
    for (size_t i = 0; i < n; i++)
        c->names[i] = json_string_value(json_array_get(names, i));
    return true;
}

static bool read_codecs(struct bl_plan *p, size_t *at)
{
    const json_t *codecs = json_object_get(p->text, "codecs");
    bool ok;

    p->n_codecs = json_array_size(codecs);
    ok = (p->codecs = bl_arena_take(p->arena, p->n_codecs + 1, sizeof *p->codecs)) != NULL;
    for (size_t i = 0; ok && i < p->n_codecs; i++)
        ok = read_codec(p, &p->codecs[i], json_array_get(codecs, i), at);
    return ok;
}

static bool read_node(struct bl_plan *p, struct bl_plan_node *node, const json_t *one, size_t *at)
{
    const json_t *source = json_object_get(one, "source"), *inputs = json_object_get(one, "inputs"), *codec = json_object_get(one, "codec");
    size_t n = source ? 1 : json_array_size(inputs), *list = bl_arena_take(p->arena, n + 1, sizeof *list);

    if (!list)
        return false;
    for (size_t i = 0; i < n; i++)
        list[i] = (size_t)json_integer_value(source ? source : json_array_get(inputs, i));
    *node = (struct bl_plan_node){.op = json_string_value(json_object_get(one, "op")), .inputs = list, .n_inputs = n,
                                  .numbers = p->stored.numbers + *at,
                                  .n_numbers = (size_t)json_integer_value(json_object_get(one, "numbers")),
                                  .codec = codec ? (size_t)json_integer_value(codec) : SIZE_MAX};
    *at += node->n_numbers;
    return true;
}

static bool read_nodes(struct bl_plan *p)
{
    const json_t *sources = json_object_get(p->text, "sources"), *nodes = json_object_get(p->text, "nodes");
    const json_t *features = json_object_get(p->text, "features");
    size_t at = 0;

    p->n_sources = json_array_size(sources);
    p->n_nodes = json_array_size(nodes);
    p->n_features = json_array_size(features);
    p->sources = bl_arena_take(p->arena, p->n_sources + 1, sizeof *p->sources);
    p->columns = bl_arena_take(p->arena, p->n_sources + 1, sizeof *p->columns);
    p->nodes = bl_arena_take(p->arena, p->n_nodes + 1, sizeof *p->nodes);
    p->features = bl_arena_take(p->arena, p->n_features + 1, sizeof *p->features);
    if (!p->sources || !p->columns || !p->nodes || !p->features || !read_codecs(p, &at))
        return false;
    for (size_t i = 0; i < p->n_sources; i++)
        if (!read_source(p, &p->sources[i], json_array_get(sources, i)))
            return false;
    for (size_t i = 0; i < p->n_nodes; i++)
        if (!read_node(p, &p->nodes[i], json_array_get(nodes, i), &at))
            return false;
    for (size_t i = 0; i < p->n_features; i++)
        p->features[i] = (size_t)json_integer_value(json_object_get(json_array_get(features, i), "node"));
    return true;
}

/* Which nodes the features are made of, and which columns these read. */
static void mark_needed(struct bl_plan *p)
{
    for (size_t i = 0; i < p->n_features; i++)
        p->nodes[p->features[i]].needed = true;
    for (size_t at = p->n_nodes; at-- > 0;) {
        const struct bl_plan_node *node = &p->nodes[at];
        if (node->needed && !node->op)
            p->sources[node->inputs[0]].column = 0;
        if (node->needed && node->codec != SIZE_MAX)
            p->codecs[node->codec].needed = true;
        for (size_t i = 0; node->needed && node->op && i < node->n_inputs; i++)
            p->nodes[node->inputs[i]].needed = true;
    }
    for (size_t i = 0; i < p->n_nodes; i++)
        if (p->nodes[i].needed)
            p->nodes[i].place = p->n_needed++;
    for (size_t i = 0; i < p->n_sources; i++)
        if (p->sources[i].column != SIZE_MAX) {
            p->sources[i].column = p->n_columns;
            p->columns[p->n_columns++] = i;
        }
}

/* ---- model ------------------------------------------------------------------------------------------------ */

static bool find_link(struct bl_plan *p, struct bl_error *err)
{
    static const struct { const char *name; enum bl_link link; } links[] = {
        {"linear", BL_LINK_VALUE}, {"huber", BL_LINK_VALUE}, {"quantile", BL_LINK_VALUE}, {"poisson", BL_LINK_EXP},
        {"logistic", BL_LINK_LOGISTIC}, {"softmax", BL_LINK_SOFTMAX}, {"svm", BL_LINK_SCORE}, {"svm2", BL_LINK_SCORE},
    };
    const struct bl_objective *o = p->model->objective;
    size_t i = 0;

    if (o->network) {
        p->link = o->n_classes == 0 ? BL_LINK_VALUE : o->n_classes == 2 ? BL_LINK_LOGISTIC : BL_LINK_SOFTMAX;
        return true;
    }
    while (i < sizeof links / sizeof *links && strcmp(links[i].name, o->type->name) != 0)
        i++;
    if (i < sizeof links / sizeof *links) {
        p->link = links[i].link;
        return true;
    }
    bl_fail(err, BL_STATE, "model %s can not be exported", o->type->name);
    return bl_hint(err, "save NAME keeps it");
}

static bool read_layers(struct bl_plan *p)
{
    const struct bl_objective *o = p->model->objective;
    size_t n = o->network ? bl_objective_n_layers(o) : 1;

    if (!(p->layers = bl_arena_take(p->arena, n, sizeof *p->layers)))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct bl_layer_view v = {.type = "margins", .in = o->d, .out = o->k, .n_params = o->n_params};
        if (o->network)
            v = bl_objective_layer(o, i);
        if (strcmp(v.type, "dropout") != 0)
            p->layers[p->n_layers++] = (struct bl_plan_layer){v.type, v.in, v.out, v.n_params == v.out * (v.in + 1), p->model->theta + v.at};
    }
    p->margins = o->k;
    p->n_outputs = p->link == BL_LINK_LOGISTIC || p->link == BL_LINK_SOFTMAX ? o->n_classes : 1;
    return true;
}

/* ---- all ---------------------------------------------------------------------------------------------------- */

bool bl_plan_make(struct bl_plan *p, const struct bl_kept_parts *model, struct bl_error *err)
{
    *p = (struct bl_plan){.model = model, .arena = bl_arena_create(1 << 16)};
    if (!p->arena)
        return no_memory(err);
    if (!find_link(p, err) || !bl_recipe_store(model->recipe, &p->stored, err)) {
        bl_plan_free(p);
        return false;
    }
    p->text = json_loads(p->stored.text, 0, NULL);
    if (!p->text || !read_nodes(p) || !read_layers(p)) {
        bl_plan_free(p);
        return no_memory(err);
    }
    mark_needed(p);
    return true;
}

void bl_plan_free(struct bl_plan *p)
{
    json_decref(p->text);
    bl_stored_free(&p->stored);
    bl_arena_free(p->arena);
    *p = (struct bl_plan){0};
}

size_t bl_plan_class(const struct bl_plan *p, size_t c)
{
    return bl_roles_class(p->model->roles, c); /* at most two are exchanged: the map is its own inverse */
}

bool bl_plan_refuse(const char *op, const char *kind, struct bl_error *err)
{
    const char *how = strcmp(op, "impute.knn") == 0 ? " method=knn" : "";

    bl_fail(err, BL_STATE, "the step %.*s%s of the recipe can not be exported as %s: there is no operation for it", (int)strcspn(op, "."), op, how,
            kind);
    return bl_hint(err, "export c FILE.c takes every step; or save NAME, then predict FILE out=FILE; or another step in its place (recipe shows it)");
}

bool bl_plan_dense(const struct bl_kept_parts *model, const char *kind, struct bl_error *err)
{
    int64_t first;
    const size_t n = bl_recipe_sparse(model->recipe, &first);

    if (n == 0)
        return true;
    bl_fail(err, BL_STATE, "a model of %zu sparse columns can not be exported as %s: its rows would have a cell for each", n, kind);
    return bl_hint(err, "save NAME, then open NAME and predict FILE.svm out=FILE; or load FILE sparse=no, and train again");
}
