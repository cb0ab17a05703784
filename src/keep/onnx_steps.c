/* The operations of a recipe that take more than a line in operators of ONNX: quantiles, splines, dates. */
#include "src/keep/onnx.h"

#include <math.h>

static size_t add(struct bl_onnx *g, size_t a, size_t b)
{
    return bl_onnx_op2(g, "Add", a, b);
}

static size_t subtract(struct bl_onnx *g, size_t a, size_t b)
{
    return bl_onnx_op2(g, "Sub", a, b);
}

static size_t multiply(struct bl_onnx *g, size_t a, size_t b)
{
    return bl_onnx_op2(g, "Mul", a, b);
}

static size_t choose(struct bl_onnx *g, size_t condition, size_t yes, size_t no)
{
    return bl_onnx_op3(g, "Where", condition, yes, no);
}

/* ---- quantile --------------------------------------------------------------------------------------------- */

static size_t polynomial(struct bl_onnx *g, const double c[8], size_t x)
{
    size_t sum = bl_onnx_real(g, c[7]);

    for (size_t k = 7; k-- > 0;)
        sum = bl_onnx_with(g, "Add", multiply(g, sum, x), c[k]);
    return sum;
}

static size_t ratio(struct bl_onnx *g, const double c[2][8], size_t x)
{
    return bl_onnx_op2(g, "Div", polynomial(g, c[0], x), polynomial(g, c[1], x));
}

/* Wichura (1988), AS 241; the numbers are those of src/prepare/normal.c. */
static const double central[2][8] = {
    {3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4, 4.5921953931549871457e4,
     6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3},
    {1, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3, 2.1213794301586595867e4, 3.9307895800092710610e4,
     2.8729085735721942674e4, 5.2264952788528545610e3}};
static const double tail[2][8] = {
    {1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0, 1.27045825245236838258e0,
     2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4},
    {1, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1, 1.48103976427480074590e-1, 1.51986665636164571966e-2,
     5.47593808499534494600e-4, 1.05075007164441684324e-9}};
static const double far[2][8] = {
    {6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1, 2.65321895265761230930e-2,
     1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7},
    {1, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2, 7.86869131145613259100e-4, 1.84631831751005468180e-5,
     1.42151175831644588870e-7, 2.04426310338993978564e-15}};

static size_t normal_quantile(struct bl_onnx *g, size_t share)
{
    size_t p = bl_onnx_op2(g, "Max", bl_onnx_op2(g, "Min", share, bl_onnx_real(g, 1 - 1e-7)), bl_onnx_real(g, 1e-7));
    size_t q = bl_onnx_with(g, "Sub", p, 0.5), below = bl_onnx_with(g, "Less", q, 0);
    size_t middle = multiply(g, q, ratio(g, central, subtract(g, bl_onnx_real(g, 0.180625), multiply(g, q, q))));
    size_t least = choose(g, below, p, subtract(g, bl_onnx_real(g, 1), p));
    size_t r = bl_onnx_op1(g, "Sqrt", bl_onnx_op1(g, "Neg", bl_onnx_op1(g, "Log", least)));
    size_t outer = choose(g, bl_onnx_with(g, "LessOrEqual", r, 5), ratio(g, tail, bl_onnx_with(g, "Sub", r, 1.6)),
                          ratio(g, far, bl_onnx_with(g, "Sub", r, 5)));

    outer = choose(g, below, bl_onnx_op1(g, "Neg", outer), outer);
    return choose(g, bl_onnx_with(g, "LessOrEqual", bl_onnx_op1(g, "Abs", q), 0.425), middle, outer);
}

/* The knot at a place that may lie outside. */
static size_t knot_at(struct bl_onnx *g, size_t knots, size_t place, double last)
{
    size_t inside = bl_onnx_op2(g, "Min", bl_onnx_op2(g, "Max", place, bl_onnx_real(g, 0)), bl_onnx_real(g, last));

    return bl_onnx_op2(g, "Gather", knots, bl_onnx_cast(g, inside, BL_ONNX_INT64));
}

