/* Reading piece by piece: all pieces together are the table that is read at once, whatever crosses their borders. */
#define _GNU_SOURCE 1
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "batchlab/data.h"

static char folder[] = "/tmp/pieces-XXXXXX";

static void write_file(const char *name, const struct bl_text *text, char path[100])
{
    FILE *f;

    snprintf(path, 100, "%s/%s", folder, name);
    f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text->at, 1, text->length, f), text->length);
    assert_int_equal(fclose(f), 0);
}

static void expect_rows(const struct bl_table *piece, const struct bl_table *whole, size_t from)
{
    char a[64], b[64];

    assert_int_equal(piece->n_columns, whole->n_columns);
    for (size_t i = 0; i < piece->n_rows; i++)
        for (size_t j = 0; j < piece->n_columns; j++)
            assert_string_equal(bl_table_cell(piece, i, j, a, sizeof a), bl_table_cell(whole, from + i, j, b, sizeof b));
}

/* How many pieces there were. */
static size_t expect_whole(const char *path, const struct bl_load_options *options)
{
    struct bl_error err = {0};
    struct bl_table *whole = bl_load(path, options, &err), *t;
    struct bl_pieces *s = bl_pieces_open(path, options, &err);
    size_t pieces = 0, rows = 0;

    if (!whole || !s)
        fail_msg("%s", err.message);
    for (; (t = bl_pieces_next(s, &err)); pieces++) {
        assert_int_equal(bl_pieces_rows(s), rows);
        expect_rows(t, whole, rows);
        rows += t->n_rows;
        bl_table_free(t);
    }
    if (err.code != BL_OK)
        fail_msg("%s", err.message);
    assert_int_equal(rows, whole->n_rows);
    bl_pieces_close(s);
    bl_table_free(whole);
    return pieces;
}

/* About 3 MB, so several pieces; with quoted cells that hold newlines and delimiters where that is asked for. */
static void many_rows(struct bl_text *t, bool header, bool quotes, const char *newline)
{
    if (header)
        bl_text_addf(t, "number;word;other%s", newline);
    for (int i = 0; i < 100000; i++)
        if (quotes && i % 7 == 0)
            bl_text_addf(t, "%d.5;\"a \"\"b\"\"%s; %d\";%d%s", i, newline, i % 11, i % 13, newline);
        else
            bl_text_addf(t, "%d;w%d;%d%s", i, i % 5, i * 7, newline);
}

static void test_pieces_together_are_the_table(void **state)
{
    static const struct { bool header, quotes; const char *newline; } cases[] = {
        {true, false, "\n"}, {true, true, "\n"}, {false, false, "\n"}, {true, true, "\r\n"}, {true, false, "\r"},
    };
    struct bl_load_options options = {0};
    char path[100];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bl_text text = {0};
        many_rows(&text, cases[i].header, cases[i].quotes, cases[i].newline);
        write_file("many.csv", &text, path);
        assert_true(expect_whole(path, &options) > 1);
        bl_text_clear(&text);
        bl_text_add(&text, "a,b\n1,x\n2,\"y\nz\""); /* no newline at the end */
        write_file("few.csv", &text, path);
        assert_int_equal(expect_whole(path, &options), 1);
        bl_text_free(&text);
    }
}

static void test_a_record_longer_than_a_piece_is_read(void **state)
{
    struct bl_load_options options = {0};
    struct bl_text text = {0};
    char path[100];

    (void)state;
    bl_text_add(&text, "a,b\n1,x\n");
    for (int i = 0; i < 3; i++) {
        bl_text_add(&text, "2,\"");
        bl_text_repeat(&text, "long\n", 150000);
        bl_text_add(&text, "\"\n3,y\n");
    }
    write_file("long.csv", &text, path);
    expect_whole(path, &options);
    bl_text_free(&text);
}

static void test_an_error_tells_the_line_of_the_whole(void **state)
{
    struct bl_load_options options = {0};
    struct bl_error err = {0};
    struct bl_text text = {0};
    struct bl_pieces *s;
    struct bl_table *t;
    char path[100];

    (void)state;
    many_rows(&text, true, false, "\n");
    bl_text_add(&text, "1;2;3;4\n"); /* line 100002: a cell too many */
    write_file("bad.csv", &text, path);
    s = bl_pieces_open(path, &options, &err);
    while ((t = bl_pieces_next(s, &err)))
        bl_table_free(t);
    assert_int_equal(err.code, BL_DATA);
    assert_int_equal(err.line, 100002);
    bl_pieces_close(s);
    bl_text_free(&text);
}

static void test_other_formats_come_in_one_piece(void **state)
{
    struct bl_load_options options = {0};
    struct bl_text text = {0};
    char path[100];

    (void)state;
    for (int i = 0; i < 1000; i++)
        bl_text_addf(&text, "{\"a\": %d, \"b\": \"w%d\"}\n", i, i % 3);
    write_file("lines.jsonl", &text, path);
    assert_int_equal(expect_whole(path, &options), 1);
    bl_text_free(&text);
}

/* A writer that pauses is answered with what there is. */
static void test_a_slow_writer_is_answered_at_once(void **state)
{
    struct bl_load_options options = {0};
    struct bl_error err = {0};
    struct bl_pieces *s;
    struct bl_table *t;
    char path[100];
    size_t rows = 0, pieces = 0;
    pid_t child;

    (void)state;
    snprintf(path, sizeof path, "%s/pipe", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    if ((child = fork()) == 0) {
        FILE *f = fopen(path, "w");
        for (int i = 0; f && i < 4; i++) {
            fprintf(f, "%s%d,x\n%d,y\n%d,", i ? "z\n" : "a,b\n", i, i, i);
            fflush(f);
            usleep(300000);
        }
        _exit(f && fputs("z\n", f) >= 0 && fclose(f) == 0 ? 0 : 1);
    }
    s = bl_pieces_open(path, &options, &err);
    for (; (t = bl_pieces_next(s, &err)); pieces++) {
        rows += t->n_rows;
        bl_table_free(t);
    }
    assert_int_equal(err.code, BL_OK);
    assert_int_equal(rows, 12);
    assert_true(pieces > 1);
    bl_pieces_close(s);
    waitpid(child, NULL, 0);
}

static void test_nothing_at_all_is_an_error(void **state)
{
    struct bl_load_options options = {0};
    struct bl_error err = {0};
    struct bl_text text = {.at = "", .length = 0};
    struct bl_pieces *s;
    char path[100];

    (void)state;
    write_file("empty.csv", &text, path);
    s = bl_pieces_open(path, &options, &err);
    assert_null(bl_pieces_next(s, &err));
    assert_int_not_equal(err.code, BL_OK);
    bl_pieces_close(s);
    assert_null(bl_pieces_open("/nowhere/at/all.csv", &options, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces_together_are_the_table),
        cmocka_unit_test(test_a_record_longer_than_a_piece_is_read),
        cmocka_unit_test(test_an_error_tells_the_line_of_the_whole),
        cmocka_unit_test(test_other_formats_come_in_one_piece),
        cmocka_unit_test(test_a_slow_writer_is_answered_at_once),
        cmocka_unit_test(test_nothing_at_all_is_an_error),
    };
    char line[100];
    int failed;

    if (!mkdtemp(folder))
        return 1;
    failed = cmocka_run_group_tests_name("pieces", tests, NULL, NULL);
    snprintf(line, sizeof line, "rm -rf %s", folder);
    return system(line) == 0 ? failed : 1;
}
