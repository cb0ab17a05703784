/* What a terminal can show, by its environment. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "batchlab/terminal.h"

static const char *const names[] = { "TERM", "COLORTERM", "COLORFGBG", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE",
                                     "FORCE_COLOR", "TERMINFO", "TERMINFO_DIRS", "TERMCAP" };

/* "TERM=xterm NO_COLOR=1" and nothing else of what counts. */
static struct bl_terminal detect(const char *environment, const char *color, bool ascii)
{
    char words[256], *save = NULL;
    struct bl_terminal t;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unsetenv(names[i]);
    strncpy(words, environment, sizeof words - 1);
    words[sizeof words - 1] = '\0';
    for (char *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
        char *equals = strchr(w, '=');
        *equals = '\0';
        setenv(w, equals + 1, 1);
    }
    bl_terminal_detect(&t, color, ascii);
    return t;
}

/* Standard output is a file here: colour comes only where it is forced. */
static void test_colour_follows_option_then_environment(void **state)
{
    static const struct { const char *environment, *color; enum bl_colours expected; } cases[] = {
        { "TERM=xterm-256color", "auto", BL_COLOURS_NONE },
        { "TERM=xterm-256color", "always", BL_COLOURS_256 },
        { "TERM=xterm-256color NO_COLOR=1", "always", BL_COLOURS_256 },
        { "TERM=xterm-256color CLICOLOR_FORCE=1", "auto", BL_COLOURS_256 },
        { "TERM=xterm-256color FORCE_COLOR=1", "auto", BL_COLOURS_256 },
        { "TERM=xterm-256color CLICOLOR_FORCE=0", "auto", BL_COLOURS_NONE },
        { "TERM=xterm-256color CLICOLOR_FORCE=1 NO_COLOR=1", "auto", BL_COLOURS_NONE },
        { "TERM=xterm-256color CLICOLOR_FORCE=1", "never", BL_COLOURS_NONE },
        { "TERM=xterm-256color COLORTERM=truecolor", "always", BL_COLOURS_RGB },
        { "TERM=xterm COLORTERM=24bit", "always", BL_COLOURS_RGB },
        { "TERM=xterm-direct", "always", BL_COLOURS_RGB },
        { "TERM=xterm", "always", BL_COLOURS_16 },
        { "TERM=tmux", "always", BL_COLOURS_16 },
        { "TERM=linux", "always", BL_COLOURS_8 },
        { "TERM=vt100", "always", BL_COLOURS_8 },
        { "TERM=dumb", "auto", BL_COLOURS_NONE },
        { "", "auto", BL_COLOURS_NONE },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bl_terminal t = detect(cases[i].environment, cases[i].color, false);
        if (t.colours != cases[i].expected)
            fail_msg("%s --color=%s: %d instead of %d", cases[i].environment, cases[i].color, (int)t.colours, (int)cases[i].expected);
    }
}

