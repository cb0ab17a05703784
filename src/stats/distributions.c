/* Tail probabilities. The incomplete beta function is its continued fraction by Lentz's method
 * (Abramowitz and Stegun 26.5.8; Press and others, Numerical Recipes 6.4), from logarithms that keep
 * their digits for millions of rows; normal and chi-square are erfc and those of GSL. */
#include <float.h>
#include <math.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sf_erf.h>

#include "distributions.h"

#define FRACTION_MAX 20000 /* terms; about the root of the larger parameter are needed */

double bl_normal_p(double z)
{
    return erfc(fabs(z) / sqrt(2));
}

double bl_normal_log_cdf(double z)
{
    gsl_sf_result result;

    if (gsl_sf_log_erfc_e(-z / sqrt(2), &result))
        return NAN;
    return result.val - log(2);
}

double bl_normal_inverse(double p)
{
    return gsl_cdf_ugaussian_Pinv(p);
}

double bl_chi_square_p(double x, double freedom)
{
    if (isnan(x) || !(freedom > 0))
        return NAN;
    return x <= 0 ? 1 : freedom == 2 ? exp(-x / 2) : gsl_cdf_chisq_Q(x, freedom);
}

/* ---- the incomplete beta function ------------------------------------------------------------*/

/* ln of |gamma(x)|; lgamma keeps the sign in a variable of the whole process. */
static double log_gamma(double x)
{
    int sign;

    return lgamma_r(x, &sign);
}

/* ln of gamma(a + b) / gamma(a). The difference of two large logarithms loses digits, so large a take
 * Stirling's series of the ratio; b is not large beside a there. */
static double log_gamma_ratio(double a, double b)
{
    if (a < 100)
        return log_gamma(a + b) - log_gamma(a);
    double c = a + b, main = (a - 0.5) * log1p(b / a) + b * log(c) - b;

    return main + (1 / c - 1 / a) / 12 - (1 / (c * c * c) - 1 / (a * a * a)) / 360 + (pow(c, -5) - pow(a, -5)) / 1260;
}

static double away_from_zero(double x)
{
    return fabs(x) < 1e-300 ? 1e-300 : x;
}

static double fraction(double a, double b, double x)
{
    double c = 1, d = 1 / away_from_zero(1 - (a + b) * x / (a + 1)), h = d;

    for (int m = 1; m < FRACTION_MAX; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)), step;

        d = 1 / away_from_zero(1 + even * d);
        c = away_from_zero(1 + even / c);
        h *= d * c;
        d = 1 / away_from_zero(1 + odd * d);
        c = away_from_zero(1 + odd / c);
        step = d * c;
        h *= step;
        if (fabs(step - 1) < DBL_EPSILON)
            break;
    }
    return h;
}

/* I_x(a, b); y is 1 - x, given apart because one of the two is near 1. */
static double incomplete_beta(double a, double b, double x, double y)
{
    double log_beta = log_gamma(a < b ? a : b) - log_gamma_ratio(a < b ? b : a, a < b ? a : b), front;

    if (!(x > 0))
        return 0;
    if (!(y > 0))
        return 1;
    front = exp(a * (x > 0.5 ? log1p(-y) : log(x)) + b * (y > 0.5 ? log1p(-x) : log(y)) - log_beta);
    if (x < (a + 1) / (a + b + 2))
        return front * fraction(a, b, x) / a;
    return 1 - front * fraction(b, a, y) / b;
}

double bl_f_p(double f, double a, double b)
{
    if (isnan(f) || !(a > 0) || !(b > 0))
        return NAN;
    if (f <= 0)
        return 1;
    double share = a * f / b; /* the odds of x to 1 - x */

    return isinf(share) ? 0 : incomplete_beta(b / 2, a / 2, 1 / (1 + share), share / (1 + share));
}

double bl_correlation_p(double r, double n)
{
    if (isnan(r) || n < 3)
        return NAN;
    return incomplete_beta((n - 2) / 2, 0.5, (1 - r) * (1 + r), r * r);
}
