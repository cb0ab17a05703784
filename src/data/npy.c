/* NumPy arrays: .npy (format versions 1 to 3) with one or two dimensions of numbers in either byte
 * order, by rows or by columns; .npz, archives of them. The columns of an array alone are c1 ... cN; in
 * an archive an array of one dimension is a column with its own name, the columns of one of two are
 * NAME1 ... NAMEN, and all arrays with as many rows stand side by side. Whole numbers beyond 2^53 that
 * a double cannot hold are rounded, and told. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "csv.h"
#include "formats.h"
#include "numbers.h"
#include "zip.h"

#define HEADER_MAX ((size_t)1 << 16)

static const char magic[] = "\x93NUMPY";

struct header { struct bl_array array; unsigned dimensions; };

/* ---- the header: a dictionary as Python writes it ----------------------------------------------------------*/

struct scan { const struct bl_source *source; const char *text, *at; const char *member; };

static bool fail_header(const struct scan *p, const char *what, struct bl_error *err)
{
    bl_fail_at(err, BL_DATA, p->source->label, 0, 0, "%s%s%s: the header is no NumPy header: %s at byte %zu", p->source->label, p->member ? ": " : "",
               p->member ? p->member : "", what, (size_t)(p->at - p->text) + 1);
    return bl_hint(err, "save it again: numpy.save(file, array)");
}

static bool take(struct scan *p, char c)
{
    p->at += strspn(p->at, " \n");
    if (*p->at != c)
        return false;
    p->at++;
    return true;
}

static bool take_text(struct scan *p, char *out, size_t size)
{
    const char *end;
    char quote;

    p->at += strspn(p->at, " \n");
    quote = *p->at;
    if (quote != '\'' && quote != '"')
        return false;
    end = strchr(p->at + 1, quote);
    if (!end || (size_t)(end - p->at) > size)
        return false;
    memcpy(out, p->at + 1, (size_t)(end - p->at) - 1);
    out[end - p->at - 1] = '\0';
    p->at = end + 1;
    return true;
}

static bool fail_type(const struct scan *p, const char *type, struct bl_error *err)
{
    bl_fail_at(err, BL_DATA, p->source->label, 0, 0, "%s%s%s holds elements of type %s, which are not plain numbers", p->source->label,
               p->member ? ": " : "", p->member ? p->member : "", type);
    return bl_hint(err, "save numbers: array.astype(float); or write a table: pandas.DataFrame(array).to_csv(...)");
}

/* '<f8', '>i4', '|b1' */
static bool take_type(struct scan *p, struct bl_element *e, struct bl_error *err)
{
    char text[32];

    p->at += strspn(p->at, " \n");
    if (*p->at == '[')
        return fail_type(p, "structured", err);
    if (!take_text(p, text, sizeof text))
        return fail_header(p, "no type", err);
    if (!strchr("<>|=", text[0]) || !text[0] || !strchr("iufb", text[1]) || !text[1] || !isdigit((unsigned char)text[2]) || text[3])
        return fail_type(p, text, err);
    *e = (struct bl_element){ text[1], (unsigned)(text[2] - '0'), text[0] == '>' };
    if (e->kind == 'b' ? e->bytes != 1 : e->kind == 'f' ? e->bytes != 2 && e->bytes != 4 && e->bytes != 8
                                                        : e->bytes != 1 && e->bytes != 2 && e->bytes != 4 && e->bytes != 8)
        return fail_type(p, text, err);
    return true;
}

static bool take_order(struct scan *p, bool *by_column, struct bl_error *err)
{
    p->at += strspn(p->at, " \n");
    *by_column = strncmp(p->at, "True", 4) == 0;
    if (!*by_column && strncmp(p->at, "False", 5) != 0)
        return fail_header(p, "fortran_order is neither True nor False", err);
    p->at += *by_column ? 4 : 5;
    return true;
}

static bool take_size(struct scan *p, uint64_t *size)
{
    p->at += strspn(p->at, " \n");
    if (!isdigit((unsigned char)*p->at))
        return false;
    for (*size = 0; isdigit((unsigned char)*p->at); p->at++)
        if (__builtin_mul_overflow(*size, 10u, size) || __builtin_add_overflow(*size, (uint64_t)(*p->at - '0'), size))
            return false;
    return true;
}

