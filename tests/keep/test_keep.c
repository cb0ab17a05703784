/* Kept models: what comes back is what was saved, to the bit; nothing that was changed, cut or forged is
 * believed; versions have no gaps; the journal shows where it was touched. */
#define _GNU_SOURCE 1
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "batchlab/keep.h"
#include "batchlab/workbench.h"

#define STEPS 13
#ifndef FORGERIES
#define FORGERIES 2000
#endif

struct made { /* a trained model and the bytes that keep it */
    struct bl_workbench *workbench;
    const struct bl_prepared *p;
    const struct bl_objective *o;
    struct bl_trainer *t;
    char *bytes, sha256[65];
    size_t n;
};

static void add_step(struct bl_recipe *r, const char *step, const char *key, const char *value, const char *column)
{
    const struct bl_option option = {key, value};
    struct bl_error err = {0};

    if (!bl_recipe_add(r, step, &option, key ? 1 : 0, &column, column ? 1 : 0, &err))
        fail_msg("%s: %s", step, err.message);
}

static void encode(struct made *m)
{
    const struct bl_dataset *d = m->p->dataset;
    struct bl_kept_parts parts = {m->p->recipe, &d->roles, d->table->columns[d->roles.target].name, m->o, bl_trainer_theta(m->t), "{}", "{}"};
    struct bl_error err = {0};

    if (!bl_kept_encode(&parts, &m->bytes, &m->n, m->sha256, &err))
        fail_msg("%s", err.message);
}

/* recipe NULL: the default; taken over. */
static void make_of(struct made *m, const char *data, const char *model, struct bl_recipe *recipe)
{
    struct bl_error err = {0};
    struct bl_load_options options = {0};
    struct bl_model chosen;
    struct bl_contestant c = {0};

    *m = (struct made){.workbench = bl_workbench_create(2, 1, &err)};
    options.sparse = strstr(data, ".libsvm") ? BL_SPARSE_YES : BL_SPARSE_AUTO;
    assert_true(bl_workbench_add(m->workbench, bl_load(data, &options, &err), NULL, &err));
    if (recipe) {
        bl_workbench_dataset(m->workbench, &err)->recipe = recipe;
        bl_workbench_changed(m->workbench);
    }
    chosen = *bl_workbench_model(m->workbench);
    chosen.type = model ? bl_objective_find(model) : NULL;
    assert_true(bl_workbench_set_model(m->workbench, &chosen, &err));
    c.settings = *bl_workbench_defaults(m->workbench);
    if (!bl_workbench_start(m->workbench, &c, 1, 0, false, &err))
        fail_msg("%s: %s", data, err.message);
    assert_true(bl_workbench_go(m->workbench, (struct bl_goal){.kind = BL_GOAL_EPOCH, .at = 3}, &err));
    assert_true(bl_workbench_wait(m->workbench, NULL, NULL, &err));
    m->p = bl_workbench_prepare(m->workbench, NULL, &err);
    m->o = bl_workbench_objective(m->workbench, &err);
    m->t = bl_race_trainer(bl_workbench_race(m->workbench, &err), 0);
}

/* step NULL: the default recipe, else that step between the default's. */
static void make(struct made *m, const char *data, const char *model, const char *step, const char *key, const char *value, const char *column)
{
    struct bl_recipe *r = step ? bl_recipe_create() : NULL;

    if (step) {
        add_step(r, "impute", NULL, NULL, NULL);
        add_step(r, step, key, value, column);
        add_step(r, "onehot", "max_levels", "64", NULL);
        add_step(r, "standardize", NULL, NULL, NULL);
    }
    make_of(m, data, model, r);
}

/* "hash n=8; text method=counts max=50": steps with keys. */
static struct bl_recipe *recipe_of(const char *steps)
{
    struct bl_recipe *r = bl_recipe_create();
    char *copy = bl_strdup(steps), *rest = copy;

    for (char *step; (step = strsep(&rest, ";"));) {
        struct bl_option options[8];
        const char *name = strtok(step, " "), *columns[1] = {0};
        struct bl_error err = {0};
        size_t n = 0;
        for (char *word; (word = strtok(NULL, " "));) {
            char *value = strchr(word, '=');
            *value++ = '\0';
            if (strcmp(word, "columns") == 0)
                columns[0] = value;
            else
                options[n++] = (struct bl_option){word, value};
        }
        if (!bl_recipe_add(r, name, options, n, columns, columns[0] != NULL, &err))
            fail_msg("%s: %s", steps, err.message);
    }
    bl_free(copy);
    return r;
}

static void done(struct made *m)
{
    bl_free(m->bytes);
    bl_workbench_free(m->workbench);
}

/* Of the validation rows, from the table, by both. */
static void expect_same_predictions(const struct made *m, const struct bl_kept *k)
{
    const struct bl_split *split = &m->p->split;
    const struct bl_table *t = m->p->dataset->table;
    const size_t n = split->n[BL_VALIDATION], width = m->o->n_classes ? m->o->n_classes : 1;
    struct bl_error err = {0};
    struct bl_matrix *a = bl_recipe_apply(m->p->recipe, t, &m->p->dataset->roles, split->rows[BL_VALIDATION], n, NULL, &err);
    struct bl_matrix *b = bl_recipe_apply(k->recipe, t, &k->roles, split->rows[BL_VALIDATION], n, NULL, &err);
    double *x = bl_calloc(n * width, sizeof *x), *y = bl_calloc(n * width, sizeof *y);

    assert_non_null(a);
    assert_non_null(b);
    assert_int_equal(a->x == NULL, b->x == NULL);
    if (a->x)
        assert_memory_equal(a->x, b->x, n * a->n_features * sizeof *a->x);
    bl_objective_predict(m->o, bl_trainer_theta(m->t), a, x, NULL);
    bl_objective_predict(&k->objective, k->theta, b, y, NULL);
    assert_memory_equal(x, y, n * width * sizeof *x);
    bl_free(x);
    bl_free(y);
    bl_matrix_free(a);
    bl_matrix_free(b);
}

/* Kept again, what was read is the same file: nothing was lost on the way. */
static void expect_same_bytes(const struct made *m, const struct bl_kept *k)
{
    struct bl_kept_parts parts = bl_kept_lend(k);
    struct bl_error err = {0};
    char *bytes, sha256[65];
    size_t n;

    assert_true(bl_kept_encode(&parts, &bytes, &n, sha256, &err));
    assert_string_equal(sha256, m->sha256);
    bl_free(bytes);
}

static void expect_back(struct made *m, const char *what)
{
    struct bl_error err = {0};
    struct bl_kept *k;

    encode(m);
    k = bl_kept_decode(m->bytes, m->n, "model", &err);
    if (!k)
        fail_msg("%s: %s", what, err.message);
    assert_true(bl_kept_fits(k, m->p->dataset->table, &err));
    expect_same_predictions(m, k);
    expect_same_bytes(m, k);
    bl_kept_free(k);
}

