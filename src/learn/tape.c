/* The tape: snapshots from which any update is reached by playing on. Every end of an epoch for the
 * last 64, every 8th for 512 epochs before, every 64th before that, closer where the epochs between
 * would take long to play; inside long epochs a few more, kept for this epoch and the one before, or
 * for good where one epoch alone takes long. Beyond the memory that was given every second of the older
 * ones goes, again and again. The start is never dropped. */
#include "src/learn/run.h"

#include <string.h>

#define EVERY_EPOCH 64
#define EVERY_8TH 512
#define REPLAY (1u << 26) /* multiply-adds between two snapshots: some 30 milliseconds */
#define INSIDE_MAX 64
#define RECENT 64         /* snapshots that stay when memory is short */

/* ---- begin and end ---------------------------------------------------------------------------------*/
static uint64_t inside_spacing(const struct bl_trainer *t)
{
    double work = (double)t->batch * (double)t->o->n_params;
    uint64_t spacing = work < REPLAY ? (uint64_t)(REPLAY / work) : 1;

    if (t->per_epoch / spacing > INSIDE_MAX)
        spacing = t->per_epoch / INSIDE_MAX;
    return spacing < t->per_epoch ? spacing : 0;
}

/* Epochs between two old snapshots: a power of two, at most 64. */
static uint64_t epochs_apart(const struct bl_trainer *t)
{
    double work = (double)t->n * (double)t->o->n_params;
    uint64_t apart = EVERY_EPOCH;

    while (apart > 1 && work * (double)apart > REPLAY)
        apart /= 2;
    return apart;
}

static bool grow_spare(struct bl_tape *tape, size_t n)
{
    while (tape->n_spare < n) {
        struct bl_snapshot_of_run *empty = bl_calloc(1, sizeof *empty + tape->each);
        if (!empty)
            return false;
        tape->spare[tape->n_spare++] = empty;
    }
    return true;
}

bool bl_tape_begin(struct bl_trainer *t, struct bl_error *err)
{
    struct bl_tape *tape = &t->tape;

    tape->each = t->n_live * sizeof(double);
    tape->inside = inside_spacing(t);
    tape->apart = epochs_apart(t);
    tape->long_epochs = (double)t->n * (double)t->o->n_params > REPLAY;
    tape->spare_capacity = INSIDE_MAX + 3;
    tape->capacity = 256;
    tape->spare = bl_calloc(tape->spare_capacity, sizeof *tape->spare);
    tape->kept = bl_calloc(tape->capacity, sizeof *tape->kept);
    if (!tape->spare || !tape->kept || !grow_spare(tape, 1))
        return bl_fail_memory(err, "the tape");
    bl_tape_keep(t);
    return true;
}

void bl_tape_free(struct bl_trainer *t)
{
    struct bl_tape *tape = &t->tape;

    for (size_t i = 0; i < tape->n; i++)
        bl_free(tape->kept[i]);
    for (size_t i = 0; i < tape->n_spare; i++)
        bl_free(tape->spare[i]);
    bl_free(tape->kept);
    bl_free(tape->spare);
}

/* Bytes of a snapshot and of its entry. */
static size_t weight(const struct bl_tape *tape)
{
    return tape->each + sizeof **tape->kept + sizeof *tape->kept;
}

/* Without memory there are fewer snapshots, and going back takes longer: no reason to fail. */
void bl_tape_room(struct bl_trainer *t)
{
    struct bl_tape *tape = &t->tape;
    size_t inside = tape->inside ? (size_t)(t->per_epoch / tape->inside) : 0, wanted = inside + 1;
    size_t allowed = t->set.tape / weight(tape) + 1;

    if (tape->n + INSIDE_MAX + 3 > tape->capacity) {
        struct bl_snapshot_of_run **kept = bl_realloc(tape->kept, 2 * tape->capacity, sizeof *kept);
        if (!kept)
            return;
        tape->kept = kept;
        tape->capacity *= 2;
    }
    if (tape->n < allowed)
        grow_spare(tape, wanted < allowed - tape->n ? wanted : allowed - tape->n);
}

