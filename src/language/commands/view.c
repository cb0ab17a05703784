/* view, front, hide, fit, zoom, present, panels, screen, bind: what the dashboard shows, as commands. Its keys
 * write them, so that a lesson can be played again. */
#include "command.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const view_names[] = { "all", "loss", "compare", "stats", "boundary", "contour", "weights", "events", "theory", "inside", "evaluation", NULL };

/* ---- view -----------------------------------------------------------------------------------------------*/

static bool view_word(const struct bl_args *a, size_t i, int64_t *view, struct bl_error *err)
{
    size_t at = 0;

    if (a->words[i].text[0] >= '0' && a->words[i].text[0] <= '9')
        return bl_word_integer(a, i, 0, 10, view, err);
    if (!bl_word_choice(a, i, view_names, &at, err))
        return false;
    *view = (int64_t)at;
    return true;
}

static bool run_view(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_view_settings *v = bl_session_view(s);
    int64_t view = v->view;

    if (a->n_words && !view_word(a, 0, &view, err))
        return false;
    v->view = (int)view;
    v->zoom = v->zoom && a->n_words == 0;
    if (v->view >= 0)
        bl_result_line(r, "view %d, %s%s", v->view, view_names[v->view], s->in_dashboard ? "" : "; watch opens the dashboard");
    else
        bl_result_line(r, "the view goes by the size of the screen and the run");
    bl_result_set(r, "view", json_integer(v->view));
    return true;
}

const struct bl_command bl_command_view = {
    .name = "view", .arguments = "[N | NAME]", .group = "show", .summary = "choose what the dashboard shows",
    .help = "0 all, 1 loss, 2 compare, 3 stats, 4 boundary, 5 contour, 6 weights, 7 events, 8 theory, 9 inside, 10 evaluation, by number "
            "or by name. The keys 0 to 9 and i of the dashboard write it.",
    .examples = BL_EXAMPLES("load iris; view weights"), .see = "watch, panels, zoom", .first = BL_ARG_WORDS, .further = BL_ARG_NONE,
    .choices = view_names, .keeps_running = true, .run = run_view,
};

/* ---- front, hide ----------------------------------------------------------------------------------------*/

/* "mini:32" and "sgd" are typed for what screens call "mini 32" and "stochastic". */
static bool same_name(const char *typed, const char *name)
{
    if (!strncmp(typed, "sgd", 3) && !strncmp(name, "stochastic", 10))
        typed += 3, name += 10;
    for (; *typed && *name; typed++, name++)
        if (*typed != *name && !(*typed == ':' && *name == ' '))
            return false;
    return *typed == *name;
}

static bool contestant_word_find(struct bl_session *s, const struct bl_args *a, const struct bl_snapshot *snap, size_t *at, struct bl_error *err)
{
    int64_t number = 0;

    (void)s;
    if (snap->n_runs == 0) {
        bl_fail(err, BL_STATE, "there is no run yet");
        return bl_hint(err, "compare batch mini:32 sgd");
    }
    for (*at = 0; *at < snap->n_runs; ++*at)
        if (same_name(a->words[0].text, snap->runs[*at].name))
            return true;
    if (bl_integer_parse(a->words[0].text, strlen(a->words[0].text), &number) && number >= 1 && (uint64_t)number <= snap->n_runs) {
        *at = (size_t)number - 1;
        return true;
    }
    bl_fail(err, BL_UNKNOWN, "no contestant '%s'", a->words[0].text);
    bl_hint(err, "%s '%s' (1 to %zu)", a->verb, snap->runs[0].name, snap->n_runs);
    return bl_at_word(err, a, 0);
}

static bool run_front(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const struct bl_snapshot *snap = bl_workbench_snapshot(s->workbench);
    struct bl_view_settings *v = bl_session_view(s);
    size_t at = v->front;
    bool good = true;

    if (a->n_words)
        good = contestant_word_find(s, a, snap, &at, err);
    if (good)
        v->front = at;
    if (good && at < snap->n_runs) {
        bl_result_line(r, "in front: %s", snap->runs[at].name);
        bl_result_set(r, "front", bl_json_text(snap->runs[at].name));
    }
    bl_snapshot_drop(snap);
    return good;
}

