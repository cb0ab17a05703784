/* What theory says about a run: curvature at the optimum, the rates that follow from it, the noise of
 * its gradients. Definitions: bl_theory in learn.h; Nesterov (2004) for the rates of gradient descent,
 * McCandlish and others (2018) for the noise scale, Mandt and others (2017) for the noise floor. */
#include "src/learn/gram.h"
#include "src/learn/linalg.h"
#include "src/learn/objective.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define EXACT_PARAMS 700 /* up to here all eigenvalues and eigenvectors */

struct study { /* one call of bl_theory_of */
    struct bl_trainer *t;
    const struct bl_objective *o;
    const struct bl_optimum *optimum;
    struct bl_pool *pool;
    struct bl_progress *progress;
    struct bl_theory *out;
    size_t shifts; /* directions left out: softmax's shift of all biases */
};

BL_PRINTF(2, 3) static void note(struct study *s, const char *format, ...)
{
    char *at = s->out->note;
    size_t have = strlen(at), room = sizeof s->out->note;
    va_list args;
    if (have)
        have += (size_t)snprintf(at + have, room - have, "; ");
    if (have >= room)
        return;
    va_start(args, format);
    vsnprintf(at + have, room - have, format, args);
    va_end(args);
}

/* ---- curvature ------------------------------------------------------------------------------------ */

static bool all_eigenvalues(struct study *s, struct bl_error *err)
{
    size_t p = s->o->n_params;
    struct bl_theory *out = s->out;
    double *h = bl_calloc(p * p, sizeof *h);
    out->eigenvalues = bl_calloc(p, sizeof *out->eigenvalues);
    out->eigenvectors = bl_calloc(p * p, sizeof *out->eigenvectors);
    bool ok = h && out->eigenvalues && out->eigenvectors ? true : bl_fail_memory(err, "the eigenvalues");
    ok = ok && bl_objective_hessian(s->o, s->optimum->theta, h, s->pool, s->progress, err) &&
         bl_eigen_psd(h, p, out->eigenvalues, out->eigenvectors, s->progress, err);
    bl_free(h);
    if (!ok)
        return false;
    out->n_eigenvalues = p - s->shifts;
    out->lipschitz = out->eigenvalues[0];
    out->strong_convexity = out->eigenvalues[out->n_eigenvalues - 1];
    return true;
}

static bool hessian_times(void *context, const double *v, double *out, struct bl_error *err)
{
    struct study *s = context;
    return bl_hessian_times(s->o, s->optimum->theta, v, out, s->pool, err);
}

static bool extreme_eigenvalues(struct study *s, struct bl_error *err)
{
    size_t p = s->o->n_params, m = s->o->d + s->o->intercept;
    double *shift = bl_calloc(p, sizeof *shift);
    if (!shift)
        return bl_fail_memory(err, "the eigenvalues");
    for (size_t a = 0; a < s->o->k; a++)
        shift[a * m] = 1 / sqrt((double)s->o->k);
    bool ok = bl_lanczos(hessian_times, s, p, s->shifts ? shift : NULL, &s->out->lipschitz, &s->out->strong_convexity, s->progress, err);
    bl_free(shift);
    note(s, "%zu parameters: only the extreme eigenvalues were computed%s", p,
         isfinite(s->out->strong_convexity) ? "" : ", and the smallest did not settle");
    return ok;
}

