/* Objectives: gradients against differences, the kernels against the plain formulas, the same bits
 * from every vector unit, any number of threads and any cut. */
#include "tests/learn/data.h"

#include "src/learn/objective.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct { const char *name; size_t classes; } families[] = {
    {"linear", 0}, {"logistic", 2}, {"softmax", 3}, {"softmax", 11}, {"svm", 2}, {"svm2", 2}, {"huber", 0}, {"quantile", 0}, {"poisson", 0}};
static const size_t shapes[][2] = {{1, 1}, {3, 0}, {7, 2}, {65, 4}, {100, 7}, {257, 8}, {300, 28}, {600, 33}, {1000, 41}};
#define COUNT(list) (sizeof(list) / sizeof *(list))

static double *some_theta(size_t n, uint64_t seed)
{
    double *theta = bl_calloc(n, sizeof *theta);
    struct bl_random r = bl_random_stream(seed, BL_FOR_INIT, 0, 0);

    for (size_t j = 0; j < n; j++)
        theta[j] = 0.4 * bl_random_normal(&r);
    return theta;
}

/* ---- plain formulas ------------------------------------------------------------------------------------*/
static double plain_pass(const struct bl_objective *o, const struct bl_matrix *m, const double *theta, double *gradient)
{
    size_t per_output = o->d + o->intercept;
    double z[16], g[16];
    struct bl_sum2 loss = {0, 0};

    memset(gradient, 0, o->n_params * sizeof *gradient);
    for (size_t i = 0; i < m->n_rows; i++) {
        const double *x = m->x + i * o->d;
        bl_objective_margins(o, theta, x, z);
        bl_sum2_add(&loss, o->type->loss(z, m->y[i], o->k, o->hyper));
        o->type->slope(z, m->y[i], o->k, o->hyper, g);
        for (size_t c = 0; c < o->k; c++) {
            gradient[c * per_output] += g[c];
            for (size_t j = 0; j < o->d; j++)
                gradient[c * per_output + 1 + j] += g[c] * x[j];
        }
    }
    for (size_t p = 0; p < o->n_params; p++)
        gradient[p] = gradient[p] / (double)m->n_rows + (p % per_output ? o->l2 * theta[p] : 0);
    return bl_sum2_value(loss) / (double)m->n_rows;
}

static void make_counts(struct bl_matrix *m)
{
    for (size_t i = 0; i < m->n_rows; i++)
        m->y[i] = floor(fabs(m->y[i]));
}

static void for_case(size_t f, size_t rows, size_t columns, uint64_t seed, void (*check)(const struct bl_objective *o, const double *theta))
{
    struct bl_matrix *m = make_matrix(rows, columns, families[f].classes, 7 + seed);

    if (strcmp(families[f].name, "poisson") == 0)
        make_counts(m);
    struct bl_objective o = make_objective(families[f].name, m, NULL, families[f].classes, seed % 2 ? 0.1 : 0);
    double *theta = some_theta(o.n_params, seed);
    check(&o, theta);
    bl_free(theta);
    bl_objective_done(&o);
    bl_matrix_free(m);
}

static void for_every_case(void (*check)(const struct bl_objective *o, const double *theta))
{
    for (size_t f = 0; f < COUNT(families); f++)
        for (size_t s = 0; s < COUNT(shapes); s++)
            for_case(f, shapes[s][0], shapes[s][1], s, check);
}

/* Rows of so many columns are worked on a few at a time. */
static void for_long_rows(void (*check)(const struct bl_objective *o, const double *theta))
{
    static const size_t long_rows[][2] = {{131, 100}, {75, 261}, {71, 500}, {70, 700}};

    for (size_t f = 0; f < COUNT(families); f++)
        for (size_t s = 0; s < COUNT(long_rows) && strcmp(families[f].name, "poisson") != 0; s++) /* its means would not be finite */
            for_case(f, long_rows[s][0], long_rows[s][1], 1, check);
}

static void close_to(double a, double b, double tolerance)
{
    if (!(fabs(a - b) <= tolerance * (1 + fabs(b))))
        fail_msg("%.17g is not %.17g", a, b);
}

