/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/net.c -- between parties and referee: delay, loss, order, and connections that come and go.
 *
 * A connection is an identity and a failure model: whom it proves, and how it ends.  What TLS does
 * to bytes is not tested here. */
#include "sim/world.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ties at one instant: news of connections before answers before messages before timers. */
enum { CLASS_EVENT = 1, CLASS_MESSAGE = 2, CLASS_TIMER = 3 };

struct world_item *
world_item_new(enum world_item_kind kind, struct rf_slice bytes)
{
	struct world_item *item = calloc(1, sizeof *item + bytes.len + 1);
	assert(item != NULL);
	item->kind = kind;
	item->len = bytes.len;
	if (bytes.len > 0)
		memcpy(item->bytes, bytes.p, bytes.len);
	return item;
}

void
world_put(struct world *w, rf_time at, struct world_item *item)
{
	bool message = item->kind == WORLD_TO_REFEREE || item->kind == WORLD_TO_PARTY;
	bool timer = item->kind == WORLD_PARTY_TIMER || item->kind == WORLD_LATER;
	uint32_t class = message ? CLASS_MESSAGE : timer ? CLASS_TIMER : CLASS_EVENT;
	world_heap_put(&w->heap, at, class, item);
}

void
world_party_timer(struct world *w, struct party *p, rf_time at, uint32_t timer, uint64_t generation)
{
	struct world_item *item = world_item_new(WORLD_PARTY_TIMER, RF_SLICE(""));
	item->party = p->index;
	item->timer = timer;
	item->generation = generation;
	world_put(w, at, item);
}

void
world_later(
    struct world *w, rf_time at, world_later_fn *act, void *user, const struct world_later *later)
{
	struct world_item *item = world_item_new(WORLD_LATER, RF_SLICE(""));
	item->act = act;
	item->user = user;
	item->later = *later;
	world_put(w, at, item);
}

/* ---- connections ----------------------------------------------------------------------------- */

static const struct rf_addr *
listener_for(const struct world *w, uint8_t proto)
{
	const struct rf_engine_config *c = &w->options.config;
	for (uint32_t i = 0; i < c->listener_count; i++) {
		if (c->listener[i].local.proto == proto)
			return &c->listener[i].local;
	}
	assert(false);
	return NULL;
}

static void
tell_later(struct world *w, rf_time after, const struct rf_event *event, const char *said,
    const char *about)
{
	struct world_item *item = world_item_new(WORLD_EVENT, rf_slice_of(about));
	item->event = *event;
	item->said = said;
	world_put(w, w->now + after, item);
}

/* A connection with that party, made by it or by referee; its number. */
static uint32_t
link_open(struct world *w, const struct party *p, bool by_party, rf_token token)
{
	w->link = world_grow(w->link, w->links, &w->link_room, sizeof *w->link);
	struct world_link *link = &w->link[w->links++];
	*link = (struct world_link){ .up = true,
		.party = p->index,
		.proves = weather_proves(w, p->index, p->proves),
		.path = { *listener_for(w, p->addr.proto), p->addr, w->links } };
	if (by_party)
		link->path.remote.port = (uint16_t)(49152 + w->links % 16384);
	tell_later(w, w->options.link_delay,
	    &(struct rf_event){ .kind = RF_EV_LINK_UP, .token = token, .path = link->path },
	    by_party ? "connects" : "accepts", p->name);
	link->last[0] = link->last[1] = w->now + w->options.link_delay;
	return w->links;
}

static uint32_t
link_of_party(const struct world *w, uint32_t party)
{
	for (uint32_t i = w->links; i-- > 0;) {
		if (w->link[i].up && !w->link[i].half && w->link[i].party == party)
			return i + 1;
	}
	return 0;
}

void
world_link_end(struct world *w, uint32_t number, enum rf_link_reason reason)
{
	struct world_link *link = &w->link[number - 1];
	link->up = false;
	tell_later(w, 0,
	    &(struct rf_event){ .kind = RF_EV_LINK_DOWN, .path = link->path, .reason = reason },
	    "is cut off", w->party[link->party].name);
}

