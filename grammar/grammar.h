/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/grammar.h -- bytes <-> structs: all that other layers see of SIP's text.
 *
 * Two layers.  Framing (rf_message_parse) finds the start line and the header fields; the value of
 * a header is parsed only when somebody asks.  Every parser has the shape
 *
 *         bool rf_<noun>_parse(struct rf_<noun> *out, struct rf_slice in)
 *
 * `in` is one header value (unfolded or not, LWS around it allowed), *out is valid only on true,
 * and all its slices point into `in`.  No allocation, no NUL needed, no state; linear in the input.
 */
#ifndef RF_GRAMMAR_GRAMMAR_H
#define RF_GRAMMAR_GRAMMAR_H

#include "grammar/slice.h"

enum {
	RF_MESSAGE_MAX = 16 * 1024,     /* bytes of one message, RFC 3261 has no limit: we do */
	RF_HEADERS_MAX = 128,           /* header fields of one message */
	RF_HEADER_LEN_MAX = 8 * 1024,   /* bytes of one header field */
	RF_URI_MAX = 2 * 1024,          /* bytes of a Request-URI */
	RF_BODY_MAX = 12 * 1024,        /* bytes of a body */
	RF_PARAMS_MAX = 64,             /* parameters of one Via or address */
};

/* ---- names ------------------------------------------------------------------------------- */

enum rf_header_id {
	RF_H_OTHER,                     /* a name referee does not know; kept verbatim */
#define HEADER(id, name, compact, multi) RF_H_##id,
#include "grammar/headers.def"
#undef HEADER
	RF_H_MAX
};

enum rf_method {
	RF_METHOD_OTHER,
#define METHOD(id) RF_METHOD_##id,
#include "grammar/methods.def"
#undef METHOD
	RF_METHOD_MAX
};

enum rf_transport { RF_TRANSPORT_NONE, RF_UDP, RF_TCP, RF_TLS, RF_TRANSPORT_OTHER };

/* Full or compact form, case ignored; RF_H_OTHER if unknown. */
enum rf_header_id rf_header_find(struct rf_slice name);
struct rf_slice rf_header_name(enum rf_header_id);          /* "Call-ID" */
enum rf_method rf_method_find(struct rf_slice);             /* case matters, RFC 3261 7.1 */
struct rf_slice rf_method_name(enum rf_method);             /* "INVITE" */
struct rf_slice rf_reason_phrase(uint16_t status);          /* RFC 3261 21; "Unknown" if unknown */

/* ---- values ------------------------------------------------------------------------------ */

enum rf_scheme { RF_SCHEME_OTHER, RF_SCHEME_SIP, RF_SCHEME_SIPS, RF_SCHEME_TEL };

struct rf_uri {                         /* RFC 3261 19.1, RFC 3966; any other scheme kept whole */
	enum rf_scheme scheme;
	struct rf_slice all;            /* the whole URI */
	struct rf_slice scheme_text;
	struct rf_slice user;           /* escaped as received; tel: the number; OTHER: empty */
	struct rf_slice password;
	struct rf_slice host;           /* IPv6 with its brackets */
	struct rf_slice params;         /* ";a=b;c" with the leading ';', or empty */
	struct rf_slice headers;        /* "a=b&c=d" without the '?', or empty */
	uint16_t port;                  /* 0: none given */
};
bool rf_uri_parse(struct rf_uri *, struct rf_slice);
/* RFC 3261 19.1.4; parameters and escapes honoured. */
bool rf_uri_equal(const struct rf_uri *, const struct rf_uri *);
enum rf_transport rf_uri_transport(const struct rf_uri *); /* ;transport=, else RF_TRANSPORT_NONE */

/* Finds `name` (case ignored) in ";a=b;c"; *value is empty for a flag, quotes are taken off. */
bool rf_param_find(struct rf_slice params, struct rf_slice name, struct rf_slice *value);
/* Iterates: cuts the first ";name[=value]" off *rest. */
bool rf_param_next(struct rf_slice *rest, struct rf_slice *name, struct rf_slice *value);
/* Iterates over URI headers "a=b&c=d", undecoded. */
bool rf_uri_header_next(struct rf_slice *rest, struct rf_slice *name, struct rf_slice *value);
/* %HH undone into out[max]; negative: bad escape or no room; else the length.  NUL bytes pass. */
int32_t rf_unescape(char *out, uint32_t max, struct rf_slice in);

