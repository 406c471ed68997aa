/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/world.c -- time goes on: what is due next is told to the engine or to a party.
 *
 * Order is fixed: the engine's own deadline first, then what is due, by time, class and arrival. */
#include "sim/world.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct world_role scenes[] = {
	{ "customer", "192.0.2.10", 5060, 4000, RF_UDP, "customer.example",
	    { "customer.example" } },
	{ "center", "192.0.2.20", 5060, 5000, RF_UDP, "center.example", { "center.example" } },
	{ "queue", "192.0.2.30", 5060, 6000, RF_UDP, "queue.example", { "queue.example" } },
	{ "queue2", "192.0.2.31", 5060, 6100, RF_UDP, "queue2.example", { "queue2.example" } },
	{ "ivr", "192.0.2.40", 5060, 7000, RF_UDP, "ivr.example", { "ivr.example" } },
	{ "stranger", "192.0.2.99", 5060, 9000, RF_UDP, "stranger.example",
	    { "stranger.example" } },
	{ "phone", "192.0.2.21", 5060, 5100, RF_UDP, "phone.example", { "phone.example" } },
};

static const struct world_role *
cast_of(const struct world_options *options, uint32_t *count)
{
	bool given = options != NULL && options->cast != NULL;
	*count = given ? options->cast_count : RF_ARRAY_LEN(scenes);
	return given ? options->cast : scenes;
}

uint32_t
world_cast_find(const struct world_options *options, struct rf_slice name)
{
	uint32_t count;
	const struct world_role *cast = cast_of(options, &count);
	for (uint32_t i = 0; i < count; i++) {
		if (sip_is(name, cast[i].name))
			return i;
	}
	return WORLD_PARTIES_MAX;
}

const char *
world_cast_name(const struct world_options *options, uint32_t index)
{
	uint32_t count;
	const struct world_role *cast = cast_of(options, &count);
	return index < count ? cast[index].name : "nobody";
}

uint32_t
world_party_find(struct rf_slice name)
{
	return world_cast_find(NULL, name);
}

struct world *
world_new(const struct world_options *options)
{
	struct world *w = calloc(1, sizeof *w);
	if (w == NULL)
		return NULL;
	w->options = *options;
	world_tables_bind(&w->options.policy);
	w->policy = rf_policy_new(
	    options->tables != NULL ? options->tables : &w->options.policy.tables);
	w->block = calloc(1, rf_engine_size(&w->options.limits));
	w->seen = options->quiet ? NULL : calloc(2 * WORLD_SEEN_MAX, sizeof *w->seen);
	if (w->policy == NULL || w->block == NULL || (w->seen == NULL && !options->quiet)) {
		world_free(w);
		return NULL;
	}
	choose_init(&w->by_seed, options->seed);
	w->chooser = options->chooser != NULL ? options->chooser : &w->by_seed;
	world_begin_engine(w);
	rf_time t1 = options->config.t1, t2 = options->config.t2;
	checkers_init(&w->checkers, t1 != 0 ? t1 : 500 * RF_MS, t2 != 0 ? t2 : 4 * RF_SECOND);
	w->checkers.judges_store = true;
	if (options->tables == NULL) {
		/* The shipped failover rows; a configuration may have others. */
		w->checkers.backoff = 2 * RF_SECOND;
		w->checkers.tries = 3;
		if (options->policy.ivr[0] != '\0')
			w->checkers.ivr = checkers_uri(rf_slice_of(options->policy.ivr));
	}
	for (size_t i = 0; i < RF_ARRAY_LEN(w->store); i++)
		w->store[i] = (struct world_oracle){ WORLD_ANSWER, RF_MS };
	assert(options->cast_count <= WORLD_PARTIES_MAX);
	uint32_t count;
	const struct world_role *cast = cast_of(options, &count);
	for (uint32_t i = 0; i < count; i++) {
		struct party *p = &w->party[w->parties];
		party_init(p, w, w->parties++, cast[i].name, cast[i].ip, cast[i].media_port);
		p->addr = world_addr(cast[i].ip, cast[i].port, cast[i].transport);
		snprintf(p->proves, sizeof p->proves, "%s", cast[i].proves);
		p->t1 = w->checkers.t1;
		p->t2 = w->checkers.t2;
		world_names_add(w, p, &cast[i]);
	}
	world_names_init(w);
	world_hooks_init(w);
	weather_begin(w);
	return w;
}

