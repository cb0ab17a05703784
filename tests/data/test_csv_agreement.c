/* The fast CSV reader agrees with the plain one on every input: made up, mutated and real ones, for
 * any size of blocks and buffers, any number of threads, any vector unit. BL_LONG=1 runs a hundred
 * times as many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "plain_table.h"

static struct bl_pool *pools[4];
static struct bl_random dice;

static size_t below(size_t n)
{
    return (size_t)bl_random_below(&dice, n);
}

static bool same_double(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

static bool same_cell(const struct plain_column *c, const struct bl_column *k, size_t row)
{
    double value = NAN;

    if (c->type != BL_NUMERIC)
        return c->missing[row] ? k->code[row] == BL_MISSING_CODE
                               : k->code[row] < k->n_levels && strcmp(c->cells[row], k->levels[k->code[row]]) == 0;
    if (!c->missing[row] && !bl_number_parse(c->cells[row], strlen(c->cells[row]), &value))
        return false;
    return same_double(value, k->number[row]);
}

/* NULL if the tables are the same, else what differs. */
static const char *difference(const struct plain_table *p, const struct bl_table *t)
{
    if (p->n_rows != t->n_rows || p->head.n_columns != t->n_columns)
        return "shape";
    for (size_t j = 0; j < t->n_columns; j++) {
        const struct bl_column *k = &t->columns[j];
        size_t missing = 0;

        if (strcmp(p->head.names[j], k->name) != 0)
            return "name";
        if (p->columns[j].type != k->type)
            return "type";
        for (size_t i = 0; i < t->n_rows; i++) {
            missing += p->columns[j].missing[i];
            if (!same_cell(&p->columns[j], k, i))
                return "cell";
        }
        if (missing != k->missing)
            return "number of missing cells";
        for (size_t l = 1; l < k->n_levels; l++)
            if (strcmp(k->levels[l - 1], k->levels[l]) >= 0)
                return "order of levels";
    }
    return NULL;
}

static const char *compare_with(const struct plain_table *p, bool fine, const struct bl_error *wanted, const char *bytes, size_t n,
                                const struct bl_load_options *o, struct bl_csv_tuning tuning)
{
    struct bl_source s;
    struct bl_error err = { 0 };
    const char *what = NULL;

    bl_source_memory(&s, bytes, n, "test");
    struct bl_table *t = bl_csv_parse(&s, o, tuning, &err);

    if (fine && p->n_rows && p->beyond)
        what = !t && err.code == BL_DATA && strstr(err.message, "beyond the range") ? NULL : "a number too large to be held";
    else if (t && fine)
        what = difference(p, t);
    else if (t)
        what = "the plain reader refuses it";
    else if (fine && p->n_rows)
        what = "the fast reader refuses it";
    else if (!fine && (err.code != wanted->code || err.line != wanted->line || err.column != wanted->column ||
                       strcmp(err.message, wanted->message) != 0))
        what = "the place or kind of the error";
    if (what)
        printf("fast: %s %zu:%zu, plain: %s %zu:%zu\n", err.message, err.line, err.column, wanted->message, wanted->line,
               wanted->column);
    bl_table_free(t);
    return what;
}

static void check(const char *bytes, size_t n, const struct bl_load_options *options)
{
    struct plain_table p;
    struct bl_error wanted = { 0 };
    struct bl_load_options o = *options;
    bool fine = plain_read(&p, bytes, n, &o, &wanted);
    static const size_t sizes[] = { 0, 1, 2, 3, 7, 16, 61, 64, 65, 200, 1000 };

    for (int k = 0; k < 4; k++) {
        struct bl_csv_tuning tuning = { sizes[below(11)], sizes[below(11)], below(2) };
        size_t threads = below(4);

        o.pool = pools[threads];
        bl_units_limit((enum bl_units)k);
        const char *what = compare_with(&p, fine, &wanted, bytes, n, &o, tuning);

        if (what) {
            fwrite(bytes, 1, n < 2000 ? n : 2000, stdout);
            fail_msg("%s differs (%zu bytes, block %zu, buffer %zu, straight %zu, %zu threads, units %d)", what, n, tuning.block,
                     tuning.buffer, tuning.straight, threads, k);
        }
    }
    bl_units_limit(BL_UNITS_AVX512);
    plain_free(&p);
}

