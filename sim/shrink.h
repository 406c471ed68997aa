/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/shrink.h -- from a run that fails to the little of it that makes it fail.
 *
 * A run is the list of what was unusual in it (sim/choose.h), and the calls that took place.  Calls
 * are left out first, then choices are put back to what is usual - all of a site, then by delta
 * debugging (Zeller, Hildebrandt 2002: ddmin) down to where none can be spared - and last, values
 * become simpler.  A run that fails in another way does not count. */
#ifndef RF_SIM_SHRINK_H
#define RF_SIM_SHRINK_H

#include "sim/choose.h"

struct shrink_problem {
	/* One run in which all is usual but `these`, without the calls of these bits.  True: it
	 * fails in the same way; then *made is what was unusual in it (`these`, but for what was
	 * never asked), which the shrinker frees. */
	bool (*fails)(void *user, const struct choices *these, uint64_t calls_without,
	    struct choices *made);
	void *user;
	uint64_t calls;    /* a bit for each call that there was; 0: none can be left out */
	uint32_t runs_max; /* at most so many */
	bool (*is_late)(void *user); /* time is over; NULL: it never is */
};
struct shrink_result {
	struct choices left; /* sorted; choices_free */
	uint64_t calls_without;
	uint32_t runs;
	bool complete; /* nothing more can be spared; else runs or time were over */
};

/* False: it does not fail with that list; the result is empty then. */
bool shrink(const struct shrink_problem *, const struct choices *found, struct shrink_result *);

#endif
