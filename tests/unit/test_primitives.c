/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_primitives.c -- drbg, pool, text, timers: each against a model slow enough to be
 * obviously right. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/check.h"
#include "tests/unit/test_block.h"

static uint64_t
draw(uint64_t *n, uint64_t below)
{
	static const struct rf_drbg drbg = { .key = { 42, 43 } };
	return rf_draw_between(&drbg, 7, RF_DRAW_TAG, (*n)++, 0, below - 1);
}

/* Does `act` end in an assertion? */
static bool
aborts(void (*act)(void))
{
	int status;
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
		if (freopen("/dev/null", "w", stderr) != NULL)
			act();
		_exit(0);
	}
	return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
	    WTERMSIG(status) == SIGABRT;
}

/* ---- drbg ------------------------------------------------------------------------------------ */

static void
siphash_gives_the_published_vectors(void)
{
	/* Aumasson and Bernstein's vectors_sip64: key 00..0f, input 00..(n - 1). */
	static const uint8_t expected[][8] = {
		{ 0x31, 0x0e, 0x0e, 0xdd, 0x47, 0xdb, 0x6f, 0x72 },
		{ 0xfd, 0x67, 0xdc, 0x93, 0xc5, 0x39, 0xf8, 0x74 },
		{ 0x5a, 0x4f, 0xa9, 0xd9, 0x09, 0x80, 0x6c, 0x0d },
		{ 0x2d, 0x7e, 0xfb, 0xd7, 0x96, 0x66, 0x67, 0x85 },
		{ 0xb7, 0x87, 0x71, 0x27, 0xe0, 0x94, 0x27, 0xcf },
		{ 0x8d, 0xa6, 0x99, 0xcd, 0x64, 0x55, 0x76, 0x18 },
		{ 0xce, 0xe3, 0xfe, 0x58, 0x6e, 0x46, 0xc9, 0xcb },
		{ 0x37, 0xd1, 0x01, 0x8b, 0xf5, 0x00, 0x02, 0xab },
		{ 0x62, 0x24, 0x93, 0x9a, 0x79, 0xf5, 0xf5, 0x93 },
		{ 0xb0, 0xe4, 0xa9, 0x0b, 0xdf, 0x82, 0x00, 0x9e },
	};
	uint8_t key[16], input[16];
	struct rf_drbg drbg;
	for (uint8_t i = 0; i < 16; i++)
		key[i] = input[i] = i;
	rf_drbg_init(&drbg, key);
	for (uint64_t n = 0; n < RF_ARRAY_LEN(expected); n++) {
		uint64_t hash = rf_siphash(drbg.key, input, n);
		for (unsigned i = 0; i < 8; i++)
			CHECK((uint8_t)(hash >> (8 * i)) == expected[n][i]);
	}
	CHECK(rf_siphash(drbg.key, input, 15) == 0xa129ca6149be45e5u);  /* the paper's own */
}

static void
draws_stay_in_bounds_and_reach_them(void)
{
	const struct rf_drbg drbg = { .key = { 1, 2 } };
	unsigned seen[10] = { 0 };
	for (uint64_t n = 0; n < 10000; n++) {
		uint64_t x = rf_draw_between(&drbg, 3, RF_DRAW_BACKOFF, n, 100, 109);
		CHECK_OR_STOP(x >= 100 && x <= 109);
		seen[x - 100]++;
	}
	for (unsigned i = 0; i < 10; i++)
		CHECK(seen[i] > 850 && seen[i] < 1150);
	CHECK(rf_draw_between(&drbg, 3, RF_DRAW_BACKOFF, 0, 5, 5) == 5);
	CHECK(rf_draw_between(&drbg, 3, RF_DRAW_BACKOFF, 0, 0, UINT64_MAX) ==
	    rf_draw(&drbg, 3, RF_DRAW_BACKOFF, 0));
}

static void
a_draw_depends_on_entity_purpose_and_count_alone(void)
{
	const struct rf_drbg drbg = { .key = { 1, 2 } };
	uint64_t x = rf_draw(&drbg, 3, RF_DRAW_TAG, 4);
	CHECK(rf_draw(&drbg, 3, RF_DRAW_TAG, 4) == x);
	CHECK(rf_draw(&drbg, 4, RF_DRAW_TAG, 4) != x);
	CHECK(rf_draw(&drbg, 3, RF_DRAW_BRANCH, 4) != x);
	CHECK(rf_draw(&drbg, 3, RF_DRAW_TAG, 5) != x);
}

