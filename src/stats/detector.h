/* The detectors, each in its file. */
#ifndef BL_STATS_DETECTOR_H
#define BL_STATS_DETECTOR_H

#include "batchlab/stats.h"

extern const struct bl_detector_type bl_detector_page_hinkley, bl_detector_ddm, bl_detector_eddm, bl_detector_adwin, bl_detector_kswin;

#endif
