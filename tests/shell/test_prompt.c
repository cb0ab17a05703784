/* The prompt on a pseudo-terminal: what each key and each line does. */
#include "pty.h"

static const char *const utf8[] = { "LC_ALL=C.UTF-8", NULL };
static const char endless[] = "load iris; train sgd epochs=900000000\r";

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

/* A folder of its own, with files whose names are awkward. */
static int enter_folder(void **state)
{
    char folder[] = "/tmp/batchlab-prompt-XXXXXX";

    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    *state = strdup(folder);
    write_file("two words.csv", "a,b\n1,2\n3,4\n");
    write_file("it's.csv", "a,b\n1,2\n3,4\n");
    mkdir("sub dir", 0700);
    write_file("sub dir/x#1.csv", "a,b\n1,2\n3,4\n");
    return 0;
}

static int leave_folder(void **state)
{
    unlink("two words.csv");
    unlink("it's.csv");
    unlink("sub dir/x#1.csv");
    rmdir("sub dir");
    assert_int_equal(chdir("/"), 0);
    rmdir(*state);
    free(*state);
    return 0;
}

/* ---- coming and going -----------------------------------------------------------------------------*/

static void test_greeting_prompt_and_ctrl_d(void **state)
{
    const char *argv[] = { program(), "-n", NULL };
    struct pty p = pty_start(argv, utf8);

    (void)state;
    pty_expect(&p, "batchlab 0.");
    pty_expect(&p, " - help, or load FILE\r\n");
    pty_expect(&p, "batchlab> ");
    pty_send(&p, "load iris\r", "iris> ");
    pty_keys(&p, "\004");
    assert_int_equal(pty_end(&p), 0);
    assert_true(pty_same_settings(&p));
    pty_close(&p);
}

static void test_ctrl_d_deletes_in_a_line(void **state)
{
    struct pty p = pty_prompt(utf8);

    (void)state;
    pty_expect(&p, "batchlab> ");
    pty_keys(&p, "loadX iris\001\033f\b\004\004"); /* not at its end: deletes */
    pty_send(&p, "\001\013load iris\r", "iris> ");
    pty_quit(&p);
}

static void test_all_words_that_leave(void **state)
{
    static const char *const words[] = { "quit\r", "exit\r", "q\r", ":q\r", ".quit\r", "\\q\r" };

    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct pty p = pty_prompt(utf8);
        pty_expect(&p, "batchlab> ");
        pty_keys(&p, words[i]);
        assert_int_equal(pty_end(&p), 0);
        assert_true(pty_same_settings(&p));
        pty_close(&p);
    }
}

/* ---- interruptions ----------------------------------------------------------------------------------*/

static void test_ctrl_c_drops_the_line(void **state)
{
    struct pty p = pty_prompt(utf8);

    (void)state;
    pty_expect(&p, "batchlab> ");
    pty_send(&p, "half a line", "half a line");
    pty_send(&p, "\003", "^C\r\n");
    pty_expect(&p, "batchlab> ");
    pty_send(&p, "load iris\r", "iris> ");
    pty_quit(&p);
}

static void test_ctrl_c_stops_training_and_is_answered_once(void **state)
{
    struct pty p = pty_prompt(utf8);
    size_t from;

    (void)state;
    pty_expect(&p, "batchlab> ");
    pty_send(&p, endless, " rows/s"); /* the progress line, with its rate */
    pty_expect(&p, " left");
    pty_send(&p, "\003", "stopped at epoch ");
    from = p.seen;
    pty_expect(&p, "hint: run goes on to epoch 900000000\r\n");
    pty_expect(&p, "iris/softmax[");
    pty_send(&p, "about\r", "licence");
    assert_null(strstr(p.text + from, "^C"));
    pty_quit(&p);
}

