/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/oracles.c -- who answers referee's questions: names and policy; the store is keep.c.
 *
 * Policy is the production library over the scene's tables; each of the three can also be late,
 * fail or fall silent.  An answer is always an event of its own, never given from inside the
 * question. */
#include "sim/world.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct rf_addr
world_addr(const char *ipv4, uint16_t port, enum rf_transport proto)
{
	unsigned a = 0, b = 0, c = 0, d = 0;
	int n = sscanf(ipv4, "%u.%u.%u.%u", &a, &b, &c, &d);
	assert(n == 4);
	(void)n;
	return (struct rf_addr){ .ip = { [10] = 0xff,
				     [11] = 0xff,
				     [12] = (uint8_t)a,
				     [13] = (uint8_t)b,
				     [14] = (uint8_t)c,
				     [15] = (uint8_t)d },
		.port = port,
		.proto = (uint8_t)proto };
}

static void
ladder_question(struct world *w, const char *who, const char *what)
{
	world_ladder_time(w);
	world_ladder(w, "%-8s <- referee  %s\n", who, what);
}

/* The same answer once more; its plan, too. */
static struct world_item *
answer_again(const struct world_item *item)
{
	struct rf_slice about = { item->bytes, item->len };
	struct world_item *again = world_item_new(WORLD_EVENT, about);
	again->event = item->event;
	again->said = item->said;
	memcpy(again->address, item->address, sizeof again->address);
	if (item->plan != NULL) {
		again->plan = malloc(sizeof *again->plan);
		assert(again->plan != NULL);
		memcpy(again->plan, item->plan, sizeof *again->plan);
	}
	return again;
}

static void
answer(struct world *w, const struct world_oracle *oracle, const struct weather_answer *weather,
    struct world_item *item)
{
	if (oracle->answer == WORLD_SILENT) {
		free(item->plan);
		free(item);
		return;
	}
	rf_time at = w->now + oracle->delay + weather->late;
	if (weather->twice)
		world_put(w, at + weather->again, answer_again(item));
	world_put(w, at, item);
}

static struct world_item *
answer_new(const struct rf_effect *x, const char *said, const char *who)
{
	char about[64];
	snprintf(about, sizeof about, "%-8s -> referee ", who);
	struct world_item *item = world_item_new(WORLD_EVENT, rf_slice_of(about));
	item->event = (struct rf_event){ .kind = RF_EV_ANSWER, .token = x->token };
	item->said = said;
	return item;
}

/* ---- policy ---------------------------------------------------------------------------------- */

/* What the peer at the other end of a TLS connection has proved; the number of names. */
static uint32_t
prove(const struct world *w, const struct rf_path *path, char *said, struct rf_slice *name)
{
	if (path->link == 0 || path->link > w->links || path->remote.proto != RF_TLS)
		return 0;
	snprintf(said, WORLD_ERROR_MAX, "%s", w->link[path->link - 1].proves);
	if (said[0] == '\0')
		return 0;
	*name = rf_slice_of(said);
	return 1;
}

/* The call of a message, for the weather; without weather nobody asks. */
static uint64_t
call_of(struct world *w, struct rf_slice bytes)
{
	static struct sip_text text;
	if (w->weather.list.spells == 0 || !sip_read(&text, bytes))
		return 0;
	return weather_call(w, &text, 0);
}

/* A world has one local time, and no daylight saving. */
static void
local_time(void *user, const char *zone, struct rf_policy_local *out)
{
	const struct world *w = user;
	uint64_t minute = w->options.local_minute + (uint64_t)(w->now / (60 * RF_SECOND));
	(void)zone;
	*out = (struct rf_policy_local){ .weekday = (uint8_t)(minute / (24 * 60) % 7),
		.minute = (uint16_t)(minute % (24 * 60)) };
}

