/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/explore_world.c -- one state, what may happen to it next, and its hash.
 *
 * The network is a set: a message that is under way already is not put there twice, and what is
 * under way may arrive in any order.  Time passes in jumps, from one deadline to the next. */
#include "sim/explore_world.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "engine/branch.h"

enum { RESTART_MS = 1000, DEADLINES_MAX = 64 };
#define FAR (64 * RF_SECOND)                    /* where timers begin to count coarsely */
#define FRESH (32 * RF_SECOND)                  /* what is stored counts as young until then */

const char *const explore_name[EXPLORE_PARTIES] = { "customer", "center", "queue", "ivr" };
const char *const explore_ip[EXPLORE_PARTIES] = { "192.0.2.10", "192.0.2.20", "192.0.2.30",
	"192.0.2.40" };
static const uint8_t last_octet[EXPLORE_PARTIES] = { 10, 20, 30, 40 };
static const struct rf_engine_limits limits = {
	.calls = 1, .transactions = 96, .text_bytes = 512 * 1024
};

static struct rf_addr
address(uint8_t octet)
{
	return (struct rf_addr){ .ip = { [10] = 0xff, [11] = 0xff, [12] = 192, [14] = 2,
				     [15] = octet },
		.port = 5060, .proto = RF_UDP };
}

/* ---- hashing -------------------------------------------------------------------------------- */

uint64_t
explore_mix(uint64_t hash, const void *bytes, size_t len)
{
	const char *p = bytes;
	while (len > 0) {
		uint64_t word = 0;
		size_t take = len < sizeof word ? len : sizeof word;
		memcpy(&word, p, take);
		hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
		hash ^= hash >> 32;
		p += take;
		len -= take;
	}
	return hash;
}

static uint64_t
item_hash(const struct explore *x, const struct explore_item *i)
{
	bool dated = (i->kind == KEPT || i->kind == ASK_STORE) && x->w.left.crashes > 0;
	const uint64_t parts[] = { i->kind, i->party, i->trigger, i->store, i->waits,
		i->token != 0 ? rf_branch_token(x->engine, i->token) : 0,
		i->hash, dated && x->w.now - i->since < FRESH };
	return explore_mix(1, parts, sizeof parts);
}

uint64_t
explore_hash(const struct explore *x)
{
	uint64_t sum = 0, hash = rf_branch_hash(x->engine, FAR);
	for (uint32_t i = 0; i < x->w.items; i++)
		sum += item_hash(x, &x->w.item[i]);
	hash = explore_mix(hash, &sum, sizeof sum);
	hash = explore_mix(hash, &x->w.left, sizeof x->w.left) + x->w.down;
	uint64_t parts[] = { explore_party_hash(x), explore_watch_hash(x) };
	return explore_mix(hash, parts, sizeof parts);
}

/* ---- copies --------------------------------------------------------------------------------- */

static size_t
world_size(const struct explore_world *w)
{
	size_t size = offsetof(struct explore_world, text) + w->text_len;
	return (size + 7) & ~(size_t)7;
}

size_t
explore_size(const struct explore *x)
{
	return world_size(&x->w) + rf_branch_size(x->engine);
}

void
explore_save(const struct explore *x, void *out)
{
	size_t size = world_size(&x->w);
	memcpy(out, &x->w, size);
	rf_branch_save(x->engine, (char *)out + size);
}

void
explore_restore(struct explore *x, const void *saved)
{
	const struct explore_world *w = saved;
	memcpy(&x->w, w, world_size(w));
	rf_branch_restore(x->engine, (const char *)saved + world_size(w));
}

/* ---- items ---------------------------------------------------------------------------------- */

void
explore_put(struct explore *x, struct explore_item item, struct rf_slice text)
{
	struct explore_world *w = &x->w;
	if (w->down && item.kind == TO_REFEREE)
		return;                         /* nobody hears it */
	item.hash = explore_mix(text.len, text.p, text.len);
	for (uint32_t i = 0; i < w->items && item.kind <= TO_PARTY; i++) {
		if (w->item[i].kind == item.kind && w->item[i].party == item.party &&
		    w->item[i].hash == item.hash)
			return;
	}
	assert(w->items < EXPLORE_ITEMS_MAX);
	assert(w->text_len + text.len < EXPLORE_TEXT_MAX);
	item.at = w->text_len;
	item.len = text.len;
	if (text.len > 0)
		memcpy(w->text + item.at, text.p, text.len);
	w->text_len += text.len;
	w->item[w->items++] = item;
}

