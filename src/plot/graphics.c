/* A chart as pixels that a terminal shows between its lines: sixels (DEC VT340), or a PNG by the graphics protocol of kitty. */
#include <stdlib.h>
#include <string.h>

#include "draw.h"

enum { COLOURS = 256, BINS = 4096, BAND = 6, CHUNK = 4096 };

struct image { size_t width, height; const unsigned char *rgb; };

/* ---- sixel: at most 256 colours --------------------------------------------------------------------------*/

struct bin { size_t count, r, g, b, colour; };                /* of colours that share four bits a channel; sums of channels */
struct rank { size_t count, bin; };
struct palette { struct bin bin[BINS]; struct rank order[BINS]; size_t n; unsigned char rgb[COLOURS][3]; };

static size_t bin_of(const unsigned char *p) { return (size_t)(p[0] >> 4) << 8 | (size_t)(p[1] >> 4) << 4 | (size_t)(p[2] >> 4); }

static int by_count(const void *a, const void *b)
{
    const struct rank *x = a, *y = b;

    return x->count > y->count ? -1 : x->count < y->count ? 1 : (x->bin > y->bin) - (x->bin < y->bin);
}

static size_t nearest(const struct palette *p, const struct bin *bin)
{
    long least = -1, r = (long)(bin->r / bin->count), g = (long)(bin->g / bin->count), b = (long)(bin->b / bin->count);
    size_t best = 0;

    for (size_t i = 0; i < p->n; i++) {
        long dr = r - p->rgb[i][0], dg = g - p->rgb[i][1], db = b - p->rgb[i][2], far = dr * dr + dg * dg + db * db;
        if (least < 0 || far < least)
            least = far, best = i;
    }
    return best;
}

/* The most frequent bins are colours, each the mean of its pixels; the others go to the nearest. */
static void palette_make(struct palette *p, const struct image *m)
{
    size_t used = 0;

    for (size_t i = 0; i < m->width * m->height; i++) {
        const unsigned char *at = m->rgb + 3 * i;
        struct bin *b = &p->bin[bin_of(at)];
        b->count++, b->r += at[0], b->g += at[1], b->b += at[2];
    }
    for (size_t i = 0; i < BINS; i++)
        if (p->bin[i].count)
            p->order[used++] = (struct rank){p->bin[i].count, i};
    qsort(p->order, used, sizeof *p->order, by_count);
    for (size_t i = 0; i < used; i++) {
        struct bin *b = &p->bin[p->order[i].bin];
        if (p->n < COLOURS) {
            p->rgb[p->n][0] = (unsigned char)(b->r / b->count);
            p->rgb[p->n][1] = (unsigned char)(b->g / b->count);
            p->rgb[p->n][2] = (unsigned char)(b->b / b->count);
            b->colour = p->n++;
        } else {
            b->colour = nearest(p, b);
        }
    }
}

static void repeat_add(struct bl_text *out, char sign, size_t times)
{
    if (times > 3)
        bl_text_addf(out, "!%zu%c", times, sign);
    else
        while (times-- > 0)
            bl_text_addf(out, "%c", sign);
}

/* One colour of six rows of pixels; which of them have it are the bits of a sign. */
static void colour_add(struct bl_text *out, const struct image *m, const unsigned char *index, size_t from, size_t colour)
{
    size_t rows = m->height - from < BAND ? m->height - from : BAND, times = 0;
    char last = 0;

    bl_text_addf(out, "#%zu", colour);
    for (size_t x = 0; x < m->width; x++) {
        int bits = 0;
        for (size_t y = 0; y < rows; y++)
            bits |= (index[(from + y) * m->width + x] == colour) << y;
        char sign = (char)(63 + bits);
        if (sign != last)
            repeat_add(out, last, times), times = 0;
        last = sign;
        times++;
    }
    if (last != '?') /* nothing of this colour up to the end needs no sign */
        repeat_add(out, last, times);
}

static void band_add(struct bl_text *out, const struct image *m, const unsigned char *index, size_t from)
{
    bool used[COLOURS] = {false}, first = true;
    size_t end = (from + BAND < m->height ? from + BAND : m->height) * m->width;

    for (size_t i = from * m->width; i < end; i++)
        used[index[i]] = true;
    for (size_t k = 0; k < COLOURS; k++) {
        if (!used[k])
            continue;
        bl_text_add(out, first ? "" : "$"); /* back to the left */
        colour_add(out, m, index, from, k);
        first = false;
    }
    bl_text_add(out, "-");
}

