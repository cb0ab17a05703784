/* Moments of a column in tiles of rows. The tiles are cut by the data alone and joined in order, so
 * the sums have the same bits for every number of threads. */
#ifndef BL_STATS_TILES_H
#define BL_STATS_TILES_H

#include "batchlab/stats.h"

#define BL_TILE 1024 /* rows; two passes over one stay in the first-level cache */

/* Sums over the n present values of one tile, about its own mean `at` (as rounded). */
struct bl_tile {
    double n, at;
    double s1, s2, s3, s4; /* sums of (x - at)^k */
    double pairs;          /* sum of (x_t - at)(x_{t+1} - at) over neighbours inside the tile */
    double first, last, min, max;
};
size_t bl_tiles(size_t n_rows);
/* Of the values x[i] * scale, scale a power of two; NaN is skipped. */
void bl_tile_of(const double *x, size_t n, double scale, struct bl_tile *t);

/* A whole column: its moments (of the scaled values) and the sum of products of neighbours about the
 * mean. */
struct bl_column_sums { struct bl_moments moments; double pairs; };
struct bl_column_sums bl_tiles_join(const struct bl_tile *tiles, size_t n);

/* The power of two that keeps fourth powers of values in [min, max] inside the range of double: 1
 * unless the values are huge or tiny. */
double bl_scale_for(double min, double max);

#endif
