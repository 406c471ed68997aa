/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/values.h -- one struct for each kind of header value, and what fills it.
 *
 *         bool rf_<noun>_parse(struct rf_<noun> *out, struct rf_slice in)         all of `in`
 *         bool rf_<noun>_next(struct rf_slice *rest, struct rf_<noun> *out)       first of a list
 *
 * `in` is one header value (unfolded or not, LWS around it allowed), *out is valid only on true,
 * and all its slices point into `in`.  A _next that fails leaves *rest: empty at the end of a list,
 * not empty where it is wrong.  No allocation, no NUL needed, no state; linear in the input. */
#ifndef RF_GRAMMAR_VALUES_H
#define RF_GRAMMAR_VALUES_H

#include "grammar/names.h"
#include "grammar/slice.h"

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
	struct rf_slice all, transport_text, host, params, branch, received, rport_text;
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

/* Max-Forwards, RSeq, Content-Length: 1*DIGIT below 2^32. */
bool rf_number_parse(uint32_t *, struct rf_slice);

struct rf_seconds {                     /* Expires, Min-Expires, Min-SE; too many: UINT32_MAX */
	uint32_t s;
	struct rf_slice params;
};
bool rf_seconds_parse(struct rf_seconds *, struct rf_slice);

enum rf_refresher { RF_REFRESHER_NONE, RF_REFRESHER_UAC, RF_REFRESHER_UAS };
struct rf_session_expires {             /* RFC 4028 4 */
	uint32_t interval_s;
	enum rf_refresher refresher;
	struct rf_slice params;
};
bool rf_session_expires_parse(struct rf_session_expires *, struct rf_slice);

/* A comma separated list of tokens: Allow, Require, Supported, Unsupported, Content-Encoding ...
 * False at the end and at what is no token; then *rest is not empty. */
bool rf_token_next(struct rf_slice *rest, struct rf_slice *token);

struct rf_refer_to {                    /* RFC 3515 2.1 */
	struct rf_name_addr address;
	struct rf_slice method;         /* ";method=" of the URI; empty: INVITE */
};
bool rf_refer_to_parse(struct rf_refer_to *, struct rf_slice);

struct rf_referred_by {                 /* RFC 3892 3 */
	struct rf_name_addr address;
	struct rf_slice cid;            /* Content-ID of a signed token; empty: none */
};
bool rf_referred_by_parse(struct rf_referred_by *, struct rf_slice);

/* Refer-Sub, RFC 4488 4: true or false. */
bool rf_refer_sub_parse(bool *wanted, struct rf_slice);

/* Cuts one off a list that must have its URIs in <>: Route, Record-Route, Path (RFC 3261 20.34),
 * Refer-Events-At (RFC 7614 6). */
bool rf_route_next(struct rf_slice *rest, struct rf_name_addr *);
bool rf_route_parse(struct rf_name_addr *, struct rf_slice one);

struct rf_replaces {                    /* RFC 3891 6.1 */
	struct rf_slice call_id, to_tag, from_tag;
	bool early_only;
};
bool rf_replaces_parse(struct rf_replaces *, struct rf_slice);

struct rf_target_dialog {               /* RFC 4538 7: seen by the recipient of the request */
	struct rf_slice call_id, local_tag, remote_tag;
};
bool rf_target_dialog_parse(struct rf_target_dialog *, struct rf_slice);

struct rf_event_type {                  /* Event: RFC 6665 8.2.1 */
	struct rf_slice package;        /* with its templates: "presence.winfo" */
	struct rf_slice id;             /* empty: none */
	struct rf_slice params;
};
bool rf_event_type_parse(struct rf_event_type *, struct rf_slice);
/* Allow-Events: cuts one package off. */
bool rf_event_package_next(struct rf_slice *rest, struct rf_slice *package);

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
bool rf_reason_next(struct rf_slice *rest, struct rf_reason *);

