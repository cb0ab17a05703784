/* Networks: every gradient against differences, the linear family as a network without hidden layers,
 * the same bits for all threads, back and forward. */
#include "tests/learn/data.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/learn/network.h"

static double *start_of(const struct bl_objective *o)
{
    double *theta = bl_calloc(o->n_params, sizeof *theta);

    bl_objective_start(o, theta);
    return theta;
}

/* ---- gradients ----------------------------------------------------------------------------------------*/
struct measured { const struct bl_objective *o; struct bl_workspace *w; struct bl_batch batch; double *theta; };

static double value(struct measured *c, size_t p, double by)
{
    double keep = c->theta[p], f;

    c->theta[p] = keep + by;
    f = bl_batch_pass(c->o, c->theta, &c->batch, NULL, c->w, NULL, NULL) + bl_objective_penalty(c->o, c->theta);
    c->theta[p] = keep;
    return f;
}

/* Worst error of the gradient of a batch, against four points, relative to the length of the gradient. */
static double gradient_error(const struct bl_objective *o, bool training)
{
    struct measured c = {.o = o, .w = bl_workspace_create(o, NULL, NULL), .theta = start_of(o)};
    double *g = bl_calloc(o->n_params, sizeof *g), worst = 0, length, h = 1e-3;
    struct bl_random r = bl_random_stream(3, BL_FOR_NOISE, 0, 0);

    c.batch = (struct bl_batch){.n = o->train->n_rows, .training = training, .place = {.seed = 7, .epoch = 3, .update = 5}};
    for (size_t p = 0; p < o->n_params; p++)
        c.theta[p] += bl_objective_penalised(o, p) ? 0 : 0.2 * bl_random_unit(&r); /* variances stay positive */
    assert_true(bl_workspace_reserve(c.w, o->train->n_rows, NULL));
    bl_batch_pass(o, c.theta, &c.batch, g, c.w, NULL, NULL);
    length = sqrt(bl_sum_of_squares(g, o->n_params));
    assert_true(length > 1e-3);
    for (size_t p = 0; p < o->n_params; p++) {
        double numeric = (8 * (value(&c, p, h) - value(&c, p, -h)) - (value(&c, p, 2 * h) - value(&c, p, -2 * h))) / (12 * h);
        if (o->network->kind[p] == BL_FIXED) {
            assert_true(g[p] == 0);
            continue;
        }
        worst = fmax(worst, fabs(numeric - g[p]) / length);
    }
    bl_workspace_free(c.w);
    bl_free(c.theta);
    bl_free(g);
    return worst;
}

static void test_gradients_equal_differences_for_every_layer(void **state)
{
    static const char *const shapes[] = {
        "none", "5,4 activation=tanh", "5,4 activation=gelu", "5,4 activation=sigmoid", "5,4 activation=tanh norm=layer",
        "5,4 activation=tanh norm=batch", "6,5 activation=gelu dropout=0.3", "6,5 activation=sigmoid norm=batch dropout=0.4",
        "5,4 activation=tanh norm=layer math=portable", "6 activation=tanh norm=batch math=portable",
    };
    struct bl_matrix *m[3] = {make_matrix(150, 3, 0, 1), make_matrix(150, 3, 2, 2), make_matrix(150, 3, 3, 3)};
    const size_t classes[] = {0, 2, 3};

    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        for (size_t t = 0; t < 6; t++) {
            struct bl_objective o = make_network(shapes[i], m[t / 2], classes[t / 2], 0.01);
            double error = gradient_error(&o, t % 2);
            if (!(error < 1e-8))
                fail_msg("mlp %s, %zu classes, %s: error %g", shapes[i], classes[t / 2], t % 2 ? "training" : "predicting", error);
            bl_objective_done(&o);
        }
    for (size_t t = 0; t < 3; t++)
        bl_matrix_free(m[t]);
}

/* Steps across a kink make the two differ by the step: away from one they agree. */
static void test_gradients_of_relu_equal_differences_away_from_kinks(void **state)
{
    struct bl_matrix *m = make_matrix(40, 3, 2, 2);
    struct bl_objective o = make_network("4 activation=relu", m, 2, 0);
    struct bl_gradient_check c;
    struct bl_error err;
    double *theta = start_of(&o);

    (void)state;
    expect(bl_gradient_check_at(&o, theta, NULL, 0, NULL, NULL, &c, &err), &err);
    assert_true(c.worst < 1e-6);
    bl_objective_done(&o);
    bl_free(theta);
    bl_matrix_free(m);
}

