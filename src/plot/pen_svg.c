/* Pictures as SVG: words stay words, colours are classes by role, so that one picture can serve a light and a
 * dark page. Numbers are written in hundredths of a point by our own hand: no locale, the same bytes everywhere. */
#include "pen.h"

#include <math.h>
#include <string.h>

struct svg {
    struct bl_pen pen;
    const struct bl_chart *chart;
    struct bl_text body;
    uint32_t stroked, filled; /* roles in use */
};

static void number(struct bl_text *t, double x)
{
    long long scaled = llround(x * 100), whole = scaled < 0 ? -scaled : scaled;
    int rest = (int)(whole % 100);

    bl_text_addf(t, "%s%lld", scaled < 0 ? "-" : "", whole / 100);
    if (rest)
        bl_text_addf(t, rest % 10 ? ".%02d" : ".%d", rest % 10 ? rest : rest / 10);
}

static void attribute(struct bl_text *t, const char *name, double x)
{
    bl_text_addf(t, " %s=\"", name);
    number(t, x);
    bl_text_add(t, "\"");
}

static void escape(struct bl_text *t, const char *text)
{
    for (; *text; text++) {
        const char *as = *text == '&' ? "&amp;" : *text == '<' ? "&lt;" : *text == '>' ? "&gt;" : *text == '"' ? "&quot;" : NULL;

        if (as)
            bl_text_add(t, as);
        else
            bl_text_addn(t, text, 1);
    }
}

/* class="sN" or "fN", N the role; exact colours as they are. */
static void ink(struct svg *s, struct bl_ink ink, bool stroke)
{
    const char *what = stroke ? "stroke" : "fill";
    uint32_t *used = stroke ? &s->stroked : &s->filled;
    unsigned role = ink.ground ? BL_ROLES : (unsigned)ink.role;

    if (ink.exact) {
        bl_text_addf(&s->body, " %s=\"#%06x\"", what, (unsigned)ink.rgb);
    } else {
        bl_text_addf(&s->body, " class=\"%c%u\"", stroke ? 's' : 'f', role);
        *used |= 1u << role;
    }
    if (ink.opacity > 0 && ink.opacity < 1) {
        bl_text_addf(&s->body, " %s-opacity=\"", what);
        number(&s->body, ink.opacity);
        bl_text_add(&s->body, "\"");
    }
}

static void points(struct bl_text *t, const double *xy, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bl_text_add(t, i == 0 ? "M" : i == 1 ? "L" : " ");
        number(t, xy[2 * i]);
        bl_text_add(t, " ");
        number(t, xy[2 * i + 1]);
    }
}

static void svg_path(struct bl_pen *p, const double *xy, size_t n, const struct bl_stroke *stroke)
{
    struct svg *s = (struct svg *)p;
    const unsigned *d = stroke->dash;

    bl_text_add(&s->body, "<path d=\"");
    points(&s->body, xy, n);
    bl_text_add(&s->body, "\" fill=\"none\"");
    ink(s, stroke->ink, true);
    attribute(&s->body, "stroke-width", stroke->width);
    if (d && d[0]) {
        bl_text_add(&s->body, " stroke-dasharray=\"");
        for (int i = 0; i < 4 && d[i]; i++) {
            bl_text_add(&s->body, i ? " " : "");
            number(&s->body, d[i] * stroke->unit);
        }
        bl_text_add(&s->body, "\"");
    }
    bl_text_add(&s->body, "/>\n");
}

static void svg_fill(struct bl_pen *p, const double *xy, size_t n, struct bl_ink colour)
{
    struct svg *s = (struct svg *)p;

    bl_text_add(&s->body, "<path d=\"");
    points(&s->body, xy, n);
    bl_text_add(&s->body, "Z\"");
    ink(s, colour, false);
    bl_text_add(&s->body, "/>\n");
}

/* One path for all: round ones are strokes without length with round ends. */
static void svg_marks(struct bl_pen *p, const double *xy, size_t n, const struct bl_mark_shape *shape)
{
    struct svg *s = (struct svg *)p;
    double outline[16], at[16];
    bool open;
    size_t corners = bl_mark_outline(shape->style, outline, &open);

    bl_text_add(&s->body, "<path d=\"");
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < 2 * corners; k++)
            at[k] = xy[2 * i + k % 2] + outline[k] * shape->size;
        if (corners == 0) {
            points(&s->body, xy + 2 * i, 1);
            bl_text_add(&s->body, "h0");
        } else if (open) {
            points(&s->body, at, 2);
            points(&s->body, at + 4, 2);
        } else {
            points(&s->body, at, corners);
            bl_text_add(&s->body, "Z");
        }
    }
    bl_text_add(&s->body, corners && !open ? "\"" : "\" fill=\"none\"");
    ink(s, shape->ink, !corners || open);
    if (!corners)
        bl_text_add(&s->body, " stroke-linecap=\"round\"");
    if (!corners || open)
        attribute(&s->body, "stroke-width", corners ? shape->size * 0.6 : shape->size * 2);
    bl_text_add(&s->body, "/>\n");
}

