/* Hashing of words into buckets, the same on every machine and for ever. Private to the room. */
#ifndef BATCHLAB_PREPARE_BUCKETS_H
#define BATCHLAB_PREPARE_BUCKETS_H

#include <stddef.h>
#include <stdint.h>

/* FNV-1a (Fowler, Noll, Vo) and the finalizer of MurmurHash3 (Appleby), both in the public domain. */
uint64_t bl_word_hash(const char *s, size_t n);

#endif
