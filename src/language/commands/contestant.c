/* Contestants: from `batch(lr=0.5) mini:32 lr=0.01,0.1` to settings of runs. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/language/commands/run.h"

/* One contestant under construction: a word, with all that was said of it. Lists multiply: `wheel`
 * counts through their values like the digits of a number. */
struct choice { const char *key; struct bl_values values; size_t at; };
enum { CHOICES_MAX = 24 };
struct wheel { struct choice items[CHOICES_MAX]; size_t n, inside; /* of them in parentheses */ const char *culprit; };

static void wheel_done(struct wheel *w)
{
    for (size_t i = 0; i < w->n; i++)
        bl_values_free(&w->items[i].values);
    w->n = 0;
}

static bool wheel_turn(struct wheel *w)
{
    for (size_t i = w->n; i-- > 0;) {
        if (++w->items[i].at < w->items[i].values.count)
            return true;
        w->items[i].at = 0;
    }
    return false;
}

static bool is_setting(const char *key)
{
    for (size_t i = 0; bl_settings_keys[i]; i++)
        if (!strcmp(bl_settings_keys[i], key))
            return true;
    return false;
}

static bool wheel_add(struct wheel *w, const char *key, const char *value, struct bl_error *err)
{
    struct choice *c;

    for (size_t i = 0; i < w->n; i++) /* what stands in parentheses wins over what stands outside */
        if (!strcmp(w->items[i].key, key))
            return true;
    if (w->n == CHOICES_MAX)
        return bl_fail(err, BL_LIMIT, "more than %d settings for one contestant", (int)CHOICES_MAX);
    c = &w->items[w->n];
    *c = (struct choice){ .key = key };
    if (!bl_values_expand(key, value, &c->values, err))
        return false;
    w->n++;
    return true;
}

/* The optimizer decides which hyper-parameters there are, so it is set before them; `batch` may turn
 * one regime into another. */
static bool settings_apply(struct bl_settings *s, struct wheel *w, struct bl_error *err)
{
    bool known;

    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < w->n; i++) {
            const struct choice *c = &w->items[i];
            if ((strcmp(c->key, "optimizer") == 0) != (pass == 0))
                continue;
            if (!bl_settings_set(s, c->key, c->values.items[c->at], &known, err)) {
                w->culprit = i < w->inside ? NULL : c->key;
                return false;
            }
            if (!known) {
                bl_fail(err, BL_USAGE, "a contestant has no setting '%s'", c->key);
                return bl_hint(err, "set lists the settings: lr optimizer momentum schedule order seed epochs");
            }
        }
    return true;
}

/* "sgd lr=0.1": the settings in which contestants made by lists differ. */
static void name_variant(struct bl_contestant *c, const struct wheel *w)
{
    struct bl_text name = { 0 };
    char regime[32];

    for (size_t i = 0; i < w->n; i++)
        if (w->items[i].values.count > 1 && strcmp(w->items[i].key, "batch") != 0)
            bl_text_addf(&name, " %s=%s", w->items[i].key, w->items[i].values.items[w->items[i].at]);
    c->name[0] = '\0';
    if (name.length) {
        bl_settings_regime_word(&c->settings, regime, sizeof regime);
        snprintf(c->name, sizeof c->name, "%s%s", regime, bl_text_get(&name));
    }
    bl_text_free(&name);
}

static bool add_all(struct bl_session *s, const char *regime, struct wheel *w, struct bl_contestant *out, size_t *n, struct bl_error *err)
{
    do {
        struct bl_contestant *c = &out[*n];
        if (*n == CONTESTANTS_MAX) {
            bl_fail(err, BL_LIMIT, "more than %d contestants", (int)CONTESTANTS_MAX);
            return bl_hint(err, "compare fewer values at once: lr=0.01..1:5");
        }
        c->settings = *bl_workbench_defaults(s->workbench);
        if (!bl_settings_regime(&c->settings, regime, err) || !settings_apply(&c->settings, w, err))
            return false;
        name_variant(c, w);
        ++*n;
    } while (wheel_turn(w));
    return true;
}

/* A full-batch method sees all rows and chooses the step itself: what was typed for it alone and would do nothing is refused.
 * Settings beside several contestants are for those that have them. */
