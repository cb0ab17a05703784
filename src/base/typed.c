/* Words as the command language reads them, for hints that can be typed. */
#include "batchlab/base.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct bl_typed bl_typed(const char *name)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.+<>/%";
    const unsigned char *s = (const unsigned char *)name;
    struct bl_typed t;
    bool bare = *s != 0;

    for (; *s; s++)
        bare = bare && (*s >= 0x80 || strchr(plain, *s));
    if (bare)
        snprintf(t.text, sizeof t.text, "%s", name);
    else
        snprintf(t.text, sizeof t.text, strchr(name, '\'') ? "\"%s\"" : "'%s'", name);
    return t;
}
