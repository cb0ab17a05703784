/* IDX, the format of MNIST and its kin: two zero bytes, the kind of element, the number of dimensions,
 * their sizes, then the elements, all most significant byte first. The first dimension counts rows; the
 * others, flattened, are columns p0 ... pN. A file with one dimension is the column label.
 *
 * Beside NAME-images-idx3-ubyte lies NAME-labels-idx1-ubyte: when images are loaded from a file that is
 * called so, the labels are found by their name, must be as many, and become the last column, label,
 * which is the target. Each of the two may be a gzip file. */
#include "idx.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "csv.h"
#include "formats.h"
#include "gzip.h"
#include "numbers.h"

#define DIMENSIONS_MAX 8

static const char *const marks[] = { "-images", ".images", "_images" };

/* Where "images" stands in the file name, behind its '-'; NULL if it does not. */
static const char *images_in(const char *path)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;

    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        const char *found = strstr(base, marks[i]);

        if (found && strstr(found, "idx"))
            return found + 1;
    }
    return NULL;
}

size_t bl_idx_stem(const char *name)
{
    const char *images = images_in(name);

    return images && images - 1 > name && images[-2] != '/' ? (size_t)(images - 1 - name) : strlen(name);
}

static bool exists(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

char *bl_idx_images(const char *path)
{
    static const char *const endings[] = { "-images-idx3-ubyte", "-images-idx3-ubyte.gz", "-images.idx3-ubyte", "-images.idx3-ubyte.gz" };

    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        struct bl_text text = { 0 };

        bl_text_addf(&text, "%s%s", path, endings[i]);
        if (!text.failed && exists(bl_text_get(&text)))
            return bl_text_take(&text);
        bl_text_free(&text);
    }
    return NULL;
}

/* ---- the header ------------------------------------------------------------------------------------------*/

struct header { struct bl_array array; size_t dimensions; };

static bool element_of(unsigned char code, struct bl_element *e)
{
    static const struct { unsigned char code; struct bl_element element; } known[] = {
        { 0x08, { 'u', 1, true } }, { 0x09, { 'i', 1, true } }, { 0x0b, { 'i', 2, true } },
        { 0x0c, { 'i', 4, true } }, { 0x0d, { 'f', 4, true } }, { 0x0e, { 'f', 8, true } },
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].code == code) {
            *e = known[i].element;
            return true;
        }
    return false;
}

static bool fail_header(const struct bl_source *s, const char *what, struct bl_error *err)
{
    bl_fail_at(err, BL_DATA, s->label, 0, 0, "%s is not a whole IDX file: %s", s->label, what);
    return bl_hint(err, "copy or download it again");
}

static bool read_sizes(const struct bl_source *s, struct header *h, struct bl_error *err)
{
    unsigned char sizes[4 * DIMENSIONS_MAX];
    uint64_t columns = 1, bytes = h->array.element.bytes;

    h->array.at = 4 + 4 * h->dimensions;
    if (s->size < h->array.at)
        return fail_header(s, "it ends in its header", err);
    if (!bl_source_read(s, 4, (char *)sizes, 4 * h->dimensions, err))
        return false;
    for (size_t i = 0; i < h->dimensions; i++) {
        const unsigned char *p = sizes + 4 * i;
        uint64_t size = (uint64_t)p[0] << 24 | (uint64_t)p[1] << 16 | (uint64_t)p[2] << 8 | p[3];

        if (__builtin_mul_overflow(bytes, size, &bytes) || (i && __builtin_mul_overflow(columns, size, &columns)))
            return fail_header(s, "its sizes are beyond any file", err);
        h->array.rows = i ? h->array.rows : (size_t)size;
    }
    h->array.columns = (size_t)columns;
    if (bytes == s->size - h->array.at)
        return true;
    return fail_header(s, bytes > s->size - h->array.at ? "it ends before its last element" : "more follows its last element", err);
}

static bool read_header(const struct bl_source *s, struct header *h, struct bl_error *err)
{
    unsigned char start[4];

    *h = (struct header){ 0 };
    if (s->size < 4)
        return fail_header(s, "it ends in its header", err);
    if (!bl_source_read(s, 0, (char *)start, 4, err))
        return false;
    if (start[0] || start[1] || !element_of(start[2], &h->array.element))
        return fail_header(s, "its first bytes name no kind of number", err);
    h->dimensions = start[3];
    if (h->dimensions < 1 || h->dimensions > DIMENSIONS_MAX)
        return fail_header(s, "it has no dimensions, or more than 8", err);
    return read_sizes(s, h, err);
}

/* ---- labels --------------------------------------------------------------------------------------------*/

