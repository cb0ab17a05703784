/* finetune: a model is trained further on new rows, with some of the old ones among them, and told what it forgets. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/language/commands/again.h"

enum { FEW_EPOCHS = 5 };

struct tuning {
    struct bl_dataset *from;
    struct judged before;
    struct bl_matrix *old;      /* rows that the model was judged on: validation, else training */
    enum bl_part old_part;
    double *theta;              /* before */
    struct bl_contestant contestant;
    double rehearsal;
    int64_t rows;               /* the last so many of the file; 0: all */
    char kept[100];             /* "flowers@2", the kept model that goes on; "" : the current run */
    size_t n_new, n_learned, n_old; /* rows of the file; of them those learned from; old rows among these */
    size_t passed;              /* rows in front of the last rows= */
    size_t unknown;             /* rows of the file without a target that the model knows */
    struct bl_table *table;
};

/* ---- what is asked for ---------------------------------------------------------------------------------------*/

/* A first word that is no contestant names a kept model. */
static bool is_kept(const struct bl_args *a)
{
    struct bl_settings set;
    struct bl_call call;
    bool regime;

    if (!a->n_words || strchr(a->words[0].text, '@'))
        return a->n_words > 0;
    bl_settings_init(&set);
    if (!bl_call_parse(a->words[0].text, &call, NULL))
        return false;
    regime = bl_settings_regime(&set, call.name, NULL);
    bl_call_free(&call);
    return !regime && bl_kept_name_check(a->words[0].text, NULL);
}

/* Trained again from where it came from, in this session; it must be what was kept, to the bit. */
static bool make_again(struct bl_session *s, const struct bl_kept *k, char *why, size_t size, struct bl_error *err)
{
    json_t *provenance = json_loads(k->provenance, JSON_REJECT_DUPLICATES, NULL);
    const json_int_t update = json_integer_value(json_object_get(provenance, "update"));
    struct judged j = { 0 };
    bool good = true;
    char line[64];

    snprintf(line, sizeof line, "goto update %lld", (long long)update);
    again_check_data(provenance, why, size);
    if (!*why && !json_array_size(json_object_get(provenance, "commands")))
        snprintf(why, size, "commands: the model does not say how it was made");
    if (!*why && again_here(s, provenance, why, size))
        good = judge(s, &j, err);
    if (good && !*why && (json_int_t)bl_trainer_update(j.t) != update)
        good = !again_lines(s, line, why, size) || judge(s, &j, err);
    good = good && (*why || again_compare(k, &j, provenance, why, size, err));
    json_decref(provenance);
    return good;
}

static bool kept_back(struct bl_session *s, const struct bl_args *a, struct tuning *x, struct bl_error *err)
{
    struct bl_language *l = bl_language_of(s);
    struct bl_kept_row row = { 0 };
    struct bl_kept *k = kept_find(a->words[0].text, &row, err);
    char why[700] = "";
    bool good;

    if (!k)
        return bl_at_word(err, a, 0);
    kept_label(&row, x->kept, sizeof x->kept);
    if (l->opened) { /* it is frozen no more: what goes on is another run */
        bl_kept_free(l->opened);
        l->opened = NULL;
        bl_workbench_freeze(s->workbench, NULL);
    }
    good = make_again(s, k, why, sizeof why, err);
    bl_kept_free(k);
    if (!good || !*why)
        return good;
    bl_fail(err, BL_STATE, "%s can not go on: it does not come out as it was kept (%s)", x->kept, why);
    bl_hint(err, "verify %s tells what changed; retrain %s data=FILE trains it anew", x->kept, row.name);
    return bl_at_word(err, a, 0);
}

static bool ask(struct bl_session *s, const struct bl_args *a, struct tuning *x, struct bl_error *err)
{
    static const char *const otherwise[] = {"mini:32", NULL};
    struct bl_contestant c[CONTESTANTS_MAX];
    size_t n = 0;

    x->rehearsal = 0.5;
    if (!bl_arg(a, "data")) {
        bl_fail(err, BL_USAGE, "finetune needs new rows: data=FILE, or data=DATASET");
        return bl_hint(err, "finetune data=new.csv");
    }
    if (!bl_arg_number(a, "rehearsal", &x->rehearsal, err) || !bl_arg_integer(a, "rows", 5, INT32_MAX, &x->rows, err) ||
        !contestants_parse(s, a, otherwise, c, &n, err))
        return false;
    if (!(x->rehearsal >= 0 && x->rehearsal < 1)) {
        bl_fail(err, BL_VALUE, "rehearsal=%s is not from 0 to below 1: it is the share of old rows", bl_arg(a, "rehearsal"));
        bl_hint(err, "rehearsal=0.5");
        return bl_at_pair(err, a, "rehearsal");
    }
    if (n != 1) {
        bl_fail(err, BL_USAGE, "finetune trains one contestant, here are %zu", n);
        return bl_hint(err, "finetune data=new.csv mini:32 lr=0.01");
    }
    x->contestant = c[0];
    if (!bl_arg(a, "epochs"))
        x->contestant.settings.epochs = FEW_EPOCHS;
    return true;
}

