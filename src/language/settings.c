/* What `set` knows besides the settings of a run: how things look and how fast they go. One row each. */
#include "src/language/private.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- helpers -----------------------------------------------------------------------------------------*/

static bool wrong(struct bl_error *err, const char *name, const char *value, const char *possible)
{
    bl_fail(err, BL_VALUE, "%s=%s is not possible", name, *value ? value : "''");
    return bl_hint(err, "set %s=%.*s (possible: %s)", name, (int)strcspn(possible, "| "), possible, possible);
}

/* Index of value in "a|b|c", or -1. */
static int choice(const char *possible, const char *value)
{
    const size_t n = strlen(value);

    for (int i = 0; *possible; i++) {
        const size_t k = strcspn(possible, "|");

        if (k == n && strncmp(possible, value, n) == 0)
            return i;
        possible += k + (possible[k] == '|');
    }
    return -1;
}

static void add_choice(struct bl_text *out, const char *possible, int i)
{
    while (i-- > 0)
        possible += strcspn(possible, "|") + 1;
    bl_text_addn(out, possible, strcspn(possible, "|"));
}

static bool set_choice(const char *name, const char *possible, const char *value, int fallback, int *out, struct bl_error *err)
{
    const int i = value ? choice(possible, value) : fallback;

    if (i < 0)
        return wrong(err, name, value, possible);
    *out = i;
    return true;
}

static bool set_yes(const char *name, const char *value, bool fallback, bool *out, struct bl_error *err)
{
    const struct bl_pair pair = {.key = name, .value = value};
    const struct bl_args a = {.pairs = &pair, .n_pairs = 1};

    if (value)
        return bl_arg_yes(&a, name, out, err);
    *out = fallback;
    return true;
}

static bool set_number(const char *name, const char *value, double min, double max, double fallback, double *out, struct bl_error *err)
{
    const struct bl_pair pair = {.key = name, .value = value};
    const struct bl_args a = {.pairs = &pair, .n_pairs = 1};
    double x = fallback;

    if (value && !bl_arg_number(&a, name, &x, err))
        return false;
    if (x < min || x > max) {
        bl_fail(err, BL_VALUE, "%s=%s must be from %g to %g", name, value, min, max);
        return bl_hint(err, "set %s=%g", name, fallback);
    }
    *out = x;
    return true;
}

/* A whole number, or a word that stands for 0. */
static bool set_whole(const char *name, const char *value, int64_t min, int64_t max, int64_t fallback, int64_t *out, struct bl_error *err)
{
    const struct bl_pair pair = {.key = name, .value = value};
    const struct bl_args a = {.pairs = &pair, .n_pairs = 1};

    *out = fallback;
    return bl_arg_integer(&a, name, min, max, out, err);
}

static void add_yes(struct bl_text *out, bool yes)
{
    bl_text_add(out, yes ? "on" : "off");
}

/* ---- one pair of functions a setting ----------------------------------------------------------------*/

static void get_digits(struct bl_session *s, struct bl_text *out)
{
    bl_text_addf(out, "%d", s->digits);
}

static bool set_digits(struct bl_session *s, const char *value, struct bl_error *err)
{
    int64_t n;

    if (!set_whole("digits", value, 1, 17, 4, &n, err))
        return false;
    s->digits = (int)n;
    return true;
}

static void get_decimal(struct bl_session *s, struct bl_text *out)
{
    bl_text_addn(out, &bl_language_of(s)->decimal, 1);
}

static bool set_decimal(struct bl_session *s, const char *value, struct bl_error *err)
{
    if (value && strcmp(value, ".") != 0 && strcmp(value, ",") != 0)
        return wrong(err, "decimal", value, ". or ,");
    bl_language_of(s)->decimal = value ? value[0] : '.';
    return true;
}

static void get_pager(struct bl_session *s, struct bl_text *out)
{
    add_yes(out, s->pager);
}

static bool set_pager(struct bl_session *s, const char *value, struct bl_error *err)
{
    return set_yes("pager", value, true, &s->pager, err);
}

static void get_timing(struct bl_session *s, struct bl_text *out)
{
    add_yes(out, s->timing);
}

static bool set_timing(struct bl_session *s, const char *value, struct bl_error *err)
{
    return set_yes("timing", value, false, &s->timing, err);
}

static const char themes[] = "dark|light|mono|contrast|auto";

static void get_theme(struct bl_session *s, struct bl_text *out)
{
    add_choice(out, themes, (int)s->theme);
}

static bool set_theme(struct bl_session *s, const char *value, struct bl_error *err)
{
    int i;

    if (!set_choice("theme", themes, value, 0, &i, err))
        return false;
    s->theme_given = value && i <= (int)BL_THEME_CONTRAST;
    s->theme = s->theme_given ? (enum bl_theme)i : s->theme_found;
    return true;
}