/* Cuts the next element off a comma separated list (quotes and <> honoured), trimmed. */
bool rf_list_next(struct rf_slice *rest, struct rf_slice *element);

struct rf_name_addr {                   /* From, To, Contact, Route, Refer-To, Referred-By, ... */
	struct rf_slice all;            /* display name, URI and parameters */
	struct rf_slice display;        /* as received, quotes included */
	struct rf_uri uri;
	struct rf_slice params;         /* header parameters, ";tag=x" */
	struct rf_slice tag;            /* ";tag=" of these; empty: none */
};
/* One name-addr or addr-spec.  Without <> the first ';' begins header parameters and '?' or ',' in
 * the URI is an error (RFC 3261 20, RFC 8217).  "*" is refused. */
bool rf_name_addr_parse(struct rf_name_addr *, struct rf_slice);
/* Cuts the first of a comma separated list off; false: it is wrong, and *rest stays as it is. */
bool rf_name_addr_next(struct rf_slice *rest, struct rf_name_addr *);
struct rf_slice rf_name_addr_tag(const struct rf_name_addr *);       /* empty: none */

struct rf_via {
	enum rf_transport transport;
	struct rf_slice all, transport_text, host, params, branch, received;
	uint16_t port;                  /* 0: none given */
	bool rport;                     /* ";rport" present, with or without a value */
	uint16_t rport_value;           /* 0: none */
};
bool rf_via_parse(struct rf_via *, struct rf_slice one);
/* Cuts the first of a comma separated list off; false: it is wrong, and *rest stays as it is. */
bool rf_via_next(struct rf_slice *rest, struct rf_via *);

struct rf_cseq {
	uint32_t number;                /* < 2^31 */
	enum rf_method method;
	struct rf_slice method_text;
};
bool rf_cseq_parse(struct rf_cseq *, struct rf_slice);

struct rf_rack {                        /* RFC 3262 7.2 */
	uint32_t rseq, cseq;
	enum rf_method method;
};
bool rf_rack_parse(struct rf_rack *, struct rf_slice);

struct rf_refer_to {                    /* RFC 3515 2.1 */
	struct rf_name_addr address;
	struct rf_slice method;         /* ";method=" of the URI; empty: INVITE */
};
bool rf_refer_to_parse(struct rf_refer_to *, struct rf_slice);

struct rf_replaces {                    /* RFC 3891 6.1 */
	struct rf_slice call_id, to_tag, from_tag;
	bool early_only;
};
bool rf_replaces_parse(struct rf_replaces *, struct rf_slice);

struct rf_target_dialog {               /* RFC 4538 7 */
	struct rf_slice call_id, local_tag, remote_tag;
};
bool rf_target_dialog_parse(struct rf_target_dialog *, struct rf_slice);

struct rf_event_type {                  /* Event: RFC 6665 8.2.1 */
	struct rf_slice package;        /* with its templates: "presence.winfo" */
	struct rf_slice id;             /* empty: none */
	struct rf_slice params;
};
bool rf_event_type_parse(struct rf_event_type *, struct rf_slice);

enum rf_substate {
	RF_SUBSTATE_OTHER,
	RF_SUBSTATE_ACTIVE,
	RF_SUBSTATE_PENDING,
	RF_SUBSTATE_TERMINATED
};
struct rf_subscription_state {          /* RFC 6665 8.2.3 */
	enum rf_substate state;
	struct rf_slice state_text, reason;
	bool has_expires, has_retry_after;
	uint32_t expires_s, retry_after_s;
};
bool rf_subscription_state_parse(struct rf_subscription_state *, struct rf_slice);

struct rf_retry_after {                 /* RFC 3261 20.33 */
	uint32_t delay_s;
	bool has_duration;
	uint32_t duration_s;
};
bool rf_retry_after_parse(struct rf_retry_after *, struct rf_slice);

struct rf_reason {                      /* one element of Reason, RFC 3326 */
	struct rf_slice protocol, text; /* text without quotes */
	bool has_cause;
	uint16_t cause;
};
bool rf_reason_parse(struct rf_reason *, struct rf_slice);

struct rf_media_type {                  /* Content-Type */
	struct rf_slice type, subtype, params;
};
bool rf_media_type_parse(struct rf_media_type *, struct rf_slice);
bool rf_media_type_is(struct rf_slice content_type, const char *type, const char *subtype);

