/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/dialog.c -- who the other side is, by which way to it, and with which number.
 *
 * A dialog is found by our own tag: 64 random bits, which no peer can rewrite without being
 * noticed; Call-ID and the remote tag are compared all the same.  Knows nothing of calls or
 * transfers. */
#include "engine/dialog.h"

#include <assert.h>
#include <string.h>

#include "engine/call.h"
#include "engine/compose.h"
#include "engine/leg.h"
#include "engine/txn.h"

static uint64_t
map_key(const struct rf_engine *e, uint64_t tag)
{
	return rf_siphash(e->drbg.key, &tag, sizeof tag);
}

struct rf_slice
rf_dialog_text(const struct rf_engine *e, const struct rf_dialog *d, unsigned what)
{
	assert(what < RF_DT_MAX);
	struct rf_slice all = rf_text_get(e, d->fixed);
	uint32_t at = 0;
	for (unsigned i = 0; i < what; i++)
		at += d->fixed_len[i];
	assert(at + d->fixed_len[what] <= all.len || d->fixed == 0);
	return d->fixed == 0 ? RF_SLICE("") : (struct rf_slice){ all.p + at, d->fixed_len[what] };
}

uint16_t
rf_dialog_keep_ids(struct rf_step *s, const struct rf_dialog *d, rf_text *out)
{
	struct rf_slice call_id = rf_dialog_text(s->e, d, RF_DT_CALL_ID);
	struct rf_writer w;
	bool full = false;
	rf_bytes_begin(s, &w);
	rf_write(&w, call_id);
	rf_write(&w, rf_dialog_text(s->e, d, RF_DT_REMOTE_TAG));
	rf_text_set(s->e, out, rf_bytes_end(s, &w), &full);
	return full ? 0 : (uint16_t)call_id.len;
}

static bool
fix(struct rf_step *s, struct rf_dialog *d, const struct rf_slice part[RF_DT_MAX])
{
	struct rf_writer w;
	bool full = false;
	rf_bytes_begin(s, &w);
	for (unsigned i = 0; i < RF_DT_MAX; i++)
		rf_write(&w, part[i]);
	if (w.overflow)
		return false;
	rf_text fixed = rf_text_put(s->e, rf_written(&w), &full);
	if (full)
		return false;                           /* what it was stays: it must be found */
	rf_text_drop(s->e, &d->fixed);
	d->fixed = fixed;
	for (unsigned i = 0; i < RF_DT_MAX; i++)
		d->fixed_len[i] = (uint16_t)part[i].len;
	return true;
}

/* From or To without its tag: display name, URI and the other parameters do not matter to a dialog.
 */
static struct rf_slice
without_tag(const struct rf_name_addr *a)
{
	const char *end = a->all.p + a->all.len;
	return rf_slice_trim(rf_slice_between(a->all.p, a->params.len > 0 ? a->params.p : end));
}

bool
rf_dialog_fits(const struct rf_message *m)
{
	static const uint8_t field[] = { RF_H_FROM, RF_H_TO, RF_H_CONTACT, RF_H_CALL_ID };
	uint32_t bytes = 0, count = 0;
	for (unsigned i = 0; i < RF_ARRAY_LEN(field); i++) {
		if (rf_message_value(m, field[i]).len > RF_DIALOG_FIELD_MAX)
			return false;
	}
	for (const struct rf_header *h = rf_message_header(m, RF_H_RECORD_ROUTE); h != NULL;
	    h = rf_message_next(m, h)) {
		struct rf_slice rest = h->value, one;
		bytes += h->value.len;
		while (rf_list_next(&rest, &one))
			count++;
	}
	return bytes <= RF_DIALOG_ROUTES_MAX && count <= RF_DIALOG_ROUTE_COUNT_MAX;
}

/* Route lines for our requests: Record-Route as received, or reversed (RFC 3261 12.1.1, 12.1.2). */
static void
write_routes(struct rf_writer *w, const struct rf_message *m, bool reversed)
{
	struct rf_slice route[RF_DIALOG_ROUTE_COUNT_MAX];
	uint32_t count = 0;
	for (const struct rf_header *h = rf_message_header(m, RF_H_RECORD_ROUTE); h != NULL;
	    h = rf_message_next(m, h)) {
		struct rf_slice rest = h->value;
		while (count < RF_DIALOG_ROUTE_COUNT_MAX && rf_list_next(&rest, &route[count]))
			count++;
	}
	for (uint32_t i = 0; i < count; i++)
		rf_write_header(w, RF_H_ROUTE, route[reversed ? count - 1 - i : i]);
}

