/* The rank-k update, once for each instruction set: c[i][j] += sum over rows a[r][i] b[r][j] for the
 * upper triangle. Every element is one chain over the rows in order, so that the width of the
 * vectors and the number of registers cannot change a bit. Define KERNEL_NAME, KERNEL_TARGET and
 * KERNEL_ROWS (elements of a held at once) before including. */
KERNEL_TARGET
static void KERNEL_NAME(const double *restrict a, const double *restrict b, size_t rows, size_t width, double *restrict c)
{
    for (size_t j = 0; j < width; j += 8)
        for (size_t i = 0; i < j + 8; i += KERNEL_ROWS) {
            vector8 sum[KERNEL_ROWS];
            _Pragma("GCC unroll 8")
            for (size_t m = 0; m < KERNEL_ROWS; m++)
                sum[m] = *(const vector8 *)(c + (i + m) * width + j);
            for (size_t r = 0; r < rows; r++) {
                const double *left = a + r * width + i;
                vector8 right = *(const vector8 *)(b + r * width + j);
                _Pragma("GCC unroll 8")
                for (size_t m = 0; m < KERNEL_ROWS; m++)
                    sum[m] += left[m] * right;
            }
            _Pragma("GCC unroll 8")
            for (size_t m = 0; m < KERNEL_ROWS; m++)
                *(vector8 *)(c + (i + m) * width + j) = sum[m];
        }
}
#undef KERNEL_NAME
#undef KERNEL_TARGET
#undef KERNEL_ROWS
