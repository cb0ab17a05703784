/* Features that are 0 in nearly all rows: compressed rows hold what the matrix written out would hold, to the bit. */
#include "tests/prepare/fitting.h"

#define ROWS 700

static uint32_t next(uint32_t *state)
{
    return *state = *state * 1664525u + 1013904223u;
}

/* Rows of twelve words of `words`, a category of 300 levels with gaps, a number with gaps, and y. */
static struct bl_table *documents(size_t rows, size_t words)
{
    struct bl_table *t = bl_table_create("docs", rows, 4, NULL);
    char (*text)[120] = calloc(rows, sizeof *text), (*level)[8] = calloc(rows, sizeof *level);
    const char **texts = calloc(rows, sizeof *texts), **levels = calloc(rows, sizeof *levels);
    double *x = bl_calloc(rows, sizeof *x), *y = bl_calloc(rows, sizeof *y);
    struct given g = {.name = "t", .text = texts, .type = BL_TEXT_COLUMN}, c = {.name = "c", .text = levels, .type = BL_CATEGORICAL};
    uint32_t state = 5;

    for (size_t i = 0; i < rows; i++) {
        for (size_t k = 0; k < 12; k++) {
            size_t word = next(&state) / 7 % (k % 3 ? words : 40);
            char *to = text[i] + strlen(text[i]);
            *to++ = ' ';
            for (int d = 0; d < 4; d++, word /= 20)
                *to++ = (char)('a' + word % 20);
        }
        snprintf(level[i], sizeof *level, "k%u", next(&state) / 7 % 300);
        texts[i] = i % 50 == 3 ? NULL : text[i];
        levels[i] = i % 40 == 7 ? NULL : level[i];
        x[i] = i % 30 == 9 ? NAN : (double)(next(&state) % 1000) / 100;
        y[i] = (double)(next(&state) % 1000) / 100;
    }
    set_texts(t, 0, &g, rows);
    set_texts(t, 1, &c, rows);
    assert_true(bl_table_set_numbers(t, 2, "x", x, NULL));
    assert_true(bl_table_set_numbers(t, 3, "y", y, NULL));
    free(text), free(level), free(texts), free(levels);
    return t;
}

struct made { struct bl_table *t; struct bl_roles roles; struct bl_recipe *r; struct bl_matrix *m; struct bl_warnings warnings; struct bl_error err; };

/* Fitted on the first six in seven rows; m is NULL where that or applying failed. */
static struct made make(struct bl_table *t, const char *steps, size_t threads)
{
    struct made f = {.t = bl_table_hold(t), .r = make_recipe(steps)};
    struct bl_pool *pool = bl_pool_create(threads, NULL);
    uint32_t *rows = first_rows(t->n_rows);

    assert_true(bl_roles_choose(&f.roles, t, "y", -1, NULL, NULL));
    if (bl_recipe_fit(f.r, t, &f.roles, rows, t->n_rows / 7 * 6, pool, &f.warnings, &f.err))
        f.m = bl_recipe_apply(f.r, t, &f.roles, rows, t->n_rows, pool, &f.err);
    bl_free(rows);
    bl_pool_free(pool);
    return f;
}

static void made_free(struct made *f)
{
    bl_matrix_free(f->m);
    bl_recipe_free(f->r);
    bl_roles_free(&f->roles);
    bl_warnings_free(&f->warnings);
    bl_table_free(f->t);
}

static void assert_same_cells(const struct bl_matrix *sparse, const struct bl_matrix *dense, const char *steps)
{
    assert_true(sparse->n_rows == dense->n_rows && sparse->n_features == dense->n_features);
    for (size_t i = 0; i < sparse->n_rows; i++) {
        assert_true(sparse->y[i] == dense->y[i] && sparse->row[i] == dense->row[i]);
        for (size_t j = 0; j < sparse->n_features; j++)
            if (bl_matrix_at(sparse, i, j) != bl_matrix_at(dense, i, j))
                fail_msg("%s: row %zu feature %zu is %.17g, not %.17g", steps, i, j, bl_matrix_at(sparse, i, j), bl_matrix_at(dense, i, j));
    }
    for (size_t i = 0; i < sparse->n_rows; i++)
        for (size_t at = sparse->sparse->start[i] + 1; at < sparse->sparse->start[i + 1]; at++)
            assert_true(sparse->sparse->column[at - 1] < sparse->sparse->column[at]);
}