static bool take_shape(struct scan *p, struct header *h, struct bl_error *err)
{
    uint64_t sizes[2] = { 1, 1 };

    if (!take(p, '('))
        return fail_header(p, "no shape", err);
    for (h->dimensions = 0; !take(p, ')'); h->dimensions++) {
        if (h->dimensions == 2) {
            bl_fail_at(err, BL_DATA, p->source->label, 0, 0, "%s%s%s has more than two dimensions", p->source->label, p->member ? ": " : "",
                       p->member ? p->member : "");
            return bl_hint(err, "make each row flat: array.reshape(len(array), -1)");
        }
        if (!take_size(p, &sizes[h->dimensions]) || sizes[h->dimensions] > SIZE_MAX / 2)
            return fail_header(p, "no size", err);
        if (!take(p, ',') && *p->at != ')')
            return fail_header(p, "no comma", err);
    }
    if (h->dimensions == 0) {
        bl_fail_at(err, BL_DATA, p->source->label, 0, 0, "%s%s%s holds a single number", p->source->label, p->member ? ": " : "",
                   p->member ? p->member : "");
        return bl_hint(err, "a table needs rows: array.reshape(1, 1)");
    }
    h->array.rows = (size_t)sizes[0];
    h->array.columns = (size_t)sizes[1];
    return true;
}

static bool read_dictionary(struct scan *p, struct header *h, struct bl_error *err)
{
    bool type = false, order = false, shape = false;
    char key[32];

    if (!take(p, '{'))
        return fail_header(p, "no dictionary", err);
    while (!take(p, '}')) {
        if (!take_text(p, key, sizeof key) || !take(p, ':'))
            return fail_header(p, "no key", err);
        bool fine = false;

        if (strcmp(key, "descr") == 0 && !type)
            fine = type = take_type(p, &h->array.element, err);
        else if (strcmp(key, "fortran_order") == 0 && !order)
            fine = order = take_order(p, &h->array.by_column, err);
        else if (strcmp(key, "shape") == 0 && !shape)
            fine = shape = take_shape(p, h, err);
        else
            fail_header(p, "an unknown key", err);
        if (!fine)
            return false;
        if (!take(p, ',') && *p->at != '}')
            return fail_header(p, "no comma", err);
    }
    return (type && order && shape) || fail_header(p, "a key is missing", err);
}

/* The elements must be all that follows. */
static bool check_extent(const struct scan *p, const struct header *h, struct bl_error *err)
{
    uint64_t count, bytes, left = p->source->size - h->array.at;
    char there[32], wanted[32];

    if (__builtin_mul_overflow((uint64_t)h->array.rows, (uint64_t)h->array.columns, &count) ||
        __builtin_mul_overflow(count, (uint64_t)h->array.element.bytes, &bytes))
        bytes = UINT64_MAX;
    if (bytes == left)
        return true;
    bl_fail_at(err, BL_DATA, p->source->label, 0, 0, "%s%s%s says %zu x %zu elements, %s, but %s follow", p->source->label, p->member ? ": " : "",
               p->member ? p->member : "", h->array.rows, h->array.columns, bl_bytes_format(wanted, sizeof wanted, (double)bytes),
               bl_bytes_format(there, sizeof there, (double)left));
    return bl_hint(err, bytes > left ? "the file was cut: copy it again" : "save it again: numpy.save(file, array)");
}

static bool read_header(const struct bl_source *s, const char *member, struct header *h, struct bl_error *err)
{
    unsigned char start[12] = { 0 };
    struct scan p = { .source = s, .text = (const char *)start, .at = (const char *)start, .member = member };
    size_t n = s->size < sizeof start ? (size_t)s->size : sizeof start, before, length;
    char *text;
    bool fine;

    *h = (struct header){ 0 };
    if (!bl_source_read(s, 0, (char *)start, n, err))
        return false;
    if (n < sizeof start || memcmp(start, magic, 6) != 0 || start[6] < 1 || start[6] > 3)
        return fail_header(&p, "no version 1 to 3", err);
    before = start[6] == 1 ? 10 : 12;
    length = start[6] == 1 ? start[8] + 256u * start[9] : start[8] + 256u * start[9] + 65536u * start[10] + 16777216u * start[11];
    if (length > HEADER_MAX || length > s->size - before)
        return fail_header(&p, "its length goes beyond the file", err);
    text = bl_calloc(length + 1, 1);
    if (!text)
        return bl_fail_memory(err, s->label);
    p.text = p.at = text;
    h->array.at = before + length;
    fine = bl_source_read(s, before, text, length, err) && read_dictionary(&p, h, err) && check_extent(&p, h, err);
    bl_free(text);
    return fine;
}

