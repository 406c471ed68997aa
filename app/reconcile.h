/* SPDX-License-Identifier: BSD-2-Clause */
/* app/reconcile.h -- our records of a period beside those of another platform: what one side knows
 * and the other does not, and what was never delivered (R33, ADR 025).
 *
 * Ours are an index in memory, about 600 bytes a session with a transfer (of which there are
 * RF_RECONCILE_SESSIONS_MAX at most); theirs are read as a stream, and cost one bit a
 * record.  The same store and file give the same findings in the same order. */
#ifndef RF_APP_RECONCILE_H
#define RF_APP_RECONCILE_H

#include <stdatomic.h>

#include "app/config.h"
#include "app/options.h"

enum {
	RF_RECONCILE_SESSIONS_MAX = 4 * 1024 * 1024,
	RF_RECONCILE_TEXT_MAX = 320,
};

/* X(name, "as it is printed") */
#define RF_RECONCILE_CLASSES(X) \
	X(missed_notify, "missed-notify")       /* an outcome that one side does not know */ \
	X(lost_webhook, "lost-webhook")         /* an event that no receiver took */ \
	X(orphan_leg, "orphan-leg")             /* known, or over, on one side only */ \
	X(duplicate, "duplicate")               /* a second record of the same */ \
	X(mismatch, "mismatch")                 /* outcome, target, start or duration */ \
	X(unknown, "unknown")                   /* theirs belongs to nothing of ours */

enum rf_reconcile_class {
#define X(name, text) RF_CLASS_##name,
	RF_RECONCILE_CLASSES(X)
#undef X
	RF_CLASS_MAX
};

/* How a record of theirs found ours, the strictest first. */
enum rf_reconcile_key {
	RF_KEY_NONE,
	RF_KEY_SESSION,                         /* our number */
	RF_KEY_DIALOG,                          /* Call-ID and both tags, in either order */
	RF_KEY_CALL_ID,                         /* it alone: tags are missing, or rewritten */
	RF_KEY_OWN_TAG,                         /* a tag that we made: the Call-ID is rewritten */
	RF_KEY_TARGET,                          /* target and time, if only one transfer has them */
	RF_KEY_MAX
};
const char *rf_reconcile_class_name(enum rf_reconcile_class);
const char *rf_reconcile_key_name(enum rf_reconcile_key);

struct rf_reconcile_finding {
	enum rf_reconcile_class class;
	enum rf_reconcile_key key;
	uint32_t line;                          /* of their file, from 1; 0: it is not in it */
	uint64_t session;                       /* ours; 0: none */
	int64_t event;                          /* id of our record; of the delivery; 0: none */
	struct rf_slice call_id;                /* theirs, else ours; until the callback returns */
	const char *text;                       /* what is wrong, for people */
	bool personal;                          /* with user parts of addresses in it */
};
typedef void rf_reconcile_found_fn(void *user, const struct rf_reconcile_finding *);

struct rf_reconcile_question {
	const char *store_url, *path;
	const struct rf_config_reconcile *map;
	int64_t since_us, until_us;             /* of ours; INT64_MIN, INT64_MAX: as theirs do */
	int64_t now_us;                         /* wall clock */
	const atomic_bool *stop;                /* true: give up; NULL: never */
	rf_reconcile_found_fn *found;
	void *user;
};

struct rf_reconcile_result {
	uint64_t records;                       /* theirs */
	uint64_t calls, transfers;              /* ours, of the period */
	uint64_t found[RF_CLASS_MAX], matched[RF_KEY_MAX];
};

/* False: *errors says why, and what was found until then is not all. */
bool rf_reconcile(const struct rf_reconcile_question *, struct rf_reconcile_result *,
    struct rf_config_errors *errors);

/* `referee reconcile`: exit status. */
int rf_reconcile_command(
    const struct rf_config *, const struct rf_options *, FILE *out, FILE *err);

#endif
