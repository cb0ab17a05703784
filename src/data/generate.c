/* Synthetic sets. All numbers come from streams of the seed and from elementary functions of our own:
 * the same bits everywhere. Row i of a class set belongs to class i mod classes, so classes are
 * balanced and no order needs to be shuffled. */
#include "generate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define FEATURES_MAX 1000

struct bl_random bl_made_stream(const struct bl_made *m, uint32_t index)
{
    return bl_random_stream(m->o->seed, BL_FOR_GENERATE, m->kind, index);
}

/* ---- classes ---------------------------------------------------------------------------------------*/

/* Normal clouds around centres drawn in the cube from -5 to 5. */
static bool make_blobs(struct bl_made *m, struct bl_error *err)
{
    const struct bl_generate_options *o = m->o;
    struct bl_random centres = bl_made_stream(m, 0), points = bl_made_stream(m, 1);
    double *centre = bl_calloc(o->classes * o->features, sizeof *centre);

    if (!centre)
        return bl_fail_memory(err, "the centres");
    for (size_t k = 0; k < o->classes * o->features; k++)
        centre[k] = 10 * bl_random_unit(&centres) - 5;
    for (size_t i = 0; i < o->n; i++) {
        m->label[i] = (uint32_t)(i % o->classes);
        for (size_t j = 0; j < o->features; j++)
            m->x[j][i] = centre[m->label[i] * o->features + j] + o->noise * bl_random_normal(&points);
    }
    bl_free(centre);
    return true;
}

static void add_noise(struct bl_made *m, size_t row, struct bl_random *r)
{
    for (size_t j = 0; j < m->o->features; j++)
        m->x[j][row] += m->o->noise * bl_random_normal(r);
}

/* Two half circles that reach into each other. */
static bool make_moons(struct bl_made *m, struct bl_error *err)
{
    struct bl_random r = bl_made_stream(m, 0);

    (void)err;
    for (size_t i = 0; i < m->o->n; i++) {
        const double t = bl_random_unit(&r);
        const bool upper = i % 2 == 0;

        m->label[i] = !upper;
        m->x[0][i] = upper ? bl_cospi(t) : 1 - bl_cospi(t);
        m->x[1][i] = upper ? bl_sinpi(t) : 0.5 - bl_sinpi(t);
        add_noise(m, i, &r);
    }
    return true;
}

/* Circles around the origin, radius 1, ½, ⅓ ... */
static bool make_circles(struct bl_made *m, struct bl_error *err)
{
    struct bl_random r = bl_made_stream(m, 0);

    (void)err;
    for (size_t i = 0; i < m->o->n; i++) {
        const double t = 2 * bl_random_unit(&r), radius = 1 / (double)(i % m->o->classes + 1);

        m->label[i] = (uint32_t)(i % m->o->classes);
        m->x[0][i] = radius * bl_cospi(t);
        m->x[1][i] = radius * bl_sinpi(t);
        add_noise(m, i, &r);
    }
    return true;
}

/* Arms that turn one and a half times about the origin. */
static bool make_spiral(struct bl_made *m, struct bl_error *err)
{
    struct bl_random r = bl_made_stream(m, 0);

    (void)err;
    for (size_t i = 0; i < m->o->n; i++) {
        const size_t arm = i % m->o->classes;
        const double radius = 0.1 + 0.9 * sqrt(bl_random_unit(&r)), turn = 3 * radius + 2 * (double)arm / (double)m->o->classes;

        m->label[i] = (uint32_t)arm;
        m->x[0][i] = radius * bl_cospi(turn);
        m->x[1][i] = radius * bl_sinpi(turn);
        add_noise(m, i, &r);
    }
    return true;
}

/* The square from -1 to 1, classes by the signs of the first two features. */
static bool make_xor(struct bl_made *m, struct bl_error *err)
{
    struct bl_random r = bl_made_stream(m, 0);

    (void)err;
    for (size_t i = 0; i < m->o->n; i++) {
        for (size_t j = 0; j < m->o->features; j++)
            m->x[j][i] = 2 * bl_random_unit(&r) - 1;
        m->label[i] = (m->x[0][i] > 0) != (m->x[1][i] > 0);
        add_noise(m, i, &r);
    }
    return true;
}

