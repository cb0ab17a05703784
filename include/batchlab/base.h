/* base: what every room stands on. Status and error text, memory, growable text, numbers in and
 * out, random streams, lanes (threads with deterministic reductions), hashing, files.
 * Knows no dataset, no model and no terminal. Nothing here prints or exits. */
#ifndef BATCHLAB_BASE_H
#define BATCHLAB_BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define BL_PRINTF(format_at, args_at) __attribute__((format(printf, format_at, args_at)))
#else
#define BL_PRINTF(format_at, args_at)
#endif

/* ---- errors ---------------------------------------------------------------------------------
 * A function that can fail takes a `struct bl_error *err` last and returns false or NULL; the
 * caller owns the struct. `err` may be NULL where the caller does not care. */

enum bl_code {
    BL_OK = 0,
    BL_USAGE,      /* a command or option was written wrongly                  "usage"      */
    BL_UNKNOWN,    /* a name that does not exist                               "unknown"    */
    BL_VALUE,      /* a value out of range or of the wrong kind                "value"      */
    BL_DATA,       /* a file's contents are malformed                          "data"       */
    BL_IO,         /* the system refused                                       "io"         */
    BL_MEMORY,     /* out of memory                                            "memory"     */
    BL_LIMIT,      /* a documented limit was reached                           "limit"      */
    BL_STATE,      /* not possible now: nothing loaded, no run, ...            "state"      */
    BL_DIVERGED,   /* training left the finite numbers                         "diverged"   */
    BL_STOPPED,    /* the user interrupted                                     "interrupted"*/
    BL_UNMET,      /* a `check` did not hold                                   "check"      */
    BL_INTERNAL    /* a fault of ours                                          "internal"   */
};

struct bl_error {
    enum bl_code code;
    char message[600];  /* one sentence, lower case, no full stop, the very value and name  */
    char reason[400];   /* why, if known; "" otherwise                                      */
    char hint[400];     /* something to type; "" otherwise                                  */
    char file[400];     /* data or script file, "" if none                                  */
    size_t line, column;      /* from 1; 0 if unknown; column is the byte where the cell starts */
    size_t word_at, word_len; /* the offending word inside the command line, for the caret;
                                 word_len 0 if unknown                                      */
};

const char *bl_code_name(enum bl_code code);

/* Fills code and message and clears the rest; always returns false, so that reporting and
 * leaving is one statement. Text taken from data is cleaned (bl_text_show) by these functions. */
bool bl_fail(struct bl_error *err, enum bl_code code, const char *format, ...) BL_PRINTF(3, 4);
/* The same with a place: file (may be NULL), line and column from 1, 0 if unknown. */
bool bl_fail_at(struct bl_error *err, enum bl_code code, const char *file, size_t line,
                size_t column, const char *format, ...) BL_PRINTF(6, 7);
/* "cannot VERB 'PATH': strerror(errno_value)", code BL_IO. */
bool bl_fail_io(struct bl_error *err, const char *verb, const char *path, int errno_value);
/* "not enough memory for WHAT", code BL_MEMORY. */
bool bl_fail_memory(struct bl_error *err, const char *what);
/* Add to an error that was filled before; return false too. */
bool bl_hint(struct bl_error *err, const char *format, ...) BL_PRINTF(2, 3);
bool bl_reason(struct bl_error *err, const char *format, ...) BL_PRINTF(2, 3);
/* A name or a path as one word of the command language, in quotes where it needs them: hints can be typed. */
struct bl_typed { char text[200]; };
struct bl_typed bl_typed(const char *name);

/* A list of warnings that a command hands back beside its result. */
struct bl_warnings {
    struct bl_error *items;
    size_t count, capacity;
};
void bl_warn(struct bl_warnings *w, const struct bl_error *what); /* copies; drops what is there already, and on no memory */
void bl_warnf(struct bl_warnings *w, const char *hint, const char *format, ...) BL_PRINTF(3, 4);
void bl_warnings_free(struct bl_warnings *w);

/* The closest of `n` names to `word`, if its edit distance is at most a third of its length
 * (at least 1); NULL if none. */
const char *bl_nearest(const char *word, const char *const *names, size_t n);

/* ---- memory ---------------------------------------------------------------------------------
 * All memory of the engine comes from here, so that tests can let the k-th allocation fail.
 * count × each is checked for overflow. Zeroed. Release with bl_free (NULL is fine). A size of
 * zero gives a block of one byte, so that NULL only ever means failure. */
void *bl_calloc(size_t count, size_t each);
void *bl_realloc(void *old, size_t count, size_t each); /* what is added is not zeroed; the alignment
                                                           of bl_aligned is not kept */
