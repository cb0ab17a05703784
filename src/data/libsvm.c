/* LIBSVM and SVMlight: "label [qid:N] index:value ... [# comment]" a line, indices ascending; pairs that
 * are left out are 0. The columns are f1 ... fN (f0 first where an index is 0), then qid where lines
 * have one, then label, which is the target. The file is read twice: first for its size, then for its
 * values. Where there are many columns and most cells are 0, or where sparse=yes asks for it, f1 ... fN
 * stay compressed rows beside the columns; otherwise the table is priced as a dense one. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "builder.h"
#include "formats.h"
#include "lines.h"

#define INDEX_MAX 2147483647

struct libsvm {
    struct bl_lines lines;
    struct bl_builder builder;
    int64_t first, last;   /* smallest and largest index */
    size_t rows, cells;    /* cells: those that are not 0 */
    struct bl_sparse *sparse; /* NULL: a dense table */
    bool qid, store;       /* store: the second time */
};

BL_PRINTF(5, 6)
static bool fail(const struct libsvm *x, const char *at, const char *hint, struct bl_error *err, const char *format, ...)
{
    struct bl_text text = { 0 };
    va_list args;

    va_start(args, format);
    bl_text_addv(&text, format, args);
    va_end(args);
    bl_fail_at(err, BL_DATA, x->lines.source->label, x->lines.line, (size_t)(at - x->lines.text) + 1, "%s", bl_text_get(&text));
    bl_text_free(&text);
    return bl_hint(err, "%s", hint);
}

static size_t word_length(const char *at)
{
    return strcspn(at, " \t#");
}

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t");
}

static int shown(size_t n)
{
    return n < 60 ? (int)n : 60;
}

static bool read_label(struct libsvm *x, const char **at, struct bl_error *err)
{
    size_t n = word_length(*at);
    double label;

    if (!bl_number_parse(*at, n, &label))
        return fail(x, *at, "a line is: label index:value ...; the label is one number", err, "'%.*s' is not a label", shown(n), *at);
    x->builder.column = (size_t)(*at - x->lines.text) + 1;
    *at += n;
    return !x->store || bl_builder_number(&x->builder, x->builder.n_columns - 1, label, err);
}

static bool read_query(struct libsvm *x, const char *at, size_t n, struct bl_error *err)
{
    int64_t qid;

    if (!bl_integer_parse(at + 4, n - 4, &qid) || isspace((unsigned char)at[4]))
        return fail(x, at, "qid:12 is the number of a query", err, "'%.*s' is not a query", shown(n), at);
    x->qid = true;
    return !x->store || bl_builder_number(&x->builder, x->builder.n_columns - 2, (double)qid, err);
}

static bool store_cell(struct libsvm *x, const char *at, int64_t index, double value, struct bl_error *err)
{
    size_t *end = &x->sparse->start[x->rows + 1];

    if (isnan(value))
        return fail(x, at, "write a number, or load it with sparse=no", err, "a missing value has no place among sparse columns");
    if (value == 0)
        return true;
    if (*end >= x->cells || x->rows >= x->sparse->n_rows)
        return bl_source_fail_changed(x->lines.source, err);
    x->sparse->column[*end] = (uint32_t)(index - x->first);
    x->sparse->value[(*end)++] = value;
    return true;
}

static bool begin_row(struct libsvm *x, struct bl_error *err)
{
    if (x->sparse && x->rows >= x->sparse->n_rows)
        return bl_source_fail_changed(x->lines.source, err);
    if (x->sparse)
        x->sparse->start[x->rows + 1] = x->sparse->start[x->rows];
    return bl_builder_begin(&x->builder, err);
}

