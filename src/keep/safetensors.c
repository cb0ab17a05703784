/* The safetensors layout: read with every limit checked first, and written. */
#include "src/keep/form.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DIGEST_KEY "\"digest\":\""
#define DIGEST_LENGTH 64

static bool bad(const char *label, struct bl_error *err, const char *what)
{
    bl_fail_at(err, BL_DATA, label, 0, 0, "this is no model that can be trusted: %s", what);
    return bl_hint(err, "models lists what the registry holds; a damaged file comes back from a copy");
}

static uint64_t word_at(const char *bytes)
{
    uint64_t x = 0;

    for (size_t i = 0; i < 8; i++)
        x |= (uint64_t)(unsigned char)bytes[i] << (8 * i);
    return x;
}

static void word_put(char *bytes, uint64_t x)
{
    for (size_t i = 0; i < 8; i++)
        bytes[i] = (char)(unsigned char)(x >> (8 * i));
}

/* ---- reading --------------------------------------------------------------------------------------- */

/* Nesting, before a parser recurses into it. */
static bool shallow(const char *text, size_t n)
{
    size_t depth = 0;
    bool quoted = false;

    for (size_t i = 0; i < n; i++) {
        if (quoted && text[i] == '\\')
            i++;
        else if (text[i] == '"')
            quoted = !quoted;
        else if (!quoted && (text[i] == '{' || text[i] == '['))
            depth++;
        else if (!quoted && (text[i] == '}' || text[i] == ']') && depth)
            depth--;
        if (depth > BL_HEADER_DEPTH_MOST)
            return false;
    }
    return true;
}

static const char *find_text(const char *from, size_t n, const char *what)
{
    size_t length = strlen(what);

    for (size_t i = 0; i + length <= n; i++)
        if (from[i] == *what && memcmp(from + i, what, length) == 0)
            return from + i;
    return NULL;
}

/* The digest is where its key stands, and stands there once: quotes inside texts are written \". */
static bool check_digest(const char *bytes, size_t n, size_t header, const char *label, struct bl_error *err)
{
    static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
    const char *end = bytes + 8 + header, *at = find_text(bytes + 8, header, DIGEST_KEY);
    struct bl_sha256 sum;
    char hex[65];

    if (!at || find_text(at + 1, (size_t)(end - at - 1), DIGEST_KEY))
        return bad(label, err, "it has no digest, or several");
    at += strlen(DIGEST_KEY);
    if (end - at < DIGEST_LENGTH + 1 || at[DIGEST_LENGTH] != '"')
        return bad(label, err, "its digest is no SHA-256");
    bl_sha256_start(&sum);
    bl_sha256_add(&sum, bytes, (size_t)(at - bytes));
    bl_sha256_add(&sum, zeros, DIGEST_LENGTH);
    bl_sha256_add(&sum, at + DIGEST_LENGTH, n - (size_t)(at - bytes) - DIGEST_LENGTH);
    bl_sha256_end(&sum, hex);
    return memcmp(hex, at, DIGEST_LENGTH) == 0 ||
           bad(label, err, "its digest is not that of its bytes (it was changed or damaged)");
}

static bool size_of(const json_t *value, size_t *out)
{
    json_int_t x = json_integer_value(value);

    *out = (size_t)x;
    return json_is_integer(value) && x >= 0 && (uint64_t)x <= SIZE_MAX / 16;
}

static bool tensor_read(struct bl_tensor *t, const char *name, const json_t *one, const char *label, struct bl_error *err)
{
    const json_t *shape = json_object_get(one, "shape"), *offsets = json_object_get(one, "data_offsets");
    const char *type = json_string_value(json_object_get(one, "dtype"));
    size_t count = 1, bytes;

    *t = (struct bl_tensor){.name = name, .dims = json_array_size(shape)};
    if (strlen(name) > BL_TENSOR_NAME_MOST)
        return bad(label, err, "the name of a tensor is longer than 128 bytes");
    if (!type || (strcmp(type, "F64") != 0 && strcmp(type, "U8") != 0))
        return bad(label, err, "a tensor is not of type F64 or U8");
    t->bytes = *type == 'U';
    if (json_object_size(one) != 3 || t->dims < 1 || t->dims > 2 || json_array_size(offsets) != 2)
        return bad(label, err, "a tensor needs dtype, a shape of one or two dimensions, and two offsets");
    for (size_t i = 0; i < t->dims; i++)
        if (!size_of(json_array_get(shape, i), &t->shape[i]) || __builtin_mul_overflow(count, t->shape[i], &count))
            return bad(label, err, "the shape of a tensor is no size");
    if (!size_of(json_array_get(offsets, 0), &t->begin) || !size_of(json_array_get(offsets, 1), &t->end) || t->end < t->begin ||
        __builtin_mul_overflow(count, t->bytes ? 1 : sizeof(double), &bytes) || bytes != t->end - t->begin)
        return bad(label, err, "the shape of a tensor does not fit its bytes");
    return true;
}