/* 64-byte aligned. From 4 MiB a mapping of its own on huge pages: zero pages that are first
 * touched by whoever writes them, and given back to the system by bl_free. */
void *bl_aligned(size_t count, size_t each);
void bl_free(void *p);
char *bl_strdup(const char *s);
char *bl_strndup(const char *s, size_t n);
/* Test hook: allocation number n (from 1) from now fails, once or for good; 0 switches it off. */
void bl_alloc_fail_at(uint64_t n, bool for_good);
uint64_t bl_alloc_count(void);
/* Bytes that may still be taken: 3/4 of what the machine or its control group allows, or the
 * limit set with bl_memory_limit_set, minus what is in use. */
size_t bl_memory_limit(void);
void bl_memory_limit_set(size_t bytes);

struct bl_arena; /* many small objects with one end */
struct bl_arena *bl_arena_create(size_t block);
void *bl_arena_take(struct bl_arena *a, size_t count, size_t each); /* 16-byte aligned, zeroed; NULL on no memory */
char *bl_arena_text(struct bl_arena *a, const char *s, size_t n);   /* copy, NUL-terminated */
void bl_arena_reset(struct bl_arena *a);
size_t bl_arena_bytes(const struct bl_arena *a);
void bl_arena_free(struct bl_arena *a);

/* ---- growable text --------------------------------------------------------------------------
 * Zero-initialised is empty and valid. After a failed allocation `failed` is set and further
 * additions do nothing: check once at the end. */
struct bl_text {
    char *at; /* NUL-terminated, or NULL while empty */
    size_t length, capacity;
    bool failed;
};
void bl_text_add(struct bl_text *t, const char *s);
void bl_text_addn(struct bl_text *t, const char *s, size_t n);
void bl_text_addf(struct bl_text *t, const char *format, ...) BL_PRINTF(2, 3);
void bl_text_addv(struct bl_text *t, const char *format, va_list args) BL_PRINTF(2, 0);
void bl_text_repeat(struct bl_text *t, const char *s, size_t times);
void bl_text_clear(struct bl_text *t);
const char *bl_text_get(const struct bl_text *t); /* never NULL */
char *bl_text_take(struct bl_text *t);            /* hands over the bytes (bl_free); NULL on failure */
void bl_text_free(struct bl_text *t);

/* Appends bytes of foreign origin, made safe for a screen: printable characters of valid UTF-8
 * stay; control characters, invalid bytes, bidirectional and zero-width characters and more than
 * 8 combining marks in a row are written \xNN or \u{N}. */
void bl_text_show(struct bl_text *t, const char *bytes, size_t n);
/* The same into a buffer of fixed size (always terminated, cut at a character with '~'). */
const char *bl_show(char *buffer, size_t size, const char *bytes, size_t n);

/* UTF-8: decodes one character, returns its length in bytes (1 to 4) or 0 if invalid. */
size_t bl_utf8_decode(const char *s, size_t n, uint32_t *code);
size_t bl_utf8_encode(uint32_t code, char out[4]);
/* Terminal columns of a character (0, 1, 2) and of a text, independent of the locale. */
int bl_utf8_width(uint32_t code);
size_t bl_text_width(const char *s, size_t n);
/* How many bytes of s fit in `columns`. */
size_t bl_text_fit(const char *s, size_t n, size_t columns);
int bl_natural_compare(const char *a, const char *b); /* digits by value, else bytes */

/* ---- numbers --------------------------------------------------------------------------------*/
/* Reads one number that fills [s, s+n) completely (blanks around it are allowed): decimal or
 * scientific form, correctly rounded, '.' as mark in every locale. "inf", "nan", hexadecimal and
 * digit groups are not numbers. Values beyond the range of double are refused (false). */
bool bl_number_parse(const char *s, size_t n, double *value); /* too small: rounds to 0 */
bool bl_number_beyond(const char *s, size_t n); /* a number that is refused since it is too large */
bool bl_integer_parse(const char *s, size_t n, int64_t *value);
/* `digits` significant digits, trailing zeros kept; exponent form below 1e-4 and from 1e6
 * ("2.530e-05"); "nan", "inf", "-inf"; whole numbers beyond `digits` are not shortened when
 * |x| < 1e6. Returns buffer. */
const char *bl_number_format(char *buffer, size_t size, double x, int digits);
/* The shortest of its correctly rounded forms that reads back as the same double (at most 17
 * digits). */
