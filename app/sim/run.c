/* SPDX-License-Identifier: BSD-2-Clause */
/* app/sim/run.c -- one run, from the first call until nothing is left, and its sums. */
#include "app/sim/run.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/setup.h"
#include "app/sim/run_parts.h"

enum {
	DRAIN_MINUTES = 60,     /* who talks longer after the last call came is asked to end */
	QUIET_MINUTES = 30,     /* then all must come to rest in that time */
};

static const struct {
	const char *name, *meaning;
} outcomes[] = {
#define OUTCOME(name, text, meaning) { text, meaning },
	RF_SIM_OUTCOMES(OUTCOME)
#undef OUTCOME
};

const char *
rf_sim_outcome_name(enum rf_sim_outcome outcome)
{
	assert(outcome < RF_SIM_OUTCOME_MAX);
	return outcomes[outcome].name;
}

const char *
rf_sim_outcome_meaning(enum rf_sim_outcome outcome)
{
	assert(outcome < RF_SIM_OUTCOME_MAX);
	return outcomes[outcome].meaning;
}

/* ---- time ------------------------------------------------------------------------------------ */

struct rf_sim_call *
study_call(struct study *s, uint64_t number)
{
	return number > 0 && number <= s->run->calls ? &s->run->call[number - 1] : NULL;
}

/* NULL: what comes after the last call is on no timeline. */
static double *
bucket_of(struct study *s, enum rf_sim_series series)
{
	uint64_t bucket = (uint64_t)(s->w->now / s->file->report_step);
	return bucket < s->run->buckets ? &s->run->series[series][bucket] : NULL;
}

void
study_count(struct study *s, enum rf_sim_series series, double value)
{
	double *at = bucket_of(s, series);
	if (at != NULL)
		*at += value;
}

void
study_peak(struct study *s, enum rf_sim_series series, double value)
{
	double *at = bucket_of(s, series);
	if (at != NULL && value > *at)
		*at = value;
}

static void
arrive(struct study *s, uint64_t number)
{
	struct rf_sim_call *c = study_call(s, number);
	uint32_t party = s->file->traffic[c->traffic].party;
	c->began = s->w->now;
	study_count(s, RF_SERIES_CALLS, 1);
	actors_call(s->actors, number, party, s->w->now);
	if (number < s->run->calls)
		study_later(s, s->arrival[number].at - s->w->now, STUDY_ARRIVES, number + 1, 0, 0);
}

static void
tick(struct study *s)
{
	double living = actors_living(s->actors);
	s->legs_max = living > s->legs_max ? living : s->legs_max;
	study_peak(s, RF_SERIES_LEGS, living);
	study_note_load(s);
	if (s->w->now < s->file->duration || living > 0)
		study_later(s, s->file->report_step, STUDY_TICKS, 0, 0, 0);
}

static void
act(void *user, const struct world_later *later)
{
	struct study *s = user;
	enum study_act what = (enum study_act)later->b;
	if (what == STUDY_ARRIVES)
		arrive(s, later->a);
	else if (what == STUDY_TICKS)
		tick(s);
	else if (what == STUDY_FINISHES)
		actors_finish(s->actors, s->w->now);
	else
		study_desk_act(s, what, later->a, later->c >> 16, later->c & 0xffff);
}

void
study_later(struct study *s, rf_time after, enum study_act what, uint64_t call, uint32_t party,
    uint32_t nth)
{
	assert(nth <= 0xffff);
	world_later(s->w, s->w->now + after, act, s,
	    &(struct world_later){ call, what, party << 16 | nth });
}

/* ---- the end of a call ----------------------------------------------------------------------- */

static enum rf_sim_outcome
outcome_of(const struct study *s, uint32_t call)
{
	const struct rf_sim_call *c = &s->run->call[call];
	if (c->answered == RF_TIME_NEVER)
		return RF_SIM_UNANSWERED;
	if (c->referred == RF_TIME_NEVER)
		return RF_SIM_STAYED;
	if (c->refer_status >= 300)
		return RF_SIM_REFUSED;
	if (c->reached != RF_TIME_NEVER)
		return RF_SIM_REACHED;
	if (c->rescued)
		return RF_SIM_RESCUED;
	if (c->dropped)
		return RF_SIM_DROPPED;
	if (c->abandoned)
		return RF_SIM_ABANDONED;
	return c->told != RF_TIME_NEVER && s->call[call].center_left > c->told ? RF_SIM_RETURNED :
	    RF_SIM_LOST;
}