/* ---- pool ------------------------------------------------------------------------------------ */

static void
a_full_pool_says_so_and_recovers(void)
{
	struct rf_engine *e = block_new(0);
	struct rf_txn *txn[BLOCK_TXNS];
	for (unsigned i = 0; i < BLOCK_TXNS; i++)
		CHECK_OR_STOP((txn[i] = rf_pool_take(e, RF_KIND_TXN)) != NULL);
	CHECK(rf_pool_take(e, RF_KIND_TXN) == NULL);
	CHECK(e->pools.pool[RF_KIND_TXN].used == BLOCK_TXNS);
	rf_pool_give(e, RF_KIND_TXN, txn[9]);
	CHECK(rf_pool_take(e, RF_KIND_TXN) == txn[9]);
	block_free(e);
}

static void
a_reference_dies_with_its_slot(void)
{
	struct rf_engine *e = block_new(0);
	struct rf_txn *txn = rf_pool_take(e, RF_KIND_TXN);
	rf_ref ref = rf_pool_ref(e, RF_KIND_TXN, txn);
	CHECK(rf_pool_at(e, RF_KIND_TXN, ref) == txn);
	CHECK(rf_pool_at(e, RF_KIND_TXN, 0) == NULL);
	txn->cseq = 5;
	rf_pool_give(e, RF_KIND_TXN, txn);
	CHECK(rf_pool_at(e, RF_KIND_TXN, ref) == NULL);
	CHECK(rf_pool_take(e, RF_KIND_TXN) == txn);
	CHECK(txn->cseq == 0);
	CHECK(rf_pool_at(e, RF_KIND_TXN, ref) == NULL);
	CHECK(rf_pool_ref(e, RF_KIND_TXN, txn) != ref);
	CHECK(rf_pool_at(e, RF_KIND_TXN, ref + 1) == NULL);
	CHECK(rf_pool_at(e, RF_KIND_TXN, (rf_ref)1 << 32 | UINT32_MAX) == NULL);
	block_free(e);
}

static void
a_pool_reuses_slots_before_it_touches_fresh_ones(void)
{
	struct rf_engine *e = block_new(0);
	for (unsigned i = 0; i < 1000; i++) {
		void *a = rf_pool_take(e, RF_KIND_TXN), *b = rf_pool_take(e, RF_KIND_TXN);
		rf_pool_give(e, RF_KIND_TXN, a);
		rf_pool_give(e, RF_KIND_TXN, b);
	}
	CHECK(e->pools.pool[RF_KIND_TXN].fresh == 2);
	CHECK(e->pools.pool[RF_KIND_TXN].used == 0);
	block_free(e);
}

static void
iterating_a_pool_meets_every_taken_slot_in_order(void)
{
	struct rf_engine *e = block_new(0);
	void *slot[6];
	uint32_t index = 0;
	for (unsigned i = 0; i < 6; i++)
		slot[i] = rf_pool_take(e, RF_KIND_LEG);
	rf_pool_give(e, RF_KIND_LEG, slot[0]);
	rf_pool_give(e, RF_KIND_LEG, slot[3]);
	CHECK(rf_pool_next(e, RF_KIND_LEG, &index) == slot[1]);
	CHECK(rf_pool_next(e, RF_KIND_LEG, &index) == slot[2]);
	CHECK(rf_pool_next(e, RF_KIND_LEG, &index) == slot[4]);
	CHECK(rf_pool_next(e, RF_KIND_LEG, &index) == slot[5]);
	CHECK(rf_pool_next(e, RF_KIND_LEG, &index) == NULL);
	block_free(e);
}

static struct rf_txn *
map_find(struct rf_engine *e, uint64_t key)
{
	struct rf_txn *txn = rf_map_first(e, &e->txn_map, key);
	while (txn != NULL && txn->key != key)
		txn = rf_map_next(e, &e->txn_map, txn);
	return txn;
}

static void
a_map_finds_what_collides(void)
{
	struct rf_engine *e = block_new(0);
	struct rf_txn *txn[BLOCK_TXNS];
	for (unsigned i = 0; i < BLOCK_TXNS; i++) {
		txn[i] = rf_pool_take(e, RF_KIND_TXN);
		txn[i]->key = i * 3u;           /* four buckets: long chains */
		rf_map_put(e, &e->txn_map, txn[i]->key, txn[i]);
	}
	for (unsigned i = 0; i < BLOCK_TXNS; i += 2)
		rf_map_drop(e, &e->txn_map, txn[i]->key, txn[i]);
	for (unsigned i = 0; i < BLOCK_TXNS; i++)
		CHECK(map_find(e, i * 3u) == (i % 2 == 0 ? NULL : txn[i]));
	block_free(e);
}

