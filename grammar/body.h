/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/body.h -- what a NOTIFY says became of a transfer: bodies of any sort to one outcome.
 *
 * A library of its own, librfbody.a: it reads JSON by yajl and XML by libxml2, which allocate, so
 * it is no part of the pure grammar and the engine does not see it.  Nothing here keeps state,
 * opens anything, or expands an entity; every walk is bounded. */
#ifndef RF_GRAMMAR_BODY_H
#define RF_GRAMMAR_BODY_H

#include "grammar/grammar.h"

enum {
	RF_BODY_READ_MAX = 64 * 1024,   /* bytes of a body that are looked at; more is BAD */
	RF_BODY_DEPTH_MAX = 32,         /* objects or elements in one another */
	RF_BODY_NODES_MAX = 4096,       /* values or elements of one document */
	RF_BODY_PATHS_MAX = 16,         /* of one mapping */
	RF_BODY_REASON_MAX = 64,
};

enum rf_body_kind {                     /* what it was read as */
	RF_BODY_NONE,
	RF_BODY_SIPFRAG,
	RF_BODY_REFERENCE_INFO,
	RF_BODY_JSON,
	RF_BODY_XML,
	RF_BODY_FORM,                   /* application/x-www-form-urlencoded */
	RF_BODY_MULTIPART,              /* several parts, none of them with a status */
	RF_BODY_UNKNOWN
};
enum rf_body_trust {
	RF_BODY_OK,                     /* as announced and as mapped */
	RF_BODY_LENIENT,                /* a status, but not where or how it should be: drift */
	RF_BODY_NO_STATUS,              /* nothing wrong, nothing said */
	RF_BODY_BAD                     /* not to be trusted: keep it raw, flag it, answer 200 */
};

/* How one partner writes a status.  All texts are the caller's and NUL-terminated.
 *
 * A JSON path has dots between its steps ("refer.status.code"), an XML path slashes from the root
 * element on ("event/sipStatus"); "*" is any one step (any key, any index, any element).  A step of
 * XML is a local name, or "{namespace}name" for that namespace only; "@name" as the last step is an
 * attribute.  An alias is "name=other,other": the last step of a path under another name. */
struct rf_body_mapping {
	const char *json[RF_BODY_PATHS_MAX];
	const char *xml[RF_BODY_PATHS_MAX];
	const char *alias[RF_BODY_PATHS_MAX];   /* each list ends with NULL or is full */
};

struct rf_body {
	enum rf_body_kind kind;
	enum rf_body_trust trust;
	uint16_t status;                /* 100..699; 0: none */
	char reason[RF_BODY_REASON_MAX];        /* of a status line; may be cut; NUL-terminated */
	const char *why;                /* a short constant text for log and review, never NULL */
};

/* Reads one body.  `content_type` may be empty or wrong: then the first bytes decide, and the
 * result is LENIENT at best.  Any content coding but identity is refused.  `mapping` may be NULL: a
 * table of common names is used. */
void rf_body_read(struct rf_body *out, struct rf_slice content_type, struct rf_slice coding,
    struct rf_slice body, const struct rf_body_mapping *mapping);

enum rf_outcome_source {                /* in their order of precedence (R21) */
	RF_OUTCOME_SIPFRAG,
	RF_OUTCOME_FIELD,               /* of JSON, XML or a form */
	RF_OUTCOME_REFERENCE_INFO,      /* as a body or as a header field */
	RF_OUTCOME_REASON,
	RF_OUTCOME_SUBSCRIPTION_STATE,
	RF_OUTCOME_NONE
};
struct rf_outcome {
	enum rf_outcome_source source;
	uint16_t status;                /* 0: nothing is known */
	bool terminated;                /* Subscription-State: no further NOTIFY will come */
	bool review;                    /* the body was BAD or drifted: keep it for a human */
	struct rf_body body;
};
/* What a NOTIFY (RF_VERDICT_OK) says: the body first, then its header fields.  The status decides
 * the outcome, Subscription-State only the life of the subscription (S2), unless nothing else is
 * said. */
void rf_outcome_read(struct rf_outcome *, const struct rf_message *notify,
    const struct rf_body_mapping *mapping);

#endif
