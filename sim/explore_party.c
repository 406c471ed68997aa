/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/explore_party.c -- four parties, written from RFC 3261, 3515 and 6665, small enough to copy.
 *
 * Only what a transfer needs: the customer calls, everybody answers, repeats, hangs up; the center
 * refers.  Nothing of it looks at the engine.  Where a party may do one or another, `how` says
 * which, and 0 is always what lets the call go on. */
#include <assert.h>
#include <string.h>

#include "sim/explore_write.h"

#define T1 (500 * RF_MS)
#define T2 (32 * RF_SECOND)                     /* as the engine is told, see explore_world.c */
#define TIMER_BF (64 * T1)

enum { AT_ONCE, RING, BUSY, OVERLOADED, NEVER_ANSWER };
enum { TAKE, REFUSE, IGNORE, GLARE };
enum act { HANG_UP, REFER_AWAY, PICK_UP, DECLINE };

const char *const explore_method_name[OTHER] = { "", "INVITE", "ACK", "CANCEL", "BYE", "REFER",
	"NOTIFY", "OPTIONS" };

enum explore_method
explore_method_of(struct rf_slice name)
{
	for (uint32_t m = INVITE; m < OTHER; m++) {
		if (sip_is(name, explore_method_name[m]))
			return (enum explore_method)m;
	}
	return OTHER;
}

/* ---- requests of a party -------------------------------------------------------------------- */

static struct explore_request *
find_request(struct explore_party *p, uint8_t method, uint32_t cseq)
{
	for (uint32_t i = 0; i < EXPLORE_REQUESTS_MAX; i++) {
		if (p->request[i].method == method && (cseq == 0 || p->request[i].cseq == cseq))
			return &p->request[i];
	}
	return NULL;
}

static void
request(struct explore *x, uint32_t who, enum explore_method method)
{
	struct explore_party *p = &x->w.party[who];
	struct explore_request *r = find_request(p, NO_METHOD, 0);
	if (r == NULL)
		return;
	*r = (struct explore_request){ .method = (uint8_t)method, .cseq = ++p->cseq,
		.next = x->w.now + T1, .interval = T1, .ends = x->w.now + TIMER_BF };
	explore_write_request(x, who, method, r->cseq);
}

/* RFC 3261 17.1: repeated until it is answered or its time is over. */
static void
request_time(struct explore *x, uint32_t who, struct explore_request *r)
{
	struct explore_party *p = &x->w.party[who];
	if (r->ends <= x->w.now) {
		if (r->method == BYE)
			p->dialog = LEFT;
		memset(r, 0, sizeof *r);
		return;
	}
	r->interval = r->interval * 2 < T2 ? r->interval * 2 : T2;
	r->next = x->w.now + r->interval;
	explore_write_request(x, who, (enum explore_method)r->method, r->cseq);
}

static void
take_response(struct explore *x, uint32_t who, const struct sip_text *t)
{
	struct explore_party *p = &x->w.party[who];
	uint8_t method = (uint8_t)explore_method_of(t->method);
	struct explore_request *r = find_request(p, method, t->cseq);
	bool first = r != NULL && r->method != NO_METHOD;
	if (method == INVITE && t->status / 100 == 2) {
		explore_remember_dialog(p, t, false);
		p->dialog = UP;
		explore_write_request(x, who, ACK, t->cseq);
	}
	if (!first)
		return;
	if (t->status < 200) {
		r->provisional = true;
		if (method == INVITE)
			r->next = r->ends = RF_TIME_NEVER;
		return;
	}
	memset(r, 0, sizeof *r);
	if (t->status == 481 && method != INVITE)
		p->dialog = LEFT;               /* RFC 5057 5.1 */
}

/* ---- what referee asks ---------------------------------------------------------------------- */

static uint16_t *
answered(struct explore_party *p, uint8_t method, uint32_t cseq)
{
	for (uint32_t i = 0; i < EXPLORE_ANSWERED_MAX; i++) {
		if (p->answered[i].method == method && p->answered[i].cseq == cseq)
			return &p->answered[i].status;
	}
	return NULL;
}

static void
remember_answer(struct explore_party *p, uint8_t method, uint32_t cseq, uint16_t status)
{
	memmove(&p->answered[1], &p->answered[0],
	    (EXPLORE_ANSWERED_MAX - 1) * sizeof p->answered[0]);
	p->answered[0].method = method;
	p->answered[0].cseq = cseq;
	p->answered[0].status = status;
}

static void
answer_invite(struct explore *x, uint32_t who, uint16_t status)
{
	struct explore_invite *i = &x->w.party[who].invite;
	i->status = status;
	explore_write_response(x, who, (struct rf_slice){ i->head, i->head_len }, INVITE, status);
	if (status < 200)
		return;
	i->acked = false;
	i->next = x->w.now + T1;
	i->interval = T1;
	i->ends = x->w.now + TIMER_BF;
	if (status < 300)
		x->w.party[who].dialog = UP;
	else if (x->w.party[who].dialog == EARLY)
		x->w.party[who].dialog = NO_DIALOG;
}

