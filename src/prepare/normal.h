/* The normal distribution. Private to the room. */
#ifndef BATCHLAB_PREPARE_NORMAL_H
#define BATCHLAB_PREPARE_NORMAL_H

/* The z below which a normal variable lies with probability p, 0 < p < 1: about 16 digits. */
double bl_normal_quantile(double p);

#endif
