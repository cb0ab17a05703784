/* generate: synthetic sets. */
#include "command.h"

#include <math.h>
#include <string.h>

static const struct bl_generator *find_kind(const char *name)
{
    for (size_t i = 0; bl_generator_at(i); i++)
        if (strcmp(bl_generator_at(i)->name, name) == 0)
            return bl_generator_at(i);
    return NULL;
}

static bool read_options(struct bl_session *s, const struct bl_args *a, struct bl_generate_options *o, struct bl_error *err)
{
    const struct bl_generator *g = find_kind(a->words[0].text);
    int64_t n, features, classes, seed = (int64_t)bl_workbench_seed(s->workbench);

    *o = g ? g->defaults : (struct bl_generate_options){.n = 1, .features = 1};
    n = (int64_t)o->n;
    features = (int64_t)o->features;
    classes = (int64_t)o->classes;
    if (!bl_arg_integer(a, "n", 1, 2147483647, &n, err) || !bl_arg_integer(a, "features", 1, 1000, &features, err) ||
        !bl_arg_integer(a, "classes", 1, 100, &classes, err) || !bl_arg_integer(a, "seed", 0, INT64_MAX, &seed, err) ||
        !bl_arg_number(a, "noise", &o->noise, err) || !bl_arg_number(a, "condition", &o->condition, err))
        return false;
    o->n = (size_t)n;
    o->features = (size_t)features;
    o->classes = (size_t)classes;
    o->seed = (uint64_t)seed;
    return true;
}

static bool run_generate(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    static const char *const keys[] = {"n", "features", "classes", "noise", "condition"};
    const double start = bl_now();
    struct bl_generate_options o;
    struct bl_table *t;

    if (!a->n_words) {
        bl_fail(err, BL_USAGE, "generate needs the name of a synthetic set");
        return bl_hint(err, "generate moons (help generate lists them)");
    }
    if (!read_options(s, a, &o, err))
        return false;
    t = bl_generate(a->words[0].text, bl_arg(a, "name"), &o, err);
    if (!t) {
        for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
            if (err && strncmp(err->message, keys[i], strlen(keys[i])) == 0 && err->message[strlen(keys[i])] == '=' && bl_arg(a, keys[i]))
                return bl_at_pair(err, a, keys[i]);
        return find_kind(a->words[0].text) ? false : bl_at_word(err, a, 0);
    }
    if (!bl_workbench_add(s->workbench, t, NULL, err))
        return false;
    const struct bl_dataset *d = bl_workbench_dataset(s->workbench, err);
    if (!d)
        return false;
    bl_result_dataset(r, d);
    bl_result_set(r, "seed", json_integer((json_int_t)o.seed));
    bl_result_number(r, "seconds", bl_now() - start, NULL);
    return true;
}

const struct bl_command bl_command_generate = {
    .name = "generate",
    .arguments = "SET [key=value ...]",
    .group = "data",
    .summary = "make a synthetic dataset: blobs, moons, spiral, linear and others",
    .help = "The same seed gives the same bits on every machine. blobs: normal clouds. moons, circles, spiral, xor: classes "
            "that no line separates. linear, logistic: features with mean 0 and mean square 1 whose correlations have the "
            "condition number that condition= says. sine: one period. drift: a stream whose boundary changes half way. noise= "
            "is a standard deviation, for logistic the inverse of steepness, for drift the share of wrong labels.",
    .examples = BL_EXAMPLES("generate moons", "generate linear condition=1000 features=8; theory", "generate blobs n=90 classes=5 noise=0.5 seed=3"),
    .see = "load, export",
    .first = BL_ARG_WORDS,
    .choices = BL_WORDS("blobs", "moons", "circles", "spiral", "xor", "linear", "logistic", "sine", "drift"),
    .keys = BL_KEYS({"n", "", "rows (default 300; drift 2000)"}, {"noise", "", "how far from the rule (default: by the set)"},
                    {"seed", "", "draws another set (default: the seed of the session)"},
                    {"features", "", "columns beside the target: blobs xor linear logistic drift"},
                    {"classes", "", "classes of blobs, circles and spiral"},
                    {"condition", "", "condition number of linear and logistic (default 10)"},
                    {"name", "", "name of the dataset (default: that of the set)"}),
    .run = run_generate,
};
