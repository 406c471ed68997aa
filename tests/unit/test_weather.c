/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_weather.c -- every spell does on the wire what it says, and referee bears it.
 *
 * One hand-back is the play: the customer calls the center, the center hands the call to the queue
 * and leaves, the customer leaves.  In `plays` each kind of spell spoils it in its own way; the
 * ladder has to show that, the checkers have to find nothing, and all has to come to rest. */
#include "sim/weather.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/world.h"
#include "tests/check.h"

static struct world_options options;
static struct world *w;
static struct chooser *chooser; /* of the next world; NULL: by the seed */

static uint32_t
party(const char *name)
{
	return world_party_find(rf_slice_of(name));
}

/* "loss party=center rate=1" */
static struct world_spell
spell(const char *text)
{
	char error[CHOICE_TEXT_MAX] = "";
	struct rf_slice name = { text, (uint32_t)strcspn(text, " ") };
	enum world_spell_kind kind = world_spell_find(name);
	CHECK_OR_STOP(kind != SPELL_KIND_MAX);
	struct world_spell s = world_spell_of(kind);
	for (const char *p = text + name.len; *p == ' ';) {
		struct rf_slice key = { p + 1, (uint32_t)strcspn(p + 1, "=") };
		struct rf_slice value = { key.p + key.len + 1, 0 };
		value.len = (uint32_t)strcspn(value.p, " ");
		if (!world_spell_set(&s, NULL, key, value, error))
			check_note("%s: %s", text, error);
		CHECK_OR_STOP(error[0] == '\0');
		p = value.p + value.len;
	}
	return s;
}

static void
begin(enum rf_transport proto, const char *spells[], uint32_t count)
{
	world_options_init(&options);
	for (uint32_t i = 0; i < count; i++)
		options.weather.spell[options.weather.spells++] = spell(spells[i]);
	options.chooser = chooser;
	w = world_new(&options);
	CHECK_OR_STOP(w != NULL);
	for (uint32_t i = 0; i < w->parties; i++) {
		w->party[i].automatic |= PARTY_AUTO_INVITE;
		w->party[i].addr.proto = (uint8_t)proto;
		w->party[i].addr.port = proto == RF_TLS ? 5061 : 5060;
	}
}

static void
end(void)
{
	world_free(w);
	w = NULL;
}

static void
pass_time(rf_time until)
{
	while (world_next(w, until))
		continue;
}

static void
say(const char *who, const char *method, const char *uri)
{
	struct party *p = &w->party[party(who)];
	struct party_line line = { .is_request = true, .uri = rf_slice_of(uri) };
	snprintf(line.method, sizeof line.method, "%s", method);
	if (strcmp(method, "REFER") == 0) {
		line.headers = 2;
		line.header[0] = (struct sip_field){ RF_SLICE("Refer-To"),
			RF_SLICE("<sip:billing@referee.example>") };
		line.header[1] = (struct sip_field){ RF_SLICE("Referred-By"),
			RF_SLICE("<sip:agent@acme.example>") };
	}
	party_send(p, &line); /* a party whose call never came about cannot end it */
}

/* The whole play; the center's last word is the final NOTIFY's, or patience. */
static void
play(void)
{
	struct rf_stats stats;
	say("customer", "INVITE", "sip:center@referee.example");
	pass_time(10 * RF_SECOND);
	say("center", "REFER", "");
	pass_time(50 * RF_SECOND);
	say("center", "BYE", "");
	pass_time(60 * RF_SECOND);
	say("customer", "BYE", "");
	while (!world_is_quiet(w) && world_next(w, 1200 * RF_SECOND))
		continue;
	CHECK(world_is_quiet(w));
	CHECK(w->error[0] == '\0');
	rf_engine_stats(w->engine, &stats);
	checkers_quiet(&w->checkers, w->now, &stats);
	for (uint32_t i = 0; i < w->checkers.violations; i++)
		check_note("invariant %u at %lld us: %s", w->checkers.violation[i].invariant,
		    (long long)w->checkers.violation[i].at, w->checkers.violation[i].text);
	CHECK(w->checkers.violations == 0);
	CHECK(stats.calls == 0);
}

