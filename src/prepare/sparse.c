/* Sparse columns on their way from the table to the matrix. They stay sparse: steps that keep zeros work on
 * all of them together, and what would fill them up is refused with its price. */
#include "src/prepare/step.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *bl_fit_sparse_name(struct bl_fit *f, int64_t index)
{
    char name[32];
    const int length = snprintf(name, sizeof name, "f%lld", (long long)index);

    return bl_arena_text(f->texts, name, (size_t)length);
}

bool bl_fit_name_sparse(struct bl_fit *f, size_t n, int64_t first, struct bl_error *err)
{
    struct bl_fit_sparse *to = &f->sparse;

    if (!(to->names = bl_calloc(n + 1, sizeof *to->names)))
        return bl_fail_memory(err, "the names of features");
    for (size_t j = 0; j < n; j++)
        if (!(to->names[j] = bl_fit_sparse_name(f, first + (int64_t)j)))
            return bl_fail_memory(err, "the names of features");
    to->n = to->of = n;
    to->first = first;
    return true;
}

bool bl_fit_take_sparse(struct bl_fit *f, const struct bl_table *t, struct bl_error *err)
{
    return bl_fit_name_sparse(f, t->sparse->n_columns, t->sparse_first, err);
}

size_t bl_fit_sparse_at(const struct bl_fit_sparse *s, int64_t column)
{
    if (column < 0 || (uint64_t)column >= s->of)
        return SIZE_MAX;
    if (!s->place)
        return (size_t)column;
    return s->place[column] ? s->place[column] - 1 : SIZE_MAX;
}

bool bl_fit_sparse_keep(struct bl_fit *f, const bool *keep, struct bl_error *err)
{
    struct bl_fit_sparse *s = &f->sparse;
    uint32_t *place = bl_calloc(s->of + 1, sizeof *place);
    size_t kept = 0;

    if (!place)
        return bl_fail_memory(err, "the sparse columns");
    for (size_t c = 0; c < s->of; c++) {
        const size_t j = bl_fit_sparse_at(s, (int64_t)c);

        if (j == SIZE_MAX || !keep[j])
            continue;
        s->names[kept] = s->names[j];
        if (s->scale)
            s->scale[kept] = s->scale[j];
        place[c] = (uint32_t)++kept;
    }
    bl_free(s->place);
    s->place = place;
    s->n = kept;
    return true;
}

/* ---- fitting ------------------------------------------------------------------------------------------*/
static bool fail_dense(const struct bl_fitter *f, struct bl_error *err)
{
    char price[32];
    double cells = (double)f->table->n_rows * (double)f->fit->sparse.n;

    bl_fail(err, BL_VALUE, "prep %s would fill up the %zu sparse columns of %s, which takes %s", f->step->type->name, f->fit->sparse.n,
            f->table->name, bl_bytes_format(price, sizeof price, cells * sizeof(double)));
    bl_reason(err, "0 does not stay 0");
    return bl_hint(err, "prep maxabs scales and keeps every 0; or load %s sparse=no", f->table->path ? bl_typed(f->table->path).text : "FILE");
}

bool bl_fitter_sparse(struct bl_fitter *f, struct bl_error *err)
{
    const struct bl_step_type *type = f->step->type;
    struct bl_step_fit *told = &f->fit->steps[f->step_at];
    char name[64];

    if (!f->fit->sparse.n || f->step->n_columns || type->keeps_zeros || !type->takes(f->step, BL_KIND_NUMBER, false))
        return true;
    if (!type->fit_sparse)
        return fail_dense(f, err);
    bl_table_sparse_name(f->table, name, sizeof name);
    if (!bl_grow((void **)&told->columns, &told->columns_capacity, told->n_columns, sizeof *told->columns, err))
        return false;
    if (!(told->columns[told->n_columns] = bl_arena_text(f->fit->texts, name, strlen(name))))
        return bl_fail_memory(err, "the recipe");
    told->n_columns++;
    return type->fit_sparse(f, err);
}

void bl_turned_free(struct bl_turned *t)
{
    bl_free(t->start);
    bl_free(t->cells);
    *t = (struct bl_turned){0};
}

/* start[j + 2] counts the cells of column j, then start[j + 1] says where the next goes, which in the end is their end. */
static void turn(const struct bl_fitter *f, struct bl_turned *to)
{
    const struct bl_fit_sparse *columns = &f->fit->sparse;
    const struct bl_sparse *s = f->table->sparse;

    for (size_t i = 0; i < f->n_rows; i++)
        for (size_t at = s->start[f->rows[i]]; at < s->start[f->rows[i] + 1]; at++) {
            const size_t j = bl_fit_sparse_at(columns, s->column[at]);

            if (j == SIZE_MAX)
                continue;
            if (to->cells)
                to->cells[to->start[j + 1]++] = (struct bl_cell){(uint32_t)i, columns->scale ? s->value[at] / columns->scale[j] : s->value[at]};
            else
                to->start[j + 2]++;
        }
}

