/* Files: what may be opened, saves that are all or nothing, folders. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "batchlab/base.h"
#include "src/base/system.h"

static char start[4096]; /* each test runs in a fresh folder */
static char folder[64];

static int enter(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/batchlab-test-XXXXXX");
    umask(022);
    return !getcwd(start, sizeof start) || !mkdtemp(folder) || chdir(folder) != 0;
}

static void empty(const char *path)
{
    DIR *d = opendir(path);
    char name[512];

    for (struct dirent *e; d && (e = readdir(d));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        snprintf(name, sizeof name, "%s/%s", path, e->d_name);
        if (unlink(name) < 0) {
            chmod(name, 0700);
            empty(name);
            rmdir(name);
        }
    }
    if (d)
        closedir(d);
}

static int leave(void **state)
{
    (void)state;
    empty(folder);
    return chdir(start) != 0 || rmdir(folder) != 0;
}

static size_t files_here(void)
{
    DIR *d = opendir(".");
    size_t n = 0;

    while (readdir(d))
        n++;
    closedir(d);
    return n - 2;
}

static void put(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void check_holds(const char *path, const char *text)
{
    struct bl_error err = { 0 };
    char *bytes = NULL;
    size_t n = 0;

    if (!bl_file_read(path, 1 << 20, &bytes, &n, &err))
        fail_msg("%s", err.message);
    assert_int_equal(n, strlen(text));
    assert_string_equal(bytes, text);
    bl_free(bytes);
}

static bool save(const char *path, const char *text, bool overwrite, struct bl_error *err)
{
    struct bl_save *s = bl_save_open(path, overwrite, err);

    if (!s)
        return false;
    if (!bl_save_write(s, text, strlen(text), err)) {
        bl_save_abandon(s);
        return false;
    }
    return bl_save_commit(s, err);
}

static void test_whole_files_are_read(void **state)
{
    struct bl_error err;
    char *bytes;
    size_t n;

    (void)state;
    put("a", "0123456789");
    put("empty", "");
    check_holds("a", "0123456789");
    check_holds("empty", "");
    assert_true(bl_file_read("a", 10, &bytes, &n, &err));
    bl_free(bytes);
    assert_false(bl_file_read("a", 9, &bytes, &n, &err));
    assert_int_equal(err.code, BL_LIMIT);
    assert_string_equal(err.message, "'a' is larger than 9 B");
    assert_true(bl_file_read("/proc/self/status", 100000, &bytes, &n, &err) && n > 0);
    bl_free(bytes);
    assert_false(bl_file_read("/proc/self/status", 10, &bytes, &n, &err));
    assert_int_equal(err.code, BL_LIMIT);
}

static void make_socket(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    strcpy(address.sun_path, path);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    close(fd);
}

static void test_only_files_are_opened(void **state)
{
    static const struct {
        const char *path, *message;
    } cases[] = {
        { "none", "cannot read 'none': No such file or directory" },
        { "folder", "cannot read 'folder': it is a folder, not a file" },
        { "pipe", "cannot read 'pipe': it is a pipe, not a file" },
        { "/dev/null", "cannot read '/dev/null': it is a device, not a file" },
        { "-", "cannot read '-': No such file or directory" },
        { "link", "cannot read 'link': it is a folder, not a file" },
    };
    struct bl_input in;
    struct bl_error err;

    (void)state;
    mkdir("folder", 0700);
    mkfifo("pipe", 0600);
    make_socket("socket");
    assert_int_equal(symlink("folder", "link"), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_false(bl_input_open(&in, cases[i].path, false, &err));
        assert_string_equal(err.message, cases[i].message);
        assert_int_equal(err.code, BL_IO);
        assert_true(in.fd == -1 && !in.path);
    }
    assert_false(bl_input_open(&in, "socket", true, &err));
    assert_false(bl_input_open(&in, "/dev/null", true, &err));
    assert_false(bl_input_open(&in, "folder", true, &err));
}

static void *write_late(void *unused)
{
    (void)unused;
    usleep(20000);
    int fd = open("pipe", O_WRONLY);

    (void)!write(fd, "late", 4);
    close(fd);
    return NULL;
}

static void test_pipes_wait_for_their_writer(void **state)
{
    struct bl_error err = { 0 };
    struct bl_input in;
    pthread_t writer;
    char bytes[8] = "";

    (void)state;
    mkfifo("pipe", 0600);
    pthread_create(&writer, NULL, write_late, NULL);
    assert_true(bl_input_open(&in, "pipe", true, &err));
    assert_false(in.regular);
    assert_int_equal(read(in.fd, bytes, sizeof bytes), 4);
    assert_string_equal(bytes, "late");
    assert_int_equal(read(in.fd, bytes, sizeof bytes), 0);
    bl_input_close(&in);
    pthread_join(writer, NULL);
}

static void test_standard_input_is_a_file_too(void **state)
{
    struct bl_error err = { 0 };
    struct bl_input in;
    int before = dup(0), ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    dup2(ends[0], 0);
    assert_true(bl_input_open(&in, "-", true, &err));
    assert_true(in.fd > 2 && !in.regular);
    bl_input_close(&in);
    put("a", "xyz");
    int fd = open("a", O_RDONLY);

    dup2(fd, 0);
    assert_true(bl_input_open(&in, "-", true, &err));
    assert_true(in.regular && in.size == 3);
    bl_input_close(&in);
    dup2(before, 0);
    close(before);
    close(fd);
    close(ends[0]);
    close(ends[1]);
}

static void test_a_save_is_there_after_its_commit_and_not_before(void **state)
{
    struct bl_error err = { 0 };
    struct bl_save *s = bl_save_open("model", false, &err);
    struct stat info;
    char *chunk = malloc(100000);

    (void)state;
    assert_non_null(s);
    memset(chunk, 'x', 100000);
    for (int i = 0; i < 10; i++) {
        assert_true(bl_save_write(s, "head", 4, &err));
        assert_true(bl_save_write(s, chunk, 100000, &err));
    }
    assert_int_equal(access("model", F_OK), -1);
    assert_true(bl_save_commit(s, &err));
    assert_int_equal(stat("model", &info), 0);
    assert_int_equal(info.st_size, 10 * 100004);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(files_here(), 1);
    free(chunk);
}

static void test_an_abandoned_save_leaves_no_trace(void **state)
{
    struct bl_error err = { 0 };
    struct bl_save *s = bl_save_open("model", true, &err);

    (void)state;
    assert_int_equal(files_here(), 1); /* the temporary */
    assert_true(bl_save_write(s, "x", 1, &err));
    bl_save_abandon(s);
    assert_int_equal(files_here(), 0);
    bl_save_abandon(NULL);
}

static void test_an_existing_file_is_kept_without_leave_to_overwrite(void **state)
{
    struct bl_error err = { 0 };
    struct bl_save *s;

    (void)state;
    put("out.csv", "old");
    assert_false(save("out.csv", "new", false, &err));
    assert_string_equal(err.message, "'out.csv' exists already");
    assert_non_null(strstr(err.hint, "overwrite=yes"));
    check_holds("out.csv", "old");
    assert_true(save("out.csv", "new", true, &err));
    check_holds("out.csv", "new");

    /* one that comes while we write is kept too */
    s = bl_save_open("late.csv", false, &err);
    assert_true(bl_save_write(s, "ours", 4, &err));
    put("late.csv", "theirs");
    assert_false(bl_save_commit(s, &err));
    assert_string_equal(err.message, "'late.csv' exists already");
    check_holds("late.csv", "theirs");
    assert_int_equal(files_here(), 2);
}

static void test_places_that_cannot_be_written_are_named(void **state)
{
    static const struct {
        const char *path, *message;
    } cases[] = {
        { "none/x", "cannot write 'none/x': No such file or directory" },
        { "folder", "cannot write 'folder': Is a directory" },
        { "folder/", "cannot write 'folder/': Is a directory" },
        { "folder/..", "cannot write 'folder/..': Is a directory" },
        { "", "cannot write '': Is a directory" },
        { "pipe", "cannot write 'pipe': it is not a file" },
        { "file/x", "cannot write 'file/x': Not a directory" },
    };
    struct bl_error err;

    (void)state;
    mkdir("folder", 0700);
    mkfifo("pipe", 0600);
    put("file", "");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_false(save(cases[i].path, "x", true, &err));
        assert_string_equal(err.message, cases[i].message);
    }
    assert_int_equal(files_here(), 3);
    assert_false(save("/dev/null", "x", true, &err));
}

