/* Streams over generated sets, for the tests of streams and of drift made on purpose. */
#ifndef BATCHLAB_TEST_STREAMS_H
#define BATCHLAB_TEST_STREAMS_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "batchlab/evaluate.h"

struct way { const char *model; double l2; };

static inline bool make(const void *model, const struct bl_procedure *p, const struct bl_matrix *train, struct bl_objective *out, struct bl_error *err)
{
    const struct way *w = model;

    return bl_objective_init(out, bl_objective_find(w->model), train, NULL, p->roles->n_classes, true, w->l2, "target", err);
}

static inline struct bl_stream_strategy strategy(enum bl_stream_kind kind)
{
    struct bl_stream_strategy s = {.kind = kind, .every = 100, .block = 1};

    snprintf(s.name, sizeof s.name, "%s", bl_stream_kinds[kind]);
    bl_settings_init(&s.update);
    if (kind == BL_STREAM_DRIFT)
        s.detector = bl_detector_named("adwin");
    for (size_t i = 0; s.detector && i < BL_DETECTOR_KEYS; i++)
        s.keys[i] = s.detector->keys[i].standard;
    return s;
}

static inline struct bl_stream_strategy with_detector(struct bl_stream_strategy s, const char *name)
{
    s.detector = bl_detector_named(name);
    for (size_t i = 0; i < BL_DETECTOR_KEYS; i++)
        s.keys[i] = s.detector->keys[i].standard;
    return s;
}

/* ---- a set of its own ---------------------------------------------------------------------------------------*/

struct set { struct bl_table *table; struct bl_roles roles; struct bl_procedure p; struct way way; uint32_t *rows; };

static inline void open_set(struct set *x, const char *kind, size_t n, uint64_t seed, struct way way)
{
    struct bl_generate_options o = {0};
    struct bl_error err = {0};

    for (size_t i = 0; bl_generator_at(i); i++)
        if (!strcmp(bl_generator_at(i)->name, kind))
            o = bl_generator_at(i)->defaults;
    o.n = n;
    o.seed = seed;
    memset(x, 0, sizeof *x);
    x->way = way;
    x->table = bl_generate(kind, NULL, &o, &err);
    if (!x->table || !bl_roles_choose(&x->roles, x->table, NULL, -1, NULL, &err))
        fail_msg("%s", err.message);
    x->p = (struct bl_procedure){.table = x->table, .roles = &x->roles, .share = 1, .objective = make, .model = &x->way};
    bl_settings_init(&x->p.settings);
    assert_true(bl_settings_regime(&x->p.settings, x->roles.task == BL_REGRESSION ? "full:closed" : "full:newton", &err));
    x->rows = bl_calloc(n, sizeof *x->rows);
    for (size_t i = 0; i < n; i++)
        x->rows[i] = (uint32_t)i;
}

static inline void close_set(struct set *x)
{
    bl_free(x->rows);
    bl_roles_free(&x->roles);
    bl_table_free(x->table);
}

static inline struct bl_stream stream_of(const struct set *x, size_t first, size_t probe, const struct bl_stream_strategy *strategies, size_t n)
{
    return (struct bl_stream){.procedure = &x->p, .rows = x->rows, .n = x->table->n_rows, .first = first, .probe = probe, .stretch = 100,
                              .seed = 1, .strategies = strategies, .n_strategies = n};
}

static inline void run(struct bl_stream *s, struct bl_pool *pool)
{
    struct bl_error err = {0};

    if (!bl_stream_run(s, pool, NULL, &err))
        fail_msg("%s", err.message);
}

/* All that differ: one of each kind, with and without windows, blocks and old rows. */
enum { EACH = 9 };

static inline void each_kind(struct bl_stream_strategy *out)
{
    out[0] = strategy(BL_STREAM_FROZEN);
    out[1] = strategy(BL_STREAM_RETRAIN);
    out[2] = strategy(BL_STREAM_RETRAIN);
    out[2].window = 150;
    out[3] = strategy(BL_STREAM_DRIFT);
    out[4] = with_detector(strategy(BL_STREAM_DRIFT), "ddm");
    out[4].window = 120;
    out[5] = strategy(BL_STREAM_ONLINE);
    out[6] = strategy(BL_STREAM_ONLINE);
    out[6].block = 7;
    out[7] = strategy(BL_STREAM_HYBRID);
    out[8] = strategy(BL_STREAM_HYBRID);
    out[8].rehearsal = 0.4;
    out[8].update.optimizer = bl_optimizer_find("adam");
    for (size_t i = 0; i < 6 && out[8].update.optimizer->hyper[i].name; i++)
        out[8].update.hyper[i] = out[8].update.optimizer->hyper[i].value;
}

/* ---- figures ------------------------------------------------------------------------------------------------------*/

static inline void assert_near(const char *what, size_t at, double got, double expected, double relative)
{
    if (!(fabs(got - expected) <= relative * fabs(expected)))
        fail_msg("%s %zu: %.17g instead of %.17g", what, at, got, expected);
}

/* The first row whose prediction differs between two runs; n: none. */
static inline size_t first_difference(const struct bl_stream *a, const struct bl_stream *b, size_t k)
{
    for (size_t i = 0; i < a->tested; i++)
        if (memcmp(a->items[k].predictions + i * a->width, b->items[k].predictions + i * a->width, a->width * sizeof(double)))
            return a->first + i;
    return a->n;
}

static inline void assert_same(const struct bl_stream *a, const struct bl_stream *b)
{
    assert_int_equal(a->tested, b->tested);
    for (size_t k = 0; k < a->n_strategies; k++) {
        assert_int_equal(first_difference(a, b, k), a->n);
        assert_true(a->items[k].passes == b->items[k].passes && a->items[k].n_alarms == b->items[k].n_alarms && a->items[k].fits == b->items[k].fits);
        for (size_t i = 0; i < a->items[k].n_alarms; i++)
            assert_true(a->items[k].alarms[i].row == b->items[k].alarms[i].row && a->items[k].alarms[i].drift == b->items[k].alarms[i].drift);
    }
}

#endif
