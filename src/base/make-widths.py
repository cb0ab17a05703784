#!/usr/bin/env python3
"""Writes widths.h: ranges of characters that take no or two columns. Run by hand for a new
version of Unicode: ./make-widths.py > widths.h"""
import unicodedata


def kind(code):
    c = chr(code)
    if 0xD800 <= code < 0xE000:
        return None
    if 0x1160 <= code <= 0x11FF or 0xD7B0 <= code <= 0xD7FF:
        return "zero"  # vowels and finals of Hangul join the syllable before
    if unicodedata.category(c) in ("Mn", "Me"):
        return "zero"
    if unicodedata.category(c) == "Cf" and not visible_format(code):
        return "hidden"
    if code in (0x2028, 0x2029):
        return "hidden"
    # Unassigned places of these planes and blocks are set aside for wide characters.
    if 0x20000 <= code <= 0x2FFFD or 0x30000 <= code <= 0x3FFFD:
        return "wide"
    if unicodedata.category(c) == "Cn":
        return "wide" if 0x3400 <= code <= 0x4DBF or 0x4E00 <= code <= 0x9FFF else None
    return "wide" if unicodedata.east_asian_width(c) in ("W", "F") else None


def visible_format(code):
    """Signs that go before a number or a name in Arabic, Syriac and Kaithi have ink."""
    return code in range(0x600, 0x606) or code in (
        0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD)


def ranges(wanted):
    found = []
    for code in range(0xA0, 0x110000):
        # The contract escapes these whole blocks, assigned or not.
        in_kind = kind(code) == wanted
        blocks = (0x200B <= code <= 0x200F or 0x2028 <= code <= 0x202E
                  or 0x2060 <= code <= 0x206F or 0xE0000 <= code <= 0xE007F)
        if blocks:
            in_kind = wanted == "hidden"
        if not in_kind:
            continue
        if found and found[-1][1] == code - 1:
            found[-1][1] = code
        else:
            found.append([code, code])
    return found


def table(name, comment, wanted):
    print(f"\n/* {comment} */\nstatic const struct range {name}[] = {{")
    line = "   "
    for first, last in ranges(wanted):
        item = f" {{0x{first:x}, 0x{last:x}}},"
        if len(line) + len(item) > 98:
            print(line)
            line = "   "
        line += item
    print(line + "\n};")


print(f"/* Made by make-widths.py from Unicode {unicodedata.unidata_version}; do not edit. */")
print("struct range {\n    uint32_t first, last;\n};")
table("wide_ranges", "Two columns.", "wide")
table("combining_ranges", "No column: they join the character before.", "zero")
table("hidden_ranges", "No ink at all: direction, joining, tags, line ends.", "hidden")
