/* Settings of a run: one table of keys, read, checked and explained from the same rows. */
#include "batchlab/learn.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* ---- the keys ------------------------------------------------------------------------------------*/
enum kind { NUMBER, WHOLE, RATE, BYTES, ROWS, OPTIMIZER, SCHEDULE, ORDER, YES_NO, HYPER };

struct key {
    const char *name, *help;
    enum kind kind;
    size_t at;               /* offset in bl_settings */
    double min, max;
    bool above_min;          /* min itself is refused */
    const char *usual, *try; /* for hints */
};

#define AT(member) .at = offsetof(struct bl_settings, member)

static const struct key keys[] = {
    {"lr", "learning rate; auto: 1/L of the rows of one update (0.01 for adagrad, rmsprop, adam, adamw, lion); search: by line search (batch)", RATE,
     AT(lr), .min = 0, .max = HUGE_VAL, .above_min = true, .usual = "0.001 to 1 is usual", .try = "0.1"},
    {"batch", "rows that one update sees: a number, or all", ROWS, AT(batch), .min = 1, .max = 4294967295.0,
     .usual = "16 to 256 is usual", .try = "32"},
    {"optimizer", "rule from gradient to update; default gd", OPTIMIZER, .try = "adam"},
    {"momentum", "share of the last step that is kept (momentum, nesterov); default 0.9", HYPER, .try = "0.9"},
    {"beta1", "memory of the mean gradient (adam, adamw, lion); default 0.9", HYPER, .try = "0.9"},
    {"beta2", "memory of the mean square (adam, adamw), of the mean (lion); default 0.999", HYPER, .try = "0.999"},
    {"rho", "memory of the mean square (rmsprop); default 0.9", HYPER, .try = "0.9"},
    {"eps", "added to the root of the mean square (adagrad, rmsprop, adam, adamw); default 1e-8", HYPER, .try = "1e-8"},
    {"weight_decay", "weights shrink by lr times this each update (adamw, lion); default 0.01 (0)", HYPER, .try = "0.01"},
    {"schedule", "fall of the learning rate; default constant", SCHEDULE, .try = "cosine"},
    {"drop", "factor of a drop (step, plateau); default 0.5", NUMBER, AT(drop), .min = 0, .max = 1,
     .above_min = true, .usual = "0.1 to 0.5 is usual", .try = "0.5"},
    {"every", "epochs before a drop (step), of them none better than before (plateau); default 10", NUMBER, AT(every), .min = 0, .max = 1e15,
     .above_min = true, .usual = "5 to 30 is usual", .try = "10"},
    {"decay", "schedule=exponential (e^-decay an epoch) and 1/t (1/(1 + decay epoch)); default 0.05", NUMBER, AT(decay),
     .min = 0, .max = 1e15, .usual = "0.01 to 1 is usual", .try = "0.05"},
    {"floor", "least factor of the schedule; default 0", NUMBER, AT(floor), .min = 0, .max = 1,
     .usual = "0 to 0.1 is usual", .try = "0.01"},
    {"warmup", "epochs in which the rate rises from 0; default 0", NUMBER, AT(warmup), .min = 0,
     .max = 1e15, .usual = "0 to 5 is usual", .try = "1"},
    {"clip", "longest gradient an update takes; default 0: any", NUMBER, AT(clip), .min = 0,
     .max = 1e300, .usual = "1 to 100 is usual", .try = "1"},
    {"accumulate", "mini-batches that make one update; default 1", WHOLE, AT(accumulate), .min = 1, .max = 4294967295.0,
     .usual = "2 to 32 is usual", .try = "4"},
    {"average", "mean of all iterates (Polyak-Ruppert); default no", YES_NO, AT(average),
     .try = "yes"},
    {"order", "rows of an epoch: shuffled (by seed and epoch), given (as they stand), replacement, importance (the steep ones more often); default shuffled", ORDER,
     .try = "shuffled"},
    {"seed", "names the random order; default 1", WHOLE, AT(seed), .min = 0, .max = 9007199254740992.0,
     .usual = "any whole number", .try = "1"},
    {"epochs", "passes that are planned; default 20", WHOLE, AT(epochs), .min = 0, .max = 1e15, .usual = "20 to 1000 is usual",
     .try = "20"},
    {"patience", "epochs without a better validation loss (objective) that end the run, back at the best; default 0: never",
     WHOLE, AT(patience), .min = 0, .max = 1e15, .usual = "5 to 50 is usual", .try = "10"},
    {"min_delta", "smaller gains do not count as better; default 0", NUMBER, AT(min_delta), .min = 0, .max = 1e300,
     .usual = "0 to 0.001 is usual", .try = "0.0001"},
    {"freeze", "so many first layers of a network stay; default 0", WHOLE, AT(freeze), .min = 0, .max = 64,
     .usual = "below the number of layers", .try = "1"},
    {"tape", "memory for going back (K, M, G); default 256M", BYTES, AT(tape), .min = 0, .max = 1e15,
     .usual = "256M is usual", .try = "256M"},
};

