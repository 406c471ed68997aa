/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/model/harness.c -- chooses what the parties do, tells it to both, compares what they say.
 *
 * Everything a party does is a line of a scene (link_delay 0, nobody does anything by itself), so a
 * run is a scene: what is printed at a divergence can be played by tests/scenes/scene. */
#include "tests/model/harness.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scene.h"
#include "tests/model/model.h"

enum { RUN_INPUTS_MAX = 60, OPTIONS_MAX = 64, RING_MS = 20000, TAIL_MS = 150 * 1000 };

static const char *const party_name[PARTIES] = { "customer", "center", "queue" };

struct run {
	struct world *w;
	struct model m;
	uint64_t random;
	uint32_t seen[PARTIES]; /* mails of the inbox that were compared */
	uint32_t refers, offer_age;
	bool diverged;
	FILE *script;
	struct lockstep *l;
};

/* xorshift64*: small, and the same everywhere. */
static uint32_t
draw(struct run *r, uint32_t below)
{
	r->random ^= r->random >> 12;
	r->random ^= r->random << 25;
	r->random ^= r->random >> 27;
	return (uint32_t)((r->random * UINT64_C(0x2545f4914f6cdd1d)) >> 33) % below;
}

static struct party *
party(struct run *r, enum model_party p)
{
	return &r->w->party[world_party_find(rf_slice_of(party_name[p]))];
}

static void
line(struct run *r, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vfprintf(r->script, format, arguments);
	va_end(arguments);
	fputs("\n", r->script);
}

/* ---- comparing ------------------------------------------------------------------------------- */

static void
label(const struct party_mail *mail, char out[WORD_MAX_])
{
	static struct sip_text t;
	if (!sip_read(&t, (struct rf_slice){ mail->bytes, mail->len })) {
		snprintf(out, WORD_MAX_, "nonsense");
	} else if (!t.is_request) {
		snprintf(out, WORD_MAX_, "%u %.*s", t.status, SIP_SLICE(t.method));
	} else if (sip_is(t.method, "NOTIFY")) {
		bool last =
		    rf_star_match(RF_SLICE("terminated*"), sip_value(&t, "Subscription-State"));
		snprintf(out, WORD_MAX_, "NOTIFY %u %s", sip_frag_status(t.body),
		    last ? "terminated" : "active");
	} else {
		snprintf(out, WORD_MAX_, "%.*s", SIP_SLICE(t.method));
	}
}

/* "NOTIFY 486 terminated" as an expectation of a scene. */
static void
expect(struct run *r, const char *before, enum model_party p, const char *what)
{
	unsigned status;
	char state[16];
	if (sscanf(what, "NOTIFY %u %15s", &status, state) == 2)
		line(r, "%s%s <- referee NOTIFY body=\"SIP/2.0 %u*\" Subscription-State: %s*",
		    before, party_name[p], status, state);
	else
		line(r, "%s%s <- referee %s", before, party_name[p], what);
}

static void
diverge(struct run *r, const char *why)
{
	if (!r->diverged)
		line(r, "# at %lld ms: %s", (long long)r->m.now, why);
	r->diverged = true;
}

/* What both said at this instant, in any order. */
static void
compare(struct run *r)
{
	char what[WORD_MAX_];
	for (int p = 0; p < PARTIES; p++) {
		const struct party *party_ = party(r, (enum model_party)p);
		for (; r->seen[p] < party_->inbox_count; r->seen[p]++) {
			label(&party_->inbox[r->seen[p]], what);
			int i = 0;
			while (i < r->m.outs &&
			       ((int)r->m.out[i].party != p || strcmp(r->m.out[i].what, what) != 0))
				i++;
			r->l->messages++;
			if (i < r->m.outs) {
				r->m.out[i] = r->m.out[--r->m.outs];
				continue;
			}
			diverge(r, "referee sends what the model does not");
			expect(r, "# sent:   ", (enum model_party)p, what);
		}
	}
	for (int i = 0; i < r->m.outs; i++) {
		diverge(r, "the model sends what referee does not");
		expect(r, "", r->m.out[i].party, r->m.out[i].what);
	}
	r->m.outs = 0;
	if (r->w->out.count > r->l->effects_max)
		r->l->effects_max = r->w->out.count;
	if (r->w->error[0] != '\0')
		diverge(r, r->w->error);
	if (r->w->checkers.violations > 0)
		diverge(r, r->w->checkers.violation[0].text);
}