/* RFC 3261 13.3.1.4, 17.2.1 */
static void
invite_time(struct explore *x, uint32_t who)
{
	struct explore_invite *i = &x->w.party[who].invite;
	if (i->ends <= x->w.now) {
		bool hangs_up = i->status < 300 && x->w.party[who].dialog == UP;
		i->acked = true;
		i->next = i->ends = i->interval = 0;
		if (hangs_up)
			explore_party_act(x, who, HANG_UP);
		return;
	}
	i->interval *= 2;
	i->next = x->w.now + i->interval;
	explore_write_response(
	    x, who, (struct rf_slice){ i->head, i->head_len }, INVITE, i->status);
}

static void
take_invite(struct explore *x, uint32_t who, const struct sip_text *t, uint32_t how)
{
	static const uint16_t first[] = { 200, 180, 486, 503, 0 }, again[] = { 200, 488, 0, 491 };
	struct explore_party *p = &x->w.party[who];
	struct explore_invite *i = &p->invite;
	bool initial = sip_tag(t, "To").len == 0;
	struct rf_slice head = { i->head, i->head_len };
	if (i->cseq == t->cseq && (!initial || explore_same_call(p, t))) {
		if (i->status != 0 && !i->acked)
			explore_write_response(x, who, head, INVITE, i->status);
		return;
	}
	if (!initial && p->dialog != UP) {
		explore_write_response(x, who, t->all, INVITE, 481);
		return;
	}
	if (initial && !explore_begin_call(p, t))
		return;
	*i = (struct explore_invite){ .cseq = t->cseq };
	i->head_len = explore_write_head(t, i->head, sizeof i->head);
	uint16_t status = initial ? first[how] : again[how];
	i->silent = status == 0;
	x->w.left.glares = (uint8_t)(x->w.left.glares - (status == 491));
	if (status != 0)
		answer_invite(x, who, status);
}

static void
take_ack(struct explore_party *p, const struct sip_text *t)
{
	struct explore_invite *i = &p->invite;
	if (i->cseq != t->cseq || i->status < 200)
		return;
	i->acked = true;
	i->next = i->ends = i->interval = 0;
}

static void
take_cancel(struct explore *x, uint32_t who, const struct sip_text *t)
{
	struct explore_invite *i = &x->w.party[who].invite;
	bool mine = i->cseq == t->cseq;
	explore_write_response(x, who, t->all, CANCEL, mine ? 200 : 481);
	if (mine && i->status < 200)
		answer_invite(x, who, 487);
}

/* BYE, NOTIFY, OPTIONS */
static uint16_t
decide(struct explore *x, uint32_t who, uint8_t method, uint32_t how)
{
	struct explore_party *p = &x->w.party[who];
	bool known = p->dialog == UP || (p->dialog == LEFT && method == NOTIFY && p->referred);
	if (method == NOTIFY && known)
		return how == TAKE ? 200 : how == REFUSE ? 481 : 0;
	if (method == BYE && (p->dialog == UP || p->dialog == LEFT)) {
		p->dialog = LEFT;
		if (p->invite.cseq != 0 && p->invite.status < 200)
			answer_invite(x, who, 487);
		return 200;
	}
	return known ? 200 : 481;
}

static void
take_other(struct explore *x, uint32_t who, const struct sip_text *t, uint8_t method, uint32_t how)
{
	struct explore_party *p = &x->w.party[who];
	uint16_t *before = answered(p, method, t->cseq);
	uint16_t status = before != NULL ? *before : decide(x, who, method, how);
	if (before == NULL)
		remember_answer(p, method, t->cseq, status);
	if (status != 0)
		explore_write_response(x, who, t->all, (enum explore_method)method, status);
}

void
explore_party_receive(struct explore *x, uint32_t who, struct rf_slice bytes, uint32_t how)
{
	static struct sip_text text;
	bool read = sip_read(&text, bytes);
	assert(read);
	if (!text.is_request) {
		take_response(x, who, &text);
		return;
	}
	enum explore_method method = explore_method_of(text.method);
	if (method == INVITE)
		take_invite(x, who, &text, how);
	else if (method == ACK)
		take_ack(&x->w.party[who], &text);
	else if (method == CANCEL)
		take_cancel(x, who, &text);
	else
		take_other(x, who, &text, (uint8_t)method, how);
}

/* ---- what they may do ----------------------------------------------------------------------- */

uint32_t
explore_party_ways(const struct explore *x, const struct explore_item *item)
{
	static struct sip_text text;
	struct explore_party *p = (struct explore_party *)&x->w.party[item->party];
	bool read = sip_read(&text, (struct rf_slice){ x->w.text + item->at, item->len });
	assert(read);
	if (!text.is_request || !x->w.begun)
		return 1;
	enum explore_method method = explore_method_of(text.method);
	if (method == NOTIFY)
		return answered(p, NOTIFY, text.cseq) == NULL ? 3 : 1;
	if (method != INVITE)
		return 1;
	bool initial = sip_tag(&text, "To").len == 0;
	if (p->invite.cseq == text.cseq && (!initial || explore_same_call(p, &text)))
		return 1;
	return initial ? 5 : p->dialog != UP ? 1 : x->w.left.glares > 0 ? 4 : 3;
}

