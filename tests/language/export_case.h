/* Trained models for the tests of exporters, and what batchlab predicts with them. */
#ifndef BL_TESTS_LANGUAGE_EXPORT_CASE_H
#define BL_TESTS_LANGUAGE_EXPORT_CASE_H

#include "harness.h"
#include "batchlab/evaluate.h"

#include <math.h>

/* Every operation of a recipe and every model and layer that can be kept is in one of these. */
static const char *const export_cases[] = {
    "load iris; train full:newton epochs=6",
    "load breast_cancer; train mini:32 epochs=5",
    "load diabetes; train full:closed",
    "load titanic; model logistic l2=0.1; train full:newton",
    "load titanic; target Survived positive=0; model softmax l2=0.1; train full:newton",
    "load titanic; target Survived positive=0; model svm; train batch lr=0.01",
    "load titanic; model svm2 l2=0.1 intercept=no; train batch lr=0.01",
    "load bike_hour; prep dates parts=year,month,day,weekday,hour,minute,second,yearday,quarter,days,weekend; prep log columns=temp; prep minmax; model poisson l2=0.1; train full:newton epochs=4",
    "load diabetes; model huber; train batch; ",
    "load diabetes; model quantile; train batch",
    "load breast_cancer; model mlp 8,4 norm=batch; train mini:16 epochs=3",
    "load iris; model mlp 6 activation=tanh norm=layer dropout=0.2; train mini:16 epochs=3",
    "load diabetes; model mlp 6 activation=sigmoid intercept=no; train mini:16 epochs=3",
    "load titanic; prep impute indicator=yes; prep bins n=4 columns=Age; prep power columns=Fare; prep onehot min=20; prep standardize; "
    "model mlp 8 activation=gelu; train mini:16 epochs=3",
    "load titanic; prep impute; prep ordinal columns=Sex; prep target columns=Embarked; prep quantile columns=Fare method=normal; prep spline "
    "columns=Age; prep poly degree=2; prep pca n=5; prep standardize; model logistic l2=1; train batch",
    "load titanic; prep complete columns=Age; prep robust columns=Fare; prep maxabs columns=Age; prep clip columns=SibSp; prep bins "
    "encode=ordinal columns=Parch n=3; prep interact columns=Age,Fare; prep quantile columns=PassengerId; prep onehot; prep impute; prep project "
    "n=6; train batch lr=0.001",
};
/* Steps that only C has. */
static const char *const export_shared[] = {
    "load titanic; prep hash columns=Embarked n=32; prep impute; prep hash columns=Sex n=4; prep standardize; train batch epochs=5",
    "load titanic; prep impute method=knn indicator=yes; prep onehot; prep standardize; model logistic l2=0.1; train full:newton",
    "load sms_spam; prep text max=120; train batch epochs=20",
    "load sms_spam; prep text method=counts max=60 ngrams=3; prep standardize; train batch epochs=5",
    "load sms_spam; prep text method=binary max=60 min=5; train batch epochs=5",
    "load sms_spam; prep text n=24 ngrams=2; train batch epochs=5 lr=0.01",
};
#define EXPORT_SHARED (sizeof export_shared / sizeof *export_shared)
#define EXPORT_CASES (sizeof export_cases / sizeof *export_cases)

struct expected { /* rows that are not those of training, and what is predicted of them */
    struct bl_table *table;
    double *out;   /* n_rows x width: probabilities by ascending class, or one number; nan: nothing is predicted */
    size_t width;
};

/* What nobody trained on is read otherwise: so a copy of the table. A missing cell in every hundredth row, too. */
static inline struct bl_table *export_rows(const struct bl_table *t)
{
    struct bl_error err = {0};
    uint32_t *rows = bl_calloc(t->n_rows, sizeof *rows);
    struct bl_table *copy;

    for (size_t i = 0; i < t->n_rows; i++)
        rows[i] = (uint32_t)i;
    copy = bl_sample_table(t, rows, t->n_rows, "rows", &err);
    bl_free(rows);
    assert_non_null(copy);
    for (size_t i = 0, j = 0; i < copy->n_rows; i += 100, j = (j + 1) % copy->n_columns) {
        struct bl_column *c = &copy->columns[j];
        if (c->code)
            c->code[i] = BL_MISSING_CODE;
        else
            c->number[i] = NAN;
    }
    return copy;
}

static inline struct expected export_expected(struct stage *g)
{
    struct bl_error err = {0};
    const struct bl_prepared *p = bl_workbench_prepare(g->workbench, NULL, &err);
    const struct bl_objective *o = bl_workbench_objective(g->workbench, &err);
    const double *theta = bl_trainer_theta(bl_race_trainer(bl_workbench_race(g->workbench, &err), 0));
    struct bl_roles roles = {.target = SIZE_MAX, .weight = SIZE_MAX, .positive = SIZE_MAX};
    struct expected e = {.table = export_rows(p->dataset->table), .width = o->n_classes && !o->type->scores ? o->n_classes : 1};
    size_t n = e.table->n_rows, each = o->n_classes ? o->n_classes : 1;
    uint32_t *rows = bl_calloc(n, sizeof *rows);
    double *said = bl_calloc(n * each, sizeof *said);
    struct bl_matrix *m;

    for (size_t i = 0; i < n; i++)
        rows[i] = (uint32_t)i;
    m = bl_recipe_apply_gaps(p->recipe, e.table, &roles, rows, n, NULL, &err);
    if (!m)
        fail_msg("%s", err.message);
    bl_objective_predict(o, theta, m, said, NULL);
    e.out = bl_calloc(n * e.width, sizeof *e.out);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < e.width; k++)
            e.out[i * e.width + k] = e.width > 1         ? said[i * each + bl_roles_class(&p->dataset->roles, k)]
                                     : o->type->scores ? said[i * each + 1]
                                                       : said[i * each];
    bl_matrix_free(m);
    bl_free(rows);
    bl_free(said);
    return e;
}

static inline void expected_free(struct expected *e)
{
    bl_table_free(e->table);
    bl_free(e->out);
}

#endif
