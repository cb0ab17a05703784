/* Loading a CSV file of 1,000,000 rows and 29 numeric columns, against counting the newlines of the
 * same file with the same threads, once while reading it and once in memory; and the peak of memory
 * while it loads, against the numbers themselves. */
#include "bench.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "batchlab/data.h"

enum { ROWS = 1000000, COLUMNS = 29, PARTS = 256 };

static char path[4096];

static void write_file(void)
{
    struct bl_random r = bl_random_stream(1, BL_FOR_GENERATE, 0, 0);
    FILE *f = fopen(path, "w");

    bench_need(f != NULL, "cannot write the file to load");
    for (int j = 0; j < COLUMNS; j++)
        fprintf(f, "%sx%d", j ? "," : "", j);
    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < COLUMNS; j++)
            fprintf(f, "%c%.*f", j ? ',' : '\n', 3 + j % 6, 20 * (bl_random_unit(&r) - 0.5));
    fputc('\n', f);
    bench_need(fclose(f) == 0, "the disk is full");
}

/* On huge pages, as the numbers are: small ones would be the slower yardstick. */
static const char *in_memory(int fd, size_t size)
{
    char *bytes = bl_aligned(size, 1);
    size_t n = 0;

    bench_need(bytes != NULL, "the file does not fit");
    while (n < size) {
        const ssize_t got = pread(fd, bytes + n, size - n, (off_t)n);

        bench_need(got > 0, "cannot read the file");
        n += (size_t)got;
    }
    return bytes;
}

struct file {
    struct bl_pool *pool;
    int fd;
    const char *bytes;
    size_t size, newlines[PARTS];
};

static size_t newlines(const char *at, size_t size)
{
    const char *end = at + size;
    size_t n = 0;

    while (at < end && (at = memchr(at, '\n', (size_t)(end - at)))) {
        n++;
        at++;
    }
    return n;
}

static void count_part(void *context, size_t i, size_t worker)
{
    struct file *f = context;
    const size_t from = f->size * i / PARTS, to = f->size * (i + 1) / PARTS;

    (void)worker;
    f->newlines[i] = newlines(f->bytes + from, to - from);
}

static void read_part(void *context, size_t i, size_t worker)
{
    static _Thread_local char buffer[1 << 18]; /* stays in the cache */
    struct file *f = context;
    size_t at = f->size * i / PARTS, to = f->size * (i + 1) / PARTS, n = 0;

    (void)worker;
    while (at < to) {
        const size_t want = to - at < sizeof buffer ? to - at : sizeof buffer;
        const ssize_t got = pread(f->fd, buffer, want, (off_t)at);

        bench_need(got > 0, "cannot read the file");
        n += newlines(buffer, (size_t)got);
        at += (size_t)got;
    }
    f->newlines[i] = n;
}

static double in_parts(struct file *f, void (*part)(void *, size_t, size_t))
{
    const double start = bench_now();

    bl_pool_run(f->pool, PARTS, part, f);
    bench_sink((double)f->newlines[0]);
    return bench_now() - start;
}

static double count_once(void *context)
{
    return in_parts(context, count_part);
}

static double read_once(void *context)
{
    return in_parts(context, read_part);
}

static struct bl_table *load(struct bl_pool *pool)
{
    struct bl_load_options options = { .pool = pool };
    struct bl_error err;
    struct bl_table *t = bl_load(path, &options, &err);

    if (!t)
        fprintf(stderr, "bench: %s\n", err.message);
    bench_need(t && t->n_rows == ROWS, "the file was not read");
    return t;
}

static double load_once(void *context)
{
    struct file *f = context;
    const double start = bench_now();
    struct bl_table *t = load(f->pool);
    const double seconds = bench_now() - start;

    bl_table_free(t);
    return seconds;
}

static void compare(struct file *f, size_t threads)
{
    struct bl_error err;
    char name[64];
    struct bench_work works[3] = {
        { .name = "newlines, read from the file", .once = read_once, .context = f },
        { .name = "newlines in memory", .once = count_once, .context = f },
        { .name = name, .once = load_once, .context = f },
    };

    f->pool = bl_pool_create(threads, &err);
    bench_need(f->pool != NULL, "no threads");
    bench_run(works, 3, 6);
    snprintf(name, sizeof name, "load, %zu thread%s", threads, threads == 1 ? "" : "s");
    bench_times(&works[2], &works[0], 20);
    bench_times(&works[2], &works[1], 10);
    bl_pool_free(f->pool);
}

/* In a process of its own, so that nothing else has been in memory before. */
static void peak(void)
{
    const double numbers = 8.0 * ROWS * COLUMNS;
    struct rusage usage;
    int status;
    pid_t child;

    fflush(stdout);
    child = fork();
    bench_need(child >= 0, "no child process");
    if (child == 0) {
        struct bl_error err;

        load(bl_pool_create(bl_processors(), &err));
        _exit(0);
    }
    bench_need(waitpid(child, &status, 0) == child && status == 0, "the child failed");
    getrusage(RUSAGE_CHILDREN, &usage);
    printf("peak memory of loading: %.0f MB for %.0f MB of numbers: %.2f times (aim: under 3)\n",
           (double)usage.ru_maxrss / 1e3, numbers / 1e6, (double)usage.ru_maxrss * 1024 / numbers);
}

int main(void)
{
    const char *folder = getenv("TMPDIR");
    struct file f = { 0 };
    struct stat info;

    snprintf(path, sizeof path, "%s/batchlab-bench-%ld.csv", folder ? folder : "/tmp", (long)getpid());
    write_file();
    f.fd = open(path, O_RDONLY);
    bench_need(f.fd >= 0 && fstat(f.fd, &info) == 0, "the file is gone");
    f.size = (size_t)info.st_size;
    printf("CSV, %d x %d numbers, %.0f MB\n", ROWS, COLUMNS, (double)f.size / 1e6);
    peak();
    f.bytes = in_memory(f.fd, f.size);
    compare(&f, 1);
    if (bl_processors() > 1)
        compare(&f, bl_processors());
    close(f.fd);
    unlink(path);
    return 0;
}
