/* load, use, datasets: which table the session works on. */
#include "src/language/commands/run.h"

#include <string.h>

/* ---- the options of load --------------------------------------------------------------------------------*/

struct lists { /* memory behind the options */
    struct bl_values missing, types, columns;
    struct bl_load_type *type;
};

static bool split_list(const char *value, struct bl_values *out, struct bl_error *err)
{
    *out = (struct bl_values){0};
    while (value && *value) {
        const size_t n = strcspn(value, ",");
        char *item = bl_strndup(value, n);
        char **more = item ? bl_realloc(out->items, out->count + 1, sizeof *more) : NULL;

        if (!more) {
            bl_free(item);
            return bl_fail_memory(err, "a list");
        }
        out->items = more;
        out->items[out->count++] = item;
        value += n + (value[n] == ',');
    }
    return true;
}

static bool type_named(const char *name, enum bl_type *type)
{
    static const struct { const char *name; enum bl_type type; } known[] = {
        {"numeric", BL_NUMERIC},        {"number", BL_NUMERIC},       {"categorical", BL_CATEGORICAL},
        {"class", BL_CATEGORICAL},      {"text", BL_TEXT_COLUMN},     {"datetime", BL_DATETIME},
        {"date", BL_DATETIME},
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (bl_key_same(known[i].name, name)) {
            *type = known[i].type;
            return true;
        }
    }
    return false;
}

/* "age:numeric,city:text"; the last colon counts, names may hold one. */
static bool read_types(struct lists *l, const struct bl_args *a, struct bl_error *err)
{
    if (!split_list(bl_arg(a, "types"), &l->types, err))
        return false;
    l->type = bl_calloc(l->types.count + 1, sizeof *l->type);
    if (!l->type)
        return bl_fail_memory(err, "types");
    for (size_t i = 0; i < l->types.count; i++) {
        char *colon = strrchr(l->types.items[i], ':');

        if (!colon || !type_named(colon + 1, &l->type[i].type)) {
            bl_fail(err, BL_VALUE, "types=%s names no type", l->types.items[i]);
            bl_hint(err, "types=%.*s:numeric (or categorical, text, datetime)",
                    (int)(colon ? colon - l->types.items[i] : (ptrdiff_t)strlen(l->types.items[i])), l->types.items[i]);
            return bl_at_pair(err, a, "types");
        }
        *colon = '\0';
        l->type[i].column = l->types.items[i];
    }
    return true;
}

static bool read_delimiter(const struct bl_args *a, char *delimiter, struct bl_error *err)
{
    const char *value = bl_arg(a, "delimiter");

    if (!value)
        return true;
    if (strcmp(value, "tab") == 0 || strcmp(value, "\\t") == 0)
        *delimiter = '\t';
    else if (strlen(value) == 1 && strchr(",;|\t ", *value))
        *delimiter = *value;
    else {
        bl_fail(err, BL_VALUE, "delimiter=%s is not possible", value);
        bl_hint(err, "delimiter=';' (one of , ; | tab)");
        return bl_at_pair(err, a, "delimiter");
    }
    return true;
}

/* One character, or a word for one. */
static bool read_character(const struct bl_args *a, const char *key, char *out, struct bl_error *err)
{
    const char *value = bl_arg(a, key);

    if (!value || (strcmp(key, "quote") == 0 && strcmp(value, "none") == 0)) {
        *out = value ? BL_QUOTE_NONE : 0;
        return true;
    }
    if (strlen(value) == 1 && (unsigned char)*value > ' ' && (unsigned char)*value < 127 && (strcmp(key, "decimal") || strchr(".,", *value))) {
        *out = *value;
        return true;
    }
    bl_fail(err, BL_VALUE, "%s=%s is not possible", key, value);
    bl_hint(err, strcmp(key, "decimal") ? "one character: quote=\"'\" escape='\\' comment='#'" : "decimal=. or decimal=,");
    return bl_at_pair(err, a, key);
}