static int by_begin(const void *a, const void *b)
{
    const struct bl_tensor *x = a, *y = b;

    return x->begin != y->begin ? (x->begin > y->begin) - (x->begin < y->begin) : (x->end > y->end) - (x->end < y->end);
}

/* No hole, no overlap, up to the end. */
static bool tensors_lie(struct bl_tensors *t, size_t bytes, const char *label, struct bl_error *err)
{
    size_t at = 0;

    qsort(t->items, t->n, sizeof *t->items, by_begin);
    for (size_t i = 0; i < t->n; at = t->items[i++].end)
        if (t->items[i].begin != at)
            return bad(label, err, "its tensors overlap or leave a hole");
    return at == bytes || bad(label, err, "its tensors do not end where the file ends (it was cut, or bytes were added)");
}

static bool metadata_read(struct bl_tensors *t, const char *label, struct bl_error *err)
{
    const char *key;
    json_t *value;

    t->metadata = json_object_get(t->header, "__metadata__");
    if (!json_is_object(t->metadata))
        return bad(label, err, "it has no __metadata__");
    json_object_foreach((json_t *)(uintptr_t)t->metadata, key, value)
        if (!json_is_string(value))
            return bad(label, err, "__metadata__ holds something that is no text");
    return true;
}

static bool header_read(struct bl_tensors *t, size_t bytes, const char *label, struct bl_error *err)
{
    const char *key;
    json_t *value;

    if (json_object_size(t->header) > BL_TENSORS_MOST + 1)
        return bad(label, err, "it has more than 4,096 tensors");
    if (!(t->items = bl_calloc(json_object_size(t->header) + 1, sizeof *t->items)))
        return bl_fail_memory(err, label);
    json_object_foreach(t->header, key, value)
        if (strcmp(key, "__metadata__") != 0 && !tensor_read(&t->items[t->n++], key, value, label, err))
            return false;
    return metadata_read(t, label, err) && tensors_lie(t, bytes, label, err);
}

bool bl_tensors_read(struct bl_tensors *t, const char *bytes, size_t n, const char *label, struct bl_error *err)
{
    uint64_t header;

    *t = (struct bl_tensors){0};
    if (n < 10)
        return bad(label, err, "it is shorter than 10 bytes");
    header = word_at(bytes);
    if (header > BL_KEPT_HEADER_MOST)
        return bad(label, err, "its header is longer than a mebibyte");
    if (header > n - 8 || header < 2)
        return bad(label, err, "its header ends behind the file");
    if (bytes[8] != '{' || !shallow(bytes + 8, (size_t)header))
        return bad(label, err, "its header is no JSON object, or nested deeper than 16");
    if (!check_digest(bytes, n, (size_t)header, label, err))
        return false;
    if (!(t->header = json_loadb(bytes + 8, (size_t)header, JSON_REJECT_DUPLICATES, NULL)))
        return bad(label, err, "its header is no JSON, or has a key twice");
    t->data = bytes + 8 + header;
    if (header_read(t, n - 8 - (size_t)header, label, err))
        return true;
    bl_tensors_done(t);
    return false;
}

void bl_tensors_done(struct bl_tensors *t)
{
    json_decref(t->header);
    bl_free(t->items);
    *t = (struct bl_tensors){0};
}

static double number_at(const char *bytes)
{
    uint64_t word = word_at(bytes);
    double x;

    memcpy(&x, &word, sizeof x);
    return x;
}

static const struct bl_tensor *tensor_find(const struct bl_tensors *t, const char *name)
{
    for (size_t i = 0; i < t->n; i++)
        if (strcmp(t->items[i].name, name) == 0)
            return &t->items[i];
    return NULL;
}

