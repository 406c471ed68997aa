/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_snapshot.c -- what a session is as bytes, and what becomes of bytes that are not
 * one.  The snapshots are those of a hand-back in the scenes' world, at each of its commits. */
#include <stdlib.h>
#include <string.h>

#include "engine/snapshot.h"
#include "sim/world.h"
#include "tests/check.h"

enum { SNAPSHOTS_MAX = 8, LEN_MAX = 16 * 1024 };

struct taken {
	uint64_t session;
	uint32_t len;
	char bytes[LEN_MAX];
};
static struct taken taken[SNAPSHOTS_MAX];
static unsigned count;

/* ---- a hand-back, and its snapshots ---------------------------------------------------------- */

static void
say(struct world *w, const char *who, const char *method, const char *uri)
{
	struct party *p = &w->party[world_party_find(rf_slice_of(who))];
	struct party_line line = { .is_request = true, .uri = rf_slice_of(uri) };
	bool outside = strcmp(who, "phone") == 0;
	memcpy(line.method, method, strlen(method) + 1);
	if (outside && strcmp(method, "REFER") == 0)
		line.names = RF_SLICE("center");
	else if (outside)
		line.replaces = RF_SLICE("center");
	if (strcmp(method, "REFER") == 0) {
		line.headers = 2;
		line.header[0] = (struct sip_field){ RF_SLICE("Refer-To"),
			RF_SLICE("<sip:billing@referee.example>") };
		line.header[1] = (struct sip_field){ RF_SLICE("Referred-By"),
			RF_SLICE("<sip:agent@acme.example>") };
	}
	CHECK_OR_STOP(party_send(p, &line));
}

static void
pass(struct world *w, rf_time duration)
{
	rf_time until = w->now + duration;
	while (world_next(w, until))
		continue;
}

static void
take(const struct world *w)
{
	CHECK_OR_STOP(w->kepts == 1 && count < SNAPSHOTS_MAX);
	CHECK_OR_STOP(w->kept[0]->len <= LEN_MAX);
	struct taken *t = &taken[count++];
	t->session = w->kept[0]->session;
	t->len = w->kept[0]->len;
	memcpy(t->bytes, w->kept[0]->snapshot, w->kept[0]->len);
}

static struct world *
call(void)
{
	struct world_options options;
	world_options_init(&options);
	struct world *w = world_new(&options);
	CHECK_OR_STOP(w != NULL);
	w->party[world_party_find(RF_SLICE("center"))].automatic |= PARTY_AUTO_INVITE;
	say(w, "customer", "INVITE", "sip:center@referee.example");
	pass(w, RF_SECOND);
	return w;
}

static void
from_outside(void)
{
	struct world *w = call();
	say(w, "phone", "INVITE", "sip:center@referee.example");
	pass(w, 40 * RF_MS);
	take(w);                                /* a replacement whose 2xx waits for its ACK */
	world_free(w);
	w = call();
	say(w, "phone", "REFER", "sip:center@referee.example");
	pass(w, RF_SECOND);
	take(w);                                /* a promise with a dialog of its own */
	world_free(w);
}

static void
hand_back(void)
{
	struct world *w = call();
	count = 0;
	take(w);                                /* established */
	say(w, "center", "REFER", "");
	pass(w, RF_SECOND);
	take(w);                                /* promised, the queue rings */
	struct party *queue = &w->party[world_party_find(RF_SLICE("queue"))];
	CHECK_OR_STOP(party_send(queue, &(struct party_line){ .status = 200 }));
	pass(w, RF_SECOND);
	take(w);                                /* concluded */
	world_free(w);
	from_outside();
}

/* ---- an engine that is given them ------------------------------------------------------------ */

static struct world *
engine_new(uint32_t calls)
{
	struct world_options options;
	world_options_init(&options);
	options.limits.calls = calls;
	struct world *w = world_new(&options);
	CHECK_OR_STOP(w != NULL);
	return w;
}

static void
restore(struct world *w, uint64_t session, const char *bytes, uint32_t len)
{
	rf_engine_step(w->engine, w->now, &(struct rf_event){ .kind = RF_EV_RESTORE,
		.session = session, .bytes = { bytes, len }, .away = RF_SECOND, .restarts = 1 },
	    &w->out);
}

static struct rf_stats
stats_of(const struct world *w)
{
	struct rf_stats stats;
	rf_engine_stats(w->engine, &stats);
	return stats;
}

static bool
is_empty(const struct world *w)
{
	struct rf_stats s = stats_of(w);
	return s.calls + s.legs + s.dialogs + s.transactions + s.refers + s.timers +
	    s.text_chunks == 0;
}

/* ---- tests ----------------------------------------------------------------------------------- */

static void
each_commit_of_a_hand_back_comes_back_with_its_parties(void)
{
	static const uint32_t legs[] = { 2, 2, 3, 3, 2 };
	hand_back();
	for (unsigned i = 0; i < count; i++) {
		struct world *w = engine_new(4);
		restore(w, taken[i].session, taken[i].bytes, taken[i].len);
		struct rf_stats s = stats_of(w);
		CHECK(s.restored == 1 && s.restore_refused == 0);
		CHECK(s.calls == 1 && s.legs == legs[i]);
		check_note("commit %u: %u bytes", i, taken[i].len);
		world_free(w);
	}
}