/* The status line of a message/sipfrag body (RFC 3420), also when only LF ends it or blank lines
 * precede it: 100..699.  *reason may be NULL. */
bool rf_sipfrag_parse(uint16_t *status, struct rf_slice *reason, struct rf_slice body);

/* An IPv4 ("192.0.2.1") or IPv6 ("[2001:db8::1]" or bare) literal to 16 bytes, IPv4 mapped. */
bool rf_ip_parse(uint8_t out[16], struct rf_slice host);
/* The inverse, IPv6 in brackets when `brackets`; returns the length, out has room for 48. */
uint32_t rf_ip_write(char out[48], const uint8_t ip[16], bool brackets);

/* ---- a message --------------------------------------------------------------------------- */

struct rf_header {
	struct rf_slice name, value;    /* value: trimmed; may hold folding (CR LF WSP) */
	uint16_t id;                    /* enum rf_header_id */
	uint16_t next;                  /* index of the next header with this id, 0: none */
};

struct rf_message {
	struct rf_slice raw;            /* start line to the end of the body */
	bool is_request;
	uint16_t status;                /* response: 100..699 */
	enum rf_method method;          /* request: its method; response: that of CSeq */
	struct rf_slice method_text;
	struct rf_slice request_uri;    /* request */
	struct rf_slice reason;         /* response */
	struct rf_slice body; /* Content-Length honoured; a datagram's surplus is cut off */
	uint16_t count;
	uint16_t first[RF_H_MAX];       /* 1 + index of the first header with this id, 0: none */
	/* What every message needs is parsed once and kept here, for whoever asks. */
	struct rf_via via;              /* the top one; RF_VERDICT_OK of rf_message_frame on */
	struct rf_cseq cseq;            /* as above */
	struct rf_name_addr from, to;   /* RF_VERDICT_OK of rf_message_check on */
	struct rf_uri uri;              /* as above; request: of its request line */
	struct rf_header header[RF_HEADERS_MAX];
};

/* What was found.  Everything but RF_VERDICT_OK is answered or dropped without touching state; of
 * two faults the one further down counts. */
enum rf_verdict {
	RF_VERDICT_OK,
	RF_VERDICT_KEEPALIVE,      /* only CRLFs (RFC 5626 4.4.1) */
	RF_VERDICT_DROP,           /* not SIP, or a response we cannot use: nothing to answer to */
	RF_VERDICT_BAD,            /* a request we can answer: 400 */
	RF_VERDICT_VERSION,        /* 505 */
	RF_VERDICT_URI_TOO_LONG,   /* 414: over RF_URI_MAX */
	RF_VERDICT_BODY_TOO_LARGE, /* 413: over RF_BODY_MAX */
	RF_VERDICT_TOO_LARGE,      /* 513: over RF_MESSAGE_MAX, _HEADERS_MAX or _HEADER_LEN_MAX */
};
/* The answer it asks for; 0: none. */
uint16_t rf_verdict_status(enum rf_verdict);

/* Frames `in`, one datagram or one message cut out of a stream, and checks what every message needs
 * (RFC 3261 8.1.1: one To, From, CSeq, Call-ID, at least one Via; CSeq's method equals the start
 * line's; From, To and the Request-URI parse; a body as long as Content-Length says) and no more.
 * On a verdict with a status *out holds what was understood: enough to answer with if top Via,
 * From, To, Call-ID and CSeq are there (else the verdict is DROP).  *why is a short constant text
 * for the log, never NULL.  An ACK never yields a status: it is dropped (nothing may answer one).
 *
 * It is two halves, for those who can stop after the first: rf_message_frame knows all that finds a
 * transaction (RFC 3261 17.1.3, 17.2.3), so that a retransmission is recognised by it; after its
 * RF_VERDICT_OK, and only then, rf_message_check does the rest. */
enum rf_verdict rf_message_parse(struct rf_message *out, struct rf_slice in, const char **why);
enum rf_verdict rf_message_frame(struct rf_message *out, struct rf_slice in, const char **why);
enum rf_verdict rf_message_check(struct rf_message *, const char **why);

