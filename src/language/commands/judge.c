/* Which contestant is judged, on which rows. */
#include "src/language/commands/judge.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *const bl_all_parts[] = { "train", "validation", "test", NULL };
const char *const bl_open_parts[] = { "train", "validation", NULL };

static size_t best_contestant(struct bl_race *race)
{
    size_t best = 0;
    double lowest = INFINITY;

    for (size_t i = 0; i < bl_race_size(race); i++) {
        struct bl_point p;
        double loss;
        if (!bl_trainer_point(bl_race_trainer(race, i), &p, NULL))
            continue;
        loss = isnan(p.validation_loss) ? p.train_loss : p.validation_loss;
        if (loss < lowest) {
            lowest = loss;
            best = i;
        }
    }
    return best;
}

bool judge(struct bl_session *s, struct judged *j, struct bl_error *err)
{
    struct bl_race *race = bl_workbench_race(s->workbench, err);
    size_t best;

    j->p = race ? bl_workbench_prepare(s->workbench, NULL, err) : NULL;
    j->o = j->p ? bl_workbench_objective(s->workbench, err) : NULL;
    if (!j->o)
        return false;
    best = best_contestant(race);
    j->t = bl_race_trainer(race, best);
    j->name = bl_race_size(race) > 1 ? bl_race_name(race, best) : NULL;
    return true;
}

bool judge_part(const struct bl_args *a, const struct judged *j, bool vault, enum bl_part *part, struct bl_error *err)
{
    size_t word = j->p->part[BL_VALIDATION] ? BL_VALIDATION : BL_TRAIN;

    if (a && a->n_words && !bl_word_choice(a, 0, bl_all_parts, &word, err))
        return false;
    if (word == BL_TEST && !vault) {
        bl_fail(err, BL_STATE, "the test rows are opened by eval test alone, which counts each look");
        bl_hint(err, "%s validation, or eval test", a->verb);
        return bl_at_word(err, a, 0);
    }
    *part = (enum bl_part)word;
    if (j->p->part[word])
        return true;
    bl_fail(err, BL_STATE, "the split has no %s rows", bl_all_parts[word]);
    return bl_hint(err, "split 60 20 20");
}

size_t judge_width(const struct judged *j)
{
    return j->o->n_classes ? j->o->n_classes : 1;
}

bool judge_predict(struct bl_session *s, const struct judged *j, const struct bl_matrix *m, double **out, struct bl_error *err)
{
    *out = bl_calloc(m->n_rows + 1, judge_width(j) * sizeof **out);
    if (!*out)
        return bl_fail_memory(err, "the predictions");
    bl_objective_predict(j->o, bl_trainer_theta(j->t), m, *out, bl_workbench_pool(s->workbench));
    return true;
}

bool judge_figures(struct bl_session *s, const struct judged *j, const struct bl_matrix *m, struct bl_evaluation *e, struct bl_error *err)
{
    struct bl_pool *pool = bl_workbench_pool(s->workbench);
    struct bl_workspace *w = bl_workspace_create(j->o, pool, err);
    double *out = NULL, loss;
    bool good = w && judge_predict(s, j, m, &out, err);

    if (good) {
        loss = bl_objective_pass(j->o, m, bl_trainer_theta(j->t), NULL, w);
        good = j->o->n_classes ? bl_evaluate_classes(e, out, m->y, m->n_rows, judge_width(j), 1, loss, pool, err)
                               : bl_evaluate_values(e, out, m->y, m->n_rows, loss, err);
    }
    bl_free(out);
    bl_workspace_free(w);
    return good;
}

size_t judge_number(const struct bl_roles *roles, size_t class)
{
    return bl_roles_class(roles, class); /* at most two are exchanged: the map is its own inverse */
}

void judge_head(struct bl_result *r, const struct judged *j, enum bl_part part, size_t rows)
{
    bl_result_set(r, "split", json_string(bl_all_parts[part]));
    bl_result_set(r, "rows", json_integer((json_int_t)rows));
    if (j->name)
        bl_result_set(r, "contestant", bl_json_text(j->name));
    bl_result_line(r, "%zu %s rows%s%s, at epoch %g", rows, bl_all_parts[part], j->name ? ", contestant " : "", j->name ? j->name : "",
                   bl_trainer_epoch(j->t));
}

bool judge_task(const struct judged *j, enum bl_task task, const char *command, const char *instead, struct bl_error *err)
{
    if (j->p->dataset->roles.task == task)
        return true;
    bl_fail(err, BL_STATE, "%s is for a %s, and the target '%s' makes a %s", command, bl_task_name(task),
            j->p->dataset->table->columns[j->p->dataset->roles.target].name, bl_task_name(j->p->dataset->roles.task));
    return bl_hint(err, "%s", instead);
}

/* ---- confusion -------------------------------------------------------------------------------------------*/

static size_t cell(const struct bl_evaluation *e, const struct bl_roles *roles, size_t i, size_t k)
{
    return e->confusion[judge_number(roles, i) * e->n_classes + judge_number(roles, k)];
}

void confusion_tell(struct bl_result *r, const struct bl_evaluation *e, const struct bl_roles *roles)
{
    json_t *matrix = json_array(), *names = json_array();
    struct bl_grid *g = bl_result_grid(r);

    bl_grid_column(g, "true \\ predicted", BL_LEFT);
    for (size_t k = 0; k < e->n_classes; k++)
        bl_grid_column(g, roles->classes[k], BL_COUNT);
    for (size_t i = 0; i < e->n_classes; i++) {
        json_t *row = json_array();
        bl_grid_text(g, roles->classes[i]);
        for (size_t k = 0; k < e->n_classes; k++) {
            bl_json_append(r, row, json_integer((json_int_t)cell(e, roles, i, k)));
            bl_grid_count(g, cell(e, roles, i, k));
        }
        bl_json_append(r, matrix, row);
        bl_json_append(r, names, bl_json_text(roles->classes[i]));
    }
    bl_result_set(r, "confusion", matrix);
    bl_result_set(r, "labels", names);
}
