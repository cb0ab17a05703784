/* Binary numbers of any kind and byte order. */
#include "numbers.h"

#include <math.h>
#include <string.h>

#include "csv.h"

#define PIECE ((size_t)256 << 10)

/* binary16: one bit of sign, 5 of exponent, 10 of fraction */
static double half_value(uint64_t bits)
{
    double fraction = (double)(bits & 0x3ff), value;
    int exponent = (int)(bits >> 10 & 0x1f);

    if (exponent == 31)
        value = fraction > 0 ? NAN : INFINITY;
    else
        value = exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24);
    return bits >> 15 ? -value : value;
}

static double real_value(uint64_t bits, unsigned bytes)
{
    uint32_t narrow = (uint32_t)bits;
    float single;
    double wide;

    if (bytes == 2)
        return half_value(bits);
    if (bytes == 4) {
        memcpy(&single, &narrow, sizeof single);
        return (double)single;
    }
    memcpy(&wide, &bits, sizeof wide);
    return wide;
}

double bl_element_value(const unsigned char *p, struct bl_element e, bool *rounded)
{
    uint64_t bits = 0;

    *rounded = false;
    for (unsigned i = 0; i < e.bytes; i++)
        bits |= (uint64_t)p[e.big ? e.bytes - 1 - i : i] << 8 * i;
    if (e.kind == 'f')
        return real_value(bits, e.bytes);
    if (e.kind == 'b')
        return bits != 0;
    bool negative = e.kind == 'i' && bits >> (8 * e.bytes - 1);
    uint64_t size = negative ? (~bits + 1) & (UINT64_MAX >> (64 - 8 * e.bytes)) : bits;
    double x = (double)size;

    *rounded = size > (uint64_t)1 << 53 && (x >= 0x1p64 || (uint64_t)x != size);
    return negative ? -x : x;
}

static bool fail_infinite(const struct bl_source *s, size_t row, size_t column, struct bl_error *err)
{
    bl_fail_at(err, BL_DATA, s->label, 0, 0, "%s holds an infinity in row %zu, column %zu", s->label, row + 1, column + 1);
    return bl_hint(err, "replace it, or make it missing (nan), before it is saved");
}

bool bl_array_read(const struct bl_source *s, const struct bl_array *a, double **number, struct bl_progress *progress, size_t *rounded,
                   struct bl_error *err)
{
    size_t each = a->element.bytes, per_piece = PIECE / each, row = 0, column = 0;
    uint64_t left = (uint64_t)a->rows * a->columns, at = a->at;
    unsigned char *piece = bl_calloc(PIECE, 1);
    bool fine = piece || bl_fail_memory(err, s->label), cut;

    bl_progress_start(progress, "reading", left * each);
    while (fine && left) {
        size_t n = left < per_piece ? (size_t)left : per_piece;

        fine = bl_source_read(s, at, (char *)piece, n * each, err) && (!bl_stopped(progress) || bl_fail(err, BL_STOPPED, "reading was interrupted"));
        for (size_t i = 0; fine && i < n; i++) {
            double x = bl_element_value(piece + i * each, a->element, &cut);

            *rounded += cut;
            fine = !isinf(x) || fail_infinite(s, row, column, err);
            number[column][row] = x;
            if (a->by_column ? ++row == a->rows : ++column == a->columns) {
                row = a->by_column ? 0 : row + 1;
                column = a->by_column ? column + 1 : 0;
            }
        }
        at += n * each;
        left -= n;
        bl_progress_add(progress, n * each);
    }
    bl_free(piece);
    return fine;
}

double **bl_array_room(const struct bl_source *s, size_t rows, size_t columns, struct bl_error *err)
{
    double bytes = (double)rows * (double)columns * sizeof(double), **number;
    char needed[32], allowed[32];

    if (!rows || !columns || rows > BL_CSV_ROWS_MAX || columns > BL_CSV_COLUMNS_MAX || bytes > (double)bl_memory_limit()) {
        bl_fail_at(err, rows && columns ? BL_LIMIT : BL_DATA, s->label, 0, 0, "%s holds %zu rows x %zu columns: %s, where %s and %d columns may be used",
                   s->label, rows, columns, bl_bytes_format(needed, sizeof needed, bytes),
                   bl_bytes_format(allowed, sizeof allowed, (double)bl_memory_limit()), BL_CSV_COLUMNS_MAX);
        bl_hint(err, rows && columns ? "save a part of it" : "save an array that is not empty");
        return NULL;
    }
    number = bl_calloc(columns, sizeof *number);
    for (size_t j = 0; number && j < columns; j++)
        if (!(number[j] = bl_aligned(rows, sizeof **number))) {
            bl_array_free(number, columns);
            number = NULL;
        }
    if (!number)
        bl_fail_memory(err, s->label);
    return number;
}

void bl_array_free(double **number, size_t columns)
{
    for (size_t j = 0; number && j < columns; j++)
        bl_free(number[j]);
    bl_free(number);
}
