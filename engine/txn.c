/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/txn.c -- finds the transaction a message belongs to, makes new ones, and sends for them.
 *
 *      wire -> match by branch -> ict | nict | ist | nist -> rf_tu_*      (up, within the step)
 *      rf_client_open, rf_server_respond -> the same machines -> SEND     (down)
 *
 * What this file must never know: dialogs, calls and REFER; a To-tag tells it new work from old. */
#include "engine/txn.h"

#include <assert.h>
#include <string.h>

#include "engine/compose.h"
#include "engine/txn_key.h"

enum {
	SIP_PORT = 5060,
	SIPS_PORT = 5061,
	RF_MAKE_ROOM_MAX = 16, /* lingering transactions given up for the text of one request */
};

rf_ref
rf_txn_ref(const struct rf_engine *e, const struct rf_txn *txn)
{
	return rf_pool_ref(e, RF_KIND_TXN, txn);
}

/* ---- what the four machines share ------------------------------------------------------------ */

static uint8_t
role_of(const struct rf_step *s, const struct rf_txn *txn)
{
	const struct rf_leg *leg = txn->owner_kind == RF_KIND_LEG ?
	    rf_leg_at(s->e, txn->owner) : NULL;
	return leg != NULL ? leg->role : RF_ROLE_MAX;
}

static void
trace_received(struct rf_step *s, const struct rf_txn *txn, bool retransmission)
{
	const struct rf_message *m = s->message;
	rf_trace_message(s, RF_TRACE_RX, &s->event->path, txn != NULL ? txn->session : 0,
	    txn != NULL ? txn->leg_number : UINT8_MAX, txn != NULL ? role_of(s, txn) : RF_ROLE_MAX,
	    m->is_request ? 0 : m->status, (uint8_t)m->method, retransmission);
}

struct rf_slice
rf_txn_out(struct rf_step *s)
{
	const struct rf_txn *txn = s->txn;
	assert(txn->out_at + txn->out_len <= s->out->bytes_len);
	return (struct rf_slice){ s->out->bytes + txn->out_at, txn->out_len };
}

void
rf_txn_emit(struct rf_step *s, struct rf_slice bytes, bool retransmission)
{
	const struct rf_txn *txn = s->txn;
	rf_token token = rf_token_of(RF_KIND_TXN, rf_txn_ref(s->e, txn), 0);
	rf_send_as(s, &txn->path, bytes, rf_text_get(s->e, txn->identity), token, txn->session,
	    txn->leg_number, role_of(s, txn), (enum rf_method)txn->method, retransmission);
}

void
rf_txn_reply(struct rf_step *s, struct rf_slice bytes, uint16_t status)
{
	struct rf_txn *txn = s->txn;
	bool full = false;
	assert(status >= 100 && status <= 699);
	txn->status = status;
	rf_txn_emit(s, bytes, false);
	/* Without room for a copy it is sent all the same; a repeated request then meets
	 * silence. */
	if (!txn->reliable)
		rf_text_set(s->e, &txn->sent, bytes, &full);
	if (status >= 200)
		rf_text_drop(s->e, &txn->echo);
}

void
rf_txn_arm(struct rf_step *s, unsigned index, rf_time delay)
{
	rf_timer_arm(s->e, RF_KIND_TXN, s->txn, index, delay);
}

void
rf_txn_stop(struct rf_step *s, unsigned index)
{
	rf_timer_stop(s->e, RF_KIND_TXN, s->txn, index);
}

void
rf_txn_arm_retransmit(struct rf_step *s, rf_time max)
{
	struct rf_txn *txn = s->txn;
	rf_time interval = txn->interval_ms == 0 ? s->e->config.t1 : 2 * RF_MS * txn->interval_ms;
	if (interval > max)
		interval = max;
	txn->interval_ms = (uint32_t)(interval / RF_MS);
	rf_txn_arm(s, RF_T_TXN_RETRANSMIT, interval);
}

