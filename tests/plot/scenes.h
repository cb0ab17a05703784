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

/* Of scenes_stats.c. */
double noise(unsigned i); /* in [-0.5, 0.5), the same everywhere */
void draw_heat(struct bl_canvas *c, struct bl_rect r);
void draw_heat_wide(struct bl_canvas *c, struct bl_rect r);
void draw_box(struct bl_canvas *c, struct bl_rect r);
void draw_boxes(struct bl_canvas *c, struct bl_rect r);
void draw_qq(struct bl_canvas *c, struct bl_rect r);
void draw_scree(struct bl_canvas *c, struct bl_rect r);
void draw_pairs(struct bl_canvas *c, struct bl_rect r);
void draw_pairs_cloud(struct bl_canvas *c, struct bl_rect r);
void draw_biplot(struct bl_canvas *c, struct bl_rect r);
void draw_density(struct bl_canvas *c, struct bl_rect r);

/* Of scenes_field.c. */
void draw_regions(struct bl_canvas *c, struct bl_rect r);
void draw_regions_three(struct bl_canvas *c, struct bl_rect r);
void draw_contour(struct bl_canvas *c, struct bl_rect r);

#endif
