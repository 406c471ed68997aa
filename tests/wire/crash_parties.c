/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/wire/crash_parties.c -- what the parties of tests/wire/crash do, and when they are cut off.
 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/wire/crash.h"

enum {
	T1_MS = 50, T2_MS = 400,                /* as configured */
	AGAIN_MS = 2000,
	MEDIA_PORT = 10000,                     /* of call 0 */
};

static uint64_t
draw(struct crash *c, uint64_t below)           /* splitmix64 */
{
	uint64_t z = c->random += 0x9e3779b97f4a7c15u;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return below == 0 ? 0 : (z ^ z >> 31) % below;
}

rf_time
crash_draw_ms(struct crash *c, uint64_t below)
{
	return (rf_time)draw(c, below) * RF_MS;
}

void
crash_fail(struct crash *c, const char *format, ...)
{
	va_list arguments;
	if (c->failures++ >= (c->o.forget ? 2 : ERRORS_MAX))
		return;
	va_start(arguments, format);
	printf("# %.3f s: ", (double)(wire_now() - c->begin) / 1e6);
	vprintf(format, arguments);
	putchar('\n');
	va_end(arguments);
}

/* ---- peers ----------------------------------------------------------------------------------- */

static uint64_t
key_of(struct rf_slice s)                       /* FNV-1a */
{
	uint64_t h = 0xcbf29ce484222325u;
	for (uint32_t i = 0; i < s.len; i++)
		h = (h ^ (uint8_t)s.p[i]) * 0x100000001b3u;
	return h;
}

static struct peer *
peer_new(struct crash *c, enum role role, const char *user, uint32_t call)
{
	char name[16];
	struct peer *peer = calloc(1, sizeof *peer);
	assert(peer != NULL && c->peers < PEERS_MAX);
	snprintf(name, sizeof name, "%.9s%u", user, c->peers);
	party_init(&peer->party, &crash_world, c->peers, name, role_ip[role],
	    (uint16_t)(MEDIA_PORT + call));
	peer->party.addr = world_addr(role_ip[role], c->port[role], c->o.tls ? RF_TLS : RF_UDP);
	peer->party.t1 = T1_MS * RF_MS;
	peer->party.t2 = T2_MS * RF_MS;
	peer->party.automatic |= PARTY_AUTO_GONE;
	peer->role = role;
	peer->call = call;
	c->peer[c->peers++] = peer;
	return peer;
}

struct peer *
crash_find(const struct crash *c, enum role role, struct rf_slice call_id)
{
	uint64_t key = key_of(call_id);
	for (uint32_t i = c->peers; i-- > 0;) {
		if (c->peer[i]->key == key && c->peer[i]->role == role)
			return c->peer[i];
	}
	return NULL;
}

struct party_dialog *
crash_dialog(struct peer *peer)                    /* the last one; NULL: none yet */
{
	return peer->party.dialogs > 0 ? peer->party.dialog[peer->party.dialogs - 1] : NULL;
}

bool
crash_talks(struct peer *peer)
{
	const struct party_dialog *d = crash_dialog(peer);
	return d != NULL && d->confirmed && !d->ended && !d->left;
}

void
crash_plan(struct crash *c, rf_time at, enum item_kind kind, struct peer *peer, uint32_t which,
    uint32_t status)
{
	struct item *item = malloc(sizeof *item);
	assert(item != NULL);
	*item = (struct item){ .kind = kind, .peer = peer, .which = which, .status = status };
	world_heap_put(&c->heap, at, 0, item);
}

void
crash_say(struct crash *c, struct peer *peer, const char *method)
{
	struct party_line line = { .is_request = true, .dialog = peer->party.dialogs };
	snprintf(line.method, sizeof line.method, "%s", method);
	if (strcmp(method, "REFER") == 0) {
		line.headers = 2;
		line.header[0] = (struct sip_field){ RF_SLICE("Refer-To"),
			RF_SLICE("<sip:billing@referee.example>") };
		line.header[1] = (struct sip_field){ RF_SLICE("Referred-By"),
			RF_SLICE("<sip:agent@acme.example>") };
	}
	if (strcmp(method, "INVITE") == 0)
		line.uri = RF_SLICE("sip:center@referee.example");
	if (!party_send(&peer->party, &line))
		crash_fail(c, "%s", peer->party.error);
}

static void
dial(struct crash *c)
{
	struct peer *peer = peer_new(c, CUSTOMER, "customer", c->calls++);
	crash_say(c, peer, "INVITE");
	peer->key = key_of(rf_slice_of(crash_dialog(peer)->call_id));
	if (draw(c, 24) == 0)
		crash_plan(c, crash_world.now + crash_draw_ms(c, 1000), ITEM_CANCEL, peer, 0, 0);
}

