/* SPDX-License-Identifier: BSD-2-Clause */
/* app/sim/desk.c -- the people of a world: centers that hand back, agents that answer or have no
 * time, trunks that refuse, callers who lose patience.
 *
 * Draws are named by the call, so that two variants of a world meet the same people. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/sim/run_parts.h"


static const struct rf_sim_party *
party_of(const struct study *s, uint32_t party)
{
	assert(party < s->file->parties_count);
	return &s->file->parties[party];
}

/* As agents and draws name a leg within a call; never 0. */
static uint32_t
leg_name(uint32_t party, uint32_t nth)
{
	return (party + 1) << 8 | (nth & 0xff);
}

static uint64_t
agents_name(uint64_t call, uint32_t nth)
{
	return call << 8 | (nth & 0xff);
}

/* ---- agents ---------------------------------------------------------------------------------- */

static void
serve(struct study *s, uint64_t call, uint32_t party, uint32_t nth)
{
	const struct rf_sim_party *p = party_of(s, party);
	if (choose_yes(&s->chooser, CHOOSE_STUDY_NO_ANSWER, call, leg_name(party, nth),
		p->no_answer))
		return;
	study_later(s, choose_time(&s->chooser, CHOOSE_STUDY_RINGS, call, leg_name(party, nth),
	    &p->ring), STUDY_AGENT_ANSWERS, call, party, nth);
}

static void
serve_next(struct study *s, uint32_t party, uint64_t next)
{
	serve(s, next >> 8, party, (uint32_t)(next & 0xff));
}

void
study_note_load(struct study *s)
{
	double waiting = 0, busy = 0;
	for (uint32_t i = 0; i < s->file->parties_count; i++) {
		if (s->party[i].agents == NULL)
			continue;
		waiting += rf_agents_waiting(s->party[i].agents);
		busy += rf_agents_busy(s->party[i].agents);
	}
	s->waiting_max = waiting > s->waiting_max ? waiting : s->waiting_max;
	study_peak(s, RF_SERIES_WAITING, waiting);
	study_peak(s, RF_SERIES_BUSY, busy);
}

/* What its signalling makes of one more INVITE: work is done for refusals, too. */
static bool
has_capacity(struct study *s, uint32_t party)
{
	const struct rf_sim_party *p = party_of(s, party);
	struct study_party *mine = &s->party[party];
	if (p->capacity <= 0)
		return true;
	double burst = p->capacity_burst;
	mine->tokens += (double)(s->w->now - mine->refilled) / (double)RF_SECOND * p->capacity;
	mine->tokens = mine->tokens > burst ? burst : mine->tokens;
	mine->refilled = s->w->now;
	if (mine->tokens >= 1) {
		mine->tokens -= 1;
		return true;
	}
	mine->tokens -= p->capacity_refusal;
	mine->tokens = mine->tokens < -burst ? -burst : mine->tokens;
	return false;
}

/* A fault of the timeline that refuses this INVITE; 0: none. */
static uint16_t
refuses(struct study *s, uint64_t call, uint32_t party, uint32_t nth, uint32_t *retry_after_s)
{
	for (uint32_t i = 0; i < s->file->faults_count; i++) {
		const struct rf_sim_fault *f = &s->file->faults[i];
		bool now = s->w->now >= f->at && (f->lasts == 0 || s->w->now < f->at + f->lasts);
		bool here = f->party_index == party || (f->party_index == WORLD_PARTIES_MAX &&
		    party_of(s, party)->role == RF_SIM_AGENTS);
		if (!f->refuses || !now || !here ||
		    !choose_yes(&s->chooser, CHOOSE_STUDY_REFUSES, call,
			(uint64_t)leg_name(party, nth) << 8 | i, f->share))
			continue;
		*retry_after_s = (uint32_t)(f->retry_after / RF_SECOND);
		return (uint16_t)f->code;
	}
	return 0;
}

static uint16_t
agents_called(struct study *s, uint64_t call, uint32_t party, uint32_t nth)
{
	const struct rf_sim_party *p = party_of(s, party);
	enum rf_agents_answer answer =
	    rf_agents_arrive(s->party[party].agents, agents_name(call, nth));
	if (answer == RF_AGENTS_FULL)
		return (uint16_t)p->busy_code;
	if (answer == RF_AGENTS_RINGS)
		serve(s, call, party, nth);
	study_note_load(s);
	bool music = answer == RF_AGENTS_WAITS && p->waits == RF_SIM_ANSWERED;
	return music ? 200 : 0;
}

/* ---- what actors ask ------------------------------------------------------------------------- */

