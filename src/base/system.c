/* What the system grants: memory and processors, of the machine and of the control group. */
#define _GNU_SOURCE
#include "system.h"

#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#include "batchlab/base.h"

#define CGROUP_ROOT "/sys/fs/cgroup"

/* These files have no size to ask for and are short. */
static bool read_short(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return false;
    ssize_t n = read(fd, text, size - 1);

    close(fd);
    text[n > 0 ? n : 0] = '\0';
    return n > 0;
}

/* The path of this process in the hierarchy: behind "0::" in version 2, behind ":memory:"
 * (perhaps among others, as in ":cpu,memory:") in version 1. */
static bool find_group(const char *membership, bool second, char *group, size_t size)
{
    for (const char *line = membership; *line;) {
        size_t n = strcspn(line, "\n");
        const char *list = memchr(line, ':', n);
        const char *path = list ? memchr(list + 1, ':', n - (size_t)(list + 1 - line)) : NULL;

        if (path) {
            bool here = second ? path == list + 1
                               : memmem(list, (size_t)(path - list), "memory", 6) != NULL;
            size_t length = n - (size_t)(path + 1 - line);

            if (here && length < size) {
                memcpy(group, path + 1, length);
                group[length] = '\0';
                return true;
            }
        }
        line += n + (line[n] == '\n');
    }
    return false;
}

static size_t read_limit(const char *folder, const char *group, const char *file)
{
    char path[4096], text[64], *end;

    if (snprintf(path, sizeof path, "%s%s/%s", folder, group, file) >= (int)sizeof path ||
        !read_short(path, text, sizeof text))
        return SIZE_MAX;
    unsigned long long value = strtoull(text, &end, 10);

    return end == text || value == 0 ? SIZE_MAX : (size_t)value; /* "max" is no number */
}

/* Takes the last part off a path; false once there is nothing left. */
static bool to_parent(char *group)
{
    char *slash = strrchr(group, '/');

    if (!slash || !*group)
        return false;
    *slash = '\0';
    return true;
}

static size_t least_limit(const char *folder, char *group, const char *file)
{
    size_t least = SIZE_MAX;

    do {
        size_t limit = read_limit(folder, group, file);

        least = limit < least ? limit : least;
    } while (to_parent(group));
    return least;
}

size_t bl_cgroup_memory(const char *membership, const char *root)
{
    char group[2048], folder[2048];
    size_t first = SIZE_MAX, second = SIZE_MAX;

    if (find_group(membership, true, group, sizeof group))
        second = least_limit(root, group, "memory.max");
    if (find_group(membership, false, group, sizeof group) &&
        snprintf(folder, sizeof folder, "%s/memory", root) < (int)sizeof folder)
        first = least_limit(folder, group, "memory.limit_in_bytes");
    return first < second ? first : second;
}

static size_t read_quota(const char *root, const char *group)
{
    char path[4096], text[64];
    unsigned long long quota, period;

    if (snprintf(path, sizeof path, "%s%s/cpu.max", root, group) >= (int)sizeof path ||
        !read_short(path, text, sizeof text) ||
        sscanf(text, "%llu %llu", &quota, &period) != 2 || !quota || !period)
        return 0;
    return (size_t)((quota - 1) / period + 1);
}

size_t bl_cgroup_processors(const char *membership, const char *root)
{
    char group[2048];
    size_t least = 0;

    if (!find_group(membership, true, group, sizeof group))
        return 0;
    do {
        size_t n = read_quota(root, group);

        if (n && (!least || n < least))
            least = n;
    } while (to_parent(group));
    return least;
}

size_t bl_system_memory(void)
{
    char membership[8192];
    struct sysinfo info;
    struct rlimit space;
    size_t bytes = SIZE_MAX;

    if (sysinfo(&info) == 0)
        bytes = (size_t)info.totalram * info.mem_unit;
    if (getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur < bytes)
        bytes = (size_t)space.rlim_cur;
    if (read_short("/proc/self/cgroup", membership, sizeof membership)) {
        size_t group = bl_cgroup_memory(membership, CGROUP_ROOT);

        bytes = group < bytes ? group : bytes;
    }
    return bytes;
}

size_t bl_processors(void)
{
    char membership[8192];
    cpu_set_t set;
    size_t n = 1, quota = 0;

    if (sched_getaffinity(0, sizeof set, &set) == 0) {
        n = (size_t)CPU_COUNT(&set);
    } else { /* more processors than the set can name */
        long online = sysconf(_SC_NPROCESSORS_ONLN);

        n = online > 0 ? (size_t)online : 1;
    }
    if (read_short("/proc/self/cgroup", membership, sizeof membership))
        quota = bl_cgroup_processors(membership, CGROUP_ROOT);
    return quota && quota < n ? quota : n;
}

void bl_entropy(void *bytes, size_t n)
{
    if (getrandom(bytes, n, GRND_NONBLOCK) == (ssize_t)n)
        return;
    /* Early at boot: the time and an address must do. */
    struct timespec now;
    uint8_t *out = bytes;

    clock_gettime(CLOCK_MONOTONIC, &now);
    uint64_t mix[3] = { (uint64_t)now.tv_nsec, (uint64_t)(uintptr_t)&now, (uint64_t)getpid() };

    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(bl_hash(mix, sizeof mix, i) >> 32);
}
