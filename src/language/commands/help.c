/* help, examples, about. */
#include "command.h"

#include <gsl/gsl_version.h>
#include <stdio.h>
#include <string.h>
#ifdef HAVE_SQLITE
#include <sqlite3.h>
#endif
#ifdef HAVE_ZLIB
#include <zlib.h>
#endif

/* ---- help -------------------------------------------------------------------------------------------------*/

static void tell_setting(struct bl_session *s, const char *name, struct bl_text *out)
{
    const struct bl_setting *own = bl_setting_find(name);
    const char *const *values = own ? NULL : bl_settings_values(name);
    struct bl_text value = {0};

    bl_text_addf(out, "%s: %s\n", name, own ? own->help : bl_settings_help(name));
    if (own && *own->values)
        bl_text_addf(out, "  values: %s\n", own->values);
    for (size_t i = 0; values && values[i]; i++)
        bl_text_addf(out, "%s%s%s", i ? " " : "  values: ", values[i], values[i + 1] ? "" : "\n");
    if (own)
        own->get(s, &value);
    else
        bl_run_setting_text(bl_workbench_defaults(s->workbench), name, &value);
    if (value.length)
        bl_text_addf(out, "  now: %s\n  example: set %s=%s\n", value.at, name, value.at);
    bl_text_free(&value);
}

static bool is_run_setting(const char *name)
{
    for (size_t i = 0; bl_settings_keys[i]; i++)
        if (bl_key_same(bl_settings_keys[i], name))
            return true;
    return false;
}

static bool no_help(const struct bl_args *a, size_t i, struct bl_error *err)
{
    const char *names[128];
    const char *near;
    size_t n = 0;

    for (size_t k = 0; bl_commands[k] && n < 128; k++)
        names[n++] = bl_commands[k]->name;
    near = bl_nearest(a->words[i].text, names, n);
    bl_fail(err, BL_UNKNOWN, "no help on '%s'", a->words[i].text);
    if (near)
        bl_hint(err, "help %s", near);
    else if (i > 0) /* that search found nothing */
        bl_hint(err, "help lists the commands");
    else
        bl_hint(err, "help about %s searches all help; help lists the commands", a->words[i].text);
    return bl_at_word(err, a, i);
}

/* A command, a setting, a word of the field, or nothing but a search. */
static bool find_help(struct bl_session *s, const struct bl_args *a, size_t i, struct bl_text *out, struct bl_error *err)
{
    const char *word = a->words[i].text;
    const struct bl_command *c = bl_command_find(word);

    if (c)
        bl_help_command(c, out);
    else if (bl_setting_find(word) || is_run_setting(word))
        tell_setting(s, word, out);
    else if (!bl_help_search(word, out))
        return no_help(a, i, err);
    return true;
}

static bool run_help(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const bool about = a->n_words && strcmp(a->words[0].text, "about") == 0;
    struct bl_text text = {0};
    bool ok = true;

    if (!a->n_words)
        bl_help_overview(&text);
    else if (about && a->n_words > 1)
        ok = bl_help_search(a->words[1].text, &text) || no_help(a, 1, err);
    else
        ok = find_help(s, a, 0, &text, err);
    if (ok) {
        bl_result_text(r, bl_text_get(&text));
        bl_result_set(r, "text", bl_json_text(bl_text_get(&text)));
    }
    bl_text_free(&text);
    return ok;
}

const struct bl_command bl_command_help = {
    .name = "help",
    .arguments = "[COMMAND | SETTING | about WORD]",
    .group = "shell",
    .summary = "explain a command, a setting or a word",
    .aliases = BL_WORDS("?"),
    .help = "help about WORD searches all help text and says what a number means.",
    .examples = BL_EXAMPLES("help load", "help about median", "help lr"),
    .see = "examples",
    .first = BL_ARG_COMMAND,
    .further = BL_ARG_COMMAND,
    .keeps_running = true,
    .run = run_help,
};

/* ---- examples ---------------------------------------------------------------------------------------------*/

static bool run_examples(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const struct bl_command *one = a->n_words ? bl_command_find(a->words[0].text) : NULL;
    json_t *list;

    (void)s;
    if (a->n_words && !one)
        return no_help(a, 0, err);
    list = json_array();
    for (size_t i = 0; bl_commands[i]; i++) {
        const struct bl_command *c = bl_commands[i];

        if (one && c != one)
            continue;
        for (size_t k = 0; c->examples[k] && (one || k < 1); k++) {
            bl_result_line(r, "%s", c->examples[k]);
            bl_json_append(r, list, bl_json_text(c->examples[k]));
        }
    }
    bl_result_set(r, "examples", list);
    return true;
}

