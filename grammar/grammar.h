/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/grammar.h -- bytes <-> structs: all that other layers see of SIP's text.
 *
 * Two layers.  Framing (rf_message_frame) finds start line and header fields; values are parsed
 * when somebody needs them (values.h), and those of a message are kept in it.  No allocation, no
 * state, no NUL needed, linear in the input; every bound has a name and a verdict. */
#ifndef RF_GRAMMAR_GRAMMAR_H
#define RF_GRAMMAR_GRAMMAR_H

#include "grammar/names.h"
#include "grammar/slice.h"
#include "grammar/values.h"

enum {
	RF_MESSAGE_MAX = 16 * 1024,     /* bytes of one message, RFC 3261 has no limit: we do */
	RF_HEADERS_MAX = 128,           /* header fields of one message */
	RF_HEADER_LEN_MAX = 8 * 1024,   /* bytes of one header field */
	RF_URI_MAX = 2 * 1024,          /* bytes of a Request-URI */
	RF_BODY_MAX = 12 * 1024,        /* bytes of a body */
	RF_PARAMS_MAX = 64,             /* parameters of one Via or address */
};

/* ---- a message --------------------------------------------------------------------------- */

struct rf_header {
	struct rf_slice name, value;    /* value: trimmed; may hold folding (CR LF WSP) */
	uint16_t id;                    /* enum rf_header_id */
	uint16_t next;                  /* index of the next header with this id, 0: none */
};

