/* The table of steps, and what help and completion ask about it. */
#include "src/prepare/step.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define LISTED_MAX 10 /* longer lists are not shown beside a nearest name */

/* Adding a step: its file, and its name here. */
#define STEPS(X)                                                                                   \
    X(complete)                                                                                    \
    X(impute)                                                                                      \
    X(onehot)                                                                                      \
    X(standardize)                                                                                 \
    X(minmax)                                                                                      \
    X(robust)                                                                                      \
    X(maxabs)                                                                                      \
    X(log)                                                                                         \
    X(power)                                                                                       \
    X(clip)                                                                                        \
    X(quantile)                                                                                    \
    X(ordinal)                                                                                    \
    X(target)                                                                                    \
    X(hash)                                                                                    \
    X(bins)                                                                                    \
    X(dates)                                                                                    \
    X(text)                                                                                    \
    X(poly)                                                                                    \
    X(interact)                                                                                    \
    X(spline)                                                                                    \
    X(pca)                                                                                    \
    X(project)                                                                                    \
    X(select)                                                                                    \
    X(drop)

#define DECLARE(name) extern const struct bl_step_type bl_step_##name;
STEPS(DECLARE)

#define ADDRESS(name) &bl_step_##name,
const struct bl_step_type *const bl_steps[] = {STEPS(ADDRESS) NULL};

#define NAME(name) #name,
const char *const bl_yes_no[] = {"yes", "no", NULL};
const char *const bl_sparse_words[] = {"auto", "yes", "no", NULL};

const char *const bl_step_names[] = {"none", STEPS(NAME) NULL};

const struct bl_step_type *bl_step_find(const char *name)
{
    for (const struct bl_step_type *const *s = bl_steps; *s; s++)
        if (strcmp((*s)->name, name) == 0)
            return *s;
    return NULL;
}

const char *bl_step_summary(const char *step)
{
    const struct bl_step_type *type = bl_step_find(step);

    if (type)
        return type->summary;
    return strcmp(step, "none") == 0 ? "empty the recipe: numeric columns as they are" : NULL;
}

const char *const *bl_step_keys(const char *step)
{
    static const char *const none[] = {NULL};
    const struct bl_step_type *type = bl_step_find(step);

    return type && type->key_names ? type->key_names : none;
}

static size_t count_names(const char *const *names)
{
    size_t n = 0;

    while (names[n])
        n++;
    return n;
}

static const struct bl_step_key *find_key(const struct bl_step_type *type, const char *key)
{
    if (!type || !type->key_names)
        return NULL;
    for (size_t i = 0; type->key_names[i]; i++)
        if (strcmp(type->key_names[i], key) == 0)
            return &type->keys[i];
    return NULL;
}

const char *const *bl_step_values(const char *step, const char *key)
{
    const struct bl_step_key *k = find_key(bl_step_find(step), key);

    return k ? k->values : NULL;
}

const char *bl_step_option(const struct bl_step *s, const char *key)
{
    for (size_t i = 0; i < s->n_options; i++)
        if (strcmp(s->options[i].key, key) == 0)
            return s->options[i].value;
    return NULL;
}

bool bl_step_is(const struct bl_step *s, const char *key, const char *value)
{
    const char *given = bl_step_option(s, key);

    return given && strcmp(given, value) == 0;
}

double bl_step_number(const struct bl_step *s, const char *key, double otherwise)
{
    const char *given = bl_step_option(s, key);

    if (given)
        bl_number_parse(given, strlen(given), &otherwise);
    return otherwise;
}

bool bl_step_yes(const struct bl_step *s, const char *key, bool otherwise)
{
    const char *given = bl_step_option(s, key);

    return given ? strcmp(given, "yes") == 0 : otherwise;
}

bool bl_takes_numbers(const struct bl_step *s, enum bl_kind kind, bool asked)
{
    (void)s, (void)asked;
    return kind == BL_KIND_NUMBER;
}

bool bl_takes_categories(const struct bl_step *s, enum bl_kind kind, bool asked)
{
    (void)s, (void)asked;
    return kind == BL_KIND_CATEGORY;
}

bool bl_fail_unknown(struct bl_error *err, const char *what, const char *word,
                     const char *const *names, size_t n)
{
    const char *nearest = bl_nearest(word, names, n);
    struct bl_text list = {0};

    for (size_t i = 0; i < n; i++)
        bl_text_addf(&list, "%s%s", i ? " " : "", names[i]);
    bl_fail(err, BL_UNKNOWN, "no %s '%s'", what, word);
    if (nearest && n > LISTED_MAX)
        bl_hint(err, "did you mean '%s'?", nearest);
    else if (nearest)
        bl_hint(err, "did you mean '%s'? there are: %s", nearest, bl_text_get(&list));
    else if (n > 0)
        bl_hint(err, "there are: %s", bl_text_get(&list));
    bl_text_free(&list);
    return false;
}

/* A value that works: within the limits, near what is usual. */
static double usual_of(const struct bl_step_key *k)
{
    const double x = k->max <= 1 ? k->max / 2 : 2;

    return x < k->min ? k->min : x;
}

static bool check_range(const struct bl_step_type *type, const struct bl_step_key *k,
                        const struct bl_option *o, struct bl_error *err)
{
    const bool whole = k->kind == BL_KEY_WHOLE;
    double x;

    if (bl_number_parse(o->value, strlen(o->value), &x) && x >= k->min && x <= k->max &&
        (!whole || x == floor(x)))
        return true;
    if (isinf(k->min) && isinf(k->max))
        bl_fail(err, BL_VALUE, "%s='%s' must be a number", o->key, o->value);
    else
        bl_fail(err, BL_VALUE, "%s='%s' must be a %snumber from %g to %g", o->key, o->value,
                whole ? "whole " : "", k->min, k->max);
    return bl_hint(err, "prep %s %s=%g (recipe steps lists what each step takes)", type->name, o->key, usual_of(k));
}

bool bl_step_option_check(const struct bl_step_type *type, const struct bl_option *o,
                          struct bl_error *err)
{
    const struct bl_step_key *k = find_key(type, o->key);
    const char *const *names = bl_step_keys(type->name);
    char what[80];

    if (!k) {
        snprintf(what, sizeof what, "key for prep %s", type->name);
        return bl_fail_unknown(err, what, o->key, names, count_names(names));
    }
    for (const char *const *v = k->values; v && *v; v++)
        if (strcmp(*v, o->value) == 0)
            return true;
    if (k->values) {
        snprintf(what, sizeof what, "%s for prep %s", o->key, type->name);
        return bl_fail_unknown(err, what, o->value, k->values, count_names(k->values));
    }
    if (k->kind != BL_KEY_FREE && !check_range(type, k, o, err))
        return false;
    return !k->check || k->check(o->value, err);
}
