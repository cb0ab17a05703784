/* What a person says of a network: units, activation, norm, dropout, start, precision, products. */
#include "src/learn/network.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define UNITS_MAX 1000000

const struct bl_layer_type *const bl_layers[] = {
    &bl_layer_dense, &bl_layer_relu, &bl_layer_tanh, &bl_layer_gelu, &bl_layer_sigmoid, &bl_layer_dropout, &bl_layer_layernorm,
    &bl_layer_batchnorm, NULL,
};

#define WORDS 8
static const char *activations[WORDS], *norms[WORDS];
static const char *const inits[] = {"auto", "he", "glorot", "zeros", NULL};
static const char *const precisions[] = {"double", "single", NULL};
static const char *const maths[] = {"blas", "portable", NULL};
const char *const bl_network_keys[] = {"activation", "norm", "dropout", "init", "precision", "math", NULL};

const struct bl_layer_type *bl_layer_find(const char *word, bool norm)
{
    for (size_t i = 0; bl_layers[i]; i++)
        if ((norm ? bl_layers[i]->norm : bl_layers[i]->activation) && strcmp(bl_layers[i]->word, word) == 0)
            return bl_layers[i];
    return NULL;
}

/* The words of the table, and "none" where that is one; the same whoever fills them. */
static const char *const *words_of(const char **words, bool norm)
{
    size_t n = 0;

    for (size_t i = 0; bl_layers[i] && n + 2 < WORDS; i++)
        if (norm ? bl_layers[i]->norm : bl_layers[i]->activation)
            words[n++] = bl_layers[i]->word;
    words[n] = norm ? "none" : NULL;
    return words;
}

const char *const *bl_network_values(const char *key)
{
    return strcmp(key, "activation") == 0  ? words_of(activations, false)
           : strcmp(key, "norm") == 0      ? words_of(norms, true)
           : strcmp(key, "init") == 0      ? inits
           : strcmp(key, "precision") == 0 ? precisions
           : strcmp(key, "math") == 0      ? maths
                                           : NULL;
}

const char *bl_network_word(const struct bl_network_spec *s, const char *key)
{
    if (strcmp(key, "norm") == 0)
        return s->norm ? s->norm->word : "none";
    return s->activation->word;
}

void bl_network_spec_init(struct bl_network_spec *s)
{
    memset(s, 0, sizeof *s);
    s->n_hidden = 1;
    s->hidden[0] = 32;
    s->activation = &bl_layer_relu;
    s->seed = 1;
}

/* ---- units ------------------------------------------------------------------------------------------*/
static bool refuse_units(const char *list, const char *word, size_t length, struct bl_error *err)
{
    int64_t value;

    if (bl_integer_parse(word, length, &value) && value > UNITS_MAX)
        bl_fail(err, BL_LIMIT, "%.*s units are more than a layer takes, %d", (int)(length < 40 ? length : 40), word, UNITS_MAX);
    else
        bl_fail(err, BL_VALUE, "'%.*s' is no number of units (mlp %s)", (int)(length < 40 ? length : 40), word, list);
    return bl_hint(err, "model mlp 64,32 (units of each hidden layer, 1 to %d; model mlp none has no hidden layer)", UNITS_MAX);
}

bool bl_network_hidden(struct bl_network_spec *s, const char *list, struct bl_error *err)
{
    const char *at = list;
    size_t n = 0, units[BL_HIDDEN_MAX] = {0};

    while (strcmp(list, "none") != 0) {
        size_t length = strcspn(at, ",");
        int64_t value;
        if (!bl_integer_parse(at, length, &value) || value < 1 || value > UNITS_MAX)
            return refuse_units(list, at, length, err);
        if (n == BL_HIDDEN_MAX) {
            bl_fail(err, BL_LIMIT, "mlp takes at most %d hidden layers", BL_HIDDEN_MAX);
            return bl_hint(err, "model mlp 64,32");
        }
        units[n++] = (size_t)value;
        if (!at[length])
            break;
        at += length + 1;
    }
    s->n_hidden = n;
    memcpy(s->hidden, units, sizeof units);
    return true;
}

/* ---- key=value --------------------------------------------------------------------------------------*/
static bool choose(const char *key, const char *value, size_t *index, struct bl_error *err)
{
    const char *const *words = bl_network_values(key), *near;
    struct bl_text list = {0};
    size_t n = 0;

    for (; words[n]; n++) {
        if (strcmp(words[n], value) == 0) {
            *index = n;
            bl_text_free(&list);
            return true;
        }
        bl_text_addf(&list, "%s%s", n ? ", " : "", words[n]);
    }
    near = bl_nearest(value, words, n);
    bl_fail(err, BL_UNKNOWN, "no %s '%s'", key, value);
    if (near)
        bl_hint(err, "did you mean %s=%s? values: %s", key, near, bl_text_get(&list));
    else
        bl_hint(err, "%s=%s; values: %s", key, words[0], bl_text_get(&list));
    bl_text_free(&list);
    return false;
}

static bool set_dropout(struct bl_network_spec *s, const char *value, struct bl_error *err)
{
    double x;

    if (bl_number_parse(value, strlen(value), &x) && x >= 0 && x < 1) {
        s->dropout = x;
        return true;
    }
    bl_fail(err, BL_VALUE, "dropout=%s must be a number of at least 0 and less than 1", value);
    return bl_hint(err, "model mlp 64 dropout=0.1 (the share of units that an update leaves out)");
}

bool bl_network_key(struct bl_network_spec *s, const char *key, const char *value, bool *known, struct bl_error *err)
{
    size_t at = 0;

    *known = true;
    if (strcmp(key, "dropout") == 0)
        return set_dropout(s, value, err);
    *known = bl_network_values(key) != NULL;
    if (!*known)
        return true;
    if (!choose(key, value, &at, err))
        return false;
    if (strcmp(key, "activation") == 0)
        s->activation = bl_layer_find(value, false);
    else if (strcmp(key, "norm") == 0)
        s->norm = bl_layer_find(value, true); /* none: NULL */
    else
        *(strcmp(key, "init") == 0 ? &s->init : strcmp(key, "precision") == 0 ? &s->single : &s->portable) = at;
    return true;
}
