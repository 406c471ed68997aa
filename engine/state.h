/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/state.h -- the one block all engine state lives in, and the step that walks over it.
 *
 *      struct rf_engine | indexes | maps | pool: transactions | pool: dialogs | ... | timers | text
 *
 * Fixed slots, references instead of pointers: the block can be copied, hashed and restored.  What
 * a reference names may be gone; rf_<kind>_at says so with NULL.  Internal to engine/. */
#ifndef RF_ENGINE_STATE_H
#define RF_ENGINE_STATE_H

#include "engine/drbg.h"
#include "engine/engine.h"
#include "engine/fsm.h"
#include "engine/pool.h"
#include "engine/text.h"
#include "engine/timers.h"

/* ---- kinds of slots, and the machines that run on them -------------------------------------- */

enum rf_kind {
	RF_KIND_NONE,
	RF_KIND_TXN,
	RF_KIND_DIALOG,
	RF_KIND_LEG,
	RF_KIND_CALL,
	RF_KIND_REFER,
	RF_KIND_SUBSCRIPTION,
	RF_KIND_ROUTE,
	RF_KIND_REPLACE,
	RF_KIND_RECEIVER,
	RF_KIND_DELIVERY,
	RF_KIND_MAX
};

/* MACHINE(id, fsm, kind, state field): the order is that of rf_engine_machine. */
#define RF_MACHINES(MACHINE) \
	MACHINE(ICT, ict, TXN, txn, state) \
	MACHINE(NICT, nict, TXN, txn, state) \
	MACHINE(IST, ist, TXN, txn, state) \
	MACHINE(NIST, nist, TXN, txn, state) \
	MACHINE(DIALOG, dialog, DIALOG, dialog, state) \
	MACHINE(LEG, leg, LEG, leg, state) \
	MACHINE(ACCEPT, accept, LEG, leg, accept_state) \
	MACHINE(OFFER, offer, LEG, leg, offer_state) \
	MACHINE(CALL, call, CALL, call, state) \
	MACHINE(REFER, refer, REFER, refer, state) \
	MACHINE(SUBSCRIPTION, subscription, SUBSCRIPTION, subscription, state) \
	MACHINE(ROUTE, route, ROUTE, route, state) \
	MACHINE(REPLACE, replace, REPLACE, replace, state) \
	MACHINE(RECEIVER, receiver, RECEIVER, receiver, state) \
	MACHINE(DELIVERY, delivery, DELIVERY, delivery, state)

enum rf_machine {
#define MACHINE(id, fsm, kind, type, field) RF_MACHINE_##id,
	RF_MACHINES(MACHINE)
#undef MACHINE
	RF_MACHINE_MAX
};
#define MACHINE(id, fsm, kind, type, field) extern const struct rf_fsm rf_##fsm##_fsm;
RF_MACHINES(MACHINE)
#undef MACHINE

/* TIMER(id, kind, index in its slot, machine, event): every timer has one owner and one event. */
#define RF_TIMERS(TIMER) \
	TIMER(TXN_RETRANSMIT, TXN, 0)           /* A, E, G */ \
	TIMER(TXN_END, TXN, 1)                  /* B, F, H, then D, K, I, J, L, M */ \
	TIMER(LEG_CANCEL, LEG, 0) \
	TIMER(LEG_2XX, LEG, 1) \
	TIMER(LEG_ACK, LEG, 2) \
	TIMER(LEG_OFFER, LEG, 3) \
	TIMER(CALL_COMMIT, CALL, 0) \
	TIMER(REFER_STORE, REFER, 0) \
	TIMER(REFER_BYE, REFER, 1) \
	TIMER(REFER_SWAP, REFER, 2) \
	TIMER(SUBSCRIPTION_EXPIRE, SUBSCRIPTION, 0) \
	TIMER(ROUTE_RING, ROUTE, 0) \
	TIMER(ROUTE_RETRY, ROUTE, 1) \
	TIMER(ROUTE_COMMIT, ROUTE, 2) \
	TIMER(REPLACE_SWAP, REPLACE, 0) \
	TIMER(REPLACE_COMMIT, REPLACE, 1) \
	TIMER(RECEIVER_OPEN, RECEIVER, 0) \
	TIMER(DELIVERY_RETRY, DELIVERY, 0)
enum {                                          /* index of the timer within its slot */
#define TIMER(id, kind, index) RF_T_##id = index,
	RF_TIMERS(TIMER)
#undef TIMER
};

