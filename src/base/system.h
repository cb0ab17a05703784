/* What the system grants to this process. Private to base. */
#ifndef BL_BASE_SYSTEM_H
#define BL_BASE_SYSTEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of memory that the machine, its control group and the address-space limit allow. */
size_t bl_system_memory(void);
/* Bytes that bl_calloc and its family handed out and that were not freed. */
size_t bl_memory_in_use(void);

/* The smallest limit that a control group and its parents set, both versions; SIZE_MAX without
 * one. `membership` is the text of /proc/self/cgroup, `root` the folder of the hierarchy. */
size_t bl_cgroup_memory(const char *membership, const char *root);
/* Processors that cpu.max grants (version 2), rounded up; 0 without a limit. */
size_t bl_cgroup_processors(const char *membership, const char *root);

/* Fills bytes with numbers that nobody can foresee (names of temporaries, keys of hash tables;
 * never anything that reaches a result). */
void bl_entropy(void *bytes, size_t n);

/* One block of SHA-256 without special instructions. */
void bl_sha256_compress_portable(uint32_t hash[8], const uint8_t *block);

#endif