/* ---- what is kept -------------------------------------------------------------------------------------*/
static void drop(struct bl_tape *tape, size_t i)
{
    struct bl_snapshot_of_run *empty = tape->kept[i];

    tape->n--;
    memmove(tape->kept + i, tape->kept + i + 1, (tape->n - i) * sizeof *tape->kept);
    if (tape->n_spare < tape->spare_capacity)
        tape->spare[tape->n_spare++] = empty;
    else
        bl_free(empty);
}

/* Does the snapshot at the end of an epoch stay, so many epochs later? */
static bool stays(const struct bl_tape *tape, uint64_t epoch, uint64_t age)
{
    return age < EVERY_EPOCH || epoch % tape->apart == 0 || (age < EVERY_8TH && epoch % 8 == 0);
}

static bool belongs(const struct bl_trainer *t, uint64_t update, uint64_t newest)
{
    const struct bl_tape *tape = &t->tape;
    uint64_t epoch = update / t->per_epoch, within = update - epoch * t->per_epoch, last = update == newest ? epoch : newest / t->per_epoch;
    uint64_t age = last > epoch ? last - epoch : 0;

    if (update == t->origin.update) /* the start, or where a fork begins */
        return true;
    if (within)
        return (age <= 1 || tape->long_epochs) && tape->inside && within % tape->inside == 0;
    return stays(tape, epoch, age);
}

