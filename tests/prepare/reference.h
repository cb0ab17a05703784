/* A reference file, and its dataset prepared as it says: complete rows, one-hot, standardised. */
#ifndef TESTS_PREPARE_REFERENCE_H
#define TESTS_PREPARE_REFERENCE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "batchlab/prepare.h"

struct reference {
    json_t *json, *input; /* all of it; its model_input */
    struct bl_table *table;
    struct bl_roles roles;
    struct bl_recipe *recipe;
    struct bl_matrix *matrix;
};

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* Columns of the table behind model_input.columns: "Sex=male" is "Sex". */
static void choose_features(struct reference *r, struct bl_error *err)
{
    json_t *columns = json_object_get(r->input, "columns");
    const char *names[128];
    char *copies[128];
    size_t n = json_array_size(columns);

    assert_true(n <= 128);
    for (size_t i = 0; i < n; i++) {
        copies[i] = bl_strdup(json_string_value(json_array_get(columns, i)));
        copies[i][strcspn(copies[i], "=")] = 0;
        names[i] = copies[i];
    }
    if (!bl_roles_features(&r->roles, r->table, names, n, err))
        fail_msg("%s: %s", r->table->name, err->message);
    for (size_t i = 0; i < n; i++)
        bl_free(copies[i]);
}

static void prepare_all_rows(struct reference *r, struct bl_error *err)
{
    static const char *const steps[] = {"complete", "onehot", "standardize"};
    uint32_t *rows;
    size_t n;

    r->recipe = bl_recipe_create();
    for (size_t i = 0; i < 3; i++)
        assert_true(bl_recipe_add(r->recipe, steps[i], NULL, 0, NULL, 0, err));
    if (!bl_recipe_rows(r->recipe, r->table, &r->roles, &rows, &n, err) ||
        !bl_recipe_fit(r->recipe, r->table, &r->roles, rows, n, NULL, NULL, err) ||
        !(r->matrix = bl_recipe_apply(r->recipe, r->table, &r->roles, rows, n, NULL, err)))
        fail_msg("%s: %s", r->table->name, err->message);
    bl_free(rows);
}

static struct reference reference_open(const char *name)
{
    struct reference r = {0};
    struct bl_error err = {0};
    json_error_t where;
    char path[500];

    snprintf(path, sizeof path, "%s/tests/reference/%s.json", BL_SOURCE_DIR, name);
    if (!(r.json = json_load_file(path, 0, &where)))
        fail_msg("%s: %s", path, where.text);
    r.input = json_object_get(r.json, "model_input");
    snprintf(path, sizeof path, "%s/sample-data/%s", BL_SOURCE_DIR, text_of(r.json, "dataset"));
    if (!(r.table = bl_load(path, &(struct bl_load_options){0}, &err)) ||
        !bl_roles_choose(&r.roles, r.table, text_of(r.input, "target"), -1, NULL, &err))
        fail_msg("%s: %s", path, err.message);
    choose_features(&r, &err);
    prepare_all_rows(&r, &err);
    return r;
}

static void reference_close(struct reference *r)
{
    bl_matrix_free(r->matrix);
    bl_recipe_free(r->recipe);
    bl_roles_free(&r->roles);
    bl_table_free(r->table);
    json_decref(r->json);
}

#endif
