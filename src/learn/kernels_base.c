/* The kernels for every processor: pairs of doubles, which all 64-bit units have. */
#define LANES 2
#define TARGET
#define NAME(objective) bl_##objective##_base
#include "src/learn/kernel_body.h"