static bool
first_route(struct rf_slice routes, struct rf_name_addr *out)
{
	if (routes.len == 0)
		return false;
	const char *colon = memchr(routes.p, ':', routes.len);
	const char *end = memchr(routes.p, '\r', routes.len);
	return colon != NULL && end > colon &&
	    rf_name_addr_parse(out, rf_slice_between(colon + 1, end));
}

/* Only a literal next hop moves us off the flow: see ADR 004.  Found whenever what it is made of
 * changes, because every request within the dialog needs it. */
static void
aim(const struct rf_engine *e, struct rf_dialog *d)
{
	struct rf_name_addr route;
	struct rf_uri hop;
	d->hop_known = false;
	if (first_route(rf_dialog_text(e, d, RF_DT_ROUTES), &route))
		hop = route.uri;
	else if (!rf_uri_parse(&hop, rf_text_get(e, d->target)))
		return;
	d->hop_known = rf_ip_parse(d->hop_ip, hop.host);
	d->hop_port = hop.port;
}

static void
learn_routes(struct rf_step *s, struct rf_dialog *d, bool reversed, struct rf_slice *out,
    struct rf_writer *w)
{
	struct rf_name_addr route;
	struct rf_slice flag;
	write_routes(w, s->message, reversed);
	*out = rf_bytes_end(s, w);
	d->strict = first_route(*out, &route) &&
	    !rf_param_find(route.uri.params, RF_SLICE("lr"), &flag);
}

static void
learn_target(struct rf_step *s, struct rf_dialog *d)
{
	const struct rf_name_addr *contact = rf_message_contact(s->message);
	bool full = false;
	if (contact != NULL && contact->uri.all.len <= RF_DIALOG_FIELD_MAX)
		rf_text_set(s->e, &d->target, contact->uri.all, &full);
}

static struct rf_dialog *
take(struct rf_step *s, rf_ref leg)
{
	struct rf_dialog *d = rf_pool_take(s->e, RF_KIND_DIALOG);
	if (d == NULL)
		return NULL;
	d->usages = 1;
	d->leg = leg;
	return d;
}

void
rf_dialog_enter(struct rf_engine *e, struct rf_dialog *d)
{
	rf_map_put(e, &e->dialog_map, map_key(e, d->local_tag), d);
	aim(e, d);
}

static void
enter(struct rf_step *s, struct rf_dialog *d, uint64_t tag)
{
	d->local_tag = tag;
	rf_dialog_enter(s->e, d);
}

static struct rf_dialog *
give_up(struct rf_step *s, struct rf_dialog *d)
{
	rf_text_drop(s->e, &d->fixed);
	rf_text_drop(s->e, &d->target);
	rf_pool_give(s->e, RF_KIND_DIALOG, d);
	return NULL;
}

/* Drawn for (session, leg), never for a slot: removing one call from a run changes no other. */
static struct rf_drbg
draws_of(const struct rf_step *s, const struct rf_leg *leg)
{
	assert(leg != NULL);
	const struct rf_call *call = rf_call_at(s->e, leg->call);
	assert(call != NULL);
	return rf_call_draws(call);
}

static uint64_t
fresh_tag(const struct rf_drbg *draws, const struct rf_leg *leg)
{
	return rf_draw(draws, leg->serial, RF_DRAW_TAG, 0) | 1;
}

/* Forks share our tag and may share a CSeq; their branches differ by the remote tag. */
static uint64_t
fresh_branch(const struct rf_step *s, const struct rf_dialog *d, uint64_t n)
{
	uint64_t other = rf_hash_slice(&s->e->drbg, rf_dialog_text(s->e, d, RF_DT_REMOTE_TAG));
	return rf_draw(&s->e->drbg, d->local_tag ^ other, RF_DRAW_BRANCH, n) | 1;
}

