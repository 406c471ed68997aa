/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_policy_world.h -- ten partners, eight routes, three queues, and requests to
 * them. */
#ifndef RF_TESTS_UNIT_TEST_POLICY_WORLD_H
#define RF_TESTS_UNIT_TEST_POLICY_WORLD_H

#include "policy/policy.h"

#define IPV4(a, b, c, d) { [10] = 0xff, 0xff, (a), (b), (c), (d) }

enum { TURNS = 3 };
extern struct rf_policy_partner partners[];
extern struct rf_policy_target turns[TURNS];
extern struct rf_policy_tables tables;

/* The last answer, and how many embedded headers it cost. */
extern struct rf_plan plan;
extern uint64_t dropped;

/* Asks as the partner; `first` is the Request-URI, `headers` are whole lines. */
void ask(struct rf_policy *, const char *partner, enum rf_plan_trigger, const char *first,
    const char *headers);
void refer_as(const char *partner, const char *headers);
/* A REFER of the partner that has no list of names. */
void refer_to(const char *value);
void invite(const char *uri);

/* About the last answer. */
bool is(struct rf_span span, const char *text);
bool refused(uint16_t status, const char *why);

#endif
