/* The recipe as C: a function that makes the features of a row. */
#include "src/keep/export_c.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- levels ----------------------------------------------------------------------------------------------- */

struct level { const char *text; size_t code; };

static int by_text(const void *a, const void *b)
{
    return strcmp(((const struct level *)a)->text, ((const struct level *)b)->text);
}

static const char search[] =
    "struct @_level { const char *text; int code; };\n"
    "\n"
    "/* The number of a level, -1 where it is not known, NAN where it is missing. */\n"
    "static double @_level_of(const struct @_level *levels, int n, const char *text)\n"
    "{\n"
    "    int low = 0, high = n;\n"
    "\n"
    "    if (!text)\n"
    "        return (double)NAN;\n"
    "    while (low < high) {\n"
    "        int middle = (low + high) / 2, order = strcmp(levels[middle].text, text);\n"
    "        if (order == 0)\n"
    "            return levels[middle].code;\n"
    "        if (order < 0)\n"
    "            low = middle + 1;\n"
    "        else\n"
    "            high = middle;\n"
    "    }\n"
    "    return -1;\n"
    "}\n";

bool bl_c_levels(const struct bl_c *c, const char *name, size_t number, const char *const *texts, size_t n, struct bl_error *err)
{
    struct level *levels = bl_calloc(n + 1, sizeof *levels);

    if (!levels)
        return bl_fail_memory(err, "the exported model");
    for (size_t i = 0; i < n; i++)
        levels[i] = (struct level){texts[i], i};
    qsort(levels, n, sizeof *levels, by_text);
    bl_c_add(c, "\nstatic const struct @_level @_");
    bl_text_addf(c->out, "%s%zu[] = {\n", name, number);
    for (size_t i = 0; i < n; i++) {
        bl_text_add(c->out, "    {");
        bl_c_string(c->out, levels[i].text);
        bl_text_addf(c->out, ", %zu},\n", levels[i].code);
    }
    if (n == 0)
        bl_text_add(c->out, "    {\"\", -1},\n");
    bl_text_add(c->out, "};\n");
    bl_free(levels);
    return true;
}

static bool add_all_levels(const struct bl_c *c, const struct bl_plan *p, struct bl_error *err)
{
    bool any = false, ok = true;

    for (size_t j = 0; j < p->n_columns; j++)
        any |= p->sources[p->columns[j]].type == BL_CATEGORICAL;
    for (size_t i = 0; i < p->n_codecs; i++)
        any |= p->codecs[i].needed && p->codecs[i].n_names > 0;
    if (any)
        bl_c_add(c, search);
    for (size_t j = 0; ok && j < p->n_columns; j++) {
        const struct bl_plan_source *s = &p->sources[p->columns[j]];
        if (s->type == BL_CATEGORICAL)
            ok = bl_c_levels(c, "levels", s->column, s->levels, s->n_levels, err);
    }
    return ok;
}

/* ---- operations ------------------------------------------------------------------------------------------- */

static bool first_with(const struct bl_plan *p, size_t at, const char *body)
{
    for (size_t i = 0; i < at; i++)
        if (p->nodes[i].needed && p->nodes[i].op && bl_c_op(p->nodes[i].op)->body == body)
            return false;
    return true;
}

/* The functions that this recipe calls, each once: a compiler warns of those that nobody calls. */
static bool add_functions(const struct bl_c *c, const struct bl_plan *p, struct bl_error *err)
{
    for (size_t i = 0; i < p->n_nodes; i++) {
        const struct bl_plan_node *node = &p->nodes[i];
        if (!node->needed)
            continue;
        if (!node->op)
            continue;
        if (!bl_c_op(node->op))
            return bl_plan_refuse(node->op, "c", err);
        if (bl_c_op(node->op)->body && first_with(p, i, bl_c_op(node->op)->body)) {
            bl_text_add(c->out, "\n");
            bl_c_add(c, bl_c_op(node->op)->body);
        }
    }
    return true;
}

