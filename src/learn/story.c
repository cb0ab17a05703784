/* A race told in words: what the figures of its trainers say, in a few plain sentences. */
#include "batchlab/learn.h"

#include <math.h>
#include <string.h>

#define QUIET 0.01   /* a share of the way from start to lowest that counts as standing still */
#define SHARE 0.01   /* of the way from start to optimum that is left at the target */
#define OVERFIT 1.02 /* validation loss above its lowest by this much */

struct tale { /* one contestant, as its points tell it */
    const char *name;
    struct bl_trainer *trainer;
    const struct bl_settings *set;
    const struct bl_point *points;
    size_t n;              /* points at ends of epochs are those that count */
    const struct bl_point *first, *last, *lowest;
    const struct bl_point *best_validation;
    const struct bl_point *reached; /* the target; NULL: not */
    size_t ends, rises;    /* ends of epochs after the start; those at which the objective rose */
    double quiet_since;    /* epoch from which the objective moved by less than QUIET of the way; nan */
    bool falling;          /* in the second half of that it still fell by a good part of it */
    bool diverged;
};

static bool at_end_of_epoch(const struct bl_point *p)
{
    return p->epoch == floor(p->epoch);
}

static const char *number(char *buffer, double x)
{
    return bl_number_format(buffer, 40, x, 4);
}

/* ---- reading ---------------------------------------------------------------------------------------- */

static void read_points(struct tale *a)
{
    for (size_t i = 0; i < a->n; i++) {
        const struct bl_point *p = &a->points[i];
        if (!at_end_of_epoch(p))
            continue;
        if (a->last) {
            a->ends++;
            a->rises += p->objective > a->last->objective;
        }
        a->first = a->first ? a->first : p;
        a->last = p;
        if (!a->lowest || p->objective < a->lowest->objective)
            a->lowest = p;
        if (isfinite(p->validation_loss) && (!a->best_validation || p->validation_loss < a->best_validation->validation_loss))
            a->best_validation = p;
    }
}

static void find_quiet(struct tale *a)
{
    double way = QUIET * (a->first->objective - a->lowest->objective), low = a->last->objective, high = low;
    a->quiet_since = NAN;
    for (size_t i = a->n; i-- > 0;) {
        const struct bl_point *p = &a->points[i];
        if (!at_end_of_epoch(p))
            continue;
        low = fmin(low, p->objective);
        high = fmax(high, p->objective);
        if (high - low > way)
            return;
        a->quiet_since = p->epoch;
    }
}

static void find_falling(struct tale *a)
{
    double way = QUIET * (a->first->objective - a->lowest->objective), middle = (a->quiet_since + a->last->epoch) / 2;
    for (size_t i = 0; i < a->n; i++)
        if (at_end_of_epoch(&a->points[i]) && a->points[i].epoch <= middle)
            a->falling = a->points[i].objective - a->last->objective > way / 8;
}

static void find_reached(struct tale *a, double target)
{
    for (size_t i = 0; i < a->n && !a->reached; i++)
        if (at_end_of_epoch(&a->points[i]) && a->points[i].objective <= target)
            a->reached = &a->points[i];
}

static struct tale read_tale(const struct bl_race *r, size_t i, double target)
{
    struct tale a = { .name = bl_race_name(r, i), .trainer = bl_race_trainer(r, i) };
    a.set = bl_trainer_settings(a.trainer);
    a.points = bl_trainer_points(a.trainer, &a.n);
    a.diverged = bl_trainer_status(a.trainer) == BL_DIVERGED_RUN;
    read_points(&a);
    if (a.first) {
        find_quiet(&a);
        find_falling(&a);
        find_reached(&a, target);
    }
    return a;
}

/* ---- one contestant --------------------------------------------------------------------------------- */

static void tell_course(const struct tale *a, const struct bl_optimum *best, struct bl_text *out)
{
    char from[40], to[40], above[40];
    bl_text_addf(out, "%s: the objective %s from %s to %s in %.0f epoch%s (%llu update%s).", a->name,
                 a->last->objective <= a->first->objective ? "fell" : "rose", number(from, a->first->objective),
                 number(to, a->last->objective), a->last->epoch, a->last->epoch == 1 ? "" : "s",
                 (unsigned long long)a->last->updates, a->last->updates == 1 ? "" : "s");
    if (best && !a->diverged)
        bl_text_addf(out, " That is %s above the optimum.", number(above, fmax(0, a->last->objective - best->objective)));
    if (bl_trainer_status(a->trainer) == BL_CONVERGED)
        bl_text_add(out, " It has converged: the gradient can not be reduced any more.");
}

