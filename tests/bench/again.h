/* The same epochs once more, for benchmarks that time updates alone: their points and snapshots are there, so
 * that nothing is recorded. Somebody watches: else the trainer would take the snapshot at the end and play nothing. */
#ifndef BENCH_AGAIN_H
#define BENCH_AGAIN_H

#include "bench.h"

#include "batchlab/learn.h"

static inline bool again_look(void *context, struct bl_trainer *t, const struct bl_seen *seen)
{
    (void)context, (void)t, (void)seen;
    return false;
}

/* Plays the first epochs of the run, so that they can be played again. */
static inline void again_begin(struct bl_trainer *t, uint64_t epochs)
{
    bench_need(bl_trainer_goto_epoch(t, epochs, NULL, NULL), "an epoch failed");
    bl_trainer_watch(t, again_look, NULL, false);
}

/* Seconds by the clock (bench_now or bench_processor) of one of these epochs, the mean of the first so many. */
static inline double again_play(struct bl_trainer *t, uint64_t epochs, double (*clock)(void))
{
    const uint64_t updates = epochs * bl_trainer_updates_per_epoch(t);
    double start;

    bench_need(bl_trainer_goto_epoch(t, 0, NULL, NULL) && bl_trainer_update(t) == 0, "no way back");
    start = clock();
    bench_need(bl_trainer_epochs(t, epochs, NULL, NULL) && bl_trainer_update(t) == updates, "an epoch failed");
    return (clock() - start) / (double)epochs;
}

#endif
