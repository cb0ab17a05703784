/* Missing numbers from the nearest training rows (Troyanskaya and others 2001). The distance of two
 * rows is over the columns that both have, each divided by its standard deviation, and scaled up for
 * those that they do not share; donors are training rows that have the value, at most DONORS of them
 * (drawn with a fixed seed), so that the work stays linear in the rows. */
#include "src/prepare/neighbours.h"


#include <math.h>
#include <string.h>

#define DONORS    2000
#define NEAREST   5
#define NEAREST_MAX 100

/* numbers of the codec: p, k, donors, then p means, p weights (1 / sd), donors x p values */
enum { AT_P, AT_K, AT_DONORS, AT_MEANS };

struct nearest {
    double distance[NEAREST_MAX], value[NEAREST_MAX];
    size_t n, most;
};

static void consider(struct nearest *near, double distance, double value)
{
    size_t at = near->n;

    if (at == near->most && !(distance < near->distance[at - 1]))
        return;
    if (at < near->most)
        near->n++;
    else
        at--;
    for (; at > 0 && near->distance[at - 1] > distance; at--) {
        near->distance[at] = near->distance[at - 1];
        near->value[at] = near->value[at - 1];
    }
    near->distance[at] = distance;
    near->value[at] = value;
}

/* nan where the rows have no column in common. */
static double distance_of(const double *row, const double *donor, const double *weight, size_t p)
{
    double sum = 0, shared = 0;

    for (size_t j = 0; j < p; j++) {
        double d = (row[j] - donor[j]) * weight[j];
        if (isnan(d))
            continue;
        sum += d * d;
        shared++;
    }
    return shared > 0 ? sum * (double)p / shared : NAN;
}

static double estimate(const struct bl_codec *c, size_t column, const double *row)
{
    const double *at = c->numbers;
    const size_t p = (size_t)at[AT_P], donors = (size_t)at[AT_DONORS];
    const double *means = at + AT_MEANS, *weights = means + p, *donor = weights + p;
    struct nearest near = {.most = (size_t)at[AT_K]};
    double sum = 0;

    for (size_t i = 0; i < donors; i++, donor += p) {
        double d = isnan(donor[column]) ? NAN : distance_of(row, donor, weights, p);
        if (!isnan(d))
            consider(&near, d, donor[column]);
    }
    for (size_t i = 0; i < near.n; i++)
        sum += near.value[i];
    return near.n ? sum / (double)near.n : means[column];
}

/* params: its column among the inputs */
static void combine(const struct bl_node *node, const struct bl_inputs *in, double *out)
{
    const size_t column = (size_t)node->params[0], p = node->n_inputs;
    double *row = NULL, few[64];

    memcpy(out, in->x[column], in->n * sizeof *out);
    if (p <= 64)
        row = few;
    for (size_t i = 0; i < in->n; i++) {
        if (!isnan(out[i]))
            continue;
        if (!row && !(row = bl_calloc(p, sizeof *row)))
            return; /* the gap stays and is refused */
        for (size_t j = 0; j < p; j++)
            row[j] = in->x[j][i];
        out[i] = estimate(node->codec, column, row);
    }
    if (row != few)
        bl_free(row);
}

/* Means and weights are numbers; a donor may miss values. */
static bool good_codec(const struct bl_codec *c, const struct bl_source *s)
{
    const double *at = c->numbers;
    double wanted;

    (void)s;
    if (c->names || c->n_numbers < AT_MEANS || !(at[AT_P] >= 1 && at[AT_P] <= BL_MADE_MAX && at[AT_P] == floor(at[AT_P])) ||
        !(at[AT_K] >= 1 && at[AT_K] <= NEAREST_MAX && at[AT_K] == floor(at[AT_K])) ||
        !(at[AT_DONORS] >= 0 && at[AT_DONORS] <= DONORS && at[AT_DONORS] == floor(at[AT_DONORS])))
        return false;
    wanted = AT_MEANS + 2 * at[AT_P] + at[AT_DONORS] * at[AT_P];
    if ((double)c->n_numbers != wanted)
        return false;
    for (size_t i = AT_MEANS; i < c->n_numbers; i++)
        if (isinf(at[i]) || (isnan(at[i]) && i < AT_MEANS + 2 * (size_t)at[AT_P]))
            return false;
    return true;
}

static const struct bl_codec_type donors_type = {.name = "neighbours", .good = good_codec};

static bool finds(const struct bl_codec *c, const double *params, size_t inputs)
{
    return c->numbers[AT_P] == (double)inputs && params[0] >= 0 && params[0] < (double)inputs && params[0] == floor(params[0]);
}

const struct bl_op bl_op_neighbours = {.name = "impute.knn", .combine = combine, .fills = true, .good = bl_good_one,
                                       .codec = &donors_type, .finds = finds};

/* ---- fitting ------------------------------------------------------------------------------- */

