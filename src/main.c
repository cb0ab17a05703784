/* batchlab: options, and which door to open. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <gsl/gsl_errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/dashboard/dashboard.h"
#include "src/shell/shell.h"

enum { COMMANDS_MAX = 256 };

struct options {
    const char *commands[COMMANDS_MAX];
    size_t n_commands;
    const char *file;          /* dataset, script, "-" */
    const char *color;
    size_t threads;
    uint64_t seed;
    bool json, plain, ascii, quiet, no_start, stay;
};

static const char usage[] =
    "Usage: batchlab [OPTION]... [DATASET | SCRIPT.bl | -]\n"
    "Batch learning in the terminal: load a dataset, look at it, train step by step,\n"
    "and watch batch, mini-batch and stochastic gradient descent race side by side.\n"
    "\n"
    "  -c COMMANDS            run the commands and end; may be repeated\n"
    "  -i                     stay at the prompt afterwards\n"
    "      --json             one JSON object a command, on one line\n"
    "      --seed N           seed of every random choice (default 1)\n"
    "      --threads N        threads to use (default: the processors there are)\n"
    "      --plain            no screen control at all: for screen readers and logs\n"
    "      --ascii            charts in plain ASCII\n"
    "      --color WHEN       auto, always or never\n"
    "  -q                     no greeting\n"
    "  -n                     do not read the start file\n"
    "      --help             this text\n"
    "      --version          version and licence\n"
    "\n"
    "Without -c or a file, commands come from the prompt, or from standard input.\n"
    "Exit status: 0 all done, 1 a command failed, 2 wrong usage, 3 training diverged or\n"
    "a check did not hold, 128+N ended by signal N.\n"
    "Try: batchlab -c 'load iris; compare'\n";

static const char version[] =
    "batchlab " PACKAGE_VERSION "\n"
    "License GPLv3+: GNU GPL version 3 or later <https://gnu.org/licenses/gpl.html>.\n"
    "This is free software: you are free to change and redistribute it.\n"
    "There is NO WARRANTY, to the extent permitted by law.\n";

/* ---- options --------------------------------------------------------------------------------------*/

static int bad_usage(const char *message, const char *hint)
{
    fprintf(stderr, "batchlab: error: %s\nhint: %s\n", message, hint);
    return 2;
}

static bool whole_number(const char *text, int64_t min, int64_t *value)
{
    return bl_integer_parse(text, strlen(text), value) && *value >= min;
}

enum { OPT_JSON = 256, OPT_SEED, OPT_THREADS, OPT_PLAIN, OPT_ASCII, OPT_COLOR, OPT_HELP, OPT_VERSION };

static const struct option long_options[] = {
    { "json", no_argument, NULL, OPT_JSON }, { "seed", required_argument, NULL, OPT_SEED },
    { "threads", required_argument, NULL, OPT_THREADS }, { "plain", no_argument, NULL, OPT_PLAIN },
    { "ascii", no_argument, NULL, OPT_ASCII }, { "color", required_argument, NULL, OPT_COLOR },
    { "help", no_argument, NULL, OPT_HELP }, { "version", no_argument, NULL, OPT_VERSION }, { 0 }
};

static char *const *option_words; /* the arguments of main */

static int number_option(const char *name, const char *text, int64_t min, int64_t *value)
{
    char message[300], hint[64], shown[200];

    if (whole_number(text, min, value))
        return -1;
    snprintf(message, sizeof message, "--%s=%s: expected a whole number, %lld or more", name,
             bl_show(shown, sizeof shown, text, strlen(text)), (long long)min);
    snprintf(hint, sizeof hint, "batchlab --%s=%lld", name, (long long)(min > 1 ? min : 1));
    return bad_usage(message, hint);
}

static int print_text(const char *text)
{
    if (fputs(text, stdout) >= 0 && fflush(stdout) == 0)
        return 0;
    fprintf(stderr, "batchlab: error: cannot write standard output: %s\n", strerror(errno));
    return 1;
}