/* ---- slots ---------------------------------------------------------------------------------- */

/* A transaction, RFC 3261 17.  Server: what responses must echo, and the last response.  Client:
 * the request as sent.  Both freed or shrunk as soon as the machine no longer needs them. */
struct rf_txn {
	struct rf_slot slot;
	uint8_t machine;                        /* enum rf_machine: ICT, NICT, IST, NIST */
	uint8_t state;
	uint8_t method;                         /* enum rf_method */
	uint8_t owner_kind;                     /* enum rf_kind of owner */
	bool reliable;                          /* TCP or TLS: no retransmission */
	bool cancelled;                         /* ICT: CANCEL was sent (at most one) */
	bool has_body;                          /* the request carried a body */
	bool retired; /* ended; the slot goes back when this step is over */
	bool lingers;                           /* in the list of those that may be given up */
	uint8_t leg_number;                     /* for traces; 255: none */
	uint8_t forks;                          /* ICT: spare 2xx that got ACK and BYE */
	uint16_t status;                        /* last status sent (server) or received (client) */
	uint32_t cseq;
	uint32_t rseq;                          /* relayed PRACK bookkeeping */
	uint32_t interval_ms;                   /* of the next retransmission */
	uint32_t out_at, out_len; /* what is to be sent, in this step's bytes; else 0 */
	uint32_t older, newer;                  /* lingering ones, 1 + index; 0: nobody */
	uint64_t key;                           /* map key: branch, sent-by, method */
	uint64_t branch;                        /* client: the number in our branch */
	uint64_t session;
	rf_ref owner;                           /* who is told: a leg, a subscription, ... */
	rf_ref peer;                            /* the transaction this one carries on for, or 0 */
	struct rf_path path;
	rf_text sent;                           /* request (client) or last response (server) */
	rf_text ack;                            /* ICT: the ACK to a non-2xx */
	rf_text echo;                           /* server: see rf_echo in compose.h */
	rf_text identity;                       /* client over TLS: reference identity */
};

/* A dialog, RFC 3261 12: identity, route, sequence.  What uses it is counted (RFC 5057). */
enum {
	RF_DT_CALL_ID,
	RF_DT_LOCAL,
	RF_DT_REMOTE,
	RF_DT_REMOTE_TAG,
	RF_DT_ROUTES,
	RF_DT_IDENTITY,
	RF_DT_MAX
};
struct rf_dialog {
	struct rf_slot slot;
	uint8_t state;                          /* dialog.def */
	uint8_t usages;
	bool uas;                               /* made by a request we received */
	bool strict;                            /* first route without ;lr */
	bool outside;                           /* a REFER with Target-Dialog made it: no call */
	bool refer_seen;                        /* a REFER was accepted here: ids from now on */
	bool remote_cseq_known;
	uint32_t local_cseq, remote_cseq;
	uint32_t invite_cseq;                   /* of our last INVITE here: its ACK bears it */
	uint64_t local_tag;
	rf_ref leg;
	rf_text fixed;                          /* RF_DT_* one after the other */
	uint16_t fixed_len[RF_DT_MAX];
	rf_text target;                         /* remote target URI, as refreshed */
	rf_text ack;                            /* the last ACK we sent, for repeated 2xx ... */
	uint32_t ack_cseq;                      /* ... to this INVITE; a later one may be out */
	struct rf_path path;                    /* the flow: where in-dialog requests go */
	bool hop_known;                         /* the next hop is named by its address */
	uint16_t hop_port;                      /* 0: that of the transport */
	uint8_t hop_ip[16];
};

enum rf_role { RF_ROLE_CALLER, RF_ROLE_CALLEE, RF_ROLE_TARGET, RF_ROLE_IVR, RF_ROLE_MAX };

