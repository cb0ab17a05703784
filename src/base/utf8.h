/* What a character leaves on a screen. Private to base. */
#ifndef BL_BASE_UTF8_H
#define BL_BASE_UTF8_H

#include <stdint.h>

enum bl_ink {
    BL_INK_NONE,  /* controls, directions, tags, joiners, noncharacters: never shown */
    BL_INK_JOINS, /* combining marks: no column of their own */
    BL_INK_ONE,
    BL_INK_TWO
};

enum bl_ink bl_utf8_ink(uint32_t code);

#endif