void
rf_txn_pass_up(struct rf_step *s)
{
	struct rf_txn *txn = s->txn;
	assert(!s->message->is_request);
	txn->status = s->message->status;
	if (txn->owner_kind != RF_KIND_NONE)
		rf_tu_response(s, txn);
}

void
rf_txn_tell_failed(struct rf_step *s, uint16_t status)
{
	struct rf_txn *txn = s->txn;
	txn->status = status;
	if (txn->owner_kind != RF_KIND_NONE)
		rf_tu_failed(s, txn, status);
}

static const struct rf_fsm *
fsm_of(const struct rf_txn *txn)
{
	switch (txn->machine) {
	case RF_MACHINE_ICT:
		return &rf_ict_fsm;
	case RF_MACHINE_NICT:
		return &rf_nict_fsm;
	case RF_MACHINE_IST:
		return &rf_ist_fsm;
	default:
		assert(txn->machine == RF_MACHINE_NIST);
		return &rf_nist_fsm;
	}
}

static struct rf_txn *
at_number(const struct rf_engine *e, uint32_t number)
{
	return number == 0 ? NULL : rf_pool_slot(e, RF_KIND_TXN, number - 1);
}

static void
linger(struct rf_engine *e, struct rf_txn *txn)
{
	struct rf_txn *newest = at_number(e, e->linger_newest);
	uint32_t number = rf_pool_index(e, RF_KIND_TXN, txn) + 1;
	txn->lingers = true;
	txn->older = e->linger_newest;
	e->linger_newest = number;
	if (newest != NULL)
		newest->newer = number;
	else
		e->linger_oldest = number;
}

static void
stop_lingering(struct rf_engine *e, struct rf_txn *txn)
{
	struct rf_txn *older = at_number(e, txn->older), *newer = at_number(e, txn->newer);
	if (!txn->lingers)
		return;
	*(older != NULL ? &older->newer : &e->linger_oldest) = txn->newer;
	*(newer != NULL ? &newer->older : &e->linger_newest) = txn->older;
	txn->lingers = false;
}

/* It hears and sends nothing any more.  The slot goes back with the next tick: events raised in
 * this step still name it. */
static void
retire(struct rf_engine *e, struct rf_txn *txn)
{
	txn->retired = true;
	stop_lingering(e, txn);
	rf_map_drop(e, &e->txn_map, txn->key, txn);
	rf_timer_stop_all(e, RF_KIND_TXN, txn);
	rf_text_drop(e, &txn->sent);
	rf_text_drop(e, &txn->ack);
	rf_text_drop(e, &txn->echo);
	rf_text_drop(e, &txn->identity);
	rf_timer_arm(e, RF_KIND_TXN, txn, RF_T_TXN_END, 0);
}

static void
forget(struct rf_engine *e, struct rf_txn *txn)
{
	retire(e, txn);
	rf_timer_stop_all(e, RF_KIND_TXN, txn);
	rf_pool_give(e, RF_KIND_TXN, txn);
}

/* The oldest transaction that is kept for repetitions only makes room: a repeated request or answer
 * then meets the dialog's CSeq, a 481 or silence, which is less than a BYE that nobody hears. */
static bool
make_room(struct rf_engine *e)
{
	struct rf_txn *txn = at_number(e, e->linger_oldest);
	if (txn == NULL)
		return false;
	forget(e, txn);
	e->stats.linger_cut++;
	return true;
}

static void
tell(struct rf_step *s, struct rf_txn *txn, uint8_t event, uint16_t status)
{
	rf_ref ref = rf_txn_ref(s->e, txn);
	if (txn->retired)
		return;
	rf_run(s, (enum rf_machine)txn->machine, ref, event, status, 0);
	/* Only a timer gives its slot back, or the need for room - of what lingered before. */
	assert(rf_txn_at(s->e, ref) == txn);
	enum rf_state_kind kind = fsm_of(txn)->state[txn->state].kind;
	if (kind == RF_FINAL && !txn->retired)
		retire(s->e, txn);
	else if (kind == RF_LINGER && !txn->lingers)
		linger(s->e, txn);
}

/* ---- requests come in ------------------------------------------------------------------------ */