static void agrees_with_formulas(const struct bl_objective *o, const double *theta)
{
    double *want = bl_calloc(o->n_params, sizeof *want), *have = bl_calloc(o->n_params, sizeof *have);
    struct bl_workspace *w = bl_workspace_create(o, NULL, NULL);

    close_to(bl_objective_pass(o, o->train, theta, have, w), plain_pass(o, o->train, theta, want), 1e-14);
    for (size_t p = 0; p < o->n_params; p++)
        close_to(have[p], want[p], 1e-13);
    close_to(bl_objective_pass(o, o->train, theta, NULL, w), bl_objective_pass(o, o->train, theta, have, w), 0);
    bl_workspace_free(w);
    bl_free(want);
    bl_free(have);
}

static void test_fused_pass_agrees_with_the_formulas(void **state)
{
    (void)state;
    for_every_case(agrees_with_formulas);
    for_long_rows(agrees_with_formulas);
}

/* ---- differences -----------------------------------------------------------------------------------------*/
static double value_at(const struct bl_objective *o, double *theta, struct bl_workspace *w)
{
    return bl_objective_pass(o, o->train, theta, NULL, w) + bl_objective_penalty(o, theta);
}

/* Largest error of a gradient against central differences, relative to its size. */
static double gradient_error(const struct bl_objective *o, const double *at, const double *gradient)
{
    double *theta = bl_calloc(o->n_params, sizeof *theta), worst = 0;
    struct bl_workspace *w = bl_workspace_create(o, NULL, NULL);

    memcpy(theta, at, o->n_params * sizeof *theta);
    for (size_t p = 0; p < o->n_params; p++) {
        double h = cbrt(0x1p-52) * fmax(1, fabs(at[p])), above, below;
        theta[p] = at[p] + h;
        above = value_at(o, theta, w);
        theta[p] = at[p] - h;
        below = value_at(o, theta, w);
        theta[p] = at[p];
        worst = fmax(worst, fabs((above - below) / (2 * h) - gradient[p]) / (1 + fabs(gradient[p])));
    }
    bl_workspace_free(w);
    bl_free(theta);
    return worst;
}

static void gradient_is_the_derivative(const struct bl_objective *o, const double *theta)
{
    double *g = bl_calloc(o->n_params, sizeof *g);
    struct bl_workspace *w = bl_workspace_create(o, NULL, NULL);

    bl_objective_pass(o, o->train, theta, g, w);
    assert_true(gradient_error(o, theta, g) < 1e-8);
    g[o->n_params / 2] += 1e-4 * (1 + fabs(g[o->n_params / 2])); /* the planted error */
    assert_false(gradient_error(o, theta, g) < 1e-8);
    bl_workspace_free(w);
    bl_free(g);
}

static void test_gradients_are_central_differences_and_a_planted_error_is_seen(void **state)
{
    (void)state;
    for_every_case(gradient_is_the_derivative);
}

static void the_check_agrees_and_sees(const struct bl_objective *o, const double *theta)
{
    double *g = bl_calloc(o->n_params, sizeof *g), limit = o->type->kinks || o->type->jumps ? 1e-6 : 1e-9;
    struct bl_workspace *w = bl_workspace_create(o, NULL, NULL);
    struct bl_gradient_check check;

    assert_true(bl_gradient_check_at(o, theta, NULL, 0, NULL, NULL, &check, NULL));
    if (!(check.worst < limit))
        fail_msg("%s: parameter %zu: %.17g, differences say %.17g", o->type->name, check.parameter, check.analytic, check.numeric);
    assert_int_equal(check.checked, o->n_params);
    bl_objective_pass(o, o->train, theta, g, w);
    g[o->n_params / 2] += 1e-3 * (1 + fabs(g[o->n_params / 2])); /* the planted error */
    assert_true(bl_gradient_check_at(o, theta, g, 0, NULL, NULL, &check, NULL));
    assert_false(check.worst < limit);
    assert_int_equal(check.parameter, o->n_params / 2);
    assert_true(bl_gradient_check_at(o, theta, NULL, 3, NULL, NULL, &check, NULL));
    assert_int_equal(check.checked, o->n_params < 3 ? o->n_params : 3);
    bl_workspace_free(w);
    bl_free(g);
}

static void test_gradcheck_agrees_and_sees_a_planted_error(void **state)
{
    (void)state;
    for_every_case(the_check_agrees_and_sees);
}

