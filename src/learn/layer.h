/* Included by a layer_NAME.c, which then holds its code once for both precisions: BODY names the file
 * itself, whose part under #else is read with REAL double and float, and OF(name) for their names. */
#include "src/learn/network.h"

#include <math.h>
#include <string.h>

#define REAL double
#define OF(name) name##_double
#include BODY
#undef REAL
#undef OF

#define REAL float
#define OF(name) name##_float
#include BODY
#undef REAL
#undef OF

#define BOTH {{forward_double, backward_double, NULL}, {forward_float, backward_float, NULL}}
