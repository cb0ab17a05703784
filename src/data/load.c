/* Loading: from what the user wrote to a table. */
#include "dates.h"
#include "formats.h"
#include "gzip.h"
#include "idx.h"
#include "levels.h"
#include "load.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_MAX_BYTES 64
#define ENTRIES_MAX 4096


/* How long a name is without the ending of compressed files. */
static size_t length_plain(const char *name)
{
    size_t n = strlen(name);

    return n > 3 && strcasecmp(name + n - 3, ".gz") == 0 ? n - 3 : n;
}

/* A short name of the characters that names may have. */
static char *short_name(const char *path)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    size_t n = length_plain(base), stem = bl_idx_stem(base);

    if (strcmp(path, BL_STANDARD_INPUT) == 0)
        return bl_strdup("stdin");
    for (size_t i = n; i-- > 1;)
        if (base[i] == '.') {
            n = i;
            break;
        }
    n = stem < n ? stem : n;
    char *name = bl_strndup(base, n < NAME_MAX_BYTES ? n : NAME_MAX_BYTES);

    for (size_t i = 0; name && name[i]; i++)
        if (!isalnum((unsigned char)name[i]) && (i == 0 || !strchr("._-", name[i])))
            name[i] = i ? '_' : 'd';
    return name && !name[0] ? (bl_free(name), bl_strdup("data")) : name;
}

static bool name_allowed(const char *name)
{
    bool fine = isalnum((unsigned char)name[0]) && strlen(name) <= NAME_MAX_BYTES;

    for (const char *s = name; *s; s++)
        fine = fine && (unsigned char)*s < 128 && (isalnum((unsigned char)*s) || strchr("._-", *s));
    return fine;
}

static bool check_name(const struct bl_load_options *o, struct bl_error *err)
{
    if (!o->name || name_allowed(o->name))
        return true;
    bl_fail(err, BL_VALUE, "name=%s is not a name: letters, digits, '.', '_' and '-', at most %d", o->name, NAME_MAX_BYTES);
    return bl_hint(err, "name=houses");
}

/* What a reader does not know about its table. */
static bool label_table(struct bl_table *t, const struct bl_source *s, const char *path, const char *format,
                        const struct bl_load_options *o, const struct bl_sample *sample, struct bl_error *err)
{
    bool fine = true;

    bl_free(t->name);
    t->name = o->name ? bl_strdup(o->name) : short_name(s->label);
    t->path = path ? bl_strdup(path) : NULL;
    t->format = bl_strdup(format);
    t->bytes = s->size;
    t->digest = bl_digest_of(s);
    if (sample && sample->target[0])
        bl_free(t->own_target);
    if (sample && sample->target[0])
        fine = (t->own_target = bl_strdup(sample->target)) != NULL;
    if (sample && sample->positive[0])
        fine = fine && (t->own_positive = bl_strdup(sample->positive)) != NULL;
    fine = fine && t->name && (t->path || !path) && t->format && t->digest;
    return fine || bl_fail_memory(err, "the table");
}

/* Only the columns that were asked for, in their order. */
static bool keep_columns(struct bl_table *t, const struct bl_load_options *o, struct bl_error *err)
{
    struct bl_column *kept = o->n_columns ? bl_calloc(o->n_columns, sizeof *kept) : NULL;
    size_t n = 0, at = 0;

    if (!o->n_columns)
        return true;
    if (!kept)
        return bl_fail_memory(err, "the columns");
    for (; n < o->n_columns && bl_table_column(t, o->columns[n], &at, err); n++)
        for (size_t k = 0; k < n; k++)
            if (strcmp(o->columns[k], o->columns[n]) == 0 || bl_table_find(t, o->columns[k]) == at) {
                bl_free(kept);
                bl_fail(err, BL_VALUE, "columns= names '%s' twice", o->columns[n]);
                return bl_hint(err, "name each once");
            }
    if (n < o->n_columns) {
        bl_free(kept);
        return false;
    }
    bl_table_pick(t, o->columns, o->n_columns, kept);
    if (t->own_target && bl_table_find(t, t->own_target) == SIZE_MAX) {
        bl_free(t->own_target);
        t->own_target = NULL;
    }
    return true;
}

