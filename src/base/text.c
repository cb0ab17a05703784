/* Growable text, and foreign bytes made safe for a screen. */
#include "batchlab/base.h"

#include <stdio.h>
#include <string.h>

#include "utf8.h"

#define MARKS_MAX 8 /* combining marks in a row */

/* Room for `more` bytes and the NUL. */
static bool reserve(struct bl_text *t, size_t more)
{
    size_t need, capacity = t->capacity ? t->capacity : 64;

    if (t->failed)
        return false;
    if (__builtin_add_overflow(t->length, more, &need) || need >= PTRDIFF_MAX / 2) {
        t->failed = true;
        return false;
    }
    if (need < t->capacity)
        return true;
    while (capacity <= need)
        capacity *= 2;
    char *at = bl_realloc(t->at, capacity, 1);

    if (!at) {
        t->failed = true;
        return false;
    }
    t->at = at;
    t->capacity = capacity;
    return true;
}

void bl_text_addn(struct bl_text *t, const char *s, size_t n)
{
    if (!reserve(t, n))
        return;
    if (n)
        memcpy(t->at + t->length, s, n);
    t->length += n;
    t->at[t->length] = '\0';
}

void bl_text_add(struct bl_text *t, const char *s)
{
    bl_text_addn(t, s, strlen(s));
}

void bl_text_addv(struct bl_text *t, const char *format, va_list args)
{
    char small[256];
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(small, sizeof small, format, args);

    if (n < 0) {
        t->failed = true;
    } else if ((size_t)n < sizeof small) {
        bl_text_addn(t, small, (size_t)n);
    } else if (reserve(t, (size_t)n)) {
        vsnprintf(t->at + t->length, (size_t)n + 1, format, again);
        t->length += (size_t)n;
    }
    va_end(again);
}

void bl_text_addf(struct bl_text *t, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    bl_text_addv(t, format, args);
    va_end(args);
}

void bl_text_repeat(struct bl_text *t, const char *s, size_t times)
{
    size_t n = strlen(s), all;

    if (__builtin_mul_overflow(n, times, &all)) {
        t->failed = true;
        return;
    }
    if (!reserve(t, all))
        return;
    for (size_t i = 0; i < times; i++)
        memcpy(t->at + t->length + i * n, s, n);
    t->length += all;
    t->at[t->length] = '\0';
}

void bl_text_clear(struct bl_text *t)
{
    t->length = 0;
    t->failed = false;
    if (t->at)
        t->at[0] = '\0';
}

const char *bl_text_get(const struct bl_text *t)
{
    return t->at ? t->at : "";
}

char *bl_text_take(struct bl_text *t)
{
    char *at = NULL;

    bl_text_addn(t, "", 0); /* so that an empty text is handed over as "" */
    if (t->failed)
        bl_free(t->at);
    else
        at = t->at;
    *t = (struct bl_text){ 0 };
    return at;
}

void bl_text_free(struct bl_text *t)
{
    bl_free(t->at);
    *t = (struct bl_text){ 0 };
}

/* Takes one character from foreign bytes and writes how it is shown (at most 12 bytes);
 * *marks counts combining marks in a row. Returns the bytes taken. */
static size_t show_one(const char *s, size_t n, unsigned *marks, char out[16])
{
    uint32_t code = 0;
    size_t length = bl_utf8_decode(s, n, &code);
    enum bl_ink ink = length ? bl_utf8_ink(code) : BL_INK_NONE;

    *marks = ink == BL_INK_JOINS ? *marks + 1 : 0;
    if (ink != BL_INK_NONE && *marks <= MARKS_MAX) {
        memcpy(out, s, length);
        out[length] = '\0';
    } else if (length == 0 || code < 0x80) {
        snprintf(out, 16, "\\x%02x", (unsigned)(uint8_t)s[0]);
    } else {
        snprintf(out, 16, "\\u{%x}", (unsigned)code);
    }
    return length ? length : 1;
}

/* How many of the n bytes are plain ASCII with ink. */
static size_t plain_run(const char *s, size_t n)
{
    size_t i = 0;

    while (i < n && (uint8_t)(s[i] - 0x20) < 0x5f)
        i++;
    return i;
}

void bl_text_show(struct bl_text *t, const char *bytes, size_t n)
{
    unsigned marks = 0;
    char one[16];

    for (size_t i = 0; i < n;) {
        size_t plain = plain_run(bytes + i, n - i);

        if (plain) {
            bl_text_addn(t, bytes + i, plain);
            i += plain;
            marks = 0;
            continue;
        }
        i += show_one(bytes + i, n - i, &marks, one);
        bl_text_add(t, one);
    }
}

const char *bl_show(char *buffer, size_t size, const char *bytes, size_t n)
{
    size_t used = 0, cut = 0; /* cut: where '~' still fits */
    unsigned marks = 0;
    char one[16];

    if (size == 0)
        return "";
    for (size_t i = 0; i < n;) {
        i += show_one(bytes + i, n - i, &marks, one);
        size_t length = strlen(one);

        if (used + length >= size) {
            if (size > 1)
                buffer[cut++] = '~';
            buffer[cut] = '\0';
            return buffer;
        }
        memcpy(buffer + used, one, length);
        used += length;
        if (used + 1 < size)
            cut = used;
    }
    buffer[used] = '\0';
    return buffer;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Compares the runs of digits at *a and *b by value and steps over them. */
static int compare_digits(const char **a, const char **b)
{
    while (**a == '0')
        ++*a;
    while (**b == '0')
        ++*b;
    const char *x = *a, *y = *b;

    while (is_digit(**a))
        ++*a;
    while (is_digit(**b))
        ++*b;
    size_t m = (size_t)(*a - x), n = (size_t)(*b - y);

    if (m != n)
        return m < n ? -1 : 1;
    return memcmp(x, y, m);
}

int bl_natural_compare(const char *a, const char *b)
{
    const char *x = a, *y = b;

    while (*x && *y) {
        int order = is_digit(*x) && is_digit(*y) ? compare_digits(&x, &y)
                                                 : (uint8_t)*x++ - (uint8_t)*y++;
        if (order)
            return order;
    }
    if (*x || *y)
        return *x ? 1 : -1;
    return strcmp(a, b); /* equal but for leading zeros */
}