static void test_single_precision_agrees_to_its_digits(void **state)
{
    struct bl_matrix *m = make_matrix(300, 7, 3, 4);
    struct bl_objective o[2] = {make_network("16,8 norm=layer", m, 3, 0.01), make_network("16,8 norm=layer precision=single", m, 3, 0.01)};
    double *theta = start_of(&o[0]), *g[2], f[2], length;

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct bl_workspace *w = bl_workspace_create(&o[i], NULL, NULL);
        g[i] = bl_calloc(o[i].n_params, sizeof **g);
        f[i] = bl_objective_pass(&o[i], m, theta, g[i], w);
        bl_workspace_free(w);
    }
    length = sqrt(bl_sum_of_squares(g[0], o[0].n_params));
    assert_true(fabs(f[0] - f[1]) < 1e-5 && f[0] != f[1]);
    for (size_t p = 0; p < o[0].n_params; p++)
        assert_true(fabs(g[0][p] - g[1][p]) < 1e-5 * length);
    for (int i = 0; i < 2; i++) {
        bl_free(g[i]);
        bl_objective_done(&o[i]);
    }
    bl_free(theta);
    bl_matrix_free(m);
}

/* ---- without hidden layers ------------------------------------------------------------------------------*/
static struct bl_trainer *trained(const struct bl_objective *o, const char *regime, const char *keys, uint64_t epochs, struct bl_pool *pool)
{
    struct bl_settings s = typed_settings(regime, keys);
    struct bl_error err = {0};
    struct bl_trainer *t = bl_trainer_create(o, &s, NULL, pool, &err);

    expect(t != NULL, &err);
    expect(bl_trainer_epochs(t, epochs, NULL, &err), &err);
    return t;
}

static void test_a_network_without_hidden_layers_is_the_linear_family(void **state)
{
    static const char *const names[] = {"linear", "logistic", "softmax"};
    static const char *const regimes[][2] = {{"batch", "lr=0.3"}, {"mini:16", "lr=0.05 optimizer=momentum"}, {"sgd", "lr=0.01"}, {"full:lbfgs", ""}};
    const size_t classes[] = {0, 2, 3};

    (void)state;
    for (size_t c = 0; c < 3; c++) {
        struct bl_matrix *m = make_matrix(200, 5, classes[c], 8 + c);
        struct bl_objective o[2] = {make_objective(names[c], m, NULL, classes[c], 0.01), make_network("none init=zeros", m, classes[c], 0.01)};
        assert_int_equal(o[0].n_params, o[1].n_params);
        for (size_t r = 0; r < 4; r++) {
            struct bl_trainer *t[2];
            for (int i = 0; i < 2; i++)
                t[i] = trained(&o[i], regimes[r][0], regimes[r][1], 30, NULL);
            for (size_t p = 0; p < o[0].n_params; p++) {
                double a = bl_trainer_theta(t[0])[p], b = bl_trainer_theta(t[1])[p];
                if (!(fabs(a - b) <= 1e-12 * fmax(1, fabs(a))) && r < 3)
                    fail_msg("%s by %s: %.17g and %.17g", names[c], regimes[r][0], a, b);
                assert_true(fabs(a - b) <= 1e-7);
            }
            bl_trainer_free(t[0]);
            bl_trainer_free(t[1]);
        }
        bl_objective_done(&o[1]);
        bl_matrix_free(m);
    }
}

/* ---- learning -----------------------------------------------------------------------------------------------*/
static struct bl_matrix *make_xor(size_t n)
{
    struct bl_matrix *m = bl_matrix_create(n, 2, true, NULL);
    struct bl_random r = bl_random_stream(5, BL_FOR_GENERATE, 0, 0);

    for (size_t i = 0; i < n; i++) {
        double a = bl_random_below(&r, 2) ? 1 : -1, b = bl_random_below(&r, 2) ? 1 : -1;
        m->x[2 * i] = a + 0.2 * bl_random_normal(&r);
        m->x[2 * i + 1] = b + 0.2 * bl_random_normal(&r);
        m->y[i] = a * b > 0;
        m->row[i] = (uint32_t)i;
    }
    return m;
}

