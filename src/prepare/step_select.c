/* select: the columns that tell most: by their variance, by the absolute correlation with the target
 * (of several classes the largest over the classes), or by mutual information with it, in nats, over
 * ten bins with equally many training rows. The k= best, or all with at least min=. */
#include "src/prepare/step.h"

#include <math.h>
#include <stdlib.h>

#define BINS 10

/* ---- scores -------------------------------------------------------------------------------- */

/* What a column is compared with: all of it once, so that rows in which a column is 0 are what the others leave. */
struct against {
    double class;         /* 1 where the target is this one, else 0; nan: the target itself */
    double mean, squares; /* sum (y - mean)^2 */
    double rest;          /* sum (y - mean), which is nearly 0 */
};

static double target_of(const struct against *a, double y)
{
    return isnan(a->class) ? y : y == a->class;
}

static void centre(struct against *a, const double *y, size_t n)
{
    struct bl_sum2 sum = {0}, squares = {0}, rest = {0};

    for (size_t i = 0; i < n; i++)
        bl_sum2_add(&sum, target_of(a, y[i]));
    a->mean = bl_sum2_value(sum) / (double)n;
    for (size_t i = 0; i < n; i++) {
        const double dy = target_of(a, y[i]) - a->mean;
        bl_sum2_add(&squares, dy * dy);
        bl_sum2_add(&rest, dy);
    }
    a->squares = bl_sum2_value(squares);
    a->rest = bl_sum2_value(rest);
}

static double correlation(const struct bl_values *v, const double *y, const struct against *a)
{
    struct bl_sum2 sx = {0}, xx = {0}, xy = {0}, met = {0};
    double mx, squares;

    for (size_t i = 0; i < v->n; i++)
        bl_sum2_add(&sx, v->x[i]);
    mx = bl_sum2_value(sx) / (double)(v->n + v->zeros);
    for (size_t i = 0; i < v->n; i++) {
        const double dy = target_of(a, y[bl_values_row(v, i)]) - a->mean;
        bl_sum2_add(&xx, (v->x[i] - mx) * (v->x[i] - mx));
        bl_sum2_add(&xy, (v->x[i] - mx) * dy);
        bl_sum2_add(&met, dy);
    }
    if (v->zeros > 0) {
        bl_sum2_add(&xx, (double)v->zeros * mx * mx);
        bl_sum2_add(&xy, -mx * (a->rest - bl_sum2_value(met)));
    }
    squares = bl_sum2_value(xx);
    return squares > 0 && a->squares > 0 ? fabs(bl_sum2_value(xy)) / (sqrt(squares) * sqrt(a->squares)) : 0;
}

static uint32_t bin_of(const double *edges, double x)
{
    uint32_t bin = 0;

    while (bin < BINS - 1 && x > edges[bin])
        bin++;
    return bin;
}

/* Inner edges of the bins, quantiles; values that are the same share one. */
static bool cut(const struct bl_fitter *f, const struct bl_values *v, double *edges, struct bl_error *err)
{
    double shares[BINS - 1];

    for (size_t k = 1; k < BINS; k++)
        shares[k - 1] = (double)k / BINS;
    return bl_values_quantiles(v, shares, BINS - 1, edges, f->pool, err);
}

struct scoring {
    double *y;
    uint32_t *y_bin;
    double *counts, *of_y;  /* bins by bins of the target; rows in each of those */
    struct against *against; /* the target, or each class */
    size_t y_levels, targets;
};

/* Rows by bin of the column and bin of the target; those where it is 0 are what is left of the target. */
static void count_rows(const struct scoring *s, const struct bl_values *v, const double *edges)
{
    double *zero = s->counts + bin_of(edges, 0) * s->y_levels;

    for (size_t k = 0; k < BINS * s->y_levels; k++)
        s->counts[k] = 0;
    for (size_t b = 0; v->zeros > 0 && b < s->y_levels; b++)
        zero[b] = s->of_y[b];
    for (size_t i = 0; i < v->n; i++) {
        const uint32_t b = s->y_bin[bl_values_row(v, i)];
        s->counts[bin_of(edges, v->x[i]) * s->y_levels + b]++;
        if (v->zeros > 0)
            zero[b]--;
    }
}

