/* The kernels of gram.c, once for each instruction set. Define KERNEL(name), KERNEL_TARGET and
 * KERNEL_ROWS (elements of the left factor held at once) before including. */

/* c[i][j] += sum over rows weight[r] x[r][i] x[r][j] for the upper triangle. Every element is one
 * chain over the rows in order, so that the width of the vectors and the number of registers cannot
 * change a bit. */
KERNEL_TARGET
static void KERNEL(update)(const double *restrict x, const double *restrict weight, size_t rows, size_t width, double *restrict c)
{
    for (size_t j = 0; j < width; j += 8)
        for (size_t i = 0; i < j + 8; i += KERNEL_ROWS) {
            vector8 sum[KERNEL_ROWS];
            _Pragma("GCC unroll 8")
            for (size_t m = 0; m < KERNEL_ROWS; m++)
                sum[m] = *(const vector8 *)(c + (i + m) * width + j);
            for (size_t r = 0; r < rows; r++) {
                const double *left = x + r * width + i;
                vector8 right = weight[r] * *(const vector8 *)(x + r * width + j);
                _Pragma("GCC unroll 8")
                for (size_t m = 0; m < KERNEL_ROWS; m++)
                    sum[m] += left[m] * right;
            }
            _Pragma("GCC unroll 8")
            for (size_t m = 0; m < KERNEL_ROWS; m++)
                *(vector8 *)(c + (i + m) * width + j) = sum[m];
        }
}

/* z[r] = x[r] · theta, 8 accumulators joined in a tree. */
KERNEL_TARGET
static void KERNEL(margins)(const double *restrict x, const double *restrict theta, size_t rows, size_t width, size_t stride, double *restrict z)
{
    for (size_t r = 0; r < rows; r++) {
        vector8 s = *(const vector8 *)theta * *(const vector8 *)(x + r * width);
        for (size_t j = 8; j < width; j += 8)
            s += *(const vector8 *)(theta + j) * *(const vector8 *)(x + r * width + j);
        z[r * stride] = ((s[0] + s[1]) + (s[2] + s[3])) + ((s[4] + s[5]) + (s[6] + s[7]));
    }
}
#undef KERNEL
#undef KERNEL_TARGET
#undef KERNEL_ROWS
