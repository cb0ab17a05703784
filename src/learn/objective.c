/* The objective: what is minimised, checked once so that passes need not. */
#include "src/learn/network.h"

#include <math.h>
#include <string.h>

const struct bl_objective_type *const bl_objectives[] = {
    &bl_objective_linear,
    &bl_objective_logistic,
    &bl_objective_softmax,
    &bl_objective_svm,
    &bl_objective_svm2,
    &bl_objective_huber,
    &bl_objective_quantile,
    &bl_objective_poisson,
    &bl_objective_mlp,
    NULL,
};

const struct bl_objective_type *bl_objective_find(const char *name)
{
    for (size_t i = 0; bl_objectives[i]; i++)
        if (strcmp(bl_objectives[i]->name, name) == 0)
            return bl_objectives[i];
    return NULL;
}

/* ---- does the model fit the data? ---------------------------------------------------------------*/
static bool check_task(const struct bl_objective_type *type, size_t n_classes, const char *target, struct bl_error *err)
{
    if (type->network && n_classes == 0)
        return true;
    if (!type->network && type->task == BL_REGRESSION && n_classes > 0) {
        bl_fail(err, BL_VALUE, "model %s needs a numeric target, but '%s' has %zu classes", type->name, target, n_classes);
        return bl_hint(err, "model %s", n_classes == 2 ? "logistic" : "softmax");
    }
    if (!type->network && type->task == BL_CLASSIFICATION && n_classes == 0) {
        bl_fail(err, BL_VALUE, "model %s needs classes, but '%s' is a number to predict", type->name, target);
        return bl_hint(err, "model linear, or target %s task=classification", target);
    }
    if (!type->network && type->task == BL_REGRESSION)
        return true;
    if (n_classes < type->classes_min) {
        bl_fail(err, BL_VALUE, "model %s needs %s%zu classes, but '%s' has %zu", type->name,
                type->classes_max == type->classes_min ? "" : "at least ", type->classes_min, target, n_classes);
        return bl_hint(err, "choose another target, or look at it: groups %s", target);
    }
    if (n_classes > type->classes_max) {
        bl_fail(err, BL_VALUE, "model %s needs %zu classes, but '%s' has %zu", type->name, type->classes_max, target, n_classes);
        return bl_hint(err, "model softmax, or another target");
    }
    return true;
}

static bool all_finite(const double *x, size_t n, size_t *where)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i])) {
            *where = i;
            return false;
        }
    return true;
}

/* Where the sparse cell number `at` lies; the same for a dense one. */
static void place_of(const struct bl_matrix *m, size_t at, size_t *row, size_t *column)
{
    *row = m->sparse ? 0 : at / m->n_features;
    *column = m->sparse ? m->sparse->column[at] : at % m->n_features;
    while (m->sparse && m->sparse->start[*row + 1] <= at)
        ++*row;
}

static bool check_targets(const struct bl_objective *o, const struct bl_matrix *m, const char *target, struct bl_error *err)
{
    size_t at;

    if (!m->y)
        return bl_fail(err, BL_STATE, "the rows have no target '%s'", target);
    if (!all_finite(m->y, m->n_rows, &at))
        return bl_fail(err, BL_VALUE, "'%s' is not finite in row %zu", target, m->row ? (size_t)m->row[at] : at);
    for (size_t i = 0; o->type->counts && i < m->n_rows; i++)
        if (m->y[i] < 0) {
            bl_fail(err, BL_VALUE, "model %s needs a target of 0 or more, but '%s' is %g in row %zu", o->type->name, target, m->y[i],
                    m->row ? (size_t)m->row[i] : i);
            return bl_hint(err, "model linear, or huber");
        }
    for (size_t i = 0; o->n_classes && i < m->n_rows; i++)
        if (!(m->y[i] >= 0 && m->y[i] < (double)o->n_classes && m->y[i] == floor(m->y[i])))
            return bl_fail(err, BL_VALUE, "row %zu of '%s' is no class", m->row ? (size_t)m->row[i] : i, target);
    return true;
}

static bool check_matrix(const struct bl_objective *o, const struct bl_matrix *m, const char *target, struct bl_error *err)
{
    const size_t cells = m->sparse ? m->sparse->start[m->n_rows] : m->n_rows * m->n_features;
    size_t at, row, column;

    if (m->n_features != o->d)
        return bl_fail(err, BL_INTERNAL, "%zu features for a model of %zu", m->n_features, o->d);
    if (cells && !all_finite(m->sparse ? m->sparse->value : m->x, cells, &at)) {
        place_of(m, at, &row, &column);
        bl_fail(err, BL_VALUE, "feature %zu is not finite in row %zu", column + 1, m->row ? (size_t)m->row[row] : row);
        return bl_hint(err, "prep impute, or prep standardize");
    }
    return check_targets(o, m, target, err);
}

static void take_keys(struct bl_objective *o, const double *hyper)
{
    for (size_t i = 0; o->type->hyper && i < BL_MODEL_KEYS && o->type->hyper[i].name; i++)
        o->hyper[i] = hyper ? hyper[i] : o->type->hyper[i].value;
}