static void svg_text(struct bl_pen *p, double x, double y, const char *text, const struct bl_lettering *l)
{
    static const char *const anchors[] = {"", " text-anchor=\"middle\"", " text-anchor=\"end\""};
    struct svg *s = (struct svg *)p;

    bl_text_add(&s->body, "<text");
    attribute(&s->body, "x", x);
    attribute(&s->body, "y", y);
    attribute(&s->body, "font-size", l->size);
    bl_text_add(&s->body, anchors[l->anchor]);
    bl_text_add(&s->body, l->bold ? " font-weight=\"600\"" : "");
    if (l->turn != 0) {
        bl_text_add(&s->body, " transform=\"rotate(");
        number(&s->body, l->turn);
        bl_text_add(&s->body, " ");
        number(&s->body, x);
        bl_text_add(&s->body, " ");
        number(&s->body, y);
        bl_text_add(&s->body, ")\"");
    }
    ink(s, l->ink, false);
    bl_text_add(&s->body, ">");
    escape(&s->body, text);
    bl_text_add(&s->body, "</text>\n");
}

/* ---- the whole ------------------------------------------------------------------------------*/

static void rules(const struct svg *s, const char *scope, enum bl_theme theme, struct bl_text *out)
{
    for (unsigned role = 0; role <= BL_ROLES; role++) {
        struct bl_ink ink = {.role = (enum bl_role)role, .ground = role == BL_ROLES};
        unsigned rgb = (unsigned)bl_ink_rgb(ink, theme);

        if (s->stroked >> role & 1)
            bl_text_addf(out, "%s .s%u{stroke:#%06x}", scope, role, rgb);
        if (s->filled >> role & 1)
            bl_text_addf(out, "%s .f%u{fill:#%06x}", scope, role, rgb);
    }
}

static void style(const struct svg *s, struct bl_text *out)
{
    const struct bl_picture *k = s->pen.picture;

    bl_text_add(out, "<style>");
    rules(s, ".batchlab", k->follow ? BL_THEME_LIGHT : k->theme, out);
    if (k->follow) {
        bl_text_add(out, "@media (prefers-color-scheme:dark){");
        rules(s, ".batchlab", BL_THEME_DARK, out);
        bl_text_add(out, "}");
    }
    bl_text_add(out, "</style>\n");
}

/* What the chart says, for those who hear it. */
static void words(const struct svg *s, struct bl_text *out)
{
    struct bl_text said = {0}, shown = {0};

    bl_chart_say(s->chart, &said);
    if (s->chart->title) {
        bl_text_show(&shown, s->chart->title, strlen(s->chart->title));
        bl_text_add(out, "<title>");
        escape(out, bl_text_get(&shown));
        bl_text_add(out, "</title>\n");
    }
    bl_text_add(out, "<desc>");
    escape(out, bl_text_get(&said));
    bl_text_add(out, "</desc>\n");
    bl_text_free(&said);
    bl_text_free(&shown);
}

static bool svg_finish(struct bl_pen *p, struct bl_text *out, struct bl_error *err)
{
    struct svg *s = (struct svg *)p;
    const struct bl_picture *k = p->picture;

    if (!k->part)
        bl_text_add(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    bl_text_addf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"batchlab\" role=\"img\" viewBox=\"0 0 %d %d\" width=\"%d\" "
                      "height=\"%d\" font-family=\"system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'DejaVu Sans', "
                      "sans-serif\" stroke-linejoin=\"round\">\n",
                 k->width, k->height, k->width, k->height);
    words(s, out);
    style(s, out);
    bl_text_addn(out, bl_text_get(&s->body), s->body.length);
    bl_text_add(out, "</svg>\n");
    return s->body.failed || out->failed ? bl_fail_memory(err, "the picture") : true;
}

static void svg_drop(struct bl_pen *p)
{
    bl_text_free(&((struct svg *)p)->body);
    bl_free(p);
}

static const struct bl_pen_type svg_type = {svg_path, svg_fill, svg_marks, svg_text, svg_finish, svg_drop};

struct bl_pen *bl_pen_svg(const struct bl_picture *picture, const struct bl_chart *chart, struct bl_error *err)
{
    struct svg *s = bl_calloc(1, sizeof *s);

    if (!s) {
        bl_fail_memory(err, "the picture");
        return NULL;
    }
    s->pen = (struct bl_pen){&svg_type, picture};
    s->chart = chart;
    return &s->pen;
}
