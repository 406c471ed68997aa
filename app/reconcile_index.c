/* SPDX-License-Identifier: BSD-2-Clause */
/* app/reconcile_index.c -- see its header.
 *
 * Texts are kept as 64 bits of SipHash: with ten million keys and a million questions one of two
 * million days has a wrong answer.  Sessions are folded through uthash while they come; keys are
 * sorted once, then searched. */
#include "app/reconcile_index.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "engine/drbg.h"

enum {
	SLAB_LEN = 1024 * 1024,
	TEXT_MAX = 1024,                        /* of a target; the rest is not compared */
	LEGS_MAX = 64,                          /* that are looked at, of one key */
};

struct slab {
	struct slab *next;
	size_t used;
	max_align_t bytes[];
};

struct rf_leg_key {
	uint64_t hash;
	struct rf_our_leg *leg;
};

struct timed {
	uint64_t user;
	int64_t us;
	struct rf_our_transfer *transfer;
};

struct rf_reconcile_index {
	uint64_t secret[2];
	struct rf_our_call *calls;
	struct slab *slabs;
	struct rf_leg_key *key;
	size_t keys, keys_max;
	struct timed *timed;
	size_t timed_count, timed_max;
};

/* ---- memory: all of it goes at once --------------------------------------------------------- */

static void *
take(struct rf_reconcile_index *x, size_t size)
{
	size = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
	if (x->slabs == NULL || x->slabs->used + size > SLAB_LEN) {
		struct slab *slab = calloc(1, sizeof *slab + SLAB_LEN);
		if (slab == NULL)
			abort();
		slab->next = x->slabs;
		x->slabs = slab;
	}
	void *p = (char *)x->slabs->bytes + x->slabs->used;
	x->slabs->used += size;
	return p;
}

static void *
grow(void *array, size_t count, size_t *max, size_t size)
{
	if (count < *max)
		return array;
	*max = *max == 0 ? 1024 : *max * 2;
	array = realloc(array, *max * size);
	if (array == NULL)
		abort();
	return array;
}

struct rf_reconcile_index *
rf_reconcile_index_new(void)
{
	struct rf_reconcile_index *x = calloc(1, sizeof *x);
	/* The secret is for strangers who choose Call-IDs; no order depends on it. */
	if (x == NULL || getrandom(x->secret, sizeof x->secret, 0) != sizeof x->secret)
		abort();
	return x;
}

void
rf_reconcile_index_free(struct rf_reconcile_index *x)
{
	if (x == NULL)
		return;
	HASH_CLEAR(hh, x->calls);
	for (struct slab *next; x->slabs != NULL; x->slabs = next) {
		next = x->slabs->next;
		free(x->slabs);
	}
	free(x->key);
	free(x->timed);
	free(x);
}

/* ---- keys ----------------------------------------------------------------------------------- */

/* 0 only for nothing. */
static uint64_t
hash_of(const struct rf_reconcile_index *x, enum rf_reconcile_key kind, struct rf_slice text)
{
	uint64_t key[2] = { x->secret[0] ^ (uint64_t)kind, x->secret[1] };
	return text.len == 0 ? 0 : rf_siphash(key, text.p, text.len) | 1;
}

uint64_t
rf_reconcile_dialog(const struct rf_reconcile_index *x, struct rf_slice call_id,
    struct rf_slice tag, struct rf_slice other)
{
	uint64_t part[3] = { hash_of(x, RF_KEY_CALL_ID, call_id), hash_of(x, RF_KEY_OWN_TAG, tag),
		hash_of(x, RF_KEY_OWN_TAG, other) };
	if (part[0] == 0 || part[1] == 0 || part[2] == 0)
		return 0;
	/* Who is From depends on who tells it. */
	if (part[1] > part[2]) {
		uint64_t first = part[1];
		part[1] = part[2];
		part[2] = first;
	}
	return hash_of(x, RF_KEY_DIALOG, (struct rf_slice){ (const char *)part, sizeof part });
}

/* The part that is compared: without brackets, scheme, parameters and headers.  What a record wrote
 * as Latin-1 is bytes again. */