/* Fills the dialog that a request of theirs makes. */
static struct rf_dialog *
answerer(struct rf_step *s, struct rf_dialog *d, const struct rf_drbg *draws, uint64_t tag)
{
	const struct rf_message *m = s->message;
	struct rf_writer w;
	struct rf_slice part[RF_DT_MAX] = {
		[RF_DT_CALL_ID] = rf_message_value(m, RF_H_CALL_ID),
		[RF_DT_LOCAL] = without_tag(&m->to),
		[RF_DT_REMOTE] = without_tag(&m->from),
		[RF_DT_REMOTE_TAG] = m->from.tag,
		/* Who reconnects from another port is found by it: RFC 5923 8. */
		[RF_DT_IDENTITY] = s->event->identity };
	d->uas = true;
	rf_bytes_begin(s, &w);
	learn_routes(s, d, false, &part[RF_DT_ROUTES], &w);
	if (!fix(s, d, part))
		return give_up(s, d);
	learn_target(s, d);
	d->remote_cseq = m->cseq.number;
	d->remote_cseq_known = true;
	d->path = s->event->path;
	enter(s, d, tag);
	d->local_cseq =
	    (uint32_t)rf_draw_between(draws, d->local_tag, RF_DRAW_CSEQ, 0, 1, 65535);
	return d;
}

struct rf_dialog *
rf_dialog_new_uas(struct rf_step *s, rf_ref leg)
{
	struct rf_dialog *d = take(s, leg);
	const struct rf_leg *user = rf_leg_at(s->e, leg);
	const struct rf_drbg draws = draws_of(s, user);
	return d != NULL ? answerer(s, d, &draws, fresh_tag(&draws, user)) : NULL;
}

struct rf_dialog *
rf_dialog_new_outside(struct rf_step *s, struct rf_call *call)
{
	struct rf_dialog *d = take(s, 0);
	if (d == NULL)
		return NULL;
	const struct rf_drbg draws = rf_call_draws(call);
	d->outside = true;
	/* As if it were a leg: no other dialog of the session will draw this tag. */
	return answerer(s, d, &draws, rf_draw(&draws, call->legs_made++, RF_DRAW_TAG, 0) | 1);
}

struct rf_dialog *
rf_dialog_new_uac(struct rf_step *s, rf_ref leg, struct rf_slice local, struct rf_slice remote,
    struct rf_slice target, const struct rf_path *path, struct rf_slice identity)
{
	struct rf_dialog *d = take(s, leg);
	const struct rf_leg *user = rf_leg_at(s->e, leg);
	const struct rf_drbg draws = draws_of(s, user);
	struct rf_writer w;
	bool full = false;
	if (d == NULL)
		return NULL;
	uint64_t tag = fresh_tag(&draws, user);
	rf_bytes_begin(s, &w);
	rf_write_hex(&w, rf_draw(&draws, tag, RF_DRAW_CALL_ID, 0), 16);
	rf_write_hex(&w, rf_draw(&draws, tag, RF_DRAW_CALL_ID, 1), 16);
	rf_write_text(&w, "@");
	rf_write_text(&w, s->e->config.domain);
	struct rf_slice part[RF_DT_MAX] = { [RF_DT_CALL_ID] = rf_bytes_end(s, &w),
		[RF_DT_LOCAL] = local, [RF_DT_REMOTE] = remote, [RF_DT_REMOTE_TAG] = RF_SLICE(""),
		[RF_DT_ROUTES] = RF_SLICE(""), [RF_DT_IDENTITY] = identity };
	if (!fix(s, d, part))
		return give_up(s, d);
	rf_text_set(s->e, &d->target, target, &full);
	if (full)
		return give_up(s, d);
	d->path = *path;
	d->local_cseq = (uint32_t)rf_draw_between(&draws, tag, RF_DRAW_CSEQ, 0, 1, 65535);
	enter(s, d, tag);
	return d;
}

struct rf_dialog *
rf_dialog_fork(struct rf_step *s)
{
	const struct rf_message *m = s->message;
	struct rf_writer w;
	if (!rf_dialog_fits(m))
		return NULL;
	uint64_t tag = rf_tag_read(s->e, m->from.tag);
	struct rf_dialog *d = tag != 0 ? take(s, 0) : NULL;
	if (d == NULL)
		return NULL;
	struct rf_slice part[RF_DT_MAX] = {
		[RF_DT_CALL_ID] = rf_message_value(m, RF_H_CALL_ID),
		[RF_DT_LOCAL] = without_tag(&m->from), [RF_DT_REMOTE] = without_tag(&m->to),
		[RF_DT_REMOTE_TAG] = m->to.tag,
		[RF_DT_IDENTITY] = s->event->identity };
	rf_bytes_begin(s, &w);
	learn_routes(s, d, true, &part[RF_DT_ROUTES], &w);
	learn_target(s, d);
	if (d->target == 0 || !fix(s, d, part)) /* without Contact there is nobody to tell */
		return give_up(s, d);
	d->path = s->event->path;
	d->local_cseq = m->cseq.number;
	d->invite_cseq = m->cseq.number;
	enter(s, d, tag);
	return d;
}