/* Where responses go: RFC 3261 18.2.2 and RFC 3581 4.  maddr is not followed: it would let anybody
 * aim our answers at others. */
static struct rf_path
reply_path(const struct rf_path *came, const struct rf_via *via)
{
	struct rf_path path = *came;
	if (came->remote.proto == RF_UDP && !via->rport)
		path.remote.port = via->port != 0 ? via->port : SIP_PORT;
	return path;
}

static bool
top_via(const struct rf_message *m, struct rf_via *via, struct rf_slice *element)
{
	struct rf_slice rest = rf_message_value(m, RF_H_VIA);
	return rf_list_next(&rest, element) && rf_via_parse(via, *element);
}

void
rf_txn_reject(struct rf_step *s, uint16_t status)
{
	struct rf_via via;
	struct rf_slice element;
	assert(s->message->is_request);
	trace_received(s, NULL, false);
	if (s->message->method == RF_METHOD_ACK)
		return;
	struct rf_path path = s->event->path;
	if (top_via(s->message, &via, &element))
		path = reply_path(&path, &via);
	rf_send_as(s, &path, rf_compose_stateless(s, status), RF_SLICE(""), 0, 0, UINT8_MAX,
	    RF_ROLE_MAX, s->message->method, false);
}

/* Is it part of what goes on already?  A To-tag alone proves nothing: strangers can write one. */
static bool
is_known(const struct rf_step *s)
{
	return rf_tu_known(s) || s->message->method == RF_METHOD_CANCEL;
}

/* New work stops at seven eighths, so that what goes on already can be brought to its end. */
static bool
admitted(const struct rf_step *s)
{
	const struct rf_pool *pool = &s->e->pools.pool[RF_KIND_TXN];
	return pool->used < pool->count - pool->count / 8 &&
	    rf_text_room(s->e, s->message->raw.len);
}

bool
rf_client_room(const struct rf_engine *e)
{
	return e->pools.pool[RF_KIND_TXN].used < e->pools.pool[RF_KIND_TXN].count ||
	    e->linger_oldest != 0;
}

static struct rf_txn *
txn_new(struct rf_step *s, enum rf_machine machine, enum rf_method method,
    const struct rf_path *path)
{
	struct rf_txn *txn = rf_pool_take(s->e, RF_KIND_TXN);
	if (txn == NULL && make_room(s->e))
		txn = rf_pool_take(s->e, RF_KIND_TXN);
	if (txn == NULL)
		return NULL;
	txn->machine = (uint8_t)machine;
	txn->method = (uint8_t)method;
	txn->path = *path;
	txn->reliable = path->remote.proto != RF_UDP;
	txn->leg_number = UINT8_MAX;
	return txn;
}

/* There is no transaction for it.  A BYE must not be lost for that: its call would never end. */
static void
shed(struct rf_step *s, uint64_t key)
{
	struct rf_engine *e = s->e;
	struct rf_shed *shed = &e->shed[e->shed_next++ % RF_SHED_MAX];
	e->stats.shed_overload++;
	*shed = (struct rf_shed){ key, s->now + 64 * e->config.t1, rf_tu_bye(s) ? 200 : 503 };
	e->shed_until = shed->until;
	rf_txn_reject(s, (uint16_t)shed->status);
}

/* What it was answered when there was no room; 0: nothing. */
static uint16_t
was_shed(const struct rf_step *s, uint64_t key)
{
	const struct rf_engine *e = s->e;
	for (uint32_t i = 0; s->now < e->shed_until && i < RF_SHED_MAX; i++) {
		if (e->shed[i].key == key && s->now < e->shed[i].until)
			return (uint16_t)e->shed[i].status;
	}
	return 0;
}

