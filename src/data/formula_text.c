/* What can be asked of a text, word by word. Characters are those of UTF-8 whatever the locale of the user, so that
 * the same expression finds the same rows everywhere. */
#define _GNU_SOURCE
#include "formula.h"
#include "measure.h"

#include <ctype.h>
#include <locale.h>
#include <math.h>
#include <regex.h>
#include <string.h>
#include <wctype.h>

#include "dates.h"

enum { PATTERN_MAX = 512, REPEATS_MAX = 1000 };

/* ---- patterns -------------------------------------------------------------------------------------*/

/* Counted repeats multiply where they nest and references back make matching slow without bound: what a
 * pattern may ask for is limited before it is compiled. */
static bool pattern_bounded(const char *pattern, struct bl_error *err)
{
    double repeats = 1;

    if (strlen(pattern) > PATTERN_MAX)
        return bl_fail(err, BL_LIMIT, "a pattern of %zu bytes is longer than the limit of %d", strlen(pattern), (int)PATTERN_MAX);
    for (const char *s = pattern; *s; s++) {
        if (*s == '\\' && s[1]) {
            if (isdigit((unsigned char)*++s))
                return bl_fail(err, BL_VALUE, "the pattern '%s' refers back to a group, which is not supported", pattern);
        } else if (*s == '{') {
            int64_t most = 0;

            for (s++; *s && *s != '}'; s++)
                most = isdigit((unsigned char)*s) ? (most < 100000 ? most * 10 + (*s - '0') : most) : 0;
            repeats *= most > 1 ? (double)most : 1;
            if (!*s)
                break;
        }
    }
    return repeats <= REPEATS_MAX || bl_fail(err, BL_LIMIT, "the pattern '%s' repeats its parts more than %d times", pattern, (int)REPEATS_MAX);
}

static bool match_all(const char *pattern, const char *const *words, size_t n, double *out, struct bl_error *err)
{
    char why[120];
    regex_t r;
    int failed = regcomp(&r, pattern, REG_EXTENDED | REG_NOSUB);

    if (failed) {
        regerror(failed, &r, why, sizeof why);
        return bl_fail(err, BL_VALUE, "the pattern '%s' cannot be used: %s", pattern, why);
    }
    for (size_t i = 0; i < n; i++)
        out[i] = regexec(&r, words[i], 0, NULL, 0) == 0;
    regfree(&r);
    return true;
}

static bool words_match(const char *pattern, const char *const *words, size_t n, double *out, struct bl_error *err)
{
    locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0), before = utf8 ? uselocale(utf8) : (locale_t)0;
    bool fine = pattern_bounded(pattern, err) && match_all(pattern, words, n, out, err);

    if (utf8) {
        uselocale(before);
        freelocale(utf8);
    }
    if (!fine)
        bl_hint(err, "a pattern such as '^A.*z$', '[0-9]+' or 'red|blue'; contains looks for plain text");
    return fine;
}

bool bl_words_test(enum bl_op op, const char *pattern, const char *const *words, size_t n, double *out, struct bl_error *err)
{
    const size_t length = strlen(pattern);

    if (op == BL_OP_MATCHES)
        return words_match(pattern, words, n, out, err);
    for (size_t i = 0; i < n; i++) {
        const size_t all = strlen(words[i]);

        if (op == BL_OP_CONTAINS)
            out[i] = strstr(words[i], pattern) != NULL;
        else
            out[i] = all >= length && memcmp(words[i] + (op == BL_OP_ENDS ? all - length : 0), pattern, length) == 0;
    }
    return true;
}

/* ---- numbers of words ------------------------------------------------------------------------------*/

static double length_of(const char *s)
{
    double n = 0;

    for (size_t left = strlen(s); left; n++) {
        uint32_t code;
        size_t step = bl_utf8_decode(s, left, &code);

        step = step ? step : 1;
        s += step;
        left -= step;
    }
    return n;
}

/* "5 kg" is 5, as "5" is. */
static double number_of(const char *s)
{
    struct bl_measure m;
    double x;

    return bl_number_parse(s, strlen(s), &x) ? x : bl_measure_read(s, &m) ? m.value : NAN;
}

static double date_of_word(const char *s)
{
    double x;

    for (int form = BL_DATE_ISO; form < BL_DATE_DAY; form++)
        if (bl_date_parse(s, strlen(s), (enum bl_date_form)form, &x))
            return x;
    return NAN;
}

void bl_words_numbers(enum bl_op op, const char *const *words, size_t n, double *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = op == BL_OP_LENGTH ? length_of(words[i]) : op == BL_OP_TO_NUMBER ? number_of(words[i]) : date_of_word(words[i]);
}

/* ---- words of words ---------------------------------------------------------------------------------*/

static char *trimmed(const char *s)
{
    const char *end = s + strlen(s);

    while (isspace((unsigned char)*s))
        s++;
    while (end > s && isspace((unsigned char)end[-1]))
        end--;
    return bl_strndup(s, (size_t)(end - s));
}

char *bl_word_change(enum bl_op op, const char *word)
{
    locale_t utf8;
    struct bl_text out = { 0 };

    if (op == BL_OP_TRIM)
        return trimmed(word);
    utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    for (size_t left = strlen(word); left;) {
        uint32_t code = (unsigned char)*word;
        size_t n = bl_utf8_decode(word, left, &code);
        char bytes[4] = { *word };

        if (n && (utf8 || code < 128)) {
            code = utf8 ? (uint32_t)(op == BL_OP_LOWER ? towlower_l((wint_t)code, utf8) : towupper_l((wint_t)code, utf8))
                        : (uint32_t)(op == BL_OP_LOWER ? tolower((int)code) : toupper((int)code));
            bl_text_addn(&out, bytes, bl_utf8_encode(code, bytes));
        } else {
            bl_text_addn(&out, word, n ? n : 1);
        }
        word += n ? n : 1;
        left -= n ? n : 1;
    }
    if (utf8)
        freelocale(utf8);
    return out.length || out.failed ? bl_text_take(&out) : bl_strdup("");
}