void
rf_dialog_learn(struct rf_step *s, struct rf_dialog *d)
{
	struct rf_writer w;
	if (!rf_dialog_fits(s->message))
		return;
	struct rf_slice part[RF_DT_MAX];
	for (unsigned i = 0; i < RF_DT_MAX; i++)
		part[i] = rf_dialog_text(s->e, d, i);
	part[RF_DT_REMOTE_TAG] = s->message->to.tag;
	/* `part` points into the text that fix() replaces: copy what stays into the arena first. */
	for (unsigned i = 0; i < RF_DT_MAX; i++) {
		if (i == RF_DT_REMOTE_TAG)
			continue;
		rf_bytes_begin(s, &w);
		if (i == RF_DT_ROUTES) {
			learn_routes(s, d, true, &part[i], &w);
		} else {
			rf_write(&w, part[i]);
			part[i] = rf_bytes_end(s, &w);
		}
	}
	fix(s, d, part);
	aim(s->e, d);
	rf_dialog_refresh(s, d);
}

void
rf_dialog_refresh(struct rf_step *s, struct rf_dialog *d)
{
	learn_target(s, d);
	if (d->fixed_len[RF_DT_ROUTES] == 0)
		aim(s->e, d);
	if (s->event->kind == RF_EV_MESSAGE && s->event->path.link != 0)
		d->path = s->event->path;
}

/* ---- finding -------------------------------------------------------------------------------- */

struct rf_dialog *
rf_dialog_match(const struct rf_engine *e, struct rf_slice call_id, struct rf_slice local_tag,
    struct rf_slice remote_tag)
{
	uint64_t tag = rf_tag_read(e, local_tag);
	if (tag == 0)
		return NULL;
	for (struct rf_dialog *d = rf_map_first(e, &e->dialog_map, map_key(e, tag)); d != NULL;
	    d = rf_map_next(e, &e->dialog_map, d)) {
		if (d->local_tag == tag &&
		    rf_slice_equal(rf_dialog_text(e, d, RF_DT_CALL_ID), call_id) &&
		    rf_slice_equal(rf_dialog_text(e, d, RF_DT_REMOTE_TAG), remote_tag))
			return d;
	}
	return NULL;
}

struct rf_dialog *
rf_dialog_find(const struct rf_step *s)
{
	return rf_dialog_match(s->e, rf_message_value(s->message, RF_H_CALL_ID),
	    s->message->to.tag, s->message->from.tag);
}

struct rf_dialog *
rf_dialog_find_fork(struct rf_step *s)
{
	struct rf_engine *e = s->e;
	uint64_t tag = rf_tag_read(e, s->message->from.tag);
	for (struct rf_dialog *d = rf_map_first(e, &e->dialog_map, map_key(e, tag)); d != NULL;
	    d = rf_map_next(e, &e->dialog_map, d)) {
		if (d->local_tag == tag &&
		    rf_slice_equal(rf_dialog_text(e, d, RF_DT_REMOTE_TAG), s->message->to.tag))
			return d;
	}
	return NULL;
}

enum rf_cseq_verdict
rf_dialog_take_cseq(struct rf_step *s, struct rf_dialog *d)
{
	uint32_t number = s->message->cseq.number;
	if (d->remote_cseq_known && number < d->remote_cseq)
		return RF_CSEQ_LOW;
	if (d->remote_cseq_known && number == d->remote_cseq)
		return RF_CSEQ_REPEATED;
	d->remote_cseq = number;
	d->remote_cseq_known = true;
	return RF_CSEQ_NEW;
}

/* ---- sending -------------------------------------------------------------------------------- */

void
rf_dialog_path(const struct rf_dialog *d, struct rf_path *out)
{
	*out = d->path;
	if (d->path.link != 0 || !d->hop_known)
		return;
	struct rf_addr *to = &out->remote;
	memcpy(to->ip, d->hop_ip, sizeof to->ip);
	to->port = d->hop_port != 0 ? d->hop_port : to->proto == RF_TLS ? 5061 : 5060;
}