bool bl_tensors_text(const struct bl_tensors *t, const char *name, char **text, const char *label, struct bl_error *err)
{
    const struct bl_tensor *found = tensor_find(t, name);
    const size_t n = found ? found->end - found->begin : 0;

    *text = NULL;
    if (!found)
        return true;
    if (!found->bytes || memchr(t->data + found->begin, '\0', n))
        return bad(label, err, "a tensor that should hold text does not");
    if (!(*text = bl_calloc(n + 1, 1)))
        return bl_fail_memory(err, label);
    memcpy(*text, t->data + found->begin, n);
    return true;
}

bool bl_tensors_numbers(const struct bl_tensors *t, const char *name, bool any, double **numbers, size_t *n, const char *label,
                        struct bl_error *err)
{
    const struct bl_tensor *found = tensor_find(t, name);

    *numbers = NULL;
    *n = 0;
    if (!found)
        return true;
    if (found->bytes)
        return bad(label, err, "a tensor that should hold numbers holds bytes");
    *n = (found->end - found->begin) / sizeof(double);
    if (!(*numbers = bl_calloc(*n + 1, sizeof **numbers)))
        return bl_fail_memory(err, label);
    for (size_t i = 0; i < *n; i++) {
        (*numbers)[i] = number_at(t->data + found->begin + i * sizeof(double));
        if (any || isfinite((*numbers)[i]))
            continue;
        bl_free(*numbers);
        *numbers = NULL;
        return bad(label, err, "a number in it is not finite");
    }
    return true;
}

/* ---- writing --------------------------------------------------------------------------------------- */

static void put_numbers(char *to, const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t word;
        memcpy(&word, &x[i], sizeof word);
        word_put(to + 8 * i, word);
    }
}

/* The digest of the finished file is put over its zeros. */
static bool sign(char *bytes, size_t n, size_t header, struct bl_error *err)
{
    const char *at = find_text(bytes + 8, header, DIGEST_KEY);
    struct bl_sha256 sum;
    char hex[65];

    if (!at)
        return bl_fail(err, BL_INTERNAL, "a model without a place for its digest");
    bl_sha256_start(&sum);
    bl_sha256_add(&sum, bytes, n);
    bl_sha256_end(&sum, hex);
    memcpy(bytes + (at - bytes) + strlen(DIGEST_KEY), hex, DIGEST_LENGTH);
    return true;
}

static size_t bytes_of(const struct bl_tensor_data *tensor)
{
    return tensor->n * (tensor->numbers ? sizeof(double) : 1);
}

static bool assemble(const char *text, const struct bl_tensor_data *tensors, size_t n, char **bytes, size_t *size, struct bl_error *err)
{
    size_t length = strlen(text), header = (length + 7) / 8 * 8, at = 8 + header;

    if (header > BL_KEPT_HEADER_MOST) {
        bl_fail(err, BL_LIMIT, "what describes the model is %zu bytes long, above a mebibyte (very many classes or commands)", length);
        return bl_hint(err, "export c keeps a model without what describes it");
    }
    *size = at;
    for (size_t i = 0; i < n; i++)
        *size += bytes_of(&tensors[i]);
    if (*size > BL_KEPT_FILE_MOST)
        return bl_fail(err, BL_LIMIT, "a model file holds at most a gibibyte, and this one would have %zu bytes", *size);
    if (!(*bytes = bl_calloc(*size, 1)))
        return bl_fail_memory(err, "the model file");
    word_put(*bytes, header);
    memset(*bytes + 8, ' ', header);
    memcpy(*bytes + 8, text, length);
    for (size_t i = 0; i < n; at += bytes_of(&tensors[i++]))
        if (tensors[i].numbers)
            put_numbers(*bytes + at, tensors[i].numbers, tensors[i].n);
        else
            memcpy(*bytes + at, tensors[i].bytes, tensors[i].n);
    return sign(*bytes, *size, header, err);
}

bool bl_tensors_write(json_t *header, const struct bl_tensor_data *tensors, size_t n, char **bytes, size_t *size, struct bl_error *err)
{
    char *text = header ? json_dumps(header, JSON_COMPACT) : NULL;
    bool ok;

    json_decref(header);
    *bytes = NULL;
    if (!text)
        return bl_fail_memory(err, "the model file");
    ok = assemble(text, tensors, n, bytes, size, err);
    free(text);
    if (ok)
        return true;
    bl_free(*bytes);
    *bytes = NULL;
    return false;
}
