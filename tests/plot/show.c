/* Prints the scenes of the tests, to be looked at: show [SCENE|all] [WIDTHxHEIGHT]
 * [braille|block|ascii] [none|8|16|256|rgb] [dark|light|mono|contrast]. Not installed. */
#include <stdio.h>
#include <string.h>

#include "scenes.h"

static int find(const char *word, const char *const *words, int n, int otherwise)
{
    for (int i = 0; i < n; i++)
        if (word && strcmp(word, words[i]) == 0)
            return i;
    return otherwise;
}

int main(int argc, char **argv)
{
    static const char *const charsets[] = {"braille", "block", "ascii"}, *const depths[] = {"none", "8", "16", "256", "rgb"};
    static const char *const themes[] = {"dark", "light", "mono", "contrast"};
    const char *which = argc > 1 ? argv[1] : "all";
    int width = 80, height = 18;

    if (argc > 2 && sscanf(argv[2], "%dx%d", &width, &height) != 2)
        return 2;
    for (size_t i = 0; i < n_scenes; i++) {
        struct bl_canvas c;
        struct bl_text out = {0};
        if (strcmp(which, "all") != 0 && strcmp(which, scenes[i].name) != 0)
            continue;
        if (!bl_canvas_init(&c, width, height, (enum bl_charset)find(argc > 3 ? argv[3] : NULL, charsets, 3, 0), NULL))
            return 1;
        scenes[i].draw(&c, (struct bl_rect){0, 0, width, height});
        bl_canvas_print(&c, (enum bl_theme)find(argc > 5 ? argv[5] : NULL, themes, 4, 0),
                        (enum bl_colours)find(argc > 4 ? argv[4] : NULL, depths, 5, 3), &out);
        fputs(bl_text_get(&out), stdout);
        bl_text_free(&out);
        bl_canvas_done(&c);
    }
    return 0;
}
