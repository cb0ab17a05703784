/* Every objective with every rule in every regime on three sets: each must be refused with a reason, reach
 * its optimum, or stay above it for a reason that can be named; be the same for every number of threads;
 * and come back to the same bits when it is wound back. The table that this makes is in the log. */
#include "tests/learn/known.h"

static const struct { const char *name; size_t classes; } sets[] = { { "diabetes", 0 }, { "breast_cancer", 2 }, { "iris", 3 } };
static const char *const regimes[] = { "batch", "mini:32", "sgd" };
static const size_t threads[] = { 2, 3, 8 };
enum { SETS = 3, REGIMES = 3, THREADS = 3, PROOF_EPOCHS = 4 };

/* What is left of the gap between start and optimum. */
static const double reached = 1e-6, near = 0.02;

struct set { json_t *json; struct bl_matrix *m; };
struct problem { const char *set; struct bl_objective o; struct bl_optimum best; bool has_best; };
struct tally { size_t combinations, refused, diverged, reached, near, above; };

static struct bl_pool *pools[THREADS];

static uint64_t long_epochs(void) { return getenv("BATCHLAB_LONG") ? 400 : 40; }

/* ---- one combination -------------------------------------------------------------------------------------- */

static bool choose(struct bl_settings *s, const char *regime, const char *optimizer)
{
    struct bl_error err = { 0 };
    bool known = true;

    bl_settings_init(s);
    s->epochs = long_epochs();
    return bl_settings_regime(s, regime, &err) && (!optimizer || bl_settings_set(s, "optimizer", optimizer, &known, &err)) && known;
}

static void hash_of(const struct problem *p, const struct bl_settings *s, struct bl_pool *pool, bool wound, char hex[65])
{
    struct bl_error err = { 0 };
    struct bl_trainer *t = bl_trainer_create(&p->o, s, NULL, pool, &err);

    if (!t || !bl_trainer_epochs(t, PROOF_EPOCHS, NULL, &err))
        fail_msg("%s", err.message);
    uint64_t update = bl_trainer_update(t);
    if (wound && !(bl_trainer_goto_update(t, update / 3, NULL, &err) && bl_trainer_goto_update(t, update, NULL, &err)))
        fail_msg("%s", err.message);
    bl_trainer_hash(t, hex);
    bl_trainer_free(t);
}

static void assert_same_bits(const struct problem *p, const struct bl_settings *s, const char *what)
{
    char first[65], other[65];

    hash_of(p, s, NULL, false, first);
    hash_of(p, s, NULL, true, other);
    if (strcmp(first, other))
        fail_msg("%s: %s is not the same after going back", p->set, what);
    for (size_t i = 0; i < THREADS; i++) {
        hash_of(p, s, pools[i], false, other);
        if (strcmp(first, other))
            fail_msg("%s: %s is not the same with %zu threads", p->set, what, threads[i]);
    }
}

static bool sees_all_rows(const struct bl_settings *s) { return s->regime == BL_BATCH || s->regime == BL_FULL; }

/* Why a run at a constant rate stays above the optimum; NULL: there is no excuse. */
static const char *excuse(const struct problem *p, const struct bl_settings *s)
{
    static const char *const signs[] = { "lion", "adam", "adamw", "rmsprop", NULL };
    const char *rule = s->optimizer->name;

    if (p->o.type->kinks)
        return "the loss has kinks: a constant rate steps across them";
    for (size_t i = 0; signs[i]; i++)
        if (!strcmp(rule, signs[i]))
            return "steps of fixed length at the default rate 0.01";
    if (!strcmp(rule, "adagrad"))
        return "its steps shrink with every update";
    if (!sees_all_rows(s) && strcmp(rule, "svrg") && strcmp(rule, "saga"))
        return "noise of the rows at a constant rate";
    return "slow directions: more epochs";
}

/* lr=auto is 1/L, which is safe for plain descent; a memory of ten noisy steps makes ten times that. Where the
 * curvature has no bound it is 0.01, which nothing makes safe. */
static void judge_diverged(const struct problem *p, const struct bl_settings *s, const char *what, const struct bl_error *why)
{
    bool remembers = !strcmp(s->optimizer->name, "momentum") || !strcmp(s->optimizer->name, "nesterov");

    printf("# %-14s %-9s %-22s %9s  diverged: try %s\n", p->set, p->o.type->name, what, "", why->hint);
    if ((!isinf(p->o.type->curvature_bound) && (!remembers || sees_all_rows(s))) || !strstr(why->hint, " lr="))
        fail_msg("%s: %s diverged at its default rate: %s", p->set, what, why->message);
}

