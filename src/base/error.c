/* Errors as values: code, message, reason, hint and place, filled by the function that failed. */
#include "batchlab/base.h"

#include <stdio.h>
#include <string.h>

static const char *const code_names[] = {
    [BL_OK] = "ok",           [BL_USAGE] = "usage",       [BL_UNKNOWN] = "unknown",
    [BL_VALUE] = "value",     [BL_DATA] = "data",         [BL_IO] = "io",
    [BL_MEMORY] = "memory",   [BL_LIMIT] = "limit",       [BL_STATE] = "state",
    [BL_DIVERGED] = "diverged", [BL_STOPPED] = "interrupted", [BL_UNMET] = "check",
    [BL_INTERNAL] = "internal",
};

const char *bl_code_name(enum bl_code code)
{
    size_t i = (size_t)code;

    return i < sizeof code_names / sizeof *code_names ? code_names[i] : "internal";
}

/* Formats apart first, because the arguments may point into the field that is written. */
static void BL_PRINTF(3, 0) fill(char *field, size_t size, const char *format, va_list args)
{
    char raw[1024];
    int n = vsnprintf(raw, sizeof raw, format, args);
    size_t length = n < 0 ? 0 : (size_t)n;

    if (length >= sizeof raw)
        length = sizeof raw - 1;
    bl_show(field, size, raw, length);
}

static void BL_PRINTF(3, 0)
    start(struct bl_error *err, enum bl_code code, const char *format, va_list args)
{
    char message[sizeof err->message];

    fill(message, sizeof message, format, args);
    memset(err, 0, sizeof *err);
    err->code = code;
    memcpy(err->message, message, sizeof message);
}

bool bl_fail(struct bl_error *err, enum bl_code code, const char *format, ...)
{
    va_list args;

    if (!err)
        return false;
    va_start(args, format);
    start(err, code, format, args);
    va_end(args);
    return false;
}

bool bl_fail_at(struct bl_error *err, enum bl_code code, const char *file, size_t line,
                size_t column, const char *format, ...)
{
    char place[sizeof err->file] = "";
    va_list args;

    if (!err)
        return false;
    if (file) /* may be err->file itself */
        bl_show(place, sizeof place, file, strlen(file));
    va_start(args, format);
    start(err, code, format, args);
    va_end(args);
    memcpy(err->file, place, sizeof place);
    err->line = line;
    err->column = column;
    return false;
}

bool bl_fail_io(struct bl_error *err, const char *verb, const char *path, int errno_value)
{
    /* strerror is safe in threads from glibc 2.32 and in musl. */
    return bl_fail(err, BL_IO, "cannot %s '%s': %s", verb, path, strerror(errno_value));
}

bool bl_fail_memory(struct bl_error *err, const char *what)
{
    return bl_fail(err, BL_MEMORY, "not enough memory for %s", what);
}

bool bl_hint(struct bl_error *err, const char *format, ...)
{
    va_list args;

    if (!err)
        return false;
    va_start(args, format);
    fill(err->hint, sizeof err->hint, format, args);
    va_end(args);
    return false;
}

bool bl_reason(struct bl_error *err, const char *format, ...)
{
    va_list args;

    if (!err)
        return false;
    va_start(args, format);
    fill(err->reason, sizeof err->reason, format, args);
    va_end(args);
    return false;
}

static bool is_there(const struct bl_warnings *w, const struct bl_error *what)
{
    for (size_t i = 0; i < w->count; i++) {
        const struct bl_error *it = &w->items[i];

        if (!strcmp(it->message, what->message) && !strcmp(it->hint, what->hint) && !strcmp(it->file, what->file) && it->line == what->line &&
            it->column == what->column)
            return true;
    }
    return false;
}

void bl_warn(struct bl_warnings *w, const struct bl_error *what)
{
    if (!w || is_there(w, what))
        return;
    if (w->count == w->capacity) {
        size_t capacity = w->capacity ? 2 * w->capacity : 4;
        struct bl_error *items = bl_realloc(w->items, capacity, sizeof *items);

        if (!items)
            return;
        w->items = items;
        w->capacity = capacity;
    }
    w->items[w->count++] = *what;
}

void bl_warnf(struct bl_warnings *w, const char *hint, const char *format, ...)
{
    struct bl_error warning = { 0 };
    va_list args;

    va_start(args, format);
    start(&warning, BL_OK, format, args);
    va_end(args);
    if (hint)
        bl_hint(&warning, "%s", hint);
    bl_warn(w, &warning);
}

void bl_warnings_free(struct bl_warnings *w)
{
    if (!w)
        return;
    bl_free(w->items);
    *w = (struct bl_warnings){ 0 };
}
