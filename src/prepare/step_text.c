/* text: words as features. Tokens are maximal runs of ASCII letters in lower case (every other byte
 * separates); with ngrams=2 also each two that follow one another. The terms are the max= that occur
 * in most training rows (at least min= of them), or n= buckets of their hashes. A feature is the
 * count of its term, 0/1, or tf-idf: count * (1 + ln((1 + rows) / (1 + rows with it))), each row
 * divided by its length (as Salton and Buckley 1988, smoothed). */
#include "src/prepare/buckets.h"
#include "src/prepare/step.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TERMS      1000
#define TERMS_MAX  50000
#define TERM_BYTES 400
#define NGRAMS_MAX 4
#define BUCKETS_LEAST 2

enum { COUNTS, BINARY, TFIDF };
/* numbers of the codec: method, longest n-gram, buckets (0: a vocabulary), then idf of each term */
enum { AT_METHOD, AT_NGRAMS, AT_BUCKETS, AT_IDF };

/* ---- tokens -------------------------------------------------------------------------------- */

struct terms { /* what a text holds, one term after the other */
    const char *at;
    size_t ngrams;
    const char *start[NGRAMS_MAX];
    size_t length[NGRAMS_MAX], held; /* the last tokens, newest last */
    size_t next;            /* n-gram that comes next of those that end here, from 1; 0: read on */
    char term[TERM_BYTES];
};

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool next_token(struct terms *t)
{
    const char *begin;

    while (*t->at && !is_letter(*t->at))
        t->at++;
    for (begin = t->at; is_letter(*t->at);)
        t->at++;
    if (begin == t->at)
        return false;
    if (t->held == t->ngrams) {
        memmove(t->start, t->start + 1, (t->held - 1) * sizeof *t->start);
        memmove(t->length, t->length + 1, (t->held - 1) * sizeof *t->length);
        t->held--;
    }
    t->start[t->held] = begin;
    t->length[t->held++] = (size_t)(t->at - begin);
    return true;
}

/* Writes the last n tokens with a blank between them; returns the length. Very long ones are cut. */
static size_t write_term(struct terms *t, size_t n)
{
    size_t length = 0;

    for (size_t k = t->held - n; k < t->held; k++) {
        if (k > t->held - n && length < TERM_BYTES)
            t->term[length++] = ' ';
        for (size_t i = 0; i < t->length[k] && length < TERM_BYTES; i++)
            t->term[length++] = (char)(t->start[k][i] | 0x20);
    }
    return length;
}

/* 0: no more. */
static size_t next_term(struct terms *t)
{
    if (t->next == 0 || t->next > t->held) {
        if (!next_token(t))
            return 0;
        t->next = 1;
    }
    return write_term(t, t->next++);
}

/* ---- reading a table ----------------------------------------------------------------------- */

struct texts { /* what the text of each code holds, terms ascending */
    size_t codes, *begin;
    struct bl_cell *entries;
    size_t n, capacity;
};

static void texts_free(void *bound)
{
    struct texts *x = bound;

    bl_free(x->begin);
    bl_free(x->entries);
    bl_free(x);
}

static int compare_entries(const void *a, const void *b)
{
    const struct bl_cell *x = a, *y = b;

    return (x->key > y->key) - (x->key < y->key);
}

static size_t term_number(const struct bl_codec *c, const char *term, size_t n)
{
    return c->numbers[AT_BUCKETS] > 0
               ? (size_t)(bl_word_hash(term, n) % (uint64_t)c->numbers[AT_BUCKETS])
               : bl_names_find(c->names, term, n);
}