bool bl_fitter_turn(const struct bl_fitter *f, struct bl_turned *out, struct bl_error *err)
{
    const size_t n = f->fit->sparse.n;

    *out = (struct bl_turned){.start = bl_calloc(n + 2, sizeof *out->start)};
    if (!out->start)
        return bl_fail_memory(err, "the sparse columns");
    turn(f, out);
    for (size_t j = 0; j < n; j++)
        out->start[j + 2] += out->start[j + 1];
    if (!(out->cells = bl_calloc(out->start[n + 1] + 1, sizeof *out->cells))) {
        bl_turned_free(out);
        return bl_fail_memory(err, "the sparse columns");
    }
    turn(f, out);
    return true;
}

/* ---- applying: the features of the frame first, then the sparse ones -----------------------------------------*/
struct sources { /* where feature j of the sparse ones is found: cells of a table, or columns of a dense one */
    const struct bl_fit *fit;
    const struct bl_table *table;
    const double **columns; /* of a dense table, by feature; NULL: not there, which is 0 */
};

static bool find_columns(struct sources *s, struct bl_error *err)
{
    if (s->table->sparse)
        return true;
    if (!(s->columns = bl_calloc(s->fit->sparse.of + 1, sizeof *s->columns)))
        return bl_fail_memory(err, "the sparse columns");
    for (size_t c = 0; c < s->table->n_columns; c++) {
        const struct bl_column *column = &s->table->columns[c];
        int64_t index;
        if (column->type == BL_NUMERIC && *column->name == 'f' && bl_integer_parse(column->name + 1, strlen(column->name + 1), &index) &&
            index >= s->fit->sparse.first && (uint64_t)(index - s->fit->sparse.first) < s->fit->sparse.of)
            s->columns[index - s->fit->sparse.first] = column->number;
    }
    return true;
}

/* The cells of a row; to NULL: their number alone. */
static size_t row_cells(const struct sources *s, size_t row, uint32_t *to, double *value)
{
    const struct bl_sparse *from = s->table->sparse;
    const struct bl_fit_sparse *f = &s->fit->sparse;
    size_t n = 0;

    for (size_t at = from ? from->start[row] : 0, end = from ? from->start[row + 1] : f->of; at < end; at++) {
        size_t j = bl_fit_sparse_at(f, from ? (int64_t)from->column[at] + s->table->sparse_first - f->first : (int64_t)at);
        double x = from ? from->value[at] : s->columns[at] ? s->columns[at][row] : 0;
        if (x == 0 || j == SIZE_MAX) /* a column that the training rows did not have says nothing */
            continue;
        if (to) {
            to[n] = (uint32_t)(j + s->fit->n_columns);
            value[n] = f->scale ? x / f->scale[j] : x;
        }
        n++;
    }
    return n;
}

static size_t frame_cells(const struct bl_matrix *frame, size_t row, uint32_t *to, double *value)
{
    const struct bl_sparse *s = frame->sparse;
    size_t n = 0;

    for (size_t at = s ? s->start[row] : 0, end = s ? s->start[row + 1] : frame->n_features; at < end; at++) {
        size_t j = s ? s->column[at] : at;
        double x = s ? s->value[at] : frame->x[row * frame->n_features + j];
        if (x == 0)
            continue;
        if (to) {
            to[n] = (uint32_t)j;
            value[n] = x;
        }
        n++;
    }
    return n;
}

static struct bl_sparse *join_rows(const struct sources *s, const struct bl_matrix *frame, struct bl_error *err)
{
    size_t cells = 0;
    struct bl_sparse *to;

    for (size_t i = 0; i < frame->n_rows; i++)
        cells += frame_cells(frame, i, NULL, NULL) + row_cells(s, frame->row[i], NULL, NULL);
    if (!(to = bl_sparse_create(frame->n_rows, s->fit->n_columns + s->fit->sparse.n, cells, err)))
        return NULL;
    for (size_t i = 0, at = 0; i < frame->n_rows; i++) {
        at += frame_cells(frame, i, to->column + at, to->value + at);
        at += row_cells(s, frame->row[i], to->column + at, to->value + at);
        to->start[i + 1] = at;
    }
    return to;
}

/* Takes `frame` over: its target and row numbers become those of the result. */
struct bl_matrix *bl_fit_apply_sparse(const struct bl_fit *f, const struct bl_table *t, struct bl_matrix *frame, struct bl_error *err)
{
    struct sources s = {.fit = f, .table = t};
    struct bl_sparse *rows = find_columns(&s, err) ? join_rows(&s, frame, err) : NULL;
    struct bl_matrix *m = rows ? bl_matrix_create_sparse(rows, false, err) : NULL;

    bl_free(s.columns);
    if (m) {
        bl_free(m->row);
        m->y = frame->y;
        m->row = frame->row;
        frame->y = NULL;
        frame->row = NULL;
    }
    bl_matrix_free(frame);
    return m;
}
