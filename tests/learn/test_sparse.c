/* Sparse rows against the same rows written out: the same bits, from every objective, regime and number
 * of threads. */
#include "tests/learn/data.h"

#include "src/learn/gram.h"
#include "src/learn/objective.h"

#include <math.h>
#include <string.h>

static const struct { const char *name; size_t classes; } families[] = {
    {"linear", 0}, {"logistic", 2}, {"softmax", 5}, {"svm", 2}, {"svm2", 2}, {"huber", 0}, {"quantile", 0}, {"poisson", 0}};
/* Rows, columns, one cell in so many is not 0: few cells a column, and many columns, take the gradient by columns. */
static const size_t shapes[][3] = {{1, 3, 10}, {7, 9, 10}, {300, 40, 10}, {1111, 70, 10}, {1500, 400, 400}, {6000, 30, 200}};
#define COUNT(list) (sizeof(list) / sizeof *(list))

/* A dense matrix, one cell in so many not 0, and its sparse twin. */
struct twins { struct bl_matrix *dense, *sparse; };

static struct bl_sparse *compressed(const struct bl_matrix *m)
{
    size_t cells = 0;

    for (size_t i = 0; i < m->n_rows * m->n_features; i++)
        cells += m->x[i] != 0;
    struct bl_sparse *s = bl_sparse_create(m->n_rows, m->n_features, cells, NULL);
    cells = 0;
    for (size_t i = 0; i < m->n_rows; i++) {
        for (size_t j = 0; j < m->n_features; j++)
            if (m->x[i * m->n_features + j] != 0) {
                s->column[cells] = (uint32_t)j;
                s->value[cells++] = m->x[i * m->n_features + j];
            }
        s->start[i + 1] = cells;
    }
    return s;
}

static struct twins make_twins(size_t n, size_t d, size_t classes, size_t one_in, uint64_t seed, bool weights, bool counts)
{
    struct twins t = {make_matrix(n, d, classes, seed), NULL};
    struct bl_random r = bl_random_stream(seed, BL_FOR_SAMPLE, 1, 0);

    for (size_t i = 0; i < n * d; i++)
        if (bl_random_below(&r, one_in))
            t.dense->x[i] = 0;
    for (size_t i = 0; counts && i < n; i++)
        t.dense->y[i] = floor(fabs(t.dense->y[i]));
    t.sparse = bl_matrix_create_sparse(compressed(t.dense), true, NULL);
    assert_non_null(t.sparse);
    memcpy(t.sparse->y, t.dense->y, n * sizeof *t.dense->y);
    memcpy(t.sparse->row, t.dense->row, n * sizeof *t.dense->row);
    if (weights) {
        t.dense->weight = bl_aligned(n, sizeof *t.dense->weight);
        t.sparse->weight = bl_aligned(n, sizeof *t.dense->weight);
        for (size_t i = 0; i < n; i++)
            t.dense->weight[i] = t.sparse->weight[i] = (double)(1 + bl_random_below(&r, 4)) / 4;
    }
    return t;
}

static void twins_free(struct twins *t)
{
    bl_matrix_free(t->dense);
    bl_matrix_free(t->sparse);
}

static void assert_bits(const double *a, const double *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!(a[i] == b[i])) /* the sign of a 0 may differ */
            fail_msg("number %zu of %zu: %.17g is not %.17g", i, n, a[i], b[i]);
}