#define N_KEYS (sizeof keys / sizeof *keys)

const char *const bl_settings_keys[] = {
    "lr", "batch", "optimizer", "momentum", "beta1", "beta2", "rho", "eps", "weight_decay", "schedule", "drop", "every",
    "decay", "floor", "warmup", "clip", "accumulate", "average", "order", "seed", "epochs", "patience", "min_delta", "freeze", "tape", NULL,
};

static const struct key *find_key(const char *name)
{
    for (size_t i = 0; i < N_KEYS; i++)
        if (strcmp(keys[i].name, name) == 0)
            return &keys[i];
    return NULL;
}

const char *bl_settings_help(const char *key)
{
    const struct key *k = find_key(key);

    return k ? k->help : NULL;
}

static const char *const optimizer_names[] = {"gd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw", "lion", "svrg", "saga", NULL};
static const char *const schedule_names[] = {"constant", "step", "exponential", "cosine", "1/t", "plateau", NULL};
static const char *const order_names[] = {"shuffled", "given", "replacement", "importance", NULL}; /* as enum bl_order */
static const char *const yes_names[] = {"no", "yes", NULL};

const char *const *bl_settings_values(const char *key)
{
    const struct key *k = find_key(key);

    if (!k)
        return NULL;
    return k->kind == OPTIMIZER ? optimizer_names : k->kind == SCHEDULE ? schedule_names : k->kind == ORDER ? order_names : k->kind == YES_NO ? yes_names : NULL;
}

/* ---- defaults ---------------------------------------------------------------------------------------*/
static void take_optimizer(struct bl_settings *s, const struct bl_optimizer_type *type)
{
    s->optimizer = type;
    for (size_t i = 0; i < 6; i++)
        s->hyper[i] = 0;
    for (size_t i = 0; type->hyper[i].name; i++)
        s->hyper[i] = type->hyper[i].value;
}

void bl_settings_init(struct bl_settings *s)
{
    memset(s, 0, sizeof *s);
    s->regime = BL_BATCH;
    s->batch = 32;
    s->lr = NAN;
    s->schedule = bl_schedule_find("constant");
    s->drop = 0.5;
    s->every = 10;
    s->decay = 0.05;
    s->accumulate = 1;
    s->order = BL_SHUFFLED;
    s->seed = 1;
    s->epochs = 20;
    s->tape = (size_t)256 << 20;
    take_optimizer(s, bl_optimizer_find("gd"));
}

/* ---- errors -------------------------------------------------------------------------------------------*/
static size_t count_names(const char *const *names)
{
    size_t n = 0;

    while (names[n])
        n++;
    return n;
}

static bool refuse_name(const char *what, const char *value, const char *const *names, struct bl_error *err)
{
    const char *near = bl_nearest(value, names, count_names(names));
    struct bl_text list = {0};

    for (size_t i = 0; names[i]; i++)
        bl_text_addf(&list, " %s", names[i]);
    bl_fail(err, BL_UNKNOWN, "no %s '%s'", what, value);
    if (near)
        bl_hint(err, "did you mean '%s'? there are:%s", near, bl_text_get(&list));
    else
        bl_hint(err, "there are:%s", bl_text_get(&list));
    bl_text_free(&list);
    return false;
}

