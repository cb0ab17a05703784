/* KSWIN, Raab, Heusinger and Schleif 2020: the newest values of a window against as many drawn from those before them. */
#include <math.h>
#include <string.h>

#include "detector.h"

#define WINDOW 2000 /* at most */

enum { ALPHA, SIZE, RECENT, SEED };
struct sliding { double seen; size_t n; double x[WINDOW]; /* the oldest first */ double a[WINDOW / 2], b[WINDOW / 2]; };

static bool check(const double *keys, struct bl_error *err)
{
    if (floor(keys[SIZE]) >= 2 * floor(keys[RECENT]))
        return true;
    bl_fail(err, BL_VALUE, "window=%g of kswin holds less than twice the recent=%g values that it compares", keys[SIZE], keys[RECENT]);
    return bl_hint(err, "window=%g, or recent=%g", 3 * keys[RECENT], fmax(2, floor(keys[SIZE] / 3)));
}

static void start(void *state, const double *keys)
{
    (void)state; /* all zero */
    (void)keys;
}

static void insert_sorted(double *x, size_t n, double value)
{
    size_t i = n;

    for (; i > 0 && x[i - 1] > value; i--)
        x[i] = x[i - 1];
    x[i] = value;
}

/* `wanted` of n values without repeats, each set of them alike (Knuth's selection sampling), ascending. */
static void draw(const double *from, size_t n, size_t wanted, struct bl_random *r, double *out)
{
    size_t got = 0;

    for (size_t i = 0; i < n && got < wanted; i++)
        if (bl_random_below(r, n - i) < wanted - got) {
            insert_sorted(out, got, from[i]);
            got++;
        }
}

/* The largest difference of the distribution functions of two samples of one size, behind groups of equal values. */
static double distance(const double *a, const double *b, size_t n)
{
    size_t i = 0, j = 0, most = 0;

    while (i < n && j < n) {
        const double x = fmin(a[i], b[j]);

        while (i < n && a[i] <= x)
            i++;
        while (j < n && b[j] <= x)
            j++;
        most = i > j ? (i - j > most ? i - j : most) : j - i > most ? j - i : most;
    }
    return (double)most / (double)n;
}

static enum bl_signal update(void *state, const double *keys, double x)
{
    struct sliding *w = state;
    const size_t size = (size_t)keys[SIZE], recent = (size_t)keys[RECENT];
    struct bl_random r;

    w->seen++;
    if (w->n == size)
        memmove(w->x, w->x + 1, --w->n * sizeof *w->x);
    w->x[w->n++] = x;
    if (w->n < size)
        return BL_SIGNAL_NONE;
    r = bl_random_stream((uint64_t)keys[SEED], BL_FOR_SAMPLE, (uint32_t)fmod(w->seen, 4294967296), 0);
    draw(w->x, size - recent, recent, &r, w->a);
    for (size_t i = 0; i < recent; i++)
        insert_sorted(w->b, i, w->x[size - recent + i]);
    if (!(distance(w->a, w->b, recent) > sqrt(-log(keys[ALPHA]) / (double)recent)))
        return BL_SIGNAL_NONE;
    memmove(w->x, w->x + size - recent, recent * sizeof *w->x);
    w->n = recent;
    return BL_SIGNAL_DRIFT;
}

static double behind(const void *state, const double *keys)
{
    (void)state;
    return floor(keys[RECENT]);
}

const struct bl_detector_type bl_detector_kswin = {
    .name = "kswin",
    .summary = "the newest values are distributed otherwise than those before (KSWIN)",
    .keys = {{"alpha", 0.005, 1e-300, 0.999, "chance of a false alarm at a value"}, {"window", 100, 4, WINDOW, "values that are held"},
             {"recent", 30, 2, WINDOW / 2, "of them, the newest that are compared"}, {"seed", 1, 0, 9007199254740992, "of the draw from the older ones"}},
    .size = sizeof(struct sliding),
    .check = check,
    .start = start,
    .update = update,
    .behind = behind,
};
