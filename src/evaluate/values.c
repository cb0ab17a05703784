/* Metrics of regression, of rows with weights. */
#include "src/evaluate/classes.h"

#include <math.h>

struct sums {
    size_t rows;
    struct bl_sum2 y, square, absolute, spread;
    double mean;
    bool constant;
};

static uint32_t weight_of(const struct bl_measured *m, size_t i)
{
    return isnan(m->y[i]) ? 0 : m->weight ? m->weight[i] : 1;
}

static void add_errors(struct sums *s, const struct bl_measured *m)
{
    double first = NAN;

    s->constant = true;
    for (size_t i = 0; i < m->n; i++) {
        double error = m->predicted[i] - m->y[i];
        uint32_t w = weight_of(m, i);
        if (w == 0)
            continue;
        if (s->rows == 0)
            first = m->y[i];
        s->rows += w;
        s->constant = s->constant && m->y[i] == first;
        bl_sum2_add(&s->y, w * m->y[i]);
        bl_sum2_add(&s->square, w * (error * error));
        bl_sum2_add(&s->absolute, w * fabs(error));
    }
    s->mean = bl_sum2_value(s->y) / (double)s->rows;
    for (size_t i = 0; i < m->n; i++)
        if (weight_of(m, i))
            bl_sum2_add(&s->spread, weight_of(m, i) * ((m->y[i] - s->mean) * (m->y[i] - s->mean)));
}

/* A compensated sum that overflowed holds inf - inf in its error: the plain sum knows better. */
static double value_of(struct bl_sum2 sum)
{
    return isfinite(sum.s) ? bl_sum2_value(sum) : sum.s;
}

bool bl_values_judge(struct bl_evaluation *e, const struct bl_measured *m, double loss)
{
    static const char beyond[] = "the predictions leave the range of numbers";
    struct sums s = {0};
    double mse;

    add_errors(&s, m);
    e->rows = s.rows;
    if (s.rows == 0)
        return false;
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

bool bl_evaluate_values(struct bl_evaluation *e, const double *predicted, const double *y, size_t n,
                        double loss, struct bl_error *err)
{
    struct bl_measured m = {predicted, y, NULL, n};

    bl_evaluation_start(e, BL_REGRESSION);
    if (bl_values_judge(e, &m, loss))
        return true;
    bl_evaluation_free(e);
    return bl_fail(err, BL_STATE, "there are no rows with a target to evaluate");
}