/* Equal terms become one, with their count; then the values of the method. */
static size_t weigh(const struct bl_codec *c, struct bl_cell *e, size_t n)
{
    const int method = (int)c->numbers[AT_METHOD];
    double square = 0;
    size_t kept = 0;

    qsort(e, n, sizeof *e, compare_entries);
    for (size_t i = 0; i < n; i++) {
        if (kept && e[kept - 1].key == e[i].key)
            e[kept - 1].value++;
        else
            e[kept++] = (struct bl_cell){e[i].key, 1};
    }
    for (size_t i = 0; method != COUNTS && i < kept; i++) {
        e[i].value = method == BINARY ? 1 : e[i].value * c->numbers[AT_IDF + e[i].key];
        square += e[i].value * e[i].value;
    }
    for (size_t i = 0; method == TFIDF && i < kept; i++)
        e[i].value /= sqrt(square);
    return kept;
}

static bool read_text(const struct bl_codec *c, struct texts *x, const char *text,
                      struct bl_error *err)
{
    struct terms t = {.at = text, .ngrams = (size_t)c->numbers[AT_NGRAMS]};
    size_t first = x->n, n;

    while ((n = next_term(&t)) > 0) {
        size_t term = term_number(c, t.term, n);
        if (term == SIZE_MAX)
            continue;
        if (!bl_grow((void **)&x->entries, &x->capacity, x->n, sizeof *x->entries, err))
            return false;
        x->entries[x->n++] = (struct bl_cell){(uint32_t)term, 1};
    }
    if (x->n > first)
        x->n = first + weigh(c, x->entries + first, x->n - first);
    return true;
}

static void *bind(const struct bl_codec *c, const struct bl_source *s,
                  const struct bl_column *column, struct bl_error *err)
{
    struct texts *x = bl_calloc(1, sizeof *x);
    bool ok = x && (x->begin = bl_calloc(column->n_levels + 1, sizeof *x->begin));

    (void)s;
    if (ok)
        x->codes = column->n_levels;
    else
        bl_fail_memory(err, "the words of a text");
    for (size_t i = 0; ok && i < column->n_levels; i++) {
        ok = read_text(c, x, column->levels[i], err);
        x->begin[i + 1] = x->n;
    }
    if (ok)
        return x;
    if (x)
        texts_free(x);
    return NULL;
}

static bool whole_between(double x, double least, double most)
{
    return x >= least && x <= most && x == floor(x);
}

/* Terms that the codec knows: those of its vocabulary, or its buckets. */
static size_t count_terms(const struct bl_codec *c)
{
    return c->names ? bl_names_count(c->names) : (size_t)c->numbers[AT_BUCKETS];
}

static bool good_codec(const struct bl_codec *c, const struct bl_source *s)
{
    size_t terms = c->names ? bl_names_count(c->names) : 0;

    if (s->type != BL_TEXT_COLUMN || c->n_numbers != AT_IDF + terms || terms > TERMS_MAX ||
        !whole_between(c->numbers[AT_METHOD], COUNTS, TFIDF) || !whole_between(c->numbers[AT_NGRAMS], 1, NGRAMS_MAX))
        return false;
    for (size_t k = 0; k < terms; k++)
        if (!isfinite(c->numbers[AT_IDF + k]))
            return false;
    return c->names ? c->numbers[AT_BUCKETS] == 0
                    : whole_between(c->numbers[AT_BUCKETS], BUCKETS_LEAST, TERMS_MAX) && c->numbers[AT_METHOD] != TFIDF;
}

static const struct bl_codec_type codec_type = {"text", good_codec, bind, texts_free};

static double find_value(const struct texts *x, size_t code, uint32_t term)
{
    size_t low = x->begin[code], high = x->begin[code + 1], end = high;

    while (low < high) {
        size_t middle = (low + high) / 2;
        if (x->entries[middle].key < term)
            low = middle + 1;
        else
            high = middle;
    }
    return low < end && x->entries[low].key == term ? x->entries[low].value : 0;
}

/* A missing text holds no word. */
static void combine(const struct bl_node *node, const struct bl_inputs *in, double *out)
{
    const struct texts *texts = in->bound;

    for (size_t i = 0; i < in->n; i++) {
        double code = -1 - in->x[0][i];
        out[i] = code >= 0 && code < (double)texts->codes ? find_value(texts, (size_t)code, (uint32_t)node->params[0]) : 0;
    }
}