static void
take_out(struct explore_world *w, uint32_t index)
{
	struct explore_item gone = w->item[index];
	memmove(w->text + gone.at, w->text + gone.at + gone.len,
	    w->text_len - gone.at - gone.len);
	w->text_len -= gone.len;
	w->items--;
	memmove(&w->item[index], &w->item[index + 1], (w->items - index) * sizeof gone);
	for (uint32_t i = 0; i < w->items; i++)
		w->item[i].at -= w->item[i].at > gone.at ? gone.len : 0;
	memset(&w->item[w->items], 0, sizeof gone);
}

static uint32_t
find_item(const struct explore_world *w, uint8_t kind)
{
	uint32_t i = 0;
	while (i < w->items && w->item[i].kind != kind)
		i++;
	return i;
}

/* ---- the store ------------------------------------------------------------------------------ */

/* What is durable of the session from now on; item: a question, or about to be one. */
static void
commit(struct explore *x, struct explore_item item, struct rf_slice snapshot)
{
	static char room[EXPLORE_TEXT_MAX];
	struct rf_slice copy = { room, snapshot.len };
	uint32_t kept = find_item(&x->w, KEPT);
	if (snapshot.len > 0)
		memcpy(room, snapshot.p, snapshot.len); /* it may lie in the text that moves */
	if (kept < x->w.items)
		take_out(&x->w, kept);
	explore_watch_stored(x, (enum rf_store_kind)item.store, true);
	if (snapshot.len > 0 && x->w.left.crashes > 0)
		explore_put(x, (struct explore_item){ .kind = KEPT, .session = item.session,
				       .since = x->w.now }, copy);
}

static void
ask_store(struct explore *x, const struct rf_effect *effect)
{
	struct explore_item item = { .kind = ASK_STORE, .store = (uint8_t)effect->store,
		.token = effect->token, .waits = effect->token != 0, .since = x->w.now,
		.session = effect->session };
	explore_watch_stored(x, effect->store, false);
	if (item.waits)
		explore_put(x, item, x->w.left.crashes > 0 ? effect->snapshot : RF_SLICE(""));
	else
		commit(x, item, effect->snapshot);
}

/* ---- the engine ----------------------------------------------------------------------------- */

static void
send_effect(struct explore *x, const struct rf_effect *effect)
{
	static struct sip_text text;
	uint32_t party = 0;
	while (party < EXPLORE_PARTIES && last_octet[party] != effect->path.remote.ip[15])
		party++;
	assert(party < EXPLORE_PARTIES);
	if (!sip_read(&text, effect->bytes)) {
		explore_violation(x, "0: what was sent to %s cannot be read", explore_name[party]);
		return;
	}
	explore_ladder_message(x, party, false, &text, "");
	explore_watch_sent(x, party, &text);
	bool asks = text.is_request && !sip_is(text.method, "ACK");
	explore_put(x, (struct explore_item){ .kind = TO_PARTY, .party = (uint8_t)party,
			       .asks = asks }, effect->bytes);
}

static void
carry_out(struct explore *x, const struct rf_effect *effect)
{
	struct explore_item ask = { .token = effect->token };
	switch (effect->kind) {
	case RF_FX_SEND:
		send_effect(x, effect);
		break;
	case RF_FX_RESOLVE:
		ask.kind = ASK_NAME;
		explore_put(x, ask, RF_SLICE(""));
		break;
	case RF_FX_ROUTE:
		ask.kind = ASK_ROUTE;
		ask.trigger = (uint8_t)effect->trigger;
		explore_put(x, ask, RF_SLICE(""));
		break;
	case RF_FX_STORE:
		ask_store(x, effect);
		break;
	case RF_FX_CLOSE:
	case RF_FX_REPLY:
	case RF_FX_FETCH:
	case RF_FX_POST:
	case RF_FX_SETTLE:
	case RF_FX_KIND_MAX:
		break;                          /* no connections, no commands, no receivers */
	}
}

static void
step(struct explore *x, const struct rf_event *event)
{
	sim_shim_step(x->options.shim, x->engine, x->w.now, event, &x->out);
	explore_ladder_rows(x);
	for (uint32_t i = 0; i < x->out.count; i++)
		carry_out(x, &x->out.at[i]);
	explore_watch_step(x);
}

