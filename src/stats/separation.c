/* How far groups lie apart: analysis of variance of one column, from the moments of its groups. */
#include <math.h>

#include "distributions.h"

struct bl_separation bl_separation_of(const struct bl_moments *m, size_t n_groups)
{
    struct bl_separation s = {NAN, NAN, NAN, NAN, NAN, SIZE_MAX, SIZE_MAX};
    struct bl_sum2 all = {0, 0}, inside = {0, 0}, between = {0, 0};
    double n = 0, groups = 0, mean, low_freedom, high_freedom;

    for (size_t k = 0; k < n_groups; k++) {
        if (!(m[k].n > 0))
            continue;
        groups++;
        n += m[k].n;
        bl_sum2_add(&all, m[k].n * m[k].mean);
        bl_sum2_add(&inside, m[k].m2);
        s.low = s.low == SIZE_MAX || m[k].mean < m[s.low].mean ? k : s.low;
        s.high = s.high == SIZE_MAX || m[k].mean > m[s.high].mean ? k : s.high;
    }
    mean = bl_sum2_value(all) / n;
    for (size_t k = 0; k < n_groups; k++)
        if (m[k].n > 0)
            bl_sum2_add(&between, m[k].n * (m[k].mean - mean) * (m[k].mean - mean));
    low_freedom = groups - 1;
    high_freedom = n - groups;
    if (low_freedom < 1 || high_freedom < 1)
        return s;
    double within = bl_sum2_value(inside), apart = bl_sum2_value(between);

    s.within = sqrt(within / high_freedom);
    if (!(within + apart > 0) || !isfinite(within + apart))
        return s;
    s.share = apart / (within + apart);
    s.difference = (m[s.high].mean - m[s.low].mean) / s.within; /* inf where nothing varies inside */
    s.f = apart / low_freedom / (within / high_freedom);
    s.p = bl_f_p(s.f, low_freedom, high_freedom);
    return s;
}