static void
a_session_that_is_there_already_is_refused_and_stays(void)
{
	hand_back();
	struct world *w = engine_new(4);
	restore(w, taken[0].session, taken[0].bytes, taken[0].len);
	restore(w, taken[0].session, taken[0].bytes, taken[0].len);
	struct rf_stats s = stats_of(w);
	CHECK(s.restored == 1 && s.restore_refused == 1 && s.calls == 1 && s.legs == 2);
	world_free(w);
}

static void
a_snapshot_of_another_session_or_version_is_refused(void)
{
	hand_back();
	struct world *w = engine_new(4);
	restore(w, taken[0].session + 1, taken[0].bytes, taken[0].len);
	taken[0].bytes[1]++;
	restore(w, taken[0].session, taken[0].bytes, taken[0].len);
	CHECK(stats_of(w).restore_refused == 2);
	CHECK(is_empty(w));
	world_free(w);
}

static void
a_field_of_a_later_version_is_passed_over(void)
{
	static const char later[] = { (char)(120 * 2 & 0x7f) | (char)0x80, 1, 42,       /* number */
		(char)((121 * 2 + 1) & 0x7f) | (char)0x80, 1, 3, 'a', 'b', 'c' };
	hand_back();
	struct world *w = engine_new(4);
	memcpy(taken[1].bytes + taken[1].len, later, sizeof later);
	rf_snapshot_seal(taken[1].bytes, taken[1].len + (uint32_t)sizeof later);
	restore(w, taken[1].session, taken[1].bytes, taken[1].len + (uint32_t)sizeof later);
	CHECK(stats_of(w).restored == 1);
	world_free(w);
}

static void
a_snapshot_cut_anywhere_is_refused_or_whole_and_leaves_nothing_behind(void)
{
	hand_back();
	for (unsigned i = 0; i < count; i++) {
		for (uint32_t len = 0; len < taken[i].len; len += 3) {
			struct world *w = engine_new(4);
			char *exact = malloc(len + 1);  /* so that a sanitizer sees the end */
			CHECK_OR_STOP(exact != NULL);
			memcpy(exact, taken[i].bytes, len);
			restore(w, taken[i].session, exact, len);
			free(exact);
			CHECK(stats_of(w).restored == 1 || is_empty(w));
			world_free(w);
		}
	}
}

static void
a_snapshot_with_any_byte_changed_is_refused(void)
{
	hand_back();
	struct world *w = engine_new(4);
	for (unsigned i = 0; i < count; i++) {
		for (uint32_t at = 0; at < taken[i].len; at++) {
			taken[i].bytes[at] ^= (char)(1 << (at % 8));
			restore(w, taken[i].session, taken[i].bytes, taken[i].len);
			taken[i].bytes[at] ^= (char)(1 << (at % 8));
		}
	}
	CHECK(stats_of(w).restored == 0);
	CHECK(is_empty(w));
	world_free(w);
}

/* Behind the seal any byte may lie: it is refused, or a session that lives by the tables. */
static void
a_sealed_lie_breaks_nothing(void)
{
	hand_back();
	for (unsigned i = 0; i < count; i++) {
		for (uint32_t at = RF_SNAPSHOT_HEAD; at < taken[i].len; at += 5) {
			struct world *w = engine_new(4);
			char before = taken[i].bytes[at];
			taken[i].bytes[at] = (char)(before ^ (1 << (at % 8)));
			rf_snapshot_seal(taken[i].bytes, taken[i].len);
			world_tell(w, &(struct rf_event){ .kind = RF_EV_RESTORE,
				.session = taken[i].session,
				.bytes = { taken[i].bytes, taken[i].len }, .restarts = 1 });
			taken[i].bytes[at] = before;
			CHECK(stats_of(w).restored == 1 || is_empty(w));
			pass(w, 700 * RF_SECOND);
			world_free(w);
		}
	}
}

static void
without_room_a_session_is_refused_and_the_others_stay(void)
{
	hand_back();
	struct world *w = engine_new(1);
	restore(w, taken[0].session, taken[0].bytes, taken[0].len);
	hand_back();
	/* Another session's snapshot: the number is all that tells them apart here. */
	restore(w, taken[2].session ^ 1, taken[2].bytes, taken[2].len);
	struct rf_stats s = stats_of(w);
	CHECK(s.restored == 1 && s.restore_refused == 1 && s.calls == 1);
	world_free(w);
}

static const struct check_test tests[] = {
	CHECK_TEST(each_commit_of_a_hand_back_comes_back_with_its_parties),
	CHECK_TEST(a_session_that_is_there_already_is_refused_and_stays),
	CHECK_TEST(a_snapshot_of_another_session_or_version_is_refused),
	CHECK_TEST(a_field_of_a_later_version_is_passed_over),
	CHECK_TEST(a_snapshot_cut_anywhere_is_refused_or_whole_and_leaves_nothing_behind),
	CHECK_TEST(a_snapshot_with_any_byte_changed_is_refused),
	CHECK_TEST(a_sealed_lie_breaks_nothing),
	CHECK_TEST(without_room_a_session_is_refused_and_the_others_stay),
};

int
main(void)
{
	return check_main("snapshot", tests, sizeof tests / sizeof *tests);
}
