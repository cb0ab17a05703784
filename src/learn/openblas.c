/* OpenBLAS is loaded by the first network, or by who asks for its version: linked in the usual way it started its
 * threads, and let them spin, at every start of the program. */
#include "src/learn/openblas.h"

#include "batchlab/learn.h"

#ifdef HAVE_OPENBLAS
#include <dlfcn.h>
#include <pthread.h>

static struct bl_openblas lib;
static const struct bl_openblas *loaded;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void)
{
    static const char *const files[] = {"libopenblas.so.0", OPENBLAS_DIR "/libopenblas.so.0", OPENBLAS_DIR "/libopenblas.0.dylib",
                                        OPENBLAS_DIR "/libopenblas.so", "libopenblas.so"};
    const struct { const char *name; void **to; } all[] = {{"cblas_dgemm", (void **)&lib.dgemm}, {"cblas_sgemm", (void **)&lib.sgemm},
                                                           {"openblas_get_config", (void **)&lib.get_config},
                                                           {"openblas_set_num_threads", (void **)&lib.set_num_threads}};
    void *handle = NULL;

    for (size_t i = 0; i < sizeof files / sizeof *files && !handle; i++)
        handle = dlopen(files[i], RTLD_NOW | RTLD_LOCAL);
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (!handle || !(*all[i].to = dlsym(handle, all[i].name)))
            return;
    lib.set_num_threads(1); /* rows are cut into lanes by us: threads of its own would spin against them */
    loaded = &lib;
}

const struct bl_openblas *bl_openblas(void)
{
    pthread_once(&once, load);
    return loaded;
}
#else
const struct bl_openblas *bl_openblas(void) { return NULL; }
#endif

const char *bl_openblas_config(void)
{
    const struct bl_openblas *blas = bl_openblas();

    return blas ? blas->get_config() : NULL;
}
