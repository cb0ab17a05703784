/* Drift made on purpose: a copy of a table, changed from a row on. */
#include <math.h>
#include <string.h>

#include "batchlab/evaluate.h"

const char *const bl_inject_kinds[] = {"labels", "swap", "shift", NULL};

struct injection {
    struct bl_table *t;
    const struct bl_roles *roles;
    const struct bl_inject *how;
    const bool *changed; /* n_rows */
};

static void draw_changed(const struct bl_inject *how, size_t number, size_t n, uint64_t seed, bool *changed)
{
    struct bl_random r = bl_random_stream(seed, BL_FOR_NOISE, 0, (uint32_t)number);

    for (size_t i = 0; i < n; i++) {
        const double chance = i < how->at ? 0 : how->width ? ((double)(i - how->at) + 0.5) / (double)how->width : 1;

        changed[i] = bl_random_unit(&r) < chance;
    }
}

/* Mean and deviation (over n - 1) of what is there before the change. */
static void moments_before(const struct injection *x, const double *v, double *mean, double *sd)
{
    const struct bl_moments m = bl_moments_of(v, x->how->at, NULL);

    *mean = isfinite(m.mean) ? m.mean : 0;
    *sd = m.n > 1 ? sqrt(bl_moments_variance(&m)) : 0;
}

/* What a column says of its numbers, after they were changed. */
static void settle(struct bl_table *t, size_t at)
{
    struct bl_column *c = &t->columns[at];

    c->missing = 0;
    c->whole = true;
    for (size_t i = 0; i < t->n_rows; i++) {
        c->missing += isnan(c->number[i]);
        c->whole = c->whole && (isnan(c->number[i]) || c->number[i] == floor(c->number[i]));
    }
}

/* ---- labels ------------------------------------------------------------------------------------------------*/

/* The code of the class behind that of `code`; the classes of a table of codes are its levels, in their order. */
static void next_codes(const struct injection *x, struct bl_column *c)
{
    for (size_t i = 0; i < x->t->n_rows; i++)
        if (x->changed[i] && c->code[i] != BL_MISSING_CODE)
            c->code[i] = (uint32_t)((c->code[i] + 1) % c->n_levels);
}

static void next_values(const struct injection *x, double *v)
{
    const struct bl_roles *r = x->roles;

    for (size_t i = 0; i < x->t->n_rows; i++)
        for (size_t k = 0; x->changed[i] && k < r->n_classes; k++)
            if (v[i] == r->class_values[k]) {
                v[i] = r->class_values[(k + 1) % r->n_classes];
                break;
            }
}

static void mirror(const struct injection *x, double *v)
{
    double mean, sd;

    moments_before(x, v, &mean, &sd);
    for (size_t i = 0; i < x->t->n_rows; i++)
        if (x->changed[i])
            v[i] = 2 * mean - v[i];
    settle(x->t, x->roles->target);
}

static bool change_labels(const struct injection *x, struct bl_error *err)
{
    struct bl_column *c = &x->t->columns[x->roles->target];

    if (x->roles->task == BL_CLASSIFICATION && x->roles->n_classes < 2) {
        bl_fail(err, BL_VALUE, "labels cannot change places: there is one class");
        return bl_hint(err, "drift=shift:%zu", x->how->at);
    }
    if (c->code)
        next_codes(x, c);
    else if (x->roles->task == BL_CLASSIFICATION)
        next_values(x, c->number);
    else
        mirror(x, c->number);
    return true;
}

/* ---- features ------------------------------------------------------------------------------------------------*/

static size_t next_numbers(const struct injection *x, size_t from)
{
    for (size_t j = from; j < x->t->n_columns; j++)
        if (x->roles->feature[j] && x->t->columns[j].type == BL_NUMERIC)
            return j;
    return SIZE_MAX;
}

/* Feature a takes the values of feature b, moved and stretched to where it was. */
static void take_place(const struct injection *x, const double *b, struct bl_column *to)
{
    double mean_a, sd_a, mean_b, sd_b;

    moments_before(x, to->number, &mean_a, &sd_a);
    moments_before(x, b, &mean_b, &sd_b);
    for (size_t i = 0; i < x->t->n_rows; i++)
        if (x->changed[i])
            to->number[i] = mean_a + (sd_b > 0 ? (b[i] - mean_b) / sd_b * sd_a : 0 * b[i]);
}

/* Each takes the place of the one before it, the first that of the last. */
static bool swap_features(const struct injection *x, struct bl_error *err)
{
    const size_t first = next_numbers(x, 0), bytes = x->t->n_rows * sizeof(double);
    double *kept;

    if (first == SIZE_MAX || next_numbers(x, first + 1) == SIZE_MAX) {
        bl_fail(err, BL_VALUE, "drift=swap needs two features of numbers that can change places");
        return bl_hint(err, "drift=labels:%zu", x->how->at);
    }
    if (!(kept = bl_calloc(x->t->n_rows + 1, sizeof *kept)))
        return bl_fail_memory(err, "the drift");
    memcpy(kept, x->t->columns[first].number, bytes);
    for (size_t j = first, next; j != SIZE_MAX; j = next) {
        next = next_numbers(x, j + 1);
        take_place(x, next == SIZE_MAX ? kept : x->t->columns[next].number, &x->t->columns[j]);
        settle(x->t, j);
    }
    bl_free(kept);
    return true;
}

static bool shift_features(const struct injection *x, struct bl_error *err)
{
    size_t n = 0;

    for (size_t j = next_numbers(x, 0); j != SIZE_MAX; j = next_numbers(x, j + 1), n++) {
        double *v = x->t->columns[j].number, mean, sd;

        moments_before(x, v, &mean, &sd);
        for (size_t i = 0; i < x->t->n_rows; i++)
            if (x->changed[i])
                v[i] += 2 * sd;
        settle(x->t, j);
    }
    if (n)
        return true;
    bl_fail(err, BL_VALUE, "drift=shift needs a feature of numbers");
    return bl_hint(err, "drift=labels:%zu", x->how->at);
}

/* ---- the whole -------------------------------------------------------------------------------------------------*/

static bool inject(struct bl_table *t, const struct bl_roles *roles, const struct bl_inject *how, size_t number, uint64_t seed, struct bl_error *err)
{
    static bool (*const kinds[])(const struct injection *, struct bl_error *) = {change_labels, swap_features, shift_features};
    bool *changed = bl_calloc(t->n_rows + 1, sizeof *changed), good;
    const struct injection x = {t, roles, how, changed};

    if (!changed)
        return bl_fail_memory(err, "the drift");
    if (how->at < 2 || how->at >= t->n_rows) {
        bl_free(changed);
        bl_fail(err, BL_VALUE, "drift at row %zu: the stream has rows 0 to %zu, and some must come before", how->at, t->n_rows - 1);
        return bl_hint(err, "drift=%s:%zu", bl_inject_kinds[how->kind], t->n_rows / 2);
    }
    draw_changed(how, number, t->n_rows, seed, changed);
    good = kinds[how->kind](&x, err);
    bl_free(changed);
    return good;
}

struct bl_table *bl_inject_drift(const struct bl_table *t, const struct bl_roles *roles, const uint32_t *rows, size_t n,
                                 const struct bl_inject *injections, size_t n_inject, uint64_t seed, struct bl_error *err)
{
    struct bl_table *to = bl_sample_table(t, rows, n, t->name, err);

    for (size_t i = 0; to && i < n_inject; i++)
        if (!inject(to, roles, &injections[i], i, seed, err)) {
            bl_table_free(to);
            return NULL;
        }
    return to;
}