/* Its line names every strategy with its error so far; Ctrl-C keeps the points that are whole. */
static void test_a_stream_says_how_each_strategy_does(void **state)
{
    struct pty p = pty_prompt(utf8);
    struct winsize wide = { .ws_row = 24, .ws_col = 120 }; /* room for two names behind the time that is left */

    (void)state;
    pty_expect(&p, "batchlab> ");
    assert_int_equal(ioctl(p.slave, TIOCSWINSZ, &wide), 0);
    pty_send(&p, "set pager=off; generate drift n=60000; model mlp\r", "drift/mlp> ");
    pty_send(&p, "stream points=2000 first=2000 strategies=frozen,retrain:500,online\r", "streaming  ");
    pty_expect(&p, "  frozen 0.");
    pty_expect(&p, "  retrain:500 0.");
    pty_send(&p, "\003", "stopped: figures are those of the first ");
    pty_expect(&p, "drift/mlp> ");
    pty_send(&p, "about\r", "licence");
    pty_quit(&p);
}

static void test_ctrl_z_at_the_prompt_and_in_training(void **state)
{
    const char *argv[] = { "/bin/sh", "-i", NULL };
    const char *env[] = { "LC_ALL=C.UTF-8", "PS1=shell: ", "ENV", NULL };
    struct pty p = pty_start(argv, env);
    char start[4200];

    (void)state;
    snprintf(start, sizeof start, "'%s' -q -n\r", program());
    pty_expect(&p, "shell: ");
    pty_send(&p, start, "batchlab> ");
    pty_send(&p, "load ir", "load ir");
    pty_send(&p, "\032", "shell: ");
    assert_true(pty_has(&p, ICANON | ECHO));
    pty_send(&p, "fg\r", "batchlab> load ir");
    pty_send(&p, "is\r", "iris> ");
    pty_send(&p, endless, "Ctrl-C stops");
    pty_send(&p, "\032", "shell: ");
    pty_send(&p, "fg\r", "Ctrl-C stops");
    pty_send(&p, "\003", "iris/softmax[");
    pty_send(&p, "\004", "shell: ");
    pty_keys(&p, "exit\r");
    assert_int_equal(pty_end(&p), 0);
    pty_close(&p);
}

/* ---- lines ------------------------------------------------------------------------------------------*/

static void test_an_open_quote_is_continued(void **state)
{
    struct pty p = pty_prompt(utf8);

    (void)state;
    pty_expect(&p, "batchlab> ");
    pty_send(&p, "load iris; head 1 \"x\r", "    ...> ");
    pty_send(&p, "y\"\r", "error: ");
    pty_expect(&p, "iris> ");
    pty_send(&p, "head \\\r", "...> ");
    pty_send(&p, "1\r", "1 of 150 rows");
    pty_send(&p, "head 'z\r", "...> ");
    pty_send(&p, "\003", "iris> ");
    pty_quit(&p);
}

static void test_a_pasted_block_runs_line_by_line(void **state)
{
    struct pty p = pty_prompt(utf8);

    (void)state;
    pty_expect(&p, "batchlab> ");
    pty_keys(&p, "\033[200~load iris\rtrain mini epochs=2\rhead 1\033[201~\r");
    pty_expect(&p, "epoch 2 of 2");
    pty_expect(&p, "1 of 150 rows");
    pty_keys(&p, "\033[200~head 1\rbogus\rhead 2\033[201~\r");
    pty_expect(&p, "1 of 150 rows");
    pty_expect(&p, "error: no command 'bogus'");
    pty_expect(&p, "softmax[2]> ");
    assert_null(strstr(p.text, "2 of 150 rows"));
    pty_quit(&p);
}