static uint64_t
transferred(void)
{
	struct rf_stats stats;
	rf_engine_stats(w->engine, &stats);
	return stats.transfers_succeeded;
}

/* Is there a line with both texts?  How many are there? */
static uint32_t
lines_with(const char *one, const char *other)
{
	uint32_t count = 0;
	for (const char *p = w->ladder; p != NULL && *p != '\0';) {
		const char *newline = strchr(p, '\n');
		size_t len = newline != NULL ? (size_t)(newline - p) : strlen(p);
		count += memmem(p, len, one, strlen(one)) != NULL &&
			 memmem(p, len, other, strlen(other)) != NULL;
		p = newline != NULL ? newline + 1 : NULL;
	}
	return count;
}

static const struct {
	const char *spell;
	enum rf_transport proto;
	const char *one, *other; /* a line of the ladder has both */
	bool succeeds;           /* the hand-back does all the same */
} plays[] = {
	{ "loss party=center way=from-referee rate=1 until=1s", RF_UDP,
	    "center   <- referee  INVITE", "(lost)", true },
	{ "loss party=center way=to-referee rate=1 until=1s", RF_TCP, "center   -> referee  200",
	    "230.000", true },
	{ "burst party=customer rate=1 amount=500ms every=1ms until=2s", RF_UDP, "customer",
	    "(lost: burst)", true },
	{ "delay party=queue amount=3s", RF_UDP, "queue    <- referee  INVITE", "(late)", true },
	{ "jitter party=queue amount=1s", RF_UDP, "queue    <- referee  INVITE", "(late)", true },
	{ "reorder party=center rate=1 way=from-referee amount=50ms", RF_UDP, "center",
	    "(overtaken)", true },
	{ "duplicate rate=1", RF_UDP, "center   -> referee  REFER", "(again)", true },
	{ "replay rate=1", RF_UDP, "center   -> referee  REFER", "(again)", true },
	{ "hold party=center way=from-referee from=9s until=15s", RF_UDP, "202 REFER", "(held)",
	    true },
	{ "partition party=center way=to-referee from=9s until=14s", RF_UDP,
	    "center   -> referee  REFER", "(lost: partition)", true },
	{ "partition party=center from=9s until=14s", RF_TCP, "center   -> referee  REFER",
	    "14000.000", true },
	{ "mtu party=queue amount=300", RF_UDP, "queue    <- referee  INVITE", "(lost: too long)",
	    false },
	{ "rebind party=queue from=20s", RF_UDP, "queue    <- referee", "(lost: rebound)", true },
	{ "segment amount=7", RF_TCP, "center   -> referee", "REFER", true },
	{ "cut party=center from=9s", RF_TCP, "center", "is cut off", true },
	{ "rotate party=center from=9s", RF_TLS, "center", "is cut off", true },
	{ "reset party=center rate=1 from=9s until=11s way=to-referee", RF_TCP,
	    "center   -> referee  REFER", "(lost: reset)", false },
	{ "half-open party=center rate=1 from=9s until=11s amount=2s", RF_TCP, "center",
	    "(lost: half open)", true },
	{ "refuse party=queue", RF_TCP, "queue", "cannot be reached", false },
	{ "handshake party=queue", RF_TLS, "queue", "cannot be reached", false },
	{ "nameless party=queue", RF_TLS, "queue", "cannot be reached", false },
	{ "misnamed party=queue", RF_TLS, "queue", "cannot be reached", false },
	{ "dns-late amount=3s", RF_UDP, "dns      -> referee", "address", true },
	{ "dns-wrong rate=1 from=9s", RF_UDP, "nobody   <- referee  INVITE", "nobody is there",
	    false },
	{ "dns-twice rate=1", RF_UDP, "dns      -> referee", "address", true },
	{ "dns-fail rate=1 from=9s", RF_UDP, "dns      -> referee", "nothing", false },
	{ "dns-never rate=1 from=9s amount=2s", RF_UDP, "dns      -> referee", "nothing", false },
	{ "route-late amount=2s", RF_UDP, "policy   -> referee", "yes", true },
	{ "route-wrong rate=1 from=9s", RF_UDP, "center   <- referee", "403 REFER", false },
	{ "route-twice rate=1", RF_UDP, "policy   -> referee", "yes", true },
	{ "route-fail rate=1 from=9s", RF_UDP, "policy   -> referee", "does not know", false },
	{ "route-never rate=1 from=9s amount=2s", RF_UDP, "policy   -> referee", "does not know",
	    false },
	{ "store-late amount=1s", RF_UDP, "store    -> referee", "stored", true },
	{ "store-fail rate=1 from=9s until=12s", RF_UDP, "center   <- referee", "503 REFER",
	    false },
	{ "store-torn rate=1 from=9s until=12s", RF_UDP, "center   <- referee", "503 REFER",
	    false },
	{ "store-twice rate=1", RF_UDP, "store    -> referee", "stored (again)", true },
	{ "store-never rate=1 from=9s until=12s", RF_UDP, "center   <- referee", "503 REFER",
	    false },
	{ "crash from=9s amount=500ms", RF_UDP, "referee", "is killed", true },
	{ "stall from=9900ms amount=1500ms", RF_UDP, "center   -> referee  REFER", "11400.000",
	    true },
	{ "clock every=1s", RF_UDP, "clock    -> referee", "jumps back by", true },
	{ "box-tags", RF_UDP, "center   -> referee", "REFER", true },
	{ "box-call-id", RF_UDP, "center   -> referee", "REFER", true },
	{ "box-case", RF_UDP, "center   -> referee", "REFER", true },
	{ "box-compact", RF_UDP, "center   -> referee", "REFER", true },
	{ "box-fold", RF_UDP, "center   -> referee", "REFER", true },
	{ "box-supported", RF_UDP, "center   -> referee", "REFER", true },
};

