/* Persistent threads that share the indices of one job at a time.
 *
 * `state` tells the workers everything: how many of them have joined the job, whether it is
 * still open, and its number. A worker joins by adding one to the count while the job is open and
 * leaves by taking it off. The caller works too, closes the job when no index is left, and waits
 * for those who joined; a worker that wakes up late finds the job closed and costs nobody
 * anything. The fields of the job are written only while nobody is joined and the job is closed.
 *
 * Who has nothing to do looks at `state` for some microseconds, then sleeps. A sleeper is counted
 * before it looks for the last time, and the caller looks at the count after it has opened the
 * job: one of the two must see the other. The same goes for the caller that sleeps at the end. */
#define _GNU_SOURCE
#include "batchlab/base.h"

#include <errno.h>
#include <fenv.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

#define JOINED UINT64_C(0xffff)  /* bits of the count */
#define OPEN UINT64_C(0x10000)
#define NUMBER_SHIFT 17
#define THREADS_MAX 1024
#define SPIN_NANOSECONDS 10000
#define SIGNAL_STACK 65536

typedef void task_function(void *context, size_t i, size_t worker);

struct worker {
    struct bl_pool *pool;
    pthread_t thread;
    size_t number; /* from 1; 0 is the caller */
    void *signal_stack;
};

struct bl_pool {
    _Alignas(64) _Atomic uint64_t state;
    _Alignas(64) _Atomic size_t next; /* index that nobody has taken yet */
    _Alignas(64) task_function *task;
    void *context;
    size_t n;
    _Atomic bool busy; /* somebody's job is running */
    _Atomic bool caller_sleeps, quit;
    _Atomic size_t sleepers;
    pthread_mutex_t lock; /* only for falling asleep and waking */
    pthread_cond_t wake, finished;
    size_t threads, started;
    bool spins; /* not when there are more threads than processors */
    pid_t owner;
    struct worker workers[];
};

/* Set while this thread runs tasks: a job inside a job runs serially. */
static _Thread_local bool inside;