static bool finds(const struct bl_codec *c, const double *params, size_t inputs)
{
    return inputs == 1 && whole_between(params[0], 0, (double)count_terms(c) - 1);
}

static const struct bl_cell *cells(const void *bound, double x, size_t *n)
{
    const struct texts *texts = bound;
    const double code = -1 - x;

    *n = 0;
    if (!(code >= 0 && code < (double)texts->codes))
        return NULL;
    *n = texts->begin[(size_t)code + 1] - texts->begin[(size_t)code];
    return *n ? texts->entries + texts->begin[(size_t)code] : NULL;
}

static const struct bl_op op = {.name = "text", .combine = combine, .cells = cells, .fills = true, .unseen = true, .good = bl_good_one,
                                .codec = &codec_type, .finds = finds};

/* ---- fitting ------------------------------------------------------------------------------- */

struct term {
    size_t rows, number, last; /* training rows that have it; as found; the last of them, from 1 */
};
struct vocabulary {
    struct bl_names *names;
    struct term *terms;
    size_t capacity;
};

static bool count_text(struct vocabulary *v, const char *text, size_t ngrams, size_t row,
                       struct bl_error *err)
{
    struct terms t = {.at = text, .ngrams = ngrams};
    size_t n;

    while ((n = next_term(&t)) > 0) {
        size_t known = bl_names_count(v->names), at;
        if (!bl_grow((void **)&v->terms, &v->capacity, known, sizeof *v->terms, err))
            return false;
        if ((at = bl_names_add(v->names, t.term, n)) == SIZE_MAX)
            return bl_fail_memory(err, "the words of a text");
        if (at == known)
            v->terms[at] = (struct term){.number = at};
        v->terms[at].rows += v->terms[at].last != row;
        v->terms[at].last = row;
    }
    return true;
}

static int compare_terms(const void *a, const void *b)
{
    const struct term *x = a, *y = b;

    if (x->rows != y->rows)
        return x->rows < y->rows ? 1 : -1;
    return (x->number > y->number) - (x->number < y->number);
}

/* The terms of most rows into the codec, in that order; of equal ones the first that was met. */
static bool keep_terms(struct bl_fitter *f, struct bl_codec *c, struct vocabulary *v,
                       struct bl_error *err)
{
    size_t all = bl_names_count(v->names), most = (size_t)bl_step_number(f->step, "max", TERMS), n = 0;
    double least = bl_step_number(f->step, "min", 1);
    double *numbers;

    if (all > 0)
        qsort(v->terms, all, sizeof *v->terms, compare_terms);
    while (n < all && n < most && (double)v->terms[n].rows >= least)
        n++;
    numbers = bl_realloc(c->numbers, AT_IDF + n + 1, sizeof *numbers);
    if (numbers)
        c->numbers = numbers;
    if (!numbers || !(c->names = bl_names_create()))
        return bl_fail_memory(err, "the words of a text");
    c->n_numbers = AT_IDF + n;
    for (size_t k = 0; k < n; k++) {
        size_t length;
        const char *term = bl_names_at(v->names, v->terms[k].number, &length);
        if (bl_names_add(c->names, term, length) == SIZE_MAX)
            return bl_fail_memory(err, "the words of a text");
        c->numbers[AT_IDF + k] =
            1 + bl_log((1 + (double)f->n_rows) / (1 + (double)v->terms[k].rows));
    }
    return true;
}

static bool find_terms(struct bl_fitter *f, struct bl_codec *c, struct bl_error *err)
{
    struct vocabulary v = {.names = bl_names_create()};
    const struct bl_column *column = f->binding->columns[c->source];
    bool ok = v.names || bl_fail_memory(err, "the words of a text");

    for (size_t i = 0; ok && i < f->n_rows; i++)
        if (column->code[f->rows[i]] != BL_MISSING_CODE)
            ok = count_text(&v, column->levels[column->code[f->rows[i]]],
                            (size_t)c->numbers[AT_NGRAMS], i + 1, err);
    ok = ok && keep_terms(f, c, &v, err);
    bl_names_free(v.names);
    bl_free(v.terms);
    return ok;
}

