/* Settings, optimizers and schedules: what a person types, what is refused and how. */
#include "tests/learn/data.h"

#include "src/learn/optimizer.h"

#include <math.h>
#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof *(list))

static void test_refusals_name_the_value_and_the_way_out(void **state)
{
    static const struct { const char *optimizer, *key, *value, *message, *hint; } cases[] = {
        {"gd", "lr", "-0.1", "lr=-0.1 must be greater than 0", "set lr=0.1 (now 0.01; 0.001 to 1 is usual)"},
        {"gd", "lr", "0", "lr=0 must be greater than 0", "set lr=0.1 (now 0.01; 0.001 to 1 is usual)"},
        {"gd", "lr", "0,1", "lr=0,1 is not a number", "the decimal mark is a point: lr=0.1 (for two contestants write compare lr=0,1)"},
        {"gd", "lr", "fast", "lr=fast is not a number", "set lr=0.1 (now 0.01; 0.001 to 1 is usual)"},
        {"gd", "lr", "nan", "lr=nan is not a number", "set lr=0.1 (now 0.01; 0.001 to 1 is usual)"},
        {"gd", "lr", "1e999", "lr=1e999 is not a number", "set lr=0.1 (now 0.01; 0.001 to 1 is usual)"},
        {"gd", "batch", "0", "batch=0 must be 1 or more", "set batch=32 (now 32; 16 to 256 is usual)"},
        {"gd", "batch", "2.5", "batch=2.5 is not a whole number", "set batch=32 (now 32; 16 to 256 is usual)"},
        {"momentum", "momentum", "1", "momentum=1 must be less than 1", "set momentum=0.9 (now 0.9; 0.9 is usual)"},
        {"momentum", "momentum", "-0.5", "momentum=-0.5 must be 0 or more", "set momentum=0.9 (now 0.9; 0.9 is usual)"},
        {"gd", "momentum", "0.9", "optimizer gd has no momentum", "optimizer=NAME momentum=0.9 (share of the last step that is kept (momentum, nesterov); default 0.9)"},
        {"adam", "eps", "0", "eps=0 must be greater than 0", "set eps=1e-8 (now 1e-08; 1e-08 is usual)"},
        {"gd", "optimizer", "adm", "no optimizer 'adm'", "did you mean 'adam'? there are: gd momentum nesterov adagrad rmsprop adam adamw lion svrg saga"},
        {"gd", "optimizer", "newton", "no optimizer 'newton'", "newton takes all rows at once: train full:newton"},
        {"gd", "schedule", "cosin", "no schedule 'cosin'", "did you mean 'cosine'? there are: constant step exponential cosine 1/t plateau"},
        {"gd", "order", "random", "no order 'random'", "there are: shuffled given replacement importance"},
        {"gd", "drop", "1.5", "drop=1.5 must be at most 1", "set drop=0.5 (now 0.5; 0.1 to 0.5 is usual)"},
        {"gd", "epochs", "-1", "epochs=-1 must be 0 or more", "set epochs=20 (now 20; 20 to 1000 is usual)"},
        {"gd", "seed", "1.5", "seed=1.5 is not a whole number", "set seed=1 (now 1; any whole number)"},
        {"gd", "clip", "-1", "clip=-1 must be 0 or more", "set clip=1 (now 0; 1 to 100 is usual)"},
        {"gd", "accumulate", "0", "accumulate=0 must be 1 or more", "set accumulate=4 (now 1; 2 to 32 is usual)"},
        {"gd", "average", "maybe", "average=maybe is neither yes nor no", "set average=yes"},
        {"gd", "tape", "lots", "tape=lots is not a number of bytes", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct bl_settings s, before;
        struct bl_error err;
        bool known;
        bl_settings_init(&s);
        s.lr = 0.01;
        assert_true(bl_settings_set(&s, "optimizer", cases[i].optimizer, &known, NULL));
        before = s;
        assert_false(bl_settings_set(&s, cases[i].key, cases[i].value, &known, &err));
        assert_true(known);
        assert_string_equal(err.message, cases[i].message);
        if (cases[i].hint)
            assert_string_equal(err.hint, cases[i].hint);
        assert_memory_equal(&s, &before, sizeof s);
    }
}

static void test_values_are_taken(void **state)
{
    struct bl_settings s, other;
    bool known;

    (void)state;
    bl_settings_init(&s);
    bl_settings_init(&other);
    assert_memory_equal(&s, &other, sizeof s);
    assert_true(isnan(s.lr));
    assert_true(bl_settings_set(&s, "lr", "1e308", &known, NULL) && s.lr == 1e308);
    assert_true(bl_settings_set(&s, "lr", "auto", &known, NULL) && isnan(s.lr));
    assert_memory_equal(&s, &other, sizeof s);
    assert_true(bl_settings_set(&s, "epochs", "1e3", &known, NULL) && s.epochs == 1000);
    assert_true(bl_settings_set(&s, "tape", "2M", &known, NULL) && s.tape == 2 << 20);
    assert_true(bl_settings_set(&s, "batch", "64", &known, NULL) && s.regime == BL_MINI && s.batch == 64);
    assert_true(bl_settings_set(&s, "batch", "all", &known, NULL) && s.regime == BL_BATCH);
    assert_true(bl_settings_set(&s, "batch", "1", &known, NULL) && s.regime == BL_STOCHASTIC);
    assert_true(bl_settings_set(&s, "optimizer", "adamw", &known, NULL) && s.hyper[3] == 0.01);
    assert_true(bl_settings_set(&s, "weight_decay", "0.1", &known, NULL) && s.hyper[3] == 0.1);
    assert_true(bl_settings_set(&s, "order", "given", &known, NULL) && s.order == BL_GIVEN);
    assert_true(bl_settings_set(&s, "colour", "red", &known, NULL) && !known);
}

static void test_regimes_are_words(void **state)
{
    static const struct { const char *word, *display; } good[] = {{"batch", "batch"}, {"mini:32", "mini 32"}, {"sgd", "stochastic"}, {"full:newton", "newton"}, {"mini:7", "mini 7"}};
    static const struct { const char *word, *hint; } bad[] = {
        {"mini:0", "mini:32"}, {"mini:x", "mini:32"}, {"stochastic", "did you mean 'sgd'? there are: batch mini:32 sgd full:newton"},
        {"adam", "train mini:32 optimizer=adam"}, {"gd", "train batch optimizer=gd"}, {"lbfgs", "train full:lbfgs"},
        {"softmax", "model softmax; train batch (models side by side: cv 5 against=softmax)"},
        {"minibatch", "did you mean 'mini:32'? there are: batch mini:32 sgd full:newton"},
        {"bach", "did you mean 'batch'? there are: batch mini:32 sgd full:newton"}, {"full:newtn", NULL}, {"", NULL}};
    char word[32];

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        struct bl_settings s;
        bl_settings_init(&s);
        assert_true(bl_settings_regime(&s, good[i].word, NULL));
        assert_string_equal(bl_settings_regime_word(&s, word, sizeof word), good[i].word);
        assert_string_equal(bl_settings_display(&s, word, sizeof word), good[i].display);
    }
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct bl_settings s;
        struct bl_error err;
        bl_settings_init(&s);
        assert_false(bl_settings_regime(&s, bad[i].word, &err));
        assert_true(err.message[0] && err.hint[0]);
        if (bad[i].hint)
            assert_string_equal(err.hint, bad[i].hint);
    }
}

