/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/crash/vfs.h -- a disk for SQLite that can lose its power.
 *
 * Installed over the system's VFS under the name "crash".  What is written stays in memory until it
 * is synced; then it reaches the file below.  When the power fails, each unsynced sector of 512
 * bytes is by itself written, torn or dropped, and each file is as long as it was, as it should be,
 * or something between; from then on nothing succeeds.  Creating and deleting a file is immediate.
 * Thread safe; one disk a process. */
#ifndef RF_TESTS_CRASH_VFS_H
#define RF_TESTS_CRASH_VFS_H

#include <stdbool.h>
#include <stdint.h>

#define CRASH_VFS "crash"

enum crash_fault {
	CRASH_NO_FAULT,
	CRASH_FULL,                             /* writes: the disk is full */
	CRASH_IO,                               /* writes: I/O error */
	CRASH_SYNC,                             /* syncs: I/O error */
	CRASH_READ_ONLY,                        /* writes: the disk became read-only */
	CRASH_CORRUPT,                          /* the next write finds that the file is corrupt */
};

/* Registers it; more than once is no harm. */
void crash_vfs_install(void);
/* Power on, no fault, no point; what happens next follows from the seed.  No file may be open. */
void crash_vfs_power_on(uint64_t seed);
/* The power fails at the n-th write, truncation or sync from now, 1 is the next; 0: never. */
void crash_vfs_power_fails_at(uint64_t operation);
/* The power fails now. */
void crash_vfs_power_off(void);
bool crash_vfs_is_off(void);
/* Writes, truncations and syncs since power on. */
uint64_t crash_vfs_operations(void);

void crash_vfs_fault(enum crash_fault);
/* Every sync takes so long. */
void crash_vfs_slow(uint32_t sync_ms);

#endif