static void test_xor_is_learned_by_every_activation_and_norm(void **state)
{
    static const char *const shapes[] = {"8 activation=relu", "8 activation=tanh", "8 activation=gelu", "8 activation=sigmoid", "8 norm=layer",
                                         "8 norm=batch", "16 dropout=0.1", "8 precision=single", "8 math=portable", "8,8 activation=tanh init=he"};
    struct bl_matrix *m = make_xor(400);

    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        struct bl_objective o = make_network(shapes[i], m, 2, 0);
        struct bl_trainer *t = trained(&o, "mini:32", "optimizer=adam lr=0.02", 60, NULL);
        struct bl_point p;
        double *out = bl_calloc(m->n_rows, 2 * sizeof *out);
        size_t right = 0;
        assert_true(bl_trainer_point(t, &p, NULL));
        bl_objective_predict(&o, bl_trainer_theta(t), m, out, NULL);
        for (size_t r = 0; r < m->n_rows; r++)
            right += (out[2 * r + 1] > 0.5) == (m->y[r] > 0.5);
        if (!(p.train_loss < 0.1) || right < 390)
            fail_msg("mlp %s: loss %g, %zu of 400 right", shapes[i], p.train_loss, right);
        bl_free(out);
        bl_trainer_free(t);
        bl_objective_done(&o);
    }
    bl_matrix_free(m);
}

/* ---- the same bits ----------------------------------------------------------------------------------------------*/
static const char *const all_kinds[] = {"9,7 activation=tanh dropout=0.2 norm=batch", "9,7 norm=layer dropout=0.5", "9,7 precision=single norm=batch",
                                        "9 activation=gelu math=portable", "11 activation=sigmoid"};

static void test_bits_do_not_depend_on_threads(void **state)
{
    static const char *const runs[][2] = {{"batch", "lr=0.1"}, {"mini:300", "lr=0.05 optimizer=adam"}, {"mini:64", "lr=0.05 accumulate=3"}};
    struct bl_matrix *m = make_matrix(1000, 6, 3, 6);

    (void)state;
    for (size_t k = 0; k < sizeof all_kinds / sizeof *all_kinds; k++)
        for (size_t r = 0; r < 3; r++) {
            struct bl_objective o = make_network(all_kinds[k], m, 3, 0.001);
            char first[65] = "", hash[65];
            for (size_t threads = 1; threads <= 8; threads += threads == 3 ? 5 : 1) {
                struct bl_pool *pool = bl_pool_create(threads, NULL);
                struct bl_trainer *t = trained(&o, runs[r][0], runs[r][1], 3, pool);
                bl_trainer_hash(t, hash);
                if (threads == 1)
                    memcpy(first, hash, sizeof first);
                if (strcmp(first, hash))
                    fail_msg("mlp %s by %s: other bits with %zu threads", all_kinds[k], runs[r][0], threads);
                bl_trainer_free(t);
                bl_pool_free(pool);
            }
            bl_objective_done(&o);
        }
    bl_matrix_free(m);
}

static void test_back_and_forward_again_gives_the_same_bits(void **state)
{
    static const char *const runs[][2] = {{"batch", "lr=0.1"}, {"mini:50", "lr=0.05 optimizer=momentum"}, {"mini:20", "lr=0.05 accumulate=2 average=yes"}};
    struct bl_matrix *m = make_matrix(203, 4, 2, 6);

    (void)state;
    for (size_t k = 0; k < sizeof all_kinds / sizeof *all_kinds; k++)
        for (size_t r = 0; r < 3; r++) {
            struct bl_objective o = make_network(all_kinds[k], m, 2, 0.001);
            struct bl_trainer *t = trained(&o, runs[r][0], runs[r][1], 4, NULL);
            uint64_t end = bl_trainer_update(t);
            char there[65], again[65], middle[65], middle_again[65];
            bl_trainer_hash(t, there);
            assert_true(bl_trainer_goto_update(t, end / 2, NULL, NULL));
            bl_trainer_hash(t, middle);
            bl_explanation_free(bl_explain(t, NULL, 0, NULL)); /* looking changes nothing */
            assert_true(bl_trainer_goto_update(t, 1, NULL, NULL));
            assert_true(bl_trainer_goto_update(t, end / 2, NULL, NULL));
            bl_trainer_hash(t, middle_again);
            assert_true(bl_trainer_goto_update(t, end, NULL, NULL));
            bl_trainer_hash(t, again);
            assert_string_equal(there, again);
            assert_string_equal(middle, middle_again);
            bl_trainer_free(t);
            bl_objective_done(&o);
        }
    bl_matrix_free(m);
}