/* How much is alive: who forgets to end something tells here. */
static void
compare_gauges(struct run *r)
{
	struct rf_stats stats;
	unsigned txns = 0, legs = 0;
	char why[128];
	rf_engine_stats(r->w->engine, &stats);
	for (int i = 0; i < r->m.txns; i++)
		txns += r->m.txn[i].state != T_OVER;
	for (int i = 0; i < r->m.legs; i++)
		legs += r->m.leg[i].state != L_DOWN;
	snprintf(why, sizeof why, "referee has %u transactions and %u legs, the model %u and %u",
	    stats.transactions, stats.legs, txns, legs);
	if (stats.transactions != txns || stats.legs != legs)
		diverge(r, why);
}

static void
settle(struct run *r)
{
	while (world_next(r->w, r->w->now))
		continue;
	model_tick(&r->m, r->m.now);
	if (!r->m.failed)
		compare(r);
}

static void
pass(struct run *r, int64_t until)
{
	while (!r->diverged && !r->m.failed) {
		rf_time due = world_heap_due(&r->w->heap), timer = rf_engine_deadline(r->w->engine);
		rf_time next = due < timer ? due : timer;
		int64_t at = next == RF_TIME_NEVER ? INT64_MAX : (next + 999) / 1000;
		int64_t model = model_deadline(&r->m);
		if (model < at)
			at = model;
		if (at > until)
			break;
		while (world_next(r->w, at * RF_MS))
			continue;
		model_tick(&r->m, at);
		if (!r->m.failed)
			compare(r);
	}
	while (!r->diverged && world_next(r->w, until * RF_MS))
		continue;
	r->m.now = until;
	if (!r->diverged && !r->m.failed)
		compare_gauges(r);
}

/* ---- what a party does ----------------------------------------------------------------------- */

struct option {
	enum { SAY, ANSWER, AGAIN, ANSWER_AGAIN, ACK } kind;
	enum model_party party;
	const char *method;
	int status;
	unsigned weight;
};
struct options {
	struct option at[OPTIONS_MAX];
	unsigned count, weight;
};

static void
may(struct options *c, unsigned weight, struct option choice)
{
	assert(c->count < OPTIONS_MAX);
	choice.weight = weight;
	c->at[c->count++] = choice;
	c->weight += weight;
}

static void
send_line(struct run *r, const struct option *c, const struct party_line *l, const char *text)
{
	line(r, "at %lld %s -> referee %s", (long long)r->m.now, party_name[c->party], text);
	if (!party_send(party(r, c->party), l))
		diverge(r, party(r, c->party)->error);
}

static void
do_choice(struct run *r, const struct option *c)
{
	struct party_line l = { .status = (uint32_t)c->status };
	char text[128];
	bool refer = c->kind == SAY && strcmp(c->method, "REFER") == 0;
	bool invite = c->kind == SAY && strcmp(c->method, "INVITE") == 0;
	l.is_request = c->kind == SAY || c->kind == AGAIN || c->kind == ACK;
	l.again = c->kind == AGAIN || c->kind == ANSWER_AGAIN;
	snprintf(l.method, sizeof l.method, "%s", c->kind == ACK ? "ACK" : c->method);
	snprintf(text, sizeof text, "%s%s", l.method, l.again ? " again" : "");
	if (!l.is_request)
		snprintf(
		    text, sizeof text, "%d %s%s", c->status, l.method, l.again ? " again" : "");
	if (invite) {
		l.uri = RF_SLICE("sip:center@referee.example");
		snprintf(text, sizeof text, "INVITE sip:center@referee.example");
	}
	if (refer) {
		l.headers = 1;
		l.header[0] = (struct sip_field){ RF_SLICE("Refer-To"),
			RF_SLICE("<sip:single@referee.example>") };
		snprintf(text, sizeof text, "REFER Refer-To: <sip:single@referee.example>");
		r->refers++;
	}
	send_line(r, c, &l, text);
	switch (c->kind) {
	case SAY:
		model_request(&r->m, c->party, c->method);
		break;
	case ANSWER:
		model_response(&r->m, c->party, c->method, c->status);
		break;
	case AGAIN:
		model_again(&r->m, c->party, c->method);
		break;
	case ANSWER_AGAIN:
		model_response_again(&r->m, c->party, c->method, c->status);
		break;
	case ACK:
		model_ack(&r->m);
		break;
	}
}

