/* SPDX-License-Identifier: BSD-2-Clause */
/* journal/event.c -- one event as bytes: whatever it holds, whatever its kind.
 *
 * Members that are zero are left out; a mask says which are there.  So a kind that begins to use a
 * member it did not use before is recorded without a change here. */
#include <assert.h>
#include <stddef.h>

#include "journal/bytes.h"
#include "journal/journal.h"

/* A new member must be carried, or a replay goes astray. */
_Static_assert(sizeof(struct rf_event) == 208, "struct rf_event changed: carry its members here");

enum {
	HAS_TOKEN = 1,
	HAS_PATH = 2,
	HAS_BYTES = 4,
	HAS_REASON = 8,
	HAS_ADDRESSES = 16,
	HAS_PLAN = 32,
	HAS_STORED = 64,
	HAS_COMMAND = 128,                      /* verb and value */
	HAS_WALL_CLOCK = 256,
	HAS_SESSION = 512,                      /* away and restarts */
	HAS_IDENTITY = 1024,
	HAS_POSTED = 2048,                      /* and retry_after_s */
	HAS_OUTBOX = 4096,
};

static void
put_addr(struct rf_put *w, const struct rf_addr *a)
{
	rf_put_bytes(w, a->ip, sizeof a->ip);
	rf_put_number(w, a->scope, 4);
	rf_put_number(w, a->port, 2);
	rf_put_number(w, a->proto, 1);
}

static void
get_addr(struct rf_get *r, struct rf_addr *a)
{
	*a = (struct rf_addr){ .zero = 0 };
	rf_get_copy(r, a->ip, sizeof a->ip);
	a->scope = (uint32_t)rf_get_number(r, 4);
	a->port = (uint16_t)rf_get_number(r, 2);
	a->proto = (uint8_t)rf_get_number(r, 1);
}

static void
put_outbox(struct rf_put *w, const struct rf_event *e)
{
	assert(e->outbox_count <= RF_FETCH_MAX);
	rf_put_number(w, e->outbox_count, 1);
	for (uint32_t i = 0; i < e->outbox_count; i++) {
		rf_put_number(w, (uint64_t)e->outbox[i].number, 8);
		rf_put_number(w, e->outbox[i].session, 8);
		rf_put_number(w, e->outbox[i].attempts, 4);
	}
}

static bool
get_outbox(struct rf_get *r, struct rf_journal_entry *out)
{
	out->event.outbox_count = (uint32_t)rf_get_number(r, 1);
	if (out->event.outbox_count > RF_FETCH_MAX)
		return false;
	for (uint32_t i = 0; i < out->event.outbox_count; i++) {
		out->outbox[i].number = (int64_t)rf_get_number(r, 8);
		out->outbox[i].session = rf_get_number(r, 8);
		out->outbox[i].attempts = (uint32_t)rf_get_number(r, 4);
	}
	out->event.outbox = out->outbox;
	return true;
}

static unsigned
mask_of(const struct rf_event *e)
{
	static const struct rf_path none;
	bool path = e->path.link != 0 ||
	    memcmp(&e->path.local, &none.local, sizeof none.local) != 0 ||
	    memcmp(&e->path.remote, &none.remote, sizeof none.remote) != 0;
	return (e->token != 0 ? HAS_TOKEN : 0) | (path ? HAS_PATH : 0) |
	    (e->bytes.len > 0 ? HAS_BYTES : 0) | (e->reason != 0 ? HAS_REASON : 0) |
	    (e->address_count > 0 ? HAS_ADDRESSES : 0) | (e->plan != NULL ? HAS_PLAN : 0) |
	    (e->stored ? HAS_STORED : 0) | (e->verb != 0 || e->value != 0 ? HAS_COMMAND : 0) |
	    (e->wall_clock_us != 0 ? HAS_WALL_CLOCK : 0) |
	    (e->session != 0 || e->away != 0 || e->restarts != 0 ? HAS_SESSION : 0) |
	    (e->identity.len > 0 ? HAS_IDENTITY : 0) |
	    (e->posted != RF_POSTED_NO ? HAS_POSTED : 0) |
	    (e->outbox_count > 0 ? HAS_OUTBOX : 0);
}

size_t
rf_journal_event_write(uint8_t *out, size_t room, rf_time now, const uint64_t before[2],
    const struct rf_event *e)
{
	struct rf_put w = { .p = out, .end = out + room };
	unsigned mask = mask_of(e);
	assert(e->address_count <= RF_RESOLVED_MAX);
	rf_put_number(&w, (uint64_t)now, 8);
	rf_put_number(&w, before[0], 8);
	rf_put_number(&w, before[1], 8);
	rf_put_number(&w, e->kind, 1);
	rf_put_number(&w, mask, 2);
	if ((mask & HAS_TOKEN) != 0)
		rf_put_number(&w, e->token, 8);
	if ((mask & HAS_PATH) != 0) {
		put_addr(&w, &e->path.local);
		put_addr(&w, &e->path.remote);
		rf_put_number(&w, e->path.link, 4);
	}
	if ((mask & HAS_REASON) != 0)
		rf_put_number(&w, e->reason, 1);
	if ((mask & HAS_COMMAND) != 0) {
		rf_put_number(&w, e->verb, 1);
		rf_put_number(&w, e->value, 8);
	}
	if ((mask & HAS_WALL_CLOCK) != 0)
		rf_put_number(&w, (uint64_t)e->wall_clock_us, 8);
	if ((mask & HAS_SESSION) != 0) {
		rf_put_number(&w, e->session, 8);
		rf_put_number(&w, (uint64_t)e->away, 8);
		rf_put_number(&w, e->restarts, 4);
	}
	if ((mask & HAS_ADDRESSES) != 0) {
		rf_put_number(&w, e->address_count, 1);
		for (uint32_t i = 0; i < e->address_count; i++)
			put_addr(&w, &e->addresses[i]);
	}
	if ((mask & HAS_PLAN) != 0) {
		/* The struct as it is: only its own build reads it again. */
		rf_put_number(&w, e->plan->size, 4);
		rf_put_bytes(&w, e->plan, e->plan->size);
	}
	if ((mask & HAS_POSTED) != 0) {
		rf_put_number(&w, e->posted, 1);
		rf_put_number(&w, e->retry_after_s, 4);
	}
	if ((mask & HAS_OUTBOX) != 0)
		put_outbox(&w, e);
	if ((mask & HAS_IDENTITY) != 0) {
		rf_put_number(&w, e->identity.len, 2);
		rf_put_bytes(&w, e->identity.p, e->identity.len);
	}
	if ((mask & HAS_BYTES) != 0) {
		rf_put_number(&w, e->bytes.len, 4);
		rf_put_bytes(&w, e->bytes.p, e->bytes.len);
	}
	return w.overflow ? 0 : (size_t)(w.p - out);
}