static void test_history_keeps_what_it_should(void **state)
{
    char where[300], text[4096] = "";
    const char *env[] = { "LC_ALL=C.UTF-8", where, NULL };
    struct stat st;
    struct pty p, other;
    FILE *f;

    snprintf(where, sizeof where, "XDG_STATE_HOME=%s/state", (const char *)*state);
    p = pty_prompt(env);
    other = pty_prompt(env);
    pty_expect(&p, "batchlab> ");
    pty_expect(&other, "batchlab> ");
    pty_send(&p, "load iris\r", "iris> ");
    pty_send(&other, "load wine\r", "wine> ");
    pty_send(&p, "head 1\r", "1 of 150 rows");
    pty_send(&p, "head 1\r", "1 of 150 rows");
    pty_send(&p, " head 3\r", "3 of 150 rows");
    pty_send(&p, "head \\\r", "...> ");
    pty_send(&p, "2\r", "2 of 150 rows");
    pty_quit(&p);
    pty_quit(&other);
    f = fopen("state/batchlab/history", "r");
    assert_non_null(f);
    assert_int_equal(fstat(fileno(f), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    fclose(f);
    assert_string_equal(text, "load iris\nload wine\nhead 1\nhead  2\nquit\nquit\n");
    p = pty_prompt(env);
    pty_expect(&p, "batchlab> ");
    pty_send(&p, "load\033[A", "load wine"); /* up, by what was typed */
    pty_send(&p, "\033[A", "iris");
    pty_send(&p, "\r", "iris> ");
    pty_quit(&p);
    unlink("state/batchlab/history");
    rmdir("state/batchlab");
    rmdir("state");
}

static void test_history_that_cannot_be_kept_is_one_warning(void **state)
{
    const char *env[] = { "XDG_STATE_HOME=/proc/none", NULL };
    struct pty p = pty_prompt(env);

    (void)state;
    pty_expect(&p, "warning: history is not kept: ");
    pty_expect(&p, "batchlab> ");
    pty_send(&p, "load iris\r", "iris> ");
    pty_send(&p, "head 1\r", "1 of 150 rows");
    assert_null(strstr(p.text + p.seen, "warning"));
    pty_quit(&p);
}

/* ---- completion -------------------------------------------------------------------------------------*/

static void test_tab_completes(void **state)
{
    static const struct { const char *typed, *becomes; } cases[] = {
        { "loa\t", "load " },
        { "load iri\tX", "load iris" },
        { "load tw\tX", "load 'two words.csv' X" },
        { "load it\tX", "load \"it's.csv\" X" },
        { "load 'tw\tX", "load 'two words.csv' X" },
        { "load \"tw\tX", "load \"two words.csv\" X" },
        { "load sub\tX", "load 'sub dir/X" },
        { "load 'sub dir/\tX", "load 'sub dir/x#1.csv' X" },
        { "load iris tar\tX", "load iris target=X" },
        { "train batch sch\tX", "train batch schedule=X" },
        { "train batch schedule=cos\tX", "train batch schedule=cosine X" },
    };
    const char *env[] = { "LC_ALL=C.UTF-8", "TERM=dumb", NULL }; /* so that text arrives as it is */

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pty p = pty_prompt(env);
        pty_expect(&p, "batchlab> ");
        p.seen -= strlen("batchlab> ");
        pty_keys(&p, cases[i].typed);
        pty_send(&p, "\005", ""); /* whatever: the line is redrawn below */
        pty_send(&p, "\022\007", ""); /* a search, given up, draws the whole line again */
        pty_expect(&p, cases[i].becomes);
        pty_send(&p, "\003", "^C");
        pty_quit(&p);
    }
}

static void test_second_tab_lists_groups_apart(void **state)
{
    struct pty p = pty_prompt(utf8);

    (void)state;
    pty_expect(&p, "batchlab> ");
    pty_send(&p, "load iris\r", "iris> ");
    pty_send(&p, "train \t\t", "  sgd    one row an update\r\n\r\naccumulate=");
    pty_send(&p, "\003", "iris> ");
    pty_send(&p, "describe SEP\t", "sepal_"); /* names are found in any case */
    pty_send(&p, "\003", "iris> ");
    pty_quit(&p);
}

/* ---- other programs -----------------------------------------------------------------------------------*/

static void test_pager_left_early_is_no_error(void **state)
{
    const char *env[] = { "BATCHLAB_PAGER=head -2", NULL };
    struct pty p = pty_prompt(env);

    (void)state;
    pty_expect(&p, "batchlab> ");
    pty_send(&p, "load iris; train mini epochs=400\r", "softmax[400]> ");
    pty_send(&p, "log\r", "----\r\n");
    pty_expect(&p, "softmax[400]> ");
    assert_null(strstr(p.text, "error"));
    pty_send(&p, "log | head -3\r", "softmax[400]> ");
    pty_send(&p, "log | no-such-program\r", "error: cannot start 'no-such-program': ");
    pty_quit(&p);
}

static void test_missing_pager_prints(void **state)
{
    const char *env[] = { "BATCHLAB_PAGER=no-such-pager", NULL };
    struct pty p = pty_prompt(env);

    (void)state;
    pty_expect(&p, "batchlab> ");
    pty_send(&p, "load iris; train mini epochs=40; log\r", "\n   40 ");
    pty_quit(&p);
}

/* ---- poor terminals -------------------------------------------------------------------------------------*/

static void test_no_control_where_there_is_no_cursor(void **state)
{
    static const char *const terms[] = { "TERM=dumb", "TERM", "TERM=no-such-terminal" };

    (void)state;
    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++) {
        const char *env[] = { terms[i], NULL };
        struct pty p = pty_prompt(env);
        pty_expect(&p, "batchlab> ");
        pty_send(&p, "load iris\r", "iris> ");
        pty_keys(&p, "train sgd epochs=900000000\r");
        pty_expect(&p, "900000000\r\n");
        for (int wait = 0; wait < 8; wait++) /* time for a progress line that must not come */
            pty_read(&p, 100);
        pty_send(&p, "\003", "^C\r\nstopped at epoch ");
        pty_expect(&p, "softmax[");
        assert_null(strchr(p.text, '\033'));
        pty_quit(&p);
    }
}

