/* A recipe fitted on the first rows of a table whose target is "y", and what can be asked of it. */
#ifndef TESTS_PREPARE_FITTING_H
#define TESTS_PREPARE_FITTING_H

#include "tests/prepare/tables.h"

struct fitting {
    struct bl_table *t;
    struct bl_roles roles;
    struct bl_recipe *r;
    struct bl_warnings warnings;
    struct bl_error err;
    bool ok;
};

/* The recipe fitted on the first n rows. */
__attribute__((unused)) static struct fitting fit_on(struct bl_table *t, size_t n, const char *steps)
{
    struct fitting f = {.t = t};
    uint32_t *rows = first_rows(n);

    assert_true(bl_roles_choose(&f.roles, t, "y", -1, NULL, NULL));
    f.r = make_recipe(steps);
    f.ok = bl_recipe_fit(f.r, t, &f.roles, rows, n, NULL, &f.warnings, &f.err);
    bl_free(rows);
    return f;
}

__attribute__((unused)) static void done(struct fitting *f)
{
    bl_recipe_free(f->r);
    bl_roles_free(&f->roles);
    bl_warnings_free(&f->warnings);
    bl_table_free(f->t);
}

__attribute__((unused)) static struct bl_matrix *apply_all(struct fitting *f, struct bl_error *err)
{
    uint32_t *rows = first_rows(f->t->n_rows);
    struct bl_matrix *m = bl_recipe_apply(f->r, f->t, &f->roles, rows, f->t->n_rows, NULL, err);

    bl_free(rows);
    return m;
}

__attribute__((unused)) static void assert_features(const struct bl_recipe *r, const char *expected)
{
    struct bl_text names = {0};

    for (size_t j = 0; j < bl_recipe_features(r); j++)
        bl_text_addf(&names, "%s%s", j ? " " : "", bl_recipe_feature(r, j));
    assert_string_equal(bl_text_get(&names), expected);
    bl_text_free(&names);
}

/* "x mean 3; x sd 1.5": what a step fitted, in order, to 14 digits. */
__attribute__((unused)) static void assert_fitted(const struct bl_recipe *r, size_t step, const char *expected)
{
    struct bl_step_view v;
    struct bl_text text = {0};

    bl_recipe_view(r, step, &v);
    for (size_t i = 0; i < v.n_fitted; i++) {
        bl_text_addf(&text, "%s%s %s ", i ? "; " : "", v.fitted[i].column, v.fitted[i].key);
        if (v.fitted[i].text)
            bl_text_add(&text, v.fitted[i].text);
        else
            bl_text_addf(&text, "%.14g", v.fitted[i].number);
    }
    assert_string_equal(bl_text_get(&text), expected);
    bl_text_free(&text);
}

/* cmocka compares floats, which hold seven digits. */
#define assert_near(a, b, within)                                                                  \
    do {                                                                                           \
        double a_ = (a), b_ = (b);                                                                 \
        if (!(fabs(a_ - b_) <= (within)))                                                          \
            fail_msg("%.17g is not %.17g", a_, b_);                                                \
    } while (0)

/* Feature by name, for all rows; within 1e-10 of what is expected, relative to 1 or to its size. */
__attribute__((unused)) static void assert_column(const struct fitting *f, const struct bl_matrix *m,
                                                  const char *name, const double *expected)
{
    size_t j = 0;

    while (j < m->n_features && strcmp(bl_recipe_feature(f->r, j), name) != 0)
        j++;
    if (j == m->n_features)
        fail_msg("no feature %s", name);
    for (size_t i = 0; i < m->n_rows; i++) {
        double x = m->x[i * m->n_features + j];
        if (!(fabs(x - expected[i]) <= 1e-10 * fmax(1, fabs(expected[i]))))
            fail_msg("%s in row %zu: %.17g, expected %.17g", name, i, x, expected[i]);
    }
}

/* x has a gap, colour too; the level "blue" is in the last row alone. */
static inline struct bl_table *toys(void)
{
    return TABLE(6, NUMBERS("x", 1, 2, NAN, 3, 6, 100),
                 WORDS("colour", "red", "green", "red", NULL, "red", "blue"),
                 NUMBERS("flat", 7, 7, 7, 7, 7, 8), TEXTS("note", "a", "b", "c", "d", "e", "f"),
                 NUMBERS("y", 1, 2, 3, 4, 5, 6));
}

#endif