/* Of n knots `first` are below x, `end` not above it: between two of them linearly, on equal ones their middle. */
static size_t share_of(struct bl_onnx *g, const double *knots, size_t n, size_t x)
{
    double last = (double)(n - 1);
    size_t row = bl_onnx_reals(g, knots, 1, n), list = bl_onnx_reals(g, knots, 0, n);
    size_t first = bl_onnx_sum(g, bl_onnx_cast(g, bl_onnx_op2(g, "Less", row, x), g->real));
    size_t end = bl_onnx_sum(g, bl_onnx_cast(g, bl_onnx_op2(g, "LessOrEqual", row, x), g->real));
    size_t before = bl_onnx_with(g, "Sub", first, 1), low = knot_at(g, list, before, last), high = knot_at(g, list, first, last);
    size_t part = bl_onnx_op2(g, "Div", subtract(g, x, low), subtract(g, high, low));
    size_t between = bl_onnx_with(g, "Div", add(g, before, part), last);
    size_t same = bl_onnx_with(g, "Div", bl_onnx_with(g, "Div", bl_onnx_with(g, "Sub", add(g, first, end), 1), 2), last);

    same = choose(g, bl_onnx_with(g, "Equal", end, (double)n), bl_onnx_real(g, 1), same);
    same = choose(g, bl_onnx_with(g, "Equal", first, 0), bl_onnx_real(g, 0), same);
    same = choose(g, bl_onnx_op2(g, "Greater", end, first), same, between);
    same = choose(g, bl_onnx_with(g, "Equal", first, (double)n), bl_onnx_real(g, 1), same);
    return choose(g, bl_onnx_with(g, "Equal", end, 0), bl_onnx_real(g, 0), same);
}

size_t bl_onnx_quantile(struct bl_onnx *g, const struct bl_plan_node *const *nodes, size_t n, size_t x)
{
    const double *p = nodes[0]->numbers;
    size_t share = share_of(g, p + 2, (size_t)p[0], x);

    (void)n;
    return bl_onnx_where_present(g, x, p[1] == 0 ? share : normal_quantile(g, share));
}

/* ---- spline ----------------------------------------------------------------------------------------------- */

/* de Boor (1978), as src/prepare/step_spline.c has it: numbers are degree, range, knots. */
size_t bl_onnx_spline(struct bl_onnx *g, const struct bl_plan_node *const *nodes, size_t n, size_t x)
{
    const double *p = nodes[0]->numbers, *t = p + 3;
    const size_t degree = (size_t)p[0];
    size_t b[6], low = bl_onnx_real(g, p[1]), high = bl_onnx_real(g, p[2]);
    size_t at = choose(g, bl_onnx_op2(g, "Less", x, low), low, choose(g, bl_onnx_op2(g, "Greater", x, high), high, x));

    (void)n;
    for (size_t k = 0; k <= degree; k++)
        b[k] = bl_onnx_cast(g, bl_onnx_op2(g, "And", bl_onnx_with(g, "GreaterOrEqual", at, t[k]), bl_onnx_with(g, "Less", at, t[k + 1])), g->real);
    for (size_t d = 1; d <= degree; d++)
        for (size_t k = 0; k + d <= degree; k++) {
            double left = t[k + d] - t[k], right = t[k + d + 1] - t[k + 1];
            size_t rise = multiply(g, bl_onnx_with(g, "Mul", bl_onnx_with(g, "Sub", at, t[k]), left > 0 ? 1 / left : 0), b[k]);
            size_t fall = bl_onnx_with(g, "Mul", subtract(g, bl_onnx_real(g, t[k + d + 1]), at), right > 0 ? 1 / right : 0);
            b[k] = add(g, rise, multiply(g, fall, b[k + 1]));
        }
    return bl_onnx_where_present(g, x, b[0]);
}

/* ---- dates ------------------------------------------------------------------------------------------------ */

static size_t whole(struct bl_onnx *g, size_t a, double by)
{
    return bl_onnx_op1(g, "Floor", bl_onnx_with(g, "Div", a, by));
}

static size_t rest(struct bl_onnx *g, size_t a, double by)
{
    return subtract(g, a, bl_onnx_with(g, "Mul", whole(g, a, by), by));
}

struct civil { size_t year, month, day, yearday; };