static const char canvases[] = "braille|block|ascii";

static void get_canvas(struct bl_session *s, struct bl_text *out)
{
    add_choice(out, canvases, (int)s->charset);
}

static bool set_canvas(struct bl_session *s, const char *value, struct bl_error *err)
{
    int i;

    if (!set_choice("canvas", canvases, value, s->ascii ? 2 : 0, &i, err))
        return false;
    s->charset = (enum bl_charset)i;
    return true;
}

static const char graphics[] = "text|auto|sixel|kitty";

static void get_graphics(struct bl_session *s, struct bl_text *out)
{
    add_choice(out, graphics, (int)s->graphics);
}

static bool set_graphics(struct bl_session *s, const char *value, struct bl_error *err)
{
    int i;

    if (!set_choice("graphics", graphics, value, 0, &i, err))
        return false;
    if (i > 0 && !bl_picture_has_cairo()) {
        bl_fail(err, BL_STATE, "graphics=%s needs Cairo, which is not here", value);
        return bl_hint(err, "set graphics=text; export svg FILE.svg works everywhere");
    }
    s->graphics = i == 0 ? BL_PLOT_TEXT : i == 1 ? BL_PLOT_AUTO : i == 2 ? BL_PLOT_SIXEL : BL_PLOT_KITTY;
    return true;
}

static const char x_axes[] = "samples|updates|epochs|seconds";

static void get_x(struct bl_session *s, struct bl_text *out)
{
    const struct bl_view_settings *v = bl_session_view(s);

    if (v->x_given)
        add_choice(out, x_axes, (int)v->x);
    else
        bl_text_add(out, "auto");
}

static bool set_x(struct bl_session *s, const char *value, struct bl_error *err)
{
    struct bl_view_settings *v = bl_session_view(s);
    const bool given = value && strcmp(value, "auto") != 0;
    int i;

    if (!set_choice("x", x_axes, given ? value : NULL, 0, &i, err))
        return false;
    v->x = (enum bl_x)i;
    v->x_given = given;
    return true;
}

static const char scales[] = "linear|log";

static void get_x_scale(struct bl_session *s, struct bl_text *out)
{
    add_choice(out, scales, bl_session_view(s)->log_x);
}

static bool set_x_scale(struct bl_session *s, const char *value, struct bl_error *err)
{
    int i;

    if (!set_choice("x_scale", scales, value, 0, &i, err))
        return false;
    bl_session_view(s)->log_x = i == 1;
    return true;
}

static void get_share(struct bl_session *s, struct bl_text *out)
{
    add_yes(out, bl_session_view(s)->share);
}

static bool set_share(struct bl_session *s, const char *value, struct bl_error *err)
{
    return set_yes("share", value, false, &bl_session_view(s)->share, err);
}

static void get_y(struct bl_session *s, struct bl_text *out)
{
    add_choice(out, scales, bl_session_view(s)->log_y);
}

static bool set_y(struct bl_session *s, const char *value, struct bl_error *err)
{
    int i;

    if (!set_choice("y", scales, value, 1, &i, err))
        return false;
    bl_session_view(s)->log_y = i == 1;
    return true;
}

static const char smooths[] = "off|light|medium|heavy";

static void get_smooth(struct bl_session *s, struct bl_text *out)
{
    add_choice(out, smooths, bl_session_view(s)->smooth);
}

static bool set_smooth(struct bl_session *s, const char *value, struct bl_error *err)
{
    return set_choice("smooth", smooths, value, 0, &bl_session_view(s)->smooth, err);
}

static void get_valid(struct bl_session *s, struct bl_text *out)
{
    add_yes(out, bl_session_view(s)->valid);
}

static bool set_valid(struct bl_session *s, const char *value, struct bl_error *err)
{
    return set_yes("valid", value, true, &bl_session_view(s)->valid, err);
}

static void get_dots(struct bl_session *s, struct bl_text *out)
{
    add_yes(out, bl_session_view(s)->dots);
}

static bool set_dots(struct bl_session *s, const char *value, struct bl_error *err)
{
    return set_yes("dots", value, false, &bl_session_view(s)->dots, err);
}

static void get_mouse(struct bl_session *s, struct bl_text *out)
{
    add_yes(out, bl_session_view(s)->mouse);
}

static bool set_mouse(struct bl_session *s, const char *value, struct bl_error *err)
{
    return set_yes("mouse", value, true, &bl_session_view(s)->mouse, err);
}

static void get_bins(struct bl_session *s, struct bl_text *out)
{
    const size_t bins = bl_session_view(s)->bins;

    if (bins)
        bl_text_addf(out, "%zu", bins);
    else
        bl_text_add(out, "auto");
}

