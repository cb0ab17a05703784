/* From the bytes of a file to a model that predicts: what the file means, checked word by word. */
#include "src/keep/form.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define DECODE_TEXTS 16

struct decoding {
    struct bl_kept *kept;
    struct bl_tensors tensors;
    char *texts[DECODE_TEXTS]; /* of tensors */
    size_t n_texts;
    const char *label;
    struct bl_error *err;
};

static bool bad(const struct decoding *d, const char *what)
{
    bl_fail_at(d->err, BL_DATA, d->label, 0, 0, "this model can not be used: %s", what);
    return bl_hint(d->err, "models lists what the registry holds");
}

static const char *word(const struct decoding *d, const char *key)
{
    return json_string_value(json_object_get(d->tensors.metadata, key));
}

/* A text of the metadata or, where that has none, of the tensor in its place; NULL: there is none. */
static const char *long_word(struct decoding *d, const char *key)
{
    const char *text = word(d, key);
    char name[32];

    if (text || d->n_texts == DECODE_TEXTS)
        return text;
    snprintf(name, sizeof name, "%s.json", key);
    if (!bl_tensors_text(&d->tensors, name, &d->texts[d->n_texts], d->label, d->err) || !d->texts[d->n_texts])
        return NULL;
    return d->texts[d->n_texts++];
}

/* JSON that is such a text; to be released. */
static json_t *value(struct decoding *d, const char *key)
{
    const char *text = long_word(d, key);

    return text ? json_loads(text, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL) : NULL;
}

static bool copy_word(struct decoding *d, const char *key, char **to)
{
    const char *text = long_word(d, key);

    if (!text)
        return bad(d, key);
    return (*to = bl_strdup(text)) || bl_fail_memory(d->err, d->label);
}

static bool check_format(const struct decoding *d)
{
    const char *format = word(d, "batchlab");

    if (!format)
        return bad(d, "it was not written by batchlab");
    if (strcmp(format, BL_KEPT_FORMAT) == 0 || strcmp(format, BL_KEPT_FORMAT_FIRST) == 0)
        return true;
    bl_fail_at(d->err, BL_DATA, d->label, 0, 0, "this model has format '%.20s', and this batchlab reads formats " BL_KEPT_FORMAT_FIRST
               " and " BL_KEPT_FORMAT, format);
    return bl_hint(d->err, "open it with the batchlab that wrote it");
}

/* ---- task and classes --------------------------------------------------------------------------------- */

static bool fill_classes(struct decoding *d, const json_t *list)
{
    struct bl_roles *r = &d->kept->roles;
    size_t n = json_array_size(list);

    if (n == 0)
        return true;
    if (!(r->classes = bl_calloc(n, sizeof *r->classes)))
        return bl_fail_memory(d->err, d->label);
    r->n_classes = n;
    for (size_t i = 0; i < n; i++) {
        const char *text = json_string_value(json_array_get(list, i));
        if (!text)
            return bad(d, "a class without a name");
        if (!(r->classes[i] = bl_strdup(text)))
            return bl_fail_memory(d->err, d->label);
    }
    return true;
}

static bool read_classes(struct decoding *d)
{
    struct bl_roles *r = &d->kept->roles;
    const char *task = word(d, "task");
    json_t *list = value(d, "classes"), *positive = value(d, "positive");
    bool ok = task && json_is_array(list) && fill_classes(d, list);

    r->target = r->weight = r->positive = SIZE_MAX;
    if (ok)
        r->task = strcmp(task, bl_task_name(BL_CLASSIFICATION)) == 0 ? BL_CLASSIFICATION : BL_REGRESSION;
    if (ok && r->n_classes == 2 && json_is_integer(positive))
        r->positive = json_integer_value(positive) == 0 ? 0 : 1;
    ok = ok && (r->task == BL_CLASSIFICATION ? r->n_classes > 0 : r->n_classes == 0 && strcmp(task, bl_task_name(BL_REGRESSION)) == 0) &&
         (r->n_classes != 2 || r->positive != SIZE_MAX);
    json_decref(list);
    json_decref(positive);
    return ok || bad(d, "its task and classes do not fit together");
}

/* ---- the model ---------------------------------------------------------------------------------------- */

static bool read_hidden(struct bl_network_spec *s, const json_t *list)
{
    s->n_hidden = json_array_size(list);
    if (!json_is_array(list) || s->n_hidden > BL_HIDDEN_MAX)
        return false;
    for (size_t i = 0; i < s->n_hidden; i++) {
        json_int_t units = json_integer_value(json_array_get(list, i));
        if (units < 1 || units > 1000000)
            return false;
        s->hidden[i] = (size_t)units;
    }
    return true;
}

