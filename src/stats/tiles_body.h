/* The two passes over a tile for vectors of WIDTH doubles; included once for each width. All widths
 * keep 8 accumulators joined as ((0+1)+(2+3))+((4+5)+(6+7)): narrow vectors go over the tile (which is
 * in the cache) once for each of their parts of the 8. So all give the same bits. */

typedef double NAME(vector) __attribute__((vector_size(8 * WIDTH), aligned(8), may_alias));
typedef int64_t NAME(masks) __attribute__((vector_size(8 * WIDTH)));

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
#define CHOSEN(where, a, b) ((NAME(vector))(((NAME(masks))(a) & (where)) | ((NAME(masks))(b) & ~(where))))

/* Mean, least and largest. */
TARGET static void NAME(first_pass)(const double *y, size_t n, struct bl_tile *t)
{
    double sums[PARTS], rest = 0;
    size_t eights = n / 8 * 8;

    t->min = t->max = y[0];
    for (size_t p = 0; p < PARTS; p++) {
        NAME(vector) sum = { 0 }, low = y[0] - (NAME(vector)){ 0 }, high = low;

        for (size_t i = p * WIDTH; i < eights; i += 8) {
            NAME(vector) v = *(const NAME(vector) *)(y + i);

            sum += v;
            low = CHOSEN(v < low, v, low);
            high = CHOSEN(v > high, v, high);
        }
        sums[p] = PART(sum);
        for (int k = 0; k < WIDTH; k++) {
            t->min = low[k] < t->min ? low[k] : t->min;
            t->max = high[k] > t->max ? high[k] : t->max;
        }
    }
    for (size_t i = eights; i < n; i++) {
        rest += y[i];
        t->min = y[i] < t->min ? y[i] : t->min;
        t->max = y[i] > t->max ? y[i] : t->max;
    }
    t->at = (WHOLE(sums) + rest) / (double)n;
}

/* Powers of the deviations, and products of neighbours. */
TARGET static void NAME(second_pass)(const double *y, size_t n, struct bl_tile *t)
{
    double p1[PARTS], p2[PARTS], p3[PARTS], p4[PARTS], p5[PARTS];
    size_t eights = (n - 1) / 8 * 8; /* each needs the value behind it */
    const NAME(vector) at = (NAME(vector)){ 0 } + t->at;

    for (size_t p = 0; p < PARTS; p++) {
        NAME(vector) s1 = { 0 }, s2 = { 0 }, s3 = { 0 }, s4 = { 0 }, pairs = { 0 };

        for (size_t i = p * WIDTH; i < eights; i += 8) {
            NAME(vector) d = *(const NAME(vector) *)(y + i) - at, next = *(const NAME(vector) *)(y + i + 1) - at, d2 = d * d;

            s1 += d;
            s2 += d2;
            s3 += d2 * d;
            s4 += d2 * d2;
            pairs += d * next;
        }
        p1[p] = PART(s1), p2[p] = PART(s2), p3[p] = PART(s3), p4[p] = PART(s4), p5[p] = PART(pairs);
    }
    t->s1 = WHOLE(p1), t->s2 = WHOLE(p2), t->s3 = WHOLE(p3), t->s4 = WHOLE(p4), t->pairs = WHOLE(p5);
    for (size_t i = eights; i < n; i++) {
        double d = y[i] - t->at, d2 = d * d;

        t->s1 += d;
        t->s2 += d2;
        t->s3 += d2 * d;
        t->s4 += d2 * d2;
        t->pairs += i + 1 < n ? d * (y[i + 1] - t->at) : 0;
    }
}

TARGET static bool NAME(has_gaps)(const double *x, size_t n)
{
    NAME(masks) gaps = { 0 };
    size_t i = 0;
    bool any = false;

    for (; i + WIDTH <= n; i += WIDTH) {
        NAME(vector) v = *(const NAME(vector) *)(x + i);

        gaps |= v != v;
    }
    for (int k = 0; k < WIDTH; k++)
        any = any || gaps[k];
    for (; i < n; i++)
        any = any || x[i] != x[i];
    return any;
}

/* The present values, scaled; returns how many. */
TARGET static size_t NAME(gather)(const double *x, size_t n, double scale, double *y)
{
    size_t present = 0;

    for (size_t i = 0; i < n; i++) {
        y[present] = x[i] * scale;
        present += x[i] == x[i];
    }
    return present;
}

TARGET static void NAME(tile)(const double *x, size_t n, double scale, struct bl_tile *t)
{
    double room[BL_TILE + 1];
    const double *y = x; /* as it lies there, mostly */
    size_t present = n;

    if (scale != 1 || NAME(has_gaps)(x, n)) {
        present = NAME(gather)(x, n, scale, room);
        y = room;
    }
    *t = (struct bl_tile){ .n = (double)present };
    if (!present)
        return;
    NAME(first_pass)(y, present, t);
    t->first = y[0];
    t->last = y[present - 1];
    if (t->min == t->max)
        t->at = t->min; /* a constant has no deviations, not even of rounding */
    else
        NAME(second_pass)(y, present, t);
}

#undef PART
#undef WHOLE
#undef PARTS
#undef CHOSEN
#undef WIDTH
#undef NAME
#undef TARGET
