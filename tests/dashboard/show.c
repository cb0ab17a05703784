/* Draws a screen on standard output, to be looked at: show SCENE WIDTHxHEIGHT [VIEW [KEYS]]; with NO_COLOR
 * without colours, with ASCII=1 in ASCII. */
#include <stdio.h>
#include <stdlib.h>

#include "scenes.h"

int main(int argc, char **argv)
{
    enum bl_charset charset = getenv("ASCII") ? BL_CHARSET_ASCII : BL_CHARSET_BRAILLE;
    struct bl_text out = { 0 }, command = { 0 };
    struct bl_canvas c;
    struct scene s;
    struct ui ui;
    int width = 80, height = 24, x, y;

    if (argc < 3 || sscanf(argv[2], "%dx%d", &width, &height) != 2 || !scene_make(&s, argv[1]) ||
        !bl_canvas_init(&c, width, height, charset, NULL))
        return 1;
    ui_init(&ui, NULL);
    ui.ghost = s.ghost.n_runs ? &s.ghost : NULL;
    s.view.view = argc > 3 ? atoi(argv[3]) : -1;
    dashboard_compose(&c, &s.snap, &s.view, &ui, &x, &y);
    for (const char *k = argc > 4 ? argv[4] : ""; *k; k++) {
        ui_key(&ui, &s.snap, &s.view, *k, &command);
        dashboard_compose(&c, &s.snap, &s.view, &ui, &x, &y);
    }
    bl_canvas_print(&c, getenv("NO_COLOR") ? BL_THEME_MONO : BL_THEME_DARK, getenv("NO_COLOR") ? BL_COLOURS_NONE : BL_COLOURS_256, &out);
    fputs(bl_text_get(&out), stdout);
    bl_text_free(&out);
    bl_text_free(&command);
    ui_done(&ui);
    bl_canvas_done(&c);
    scene_done(&s);
    return 0;
}
