/* Networks: layers between the features of a row and its margins, which meet the loss of the linear
 * family. Private to the room. A layer is one file and one line in network.c. */
#ifndef BATCHLAB_LEARN_NETWORK_H
#define BATCHLAB_LEARN_NETWORK_H

#include "src/learn/objective.h"
#include "src/learn/product.h"

#define BL_NETWORK_CHUNK 128 /* rows that go through the layers together */

struct bl_layer { /* as it stands in one network */
    const struct bl_layer_type *type;
    size_t in, out;     /* numbers a row */
    size_t at, n_params;
    size_t number;      /* from 1, as people count; the output layer has the last */
    size_t index;       /* among all layers, from 0: names its random streams */
    bool bias, output, first; /* first: its inputs are the features */
    double share;       /* dropout: of the inputs that go */
    double gain;        /* dense: variance of a weight times inputs; 0: init=glorot; -1: zeros */
};

enum bl_kind { BL_WEIGHT /* penalised */, BL_FREE /* trained, not penalised */, BL_FIXED /* statistics, not trained */ };

struct bl_layer_run { /* what the code of a layer sees: some rows of a pass. real: double or float */
    const struct bl_layer *layer;
    bool training;            /* else as predictions are made: no dropout, running statistics */
    size_t rows, place;       /* place of the first row in the update */
    struct bl_place at;       /* names the random streams of the update */
    const void *theta;        /* of the layer */
    void *gradient;           /* of the layer: sums over rows; fixed parameters get 0 */
    bool add;                 /* gradient holds earlier rows; else it is overwritten */
    const void *x; size_t x_stride; /* rows × in */
    void *y;                  /* rows × out */
    const void *dy; void *dx; /* slopes behind and before the layer; dx NULL: nobody asks */
    void *stats;              /* of coupling layers: out numbers a round, means over the update */
    void *scratch;            /* BL_PRODUCT_SCRATCH bytes, and 2 out numbers */
    const struct bl_products *products;
};

struct bl_layer_code { /* in one precision */
    void (*forward)(const struct bl_layer_run *r);
    void (*backward)(const struct bl_layer_run *r); /* after forward, same x and y */
    /* Sums over these rows (out numbers) that the round's mean over the whole update is made of. */
    void (*gather)(const struct bl_layer_run *r, size_t round, void *sums);
};

struct bl_layer_type {
    const char *name, *summary;
    bool activation;           /* may follow a dense layer by activation= */
    bool norm;                 /* by norm= */
    const char *word;          /* the value of that key */
    double gain;               /* activation: what a dense layer before it needs for init=he (He and others, ICCV 2015) */
    bool kinks;                /* slopes jump */
    bool trains_otherwise;     /* training and prediction differ */
    size_t forward_rounds, backward_rounds; /* in training: means over the whole update that must be known before */
    size_t (*params)(const struct bl_layer *l); /* NULL: none */
    enum bl_kind (*kind)(const struct bl_layer *l, size_t p);
    void (*start)(const struct bl_layer *l, struct bl_random *r, double *theta);
    /* "(bias)", "unit 3:(scale)" ...; `input` names input j of a dense layer. */
    void (*name_of)(const struct bl_layer *l, size_t p, const struct bl_naming *n, struct bl_text *out);
    /* After an update: running statistics move towards those of its rows by the given weight. */
    void (*settle)(const struct bl_layer *l, const double *stats, double weight, double *theta);
    const struct bl_layer_code code[2]; /* double, float */
};
extern const struct bl_layer_type bl_layer_dense, bl_layer_relu, bl_layer_tanh, bl_layer_gelu, bl_layer_sigmoid, bl_layer_dropout,
    bl_layer_layernorm, bl_layer_batchnorm;
extern const struct bl_layer_type *const bl_layers[]; /* NULL-terminated */

struct bl_network {
    struct bl_network_spec spec;
    struct bl_objective_type type; /* the loss of the task under the name of the model */
    struct bl_layer *layers;
    size_t n_layers, n_params, trained;
    size_t d, k;
    uint8_t *kind;             /* n_params */
    size_t sum_out, widest;    /* numbers that all layers give for a row; widest input or output */
    bool coupled, noisy;       /* rows of an update meet (batch norm); training differs from prediction */
    char shape[120];           /* "64-32 relu" */
};
struct bl_network *bl_network_create(const struct bl_objective *o, const struct bl_network_spec *s, struct bl_error *err);
void bl_network_free(struct bl_network *n);
const struct bl_layer_type *bl_layer_find(const char *word, bool norm);

struct bl_network_workspace;
struct bl_network_workspace *bl_network_workspace(const struct bl_objective *o, struct bl_pool *pool, struct bl_error *err);
void bl_network_workspace_free(struct bl_network_workspace *w);
/* Room for updates of so many rows, where the rows of an update meet. */
bool bl_network_reserve(struct bl_network_workspace *w, size_t rows, struct bl_error *err);
/* Mean loss over the rows of a batch, and gradient with the penalty (n_params) if not NULL. */
struct bl_pass; /* workspace.h: objective, matrix, batch with its weights (NULL: all alike), progress */
double bl_network_pass(const struct bl_pass *what, const double *theta, double *gradient, struct bl_network_workspace *w, bool *stopped);
void bl_network_forget(struct bl_network_workspace *w);
void bl_network_settle(struct bl_network_workspace *w, double weight, double *theta);
/* Margins of n rows of x, each independent of its neighbours (own products, one row's sums in order). */
void bl_network_margins(const struct bl_objective *o, const double *theta, const double *x, size_t n, double *z, double *scratch);
size_t bl_network_margins_scratch(const struct bl_objective *o); /* doubles, for at most BL_NETWORK_CHUNK rows */

#endif
