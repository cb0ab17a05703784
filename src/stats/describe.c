/* The figures of `describe`: all columns side by side in tiles for the moments, then each column by
 * itself for quantiles and frequencies. */
#include <math.h>
#include <stdatomic.h>

#include "order.h"
#include "tiles.h"

#define TILES_A_TASK 64

struct column_job {
    const struct bl_column *column;
    struct bl_tile *tiles;
    struct bl_summary *out;
};

struct describe {
    size_t n_rows, n_tiles, parts; /* parts: tasks a column */
    struct column_job *jobs;
    struct bl_selection *rooms; /* one for each worker */
    struct bl_progress *progress;
    _Atomic bool no_memory;
};

static void tiles_of_job(const struct describe *d, const struct column_job *j, size_t from, size_t to, double scale)
{
    for (size_t i = from; i < to && i < d->n_tiles; i++) {
        size_t begin = i * BL_TILE, rows = d->n_rows - begin < BL_TILE ? d->n_rows - begin : BL_TILE;

        bl_tile_of(j->column->number + begin, rows, scale, &j->tiles[i]);
    }
}

static void moments_task(void *context, size_t task, size_t worker)
{
    struct describe *d = context;
    const struct column_job *j = &d->jobs[task / d->parts];
    size_t part = task % d->parts;

    (void)worker;
    if (j->column->number && !bl_stopped(d->progress))
        tiles_of_job(d, j, part * TILES_A_TASK, (part + 1) * TILES_A_TASK, 1);
}

static void fill_moments(const struct describe *d, const struct column_job *j)
{
    struct bl_summary *s = j->out;
    struct bl_column_sums c = bl_tiles_join(j->tiles, d->n_tiles);
    double scale = bl_scale_for(c.moments.min, c.moments.max), back = 1 / scale;

    s->min = c.moments.min;
    s->max = c.moments.max;
    if (scale != 1) {
        tiles_of_job(d, j, 0, d->n_tiles, scale);
        c = bl_tiles_join(j->tiles, d->n_tiles);
    }
    const struct bl_moments *m = &c.moments;

    s->count = (size_t)m->n;
    s->mean = m->mean * back;
    s->variance = bl_moments_variance(m) * back * back;
    s->sd = sqrt(bl_moments_variance(m)) * back;
    s->skewness = bl_moments_skewness(m);
    s->kurtosis = bl_moments_kurtosis(m);
    s->lag1 = m->m2 > 0 ? c.pairs / m->m2 : NAN;
}

static bool fill_order(const struct describe *d, const struct column_job *j, struct bl_selection *room)
{
    static const double qs[] = { 0.25, 0.5, 0.75 };
    double q[3];
    struct bl_frequencies f;

    if (!room->keys && !bl_selection_make(room, d->n_rows))
        return false;
    if (!bl_select_quantiles(j->column->number, d->n_rows, qs, 3, q, room) ||
        !bl_frequencies_of(j->column->number, d->n_rows, room->keys, &f))
        return false;
    j->out->q1 = q[0];
    j->out->median = q[1];
    j->out->q3 = q[2];
    j->out->distinct = f.distinct;
    j->out->n_top = f.n_top;
    memcpy(j->out->top, f.top, sizeof f.top);
    return true;
}

static bool fill_codes(const struct describe *d, const struct column_job *j)
{
    struct bl_frequencies f;

    if (!bl_frequencies_of_codes(j->column->code, d->n_rows, j->column->n_levels, &f))
        return false;
    j->out->distinct = f.distinct;
    j->out->n_top = f.n_top;
    memcpy(j->out->top, f.top, sizeof f.top);
    return true;
}

static void column_task(void *context, size_t column, size_t worker)
{
    struct describe *d = context;
    const struct column_job *j = &d->jobs[column];

    if (bl_stopped(d->progress))
        return;
    if (j->column->number)
        fill_moments(d, j);
    if (!(j->column->number ? fill_order(d, j, &d->rooms[worker]) : fill_codes(d, j)))
        atomic_store(&d->no_memory, true);
    bl_progress_add(d->progress, 1);
}

static void start_summary(struct bl_summary *s, const struct bl_table *t, size_t column)
{
    const struct bl_column *c = &t->columns[column];

    *s = (struct bl_summary){ .column = column, .type = c->type, .missing = c->missing, .count = t->n_rows - c->missing,
                              .mean = NAN, .sd = NAN, .variance = NAN, .min = NAN, .q1 = NAN, .median = NAN, .q3 = NAN,
                              .max = NAN, .skewness = NAN, .kurtosis = NAN, .lag1 = NAN };
}

static bool run(struct describe *d, size_t n, struct bl_pool *pool, struct bl_error *err)
{
    d->rooms = bl_calloc(bl_pool_threads(pool), sizeof *d->rooms);
    if (!d->rooms)
        return bl_fail_memory(err, "the figures of the columns");
    bl_progress_start(d->progress, "describing", n);
    bl_pool_run(pool, n * d->parts, moments_task, d);
    bl_pool_run(pool, n, column_task, d);
    for (size_t i = 0; i < bl_pool_threads(pool); i++)
        bl_selection_free(&d->rooms[i]);
    bl_free(d->rooms);
    if (bl_stopped(d->progress))
        return bl_fail(err, BL_STOPPED, "describe was interrupted");
    return !atomic_load(&d->no_memory) || bl_fail_memory(err, "the figures of the columns");
}

bool bl_describe(const struct bl_table *t, const size_t *columns, size_t n, struct bl_summary *out, struct bl_pool *pool,
                 struct bl_progress *progress, struct bl_error *err)
{
    struct describe d = { .n_rows = t->n_rows, .n_tiles = bl_tiles(t->n_rows), .progress = progress };
    struct bl_tile *tiles = NULL;
    bool fine = false;

    n = columns ? n : t->n_columns;
    d.parts = (d.n_tiles + TILES_A_TASK - 1) / TILES_A_TASK;
    d.jobs = bl_calloc(n, sizeof *d.jobs);
    if (d.n_tiles <= SIZE_MAX / (n ? n : 1))
        tiles = bl_calloc(n * d.n_tiles, sizeof *tiles);
    for (size_t i = 0; d.jobs && tiles && i < n; i++) {
        size_t column = columns ? columns[i] : i;

        start_summary(&out[i], t, column);
        d.jobs[i] = (struct column_job){ &t->columns[column], tiles + i * d.n_tiles, &out[i] };
    }
    if (d.jobs && tiles)
        fine = run(&d, n, pool, err);
    else
        bl_fail_memory(err, "the figures of the columns");
    bl_free(d.jobs);
    bl_free(tiles);
    return fine;
}