static void test_explain_ends_where_the_update_ends(void **state)
{
    struct bl_matrix *m = make_matrix(120, 4, 3, 6);

    (void)state;
    for (size_t k = 0; k < sizeof all_kinds / sizeof *all_kinds; k++)
        for (size_t accumulate = 1; accumulate <= 2; accumulate++) {
            struct bl_objective o = make_network(all_kinds[k], m, 3, 0.001);
            struct bl_trainer *t = trained(&o, "mini:16", accumulate == 1 ? "lr=0.05" : "lr=0.05 accumulate=2", 1, NULL);
            struct bl_explanation *e = bl_explain(t, NULL, 0, NULL);
            assert_non_null(e);
            assert_true(bl_trainer_updates(t, 1, NULL, NULL));
            assert_memory_equal(e->after, bl_trainer_theta(t), o.n_params * sizeof(double));
            bl_explanation_free(e);
            bl_trainer_free(t);
            bl_objective_done(&o);
        }
    bl_matrix_free(m);
}

static void test_a_mini_batch_of_all_rows_is_batch(void **state)
{
    struct bl_matrix *m = make_matrix(150, 4, 3, 6);

    (void)state;
    for (size_t k = 0; k < sizeof all_kinds / sizeof *all_kinds; k++) {
        struct bl_objective o = make_network(all_kinds[k], m, 3, 0);
        struct bl_trainer *t[2] = {trained(&o, "batch", "lr=0.1", 5, NULL), trained(&o, "mini:150", "lr=0.1", 5, NULL)};
        assert_memory_equal(bl_trainer_theta(t[0]), bl_trainer_theta(t[1]), o.n_params * sizeof(double));
        bl_trainer_free(t[0]);
        bl_trainer_free(t[1]);
        bl_objective_done(&o);
    }
    bl_matrix_free(m);
}

/* 41 rows, 40 an update: the last row of the epoch stands alone, has no spread, and moves no running figure. */
static void test_a_row_alone_moves_no_running_figure(void **state)
{
    struct bl_matrix *m[2] = {make_matrix(41, 3, 2, 1), make_matrix(40, 3, 2, 1)};
    struct bl_objective o[2];
    struct bl_trainer *t[2];

    (void)state;
    memcpy(m[1]->x, m[0]->x, 40 * 3 * sizeof *m[1]->x);
    memcpy(m[1]->y, m[0]->y, 40 * sizeof *m[1]->y);
    for (size_t k = 0; k < 2; k++) {
        o[k] = make_network("2 norm=batch", m[k], 2, 0);
        t[k] = trained(&o[k], "mini:40", "lr=0.1 order=given", 1, NULL);
    }
    for (size_t p = 0; p < o[0].n_params; p++)
        if (p == 10 || p == 11 || p == 14 || p == 15) /* running mean and variance of both units */
            assert_true(bl_trainer_theta(t[0])[p] == bl_trainer_theta(t[1])[p]);
    for (size_t k = 0; k < 2; k++) {
        bl_trainer_free(t[k]);
        bl_objective_done(&o[k]);
        bl_matrix_free(m[k]);
    }
}

static void test_predictions_do_not_depend_on_neighbours(void **state)
{
    struct bl_matrix *m = make_matrix(300, 6, 3, 6), *one = make_matrix(1, 6, 3, 6);

    (void)state;
    for (size_t k = 0; k < sizeof all_kinds / sizeof *all_kinds; k++) {
        struct bl_objective o = make_network(all_kinds[k], m, 3, 0);
        double *theta = start_of(&o), *all = bl_calloc(300, 3 * sizeof *all), alone[3];
        bl_objective_predict(&o, theta, m, all, NULL);
        for (size_t i = 0; i < 300; i += 37) {
            memcpy(one->x, m->x + 6 * i, 6 * sizeof *one->x);
            bl_objective_predict(&o, theta, one, alone, NULL);
            assert_memory_equal(alone, all + 3 * i, sizeof alone);
        }
        bl_free(all);
        bl_free(theta);
        bl_objective_done(&o);
    }
    bl_matrix_free(m);
    bl_matrix_free(one);
}

