/* SPDX-License-Identifier: BSD-2-Clause */
/* policy/policy.h -- may this request pass, and where does it go: a request and tables in, a
 * plan out.
 *
 * The tables are plain structs so that a configuration file, a test and the simulator can all fill
 * them. Policy has no clock, no sockets and no log: the same tables, questions and order of
 * questions give the same plans. Its only state are the positions of the round-robin queues and
 * counters. */
#ifndef RF_POLICY_POLICY_H
#define RF_POLICY_POLICY_H

#include "engine/plan.h"
#include "engine/types.h"
#include "grammar/grammar.h"
#include "policy/reasons.h"

enum {
	RF_POLICY_KEY_MAX = 256,                /* bytes of a routing key or of a glob */
	RF_POLICY_RING_MS = 30 * 1000,          /* ring time where none is given; that of the ivr */
	RF_POLICY_TEXT_RESERVE = 2 * 1024,      /* of a plan's text: for what the request brings */
	RF_POLICY_TRAIL_MAX = 128,              /* routes remembered by a trail */
	RF_POLICY_RULES_MAX = 64,               /* of normalise */
	RF_POLICY_ERROR_MAX = 192,              /* bytes of a sentence about a pattern */
};

/* ---- tables: read only, borrowed for the life of the policy ---------------------------------- */

struct rf_policy_network {                      /* 198.51.100.0/24 */
	uint8_t ip[16];                         /* IPv4 is mapped, as in struct rf_addr */
	uint8_t bits;                           /* 0..128; IPv4: 96 + prefix length */
};

struct rf_policy_rate {                         /* so many in so long, at once or spread */
	uint32_t count, per_ms;
};

enum rf_policy_refer { RF_POLICY_TERMINATE, RF_POLICY_REJECT };

enum rf_policy_missing {                        /* a REFER without Referred-By ... */
	RF_MISSING_DEFAULT,                     /* ... refused if there is a list, else allowed */
	RF_MISSING_REFUSE,
	RF_MISSING_FROM,                        /* ... is judged by its From */
	RF_MISSING_ALLOW,
};

enum rf_policy_subscription_id { RF_ID_FIRST_OMITS, RF_ID_ALWAYS };    /* T27 */

struct rf_policy_partner {                      /* a trunk */
	const char *name;
	/* who it is: every criterion given must hold, one entry of each suffices */
	const char **tls_san;                   /* names its certificate proves (RFC 5922) */
	uint32_t tls_san_count;
	struct rf_policy_network *source;
	uint32_t source_count;
	/* what it may */
	enum rf_policy_refer refer;
	uint32_t refer_code;                    /* REJECT: 403, 405 or 603 */
	uint32_t accept_code;                   /* 202 or 200 */
	const char **referred_by;               /* "sip:agent@acme.example", "sip:*@acme.example" */
	uint32_t referred_by_count;
	enum rf_policy_missing referred_by_missing;
	uint32_t referred_by_code;              /* to whom it is missing or not listed; 0: 403 */
	const char **destinations;              /* globs over keys it may refer to; none: all */
	uint32_t destinations_count;
	uint32_t refer_depth;                   /* transfers of one call; 0: any number */
	struct rf_policy_rate refer_rate;       /* count 0: any */
	uint32_t limit_code;                    /* answer beyond the two; 0: 403 */
	/* how it is spoken to */
	uint32_t *notify_provisional;           /* statuses told by NOTIFY on the way */
	uint32_t notify_provisional_count;
	enum rf_policy_subscription_id subscription_id;
	uint32_t wait_for_bye_ms;
	const char **pass;                      /* header names, "X-Acme-*" too */
	uint32_t pass_count;
};

enum rf_policy_trigger { RF_ON_ANY, RF_ON_INVITE, RF_ON_REFER };

enum rf_policy_take_kind { RF_TAKE_NOTHING, RF_TAKE_HOST, RF_TAKE_PARAMETER, RF_TAKE_HEADER };
struct rf_policy_take {                         /* a part of the URI that becomes the key */
	enum rf_policy_take_kind kind;
	const char *name;                       /* of the parameter, of the header; else "" */
};
enum rf_policy_fold { RF_FOLD_NOTHING, RF_FOLD_LOWER, RF_FOLD_UPPER };

struct rf_policy_rule {                         /* of normalise; it does one of four things */
	/* when: what is NULL is always so */
	const char *partner;
	enum rf_policy_trigger trigger;
	const char *key;                        /* a glob over the key as it is so far */
	/* what */
	struct rf_policy_take take;
	const char *match, *replace;            /* regular expression; its first match becomes */
	const char *country, *national, *international; /* "49", "0", "00": to +49... */
	enum rf_policy_fold fold;
};