const char *bl_number_exact(char *buffer, size_t size, double x);
/* 17 significant digits, for files ("%.17g"). */
const char *bl_number_full(char *buffer, size_t size, double x);
/* Short label for axes and status lines: 950, 1.5k, 2M, 3.1G. */
const char *bl_count_format(char *buffer, size_t size, double count);
const char *bl_bytes_format(char *buffer, size_t size, double bytes);      /* 266 MB */
const char *bl_seconds_format(char *buffer, size_t size, double seconds);  /* 7.7 us, 3.1 ms, 1.50 s, 2:05, 1:02:05 */

/* Elementary functions of our own: the same bits on every processor, at most 1 unit in the last
 * place. exp underflows to 0 and overflows to inf; the arrays may be the same. */
double bl_exp(double x);
double bl_log(double x);   /* x > 0; -inf at 0; nan below */
double bl_log1p(double x);
double bl_expm1(double x);
double bl_tanh(double x);
double bl_sinpi(double x); /* sin and cos of pi times x: exact at halves and wholes, any finite x */
double bl_cospi(double x);
void bl_exp_array(const double *x, double *out, size_t n);
/* Pairwise sum in blocks of 128 with 8 accumulators, then a binary tree (reliability of sums). */
double bl_sum(const double *x, size_t n);
/* Compensated: a running sum and its error (Neumaier 1974). Value = s + e. */
struct bl_sum2 { double s, e; };
void bl_sum2_add(struct bl_sum2 *sum, double x);
double bl_sum2_value(struct bl_sum2 sum);

/* ---- random streams -------------------------------------------------------------------------
 * philox4x32-10 (Salmon and others, SC 2011). A stream is named by (seed, purpose, epoch, index):
 * no state is shared, so the order in which streams are used cannot matter. */
enum bl_purpose { /* only ever grows at the end: numbers are part of saved runs */
    BL_FOR_SPLIT = 1, BL_FOR_SHUFFLE, BL_FOR_INIT, BL_FOR_DROPOUT, BL_FOR_SAMPLE, BL_FOR_FOLD,
    BL_FOR_BOOTSTRAP, BL_FOR_GENERATE, BL_FOR_SKETCH, BL_FOR_TUNE, BL_FOR_NOISE
};
struct bl_random {
    uint32_t key[2], counter[4], block[4];
    unsigned used; /* words of block already given */
};
void bl_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);
struct bl_random bl_random_stream(uint64_t seed, enum bl_purpose purpose, uint32_t epoch, uint32_t index);
uint32_t bl_random_u32(struct bl_random *r);
uint64_t bl_random_u64(struct bl_random *r);
double bl_random_unit(struct bl_random *r);   /* [0, 1), 53 bits */
double bl_random_normal(struct bl_random *r); /* mean 0, variance 1; polar method (Marsaglia 1964) on bl_log */
uint64_t bl_random_below(struct bl_random *r, uint64_t n); /* unbiased, n > 0 */
void bl_random_shuffle(struct bl_random *r, uint32_t *items, size_t n); /* Fisher-Yates */

/* ---- lanes ----------------------------------------------------------------------------------
 * A sum over rows is cut by the data alone, never by the threads, and joined in a fixed tree:
 * the same bits for every number of threads. */
#define BL_LANE_CHUNK 256
#define BL_LANES_MAX 64
size_t bl_lanes(size_t n_rows);                           /* clamp(ceil(n/256), 1, 64); 0 rows: 1 */
size_t bl_lane_begin(size_t n_rows, size_t lanes, size_t lane); /* floor(n·lane/lanes) */
/* lane[0] += lane[1] ... in the tree for (w = 1; w < n; w *= 2); `length` doubles a lane, lanes
 * `stride` doubles apart. */
void bl_lanes_join(double *lanes, size_t n, size_t length, size_t stride);

struct bl_pool; /* persistent POSIX threads; the caller works too */
struct bl_pool *bl_pool_create(size_t threads, struct bl_error *err); /* threads >= 1, counts the caller */
size_t bl_pool_threads(const struct bl_pool *p);                      /* NULL: 1 */
/* Calls task(context, i, worker) for i in [0, n), each once, in any order, on any worker
 * (0 <= worker < threads); returns when all are done. From inside a task, or with p NULL, it runs
 * serially. Safe to call from several threads at once (the second caller runs serially). */
void bl_pool_run(struct bl_pool *p, size_t n, void (*task)(void *context, size_t i, size_t worker), void *context);
void bl_pool_free(struct bl_pool *p);
size_t bl_processors(void); /* those this process may use */

/* A flag that stops long work at its next chunk, and a way to tell how far it is. Both may be
 * read and written from any thread; all long operations take one (NULL: never stopped). */
