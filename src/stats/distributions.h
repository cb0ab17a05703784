/* Tail probabilities that the tests of this room need. */
#ifndef BL_STATS_DISTRIBUTIONS_H
#define BL_STATS_DISTRIBUTIONS_H

#include "batchlab/stats.h"

/* P(|Z| >= |z|) of the standard normal distribution. */
double bl_normal_p(double z);
/* ln of its distribution function, also far out where that underflows. */
double bl_normal_log_cdf(double z);
double bl_normal_inverse(double p); /* 0 < p < 1 */
/* P(X >= x) of chi-square with `freedom` degrees, and of F with a and b degrees. */
double bl_chi_square_p(double x, double freedom);
double bl_f_p(double f, double a, double b);
/* Of a correlation r over n rows under independence: P(|T| >= |t|), t = r sqrt((n-2)/(1-r^2)) with
 * n - 2 degrees; nan below 3 rows. */
double bl_correlation_p(double r, double n);

#endif