/* Local time somewhere.  Over midnight if `to` is not later than `from`; never both the same. */
struct rf_policy_window {
	const char *zone;                       /* "Europe/Berlin" */
	uint8_t days;                           /* bit 0: Monday; of its beginning */
	uint16_t from, to;                      /* minutes of the day; the end is not within */
};
struct rf_policy_local {
	uint8_t weekday;                        /* 0: Monday */
	uint16_t minute;                        /* of the day */
};

enum rf_policy_to { RF_TO_QUEUE, RF_TO_SKILL, RF_TO_URI, RF_TO_REJECT };
struct rf_policy_destination {
	enum rf_policy_to kind;
	const char *text;                       /* the queue's name; the URI */
};

struct rf_policy_route {                        /* first match wins; what is NULL matches all */
	const char *name;                       /* NULL: called "routes[3]" */
	const char *partner;
	enum rf_policy_trigger trigger;
	const char *key;                        /* a glob over the routing key */
	struct rf_policy_window *hours;         /* one must hold; none: always */
	uint32_t hours_count;
	struct rf_policy_destination to;
	uint32_t status;                        /* of RF_TO_REJECT */
	uint32_t ring_ms;                       /* of RF_TO_URI; 0: RF_POLICY_RING_MS */
	const char *wrap_up;                    /* of success; NULL: REFER_TRANSFER */
	const char *recording_policy;           /* NULL: that of the queue */
};

struct rf_policy_target {
	const char *uri;
	uint32_t ring_ms;                       /* 0: that of the queue */
	uint32_t weight;                        /* of RF_WEIGHTED; 0: 1 */
};

enum rf_policy_strategy { RF_PRIORITY, RF_ROUND_ROBIN, RF_WEIGHTED };
struct rf_policy_queue {
	const char *name;
	enum rf_policy_strategy strategy;
	uint32_t ring_ms;                       /* 0: RF_POLICY_RING_MS */
	struct rf_policy_target *targets;
	uint32_t targets_count;
	const char *overflow;                   /* name of a queue, or NULL */
	struct rf_policy_window *hours;         /* outside of them its overflow takes its place */
	uint32_t hours_count;
	const char *skill;                      /* what its agents can do; NULL: nothing is said */
	const char *recording_policy;           /* NULL: none; overflow: that of the first queue */
};

/* What a dynamic key leads to. A route to skills takes keys that stand here, and no others. */
struct rf_policy_skill {
	const char *key;                        /* a routing key, exactly */
	const char *queue;
	const char *skill;                      /* NULL: called like the key */
	const char *wrap_up;                    /* NULL: that of the route */
	const char *recording_policy;           /* NULL: that of the route, or of the queue */
};

struct rf_policy_codes {
	uint16_t min, max;
};
struct rf_policy_range {
	uint32_t min, max;
};
enum rf_policy_stage { RF_STAGE_TARGET, RF_STAGE_SCREENING };
struct rf_policy_failover {                     /* tried before the shipped rows */
	const char *partner;                    /* only of its requests; NULL: of all */
	enum rf_policy_stage stage;
	const char *to;                         /* SCREENING and OVERFLOW: the queue */
	struct rf_policy_codes code;
	enum rf_failover_action action;
	uint32_t times;
	struct rf_policy_range backoff_ms;
	uint32_t backoff_factor;                /* 2: what the engine does */
	uint32_t backoff_ms_cap, retry_after_ms_max;
	const char *wrap_up;                    /* NULL: UNAVAILABLE */
};

struct rf_policy_tables {
	struct rf_policy_partner *partners;
	uint32_t partners_count;
	struct rf_policy_rule *normalise;       /* at most RF_POLICY_RULES_MAX */
	uint32_t normalise_count;
	struct rf_policy_route *routes;
	uint32_t routes_count;
	struct rf_policy_queue *queues;
	uint32_t queues_count;
	struct rf_policy_skill *skills;
	uint32_t skills_count;
	struct rf_policy_failover *failover;
	uint32_t failover_count;
	const char *ivr;                        /* NULL: none */
	const char *recording_header;           /* tells a target its policy; NULL: none does */
};

/* ---- questions --------------------------------------------------------------------------- */