struct bl_progress {
    _Atomic bool stop;
    _Atomic uint64_t done, total; /* total 0: unknown */
    const char *_Atomic what;     /* static text: "reading", "training" */
};
bool bl_stopped(const struct bl_progress *p);
void bl_progress_start(struct bl_progress *p, const char *what, uint64_t total);
void bl_progress_add(struct bl_progress *p, uint64_t n);

/* ---- vector units ---------------------------------------------------------------------------
 * A kernel is compiled for several units (BL_AVX2 static void kernel_avx2(...)) and picked at run
 * time; its sums keep one association, so that all give the same bits. */
#define BL_INLINE static inline __attribute__((always_inline))
#if (defined(__x86_64__) || defined(__i386__)) && defined(__GNUC__)
#define BL_X86 1
#define BL_SSE4 __attribute__((target("sse4.1,ssse3,popcnt")))
#define BL_AVX2 __attribute__((target("avx2,bmi,bmi2,popcnt")))
#define BL_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512cd,avx512vbmi2,avx2,bmi,bmi2,lzcnt,popcnt")))
#else
#define BL_X86 0
#endif
enum bl_units { BL_UNITS_NONE, BL_UNITS_BASE, BL_UNITS_AVX2 /* has SSE4.1 and BMI2 */, BL_UNITS_AVX512 /* F, BW, VL, DQ, CD, VBMI2 */ };
enum bl_units bl_units(void);
void bl_units_limit(enum bl_units most); /* tests: no better ones from now on; BL_UNITS_AVX512: all again */

/* ---- clock ----------------------------------------------------------------------------------*/
double bl_now(void); /* monotonic seconds; with BATCHLAB_CLOCK=fixed a count that never moves (0) */
/* "12:04:31" of the wall clock, "12:00:00" with BATCHLAB_CLOCK=fixed. */
const char *bl_wall_clock(char buffer[16]);

/* ---- hashing --------------------------------------------------------------------------------*/
struct bl_sha256 { uint32_t h[8]; uint64_t bytes; uint8_t block[64]; };
void bl_sha256_start(struct bl_sha256 *s);
void bl_sha256_add(struct bl_sha256 *s, const void *bytes, size_t n);
void bl_sha256_end(struct bl_sha256 *s, char hex[65]);
uint64_t bl_hash(const void *bytes, size_t n, uint64_t key); /* for tables in memory only */

/* Text to small number, for dictionaries of levels. Texts are copied. */
struct bl_names;
struct bl_names *bl_names_create(void);
/* Number of the text, added if new; SIZE_MAX on no memory. */
size_t bl_names_add(struct bl_names *m, const char *s, size_t n);
/* The same for many, one after the other, faster: looking one up begins while others wait for memory. */
struct bl_string { const char *at; size_t length; };
bool bl_names_add_all(struct bl_names *m, const struct bl_string *texts, size_t n, uint32_t *numbers);
size_t bl_names_find(const struct bl_names *m, const char *s, size_t n); /* SIZE_MAX: unknown */
size_t bl_names_count(const struct bl_names *m);
const char *bl_names_at(const struct bl_names *m, size_t i, size_t *length);
void bl_names_free(struct bl_names *m);

/* ---- files ----------------------------------------------------------------------------------*/
/* A regular file (or, with pipes, a FIFO or standard input "-") opened for reading; a directory,
 * device or socket is refused by name. */
struct bl_input { int fd; uint64_t size; bool regular; char *path; };
bool bl_input_open(struct bl_input *in, const char *path, bool pipes, struct bl_error *err);
void bl_input_close(struct bl_input *in);
/* Whole file into memory (at most limit bytes), one NUL behind; *bytes to be freed with bl_free. */
bool bl_file_read(const char *path, size_t limit, char **bytes, size_t *size, struct bl_error *err);

/* Atomic save: nothing is at `path` until bl_save_commit returned true, and then all of it.
 * Write to a temporary beside it, fsync, rename, fsync of the folder. */
struct bl_save;
struct bl_save *bl_save_open(const char *path, bool overwrite, struct bl_error *err);
/* Without it only the user may read the file; with it the umask decides, as for exports. */
bool bl_save_public(struct bl_save *s, struct bl_error *err);
bool bl_save_write(struct bl_save *s, const void *bytes, size_t n, struct bl_error *err);
bool bl_save_commit(struct bl_save *s, struct bl_error *err); /* frees s in any case */
void bl_save_abandon(struct bl_save *s);                      /* frees s, NULL is fine */
/* mkdir -p with mode 0700. */
bool bl_folder_make(const char *path, struct bl_error *err);

#endif