/* ---- what does not fit ------------------------------------------------------------------------------------------*/
static void test_bad_networks_are_refused_with_a_way_out(void **state)
{
    static const char *const hidden[] = {"0", "64,0", "-3", "abc", "", "64,", "1e9", "1000000000", "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1"};
    static const char *const keys[][2] = {{"activation", "rulu"}, {"dropout", "1"}, {"dropout", "-0.1"}, {"dropout", "x"}, {"init", "zero"},
                                          {"norm", "batchnorm"}, {"precision", "half"}, {"math", "fast"}};
    struct bl_network_spec s;
    struct bl_error err;
    bool known;

    (void)state;
    bl_network_spec_init(&s);
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++) {
        assert_false(bl_network_hidden(&s, hidden[i], &err));
        assert_true(err.hint[0] != '\0');
    }
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        assert_false(bl_network_key(&s, keys[i][0], keys[i][1], &known, &err));
        assert_true(known && err.hint[0] != '\0');
    }
    assert_true(bl_network_key(&s, "colour", "red", &known, &err) && !known);
}

static void test_a_network_is_priced_before_it_is_built(void **state)
{
    struct bl_matrix *m = make_matrix(20, 3, 2, 1);
    struct bl_objective o = make_objective("mlp", m, NULL, 2, 0);
    struct bl_network_spec s;
    struct bl_error err;

    (void)state;
    bl_network_spec_init(&s);
    s.n_hidden = 3;
    s.hidden[0] = s.hidden[1] = s.hidden[2] = 1000000;
    assert_false(bl_objective_layers(&o, &s, &err));
    assert_int_equal(err.code, BL_LIMIT);
    assert_int_equal(o.network->spec.hidden[0], 32); /* stays what it was */
    bl_objective_done(&o);
    bl_matrix_free(m);
}

static void test_runs_that_a_network_can_not_make_are_refused(void **state)
{
    static const char *const cases[][3] = {
        {"8", "full:newton", ""}, {"8", "full:closed", ""}, {"8 dropout=0.1", "full:lbfgs", ""}, {"8 norm=batch", "full:cg", ""},
        {"8", "mini:8", "optimizer=saga"}, {"8 dropout=0.1", "mini:8", "optimizer=svrg"}, {"8 norm=batch", "sgd", ""}, {"8 norm=batch", "mini:1", ""}};
    struct bl_matrix *m = make_matrix(50, 3, 2, 1);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bl_objective o = make_network(cases[i][0], m, 2, 0);
        struct bl_settings s = typed_settings(cases[i][1], cases[i][2]);
        struct bl_error err = {0};
        assert_null(bl_trainer_create(&o, &s, NULL, NULL, &err));
        assert_true(err.message[0] && err.hint[0]);
        bl_objective_done(&o);
    }
    bl_matrix_free(m);
}

static void test_a_failed_allocation_leaves_nothing_behind(void **state)
{
    struct bl_matrix *m = make_matrix(50, 3, 2, 1);
    struct bl_objective o = make_network("8 norm=batch dropout=0.1", m, 2, 0);
    struct bl_settings s = typed_settings("mini:10", "lr=0.1");
    struct bl_trainer *t = NULL;
    struct bl_error err;

    (void)state;
    for (uint64_t at = 1; !t && at < 200; at++) {
        bl_alloc_fail_at(at, false);
        t = bl_trainer_create(&o, &s, NULL, NULL, &err);
        bl_alloc_fail_at(0, false);
    }
    assert_non_null(t);
    bl_trainer_free(t);
    bl_objective_done(&o);
    bl_matrix_free(m);
}