/* ---- weights ---------------------------------------------------------------------------------------*/

static double *draw_weights(const struct bl_made *m, uint32_t index, struct bl_error *err)
{
    struct bl_random r = bl_made_stream(m, index);
    double *w = bl_calloc(m->o->features + 1, sizeof *w); /* the last is the intercept */

    for (size_t j = 0; w && j <= m->o->features; j++)
        w[j] = bl_random_normal(&r);
    if (!w)
        bl_fail_memory(err, "the weights");
    return w;
}

static bool make_linear(struct bl_made *m, struct bl_error *err)
{
    struct bl_random r = bl_made_stream(m, 3);
    double *w = draw_weights(m, 2, err);
    const bool fine = w && bl_made_design(m, err);

    for (size_t i = 0; fine && i < m->o->n; i++)
        m->y[i] = bl_made_margin(m, w, i) + w[m->o->features] + m->o->noise * bl_random_normal(&r);
    bl_free(w);
    return fine;
}

/* P(1) = σ(margin / noise); without noise the sign of the margin. */
static bool make_logistic(struct bl_made *m, struct bl_error *err)
{
    struct bl_random r = bl_made_stream(m, 3);
    double *w = draw_weights(m, 2, err);
    const bool fine = w && bl_made_design(m, err);

    for (size_t i = 0; fine && i < m->o->n; i++) {
        const double margin = bl_made_margin(m, w, i) + w[m->o->features], u = bl_random_unit(&r);

        m->label[i] = m->o->noise > 0 ? u < 1 / (1 + bl_exp(-margin / m->o->noise)) : margin > 0;
    }
    bl_free(w);
    return fine;
}

static bool make_sine(struct bl_made *m, struct bl_error *err)
{
    struct bl_random r = bl_made_stream(m, 0);

    (void)err;
    for (size_t i = 0; i < m->o->n; i++) {
        m->x[0][i] = bl_random_unit(&r);
        m->y[i] = bl_sinpi(2 * m->x[0][i]) + m->o->noise * bl_random_normal(&r);
    }
    return true;
}

/* A stream in order: at half of it the boundary between the classes is another one. A label is wrong
 * with probability `noise`. */
static bool make_drift(struct bl_made *m, struct bl_error *err)
{
    struct bl_random r = bl_made_stream(m, 0);
    double *before = draw_weights(m, 1, err), *after = before ? draw_weights(m, 2, err) : NULL;

    for (size_t i = 0; after && i < m->o->n; i++) {
        for (size_t j = 0; j < m->o->features; j++)
            m->x[j][i] = bl_random_normal(&r);
        m->label[i] = bl_made_margin(m, i < m->o->n / 2 ? before : after, i) > 0;
        m->label[i] ^= bl_random_unit(&r) < m->o->noise;
    }
    bl_free(before);
    bl_free(after);
    return after != NULL;
}

/* ---- the table of sets -------------------------------------------------------------------------------*/

static const struct maker {
    struct bl_generator shown;
    bool number;               /* the target is one */
    size_t features_min, features_max, classes_min;
    bool (*make)(struct bl_made *m, struct bl_error *err);
} makers[] = {
    /* name, summary; n, features, classes (0: none), noise, condition (0: none) */
    { { "blobs", "normal clouds around random centres", { 300, 2, 3, 1, 0, 0 } }, false, 1, FEATURES_MAX, 1, make_blobs },
    { { "moons", "two half circles that reach into each other", { 300, 2, 2, 0.1, 0, 0 } }, false, 2, 2, 2, make_moons },
    { { "circles", "circles inside each other", { 300, 2, 2, 0.05, 0, 0 } }, false, 2, 2, 2, make_circles },
    { { "spiral", "arms that turn about the origin", { 300, 2, 2, 0.02, 0, 0 } }, false, 2, 2, 2, make_spiral },
    { { "xor", "classes by the signs of two features", { 300, 2, 2, 0, 0, 0 } }, false, 2, FEATURES_MAX, 2, make_xor },
    { { "linear", "least squares with a chosen condition number", { 300, 5, 0, 0.1, 10, 0 } }, true, 1, FEATURES_MAX, 0, make_linear },
    { { "logistic", "two classes by a logistic model, with a condition number", { 300, 5, 2, 1, 10, 0 } }, false, 1, FEATURES_MAX, 2, make_logistic },
    { { "sine", "one period of a sine", { 300, 1, 0, 0.1, 0, 0 } }, true, 1, 1, 0, make_sine },
    { { "drift", "a stream whose boundary changes half way", { 2000, 2, 2, 0.05, 0, 0 } }, false, 1, FEATURES_MAX, 2, make_drift },
};
#define MAKERS (sizeof makers / sizeof *makers)