static void test_gradcheck_knows_where_l1_has_no_derivative(void **state)
{
    struct bl_matrix *m = make_matrix(60, 4, 0, 3);
    struct bl_objective o = make_objective("linear", m, NULL, 0, 0.1);
    double theta[5] = {0, 0.5, 0, -1e-9, 2};
    struct bl_gradient_check check;

    (void)state;
    assert_true(bl_objective_set(&o, 0.3, NULL, NULL));
    assert_true(bl_gradient_check_at(&o, theta, NULL, 0, NULL, NULL, &check, NULL));
    assert_int_equal(check.skipped, 1);
    assert_int_equal(check.checked, 4);
    bl_matrix_free(m);
}

static void test_curvature_is_the_slope_of_the_slope(void **state)
{
    double z[3] = {0.3, -1.2, 0.8}, up[3], down[3], h[9];

    (void)state;
    for (size_t f = 0; bl_objectives[f]; f++) {
        const struct bl_objective_type *type = bl_objectives[f];
        if (type->network)
            continue; /* it takes its loss from one of the others */
        const double one[BL_MODEL_KEYS] = {0.9};
        size_t k = type->output_per_class ? 3 : 1;
        type->curvature(z, 1, k, one, h);
        for (size_t c = 0; c < k; c++) {
            double keep = z[c];
            z[c] = keep + 1e-5;
            type->slope(z, 1, k, one, up);
            z[c] = keep - 1e-5;
            type->slope(z, 1, k, one, down);
            z[c] = keep;
            for (size_t r = 0; r < k; r++)
                close_to((up[r] - down[r]) / 2e-5, h[r * k + c], 1e-9);
        }
    }
}

/* ---- bits ----------------------------------------------------------------------------------------------------*/
static enum bl_simd best_level(void)
{
    return bl_simd_best();
}

static enum bl_simd judged; /* the unit that is held against the baseline */

static void same_as_baseline(const struct bl_objective *o, const double *theta)
{
    double *g = bl_calloc(o->n_params, sizeof *g), *plain = bl_calloc(o->n_params, sizeof *plain), loss, plain_loss;
    struct bl_workspace *w = bl_workspace_create(o, NULL, NULL);

    bl_workspace_level(w, BL_SIMD_BASE);
    plain_loss = bl_objective_pass(o, o->train, theta, plain, w);
    bl_workspace_level(w, judged);
    loss = bl_objective_pass(o, o->train, theta, g, w);
    assert_memory_equal(&loss, &plain_loss, sizeof loss);
    assert_memory_equal(g, plain, o->n_params * sizeof *g);
    bl_free(g);
    bl_free(plain);
    bl_workspace_free(w);
}

static void judge(enum bl_simd level)
{
    if (best_level() < level)
        skip(); /* this processor lacks it */
    judged = level;
    for_every_case(same_as_baseline);
    for_long_rows(same_as_baseline);
}

static void test_avx2_gives_the_bits_of_the_baseline(void **state)
{
    (void)state;
    judge(BL_SIMD_AVX2);
}

static void test_avx512_gives_the_bits_of_the_baseline(void **state)
{
    (void)state;
    judge(BL_SIMD_AVX512);
}

/* One row an update: the fused pass against gradient and update apart. */
static void fused_sgd_is_exact(const struct bl_objective *o, const double *theta)
{
    size_t bytes = o->n_params * sizeof *theta, n = o->train->n_rows < 60 ? o->train->n_rows : 60;
    double *apart = bl_calloc(o->n_params, sizeof *apart), *g = bl_calloc(o->n_params, sizeof *g);
    double *fused = bl_calloc(o->n_params, sizeof *fused), *z = bl_calloc(BL_SGD_BLOCK * o->k, sizeof *z);
    struct bl_workspace *w = bl_workspace_create(o, NULL, NULL);

    memcpy(apart, theta, bytes);
    for (uint32_t i = 0; i < n; i++) {
        bl_objective_batch(o, apart, &i, 1, g, w);
        for (size_t p = 0; p < o->n_params; p++)
            apart[p] -= 0.05 * g[p];
    }
    for (enum bl_simd level = BL_SIMD_BASE; level <= best_level(); level++) {
        memcpy(fused, theta, bytes);
        bl_workspace_level(w, level);
        bl_sgd_begin(o, fused, w);
        bl_sgd_rows(o, &(struct bl_batch){.first = 0, .n = n / 2}, 0.05, z, w);
        bl_sgd_rows(o, &(struct bl_batch){.first = n / 2, .n = n - n / 2}, 0.05, z, w);
        bl_sgd_end(o, fused, w);
        assert_memory_equal(fused, apart, bytes);
    }
    bl_workspace_free(w);
    bl_free(apart);
    bl_free(g);
    bl_free(fused);
    bl_free(z);
}