static void for_every_case(void (*check)(const struct bl_objective *dense, const struct bl_objective *sparse, const double *theta))
{
    for (size_t f = 0; f < COUNT(families); f++)
        for (size_t s = 0; s < COUNT(shapes); s++) {
            bool counts = strcmp(families[f].name, "poisson") == 0;
            struct twins t = make_twins(shapes[s][0], shapes[s][1], families[f].classes, shapes[s][2], 3 + s, s % 2, counts);
            struct bl_objective a = make_objective(families[f].name, t.dense, NULL, families[f].classes, s % 3 ? 0.1 : 0);
            struct bl_objective b = make_objective(families[f].name, t.sparse, NULL, families[f].classes, s % 3 ? 0.1 : 0);
            double *theta = bl_calloc(a.n_params, sizeof *theta);
            struct bl_random r = bl_random_stream(s, BL_FOR_INIT, 0, 0);
            for (size_t j = 0; j < a.n_params; j++)
                theta[j] = 0.4 * bl_random_normal(&r);
            check(&a, &b, theta);
            bl_free(theta);
            bl_objective_done(&a);
            bl_objective_done(&b);
            twins_free(&t);
        }
}

/* ---- passes --------------------------------------------------------------------------------------------*/
static void check_passes(const struct bl_objective *dense, const struct bl_objective *sparse, const double *theta)
{
    size_t p = dense->n_params, n = dense->train->n_rows;
    double *a = bl_calloc(p, sizeof *a), *b = bl_calloc(p, sizeof *b);
    uint32_t *index = bl_calloc(n, sizeof *index);
    struct bl_random r = bl_random_stream(5, BL_FOR_SHUFFLE, 0, 0);

    for (size_t i = 0; i < n; i++)
        index[i] = (uint32_t)bl_random_below(&r, n);
    for (size_t threads = 1; threads <= 3; threads += 2) {
        struct bl_pool *pool = bl_pool_create(threads, NULL);
        struct bl_workspace *wa = bl_workspace_create(dense, pool, NULL), *wb = bl_workspace_create(sparse, pool, NULL);
        double one = bl_objective_pass(dense, dense->train, theta, a, wa), other = bl_objective_pass(sparse, sparse->train, theta, b, wb);
        assert_bits(&one, &other, 1);
        assert_bits(a, b, p);
        for (size_t take = 1; take <= n; take = take < n && 3 * take > n ? n : 3 * take) {
            one = bl_objective_batch(dense, theta, index, take, a, wa);
            other = bl_objective_batch(sparse, theta, index, take, b, wb);
            assert_bits(&one, &other, 1);
            assert_bits(a, b, p);
        }
        bl_workspace_free(wa);
        bl_workspace_free(wb);
        bl_pool_free(pool);
    }
    bl_free(a);
    bl_free(b);
    bl_free(index);
}

/* The units pick the kernel of a margin; none may show it. */
static void test_passes_have_the_bits_of_the_dense_ones_with_every_unit(void **state)
{
    (void)state;
    for (enum bl_units most = BL_UNITS_NONE; most <= BL_UNITS_AVX512; most++) {
        bl_units_limit(most);
        for_every_case(check_passes);
    }
    bl_units_limit(BL_UNITS_AVX512);
}

static void check_predictions(const struct bl_objective *dense, const struct bl_objective *sparse, const double *theta)
{
    size_t n = dense->train->n_rows * (dense->n_classes ? dense->n_classes : 1);
    double *a = bl_calloc(n, sizeof *a), *b = bl_calloc(n, sizeof *b);

    bl_objective_predict(dense, theta, dense->train, a, NULL);
    bl_objective_predict(sparse, theta, sparse->train, b, NULL);
    assert_bits(a, b, n);
    bl_free(a);
    bl_free(b);
}

static void test_predictions_have_the_bits_of_the_dense_ones(void **state)
{
    (void)state;
    for_every_case(check_predictions);
}

