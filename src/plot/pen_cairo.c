/* Pictures by Cairo: PNG and PDF. */
#include "pen.h"

#include <string.h>

static struct bl_pen *refuse(const struct bl_picture *picture, struct bl_error *err)
{
    bl_fail(err, BL_STATE, "%s pictures need Cairo, which is not here", picture->kind == BL_PICTURE_PNG ? "png" : "pdf");
    bl_hint(err, "export svg FILE.svg works everywhere");
    return NULL;
}

#ifdef HAVE_CAIRO
#include <cairo-pdf.h>
#include <cairo.h>
#include <dlfcn.h>
#include <pthread.h>

/* Cairo is loaded when the first picture is drawn: it brings a dozen libraries with it, and linked in the usual way it made
 * every start of the program a quarter slower. */
#define FUNCTIONS(X) \
    X(arc) X(close_path) X(create) X(destroy) X(fill) X(font_options_create) X(font_options_destroy) \
    X(font_options_set_antialias) X(font_options_set_hint_metrics) X(font_options_set_hint_style) \
    X(image_surface_create) X(image_surface_get_data) X(image_surface_get_height) X(image_surface_get_stride) \
    X(image_surface_get_width) X(surface_flush) X(line_to) X(move_to) X(new_path) X(new_sub_path) X(pdf_surface_create_for_stream) \
    X(pdf_surface_set_metadata) X(restore) X(rotate) X(save) X(scale) X(select_font_face) X(set_dash) X(set_fill_rule) \
    X(set_font_options) X(set_font_size) X(set_line_join) X(set_line_width) X(set_source_rgba) X(show_text) X(status) \
    X(status_to_string) X(stroke) X(surface_destroy) X(surface_finish) X(surface_status) \
    X(surface_write_to_png_stream) X(text_extents) X(translate) X(version_string)