static struct rf_slice
bare_target(char out[TEXT_MAX], struct rf_slice s)
{
	static const char *const schemes[] = { "sip:", "sips:", "tel:" };
	const char *open = s.len > 0 ? memchr(s.p, '<', s.len) : NULL;
	uint32_t len = 0;
	if (open != NULL)
		s = rf_slice_between(open + 1, s.p + s.len);
	for (uint32_t i = 0; i < RF_ARRAY_LEN(schemes); i++) {
		struct rf_slice scheme = rf_slice_of(schemes[i]);
		if (s.len >= scheme.len &&
		    rf_slice_equal_nocase((struct rf_slice){ s.p, scheme.len }, scheme))
			s = rf_slice_between(s.p + scheme.len, s.p + s.len);
	}
	for (uint32_t i = 0; i < s.len && len < TEXT_MAX && memchr(";?>", s.p[i], 3) == NULL; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if ((c == 0xc2 || c == 0xc3) && i + 1 < s.len)
			c = (unsigned char)((c & 3) << 6 | (s.p[++i] & 0x3f));
		out[len++] = (char)c;
	}
	return (struct rf_slice){ out, len };
}

struct rf_target_key
rf_reconcile_target(const struct rf_reconcile_index *x, struct rf_slice s)
{
	char text[TEXT_MAX];
	struct rf_slice bare = bare_target(text, s);
	const char *at = bare.len > 0 ? memchr(bare.p, '@', bare.len) : NULL;
	if (at == NULL)
		return (struct rf_target_key){ hash_of(x, RF_KEY_TARGET, bare), 0 };
	for (char *p = text + (at - bare.p); p < text + bare.len; p++)
		*p = *p >= 'A' && *p <= 'Z' ? (char)(*p | 0x20) : *p;
	return (struct rf_target_key){
		hash_of(x, RF_KEY_TARGET, rf_slice_between(bare.p, at)),
		hash_of(x, RF_KEY_TARGET, bare) };
}

bool
rf_reconcile_target_is(struct rf_target_key theirs, struct rf_target_key ours)
{
	if (theirs.whole != 0 && ours.whole != 0)
		return theirs.whole == ours.whole;
	return theirs.user == ours.user;
}

static void
add_key(struct rf_reconcile_index *x, uint64_t hash, struct rf_our_leg *leg)
{
	if (hash == 0)
		return;
	x->key = grow(x->key, x->keys, &x->keys_max, sizeof *x->key);
	x->key[x->keys++] = (struct rf_leg_key){ hash, leg };
}

/* ---- what our records say ------------------------------------------------------------------- */

static void
add_leg(struct rf_reconcile_index *x, struct rf_our_call *c, struct rf_slice call_id,
    struct rf_slice tag, struct rf_slice own)
{
	uint64_t dialog = rf_reconcile_dialog(x, call_id, tag, own);
	uint64_t name = dialog != 0 ? dialog : hash_of(x, RF_KEY_CALL_ID, call_id);
	struct rf_our_leg **end = &c->legs;
	for (; *end != NULL; end = &(*end)->next) {
		if ((*end)->dialog == name)
			return;
	}
	struct rf_our_leg *leg = *end = take(x, sizeof *leg);
	*leg = (struct rf_our_leg){ .call = c, .dialog = name };
	add_key(x, dialog, leg);
	add_key(x, hash_of(x, RF_KEY_CALL_ID, call_id), leg);
	add_key(x, hash_of(x, RF_KEY_OWN_TAG, own), leg);
}

static struct rf_our_transfer *
transfer_of(struct rf_reconcile_index *x, struct rf_our_call *c, const struct rf_store_fact *f)
{
	uint64_t dialog =
	    rf_reconcile_dialog(x, f->refer_call_id, f->refer_from_tag, f->refer_to_tag);
	struct rf_our_transfer **end = &c->transfers;
	for (; *end != NULL; end = &(*end)->next) {
		if ((*end)->dialog == dialog && (*end)->cseq == (uint32_t)f->refer_cseq)
			return *end;
	}
	struct rf_our_transfer *t = *end = take(x, sizeof *t);
	*t = (struct rf_our_transfer){ .call = c, .dialog = dialog,
		.cseq = (uint32_t)f->refer_cseq };
	return t;
}

