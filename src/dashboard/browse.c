/* The state of the browser: which table, which rows in which order, where the cursor stands. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "browse.h"

/* ---- opening and closing ----------------------------------------------------------------------------*/

static void columns_free(struct browse *b)
{
    for (size_t i = 0; b->figures && b->table && i < b->table->n_columns; i++)
        figures_free(b->figures[i]);
    bl_free(b->figures);
    bl_free(b->shown);
    b->figures = NULL;
    b->shown = NULL;
}

bool browse_take(struct browse *b, struct bl_table *t, struct bl_error *err)
{
    struct shown *shown;
    struct figures **figures;

    if (t == b->table)
        return true;
    shown = bl_calloc(t->n_columns, sizeof *shown);
    figures = bl_calloc(t->n_columns, sizeof *figures);
    if (!shown || !figures) {
        bl_free(shown);
        bl_free(figures);
        return bl_fail_memory(err, "the columns");
    }
    job_end(&b->job);
    job_end(&b->figures_job);
    columns_free(b);
    bl_table_free(b->table);
    rows_drop(b->rows);
    b->table = bl_table_hold(t);
    b->shown = shown;
    b->figures = figures;
    b->rows = NULL;
    b->row = b->column = b->top = b->left = b->count = b->n_keys = 0;
    b->where[0] = '\0';
    b->generation++;
    for (size_t i = 0; i < t->n_columns; i++)
        shown[i].column = i;
    return true;
}

bool browse_open(struct browse *b, struct bl_session *s, struct bl_table *t, struct bl_pool *pool, struct bl_error *err)
{
    memset(b, 0, sizeof *b);
    b->session = s;
    b->pool = pool;
    b->panel = -1;
    b->page = 1;
    b->wake[0] = b->wake[1] = -1;
    if (pipe2(b->wake, O_NONBLOCK | O_CLOEXEC) != 0)
        b->wake[0] = b->wake[1] = -1; /* then it is asked ten times a second */
    return browse_take(b, t, err);
}

void browse_close(struct browse *b)
{
    job_end(&b->job);
    job_end(&b->figures_job);
    columns_free(b);
    rows_drop(b->rows);
    bl_table_free(b->table);
    bl_free(b->seen);
    for (int i = 0; i < 2; i++)
        if (b->wake[i] >= 0)
            close(b->wake[i]);
    memset(b, 0, sizeof *b);
}

/* ---- where things are ---------------------------------------------------------------------------------*/

size_t browse_rows(const struct browse *b) { return b->rows ? b->rows->n : b->table->n_rows; }

size_t browse_row(const struct browse *b, size_t place) { return b->rows ? b->rows->at[place] : place; }

struct shown *browse_column(const struct browse *b) { return b->table->n_columns ? &b->shown[b->column] : NULL; }

size_t browse_step(const struct browse *b, size_t place, int by)
{
    for (size_t i = place; by < 0 ? i-- > 0 : ++i < b->table->n_columns;)
        if (!b->shown[i].hidden)
            return i;
    return place;
}

/* ---- the view as a command --------------------------------------------------------------------------------*/

static bool plain_word(const char *text)
{
    return text[0] && text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-,")] == '\0';
}

static void quoted(struct bl_text *out, const char *text)
{
    if (plain_word(text)) {
        bl_text_add(out, text);
        return;
    }
    bl_text_add(out, strchr(text, '\'') ? "\"" : "'");
    bl_text_add(out, text);
    bl_text_add(out, strchr(text, '\'') ? "\"" : "'");
}

void browse_command(const struct browse *b, bool place, struct bl_text *out)
{
    struct bl_text keys = { 0 };

    bl_text_add(out, "browse");
    if (place && b->table->n_columns) {
        bl_text_add(out, " ");
        quoted(out, b->table->columns[b->shown[b->column].column].name);
    }
    if (place && browse_rows(b))
        bl_text_addf(out, " row=%zu", browse_row(b, b->row) + 1);
    for (size_t i = 0; i < b->n_keys; i++)
        bl_text_addf(&keys, "%s%s%s", i ? "," : "", b->keys[i].descending ? "-" : "", b->table->columns[b->keys[i].column].name);
    if (b->n_keys) {
        bl_text_add(out, " sort=");
        quoted(out, bl_text_get(&keys));
    }
    if (b->where[0]) {
        bl_text_add(out, " where=");
        quoted(out, b->where);
    }
    bl_text_free(&keys);
}