/* ---- made up inputs ----------------------------------------------------------------------------*/

static size_t add(char *out, const char *text)
{
    size_t n = strlen(text);

    memcpy(out, text, n);
    return n;
}

static size_t random_number(char *out)
{
    static const char *const odd[] = { "0", "-0", "-0.0", ".5", "5.", "-", ".", "-.", "1e5", "1e400", "+3", "007", "1.2.3", "--1",
                                       "9007199254740993", "99999999999999999", "1234567890123456", "-123456789012345",
                                       "0.1234567890123456789", "123456789.0123456", "1-2", "inf", "nan", "0x10", " 4 ", "-.5" };

    if (below(4) == 0)
        return add(out, odd[below(sizeof odd / sizeof *odd)]);
    return (size_t)sprintf(out, "%.*f", (int)below(12), (bl_random_unit(&dice) - 0.5) * (double)(1 + below(100000)));
}

static size_t random_cell(char *out)
{
    static const char *const words[] = { "", "", "NA", "x", "word", " padded ", "\"quoted\"", "\"a,b\"", "\"two\nlines\"",
                                         "\"say \"\"hi\"\"\"", " \"after blanks\" ", "5\" pipe", "\"\"", "\xc3\xa9", "\xff",
                                         "a\rb", "\"\r\n\"", "'" };

    return below(3) ? random_number(out) : add(out, words[below(sizeof words / sizeof *words)]);
}

/* Rows of one shape, of numbers with a word now and then, or of everything. */
static size_t random_table(char *out, size_t size)
{
    size_t columns = 1 + below(4), rows = below(40), n = 0;
    const char *newline = below(3) ? "\n" : below(4) ? "\r\n" : "\r";
    bool wild = below(2);

    n += below(8) ? 0 : add(out, "\xef\xbb\xbf");
    if (below(2)) {
        for (size_t j = 0; j < columns; j++)
            n += (size_t)sprintf(out + n, "%sname%zu", j ? "," : "", below(6) ? j : 0);
        n += add(out + n, newline);
    }
    for (size_t i = 0; i < rows && n + 400 < size; i++) {
        n += below(12) ? 0 : add(out + n, below(2) ? newline : "  \n");
        for (size_t j = 0; j < columns; j++) {
            n += j ? add(out + n, ",") : 0;
            n += wild || !below(30) ? random_cell(out + n) : random_number(out + n);
        }
        n += add(out + n, newline);
    }
    return n && below(3) == 0 ? n - 1 : n;
}

static size_t random_bytes(char *out, size_t size)
{
    static const char alphabet[] = "0123456789.-,,,\n\n\n\r\"\" ;\tabNAe+";
    size_t n = below(size < 300 ? size : 300);

    for (size_t i = 0; i < n; i++)
        out[i] = alphabet[below(sizeof alphabet - 1)];
    return n;
}

static void mutate(char *bytes, size_t *n)
{
    static const char alphabet[] = "\",\n\r \t;0.-x";

    for (size_t k = 1 + below(3); k && *n; k--) {
        size_t at = below(*n);

        if (below(2)) {
            bytes[at] = alphabet[below(sizeof alphabet - 1)];
        } else {
            memmove(bytes + at, bytes + at + 1, *n - at - 1);
            --*n;
        }
    }
}

static void many(void (*each)(char *, size_t), size_t usual)
{
    static char room[1 << 16];
    size_t n = getenv("BL_LONG") ? 100 * usual : usual;

    for (size_t i = 0; i < n; i++)
        each(room, sizeof room);
}

static void one_bytes(char *room, size_t size)
{
    check(room, random_bytes(room, size), &(struct bl_load_options){ .delimiter = below(2) ? ',' : 0 });
}

static void one_table(char *room, size_t size)
{
    static const char *const missing[] = { "x", "-0", "5\" pipe" };
    size_t n = random_table(room, size);
    struct bl_load_options o = { .delimiter = below(4) ? ',' : 0, .header = (enum bl_header)below(3), .missing = missing,
                                 .n_missing = below(4) };

    check(room, n, &o);
    mutate(room, &n);
    check(room, n, &o);
}

