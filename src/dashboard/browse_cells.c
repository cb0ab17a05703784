/* Cells as text, and how wide a column must be. Widths come from a sample of the rows and grow with what comes
 * into sight, so that scrolling never waits for a pass over everything. */
#define _GNU_SOURCE
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "browse.h"
#include "parts.h"

enum { SAMPLE = 512, WHOLE_MAX = 15 };

const char *column_kind(const struct bl_column *c, char *buffer, size_t size)
{
    if (c->type == BL_CATEGORICAL)
        snprintf(buffer, size, "class %zu", c->n_levels);
    else
        snprintf(buffer, size, "%s", c->type == BL_NUMERIC ? "number" : c->type == BL_DATETIME ? "date" : "text");
    return buffer;
}

const char *date_text(const struct bl_column *c, double seconds, char *buffer, size_t size)
{
    const time_t when = isfinite(seconds) && fabs(seconds) < 1e13 ? (time_t)seconds : 0;
    struct tm day;

    if (!isfinite(seconds) || !gmtime_r(&when, &day) || !strftime(buffer, size, c->whole ? "%Y-%m-%d" : "%Y-%m-%d %H:%M:%S", &day))
        snprintf(buffer, size, "-");
    return buffer;
}

/* Long texts are cut before they are cleaned: only what can be in sight is looked at. */
static void text_cut(const char *text, int width, char *out, size_t size)
{
    size_t most = (size_t)width * 40 + 64, n;

    most = most < size ? most : size;
    n = strnlen(text, most);
    if (n == most) {
        n = most - 1;
        while (n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80)
            n--;
    }
    memcpy(out, text, n);
    out[n] = '\0';
}

const char *cell_exact(const struct browse *b, size_t row, size_t column, char *buffer, size_t size)
{
    char number[64], text[CELL_BYTES];
    const char *exact = bl_table_cell(b->table, row, column, number, sizeof number);

    text_cut(exact, 90, text, sizeof text);
    bl_show(buffer, size, text, strlen(text));
    return buffer;
}

/* ---- numbers --------------------------------------------------------------------------------------*/

struct shape { int whole, fraction; bool exponent; };

/* Columns before and behind the point of a number in its shortest exact form. */
static struct shape shape_of(double x)
{
    char text[64];
    struct shape s = { 0 };
    const char *point;

    bl_number_exact(text, sizeof text, x);
    if (strchr(text, 'e')) {
        s.exponent = true;
        return s;
    }
    point = strchr(text, '.');
    s.whole = (int)(point ? (size_t)(point - text) : strlen(text));
    s.fraction = point ? (int)strlen(point) : 0; /* with the point */
    return s;
}

static int fraction_most(const struct shown *c) { return c->full ? 17 : DECIMALS + 1; }

static void number_see(struct shown *c, double x)
{
    struct shape s;

    if (!isfinite(x)) {
        c->whole = c->whole < 4 && !isnan(x) ? 4 : c->whole;
        return;
    }
    s = shape_of(x);
    if (s.exponent || s.whole > WHOLE_MAX || (s.fraction > DECIMALS + 1 && x != 0 && fabs(x) < 0.0001)) {
        c->exponent = true;
        return;
    }
    c->whole = s.whole > c->whole ? s.whole : c->whole;
    s.fraction = s.fraction > fraction_most(c) ? fraction_most(c) : s.fraction;
    c->fraction = s.fraction > c->fraction ? s.fraction : c->fraction;
}

static void number_make(const struct shown *c, double x, int width, struct cell *out)
{
    struct shape s = shape_of(x);
    int fraction = c->fraction;

    out->right = true;
    while (fraction > 0 && c->whole + fraction > width)
        fraction--;
    fraction = fraction == 1 ? 0 : fraction;
    if (isfinite(x) && !s.exponent && s.fraction > fraction) {
        snprintf(out->text, sizeof out->text, "%.*f", fraction > 1 ? fraction - 1 : 0, x);
        s.fraction = fraction;
    } else {
        bl_number_exact(out->text, sizeof out->text, x);
    }
    out->pad = s.exponent || !isfinite(x) ? 0 : fraction - s.fraction;
    if ((!c->full && c->exponent && (s.exponent || fabs(x) < 0.0001) && x != 0) || (int)strlen(out->text) + out->pad > width) {
        out->pad = 0;
        if (strlen(bl_number_exact(out->text, sizeof out->text, x)) > (size_t)width) /* a number is never cut */
            part_fit(out->text, x, 4, width);
    }
}

/* ---- cells -------------------------------------------------------------------------------------------*/

void cell_make(const struct browse *b, const struct shown *c, size_t row, int width, struct cell *out)
{
    const struct bl_column *column = &b->table->columns[c->column];
    char buffer[64];
    const char *text;

    out->pad = 0;
    out->right = column->type == BL_NUMERIC;
    out->missing = column->code ? column->code[row] == BL_MISSING_CODE : isnan(column->number[row]);
    if (out->missing) {
        memcpy(out->text, "-", 2);
        return;
    }
    if (out->right) {
        number_make(c, column->number[row], width, out);
        return;
    }
    text = bl_table_cell(b->table, row, c->column, buffer, sizeof buffer);
    text_cut(text, width, out->text, sizeof out->text);
}

/* ---- widths --------------------------------------------------------------------------------------------*/

static int text_width(const char *text)
{
    char cut[CELL_BYTES], clean[CELL_BYTES];

    text_cut(text, 100, cut, sizeof cut);
    bl_show(clean, sizeof clean, cut, strlen(cut));
    return (int)bl_text_width(clean, strlen(clean));
}

static void see(const struct browse *b, struct shown *c, size_t row)
{
    const struct bl_column *column = &b->table->columns[c->column];
    char buffer[64];
    int width;

    if (column->type == BL_NUMERIC) {
        number_see(c, column->number[row]);
        width = c->whole + c->fraction;
        width = c->exponent && width < 9 ? 9 : width;
    } else {
        width = text_width(bl_table_cell(b->table, row, c->column, buffer, sizeof buffer));
    }
    c->width = width > c->width ? width : c->width;
}

void column_measure(const struct browse *b, struct shown *c)
{
    size_t n = browse_rows(b), step = n > SAMPLE ? n / SAMPLE : 1;

    if (c->measured)
        return;
    c->measured = true;
    for (size_t i = 0; i < n; i += step)
        see(b, c, browse_row(b, i));
}

void column_see(const struct browse *b, struct shown *c, size_t from, size_t to)
{
    column_measure(b, c);
    for (size_t i = from; i < to && i < browse_rows(b); i++)
        see(b, c, browse_row(b, i));
}

/* The name with room for a sign of the order beside it. */
static int name_width(const struct browse *b, const struct shown *c)
{
    int width = text_width(b->table->columns[c->column].name);

    for (size_t i = 0; i < b->n_keys; i++)
        if (b->keys[i].column == c->column)
            return width + 1;
    return width;
}

int column_width(const struct browse *b, struct shown *c)
{
    const struct bl_column *column = &b->table->columns[c->column];
    int name = name_width(b, c), width;

    if (c->given)
        return c->given;
    column_measure(b, c);
    width = c->width;
    if (!c->full) {
        name = name > NAME_WIDE ? NAME_WIDE : name;
        if (column->type != BL_NUMERIC)
            width = width > TEXT_WIDE ? TEXT_WIDE : width;
    }
    width = name > width ? name : width;
    return width < 1 ? 1 : width;
}
