/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/plan.h -- the answer to a ROUTE question: may this request pass, and where does it go.
 *
 * A plan is self-contained: one block of plan.size bytes without pointers, copied into the session,
 * so that a reload cannot change a running transfer.  policy/ makes it, the engine only follows it.
 */
#ifndef RF_ENGINE_PLAN_H
#define RF_ENGINE_PLAN_H

#include "engine/types.h"

enum {
	RF_PLAN_TARGETS_MAX = 8,
	RF_PLAN_FAILOVER_MAX = 24,
	RF_PLAN_TEXT_MAX = 6 * 1024,
};

/* Text inside the plan: plan->text[at .. at + len). */
struct rf_span {
	uint16_t at, len;
};

enum rf_plan_trigger {
	RF_TRIGGER_INVITE,
	RF_TRIGGER_REFER,
	RF_TRIGGER_OPTIONS,                     /* who is it? */
	RF_TRIGGER_REPLACE,                     /* is it the partner whose leg it names? */
};

struct rf_plan_target {
	struct rf_span uri;                     /* request-URI of the new INVITE */
	struct rf_span queue, recording_policy; /* of its own; empty: those of the plan */
	uint32_t ring_ms;                       /* how long it may ring */
	bool overflow;                          /* only reached by the failover action OVERFLOW */
};

enum rf_failover_action {
	RF_FAILOVER_NEXT,     /* the next ordinary target; the last: as END */
	RF_FAILOVER_RETRY,    /* the same target after a back-off; used up: as NEXT */
	RF_FAILOVER_OVERFLOW, /* the overflow targets, once; none: as END */
	RF_FAILOVER_IVR,      /* the ivr, at once */
	RF_FAILOVER_END,      /* give up this plan */
};

enum { RF_FAILOVER_SHIPPED = 64 };
struct rf_plan_failover {                       /* first row whose range holds the code is taken */
	uint16_t code_min, code_max;
	uint8_t action;                         /* enum rf_failover_action */
	uint8_t times;                          /* RETRY: at most this many */
	uint8_t row; /* where it stands in the file; from RF_FAILOVER_SHIPPED on: it is ours */
	uint32_t backoff_ms_min, backoff_ms_max;/* RETRY: U(min, max) x 2^(n-1) ... */
	uint32_t backoff_ms_cap;                /* ... capped */
	uint32_t retry_after_ms_max;            /* Retry-After is honoured up to here (T20) */
	struct rf_span wrap_up;                 /* wrap-up code when this row was the last word */
};

struct rf_plan {
	uint32_t size;                          /* bytes to copy: up to the end of the used text */
	uint16_t text_len;
	bool allow;
	/* a refusal (allow == false) */
	uint16_t status;                        /* 403, 404, 405, 429, 603 ... */
	struct rf_span why; /* for the log and the security event, never for the wire */
	/* who asked: the partner (trunk) the request was identified as */
	struct rf_span partner;
	bool refer_allowed; /* REFER belongs into Allow towards this partner (T12) */
	uint16_t accept_code;                   /* 202 or 200 (R2) */
	bool notify_ringing;                    /* NOTIFY 180 while the target rings (T24) */
	bool subscription_id_always;            /* Event id on the first REFER too (T27) */
	uint32_t wait_for_bye_ms;               /* T3: then we send the BYE */
	struct rf_span pass; /* comma separated header names that may pass, "X-A-*" too */
	/* where to */
	struct rf_span key;                     /* the routing key: normalised user part */
	struct rf_span route, queue, skill;     /* names, for the record */
	struct rf_span recording_policy;        /* id; empty: none */
	struct rf_span recording_header; /* its header in our INVITE; empty: it is not told */
	struct rf_span wrap_up;                 /* of success: REFER_TRANSFER */
	struct rf_span referred_by; /* raw, byte for byte, for the new INVITE (T13); may be empty */
	struct rf_span headers;     /* "Name: value CRLF"*, allowlisted embedded headers (T12) */
	struct rf_span ivr;                     /* URI of the last resort; empty: none configured */
	uint32_t ivr_ring_ms;
	uint8_t target_count, failover_count;
	struct rf_plan_target target[RF_PLAN_TARGETS_MAX];
	struct rf_plan_failover failover[RF_PLAN_FAILOVER_MAX];
	char text[RF_PLAN_TEXT_MAX];
};

/* The text of a span as a slice into the plan. */
static inline struct rf_slice
rf_plan_text(const struct rf_plan *plan, struct rf_span span)
{
	return (struct rf_slice){ plan->text + span.at, span.len };
}

#endif