static void test_random_bytes_agree(void **state)
{
    (void)state;
    many(one_bytes, 3000);
}

static void test_random_and_mutated_tables_agree(void **state)
{
    (void)state;
    many(one_table, 1500);
}

static void test_real_files_agree(void **state)
{
    static const char *const files[] = { "titanic", "penguins", "sms_spam", "airquality", "auto_mpg", "wine", "mtcars", "iris" };
    char path[512], *bytes;
    size_t n;

    (void)state;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%s/sample-data/%s.csv", BL_SOURCE_DIR, files[i]);
        assert_true(bl_file_read(path, SIZE_MAX / 2, &bytes, &n, NULL));
        check(bytes, n, &(struct bl_load_options){ 0 });
        for (int k = 0; k < 3; k++) {
            mutate(bytes, &n);
            check(bytes, n, &(struct bl_load_options){ 0 });
        }
        bl_free(bytes);
    }
}

/* A quote inside a cell that is not quoted turns the parity of all quotes behind it. */
static void test_stray_quotes_do_not_mislead_blocks(void **state)
{
    static char room[1 << 16];
    size_t n = add(room, "item,n\n");

    (void)state;
    for (int i = 0; i < 900; i++)
        n += (size_t)sprintf(room + n, i == 3 ? "5\" pipe,%d\n" : i % 5 == 0 ? "\"a, \"\"b\"\"\n\",%d\n" : "plain,%d\n", i);
    for (size_t block = 50; block < 3000; block += 127) {
        struct plain_table p;
        struct bl_load_options o = { .pool = pools[2], .delimiter = ',' };
        struct bl_error wanted = { 0 };
        bool fine = plain_read(&p, room, n, &o, &wanted);

        assert_true(fine);
        assert_null(compare_with(&p, fine, &wanted, room, n, &o, (struct bl_csv_tuning){ block, 100, 0 }));
        plain_free(&p);
    }
}

/* Where the sample of one thread looks, lines are long: there are more rows than it expects. */
static void test_more_rows_than_the_sample_expects(void **state)
{
    enum { PIECE = 200, SIZE = 1 << 16 };
    char *room = calloc(SIZE + 4096, 1);
    size_t n = add(room, "a,b\n");
    struct plain_table p;
    struct bl_load_options o = { .delimiter = ',' };
    struct bl_error wanted = { 0 };

    (void)state;
    while (n < SIZE)
        if (n % (SIZE / 15) < 2 * PIECE || n % (SIZE / 15) > SIZE / 15 - 2 * PIECE)
            n += (size_t)sprintf(room + n, "%0200d,1\n", 7);
        else
            n += (size_t)sprintf(room + n, "%zu,2\n", n % 10);
    assert_true(plain_read(&p, room, n, &o, &wanted));
    for (size_t k = 0; k < 4; k++) {
        o.pool = pools[k];
        assert_null(compare_with(&p, true, &wanted, room, n, &o, (struct bl_csv_tuning){ 0, PIECE, 1 }));
    }
    room[n - 300] = 0; /* and what is found late is told as ever */
    plain_free(&p);
    assert_false(plain_read(&p, room, n, &o, &wanted));
    for (size_t k = 0; k < 4; k++) {
        o.pool = pools[k];
        assert_null(compare_with(&p, false, &wanted, room, n, &o, (struct bl_csv_tuning){ 0, PIECE, 1 }));
    }
    plain_free(&p);
    free(room);
}

static int setup(void **state)
{
    (void)state;
    dice = bl_random_stream(1, BL_FOR_GENERATE, 0, 0);
    for (size_t i = 1; i < 4; i++)
        pools[i] = bl_pool_create(i, NULL);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (size_t i = 1; i < 4; i++)
        bl_pool_free(pools[i]);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_bytes_agree),
        cmocka_unit_test(test_random_and_mutated_tables_agree),
        cmocka_unit_test(test_real_files_agree),
        cmocka_unit_test(test_stray_quotes_do_not_mislead_blocks),
        cmocka_unit_test(test_more_rows_than_the_sample_expects),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