static bool read_dialect(const struct bl_args *a, struct bl_load_options *o, struct lists *l, struct bl_error *err)
{
    static const char *const encodings[] = {"auto", "utf-8", "latin1", "utf-16", NULL}, *const policies[] = {"error", "fill", "skip", NULL};
    size_t encoding = 0, ragged = 0;
    int64_t skip = 0, rows = 0, seed = (int64_t)o->sample_seed;

    if (!read_character(a, "quote", &o->quote, err) || !read_character(a, "escape", &o->escape, err) ||
        !read_character(a, "comment", &o->comment, err) || !read_character(a, "decimal", &o->decimal, err) ||
        !bl_arg_choice(a, "encoding", encodings, &encoding, err) || !bl_arg_choice(a, "ragged", policies, &ragged, err) ||
        !bl_arg_integer(a, "skip", 0, 1000000000, &skip, err) || !bl_arg_integer(a, "sample", 1, INT64_C(1) << 31, &rows, err) ||
        !bl_arg_integer(a, "seed", 0, INT64_MAX, &seed, err) || !split_list(bl_arg(a, "columns"), &l->columns, err))
        return false;
    o->decimal = o->decimal == '.' ? 0 : o->decimal;
    o->encoding = (enum bl_encoding)encoding;
    o->ragged = (enum bl_ragged)ragged;
    o->skip = (size_t)skip;
    o->sample = (size_t)rows;
    o->sample_seed = (uint64_t)seed;
    o->columns = (const char *const *)l->columns.items;
    o->n_columns = l->columns.count;
    return true;
}

static bool read_options(const struct bl_args *a, struct bl_load_options *o, struct lists *l, struct bl_error *err)
{
    static const char *const headers[] = {"auto", "yes", "no", NULL};
    static const char *const sparse_words[] = {"auto", "yes", "no", NULL};
    size_t header = 0, sparse = 0;

    if (!bl_arg_choice(a, "header", headers, &header, err) || !bl_arg_choice(a, "sparse", sparse_words, &sparse, err) || !read_delimiter(a, &o->delimiter, err) ||
        !split_list(bl_arg(a, "missing"), &l->missing, err) || !read_types(l, a, err) || !read_dialect(a, o, l, err))
        return false;
    o->header = (enum bl_header)header;
    o->sparse = (enum bl_sparsity)sparse;
    o->name = bl_arg(a, "name");
    o->target = bl_arg(a, "target");
    o->format = bl_arg(a, "format");
    o->table = bl_arg(a, "table");
    o->query = bl_arg(a, "query");
    o->missing = (const char *const *)l->missing.items;
    o->n_missing = l->missing.count;
    o->types = l->type;
    o->n_types = l->types.count;
    return true;
}

static void free_lists(struct lists *l)
{
    bl_values_free(&l->missing);
    bl_values_free(&l->types);
    bl_values_free(&l->columns);
    bl_free(l->type);
}

/* ---- telling --------------------------------------------------------------------------------------------*/

static void tell_columns(struct bl_result *r, const struct bl_table *t)
{
    json_t *columns = json_array();

    for (size_t j = 0; j < t->n_columns; j++) {
        const struct bl_column *c = &t->columns[j];
        json_t *one = json_object();

        bl_json_set(r, one, "name", bl_json_text(c->name));
        bl_json_set(r, one, "type", bl_json_text(bl_type_name(c->type)));
        bl_json_set(r, one, "missing", json_integer((json_int_t)c->missing));
        bl_json_append(r, columns, one);
    }
    bl_result_set(r, "columns", columns);
}

static void tell_size(struct bl_result *r, const struct bl_table *t)
{
    static const struct { enum bl_type type; const char *word; } words[] = {
        {BL_NUMERIC, "numeric"}, {BL_CATEGORICAL, "categorical"}, {BL_TEXT_COLUMN, "text"}, {BL_DATETIME, "datetime"},
    };
    struct bl_text types = {0};
    size_t missing = 0, all;

    for (size_t k = 0; k < sizeof words / sizeof *words; k++) {
        size_t n = 0;

        for (size_t j = 0; j < t->n_columns; j++)
            n += t->columns[j].type == words[k].type;
        if (n)
            bl_text_addf(&types, "%s%zu %s", types.length ? ", " : "", n, words[k].word);
    }
    for (size_t j = 0; j < t->n_columns; j++)
        missing += t->columns[j].missing;
    if (missing)
        bl_text_addf(&types, "; %zu value%s missing", missing, missing == 1 ? "" : "s");
    if (t->sparse)
        bl_text_addf(&types, "; %zu sparse", t->sparse->n_columns);
    all = t->n_columns + (t->sparse ? t->sparse->n_columns : 0);
    bl_result_line(r, "%s: %zu row%s x %zu column%s (%s)", t->name, t->n_rows, t->n_rows == 1 ? "" : "s", all, all == 1 ? "" : "s",
                   bl_text_get(&types));
    bl_text_free(&types);
}