static struct rf_slice
compose(struct rf_step *s, const struct rf_dialog *d, const struct rf_in_dialog *r, uint32_t cseq,
    uint64_t branch, const struct rf_path *path)
{
	const struct rf_engine *e = s->e;
	struct rf_slice routes = rf_dialog_text(e, d, RF_DT_ROUTES),
			target = rf_text_get(e, d->target);
	struct rf_name_addr first;
	struct rf_writer w;
	rf_bytes_begin(s, &w);
	rf_write(&w, rf_method_name(r->method));
	rf_write_text(&w, " ");
	bool strict = d->strict && first_route(routes, &first);
	rf_write(&w, strict ? first.uri.all : target);
	rf_write_text(&w, " SIP/2.0\r\n");
	rf_write_via(e, &w, path, branch);
	if (strict) { /* RFC 3261 12.2.1.1: the target goes last */
		const char *end = memchr(routes.p, '\n', routes.len);
		rf_write(&w, rf_slice_between(end + 1, routes.p + routes.len));
		rf_write_text(&w, "Route: <");
		rf_write(&w, target);
		rf_write_text(&w, ">\r\n");
	} else {
		rf_write(&w, routes);
	}
	rf_write_text(&w, "Max-Forwards: 70\r\nFrom: ");
	rf_write(&w, rf_dialog_text(e, d, RF_DT_LOCAL));
	rf_write_text(&w, ";tag=");
	rf_write_tag(e, &w, d->local_tag);
	rf_write_text(&w, "\r\nTo: ");
	rf_write(&w, rf_dialog_text(e, d, RF_DT_REMOTE));
	if (d->fixed_len[RF_DT_REMOTE_TAG] > 0) {
		rf_write_text(&w, ";tag=");
		rf_write(&w, rf_dialog_text(e, d, RF_DT_REMOTE_TAG));
	}
	rf_write_text(&w, "\r\n");
	rf_write_header(&w, RF_H_CALL_ID, rf_dialog_text(e, d, RF_DT_CALL_ID));
	rf_write_text(&w, "CSeq: ");
	rf_write_number(&w, cseq);
	rf_write_text(&w, " ");
	rf_write(&w, rf_method_name(r->method));
	rf_write_text(&w, "\r\n");
	if (r->method != RF_METHOD_BYE && r->method != RF_METHOD_PRACK &&
	    r->method != RF_METHOD_ACK && r->method != RF_METHOD_INFO) {
		rf_write_text(&w, "Contact: ");
		rf_write_contact_uri(e, &w, path, d->local_tag);
		rf_write_text(&w, "\r\n");
	}
	rf_write_text(&w, "User-Agent: ");
	rf_write_text(&w, e->config.software);
	rf_write_text(&w, "\r\n");
	rf_write(&w, r->headers);
	if (r->body.len > 0 && r->content_type.len > 0)
		rf_write_header(&w, RF_H_CONTENT_TYPE, r->content_type);
	rf_write_body(&w, r->body);
	return rf_bytes_end(s, &w);
}

struct rf_txn *
rf_dialog_request(struct rf_step *s, struct rf_dialog *d, const struct rf_in_dialog *r)
{
	struct rf_path path;
	const struct rf_leg *leg = rf_leg_at(s->e, d->leg);
	const struct rf_call *call = leg != NULL ? rf_call_at(s->e, leg->call) : s->call;
	uint32_t cseq = r->cseq != 0 ? r->cseq : ++d->local_cseq;
	uint64_t branch = fresh_branch(s, d, (uint64_t)r->method << 32 | cseq);
	rf_dialog_path(d, &path);
	if (r->method == RF_METHOD_INVITE)
		d->invite_cseq = cseq;
	return rf_client_open(s, &(struct rf_client_request){ .method = r->method, .branch = branch,
		.cseq = cseq, .bytes = compose(s, d, r, cseq, branch, &path), .path = path,
		.identity = rf_dialog_text(s->e, d, RF_DT_IDENTITY), .owner_kind = r->owner_kind,
		.owner = r->owner, .peer = r->peer, .session = call != NULL ? call->session : 0,
		.leg_number = leg != NULL ? leg->number : UINT8_MAX, .has_body = r->body.len > 0 });
}