/* The first header with that id, or NULL; then the next one after `h`. */
const struct rf_header *rf_message_header(const struct rf_message *, enum rf_header_id);
const struct rf_header *rf_message_next(const struct rf_message *, const struct rf_header *h);
/* The value of the first one; length 0 if there is none. */
struct rf_slice rf_message_value(const struct rf_message *, enum rf_header_id);
/* How many header fields have that id. */
uint32_t rf_message_count(const struct rf_message *, enum rf_header_id);
/* Does any header with that id (Supported, Require, Allow ...) list the token, case ignored? */
bool rf_message_has_token(const struct rf_message *, enum rf_header_id, struct rf_slice token);

/* Length of the first whole message of a stream (leading CRLFs included), 0: more bytes are needed,
 * negative: the stream cannot be followed any more and must be closed.  RFC 3261 18.3.
 * Content-Length is required; a message over RF_MESSAGE_MAX is an error as soon as that is known.
 * `scanned` (start with 0, kept by the caller between calls on the same buffer start) saves
 * searching the same bytes again when they come one at a time. */
enum { RF_FRAME_BAD = -1, RF_FRAME_TOO_LARGE = -2 };
int32_t rf_frame_next(struct rf_slice buffer, uint32_t *scanned);

/* ---- SDP, the little a B2BUA must touch (RFC 8866, RFC 3264) ------------------------------ */

enum rf_direction { RF_SENDRECV, RF_SENDONLY, RF_RECVONLY, RF_INACTIVE };
struct rf_sdp {
	struct rf_slice all;
	struct rf_slice origin_user, origin_address;    /* o=: first field; "IN IP4 192.0.2.1" */
	struct rf_slice session_id, session_version;
	uint32_t media_count;           /* m= lines */
	enum rf_direction direction;    /* session level, else that of the first medium */
	bool held;                      /* every active medium sendonly or inactive, or c=0.0.0.0 */
	bool needs_fresh_offer; /* ICE or DTLS: another party must not be offered this (T18) */
};
/* v=, o= and at least s= or m= must be there; LF alone ends a line too. */
bool rf_sdp_parse(struct rf_sdp *, struct rf_slice body);
/* Same addresses, ports, payloads and media order?  o=, direction and unrelated lines ignored. */
bool rf_sdp_same_media(const struct rf_sdp *, const struct rf_sdp *);
/* Somebody was offered `before` and answered `other`; does `after` suit him as well?  Per medium:
 * the same address and port, and no payload of his that `after` lacks. */
bool rf_sdp_suits(
    const struct rf_sdp *before, const struct rf_sdp *after, const struct rf_sdp *other);

/* ---- writing ------------------------------------------------------------------------------ */

struct rf_writer {                      /* over memory of the caller's; never writes past max */
	char *p;
	uint32_t len, max;
	bool overflow;                  /* once true, nothing more is written */
};
void rf_writer_init(struct rf_writer *, char *memory, uint32_t max);
void rf_write(struct rf_writer *, struct rf_slice);
void rf_write_text(struct rf_writer *, const char *nul_terminated);
void rf_write_number(struct rf_writer *, uint64_t);
void rf_write_hex(struct rf_writer *, uint64_t, uint32_t digits);   /* lower case, zero padded */
/* "Name: value CRLF"; folding in value becomes one space, so that no line can be smuggled in: a CR
 * or LF that is not part of folding sets overflow. */
void rf_write_header(struct rf_writer *, enum rf_header_id, struct rf_slice value);
void rf_write_header_named(struct rf_writer *, struct rf_slice name, struct rf_slice value);
/* "Content-Length: n CRLF CRLF body". */
void rf_write_body(struct rf_writer *, struct rf_slice body);
struct rf_slice rf_written(const struct rf_writer *);

/* Header fields of `m` whose names are on the comma separated list ("X-A-*" too), as whole lines;
 * never those of a hop or a dialog.  At most RF_PASSED_MAX bytes: what does not fit stays behind.
 */
enum { RF_PASSED_MAX = 2048 };
void rf_write_passed(struct rf_writer *, const struct rf_message *m, struct rf_slice list);

/* `in` with its o= line replaced by "user session_id version address" (own ids, original address)
 * and, when reset_direction, every direction attribute dropped: sendrecv is the default (T18). */
struct rf_sdp_edit {
	uint64_t session_id, version;
	bool reset_direction;
};
void rf_write_sdp(struct rf_writer *, const struct rf_sdp *in, const struct rf_sdp_edit *);

#endif
