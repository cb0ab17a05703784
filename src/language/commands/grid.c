/* Points of a search. */
#include "src/language/commands/grid.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- axes -------------------------------------------------------------------------------------------------*/

static bool is_own(const struct bl_key *own, const char *key)
{
    for (; own->name; own++)
        if (bl_key_same(own->name, key))
            return !candidate_is_model_key(key);
    return false;
}

static bool add_axis(struct grid *g, const char *key, const char *value, struct bl_error *err)
{
    struct axis *x = &g->axes[g->n_axes];

    for (size_t i = 0; i < g->n_axes; i++) /* what stands in parentheses wins */
        if (bl_key_same(g->axes[i].key, key))
            return true;
    if (g->n_axes == AXES_MOST)
        return bl_fail(err, BL_LIMIT, "more than %d keys at once", (int)AXES_MOST);
    *x = (struct axis){ .key = key, .text = value };
    if (!bl_values_expand(key, value, &x->values, err))
        return false;
    g->n_axes++;
    return true;
}

static bool read_axes(const struct bl_args *a, const struct bl_key *own, struct grid *g, struct bl_error *err)
{
    if (a->n_words) {
        if (!bl_call_parse(a->words[0].text, &g->call, err))
            return bl_at_word(err, a, 0);
        g->contestant = g->call.name;
        for (size_t i = 0; i < g->call.n_options; i++)
            if (!add_axis(g, g->call.options[i].key, g->call.options[i].value, err))
                return bl_at_word(err, a, 0);
    }
    for (size_t i = 0; i < a->n_pairs; i++)
        if (!is_own(own, a->pairs[i].key) && !add_axis(g, a->pairs[i].key, a->pairs[i].value, err))
            return bl_at_pair(err, a, a->pairs[i].key);
    return true;
}

bool grid_varies(const struct grid *g, size_t axis)
{
    return g->axes[axis].values.count > 1;
}

/* ---- draws --------------------------------------------------------------------------------------------------*/

static bool is_rate(const char *key)
{
    static const char *const rates[] = { "lr", "l1", "l2", "eps", NULL };

    for (size_t i = 0; rates[i]; i++)
        if (bl_key_same(rates[i], key))
            return true;
    return false;
}

static bool is_count(const char *key)
{
    static const char *const counts[] = { "batch", "epochs", "every", "accumulate", NULL };

    for (size_t i = 0; counts[i]; i++)
        if (bl_key_same(counts[i], key))
            return true;
    return false;
}

/* Ends of "A..B" or "A..B:N". */
static bool range_of(const char *text, double *from, double *to)
{
    const char *dots = strstr(text, ".."), *end = dots ? dots + 2 + strcspn(dots + 2, ":") : NULL;

    return dots && bl_number_parse(text, (size_t)(dots - text), from) && bl_number_parse(dots + 2, (size_t)(end - dots - 2), to);
}

static char *draw(const struct axis *x, struct bl_random *random)
{
    double from, to, value, u;
    char text[40];

    if (!range_of(x->text, &from, &to))
        return bl_strdup(x->values.items[bl_random_below(random, x->values.count)]);
    u = bl_random_unit(random);
    value = is_rate(x->key) && from > 0 && to > 0 ? from * bl_exp(u * bl_log(to / from)) : from + u * (to - from);
    snprintf(text, sizeof text, "%.6g", is_count(x->key) ? nearbyint(value) : value);
    return bl_strdup(text);
}

/* ---- points ---------------------------------------------------------------------------------------------------*/

static bool count_points(struct grid *g, const struct bl_args *a, size_t draws, struct bl_error *err)
{
    double product = 1;

    for (size_t i = 0; i < g->n_axes; i++)
        product *= (double)g->axes[i].values.count;
    if (product < 2) {
        bl_fail(err, BL_USAGE, "nothing to choose from: every key has one value");
        return bl_hint(err, "%s l2=0.001..1:7, or %s sgd lr=0.01,0.1,1", a->verb, a->verb);
    }
    g->n = draws ? draws : product > GRID_MOST ? 0 : (size_t)product;
    if (g->n)
        return true;
    bl_fail(err, BL_LIMIT, "a grid of %.6g points is more than %d", product, (int)GRID_MOST);
    return bl_hint(err, "tune ... search=random trials=100 draws from the same ranges");
}

