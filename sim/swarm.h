/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/swarm.h -- one seed, one world of its own: random options, random parties, random weather;
 * then it heals, and everything has to come to rest.
 *
 *      chaos: calls begin, everything drawn may go wrong
 *      heal:  nothing goes wrong any more, nobody begins anything; whoever talks hangs up
 *      quiet: nothing is left, and every promise was kept
 *
 * A verdict is the first invariant broken, or the world's own complaint. */
#ifndef RF_SIM_SWARM_H
#define RF_SIM_SWARM_H

#include "sim/actor.h"

enum {
	SWARM_CALLS_MAX = 64,   /* of one seed */
	SWARM_TEXT_MAX = 320,
};

/* What may be odd in a world: each is on or off for a seed, and has its own rates then. */
#define SWARM_FAMILIES(X) \
	X(BUSY, "busy", "targets refuse, or are silent") \
	X(IMPATIENT, "impatient", "customers give up or hang up early") \
	X(OFFERS, "offers", "holds, re-INVITEs, UPDATEs, glare") \
	X(REFUSES, "refuses", "re-INVITEs are refused or never answered") \
	X(LEAVES, "leaves", "referrers leave whenever they like") \
	X(TOLD, "told", "NOTIFYs are refused or never answered") \
	X(FORKS, "forks", "two devices answer; a 200 crosses its CANCEL") \
	X(EARLY, "early", "early media, reliable provisionals") \
	X(UNACKED, "unacked", "2xx are never ACKed") \
	X(OUTSIDE, "outside", "REFERs from outside, twice, and again") \
	X(REPLACES, "replaces", "another device takes a leg over") \
	X(STREAMS, "streams", "parties speak TCP or TLS") \
	X(POLICY, "policy", "other codes, other rows, other timers") \
	X(TIGHT, "tight", "few slots, little text") \
	X(WEATHER, "weather", "some of the spells of spells.def, for a while")

enum swarm_family {
#define X(name, text, meaning) SWARM_##name,
	SWARM_FAMILIES(X)
#undef X
	    SWARM_FAMILY_MAX
};
const char *swarm_family_name(enum swarm_family);
const char *swarm_family_meaning(enum swarm_family);

struct swarm_options {
	uint64_t seed;
	uint32_t calls;         /* 0: drawn */
	uint64_t calls_without; /* bit n - 1: call n is left out */
	uint32_t calls_only;    /* 0: all; else this one alone */
	uint32_t without;       /* bits of families that are never on */
	bool ladder;            /* keep it; else the world is quiet */
	bool loud;              /* the ladder holds everything */
	const struct sim_shim *shim; /* a planted defect; or NULL */
	const struct rf_fsm *const *machines; /* other tables than the compiled ones; or NULL */
	enum choose_by by;           /* who decides; by seed unless said otherwise */
	const uint8_t *tape;         /* BY_TAPE */
	size_t tape_len;
	const struct choices *fixed; /* or NULL */
	struct choices *record;      /* or NULL */
	/* The world stands, and nothing has happened yet: for who wants to watch; or NULL. */
	void (*begun)(void *user, struct world *);
	void *user;
};
struct swarm_result {
	bool passed;
	uint32_t invariant;     /* CHECK_MAX: the world itself complains */
	rf_time at;
	char text[SWARM_TEXT_MAX];
	uint32_t families;      /* bits: those that were on */
	uint64_t spells;        /* bits: those that were cast; happened: how often each did */
	uint64_t happened[SPELL_KIND_MAX];
	uint64_t hash[2];       /* of the engine's effects */
	struct world_row last;  /* the last one that was taken */
	uint64_t messages;      /* at referee's edge */
	uint32_t calls, transfers; /* placed; REFERs that were accepted */
	rf_time ended;
	struct rf_stats stats;
	char *ladder;           /* NULL: not kept; the caller frees it */
	uint32_t row_count[WORLD_MACHINES_MAX][WORLD_ROWS_MAX];
};
void swarm_run(const struct swarm_options *, struct swarm_result *);

#endif
