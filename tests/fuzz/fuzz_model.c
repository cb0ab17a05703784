/* A model file, signed again whatever it says: it is refused with a message, or predicts inside of what is there. */
#include "fuzz.h"

#include <stdio.h>
#include <string.h>

#include "batchlab/keep.h"

static const char *find(const char *bytes, size_t n, const char *what)
{
    const size_t length = strlen(what);

    for (size_t i = 0; i + length <= n; i++)
        if (memcmp(bytes + i, what, length) == 0)
            return bytes + i;
    return NULL;
}

/* A forger can compute the digest, too: the rules behind it are what is looked at. */
static void sign(char *bytes, size_t n)
{
    const char *at = find(bytes, n, "\"digest\":\"");
    struct bl_sha256 sum;
    char hex[65];

    if (!at || (size_t)(bytes + n - at) < 10 + 64)
        return;
    memset(bytes + (at - bytes) + 10, '0', 64);
    bl_sha256_start(&sum);
    bl_sha256_add(&sum, bytes, n);
    bl_sha256_end(&sum, hex);
    memcpy(bytes + (at - bytes) + 10, hex, 64);
}

static bool add_column(struct bl_table *t, size_t at, const char *name, enum bl_type type)
{
    double *x = bl_calloc(t->n_rows, sizeof *x);
    uint32_t *code = bl_calloc(t->n_rows, sizeof *code);
    char **levels = bl_calloc(2, sizeof *levels);

    for (size_t i = 0; i < t->n_rows; i++) {
        x[i] = i == 1 ? __builtin_nan("") : (double)i - 0.5;
        code[i] = i == 1 ? BL_MISSING_CODE : (uint32_t)(i % 2);
    }
    levels[0] = bl_strdup("a");
    levels[1] = bl_strdup("b");
    if (type == BL_CATEGORICAL || type == BL_TEXT_COLUMN) {
        bl_free(x);
        return bl_table_set_codes(t, at, name, type, code, levels, 2, NULL);
    }
    bl_free(code);
    bl_free(levels[0]);
    bl_free(levels[1]);
    bl_free(levels);
    return type == BL_DATETIME ? bl_table_set_dates(t, at, name, x, NULL) : bl_table_set_numbers(t, at, name, x, NULL);
}

/* Rows of the columns that it reads, with a missing cell in each, and one of its sparse columns. */
static struct bl_table *rows_for(const struct bl_kept *k)
{
    struct bl_table *t;
    const char *name;
    enum bl_type type;
    size_t n = 0;
    int64_t first;
    const size_t sparse = bl_recipe_sparse(k->recipe, &first) > 0;
    char of_sparse[32];

    while (bl_recipe_reads(k->recipe, n, &name, &type))
        n++;
    t = bl_table_create("rows", 4, n + sparse, NULL);
    for (size_t i = 0; t && i < n; i++) {
        bl_recipe_reads(k->recipe, i, &name, &type);
        must(add_column(t, i, name, type), "a column of a model can be made");
    }
    snprintf(of_sparse, sizeof of_sparse, "f%lld", (long long)first);
    if (t && sparse)
        must(add_column(t, n, of_sparse, BL_NUMERIC), "a sparse column of a model can be made");
    return t;
}

static void use(const struct bl_kept *k)
{
    const uint32_t rows[] = { 0, 1, 2, 3 };
    struct bl_table *t = rows_for(k);
    struct bl_matrix *m = t && bl_kept_fits(k, t, NULL) ? bl_recipe_apply_gaps(k->recipe, t, &k->roles, rows, 4, NULL, NULL) : NULL;
    double *out = m ? bl_calloc(4 * (k->objective.n_classes + 1), sizeof *out) : NULL;

    if (out)
        bl_objective_predict(&k->objective, k->theta, m, out, NULL);
    bl_free(out);
    bl_matrix_free(m);
    bl_table_free(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct bl_error err = { 0 };
    struct bl_kept *k;
    char *copy = bl_calloc(size + 1, 1);

    memcpy(copy, bytes, size);
    sign(copy, size);
    k = bl_kept_decode(copy, size, "f", &err);
    must(k || (err.message[0] && err.code != BL_OK), "a refusal has a message");
    if (k)
        use(k);
    bl_kept_free(k);
    bl_free(copy);
    return 0;
}
