/* The dots of a run: the losses that its updates met, in a bounded buffer. Where every update has one row, most of them
 * would cost a good part of the update and be thinned out before anybody looks: there the margins are kept, which the
 * update has computed, and become losses when they are asked for. */
#include "src/learn/run.h"

#include <string.h>

enum { DOTS = 4096, MARGINS = 16 * DOTS }; /* margins that wait: at most 512 KiB, or those of one update */

/* ---- memory ---------------------------------------------------------------------------------------*/
bool bl_dots_room(struct bl_trainer *t, struct bl_error *err)
{
    struct bl_dots *d = &t->history.dots;
    const size_t k = t->o->k;

    if (!d->dots && !(d->dots = bl_calloc(DOTS, sizeof *d->dots)))
        return bl_fail_memory(err, "the losses of the updates");
    if (!t->fused || d->margins)
        return true;
    d->room = k <= MARGINS / DOTS ? DOTS : k < MARGINS ? MARGINS / k : 1;
    d->margins = bl_aligned(d->room + 1, k * sizeof *d->margins);
    return d->margins || bl_fail_memory(err, "the losses of the updates");
}

size_t bl_dots_bytes(const struct bl_trainer *t)
{
    const struct bl_dots *d = &t->history.dots;

    return DOTS * sizeof *d->dots + (d->margins ? (d->room + 1) * t->o->k * sizeof *d->margins : 0);
}

void bl_dots_free(struct bl_trainer *t)
{
    bl_free(t->history.dots.dots);
    bl_free(t->history.dots.margins);
}

/* ---- what waits --------------------------------------------------------------------------------------*/
static double loss_of(const struct bl_trainer *t, const double *z, size_t row)
{
    const struct bl_objective *o = t->o;

    return t->importance ? o->type->loss(z, o->train->y[row], o->k, o->hyper) * t->importance[row] : bl_row_loss(o, z, row);
}

static void tell(struct bl_trainer *t)
{
    struct bl_dots *d = &t->history.dots;
    const double *z = d->margins;

    for (; d->told < d->n; d->told++, z += t->o->k)
        d->dots[d->told].loss = loss_of(t, z, (size_t)d->dots[d->told].loss);
}

double bl_dots_last(struct bl_trainer *t)
{
    struct bl_dots *d = &t->history.dots;

    if (d->last_waits)
        d->last = loss_of(t, d->margins + d->room * t->o->k, d->last_row);
    d->last_waits = false;
    return d->last;
}

static void copy(double *to, const double *from, size_t n)
{
    for (size_t i = 0; i < n; i++) /* few: a call would cost more */
        to[i] = from[i];
}

/* ---- adding -------------------------------------------------------------------------------------------*/
/* Every second one goes: they are evenly spaced. */
static void thin(struct bl_dots *d, size_t k)
{
    size_t kept = 0, told, i = d->dots[0].update & d->spacing ? 1 : 0;

    d->spacing *= 2;
    for (; i < d->told; i += 2)
        d->dots[kept++] = d->dots[i];
    told = kept;
    for (; i < d->n; i += 2, kept++) {
        copy(d->margins + (kept - told) * k, d->margins + (i - d->told) * k, k);
        d->dots[kept] = d->dots[i];
    }
    d->n = kept;
    d->told = told;
}

void bl_dots_add(struct bl_trainer *t, uint64_t update, double loss)
{
    struct bl_dots *d = &t->history.dots;

    d->last = loss;
    d->last_waits = false;
    if (update <= d->until)
        return; /* played again */
    d->until = update;
    if (update & (d->spacing - 1))
        return;
    if (d->told < d->n)
        tell(t);
    if (d->n == DOTS)
        thin(d, t->o->k);
    if (update & (d->spacing - 1))
        return;
    d->dots[d->n++] = (struct bl_dot){.update = update, .loss = loss};
    d->told = d->n;
}

/* The first update from this one on that gets a dot. */
static uint64_t next_dot(const struct bl_dots *d, uint64_t update)
{
    return (update + d->spacing - 1) & ~(d->spacing - 1);
}

static size_t row_of(const struct bl_batch *b, size_t i)
{
    return b->index ? b->index[i] : b->first + i;
}

/* Dots from this update on, until the block ends or there is no room; the first update that is left. */
static uint64_t wait_for(struct bl_trainer *t, const struct bl_batch *b, uint64_t update)
{
    struct bl_dots *d = &t->history.dots;
    const uint64_t before = t->now.update + 1, spacing = d->spacing;
    const size_t k = t->o->k, full = d->told + d->room < DOTS ? d->told + d->room : DOTS;
    double *to = d->margins + (d->n - d->told) * k;
    size_t n = d->n;

    for (; n < full && update - before < b->n; n++, update += spacing, to += k) {
        size_t i = (size_t)(update - before);
        copy(to, t->margins + i * k, k);
        d->dots[n] = (struct bl_dot){.update = update, .loss = (double)row_of(b, i)};
    }
    d->n = n;
    return update;
}

void bl_dots_add_rows(struct bl_trainer *t, const struct bl_batch *b)
{
    struct bl_dots *d = &t->history.dots;
    const uint64_t first = t->now.update + 1, last = t->now.update + b->n;
    const size_t k = t->o->k;

    if (last <= d->until)
        return;
    for (uint64_t update = next_dot(d, first > d->until ? first : d->until + 1); update <= last; update = wait_for(t, b, next_dot(d, update))) {
        if (d->n == DOTS)
            thin(d, k);
        else if (d->n - d->told == d->room)
            tell(t);
    }
    d->until = last;
    copy(d->margins + d->room * k, t->margins + (b->n - 1) * k, k);
    d->last_row = row_of(b, b->n - 1);
    d->last_waits = true;
}

void bl_dots_forget(struct bl_trainer *t, uint64_t update)
{
    struct bl_dots *d = &t->history.dots;

    while (d->n && d->dots[d->n - 1].update > update)
        d->n--;
    if (d->told > d->n)
        d->told = d->n;
    if (d->until > update)
        d->until = update;
}

const struct bl_dot *bl_trainer_dots(struct bl_trainer *t, size_t *n)
{
    const struct bl_dots *d = &t->history.dots;

    tell(t);
    *n = d->n;
    while (*n && d->dots[*n - 1].update > t->now.update)
        --*n;
    return d->dots;
}