static bool fill_values(struct grid *g, size_t i, bool draws, uint64_t seed)
{
    struct bl_random random = bl_random_stream(seed, BL_FOR_TUNE, 0, (uint32_t)i);
    size_t rest = i;

    g->values[i] = bl_calloc(g->n_axes + 1, sizeof **g->values);
    if (!g->values[i])
        return false;
    for (size_t k = g->n_axes; k-- > 0;) { /* the last key turns fastest */
        const struct bl_values *v = &g->axes[k].values;
        g->values[i][k] = draws ? draw(&g->axes[k], &random) : bl_strdup(v->items[rest % v->count]);
        rest /= v->count;
        if (!g->values[i][k])
            return false;
    }
    return true;
}

static bool fill_point(struct bl_session *s, const struct bl_args *a, struct grid *g, size_t i, struct bl_error *err)
{
    struct bl_option pairs[AXES_MOST];
    struct bl_text name = { 0 };
    size_t culprit = SIZE_MAX;

    for (size_t k = 0; k < g->n_axes; k++)
        pairs[k] = (struct bl_option){ g->axes[k].key, g->values[i][k] };
    if (!candidate_make(s, g->contestant, pairs, g->n_axes, &g->candidates[i], &culprit, err))
        return culprit < g->n_axes && bl_arg(a, g->axes[culprit].key) ? bl_at_pair(err, a, g->axes[culprit].key)
                                                                      : a->n_words ? bl_at_word(err, a, 0) : false;
    grid_point_text(g, i, &name);
    snprintf(g->candidates[i].name, sizeof g->candidates[i].name, "%s", bl_text_get(&name));
    bl_text_free(&name);
    return true;
}

static bool fill(struct bl_session *s, const struct bl_args *a, struct grid *g, size_t draws, uint64_t seed, struct bl_error *err)
{
    if (!count_points(g, a, draws, err))
        return false;
    g->candidates = bl_calloc(g->n, sizeof *g->candidates);
    g->values = bl_calloc(g->n, sizeof *g->values);
    if (!g->candidates || !g->values)
        return bl_fail_memory(err, "the points");
    for (size_t i = 0; i < g->n; i++)
        if (!fill_values(g, i, draws > 0, seed))
            return bl_fail_memory(err, "the points");
    for (size_t i = 0; i < g->n; i++)
        if (!fill_point(s, a, g, i, err))
            return false;
    return true;
}

bool grid_make(struct bl_session *s, const struct bl_args *a, const struct bl_key *own, size_t draws, uint64_t seed, struct grid *out,
               struct bl_error *err)
{
    *out = (struct grid){ 0 };
    if (read_axes(a, own, out, err) && fill(s, a, out, draws, seed, err))
        return true;
    grid_free(out);
    return false;
}

void grid_free(struct grid *g)
{
    for (size_t i = 0; g->values && i < g->n; i++) {
        for (size_t k = 0; g->values[i] && k < g->n_axes; k++)
            bl_free(g->values[i][k]);
        bl_free(g->values[i]);
    }
    for (size_t k = 0; k < g->n_axes; k++)
        bl_values_free(&g->axes[k].values);
    bl_call_free(&g->call);
    bl_free(g->values);
    bl_free(g->candidates);
    *g = (struct grid){ 0 };
}

void grid_point_text(const struct grid *g, size_t i, struct bl_text *out)
{
    size_t before = out->length;

    for (size_t k = 0; k < g->n_axes; k++)
        if (grid_varies(g, k))
            bl_text_addf(out, "%s%s=%s", out->length > before ? " " : "", g->axes[k].key, g->values[i][k]);
}

void grid_point_json(struct bl_result *r, const struct grid *g, size_t i, json_t *to)
{
    for (size_t k = 0; k < g->n_axes; k++) {
        const char *text = g->values[i][k];
        double x;
        if (grid_varies(g, k))
            bl_json_set(r, to, g->axes[k].key, bl_number_parse(text, strlen(text), &x) ? bl_json_number(x) : bl_json_text(text));
    }
}