static bool study_curvature(struct study *s, struct bl_error *err)
{
    struct bl_smoothness smooth;
    struct bl_theory *out = s->out;
    if (!bl_smoothness_of(s->o, s->pool, &smooth, err))
        return false;
    out->lipschitz_bound = smooth.full;
    if (!s->optimum || !s->optimum->exists) {
        note(s, "without an optimum there is no lipschitz, no strong_convexity, and nothing that follows from them");
        return true;
    }
    if (!(s->o->n_params <= EXACT_PARAMS ? all_eigenvalues : extreme_eigenvalues)(s, err))
        return false;
    if (isnan(smooth.full))
        note(s, "the curvature has no bound: the figures hold near the optimum");
    if (s->o->type->jumps)
        note(s, "the curvature jumps: the figures hold near the optimum");
    if (s->o->l1 > 0)
        note(s, "curvature and rates are those of the objective without its l1 term");
    out->critical_lr = 2 / out->lipschitz;
    out->best_lr = 2 / (out->lipschitz + out->strong_convexity);
    out->condition = out->lipschitz / out->strong_convexity;
    if (!(out->strong_convexity > 0))
        note(s, "some directions are flat (columns that depend on each other%s): strong_convexity is 0",
             s->o->type->output_per_class && !(s->o->l2 > 0) ? ", or weights shifted alike in all classes" : "");
    return true;
}

/* A network has no optimum to look from: the curvature where it stands, against what its rate bears (Cohen
 * and others, ICLR 2021). */
static bool study_sharpness(struct study *s, struct bl_error *err)
{
    const struct bl_settings *set = bl_trainer_settings(s->t);
    double factor = strcmp(set->optimizer->name, "momentum") == 0   ? 2 * (1 + set->hyper[0])
                    : strcmp(set->optimizer->name, "nesterov") == 0 ? 2 * (1 + set->hyper[0]) / (1 + 2 * set->hyper[0])
                                                                    : 2;
    if (!s->o->network)
        return true;
    if (!bl_sharpness_of(s->o, bl_trainer_theta(s->t), s->pool, s->progress, &s->out->sharpness, err))
        return false;
    if (isnan(s->out->sharpness))
        note(s, "sharpness did not settle");
    if (set->regime == BL_FULL)
        note(s, "full:%s chooses its steps itself: there is no sharpness_limit", set->solver->name);
    else if (set->optimizer->adaptive)
        note(s, "%s scales each parameter by itself: there is no sharpness_limit", set->optimizer->name);
    else
        s->out->sharpness_limit = factor / bl_trainer_lr_now(s->t);
    return true;
}

/* ---- rates ---------------------------------------------------------------------------------------- */

static void study_predicted(struct study *s)
{
    const struct bl_settings *set = bl_trainer_settings(s->t);
    struct bl_theory *out = s->out;
    if (set->regime == BL_FULL) {
        note(s, "predicted_rate is one of gradient descent, full:%s has none", set->solver ? set->solver->name : "");
        return;
    }
    double lr = bl_trainer_lr(s->t);
    out->predicted_rate = fmax(fabs(1 - lr * out->lipschitz), fabs(1 - lr * out->strong_convexity));
    if (strcmp(set->optimizer->name, "gd") != 0)
        note(s, "predicted_rate is that of plain gradient descent, not of %s", set->optimizer->name);
}

/* The last two ends of an epoch. */
static size_t last_epochs(const struct bl_trainer *t, const struct bl_point *found[2])
{
    size_t n, have = 0;
    const struct bl_point *points = bl_trainer_points(t, &n);
    while (n-- > 0 && have < 2)
        if (points[n].epoch == floor(points[n].epoch))
            found[have++] = &points[n];
    return have;
}

static void study_measured(struct study *s)
{
    const struct bl_point *last[2];
    if (last_epochs(s->t, last) < 2) {
        note(s, "measured_rate needs two ends of an epoch");
        return;
    }
    double best = s->optimum->objective, now = last[0]->objective - best, before = last[1]->objective - best;
    double rounding = 16 * DBL_EPSILON * fabs(best);
    if (!(now > rounding) || !(before > rounding))
        note(s, "measured_rate can not be told: the optimum is reached to rounding");
    else
        s->out->measured_rate = sqrt(now / before);
}