static void
give_twice(void)
{
	struct rf_engine *e = block_new(0);
	void *slot = rf_pool_take(e, RF_KIND_TXN);
	rf_pool_give(e, RF_KIND_TXN, slot);
	rf_pool_give(e, RF_KIND_TXN, slot);
}

static void
giving_a_slot_back_twice_is_an_assertion(void)
{
	CHECK(aborts(give_twice));
}

/* ---- text ------------------------------------------------------------------------------------ */

static void
text_of_every_length_comes_back(void)
{
	struct rf_engine *e = block_new(0);
	static char in[RF_TEXT_MAX];
	bool full = false;
	for (uint32_t i = 0; i < sizeof in; i++)
		in[i] = (char)(i * 31);
	for (uint32_t len = 0; len <= RF_TEXT_MAX; len += len < 600 ? 1 : 331) {
		rf_text text = rf_text_put(e, (struct rf_slice){ in, len }, &full);
		CHECK_OR_STOP(!full);
		CHECK((text == 0) == (len == 0));
		CHECK(rf_slice_equal(rf_text_get(e, text), (struct rf_slice){ in, len }));
		rf_text_drop(e, &text);
		CHECK(text == 0);
	}
	rf_text text = rf_text_put(e, (struct rf_slice){ in, RF_TEXT_MAX }, &full);
	CHECK(text != 0);
	rf_text_drop(e, &text);
	CHECK(e->texts.chunks == 0 && e->texts.bytes == 0 && e->texts.pages_used == 0);
	block_free(e);
}

static void
texts_never_overlap_and_all_memory_comes_back(void)
{
	enum { TEXTS = 200 };
	struct rf_engine *e = block_new(0);
	rf_text text[TEXTS] = { 0 };
	uint32_t len[TEXTS] = { 0 };
	static char in[RF_TEXT_MAX];
	uint64_t n = 0;
	unsigned refused = 0;
	for (unsigned round = 0; round < 20000; round++) {
		unsigned i = (unsigned)draw(&n, TEXTS);
		struct rf_slice is = rf_text_get(e, text[i]);
		CHECK_OR_STOP(is.len == len[i]);
		for (uint32_t k = 0; k < is.len; k++) {
			if (is.p[k] != (char)i)
				CHECK_OR_STOP(false);
		}
		bool full = false;
		len[i] = (uint32_t)draw(&n, (uint64_t)64 << draw(&n, 10));
		len[i] = len[i] > RF_TEXT_MAX ? RF_TEXT_MAX : len[i];
		memset(in, (int)i, len[i]);
		rf_text_set(e, &text[i], (struct rf_slice){ in, len[i] }, &full);
		if (full)
			len[i] = 0;
		refused += full;
	}
	CHECK(refused > 0);                     /* the model has been to the limit */
	for (unsigned i = 0; i < TEXTS; i++)
		rf_text_drop(e, &text[i]);
	CHECK(e->texts.chunks == 0 && e->texts.bytes == 0 && e->texts.pages_used == 0);
	block_free(e);
}

static void
a_text_may_be_set_to_a_part_of_itself(void)
{
	struct rf_engine *e = block_new(0);
	char in[3000];
	bool full = false;
	for (unsigned i = 0; i < sizeof in; i++)
		in[i] = (char)(i % 251);
	rf_text text = rf_text_put(e, (struct rf_slice){ in, sizeof in }, &full);
	struct rf_slice all = rf_text_get(e, text);
	rf_text_set(e, &text, (struct rf_slice){ all.p + 1, all.len - 1 }, &full);
	CHECK(rf_slice_equal(rf_text_get(e, text), (struct rf_slice){ in + 1, sizeof in - 1 }));
	all = rf_text_get(e, text);
	rf_text_set(e, &text, (struct rf_slice){ all.p + 99, 900 }, &full);
	CHECK(rf_slice_equal(rf_text_get(e, text), (struct rf_slice){ in + 100, 900 }));
	CHECK(!full);
	block_free(e);
}