static void
add_transfer(struct rf_reconcile_index *x, struct rf_our_call *c, const struct rf_store_fact *f)
{
	struct rf_our_transfer *t = transfer_of(x, c, f);
	t->event = f->id;
	if (f->kind == RF_STORE_PROMISE)
		t->asked_us = f->time_us;
	t->withdrawn |= f->kind == RF_STORE_WITHDRAWAL;
	if (f->refer_to.len > 0)
		t->refer_to = rf_reconcile_target(x, f->refer_to);
	if (f->target.len > 0)
		t->target = rf_reconcile_target(x, f->target);
	if (f->kind != RF_STORE_OUTCOME)
		return;
	t->twice |= t->outcome != RF_OURS_OPEN;
	t->decided_us = f->time_us;
	t->outcome = rf_slice_equal(f->outcome, RF_SLICE("TRANSFERRED")) ? RF_OURS_TRANSFERRED :
	    rf_slice_equal(f->outcome, RF_SLICE("CLOSED")) ? RF_OURS_CLOSED : RF_OURS_FAILED;
}

static struct rf_our_call *
call_of(struct rf_reconcile_index *x, const struct rf_store_fact *f)
{
	struct rf_our_call *c = rf_reconcile_index_session(x, f->session);
	if (c != NULL || HASH_COUNT(x->calls) == RF_RECONCILE_SESSIONS_MAX)
		return c;
	c = take(x, sizeof *c);
	*c = (struct rf_our_call){ .session = f->session, .event = f->id, .seen_us = f->time_us,
		.started_us = -1, .answered_us = -1, .duration_us = -1 };
	HASH_ADD(hh, x->calls, session, sizeof c->session, c);
	return c;
}

bool
rf_reconcile_index_add(struct rf_reconcile_index *x, const struct rf_store_fact *f)
{
	struct rf_our_call *c = call_of(x, f);
	if (c == NULL)
		return false;
	add_leg(x, c, f->call_id, f->from_tag, f->to_tag);
	if (f->refer_call_id.len > 0)
		add_leg(x, c, f->refer_call_id, f->refer_from_tag, f->refer_to_tag);
	switch (f->kind) {
	case RF_STORE_PROMISE:
	case RF_STORE_WITHDRAWAL:
	case RF_STORE_OUTCOME:
		add_transfer(x, c, f);
		break;
	case RF_STORE_ESTABLISHED:
		c->connected = true;
		break;
	case RF_STORE_ENDED:
		c->ended = true;
		c->started_us = f->started_us;
		c->answered_us = f->answered_us;
		c->duration_us = f->duration_ms < 0 ? -1 : f->duration_ms * RF_MS;
		break;
	case RF_STORE_ATTEMPT:
	case RF_STORE_KIND_MAX:
		return true;
	}
	if (f->kind == RF_STORE_ESTABLISHED || f->kind == RF_STORE_ENDED) {
		c->event = f->id;
		if (f->target.len > 0)
			c->target = rf_reconcile_target(x, f->target);
	}
	return true;
}

/* ---- searching ------------------------------------------------------------------------------ */

/* Of the same key in the order of our records: ids of events rise. */
static int
compare_keys(const void *a, const void *b)
{
	const struct rf_leg_key *x = a, *y = b;
	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	if (x->leg->call->session != y->leg->call->session)
		return x->leg->call->session < y->leg->call->session ? -1 : 1;
	return x->leg->dialog < y->leg->dialog ? -1 : x->leg->dialog > y->leg->dialog;
}

static int
compare_timed(const void *a, const void *b)
{
	const struct timed *x = a, *y = b;
	if (x->user != y->user)
		return x->user < y->user ? -1 : 1;
	if (x->us != y->us)
		return x->us < y->us ? -1 : 1;
	return x->transfer->event < y->transfer->event ? -1 :
	    x->transfer->event > y->transfer->event;
}

