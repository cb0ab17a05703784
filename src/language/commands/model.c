/* model, params: what is learned, and what was learned so far. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/language/commands/run.h"

#define MODELS "linear logistic softmax svm svm2 huber quantile poisson mlp"

static const char *const *model_names(void)
{
    static const char *names[16];

    for (size_t i = 0; bl_objectives[i] && i < 15; i++)
        names[i] = bl_objectives[i]->name;
    return names;
}

static bool model_type(const struct bl_args *a, struct bl_model *m, struct bl_error *err)
{
    const char *name = a->n_words ? a->words[0].text : NULL, *near;
    size_t n = 0;

    if (!name)
        return true;
    m->type = bl_objective_find(name);
    if (m->type)
        return true;
    while (bl_objectives[n])
        n++;
    near = bl_nearest(name, model_names(), n);
    bl_fail(err, BL_UNKNOWN, "no model '%s'", name);
    bl_hint(err, near ? "did you mean '%s'? models: " MODELS : "models: " MODELS "%.0s", near);
    return bl_at_word(err, a, 0);
}

/* "classes count no 0.67, yes 1.96" */
static void tell_class_weights(struct bl_session *s, struct bl_result *r, const struct bl_objective *o)
{
    const struct bl_dataset *d = bl_workbench_dataset(s->workbench, NULL);
    struct bl_text line = { 0 };
    char number[32];

    if (!o->class_weight || !d)
        return;
    for (size_t c = 0; c < o->n_classes && c < 12; c++)
        bl_text_addf(&line, "%s %s %s", c ? "," : "classes count", bl_roles_label(&d->roles, c), bl_number_format(number, sizeof number, o->class_weight[c], 3));
    bl_result_line(r, "%s%s, divided by the mean over the rows", bl_text_get(&line), o->n_classes > 12 ? ", ..." : "");
    bl_text_free(&line);
}

/* How a network is laid out, beside what all models have. */
static void network_tell(struct bl_result *r, const struct bl_objective *o, json_t *settings)
{
    const struct bl_network_spec *n = bl_objective_spec(o);
    const size_t at[] = { n->init, n->single, n->portable };
    static const char *const keys[] = { "init", "precision", "math" };
    json_t *hidden = json_array(), *layers = json_array();
    struct bl_grid *g = bl_result_grid(r);

    for (size_t i = 0; i < n->n_hidden; i++)
        json_array_append_new(hidden, json_integer((json_int_t)n->hidden[i]));
    json_object_set_new(settings, "hidden", hidden);
    json_object_set_new(settings, "activation", json_string(bl_network_word(n, "activation")));
    json_object_set_new(settings, "norm", json_string(bl_network_word(n, "norm")));
    json_object_set_new(settings, "dropout", json_real(n->dropout));
    for (size_t i = 0; i < 3; i++)
        json_object_set_new(settings, keys[i], json_string(bl_network_values(keys[i])[at[i]]));
    bl_grid_column(g, "layer", BL_LEFT);
    bl_grid_column(g, "type", BL_LEFT);
    bl_grid_column(g, "inputs", BL_COUNT);
    bl_grid_column(g, "outputs", BL_COUNT);
    bl_grid_column(g, "parameters", BL_COUNT);
    for (size_t i = 0; i < bl_objective_n_layers(o); i++) {
        struct bl_layer_view v = bl_objective_layer(o, i);
        json_t *one = json_object();
        json_object_set_new(one, "name", json_string(v.name));
        json_object_set_new(one, "type", json_string(v.type));
        json_object_set_new(one, "inputs", json_integer((json_int_t)v.in));
        json_object_set_new(one, "outputs", json_integer((json_int_t)v.out));
        json_object_set_new(one, "parameters", json_integer((json_int_t)v.n_params));
        json_array_append_new(layers, one);
        bl_grid_text(g, v.name);
        bl_grid_text(g, v.type);
        bl_grid_count(g, v.in);
        bl_grid_count(g, v.out);
        bl_grid_count(g, v.n_params);
    }
    bl_result_set(r, "layers", layers);
}

