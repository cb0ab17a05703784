/* Line search on the slope: for a convex objective the slope along a ray rises, so its root is
 * bracketed and found by secants; on a quadratic the second trial is exact. Acceptance is that of
 * Wolfe, in the approximate form of Hager and Zhang (2005) where differences of the objective drown
 * in rounding. */
#include "src/learn/descent.h"
#include "src/learn/linalg.h"

#include <float.h>
#include <math.h>

#define TRIALS_MAX 40
#define SETTLED 1e-6 /* of the first gradient: where rounding may end a search; above it, something else did */

size_t bl_descent_size(const struct bl_objective *o)
{
    return BL_DESCENT_NUMBERS + 4 * o->n_params;
}

struct bl_descent bl_descent_view(const struct bl_objective *o, double *state)
{
    size_t n = o->n_params;
    double *v = state + BL_DESCENT_NUMBERS;
    return (struct bl_descent){ .started = state, .f = state + 1, .norm = state + 2, .best = state + 3, .stale = state + 4,
        .count = state + 5, .last = state + 6, .g = v, .direction = v + n, .trial = v + 2 * n, .trial_g = v + 3 * n, .more = v + 4 * n };
}

static double evaluate(const struct bl_objective *o, const double *theta, double *g, struct bl_workspace *w, uint64_t *evaluations)
{
    ++*evaluations;
    return bl_objective_pass(o, o->train, theta, g, w) + bl_objective_penalty(o, theta);
}

void bl_descent_start(const struct bl_objective *o, const double *theta, struct bl_descent *s, struct bl_workspace *w, uint64_t *evaluations)
{
    if (*s->started > 0)
        return;
    *s->f = evaluate(o, theta, s->g, w, evaluations);
    *s->norm = *s->best = sqrt(bl_norm2(s->g, o->n_params));
    *s->started = *s->norm > 0 ? *s->norm : 1;
    *s->last = *s->norm > 1 ? 1 / *s->norm : 1;
}

struct bracket { double low, low_slope, high, high_slope; };

static double next_trial(const struct bracket *b, double t, double slope)
{
    if (!isfinite(b->high)) {
        double before = b->low_slope, to = slope > before ? t * before / (before - slope) : INFINITY;
        return fmin(fmax(to, 1.05 * t), 10 * t);
    }
    double width = b->high - b->low;
    if (!(b->high_slope > 0) || !isfinite(b->high_slope))
        return b->low + 0.5 * width;
    double at = b->low + width * b->low_slope / (b->low_slope - b->high_slope);
    return fmin(fmax(at, b->low + 1e-3 * width), b->high - 1e-3 * width);
}

/* A secant across a slope that rises like an exponential creeps along from one side: where a trial did not
 * halve the bracket, the next one does (Dekker's safeguard). *width is that of the bracket before. */
static double guarded_trial(const struct bracket *b, double t, double slope, double *width)
{
    double now = b->high - b->low, next = now > 0.5 * *width ? b->low + 0.5 * now : next_trial(b, t, slope);

    *width = now;
    return next;
}

static void accept(const struct bl_objective *o, double *theta, struct bl_descent *s, double f, double t)
{
    for (size_t i = 0; i < o->n_params; i++) {
        double x = theta[i], g = s->g[i];
        theta[i] = s->trial[i];
        s->g[i] = s->trial_g[i];
        s->trial[i] = x;
        s->trial_g[i] = g;
    }
    *s->f = f;
    *s->last = t;
    *s->norm = sqrt(bl_norm2(s->g, o->n_params));
}

bool bl_descent_search(const struct bl_objective *o, double *theta, struct bl_descent *s, double flat, struct bl_workspace *w,
                       uint64_t *evaluations)
{
    size_t n = o->n_params;
    double start = bl_dot(s->g, s->direction, n), noise = 64 * DBL_EPSILON * fabs(*s->f), t = *s->last, width = INFINITY;
    struct bracket b = { 0, start, INFINITY, NAN };
    if (!(start < 0))
        return false;
    for (int i = 0; i < TRIALS_MAX; i++) {
        for (size_t j = 0; j < n; j++)
            s->trial[j] = theta[j] + t * s->direction[j];
        double f = evaluate(o, s->trial, s->trial_g, w, evaluations), slope = bl_dot(s->trial_g, s->direction, n);
        bool lower = f <= *s->f + 1e-4 * t * start || f <= *s->f + noise;
        if (lower && fabs(slope) <= -flat * start) {
            accept(o, theta, s, f, t);
            return true;
        }
        if (lower && slope < 0) {
            double next = next_trial(&b, t, slope);
            b.low = t;
            b.low_slope = slope;
            t = isfinite(b.high) ? guarded_trial(&b, t, slope, &width) : next;
        } else {
            b.high = t;
            b.high_slope = slope;
            t = guarded_trial(&b, t, slope, &width);
        }
    }
    return false;
}