static bool read_pair(struct libsvm *x, const char *at, size_t n, int64_t *before, struct bl_error *err)
{
    const char *colon = memchr(at, ':', n);
    int64_t index = -1;
    double value;

    if (!colon || colon == at)
        return fail(x, at, "a line is: label index:value ...", err, "'%.*s' is not index:value", shown(n), at);
    if (!isdigit((unsigned char)*at) || !bl_integer_parse(at, (size_t)(colon - at), &index) || index > INDEX_MAX)
        return fail(x, at, "indices are whole numbers from 0 or 1 to 2147483647", err, "'%.*s' is not an index", shown((size_t)(colon - at)), at);
    if (index <= *before)
        return fail(x, at, "sort the pairs of the line by index and write each once", err, "the index %lld does not come after %lld", (long long)index,
                    (long long)*before);
    *before = index;
    if (!bl_number_parse(colon + 1, n - (size_t)(colon + 1 - at), &value) || colon[1] == ' ')
        return fail(x, colon + 1, "leave the pair out where the value is 0", err, "'%.*s' is not a number", shown(n - (size_t)(colon + 1 - at)), colon + 1);
    if (x->store) {
        if (index < x->first || index > x->last)
            return bl_source_fail_changed(x->lines.source, err);
        if (x->sparse)
            return store_cell(x, colon + 1, index, value, err);
        return bl_builder_number(&x->builder, (size_t)(index - x->first), value, err);
    }
    x->cells += value != 0;
    x->first = index < x->first ? index : x->first;
    x->last = index > x->last ? index : x->last;
    return true;
}

static bool read_pairs(struct libsvm *x, const char *at, struct bl_error *err)
{
    int64_t before = -1;

    for (at = skip_blanks(at); *at && *at != '#'; at = skip_blanks(at)) {
        size_t n = word_length(at);
        bool query = n >= 4 && memcmp(at, "qid:", 4) == 0;

        if (query && before >= 0)
            return fail(x, at, "qid: comes before the pairs", err, "a query stands among the pairs");
        if (!(query ? read_query(x, at, n, err) : read_pair(x, at, n, &before, err)))
            return false;
        at += n;
    }
    return true;
}

static bool read_row(struct libsvm *x, struct bl_error *err)
{
    const char *at = skip_blanks(x->lines.text);

    if (!*at || *at == '#')
        return true;
    x->builder.line = x->lines.line;
    if (x->store && !begin_row(x, err))
        return false;
    if (!read_label(x, &at, err) || !read_pairs(x, at, err))
        return false;
    if (x->store)
        bl_builder_end(&x->builder);
    x->rows++;
    return true;
}

static bool read_lines(struct libsvm *x, const struct bl_source *s, const struct bl_load_options *o, struct bl_error *err)
{
    enum bl_lines_step step = BL_LINES_FAILED;

    if (bl_lines_open(&x->lines, s, o->progress, err))
        while ((step = bl_lines_next(&x->lines, err)) == BL_LINE)
            if (!read_row(x, err)) {
                step = BL_LINES_FAILED;
                break;
            }
    bl_lines_close(&x->lines);
    return step == BL_LINES_END;
}

static bool fail_price(const struct libsvm *x, const char *label, double columns, struct bl_error *err)
{
    char needed[32], allowed[32];

    bl_fail(err, BL_LIMIT, "%s is too large as a dense table: %zu rows x %.0f columns need %s", label, x->rows, columns,
            bl_bytes_format(needed, sizeof needed, (double)x->rows * columns * sizeof(double)));
    bl_reason(err, "%s may be used, and %d columns", bl_bytes_format(allowed, sizeof allowed, (double)bl_memory_limit()),
              BL_CSV_COLUMNS_MAX);
    return bl_hint(err, "sparse=yes keeps what is not 0 alone");
}

static bool add_columns(struct libsvm *x, struct bl_error *err)
{
    char name[32];

    for (int64_t index = x->first; !x->sparse && index <= x->last; index++) {
        snprintf(name, sizeof name, "f%lld", (long long)index);
        if (!bl_builder_add_typed(&x->builder, name, strlen(name), BL_NUMERIC, err))
            return false;
        x->builder.columns[x->builder.n_columns - 1].fill = 0;
    }
    if (x->qid && !bl_builder_add_typed(&x->builder, "qid", 3, BL_NUMERIC, err))
        return false;
    return bl_builder_add_typed(&x->builder, "label", 5, BL_NUMERIC, err);
}

