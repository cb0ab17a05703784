/* Whole screens as text: tests/screens/NAME.SIZE.txt in UTF-8, NAME.SIZE.ascii.txt in ASCII. */
#ifndef TESTS_DASHBOARD_GOLDEN_H
#define TESTS_DASHBOARD_GOLDEN_H

#include "batchlab/base.h"

/* Compares with the file; with UPDATE in the environment it is written anew instead. */
void golden_check(const char *name, const char *size, bool ascii, const struct bl_text *found);

#endif