static void
every_spell_is_seen_on_the_wire_and_borne(void)
{
	for (size_t i = 0; i < RF_ARRAY_LEN(plays); i++) {
		const char *one[] = { plays[i].spell };
		begin(plays[i].proto, one, 1);
		play();
		bool seen = lines_with(plays[i].one, plays[i].other) > 0;
		bool happened = w->weather.happened[spell(one[0]).kind] > 0;
		bool as_told = transferred() == plays[i].succeeds;
		if (!seen || !happened || !as_told || w->checkers.violations > 0)
			check_note("%s: seen %d, happened %d, transferred %d\n%s", one[0], seen,
			    happened, (int)transferred(), w->ladder);
		CHECK(seen);
		CHECK(happened);
		CHECK(as_told);
		end();
	}
}

/* ---- chance ---------------------------------------------------------------------------------- */

static void
one_spell(const char *text)
{
	const char *one[] = { text };
	begin(RF_UDP, one, 1);
}

/* Sends so many messages a millisecond apart past the spells; how many are lost, in how many runs
 * of lost ones? */
static uint32_t
losses(uint32_t count, uint32_t who, enum world_way way, uint32_t *runs)
{
	uint32_t lost = 0;
	bool before = false;
	*runs = 0;
	for (uint32_t i = 0; i < count; i++, w->now += RF_MS) {
		struct weather_fate fate;
		struct weather_message m = { .party = who,
			.way = way,
			.len = 500,
			.n = i,
			.entity = who << 1 | (way == WORLD_WAY_OUT) };
		weather_pass(w, &m, &fate);
		lost += fate.lost;
		*runs += fate.lost && !before;
		before = fate.lost;
	}
	return lost;
}

static void
loss_has_its_rate(void)
{
	uint32_t runs;
	one_spell("loss rate=0.1");
	uint32_t lost = losses(100000, 1, WORLD_WAY_IN, &runs);
	CHECK(lost > 9700 && lost < 10300); /* three standard deviations are 285 */
	CHECK(runs > 8700 && runs < 9300);  /* each by itself: 0.1 * 0.9 */
	CHECK(w->weather.happened[SPELL_LOSS] == lost);
	end();
}

