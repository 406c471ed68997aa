/* SPDX-License-Identifier: BSD-2-Clause */
/* app/blackbox.h -- a small file that outlives the process: whose message was being worked on when
 * it ended itself (R66).
 *
 * The file is mapped, so a mark costs two stores and survives an abort without being written.  A
 * process that is killed from outside, or loses its power, blames nobody: only the signals of a
 * crash turn the mark into an accusation.  A source that is accused twice is dropped from then on,
 * until an operator clears it.  Sessions that are restored are marked by the store; the box only
 * knows whether it was a crash.  The file is also the lock: one process, one store. */
#ifndef RF_APP_BLACKBOX_H
#define RF_APP_BLACKBOX_H

#include "engine/types.h"

enum {
	RF_BLACKBOX_SOURCES_MAX = 64,           /* remembered; then the least accused goes */
	RF_BLACKBOX_ABORTS_MAX = 2,             /* of these the source is dropped */
};

struct rf_blackbox;

struct rf_blackbox_source {
	struct rf_addr address;                 /* without port and transport */
	uint32_t aborts;
	int64_t last_us;                        /* wall clock of the start that found it */
};

/* NULL and a sentence: no permission, or another process has it.  `died`: the source that the
 * previous process ended with, aborts 0 if it ended otherwise. */
struct rf_blackbox *rf_blackbox_open(const char *path, int64_t wall_us,
    struct rf_blackbox_source *died, char error[256]);
void rf_blackbox_close(struct rf_blackbox *);

/* Around the work on a message; box NULL: nobody is blamed. */
void rf_blackbox_enter(struct rf_blackbox *, const struct rf_addr *source);
void rf_blackbox_leave(struct rf_blackbox *);
/* Around the restore of sessions. */
void rf_blackbox_enter_restore(struct rf_blackbox *);
/* Did the previous process crash there? */
bool rf_blackbox_restore_crashed(const struct rf_blackbox *);
bool rf_blackbox_is_poison(const struct rf_blackbox *, const struct rf_addr *source);

/* Iterates over the accused: *cursor starts at 0; false at the end. */
bool rf_blackbox_next(
    const struct rf_blackbox *, uint32_t *cursor, struct rf_blackbox_source *out);
/* False: it was not accused. */
bool rf_blackbox_clear(struct rf_blackbox *, const struct rf_addr *source);

#endif
