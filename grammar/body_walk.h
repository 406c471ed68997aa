/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/body_walk.h -- what body_json.c and body_xml.c share: where in a document a value stands,
 * and which of several values is the status. */
#ifndef RF_GRAMMAR_BODY_WALK_H
#define RF_GRAMMAR_BODY_WALK_H

#include "grammar/body.h"

enum { RF_STEP_NAME_MAX = 64 };

struct rf_body_step {
	char name[RF_STEP_NAME_MAX], space[RF_STEP_NAME_MAX]; /* a longer one matches nothing */
	bool is_attribute;
};

struct rf_body_walk {
	struct rf_body *out;
	const char *const *paths, *const *aliases;
	char separator;
	bool mapped;                    /* there are paths */
	uint32_t depth, nodes, rank;    /* rank of the best value so far; UINT32_MAX: none */
	struct rf_body_step step[RF_BODY_DEPTH_MAX];
};

void rf_body_walk_init(struct rf_body_walk *, struct rf_body *out, const char *const *paths,
    const char *const *aliases, char separator);
/* One step down; false: a bound is reached. */
bool rf_body_walk_down(struct rf_body_walk *, struct rf_slice space, struct rf_slice name);
void rf_body_walk_up(struct rf_body_walk *);
/* A scalar stands here; `text`: it was a string where a number is expected.  False: too many. */
bool rf_body_walk_value(struct rf_body_walk *, struct rf_slice value, bool text);

/* Both set kind, status, trust and why of *out. */
void rf_body_read_json(
    struct rf_body *out, struct rf_slice body, const struct rf_body_mapping *mapping);
void rf_body_read_xml(
    struct rf_body *out, struct rf_slice body, const struct rf_body_mapping *mapping);

/* A status line, or a number of three digits: 100..699; 0: neither. */
uint16_t rf_body_status(struct rf_body *out, struct rf_slice text);

#endif