static void check_curvature(const struct bl_objective *dense, const struct bl_objective *sparse, const double *theta)
{
    struct bl_smoothness a, b;
    size_t p = dense->n_params;
    double *x = bl_calloc(p, sizeof *x), *y = bl_calloc(p, sizeof *y);

    assert_true(bl_smoothness_of(dense, NULL, &a, NULL) && bl_smoothness_of(sparse, NULL, &b, NULL));
    if (isfinite(dense->type->curvature_bound)) {
        assert_true(fabs(a.full - b.full) <= 1e-12 * a.full);
        assert_bits(&a.row_max, &b.row_max, 1);
        assert_bits(&a.row_mean, &b.row_mean, 1);
    }
    assert_true(bl_hessian_times(dense, theta, theta, x, NULL, NULL) && bl_hessian_times(sparse, theta, theta, y, NULL, NULL));
    assert_bits(x, y, p);
    bl_free(x);
    bl_free(y);
}

static void test_curvature_is_that_of_the_dense_matrix(void **state)
{
    (void)state;
    for_every_case(check_curvature);
}

/* ---- runs --------------------------------------------------------------------------------------------------*/
static const char *const runs[][4] = {
    {"batch", NULL}, {"sgd", NULL}, {"sgd", "order=given", NULL}, {"mini:32", "optimizer=adam", NULL}, {"mini:16", "accumulate=4", NULL},
    {"mini:300", "order=given", "optimizer=momentum", NULL}, {"mini:8", "optimizer=svrg", NULL}, {"mini:8", "optimizer=saga", NULL},
    {"mini:32", "order=replacement", NULL}, {"full:lbfgs", NULL}, {"full:cg", NULL}, {"full:newton", NULL}};

static struct bl_settings settings_of(const char *const *words)
{
    struct bl_settings s;
    bool known;

    bl_settings_init(&s);
    assert_true(bl_settings_regime(&s, words[0], NULL));
    for (size_t i = 1; words[i]; i++) {
        char key[32];
        const char *equals = strchr(words[i], '=');
        memcpy(key, words[i], (size_t)(equals - words[i]));
        key[equals - words[i]] = '\0';
        assert_true(bl_settings_set(&s, key, equals + 1, &known, NULL) && known);
    }
    s.lr = 0.02;
    return s;
}

static void check_run(const struct bl_objective *dense, const struct bl_objective *sparse, const struct bl_settings *s)
{
    struct bl_pool *pool = bl_pool_create(3, NULL);
    struct bl_trainer *a = bl_trainer_create(dense, s, NULL, NULL, NULL), *b = bl_trainer_create(sparse, s, NULL, pool, NULL);
    char before[65], after[65];

    if (a || b) {
        assert_true(a && b);
        assert_true(bl_trainer_epochs(a, 2, NULL, NULL) && bl_trainer_epochs(b, 2, NULL, NULL));
        assert_int_equal(bl_trainer_status(a), bl_trainer_status(b));
        if (bl_trainer_status(a) != BL_DIVERGED_RUN) /* an infinite slope times 0 is not a number */
            assert_bits(bl_trainer_theta(a), bl_trainer_theta(b), dense->n_params);
        bl_trainer_hash(b, before);
        assert_true(bl_trainer_goto_update(b, 1, NULL, NULL) && bl_trainer_goto_epoch(b, 2, NULL, NULL));
        bl_trainer_hash(b, after);
        assert_string_equal(before, after);
    }
    bl_trainer_free(a);
    bl_trainer_free(b);
    bl_pool_free(pool);
}

static void check_runs(const struct bl_objective *dense, const struct bl_objective *sparse, const double *theta)
{
    (void)theta;
    if (dense->train->n_rows < 300)
        return;
    for (size_t i = 0; i < COUNT(runs); i++) {
        struct bl_settings s = settings_of(runs[i]);
        check_run(dense, sparse, &s);
    }
}

static void test_runs_have_the_bits_of_the_dense_ones(void **state)
{
    (void)state;
    for_every_case(check_runs);
}