static void tell_divergence(const struct tale *a, struct bl_text *out)
{
    const struct bl_error *why = bl_trainer_why(a->trainer);
    if (!a->diverged || !why)
        return;
    bl_text_addf(out, " %c%s.", why->message[0] >= 'a' && why->message[0] <= 'z' ? why->message[0] - 'a' + 'A' : why->message[0], why->message + 1);
    if (why->reason[0])
        bl_text_addf(out, " The reason: %s.", why->reason);
}

static bool noisy(const struct tale *a)
{
    return a->set->regime == BL_MINI || a->set->regime == BL_STOCHASTIC;
}

static void tell_oscillation(const struct tale *a, const struct bl_smoothness *smooth, struct bl_text *out)
{
    double rate = bl_trainer_lr(a->trainer), critical = 2 / smooth->full;
    bool plain = a->set->regime == BL_BATCH && strcmp(a->set->optimizer->name, "gd") == 0;
    if (a->diverged || a->rises < 2 || a->rises * 5 < a->ends)
        return;
    bl_text_addf(out, " The objective rose at %zu of %zu ends of an epoch:", a->rises, a->ends);
    if (noisy(a))
        bl_text_addf(out, " an update sees %zu row%s only, its gradient is a rough one.", a->set->regime == BL_MINI ? a->set->batch : (size_t)1,
                     a->set->regime == BL_MINI && a->set->batch != 1 ? "s" : "");
    else if (plain && rate > critical)
        bl_text_addf(out, " lr=%.4g is above 2/L = %.4g, and each step overshoots by more than the last.", rate, critical);
    else if (plain)
        bl_text_addf(out, " with lr=%.4g, near 2/L = %.4g, the steps overshoot.", rate, critical);
    else
        bl_text_add(out, " its steps carry it past the bottom and back.");
}

/* Standing still above the optimum has a cause that depends on the regime. */
static void tell_plateau(const struct tale *a, const struct bl_optimum *best, struct bl_text *out)
{
    double left = best ? a->last->objective - best->objective : NAN;
    if (a->diverged || !isfinite(a->quiet_since) || a->last->epoch - a->quiet_since < 3 || (a->last->epoch - a->quiet_since) * 4 < a->last->epoch)
        return;
    if (!(a->first->objective > a->lowest->objective))
        return;
    bl_text_addf(out, " From epoch %.0f on it moved by less than 1 %% of its way", a->quiet_since);
    if (best && left <= SHARE * (a->first->objective - best->objective))
        bl_text_add(out, ", close to the optimum.");
    else if (noisy(a) && !a->falling)
        bl_text_add(out, ": at a constant rate the pulls of its small batches balance there; a smaller lr or a schedule goes lower.");
    else
        bl_text_add(out, ": what is left lies in directions of little curvature, where steps are short.");
}

static void tell_validation(const struct tale *a, struct bl_text *out)
{
    char low[40], now[40];
    const struct bl_point *b = a->best_validation;
    if (a->diverged || !b || b == a->last || !(a->last->validation_loss > OVERFIT * b->validation_loss))
        return;
    bl_text_addf(out, " On the validation rows its loss was lowest at epoch %.0f (%s) and is %s now: it over-fits, epoch %.0f is the better model.",
                 b->epoch, number(low, b->validation_loss), number(now, a->last->validation_loss), b->epoch);
}

static void tell_one(const struct tale *a, const struct bl_optimum *best, const struct bl_smoothness *smooth, struct bl_text *out)
{
    if (!a->first || !a->ends) {
        bl_text_addf(out, "%s has not finished an epoch yet.", a->name);
        tell_divergence(a, out);
        bl_text_add(out, "\n");
        return;
    }
    tell_course(a, best, out);
    tell_divergence(a, out);
    tell_oscillation(a, smooth, out);
    tell_plateau(a, best, out);
    tell_validation(a, out);
    bl_text_add(out, "\n");
}

/* ---- the race ----------------------------------------------------------------------------------------- */