/* ---- names, theory ----------------------------------------------------------------------------------------------*/
static void test_parameters_have_names(void **state)
{
    static const struct { size_t p; const char *name; } want[] = {{0, "layer 1:unit 1:(bias)"}, {3, "layer 1:unit 1:feature 3"},
        {4, "layer 1:unit 2:(bias)"}, {8, "layer 1:unit 1:(scale)"}, {10, "layer 1:unit 1:(running mean)"}, {16, "output:(bias)"}, {18, "output:unit 2"}};
    struct bl_matrix *m = make_matrix(20, 3, 2, 1);
    struct bl_objective o = make_network("2 norm=batch", m, 2, 0);

    (void)state;
    assert_int_equal(o.n_params, 19);
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        struct bl_text name = {0};
        bl_objective_name(&o, want[i].p, NULL, &name);
        assert_string_equal(bl_text_get(&name), want[i].name);
        bl_text_free(&name);
    }
    bl_objective_done(&o);
    bl_matrix_free(m);
}

/* Without hidden layers the Hessian is known: its largest eigenvalue is the lipschitz of linear. */
static void test_sharpness_is_the_largest_eigenvalue(void **state)
{
    struct bl_matrix *m = make_matrix(200, 6, 0, 1);
    struct bl_objective net = make_network("none", m, 0, 0.1), linear = make_objective("linear", m, NULL, 0, 0.1);
    struct bl_smoothness smooth;
    double *theta = start_of(&net), sharp;
    struct bl_error err;

    (void)state;
    expect(bl_sharpness_of(&net, theta, NULL, NULL, &sharp, &err), &err);
    expect(bl_smoothness_of(&linear, NULL, &smooth, &err), &err);
    assert_true(fabs(sharp / smooth.full - 1) < 1e-7);
    bl_free(theta);
    bl_objective_done(&net);
    bl_matrix_free(m);
}

/* H v of the variables alone, from gradients on either side. */
static void curve_along(struct measured *c, const double *v, double *below, double *out)
{
    const size_t n = c->o->n_params;
    double *sides[2] = {below, out};

    for (int side = 0; side < 2; side++) {
        for (size_t p = 0; p < n; p++)
            c->theta[p] += (side ? 2e-5 : -1e-5) * v[p];
        bl_batch_pass(c->o, c->theta, &c->batch, sides[side], c->w, NULL, NULL);
    }
    for (size_t p = 0; p < n; p++) {
        c->theta[p] -= 1e-5 * v[p];
        out[p] = c->o->network->kind[p] == BL_FIXED ? 0 : (out[p] - below[p]) / 2e-5;
    }
}

/* norm=batch as it predicts: running figures lie still. Power steps on H + 20 find the largest eigenvalue, too. */
static void test_sharpness_leaves_running_figures_alone(void **state)
{
    struct bl_matrix *m = make_matrix(60, 3, 0, 3);
    struct bl_objective o = make_network("3 activation=tanh norm=batch", m, 0, 0.01);
    struct bl_trainer *t = trained(&o, "batch", "lr=0.2", 30, NULL);
    struct measured c = {.o = &o, .w = bl_workspace_create(&o, NULL, NULL), .batch = {.n = 60}, .theta = start_of(&o)};
    double v[60] = {0}, below[60], out[60], length = 0, sharp;
    struct bl_error err;

    (void)state;
    assert_true(o.n_params < 60 && bl_workspace_reserve(c.w, 60, NULL));
    memcpy(c.theta, bl_trainer_theta(t), o.n_params * sizeof *c.theta);
    for (size_t p = 0; p < o.n_params; p++)
        v[p] = o.network->kind[p] == BL_FIXED ? 0 : 1 + (double)p / 10;
    for (int k = 0; k < 3000; k++) {
        length = sqrt(bl_sum_of_squares(v, o.n_params));
        for (size_t p = 0; p < o.n_params; p++)
            v[p] /= length;
        curve_along(&c, v, below, out);
        for (size_t p = 0; p < o.n_params; p++)
            v[p] = out[p] + 20 * v[p];
    }
    expect(bl_sharpness_of(&o, bl_trainer_theta(t), NULL, NULL, &sharp, &err), &err);
    assert_true(fabs(sharp / (length - 20) - 1) < 1e-5);
    bl_workspace_free(c.w);
    bl_free(c.theta);
    bl_trainer_free(t);
    bl_objective_done(&o);
    bl_matrix_free(m);
}

