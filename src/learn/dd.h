/* Double-double arithmetic: a number as the unevaluated sum of two doubles, about 31 digits (Dekker
 * 1971; Knuth, TAOCP 2, section 4.2.2). The same bits from every compiler and processor, and two
 * numbers at once in a 16-byte vector, which software quadruple precision is not. Operands must
 * stay below 2^996 in magnitude: callers scale by powers of two. */
#ifndef BATCHLAB_LEARN_DD_H
#define BATCHLAB_LEARN_DD_H

#include <math.h>

#define DD_SPLITTER 134217729.0 /* 2^27 + 1 */

struct dd { double hi, lo; };

static inline struct dd dd_quick(double a, double b) /* |a| >= |b| */
{
    double s = a + b;
    return (struct dd){ s, b - (s - a) };
}

static inline struct dd dd_sum(double a, double b)
{
    double s = a + b, t = s - a;
    return (struct dd){ s, (a - (s - t)) + (b - t) };
}

static inline struct dd dd_product(double a, double b)
{
    double p = a * b, ca = DD_SPLITTER * a, cb = DD_SPLITTER * b;
    double ah = ca - (ca - a), al = a - ah, bh = cb - (cb - b), bl = b - bh;
    return (struct dd){ p, ((ah * bh - p) + ah * bl + al * bh) + al * bl };
}

static inline struct dd dd_of(double a)
{
    return (struct dd){ a, 0 };
}

static inline struct dd dd_neg(struct dd a)
{
    return (struct dd){ -a.hi, -a.lo };
}

static inline struct dd dd_add(struct dd a, struct dd b)
{
    struct dd s = dd_sum(a.hi, b.hi), t = dd_sum(a.lo, b.lo);
    s = dd_quick(s.hi, s.lo + t.hi);
    return dd_quick(s.hi, s.lo + t.lo);
}

static inline struct dd dd_mul(struct dd a, struct dd b)
{
    struct dd p = dd_product(a.hi, b.hi);
    return dd_quick(p.hi, p.lo + (a.hi * b.lo + a.lo * b.hi));
}

static inline struct dd dd_sub(struct dd a, struct dd b)
{
    return dd_add(a, dd_neg(b));
}

static inline struct dd dd_div(struct dd a, struct dd b)
{
    double q = a.hi / b.hi;
    struct dd rest = dd_sub(a, dd_mul(b, dd_of(q)));
    double q2 = rest.hi / b.hi;
    rest = dd_sub(rest, dd_mul(b, dd_of(q2)));
    return dd_add(dd_quick(q, q2), dd_of(rest.hi / b.hi));
}

static inline struct dd dd_sqrt(struct dd a) /* a >= 0 */
{
    if (!(a.hi > 0))
        return dd_of(0);
    double root = sqrt(a.hi);
    struct dd rest = dd_sub(a, dd_product(root, root));
    return dd_quick(root, rest.hi / (2 * root));
}

#endif