static void now_text(const struct bl_settings *s, const struct key *k, char *out, size_t size)
{
    const void *at = (const char *)s + k->at;
    double x = k->kind == WHOLE ? (double)*(const uint64_t *)at : k->kind == BYTES || k->kind == ROWS ? (double)*(const size_t *)at : *(const double *)at;

    if (k->kind == BYTES)
        bl_bytes_format(out, size, x);
    else if (isnan(x))
        snprintf(out, size, k->kind == RATE && s->search ? "search" : "auto");
    else
        bl_number_exact(out, size, x);
}

static bool hint_usual(const struct bl_settings *s, const struct key *k, struct bl_error *err)
{
    char now[32];

    now_text(s, k, now, sizeof now);
    return bl_hint(err, "set %s=%s (now %s; %s)", k->name, k->try, now, k->usual);
}

static bool refuse_text(const struct bl_settings *s, const struct key *k, const char *value, const char *what, struct bl_error *err)
{
    char fixed[64];
    const char *comma = strchr(value, ',');
    double x;

    bl_fail(err, BL_VALUE, "%s=%s is not %s", k->name, value, what);
    if (comma && strlen(value) < sizeof fixed) {
        memcpy(fixed, value, strlen(value) + 1);
        fixed[comma - value] = '.';
        if (bl_number_parse(fixed, strlen(fixed), &x))
            return bl_hint(err, "the decimal mark is a point: %s=%s (for two contestants write compare %s=%s)", k->name, fixed,
                           k->name, value);
    }
    return hint_usual(s, k, err);
}

static bool check_range(const struct bl_settings *s, const struct key *k, const char *value, double x, struct bl_error *err)
{
    char bound[32];

    if (k->above_min ? x > k->min : x >= k->min) {
        if (x <= k->max)
            return true;
        bl_fail(err, BL_VALUE, "%s=%s must be at most %s", k->name, value, bl_number_exact(bound, sizeof bound, k->max));
    } else if (k->above_min) {
        bl_fail(err, BL_VALUE, "%s=%s must be greater than %s", k->name, value, bl_number_exact(bound, sizeof bound, k->min));
    } else {
        bl_fail(err, BL_VALUE, "%s=%s must be %s or more", k->name, value, bl_number_exact(bound, sizeof bound, k->min));
    }
    return hint_usual(s, k, err);
}

/* ---- values --------------------------------------------------------------------------------------------*/
static bool read_number(const struct bl_settings *s, const struct key *k, const char *value, double *x, struct bl_error *err)
{
    if (!bl_number_parse(value, strlen(value), x))
        return refuse_text(s, k, value, "a number", err);
    return check_range(s, k, value, *x, err);
}

static bool read_whole(const struct bl_settings *s, const struct key *k, const char *value, int64_t *x, struct bl_error *err)
{
    double number;

    if (!bl_integer_parse(value, strlen(value), x)) {
        if (!bl_number_parse(value, strlen(value), &number) || number != floor(number) || fabs(number) > 9e15)
            return refuse_text(s, k, value, "a whole number", err);
        *x = (int64_t)number; /* 1e3 */
    }
    return check_range(s, k, value, (double)*x, err);
}

static bool set_rate(struct bl_settings *s, const struct key *k, const char *value, struct bl_error *err)
{
    double x;

    if (strcmp(value, "auto") == 0 || strcmp(value, "search") == 0) {
        s->lr = NAN;
        s->search = value[0] == 's';
        return true;
    }
    if (!read_number(s, k, value, &x, err))
        return false;
    s->lr = x;
    s->search = 0;
    return true;
}

static bool set_rows(struct bl_settings *s, const struct key *k, const char *value, struct bl_error *err)
{
    int64_t n;

    if (strcmp(value, "all") == 0) {
        s->regime = BL_BATCH;
        return true;
    }
    if (!read_whole(s, k, value, &n, err))
        return false;
    s->regime = n == 1 ? BL_STOCHASTIC : BL_MINI;
    if (n > 1)
        s->batch = (size_t)n;
    return true;
}

static bool set_bytes(struct bl_settings *s, const struct key *k, const char *value, struct bl_error *err)
{
    size_t n = strlen(value);
    double unit = 1, x;
    const char *letter = n ? strchr("KMG", value[n - 1]) : NULL;

    if (letter)
        unit = *letter == 'K' ? 1024.0 : *letter == 'M' ? 1048576.0 : 1073741824.0;
    if (!bl_number_parse(value, n - (letter != NULL), &x))
        return refuse_text(s, k, value, "a number of bytes", err);
    if (!check_range(s, k, value, x * unit, err))
        return false;
    s->tape = (size_t)(x * unit);
    return true;
}