static bool check_options(const struct bl_reader_type *reader, const struct bl_source *s, const struct bl_load_options *o, struct bl_error *err)
{
    const char *key = o->table && !reader->tables ? "table" : o->query && !reader->queries ? "query" : NULL;
    const char *dialect = o->quote ? "quote" : o->escape ? "escape" : o->comment ? "comment" : o->skip ? "skip" : o->decimal ? "decimal"
                        : o->encoding ? "encoding" : o->ragged ? "ragged" : NULL;

    if (!key && o->sparse == BL_SPARSE_YES && !reader->sparse) {
        bl_fail(err, BL_USAGE, "%s is read as %s, which has no sparse rows", s->label, reader->name);
        return bl_hint(err, "leave sparse= out");
    }
    if (!key && dialect && !reader->dialects) {
        bl_fail(err, BL_USAGE, "%s is read as %s, which has no %s=", s->label, reader->name, dialect);
        return bl_hint(err, "leave %s= out", dialect);
    }
    if (!key)
        return true;
    bl_fail(err, BL_USAGE, "%s is read as %s, which has no %s", s->label, reader->name, key[0] == 'q' ? "queries" : "tables");
    return bl_hint(err, "leave %s= out", key);
}

/* The table in these bytes, whose format is found by content and by `path`, with its dates. */
static struct bl_table *read_bytes(const struct bl_source *s, const char *path, const struct bl_load_options *o,
                                   const struct bl_reader_type **reader, struct bl_error *err)
{
    struct bl_table *t;

    *reader = bl_reader_for(s, path, o->format, err);
    t = *reader && check_options(*reader, s, o, err) ? (*reader)->read(s, o, err) : NULL;
    if (!t || bl_dates_find(t, s, *reader, o, err))
        return t;
    bl_table_free(t);
    return NULL;
}

/* The same for a gzip file: what it expands to is read, by its name without the ending. */
static struct bl_table *read_compressed(const struct bl_source *s, const char *path, const struct bl_load_options *o,
                                        const struct bl_reader_type **reader, struct bl_error *err)
{
    char *plain = bl_strndup(path, length_plain(path));
    struct bl_source expanded;
    struct bl_table *t = NULL;

    if (!plain)
        bl_fail_memory(err, s->label);
    else if (bl_gzip_expand(s, &expanded, err)) {
        expanded.path = s->path;
        t = read_bytes(&expanded, plain, o, reader, err);
        bl_source_close(&expanded);
    }
    bl_free(plain);
    return t;
}

static bool is_utf8(const char *text)
{
    const size_t n = strlen(text);
    size_t i = 0, length = 1;
    uint32_t code;

    for (; i < n && length; i += length)
        length = (unsigned char)text[i] < 0x80 ? 1 : bl_utf8_decode(text + i, n - i, &code);
    return length != 0;
}

/* The first level of a column that is not UTF-8, or n_levels. */
static size_t foreign_level(const struct bl_column *c)
{
    size_t k = 0;

    while (c->levels && k < c->n_levels && is_utf8(c->levels[k]))
        k++;
    return c->levels ? k : c->n_levels;
}

static size_t row_of(const struct bl_column *c, size_t n_rows, size_t level)
{
    size_t row = 0;

    while (row < n_rows && c->code[row] != level)
        row++;
    return row;
}

