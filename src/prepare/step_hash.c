/* hash: a category of any number of levels in n 0/1 columns: a level goes to the column that its
 * hash names, known or not. Levels may meet in one column. */
#include "src/prepare/buckets.h"
#include "src/prepare/step.h"

#include <math.h>
#include <string.h>

#define BUCKETS 16

/* The bucket of each level of this table. */
static void *bind(const struct bl_codec *c, const struct bl_source *s,
                  const struct bl_column *column, struct bl_error *err)
{
    double *bucket = bl_calloc(column->n_levels + 1, sizeof *bucket);

    (void)s;
    if (!bucket)
        bl_fail_memory(err, "the buckets of a category");
    for (size_t i = 0; bucket && i < column->n_levels; i++)
        bucket[i] = (double)(bl_word_hash(column->levels[i], strlen(column->levels[i])) %
                             (uint64_t)c->numbers[0]);
    return bucket;
}

static const struct bl_codec_type codec_type = {bind, bl_free};

static void combine(const struct bl_node *node, const struct bl_inputs *in, double *out)
{
    const double *known = node->codec->numbers + 1, *bound = in->bound;

    for (size_t i = 0; i < in->n; i++) {
        double x = in->x[0][i];
        out[i] = isnan(x) ? x : x >= 0 ? known[(size_t)x] : bound[(size_t)(-1 - x)];
    }
}

static void map(const double *params, double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = isnan(x[i]) ? x[i] : (double)(x[i] == params[0]);
}

static const struct bl_op op_bucket = {.name = "hash.bucket", .combine = combine, .unseen = true};
static const struct bl_op op = {.name = "hash", .map = map, .selects = true, .unseen = true};

static bool make_codec(struct bl_fitter *f, struct bl_codec *c, size_t buckets,
                       struct bl_error *err)
{
    const struct bl_names *levels = f->fit->sources[c->source].levels;
    size_t n = bl_names_count(levels);

    if (!(c->numbers = bl_calloc(n + 1, sizeof *c->numbers)))
        return bl_fail_memory(err, "the buckets of a category");
    c->n_numbers = n + 1;
    c->numbers[0] = (double)buckets;
    for (size_t i = 0; i < n; i++) {
        size_t length;
        const char *level = bl_names_at(levels, i, &length);
        c->numbers[1 + i] = (double)(bl_word_hash(level, length) % buckets);
    }
    return bl_fitter_bind(f, err);
}

static bool add_buckets(struct bl_fitter *f, size_t column, size_t buckets, struct bl_error *err)
{
    for (size_t k = 0; k < buckets; k++) {
        const double params[] = {(double)k};
        struct bl_text name = {0};
        size_t node = bl_fitter_node(f, &op, &column, 1, params, 1, NULL, err);
        bool ok;

        bl_text_addf(&name, "%s#%zu", f->fit->columns[column].name, k);
        ok = bl_fitter_column(f, bl_text_get(&name), node, column,
                              f->fit->columns[column].missing, err);
        bl_text_free(&name);
        if (!ok)
            return false;
    }
    return true;
}

static bool fit(struct bl_fitter *f, size_t column, const double *values, struct bl_error *err)
{
    size_t buckets = (size_t)bl_step_number(f->step, "n", BUCKETS), node;
    struct bl_codec *c = bl_fitter_codec(f, &codec_type, column, err);

    (void)values;
    if (!c || !make_codec(f, c, buckets, err))
        return false;
    node = bl_fitter_node(f, &op_bucket, &column, 1, NULL, 0, c, err);
    if (node == SIZE_MAX)
        return false;
    f->fit->columns[column].node = node;
    bl_fitter_remove(f, column);
    return bl_fitter_note(f, column, "buckets", (double)buckets, NULL, err) &&
           add_buckets(f, column, buckets, err);
}

static const char *const key_names[] = {"n", NULL};
static const struct bl_step_key keys[] = {{.kind = BL_KEY_WHOLE, .min = 2, .max = 65536}};

extern const struct bl_step_type bl_step_hash;
const struct bl_step_type bl_step_hash = {
    .name = "hash",
    .summary = "a category of many levels in few 0/1 columns",
    .key_names = key_names,
    .keys = keys,
    .takes = bl_takes_categories,
    .fit = fit,
    .ops = {&op, &op_bucket},
};
