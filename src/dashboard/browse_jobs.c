/* Work of the browser in the background, so that a million rows never hold up a key. */
#define _GNU_SOURCE
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "batchlab/terminal.h"
#include "browse.h"

struct rows *rows_hold(struct rows *r)
{
    if (r)
        atomic_fetch_add(&r->owners, 1);
    return r;
}

void rows_drop(struct rows *r)
{
    if (!r || atomic_fetch_sub(&r->owners, 1) != 1)
        return;
    bl_free(r->at);
    bl_free(r);
}

void figures_free(struct figures *f)
{
    if (!f)
        return;
    bl_free(f->edges);
    bl_free(f->counts);
    bl_free(f);
}

/* ---- threads ------------------------------------------------------------------------------------*/

static void work_do(struct job *j)
{
    switch (j->work) {
    case WORK_ROWS: work_rows(j); break;
    case WORK_FIND: work_find(j); break;
    case WORK_FIGURES: work_figures(j); break;
    case WORK_NONE: break;
    }
    atomic_store(&j->done, true);
    if (j->wake >= 0 && write(j->wake, "w", 1) < 0)
        return; /* full: a wake-up is on its way already */
}

static void *work_thread(void *job)
{
    bl_terminal_thread_guard();
    work_do(job);
    return NULL;
}

void job_start(struct job *j)
{
    sigset_t before;

    atomic_store(&j->done, false);
    atomic_store(&j->progress.stop, false);
    bl_signals_block(&before);
    j->joinable = pthread_create(&j->thread, NULL, work_thread, j) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!j->joinable)
        work_do(j);
}

bool job_under_way(const struct job *j) { return j->work != WORK_NONE; }

static void join(struct job *j)
{
    if (j->joinable)
        pthread_join(j->thread, NULL);
    j->joinable = false;
}

bool job_collect(struct job *j)
{
    if (j->work == WORK_NONE || !atomic_load(&j->done))
        return false;
    join(j);
    return true;
}

void job_stop(struct job *j) { atomic_store(&j->progress.stop, true); }

void job_wait(struct job *j) { join(j); }

void job_end(struct job *j)
{
    if (j->work == WORK_NONE)
        return;
    job_stop(j);
    join(j);
    rows_drop(j->made);
    rows_drop(j->rows);
    figures_free(j->figures);
    bl_free(j->columns);
    bl_table_free(j->table);
    j->made = j->rows = NULL;
    j->figures = NULL;
    j->columns = NULL;
    j->table = NULL;
    j->work = WORK_NONE;
}

/* ---- which rows, in which order ------------------------------------------------------------------------*/

void work_rows(struct job *j)
{
    struct rows *r;

    j->made = NULL;
    j->ok = true;
    if (!j->where[0] && j->n_keys == 0)
        return;
    r = bl_calloc(1, sizeof *r);
    j->ok = r ? bl_rows_choose(j->table, j->where, j->keys, j->n_keys, &r->at, &r->n, j->pool, &j->progress, &j->err)
              : bl_fail_memory(&j->err, "the rows");
    if (!j->ok) {
        bl_free(r);
        return;
    }
    atomic_init(&r->owners, 1);
    j->made = r;
}

/* ---- finding ----------------------------------------------------------------------------------------------*/

enum { FIND_BLOCK = 1024, FIND_BLOCKS = 64 };

struct finding {
    struct job *j;
    bool **matches;       /* by column: which levels hold the text; NULL: numbers are asked one by one */
    bool *hopeless;       /* by column: no number can hold it */
    bool exact;           /* numbers are asked for with all their digits, not as they are shown */
    size_t n, from;       /* rows; the place where this batch begins */
    size_t hit_row[FIND_BLOCKS], hit_column[FIND_BLOCKS];
};

static size_t place_of(const struct finding *f, size_t step) /* the step-th place in the direction, around the end */
{
    const struct job *j = f->j;

    return j->back ? (j->row + f->n - step) % f->n : (j->row + step) % f->n;
}

/* A number with at most six decimals, as it is shown; sixty times as fast as the exact one. */
static const char *number_text(double x, char buffer[64])
{
    double size = fabs(x);
    char digits[32], *at = digits + sizeof digits;
    uint64_t parts;
    int decimals = DECIMALS;

    if (!(size < 9e9) || (size != 0 && size < 0.0001))
        return bl_number_exact(buffer, 64, x);
    for (parts = (uint64_t)(size * 1e6 + 0.5); decimals > 0 && parts % 10 == 0; parts /= 10)
        decimals--;
    *--at = '\0';
    for (int i = 0; i <= decimals || parts; i++, parts /= 10) {
        if (decimals && i == decimals)
            *--at = '.';
        *--at = (char)('0' + parts % 10);
    }
    if (x < 0)
        *--at = '-';
    return memcpy(buffer, at, (size_t)(digits + sizeof digits - at));
}

