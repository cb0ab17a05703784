/* Figures of theory against independent computations: plain loops, power iteration, what really
 * happens in training. */
#include "tests/learn/known.h"

struct set { json_t *json; struct bl_matrix *m; struct bl_objective o; struct bl_optimum best; };

static struct set open_set(const char *name, const char *type, size_t classes, double l2)
{
    struct set s = { .json = known_json(name) };
    struct bl_error err = { 0 };
    s.m = known_matrix(name, s.json, true);
    assert_true(bl_objective_init(&s.o, bl_objective_find(type), s.m, NULL, classes, true, l2, "y", &err));
    if (!bl_optimum_find(&s.o, NULL, NULL, &s.best, &err))
        fail_msg("%s", err.message);
    return s;
}

static void close_set(struct set *s)
{
    bl_optimum_done(&s->best);
    bl_objective_done(&s->o);
    bl_matrix_free(s->m);
    json_decref(s->json);
}

static struct bl_trainer *train(const struct set *s, const char *regime, double lr, uint64_t epochs, struct bl_pool *pool)
{
    struct bl_settings set;
    struct bl_error err = { 0 };
    bl_settings_init(&set);
    assert_true(bl_settings_regime(&set, regime, &err));
    set.lr = lr;
    set.epochs = epochs;
    struct bl_trainer *t = bl_trainer_create(&s->o, &set, NULL, pool, &err);
    if (!t || !bl_trainer_epochs(t, epochs, NULL, &err))
        fail_msg("%s", err.message);
    return t;
}

static struct bl_theory theory(const struct set *s, struct bl_trainer *t, struct bl_pool *pool)
{
    struct bl_theory out;
    struct bl_error err = { 0 };
    if (!bl_theory_of(t, &s->best, pool, NULL, &out, &err))
        fail_msg("%s", err.message);
    return out;
}

/* ---- curvature ---------------------------------------------------------------------------------------- */

static double column(const struct set *s, size_t row, size_t j)
{
    return j == 0 ? 1 : s->m->x[row * s->o.d + j - 1];
}

/* Hessian at theta by plain loops. */
static double *plain_hessian(const struct set *s, const double *theta)
{
    size_t k = s->o.k, m = s->o.d + 1, p = k * m;
    double *h = calloc(p * p, sizeof *h), z[16], c[256];
    for (size_t i = 0; i < s->m->n_rows; i++) {
        for (size_t a = 0; a < k; a++) {
            z[a] = 0;
            for (size_t j = 0; j < m; j++)
                z[a] += column(s, i, j) * theta[a * m + j];
        }
        s->o.type->curvature(z, s->m->y[i], k, s->o.hyper, c);
        for (size_t u = 0; u < p; u++)
            for (size_t v = 0; v < p; v++)
                h[u * p + v] += c[u / m * k + v / m] * column(s, i, u % m) * column(s, i, v % m) / (double)s->m->n_rows;
    }
    for (size_t u = 0; u < p; u++)
        h[u * p + u] += u % m ? s->o.l2 : 0;
    return h;
}

/* Largest eigenvalue of shift·I - sign·... : power iteration on a + b H, away from `avoid`. */
static double power(const double *h, size_t p, double a, double b, const double *avoid)
{
    double *v = calloc(p, sizeof *v), *w = calloc(p, sizeof *w), value = 0;
    for (size_t i = 0; i < p; i++)
        v[i] = 1 + 0.37 * (double)(i * i % 7);
    for (int it = 0; it < 60000; it++) {
        double inner = 0, norm = 0;
        for (size_t i = 0; i < p; i++)
            inner += avoid ? avoid[i] * v[i] : 0;
        for (size_t i = 0; i < p; i++)
            v[i] -= avoid ? inner * avoid[i] : 0;
        for (size_t i = 0; i < p; i++)
            norm += v[i] * v[i];
        for (size_t i = 0; i < p; i++)
            v[i] /= sqrt(norm);
        value = 0;
        for (size_t i = 0; i < p; i++) {
            w[i] = a * v[i];
            for (size_t j = 0; j < p; j++)
                w[i] += b * h[i * p + j] * v[j];
            value += v[i] * w[i];
        }
        memcpy(v, w, p * sizeof *v);
    }
    free(v);
    free(w);
    return value;
}

