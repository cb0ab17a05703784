/* EDDM, Baena-Garcia and others 2006: the distances between errors against their largest so far. */
#include <math.h>

#include "detector.h"

enum { WARN, DRIFT, AFTER };
struct distances {
    double since;         /* values since the last error, that one included; 0: there was none yet */
    double n, mean, m2;   /* of the distances */
    double most;          /* largest mean + 2 deviations */
    double warned, behind; /* values since the warning began; 0: none */
};

static void start(void *state, const double *keys)
{
    struct distances *d = state;

    (void)keys;
    *d = (struct distances){.behind = d->behind};
}

static void add(struct distances *d, double x)
{
    const double off = x - d->mean;

    d->n++;
    d->mean += off / d->n;
    d->m2 += off * (x - d->mean);
}

/* An error has come: how close do they follow each other now? The n-th distance ends with error n + 1. */
static enum bl_signal judge(struct distances *d, const double *keys)
{
    const double now = d->mean + 2 * sqrt(d->m2 / d->n);

    d->most = fmax(d->most, now);
    if (d->n + 1 < keys[AFTER])
        return BL_SIGNAL_NONE;
    if (now < keys[DRIFT] * d->most)
        return BL_SIGNAL_DRIFT;
    return now < keys[WARN] * d->most ? BL_SIGNAL_WARNING : BL_SIGNAL_NONE;
}

static enum bl_signal update(void *state, const double *keys, double x)
{
    struct distances *d = state;
    enum bl_signal signal = d->warned > 0 ? BL_SIGNAL_WARNING : BL_SIGNAL_NONE;

    d->warned += d->warned > 0;
    if (x < 0.5) {
        d->since += d->since > 0;
        return signal;
    }
    if (d->since > 0) {
        add(d, d->since);
        signal = judge(d, keys);
    }
    d->since = 1;
    d->warned = signal == BL_SIGNAL_NONE ? 0 : fmax(1, d->warned);
    if (signal == BL_SIGNAL_DRIFT) {
        d->behind = d->warned;
        start(d, keys);
    }
    return signal;
}

static double behind(const void *state, const double *keys)
{
    const struct distances *d = state;

    (void)keys;
    return d->behind;
}

const struct bl_detector_type bl_detector_eddm = {
    .name = "eddm",
    .summary = "errors follow each other more closely than before (EDDM)",
    .keys = {{"warn", 0.95, 0, 1, "share of the largest distance below which it warns"}, {"drift", 0.9, 0, 1, "share of it below which there is drift"},
             {"after", 30, 2, 1e15, "errors before the first signal"}},
    .size = sizeof(struct distances),
    .start = start,
    .update = update,
    .behind = behind,
    .errors = true,
};