void bl_result_dataset(struct bl_result *r, const struct bl_dataset *d)
{
    const struct bl_table *t = d->table;

    bl_result_set(r, "dataset", bl_json_text(t->name));
    bl_result_set(r, "rows", json_integer((json_int_t)t->n_rows));
    tell_columns(r, t);
    if (d->roles.target != SIZE_MAX)
        bl_result_set(r, "target", bl_json_text(t->columns[d->roles.target].name));
    bl_result_set(r, "task", bl_json_text(bl_task_name(d->roles.task)));
    bl_result_sparse(r, t);
    tell_size(r, t);
    bl_roles_line(r, d);
}

/* Warnings of load as text: place and sentence. */
static void tell_warnings(struct bl_result *r)
{
    const struct bl_warnings *w = bl_result_warnings(r);
    json_t *list = json_array();

    for (size_t i = 0; i < w->count; i++) {
        const struct bl_error *e = &w->items[i];
        struct bl_text line = {0};

        if (e->file[0] && e->line)
            bl_text_addf(&line, "%s:%zu:%zu: ", e->file, e->line, e->column);
        bl_text_add(&line, e->message);
        bl_json_append(r, list, bl_json_text(bl_text_get(&line)));
        bl_text_free(&line);
    }
    bl_result_set(r, "warnings", list);
}

/* ---- load ------------------------------------------------------------------------------------------------*/

/* A column at the end without a name and a value is hardly meant; it is kept, but never the target by itself. */
static void warn_of_end(struct bl_result *r, const struct bl_dataset *d)
{
    const struct bl_table *t = d->table;
    const size_t last = bl_roles_last(t), n = t->n_columns;
    char hint[80];

    if (last + 1 >= n || d->roles.target >= n)
        return;
    snprintf(hint, sizeof hint, "drop %s, if each line ends with a delimiter too many", t->columns[n - 1].name);
    bl_warnf(bl_result_warnings(r), hint, "column '%s' has neither a name nor a value, so it is not taken as the target, which is '%s'",
             t->columns[n - 1].name, t->columns[d->roles.target].name);
}

/* The key whose value is quoted in the message, else the file. */
static void point_at_cause(struct bl_error *err, const struct bl_args *a)
{
    static const char *const keys[] = {"types", "format", "name"};

    for (size_t i = 0; i < sizeof keys / sizeof *keys && err->code != BL_IO; i++) {
        const char *value = bl_arg(a, keys[i]), *quote = strchr(err->message, '\'');
        const size_t n = quote ? strcspn(quote + 1, "'") : 0;
        char *quoted = value && n ? bl_strndup(quote + 1, n) : NULL;
        const bool found = quoted && strstr(value, quoted);

        bl_free(quoted);
        if (found) {
            bl_at_pair(err, a, keys[i]);
            return;
        }
    }
    bl_at_word(err, a, 0);
}

static struct bl_table *read_table(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_load_options o = {
        .pool = bl_workbench_pool(s->workbench),
        .progress = bl_workbench_progress(s->workbench),
        .warnings = bl_result_warnings(r),
        .sample_seed = bl_workbench_seed(s->workbench),
    };
    struct lists lists = {0};
    struct bl_table *t = NULL;

    if (read_options(a, &o, &lists, err)) {
        t = bl_load(a->words[0].text, &o, err);
        if (!t && !err->line)
            point_at_cause(err, a);
    }
    free_lists(&lists);
    return t;
}

/* "target age" is a command for what is loaded, and this was not. */
static void hint_target(struct bl_error *err)
{
    char name[sizeof err->hint];

    if (!err || strncmp(err->hint, "target ", 7) != 0)
        return;
    memcpy(name, err->hint + 7, sizeof name - 7);
    bl_hint(err, "target=%s", name);
}