static void
bursts_have_the_share_and_the_length_of_gilbert_and_elliott(void)
{
	uint32_t runs;
	one_spell("burst rate=1 amount=100ms every=900ms");
	uint32_t lost = losses(4000000, 1, WORLD_WAY_IN, &runs);
	/* A tenth of the time is bad, 100 ms at a time: 4000 periods, 4 % is three deviations. */
	CHECK(lost > 400000 * 0.95 && lost < 400000 * 1.05);
	CHECK(lost / runs >= 95 && lost / runs <= 105);
	end();
	one_spell("burst rate=0.5 amount=100ms every=900ms");
	lost = losses(4000000, 1, WORLD_WAY_IN, &runs);
	CHECK(lost > 200000 * 0.95 && lost < 200000 * 1.05);
	CHECK(lost / runs <= 2); /* one half of what is sent in a bad period gets through */
	end();
}

static void
links_and_ways_have_weather_of_their_own(void)
{
	uint32_t runs, same = 0, lost[3] = { 0 };
	one_spell("burst rate=1 amount=100ms every=100ms");
	for (uint32_t i = 0; i < 20000; i++, w->now += RF_MS) {
		bool is[3];
		for (uint32_t k = 0; k < 3; k++) {
			struct weather_fate fate;
			struct weather_message m = { .party = k / 2,
				.len = 500,
				.n = i,
				.way = k % 2 == 0 ? WORLD_WAY_IN : WORLD_WAY_OUT,
				.entity = k };
			weather_pass(w, &m, &fate);
			is[k] = fate.lost;
			lost[k] += is[k];
		}
		same += is[0] == is[1] && is[1] == is[2];
	}
	CHECK(same < 10000); /* a quarter is chance */
	for (uint32_t k = 0; k < 3; k++)
		CHECK(lost[k] > 7000 && lost[k] < 13000);
	end();
	one_spell("loss party=center way=to-referee rate=1 from=0 until=1s");
	CHECK(losses(2000, party("center"), WORLD_WAY_IN, &runs) == 1000);
	w->now = 0;
	CHECK(losses(2000, party("center"), WORLD_WAY_OUT, &runs) == 0);
	w->now = 0;
	CHECK(losses(2000, party("queue"), WORLD_WAY_IN, &runs) == 0);
	end();
}

/* The ladder of a hand-back under these spells. */
static char *
ladder_of(uint32_t seed, const char *spells[], uint32_t count, struct choices *record,
    const struct choices *fixed)
{
	struct chooser c;
	choose_init(&c, seed);
	c.record = record;
	c.fixed = fixed;
	if (fixed != NULL)
		c.by = CHOOSE_BY_NOBODY;
	chooser = &c;
	begin(RF_UDP, spells, count);
	chooser = NULL;
	play();
	char *ladder = strdup(w->ladder);
	end();
	return ladder;
}

static const char *rough[] = { "loss rate=0.15 until=40s", "jitter amount=300ms until=40s",
	"duplicate rate=0.2 until=40s", "store-late rate=0.5 amount=300ms until=40s",
	"crash every=15s until=40s amount=300ms" };

static void
seed_decides_and_what_was_unusual_replays(void)
{
	for (uint32_t seed = 1; seed <= 5; seed++) {
		struct choices record = { .count = 0 };
		char *first = ladder_of(seed, rough, RF_ARRAY_LEN(rough), &record, NULL);
		char *again = ladder_of(seed, rough, RF_ARRAY_LEN(rough), NULL, NULL);
		char *other = ladder_of(seed + 100, rough, RF_ARRAY_LEN(rough), NULL, NULL);
		choices_sort(&record);
		char *replay = ladder_of(77, rough, RF_ARRAY_LEN(rough), NULL, &record);
		CHECK(strcmp(first, again) == 0);
		CHECK(strcmp(first, other) != 0);
		CHECK(strcmp(first, replay) == 0);
		CHECK(record.count > 10);
		choices_free(&record);
		free(first);
		free(again);
		free(other);
		free(replay);
	}
}

static void
without_choices_nothing_harms(void)
{
	struct choices none = { .count = 0 };
	char *calm = ladder_of(1, NULL, 0, NULL, NULL);
	char *spelt = ladder_of(1, rough, RF_ARRAY_LEN(rough), NULL, &none);
	CHECK(strcmp(calm, spelt) == 0);
	free(calm);
	free(spelt);
}