const struct bl_command bl_command_front = {
    .name = "front", .arguments = "[CONTESTANT]", .group = "show", .summary = "bring the curve of a contestant to the front",
    .help = "By its name or its number from 1. Panels of one contestant (weights, gradient, the run) show the one in front.",
    .examples = BL_EXAMPLES("load iris; compare epochs=3 watch=no; front mini:32"), .see = "hide, view, plot", .first = BL_ARG_CONTESTANT,
    .further = BL_ARG_NONE, .keeps_running = true, .run = run_front,
};

static bool run_hide(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const struct bl_snapshot *snap = bl_workbench_snapshot(s->workbench);
    struct bl_view_settings *v = bl_session_view(s);
    json_t *list = json_array();
    size_t at = 0;
    bool good = true, none = a->n_words && strcmp(a->words[0].text, "none") == 0;

    if (none)
        v->hidden = 0;
    else if (a->n_words && (good = contestant_word_find(s, a, snap, &at, err)) && at < 64)
        v->hidden ^= UINT64_C(1) << at;
    for (size_t i = 0; good && i < snap->n_runs && i < 64; i++)
        if (v->hidden >> i & 1) {
            bl_result_line(r, "hidden: %s", snap->runs[i].name);
            bl_json_append(r, list, bl_json_text(snap->runs[i].name));
        }
    if (good && json_array_size(list) == 0)
        bl_result_line(r, "every curve is shown");
    bl_result_set(r, "hidden", list);
    bl_snapshot_drop(snap);
    return good;
}

const struct bl_command bl_command_hide = {
    .name = "hide", .arguments = "[CONTESTANT | none]", .group = "show", .summary = "leave the curve of a contestant out, or show it again",
    .help = "A second time shows it again; hide none shows all. Tables keep their rows; training is not touched.",
    .examples = BL_EXAMPLES("load iris; compare epochs=3 watch=no; hide sgd; plot"), .see = "front, plot", .first = BL_ARG_CONTESTANT,
    .further = BL_ARG_NONE, .keeps_running = true, .run = run_hide,
};

/* ---- fit, zoom, present -----------------------------------------------------------------------------------*/

/* "0.2..0.5" or "all". */
static bool y_range(const struct bl_args *a, double *from, double *to, struct bl_error *err)
{
    const char *text = bl_arg(a, "y"), *dots = text ? strstr(text, "..") : NULL;

    if (!text)
        return true;
    *from = *to = 0;
    if (!strcmp(text, "all"))
        return true;
    if (dots && bl_number_parse(text, (size_t)(dots - text), from) && bl_number_parse(dots + 2, strlen(dots + 2), to) && isfinite(*from) &&
        isfinite(*to) && *from < *to)
        return true;
    bl_fail(err, BL_VALUE, "y=%s is no range that goes upwards", text);
    return bl_hint(err, "fit y=0.2..0.5, or fit y=all") || bl_at_pair(err, a, "y");
}

static void fit_tell(struct bl_result *r, const struct bl_view_settings *v)
{
    bool x = v->x_from < v->x_to, y = v->y_from < v->y_to;

    if (x)
        bl_result_line(r, "x from %g to %g", v->x_from, v->x_to);
    if (y)
        bl_result_line(r, "y of losses from %g to %g", v->y_from, v->y_to);
    if (!x && !y)
        bl_result_line(r, "axes fit the data");
    bl_result_set(r, "x", x ? json_pack("[f, f]", v->x_from, v->x_to) : json_string("all"));
    bl_result_set(r, "y", y ? json_pack("[f, f]", v->y_from, v->y_to) : json_string("all"));
}

/* What was worked on last is a stream: its axis counts rows. */
static bool of_rows(struct bl_session *s)
{
    const struct bl_snapshot *snap = bl_workbench_snapshot(s->workbench);
    const bool streams = snap->streams;

    bl_snapshot_drop(snap);
    return streams;
}