/* What of a column is not UTF-8, and where it stands; false: nothing. */
static bool find_foreign(const struct bl_table *t, size_t j, char *says, size_t size)
{
    const struct bl_column *c = &t->columns[j];
    size_t level = foreign_level(c);
    char shown[80];

    if (!is_utf8(c->name))
        snprintf(says, size, "the name of column %zu, '%s', is not UTF-8", j + 1, bl_show(shown, sizeof shown, c->name, strlen(c->name)));
    else if (level < c->n_levels)
        snprintf(says, size, "column %zu holds '%s', which is not UTF-8, first in row %zu (the first row is 0)", j + 1,
                 bl_show(shown, sizeof shown, c->levels[level], strlen(c->levels[level])), row_of(c, t->n_rows, level));
    else
        return false;
    return true;
}

/* Bytes in another encoding are kept as they are and shown as \xNN: said once, with what reads them right. */
static void warn_of_bytes(const struct bl_table *t, const char *label, const struct bl_reader_type *reader, const struct bl_load_options *o)
{
    for (size_t j = 0; o->warnings && j < t->n_columns; j++) {
        char says[240], hint[160];

        if (!find_foreign(t, j, says, sizeof says))
            continue;
        snprintf(hint, sizeof hint, "load %.100s encoding=latin1", label);
        bl_warnf(o->warnings, reader->dialects ? hint : "", "%s", says);
        return;
    }
}

static struct bl_table *read_source(const struct bl_source *s, const char *path, const struct bl_load_options *o,
                                    const struct bl_sample *sample, struct bl_error *err)
{
    const char *name = path ? path : s->label;
    const struct bl_reader_type *reader = NULL;
    struct bl_table *t = bl_gzip_is(s) ? read_compressed(s, name, o, &reader, err) : read_bytes(s, name, o, &reader, err);

    if (t && (!label_table(t, s, path, reader->name, o, sample, err) || !keep_columns(t, o, err))) {
        bl_table_free(t);
        return NULL;
    }
    if (t)
        warn_of_bytes(t, s->label, reader, o);
    return t;
}

struct bl_table *bl_load_bytes(const char *bytes, size_t n, const char *label, const struct bl_load_options *options,
                               struct bl_error *err)
{
    static const struct bl_load_options none;
    struct bl_source s;

    options = options ? options : &none;
    if (!check_name(options, err))
        return NULL;
    bl_source_memory(&s, bytes, n, label);
    return read_source(&s, NULL, options, NULL, err);
}

/* A sample of the rows; source and target are told as of the whole. */
static struct bl_table *read_sampled(const struct bl_input *in, const char *label, const char *path, const struct bl_load_options *o,
                                     const struct bl_sample *sample, struct bl_error *err)
{
    struct bl_table *t = bl_reservoir_load(in, label, path, o, err);
    struct bl_source s = { .label = label };
    bool fine = t != NULL;

    if (!t)
        return NULL;
    bl_digest_free(t->digest);
    t->digest = NULL;
    t->bytes = in->size;
    if (in->regular && lseek(in->fd, 0, SEEK_SET) == 0 && (fine = bl_source_open(&s, in, label, o->progress, err))) {
        t->digest = bl_digest_of(&s);
        bl_source_close(&s);
    }
    fine = fine && (!path || (t->path = bl_strdup(path)) || bl_fail_memory(err, "the table"));
    if (fine && sample && sample->target[0] && !t->own_target && bl_table_find(t, sample->target) != SIZE_MAX)
        fine = (t->own_target = bl_strdup(sample->target)) && (!sample->positive[0] || (t->own_positive = bl_strdup(sample->positive)));
    if (fine)
        return t;
    bl_table_free(t);
    return NULL;
}

/* Opens a path or standard input and reads it. */
static struct bl_table *read_path(const char *path, const char *label, const struct bl_load_options *o,
                                  const struct bl_sample *sample, struct bl_error *err)
{
    bool standard = strcmp(path, "-") == 0;
    struct bl_table *t = NULL;
    struct bl_input in;
    struct bl_source s;

    if (!bl_input_open(&in, path, true, err))
        return NULL;
    if (o->sample) {
        t = read_sampled(&in, standard ? BL_STANDARD_INPUT : label, standard ? NULL : path, o, sample, err);
    } else if (bl_source_open(&s, &in, standard ? BL_STANDARD_INPUT : label, o->progress, err)) {
        s.path = standard ? NULL : path;
        t = read_source(&s, standard ? NULL : path, o, sample, err);
        bl_source_close(&s);
    }
    bl_input_close(&in);
    return t;
}

