/* How the number of updates to a target depends on the batch size: S(B) = least (1 + knee/B)
 * (McCandlish, Kaplan, Amodei and others 2018), fitted by relative least squares. */
#include "batchlab/learn.h"

#include <math.h>

bool bl_sweep_knee(const double *batch, const double *updates, size_t n, double *knee, double *least)
{
    double aa = 0, ab = 0, bb = 0, a1 = 0, b1 = 0; /* (1 - (least + slope/B)/S)^2 summed: its normal equations */
    size_t used = 0;

    *knee = *least = NAN;
    for (size_t i = 0; i < n; i++) {
        double a, b;
        if (!(updates[i] > 0) || !isfinite(updates[i]))
            continue;
        a = 1 / updates[i];
        b = a / batch[i];
        aa += a * a;
        ab += a * b;
        bb += b * b;
        a1 += a;
        b1 += b;
        used++;
    }
    double det = aa * bb - ab * ab, low = (a1 * bb - b1 * ab) / det, slope = (aa * b1 - ab * a1) / det;
    if (used < 3 || !(det > 0) || !(low > 0) || !(slope > 0))
        return false;
    *least = low;
    *knee = slope / low;
    return true;
}