static bool run_fit(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_view_settings *v = bl_session_view(s);
    double from = 0, to = 0, y_from = v->y_from, y_to = v->y_to;

    if (a->n_words == 1 || a->n_words > 2) {
        bl_fail(err, BL_USAGE, "fit takes no number, or two");
        return bl_hint(err, "fit 100 500");
    }
    if ((a->n_words && (!bl_word_number(a, 0, &from, err) || !bl_word_number(a, 1, &to, err))) || !y_range(a, &y_from, &y_to, err))
        return false;
    if (a->n_words && !(from < to && isfinite(from) && isfinite(to))) {
        bl_fail(err, BL_VALUE, "a range of x goes upwards, not from %g to %g", from, to);
        return bl_hint(err, "fit %g %g", to, from) || bl_at_word(err, a, 0);
    }
    if (a->n_words || !bl_arg(a, "y"))
        v->x_from = from, v->x_to = to, v->x_rows = of_rows(s);
    v->y_from = y_from, v->y_to = y_to;
    if (a->n_words == 0 && !bl_arg(a, "y"))
        v->y_from = v->y_to = 0;
    fit_tell(r, v);
    return true;
}

const struct bl_command bl_command_fit = {
    .name = "fit", .arguments = "[FROM TO] [y=LOW..HIGH]", .group = "show", .summary = "fit the axes of curves to the data, or to a range",
    .help = "fit 100 500 shows only that range of x, in the unit of the axis (set x=; of a stream rows); the y axis fits what is left in sight. "
            "fit y=0.2..0.5 shows that range of the losses, and the chart says so; fit y=all takes it back. fit alone shows all again. "
            "Holds for the dashboard and for plot.",
    .keys = BL_KEYS({"y", "all", "range of losses: y=0.2..0.5"}),
    .examples = BL_EXAMPLES("load iris; train sgd epochs=10; fit 2 8; plot", "load iris; train sgd epochs=10; fit y=0.1..0.3; plot",
                            "generate drift; stream; fit 800 1200; plot stream"),
    .see = "plot, view, set", .first = BL_ARG_NUMBER, .further = BL_ARG_NUMBER, .keeps_running = true, .run = run_fit,
};

static const char *const on_off[] = { "on", "off", NULL };

/* on, off, or the other way. */
static bool switch_word(const struct bl_args *a, bool *value, struct bl_error *err)
{
    size_t at = *value; /* on is 0: the other way of what is */

    if (a->n_words && !bl_word_choice(a, 0, on_off, &at, err))
        return false;
    *value = at == 0;
    return true;
}

static bool run_zoom(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    bool *zoom = &bl_session_view(s)->zoom;

    if (!switch_word(a, zoom, err))
        return false;
    bl_result_line(r, *zoom ? "one panel at full size" : "all panels of the view");
    bl_result_set(r, "zoom", json_boolean(*zoom));
    return true;
}

const struct bl_command bl_command_zoom = {
    .name = "zoom", .arguments = "[on | off]", .group = "show", .summary = "one panel of the dashboard at full size",
    .examples = BL_EXAMPLES("zoom on"), .see = "view, panels, present", .first = BL_ARG_WORDS, .further = BL_ARG_NONE, .choices = on_off,
    .keeps_running = true, .run = run_zoom,
};

static bool run_present(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    bool *present = &bl_session_view(s)->present;

    if (!switch_word(a, present, err))
        return false;
    bl_result_line(r, *present ? "lecture layout: few panels, thick lines, keys shown" : "the usual layout");
    bl_result_set(r, "present", json_boolean(*present));
    return true;
}

const struct bl_command bl_command_present = {
    .name = "present", .arguments = "[on | off]", .group = "show", .summary = "the dashboard for a lecture room",
    .help = "One panel at any size, epoch and loss of the curve in front in large digits (of the time cursor, where there is one), thick "
            "lines, and each key shown as it is pressed; . blanks the screen there.",
    .examples = BL_EXAMPLES("present on"), .see = "view, zoom, watch", .first = BL_ARG_WORDS, .further = BL_ARG_NONE, .choices = on_off,
    .keeps_running = true, .run = run_present,
};

/* ---- panels -----------------------------------------------------------------------------------------------*/

const char *const bl_panel_names[] = { "above", "boundary", "calibration", "compare", "contour", "curvature", "default", "evaluation", "events",
    "fan", "forgotten", "gradient", "histogram", "inside", "layers", "loss", "metrics", "modes", "rate", "regime", "roc", "run", "spent", "stats", "step", "strategies", "stream", "table", "theory", "tree",
    "weights", NULL };