const struct bl_generator *bl_generator_at(size_t i)
{
    return i < MAKERS ? &makers[i].shown : NULL;
}

static const struct maker *maker_named(const char *kind, struct bl_error *err)
{
    struct bl_text known = { 0 };
    const char *names[MAKERS], *near;

    for (size_t i = 0; i < MAKERS; i++) {
        if (strcmp(makers[i].shown.name, kind) == 0) {
            bl_text_free(&known);
            return &makers[i];
        }
        names[i] = makers[i].shown.name;
        bl_text_addf(&known, " %s", names[i]);
    }
    near = bl_nearest(kind, names, MAKERS);
    bl_fail(err, BL_UNKNOWN, "no synthetic set is called '%s'", kind);
    bl_hint(err, near ? "did you mean '%s'? there are%s" : "there are%s%s", near ? near : "", bl_text_get(&known));
    bl_text_free(&known);
    return NULL;
}

static bool fail_value(const struct maker *k, const char *key, const char *value, const char *allowed, struct bl_error *err)
{
    bl_fail(err, BL_VALUE, "%s=%s is not possible for %s", key, value, k->shown.name);
    return bl_hint(err, "%s", allowed);
}

static bool check_count(const struct maker *k, const char *key, size_t value, size_t min, size_t max, struct bl_error *err)
{
    char shown[32], allowed[96];

    if (value >= min && value <= max)
        return true;
    snprintf(shown, sizeof shown, "%zu", value);
    if (min == max)
        snprintf(allowed, sizeof allowed, "%s has %s=%zu", k->shown.name, key, min);
    else
        snprintf(allowed, sizeof allowed, "%s= takes %zu to %zu here", key, min, max);
    return fail_value(k, key, shown, allowed, err);
}

static bool check_conditions(const struct maker *k, const struct bl_generate_options *o, struct bl_error *err)
{
    char shown[32];

    bl_number_exact(shown, sizeof shown, o->condition);
    if (!k->shown.defaults.condition)
        return !o->condition || fail_value(k, "condition", shown, "linear and logistic have a condition number", err);
    if (!(o->condition >= 1 && o->condition <= 1e12))
        return fail_value(k, "condition", shown, "a condition number is from 1 to 1e12", err);
    if (o->features < 2 && o->condition > 1)
        return fail_value(k, "condition", shown, "with one feature it is 1; features=2 or more", err);
    if (o->n > o->features + 1)
        return true;
    snprintf(shown, sizeof shown, "%zu", o->n);
    return fail_value(k, "n", shown, "a design needs more rows than features: n= above features + 1", err);
}