static void
open_server(struct rf_step *s, uint64_t key, const struct rf_via *via)
{
	struct rf_engine *e = s->e;
	const struct rf_message *m = s->message;
	bool invite = m->method == RF_METHOD_INVITE, known = is_known(s);
	struct rf_path path = reply_path(&s->event->path, via);
	uint16_t before = was_shed(s, key);
	if (before != 0) {
		rf_txn_reject(s, before);
		return;
	}
	struct rf_txn *txn = known || admitted(s) ? txn_new(s, invite ? RF_MACHINE_IST :
	    RF_MACHINE_NIST, m->method, &path) : NULL;
	bool echoed = txn != NULL && rf_echo_take(s, &s->event->path, &txn->echo);
	for (unsigned i = 0; txn != NULL && known && !echoed && i < RF_MAKE_ROOM_MAX; i++)
		echoed = make_room(e) && rf_echo_take(s, &s->event->path, &txn->echo);
	if (txn != NULL && !echoed) {
		rf_pool_give(e, RF_KIND_TXN, txn);
		txn = NULL;
	}
	if (txn == NULL) {
		shed(s, key);
		return;
	}
	txn->cseq = m->cseq.number;
	txn->has_body = m->body.len > 0;
	txn->key = key;
	rf_map_put(e, &e->txn_map, key, txn);
	tell(s, txn, invite ? (uint8_t)RF_IST_RX_INVITE : (uint8_t)RF_NIST_RX_REQUEST, 0);
}

/* A request that has its transaction: the same again, or an ACK to a failure. */
static void
repeated(struct rf_step *s, struct rf_txn *txn)
{
	bool ack = s->message->method == RF_METHOD_ACK, invite = txn->machine == RF_MACHINE_IST;
	if (!ack)
		s->e->stats.rx_retransmissions++;
	if (!ack || txn->status < 200 || txn->status >= 300)    /* else it is the user's ACK */
		trace_received(s, txn, !ack);
	tell(s, txn, ack ? (uint8_t)RF_IST_RX_ACK : invite ? (uint8_t)RF_IST_RX_INVITE :
	    (uint8_t)RF_NIST_RX_REQUEST, 0);
}

static enum rf_verdict
receive_request(struct rf_step *s, const char **why)
{
	struct rf_message *m = s->message;
	bool ack = m->method == RF_METHOD_ACK, unique = rf_via_has_cookie(&m->via);
	struct rf_slice method = ack ? RF_SLICE("INVITE") : m->method_text;
	uint64_t key = unique ? rf_branch_key(s->e, &m->via, method) : 0;
	struct rf_txn *txn = unique ? rf_server_find(s->e, key) : NULL;
	if (txn == NULL || (ack && !txn->lingers)) {    /* nothing that was here before */
		enum rf_verdict verdict = rf_message_check(m, why);
		if (verdict != RF_VERDICT_OK)
			return verdict;
	}
	if (!unique) {
		key = rf_server_key(s->e, m, method);
		txn = rf_server_find(s->e, key);
	}
	if (txn != NULL)
		repeated(s, txn);
	else if (ack)
		rf_tu_ack(s);
	else
		open_server(s, key, &m->via);
	return RF_VERDICT_OK;
}

struct rf_txn *
rf_server_find_cancelled(struct rf_step *s)
{
	assert(s->message->method == RF_METHOD_CANCEL);
	return rf_server_find(s->e, rf_server_key(s->e, s->message, RF_SLICE("INVITE")));
}

/* ---- responses come in ----------------------------------------------------------------------- */

static void
answered(struct rf_step *s, struct rf_txn *txn)
{
	uint16_t status = s->message->status;
	bool again = txn->status >= 200 && txn->status == status;
	if (again)
		s->e->stats.rx_retransmissions++;
	trace_received(s, txn, again);
	if (txn->machine == RF_MACHINE_ICT)
		tell(s, txn, status < 200 ? (uint8_t)RF_ICT_RX_1XX : status < 300 ?
		    (uint8_t)RF_ICT_RX_2XX : (uint8_t)RF_ICT_RX_FAILURE, status);
	else
		tell(s, txn, status < 200 ? (uint8_t)RF_NICT_RX_1XX :
		    (uint8_t)RF_NICT_RX_FINAL, status);
}

