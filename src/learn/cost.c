/* What a run may spend, in samples, updates, epochs or seconds, and what one start has to do with
 * another: the hashes that say that a race is fair. */
#include "src/learn/run.h"

#include <math.h>
#include <string.h>

static const char *const cost_names[] = {"samples", "updates", "epochs", "seconds"};

const char *bl_cost_name(enum bl_cost c) { return cost_names[c]; }

double bl_point_cost(const struct bl_point *p, enum bl_cost c)
{
    const double all[] = {(double)p->samples, (double)p->updates, p->epoch, p->seconds};

    return all[c];
}

/* ---- spending ------------------------------------------------------------------------------------------*/
/* The last update, by the trainer's own numbers, that costs no more. */
static uint64_t affordable(const struct bl_trainer *t, enum bl_cost c, double amount)
{
    double samples = c == BL_COST_EPOCHS ? floor(amount * (double)t->n + 0.5) : floor(amount), whole, rest;

    if (amount > 9e15)
        amount = samples = 9e15;
    if (c == BL_COST_UPDATES) {
        int64_t own = (int64_t)samples - t->origin.told;
        return own < 0 ? 0 : (uint64_t)own;
    }
    whole = floor(samples / (double)t->n);
    rest = floor((samples - whole * (double)t->n) / (double)t->batch);
    if (rest > (double)(t->per_epoch - 1)) /* the last batch of an epoch may be short */
        rest = (double)(t->per_epoch - 1);
    return (uint64_t)whole * t->per_epoch + (uint64_t)rest;
}

static uint64_t end_of_epoch(const struct bl_trainer *t)
{
    return (t->now.update / t->per_epoch + 1) * t->per_epoch;
}

/* In short stretches, of as many updates as the time that is left should allow, until it is over. */
static bool spend_seconds(struct bl_trainer *t, double until, uint64_t *target)
{
    double each = t->now.update > t->origin.update ? t->now.seconds / (double)t->now.update : 0, left = until - t->now.seconds;
    double n = each > 0 ? fmax(1, fmin(floor(0.5 * left / each), (double)t->per_epoch)) : 1;

    *target = t->now.update + (uint64_t)n;
    return left > 0;
}

bool bl_trainer_spend(struct bl_trainer *t, enum bl_cost c, double amount, struct bl_progress *progress, struct bl_error *err)
{
    uint64_t goal = c == BL_COST_SECONDS ? 0 : affordable(t, c, amount), next = goal;
    struct bl_patience waited;

    while (t->status != BL_DIVERGED_RUN && !t->now.converged && !bl_stopped(progress)) {
        if (c == BL_COST_SECONDS ? !spend_seconds(t, amount, &goal) : t->now.update >= goal)
            break;
        next = goal < end_of_epoch(t) ? goal : end_of_epoch(t);
        if (!bl_run_go_to(t, next, progress, err))
            return false;
        if (t->broke || bl_trainer_waited(t, &waited))
            return true;
    }
    return bl_history_mark(t, err);
}

/* ---- fairness ------------------------------------------------------------------------------------------*/
#define PIECE ((size_t)1 << 20)

struct hashing { const uint8_t *bytes; size_t n; char (*hex)[65]; };

static void hash_piece(void *context, size_t i, size_t worker)
{
    const struct hashing *h = context;
    struct bl_sha256 s;
    size_t from = i * PIECE;

    (void)worker;
    bl_sha256_start(&s);
    bl_sha256_add(&s, h->bytes + from, h->n - from < PIECE ? h->n - from : PIECE);
    bl_sha256_end(&s, h->hex[i]);
}

/* Adds the hashes of all pieces: pieces go to the threads, their order is that of the bytes. */
static bool add_pieces(struct bl_sha256 *all, const void *bytes, size_t n, struct bl_pool *pool)
{
    struct hashing h = {.bytes = bytes, .n = n};
    size_t pieces = (n + PIECE - 1) / PIECE;

    if (n == 0)
        return true;
    h.hex = bl_calloc(pieces, sizeof *h.hex);
    if (!h.hex)
        return false;
    bl_pool_run(pool, pieces, hash_piece, &h);
    for (size_t i = 0; i < pieces; i++)
        bl_sha256_add(all, h.hex[i], 64);
    bl_free(h.hex);
    return true;
}

static bool hash_matrix(const struct bl_matrix *m, struct bl_pool *pool, char hex[65])
{
    struct bl_sha256 s;
    double *row = bl_calloc(m->n_features + 1, sizeof *row);
    bool good = row != NULL;

    bl_sha256_start(&s);
    if (m->x)
        good = good && add_pieces(&s, m->x, m->n_rows * m->n_features * sizeof *m->x, pool);
    for (size_t i = 0; good && !m->x && i < m->n_rows; i++) { /* as the dense rows that it stands for */
        for (size_t j = 0; j < m->n_features; j++)
            row[j] = bl_matrix_at(m, i, j);
        bl_sha256_add(&s, row, m->n_features * sizeof *row);
    }
    good = good && add_pieces(&s, m->y, m->n_rows * sizeof *m->y, pool) &&
           (!m->weight || add_pieces(&s, m->weight, m->n_rows * sizeof *m->weight, pool));
    bl_sha256_end(&s, hex);
    bl_free(row);
    return good;
}

bool bl_trainer_start_is(const struct bl_trainer *t, const struct bl_trainer *other)
{
    return memcmp(t->tape.kept[0]->live, other->tape.kept[0]->live, t->o->n_params * sizeof(double)) == 0;
}

bool bl_fairness_of(struct bl_trainer *t, struct bl_fairness *out, struct bl_error *err)
{
    const struct bl_matrix *validation = t->o->validation;
    struct bl_sha256 s;

    bl_sha256_start(&s);
    bl_sha256_add(&s, t->tape.kept[0]->live, t->o->n_params * sizeof(double));
    bl_sha256_end(&s, out->start);
    if (!hash_matrix(t->o->train, t->pool, out->data))
        return bl_fail_memory(err, "the hash of the data");
    bl_sha256_start(&s);
    bl_sha256_add(&s, t->o->train->row, t->n * sizeof *t->o->train->row);
    if (validation)
        bl_sha256_add(&s, validation->row, validation->n_rows * sizeof *validation->row);
    bl_sha256_end(&s, out->split);
    return true;
}