/* Whether only all digits of a number can hold it. */
static bool wants_exact(const char *needle)
{
    const char *point = strchr(needle, '.');

    return strpbrk(needle, "eE") || (point && strspn(point + 1, "0123456789") > DECIMALS);
}

static bool holds(const struct finding *f, size_t row, size_t k)
{
    const struct job *j = f->j;
    const struct bl_column *c = &j->table->columns[j->columns[k]];
    char buffer[64];

    if (f->hopeless[k])
        return false;
    if (f->matches[k])
        return c->code[row] != BL_MISSING_CODE && f->matches[k][c->code[row]];
    if (c->type == BL_NUMERIC && !f->exact)
        return !isnan(c->number[row]) && strstr(number_text(c->number[row], buffer), j->needle);
    return strcasestr(bl_table_cell(j->table, row, j->columns[k], buffer, sizeof buffer), j->needle) != NULL;
}

/* The first match of a row in the direction, between two columns (both counted). */
static size_t match_in_row(const struct finding *f, size_t place, size_t low, size_t high)
{
    const struct job *j = f->j;
    size_t row = j->rows ? j->rows->at[place] : place;

    for (size_t i = low; i <= high && high != SIZE_MAX; i++) {
        size_t k = j->back ? high - (i - low) : i;
        if (holds(f, row, k))
            return k;
    }
    return SIZE_MAX;
}

static void find_block(void *context, size_t i, size_t worker)
{
    struct finding *f = context;
    size_t first = f->from + i * FIND_BLOCK;

    (void)worker;
    f->hit_row[i] = SIZE_MAX;
    for (size_t step = first; step < first + FIND_BLOCK && step < f->n; step++) {
        size_t k = match_in_row(f, place_of(f, step), 0, f->j->n_columns - 1);
        if (k != SIZE_MAX) {
            f->hit_row[i] = step;
            f->hit_column[i] = k;
            return;
        }
    }
}

static bool finding_open(struct finding *f)
{
    struct job *j = f->j;
    bool number = strspn(j->needle, "0123456789+-.:TZeinfaEINFA") == strlen(j->needle);

    f->exact = wants_exact(j->needle);
    f->matches = bl_calloc(j->n_columns, sizeof *f->matches);
    f->hopeless = bl_calloc(j->n_columns, sizeof *f->hopeless);
    if (!f->matches || !f->hopeless)
        return bl_fail_memory(&j->err, "the search");
    for (size_t k = 0; k < j->n_columns; k++) {
        const struct bl_column *c = &j->table->columns[j->columns[k]];
        f->hopeless[k] = !c->code && !number;
        if (!c->code)
            continue;
        f->matches[k] = bl_calloc(c->n_levels + 1, sizeof **f->matches);
        if (!f->matches[k])
            return bl_fail_memory(&j->err, "the search");
        f->hopeless[k] = true;
        for (size_t i = 0; i < c->n_levels && !bl_stopped(&j->progress); i++)
            if (strcasestr(c->levels[i], j->needle))
                f->matches[k][i] = true, f->hopeless[k] = false;
    }
    return true;
}

static void finding_close(struct finding *f)
{
    for (size_t k = 0; f->matches && k < f->j->n_columns; k++)
        bl_free(f->matches[k]);
    bl_free(f->matches);
    bl_free(f->hopeless);
}

static bool found(struct job *j, const struct finding *f, size_t step, size_t column)
{
    j->found = true;
    j->round = step > 0 && (j->back ? place_of(f, step) > j->row : place_of(f, step) < j->row);
    j->row = place_of(f, step);
    j->column = column;
    return true;
}

