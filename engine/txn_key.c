/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/txn_key.c -- keys of transactions, and finding one by its key.
 *
 * Every message goes through here, and most of those that come twice no further: hence one hash a
 * key.  What this file must never know: what is done with what it finds. */
#include "engine/txn_key.h"

#include "engine/compose.h"

enum { KEY_MAX = 512 };                         /* branch, sent-by and method in one piece */

static uint64_t
key_of(const struct rf_engine *e, const uint64_t *part, size_t count)
{
	return rf_hash_slice(&e->drbg, (struct rf_slice){ (const char *)part,
	    (uint32_t)(count * sizeof *part) });
}

uint64_t
rf_client_key(const struct rf_engine *e, uint64_t branch, enum rf_method method)
{
	const uint64_t part[] = { 1, branch, (uint64_t)method };
	return key_of(e, part, RF_ARRAY_LEN(part));
}

bool
rf_via_has_cookie(const struct rf_via *via)
{
	struct rf_slice cookie = RF_SLICE("z9hG4bK");
	return via->branch.len > cookie.len &&
	    rf_slice_equal_nocase((struct rf_slice){ via->branch.p, cookie.len }, cookie);
}

/* Nobody writes such a Via; who does has to keep to one case. */
static uint64_t
long_branch_key(const struct rf_engine *e, const struct rf_via *via, struct rf_slice method)
{
	const uint64_t part[] = { 4, rf_hash_slice(&e->drbg, via->branch),
		rf_hash_slice(&e->drbg, via->host), via->port, rf_hash_slice(&e->drbg, method) };
	return key_of(e, part, RF_ARRAY_LEN(part));
}

uint64_t
rf_branch_key(const struct rf_engine *e, const struct rf_via *via, struct rf_slice method)
{
	char name[KEY_MAX];
	struct rf_writer w;
	rf_writer_init(&w, name, sizeof name);
	rf_write(&w, via->host);
	/* Hosts have no case, and no two other bytes of theirs differ in that bit only. */
	for (uint32_t i = 0; i < w.len; i++)
		name[i] |= 0x20;
	const char middle[] = { 2, (char)(via->port >> 8), (char)via->port, (char)method.len };
	rf_write(&w, (struct rf_slice){ middle, sizeof middle });
	rf_write(&w, method);
	rf_write(&w, via->branch);
	return w.overflow || method.len > UINT8_MAX ? long_branch_key(e, via, method) :
	    rf_hash_slice(&e->drbg, rf_written(&w));
}

uint64_t
rf_server_key(const struct rf_engine *e, const struct rf_message *m, struct rf_slice method)
{
	if (rf_via_has_cookie(&m->via))
		return rf_branch_key(e, &m->via, method);
	/* RFC 2543 clients.  The To tag is left out: the ACK has one that the INVITE had not. */
	const uint64_t part[] = { 3, rf_hash_slice(&e->drbg, m->request_uri),
		rf_hash_slice(&e->drbg, m->from.tag),
		rf_hash_slice(&e->drbg, rf_message_value(m, RF_H_CALL_ID)), m->cseq.number,
		rf_hash_slice(&e->drbg, m->via.all), rf_hash_slice(&e->drbg, method) };
	return key_of(e, part, RF_ARRAY_LEN(part));
}

static struct rf_txn *
find(const struct rf_engine *e, uint64_t key, bool client)
{
	struct rf_txn *txn = rf_map_first(e, &e->txn_map, key);
	while (txn != NULL && (txn->key != key || rf_txn_is_client(txn) != client))
		txn = rf_map_next(e, &e->txn_map, txn);
	return txn;
}

struct rf_txn *
rf_server_find(const struct rf_engine *e, uint64_t key)
{
	return find(e, key, false);
}

struct rf_txn *
rf_client_find(const struct rf_engine *e, const struct rf_message *m)
{
	if (rf_message_count(m, RF_H_VIA) != 1 || m->via_rest.len > 0)
		return NULL;
	uint64_t branch = rf_branch_read(e, m->via.branch);
	if (branch == 0)
		return NULL;
	struct rf_txn *txn = find(e, rf_client_key(e, branch, m->method), true);
	return txn != NULL && txn->branch == branch && txn->method == m->method ? txn : NULL;
}