static void
done(void *user, const struct actor_result *result)
{
	struct study *s = user;
	struct rf_sim_call *c = study_call(s, result->call);
	c->answered = result->answered;
	c->ended = result->ended;
	c->status = result->status;
	c->left = result->left;
	c->dropped = result->dropped;
	c->is_over = true;
}

#define REFEREE "192.0.2.1"

/* ---- opening --------------------------------------------------------------------------------- */

static void
add_spell(struct world_options *o, struct world_spell spell, uint32_t id)
{
	/* Named, so that a fault more does not change the luck of the others. */
	spell.id = id;
	if (o->weather.spells < WORLD_SPELLS_MAX)
		o->weather.spell[o->weather.spells++] = spell;
}

/* The way to each party is as long as the shortest one, and then some. */
static void
set_links(const struct rf_sim_file *f, struct world_options *o)
{
	o->link_delay = INT64_MAX;
	for (uint32_t i = 0; i < f->parties_count; i++) {
		if (f->parties[i].link_delay < o->link_delay)
			o->link_delay = f->parties[i].link_delay;
	}
	for (uint32_t i = 0; i < f->parties_count; i++) {
		const struct rf_sim_party *p = &f->parties[i];
		struct world_spell delay = world_spell_of(SPELL_DELAY);
		struct world_spell jitter = world_spell_of(SPELL_JITTER);
		struct world_spell loss = world_spell_of(SPELL_LOSS);
		delay.party = jitter.party = loss.party = i;
		delay.amount = p->link_delay - o->link_delay;
		jitter.amount = p->link_jitter;
		loss.rate = p->link_loss;
		if (delay.amount > 0)
			add_spell(o, delay, 1000 + i);
		if (jitter.amount > 0)
			add_spell(o, jitter, 2000 + i);
		if (loss.rate > 0)
			add_spell(o, loss, 3000 + i);
	}
}

static void
set_faults(const struct rf_sim_file *f, struct world_options *o)
{
	for (uint32_t i = 0; i < f->faults_count; i++) {
		const struct rf_sim_fault *x = &f->faults[i];
		if (x->refuses)
			continue;
		struct world_spell spell = world_spell_of(x->spell);
		spell.party = x->party_index < WORLD_PARTIES_MAX ? x->party_index : WORLD_EVERYBODY;
		spell.way = x->way;
		spell.from = x->at;
		spell.until = x->lasts > 0 ? x->at + x->lasts : RF_TIME_NEVER;
		spell.rate = x->share > 0 ? x->share : spell.rate;
		spell.amount = x->by > 0 ? x->by : spell.amount;
		spell.every = x->every > 0 ? x->every : spell.every;
		add_spell(o, spell, 1 + i);
	}
}

static void
set_options(const struct study *s, struct world_options *o, struct world_role *cast)
{
	const struct rf_sim_file *f = s->file;
	world_options_init(o);
	rf_setup_engine(s->variant->config, &o->limits, &o->config);
	/* A wildcard is everywhere, and in a world nowhere: captures want an address. */
	for (uint32_t i = 0; i < o->config.listener_count; i++) {
		struct rf_addr *local = &o->config.listener[i].local;
		struct rf_addr any = world_addr("0.0.0.0", local->port,
		    (enum rf_transport)local->proto);
		if (rf_addr_equal(local, &any))
			*local = world_addr(REFEREE, local->port, (enum rf_transport)local->proto);
	}
	o->config.hash_effects = false;
	o->config.node_id = 1;
	o->tables = &s->variant->config->policy;
	o->quiet = true;
	o->seed = (uint32_t)s->run->seed;
	for (uint32_t i = 0; i < f->parties_count; i++) {
		const struct rf_sim_party *p = &f->parties[i];
		cast[i] = (struct world_role){ p->name, p->address, p->transport == RF_TLS ? 5061 :
		    5060, (uint16_t)(10000 + 100 * i), p->transport,
		    p->proves != NULL ? p->proves : "", { NULL } };
		for (uint32_t k = 0; k < p->hosts_count; k++)
			cast[i].host[k] = p->hosts[k];
	}
	set_links(f, o);
	set_faults(f, o);
	o->cast = cast;
	o->cast_count = f->parties_count;
}