/* ---- one array -----------------------------------------------------------------------------------------*/

/* What arrays give on their way to a table. */
struct columns { char **names; double **number; size_t n, rows, rounded; };

static void columns_free(struct columns *c)
{
    for (size_t j = 0; c->names && j < c->n; j++)
        bl_free(c->names[j]);
    bl_free(c->names);
    bl_array_free(c->number, c->n);
    *c = (struct columns){ 0 };
}

static bool name_columns(struct columns *c, size_t from, const char *name, unsigned dimensions, struct bl_error *err)
{
    for (size_t j = from; j < c->n; j++) {
        struct bl_text text = { 0 };

        bl_text_add(&text, name ? name : "c");
        if (!name || dimensions == 2)
            bl_text_addf(&text, "%zu", j - from + 1);
        c->names[j] = bl_text_take(&text);
        if (!c->names[j])
            return bl_fail_memory(err, "the column names");
    }
    return true;
}

/* Adds the columns of one array behind those that are there. */
static bool add_array(const struct bl_source *s, const char *name, const struct header *h, const struct bl_load_options *o, struct columns *c,
                      struct bl_error *err)
{
    size_t from = c->n, n = c->n + h->array.columns;
    double **room = n > BL_CSV_COLUMNS_MAX ? bl_array_room(s, h->array.rows, n, err) : bl_array_room(s, h->array.rows, h->array.columns, err);
    double **number = room ? bl_realloc(c->number, n, sizeof *number) : NULL;
    char **names;

    if (number)
        c->number = number;
    names = number ? bl_realloc(c->names, n, sizeof *names) : NULL;
    if (!names) {
        if (room)
            bl_fail_memory(err, s->label);
        bl_array_free(room, room ? h->array.columns : 0);
        return false;
    }
    c->names = names;
    memcpy(c->number + from, room, h->array.columns * sizeof *room);
    memset(c->names + from, 0, h->array.columns * sizeof *names);
    bl_free(room);
    c->n = n;
    c->rows = h->array.rows;
    return name_columns(c, from, name, h->dimensions, err) && bl_array_read(s, &h->array, c->number + from, o->progress, &c->rounded, err);
}

static struct bl_table *table_of(const struct bl_source *s, struct columns *c, const struct bl_load_options *o, struct bl_error *err)
{
    struct bl_table *t = bl_table_create("", c->rows, c->n, err);

    for (size_t j = 0; t && j < c->n; j++) {
        if (!bl_table_set_numbers(t, j, c->names[j], c->number[j], err)) {
            bl_table_free(t);
            return NULL;
        }
        c->number[j] = NULL;
    }
    if (t && c->rounded)
        bl_warnf(o->warnings, "", "%zu whole number%s of %s beyond 2^53 %s rounded", c->rounded, c->rounded == 1 ? "" : "s", s->label,
                 c->rounded == 1 ? "was" : "were");
    return t;
}

static struct bl_table *read_npy(const struct bl_source *s, const struct bl_load_options *o, struct bl_error *err)
{
    struct columns c = { 0 };
    struct bl_table *t = NULL;
    struct header h;

    if (read_header(s, NULL, &h, err) && add_array(s, NULL, &h, o, &c, err) && (bl_source_unchanged(s) || bl_source_fail_changed(s, err)))
        t = table_of(s, &c, o, err);
    columns_free(&c);
    return t;
}

/* ---- archives ------------------------------------------------------------------------------------------*/

/* "X.npy" is the array X. */
static bool array_name(char *name)
{
    size_t n = strlen(name);

    if (n < 5 || strcmp(name + n - 4, ".npy") != 0)
        return false;
    name[n - 4] = '\0';
    return true;
}

static bool fail_table(const struct bl_source *s, const struct bl_zip *z, const char *wanted, struct bl_error *err)
{
    struct bl_text names = { 0 };

    for (size_t i = 0; i < z->count && names.length < 200; i++)
        bl_text_addf(&names, "%s%s", i ? ", " : "", z->members[i].name);
    if (wanted)
        bl_fail_at(err, BL_UNKNOWN, s->label, 0, 0, "no array '%s' in %s", wanted, s->label);
    else
        bl_fail_at(err, BL_DATA, s->label, 0, 0, "the arrays of %s have different numbers of rows", s->label);
    bl_reason(err, "it holds %s", bl_text_get(&names));
    bl_hint(err, "load %s table=%s", bl_source_typed(s->label).text, z->count ? bl_typed(z->members[0].name).text : "NAME");
    bl_text_free(&names);
    return false;
}