static void test_terminals_without_a_cursor(void **state)
{
    static const struct { const char *environment; bool dumb; } cases[] = {
        { "", true }, { "TERM=dumb", true }, { "TERM=unknown", true }, { "TERM=no-such-terminal", true },
        { "TERM=../../etc/passwd", true }, { "TERM=xterm", false }, { "TERM=linux", false }, { "TERM=screen", false },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (detect(cases[i].environment, "auto", false).dumb != cases[i].dumb)
            fail_msg("'%s': dumb should be %d", cases[i].environment, cases[i].dumb);
}

static void test_own_descriptions_are_found(void **state)
{
    char folder[] = "/tmp/batchlab-terminfo-XXXXXX", command[128];
    FILE *f;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(command, sizeof command, "%s/m", folder);
    assert_int_equal(mkdir(command, 0700), 0);
    snprintf(command, sizeof command, "%s/m/my-own-terminal", folder);
    f = fopen(command, "w");
    assert_non_null(f);
    fclose(f);
    char environment[128];
    snprintf(environment, sizeof environment, "TERM=my-own-terminal TERMINFO=%s", folder);
    assert_false(detect(environment, "auto", false).dumb);
    snprintf(environment, sizeof environment, "TERM=my-own-terminal TERMINFO_DIRS=/none:%s", folder);
    assert_false(detect(environment, "auto", false).dumb);
    assert_true(detect("TERM=my-own-terminal", "auto", false).dumb);
    unlink(command);
    snprintf(command, sizeof command, "%s/m", folder);
    rmdir(command);
    rmdir(folder);
}

static void test_characters_follow_locale_and_option(void **state)
{
    (void)state;
    assert_non_null(setlocale(LC_ALL, "C"));
    assert_int_equal(detect("TERM=xterm", "auto", false).charset, BL_CHARSET_ASCII);
    if (!setlocale(LC_ALL, "C.UTF-8"))
        skip();
    assert_int_equal(detect("TERM=xterm", "auto", false).charset, BL_CHARSET_BRAILLE);
    assert_int_equal(detect("TERM=xterm", "auto", true).charset, BL_CHARSET_ASCII);
    assert_int_equal(detect("TERM=linux", "auto", false).charset, BL_CHARSET_BLOCK);
}

static void test_background_decides_the_theme(void **state)
{
    (void)state;
    assert_int_equal(detect("TERM=xterm COLORFGBG=0;15", "auto", false).theme, BL_THEME_LIGHT);
    assert_int_equal(detect("TERM=xterm COLORFGBG=0;default;7", "auto", false).theme, BL_THEME_LIGHT);
    assert_int_equal(detect("TERM=xterm COLORFGBG=15;0", "auto", false).theme, BL_THEME_DARK);
    assert_int_equal(detect("TERM=xterm", "auto", false).theme, BL_THEME_DARK);
}

/* What a terminal says of its background, among what a person types meanwhile. */
static void test_answers_are_told_from_keys(void **state)
{
    static const struct { const char *bytes; bool done; int theme; const char *typed; } cases[] = {
        { "\033]11;rgb:ffff/ffff/ffff\033\\\033[?62;22c", true, BL_THEME_LIGHT, "" }, { "\033]11;rgb:1e/1e/1e\a\033[?6c", true, BL_THEME_DARK, "" },
        { "\033]11;rgb:FFFF/FAFA/E0E0\a\033[?6c", true, BL_THEME_LIGHT, "" }, { "\033[?1;2c", true, -1, "" }, { "", false, -1, "" },
        { "he\033]11;rgb:0000/2b2b/3636\033\\l\033[?62clo", true, BL_THEME_DARK, "hello" }, { "\033]11;rgb:ff/ff/ff", false, BL_THEME_LIGHT, "" },
        { "\033]11;rgb:/ff/ff\a", false, -1, "" }, { "\033]11;?\a", false, -1, "" }, { "\033[A\033[?6c", true, -1, "" }, { "\033", false, -1, "" },
        { "\033]11;rgb:f", false, -1, "" }, { "\033]11;rgb:ffffffffff/0/0\a\033[c", false, -1, "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        enum bl_theme theme = (enum bl_theme)-1;
        char typed[256] = "";
        size_t n;
        bool done = bl_terminal_answers(cases[i].bytes, strlen(cases[i].bytes), &theme, typed, &n);
        typed[n] = '\0';
        if (done != cases[i].done || (int)theme != cases[i].theme || strcmp(typed, cases[i].typed) != 0)
            fail_msg("case %zu: done %d, theme %d, typed '%s'", i, done, (int)theme, typed);
    }
}

/* What a terminal says of pixels. */
static void test_answers_about_pixels_are_read(void **state)
{
    static const struct { const char *bytes; bool done, sixel, kitty; const char *typed; } cases[] = {
        { "\033_Gi=31;OK\033\\\033[?62;22c", true, false, true, "" }, { "\033[?62;4;22c", true, true, false, "" }, { "\033[?4c", true, true, false, "" },
        { "\033[?64;1;2;4c", true, true, false, "" }, { "\033[?62;44;14;22c", true, false, false, "" }, { "\033[?6c", true, false, false, "" },
        { "a\033_Gi=31;OK\033\\b\033[?62;4cc", true, true, true, "abc" }, { "\033_Gi=31;ENOTSUP\033\\\033[?62c", true, false, false, "" },
        { "\033_Gi=3", false, false, false, "" }, { "\033[?62;4", false, false, false, "" }, { "", false, false, false, "" }, { "\033[4c", false, false, false, "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool sixel = false, kitty = false, done;
        char typed[256] = "";
        size_t n;
        done = bl_terminal_graphics_answers(cases[i].bytes, strlen(cases[i].bytes), &sixel, &kitty, typed, &n);
        typed[n] = '\0';
        if (done != cases[i].done || sixel != cases[i].sixel || kitty != cases[i].kitty || strcmp(typed, cases[i].typed) != 0)
            fail_msg("case %zu: done %d, sixel %d, kitty %d, typed '%s'", i, done, sixel, kitty, typed);
    }
}

static void test_pixels_are_not_asked_of_a_file(void **state)
{
    bool sixel = true, kitty = true;
    char typed[256];
    size_t n = 9;

    (void)state;
    setenv("TERM", "xterm-256color", 1);
    bl_terminal_ask_graphics(&sixel, &kitty, typed, sizeof typed, &n); /* tests have no terminal */
    assert_true(!sixel && !kitty && n == 0);
}

static void test_size_without_a_terminal_is_80_by_24(void **state)
{
    int width = 0, height = 0, ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_false(bl_terminal_size(ends[0], &width, &height));
    assert_int_equal(width, 80);
    assert_int_equal(height, 24);
    close(ends[0]);
    close(ends[1]);
}

/* ---- signals ------------------------------------------------------------------------------------*/

static void test_signals_become_events_and_stop_work(void **state)
{
    static _Atomic bool stop;

    (void)state;
    bl_terminal_guard();
    assert_int_equal(bl_signals_take(), 0);
    raise(SIGINT);
    assert_int_equal(bl_signals_take(), SIGINT);
    assert_int_equal(bl_signals_take(), 0);
    bl_signals_stop(&stop);
    assert_int_equal(bl_signals_stopped_by(), 0);
    raise(SIGINT);
    assert_true(stop);
    assert_int_equal(bl_signals_stopped_by(), SIGINT);
    assert_int_equal(bl_signals_take(), SIGINT);
    stop = false;
    bl_signals_stop(&stop);
    assert_int_equal(bl_signals_stopped_by(), 0);
    bl_signals_lend(-1);
    raise(SIGINT); /* belongs to the program in front */
    assert_false(stop);
    assert_int_equal(bl_signals_take(), 0);
    bl_signals_lend(0);
    bl_signals_stop(NULL);
    raise(SIGWINCH);
    assert_int_equal(bl_signals_take(), SIGWINCH);
}

static void test_threads_keep_only_their_own_faults(void **state)
{
    sigset_t before, now;

    (void)state;
    bl_signals_block(&before);
    pthread_sigmask(SIG_SETMASK, &before, &now);
    assert_true(sigismember(&now, SIGINT) && sigismember(&now, SIGTERM) && sigismember(&now, SIGWINCH));
    assert_false(sigismember(&now, SIGSEGV) || sigismember(&now, SIGBUS) || sigismember(&now, SIGFPE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_colour_follows_option_then_environment),
        cmocka_unit_test(test_terminals_without_a_cursor),
        cmocka_unit_test(test_own_descriptions_are_found),
        cmocka_unit_test(test_characters_follow_locale_and_option),
        cmocka_unit_test(test_background_decides_the_theme),
        cmocka_unit_test(test_answers_are_told_from_keys),
        cmocka_unit_test(test_answers_about_pixels_are_read),
        cmocka_unit_test(test_pixels_are_not_asked_of_a_file),
        cmocka_unit_test(test_size_without_a_terminal_is_80_by_24),
        cmocka_unit_test(test_signals_become_events_and_stop_work),
        cmocka_unit_test(test_threads_keep_only_their_own_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