static void panels_tell(struct bl_result *r, const struct bl_view_settings *v)
{
    json_t *all = json_object();
    bool any = false;

    for (size_t i = 0; i < sizeof v->panels / sizeof *v->panels; i++)
        if (v->panels[i][0]) {
            bl_result_line(r, "panels %zu %s", i, v->panels[i]);
            bl_json_set(r, all, view_names[i], json_string(v->panels[i]));
            any = true;
        }
    if (!any)
        bl_result_line(r, "every view has the panels it comes with");
    bl_result_set(r, "panels", all);
}

static bool run_panels(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_view_settings *v = bl_session_view(s);
    char text[sizeof *v->panels] = "";
    int64_t view = 0;
    size_t at, n = 0;

    if (a->n_words == 1 && strcmp(a->words[0].text, "default") == 0)
        memset(v->panels, 0, sizeof v->panels);
    if (a->n_words < 2) {
        if (a->n_words && strcmp(a->words[0].text, "default") != 0 && !view_word(a, 0, &view, err))
            return false;
        panels_tell(r, v);
        return true;
    }
    if (!view_word(a, 0, &view, err))
        return false;
    for (size_t i = 1; i < a->n_words; i++) {
        if (!bl_word_choice(a, i, bl_panel_names, &at, err))
            return false;
        if (i > 12) {
            bl_fail(err, BL_LIMIT, "a view has at most 12 panels");
            return bl_at_word(err, a, i);
        }
        if (strcmp(bl_panel_names[at], "default") != 0)
            n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", n ? " " : "", bl_panel_names[at]);
    }
    memcpy(v->panels[view], text, sizeof text);
    panels_tell(r, v);
    return true;
}

const struct bl_command bl_command_panels = {
    .name = "panels", .arguments = "[VIEW PANEL ... | VIEW default | default]", .group = "show", .summary = "choose the panels of a view of the dashboard",
    .help = "panels 0 loss weights tree puts these three into view 0, as many of them as the size allows. panels lists what was chosen, "
            "panels 0 default and panels default bring back what comes. The keys P (another kind), M (swap) and D (hide) write it. "
            "In the start file it holds for every session.",
    .examples = BL_EXAMPLES("panels 0 loss weights tree", "panels default"), .see = "view, zoom, bind", .first = BL_ARG_WORDS, .further = BL_ARG_WORDS,
    .choices = bl_panel_names, .keeps_running = true, .run = run_panels,
};

/* ---- screen -------------------------------------------------------------------------------------------------*/

static bool shot_size(const struct bl_args *a, int *width, int *height, struct bl_error *err)
{
    const char *size = bl_arg(a, "size");
    char rest;

    if (!size || (sscanf(size, "%4dx%4d%c", width, height, &rest) == 2 && *width >= 1 && *width <= 500 && *height >= 1 && *height <= 300))
        return true;
    bl_fail(err, BL_VALUE, "size=%s is no size of a screen", size);
    return bl_hint(err, "size=120x40 (columns x rows, at most 500x300)") || bl_at_pair(err, a, "size");
}

static bool write_shot(const char *path, const struct bl_text *text, bool overwrite, struct bl_error *err)
{
    struct bl_save *file = bl_save_open(path, overwrite, err);

    if (!file)
        return err->hint[0] ? false : bl_hint(err, "screen FILE in a folder that is there and may be written");
    return bl_save_write(file, bl_text_get(text), text->length, err) ? bl_save_commit(file, err) : (bl_save_abandon(file), false);
}

/* What a name asks for by its ending: text (no ending, .txt), text with colours, a picture. */
enum shot { SHOT_TEXT, SHOT_COLOURED, SHOT_SVG, SHOT_PNG, SHOT_PDF };

static bool shot_kind(const struct bl_args *a, enum shot *kind, struct bl_error *err)
{
    static const struct { const char *end; enum shot kind; } ends[] = {
        { ".txt", SHOT_TEXT }, { ".ansi", SHOT_COLOURED }, { ".ans", SHOT_COLOURED }, { ".svg", SHOT_SVG }, { ".png", SHOT_PNG }, { ".pdf", SHOT_PDF },
    };
    const char *path = a->n_words ? a->words[0].text : "", *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash : path, '.');

    *kind = SHOT_TEXT;
    if (!dot)
        return true;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (strcmp(dot, ends[i].end) == 0) {
            *kind = ends[i].kind;
            return true;
        }
    bl_fail(err, BL_VALUE, "screen writes .txt, .ansi with colours, and the chart as .svg .png or .pdf, not %s", dot);
    return bl_hint(err, "screen screen.txt, or screen chart.svg") || bl_at_word(err, a, 0);
}