/* Who refers leaves early (T2), late or never; sometimes the customer hangs up meanwhile (T6). */
static void
refer(struct crash *c, struct peer *center)
{
	rf_time now = crash_world.now;
	if (!crash_talks(center))
		return;
	crash_say(c, center, "REFER");
	switch (draw(c, 6)) {
	case 0:
		crash_plan(c, now + crash_draw_ms(c, 900), ITEM_BYE, center, 0, 0);
		break;
	case 1:
		crash_plan(c, now + 9 * RF_SECOND, ITEM_BYE, center, 0, 0);
		break;
	case 2:
		for (uint32_t i = 0; i < c->peers; i++) {
			if (c->peer[i]->role == CUSTOMER && c->peer[i]->call == center->call)
				crash_plan(c, now + crash_draw_ms(c, 6000), ITEM_BYE, c->peer[i],
				    0, 0);
		}
		break;
	default:
		break;
	}
}

/* A call to somebody: rings, and is answered somehow. */
static void
be_called(struct crash *c, struct peer *peer, uint32_t which)
{
	static const uint32_t failures[] = { 486, 404, 503, 603 };
	uint64_t all = (uint64_t)c->o.seconds * 1000;
	bool queue = peer->role == QUEUE && strncmp(peer->party.name, "ivr", 3) != 0;
	bool fails = queue && draw(c, 3) == 0, silent = queue && draw(c, 12) == 0;
	rf_time now = crash_world.now;
	rf_time answers = now + crash_draw_ms(c, queue ? all * 3 / 5 : 1000);
	crash_plan(c, now, ITEM_RING, peer, which, draw(c, 3) > 0 ? 180 : 100);
	if (!silent)
		crash_plan(c, answers, ITEM_ANSWER, peer, which,
		    fails ? failures[draw(c, RF_ARRAY_LEN(failures))] : 200);
	if (peer->role == CENTER && !peer->planned) {
		peer->planned = true;
		crash_plan(c, answers + 300 * RF_MS + crash_draw_ms(c, all / 12), ITEM_REFER, peer,
		    0, 0);
	} else if (draw(c, 6) == 0) {
		crash_plan(c, answers + crash_draw_ms(c, all / 2), ITEM_BYE, peer, 0, 0);
	}
}

static void
look(struct crash *c, struct peer *peer)
{
	for (; peer->looked < peer->party.transactions; peer->looked++) {
		const struct party_transaction *t = peer->party.transaction[peer->looked];
		if (!t->client && !t->final && strcmp(t->method, "INVITE") == 0)
			be_called(c, peer, peer->looked);
	}
}

bool
crash_is_over(const struct sip_text *t)
{
	struct rf_slice state = sip_value(t, "Subscription-State");
	return state.len >= 10 && memcmp(state.p, "terminated", 10) == 0;
}

/* A new call: whose it is, its offer tells. */
static struct peer *
called(struct crash *c, enum role role, const struct sip_text *text)
{
	static const char *const users[] = { "center", "queue", "overflow", "ivr" };
	struct sip_media media;
	if (!text->is_request || !sip_is(text->method, "INVITE") ||
	    sip_tag(text, "To").len > 0 || !sip_media_read(&media, text->body))
		return NULL;
	uint32_t call = sip_number(media.port) - MEDIA_PORT;
	for (size_t i = 0; i < RF_ARRAY_LEN(users); i++) {
		size_t len = strlen(users[i]);
		if (text->uri.len > 4 + len && memcmp(text->uri.p + 4, users[i], len) == 0 &&
		    text->uri.p[4 + len] == '@' && call < c->calls) {
			struct peer *peer = peer_new(c, role, users[i], call);
			peer->key = key_of(sip_value(text, "Call-ID"));
			return peer;
		}
	}
	return NULL;
}

void
crash_note(struct crash *c, enum role role, bool to_referee, struct rf_slice bytes)
{
	fprintf(c->messages, "--- %.3f s %s %s referee\n%.*s\n",
	    (double)(wire_now() - c->begin) / 1e6, role_name[role], to_referee ? "->" : "<-",
	    SIP_SLICE(bytes));
}

void
crash_receive(struct crash *c, enum role role, struct rf_slice bytes)
{
	static struct sip_text text;
	if (bytes.len <= 4)                     /* keepalive */
		return;
	crash_note(c, role, false, bytes);
	if (!sip_read(&text, bytes)) {
		crash_fail(c, "%s got what is no SIP message: %.*s", role_name[role],
		    bytes.len < 60 ? (int)bytes.len : 60, bytes.p);
		return;
	}
	struct peer *peer = crash_find(c, role, sip_value(&text, "Call-ID"));
	if (peer == NULL)
		peer = called(c, role, &text);
	if (peer == NULL) {
		crash_fail(c, "%s got a message of no call: %.*s", role_name[role],
		    bytes.len < 300 ? (int)bytes.len : 300, bytes.p);
		return;
	}
	party_receive(&peer->party, crash_world.now, bytes);
	if (sip_is(text.method, "REFER") && text.status / 100 == 2)
		peer->waits = true;
	if (sip_is(text.method, "NOTIFY") && text.is_request && crash_is_over(&text))
		peer->waits = false;
	look(c, peer);
}

