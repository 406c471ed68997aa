/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/tables.c -- the configuration every scene starts from, and the few keys it may set.
 *
 *      partners  carrier (customer), acme (center and its phone, may refer for
 *                sip:*@acme.example), platform
 *      routes    center -> sip:center@center.example, billing -> queue [queue], overflow [queue2],
 *                both -> [queue, queue2], single -> [queue], turns -> round-robin, closed -> 603,
 *                nowhere -> a name that leads nowhere, loop -> referee itself,
 *                vip-* -> skills: vip-gold (skill gold, policy rp-9), vip-plain, both to the queue
 *                vip [queue], which overflows to recorded [queue2, policy rp-2]
 *      recording policies are told by X-Recording-Policy
 *                day -> queue [single] mon-fri 08:00-18:00, then -> sip:queue2@queue2.example,
 *                counter -> queue [counter] that is open then, and else overflows [queue2],
 *                short -> the queue [brief] that is open then, and has no overflow
 *      normalise  ;dest=KEY instead of the user, then handback-KEY is KEY
 *      ivr       sip:ivr@ivr.example */
#include "sim/world.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CARRIER, ACME, PLATFORM };

static void
add_target(struct world_tables *t, struct rf_policy_queue *queue, const char *uri)
{
	uint32_t used = 0;
	for (uint32_t i = 0; i < t->tables.queues_count; i++)
		used += t->queue[i].targets_count;
	assert(used < RF_ARRAY_LEN(t->target));
	t->target[used] = (struct rf_policy_target){ .uri = uri };
	queue->targets_count++;
}

static struct rf_policy_queue *
add_queue(struct world_tables *t, const char *name, const char *first, const char *second)
{
	assert(t->tables.queues_count < RF_ARRAY_LEN(t->queue));
	struct rf_policy_queue *queue = &t->queue[t->tables.queues_count++];
	*queue = (struct rf_policy_queue){ .name = name, .strategy = RF_PRIORITY };
	add_target(t, queue, first);
	if (second != NULL)
		add_target(t, queue, second);
	return queue;
}

static struct rf_policy_route *
add_route(struct world_tables *t, const char *key, enum rf_policy_to kind, const char *to)
{
	assert(t->tables.routes_count < RF_ARRAY_LEN(t->route));
	struct rf_policy_route *route = &t->route[t->tables.routes_count++];
	*route = (struct rf_policy_route){ .name = key, .key = key, .to = { kind, to } };
	return route;
}

static void
add_skill(struct world_tables *t, struct rf_policy_skill skill)
{
	assert(t->tables.skills_count < RF_ARRAY_LEN(t->skill));
	t->skill[t->tables.skills_count++] = skill;
}

static void
add_network(struct world_tables *t, uint32_t partner, const char *ip, uint32_t at)
{
	struct rf_addr a = world_addr(ip, 0, RF_UDP);
	memcpy(t->network[at].ip, a.ip, sizeof a.ip);
	t->network[at].bits = 128;
	t->partner[partner].source_count++;
}

