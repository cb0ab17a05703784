/* A table of 1,000,000 rows × 29 columns on the screen: what a frame costs while scrolling, beside reading one column
 * once; what opening, sorting, filtering and searching take. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "src/dashboard/browse.h"

enum { ROWS = 1000000, COLUMNS = 29, FRAMES = 400 };

static double seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static struct bl_table *table_make(void)
{
    struct bl_table *t = bl_table_create("million", ROWS, COLUMNS, NULL);
    char name[32];

    for (size_t j = 0; t && j < COLUMNS; j++) {
        struct bl_random r = bl_random_stream(1, BL_FOR_NOISE, 0, (uint32_t)j);
        double *x = bl_aligned(ROWS, sizeof *x);
        for (size_t i = 0; x && i < ROWS; i++)
            x[i] = bl_random_normal(&r) * 100; /* 15 to 17 digits: the worst to print */
        snprintf(name, sizeof name, "x%zu", j);
        if (!x || !bl_table_set_numbers(t, j, name, x, NULL))
            exit(1);
    }
    return t;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double draw(struct bl_canvas *c, struct browse *b, struct ui *ui, int key)
{
    struct bl_text command = { 0 };
    double start = seconds();
    int x, y;

    browse_key(b, ui, key, &command);
    browse_compose(c, b, ui, &x, &y);
    bl_text_free(&command);
    return seconds() - start;
}

static void frames(struct browse *b, struct ui *ui, int width, int height, int key, const char *what)
{
    struct bl_canvas c;
    double times[FRAMES];

    if (!bl_canvas_init(&c, width, height, BL_CHARSET_BRAILLE, NULL))
        exit(1);
    draw(&c, b, ui, 'g');
    for (int i = 0; i < FRAMES; i++)
        times[i] = draw(&c, b, ui, key);
    qsort(times, FRAMES, sizeof *times, by_size);
    printf("%-24s %dx%d: %.2f ms, worst %.2f ms (limit 16 ms)\n", what, width, height, 1e3 * times[FRAMES / 2], 1e3 * times[FRAMES - 1]);
    bl_canvas_done(&c);
}

static double read_column(const struct bl_table *t)
{
    double start = seconds(), sum = 0;
    volatile double keep;

    for (size_t i = 0; i < ROWS; i++)
        sum += t->columns[0].number[i];
    keep = sum;
    (void)keep;
    return seconds() - start;
}

static void keys(struct browse *b, struct ui *ui, const char *text)
{
    struct bl_text command = { 0 };

    for (; *text; text++)
        browse_key(b, ui, *text, &command);
    bl_text_free(&command);
}

static void jobs(struct browse *b, struct ui *ui, double reading)
{
    static const struct { const char *what, *keys; } work[] = {
        { "sort", "[" }, { "filter", "&x3 > 50\n" }, { "all again", "U" }, { "find what is not there", "/no such text\n" },
        { "find a number not there", "/123456789123\n" },
    };

    b->patient = true;
    for (size_t i = 0; i < sizeof work / sizeof *work; i++) {
        double start = seconds(), time;
        keys(b, ui, work[i].keys);
        time = seconds() - start;
        printf("%-24s %.0f ms, %.0f x reading a column\n", work[i].what, 1e3 * time, time / reading);
    }
}

int main(void)
{
    struct bl_table *t = table_make();
    struct bl_pool *pool = bl_pool_create(bl_processors(), NULL);
    struct bl_canvas c;
    struct browse b;
    struct ui ui;
    double start = seconds(), reading;

    if (!t || !pool || !browse_open(&b, NULL, t, pool, NULL) || !bl_canvas_init(&c, 200, 60, BL_CHARSET_BRAILLE, NULL))
        return 1;
    ui_init(&ui, NULL);
    draw(&c, &b, &ui, 'g');
    reading = read_column(t);
    printf("%-24s 200x60: %.2f ms\n", "open to first frame", 1e3 * (seconds() - start - reading));
    frames(&b, &ui, 200, 60, UI_PAGE_DOWN, "a page down");
    frames(&b, &ui, 200, 60, 'j', "a row down");
    frames(&b, &ui, 300, 100, UI_PAGE_DOWN, "a page down");
    frames(&b, &ui, 80, 24, UI_PAGE_DOWN, "a page down");
    jobs(&b, &ui, reading);
    frames(&b, &ui, 200, 60, UI_PAGE_DOWN, "a page down, sorted");
    bl_canvas_done(&c);
    ui_done(&ui);
    browse_close(&b);
    bl_table_free(t);
    bl_pool_free(pool);
    return 0;
}