static struct {
#define X(name) __typeof__(cairo_##name) *name;
    FUNCTIONS(X)
#undef X
} lib;
static bool loaded;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void)
{
    static const char *const files[] = {"libcairo.so.2", "libcairo.2.dylib", "libcairo.so"};
    void *handle = NULL;

    for (size_t i = 0; i < sizeof files / sizeof *files && !handle; i++)
        handle = dlopen(files[i], RTLD_NOW | RTLD_LOCAL);
    loaded = handle != NULL;
#define X(name) \
    if (loaded && !(*(void **)&lib.name = dlsym(handle, "cairo_" #name))) \
        loaded = false;
    FUNCTIONS(X)
#undef X
}

bool bl_picture_has_cairo(void)
{
    pthread_once(&once, load);
    return loaded;
}

const char *bl_picture_cairo(void)
{
    return bl_picture_has_cairo() ? lib.version_string() : NULL;
}

struct drawing {
    struct bl_pen pen;
    cairo_surface_t *surface;
    cairo_t *cr;
    struct bl_text bytes;
};

static void set_ink(struct drawing *d, struct bl_ink ink)
{
    uint32_t rgb = bl_ink_rgb(ink, d->pen.picture->theme);
    double opacity = ink.opacity > 0 ? ink.opacity : 1;

    lib.set_source_rgba(d->cr, (rgb >> 16) / 255.0, (rgb >> 8 & 255) / 255.0, (rgb & 255) / 255.0, opacity);
}

static void trace(struct drawing *d, const double *xy, size_t n)
{
    for (size_t i = 0; i < n; i++)
        (i ? lib.line_to : lib.move_to)(d->cr, xy[2 * i], xy[2 * i + 1]);
}

static void draw_path(struct bl_pen *p, const double *xy, size_t n, const struct bl_stroke *s)
{
    struct drawing *d = (struct drawing *)p;
    double dash[4];
    int parts = 0;

    for (; s->dash && parts < 4 && s->dash[parts]; parts++)
        dash[parts] = s->dash[parts] * s->unit;
    lib.set_dash(d->cr, dash, parts, 0);
    lib.set_line_width(d->cr, s->width);
    set_ink(d, s->ink);
    trace(d, xy, n);
    lib.stroke(d->cr);
    lib.set_dash(d->cr, NULL, 0, 0);
}

static void draw_fill(struct bl_pen *p, const double *xy, size_t n, struct bl_ink ink)
{
    struct drawing *d = (struct drawing *)p;

    set_ink(d, ink);
    trace(d, xy, n);
    lib.close_path(d->cr);
    lib.fill(d->cr);
}

static void draw_marks(struct bl_pen *p, const double *xy, size_t n, const struct bl_mark_shape *shape)
{
    struct drawing *d = (struct drawing *)p;
    double outline[16], at[16];
    bool open;
    size_t corners = bl_mark_outline(shape->style, outline, &open);

    set_ink(d, shape->ink);
    lib.set_line_width(d->cr, shape->size * 0.6);
    lib.set_fill_rule(d->cr, CAIRO_FILL_RULE_WINDING);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < 2 * corners; k++)
            at[k] = xy[2 * i + k % 2] + outline[k] * shape->size;
        if (corners == 0) {
            lib.new_sub_path(d->cr);
            lib.arc(d->cr, xy[2 * i], xy[2 * i + 1], shape->size, 0, 6.283185307179586);
            lib.close_path(d->cr);
        } else if (open) {
            trace(d, at, 2);
            trace(d, at + 4, 2);
        } else {
            trace(d, at, corners);
            lib.close_path(d->cr);
        }
    }
    (open ? lib.stroke : lib.fill)(d->cr);
}

static void draw_text(struct bl_pen *p, double x, double y, const char *text, const struct bl_lettering *l)
{
    struct drawing *d = (struct drawing *)p;
    cairo_text_extents_t size;

    lib.select_font_face(d->cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL, l->bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    lib.set_font_size(d->cr, l->size);
    lib.text_extents(d->cr, text, &size);
    set_ink(d, l->ink);
    lib.save(d->cr);
    lib.translate(d->cr, x, y);
    lib.rotate(d->cr, l->turn * 0.017453292519943295);
    lib.move_to(d->cr, l->anchor == BL_ANCHOR_START ? 0 : -size.x_advance / (l->anchor == BL_ANCHOR_MIDDLE ? 2 : 1), 0);
    lib.show_text(d->cr, text);
    lib.restore(d->cr);
    lib.new_path(d->cr);
}

static cairo_status_t take(void *context, const unsigned char *bytes, unsigned n)
{
    struct bl_text *t = context;

    bl_text_addn(t, (const char *)bytes, n);
    return t->failed ? CAIRO_STATUS_NO_MEMORY : CAIRO_STATUS_SUCCESS;
}

/* Its pixels, as BL_PICTURE_RGB has them. */
static void take_pixels(struct drawing *d)
{
    uint32_t size[2] = {(uint32_t)lib.image_surface_get_width(d->surface), (uint32_t)lib.image_surface_get_height(d->surface)};
    size_t stride = (size_t)lib.image_surface_get_stride(d->surface);
    const unsigned char *data;

    lib.surface_flush(d->surface);
    data = lib.image_surface_get_data(d->surface);
    bl_text_addn(&d->bytes, (const char *)size, sizeof size);
    for (size_t y = 0; data && y < size[1]; y++)
        for (size_t x = 0; x < size[0] && !d->bytes.failed; x++) {
            uint32_t pixel;
            memcpy(&pixel, data + y * stride + 4 * x, sizeof pixel);
            bl_text_addn(&d->bytes, (const char[]){(char)(pixel >> 16 & 255), (char)(pixel >> 8 & 255), (char)(pixel & 255)}, 3);
        }
}

static bool draw_finish(struct bl_pen *p, struct bl_text *out, struct bl_error *err)
{
    struct drawing *d = (struct drawing *)p;
    cairo_status_t status = lib.status(d->cr);

    if (status == CAIRO_STATUS_SUCCESS && p->picture->kind == BL_PICTURE_PNG)
        status = lib.surface_write_to_png_stream(d->surface, take, &d->bytes);
    if (status == CAIRO_STATUS_SUCCESS && p->picture->kind == BL_PICTURE_RGB)
        take_pixels(d);
    lib.surface_finish(d->surface);
    if (status == CAIRO_STATUS_SUCCESS)
        status = lib.surface_status(d->surface);
    if (status == CAIRO_STATUS_NO_MEMORY || d->bytes.failed)
        return bl_fail_memory(err, "the picture");
    if (status != CAIRO_STATUS_SUCCESS)
        return bl_fail(err, BL_STATE, "the picture cannot be drawn: %s", lib.status_to_string(status));
    bl_text_addn(out, bl_text_get(&d->bytes), d->bytes.length);
    return out->failed ? bl_fail_memory(err, "the picture") : true;
}

static void draw_drop(struct bl_pen *p)
{
    struct drawing *d = (struct drawing *)p;

    lib.destroy(d->cr);
    lib.surface_destroy(d->surface);
    bl_text_free(&d->bytes);
    bl_free(d);
}

static const struct bl_pen_type type = {draw_path, draw_fill, draw_marks, draw_text, draw_finish, draw_drop};

/* The same chart gives the same bytes: no date, no more digits than the font needs. */
static void open_pdf(struct drawing *d, const struct bl_picture *k)
{
    d->surface = lib.pdf_surface_create_for_stream(take, &d->bytes, k->width, k->height);
    lib.pdf_surface_set_metadata(d->surface, CAIRO_PDF_METADATA_CREATE_DATE, "2000-01-01T00:00:00Z");
    lib.pdf_surface_set_metadata(d->surface, CAIRO_PDF_METADATA_CREATOR, "batchlab");
}

static void open_drawing(struct drawing *d, const struct bl_picture *k)
{
    cairo_font_options_t *options = lib.font_options_create();
    double scale = k->scale > 0 ? k->scale : 1;

    if (k->kind == BL_PICTURE_PDF)
        open_pdf(d, k);
    else
        d->surface = lib.image_surface_create(CAIRO_FORMAT_RGB24, (int)(k->width * scale + 0.5), (int)(k->height * scale + 0.5));
    d->cr = lib.create(d->surface);
    if (k->kind != BL_PICTURE_PDF)
        lib.scale(d->cr, scale, scale);
    lib.font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    lib.font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    lib.font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    lib.set_font_options(d->cr, options);
    lib.font_options_destroy(options);
    lib.set_line_join(d->cr, CAIRO_LINE_JOIN_ROUND);
}

struct bl_pen *bl_pen_cairo(const struct bl_picture *picture, struct bl_error *err)
{
    struct drawing *d;

    if (!bl_picture_has_cairo())
        return refuse(picture, err);
    if (!(d = bl_calloc(1, sizeof *d))) {
        bl_fail_memory(err, "the picture");
        return NULL;
    }
    d->pen = (struct bl_pen){&type, picture};
    open_drawing(d, picture);
    if (lib.status(d->cr) != CAIRO_STATUS_SUCCESS) {
        bl_fail(err, BL_STATE, "a picture of %d x %d cannot be made: %s", picture->width, picture->height,
                lib.status_to_string(lib.status(d->cr)));
        draw_drop(&d->pen);
        return NULL;
    }
    return &d->pen;
}

#else

bool bl_picture_has_cairo(void)
{
    return false;
}

const char *bl_picture_cairo(void)
{
    return NULL;
}

struct bl_pen *bl_pen_cairo(const struct bl_picture *picture, struct bl_error *err)
{
    return refuse(picture, err);
}
#endif
