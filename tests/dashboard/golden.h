/* Whole screens as text: tests/screens/NAME.SIZE.txt in UTF-8, .ascii.txt in ASCII, .colour.txt in UTF-8 with the colours
 * of a terminal that has 256 (to be looked at with cat). */
#ifndef TESTS_DASHBOARD_GOLDEN_H
#define TESTS_DASHBOARD_GOLDEN_H

#include "batchlab/base.h"

/* mode: "", ".ascii", ".colour". Compares with the file; with UPDATE in the environment it is written anew instead. */
void golden_check(const char *name, const char *size, const char *mode, const struct bl_text *found);

#endif
