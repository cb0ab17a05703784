/* What both makers of pictures share: colours on paper, shapes of markers, widths of letters. */
#include "pen.h"

#include <string.h>

uint32_t bl_ink_rgb(struct bl_ink ink, enum bl_theme theme)
{
    struct bl_look look;
    bool light = theme == BL_THEME_LIGHT;

    if (ink.exact)
        return ink.rgb;
    if (ink.ground)
        return light ? 0xffffff : 0x15191e;
    look = bl_theme_look(theme, BL_COLOURS_RGB, ink.role);
    return look.colour >= 0 ? look.rgb : light ? 0x1b1f23 : 0xe8eaed; /* paper has a foreground of its own */
}

size_t bl_mark_outline(size_t style, double xy[16], bool *open)
{
    static const struct { size_t n; bool open; double xy[16]; } shapes[7] = {
        {0, false, {0}},
        {3, false, {0, -1.1, 1.05, 0.75, -1.05, 0.75}},
        {4, false, {-0.85, -0.85, 0.85, -0.85, 0.85, 0.85, -0.85, 0.85}},
        {4, false, {0, -1.2, 1.2, 0, 0, 1.2, -1.2, 0}},
        {3, false, {0, 1.1, 1.05, -0.75, -1.05, -0.75}},
        {4, true, {-1, 0, 1, 0, 0, -1, 0, 1}},
        {4, true, {-0.85, -0.85, 0.85, 0.85, -0.85, 0.85, 0.85, -0.85}},
    };

    memcpy(xy, shapes[style % 7].xy, sizeof shapes[0].xy);
    *open = shapes[style % 7].open;
    return shapes[style % 7].n;
}

/* Hundredths of the letter size. */
static const unsigned char widths[95] = {
    32, 40, 46, 84, 64, 95, 78, 27, 39, 39, 50, 84, 32, 36, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 34, 34, 84, 84, 84, 53,
    100, 68, 69, 70, 77, 63, 58, 77, 75, 29, 29, 66, 56, 86, 75, 79, 60, 79, 69, 63, 61, 73, 68, 99, 69, 61, 69, 39, 34, 39, 84, 50,
    50, 61, 63, 55, 63, 62, 35, 63, 63, 28, 28, 58, 28, 97, 63, 61, 63, 63, 41, 52, 39, 63, 59, 82, 59, 59, 52, 64, 34, 64, 84,
};

double bl_letters_width(const char *text, double size, bool bold)
{
    size_t n = strlen(text);
    double width = 0;

    for (size_t i = 0; i < n;) {
        uint32_t code;
        size_t used = bl_utf8_decode(text + i, n - i, &code);

        width += code >= 32 && code < 127 ? widths[code - 32] : 66 * bl_utf8_width(code);
        i += used ? used : 1;
    }
    return width / 100 * size * (bold ? 1.1 : 1);
}