static void test_narrow_and_resized(void **state)
{
    struct winsize narrow = { .ws_row = 24, .ws_col = 20 }, wide = { .ws_row = 50, .ws_col = 200 };
    struct pty p = pty_prompt(utf8);

    (void)state;
    pty_expect(&p, "batchlab> ");
    pty_send(&p, "load iri", "load iri");
    assert_int_equal(ioctl(p.slave, TIOCSWINSZ, &narrow), 0);
    pty_send(&p, "s\r", "iris> ");
    pty_send(&p, "describe\r", "more columns");
    pty_expect(&p, "iris> ");
    assert_int_equal(ioctl(p.slave, TIOCSWINSZ, &wide), 0);
    pty_send(&p, "describe\r", "distinct");
    pty_expect(&p, "iris> ");
    pty_quit(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_greeting_prompt_and_ctrl_d),
        cmocka_unit_test(test_ctrl_d_deletes_in_a_line),
        cmocka_unit_test(test_all_words_that_leave),
        cmocka_unit_test(test_ctrl_c_drops_the_line),
        cmocka_unit_test(test_ctrl_c_stops_training_and_is_answered_once),
        cmocka_unit_test(test_a_stream_says_how_each_strategy_does),
        cmocka_unit_test(test_ctrl_z_at_the_prompt_and_in_training),
        cmocka_unit_test(test_an_open_quote_is_continued),
        cmocka_unit_test(test_a_pasted_block_runs_line_by_line),
        cmocka_unit_test_setup_teardown(test_history_keeps_what_it_should, enter_folder, leave_folder),
        cmocka_unit_test(test_history_that_cannot_be_kept_is_one_warning),
        cmocka_unit_test_setup_teardown(test_tab_completes, enter_folder, leave_folder),
        cmocka_unit_test(test_second_tab_lists_groups_apart),
        cmocka_unit_test(test_pager_left_early_is_no_error),
        cmocka_unit_test(test_missing_pager_prints),
        cmocka_unit_test(test_no_control_where_there_is_no_cursor),
        cmocka_unit_test(test_narrow_and_resized),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
