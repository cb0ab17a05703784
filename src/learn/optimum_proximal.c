/* The optimum with l1: accelerated proximal gradients (Beck and Teboulle 2009) that start anew when
 * their momentum turns uphill (O'Donoghue and Candes 2015), and now and then Newton's method on the
 * weights that are not 0, whose signs the former have found. The certificate is the shortest
 * subgradient. */
#include "src/learn/linalg.h"
#include "src/learn/optimum.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define ROUNDS_MAX 400
#define ROUND 100       /* proximal steps between two attempts of Newton's method */
#define NEWTON_STEPS 12
#define NEWTON_MAX 2000 /* weights that are not 0 */
#define AIM 1e-12
#define LIMIT 1e-10

struct proximal {
    const struct bl_objective *o;
    struct bl_workspace *w;
    struct bl_pool *pool;
    struct bl_progress *progress;
    size_t n;
    double l;                             /* curvature in use */
    double *theta, *next, *y, *g, *trial; /* n each */
    double momentum;
};

static bool penalised(const struct bl_objective *o, size_t p)
{
    return !o->intercept || p % (o->d + o->intercept) != 0;
}

/* All but the l1 term. */
static double smooth_part(struct proximal *s, const double *theta, double *g)
{
    struct bl_objective plain = *s->o;
    double loss = bl_objective_pass(s->o, s->o->train, theta, g, s->w);
    plain.l1 = 0;
    return loss + bl_objective_penalty(&plain, theta);
}

/* next = the proximal step from y along -g with step 1/l. */
static void proximal_step(struct proximal *s)
{
    double by = s->o->l1 / s->l;
    for (size_t p = 0; p < s->n; p++) {
        double w = s->y[p] - s->g[p] / s->l;
        s->next[p] = !penalised(s->o, p) ? w : w > by ? w - by : w < -by ? w + by : 0;
    }
}

/* The quadratic with curvature l above the smooth part at y must hold at next, up to rounding. */
static bool is_below(const struct proximal *s, double at_y, double at_next)
{
    double bound = at_y;
    for (size_t p = 0; p < s->n; p++) {
        double step = s->next[p] - s->y[p];
        bound += s->g[p] * step + 0.5 * s->l * step * step;
    }
    return at_next <= bound + 64 * DBL_EPSILON * fabs(at_y);
}

static void one_step(struct proximal *s)
{
    double at_y = smooth_part(s, s->y, s->g), uphill = 0;
    for (int i = 0; i < 60; i++) {
        proximal_step(s);
        if (is_below(s, at_y, smooth_part(s, s->next, NULL)))
            break;
        s->l *= 2;
    }
    for (size_t p = 0; p < s->n; p++)
        uphill += (s->y[p] - s->next[p]) * (s->next[p] - s->theta[p]);
    double before = uphill > 0 ? 1 : s->momentum;
    s->momentum = (1 + sqrt(1 + 4 * before * before)) / 2;
    for (size_t p = 0; p < s->n; p++) {
        s->y[p] = s->next[p] + (uphill > 0 ? 0 : (before - 1) / s->momentum * (s->next[p] - s->theta[p]));
        s->theta[p] = s->next[p];
    }
}

static double norm_at(struct proximal *s, const double *theta)
{
    smooth_part(s, theta, s->g);
    return bl_objective_gradient_norm(s->o, theta, s->g);
}

/* ---- Newton's method on the support ---------------------------------------------------------------- */

/* Rows and columns of h that belong to the free parameters, moved to its front. */
static void cut_out(double *h, size_t n, const size_t *free_, size_t m)
{
    for (size_t a = 0; a < m; a++)
        for (size_t b = 0; b < m; b++)
            h[a * m + b] = h[free_[a] * n + free_[b]];
}