static bool read_network(struct decoding *d, const json_t *one)
{
    static const char *const keys[] = {"activation", "norm", "dropout", "init", "precision", "math", NULL};
    struct bl_network_spec s;
    size_t weights, last;

    bl_network_spec_init(&s);
    if (!read_hidden(&s, json_object_get(one, "hidden")))
        return bad(d, "its layers are no list of units");
    for (size_t i = 0; keys[i]; i++) {
        const char *text = json_string_value(json_object_get(one, keys[i]));
        bool known;
        if (!text || !bl_network_key(&s, keys[i], text, &known, NULL) || !known)
            return bad(d, "a setting of its network is not known");
    }
    /* No more weights than numbers that are there, before anything is built. */
    last = d->kept->objective.d;
    weights = 0;
    for (size_t i = 0; i < s.n_hidden; last = s.hidden[i++])
        if (__builtin_add_overflow(weights, last * s.hidden[i], &weights) || weights > BL_KEPT_FILE_MOST / sizeof(double))
            return bad(d, "its layers have more weights than a file may hold");
    return bl_objective_layers(&d->kept->objective, &s, d->err);
}

static bool read_keys(struct decoding *d, const struct bl_objective_type *type, const json_t *hyper)
{
    const json_t *keys = json_object_get(hyper, "keys");
    double values[BL_MODEL_KEYS] = {0};

    for (size_t i = 0; type->hyper && i < BL_MODEL_KEYS && type->hyper[i].name; i++) {
        const json_t *x = json_object_get(keys, type->hyper[i].name);
        if (!json_is_number(x))
            return bad(d, "a setting of the model is missing");
        values[i] = json_number_value(x);
    }
    return bl_objective_set(&d->kept->objective, json_number_value(json_object_get(hyper, "l1")), values, d->err);
}

/* An objective of one row of zeros: predicting looks at no row of it. */
static bool make_objective(struct decoding *d, const json_t *hyper)
{
    struct bl_kept *k = d->kept;
    const struct bl_objective_type *type = word(d, "model") ? bl_objective_find(word(d, "model")) : NULL;
    const json_t *intercept = json_object_get(hyper, "intercept");

    if (!type || !json_is_boolean(intercept))
        return bad(d, "its kind of model is not known here");
    k->blank = bl_matrix_create(1, bl_recipe_features(k->recipe), true, d->err);
    if (!k->blank || !bl_objective_init(&k->objective, type, k->blank, NULL, k->roles.n_classes, json_is_true(intercept),
                                        json_number_value(json_object_get(hyper, "l2")), k->target, d->err))
        return false;
    return read_keys(d, type, hyper) && (!type->network || read_network(d, json_object_get(hyper, "network")));
}

static bool read_parameters(struct decoding *d)
{
    struct bl_kept *k = d->kept;
    size_t n;

    if (!bl_tensors_numbers(&d->tensors, "parameters", false, &k->theta, &n, d->label, d->err))
        return false;
    return (k->theta && n == k->objective.n_params) || bad(d, "it has another number of parameters than its model and features need");
}

static bool read_model(struct decoding *d)
{
    json_t *hyper = value(d, "hyper");
    bool ok = json_is_object(hyper) ? make_objective(d, hyper) : bad(d, "it does not say what its settings are");

    json_decref(hyper);
    return ok && read_parameters(d);
}

static bool read_recipe(struct decoding *d)
{
    struct bl_kept *k = d->kept;

    return copy_word(d, "recipe", &k->recipe_text) &&
           bl_tensors_numbers(&d->tensors, "recipe", true, &k->recipe_numbers, &k->n_recipe_numbers, d->label, d->err) &&
           (k->recipe = bl_recipe_restore(k->recipe_text, k->recipe_numbers, k->n_recipe_numbers, d->err));
}