static bool run_load(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const double start = bl_now();
    const char *target = bl_arg(a, "target");
    struct bl_table *t;

    if (!a->n_words) {
        bl_fail(err, BL_USAGE, "load needs a file or the name of a built-in dataset");
        return bl_hint(err, "load iris (datasets lists the built-in ones)");
    }
    if (strcmp(a->words[0].text, "-") == 0 && s->script && strcmp(s->script, "standard input") == 0) {
        bl_fail(err, BL_USAGE, "standard input holds these commands, so it holds no data");
        bl_hint(err, "batchlab -c 'load -; describe' < data.csv, or a script: batchlab steps.bl < data.csv");
        return bl_at_word(err, a, 0);
    }
    t = read_table(s, a, r, err);
    if (!t)
        return false;
    if (!bl_workbench_add(s->workbench, t, target, err))
        return target ? hint_target(err), bl_at_pair(err, a, "target") : false;
    const struct bl_dataset *d = bl_workbench_dataset(s->workbench, err);
    if (!d)
        return false;
    if (!target && !d->table->own_target)
        warn_of_end(r, d);
    bl_result_dataset(r, d);
    if (d->table->made) {
        bl_result_set(r, "made", bl_json_text(d->table->made));
        bl_result_line(r, "drawn: %s", d->table->made);
    }
    if (bl_result_as_json(r))
        bl_result_set(r, "sha256", bl_json_text(bl_table_sha256(d->table)));
    bl_result_set(r, "bytes", json_integer((json_int_t)d->table->bytes));
    bl_result_number(r, "seconds", bl_now() - start, NULL);
    tell_warnings(r);
    return true;
}

const struct bl_command bl_command_load = {
    .name = "load",
    .arguments = "PATH [key=value ...]",
    .group = "data",
    .summary = "read a dataset from a file, standard input (-) or the built-in sets",
    .help = "The delimiter, a header line and the types of the columns are found from the data (a first line that "
            "holds a name you ask for, as target=, is a header). A column is numeric when every present cell is a number. The target "
            "is the last column (with a name or a value) unless target= says otherwise; built-in sets carry their own.",
    .examples = BL_EXAMPLES("load iris", "load breast_cancer target=diagnosis", "load airquality missing=NA"),
    .see = "datasets, target, columns, describe",
    .first = BL_ARG_SOURCE,
    .keys = BL_KEYS({"name", "", "short name for prompt and registry (default: from the file name)"},
                    {"target", "", "column to predict (default: the last one)"},
                    {"format", "", "format of the file (default: by its contents)"},
                    {"missing", "", "more words that mean missing, beside an empty cell and NA: missing=n/a,?"},
                    {"types", "", "types of columns: types=age:numeric,city:categorical"},
                    {"header", "auto|yes|no", "whether the first line holds names (default auto)"},
                    {"delimiter", "", "one of , ; | tab (default: detected)"},
                    {"sparse", "auto|yes|no", "LIBSVM: keep compressed rows (auto: above 1000 columns, three cells in four 0)"},
                    {"columns", "", "only these, in this order: columns=age,price"},
                    {"quote", "", "CSV: another quote, or none (default \")"},
                    {"escape", "", "CSV: a character that takes the meaning of the next: escape='\\'"},
                    {"comment", "", "CSV: lines that start with it are comments: comment='#'"},
                    {"skip", "", "CSV: so many lines in front are no table"},
                    {"decimal", "", "CSV: the decimal mark, . or , (default .)"},
                    {"encoding", "auto|utf-8|latin1|utf-16", "CSV: how characters are written (default auto)"},
                    {"ragged", "error|fill|skip", "CSV: rows of another length (default error)"},
                    {"sample", "", "only so many rows, drawn in one pass: for files larger than memory"},
                    {"seed", "", "draws another sample (default: the seed of the session)"},
                    {"table", "", "table of an SQLite database, array of an .npz file"},
                    {"query", "", "select for an SQLite database: query='select a, b from t'"}),
    .run = run_load,
};

/* ---- use -----------------------------------------------------------------------------------------------*/

static bool run_use(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    if (!a->n_words) {
        bl_fail(err, BL_USAGE, "use needs the name of a loaded dataset");
        return bl_hint(err, "datasets lists them");
    }
    if (a->n_words == 2 && !strcmp(a->words[0].text, "run")) {
        size_t at = bl_workbench_run_find(s->workbench, a->words[1].text, err);
        if (at == SIZE_MAX)
            return bl_at_word(err, a, 1);
        bl_workbench_use_run(s->workbench, at);
        return s->in_dashboard || run_tell_result(s, r, err);
    }
    if (!bl_workbench_use(s->workbench, a->words[0].text, err))
        return bl_at_word(err, a, 0);
    bl_result_dataset(r, bl_workbench_dataset(s->workbench, err));
    return true;
}