/* Descent of fixed rate brings sharpness up to 2/lr and holds it there (Cohen and others, ICLR 2021). */
static void test_sharpness_goes_to_the_edge_of_stability(void **state)
{
    struct bl_matrix *m = make_matrix(60, 4, 0, 3);
    struct bl_objective o = make_network("24 activation=tanh", m, 0, 0);
    struct bl_trainer *t = trained(&o, "batch", "lr=0.3", 3000, NULL);
    double sharp;
    struct bl_error err;

    (void)state;
    expect(bl_sharpness_of(&o, bl_trainer_theta(t), NULL, NULL, &sharp, &err), &err);
    assert_true(sharp > 0.8 * 2 / 0.3 && sharp < 1.2 * 2 / 0.3);
    bl_trainer_free(t);
    bl_objective_done(&o);
    bl_matrix_free(m);
}

/* ---- what layers do -------------------------------------------------------------------------------------*/

/* Figures against what follows from their definitions, on a network whose second unit cannot give anything but 0. */
static void test_layers_are_told_by_their_definitions(void **state)
{
    struct bl_matrix *m = make_matrix(300, 3, 2, 5);
    struct bl_objective o = make_network("4", m, 2, 0);
    double *theta = start_of(&o), *gradient = bl_calloc(o.n_params, sizeof *gradient), *after = bl_calloc(o.n_params, sizeof *after), *z = bl_calloc(300, sizeof *z);
    struct bl_layer_state s[3], again[3];
    struct bl_error err = {0};
    uint32_t index[300];
    double sum = 0, square = 0, low = INFINITY, high = -INFINITY, digit;
    size_t rows, counted = 0;

    (void)state;
    theta[4] = -1e6; /* the bias of unit 2 */
    for (size_t p = 0; p < o.n_params; p++)
        gradient[p] = p < 16 ? 3 : 4, after[p] = theta[p] + 0.01 * theta[p];
    assert_int_equal(bl_objective_n_layers(&o), 3);
    expect(bl_layers_of(&o, theta, gradient, after, 300, NULL, s, &rows, &err), &err);
    assert_int_equal(rows, 300);
    for (uint32_t i = 0; i < 300; i++)
        index[i] = i;
    expect(bl_objective_margins_of(&o, theta, index, 300, z, &err), &err);
    for (size_t i = 0; i < 300; i++)
        sum += z[i], low = fmin(low, z[i]), high = fmax(high, z[i]);
    for (size_t i = 0; i < 300; i++)
        square += (z[i] - sum / 300) * (z[i] - sum / 300);
    assert_true(fabs((s[2].mean) - (sum / 300)) <= 1e-12);
    assert_true(fabs((s[2].sd) - (sqrt(square / 300))) <= 1e-12);
    assert_true(s[2].low == low && s[2].high == high);
    for (size_t k = 0; k < BL_LAYER_BINS; k++)
        counted += s[2].count[k];
    assert_true(s[2].from <= low && s[2].from + BL_LAYER_BINS * s[2].width >= high && s[2].width <= (high - low) / BL_LAYER_BINS * 5);
    digit = s[2].width / pow(10, floor(log10(s[2].width) + 1e-9)); /* edges are round numbers */
    assert_true(fabs(digit - 1) < 1e-9 || fabs(digit - 2) < 1e-9 || fabs(digit - 5) < 1e-9);
    assert_true(fabs(s[2].from / s[2].width - round(s[2].from / s[2].width)) < 1e-9);
    for (size_t k = 0; k < BL_LAYER_BINS; k++) { /* and each bin has what lies between its edges */
        size_t inside = 0;
        for (size_t i = 0; i < 300; i++)
            inside += z[i] / s[2].width - s[2].from / s[2].width >= (double)k && z[i] / s[2].width - s[2].from / s[2].width < (double)k + 1;
        assert_int_equal(inside, s[2].count[k]);
    }
    assert_int_equal(counted, 300);
    assert_true(s[1].may_die && !s[0].may_die && !s[2].may_die);
    assert_int_equal(s[1].dead, 1);
    assert_true(s[1].zeros >= 0.25 && s[1].low == 0);
    assert_true(fabs((s[0].gradient_norm) - (12)) <= 1e-12); /* 16 times 3 */
    assert_true(fabs((s[2].gradient_norm) - (4 * sqrt(5))) <= 1e-12);
    assert_true(isnan(s[1].gradient_norm) && isnan(s[1].ratio) && isnan(s[1].weight_norm));
    assert_true(fabs((s[2].ratio) - (0.01)) <= 1e-12);
    expect(bl_layers_of(&o, theta, NULL, NULL, 77, NULL, again, &rows, &err), &err);
    assert_int_equal(rows, 77);
    assert_true(isnan(again[0].gradient_norm) && isnan(again[0].ratio) && again[0].weight_norm == s[0].weight_norm);
    bl_free(theta);
    bl_free(gradient);
    bl_free(after);
    bl_free(z);
    bl_objective_done(&o);
    bl_matrix_free(m);
}

