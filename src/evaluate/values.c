/* Metrics of regression. */
#include "src/evaluate/figures.h"

#include <math.h>

struct sums {
    size_t rows;
    struct bl_sum2 y, square, absolute, spread;
    double mean;
    bool constant;
};

static void add_errors(struct sums *s, const double *predicted, const double *y, size_t n)
{
    double first = NAN;

    s->constant = true;
    for (size_t i = 0; i < n; i++) {
        double error = predicted[i] - y[i];
        if (isnan(y[i]))
            continue;
        if (s->rows++ == 0)
            first = y[i];
        s->constant = s->constant && y[i] == first;
        bl_sum2_add(&s->y, y[i]);
        bl_sum2_add(&s->square, error * error);
        bl_sum2_add(&s->absolute, fabs(error));
    }
    s->mean = bl_sum2_value(s->y) / (double)s->rows;
    for (size_t i = 0; i < n; i++)
        if (!isnan(y[i]))
            bl_sum2_add(&s->spread, (y[i] - s->mean) * (y[i] - s->mean));
}

/* A compensated sum that overflowed holds inf - inf in its error: the plain sum knows better. */
static double value_of(struct bl_sum2 sum)
{
    return isfinite(sum.s) ? bl_sum2_value(sum) : sum.s;
}

bool bl_evaluate_values(struct bl_evaluation *e, const double *predicted, const double *y, size_t n,
                        double loss, struct bl_error *err)
{
    static const char beyond[] = "the predictions leave the range of numbers";
    struct sums s = {0};
    double mse;

    bl_evaluation_start(e, BL_REGRESSION);
    add_errors(&s, predicted, y, n);
    if (s.rows == 0) {
        bl_evaluation_free(e);
        return bl_fail(err, BL_STATE, "there are no rows with a target to evaluate");
    }
    e->rows = s.rows;
    mse = value_of(s.square) / (double)s.rows;
    bl_evaluation_set(e, VALUE_LOSS, isnan(loss) ? mse / 2 : loss, beyond);
    bl_evaluation_set(e, VALUE_MSE, mse, beyond);
    bl_evaluation_set(e, VALUE_RMSE, sqrt(mse), beyond);
    bl_evaluation_set(e, VALUE_MAE, value_of(s.absolute) / (double)s.rows, beyond);
    if (s.constant)
        bl_evaluation_set(e, VALUE_R2, NAN,
                          s.rows == 1 ? "there is only one row"
                                      : "the target is constant in these rows");
    else
        bl_evaluation_set(e, VALUE_R2, 1 - value_of(s.square) / value_of(s.spread), beyond);
    return true;
}