static bool solver_agrees(const char *regime, const struct wheel *w, bool alone, struct bl_error *err)
{
    static const char *const idle[] = { "optimizer", "lr", "batch", "schedule", NULL };

    if (strncmp(regime, "full:", 5) != 0)
        return true;
    for (size_t i = 0; i < (alone ? w->n : w->inside); i++)
        for (size_t k = 0; idle[k]; k++)
            if (!strcmp(w->items[i].key, idle[k])) {
                bl_fail(err, BL_USAGE, "%.40s takes all rows and chooses the step itself, so %s= has no meaning for it", regime, idle[k]);
                return bl_hint(err, "%.40s (batch, mini:32 and sgd take %s=)", regime, idle[k]);
            }
    return true;
}

static bool add_word(struct bl_session *s, const struct bl_args *a, const char *word, struct bl_contestant *out,
                     size_t *n, struct bl_error *err)
{
    struct bl_call call = { 0 };
    struct wheel w = { .n = 0 };
    bool good = bl_call_parse(word, &call, err);

    for (size_t i = 0; good && i < call.n_options; i++)
        good = wheel_add(&w, call.options[i].key, call.options[i].value, err);
    w.inside = w.n;
    for (size_t i = 0; good && i < a->n_pairs; i++)
        if (is_setting(a->pairs[i].key))
            good = wheel_add(&w, a->pairs[i].key, a->pairs[i].value, err) || bl_at_pair(err, a, a->pairs[i].key);
    good = good && solver_agrees(call.name, &w, a->n_words == 1, err) && add_all(s, call.name, &w, out, n, err);
    if (!good && w.culprit)
        bl_at_pair(err, a, w.culprit);
    wheel_done(&w);
    bl_call_free(&call);
    return good;
}

/* ---- what was chosen -----------------------------------------------------------------------------------*/

static void tell_recipe(struct bl_result *r, const struct bl_recipe *recipe)
{
    struct bl_text steps = { 0 };

    for (size_t i = 0; i < bl_recipe_steps(recipe); i++) {
        struct bl_step_view v;
        bl_recipe_view(recipe, i, &v);
        bl_text_addf(&steps, "%s%s", i ? ", " : "", v.step);
    }
    bl_result_line(r, "default recipe: %s; %zu feature%s", bl_text_get(&steps), bl_recipe_features(recipe),
                   bl_recipe_features(recipe) == 1 ? "" : "s");
    bl_text_free(&steps);
}

/* ---- a target that its features tell --------------------------------------------------------------------*/

/* The column behind a feature "column" or "column=level"; NULL: a step made it of several. */
static const char *column_behind(const struct bl_table *t, const char *feature)
{
    for (size_t j = 0; j < t->n_columns; j++) {
        const size_t n = strlen(t->columns[j].name);

        if (strncmp(t->columns[j].name, feature, n) == 0 && (!feature[n] || feature[n] == '='))
            return t->columns[j].name;
    }
    return NULL;
}

static void add_once(struct bl_text *to, const char **seen, size_t *n, const char *word, const char *between)
{
    for (size_t i = 0; i < *n; i++)
        if (!strcmp(seen[i], word))
            return;
    bl_text_addf(to, "%s%s", *n ? between : "", word);
    seen[(*n)++] = word;
}

void telltale_warn(struct bl_session *s, struct bl_result *r)
{
    const struct bl_prepared *p = bl_workbench_first_look(s->workbench, bl_result_warnings(r)) ? bl_workbench_prepare(s->workbench, NULL, NULL) : NULL;
    const char *seen[BL_TELLTALES], *target;
    struct bl_text names = {0}, drop = {0};
    struct bl_telltale found = {0};
    bool columns = true;
    size_t n = 0;

    if (!p || !p->part[BL_TRAIN] || p->dataset->roles.target == SIZE_MAX)
        return;
    bl_telltale_of(p->part[BL_TRAIN], p->dataset->roles.n_classes, &found);
    if (!found.n)
        return;
    target = p->dataset->table->columns[p->dataset->roles.target].name;
    for (size_t i = 0; i < found.n; i++) {
        const char *feature = bl_recipe_feature(p->recipe, found.feature[i]), *column = column_behind(p->dataset->table, feature);

        columns = columns && column;
        add_once(&names, seen, &n, column ? column : feature, found.alone ? ", " : " and ");
    }
    bl_text_addf(&drop, "drop");
    for (size_t i = 0; i < n; i++)
        bl_text_addf(&drop, " %s", bl_typed(seen[i]).text);
    bl_warnf(bl_result_warnings(r), columns ? bl_text_get(&drop) : "recipe shows which step makes it", "%s %s the target %s exactly on the training rows%s: would %s be known when it is predicted?",
             bl_text_get(&names), n > 1 && !found.alone ? "together tell" : n > 1 ? "each tell" : "alone tells", target,
             found.alone ? "" : ", as a sum with weights", n > 1 ? "they" : "it");
    bl_text_free(&names);
    bl_text_free(&drop);
}

