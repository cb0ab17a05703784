/* Roles to colours: the palette of Okabe and Ito (2008), ordered so that the first three curves stay
 * apart under every common kind of colour vision, on dark and on light ground. */
#include "batchlab/plot.h"

#define OWN 0x1000000u /* the terminal's own foreground */

struct paint {
    uint32_t rgb;
    int indexed; /* in the palette of 256 */
    int basic;   /* in the palette of 16; 8 and above are the bright ones */
    bool bold;
};

static const struct paint dark[BL_ROLES] = {
    [BL_ROLE_TEXT] = {OWN, -1, -1, false},
    [BL_ROLE_TITLE] = {OWN, -1, -1, true},
    [BL_ROLE_DIM] = {0x8a8a8a, 245, -1, false},
    [BL_ROLE_FOCUS] = {0x56b4e9, 74, 6, false},
    [BL_ROLE_GOOD] = {0x009e73, 36, 2, false},
    [BL_ROLE_WARN] = {0xe69f00, 214, 3, false},
    [BL_ROLE_BAD] = {0xd55e00, 166, 1, false},
    [BL_ROLE_CURVE1] = {0x56b4e9, 74, 14, false},
    [BL_ROLE_CURVE2] = {0xf0e442, 227, 11, false},
    [BL_ROLE_CURVE3] = {0xd55e00, 166, 13, false},
    [BL_ROLE_CURVE4] = {0xcc79a7, 175, 14, false},
    [BL_ROLE_CURVE5] = {0x009e73, 36, 11, false},
    [BL_ROLE_CURVE6] = {0xe69f00, 214, 13, false},
    [BL_ROLE_CURVE7] = {0x0072b2, 32, 14, false},
    [BL_ROLE_LOW] = {0x00224e, 17, -1, false},
    [BL_ROLE_LOW_MID] = {0x434e6c, 60, -1, false},
    [BL_ROLE_MID] = {0x7d7c78, 244, -1, false},
    [BL_ROLE_MID_HIGH] = {0xbcaf6f, 143, -1, false},
    [BL_ROLE_HIGH] = {0xfee838, 220, -1, false},
    [BL_ROLE_MINUS] = {0x56b4e9, 74, 6, false},
    [BL_ROLE_ZERO] = {0x808080, 244, -1, false},
    [BL_ROLE_PLUS] = {0xe69f00, 214, 3, false},
};

static const struct paint light[BL_ROLES] = {
    [BL_ROLE_TEXT] = {OWN, -1, -1, false},
    [BL_ROLE_TITLE] = {OWN, -1, -1, true},
    [BL_ROLE_DIM] = {0x6c6c6c, 242, -1, false},
    [BL_ROLE_FOCUS] = {0x0072b2, 25, 4, false},
    [BL_ROLE_GOOD] = {0x00875f, 29, -1, true},
    [BL_ROLE_WARN] = {0x875f00, 94, -1, true},
    [BL_ROLE_BAD] = {0xd55e00, 166, -1, true},
    [BL_ROLE_CURVE1] = {0x0072b2, 25, 4, false},
    [BL_ROLE_CURVE2] = {0xd55e00, 166, 1, false},
    [BL_ROLE_CURVE3] = {OWN, -1, -1, false},
    [BL_ROLE_CURVE4] = {0x009e73, 29, 4, false},
    [BL_ROLE_CURVE5] = {0xcc79a7, 169, 1, false},
    [BL_ROLE_CURVE6] = {0x0072b2, 25, -1, false},
    [BL_ROLE_CURVE7] = {0xd55e00, 166, 4, false},
    [BL_ROLE_LOW] = {0x00224e, 17, -1, false},
    [BL_ROLE_LOW_MID] = {0x434e6c, 60, -1, false},
    [BL_ROLE_MID] = {0x7d7c78, 244, -1, false},
    [BL_ROLE_MID_HIGH] = {0xbcaf6f, 143, -1, false},
    [BL_ROLE_HIGH] = {0xfee838, 220, -1, false},
    [BL_ROLE_MINUS] = {0x0072b2, 25, 6, false},
    [BL_ROLE_ZERO] = {0x808080, 244, -1, false},
    [BL_ROLE_PLUS] = {0xd55e00, 166, 3, false},
};

/* At least 7 : 1 on black; everything is bold, nothing is dim. */
static const struct paint contrast[BL_ROLES] = {
    [BL_ROLE_TEXT] = {OWN, -1, -1, true},
    [BL_ROLE_TITLE] = {OWN, -1, -1, true},
    [BL_ROLE_DIM] = {OWN, -1, -1, true},
    [BL_ROLE_FOCUS] = {0x87d7ff, 117, 14, true},
    [BL_ROLE_GOOD] = {0x5fd7af, 79, 10, true},
    [BL_ROLE_WARN] = {0xffaf00, 214, 11, true},
    [BL_ROLE_BAD] = {0xff9f87, 216, 9, true},
    [BL_ROLE_CURVE1] = {0x87d7ff, 117, 14, true},
    [BL_ROLE_CURVE2] = {0xffff5f, 227, 11, true},
    [BL_ROLE_CURVE3] = {0xffaf5f, 215, 13, true},
    [BL_ROLE_CURVE4] = {0xffafd7, 218, 14, true},
    [BL_ROLE_CURVE5] = {0x5fd7af, 79, 11, true},
    [BL_ROLE_CURVE6] = {0xffd7af, 223, 13, true},
    [BL_ROLE_CURVE7] = {0xafd7ff, 153, 14, true},
    [BL_ROLE_LOW] = {0x9e9e9e, 247, -1, true},
    [BL_ROLE_LOW_MID] = {0xb2b2b2, 249, -1, true},
    [BL_ROLE_MID] = {0xc6c6c6, 251, -1, true},
    [BL_ROLE_MID_HIGH] = {0xdadada, 253, -1, true},
    [BL_ROLE_HIGH] = {0xffffff, 231, 15, true},
    [BL_ROLE_MINUS] = {0x87d7ff, 117, 14, true},
    [BL_ROLE_ZERO] = {OWN, -1, -1, true},
    [BL_ROLE_PLUS] = {0xffaf00, 214, 11, true},
};

static struct bl_look mono_look(enum bl_role role)
{
    struct bl_look look = {.colour = -1};

    look.bold = role == BL_ROLE_TITLE || role == BL_ROLE_FOCUS || role == BL_ROLE_WARN || role == BL_ROLE_BAD;
    look.dim = role == BL_ROLE_DIM;
    return look;
}

struct bl_look bl_theme_look(enum bl_theme theme, enum bl_colours colours, enum bl_role role)
{
    struct bl_look look = {.colour = -1};
    const struct paint *p;

    if ((unsigned)role >= BL_ROLES)
        role = BL_ROLE_TEXT;
    if (theme == BL_THEME_MONO)
        return mono_look(role);
    if (colours == BL_COLOURS_NONE)
        return look;
    p = theme == BL_THEME_LIGHT ? &light[role] : theme == BL_THEME_CONTRAST ? &contrast[role] : &dark[role];
    look.bold = p->bold;
    look.rgb = p->rgb == OWN ? 0 : p->rgb;
    if (colours >= BL_COLOURS_256) {
        look.colour = p->indexed;
        return look;
    }
    look.colour = p->basic;
    if (colours == BL_COLOURS_8 && p->basic >= 8) {
        look.colour = p->basic - 8; /* bold is how eight colours say bright */
        look.bold = true;
    }
    return look;
}

enum bl_role bl_curve_role(size_t i)
{
    return (enum bl_role)(BL_ROLE_CURVE1 + i % 7);
}