/* ---- jobs -----------------------------------------------------------------------------------------------------*/

/* What takes no time to speak of is there in the next frame. */
static void wait_a_little(struct browse *b, const struct job *j)
{
    struct timespec pause = { 0, 500000 };

    if (b->patient)
        job_wait(&b->job);
    for (int i = 0; i < 20 && !atomic_load(&j->done); i++)
        nanosleep(&pause, NULL);
}

static bool job_free(struct browse *b, struct ui *ui)
{
    if (!job_under_way(&b->job))
        return true;
    ui_message(ui, BL_ROLE_WARN, "%s is still under way: Esc stops it", b->job.work == WORK_FIND ? "the search" : "the sort");
    return false;
}

static void job_begin(struct browse *b, enum work work)
{
    struct job *j = &b->job;

    memset(j, 0, sizeof *j);
    j->work = work;
    j->wake = b->wake[1];
    j->table = bl_table_hold(b->table);
    j->pool = b->pool;
}

void browse_rows_start(struct browse *b, struct ui *ui, const char *where, const struct bl_sort_key *keys, size_t n_keys)
{
    if (!job_free(b, ui))
        return;
    job_begin(b, WORK_ROWS);
    snprintf(b->job.where, sizeof b->job.where, "%s", where);
    b->job.n_keys = n_keys;
    for (size_t i = 0; i < n_keys; i++)
        b->job.keys[i] = keys[i];
    job_start(&b->job);
    wait_a_little(b, &b->job);
    browse_settle(b, ui);
}

void browse_find_start(struct browse *b, struct ui *ui, bool back, bool inclusive)
{
    struct job *j = &b->job;

    if (!job_free(b, ui) || browse_rows(b) == 0)
        return;
    job_begin(b, WORK_FIND);
    j->rows = rows_hold(b->rows);
    j->columns = bl_calloc(b->table->n_columns, sizeof *j->columns);
    for (size_t i = 0; j->columns && i < b->table->n_columns; i++) {
        if (i == b->column)
            j->column = j->n_columns;
        if (!b->shown[i].hidden)
            j->columns[j->n_columns++] = b->shown[i].column;
    }
    snprintf(j->needle, sizeof j->needle, "%s", b->find);
    j->row = b->row;
    j->back = back;
    j->inclusive = inclusive;
    job_start(j);
    wait_a_little(b, j);
    browse_settle(b, ui);
}

/* ---- what jobs have made ----------------------------------------------------------------------------------------*/

static size_t place_of(const struct browse *b, size_t column)
{
    for (size_t i = 0; i < b->table->n_columns; i++)
        if (b->shown[i].column == column)
            return i;
    return 0;
}

static void rows_settle(struct browse *b, struct ui *ui)
{
    struct job *j = &b->job;
    struct bl_text command = { 0 };

    rows_drop(b->rows);
    b->rows = j->made;
    j->made = NULL;
    b->generation++;
    memcpy(b->where, j->where, sizeof b->where);
    memcpy(b->keys, j->keys, sizeof b->keys);
    b->n_keys = j->n_keys;
    if (b->row >= browse_rows(b))
        b->row = browse_rows(b) ? browse_rows(b) - 1 : 0;
    browse_command(b, false, &command);
    if (b->where[0])
        ui_message(ui, BL_ROLE_TEXT, ":%s  %zu of %zu rows", bl_text_get(&command), browse_rows(b), b->table->n_rows);
    else
        ui_message(ui, BL_ROLE_TEXT, ":%s", bl_text_get(&command));
    bl_text_free(&command);
}

static void find_settle(struct browse *b, struct ui *ui)
{
    struct job *j = &b->job;

    if (!j->found) {
        ui_message(ui, BL_ROLE_WARN, "/%s: not found", j->needle);
        return;
    }
    b->row = j->row;
    b->column = place_of(b, j->columns[j->column]);
    ui_message(ui, BL_ROLE_TEXT, "/%s  row %zu, %s%s", j->needle, browse_row(b, b->row) + 1,
               b->table->columns[j->columns[j->column]].name, j->round ? "; it went around the end" : "");
}

