/* Numbers with a unit, as people write them: "5 kg", "12.5%", "EUR 3" is none, "$3.50" is one. */
#ifndef BL_DATA_MEASURE_H
#define BL_DATA_MEASURE_H

#include "batchlab/data.h"

struct bl_measure { double value; const char *before, *unit; size_t n_before, n_unit; };
/* A number behind at most one sign of currency, with at most 12 bytes of unit behind it, which holds no digit. One of both is
 * there, or it is no measure: false. */
bool bl_measure_read(const char *text, struct bl_measure *out);

#endif
