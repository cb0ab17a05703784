/* Numbers with a unit. */
#include <ctype.h>
#include <string.h>

#include "measure.h"

#define UNIT_MOST 12

/* "$" or one sign beyond ASCII that is no letter of a word: the euro, the pound. */
static size_t currency(const char *s)
{
    uint32_t code;
    const size_t n = s[0] == '$' ? 1 : (unsigned char)s[0] < 0x80 ? 0 : bl_utf8_decode(s, strlen(s), &code);

    return n <= 1 || code == 0xa3 || code == 0xa5 || (code >= 0x20a0 && code <= 0x20cf) ? n : 0;
}

static size_t blanks(const char *s) { return strspn(s, " \t"); }

bool bl_measure_read(const char *text, struct bl_measure *out)
{
    const char *s = text + blanks(text), *number;
    size_t n;

    *out = (struct bl_measure){ .before = s, .n_before = currency(s) };
    number = s += out->n_before + blanks(s + out->n_before);
    s += strspn(s, "+-");
    n = strspn(s, "0123456789");
    s += n;
    if (*s == '.')
        s += 1 + strspn(s + 1, "0123456789");
    if (!n || !bl_number_parse(number, (size_t)(s - number), &out->value))
        return false;
    out->unit = s + blanks(s);
    for (out->n_unit = strlen(out->unit); out->n_unit && isspace((unsigned char)out->unit[out->n_unit - 1]);)
        out->n_unit--;
    if (out->n_unit > UNIT_MOST || (out->n_unit && memchr(".,:;-+/(#_", out->unit[0], 10)))
        return false;
    for (size_t i = 0; i < out->n_unit; i++)
        if (isdigit((unsigned char)out->unit[i]))
            return false;
    return out->n_before + out->n_unit > 0;
}
