/* Whether one model is better than another on the same rows. */
#include <math.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>

#include "batchlab/evaluate.h"

bool bl_paired_test(const double *difference, size_t n, double held_to_train, double level, struct bl_paired *out)
{
    struct bl_sum2 sum = { 0 }, square = { 0 };
    double half;

    *out = (struct bl_paired){ .difference = NAN, .low = NAN, .high = NAN, .t = NAN, .p = NAN, .df = n ? (double)(n - 1) : 0 };
    for (size_t i = 0; i < n; i++)
        bl_sum2_add(&sum, difference[i]);
    if (n < 2 || !isfinite(sum.s))
        return false;
    out->difference = bl_sum2_value(sum) / (double)n;
    for (size_t i = 0; i < n; i++)
        bl_sum2_add(&square, (difference[i] - out->difference) * (difference[i] - out->difference));
    out->error = sqrt((1 / (double)n + held_to_train) * bl_sum2_value(square) / (double)(n - 1));
    if (out->error > 0) {
        out->t = out->difference / out->error;
        out->p = fmin(1, 2 * gsl_cdf_tdist_Q(fabs(out->t), out->df));
    } else {
        out->p = out->difference == 0 ? 1 : 0;
    }
    half = out->error * gsl_cdf_tdist_Pinv(0.5 + level / 2, out->df);
    out->low = out->difference - half;
    out->high = out->difference + half;
    return true;
}

void bl_paired_within(struct bl_paired *x, double least, double most)
{
    x->cut_low = x->low < least;
    x->cut_high = x->high > most;
    if (x->cut_low)
        x->low = least;
    if (x->cut_high)
        x->high = most;
}

void bl_mcnemar(size_t only_first, size_t only_second, struct bl_mcnemar *out)
{
    unsigned n = (unsigned)(only_first + only_second), least = (unsigned)(only_first < only_second ? only_first : only_second);

    *out = (struct bl_mcnemar){ .only_first = only_first, .only_second = only_second, .exact = 1, .mid = 1 };
    if (n == 0)
        return;
    out->exact = fmin(1, 2 * gsl_cdf_binomial_P(least, 0.5, n));
    out->mid = only_first == only_second ? 1 - 0.5 * gsl_ran_binomial_pdf(least, 0.5, n)
                                         : 2 * gsl_cdf_binomial_P(least, 0.5, n) - gsl_ran_binomial_pdf(least, 0.5, n);
}