/* Reference-Info is registered nowhere; the field writes "404", "SIP/2.0 404 Not Found", "Status:
 * 404 x", "status=404;reason=x".  False: no status of 100..699 can be made out. */
bool rf_reference_info_parse(uint16_t *status, struct rf_slice);

struct rf_warning {                     /* RFC 3261 20.43 */
	uint16_t code;
	struct rf_slice agent, text;    /* text without quotes */
};
bool rf_warning_next(struct rf_slice *rest, struct rf_warning *);

struct rf_session_id {                  /* RFC 7989 5; remote is empty with RFC 7329's peers */
	struct rf_slice local, remote;
};
bool rf_session_id_parse(struct rf_session_id *, struct rf_slice);

/* Date, RFC 3261 20.17: GMT and nothing else, as seconds since 1970. */
bool rf_date_parse(int64_t *unix_s, struct rf_slice);

enum {                                  /* Privacy: RFC 3323 4.2, RFC 3325 9.3, RFC 7044 10.1 */
	RF_PRIVACY_HEADER = 1, RF_PRIVACY_SESSION = 2, RF_PRIVACY_USER = 4, RF_PRIVACY_NONE = 8,
	RF_PRIVACY_CRITICAL = 16, RF_PRIVACY_ID = 32, RF_PRIVACY_HISTORY = 64,
	RF_PRIVACY_OTHER = 128,         /* a word we do not know */
};
bool rf_privacy_parse(uint32_t *set, struct rf_slice);

struct rf_history {                     /* History-Info, RFC 7044 5 */
	struct rf_name_addr address;    /* its Reason and Privacy are among uri.headers */
	struct rf_slice index;          /* "1.1.2" */
};
bool rf_history_next(struct rf_slice *rest, struct rf_history *);

struct rf_diversion {                   /* RFC 5806 10 */
	struct rf_name_addr address;
	struct rf_slice reason;         /* empty: not said */
	uint32_t counter;               /* 0: not said */
};
bool rf_diversion_next(struct rf_slice *rest, struct rf_diversion *);

struct rf_user_to_user {                /* RFC 7433 4.1 */
	struct rf_slice data, encoding, purpose, content; /* data without quotes */
};
bool rf_user_to_user_next(struct rf_slice *rest, struct rf_user_to_user *);

struct rf_auth {                        /* credentials and challenges, RFC 3261 20.7, 20.44 */
	bool digest;
	struct rf_slice scheme;
	struct rf_slice rest;           /* all behind the scheme: of another scheme, that is all */
	/* the parameters of Digest, quotes taken off; empty: not there */
	struct rf_slice username, realm, nonce, uri, response, algorithm, cnonce, opaque, qop, nc;
	bool stale;
};
bool rf_auth_parse(struct rf_auth *, struct rf_slice);

struct rf_content_disposition {                 /* Content-Disposition, RFC 3261 20.11 */
	struct rf_slice type;
	bool optional;                  /* ;handling=optional; else required (RFC 5621 8.3) */
};
bool rf_content_disposition_parse(struct rf_content_disposition *, struct rf_slice);

struct rf_media_type {                  /* Content-Type */
	struct rf_slice type, subtype, params;
};
bool rf_media_type_parse(struct rf_media_type *, struct rf_slice);
bool rf_media_type_is(struct rf_slice content_type, const char *type, const char *subtype);
/* Accept: cuts one media range off. */
bool rf_media_range_next(struct rf_slice *rest, struct rf_media_type *);

/* Does the whole value of such a header field keep to its grammar?  True for one without a parser
 * here. */
bool rf_value_parses(enum rf_header_id, struct rf_slice value);

/* An IPv4 ("192.0.2.1") or IPv6 ("[2001:db8::1]" or bare) literal to 16 bytes, IPv4 mapped. */
bool rf_ip_parse(uint8_t out[16], struct rf_slice host);
/* The inverse, IPv6 in brackets when `brackets`; returns the length, out has room for 48. */
uint32_t rf_ip_write(char out[48], const uint8_t ip[16], bool brackets);

#endif
