/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_transport_world.h -- a loop, a transport on loopback, and all that it said. */
#ifndef RF_TESTS_TEST_TRANSPORT_WORLD_H
#define RF_TESTS_TEST_TRANSPORT_WORLD_H

#include <event2/event.h>

#include "tests/check.h"
#include "transport/transport.h"

enum { WORLD_WAIT_MS = 5000, WORLD_SAID_MAX = 4096, WORLD_TEXT_MAX = 400 };

enum said_kind { SAID_MESSAGE, SAID_UP, SAID_DOWN, SAID_FAILED, SAID_KINDS };

struct said {
	enum said_kind kind;
	struct rf_path path;
	rf_token token;
	enum rf_link_reason reason;
	uint32_t len;
	char text[WORLD_TEXT_MAX];              /* the message; or identities, each with a space */
};

struct world {
	struct event_base *base;
	bool owns_base;
	struct rf_transports *t;
	uint32_t said_count, count[SAID_KINDS], turns;
	struct said said[WORLD_SAID_MAX];
	char logged[512];                       /* the last line */
	char error[RF_TRANSPORT_ERROR_MAX];
	bool inside;                            /* a call to the transport: no callback now */
	bool re_entered;
	void (*on_message)(struct world *, const struct rf_path *, struct rf_slice);
};

/* Listeners on 127.0.0.1 by default; see world_listener. */
struct rf_transport_listener world_listener(uint8_t proto, const char *ip);
/* NULL: w->error says why.  base NULL: its own. */
struct world *world_open(struct event_base *, const struct rf_transport_config *);
void world_close(struct world *);

/* Runs the loop until there are `count` of a kind; false after WORLD_WAIT_MS. */
bool world_wait(struct world *, enum said_kind, uint32_t count);
bool world_wait_until(struct world *, bool (*done)(void *), void *);
/* What is due now, without waiting. */
void world_turn(struct world *);
/* The n-th of a kind, from 0. */
const struct said *world_said(const struct world *, enum said_kind, uint32_t n);
struct rf_transport_counters world_counters(const struct world *);
void world_send(struct world *, const struct rf_path *, struct rf_slice, const char *identity,
    rf_token);
/* From listener 0 of `from` to listener 0 of `to`. */
struct rf_path world_path(const struct world *from, const struct world *to);

/* A whole SIP message whose body is `body`. */
struct rf_slice world_message(char out[WORLD_TEXT_MAX], const char *body);

/* A plain socket connected to, or with the port of, a listener. */
int peer_socket(const struct world *, uint32_t listener, int type);
bool peer_write(int fd, const void *bytes, size_t len);
/* Turns the world until `len` bytes came; false at the end of the stream or of patience. */
bool peer_read(struct world *, int fd, char *out, size_t len);
/* Until the stream ends. */
bool peer_sees_end(struct world *, int fd);
int64_t peer_now_ms(void);

#endif