static bool model_tell(struct bl_session *s, struct bl_result *r, struct bl_error *err)
{
    const struct bl_objective *o = bl_workbench_objective(s->workbench, err);
    struct bl_grid *g;
    json_t *settings;
    char name[160];

    if (!o)
        return false;
    settings = json_object();
    json_object_set_new(settings, "l2", json_real(o->l2));
    json_object_set_new(settings, "intercept", json_boolean(o->intercept));
    if (o->l1 > 0)
        json_object_set_new(settings, "l1", json_real(o->l1));
    for (size_t i = 0; o->type->hyper && o->type->hyper[i].name; i++)
        json_object_set_new(settings, o->type->hyper[i].name, json_real(o->hyper[i]));
    if (*bl_workbench_model(s->workbench)->class_weight)
        json_object_set_new(settings, "class_weight", bl_json_text(bl_workbench_model(s->workbench)->class_weight));
    tell_class_weights(s, r, o);
    bl_result_set(r, "model", json_string(o->type->name));
    bl_result_set(r, "parameters", json_integer((json_int_t)o->n_params));
    bl_result_set(r, "settings", settings);
    g = bl_result_grid(r);
    bl_grid_column(g, "model", BL_LEFT);
    bl_grid_column(g, "features", BL_COUNT);
    bl_grid_column(g, "parameters", BL_COUNT);
    bl_grid_column(g, "l2", BL_MIXED);
    if (o->l1 > 0)
        bl_grid_column(g, "l1", BL_MIXED);
    for (size_t i = 0; o->type->hyper && o->type->hyper[i].name; i++)
        bl_grid_column(g, o->type->hyper[i].name, BL_MIXED);
    bl_grid_column(g, "intercept", BL_LEFT);
    bl_grid_column(g, "loss", BL_PROSE);
    snprintf(name, sizeof name, "%s%s%s", o->type->name, o->network ? " " : "", bl_objective_shape(o));
    bl_grid_text(g, name);
    bl_grid_count(g, o->d);
    bl_grid_count(g, o->n_params);
    bl_grid_number(g, o->l2);
    if (o->l1 > 0)
        bl_grid_number(g, o->l1);
    for (size_t i = 0; o->type->hyper && o->type->hyper[i].name; i++)
        bl_grid_number(g, o->hyper[i]);
    bl_grid_text(g, o->intercept ? "yes" : "no");
    bl_grid_text(g, o->type->summary);
    if (o->network)
        network_tell(r, o, settings);
    return true;
}

static bool same_model(const struct bl_model *a, const struct bl_model *b)
{
    return a->type == b->type && a->l2 == b->l2 && a->l1 == b->l1 && a->intercept == b->intercept &&
           !strcmp(a->class_weight, b->class_weight) && a->has_hyper == b->has_hyper && memcmp(a->hyper, b->hyper, sizeof a->hyper) == 0 &&
           memcmp(&a->network, &b->network, sizeof a->network) == 0;
}

/* The type that has this key, for the hint. */
static const char *model_with(const char *key)
{
    for (size_t i = 0; bl_objectives[i]; i++)
        for (size_t k = 0; bl_objectives[i]->hyper && bl_objectives[i]->hyper[k].name; k++)
            if (!strcmp(bl_objectives[i]->hyper[k].name, key))
                return bl_objectives[i]->name;
    return "";
}

/* delta=, tau=: keys of one model alone. */
static bool model_keys(const struct bl_args *a, struct bl_model *m, struct bl_error *err)
{
    static const char *const keys[] = { "delta", "tau" };
    bool known = false;

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *value = bl_arg(a, keys[i]);
        if (!value)
            continue;
        for (size_t k = 0; !m->has_hyper && m->type && m->type->hyper && m->type->hyper[k].name; k++)
            m->hyper[k] = m->type->hyper[k].value;
        if (m->type && !bl_model_key(m->type, m->hyper, keys[i], value, &known, err))
            return bl_at_pair(err, a, keys[i]);
        if (!known) {
            bl_fail(err, BL_USAGE, "model %s has no key '%s'", m->type ? m->type->name : "here", keys[i]);
            bl_hint(err, "model %s %s=%s", model_with(keys[i]), keys[i], value);
            return bl_at_pair(err, a, keys[i]);
        }
        m->has_hyper = true;
    }
    return true;
}