enum rf_route_verdict {                         /* why a rule was not taken */
	RF_ROUTE_TAKEN,
	RF_ROUTE_OTHER_TRIGGER,
	RF_ROUTE_OTHER_PARTNER,
	RF_ROUTE_OTHER_KEY,
	RF_ROUTE_NO_SKILL,                      /* to skills, and the key leads to none */
	RF_ROUTE_CLOSED,                        /* outside of its hours */
	RF_ROUTE_QUEUE_CLOSED,                  /* the queue, and all that it overflows to */
};
enum rf_step_verdict {                          /* what a rule of normalise did */
	RF_STEP_DONE,
	RF_STEP_OTHER_TRIGGER,
	RF_STEP_OTHER_PARTNER,
	RF_STEP_OTHER_KEY,
	RF_STEP_NO_PART,
	RF_STEP_NO_MATCH,
	RF_STEP_NO_NUMBER,
	RF_STEP_TOO_LONG,
	RF_STEP_TOO_MANY_STEPS,
};
struct rf_route_trail {                         /* every rule tried, for `referee route test` */
	bool has_key;                           /* a key could be made of the URI */
	uint16_t key_len;
	char key[RF_POLICY_KEY_MAX];            /* before the rules */
	uint32_t steps;                         /* rules of normalise, in their order */
	struct {
		enum rf_step_verdict verdict;
		uint16_t len;
		char key[RF_POLICY_KEY_MAX];    /* behind it */
	} step[RF_POLICY_RULES_MAX];
	uint32_t left_out;                      /* that did not fit, before the last one */
	uint32_t count;
	struct {
		uint32_t route;
		enum rf_route_verdict verdict;
	} at[RF_POLICY_TRAIL_MAX];
};

struct rf_route_question {
	enum rf_plan_trigger trigger;
	struct rf_path path;                    /* where the request came from */
	const struct rf_slice *names;           /* identities its TLS link has proved */
	uint32_t names_count;
	struct rf_slice partner;                /* of its dialog; empty: ask path, names */
	bool partner_assumed;                   /* do not ask the path about `partner` */
	uint32_t transfers;                     /* REFER: accepted in this call before */
	rf_time now;                            /* monotonic, for rates */
	struct rf_path named;                   /* flow of a dialog it only names; proto 0: none */
	const struct rf_slice *named_names;     /* identities that flow's link has proved */
	uint32_t named_names_count;
	struct rf_message *message;             /* passed by rf_message_parse; may be asked more */
	struct rf_route_trail *trail;           /* may be NULL */
	/* What time it is there, now; may be NULL where no table has hours. */
	void (*local_time)(void *user, const char *zone, struct rf_policy_local *out);
	void *user;
};

struct rf_policy;

/* NULL only without memory.  The tables must stay until rf_policy_free.  Names that are missing
 * or given twice do not hurt, so that tables may be asked about before they are found good. */
struct rf_policy *rf_policy_new(const struct rf_policy_tables *);
void rf_policy_free(struct rf_policy *);

/* Fills *out with leave to go on or with a refusal, always. */
void rf_policy_route(struct rf_policy *, const struct rf_route_question *, struct rf_plan *out);

/* Refused requests, by reason. */
const struct rf_policy_denials *rf_policy_denials(const struct rf_policy *);
/* Embedded headers of Refer-To that were not on the list and did not travel on (T12). */
uint64_t rf_policy_embedded_dropped(const struct rf_policy *);

/* ---- questions about tables, for who writes them ----------------------------------------- */

/* NULL if it is one, else what is wrong with it. */
const char *rf_glob_error(struct rf_slice pattern);
/* False: *error says why; a regular expression is tried out, too, for what makes it explode. */
bool rf_pattern_is_good(struct rf_slice pattern, char error[RF_POLICY_ERROR_MAX]);
bool rf_replacement_is_good(const char *good_pattern, const char *text,
    char error[RF_POLICY_ERROR_MAX]);
const char *rf_referred_by_pattern_error(struct rf_slice pattern);
const char *rf_pass_pattern_error(struct rf_slice pattern);
/* Of a header that we write ourselves on every INVITE. */
const char *rf_own_header_error(struct rf_slice name);

/* Do the plans of that route, whoever asks, leave RF_POLICY_TEXT_RESERVE bytes and keep to the
 * bounds of struct rf_plan? NULL if so, else what is too much. */
const char *rf_policy_fit_error(struct rf_policy *, uint32_t route);
/* The same of a row of skills, by whatever route it is reached. */
const char *rf_policy_skill_fit_error(struct rf_policy *, uint32_t skill);
/* The earlier route that takes all that this one could take; negative: there is none. */
int64_t rf_policy_shadow_index(const struct rf_policy *, uint32_t route);
/* Negative: there is none of that name. */
int64_t rf_policy_partner_index(const struct rf_policy *, const char *name);
int64_t rf_policy_queue_index(const struct rf_policy *, const char *name);
/* The row that such a key leads to; its first if it is given twice. */
int64_t rf_policy_skill_index(const struct rf_policy *, const char *key);
/* Rows that would stand in a plan of that partner (NULL: of one without rows of its own): the
 * user's, and the shipped ones they do not cover. */
uint32_t rf_failover_count(const struct rf_policy_tables *, const char *partner);

/* A glob of stars only: '?' and '[' mean themselves. */
bool rf_star_match(struct rf_slice pattern, struct rf_slice text);
bool rf_glob_match(struct rf_slice pattern, struct rf_slice text);
/* Is `uri` what the pattern means?  Not for unparsed text: that is never on a list. */
bool rf_referred_by_match(struct rf_slice pattern, const struct rf_uri *uri);

#endif
