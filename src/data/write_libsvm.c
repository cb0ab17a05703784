/* LIBSVM: the target as label, the other columns as pairs index:value, zeros left out (but not -0, and
 * not the last column of the first row, which keeps the number of columns). */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "write.h"

static bool check(const struct bl_table *t, struct bl_error *err)
{
    if (!bl_write_needs_numbers(t, "a LIBSVM file", err))
        return false;
    for (size_t j = 0; j < t->n_columns; j++)
        if (t->columns[j].missing) {
            bl_fail(err, BL_VALUE, "column '%s' has %zu missing value%s, which a LIBSVM file cannot hold", t->columns[j].name,
                    t->columns[j].missing, t->columns[j].missing == 1 ? "" : "s");
            return bl_hint(err, "export csv FILE keeps them");
        }
    return true;
}

static void add_number(struct bl_out *out, double x)
{
    char buffer[48];

    if (x == 0 && signbit(x))
        snprintf(buffer, sizeof buffer, "-0");
    else
        bl_number_exact(buffer, sizeof buffer, x);
    bl_out_add(out, buffer, strlen(buffer));
}

/* Of a sparse table: qid where it has one, and the cells under the indices they came with. */
static void add_cells(const struct bl_table *t, size_t row, struct bl_out *out)
{
    const struct bl_sparse *s = t->sparse;
    const size_t qid = bl_table_find(t, "qid");
    char buffer[32];

    if (qid != SIZE_MAX) {
        bl_out_add(out, " qid:", 5);
        add_number(out, t->columns[qid].number[row]);
    }
    for (size_t i = s->start[row]; i < s->start[row + 1]; i++) {
        snprintf(buffer, sizeof buffer, " %lld:", (long long)(t->sparse_first + s->column[i]));
        bl_out_add(out, buffer, strlen(buffer));
        add_number(out, s->value[i]);
    }
    if (row == 0 && (s->start[1] == 0 || s->column[s->start[1] - 1] + 1 < s->n_columns)) { /* keeps the number of columns */
        snprintf(buffer, sizeof buffer, " %lld:0", (long long)(t->sparse_first + (long long)s->n_columns - 1));
        bl_out_add(out, buffer, strlen(buffer));
    }
    bl_out_add(out, "\n", 1);
}

static void add_row(const struct bl_table *t, size_t row, size_t target, struct bl_out *out)
{
    const size_t features = t->n_columns - 1;
    size_t index = 0;
    char buffer[32];

    add_number(out, t->columns[target].number[row]);
    if (t->sparse) {
        add_cells(t, row, out);
        return;
    }
    for (size_t j = 0; j < t->n_columns; j++) {
        const double x = t->columns[j].number[row];

        if (j == target)
            continue;
        index++;
        if (x == 0 && !signbit(x) && !(row == 0 && index == features))
            continue;
        snprintf(buffer, sizeof buffer, " %zu:", index);
        bl_out_add(out, buffer, strlen(buffer));
        add_number(out, x);
    }
    bl_out_add(out, "\n", 1);
}

static bool write_libsvm(const struct bl_table *t, const struct bl_write_options *o, struct bl_out *out, struct bl_error *err)
{
    size_t target = o->target < t->n_columns ? o->target : t->n_columns - 1;

    if (!check(t, err))
        return false;
    for (size_t i = 0; i < t->n_rows; i++) {
        add_row(t, i, target, out);
        if (!bl_out_flush(out, false, err))
            return false;
    }
    return true;
}

const struct bl_writer_type bl_libsvm_writer = { "libsvm", "label index:value ..., numbers only", write_libsvm };