static bool model_classes(const struct bl_args *a, struct bl_model *m, struct bl_error *err)
{
    const char *value = bl_arg(a, "class_weight");

    if (!value)
        return true;
    if (strlen(value) >= sizeof m->class_weight) {
        bl_fail(err, BL_LIMIT, "class_weight takes at most %zu bytes", sizeof m->class_weight - 1);
        return bl_at_pair(err, a, "class_weight");
    }
    memset(m->class_weight, 0, sizeof m->class_weight);
    if (strcmp(value, "none") != 0)
        memcpy(m->class_weight, value, strlen(value));
    return true;
}

/* The hidden layers as the second word, and the keys of a network. */
static bool network_keys(const struct bl_args *a, struct bl_model *m, struct bl_error *err)
{
    bool known, network = m->type && m->type->network;

    if (a->n_words > 1 && !network) {
        bl_fail(err, BL_USAGE, "model %s takes no second word", a->words[0].text);
        bl_hint(err, "model %s; hidden layers are those of a network: model mlp %s", a->words[0].text, a->words[1].text);
        return bl_at_word(err, a, 1);
    }
    if (a->n_words > 1 && !bl_network_hidden(&m->network, a->words[1].text, err))
        return bl_at_word(err, a, 1);
    for (size_t i = 0; bl_network_keys[i]; i++) {
        const char *key = bl_network_keys[i], *value = bl_arg(a, key);
        if (!value)
            continue;
        if (!network) {
            bl_fail(err, BL_USAGE, "model %s has no key '%s'", m->type ? m->type->name : "here", key);
            bl_hint(err, "model mlp 64 %s=%s", key, value);
            return bl_at_pair(err, a, key);
        }
        if (!bl_network_key(&m->network, key, value, &known, err))
            return bl_at_pair(err, a, key);
    }
    return true;
}

/* The penalty that the message speaks of, else the model. */
static bool point_at_cause(struct bl_error *err, const struct bl_args *a)
{
    const char *key = !strncmp(err->message, "l1", 2) ? "l1" : "l2";

    if (bl_arg(a, "class_weight") && strstr(err->message, "class"))
        return bl_at_pair(err, a, "class_weight");

    return bl_arg(a, key) && !strncmp(err->message, key, 2) ? bl_at_pair(err, a, key) : bl_at_word(err, a, 0);
}

static bool run_model(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const struct bl_model before = *bl_workbench_model(s->workbench);
    struct bl_model m = before;

    if (a->n_words) { /* a model named anew starts from its defaults */
        m = (struct bl_model){ .intercept = true };
        bl_network_spec_init(&m.network);
        m.network.seed = before.network.seed;
    }
    if (!model_type(a, &m, err) || !bl_arg_number(a, "l2", &m.l2, err) || !bl_arg_number(a, "l1", &m.l1, err) ||
        !model_keys(a, &m, err) || !model_classes(a, &m, err) || !network_keys(a, &m, err) || !bl_arg_yes(a, "intercept", &m.intercept, err))
        return false;
    if (!same_model(&m, &before) && !bl_workbench_set_model(s->workbench, &m, err))
        return point_at_cause(err, a);
    if (model_tell(s, r, err))
        return true;
    if (!same_model(&m, &before)) /* it does not fit the target: all stays as it was */
        bl_workbench_set_model(s->workbench, &before, NULL);
    return bl_at_word(err, a, 0);
}