static void job_settle(struct browse *b, struct ui *ui)
{
    struct job *j = &b->job;

    if (!j->ok && j->err.code == BL_STOPPED)
        ui_message(ui, BL_ROLE_WARN, "%s", j->err.message);
    else if (!j->ok)
        ui_message(ui, BL_ROLE_BAD, "%s%s%s", j->err.message[0] ? j->err.message : "not enough memory", j->err.hint[0] ? "  hint: " : "", j->err.hint);
    else if (j->work == WORK_ROWS)
        rows_settle(b, ui);
    else
        find_settle(b, ui);
    job_end(j);
}

static bool figures_settle(struct browse *b)
{
    struct job *j = &b->figures_job;

    if (!job_collect(j))
        return false;
    if (j->ok && j->generation == b->generation) {
        figures_free(b->figures[j->of]);
        b->figures[j->of] = j->figures;
        j->figures = NULL;
    }
    job_end(j);
    return true;
}

bool browse_settle(struct browse *b, struct ui *ui)
{
    char bytes[64];
    bool changed = figures_settle(b);

    while (b->wake[0] >= 0 && read(b->wake[0], bytes, sizeof bytes) > 0)
        ;
    if (job_collect(&b->job)) {
        job_settle(b, ui);
        changed = true;
    }
    return changed;
}

bool browse_busy(const struct browse *b) { return job_under_way(&b->job); }

/* ---- what browse is asked for -----------------------------------------------------------------------*/

static bool rows_ask(struct browse *b, const struct bl_browse_request *q, struct bl_error *err)
{
    struct job *j = &b->job;
    bool ok;

    if (!q->where && q->n_keys == 0)
        return true;
    job_begin(b, WORK_ROWS);
    snprintf(j->where, sizeof j->where, "%s", q->where ? q->where : "");
    memcpy(j->keys, q->keys, sizeof j->keys);
    j->n_keys = q->n_keys;
    work_rows(j);
    ok = j->ok;
    if (ok) {
        rows_drop(b->rows);
        b->rows = j->made, j->made = NULL;
        b->generation++;
        memcpy(b->where, j->where, sizeof b->where);
        memcpy(b->keys, j->keys, sizeof b->keys);
        b->n_keys = j->n_keys;
    } else if (err) {
        *err = j->err;
    }
    job_end(j);
    return ok;
}

bool browse_ask(struct browse *b, const struct bl_browse_request *q, struct bl_error *err)
{
    if (!rows_ask(b, q, err))
        return false;
    if (q->column != SIZE_MAX)
        b->column = q->column;
    for (size_t i = 0; q->row && i < browse_rows(b); i++)
        if (browse_row(b, i) == q->row - 1)
            b->row = i;
    return true;
}

/* ---- figures of the column under the cursor -----------------------------------------------------------------------*/

/* Those of rows that are no longer shown go. */
static void figures_renew(struct browse *b)
{
    if (b->figures_of == b->generation)
        return;
    for (size_t i = 0; i < b->table->n_columns; i++) {
        figures_free(b->figures[i]);
        b->figures[i] = NULL;
    }
    b->figures_of = b->generation;
}

const struct figures *browse_figures(struct browse *b)
{
    struct job *j = &b->figures_job;
    size_t column = b->table->n_columns ? b->shown[b->column].column : 0;

    if (!b->table->n_columns || browse_rows(b) == 0)
        return NULL;
    figures_renew(b);
    if (b->figures[column] || job_under_way(j))
        return b->figures[column];
    memset(j, 0, sizeof *j);
    j->work = WORK_FIGURES;
    j->wake = b->wake[1];
    j->table = bl_table_hold(b->table);
    j->rows = b->where[0] ? rows_hold(b->rows) : NULL; /* an order changes no figure */
    j->of = column;
    j->generation = b->generation;
    job_start(j);
    if (b->patient)
        job_wait(j);
    figures_settle(b);
    return b->figures[column];
}