static uint16_t
called(void *user, uint64_t call, uint32_t party, uint32_t nth, uint32_t *retry_after_s)
{
	struct study *s = user;
	const struct rf_sim_party *p = party_of(s, party);
	struct rf_sim_call *c = study_call(s, call);
	uint16_t status = refuses(s, call, party, nth, retry_after_s);
	if (c == NULL)
		return 404;
	if (p->role == RF_SIM_AGENTS) {
		c->attempts++;
		study_count(s, RF_SERIES_ATTEMPTS, 1);
	}
	if (status == 0 && !has_capacity(s, party)) {
		status = 503;
		*retry_after_s = (uint32_t)(p->capacity_retry_after / RF_SECOND);
	}
	if (status == 0 && p->role == RF_SIM_AGENTS)
		status = agents_called(s, call, party, nth);
	else if (status == 0)
		study_later(s, choose_time(&s->chooser, CHOOSE_STUDY_RINGS, call,
		    leg_name(party, nth), &p->ring), p->role == RF_SIM_CENTER ?
		    STUDY_CENTER_ANSWERS : STUDY_AGENT_ANSWERS, call, party, nth);
	if (status >= 300 && p->role == RF_SIM_AGENTS) {
		c->last_code = status;
		s->run->codes[status < RF_ARRAY_LEN(s->run->codes) ? status : 0]++;
		c->refusals = (uint16_t)(c->refusals + (status == 503));
		study_count(s, RF_SERIES_REFUSALS, status == 503);
	}
	return status;
}

static void
over(void *user, uint64_t call, uint32_t party, uint32_t nth)
{
	struct study *s = user;
	const struct rf_sim_party *p = party_of(s, party);
	struct study_call *mine = call > 0 && call <= s->run->calls ? &s->call[call - 1] : NULL;
	bool served;
	if (mine == NULL)
		return;
	if (p->role == RF_SIM_CENTER && mine->center_left == RF_TIME_NEVER)
		mine->center_left = s->w->now;
	if (p->role != RF_SIM_AGENTS ||
	    !rf_agents_leave(s->party[party].agents, agents_name(call, nth), &served) || !served)
		return;
	bool talked = mine->talking == leg_name(party, nth);
	study_later(s, talked ? choose_time(&s->chooser, CHOOSE_STUDY_WRAPS_UP, call,
	    leg_name(party, nth), &p->wrap_up) : 0, STUDY_AGENT_READY, call, party, nth);
}

/* ---- what happens in time -------------------------------------------------------------------- */

static void
center_answers(struct study *s, uint64_t call, uint32_t party, uint32_t nth)
{
	const struct rf_sim_party *p = party_of(s, party);
	if (!actors_answer(s->actors, call, party, nth, 200))
		return;
	bool hands_back = !choose_yes(&s->chooser, CHOOSE_STUDY_HANDS_BACK, call, nth,
	    1 - p->hand_back_share);
	study_later(s, choose_time(&s->chooser, CHOOSE_STUDY_TALKS, call, leg_name(party, nth),
	    &p->hand_back_after), hands_back ? STUDY_HANDS_BACK : STUDY_CALL_ENDS, call, party,
	    nth);
}

static void
hand_back(struct study *s, uint64_t call, uint32_t party, uint32_t nth)
{
	struct rf_sim_call *c = study_call(s, call);
	const struct rf_sim_traffic *t = &s->file->traffic[c->traffic];
	if (!actors_refer(s->actors, call, party))
		return;
	c->referred = s->w->now;
	study_later(s, choose_time(&s->chooser, CHOOSE_STUDY_PATIENCE, call, 0, &t->patience),
	    STUDY_LOSES_PATIENCE, call, party, nth);
}

static void
agent_answers(struct study *s, uint64_t call, uint32_t party, uint32_t nth)
{
	const struct rf_sim_party *p = party_of(s, party);
	struct rf_sim_call *c = study_call(s, call);
	bool music = p->role == RF_SIM_AGENTS && p->waits == RF_SIM_ANSWERED;
	if (c->is_over || (!actors_answer(s->actors, call, party, nth, 200) && !music))
		return;
	if (p->role == RF_SIM_IVR) {
		c->rescued = true;
	} else {
		c->reached = c->reached == RF_TIME_NEVER ? s->w->now : c->reached;
		study_count(s, RF_SERIES_REACHED, 1);
	}
	s->call[call - 1].talking = leg_name(party, nth);
	study_later(s, choose_time(&s->chooser, CHOOSE_STUDY_TALKS, call, leg_name(party, nth),
	    &p->talk), STUDY_TALK_ENDS, call, party, nth);
}

static void
lose_patience(struct study *s, uint64_t call)
{
	struct rf_sim_call *c = study_call(s, call);
	if (c->reached != RF_TIME_NEVER || c->rescued || c->is_over)
		return;
	/* Who has been told that nobody can be had does not wait for anybody any more. */
	bool waits = c->told == RF_TIME_NEVER || c->outcome_status < 300;
	c->abandoned = actors_hang_up(s->actors, call) && waits;
}

