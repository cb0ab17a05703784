/* prep, recipe, split: from the table to what training reads. */
#include "command.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- telling a recipe -----------------------------------------------------------------------------------*/

/* A value a key; what a column has several of (levels, knots, edges) comes one by one, as a list. */
static void fitted_set(struct bl_result *r, json_t *column, const struct bl_fitted *f)
{
    static const char *const several[][2] = {{"level", "levels"}, {"knot", "knots"}, {"edge", "edges"}};
    json_t *value = f->text ? bl_json_text(f->text) : bl_json_number(f->number), *list;

    for (size_t i = 0; i < sizeof several / sizeof *several; i++) {
        if (strcmp(f->key, several[i][0]) != 0)
            continue;
        if (!(list = json_object_get(column, several[i][1]))) {
            list = json_array();
            bl_json_set(r, column, several[i][1], list);
        }
        bl_json_append(r, list, value);
        return;
    }
    bl_json_set(r, column, f->key, value);
}

/* "fitted": an object a column, its values by key. */
static json_t *fitted_json(struct bl_result *r, const struct bl_step_view *v)
{
    json_t *all = json_object();

    for (size_t i = 0; i < v->n_fitted; i++) {
        const struct bl_fitted *f = &v->fitted[i];
        const char *name = f->column ? f->column : "";
        json_t *column = json_object_get(all, name);

        if (!column) {
            column = json_object();
            bl_json_set(r, all, name, column);
        }
        fitted_set(r, column, f);
    }
    return all;
}

/* Numbers as numbers, words as words. */
static json_t *option_json(const char *value)
{
    int64_t whole;
    double x;

    if (bl_integer_parse(value, strlen(value), &whole))
        return json_integer(whole);
    return bl_number_parse(value, strlen(value), &x) ? bl_json_number(x) : bl_json_text(value);
}

static json_t *step_json(struct bl_result *r, const struct bl_step_view *v, bool fitted)
{
    json_t *one = json_object(), *columns = json_array();

    bl_json_set(r, one, "step", bl_json_text(v->step));
    for (size_t i = 0; i < v->n_options; i++)
        bl_json_set(r, one, v->options[i].key, option_json(v->options[i].value));
    for (size_t i = 0; i < v->n_columns; i++)
        bl_json_append(r, columns, bl_json_text(v->columns[i]));
    bl_json_set(r, one, "columns", columns);
    if (fitted)
        bl_json_set(r, one, "fitted", fitted_json(r, v));
    return one;
}

/* "impute(method=median)" */
static void step_name(const struct bl_step_view *v, struct bl_text *out)
{
    bl_text_add(out, v->step);
    for (size_t i = 0; i < v->n_options; i++)
        bl_text_addf(out, "%s%s=%s", i ? ", " : "(", v->options[i].key, v->options[i].value);
    bl_text_add(out, v->n_options ? ")" : "");
}

/* One row a fitted column: what was learnt from the training rows. */
static void step_rows(struct bl_grid *g, size_t number, const struct bl_step_view *v)
{
    struct bl_text name = {0};

    step_name(v, &name);
    for (size_t i = 0; i < v->n_fitted || i < 1;) {
        struct bl_text learnt = {0};
        const char *column = i < v->n_fitted ? v->fitted[i].column : NULL;
        char buffer[40];

        bl_grid_count(g, number);
        bl_grid_text(g, bl_text_get(&name));
        bl_grid_text(g, column ? column : v->n_columns == 1 ? v->columns[0] : "-");
        do {
            const struct bl_fitted *f = i < v->n_fitted ? &v->fitted[i] : NULL;

            if (f)
                bl_text_addf(&learnt, "%s%s %s", learnt.length ? ", " : "", f->key,
                             f->text ? f->text : bl_number_format(buffer, sizeof buffer, f->number, 4));
            i++;
        } while (i < v->n_fitted && column && v->fitted[i].column && strcmp(v->fitted[i].column, column) == 0);
        bl_grid_text(g, learnt.length ? learnt.at : "nothing to learn");
        bl_text_free(&learnt);
    }
    bl_text_free(&name);
}

static void features_json(struct bl_result *r, const struct bl_recipe *recipe)
{
    json_t *list = json_array();

    for (size_t j = 0; j < bl_recipe_features(recipe); j++)
        bl_json_append(r, list, bl_json_text(bl_recipe_feature(recipe, j)));
    bl_result_set(r, "features", list);
}

