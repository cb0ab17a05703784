/* Detectors of drift: the table, and one stream. */
#include <math.h>
#include <string.h>

#include "detector.h"

const struct bl_detector_type *const bl_detectors[] = {&bl_detector_page_hinkley, &bl_detector_ddm, &bl_detector_eddm,
                                                     &bl_detector_adwin, &bl_detector_kswin, NULL};

struct bl_detector { const struct bl_detector_type *type; double keys[BL_DETECTOR_KEYS]; void *state; };

const struct bl_detector_type *bl_detector_named(const char *name)
{
    for (size_t i = 0; name && bl_detectors[i]; i++)
        if (!strcmp(bl_detectors[i]->name, name))
            return bl_detectors[i];
    return NULL;
}

static bool take_keys(struct bl_detector *d, const double *keys, struct bl_error *err)
{
    for (size_t i = 0; i < BL_DETECTOR_KEYS && d->type->keys[i].name; i++) {
        const struct bl_detector_key *k = &d->type->keys[i];
        char shown[3][32];

        d->keys[i] = keys ? keys[i] : k->standard;
        if (!(d->keys[i] >= k->min && d->keys[i] <= k->max)) {
            bl_fail(err, BL_VALUE, "%s=%s of %s is not from %s to %s", k->name, bl_number_exact(shown[0], 32, d->keys[i]), d->type->name,
                    bl_number_exact(shown[1], 32, k->min), bl_number_exact(shown[2], 32, k->max));
            return bl_hint(err, "%s(%s=%s): %s", d->type->name, k->name, bl_number_exact(shown[0], 32, k->standard), k->help);
        }
    }
    return !d->type->check || d->type->check(d->keys, err);
}

struct bl_detector *bl_detector_create(const struct bl_detector_type *type, const double *keys, struct bl_error *err)
{
    struct bl_detector *d = bl_calloc(1, sizeof *d);

    if (d)
        d->type = type;
    if (!d || !(d->state = bl_calloc(1, type->size)))
        bl_fail_memory(err, "a detector");
    else if (take_keys(d, keys, err)) {
        bl_detector_restart(d);
        return d;
    }
    bl_detector_free(d);
    return NULL;
}

enum bl_signal bl_detector_update(struct bl_detector *d, double x)
{
    return isfinite(x) ? d->type->update(d->state, d->keys, x) : BL_SIGNAL_NONE;
}

double bl_detector_behind(const struct bl_detector *d)
{
    return fmax(1, d->type->behind(d->state, d->keys));
}

void bl_detector_restart(struct bl_detector *d)
{
    memset(d->state, 0, d->type->size);
    d->type->start(d->state, d->keys);
}

void bl_detector_free(struct bl_detector *d)
{
    if (!d)
        return;
    bl_free(d->state);
    bl_free(d);
}