static void add_lists(const struct bl_c *c, const struct bl_plan *p)
{
    for (size_t i = 0; i < p->n_nodes; i++) {
        const struct bl_plan_node *node = &p->nodes[i];
        const struct bl_c_op *op = node->needed && node->op ? bl_c_op(node->op) : NULL;
        if (op && (op->call == BL_C_LIST || op->call == BL_C_INPUTS_LIST))
            bl_c_numbers(c, "p", node->place, node->numbers, op->count ? op->count(node->numbers, node->n_numbers) : node->n_numbers);
        if (!op || (op->call != BL_C_INPUTS && op->call != BL_C_INPUTS_LIST && op->call != BL_C_NEAREST))
            continue;
        bl_c_add(c, "static const int @_i");
        bl_text_addf(c->out, "%zu[] = {", node->place);
        for (size_t k = 0; k < node->n_inputs; k++)
            bl_text_addf(c->out, "%s%zu", k == 0 ? "" : k % 20 ? ", " : ",\n    ", p->nodes[node->inputs[k]].place);
        bl_text_add(c->out, "};\n");
    }
}

static void add_source(const struct bl_c *c, const struct bl_plan_source *s)
{
    if (s->type == BL_TEXT_COLUMN) {
        bl_text_add(c->out, "0; /* its words are counted above */\n");
        return;
    }
    if (s->type != BL_CATEGORICAL) {
        bl_text_addf(c->out, "row[%zu].number;\n", s->column);
        return;
    }
    bl_c_add(c, "@_level_of(@_levels");
    bl_text_addf(c->out, "%zu, %zu, row[%zu].text);\n", s->column, s->n_levels, s->column);
}

static void add_call(const struct bl_c *c, const struct bl_plan *p, const struct bl_plan_node *node)
{
    const struct bl_c_op *op = bl_c_op(node->op);

    if (op->call >= BL_C_BUCKET) {
        bl_c_codec_call(c, p, node, op->call);
        return;
    }
    bl_c_add(c, "@_");
    bl_text_addf(c->out, "%s(", op->function);
    if (op->call < BL_C_INPUTS) {
        bl_text_addf(c->out, "v[%zu]", p->nodes[node->inputs[0]].place);
    } else {
        bl_c_add(c, "v, @_i");
        bl_text_addf(c->out, "%zu, %zu", node->place, node->n_inputs);
    }
    for (size_t k = 0; k < (op->call == BL_C_PAIR ? 2U : op->call == BL_C_ONE ? 1U : 0U); k++) {
        bl_text_add(c->out, ", ");
        bl_c_number(c->out, node->numbers[k]);
    }
    if (op->call == BL_C_LIST || op->call == BL_C_INPUTS_LIST) {
        bl_c_add(c, ", @_p");
        bl_text_addf(c->out, "%zu", node->place);
    }
    bl_text_add(c->out, ");\n");
}

static void add_features(const struct bl_c *c, const struct bl_plan *p)
{
    bl_c_add(c, "\n/* Steps of the recipe, each from earlier ones, and the features that come out. */\n"
                "static void @_features(const struct @_cell *row, double *x)\n{\n");
    bl_text_addf(c->out, "    double v[%zu];\n", p->n_needed);
    bl_c_codecs_row(c, p);
    bl_text_add(c->out, "\n");
    for (size_t i = 0; i < p->n_nodes; i++) {
        const struct bl_plan_node *node = &p->nodes[i];
        if (!node->needed)
            continue;
        bl_text_addf(c->out, "    v[%zu] = ", node->place);
        if (node->op)
            add_call(c, p, node);
        else
            add_source(c, &p->sources[node->inputs[0]]);
    }
    for (size_t j = 0; j < p->n_features; j++)
        bl_text_addf(c->out, "    x[%zu] = v[%zu];\n", j, p->nodes[p->features[j]].place);
    bl_text_add(c->out, "}\n");
}

bool bl_c_recipe(const struct bl_c *c, const struct bl_plan *p, struct bl_error *err)
{
    if (!add_all_levels(c, p, err) || !add_functions(c, p, err) || !bl_c_codecs(c, p, err))
        return false;
    bl_text_add(c->out, "\n");
    add_lists(c, p);
    add_features(c, p);
    return true;
}