static double information(const struct scoring *s, const struct bl_values *v, const double *edges)
{
    const double n = (double)(v->n + v->zeros);
    double sum = 0;

    count_rows(s, v, edges);
    for (size_t i = 0; i < BINS; i++) {
        double of_x = 0;
        for (size_t j = 0; j < s->y_levels; j++)
            of_x += s->counts[i * s->y_levels + j];
        for (size_t j = 0; j < s->y_levels; j++) {
            double c = s->counts[i * s->y_levels + j];
            if (c > 0)
                sum += c / n * bl_log(c * n / (of_x * s->of_y[j]));
        }
    }
    return sum > 0 ? sum : 0;
}

static double score_correlation(const struct scoring *s, const struct bl_values *v)
{
    double best = 0;

    for (size_t c = 0; c < s->targets; c++)
        best = fmax(best, correlation(v, s->y, &s->against[c]));
    return best;
}

static bool score(struct bl_fitter *f, const struct scoring *s, const struct bl_values *v, double *out, struct bl_error *err)
{
    double edges[BINS - 1];
    struct bl_moments m;

    if (bl_step_is(f->step, "method", "correlation")) {
        *out = score_correlation(s, v);
    } else if (bl_step_is(f->step, "method", "information")) {
        if (!cut(f, v, edges, err))
            return false;
        *out = information(s, v, edges);
    } else {
        m = bl_values_moments(v, f->pool);
        *out = m.n > 1 ? bl_moments_variance(&m) : 0;
    }
    return true;
}

static void scoring_done(struct scoring *s)
{
    bl_free(s->y);
    bl_free(s->y_bin);
    bl_free(s->counts);
    bl_free(s->against);
    *s = (struct scoring){0};
}

static void read_targets(const struct bl_fitter *f, struct scoring *s)
{
    for (size_t i = 0; i < f->n_rows; i++)
        s->y[i] = bl_roles_y(f->roles, f->table, f->rows[i]);
    for (size_t c = 0; c < s->targets; c++) {
        s->against[c].class = s->targets > 1 ? (double)c : NAN;
        centre(&s->against[c], s->y, f->n_rows);
    }
}

static bool read_bins(const struct bl_fitter *f, struct scoring *s, struct bl_error *err)
{
    const struct bl_values v = {.x = s->y, .n = f->n_rows};
    double edges[BINS - 1];

    if (f->roles->task != BL_CLASSIFICATION && !cut(f, &v, edges, err))
        return false;
    for (size_t i = 0; i < f->n_rows; i++) {
        s->y_bin[i] = f->roles->task == BL_CLASSIFICATION ? (uint32_t)s->y[i] : bin_of(edges, s->y[i]);
        s->of_y[s->y_bin[i]]++;
    }
    return true;
}

static bool scoring_take(const struct bl_fitter *f, struct scoring *s, struct bl_error *err)
{
    if ((s->y = bl_calloc(f->n_rows + 1, sizeof *s->y)) && (s->y_bin = bl_calloc(f->n_rows + 1, sizeof *s->y_bin)) &&
        (s->against = bl_calloc(s->targets, sizeof *s->against)) && (s->counts = bl_calloc((BINS + 1) * s->y_levels, sizeof *s->counts)))
        return true;
    return bl_fail_memory(err, "the scores of columns");
}