/* The chart alone, on paper, as `plot to=FILE` would write it. */
static bool picture_take(struct bl_session *s, enum shot kind, struct bl_text *out, struct bl_error *err)
{
    const struct bl_picture p = { .kind = kind == SHOT_PNG ? BL_PICTURE_PNG : kind == SHOT_PDF ? BL_PICTURE_PDF : BL_PICTURE_SVG,
                                  .theme = BL_THEME_LIGHT, .scale = 2 };
    struct bl_chart *chart = s->screen.chart(s->screen.context, err);
    bool good = chart && bl_chart_picture(chart, &p, out, err);

    bl_chart_free(chart);
    return good;
}

struct shooting { enum shot kind; bool whole, overwrite; int width, height; };

static bool shooting_read(struct bl_session *s, const struct bl_args *a, struct shooting *q, struct bl_error *err)
{
    q->width = s->in_dashboard ? 0 : s->width ? s->width : 80;
    q->height = s->in_dashboard ? 0 : s->height;
    if (!shot_size(a, &q->width, &q->height, err) || !bl_arg_yes(a, "overwrite", &q->overwrite, err) || !bl_arg_yes(a, "whole", &q->whole, err) ||
        !shot_kind(a, &q->kind, err))
        return false;
    if (!q->whole || q->kind <= SHOT_SVG)
        return true;
    bl_fail(err, BL_VALUE, "the whole screen is kept as .txt, .ansi or .svg");
    return bl_hint(err, "screen screen.svg whole=yes") || bl_at_pair(err, a, "whole");
}

static bool shooting_take(struct bl_session *s, const struct shooting *q, struct bl_text *out, struct bl_error *err)
{
    const enum bl_shot kind = q->kind == SHOT_SVG ? BL_SHOT_SVG : q->kind == SHOT_COLOURED ? BL_SHOT_ANSI : BL_SHOT_TEXT;

    if (q->kind >= SHOT_SVG && !q->whole)
        return picture_take(s, q->kind, out, err);
    return s->screen.shot(s->screen.context, q->width, q->height, kind, out, err) && (!out->failed || bl_fail_memory(err, "a picture of the screen"));
}

static bool run_screen(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const char *path = a->n_words ? a->words[0].text : NULL;
    struct shooting q = {0};
    struct bl_text out = {0};
    bool good;

    if (!s->screen.shot || !s->screen.chart) { /* the engine by itself has none */
        bl_result_line(r, "no screens are drawn here");
        return true;
    }
    if (!shooting_read(s, a, &q, err))
        return false;
    good = shooting_take(s, &q, &out, err) && (!path || write_shot(path, &out, q.overwrite, err));
    if (good && path) {
        bl_result_line(r, "wrote %s, %zu bytes", path, out.length);
        bl_result_set(r, "path", bl_json_text(path));
        bl_result_set(r, "bytes", json_integer((json_int_t)out.length));
    } else if (good) {
        bl_result_text(r, bl_text_get(&out));
        bl_result_set(r, "screen", bl_json_text(bl_text_get(&out)));
    }
    bl_text_free(&out);
    return good;
}

const struct bl_command bl_command_screen = {
    .name = "screen", .arguments = "[FILE] [size=WxH] [whole=yes] [overwrite=yes]", .group = "show", .summary = "the dashboard as text or its chart as a picture, in a file",
    .help = "screen FILE.txt keeps what the dashboard shows as text, FILE.ansi with colours (cat shows it). size=120x40 draws it at that size; "
            "without a file it is printed. FILE.svg, FILE.png and FILE.pdf keep the chart of the panel in focus (else of the "
            "next panel that has one); FILE.svg whole=yes keeps all of the screen, as a picture. Works in scripts. The key w writes it.",
    .keys = BL_KEYS({"size", "60x20|80x24|120x40|200x60", "columns and rows"}, {"whole", "yes|no", "FILE.svg: the screen, not its chart alone"}, {"overwrite", "yes|no", "replace a file that is there"}),
    .examples = BL_EXAMPLES("load iris; compare epochs=5 watch=no; screen size=80x24"), .see = "watch, view, plot", .first = BL_ARG_FILE, .further = BL_ARG_NONE,
    .run = run_screen,
};

