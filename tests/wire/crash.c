/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/wire/crash.c -- kills the real referee at random moments of many hand-backs, and asks
 * afterwards whether it kept its promises.
 *
 *      crash --referee FILE [--transport udp|tls] [--certs DIRECTORY] [--calls N] [--kills N]
 *            [--seconds N] [--seed N] [--keep] [--forget] [--receiver FILE]
 *
 * Prints TAP.  The seed decides what parties want to do and when referee dies; the machine decides
 * what it was doing then, so a run cannot be repeated exactly.
 *
 * Claims, after everything healed: every REFER that got a 2xx has one outcome among the CDRs, and
 * its final NOTIFY says the same, unless the referrer left; whoever is in a call gets 200 to
 * OPTIONS and BYE and has somebody to talk to; no outcome is of a REFER that nobody sent; every
 * session ended once; nothing is left in the engine nor in the store.
 *
 * Who was cut off in the middle of setting up a call dials again, as people do.  Over TLS nothing
 * is repeated by SIP: there a BYE or REFER that a crash left without an answer is sent anew.
 *
 * --forget: at half of the kills the database is removed, too.  That must be found out. */
#include "tests/wire/crash.h"

#include <inttypes.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SETTLE_MS = 60 * 1000 };

/* ---- one run --------------------------------------------------------------------------------- */

static void
report(struct crash *c, const char *sentence)
{
	printf("%s%s %u - %s, %s\n", c->o.forget ? "# " : "", c->failures == 0 ? "ok" : "not ok",
	    ++c->number, c->o.tls ? "tls" : "udp", sentence);
	fflush(stdout);
	c->failed += c->failures;
	c->failures = 0;
}

static bool
everybody(struct crash *c, struct peer *peer)
{
	(void)c;
	(void)peer;
	return true;
}

static bool
one_of_each(struct crash *c, struct peer *peer)
{
	return (peer->role == CUSTOMER) == (peer->call + c->o.seed) % 2;
}

static void
settle(struct crash *c)
{
	bool settled = false;
	c->over = true;
	for (rf_time ms = 0; !settled && ms < SETTLE_MS; ms += 250) {
		crash_play(c, 250);
		settled = server_status(c) && server_number(c, "refers") == 0;
	}
	if (!settled)
		crash_fail(c, "hand-backs do not come to an end: %.300s", c->status);
	crash_play(c, LOST_MS + 1500);            /* wait_for_bye, and a release that is lost */
}

static void
run(struct crash *c)
{
	uint64_t ms = (uint64_t)c->o.seconds * 1000;
	printf("TAP version 13\n1..%d\n# seed %" PRIu64 "\n",
	    c->o.forget             ? 1
	    : c->o.receiver != NULL ? 6
				    : 5,
	    c->o.seed);
	c->random = c->o.seed;
	c->begin = crash_world.now = wire_now();
	wire_open(c);
	server_prepare(c);
	server_start(c);
	for (int i = 0; i < 100 && !server_status(c) && !server_ended(c); i++)
		crash_play(c, 50);
	for (uint32_t i = 0; i < c->o.calls; i++)
		crash_plan(c, wire_now() + crash_draw_ms(c, ms / 8), ITEM_CALL, NULL, 0, 0);
	for (uint32_t i = 0; i < c->o.kills; i++)
		crash_plan(c, wire_now() + (rf_time)ms * RF_MS / 10 + crash_draw_ms(c, ms * 7 / 10),
		    ITEM_KILL, NULL, 0, 0);
	crash_play(c, (rf_time)ms);
	settle(c);
	claim_promises(c);
	claim_origins(c);
	if (c->promises < c->o.calls / 4)
		crash_fail(c, "only %u promises: this proves little", c->promises);
	report(c, "every promise has one outcome, and the referrer was told that one");
	claim_answers(c, "OPTIONS", everybody);
	claim_company(c);
	report(c, "every call lives at both ends");
	claim_answers(c, "BYE", one_of_each);
	crash_play(c, 1500);
	claim_answers(c, "BYE", everybody);
	report(c, "every call can be ended");
	claim_rest(c);
	report(c, "nothing is left in the engine nor in the store");
	if (c->o.receiver != NULL) {
		claim_deliveries(c);
		report(c, "the receiver was told of every event, once in meaning, in order");
		receiver_stop(c);
	}
	server_records(c);
	claim_ends(c);
	server_stop(c);
	report(c, "every session ended once, and so does referee");
}

