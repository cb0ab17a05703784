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
    int64_t first;

    for (size_t j = 0; j < bl_recipe_features(r) - bl_recipe_sparse(r, &first); j++)
        json_array_append_new(list, json_string(bl_recipe_feature(r, j)));
    return list;
}

static json_t *sparse_json(const struct bl_recipe *r)
{
    int64_t first;
    const json_int_t n = (json_int_t)bl_recipe_sparse(r, &first);
    const json_int_t of = (json_int_t)bl_recipe_sparse_of(r);

    if (n < of)
        return json_pack("{sI sI sI}", "first", (json_int_t)first, "features", n, "of", of);
    return json_pack("{sI sI}", "first", (json_int_t)first, "features", n);
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
    int64_t first;

    set_text(m, "batchlab", BL_KEPT_FORMAT_FIRST, &ok);
    set_text(m, "digest", zeros, &ok);
    set_text(m, "model", p->objective->type->name, &ok);
    set_text(m, "task", bl_task_name(p->roles->task), &ok);
    set_text(m, "target", p->target, &ok);
    set_json(m, "classes", classes_json(p->roles), &ok);
    set_json(m, "positive", p->roles->n_classes == 2 ? json_integer((json_int_t)p->roles->positive) : json_null(), &ok);
    set_json(m, "features", features_json(p->recipe), &ok);
    if (bl_recipe_sparse(p->recipe, &first))
        set_json(m, "sparse", sparse_json(p->recipe), &ok);
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

/* ---- tensors --------------------------------------------------------------------------------------------- */

#define TENSORS_MOST 8
static const char *const texts[] = {"features", "schema", "recipe", "classes", "provenance", "metrics"}; /* that may be long */

struct laying { /* tensors one after the other */
    json_t *header, *metadata;
    struct bl_tensor_data data[TENSORS_MOST];
    size_t n, at;
    char *moved[sizeof texts / sizeof *texts];
};

static bool lay(struct laying *l, const char *name, size_t rows, struct bl_tensor_data data)
{
    const size_t begin = l->at;
    json_t *shape = rows ? json_pack("[II]", (json_int_t)rows, (json_int_t)(data.n / rows)) : json_pack("[I]", (json_int_t)data.n);

    l->at += data.n * (data.numbers ? sizeof(double) : 1);
    l->data[l->n++] = data;
    return json_object_set_new(l->header, name, json_pack("{ss so s[II]}", "dtype", data.numbers ? "F64" : "U8", "shape", shape, "data_offsets",
                                                          (json_int_t)begin, (json_int_t)l->at)) == 0;
}

/* A text that is too long for the header becomes a tensor. */
static bool lay_text(struct laying *l, size_t which)
{
    const char *key = texts[which], *text = json_string_value(json_object_get(l->metadata, key));
    char name[32];

    if (!text || strlen(text) <= BL_KEPT_TEXT_MOST)
        return true;
    if (!(l->moved[which] = bl_strdup(text)) || json_object_del(l->metadata, key) != 0)
        return false;
    snprintf(name, sizeof name, "%s.json", key);
    return lay(l, name, 0, (struct bl_tensor_data){.bytes = l->moved[which], .n = strlen(l->moved[which])});
}

static bool lay_all(struct laying *l, const struct bl_kept_parts *p, const struct bl_stored *recipe)
{
    const struct bl_objective *o = p->objective;
    bool ok = lay(l, "parameters", o->network ? 0 : o->k, (struct bl_tensor_data){.numbers = p->theta, .n = o->n_params});

    if (recipe->n_numbers)
        ok = ok && lay(l, "recipe", 0, (struct bl_tensor_data){.numbers = recipe->numbers, .n = recipe->n_numbers});
    for (size_t i = 0; ok && i < sizeof texts / sizeof *texts; i++)
        ok = lay_text(l, i);
    return ok;
}

/* What the first format does not have. */
static bool needs_second(const struct laying *l, const struct bl_stored *recipe)
{
    bool moved = false;

    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        moved |= l->moved[i] != NULL;
    return moved || recipe->shares;
}

static bool encode(const struct bl_kept_parts *p, const struct bl_stored *recipe, char **bytes, size_t *n, struct bl_error *err)
{
    struct laying l = {.header = json_object(), .metadata = metadata_json(p, recipe->text)};
    bool ok;

    if (!l.metadata) {
        json_decref(l.header);
        bl_fail(err, BL_DATA, "a name of the model is not UTF-8 text, and can not be kept in a file");
        return bl_hint(err, "load FILE encoding=latin1");
    }
    ok = json_object_set_new(l.header, "__metadata__", l.metadata) == 0 && lay_all(&l, p, recipe);
    if (ok && needs_second(&l, recipe))
        set_text(l.metadata, "batchlab", BL_KEPT_FORMAT, &ok);
    if (ok)
        ok = bl_tensors_write(l.header, l.data, l.n, bytes, n, err);
    else {
        json_decref(l.header);
        bl_fail_memory(err, "the model file");
    }
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        bl_free(l.moved[i]);
    return ok;
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