/* One party: an INVITE usage of a dialog, seen from us. */
struct rf_leg {
	struct rf_slot slot;
	uint8_t state, accept_state, offer_state;
	uint8_t role;                           /* enum rf_role */
	uint8_t number;                         /* within its session, for traces: it may wrap */
	bool uas;
	bool refer_allowed;                     /* REFER belongs into Allow towards it (T12) */
	bool ack_owed;                          /* a 2xx waits for its ACK (late offer) */
	bool reoffer_wanted;                    /* a re-INVITE of ours waits for a stable leg */
	bool answered_with_body;                /* its 2xx to an INVITE of our own had one */
	bool sdp_offered;                       /* its latest SDP was an offer of its own */
	bool media_changed;                     /* its answer differs from what it said before */
	bool late;                              /* our INVITE had no offer: its 2xx brings one */
	bool heard;                             /* something answered its INVITE */
	bool restored;                          /* it came back from the store */
	bool rel100, require_100rel;            /* reliable 1xx: possible, demanded */
	uint16_t status;                        /* why it failed or is ended; 200: replaced */
	uint32_t retry_after_s;
	uint32_t rseq;                          /* of the last reliable provisional we relayed */
	uint32_t remote_rseq, remote_rseq_cseq; /* RSeq and CSeq it stands for on the other side */
	uint32_t interval_ms;                   /* of the 2xx being repeated */
	uint32_t sdp_version;
	uint64_t sdp_id, sdp_sent;              /* o= session id; hash of what was last sent */
	uint32_t serial;                        /* within its session: the key of its draws */
	rf_ref call, peer, dialog, route;
	rf_ref reoffer_from;                    /* whose media our own re-INVITE offers */
	rf_ref answer_from;                     /* whose answer its offer awaits; 0: its peer's */
	rf_ref server, client;                  /* INVITE transactions in progress, either way */
	rf_text sdp;                            /* the party's latest offer or answer */
	rf_text final;                          /* the 2xx being repeated until ACK */
	struct rf_path final_path;              /* its way back, and the INVITE it answers */
	uint32_t final_cseq;
	rf_text partner;                        /* trunk the leg belongs to */
	rf_text content_type;
};

/* A session: two parties and what ties them.  Everything else hangs off it. */
enum { RF_CALL_LEGS_MAX = 8 };
struct rf_call {
	struct rf_slot slot;
	uint8_t state;
	uint32_t legs_made;
	uint8_t question;                       /* sequence in the tokens of its questions */
	uint16_t status;                        /* what the caller is refused with */
	uint64_t session;
	uint64_t secret;                        /* key of what is drawn for it, see rf_call_draws */
	rf_time since, answered;                /* answered: 0 before */
	rf_ref pair[2];                         /* the bridged parties; [0] called us first */
	rf_ref leg[RF_CALL_LEGS_MAX];           /* every living leg */
	rf_ref route;                           /* of the set-up */
	rf_ref refer;                           /* the pending REFER, if any */
	rf_ref releasing;                       /* the concluded one, its referrer still there */
	rf_ref replace;                         /* the INVITE with Replaces under way, if any */
	uint8_t refers;                         /* slots that name this call */
	uint32_t transfers;                     /* REFERs accepted */
	rf_text carry;                          /* lines of the first INVITE that may pass on */
	rf_text origin;                         /* its Call-ID and From-tag, raw (R6) */
	uint16_t origin_call_id_len;
	uint64_t origin_to_tag;                 /* and ours */
	rf_text pass;                           /* names of headers that may pass either way */
	uint8_t max_forwards;                   /* what the caller's INVITE has left (RFC 7332) */
	uint32_t events;                        /* records written so far */
	rf_text about;                          /* partner, route, target: as in its records */
};

/* One accepted (or refused) REFER; lives until its referrer is released. */
struct rf_refer {
	struct rf_slot slot;
	uint8_t state;
	uint8_t question;
	bool referrer_left, survivor_left;
	bool rescued;                           /* the survivor is with the ivr */
	bool silent;                            /* no subscription (norefersub) */
	bool concluded, telling, told; /* outcome decided, stored; final NOTIFY done with */
	uint8_t outcome;                        /* enum rf_outcome */
	uint16_t status;                        /* of the target, or a local cause */
	uint16_t accept_code;
	uint32_t cseq;                          /* of the REFER: its id */
	uint32_t wait_for_bye_ms;
	bool notify_ringing, with_id;           /* NOTIFY 180; Event with an id */
	rf_ref call, referrer, survivor, target;
	rf_ref server;                          /* the REFER's transaction until answered */
	rf_ref dialog;                          /* of its own (Target-Dialog); 0: the referrer's */
	rf_ref subscription, route;
	rf_text refer_to, referred_by;          /* raw, as received (R6) */
	rf_text ids;                            /* its dialog's Call-ID and From-tag, raw */
	uint16_t ids_call_id_len;
	uint64_t ids_to_tag;                    /* and ours */
	rf_time since;
};
enum rf_outcome { RF_OUTCOME_NONE, RF_OUTCOME_TRANSFERRED, RF_OUTCOME_FAILED, RF_OUTCOME_CLOSED };