static bool support_step(struct proximal *s, double *h, const size_t *free_, size_t m, double *b, struct bl_error *err)
{
    struct bl_factor factor = { 0 };
    if (!bl_objective_hessian(s->o, s->trial, h, s->pool, s->progress, err))
        return false;
    cut_out(h, s->n, free_, m);
    if (!bl_factor_make(&factor, h, m, err))
        return false;
    smooth_part(s, s->trial, s->g);
    for (size_t a = 0; a < m; a++) {
        size_t p = free_[a];
        b[a] = s->g[p] + (!penalised(s->o, p) ? 0 : s->theta[p] > 0 ? s->o->l1 : -s->o->l1);
    }
    bl_factor_solve(&factor, b, b);
    for (size_t a = 0; a < m; a++)
        s->trial[free_[a]] -= b[a];
    bl_factor_done(&factor);
    return true;
}

static bool signs_hold(const struct proximal *s)
{
    for (size_t p = 0; p < s->n; p++)
        if (penalised(s->o, p) && !(s->trial[p] * s->theta[p] > 0) && s->theta[p] != 0)
            return false;
    return true;
}

/* Moves theta where that shortens the subgradient; *norm follows. */
static bool polish(struct proximal *s, double *norm, struct bl_error *err)
{
    size_t m = 0, *free_ = bl_calloc(s->n, sizeof *free_);
    for (size_t p = 0; free_ && p < s->n; p++)
        if (!penalised(s->o, p) || s->theta[p] != 0)
            free_[m++] = p;
    if (m > NEWTON_MAX || m == 0 || s->n > NEWTON_MAX) {
        bl_free(free_);
        return true;
    }
    double *h = bl_calloc(s->n * s->n, sizeof *h), *b = bl_calloc(m, sizeof *b);
    bool ok = free_ && h && b ? true : bl_fail_memory(err, "the optimum");
    memcpy(s->trial, s->theta, s->n * sizeof *s->trial);
    for (int i = 0; ok && i < NEWTON_STEPS; i++) {
        ok = support_step(s, h, free_, m, b, err);
        double now = ok && signs_hold(s) ? norm_at(s, s->trial) : INFINITY;
        if (!(now < *norm))
            break;
        *norm = now;
        memcpy(s->theta, s->trial, s->n * sizeof *s->theta);
    }
    bl_free(free_);
    bl_free(h);
    bl_free(b);
    return ok;
}

/* ---- the whole ----------------------------------------------------------------------------------------- */

static bool run(struct proximal *s, struct bl_optimum *out, struct bl_error *err)
{
    double norm = norm_at(s, s->theta), first = norm;
    for (int round = 0; round < ROUNDS_MAX && norm > AIM; round++) {
        memcpy(s->y, s->theta, s->n * sizeof *s->y);
        s->momentum = 1;
        for (int i = 0; i < ROUND; i++, out->iterations++) {
            if (!bl_go_on(s->progress, err))
                return false;
            one_step(s);
        }
        double before = norm;
        norm = norm_at(s, s->theta);
        if (!polish(s, &norm, err))
            return false;
        if (norm <= LIMIT && !(norm < 0.5 * before))
            break;
    }
    memcpy(out->theta, s->theta, s->n * sizeof *out->theta);
    if (!(norm <= LIMIT) && !(norm <= 1e-13 * first)) {
        out->exists = false;
        snprintf(out->reason, sizeof out->reason, "proximal descent reached a subgradient of length %.1e after %zu iterations, not 1e-10 (prep standardize)",
                 norm, out->iterations);
    }
    return true;
}

bool bl_optimum_proximal(const struct bl_objective *o, struct bl_workspace *w, struct bl_pool *pool, struct bl_progress *progress,
                         struct bl_optimum *out, struct bl_error *err)
{
    struct bl_smoothness smooth;
    struct proximal s = { .o = o, .w = w, .pool = pool, .progress = progress, .n = o->n_params, .l = 1 };
    out->method = "proximal";
    if (!bl_smoothness_of(o, pool, &smooth, err))
        return false;
    if (smooth.full > 0)
        s.l = smooth.full;
    double *all = bl_calloc(5, s.n * sizeof *all);
    if (!all)
        return bl_fail_memory(err, "the optimum");
    s.theta = all;
    s.next = all + s.n;
    s.y = all + 2 * s.n;
    s.g = all + 3 * s.n;
    s.trial = all + 4 * s.n;
    bool ok = run(&s, out, err);
    bl_free(all);
    return ok;
}
