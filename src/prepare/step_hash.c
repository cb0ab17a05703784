/* hash: a category of any number of levels in n 0/1 columns: a level goes to the column that its
 * hash names, known or not. Levels may meet in one column. */
#include "src/prepare/buckets.h"
#include "src/prepare/step.h"

#include <math.h>
#include <string.h>

#define BUCKETS 16
#define BUCKETS_LEAST 2
#define BUCKETS_MOST 65536

static double bucket_of(const struct bl_codec *c, const char *level, size_t length)
{
    return (double)(bl_word_hash(level, length) % (uint64_t)c->numbers[0]);
}

/* How many levels this table has, and the bucket of each. */
static void *bind(const struct bl_codec *c, const struct bl_source *s,
                  const struct bl_column *column, struct bl_error *err)
{
    double *bucket = bl_calloc(column->n_levels + 1, sizeof *bucket);

    (void)s;
    if (!bucket) {
        bl_fail_memory(err, "the buckets of a category");
        return NULL;
    }
    bucket[0] = (double)column->n_levels;
    for (size_t i = 0; i < column->n_levels; i++)
        bucket[1 + i] = bucket_of(c, column->levels[i], strlen(column->levels[i]));
    return bucket;
}

/* numbers: how many buckets, then that of each level of the source */
static bool good_codec(const struct bl_codec *c, const struct bl_source *s)
{
    const size_t levels = s->levels ? bl_names_count(s->levels) : 0;

    if (!s->levels || c->names || c->n_numbers < 1 || c->n_numbers - 1 > levels)
        return false;
    if (!(c->numbers[0] >= BUCKETS_LEAST && c->numbers[0] <= BUCKETS_MOST && c->numbers[0] == floor(c->numbers[0])))
        return false;
    for (size_t i = 0; i + 1 < c->n_numbers; i++) {
        size_t length;
        const char *level = bl_names_at(s->levels, i, &length);
        if (c->numbers[1 + i] != bucket_of(c, level, length))
            return false;
    }
    return true;
}

static const struct bl_codec_type codec_type = {"hash", good_codec, bind, bl_free};

static double bucket_at(const double *buckets, double n, double at)
{
    return at < n ? buckets[(size_t)at] : NAN;
}

static void combine(const struct bl_node *node, const struct bl_inputs *in, double *out)
{
    const double *known = node->codec->numbers + 1, *bound = in->bound, n = (double)node->codec->n_numbers - 1;

    for (size_t i = 0; i < in->n; i++) {
        double x = in->x[0][i];
        out[i] = isnan(x) ? x : x >= 0 ? bucket_at(known, n, x) : bucket_at(bound + 1, bound[0], fmax(-1 - x, 0));
    }
}

static bool finds(const struct bl_codec *c, const double *params, size_t inputs)
{
    (void)c, (void)params;
    return inputs == 1;
}

static void map(const double *params, double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] = isnan(x[i]) ? x[i] : (double)(x[i] == params[0]);
}

static const struct bl_op op_bucket = {.name = "hash.bucket", .combine = combine, .unseen = true, .good = bl_good_any,
                                       .codec = &codec_type, .finds = finds};
static const struct bl_op op = {
    .name = "hash", .map = map, .selects = true, .one_of = true, .unseen = true, .good = bl_good_one};

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
        c->numbers[1 + i] = bucket_of(c, level, length);
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

static const char *const key_names[] = {"n", "sparse", NULL};
static const struct bl_step_key keys[] = {{.kind = BL_KEY_WHOLE, .min = BUCKETS_LEAST, .max = BUCKETS_MOST},
                                          {.values = bl_sparse_words}};

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