static bool sixel_add(const struct image *m, struct bl_text *out, struct bl_error *err)
{
    struct palette *p = bl_calloc(1, sizeof *p);
    unsigned char *index = bl_calloc(m->width * m->height + 1, 1);

    if (p && index) {
        palette_make(p, m);
        for (size_t i = 0; i < m->width * m->height; i++)
            index[i] = (unsigned char)p->bin[bin_of(m->rgb + 3 * i)].colour;
        bl_text_addf(out, "\033P0;1q\"1;1;%zu;%zu", m->width, m->height);
        for (size_t k = 0; k < p->n; k++) /* in per cent */
            bl_text_addf(out, "#%zu;2;%d;%d;%d", k, (p->rgb[k][0] * 100 + 127) / 255, (p->rgb[k][1] * 100 + 127) / 255, (p->rgb[k][2] * 100 + 127) / 255);
        for (size_t y = 0; y < m->height; y += BAND)
            band_add(out, m, index, y);
        bl_text_add(out, "\033\\\n");
    }
    bool good = p && index && !out->failed;
    bl_free(p);
    bl_free(index);
    return good || bl_fail_memory(err, "the picture");
}

/* ---- kitty: a PNG in base64, in pieces -----------------------------------------------------------------------*/

static void base64_add(struct bl_text *out, const unsigned char *p, size_t n)
{
    static const char signs[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char four[5] = "";

    for (size_t i = 0; i < n; i += 3) {
        unsigned long v = (unsigned long)p[i] << 16 | (unsigned long)(i + 1 < n ? p[i + 1] : 0) << 8 | (unsigned long)(i + 2 < n ? p[i + 2] : 0);
        for (int k = 0; k < 4; k++)
            four[k] = i + (size_t)k > n ? '=' : signs[v >> (18 - 6 * k) & 63];
        bl_text_addn(out, four, 4);
    }
}

static bool kitty_add(const struct bl_text *png, struct bl_text *out, struct bl_error *err)
{
    struct bl_text all = {0};

    base64_add(&all, (const unsigned char *)bl_text_get(png), png->length);
    for (size_t at = 0; at < all.length; at += CHUNK) { /* q=2: it answers nothing */
        size_t n = all.length - at < CHUNK ? all.length - at : CHUNK;
        bl_text_addf(out, at ? "\033_Gm=%d;" : "\033_Ga=T,f=100,q=2,m=%d;", at + n < all.length);
        bl_text_addn(out, all.at + at, n);
        bl_text_add(out, "\033\\");
    }
    bl_text_add(out, "\n");
    bool good = !all.failed && !out->failed;
    bl_text_free(&all);
    return good || bl_fail_memory(err, "the picture");
}

/* ---- all ------------------------------------------------------------------------------------------------------*/

static bool image_of(const struct bl_text *bytes, struct image *m)
{
    uint32_t size[2];

    if (bytes->length < sizeof size)
        return false;
    memcpy(size, bytes->at, sizeof size);
    *m = (struct image){size[0], size[1], (const unsigned char *)bytes->at + sizeof size};
    return bytes->length == sizeof size + 3 * m->width * m->height;
}

bool bl_chart_graphics(const struct bl_chart *chart, const struct bl_graphics *g, struct bl_text *out, struct bl_error *err)
{
    struct bl_picture p = {.kind = g->kind == BL_GRAPHICS_KITTY ? BL_PICTURE_PNG : BL_PICTURE_RGB, .scale = g->scale, .theme = g->theme,
                           .width = (int)(g->width / g->scale), .height = (int)(g->height / g->scale)};
    struct bl_text bytes = {0};
    struct image image;
    bool good = bl_chart_picture(chart, &p, &bytes, err);

    if (good && g->kind == BL_GRAPHICS_KITTY)
        good = kitty_add(&bytes, out, err);
    else if (good)
        good = image_of(&bytes, &image) ? sixel_add(&image, out, err) : bl_fail_memory(err, "the picture");
    bl_text_free(&bytes);
    return good;
}