void
rf_dialog_say(struct rf_step *s, struct rf_dialog *d, const struct rf_in_dialog *r)
{
	struct rf_path path;
	uint32_t cseq = ++d->local_cseq;
	rf_dialog_path(d, &path);
	rf_send(s, &path,
	    compose(s, d, r, cseq, fresh_branch(s, d, (uint64_t)r->method << 32 | cseq), &path),
	    rf_dialog_text(s->e, d, RF_DT_IDENTITY), 0, s->call != NULL ? s->call->session : 0,
	    UINT8_MAX, false);
}

void
rf_dialog_ack(struct rf_step *s, struct rf_dialog *d, uint32_t cseq, struct rf_slice content_type,
    struct rf_slice body)
{
	struct rf_path path;
	bool full = false;
	uint64_t branch = fresh_branch(s, d, (uint64_t)RF_METHOD_ACK << 32 | cseq);
	rf_dialog_path(d, &path);
	struct rf_slice bytes = compose(s, d, &(struct rf_in_dialog){ .method = RF_METHOD_ACK,
		.content_type = content_type, .body = body }, cseq, branch, &path);
	if (bytes.len == 0) /* too long with that answer: the ACK matters more */
		bytes = compose(
		    s, d, &(struct rf_in_dialog){ .method = RF_METHOD_ACK }, cseq, branch, &path);
	rf_text_set(s->e, &d->ack, bytes, &full);
	d->ack_cseq = cseq;
	const struct rf_leg *leg = rf_leg_at(s->e, d->leg);
	rf_send(s, &path, bytes, rf_dialog_text(s->e, d, RF_DT_IDENTITY), 0,
	    s->call != NULL ? s->call->session : 0, leg != NULL ? leg->number : UINT8_MAX, false);
}

void
rf_dialog_repeat_ack(struct rf_step *s, struct rf_dialog *d)
{
	struct rf_path path;
	struct rf_slice bytes = rf_text_get(s->e, d->ack);
	if (bytes.len == 0)
		return; /* still owed: the late answer will bring it */
	rf_dialog_path(d, &path);
	const struct rf_leg *leg = rf_leg_at(s->e, d->leg);
	const struct rf_call *call = leg != NULL ? rf_call_at(s->e, leg->call) : NULL;
	rf_send(s, &path, bytes, rf_dialog_text(s->e, d, RF_DT_IDENTITY), 0,
	    call != NULL ? call->session : 0, leg != NULL ? leg->number : UINT8_MAX, true);
}

enum rf_scope
rf_dialog_scope(uint16_t status)
{
	switch (status) { /* RFC 5057 5.1, and 3261 12.2.1.2 for 481, 408 */
	case 404:
	case 410:
	case 416:
	case 482:
	case 483:
	case 484:
	case 485:
	case 502:
	case 604:
		return RF_SCOPE_DIALOG;
	case 405:
	case 408:
	case 480:
	case 481:
	case 489:
	case 501:
		return RF_SCOPE_USAGE;
	default:
		return RF_SCOPE_TRANSACTION;
	}
}

/* ---- the machine: guards and actions of dialog.def ------------------------------------------ */

static bool
last_usage(const struct rf_step *s)
{
	return s->dialog->usages == 1;
}

static void
none(struct rf_step *s)
{
	(void)s;
}

static void
count_up(struct rf_step *s)
{
	assert(s->dialog->usages < UINT8_MAX);
	s->dialog->usages++;
}

static void
count_down(struct rf_step *s)
{
	assert(s->dialog->usages > 1);
	s->dialog->usages--;
}

static void
tell_leg(struct rf_step *s)
{
	const struct rf_leg *leg = rf_leg_at(s->e, s->dialog->leg);
	if (s->dialog->usages == 1 && leg != NULL)
		rf_raise(s, RF_MACHINE_LEG, s->dialog->leg, RF_LEG_UNSHARED, 0, 0);
}

void
rf_dialog_forget(struct rf_engine *e, rf_ref ref)
{
	struct rf_dialog *d = rf_dialog_at(e, ref);
	if (d == NULL)
		return;
	rf_map_drop(e, &e->dialog_map, map_key(e, d->local_tag), d);
	rf_text_drop(e, &d->fixed);
	rf_text_drop(e, &d->target);
	rf_text_drop(e, &d->ack);
	rf_pool_give(e, RF_KIND_DIALOG, d);
}

static void
release(struct rf_step *s)
{
	rf_dialog_forget(s->e, rf_pool_ref(s->e, RF_KIND_DIALOG, s->dialog));
}

#define FSM dialog
#define FSM_DEF "engine/dialog.def"
#include "engine/fsm_expand.h"
