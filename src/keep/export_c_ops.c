/* The operations of a recipe as functions of C: each does what its step does, bit for bit but for the elementary
 * functions, which are those of the C library there. */
#include "src/keep/export_c.h"

#include <string.h>

static const char scale[] = "static double @_scale(double x, double shift, double by)\n"
                            "{\n"
                            "    return (x - shift) / by;\n"
                            "}\n";
static const char fill[] = "static double @_fill(double x, double value)\n"
                           "{\n"
                           "    return isnan(x) ? value : x;\n"
                           "}\n";
static const char missing[] = "static double @_missing(double x)\n"
                              "{\n"
                              "    return isnan(x) ? 1 : 0;\n"
                              "}\n";
static const char is_level[] = "static double @_is(double x, double level)\n"
                               "{\n"
                               "    return isnan(x) ? x : x == level;\n"
                               "}\n";
static const char rare[] = "static double @_rare(double x, const double *p)\n"
                           "{\n"
                           "    int n = (int)p[0];\n"
                           "\n"
                           "    for (int i = 1; i <= n; i++)\n"
                           "        if (x == p[i])\n"
                           "            return 0;\n"
                           "    return isnan(x) ? x : 1;\n"
                           "}\n";
static const char place[] = "static double @_place(double x, const double *p)\n"
                            "{\n"
                            "    return isnan(x) ? x : x >= 0 && x < p[0] ? p[1 + (int)x] : -1;\n"
                            "}\n";
static const char mean_of[] = "static double @_mean_of(double x, const double *p)\n"
                              "{\n"
                              "    return isnan(x) ? x : x >= 0 && x < p[1] ? p[3 + (int)x] : p[2];\n"
                              "}\n";
static const char clip[] = "static double @_clip(double x, double low, double high)\n"
                           "{\n"
                           "    return x < low ? low : x > high ? high : x;\n"
                           "}\n";
static const char inside[] = "static double @_inside(double x, double low, double high)\n"
                             "{\n"
                             "    return isnan(x) ? x : x >= low && x < high;\n"
                             "}\n";
static const char bin[] = "static double @_bin(double x, const double *p)\n"
                          "{\n"
                          "    int bin = 0;\n"
                          "\n"
                          "    while (bin < (int)p[0] && x >= p[1 + bin])\n"
                          "        bin++;\n"
                          "    return isnan(x) ? x : bin;\n"
                          "}\n";
static const char log_of[] = "static double @_log(double x)\n"
                             "{\n"
                             "    return x <= -1 ? -(double)INFINITY : log1p(x);\n"
                             "}\n";
static const char power[] = "static double @_grow(double m, double u)\n"
                            "{\n"
                            "    return m == 0 ? u : expm1(m * u) / m;\n"
                            "}\n"
                            "\n"
                            "static double @_power(double x, double lambda)\n"
                            "{\n"
                            "    return x >= 0 ? @_grow(lambda, log1p(x)) : x < 0 ? -@_grow(2 - lambda, log1p(-x)) : x;\n"
                            "}\n";