static void
change_shift(struct study *s, uint32_t party, uint32_t nth)
{
	uint64_t next;
	rf_agents_duty(s->party[party].agents, party_of(s, party)->shifts[nth].count);
	while (rf_agents_next(s->party[party].agents, &next))
		serve_next(s, party, next);
	study_note_load(s);
}

void
study_desk_act(
    struct study *s, enum study_act act, uint64_t call, uint32_t party, uint32_t nth)
{
	const struct rf_sim_call *c = study_call(s, call);
	uint64_t next;
	switch (act) {
	case STUDY_CENTER_ANSWERS:
		center_answers(s, call, party, nth);
		break;
	case STUDY_HANDS_BACK:
		hand_back(s, call, party, nth);
		break;
	case STUDY_CALL_ENDS:
		actors_hang_up(s->actors, call);
		break;
	case STUDY_LOSES_PATIENCE:
		lose_patience(s, call);
		break;
	case STUDY_AGENT_ANSWERS:
		agent_answers(s, call, party, nth);
		break;
	case STUDY_TALK_ENDS:
		if (s->call[call - 1].talking == leg_name(party, nth))
			actors_hang_up(s->actors, call);
		break;
	case STUDY_AGENT_READY:
		if (rf_agents_ready(s->party[party].agents, &next))
			serve_next(s, party, next);
		study_note_load(s);
		break;
	case STUDY_SHIFT_CHANGES:
		change_shift(s, party, nth);
		break;
	case STUDY_GIVES_UP:
		if (c->reached == RF_TIME_NEVER && !c->rescued)
			actors_hang_up(s->actors, call);
		break;
	case STUDY_ARRIVES:
	case STUDY_TICKS:
	case STUDY_FINISHES:
		assert(false);
		break;
	}
}

/* ---- opening --------------------------------------------------------------------------------- */

bool
study_desk_open(struct study *s)
{
	for (uint32_t i = 0; i < s->file->parties_count; i++) {
		const struct rf_sim_party *p = &s->file->parties[i];
		s->party[i].tokens = p->capacity_burst;
		if (p->role != RF_SIM_AGENTS)
			continue;
		s->party[i].agents = rf_agents_new(p->agents, p->waiting);
		if (s->party[i].agents == NULL)
			return false;
		for (uint32_t k = 0; k < p->shifts_count; k++)
			study_later(s, p->shifts[k].at, STUDY_SHIFT_CHANGES, 0, i, k);
	}
	s->desk = (struct actor_desk){ called, over, s };
	actors_desk(s->actors, &s->desk);
	return true;
}

void
study_desk_close(struct study *s)
{
	for (uint32_t i = 0; i < s->file->parties_count; i++)
		rf_agents_free(s->party[i].agents);
}

/* What products do when they hand back; docs/SIMULATOR.md says what of it is assumed. */
static enum actor_leaves
leaves_of(const struct rf_sim_party *p)
{
	if (p->hand_back_then == RF_SIM_LEAVES)
		return ACTOR_LEAVES_ACCEPTED;
	if (p->hand_back_then == RF_SIM_STAYS)
		return ACTOR_LEAVES_NEVER;
	switch (p->profile) {
	case RF_SIM_PLAIN:
	case RF_SIM_TEAMS:                      /* BYE right behind the final NOTIFY */
		return ACTOR_LEAVES_TOLD;
	case RF_SIM_TWILIO:                     /* no BYE of its own for 32 s */
		return ACTOR_LEAVES_NEVER;
	case RF_SIM_GENESYS:                    /* out of the path as soon as it may */
		return ACTOR_LEAVES_ACCEPTED;
	}
	return ACTOR_LEAVES_TOLD;
}

void
study_profiles(struct study *s)
{
	for (uint32_t i = 0; i < WORLD_PARTIES_MAX; i++)
		actor_profile_init(&s->profile[i]);
	for (uint32_t i = 0; i < s->file->parties_count; i++) {
		const struct rf_sim_party *p = &s->file->parties[i];
		struct actor_refers *r = &s->profile[i].refers;
		r->targets = p->hand_back_to_count;
		for (uint32_t k = 0; k < r->targets; k++) {
			r->target[k] = p->hand_back_to[k];
			r->weight[k] = 1;
		}
		r->referred_by = p->referred_by;
		r->notified.code[0] = (uint16_t)p->notify_answer;
		r->leaves[ACTOR_LEAVES_TOLD] = 0;
		r->leaves[leaves_of(p)] = 1;
		if (p->profile == RF_SIM_TEAMS)         /* it holds the caller first */
			r->holds_before = 1;
	}
	for (uint32_t i = 0; i < s->file->traffic_count; i++) {
		const struct rf_sim_traffic *t = &s->file->traffic[i];
		snprintf(s->uri[t->party], sizeof s->uri[0], "sip:%.100s@%.120s", t->call,
		    s->variant->config->domain);
		s->profile[t->party].calls = s->uri[t->party];
	}
}