/* ---- a set of sample-data ------------------------------------------------------------------------*/

static bool type_of(const char *word, enum bl_type *type)
{
    for (*type = BL_NUMERIC; *type <= BL_DATETIME; ++*type)
        if (strcmp(bl_type_name(*type), word) == 0)
            return true;
    return false;
}

static bool asked_for(const struct bl_load_options *o, const char *column)
{
    bool found = false;

    for (size_t i = 0; i < o->n_types; i++)
        found = found || strcmp(o->types[i].column, column) == 0;
    return found;
}

/* "age:text,..." before the types that were asked for, which win; the names are cut from `words`. NULL: no memory. */
static struct bl_load_type *types_with(const struct bl_load_options *o, char *words, size_t *n, size_t *n_own)
{
    size_t most = 1 + o->n_types;
    struct bl_load_type *types;

    for (const char *s = words; *s; s++)
        most += *s == ',';
    types = bl_calloc(most, sizeof *types);
    *n = 0;
    for (char *rest = NULL, *word = types ? strtok_r(words, ",", &rest) : NULL; word; word = strtok_r(NULL, ",", &rest)) {
        char *colon = strrchr(word, ':');
        struct bl_load_type own = { .column = word };

        if (!colon || !type_of(colon + 1, &own.type))
            continue;
        *colon = '\0';
        if (!asked_for(o, own.column))
            types[(*n)++] = own;
    }
    *n_own = *n;
    for (size_t i = 0; types && i < o->n_types; i++)
        types[(*n)++] = o->types[i];
    return types;
}

/* Such a set brings the types of its columns, where they are not what they look like. */
static struct bl_table *read_sample(const struct bl_sample *sample, const char *path, const char *label,
                                    const struct bl_load_options *o, struct bl_error *err)
{
    struct bl_load_options typed = *o;
    char *words = sample ? bl_strdup(sample->types) : NULL;
    struct bl_load_type *types = words ? types_with(o, words, &typed.n_types, &typed.n_own_types) : NULL;
    struct bl_table *t = NULL;

    if (sample && !types) {
        bl_fail_memory(err, "the types of the columns");
    } else {
        typed.types = types ? types : o->types;
        t = read_path(path, label, &typed, sample, err);
    }
    bl_free(types);
    bl_free(words);
    return t;
}

/* ---- what was meant ------------------------------------------------------------------------------*/

struct candidates { const char *names[ENTRIES_MAX]; size_t n; struct bl_arena *texts; };

static void add_candidate(struct candidates *c, const char *folder, size_t folder_n, const char *name)
{
    size_t n = strlen(name);
    char *text = c->n < ENTRIES_MAX ? bl_arena_take(c->texts, folder_n + n + 1, 1) : NULL;

    if (!text)
        return;
    if (folder_n)
        memcpy(text, folder, folder_n);
    memcpy(text + folder_n, name, n);
    c->names[c->n++] = text;
}

/* The files beside the one that does not exist. */
static void add_folder(struct candidates *c, const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) + 1 : 0;
    char *folder = n ? bl_strndup(path, n) : bl_strdup(".");
    DIR *dir = folder ? opendir(folder) : NULL;

    for (struct dirent *e; dir && (e = readdir(dir));)
        if (e->d_name[0] != '.')
            add_candidate(c, path, n, e->d_name);
    if (dir)
        closedir(dir);
    bl_free(folder);
}

