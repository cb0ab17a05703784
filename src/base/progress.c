/* The clock, and the flag and counter of long work. */
#include "batchlab/base.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

bool bl_stopped(const struct bl_progress *p)
{
    return p && atomic_load_explicit(&p->stop, memory_order_relaxed);
}

void bl_progress_start(struct bl_progress *p, const char *what, uint64_t total)
{
    if (!p)
        return;
    atomic_store_explicit(&p->done, 0, memory_order_relaxed);
    atomic_store_explicit(&p->total, total, memory_order_relaxed);
    atomic_store_explicit(&p->what, what, memory_order_release);
}

void bl_progress_add(struct bl_progress *p, uint64_t n)
{
    if (p)
        atomic_fetch_add_explicit(&p->done, n, memory_order_relaxed);
}

/* Tests fix the clock from outside, so that screens and transcripts can be compared. */
static bool clock_is_fixed(void)
{
    static _Atomic int known; /* 0 not asked yet, 1 runs, 2 fixed */
    int state = atomic_load_explicit(&known, memory_order_relaxed);

    if (state == 0) {
        const char *wish = getenv("BATCHLAB_CLOCK");

        state = wish && strcmp(wish, "fixed") == 0 ? 2 : 1;
        atomic_store_explicit(&known, state, memory_order_relaxed);
    }
    return state == 2;
}

double bl_now(void)
{
    struct timespec now;

    if (clock_is_fixed())
        return 0;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

const char *bl_wall_clock(char buffer[16])
{
    time_t now = time(NULL);
    struct tm local;

    if (clock_is_fixed() || !localtime_r(&now, &local))
        return memcpy(buffer, "12:00:00", sizeof "12:00:00");
    strftime(buffer, 16, "%H:%M:%S", &local);
    return buffer;
}
