/* The table on the whole screen: what is shown of it, and what works for it in the background. A screen is a
 * function of (table, this state, size): nothing here but its door knows a terminal. */
#ifndef BATCHLAB_DASHBOARD_BROWSE_H
#define BATCHLAB_DASHBOARD_BROWSE_H

#include <pthread.h>
#include <stdatomic.h>

#include "batchlab/stats.h"
#include "ui.h"

enum { TOP_MAX = 40, TEXT_WIDE = 32, NAME_WIDE = 20, DECIMALS = 6 };

struct rows { /* which rows are shown in which order; counted, never changed once it is shown */
    atomic_size_t owners;
    size_t n;
    uint32_t *at;
};
struct rows *rows_hold(struct rows *r);
void rows_drop(struct rows *r);

struct shown { /* one column as it is shown */
    size_t column;            /* in the table */
    bool measured, full, frozen, hidden;
    bool exponent;            /* numbers too small or too large for plain decimals */
    int width;                /* measured */
    int given;                /* chosen with < and >; 0: as measured */
    int whole, fraction;      /* numbers: columns before and behind the decimal point seen so far */
};



/* ---- work in the background: one thread each, asked now and then whether it is done ------------------*/
enum work { WORK_NONE, WORK_ROWS /* filter and sort */, WORK_FIND, WORK_FIGURES };

struct figures { /* of one column over the rows that are shown */
    struct bl_summary s;
    double *edges;
    size_t *counts, bins;
    struct { uint32_t code; size_t count; } top[TOP_MAX];
    size_t n_top;
    bool years;               /* the histogram of a date counts years */
};

struct job {
    enum work work;
    pthread_t thread;
    bool joinable;
    atomic_bool done;
    int wake;                 /* written to at the end; -1: nobody polls */
    struct bl_progress progress;
    struct bl_error err;
    bool ok;
    struct bl_table *table;
    struct rows *rows;        /* looked at */
    struct bl_pool *pool;
    /* WORK_ROWS */
    char where[LINE_BYTES];
    struct bl_sort_key keys[BL_SORT_KEYS];
    size_t n_keys;
    struct rows *made;        /* NULL: all of them as they stand */
    /* WORK_FIND */
    char needle[256];
    size_t *columns, n_columns, row, column;
    bool back, inclusive, found, round; /* round: it went around the end */
    /* WORK_FIGURES */
    size_t of;
    struct figures *figures;
    uint64_t generation;
};
/* Starts what is described; where no thread can be made it is done at once. */
void job_start(struct job *j);
bool job_under_way(const struct job *j);
/* True once when it has ended; what it made is the caller's then. */
bool job_collect(struct job *j);
void job_stop(struct job *j);   /* asks; job_collect tells when it obeyed */
void job_wait(struct job *j);   /* until it has ended */
void job_end(struct job *j);    /* stops, waits and frees what it made */
void figures_free(struct figures *f);

void work_rows(struct job *j);
void work_find(struct job *j);
void work_figures(struct job *j);

/* ---- state ---------------------------------------------------------------------------------------------*/
struct browse {
    struct bl_session *session;
    struct bl_table *table;   /* held */
    struct bl_pool *pool;
    struct rows *rows;        /* NULL: all, as they stand in the file */
    struct shown *shown;      /* all columns: frozen ones first, then as in the file; n_columns of them */
    size_t row, column;       /* cursor: place in rows, place in shown */
    size_t top, left;         /* first row, first column that is not frozen, in sight */
    int page;                 /* rows in sight */
    size_t count;             /* digits typed */
    int panel;                /* figures beside the table: -1 by size, 0 off, 1 on */
    bool panel_drawn;
    struct bl_sort_key keys[BL_SORT_KEYS]; /* the first decides */
    size_t n_keys;
    char where[LINE_BYTES];
    char find[256];
    char note[64];            /* one line that belongs to the rows: "84 of 506 rows" */
    struct job job, figures_job;
    struct figures **figures; /* by column of the table; NULL: not there yet */
    uint64_t generation, figures_of; /* of the rows; which generation the figures belong to */
    int wake[2];              /* a pipe: jobs end */
    bool patient;             /* tests: jobs are waited for */
    struct bl_rect body;      /* where the rows stand, for the mouse */
    int gutter;
    struct seen_column { size_t place; int x, width; } *seen; /* columns in sight, from the left */
    size_t n_seen, seen_room;
};
bool browse_open(struct browse *b, struct bl_session *s, struct bl_table *t, struct bl_pool *pool, struct bl_error *err);
void browse_close(struct browse *b);
/* Another table in its place where the current one is another: cursor and columns begin anew. */
bool browse_take(struct browse *b, struct bl_table *t, struct bl_error *err);
/* What `browse` is told: a place and the order and choice of rows. */
bool browse_ask(struct browse *b, const struct bl_browse_request *q, struct bl_error *err);

size_t browse_rows(const struct browse *b);
size_t browse_row(const struct browse *b, size_t place);  /* in the table */
struct shown *browse_column(const struct browse *b);       /* under the cursor */
/* The next or previous column that is not hidden; the same one at the end. */
size_t browse_step(const struct browse *b, size_t place, int by);
/* The command that shows what is shown: "browse price row=12 sort=-price where='age > 30'". */
void browse_command(const struct browse *b, bool place, struct bl_text *out);
/* Rows anew from where and keys, in the background. */
void browse_rows_start(struct browse *b, struct ui *ui, const char *where, const struct bl_sort_key *keys, size_t n_keys);
void browse_find_start(struct browse *b, struct ui *ui, bool back, bool inclusive);
/* Takes what jobs have made; true when something is to be drawn. */
bool browse_settle(struct browse *b, struct ui *ui);
bool browse_busy(const struct browse *b);
/* Figures of the column under the cursor, NULL while they are being computed (which this starts). */
const struct figures *browse_figures(struct browse *b);

/* ---- cells and columns ------------------------------------------------------------------------------------*/
enum { CELL_BYTES = 4096 };
/* A cell as it stands in its column, at most `width` columns: numbers with `pad` blanks behind them, so that
 * points are in line. */
struct cell { char text[CELL_BYTES]; int pad; bool right, missing; };
void cell_make(const struct browse *b, const struct shown *c, size_t row, int width, struct cell *out);
void column_measure(const struct browse *b, struct shown *c);               /* from a sample */
void column_see(const struct browse *b, struct shown *c, size_t from, size_t to); /* grows with what is in sight */
int column_width(const struct browse *b, struct shown *c);
const char *column_kind(const struct bl_column *c, char *buffer, size_t size);
/* The exact value, cleaned and cut to the buffer. */
const char *cell_exact(const struct browse *b, size_t row, size_t column, char *buffer, size_t size);
/* A day or moment as text. */
const char *date_text(const struct bl_column *c, double seconds, char *buffer, size_t size);

/* ---- screen and keys ------------------------------------------------------------------------------------------*/
void browse_compose(struct bl_canvas *c, struct browse *b, struct ui *ui, int *cursor_x, int *cursor_y);
void panel_figures_draw(struct bl_canvas *c, struct bl_rect r, struct browse *b);
/* Figures in one line, whole pieces. */
void figures_line(struct browse *b, int width, char *out, size_t size);
extern const struct key_row browse_keys[];
void browse_key(struct browse *b, struct ui *ui, int key, struct bl_text *command);
void browse_mouse(struct browse *b, struct ui *ui, struct ui_mouse m, struct bl_text *command);

#endif