static enum rf_verdict
receive_response(struct rf_step *s, const char **why)
{
	struct rf_message *m = s->message;
	struct rf_txn *txn = rf_client_find(s->e, m);
	if (txn == NULL || !txn->lingers) {     /* one that lingers tells its user nothing more */
		enum rf_verdict verdict = rf_message_check(m, why);
		if (verdict != RF_VERDICT_OK)
			return verdict;
	}
	if (txn != NULL) {
		answered(s, txn);
		return RF_VERDICT_OK;
	}
	s->e->stats.stray_responses++;
	trace_received(s, NULL, false);
	if (m->status >= 200 && m->status < 300 && m->method == RF_METHOD_INVITE)
		rf_tu_stray_2xx(s);
	return RF_VERDICT_OK;
}

enum rf_verdict
rf_txn_receive(struct rf_step *s, const char **why)
{
	assert(s->message != NULL);
	return s->message->is_request ? receive_request(s, why) : receive_response(s, why);
}

/* ---- time and transport ---------------------------------------------------------------------- */

void
rf_txn_timer(struct rf_step *s, rf_ref ref, unsigned index)
{
	struct rf_txn *txn = rf_txn_at(s->e, ref);
	assert(txn != NULL);                    /* timers are stopped before a slot goes back */
	bool end = index == RF_T_TXN_END;
	if (txn->retired) {
		rf_pool_give(s->e, RF_KIND_TXN, txn);
		return;
	}
	switch (txn->machine) {
	case RF_MACHINE_ICT:
		tell(s, txn, end ? (uint8_t)RF_ICT_T_END : (uint8_t)RF_ICT_T_RETRANSMIT, 0);
		break;
	case RF_MACHINE_NICT:
		tell(s, txn, end ? (uint8_t)RF_NICT_T_END : (uint8_t)RF_NICT_T_RETRANSMIT, 0);
		break;
	case RF_MACHINE_IST:
		tell(s, txn, end ? (uint8_t)RF_IST_T_END : (uint8_t)RF_IST_T_RETRANSMIT, 0);
		break;
	default:
		tell(s, txn, end ? (uint8_t)RF_NIST_T_END : (uint8_t)RF_NIST_T_LATE, 0);
		break;
	}
}

static void
fail_client(struct rf_step *s, struct rf_txn *txn)
{
	tell(s, txn, txn->machine == RF_MACHINE_ICT ? (uint8_t)RF_ICT_FAILED :
	    (uint8_t)RF_NICT_FAILED, 503);
}

void
rf_txn_send_failed(struct rf_step *s, rf_ref ref, enum rf_link_reason reason)
{
	struct rf_txn *txn = rf_txn_at(s->e, ref);
	assert(reason < RF_LINK_REASON_MAX);
	/* A server transaction stays as it is (RFC 6026 7.1): the request may come again. */
	if (txn != NULL && rf_txn_is_client(txn))
		fail_client(s, txn);
}

void
rf_txn_link_up(struct rf_step *s, rf_ref ref, uint32_t link)
{
	struct rf_txn *txn = rf_txn_at(s->e, ref);
	assert(link != 0);
	if (txn != NULL)
		txn->path.link = link;
}

/* The top Via of the request that a server transaction echoes. */
static bool
echoed_via(const struct rf_engine *e, const struct rf_txn *txn, struct rf_via *out)
{
	struct rf_slice rest, element;
	const size_t name = strlen("Via: ");
	const struct rf_echo *echo = (const void *)rf_text_get(e, txn->echo).p;
	const char *end = memchr(echo->text, '\r', echo->before_len);
	if (end == NULL || (size_t)(end - echo->text) < name)
		return false;
	rest = rf_slice_between(echo->text + name, end);
	return rf_list_next(&rest, &element) && rf_via_parse(out, element);
}

/* The stream of a request is gone: RFC 3261 18.2.2 has us connect to the port of its sent-by. */
static void
lose_link(struct rf_engine *e, struct rf_txn *txn)
{
	struct rf_via via;
	txn->path.link = 0;
	if (rf_txn_is_client(txn) || txn->echo == 0)
		return;
	if (echoed_via(e, txn, &via))
		txn->path.remote.port = via.port != 0 ? via.port :
		    txn->path.remote.proto == RF_TLS ? SIPS_PORT : SIP_PORT;
}

