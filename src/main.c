/* batchlab: the program. */
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        puts("batchlab " PACKAGE_VERSION);
        return 0;
    }
    fputs("usage: batchlab --version\n", stderr);
    return 2;
}