static bool scoring_start(struct bl_fitter *f, struct scoring *s, struct bl_error *err)
{
    const bool classes = f->roles->task == BL_CLASSIFICATION;
    const bool several = classes && f->roles->n_classes > 2 && bl_step_is(f->step, "method", "correlation");

    *s = (struct scoring){.y_levels = classes ? f->roles->n_classes : BINS, .targets = several ? f->roles->n_classes : 1};
    if (!bl_step_option(f->step, "method") || bl_step_is(f->step, "method", "variance"))
        return true;
    if (f->roles->target == SIZE_MAX) {
        bl_fail(err, BL_STATE, "prep select method=%s needs a target",
                bl_step_option(f->step, "method"));
        return bl_hint(err, "target COLUMN, or prep select variance");
    }
    if (!scoring_take(f, s, err))
        return false;
    s->of_y = s->counts + BINS * s->y_levels;
    read_targets(f, s);
    return read_bins(f, s, err);
}

/* ---- choosing ------------------------------------------------------------------------------ */

struct scored {
    double score;
    size_t column;
};

static int compare_scores(const void *a, const void *b)
{
    const struct scored *x = a, *y = b;

    if (x->score != y->score)
        return x->score < y->score ? 1 : -1;
    return (x->column > y->column) - (x->column < y->column);
}

/* Sorts them, the best first; removed[i]: s[i] goes. */
static void choose(struct bl_fitter *f, struct scored *s, size_t n, bool *removed)
{
    const bool counted = bl_step_option(f->step, "k") != NULL;
    size_t k = (size_t)bl_step_number(f->step, "k", (double)n);
    double least = bl_step_number(f->step, "min", counted ? -1 : 0);
    const bool strict = !counted && !bl_step_option(f->step, "min"); /* what never varies goes */

    qsort(s, n, sizeof *s, compare_scores);
    for (size_t i = 0; i < n; i++)
        removed[i] = i >= k || s[i].score < least || (strict && s[i].score <= 0);
}

/* One column after the other: of those that are 0 in nearly all rows only the other values are ever read. */
static bool score_columns(struct bl_fitter *f, const struct scoring *s, const size_t *columns, size_t n, struct scored *out,
                          struct bl_error *err)
{
    double *x = bl_aligned(f->n_rows + 1, sizeof *x);
    struct bl_values v;
    bool ok = x || bl_fail_memory(err, "the scores of columns");

    for (size_t i = 0; ok && i < n; i++) {
        out[i].column = columns[i];
        ok = bl_fitter_values(f, columns[i], x, &v, err) && score(f, s, &v, &out[i].score, err) &&
             bl_fitter_note(f, columns[i], "score", out[i].score, NULL, err);
    }
    bl_free(x);
    return ok;
}

/* The sparse columns of the table, which are called by their place behind `base`. */
static bool score_sparse(struct bl_fitter *f, const struct scoring *s, size_t base, struct scored *out, struct bl_error *err)
{
    double *x = bl_aligned(f->n_rows + 1, sizeof *x);
    struct bl_turned turned = {0};
    bool ok = x ? bl_fitter_turn(f, &turned, err) : bl_fail_memory(err, "the scores of columns");

    for (size_t j = 0; ok && j < f->fit->sparse.n; j++) {
        const struct bl_cell *cells = turned.cells + turned.start[j];
        const size_t n = turned.start[j + 1] - turned.start[j];

        for (size_t i = 0; i < n; i++)
            x[i] = cells[i].value;
        out[j].column = base + j;
        ok = score(f, s, &(struct bl_values){x, n, f->n_rows - n, cells}, &out[j].score, err);
        bl_progress_add(f->progress, n);
        ok = ok && (!bl_stopped(f->progress) || bl_fail(err, BL_STOPPED, "preparing was interrupted"));
    }
    bl_turned_free(&turned);
    bl_free(x);
    return ok;
}