/* A name in a table must be known to the list that completion reads, and the other way round. */
static void test_tables_and_lists_agree(void **state)
{
    const char *const *names = bl_settings_values("optimizer");
    size_t n = 0;

    (void)state;
    for (; bl_optimizers[n]; n++) {
        assert_string_equal(names[n], bl_optimizers[n]->name);
        assert_ptr_equal(bl_optimizer_find(names[n]), bl_optimizers[n]);
        for (const struct bl_hyper *h = bl_optimizers[n]->hyper; h->name; h++)
            assert_non_null(bl_settings_help(h->name));
    }
    assert_null(names[n]);
    names = bl_settings_values("schedule");
    for (n = 0; bl_schedules[n]; n++)
        assert_string_equal(names[n], bl_schedules[n]->name);
    assert_null(names[n]);
    for (n = 0; bl_settings_keys[n]; n++)
        assert_non_null(bl_settings_help(bl_settings_keys[n]));
    assert_null(bl_settings_help("colour"));
    assert_null(bl_settings_values("lr"));
}

static void test_schedules_follow_their_formulas(void **state)
{
    struct bl_settings s;
    double pi = 3.14159265358979323846;

    (void)state;
    bl_settings_init(&s);
    for (double e = 0; e < 40; e++) {
        s.schedule = bl_schedule_find("constant");
        assert_true(bl_schedule_factor(&s, e, 0.3, 40) == 1);
        s.schedule = bl_schedule_find("step");
        assert_true(bl_schedule_factor(&s, e, 1, 40) == pow(0.5, floor(e / 10)));
        s.schedule = bl_schedule_find("exponential");
        assert_true(fabs(bl_schedule_factor(&s, e, 1, 40) - exp(-0.05 * e)) < 1e-15);
        s.schedule = bl_schedule_find("1/t");
        assert_true(bl_schedule_factor(&s, e, 0.5, 40) == 1 / (1 + 0.05 * e));
        s.schedule = bl_schedule_find("cosine");
        s.floor = 0.1;
        assert_true(fabs(bl_schedule_factor(&s, e, 1, 40) - (0.1 + 0.9 * 0.5 * (1 + cos(pi * e / 40)))) < 1e-15);
        s.floor = 0;
    }
    assert_true(bl_schedule_factor(&s, 40, 0.1, 40) == 0);
    assert_true(bl_schedule_factor(&s, 0, 1, 0) == 1);
    s.schedule = bl_schedule_find("step");
    s.floor = 0.3;
    assert_true(bl_schedule_factor(&s, 35, 1, 40) == 0.3);
}