static void test_curvature_is_that_of_power_iteration(void **state)
{
    static const struct { const char *set, *type; size_t classes; double bound; } cases[] = {
        { "mtcars", "linear", 0, 1 }, { "titanic", "logistic", 2, 0.25 }, { "iris", "softmax", 3, 0.5 } };
    (void)state;
    for (size_t c = 0; c < 3; c++) {
        struct set s = open_set(cases[c].set, cases[c].type, cases[c].classes, 0.05);
        struct bl_trainer *t = train(&s, "batch", 0.1, 3, NULL);
        struct bl_theory got = theory(&s, t, NULL);
        size_t p = s.o.n_params, m = s.o.d + 1;
        double *h = plain_hessian(&s, s.best.theta), *shift = calloc(p, sizeof *shift);
        for (size_t a = 0; a < s.o.k; a++)
            shift[a * m] = 1 / sqrt((double)s.o.k);
        const double *avoid = s.o.k > 1 ? shift : NULL;
        double large = power(h, p, 0, 1, avoid), small = large - power(h, p, large, -1, avoid);
        assert_near("lipschitz", got.lipschitz, large, 1e-11, 0);
        assert_near("strong_convexity", got.strong_convexity, small, 1e-9, 0);
        assert_near("condition", got.condition, large / small, 1e-9, 0);
        assert_near("critical_lr", got.critical_lr, 2 / large, 1e-11, 0);
        assert_near("best_lr", got.best_lr, 2 / (large + small), 1e-11, 0);
        assert_near("predicted_rate", got.predicted_rate, fmax(fabs(1 - 0.1 * large), fabs(1 - 0.1 * small)), 1e-11, 0);
        for (size_t u = 0; u < p * p; u++)
            h[u] = 0;
        for (size_t i = 0; i < s.m->n_rows; i++)
            for (size_t u = 0; u < m * m; u++)
                h[u] += column(&s, i, u / m) * column(&s, i, u % m) / (double)s.m->n_rows;
        for (size_t j = 1; cases[c].bound == 1 && j < m; j++)
            h[j * m + j] += 0.05;
        double bound = cases[c].bound * power(h, m, 0, 1, NULL) + (cases[c].bound < 1 ? 0.05 : 0);
        assert_near("lipschitz_bound", got.lipschitz_bound, bound, 1e-11, 0);
        free(h);
        free(shift);
        bl_theory_done(&got);
        bl_trainer_free(t);
        close_set(&s);
    }
}

static void test_eigenvectors_belong_to_their_values(void **state)
{
    (void)state;
    struct set s = open_set("iris", "softmax", 3, 0.01);
    struct bl_trainer *t = train(&s, "batch", 0.1, 0, NULL);
    struct bl_theory got = theory(&s, t, NULL);
    size_t p = s.o.n_params;
    double *h = plain_hessian(&s, s.best.theta);
    assert_int_equal(got.n_eigenvalues, p - 1);
    for (size_t e = 0; e < got.n_eigenvalues; e++)
        for (size_t i = 0; i < p; i++) {
            double hv = 0;
            for (size_t j = 0; j < p; j++)
                hv += h[i * p + j] * got.eigenvectors[j * p + e];
            assert_near("H v", hv, got.eigenvalues[e] * got.eigenvectors[i * p + e], 0, 1e-13);
        }
    free(h);
    bl_theory_done(&got);
    bl_trainer_free(t);
    close_set(&s);
}

/* ---- rates ------------------------------------------------------------------------------------------------ */

static void test_measured_rate_meets_the_predicted_one(void **state)
{
    static const double rates[] = { 0.1, 0.4 };
    (void)state;
    struct set s = open_set("diabetes", "linear", 0, 0.1);
    for (size_t i = 0; i < 2; i++) {
        struct bl_trainer *t = train(&s, "batch", rates[i], i ? 150 : 600, NULL);
        struct bl_theory got = theory(&s, t, NULL);
        assert_near("rate", got.measured_rate, got.predicted_rate, 1e-3, 0);
        assert_near("optimum", got.optimum_objective, s.best.objective, 0, 0);
        struct bl_point p;
        assert_true(bl_trainer_point(t, &p, NULL));
        assert_near("suboptimality", got.suboptimality, p.objective - s.best.objective, 0, 0);
        bl_theory_done(&got);
        bl_trainer_free(t);
    }
    close_set(&s);
}

static void test_the_critical_rate_separates_converging_from_diverging(void **state)
{
    (void)state;
    struct set s = open_set("diabetes", "linear", 0, 0.01);
    struct bl_trainer *t = train(&s, "batch", 0.1, 0, NULL);
    struct bl_theory got = theory(&s, t, NULL);
    struct bl_trainer *below = train(&s, "batch", 0.99 * got.critical_lr, 1500, NULL);
    struct bl_trainer *above = train(&s, "batch", 1.01 * got.critical_lr, 1500, NULL);
    struct bl_point p, start;
    assert_true(bl_trainer_point(below, &p, NULL) && bl_trainer_point(t, &start, NULL));
    assert_true(p.objective - s.best.objective < 1e-3 * (start.objective - s.best.objective));
    assert_true(bl_trainer_point(above, &p, NULL));
    assert_true(bl_trainer_status(above) == BL_DIVERGED_RUN || p.objective > 1e3 * start.objective);
    bl_trainer_free(below);
    bl_trainer_free(above);
    bl_theory_done(&got);
    bl_trainer_free(t);
    close_set(&s);
}