const struct bl_command bl_command_model = {
    .name = "model", .arguments = "[NAME] [UNITS,...] [l2=0] [l1=0] [key=value ...]", .group = "model",
    .summary = "choose what is minimised: linear, logistic, softmax, svm, huber, mlp",
    .help = "The objective is the mean loss over the training rows plus l2/2 |w|^2 + l1 |w|_1; the intercept is never "
            "penalised. linear: half the squared error. huber: the same up to delta, beyond it straight. quantile: tau (y - z) "
            "above, (1 - tau)(z - y) below. poisson: e^z - y z, log link. logistic: log loss of two classes. svm: hinge "
            "max(0, 1 - m), m the margin of the own class; svm2: half its square. softmax: cross-entropy of any number of "
            "classes. l1 sets weights to exactly 0, by a proximal step after each update: gd, momentum, adagrad, rmsprop, adam. Without a name the model that fits the target is shown. "
            "mlp is a network: hidden layers of so many units (mlp 64,32; mlp none has none and is the model of the task), each "
            "dense, norm, activation, dropout; the loss is that of linear, logistic or softmax, by the target. norm=layer "
            "standardizes each row over the units of a layer, norm=batch each unit over the rows of an update (predictions use "
            "running mean and variance). Weights start from streams drawn from (seed, layer): init=he normal with "
            "variance 2/inputs before relu and gelu, 1/inputs else; glorot uniform within sqrt(6/(inputs + outputs)); biases at "
            "0; auto is he for relu and gelu, else glorot. math=portable gives the same bits on every processor, blas on "
            "processors of one kind. Choosing a model ends the current run.",
    .first = BL_ARG_MODEL, .further = BL_ARG_NUMBER,
    .keys = (const struct bl_key[]){
        { "l2", "", "weight of the penalty l2/2 |w|^2, 0 or more (default 0)" },
        { "l1", "", "weight of the penalty l1 |w|_1, 0 or more (default 0)" },
        { "delta", "", "huber: residuals beyond it count by length, in units of the target (default 1)" },
        { "tau", "", "quantile: share of the targets below the prediction (default 0.5)" },
        { "class_weight", "none|balanced", "what the rows of a class count: balanced (all classes alike), or LEVEL:WEIGHT,... (default none)" },
        { "activation", "relu|tanh|gelu|sigmoid", "mlp: of the hidden units (default relu; gelu in its tanh form)" },
        { "norm", "layer|batch|none", "mlp: between weights and activation (default none)" },
        { "dropout", "", "mlp: share of hidden units that an update leaves out, 0 to below 1 (default 0)" },
        { "init", "auto|he|glorot|zeros", "mlp: where the weights start (default auto)" },
        { "precision", "double|single", "mlp: of a pass; parameters stay double (default double)" },
        { "math", "blas|portable", "mlp: matrix products by OpenBLAS, or by our own (default blas)" },
        { "intercept", "yes|no", "learn constant terms (default yes)" }, { 0 } },
    .examples = (const char *const[]){ "load iris; model softmax l2=0.01", "load diabetes; model huber delta=20", "load titanic; model logistic class_weight=balanced", "load diabetes; model linear l1=2; train batch; params",
                                        "load iris; model mlp 16,8; train mini:8 lr=0.1 epochs=40", NULL },
    .see = "train, params, theory", .run = run_model,
};

/* ---- params -------------------------------------------------------------------------------------*/

/* w x + b in standardised columns is (w / scale) x + (b - sum w shift / scale) in the original ones. */
static bool to_original(const struct bl_prepared *p, const struct bl_objective *o, double *theta, struct bl_error *err)
{
    size_t per_output = o->d + o->intercept;

    if (o->network) {
        bl_fail(err, BL_STATE, "the parameters of a network have no original scale: each unit mixes all features");
        return bl_hint(err, "params");
    }
    for (size_t j = 0; j < o->d; j++) {
        double shift, scale;
        if (!bl_recipe_affine(p->recipe, j, &shift, &scale)) {
            bl_fail(err, BL_STATE, "feature '%s' is not a shifted and scaled column", bl_recipe_feature(p->recipe, j));
            return bl_hint(err, "params shows the parameters of the prepared features");
        }
        if (!o->intercept && shift != 0) {
            bl_fail(err, BL_STATE, "without an intercept, '%s' cannot be given in its original scale", bl_recipe_feature(p->recipe, j));
            return bl_hint(err, "model %s intercept=yes", o->type->name);
        }
        for (size_t k = 0; k < o->k; k++) {
            double *t = theta + k * per_output, *w = t + o->intercept + j;
            *w /= scale;
            if (o->intercept)
                t[0] -= *w * shift;
        }
    }
    return true;
}

static void params_json(struct bl_result *r, const struct bl_objective *o, const struct bl_prepared *p, const double *theta)
{
    json_t *names = json_array();

    if (o->intercept)
        json_array_append_new(names, json_string("(intercept)"));
    for (size_t j = 0; j < o->d; j++)
        json_array_append_new(names, bl_json_text(bl_recipe_feature(p->recipe, j)));
    bl_result_set(r, "names", names);
    bl_result_set(r, "values", parameters_json(theta, o->k, o->d + o->intercept));
}

