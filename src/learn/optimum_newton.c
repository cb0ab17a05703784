/* The optimum by Newton's method. Many rows: first on every tenth of them, then on all. Without
 * penalty the classes may be separable, wholly or in part; then there is no minimum, and a
 * direction along which no row gets worse proves it (Albert and Anderson 1984). */
#include "src/learn/newton.h"
#include "src/learn/objective.h"
#include "src/learn/optimum.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define STEPS_MAX 200
#define PART 10               /* of many rows, one in so many first */
#define PART_ROWS_MIN 40000
#define PART_ENOUGH 1e-3      /* of the objective: the part's optimum is further than that from the one of all rows */
#define PART_GAIN 10          /* the Hessian of the part serves for a second step where the first one did so well */
#define CHORD_GAIN 30         /* keep a Hessian while a step shrinks the gradient by this */

/* ---- proof that there is no minimum -------------------------------------------------------------- */

/* How the losses' arguments move along `step`: margin of the own class against each other one. */
struct recession { double least, most; };

static void recession_row(const struct bl_objective *o, const double *dz, double y, struct recession *r)
{
    if (o->type->counts) { /* a mean above 0 must stay, one of 0 may fall */
        r->least = fmin(r->least, y > 0 ? -fabs(dz[0]) : -dz[0]);
        r->most = fmax(r->most, y > 0 ? 0 : -dz[0]);
        return;
    }
    if (o->k == 1) {
        double v = y > 0 ? dz[0] : -dz[0];
        r->least = fmin(r->least, v);
        r->most = fmax(r->most, v);
        return;
    }
    for (size_t j = 0; j < o->k; j++) {
        double v = dz[(size_t)y] - dz[j];
        r->least = fmin(r->least, v);
        r->most = fmax(r->most, v);
    }
}

/* True if `step` leaves no row worse off (to 1e-6 of the best gain): the objective falls along it
 * for ever. */
static bool recedes(const struct bl_objective *o, const double *step, double *dz)
{
    struct recession r = { INFINITY, 0 };
    for (size_t i = 0; i < o->train->n_rows; i++) {
        if (o->weight && !(o->weight[i] > 0))
            continue;
        bl_row_margins(o, step, o->train, i, dz);
        recession_row(o, dz, o->train->y[i], &r);
    }
    return r.most > 0.01 && r.least >= -1e-6 * r.most;
}

/* ---- first on a part of the rows ----------------------------------------------------------------- */

static struct bl_matrix *part_of(const struct bl_objective *o)
{
    const struct bl_matrix *m = o->train;
    size_t n = m->n_rows / PART;
    uint32_t *rows = bl_calloc(n, sizeof *rows);
    struct bl_matrix *part;
    for (size_t i = 0; rows && i < n; i++)
        rows[i] = (uint32_t)(i * PART + i % PART); /* walks through any pattern of period 10 */
    part = rows ? bl_matrix_rows(m, rows, n, NULL) : NULL;
    for (size_t i = 0; part && part->weight && i < n; i++)
        part->weight[i] = o->weight ? o->weight[rows[i]] : 1;
    bl_free(rows);
    return part;
}

/* A start that the part finds good, and the Hessian there. */
struct rough { double *theta; struct bl_factor *factor; double norm; /* of the part's gradient at 0 */ };

static bool roughly(const struct bl_objective *o, struct bl_pool *pool, struct bl_progress *progress, struct rough *r, struct bl_error *err)
{
    struct bl_newton s;
    struct bl_workspace *w = bl_workspace_create(o, pool, err);
    bool moved = true, ok = w && bl_newton_make(&s, o, w, pool, progress, err);
    if (ok) {
        bl_newton_at(&s, r->theta);
        r->norm = s.norm;
        for (int i = 0; ok && moved && i < 30; i++) {
            ok = bl_newton_step(&s, r->theta, true, &moved, err);
            if (s.decrement < PART_ENOUGH * fabs(s.f))
                break;
        }
        *r->factor = s.factor;
        s.factor = (struct bl_factor){ 0 };
        bl_newton_done(&s);
    }
    bl_workspace_free(w);
    return ok;
}

/* A start near the optimum and the factor of a Hessian that is nearly right; where the part cannot
 * give them, theta stays 0 and the factor empty. */