/* ---- bind -----------------------------------------------------------------------------------------------------*/

static const char *const named_keys[] = { "space", "tab", "enter", "backspace", "up", "down", "left", "right", "shift-left", "shift-right", "home",
    "end", "pgup", "pgdn", "delete", "shift-tab", "f1", "f5", "f7", "f8", "f10", NULL };

/* A single sign, the name of a key, or ctrl-x. */
static bool key_known(const char *key)
{
    for (size_t i = 0; named_keys[i]; i++)
        if (strcmp(named_keys[i], key) == 0)
            return true;
    if (strncmp(key, "ctrl-", 5) == 0)
        return key[5] >= 'a' && key[5] <= 'z' && key[5] != 'c' && key[5] != 'z' && key[6] == '\0';
    return key[0] > ' ' && key[0] < 127 && key[1] == '\0';
}

static size_t binding_of(const struct bl_language *l, const char *key)
{
    size_t i = 0;

    while (i < l->n_bindings && strcmp(l->bindings[i].key, key) != 0)
        i++;
    return i;
}

static bool bind_key(struct bl_language *l, const char *key, const char *command, struct bl_error *err)
{
    size_t i = binding_of(l, key);
    char *copy = bl_strdup(command);

    if (!copy)
        return bl_fail_memory(err, "a key");
    if (i == BL_BINDINGS) {
        bl_free(copy);
        return bl_fail(err, BL_LIMIT, "at most %d keys can be bound", BL_BINDINGS);
    }
    if (i == l->n_bindings)
        l->n_bindings++;
    else
        bl_free(l->bindings[i].command);
    snprintf(l->bindings[i].key, sizeof l->bindings[i].key, "%s", key);
    l->bindings[i].command = copy;
    return true;
}

static void unbind_key(struct bl_language *l, const char *key)
{
    size_t i = binding_of(l, key);

    if (i == l->n_bindings)
        return;
    bl_free(l->bindings[i].command);
    l->bindings[i] = l->bindings[--l->n_bindings];
}

static void bindings_tell(struct bl_result *r, const struct bl_language *l)
{
    json_t *all = json_object();

    for (size_t i = 0; i < l->n_bindings; i++) {
        bl_result_line(r, "bind %s \"%s\"", l->bindings[i].key, l->bindings[i].command);
        bl_json_set(r, all, l->bindings[i].key, bl_json_text(l->bindings[i].command));
    }
    if (l->n_bindings == 0)
        bl_result_line(r, "every key of the dashboard has its own meaning");
    bl_result_set(r, "bindings", all);
}

static bool run_bind(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_language *l = bl_language_of(s);

    if (a->n_words && !key_known(a->words[0].text)) {
        bl_fail(err, BL_VALUE, "'%s' is no key that can be bound", a->words[0].text);
        bl_hint(err, "one sign, ctrl-a, f5, or the name of a key (space, left, pgup ...): bind f5 \"step 10\"");
        return bl_at_word(err, a, 0);
    }
    if (a->n_words > 2) {
        bl_fail(err, BL_USAGE, "bind takes a key and one command in quotes");
        bl_hint(err, "bind %s \"%s %s\"", a->words[0].text, a->words[1].text, a->words[2].text);
        return bl_at_word(err, a, 2);
    }
    if (a->n_words == 1)
        unbind_key(l, a->words[0].text);
    else if (a->n_words == 2 && !bind_key(l, a->words[0].text, a->words[1].text, err))
        return false;
    bindings_tell(r, l);
    return true;
}

const struct bl_command bl_command_bind = {
    .name = "bind", .arguments = "[KEY [\"COMMAND\"]]", .group = "show", .summary = "give a key of the dashboard another meaning",
    .help = "bind f5 \"step 10\" runs the command when the key is pressed; bind f5 gives the key its own meaning back; bind lists them. Keys are a "
            "single sign, ctrl-a to ctrl-y, space tab enter up down left right shift-left shift-right home end pgup pgdn delete "
            "backspace shift-tab f1 f5 f7 f8 f10. Ctrl-C and Esc keep their meaning. Meant for the start file.",
    .examples = BL_EXAMPLES("bind f5 \"step 10\"; bind"), .see = "watch, panels", .first = BL_ARG_WORDS, .further = BL_ARG_COMMAND,
    .choices = named_keys, .keeps_running = true, .run = run_bind,
};
