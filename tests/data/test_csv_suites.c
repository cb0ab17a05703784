/* What public CSV suites ask of a reader, case by case, in files of our own: RFC 4180 (rules 1 to 7 of its section 2), the
 * cases of csv-spectrum and of its forks (their names), and the ones that "evil" collections add. Right: what they must
 * parse to. Cells that are empty, quoted or not, are missing here; a header is taken as said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "batchlab/data.h"

/* Names, then rows; cells are separated by |, rows by a slash, missing is -. */
static void dump(const struct bl_table *t, struct bl_text *out)
{
    char buffer[40];

    for (size_t j = 0; j < t->n_columns; j++)
        bl_text_addf(out, "%s%s", j ? "|" : "", t->columns[j].name);
    for (size_t i = 0; i < t->n_rows; i++)
        for (size_t j = 0; j < t->n_columns; j++) {
            const char *cell = bl_table_cell(t, i, j, buffer, sizeof buffer);

            bl_text_addf(out, "%s%s", j ? "|" : " / ", *cell ? cell : "-");
        }
}

static const struct suite_case {
    const char *name, *csv, *table;
    struct bl_load_options options;
} cases[] = {
    { "rfc 4180 rule 1: a record a line, CRLF", "k,v\r\naaa,bbb\r\nzzz,yyy\r\n", "k|v / aaa|bbb / zzz|yyy", { 0 } },
    { "rfc 4180 rule 2: the last line break may be missing", "k,v\r\naaa,bbb\r\nzzz,yyy", "k|v / aaa|bbb / zzz|yyy", { 0 } },
    { "rfc 4180 rule 3: without a header", "aaa,bbb\r\nzzz,yyy\r\n", "c1|c2 / aaa|bbb / zzz|yyy", { .header = BL_HEADER_NO } },
    { "rfc 4180 rule 4: blanks are part of a cell in quotes", "k,v\r\n\" aaa \",\"b b\"\r\n", "k|v /  aaa |b b", { 0 } },
    { "rfc 4180 rule 5: cells in quotes or without", "k,v\r\n\"aaa\",bbb\r\n\"zzz\",\"yyy\"\r\n", "k|v / aaa|bbb / zzz|yyy", { 0 } },
    { "rfc 4180 rule 6: line breaks, quotes and commas inside", "k,v\r\n\"b\r\nbb\",\"x,\"\"y\"\"\"\r\n", "k|v / b\r\nbb|x,\"y\"", { 0 } },
    { "rfc 4180 rule 7: a quote is written twice", "k,v\r\n\"a\"\"aa\",\"\"\"\"\r\n", "k|v / a\"aa|\"", { 0 } },
    { "simple", "one,two,three\n7,8,9\n", "one|two|three / 7|8|9", { 0 } },
    { "simple_crlf", "one,two,three\r\n7,8,9\r\n", "one|two|three / 7|8|9", { 0 } },
    { "newlines_cr", "one,two\r7,8\r9,10\r", "one|two / 7|8 / 9|10", { 0 } },
    { "comma_in_quotes", "who,where\nAda,\"Main Street 5, London\"\n", "who|where / Ada|Main Street 5, London", { 0 } },
    { "escaped_quotes", "n,says\n1,\"he said \"\"no\"\" twice\"\n2,plain\n", "n|says / 1|he said \"no\" twice / 2|plain", { 0 } },
    { "quotes_and_newlines", "n,says\n1,\"a \n\"\"b\"\" \nc\"\n2,d\n", "n|says / 1|a \n\"b\" \nc / 2|d", { 0 } },
    { "newlines", "a,b\n\"one\ntwo\nthree\",1\n\"x\",\"\n\"\n", "a|b / one\ntwo\nthree|1 / x|\n", { 0 } },
    { "newlines_crlf", "a,b\r\n\"one\r\ntwo\",1\r\nx,2\r\n", "a|b / one\r\ntwo|1 / x|2", { 0 } },
    { "empty", "a,b,c\n1,\"\",\"\"\n2,3,\n", "a|b|c / 1|-|- / 2|3|-", { 0 } },
    { "empty_crlf", "a,b,c\r\n1,\"\",\"\"\r\n2,3,\r\n", "a|b|c / 1|-|- / 2|3|-", { 0 } },
    { "json", "key,object\n1,\"{\"\"type\"\": \"\"Point\"\", \"\"at\"\": [1.5, -2.5]}\"\n", "key|object / 1|{\"type\": \"Point\", \"at\": [1.5, -2.5]}", { 0 } },
    { "location_coordinates", "id,place\n1,\"POINT (1.25 2.5)\"\n2,\"12\xc2\xb0 30' N, 4\xc2\xb0 W\"\n",
      "id|place / 1|POINT (1.25 2.5) / 2|12\xc2\xb0 30' N, 4\xc2\xb0 W", { 0 } },
    { "utf8", "a,b\n\xe2\x82\xac,\xca\xa4\n", "a|b / \xe2\x82\xac|\xca\xa4", { .header = BL_HEADER_YES } },
    { "utf8 with a mark", "\xef\xbb\xbf" "a,b\n\xe2\x82\xac,1\n", "a|b / \xe2\x82\xac|1", { 0 } },
    { "utf8 with a mark before a quote", "\xef\xbb\xbf\"a\",b\n1,2\n", "a|b / 1|2", { 0 } },
    { "latin1", "a,b\ncaf\xe9,1\n", "a|b / caf\xc3\xa9|1", { .encoding = BL_LATIN1 } },
    { "null: a word like others", "a,b\nNULL,1\nnull,2\n", "a|b / NULL|1 / null|2", { 0 } },
    { "evil: blanks before and behind quotes", "who,says\nX, \"Trust me, I know\" \n", "who|says / X|Trust me, I know", { 0 } },
    { "evil: quotes in the middle of a cell", "who,size\nX,5\" wide\nY,a\"b\"c\n", "who|size / X|5\" wide / Y|a\"b\"c", { 0 } },
    { "evil: other quotes are characters", "who,says\nX,'a\nY,\xef\xbc\x82" "b\n", "who|says / X|'a / Y|\xef\xbc\x82" "b", { 0 } },
    { "evil: a cell of one quote pair", "a,b\n\"\"\"\",\"\"\n", "a|b / \"|-", { .header = BL_HEADER_YES } },
    { "evil: a table of one column with an empty cell in quotes", "a\n1\n\"\"\n2\n", "a / 1 / - / 2", { 0 } },
    { "evil: lines of blanks are no rows", "a,b\n\n1,2\n\n\n3,4\n", "a|b / 1|2 / 3|4", { 0 } },
    { "evil: a name in quotes over two lines", "\"long\nname\",b\n1,2\n", "long\nname|b / 1|2", { 0 } },
    { "evil: a delimiter at the end is an empty cell", "a,b,\n1,2,\n", "a|b|c3 / 1|2|-", { .header = BL_HEADER_YES } },
    { "evil: semicolons and decimal commas", "a;b\n1,5;x\n2,25;y\n", "a|b / 1.5|x / 2.25|y", { .decimal = ',' } },
    { "evil: a backslash before a quote", "a,b\n\"x\\\"y\",1\n", "a|b / x\"y|1", { .escape = '\\' } },
    { "evil: comments and lines in front", "report of today\n# made by hand\na,b\n1,2\n", "a|b / 1|2", { .skip = 1, .comment = '#' } },
    { "evil: mixed line ends", "a,b\r\n1,2\n3,4\r\n", "a|b / 1|2 / 3|4", { 0 } },
    { "papa: blanks behind a closing quote", "k,v,w\n\"a\" ,\"b\"   ,\"c\" \nx,y,z\n", "k|v|w / a|b|c / x|y|z", { 0 } },
    { "papa: a quote ends the line, the next begins empty", "k,v,\"w\"\r\np,q,\"r\"\r\n,\"s\",\"t\"\r\n,\"u\",\"v\"", "k|v|w / p|q|r / -|s|t / -|u|v", { 0 } },
    { "papa: record separators between cells", "k\x1ev\nx\x1ey\n", "k|v / x|y", { .delimiter = '\x1e' } },
    { "papa: unit separators between cells", "k\x1fv\nx\x1fy\n", "k|v / x|y", { .delimiter = '\x1f' } },
    { "papa: a blank line at the beginning", "\r\nk,v\r\nx,y\r\n", "k|v / x|y", { 0 } },
    { "papa: the first cell is empty, or all", "k,v,w\n,x,y\n,,\nz,,u\n", "k|v|w / -|x|y / -|-|- / z|-|u", { 0 } },
    { "papa: a comment in the middle, at the end, one with quotes", "k,v\nx,y\n! it's \"so\n1,2\n!,\"\n", "k|v / x|y / 1|2", { .comment = '!' } },
    { "papa: the mark of comments in quotes or later in a line is none", "k,v\n\"#x\",y\nz,#u\n", "k|v / #x|y / z|#u", { .comment = '#' } },
    { "papa: a quote of another kind", "k,v\n'a,b','it''s'\n", "k|v / a,b|it's", { .quote = '\'' } },
    { "python: delimiters and quotes at the ends of cells in quotes", "k,v\n\",a,\",\"\"\"b\"\"\"\n", "k|v / ,a,|\"b\"", { 0 } },
    { "python: an escaped delimiter outside quotes", "k;v\nx\\;y;z\n", "k|v / x;y|z", { .escape = '\\', .delimiter = ';' } },
    { "python: line breaks of every kind in one cell", "k,v\n\"a\rb\nc\r\nd\",1\n", "k|v / a\rb\nc\r\nd|1", { 0 } },
    { "python: numbers in quotes among bare ones", "k,v\n\"1\",2\n3,\"4.5\"\n", "k|v / 1|2 / 3|4.5", { 0 } },
    { "evil: tabs with commas inside", "a\tb\nx,y\t1\nz,w\t2\n", "a|b / x,y|1 / z,w|2", { 0 } },
};

static void test_cases_of_public_suites_parse_as_they_say(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bl_error err = { 0 };
        struct bl_table *t = bl_load_bytes(cases[i].csv, strlen(cases[i].csv), "f.csv", &cases[i].options, &err);
        struct bl_text got = { 0 };

        if (t)
            dump(t, &got);
        else
            bl_text_addf(&got, "%zu:%zu: %s", err.line, err.column, err.message);
        if (strcmp(bl_text_get(&got), cases[i].table) != 0)
            fail_msg("%s gives\n  %s\nand not\n  %s", cases[i].name, bl_text_get(&got), cases[i].table);
        bl_text_free(&got);
        bl_table_free(t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases_of_public_suites_parse_as_they_say),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