static void
tell(struct explore *x, const struct rf_event *event)
{
	step(x, event);
	for (unsigned n = 0; rf_engine_deadline(x->engine) <= x->w.now; n++) {
		if (n == DEADLINES_MAX) {
			explore_violation(x, "54: the engine's deadline stays in the past");
			return;
		}
		step(x, &(struct rf_event){ .kind = RF_EV_DEADLINE });
	}
}

static void
start_process(struct explore *x)
{
	uint8_t seed[16] = { (uint8_t)++x->w.starts };
	if (x->engine != NULL)
		rf_branch_clear(x->engine);
	x->engine = rf_engine_init(x->block, &limits, &x->config, seed, x->w.now);
	x->trace_cursor = 0;
}

/* Nobody is going to read it any more, if there are no crashes left. */
static void
forget_kept(struct explore *x)
{
	uint32_t kept = find_item(&x->w, KEPT);
	if (--x->w.left.crashes == 0 && kept < x->w.items)
		take_out(&x->w, kept);
}

/* Gone with the process: what it asked, and what arrives now.  It is down for longer than a message
 * travels. */
static void
kill_process(struct explore *x, bool pending_is_durable)
{
	uint32_t ask;
	explore_ladder(x, "            referee  is killed%s",
	    pending_is_durable ? ", what it gave the store is durable" : "");
	explore_watch_killed(x);
	while ((ask = find_item(&x->w, ASK_STORE)) < x->w.items) {
		struct explore_item item = x->w.item[ask];
		if (pending_is_durable)
			commit(x, item, (struct rf_slice){ x->w.text + item.at, item.len });
		take_out(&x->w, find_item(&x->w, ASK_STORE));
	}
	for (uint32_t i = x->w.items; i-- > 0;) {
		if (x->w.item[i].kind != TO_PARTY && x->w.item[i].kind != KEPT)
			take_out(&x->w, i);
	}
	x->w.down = true;
	start_process(x);
}

static void
restart_process(struct explore *x)
{
	static char room[EXPLORE_TEXT_MAX];
	uint32_t kept = find_item(&x->w, KEPT);
	x->w.down = false;
	x->w.now += RESTART_MS * RF_MS;
	explore_ladder(x, "            referee  is back");
	tell(x, &(struct rf_event){ .kind = RF_EV_RESTORE });
	if (kept < x->w.items) {
		struct explore_item item = x->w.item[kept];
		memcpy(room, x->w.text + item.at, item.len);
		tell(x, &(struct rf_event){ .kind = RF_EV_RESTORE, .session = item.session,
			    .bytes = { room, item.len }, .away = x->w.now - item.since,
			    .restarts = 1 });
	}
	forget_kept(x);
	explore_party_time(x);
}

/* ---- what may happen next ------------------------------------------------------------------- */

static rf_time
deadline(const struct explore *x)
{
	rf_time engine = x->w.down ? RF_TIME_NEVER : rf_engine_deadline(x->engine);
	rf_time parties = explore_party_deadline(x);
	return engine < parties ? engine : parties;
}

static bool
is_under_way(const struct explore_world *w)
{
	for (uint32_t i = 0; i < w->items; i++) {
		if (w->item[i].kind != KEPT)
			return true;
	}
	return false;
}

struct list {
	struct explore_choice *at;
	uint32_t count;
};

static void
may(struct list *l, enum explore_choice_kind kind, uint32_t item, uint32_t how)
{
	assert(l->count < EXPLORE_CHOICES_MAX);
	l->at[l->count++] = (struct explore_choice){ (uint8_t)kind, (uint8_t)item, (uint8_t)how };
}

static void
may_with_item(const struct explore *x, struct list *l, uint32_t index)
{
	const struct explore_world *w = &x->w;
	const struct explore_item *i = &w->item[index];
	if (i->kind == KEPT)
		return;
	if (i->kind > TO_PARTY) {
		/* Commits keep their order. */
		if (i->kind == ASK_STORE && find_item(w, ASK_STORE) != index)
			return;
		may(l, ANSWER, index, 0);
		if (w->left.fails > 0)
			may(l, ANSWER, index, 1);
		return;
	}
	uint32_t ways = i->kind == TO_PARTY ? explore_party_ways(x, i) : 1;
	for (uint32_t how = 0; how < ways; how++)
		may(l, DELIVER, index, how);
	for (uint32_t how = 0; how < ways && w->left.dups > 0; how++)
		may(l, DELIVER_TWICE, index, how);
	if (w->left.losses > 0)
		may(l, LOSE, index, 0);
}