bool bl_descent_stalled(const struct bl_objective *o, const struct bl_descent *s)
{
    return *s->stale >= fmin(100, 12 + (double)o->n_params / 20); /* many directions take turns */
}

bool bl_descent_converged(const struct bl_objective *o, struct bl_descent *s, double f_before)
{
    bool still = fabs(f_before - *s->f) <= 8 * DBL_EPSILON * fabs(*s->f);

    *s->stale = *s->norm < 0.9 * *s->best || !still ? 0 : *s->stale + 1;
    *s->best = fmin(*s->best, *s->norm);
    return *s->norm <= 1e-13 * *s->started || (*s->norm <= SETTLED * *s->started && bl_descent_stalled(o, s));
}

/* ---- L-BFGS (Nocedal 1980; two-loop recursion) ------------------------------------------------- */

size_t bl_lbfgs_size(const struct bl_objective *o, size_t pairs)
{
    return bl_descent_size(o) + pairs * (2 * o->n_params + 2);
}

struct memory { double *s, *y, *rho, *alpha; size_t pairs, n, count; };

static struct memory memory_view(const struct bl_objective *o, const struct bl_descent *s, size_t pairs)
{
    size_t n = o->n_params;
    double *at = s->more;
    return (struct memory){ at, at + pairs * n, at + 2 * pairs * n, at + 2 * pairs * n + pairs, pairs, n, (size_t)*s->count };
}

static void choose_direction(const struct bl_descent *s, const struct memory *m)
{
    size_t have = m->count < m->pairs ? m->count : m->pairs;
    double *d = s->direction;
    for (size_t i = 0; i < m->n; i++)
        d[i] = -s->g[i];
    for (size_t c = 0; c < have; c++) {
        size_t at = (m->count - 1 - c) % m->pairs;
        m->alpha[at] = m->rho[at] * bl_dot(m->s + at * m->n, d, m->n);
        bl_axpy(-m->alpha[at], m->y + at * m->n, d, m->n);
    }
    if (have) {
        const double *y = m->y + (m->count - 1) % m->pairs * m->n;
        double gamma = 1 / (m->rho[(m->count - 1) % m->pairs] * bl_norm2(y, m->n));
        for (size_t i = 0; i < m->n; i++)
            d[i] *= gamma;
    }
    for (size_t c = have; c-- > 0;) {
        size_t at = (m->count - 1 - c) % m->pairs;
        double beta = m->rho[at] * bl_dot(m->y + at * m->n, d, m->n);
        bl_axpy(m->alpha[at] - beta, m->s + at * m->n, d, m->n);
    }
}

/* After a step: s->trial and s->trial_g hold the old point. */
static void remember(const double *theta, struct bl_descent *s, const struct memory *m)
{
    size_t at = m->count % m->pairs;
    double *step = m->s + at * m->n, *change = m->y + at * m->n;
    for (size_t i = 0; i < m->n; i++) {
        step[i] = theta[i] - s->trial[i];
        change[i] = s->g[i] - s->trial_g[i];
    }
    double inner = bl_dot(step, change, m->n);
    if (!(inner > DBL_EPSILON * sqrt(bl_norm2(step, m->n)) * sqrt(bl_norm2(change, m->n))))
        return;
    m->rho[at] = 1 / inner;
    *s->count = (double)(m->count + 1);
}

bool bl_lbfgs_iterate(const struct bl_objective *o, double *theta, double *state, size_t pairs, struct bl_workspace *w,
                      uint64_t *evaluations, bool *converged)
{
    struct bl_descent s = bl_descent_view(o, state);
    bl_descent_start(o, theta, &s, w, evaluations);
    struct memory m = memory_view(o, &s, pairs);
    double f = *s.f;
    choose_direction(&s, &m);
    *s.last = m.count ? 1 : *s.last;
    bool moved = bl_descent_search(o, theta, &s, 0.9, w, evaluations);
    if (moved)
        remember(theta, &s, &m);
    else
        *s.count = 0; /* the memory misled: start afresh from the gradient */
    *converged = bl_descent_converged(o, &s, f);
    return true;
}