static void
room_for_new_work_ends_before_room_does(void)
{
	struct rf_engine *e = block_new(0);
	static char in[RF_TEXT_MAX];
	bool full = false;
	unsigned pages = 0;
	while (rf_text_room(e, 1000)) {
		CHECK_OR_STOP(rf_text_put(e, (struct rf_slice){ in, sizeof in }, &full) != 0);
		pages++;
	}
	CHECK(pages == BLOCK_PAGES - BLOCK_PAGES / 8);
	CHECK(rf_text_put(e, (struct rf_slice){ in, 1 }, &full) != 0);
	CHECK(!full);
	block_free(e);
}

static void
drop_twice(void)
{
	struct rf_engine *e = block_new(0);
	bool full = false;
	rf_text other = rf_text_put(e, RF_SLICE("keeps the page"), &full);
	rf_text text = rf_text_put(e, RF_SLICE("twice"), &full), again = text;
	rf_text_drop(e, &text);
	rf_text_drop(e, &again);
	rf_text_drop(e, &other);
}

static void
dropping_a_text_twice_is_an_assertion(void)
{
	CHECK(aborts(drop_twice));
}

/* ---- timers ---------------------------------------------------------------------------------- */

enum { TIMERS = 2 * BLOCK_TXNS + 4 * BLOCK_LEGS };

struct model {                                  /* number: 0 .. TIMERS - 1 */
	int64_t expires_ms[TIMERS];             /* -1: not armed */
	uint64_t order[TIMERS];
	uint64_t armings;
};

static void
name_of(const struct rf_engine *e, unsigned number, unsigned *kind, void **slot, unsigned *index)
{
	bool leg = number >= 2 * BLOCK_TXNS;
	unsigned per_slot = leg ? 4 : 2, within = leg ? number - 2 * BLOCK_TXNS : number;
	*kind = leg ? RF_KIND_LEG : RF_KIND_TXN;
	const struct rf_pool *pool = &e->pools.pool[*kind];
	*slot = (void *)((uintptr_t)e + pool->offset +
	    (uint64_t)(within / per_slot) * pool->slot_size);
	*index = within % per_slot;
}

/* The one to fire first, or -1. */
static int
model_first(const struct model *m)
{
	int first = -1;
	for (int i = 0; i < TIMERS; i++) {
		if (m->expires_ms[i] < 0)
			continue;
		if (first < 0 || m->expires_ms[i] < m->expires_ms[first] ||
		    (m->expires_ms[i] == m->expires_ms[first] && m->order[i] < m->order[first]))
			first = i;
	}
	return first;
}

/* Arms, stops and fires at random, in steps of at most `step` and delays of at most `delay` us. */
static void
run_against_model(rf_time start, uint64_t step, uint64_t delay, unsigned rounds)
{
	struct rf_engine *e = block_new(start);
	struct model m = { .armings = 0 };
	uint64_t n = step + delay;
	unsigned kind, index;
	void *slot;
	for (unsigned i = 0; i < BLOCK_TXNS; i++)
		(void)rf_pool_take(e, RF_KIND_TXN);
	for (unsigned i = 0; i < BLOCK_LEGS; i++)
		(void)rf_pool_take(e, RF_KIND_LEG);
	for (unsigned i = 0; i < TIMERS; i++)
		m.expires_ms[i] = -1;
	for (unsigned round = 0; round < rounds; round++) {
		unsigned number = (unsigned)draw(&n, TIMERS);
		name_of(e, number, &kind, &slot, &index);
		CHECK_OR_STOP(rf_timer_armed(e, kind, slot, index) == (m.expires_ms[number] >= 0));
		if (draw(&n, 4) == 0) {
			rf_timer_stop(e, kind, slot, index);
			m.expires_ms[number] = -1;
		} else {
			/* Few different delays: ties are what is hard. */
			int64_t wait = (int64_t)(draw(&n, 5) * (delay / 5) + draw(&n, 2));
			rf_timer_arm(e, kind, slot, index, wait);
			m.expires_ms[number] = (e->now + wait + 999) / 1000;
			m.order[number] = m.armings++;
		}
		if (draw(&n, 3) == 0)
			e->now += (int64_t)draw(&n, step);
		bool may_fire = draw(&n, 4) != 0;       /* else as in a step that is full */
		uint32_t slot_index;
		int first;
		while (may_fire && (first = model_first(&m)) >= 0 &&
		    m.expires_ms[first] * 1000 <= e->now) {
			CHECK_OR_STOP(rf_timer_deadline(e) == m.expires_ms[first] * 1000);
			CHECK_OR_STOP(rf_timer_next(e, e->now, &kind, &slot_index, &index));
			unsigned fired = kind == RF_KIND_TXN ? slot_index * 2 + index :
			    2 * BLOCK_TXNS + slot_index * 4 + index;
			CHECK_OR_STOP(fired == (unsigned)first);
			m.expires_ms[first] = -1;
		}
		if (may_fire)
			CHECK_OR_STOP(!rf_timer_next(e, e->now, &kind, &slot_index, &index));
		first = model_first(&m);
		CHECK_OR_STOP(rf_timer_deadline(e) ==
		    (first < 0 ? INT64_MAX : m.expires_ms[first] * 1000));
	}
	block_free(e);
}

