/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/txn_key.h -- which transaction a message belongs to: RFC 3261 17.1.3 and 17.2.3.
 *
 * What a transaction is found by is known after rf_message_key; only clients of RFC 2543 are found
 * by their From-tag, too (rf_message_check). */
#ifndef RF_ENGINE_TXN_KEY_H
#define RF_ENGINE_TXN_KEY_H

#include "engine/state.h"

static inline bool
rf_txn_is_client(const struct rf_txn *txn)
{
	return txn->machine == RF_MACHINE_ICT || txn->machine == RF_MACHINE_NICT;
}

/* "z9hG4bK" and something behind it: the branch is unique, RFC 3261 8.1.1.7. */
bool rf_via_has_cookie(const struct rf_via *);

/* Keys of the map; keyed hashes, so that nobody outside chooses two that are alike.  `method` is
 * not always that of the message: ACK and CANCEL look for an INVITE. */
uint64_t rf_client_key(const struct rf_engine *, uint64_t branch, enum rf_method);
uint64_t rf_server_key(const struct rf_engine *, const struct rf_message *, struct rf_slice method);
/* The same of a top Via with a cookie. */
uint64_t rf_branch_key(const struct rf_engine *, const struct rf_via *, struct rf_slice method);

struct rf_txn *rf_server_find(const struct rf_engine *, uint64_t key);
/* Of a response: exactly one Via, and it is ours (RFC 3261 18.1.2, 8.1.3.3). */
struct rf_txn *rf_client_find(const struct rf_engine *, const struct rf_message *);

#endif