static bool set_hyper(struct bl_settings *s, const struct key *k, const char *value, struct bl_error *err)
{
    const struct bl_hyper *h = s->optimizer->hyper;
    char usual[48], bound[32];
    size_t i = 0;
    double x;

    while (h[i].name && strcmp(h[i].name, k->name) != 0)
        i++;
    if (!h[i].name) {
        bl_fail(err, BL_VALUE, "optimizer %s has no %s", s->optimizer->name, k->name);
        return bl_hint(err, "optimizer=NAME %s=%s (%s)", k->name, value, k->help);
    }
    snprintf(usual, sizeof usual, "%s is usual", bl_number_exact(bound, sizeof bound, h[i].value));
    struct key ranged = {.name = k->name, .kind = NUMBER, .at = offsetof(struct bl_settings, hyper) + i * sizeof s->hyper[0],
                         .min = h[i].min, .max = h[i].max, .above_min = h[i].min_open, .try = k->try, .usual = usual};
    if (!read_number(s, &ranged, value, &x, err))
        return false;
    if (h[i].max_open && x >= h[i].max) {
        bl_fail(err, BL_VALUE, "%s=%s must be less than %s", k->name, value, bl_number_exact(bound, sizeof bound, h[i].max));
        return hint_usual(s, &ranged, err);
    }
    s->hyper[i] = x;
    return true;
}

static bool set_optimizer(struct bl_settings *s, const char *value, struct bl_error *err)
{
    const struct bl_optimizer_type *type = bl_optimizer_find(value);

    if (type) {
        take_optimizer(s, type);
        return true;
    }
    refuse_name("optimizer", value, optimizer_names, err);
    if (bl_solver_find(value))
        bl_hint(err, "%s takes all rows at once: train full:%s", value, value);
    return false;
}

static bool set_schedule(struct bl_settings *s, const char *value, struct bl_error *err)
{
    const struct bl_schedule_type *type = bl_schedule_find(value);

    if (!type)
        return refuse_name("schedule", value, schedule_names, err);
    s->schedule = type;
    return true;
}

static bool set_order(struct bl_settings *s, const char *value, struct bl_error *err)
{
    for (int i = 0; order_names[i]; i++)
        if (strcmp(order_names[i], value) == 0) {
            s->order = (enum bl_order)i;
            return true;
        }
    return refuse_name("order", value, order_names, err);
}

static bool set_yes(struct bl_settings *s, const struct key *k, const char *value, struct bl_error *err)
{
    for (uint64_t i = 0; yes_names[i]; i++)
        if (strcmp(yes_names[i], value) == 0) {
            *(uint64_t *)((char *)s + k->at) = i;
            return true;
        }
    bl_fail(err, BL_VALUE, "%s=%s is neither yes nor no", k->name, value);
    return bl_hint(err, "set %s=%s", k->name, k->try);
}

static bool set_plain(struct bl_settings *s, const struct key *k, const char *value, struct bl_error *err)
{
    void *at = (char *)s + k->at;
    int64_t whole;
    double x;

    if (k->kind == WHOLE) {
        if (!read_whole(s, k, value, &whole, err))
            return false;
        *(uint64_t *)at = (uint64_t)whole;
        return true;
    }
    if (!read_number(s, k, value, &x, err))
        return false;
    *(double *)at = x;
    return true;
}

bool bl_settings_set(struct bl_settings *s, const char *key, const char *value, bool *known, struct bl_error *err)
{
    const struct key *k = find_key(key);

    *known = k != NULL;
    if (!k)
        return true;
    switch (k->kind) {
    case RATE: return set_rate(s, k, value, err);
    case ROWS: return set_rows(s, k, value, err);
    case BYTES: return set_bytes(s, k, value, err);
    case OPTIMIZER: return set_optimizer(s, value, err);
    case SCHEDULE: return set_schedule(s, value, err);
    case ORDER: return set_order(s, value, err);
    case YES_NO: return set_yes(s, k, value, err);
    case HYPER: return set_hyper(s, k, value, err);
    case NUMBER:
    case WHOLE: break;
    }
    return set_plain(s, k, value, err);
}