/* The run that is to go on, and what it was judged on. */
static bool look_back(struct bl_session *s, struct tuning *x, struct bl_error *err)
{
    const struct bl_prepared *p;

    if (!judge(s, &x->before, err))
        return false;
    p = x->before.p;
    x->from = bl_workbench_dataset(s->workbench, err);
    x->old_part = p->part[BL_VALIDATION] ? BL_VALIDATION : BL_TRAIN;
    x->old = bl_recipe_apply(p->recipe, x->from->table, &x->from->roles, p->split.rows[x->old_part], p->split.n[x->old_part], bl_workbench_pool(s->workbench), err);
    x->theta = bl_calloc(x->before.o->n_params + 1, sizeof *x->theta);
    if (!x->old || !x->theta)
        return x->old ? bl_fail_memory(err, "the model before") : false;
    memcpy(x->theta, bl_trainer_theta(x->before.t), x->before.o->n_params * sizeof *x->theta);
    return true;
}

/* ---- new rows and old ones ------------------------------------------------------------------------------------*/

static bool same_bytes(struct bl_session *s, const struct bl_args *a, const struct bl_table *t, struct bl_error *err)
{
    struct bl_language *l = bl_language_of(s);
    const char *wanted = bl_arg(a, "sha256"), *is = bl_table_sha256(t);

    l->recorded[0] = '\0';
    if (wanted && strcmp(wanted, is)) {
        bl_fail(err, BL_DATA, "%s has changed (sha256 %.12s..., was %.12s...)", bl_arg(a, "data"), *is ? is : "unknown", wanted);
        bl_hint(err, "take the file back from a copy, or leave sha256= out");
        return bl_at_pair(err, a, "sha256");
    }
    if (!wanted && *is)
        snprintf(l->recorded, sizeof l->recorded, " sha256=%s", is);
    return true;
}