static void test_names_of_every_length_can_be_saved(void **state)
{
    struct bl_error err = { 0 };
    char name[256];

    (void)state;
    memset(name, 'n', 255);
    name[255] = '\0';
    assert_true(save(name, "long", true, &err));
    check_holds(name, "long");
    assert_true(save("./in folder.csv", "x", true, &err));
    check_holds("in folder.csv", "x");
    snprintf(name, sizeof name, "%s/absolute", folder);
    assert_true(save(name, "y", true, &err));
    check_holds("absolute", "y");
}

static void test_a_full_disk_leaves_the_old_file(void **state)
{
    struct bl_error err = { 0 };
    struct rlimit before, small;
    char *bytes = calloc(1, 200001);

    (void)state;
    put("out", "old");
    memset(bytes, 'x', 200000);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    small = before;
    small.rlim_cur = 100000; /* writes beyond fail with EFBIG, the first one is short */
    setrlimit(RLIMIT_FSIZE, &small);
    bool done = save("out", bytes, true, &err);

    setrlimit(RLIMIT_FSIZE, &before);
    free(bytes);
    assert_false(done);
    assert_string_equal(err.message, "cannot write 'out': File too large");
    check_holds("out", "old");
    assert_int_equal(files_here(), 1);
}

/* The descriptor of the temporary is the one after that of the folder. */
static struct bl_save *open_and_find(const char *path, int *fd)
{
    struct bl_save *s;