static void test_warmup_rises_update_by_update_and_the_schedule_counts_from_its_end(void **state)
{
    struct bl_settings s;

    (void)state;
    bl_settings_init(&s);
    s.warmup = 2;
    s.schedule = bl_schedule_find("step");
    assert_true(bl_schedule_factor(&s, 0, 0.25, 40) == 0.125);
    assert_true(bl_schedule_factor(&s, 1, 0.5, 40) == 0.75);
    assert_true(bl_schedule_factor(&s, 1, 1, 40) == 1);
    assert_true(bl_schedule_factor(&s, 11, 1, 40) == 1);
    assert_true(bl_schedule_factor(&s, 12, 1, 40) == 0.5);
}

static void test_powers_are_those_of_the_library_to_rounding(void **state)
{
    (void)state;
    for (uint64_t t = 0; t < 5000; t = t * 3 / 2 + 1)
        assert_true(fabs(bl_power(0.999, t) / pow(0.999, (double)t) - 1) < 1e-13);
    assert_true(bl_power(0.9, 0) == 1 && bl_power(0.9, 1) == 0.9);
    assert_true(bl_power(0.9, UINT64_MAX) == 0);
}

static void test_decayed_weights_leave_the_intercept_alone(void **state)
{
    struct bl_matrix *x = make_matrix(20, 2, 0, 4);
    struct bl_objective o = make_objective("linear", x, NULL, 0, 0);
    double theta[3] = {1, 1, 1}, g[3] = {0, 0, 0}, memory[6] = {0};
    struct bl_settings s;
    bool known;

    (void)state;
    bl_settings_init(&s);
    assert_true(bl_settings_set(&s, "optimizer", "adamw", &known, NULL));
    bl_optimizer_step(&s, &o, memory, 1, 0.5, g, theta);
    assert_true(theta[0] == 1 && theta[1] == 1 - 0.5 * 0.01 && theta[2] == theta[1]);
    bl_matrix_free(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusals_name_the_value_and_the_way_out),
        cmocka_unit_test(test_values_are_taken),
        cmocka_unit_test(test_regimes_are_words),
        cmocka_unit_test(test_tables_and_lists_agree),
        cmocka_unit_test(test_schedules_follow_their_formulas),
        cmocka_unit_test(test_warmup_rises_update_by_update_and_the_schedule_counts_from_its_end),
        cmocka_unit_test(test_powers_are_those_of_the_library_to_rounding),
        cmocka_unit_test(test_decayed_weights_leave_the_intercept_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
