/* Every way to end, in every state: the status is right and the terminal is as it was found. */
#include "pty.h"

static void test_each_signal_in_each_state(void **state)
{
    static const struct { const char *name, *keys, *then; } states[] = {
        { "prompt", "half", "half" },
        { "training", "load iris; train sgd epochs=900000000\r", "Ctrl-C stops" },
        { "pager", "load iris; train mini epochs=40; log | sleep 300\r", "epoch 40 of 40" },
    };
    static const struct { int sig, status; } ends[] = {
        { SIGTERM, 128 + SIGTERM }, { SIGHUP, 128 + SIGHUP },
        { SIGQUIT, 1000 + SIGQUIT }, { SIGSEGV, 1000 + SIGSEGV }, { SIGABRT, 1000 + SIGABRT },
        { SIGUSR1, 1000 + SIGUSR1 }, { SIGXCPU, 1000 + SIGXCPU },
    };

    (void)state;
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        for (size_t k = 0; k < sizeof ends / sizeof *ends; k++) {
            struct pty p = pty_prompt(NULL);
            pty_expect(&p, "batchlab> ");
            pty_send(&p, states[i].keys, states[i].then);
            kill(p.pid, ends[k].sig);
            int status = pty_end(&p);
            if (status != ends[k].status || !pty_same_settings(&p))
                fail_msg("%s, %s: %d instead of %d, settings %s", states[i].name, strsignal(ends[k].sig), status,
                         ends[k].status, pty_same_settings(&p) ? "kept" : "changed");
            if (i == 0 && !strstr(p.text + p.seen, "\033[?2004l"))
                fail_msg("%s: bracketed paste stays on", strsignal(ends[k].sig));
            pty_close(&p);
        }
}

/* A program that will not go: the second TERM does not wait for it, one alone waits two seconds. Seconds to the end. */
static double end_beside_a_stubborn_program(int times)
{
    char script[] = "/tmp/batchlab-stubborn-XXXXXX", keys[128];
    struct pty p = pty_prompt(NULL);
    int fd = mkstemp(script);

    assert_true(fd >= 0);
    assert_true(dprintf(fd, "#!/bin/sh\ntrap '' TERM\necho ready\nexec sleep 10\n") > 0);
    fchmod(fd, 0700);
    close(fd);
    snprintf(keys, sizeof keys, "load iris; describe | %s\r", script);
    pty_expect(&p, "batchlab> ");
    pty_send(&p, keys, "ready\r\n");
    const double start = seconds_now();

    for (int i = 0; i < times; i++) {
        kill(p.pid, SIGTERM);
        while (i + 1 < times && pty_read(&p, 50))
            ;
    }
    assert_int_equal(pty_end(&p), 1000 + SIGTERM);
    const double took = seconds_now() - start;

    assert_true(pty_same_settings(&p));
    unlink(script);
    pty_close(&p);
    return took;
}

static void test_second_term_ends_at_once(void **state)
{
    (void)state;
    assert_true(end_beside_a_stubborn_program(2) < 1.8);
}

static void test_term_waits_two_seconds_at_most(void **state)
{
    (void)state;
    const double took = end_beside_a_stubborn_program(1);

    assert_true(took > 1.8 && took < 6);
}

/* ---- without a terminal -------------------------------------------------------------------------------*/

static int end_of_reader(const char *const argv[], int sig)
{
    int in[2], out[2], status;
    char byte[256];
    pid_t pid;

    assert_int_equal(pipe2(in, O_CLOEXEC), 0);
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    pid = fork();
    if (pid == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        dup2(out[1], 2);
        execv(program(), (char *const *)argv);
        _exit(127);
    }
    close(out[1]);
    if (!argv[1])
        assert_int_equal(write(in[1], "load iris\n", 10), 10);
    assert_true(read(out[0], byte, sizeof byte) > 0); /* it works, and now or soon waits for more */
    kill(pid, sig);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    close(in[0]);
    close(in[1]);
    close(out[0]);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static void test_silent_pipes_can_be_ended(void **state)
{
    const char *commands[] = { "batchlab", NULL }, *data[] = { "batchlab", "-n", "-c", "about; load -", NULL };

    (void)state;
    assert_int_equal(end_of_reader(commands, SIGINT), 130);
    assert_int_equal(end_of_reader(commands, SIGTERM), 143);
    assert_int_equal(end_of_reader(commands, SIGHUP), 129);
    assert_int_equal(end_of_reader(data, SIGINT), 130);
    assert_int_equal(end_of_reader(data, SIGTERM), 143);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_signal_in_each_state),
        cmocka_unit_test(test_second_term_ends_at_once),
        cmocka_unit_test(test_term_waits_two_seconds_at_most),
        cmocka_unit_test(test_silent_pipes_can_be_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
