/* Cutting rows into training, validation and test at random. */
#include "src/prepare/split.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const part_names[BL_PARTS] = {"training", "validation", "test"};

void bl_split_free(struct bl_split *s)
{
    if (!s)
        return;
    for (int p = 0; p < BL_PARTS; p++)
        bl_free(s->rows[p]);
    *s = (struct bl_split){0};
}

/* "60 20 20", for messages. */
static const char *words(const double percent[BL_PARTS], char *buffer, size_t size)
{
    char number[3][40];

    for (int p = 0; p < BL_PARTS; p++)
        bl_number_exact(number[p], sizeof number[p], percent[p]);
    snprintf(buffer, size, "%s %s %s", number[0], number[1], number[2]);
    return buffer;
}

bool bl_split_percent(const double percent[BL_PARTS], struct bl_error *err)
{
    char text[140];
    double sum = 0;

    for (int p = 0; p < BL_PARTS; p++) {
        sum += percent[p];
        if (isfinite(percent[p]) && percent[p] >= 0)
            continue;
        bl_fail(err, BL_VALUE, "split %s: the share of %s must be 0 or more",
                words(percent, text, sizeof text), part_names[p]);
        return bl_hint(err, "split 60 20 20");
    }
    if (percent[BL_TRAIN] > 0 && isfinite(sum))
        return true;
    bl_fail(err, BL_VALUE, "split %s leaves nothing to train on",
            words(percent, text, sizeof text));
    return bl_hint(err, "split 60 20 20, or split 100 0 0");
}

/* Whole numbers that sum to n, each within one of n·share: rounded down, and what is left goes to
 * the largest remainders (the first part on a tie). */
void bl_split_apportion(size_t n, const double percent[BL_PARTS], size_t out[BL_PARTS])
{
    double sum = percent[0] + percent[1] + percent[2], rest[BL_PARTS];
    size_t given = 0;

    for (int p = 0; p < BL_PARTS; p++) {
        double quota = (double)n * (percent[p] / sum);
        /* A quota that is whole but for rounding counts as whole. */
        double whole = floor(quota + 1e-9);
        out[p] = (size_t)whole;
        rest[p] = percent[p] > 0 ? quota - whole : -1;
        given += out[p];
    }
    for (; given < n; given++) {
        int best = 0;
        for (int p = 1; p < BL_PARTS; p++)
            best = rest[p] > rest[best] + 1e-9 ? p : best;
        out[best]++;
        rest[best] -= 1;
    }
}

/* ---- classes and their shares
 * -----------------------------------------------------------------------*/

struct draw {
    size_t n, groups;
    uint32_t *group; /* n: class of each row; all 0 without classes */
    size_t *begin;   /* groups + 1: where its rows start in `order` */
    uint32_t *order; /* n: positions in the list of rows, class by class */
    struct size {
        size_t rows, group;
    } * by_size;              /* groups, ascending in rows */
    size_t (*take)[BL_PARTS]; /* groups: rows for each part */
    uint8_t *part;            /* n */
};

static void draw_done(struct draw *d)
{
    bl_free(d->group);
    bl_free(d->begin);
    bl_free(d->order);
    bl_free(d->by_size);
    bl_free(d->take);
    bl_free(d->part);
}

static bool draw_start(struct draw *d, size_t n, size_t groups, struct bl_error *err)
{
    *d = (struct draw){.n = n, .groups = groups};
    if ((d->group = bl_calloc(n + 1, sizeof *d->group)) &&
        (d->begin = bl_calloc(groups + 2, sizeof *d->begin)) &&
        (d->order = bl_calloc(n + 1, sizeof *d->order)) &&
        (d->by_size = bl_calloc(groups + 1, sizeof *d->by_size)) &&
        (d->take = bl_calloc(groups + 1, sizeof *d->take)) &&
        (d->part = bl_calloc(n + 1, sizeof *d->part)))
        return true;
    draw_done(d);
    return bl_fail_memory(err, "the split");
}

/* Positions sorted by class, in file order inside a class. */
static void sort_by_class(struct draw *d)
{
    for (size_t i = 0; i < d->n; i++)
        d->begin[d->group[i] + 2]++;
    for (size_t g = 2; g <= d->groups + 1; g++)
        d->begin[g] += d->begin[g - 1];
    /* begin[g + 1] is now where class g starts, and moves on to where it ends. */
    for (size_t i = 0; i < d->n; i++)
        d->order[d->begin[d->group[i] + 1]++] = (uint32_t)i;
}

static size_t class_size(const struct draw *d, size_t g)
{
    return d->begin[g + 1] - d->begin[g];
}

static int compare_sizes(const void *a, const void *b)
{
    const struct size *x = a, *y = b;

    if (x->rows != y->rows)
        return x->rows < y->rows ? -1 : 1;
    return x->group < y->group ? -1 : 1;
}

/* Gives the rows of a class away one by one, each to the part that lacks most. */
static void share_out(size_t rows, double lack[BL_PARTS], size_t take[BL_PARTS])
{
    for (; rows > 0; rows--) {
        int best = 0;
        for (int p = 1; p < BL_PARTS; p++)
            best = lack[p] > lack[best] + 1e-9 ? p : best;
        take[best]++;
        lack[best] -= 1;
    }
}