/* A response or an ACK on its way to a party: what happens to it, and what else happens, may come
 * in either order.  So it comes first. */
static bool
may_with_news(const struct explore_world *w, struct list *l)
{
	for (uint32_t i = 0; i < w->items; i++) {
		if (w->item[i].kind != TO_PARTY || w->item[i].asks)
			continue;
		may(l, DELIVER, i, 0);
		if (w->left.losses > 0)
			may(l, LOSE, i, 0);
		return true;
	}
	return false;
}

uint32_t
explore_choices(const struct explore *x, struct explore_choice out[EXPLORE_CHOICES_MAX])
{
	const struct explore_world *w = &x->w;
	struct list l = { out, 0 };
	if (may_with_news(w, &l))
		return l.count;
	for (uint32_t i = 0; i < w->items; i++)
		may_with_item(x, &l, i);
	if (w->down && l.count == 0)
		may(&l, START, 0, 0);
	if (w->down)
		return l.count;
	if (deadline(x) != RF_TIME_NEVER && (!is_under_way(w) || w->left.lates > 0))
		may(&l, PASS_TIME, 0, 0);
	for (uint32_t p = 0; p < EXPLORE_PARTIES && w->begun; p++) {
		uint8_t act[8];
		uint32_t acts = explore_party_acts(x, p, act);
		for (uint32_t i = 0; i < acts; i++)
			may(&l, ACT, p, act[i]);
	}
	if (w->begun && w->left.crashes > 0) {
		may(&l, KILL, 0, 0);
		if (find_item(w, ASK_STORE) < w->items)
			may(&l, KILL, 0, 1);
	}
	return l.count;
}

/* ---- making it happen ----------------------------------------------------------------------- */

static void
deliver(struct explore *x, uint32_t index, uint32_t how, bool again)
{
	static char room[RF_MESSAGE_MAX];
	static struct sip_text text;
	struct explore_item item = x->w.item[index];
	struct rf_slice bytes = { room, item.len };
	assert(item.len <= sizeof room);
	memcpy(room, x->w.text + item.at, item.len);
	if (!again)
		take_out(&x->w, index);
	bool read = sip_read(&text, bytes);
	assert(read);
	if (item.kind == TO_PARTY) {
		explore_ladder_message(x, item.party, false, &text,
		    again ? "arrives, and again later" : "arrives");
		explore_party_receive(x, item.party, bytes, how);
		return;
	}
	explore_ladder_message(x, item.party, true, &text, again ? "and again later" : "");
	explore_watch_heard(x, item.party, &text);
	tell(x, &(struct rf_event){ .kind = RF_EV_MESSAGE, .bytes = bytes,
		    .path = { .local = address(1), .remote = address(last_octet[item.party]) } });
}

static void
lose(struct explore *x, uint32_t index)
{
	static struct sip_text text;
	struct explore_item item = x->w.item[index];
	bool read = sip_read(&text, (struct rf_slice){ x->w.text + item.at, item.len });
	assert(read);
	explore_ladder_message(x, item.party, item.kind == TO_REFEREE, &text, "is lost");
	take_out(&x->w, index);
}

static void
answer(struct explore *x, uint32_t index, bool no)
{
	static const char *const who[] = { [ASK_ROUTE] = "policy", [ASK_NAME] = "dns",
		[ASK_STORE] = "store" };
	struct explore_item item = x->w.item[index];
	struct rf_addr at = address(last_octet[TARGET]);
	struct rf_event event = { .kind = RF_EV_ANSWER, .token = item.token };
	explore_ladder(x, "%-8s -> referee  %s", who[item.kind], no ? "no" : "yes");
	if (item.kind == ASK_STORE) {
		/* What was told or is over is tried until it is durable. */
		bool kept = item.store == RF_STORE_OUTCOME || item.store == RF_STORE_WITHDRAWAL;
		event.stored = !no;
		if (!no || kept)
			commit(x, item, (struct rf_slice){ x->w.text + item.at, item.len });
		index = find_item(&x->w, ASK_STORE);
	} else if (item.kind == ASK_NAME && !no) {
		event.addresses = &at;
		event.address_count = 1;
	} else if (item.kind == ASK_ROUTE && !no) {
		event.plan = x->plan[item.trigger == RF_TRIGGER_REFER];
	}
	take_out(&x->w, index);
	tell(x, &event);
}

