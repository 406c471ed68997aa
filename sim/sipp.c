/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/sipp.c -- all calls of a party that SIPp would play: when they begin, whose a message is. */
#include "sim/sipp.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/sipp_parts.h"

#define TIMER_NEXT_CALL UINT32_MAX

void
sipp_say(struct sipp_call *c, const char *bytes, uint32_t len)
{
	struct sipp *s = c->sipp;
	if (s->log != NULL)
		s->log(s->log_user, s->world->now, true, (struct rf_slice){ bytes, len });
	world_party_send(s->world, s->party, (struct rf_slice){ bytes, len });
}

void
sipp_wake(struct sipp_call *c, rf_time at)
{
	struct sipp *s = c->sipp;
	world_party_timer(s->world, s->party, at, c->number - 1, ++c->generation);
}

/* ---- calls ----------------------------------------------------------------------------------- */

static struct sipp_call *
new_call(struct sipp *s, const char *id)
{
	struct sipp_call *c = malloc(sizeof *c);
	if (c == NULL)
		abort();
	s->call[s->calls++] = c;
	sipp_call_init(c, s, s->calls, id);
	return c;
}

/* As many as are due and allowed; then waits for the next. */
static void
place_calls(struct sipp *s)
{
	rf_time now = s->world->now, apart = RF_SECOND / s->options.rate;
	while (
	    s->calls < s->options.calls && s->alive < s->options.limit && s->next_call_at <= now) {
		s->next_call_at += apart;
		sipp_call_run(new_call(s, NULL));
	}
	if (s->calls < s->options.calls && s->alive < s->options.limit)
		world_party_timer(s->world, s->party, s->next_call_at, TIMER_NEXT_CALL, 0);
}

void
sipp_ended(struct sipp_call *c)
{
	struct sipp *s = c->sipp;
	s->alive--;
	c->generation++;
	/* There is room for another one; never from inside a call. */
	if (s->scenario->caller && s->calls < s->options.calls)
		world_party_timer(s->world, s->party, s->world->now, TIMER_NEXT_CALL, 0);
}

static struct sipp_call *
find_call(const struct sipp *s, const char *id)
{
	for (uint32_t i = s->calls; i-- > 0;) {
		if (strcmp(s->call[i]->id, id) == 0)
			return s->call[i];
	}
	return NULL;
}

static void
receive(void *user, struct party *party, struct rf_slice bytes)
{
	struct sipp *s = user;
	char id[SIPP_VALUE_MAX];
	(void)party;
	if (sipp_is_over(s))
		return; /* SIPp has gone by then */
	char *message = strndup(bytes.p, bytes.len);
	if (message == NULL)
		abort();
	if (s->log != NULL)
		s->log(s->log_user, s->world->now, false, bytes);
	if (sipp_header(message, "Call-ID:", false, id)) {
		struct sipp_call *c = find_call(s, id);
		if (c == NULL && !s->scenario->caller && s->calls < s->options.calls)
			c = new_call(s, id);
		if (c != NULL && !c->over)
			sipp_call_receive(c, message);
	}
	free(message);
}

static void
ring(void *user, struct party *party, uint32_t timer, uint64_t generation)
{
	struct sipp *s = user;
	(void)party;
	if (timer == TIMER_NEXT_CALL) {
		place_calls(s);
		return;
	}
	assert(timer < s->calls);
	struct sipp_call *c = s->call[timer];
	if (!c->over && c->generation == generation)
		sipp_call_run(c);
}

/* ---- the party ------------------------------------------------------------------------------- */

struct sipp *
sipp_new(struct world *w, struct party *p, const struct sipp_scenario *scenario,
    const struct sipp_options *options)
{
	struct sipp *s = calloc(1, sizeof *s);
	if (s == NULL)
		return NULL;
	s->world = w;
	s->party = p;
	s->scenario = scenario;
	s->options = *options;
	assert(options->calls > 0);
	assert(options->calls <= SIPP_CALLS_MAX);
	assert(options->rate > 0);
	assert(options->limit > 0);
	p->player = (struct party_player){ .receive = receive, .timer = ring, .user = s };
	return s;
}

void
sipp_free(struct sipp *s)
{
	if (s == NULL)
		return;
	for (uint32_t i = 0; i < s->calls; i++) {
		sipp_call_fini(s->call[i]);
		free(s->call[i]);
	}
	for (uint32_t i = 0; i < SIPP_VARIABLES_MAX; i++)
		sipp_value_free(&s->global[i]);
	s->party->player = (struct party_player){ 0 };
	free(s);
}

void
sipp_listen(struct sipp *s, sipp_log_fn *log, void *user)
{
	s->log = log;
	s->log_user = user;
}

void
sipp_start(struct sipp *s)
{
	assert(!s->started);
	s->started = true;
	s->next_call_at = s->world->now;
	if (s->scenario->caller)
		place_calls(s);
}

bool
sipp_is_over(const struct sipp *s)
{
	return s->calls == s->options.calls && s->alive == 0;
}

const char *
sipp_error(const struct sipp *s)
{
	return s->error;
}