#define PARAMETERS_SHOWN 50
#define PARAMETERS_MOST 2000 /* more are not listed one by one */

static double size_of(const struct bl_objective *o, const double *theta, size_t j)
{
    double most = 0;

    for (size_t k = 0; k < o->k; k++)
        most = fmax(most, fabs(theta[k * (o->d + o->intercept) + j]));
    return most;
}

/* Of very many parameters the largest, the largest first; else all of them (shown is not filled in). */
static size_t most_of(const struct bl_objective *o, const double *theta, size_t shown[PARAMETERS_SHOWN])
{
    size_t per_output = o->d + o->intercept, n = 0;

    if (per_output <= PARAMETERS_MOST)
        return per_output;
    for (size_t j = 0; j < per_output; j++) {
        size_t at = n;
        double size = size_of(o, theta, j);
        if (n == PARAMETERS_SHOWN && !(size > size_of(o, theta, shown[n - 1])))
            continue;
        if (n < PARAMETERS_SHOWN)
            n++;
        else
            at = n - 1;
        for (; at > 0 && size_of(o, theta, shown[at - 1]) < size; at--)
            shown[at] = shown[at - 1];
        shown[at] = j;
    }
    return n;
}

static void params_table(struct bl_result *r, const struct bl_objective *o, const struct bl_prepared *p, const double *theta)
{
    size_t per_output = o->d + o->intercept, shown[PARAMETERS_SHOWN], n = most_of(o, theta, shown);
    struct bl_grid *g = bl_result_grid(r);

    bl_grid_column(g, "parameter", BL_LEFT);
    for (size_t k = 0; k < o->k; k++)
        bl_grid_column(g, o->k > 1 ? bl_roles_label(&p->dataset->roles, k) : "value", BL_NUMBER);
    if (n < per_output)
        bl_result_line(r, "the largest %zu of %zu: --json has all", n, per_output);
    for (size_t at = 0; at < n; at++) {
        size_t j = n < per_output ? shown[at] : at;
        bl_grid_text(g, o->intercept && j == 0 ? "(intercept)" : bl_recipe_feature(p->recipe, j - o->intercept));
        for (size_t k = 0; k < o->k; k++)
            bl_grid_number(g, theta[k * per_output + j]);
    }
}

#define PARAMS_SHOWN 60

static void layers_table(struct bl_result *r, const struct bl_objective *o, const double *theta)
{
    struct bl_grid *g = bl_result_grid(r);

    bl_grid_column(g, "layer", BL_LEFT);
    bl_grid_column(g, "type", BL_LEFT);
    bl_grid_column(g, "parameters", BL_COUNT);
    bl_grid_column(g, "mean", BL_NUMBER);
    bl_grid_column(g, "rms", BL_NUMBER);
    bl_grid_column(g, "smallest", BL_NUMBER);
    bl_grid_column(g, "largest", BL_NUMBER);
    for (size_t i = 0; i < bl_objective_n_layers(o); i++) {
        struct bl_layer_view v = bl_objective_layer(o, i);
        double sum = 0, square = 0, low = INFINITY, high = -INFINITY;
        for (size_t p = v.at; p < v.at + v.n_params; p++) {
            sum += theta[p];
            square += theta[p] * theta[p];
            low = theta[p] < low ? theta[p] : low;
            high = theta[p] > high ? theta[p] : high;
        }
        if (v.n_params == 0)
            continue;
        bl_grid_text(g, v.name);
        bl_grid_text(g, v.type);
        bl_grid_count(g, v.n_params);
        bl_grid_number(g, sum / (double)v.n_params);
        bl_grid_number(g, sqrt(square / (double)v.n_params));
        bl_grid_number(g, low);
        bl_grid_number(g, high);
    }
}

