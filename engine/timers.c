/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/timers.c -- the hierarchical wheel.
 *
 *      level 0: 256 slots of 1 ms  |  level 1: 256 slots of 256 ms  |  ...  |  level 4: of 50 days
 *
 * A timer stands at the level of the highest byte in which its expiry differs from the wheel's own
 * time, so at any moment all timers of one expiry stand in one list.  A list keeps the order of
 * arming, and moving it down a level keeps it too: who was armed first fires first, exactly.
 * What this file must never know: what a timer is for. */
#include "engine/timers.h"

#include <assert.h>
#include <string.h>

#include "engine/state.h"

enum { SLOT_BITS = 8, TOP = RF_WHEEL_LEVELS - 1 };
#define DELAY_MS_MAX ((int64_t)1 << (SLOT_BITS * RF_WHEEL_LEVELS - 1))

_Static_assert(1 << SLOT_BITS == RF_WHEEL_SLOTS, "a slot per byte value");
_Static_assert((int)RF_KIND_MAX <= (int)RF_TIMER_KINDS_MAX, "a base per kind");
_Static_assert((int)RF_POOL_KINDS_MAX == (int)RF_TIMER_KINDS_MAX, "of pools and of timers");

static struct rf_timer *
timer_at(const struct rf_engine *e, uint32_t number)
{
	assert(number != 0);
	return (struct rf_timer *)((uintptr_t)e + e->timers.offset) + (number - 1);
}

/* 1 + the timer's place in the array. */
static uint32_t
number_of(const struct rf_engine *e, unsigned kind, const void *slot, unsigned index)
{
	assert(kind < RF_POOL_KINDS_MAX);
	assert(index < e->timers.per_slot[kind]);
	uint32_t slot_index = rf_pool_index(e, kind, slot);
	return e->timers.base[kind] + slot_index * e->timers.per_slot[kind] + index + 1;
}

static uint32_t
slot_of(int64_t ms, uint32_t level)
{
	return (uint32_t)((uint64_t)ms >> (SLOT_BITS * level)) % RF_WHEEL_SLOTS;
}

static uint32_t
level_of(int64_t now_ms, int64_t expires_ms)
{
	uint64_t differs = (uint64_t)(now_ms ^ expires_ms);
	uint32_t level = 0;
	while (level < TOP && differs >> (SLOT_BITS * (level + 1)) != 0)
		level++;
	return level;
}

static void
list_put(struct rf_engine *e, uint32_t number)
{
	struct rf_timers *t = &e->timers;
	struct rf_timer *timer = timer_at(e, number);
	assert(timer->where == 0);
	uint32_t level = level_of(t->now_ms, timer->expires_ms);
	uint32_t slot = slot_of(timer->expires_ms, level);
	timer->next = 0;
	timer->previous = t->tail[level][slot];
	if (timer->previous != 0)
		timer_at(e, timer->previous)->next = number;
	else
		t->head[level][slot] = number;
	t->tail[level][slot] = number;
	t->bitmap[level][slot / 64] |= (uint64_t)1 << slot % 64;
	timer->where = 1 + level * RF_WHEEL_SLOTS + slot;
}

static void
list_drop(struct rf_engine *e, uint32_t number)
{
	struct rf_timers *t = &e->timers;
	struct rf_timer *timer = timer_at(e, number);
	assert(timer->where != 0);
	uint32_t level = (timer->where - 1) / RF_WHEEL_SLOTS;
	uint32_t slot = (timer->where - 1) % RF_WHEEL_SLOTS;
	if (timer->previous != 0)
		timer_at(e, timer->previous)->next = timer->next;
	else
		t->head[level][slot] = timer->next;
	if (timer->next != 0)
		timer_at(e, timer->next)->previous = timer->previous;
	else
		t->tail[level][slot] = timer->previous;
	if (t->head[level][slot] == 0)
		t->bitmap[level][slot / 64] &= ~((uint64_t)1 << slot % 64);
	timer->next = timer->previous = timer->where = 0;
}

/* The first slot in [from, to) with a timer in it, or `to`. */
static uint32_t
first_set(const uint64_t bitmap[RF_WHEEL_SLOTS / 64], uint32_t from, uint32_t to)
{
	for (uint32_t i = from; i < to; i = (i / 64 + 1) * 64) {
		uint64_t word = bitmap[i / 64] >> i % 64;
		if (word != 0) {
			i += (uint32_t)__builtin_ctzll(word);
			return i < to ? i : to;
		}
	}
	return to;
}

/* The list with the earliest timer and the time its slot begins; there is one. */
static void
first_list(const struct rf_engine *e, uint32_t *level, uint32_t *slot, int64_t *begins_ms)
{
	const struct rf_timers *t = &e->timers;
	assert(t->armed > 0);
	for (uint32_t l = 0; l < RF_WHEEL_LEVELS; l++) {
		/* The slot that the wheel stands in has been moved down already, but for level
		 * 0. */
		uint32_t here = slot_of(t->now_ms, l), from = l == 0 ? here : here + 1;
		uint32_t found = first_set(t->bitmap[l], from, RF_WHEEL_SLOTS), wrapped = 0;
		if (found == RF_WHEEL_SLOTS && l == TOP) {
			found = first_set(t->bitmap[l], 0, here);
			wrapped = found < here ? RF_WHEEL_SLOTS : 0;
			found = found < here ? found : RF_WHEEL_SLOTS;
		}
		if (found == RF_WHEEL_SLOTS)
			continue;
		*level = l;
		*slot = found;
		uint64_t units = ((uint64_t)t->now_ms >> (SLOT_BITS * l)) - here + found + wrapped;
		*begins_ms = (int64_t)(units << (SLOT_BITS * l));
		return;
	}
	assert(false && "an armed timer is in some list");
}

