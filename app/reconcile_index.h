/* SPDX-License-Identifier: BSD-2-Clause */
/* app/reconcile_index.h -- our sessions of a period, found by what others may know of them. */
#ifndef RF_APP_RECONCILE_INDEX_H
#define RF_APP_RECONCILE_INDEX_H

#include <uthash.h>

#include "app/platform.h"
#include "app/reconcile.h"
#include "store/store.h"

enum rf_reconcile_outcome { RF_OURS_OPEN, RF_OURS_TRANSFERRED, RF_OURS_FAILED, RF_OURS_CLOSED };

/* Of a URI, or of what stands for one: user part, and user@host; 0: none. */
struct rf_target_key {
	uint64_t user, whole;
};

struct rf_our_leg {                             /* a dialog of a session */
	struct rf_our_leg *next;
	struct rf_our_call *call;
	uint64_t dialog;
	bool claimed;
};

struct rf_our_transfer {
	struct rf_our_transfer *next;
	struct rf_our_call *call;
	int64_t event;                          /* of the outcome, else of the promise */
	int64_t asked_us, decided_us;           /* 0: not known */
	uint64_t dialog;                        /* of the REFER */
	uint32_t cseq;
	uint8_t outcome;                        /* enum rf_reconcile_outcome */
	bool claimed, withdrawn, twice;
	struct rf_target_key target, refer_to;
};

struct rf_our_call {
	uint64_t session;
	int64_t event;                          /* the last that told of it */
	int64_t seen_us;                        /* its first record */
	int64_t started_us, answered_us, duration_us;   /* -1: not known */
	struct rf_our_transfer *transfers;
	struct rf_our_leg *legs;                /* the oldest first */
	struct rf_target_key target;
	bool connected, ended, claimed, known;  /* claimed: by its number; known: by anything */
	UT_hash_handle hh;
};

struct rf_reconcile_index;
struct rf_reconcile_index *rf_reconcile_index_new(void);
void rf_reconcile_index_free(struct rf_reconcile_index *);
/* False: there are too many. */
bool rf_reconcile_index_add(struct rf_reconcile_index *, const struct rf_store_fact *);
/* After the last one, before anything is looked for. */
void rf_reconcile_index_sort(struct rf_reconcile_index *);

struct rf_our_call *rf_reconcile_index_session(struct rf_reconcile_index *, uint64_t session);
/* In the order of their first records; NULL: the first; NULL: that was the last. */
struct rf_our_call *rf_reconcile_index_next(
    struct rf_reconcile_index *, const struct rf_our_call *);

/* Legs that have a key of a record, LEGS_MAX of them at most. */
struct rf_leg_key;
struct rf_our_legs {
	const struct rf_leg_key *at, *end;
};
struct rf_our_legs rf_reconcile_index_legs(
    const struct rf_reconcile_index *, enum rf_reconcile_key, const struct rf_platform_record *);
struct rf_our_leg *rf_reconcile_leg_next(struct rf_our_legs *);
/* The transfer to that target that was asked for within the tolerance of that moment, and that
 * nobody has claimed; NULL: none, or several. */
struct rf_our_transfer *rf_reconcile_index_timed(const struct rf_reconcile_index *,
    struct rf_target_key, int64_t us, int64_t tolerance_us);

uint64_t rf_reconcile_dialog(const struct rf_reconcile_index *, struct rf_slice call_id,
    struct rf_slice tag, struct rf_slice other);
struct rf_target_key rf_reconcile_target(const struct rf_reconcile_index *, struct rf_slice);
/* Does theirs name one of ours?  By the user alone if it has no host. */
bool rf_reconcile_target_is(struct rf_target_key theirs, struct rf_target_key ours);

#endif