static bool set_bins(struct bl_session *s, const char *value, struct bl_error *err)
{
    int64_t n;

    if (!set_whole("bins", value && strcmp(value, "auto") != 0 ? value : NULL, 1, 1000, 0, &n, err))
        return false;
    bl_session_view(s)->bins = (size_t)n;
    return true;
}

static void get_fps(struct bl_session *s, struct bl_text *out)
{
    bl_text_addf(out, "%g", bl_session_view(s)->fps);
}

static bool set_fps(struct bl_session *s, const char *value, struct bl_error *err)
{
    return set_number("fps", value, 1, 60, 30, &bl_session_view(s)->fps, err);
}

static void get_speed(struct bl_session *s, struct bl_text *out)
{
    const double speed = bl_workbench_speed(s->workbench), updates = bl_workbench_update_speed(s->workbench);

    if (updates > 0)
        bl_text_addf(out, "%gu", updates);
    else if (speed < 0)
        bl_text_add(out, "auto");
    else if (speed > 0)
        bl_text_addf(out, "%g", speed);
    else
        bl_text_add(out, "unlimited");
}

static void get_axes(struct bl_session *s, struct bl_text *out)
{
    const char *axes = bl_session_view(s)->axes;

    bl_text_add(out, axes[0] ? axes : "auto");
}

/* Two names, a word that stands for two, or auto. They are looked up when the picture is drawn: another dataset has
 * others. */
static bool set_two(const char *key, const char *word, const char *value, char kept[160], struct bl_error *err)
{
    const bool none = !value || !strcmp(value, "auto") || !strcmp(value, "");

    if (!none && strcmp(value, word) != 0 && !strchr(value, ',')) {
        bl_fail(err, BL_VALUE, "%s=%s is one name, and it takes two", key, value);
        return bl_hint(err, "%s=A,B, or %s=%s, or %s=auto", key, key, word, key);
    }
    if (!none && strlen(value) >= 160)
        return bl_fail(err, BL_LIMIT, "%s= takes at most 159 bytes", key);
    memset(kept, 0, 160);
    if (!none)
        memcpy(kept, value, strlen(value));
    return true;
}

static bool set_axes(struct bl_session *s, const char *value, struct bl_error *err)
{
    return set_two("axes", "components", value, bl_session_view(s)->axes, err);
}

static void get_plane(struct bl_session *s, struct bl_text *out)
{
    const char *plane = bl_session_view(s)->plane;

    bl_text_add(out, plane[0] ? plane : "auto");
}

static bool set_plane(struct bl_session *s, const char *value, struct bl_error *err)
{
    return set_two("plane", "path", value, bl_session_view(s)->plane, err);
}

static bool set_speed(struct bl_session *s, const char *value, struct bl_error *err)
{
    double speed;

    if (!value || !strcmp(value, "auto")) {
        bl_workbench_set_speed(s->workbench, -1);
        return true;
    }
    const size_t n = strlen(value);
    if (n > 1 && n < 24 && value[n - 1] == 'u') { /* updates a second */
        char digits[24];

        snprintf(digits, sizeof digits, "%.*s", (int)n - 1, value);
        if (!set_number("speed", digits, 0.01, 1e6, 1, &speed, err))
            return false;
        bl_workbench_set_update_speed(s->workbench, speed);
        return true;
    }
    if (!set_number("speed", strcmp(value, "unlimited") != 0 ? value : NULL, 0, 1e6, 0, &speed, err))
        return false;
    bl_workbench_set_speed(s->workbench, speed);
    return true;
}

static void get_prompt(struct bl_session *s, struct bl_text *out)
{
    bl_text_add(out, bl_language_of(s)->prompt);
}

static bool set_prompt(struct bl_session *s, const char *value, struct bl_error *err)
{
    struct bl_language *l = bl_language_of(s);
    struct bl_text clean = {0};

    bl_text_show(&clean, value ? value : "", value ? strlen(value) : 0);
    const bool fits = clean.length < sizeof l->prompt;
    if (fits)
        snprintf(l->prompt, sizeof l->prompt, "%s", bl_text_get(&clean));
    bl_text_free(&clean);
    return fits || bl_fail(err, BL_LIMIT, "a prompt has at most %zu bytes", sizeof l->prompt - 1);
}

static void get_runs(struct bl_session *s, struct bl_text *out)
{
    bl_text_add(out, bl_keep_runs_word(s));
}

static bool set_runs(struct bl_session *s, const char *value, struct bl_error *err)
{
    return bl_keep_runs_set(s, value, err);
}

