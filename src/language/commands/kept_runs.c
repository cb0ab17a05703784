/* runs kept: the runs of the registry: listed, filtered, sorted, compared, and made again. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/language/commands/kept_runs.h"

enum { SHOWN = 30, COMPARED_MOST = 8 };

/* ---- runs as a table, so that conditions and orders are those of where and sort ---------------------------------- */

static double number_of(const struct bl_run_row *row, int column)
{
    const double all[] = { (double)row->number, row->last.epoch, (double)row->last.updates, row->last.train_loss, row->last.validation_loss,
                           row->last.objective, row->last.gradient_norm, row->last.seconds, (double)row->seed, (double)row->n_points };

    return all[column];
}

static const char *const number_names[] = { "run", "epoch", "updates", "train_loss", "validation_loss", "objective", "gradient_norm", "seconds", "seed",
                                            "points", NULL };
static const char *const text_names[] = { "at", "dataset", "model", "what", "status", NULL };

static const char *text_of(const struct bl_run_row *row, int column)
{
    const char *const all[] = { row->at, row->dataset, row->model, row->what, row->status };

    return all[column];
}

static bool set_numbers(struct bl_table *t, size_t at, const char *name, double *x, struct bl_error *err)
{
    if (x && bl_table_set_numbers(t, at, name, x, err))
        return true;
    bl_free(x);
    return x ? false : bl_fail_memory(err, "the runs");
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

/* Levels ascending, each once; the code of a row by looking it up. */
static bool set_texts(struct bl_table *t, size_t at, const char *name, const char *const *texts, struct bl_error *err)
{
    const size_t n = t->n_rows;
    char **levels = bl_calloc(n + 1, sizeof *levels);
    uint32_t *code = bl_calloc(n + 1, sizeof *code);
    size_t k = 0;
    bool good = levels && code;

    for (size_t i = 0; good && i < n; i++)
        levels[i] = (char *)(uintptr_t)texts[i];
    if (good)
        qsort(levels, n, sizeof *levels, by_text);
    for (size_t i = 0; good && i < n; i++)
        if (k == 0 || strcmp(levels[k - 1], levels[i]))
            levels[k++] = levels[i];
    for (size_t i = 0; good && i < n; i++) {
        char **found = bsearch(&texts[i], levels, k, sizeof *levels, by_text);
        code[i] = (uint32_t)(found - levels);
    }
    for (size_t i = 0; good && i < k; i++)
        good = (levels[i] = bl_strdup(levels[i])) != NULL;
    if (good && bl_table_set_codes(t, at, name, BL_CATEGORICAL, code, levels, k, err))
        return true;
    bl_free(levels);
    bl_free(code);
    return bl_fail_memory(err, "the runs");
}

/* A setting that a condition or an order names: a number where every run that has it has a number. */
static bool set_setting(struct bl_table *t, size_t at, const char *key, const struct bl_run_row *rows, struct bl_error *err)
{
    const size_t n = t->n_rows;
    const char **texts = bl_calloc(n + 1, sizeof *texts);
    json_t **parsed = bl_calloc(n + 1, sizeof *parsed);
    double *x = bl_calloc(n + 1, sizeof *x);
    bool good = texts && parsed && x, numbers = true;

    for (size_t i = 0; good && i < n; i++) {
        const json_t *value = json_object_get(parsed[i] = json_loads(rows[i].settings, 0, NULL), key);
        texts[i] = json_string_value(value) ? json_string_value(value) : "";
        x[i] = json_is_number(value) ? json_number_value(value) : NAN;
        if (json_is_string(value) && !bl_number_parse(texts[i], strlen(texts[i]), &x[i]))
            numbers = false;
    }
    good = good ? numbers ? set_numbers(t, at, key, x, err) : set_texts(t, at, key, texts, err) : bl_fail_memory(err, "the runs");
    if (!numbers || !good)
        bl_free(numbers ? NULL : x);
    for (size_t i = 0; parsed && i < n; i++)
        json_decref(parsed[i]);
    bl_free(parsed);
    bl_free(texts);
    return good;
}

static bool is_named(const char *where, const char *sort, const char *key)
{
    return (where && strstr(where, key)) || (sort && strstr(sort, key));
}

static struct bl_table *table_of(const struct bl_run_row *rows, size_t n, const char *where, const char *sort, struct bl_error *err)
{
    static const char *const own[] = { "regime", "l2", "l1", NULL };
    const char *keys[64];
    size_t n_keys = 0, at = 0;
    const char **texts = bl_calloc(n + 1, sizeof *texts);
    struct bl_table *t;
    bool good = texts != NULL;

    for (size_t i = 0; own[i]; i++)
        if (is_named(where, sort, own[i]))
            keys[n_keys++] = own[i];
    for (size_t i = 0; bl_settings_keys[i] && n_keys < 64; i++)
        if (is_named(where, sort, bl_settings_keys[i]) && strcmp(bl_settings_keys[i], "seed"))
            keys[n_keys++] = bl_settings_keys[i];
    t = bl_table_create("runs", n, 15 + n_keys, err);
    for (int c = 0; t && good && number_names[c]; c++, at++) {
        double *x = bl_calloc(n + 1, sizeof *x);
        for (size_t i = 0; x && i < n; i++)
            x[i] = number_of(&rows[i], c);
        good = set_numbers(t, at, number_names[c], x, err);
    }
    for (int c = 0; t && good && text_names[c]; c++, at++) {
        for (size_t i = 0; i < n; i++)
            texts[i] = text_of(&rows[i], c);
        good = set_texts(t, at, text_names[c], texts, err);
    }
    for (size_t c = 0; t && good && c < n_keys; c++, at++)
        good = set_setting(t, at, keys[c], rows, err);
    bl_free(texts);
    if (good && t)
        return t;
    bl_table_free(t);
    return NULL;
}

/* ---- listing ---------------------------------------------------------------------------------------------------------- */

static bool choose_rows(const struct bl_args *a, const struct bl_run_row *rows, size_t n, uint32_t **chosen, size_t *n_chosen, struct bl_error *err)
{
    const char *where = bl_arg(a, "where"), *sort = bl_arg(a, "sort");
    const bool down = sort && *sort == '-';
    struct bl_sort_key key = { 0 };
    struct bl_table *t;
    bool good = true;

    if (!where && !sort) {
        if (!(*chosen = bl_calloc(n + 1, sizeof **chosen)))
            return bl_fail_memory(err, "the runs");
        for (size_t i = 0; i < n; i++)
            (*chosen)[i] = (uint32_t)i;
        *n_chosen = n;
        return true;
    }
    if (!(t = table_of(rows, n, where, sort, err)))
        return false;
    if (sort) {
        key.descending = down;
        good = bl_table_column(t, sort + down, &key.column, err) || bl_at_pair(err, a, "sort");
    }
    if (good)
        good = bl_rows_choose(t, where, &key, sort != NULL, chosen, n_chosen, NULL, NULL, err) || (where && bl_at_pair(err, a, "where"));
    bl_table_free(t);
    return good;
}

static json_t *run_object(const struct bl_run_row *row)
{
    json_t *one = json_object();

    for (int c = 0; number_names[c]; c++)
        json_object_set_new(one, number_names[c], bl_json_number(number_of(row, c)));
    for (int c = 0; text_names[c]; c++)
        json_object_set_new(one, text_names[c], bl_json_text(text_of(row, c)));
    json_object_set_new(one, "run", json_integer(row->number));
    json_object_set_new(one, "updates", json_integer((json_int_t)row->last.updates));
    json_object_set_new(one, "seed", json_integer((json_int_t)row->seed));
    json_object_set_new(one, "points", json_integer((json_int_t)row->n_points));
    json_object_set_new(one, "data_sha256", json_string(row->data));
    return one;
}

static void list_tell(struct bl_result *r, const struct bl_run_row *rows, const uint32_t *chosen, size_t n)
{
    static const struct { const char *name; enum bl_align align; } columns[] = { { "run", BL_COUNT }, { "dataset", BL_LEFT }, { "model", BL_LEFT },
        { "what", BL_LEFT }, { "epoch", BL_MIXED }, { "objective", BL_NUMBER }, { "valid", BL_NUMBER }, { "status", BL_LEFT }, { "at", BL_LEFT } };
    struct bl_grid *g = bl_result_grid(r);
    json_t *list = json_array();

    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        bl_grid_column(g, columns[i].name, columns[i].align);
    for (size_t i = 0; i < n; i++) {
        const struct bl_run_row *row = &rows[chosen[i]];
        bl_json_append(r, list, run_object(row));
        bl_grid_count(g, (uint64_t)row->number);
        bl_grid_text(g, row->dataset);
        bl_grid_text(g, row->model);
        bl_grid_text(g, row->what);
        bl_grid_number(g, row->last.epoch);
        bl_grid_number(g, row->last.objective);
        bl_grid_number(g, row->last.validation_loss);
        bl_grid_text(g, row->status);
        bl_grid_text(g, row->at);
    }
    bl_result_set(r, "runs", list);
}

/* Without an order the newest are shown, in the order of their numbers; with one the first. */
static bool list_runs(struct bl_registry *registry, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_run_row *rows;
    uint32_t *chosen = NULL;
    size_t n, n_chosen = 0, shown;
    int64_t limit = SHOWN;
    bool good;

    if (!bl_arg_integer(a, "limit", 1, INT32_MAX, &limit, err) || !bl_registry_runs(registry, &rows, &n, err))
        return false;
    good = choose_rows(a, rows, n, &chosen, &n_chosen, err);
    if (good) {
        shown = n_chosen < (size_t)limit ? n_chosen : (size_t)limit;
        bl_result_set(r, "total", json_integer((json_int_t)n));
        bl_result_set(r, "found", json_integer((json_int_t)n_chosen));
        list_tell(r, rows, chosen + (bl_arg(a, "sort") ? 0 : n_chosen - shown), shown);
        if (n == 0)
            bl_result_line(r, "no run was kept yet: finished runs are kept where there is a registry, or after set runs=yes");
        else if (shown < n_chosen)
            bl_result_line(r, "%zu of %zu runs; limit=%zu shows all", shown, n_chosen, n_chosen);
    }
    bl_free(chosen);
    bl_runs_free(rows, n);
    return good;
}

/* ---- some of them side by side --------------------------------------------------------------------------------------------- */

struct chosen { struct bl_run_row rows[COMPARED_MOST]; struct bl_point *points[COMPARED_MOST]; size_t n; };

static void settings_compare(struct bl_result *r, const struct chosen *x)
{
    json_t *parsed[COMPARED_MOST], *all = json_object(), *value;
    struct bl_grid *g = bl_result_grid(r);
    char header[40];
    const char *key;

    bl_grid_column(g, "setting", BL_LEFT);
    for (size_t i = 0; i < x->n; i++) {
        snprintf(header, sizeof header, "run %lld", (long long)x->rows[i].number);
        bl_grid_column(g, header, BL_LEFT);
        parsed[i] = json_loads(x->rows[i].settings, 0, NULL);
    }
    json_object_foreach(parsed[0], key, value) {
        bool differ = x->n == 1;
        json_t *list = json_array();
        for (size_t i = 0; i < x->n; i++) {
            json_t *one = json_object_get(parsed[i], key);
            differ = differ || !one || !json_equal(value, one);
            json_array_append(list, one ? one : json_null());
        }
        if (differ) {
            bl_grid_text(g, key);
            for (size_t i = 0; i < x->n; i++) {
                char *text = json_dumps(json_array_get(list, i), JSON_ENCODE_ANY);
                size_t length = text ? strlen(text) : 0;
                bool quoted = length > 1 && text[0] == '"';
                if (quoted)
                    text[length - 1] = '\0';
                bl_grid_text(g, text ? text + quoted : "-");
                free(text);
            }
            bl_json_set(r, all, key, json_incref(list));
        }
        json_decref(list);
    }
    for (size_t i = 0; i < x->n; i++)
        json_decref(parsed[i]);
    bl_result_set(r, "settings", all);
}

static void curves_json(struct bl_result *r, const struct chosen *x)
{
    json_t *list = json_array();

    for (size_t i = 0; i < x->n; i++) {
        json_t *one = run_object(&x->rows[i]), *epochs = json_array(), *train = json_array(), *valid = json_array();
        for (size_t k = 0; k < x->rows[i].n_points; k++) {
            json_array_append_new(epochs, bl_json_number(x->points[i][k].epoch));
            json_array_append_new(train, bl_json_number(x->points[i][k].objective));
            json_array_append_new(valid, bl_json_number(x->points[i][k].validation_loss));
        }
        json_object_set_new(one, "commands", json_loads(x->rows[i].commands, 0, NULL));
        json_object_set_new(one, "curve", json_pack("{so so so}", "epoch", epochs, "objective", train, "validation_loss", valid));
        bl_json_append(r, list, one);
    }
    bl_result_set(r, "runs", list);
}

static void curves_draw(struct bl_result *r, const struct chosen *x)
{
    struct bl_chart chart = bl_chart_make(BL_CHART_LINES);
    struct bl_series series[COMPARED_MOST] = { 0 };
    char names[COMPARED_MOST][40];
    double *room[COMPARED_MOST] = { NULL };
    size_t n = 0;

    for (size_t i = 0; i < x->n; i++) {
        const size_t k = x->rows[i].n_points;
        if (k < 2 || !(room[i] = bl_calloc(2 * k, sizeof **room)))
            continue;
        for (size_t j = 0; j < k; j++) {
            room[i][j] = x->points[i][j].epoch;
            room[i][k + j] = x->points[i][j].objective;
        }
        snprintf(names[n], sizeof names[n], "run %lld", (long long)x->rows[i].number);
        series[n] = (struct bl_series){ .name = names[n], .x = room[i], .y = room[i] + k, .n = k, .style = n };
        n++;
    }
    chart.title = "objective";
    chart.x.label = "epoch";
    chart.series = series;
    chart.n_series = n;
    if (n)
        bl_result_chart(r, &chart, 0);
    for (size_t i = 0; i < x->n; i++)
        bl_free(room[i]);
}

static void some_tell(struct bl_result *r, const struct chosen *x)
{
    char number[32], epoch[32];

    curves_json(r, x);
    for (size_t i = 0; i < x->n; i++)
        bl_result_line(r, "run %lld of %s: %s, %s on %s, epoch %s, objective %s, %s", (long long)x->rows[i].number, x->rows[i].at, x->rows[i].what,
                       x->rows[i].model, x->rows[i].dataset, bl_number_exact(epoch, sizeof epoch, x->rows[i].last.epoch),
                       bl_number_format(number, sizeof number, x->rows[i].last.objective, 4), x->rows[i].status);
    settings_compare(r, x);
    curves_draw(r, x);
}

static bool some_runs(struct bl_registry *registry, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct chosen *x = bl_calloc(1, sizeof *x);
    bool good = x || bl_fail_memory(err, "the runs");
    int64_t number = 0;

    if (good && a->n_words - 1 > COMPARED_MOST) {
        bl_fail(err, BL_LIMIT, "at most %d runs are put side by side", COMPARED_MOST);
        good = bl_hint(err, "runs kept 1 2 3");
    }
    for (size_t i = 1; good && i < a->n_words; i++) {
        good = bl_word_integer(a, i, 1, INT64_MAX, &number, err);
        if (good && !bl_registry_run(registry, number, &x->rows[x->n], &x->points[x->n], err))
            good = bl_at_word(err, a, i);
        x->n += good;
    }
    if (good)
        some_tell(r, x);
    for (size_t i = 0; x && i < x->n; i++) {
        bl_free(x->points[i]);
        bl_run_done(&x->rows[i]);
    }
    bl_free(x);
    return good;
}

bool kept_runs(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_registry *registry;
    bool good;

    (void)s;
    if (!bl_registry_open(&registry, NULL, true, err))
        return false;
    if (!registry) {
        bl_fail(err, BL_UNKNOWN, "there is no registry yet, so no run was kept");
        return bl_hint(err, "set runs=yes; train batch");
    }
    good = a->n_words > 1 ? some_runs(registry, a, r, err) : list_runs(registry, a, r, err);
    bl_registry_close(registry);
    return good;
}

/* ---- made again -------------------------------------------------------------------------------------------------------------- */

bool kept_run_open(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_registry *registry;
    struct bl_point *points = NULL;
    struct bl_run_row row = { 0 };
    struct bl_text text = { 0 };
    int64_t number = 0;
    json_t *commands;
    bool good;
    int exit = 0;

    if (a->n_words != 2) {
        bl_fail(err, BL_USAGE, "runs open needs the number of a run");
        return bl_hint(err, "runs kept lists them; runs open 12");
    }
    if (!bl_word_integer(a, 1, 1, INT64_MAX, &number, err) || !bl_registry_open(&registry, NULL, true, err))
        return false;
    good = registry ? bl_registry_run(registry, number, &row, &points, err) || bl_at_word(err, a, 1) : bl_fail(err, BL_UNKNOWN, "there is no registry yet");
    bl_registry_close(registry);
    bl_free(points);
    if (!good)
        return false;
    commands = json_loads(row.commands, 0, NULL);
    bl_text_addf(&text, "set seed=%llu\n", (unsigned long long)row.seed);
    for (size_t i = 0; i < json_array_size(commands); i++)
        bl_text_addf(&text, "%s\n", json_string_value(json_array_get(commands, i)));
    json_decref(commands);
    bl_run_done(&row);
    good = bl_session_nested(s, bl_text_get(&text), &exit, err);
    bl_text_free(&text);
    if (good && exit && exit != 3) {
        bl_fail(err, BL_STATE, "run %lld could not be made again", (long long)number);
        good = bl_hint(err, "runs kept %lld shows its commands", (long long)number);
    }
    if (good) {
        bl_result_set(r, "run", json_integer(number));
        bl_result_line(r, "run %lld was made again: it is the current run", (long long)number);
    }
    return good;
}
