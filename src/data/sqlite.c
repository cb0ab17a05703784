/* SQLite databases: a table or the rows of a query. The file is opened read-only and immutable: nothing
 * is locked, nothing is written beside it. Numbers become numbers, texts words (types=col:numeric reads
 * texts that hold numbers), null is missing, blobs are refused. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "builder.h"
#include "formats.h"

static const char magic[] = "SQLite format 3";

#ifdef HAVE_SQLITE
#include <sqlite3.h>
#include <sys/stat.h>

struct database {
    const struct bl_source *source;
    const struct bl_load_options *options;
    sqlite3 *db;
    sqlite3_stmt *rows;
    char *bytes;             /* a copy, when the source is memory */
    struct bl_builder builder;
    size_t rounded;
};

static bool fail_database(const struct database *d, const char *what, struct bl_error *err)
{
    int code = d->db ? sqlite3_errcode(d->db) : SQLITE_NOMEM;
    const char *text = d->db ? sqlite3_errmsg(d->db) : "out of memory";

    if (code == SQLITE_NOMEM)
        return bl_fail_memory(err, d->source->label);
    if (code == SQLITE_INTERRUPT)
        return bl_fail(err, BL_STOPPED, "reading was interrupted");
    bl_fail_at(err, BL_DATA, d->source->label, 0, 0, "cannot read %s%s: %s", d->source->label, what, text);
    if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT)
        return bl_hint(err, "it may be damaged or encrypted; sqlite3 FILE 'pragma integrity_check' tells");
    return bl_hint(err, "load %s table=NAME, or query='select ... from ...'", bl_source_typed(d->source->label).text);
}

/* ---- opening ---------------------------------------------------------------------------------------*/

/* Only what reads. */
static int allow(void *context, int action, const char *a, const char *b, const char *c, const char *e)
{
    (void)context, (void)a, (void)b, (void)c, (void)e;
    return action == SQLITE_SELECT || action == SQLITE_READ || action == SQLITE_FUNCTION || action == SQLITE_RECURSIVE ? SQLITE_OK : SQLITE_DENY;
}

static int stop(void *progress)
{
    return bl_stopped(progress);
}