static void
timers_fire_at_their_millisecond_in_order_of_arming(void)
{
	run_against_model(0, 3000, 20000, 40000);
	run_against_model(123456789, 100000, 2000000, 40000);
}

static void
timers_keep_their_order_through_every_level_of_the_wheel(void)
{
	run_against_model(250 * 1000, 40 * 1000000, 400 * 1000000u, 20000);
	run_against_model(1760000000 * RF_SECOND, 3600 * 1000000u,
	    (uint64_t)86400 * 30 * 1000000u, 20000);
	run_against_model(((int64_t)1 << 40) * 1000 - 5000, 1000000, (uint64_t)1 << 50, 20000);
}

static void
a_timer_rounds_up_and_never_fires_early(void)
{
	struct rf_engine *e = block_new(1001);
	unsigned kind, index;
	uint32_t slot_index;
	struct rf_txn *txn = rf_pool_take(e, RF_KIND_TXN);
	rf_timer_arm(e, RF_KIND_TXN, txn, 0, 1000);
	CHECK(rf_timer_deadline(e) == 3000);
	CHECK(!rf_timer_next(e, 2999, &kind, &slot_index, &index));
	CHECK(rf_timer_next(e, 3000, &kind, &slot_index, &index));
	CHECK(rf_timer_deadline(e) == INT64_MAX);
	e->now = 4000;
	rf_timer_arm(e, RF_KIND_TXN, txn, 1, 0);
	CHECK(rf_timer_next(e, 4000, &kind, &slot_index, &index));
	CHECK(kind == RF_KIND_TXN && slot_index == 0 && index == 1);
	block_free(e);
}

static void
stopping_all_timers_of_a_slot_leaves_the_others(void)
{
	struct rf_engine *e = block_new(0);
	struct rf_leg *a = rf_pool_take(e, RF_KIND_LEG), *b = rf_pool_take(e, RF_KIND_LEG);
	for (unsigned i = 0; i < 4; i++) {
		rf_timer_arm(e, RF_KIND_LEG, a, i, 1000 * (i + 1));
		rf_timer_arm(e, RF_KIND_LEG, b, i, 10000 * (i + 1));
	}
	rf_timer_stop_all(e, RF_KIND_LEG, a);
	CHECK(e->timers.armed == 4);
	CHECK(rf_timer_deadline(e) == 10000);
	block_free(e);
}

static const struct check_test tests[] = {
	CHECK_TEST(siphash_gives_the_published_vectors),
	CHECK_TEST(draws_stay_in_bounds_and_reach_them),
	CHECK_TEST(a_draw_depends_on_entity_purpose_and_count_alone),
	CHECK_TEST(a_full_pool_says_so_and_recovers),
	CHECK_TEST(a_reference_dies_with_its_slot),
	CHECK_TEST(a_pool_reuses_slots_before_it_touches_fresh_ones),
	CHECK_TEST(iterating_a_pool_meets_every_taken_slot_in_order),
	CHECK_TEST(a_map_finds_what_collides),
	CHECK_TEST(giving_a_slot_back_twice_is_an_assertion),
	CHECK_TEST(text_of_every_length_comes_back),
	CHECK_TEST(texts_never_overlap_and_all_memory_comes_back),
	CHECK_TEST(a_text_may_be_set_to_a_part_of_itself),
	CHECK_TEST(room_for_new_work_ends_before_room_does),
	CHECK_TEST(dropping_a_text_twice_is_an_assertion),
	CHECK_TEST(timers_fire_at_their_millisecond_in_order_of_arming),
	CHECK_TEST(timers_keep_their_order_through_every_level_of_the_wheel),
	CHECK_TEST(a_timer_rounds_up_and_never_fires_early),
	CHECK_TEST(stopping_all_timers_of_a_slot_leaves_the_others),
};

int
main(void)
{
	return check_main("primitives", tests, RF_ARRAY_LEN(tests));
}