static bool add_member(const struct bl_source *s, const struct bl_zip *z, size_t i, const struct bl_load_options *o, struct columns *c, struct bl_error *err)
{
    struct bl_source member;
    struct header h;
    bool fine;

    if (!bl_zip_open(s, &z->members[i], &member, err))
        return false;
    fine = read_header(&member, z->members[i].name, &h, err);
    if (fine && c->n && h.array.rows != c->rows)
        fine = fail_table(s, z, NULL, err);
    fine = fine && add_array(&member, z->members[i].name, &h, o, c, err);
    bl_source_close(&member);
    return fine;
}

/* Two arrays may give the same name: X1, and X with columns. */
static bool check_names(const struct bl_source *s, const struct columns *c, struct bl_error *err)
{
    struct bl_names *seen = bl_names_create();
    bool fine = seen || bl_fail_memory(err, s->label);

    for (size_t j = 0; fine && j < c->n; j++) {
        size_t at = bl_names_add(seen, c->names[j], strlen(c->names[j]));

        if (at == SIZE_MAX)
            fine = bl_fail_memory(err, s->label);
        else if (at != j) {
            bl_fail_at(err, BL_DATA, s->label, 0, 0, "two columns of %s would be called '%s'", s->label, c->names[j]);
            fine = bl_hint(err, "load one array: table=NAME");
        }
    }
    bl_names_free(seen);
    return fine;
}

static bool add_members(const struct bl_source *s, struct bl_zip *z, const struct bl_load_options *o, struct columns *c, struct bl_error *err)
{
    for (size_t i = 0; i < z->count; i++)
        if (!array_name(z->members[i].name)) {
            bl_fail_at(err, BL_DATA, s->label, 0, 0, "%s holds '%s', which is no array", s->label, z->members[i].name);
            return bl_hint(err, "is it a spreadsheet? save it as CSV; else unpack it first: unzip");
        }
    for (size_t i = 0; i < z->count; i++)
        if ((!o->table || strcmp(o->table, z->members[i].name) == 0) && !add_member(s, z, i, o, c, err))
            return false;
    return c->n ? check_names(s, c, err) : fail_table(s, z, o->table ? o->table : "NAME", err);
}

static struct bl_table *read_npz(const struct bl_source *s, const struct bl_load_options *o, struct bl_error *err)
{
    struct columns c = { 0 };
    struct bl_zip z;
    struct bl_table *t = NULL;

    if (!bl_zip_list(s, &z, err))
        return NULL;
    if (add_members(s, &z, o, &c, err) && (bl_source_unchanged(s) || bl_source_fail_changed(s, err)))
        t = table_of(s, &c, o, err);
    columns_free(&c);
    bl_zip_free(&z);
    return t;
}

static int sniff_npy(const char *head, size_t n, const char *path)
{
    return n >= 6 && memcmp(head, magic, 6) == 0 ? 100 : bl_path_ends(path, "npy") ? 70 : 0;
}

/* A zip archive whose first member is an array. */
static int sniff_npz(const char *head, size_t n, const char *path)
{
    size_t name = n >= 30 ? (unsigned char)head[26] + 256u * (unsigned char)head[27] : 0;

    if (n < 4 || memcmp(head, "PK", 2) != 0)
        return 0;
    if (name >= 4 && 30 + name <= n && memcmp(head + 30 + name - 4, ".npy", 4) == 0)
        return 100;
    return bl_path_ends(path, "npz") ? 95 : 0;
}

static const char *const npy_extensions[] = { "npy", NULL }, *const npz_extensions[] = { "npz", NULL };
const struct bl_reader_type bl_npy_reader = {
    .name = "npy", .summary = "a NumPy array of one or two dimensions", .extensions = npy_extensions, .sniff = sniff_npy, .read = read_npy,
};
const struct bl_reader_type bl_npz_reader = {
    .name = "npz", .summary = "an archive of NumPy arrays", .extensions = npz_extensions, .sniff = sniff_npz, .read = read_npz, .tables = true,
};