void
world_free(struct world *w)
{
	if (w == NULL)
		return;
	while (w->heap.count > 0) {
		struct world_item *item = world_heap_take(&w->heap);
		free(item->plan);
		free(item);
	}
	world_heap_fini(&w->heap);
	world_keep_fini(w);
	world_outbox_fini(w);
	for (uint32_t i = 0; i < w->parties; i++)
		party_fini(&w->party[i]);
	checkers_fini(&w->checkers);
	weather_fini(w);
	rf_policy_free(w->policy);
	for (uint32_t i = 0; i < w->links; i++)
		free(w->link[i].in);
	free(w->link);
	free(w->ladder);
	free(w->seen);
	free(w->row);
	free(w->block);
	free(w);
}

void *
world_grow(void *table, uint32_t count, uint32_t *room, size_t size)
{
	if (count < *room)
		return table;
	*room = *room == 0 ? 64 : 2 * *room;
	table = realloc(table, *room * size);
	assert(table != NULL);
	return table;
}

void
world_fail(struct world *w, const char *format, ...)
{
	va_list arguments;
	if (w->error[0] != '\0')
		return;
	va_start(arguments, format);
	vsnprintf(w->error, sizeof w->error, format, arguments);
	va_end(arguments);
}

/* ---- the six lines --------------------------------------------------------------------------- */

static void
world_do(struct world *w, const struct rf_effect *x)
{
	switch (x->kind) {
	case RF_FX_SEND:
		world_fx_send(w, x);
		break;
	case RF_FX_CLOSE:
		world_fx_close(w, x);
		break;
	case RF_FX_REPLY:
		world_ladder_time(w);
		world_ladder(w, "ctl      <- referee  %.*s\n", SIP_SLICE(x->bytes));
		break;
	case RF_FX_RESOLVE:
		world_fx_resolve(w, x);
		break;
	case RF_FX_ROUTE:
		world_fx_route(w, x);
		break;
	case RF_FX_STORE:
		world_fx_store(w, x);
		break;
	case RF_FX_FETCH:
		world_fx_fetch(w, x);
		break;
	case RF_FX_POST:
		world_fx_post(w, x);
		break;
	case RF_FX_SETTLE:
		world_fx_settle(w, x);
		break;
	case RF_FX_KIND_MAX:
		assert(false);
		break;
	}
}

void
world_tell(struct world *w, const struct rf_event *event)
{
	if (w->heard != NULL)
		w->heard(w->heard_user, w, event);
	sim_shim_step(w->options.shim, w->engine, w->now, event, &w->out);
	if (event->kind == RF_EV_MESSAGE)
		weather_learn(w, event->bytes);
	world_ladder_rows(w);
	for (uint32_t i = 0; i < w->out.count; i++)
		world_do(w, &w->out.at[i]);
}

/* ---- time ------------------------------------------------------------------------------------ */

static void
tell_deadline(struct world *w)
{
	if (++w->stalled > WORLD_STALL_MAX) {
		world_fail(w, "the engine's deadline stays at %lld us, it is %lld us",
		    (long long)rf_engine_deadline(w->engine), (long long)w->now);
		return;
	}
	world_tell(w, &(struct rf_event){ .kind = RF_EV_DEADLINE });
}

/* What the event loop would have to take up. */
static bool
is_for_referee(const struct world_item *item)
{
	return item->kind == WORLD_EVENT || item->kind == WORLD_TO_REFEREE ||
	       item->kind == WORLD_BYTES || item->kind == WORLD_STORE;
}

bool
world_next(struct world *w, rf_time until)
{
	rf_time due = world_heap_due(&w->heap);
	rf_time deadline = w->down ? RF_TIME_NEVER : rf_engine_deadline(w->engine);
	rf_time stall = weather_defers(w);
	deadline = deadline < stall ? stall : deadline;
	rf_time next = due < deadline ? due : deadline;
	if (next > until || w->error[0] != '\0') {
		w->now = until > w->now ? until : w->now;
		return false;
	}
	if (next > w->now) {
		w->now = next;
		w->stalled = 0;
	}
	if (deadline <= w->now) {
		tell_deadline(w);
	} else {
		struct world_item *item = world_heap_take(&w->heap);
		if (stall > w->now && is_for_referee(item)) {
			world_put(w, stall, item);
			return true;
		}
		world_do_item(w, item);
		free(item->plan);
		free(item);
	}
	return true;
}

bool
world_is_quiet(const struct world *w)
{
	return w->heap.count == w->weather.waiting && !w->down &&
	       rf_engine_deadline(w->engine) == RF_TIME_NEVER;
}
