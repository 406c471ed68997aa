/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/checkers_store.c -- what the store is given: three writes that a hand-back waits for, one
 * outcome for every promise, and nothing behind the end of a session (ADR 018).
 *
 * A process that was killed writes again what it does not know to be durable; so this holds until
 * the first restart. */
#include <assert.h>

#include "sim/checkers_parts.h"

void
checkers_given(struct checkers *c, rf_time at, uint64_t session, enum rf_store_kind kind,
    bool awaited)
{
	struct check_session *s = checkers_session(c, session);
	if (s == NULL || c->restarts > 0)
		return;
	if (s->given.over)
		checkers_report(c, CHECK_WRITES, at, "a record behind the end of its session");
	s->given.awaited += awaited;
	switch (kind) {
	case RF_STORE_ESTABLISHED:              /* again: with a replacement */
		s->given.further += s->given.begun;
		s->given.begun = true;
		break;
	case RF_STORE_ATTEMPT:
		s->given.further++;
		break;
	case RF_STORE_PROMISE:
		s->given.promises++;
		break;
	case RF_STORE_OUTCOME:
	case RF_STORE_WITHDRAWAL:
		if (++s->given.outcomes > s->given.promises)
			checkers_report(c, CHECK_WRITES, at, "%u outcomes of %u promises",
			    s->given.outcomes, s->given.promises);
		break;
	case RF_STORE_ENDED:
		s->given.over = true;
		if (awaited)
			checkers_report(c, CHECK_WRITES, at, "somebody waits for the end");
		break;
	case RF_STORE_KIND_MAX:
		assert(false);
	}
	if (s->given.awaited > s->given.begun + 2 * s->given.promises + s->given.further)
		checkers_report(c, CHECK_WRITES, at, "%u writes are waited for, with %u promises",
		    s->given.awaited, s->given.promises);
}
