/* SPDX-License-Identifier: BSD-2-Clause */
/* bench/route.c -- what one decision of policy costs, by the number of rules.
 *
 *         route [ROUNDS]
 *
 * For 10, 1,000 and 10,000 routes: nanoseconds and allocations of one whole decision about a REFER
 * - who, whether, the key through three rules of normalise, the route, the plan - and of the same
 * with every rule asked, which is what finding them by their keys saves.  A tenth of the routes are
 * patterns, a tenth belong to other partners; keys hit all over the table.  Thread CPU time. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "policy/policy.h"

enum { ROUTES_MAX = 10000, KEYS = 64, NAME = 24 };

/* Counts what the decision asks of the C library. */
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
static uint64_t allocations;
void *
malloc(size_t size)
{
	allocations++;
	return __libc_malloc(size);
}
void *
calloc(size_t count, size_t size)
{
	allocations++;
	return __libc_calloc(count, size);
}

static char name[ROUTES_MAX][NAME];
static struct rf_policy_route routes[ROUTES_MAX + 1];
static struct rf_message messages[KEYS];
static char text[KEYS][512];
static struct rf_plan plan;
static struct rf_route_trail trail;

static int64_t
cpu_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void
make_routes(uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		snprintf(name[i], NAME, i % 10 == 9 ? "queue-%u-*" : "queue-%u", i * 7919 % 100000);
		routes[i] = (struct rf_policy_route){ .key = name[i],
			.partner = i % 10 == 3 ? "other" : NULL, .to = { RF_TO_QUEUE, "queue" } };
	}
	routes[count] = (struct rf_policy_route){ .to = { RF_TO_QUEUE, "queue" } };
}

static void
make_messages(uint32_t count)
{
	const char *why;
	for (uint32_t i = 0; i < KEYS; i++) {
		uint32_t route = (uint32_t)((uint64_t)i * count / KEYS);
		int len = snprintf(text[i], sizeof text[i],
		    "REFER sip:r@example.com SIP/2.0\r\n"
		    "Via: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1\r\n"
		    "From: <sip:agent-7@acme.example>;tag=1\r\nTo: <sip:r@example.com>;tag=2\r\n"
		    "Call-ID: 1\r\nCSeq: 1 REFER\r\nContact: <sip:a@192.0.2.7>\r\n"
		    "Refer-To: <sip:%.*s%s@x;user=phone>\r\nReferred-By: <sip:a@acme.example>\r\n"
		    "Content-Length: 0\r\n\r\n", (int)strcspn(name[route], "*"), name[route],
		    strchr(name[route], '*') != NULL ? "tail" : "");
		memset(&messages[i], 0, sizeof messages[i]);
		if (rf_message_parse(&messages[i],
		    (struct rf_slice){ text[i], (uint32_t)len }, &why) != RF_VERDICT_OK)
			abort();
	}
}

/* Nanoseconds of one decision; without a trail rules are found by their keys. */
static double
measure(struct rf_policy *policy, long rounds, struct rf_route_trail *or_null)
{
	int64_t begin = cpu_ns();
	for (long i = 0; i < rounds; i++) {
		struct rf_route_question question = { .trigger = RF_TRIGGER_REFER,
			.message = &messages[i % KEYS], .trail = or_null };
		memcpy(question.path.remote.ip,
		    (const uint8_t[16]){ [10] = 0xff, 0xff, 10, 1, 2, 3 }, 16);
		rf_policy_route(policy, &question, &plan);
		if (!plan.allow)
			abort();
	}
	return (double)(cpu_ns() - begin) / (double)rounds;
}

int
main(int argc, char **argv)
{
	static const uint32_t sizes[] = { 10, 1000, ROUTES_MAX };
	long rounds = argc > 1 ? strtol(argv[1], NULL, 10) : 200 * 1000;
	struct rf_policy_network network = { { [10] = 0xff, 0xff, 10 }, 96 + 8 };
	const char *referred_by[] = { "sip:*@acme.example" };
	struct rf_policy_partner partners[] = {
		{ .name = "center", .source = &network, .source_count = 1,
		    .referred_by = referred_by, .referred_by_count = 1 },
		{ .name = "other" },
	};
	struct rf_policy_target target = { "sip:q@192.0.2.1", 0 };
	struct rf_policy_queue queue = { .name = "queue", .targets = &target, .targets_count = 1 };
	struct rf_policy_rule rules[] = {
		{ .take = { RF_TAKE_PARAMETER, "queue" } },
		{ .match = "^(handback|transfer)-", .replace = "" },
		{ .fold = RF_FOLD_LOWER },
	};
	double first = 0;
	if (rounds < KEYS)
		rounds = KEYS;
	printf("%8s  %12s  %8s  %12s  %s\n", "rules", "ns/decision", "ratio", "all asked",
	    "allocations/decision");
	for (uint32_t i = 0; i < RF_ARRAY_LEN(sizes); i++) {
		make_routes(sizes[i]);
		make_messages(sizes[i]);
		struct rf_policy_tables tables = { .partners = partners, .partners_count = 2,
			.routes = routes, .routes_count = sizes[i] + 1, .queues = &queue,
			.queues_count = 1, .normalise = rules, .normalise_count = 3 };
		struct rf_policy *policy = rf_policy_new(&tables);
		if (policy == NULL)
			abort();
		measure(policy, KEYS, NULL);            /* PCRE2 keeps what its first match took */
		uint64_t before = allocations;
		double ns = measure(policy, rounds, NULL);
		double each = (double)(allocations - before) / (double)rounds;
		double all = measure(policy, rounds / 100 + KEYS, &trail);
		first = i == 0 ? ns : first;
		printf("%8u  %12.0f  %8.2f  %12.0f  %.3f\n", sizes[i], ns, ns / first, all, each);
		rf_policy_free(policy);
	}
	return 0;
}