/* Training rows that become donors: all of them, or DONORS drawn, in the order of the rows. */
static size_t *choose_donors(size_t n_rows, size_t *n)
{
    struct bl_random random = bl_random_stream(1, BL_FOR_SAMPLE, 0, 0);
    size_t *at = bl_calloc((n_rows < DONORS ? n_rows : DONORS) + 1, sizeof *at);

    *n = 0;
    for (size_t i = 0; at && i < n_rows; i++) { /* selection sampling, Knuth's algorithm S */
        size_t wanted = (n_rows < DONORS ? n_rows : DONORS) - *n;
        if (wanted > 0 && bl_random_below(&random, n_rows - i) < wanted)
            at[(*n)++] = i;
    }
    return at;
}

static bool fill_column(struct bl_fitter *f, double *numbers, size_t p, size_t j, const double *x,
                        const size_t *donors, size_t n)
{
    struct bl_moments m = bl_moments_of(x, f->n_rows, f->pool);
    double sd = sqrt(bl_moments_variance_population(&m));
    double *matrix = numbers + AT_MEANS + 2 * p;

    numbers[AT_MEANS + j] = m.mean;
    numbers[AT_MEANS + p + j] = sd > 0 && isfinite(sd) ? 1 / sd : 1;
    for (size_t i = 0; i < n; i++)
        matrix[i * p + j] = x[donors[i]];
    return isfinite(m.mean);
}

static bool fill_codec(struct bl_fitter *f, struct bl_codec *c, const size_t *columns, size_t p,
                       const size_t *donors, size_t n, struct bl_error *err)
{
    double *x = bl_aligned(f->n_rows, sizeof *x);
    bool ok = x != NULL;

    c->n_numbers = AT_MEANS + 2 * p + n * p;
    ok = ok && (c->numbers = bl_calloc(c->n_numbers, sizeof *c->numbers));
    if (!ok)
        bl_fail_memory(err, "the nearest neighbours");
    for (size_t j = 0; ok && j < p; j++) {
        const char *name = f->fit->columns[columns[j]].name;
        ok = bl_fitter_read(f, columns[j], x, err);
        if (ok && !fill_column(f, c->numbers, p, j, x, donors, n)) {
            ok = bl_fail(err, BL_VALUE,
                         "column '%s' cannot be imputed: none of its %zu training values is present",
                         name, f->n_rows);
            bl_hint(err, "drop %s", bl_typed(name).text);
        }
    }
    bl_free(x);
    if (!ok)
        return false;
    c->numbers[AT_P] = (double)p;
    c->numbers[AT_K] = bl_step_number(f->step, "k", NEAREST);
    c->numbers[AT_DONORS] = (double)n;
    return true;
}

static bool map_gaps(struct bl_fitter *f, const struct bl_codec *c, const size_t *columns, size_t p,
                     struct bl_error *err)
{
    size_t *nodes = bl_calloc(p + 1, sizeof *nodes);
    bool ok = nodes || bl_fail_memory(err, "the nearest neighbours");

    for (size_t j = 0; ok && j < p; j++) {
        const double params[] = {(double)j};
        nodes[j] = bl_fitter_node(f, &bl_op_neighbours, columns, p, params, 1, c, err);
        ok = nodes[j] != SIZE_MAX &&
             bl_fitter_note(f, columns[j], "nearest", c->numbers[AT_K], NULL, err) &&
             bl_fitter_note(f, columns[j], "donors", c->numbers[AT_DONORS], NULL, err);
    }
    for (size_t j = 0; ok && j < p; j++) {
        f->fit->columns[columns[j]].node = nodes[j];
        f->fit->columns[columns[j]].missing = 0;
    }
    bl_free(nodes);
    return ok;
}

/* Each of the columns reads all of them, donors have a number for each, and what was 0 in nearly all rows is written out. */
static bool afford(struct bl_fitter *f, const size_t *columns, size_t p, struct bl_error *err)
{
    const double donors = (double)(f->n_rows < DONORS ? f->n_rows : DONORS);

    f->filled = bl_fitter_thin(f, columns, p);
    return bl_fitter_afford(f, f->filled ? p : 0, (double)p * ((double)p + donors), err);
}

bool bl_fit_neighbours(struct bl_fitter *f, const size_t *columns, size_t p, struct bl_error *err)
{
    if (!afford(f, columns, p, err))
        return false;
    size_t n, *donors = choose_donors(f->n_rows, &n);
    struct bl_codec *c = donors ? bl_fitter_codec(f, &donors_type, columns[0], err) : NULL;
    bool ok = c && fill_codec(f, c, columns, p, donors, n, err) && bl_fitter_bind(f, err) &&
              map_gaps(f, c, columns, p, err);

    if (!donors)
        bl_fail_memory(err, "the nearest neighbours");
    bl_free(donors);
    return ok;
}
