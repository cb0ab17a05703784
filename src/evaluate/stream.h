/* The inside of a stream: one runner a strategy, which goes from row to row. stream.c: the whole; stream_fits.c: models from
 * the ground up; stream_updates.c: models that are carried on. */
#ifndef BL_EVALUATE_STREAM_H
#define BL_EVALUATE_STREAM_H

#include "batchlab/evaluate.h"

#define BL_STREAM_CHUNK 512 /* rows predicted at once */
#define BL_STREAM_TELL 4096 /* what a row of the stream counts in the progress, beside rows of fits that are under way */

struct bl_stream_model { /* from the ground up */
    struct bl_material material; /* its recipe and training rows */
    struct bl_fit fit;
    struct bl_matrix *probe; /* the probe by its recipe; NULL: none */
};

struct bl_stream_lot { /* what all runners share, read only while they run */
    struct bl_stream *s;
    const struct bl_procedure *p;
    uint32_t *base; /* places in the stream, ascending: the first part without the probe */
    size_t n_base;
    uint32_t *probe; /* places of the probe, ascending */
    struct bl_stream_model first; /* trained on the base */
    double first_passes, first_seconds;
    struct bl_matrix *all;        /* the stream by its recipe; NULL: no strategy updates */
    double scale;                 /* s of what detectors see of numbers */
    size_t least;
    struct bl_pool *pool;
    struct bl_progress *progress;
    struct bl_stream_runner *runners; /* one a strategy */
    bool begun;                   /* all of them stand at the first row that is tested, or behind it */
};

struct bl_stream_runner {
    const struct bl_stream_lot *lot;
    const struct bl_stream_strategy *how;
    struct bl_stream_outcome *out;
    size_t at;                    /* the next row to be predicted */
    /* from the ground up */
    struct bl_stream_model own;   /* theta NULL: the first one is in use */
    size_t next_fit;              /* the row before which one is due; SIZE_MAX: none */
    size_t change;                /* on drift: where it is placed */
    struct bl_detector *detector;
    enum bl_signal signal;        /* the last one */
    size_t alarm_room, refit_room;
    size_t points;                /* that are noted */
    double sum;                   /* of the errors of their rows */
    /* updates */
    struct bl_objective objective; /* of all rows; type NULL: none */
    struct bl_workspace *work;
    double *theta, *before, *state, *gradient, *margins;
    bool follows;                 /* lr=auto: */
    double steepest;              /* smoothness of the worst row so far */
    uint32_t *batch;              /* rows of an update */
    size_t block_from;            /* the first row that no update has seen */
    double owed;                  /* old rows that are due, a fraction */
    uint64_t blocks;
    bool failed;
    struct bl_error err;
};

bool bl_stream_first_fit(struct bl_stream_lot *lot, struct bl_error *err);
void bl_stream_model_free(struct bl_stream_model *m);

/* To row `to`, or until stopped. */
bool bl_stream_fits_advance(struct bl_stream_runner *r, size_t to, struct bl_error *err);
bool bl_stream_updates_begin(struct bl_stream_runner *r, struct bl_error *err);
bool bl_stream_updates_advance(struct bl_stream_runner *r, size_t to, struct bl_error *err);

/* Mean error on the probe as the model stands. */
double bl_stream_fits_probe(struct bl_stream_runner *r, struct bl_error *err);
double bl_stream_updates_probe(struct bl_stream_runner *r, struct bl_error *err);

static inline bool bl_stream_updates(const struct bl_stream_strategy *how)
{
    return how->kind == BL_STREAM_ONLINE || how->kind == BL_STREAM_HYBRID;
}

/* The truth of a place in the stream, and the error of a prediction: 0 or 1, or the square. */
double bl_stream_y(const struct bl_stream_lot *lot, size_t place);
double bl_stream_error(const struct bl_stream_lot *lot, const double *prediction, double y);
/* Tells the detector of the error of row `place`; true: drift. */
bool bl_stream_watch(struct bl_stream_runner *r, size_t place, const double *prediction, struct bl_error *err);
static inline double *bl_stream_prediction(const struct bl_stream_runner *r, size_t place)
{
    return r->out->predictions + (place - r->lot->s->first) * r->lot->s->width;
}
/* Table rows of places [0, n), NULL: of the places from, from + 1 ... Free it. */
uint32_t *bl_stream_rows_of(const struct bl_stream_lot *lot, const uint32_t *places, size_t from, size_t n, struct bl_error *err);

#endif
