/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/txn.h -- transactions (RFC 3261 17 with RFC 6026): between the wire and the transaction
 * users.  Four machines: ict.def, nict.def, ist.def, nist.def. */
#ifndef RF_ENGINE_TXN_H
#define RF_ENGINE_TXN_H

#include "engine/state.h"

/* ---- the wire comes in here ------------------------------------------------------------------ */

/* s->message has passed rf_message_key.  Requests: a retransmission or ACK goes to its server
 * transaction; a new one makes a server transaction and rf_tu_request is called (ACK to a 2xx:
 * rf_tu_ack, without a transaction).  Responses: to the client transaction of their branch, or
 * dropped and counted.  Everything is traced as received but what goes to rf_tu_request and
 * rf_tu_ack: only they know the session.
 *
 * What only repeats what a transaction has heard goes no further and is not parsed further;
 * everything else goes through rf_message_check first.  Its verdict is given back: of a fault
 * nothing has been done, and *why says which. */
enum rf_verdict rf_txn_receive(struct rf_step *, const char **why);
/* A framed but malformed request: answered statelessly with `status`. */
void rf_txn_reject(struct rf_step *, uint16_t status);
/* The transport could not send for client or server transaction `ref`. */
void rf_txn_send_failed(struct rf_step *, rf_ref, enum rf_link_reason);
/* A stream is gone: client transactions waiting on it have failed. At most `max` a call; true:
 * more. */
bool rf_txn_link_down(struct rf_step *, uint32_t link, uint32_t max);

/* Timer `index` of the transaction (RF_T_TXN_RETRANSMIT, RF_T_TXN_END) fired: engine.c calls
 * this. */
void rf_txn_timer(struct rf_step *, rf_ref, unsigned index);
/* The stream that a SEND of this transaction asked for is there: remember it. */
void rf_txn_link_up(struct rf_step *, rf_ref, uint32_t link);

/* ---- for transaction users ------------------------------------------------------------------- */

/* Sends `bytes`, a whole request that compose.c wrote with Via branch number `branch`, and
 * keeps what retransmission needs.  Owner: told through rf_tu_response and rf_tu_failed.  NULL:
 * no room. */
struct rf_client_request {
	enum rf_method method;
	uint64_t branch;
	uint32_t cseq;
	struct rf_slice bytes;
	struct rf_path path;
	struct rf_slice identity;               /* reference identity, if TLS must open */
	enum rf_kind owner_kind;
	rf_ref owner, peer;
	uint64_t session;
	uint8_t leg_number;
	bool has_body;
};
struct rf_txn *rf_client_open(struct rf_step *, const struct rf_client_request *);
/* Is there a slot for one more?  Asked before a request is composed for nothing. */
bool rf_client_room(const struct rf_engine *);
/* CANCEL for a client INVITE transaction: same branch, same path, at most once, only after a
 * provisional (RFC 3261 9.1; the caller has seen one). */
void rf_client_cancel(struct rf_step *, struct rf_txn *ict);
/* The user lost interest: no more calls to it, the machine runs to its end alone - an INVITE waits
 * 64 x T1 for its final response and acknowledges a failure; a late 2xx is nobody's. */
void rf_client_abandon(struct rf_step *, struct rf_txn *);

/* Sends a response that was written for this server transaction; after a final one nothing is
 * sent. */
void rf_server_respond(struct rf_step *, struct rf_txn *, uint16_t status, struct rf_slice bytes);
/* Nothing will ever be answered (RFC 4320: no 408): the transaction ends silently.  A
 * non-INVITE one does so by itself when 64 x T1 have passed. */
void rf_server_drop(struct rf_step *, struct rf_txn *);
/* The server INVITE transaction that a CANCEL (the input) is for, or NULL. */
struct rf_txn *rf_server_find_cancelled(struct rf_step *);

/* Appends a SEND effect of a request or of a 2xx to an INVITE, counts and traces it.  Bytes and
 * identity that do not lie in the step's own arena are copied there: what they were taken from may
 * be dropped before the step is over. */
void rf_send(struct rf_step *, const struct rf_path *, struct rf_slice bytes,
    struct rf_slice identity, rf_token, uint64_t session, uint8_t leg_number, bool retransmission);

