/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_journal_tape.h -- a segment in memory, recorded while a scene plays. */
#ifndef RF_TESTS_UNIT_TEST_JOURNAL_TAPE_H
#define RF_TESTS_UNIT_TEST_JOURNAL_TAPE_H

#include "journal/replay.h"
#include "sim/scene.h"

extern const uint64_t tape_key[2];              /* what its secrets are blanked with */

struct tape {
	uint8_t *bytes;                         /* the segment so far */
	size_t len;
	uint32_t records;
	uint32_t every;                         /* records in one segment */
	uint8_t build[RF_BUILD_ID_LEN];
	uint64_t segments, replayed;            /* how many; how many records went through again */
	char wrong[256];                        /* the first that was not the same */
};

struct tape tape_new(uint32_t every);
/* Plays a scene with the tape running.  Each segment is replayed when it is full; the last one is
 * ended and left as it is when `keep`. */
void tape_play(struct tape *, const char *name, bool keep);
/* The segment as a replay; `error` as in rf_replay_open. */
struct rf_replay *tape_open(const struct tape *, char error[256]);

/* The number of the which-th event of that kind, both from 1; 0: there are not so many. */
uint64_t tape_find(const struct tape *, bool (*is)(const struct rf_event *), unsigned which);
/* Where the n-th event's frame begins, and how long it is. */
size_t tape_event_at(const struct tape *, uint64_t n, size_t *len);
/* Puts another event into the place of the n-th, as if the engine had been told that. */
void tape_plant(struct tape *, uint64_t n, void (*change)(struct rf_event *));

/* Some kinds, and what may go wrong with them. */
bool tape_is_commit(const struct rf_event *);
bool tape_is_plan(const struct rf_event *);
void tape_lose_commit(struct rf_event *);
void tape_lose_plan(struct rf_event *);

#endif
