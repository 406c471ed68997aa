/* SPDX-License-Identifier: BSD-2-Clause */
/* app/sim/sweep_parts.h -- between sweep.c (jobs) and sweep_report.c (what they found). */
#ifndef RF_APP_SIM_SWEEP_PARTS_H
#define RF_APP_SIM_SWEEP_PARTS_H

#include "app/sim/sweep.h"
#include "sim/swarm.h"

enum { SWEEP_DIED = CHECK_MAX + 1 };    /* in place of an invariant: the process is gone */

struct sweep_finding {
	uint64_t seed, spells;
	uint32_t invariant, families;
	double at;              /* seconds */
	uint16_t machine, row;  /* the last one that was taken */
	char text[SWARM_TEXT_MAX];
};
struct sweep_seen {
	uint64_t seeds, messages, calls, transfers;
	bool row[WORLD_MACHINES_MAX][WORLD_ROWS_MAX];
	uint64_t hash[2];       /* of all effects of all seeds, in any order */
	uint64_t happened[SPELL_KIND_MAX], family[SWARM_FAMILY_MAX];
};
struct sweep_message {
	enum { SWEEP_FINDING, SWEEP_SEEN } kind;
	struct sweep_finding finding;
	struct sweep_seen seen;
};
struct sweep {
	uint64_t first, last;
	uint32_t jobs;
	double began;
	bool incomplete, twice;
	struct sweep_seen seen;
	struct sweep_finding *finding;
	uint32_t findings, finding_room;
};

/* All of it, to a process that waits for it; false: it is gone. */
bool sweep_write(int fd, const void *bytes, size_t len);
/* 0: they are of one kind, which is: they differ in numbers only. */
int sweep_texts_compare(const char *, const char *);
void sweep_finding_of(struct sweep_finding *, uint64_t seed, const struct swarm_result *);
/* verbose: with the rows and spells that never were. */
void sweep_report(struct sweep *, double elapsed, bool verbose, FILE *out);

#endif