/* The name of the labels that belong to a file of images: "images" becomes "labels", "idx3" "idx1",
 * with or without ".gz"; NULL if there is no such file. */
static char *labels_path(const char *path)
{
    const char *images = path ? images_in(path) : NULL;
    struct bl_text text = { 0 };

    if (!images)
        return NULL;
    bl_text_addn(&text, path, (size_t)(images - path));
    bl_text_add(&text, "labels");
    bl_text_add(&text, images + strlen("images"));
    char *idx = text.failed ? NULL : strstr(text.at + (images - path), "idx");

    if (idx && idx[3])
        idx[3] = '1';
    for (int i = 0; idx && i < 2; i++) {
        if (exists(text.at))
            return bl_text_take(&text);
        if (i == 0 && text.length > 3 && strcmp(text.at + text.length - 3, ".gz") == 0)
            text.at[text.length -= 3] = '\0';
        else if (i == 0)
            bl_text_add(&text, ".gz");
    }
    bl_text_free(&text);
    return NULL;
}

static bool labels_from(const struct bl_source *s, size_t rows, double *label, struct bl_error *err)
{
    struct header h;
    size_t rounded = 0;

    if (!read_header(s, &h, err))
        return false;
    if (h.dimensions != 1 || h.array.rows != rows) {
        bl_fail_at(err, BL_DATA, s->label, 0, 0, "%s holds %zu labels for %zu images", s->label, h.dimensions == 1 ? h.array.rows : 0, rows);
        return bl_hint(err, "rename it if it belongs to other images");
    }
    return bl_array_read(s, &h.array, &label, NULL, &rounded, err);
}

static bool read_labels(const char *path, size_t rows, double *label, struct bl_error *err)
{
    struct bl_source s, expanded;
    struct bl_input in;
    bool fine = false;

    if (!bl_input_open(&in, path, false, err))
        return false;
    if (bl_source_open(&s, &in, path, NULL, err)) {
        if (!bl_gzip_is(&s)) {
            fine = labels_from(&s, rows, label, err);
        } else if (bl_gzip_expand(&s, &expanded, err)) {
            fine = labels_from(&expanded, rows, label, err);
            bl_source_close(&expanded);
        }
        bl_source_close(&s);
    }
    bl_input_close(&in);
    return fine;
}

/* ---- the whole -----------------------------------------------------------------------------------------*/

static bool set_columns(struct bl_table *t, const struct header *h, double **number, bool labelled, struct bl_error *err)
{
    char name[32] = "label";

    for (size_t j = 0; j < t->n_columns; j++) {
        if (labelled && j + 1 == t->n_columns)
            snprintf(name, sizeof name, "label");
        else if (h->dimensions > 1)
            snprintf(name, sizeof name, "p%zu", j);
        if (!bl_table_set_numbers(t, j, name, number[j], err))
            return false;
        number[j] = NULL;
    }
    if (labelled && !(t->own_target = bl_strdup("label")))
        return bl_fail_memory(err, "the table");
    return true;
}

static struct bl_table *read_idx(const struct bl_source *s, const struct bl_load_options *o, struct bl_error *err)
{
    struct header h;
    struct bl_table *t = NULL;

    if (!read_header(s, &h, err))
        return NULL;
    char *labels = h.dimensions > 1 ? labels_path(s->path) : NULL;
    size_t columns = h.array.columns + (labels != NULL), rounded = 0;
    double **number = bl_array_room(s, h.array.rows, columns, err);

    if (number && bl_array_read(s, &h.array, number, o->progress, &rounded, err) &&
        (!labels || read_labels(labels, h.array.rows, number[columns - 1], err)) && (bl_source_unchanged(s) || bl_source_fail_changed(s, err)))
        t = bl_table_create("", h.array.rows, columns, err);
    if (t && !set_columns(t, &h, number, labels != NULL, err)) {
        bl_table_free(t);
        t = NULL;
    }
    bl_array_free(number, columns);
    bl_free(labels);
    return t;
}

static int sniff_idx(const char *head, size_t n, const char *path)
{
    struct bl_element e;

    if (n < 8 || head[0] || head[1] || !element_of((unsigned char)head[2], &e) || head[3] < 1 || head[3] > DIMENSIONS_MAX)
        return strstr(path, "-idx") || bl_path_ends(path, "idx") ? 70 : 0;
    return 95;
}

static const char *const idx_extensions[] = { "idx", NULL };
const struct bl_reader_type bl_idx_reader = {
    .name = "idx", .summary = "images and labels of MNIST and its kin", .extensions = idx_extensions, .sniff = sniff_idx, .read = read_idx,
};