static void test_without_an_optimum_only_the_bound_is_known(void **state)
{
    (void)state;
    struct set s = open_set("breast_cancer", "logistic", 2, 0);
    struct bl_trainer *t = train(&s, "batch", 0.1, 3, NULL);
    struct bl_theory got = theory(&s, t, NULL);
    assert_false(s.best.exists);
    assert_true(isfinite(got.lipschitz_bound) && isfinite(got.gradient_noise_scale));
    assert_true(isnan(got.lipschitz) && isnan(got.suboptimality) && isnan(got.noise_floor));
    assert_non_null(strstr(s.best.reason, "separated"));
    assert_non_null(strstr(got.note, "without an optimum"));
    bl_theory_done(&got);
    bl_trainer_free(t);
    close_set(&s);
}

/* ---- noise ------------------------------------------------------------------------------------------------- */

/* Gradients of single rows (penalty included) at theta: n × p. */
static double *row_gradients(const struct set *s, const double *theta)
{
    size_t k = s->o.k, m = s->o.d + 1, p = k * m;
    double *g = calloc(s->m->n_rows * p, sizeof *g), z[16], slope[16];
    for (size_t i = 0; i < s->m->n_rows; i++) {
        for (size_t a = 0; a < k; a++) {
            z[a] = 0;
            for (size_t j = 0; j < m; j++)
                z[a] += column(s, i, j) * theta[a * m + j];
        }
        s->o.type->slope(z, s->m->y[i], k, s->o.hyper, slope);
        for (size_t u = 0; u < p; u++)
            g[i * p + u] = slope[u / m] * column(s, i, u % m) + (u % m ? s->o.l2 * theta[u] : 0);
    }
    return g;
}