const struct bl_command bl_command_examples = {
    .name = "examples",
    .arguments = "[COMMAND]",
    .group = "shell",
    .summary = "lines to try, one for each command, or all of one command",
    .examples = BL_EXAMPLES("examples", "examples load"),
    .see = "help",
    .first = BL_ARG_COMMAND,
    .keeps_running = true,
    .run = run_examples,
};

/* ---- about ------------------------------------------------------------------------------------------------*/

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unknown"
#endif

/* "model name : ..." of the first processor. */
static void processor_name(struct bl_text *out)
{
    char *info = NULL;
    size_t size;
    const char *at;

    if (!bl_file_read("/proc/cpuinfo", 1 << 20, &info, &size, NULL) || !(at = strstr(info, "model name"))) {
        bl_text_add(out, "unknown");
    } else {
        at += strcspn(at, ":") + 1;
        at += strspn(at, " \t");
        bl_text_show(out, at, strcspn(at, "\n"));
    }
    bl_free(info);
}

/* "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ...": the second word. */
static const char *blas_version(char *buffer, size_t size)
{
    const char *at = bl_openblas_config();

    if (!at)
        return NULL;
    at += strcspn(at, " ");
    at += strspn(at, " ");
    snprintf(buffer, size, "%.*s", (int)strcspn(at, " "), at);
    return buffer;
}

static const char *sqlite_version(void)
{
#ifdef HAVE_SQLITE
    return sqlite3_libversion();
#else
    return NULL;
#endif
}

static const char *gzip_version(void)
{
#ifdef HAVE_ZLIB
    return zlibVersion();
#else
    return NULL;
#endif
}

/* Those that are there, and by name those without which something is missing. */
static void tell_libraries(struct bl_result *r)
{
    char blas[40];
    const struct { const char *key, *name, *version, *lacking; } all[] = {
        {"gsl", "GSL", gsl_version, NULL}, {"jansson", "Jansson", jansson_version_str(), NULL},
        {"openblas", "OpenBLAS", blas_version(blas, sizeof blas), "networks multiply by our own products"},
        {"sqlite", "SQLite", sqlite_version(), "models are not kept, databases not read"},
        {"zlib", "zlib", gzip_version(), ".gz and .npz files are not read"}, {"cairo", "Cairo", bl_picture_cairo(), "no PNG and PDF"},
    };
    json_t *libraries = json_object();
    struct bl_text line = {0};

    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i].version) {
            bl_json_set(r, libraries, all[i].key, bl_json_text(all[i].version));
            bl_text_addf(&line, "%s%s %s", line.length ? ", " : "", all[i].name, all[i].version);
        }
    bl_result_set(r, "libraries", libraries);
    bl_result_line(r, "libraries  %s", bl_text_get(&line));
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (!all[i].version)
            bl_result_line(r, "without    %s: %s", all[i].name, all[i].lacking);
    bl_text_free(&line);
}

static bool run_about(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const size_t threads = bl_pool_threads(bl_workbench_pool(s->workbench));
    struct bl_text processor = {0};

    (void)a;
    (void)err;
    processor_name(&processor);
    bl_result_set(r, "version", bl_json_text(PACKAGE_VERSION));
    bl_result_set(r, "build", bl_json_text("C17, compiler " __VERSION__));
    bl_result_set(r, "processor", bl_json_text(bl_text_get(&processor)));
    bl_result_set(r, "threads", json_integer((json_int_t)threads));
    bl_result_line(r, "batchlab %s", PACKAGE_VERSION);
    bl_result_line(r, "build      C17, compiler %s", __VERSION__);
    tell_libraries(r);
    bl_result_line(r, "processor  %s, %zu thread%s", bl_text_get(&processor), threads, threads == 1 ? "" : "s");
    bl_result_line(r, "licence    GPL-3.0-or-later");
    bl_text_free(&processor);
    return true;
}

const struct bl_command bl_command_about = {
    .name = "about",
    .arguments = "",
    .group = "shell",
    .summary = "tell version, build, libraries, processor and threads",
    .examples = BL_EXAMPLES("about"),
    .see = "help, time",
    .keeps_running = true,
    .run = run_about,
};
