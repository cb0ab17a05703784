/* Runs in the registry: what was trained and how it went, with every point. */
#include "src/keep/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_SQLITE

/* ---- points as bytes ----------------------------------------------------------------------------------------
 * A column after the other, little-endian doubles. One byte in front says how a column is written: 0 all numbers, 1 first
 * and step (number i is first + i * step, to the bit), 2 the same as the column before. */

enum { COLUMNS = 10, PLAIN = 0, STEPS = 1, SAME = 2 };

static double point_at(const struct bl_point *p, int column)
{
    const double all[COLUMNS] = { p->epoch, (double)p->updates, (double)p->samples, (double)p->gradient_evaluations, p->lr, p->train_loss, p->objective,
                                  p->validation_loss, p->gradient_norm, p->seconds };

    return all[column];
}

static void point_put(struct bl_point *p, int column, double x)
{
    uint64_t *const counts[] = { &p->updates, &p->samples, &p->gradient_evaluations };
    double *const numbers[] = { &p->lr, &p->train_loss, &p->objective, &p->validation_loss, &p->gradient_norm, &p->seconds };

    if (column == 0)
        p->epoch = x;
    else if (column < 4)
        *counts[column - 1] = x >= 0 && x < 9007199254740992.0 ? (uint64_t)x : 0;
    else
        *numbers[column - 4] = x;
}

static bool same_bits(double a, double b) { return memcmp(&a, &b, sizeof a) == 0; }

static int way_of(const struct bl_point *p, size_t n, int column)
{
    const double first = n ? point_at(p, column) : 0, step = n > 1 ? point_at(p + 1, column) - first : 0;
    bool steps = true, same = column > 0;

    for (size_t i = 0; i < n && (steps || same); i++) {
        steps = steps && same_bits(point_at(p + i, column), first + (double)i * step);
        same = same && same_bits(point_at(p + i, column), point_at(p + i, column - 1));
    }
    return same ? SAME : steps ? STEPS : PLAIN;
}

static unsigned char *put_number(unsigned char *at, double x)
{
    uint64_t word;

    memcpy(&word, &x, sizeof word);
    for (int i = 0; i < 8; i++)
        *at++ = (unsigned char)(word >> (8 * i));
    return at;
}

static size_t points_pack(const struct bl_point *p, size_t n, unsigned char *to)
{
    unsigned char *at = to;

    for (int c = 0; c < COLUMNS; c++) {
        const int way = way_of(p, n, c);
        *at++ = (unsigned char)way;
        if (way == STEPS) {
            at = put_number(at, n ? point_at(p, c) : 0);
            at = put_number(at, n > 1 ? point_at(p + 1, c) - point_at(p, c) : 0);
        }
        for (size_t i = 0; way == PLAIN && i < n; i++)
            at = put_number(at, point_at(p + i, c));
    }
    return (size_t)(at - to);
}

static double take_number(const unsigned char *at)
{
    uint64_t word = 0;
    double x;

    for (int i = 0; i < 8; i++)
        word |= (uint64_t)at[i] << (8 * i);
    memcpy(&x, &word, sizeof x);
    return x;
}

/* False: these bytes are not n points. */
static bool points_unpack(const unsigned char *at, size_t size, struct bl_point *p, size_t n)
{
    const unsigned char *end = at + size;

    for (int c = 0; c < COLUMNS; c++) {
        const int way = at < end ? *at++ : 9;
        const size_t needs = way == PLAIN ? n : way == STEPS ? 2 : 0;
        if (way > SAME || (way == SAME && c == 0) || (size_t)(end - at) / 8 < needs)
            return false;
        for (size_t i = 0; i < n; i++)
            point_put(&p[i], c, way == PLAIN   ? take_number(at + 8 * i)
                                : way == STEPS ? take_number(at) + (double)i * take_number(at + 8)
                                               : point_at(&p[i], c - 1));
        at += 8 * needs;
    }
    return at == end;
}

/* ---- writing ------------------------------------------------------------------------------------------------- */

