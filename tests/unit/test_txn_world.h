/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_txn_world.h -- the transaction layer between a network and users of the
 * test's own: no engine.c, no tu.c.  What is sent is kept with its time, what users are told is
 * counted. */
#ifndef RF_TESTS_UNIT_TEST_TXN_WORLD_H
#define RF_TESTS_UNIT_TEST_TXN_WORLD_H

#include "engine/txn.h"
#include "tests/check.h"
#include "tests/unit/test_block.h"

enum { SENT_MAX = 64, TEXT_MAX = 2048 };

struct sent {
	rf_time at;
	struct rf_path path;
	uint32_t len;
	char text[TEXT_MAX];
};

extern struct world {
	struct rf_engine *e;
	struct rf_step step;
	struct rf_event event;
	struct rf_effects out;
	struct rf_message message;
	enum rf_verdict verdict;                /* of the message delivered last */
	char input[RF_MESSAGE_MAX];
	struct sent sent[SENT_MAX];
	unsigned sent_count;
	/* what the users were told */
	unsigned requests, acks, responses, failures, dones, cancels_found;
	uint16_t status, answer;                /* answer: given at once to every request */
	rf_ref server;
	uint64_t branches;
} w;

/* Takes what the last step sent. */
void collect(void);
/* A step of that event, for calling the layer directly; collect() afterwards. */
struct rf_step *begin(const struct rf_event *event);
void world_free(void);
void world_new(void);
/* Everything is over: nothing may be left. */
void world_end(void);
/* Lets time go by, firing what is due at its own instant. */
void pass(rf_time duration);
struct rf_path path_of(enum rf_transport proto);
/* Delivers a message; each '\n' of the format becomes CR LF. */
void deliver(enum rf_transport proto, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void deliver_request(enum rf_transport proto, const char *method, const char *branch,
    const char *to_tag);
/* A response to the request of ours with that branch number. */
void deliver_response(enum rf_transport proto, uint16_t status, const char *method,
    uint64_t branch);
struct rf_txn *open_client(enum rf_transport proto, enum rf_method method);
/* Answers the request that came up last, by its transaction. */
void respond(uint16_t status);
struct rf_slice sent_text(unsigned index);
bool begins(unsigned index, const char *text);
bool contains(unsigned index, const char *text);
bool same(unsigned a, unsigned b);
/* Were the sends from `first` on made at these milliseconds after `start`, and no others? */
bool sent_at(unsigned first, rf_time start, const int *ms, unsigned count);

#endif