static bool in_range(const struct bl_hyper *h, double x)
{
    return (h->min_open ? x > h->min : x >= h->min) && (h->max_open ? x < h->max : x <= h->max);
}

static bool refuse_key(const struct bl_objective_type *type, const struct bl_hyper *h, const char *value, struct bl_error *err)
{
    bl_fail(err, BL_VALUE, "%s=%s must be a number %s %g and %s %g", h->name, value, h->min_open ? "greater than" : "of at least", h->min,
            h->max_open ? "less than" : "at most", h->max);
    return bl_hint(err, "model %s %s=%g", type->name, h->name, h->value);
}

bool bl_model_key(const struct bl_objective_type *type, double *hyper, const char *key, const char *value, bool *known,
                  struct bl_error *err)
{
    double x;

    *known = false;
    for (size_t i = 0; type->hyper && i < BL_MODEL_KEYS && type->hyper[i].name; i++) {
        const struct bl_hyper *h = &type->hyper[i];
        if (strcmp(h->name, key) != 0)
            continue;
        *known = true;
        if (!bl_number_parse(value, strlen(value), &x) || !in_range(h, x))
            return refuse_key(type, h, value, err);
        hyper[i] = x;
    }
    return true;
}

bool bl_objective_set(struct bl_objective *o, double l1, const double *hyper, struct bl_error *err)
{
    char value[32];

    if (!(l1 >= 0) || !isfinite(l1)) {
        bl_fail(err, BL_VALUE, "l1=%g must be 0 or more", l1);
        return bl_hint(err, "model %s l1=0.01", o->type->name);
    }
    for (size_t i = 0; hyper && o->type->hyper && i < BL_MODEL_KEYS && o->type->hyper[i].name; i++)
        if (!in_range(&o->type->hyper[i], hyper[i]))
            return refuse_key(o->type, &o->type->hyper[i], bl_number_exact(value, sizeof value, hyper[i]), err);
    o->l1 = l1;
    take_keys(o, hyper);
    return true;
}

static bool default_layers(struct bl_objective *o, struct bl_error *err)
{
    struct bl_network_spec spec;

    bl_network_spec_init(&spec);
    return bl_objective_layers(o, &spec, err);
}

bool bl_objective_init(struct bl_objective *o, const struct bl_objective_type *type, const struct bl_matrix *train,
                       const struct bl_matrix *validation, size_t n_classes, bool intercept, double l2,
                       const char *target_name, struct bl_error *err)
{
    const char *target = target_name ? target_name : "target";
    size_t per_output = train->n_features + intercept;

    memset(o, 0, sizeof *o);
    if (!check_task(type, n_classes, target, err))
        return false;
    if (!(l2 >= 0) || !isfinite(l2)) {
        bl_fail(err, BL_VALUE, "l2=%g must be 0 or more", l2);
        return bl_hint(err, "model %s l2=0.01", type->name);
    }
    if (train->n_rows == 0) {
        bl_fail(err, BL_STATE, "there are no training rows");
        return bl_hint(err, "split 60 20 20");
    }
    *o = (struct bl_objective){.type = type, .train = train, .validation = validation && validation->n_rows ? validation : NULL,
                               .n_classes = n_classes, .k = type->output_per_class ? n_classes : 1,
                               .d = train->n_features, .intercept = intercept, .l2 = l2, .least_weight = 1};
    take_keys(o, NULL);
    if (per_output == 0)
        return bl_fail(err, BL_STATE, "the model has no parameters: no features and no intercept");
    if (__builtin_mul_overflow(o->k, per_output, &o->n_params) || o->n_params > SIZE_MAX / 1024)
        return bl_fail(err, BL_LIMIT, "%zu outputs of %zu parameters are too many", o->k, per_output);
    return check_matrix(o, train, target, err) && (!o->validation || check_matrix(o, o->validation, target, err)) &&
           bl_objective_weigh(o, NULL, false, err) && (!type->network || default_layers(o, err));
}

/* ---- what needs no pass ---------------------------------------------------------------------------*/
double bl_objective_penalty(const struct bl_objective *o, const double *theta)
{
    size_t per_output = o->d + o->intercept;
    double sum = 0, lengths = 0;

    if (o->l2 == 0 && o->l1 == 0)
        return 0;
    for (size_t p = 0; o->network && p < o->n_params; p++)
        if (bl_objective_penalised(o, p)) {
            sum += theta[p] * theta[p];
            lengths += fabs(theta[p]);
        }
    for (size_t c = 0; !o->network && c < o->k; c++)
        for (size_t j = o->intercept; j < per_output; j++) {
            sum += theta[c * per_output + j] * theta[c * per_output + j];
            lengths += fabs(theta[c * per_output + j]);
        }
    return o->l1 == 0 ? 0.5 * o->l2 * sum : 0.5 * o->l2 * sum + o->l1 * lengths;
}