const struct bl_setting bl_session_settings[] = {
    {"digits", "1|2|3|4|5|6|8|17", "significant digits in tables", get_digits, set_digits},
    {"decimal", ".|,", "decimal mark in tables (files and commands keep the point)", get_decimal, set_decimal},
    {"pager", "on|off", "long output goes through the pager", get_pager, set_pager},
    {"runs", "auto|yes|no", "keep finished runs in the registry (auto: where there is one)", get_runs, set_runs},
    {"timing", "on|off", "tell how long each command took", get_timing, set_timing},
    {"prompt", "", "own prompt: %d data, %m model, %e epoch, %n command number", get_prompt, set_prompt},
    {"theme", themes, "colours for a dark or a light terminal", get_theme, set_theme},
    {"canvas", canvases, "characters that charts are drawn with", get_canvas, set_canvas},
    {"graphics", graphics, "plot at the prompt shows pixels (auto: if the terminal says that it can)", get_graphics, set_graphics},
    {"x", "auto|samples|updates|epochs|seconds", "x axis of loss charts", get_x, set_x},
    {"x_scale", scales, "scale of the x axis", get_x_scale, set_x_scale},
    {"y", scales, "scale of the loss axis", get_y, set_y},
    {"smooth", smooths, "smoothing of loss curves", get_smooth, set_smooth},
    {"valid", "on|off", "draw the validation curve too", get_valid, set_valid},
    {"dots", "on|off", "draw the loss of single updates as dots", get_dots, set_dots},
    {"axes", "auto|components", "columns of the boundary: A,B; auto: the two of the largest weights", get_axes, set_axes},
    {"plane", "auto|path", "parameters of the contour: A,B; path: the plane of the ways taken", get_plane, set_plane},
    {"bins", "auto|10|20|50", "bins of a histogram", get_bins, set_bins},
    {"share", "on|off", "a histogram shows shares instead of counts", get_share, set_share},
    {"mouse", "on|off", "the dashboard takes the mouse", get_mouse, set_mouse},
    {"fps", "10|30", "most frames a second in the dashboard", get_fps, set_fps},
    {"speed", "auto|1u|10u|1|2|5|10|20|50|unlimited", "epochs a second, 5u: updates a second; auto: a watched race lasts 4 s", get_speed, set_speed},
    {NULL, NULL, NULL, NULL, NULL},
};

const struct bl_setting *bl_setting_find(const char *name)
{
    for (const struct bl_setting *s = bl_session_settings; s->name; s++)
        if (bl_key_same(s->name, name))
            return s;
    return NULL;
}

/* ---- settings of a run, as text ------------------------------------------------------------------------*/

static void add_number(struct bl_text *out, double x)
{
    char buffer[40];

    bl_text_add(out, isnan(x) ? "auto" : bl_number_exact(buffer, sizeof buffer, x));
}

static bool hyper_text(const struct bl_settings *s, const char *key, struct bl_text *out)
{
    const struct bl_hyper *hyper = s->optimizer ? s->optimizer->hyper : NULL;

    for (size_t i = 0; hyper && hyper[i].name && i < 6; i++) {
        if (bl_key_same(hyper[i].name, key)) {
            add_number(out, s->hyper[i]);
            return true;
        }
    }
    return false;
}

static bool word_text(const struct bl_settings *s, const char *key, struct bl_text *out)
{
    static const char *const orders[] = {"shuffled", "given", "replacement", "importance"};

    if (bl_key_same(key, "optimizer"))
        bl_text_add(out, s->optimizer ? s->optimizer->name : "-");
    else if (bl_key_same(key, "schedule"))
        bl_text_add(out, s->schedule ? s->schedule->name : "-");
    else if (bl_key_same(key, "order"))
        bl_text_add(out, orders[s->order]);
    else if (bl_key_same(key, "average"))
        bl_text_add(out, s->average ? "yes" : "no");
    else if (bl_key_same(key, "batch") && s->regime == BL_BATCH)
        bl_text_add(out, "all");
    else if (bl_key_same(key, "batch"))
        bl_text_addf(out, "%zu", s->regime == BL_MINI ? s->batch : 1);
    else
        return false;
    return true;
}

bool bl_run_setting_text(const struct bl_settings *s, const char *key, struct bl_text *out)
{
    const struct { const char *key; double value; } numbers[] = {
        {"lr", s->lr},       {"drop", s->drop},     {"every", s->every},
        {"decay", s->decay}, {"floor", s->floor},   {"warmup", s->warmup},
        {"clip", s->clip},   {"accumulate", (double)s->accumulate},
        {"patience", (double)s->patience}, {"min_delta", s->min_delta}, {"freeze", (double)s->freeze},
        {"seed", (double)s->seed}, {"epochs", (double)s->epochs}, {"tape", (double)s->tape},
    };

    if (s->search && bl_key_same(key, "lr")) {
        bl_text_add(out, "search");
        return true;
    }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (bl_key_same(numbers[i].key, key)) {
            add_number(out, numbers[i].value);
            return true;
        }
    }
    return word_text(s, key, out) || hyper_text(s, key, out);
}
