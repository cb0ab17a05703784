/* From a trained model to the bytes of its file. */
#include "src/keep/form.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";

/* JSON inside JSON: metadata holds texts alone. Takes the value over. */
static void set_json(json_t *metadata, const char *key, json_t *value, bool *ok)
{
    char *text = value ? json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(17) | JSON_ENCODE_ANY) : NULL;

    json_decref(value);
    *ok = *ok && text && json_object_set_new(metadata, key, json_string(text)) == 0;
    free(text);
}

static void set_text(json_t *metadata, const char *key, const char *text, bool *ok)
{
    *ok = *ok && json_object_set_new(metadata, key, json_string(text)) == 0;
}

static json_t *classes_json(const struct bl_roles *r)
{
    json_t *list = json_array();

    for (size_t i = 0; i < r->n_classes; i++)
        if (json_array_append_new(list, json_string(r->classes[i]))) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static json_t *features_json(const struct bl_recipe *r)
{
    json_t *list = json_array();

    for (size_t j = 0; j < bl_recipe_features(r); j++)
        json_array_append_new(list, json_string(bl_recipe_feature(r, j)));
    return list;
}

static json_t *schema_json(const struct bl_recipe *r)
{
    json_t *list = json_array();
    const char *name;
    enum bl_type type;

    for (size_t i = 0; bl_recipe_reads(r, i, &name, &type); i++)
        json_array_append_new(list, json_pack("{ss ss}", "name", name, "type", bl_type_name(type)));
    return list;
}

static json_t *network_json(const struct bl_network_spec *s)
{
    json_t *one = json_object(), *hidden = json_array();
    char number[40];

    for (size_t i = 0; i < s->n_hidden; i++)
        json_array_append_new(hidden, json_integer((json_int_t)s->hidden[i]));
    json_object_set_new(one, "hidden", hidden);
    json_object_set_new(one, "activation", json_string(bl_network_word(s, "activation")));
    json_object_set_new(one, "norm", json_string(bl_network_word(s, "norm")));
    json_object_set_new(one, "dropout", json_string(bl_number_full(number, sizeof number, s->dropout)));
    json_object_set_new(one, "init", json_string(bl_network_values("init")[s->init]));
    json_object_set_new(one, "precision", json_string(bl_network_values("precision")[s->single]));
    json_object_set_new(one, "math", json_string(bl_network_values("math")[s->portable]));
    return one;
}

static json_t *hyper_json(const struct bl_objective *o)
{
    json_t *one = json_pack("{sb sf sf}", "intercept", (int)o->intercept, "l2", o->l2, "l1", o->l1), *keys = json_object();

    for (size_t i = 0; o->type->hyper && i < BL_MODEL_KEYS && o->type->hyper[i].name; i++)
        json_object_set_new(keys, o->type->hyper[i].name, json_real(o->hyper[i]));
    json_object_set_new(one, "keys", keys);
    if (o->network)
        json_object_set_new(one, "network", network_json(bl_objective_spec(o)));
    return one;
}

static json_t *metadata_json(const struct bl_kept_parts *p, const char *recipe)
{
    json_t *m = json_object();
    bool ok = m != NULL;

    set_text(m, "batchlab", BL_KEPT_FORMAT, &ok);
    set_text(m, "digest", zeros, &ok);
    set_text(m, "model", p->objective->type->name, &ok);
    set_text(m, "task", bl_task_name(p->roles->task), &ok);
    set_text(m, "target", p->target, &ok);
    set_json(m, "classes", classes_json(p->roles), &ok);
    set_json(m, "positive", p->roles->n_classes == 2 ? json_integer((json_int_t)p->roles->positive) : json_null(), &ok);
    set_json(m, "features", features_json(p->recipe), &ok);
    set_json(m, "schema", schema_json(p->recipe), &ok);
    set_text(m, "recipe", recipe, &ok);
    set_json(m, "hyper", hyper_json(p->objective), &ok);
    set_text(m, "metrics", p->metrics, &ok);
    set_text(m, "provenance", p->provenance, &ok);
    if (ok)
        return m;
    json_decref(m);
    return NULL;
}

static json_t *tensor_json(size_t rows, size_t columns, size_t *at)
{
    size_t begin = *at;
    json_t *shape = rows ? json_pack("[II]", (json_int_t)rows, (json_int_t)columns) : json_pack("[I]", (json_int_t)columns);

    *at += (rows ? rows : 1) * columns * sizeof(double);
    return json_pack("{ss so s[II]}", "dtype", "F64", "shape", shape, "data_offsets", (json_int_t)begin, (json_int_t)*at);
}

static bool encode(const struct bl_kept_parts *p, const struct bl_stored *recipe, char **bytes, size_t *n, struct bl_error *err)
{
    const struct bl_objective *o = p->objective;
    const double *numbers[] = {p->theta, recipe->numbers};
    const size_t lengths[] = {o->n_params, recipe->n_numbers}, tensors = recipe->n_numbers ? 2 : 1;
    json_t *header = json_object(), *metadata = metadata_json(p, recipe->text);
    size_t at = 0;

    if (!metadata) {
        json_decref(header);
        bl_fail(err, BL_DATA, "a name of the model is not UTF-8 text, and can not be kept in a file");
        return bl_hint(err, "load FILE encoding=latin1");
    }
    json_object_set_new(header, "__metadata__", metadata);
    json_object_set_new(header, "parameters", o->network ? tensor_json(0, o->n_params, &at) : tensor_json(o->k, o->n_params / o->k, &at));
    if (recipe->n_numbers)
        json_object_set_new(header, "recipe", tensor_json(0, recipe->n_numbers, &at));
    return bl_tensors_write(header, numbers, lengths, tensors, bytes, n, err);
}

bool bl_kept_encode(const struct bl_kept_parts *p, char **bytes, size_t *n, char sha256[65], struct bl_error *err)
{
    struct bl_stored recipe;
    struct bl_sha256 sum;
    bool ok;

    *bytes = NULL;
    for (size_t i = 0; i < p->objective->n_params; i++)
        if (!isfinite(p->theta[i])) {
            bl_fail(err, BL_STATE, "parameter %zu of the model is not finite: such a model is not kept", i);
            return bl_hint(err, "back 1, or train with a lower lr");
        }
    if (!bl_recipe_store(p->recipe, &recipe, err))
        return false;
    ok = encode(p, &recipe, bytes, n, err);
    bl_stored_free(&recipe);
    if (!ok)
        return false;
    bl_sha256_start(&sum);
    bl_sha256_add(&sum, *bytes, *n);
    bl_sha256_end(&sum, sha256);
    return true;
}
