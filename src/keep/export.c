/* The table of exporters. */
#include "src/keep/export.h"

#include <string.h>

const struct bl_exporter *const bl_exporters[] = {
    &bl_exporter_c, &bl_exporter_onnx, NULL,
};

const struct bl_exporter *bl_exporter_named(const char *name)
{
    for (size_t i = 0; bl_exporters[i]; i++)
        if (strcmp(bl_exporters[i]->name, name) == 0)
            return bl_exporters[i];
    return NULL;
}

struct bl_kept_parts bl_kept_lend(const struct bl_kept *k)
{
    return (struct bl_kept_parts){k->recipe, &k->roles, k->target, &k->objective, k->theta, k->metrics, k->provenance};
}