const struct bl_command bl_command_use = {
    .name = "use",
    .arguments = "DATASET | run RUN",
    .group = "data",
    .summary = "work on another dataset that is loaded, or take up another run",
    .help = "use run 2, or use run NAME, goes back to a run of this session with its history and tape; runs lists them. Another "
            "dataset ends the runs on the one before.",
    .examples = BL_EXAMPLES("load iris; load diabetes; use iris", "load iris; train sgd epochs=3; train batch; use run 1"),
    .see = "load, datasets, runs",
    .first = BL_ARG_DATASET,
    .further = BL_ARG_NUMBER,
    .run = run_use,
};

/* ---- datasets -------------------------------------------------------------------------------------------*/

static void list_loaded(struct bl_session *s, struct bl_result *r)
{
    const struct bl_dataset *current = bl_workbench_dataset(s->workbench, NULL);
    const size_t n = bl_workbench_datasets(s->workbench);
    struct bl_grid *g = n ? bl_result_grid(r) : NULL;
    json_t *list = json_array();

    bl_grid_column(g, "loaded", BL_LEFT);
    bl_grid_column(g, "rows", BL_COUNT);
    bl_grid_column(g, "columns", BL_COUNT);
    bl_grid_column(g, "target", BL_LEFT);
    bl_grid_column(g, "now", BL_LEFT);
    for (size_t i = 0; i < n; i++) {
        const struct bl_dataset *d = bl_workbench_dataset_at(s->workbench, i);
        const char *target = d->roles.target == SIZE_MAX ? "" : d->table->columns[d->roles.target].name;
        json_t *one = json_object();

        bl_grid_text(g, d->table->name);
        bl_grid_count(g, d->table->n_rows);
        bl_grid_count(g, d->table->n_columns);
        bl_grid_text(g, target);
        bl_grid_text(g, d == current ? "in use" : "");
        bl_json_set(r, one, "name", bl_json_text(d->table->name));
        bl_json_set(r, one, "rows", json_integer((json_int_t)d->table->n_rows));
        bl_json_set(r, one, "columns", json_integer((json_int_t)d->table->n_columns));
        bl_json_set(r, one, "target", bl_json_text(target));
        bl_json_set(r, one, "current", json_boolean(d == current));
        bl_json_append(r, list, one);
    }
    bl_result_set(r, "loaded", list);
    if (n)
        bl_result_text(r, "\n");
}

static bool run_datasets(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_samples samples;
    struct bl_grid *g;
    json_t *list = json_array();

    (void)a;
    list_loaded(s, r);
    if (!bl_samples_list(&samples, err)) {
        json_decref(list);
        return false;
    }
    g = bl_result_grid(r);
    bl_grid_column(g, "built in", BL_LEFT);
    bl_grid_column(g, "task", BL_LEFT);
    bl_grid_column(g, "about", BL_LEFT);
    for (size_t i = 0; i < samples.count; i++) {
        const struct bl_sample *sample = &samples.items[i];
        json_t *one = json_object();

        bl_grid_text(g, sample->name);
        bl_grid_text(g, sample->task);
        bl_grid_text(g, sample->summary);
        bl_json_set(r, one, "name", bl_json_text(sample->name));
        bl_json_set(r, one, "file", bl_json_text(sample->file));
        bl_json_set(r, one, "target", bl_json_text(sample->target));
        bl_json_set(r, one, "task", bl_json_text(sample->task));
        bl_json_set(r, one, "summary", bl_json_text(sample->summary));
        bl_json_append(r, list, one);
    }
    bl_result_set(r, "built_in", list);
    bl_samples_free(&samples);
    return true;
}

const struct bl_command bl_command_datasets = {
    .name = "datasets",
    .arguments = "",
    .group = "data",
    .summary = "list what is loaded and what is built in",
    .examples = BL_EXAMPLES("datasets"),
    .see = "load, use",
    .keeps_running = true,
    .run = run_datasets,
};
