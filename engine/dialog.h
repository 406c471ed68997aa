/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/dialog.h -- dialogs (RFC 3261 12) and requests within them. */
#ifndef RF_ENGINE_DIALOG_H
#define RF_ENGINE_DIALOG_H

#include "engine/state.h"

enum rf_dialog_event {
#define EVENT(n, s, m) RF_DIALOG_##n,
#include "engine/dialog.def"
};

enum rf_dialog_state {
#define STATE(n, k, m) RF_DIALOG_IS_##n,
#include "engine/dialog.def"
};

/* The dialog an INVITE (s->message) makes when we will answer it; usages 1.  NULL: no room. */
struct rf_dialog *rf_dialog_new_uas(struct rf_step *, rf_ref leg);
/* The dialog that a REFER (s->message) makes when it only names the call's: of no leg, usages 1.
 * NULL: no room. */
struct rf_dialog *rf_dialog_new_outside(struct rf_step *, struct rf_call *);
/* The dialog our INVITE will make: From `local` (name-addr without tag), To `remote`, sent over
 * path, towards `target`; identity: reference identity for TLS.  usages 1.  NULL: no room. */
struct rf_dialog *rf_dialog_new_uac(struct rf_step *, rf_ref leg, struct rf_slice local,
    struct rf_slice remote, struct rf_slice target, const struct rf_path *,
    struct rf_slice identity);
/* A dialog for a 2xx (s->message) that no leg waits for, made of the response alone; usages 1, no
 * leg. NULL: no room, or it cannot be one. */
struct rf_dialog *rf_dialog_fork(struct rf_step *);

/* Would a dialog with this peer keep to the bounds our requests need?  RFC 3261 has none; without
 * them a BYE could become longer than a message may be. */
enum {
	RF_DIALOG_ROUTES_MAX = 4096,            /* bytes of its Record-Route fields */
	RF_DIALOG_ROUTE_COUNT_MAX = 16,
	RF_DIALOG_FIELD_MAX = 1024,             /* of From, To, Contact, Call-ID, each */
};
bool rf_dialog_fits(const struct rf_message *);

/* What a 1xx or 2xx (s->message) to our INVITE says: remote tag, route set, target, flow. */
void rf_dialog_learn(struct rf_step *, struct rf_dialog *);
/* Contact of a target-refresh request or its 2xx; the flow of a stream. */
void rf_dialog_refresh(struct rf_step *, struct rf_dialog *);

/* The dialog s->message (a request with a To-tag) belongs to, or NULL. */
struct rf_dialog *rf_dialog_find(const struct rf_step *);
/* The dialog of that Call-ID and those tags, exactly, or NULL (RFC 3891 3, RFC 4538 4). */
struct rf_dialog *rf_dialog_match(const struct rf_engine *, struct rf_slice call_id,
    struct rf_slice local_tag, struct rf_slice remote_tag);
/* The dialog of the fork that s->message (a response) comes from, or NULL. */
struct rf_dialog *rf_dialog_find_fork(struct rf_step *);

enum rf_cseq_verdict { RF_CSEQ_NEW, RF_CSEQ_REPEATED, RF_CSEQ_LOW };
/* Compares with the last request of the peer and remembers a higher one (RFC 3261 12.2.2). */
enum rf_cseq_verdict rf_dialog_take_cseq(struct rf_step *, struct rf_dialog *);

struct rf_slice rf_dialog_text(const struct rf_engine *, const struct rf_dialog *, unsigned what);
/* Its Call-ID and remote tag, one behind the other, for who outlives it.  Returns where the tag
 * begins; 0: there was no room for them. */
uint16_t rf_dialog_keep_ids(struct rf_step *, const struct rf_dialog *, rf_text *out);

/* A request within the dialog, through a client transaction.  headers: whole lines.  NULL: no room.
 */
struct rf_in_dialog {
	enum rf_method method;
	uint32_t cseq;                          /* 0: the next one */
	struct rf_slice headers, content_type, body;
	enum rf_kind owner_kind;
	rf_ref owner, peer;
};
struct rf_txn *rf_dialog_request(struct rf_step *, struct rf_dialog *, const struct rf_in_dialog *);
/* The same, sent once and forgotten: better than nothing when no transaction is to be had. */
void rf_dialog_say(struct rf_step *, struct rf_dialog *, const struct rf_in_dialog *);
/* The ACK to a 2xx, kept for the 2xx's repetitions. */
void rf_dialog_ack(struct rf_step *, struct rf_dialog *, uint32_t cseq,
    struct rf_slice content_type, struct rf_slice body);
void rf_dialog_repeat_ack(struct rf_step *, struct rf_dialog *);
/* Where an in-dialog request goes: the live connection, else the next hop. */
void rf_dialog_path(const struct rf_dialog *, struct rf_path *out);

/* Restore: the dialog, its local_tag known, can be found; and never was. */
void rf_dialog_enter(struct rf_engine *, struct rf_dialog *);
void rf_dialog_forget(struct rf_engine *, rf_ref);

/* RFC 5057 5.1: what a failure to a request within the dialog ends. */
enum rf_scope { RF_SCOPE_TRANSACTION, RF_SCOPE_USAGE, RF_SCOPE_DIALOG };
enum rf_scope rf_dialog_scope(uint16_t status);

#endif
