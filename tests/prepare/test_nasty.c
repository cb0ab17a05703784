/* Random tables of nasty columns through random recipes: a finite matrix, or an error that says
 * why. */
#include "tests/prepare/tables.h"

static const double nasty[] = {0,      -0.0,  1,      1,      1,    -7,       NAN, NAN,
                               1e-320, 1e308, -1e308, 5e-324, 1e16, 1e16 + 2, 0.1, 1.0 / 3};
static const char *const words[] = {"red", "green", "",   "10",       "9",
                                    "a=b", NULL,    NULL, "\033[31m", "red"};

static void fill_column(struct bl_table *t, size_t at, size_t n, struct bl_random *random)
{
    static const char *const names[] = {"a", "b", "c", "d", "e"};
    size_t kind = bl_random_below(random, 5), span = 1 + bl_random_below(random, 10);
    struct given g = {.name = names[at], .type = kind == 4 ? BL_TEXT_COLUMN : BL_CATEGORICAL};
    double *x = bl_calloc(n + 1, sizeof *x);
    const char **text = bl_calloc(n + 1, sizeof *text);

    for (size_t i = 0; i < n; i++) {
        size_t from = bl_random_below(random, 16);
        x[i] = nasty[(from + bl_random_below(random, span)) % 16];
        text[i] = words[bl_random_below(random, span)];
    }
    g.text = text;
    if (kind >= 3)
        set_texts(t, at, &g, n);
    else
        assert_true(bl_table_set_numbers(t, at, g.name, x, NULL));
    if (kind >= 3)
        bl_free(x);
    bl_free(text);
}

static struct bl_table *random_table(struct bl_random *random)
{
    size_t n = 1 + bl_random_below(random, 12);
    struct bl_table *t = bl_table_create("nasty", n, 5, NULL);

    for (size_t c = 0; c < 5; c++)
        fill_column(t, c, n, random);
    return t;
}

static struct bl_recipe *random_recipe(struct bl_random *random)
{
    static const char *const steps[] = {"complete",
                                        "impute",
                                        "impute method=median",
                                        "impute method=most_frequent",
                                        "impute value=0",
                                        "impute value=none",
                                        "impute columns=a",
                                        "onehot",
                                        "onehot max_levels=2",
                                        "onehot columns=b,c",
                                        "standardize",
                                        "standardize columns=d",
                                        "minmax"};
    struct bl_recipe *r = bl_recipe_create();

    for (size_t k = bl_random_below(random, 6); k > 0; k--)
        assert_true(
            add_steps(r, steps[bl_random_below(random, sizeof steps / sizeof *steps)], NULL));
    return r;
}

static void assert_finite(const struct bl_recipe *r, const struct bl_table *t,
                          const struct bl_roles *roles, const uint32_t *rows, size_t n)
{
    struct bl_error err = {0};
    struct bl_matrix *m = bl_recipe_apply(r, t, roles, rows, n, NULL, &err);

    if (!m) {
        assert_true(err.message[0]);
        return;
    }
    assert_int_equal(m->n_features, bl_recipe_features(r));
    for (size_t i = 0; i < m->n_rows * m->n_features; i++)
        assert_true(isfinite(m->x[i]));
    bl_matrix_free(m);
}

static bool run_one(uint64_t seed)
{
    struct bl_random random = bl_random_stream(seed, BL_FOR_GENERATE, 0, 0);
    struct bl_table *t = random_table(&random);
    struct bl_recipe *r = random_recipe(&random);
    struct bl_error err = {0};
    struct bl_roles roles;
    uint32_t *rows = NULL, *all = first_rows(t->n_rows);
    size_t n = 0;
    bool ok;

    ok = bl_roles_choose(&roles, t, NULL, -1, NULL, &err) &&
         bl_recipe_rows(r, t, &roles, &rows, &n, &err) &&
         bl_recipe_fit(r, t, &roles, rows, 1 + n / 2 < n ? 1 + n / 2 : n, NULL, NULL, &err);
    if (ok) {
        assert_finite(r, t, &roles, rows, n);
        assert_finite(r, t, NULL, all, t->n_rows);
    } else if (!err.message[0]) {
        fail_msg("seed %u fails without a word", (unsigned)seed);
    }
    bl_free(rows);
    bl_free(all);
    bl_recipe_free(r);
    bl_roles_free(&roles);
    bl_table_free(t);
    return ok;
}

static void test_random_recipes_give_finite_numbers_or_an_error(void **state)
{
    size_t good = 0;

    (void)state;
    for (uint64_t seed = 0; seed < 4000; seed++)
        good += run_one(seed);
    assert_in_range(good, 500, 3500); /* both ends are met often */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_recipes_give_finite_numbers_or_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
