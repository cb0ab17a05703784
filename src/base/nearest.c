/* "Did you mean": the closest of some names. */
#include "batchlab/base.h"

#include <string.h>

#define WORD_MAX 64 /* longer words are not misspelt names */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Insertions, deletions, replacements and swaps of neighbours (Damerau 1964, Levenshtein 1966;
 * the restricted form, in which no part is edited twice). */
static size_t edit_distance(const char *a, size_t m, const char *b, size_t n)
{
    size_t rows[3][WORD_MAX + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];

    for (size_t j = 0; j <= n; j++)
        above[j] = j;
    for (size_t i = 1; i <= m; i++) {
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            row[j] = above[j - 1] + (a[i - 1] != b[j - 1]);
            row[j] = least(row[j], least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], before[j - 2] + 1);
        }
        size_t *next = before;
        before = above;
        above = row;
        row = next;
    }
    return above[n];
}

const char *bl_nearest(const char *word, const char *const *names, size_t n)
{
    size_t length = strlen(word);
    size_t limit = length / 3 ? length / 3 : 1;
    const char *best = NULL;

    if (length == 0 || length > WORD_MAX)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        size_t other = strlen(names[i]);

        if (other > WORD_MAX || other > length + limit || length > other + limit)
            continue;
        size_t distance = edit_distance(word, length, names[i], other);

        if (distance < limit || (distance == limit && !best)) {
            best = names[i];
            limit = distance;
        }
    }
    return best;
}
