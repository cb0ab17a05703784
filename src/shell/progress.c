/* The progress line: a thread of its own, so that whatever works need not know of it. */
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "src/shell/shell.h"

struct progress {
    struct bl_progress *watched;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool started, visible, working, hidden, quit, drawn;
    double since;
    char told[2048];         /* what the work tells of itself; "": nothing */
};

static double seconds_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void put(const char *text)
{
    size_t n = strlen(text);

    if (write(STDERR_FILENO, text, n) < 0)
        return; /* a line that only informs */
}

static const char wipe[] = "\r\033[K";

static void erase(struct progress *p)
{
    if (!p->drawn)
        return;
    put(wipe);
    bl_terminal_undo("");
    p->drawn = false;
}

/* "1.42M rows/s": what is counted depends on the work. */
static void add_rate(struct bl_text *t, const char *what, double rate)
{
    char number[32];

    if (!strcmp(what, "reading"))
        bl_text_addf(t, "  %s/s", bl_bytes_format(number, sizeof number, rate));
    else if (!strcmp(what, "training"))
        bl_text_addf(t, "  %s rows/s", bl_count_format(number, sizeof number, rate));
}

static const char stops[] = "   Ctrl-C stops";

/* As many pieces as leave room for the last words. */
static void add_pieces(struct bl_text *t, const char *pieces, int width)
{
    while (*pieces) {
        const char *end = strstr(pieces, "  ");
        const size_t n = end ? (size_t)(end - pieces) : strlen(pieces);

        if ((int)(bl_text_width(t->at, t->length) + 2 + bl_text_width(pieces, n) + strlen(stops)) > width - 1)
            return;
        bl_text_add(t, "  ");
        bl_text_addn(t, pieces, n);
        pieces += n + (end ? 2 : 0);
    }
}

/* "reading  45 %  85 MB/s  0.81 s, 1.01 s left   Ctrl-C stops" */
static void draw(struct progress *p)
{
    uint64_t done = p->watched->done, total = p->watched->total;
    const char *what = p->watched->what;
    double passed = seconds_now() - p->since, share = total ? (double)done / (double)total : 0;
    struct bl_text t = { 0 };
    char time[32];
    int width, height;

    bl_terminal_size(STDERR_FILENO, &width, &height);
    bl_text_add(&t, what ? what : "working");
    if (share > 0 && share <= 1)
        bl_text_addf(&t, "  %.0f %%", floor(100 * share));
    if (what && done)
        add_rate(&t, what, (double)done / passed);
    bl_text_addf(&t, "  %s", bl_seconds_format(time, sizeof time, passed));
    if ((share > 0.01 || (share > 0 && passed > 1)) && share < 1)
        bl_text_addf(&t, ", %s left", bl_seconds_format(time, sizeof time, passed * (1 / share - 1)));
    if (!t.failed)
        add_pieces(&t, p->told, width);
    bl_text_add(&t, stops);
    if (!t.failed && bl_terminal_in_front()) {
        size_t n = bl_text_fit(t.at, t.length, width > 1 ? (size_t)width - 1 : 0);
        char line[1024];

        snprintf(line, sizeof line, "%s%.*s", wipe, (int)(n < 900 ? n : 900), t.at);
        bl_terminal_undo(wipe);
        put(line);
        p->drawn = true;
    }
    bl_text_free(&t);
}

static void *progress_main(void *context)
{
    struct progress *p = context;
    struct timespec end;

    pthread_mutex_lock(&p->lock);
    while (!p->quit) {
        if (!p->working) {
            pthread_cond_wait(&p->changed, &p->lock);
            continue;
        }
        clock_gettime(CLOCK_MONOTONIC, &end);
        end.tv_nsec += 100000000L;
        if (end.tv_nsec >= 1000000000L)
            end.tv_sec++, end.tv_nsec -= 1000000000L;
        pthread_cond_timedwait(&p->changed, &p->lock, &end);
        if (p->working && !p->hidden && seconds_now() - p->since > 0.4)
            draw(p);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

/* Started only when it is needed: a prompt should be there at once. */
static void start(struct progress *p)
{
    sigset_t before;

    if (p->started)
        return;
    bl_signals_block(&before);
    p->started = pthread_create(&p->thread, NULL, progress_main, p) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

struct progress *progress_create(struct bl_progress *watched, bool visible, struct bl_error *err)
{
    struct progress *p = bl_calloc(1, sizeof *p);
    pthread_condattr_t clock;

    if (!p) {
        bl_fail_memory(err, "the progress line");
        return NULL;
    }
    p->watched = watched;
    p->visible = visible;
    pthread_mutex_init(&p->lock, NULL);
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&p->changed, &clock);
    pthread_condattr_destroy(&clock);
    return p;
}

void progress_free(struct progress *p)
{
    if (!p)
        return;
    if (p->started) {
        pthread_mutex_lock(&p->lock);
        p->quit = true;
        pthread_cond_signal(&p->changed);
        pthread_mutex_unlock(&p->lock);
        pthread_join(p->thread, NULL);
    }
    bl_free(p);
}

static bool change(struct progress *p, bool *flag, bool value)
{
    bool drawn;

    if (!p->visible)
        return false;
    pthread_mutex_lock(&p->lock);
    *flag = value;
    drawn = p->drawn;
    if (!p->working || p->hidden)
        erase(p);
    pthread_cond_signal(&p->changed);
    pthread_mutex_unlock(&p->lock);
    return drawn;
}

void progress_begin(struct progress *p)
{
    if (!p->visible)
        return;
    start(p);
    pthread_mutex_lock(&p->lock);
    p->watched->what = NULL;
    p->watched->done = p->watched->total = 0;
    p->since = seconds_now();
    p->told[0] = '\0';
    pthread_mutex_unlock(&p->lock);
    change(p, &p->working, true);
}

void progress_end(struct progress *p) { change(p, &p->working, false); }
bool progress_hide(struct progress *p) { return change(p, &p->hidden, true); }
void progress_show(struct progress *p) { change(p, &p->hidden, false); }

void progress_tell(struct progress *p, const char *text)
{
    pthread_mutex_lock(&p->lock);
    snprintf(p->told, sizeof p->told, "%.*s", (int)bl_text_fit(text, strlen(text), sizeof p->told / 4), text);
    pthread_mutex_unlock(&p->lock);
}
