/* Stands in for libFuzzer: runs every file of tests/fuzz/corpus/NAME through the target once, and
 * each of its shorter beginnings at a few cuts, one test case a file. NAME follows from the
 * program: replay_csv replays corpus/csv. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* The bytes in a block of exactly their size, so that a sanitizer sees the first byte too many. */
static void feed(const uint8_t *bytes, size_t size)
{
    uint8_t *exact = malloc(size ? size : 1);

    if (!exact)
        return;
    memcpy(exact, bytes, size);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

static uint8_t *slurp(const char *path, size_t *size)
{
    enum { LIMIT = 1 << 20 };
    FILE *f = fopen(path, "rb");
    uint8_t *bytes = f ? malloc(LIMIT) : NULL;

    if (bytes)
        *size = fread(bytes, 1, LIMIT, f);
    if (f)
        fclose(f);
    return bytes;
}

static void replay(const char *folder, const char *name)
{
    char path[4096];
    size_t size = 0;
    uint8_t *bytes;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    bytes = slurp(path, &size);
    if (!bytes) {
        printf("not ok - %s\n# cannot read %s\n", name, path);
        return;
    }
    feed(bytes, size);
    for (size_t cut = 1; cut < 16; cut++)
        feed(bytes, size * cut / 16);
    free(bytes);
    printf("ok - %s survives, whole and cut\n", name);
    fflush(stdout);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int visible(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

int main(int argc, char **argv)
{
    const char *top = getenv("BL_SOURCE_DIR"), *name = strrchr(argv[0], '_');
    struct dirent **files;
    char folder[3000];
    int n;

    (void)argc;
    snprintf(folder, sizeof folder, "%s/tests/fuzz/corpus/%s", top ? top : BL_SOURCE_DIR, name ? name + 1 : "");
    n = scandir(folder, &files, visible, by_name);
    if (n < 0) {
        printf("not ok - corpus\n# no folder %s\n", folder);
        return 1;
    }
    printf("1..%d\n", n);
    fflush(stdout);
    for (int i = 0; i < n; i++) {
        replay(folder, files[i]->d_name);
        free(files[i]);
    }
    free(files);
    return 0;
}
