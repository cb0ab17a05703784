/* Strategies of a stream as they are typed: frozen, retrain:500(window=1000), drift:ddm, online:8(lr=0.1), hybrid(rehearsal=0.5). */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/language/commands/stream.h"

static const char *const option_names[] = {"every", "window", "block", "rehearsal", "detector", "lr", "optimizer", "momentum", "beta1", "beta2", "rho", "eps",
                                           "weight_decay", NULL};

static bool fail_number(const char *key, const char *value, const char *allowed, struct bl_error *err)
{
    bl_fail(err, BL_VALUE, "%s=%s must be %s", key, value, allowed);
    return bl_hint(err, "%s=%s", key, !strcmp(key, "rehearsal") ? "0.5" : "100");
}

static bool rows_of(const char *key, const char *value, size_t least, size_t *to, struct bl_error *err)
{
    int64_t n;

    if (!bl_integer_parse(value, strlen(value), &n) || n < (int64_t)least || n > INT32_MAX)
        return fail_number(key, value, least ? "a number of rows, 1 or more" : "a number of rows, 0 for all before", err);
    *to = (size_t)n;
    return true;
}

/* ---- detectors --------------------------------------------------------------------------------------------*/

/* "Page-Hinkley" and "pagehinkley" are page_hinkley. */
static bool same_letters(const char *a, const char *b)
{
    for (;; a++, b++) {
        while (*a == '_' || *a == '-')
            a++;
        while (*b == '_' || *b == '-')
            b++;
        if ((*a | 32) != (*b | 32) || !*a || !*b)
            return !*a && !*b;
    }
}

static const struct bl_detector_type *detector_named(const char *name, struct bl_error *err)
{
    const char *names[16], *near;
    struct bl_text known = {0};
    size_t n = 0;

    for (; bl_detectors[n] && n < 16; n++) {
        names[n] = bl_detectors[n]->name;
        if (same_letters(name, names[n])) {
            bl_text_free(&known);
            return bl_detectors[n];
        }
        bl_text_addf(&known, "%s%s", n ? " " : "", names[n]);
    }
    near = bl_nearest(name, names, n);
    bl_fail(err, BL_UNKNOWN, "no detector '%s'", name);
    bl_hint(err, near ? "did you mean '%s'? detectors: %s" : "detectors:%.0s %s", near ? near : "", bl_text_get(&known));
    bl_text_free(&known);
    return NULL;
}

static bool detector_key(struct bl_stream_strategy *to, const struct bl_option *o, struct bl_error *err)
{
    struct bl_text known = {0};

    for (size_t i = 0; i < BL_DETECTOR_KEYS && to->detector->keys[i].name; i++) {
        if (bl_key_same(o->key, to->detector->keys[i].name)) {
            bl_text_free(&known);
            return bl_number_parse(o->value, strlen(o->value), &to->keys[i]) || fail_number(o->key, o->value, "a number", err);
        }
        bl_text_addf(&known, "%s%s", i ? " " : "", to->detector->keys[i].name);
    }
    bl_fail(err, BL_UNKNOWN, "%s has no key '%s'", to->detector->name, o->key);
    bl_hint(err, "keys of %s: %s", to->detector->name, bl_text_get(&known));
    bl_text_free(&known);
    return false;
}

/* Whether a detector with these keys can be. */
static bool detector_stands(const struct bl_stream_strategy *to, struct bl_error *err)
{
    struct bl_detector *trial = to->detector ? bl_detector_create(to->detector, to->keys, err) : NULL;

    bl_detector_free(trial);
    return trial || !to->detector;
}

/* "adwin", "ddm(drift=2.5)". */
static bool take_detector(struct bl_stream_strategy *to, const char *word, struct bl_error *err)
{
    struct bl_call call = {0};
    bool good = bl_call_parse(word, &call, err) && (to->detector = detector_named(call.name, err)) != NULL;

    for (size_t i = 0; good && i < BL_DETECTOR_KEYS; i++)
        to->keys[i] = to->detector->keys[i].standard;
    for (size_t i = 0; good && i < call.n_options; i++)
        good = detector_key(to, &call.options[i], err);
    good = good && detector_stands(to, err);
    bl_call_free(&call);
    return good;
}

/* ---- one strategy ------------------------------------------------------------------------------------------*/

