/* ADWIN, Bifet and Gavalda 2007: a window that keeps what has one mean. It is held as buckets of 1, 2, 4, ...
 * values, at most five of a size; a sixth joins the two oldest into one of the next size. */
#include <math.h>

#include "detector.h"

#define SIZES 60  /* of 2^0 to 2^59 values: no stream is longer */
#define BUCKETS 5 /* of a size */
#define PART 5    /* values on either side of a cut */

enum { DELTA, EVERY };
struct bucket { double n, mean, m2; };
struct window { double seen, behind; size_t count[SIZES]; struct bucket bucket[SIZES][BUCKETS + 1]; /* of a size the oldest first */ };

static struct bucket joined(struct bucket a, struct bucket b)
{
    const double n = a.n + b.n, off = b.mean - a.mean;

    if (!(n > 0))
        return a;
    return (struct bucket){n, a.mean + off * (b.n / n), a.m2 + b.m2 + off * off * (a.n * b.n / n)};
}

static void drop_first(struct window *w, size_t size, size_t n)
{
    w->count[size] -= n;
    for (size_t k = 0; k < w->count[size]; k++)
        w->bucket[size][k] = w->bucket[size][k + n];
}

static void insert(struct window *w, double x)
{
    w->bucket[0][w->count[0]++] = (struct bucket){1, x, 0};
    for (size_t size = 0; size + 1 < SIZES && w->count[size] > BUCKETS; size++) {
        w->bucket[size + 1][w->count[size + 1]++] = joined(w->bucket[size][0], w->bucket[size][1]);
        drop_first(w, size, 2);
    }
}

static struct bucket all_of(const struct window *w)
{
    struct bucket all = {0};

    for (size_t size = SIZES; size-- > 0;)
        for (size_t k = 0; k < w->count[size]; k++)
            all = joined(all, w->bucket[size][k]);
    return all;
}

/* How far apart the means of two parts are, in units of what chance explains in a window with this mean square deviation. */
static double apart(double n0, double mean0, double n1, double mean1, double variance, double delta)
{
    const double l = log(2 * log(n0 + n1) / delta), recip = 1 / (n0 - PART + 1) + 1 / (n1 - PART + 1);

    return fabs(mean0 - mean1) / (sqrt(2 * recip * variance * l) + 2.0 / 3 * l * recip);
}

/* The values behind the clearest of all cuts; 0: chance explains every one. */
static double behind_cut(const struct window *w, double delta)
{
    const struct bucket all = all_of(w);
    struct bucket old = {0};
    double most = 1, behind = 0;

    for (size_t size = SIZES; size-- > 0;)
        for (size_t k = 0; k < w->count[size]; k++) {
            double rest, now;

            old = joined(old, w->bucket[size][k]);
            rest = all.n - old.n;
            if (old.n < PART || rest < PART)
                continue;
            now = apart(old.n, old.mean, rest, all.mean + (all.mean - old.mean) * (old.n / rest), all.m2 / all.n, delta);
            if (now > most) {
                most = now;
                behind = rest;
            }
        }
    return behind;
}

static void drop_oldest(struct window *w)
{
    size_t size = SIZES;

    while (size-- > 0)
        if (w->count[size]) {
            drop_first(w, size, 1);
            return;
        }
}

static void start(void *state, const double *keys)
{
    (void)state; /* all zero */
    (void)keys;
}

static enum bl_signal update(void *state, const double *keys, double x)
{
    struct window *w = state;
    double behind;
    bool cut = false;

    insert(w, x);
    w->seen++;
    if (fmod(w->seen, floor(keys[EVERY])) > 0)
        return BL_SIGNAL_NONE;
    for (; (behind = behind_cut(w, keys[DELTA])) > 0; cut = true) {
        w->behind = cut ? w->behind : behind;
        drop_oldest(w);
    }
    return cut ? BL_SIGNAL_DRIFT : BL_SIGNAL_NONE;
}

static double behind(const void *state, const double *keys)
{
    const struct window *w = state;

    (void)keys;
    return w->behind;
}

const struct bl_detector_type bl_detector_adwin = {
    .name = "adwin",
    .summary = "the mean of a window that adapts has changed (ADWIN)",
    .keys = {{"delta", 0.002, 1e-300, 0.999, "chance of a false alarm at a cut"}, {"every", 32, 1, 1e9, "values from one look to the next"}},
    .size = sizeof(struct window),
    .start = start,
    .update = update,
    .behind = behind,
};
