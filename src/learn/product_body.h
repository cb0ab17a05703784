/* Our own products, written once. product_base.c, product_avx2.c and product_avx512.c choose BYTES of a
 * register, TARGET and PRODUCTS, and read this for REAL double and float. Each number of c is its old value
 * (or 0) plus the k terms one after the other: no register width changes a bit, no row looks at another. */
#define WIDTH (BYTES / sizeof(REAL))
#define COLUMNS (2 * WIDTH) /* of c that a tile works on */
#define TILE 4              /* rows */
#define FN static inline __attribute__((always_inline)) TARGET

typedef REAL OF(vector) __attribute__((vector_size(BYTES)));

FN OF(vector) OF(load)(const REAL *from)
{
    OF(vector) v;
    __builtin_memcpy(&v, from, sizeof v);
    return v;
}

FN void OF(store)(REAL *to, OF(vector) v)
{
    __builtin_memcpy(to, &v, sizeof v);
}

struct OF(tile) { /* a(i, l) is a[i * a_row + l * a_step]; b is packed, COLUMNS numbers a step */
    const REAL *a, *b;
    size_t a_row, a_step, k;
    REAL *c;
    size_t ldc, columns;
    bool add;
};

/* Columns that are not there are worked on in a copy. */
FN void OF(tile_of)(const struct OF(tile) *t, size_t rows)
{
    OF(vector) low[TILE], high[TILE];
    REAL edge[TILE * COLUMNS] = {0};
    bool whole = t->columns == COLUMNS;
    REAL *c = whole ? t->c : edge;
    size_t ldc = whole ? t->ldc : COLUMNS;

    for (size_t i = 0; !whole && t->add && i < rows; i++)
        __builtin_memcpy(edge + i * COLUMNS, t->c + i * t->ldc, t->columns * sizeof(REAL));
    _Pragma("GCC unroll 4")
    for (size_t i = 0; i < rows; i++) {
        low[i] = t->add ? OF(load)(c + i * ldc) : (OF(vector)){0};
        high[i] = t->add ? OF(load)(c + i * ldc + WIDTH) : (OF(vector)){0};
    }
    for (size_t l = 0; l < t->k; l++) {
        OF(vector) b0 = OF(load)(t->b + l * COLUMNS), b1 = OF(load)(t->b + l * COLUMNS + WIDTH);
        _Pragma("GCC unroll 4")
        for (size_t i = 0; i < rows; i++) {
            OF(vector) a = t->a[i * t->a_row + l * t->a_step] - (OF(vector)){0};
            low[i] += a * b0;
            high[i] += a * b1;
        }
    }
    _Pragma("GCC unroll 4")
    for (size_t i = 0; i < rows; i++) {
        OF(store)(c + i * ldc, low[i]);
        OF(store)(c + i * ldc + WIDTH, high[i]);
    }
    for (size_t i = 0; !whole && i < rows; i++)
        __builtin_memcpy(t->c + i * t->ldc, edge + i * COLUMNS, t->columns * sizeof(REAL));
}

/* COLUMNS columns of b from j, step by step; those beyond the last are 0. */
FN void OF(pack)(const REAL *b, size_t b_step, size_t b_column, size_t k, size_t columns, REAL *out)
{
    for (size_t l = 0; l < k; l++)
        for (size_t j = 0; j < COLUMNS; j++)
            out[l * COLUMNS + j] = j < columns ? b[l * b_step + j * b_column] : 0;
}

struct OF(steps) { size_t a_row, a_step, b_step, b_column; };

/* The terms from `from` on, at most BL_PRODUCT_STEPS of them, in COLUMNS columns from j. */
FN void OF(columns)(const struct bl_product *p, struct OF(steps) s, size_t j, size_t from)
{
    size_t k = p->k - from < BL_PRODUCT_STEPS ? p->k - from : BL_PRODUCT_STEPS, i = 0;
    struct OF(tile) t = {.a = (const REAL *)p->a + from * s.a_step, .b = p->scratch, .a_row = s.a_row, .a_step = s.a_step, .k = k,
                         .c = (REAL *)p->c + j, .ldc = p->ldc, .columns = p->n - j < COLUMNS ? p->n - j : COLUMNS, .add = p->add || from};

    OF(pack)((const REAL *)p->b + j * s.b_column + from * s.b_step, s.b_step, s.b_column, k, t.columns, p->scratch);
    for (; i + TILE <= p->m; i += TILE, t.a += TILE * s.a_row, t.c += TILE * p->ldc)
        OF(tile_of)(&t, TILE);
    for (; i < p->m; i++, t.a += s.a_row, t.c += p->ldc)
        OF(tile_of)(&t, 1);
}

FN void OF(product)(const struct bl_product *p, struct OF(steps) s)
{
    for (size_t from = 0; from < p->k; from += BL_PRODUCT_STEPS)
        for (size_t j = 0; j < p->n; j += COLUMNS)
            OF(columns)(p, s, j, from);
}

TARGET static void OF(nt)(const struct bl_product *p)
{
    OF(product)(p, (struct OF(steps)){p->lda, 1, 1, p->ldb});
}

TARGET static void OF(tn)(const struct bl_product *p)
{
    OF(product)(p, (struct OF(steps)){1, p->lda, p->ldb, 1});
}

TARGET static void OF(nn)(const struct bl_product *p)
{
    OF(product)(p, (struct OF(steps)){p->lda, 1, p->ldb, 1});
}

const struct bl_products PRODUCTS = {.nt = OF(nt), .tn = OF(tn), .nn = OF(nn)};

#undef WIDTH
#undef COLUMNS
#undef TILE
#undef FN