/* That a connection is half open is noticed later, unless it has ended by then. */
void
world_link_notice(struct world *w, uint32_t number, rf_time after)
{
	const struct world_link *link = &w->link[number - 1];
	struct world_item *item =
	    world_item_new(WORLD_EVENT, rf_slice_of(w->party[link->party].name));
	item->event = (struct rf_event){
		.kind = RF_EV_LINK_DOWN, .path = link->path, .reason = RF_LINK_TIMEOUT
	};
	item->said = "is found to be gone";
	item->notice = true;
	world_put(w, w->now + after, item);
}

void
world_link_down(struct world *w, uint32_t party, enum rf_link_reason reason)
{
	for (uint32_t i = 0; i < w->links; i++) {
		if (w->link[i].up && w->link[i].party == party)
			world_link_end(w, i + 1, reason);
	}
}

void
world_fx_close(struct world *w, const struct rf_effect *x)
{
	if (x->path.link == 0 || x->path.link > w->links || !w->link[x->path.link - 1].up)
		return;
	struct world_link *link = &w->link[x->path.link - 1];
	link->up = false;
	tell_later(w, 0,
	    &(struct rf_event){
		.kind = RF_EV_LINK_DOWN, .path = link->path, .reason = RF_LINK_CLOSED },
	    "is closed", w->party[link->party].name);
}

/* ---- delivery -------------------------------------------------------------------------------- */

static void
check(struct world *w, const struct party *p, bool sent, uint64_t session, const struct sip_text *t)
{
	checkers_see(&w->checkers, &(struct check_fact){ .at = w->now,
				       .sent = sent,
				       .reliable = p->addr.proto != RF_UDP,
				       .party = p->index,
				       .session = session,
				       .text = t });
}

static void
see(struct world *w, const struct party *p, bool from_party, const struct rf_path *path,
    uint64_t session, const struct sip_text *t, const char *fate)
{
	world_see(w, &(struct world_sight){ .party = p,
			 .from_party = from_party,
			 .path = *path,
			 .session = session,
			 .text = t,
			 .fate = fate });
}

static void
see_at_party(struct world *w, const struct party *p, bool from_party, const struct rf_path *path,
    struct rf_slice bytes, const char *fate)
{
	static struct sip_text t; /* big; a tap changes nothing, so nothing calls back */
	if (w->party_tap == NULL || !sip_read(&t, bytes))
		return;
	w->party_tap(w->party_tap_user, w,
	    &(struct world_sight){ .party = p,
		.from_party = from_party,
		.path = *path,
		.text = &t,
		.fate = fate });
}

/* Where from and over which connection a party sends; false: there is none to be had. */
static bool
way_of_party(struct world *w, const struct party *p, struct rf_path *path)
{
	*path = (struct rf_path){ *listener_for(w, p->addr.proto), p->addr, 0 };
	if (p->addr.proto == RF_UDP) {
		path->remote.port = weather_port(w, p->index, p->addr.port);
		return true;
	}
	uint32_t link = link_of_party(w, p->index);
	if (link == 0 && !w->down)
		link = link_open(w, p, true, 0);
	if (link != 0)
		*path = w->link[link - 1].path;
	return link != 0;
}

void
world_party_write(struct world *w, struct party *p, struct rf_slice bytes, uint32_t piece_max)
{
	struct rf_path path;
	assert(p->addr.proto != RF_UDP);
	assert(piece_max > 0);
	if (!way_of_party(w, p, &path))
		return;
	for (uint32_t at = 0, len; at < bytes.len; at += len) {
		len = bytes.len - at < piece_max ? bytes.len - at : piece_max;
		world_carry(w, WORLD_BYTES, p, &path, (struct rf_slice){ bytes.p + at, len }, 0);
	}
}

void
world_party_send(struct world *w, struct party *p, struct rf_slice bytes)
{
	static struct sip_text t; /* big; nothing below calls back into this function */
	struct rf_path path;
	if (!way_of_party(w, p, &path))
		return;
	bool readable = sip_read(&t, bytes);
	const char *fate =
	    world_pass(w, WORLD_TO_REFEREE, p, &path, readable ? &t : NULL, 0, bytes);
	/* What arrives is shown on arrival; only what never does is shown here. */
	if (readable && strncmp(fate, "(lost", 5) == 0)
		see(w, p, true, &path, 0, &t, fate);
	see_at_party(w, p, true, &path, bytes, fate);
}

