/* Golden transcripts: golden/NAME.bl is run line by line, and what is shown must be golden/NAME.out.
 * UPDATE=1 in the environment writes the .out files anew, to be looked at like code.
 * A line `#! width 60`, `#! interactive`, `#! json` sets the stage. */
#define _GNU_SOURCE 1
#include "harness.h"

#include <dirent.h>
#include <limits.h>

static char folder[PATH_MAX];

/* Where the transcripts are; what they write goes to a folder that is taken away. */
static bool find_folders(void)
{
    const char *top = getenv("BL_SOURCE_DIR"), *scratch = getenv("TMPDIR");
    char name[PATH_MAX];

    snprintf(name, sizeof name, "%s/tests/language/golden", top ? top : BL_SOURCE_DIR);
    return realpath(name, folder) && (!scratch || chdir(scratch) == 0);
}

static void set_stage(struct stage *g, const char *line)
{
    int width;

    if (sscanf(line, "#! width %d", &width) == 1)
        g->session.width = width;
    else if (strcmp(line, "#! interactive") == 0)
        g->session.interactive = true;
    else if (strcmp(line, "#! json") == 0)
        g->session.output = BL_OUT_JSON;
    else
        fail_msg("the stage knows no '%s'", line);
}

static void run_line(struct stage *g, struct bl_text *pending, const char *line)
{
    bl_text_addf(&g->both, "%s%s\n", pending->length ? "... " : "> ", line);
    bl_text_addf(pending, "%s%s", pending->length ? "\n" : "", line);
    if (bl_session_wants_more(bl_text_get(pending)))
        return;
    bl_session_run(&g->session, bl_text_get(pending));
    bl_text_clear(pending);
}

static void play(const char *script, struct bl_text *out)
{
    struct stage g;
    struct bl_text pending = {0};
    char line[1000];

    stage_open(&g);
    for (const char *s = script; *s;) {
        const size_t n = strcspn(s, "\n");

        snprintf(line, sizeof line, "%.*s", (int)n, s);
        if (strncmp(line, "#!", 2) == 0)
            set_stage(&g, line);
        else if (*line)
            run_line(&g, &pending, line);
        s += n + (s[n] != 0);
    }
    bl_text_add(out, bl_text_get(&g.both));
    bl_text_free(&pending);
    stage_close(&g);
}

static char *read_text(const char *path)
{
    struct bl_error err = {0};
    char *text = NULL;
    size_t n;

    if (!bl_file_read(path, 1 << 20, &text, &n, &err))
        fail_msg("%s (UPDATE=1 writes it)", err.message);
    return text;
}

static void write_text(const char *path, const struct bl_text *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    fwrite(bl_text_get(text), 1, text->length, f);
    assert_int_equal(fclose(f), 0);
}

static void test_transcript(void **state)
{
    const char *name = *state;
    char path[PATH_MAX + 100];
    struct bl_text got = {0};

    snprintf(path, sizeof path, "%s/%s.bl", folder, name);
    char *script = read_text(path);
    play(script, &got);
    snprintf(path, sizeof path, "%s/%s.out", folder, name);
    if (getenv("UPDATE")) {
        write_text(path, &got);
    } else {
        char *wanted = read_text(path);

        expect_text(name, bl_text_get(&got), wanted);
        bl_free(wanted);
    }
    bl_free(script);
    bl_text_free(&got);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct CMUnitTest *)a)->name, ((const struct CMUnitTest *)b)->name);
}

int main(void)
{
    static struct CMUnitTest tests[100];
    static char names[100][80], titles[100][100];
    const struct dirent *entry;
    size_t n = 0;
    DIR *dir;

    setenv("BATCHLAB_CLOCK", "fixed", 1);
    if (!find_folders())
        return 1;
    dir = opendir(folder);
    while (dir && n < 100 && (entry = readdir(dir))) {
        const char *dot = strrchr(entry->d_name, '.');

        if (!dot || strcmp(dot, ".bl") != 0)
            continue;
        snprintf(names[n], sizeof names[n], "%.*s", (int)(dot - entry->d_name), entry->d_name);
        snprintf(titles[n], sizeof titles[n], "transcript_%s", names[n]);
        tests[n] = (struct CMUnitTest){.name = titles[n], .test_func = test_transcript, .initial_state = names[n]};
        n++;
    }
    if (!dir || !n)
        return 1;
    closedir(dir);
    qsort(tests, n, sizeof *tests, by_name);
    return _cmocka_run_group_tests("golden", tests, n, NULL, NULL);
}