static void tell_recipe(struct bl_result *r, const struct bl_recipe *recipe, bool whole)
{
    const bool fitted = bl_recipe_fitted(recipe);
    const size_t n = bl_recipe_steps(recipe);
    struct bl_grid *g = whole && n ? bl_result_grid(r) : NULL;
    struct bl_text names = {0};
    json_t *steps = json_array();

    bl_grid_column(g, "step", BL_COUNT);
    bl_grid_column(g, "does", BL_LEFT);
    bl_grid_column(g, "column", BL_LEFT);
    bl_grid_column(g, "learnt from the training rows", BL_LEFT);
    for (size_t i = 0; i < n; i++) {
        struct bl_step_view v;

        bl_recipe_view(recipe, i, &v);
        bl_json_append(r, steps, step_json(r, &v, fitted));
        step_rows(g, i + 1, &v);
        bl_text_add(&names, i ? ", " : "");
        step_name(&v, &names);
    }
    bl_result_set(r, "steps", steps);
    if (fitted) {
        features_json(r, recipe);
        if (bl_recipe_compressed(recipe))
            bl_result_set(r, "sparse", json_true());
        bl_result_line(r, "recipe: %s; %zu feature%s%s", n ? bl_text_get(&names) : "numeric columns as they are",
                       bl_recipe_features(recipe), bl_recipe_features(recipe) == 1 ? "" : "s", bl_recipe_compressed(recipe) ? ", kept sparse" : "");
    } else {
        bl_result_line(r, "recipe: %s", n ? bl_text_get(&names) : "numeric columns as they are");
    }
    bl_text_free(&names);
}

/* Takes the new recipe over. A step that cannot take what it is given leaves everything as it was, as long
 * as that could be prepared; what a later step or split can mend is no failure. */
static bool set_recipe(struct bl_session *s, struct bl_dataset *d, struct bl_recipe *recipe, struct bl_result *r, struct bl_error *err)
{
    struct bl_recipe *before = d->recipe;
    struct bl_dataset wanted = *d;

    wanted.recipe = recipe;
    if (!bl_workbench_change(s->workbench, &wanted, bl_result_warnings(r), err)) {
        if (err->code != BL_STATE && bl_workbench_prepare(s->workbench, NULL, NULL)) {
            bl_recipe_free(recipe);
            return false;
        }
        d->recipe = recipe;
        bl_workbench_changed(s->workbench);
    }
    bl_recipe_free(before);
    return true;
}

/* The fitted recipe, or where it cannot be fitted yet the bare one with the reason as a warning. */
static void tell_prepared(struct bl_session *s, struct bl_result *r, const struct bl_dataset *d, bool whole)
{
    struct bl_error why = {0};
    const struct bl_prepared *p = bl_workbench_prepare(s->workbench, bl_result_warnings(r), &why);

    if (!p)
        bl_warn(bl_result_warnings(r), &why);
    tell_recipe(r, p ? p->recipe : d->recipe, whole);
    if (p)
        return;
    bl_result_set(r, "features", json_null());
    bl_result_set(r, "features_reason", bl_json_text(why.message));
}

/* ---- prep ---------------------------------------------------------------------------------------------------*/

/* Columns of columns=a,b as names of the table, NULL-terminated; all of them checked. */
static const char **named_columns(const struct bl_args *a, const struct bl_table *t, size_t *n, struct bl_error *err)
{
    const char *value = bl_arg(a, "columns");
    const struct bl_word word = {.text = value};
    const struct bl_args one = {.line = a->line, .words = &word, .n_words = value ? 1 : 0};
    size_t *at = NULL;
    const char **names;

    if (!bl_word_columns(&one, 0, t, false, &at, n, err)) {
        bl_at_pair(err, a, "columns");
        return NULL;
    }
    names = bl_calloc(*n + 1, sizeof *names);
    for (size_t i = 0; names && i < *n; i++)
        names[i] = t->columns[at[i]].name;
    bl_free(at);
    if (!names)
        bl_fail_memory(err, "column names");
    return names;
}