static int64_t
earliest(const struct rf_engine *e)
{
	uint32_t level = 0, slot = 0;
	int64_t begins_ms = 0;
	if (e->timers.armed == 0)
		return 0;
	first_list(e, &level, &slot, &begins_ms);
	if (level == 0)
		return begins_ms;
	int64_t least = INT64_MAX;
	for (uint32_t n = e->timers.head[level][slot]; n != 0; n = timer_at(e, n)->next) {
		int64_t expires_ms = timer_at(e, n)->expires_ms;
		if (expires_ms == begins_ms)
			return expires_ms;
		if (expires_ms < least)
			least = expires_ms;
	}
	return least;
}

static void
disarm(struct rf_engine *e, uint32_t number)
{
	struct rf_timers *t = &e->timers;
	int64_t expires_ms = timer_at(e, number)->expires_ms;
	assert(t->armed > 0);
	list_drop(e, number);
	t->armed--;
	if (expires_ms == t->earliest_ms)
		t->earliest_ms = earliest(e);
}

/* Moves the list of a slot the wheel has just entered down to finer slots. */
static void
cascade(struct rf_engine *e, uint32_t level, uint32_t slot)
{
	for (uint32_t n = e->timers.head[level][slot]; n != 0;) {
		uint32_t next = timer_at(e, n)->next;
		list_drop(e, n);
		list_put(e, n);
		n = next;
	}
	assert(e->timers.head[level][slot] == 0);
}

/* Brings the wheel to to_ms, where nothing armed lies behind it. */
static void
turn(struct rf_engine *e, int64_t to_ms)
{
	struct rf_timers *t = &e->timers;
	assert(t->armed == 0 || to_ms <= t->earliest_ms);
	while (t->armed > 0) {
		uint32_t level = 0, slot = 0;
		int64_t begins_ms = 0;
		first_list(e, &level, &slot, &begins_ms);
		if (level == 0 || begins_ms > to_ms)
			break;
		t->now_ms = begins_ms;
		cascade(e, level, slot);
	}
	if (to_ms > t->now_ms)
		t->now_ms = to_ms;
}

void
rf_timer_arm(struct rf_engine *e, unsigned kind, const void *slot, unsigned index, int64_t delay_us)
{
	struct rf_timers *t = &e->timers;
	assert(delay_us >= 0);
	uint32_t number = number_of(e, kind, slot, index);
	struct rf_timer *timer = timer_at(e, number);
	if (timer->where != 0)
		disarm(e, number);
	if (delay_us > DELAY_MS_MAX * 1000)
		delay_us = DELAY_MS_MAX * 1000;
	int64_t now_ms = e->now / 1000;
	if (t->armed == 0)                      /* an empty wheel may stand anywhere */
		t->now_ms = now_ms;
	else                                    /* what is due but not fired yet holds it back */
		turn(e, now_ms < t->earliest_ms ? now_ms : t->earliest_ms);
	timer->expires_ms = (e->now + delay_us + 999) / 1000;
	assert(timer->expires_ms >= t->now_ms);
	list_put(e, number);
	if (t->armed++ == 0 || timer->expires_ms < t->earliest_ms)
		t->earliest_ms = timer->expires_ms;
}

void
rf_timer_stop(struct rf_engine *e, unsigned kind, const void *slot, unsigned index)
{
	uint32_t number = number_of(e, kind, slot, index);
	if (timer_at(e, number)->where != 0)
		disarm(e, number);
}

bool
rf_timer_armed(const struct rf_engine *e, unsigned kind, const void *slot, unsigned index)
{
	return timer_at(e, number_of(e, kind, slot, index))->where != 0;
}

void
rf_timer_stop_all(struct rf_engine *e, unsigned kind, const void *slot)
{
	for (unsigned i = 0; i < e->timers.per_slot[kind]; i++)
		rf_timer_stop(e, kind, slot, i);
}

bool
rf_timer_next(struct rf_engine *e, int64_t now_us, unsigned *kind, uint32_t *slot_index,
    unsigned *index)
{
	struct rf_timers *t = &e->timers;
	if (t->armed == 0 || t->earliest_ms > now_us / 1000)
		return false;
	turn(e, t->earliest_ms);
	uint32_t number = t->head[0][slot_of(t->now_ms, 0)];
	disarm(e, number);
	for (unsigned k = 0; k < RF_POOL_KINDS_MAX; k++) {
		uint32_t from = t->base[k], per_slot = t->per_slot[k];
		if (number - 1 < from || number - 1 - from >= per_slot * e->pools.pool[k].count)
			continue;
		*kind = k;
		*slot_index = (number - 1 - from) / per_slot;
		*index = (number - 1 - from) % per_slot;
		return true;
	}
	assert(false && "every timer belongs to a kind");
	return false;
}

int64_t
rf_timer_deadline(const struct rf_engine *e)
{
	return e->timers.armed == 0 ? INT64_MAX : e->timers.earliest_ms * 1000;
}
