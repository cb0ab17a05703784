/* The sets of sample-data/: their index, and finding one by its bare name. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "csv.h"
#include "idx.h"
#include "load.h"

#define INDEX_MAX ((size_t)1 << 20)

enum { FILE_COLUMN, TARGET, POSITIVE, TASK, SUMMARY, TYPES, COLUMNS };
static const char *const index_columns[COLUMNS] = { "file", "target", "positive", "task", "summary", "types" };

static void sample_free(struct bl_sample *s)
{
    bl_free(s->name);
    bl_free(s->file);
    bl_free(s->target);
    bl_free(s->positive);
    bl_free(s->task);
    bl_free(s->types);
    bl_free(s->summary);
}

void bl_samples_free(struct bl_samples *s)
{
    for (size_t i = 0; i < s->count; i++)
        sample_free(&s->items[i]);
    bl_free(s->items);
    *s = (struct bl_samples){ 0 };
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static bool is_csv(const char *path)
{
    const char *dot = strrchr(path, '.');

    return dot && strcasecmp(dot, ".csv") == 0;
}

static const struct bl_sample *find_name(const struct bl_samples *all, const char *name)
{
    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->items[i].name, name) == 0)
            return &all->items[i];
    return NULL;
}

/* "iris" for iris.csv; the other formats keep their extension: "iris.arff"; a pair of files of images
 * and labels has one name: "mnist/train". */
static char *name_of(const char *file)
{
    const char *base = base_name(file);

    if (bl_idx_stem(file) < strlen(file))
        return bl_strndup(file, bl_idx_stem(file));

    return bl_strndup(base, is_csv(base) ? strlen(base) - 4 : strlen(base));
}

static bool add_sample(struct bl_samples *all, const char *folder, const struct bl_csv_plain *r, const size_t *column)
{
    struct bl_sample s = { 0 };
    struct bl_text path = { 0 };
    struct bl_sample *items = bl_realloc(all->items, all->count + 1, sizeof *items);

    if (!items)
        return false;
    all->items = items;
    bl_text_addf(&path, "%s/%s", folder, bl_csv_value(r, column[FILE_COLUMN]));
    s.name = name_of(bl_csv_value(r, column[FILE_COLUMN]));
    s.file = bl_text_take(&path);
    s.target = bl_strdup(bl_csv_value(r, column[TARGET]));
    s.positive = bl_strdup(bl_csv_value(r, column[POSITIVE]));
    s.task = bl_strdup(bl_csv_value(r, column[TASK]));
    s.types = bl_strdup(column[TYPES] < r->n_cells ? bl_csv_value(r, column[TYPES]) : "");
    s.summary = bl_strdup(bl_csv_value(r, column[SUMMARY]));
    bool fine = s.name && s.file && s.target && s.positive && s.task && s.types && s.summary;

    if (fine && !find_name(all, s.name))
        items[all->count++] = s;
    else
        sample_free(&s);
    return fine;
}

/* Types may be left out: most columns are what they look like. */
static bool find_columns(const struct bl_csv_plain *r, size_t *column)
{
    for (size_t k = 0; k < COLUMNS; k++) {
        column[k] = SIZE_MAX;
        for (size_t i = 0; i < r->n_cells; i++)
            if (strcmp(bl_csv_value(r, i), index_columns[k]) == 0)
                column[k] = i;
        if (column[k] == SIZE_MAX && k != TYPES)
            return false;
    }
    return true;
}

static bool read_index(struct bl_samples *all, const char *folder, const char *path, const char *bytes, size_t n,
                       struct bl_error *err)
{
    struct bl_csv_plain r = { .bytes = bytes, .n = n, .whole = true, .dialect = { ',', '\n' } };
    size_t column[COLUMNS];
    enum bl_csv_step step = bl_csv_next(&r);
    bool fine = step == BL_CSV_RECORD && find_columns(&r, column), memory = true;

    r.expected = r.n_cells;
    while (fine && memory && (step = bl_csv_next(&r)) == BL_CSV_RECORD)
        memory = add_sample(all, folder, &r, column);
    fine = fine && step == BL_CSV_END;
    bl_csv_plain_free(&r);
    if (!memory)
        return bl_fail_memory(err, "the list of sample data");
    return fine || bl_fail_at(err, BL_DATA, path, 0, 0, "%s is not a list of sample data", path);
}

/* A folder without an index holds no samples. */
static bool read_folder(struct bl_samples *all, const char *folder, struct bl_error *err)
{
    struct bl_text path = { 0 };
    struct stat st;
    char *bytes = NULL;
    size_t n = 0;
    bool fine = true;

    bl_text_addf(&path, "%s/INDEX.csv", folder);
    if (stat(bl_text_get(&path), &st) == 0) {
        fine = bl_file_read(bl_text_get(&path), INDEX_MAX, &bytes, &n, err) &&
               read_index(all, folder, bl_text_get(&path), bytes, n, err);
        bl_free(bytes);
    }
    bl_text_free(&path);
    return fine;
}

bool bl_samples_list(struct bl_samples *out, struct bl_error *err)
{
    const char *folders[] = { getenv("BATCHLAB_DATA"),
#ifdef BL_SOURCE_DIR
                              BL_SOURCE_DIR "/sample-data",
#endif
#ifdef BL_DATA_DIR
                              BL_DATA_DIR,
#endif
                              NULL };

    *out = (struct bl_samples){ 0 };
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        if (folders[i] && folders[i][0] && !read_folder(out, folders[i], err)) {
            bl_samples_free(out);
            return false;
        }
    return true;
}

const struct bl_sample *bl_sample_named(const struct bl_samples *all, const char *name)
{
    const struct bl_sample *s = find_name(all, name);
    size_t n = strlen(name);

    for (size_t i = 0; !s && i < all->count; i++)
        if (strcmp(base_name(all->items[i].file), name) == 0 || strcmp(base_name(all->items[i].name), name) == 0)
            s = &all->items[i];
    for (size_t i = 0; !s && i < all->count; i++) { /* without its extension */
        const char *base = base_name(all->items[i].file);

        if (n && strncmp(base, name, n) == 0 && base[n] == '.')
            s = &all->items[i];
    }
    return s;
}

const struct bl_sample *bl_sample_of_file(const struct bl_samples *all, const char *path)
{
    struct stat wanted, st;

    if (stat(path, &wanted) != 0)
        return NULL;
    for (size_t i = 0; i < all->count; i++)
        if (strcmp(base_name(all->items[i].file), base_name(path)) == 0 && stat(all->items[i].file, &st) == 0 &&
            st.st_dev == wanted.st_dev && st.st_ino == wanted.st_ino)
            return &all->items[i];
    return NULL;
}