bool
rf_txn_link_down(struct rf_step *s, uint32_t link, uint32_t max)
{
	struct rf_txn *txn;
	uint32_t index = 0, failed = 0;
	assert(link != 0);
	while ((txn = rf_pool_next(s->e, RF_KIND_TXN, &index)) != NULL) {
		if (txn->path.link != link || txn->retired)
			continue;
		if (rf_txn_is_client(txn) && failed == max)
			return true;
		lose_link(s->e, txn);
		if (rf_txn_is_client(txn)) {
			fail_client(s, txn);
			failed++;
		}
	}
	return false;
}

/* ---- for users: client side ------------------------------------------------------------------ */

/* Remembers where the bytes to send are, for the machine's send or reply action. */
static bool
set_out(struct rf_step *s, struct rf_txn *txn, struct rf_slice bytes)
{
	if (bytes.len == 0 || !rf_send_keep(s, &bytes))
		return false;
	txn->out_at = (uint32_t)(bytes.p - s->out->bytes);
	txn->out_len = bytes.len;
	return true;
}

static void
clear_out(struct rf_txn *txn)
{
	txn->out_at = txn->out_len = 0;
}

struct rf_txn *
rf_client_open(struct rf_step *s, const struct rf_client_request *r)
{
	struct rf_engine *e = s->e;
	bool invite = r->method == RF_METHOD_INVITE, full = false, no_copy = false;
	assert(r->method != RF_METHOD_ACK);
	assert(r->branch != 0);
	struct rf_txn *txn = txn_new(s, invite ? RF_MACHINE_ICT : RF_MACHINE_NICT, r->method,
	    &r->path);
	if (txn == NULL)
		return NULL;
	txn->branch = r->branch;
	txn->cseq = r->cseq;
	txn->owner_kind = (uint8_t)r->owner_kind;
	txn->owner = r->owner;
	txn->peer = r->peer;
	txn->session = r->session;
	txn->leg_number = r->leg_number;
	txn->has_body = r->has_body;
	/* Over TLS the copy is for a peer that connects anew: see nict.def. */
	bool named = r->path.remote.proto == RF_TLS && r->identity.len > 0;
	if (invite || !txn->reliable || named)
		rf_text_set(e, &txn->sent, r->bytes, invite ? &full : &no_copy);
	if (r->path.remote.proto == RF_TLS)
		rf_text_set(e, &txn->identity, r->identity, &full);
	/* An INVITE that cannot be acknowledged or cancelled must not leave, nor anything over
	 * TLS to nobody in particular.  What else there is goes out once, without a copy. */
	if (!set_out(s, txn, r->bytes) || full) {
		rf_text_drop(e, &txn->sent);
		rf_text_drop(e, &txn->identity);
		rf_pool_give(e, RF_KIND_TXN, txn);
		return NULL;
	}
	txn->key = rf_client_key(e, r->branch, r->method);
	rf_map_put(e, &e->txn_map, txn->key, txn);
	tell(s, txn, invite ? (uint8_t)RF_ICT_OPEN : (uint8_t)RF_NICT_OPEN, 0);
	clear_out(txn);
	return txn;
}

struct rf_slice
rf_txn_write_ack(struct rf_step *s)
{
	assert(s->message != NULL && !s->message->is_request);
	return rf_compose_from_invite(s, rf_text_get(s->e, s->txn->sent), RF_METHOD_ACK,
	    rf_message_value(s->message, RF_H_TO));
}

