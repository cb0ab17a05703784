/* What gives the terminal back from any state, as fixed bytes: a handler of a fatal signal can only write. */
#define _XOPEN_SOURCE_EXTENDED 1
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <curses.h>
#include <term.h>

#include "reset.h"

static char bytes[512];
static size_t length;

static char *capability(const char *name)
{
    char *value = tigetstr((char *)(uintptr_t)name);

    return value == (char *)-1 ? NULL : value;
}

/* Padding ($<5>) is for terminals of paper; left out. */
static void add(const char *text)
{
    while (text && *text && length + 1 < sizeof bytes) {
        if (text[0] == '$' && text[1] == '<') {
            text += strcspn(text, ">");
            text += *text == '>';
        } else {
            bytes[length++] = *text++;
        }
    }
    bytes[length] = '\0';
}

bool show_goes_back(void) { return capability("rmcup"); }
bool show_can_move(void) { return capability("cup") && capability("clear"); }

const char *show_reset_bytes(void)
{
    static const char *const names[] = { "sgr0", "op", "rmkx", "cnorm", "rmcup" };

    length = 0;
    if (capability("kmous"))
        add("\033[?1000l\033[?1002l\033[?1003l\033[?1006l");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        add(capability(names[i]));
    return bytes;
}
