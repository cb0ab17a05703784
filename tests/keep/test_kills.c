/* kill -9 at any instant of save, promote, retrain, rollback and gc: what was confirmed is there, nothing half-written is
 * read, and the chain of the journal holds. The program itself is started and killed; the registry is then looked at by
 * what it is made of. */
#define _GNU_SOURCE 1
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "batchlab/keep.h"

#define KILLS 30
#define KILLS_LONG 300
#define SAID 262144

static char home[] = "/tmp/kills-XXXXXX";
static char said[SAID]; /* what the program confirmed before its end */

static const char script[] =
    "load iris; train sgd epochs=1; save k; promote k margin=-1; train full:newton epochs=5; save k; promote k margin=-1; rollback k; "
    "retrain k window=last:120; promote k margin=-1; save k; retire k; gc retired=yes hours=0; save other; promote other margin=-1";

static void remove_home(void)
{
    char line[100];

    snprintf(line, sizeof line, "rm -rf '%s'", home);
    if (system(line) != 0)
        fprintf(stderr, "%s is left over\n", home);
}

static int start(pid_t *pid)
{
    int ends[2];

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    *pid = fork();
    if (*pid == 0) {
        dup2(ends[1], 1);
        dup2(open("/dev/null", O_WRONLY), 2);
        execl(getenv("BATCHLAB"), "batchlab", "-n", "--json", "--threads", "1", "-c", script, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    assert_true(*pid > 0);
    return ends[0];
}

static void collect(int fd)
{
    size_t n = 0;
    ssize_t got;

    while ((got = read(fd, said + n, SAID - 1 - n)) != 0)
        if (got > 0)
            n += (size_t)got;
        else if (errno != EINTR)
            break;
    said[n] = '\0';
    close(fd);
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* The program, killed after so many seconds; below 0: to its end. */
static void run_for(double seconds)
{
    struct timespec t = { .tv_sec = (time_t)seconds, .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9) };
    pid_t pid;
    int fd = start(&pid), status;

    if (seconds >= 0) {
        nanosleep(&t, NULL);
        kill(pid, SIGKILL);
    }
    collect(fd);
    waitpid(pid, &status, 0);
    if (seconds < 0 && !(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 3)))
        fail_msg("the program ended with %d: %s", status, said);
}

/* ---- what must hold --------------------------------------------------------------------------------------------- */

/* Every version that was confirmed is there, with these bytes. */
static void check_confirmed(const struct bl_kept_row *rows, size_t n)
{
    for (const char *line = said; *line;) {
        size_t length = strcspn(line, "\n"), i = 0;
        json_t *one = line[length] ? json_loadb(line, length, 0, NULL) : NULL; /* a whole line alone was confirmed */
        const char *name = json_string_value(json_object_get(one, "model")), *sha256 = json_string_value(json_object_get(one, "sha256"));
        json_int_t version = json_integer_value(json_object_get(one, "version"));

        while (name && sha256 && i < n && (strcmp(rows[i].name, name) || rows[i].version != version || strcmp(rows[i].sha256, sha256)))
            i++;
        if (name && sha256 && i == n)
            fail_msg("%s@%lld was confirmed and is lost", name, (long long)version);
        json_decref(one);
        line += length + (line[length] != '\0');
    }
}

/* No gaps, at most one champion, and every file that should be there is read, and means a model. */
static void check_versions(struct bl_registry *r, const struct bl_kept_row *rows, size_t n, size_t from)
{
    size_t champions = 0;

    for (size_t i = 0; i < n; i++) {
        struct bl_error err = { 0 };
        struct bl_kept *k;
        char *bytes;
        size_t size;
        bool first = i == 0 || strcmp(rows[i].name, rows[i - 1].name);

        champions = (first ? 0 : champions) + !strcmp(rows[i].stage, "champion");
        assert_true(champions <= 1);
        assert_int_equal(rows[i].version, first ? 1 : rows[i - 1].version + 1);
        if (rows[i].gone[0] || i + from < n)
            continue;
        if (!bl_registry_read(r, &rows[i], &bytes, &size, &err))
            fail_msg("%s@%lld: %s", rows[i].name, (long long)rows[i].version, err.message);
        if (!(k = bl_kept_decode(bytes, size, "k", &err)))
            fail_msg("%s@%lld: %s", rows[i].name, (long long)rows[i].version, err.message);
        bl_kept_free(k);
        bl_free(bytes);
    }
}

/* The stages are those that the journal tells. */
static void check_stages(struct bl_registry *r)
{
    static const char *const names[] = { "k", "other" };
    struct bl_error err = { 0 };

    for (size_t i = 0; i < 2; i++) {
        struct bl_kept_row is = { 0 }, told = { 0 };
        bool found, found_too;
        assert_true(bl_registry_champion(r, names[i], NULL, &is, &found, &err));
        assert_true(bl_registry_champion(r, names[i], "9999", &told, &found_too, &err));
        assert_int_equal(found, found_too);
        if (found)
            assert_int_equal(is.version, told.version);
    }
}

/* `newest`: so many of the newest versions are read as a whole. */
static void check(size_t newest)
{
    struct bl_registry *r;
    struct bl_kept_row *rows = NULL;
    struct bl_error err = { 0 };
    size_t n = 0;

    if (!bl_registry_open(&r, home, false, &err))
        fail_msg("%s", err.message);
    if (!bl_registry_check(r, &err) || !bl_registry_list(r, &rows, &n, &err))
        fail_msg("%s", err.message);
    check_confirmed(rows, n);
    check_versions(r, rows, n, newest);
    check_stages(r);
    bl_free(rows);
    bl_registry_close(r);
}

static void test_nothing_confirmed_is_lost(void **state)
{
    const size_t kills = getenv("BATCHLAB_LONG") ? KILLS_LONG : KILLS;
    struct bl_random random = bl_random_stream(11, BL_FOR_TUNE, 0, 0);
    double began = now(), whole;

    (void)state;
    run_for(-1);
    whole = now() - began;
    check(SIZE_MAX);
    for (size_t i = 0; i < kills; i++) {
        run_for(whole * 1.1 * bl_random_unit(&random));
        check(i % 10 == 9 ? SIZE_MAX : 8);
    }
    run_for(-1); /* and it goes on as if nothing had been */
    check(SIZE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_nothing_confirmed_is_lost) };

#ifndef HAVE_SQLITE
    printf("1..1\nok 1 # skip this build has no SQLite, so no registry\n");
    return 0;
#endif
    if (!getenv("BATCHLAB")) {
        printf("1..1\nok 1 # skip BATCHLAB does not name the program\n");
        return 0;
    }
    if (!mkdtemp(home) || setenv("BATCHLAB_HOME", home, 1))
        return 1;
    atexit(remove_home);
    return cmocka_run_group_tests_name("kills", tests, NULL, NULL);
}