static void
init_tables(struct world_tables *t)
{
	t->partner[CARRIER] = (struct rf_policy_partner){
		.name = "carrier", .refer = RF_POLICY_TERMINATE, .wait_for_bye_ms = 32000
	};
	t->partner[ACME] = (struct rf_policy_partner){ .name = "acme",
		.refer = RF_POLICY_TERMINATE,
		.referred_by_count = 1,
		.referred_by_missing = RF_MISSING_ALLOW,
		.wait_for_bye_ms = 32000 };
	t->partner[PLATFORM] = (struct rf_policy_partner){
		.name = "platform", .refer = RF_POLICY_TERMINATE, .wait_for_bye_ms = 32000
	};
	t->referred_by[0] = "sip:*@acme.example";
	t->pass[0] = "X-*";
	t->pass[1] = "User-to-User";
	for (uint32_t i = 0; i < 3; i++)
		t->partner[i].pass_count = 2;
	add_network(t, CARRIER, "192.0.2.10", 0);
	add_network(t, ACME, "192.0.2.20", 1);
	add_network(t, ACME, "192.0.2.21", 2);
	add_network(t, PLATFORM, "192.0.2.30", 3);
	add_network(t, PLATFORM, "192.0.2.31", 4);
	add_network(t, PLATFORM, "192.0.2.40", 5);
	t->tables.partners_count = 3;
	add_queue(t, "billing", "sip:queue@queue.example", NULL)->overflow = "overflow";
	add_queue(t, "overflow", "sip:queue2@queue2.example", NULL);
	add_queue(t, "both", "sip:queue@queue.example", "sip:queue2@queue2.example");
	add_queue(t, "single", "sip:queue@queue.example", NULL);
	add_queue(t, "turns", "sip:queue@queue.example", "sip:queue2@queue2.example")->strategy =
	    RF_ROUND_ROBIN;
	add_route(t, "center", RF_TO_URI, "sip:center@center.example");
	add_route(t, "customer", RF_TO_URI, "sip:customer@customer.example");
	add_route(t, "billing", RF_TO_QUEUE, "billing");
	add_route(t, "both", RF_TO_QUEUE, "both");
	add_route(t, "single", RF_TO_QUEUE, "single");
	add_route(t, "turns", RF_TO_QUEUE, "turns");
	add_route(t, "closed", RF_TO_REJECT, NULL)->status = 603;
	add_route(t, "nowhere", RF_TO_URI, "sip:nobody@nowhere.example");
	add_route(t, "loop", RF_TO_URI, "sip:loop@192.0.2.1");
	struct rf_policy_queue *vip = add_queue(t, "vip", "sip:queue@queue.example", NULL);
	vip->overflow = "recorded";
	vip->skill = "vip";
	vip->recording_policy = "rp-1";
	add_queue(t, "recorded", "sip:queue2@queue2.example", NULL)->recording_policy = "rp-2";
	add_route(t, "vip-*", RF_TO_SKILL, NULL)->wrap_up = "VIP_TRANSFER";
	add_skill(t, (struct rf_policy_skill){ .key = "vip-gold", .queue = "vip", .skill = "gold",
	    .recording_policy = "rp-9" });
	add_skill(t, (struct rf_policy_skill){ .key = "vip-plain", .queue = "vip" });
	t->hours[0] = (struct rf_policy_window){ "Europe/Berlin", 0x1f, 8 * 60, 18 * 60 };
	add_route(t, "day", RF_TO_QUEUE, "single")->hours_count = 1;
	add_route(t, "day", RF_TO_URI, "sip:queue2@queue2.example");
	struct rf_policy_queue *counter = add_queue(t, "counter", "sip:queue@queue.example", NULL);
	counter->overflow = "overflow";
	counter->hours_count = 1;
	add_queue(t, "brief", "sip:queue@queue.example", NULL)->hours_count = 1;
	add_route(t, "counter", RF_TO_QUEUE, "counter");
	add_route(t, "short", RF_TO_QUEUE, "brief");
	t->rule[0] = (struct rf_policy_rule){ .take = { RF_TAKE_PARAMETER, "dest" } };
	t->rule[1] = (struct rf_policy_rule){ .match = "^handback-", .replace = "" };
	t->tables.normalise_count = 2;
	snprintf(t->ivr, sizeof t->ivr, "sip:ivr@ivr.example");
}

void
world_tables_bind(struct world_tables *t)
{
	uint32_t network = 0, target = 0;
	t->tables.partners = t->partner;
	t->tables.routes = t->route;
	t->tables.queues = t->queue;
	t->tables.skills = t->skill;
	t->tables.normalise = t->rule;
	for (uint32_t i = 0; i < t->tables.routes_count; i++)
		t->route[i].hours = t->hours;
	for (uint32_t i = 0; i < t->tables.queues_count; i++)
		t->queue[i].hours = t->hours;
	t->tables.failover = t->failover;
	t->tables.recording_header = "X-Recording-Policy";
	t->tables.ivr = t->ivr[0] != '\0' ? t->ivr : NULL;
	for (uint32_t i = 0; i < t->tables.partners_count; i++) {
		t->partner[i].source = &t->network[network];
		network += t->partner[i].source_count;
		t->partner[i].referred_by = t->referred_by;
		t->partner[i].notify_provisional = t->provisional;
		t->partner[i].pass = t->pass;
		t->partner[i].destinations = t->destinations;
	}
	t->destinations[0] = t->destination;
	for (uint32_t i = 0; i < t->tables.queues_count; i++) {
		t->queue[i].targets = &t->target[target];
		target += t->queue[i].targets_count;
	}
}

