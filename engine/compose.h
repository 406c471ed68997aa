/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/compose.h -- writes every message the engine sends.  Decides nothing. */
#ifndef RF_ENGINE_COMPOSE_H
#define RF_ENGINE_COMPOSE_H

#include "engine/state.h"

enum { RF_WRITE_MAX = 31 * 1024 };              /* longest message we write; fits RF_TEXT_MAX */

/* ---- what a response echoes
 * ------------------------------------------------------------------------- Kept with a server
 * transaction from its request, because the answer comes in a later step: Via lines (received and
 * rport filled in), From, Call-ID, CSeq, To without CRLF, then the Record-Route lines of a
 * dialog-making request. */
struct rf_echo {
	uint16_t before_len;                    /* Via .. To, ending inside To */
	uint16_t record_route_len;
	bool has_to_tag;
	char text[];
};
/* Takes the echo of s->message, received over path, into *echo; false: no room. */
bool rf_echo_take(struct rf_step *, const struct rf_path *, rf_text *echo);

/* Do its lengths fit what was stored?  Asked of an echo that comes from outside (restore). */
bool rf_echo_is_whole(struct rf_slice stored);

/* Begins a response: status line, echo with our To-tag (0: none, or the request had one; a request
 * without To-tag that is refused gets a tag of its own), Server.  The caller adds header lines and
 * ends with rf_write_body.  Nothing is written for a transaction that has answered already. */
void rf_write_response(struct rf_step *, struct rf_writer *, const struct rf_txn *server,
    uint16_t status, uint64_t to_tag, bool with_record_route);
/* A stateless answer to s->message: status line, echo, Content-Length: 0.  Empty: it cannot be. */
struct rf_slice rf_compose_stateless(struct rf_step *, uint16_t status);

/* ACK to a failure, or CANCEL, from the INVITE as sent: same Request-URI, top Via, From, Call-ID,
 * CSeq number and Route (RFC 3261 17.1.1.3, 9.1); To from the failure, or empty: the INVITE's own.
 * Empty: the INVITE is not there any more. */
struct rf_slice rf_compose_from_invite(struct rf_step *, struct rf_slice invite, enum rf_method,
    struct rf_slice to);

/* "z9hG4bK" and the number; its inverse for a response's top Via: 0 if the branch is not ours. */
void rf_write_branch(const struct rf_engine *, struct rf_writer *, uint64_t branch);
uint64_t rf_branch_read(const struct rf_engine *, struct rf_slice branch);
void rf_write_tag(const struct rf_engine *, struct rf_writer *, uint64_t tag);
/* 0: not one of ours. */
uint64_t rf_tag_read(const struct rf_engine *, struct rf_slice tag);
/* "Via: SIP/2.0/UDP host:port;rport;branch=... CRLF" for a request leaving through `path`. */
void rf_write_via(
    const struct rf_engine *, struct rf_writer *, const struct rf_path *, uint64_t branch);
/* "<sip:ID@host:port;transport=tls>" of the listener of `path`. */
void rf_write_contact_uri(
    const struct rf_engine *, struct rf_writer *, const struct rf_path *, uint64_t id);
/* The TCP listener of the same family, to use instead of the UDP one (RFC 3261 18.1.1);
 * rf_prefers_stream has said that there is one. */
const struct rf_addr *rf_stream_beside(const struct rf_engine *, const struct rf_addr *udp);
/* "Retry-After: 1..10". */
void rf_write_retry_after(struct rf_step *, struct rf_writer *);
/* The listener that path.local names; the first one of that transport if there is no exact match.
 */
const struct rf_listener *rf_listener_of(const struct rf_engine *, const struct rf_path *);

#endif
