/* clip: values below low become low, those above high become high. The limits are given, or two
 * quantiles of the training rows (0.01 and 0.99 where nothing is said). */
#include "src/prepare/step.h"

#include <math.h>
#include <string.h>

/* "0.05" is both tails, "0.05,0.9" one each. */
static bool read_quantiles(const char *value, double q[2])
{
    const char *comma = strchr(value, ',');

    if (!bl_number_parse(value, comma ? (size_t)(comma - value) : strlen(value), &q[0]))
        return false;
    q[1] = 1 - q[0];
    if (comma && !bl_number_parse(comma + 1, strlen(comma + 1), &q[1]))
        return false;
    return q[0] >= 0 && q[0] < q[1] && q[1] <= 1;
}

static bool check_quantiles(const char *value, struct bl_error *err)
{
    double q[2];

    if (read_quantiles(value, q))
        return true;
    bl_fail(err, BL_VALUE, "quantiles='%s' must be a share below 0.5, or two that ascend", value);
    return bl_hint(err, "prep clip quantiles=0.01,0.99");
}

static bool check(const struct bl_step *s, struct bl_error *err)
{
    const bool given = bl_step_option(s, "low") || bl_step_option(s, "high");

    if (given && bl_step_option(s, "quantiles")) {
        bl_fail(err, BL_USAGE, "clip takes low= and high=, or quantiles=, not both");
        return bl_hint(err, "prep clip quantiles=0.01,0.99");
    }
    if (bl_step_number(s, "low", -INFINITY) < bl_step_number(s, "high", INFINITY))
        return true;
    bl_fail(err, BL_VALUE, "low=%s is not below high=%s", bl_step_option(s, "low"),
            bl_step_option(s, "high"));
    return bl_hint(err, "prep clip low=0 high=100");
}

static bool fit(struct bl_fitter *f, size_t column, const struct bl_values *v, struct bl_error *err)
{
    double limits[2] = {bl_step_number(f->step, "low", -INFINITY),
                        bl_step_number(f->step, "high", INFINITY)},
           q[2] = {0.01, 0.99};

    if (!isfinite(limits[0]) && !isfinite(limits[1])) {
        if (bl_step_option(f->step, "quantiles"))
            read_quantiles(bl_step_option(f->step, "quantiles"), q);
        if (!bl_values_quantiles(v, q, 2, limits, f->pool, err))
            return false;
        if (isnan(limits[0])) /* no value to learn from: nothing to cut either */
            limits[0] = -INFINITY, limits[1] = INFINITY;
    }
    return (!isfinite(limits[0]) || bl_fitter_note(f, column, "low", limits[0], NULL, err)) &&
           (!isfinite(limits[1]) || bl_fitter_note(f, column, "high", limits[1], NULL, err)) &&
           bl_fitter_map(f, column, limits[0], limits[1], err);
}

static void map(const double *params, double *x, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        x[i] = x[i] < params[0] ? params[0] : x[i];
        x[i] = x[i] > params[1] ? params[1] : x[i];
    }
}

static const struct bl_op op = {.name = "clip", .map = map, .good = bl_good_pair};
static const char *const key_names[] = {"low", "high", "quantiles", NULL};
static const struct bl_step_key keys[] = {{.kind = BL_KEY_NUMBER, .min = -INFINITY, .max = INFINITY},
                                          {.kind = BL_KEY_NUMBER, .min = -INFINITY, .max = INFINITY},
                                          {.check = check_quantiles}};

extern const struct bl_step_type bl_step_clip;
const struct bl_step_type bl_step_clip = {
    .name = "clip",
    .summary = "cut extreme values off at limits or at quantiles",
    .key_names = key_names,
    .keys = keys,
    .check = check,
    .takes = bl_takes_numbers,
    .fit_values = fit,
    .ops = {&op},
};
