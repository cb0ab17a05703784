/* export onnx: the model and its recipe as one graph, over the columns as they are. */
#include "src/keep/onnx.h"

static bool write_onnx(const struct bl_kept_parts *model, const struct bl_export_how *how, struct bl_text *out, struct bl_error *err)
{
    struct bl_plan p;
    struct bl_onnx g;
    size_t features;
    bool ok;

    if (!bl_plan_dense(model, "onnx", err) || !bl_plan_make(&p, model, err))
        return false;
    bl_onnx_begin(&g, &p, how->single);
    features = bl_onnx_features(&g, err);
    ok = features != SIZE_MAX && bl_onnx_model(&g, features, err);
    if (ok)
        bl_onnx_end(&g, out);
    bl_onnx_free(&g);
    bl_plan_free(&p);
    return ok;
}

const struct bl_exporter bl_exporter_onnx = {
    .name = "onnx",
    .summary = "a graph for ONNX Runtime and its like, with the recipe inside",
    .write = write_onnx,
};