/* Features are told twice, so that other programs can read them: both must say the same. */
static bool check_features(struct decoding *d)
{
    json_t *list = value(d, "features"), *sparse = value(d, "sparse");
    int64_t first;
    const size_t n = bl_recipe_sparse(d->kept->recipe, &first), of = bl_recipe_sparse_of(d->kept->recipe);
    bool ok = json_array_size(list) == bl_recipe_features(d->kept->recipe) - n &&
              (n == 0 ? !sparse : json_integer_value(json_object_get(sparse, "features")) == (json_int_t)n &&
                                      json_integer_value(json_object_get(sparse, "first")) == (json_int_t)first &&
                                      json_integer_value(json_object_get(sparse, "of")) == (json_int_t)(n < of ? of : 0));

    for (size_t j = 0; ok && j < json_array_size(list); j++) {
        const char *name = json_string_value(json_array_get(list, j));
        ok = name && strcmp(name, bl_recipe_feature(d->kept->recipe, j)) == 0;
    }
    json_decref(list);
    json_decref(sparse);
    return ok || bad(d, "its list of features is not that of its recipe");
}

static bool decode(struct decoding *d)
{
    struct bl_kept *k = d->kept;

    return check_format(d) && copy_word(d, "target", &k->target) && copy_word(d, "metrics", &k->metrics) &&
           copy_word(d, "provenance", &k->provenance) && read_classes(d) && read_recipe(d) && check_features(d) && read_model(d);
}

struct bl_kept *bl_kept_decode(const char *bytes, size_t n, const char *label, struct bl_error *err)
{
    struct decoding d = {.label = label, .err = err};
    bool ok;

    if (!bl_tensors_read(&d.tensors, bytes, n, label, err))
        return NULL;
    ok = (d.kept = bl_calloc(1, sizeof *d.kept)) ? decode(&d) : bl_fail_memory(err, label);
    bl_tensors_done(&d.tensors);
    for (size_t i = 0; i < d.n_texts; i++)
        bl_free(d.texts[i]);
    if (ok)
        return d.kept;
    bl_kept_free(d.kept);
    /* What rooms below refuse in a user's words is here what the file says. */
    if (err && err->code != BL_MEMORY && err->code != BL_IO)
        err->code = BL_DATA;
    return NULL;
}

void bl_kept_free(struct bl_kept *k)
{
    if (!k)
        return;
    bl_objective_done(&k->objective);
    bl_matrix_free(k->blank);
    bl_recipe_free(k->recipe);
    bl_roles_free(&k->roles);
    bl_free(k->theta);
    bl_free(k->target);
    bl_free(k->metrics);
    bl_free(k->provenance);
    bl_free(k->recipe_text);
    bl_free(k->recipe_numbers);
    bl_free(k);
}

/* Sparse columns: as such, or some of them as columns of numbers. */
static bool fits_sparse(const struct bl_kept *k, const struct bl_table *t, struct bl_error *err)
{
    int64_t first, index;
    const size_t n = bl_recipe_sparse(k->recipe, &first) ? bl_recipe_sparse_of(k->recipe) : 0;
    bool any = n == 0 || t->sparse;

    for (size_t c = 0; !any && c < t->n_columns; c++) {
        const char *name = t->columns[c].name;
        any = t->columns[c].type == BL_NUMERIC && *name == 'f' && bl_integer_parse(name + 1, strlen(name + 1), &index) && index >= first &&
              (uint64_t)(index - first) < n;
    }
    if (any)
        return true;
    bl_fail(err, BL_DATA, "%s does not fit the model: it has none of the %zu sparse columns f%lld to f%lld", t->name, n, (long long)first,
            (long long)first + (long long)n - 1);
    return bl_hint(err, "predict FILE.svm reads them from lines of index:value");
}

bool bl_kept_fits(const struct bl_kept *k, const struct bl_table *t, struct bl_error *err)
{
    struct bl_text missing = {0}, other = {0};
    const char *name;
    enum bl_type type;
    bool ok;

    for (size_t i = 0; bl_recipe_reads(k->recipe, i, &name, &type); i++) {
        size_t at = bl_table_find(t, name);
        if (at == SIZE_MAX)
            bl_text_addf(&missing, "%s'%s'", missing.length ? ", " : "", name);
        else if (t->columns[at].type != type)
            bl_text_addf(&other, "%s'%s' is %s and was %s", other.length ? "; " : "", name, bl_type_name(t->columns[at].type),
                         bl_type_name(type));
    }
    ok = missing.length == 0 && other.length == 0;
    if (!ok) {
        bl_fail(err, BL_DATA, "%s does not fit the model: %s%s%s%s", t->name, missing.length ? "it has no column " : "",
                bl_text_get(&missing), missing.length && other.length ? "; " : "", bl_text_get(&other));
        bl_hint(err, "the columns that the model reads are shown by open; types=COLUMN:TYPE reads a column as another type");
    }
    bl_text_free(&missing);
    bl_text_free(&other);
    return ok && fits_sparse(k, t, err);
}
