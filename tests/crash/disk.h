/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/crash/disk.h -- the production store, on a disk that loses its power, behind the world's.
 *
 * Every commit of the world goes through SQLite; a crash of the world is a power failure of that
 * disk, and what comes back is what the file says then. */
#ifndef RF_TESTS_CRASH_DISK_H
#define RF_TESTS_CRASH_DISK_H

#include "sim/world.h"

struct crash_disk;

/* A new file in a folder of its own; *world is attached to it. */
struct crash_disk *crash_disk_new(struct world *, uint64_t seed);
/* The power fails at the n-th write or sync from now. */
void crash_disk_fails_at(struct crash_disk *, uint64_t operation);
/* The power fails now, and comes back: the world remembers what is in the file. */
void crash_disk_reread(struct crash_disk *);
void crash_disk_free(struct crash_disk *);

#endif
