/* SPDX-License-Identifier: BSD-2-Clause */
/* policy/parts.h -- what the files of policy/ know of each other; nobody else includes it. */
#ifndef RF_POLICY_PARTS_H
#define RF_POLICY_PARTS_H

#include "policy/policy.h"

#define RF_POLICY_NONE UINT32_MAX              /* an index that names nothing */

/* ---- index.c: names to numbers */
enum { RF_INDEX_NAMES_MAX = 1 << 20 };
struct rf_index_slot {
	struct rf_slice name;                   /* p is NULL: empty */
	uint32_t at;
};
struct rf_index {
	struct rf_index_slot *slot;
	uint32_t mask;
};
bool rf_index_init(struct rf_index *, uint32_t names);
void rf_index_fini(struct rf_index *);
/* Keeps the pointer; a name that is there already keeps its number, which is returned. */
uint32_t rf_index_add(struct rf_index *, const char *name, uint32_t at);
/* RF_POLICY_NONE: no such name. */
uint32_t rf_index_find(const struct rf_index *, struct rf_slice name);

/* ---- route_index.c: the rules that could take a key, in their order */
enum rf_key_sort { RF_KEY_EXACT, RF_KEY_STAR, RF_KEY_GLOB };
struct rf_route_list {
	struct rf_slice literal;                /* that its patterns begin with; p is NULL: empty */
	uint32_t partner;                       /* 1 + index; 0: of anybody */
	bool exact;
	uint32_t first, last;
};
struct rf_route_index {
	struct rf_route_list *list;
	uint32_t mask;
	uint32_t *next;                         /* of each route, in its list */
	char *text;                             /* of the literals */
	bool has_len[RF_POLICY_KEY_MAX + 1];    /* some literal before a star has that length */
};
bool rf_route_index_init(struct rf_route_index *, const struct rf_policy *);
void rf_route_index_fini(struct rf_route_index *);
struct rf_route_search {
	const struct rf_route_index *index;
	uint32_t lists;
	uint32_t head[2 * (RF_POLICY_KEY_MAX + 2)];
};
void rf_route_search_begin(struct rf_route_search *, const struct rf_policy *,
    const char *partner_or_null, struct rf_slice key);
uint32_t rf_route_search_next(struct rf_route_search *); /* RF_POLICY_NONE: no more */

struct rf_policy {
	const struct rf_policy_tables *tables;
	struct rf_index partners, queues, skills;
	struct rf_route_index routes;
	struct rf_pattern **pattern;            /* of each rule of normalise; NULL: it has none */
	uint32_t *position;                     /* per queue: which target is first next time */
	uint64_t embedded_dropped;
	struct rf_policy_denials denials;
	rf_time *refers_due;                    /* of each partner: when its bucket is full again */
	struct rf_allowlist *allowed;           /* of each partner */
};

/* A plan while it is written.  Text that does not fit sets `full`; then the plan cannot be used. */
struct rf_drafting {
	struct rf_plan *plan;
	bool full;
};

/* ---- plan.c */
void rf_draft_begin(struct rf_drafting *, struct rf_plan *);
struct rf_span rf_draft_text(struct rf_drafting *, struct rf_slice);
struct rf_span rf_draft_string(struct rf_drafting *, const char *nul_terminated_or_null);
void rf_draft_partner(struct rf_drafting *, const struct rf_policy_partner *);
/* `skill`: the row of a route to skills; else RF_POLICY_NONE.  Without a question all is open. */
void rf_draft_route(struct rf_drafting *, struct rf_policy *, const struct rf_route_question *,
    uint32_t route, uint32_t skill);
/* What such a row makes of any route to skills. */
void rf_draft_skill(struct rf_drafting *, struct rf_policy *, const struct rf_route_question *,
    uint32_t skill);
void rf_draft_failover(struct rf_drafting *, const struct rf_policy_tables *,
    const char *partner_or_null);
/* What a row of screening leads to; false: nowhere. */
bool rf_draft_screening(struct rf_drafting *, struct rf_policy *, const struct rf_route_question *,
    uint32_t row);
void rf_draft_refusal(struct rf_drafting *, uint32_t status, enum rf_refusal);
/* Turns a plan that did not fit into a refusal, and seals the size. */
void rf_draft_end(struct rf_drafting *);

/* ---- identify.c */
bool rf_partner_holds(const struct rf_policy_partner *, const struct rf_route_question *,
    uint32_t *prefix_bits);
uint32_t rf_partner_identify(const struct rf_policy_tables *, const struct rf_route_question *);

