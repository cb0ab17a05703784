/* What rows count: weights of rows times weights of classes, scaled to a mean of 1. */
#include "src/learn/network.h"

#include <math.h>

static bool refuse(const struct bl_matrix *m, size_t i, struct bl_error *err)
{
    char value[32];

    bl_fail(err, BL_VALUE, "the weight of row %zu is %s, and a weight is a number of 0 or more", m->row ? (size_t)m->row[i] : i,
            isnan(m->weight[i]) ? "missing" : bl_number_exact(value, sizeof value, m->weight[i]));
    return bl_hint(err, "weights none, or filter out such rows");
}

static bool check_weights(const struct bl_matrix *m, struct bl_error *err)
{
    for (size_t i = 0; m->weight && i < m->n_rows; i++)
        if (!(m->weight[i] >= 0 && isfinite(m->weight[i])))
            return refuse(m, i, err);
    return true;
}

static double own_weight(const struct bl_objective *o, const struct bl_matrix *m, size_t i)
{
    double w = m->weight ? m->weight[i] : 1;

    return o->class_weight && m->y && isfinite(m->y[i]) ? w * o->class_weight[(size_t)m->y[i]] : w;
}

static bool weights_of(const struct bl_objective *o, const struct bl_matrix *m, double **weight, struct bl_error *err)
{
    struct bl_sum2 total = {0, 0};
    bool alike = true;
    double mean;

    *weight = NULL;
    if ((!m->weight && !o->class_weight) || m->n_rows == 0)
        return true;
    if (!check_weights(m, err))
        return false;
    for (size_t i = 0; i < m->n_rows; i++) {
        alike = alike && own_weight(o, m, i) == own_weight(o, m, 0);
        bl_sum2_add(&total, own_weight(o, m, i));
    }
    mean = bl_sum2_value(total) / (double)m->n_rows;
    if (!(mean > 0 && isfinite(mean))) {
        bl_fail(err, BL_VALUE, "%s", mean > 0 ? "the weights are too large to be added up" : "all rows have weight 0: there is nothing to learn from");
        return bl_hint(err, "weights none, or class_weight=none");
    }
    if (alike)
        return true;
    if (!(*weight = bl_aligned(m->n_rows, sizeof **weight)))
        return bl_fail_memory(err, "the weights of rows");
    for (size_t i = 0; i < m->n_rows; i++)
        (*weight)[i] = own_weight(o, m, i) / mean;
    return true;
}

bool bl_weights_of(const struct bl_objective *o, const struct bl_matrix *m, double **weight)
{
    return weights_of(o, m, weight, NULL);
}

/* ---- classes --------------------------------------------------------------------------------------*/
/* n / (classes × rows of the class), rows by their weights; a class without rows counts 1. */
static void balance(const struct bl_objective *o, double *class_weight)
{
    const struct bl_matrix *m = o->train;
    double total = 0;

    for (size_t i = 0; i < m->n_rows; i++) {
        double w = m->weight ? m->weight[i] : 1;
        class_weight[(size_t)m->y[i]] += w;
        total += w;
    }
    for (size_t c = 0; c < o->n_classes; c++)
        class_weight[c] = class_weight[c] > 0 ? total / ((double)o->n_classes * class_weight[c]) : 1;
}

static bool take_classes(struct bl_objective *o, const double *class_weight, bool balanced, struct bl_error *err)
{
    if (!class_weight && !balanced)
        return true;
    if (o->n_classes == 0) {
        bl_fail(err, BL_VALUE, "class_weight needs classes, and model %s predicts a number", o->type->name);
        return bl_hint(err, "weights COLUMN gives each row a weight");
    }
    if (!(o->class_weight = bl_calloc(o->n_classes, sizeof *o->class_weight)))
        return bl_fail_memory(err, "the weights of classes");
    for (size_t c = 0; class_weight && c < o->n_classes; c++) {
        if (!(class_weight[c] >= 0 && isfinite(class_weight[c]))) {
            bl_fail(err, BL_VALUE, "the weight of a class is %g, and must be a number of 0 or more", class_weight[c]);
            return bl_hint(err, "class_weight=balanced");
        }
        o->class_weight[c] = class_weight[c];
    }
    if (!class_weight)
        balance(o, o->class_weight);
    return true;
}

static void forget(struct bl_objective *o)
{
    bl_free(o->class_weight);
    bl_free(o->weight);
    bl_free(o->validation_weight);
    o->class_weight = o->weight = o->validation_weight = NULL;
    o->least_weight = 1;
}

bool bl_objective_weigh(struct bl_objective *o, const double *class_weight, bool balanced, struct bl_error *err)
{
    forget(o);
    if (!check_weights(o->train, err) || !take_classes(o, class_weight, balanced, err) || !weights_of(o, o->train, &o->weight, err) ||
        (o->validation && !weights_of(o, o->validation, &o->validation_weight, err))) {
        forget(o);
        return false;
    }
    for (size_t i = 0; o->weight && i < o->train->n_rows; i++)
        if (o->weight[i] > 0)
            o->least_weight = fmin(o->least_weight, o->weight[i]);
    return true;
}

void bl_objective_done(struct bl_objective *o)
{
    if (!o)
        return;
    forget(o);
    bl_network_free(o->network);
    *o = (struct bl_objective){.type = NULL};
}
