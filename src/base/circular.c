/* sin(πx) and cos(πx): the same bits on every processor, at most 1 unit in the last place. Whole and
 * half turns are taken off exactly; what is left, |r| ≤ ¼, is multiplied by π in two parts (Dekker
 * 1971), then polynomials (made by make-elementary.py) with the second part as a correction. */
#include "batchlab/base.h"

#include <math.h>

#define PI_HIGH 0x1.921fb54442d18p+1
#define PI_LOW 0x1.1a62633145c07p-53
#define SPLIT 134217729.0 /* 2^27 + 1 */

/* π r = *y + *low */
static void times_pi(double r, double *y, double *low)
{
    const double cut = r * SPLIT, rh = cut - (cut - r), rl = r - rh;
    const double pi_cut = PI_HIGH * SPLIT, ph = pi_cut - (pi_cut - PI_HIGH), pl = PI_HIGH - ph;

    *y = r * PI_HIGH;
    *low = (((rh * ph - *y) + rh * pl + rl * ph) + rl * pl) + r * PI_LOW;
}

static double sine(double r)
{
    double y, low;

    times_pi(r, &y, &low);
    const double z = y * y;
    const double s = -0x1.5555555555555p-3 +
                     z * (0x1.1111111111110p-7 +
                          z * (-0x1.a01a01a019937p-13 +
                               z * (0x1.71de3a54607a5p-19 +
                                    z * (-0x1.ae64541295cdfp-26 + z * (0x1.61217ee5cca1bp-33 + z * -0x1.ab17bdcbd3414p-41)))));

    return y + (y * z * s + low * (1 - 0.5 * z));
}

static double cosine(double r)
{
    double y, low;

    times_pi(r, &y, &low);
    const double z = y * y, half = 0.5 * z, head = 1 - half;
    const double c = 0x1.5555555555555p-5 +
                     z * (-0x1.6c16c16c16c16p-10 +
                          z * (0x1.a01a01a019d0ap-16 +
                               z * (-0x1.27e4fb7712ca2p-22 +
                                    z * (0x1.1eed8deb82809p-29 + z * (-0x1.9394b9eb4d56dp-37 + z * 0x1.ab78473be59d7p-45)))));

    return head + (((1 - head) - half) + (z * z * c - y * low));
}

/* |x| = 2k + n/2 + *r with n from 0 to 4, all exactly. */
static int quarter(double x, double *r)
{
    const double turn = fmod(fabs(x), 2);
    const int n = (int)(2 * turn + 0.5);

    *r = turn - 0.5 * n;
    return n & 3;
}

double bl_sinpi(double x)
{
    double r, y;

    if (x - x != 0)
        return x - x;
    switch (quarter(x, &r)) {
    case 0:
        y = sine(r);
        break;
    case 1:
        y = cosine(r);
        break;
    case 2:
        y = -sine(r);
        break;
    default:
        y = -cosine(r);
    }
    return x < 0 ? -y : y;
}

double bl_cospi(double x)
{
    double r;

    if (x - x != 0)
        return x - x;
    switch (quarter(x, &r)) {
    case 0:
        return cosine(r);
    case 1:
        return -sine(r);
    case 2:
        return -cosine(r);
    default:
        return sine(r);
    }
}