static const char *const recipes[] = {
    "impute; text sparse=yes max=2000",
    "impute; text sparse=yes ngrams=2 method=tfidf max=3000; onehot",
    "impute; onehot sparse=yes; text n=1500",
    "impute; hash sparse=yes n=512; text method=binary",
    "impute; text sparse=yes max=1500; maxabs; onehot min=3; minmax",
    "impute; text sparse=yes max=1200; standardize",
    "impute; text sparse=yes max=1200; select k=50; onehot",
    "impute; text sparse=yes max=1300 method=tfidf; robust; power; drop columns=x",
    "impute; onehot sparse=yes max_levels=2500; poly columns=x; maxabs",
};

static void test_compressed_rows_are_the_matrix_written_out(void **state)
{
    struct bl_table *t = documents(ROWS, 2500);

    (void)state;
    for (size_t i = 0; i < sizeof recipes / sizeof *recipes; i++) {
        char other[400];
        struct made sparse = make(t, recipes[i], 1), dense;
        char *at;

        snprintf(other, sizeof other, "%s", recipes[i]);
        at = strstr(other, "sparse=yes");
        memcpy(at, "sparse=no ", 10);
        dense = make(t, other, 1);
        if (!sparse.m || !dense.m)
            fail_msg("%s: %s", recipes[i], sparse.m ? dense.err.message : sparse.err.message);
        assert_true(sparse.m->sparse && !sparse.m->x && dense.m->x && !dense.m->sparse);
        assert_same_cells(sparse.m, dense.m, recipes[i]);
        made_free(&sparse);
        made_free(&dense);
    }
    bl_table_free(t);
}

static void test_every_number_of_threads_gives_the_same_rows(void **state)
{
    static const size_t threads[] = {1, 2, 8};
    struct bl_table *t = documents(ROWS, 2500);

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        struct made first = make(t, recipes[i], 1);
        for (size_t k = 1; k < 3; k++) {
            struct made other = make(t, recipes[i], threads[k]);
            const struct bl_sparse *a = first.m->sparse, *b = other.m->sparse;
            const size_t cells = a->start[a->n_rows];
            assert_memory_equal(a->start, b->start, (a->n_rows + 1) * sizeof *a->start);
            assert_memory_equal(a->column, b->column, cells * sizeof *a->column);
            assert_memory_equal(a->value, b->value, cells * sizeof *a->value);
            made_free(&other);
        }
        made_free(&first);
    }
    bl_table_free(t);
}

static void test_width_and_density_decide(void **state)
{
    static const struct { const char *steps; bool sparse; } cases[] = {
        {"impute; text max=1200", true},          {"impute; text max=900", false},
        {"impute; onehot", false},                {"impute; text n=1200; maxabs", true},
        {"impute; text max=1200; standardize", false}, {"impute; text max=1200 sparse=no", false},
        {"impute; text max=3 sparse=yes", true},  {"impute; text max=1200 sparse=auto", true},
    };
    struct bl_table *t = documents(ROWS, 2500);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct made f = make(t, cases[i].steps, 1);
        if (!f.m || (f.m->sparse != NULL) != cases[i].sparse)
            fail_msg("%s: %s", cases[i].steps, f.m ? "the other kind" : f.err.message);
        made_free(&f);
    }
    bl_table_free(t);
}

static bool warns(const struct made *f, const char *part)
{
    for (size_t i = 0; i < f->warnings.count; i++)
        if (strstr(f->warnings.items[i].message, part))
            return true;
    return false;
}

static void test_filling_up_is_told(void **state)
{
    static const struct { const char *steps, *says; } cases[] = {
        {"impute; text max=1200; standardize", "prep standardize fills up 1200 columns that were 0 in nearly all rows"},
        {"impute; text max=1200; impute method=knn", "prep impute fills up 1200 columns that were 0 in nearly all rows"},
        {"impute; text max=1200; project n=3", "prep project writes 1200 columns that are 0 in nearly all rows out while it is fitted"},
        {"impute; text max=1200; maxabs", NULL}, {"impute; text max=900; project n=3", NULL}, {"impute; text max=1200; select k=50", NULL},
    };
    struct bl_table *t = documents(ROWS, 2500);

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct made f = make(t, cases[i].steps, 1);

        assert_non_null(f.m);
        if (cases[i].says ? !warns(&f, cases[i].says) : warns(&f, "fills up") || warns(&f, "writes"))
            fail_msg("%s", cases[i].steps);
        made_free(&f);
    }
    bl_table_free(t);
}