/* The option that getopt_long stopped at, as it was typed. */
static int unknown_option(int c)
{
    const char *names[sizeof long_options / sizeof *long_options], *near = NULL;
    const char *typed = option_words[optind - 1];
    char message[300], hint[128], shown[200], letter[3] = { '-', (char)optopt, '\0' };
    size_t n = 0;

    while (long_options[n].name)
        names[n] = long_options[n].name, n++;
    if (optopt && optopt < OPT_JSON)
        typed = letter;
    else
        near = bl_nearest(typed + strspn(typed, "-"), names, n);
    bl_show(shown, sizeof shown, typed, strlen(typed));
    snprintf(message, sizeof message, c == ':' ? "option %s needs a value" : optopt >= OPT_JSON ? "option %s takes no value"
                                                : "unknown option %s", shown);
    snprintf(hint, sizeof hint, near && c != ':' ? "did you mean --%s?" : "batchlab --help", near);
    return bad_usage(message, hint);
}

static int option(struct options *o, int c)
{
    int64_t n = 0;
    int status = -1;

    switch (c) {
    case 'c':
        if (o->n_commands == COMMANDS_MAX)
            return bad_usage("too many -c", "put the commands into a script: batchlab SCRIPT.bl");
        o->commands[o->n_commands++] = optarg;
        return -1;
    case 'i': o->stay = true; return -1;
    case 'q': o->quiet = true; return -1;
    case 'n': o->no_start = true; return -1;
    case OPT_JSON: o->json = true; return -1;
    case OPT_PLAIN: o->plain = true; return -1;
    case OPT_ASCII: o->ascii = true; return -1;
    case OPT_SEED:
        status = number_option("seed", optarg, 0, &n);
        o->seed = (uint64_t)n;
        return status;
    case OPT_THREADS:
        status = number_option("threads", optarg, 1, &n);
        o->threads = n > 1024 ? 1024 : (size_t)n;
        return status;
    case OPT_COLOR:
        o->color = optarg;
        if (!strcmp(optarg, "auto") || !strcmp(optarg, "always") || !strcmp(optarg, "never"))
            return -1;
        return bad_usage("--color takes auto, always or never", "batchlab --color=auto");
    case OPT_HELP: return print_text(usage);
    case OPT_VERSION: return print_text(version);
    default: return unknown_option(c);
    }
}

static bool env_on(const char *name)
{
    const char *value = getenv(name);

    return value && value[0] && strcmp(value, "0") != 0;
}

/* The exit status, or -1 to go on. */
static int options_read(struct options *o, int argc, char **argv)
{
    const char *omp = getenv("OMP_NUM_THREADS");
    int64_t threads;
    int c, status;

    *o = (struct options){ .color = "auto", .seed = 1 };
    o->plain = env_on("BATCHLAB_PLAIN") || env_on("ACCESSIBLE");
    if (omp && whole_number(omp, 1, &threads))
        o->threads = threads > 1024 ? 1024 : (size_t)threads;
    option_words = argv;
    opterr = 0;
    while ((c = getopt_long(argc, argv, ":c:iqn", long_options, NULL)) != -1)
        if ((status = option(o, c)) >= 0)
            return status;
    if (argc - optind > 1)
        return bad_usage("more than one file", "batchlab -c 'load A; load B' -i");
    o->file = optind < argc ? argv[optind] : NULL;
    return -1;
}

/* ---- before anything else ----------------------------------------------------------------------------*/

/* Files that are opened later must never become standard output by accident; what was closed stays
 * as good as closed: writing there fails, reading there fails. */
static void descriptors_fill(void)
{
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd ? O_RDONLY : O_WRONLY) < 0)
            _Exit(2);
}

/* Below this the first call of a BLAS spins for ever instead of failing. */
static bool enough_memory(void)
{
    struct rlimit limit;

    return getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY || limit.rlim_cur >= 512UL << 20;
}

static int start_checks(void)
{
    if (getauxval(AT_SECURE))
        return bad_usage("will not run with borrowed rights (setuid, setgid or capabilities)", "run it as yourself");
    descriptors_fill();
    if (!enough_memory())
        return bad_usage("less than 512 MB of address space are allowed", "ulimit -v unlimited");
    gsl_set_error_handler_off();
    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C"); /* a decimal comma must never reach a parser or a file */
    bl_terminal_guard();
    return -1;
}

/* ---- doors -----------------------------------------------------------------------------------------------*/

static bool is_script(const char *path)
{
    size_t n = strlen(path);

    return n > 3 && !strcmp(path + n - 3, ".bl");
}