/* What is told of them all: there may be very many. */
static bool note_sparse(struct bl_fitter *f, const struct scored *s, const bool *removed, size_t n, size_t base, struct bl_error *err)
{
    double kept = 0, least = INFINITY, most = -INFINITY;

    for (size_t i = 0; i < n; i++) {
        if (removed[i] || s[i].column < base)
            continue;
        kept++;
        least = fmin(least, s[i].score);
        most = fmax(most, s[i].score);
    }
    return bl_fitter_note_all(f, "sparse columns kept", kept, NULL, err) &&
           (kept == 0 || (bl_fitter_note_all(f, "least score of them", least, NULL, err) &&
                          bl_fitter_note_all(f, "largest score of them", most, NULL, err)));
}

/* Takes out what was not chosen, of the frame and of the sparse columns. */
static bool keep_chosen(struct bl_fitter *f, const struct scored *s, const bool *removed, size_t n, bool sparse, struct bl_error *err)
{
    const size_t n_sparse = sparse ? f->fit->sparse.n : 0, base = f->fit->n_columns;
    bool *keep = bl_calloc(n_sparse + 1, sizeof *keep), ok = true;

    if (!keep)
        return bl_fail_memory(err, "the sparse columns");
    for (size_t i = 0; i < n; i++) {
        if (s[i].column >= base)
            keep[s[i].column - base] = !removed[i];
        else if (removed[i])
            bl_fitter_remove(f, s[i].column);
    }
    if (n_sparse)
        ok = note_sparse(f, s, removed, n, base, err) && bl_fit_sparse_keep(f->fit, keep, err);
    bl_free(keep);
    return ok;
}

/* These columns of the frame, and all sparse ones, against each other. */
static bool select_of(struct bl_fitter *f, const size_t *columns, size_t n, bool sparse, struct bl_error *err)
{
    const size_t base = f->fit->n_columns, all = n + (sparse ? f->fit->sparse.n : 0);
    struct scored *scores = bl_calloc(all + 1, sizeof *scores);
    bool *removed = bl_calloc(all + 1, sizeof *removed);
    struct scoring s = {0};
    bool ok = (scores && removed) || bl_fail_memory(err, "the scores of columns");

    ok = ok && bl_fitter_whole(f, columns, n, err) && scoring_start(f, &s, err) && score_columns(f, &s, columns, n, scores, err) &&
         (!sparse || score_sparse(f, &s, base, scores + n, err));
    if (ok) {
        choose(f, scores, all, removed);
        ok = keep_chosen(f, scores, removed, all, sparse, err);
    }
    scoring_done(&s);
    bl_free(removed);
    bl_free(scores);
    return ok;
}

/* With sparse columns fit_sparse does all of it, since they stand against those of the frame. */
static bool fit_all(struct bl_fitter *f, const size_t *columns, size_t n, struct bl_error *err)
{
    return (f->fit->sparse.n && !f->asked) || select_of(f, columns, n, false, err);
}

static bool fit_sparse(struct bl_fitter *f, struct bl_error *err)
{
    size_t *columns = bl_calloc(f->fit->n_columns + 1, sizeof *columns), n = 0;
    bool ok;

    if (!columns)
        return bl_fail_memory(err, "the recipe");
    for (size_t j = 0; j < f->fit->n_columns; j++)
        if (f->fit->columns[j].kind == BL_KIND_NUMBER)
            columns[n++] = j;
    ok = select_of(f, columns, n, true, err);
    bl_free(columns);
    return ok;
}

static const char *const methods[] = {"variance", "correlation", "information", NULL};
static const char *const key_names[] = {"method", "k", "min", NULL};
static const struct bl_step_key keys[] = {{.values = methods},
                                          {.kind = BL_KEY_WHOLE, .min = 1, .max = 1e9},
                                          {.kind = BL_KEY_NUMBER, .min = 0, .max = 1e300}};

extern const struct bl_step_type bl_step_select;
const struct bl_step_type bl_step_select = {
    .name = "select",
    .summary = "keep the columns that tell most",
    .key_names = key_names,
    .keys = keys,
    .takes = bl_takes_numbers,
    .fit_all = fit_all,
    .fit_sparse = fit_sparse,
};