static void hint_names(const struct bl_samples *all, const char *path, struct bl_error *err)
{
    struct candidates *c = bl_calloc(1, sizeof *c);

    if (!c || !err || !(c->texts = bl_arena_create(4096))) {
        bl_free(c);
        return;
    }
    for (size_t i = 0; i < all->count; i++)
        add_candidate(c, NULL, 0, all->items[i].name);
    add_folder(c, path);
    const char *near = bl_nearest(path, c->names, c->n);
    struct stat st;

    if (lstat(path, &st) == 0) { /* a link that leads nowhere */
        bl_hint(err, "it is a link to what is not there: ls -l shows where it leads");
        bl_arena_free(c->texts);
        bl_free(c);
        return;
    }

    if (near)
        bl_hint(err, "did you mean '%s'? built-in data: load iris", near);
    else
        bl_hint(err, "built-in data: load iris");
    bl_arena_free(c->texts);
    bl_free(c);
}

static bool is_data_file(const char *name)
{
    for (size_t i = 0; bl_readers[i]; i++)
        for (size_t k = 0; bl_readers[i]->extensions && bl_readers[i]->extensions[k]; k++)
            if (name[0] != '.' && bl_path_ends(name, bl_readers[i]->extensions[k]))
                return true;
    return false;
}

/* A folder, by mistake: the first of its files that can be read. */
static void fail_folder(const char *path, struct bl_error *err)
{
    struct dirent **entries = NULL;
    const int n = scandir(path, &entries, NULL, alphasort);
    const char *end = path[0] && path[strlen(path) - 1] == '/' ? "" : "/";
    struct bl_text file = { 0 };

    bl_fail(err, BL_IO, "cannot read '%s': it is a folder, not a file", path);
    bl_hint(err, "there is no table in it; datasets lists the built-in ones");
    for (int i = 0; i < n; i++) {
        if (!file.length && is_data_file(entries[i]->d_name))
            bl_text_addf(&file, "%s%s%s", path, end, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    if (file.length)
        bl_hint(err, "load %s", bl_typed(bl_text_get(&file)).text);
    bl_text_free(&file);
}

static struct bl_table *load_with(const char *source, const struct bl_load_options *o, const struct bl_samples *all,
                                  const struct bl_error *no_list, struct bl_error *err)
{
    struct stat st;
    const struct bl_sample *sample;

    if (strcmp(source, "-") == 0)
        return read_path(source, source, o, NULL, err);
    if (stat(source, &st) == 0 && S_ISDIR(st.st_mode)) {
        const struct bl_sample *named = bl_sample_named(all, source);

        return named ? read_sample(named, named->file, source, o, err) : (fail_folder(source, err), NULL);
    }
    if (stat(source, &st) == 0)
        return read_sample(bl_sample_of_file(all, source), source, source, o, err);
    int why = errno;
    char *images = bl_idx_images(source); /* mnist/train for the files of images and labels */

    if (images) {
        struct bl_table *t = read_sample(bl_sample_of_file(all, images), images, images, o, err);

        bl_free(images);
        return t;
    }
    sample = bl_sample_named(all, source);
    if (sample)
        return read_sample(sample, sample->file, source, o, err);
    if (no_list->code && err) {
        *err = *no_list;
        return NULL;
    }
    bl_fail_io(err, "read", source, why);
    if (why == ENOENT)
        hint_names(all, source, err);
    else if (why == ELOOP)
        bl_hint(err, "the link leads back to itself: ls -l shows where it leads");
    else if (why == EACCES)
        bl_hint(err, "ask its owner for the right to read it");
    return NULL;
}

struct bl_table *bl_load(const char *source, const struct bl_load_options *options, struct bl_error *err)
{
    static const struct bl_load_options none;
    struct bl_samples all;
    struct bl_error no_list = { 0 }; /* a broken list must not keep a path from being read */
    struct bl_table *t;

    options = options ? options : &none;
    if (!check_name(options, err))
        return NULL;
    bl_samples_list(&all, &no_list);
    t = load_with(source, options, &all, &no_list, err);
    bl_samples_free(&all);
    return t;
}