static void pause_a_moment(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static int64_t nanoseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void work(struct bl_pool *p, size_t worker)
{
    size_t i;

    inside = true;
    while ((i = atomic_fetch_add_explicit(&p->next, 1, memory_order_relaxed)) < p->n)
        p->task(p->context, i, worker);
    inside = false;
}

/* Whether a job other than `last` waits for hands. */
static bool is_news(uint64_t state, uint64_t last)
{
    return (state & OPEN) && state >> NUMBER_SHIFT != last;
}

static bool join(struct bl_pool *p, uint64_t last)
{
    uint64_t state = atomic_load_explicit(&p->state, memory_order_relaxed);

    while (is_news(state, last))
        if (atomic_compare_exchange_weak(&p->state, &state, state + 1))
            return true;
    return false;
}

static void leave(struct bl_pool *p)
{
    uint64_t before = atomic_fetch_sub(&p->state, 1);

    if ((before & JOINED) != 1 || (before & OPEN) || !atomic_load(&p->caller_sleeps))
        return;
    pthread_mutex_lock(&p->lock);
    pthread_cond_signal(&p->finished);
    pthread_mutex_unlock(&p->lock);
}

/* Looks for some microseconds whether `done` holds. */
static bool spin(struct bl_pool *p, bool (*done)(struct bl_pool *, uint64_t), uint64_t last)
{
    if (!p->spins)
        return done(p, last);
    for (int64_t until = nanoseconds() + SPIN_NANOSECONDS; nanoseconds() < until;)
        for (int i = 0; i < 32; i++) {
            if (done(p, last))
                return true;
            pause_a_moment();
        }
    return false;
}

static bool has_news(struct bl_pool *p, uint64_t last)
{
    return is_news(atomic_load(&p->state), last) || atomic_load(&p->quit);
}

static bool all_left(struct bl_pool *p, uint64_t unused)
{
    (void)unused;
    return (atomic_load(&p->state) & JOINED) == 0;
}

static void wait_for_news(struct bl_pool *p, uint64_t last)
{
    if (spin(p, has_news, last))
        return;
    pthread_mutex_lock(&p->lock);
    atomic_fetch_add(&p->sleepers, 1);
    while (!has_news(p, last))
        pthread_cond_wait(&p->wake, &p->lock);
    atomic_fetch_sub(&p->sleepers, 1);
    pthread_mutex_unlock(&p->lock);
}

static void wait_for_workers(struct bl_pool *p)
{
    if (spin(p, all_left, 0))
        return;
    pthread_mutex_lock(&p->lock);
    atomic_store(&p->caller_sleeps, true);
    while (!all_left(p, 0))
        pthread_cond_wait(&p->finished, &p->lock);
    atomic_store(&p->caller_sleeps, false);
    pthread_mutex_unlock(&p->lock);
}

static void *worker_main(void *argument)
{
    struct worker *w = argument;
    struct bl_pool *p = w->pool;
    stack_t stack = { .ss_sp = w->signal_stack, .ss_size = SIGNAL_STACK }, before;
    uint64_t last = 0;

    fesetenv(FE_DFL_ENV);         /* to the nearest, no flush to zero, whoever made us */
    sigaltstack(&stack, &before); /* handlers of fatal signals need one in each thread */
    while (!atomic_load(&p->quit)) {
        wait_for_news(p, last);
        if (!join(p, last))
            continue;
        last = atomic_load_explicit(&p->state, memory_order_relaxed) >> NUMBER_SHIFT;
        work(p, w->number);
        leave(p);
    }
    sigaltstack(&before, NULL);
    return NULL;
}

/* Signals that a fault of the thread itself raises stay open; all others go to the main thread. */
static void block_signals(sigset_t *before)
{
    static const int own[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP };
    sigset_t blocked;

    sigfillset(&blocked);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        sigdelset(&blocked, own[i]);
    pthread_sigmask(SIG_SETMASK, &blocked, before);
}

static int start_workers(struct bl_pool *p)
{
    sigset_t before;
    int failed = 0;

    block_signals(&before);
    while (p->started + 1 < p->threads && !failed) {
        struct worker *w = &p->workers[p->started];

        w->pool = p;
        w->number = p->started + 1;
        w->signal_stack = bl_calloc(SIGNAL_STACK, 1);
        failed = w->signal_stack ? pthread_create(&w->thread, NULL, worker_main, w) : ENOMEM;
        if (failed)
            bl_free(w->signal_stack);
        else
            p->started++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed;
}

struct bl_pool *bl_pool_create(size_t threads, struct bl_error *err)
{
    struct bl_pool *p;

    if (threads < 1 || threads > THREADS_MAX) {
        bl_fail(err, BL_VALUE, "threads=%zu: expected 1 to %d", threads, THREADS_MAX);
        return NULL;
    }
    p = bl_aligned(1, sizeof *p + (threads - 1) * sizeof *p->workers);
    if (!p) {
        bl_fail_memory(err, "the threads");
        return NULL;
    }
    p->threads = threads;
    p->owner = getpid();
    p->spins = threads <= bl_processors();
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->wake, NULL);
    pthread_cond_init(&p->finished, NULL);
    int failed = start_workers(p);

    if (failed) {
        bl_pool_free(p);
        if (failed == ENOMEM)
            bl_fail_memory(err, "the threads");
        else
            bl_fail(err, BL_LIMIT, "cannot start %zu threads", threads);
        bl_hint(err, "--threads 1");
        return NULL;
    }
    return p;
}

size_t bl_pool_threads(const struct bl_pool *p)
{
    return p ? p->threads : 1;
}

static void wake_sleepers(struct bl_pool *p, size_t helpers)
{
    size_t sleepers = atomic_load(&p->sleepers);

    if (sleepers == 0)
        return;
    pthread_mutex_lock(&p->lock);
    if (helpers >= sleepers)
        pthread_cond_broadcast(&p->wake);
    else
        for (size_t i = 0; i < helpers; i++)
            pthread_cond_signal(&p->wake);
    pthread_mutex_unlock(&p->lock);
}

static void run_shared(struct bl_pool *p, size_t n, task_function *task, void *context)
{
    p->task = task;
    p->context = context;
    p->n = n;
    atomic_store_explicit(&p->next, 0, memory_order_relaxed);
    /* Opens the next number with nobody joined, and lets the fields above be seen. */
    uint64_t number = (atomic_load(&p->state) >> NUMBER_SHIFT) + 1;

    atomic_store(&p->state, number << NUMBER_SHIFT | OPEN);
    wake_sleepers(p, n - 1);
    work(p, 0);
    atomic_fetch_and(&p->state, ~OPEN);
    wait_for_workers(p);
}

void bl_pool_run(struct bl_pool *p, size_t n, void (*task)(void *context, size_t i, size_t worker),
                 void *context)
{
    bool shared = p && p->started && n > 1 && !inside && !atomic_exchange(&p->busy, true);

    if (shared) {
        run_shared(p, n, task, context);
        atomic_store(&p->busy, false);
        return;
    }
    for (size_t i = 0; i < n; i++)
        task(context, i, 0);
}

void bl_pool_free(struct bl_pool *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    atomic_store(&p->quit, true);
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
    for (size_t i = 0; i < p->started; i++) {
        if (p->owner == getpid()) /* a forked child has no workers to wait for */
            pthread_join(p->workers[i].thread, NULL);
        bl_free(p->workers[i].signal_stack);
    }
    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->wake);
    pthread_cond_destroy(&p->finished);
    bl_free(p);
}
