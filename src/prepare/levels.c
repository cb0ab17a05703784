/* Distinct values of a column of the frame, for the steps that count levels. */
#include "src/prepare/step.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int compare_values(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static int compare_numbers(const void *a, const void *b)
{
    const struct bl_level *x = a, *y = b;

    return (x->number > y->number) - (x->number < y->number);
}

static int compare_bytes(const void *a, const void *b)
{
    const struct bl_level *x = a, *y = b;

    return strcmp(x->text, y->text);
}

static bool levels_of_numbers(const double *x, size_t n, struct bl_level **levels, size_t *count)
{
    double *sorted = bl_calloc(n + 1, sizeof *sorted);
    size_t present = 0, runs = 0, at = 0;

    if (!sorted)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!isnan(x[i]))
            sorted[present++] = x[i];
    qsort(sorted, present, sizeof *sorted, compare_values);
    for (size_t i = 0; i < present; i++)
        runs += i == 0 || sorted[i] != sorted[i - 1];
    *levels = bl_calloc(runs + 1, sizeof **levels);
    for (size_t i = 0; *levels && i < present; i++) {
        at += i > 0 && sorted[i] != sorted[i - 1];
        (*levels)[at].value = (*levels)[at].number = sorted[i];
        (*levels)[at].count++;
    }
    bl_free(sorted);
    *count = runs;
    return *levels != NULL;
}

/* Numbers by value when all levels are numbers, else by bytes: the order of levels everywhere. */
static void sort_labels(struct bl_level *levels, size_t n)
{
    bool numbers = true;

    for (size_t i = 0; i < n; i++)
        numbers =
            numbers && bl_number_parse(levels[i].text, strlen(levels[i].text), &levels[i].number);
    qsort(levels, n, sizeof *levels, numbers ? compare_numbers : compare_bytes);
}

static bool levels_of_category(const struct bl_names *names, const double *x, size_t n,
                               struct bl_level **levels, size_t *count)
{
    size_t all = bl_names_count(names), kept = 0;
    struct bl_level *found = bl_calloc(all + 1, sizeof *found);

    *levels = found;
    if (!found)
        return false;
    for (size_t i = 0; i < n; i++)
        if (x[i] >= 0) /* neither missing nor unseen */
            found[(size_t)x[i]].count++;
    for (size_t i = 0; i < all; i++) {
        if (!found[i].count)
            continue;
        found[kept] = (struct bl_level){
            .value = (double)i, .count = found[i].count, .text = bl_names_at(names, i, NULL)};
        kept++;
    }
    sort_labels(found, kept);
    *count = kept;
    return true;
}

bool bl_distinct(const struct bl_fitter *f, size_t column, const double *x, size_t rows,
                 struct bl_level **levels, size_t *n, struct bl_error *err)
{
    const struct bl_frame_column *c = &f->fit->columns[column];
    bool ok = c->kind == BL_KIND_CATEGORY
                  ? levels_of_category(f->fit->sources[c->source].levels, x, rows, levels, n)
                  : levels_of_numbers(x, rows, levels, n);

    return ok || bl_fail_memory(err, "the levels of a column");
}