void
world_fx_route(struct world *w, const struct rf_effect *x)
{
	static char said[WORLD_ERROR_MAX], said_of_named[WORLD_ERROR_MAX];
	static const char *const trigger[] = { "invite?", "refer?", "options?", "replace?" };
	struct rf_slice names[1], named_names[1];
	ladder_question(w, "policy", trigger[x->trigger]);
	struct rf_plan *plan = calloc(1, sizeof *plan);
	assert(plan != NULL);
	struct rf_route_question question = { .trigger = x->trigger,
		.path = x->path,
		.partner = x->partner,
		.named = x->named,
		.message = x->message,
		.names = names,
		.named_names = named_names,
		.transfers = x->transfers,
		.now = w->now,
		.local_time = local_time,
		.user = w };
	question.names_count = prove(w, &x->path, said, &names[0]);
	question.named_names_count = prove(w, &x->named, said_of_named, &named_names[0]);
	rf_policy_route(w->policy, &question, plan);
	struct weather_answer weather =
	    weather_asks(w, WEATHER_ROUTE, call_of(w, x->bytes) << 2 | x->trigger);
	if (weather.wrong)
		*plan = (struct rf_plan){
			.size = offsetof(struct rf_plan, text), .status = 403
		};
	struct world_item *item = answer_new(x, plan->allow ? "yes" : "no", "policy");
	item->plan = plan;
	if (w->route.answer == WORLD_FAIL || weather.fail) {
		free(plan);
		item->plan = NULL;
		item->said = "does not know";
	}
	answer(w, &w->route, &weather, item);
}

/* ---- names ----------------------------------------------------------------------------------- */

struct world_name *
world_name_find(struct world *w, struct rf_slice host)
{
	for (uint32_t i = 0; i < w->names; i++) {
		if (sip_is(host, w->name[i].host))
			return &w->name[i];
	}
	return NULL;
}

static void
name_add(struct world *w, const char *host, struct rf_addr address)
{
	assert(w->names < WORLD_NAMES_MAX);
	struct world_name *name = &w->name[w->names++];
	snprintf(name->host, sizeof name->host, "%s", host);
	name->count = 1;
	name->address[0] = address;
}

/* Its hosts and the literal lead to a party. */
void
world_names_add(struct world *w, const struct party *p, const struct world_role *role)
{
	for (uint32_t i = 0; i < WORLD_HOSTS_MAX && role->host[i] != NULL; i++)
		name_add(w, role->host[i], p->addr);
	name_add(w, p->ip, p->addr);
}

/* `nowhere.example` leads nowhere, and referee can be called, too. */
void
world_names_init(struct world *w)
{
	name_add(w, "192.0.2.1", world_addr("192.0.2.1", 5060, RF_UDP));
	name_add(w, "nowhere.example", (struct rf_addr){ .port = 0 });
	w->name[w->names - 1].count = 0;
}

void
world_fx_resolve(struct world *w, const struct rf_effect *x)
{
	char what[RF_NAME_MAX + 8];
	snprintf(what, sizeof what, "%.*s",
	    x->bytes.len < RF_NAME_MAX ? (int)x->bytes.len : RF_NAME_MAX, x->bytes.p);
	ladder_question(w, "dns", what);
	const struct world_name *name = world_name_find(w, x->bytes);
	struct world_item *item =
	    answer_new(x, name == NULL || name->count == 0 ? "nothing" : "address", "dns");
	static const struct world_oracle at_once;
	struct weather_answer weather =
	    weather_asks(w, WEATHER_DNS, checkers_hash(3, x->bytes) >> 32);
	if (name == NULL) {
		answer(w, &at_once, &weather, item);
		return;
	}
	for (uint32_t i = 0; i < name->count && name->oracle.answer == WORLD_ANSWER; i++) {
		struct rf_addr a = name->address[i];
		for (uint32_t k = 0; k < w->parties; k++) { /* the port and transport it has now */
			if (memcmp(w->party[k].addr.ip, a.ip, sizeof a.ip) == 0)
				a = w->party[k].addr;
		}
		if (x->port != 0)
			a.port = x->port;
		if (weather.wrong)
			a = world_addr("192.0.2.250", a.port, (enum rf_transport)a.proto);
		item->address[item->event.address_count++] = a;
	}
	if (weather.fail) {
		item->event.address_count = 0;
		item->said = "nothing";
	}
	answer(w, &name->oracle, &weather, item);
}
