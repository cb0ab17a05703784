/* Two columns against four over ROWS rows, for vectors of WIDTH doubles; included once for each width.
 * 8 accumulators a pair, joined as ((0+1)+(2+3))+((4+5)+(6+7)), as in tiles_body.h: narrow vectors go
 * over the rows once for each of their parts of the 8, which also leaves them registers enough. */

typedef double NAME(vector) __attribute__((vector_size(8 * WIDTH), aligned(8), may_alias));

#if WIDTH == 8
#define PART(v) (((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + (v[6] + v[7])))
#define WHOLE(p) (p[0])
#elif WIDTH == 4
#define PART(v) ((v[0] + v[1]) + (v[2] + v[3]))
#define WHOLE(p) (p[0] + p[1])
#else
#define PART(v) (v[0] + v[1])
#define WHOLE(p) ((p[0] + p[1]) + (p[2] + p[3]))
#endif
#define PARTS (8 / WIDTH)

TARGET static void NAME(two_by_four)(const double *a, const double *b, double *sums, size_t stride)
{
    double p[8][PARTS];

    for (size_t o = 0; o < PARTS; o++) {
        NAME(vector) s0 = { 0 }, s1 = { 0 }, s2 = { 0 }, s3 = { 0 }, s4 = { 0 }, s5 = { 0 }, s6 = { 0 }, s7 = { 0 };

        for (size_t k = o * WIDTH; k < ROWS; k += 8) {
            NAME(vector) a0 = *(const NAME(vector) *)(a + k), a1 = *(const NAME(vector) *)(a + ROWS + k);
            NAME(vector) b0 = *(const NAME(vector) *)(b + k), b1 = *(const NAME(vector) *)(b + ROWS + k);
            NAME(vector) b2 = *(const NAME(vector) *)(b + 2 * ROWS + k), b3 = *(const NAME(vector) *)(b + 3 * ROWS + k);

            s0 += a0 * b0, s1 += a0 * b1, s2 += a0 * b2, s3 += a0 * b3;
            s4 += a1 * b0, s5 += a1 * b1, s6 += a1 * b2, s7 += a1 * b3;
        }
        p[0][o] = PART(s0), p[1][o] = PART(s1), p[2][o] = PART(s2), p[3][o] = PART(s3);
        p[4][o] = PART(s4), p[5][o] = PART(s5), p[6][o] = PART(s6), p[7][o] = PART(s7);
    }
    for (size_t j = 0; j < 4; j++) {
        sums[j] += WHOLE(p[j]);
        sums[stride + j] += WHOLE(p[4 + j]);
    }
}

/* All pairs of two blocks of columns into a COLUMNS × COLUMNS square; of a block with itself the upper
 * triangle. */
TARGET static void NAME(block_products)(const double *a, const double *b, double *square, size_t n_a, size_t n_b)
{
    for (size_t i = 0; i < n_a; i += 2)
        for (size_t j = 0; j < n_b; j += 4)
            if (a != b || j + 3 >= i)
                NAME(two_by_four)(a + i * ROWS, b + j * ROWS, square + i * COLUMNS + j, COLUMNS);
}

/* ROWS values of a column, scaled and about its mean. */
TARGET static void NAME(centre_tile)(const double *x, double scale, double mean, double *tile)
{
    for (size_t k = 0; k < ROWS; k += WIDTH)
        *(NAME(vector) *)(tile + k) = *(const NAME(vector) *)(x + k) * scale - mean;
}

#undef PART
#undef WHOLE
#undef PARTS
#undef WIDTH
#undef NAME
#undef TARGET