/* Why a curve does not follow its theory; the rule of the optimizer has been named already. */
static const char *disagreement(const struct study *s)
{
    const struct bl_settings *set = bl_trainer_settings(s->t);
    if (set->regime != BL_BATCH)
        return "predicted is one full-batch update, an epoch here makes many noisy ones";
    if (set->average)
        return "the figures are those of averaged parameters";
    if (strcmp(set->schedule->name, "constant") != 0 || set->warmup > 0)
        return "the rate was not held constant";
    if (set->clip > 0)
        return "updates are cut at clip=";
    if (!s->o->type->quadratic)
        return "the curvature here is not yet that at the optimum";
    return "directions that shrink faster than the slowest still matter (modes)";
}

static void study_agreement(struct study *s)
{
    double told = s->out->predicted_rate, seen = s->out->measured_rate;
    if (isnan(told) || isnan(seen) || fabs(seen - told) <= 0.005 * told)
        return;
    if (!strcmp(bl_trainer_settings(s->t)->optimizer->name, "gd"))
        note(s, "measured_rate is not predicted_rate: %s", disagreement(s));
}

static bool study_rates(struct study *s, struct bl_error *err)
{
    struct bl_point point;
    if (!s->optimum || !s->optimum->exists)
        return true;
    if (!bl_trainer_point(s->t, &point, err))
        return false;
    s->out->optimum_objective = s->optimum->objective;
    s->out->suboptimality = point.objective - s->optimum->objective;
    study_predicted(s);
    study_measured(s);
    study_agreement(s);
    return true;
}

/* ---- noise at the parameters of now ----------------------------------------------------------------- */

#define ROWS_OF_A_NETWORK 2000 /* each costs a pass of its own */

static bool study_noise_scale(struct study *s, struct bl_error *err)
{
    size_t n = s->o->n_params, rows = 0;
    const double *theta = bl_trainer_theta(s->t);
    double *g = bl_calloc(n, sizeof *g), square = 0, data = 0;
    bool ok = g ? true : bl_fail_memory(err, "the noise scale");
    ok = ok && bl_objective_row_square(s->o, theta, ROWS_OF_A_NETWORK, s->pool, s->progress, &square, &rows, err) &&
         bl_trainer_gradient(s->t, g, err);
    if (ok) {
        double full = bl_norm2(g, n);
        for (size_t i = 0; i < n; i++)
            g[i] -= bl_objective_penalised(s->o, i) ? s->o->l2 * theta[i] : 0;
        data = bl_norm2(g, n);
        s->out->gradient_noise_scale = fmax(0, square - data) / full;
        if (!(full > 0))
            note(s, "gradient_noise_scale: the gradient is 0");
        if (rows < s->o->train->n_rows)
            note(s, "gradient_noise_scale is from %zu rows, spread evenly", rows);
    }
    bl_free(g);
    return ok;
}

/* ---- noise floor at the optimum --------------------------------------------------------------------- */

/* Variance of the gradients of single rows along eigenvector i, from their covariance. */
static double variance_along(const struct bl_theory *out, const double *covariance, size_t p, size_t i, double *v)
{
    double sum = 0;
    for (size_t j = 0; j < p; j++)
        v[j] = out->eigenvectors[j * p + i];
    for (size_t j = 0; j < p; j++)
        sum += v[j] * bl_dot(covariance + j * p, v, p);
    return fmax(0, sum);
}

/* At the optimum the mean data gradient is minus the gradient of the penalty. */
static void centre(const struct bl_objective *o, const double *theta, double *moment, double *mean)
{
    size_t p = o->n_params, m = o->d + o->intercept;
    for (size_t i = 0; i < p; i++)
        mean[i] = o->intercept && i % m == 0 ? 0 : -o->l2 * theta[i];
    for (size_t i = 0; i < p; i++)
        bl_axpy(-mean[i], mean, moment + i * p, p);
}

