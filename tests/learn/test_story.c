/* story: what is told is what happened. */
#include "tests/learn/known.h"

struct set { json_t *json; struct bl_matrix *m; struct bl_objective o; struct bl_optimum best; };

static struct set open_set(const char *name, const char *type, size_t classes, double l2)
{
    struct set s = { .json = known_json(name) };
    s.m = known_matrix(name, s.json, true);
    assert_true(bl_objective_init(&s.o, bl_objective_find(type), s.m, NULL, classes, true, l2, "y", NULL));
    assert_true(bl_optimum_find(&s.o, NULL, NULL, &s.best, NULL));
    return s;
}

static void close_set(struct set *s)
{
    bl_optimum_done(&s->best);
    bl_objective_done(&s->o);
    bl_matrix_free(s->m);
    json_decref(s->json);
}

/* Contestants are "regime lr"; the story is to be freed. */
static char *story(const struct set *s, const char *const *contestants, uint64_t epochs)
{
    struct bl_error err = { 0 };
    struct bl_race *r = bl_race_create(NULL, &err);
    struct bl_text text = { 0 };
    for (; *contestants; contestants++) {
        struct bl_settings set;
        char regime[40];
        bl_settings_init(&set);
        assert_int_equal(sscanf(*contestants, "%39s %lf", regime, &set.lr), 2);
        assert_true(bl_settings_regime(&set, regime, &err));
        set.epochs = epochs;
        assert_true(bl_race_add(r, "", &s->o, &set, NULL, &err));
    }
    assert_true(bl_race_advance(r, epochs, NULL, NULL, NULL, &err));
    if (!bl_story(r, &s->best, &text, &err))
        fail_msg("%s", err.message);
    bl_race_free(r);
    return bl_text_take(&text);
}

static void expect(const char *text, const char *word, bool there)
{
    if (!!strstr(text, word) != there)
        fail_msg("%s '%s' in:\n%s", there ? "no" : "there is", word, text);
}

static void test_a_run_that_converges(void **state)
{
    static const char *const run[] = { "batch 0.4", NULL };
    (void)state;
    struct set s = open_set("diabetes", "linear", 0, 0.01);
    char *text = story(&s, run, 200);
    expect(text, "fell from 14537", true);
    expect(text, "in 200 epochs (200 updates)", true);
    expect(text, "above the optimum", true);
    expect(text, "close to the optimum", true);
    expect(text, "diverged", false);
    expect(text, "rose at", false);
    bl_free(text);
    close_set(&s);
}

static void test_a_run_that_diverges_names_the_cause(void **state)
{
    static const char *const run[] = { "batch 0.9", NULL };
    (void)state;
    struct set s = open_set("diabetes", "linear", 0, 0.01);
    char *text = story(&s, run, 2000);
    expect(text, "Training diverged", true);
    expect(text, "2/L", true);
    expect(text, "above the optimum", false);
    bl_free(text);
    close_set(&s);
}

static void test_steps_above_the_critical_rate_are_named_before_they_diverge(void **state)
{
    static const char *const run[] = { "batch 0.5", NULL };
    (void)state;
    struct set s = open_set("diabetes", "linear", 0, 0.01);
    char *text = story(&s, run, 300);
    expect(text, "lr=0.5 is above 2/L = 0.4958", true);
    bl_free(text);
    text = story(&s, run, 2000);
    expect(text, "lr=0.5 is above 0.4958, the critical learning rate 2/L", true);
    bl_free(text);
    close_set(&s);
}

static void test_a_race_names_who_was_first_and_who_is_missing(void **state)
{
    static const char *const race[] = { "batch 0.4", "mini:16 0.02", "sgd 0.002", "batch 0.000001", NULL };
    (void)state;
    struct set s = open_set("diabetes", "linear", 0, 0.01);
    char *text = story(&s, race, 60);
    expect(text, "The target", true);
    expect(text, "By rows seen", true);
    expect(text, "by updates batch", true);
    expect(text, "Not there yet", true);
    expect(text, "Lowest at the end", true);
    bl_free(text);
    close_set(&s);
}

static void test_without_an_optimum_the_reason_is_told(void **state)
{
    static const char *const race[] = { "batch 0.1", "sgd 0.1", NULL };
    (void)state;
    struct set s = open_set("breast_cancer", "logistic", 2, 0);
    char *text = story(&s, race, 20);
    expect(text, "no optimum to measure against", true);
    expect(text, "separated", true);
    expect(text, "The target", false);
    expect(text, "nan", false);
    bl_free(text);
    close_set(&s);
}

static void test_nothing_trained_is_an_error(void **state)
{
    struct bl_error err = { 0 };
    struct bl_text text = { 0 };
    (void)state;
    struct bl_race *r = bl_race_create(NULL, &err);
    assert_false(bl_story(r, NULL, &text, &err));
    assert_int_equal(err.code, BL_STATE);
    bl_race_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_run_that_converges),
        cmocka_unit_test(test_a_run_that_diverges_names_the_cause),
        cmocka_unit_test(test_steps_above_the_critical_rate_are_named_before_they_diverge),
        cmocka_unit_test(test_a_race_names_who_was_first_and_who_is_missing),
        cmocka_unit_test(test_without_an_optimum_the_reason_is_told),
        cmocka_unit_test(test_nothing_trained_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