static void bind_run(sqlite3_stmt *s, const struct bl_run_row *row)
{
    const char *const texts[] = { row->at, row->dataset, row->data, row->model, row->what, row->status, row->settings, row->commands };
    const double numbers[] = { row->last.epoch, row->last.train_loss, row->last.validation_loss, row->last.objective, row->last.gradient_norm, row->last.seconds };

    if (row->number)
        sqlite3_bind_int64(s, 1, row->number);
    for (int i = 0; i < 8; i++)
        bl_store_bind(s, 2 + i, texts[i] ? texts[i] : "");
    for (int i = 0; i < 6; i++)
        sqlite3_bind_double(s, 10 + i, numbers[i]);
    sqlite3_bind_int64(s, 16, (int64_t)row->last.updates);
    sqlite3_bind_int64(s, 17, (int64_t)row->seed);
    sqlite3_bind_int64(s, 18, (int64_t)row->n_points);
}

static bool step_again(struct bl_registry *r, sqlite3_stmt *s, struct bl_error *err)
{
    bool ok = sqlite3_step(s) == SQLITE_DONE || bl_store_fail(r, "write", err);

    sqlite3_reset(s);
    return ok;
}

static bool save_one(struct bl_registry *r, sqlite3_stmt *run, sqlite3_stmt *points, struct bl_run_row *row, const struct bl_point *p,
                     unsigned char *room, struct bl_error *err)
{
    bl_store_now(row->at);
    bind_run(run, row);
    if (!step_again(r, run, err))
        return false;
    row->number = sqlite3_last_insert_rowid(r->db);
    sqlite3_bind_int64(points, 1, row->number);
    sqlite3_bind_blob64(points, 2, room, points_pack(p, row->n_points, room), SQLITE_STATIC);
    return step_again(r, points, err);
}