/* The first run on a dataset says which recipe and split it was given, and what was left out. */
static bool prepare_and_tell(struct bl_session *s, struct bl_result *r, struct bl_error *err)
{
    const struct bl_prepared *p = bl_workbench_prepare(s->workbench, bl_result_warnings(r), err);
    struct bl_dataset *d = p ? bl_workbench_dataset(s->workbench, err) : NULL;

    if (d)
        telltale_warn(s, r);
    if (!d || d->defaults_told)
        return d != NULL;
    d->defaults_told = true;
    if (!d->recipe)
        tell_recipe(r, p->recipe);
    if (!d->split_given)
        bl_result_line(r, "default split: %zu training, %zu validation, %zu test rows", p->split.n[BL_TRAIN],
                       p->split.n[BL_VALIDATION], p->split.n[BL_TEST]);
    return true;
}

bool contestants_fit(struct bl_session *s, struct bl_contestant *c, size_t n, struct bl_result *r, struct bl_error *err)
{
    const struct bl_objective *o = prepare_and_tell(s, r, err) ? bl_workbench_objective(s->workbench, err) : NULL;
    size_t rows = o ? o->train->n_rows : 0;

    for (size_t i = 0; o && i < n; i++) {
        if (c[i].settings.regime != BL_MINI || c[i].settings.batch <= rows)
            continue;
        bl_warnf(bl_result_warnings(r), "batch takes all rows", "mini:%zu is larger than the %zu training rows: every update takes all of them",
                 c[i].settings.batch, rows);
        if (!c[i].name[0])
            snprintf(c[i].name, sizeof c[i].name, "mini %zu", c[i].settings.batch);
        c[i].settings.batch = rows;
    }
    return o != NULL;
}

bool contestants_parse(struct bl_session *s, const struct bl_args *a, const char *const *otherwise,
                       struct bl_contestant *out, size_t *n, struct bl_error *err)
{
    static const char *const by_batch[] = { "mini", NULL };

    *n = 0;
    for (size_t i = 0; i < a->n_words; i++)
        if (!add_word(s, a, a->words[i].text, out, n, err))
            return err->word_len ? false : bl_at_word(err, a, i);
    if (a->n_words == 0 && bl_arg(a, "batch"))
        otherwise = by_batch;
    for (size_t i = 0; a->n_words == 0 && otherwise[i]; i++)
        if (!add_word(s, a, otherwise[i], out, n, err))
            return false;
    return true;
}

/* ---- names ------------------------------------------------------------------------------------------*/

const char *contestant_word(struct bl_race *race, size_t i, char *buffer, size_t size)
{
    const struct bl_settings *s = bl_trainer_settings(bl_race_trainer(race, i));
    const char *name = bl_race_name(race, i);
    char shown[64], typed[64];
    const size_t n = strlen(bl_settings_display(s, shown, sizeof shown));

    if (strncmp(name, shown, n) == 0 && (name[n] == ' ' || name[n] == '\0'))
        snprintf(buffer, size, "%s%s", bl_settings_regime_word(s, typed, sizeof typed), name + n);
    else
        snprintf(buffer, size, "%s", name);
    return buffer;
}

/* By its full name, else by its regime. */
static bool is_called(struct bl_race *race, size_t i, const char *text, bool full)
{
    char word[80];

    if (!full)
        return !strcmp(bl_settings_regime_word(bl_trainer_settings(bl_race_trainer(race, i)), word, sizeof word), text);
    return !strcmp(bl_race_name(race, i), text) || !strcmp(contestant_word(race, i, word, sizeof word), text);
}

bool contestant_find(struct bl_race *race, const struct bl_args *a, size_t *which, struct bl_error *err)
{
    char word[80];

    for (int pass = 0; pass < 2; pass++)
        for (*which = 0; *which < bl_race_size(race); ++*which)
            if (a->n_words == 0 || is_called(race, *which, a->words[0].text, pass == 0))
                return true;
    bl_fail(err, BL_UNKNOWN, "no contestant '%s' in this race", a->words[0].text);
    bl_hint(err, "race shows their names; the first is '%s'", contestant_word(race, 0, word, sizeof word));
    return bl_at_word(err, a, 0);
}