/* So many of the training rows, drawn from (seed, BL_FOR_SAMPLE, 3), in their order, as a table. */
static int compare_rows(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static struct bl_table *old_rows(struct bl_session *s, const struct tuning *x, const char *name, struct bl_error *err)
{
    const struct bl_split *split = &x->before.p->split;
    struct bl_random r = bl_random_stream(bl_workbench_seed(s->workbench), BL_FOR_SAMPLE, 3, 0);
    uint32_t *rows = bl_calloc(split->n[BL_TRAIN] + 1, sizeof *rows);
    struct bl_table *t = NULL;

    if (rows) {
        memcpy(rows, split->rows[BL_TRAIN], split->n[BL_TRAIN] * sizeof *rows);
        bl_random_shuffle(&r, rows, split->n[BL_TRAIN]);
        qsort(rows, x->n_old, sizeof *rows, compare_rows);
        t = bl_sample_table(x->from->table, rows, x->n_old, name, err);
    } else
        bl_fail_memory(err, "the old rows");
    bl_free(rows);
    return t;
}

/* The rows of the file that the model can learn from, as a table with the columns of the dataset. */
static struct bl_table *known_rows(const struct tuning *x, const struct bl_table *t, const struct bl_table *all, size_t *passed, struct bl_error *err)
{
    const struct bl_roles *roles = &x->from->roles;
    uint32_t *rows = bl_calloc(all->n_rows + 1, sizeof *rows);
    struct bl_table *to = NULL;
    size_t n = 0;

    for (size_t i = t->n_rows; rows && i < all->n_rows; i++)
        if (!isnan(bl_roles_y(roles, all, i)))
            rows[n++] = (uint32_t)i;
    if (rows && x->rows && n > (size_t)x->rows) { /* the newest */
        memmove(rows, rows + n - (size_t)x->rows, (size_t)x->rows * sizeof *rows);
        *passed = n - (size_t)x->rows;
        n = (size_t)x->rows;
    }
    if (!rows)
        bl_fail_memory(err, "the new rows");
    else if (n < 5) {
        bl_fail(err, BL_DATA, "%zu rows of the new ones have a %s that the model knows, and 5 are needed", n, t->columns[roles->target].name);
        bl_hint(err, "predict answers for rows without a target");
    } else
        to = bl_sample_table(all, rows, n, all->name, err);
    bl_free(rows);
    return to;
}

static bool *needed_columns(const struct bl_dataset *d)
{
    bool *needed = bl_calloc(d->table->n_columns + 1, sizeof *needed);

    for (size_t j = 0; needed && j < d->table->n_columns; j++)
        needed[j] = d->roles.feature[j] || j == d->roles.target || j == d->roles.weight;
    return needed;
}

/* Old rows first, then those of the file: the last fifth of them is kept for judging. */
static bool put_together(struct bl_session *s, const struct bl_table *more, const char *name, struct tuning *x, struct bl_error *err)
{
    const struct bl_table *t = x->from->table;
    bool *needed = needed_columns(x->from);
    struct bl_table *all = needed ? bl_table_stack(t, more, needed, t->name, err) : NULL, *known = all ? known_rows(x, t, all, &x->passed, err) : NULL, *old = NULL;
    const size_t have = x->before.p->split.n[BL_TRAIN];

    if (!needed)
        bl_fail_memory(err, "the columns");
    if (known) {
        x->unknown = more->n_rows - known->n_rows - x->passed;
        x->n_new = known->n_rows;
        x->n_learned = x->n_new - x->n_new / 5;
        x->n_old = (size_t)nearbyint((double)x->n_learned * x->rehearsal / (1 - x->rehearsal));
        x->n_old = x->n_old < have ? x->n_old : have;
        old = old_rows(s, x, name, err);
    }
    if (old)
        x->table = bl_table_stack(old, known, needed, name, err);
    bl_free(needed);
    bl_table_free(all);
    bl_table_free(known);
    bl_table_free(old);
    return x->table != NULL;
}

static bool gather(struct bl_session *s, const struct bl_args *a, struct tuning *x, struct bl_result *r, struct bl_error *err)
{
    const char *name = bl_arg(a, "name");
    char tuned[80];
    struct bl_table *more;
    bool good;

    if (!bl_arg_dataset_name(a, err))
        return false;
    snprintf(tuned, sizeof tuned, "%.57s-tuned", x->from->table->name);
    name = name ? name : tuned;
    if (!strcmp(name, x->from->table->name)) {
        bl_fail(err, BL_VALUE, "name=%s is the dataset that the model comes from, which stays", name);
        bl_hint(err, "name=%s", tuned);
        return bl_at_pair(err, a, "name");
    }
    more = bl_other_table(s, x->from->table, bl_arg(a, "data"), r, err);
    if (!more)
        return err->line ? false : bl_at_pair(err, a, "data");
    good = same_bytes(s, a, more, err) && (put_together(s, more, name, x, err) || bl_at_pair(err, a, "data"));
    bl_table_free(more);
    return good;
}

/* ---- training ----------------------------------------------------------------------------------------------------*/

/* The rows become the current dataset, which begins where the model stood. */
static bool begin(struct bl_session *s, const struct bl_args *a, struct tuning *x, struct bl_result *r, struct bl_error *err)
{
    struct bl_recipe *recipe = bl_recipe_copy(x->before.p->recipe);
    const struct bl_objective *o = x->before.o;
    const double n = (double)(x->n_old + x->n_new), learned = (double)(x->n_old + x->n_learned);
    struct bl_objective shape = {.type = bl_objective_find(o->type->network ? "mlp" : o->type->name), .n_params = o->n_params};
    struct bl_dataset *d;
    bool good;

    if (!recipe) {
        bl_table_free(x->table);
        return bl_fail_memory(err, "the recipe");
    }
    good = bl_dataset_follow(s, x->table, x->from, a->line, err);
    d = good ? bl_workbench_dataset(s->workbench, err) : NULL;
    if (d) {
        d->how = (struct bl_split_how){.kind = BL_SPLIT_TIME, .column = SIZE_MAX};
        d->stratify = false;
        d->split_given = true;
        d->percent[BL_TRAIN] = 100 * learned / n;
        d->percent[BL_VALIDATION] = 100 - d->percent[BL_TRAIN];
        d->percent[BL_TEST] = 0;
        d->defaults_told = true;
        good = bl_workbench_warm(s->workbench, &shape, x->theta, recipe, err);
    }
    bl_recipe_free(recipe);
    return good && contestants_fit(s, &x->contestant, 1, r, err) && bl_workbench_start(s->workbench, &x->contestant, 1, NAN, false, err) &&
           run_advance(s, (struct bl_goal){.kind = BL_GOAL_EPOCH, .at = (int64_t)x->contestant.settings.epochs}, err);
}

/* ---- what came out ------------------------------------------------------------------------------------------------*/

static bool figures(struct bl_session *s, const struct judged *j, const double *theta, const struct bl_matrix *m, struct bl_evaluation *e, struct bl_error *err)
{
    const size_t k = judge_width(j);
    double *out = bl_calloc(m->n_rows + 1, k * sizeof *out);
    bool good;

    if (!out)
        return bl_fail_memory(err, "the predictions");
    bl_objective_predict(j->o, theta, m, out, bl_workbench_pool(s->workbench));
    good = j->o->n_classes ? bl_evaluate_classes(e, out, m->y, m->n_rows, k, 1, NAN, bl_workbench_pool(s->workbench), err)
                           : bl_evaluate_values(e, out, m->y, m->n_rows, NAN, err);
    bl_free(out);
    return good;
}

static json_t *figures_json(struct bl_result *r, const struct bl_evaluation *e)
{
    json_t *one = json_object();

    bl_json_set(r, one, "rows", json_integer((json_int_t)e->rows));
    for (size_t i = 0; i < e->n_figures; i++)
        if (strcmp(e->figures[i].metric->name, "loss"))
            bl_json_figure(r, one, e->figures[i].metric->name, e->figures[i].value, e->figures[i].reason);
    return one;
}

static const char *const told[2][2] = {{"rmse", "mae"}, {"accuracy", "log_loss"}};

static void rows_of_table(struct bl_grid *g, const char *what, size_t rows, const struct bl_evaluation *e, bool classes)
{
    for (size_t i = 0; i < 2; i++) {
        const struct bl_figure *before = bl_evaluation_figure(&e[0], told[classes][i]), *after = bl_evaluation_figure(&e[1], told[classes][i]);

        bl_grid_text(g, i ? "" : what);
        if (i)
            bl_grid_skip(g);
        else
            bl_grid_count(g, rows);
        bl_grid_text(g, told[classes][i]);
        bl_grid_number(g, before ? before->value : NAN);
        bl_grid_number(g, after ? after->value : NAN);
        bl_grid_number(g, before && after ? after->value - before->value : NAN);
    }
}

static void table(struct bl_result *r, const struct tuning *x, const struct bl_evaluation e[2][2], bool classes)
{
    static const char *const headers[] = {"before", "after", "change"};
    struct bl_grid *g = bl_result_grid(r);

    bl_grid_column(g, "judged on", BL_LEFT);
    bl_grid_column(g, "rows", BL_COUNT);
    bl_grid_column(g, "figure", BL_LEFT);
    for (size_t i = 0; i < 3; i++)
        bl_grid_column(g, headers[i], BL_MIXED);
    rows_of_table(g, "new rows", e[1][0].rows, e[1], classes);
    rows_of_table(g, x->old_part == BL_VALIDATION ? "old validation rows" : "old training rows", e[0][0].rows, e[0], classes);
}

/* Losses where less is better; accuracy where more is: what got worse on the old rows is forgotten. */
static void forgotten(struct bl_result *r, const struct bl_evaluation *old, bool classes)
{
    const double before = bl_evaluation_figure(&old[0], told[classes][0])->value, after = bl_evaluation_figure(&old[1], told[classes][0])->value;
    const double lost = classes ? before - after : after - before;
    char a[32];

    bl_result_number(r, "forgotten", lost, NULL);
    if (lost > 0)
        bl_result_line(r, "forgotten: %s of %s on the old rows; a larger rehearsal= or a smaller lr= keeps more", bl_number_format(a, sizeof a, lost, 3),
                       told[classes][0]);
    else
        bl_result_line(r, "nothing of what it knew is forgotten");
}

static bool tell(struct bl_session *s, struct bl_result *r, const struct tuning *x, struct bl_error *err)
{
    struct judged now;
    struct bl_evaluation e[2][2] = {{{0}}};
    bool good = judge(s, &now, err), classes = now.o && now.o->n_classes > 0;
    const char *const names[2][2] = {{"old_before", "old_after"}, {"new_before", "new_after"}};

    for (size_t i = 0; good && i < 4; i++)
        good = figures(s, &now, i % 2 ? bl_trainer_theta(now.t) : x->theta, i / 2 ? now.p->part[BL_VALIDATION] : x->old, &e[i / 2][i % 2], err);
    if (good) {
        bl_result_line(r, "%s%s%s went on with %zu new rows and %zu old ones; %zu more, the last of the file, are to judge by", x->kept, *x->kept ? ", " : "", now.o->type->network ? "mlp" : now.o->type->name,
                       x->n_learned, x->n_old, x->n_new - x->n_learned);
        if (x->passed)
            bl_result_line(r, "rows=%lld: %zu row%s in front of them passed over", (long long)x->rows, x->passed, x->passed == 1 ? " is" : "s are");
        if (x->unknown)
            bl_result_line(r, "%zu row%s left out: no target, or a class that the model does not have", x->unknown, x->unknown == 1 ? "" : "s");
        table(r, x, (const struct bl_evaluation(*)[2])e, classes);
        for (size_t i = 0; i < 4; i++)
            bl_result_set(r, names[i / 2][i % 2], figures_json(r, &e[i / 2][i % 2]));
        forgotten(r, e[0], classes);
        bl_result_line(r, "%s is the current dataset now, the recipe that of %s; use %s goes back to it", now.p->dataset->table->name, x->from->table->name,
                       x->from->table->name);
    }
    for (size_t i = 0; i < 4; i++)
        bl_evaluation_free(&e[i / 2][i % 2]);
    return good;
}

static bool finetune(struct bl_session *s, const struct bl_args *a, struct tuning *x, struct bl_result *r, struct bl_error *err)
{
    struct bl_args further = *a;
    const bool kept = is_kept(a);

    if (kept) {
        further.words++;
        further.n_words--;
    }
    if (!ask(s, &further, x, err) || (kept && !kept_back(s, a, x, err)))
        return false;
    bl_language_of(s)->recorded_first = kept;
    if (kept)
        bl_result_set(r, "model", bl_json_text(x->kept));
    if (!look_back(s, x, err) || !gather(s, a, x, r, err) || !begin(s, a, x, r, err))
        return false;
    bl_result_set(r, "dataset", bl_json_text(bl_workbench_dataset(s->workbench, NULL)->table->name));
    bl_result_set(r, "from", bl_json_text(x->from->table->name));
    bl_result_set(r, "new_rows", json_integer((json_int_t)x->n_learned));
    bl_result_set(r, "old_rows", json_integer((json_int_t)x->n_old));
    bl_result_set(r, "judging_rows", json_integer((json_int_t)(x->n_new - x->n_learned)));
    bl_result_set(r, "left_out", json_integer((json_int_t)x->unknown));
    if (s->in_dashboard) { /* training goes on there */
        bl_result_line(r, "%s goes on with %zu new rows and %zu old ones", x->from->table->name, x->n_learned, x->n_old);
        return true;
    }
    return run_tell_result(s, r, err) && tell(s, r, x, err);
}

static bool run_finetune(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct tuning *x = bl_calloc(1, sizeof *x);
    bool good = x ? finetune(s, a, x, r, err) : bl_fail_memory(err, "fine-tuning");

    if (x) {
        bl_matrix_free(x->old);
        bl_free(x->theta);
    }
    bl_free(x);
    return good;
}

const struct bl_command bl_command_finetune = {
    .name = "finetune",
    .arguments = "[MODEL[@VERSION]] [CONTESTANT] data=FILE|DATASET [key=value ...]",
    .group = "train",
    .summary = "train a model further on new rows, with old ones among them",
    .help = "The run goes on from where it stands, on the new rows and, rehearsal=0.5, as many of its old training rows, drawn by the seed; the "
            "recipe is replayed as it was fitted, not fitted anew. A fifth of the new rows is kept for judging. Figures before and "
            "after are told on those and on the old validation rows: what got worse there is forgotten. Without a contestant mini:32, 5 epochs. "
            "The rows become a dataset of their own (name=, else NAME-tuned) and the current one, with the new run: step, eval and save go on from "
            "there; use goes back. With the name of a kept model that goes on: it is trained again from where it came from, must come out as it was "
            "kept, to the bit, and the new run says in its provenance all that made it. rows=N learns from the last N of the new rows alone; freeze=N, of "
            "a network, keeps the first N layers as they are, to the bit.",
    .examples = BL_EXAMPLES("generate drift; train batch; finetune data=drift lr=0.1 name=further",
                            "load iris; train batch; finetune data=iris mini:16 rehearsal=0.2",
                            "load iris; model mlp 8; train mini; save n; finetune n data=iris"),
    .see = "stream, train, drift, retrain",
    .first = BL_ARG_CONTESTANT,
    .further = BL_ARG_CONTESTANT,
    .run_settings = true,
    .keys = BL_KEYS({"data", "", "new rows: a file, or a dataset that is loaded"}, {"rehearsal", "", "share of old rows among those learned from (0.5)"},
                    {"rows", "", "the last so many of the new rows (all)"}, {"name", "", "of the dataset that the rows become"}, {"sha256", "", "that the file must have"}),
    .run = run_finetune,
};