/* Invariant 53: only records know what time it is. */
static void
jumps_of_the_wall_clock_move_nothing(void)
{
	static const char *jumps[] = { "clock every=700ms until=70s" };
	char *calm = ladder_of(1, NULL, 0, NULL, NULL);
	char *jumping = ladder_of(1, jumps, 1, NULL, NULL), *out = jumping;
	unsigned count = 0;
	for (const char *p = jumping; *p != '\0';) {
		size_t len = strcspn(p, "\n") + 1;
		bool jump = memmem(p, len, "clock    ->", 11) != NULL;
		count += jump;
		if (!jump) {
			memmove(out, p, len);
			out += len;
		}
		p += len;
	}
	*out = '\0';
	CHECK(count > 50);
	CHECK(strcmp(calm, jumping) == 0);
	free(calm);
	free(jumping);
}

/* ---- order and moments ----------------------------------------------------------------------- */

static void
what_is_held_comes_in_order_when_it_is_released(void)
{
	one_spell("hold party=center way=to-referee from=9s until=30s");
	say("customer", "INVITE", "sip:center@referee.example");
	pass_time(10 * RF_SECOND);
	say("center", "REFER", "");
	pass_time(10 * RF_SECOND + 1);
	say("center", "BYE", "");
	pass_time(29 * RF_SECOND);
	CHECK(lines_with("center   -> referee", "REFER") == 0);
	pass_time(31 * RF_SECOND);
	CHECK(lines_with("30000.000", "center   -> referee  REFER") > 0);
	const char *refer = strstr(w->ladder, "center   -> referee  REFER");
	const char *bye = strstr(w->ladder, "center   -> referee  BYE");
	CHECK(refer != NULL && bye != NULL && refer < bye);
	end();
}

static void
crashes_happen_once_in_each_period_and_heal_ends_them(void)
{
	one_spell("crash every=10s amount=1ms until=1h");
	pass_time(100 * RF_SECOND);
	CHECK(w->weather.happened[SPELL_CRASH] == 10);
	CHECK(w->starts == 11);
	CHECK(world_is_quiet(w)); /* what only the weather still plans is no unrest */
	world_heal(w);
	pass_time(200 * RF_SECOND);
	CHECK(w->starts == 11);
	end();
}

static void
rate_of_a_moment_is_how_likely_it_is(void)
{
	one_spell("crash rate=0.3 every=10s amount=1ms until=10000s");
	pass_time(10000 * RF_SECOND);
	CHECK(w->weather.happened[SPELL_CRASH] > 250); /* three deviations are 43 */
	CHECK(w->weather.happened[SPELL_CRASH] < 350);
	end();
}

static void
rebound_party_is_reached_where_it_speaks_from(void)
{
	one_spell("rebind party=center from=5s");
	say("customer", "INVITE", "sip:center@referee.example");
	pass_time(6 * RF_SECOND);
	say("customer", "BYE", "");
	pass_time(6 * RF_SECOND + 400 * RF_MS);
	CHECK(lines_with("center   <- referee  BYE", "(lost: rebound)") > 0);
	say("center", "BYE", ""); /* from its new port; what is answered finds it */
	pass_time(9 * RF_SECOND);
	CHECK(lines_with("center   <- referee  200 BYE", "(lost") == 0);
	CHECK(lines_with("center   <- referee  200 BYE", "") > 0);
	end();
}

static void
stream_that_cannot_be_followed_ends(void)
{
	begin(RF_TCP, (const char *[]){ "segment amount=3" }, 1);
	say("customer", "INVITE", "sip:center@referee.example");
	pass_time(RF_SECOND);
	CHECK(lines_with("customer <- referee  200 INVITE", "") == 1);
	world_party_send(w, &w->party[party("customer")], RF_SLICE("BYE sip:x SIP/2.0\n\nno"));
	pass_time(2 * RF_SECOND);
	CHECK(lines_with("customer", "is cut off") == 1);
	end();
}