static void test_fused_stochastic_rows_are_gradient_and_update(void **state)
{
    (void)state;
    for_every_case(fused_sgd_is_exact);
}

static void test_threads_do_not_change_the_bits(void **state)
{
    static const size_t threads[] = {1, 2, 3, 8};
    double first[64], g[64], loss = 0;

    (void)state;
    for (size_t f = 0; f < COUNT(families); f++) {
        if (families[f].classes > 3)
            continue;
        struct bl_matrix *m = make_matrix(20000, 9, families[f].classes, 3);
        make_counts(m);
        struct bl_objective o = make_objective(families[f].name, m, NULL, families[f].classes, 0.01);
        double *theta = some_theta(o.n_params, 1);
        for (size_t t = 0; t < COUNT(threads); t++) {
            struct bl_pool *pool = bl_pool_create(threads[t], NULL);
            struct bl_workspace *w = bl_workspace_create(&o, pool, NULL);
            double now = bl_objective_pass(&o, m, theta, g, w);
            if (t == 0) {
                memcpy(first, g, sizeof first);
                loss = now;
            }
            assert_memory_equal(&now, &loss, sizeof now);
            assert_memory_equal(g, first, o.n_params * sizeof *g);
            bl_workspace_free(w);
            bl_pool_free(pool);
        }
        bl_free(theta);
        bl_matrix_free(m);
    }
}

static void test_an_index_of_rows_is_the_rows(void **state)
{
    struct bl_matrix *m = make_matrix(700, 13, 2, 5);
    struct bl_objective o = make_objective("logistic", m, NULL, 2, 0.01);
    struct bl_workspace *w = bl_workspace_create(&o, NULL, NULL);
    double *theta = some_theta(o.n_params, 1), direct[14], indexed[14];
    uint32_t index[700];

    (void)state;
    for (uint32_t i = 0; i < 700; i++)
        index[i] = i;
    double a = bl_objective_batch(&o, theta, NULL, 700, direct, w), b = bl_objective_batch(&o, theta, index, 700, indexed, w);
    assert_memory_equal(&a, &b, sizeof a);
    assert_memory_equal(direct, indexed, sizeof direct);
    a = bl_objective_pass(&o, m, theta, indexed, w);
    assert_memory_equal(&a, &b, sizeof a);
    assert_memory_equal(direct, indexed, sizeof direct);
    bl_workspace_free(w);
    bl_free(theta);
    bl_matrix_free(m);
}

/* ---- predictions and edges -------------------------------------------------------------------------------------*/
static void test_predictions_may_be_written_over_the_margins(void **state)
{
    (void)state;
    for (size_t i = 0; bl_objectives[i]; i++) {
        size_t k = bl_objectives[i]->output_per_class ? 3 : 1;
        if (bl_objectives[i]->network)
            continue;
        double z[3] = {0.3, -1.2, 2.5}, over[3] = {0.3, -1.2, 2.5}, apart[3] = {0};
        if (k == 1)
            continue; /* more numbers come out than went in: never the same array */
        bl_objectives[i]->predict(z, 3, apart);
        bl_objectives[i]->predict(over, 3, over);
        assert_memory_equal(apart, over, sizeof apart);
    }
}

static void test_predictions_do_not_depend_on_neighbours(void **state)
{
    struct bl_matrix *m = make_matrix(500, 5, 3, 5), *one = make_matrix(1, 5, 3, 9);
    struct bl_objective o = make_objective("softmax", m, NULL, 3, 0);
    struct bl_pool *pool = bl_pool_create(3, NULL);
    double *theta = some_theta(o.n_params, 2), all[1500], alone[3];

    (void)state;
    bl_objective_predict(&o, theta, m, all, pool);
    for (size_t i = 0; i < 500; i++) {
        memcpy(one->x, m->x + 5 * i, 5 * sizeof *one->x);
        bl_objective_predict(&o, theta, one, alone, NULL);
        assert_memory_equal(alone, all + 3 * i, sizeof alone);
        close_to(alone[0] + alone[1] + alone[2], 1, 1e-15);
    }
    bl_pool_free(pool);
    bl_free(theta);
    bl_matrix_free(m);
    bl_matrix_free(one);
}