static void expect_round_trip(const char *data, const char *model, const char *step, const char *key, const char *value, const char *column)
{
    struct made m;

    make(&m, data, model, step, key, value, column);
    expect_back(&m, step ? step : data);
    done(&m);
}

static void test_every_model_comes_back_to_the_bit(void **state)
{
    static const struct { const char *data, *model; } cases[] = {
        {"iris", "softmax"}, {"titanic", "logistic"}, {"diabetes", "linear"}, {"diabetes", "huber"}, {"breast_cancer", "svm2"}, {"iris", "mlp"},
        {"diabetes", "mlp"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_round_trip(cases[i].data, cases[i].model, NULL, NULL, NULL, NULL);
}

static void test_every_step_comes_back_to_the_bit(void **state)
{
    static const char *const steps[STEPS][4] = {
        {"minmax"}, {"robust"}, {"maxabs"}, {"power"}, {"quantile", "n", "20", "Fare"}, {"clip"}, {"bins", "n", "4", "Age"},
        {"bins", "encode", "ordinal", "Fare"}, {"spline", NULL, NULL, "Fare"}, {"poly", NULL, NULL, "Age"}, {"pca"}, {"ordinal", NULL, NULL, "Sex"},
        {"target", NULL, NULL, "Embarked"},
    };

    (void)state;
    for (size_t i = 0; i < STEPS; i++)
        expect_round_trip("titanic", NULL, steps[i][0], steps[i][1], steps[i][2], steps[i][3]);
}

static bool holds(const struct made *m, const char *text)
{
    return memmem(m->bytes, m->n, text, strlen(text)) != NULL;
}

/* Vocabularies, buckets, donors and scales of sparse columns lie in the file, too. */
static void test_what_steps_share_comes_back_to_the_bit(void **state)
{
    static const char *const cases[][2] = {
        {"titanic", "impute;hash n=8 columns=Embarked;onehot max_levels=64;standardize"},
        {"titanic", "hash columns=Embarked n=64;impute method=knn k=3;onehot max_levels=8;standardize"},
        {"titanic", "impute method=knn indicator=yes;onehot max_levels=8"},
        {"sms_spam", "text method=counts max=40"},
        {"sms_spam", "text method=binary max=30 ngrams=3 min=4;maxabs"},
        {"sms_spam", "text method=tfidf ngrams=2 max=50;standardize"},
        {"sms_spam", "text n=32 ngrams=2"},
        {"mushroom.libsvm", "maxabs"},
        {"heart_scale.libsvm", "impute"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct made m;
        make_of(&m, cases[i][0], NULL, recipe_of(cases[i][1]));
        expect_back(&m, cases[i][1]);
        assert_true(holds(&m, "\"batchlab\":\"2\""));
        done(&m);
    }
}

/* Longer than the header may be, in texts of their own. */
static void test_a_long_vocabulary_is_kept_behind_the_header(void **state)
{
    struct made m;

    (void)state;
    make_of(&m, "sms_spam", NULL, recipe_of("text max=2500 method=binary;maxabs"));
    expect_back(&m, "a long vocabulary");
    assert_true(holds(&m, "\"recipe.json\":{\"dtype\":\"U8\""));
    assert_false(holds(&m, "\"recipe\":\""));
    done(&m);
}

static void expect_refused(const char *bytes, size_t n, const char *what, size_t at)
{
    struct bl_error err = {0};
    struct bl_kept *k = bl_kept_decode(bytes, n, "model", &err);

    if (k)
        fail_msg("a model was believed: %s %zu", what, at);
    assert_int_equal(err.code, BL_DATA);
    assert_string_not_equal(err.message, "");
}

static void test_one_flipped_bit_anywhere_is_refused(void **state)
{
    struct made m;

    (void)state;
    make(&m, "iris", NULL, NULL, NULL, NULL, NULL);
    encode(&m);
    for (size_t i = 0; i < m.n; i++) {
        m.bytes[i] = (char)(m.bytes[i] ^ (1 << (i % 8)));
        expect_refused(m.bytes, m.n, "bit flipped in byte", i);
        m.bytes[i] = (char)(m.bytes[i] ^ (1 << (i % 8)));
    }
    done(&m);
}

static void test_a_cut_or_longer_file_is_refused(void **state)
{
    struct made m;
    char *more;

    (void)state;
    make(&m, "iris", NULL, NULL, NULL, NULL, NULL);
    encode(&m);
    for (size_t n = 0; n < m.n; n++)
        expect_refused(m.bytes, n, "cut after byte", n);
    more = bl_calloc(m.n + 8, 1);
    memcpy(more, m.bytes, m.n);
    expect_refused(more, m.n + 8, "longer than", m.n);
    bl_free(more);
    done(&m);
}

/* A forger can sign: the digest is made anew after the change, so that the rules behind it are met. */
static void sign(char *bytes, size_t n)
{
    char *at = memmem(bytes, n, "\"digest\":\"", 10), hex[65];
    struct bl_sha256 sum;

    assert_non_null(at);
    memset(at + 10, '0', 64);
    bl_sha256_start(&sum);
    bl_sha256_add(&sum, bytes, n);
    bl_sha256_end(&sum, hex);
    memcpy(at + 10, hex, 64);
}

static void expect_forgery_refused(const struct made *m, const char *from, const char *to)
{
    char *copy = bl_calloc(m->n, 1), *at;

    memcpy(copy, m->bytes, m->n);
    at = memmem(copy, m->n, from, strlen(from));
    if (!at || strlen(from) != strlen(to))
        fail_msg("nothing to forge: %s", from);
    memcpy(at, to, strlen(to));
    sign(copy, m->n);
    expect_refused(copy, m->n, from, 0);
    bl_free(copy);
}

static void test_forged_headers_are_refused(void **state)
{
    static const char *const forged[][2] = {
        {"\"batchlab\":\"1\"", "\"batchlab\":\"9\""}, {"\"dtype\":\"F64\"", "\"dtype\":\"F32\""},
        {"\"shape\":[3,5]", "\"shape\":[5,5]"}, {"\"shape\":[3,5]", "\"shape\":[0,5]"}, {"\"data_offsets\":[0,", "\"data_offsets\":[8,"},
        {"\"model\":\"softmax\"", "\"model\":\"softmin\""}, {"\"model\":\"softmax\"", "\"model\":\"poisson\""},
        {"\\\"node\\\":0", "\\\"node\\\":9"}, {"\\\"inputs\\\":[0]", "\\\"inputs\\\":[9]"}, {"\\\"numbers\\\":2", "\\\"numbers\\\":0"},
        {"\\\"op\\\":\\\"impute\\\"", "\\\"op\\\":\\\"imputf\\\""}, {"\\\"source\\\":0", "\\\"source\\\":7"},
        {"\"task\":\"classification\"", "\"task\":\"klassification\""}, {"[\\\"setosa\\\",", "[\\\"setosa\\\"]"},
        {"\"features\":", "\"featurez\":"}, {"\\\"intercept\\\":true ", "\\\"intercept\\\":null "},
    };
    struct made m;
    char *copy;

    (void)state;
    make(&m, "iris", "softmax", NULL, NULL, NULL, NULL);
    encode(&m);
    for (size_t i = 0; i + 1 < sizeof forged / sizeof *forged; i++)
        if (memmem(m.bytes, m.n, forged[i][0], strlen(forged[i][0])))
            expect_forgery_refused(&m, forged[i][0], forged[i][1]);
        else if (i != 7)
            fail_msg("not in the file: %s", forged[i][0]);
    copy = bl_calloc(m.n, 1); /* a parameter that is not finite */
    memcpy(copy, m.bytes, m.n);
    memset(copy + m.n - 8, 0xff, 8);
    sign(copy, m.n);
    expect_refused(copy, m.n, "nan in the recipe", m.n - 8);
    bl_free(copy);
    done(&m);
}

/* The n-th number of the tensor "recipe" becomes another. */
static void expect_forged_number_refused(const struct made *m, size_t tensor, size_t n, double x)
{
    char *copy = bl_calloc(m->n, 1);

    memcpy(copy, m->bytes, m->n);
    memcpy(copy + tensor + 8 * n, &x, sizeof x);
    sign(copy, m->n);
    expect_refused(copy, m->n, "forged number", n);
    bl_free(copy);
}

/* Where the numbers of the recipe begin: behind the parameters. */
static size_t recipe_numbers(const struct made *m)
{
    uint64_t header = 0;

    for (size_t i = 0; i < 8; i++)
        header |= (uint64_t)(unsigned char)m->bytes[i] << (8 * i);
    return 8 + (size_t)header + m->o->n_params * sizeof(double);
}

static void test_forged_words_and_buckets_are_refused(void **state)
{
    static const char *const forged[][3] = {
        {"sms_spam", "\\\"codec\\\":0", "\\\"codec\\\":1"}, {"sms_spam", "\\\"type\\\":\\\"text\\\",\\\"source", "\\\"type\\\":\\\"hash\\\",\\\"source"},
        {"sms_spam", "\\\"codec\\\":0", "\\\"codeg\\\":0"}, {"sms_spam", "\\\"numbers\\\":23", "\\\"numbers\\\":24"},
        {"sms_spam", "\\\"names\\\":[", "\\\"namez\\\":["}, {"sms_spam", "\\\"type\\\":\\\"text\\\",\\\"levels", "\\\"type\\\":\\\"numb\\\",\\\"levels"},
    };
    static const double method[] = {3, -1, 0.5, NAN, 1e300}, ngrams[] = {0, 5, INFINITY}, bucket[] = {1, 70000, NAN, 8.5, -8};
    struct made m;
    size_t at;

    (void)state;
    make_of(&m, "sms_spam", NULL, recipe_of("text max=20"));
    encode(&m);
    for (size_t i = 0; i < sizeof forged / sizeof *forged; i++)
        expect_forgery_refused(&m, forged[i][1], forged[i][2]);
    at = recipe_numbers(&m);
    for (size_t i = 0; i < sizeof method / sizeof *method; i++)
        expect_forged_number_refused(&m, at, 0, method[i]);
    for (size_t i = 0; i < sizeof ngrams / sizeof *ngrams; i++)
        expect_forged_number_refused(&m, at, 1, ngrams[i]);
    expect_forged_number_refused(&m, at, 2, 16); /* buckets beside words */
    expect_forged_number_refused(&m, at, 3, INFINITY);
    expect_forged_number_refused(&m, at, 23, 20); /* the 21st term */
    expect_forged_number_refused(&m, at, 23, 0.5);
    done(&m);
    make_of(&m, "titanic", NULL, recipe_of("impute;hash n=8 columns=Embarked;onehot max_levels=8"));
    encode(&m);
    at = recipe_numbers(&m);
    for (size_t i = 0; i < sizeof bucket / sizeof *bucket; i++)
        expect_forged_number_refused(&m, at, 0, bucket[i]);
    expect_forged_number_refused(&m, at, 1, 8); /* a level in a bucket that its hash does not name */
    done(&m);
}

static void test_forged_neighbours_and_scales_are_refused(void **state)
{
    static const double p[] = {0, 5, -6, NAN, 1e18}, k[] = {0, 101, 2.5}, donors[] = {2001, -1, 1e18, 0.5};
    struct made m;
    size_t at;

    (void)state;
    make_of(&m, "titanic", NULL, recipe_of("impute method=knn;onehot max_levels=8"));
    encode(&m);
    at = recipe_numbers(&m);
    for (size_t i = 0; i < sizeof p / sizeof *p; i++)
        expect_forged_number_refused(&m, at, 0, p[i]);
    for (size_t i = 0; i < sizeof k / sizeof *k; i++)
        expect_forged_number_refused(&m, at, 1, k[i]);
    for (size_t i = 0; i < sizeof donors / sizeof *donors; i++)
        expect_forged_number_refused(&m, at, 2, donors[i]);
    expect_forged_number_refused(&m, at, 3, NAN);       /* a mean */
    expect_forged_number_refused(&m, at, 30, INFINITY); /* a donor; that one misses a value is fine */
    done(&m);
    make_of(&m, "heart_scale.libsvm", NULL, recipe_of("maxabs"));
    encode(&m);
    expect_forgery_refused(&m, "\\\"features\\\":13", "\\\"features\\\":12");
    expect_forgery_refused(&m, "\\\"first\\\":1", "\\\"first\\\":2");
    expect_forgery_refused(&m, "\"sparse\":\"", "\"spurse\":\"");
    at = recipe_numbers(&m);
    expect_forged_number_refused(&m, at, 0, 0);
    expect_forged_number_refused(&m, at, 1, -1);
    expect_forged_number_refused(&m, at, 2, NAN);
    done(&m);
}

/* Whatever is believed can be used: nothing is read outside of what is there (the sanitizers watch). */
static void use(const struct bl_kept *k, const struct bl_table *t)
{
    struct bl_error err = {0};
    uint32_t rows[8] = {0, 1, 2, 3, 5, 8, 13, 21};
    struct bl_matrix *m = bl_kept_fits(k, t, &err) ? bl_recipe_apply_gaps(k->recipe, t, &k->roles, rows, 8, NULL, &err) : NULL;
    double *out = m ? bl_calloc(8 * (k->objective.n_classes + 1), sizeof *out) : NULL;

    if (out)
        bl_objective_predict(&k->objective, k->theta, m, out, NULL);
    bl_free(out);
    bl_matrix_free(m);
}

static void expect_no_harm(const char *data, const char *steps)
{
    static const char put[] = "0123456789{}[],:\"\\ aentru-.";
    struct bl_random random = bl_random_stream(7, BL_FOR_TUNE, 0, 0);
    struct made m;
    char *copy;
    size_t believed = 0;

    make_of(&m, data, NULL, recipe_of(steps));
    encode(&m);
    copy = bl_calloc(m.n, 1);
    for (size_t i = 0; i < FORGERIES / 4; i++) {
        struct bl_error err = {0};
        struct bl_kept *k;

        memcpy(copy, m.bytes, m.n);
        for (size_t n = 1 + bl_random_below(&random, 3); n > 0; n--)
            copy[bl_random_below(&random, m.n)] = put[bl_random_below(&random, sizeof put - 1)];
        if (!memmem(copy, m.n, "\"digest\":\"", 10))
            continue;
        sign(copy, m.n);
        if (!(k = bl_kept_decode(copy, m.n, "model", &err)))
            continue;
        believed++;
        use(k, m.p->dataset->table);
        bl_kept_free(k);
    }
    assert_true(believed > 0); /* a forged name or number can be a good one */
    bl_free(copy);
    done(&m);
}

static void test_random_forgeries_do_no_harm(void **state)
{
    (void)state;
    expect_no_harm("titanic", "impute;bins n=4 columns=Age;onehot max_levels=64;standardize");
    expect_no_harm("titanic", "impute method=knn;hash n=4 columns=Embarked");
    expect_no_harm("sms_spam", "text max=9;maxabs");
    expect_no_harm("heart_scale.libsvm", "maxabs");
}

static void test_a_huge_header_is_refused_before_memory_is_taken(void **state)
{
    char bytes[64] = {0};

    (void)state;
    for (int bit = 4; bit < 64; bit++) {
        uint64_t length = UINT64_C(1) << bit;
        for (size_t i = 0; i < 8; i++)
            bytes[i] = (char)(unsigned char)(length >> (8 * i));
        bytes[8] = '{';
        bytes[9] = '}';
        expect_refused(bytes, sizeof bytes, "header of 2^", (size_t)bit);
    }
}

static size_t resident(void)
{
    size_t pages = 0, held = 0;
    FILE *f = fopen("/proc/self/statm", "r");

    if (f && fscanf(f, "%zu %zu", &pages, &held) != 2)
        held = 0;
    if (f)
        fclose(f);
    return held * (size_t)sysconf(_SC_PAGESIZE);
}

/* Signed as they should be, with tensors of up to 2^63 elements and bytes to match: refused before memory is taken. */
static void test_huge_tensors_are_refused_before_memory_is_taken(void **state)
{
    const size_t before = resident();

    (void)state;
    for (int bit = 3; bit < 64; bit++) {
        static char file[4096];
        const unsigned long long n = 1ULL << bit;
        size_t header = (size_t)snprintf(file + 8, sizeof file - 8,
            "{\"__metadata__\":{\"digest\":\"%064d\",\"batchlab\":\"1\",\"model\":\"linear\",\"task\":\"regression\",\"target\":\"y\",\"classes\":\"[]\","
            "\"positive\":\"null\",\"features\":\"[]\",\"recipe\":\"{}\",\"hyper\":\"{}\",\"metrics\":\"{}\",\"provenance\":\"{}\"},"
            "\"parameters\":{\"dtype\":\"F64\",\"shape\":[%llu%s],\"data_offsets\":[0,%llu]}}", 0, n, bit % 2 ? ",1" : "", n * 8);
        for (size_t i = 0; i < 8; i++)
            file[i] = (char)(unsigned char)(header >> (8 * i));
        sign(file, 8 + header);
        expect_refused(file, 8 + header, "tensor of 2^", (size_t)bit);
    }
    if (before)
        assert_true(resident() < before + ((size_t)16 << 20));
}

static void test_a_table_that_does_not_fit_is_told(void **state)
{
    static const char csv[] = "sepal_length,sepal_width,petal_length\n1,2,x\n2,3,y\n";
    struct bl_load_options options = {0};
    struct bl_error err = {0};
    struct bl_table *t = bl_load_bytes(csv, sizeof csv - 1, "new", &options, &err);
    struct made m;
    struct bl_kept *k;

    (void)state;
    make(&m, "iris", NULL, NULL, NULL, NULL, NULL);
    encode(&m);
    k = bl_kept_decode(m.bytes, m.n, "model", &err);
    assert_non_null(k);
    assert_false(bl_kept_fits(k, t, &err));
    assert_non_null(strstr(err.message, "no column 'petal_width'"));
    assert_non_null(strstr(err.message, "'petal_length' is categorical and was numeric"));
    bl_kept_free(k);
    bl_table_free(t);
    done(&m);
}

#ifdef HAVE_SQLITE
#include <sqlite3.h>

static char folder[] = "/tmp/keep-XXXXXX";

static void remove_folder(void)
{
    char line[100];

    snprintf(line, sizeof line, "rm -rf '%s'", folder);
    if (system(line) != 0)
        fprintf(stderr, "%s is left over\n", folder);
}

static struct bl_registry *registry(void)
{
    struct bl_registry *r;
    struct bl_error err = {0};

    if (!bl_registry_open(&r, folder, false, &err))
        fail_msg("%s", err.message);
    return r;
}

static void save(struct bl_registry *r, const char *name, const char *bytes, struct bl_kept_row *row)
{
    struct bl_sha256 sum;
    struct bl_error err = {0};

    *row = (struct bl_kept_row){.value = 0.5};
    snprintf(row->name, sizeof row->name, "%s", name);
    bl_sha256_start(&sum);
    bl_sha256_add(&sum, bytes, strlen(bytes));
    bl_sha256_end(&sum, row->sha256);
    if (!bl_registry_save(r, bytes, strlen(bytes), row, &err))
        fail_msg("%s", err.message);
}

static void test_versions_are_numbered_without_gaps(void **state)
{
    struct bl_registry *a = registry(), *b = registry(); /* two at once */
    struct bl_kept_row row;
    struct bl_error err = {0};
    char *bytes;
    size_t n;

    (void)state;
    save(a, "one", "first", &row);
    assert_int_equal(row.version, 1);
    save(b, "one", "second", &row);
    assert_int_equal(row.version, 2);
    save(a, "one", "second", &row);
    assert_int_equal(row.version, 3);
    save(b, "two", "first", &row);
    assert_int_equal(row.version, 1);
    assert_string_equal(row.stage, "candidate");
    assert_true(bl_registry_find(a, "one", &row, &err));
    assert_int_equal(row.version, 3);
    assert_true(bl_registry_find(a, "one@1", &row, &err));
    assert_true(bl_registry_read(b, &row, &bytes, &n, &err));
    assert_int_equal(n, 5);
    assert_memory_equal(bytes, "first", 5);
    bl_free(bytes);
    assert_false(bl_registry_find(a, "one@9", &row, &err));
    assert_false(bl_registry_find(a, "../one", &row, &err));
    assert_false(bl_registry_find(a, "one@0", &row, &err));
    bl_registry_close(a);
    bl_registry_close(b);
}

/* Four processes save under one name at once: no version is lost or given twice, and the chain holds. */
static void test_several_processes_at_once(void **state)
{
    enum { PROCESSES = 4, SAVES = 12 };
    struct bl_kept_row *rows;
    struct bl_registry *r;
    struct bl_error err = {0};
    size_t n, found = 0;
    int status;

    (void)state;
    for (int p = 0; p < PROCESSES; p++)
        if (fork() == 0) {
            for (int i = 0; i < SAVES; i++) {
                struct bl_kept_row row = {.name = "busy", .value = 0.5};
                struct bl_sha256 sum;
                char bytes[32];
                snprintf(bytes, sizeof bytes, "%d of %d", i, p);
                bl_sha256_start(&sum);
                bl_sha256_add(&sum, bytes, strlen(bytes));
                bl_sha256_end(&sum, row.sha256);
                if (!bl_registry_open(&r, folder, false, &err) || !bl_registry_save(r, bytes, strlen(bytes), &row, &err))
                    _exit(1);
                bl_registry_close(r);
            }
            _exit(0);
        }
    for (int p = 0; p < PROCESSES; p++) {
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
    }
    r = registry();
    assert_true(bl_registry_check(r, &err));
    assert_true(bl_registry_list(r, &rows, &n, &err));
    for (size_t i = 0; i < n; i++)
        if (!strcmp(rows[i].name, "busy"))
            assert_int_equal(rows[i].version, ++found);
    assert_int_equal(found, PROCESSES * SAVES);
    bl_free(rows);
    bl_registry_close(r);
}

static void test_one_champion_which_is_not_retired(void **state)
{
    struct bl_registry *r = registry();
    struct bl_kept_row first, second, found;
    struct bl_error err = {0};

    (void)state;
    save(r, "crown", "a", &first);
    save(r, "crown", "b", &second);
    assert_true(bl_registry_decide(r, &first, "promote", 0, "{}", &err));
    assert_true(bl_registry_find(r, "crown", &found, &err));
    assert_int_equal(found.version, 1);
    assert_false(bl_registry_retire(r, &first, "", &err));
    assert_false(bl_registry_decide(r, &second, "promote", 0, "{}", &err)); /* it was compared with none: another session was faster */
    assert_non_null(strstr(err.message, "crown@1"));
    assert_true(bl_registry_decide(r, &second, "hold", 1, "{}", &err));
    assert_string_equal(second.stage, "candidate");
    assert_true(bl_registry_decide(r, &second, "promote", 1, "{}", &err));
    assert_true(bl_registry_find(r, "crown@1", &found, &err));
    assert_string_equal(found.stage, "retired");
    assert_true(bl_registry_check(r, &err));
    bl_registry_close(r);
}

static const char *old_folder; /* NULL: the usual one */

static int sql(const char *text)
{
    char path[100];
    sqlite3 *db;
    int code;

    snprintf(path, sizeof path, "%s/registry.db", old_folder ? old_folder : folder);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    code = sqlite3_exec(db, text, NULL, NULL, NULL);
    sqlite3_close(db);
    return code;
}

static void test_versions_and_journal_resist_change(void **state)
{
    struct bl_registry *r = registry();
    struct bl_kept_row row;
    struct bl_error err = {0};

    (void)state;
    save(r, "stay", "a", &row);
    save(r, "stay", "b", &row);
    assert_int_not_equal(sql("DELETE FROM models"), SQLITE_OK);
    assert_int_not_equal(sql("UPDATE models SET version = 7"), SQLITE_OK);
    assert_int_not_equal(sql("DELETE FROM journal"), SQLITE_OK);
    assert_true(bl_registry_check(r, &err));
    assert_int_equal(sql("DROP TRIGGER journal_fixed; UPDATE journal SET event = 'promote' WHERE number = 2"), SQLITE_OK);
    assert_false(bl_registry_check(r, &err));
    assert_non_null(strstr(err.message, "row 2"));
    bl_registry_close(r);
}

/* As batchlab made it before versions had parents; its two rows of the journal are chained. */
static const char first_schema[] =
    "CREATE TABLE models(name TEXT NOT NULL, version INTEGER NOT NULL CHECK(version > 0),"
    " stage TEXT NOT NULL CHECK(stage IN ('candidate','champion','retired')), sha256 TEXT NOT NULL CHECK(length(sha256) = 64),"
    " model TEXT NOT NULL, dataset TEXT NOT NULL, metric TEXT NOT NULL, value REAL, saved TEXT NOT NULL,"
    " PRIMARY KEY(name, version)) STRICT, WITHOUT ROWID;"
    "CREATE UNIQUE INDEX one_champion ON models(name) WHERE stage = 'champion';"
    "CREATE TRIGGER models_stay BEFORE DELETE ON models BEGIN SELECT RAISE(ABORT, 'versions are never deleted'); END;"
    "CREATE TRIGGER models_fixed BEFORE UPDATE OF name, version, sha256, model, dataset, metric, value, saved ON models"
    " BEGIN SELECT RAISE(ABORT, 'versions do not change'); END;"
    "CREATE TABLE journal(number INTEGER PRIMARY KEY, at TEXT NOT NULL, event TEXT NOT NULL, name TEXT NOT NULL,"
    " version INTEGER NOT NULL, sha256 TEXT NOT NULL, why TEXT NOT NULL, hash TEXT NOT NULL) STRICT;"
    "PRAGMA application_id = 1651269986; PRAGMA user_version = 1;";

static void insert_old(int64_t version, char before[65])
{
    struct bl_sha256 sum;
    char text[400], sha[65] = "", statement[900];

    memset(sha, version == 1 ? 'a' : 'b', 64);
    snprintf(text, sizeof text, "%s\n2026-01-0%lldT00:00:00Z\nsave\nold\n%lld\n%s\n", before, (long long)version, (long long)version, sha);
    bl_sha256_start(&sum);
    bl_sha256_add(&sum, text, strlen(text));
    bl_sha256_end(&sum, before);
    snprintf(statement, sizeof statement, "INSERT INTO models VALUES('old', %lld, 'candidate', '%s', 'linear', 'd', 'rmse', 1, '2026-01-01T00:00:00Z');"
             "INSERT INTO journal(at, event, name, version, sha256, why, hash) VALUES('2026-01-0%lldT00:00:00Z', 'save', 'old', %lld, '%s', '', '%s')",
             (long long)version, sha, (long long)version, (long long)version, sha, before);
    assert_int_equal(sql(statement), SQLITE_OK);
}

static void test_an_older_registry_is_led_on(void **state)
{
    struct bl_kept_row row, *rows;
    struct bl_registry *r;
    struct bl_error err = {0};
    char path[100], before[65] = "";
    size_t n;

    (void)state;
    snprintf(path, sizeof path, "%s/old", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    old_folder = path;
    assert_int_equal(sql(first_schema), SQLITE_OK);
    insert_old(1, before);
    insert_old(2, before);
    if (!bl_registry_open(&r, path, false, &err))
        fail_msg("%s", err.message);
    assert_true(bl_registry_check(r, &err));
    assert_true(bl_registry_list(r, &rows, &n, &err));
    assert_int_equal(n, 2);
    assert_int_equal(rows[1].version, 2);
    assert_int_equal(rows[1].parent, 0);
    bl_free(rows);
    save(r, "old", "third", &row);
    assert_int_equal(row.version, 3);
    assert_true(bl_registry_check(r, &err));
    bl_registry_close(r);
    old_folder = NULL;
    snprintf(path, sizeof path, "%s/old/registry.db.v1", folder);
    assert_int_equal(access(path, R_OK), 0); /* as it was */
    snprintf(path, sizeof path, "%s/old", folder);
    assert_true(bl_registry_open(&r, path, true, &err)); /* once is enough */
    bl_registry_close(r);
}

static void test_a_newer_registry_is_refused(void **state)
{
    struct bl_registry *r = registry();
    struct bl_error err = {0};

    (void)state;
    bl_registry_close(r);
    assert_int_equal(sql("PRAGMA user_version = 99"), SQLITE_OK);
    assert_false(bl_registry_open(&r, folder, false, &err));
    assert_non_null(strstr(err.message, "newer"));
    assert_int_equal(sql("PRAGMA application_id = 5; PRAGMA user_version = 4"), SQLITE_OK);
    assert_false(bl_registry_open(&r, folder, false, &err));
    assert_non_null(strstr(err.message, "another program"));
    assert_int_equal(sql("PRAGMA application_id = 1651269986"), SQLITE_OK);
}

static void expect_no_registry(const char *path, const char *message)
{
    struct bl_registry *r = NULL;
    struct bl_error err = {0};

    if (bl_registry_open(&r, path, false, &err))
        fail_msg("a registry was opened: %s", path);
    if (!strstr(err.message, message) || !err.hint[0])
        fail_msg("%s; hint: %s", err.message, err.hint);
}

static void write_at(const char *path, const char *name, long at, const char *bytes, size_t n)
{
    char file[200];
    FILE *f;

    snprintf(file, sizeof file, "%s/%s", path, name);
    f = fopen(file, at < 0 ? "wb" : "rb+");
    assert_non_null(f);
    if (at >= 0)
        fseek(f, at, SEEK_SET);
    fwrite(bytes, 1, n, f);
    fclose(f);
}

static void test_what_is_no_registry_is_refused(void **state)
{
    char path[100], trash[512];

    (void)state;
    snprintf(path, sizeof path, "%s/noise", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    memset(trash, 'x', sizeof trash);
    write_at(path, "registry.db", -1, trash, sizeof trash);
    expect_no_registry(path, "not a database");
    snprintf(path, sizeof path, "%s/noise/registry.db", folder);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    snprintf(path, sizeof path, "%s/noise", folder);
    expect_no_registry(path, "cannot open");
}

/* Pages that were overwritten behind our back are seen when it is opened, not when they are needed. */
static void test_a_damaged_registry_is_seen_at_once(void **state)
{
    struct bl_kept_row row;
    struct bl_registry *r;
    struct bl_error err = {0};
    char path[100], trash[3000], name[20];

    (void)state;
    snprintf(path, sizeof path, "%s/hurt", folder);
    assert_true(bl_registry_open(&r, path, false, &err));
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "m%d", i);
        save(r, name, name, &row);
    }
    bl_registry_close(r);
    assert_true(bl_registry_open(&r, path, false, &err));
    bl_registry_close(r);
    memset(trash, 0xa5, sizeof trash);
    usleep(20000); /* times of files have that grain */
    for (long page = 2; page < 12; page++) /* an empty page has nothing that could be hurt */
        write_at(path, "registry.db", page * 4096 + 8, trash, sizeof trash);
    expect_no_registry(path, "damaged");
}

/* In a process of its own, where limits and users may change; what it says is wrong, "" : nothing. */
static void in_a_child(const char *(*body)(const char *path), const char *path)
{
    char said[400] = "";
    int ends[2], status;
    pid_t child;

    assert_int_equal(pipe(ends), 0);
    if ((child = fork()) == 0) {
        const char *wrong = body(path);
        if (write(ends[1], wrong, strlen(wrong)) < 0)
            _exit(2);
        _exit(0);
    }
    close(ends[1]);
    if (read(ends[0], said, sizeof said - 1) < 0)
        said[0] = '?';
    close(ends[0]);
    waitpid(child, &status, 0);
    if (*said || status)
        fail_msg("%s (status %d)", said, status);
}

static bool store_one(struct bl_registry *r, const char *name, struct bl_error *err)
{
    struct bl_kept_row row = {.model = "linear", .dataset = "d", .metric = "rmse", .value = 1};
    struct bl_sha256 sum;

    snprintf(row.name, sizeof row.name, "%s", name);
    bl_sha256_start(&sum);
    bl_sha256_add(&sum, name, strlen(name));
    bl_sha256_end(&sum, row.sha256);
    return bl_registry_save(r, name, strlen(name), &row, err);
}

static struct bl_error told; /* of a child */

static const char *read_only(const char *path)
{
    struct bl_kept_row row;
    struct bl_registry *r;
    char file[200], *bytes;
    size_t n;

    if (geteuid() == 0 && (setgid(65534) || setuid(65534))) /* root may write anywhere */
        return "";
    if (!bl_registry_open(&r, path, false, &told) || !store_one(r, "ice", &told))
        return told.message;
    bl_registry_close(r);
    snprintf(file, sizeof file, "%s/registry.db", path);
    if (chmod(file, 0400) || chmod(path, 0500))
        return "chmod";
    if (!bl_registry_open(&r, path, true, &told))
        return told.message;
    if (!*bl_registry_told(r) || !bl_registry_find(r, "ice", &row, &told) || !bl_registry_read(r, &row, &bytes, &n, &told))
        return "it can not be read";
    bl_free(bytes);
    bl_registry_close(r);
    if (bl_registry_open(&r, path, false, &told) && store_one(r, "snow", &told))
        return "it was written";
    return strstr(told.message, "cannot") && told.hint[0] ? "" : told.message;
}

static void test_a_registry_that_may_only_be_read(void **state)
{
    char path[] = "/tmp/keep-frozen-XXXXXX", line[60];

    (void)state;
    assert_non_null(mkdtemp(path));
    if (geteuid() == 0)
        assert_int_equal(chown(path, 65534, 65534), 0);
    in_a_child(read_only, path);
    chmod(path, 0700);
    snprintf(line, sizeof line, "rm -rf '%s'", path);
    assert_int_equal(system(line), 0);
}

/* Files may not grow: as on a full disk. What was there stays, and when there is room it goes on. */
static const char *no_room(const char *path)
{
    const struct rlimit little = {.rlim_cur = 2048, .rlim_max = RLIM_INFINITY}, all = {RLIM_INFINITY, RLIM_INFINITY};
    struct bl_kept_row row;
    struct bl_registry *r;

    signal(SIGXFSZ, SIG_IGN);
    if (!bl_registry_open(&r, path, false, &told) || !store_one(r, "before", &told))
        return told.message;
    setrlimit(RLIMIT_FSIZE, &little);
    if (store_one(r, "now", &told))
        return "it was saved where there is no room";
    if (!told.message[0] || !told.hint[0] || !bl_registry_find(r, "before", &row, &told))
        return "the message, or what was there";
    setrlimit(RLIMIT_FSIZE, &all);
    if (!store_one(r, "now", &told) || !bl_registry_find(r, "now@1", &row, &told) || !bl_registry_check(r, &told))
        return told.message;
    bl_registry_close(r);
    return "";
}

static void test_a_full_disk_changes_nothing(void **state)
{
    char path[100];

    (void)state;
    snprintf(path, sizeof path, "%s/full", folder);
    in_a_child(no_room, path);
}

/* A file system without shared memory, as many network ones: files whose methods are those of before there was any. */
static int (*open_there)(sqlite3_vfs *, sqlite3_filename, sqlite3_file *, int, int *);
static sqlite3_io_methods old_methods;

static int open_without_memory(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags, int *out)
{
    const int code = open_there(vfs, name, file, flags, out);

    if (code == SQLITE_OK && file->pMethods) {
        old_methods = *file->pMethods;
        old_methods.iVersion = 1;
        file->pMethods = &old_methods;
    }
    return code;
}

static const char *no_memory_shared(const char *path)
{
    static sqlite3_vfs vfs;
    struct bl_kept_row row;
    struct bl_registry *r;

    vfs = *sqlite3_vfs_find(NULL);
    open_there = vfs.xOpen;
    vfs.xOpen = open_without_memory;
    vfs.zName = "old";
    sqlite3_vfs_register(&vfs, 1);
    if (!bl_registry_open(&r, path, false, &told))
        return told.message;
    if (!strstr(bl_registry_told(r), "write-ahead log"))
        return "it does not say so";
    if (!store_one(r, "far", &told) || !store_one(r, "far", &told) || !bl_registry_find(r, "far@2", &row, &told) || !bl_registry_check(r, &told))
        return told.message;
    bl_registry_close(r);
    return "";
}

static void test_a_file_system_without_shared_memory_is_told_and_works(void **state)
{
    char path[100];

    (void)state;
    snprintf(path, sizeof path, "%s/far", folder);
    in_a_child(no_memory_shared, path);
}

/* A writer that does not let go: after five seconds a sentence, and nothing is changed. */
static void test_a_locked_registry_is_told(void **state)
{
    struct bl_registry *r;
    struct bl_kept_row row = {.name = "late", .sha256 = ""};
    struct bl_error err = {0};
    char path[100];
    sqlite3 *db;

    (void)state;
    if (!getenv("BATCHLAB_LONG"))
        return; /* it takes the five seconds */
    r = registry();
    snprintf(path, sizeof path, "%s/registry.db", folder);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    memset(row.sha256, 'c', 64);
    assert_false(bl_registry_save(r, "x", 1, &row, &err));
    assert_non_null(strstr(err.hint, "another batchlab"));
    sqlite3_close(db);
    bl_registry_close(r);
}

static size_t objects_in(const char *path)
{
    char line[200];
    size_t n = 0;
    FILE *f;

    snprintf(line, sizeof line, "find '%s/objects' -type f | wc -l", path);
    f = popen(line, "r");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%zu", &n), 1);
    pclose(f);
    return n;
}

static void test_what_nothing_needs_is_removed(void **state)
{
    struct bl_kept_row first, second, third, twin;
    struct bl_registry *r;
    struct bl_error err = {0};
    struct bl_gc x;
    char path[100], file[300], *bytes;
    size_t n;

    (void)state;
    snprintf(path, sizeof path, "%s/sweep", folder);
    assert_true(bl_registry_open(&r, path, false, &err));
    save(r, "s", "one", &first);
    save(r, "s", "two", &second);
    save(r, "s", "three", &third);
    save(r, "t", "two", &twin); /* the same bytes */
    snprintf(file, sizeof file, "objects/%.2s/%s", first.sha256, "0123456789012345678901234567890123456789012345678901234567890a");
    write_at(path, file, -1, "left", 4);
    snprintf(file, sizeof file, "objects/%.2s/.%s", first.sha256, "left.by.a.save");
    write_at(path, file, -1, "left", 4);
    assert_true(bl_registry_gc(r, false, 3600, false, &x, &err));
    assert_int_equal(x.orphans, 0); /* a save may be under way */
    assert_true(bl_registry_gc(r, false, 0, true, &x, &err));
    assert_int_equal(x.orphans, 2);
    assert_int_equal(objects_in(path), 5);
    assert_true(bl_registry_gc(r, false, 0, false, &x, &err));
    assert_int_equal(objects_in(path), 3);
    assert_true(bl_registry_retire(r, &first, "", &err));
    assert_true(bl_registry_retire(r, &second, "", &err));
    assert_true(bl_registry_gc(r, true, 0, false, &x, &err));
    assert_int_equal(x.versions, 2);
    assert_int_equal(objects_in(path), 2); /* "two" is needed by t */
    assert_true(bl_registry_read(r, &twin, &bytes, &n, &err));
    bl_free(bytes);
    assert_true(bl_registry_find(r, "s@1", &first, &err));
    assert_false(bl_registry_read(r, &first, &bytes, &n, &err));
    assert_non_null(strstr(err.message, "removed by gc"));
    save(r, "s", "one", &first); /* a file that was removed comes back */
    assert_true(bl_registry_read(r, &first, &bytes, &n, &err));
    bl_free(bytes);
    assert_true(bl_registry_check(r, &err));
    bl_registry_close(r);
}

/* ---- runs -------------------------------------------------------------------------------------------- */

static struct bl_point *made_points(size_t n)
{
    struct bl_random random = bl_random_stream(3, BL_FOR_GENERATE, 0, (uint32_t)n);
    struct bl_point *p = bl_calloc(n + 1, sizeof *p);

    for (size_t i = 0; i < n; i++) {
        double loss = bl_random_unit(&random);
        p[i] = (struct bl_point){.epoch = (double)i, .updates = 12 * i, .samples = 300 * i, .gradient_evaluations = 300 * i + (i > 5), .train_loss = loss,
                                 .validation_loss = i % 3 ? loss + 0.1 : __builtin_nan(""), .objective = loss, .gradient_norm = bl_random_unit(&random),
                                 .lr = 0.1, .seconds = 1e-3 * (double)i};
    }
    return p;
}

static void fill_run(struct bl_run_row *row, const struct bl_point *p, size_t n)
{
    *row = (struct bl_run_row){.dataset = "d", .model = "softmax", .what = "mini 32", .status = "stopped", .seed = 1, .n_points = n, .last = p[n ? n - 1 : 0]};
    row->settings = "{\"lr\":\"0.1\"}";
    row->commands = "[\"load iris\"]";
}

static void test_runs_come_back_to_the_bit(void **state)
{
    static const size_t sizes[] = {0, 1, 2, 1000};
    struct bl_registry *r = registry();
    struct bl_error err = {0};

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct bl_point *p = made_points(sizes[i]), *back;
        const struct bl_point *const lent = p;
        struct bl_run_row row, read;

        fill_run(&row, p, sizes[i]);
        assert_true(bl_registry_runs_save(r, &row, &lent, 1, &err));
        assert_true(row.number > 0);
        if (!bl_registry_run(r, row.number, &read, &back, &err))
            fail_msg("%s", err.message);
        assert_int_equal(read.n_points, sizes[i]);
        for (size_t k = 0; k < sizes[i]; k++)
            assert_memory_equal(&p[k], &back[k], sizeof *p);
        assert_string_equal(read.what, "mini 32");
        bl_run_done(&read);
        bl_free(back);
        bl_free(p);
    }
    assert_false(bl_registry_run(r, 999999, &(struct bl_run_row){0}, &(struct bl_point *){NULL}, &err));
    assert_non_null(strstr(err.message, "no run 999999"));
    bl_registry_close(r);
}

static void test_damaged_points_are_told(void **state)
{
    struct bl_registry *r = registry();
    struct bl_point *p = made_points(50), *back;
    const struct bl_point *const lent = p;
    struct bl_run_row row, read;
    struct bl_error err = {0};
    char line[200];

    (void)state;
    fill_run(&row, p, 50);
    assert_true(bl_registry_runs_save(r, &row, &lent, 1, &err));
    snprintf(line, sizeof line, "UPDATE points SET bytes = substr(bytes, 1, 70) WHERE run = %lld", (long long)row.number);
    assert_int_equal(sql(line), SQLITE_OK);
    assert_false(bl_registry_run(r, row.number, &read, &back, &err));
    assert_non_null(strstr(err.message, "damaged"));
    bl_free(p);
    bl_registry_close(r);
}

static void test_a_damaged_object_is_told(void **state)
{
    struct bl_registry *r = registry();
    struct bl_kept_row row;
    struct bl_error err = {0};
    char path[600], *bytes;
    size_t n;
    FILE *f;

    (void)state;
    save(r, "broken", "contents", &row);
    snprintf(path, sizeof path, "%s/objects/%.2s/%s", folder, row.sha256, row.sha256 + 2);
    f = fopen(path, "wb");
    fputs("contentz", f);
    fclose(f);
    assert_false(bl_registry_read(r, &row, &bytes, &n, &err));
    assert_non_null(strstr(err.message, "broken@1"));
    bl_registry_close(r);
}
#endif

static void test_names(void **state)
{
    static const char *const bad[] = {"", "../x", ".x", "a/b", "a b", "-x", "a\nb", "\xc3\xa9", NULL};
    char name[66];

    (void)state;
    for (size_t i = 0; bad[i]; i++)
        assert_false(bl_kept_name_check(bad[i], NULL));
    memset(name, 'a', 65);
    name[65] = '\0';
    assert_false(bl_kept_name_check(name, NULL));
    name[64] = '\0';
    assert_true(bl_kept_name_check(name, NULL));
    assert_true(bl_kept_name_check("A-1_b.c", NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_model_comes_back_to_the_bit),
        cmocka_unit_test(test_every_step_comes_back_to_the_bit),
        cmocka_unit_test(test_what_steps_share_comes_back_to_the_bit),
        cmocka_unit_test(test_a_long_vocabulary_is_kept_behind_the_header),
        cmocka_unit_test(test_forged_words_and_buckets_are_refused),
        cmocka_unit_test(test_forged_neighbours_and_scales_are_refused),
        cmocka_unit_test(test_one_flipped_bit_anywhere_is_refused),
        cmocka_unit_test(test_a_cut_or_longer_file_is_refused),
        cmocka_unit_test(test_forged_headers_are_refused),
        cmocka_unit_test(test_random_forgeries_do_no_harm),
        cmocka_unit_test(test_a_huge_header_is_refused_before_memory_is_taken),
        cmocka_unit_test(test_huge_tensors_are_refused_before_memory_is_taken),
        cmocka_unit_test(test_a_table_that_does_not_fit_is_told),
#ifdef HAVE_SQLITE
        cmocka_unit_test(test_versions_are_numbered_without_gaps),
        cmocka_unit_test(test_several_processes_at_once),
        cmocka_unit_test(test_one_champion_which_is_not_retired),
        cmocka_unit_test(test_a_damaged_object_is_told),
        cmocka_unit_test(test_a_newer_registry_is_refused),
        cmocka_unit_test(test_an_older_registry_is_led_on),
        cmocka_unit_test(test_runs_come_back_to_the_bit),
        cmocka_unit_test(test_damaged_points_are_told),
        cmocka_unit_test(test_versions_and_journal_resist_change),
        cmocka_unit_test(test_what_is_no_registry_is_refused),
        cmocka_unit_test(test_a_damaged_registry_is_seen_at_once),
        cmocka_unit_test(test_a_registry_that_may_only_be_read),
        cmocka_unit_test(test_a_full_disk_changes_nothing),
        cmocka_unit_test(test_a_file_system_without_shared_memory_is_told_and_works),
        cmocka_unit_test(test_a_locked_registry_is_told),
        cmocka_unit_test(test_what_nothing_needs_is_removed),
#endif
        cmocka_unit_test(test_names),
    };

#ifdef HAVE_SQLITE
    if (!mkdtemp(folder))
        return 1;
    atexit(remove_folder);
#endif
    return cmocka_run_group_tests_name("keep", tests, NULL, NULL);
}
