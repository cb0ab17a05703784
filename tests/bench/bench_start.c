/* From exec to the end of a program that was asked for nothing, against one that does nothing. */
#include "bench.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

extern char **environ;

static double spawn_once(void *context)
{
    char **words = context;
    const double start = bench_now();
    posix_spawn_file_actions_t quiet;
    pid_t child;
    int status;

    posix_spawn_file_actions_init(&quiet);
    posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
    bench_need(posix_spawnp(&child, words[0], &quiet, NULL, words, environ) == 0, "cannot start the program");
    bench_need(waitpid(child, &status, 0) == child && status == 0, "the program failed");
    posix_spawn_file_actions_destroy(&quiet);
    return bench_now() - start;
}

int main(void)
{
    char *program = getenv("BATCHLAB");
    char *nothing[] = { "true", NULL }, *start[] = { program, "-n", "-q", "-c", "quit", NULL };
    struct bench_work works[2] = {
        { .name = "true", .once = spawn_once, .context = nothing },
        { .name = "start", .once = spawn_once, .context = start },
    };

    bench_need(program != NULL, "BATCHLAB does not name the program");
    bench_run(works, 2, 2);
    printf("start and quit: %.1f ms, a program that does nothing: %.1f ms (aim: under 30 ms)\n",
           1e3 * works[1].median.wall, 1e3 * works[0].median.wall);
    return 0;
}