static void
figures(const struct crash *c)
{
	printf("# %u calls (%u dialed again), %u kills with %.1f referrers waiting, at most %u\n",
	    c->calls, c->redials, c->kills, c->kills > 0 ? (double)c->in_flight / c->kills : 0.0,
	    c->in_flight_peak);
	printf("# %u promises, %u told (%u of them twice), %u whose referrer had left; "
	    "%u outcomes in %u sessions\n", c->promises, c->told, c->twice, c->left, c->outcomes,
	    c->sessions);
	printf("# %u questions asked, %u answered 481 by the windows of ADR 010; "
	    "%u things said before they were durable, %u of them gone\n", c->asked, c->phantoms,
	    c->undurable, c->uncommitted);
	if (c->o.tls)
		printf("# %u TLS connections\n", c->connections);
	printf("# %.1f s\n", (double)(wire_now() - c->begin) / 1e6);
}

static int
usage(void)
{
	fputs("crash --referee FILE [--transport udp|tls] [--certs DIRECTORY] [--calls N] "
	    "[--kills N]\n      [--seconds N] [--seed N] [--keep] [--forget] [--receiver FILE]\n",
	    stderr);
	return 64;
}

static bool
option(struct options *o, const char *name, const char *value)
{
	uint64_t number = strtoull(value, NULL, 10);
	if (strcmp(name, "--receiver") == 0)
		o->receiver = value;
	else if (strcmp(name, "--referee") == 0)
		o->referee = value;
	else if (strcmp(name, "--certs") == 0)
		o->certs = value;
	else if (strcmp(name, "--transport") == 0)
		o->tls = strcmp(value, "tls") == 0;
	else if (strcmp(name, "--calls") == 0)
		o->calls = (uint32_t)number;
	else if (strcmp(name, "--kills") == 0)
		o->kills = (uint32_t)number;
	else if (strcmp(name, "--seconds") == 0)
		o->seconds = (uint32_t)number;
	else if (strcmp(name, "--seed") == 0)
		o->seed = number;
	else
		return false;
	return true;
}

int
main(int argc, char **argv)
{
	static struct crash c;
	static char certs[PATH_MAX];
	signal(SIGPIPE, SIG_IGN);
	c.o = (struct options){ .calls = 200, .kills = 20, .seconds = 25,
		.seed = (uint64_t)wire_now() % 1000000 };
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--keep") == 0)
			c.o.keep = true;
		else if (strcmp(argv[i], "--forget") == 0)
			c.o.forget = true;
		else if (i + 1 >= argc || !option(&c.o, argv[i], argv[i + 1]))
			return usage();
		else
			i++;
	}
	c.o.certs = c.o.certs != NULL ? realpath(c.o.certs, certs) : NULL;
	if (c.o.referee == NULL || c.o.seconds == 0 ||
	    ((c.o.tls || c.o.receiver != NULL) && c.o.certs == NULL))
		return usage();
	run(&c);
	figures(&c);
	if (c.o.forget)
		printf("%s 1 - a store that forgets is found out\n",
		    c.failed > 0 ? "ok" : "not ok");
	server_clean(&c);
	wire_close(&c);
	while (c.heap.count > 0)
		free(world_heap_take(&c.heap));
	world_heap_fini(&c.heap);
	for (uint32_t i = 0; i < c.peers; i++) {
		party_fini(&c.peer[i]->party);
		free(c.peer[i]);
	}
	return (c.failed > 0) == c.o.forget ? 0 : 1;
}
