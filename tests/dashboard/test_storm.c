/* The program on a terminal that is not kind to it: random keys and sizes, pasted garbage, terminals that nobody
 * reads, that are closed, that know nothing. BATCHLAB_KEYS says how many random keys (5,000). */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "pty.h"

#define RACE "load iris; set speed=50; compare batch mini:32 sgd epochs=2000"

static void begin(struct pty *p, int width, int height, const char *commands, const char *const *environment)
{
    if (!getenv("BATCHLAB"))
        skip();
    assert_true(pty_start_with(p, width, height, commands, environment));
}

static void wait_ms(long ms)
{
    nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 }, NULL);
}

/* A generator of its own, so that a failure can be repeated by its seed. */
static uint32_t next(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

/* A key that does not leave: neither q and F10 nor the ways out of a prompt, and no stop of the whole process. */
static size_t random_key(uint32_t *state, char *out)
{
    static const char *const sequences[] = { "\033[A", "\033[B", "\033[C", "\033[D", "\033OA", "\033OP", "\033[15~", "\033[5~", "\033[6~", "\033[H",
                                             "\033[F", "\033[Z", "\033[1;2D", "\033[1;2C", "\033[3~", "\303\244", "\342\202\254", "\360\237\230\200",
                                             "\033[<0;10;5M", "\033[<0;10;5m", "\033[<64;30;8M", "\033[<65;3;2M", "\033[<0;70;12M", "\033[<0;40;23m",
                                             "\033[200~", "\033[201~", "\033]11;rgb:0000/0000/0000\007", "\033", "\033[", "\200\377" };
    uint32_t which = next(state) % 8;

    if (which == 0) {
        const char *s = sequences[next(state) % (sizeof sequences / sizeof *sequences)];
        memcpy(out, s, strlen(s));
        return strlen(s);
    }
    do
        out[0] = which < 7 ? (char)(' ' + next(state) % 95) : (char)(1 + next(state) % 31);
    while (strchr("q", out[0]) || out[0] == 4 || out[0] == 26 || out[0] == 28);
    return 1;
}

/* Escape out of whatever is open, then back to the prompt. */
static void come_back(struct pty *p)
{
    pty_resize(p, 80, 24);
    for (int i = 0; i < 4; i++) {
        wait_ms(40);
        pty_send(p, "\033");
        pty_drink(p);
    }
    wait_ms(60);
    pty_send(p, "0\f");
}

#define IRIS "load iris; model softmax; set speed=50; compare batch mini:32 sgd epochs=2000" /* the model of the place before is still there */
#define NETWORK "load penguins; model mlp 8,4; compare batch mini:32 epochs=2000; "

/* What keys alone would hardly find: each place once in 200 keys, with what must then stand on the screen; a lecture shows
 * the panel that keys have put into focus. */
static const struct { const char *line, *seen; } places[] = {
    { IRIS "; view 1", "loss" }, { IRIS "; view 2", "regime" }, { IRIS "; view 3", "histogram" }, { IRIS "; view 4", "boundary" }, { IRIS "; view 5", "contour" },
    { IRIS "; view 6", "weights" }, { IRIS "; view 7", "events" }, { IRIS "; view 8", "theory" }, { IRIS "; view 9", "inside" }, { IRIS "; view 10", "evaluation" },
    { IRIS "; view 0", "weights" }, { IRIS "; panels 0 residuals confusion tree fan modes calibration", "" }, { IRIS "; explain", "result" },
    { "help train", "result" }, { "load iris; browse", "sort" }, { "load iris; browse row=9", "sort" }, { "screen", "result" },
    { "describe", "result" }, { IRIS "; present on", "epoch" }, { IRIS "; present on; view 4", "epoch" },
    { NETWORK "view 6", "layers" }, { NETWORK "layers", "result" }, { NETWORK "view 8", "theory" }, { NETWORK "view 9", "inside" }, { NETWORK "present on; view 6", "epoch" },
};

/* Opens one of the places at a size where all of it has room; then the keys rain on it. */
static bool visit(struct pty *p, size_t which)
{
    char line[256];

    pty_resize(p, 200, 60);
    for (int i = 0; i < 6; i++) { /* out of whatever is open, a pasted block too */
        pty_send(p, i == 1 ? "\033[201~" : "\033");
        wait_ms(40);
        if (!pty_drink(p))
            return false;
    }
    snprintf(line, sizeof line, ":\025watch; present off; panels default; %s\r", places[which].line);
    pty_send(p, line);
    for (int i = 0; i < 20; i++) { /* the line is run by the worker: paint until it has been */
        pty_send(p, "\f");
        if (pty_wait_for(p, places[which].seen, 1))
            return true;
    }
    fail_msg("%s: never saw '%s' in: %s", places[which].line, places[which].seen, p->all ? p->all : "");
    return false;
}

/* Mostly of the sizes that terminals have, now and then the smallest and the largest. */
static void random_size(struct pty *p, uint32_t *state)
{
    uint32_t which = next(state) % 8;

    if (which < 2)
        pty_resize(p, which ? 300 : 1, which ? 100 : 1);
    else
        pty_resize(p, 1 + (int)(next(state) % 300), 1 + (int)(next(state) % 100));
}

static size_t storm(struct pty *p, size_t keys, uint32_t *state)
{
    size_t sent = 0, visits = 0;
    char out[64];

    while (sent < keys) {
        size_t burst = 1 + next(state) % 12;
        if (sent >= 190 * visits && !visit(p, visits++ % (sizeof places / sizeof *places)))
            return sent;
        for (size_t i = 0; i < burst && sent < keys; i++, sent++) {
            size_t n = random_key(state, out);
            out[n] = '\0';
            pty_send(p, out);
        }
        if (next(state) % 6 == 0)
            random_size(p, state);
        if (next(state) % 4 == 0)
            wait_ms(1 + next(state) % 5);
        if (!pty_drink(p) || waitpid(p->pid, NULL, WNOHANG) != 0)
            return sent;
    }
    return sent;
}

static void test_random_keys_and_sizes_neither_crash_nor_corrupt(void **state)
{
    const char *asked = getenv("BATCHLAB_KEYS"), *seed = getenv("BATCHLAB_KEYS_SEED");
    size_t keys = asked ? strtoul(asked, NULL, 10) : 5000, sent;
    uint32_t random = seed ? (uint32_t)strtoul(seed, NULL, 10) : 20260101;
    char folder[] = "/tmp/batchlab-storm-XXXXXX", before[4096];
    struct termios at_start, at_end;
    struct pty p;

    (void)state;
    assert_non_null(mkdtemp(folder));
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(folder), 0); /* a line among the keys may write a file */
    begin(&p, 80, 24, RACE, NULL);
    assert_true(pty_wait_for(&p, "help", 10));
    assert_int_equal(tcgetattr(p.fd, &at_start), 0);
    sent = storm(&p, keys, &random);
    if (sent < keys)
        fail_msg("ended after %zu keys", sent);
    come_back(&p);
    if (!pty_wait_for(&p, "q\033", 10) && !strstr(p.all ? p.all : "", "prompt"))
        fail_msg("after %zu keys there is no dashboard: %s", keys, p.all ? p.all : "");
    assert_int_equal(tcgetattr(p.fd, &at_end), 0);
    assert_int_equal(at_start.c_lflag, at_end.c_lflag);
    bool left = false;
    for (int i = 0; i < 3 && !left; i++) { /* a table may lie over the dashboard */
        pty_send(&p, "q");
        left = pty_wait_for(&p, "> ", 4);
    }
    assert_true(left);
    pty_send(&p, "\025check 1 < 2; quit\r");
    int status = -1;
    pty_watch(&p, 0.3);
    assert_true(pty_ended(&p, 10, &status));
    assert_true(WIFEXITED(status));
    assert_int_equal(chdir(before), 0);
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    assert_int_equal(system(command), 0);
}