/* The rest of the row under the cursor, all other rows, and at last the row's other end. */
static bool find_all(struct finding *f)
{
    struct job *j = f->j;
    size_t own = j->column, last = j->n_columns - 1, k;
    size_t low = j->back ? 0 : own + !j->inclusive, high = j->back ? own - !j->inclusive : last;

    if (!(j->back && own == 0 && !j->inclusive) && (k = match_in_row(f, j->row, low, high)) != SIZE_MAX)
        return found(j, f, 0, k);
    for (f->from = 1; f->from < f->n; f->from += FIND_BLOCK * FIND_BLOCKS) {
        if (bl_stopped(&j->progress))
            return bl_fail(&j->err, BL_STOPPED, "the search was stopped");
        bl_pool_run(j->pool, FIND_BLOCKS, find_block, f);
        for (size_t i = 0; i < FIND_BLOCKS; i++)
            if (f->hit_row[i] != SIZE_MAX)
                return found(j, f, f->hit_row[i], f->hit_column[i]);
        bl_progress_add(&j->progress, FIND_BLOCK * FIND_BLOCKS);
    }
    if ((k = match_in_row(f, j->row, 0, last)) != SIZE_MAX) {
        found(j, f, 0, k);
        j->round = true;
    }
    return true;
}

void work_find(struct job *j)
{
    struct finding f = { .j = j, .n = j->rows ? j->rows->n : j->table->n_rows };

    j->found = j->round = false;
    bl_progress_start(&j->progress, "searching", f.n);
    j->ok = f.n == 0 || j->n_columns == 0 || (finding_open(&f) && find_all(&f));
    finding_close(&f);
}

/* ---- figures --------------------------------------------------------------------------------------------------*/

/* The column alone, over the rows that are shown. Dates count in years where a histogram is wanted. */
static struct bl_table *column_alone(const struct job *j, bool years)
{
    const struct bl_column *c = &j->table->columns[j->of];
    size_t n = j->rows ? j->rows->n : j->table->n_rows;
    struct bl_table *t = bl_table_create("", n, 1, NULL);
    double *x = bl_aligned(n, sizeof *x);

    for (size_t i = 0; x && i < n; i++) {
        double value = c->number[j->rows ? j->rows->at[i] : i];
        x[i] = years ? 1970 + value / (86400 * 365.2425) : value;
    }
    if (t && x && (c->type == BL_DATETIME && !years ? bl_table_set_dates(t, 0, "x", x, NULL) : bl_table_set_numbers(t, 0, "x", x, NULL)))
        return t;
    bl_free(x);
    bl_table_free(t);
    return NULL;
}

static bool numbers_of(struct job *j, struct figures *f)
{
    size_t first = 0;
    struct bl_table *t = column_alone(j, false), *years = NULL;
    struct bl_histogram *h;
    bool ok = t && bl_describe(t, &first, 1, &f->s, NULL, &j->progress, NULL);

    f->years = j->table->columns[j->of].type == BL_DATETIME;
    if (ok && f->years)
        years = column_alone(j, true);
    h = ok && f->s.count && !bl_stopped(&j->progress) ? bl_histogram_of(years ? years : t, 0, 0, SIZE_MAX, NULL) : NULL;
    if (h) {
        f->edges = h->edges, f->counts = h->counts, f->bins = h->bins;
        h->edges = NULL, h->counts = NULL;
    }
    bl_histogram_free(h);
    bl_table_free(years);
    bl_table_free(t);
    return ok;
}

static void top_add(struct figures *f, uint32_t code, size_t count)
{
    size_t i = f->n_top < TOP_MAX ? f->n_top++ : TOP_MAX - 1;

    if (i == TOP_MAX - 1 && f->n_top == TOP_MAX && f->top[i].count >= count)
        return;
    for (; i > 0 && f->top[i - 1].count < count; i--)
        f->top[i] = f->top[i - 1];
    f->top[i].code = code;
    f->top[i].count = count;
}

static bool classes_of(struct job *j, struct figures *f)
{
    const struct bl_column *c = &j->table->columns[j->of];
    size_t n = j->rows ? j->rows->n : j->table->n_rows;
    size_t *count = bl_calloc(c->n_levels, sizeof *count);

    for (size_t i = 0; count && i < n; i++) {
        uint32_t code = c->code[j->rows ? j->rows->at[i] : i];
        if (i % 65536 == 0 && bl_stopped(&j->progress))
            break;
        if (code == BL_MISSING_CODE)
            f->s.missing++;
        else
            count[code]++, f->s.count++;
    }
    for (size_t i = 0; count && i < c->n_levels; i++)
        if (count[i]) {
            f->s.distinct++;
            top_add(f, (uint32_t)i, count[i]);
        }
    bl_free(count);
    return count != NULL;
}

void work_figures(struct job *j)
{
    struct figures *f = bl_calloc(1, sizeof *f);

    j->figures = f;
    j->ok = f && (j->table->columns[j->of].code ? classes_of(j, f) : numbers_of(j, f));
}