bool stream_update_key(struct bl_settings *set, const char *key, const char *value, bool *known, struct bl_error *err)
{
    *known = false;
    if (!bl_settings_set(set, key, value, known, err))
        return false;
    if (set->search) {
        bl_fail(err, BL_VALUE, "lr=search looks at all rows before each step, and an update sees a few");
        return bl_hint(err, "lr=auto, or lr=0.01");
    }
    if (set->optimizer->estimate == BL_ROWS)
        return true;
    bl_fail(err, BL_VALUE, "optimizer=%s goes over the rows again and again, and here each comes once", set->optimizer->name);
    return bl_hint(err, "optimizer=gd, momentum, adam ...");
}

/* *known false: it is no option of strategies. */
static bool option_set(struct bl_stream_strategy *to, const char *key, const char *value, bool *known, struct bl_error *err)
{
    *known = false;
    for (size_t i = 0; option_names[i]; i++)
        *known = *known || bl_key_same(key, option_names[i]);
    if (!*known)
        return true;
    if (bl_key_same(key, "every"))
        return rows_of("every", value, 1, &to->every, err);
    if (bl_key_same(key, "window"))
        return rows_of("window", value, 0, &to->window, err);
    if (bl_key_same(key, "block"))
        return rows_of("block", value, 1, &to->block, err);
    if (bl_key_same(key, "detector"))
        return take_detector(to, value, err);
    if (bl_key_same(key, "rehearsal"))
        return (bl_number_parse(value, strlen(value), &to->rehearsal) && to->rehearsal >= 0 && to->rehearsal < 1) ||
               fail_number(key, value, "a share from 0 to below 1", err);
    return stream_update_key(&to->update, key, value, known, err);
}

static bool kind_of(const char *name, size_t n, enum bl_stream_kind *kind, struct bl_error *err)
{
    char word[32];
    const char *near;

    for (size_t k = 0; bl_stream_kinds[k]; k++)
        if (strlen(bl_stream_kinds[k]) == n && !strncmp(name, bl_stream_kinds[k], n)) {
            *kind = (enum bl_stream_kind)k;
            return true;
        }
    snprintf(word, sizeof word, "%.*s", (int)(n < 31 ? n : 31), name);
    near = bl_nearest(word, bl_stream_kinds, 5);
    bl_fail(err, BL_UNKNOWN, "no strategy '%s'", word);
    return bl_hint(err, near ? "did you mean '%s'? strategies: frozen retrain drift online hybrid" : "strategies:%.0s frozen retrain drift online hybrid",
                   near ? near : "");
}

/* What stands behind the colon: rows for retrain, online and hybrid, a detector for drift. */
static bool suffix_set(struct bl_stream_strategy *to, const char *suffix, struct bl_error *err)
{
    bool known;

    switch (to->kind) {
    case BL_STREAM_RETRAIN:
        return option_set(to, "every", suffix, &known, err);
    case BL_STREAM_DRIFT:
        return take_detector(to, suffix, err);
    case BL_STREAM_FROZEN:
        bl_fail(err, BL_USAGE, "frozen:%s: nothing can be said of a model that stays as it is", suffix);
        return bl_hint(err, "strategies=frozen,retrain:%s", suffix);
    default:
        return option_set(to, "block", suffix, &known, err);
    }
}

/* What is told of one kind is not silently passed over by another. */
static bool belongs(enum bl_stream_kind kind, const char *key)
{
    const bool updates = kind == BL_STREAM_ONLINE || kind == BL_STREAM_HYBRID;

    if (bl_key_same(key, "every"))
        return kind == BL_STREAM_RETRAIN;
    if (bl_key_same(key, "window"))
        return kind == BL_STREAM_RETRAIN || kind == BL_STREAM_DRIFT;
    return bl_key_same(key, "detector") || updates;
}

static bool detector_has(const struct bl_stream_strategy *to, const char *key)
{
    for (size_t i = 0; to->kind == BL_STREAM_DRIFT && i < BL_DETECTOR_KEYS && to->detector->keys[i].name; i++)
        if (bl_key_same(key, to->detector->keys[i].name))
            return true;
    return false;
}

/* drift:kswin(window=60) could mean the rows of a fit or those that the detector holds: neither is guessed. */
static bool no_key_twice(const struct bl_stream_strategy *to, const struct bl_option *o, size_t n, struct bl_error *err)
{
    for (size_t i = 0; i < n; i++) {
        const char *key = o[i].key, *value = o[i].value, *name = to->kind == BL_STREAM_DRIFT ? to->detector->name : NULL;

        if (!belongs(to->kind, key) || !detector_has(to, key))
            continue;
        bl_fail(err, BL_USAGE, "drift:%s(%s=%s): both drift and %s have a key %s", name, key, value, name, key);
        return bl_hint(err, "strategies=drift(detector=%s(%s=%s)) for the detector; strategies=drift(detector=%s,%s=%s) for the fits", name, key, value,
                       name, key, value);
    }
    return true;
}