static void start_from_part(const struct bl_objective *o, struct bl_pool *pool, struct bl_progress *progress, struct rough *r)
{
    struct bl_objective sub;
    if (o->type->quadratic || o->type->jumps || o->train->n_rows < PART_ROWS_MIN || o->train->n_rows / PART < 50 * o->n_params)
        return;
    struct bl_matrix *part = part_of(o);
    if (part && bl_objective_init(&sub, o->type, part, NULL, o->n_classes, o->intercept, o->l2, "", NULL)) {
        struct bl_optimum found = { 0 };
        if (!bl_optimum_expected(&sub, &found) || !roughly(&sub, pool, progress, r, NULL)) {
            memset(r->theta, 0, o->n_params * sizeof *r->theta);
            bl_factor_done(r->factor);
        }
        bl_objective_done(&sub);
    }
    bl_matrix_free(part);
}

/* ---- on all rows --------------------------------------------------------------------------------- */

/* As good as it gets: no step helps, or one with a Hessian that had shown its worth helped little
 * any more, and the gradient is down to rounding. */
static bool finished(const struct bl_newton *s, bool moved, bool fresh, double first_norm)
{
    if (!moved)
        return fresh || s->fine;
    return s->fine && !fresh && s->gain < CHORD_GAIN && s->norm <= 1e-14 * first_norm;
}

static bool iterate(struct bl_newton *s, const struct bl_objective *o, struct bl_optimum *out, double first_norm, double *dz, struct bl_error *err)
{
    bool moved, fresh = !s->factor.n, begun = !fresh, falls = o->type->falls_for_ever && !(o->l2 > 0);
    double before = INFINITY;
    for (out->iterations = 0; out->iterations < STEPS_MAX; out->iterations++) {
        if (!bl_newton_step(s, out->theta, fresh, &moved, err))
            return false;
        if (bl_optimum_separated(o, s->f, out))
            return true;
        if (falls && out->iterations >= 6 && s->decrement > 0.1 * before && recedes(o, s->step, dz))
            return bl_optimum_none(out, o->type->counts ? "the rows with target 0 can be separated from the others: without l2 the objective has no minimum (set l2=0.01)"
                                           : "some classes can be separated from the others: without l2 the objective has no minimum, the weights grow for ever (set l2=0.01)");
        if (finished(s, moved, fresh, first_norm))
            return true;
        fresh = !moved || s->gain < (begun && out->iterations == 0 ? PART_GAIN : CHORD_GAIN);
        before = s->decrement;
    }
    return bl_optimum_none(out, o->l2 > 0 ? "Newton's method did not settle: the columns differ too much in size (prep standardize)"
                                          : "Newton's method did not settle: the objective seems to have no minimum (set l2=0.01)");
}

static void remark(const struct bl_newton *s, double first_norm, struct bl_optimum *out)
{
    if (!out->exists)
        return;
    if (!(s->norm <= 1e-7 * first_norm) && !(s->norm <= 1e-10))
        bl_optimum_none(out, "no minimum was reached: the gradient does not vanish (prep standardize, or set l2=0.01)");
    else if (s->factor.n && s->factor.rank < s->factor.n)
        snprintf(out->reason, sizeof out->reason, "%smore than one set of parameters reaches the optimum",
                 s->o->type->jumps ? "" : "columns depend on each other: ");
    else if (s->factor.n && s->factor.least < 1e-10)
        snprintf(out->reason, sizeof out->reason, "the condition of the columns is above %.0e: parameters hold fewer digits than the objective", 1 / s->factor.least);
}

bool bl_optimum_newton(const struct bl_objective *o, struct bl_workspace *w, struct bl_pool *pool, struct bl_progress *progress,
                       struct bl_optimum *out, struct bl_error *err)
{
    struct bl_newton s;
    if (!bl_newton_make(&s, o, w, pool, progress, err))
        return false;
    out->method = "newton";
    struct rough rough = { out->theta, &s.factor, 0 };
    double first_norm = 0, *dz = bl_calloc(o->k, sizeof *dz);
    bool ok = dz ? true : bl_fail_memory(err, "the optimum");
    if (ok) {
        start_from_part(o, pool, progress, &rough);
        bl_newton_at(&s, out->theta);
        first_norm = s.factor.n ? rough.norm : s.norm;
        ok = iterate(&s, o, out, first_norm, dz, err);
    }
    if (ok) {
        remark(&s, first_norm, out);
        bl_optimum_centre(o, out->theta);
    }
    bl_free(dz);
    bl_newton_done(&s);
    return ok;
}