bool bl_registry_runs_save(struct bl_registry *r, struct bl_run_row *rows, const struct bl_point *const *points, size_t n, struct bl_error *err)
{
    sqlite3_stmt *run = NULL, *blob = NULL;
    unsigned char *room;
    size_t most = 0;
    bool ok;

    for (size_t i = 0; i < n; i++)
        most = rows[i].n_points > most ? rows[i].n_points : most;
    if (!(room = bl_calloc(most + 3, COLUMNS * sizeof(double))))
        return bl_fail_memory(err, "the points of a run");
    ok = bl_store_begin(r, err);
    if (ok) {
        run = bl_store_prepare(r, "INSERT OR REPLACE INTO runs VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", err);
        blob = run ? bl_store_prepare(r, "INSERT OR REPLACE INTO points VALUES(?,?)", err) : NULL;
        ok = blob != NULL;
        for (size_t i = 0; ok && i < n; i++)
            ok = save_one(r, run, blob, &rows[i], points[i], room, err);
        sqlite3_finalize(run);
        sqlite3_finalize(blob);
        ok = bl_store_end(r, ok, err);
    }
    bl_free(room);
    return ok;
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

#define RUN_COLUMNS "number, at, dataset, data, model, what, status, settings, commands, epoch, train_loss, validation_loss, objective,"\
                    " gradient_norm, seconds, updates, seed, points"

static double number_or_nan(sqlite3_stmt *s, int column)
{
    return sqlite3_column_type(s, column) == SQLITE_NULL ? __builtin_nan("") : sqlite3_column_double(s, column);
}

static char *text_of(sqlite3_stmt *s, int column)
{
    const char *text = (const char *)sqlite3_column_text(s, column);

    return bl_strdup(text ? text : "");
}

static bool run_take(sqlite3_stmt *s, struct bl_run_row *row)
{
    *row = (struct bl_run_row){ .number = sqlite3_column_int64(s, 0) };
    bl_store_copy(s, 1, row->at, sizeof row->at);
    bl_store_copy(s, 2, row->dataset, sizeof row->dataset);
    bl_store_copy(s, 3, row->data, sizeof row->data);
    bl_store_copy(s, 4, row->model, sizeof row->model);
    bl_store_copy(s, 5, row->what, sizeof row->what);
    bl_store_copy(s, 6, row->status, sizeof row->status);
    row->settings = text_of(s, 7);
    row->commands = text_of(s, 8);
    row->last = (struct bl_point){ .epoch = number_or_nan(s, 9), .train_loss = number_or_nan(s, 10), .validation_loss = number_or_nan(s, 11),
                                   .objective = number_or_nan(s, 12), .gradient_norm = number_or_nan(s, 13), .seconds = number_or_nan(s, 14),
                                   .updates = (uint64_t)sqlite3_column_int64(s, 15) };
    row->seed = (uint64_t)sqlite3_column_int64(s, 16);
    row->n_points = sqlite3_column_int64(s, 17) < 0 ? 0 : (size_t)sqlite3_column_int64(s, 17);
    return row->settings && row->commands;
}

bool bl_registry_runs(struct bl_registry *r, struct bl_run_row **rows, size_t *n, struct bl_error *err)
{
    sqlite3_stmt *s = bl_store_prepare(r, "SELECT " RUN_COLUMNS " FROM runs ORDER BY number", err);
    size_t capacity = 0;
    int code = SQLITE_DONE;
    bool ok = s != NULL;

    *rows = NULL;
    *n = 0;
    while (ok && (code = sqlite3_step(s)) == SQLITE_ROW) {
        if (*n == capacity) {
            struct bl_run_row *more = bl_realloc(*rows, capacity = capacity ? 2 * capacity : 64, sizeof *more);
            ok = more || bl_fail_memory(err, "the runs");
            *rows = more ? more : *rows;
        }
        if (ok)
            ok = run_take(s, &(*rows)[(*n)++]) || bl_fail_memory(err, "the runs");
    }
    if (ok && code != SQLITE_DONE)
        ok = bl_store_fail(r, "read", err);
    sqlite3_finalize(s);
    if (ok)
        return true;
    bl_runs_free(*rows, *n);
    *rows = NULL;
    *n = 0;
    return false;
}

static bool points_read(sqlite3_stmt *s, const struct bl_run_row *row, struct bl_point **points, struct bl_error *err)
{
    const unsigned char *bytes = sqlite3_column_blob(s, 0);
    const size_t size = (size_t)sqlite3_column_bytes(s, 0);

    /* Columns of two numbers each are the least: nothing is taken for points that can not be there. */
    if (row->n_points > (size_t)1 << 32 || !(*points = bl_calloc(row->n_points + 1, sizeof **points)))
        return bl_fail_memory(err, "the points of a run");
    if (bytes && points_unpack(bytes, size, *points, row->n_points))
        return true;
    bl_free(*points);
    *points = NULL;
    return bl_fail(err, BL_DATA, "the points of run %lld in the registry are damaged", (long long)row->number);
}

bool bl_registry_run(struct bl_registry *r, int64_t number, struct bl_run_row *row, struct bl_point **points, struct bl_error *err)
{
    sqlite3_stmt *s = bl_store_prepare(r, "SELECT " RUN_COLUMNS " FROM runs WHERE number = ?", err);
    bool ok = s != NULL;

    *row = (struct bl_run_row){ 0 };
    *points = NULL;
    if (!ok)
        return false;
    sqlite3_bind_int64(s, 1, number);
    if (sqlite3_step(s) == SQLITE_ROW) {
        ok = run_take(s, row) || bl_fail_memory(err, "a run");
    } else {
        bl_fail(err, BL_UNKNOWN, "the registry has no run %lld", (long long)number);
        ok = bl_hint(err, "runs kept lists them");
    }
    sqlite3_finalize(s);
    s = ok ? bl_store_prepare(r, "SELECT bytes FROM points WHERE run = ?", err) : NULL;
    if (s)
        sqlite3_bind_int64(s, 1, number);
    ok = s && (sqlite3_step(s) == SQLITE_ROW ? points_read(s, row, points, err) : bl_fail(err, BL_DATA, "run %lld has no points", (long long)number));
    sqlite3_finalize(s);
    if (ok)
        return true;
    bl_run_done(row);
    return false;
}
#endif

void bl_run_done(struct bl_run_row *row)
{
    bl_free(row->settings);
    bl_free(row->commands);
    *row = (struct bl_run_row){ 0 };
}

void bl_runs_free(struct bl_run_row *rows, size_t n)
{
    for (size_t i = 0; i < n; i++)
        bl_run_done(&rows[i]);
    bl_free(rows);
}