/* What is pasted into the dashboard are keys; into the line it is text. Neither ends anything. */
static void test_pasted_garbage_is_survived(void **state)
{
    uint32_t random = 7;
    struct pty p;
    char block[1024];

    (void)state;
    begin(&p, 80, 24, RACE, NULL);
    assert_true(pty_wait_for(&p, "help", 10));
    for (int i = 0; i < 40; i++) {
        for (size_t k = 0; k + 1 < sizeof block; k++) {
            block[k] = (char)(next(&random) % 255 + 1);
            if (strchr("q\021\022\023\004\032\034:", block[k]))
                block[k] = 'x';
        }
        block[sizeof block - 1] = '\0';
        pty_send(&p, i % 2 ? "\033:" : "\033");
        pty_send(&p, block);
        wait_ms(5);
        assert_true(pty_drink(&p));
    }
    come_back(&p);
    assert_true(pty_wait_for(&p, "prompt", 10));
    pty_end(&p);
}

/* Ctrl-S is a key like any other: it does not hold the output, nor the program that writes it. */
static void test_control_s_holds_nothing(void **state)
{
    struct pty p;

    (void)state;
    begin(&p, 80, 24, RACE, NULL);
    assert_true(pty_wait_for(&p, "help", 10));
    pty_send(&p, "\023x");
    if (!pty_wait_for(&p, "set x=", 5))
        fail_msg("no answer: %s", p.all ? p.all : "");
    pty_end(&p);
}