static double *covariance_of(const double *g, size_t n, size_t p, double *mean)
{
    double *c = calloc(p * p, sizeof *c);
    for (size_t i = 0; i < n * p; i++)
        mean[i % p] += g[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        for (size_t u = 0; u < p * p; u++)
            c[u] += (g[i * p + u / p] - mean[u / p]) * (g[i * p + u % p] - mean[u % p]) / (double)n;
    return c;
}

static void test_noise_scale_is_trace_over_squared_gradient(void **state)
{
    static const struct { const char *set, *type; size_t classes; } cases[] = { { "mtcars", "linear", 0 }, { "iris", "softmax", 3 } };
    (void)state;
    for (size_t c = 0; c < 2; c++) {
        struct set s = open_set(cases[c].set, cases[c].type, cases[c].classes, 0.05);
        struct bl_trainer *t = train(&s, "batch", 0.1, 5, NULL);
        struct bl_theory got = theory(&s, t, NULL);
        size_t p = s.o.n_params;
        double *g = row_gradients(&s, bl_trainer_theta(t)), *mean = calloc(p, sizeof *mean);
        double *covariance = covariance_of(g, s.m->n_rows, p, mean), trace = 0, square = 0;
        for (size_t u = 0; u < p; u++) {
            trace += covariance[u * p + u];
            square += mean[u] * mean[u];
        }
        assert_near("gradient_noise_scale", got.gradient_noise_scale, trace / square, 1e-11, 0);
        free(g);
        free(mean);
        free(covariance);
        bl_theory_done(&got);
        bl_trainer_free(t);
        close_set(&s);
    }
}

static void multiply(const double *a, const double *b, double *out, size_t p)
{
    for (size_t u = 0; u < p; u++)
        for (size_t v = 0; v < p; v++) {
            out[u * p + v] = 0;
            for (size_t w = 0; w < p; w++)
                out[u * p + v] += a[u * p + w] * b[w * p + v];
        }
}

/* The stationary covariance C of parameters under noise: C = (I - lr H) C (I - lr H) + lr²/B S; the
 * floor is half the trace of H C. */
static void test_noise_floor_is_that_of_the_stationary_state(void **state)
{
    (void)state;
    struct set s = open_set("linnerud", "linear", 0, 0.1);
    struct bl_trainer *t = train(&s, "mini:4", 0.3, 1, NULL);
    struct bl_theory got = theory(&s, t, NULL);
    size_t p = s.o.n_params, square = p * p;
    double *g = row_gradients(&s, s.best.theta), *mean = calloc(p, sizeof *mean), *noise = covariance_of(g, s.m->n_rows, p, mean);
    double *h = plain_hessian(&s, s.best.theta), *c = calloc(square, sizeof *c), *a = calloc(square, sizeof *a), *b = calloc(square, sizeof *b);
    double *keep = calloc(square, sizeof *keep);
    for (size_t u = 0; u < square; u++)
        keep[u] = (u / p == u % p) - 0.3 * h[u];
    for (int i = 0; i < 3000; i++) {
        multiply(keep, c, a, p);
        multiply(a, keep, b, p);
        for (size_t u = 0; u < square; u++)
            c[u] = b[u] + 0.3 * 0.3 / 4 * noise[u];
    }
    multiply(h, c, a, p);
    double trace = 0;
    for (size_t u = 0; u < p; u++)
        trace += a[u * p + u];
    assert_near("noise_floor", got.noise_floor, trace / 2, 1e-10, 0);
    assert_non_null(strstr(got.note, "with replacement"));
    double *all[] = { g, mean, noise, h, c, a, b, keep };
    for (size_t i = 0; i < 8; i++)
        free(all[i]);
    bl_theory_done(&got);
    bl_trainer_free(t);
    close_set(&s);
}

static void test_noise_floor_where_there_is_none(void **state)
{
    (void)state;
    struct set s = open_set("linnerud", "linear", 0, 0.1);
    struct bl_trainer *t = train(&s, "batch", 0.3, 1, NULL);
    struct bl_theory got = theory(&s, t, NULL);
    assert_true(got.noise_floor == 0);
    bl_theory_done(&got);
    bl_trainer_free(t);
    t = train(&s, "sgd", 1.5, 0, NULL);
    got = theory(&s, t, NULL);
    assert_true(isnan(got.noise_floor));
    assert_non_null(strstr(got.note, "critical_lr"));
    bl_theory_done(&got);
    bl_trainer_free(t);
    close_set(&s);
}

/* ---- smoothness -------------------------------------------------------------------------------------------- */

static void test_smoothness_of_a_set_worked_by_hand(void **state)
{
    /* columns 1, x with x = -1, 1, 3: X'X/3 = [1 1; 1 11/3], eigenvalues (14/3 +- sqrt(100/9))/2 */
    (void)state;
    struct bl_matrix *m = bl_matrix_create(3, 1, true, NULL);
    struct bl_smoothness got;
    struct bl_objective o;
    m->x[0] = -1, m->x[1] = 1, m->x[2] = 3;
    m->y[0] = 0, m->y[1] = 1, m->y[2] = 1;
    assert_true(bl_objective_init(&o, bl_objective_find("logistic"), m, NULL, 2, true, 0.5, "y", NULL));
    assert_true(bl_smoothness_of(&o, NULL, &got, NULL));
    assert_near("full", got.full, 4.0 / 4 + 0.5, 1e-15, 0);
    assert_near("row_max", got.row_max, 10.0 / 4 + 0.5, 1e-15, 0);
    assert_near("batch 3", bl_smoothness_batch(&got, 3, 3), 1.5, 1e-15, 0);
    assert_near("batch 2", bl_smoothness_batch(&got, 3, 2), 3.0 / 4 * 1.5 + 1.0 / 4 * 3, 1e-15, 0);
    assert_near("batch 1", bl_smoothness_batch(&got, 3, 1), 3, 1e-15, 0);
    bl_objective_done(&o);
    bl_matrix_free(m);
}

static void test_figures_do_not_depend_on_threads(void **state)
{
    (void)state;
    struct set s = open_set("titanic", "logistic", 2, 0.01);
    struct bl_trainer *t = train(&s, "mini:16", 0.1, 3, NULL);
    struct bl_theory one = theory(&s, t, NULL);
    for (size_t threads = 2; threads <= 8; threads += 3) {
        struct bl_pool *pool = bl_pool_create(threads, NULL);
        struct bl_theory more = theory(&s, t, pool);
        assert_memory_equal(&more, &one, offsetof(struct bl_theory, n_eigenvalues));
        assert_memory_equal(more.eigenvalues, one.eigenvalues, one.n_eigenvalues * sizeof(double));
        bl_theory_done(&more);
        bl_pool_free(pool);
    }
    bl_theory_done(&one);
    bl_trainer_free(t);
    close_set(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_curvature_is_that_of_power_iteration),
        cmocka_unit_test(test_eigenvectors_belong_to_their_values),
        cmocka_unit_test(test_measured_rate_meets_the_predicted_one),
        cmocka_unit_test(test_the_critical_rate_separates_converging_from_diverging),
        cmocka_unit_test(test_without_an_optimum_only_the_bound_is_known),
        cmocka_unit_test(test_noise_scale_is_trace_over_squared_gradient),
        cmocka_unit_test(test_noise_floor_is_that_of_the_stationary_state),
        cmocka_unit_test(test_noise_floor_where_there_is_none),
        cmocka_unit_test(test_smoothness_of_a_set_worked_by_hand),
        cmocka_unit_test(test_figures_do_not_depend_on_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