static void
keepalives_between_pieces_are_not_told(void)
{
	begin(RF_TCP, (const char *[]){ "segment amount=1" }, 1);
	world_party_send(w, &w->party[party("customer")], RF_SLICE("\r\n\r\n"));
	say("customer", "INVITE", "sip:center@referee.example");
	pass_time(RF_SECOND);
	CHECK(lines_with("customer <- referee  200 INVITE", "") == 1);
	CHECK(lines_with("customer", "is cut off") == 0);
	end();
}

static void
other_call_does_not_change_the_fate_of_this_one(void)
{
	static const char *const some[] = { "loss rate=0.3" };
	char *ladder[2];
	for (int other = 0; other < 2; other++) {
		begin(RF_UDP, (const char **)some, 1);
		struct sip_text t;
		static const char text[] = "OPTIONS sip:r SIP/2.0\r\nCall-ID: 7-x\r\n"
					   "CSeq: 1 OPTIONS\r\n\r\n";
		static const char more[] = "OPTIONS sip:r SIP/2.0\r\nCall-ID: 8@y\r\n"
					   "CSeq: 1 OPTIONS\r\n\r\n";
		ladder[other] = calloc(1, 101);
		for (int i = 0; i < 100; i++) {
			struct weather_fate fate;
			struct weather_message m = { .party = 2, .way = WORLD_WAY_IN };
			for (int k = 0; k <= other; k++) {
				CHECK_OR_STOP(sip_read(&t, rf_slice_of(k == 0 ? text : more)));
				m.entity = weather_entity(w, 2, WORLD_WAY_IN, &t, 0);
				CHECK(m.entity >> 8 == (k == 0 ? 7U : 8U));
				m.n = weather_count(w, m.entity);
				weather_pass(w, &m, &fate);
				if (k == 0)
					ladder[other][i] = fate.lost ? 'x' : '.';
			}
		}
		end();
	}
	CHECK(strcmp(ladder[0], ladder[1]) == 0);
	CHECK(strchr(ladder[0], 'x') != NULL);
	free(ladder[0]);
	free(ladder[1]);
}

static uint64_t
call_of(const char *fields, uint64_t session)
{
	static struct sip_text t;
	char text[256];
	snprintf(text, sizeof text, "OPTIONS sip:r SIP/2.0\r\n%s\r\nCSeq: 1 OPTIONS\r\n\r\n",
	    fields);
	CHECK_OR_STOP(sip_read(&t, rf_slice_of(text)));
	return weather_call(w, &t, session);
}

static void
session_and_its_legs_are_one_call(void)
{
	begin(RF_UDP, (const char *[]){ "delay amount=1ms" }, 1);
	CHECK(call_of("Call-ID: 5@caller", 0) == 5);
	CHECK(call_of("Call-ID: 5@caller", 77) == 5);  /* the 100 to the caller */
	CHECK(call_of("Call-ID: of-referee", 77) == 5); /* the INVITE to the callee */
	CHECK(call_of("Call-ID: of-referee", 0) == 5); /* its answer */
	CHECK(weather_call(w, NULL, 77) == 5);
	CHECK(call_of("Call-ID: 5of-another", 0) != 5);
	CHECK(call_of("Call-ID: x\r\nX-Call: 9", 0) == 9);
	end();
}

/* The call of a party's first dialog. */
static uint64_t
call_of_party(const char *who)
{
	char field[PARTY_TEXT_MAX + 16];
	const struct party *p = &w->party[party(who)];
	CHECK_OR_STOP(p->dialogs > 0);
	snprintf(field, sizeof field, "Call-ID: %s", p->dialog[0]->call_id);
	return call_of(field, 0);
}

static void
legs_that_referee_makes_are_of_the_call_that_came_in(void)
{
	begin(RF_UDP, (const char *[]){ "delay amount=1ms" }, 1);
	play();
	CHECK(call_of_party("center") == call_of_party("customer"));
	CHECK(call_of_party("queue") == call_of_party("customer"));
	end();
}

/* ---- text ------------------------------------------------------------------------------------ */