/* "prep impute median": the second word is the method. */
static size_t step_options(const struct bl_args *a, struct bl_option *options)
{
    size_t n = 0;

    if (a->n_words > 1)
        options[n++] = (struct bl_option){"method", a->words[1].text};
    for (size_t i = 0; i < a->n_pairs; i++)
        if (!bl_key_same(a->pairs[i].key, "columns"))
            options[n++] = (struct bl_option){a->pairs[i].key, a->pairs[i].value};
    return n;
}

/* `prep onehot species`: a column where only the steps that have methods take a word. */
static bool word_is_method(const struct bl_args *a, const struct bl_table *t, struct bl_error *err)
{
    const char *step = a->words[0].text;
    const char *const *keys = bl_step_keys(step);
    size_t column;

    if (a->n_words < 2 || !bl_step_summary(step)) /* an unknown step is told as such */
        return true;
    for (size_t i = 0; keys[i]; i++)
        if (strcmp(keys[i], "method") == 0)
            return true;
    if (bl_table_column(t, a->words[1].text, &column, NULL)) {
        bl_fail(err, BL_USAGE, "prep %s takes columns behind columns=", step);
        bl_hint(err, "prep %s columns=%s", step, bl_typed(t->columns[column].name).text);
    } else {
        bl_fail(err, BL_USAGE, "prep %s has no methods, so '%s' is too much", step, a->words[1].text);
        bl_hint(err, "prep %s (recipe steps lists what each step takes)", step);
    }
    return bl_at_word(err, a, 1);
}

/* The caret under the pair that the message speaks of, else under the step. */
static bool point_at_culprit(struct bl_error *err, const struct bl_args *a)
{
    for (size_t i = 0; i < a->n_pairs; i++) {
        char quoted[100];

        snprintf(quoted, sizeof quoted, "'%.90s'", a->pairs[i].value);
        if (strstr(err->message, quoted))
            return bl_at_pair(err, a, a->pairs[i].key);
        snprintf(quoted, sizeof quoted, "'%.90s'", a->pairs[i].key);
        if (strstr(err->message, quoted))
            return bl_at_pair(err, a, a->pairs[i].key);
    }
    return bl_at_word(err, a, a->n_words > 1 && strstr(err->message, a->words[1].text) ? 1 : 0);
}

static bool add_step(struct bl_recipe *recipe, const struct bl_args *a, const struct bl_table *t, struct bl_error *err)
{
    struct bl_option *options = bl_calloc(a->n_pairs + 2, sizeof *options);
    size_t n = 0;
    const char **columns = options ? named_columns(a, t, &n, err) : NULL;
    bool ok = columns != NULL;

    if (!options)
        bl_fail_memory(err, "a step");
    ok = ok && word_is_method(a, t, err);
    if (ok) {
        ok = bl_recipe_add(recipe, a->words[0].text, options, step_options(a, options), columns, n, err);
        if (!ok && !err->word_len)
            point_at_culprit(err, a);
    }
    bl_free(columns);
    bl_free(options);
    return ok;
}

/* The recipe that the command asks for; NULL with err. The old one is left alone. */
static struct bl_recipe *changed_recipe(const struct bl_dataset *d, const struct bl_args *a, struct bl_error *err)
{
    const char *step = a->words[0].text;
    const bool fresh = !d->recipe || strcmp(step, "none") == 0;
    struct bl_recipe *recipe = strcmp(step, "default") == 0 ? bl_recipe_default_for(d->table, err)
                               : fresh ? bl_recipe_create() : bl_recipe_copy(d->recipe);

    if (!recipe) {
        bl_fail_memory(err, "a recipe");
        return NULL;
    }
    if (strcmp(step, "none") == 0 || strcmp(step, "default") == 0)
        return recipe;
    if (strcmp(step, "undo") != 0 ? add_step(recipe, a, d->table, err) : bl_recipe_undo(recipe))
        return recipe;
    if (strcmp(step, "undo") == 0) {
        bl_fail(err, BL_STATE, "the recipe has no step to take back");
        bl_hint(err, "recipe");
    }
    bl_recipe_free(recipe);
    return NULL;
}

