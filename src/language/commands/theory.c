/* theory, story: what ought to happen, and what did. */
#include <math.h>
#include <string.h>

#include "src/language/commands/run.h"

struct line { const char *key; double value; const char *meaning; };

static void theory_tell(struct bl_result *r, const struct bl_theory *t, const struct bl_optimum *best)
{
    const struct line lines[] = {
        { "lipschitz", t->lipschitz, "L: largest curvature at the optimum" },
        { "lipschitz_bound", t->lipschitz_bound, "a bound on the curvature everywhere" },
        { "strong_convexity", t->strong_convexity, "mu: smallest curvature at the optimum" },
        { "condition", t->condition, "L / mu: how narrow the valley is" },
        { "critical_lr", t->critical_lr, "2 / L: above it full-batch descent diverges" },
        { "best_lr", t->best_lr, "2 / (L + mu): fastest constant rate" },
        { "predicted_rate", t->predicted_rate, "error left by a full-batch update at this lr" },
        { "measured_rate", t->measured_rate, "the same, measured over the last two epochs" },
        { "optimum_objective", t->optimum_objective, "lowest objective there is" },
        { "suboptimality", t->suboptimality, "objective above the optimum, now" },
        { "gradient_noise_scale", t->gradient_noise_scale, "tr(S) / |g|^2: batch size that drowns the noise" },
        { "noise_floor", t->noise_floor, "what sampling keeps alive at this lr" },
        { "sharpness", t->sharpness, "networks: largest curvature where the run stands" },
        { "sharpness_limit", t->sharpness_limit, "2 / lr: full-batch descent holds sharpness near or below it" },
    };
    bool network = !isnan(t->sharpness) || !isnan(t->sharpness_limit);
    struct bl_grid *g = bl_result_grid(r);

    bl_grid_column(g, "figure", BL_LEFT);
    bl_grid_column(g, "value", BL_MIXED);
    bl_grid_column(g, "meaning", BL_PROSE);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        if ((!strncmp(lines[i].key, "sharp", 5) || (network && isnan(lines[i].value))) && isnan(lines[i].value))
            continue;
        if (!isnan(lines[i].value))
            bl_result_number(r, lines[i].key, lines[i].value, "not finite");
        bl_grid_text(g, lines[i].key);
        bl_grid_number(g, lines[i].value);
        bl_grid_text(g, lines[i].meaning);
    }
    if (best->exists)
        bl_result_line(r, "optimum by %s, %zu iteration%s, gradient norm %.1e", best->method, best->iterations, best->iterations == 1 ? "" : "s", best->gradient_norm);
    else
        bl_result_line(r, "no optimum: %s", best->reason);
    if (t->note[0]) {
        bl_result_line(r, "%s", t->note);
        bl_result_set(r, "note", bl_json_text(t->note));
    }
}

static bool run_theory(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_race *race = run_needed(s, r, err) ? bl_workbench_race(s->workbench, err) : NULL;
    const struct bl_optimum *best = race ? bl_workbench_optimum(s->workbench, err) : NULL;
    struct bl_theory t;
    size_t which;

    if (!best || !contestant_find(race, a, &which, err))
        return false;
    if (!bl_theory_of(bl_race_trainer(race, which), best, bl_workbench_pool(s->workbench), bl_workbench_progress(s->workbench), &t, err))
        return false;
    if (bl_race_size(race) > 1)
        bl_result_line(r, "for %s", bl_race_name(race, which));
    theory_tell(r, &t, best);
    bl_theory_done(&t);
    return true;
}

const struct bl_command bl_command_theory = {
    .name = "theory", .arguments = "[CONTESTANT]", .group = "compare",
    .summary = "curvature, critical learning rate, predicted and measured rate",
    .help = "Figures of the objective on this data: the curvature at the optimum gives the learning rate above which "
            "full-batch descent diverges (2/L), the fastest one, and the rate at which the error shrinks; beside it the "
            "rate that was measured. The noise floor is where stochastic steps of this size stay, for rows drawn with "
            "replacement; shuffled epochs lie lower.",
    .first = BL_ARG_CONTESTANT, .further = BL_ARG_NONE,
    .examples = (const char *const[]){ "load diabetes; train batch lr=0.4 epochs=100; theory", NULL },
    .see = "explain, story", .run = run_theory,
};

static void paragraphs_wrap(struct bl_text *out, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        char *paragraph = bl_strndup(text, n);
        if (paragraph)
            bl_wrap(out, paragraph, 0, 0);
        bl_free(paragraph);
        if (out->length && out->at[out->length - 1] != '\n')
            bl_text_add(out, "\n");
        text += n + (text[n] == '\n');
    }
}

static bool run_story(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_race *race = bl_workbench_race(s->workbench, err);
    const struct bl_optimum *best = race ? bl_workbench_optimum(s->workbench, err) : NULL;
    struct bl_text text = { 0 };
    bool good;

    (void)a;
    if (!best)
        return false;
    good = bl_story(race, best, &text, err);
    if (good) {
        struct bl_text wrapped = { 0 };
        bl_result_set(r, "story", bl_json_text(bl_text_get(&text)));
        paragraphs_wrap(&wrapped, bl_text_get(&text));
        bl_result_text(r, bl_text_get(&wrapped));
        bl_text_free(&wrapped);
    }
    bl_text_free(&text);
    return good;
}

const struct bl_command bl_command_story = {
    .name = "story", .arguments = "", .group = "compare", .summary = "the run or race told in words",
    .help = "A few plain sentences with the figures of this run: where it started and stands, plateau, oscillation, "
            "divergence and its cause, over-fitting and the best epoch, who reached the target first and why.",
    .examples = (const char *const[]){ "load iris; compare epochs=10 watch=no; story", NULL },
    .see = "theory, race, say", .run = run_story,
};