void
world_options_init(struct world_options *o)
{
	static const uint8_t proto[] = { RF_UDP, RF_TCP, RF_TLS };
	memset(o, 0, sizeof *o);
	o->limits = (struct rf_engine_limits){
		.calls = 32, .transactions = 256, .text_bytes = 4 * 1024 * 1024
	};
	o->link_delay = 10 * RF_MS;
	o->seed = 1;
	struct rf_engine_config *c = &o->config;
	c->hash_effects = true;
	c->node_id = 1;
	c->listener_count = 3;
	for (uint8_t i = 0; i < 3; i++) {
		uint16_t port = proto[i] == RF_TLS ? 5061 : 5060;
		c->listener[i].local = world_addr("192.0.2.1", port, (enum rf_transport)proto[i]);
		snprintf(c->listener[i].advertise, RF_NAME_MAX, "192.0.2.1:%u", port);
	}
	snprintf(c->domain, sizeof c->domain, "referee.example");
	snprintf(c->software, sizeof c->software, "referee");
	init_tables(&o->policy);
	world_tables_bind(&o->policy);
}

/* ---- set KEY VALUE --------------------------------------------------------------------------- */

/* How often, how fast and where to it may refer. */
static bool
set_limit(struct world_tables *t, struct rf_policy_partner *p, const char *key, const char *value)
{
	uint32_t number = (uint32_t)strtoul(value, NULL, 10);
	if (strcmp(key, "refer_depth") == 0) {
		p->refer_depth = number;
	} else if (strcmp(key, "refers_a_minute") == 0) {
		p->refer_rate = (struct rf_policy_rate){ number, 60 * 1000 };
	} else if (strcmp(key, "limit_code") == 0) {
		p->limit_code = number;
	} else if (strcmp(key, "referred_by_code") == 0) {
		p->referred_by_code = number;
	} else if (strcmp(key, "destination") == 0) {
		snprintf(t->destination, sizeof t->destination, "%s", value);
		p->destinations_count = 1;
	} else {
		return false;
	}
	return true;
}

static bool
set_partner(struct world_tables *t, struct rf_policy_partner *p, const char *key, const char *value)
{
	uint32_t number = (uint32_t)strtoul(value, NULL, 10);
	if (strcmp(key, "refer") == 0) {
		p->refer = strcmp(value, "terminate") == 0 ? RF_POLICY_TERMINATE : RF_POLICY_REJECT;
		p->refer_code = number;
	} else if (strcmp(key, "accept_code") == 0) {
		p->accept_code = number;
	} else if (strcmp(key, "wait_for_bye_ms") == 0) {
		p->wait_for_bye_ms = number;
	} else if (strcmp(key, "notify_provisional") == 0) {
		t->provisional[0] = number;
		p->notify_provisional_count = 1;
	} else if (strcmp(key, "subscription_id") == 0) {
		p->subscription_id =
		    strcmp(value, "always") == 0 ? RF_ID_ALWAYS : RF_ID_FIRST_OMITS;
	} else if (strcmp(key, "referred_by_missing") == 0) {
		p->referred_by_missing = strcmp(value, "refuse") == 0 ? RF_MISSING_REFUSE
					 : strcmp(value, "from") == 0 ? RF_MISSING_FROM
								      : RF_MISSING_ALLOW;
	} else {
		return false;
	}
	return true;
}

/* "503-ivr": what becomes of that code, before the shipped rows are asked; in screening, the queue
 * that overflows is [overflow]. */