static bool options_set(struct bl_stream_strategy *to, const struct bl_option *o, size_t n, struct bl_error *err)
{
    for (int pass = 0; pass < 2; pass++) /* optimizer and detector bring their own keys: they come first */
        for (size_t i = 0; i < n; i++) {
            bool known;

            if ((bl_key_same(o[i].key, "optimizer") || bl_key_same(o[i].key, "detector")) != (pass == 0))
                continue;
            if (detector_has(to, o[i].key) && !belongs(to->kind, o[i].key)) { /* drift:ddm(drift=2.5), drift:adwin(every=8) */
                if (!detector_key(to, &o[i], err))
                    return false;
                continue;
            }
            if (!option_set(to, o[i].key, o[i].value, &known, err))
                return false;
            if (known && belongs(to->kind, o[i].key))
                continue;
            if (!known && to->kind == BL_STREAM_DRIFT)
                return detector_key(to, &o[i], err); /* says which there are */
            bl_fail(err, BL_UNKNOWN, "%s has no key '%s'", bl_stream_kinds[to->kind], o[i].key);
            return bl_hint(err, "retrain: every window; drift: detector window; online, hybrid: block rehearsal lr optimizer");
        }
    return true;
}

static bool add_strategy(struct stream *x, const char *word, const struct bl_stream_strategy *standard, struct bl_error *err)
{
    struct bl_stream_strategy *to = &x->strategies[x->n_strategies];
    struct bl_call call = {0};
    const char *colon;
    bool good;

    if (x->n_strategies == STREAM_MOST)
        return bl_fail(err, BL_LIMIT, "more than %d strategies", (int)STREAM_MOST);
    if (!bl_call_parse(word, &call, err))
        return false;
    *to = *standard;
    colon = strchr(call.name, ':');
    good = kind_of(call.name, colon ? (size_t)(colon - call.name) : strlen(call.name), &to->kind, err);
    if (good && to->kind != BL_STREAM_DRIFT)
        to->detector = NULL;
    good = good && (!colon || (suffix_set(to, colon + 1, err) && no_key_twice(to, call.options, call.n_options, err))) &&
           options_set(to, call.options, call.n_options, err) && detector_stands(to, err);
    bl_show(to->name, sizeof to->name, word, strlen(word));
    x->n_strategies += good;
    bl_call_free(&call);
    return good;
}

/* ---- all of them ------------------------------------------------------------------------------------------------*/

static bool standard_of(struct bl_session *s, const struct bl_args *a, size_t first, struct bl_stream_strategy *to, struct bl_error *err)
{
    *to = (struct bl_stream_strategy){.every = first / 4 ? first / 4 : 1, .block = 1};
    bl_settings_init(&to->update);
    to->update.seed = bl_workbench_seed(s->workbench);
    if (!take_detector(to, "adwin", err))
        return false;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < a->n_pairs; i++) {
            bool known;

            if (bl_key_same(a->pairs[i].key, "optimizer") == (pass == 0) && !option_set(to, a->pairs[i].key, a->pairs[i].value, &known, err))
                return bl_at_pair(err, a, a->pairs[i].key);
        }
    return true;
}

static bool any_drift(const struct stream *x)
{
    for (size_t i = 0; i < x->n_strategies; i++)
        if (x->strategies[i].detector)
            return true;
    return false;
}

bool stream_strategies(struct bl_session *s, const struct bl_args *a, size_t first, struct stream *x, struct bl_error *err)
{
    const char *list = bl_arg(a, "strategies");
    struct bl_stream_strategy standard;
    struct bl_values words = {0};
    bool good;

    if (!standard_of(s, a, first, &standard, err))
        return false;
    if (!bl_values_expand("strategies", list ? list : "frozen,retrain,drift,online,hybrid", &words, err))
        return bl_at_pair(err, a, "strategies");
    good = true;
    for (size_t i = 0; good && i < words.count; i++)
        good = add_strategy(x, words.items[i], &standard, err) || bl_at_pair(err, a, "strategies");
    bl_values_free(&words);
    if (good && bl_arg(a, "detector") && !any_drift(x)) { /* it watches then, and nobody retrains */
        x->strategies[0].detector = standard.detector;
        memcpy(x->strategies[0].keys, standard.keys, sizeof standard.keys);
    }
    return good;
}
