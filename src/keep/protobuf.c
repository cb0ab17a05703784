/* Protocol buffers, written. */
#include "src/keep/protobuf.h"

#include <string.h>

enum { VARINT = 0, FIXED64 = 1, LENGTH = 2, FIXED32 = 5 };

static void put_varint(struct bl_text *m, uint64_t x)
{
    char bytes[10];
    size_t n = 0;

    do {
        bytes[n] = (char)(unsigned char)((x & 127) | (x > 127 ? 128 : 0));
        n++;
        x >>= 7;
    } while (x);
    bl_text_addn(m, bytes, n);
}

static void put_little(struct bl_text *m, uint64_t x, size_t n)
{
    char bytes[8];

    for (size_t i = 0; i < n; i++)
        bytes[i] = (char)(unsigned char)(x >> (8 * i));
    bl_text_addn(m, bytes, n);
}

void bl_wire_put32(struct bl_text *m, uint32_t x)
{
    put_little(m, x, 4);
}

void bl_wire_put64(struct bl_text *m, uint64_t x)
{
    put_little(m, x, 8);
}

void bl_wire_put_double(struct bl_text *m, double x)
{
    uint64_t bits;

    memcpy(&bits, &x, sizeof bits);
    put_little(m, bits, 8);
}

void bl_wire_put_float(struct bl_text *m, float x)
{
    uint32_t bits;

    memcpy(&bits, &x, sizeof bits);
    put_little(m, bits, 4);
}

static void put_key(struct bl_text *m, uint32_t field, unsigned kind)
{
    put_varint(m, (uint64_t)field << 3 | kind);
}

void bl_wire_whole(struct bl_text *m, uint32_t field, uint64_t value)
{
    put_key(m, field, VARINT);
    put_varint(m, value);
}

void bl_wire_float(struct bl_text *m, uint32_t field, float value)
{
    put_key(m, field, FIXED32);
    bl_wire_put_float(m, value);
}

void bl_wire_double(struct bl_text *m, uint32_t field, double value)
{
    put_key(m, field, FIXED64);
    bl_wire_put_double(m, value);
}

void bl_wire_bytes(struct bl_text *m, uint32_t field, const void *bytes, size_t n)
{
    put_key(m, field, LENGTH);
    put_varint(m, n);
    bl_text_addn(m, bytes, n);
}

void bl_wire_text(struct bl_text *m, uint32_t field, const char *text)
{
    bl_wire_bytes(m, field, text, strlen(text));
}

void bl_wire_message(struct bl_text *m, uint32_t field, struct bl_text *inner)
{
    m->failed |= inner->failed;
    bl_wire_bytes(m, field, bl_text_get(inner), inner->length);
    bl_text_free(inner);
}