static size_t nearest(const struct bl_tape *tape, uint64_t update)
{
    size_t low = 0, high = tape->n;

    if (high && tape->kept[high - 1]->at.update <= update)
        return high - 1;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (tape->kept[middle]->at.update <= update)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* The same on the way of a run: mostly that of the last time, or the one after it. */
static size_t met(struct bl_tape *tape, uint64_t update)
{
    size_t at = tape->found;

    if (at + 1 < tape->n && tape->kept[at + 1]->at.update <= update)
        at++;
    if (at >= tape->n || tape->kept[at]->at.update > update || (at + 1 < tape->n && tape->kept[at + 1]->at.update <= update))
        at = nearest(tape, update);
    tape->found = at;
    return at;
}

/* The end of this epoch grew too old to stay, unless it belongs to the older ones too. In a run that goes on it lies
 * so many snapshots behind the last. */
static void drop_end(struct bl_trainer *t, uint64_t epoch, uint64_t years, size_t behind)
{
    struct bl_tape *tape = &t->tape;
    const uint64_t update = epoch * t->per_epoch;
    size_t at = tape->n - 1 - behind;

    if (update == t->origin.update || stays(tape, epoch, years))
        return;
    if (behind >= tape->n || tape->kept[at]->at.update != update)
        at = nearest(tape, update);
    if (at && tape->kept[at]->at.update == update)
        drop(tape, at);
}

/* At the end of an epoch others grow too old to stay: those alone are looked at. */
static void age(struct bl_trainer *t, uint64_t newest)
{
    struct bl_tape *tape = &t->tape;
    uint64_t epoch = newest / t->per_epoch;

    if (epoch * t->per_epoch != newest)
        return;
    if (epoch >= EVERY_8TH && epoch % 8 == 0)
        drop_end(t, epoch - EVERY_8TH, EVERY_8TH, EVERY_EPOCH + (EVERY_8TH - EVERY_EPOCH) / 8);
    if (epoch >= EVERY_EPOCH)
        drop_end(t, epoch - EVERY_EPOCH, EVERY_EPOCH, EVERY_EPOCH);
    if (epoch < 2 || !tape->inside || tape->long_epochs)
        return;
    for (size_t i; (i = nearest(tape, (epoch - 1) * t->per_epoch - 1)) && tape->kept[i]->at.update > (epoch - 2) * t->per_epoch;)
        drop(tape, i);
}

/* Every second of the older ones. */
static void halve(struct bl_tape *tape)
{
    size_t recent = tape->n / 2 < RECENT ? tape->n / 2 : RECENT, to = 1;

    for (size_t i = 1; i < tape->n; i++) {
        if (i + recent >= tape->n || i % 2 == 0)
            tape->kept[to++] = tape->kept[i];
        else if (tape->n_spare < tape->spare_capacity)
            tape->spare[tape->n_spare++] = tape->kept[i];
        else
            bl_free(tape->kept[i]);
    }
    tape->n = to;
}

void bl_tape_fit(struct bl_trainer *t, size_t bytes)
{
    struct bl_tape *tape = &t->tape;

    while (tape->n > 2 && tape->n * weight(tape) > bytes)
        halve(tape);
}

uint64_t bl_tape_next(const struct bl_trainer *t, uint64_t update)
{
    uint64_t epoch = update / t->per_epoch, end = (epoch + 1) * t->per_epoch, within = update - epoch * t->per_epoch;

    if (!t->tape.inside || within + t->tape.inside - within % t->tape.inside >= t->per_epoch)
        return end;
    return update + t->tape.inside - within % t->tape.inside;
}

void bl_tape_keep(struct bl_trainer *t)
{
    struct bl_tape *tape = &t->tape;
    uint64_t update = t->now.update;
    size_t at = tape->n ? met(tape, update) + 1 : 0;
    uint64_t newest = tape->n && tape->kept[tape->n - 1]->at.update > update ? tape->kept[tape->n - 1]->at.update : update;

    if ((at && tape->kept[at - 1]->at.update == update) || !belongs(t, update, newest))
        return;
    if (tape->n_spare == 0 || tape->n == tape->capacity)
        return;
    memmove(tape->kept + at + 1, tape->kept + at, (tape->n - at) * sizeof *tape->kept);
    tape->kept[at] = tape->spare[--tape->n_spare];
    tape->kept[at]->at = t->now;
    memcpy(tape->kept[at]->live, t->live, tape->each);
    tape->n++;
    if (newest == update)
        age(t, update);
    bl_tape_fit(t, t->set.tape);
}

void bl_tape_restore(struct bl_trainer *t, uint64_t update)
{
    const struct bl_snapshot_of_run *from = t->tape.kept[nearest(&t->tape, update)];

    t->now = from->at;
    memcpy(t->live, from->live, t->tape.each);
}

bool bl_tape_ahead(const struct bl_trainer *t, uint64_t update)
{
    return t->tape.kept[nearest(&t->tape, update)]->at.update > t->now.update;
}

void bl_tape_forget(struct bl_trainer *t, uint64_t update)
{
    while (t->tape.n > 1 && t->tape.kept[t->tape.n - 1]->at.update > update)
        drop(&t->tape, t->tape.n - 1);
}

size_t bl_trainer_tape_bytes(const struct bl_trainer *t, size_t *snapshots)
{
    if (snapshots)
        *snapshots = t->tape.n;
    return t->tape.n * weight(&t->tape);
}

void bl_trainer_tape_shrink(struct bl_trainer *t, size_t bytes)
{
    bl_tape_fit(t, bytes);
    while (t->tape.n_spare > 1)
        bl_free(t->tape.spare[--t->tape.n_spare]);
}

uint64_t bl_trainer_replay(const struct bl_trainer *t)
{
    const struct bl_tape *tape = &t->tape;
    uint64_t most = t->now.update - (tape->kept[tape->n - 1]->at.update < t->now.update ? tape->kept[tape->n - 1]->at.update : t->now.update);

    for (size_t i = 1; i < tape->n && tape->kept[i]->at.update <= t->now.update; i++)
        if (tape->kept[i]->at.update - tape->kept[i - 1]->at.update > most)
            most = tape->kept[i]->at.update - tape->kept[i - 1]->at.update;
    return most;
}
