/* The text of a pipeline: read, or refused with a place and a message; what is read is one command a step. */
#include "fuzz.h"

#include <string.h>

#include "src/language/pipeline.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct bl_pipeline p;
    struct bl_error err = { 0 };

    if (!bl_pipeline_parse(&p, (const char *)bytes, size, "f.pipeline", &err)) {
        must(err.message[0] && err.hint[0] | (err.code == BL_LIMIT), "a refusal has a message and a hint");
        return 0;
    }
    must(p.text[BL_PIPELINE_MODEL] && p.text[BL_PIPELINE_MODEL][0], "a pipeline names its model");
    must(p.n_steps <= 3, "each step stands once");
    for (size_t i = 0; i < p.n_steps; i++) {
        const char *text = p.text[p.steps[i]];
        must(text && !strpbrk(text, ";|\\\n"), "a step is one command");
    }
    must(!p.on_drift || p.text[BL_PIPELINE_DRIFT], "what waits for drift looks for it");
    bl_pipeline_free(&p);
    return 0;
}
