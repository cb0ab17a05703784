/* What exporters see of a model: columns, operations, layers, all plain. Private to the room. */
#ifndef BATCHLAB_KEEP_EXPORT_H
#define BATCHLAB_KEEP_EXPORT_H

#include <jansson.h>

#include "batchlab/keep.h"

struct bl_plan_source { /* a column that the recipe knows */
    const char *name;
    enum bl_type type;
    const char **levels;   /* categories: read as the index of the level; -1 where it is none of them, nan where missing */
    size_t n_levels;
    size_t column;         /* its number among the columns that the model reads; SIZE_MAX: not read */
};
struct bl_plan_codec { /* words and numbers that several nodes share */
    const char *type;      /* "hash", "text", "neighbours" */
    size_t source;
    const char **names;    /* NULL: none */
    size_t n_names;
    const double *numbers;
    size_t n_numbers;
    bool needed;
};
struct bl_plan_node { /* one number of a row, made of earlier ones */
    const char *op;        /* as the recipe names it; NULL: source number inputs[0] */
    const size_t *inputs;
    size_t n_inputs;
    const double *numbers; /* their meaning is the operation's */
    size_t n_numbers;
    size_t codec;          /* SIZE_MAX: none */
    bool needed;
    size_t place;          /* among those that are needed */
};
enum bl_link { BL_LINK_VALUE, BL_LINK_EXP, BL_LINK_SCORE /* two classes, the margin is told */, BL_LINK_LOGISTIC, BL_LINK_SOFTMAX };
struct bl_plan_layer {
    const char *type;      /* "dense", or of the linear family "margins", which sum in another order: of a unit the bias, if it
                              has one, then a weight for each input; else as in learn */
    size_t in, out;
    bool bias;
    const double *theta;
};
struct bl_plan {
    const struct bl_kept_parts *model;
    struct bl_arena *arena;
    json_t *text;
    struct bl_stored stored;
    struct bl_plan_source *sources;
    size_t n_sources;
    struct bl_plan_codec *codecs;
    size_t n_codecs;
    size_t *columns, n_columns;   /* sources that are read, in the order in which bl_recipe_reads names them */
    struct bl_plan_node *nodes;
    size_t n_nodes, n_needed;
    size_t *features, n_features; /* their nodes */
    struct bl_plan_layer *layers; /* dropout is left out: it does nothing to predictions */
    size_t n_layers, margins;
    enum bl_link link;
    size_t n_outputs;             /* probabilities of all classes in ascending order, or one number */
};
bool bl_plan_make(struct bl_plan *p, const struct bl_kept_parts *model, struct bl_error *err);
void bl_plan_free(struct bl_plan *p);
/* The number by which the model knows class c of the ascending order: they differ only where the positive class
 * is the first of two. */
size_t bl_plan_class(const struct bl_plan *p, size_t c);
/* "the step X of the recipe can not be exported as KIND", with what can be done. */
bool bl_plan_refuse(const char *op, const char *kind, struct bl_error *err);
/* Is there nothing that no exporter writes (sparse columns)? */
bool bl_plan_dense(const struct bl_kept_parts *model, const char *kind, struct bl_error *err);

struct bl_plan_tests { /* rows with what the model says of them */
    struct bl_table *tables[2];    /* rows of the data, and rows that are made up; NULL: none */
    size_t n, rows[2];
    double *out;                   /* n x n_outputs */
    bool *refused;                 /* nothing is predicted: a value is missing or leaves the range of numbers */
};
bool bl_plan_test(struct bl_plan_tests *t, const struct bl_plan *p, const struct bl_table *data, struct bl_error *err);
void bl_plan_tests_free(struct bl_plan_tests *t);
/* Test row i: its table, and its row there. */
const struct bl_table *bl_plan_test_row(const struct bl_plan_tests *t, size_t i, size_t *row);

extern const struct bl_exporter bl_exporter_c, bl_exporter_onnx;

#endif