static bool add_term(struct bl_fitter *f, size_t column, const struct bl_codec *c, size_t term,
                     struct bl_error *err)
{
    const double params[] = {(double)term};
    size_t node = bl_fitter_node(f, &op, &column, 1, params, 1, c, err);
    struct bl_text name = {0};
    bool ok;

    if (c->names)
        bl_text_addf(&name, "%s:%s", f->fit->columns[column].name, bl_names_at(c->names, term, NULL));
    else
        bl_text_addf(&name, "%s#%zu", f->fit->columns[column].name, term);
    ok = bl_fitter_column(f, bl_text_get(&name), node, column, 0, err);
    bl_text_free(&name);
    return ok;
}

static struct bl_codec *start(struct bl_fitter *f, size_t column, struct bl_error *err)
{
    struct bl_codec *c = bl_fitter_codec(f, &codec_type, column, err);

    if (!c)
        return NULL;
    if (!(c->numbers = bl_calloc(AT_IDF + 1, sizeof *c->numbers))) {
        bl_fail_memory(err, "the words of a text");
        return NULL;
    }
    c->n_numbers = AT_IDF;
    c->numbers[AT_METHOD] = bl_step_is(f->step, "method", "tfidf")    ? TFIDF
                            : bl_step_is(f->step, "method", "binary") ? BINARY
                                                                      : COUNTS;
    c->numbers[AT_NGRAMS] = bl_step_number(f->step, "ngrams", 1);
    c->numbers[AT_BUCKETS] = bl_step_number(f->step, "n", 0);
    return c;
}

static bool fit(struct bl_fitter *f, size_t column, const double *values, struct bl_error *err)
{
    struct bl_codec *c = start(f, column, err);
    size_t terms;
    bool ok;

    (void)values;
    if (!c || (c->numbers[AT_BUCKETS] == 0 && !find_terms(f, c, err)) || !bl_fitter_bind(f, err))
        return false;
    terms = count_terms(c);
    ok = bl_fitter_note(f, column, c->names ? "terms" : "buckets", (double)terms, NULL, err);
    for (size_t k = 0; ok && k < terms; k++)
        ok = add_term(f, column, c, k, err);
    if (terms == 0)
        bl_fitter_empty(f, f->fit->columns[column].name);
    bl_fitter_remove(f, column);
    return ok;
}

static bool check(const struct bl_step *s, struct bl_error *err)
{
    if (!bl_step_option(s, "n") ||
        (!bl_step_option(s, "max") && !bl_step_option(s, "min") && !bl_step_is(s, "method", "tfidf")))
        return true;
    bl_fail(err, BL_USAGE, "n= hashes the words, so there is no max=, min= or method=tfidf");
    return bl_hint(err, "prep text n=1024, or prep text method=tfidf max=1000");
}

static bool takes(const struct bl_step *s, enum bl_kind kind, bool asked)
{
    (void)s, (void)asked;
    return kind == BL_KIND_TEXT;
}

static const char *const methods[] = {"counts", "binary", "tfidf", NULL};
static const char *const key_names[] = {"method", "ngrams", "max", "min", "n", "sparse", NULL};
static const struct bl_step_key keys[] = {{.values = methods},
                                          {.kind = BL_KEY_WHOLE, .min = 1, .max = NGRAMS_MAX},
                                          {.kind = BL_KEY_WHOLE, .min = 1, .max = TERMS_MAX},
                                          {.kind = BL_KEY_WHOLE, .min = 1, .max = 1e9},
                                          {.kind = BL_KEY_WHOLE, .min = BUCKETS_LEAST, .max = TERMS_MAX},
                                          {.values = bl_sparse_words}};

extern const struct bl_step_type bl_step_text;
const struct bl_step_type bl_step_text = {
    .name = "text",
    .summary = "words of a text as features: counts or tf-idf",
    .key_names = key_names,
    .keys = keys,
    .check = check,
    .takes = takes,
    .fit = fit,
    .ops = {&op},
};
