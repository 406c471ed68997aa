/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/sipp.h -- SIPp scenarios as parties of the world, in its time.
 *
 * The XML is read as it is: the elements, attributes, actions and [keywords] that tests/wire and
 * our own exports use; anything else is an error with its file and line, never ignored.  What they
 * do is what SIPp 3.6 does, its retransmissions over UDP and its treatment of unexpected messages
 * included, so that a call here and a call over sockets have the same ladder (tests/equivalence).
 */
#ifndef RF_SIM_SIPP_H
#define RF_SIM_SIPP_H

#include "sim/world.h"

enum {
	SIPP_ERROR_MAX = 512,
	SIPP_CALLS_MAX = 4096, /* of one party in one run */
};

struct sipp_key { /* -key NAME VALUE: [NAME] in a text */
	const char *name, *value;
};

struct sipp_scenario;
/* Reads a scenario; the keys are what its texts may name besides SIPp's own keywords.  They are
 * copied.  NULL: *error says "file:line: what". */
struct sipp_scenario *sipp_open(
    const char *path, const struct sipp_key *keys, uint32_t count, char error[SIPP_ERROR_MAX]);
void sipp_close(struct sipp_scenario *);
/* Does it place calls, or wait for them?  As SIPp decides it: by its first send or recv. */
bool sipp_is_caller(const struct sipp_scenario *);

struct sipp_options {        /* SIPp's own command line */
	const char *service; /* -s */
	const char *remote;  /* whom a caller calls: [remote_ip], IPv6 in brackets; "": nobody */
	uint16_t remote_port;
	const char *local; /* -i: [local_ip], IPv6 in brackets */
	uint32_t calls;    /* -m: so many, then it is over; at most SIPP_CALLS_MAX */
	uint32_t rate;     /* -r: of them in a second */
	uint32_t limit;    /* -l: of them at a time */
	bool no_repeats;   /* -nr: sends nothing again, takes nothing for sent again */
	uint32_t pid;      /* [pid]; of each party another one */
};

/* What it sends and hears, in order; as -trace_msg tells it. */
typedef void sipp_log_fn(void *user, rf_time, bool sent, struct rf_slice bytes);

struct sipp;
/* Takes the party over: it does nothing of its own from then on.  Scenario and texts are borrowed.
 * NULL only without memory. */
struct sipp *sipp_new(
    struct world *, struct party *, const struct sipp_scenario *, const struct sipp_options *);
void sipp_free(struct sipp *);
void sipp_listen(struct sipp *, sipp_log_fn *, void *user);
/* A caller's first call begins now. */
void sipp_start(struct sipp *);
/* Have all its calls come to their end? */
bool sipp_is_over(const struct sipp *);
/* What went wrong first: a check of the scenario, an unexpected message; "": nothing. */
const char *sipp_error(const struct sipp *);

#endif