static void
add_timed(struct rf_reconcile_index *x, uint64_t user, struct rf_our_transfer *t)
{
	if (user == 0)
		return;
	x->timed = grow(x->timed, x->timed_count, &x->timed_max, sizeof *x->timed);
	x->timed[x->timed_count++] =
	    (struct timed){ user, t->asked_us != 0 ? t->asked_us : t->decided_us, t };
}

void
rf_reconcile_index_sort(struct rf_reconcile_index *x)
{
	for (struct rf_our_call *c = x->calls; c != NULL; c = c->hh.next) {
		for (struct rf_our_transfer *t = c->transfers; t != NULL; t = t->next) {
			add_timed(x, t->target.user, t);
			if (t->refer_to.user != t->target.user)
				add_timed(x, t->refer_to.user, t);
		}
	}
	if (x->keys > 0)
		qsort(x->key, x->keys, sizeof *x->key, compare_keys);
	if (x->timed_count > 0)
		qsort(x->timed, x->timed_count, sizeof *x->timed, compare_timed);
}

struct rf_our_call *
rf_reconcile_index_session(struct rf_reconcile_index *x, uint64_t session)
{
	struct rf_our_call *c;
	HASH_FIND(hh, x->calls, &session, sizeof session, c);
	return c;
}

struct rf_our_call *
rf_reconcile_index_next(struct rf_reconcile_index *x, const struct rf_our_call *c)
{
	return c == NULL ? x->calls : c->hh.next;
}

/* The first of that hash, or behind where it would be. */
static const struct rf_leg_key *
first_key(const struct rf_reconcile_index *x, uint64_t hash)
{
	size_t low = 0, high = x->keys;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (x->key[middle].hash < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return x->key + low;
}

static struct rf_our_legs
legs_of(const struct rf_reconcile_index *x, uint64_t hash)
{
	const struct rf_leg_key *at, *all = x->key + x->keys;
	if (hash == 0 || x->keys == 0)
		return (struct rf_our_legs){ NULL, NULL };
	const struct rf_leg_key *end = at = first_key(x, hash);
	while (end < all && end->hash == hash && end - at < LEGS_MAX)
		end++;
	return (struct rf_our_legs){ at, end };
}

struct rf_our_legs
rf_reconcile_index_legs(const struct rf_reconcile_index *x, enum rf_reconcile_key key,
    const struct rf_platform_record *r)
{
	const struct rf_slice *text = r->text;
	struct rf_our_legs legs = { NULL, NULL };
	switch (key) {
	case RF_KEY_DIALOG:
		return legs_of(x, rf_reconcile_dialog(x, text[RF_COLUMN_CALL_ID],
				      text[RF_COLUMN_FROM_TAG], text[RF_COLUMN_TO_TAG]));
	case RF_KEY_CALL_ID:
		return legs_of(x, hash_of(x, key, text[RF_COLUMN_CALL_ID]));
	case RF_KEY_OWN_TAG:
		legs = legs_of(x, hash_of(x, key, text[RF_COLUMN_TO_TAG]));
		return legs.at != legs.end ? legs :
		    legs_of(x, hash_of(x, key, text[RF_COLUMN_FROM_TAG]));
	case RF_KEY_NONE:
	case RF_KEY_SESSION:
	case RF_KEY_TARGET:
	case RF_KEY_MAX:
		break;
	}
	return legs;
}

struct rf_our_leg *
rf_reconcile_leg_next(struct rf_our_legs *legs)
{
	return legs->at == legs->end ? NULL : (legs->at++)->leg;
}

struct rf_our_transfer *
rf_reconcile_index_timed(const struct rf_reconcile_index *x, struct rf_target_key target,
    int64_t us, int64_t tolerance_us)
{
	struct rf_our_transfer *only = NULL;
	size_t low = 0, high = x->timed_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct timed *t = &x->timed[middle];
		if (t->user < target.user ||
		    (t->user == target.user && t->us < us - tolerance_us))
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < x->timed_count && x->timed[low].user == target.user &&
	    x->timed[low].us <= us + tolerance_us; low++) {
		struct rf_our_transfer *t = x->timed[low].transfer;
		if (t->claimed || t->withdrawn || t == only)
			continue;
		if (only != NULL)
			return NULL;
		only = t;
	}
	return only;
}