static size_t in_use(void)
{
    const size_t large = (size_t)1 << 50;
    size_t used;

    bl_memory_limit_set(large);
    used = large - bl_memory_limit();
    bl_memory_limit_set(0);
    return used;
}

/* 3500 rows of 10,000 words would take 280 MB. */
static void test_wide_texts_need_no_dense_matrix(void **state)
{
    struct bl_table *t = documents(3500, 20000);
    static const struct { const char *steps, *message; } refused[] = {
        {"impute; text max=10000 sparse=no", "a matrix of 3500 rows x 10"},
        {"impute; text max=10000; standardize", "prep standardize writes"},
        {"impute; text max=10000; project n=3", "prep project writes"},
        {"impute; text max=10000; impute method=knn", "prep impute writes"},
    };
    const size_t before = in_use(), most = before + (64u << 20);
    struct made f;

    (void)state;
    bl_memory_limit_set(most);
    f = make(t, "impute; text max=10000; maxabs", 2);
    if (!f.m)
        fail_msg("%s", f.err.message);
    assert_true(f.m->sparse && f.m->n_features > 9000);
    assert_true(most - bl_memory_limit() - before < (32u << 20));
    made_free(&f);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        f = make(t, refused[i].steps, 2);
        assert_null(f.m);
        assert_int_equal(f.err.code, BL_LIMIT);
        if (!strstr(f.err.message, refused[i].message) || !f.err.hint[0])
            fail_msg("%s: %s", refused[i].steps, f.err.message);
        made_free(&f);
    }
    bl_memory_limit_set(0);
    bl_table_free(t);
}

/* What a step fitted of the columns of texts: of each the last line, by name. */
static size_t find_fitted(const struct bl_step_view *v, const char *column, const char *key, size_t from)
{
    for (size_t i = 0; i < v->n_fitted; i++) {
        size_t at = (from + i) % v->n_fitted;
        if (strcmp(v->fitted[at].column, column) == 0 && strcmp(v->fitted[at].key, key) == 0)
            return at;
    }
    return SIZE_MAX;
}

/* Steps look at the cells alone where there are more than a thousand columns, and at all rows below that. The first 900
 * terms of 2,000 are the 900 of a dictionary of that length, so both have been fitted on the same numbers. */
static void test_cells_alone_say_what_all_rows_say(void **state)
{
    static const struct { const char *step; double digits; } cases[] = {
        {"maxabs", 0}, {"minmax", 0}, {"robust", 0}, {"clip quantiles=0.001,0.999", 0}, {"power", 1e-10}, {"quantile n=21", 0}, {"spline", 0},
        {"bins n=3", 0}, {"impute method=mean", 1e-15}, {"impute method=median", 0}, {"impute method=most_frequent", 0},
        {"select method=variance k=1", 1e-14}, {"select method=correlation k=1", 1e-14}, {"select method=information k=1", 0},
    };
    struct bl_table *t = documents(ROWS, 2500);

    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        char wide[200], narrow[200];
        struct made a, b;
        struct bl_step_view va, vb;
        size_t compared = 0, hint = 0;

        snprintf(wide, sizeof wide, "impute; text max=2000; log; %s", cases[c].step);
        snprintf(narrow, sizeof narrow, "impute; text max=900; log; %s", cases[c].step);
        a = make(t, wide, 1);
        b = make(t, narrow, 1);
        if (!a.m || !b.m)
            fail_msg("%s: %s", wide, a.m ? b.err.message : a.err.message);
        bl_recipe_view(a.r, 3, &va);
        bl_recipe_view(b.r, 3, &vb);
        for (size_t i = 0; i < vb.n_fitted; i++) {
            const struct bl_fitted *y = &vb.fitted[i];
            if (!y->column || (i && strcmp(y->column, vb.fitted[i - 1].column) == 0 && strcmp(y->key, vb.fitted[i - 1].key) == 0))
                continue;
            size_t at = find_fitted(&va, y->column, y->key, hint);
            hint = at == SIZE_MAX ? 0 : at;
            if (at == SIZE_MAX)
                continue;
            compared++;
            if (!(fabs(va.fitted[at].number - y->number) <= cases[c].digits * fmax(1, fabs(y->number))))
                fail_msg("%s: %s of %s is %.17g, not %.17g", wide, y->key, y->column, va.fitted[at].number, y->number);
        }
        if (compared < 300)
            fail_msg("%s: %zu compared", wide, compared);
        made_free(&a);
        made_free(&b);
    }
    bl_table_free(t);
}