static bool
open_run(struct study *s)
{
	struct world_options *options = calloc(1, sizeof *options);
	struct world_role cast[WORLD_PARTIES_MAX];
	struct rf_sim_run *r = s->run;
	if (options == NULL)
		return false;
	set_options(s, options, cast);
	s->w = world_new(options);
	free(options);
	choose_init(&s->chooser, r->seed);
	r->calls = rf_sim_arrivals(s->file, &s->chooser, &s->arrival);
	r->call = calloc(r->calls + 1, sizeof *r->call);
	s->call = calloc(r->calls + 1, sizeof *s->call);
	r->buckets = (uint32_t)((s->file->duration + s->file->report_step - 1) /
	    s->file->report_step);
	r->buckets = r->buckets > RF_SIM_BUCKETS_MAX ? RF_SIM_BUCKETS_MAX : r->buckets;
	bool good = s->w != NULL && r->call != NULL && s->call != NULL;
	for (uint32_t i = 0; i < RF_SERIES_MAX; i++) {
		r->series[i] = calloc(r->buckets, sizeof *r->series[i]);
		good = good && r->series[i] != NULL;
	}
	if (!good)
		return false;
	study_profiles(s);
	s->actors = actors_new(s->w, &s->chooser, s->profile, done, s);
	s->w->tap = study_see;
	s->w->tap_user = s;
	s->trace_starts = s->w->starts;
	return s->actors != NULL && study_desk_open(s);
}

static void
begin_calls(struct study *s)
{
	for (uint32_t i = 0; i < s->run->calls; i++) {
		struct rf_sim_call *c = &s->run->call[i];
		c->began = c->answered = c->referred = c->accepted = c->notified = c->told =
		    c->reached = c->ended = RF_TIME_NEVER;
		c->traffic = (uint8_t)s->arrival[i].traffic;
		c->counts = s->arrival[i].at >= s->file->warmup;
		s->call[i].center_left = RF_TIME_NEVER;
	}
	if (s->run->calls > 0)
		study_later(s, s->arrival[0].at, STUDY_ARRIVES, 1, 0, 0);
	study_later(s, 0, STUDY_TICKS, 0, 0, 0);
	study_later(s, s->file->duration + DRAIN_MINUTES * 60 * RF_SECOND, STUDY_FINISHES, 0, 0, 0);
}

/* ---- sums ------------------------------------------------------------------------------------ */

static double
share(uint64_t part, uint64_t of)
{
	return of > 0 ? (double)part / (double)of : 0;
}

static void
add_time(struct rf_tally *h, rf_time from, rf_time to)
{
	if (from != RF_TIME_NEVER && to != RF_TIME_NEVER && to >= from)
		rf_tally_add(h, (uint64_t)(to - from));
}

static void
sum_calls(struct study *s, double *v)
{
	struct rf_sim_run *r = s->run;
	uint64_t counted = 0, answered = 0, handed = 0, accepted = 0, told = 0, attempts = 0;
	for (uint32_t i = 0; i < r->calls; i++) {
		struct rf_sim_call *c = &r->call[i];
		c->outcome = outcome_of(s, i);
		if (!c->counts)
			continue;
		bool promised = c->refer_status >= 200 && c->refer_status < 300;
		counted++;
		answered += c->answered != RF_TIME_NEVER;
		handed += c->outcome >= RF_SIM_REACHED;
		accepted += promised;
		told += c->told != RF_TIME_NEVER && c->outcome_status == 200;
		attempts += promised ? c->attempts : 0;
		r->outcomes[c->outcome]++;
		v[RF_METRIC_REFUSALS] += c->refusals;
		v[RF_METRIC_DROPPED] += promised && c->dropped;
		v[RF_METRIC_UNTOLD] += promised && c->told == RF_TIME_NEVER &&
		    s->call[i].center_left == c->ended;
		add_time(&r->accept, c->referred, c->accepted);
		add_time(&r->notify, c->referred, c->notified);
		add_time(&r->transfer, c->referred, c->reached);
	}
	v[RF_METRIC_CALLS] = (double)counted;
	v[RF_METRIC_ANSWERED] = share(answered, counted);
	v[RF_METRIC_TRANSFERS] = (double)accepted;
	v[RF_METRIC_REFUSED] = share(r->outcomes[RF_SIM_REFUSED], handed);
	v[RF_METRIC_REACHED] = share(r->outcomes[RF_SIM_REACHED], handed);
	v[RF_METRIC_RESCUED] = share(r->outcomes[RF_SIM_RESCUED], handed);
	v[RF_METRIC_ABANDONED] = share(r->outcomes[RF_SIM_ABANDONED], handed);
	v[RF_METRIC_LOST] =
	    share(r->outcomes[RF_SIM_LOST] + r->outcomes[RF_SIM_RETURNED], handed);
	v[RF_METRIC_SUCCEEDED] = share(told, accepted);
	v[RF_METRIC_ATTEMPTS] = share(attempts, accepted);
}