/* Wichura (1988), AS 241; the numbers are those of src/prepare/normal.c. */
static const char quantile[] =
    "static double @_ratio(const double *above, const double *below, double x)\n"
    "{\n"
    "    double a = 0, b = 0;\n"
    "\n"
    "    for (int k = 8; k-- > 0;) {\n"
    "        a = a * x + above[k];\n"
    "        b = b * x + below[k];\n"
    "    }\n"
    "    return a / b;\n"
    "}\n"
    "\n"
    "static double @_normal(double p)\n"
    "{\n"
    "    static const double c[6][8] = {\n"
    "        {3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,\n"
    "         4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3},\n"
    "        {1, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3, 2.1213794301586595867e4,\n"
    "         3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3},\n"
    "        {1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,\n"
    "         1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4},\n"
    "        {1, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1, 1.48103976427480074590e-1,\n"
    "         1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9},\n"
    "        {6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,\n"
    "         2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7},\n"
    "        {1, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2, 7.86869131145613259100e-4,\n"
    "         1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15}};\n"
    "    double q = p - 0.5, r;\n"
    "\n"
    "    if (fabs(q) <= 0.425)\n"
    "        return q * @_ratio(c[0], c[1], 0.180625 - q * q);\n"
    "    r = sqrt(-log(q < 0 ? p : 1 - p));\n"
    "    r = r <= 5 ? @_ratio(c[2], c[3], r - 1.6) : @_ratio(c[4], c[5], r - 5);\n"
    "    return q < 0 ? -r : r;\n"
    "}\n"
    "\n"
    "static int @_below(const double *knots, int n, double x, int or_same)\n"
    "{\n"
    "    int low = 0, high = n;\n"
    "\n"
    "    while (low < high) {\n"
    "        int middle = (low + high) / 2;\n"
    "        if (knots[middle] < x || (or_same && knots[middle] == x))\n"
    "            low = middle + 1;\n"
    "        else\n"
    "            high = middle;\n"
    "    }\n"
    "    return low;\n"
    "}\n"
    "\n"
    "static double @_share(const double *knots, int n, double x)\n"
    "{\n"
    "    int first = @_below(knots, n, x, 0), end = @_below(knots, n, x, 1);\n"
    "    double last = n - 1;\n"
    "\n"
    "    if (end == 0)\n"
    "        return 0;\n"
    "    if (first == n)\n"
    "        return 1;\n"
    "    if (end > first)\n"
    "        return first == 0 ? 0 : end == n ? 1 : (double)(first + end - 1) / 2 / last;\n"
    "    return (first - 1 + (x - knots[first - 1]) / (knots[first] - knots[first - 1])) / last;\n"
    "}\n"
    "\n"
    "static double @_quantile(double x, const double *p)\n"
    "{\n"
    "    double share, least = 1e-7;\n"
    "\n"
    "    if (isnan(x))\n"
    "        return x;\n"
    "    share = @_share(p + 2, (int)p[0], x);\n"
    "    return p[1] == 0 ? share : @_normal(share < least ? least : share > 1 - least ? 1 - least : share);\n"
    "}\n";
static const char spline[] = "static double @_spline(double x, const double *p)\n"
                             "{\n"
                             "    int degree = (int)p[0];\n"
                             "    const double *t = p + 3;\n"
                             "    double b[6] = {0};\n"
                             "\n"
                             "    if (isnan(x))\n"
                             "        return x;\n"
                             "    x = x < p[1] ? p[1] : x > p[2] ? p[2] : x;\n"
                             "    for (int k = 0; k <= degree; k++)\n"
                             "        b[k] = x >= t[k] && x < t[k + 1];\n"
                             "    for (int d = 1; d <= degree; d++)\n"
                             "        for (int k = 0; k + d <= degree; k++) {\n"
                             "            double left = t[k + d] - t[k], right = t[k + d + 1] - t[k + 1];\n"
                             "            b[k] = (left > 0 ? (x - t[k]) / left * b[k] : 0) +\n"
                             "                   (right > 0 ? (t[k + d + 1] - x) / right * b[k + 1] : 0);\n"
                             "        }\n"
                             "    return b[0];\n"
                             "}\n";
static const char linear[] = "static double @_linear(const double *v, const int *in, int n, const double *p)\n"
                             "{\n"
                             "    double sum = 0;\n"
                             "\n"
                             "    for (int j = 0; j < n; j++)\n"
                             "        if (p[n + j] != 0)\n"
                             "            sum += (v[in[j]] - p[j]) * p[n + j];\n"
                             "    return sum;\n"
                             "}\n";
static const char product[] = "static double @_product(const double *v, const int *in, int n)\n"
                              "{\n"
                              "    double x = v[in[0]];\n"
                              "\n"
                              "    for (int j = 1; j < n; j++)\n"
                              "        x *= v[in[j]];\n"
                              "    return x;\n"
                              "}\n";