static bool stays_sparse(const struct libsvm *x, enum bl_sparsity asked, double columns)
{
    if (asked == BL_SPARSE_AUTO)
        return x->last >= x->first && bl_sparse_worth(columns, (double)x->rows, (double)x->cells);
    return asked == BL_SPARSE_YES && x->last >= x->first;
}

static bool read_both(struct libsvm *x, const struct bl_source *s, const struct bl_load_options *o, struct bl_error *err)
{
    double columns;
    size_t rows;

    if (!read_lines(x, s, o, err))
        return false;
    x->first = x->first < 1 ? x->first : 1;
    columns = (double)(x->last - x->first + 1) + x->qid + 1;
    if (stays_sparse(x, o->sparse, columns)) {
        x->sparse = bl_sparse_create(x->rows, (size_t)(x->last - x->first + 1), x->cells, err);
        if (!x->sparse)
            return false;
    } else if (columns > BL_CSV_COLUMNS_MAX || (double)x->rows * columns * sizeof(double) > (double)bl_memory_limit())
        return fail_price(x, s->label, columns, err);
    rows = x->rows;
    x->rows = 0;
    x->store = true;
    return add_columns(x, err) && bl_builder_reserve(&x->builder, rows, err) && read_lines(x, s, o, err);
}

static struct bl_table *read_libsvm(const struct bl_source *s, const struct bl_load_options *o, struct bl_error *err)
{
    struct libsvm x = { .first = INDEX_MAX, .last = 0 };
    struct bl_table *t = NULL;

    if (bl_builder_open(&x.builder, s, o, err) && read_both(&x, s, o, err))
        t = bl_builder_finish(&x.builder, err);
    if (t && x.sparse) {
        t->sparse = x.sparse;
        t->sparse_first = x.first;
        x.sparse = NULL;
    }
    bl_sparse_free(x.sparse);
    if (t && !(t->own_target = bl_strdup("label"))) {
        bl_table_free(t);
        t = NULL;
        bl_fail_memory(err, s->label);
    }
    bl_builder_close(&x.builder);
    return t;
}

/* The first line that is no comment: a number, then digits and a colon. */
static int sniff_libsvm(const char *head, size_t n, const char *path)
{
    const char *at = head, *end = head + n;
    double label;

    while (at < end && (*at == '#' || *at == '\n')) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));

        at = newline ? newline + 1 : end;
    }
    size_t line = at < end && memchr(at, '\n', (size_t)(end - at)) ? (size_t)((const char *)memchr(at, '\n', (size_t)(end - at)) - at) : (size_t)(end - at);
    const char *space = memchr(at, ' ', line), *colon = memchr(at, ':', line);
    int named = bl_path_ends(path, "libsvm") || bl_path_ends(path, "svm") || bl_path_ends(path, "svmlight") ? 70 : 0;

    if (!space || !colon || space > colon || memchr(at, ',', line) || !bl_number_parse(at, (size_t)(space - at), &label))
        return named;
    if (colon - space == 4 && memcmp(space, " qid", 4) == 0)
        return 90;
    for (const char *p = space + 1; p < colon; p++)
        if (!isdigit((unsigned char)*p))
            return named;
    return space + 1 < colon ? 90 : named;
}

static const char *const libsvm_extensions[] = { "libsvm", "svm", "svmlight", NULL };
const struct bl_reader_type bl_libsvm_reader = {
    .name = "libsvm",
    .summary = "label index:value ... (LIBSVM, SVMlight), sparse",
    .extensions = libsvm_extensions,
    .sparse = true,
    .sniff = sniff_libsvm,
    .read = read_libsvm,
};