static void
spell_is_read_as_it_is_written(void)
{
	static const char *const texts[] = { "loss", "loss party=center rate=0.25",
		"burst way=to-referee from=1500ms until=2min rate=1 amount=250us every=1h",
		"mtu amount=900 id=7", "crash until=3s", "half-open amount=0ms" };
	char text[WORLD_SPELL_TEXT_MAX];
	for (size_t i = 0; i < RF_ARRAY_LEN(texts); i++) {
		struct world_spell s = spell(texts[i]);
		world_spell_write(&s, NULL, text);
		CHECK(strcmp(text, texts[i]) == 0);
		if (strcmp(text, texts[i]) != 0)
			check_note("%s became %s", texts[i], text);
	}
}

static void
wrong_spells_are_refused(void)
{
	static const char *const wrong[][2] = { { "party", "nobody" }, { "way", "up" },
		{ "from", "soon" }, { "from", "1.5.5s" }, { "until", "5 s" }, { "rate", "1.1" },
		{ "rate", "-1" }, { "rate", "x" }, { "amount", "5ms" }, { "weather", "bad" },
		{ "every", "99999999999999999999s" } };
	char error[CHOICE_TEXT_MAX];
	for (size_t i = 0; i < RF_ARRAY_LEN(wrong); i++) {
		struct world_spell s = world_spell_of(SPELL_LOSS);
		error[0] = '\0';
		CHECK(!world_spell_set(
		    &s, NULL, rf_slice_of(wrong[i][0]), rf_slice_of(wrong[i][1]), error));
		CHECK(error[0] != '\0');
	}
	struct world_spell mtu = world_spell_of(SPELL_MTU);
	CHECK(!world_spell_set(&mtu, NULL, RF_SLICE("amount"), RF_SLICE("0"), error));
	CHECK(world_spell_find(RF_SLICE("rain")) == SPELL_KIND_MAX);
}

static void
every_spell_tells_what_it_does(void)
{
	for (int i = 0; i < SPELL_KIND_MAX; i++) {
		const struct world_spell_about *a = world_spell_about((enum world_spell_kind)i);
		CHECK(a->does[0] != '\0');
		CHECK(a->fate[0] == '\0' || a->fate[0] == '(');
		CHECK((int)world_spell_find(rf_slice_of(a->name)) == i);
	}
}

static void
too_many_spells_are_refused(void)
{
	begin(RF_UDP, NULL, 0);
	struct world_spell s = world_spell_of(SPELL_LOSS);
	for (int i = 0; i < WORLD_SPELLS_MAX; i++)
		CHECK(world_spell_add(w, &s));
	CHECK(!world_spell_add(w, &s));
	end();
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(every_spell_is_seen_on_the_wire_and_borne),
		CHECK_TEST(loss_has_its_rate),
		CHECK_TEST(bursts_have_the_share_and_the_length_of_gilbert_and_elliott),
		CHECK_TEST(links_and_ways_have_weather_of_their_own),
		CHECK_TEST(seed_decides_and_what_was_unusual_replays),
		CHECK_TEST(without_choices_nothing_harms),
		CHECK_TEST(jumps_of_the_wall_clock_move_nothing),
		CHECK_TEST(what_is_held_comes_in_order_when_it_is_released),
		CHECK_TEST(crashes_happen_once_in_each_period_and_heal_ends_them),
		CHECK_TEST(rate_of_a_moment_is_how_likely_it_is),
		CHECK_TEST(rebound_party_is_reached_where_it_speaks_from),
		CHECK_TEST(stream_that_cannot_be_followed_ends),
		CHECK_TEST(keepalives_between_pieces_are_not_told),
		CHECK_TEST(other_call_does_not_change_the_fate_of_this_one),
		CHECK_TEST(session_and_its_legs_are_one_call),
		CHECK_TEST(legs_that_referee_makes_are_of_the_call_that_came_in),
		CHECK_TEST(spell_is_read_as_it_is_written),
		CHECK_TEST(wrong_spells_are_refused),
		CHECK_TEST(every_spell_tells_what_it_does),
		CHECK_TEST(too_many_spells_are_refused),
	};
	return check_main("weather", tests, RF_ARRAY_LEN(tests));
}
