/* A program on a terminal of its own, and what it sends there, frame by frame. */
#ifndef BATCHLAB_TESTS_DASHBOARD_PTY_H
#define BATCHLAB_TESTS_DASHBOARD_PTY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct pty {
    int fd;
    pid_t pid;
    size_t frame[4096], frames; /* bytes of each frame: what comes in one go */
    char *all;                  /* everything of the last pty_watch */
    size_t length, room;
};
/* Starts the program of the environment variable BATCHLAB with these commands; false: cannot. */
bool pty_start(struct pty *p, int width, int height, const char *commands);
/* The same with more in its environment: "NAME=VALUE", "NAME" for one that is taken away, NULL at the end. */
bool pty_start_with(struct pty *p, int width, int height, const char *commands, const char *const *environment);
void pty_resize(struct pty *p, int width, int height);
/* Reads what is there now, without waiting; false: it has ended. */
bool pty_drink(struct pty *p);
/* Waits until it has ended by itself; false if it has not within so many seconds. */
bool pty_ended(struct pty *p, double seconds, int *status);
void pty_send(struct pty *p, const char *keys);
/* Reads for so many seconds and counts the frames. */
void pty_watch(struct pty *p, double seconds);
/* Reads until the text appears (true) or the time is over. */
bool pty_wait_for(struct pty *p, const char *text, double seconds);
size_t pty_bytes(const struct pty *p);                   /* of all frames watched */
size_t pty_quantile(const struct pty *p, double share);  /* bytes of a frame */
/* Ends it; its wait status. */
int pty_end(struct pty *p);

#endif
