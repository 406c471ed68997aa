/* SPDX-License-Identifier: BSD-2-Clause */
/* bench/usage.h -- what a process and all its children have used. */
#ifndef RF_BENCH_USAGE_H
#define RF_BENCH_USAGE_H

#include <stdint.h>
#include <sys/types.h>

struct usage {
	uint64_t cpu_ns;                        /* the scheduler's own account, all threads */
	uint64_t user_ticks, system_ticks;
	uint64_t resident_kib;
};

struct usage usage_of_tree(pid_t);

#endif
