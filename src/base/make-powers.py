#!/usr/bin/env python3
"""Writes powers.h: the first 128 bits of 5^q for the parser of numbers (Lemire 2021, section 5).
All are cut off, but reciprocals of powers that fit in 64 bits are
rounded up, so that exact halves are seen as such. ./make-powers.py > powers.h"""

LEAST, MOST = -342, 308


def first_128_bits(q):
    power = 5 ** abs(q)
    if q >= 0:
        shift = 128 - power.bit_length()
        return power << shift if shift >= 0 else power >> -shift
    # 2^b / 5^-q, with b such that the quotient has 128 bits.
    quotient = (1 << (power.bit_length() + 127)) // power
    return quotient + 1 if q >= -27 else quotient


print("/* Made by make-powers.py; do not edit. First 128 bits of 5^q, high and low half. */")
print(f"#define POWER_LEAST ({LEAST})\n#define POWER_MOST {MOST}")
print("static const uint64_t powers_of_five[][2] = {")
items = []
for q in range(LEAST, MOST + 1):
    bits = first_128_bits(q)
    assert bits.bit_length() == 128
    items.append(f"{{0x{bits >> 64:016x}, 0x{bits & (1 << 64) - 1:016x}}}")
for i in range(0, len(items), 2):
    print("    " + ", ".join(items[i:i + 2]) + ",")
print("};")