static bool
get_plan(struct rf_get *r, struct rf_journal_entry *out)
{
	uint64_t size = rf_get_number(r, 4);
	if (size < offsetof(struct rf_plan, text) || size > sizeof out->plan)
		return false;
	memset(&out->plan, 0, sizeof out->plan);
	out->plan_text = (struct rf_slice){ (const char *)r->p + offsetof(struct rf_plan, text),
		(uint32_t)(size - offsetof(struct rf_plan, text)) };
	rf_get_copy(r, &out->plan, size);
	out->event.plan = &out->plan;
	return out->plan.size == size;
}

static bool
get_addresses(struct rf_get *r, struct rf_journal_entry *out)
{
	out->event.address_count = (uint32_t)rf_get_number(r, 1);
	if (out->event.address_count > RF_RESOLVED_MAX)
		return false;
	for (uint32_t i = 0; i < out->event.address_count; i++)
		get_addr(r, &out->address[i]);
	out->event.addresses = out->address;
	return true;
}

bool
rf_journal_event_parse(struct rf_journal_entry *out, struct rf_slice payload)
{
	const uint8_t *p = (const uint8_t *)payload.p;
	struct rf_get r = { .p = p, .end = p + payload.len };
	struct rf_event *e = &out->event;
	*e = (struct rf_event){ .token = 0 };
	out->plan_text = RF_SLICE("");
	out->now = (rf_time)rf_get_number(&r, 8);
	out->before[0] = rf_get_number(&r, 8);
	out->before[1] = rf_get_number(&r, 8);
	e->kind = (enum rf_event_kind)rf_get_number(&r, 1);
	uint64_t mask = rf_get_number(&r, 2);
	if (e->kind >= RF_EV_KIND_MAX)
		return false;
	if ((mask & HAS_TOKEN) != 0)
		e->token = rf_get_number(&r, 8);
	if ((mask & HAS_PATH) != 0) {
		get_addr(&r, &e->path.local);
		get_addr(&r, &e->path.remote);
		e->path.link = (uint32_t)rf_get_number(&r, 4);
	}
	if ((mask & HAS_REASON) != 0)
		e->reason = (enum rf_link_reason)rf_get_number(&r, 1);
	if ((mask & HAS_COMMAND) != 0) {
		e->verb = (enum rf_verb)rf_get_number(&r, 1);
		e->value = rf_get_number(&r, 8);
	}
	if ((mask & HAS_WALL_CLOCK) != 0)
		e->wall_clock_us = (int64_t)rf_get_number(&r, 8);
	if ((mask & HAS_SESSION) != 0) {
		e->session = rf_get_number(&r, 8);
		e->away = (rf_time)rf_get_number(&r, 8);
		e->restarts = (uint32_t)rf_get_number(&r, 4);
	}
	e->stored = (mask & HAS_STORED) != 0;
	if ((mask & HAS_ADDRESSES) != 0 && !get_addresses(&r, out))
		return false;
	if ((mask & HAS_PLAN) != 0 && !get_plan(&r, out))
		return false;
	if ((mask & HAS_POSTED) != 0) {
		e->posted = (enum rf_posted)rf_get_number(&r, 1);
		e->retry_after_s = (uint32_t)rf_get_number(&r, 4);
	}
	if ((mask & HAS_OUTBOX) != 0 && !get_outbox(&r, out))
		return false;
	if ((mask & HAS_IDENTITY) != 0) {
		e->identity.len = (uint32_t)rf_get_number(&r, 2);
		e->identity.p = (const char *)rf_get_bytes(&r, e->identity.len);
	}
	if ((mask & HAS_BYTES) != 0) {
		e->bytes.len = (uint32_t)rf_get_number(&r, 4);
		e->bytes.p = (const char *)rf_get_bytes(&r, e->bytes.len);
	}
	return !r.underflow && r.p == r.end;
}

bool
rf_journal_event_before(uint64_t before[2], struct rf_slice payload)
{
	const uint8_t *p = (const uint8_t *)payload.p;
	struct rf_get r = { .p = p, .end = p + payload.len };
	rf_get_bytes(&r, sizeof(rf_time));
	before[0] = rf_get_number(&r, 8);
	before[1] = rf_get_number(&r, 8);
	return !r.underflow;
}