static double
seconds_at(const struct rf_tally *h, double part)
{
	return (double)rf_tally_at(h, part) / (double)RF_SECOND;
}

static void
sum_up(struct study *s)
{
	struct rf_sim_run *r = s->run;
	struct rf_stats stats;
	double *v = r->value;
	rf_engine_stats(s->w->engine, &stats);
	checkers_quiet(&s->w->checkers, s->w->now, &stats);
	sum_calls(s, v);
	v[RF_METRIC_ACCEPT_P50] = seconds_at(&r->accept, 0.5);
	v[RF_METRIC_ACCEPT_P99] = seconds_at(&r->accept, 0.99);
	v[RF_METRIC_NOTIFY_P99] = seconds_at(&r->notify, 0.99);
	v[RF_METRIC_TRANSFER_P50] = seconds_at(&r->transfer, 0.5);
	v[RF_METRIC_TRANSFER_P90] = seconds_at(&r->transfer, 0.9);
	v[RF_METRIC_TRANSFER_P99] = seconds_at(&r->transfer, 0.99);
	v[RF_METRIC_WAITING_MAX] = s->waiting_max;
	v[RF_METRIC_LEGS_MAX] = s->legs_max;
	v[RF_METRIC_RETRANSMISSIONS] = (double)stats.retransmissions;
	v[RF_METRIC_VIOLATIONS] = s->w->checkers.violations;
	v[RF_METRIC_UNQUIET] = stats.calls;
	r->violations = s->w->checkers.violations;
	memcpy(r->violation, s->w->checkers.violation, sizeof r->violation);
	snprintf(r->error, sizeof r->error, "%s", s->w->error);
	r->virtual_seconds = (double)s->w->now / (double)RF_SECOND;
}

struct rf_sim_run *
rf_sim_run(const struct rf_sim_file *file, const struct rf_sim_variant *variant, uint64_t seed,
    const struct rf_sim_watch *watch)
{
	struct study *s = calloc(1, sizeof *s);
	struct rf_sim_run *run = calloc(1, sizeof *run);
	struct timespec from, to;
	if (s == NULL || run == NULL)
		abort();
	*s = (struct study){ .file = file, .variant = variant, .run = run,
		.wants_steps = watch->steps };
	run->seed = seed;
	clock_gettime(CLOCK_MONOTONIC, &from);
	if (watch->capture != NULL)
		s->capture = pcapng_new(watch->capture);
	if (open_run(s)) {
		rf_time rest = (DRAIN_MINUTES + QUIET_MINUTES) * 60 * RF_SECOND;
		begin_calls(s);
		while (world_next(s->w, file->duration + rest))
			;
		study_read_records(s);
		sum_up(s);
	} else {
		snprintf(run->error, sizeof run->error, "no memory");
	}
	clock_gettime(CLOCK_MONOTONIC, &to);
	run->wall_seconds = (double)(to.tv_sec - from.tv_sec) +
	    (double)(to.tv_nsec - from.tv_nsec) / 1e9;
	if (s->capture != NULL && !pcapng_free(s->capture) && run->error[0] == '\0')
		snprintf(run->error, sizeof run->error, "the capture cannot be written");
	actors_free(s->actors);
	study_desk_close(s);
	study_collect_fini(s);
	world_free(s->w);
	free(s->arrival);
	free(s->call);
	free(s);
	return run;
}

void
rf_sim_run_free(struct rf_sim_run *run)
{
	if (run == NULL)
		return;
	for (uint32_t i = 0; i < RF_SERIES_MAX; i++)
		free(run->series[i]);
	free(run->call);
	free(run->step);
	free(run);
}