    *fd = dup(0);
    close(*fd);
    s = bl_save_open(path, true, NULL);
    ++*fd;
    assert_non_null(s);
    return s;
}

static void test_a_failing_write_or_sync_leaves_the_old_file(void **state)
{
    struct bl_error err = { 0 };
    struct bl_save *s;
    int fd, ends[2];

    (void)state;
    put("out", "old");
    s = open_and_find("out", &fd);
    assert_int_equal(pipe(ends), 0);
    dup2(ends[1], fd); /* can be written, cannot be synced */
    assert_true(bl_save_write(s, "new", 3, &err));
    assert_false(bl_save_commit(s, &err));
    assert_string_equal(err.message, "cannot write 'out': Invalid argument");

    check_holds("out", "old");
    s = open_and_find("out", &fd);
    dup2(ends[0], fd); /* cannot be written */
    assert_true(bl_save_write(s, "new", 3, &err)); /* waits in the buffer */
    assert_false(bl_save_commit(s, &err));
    assert_string_equal(err.message, "cannot write 'out': Bad file descriptor");

    check_holds("out", "old");
    assert_int_equal(files_here(), 1);
    s = open_and_find("out", &fd);
    assert_true(bl_save_write(s, "new", 3, &err));
    empty("."); /* somebody took the temporary away */
    assert_false(bl_save_commit(s, &err));
    assert_string_equal(err.message, "cannot write 'out': No such file or directory");
    put("out", "old");
    s = open_and_find("out", &fd);
    empty(".");
    bl_save_abandon(s);
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(files_here(), 0);
}

static void test_the_umask_decides_over_exports(void **state)
{
    static const struct {
        mode_t mask, mode;
    } cases[] = { { 022, 0644 }, { 077, 0600 }, { 0, 0666 }, { 027, 0640 } };
    struct bl_error err = { 0 };
    struct stat info;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        umask(cases[i].mask);
        struct bl_save *s = bl_save_open("chart.svg", true, &err);

        assert_non_null(s);
        assert_true(bl_save_public(s, &err) && bl_save_commit(s, &err));
        assert_int_equal(stat("chart.svg", &info), 0);
        assert_int_equal(info.st_mode & 0777, cases[i].mode);
    }
}

static void test_folders_are_made_with_their_parents(void **state)
{
    struct bl_error err = { 0 };
    struct stat info;
    char path[128];

    (void)state;
    assert_true(bl_folder_make("a/b//c/", &err));
    assert_true(bl_folder_make("a/b", &err));
    assert_int_equal(stat("a/b/c", &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
    snprintf(path, sizeof path, "%s/x/y", folder);
    assert_true(bl_folder_make(path, &err));
    assert_true(bl_folder_make("/", &err));
    put("file", "");
    assert_false(bl_folder_make("file/x", &err));
    assert_false(bl_folder_make("file", &err));
    assert_string_equal(err.message, "cannot make the folder 'file': File exists");
    assert_false(bl_folder_make("", &err));
}

static size_t open_files(void)
{
    DIR *d = opendir("/proc/self/fd");
    size_t n = 0;

    while (d && readdir(d))
        n++;
    if (d)
        closedir(d);
    return n;
}

/* Everything that opens, reads and writes; whether all of it went through. */
static bool use_everything(struct bl_error *err)
{
    char *bytes = NULL;
    size_t n;
    bool done = bl_folder_make("p/q", err) && save("p/q/f", "text", true, err) &&
                bl_file_read("p/q/f", 100, &bytes, &n, err);

    bl_free(bytes);
    return done;
}

static void test_every_allocation_may_fail(void **state)
{
    size_t before = bl_memory_in_use(), files = open_files();
    bool done = false;

    (void)state;
    for (uint64_t k = 1; !done; k++) {
        struct bl_error err = { 0 };

        bl_alloc_fail_at(k, false);
        done = use_everything(&err);
        bl_alloc_fail_at(0, false);
        assert_int_equal(err.code, done ? BL_OK : BL_MEMORY);
        assert_int_equal(bl_memory_in_use(), before);
        assert_int_equal(open_files(), files);
        assert_true(done ? k > 5 : k < 50);
    }
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_whole_files_are_read),
        IN_FOLDER(test_only_files_are_opened),
        IN_FOLDER(test_pipes_wait_for_their_writer),
        IN_FOLDER(test_standard_input_is_a_file_too),
        IN_FOLDER(test_a_save_is_there_after_its_commit_and_not_before),
        IN_FOLDER(test_an_abandoned_save_leaves_no_trace),
        IN_FOLDER(test_an_existing_file_is_kept_without_leave_to_overwrite),
        IN_FOLDER(test_places_that_cannot_be_written_are_named),
        IN_FOLDER(test_names_of_every_length_can_be_saved),
        IN_FOLDER(test_a_full_disk_leaves_the_old_file),
        IN_FOLDER(test_a_failing_write_or_sync_leaves_the_old_file),
        IN_FOLDER(test_the_umask_decides_over_exports),
        IN_FOLDER(test_folders_are_made_with_their_parents),
        IN_FOLDER(test_every_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
