/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/checkers_tables.c -- what the checkers have seen, found by hashes of what RFC 3261 says
 * identifies a thing; entries stay where they are until the end. */
#include <assert.h>
#include <stdlib.h>

#include "sim/checkers_parts.h"

uint64_t
checkers_hash(uint64_t seed, struct rf_slice s)
{
	uint64_t h = seed ^ 0xcbf29ce484222325U;
	for (uint32_t i = 0; i < s.len; i++)
		h = (h ^ (uint8_t)s.p[i]) * 0x100000001b3U;
	return (h ^ s.len) * 0x9e3779b97f4a7c15U | 1;
}

/* A zeroed entry of that size, and a place for it at the end of the table. */
static void *
add(void *table, uint32_t *count, uint32_t *room, size_t size)
{
	void ***entries = table;
	if (*count == *room) {
		*room = *room == 0 ? 64 : 2 * *room;
		*entries = realloc(*entries, *room * sizeof(void *));
		assert(*entries != NULL);
	}
	void *entry = calloc(1, size);
	assert(entry != NULL);
	(*entries)[(*count)++] = entry;
	return entry;
}

/* ---- transactions ---------------------------------------------------------------------------- */

struct check_transaction *
checkers_transaction(struct checkers *c, uint64_t key)
{
	struct check_transaction *t;
	HASH_FIND(hh, c->transaction_by_key, &key, sizeof key, t);
	return t;
}

void
checkers_forget_transaction(struct checkers *c, struct check_transaction *t)
{
	if (t->key != 0)
		HASH_DELETE(hh, c->transaction_by_key, t);
	t->key = 0;
}

struct check_transaction *
checkers_transaction_new(struct checkers *c, uint64_t key)
{
	struct check_transaction *before = checkers_transaction(c, key);
	if (before != NULL)
		checkers_forget_transaction(c, before);
	struct check_transaction *t =
	    add(&c->transaction, &c->transactions, &c->transaction_room, sizeof *t);
	t->key = key;
	t->cancelled = t->failed = RF_TIME_NEVER;
	HASH_ADD(hh, c->transaction_by_key, key, sizeof t->key, t);
	return t;
}

struct check_transaction *
checkers_invite(struct checkers *c, uint64_t branch)
{
	struct check_transaction *t;
	HASH_FIND(hh_branch, c->invite_by_branch, &branch, sizeof branch, t);
	return t;
}

void
checkers_invite_add(struct checkers *c, struct check_transaction *t)
{
	struct check_transaction *before = checkers_invite(c, t->dialog);
	if (before != NULL)
		HASH_DELETE(hh_branch, c->invite_by_branch, before);
	HASH_ADD(hh_branch, c->invite_by_branch, dialog, sizeof t->dialog, t);
}

/* ---- dialogs and sessions -------------------------------------------------------------------- */

struct check_dialog *
checkers_dialog_find(const struct checkers *c, uint64_t key)
{
	struct check_dialog *d;
	HASH_FIND(hh, c->dialog_by_key, &key, sizeof key, d);
	return d;
}

struct check_dialog *
checkers_dialog(struct checkers *c, uint64_t key)
{
	struct check_dialog *d = checkers_dialog_find(c, key);
	if (d != NULL)
		return d;
	d = add(&c->dialog, &c->dialogs, &c->dialog_room, sizeof *d);
	d->key = key;
	d->our_bye = d->their_bye = d->answered = d->glare = RF_TIME_NEVER;
	HASH_ADD(hh, c->dialog_by_key, key, sizeof d->key, d);
	return d;
}

struct check_session *
checkers_session(struct checkers *c, uint64_t id)
{
	struct check_session *s;
	if (id == 0)
		return NULL;
	HASH_FIND(hh, c->session, &id, sizeof id, s);
	if (s != NULL)
		return s;
	s = calloc(1, sizeof *s);
	assert(s != NULL);
	s->id = id;
	HASH_ADD(hh, c->session, id, sizeof s->id, s);
	return s;
}

void
checkers_join(struct checkers *c, struct check_dialog *d, uint64_t session)
{
	if (d->session == session)
		return;
	struct check_session *before = checkers_session(c, d->session),
			     *now = checkers_session(c, session);
	if (before != NULL)
		LL_DELETE(before->dialogs, d);
	d->session = session;
	d->next = NULL;
	if (now != NULL)
		LL_APPEND(now->dialogs, d);
}

/* ---- transfers and replacements -------------------------------------------------------------- */

struct check_refer *
checkers_refer_find(const struct checkers *c, uint64_t transaction)
{
	struct check_refer *r;
	HASH_FIND(hh, c->refer_by_transaction, &transaction, sizeof transaction, r);
	return r;
}

struct check_refer *
checkers_refer_new(struct checkers *c, uint64_t transaction)
{
	struct check_refer *before = checkers_refer_find(c, transaction);
	if (before != NULL)
		HASH_DELETE(hh, c->refer_by_transaction, before);
	struct check_refer *r = add(&c->refer, &c->refers, &c->refer_room, sizeof *r);
	r->transaction = transaction;
	r->index = c->refers - 1;
	r->ended = r->accepted_at = RF_TIME_NEVER;
	HASH_ADD(hh, c->refer_by_transaction, transaction, sizeof r->transaction, r);
	return r;
}

struct check_replace *
checkers_replace_new(struct checkers *c, uint64_t transaction)
{
	struct check_replace *before;
	HASH_FIND(hh, c->replace_by_transaction, &transaction, sizeof transaction, before);
	if (before != NULL)
		HASH_DELETE(hh, c->replace_by_transaction, before);
	struct check_replace *r = add(&c->replace, &c->replaces, &c->replace_room, sizeof *r);
	r->transaction = transaction;
	HASH_ADD(hh, c->replace_by_transaction, transaction, sizeof r->transaction, r);
	return r;
}

static void
free_table(void *table, uint32_t count)
{
	void **entries = table;
	for (uint32_t i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
}

void
checkers_tables_fini(struct checkers *c)
{
	struct check_session *s, *next;
	HASH_CLEAR(hh, c->transaction_by_key);
	HASH_CLEAR(hh_branch, c->invite_by_branch);
	HASH_CLEAR(hh, c->dialog_by_key);
	HASH_CLEAR(hh, c->refer_by_transaction);
	HASH_CLEAR(hh, c->replace_by_transaction);
	HASH_CLEAR(hh_made, c->replace_by_made);
	HASH_ITER(hh, c->session, s, next) {
		HASH_DELETE(hh, c->session, s);
		free(s);
	}
	free_table(c->transaction, c->transactions);
	free_table(c->dialog, c->dialogs);
	free_table(c->refer, c->refers);
	free_table(c->replace, c->replaces);
}