static const struct tale *first_by(const struct tale *tales, size_t n, bool updates)
{
    const struct tale *best = NULL;
    for (size_t i = 0; i < n; i++) {
        const struct bl_point *p = tales[i].reached, *q = best ? best->reached : NULL;
        if (p && (!q || (updates ? p->updates < q->updates : p->samples < q->samples)))
            best = &tales[i];
    }
    return best;
}

static void list_missing(const struct tale *tales, size_t n, struct bl_text *out)
{
    size_t missing = 0, told = 0;
    for (size_t i = 0; i < n; i++)
        missing += !tales[i].reached;
    if (!missing)
        return;
    for (size_t i = 0; i < n; i++)
        if (!tales[i].reached)
            bl_text_addf(out, "%s%s", told++ == 0 ? " Not there yet: " : ", ", tales[i].name);
    bl_text_add(out, ".");
}

static void tell_lowest(const struct tale *tales, size_t n, struct bl_text *out)
{
    const struct tale *best = NULL;
    char value[40];
    for (size_t i = 0; i < n; i++)
        if (!tales[i].diverged && tales[i].last && (!best || tales[i].last->objective < best->last->objective))
            best = &tales[i];
    if (best)
        bl_text_addf(out, "Lowest at the end: %s with %s.\n", best->name, number(value, best->last->objective));
}

static void tell_target(const struct tale *tales, size_t n, double target, size_t rows, struct bl_text *out)
{
    const struct tale *samples = first_by(tales, n, false), *updates = first_by(tales, n, true);
    char value[40];
    bl_text_addf(out, "The target, %s, leaves 1 %% of the way from the start to the optimum.", number(value, target));
    if (!samples) {
        bl_text_add(out, " Nobody has reached it.\n");
        return;
    }
    bl_text_addf(out, " By rows seen %s was first, after %llu (epoch %.0f)", samples->name, (unsigned long long)samples->reached->samples, samples->reached->epoch);
    if (samples == updates)
        bl_text_addf(out, "; by updates too, after %llu.", (unsigned long long)updates->reached->updates);
    else
        bl_text_addf(out, "; by updates %s, after %llu against %llu.", updates->name, (unsigned long long)updates->reached->updates,
                     (unsigned long long)samples->reached->updates);
    list_missing(tales, n, out);
    if (samples != updates)
        bl_text_addf(out, " One pass over the %zu rows buys many rough updates or one exact one: small batches make the most of each row, large ones of each update.", rows);
    bl_text_add(out, "\n");
}

static bool tell_all(const struct bl_race *r, struct tale *tales, const struct bl_optimum *optimum, struct bl_text *out, struct bl_error *err)
{
    size_t n = bl_race_size(r);
    const struct bl_objective *o = bl_trainer_objective(bl_race_trainer(r, 0));
    const struct bl_optimum *best = optimum && optimum->exists ? optimum : NULL;
    struct bl_smoothness smooth;
    double target = NAN;
    if (!bl_smoothness_of(o, NULL, &smooth, err))
        return false;
    if (best) {
        tales[0] = read_tale(r, 0, NAN);
        target = best->objective + SHARE * (tales[0].first ? tales[0].first->objective - best->objective : 0);
    }
    for (size_t i = 0; i < n; i++) {
        tales[i] = read_tale(r, i, target);
        tell_one(&tales[i], best, &smooth, out);
    }
    if (optimum && !optimum->exists)
        bl_text_addf(out, "There is no optimum to measure against: %s.\n", optimum->reason);
    if (n > 1 && best)
        tell_target(tales, n, target, o->train->n_rows, out);
    if (n > 1)
        tell_lowest(tales, n, out);
    return true;
}

bool bl_story(const struct bl_race *r, const struct bl_optimum *optimum, struct bl_text *out, struct bl_error *err)
{
    size_t n = bl_race_size(r);
    if (n == 0)
        return bl_fail(err, BL_STATE, "nothing has been trained yet") || bl_hint(err, "train batch");
    struct tale *tales = bl_calloc(n, sizeof *tales);
    if (!tales)
        return bl_fail_memory(err, "the story");
    bool ok = tell_all(r, tales, optimum, out, err);
    bl_free(tales);
    return ok && !out->failed ? true : ok ? bl_fail_memory(err, "the story") : false;
}