/* ---- the crash ------------------------------------------------------------------------------- */

/* What referee says it told before it was durable, because the store was late: a crash may
 * contradict it. */
static void
count_undurable(struct crash *c)
{
	static const char *const name[] = { "promised_uncommitted", "attempts_uncommitted",
		"undurable_outcomes" };
	for (size_t i = 0; i < RF_ARRAY_LEN(name); i++)
		c->undurable += (uint32_t)server_number(c, name[i]);
}

/* Which requests are under way, and over which transport it will not be repeated. */
static void
remember_unanswered(struct crash *c)
{
	for (uint32_t i = 0; i < c->peers; i++) {
		struct peer *peer = c->peer[i];
		for (uint32_t k = 0; k < peer->party.transactions; k++) {
			const struct party_transaction *t = peer->party.transaction[k];
			if (t->client && !t->final && (c->o.tls ||
			    strcmp(t->method, "INVITE") == 0))
				crash_plan(c, crash_world.now + AGAIN_MS * RF_MS, ITEM_AGAIN, peer,
				    k, 0);
		}
	}
}

static void
crash_now(struct crash *c)
{
	uint32_t waits = 0;
	for (uint32_t i = 0; i < c->peers; i++)
		waits += c->peer[i]->waits && crash_talks(c->peer[i]);
	c->in_flight += waits;
	c->in_flight_peak = waits > c->in_flight_peak ? waits : c->in_flight_peak;
	if (server_status(c))
		count_undurable(c);
	server_kill(c);
	c->kills++;
	if (c->o.forget && c->kills % 2 == 0)
		server_forget(c);
	fprintf(c->messages, "--- %.3f s killed\n\n",
	    (double)(crash_world.now - c->begin) / 1e6);
	remember_unanswered(c);
	server_start(c);
}

static void
say_again(struct crash *c, struct peer *peer, uint32_t which)
{
	struct party *p = &peer->party;
	const struct party_transaction *t = p->transaction[which];
	bool invite = strcmp(t->method, "INVITE") == 0;
	bool again = invite || strcmp(t->method, "BYE") == 0 || strcmp(t->method, "REFER") == 0;
	if (t->final || !again || (invite && peer->role != CUSTOMER))
		return;
	for (uint32_t k = which + 1; k < p->transactions; k++) {
		if (p->transaction[k]->client && strcmp(p->transaction[k]->method, t->method) == 0)
			return;
	}
	if (invite && !peer->planned && !c->over) {
		peer->planned = true;
		c->redials++;
		dial(c);
	} else if (!invite && !crash_dialog(peer)->ended) {
		crash_say(c, peer, t->method);
	}
}

static void
carry_out(struct crash *c, const struct item *item)
{
	struct peer *peer = item->peer;
	struct party_transaction *t = peer != NULL ? peer->party.transaction[item->which] : NULL;
	switch (item->kind) {
	case ITEM_TIMER:
		party_timer(&peer->party, crash_world.now, item->which, item->generation);
		break;
	case ITEM_CALL:
		dial(c);
		break;
	case ITEM_RING:
	case ITEM_ANSWER:
		if (!t->final)
			party_respond(&peer->party, t,
			    &(struct party_line){ .status = item->status });
		break;
	case ITEM_REFER:
		if (!c->over)
			refer(c, peer);
		break;
	case ITEM_BYE:
		if (!c->over && crash_talks(peer))
			crash_say(c, peer, "BYE");
		break;
	case ITEM_CANCEL:
		if (!t->final && t->status >= 100)
			crash_say(c, peer, "CANCEL");
		break;
	case ITEM_AGAIN:
		say_again(c, peer, item->which);
		break;
	case ITEM_KILL:
		crash_now(c);
		break;
	}
}

static void
play_until(struct crash *c, rf_time until)
{
	for (;;) {
		rf_time due = world_heap_due(&c->heap);
		crash_world.now = wire_now();
		if (due <= crash_world.now) {
			struct item *item = world_heap_take(&c->heap);
			carry_out(c, item);
			free(item);
			continue;
		}
		if (crash_world.now >= until || server_ended(c))
			return;
		due = due < until ? due : until;
		wire_poll(c, due - crash_world.now);
	}
}

void
crash_play(struct crash *c, rf_time ms)
{
	play_until(c, wire_now() + ms * RF_MS);
}