enum rf_kept {                          /* see kept.def */
#define KEPT(header, noun, type, parser, part) RF_KEPT_##header,
#include "grammar/kept.def"
#undef KEPT
	RF_KEPT_MAX
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

struct rf_framing {                     /* message.c's: how far it has come, and what was wrong */
	const char *at, *end, *why;
	enum rf_verdict fault;
	bool whole;
	uint16_t last[RF_H_MAX];        /* index of the last header with this id, if there is one */
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
	uint8_t asked[RF_KEPT_MAX];     /* kept.c: what became of the values below */
	/* What every message needs is parsed once and kept here, for whoever asks. */
	struct rf_via via;              /* the top one; RF_VERDICT_OK of rf_message_key on */
	struct rf_slice via_rest;       /* what follows it in its header field */
	struct rf_cseq cseq;            /* as above */
	struct rf_name_addr from, to;   /* RF_VERDICT_OK of rf_message_check on */
	struct rf_uri uri;              /* as above; request: of its request line */
	struct rf_header header[RF_HEADERS_MAX];
	struct {                        /* for rf_message_contact and its like, not to be read */
#define KEPT(header, noun, type, parser, part) type noun;
#include "grammar/kept.def"
#undef KEPT
	} kept;
	struct rf_framing framing;
};

/* Frames `in`, one datagram or one message cut out of a stream, and checks what every message needs
 * (RFC 3261 8.1.1: one To, From, CSeq, Call-ID, at least one Via; CSeq's method equals the start
 * line's; From, To and the Request-URI parse; a body as long as Content-Length says) and no more.
 * On a verdict with a status *out holds what was understood: enough to answer with if top Via,
 * From, To, Call-ID and CSeq are there (else the verdict is DROP).  *why is a short constant text
 * for the log, never NULL.  An ACK never yields a status: it is dropped (nothing may answer one).
 *
 * rf_message_key and, after its RF_VERDICT_OK, rf_message_check are the same in two halves, for who
 * can stop after the first: it knows what finds a transaction (RFC 3261 17.1.3, 17.2.3: method, top
 * Via, CSeq) and, of a sound request, has looked at nothing behind that.  rf_message_frame finds
 * start line, header fields and body, and parses no value. */
enum rf_verdict rf_message_parse(struct rf_message *out, struct rf_slice in, const char **why);
enum rf_verdict rf_message_key(struct rf_message *out, struct rf_slice in, const char **why);
enum rf_verdict rf_message_check(struct rf_message *, const char **why);
enum rf_verdict rf_message_frame(struct rf_message *out, struct rf_slice in, const char **why);

/* The first header with that id, or NULL; then the next one after `h`. */
const struct rf_header *rf_message_header(const struct rf_message *, enum rf_header_id);
const struct rf_header *rf_message_next(const struct rf_message *, const struct rf_header *h);
/* The value of the first one; length 0 if there is none. */
struct rf_slice rf_message_value(const struct rf_message *, enum rf_header_id);
/* How many header fields have that id. */
uint32_t rf_message_count(const struct rf_message *, enum rf_header_id);
/* Does any header with that id (Supported, Require, Allow ...) list the token, case ignored? */
bool rf_message_has_token(const struct rf_message *, enum rf_header_id, struct rf_slice token);

/* const struct rf_name_addr *rf_message_contact(struct rf_message *) and its like, one for each
 * line of kept.def: the first value of that header field, parsed when it is first asked for and
 * kept for whoever asks next.  NULL: there is none, or it does not parse.  Of a framed message. */
#define KEPT(header, noun, type, parser, p) const type *rf_message_##noun(struct rf_message *);
#include "grammar/kept.def"
#undef KEPT

/* Length of the first whole message of a stream (leading CRLFs included), 0: more bytes are needed,
 * negative: the stream cannot be followed any more and must be closed.  RFC 3261 18.3.
 * Content-Length is required; a message over RF_MESSAGE_MAX is an error as soon as that is known.
 * `scanned` (start with 0, kept by the caller between calls on the same buffer start) saves
 * searching the same bytes again when they come one at a time. */
enum { RF_FRAME_BAD = -1, RF_FRAME_TOO_LARGE = -2 };
int32_t rf_frame_next(struct rf_slice buffer, uint32_t *scanned);

/* ---- bodies --------------------------------------------------------------------------------- */

/* The status line of a message/sipfrag body (RFC 3420), also when only LF ends it or blank lines
 * precede it: 100..699.  *reason may be NULL. */
bool rf_sipfrag_parse(uint16_t *status, struct rf_slice *reason, struct rf_slice body);

struct rf_sipfrag {                     /* RFC 3420: each part may be missing */
	uint16_t status;                /* 0: no status line */
	struct rf_slice reason;
	struct rf_slice method, request_uri; /* of a request line; empty: none */
	struct rf_slice fields;         /* header fields as they stand */
	struct rf_slice body;
};
/* False: no part of a message of SIP/2.0. */
bool rf_sipfrag_read(struct rf_sipfrag *, struct rf_slice body);
/* Iterates over the fields of a sipfrag or of a body part; skips what is no header field.  False:
 * no more. */
bool rf_field_next(struct rf_slice *fields, struct rf_header *out);

enum {
	RF_PARTS_MAX = 16,              /* parts of one multipart body */
	RF_PART_DEPTH_MAX = 4,          /* multipart bodies in one another */
};
struct rf_part {                        /* of a multipart body: RFC 2046 5.1, RFC 5621 */
	struct rf_slice content_type;   /* empty: text/plain is meant */
	struct rf_slice content_id, encoding, disposition;
	struct rf_slice fields, body;
	bool unclosed;                  /* nothing ended it but the end of all */
};
/* The boundary of a multipart/... Content-Type; false: it is none, or its boundary is wrong. */
bool rf_boundary_find(struct rf_slice *boundary, struct rf_slice content_type);
/* Cuts the first part off; a missing closing delimiter ends the last one.  False: no more. */
bool rf_part_next(struct rf_slice *rest, struct rf_slice boundary, struct rf_part *);

/* ---- SDP, the little a B2BUA must touch (RFC 8866, RFC 3264) ------------------------------ */

enum rf_direction { RF_SENDRECV, RF_SENDONLY, RF_RECVONLY, RF_INACTIVE };
struct rf_sdp {
	struct rf_slice all, origin;    /* origin: the line o=, its end left out */
	struct rf_slice origin_user, origin_address;    /* o=: first field; "IN IP4 192.0.2.1" */
	struct rf_slice session_id, session_version;
	uint32_t media_count;           /* m= lines */
	enum rf_direction direction;    /* session level, else that of the first medium */
	bool has_direction;             /* some line says so */
	bool tidy;                      /* no blank line, and every line ends in CRLF */
	bool held;                      /* every active medium sendonly or inactive, or c=0.0.0.0 */
	bool needs_fresh_offer; /* ICE or DTLS: another party must not be offered this (T18) */
};
/* v=, o= and at least s= or m= must be there; LF alone ends a line too. */
bool rf_sdp_parse(struct rf_sdp *, struct rf_slice body);
/* Same addresses, ports, payloads and media order?  o=, direction and unrelated lines ignored. */
bool rf_sdp_same_media(const struct rf_sdp *, const struct rf_sdp *);
/* Somebody was offered `before` and answered `other`; does `after` suit him as well?  Per medium:
 * the same address and port, and no payload of his that `after` lacks.  Bodies as they came; what
 * has no medium suits nobody. */
bool rf_sdp_suits(struct rf_slice before, struct rf_slice after, struct rf_slice other);

/* ---- writing ------------------------------------------------------------------------------ */

struct rf_writer {                      /* over memory of the caller's; never writes past max */
	char *p;
	uint32_t len, max;
	bool overflow;                  /* once true, nothing more is written */
};
void rf_writer_init(struct rf_writer *, char *memory, uint32_t max);
static inline void
rf_write(struct rf_writer *w, struct rf_slice s)
{
	if (w->overflow || s.len > w->max - w->len) {
		w->overflow = true;
		return;
	}
	if (s.len > 0)
		memcpy(w->p + w->len, s.p, s.len);
	w->len += s.len;
}
static inline void
rf_write_char(struct rf_writer *w, char c)
{
	if (w->overflow || w->len == w->max)
		w->overflow = true;
	else
		w->p[w->len++] = c;
}
static inline void
rf_write_text(struct rf_writer *w, const char *nul_terminated)
{
	rf_write(w, rf_slice_of(nul_terminated));
}
void rf_write_number(struct rf_writer *, uint64_t);
void rf_write_hex(struct rf_writer *, uint64_t, uint32_t digits);   /* lower case, zero padded */
/* "Name: value CRLF"; folding in value becomes one space, so that no line can be smuggled in: a CR
 * or LF that is not part of folding sets overflow. */
void rf_write_header(struct rf_writer *, enum rf_header_id, struct rf_slice value);
void rf_write_header_named(struct rf_writer *, struct rf_slice name, struct rf_slice value);
/* What to change of a message that is written again. */
enum rf_edit_kind {
	RF_EDIT_REMOVE,                 /* every field with that id */
	RF_EDIT_REPLACE,                /* the first, in its place; others go; none: appended */
	RF_EDIT_PREPEND,                /* a new field before the first with that id, or on top */
	RF_EDIT_APPEND,                 /* a new field behind all */
};
struct rf_edit {
	enum rf_edit_kind kind;
	enum rf_header_id id;           /* not RF_H_OTHER, not RF_H_CONTENT_LENGTH */
	struct rf_slice value;
};
/* A framed message with some edits, in their order where they meet at one place; nothing is parsed
 * again.  Fields that no edit names stay byte for byte, folding included, and in order.
 * `start_line` (without line end) and `body`: NULL keeps what is there.  Content-Length is always
 * written, last, and right. */
void rf_write_message(struct rf_writer *, const struct rf_message *, const struct rf_edit *edits,
    uint32_t count, const struct rf_slice *start_line, const struct rf_slice *body);
/* "Content-Length: n CRLF CRLF body". */
void rf_write_body(struct rf_writer *, struct rf_slice body);
struct rf_slice rf_written(const struct rf_writer *);

/* Header fields of `m` whose names are on the comma separated list ("X-A-*" too), as whole lines;
 * never those of a hop or a dialog.  At most RF_PASSED_MAX bytes: what does not fit stays behind.
 */
enum { RF_PASSED_MAX = 2048 };
void rf_write_passed(struct rf_writer *, const struct rf_message *m, struct rf_slice list);

/* The raw material of a routing key (R10).  What a user part says, in one spelling: escapes undone
 * where RFC 3261 19.1.4 calls both forms equal, the others in upper case. */
void rf_write_user(struct rf_writer *, struct rf_slice user);
/* A telephone number without its visual separators (RFC 3966 3); false: it is none, and nothing is
 * written.  Parameters inside of a user part ("+1202;phone-context=x") are left out. */
bool rf_write_number_of(struct rf_writer *, struct rf_slice user);
/* The URI in one spelling: scheme, host and parameter names in lower case, IPv6 as RFC 5952 writes
 * it, the user part as above; parameters and headers stay in their order. */
void rf_write_uri(struct rf_writer *, const struct rf_uri *);

/* `in` with its o= line replaced by "user session_id version address" (own ids, original address)
 * and, when reset_direction, every direction attribute dropped: sendrecv is the default (T18). */
struct rf_sdp_edit {
	uint64_t session_id, version;
	bool reset_direction;
};
void rf_write_sdp(struct rf_writer *, const struct rf_sdp *in, const struct rf_sdp_edit *);

#endif