static struct party *
party_at(struct world *w, const struct rf_addr *addr)
{
	for (uint32_t i = 0; i < w->parties; i++) {
		struct party *p = &w->party[i];
		struct rf_addr own = *addr;
		if (addr->proto == RF_UDP && weather_was_port(w, i, p->addr.port, addr->port))
			own.port = p->addr.port;
		if (rf_addr_equal(&p->addr, &own))
			return p;
	}
	return NULL;
}

/* referee sends to itself: what a wrong route does. */
static bool
loop_back(struct world *w, const struct rf_effect *x, const struct sip_text *t)
{
	static const struct party self = { .name = "itself", .index = WORLD_PARTIES_MAX };
	if (!rf_addr_equal(&x->path.remote, listener_for(w, RF_UDP)))
		return false;
	struct rf_path path = { x->path.remote, x->path.local, 0 };
	see(w, &self, false, &path, x->session, t, "");
	world_carry(w, WORLD_TO_REFEREE, &self, &path, x->bytes, 0);
	return true;
}

/* The connection that leads there; one that the party made does only if its name is asked for, as
 * in RFC 5923 8; 0: none. */
static uint32_t
link_to_party(const struct world *w, const struct party *p, struct rf_slice identity)
{
	for (uint32_t i = w->links; i-- > 0;) {
		const struct world_link *link = &w->link[i];
		if (link->up && link->party == p->index &&
		    (rf_addr_equal(&link->path.remote, &p->addr) || p->addr.proto != RF_TLS ||
			rf_slice_equal(identity, rf_slice_of(p->proves))))
			return i + 1;
	}
	return 0;
}

/* Over which connection, or NULL if none can be had: the failure is told then. */
static struct party *
find_way(struct world *w, const struct rf_effect *x, struct rf_path *path)
{
	struct party *p = party_at(w, &x->path.remote);
	uint32_t link = x->path.link;
	if (x->path.remote.proto == RF_UDP)
		return p;
	if (link != 0 && link <= w->links && w->link[link - 1].up) {
		*path = w->link[link - 1].path;
		return &w->party[w->link[link - 1].party];
	}
	enum rf_link_reason why = RF_LINK_REFUSED;
	rf_time after = 0;
	uint32_t way = link == 0 && p != NULL ? link_to_party(w, p, x->identity) : 0;
	bool refused = p != NULL && w->refused[p->index];
	if (link == 0 && way == 0 && p != NULL && !refused &&
	    weather_connects(w, p->index, p->addr.proto == RF_TLS, x->identity, &why, &after))
		way = link_open(w, p, false, x->token);
	if (way != 0) {
		*path = w->link[way - 1].path;
		return p;
	}
	if (link != 0)
		why = RF_LINK_CLOSED;
	else if (refused)
		why = w->refused_why[p->index];
	if (x->token != 0)
		tell_later(w, w->options.link_delay + after,
		    &(struct rf_event){
			.kind = RF_EV_SEND_FAILED, .token = x->token, .reason = why },
		    "cannot be reached", p != NULL ? p->name : "somebody");
	return NULL;
}

void
world_fx_send(struct world *w, const struct rf_effect *x)
{
	static struct sip_text t;
	struct rf_path path = x->path;
	static const char response[] = "SIP/2.0 ";
	if (!sip_read(&t, x->bytes)) {
		/* An answer echoes what could not be read (RFC 3261 8.2.6.2). */
		if (w->unreadable > 0 && x->bytes.len > sizeof response &&
		    memcmp(x->bytes.p, response, sizeof response - 1) == 0)
			return;
		world_fail(w, "referee sent what is no SIP message: %.*s",
		    x->bytes.len < 80 ? (int)x->bytes.len : 80, x->bytes.p);
		return;
	}
	if (loop_back(w, x, &t))
		return;
	struct party *p = find_way(w, x, &path);
	if (p == NULL) {
		static const struct party nobody = { .name = "nobody", .index = WORLD_PARTIES_MAX };
		uint32_t link = x->path.link;
		checkers_unsent(&w->checkers, &(struct check_fact){ .at = w->now, .sent = true,
		    .party = link > 0 && link <= w->links ? w->link[link - 1].party : 0,
		    .session = x->session, .text = &t });
		see(w, &nobody, false, &path, x->session, &t, "(lost: nobody is there)");
		return;
	}
	check(w, p, true, x->session, &t);
	const char *fate = world_pass(w, WORLD_TO_PARTY, p, &path, &t, x->session, x->bytes);
	see(w, p, false, &path, x->session, &t, fate);
}