/* RFC 3261 18.1.1: a request of that length must not go over UDP, and need not. */
bool rf_prefers_stream(const struct rf_engine *, uint32_t len);

rf_ref rf_txn_ref(const struct rf_engine *, const struct rf_txn *);

/* A server transaction whose answer is still owed, after a restart: made of `from` (method, CSeq,
 * echo, path, owner), whose echo it takes over.  0: no room, or the echo cannot be read. */
rf_ref rf_server_restore(struct rf_step *, struct rf_txn *from);
/* It is gone without a word. */
void rf_server_forget(struct rf_step *, rf_ref);

/* ---- transaction users give these (tu.c) ----------------------------------------------------- */

/* s->message: a new request.  server->path leads back; s->event->path is where it came from. */
void rf_tu_request(struct rf_step *, struct rf_txn *server);
/* s->message: an ACK to a 2xx, or a stray one. */
/* Does the input belong to a dialog of ours? */
bool rf_tu_known(const struct rf_step *);
/* A BYE for which there is no transaction ends its leg all the same; false: there is none. */
bool rf_tu_bye(struct rf_step *);
void rf_tu_ack(struct rf_step *);
/* s->message: a provisional or final response; to an INVITE also every repeated 2xx (RFC 6026). */
void rf_tu_response(struct rf_step *, struct rf_txn *client);
/* s->message: a 2xx to an INVITE of ours (as its branch says) that no transaction waits for. */
void rf_tu_stray_2xx(struct rf_step *);
/* 408: no answer in time; 503: the transport could not. */
void rf_tu_failed(struct rf_step *, struct rf_txn *client, uint16_t status);
/* The refusal of an INVITE was acknowledged, or 64 x T1 passed without an ACK. */
void rf_tu_server_done(struct rf_step *, struct rf_txn *server);

/* ---- between txn.c and the four machines ----------------------------------------------------- */

enum rf_ict_event {
#define EVENT(n, s, m) RF_ICT_##n,
#include "engine/ict.def"
};
enum rf_nict_event {
#define EVENT(n, s, m) RF_NICT_##n,
#include "engine/nict.def"
};
enum rf_ist_event {
#define EVENT(n, s, m) RF_IST_##n,
#include "engine/ist.def"
};
enum rf_nist_event {
#define EVENT(n, s, m) RF_NIST_##n,
#include "engine/nist.def"
};
enum rf_ist_state {
#define STATE(n, k, m) RF_IST_IS_##n,
#include "engine/ist.def"
};
enum rf_nist_state {
#define STATE(n, k, m) RF_NIST_IS_##n,
#include "engine/nist.def"
};

/* rf_send with the role of the leg it is traced under, and the method of what is answered; a
 * request begins with its own. */
void rf_send_as(struct rf_step *, const struct rf_path *, struct rf_slice bytes,
    struct rf_slice identity, rf_token, uint64_t session, uint8_t leg_number, uint8_t role,
    enum rf_method answered, bool retransmission);
/* Copies `in` into the step's arena unless it lies there; false: no room. */
bool rf_send_keep(struct rf_step *, struct rf_slice *in);

/* What the machines share; all of them work on s->txn.  One that reached a FINAL state is found by
 * reference until the step is over, so that events raised by its last one still find it. */
struct rf_slice rf_txn_out(struct rf_step *);   /* what rf_client_open or _respond was given */
void rf_txn_emit(struct rf_step *, struct rf_slice bytes, bool retransmission);
void rf_txn_reply(struct rf_step *, struct rf_slice bytes, uint16_t status);
void rf_txn_arm_retransmit(struct rf_step *, rf_time max); /* T1, then doubled up to max */
void rf_txn_arm(struct rf_step *, unsigned index, rf_time delay);
void rf_txn_stop(struct rf_step *, unsigned index);
void rf_txn_pass_up(struct rf_step *);
void rf_txn_tell_failed(struct rf_step *, uint16_t status);
/* ACK to the failure in s->message, made from the INVITE as sent.  Empty: it is not there any
 * more. */
struct rf_slice rf_txn_write_ack(struct rf_step *);

#endif