static bool run_prep(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_dataset *d = bl_workbench_dataset(s->workbench, err);
    struct bl_recipe *recipe;

    if (!d)
        return false;
    if (!a->n_words) {
        bl_fail(err, BL_USAGE, "prep needs a step");
        return bl_hint(err, "prep standardize (help prep lists the steps)");
    }
    recipe = changed_recipe(d, a, err);
    if (!recipe)
        return false;
    if (!set_recipe(s, d, recipe, r, err))
        return point_at_culprit(err, a);
    tell_prepared(s, r, d, false);
    return true;
}

const struct bl_command bl_command_prep = {
    .name = "prep",
    .arguments = "STEP [METHOD] [key=value ...] [columns=A,B]",
    .group = "prepare",
    .summary = "add a preparation step; the first one replaces the default recipe",
    .help = "recipe steps lists the steps and their settings. none is an empty recipe (numeric columns as they "
            "are), default brings the default one back (impute, one-hot, standardize), undo takes the last step "
            "back. A step takes every column that it can unless columns= names some. What a step learns (means, "
            "levels, directions) it learns from the training rows alone.\n"
            "text, hash and onehot make columns that are 0 in nearly all rows. More than 1000 features of which three "
            "cells in four are 0 are kept sparse, with the same results to the bit; sparse=yes|no decides otherwise. maxabs "
            "scales them and keeps every 0; standardize fills them up, which is told, and refused where memory ends.",
    .examples = BL_EXAMPLES("load iris; prep standardize", "load airquality; prep impute median; prep standardize",
                            "load titanic; prep impute knn; prep onehot columns=Sex,Embarked",
                            "load diabetes; prep power; prep standardize",
                            "load iris; prep standardize; prep pca n=2",
                            "load titanic; prep impute; prep target columns=Sex",
                            "load sms_spam; prep text max=50000; train full:lbfgs epochs=20"),
    .see = "recipe, split",
    .first = BL_ARG_STEP,
    .further = BL_ARG_WORDS,
    .keys = BL_KEYS({"columns", "", "columns that the step works on (default: all that it can)"}),
    .any_keys = true,
    .run = run_prep,
};

/* ---- recipe ---------------------------------------------------------------------------------------------------*/

/* "method=mean|median|..., value=, k=" */
static void step_keys(const char *step, struct bl_text *out)
{
    const char *const *keys = bl_step_keys(step);

    for (size_t i = 0; keys[i]; i++) {
        const char *const *values = bl_step_values(step, keys[i]);

        bl_text_addf(out, "%s%s=", i ? " " : "", keys[i]);
        for (size_t k = 0; values && values[k]; k++)
            bl_text_addf(out, "%s%s", k ? "|" : "", values[k]);
    }
}

static void list_steps(struct bl_result *r)
{
    struct bl_grid *g = bl_result_grid(r);
    json_t *list = json_array();

    bl_grid_column(g, "step", BL_LEFT);
    bl_grid_column(g, "what it does", BL_LEFT);
    bl_grid_column(g, "settings", BL_LEFT);
    for (size_t i = 0; bl_step_names[i]; i++) {
        struct bl_text keys = {0};
        json_t *one = json_object();

        step_keys(bl_step_names[i], &keys);
        bl_grid_text(g, bl_step_names[i]);
        bl_grid_text(g, bl_step_summary(bl_step_names[i]));
        bl_grid_text(g, bl_text_get(&keys));
        bl_json_set(r, one, "step", bl_json_text(bl_step_names[i]));
        bl_json_set(r, one, "summary", bl_json_text(bl_step_summary(bl_step_names[i])));
        bl_json_set(r, one, "settings", bl_json_text(bl_text_get(&keys)));
        bl_json_append(r, list, one);
        bl_text_free(&keys);
    }
    bl_result_set(r, "available", list);
}

static bool undo_recipe(struct bl_session *s, struct bl_result *r, struct bl_dataset *d, struct bl_error *err)
{
    struct bl_recipe *recipe = d->recipe ? bl_recipe_copy(d->recipe) : NULL;

    if (d->recipe && !recipe)
        return bl_fail_memory(err, "a recipe");
    if (!recipe || !bl_recipe_undo(recipe)) {
        bl_recipe_free(recipe);
        bl_fail(err, BL_STATE, d->recipe ? "the recipe has no step to take back"
                                         : "the default recipe has no step to take back");
        return bl_hint(err, "prep none empties it, prep STEP starts a new one");
    }
    bl_recipe_free(d->recipe);
    d->recipe = recipe;
    bl_workbench_changed(s->workbench);
    tell_prepared(s, r, d, false);
    return true;
}