/* ---- key.c */
struct rf_key {
	char text[RF_POLICY_KEY_MAX];
	uint32_t len;
};
/* The routing key of a URI; false: a bad escape, a control byte, too long. */
bool rf_key_make(struct rf_key *, const struct rf_uri *);
/* The same of any part of one; false: *key is as it was. */
bool rf_key_set(struct rf_key *, struct rf_slice escaped);
struct rf_slice rf_key_slice(const struct rf_key *);
bool rf_key_is_number(const struct rf_key *);
void rf_key_drop_separators(struct rf_key *);

/* ---- pattern.c */
struct rf_pattern;
enum rf_pattern_result {
	RF_PATTERN_MATCH,
	RF_PATTERN_NO_MATCH,
	RF_PATTERN_TOO_LONG,                    /* what would replace it */
	RF_PATTERN_TOO_MANY_STEPS,
};
struct rf_pattern *rf_pattern_new(const char *text); /* NULL: it is none, or there is no memory */
void rf_pattern_free(struct rf_pattern *);
enum rf_pattern_result rf_pattern_match(const struct rf_pattern *, struct rf_slice text);
/* The first match becomes the replacement; otherwise the key is as it was. */
enum rf_pattern_result rf_pattern_replace(const struct rf_pattern *, const char *replacement,
    struct rf_key *);

/* ---- normalise.c: 0, or a status and *why */
uint32_t rf_key_normalise(const struct rf_policy *, const struct rf_route_question *,
    const struct rf_policy_partner *, const struct rf_uri *, struct rf_key *, enum rf_refusal *why);

/* ---- hours.c */
bool rf_hours_hold(const struct rf_policy_window *, uint32_t count,
    const struct rf_route_question *);
/* Of one queue; of one and all that it overflows to.  No question: they are. */
bool rf_queue_is_open(const struct rf_policy *, uint32_t queue, const struct rf_route_question *);
bool rf_queues_are_open(const struct rf_policy *, const char *name,
    const struct rf_route_question *);

/* ---- routes.c */
bool rf_trigger_fits(enum rf_policy_trigger, enum rf_plan_trigger);
struct rf_route_found {
	uint32_t route;                         /* RF_POLICY_NONE: no rule takes the key */
	uint32_t skill;                         /* row that it was taken by, or RF_POLICY_NONE */
	bool closed;                            /* none takes it now; at other hours one does */
};
void rf_route_find(const struct rf_policy *, const struct rf_route_question *,
    const struct rf_policy_partner *, struct rf_slice key, struct rf_route_found *out);
uint32_t rf_queue_find(const struct rf_policy *, const char *name_or_null);

/* How many elements all header fields with that id hold together, and the first of them. */
uint32_t rf_elements_count(const struct rf_message *, enum rf_header_id, struct rf_slice *first);

/* ---- allowlist.c: one a partner */
struct rf_allowlist;
struct rf_allowlist *rf_allowlists_new(uint32_t count);
struct rf_allowlist *rf_allowlist_at(struct rf_allowlist *, uint32_t index);
void rf_allowlists_free(struct rf_allowlist *, uint32_t count);
bool rf_allowlist_init(struct rf_allowlist *, const char **pattern, uint32_t count);
bool rf_allowlist_has(const struct rf_allowlist *, const struct rf_uri *);
bool rf_referred_by_read(struct rf_slice pattern, struct rf_uri *, struct rf_key *);

/* ---- limits.c: 0 if it may pass, else a status and *why */
uint32_t rf_refer_limit(struct rf_policy *, const struct rf_route_question *,
    const struct rf_policy_partner *, enum rf_refusal *why);
uint32_t rf_refer_destination(const struct rf_policy_partner *, struct rf_slice key,
    enum rf_refusal *why);

/* ---- authorise.c, refer_to.c: 0 if it may pass, else a status and *why */
uint32_t rf_refer_authorise(const struct rf_policy_partner *, const struct rf_allowlist *,
    struct rf_message *, struct rf_slice *referred_by, enum rf_refusal *why);
uint32_t rf_refer_to_screen(struct rf_message *, enum rf_refusal *why);
uint32_t rf_refer_to_embedded(struct rf_drafting *, struct rf_slice headers, struct rf_policy *,
    enum rf_refusal *why);
/* Header lines without those of that name (NULL: all of them); it works in place. */
struct rf_slice rf_lines_without(char *lines, uint32_t len, const char *name);

/* ---- failover.c */
struct rf_failover_row {
	const struct rf_policy_failover *row;
	uint32_t number;                        /* in the file, or RF_FAILOVER_SHIPPED and on */
};
uint32_t rf_failover_rows(const struct rf_policy_tables *, const char *partner_or_null,
    struct rf_failover_row *out, uint32_t max);
/* The user's row for a status of screening; RF_POLICY_NONE: that is the answer. */
uint32_t rf_failover_screening(const struct rf_policy_tables *, const char *partner,
    uint32_t status);

#endif