/* ---- what it may do -------------------------------------------------------------------------- */

/* The newest request of that method which waits for the party's final answer. */
static const struct model_txn *
unanswered(const struct run *r, enum model_party p, const char *method)
{
	for (int i = r->m.txns; i-- > 0;) {
		const struct model_txn *t = &r->m.txn[i];
		if (t->client && t->party == p && strcmp(t->method, method) == 0 && !t->answered)
			return t;
	}
	return NULL;
}

static void
may_answer(struct run *r, struct options *c, enum model_party p)
{
	static const char *const methods[] = { "BYE", "NOTIFY", "CANCEL" };
	static const int refusals[] = { 486, 480, 404, 603, 500, 403 };
	for (size_t i = 0; i < RF_ARRAY_LEN(methods); i++) {
		if (unanswered(r, p, methods[i]) == NULL)
			continue;
		may(c, 8, (struct option){ ANSWER, p, methods[i], 200, 0 });
		may(c, 1, (struct option){ ANSWER, p, methods[i], 481, 0 });
		may(c, 1, (struct option){ ANSWER, p, methods[i], 100, 0 });
	}
	const struct model_txn *t = unanswered(r, p, "INVITE");
	if (t == NULL)
		return;
	bool over = t->purpose == FOR_REINVITE && r->m.leg[t->leg].state != L_UP;
	int refusal = t->purpose == FOR_REINVITE   ? 488
		      : r->m.leg[t->leg].cancelled ? 487
						   : refusals[draw(r, RF_ARRAY_LEN(refusals))];
	may(c, over ? 0 : 5, (struct option){ ANSWER, p, "INVITE", 200, 0 });
	may(c, over ? 0 : 2, (struct option){ ANSWER, p, "INVITE", 180, 0 });
	may(c, over ? 0 : 1, (struct option){ ANSWER, p, "INVITE", 100, 0 });
	may(c, 3, (struct option){ ANSWER, p, "INVITE", over ? 487 : refusal, 0 });
}

/* A repetition must come while its transaction remembers. */
static void
may_repeat(struct run *r, struct options *c, enum model_party p)
{
	static const char *const methods[] = { "INVITE", "CANCEL", "BYE", "REFER", "OPTIONS" };
	for (size_t i = 0; i < RF_ARRAY_LEN(methods) && !r->m.set.reliable[p]; i++) {
		int txn = model_find(&r->m, p, methods[i], false);
		if (txn >= 0 && r->m.txn[txn].state != T_OVER)
			may(c, 1, (struct option){ AGAIN, p, methods[i], 0, 0 });
	}
	int txn = model_find(&r->m, p, "INVITE", true);
	if (txn < 0 || !r->m.txn[txn].answered || r->m.txn[txn].purpose != FOR_LEG)
		return;
	const struct model_txn *t = &r->m.txn[txn];
	if (t->state == T_ACCEPTED && r->m.leg[t->leg].state == L_UP)
		may(c, 1, (struct option){ ANSWER_AGAIN, p, "INVITE", 200, 0 });
	if (t->state == T_COMPLETED)
		may(c, 1, (struct option){ ANSWER_AGAIN, p, "INVITE", 486, 0 });
}