/* The path as one word of the language, whatever is in it. */
static int load_file(struct shell *sh, const char *path)
{
    struct bl_text t = { 0 };
    int status = 1;

    bl_text_add(&t, "load '");
    for (const char *c = path; *c; c++)
        bl_text_add(&t, *c == '\'' ? "'\"'\"'" : (char[]){ *c, '\0' });
    bl_text_add(&t, "'");
    if (!t.failed)
        status = shell_run(sh, t.at);
    bl_text_free(&t);
    return status;
}

static int start_file(struct shell *sh, const struct options *o)
{
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    char path[4096];
    int n;

    if (o->no_start)
        return 0;
    n = config && config[0] == '/' ? snprintf(path, sizeof path, "%s/batchlab/init.bl", config)
        : home && home[0] ? snprintf(path, sizeof path, "%s/.config/batchlab/init.bl", home) : -1;
    return n > 0 && (size_t)n < sizeof path && access(path, R_OK) == 0 ? shell_script(sh, path) : 0;
}

static void greet(const struct options *o, const struct bl_terminal *t)
{
    if (!o->quiet && !o->file && o->n_commands == 0 && t->out)
        puts("batchlab " PACKAGE_VERSION " - help, or load FILE");
    fflush(stdout);
}

static int keep_worst(int status, int next) { return next ? next : status; }

/* File, commands, then whatever the person or standard input has to say. */
static int serve(struct shell *sh, const struct options *o, const struct bl_terminal *t)
{
    bool script = o->file && is_script(o->file), person = t->in && (o->stay || (o->n_commands == 0 && !script));
    int status = start_file(sh, o);

    if (o->file && !script && strcmp(o->file, "-") != 0)
        status = keep_worst(status, load_file(sh, o->file));
    else if (script)
        status = keep_worst(status, shell_script(sh, o->file));
    for (size_t i = 0; i < o->n_commands && (status == 0 || status == 3) && !sh->session->quit; i++)
        status = keep_worst(status, shell_run(sh, o->commands[i]));
    if (sh->session->quit || status == 128 + SIGTERM || status == 128 + SIGHUP || (status > 128 && !person))
        return status;
    if (person && !(o->file && !strcmp(o->file, "-")))
        return shell_prompt(sh);
    if (o->n_commands == 0 && !script && (status == 0 || status == 3) && (!t->in || (o->file && !strcmp(o->file, "-"))))
        status = keep_worst(status, shell_stdin(sh));
    return status;
}

static void session_set(struct bl_session *s, const struct options *o, const struct bl_terminal *t)
{
    bl_terminal_size(t->out ? STDOUT_FILENO : STDERR_FILENO, &s->width, &s->height);
    if (!t->out)
        s->width = 80, s->height = 24;
    s->output = o->json ? BL_OUT_JSON : BL_OUT_TABLE;
    s->plain = o->plain;
    s->ascii = o->ascii || t->charset == BL_CHARSET_ASCII;
    s->charset = o->plain ? BL_CHARSET_ASCII : t->charset;
    s->colours = o->plain || o->json ? BL_COLOURS_NONE : t->colours;
    s->theme = s->theme_found = t->theme;
    s->interactive = t->in && t->out && !o->json &&
                     (o->stay || (o->n_commands == 0 && !(o->file && (is_script(o->file) || !strcmp(o->file, "-")))));
}

int main(int argc, char **argv)
{
    struct options o;
    struct bl_terminal t;
    struct bl_session s;
    struct bl_error err = { 0 };
    struct bl_workbench *w = NULL;
    struct shell *sh = NULL;
    int status = start_checks();

    if (status < 0)
        status = options_read(&o, argc, argv);
    if (status >= 0)
        return status;
    bl_terminal_detect(&t, o.color, o.ascii);
    w = bl_workbench_create(o.threads, o.seed, &err);
    if (w && bl_session_init(&s, w, &err)) {
        session_set(&s, &o, &t);
        sh = shell_create(&s, &t, &err);
    }
    if (!sh) {
        fprintf(stderr, "batchlab: error: %s\n", err.message);
        bl_workbench_free(w);
        return 1;
    }
    dashboard_attach(&s, &t);
    shell_yield_to(sh);
    greet(&o, &t);
    if (s.interactive && !o.no_start)
        remember_read(&s);
    status = serve(sh, &o, &t);
    if (s.interactive && !o.no_start)
        remember_write(&s);
    if (!shell_finish(sh) && status == 0)
        status = 1;
    shell_free(sh);
    bl_session_done(&s);
    bl_workbench_free(w);
    return status;
}