/* Every class that has a row at all has one to train on. */
static void train_on_one(size_t take[BL_PARTS])
{
    int from = take[BL_VALIDATION] >= take[BL_TEST] ? BL_VALIDATION : BL_TEST;

    if (take[BL_TRAIN] > 0 || take[from] == 0)
        return;
    take[BL_TRAIN]++;
    take[from]--;
}

/* Class by class, the smallest first: what a part should have by now, less what it has, is what it
 * lacks. So every class keeps its shares and the parts come out exactly as large as asked; where
 * tiny classes must go to training, the larger ones make up for it. */
static void share_classes(struct draw *d, const size_t wanted[BL_PARTS])
{
    size_t seen = 0, given[BL_PARTS] = {0};

    for (size_t g = 0; g < d->groups; g++)
        d->by_size[g] = (struct size){class_size(d, g), g};
    qsort(d->by_size, d->groups, sizeof *d->by_size, compare_sizes);
    for (size_t i = 0; i < d->groups; i++) {
        size_t rows = d->by_size[i].rows, *take = d->take[d->by_size[i].group];
        double lack[BL_PARTS];

        seen += rows;
        for (int p = 0; p < BL_PARTS; p++)
            lack[p] = (double)wanted[p] * ((double)seen / (double)d->n) - (double)given[p];
        share_out(rows, lack, take);
        train_on_one(take);
        for (int p = 0; p < BL_PARTS; p++)
            given[p] += take[p];
    }
}

/* Which rows of a class go where: a shuffle of its own, keyed by the class. */
static void draw_parts(struct draw *d, uint64_t seed)
{
    for (size_t g = 0; g < d->groups; g++) {
        struct bl_random random = bl_random_stream(seed, BL_FOR_SPLIT, 0, (uint32_t)g);
        size_t at = d->begin[g];

        bl_random_shuffle(&random, d->order + at, class_size(d, g));
        for (int p = 0; p < BL_PARTS; p++)
            for (size_t k = 0; k < d->take[g][p]; k++)
                d->part[d->order[at++]] = (uint8_t)p;
    }
}

/* ---- the result
 * ---------------------------------------------------------------------------------------*/

bool bl_split_collect(struct bl_split *s, const uint8_t *part, const uint32_t *rows, size_t n,
                      struct bl_error *err)
{
    for (size_t i = 0; i < n; i++)
        s->n[part[i]]++;
    for (int p = 0; p < BL_PARTS; p++)
        if (!(s->rows[p] = bl_calloc(s->n[p] + 1, sizeof *s->rows[p])))
            return bl_fail_memory(err, "the split");
    memset(s->n, 0, sizeof s->n);
    for (size_t i = 0; i < n; i++)
        s->rows[part[i]][s->n[part[i]]++] = rows[i];
    return true;
}

bool bl_split_check(const struct bl_split *s, size_t n, struct bl_error *err)
{
    char text[140];

    for (int p = 0; p < BL_PARTS; p++) {
        if (s->percent[p] == 0 || s->n[p] > 0)
            continue;
        bl_fail(err, BL_VALUE, "split %s of %zu row%s leaves none for %s",
                words(s->percent, text, sizeof text), n, n == 1 ? "" : "s", part_names[p]);
        if (s->stratified && n >= BL_PARTS)
            bl_reason(err, "every class keeps a row for training");
        return bl_hint(err, "split 100 0 0 trains on all of them");
    }
    return true;
}

static void group_rows(struct draw *d, const struct bl_table *t, const struct bl_roles *roles,
                       const uint32_t *rows)
{
    for (size_t i = 0; i < d->n && d->groups > 1; i++) {
        double y = bl_roles_y(roles, t, rows[i]);
        d->group[i] =
            isnan(y) ? (uint32_t)roles->n_classes : (uint32_t)bl_roles_class(roles, (size_t)y);
    }
}

static bool draw(struct bl_split *s, const struct bl_table *t, const struct bl_roles *roles,
                 const uint32_t *rows, size_t n, struct bl_error *err)
{
    size_t wanted[BL_PARTS];
    struct draw d;
    bool ok;

    /* One group more than classes: rows without one. */
    if (!draw_start(&d, n, s->stratified ? roles->n_classes + 1 : 1, err))
        return false;
    bl_split_apportion(n, s->percent, wanted);
    group_rows(&d, t, roles, rows);
    sort_by_class(&d);
    if (s->stratified)
        share_classes(&d, wanted);
    else
        memcpy(d.take[0], wanted, sizeof wanted);
    draw_parts(&d, s->seed);
    ok = bl_split_collect(s, d.part, rows, n, err) && bl_split_check(s, n, err);
    draw_done(&d);
    return ok;
}

bool bl_split_draw(struct bl_split *s, const struct bl_table *t, const struct bl_roles *roles,
                   const uint32_t *rows, size_t n_rows, const double percent[BL_PARTS],
                   bool stratify, uint64_t seed, struct bl_error *err)
{
    *s = (struct bl_split){.seed = seed, .stratified = stratify};
    memcpy(s->percent, percent, sizeof s->percent);
    if (!bl_split_percent(percent, err))
        return false;
    if (n_rows == 0)
        return bl_fail(err, BL_STATE, "there are no rows to split");
    if (stratify && (roles->target == SIZE_MAX || roles->task != BL_CLASSIFICATION)) {
        bl_fail(err, BL_VALUE, "stratify=yes needs a target with classes");
        return bl_hint(err, "split 60 20 20 stratify=no");
    }
    if (draw(s, t, roles, rows, n_rows, err))
        return true;
    bl_split_free(s);
    return false;
}
