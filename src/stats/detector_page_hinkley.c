/* Page 1954, with a forgetting factor: the sum of what values exceed their mean by. */
#include <math.h>

#include "detector.h"

enum { DELTA, LAMBDA, ALPHA, AFTER };
struct sums { double n, mean, sum, since /* values since the sum was 0 */, behind; };

static void start(void *state, const double *keys)
{
    struct sums *s = state;

    (void)keys;
    *s = (struct sums){.behind = s->behind};
}

static enum bl_signal update(void *state, const double *keys, double x)
{
    struct sums *s = state;

    s->n++;
    s->mean += (x - s->mean) / s->n;
    s->sum = fmax(0, keys[ALPHA] * s->sum + x - s->mean - keys[DELTA]);
    s->since = s->sum > 0 ? s->since + 1 : 0;
    if (s->n < keys[AFTER] || s->sum < keys[LAMBDA])
        return BL_SIGNAL_NONE;
    s->behind = s->since;
    start(s, keys);
    return BL_SIGNAL_DRIFT;
}

static double behind(const void *state, const double *keys)
{
    const struct sums *s = state;

    (void)keys;
    return s->behind;
}

const struct bl_detector_type bl_detector_page_hinkley = {
    .name = "page_hinkley",
    .summary = "the mean has risen (Page and Hinkley)",
    .keys = {{"delta", 0.005, 0, 1e300, "how far above the mean is no change"}, {"lambda", 50, 1e-300, 1e300, "the sum from which it is one"},
             {"alpha", 0.9999, 0, 1, "what is kept of the sum at each value"}, {"after", 30, 1, 1e15, "values before the first alarm"}},
    .size = sizeof(struct sums),
    .start = start,
    .update = update,
    .behind = behind,
};