/* One flat vector: each layer in a line, then the first parameters by name; programs get all. */
static bool network_params(struct bl_session *s, struct bl_result *r, const struct bl_objective *o, const double *theta, struct bl_error *err)
{
    const size_t shown = o->n_params < PARAMS_SHOWN ? o->n_params : PARAMS_SHOWN;
    json_t *list;
    struct bl_grid *g;
    const char *const *names;
    size_t n;

    if (bl_result_as_text(r)) {
        layers_table(r, o, theta);
        g = bl_result_grid(r);
        bl_grid_column(g, "parameter", BL_LEFT);
        bl_grid_column(g, "value", BL_NUMBER);
        for (size_t i = 0; i < shown; i++) {
            struct bl_text name = { 0 };
            bl_workbench_parameter_name(s->workbench, i, &name);
            bl_grid_text(g, bl_text_get(&name));
            bl_grid_number(g, theta[i]);
            bl_text_free(&name);
        }
        if (shown < o->n_params)
            bl_result_line(r, "%zu more parameters: --json shows all", o->n_params - shown);
        return true;
    }
    names = bl_workbench_parameter_names(s->workbench, &n, err);
    if (!names)
        return false;
    list = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, bl_json_text(names[i]));
    bl_result_set(r, "names", list);
    bl_result_set(r, "values", bl_json_numbers(theta, o->n_params));
    return true;
}

/* Of the model that is open. */
static bool kept_params(struct bl_session *s, struct bl_result *r, bool original, struct bl_error *err)
{
    const struct bl_kept *kept = bl_language_of(s)->opened;
    const struct bl_objective *o = &kept->objective;
    const struct bl_dataset d = { .roles = kept->roles };
    const struct bl_prepared p = { .recipe = kept->recipe, .dataset = &d };
    double *theta = bl_calloc(o->n_params + 1, sizeof *theta);
    bool good;

    if (!theta)
        return bl_fail_memory(err, "the parameters");
    memcpy(theta, kept->theta, o->n_params * sizeof *theta);
    good = !original || to_original(&p, o, theta, err);
    if (good && o->network) {
        layers_table(r, o, theta);
        bl_result_set(r, "values", bl_json_numbers(theta, o->n_params));
    } else if (good) {
        params_json(r, o, &p, theta);
        params_table(r, o, &p, theta);
    }
    bl_free(theta);
    return good;
}

static bool run_params(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    static const char *const scales[] = { "prepared", "original", NULL };
    struct bl_race *race;
    const struct bl_objective *o;
    const struct bl_prepared *p;
    size_t scale = 0, which = 0;
    double *theta;
    bool good;

    if (!bl_arg_choice(a, "scale", scales, &scale, err))
        return false;
    if (bl_language_of(s)->opened)
        return kept_params(s, r, scale == 1, err);
    race = bl_workbench_race(s->workbench, err);
    o = race ? bl_workbench_objective(s->workbench, err) : NULL;
    p = o ? bl_workbench_prepare(s->workbench, NULL, err) : NULL;
    if (!p)
        return false;
    if (!contestant_find(race, a, &which, err))
        return false;
    theta = bl_calloc(o->n_params, sizeof *theta);
    if (!theta)
        return bl_fail_memory(err, "the parameters");
    memcpy(theta, bl_trainer_theta(bl_race_trainer(race, which)), o->n_params * sizeof *theta);
    good = scale == 0 || to_original(p, o, theta, err);
    if (good) {
        if (bl_race_size(race) > 1)
            bl_result_line(r, "parameters of %s", bl_race_name(race, which));
        if (o->network)
            good = network_params(s, r, o, theta, err);
        else {
            params_json(r, o, p, theta);
            params_table(r, o, p, theta);
        }
    }
    bl_free(theta);
    return good;
}

const struct bl_command bl_command_params = {
    .name = "params", .arguments = "[CONTESTANT] [scale=original]", .group = "model",
    .summary = "the parameters as they stand now",
    .help = "One line a parameter, the intercept first; for softmax one column a class; of a network a line a layer and "
            "the first of its parameters. scale=original undoes "
            "standardize and minmax, so that the figures multiply the columns as they were loaded.",
    .first = BL_ARG_CONTESTANT, .further = BL_ARG_NONE,
    .keys = (const struct bl_key[]){ { "scale", "prepared|original", "units of the features (default prepared)" }, { 0 } },
    .examples = (const char *const[]){ "load diabetes; train batch; params scale=original", NULL },
    .see = "model, explain", .run = run_params,
};