static bool
set_failover(struct world_tables *t, enum rf_policy_stage stage, const char *value)
{
	static const struct {
		const char *word;
		enum rf_failover_action action;
	} actions[] = {
		{ "end", RF_FAILOVER_END },
		{ "next", RF_FAILOVER_NEXT },
		{ "overflow", RF_FAILOVER_OVERFLOW },
		{ "ivr", RF_FAILOVER_IVR },
	};
	char *word;
	uint16_t code = (uint16_t)strtoul(value, &word, 10);
	for (size_t i = 0; i < RF_ARRAY_LEN(actions); i++) {
		if (*word != '-' || strcmp(word + 1, actions[i].word) != 0)
			continue;
		if (t->tables.failover_count == RF_ARRAY_LEN(t->failover))
			return false;
		bool to_queue = stage == RF_STAGE_SCREENING &&
		    actions[i].action == RF_FAILOVER_OVERFLOW;
		t->failover[t->tables.failover_count++] = (struct rf_policy_failover){
			.stage = stage, .to = to_queue ? "overflow" : NULL, .code = { code, code },
			.action = actions[i].action };
		return true;
	}
	return false;
}

bool
world_options_set(
    struct world_options *o, const char *key, const char *value, char error[WORLD_ERROR_MAX])
{
	struct world_tables *t = &o->policy;
	struct {
		const char *key;
		rf_time *ms;
	} times[] = {
		{ "t1", &o->config.t1 },
		{ "t2", &o->config.t2 },
		{ "t4", &o->config.t4 },
		{ "store_wait", &o->config.store_wait },
		{ "commit_wait", &o->config.commit_wait },
		{ "link_delay", &o->link_delay },
	};
	uint32_t number = (uint32_t)strtoul(value, NULL, 10);
	for (size_t i = 0; i < RF_ARRAY_LEN(times); i++) {
		if (strcmp(key, times[i].key) == 0) {
			*times[i].ms = number * RF_MS;
			return true;
		}
	}
	for (uint32_t i = 0; i < t->tables.partners_count; i++) {
		size_t len = strlen(t->partner[i].name);
		if (strncmp(key, t->partner[i].name, len) == 0 && key[len] == '.' &&
		    (set_partner(t, &t->partner[i], key + len + 1, value) ||
		    set_limit(t, &t->partner[i], key + len + 1, value)))
			return true;
	}
	if (strcmp(key, "failover") == 0 && set_failover(t, RF_STAGE_TARGET, value))
		return true;
	if (strcmp(key, "screening") == 0 && set_failover(t, RF_STAGE_SCREENING, value))
		return true;
	if (strcmp(key, "calls") == 0) {
		o->limits.calls = number;
	} else if (strcmp(key, "transactions") == 0) {
		o->limits.transactions = number;
	} else if (strcmp(key, "text_bytes") == 0) {
		o->limits.text_bytes = number;
	} else if (strcmp(key, "receivers") == 0 && number <= RF_RECEIVERS_MAX) {
		o->config.receiver_count = (uint8_t)number;
		o->limits.deliveries = o->limits.deliveries > 0 ? o->limits.deliveries : 64;
	} else if (strcmp(key, "deliveries") == 0) {
		o->limits.deliveries = number;
	} else if (strcmp(key, "receiver.posts") == 0) {
		o->config.receiver[0].posts = number;
	} else if (strcmp(key, "receiver.failures") == 0) {
		o->config.receiver[0].failures = number;
	} else if (strcmp(key, "seed") == 0) {
		o->seed = number;
	} else if (strcmp(key, "local_minute") == 0) {
		o->local_minute = number;
	} else if (strcmp(key, "ring_ms") == 0) {
		for (uint32_t i = 0; i < t->tables.queues_count; i++)
			t->queue[i].ring_ms = number;
		for (uint32_t i = 0; i < t->tables.routes_count; i++)
			t->route[i].ring_ms = number;
	} else if (strcmp(key, "ivr") == 0) {
		snprintf(t->ivr, sizeof t->ivr, "%s", strcmp(value, "none") == 0 ? "" : value);
	} else {
		snprintf(error, WORLD_ERROR_MAX, "no such key: %s", key);
		return false;
	}
	return true;
}