static bool run_recipe(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    static const char *const words[] = {"undo", "steps", NULL};
    struct bl_dataset *d;
    const struct bl_prepared *p;
    size_t word = SIZE_MAX;

    if (a->n_words && !bl_word_choice(a, 0, words, &word, err))
        return false;
    if (word == 1) {
        list_steps(r);
        return true;
    }
    if (!(d = bl_workbench_dataset(s->workbench, err)))
        return false;
    if (word == 0)
        return undo_recipe(s, r, d, err);
    if (d->recipe) {
        tell_prepared(s, r, d, true);
        return true;
    }
    p = bl_workbench_prepare(s->workbench, bl_result_warnings(r), err);
    if (!p)
        return false;
    tell_recipe(r, p->recipe, true);
    bl_result_line(r, "this is the default recipe; the first prep replaces it");
    return true;
}

const struct bl_command bl_command_recipe = {
    .name = "recipe",
    .arguments = "[undo|steps]",
    .group = "prepare",
    .summary = "show the preparation steps and what they learnt",
    .help = "recipe undo takes the last step back; recipe steps lists all steps that there are, with their settings.",
    .examples = BL_EXAMPLES("load iris; recipe", "load titanic; recipe", "load iris; prep log; prep minmax; recipe undo",
                            "recipe steps"),
    .see = "prep, split",
    .first = BL_ARG_WORDS,
    .choices = BL_WORDS("undo", "steps"),
    .run = run_recipe,
};

/* ---- split ------------------------------------------------------------------------------------------------------*/

struct split { double percent[BL_PARTS]; bool stratify, given, seed_given; struct bl_split_how how; uint64_t seed; };

static struct split split_of(const struct bl_dataset *d)
{
    struct split x = {.stratify = d->stratify, .how = d->how, .given = d->split_given, .seed_given = d->split_seed_given, .seed = d->split_seed};

    memcpy(x.percent, d->percent, sizeof x.percent);
    return x;
}

static void set_split(struct bl_dataset *d, const struct split *x)
{
    memcpy(d->percent, x->percent, sizeof x->percent);
    d->stratify = x->stratify;
    d->how = x->how;
    d->split_given = x->given;
    d->split_seed = x->seed;
    d->split_seed_given = x->seed_given;
}

static bool check_percents(const struct bl_args *a, const double *percent, struct bl_error *err)
{
    double sum = 0;

    for (size_t i = 0; i < BL_PARTS; i++) {
        if (!(percent[i] >= 0 && percent[i] <= 100)) {
            bl_fail(err, BL_VALUE, "%s is not a share from 0 to 100", a->words[i].text);
            bl_hint(err, "split 60 20 20");
            return bl_at_word(err, a, i);
        }
        sum += percent[i];
    }
    if (fabs(sum - 100) < 1e-9)
        return true;
    bl_fail(err, BL_VALUE, "the shares add up to %g, not to 100", sum);
    bl_hint(err, "split 60 20 20 (training, validation, test)");
    return bl_at_word(err, a, 0);
}

/* The column that says when: the one named, else the only one of dates, else none: file order. */
static bool read_time(const struct bl_args *a, const struct bl_table *t, size_t word, size_t *column, struct bl_error *err)
{
    size_t found = 0;

    *column = SIZE_MAX;
    if (a->n_words > word)
        return bl_word_column(a, word, t, column, err);
    for (size_t i = 0; i < t->n_columns; i++)
        if (t->columns[i].type == BL_DATETIME && ++found)
            *column = i;
    if (found > 1)
        *column = SIZE_MAX;
    return true;
}

