/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/party_tables.c -- a party's dialogs and transactions: growing tables, found by what RFC 3261
 * says identifies them, and given back when nobody can ask for them any more.
 *
 * An entry keeps its address and its index as long as it is used, so both may be held. */
#include "sim/party.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/world.h"

/* A transaction is kept for what may still be repeated: 64 x T1 of the other side, and the way. */
enum { KEEP_T1 = 96, KEEP_OPEN_T1 = 4096, GIVE_BACK_MAX = 4 };

uint64_t
party_hash(uint64_t seed, struct rf_slice s)            /* FNV-1a */
{
	uint64_t h = seed ^ 0xcbf29ce484222325U;
	for (uint32_t i = 0; i < s.len; i++)
		h = (h ^ (uint8_t)s.p[i]) * 0x100000001b3U;
	return (h ^ s.len) * 0x9e3779b97f4a7c15U;
}

/* Room for one more pointer behind `count` of them. */
static void *
grow(void *table, uint32_t count, uint32_t *room)
{
	if (count < *room)
		return table;
	*room = *room == 0 ? 32 : 2 * *room;
	table = realloc(table, *room * sizeof(void *));
	assert(table != NULL);
	return table;
}

/* ---- transactions ---------------------------------------------------------------------------- */

static uint64_t
transaction_key(bool client, struct rf_slice branch, const char *method)
{
	return party_hash(party_hash(client, branch), rf_slice_of(method));
}

void
party_transaction_index(struct party *p, struct party_transaction *t)
{
	t->key = transaction_key(t->client, rf_slice_of(t->branch), t->method);
	HASH_ADD(hh, p->transaction_by_key, key, sizeof t->key, t);
}

struct party_transaction *
party_transaction_find(struct party *p, bool client, struct rf_slice branch, const char *method)
{
	uint64_t key = transaction_key(client, branch, method);
	struct party_transaction *t;
	HASH_FIND(hh, p->transaction_by_key, &key, sizeof key, t);
	return t;
}

static void
clear_transaction(struct party *p, struct party_transaction *t)
{
	if (t->key != 0)
		HASH_DELETE(hh, p->transaction_by_key, t);
	if (t->ack_key != 0)
		HASH_DELETE(hh_ack, p->by_ack, t);
	free(t->request);
	free(t->response);
	free(t->ack);
	struct party_dialog *d = t->dialog != UINT32_MAX ? p->dialog[t->dialog] : NULL;
	if (d != NULL)
		d->users--;
}

static void give_back_dialog(struct party *, struct party_dialog *);

/* Looks at the oldest ones: what is over goes, what is not will be looked at again. */
static void
give_back(struct party *p)
{
	for (uint32_t n = 0; n < GIVE_BACK_MAX && p->oldest != NULL; n++) {
		struct party_transaction *t = p->oldest;
		bool over = p->world->now - t->started >
		    (t->final ? KEEP_T1 : KEEP_OPEN_T1) * p->t1;
		DL_DELETE(p->oldest, t);
		if (!over || t->repeating) {
			DL_APPEND(p->oldest, t);
			continue;
		}
		struct party_dialog *d = t->dialog != UINT32_MAX ? p->dialog[t->dialog] : NULL;
		uint32_t index = t->index;
		clear_transaction(p, t);
		memset(t, 0, sizeof *t);
		t->index = index;
		LL_PREPEND(p->free_transaction, t);
		if (d != NULL && d->users == 0 && (d->ended || d->left))
			give_back_dialog(p, d);
	}
}

struct party_transaction *
party_transaction_new(struct party *p, bool client)
{
	if (p->forgets)
		give_back(p);
	struct party_transaction *t = p->free_transaction;
	if (t != NULL) {
		LL_DELETE(p->free_transaction, t);
		t->next = NULL;
	} else {
		p->transaction = grow(p->transaction, p->transactions, &p->transaction_room);
		t = calloc(1, sizeof *t);
		assert(t != NULL);
		t->index = p->transactions;
		p->transaction[p->transactions++] = t;
	}
	t->used = true;
	t->client = client;
	t->dialog = UINT32_MAX;
	t->started = p->world->now;
	if (p->forgets)
		DL_APPEND(p->oldest, t);
	return t;
}

static uint64_t
ack_key(const struct party_dialog *d, uint32_t cseq)
{
	return party_hash(cseq, rf_slice_of(d->call_id));
}

struct party_transaction *
party_accepted_find(struct party *p, const struct party_dialog *d, uint32_t cseq)
{
	uint64_t key = ack_key(d, cseq);
	struct party_transaction *t;
	HASH_FIND(hh_ack, p->by_ack, &key, sizeof key, t);
	return t;
}

void
party_transaction_in(struct party *p, struct party_transaction *t, struct party_dialog *d)
{
	if (t->dialog != UINT32_MAX)
		p->dialog[t->dialog]->users--;
	t->dialog = d->index;
	d->users++;
	if (t->client || strcmp(t->method, "INVITE") != 0)
		return;
	struct party_transaction *before = party_accepted_find(p, d, t->cseq);
	if (before != NULL) {
		HASH_DELETE(hh_ack, p->by_ack, before);
		before->ack_key = 0;
	}
	t->ack_key = ack_key(d, t->cseq);
	HASH_ADD(hh_ack, p->by_ack, ack_key, sizeof t->ack_key, t);
}

/* ---- dialogs --------------------------------------------------------------------------------- */

static uint64_t
dialog_key(struct rf_slice call_id, struct rf_slice local_tag)
{
	return party_hash(party_hash(0, call_id), local_tag);
}

struct party_dialog *
party_dialog_new(struct party *p)
{
	struct party_dialog *d = p->free_dialog;
	if (d != NULL) {
		p->free_dialog = d->next;
		d->next = NULL;
	} else {
		p->dialog = grow(p->dialog, p->dialogs, &p->dialog_room);
		d = calloc(1, sizeof *d);
		assert(d != NULL);
		d->index = p->dialogs;
		p->dialog[p->dialogs++] = d;
	}
	d->used = true;
	return d;
}

void
party_dialog_index(struct party *p, struct party_dialog *d)
{
	d->key = dialog_key(rf_slice_of(d->call_id), rf_slice_of(d->local_tag));
	HASH_ADD(hh, p->dialog_by_key, key, sizeof d->key, d);
}

struct party_dialog *
party_dialog_find(struct party *p, struct rf_slice call_id, struct rf_slice local_tag)
{
	uint64_t key = dialog_key(call_id, local_tag);
	struct party_dialog *d;
	HASH_FIND(hh, p->dialog_by_key, &key, sizeof key, d);
	return d;
}

static void
give_back_dialog(struct party *p, struct party_dialog *d)
{
	uint32_t index = d->index;
	if (d->key != 0)
		HASH_DELETE(hh, p->dialog_by_key, d);
	memset(d, 0, sizeof *d);
	d->index = index;
	d->next = p->free_dialog;
	p->free_dialog = d;
}

void
party_tables_fini(struct party *p)
{
	HASH_CLEAR(hh, p->dialog_by_key);
	for (uint32_t i = 0; i < p->transactions; i++) {
		if (p->transaction[i]->used)
			clear_transaction(p, p->transaction[i]);
		free(p->transaction[i]);
	}
	for (uint32_t i = 0; i < p->dialogs; i++)
		free(p->dialog[i]);
	free(p->transaction);
	free(p->dialog);
}