static void test_extreme_margins_stay_finite_and_small_losses_keep_their_digits(void **state)
{
    static const struct { double x, y, loss; } cases[] = {
        {40, 1, 4.248354255291589e-18}, {-40, 1, 40}, {40, 0, 40}, {-40, 0, 4.248354255291589e-18},
        {5000, 0, 5000}, {5000, 1, 0}, {0, 1, 0.6931471805599453}, {20, 1, 2.0611536203143e-9}};
    struct bl_matrix *m = make_matrix(1, 1, 2, 1);
    double theta[2] = {0, 1}, g[2];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        m->x[0] = cases[i].x;
        m->y[0] = cases[i].y;
        struct bl_objective o = make_objective("logistic", m, NULL, 2, 0);
        struct bl_workspace *w = bl_workspace_create(&o, NULL, NULL);
        double loss = bl_objective_pass(&o, m, theta, g, w);
        assert_true(fabs(loss - cases[i].loss) <= 1e-13 * cases[i].loss + 1e-300);
        assert_true(isfinite(g[0]) && isfinite(g[1]));
        bl_workspace_free(w);
    }
    bl_matrix_free(m);
}

static void test_a_model_that_does_not_fit_is_refused(void **state)
{
    struct bl_matrix *m = make_matrix(10, 2, 3, 1);
    struct bl_objective o;
    struct bl_error err;

    (void)state;
    assert_false(bl_objective_init(&o, bl_objective_find("logistic"), m, NULL, 3, true, 0, "species", &err));
    assert_string_equal(err.message, "model logistic needs 2 classes, but 'species' has 3");
    assert_false(bl_objective_init(&o, bl_objective_find("linear"), m, NULL, 3, true, 0, "species", &err));
    assert_false(bl_objective_init(&o, bl_objective_find("softmax"), m, NULL, 0, true, 0, "species", &err));
    assert_false(bl_objective_init(&o, bl_objective_find("softmax"), m, NULL, 1, true, 0, "species", &err));
    assert_false(bl_objective_init(&o, bl_objective_find("softmax"), m, NULL, 3, true, -1, "species", &err));
    assert_false(bl_objective_init(&o, bl_objective_find("softmax"), m, NULL, 3, true, NAN, "species", &err));
    m->x[3] = INFINITY;
    assert_false(bl_objective_init(&o, bl_objective_find("softmax"), m, NULL, 3, true, 0, "species", &err));
    assert_null(bl_objective_find("ridge"));
    bl_matrix_free(m);
}

/* z, y, loss and slope by hand. */
static void test_losses_by_hand(void **state)
{
    static const struct { const char *model; double z, y, key, loss, slope; } cases[] = {
        {"svm", 0.25, 1, 0, 0.75, -1}, {"svm", 0.25, 0, 0, 1.25, 1}, {"svm", 1, 1, 0, 0, 0}, {"svm", -3, 0, 0, 0, 0},
        {"svm2", 0.5, 1, 0, 0.125, -0.5}, {"svm2", 0.5, 0, 0, 1.125, 1.5}, {"svm2", 2, 1, 0, 0, 0},
        {"huber", 3, 1, 1, 1.5, 1}, {"huber", 0.5, 1, 1, 0.125, -0.5}, {"huber", -4, 1, 2, 8, -2}, {"huber", 2, 1, 1, 0.5, 1},
        {"quantile", 1, 3, 0.75, 1.5, -0.75}, {"quantile", 3, 1, 0.75, 0.5, 0.25}, {"quantile", 2, 2, 0.75, 0, 0},
        {"poisson", 0, 3, 0, 1, -2}, {"poisson", 0.6931471805599453, 1, 0, 1.3068528194400546, 1}, {"poisson", -1000, 0, 0, 0, 0}};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct bl_objective_type *type = bl_objective_find(cases[i].model);
        const double key[BL_MODEL_KEYS] = {cases[i].key};
        double slope;
        close_to(type->loss(&cases[i].z, cases[i].y, 1, key), cases[i].loss, 1e-15);
        type->slope(&cases[i].z, cases[i].y, 1, key, &slope);
        close_to(slope, cases[i].slope, 1e-15);
    }
}

/* With the median's tau quantile is half the absolute error; huber with a huge delta is linear; svm2
 * is half the square of svm, row by row. */