double bl_objective_gradient_norm(const struct bl_objective *o, const double *theta, const double *gradient)
{
    double sum = 0;

    if (o->l1 == 0)
        return sqrt(bl_sum_of_squares(gradient, o->n_params));
    for (size_t p = 0; p < o->n_params; p++) {
        double g = gradient[p];
        if (!bl_objective_penalised(o, p))
            ;
        else if (theta[p] != 0)
            g += theta[p] > 0 ? o->l1 : -o->l1;
        else
            g = fabs(g) > o->l1 ? fabs(g) - o->l1 : isnan(g) ? g : 0;
        sum += g * g;
    }
    return sqrt(sum);
}

/* The row kernel in plain form: accumulator j mod 8 for feature j, as every kernel has it. */
static double row_margin(const double *w, const double *x, size_t d, double bias)
{
    double a[8] = {0};
    size_t j = 0;

    for (; j + 8 <= d; j += 8)
        for (size_t i = 0; i < 8; i++)
            a[i] += x[j + i] * w[j + i];
    for (size_t i = 0; j < d; j++, i++)
        a[i] += x[j] * w[j];
    return (((a[0] + a[1]) + (a[2] + a[3])) + ((a[4] + a[5]) + (a[6] + a[7]))) + bias;
}

void bl_objective_margins(const struct bl_objective *o, const double *theta, const double *x, double *z)
{
    size_t per_output = o->d + o->intercept;

    for (size_t c = 0; c < o->k; c++) {
        const double *w = theta + c * per_output;
        z[c] = row_margin(w + o->intercept, x, o->d, o->intercept ? w[0] : 0);
    }
}

/* ---- predictions ------------------------------------------------------------------------------------*/
struct predict_task {
    const struct bl_objective *o;
    double *scratch;
    size_t scratch_each;
    const double *theta;
    const struct bl_matrix *m;
    double *out;
    size_t each; /* numbers a row */
};

static void predict_chunk(void *context, size_t chunk, size_t worker)
{
    const struct predict_task *t = context;
    const struct bl_objective *o = t->o;
    size_t from = chunk * BL_LANE_CHUNK, end = from + BL_LANE_CHUNK;

    (void)worker;
    for (size_t i = from; i < end && i < t->m->n_rows; i++) {
        double one, *out = t->out + i * t->each, *z = o->k == 1 ? &one : out;
        bl_row_margins(o, t->theta, t->m, i, z);
        o->type->predict(z, o->n_classes, out);
    }
}

static void predict_layers(void *context, size_t chunk, size_t worker)
{
    const struct predict_task *t = context;
    const struct bl_objective *o = t->o;
    double *scratch = t->scratch + worker * t->scratch_each, *z = scratch + bl_network_margins_scratch(o), *x = z + BL_NETWORK_CHUNK * o->k;
    size_t from = chunk * BL_NETWORK_CHUNK, n = t->m->n_rows - from < BL_NETWORK_CHUNK ? t->m->n_rows - from : BL_NETWORK_CHUNK;

    for (size_t i = 0; t->m->sparse && i < n; i++)
        bl_row_write(t->m, from + i, x + i * o->d);
    bl_network_margins(o, t->theta, t->m->sparse ? x : t->m->x + from * o->d, n, z, scratch);
    for (size_t i = 0; i < n; i++)
        o->type->predict(z + i * o->k, o->n_classes, t->out + (from + i) * t->each);
}

/* Without memory nothing is known. */
static void predict_network(struct predict_task *t, struct bl_pool *pool)
{
    t->scratch_each = bl_network_margins_scratch(t->o) + BL_NETWORK_CHUNK * (t->o->k + (t->m->sparse ? t->o->d : 0));
    t->scratch = bl_aligned(bl_pool_threads(pool) * t->scratch_each, sizeof *t->scratch);
    for (size_t i = 0; !t->scratch && i < t->m->n_rows * t->each; i++)
        t->out[i] = NAN;
    if (t->scratch)
        bl_pool_run(pool, (t->m->n_rows + BL_NETWORK_CHUNK - 1) / BL_NETWORK_CHUNK, predict_layers, t);
    bl_free(t->scratch);
}

bool bl_objective_margins_of(const struct bl_objective *o, const double *theta, const uint32_t *index, size_t n, double *z, struct bl_error *err)
{
    size_t scratch = o->network ? bl_network_margins_scratch(o) : 0;
    double *x = o->network ? bl_aligned(scratch + o->d, sizeof *x) : NULL;

    if (o->network && !x)
        return bl_fail_memory(err, "the margins");
    for (size_t i = 0; i < n; i++) {
        if (!o->network) {
            bl_row_margins(o, theta, o->train, index[i], z + i * o->k);
            continue;
        }
        bl_row_write(o->train, index[i], x + scratch);
        bl_network_margins(o, theta, x + scratch, 1, z + i * o->k, x);
    }
    bl_free(x);
    return true;
}

void bl_objective_predict(const struct bl_objective *o, const double *theta, const struct bl_matrix *m, double *out,
                          struct bl_pool *pool)
{
    struct predict_task t = {.o = o, .theta = theta, .m = m, .out = out, .each = o->n_classes ? o->n_classes : 1};

    if (o->network) {
        predict_network(&t, pool);
        return;
    }
    bl_pool_run(pool, (m->n_rows + BL_LANE_CHUNK - 1) / BL_LANE_CHUNK, predict_chunk, &t);
}
