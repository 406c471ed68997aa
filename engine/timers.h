/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/timers.h -- the engine's own timer wheel: 1 ms ticks, rounded up, O(1) arm and stop.
 *
 * Each slot of each kind owns a fixed number of timers, so that a timer can never be missing;
 * one is named by (kind, slot index, index).  They fire in order of expiry, then of arming. */
#ifndef RF_ENGINE_TIMERS_H
#define RF_ENGINE_TIMERS_H

#include <stdbool.h>
#include <stdint.h>

enum {
	RF_WHEEL_LEVELS = 5,
	RF_WHEEL_SLOTS = 256,
	RF_TIMERS_PER_SLOT_MAX = 4,
	RF_TIMER_KINDS_MAX = 16,
};

struct rf_timer {                               /* in the array at rf_timers.offset */
	int64_t expires_ms;
	uint32_t next, previous;                /* 1 + timer number in its wheel list */
	uint32_t where;                         /* 1 + level * 256 + slot; 0: not armed */
	uint32_t zero;
};
struct rf_timers {
	uint64_t offset;
	uint32_t base[RF_TIMER_KINDS_MAX];      /* first timer number of each kind */
	uint32_t per_slot[RF_TIMER_KINDS_MAX];
	uint32_t armed;
	int64_t now_ms;                         /* the wheel stands here */
	int64_t earliest_ms;                    /* of all armed; meaningless when none is */
	uint32_t head[RF_WHEEL_LEVELS][RF_WHEEL_SLOTS];
	uint32_t tail[RF_WHEEL_LEVELS][RF_WHEEL_SLOTS];
	uint64_t bitmap[RF_WHEEL_LEVELS][RF_WHEEL_SLOTS / 64];
};

struct rf_engine;

/* (Re)arms: fires when now + delay has passed.  delay in microseconds, >= 0. */
void rf_timer_arm(struct rf_engine *, unsigned kind, const void *slot, unsigned index,
    int64_t delay_us);
void rf_timer_stop(struct rf_engine *, unsigned kind, const void *slot, unsigned index);
bool rf_timer_armed(const struct rf_engine *, unsigned kind, const void *slot, unsigned index);
/* All timers of a slot, before it is given back. */
void rf_timer_stop_all(struct rf_engine *, unsigned kind, const void *slot);
/* Takes the next timer that expired at or before now_us; false: none. */
bool rf_timer_next(struct rf_engine *, int64_t now_us, unsigned *kind, uint32_t *slot_index,
    unsigned *index);
/* Earliest expiry in microseconds, INT64_MAX if none is armed.  Exact. */
int64_t rf_timer_deadline(const struct rf_engine *);

#endif