/* The order of the parts is that of src/prepare/step_dates.c. */
static const char dates[] =
    "static double @_date(double seconds, double part, double first)\n"
    "{\n"
    "    double day = floor(seconds / 86400), rest = seconds - day * 86400;\n"
    "    long long days, shifted, era, of_era, year, march, month, m;\n"
    "    int leap, weekday;\n"
    "\n"
    "    if (!isfinite(seconds) || fabs(seconds) >= 1e15)\n"
    "        return seconds;\n"
    "    days = (long long)day;\n"
    "    shifted = days + 719468;\n"
    "    era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;\n"
    "    of_era = shifted - era * 146097;\n"
    "    year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;\n"
    "    march = of_era - (365 * year + year / 4 - year / 100);\n"
    "    m = (5 * march + 2) / 153;\n"
    "    month = m < 10 ? m + 3 : m - 9;\n"
    "    year += era * 400 + (month <= 2);\n"
    "    leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;\n"
    "    weekday = (int)((days % 7 + 10) % 7) + 1;\n"
    "    switch ((int)part) {\n"
    "    case 0:\n"
    "        return (double)year;\n"
    "    case 1:\n"
    "        return (double)month;\n"
    "    case 2:\n"
    "        return (double)(march - (153 * m + 2) / 5 + 1);\n"
    "    case 3:\n"
    "        return weekday;\n"
    "    case 4:\n"
    "        return floor(rest / 3600);\n"
    "    case 5:\n"
    "        return floor(fmod(rest, 3600) / 60);\n"
    "    case 6:\n"
    "        return fmod(rest, 60);\n"
    "    case 7:\n"
    "        return (double)(month > 2 ? march + 60 + leap : march - 305);\n"
    "    case 8:\n"
    "        return (double)((month + 2) / 3);\n"
    "    case 9:\n"
    "        return (seconds - first) / 86400;\n"
    "    default:\n"
    "        return weekday >= 6;\n"
    "    }\n"
    "}\n";

/* Means of the folds are for training rows alone. */
static size_t count_means(const double *numbers, size_t n)
{
    (void)n;
    return 3 + (size_t)numbers[1];
}

static const struct bl_c_op ops[] = {
    {"standardize", "scale", BL_C_PAIR, scale, NULL},
    {"minmax", "scale", BL_C_PAIR, scale, NULL},
    {"robust", "scale", BL_C_PAIR, scale, NULL},
    {"maxabs", "scale", BL_C_PAIR, scale, NULL},
    {"impute", "fill", BL_C_ONE, fill, NULL},
    {"impute.indicator", "missing", BL_C_X, missing, NULL},
    {"onehot", "is", BL_C_ONE, is_level, NULL},
    {"onehot.rare", "rare", BL_C_LIST, rare, NULL},
    {"ordinal", "place", BL_C_LIST, place, NULL},
    {"target", "mean_of", BL_C_LIST, mean_of, count_means},
    {"clip", "clip", BL_C_PAIR, clip, NULL},
    {"bins.inside", "inside", BL_C_PAIR, inside, NULL},
    {"bins.number", "bin", BL_C_LIST, bin, NULL},
    {"log", "log", BL_C_X, log_of, NULL},
    {"power", "power", BL_C_ONE, power, NULL},
    {"quantile", "quantile", BL_C_LIST, quantile, NULL},
    {"spline", "spline", BL_C_LIST, spline, NULL},
    {"linear", "linear", BL_C_INPUTS_LIST, linear, NULL},
    {"product", "product", BL_C_INPUTS, product, NULL},
    {"dates", "date", BL_C_PAIR, dates, NULL},
    {"hash", "is", BL_C_ONE, is_level, NULL},
    {"hash.bucket", NULL, BL_C_BUCKET, NULL, NULL}, /* export_c_codecs.c */
    {"text", NULL, BL_C_TERM, NULL, NULL},
    {"impute.knn", NULL, BL_C_NEAREST, NULL, NULL},
};

bool bl_c_is_text(const struct bl_plan_source *s)
{
    return s->type == BL_CATEGORICAL || s->type == BL_TEXT_COLUMN;
}

const struct bl_c_op *bl_c_op(const char *name)
{
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
        if (strcmp(ops[i].name, name) == 0)
            return &ops[i];
    return NULL;
}