/* One INVITE with Replaces (RFC 3891): the new party's leg, and whose place it is to take. */
struct rf_replace {
	struct rf_slot slot;
	uint8_t state;
	uint8_t question;
	bool early_only;                        /* only while it rings (RFC 3891 7.1) */
	rf_ref call, leg, replaced, survivor;
};

/* A receiver of events that has some to come, or that failed lately. */
struct rf_receiver {
	struct rf_slot slot;
	uint8_t state;
	uint8_t index;                          /* in the config */
	uint8_t question;
	bool fetching;                          /* the store was asked and has not answered ... */
	uint8_t asked;                          /* ... for so many */
	bool news;                              /* there is more than was fetched */
	uint32_t failures;                      /* in a row */
	uint32_t deliveries;                    /* slots it has */
	uint32_t posts;                         /* under way */
	int64_t fetched_to;                     /* number of the last delivery it was given */
};

/* One event on its way to one receiver. */
struct rf_delivery {
	struct rf_slot slot;
	uint8_t state;
	uint8_t question;
	uint8_t settled;                        /* enum rf_settled, once it is */
	uint32_t attempts;                      /* made so far */
	uint32_t retry_after_s;                 /* of the last answer */
	int64_t number;
	uint64_t session;
	rf_ref receiver;
};

/* The implicit subscription of a REFER, notifier side (RFC 6665). */
struct rf_subscription {
	struct rf_slot slot;
	uint8_t state;
	bool with_id;
	bool renewed;                           /* what to NOTIFY next */
	uint8_t tries;                          /* without a transaction for the last one */
	uint16_t waits;                         /* the status it will have */
	uint16_t last;                          /* status last sent */
	uint32_t id;
	rf_ref dialog, refer;
	rf_time expires;
};

/* The attempts to reach somebody: targets, addresses, back-off, overflow, ivr. */
struct rf_route {
	struct rf_slot slot;
	uint8_t state;
	uint8_t question;
	uint8_t owner_kind;                     /* CALL or REFER */
	uint8_t target;                         /* index in plan->target */
	uint8_t tries;                          /* of this target */
	uint8_t address, addresses;             /* index and count of resolved addresses */
	bool in_overflow, overflow_used, in_ivr;
	bool silent;                            /* nothing answered the last attempt */
	bool over_stream, stream_failed; /* too long for UDP: over a stream; there was none */
	bool again;                             /* the same INVITE after a restart, unheard yet */
	uint16_t status;                        /* of the last failure */
	uint16_t attempts;                      /* INVITEs placed in all */
	uint32_t retry_after_s;
	rf_ref owner, leg;
	rf_text plan;                           /* struct rf_plan */
	rf_text address_list;                   /* struct rf_addr[] */
	rf_text identity;                       /* host the address was resolved from */
};

/* ---- the engine ----------------------------------------------------------------------------- */

enum { RF_QUEUE_MAX = 256 };                    /* internal events of one step */
struct rf_internal {
	uint8_t machine, event;
	uint16_t status;
	rf_ref subject, other;
};

/* A request that was answered without a transaction: its retransmissions get the same (RFC 3261
 * 8.2.7), whatever room there is by then.  Of more than RF_SHED_MAX, the older are forgotten. */
enum { RF_SHED_MAX = 256 };
struct rf_shed {
	uint64_t key;
	rf_time until;
	uint64_t status;                        /* 503; or 200: a BYE */
};

struct rf_engine {
	uint32_t magic;
	bool draining;
	struct rf_engine_config config;
	struct rf_engine_limits limits;
	struct rf_drbg drbg;
	uint64_t sessions;                      /* numbers given so far */
	rf_time now;
	int64_t wall_clock_us;                  /* wall clock minus monotonic */
	uint64_t hash[2];
	struct rf_stats stats;
	struct rf_pools pools;
	struct rf_texts texts;
	struct rf_timers timers;
	struct rf_map txn_map, dialog_map;
	rf_ref receiver[RF_RECEIVERS_MAX];      /* by index in the config; 0: nothing for it */
	int64_t fetched_to[RF_RECEIVERS_MAX];   /* of those that are gone: where to go on */
	uint32_t linger_oldest, linger_newest;  /* transactions in a LINGER state, 1 + index */
	uint32_t queue_head, queue_len;
	struct rf_internal queue[RF_QUEUE_MAX];
	struct rf_fsm_index index[RF_MACHINE_MAX];
	struct rf_shed shed[RF_SHED_MAX];       /* a ring */
	uint32_t shed_next;
	rf_time shed_until;                     /* of the latest one */
	rf_time strays_until;                   /* after a restart: see RF_STRAYS_S */
	uint32_t link_down;                     /* a lost link, its transactions not all told */
	uint64_t trace_count;
	struct rf_trace trace[RF_TRACE_MAX];
	struct rf_message message;              /* the input, framed; valid during its step only */
};