/* Nobody reads for a while: training goes on, and what is read at last is new. */
static void test_a_terminal_that_nobody_reads_does_not_hold_training(void **state)
{
    struct pty p;

    (void)state;
    begin(&p, 120, 40, "load breast_cancer; set speed=100; compare batch mini:32 sgd epochs=150", NULL);
    assert_true(pty_wait_for(&p, "help", 10));
    wait_ms(2500); /* a second and a half of training, and frames that find no room */
    assert_true(pty_wait_for(&p, "done", 3));
    pty_end(&p);
}

/* Nobody reads, and it is told to end: it ends. */
static void test_a_blocked_program_can_be_ended(void **state)
{
    static const int signals[] = { SIGTERM, SIGHUP };
    int status;

    (void)state;
#ifdef __SANITIZE_THREAD__ /* which puts handlers off until the write that waits here has returned */
    skip();
#endif
    for (size_t i = 0; i < (getenv("BATCHLAB_LONG") ? 2 : 1); i++) {
        struct pty p;
        begin(&p, 200, 60, RACE, NULL);
        assert_true(pty_wait_for(&p, "help", 10));
        for (int k = 0; k < 30; k++) { /* full repaints until no byte fits any more */
            pty_send(&p, "\f");
            wait_ms(20);
        }
        kill(p.pid, signals[i]);
        if (!pty_ended(&p, 6, &status))
            fail_msg("signal %d does not end a program that nobody reads", signals[i]);
        assert_true((WIFEXITED(status) && WEXITSTATUS(status) == 128 + signals[i]) || (WIFSIGNALED(status) && WTERMSIG(status) == signals[i]));
    }
}

/* The terminal is closed in mid-race. */
static void test_a_closed_terminal_ends_it(void **state)
{
    struct pty p;
    int status;

    (void)state;
    begin(&p, 80, 24, RACE, NULL);
    assert_true(pty_wait_for(&p, "help", 10));
    close(p.fd);
    p.fd = -1;
    for (int i = 0; i < 500; i++) {
        if (waitpid(p.pid, &status, WNOHANG) == p.pid) {
            free(p.all);
            return;
        }
        wait_ms(10);
    }
    kill(p.pid, SIGKILL);
    fail_msg("it lives on without a terminal");
}