static void
pass_time(struct explore *x)
{
	struct explore_world *w = &x->w;
	w->left.lates = (uint8_t)(w->left.lates - is_under_way(w));
	w->now = deadline(x);
	explore_watch_time(x);
	if (rf_engine_deadline(x->engine) <= w->now)
		tell(x, &(struct rf_event){ .kind = RF_EV_DEADLINE });
	explore_party_time(x);
}

static void
make_happen(struct explore *x, const struct explore_choice *c)
{
	struct explore_budget *left = &x->w.left;
	switch ((enum explore_choice_kind)c->kind) {
	case DELIVER:
		deliver(x, c->item, c->how, false);
		break;
	case DELIVER_TWICE:
		left->dups--;
		deliver(x, c->item, c->how, true);
		break;
	case LOSE:
		left->losses--;
		lose(x, c->item);
		break;
	case ANSWER:
		left->fails = (uint8_t)(left->fails - c->how);
		answer(x, c->item, c->how == 1);
		break;
	case PASS_TIME:
		pass_time(x);
		break;
	case ACT:
		explore_party_act(x, c->item, c->how);
		break;
	case START:
		restart_process(x);
		break;
	case KILL:
		kill_process(x, c->how == 1);
		break;
	}
	bool rests = deadline(x) == RF_TIME_NEVER && !is_under_way(&x->w) && !x->w.down;
	if (rests && x->violation[0] == '\0')
		explore_watch_rest(x);
}

/* An assertion of the engine is an answer, too: it ends the future, not the search. */
static sigjmp_buf *volatile assertion;

static void
on_abort(int number)
{
	(void)number;
	if (assertion != NULL)
		siglongjmp(*assertion, 1);
}

bool
explore_choose(struct explore *x, const struct explore_choice *c)
{
	assertion = &x->assertion;
	if (sigsetjmp(x->assertion, 1) == 0)
		make_happen(x, c);
	else
		explore_violation(x, "52: an assertion of the engine does not hold");
	assertion = NULL;
	return x->violation[0] == '\0';
}

/* ---- beginning and end ---------------------------------------------------------------------- */

bool
explore_open(struct explore *x, const struct explore_options *options)
{
	struct sigaction action = { .sa_handler = on_abort };
	x->options = *options;
	x->block = calloc(1, rf_engine_size(&limits));
	x->plan[0] = explore_plan_new(false);
	x->plan[1] = explore_plan_new(true);
	/* Long steps of retransmission, and everything on one grid of 500 ms. */
	x->config = (struct rf_engine_config){ .t1 = 500 * RF_MS, .t2 = 32 * RF_SECOND,
		.t4 = 5 * RF_SECOND, .store_wait = 2 * RF_SECOND, .commit_wait = 500 * RF_MS,
		.no_snapshots = options->budget.crashes == 0, .machines = options->machines,
		.listener_count = 1, .domain = "referee.example", .software = "referee" };
	x->config.listener[0] = (struct rf_listener){ .local = address(1),
		.advertise = "192.0.2.1:5060" };
	sigaction(SIGABRT, &action, NULL);
	return x->block != NULL && x->plan[0] != NULL && x->plan[1] != NULL;
}

void
explore_close(struct explore *x)
{
	signal(SIGABRT, SIG_DFL);
	free(x->block);
	free(x->plan[0]);
	free(x->plan[1]);
}

/* The first choice is always that somebody is answered, as long as there is one. */
void
explore_begin(struct explore *x)
{
	struct explore_choice choice[EXPLORE_CHOICES_MAX];
	FILE *ladder = x->ladder;
	x->ladder = NULL;
	memset(&x->w, 0, sizeof x->w);
	start_process(x);
	x->w.left.crashes = x->options.budget.crashes; /* so that snapshots are kept */
	explore_party_init(x);
	while (x->violation[0] == '\0' && explore_choices(x, choice) > 0)
		explore_choose(x, &choice[0]);
	struct rf_trace t;
	while (rf_trace_next(x->engine, &x->trace_cursor, &t))
		continue;                       /* how it came to be is not told */
	x->w.left = x->options.budget;
	x->w.begun = true;
	x->ladder = ladder;
}
