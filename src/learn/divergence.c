/* When a run leaves the finite numbers: the update that led out is undone, and the run says where,
 * how far, against which critical rate, and what to try. */
#include "src/learn/run.h"
#include "src/learn/sweep.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- looking ---------------------------------------------------------------------------------------*/
/* x - x is 0 for finite numbers alone; 8 sums, so that nothing waits for the sum before. */
bool bl_all_finite(const double *x, size_t n)
{
    double a[8] = {0}, sum = 0;
    size_t j = 0;

    if (n >= BL_SWEEP_FROM)
        return bl_sweeps()->finite(x, n);
    for (; j + 8 <= n; j += 8)
        for (size_t i = 0; i < 8; i++)
            a[i] += x[j + i] - x[j + i];
    for (; j < n; j++)
        sum += x[j] - x[j];
    for (size_t i = 0; i < 8; i++)
        sum += a[i];
    return sum == 0;
}

double bl_sum_of_squares(const double *x, size_t n)
{
    double a[8] = {0}, rest = 0;
    size_t j = 0;

    if (n >= BL_SWEEP_FROM)
        return bl_sweeps()->squares(x, n);
    for (; j + 8 <= n; j += 8)
        for (size_t i = 0; i < 8; i++)
            a[i] += x[j + i] * x[j + i];
    for (; j < n; j++)
        rest += x[j] * x[j];
    return (((a[0] + a[1]) + (a[2] + a[3])) + ((a[4] + a[5]) + (a[6] + a[7]))) + rest;
}

/* ---- telling -----------------------------------------------------------------------------------------*/
/* Rates at or above this make full-batch descent on a quadratic of curvature L diverge: 2/L; with
 * momentum m 2 (1 + m)/L, in Nesterov's form 2 (1 + m)/(1 + 2 m)/L. nan: no such limit. */
static double critical_factor(const struct bl_settings *s)
{
    const char *name = s->optimizer->name;

    if (s->regime == BL_FULL || s->optimizer->adaptive)
        return NAN;
    if (strcmp(name, "momentum") == 0)
        return 2 * (1 + s->hyper[0]);
    if (strcmp(name, "nesterov") == 0)
        return 2 * (1 + s->hyper[0]) / (1 + 2 * s->hyper[0]);
    return 2;
}

static bool have_smoothness(struct bl_trainer *t)
{
    if (!t->has_smooth)
        t->has_smooth = bl_smoothness_of(t->o, t->pool, &t->smooth, NULL);
    return t->has_smooth;
}

/* Rounded down to one digit, so that it can be typed. */
static double one_digit(double x)
{
    double exponent = floor(log10(x)), unit = pow(10, fabs(exponent));

    return exponent < 0 ? floor(x * unit) / unit : floor(x / unit) * unit;
}

static size_t largest_parameter(const struct bl_trainer *t)
{
    size_t at = 0;

    for (size_t p = 1; p < t->o->n_params; p++)
        if (fabs(t->live[p]) > fabs(t->live[at]))
            at = p;
    return at;
}

static void name_parameter(const struct bl_trainer *t, char *out, size_t size)
{
    size_t at = largest_parameter(t), per_output = t->o->d + t->o->intercept, j = at % per_output;
    char feature[100], value[32], class_[48] = "";
    struct bl_text name = {0};

    if (t->o->names)
        bl_show(feature, sizeof feature, t->o->names[at], strlen(t->o->names[at]));
    else if (t->o->network) {
        bl_objective_name(t->o, at, t->o->naming, &name);
        bl_show(feature, sizeof feature, bl_text_get(&name), name.length);
    } else if (t->o->intercept && j == 0)
        snprintf(feature, sizeof feature, "(intercept)");
    else
        snprintf(feature, sizeof feature, "feature %zu", j + !t->o->intercept);
    if (t->o->k > 1 && !t->o->names && !t->o->network)
        snprintf(class_, sizeof class_, " of class %zu", at / per_output + 1);
    bl_text_free(&name);
    snprintf(out, size, "the largest parameter is %s%s, at %s", feature, class_,
             bl_number_format(value, sizeof value, t->live[at], 2));
}

/* Two digits, four where fewer would hide which of the two is larger. */
static const char *limit_beside(char *buffer, size_t size, double limit, double lr)
{
    return bl_number_format(buffer, size, limit, lr < 1.1 * limit ? 4 : 2);
}