static void
may_begin(struct run *r, struct options *c, enum model_party p)
{
	int leg = model_leg_of(&r->m, p);
	if (leg < 0)
		return;
	const struct model_leg *l = &r->m.leg[leg];
	bool in = l->state == L_UP || l->state == L_PARTING || l->state == L_LEAVING;
	bool swapped = p != QUEUE || (l->refer >= 0 && r->m.refer[l->refer].moved);
	int target = model_leg_of(&r->m, QUEUE);
	bool free = (target < 0 || r->m.leg[target].state == L_DOWN) &&
		    unanswered(r, QUEUE, "INVITE") == NULL;
	if (in && swapped)
		may(c, 1, (struct option){ SAY, p, "BYE", 0, 0 });
	if (l->state == L_UP && swapped)
		may(c, 1, (struct option){ SAY, p, "OPTIONS", 0, 0 });
	if (p == CENTER && l->state == L_UP && r->refers < 4 && (free || r->m.pending >= 0))
		may(c, 4, (struct option){ SAY, p, "REFER", 0, 0 });
	if (p != CUSTOMER)
		return;
	const struct model_txn *t = &r->m.txn[l->invite];
	if (l->state == L_OFFERED && model_find(&r->m, p, "CANCEL", false) < 0)
		may(c, 1, (struct option){ SAY, p, "CANCEL", 0, 0 });
	if (t->state == T_COMPLETED || l->repeat != NEVER)
		may(c, 6, (struct option){ ACK, p, "INVITE", 0, 0 });
}

static bool
choose(struct run *r, struct option *out)
{
	struct options c = { .count = 0 };
	if (r->m.legs == 0) {
		*out = (struct option){ SAY, CUSTOMER, "INVITE", 0, 0 };
		return true;
	}
	/* An offer of ours must not hang: what then happens is not in the model. */
	const struct model_txn *offer = unanswered(r, CUSTOMER, "INVITE");
	r->offer_age = offer != NULL ? r->offer_age + 1 : 0;
	if (r->offer_age > 8) {
		bool up = r->m.leg[offer->leg].state == L_UP;
		*out = (struct option){ ANSWER, CUSTOMER, "INVITE", up ? 200 : 487, 0 };
		return true;
	}
	for (int p = 0; p < PARTIES; p++) {
		may_answer(r, &c, (enum model_party)p);
		may_repeat(r, &c, (enum model_party)p);
		may_begin(r, &c, (enum model_party)p);
	}
	if (c.weight == 0)
		return false;
	uint32_t at = draw(r, c.weight);
	unsigned i = 0;
	while (at >= c.at[i].weight)
		at -= c.at[i++].weight;
	*out = c.at[i];
	return true;
}

/* Mostly soon, sometimes after timers; never at one of their round instants. */
static int64_t
wait_for(struct run *r)
{
	static const uint32_t spans[] = { 3, 3, 40, 40, 400, 3000, 9000, 30000 };
	bool offer = unanswered(r, CUSTOMER, "INVITE") != NULL;
	uint32_t span = spans[draw(r, offer ? 6 : RF_ARRAY_LEN(spans))];
	return 1 + draw(r, span);
}

/* ---- a run ----------------------------------------------------------------------------------- */

static void
settings(struct run *r, struct model_settings *set)
{
	static const int64_t delays[] = { 1, 1, 1, 50, 700, 1500, 3100, -1 };
	*set = (struct model_settings){ .t1 = draw(r, 3) == 0 ? 200 : 500,
		.t2 = 4000,
		.t4 = 5000,
		.ring = RING_MS,
		.store_wait = draw(r, 4) == 0 ? 5700 : 2000,
		.commit_wait = 200,
		.wait_for_bye = 32000 };
	for (int p = 0; p < PARTIES; p++)
		set->reliable[p] = draw(r, 4) == 0;
	for (int k = 0; k < COMMITS; k++) {
		set->store_delay[k] = delays[draw(r, RF_ARRAY_LEN(delays))];
		set->store_fails[k] = draw(r, 6) == 0 && set->store_delay[k] > 0;
	}
}