/* ---- arrival --------------------------------------------------------------------------------- */

void
world_arrive(struct world *w, const struct world_item *item, struct rf_slice bytes)
{
	static struct sip_text t;
	bool from_itself = item->party == WORLD_PARTIES_MAX;
	const struct party *p = &w->party[from_itself ? 0 : item->party];
	struct rf_event event = item->event;
	event.bytes = bytes;
	if (w->down) {
		if (!from_itself && sip_read(&t, bytes))
			see(w, p, true, &event.path, 0, &t, "(lost: nobody is there)");
		return;
	}
	if (item->link != 0 && !w->link[item->link - 1].up)
		return; /* it was in the pipe when that broke */
	if (from_itself) {
		/* shown when it was sent */
	} else if (sip_read(&t, bytes)) {
		see(w, p, true, &event.path, 0, &t, "");
		check(w, p, false, 0, &t);
	} else {
		w->unreadable++;
		world_ladder_time(w);
		world_ladder(
		    w, "%-8s -> referee  (%u bytes that are no SIP message)\n", p->name, bytes.len);
	}
	world_tell(w, &event);
}

/* What comes behind a piece of a stream belongs to it. */
static void
arrive_at_referee(struct world *w, const struct world_item *item)
{
	bool in_stream = item->link != 0 && w->link[item->link - 1].in_len > 0;
	if (item->kind == WORLD_BYTES || in_stream)
		world_stream_arrive(w, item);
	else
		world_arrive(w, item, (struct rf_slice){ item->bytes, item->len });
}

static void
arrive_at_party(struct world *w, const struct world_item *item)
{
	struct party *p = &w->party[item->party];
	struct rf_slice bytes = { item->bytes, item->len };
	see_at_party(w, p, false, &item->event.path, bytes, "");
	if (p->player.receive != NULL)
		p->player.receive(p->player.user, p, bytes);
	else
		party_receive(p, w->now, bytes);
}

static void
ring_at_party(struct world *w, const struct world_item *item)
{
	struct party *p = &w->party[item->party];
	if (p->player.timer != NULL)
		p->player.timer(p->player.user, p, item->timer, item->generation);
	else
		party_timer(p, w->now, item->timer, item->generation);
}

/* What was out over a lost connection, or could not leave at all, is over. */
static void
tell_checkers(struct world *w, const struct rf_event *event)
{
	if (event->kind == RF_EV_LINK_DOWN && event->path.link != 0)
		checkers_party_lost(&w->checkers, w->link[event->path.link - 1].party);
}

void
world_do_item(struct world *w, struct world_item *item)
{
	switch (item->kind) {
	case WORLD_EVENT:
		if (item->notice && !w->link[item->event.path.link - 1].up)
			break;
		if (item->notice)
			w->link[item->event.path.link - 1].up = false;
		item->event.addresses = item->address;
		item->event.plan = item->plan;
		if (item->said != NULL) {
			world_ladder_time(w);
			world_ladder(w, "%s %s\n", item->bytes, item->said);
		}
		tell_checkers(w, &item->event);
		world_tell(w, &item->event);
		break;
	case WORLD_TO_REFEREE:
	case WORLD_BYTES:
		arrive_at_referee(w, item);
		break;
	case WORLD_TO_PARTY:
		if (item->link == 0 || w->link[item->link - 1].up)
			arrive_at_party(w, item);
		break;
	case WORLD_PARTY_TIMER:
		ring_at_party(w, item);
		break;
	case WORLD_STORE:
		world_store_item(w, item);
		break;
	case WORLD_SPELL:
		weather_moment(w, item);
		break;
	case WORLD_RESTART:
		world_restart(w);
		break;
	case WORLD_OUTBOX:
		world_outbox_item(w, item);
		break;
	case WORLD_LATER:
		item->act(item->user, &item->later);
		break;
	}
}