/* Every feature has a mean square near 1: to standardize would change little. */
static bool looks_standardized(const struct bl_matrix *m)
{
    double *square = bl_calloc(m->n_features + 1, sizeof *square);
    bool does = square != NULL;

    for (size_t i = 0; square && i < m->n_rows; i++) {
        size_t from = m->sparse ? m->sparse->start[i] : i * m->n_features, end = m->sparse ? m->sparse->start[i + 1] : from + m->n_features;
        for (size_t at = from; at < end; at++) {
            double x = m->sparse ? m->sparse->value[at] : m->x[at];
            square[m->sparse ? m->sparse->column[at] : at - from] += x * x;
        }
    }
    for (size_t j = 0; does && j < m->n_features; j++)
        does = square[j] <= 2 * (double)m->n_rows;
    bl_free(square);
    return does;
}

static void tell_rates(struct bl_trainer *t, const char *parameter)
{
    double factor = critical_factor(&t->set), full, part;
    char lr[32], limit[32], regime[32];
    const char *advice = looks_standardized(t->o->train) ? "" : "; or prep standardize";

    if (isnan(factor) || !have_smoothness(t) || !(t->smooth.full > 0)) {
        bl_reason(&t->why, "%s", parameter);
        bl_hint(&t->why, "train %s lr=%s%s", bl_settings_regime_word(&t->set, regime, sizeof regime),
                bl_number_exact(lr, sizeof lr, one_digit(t->lr / 10)), advice);
        return;
    }
    full = factor / t->smooth.full;
    part = factor / (t->importance ? bl_smoothness_importance(&t->smooth, t->batch) : bl_smoothness_batch(&t->smooth, t->n, t->batch));
    bl_number_exact(lr, sizeof lr, t->lr);
    if (t->lr >= full)
        bl_reason(&t->why, "lr=%s is above %s, the critical learning rate %s of this data for batch descent; %s", lr,
                  limit_beside(limit, sizeof limit, full, t->lr), factor == 2 ? "2/L" : "with this momentum", parameter);
    else if (t->lr >= part)
        bl_reason(&t->why, "lr=%s is above %s, which is safe for %zu row%s an update; %s", lr,
                  limit_beside(limit, sizeof limit, part, t->lr), t->batch, t->batch == 1 ? "" : "s", parameter);
    else
        bl_reason(&t->why, "%s", parameter);
    bl_hint(&t->why, "train %s lr=%s%s", bl_settings_regime_word(&t->set, regime, sizeof regime),
            bl_number_exact(limit, sizeof limit, one_digit(fmin(part / 2, t->lr / 2))), advice);
}

/* ---- undoing --------------------------------------------------------------------------------------------*/
bool bl_run_diverged(struct bl_trainer *t, uint64_t update, double loss, struct bl_error *err)
{
    char parameter[160], value[32], finite[32];
    uint64_t good = update ? update - 1 : 0;
    double last = bl_dots_last(t);

    name_parameter(t, parameter, sizeof parameter);
    bl_history_forget(t, good);
    bl_tape_forget(t, good);
    bl_tape_restore(t, good);
    t->gradient_at = UINT64_MAX;
    t->has_extra = false;
    t->status = BL_RUNNING;
    if (!bl_run_advance(t, good, NULL, err))
        return false;
    t->status = BL_DIVERGED_RUN;
    bl_fail(&t->why, BL_DIVERGED, "training diverged at epoch %llu, update %llu: loss is %s (last finite %s)",
            (unsigned long long)(good / t->per_epoch + 1), (unsigned long long)((int64_t)update + t->origin.told),
            bl_number_format(value, sizeof value, isnan(loss) ? NAN : INFINITY, 2),
            bl_number_format(finite, sizeof finite, last, 2));
    tell_rates(t, parameter);
    return true;
}

void bl_run_grew(struct bl_trainer *t, double objective)
{
    char parameter[160], value[32], start[32];

    name_parameter(t, parameter, sizeof parameter);
    t->status = BL_DIVERGED_RUN;
    bl_fail(&t->why, BL_DIVERGED, "training diverged at epoch %llu, update %llu: loss is %s and grows (start %s)",
            (unsigned long long)(t->now.update / t->per_epoch), (unsigned long long)bl_trainer_update(t),
            bl_number_format(value, sizeof value, objective, 2),
            bl_number_format(start, sizeof start, t->history.points[0].objective, 2));
    tell_rates(t, parameter);
}
