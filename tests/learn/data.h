/* Made-up matrices for the tests of learn; objectives, networks and settings from what a person types. */
#ifndef BATCHLAB_TESTS_LEARN_DATA_H
#define BATCHLAB_TESTS_LEARN_DATA_H

#include "batchlab/learn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Rows of standard normal features; targets from a plan of their own: a number, or a class. */
static inline struct bl_matrix *make_matrix(size_t n, size_t d, size_t classes, uint64_t seed)
{
    struct bl_matrix *m = bl_matrix_create(n, d, true, NULL);
    struct bl_random r = bl_random_stream(seed, BL_FOR_GENERATE, 0, 0);

    assert_non_null(m);
    for (size_t i = 0; i < n; i++) {
        double score = 0;
        for (size_t j = 0; j < d; j++) {
            m->x[i * d + j] = bl_random_normal(&r);
            score += m->x[i * d + j] * (j % 2 ? -0.5 : 1);
        }
        score += bl_random_normal(&r);
        m->y[i] = score;
        if (classes) {
            double c = (score + 3) / 6 * (double)classes;
            m->y[i] = c < 0 ? 0 : c >= (double)classes ? (double)classes - 1 : (double)(size_t)c;
        }
        m->row[i] = (uint32_t)i;
    }
    return m;
}

static inline struct bl_objective make_objective(const char *name, const struct bl_matrix *train,
                                                 const struct bl_matrix *validation, size_t classes, double l2)
{
    struct bl_objective o;
    struct bl_error err;

    if (!bl_objective_init(&o, bl_objective_find(name), train, validation, classes, true, l2, "y", &err))
        fail_msg("%s", err.message);
    return o;
}

static inline void expect(bool ok, const struct bl_error *err)
{
    if (!ok)
        fail_msg("%s (%s)", err->message, err->hint);
}

/* "64,32 activation=tanh norm=layer": as a person types it */
static inline struct bl_objective make_network(const char *text, const struct bl_matrix *m, size_t classes, double l2)
{
    struct bl_objective o = make_objective("mlp", m, NULL, classes, l2);
    struct bl_network_spec spec;
    struct bl_error err = {0};
    char words[200], *word, *rest = words;

    bl_network_spec_init(&spec);
    snprintf(words, sizeof words, "%s", text);
    for (size_t i = 0; (word = strtok_r(rest, " ", &rest)); i++) {
        char *equals = strchr(word, '=');
        bool known = true;
        if (!equals)
            expect(bl_network_hidden(&spec, word, &err), &err);
        else {
            *equals = '\0';
            expect(bl_network_key(&spec, word, equals + 1, &known, &err), &err);
        }
        assert_true(known);
    }
    expect(bl_objective_layers(&o, &spec, &err), &err);
    return o;
}

/* "mini:32", "lr=0.05 optimizer=adam" */
static inline struct bl_settings typed_settings(const char *regime, const char *keys)
{
    struct bl_settings s;
    struct bl_error err = {0};
    char words[200], *word, *rest = words;

    bl_settings_init(&s);
    expect(bl_settings_regime(&s, regime, &err), &err);
    snprintf(words, sizeof words, "%s", keys);
    while ((word = strtok_r(rest, " ", &rest))) {
        char *equals = strchr(word, '=');
        bool known;
        *equals = '\0';
        expect(bl_settings_set(&s, word, equals + 1, &known, &err), &err);
        assert_true(known);
    }
    return s;
}

#endif