static void check_optimum(const struct bl_objective *dense, const struct bl_objective *sparse, const double *theta)
{
    struct bl_optimum a, b;

    (void)theta;
    if (dense->train->n_rows < 300 || !(dense->l2 > 0))
        return;
    assert_true(bl_optimum_find(dense, NULL, NULL, &a, NULL) && bl_optimum_find(sparse, NULL, NULL, &b, NULL));
    assert_int_equal(a.exists, b.exists);
    if (a.exists)
        assert_true(fabs(a.objective - b.objective) <= 1e-13 * fabs(a.objective));
    bl_optimum_done(&a);
    bl_optimum_done(&b);
}

static void test_the_optimum_is_that_of_the_dense_matrix(void **state)
{
    (void)state;
    for_every_case(check_optimum);
}

/* ---- 100,000 features -------------------------------------------------------------------------------------*/
static struct bl_matrix *wide(size_t n, size_t d, size_t each)
{
    struct bl_sparse *s = bl_sparse_create(n, d, n * each, NULL);
    struct bl_random r = bl_random_stream(11, BL_FOR_GENERATE, 0, 0);
    struct bl_matrix *m;

    for (size_t i = 0; i < n; i++) {
        for (size_t c = 0; c < each; c++) { /* one in each stretch of d / each columns: ascending */
            s->column[i * each + c] = (uint32_t)(c * (d / each) + bl_random_below(&r, d / each));
            s->value[i * each + c] = bl_random_normal(&r);
        }
        s->start[i + 1] = (i + 1) * each;
    }
    assert_non_null(m = bl_matrix_create_sparse(s, true, NULL));
    for (size_t i = 0; i < n; i++) {
        double score = bl_random_normal(&r);
        for (size_t c = 0; c < each; c++)
            score += (s->column[i * each + c] % 3 ? 0.3 : -0.6) * s->value[i * each + c];
        m->y[i] = score > 0;
        m->row[i] = (uint32_t)i;
    }
    return m;
}

static void test_a_hundred_thousand_features_train(void **state)
{
    struct bl_matrix *m = wide(20000, 100000, 50);
    struct bl_objective o = make_objective("logistic", m, NULL, 2, 1e-4);
    const char *const words[][3] = {{"batch"}, {"mini:256"}, {"full:lbfgs"}};

    (void)state;
    for (size_t i = 0; i < COUNT(words); i++) {
        struct bl_settings s = settings_of(words[i]);
        struct bl_trainer *t;
        struct bl_point p;
        s.lr = NAN;
        assert_non_null(t = bl_trainer_create(&o, &s, NULL, NULL, NULL));
        assert_true(bl_trainer_epochs(t, i == 1 ? 2 : 10, NULL, NULL));
        assert_true(bl_trainer_point(t, &p, NULL));
        assert_true(p.objective < 0.98 * log(2));
        bl_trainer_free(t);
    }
    bl_objective_done(&o);
    bl_matrix_free(m);
}

static void test_a_hessian_that_is_too_large_is_refused_with_the_way_out(void **state)
{
    struct bl_matrix *m = wide(100, 100000, 5);
    struct bl_objective o = make_objective("logistic", m, NULL, 2, 1e-4);
    const char *const words[] = {"full:newton", NULL};
    struct bl_settings s = settings_of(words);
    struct bl_error err;

    (void)state;
    assert_null(bl_trainer_create(&o, &s, NULL, NULL, &err));
    assert_non_null(strstr(err.message, "100001 parameters"));
    assert_string_equal(err.hint, "full:lbfgs");
    bl_objective_done(&o);
    bl_matrix_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_passes_have_the_bits_of_the_dense_ones_with_every_unit),
        cmocka_unit_test(test_predictions_have_the_bits_of_the_dense_ones),
        cmocka_unit_test(test_curvature_is_that_of_the_dense_matrix),
        cmocka_unit_test(test_runs_have_the_bits_of_the_dense_ones),
        cmocka_unit_test(test_the_optimum_is_that_of_the_dense_matrix),
        cmocka_unit_test(test_a_hundred_thousand_features_train),
        cmocka_unit_test(test_a_hessian_that_is_too_large_is_refused_with_the_way_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
