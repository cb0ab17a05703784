/* Loading a CSV file of 1,000,000 rows and 29 numeric columns, against counting the newlines of the
 * same file with the same threads, once while reading it and once in memory, and against loading the
 * same table from .npy; a table with quoted text, gaps and words, by the byte; and the peak of memory
 * while it loads, beyond the table. */
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

static char path[4096], npy_path[4096], mixed_path[4096];

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

/* Names in quotes, some with the delimiter and doubled quotes; words, dates, numbers, gaps. */
static void write_mixed(void)
{
    static const char *const towns[] = { "Aachen", "Bern", "Cork", "Delft", "Évora", "Fano" };
    struct bl_random r = bl_random_stream(2, BL_FOR_GENERATE, 0, 0);
    FILE *f = fopen(mixed_path, "w");

    bench_need(f != NULL, "cannot write the mixed file");
    fputs("name,town,day,a,b,c,d,e\n", f);
    for (int i = 0; i < ROWS; i++) {
        const uint32_t w = bl_random_u32(&r);

        fprintf(f, w % 10 == 0 ? "\"Stone, \"\"%u\"\"\"" : "\"Person %u\"", w % 5000);
        fprintf(f, ",%s,2024-%02u-%02u", towns[w / 16 % 6], 1 + w / 128 % 12, 1 + w / 2048 % 28);
        for (int j = 0; j < 5; j++)
            if (bl_random_u32(&r) % 20 == 0)
                fputc(',', f);
            else
                fprintf(f, ",%.*f", 2 + j, 200 * (bl_random_unit(&r) - 0.5));
        fputc('\n', f);
    }
    bench_need(fclose(f) == 0, "the disk is full");
}

struct file {
    struct bl_pool *pool;
    const char *path;
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

static struct bl_table *load(const char *from, struct bl_pool *pool)
{
    struct bl_load_options options = { .pool = pool };
    struct bl_error err;
    struct bl_table *t = bl_load(from, &options, &err);

    if (!t)
        fprintf(stderr, "bench: %s\n", err.message);
    bench_need(t && t->n_rows == ROWS, "the file was not read");
    return t;
}

static double load_once(void *context)
{
    struct file *f = context;
    const double start = bench_now();
    struct bl_table *t = load(f->path, f->pool);
    const double seconds = bench_now() - start;

    bl_table_free(t);
    return seconds;
}

/* What the system takes for as much fresh memory as the table needs: it clears each page. */
static double touch_once(void *unused)
{
    const double start = bench_now();
    double *x[COLUMNS];

    (void)unused;
    for (int j = 0; j < COLUMNS; j++) {
        x[j] = bl_aligned(ROWS, sizeof *x[j]);
        bench_need(x[j] != NULL, "no memory");
        for (size_t i = 0; i < ROWS; i += 512)
            x[j][i] = 1;
    }
    for (int j = 0; j < COLUMNS; j++)
        bl_free(x[j]);
    return bench_now() - start;
}

static uint64_t size_of(const char *file)
{
    struct stat info;

    bench_need(stat(file, &info) == 0, "a file is gone");
    return (uint64_t)info.st_size;
}

/* Seconds a byte of the mixed table against seconds a byte of the numeric one. */
static void by_the_byte(const struct bench_work *mixed, const struct bench_work *numeric)
{
    const double share = (double)size_of(path) / (double)size_of(mixed_path);

    printf("%-28s %8.2f ms   %-28s %8.2f ms   %5.2f times by the byte (processor %.2f; aim: at most 2.0)\n", mixed->name,
           1e3 * mixed->median.wall, numeric->name, 1e3 * numeric->median.wall, share * mixed->median.wall / numeric->median.wall,
           share * mixed->median.processor / numeric->median.processor);
}

static void compare(struct file *f, size_t threads)
{
    struct bl_error err;
    struct file npy = *f, mixed = *f;
    char name[64];
    struct bench_work works[6] = {
        { .name = "newlines, read from the file", .once = read_once, .context = f },
        { .name = "newlines in memory", .once = count_once, .context = f },
        { .name = name, .once = load_once, .context = f },
        { .name = "load .npy", .once = load_once, .context = &npy },
        { .name = "load, quotes and words", .once = load_once, .context = &mixed },
        { .name = "fresh memory for the table", .once = touch_once },
    };

    f->pool = npy.pool = mixed.pool = bl_pool_create(threads, &err);
    npy.path = npy_path;
    mixed.path = mixed_path;
    bench_need(f->pool != NULL, "no threads");
    bench_run(works, 6, 8);
    snprintf(name, sizeof name, "load, %zu thread%s", threads, threads == 1 ? "" : "s");
    bench_times(&works[2], &works[0], 20);
    bench_times(&works[2], &works[1], 10);
    bench_times(&works[2], &works[3], 10);
    bench_times(&works[2], &works[5], 10);
    by_the_byte(&works[4], &works[2]);
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

        load(path, bl_pool_create(bl_processors(), &err));
        _exit(0);
    }
    bench_need(waitpid(child, &status, 0) == child && status == 0, "the child failed");
    getrusage(RUSAGE_CHILDREN, &usage);
    printf("peak memory of loading: %.0f MiB, %.0f MiB beyond the table (aim: at most 64)\n", (double)usage.ru_maxrss / 1024,
           ((double)usage.ru_maxrss * 1024 - numbers) / (1 << 20));
}

static void name_files(const char *folder)
{
    snprintf(path, sizeof path, "%s/batchlab-bench-%ld.csv", folder, (long)getpid());
    snprintf(npy_path, sizeof npy_path, "%s/batchlab-bench-%ld.npy", folder, (long)getpid());
    snprintf(mixed_path, sizeof mixed_path, "%s/batchlab-bench-mixed-%ld.csv", folder, (long)getpid());
}

/* The same table, in the layout of memory. */
static void write_npy(void)
{
    const struct bl_write_options options = { .target = SIZE_MAX };
    struct bl_table *t = load(path, NULL);
    uint64_t bytes;

    bench_need(bl_write(t, bl_writer_named("npy"), npy_path, &options, &bytes, NULL), "cannot write the .npy file");
    bl_table_free(t);
}

int main(void)
{
    const char *folder = getenv("TMPDIR");
    struct file f = { 0 };

    name_files(folder ? folder : "/tmp");
    write_file();
    write_mixed();
    printf("CSV, %d x %d numbers, %.0f MB\n", ROWS, COLUMNS, (double)size_of(path) / 1e6);
    peak();
    write_npy();
    f.fd = open(path, O_RDONLY);
    bench_need(f.fd >= 0, "the file is gone");
    f.path = path;
    f.size = size_of(path);
    f.bytes = in_memory(f.fd, f.size);
    compare(&f, 1);
    if (bl_processors() > 1)
        compare(&f, bl_processors());
    close(f.fd);
    unlink(path);
    unlink(npy_path);
    unlink(mixed_path);
    return 0;
}
