#!/usr/bin/env python3
"""Prints the constants of elementary.h: near-minimax polynomials, by interpolation in Chebyshev
nodes with 60 digits, each rounded to a double, and what they miss. Needs mpmath."""
from mpmath import mp, mpf, cos, exp, log, pi, sin, sqrt, matrix, lu_solve

mp.dps = 60


def fit(f, low, high, degree):
    """Coefficients, lowest power first."""
    nodes = [(low + high) / 2 + (high - low) / 2 * cos(pi * (2 * i + 1) / (2 * degree + 2))
             for i in range(degree + 1)]
    rows = matrix([[x ** j for j in range(degree + 1)] for x in nodes])
    return [float(c) for c in lu_solve(rows, matrix([f(x) for x in nodes]))]


def worst(f, coefficients, weight, low, high):
    points = [low + (high - low) * i / 2000 for i in range(2001)]
    return max(abs((sum(mpf(c) * x ** j for j, c in enumerate(coefficients)) - f(x)) * weight(x))
               for x in points if x != 0)


def report(name, f, weight, low, high, degree):
    c = fit(f, mpf(low), mpf(high), degree)
    print(f"/* {name}: misses {float(worst(f, c, weight, mpf(low), mpf(high)) * 2**53):.3f} x 2^-53 */")
    print(", ".join(x.hex() for x in c))


def split(x, bits):
    """The first `bits` bits of x and the double nearest to the rest."""
    scale = mpf(2) ** (bits - 1 - int(mp.floor(log(x, 2))))
    high = mp.floor(x * scale) / scale
    return float(high).hex(), float(x - high).hex()


ln2 = log(mpf(2))
print("ln2", split(ln2, 40), "1/ln2", float(1 / ln2).hex())
half = ln2 / 2 * mpf("1.0001")
for degree in (8, 9):
    report(f"(exp(r) - 1 - r - r*r/2) / r^3, degree {degree}",
           lambda r: (exp(r) - 1 - r - r * r / 2) / r ** 3, lambda r: r ** 3 / exp(r),
           -half, half * mpf("1.00017"), degree)
most = ((sqrt(mpf(2)) - 1) / (sqrt(mpf(2)) + 1)) ** 2 * mpf("1.0001")
for degree in (6, 7):
    report(f"(log((1+s)/(1-s)) - 2s) / s^3 in s*s, degree {degree}",
           lambda z: (log((1 + sqrt(z)) / (1 - sqrt(z))) / sqrt(z) - 2) / z,
           lambda z: z * sqrt(z) / (2 * sqrt(z)), mpf(10) ** -20, most, degree)
report("1 / (1 + f), degree 2", lambda f: 1 / (1 + f), lambda f: (1 + f) * mpf(2) ** -53,
       sqrt(mpf(2)) / 2 - 1, sqrt(mpf(2)) - 1, 2)
turn = (pi / 4) ** 2 * mpf("1.0001")
report("(sin(y) - y) / y^3 in y*y, degree 6", lambda z: (sin(sqrt(z)) / sqrt(z) - 1) / z, lambda z: z, mpf(10) ** -20, turn, 6)
report("(cos(y) - 1 + y*y/2) / y^4 in y*y, degree 6", lambda z: (cos(sqrt(z)) - 1 + z / 2) / z ** 2, lambda z: z ** 2, mpf(10) ** -20, turn, 6)
print("sqrt(1/2)", float(sqrt(mpf(2)) / 2).hex())
