/* How a text falls into commands, words and pairs: input left, outcome right. */
#include "harness.h"

/* "verb [word] key=value | argv > to", commands joined by " / ". */
static void dump(const struct bl_statement *st, struct bl_text *out)
{
    bl_text_addf(out, "%s%s", out->length ? " / " : "", st->args.verb);
    for (size_t i = 0; i < st->args.n_words; i++)
        bl_text_addf(out, " [%s]", st->args.words[i].text);
    for (size_t i = 0; i < st->args.n_pairs; i++)
        bl_text_addf(out, " %s=<%s>", st->args.pairs[i].key, st->args.pairs[i].value);
    if (st->command->raw)
        bl_text_addf(out, " {%s}", st->args.rest);
    for (size_t i = 0; st->pipe && st->pipe[i]; i++)
        bl_text_addf(out, "%s%s", i ? " " : " | ", st->pipe[i]);
    if (st->to)
        bl_text_addf(out, " to %s%s", st->to, st->overwrite ? "!" : "");
}

static void parse(const char *text, bool interactive, struct bl_text *out)
{
    struct bl_arena *arena = bl_arena_create(4096);
    size_t at = 0, line = 0;

    for (;;) {
        struct bl_error err = {0};
        struct bl_statement st;

        if (!bl_statement_read(text, &at, &line, interactive, arena, &st, &err)) {
            bl_text_addf(out, "%serror %zu+%zu: %s", out->length ? " / " : "", err.word_at, err.word_len, err.message);
            break;
        }
        if (!st.found)
            break;
        dump(&st, out);
    }
    bl_arena_free(arena);
}

static const struct { const char *text, *wanted; } cases[] = {
    {"load iris", "load [iris]"},
    {"  load   iris  ", "load [iris]"},
    {"", ""},
    {"# nothing but a comment", ""},
    {"load iris; describe", "load [iris] / describe"},
    {"load iris\ndescribe\n\nhead", "load [iris] / describe / head"},
    {";;; head ;", "head"},
    {"load iris # the flowers\nhead", "load [iris] / head"},
    {"load a#b", "load [a#b]"},
    {"load \\\n  iris", "load [iris]"},
    {"load \\\r\n  iris\r\nhead\r\n", "load [iris] / head"},
    {"load 'my file.csv'", "load [my file.csv]"},
    {"load \"a \\\"b\\\" \\\\ c\"", "load [a \"b\" \\ c]"},
    {"load 'a\\b'", "load [a\\b]"},
    {"load my\\ file.csv", "load [my file.csv]"},
    {"load 'a;b#c'", "load [a;b#c]"},
    {"load it''s", "load [its]"},
    {"load 'two\nlines'", "load [two\nlines]"},
    {"load x name=y", "load [x] name=<y>"},
    {"load x name = y", "load [x] name=<y>"},
    {"load x decimal=, missing=n/a", "load [x] decimal=<,> missing=<n/a>"},
    {"load x delimiter=, decimal=.", "load [x] delimiter=<,> decimal=<.>"},
    {"tune batch=1, 32, lr=2", "tune batch=<1,32,lr=2>"},
    {"load x name= y", "load [x] name=<y>"},
    {"load x name =y", "load [x] name=<y>"},
    {"load x NAME=y", "load [x] name=<y>"},
    {"load x Max-Memory=1", "load [x] max_memory=<1>"},
    {"load x name=''", "load [x] name=<>"},
    {"load x name='a b'", "load [x] name=<a b>"},
    {"load x types=a:numeric, b:text header=no", "load [x] types=<a:numeric,b:text> header=<no>"},
    {"load 'a=b.csv'", "load [a=b.csv]"},
    {"load a/b=c", "load [a/b=c]"},
    {"load ~/a.csv", "load [/home/me/a.csv]"},
    {"load '~/my data.csv'", "load [/home/me/my data.csv]"},
    {"load $DATA/a.csv name=~/x", "load [/data/a.csv] name=</home/me/x>"},
    {"load ~a $5/b a~/b $NOTHING/b", "load [~a] [$5/b] [a~/b] [$NOTHING/b]"},
    {"describe to=~/x.csv", "describe to /home/me/x.csv"},
    {"set lr=0.01..1:5", "set lr=<0.01..1:5>"},
    {"load mini:32(optimizer=adam, lr=0.01) x", "load [mini:32(optimizer=adam, lr=0.01)] [x]"},
    {"load a(b (c) 'd)') e", "load [a(b (c) 'd)')] [e]"},
    {"load a(1;2)", "load [a(1;2)]"},
    {"describe | less -S", "describe | less -S"},
    {"describe|grep 'a b'; head", "describe | grep a b / head"},
    {"describe to=x.csv", "describe to x.csv"},
    {"describe to = 'my x.csv' overwrite=yes", "describe to my x.csv!"},
    {"time describe a; head", "time {describe a} / head"},
    {"time describe to=x.csv | less", "time {describe to=x.csv | less}"},
    {"say 'a;b' c ; head", "say {'a;b' c} / head"},
    {"\\q", "quit"},
    {":q", "quit"},
    {".quit", "quit"},
    {"?", "help"},
    {"?load", "help [load]"},
    {"LOAD iris", "load [iris]"},
    {"load \xff\xfe", "load [\xff\xfe]"},
};