uint32_t
explore_party_acts(const struct explore *x, uint32_t who, uint8_t act[8])
{
	const struct explore_party *p = &x->w.party[who];
	uint32_t count = 0;
	/* RFC 3261 15: not before the ACK. */
	bool confirmed = p->invite.status / 100 != 2 || p->invite.acked;
	if (p->dialog == UP && confirmed && x->w.left.leaves > 0)
		act[count++] = HANG_UP;
	if (who == CENTER && p->dialog == UP && !p->referred)
		act[count++] = REFER_AWAY;
	if (p->dialog == EARLY && p->invite.status == 180) {
		act[count++] = PICK_UP;
		act[count++] = DECLINE;
	}
	return count;
}

const char *
explore_act_name(uint32_t act)
{
	static const char *const name[] = { "hangs up", "refers the caller away", "picks up",
		"declines" };
	return name[act];
}

void
explore_party_act(struct explore *x, uint32_t who, uint32_t act)
{
	struct explore_party *p = &x->w.party[who];
	explore_ladder(x, "%-8s    %s", explore_name[who], explore_act_name(act));
	switch ((enum act)act) {
	case HANG_UP:
		x->w.left.leaves = (uint8_t)(x->w.left.leaves - (x->w.left.leaves > 0));
		p->dialog = LEFT;
		request(x, who, BYE);
		break;
	case REFER_AWAY:
		p->referred = true;
		request(x, who, REFER);
		break;
	case PICK_UP:
		answer_invite(x, who, 200);
		break;
	case DECLINE:
		answer_invite(x, who, 486);
		break;
	}
}

/* ---- time ----------------------------------------------------------------------------------- */

static rf_time
sooner(rf_time a, rf_time b)
{
	return b != 0 && b < a ? b : a;
}

rf_time
explore_party_deadline(const struct explore *x)
{
	rf_time least = RF_TIME_NEVER;
	for (uint32_t who = 0; who < EXPLORE_PARTIES; who++) {
		const struct explore_party *p = &x->w.party[who];
		for (uint32_t i = 0; i < EXPLORE_REQUESTS_MAX; i++) {
			least = sooner(least, p->request[i].next);
			least = sooner(least, p->request[i].ends);
		}
		least = sooner(least, p->invite.next);
		least = sooner(least, p->invite.ends);
	}
	return least;
}

void
explore_party_time(struct explore *x)
{
	for (uint32_t who = 0; who < EXPLORE_PARTIES; who++) {
		struct explore_party *p = &x->w.party[who];
		for (uint32_t i = 0; i < EXPLORE_REQUESTS_MAX; i++) {
			struct explore_request *r = &p->request[i];
			if (r->method != NO_METHOD && sooner(r->next, r->ends) <= x->w.now)
				request_time(x, who, r);
		}
		rf_time due = sooner(sooner(RF_TIME_NEVER, p->invite.next), p->invite.ends);
		if (due <= x->w.now)
			invite_time(x, who);
	}
}

static void
make_relative(rf_time *at, rf_time now)
{
	if (*at != 0 && *at != RF_TIME_NEVER)
		*at = *at - now + 1;
}

/* Which answer was the last one does not matter. */
static uint64_t
take_answers(struct explore_party *p)
{
	uint64_t sum = 0;
	for (uint32_t i = 0; i < EXPLORE_ANSWERED_MAX; i++)
		sum += explore_mix(5, &p->answered[i], sizeof p->answered[i]);
	memset(p->answered, 0, sizeof p->answered);
	return sum;
}

uint64_t
explore_party_hash(const struct explore *x)
{
	struct explore_party all[EXPLORE_PARTIES];
	uint64_t answers[EXPLORE_PARTIES];
	memcpy(all, x->w.party, sizeof all);
	for (uint32_t who = 0; who < EXPLORE_PARTIES; who++) {
		struct explore_party *p = &all[who];
		for (uint32_t i = 0; i < EXPLORE_REQUESTS_MAX; i++) {
			make_relative(&p->request[i].next, x->w.now);
			make_relative(&p->request[i].ends, x->w.now);
		}
		make_relative(&p->invite.next, x->w.now);
		make_relative(&p->invite.ends, x->w.now);
		answers[who] = take_answers(p);
	}
	return explore_mix(explore_mix(3, all, sizeof all), answers, sizeof answers);
}

void
explore_party_init(struct explore *x)
{
	struct explore_party *p = &x->w.party[CUSTOMER];
	explore_write_customer(p);
	request(x, CUSTOMER, INVITE);
}