/* by=time, group=, column=: one of them, and no strata with it. */
static bool read_way(const struct bl_args *a, const struct bl_table *t, size_t shares, struct split *x, struct bl_error *err)
{
    static const char *const keys[] = {"by", "group", "column"}, *const times[] = {"time", NULL};
    size_t time = 0;
    bool stratify = false;

    x->how.kind = BL_SPLIT_RANDOM;
    x->how.column = SIZE_MAX;
    for (size_t i = 0; i < 3; i++) {
        if (!bl_arg(a, keys[i]))
            continue;
        if (x->how.kind != BL_SPLIT_RANDOM || (bl_arg_yes(a, "stratify", &stratify, err) && stratify)) {
            bl_fail(err, BL_VALUE, i == 0 ? "by=time keeps the order of the rows, so stratify=yes is not possible"
                                          : "%s= says where rows go, so it stands without by=, group=, column= and stratify=yes", keys[i]);
            bl_hint(err, "split 60 20 20 by=time");
            return bl_at_pair(err, a, keys[i]);
        }
        x->how.kind = (enum bl_split_kind)(BL_SPLIT_TIME + i);
        if (!(i == 0 ? bl_arg_choice(a, "by", times, &time, err) && read_time(a, t, shares, &x->how.column, err)
                     : bl_arg_column(a, keys[i], t, &x->how.column, err)))
            return false;
    }
    return true;
}

static bool read_balance(const struct bl_args *a, struct split *x, struct bl_error *err)
{
    static const char *const ways[] = {"none", "over", "under", NULL};
    size_t way = BL_BALANCE_NONE;

    if (!bl_arg_choice(a, "balance", ways, &way, err))
        return false;
    x->how.balance = (enum bl_balance)way;
    return true;
}

/* Three shares, none, or with by=time a column behind them. */
static bool read_shares(const struct bl_args *a, struct split *x, size_t *shares, struct bl_error *err)
{
    const bool timed = bl_arg(a, "by") != NULL;

    *shares = a->n_words >= BL_PARTS ? BL_PARTS : 0;
    if (a->n_words != *shares && !(timed && a->n_words == *shares + 1)) {
        double first, second;

        bl_fail(err, BL_USAGE, "split takes three shares, not %zu", a->n_words);
        if (a->n_words == 2 && bl_word_number(a, 0, &first, NULL) && bl_word_number(a, 1, &second, NULL) && first > 0 && first + second == 100)
            return bl_hint(err, "split %s %s 0 (training, validation, test)", a->words[0].text, a->words[1].text);
        return bl_hint(err, "split 60 20 20 (training, validation, test; split 100 0 0 trains on all rows)");
    }
    for (size_t i = 0; i < *shares; i++)
        if (!bl_word_number(a, i, &x->percent[i], err))
            return strchr(a->words[i].text, '%') ? bl_hint(err, "split 60 20 20 (per cent of the rows: training, validation, test)") : false;
    return !*shares || check_percents(a, x->percent, err);
}

static bool read_split(const struct bl_args *a, const struct bl_table *t, bool classes, struct split *x, struct bl_error *err)
{
    int64_t seed = (int64_t)x->seed;
    size_t shares;

    if (!read_shares(a, x, &shares, err) || !bl_arg_integer(a, "seed", 0, INT64_MAX, &seed, err) ||
        !bl_arg_yes(a, "stratify", &x->stratify, err) || !read_way(a, t, shares, x, err) || !read_balance(a, x, err))
        return false;
    if (bl_arg(a, "stratify") && x->stratify && !classes) {
        bl_fail(err, BL_VALUE, "stratify=yes needs a target with classes");
        bl_hint(err, "stratify=no");
        return bl_at_pair(err, a, "stratify");
    }
    x->seed_given |= bl_arg(a, "seed") != NULL;
    x->seed = (uint64_t)seed;
    x->given = true;
    return true;
}

/* "in the order of the file", "the rows of each 'shop' together", "seed 1" */
static void tell_way(struct bl_result *r, const struct bl_dataset *d, const struct bl_split *split, struct bl_text *out)
{
    static const char *const keys[] = {"seed", "by", "group", "column"};
    const char *name = d->how.column == SIZE_MAX ? NULL : d->table->columns[d->how.column].name;

    switch (d->how.kind) {
    case BL_SPLIT_TIME:
        bl_text_addf(out, name ? "in the order of '%s'" : "in the order of the file", name);
        break;
    case BL_SPLIT_GROUPS:
        bl_text_addf(out, "the rows of each '%s' together, seed %llu", name, (unsigned long long)split->seed);
        break;
    case BL_SPLIT_COLUMN:
        bl_text_addf(out, "as '%s' says", name);
        break;
    default:
        bl_text_addf(out, "seed %llu", (unsigned long long)split->seed);
    }
    if (d->how.kind == BL_SPLIT_TIME)
        bl_result_set(r, "by", json_string("time"));
    if (name)
        bl_result_set(r, d->how.kind == BL_SPLIT_TIME ? "column" : keys[d->how.kind], bl_json_text(name));
    if (d->how.balance != BL_BALANCE_NONE) {
        bl_result_set(r, "balance", json_string(d->how.balance == BL_BALANCE_OVER ? "over" : "under"));
        bl_text_add(out, d->how.balance == BL_BALANCE_OVER ? ", small classes repeated" : ", large classes thinned");
    }
}

