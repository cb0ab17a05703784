/* The charts that the tests compare with golden pictures and that tests/plot/show prints. */
#ifndef BL_TESTS_PLOT_SCENES_H
#define BL_TESTS_PLOT_SCENES_H

#include "batchlab/plot.h"

struct scene {
    const char *name;
    void (*draw)(struct bl_canvas *c, struct bl_rect r);
};
extern const struct scene scenes[];
extern const size_t n_scenes;

#endif
