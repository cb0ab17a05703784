/* Small tables written down in a test, and a recipe in one line. */
#ifndef TESTS_PREPARE_TABLES_H
#define TESTS_PREPARE_TABLES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "batchlab/prepare.h"

struct given { /* a column: numbers (NAN missing) or texts (NULL missing) */
    const char *name;
    const double *number;
    const char *const *text;
    enum bl_type type; /* of texts */
};
#define NUMBERS(column, ...)                                                                       \
    {                                                                                              \
        .name = column, .number = (const double[])                                                 \
        {                                                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define WORDS(column, ...)                                                                         \
    {                                                                                              \
        .name = column, .text = (const char *const[]){__VA_ARGS__}, .type = BL_CATEGORICAL         \
    }
#define TEXTS(column, ...)                                                                         \
    {                                                                                              \
        .name = column, .text = (const char *const[]){__VA_ARGS__}, .type = BL_TEXT_COLUMN         \
    }

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void set_texts(struct bl_table *t, size_t at, const struct given *g, size_t n)
{
    uint32_t *code = bl_calloc(n + 1, sizeof *code);
    char **levels = bl_calloc(n + 1, sizeof *levels);
    size_t n_levels = 0;

    for (size_t i = 0; i < n; i++) {
        size_t k = 0;
        while (g->text[i] && k < n_levels && strcmp(levels[k], g->text[i]) != 0)
            k++;
        if (g->text[i] && k == n_levels)
            levels[n_levels++] = bl_strdup(g->text[i]);
    }
    qsort(levels, n_levels, sizeof *levels, compare_texts);
    for (size_t i = 0; i < n; i++) {
        code[i] = g->text[i] ? 0 : BL_MISSING_CODE;
        while (g->text[i] && strcmp(levels[code[i]], g->text[i]) != 0)
            code[i]++;
    }
    assert_true(bl_table_set_codes(t, at, g->name, g->type, code, levels, n_levels, NULL));
}

__attribute__((unused)) static struct bl_table *
make_table(size_t n_rows, const struct given *columns, size_t n_columns)
{
    struct bl_table *t = bl_table_create("toys", n_rows, n_columns, NULL);

    assert_non_null(t);
    for (size_t c = 0; c < n_columns; c++) {
        if (columns[c].number) {
            double *x = bl_calloc(n_rows + 1, sizeof *x);
            memcpy(x, columns[c].number, n_rows * sizeof *x);
            assert_true(bl_table_set_numbers(t, c, columns[c].name, x, NULL));
        } else {
            set_texts(t, c, &columns[c], n_rows);
        }
    }
    return t;
}
#define TABLE(n_rows, ...)                                                                         \
    make_table(n_rows, (const struct given[]){__VA_ARGS__},                                        \
               sizeof((const struct given[]){__VA_ARGS__}) / sizeof(struct given))

/* Rows 0 .. n-1; bl_free. */
__attribute__((unused)) static uint32_t *first_rows(size_t n)
{
    uint32_t *rows = bl_calloc(n + 1, sizeof *rows);

    for (size_t i = 0; i < n; i++)
        rows[i] = (uint32_t)i;
    return rows;
}

/* "impute method=median columns=a,b; standardize": steps as at the prompt. */
__attribute__((unused)) static bool add_steps(struct bl_recipe *r, const char *steps,
                                              struct bl_error *err)
{
    char text[400], *end_step, *end_word;
    bool ok = true;

    snprintf(text, sizeof text, "%s", steps);
    for (char *step = strtok_r(text, ";", &end_step); step && ok;
         step = strtok_r(NULL, ";", &end_step)) {
        const char *name = strtok_r(step, " ", &end_word), *columns[8];
        struct bl_option options[4];
        size_t n_options = 0, n_columns = 0;
        for (char *word = strtok_r(NULL, " ", &end_word); word;
             word = strtok_r(NULL, " ", &end_word)) {
            char *value = strchr(word, '='), *end_name;
            *value++ = 0;
            for (char *bar = value; *bar; bar++) /* '|' stands for a comma inside a value */
                *bar = *bar == '|' ? ',' : *bar;
            if (strcmp(word, "columns") != 0)
                options[n_options++] = (struct bl_option){word, value};
            else
                for (char *c = strtok_r(value, ",", &end_name); c;
                     c = strtok_r(NULL, ",", &end_name))
                    columns[n_columns++] = c;
        }
        ok = bl_recipe_add(r, name, options, n_options, columns, n_columns, err);
    }
    return ok;
}

__attribute__((unused)) static struct bl_recipe *make_recipe(const char *steps)
{
    struct bl_recipe *r = bl_recipe_create();
    struct bl_error err = {0};

    if (!add_steps(r, steps, &err))
        fail_msg("%s: %s", steps, err.message);
    return r;
}

#endif