static void test_a_text_falls_into_commands_words_and_pairs(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bl_text got = {0};

        parse(cases[i].text, false, &got);
        expect_text(cases[i].text, bl_text_get(&got), cases[i].wanted);
        bl_text_free(&got);
    }
}

static const struct { const char *text, *wanted; } faults[] = {
    {"load 'iris", "error 5+1: the quote ' is never closed"},
    {"load \"iris", "error 5+1: the quote \" is never closed"},
    {"head; load a(b c", "head / error 6+1: the parenthesis is never closed"},
    {"load x name=", "error 7+5: name= has no value"},
    {"load x name= target=y", "error 7+5: name= has no value"},
    {"lr=0.1", "error 0+2: a command starts with a verb, not with 'lr='"},
    {"lod iris", "error 0+3: no command 'lod'"},
    {"hea", "error 0+3: no command 'hea'"},
    {"describe |", "error 9+1: no program follows '|'"},
    {"describe | a | b", "error 13+1: one program can follow a command, not two"},
    {"describe to=x.csv overwrite=perhaps", "error 18+17: overwrite=perhaps is neither yes nor no"},
};

static void test_a_fault_is_told_with_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        struct bl_text got = {0};

        parse(faults[i].text, false, &got);
        expect_text(faults[i].text, bl_text_get(&got), faults[i].wanted);
        bl_text_free(&got);
    }
}

static void test_a_unique_prefix_works_where_a_person_types(void **state)
{
    static const struct { const char *text, *wanted; } prefixes[] = {
        {"hea 3", "head [3]"},
        {"desc", "describe"},
        {"hed", "error 0+3: no command 'hed'"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        struct bl_text got = {0};

        parse(prefixes[i].text, true, &got);
        expect_text(prefixes[i].text, bl_text_get(&got), prefixes[i].wanted);
        bl_text_free(&got);
    }
}

static void test_an_ambiguous_prefix_names_what_it_means(void **state)
{
    bool short_form;
    struct bl_error err = {0};

    (void)state;
    assert_null(bl_verb_resolve("h", true, &short_form, &err));
    expect_part("h", err.message, "'h' means ");
    expect_part("h", err.hint, " is enough");
    assert_null(bl_verb_resolve("hea", false, &short_form, &err));
    expect_part("hea in a script", err.hint, "head");
}

static void test_a_full_name_is_never_taken_for_a_prefix(void **state)
{
    (void)state;
    for (size_t i = 0; bl_commands[i]; i++) {
        bool short_form;

        assert_ptr_equal(bl_verb_resolve(bl_commands[i]->name, false, &short_form, NULL), bl_commands[i]);
        assert_false(short_form);
    }
}

static const struct { const char *text; bool more; } open_ends[] = {
    {"load iris", false},    {"load 'iris", true},     {"load 'iris'", false}, {"load a(b", true},
    {"load a(b)", false},    {"load \\", true},        {"load \\\n", true},    {"load \\\niris", false},
    {"# it's", false},       {"load x # it's (", false}, {"load x; say \"a", true}, {"", false},
    {"load 'a\nb", true},    {"\\q", false},           {"load \"a\\\"", true},
};

static void test_an_open_end_asks_for_more(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof open_ends / sizeof *open_ends; i++)
        if (bl_session_wants_more(open_ends[i].text) != open_ends[i].more)
            fail_msg("'%s' should %swant more", open_ends[i].text, open_ends[i].more ? "" : "not ");
}

static void test_lines_are_counted_across_comments_and_continued_lines(void **state)
{
    const char *text = "# one\n\nhead \\\n 3\nload 'a\nb'; columns\nhead";
    const size_t wanted[] = {2, 4, 5, 6};
    struct bl_arena *arena = bl_arena_create(4096);
    size_t at = 0, line = 0;

    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct bl_statement st;

        assert_true(bl_statement_read(text, &at, &line, false, arena, &st, NULL));
        assert_int_equal(st.line, wanted[i]);
    }
    bl_arena_free(arena);
}

static void test_a_command_of_64_kib_is_taken_and_one_byte_more_is_not(void **state)
{
    char *text = bl_calloc(BL_COMMAND_BYTES + 2, 1);
    struct bl_text got = {0};

    (void)state;
    memset(text, 'x', BL_COMMAND_BYTES + 1);
    memcpy(text, "load ", 5);
    text[BL_COMMAND_BYTES] = '\0';
    parse(text, false, &got);
    expect_part("64 KiB", bl_text_get(&got), "load [xxx");
    bl_text_clear(&got);
    text[BL_COMMAND_BYTES] = 'x';
    parse(text, false, &got);
    expect_part("64 KiB + 1", bl_text_get(&got), "longer than the limit of 65536");
    bl_text_clear(&got);
    for (size_t i = 5; i < BL_COMMAND_BYTES; i += 2)
        text[i] = ' ';
    text[BL_COMMAND_BYTES] = '\0';
    parse(text, false, &got);
    expect_part("32 k words", bl_text_get(&got), "load [x] [x]");
    bl_text_free(&got);
    bl_free(text);
}