void
rf_client_cancel(struct rf_step *s, struct rf_txn *ict)
{
	assert(ict->machine == RF_MACHINE_ICT);
	/* Only a provisional response has been heard: that state is the rule (RFC 3261 9.1). */
	bool may = ict->status >= 100 && ict->status < 200 && !ict->retired && !ict->cancelled;
	if (!may)
		return;
	ict->cancelled = true;
	struct rf_slice bytes = rf_compose_from_invite(s, rf_text_get(s->e, ict->sent),
	    RF_METHOD_CANCEL, RF_SLICE(""));
	if (bytes.len == 0)
		return;
	const struct rf_client_request request = { .method = RF_METHOD_CANCEL,
		.branch = ict->branch, .cseq = ict->cseq, .bytes = bytes, .path = ict->path,
		.identity = rf_text_get(s->e, ict->identity), .session = ict->session,
		.leg_number = ict->leg_number };
	if (rf_client_open(s, &request) == NULL)        /* better once than never */
		rf_send_as(s, &ict->path, bytes, request.identity, 0, ict->session, ict->leg_number,
		    role_of(s, ict), RF_METHOD_CANCEL, false);
}

void
rf_client_abandon(struct rf_step *s, struct rf_txn *txn)
{
	assert(rf_txn_is_client(txn));
	txn->owner_kind = RF_KIND_NONE;
	txn->owner = 0;
	txn->peer = 0;
	if (txn->machine == RF_MACHINE_ICT)
		tell(s, txn, RF_ICT_LEAVE, 0);
}

/* ---- for users: server side ------------------------------------------------------------------ */

void
rf_server_respond(struct rf_step *s, struct rf_txn *txn, uint16_t status, struct rf_slice bytes)
{
	assert(!rf_txn_is_client(txn));
	assert(status >= 100 && status <= 699);
	if (txn->retired || !set_out(s, txn, bytes))
		return;
	if (txn->machine == RF_MACHINE_IST)
		tell(s, txn, status < 200 ? (uint8_t)RF_IST_TU_1XX : status < 300 ?
		    (uint8_t)RF_IST_TU_2XX : (uint8_t)RF_IST_TU_FAILURE, status);
	else
		tell(s, txn, status < 200 ? (uint8_t)RF_NIST_TU_1XX :
		    (uint8_t)RF_NIST_TU_FINAL, status);
	clear_out(txn);
}

void
rf_server_drop(struct rf_step *s, struct rf_txn *txn)
{
	assert(txn->machine == RF_MACHINE_NIST || txn->machine == RF_MACHINE_IST);
	if (txn->machine == RF_MACHINE_NIST) /* an INVITE has an answer coming from its leg */
		tell(s, txn, RF_NIST_DROP, 0);
}

rf_ref
rf_server_restore(struct rf_step *s, struct rf_txn *from)
{
	struct rf_engine *e = s->e;
	bool invite = from->method == RF_METHOD_INVITE;
	struct rf_via via;
	struct rf_txn *txn = rf_echo_is_whole(rf_text_get(e, from->echo)) &&
	    echoed_via(e, from, &via) && rf_via_has_cookie(&via) ?
	    txn_new(s, invite ? RF_MACHINE_IST : RF_MACHINE_NIST, (enum rf_method)from->method,
	    &from->path) : NULL;
	if (txn == NULL) {
		rf_text_drop(e, &from->echo);
		return 0;
	}
	txn->cseq = from->cseq;
	txn->has_body = from->has_body;
	txn->echo = from->echo;
	txn->owner_kind = from->owner_kind;
	txn->owner = from->owner;
	txn->session = from->session;
	txn->leg_number = from->leg_number;
	txn->path.local = rf_listener_of(e, &txn->path)->local;
	if (txn->reliable)
		lose_link(e, txn);
	txn->key = rf_branch_key(e, &via, rf_method_name((enum rf_method)txn->method));
	rf_map_put(e, &e->txn_map, txn->key, txn);
	txn->state = invite ? (uint8_t)RF_IST_IS_PROCEEDING : (uint8_t)RF_NIST_IS_TRYING;
	if (!invite)                            /* HOT: it ends by itself, whatever its user does */
		rf_timer_arm(e, RF_KIND_TXN, txn, RF_T_TXN_END, 64 * e->config.t1);
	return rf_txn_ref(e, txn);
}

void
rf_server_forget(struct rf_step *s, rf_ref ref)
{
	struct rf_txn *txn = rf_txn_at(s->e, ref);
	if (txn != NULL)
		forget(s->e, txn);
}