static bool sum_floor(struct study *s, double lr, double rows, struct bl_error *err)
{
    size_t p = s->o->n_params;
    double *covariance = bl_calloc(p * p, sizeof *covariance), *v = bl_calloc(p, sizeof *v), sum = 0;
    bool ok = covariance && v ? true : bl_fail_memory(err, "the noise floor");
    ok = ok && bl_gram_of(s->o, BL_GRAM_SLOPES, s->optimum->theta, covariance, s->pool, s->progress, err);
    if (ok) {
        centre(s->o, s->optimum->theta, covariance, v);
        for (size_t i = 0; i < s->out->n_eigenvalues; i++)
            sum += variance_along(s->out, covariance, p, i, v) / (2 - lr * s->out->eigenvalues[i]);
        s->out->noise_floor = lr / (2 * rows) * sum;
    }
    bl_free(covariance);
    bl_free(v);
    return ok;
}

static bool study_noise_floor(struct study *s, struct bl_error *err)
{
    const struct bl_settings *set = bl_trainer_settings(s->t);
    size_t n = s->o->train->n_rows;
    size_t rows = set->regime == BL_STOCHASTIC ? 1 : set->regime == BL_MINI ? set->batch : n;
    if (rows < n && set->accumulate > 1)
        rows = set->accumulate < n / rows + 1 ? rows * (size_t)set->accumulate : n;
    double lr = bl_trainer_lr(s->t);
    if (!s->optimum || !s->optimum->exists)
        return true;
    if (set->order == BL_IMPORTANCE && set->regime != BL_BATCH && set->regime != BL_FULL) {
        note(s, "noise_floor is known for rows drawn alike, not by importance");
    } else if (rows >= n && set->order != BL_REPLACEMENT) {
        s->out->noise_floor = 0;
        note(s, "noise_floor: an update sees all rows, so there is no noise");
    } else if (strcmp(set->optimizer->name, "gd") != 0)
        note(s, "noise_floor is known for gd alone, not for %s", set->optimizer->name);
    else if (set->average || set->clip > 0)
        note(s, "noise_floor is not known with %s", set->average ? "average=yes" : "clip=");
    else if (s->o->l1 > 0)
        note(s, "noise_floor is not known with l1");
    else if (!s->out->eigenvectors)
        note(s, "noise_floor needs all eigenvalues");
    else if (!(lr * s->out->lipschitz < 2))
        note(s, "noise_floor: lr=%.4g is at or above critical_lr, there is none", lr);
    else {
        if (set->order != BL_REPLACEMENT)
            note(s, "noise_floor is for sampling with replacement; epochs that visit every row once lie lower");
        if (strcmp(set->schedule->name, "constant") != 0)
            note(s, "noise_floor is for the base rate held constant");
        return sum_floor(s, lr, (double)rows, err);
    }
    return true;
}

bool bl_theory_of(struct bl_trainer *t, const struct bl_optimum *optimum, struct bl_pool *pool, struct bl_progress *progress,
                  struct bl_theory *out, struct bl_error *err)
{
    const struct bl_objective *o = bl_trainer_objective(t);
    struct study s = { .t = t, .o = o, .optimum = optimum, .pool = pool, .progress = progress, .out = out };
    *out = (struct bl_theory){ .lipschitz = NAN, .lipschitz_bound = NAN, .strong_convexity = NAN, .condition = NAN, .critical_lr = NAN,
        .best_lr = NAN, .predicted_rate = NAN, .measured_rate = NAN, .optimum_objective = NAN, .suboptimality = NAN,
        .gradient_noise_scale = NAN, .noise_floor = NAN,
        .sharpness = NAN, .sharpness_limit = NAN };
    s.shifts = o->type->output_per_class && o->intercept && !o->network;
    if (study_curvature(&s, err) && study_sharpness(&s, err) && study_rates(&s, err) && study_noise_scale(&s, err) && study_noise_floor(&s, err))
        return true;
    bl_theory_done(out);
    return false;
}

void bl_theory_done(struct bl_theory *t)
{
    bl_free(t->eigenvalues);
    bl_free(t->eigenvectors);
    *t = (struct bl_theory){ 0 };
}