/* ---- lists, ranges, calls --------------------------------------------------------------------------------*/

static const struct { const char *key, *value, *wanted; } values[] = {
    {"batch", "1,32,all", "1 32 all"},
    {"lr", "0.1", "0.1"},
    {"lr", "0.01..1:5", "0.01 0.0316227766017 0.1 0.316227766017 1"},
    {"lr", "0.001..1000", "0.001 0.01 0.1 1 10 100 1000"},
    {"momentum", "0..1:5", "0 0.25 0.5 0.75 1"},
    {"lr", "1..0.01:3", "1 0.1 0.01"},
    {"seed", "1..5", "1 2 3 4 5"},
    {"batch", "1..10:4", "1 4 7 10"},
    {"lr", "0.5,0.01..1:3", "0.5 0.01 0.1 1"},
    {"model", "ridge(l2=1,2),net", "ridge(l2=1,2) net"},
    {"order", "given", "given"},
    {"lr", "0.1,,1", "error lr= has an empty place in its list"},
    {"lr", "0..1", "error both ends of a range of lr must be greater than 0"},
    {"lr", "1..2:1", "error lr=1..2:1: a range has 2 to 1000 points"},
    {"lr", "1..2:x", "error lr=1..2:x: a range has 2 to 1000 points"},
};

static void test_lists_and_ranges_stand_for_several_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct bl_values v;
        struct bl_error err = {0};
        struct bl_text got = {0};

        if (!bl_values_expand(values[i].key, values[i].value, &v, &err))
            bl_text_addf(&got, "error %s", err.message);
        for (size_t k = 0; k < v.count; k++)
            bl_text_addf(&got, "%s%s", k ? " " : "", v.items[k]);
        bl_values_free(&v);
        expect_text(values[i].value, bl_text_get(&got), values[i].wanted);
        bl_text_free(&got);
    }
}

static const struct { const char *word, *wanted; } calls[] = {
    {"batch", "batch"},
    {"mini:32()", "mini:32"},
    {"mini:32(lr=0.1)", "mini:32 lr=<0.1>"},
    {"mini:32(optimizer=adam, lr=0.01)", "mini:32 optimizer=<adam> lr=<0.01>"},
    {"mini:32(optimizer=adam,lr=0.01)", "mini:32 optimizer=<adam> lr=<0.01>"},
    {"sgd(lr=0.1,0.2,order=given)", "sgd lr=<0.1,0.2> order=<given>"},
    {"sgd( lr = 0.1 , order = given )", "sgd lr=<0.1> order=<given>"},
    {"sgd(name='a, b=c')", "sgd name=<a, b=c>"},
    {"sgd(0.1)", "error in 'sgd(0.1)' a key=value is expected, not '0.1'"},
    {"sgd(lr=1)x", "error 'sgd(lr=1)x' goes on behind its parenthesis"},
};

static void test_a_contestant_is_taken_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        struct bl_call c;
        struct bl_error err = {0};
        struct bl_text got = {0};

        if (bl_call_parse(calls[i].word, &c, &err)) {
            bl_text_add(&got, c.name);
            for (size_t k = 0; k < c.n_options; k++)
                bl_text_addf(&got, " %s=<%s>", c.options[k].key, c.options[k].value);
            bl_call_free(&c);
        } else {
            bl_text_addf(&got, "error %s", err.message);
        }
        expect_text(calls[i].word, bl_text_get(&got), calls[i].wanted);
        bl_text_free(&got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_text_falls_into_commands_words_and_pairs),
        cmocka_unit_test(test_a_fault_is_told_with_its_place),
        cmocka_unit_test(test_a_unique_prefix_works_where_a_person_types),
        cmocka_unit_test(test_an_ambiguous_prefix_names_what_it_means),
        cmocka_unit_test(test_a_full_name_is_never_taken_for_a_prefix),
        cmocka_unit_test(test_an_open_end_asks_for_more),
        cmocka_unit_test(test_lines_are_counted_across_comments_and_continued_lines),
        cmocka_unit_test(test_a_command_of_64_kib_is_taken_and_one_byte_more_is_not),
        cmocka_unit_test(test_lists_and_ranges_stand_for_several_values),
        cmocka_unit_test(test_a_contestant_is_taken_apart),
    };

    setenv("HOME", "/home/me", 1);
    setenv("DATA", "/data", 1);
    return cmocka_run_group_tests_name("grammar", tests, NULL, NULL);
}