static size_t leap_of(struct bl_onnx *g, size_t year)
{
    size_t four = bl_onnx_with(g, "Equal", rest(g, year, 4), 0), hundred = bl_onnx_with(g, "Equal", rest(g, year, 100), 0);
    size_t all = bl_onnx_with(g, "Equal", rest(g, year, 400), 0);

    return bl_onnx_cast(g, bl_onnx_op2(g, "Or", bl_onnx_op2(g, "And", four, bl_onnx_op1(g, "Not", hundred)), all), g->real);
}

/* The civil calendar of days since 1970, by the arithmetic of src/prepare/step_dates.c: years begin in March. */
static struct civil civil_of(struct bl_onnx *g, size_t days)
{
    size_t shifted = bl_onnx_with(g, "Add", days, 719468), era = whole(g, shifted, 146097);
    size_t of_era = subtract(g, shifted, bl_onnx_with(g, "Mul", era, 146097));
    size_t corrected = subtract(g, add(g, subtract(g, of_era, whole(g, of_era, 1460)), whole(g, of_era, 36524)), whole(g, of_era, 146096));
    size_t year = whole(g, corrected, 365);
    size_t before = subtract(g, add(g, bl_onnx_with(g, "Mul", year, 365), whole(g, year, 4)), whole(g, year, 100));
    size_t march = subtract(g, of_era, before), m = whole(g, bl_onnx_with(g, "Add", bl_onnx_with(g, "Mul", march, 5), 2), 153);
    size_t early = bl_onnx_with(g, "Less", m, 10), after, leap;
    struct civil c;

    c.month = choose(g, early, bl_onnx_with(g, "Add", m, 3), bl_onnx_with(g, "Sub", m, 9));
    c.day = subtract(g, march, whole(g, bl_onnx_with(g, "Add", bl_onnx_with(g, "Mul", m, 153), 2), 5));
    c.day = bl_onnx_with(g, "Add", c.day, 1);
    after = bl_onnx_cast(g, bl_onnx_with(g, "LessOrEqual", c.month, 2), g->real);
    c.year = add(g, add(g, year, bl_onnx_with(g, "Mul", era, 400)), after);
    leap = leap_of(g, c.year);
    c.yearday = choose(g, bl_onnx_with(g, "Greater", c.month, 2), add(g, bl_onnx_with(g, "Add", march, 60), leap),
                       bl_onnx_with(g, "Sub", march, 305));
    return c;
}

/* The order of the parts is that of src/prepare/step_dates.c. */
static size_t part_of(struct bl_onnx *g, int part, size_t seconds, double first)
{
    size_t days = whole(g, seconds, 86400), of_day = rest(g, seconds, 86400);
    size_t weekday = bl_onnx_with(g, "Add", rest(g, bl_onnx_with(g, "Add", days, 3), 7), 1); /* 1970-01-01 was a Thursday */
    struct civil c = civil_of(g, days);

    switch (part) {
    case 0:
        return c.year;
    case 1:
        return c.month;
    case 2:
        return c.day;
    case 3:
        return weekday;
    case 4:
        return whole(g, of_day, 3600);
    case 5:
        return whole(g, rest(g, of_day, 3600), 60);
    case 6:
        return rest(g, of_day, 60);
    case 7:
        return c.yearday;
    case 8:
        return whole(g, bl_onnx_with(g, "Add", c.month, 2), 3);
    case 9:
        return bl_onnx_with(g, "Div", bl_onnx_with(g, "Sub", seconds, first), 86400);
    default:
        return bl_onnx_cast(g, bl_onnx_with(g, "GreaterOrEqual", weekday, 6), g->real);
    }
}

/* In double, whatever the rest of the graph computes in: a date has ten digits of seconds. */
size_t bl_onnx_date(struct bl_onnx *g, const struct bl_plan_node *const *nodes, size_t n, size_t x)
{
    const enum bl_onnx_type real = g->real;
    size_t part;

    (void)n;
    g->real = BL_ONNX_DOUBLE;
    part = bl_onnx_where_present(g, x, part_of(g, (int)nodes[0]->numbers[0], x, nodes[0]->numbers[1]));
    g->real = real;
    return real == BL_ONNX_DOUBLE ? part : bl_onnx_cast(g, part, real);
}