/* ---- regimes ---------------------------------------------------------------------------------------------*/
static bool set_solver(struct bl_settings *s, const char *name, struct bl_error *err)
{
    const struct bl_solver_type *solver = bl_solver_find(name);
    const char *names[16];
    size_t n = 0;

    for (; bl_solvers[n] && n < 15; n++)
        names[n] = bl_solvers[n]->name;
    names[n] = NULL;
    if (!solver)
        return refuse_name("full-batch method", name, names, err);
    s->solver = solver;
    s->regime = BL_FULL;
    return true;
}

static bool set_mini(struct bl_settings *s, const char *word, const char *rows, struct bl_error *err)
{
    int64_t n;

    if (!bl_integer_parse(rows, strlen(rows), &n) || n < 1 || n > 4294967295) {
        bl_fail(err, BL_VALUE, "%s: a mini-batch has a whole number of rows, 1 or more", word);
        return bl_hint(err, "mini:32");
    }
    s->regime = BL_MINI;
    s->batch = (size_t)n;
    return true;
}

/* A word that belongs elsewhere is told where; else the nearest regime. */
static bool refuse_regime(const char *word, struct bl_error *err)
{
    static const char *const regimes[] = {"batch", "mini", "sgd", "full:newton", NULL};
    const char *near = strncmp(word, "stoch", 5) == 0 ? "sgd" : strncmp(word, "mini", 4) == 0 ? "mini:32" : bl_nearest(word, regimes, 4);

    if (bl_solver_find(word)) {
        bl_fail(err, BL_UNKNOWN, "no regime '%s': it is a full-batch method", word);
        return bl_hint(err, "train full:%s", word);
    }
    if (bl_optimizer_find(word)) {
        bl_fail(err, BL_UNKNOWN, "no regime '%s': it is an optimizer", word);
        return bl_hint(err, "train %s optimizer=%s", strcmp(word, "gd") == 0 ? "batch" : "mini:32", word);
    }
    if (bl_objective_find(word)) {
        bl_fail(err, BL_UNKNOWN, "no regime '%s': it is a model", word);
        return bl_hint(err, "model %s; train batch (models side by side: cv 5 against=%s)", word, word);
    }
    bl_fail(err, BL_UNKNOWN, "no regime '%s'", word);
    return near ? bl_hint(err, "did you mean '%s'? there are: batch mini:32 sgd full:newton", near)
                : bl_hint(err, "there are: batch mini:32 sgd full:newton");
}

bool bl_settings_regime(struct bl_settings *s, const char *word, struct bl_error *err)
{
    if (strncmp(word, "full:", 5) == 0)
        return set_solver(s, word + 5, err);
    if (strncmp(word, "mini:", 5) == 0)
        return set_mini(s, word, word + 5, err);
    if (strcmp(word, "batch") == 0)
        s->regime = BL_BATCH;
    else if (strcmp(word, "sgd") == 0)
        s->regime = BL_STOCHASTIC;
    else if (strcmp(word, "mini") == 0)
        return set_mini(s, word, "32", err);
    else
        return refuse_regime(word, err);
    s->solver = NULL;
    return true;
}

const char *bl_settings_regime_word(const struct bl_settings *s, char *buffer, size_t size)
{
    switch (s->regime) {
    case BL_MINI: snprintf(buffer, size, "mini:%zu", s->batch); break;
    case BL_STOCHASTIC: snprintf(buffer, size, "sgd"); break;
    case BL_FULL: snprintf(buffer, size, "full:%s", s->solver->name); break;
    case BL_BATCH: snprintf(buffer, size, "batch"); break;
    }
    return buffer;
}

const char *bl_settings_display(const struct bl_settings *s, char *buffer, size_t size)
{
    switch (s->regime) {
    case BL_MINI: snprintf(buffer, size, "mini %zu", s->batch); break;
    case BL_STOCHASTIC: snprintf(buffer, size, "stochastic"); break;
    case BL_FULL: snprintf(buffer, size, "%s", s->solver->name); break;
    case BL_BATCH: snprintf(buffer, size, "batch"); break;
    }
    return buffer;
}