static void
begin(struct run *r, const struct model_settings *set, struct world_options *o)
{
	static const enum rf_store_kind kinds[COMMITS] = { RF_STORE_ESTABLISHED, RF_STORE_PROMISE,
		RF_STORE_OUTCOME };
	static const char *const kind_name[COMMITS] = { "established", "promise", "outcome" };
	r->w = world_new(o);
	assert(r->w != NULL);
	r->w->checkers.allowed = UINT64_C(1) << CHECK_SURVIVOR; /* there is no ivr */
	line(r, "set link_delay 0\nset ivr none\nset ring_ms %d\nset t1 %lld\nset store_wait %lld",
	    RING_MS, (long long)set->t1, (long long)set->store_wait);
	for (int p = 0; p < PARTIES; p++) {
		struct party *party_ = party(r, (enum model_party)p);
		party_->automatic = 0;
		if (set->reliable[p]) {
			party_->addr.proto = RF_TCP;
			line(r, "party %s tcp", party_name[p]);
		}
		line(r, "manual %s ACK BYE NOTIFY REINVITE UPDATE CANCEL PRACK OPTIONS REPEAT",
		    party_name[p]);
	}
	line(r, "allow 29 there is no ivr");
	for (int k = 0; k < COMMITS; k++) {
		bool silent = set->store_delay[k] < 0, fails = set->store_fails[k];
		r->w->store[kinds[k]] = (struct world_oracle){ silent  ? WORLD_SILENT
							       : fails ? WORLD_FAIL
								       : WORLD_ANSWER,
			silent ? 0 : set->store_delay[k] * RF_MS };
		if (silent)
			line(r, "store never %s", kind_name[k]);
		else
			line(r, "store %s %lld %s", fails ? "fails" : "late",
			    (long long)set->store_delay[k], kind_name[k]);
	}
}

static void
count_rows(struct run *r)
{
	for (uint32_t i = 0; i < r->w->rows; i++)
		r->l->taken[r->w->row[i].machine][r->w->row[i].row] = true;
}

static void
run_once(struct run *r)
{
	struct world_options o;
	struct model_settings set;
	char error[WORLD_ERROR_MAX];
	world_options_init(&o);
	o.limits =
	    (struct rf_engine_limits){ .calls = 2, .transactions = 128, .text_bytes = 256 * 1024 };
	settings(r, &set);
	o.link_delay = 0;
	o.config.t1 = set.t1 * RF_MS;
	o.config.store_wait = set.store_wait * RF_MS;
	o.config.machines = r->l->machines;
	bool good = world_options_set(&o, "ivr", "none", error) &&
		    world_options_set(&o, "ring_ms", "20000", error);
	assert(good);
	(void)good;
	model_init(&r->m, &set);
	begin(r, &set, &o);
	for (unsigned i = 0; i < RUN_INPUTS_MAX && !r->diverged && !r->m.failed; i++) {
		struct option c;
		pass(r, r->m.now + wait_for(r));
		if (r->diverged || r->m.failed || !choose(r, &c))
			break;
		do_choice(r, &c);
		settle(r);
		r->l->inputs++;
	}
	/* An offer that hangs is not in the model: its end is not looked at. */
	if (unanswered(r, CUSTOMER, "INVITE") == NULL)
		pass(r, r->m.now + TAIL_MS);
	count_rows(r);
	world_free(r->w);
}

bool
lockstep_run(struct lockstep *l)
{
	static struct run r;
	size_t len;
	for (uint64_t seed = l->seed; l->inputs < l->inputs_max; seed++, l->runs++) {
		char *script = NULL;
		memset(&r, 0, sizeof r);
		r.l = l;
		r.random = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15);
		r.script = open_memstream(&script, &len);
		assert(r.script != NULL);
		line(&r, "# lockstep: seed %llu", (unsigned long long)seed);
		run_once(&r);
		fclose(r.script);
		if (r.diverged) {
			l->scene = script;
			return false;
		}
		free(script);
	}
	return true;
}