/* From memory, or from the very file that is open, by its descriptor. */
static bool open_bytes(struct database *d, struct bl_error *err)
{
    char uri[64];
    const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX;

    if (!d->source->memory) {
        snprintf(uri, sizeof uri, "file:/dev/fd/%d?immutable=1", d->source->fd);
        if (sqlite3_open_v2(uri, &d->db, flags, NULL) == SQLITE_OK)
            return true;
        sqlite3_close(d->db);
        d->db = NULL;
    }
    if (d->source->size > bl_memory_limit() / 2) {
        bl_fail(err, BL_LIMIT, "%s is too large for the memory that may be used", d->source->label);
        return bl_hint(err, "load it as a file");
    }
    d->bytes = bl_calloc((size_t)d->source->size, 1);
    if (!d->bytes)
        return bl_fail_memory(err, d->source->label);
    if (!bl_source_read(d->source, 0, d->bytes, (size_t)d->source->size, err))
        return false;
    if (d->source->size >= 20 && d->bytes[18] == 2) /* a journal beside it does not exist in memory */
        d->bytes[18] = d->bytes[19] = 1;
    if (sqlite3_open_v2(":memory:", &d->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK ||
        sqlite3_deserialize(d->db, "main", (unsigned char *)d->bytes, (sqlite3_int64)d->source->size, (sqlite3_int64)d->source->size,
                            SQLITE_DESERIALIZE_READONLY) != SQLITE_OK)
        return fail_database(d, "", err);
    return true;
}

/* Rows that are still in a journal are not seen through an immutable file. */
static void warn_journal(const struct database *d)
{
    struct bl_text path = { 0 };
    struct stat st;

    if (d->source->memory || !d->source->path)
        return;
    bl_text_addf(&path, "%s-wal", d->source->path);
    if (stat(bl_text_get(&path), &st) == 0 && st.st_size > 0)
        bl_warnf(d->options->warnings, "close the program that writes it, or: sqlite3 FILE 'pragma wal_checkpoint'",
                 "%s has a journal beside it: its latest changes are not seen", d->source->label);
    bl_text_free(&path);
}

static bool open_database(struct database *d, struct bl_error *err)
{
    if (!open_bytes(d, err))
        return false;
    sqlite3_db_config(d->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(d->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_exec(d->db, "pragma cell_size_check = on", NULL, NULL, NULL);
    sqlite3_limit(d->db, SQLITE_LIMIT_LENGTH, 1 << 24);
    sqlite3_limit(d->db, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_set_authorizer(d->db, allow, NULL);
    sqlite3_progress_handler(d->db, 10000, stop, d->options->progress);
    warn_journal(d);
    return true;
}

/* ---- what to read --------------------------------------------------------------------------------------*/

static bool prepare(struct database *d, const char *sql, struct bl_error *err)
{
    const char *tail = NULL;

    if (sqlite3_prepare_v2(d->db, sql, -1, &d->rows, &tail) != SQLITE_OK)
        return fail_database(d, "", err);
    if (!d->rows || !sqlite3_stmt_readonly(d->rows) || !sqlite3_column_count(d->rows) || (tail && tail[strspn(tail, " \t\r\n;")])) {
        bl_fail(err, BL_VALUE, "a query is one select");
        return bl_hint(err, "query='select price, area from houses where area > 50'");
    }
    return true;
}

/* Names of the tables and views, with blanks between; *one: the first. */
static bool list_tables(struct database *d, struct bl_text *names, struct bl_text *one, size_t *count, struct bl_error *err)
{
    sqlite3_stmt *list = NULL;
    int step = SQLITE_ERROR;

    *count = 0;
    if (sqlite3_prepare_v2(d->db, "select name from sqlite_schema where type in ('table', 'view') and name not like 'sqlite\\_%' escape '\\' order by name", -1,
                           &list, NULL) == SQLITE_OK)
        while ((step = sqlite3_step(list)) == SQLITE_ROW) {
            const char *name = (const char *)sqlite3_column_text(list, 0);

            if (!name)
                continue;
            if ((*count)++ == 0)
                bl_text_add(one, name);
            if (names->length < 200)
                bl_text_addf(names, "%s%s", names->length ? ", " : "", name);
        }
    if (step != SQLITE_DONE)
        fail_database(d, "", err);
    sqlite3_finalize(list);
    return step == SQLITE_DONE;
}

static bool table_exists(struct database *d, const char *name)
{
    sqlite3_stmt *s = NULL;
    bool found = sqlite3_prepare_v2(d->db, "select 1 from sqlite_schema where type in ('table', 'view') and name = ?1 collate nocase", -1, &s, NULL) == SQLITE_OK &&
                 sqlite3_bind_text(s, 1, name, -1, SQLITE_STATIC) == SQLITE_OK && sqlite3_step(s) == SQLITE_ROW;

    sqlite3_finalize(s);
    return found;
}

static bool fail_table(const struct database *d, const char *names, const char *one, struct bl_error *err)
{
    const char *label = d->source->label;

    if (d->options->table)
        bl_fail_at(err, BL_UNKNOWN, label, 0, 0, "no table '%s' in %s", d->options->table, label);
    else if (!*one)
        bl_fail_at(err, BL_DATA, label, 0, 0, "%s has no tables", label);
    else
        bl_fail_at(err, BL_USAGE, label, 0, 0, "%s has several tables: which one?", label);
    if (*one)
        bl_reason(err, "it holds %s", names);
    return bl_hint(err, *one ? "load %s table=%s" : "load %s when it has a table%s", bl_source_typed(label).text, *one ? bl_typed(one).text : one);
}

static bool choose_table(struct database *d, struct bl_error *err)
{
    struct bl_text names = { 0 }, one = { 0 }, sql = { 0 };
    const char *table = d->options->table;
    size_t count;
    bool fine = list_tables(d, &names, &one, &count, err);

    if (fine && !table && count == 1)
        table = bl_text_get(&one);
    if (fine && (!table || !table_exists(d, table)))
        fine = fail_table(d, bl_text_get(&names), bl_text_get(&one), err);
    if (fine) {
        bl_text_add(&sql, "select * from \"");
        for (const char *p = table; *p; p++)
            bl_text_addf(&sql, *p == '"' ? "\"\"" : "%c", *p);
        bl_text_add(&sql, "\"");
        fine = sql.failed ? bl_fail_memory(err, d->source->label) : prepare(d, bl_text_get(&sql), err);
    }
    bl_text_free(&names);
    bl_text_free(&one);
    bl_text_free(&sql);
    return fine;
}

/* ---- rows --------------------------------------------------------------------------------------------*/

static bool fail_cell(const struct database *d, int column, const char *what, struct bl_error *err)
{
    const char *name = d->builder.columns[column].name;

    bl_fail_at(err, BL_DATA, d->source->label, 0, 0, "column '%s' holds %s in row %zu", name, what, d->builder.n_rows + 1);
    return bl_hint(err, "leave it out: load %s query='select ... from ...'", d->source->label);
}

static bool set_cell(struct database *d, int column, struct bl_error *err)
{
    struct bl_builder *b = &d->builder;
    const char *text;
    double x;

    switch (sqlite3_column_type(d->rows, column)) {
    case SQLITE_NULL:
        return bl_builder_number(b, (size_t)column, NAN, err);
    case SQLITE_INTEGER:
        x = (double)sqlite3_column_int64(d->rows, column);
        d->rounded += fabs(x) >= 0x1p53 && (fabs(x) >= 0x1p63 || (sqlite3_int64)x != sqlite3_column_int64(d->rows, column));
        return bl_builder_number(b, (size_t)column, x, err);
    case SQLITE_FLOAT:
        x = sqlite3_column_double(d->rows, column);
        return isinf(x) ? fail_cell(d, column, "an infinity", err) : bl_builder_number(b, (size_t)column, x, err);
    case SQLITE_TEXT:
        text = (const char *)sqlite3_column_text(d->rows, column);
        if (!text)
            return bl_fail_memory(err, d->source->label);
        return bl_builder_word(b, (size_t)column, text, (size_t)sqlite3_column_bytes(d->rows, column), err);
    default:
        return fail_cell(d, column, "bytes (a blob)", err);
    }
}

static bool read_rows(struct database *d, struct bl_error *err)
{
    const int columns = sqlite3_column_count(d->rows);
    int step;

    for (int j = 0; j < columns; j++) {
        const char *name = sqlite3_column_name(d->rows, j);

        if (!name)
            return bl_fail_memory(err, d->source->label);
        if (!bl_builder_add(&d->builder, name, strlen(name), err))
            return false;
    }
    while ((step = sqlite3_step(d->rows)) == SQLITE_ROW) {
        if (!bl_builder_begin(&d->builder, err))
            return false;
        for (int j = 0; j < columns; j++)
            if (!set_cell(d, j, err))
                return false;
        bl_builder_end(&d->builder);
    }
    return step == SQLITE_DONE || fail_database(d, "", err);
}

static bool read_all(struct database *d, struct bl_error *err)
{
    char found[16] = "";
    size_t n = d->source->size < sizeof found ? (size_t)d->source->size : sizeof found;

    if (!bl_source_read(d->source, 0, found, n, err))
        return false;
    if (memcmp(found, magic, sizeof found) != 0) {
        bl_fail_at(err, BL_DATA, d->source->label, 0, 0, "%s is not an SQLite database", d->source->label);
        return bl_hint(err, "load %s without format=sqlite finds out what it is", bl_source_typed(d->source->label).text);
    }
    if (d->options->table && d->options->query) {
        bl_fail(err, BL_USAGE, "table= and query= exclude each other");
        return bl_hint(err, "query='select * from %s'", d->options->table);
    }
    if (!open_database(d, err) || !bl_builder_open(&d->builder, d->source, d->options, err))
        return false;
    if (!(d->options->query ? prepare(d, d->options->query, err) : choose_table(d, err)) || !read_rows(d, err))
        return false;
    if (d->rounded)
        bl_warnf(d->options->warnings, "", "%zu whole number%s of %s beyond 2^53 %s rounded", d->rounded, d->rounded == 1 ? "" : "s",
                 d->source->label, d->rounded == 1 ? "was" : "were");
    return bl_source_unchanged(d->source) || bl_source_fail_changed(d->source, err);
}

static struct bl_table *read_sqlite(const struct bl_source *s, const struct bl_load_options *o, struct bl_error *err)
{
    struct database d = { .source = s, .options = o };
    struct bl_table *t = NULL;

    bl_progress_start(o->progress, "reading", 0);
    if (read_all(&d, err))
        t = bl_builder_finish(&d.builder, err);
    bl_builder_close(&d.builder);
    sqlite3_finalize(d.rows);
    sqlite3_close(d.db);
    bl_free(d.bytes);
    return t;
}

#else

static struct bl_table *read_sqlite(const struct bl_source *s, const struct bl_load_options *o, struct bl_error *err)
{
    (void)o;
    bl_fail_at(err, BL_DATA, s->label, 0, 0, "%s is an SQLite database, which this batchlab cannot read: it was built without SQLite",
               s->label);
    bl_hint(err, "export a table as CSV: sqlite3 -header -csv FILE 'select * from NAME'");
    return NULL;
}
#endif

static int sniff_sqlite(const char *head, size_t n, const char *path)
{
    if (n >= sizeof magic && memcmp(head, magic, sizeof magic) == 0)
        return 100;
    return bl_path_ends(path, "db") || bl_path_ends(path, "sqlite") || bl_path_ends(path, "sqlite3") ? 70 : 0;
}

static const char *const sqlite_extensions[] = { "db", "sqlite", "sqlite3", NULL };
const struct bl_reader_type bl_sqlite_reader = {
    .name = "sqlite",
    .summary = "a table or query of an SQLite database",
    .extensions = sqlite_extensions,
    .sniff = sniff_sqlite,
    .read = read_sqlite,
    .tables = true,
    .queries = true,
};