static void test_relations_between_losses(void **state)
{
    struct bl_random r = bl_random_stream(5, BL_FOR_GENERATE, 0, 0);
    const double half[BL_MODEL_KEYS] = {0.5}, huge[BL_MODEL_KEYS] = {1e90};

    (void)state;
    for (size_t i = 0; i < 200; i++) {
        double z = 3 * bl_random_normal(&r), y = 3 * bl_random_normal(&r), c = (double)(i % 2);
        close_to(bl_objective_find("quantile")->loss(&z, y, 1, half), 0.5 * fabs(z - y), 1e-15);
        close_to(bl_objective_find("huber")->loss(&z, y, 1, huge), bl_objective_find("linear")->loss(&z, y, 1, NULL), 1e-15);
        double hinge = bl_objective_find("svm")->loss(&z, c, 1, NULL);
        close_to(bl_objective_find("svm2")->loss(&z, c, 1, NULL), 0.5 * hinge * hinge, 1e-15);
    }
}

static void test_keys_of_models_are_checked(void **state)
{
    static const struct { const char *model, *key, *value; bool known, good; } cases[] = {
        {"huber", "delta", "2.5", true, true}, {"huber", "delta", "0", true, false}, {"huber", "delta", "x", true, false},
        {"huber", "tau", "0.5", false, true}, {"quantile", "tau", "0.9", true, true}, {"quantile", "tau", "1", true, false},
        {"quantile", "tau", "nan", true, false}, {"linear", "delta", "1", false, true}};
    struct bl_matrix *m = make_matrix(10, 2, 0, 1);
    struct bl_objective o = make_objective("huber", m, NULL, 0, 0);
    double hyper[BL_MODEL_KEYS] = {0};
    struct bl_error err;
    bool known;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(bl_model_key(bl_objective_find(cases[i].model), hyper, cases[i].key, cases[i].value, &known, &err), cases[i].good);
        assert_int_equal(known, cases[i].known);
    }
    assert_true(o.hyper[0] == 1);
    assert_false(bl_objective_set(&o, -1, NULL, &err));
    assert_false(bl_objective_set(&o, 0, (const double[BL_MODEL_KEYS]){-1}, &err));
    assert_true(bl_objective_set(&o, 0.5, (const double[BL_MODEL_KEYS]){3}, &err));
    assert_true(o.hyper[0] == 3 && o.l1 == 0.5);
    m->y[4] = -1;
    assert_false(bl_objective_init(&o, bl_objective_find("poisson"), m, NULL, 0, true, 0, "visits", &err));
    assert_non_null(strstr(err.message, "model poisson needs a target of 0 or more, but 'visits' is "));
    bl_matrix_free(m);
}

static void test_workspace_copes_with_every_failed_allocation(void **state)
{
    struct bl_matrix *m = make_matrix(1000, 3, 2, 1);
    struct bl_objective o = make_objective("logistic", m, NULL, 2, 0);
    struct bl_workspace *w = NULL;
    struct bl_error err;

    (void)state;
    for (uint64_t k = 1; !w && k < 50; k++) {
        bl_alloc_fail_at(k, true);
        w = bl_workspace_create(&o, NULL, &err);
        bl_alloc_fail_at(0, false);
        if (!w)
            assert_int_equal(err.code, BL_MEMORY);
    }
    assert_non_null(w);
    bl_workspace_free(w);
    bl_matrix_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fused_pass_agrees_with_the_formulas),
        cmocka_unit_test(test_gradients_are_central_differences_and_a_planted_error_is_seen),
        cmocka_unit_test(test_gradcheck_agrees_and_sees_a_planted_error),
        cmocka_unit_test(test_gradcheck_knows_where_l1_has_no_derivative),
        cmocka_unit_test(test_curvature_is_the_slope_of_the_slope),
        cmocka_unit_test(test_avx2_gives_the_bits_of_the_baseline),
        cmocka_unit_test(test_avx512_gives_the_bits_of_the_baseline),
        cmocka_unit_test(test_fused_stochastic_rows_are_gradient_and_update),
        cmocka_unit_test(test_threads_do_not_change_the_bits),
        cmocka_unit_test(test_an_index_of_rows_is_the_rows),
        cmocka_unit_test(test_predictions_may_be_written_over_the_margins),
        cmocka_unit_test(test_predictions_do_not_depend_on_neighbours),
        cmocka_unit_test(test_extreme_margins_stay_finite_and_small_losses_keep_their_digits),
        cmocka_unit_test(test_a_model_that_does_not_fit_is_refused),
        cmocka_unit_test(test_losses_by_hand),
        cmocka_unit_test(test_relations_between_losses),
        cmocka_unit_test(test_keys_of_models_are_checked),
        cmocka_unit_test(test_workspace_copes_with_every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