static bool check(const struct maker *k, const struct bl_generate_options *o, struct bl_error *err)
{
    const size_t classes = k->shown.defaults.classes;
    const size_t most = k->make == make_blobs || k->make == make_circles || k->make == make_spiral ? 100 : classes;
    const double bytes = (double)o->n * (double)(o->features + 1) * sizeof(double);
    char shown[32], allowed[64];

    if (!check_count(k, "n", o->n, 1, 2147483647, err) || !check_count(k, "features", o->features, k->features_min, k->features_max, err) ||
        !check_count(k, "classes", o->classes, k->classes_min, most, err) || !check_conditions(k, o, err))
        return false;
    if (!(o->noise >= 0 && o->noise <= 1e6) || (k->make == make_drift && o->noise > 1))
        return fail_value(k, "noise", bl_number_exact(shown, sizeof shown, o->noise), k->make == make_drift ? "a probability, 0 to 1" : "0 or more", err);
    if (bytes <= (double)bl_memory_limit())
        return true;
    bl_fail(err, BL_LIMIT, "%zu rows x %zu columns need %s, but only %s may be used", o->n, o->features + 1, bl_bytes_format(shown, sizeof shown, bytes),
            bl_bytes_format(allowed, sizeof allowed, (double)bl_memory_limit()));
    return bl_hint(err, "generate fewer rows: n=");
}

/* ---- from arrays to a table ----------------------------------------------------------------------------*/

static void made_free(struct bl_made *m)
{
    for (size_t j = 0; m->x && j < m->o->features; j++)
        bl_free(m->x[j]);
    bl_free(m->x);
    bl_free(m->y);
    bl_free(m->label);
}

static bool made_room(struct bl_made *m, bool number, struct bl_error *err)
{
    bool fine = (m->x = bl_calloc(m->o->features, sizeof *m->x)) != NULL;

    for (size_t j = 0; fine && j < m->o->features; j++)
        fine = (m->x[j] = bl_aligned(m->o->n, sizeof **m->x)) != NULL;
    if (fine && number)
        fine = (m->y = bl_aligned(m->o->n, sizeof *m->y)) != NULL;
    else if (fine)
        fine = (m->label = bl_aligned(m->o->n, sizeof *m->label)) != NULL;
    return fine || bl_fail_memory(err, "the set");
}

/* Levels 0, 1, 2 ... are in ascending order. */
static bool set_classes(struct bl_table *t, struct bl_made *m, struct bl_error *err)
{
    char **levels = bl_calloc(m->o->classes, sizeof *levels), name[32];
    bool fine = levels != NULL;

    for (size_t k = 0; fine && k < m->o->classes; k++) {
        snprintf(name, sizeof name, "%zu", k);
        fine = (levels[k] = bl_strdup(name)) != NULL;
    }
    fine = fine ? bl_table_set_codes(t, m->o->features, "class", BL_CATEGORICAL, m->label, levels, m->o->classes, err) : bl_fail_memory(err, "the classes");
    if (fine) {
        m->label = NULL;
        return true;
    }
    for (size_t k = 0; levels && k < m->o->classes; k++)
        bl_free(levels[k]);
    bl_free(levels);
    return false;
}

static bool fill_table(struct bl_table *t, struct bl_made *m, struct bl_error *err)
{
    char name[32];

    for (size_t j = 0; j < m->o->features; j++) {
        snprintf(name, sizeof name, "x%zu", j + 1);
        if (!bl_table_set_numbers(t, j, name, m->x[j], err))
            return false;
        m->x[j] = NULL;
    }
    if (m->label && !set_classes(t, m, err))
        return false;
    if (m->y) {
        if (!bl_table_set_numbers(t, m->o->features, "y", m->y, err))
            return false;
        m->y = NULL;
    }
    t->format = bl_strdup("generated");
    t->own_target = bl_strdup(t->columns[m->o->features].name);
    return (t->format && t->own_target) || bl_fail_memory(err, "the table");
}

struct bl_table *bl_generate(const char *kind, const char *name, const struct bl_generate_options *options, struct bl_error *err)
{
    const struct maker *k = maker_named(kind, err);
    struct bl_made m = { .o = options };
    struct bl_table *t = NULL;

    if (!k || !check(k, options, err))
        return NULL;
    m.kind = (uint32_t)(k - makers);
    if (made_room(&m, k->number, err) && k->make(&m, err) && (t = bl_table_create(name ? name : kind, options->n, options->features + 1, err)) &&
        !fill_table(t, &m, err)) {
        bl_table_free(t);
        t = NULL;
    }
    made_free(&m);
    return t;
}