/* Numbers that are none, or all alike, or as far apart as they can be, have a place. */
static void test_layers_of_any_numbers_are_told(void **state)
{
    struct bl_matrix *m = make_matrix(50, 3, 2, 5);
    struct bl_objective o = make_network("2 activation=tanh", m, 2, 0);
    double *theta = bl_calloc(o.n_params, sizeof *theta);
    struct bl_progress stop = {.stop = true};
    struct bl_layer_state s[3];
    size_t rows;

    (void)state;
    assert_true(bl_layers_of(&o, theta, NULL, NULL, 50, NULL, s, &rows, NULL)); /* all weights are 0 */
    assert_true(s[0].low == 0 && s[0].high == 0 && s[0].zeros == 1 && s[0].sd == 0 && isnan(s[0].ratio));
    assert_int_equal(s[0].count[BL_LAYER_BINS / 2], 100);
    theta[0] = 1.7e308, theta[4] = -1.7e308;
    assert_true(bl_layers_of(&o, theta, NULL, NULL, 50, NULL, s, &rows, NULL));
    assert_int_equal(s[0].count[0], 50);
    assert_int_equal(s[0].count[BL_LAYER_BINS - 1], 50);
    theta[0] = NAN;
    assert_true(bl_layers_of(&o, theta, NULL, NULL, 50, NULL, s, &rows, NULL));
    assert_int_equal(s[0].not_finite, 50);
    assert_int_equal(s[2].not_finite, 50);
    assert_true(isnan(s[2].mean) && isnan(s[2].low) && isnan(s[2].sd));
    assert_false(bl_layers_of(&o, theta, NULL, NULL, 50, &stop, s, &rows, NULL));
    bl_free(theta);
    bl_objective_done(&o);
    bl_matrix_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradients_equal_differences_for_every_layer),
        cmocka_unit_test(test_gradients_of_relu_equal_differences_away_from_kinks),
        cmocka_unit_test(test_single_precision_agrees_to_its_digits),
        cmocka_unit_test(test_a_network_without_hidden_layers_is_the_linear_family),
        cmocka_unit_test(test_xor_is_learned_by_every_activation_and_norm),
        cmocka_unit_test(test_bits_do_not_depend_on_threads),
        cmocka_unit_test(test_back_and_forward_again_gives_the_same_bits),
        cmocka_unit_test(test_explain_ends_where_the_update_ends),
        cmocka_unit_test(test_a_mini_batch_of_all_rows_is_batch),
        cmocka_unit_test(test_a_row_alone_moves_no_running_figure),
        cmocka_unit_test(test_predictions_do_not_depend_on_neighbours),
        cmocka_unit_test(test_bad_networks_are_refused_with_a_way_out),
        cmocka_unit_test(test_a_network_is_priced_before_it_is_built),
        cmocka_unit_test(test_runs_that_a_network_can_not_make_are_refused),
        cmocka_unit_test(test_a_failed_allocation_leaves_nothing_behind),
        cmocka_unit_test(test_parameters_have_names),
        cmocka_unit_test(test_sharpness_is_the_largest_eigenvalue),
        cmocka_unit_test(test_sharpness_leaves_running_figures_alone),
        cmocka_unit_test(test_sharpness_goes_to_the_edge_of_stability),
        cmocka_unit_test(test_layers_are_told_by_their_definitions),
        cmocka_unit_test(test_layers_of_any_numbers_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