static void judge(const struct problem *p, const struct bl_settings *s, const char *what, struct tally *tally)
{
    struct bl_error err = { 0 };
    struct bl_trainer *t = bl_trainer_create(&p->o, s, NULL, NULL, &err);
    struct bl_point now;
    size_t n;

    if (!t || !bl_trainer_epochs(t, long_epochs(), NULL, &err) || !bl_trainer_point(t, &now, &err))
        fail_msg("%s: %s: %s", p->set, what, err.message);
    if (bl_trainer_status(t) == BL_DIVERGED_RUN) {
        judge_diverged(p, s, what, bl_trainer_why(t));
        tally->diverged++;
        bl_trainer_free(t);
        return;
    }
    double start = bl_trainer_points(t, &n)[0].objective, best = p->has_best ? p->best.objective : 0;
    double left = (now.objective - best) / (start - best);
    bool there = left < reached, close = left < near;
    printf("# %-14s %-9s %-22s %9.1e  %s\n", p->set, p->o.type->name, what, left, there ? "reaches the optimum" : excuse(p, s));
    tally->reached += there;
    tally->near += !there && close;
    tally->above += !there && !close;
    if (!(left < 1) && (sees_all_rows(s) || strcmp(s->optimizer->name, "lion")))
        fail_msg("%s: %s ended above its start", p->set, what);
    if (s->regime == BL_FULL && p->has_best && !there)
        fail_msg("%s: %s: a solver that does not reach the optimum (%g of the gap left)", p->set, what, left);
    bl_trainer_free(t);
}

static void combine(const struct problem *p, const char *regime, const char *optimizer, struct tally *tally)
{
    struct bl_settings s;
    struct bl_error err = { 0 };
    char what[64];

    snprintf(what, sizeof what, "%s%s%s", regime, optimizer ? " " : "", optimizer ? optimizer : "");
    assert_true(choose(&s, regime, optimizer));
    tally->combinations++;
    struct bl_trainer *t = bl_trainer_create(&p->o, &s, NULL, NULL, &err);
    if (!t) {
        printf("# %-14s %-9s %-22s %9s  refused: %s\n", p->set, p->o.type->name, what, "", err.message);
        if (!err.message[0] || !err.hint[0])
            fail_msg("%s: %s is refused without a reason or a way out", p->set, what);
        tally->refused++;
        return;
    }
    bl_trainer_free(t);
    assert_same_bits(p, &s, what);
    judge(p, &s, what, tally);
}

/* ---- all of them ---------------------------------------------------------------------------------------------- */

static bool open_problem(struct problem *p, size_t set, const struct bl_objective_type *type, const struct bl_matrix *m)
{
    struct bl_error err = { 0 };

    *p = (struct problem){ .set = sets[set].name };
    if ((type->task == BL_CLASSIFICATION) != (sets[set].classes > 0))
        return false;
    if (!bl_objective_init(&p->o, type, m, NULL, sets[set].classes, true, 0.01, "y", &err)) {
        printf("# %-14s %-9s %-22s %9s  refused: %s\n", p->set, type->name, "", "", err.message);
        assert_true(err.message[0] && err.hint[0]);
        return false;
    }
    if (!bl_optimum_find(&p->o, NULL, NULL, &p->best, &err))
        fail_msg("%s", err.message);
    p->has_best = p->best.exists;
    return true;
}

static void combine_all(const struct problem *p, struct tally *tally)
{
    static const char *const solvers[] = { "full:closed", "full:newton", "full:lbfgs", "full:cg" };

    for (size_t r = 0; r < REGIMES; r++)
        for (size_t i = 0; bl_optimizers[i]; i++)
            combine(p, regimes[r], bl_optimizers[i]->name, tally);
    for (size_t i = 0; i < sizeof solvers / sizeof *solvers; i++)
        combine(p, solvers[i], NULL, tally);
}

static void test_every_combination_is_refused_or_descends_reproducibly(void **state)
{
    struct tally all = { 0 };
    struct bl_error err = { 0 };

    (void)state;
    for (size_t i = 0; i < THREADS; i++)
        assert_non_null(pools[i] = bl_pool_create(threads[i], &err));
    for (size_t s = 0; s < SETS; s++) {
        struct set set = { .json = known_json(sets[s].name) };
        set.m = known_matrix(sets[s].name, set.json, true);
        for (size_t i = 0; bl_objectives[i]; i++) {
            struct problem p;
            if (!open_problem(&p, s, bl_objectives[i], set.m))
                continue;
            combine_all(&p, &all);
            bl_optimum_done(&p.best);
            bl_objective_done(&p.o);
        }
        bl_matrix_free(set.m);
        json_decref(set.json);
    }
    for (size_t i = 0; i < THREADS; i++)
        bl_pool_free(pools[i]);
    printf("# %zu combinations: %zu refused, %zu diverge, %zu reach the optimum, %zu come within %g of the gap, %zu stay above for a reason\n",
           all.combinations, all.refused, all.diverged, all.reached, all.near, near, all.above);
    assert_true(all.reached + all.near > all.combinations / 3 && all.refused < all.combinations / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_every_combination_is_refused_or_descends_reproducibly) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