static void tell_split(struct bl_result *r, const struct bl_split *p, const struct bl_dataset *d)
{
    static const char *const names[] = {"train", "validation", "test"};
    struct bl_text way = {0};

    for (size_t i = 0; i < BL_PARTS; i++)
        bl_result_set(r, names[i], json_integer((json_int_t)p->n[i]));
    bl_result_set(r, "seed", json_integer((json_int_t)p->seed));
    bl_result_set(r, "stratified", json_boolean(p->stratified));
    tell_way(r, d, p, &way);
    bl_result_line(r, "%zu training, %zu validation, %zu test rows%s (%s)", p->n[BL_TRAIN], p->n[BL_VALIDATION],
                   p->n[BL_TEST], p->stratified ? ", shares of the classes kept" : "", bl_text_get(&way));
    bl_text_free(&way);
}

/* Where nothing could be prepared before either (texts before their prep), the split itself is kept. */
static bool keep_split(struct bl_session *s, const struct bl_dataset *wanted, struct bl_result *r, struct bl_error *err)
{
    struct bl_split split;

    if (bl_workbench_prepare(s->workbench, NULL, NULL) || !bl_workbench_split_alone(s->workbench, wanted, &split, NULL))
        return false;
    bl_warn(bl_result_warnings(r), err);
    tell_split(r, &split, wanted);
    bl_split_free(&split);
    return true;
}

/* Tried at once: an impossible split leaves the old one in place. */
static bool run_split(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_dataset *d = bl_workbench_dataset(s->workbench, err);
    const struct bl_prepared *p;
    const bool change = a->n_words || a->n_pairs;

    if (!d)
        return false;
    if (change) {
        struct split x = split_of(d);
        struct bl_dataset wanted = *d;

        if (!read_split(a, d->table, d->roles.task == BL_CLASSIFICATION, &x, err))
            return false;
        set_split(&wanted, &x);
        p = bl_workbench_change(s->workbench, &wanted, bl_result_warnings(r), err);
        if (!p)
            return keep_split(s, &wanted, r, err);
    } else {
        p = bl_workbench_prepare(s->workbench, bl_result_warnings(r), err);
    }
    if (p)
        tell_split(r, &p->split, d);
    return p != NULL;
}

const struct bl_command bl_command_split = {
    .name = "split",
    .arguments = "[TRAIN VALIDATION TEST] [COLUMN] [key=value ...]",
    .group = "prepare",
    .summary = "cut the rows into training, validation and test rows, in percent",
    .help = "The default is 60 20 20. Inside each part the rows keep the order of the file. split 100 0 0 trains "
            "on all rows. Without shares the present split is told. by=time trains on the first rows and tests on the "
            "last, by COLUMN, else by the column of dates, else in the order of the file. balance= changes the "
            "training rows alone.",
    .examples = BL_EXAMPLES("load iris; split 80 20 0", "load diabetes; split 70 15 15 seed=7", "load iris; split",
                            "load bike_hour; split 70 15 15 instant by=time", "load titanic; split 60 20 20 group=Ticket",
                            "load titanic; split 60 20 20 balance=over"),
    .see = "prep, recipe",
    .first = BL_ARG_NUMBER,
    .further = BL_ARG_NUMBER,
    .keys = BL_KEYS({"seed", "", "draws another split (default: the seed of the session)"},
                    {"stratify", "yes|no", "keep the shares of the classes (default yes for classes)"},
                    {"by", "time", "the first rows train, the last test"},
                    {"group", "", "a column: rows with the same value stay together"},
                    {"column", "", "a column that says train, validation or test"},
                    {"balance", "none|over|under", "classes of equal size in training"}),
    .run = run_split,
};