static void test_gaps_are_errors_with_their_place_or_stay(void **state)
{
    static const uint32_t complete[] = {0, 1, 2, 4, 5, 6, 8, 10}, gap[] = {8, 7};
    struct bl_table *t = documents(60, 100);
    struct bl_recipe *r = make_recipe("onehot sparse=yes");
    struct bl_roles roles;
    struct bl_error err;
    struct bl_matrix *m;

    (void)state;
    assert_true(bl_roles_choose(&roles, t, "y", -1, NULL, NULL));
    assert_true(bl_recipe_fit(r, t, &roles, complete, 8, NULL, NULL, &err));
    assert_null(bl_recipe_apply(r, t, &roles, gap, 2, NULL, &err));
    assert_string_equal(err.message, "column 'c' of docs has no value in 1 of 2 rows, first in row 7 (the first row is 0)");
    m = bl_recipe_apply_gaps(r, t, &roles, gap, 2, NULL, &err);
    assert_non_null(m);
    for (size_t j = 1; j < m->n_features; j++)
        assert_true(isnan(bl_matrix_at(m, 1, j)) && !isnan(bl_matrix_at(m, 0, j)));
    bl_matrix_free(m);
    bl_roles_free(&roles);
    bl_recipe_free(r);
    bl_table_free(t);
}

static void test_the_choice_is_kept_with_the_recipe(void **state)
{
    struct bl_table *t = documents(ROWS, 2500);
    struct made f = make(t, "impute; onehot sparse=yes; text method=tfidf max=500; maxabs", 1);
    struct bl_stored stored;
    struct bl_recipe *again;
    uint32_t *rows = first_rows(ROWS);
    struct bl_matrix *m;

    (void)state;
    assert_non_null(f.m);
    assert_true(bl_recipe_store(f.r, &stored, NULL));
    again = bl_recipe_restore(stored.text, stored.numbers, stored.n_numbers, NULL);
    assert_non_null(again);
    m = bl_recipe_apply(again, t, &f.roles, rows, ROWS, NULL, NULL);
    assert_true(m && m->sparse);
    assert_memory_equal(m->sparse->value, f.m->sparse->value, m->sparse->start[ROWS] * sizeof(double));
    bl_matrix_free(m);
    bl_free(rows);
    bl_recipe_free(again);
    bl_stored_free(&stored);
    made_free(&f);
    bl_table_free(t);
}

static void test_compressing_survives_every_failed_allocation(void **state)
{
    struct bl_table *t = documents(40, 60);
    uint32_t *rows = first_rows(40);
    struct bl_roles roles;
    bool ok = false;

    (void)state;
    assert_true(bl_roles_choose(&roles, t, "y", -1, NULL, NULL));
    for (uint64_t k = 1; !ok; k++) {
        struct bl_recipe *r = make_recipe("impute; onehot; text sparse=yes max=20; maxabs");
        struct bl_matrix *m = NULL;
        struct bl_error err = {0};
        bl_alloc_fail_at(k, false);
        ok = bl_recipe_fit(r, t, &roles, rows, 40, NULL, NULL, &err) && (m = bl_recipe_apply(r, t, &roles, rows, 40, NULL, &err));
        bl_alloc_fail_at(0, false);
        if (!ok)
            assert_int_equal(err.code, BL_MEMORY);
        bl_matrix_free(m);
        bl_recipe_free(r);
    }
    bl_free(rows);
    bl_roles_free(&roles);
    bl_table_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compressed_rows_are_the_matrix_written_out),
        cmocka_unit_test(test_every_number_of_threads_gives_the_same_rows),
        cmocka_unit_test(test_width_and_density_decide),
        cmocka_unit_test(test_filling_up_is_told),
        cmocka_unit_test(test_wide_texts_need_no_dense_matrix),
        cmocka_unit_test(test_cells_alone_say_what_all_rows_say),
        cmocka_unit_test(test_gaps_are_errors_with_their_place_or_stay),
        cmocka_unit_test(test_the_choice_is_kept_with_the_recipe),
        cmocka_unit_test(test_compressing_survives_every_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
