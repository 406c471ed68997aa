/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/snapshot.h -- a session as bytes: what of it outlives the process.
 *
 *      'R' version seal[4] { key value }*  key: tag * 2 + 1 if the value is length and bytes
 *
 * Numbers are little endian base 128; an object within an object is bytes.  A tag keeps its meaning
 * for ever, unknown ones are skipped: version N is read by N + 1, and by N as far as it knows.  The
 * seal is a hash of what follows it: a byte that is not as it was written shows. */
#ifndef RF_ENGINE_SNAPSHOT_H
#define RF_ENGINE_SNAPSHOT_H

#include "engine/state.h"

enum {
	RF_SNAPSHOT_VERSION = 1,
	RF_SNAPSHOT_HEAD = 6,                   /* bytes before the fields */
	RF_SNAPSHOT_MAX = 128 * 1024, /* the text bounds of dialogs and plans add up to less */
	RF_STRAYS_S = 180, /* so long after a restart, 2xx to forgotten INVITEs are ended */
};

/* The session s->call as it is now, in the step's arena. */
struct rf_slice rf_snapshot(struct rf_step *);

/* RESTORE: makes the session of s->event->bytes again, as it was when it was stored, lets it hear
 * that it is durable, and asks its parties whether they are still there.  What cannot be read, is
 * there already or finds no room changes nothing and is counted (stats.restore_refused). */
void rf_restore(struct rf_step *);

/* Writes the seal of a snapshot of `len` bytes; and: is it that of its bytes? */
void rf_snapshot_seal(char *bytes, uint32_t len);
bool rf_snapshot_is_whole(struct rf_slice);

/* ---- between snapshot.c and restore.c: the fields of each object ----------------------------- */

enum rf_field_kind {
	RF_FIELD_NUMBER,                        /* unsigned, of the member's size */
	RF_FIELD_FLAG,                          /* bool */
	RF_FIELD_AGE, /* rf_time: stored as how long ago, or how far ahead */
	RF_FIELD_TEXT,                          /* rf_text */
	RF_FIELD_PATH,                          /* struct rf_path, without its link */
	RF_FIELD_LEG,                           /* rf_ref: 1 + position among the legs */
	RF_FIELD_SPAN,                          /* text of a plan */
};
struct rf_field {
	uint8_t tag, kind, size;
	uint16_t offset;
};
enum rf_object {
	RF_OBJECT_CALL,
	RF_OBJECT_LEG,
	RF_OBJECT_DIALOG,
	RF_OBJECT_TXN,
	RF_OBJECT_REFER,
	RF_OBJECT_SUBSCRIPTION,
	RF_OBJECT_ROUTE,
	RF_OBJECT_REPLACE,
	RF_OBJECT_PLAN,
	RF_OBJECT_PLAN_TARGET,
	RF_OBJECT_PLAN_FAILOVER,
	RF_OBJECT_MAX
};
struct rf_fields {
	const struct rf_field *field;
	uint32_t count;
};
extern const struct rf_fields rf_object_fields[RF_OBJECT_MAX];

enum {                                          /* tags of what is no field */
	RF_TAG_LEG = 64,                        /* in a call */
	RF_TAG_REFER,
	RF_TAG_DIALOG, /* in a leg, in a subscription without one, in a REFER that has its own */
	RF_TAG_TXN,                             /* in a leg or a REFER: who waits for our answer */
	RF_TAG_SUBSCRIPTION,                    /* in a REFER */
	RF_TAG_ROUTE,
	RF_TAG_PLAN,                            /* in a route */
	RF_TAG_TARGET,                          /* in a plan */
	RF_TAG_FAILOVER,
	RF_TAG_FIXED,                           /* in a dialog: RF_DT_*, lengths and bytes */
	RF_TAG_PLACE,                           /* in a REFER: enum rf_refer_place */
	RF_TAG_ON_LEG, /* in a subscription: whose dialog it uses, 1 + leg */
	RF_TAG_ON_REFER,                        /* in a subscription: it uses its REFER's own */
	RF_TAG_REPLACE,                         /* in a call */
};
enum rf_refer_place { RF_PLACE_NONE, RF_PLACE_PENDING, RF_PLACE_RELEASING };

#endif