/* What guards look at and actions work on: one step of one machine. */
struct rf_step {
	struct rf_engine *e;
	rf_time now;
	const struct rf_event *event;           /* the input */
	struct rf_message *message;             /* the input framed, or NULL */
	struct rf_effects *out;
	/* the subject of the running machine, and what it hangs off (NULL where there is none) */
	struct rf_txn *txn;
	struct rf_dialog *dialog;
	struct rf_leg *leg;
	struct rf_call *call;
	struct rf_refer *refer;
	struct rf_subscription *subscription;
	struct rf_route *route;
	struct rf_replace *replace;
	struct rf_receiver *receiver;
	struct rf_delivery *delivery;
	uint16_t status;                        /* what the internal event says */
	rf_ref other;                           /* and whom it speaks of */
};

/* ---- layout.c ------------------------------------------------------------------------------- */

enum { RF_MAGIC = 0x72666572 };
/* The machine as this engine runs it: the compiled one, or a test's. */
const struct rf_fsm *rf_machine_of(const struct rf_engine *, unsigned machine);
/* Hash of all that a block's meaning hangs on: limits, sizes, offsets, rows of the tables. */
uint64_t rf_engine_layout(const struct rf_engine_limits *);
/* Writes what follows from limits and program anew into a block that was copied; false: it is none
 * of these limits. */
bool rf_engine_lay_out(struct rf_engine *, const struct rf_engine_limits *);

/* ---- engine.c ------------------------------------------------------------------------------- */

/* Runs one event through the machine of its subject, now.  Actions may call it for the machine
 * right below them; upwards they use rf_raise. */
void rf_run(struct rf_step *, enum rf_machine, rf_ref subject, uint8_t event, uint16_t status,
    rf_ref other);
/* The same, later in this step: run to completion, first in first out. */
void rf_raise(struct rf_step *, enum rf_machine, rf_ref subject, uint8_t event, uint16_t status,
    rf_ref other);

/* Room for one more effect; never NULL (the bounds are proved by the table test). */
struct rf_effect *rf_effect_new(struct rf_step *, enum rf_effect_kind);
/* A writer over the step's byte arena, and its end: the slice stays valid until the next step. */
void rf_bytes_begin(struct rf_step *, struct rf_writer *);
struct rf_slice rf_bytes_end(struct rf_step *, struct rf_writer *);

rf_token rf_token_of(enum rf_kind, rf_ref, uint8_t question);

void rf_note(struct rf_step *, uint64_t session, const char *text);
void rf_trace_message(struct rf_step *, enum rf_trace_kind, const struct rf_path *,
    uint64_t session, uint8_t leg_number, uint8_t role, uint16_t status, uint8_t method,
    bool retransmission);

/* ---- slots by reference: NULL if it is gone ------------------------------------------------- */

struct rf_txn *rf_txn_at(const struct rf_engine *, rf_ref);
struct rf_dialog *rf_dialog_at(const struct rf_engine *, rf_ref);
struct rf_leg *rf_leg_at(const struct rf_engine *, rf_ref);
struct rf_call *rf_call_at(const struct rf_engine *, rf_ref);
struct rf_refer *rf_refer_at(const struct rf_engine *, rf_ref);
struct rf_subscription *rf_subscription_at(const struct rf_engine *, rf_ref);
struct rf_route *rf_route_at(const struct rf_engine *, rf_ref);
struct rf_replace *rf_replace_at(const struct rf_engine *, rf_ref);
struct rf_receiver *rf_receiver_at(const struct rf_engine *, rf_ref);
struct rf_delivery *rf_delivery_at(const struct rf_engine *, rf_ref);

#endif
