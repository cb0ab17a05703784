/* The tape: snapshots from which any update is reached by playing on. Every end of an epoch for the
 * last 64, every 8th for 512 epochs before, every 64th before that, within the memory that was given;
 * inside long epochs a few more for this epoch and the one before. The start is never dropped. */
#include "src/learn/run.h"

#include <string.h>

#define EVERY_EPOCH 64
#define EVERY_8TH 512
#define REPLAY (1u << 26) /* multiply-adds between two snapshots inside an epoch */
#define INSIDE_MAX 64

/* ---- begin and end ---------------------------------------------------------------------------------*/
static uint64_t inside_spacing(const struct bl_trainer *t)
{
    double work = (double)t->batch * (double)t->o->n_params;
    uint64_t spacing = work < REPLAY ? (uint64_t)(REPLAY / work) : 1;

    if (t->per_epoch / spacing > INSIDE_MAX)
        spacing = t->per_epoch / INSIDE_MAX;
    return spacing < t->per_epoch ? spacing : 0;
}

static bool grow_spare(struct bl_tape *tape, size_t n)
{
    while (tape->n_spare < n) {
        double *buffer = bl_calloc(1, tape->each);
        if (!buffer)
            return false;
        tape->spare[tape->n_spare++] = buffer;
    }
    return true;
}

bool bl_tape_begin(struct bl_trainer *t, struct bl_error *err)
{
    struct bl_tape *tape = &t->tape;

    tape->each = t->n_live * sizeof(double);
    tape->inside = inside_spacing(t);
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
        bl_free(tape->kept[i].live);
    for (size_t i = 0; i < tape->n_spare; i++)
        bl_free(tape->spare[i]);
    bl_free(tape->kept);
    bl_free(tape->spare);
}

/* Without memory there are fewer snapshots, and going back takes longer: no reason to fail. */
void bl_tape_room(struct bl_trainer *t)
{
    struct bl_tape *tape = &t->tape;
    size_t inside = tape->inside ? (size_t)(t->per_epoch / tape->inside) : 0, wanted = inside + 1;
    size_t allowed = t->set.tape / tape->each + 1;

    if (tape->n + INSIDE_MAX + 3 > tape->capacity) {
        struct bl_snapshot_of_run *kept = bl_realloc(tape->kept, 2 * tape->capacity, sizeof *kept);
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
    double *buffer = tape->kept[i].live;

    tape->n--;
    memmove(tape->kept + i, tape->kept + i + 1, (tape->n - i) * sizeof *tape->kept);
    if (tape->n_spare < tape->spare_capacity)
        tape->spare[tape->n_spare++] = buffer;
    else
        bl_free(buffer);
}

static bool belongs(const struct bl_trainer *t, uint64_t update, uint64_t newest)
{
    uint64_t epoch = update / t->per_epoch, last = newest / t->per_epoch, age = last > epoch ? last - epoch : 0;

    if (update % t->per_epoch)
        return age <= 1 && t->tape.inside && update % t->per_epoch % t->tape.inside == 0;
    return age < EVERY_EPOCH || (age < EVERY_8TH && epoch % 8 == 0) || epoch % 64 == 0;
}

/* The snapshot whose loss makes the smallest gap, seen from the newest. */
static size_t least_missed(const struct bl_tape *tape)
{
    uint64_t newest = tape->kept[tape->n - 1].at.update;
    double least = 2;
    size_t at = 1;

    for (size_t i = 1; i + 1 < tape->n; i++) {
        uint64_t gap = tape->kept[i + 1].at.update - tape->kept[i - 1].at.update;
        double share = (double)gap / (double)(newest - tape->kept[i - 1].at.update + 1);
        if (share < least) {
            least = share;
            at = i;
        }
    }
    return at;
}

static void thin(struct bl_trainer *t)
{
    struct bl_tape *tape = &t->tape;
    uint64_t newest = tape->kept[tape->n - 1].at.update;

    for (size_t i = tape->n; i-- > 1;)
        if (!belongs(t, tape->kept[i].at.update, newest))
            drop(tape, i);
    while (tape->n > 2 && tape->n > t->set.tape / tape->each)
        drop(tape, least_missed(tape));
}

static size_t nearest(const struct bl_tape *tape, uint64_t update)
{
    size_t low = 0, high = tape->n;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (tape->kept[middle].at.update <= update)
            low = middle;
        else
            high = middle;
    }
    return low;
}

uint64_t bl_tape_next(const struct bl_trainer *t, uint64_t update)
{
    uint64_t end = (update / t->per_epoch + 1) * t->per_epoch, within = update % t->per_epoch;

    if (!t->tape.inside || within + t->tape.inside - within % t->tape.inside >= t->per_epoch)
        return end;
    return update + t->tape.inside - within % t->tape.inside;
}

void bl_tape_keep(struct bl_trainer *t)
{
    struct bl_tape *tape = &t->tape;
    uint64_t update = t->now.update;
    size_t at = tape->n ? nearest(tape, update) + 1 : 0;
    uint64_t newest = tape->n && tape->kept[tape->n - 1].at.update > update ? tape->kept[tape->n - 1].at.update : update;

    if ((at && tape->kept[at - 1].at.update == update) || !belongs(t, update, newest))
        return;
    if (tape->n_spare == 0 || tape->n == tape->capacity)
        return;
    memmove(tape->kept + at + 1, tape->kept + at, (tape->n - at) * sizeof *tape->kept);
    tape->kept[at] = (struct bl_snapshot_of_run){.at = t->now, .live = tape->spare[--tape->n_spare]};
    memcpy(tape->kept[at].live, t->live, tape->each);
    tape->n++;
    thin(t);
}

void bl_tape_restore(struct bl_trainer *t, uint64_t update)
{
    const struct bl_snapshot_of_run *from = &t->tape.kept[nearest(&t->tape, update)];

    t->now = from->at;
    memcpy(t->live, from->live, t->tape.each);
}

void bl_tape_forget(struct bl_trainer *t, uint64_t update)
{
    while (t->tape.n > 1 && t->tape.kept[t->tape.n - 1].at.update > update)
        drop(&t->tape, t->tape.n - 1);
}

size_t bl_trainer_tape_bytes(const struct bl_trainer *t, size_t *snapshots)
{
    if (snapshots)
        *snapshots = t->tape.n;
    return t->tape.n * t->tape.each;
}