/* Terminals of all kinds: a dashboard where there can be one, a reason where not, and the prompt afterwards. */
/* On a console curses asks gpm for the mouse, whose client loses 10 bytes: under the leak sanitizer that would count. */
static void test_every_terminal_is_served(void **state)
{
    static const struct { const char *environment[4]; bool dashboard; } cases[] = {
        { { "TERM=dumb" }, false }, { { "TERM=vt100" }, true }, { { "TERM=linux", "NCURSES_GPM_TERMS=none" }, true }, { { "TERM=screen-256color" }, true },
        { { "TERM=xterm-256color" }, true }, { { "TERM=tmux-256color" }, true }, { { "TERM=no-such-terminal" }, false }, { { "TERM" }, false },
        { { "TERM=xterm-256color", "TERMINFO=/nowhere", "TERMINFO_DIRS=/nowhere" }, true },
        { { "TERM=xterm-256color", "LC_ALL=xx_YY.broken" }, true }, { { "TERM=xterm-256color", "LC_ALL=C" }, true },
        { { "TERM=xterm-256color", "NO_COLOR=1" }, true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pty p;
        int status = -1;
        begin(&p, 80, 24, "load iris; set speed=unlimited; compare epochs=3", cases[i].environment);
        if (cases[i].dashboard) {
            if (!pty_wait_for(&p, "prompt", 8))
                fail_msg("%s: no dashboard: %s", cases[i].environment[0], p.all);
            pty_send(&p, "q");
        }
        if (!pty_wait_for(&p, "contestant", 8))
            fail_msg("%s: no table at the end: %s", cases[i].environment[0], p.all);
        pty_send(&p, "quit\r");
        pty_watch(&p, 0.1);
        if (!pty_ended(&p, 5, &status) || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
            fail_msg("%s: ended with %d", cases[i].environment[0], status);
    }
}

/* Whether bytes hold an SGR sequence that sets a colour. */
static bool coloured(const char *bytes)
{
    for (const char *s = bytes; (s = strstr(s, "\033[")); s++) {
        const char *end = s + 2 + strspn(s + 2, "0123456789;");
        for (const char *n = s + 2; *end == 'm' && n < end; n += strcspn(n, ";m") + 1) {
            int code = atoi(n);
            if ((code >= 30 && code <= 38) || (code >= 90 && code <= 97))
                return true;
        }
    }
    return false;
}

static void test_colour_is_sent_only_where_it_is_wanted(void **state)
{
    static const struct { const char *environment[3]; bool colour; } cases[] = {
        { { "TERM=xterm-256color" }, true }, { { "TERM=xterm-256color", "NO_COLOR=1" }, false }, { { "TERM=vt100" }, false }, { { "TERM=linux", "NCURSES_GPM_TERMS=none" }, true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pty p;
        begin(&p, 80, 24, "load iris; set speed=unlimited; compare epochs=3", cases[i].environment);
        assert_true(pty_wait_for(&p, "prompt", 8));
        pty_send(&p, "\f");
        pty_watch(&p, 0.4);
        if (coloured(p.all) != cases[i].colour)
            fail_msg("%s %s: colour %s", cases[i].environment[0], cases[i].environment[1] ? cases[i].environment[1] : "", cases[i].colour ? "is missing" : "is sent");
        pty_end(&p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_keys_and_sizes_neither_crash_nor_corrupt),
        cmocka_unit_test(test_pasted_garbage_is_survived),
        cmocka_unit_test(test_control_s_holds_nothing),
        cmocka_unit_test(test_a_terminal_that_nobody_reads_does_not_hold_training),
        cmocka_unit_test(test_a_blocked_program_can_be_ended),
        cmocka_unit_test(test_a_closed_terminal_ends_it),
        cmocka_unit_test(test_every_terminal_is_served),
        cmocka_unit_test(test_colour_is_sent_only_where_it_is_wanted),
    };

    return cmocka_run_group_tests_name("storm", tests, NULL, NULL);
}
