/* export svg, png, pdf, text, ansi: the last chart shown, or the curves of the race, as a file. */
#include "src/language/commands/export.h"

#include <string.h>

static const char *const chart_words[] = {"loss", "objective", "suboptimality", "gradient", "lr", "validation", "last", NULL};
static const char *const theme_words[] = {"light", "dark", "auto", NULL};

/* The curves of the run or race. */
static struct bl_chart *race_chart(struct bl_session *s, enum bl_curve what, struct bl_error *err)
{
    const struct bl_snapshot *snap;
    struct bl_arena *arena;
    struct bl_chart chart, *copy = NULL;

    if (!bl_workbench_race(s->workbench, err) || (what == BL_CURVE_SUBOPTIMALITY && !bl_workbench_optimum(s->workbench, err)))
        return NULL;
    snap = bl_workbench_snapshot(s->workbench);
    arena = bl_arena_create(256 * 1024);
    if (snap && arena && bl_curve_chart(snap, bl_session_view(s), what, arena, &chart))
        copy = bl_chart_copy(&chart, err);
    else
        bl_fail_memory(err, "the chart");
    bl_arena_free(arena);
    bl_snapshot_drop(snap);
    return copy;
}

/* The chart that was asked for; *own: to be freed. */
static const struct bl_chart *chart_of(struct bl_session *s, const struct bl_args *a, struct bl_chart **own, struct bl_error *err)
{
    const struct bl_chart *shown = bl_language_of(s)->shown;
    size_t which = 6;

    if (!bl_arg_choice(a, "chart", chart_words, &which, err))
        return NULL;
    if (which == 6 && shown)
        return shown;
    if (which == 6 && bl_arg(a, "chart")) {
        bl_fail(err, BL_STATE, "no chart was shown yet");
        bl_at_pair(err, a, "chart");
        bl_hint(err, "plot loss, or hist COLUMN");
        return NULL;
    }
    if (which == 6 && !bl_workbench_race(s->workbench, NULL)) {
        bl_fail(err, BL_STATE, "no chart was shown yet, and there is no run whose loss could be drawn");
        bl_hint(err, "load iris; hist petal_length; export svg petals.svg");
        return NULL;
    }
    return *own = race_chart(s, which == 6 ? BL_CURVE_LOSS : (enum bl_curve)which, err);
}

/* Pixels of a PNG become points: letters grow with the picture from 800 x 500 on. */
static void scale_pixels(const struct bl_chart *chart, struct bl_picture *p, int64_t width, int64_t height)
{
    int w = 0, h = 0;
    double across, down;

    bl_picture_size(chart, &w, &h);
    if (!width && !height) {
        p->scale = 2;
        return;
    }
    across = width ? (double)width / w : (double)height / h;
    down = height ? (double)height / h : across;
    p->scale = across < down ? across : down;
    p->scale = p->scale < 1 ? 1 : p->scale;
    p->width = (int)((width ? (double)width : w * p->scale) / p->scale + 0.5);
    p->height = (int)((height ? (double)height : h * p->scale) / p->scale + 0.5);
}

bool bl_export_picture(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    const char *kind = a->words[0].text;
    struct bl_picture p = {.kind = strcmp(kind, "png") == 0 ? BL_PICTURE_PNG : strcmp(kind, "pdf") == 0 ? BL_PICTURE_PDF : BL_PICTURE_SVG};
    struct bl_chart *own = NULL;
    const struct bl_chart *chart;
    struct bl_text bytes = {0};
    int64_t width = 0, height = 0;
    size_t theme = 0;
    bool good;

    if (!bl_arg_integer(a, "width", 120, 8000, &width, err) || !bl_arg_integer(a, "height", 120, 8000, &height, err) ||
        !bl_arg_choice(a, "theme", theme_words, &theme, err) || !(chart = chart_of(s, a, &own, err)))
        return false;
    p.theme = theme == 1 ? BL_THEME_DARK : BL_THEME_LIGHT;
    p.follow = theme == 2;
    p.width = (int)width;
    p.height = (int)height;
    if (p.kind == BL_PICTURE_PNG)
        scale_pixels(chart, &p, width, height);
    good = bl_chart_picture(chart, &p, &bytes, err) && bl_export_bytes(a, r, "chart", &bytes, err);
    bl_text_free(&bytes);
    bl_chart_free(own);
    return good;
}

bool bl_export_text(struct bl_session *s, const struct bl_args *a, struct bl_result *r, struct bl_error *err)
{
    struct bl_chart *own = NULL;
    const struct bl_chart *chart;
    struct bl_text bytes = {0};
    int64_t width = s->width < 20 || s->width > 120 ? 80 : s->width, height = 20;
    enum bl_colours colours = strcmp(a->words[0].text, "ansi") != 0 ? BL_COLOURS_NONE : s->colours > BL_COLOURS_NONE ? s->colours : BL_COLOURS_256;
    size_t theme = s->theme == BL_THEME_LIGHT ? 0 : 1;
    bool good;

    if (!bl_arg_integer(a, "width", 1, 1000, &width, err) || !bl_arg_integer(a, "height", 1, 1000, &height, err) ||
        !bl_arg_choice(a, "theme", theme_words, &theme, err) || !(chart = chart_of(s, a, &own, err)))
        return false;
    good = bl_chart_print(chart, (int)width, (int)height, s->charset, theme == 0 ? BL_THEME_LIGHT : BL_THEME_DARK, colours, &bytes, err) &&
           bl_export_bytes(a, r, "chart", &bytes, err);
    bl_text_free(&bytes);
    bl_chart_free(own);
    return good;
}
