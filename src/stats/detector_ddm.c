/* DDM, Gama, Medas, Castillo and Rodrigues 2004: the rate of errors against its best so far. */
#include <math.h>

#include "detector.h"

enum { WARN, DRIFT, AFTER };
struct rate { double n, p, least_p, least_s, warned /* values since the warning began; 0: none */, behind; };

static void start(void *state, const double *keys)
{
    struct rate *r = state;

    (void)keys;
    *r = (struct rate){.least_p = INFINITY, .least_s = INFINITY, .behind = r->behind};
}

static enum bl_signal update(void *state, const double *keys, double x)
{
    struct rate *r = state;
    double s;

    r->n++;
    r->p += (fmin(1, fmax(0, x)) - r->p) / r->n;
    s = sqrt(fmax(0, r->p * (1 - r->p)) / r->n);
    if (r->n <= keys[AFTER])
        return BL_SIGNAL_NONE;
    if (r->p + s <= r->least_p + r->least_s) {
        r->least_p = r->p;
        r->least_s = s;
    }
    r->warned = r->p + s > r->least_p + keys[WARN] * r->least_s ? r->warned + 1 : 0;
    if (r->p + s > r->least_p + keys[DRIFT] * r->least_s) {
        r->behind = r->warned;
        start(r, keys);
        return BL_SIGNAL_DRIFT;
    }
    return r->warned ? BL_SIGNAL_WARNING : BL_SIGNAL_NONE;
}

static double behind(const void *state, const double *keys)
{
    const struct rate *r = state;

    (void)keys;
    return r->behind;
}

const struct bl_detector_type bl_detector_ddm = {
    .name = "ddm",
    .summary = "errors are more frequent than they were at best (DDM)",
    .keys = {{"warn", 2, 1, 1e6, "deviations above the best rate to warn"}, {"drift", 3, 1, 1e6, "deviations above it that are drift"},
             {"after", 30, 1, 1e15, "values before the first signal"}},
    .size = sizeof(struct rate),
    .start = start,
    .update = update,
    .behind = behind,
    .errors = true,
};
