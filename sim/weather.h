/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/weather.h -- what the world does to the engine by chance and by plan: faults with a beginning
 * and an end.
 *
 * A spell is one kind of fault (spells.def) on one party's link, or on all, for a while.  A world
 * begins with a list of them (world_options.weather), and may be given more.  Without spells
 * nothing here does anything: a scene that names none plays as if this file did not exist.
 *
 * Chance goes through the world's chooser.  The entity of a choice about a message is its call and
 * its way (weather_entity), n the number of the message there, so that taking another call out of a
 * run does not change what happens to this one.  The entity of a choice about time is the spell. */
#ifndef RF_SIM_WEATHER_H
#define RF_SIM_WEATHER_H

#include "engine/engine.h"
#include "sim/choose.h"
#include "sim/sip.h"

enum world_spell_kind {
#define SPELL(name, text, fate, rate, unit, amount, every, does) SPELL_##name,
#include "sim/spells.def"
#undef SPELL
	SPELL_KIND_MAX
};
enum world_unit { WORLD_UNIT_NONE, WORLD_UNIT_TIME, WORLD_UNIT_BYTES };
struct world_spell_about {
	const char *name, *fate, *does;
	double rate;
	enum world_unit unit; /* of amount */
	rf_time amount, every;
};
const struct world_spell_about *world_spell_about(enum world_spell_kind);
/* SPELL_KIND_MAX: there is none of that name. */
enum world_spell_kind world_spell_find(struct rf_slice name);

enum world_way { WORLD_BOTH_WAYS, WORLD_WAY_IN, WORLD_WAY_OUT }; /* IN: party -> referee */
enum { WORLD_SPELLS_MAX = 64, WEATHER_PARTIES_MAX = 16 };
#define WORLD_EVERYBODY UINT32_MAX

/* While from <= now < until.  What happens at moments (rebind, cut, rotate, crash, stall) happens
 * once, at `from`, if every is 0; else once in each period of that length, at a drawn moment. */
struct world_spell {
	enum world_spell_kind kind;
	uint32_t party; /* index, or WORLD_EVERYBODY */
	enum world_way way;
	rf_time from, until;
	double rate;    /* of yes; see spells.def */
	rf_time amount; /* microseconds or bytes */
	rf_time every;
	uint32_t id; /* names its choices, whatever else is on the list; 0: 1 + its place there */
};
struct world_weather {
	struct world_spell spell[WORLD_SPELLS_MAX];
	uint32_t spells;
};

/* A spell of that kind with its presets: for everybody, both ways, from 0 for ever. */
struct world_spell world_spell_of(enum world_spell_kind);
struct world_options;
/* One member by its name: party (a name of the cast, or "everybody"), way ("both", "to-referee",
 * "from-referee"), from, until, every ("250ms", "1.5s", "2min", "never"; a bare number is
 * milliseconds), rate (0..1), amount (a duration, or bytes), id.  options: whose cast;
 * NULL: that of the scenes.  False: *error says what is wrong. */
bool world_spell_set(struct world_spell *, const struct world_options *, struct rf_slice key,
    struct rf_slice value, char error[CHOICE_TEXT_MAX]);
/* "loss party=center rate=0.1", with all that is not preset; world_spell_set reads it back. */
enum { WORLD_SPELL_TEXT_MAX = 256 };
void world_spell_write(
    const struct world_spell *, const struct world_options *, char out[WORLD_SPELL_TEXT_MAX]);
/* "250ms" and so on; false: no duration. */
bool world_duration_read(rf_time *, struct rf_slice text);
void world_duration_write(rf_time, char out[32]);

/* ---- the state of the weather, in a world ---------------------------------------------------- */

struct world;
struct party;
struct world_item;
struct world_link;
struct rf_path;
struct weather_note; /* counters and periods by name */

struct weather {
	struct world_weather list;
	uint64_t happened[SPELL_KIND_MAX]; /* how often it really did: coverage of faults */
	struct weather_note *notes;
	uint32_t waiting; /* moments of spells that are still to come: no unrest */
	rf_time stands_still_until;
	uint16_t
	    rebound[WEATHER_PARTIES_MAX]; /* by party: how often its NAT gave it another port */
};

/* One more spell; false: there are WORLD_SPELLS_MAX. */
bool world_spell_add(struct world *, const struct world_spell *);
/* All spells end now, but for the middleboxes: a call that has them cannot be without them.  What
 * is held or late already comes when it would have come. */
void world_heal(struct world *);

/* ---- between weather*.c, net.c, oracles.c, keep.c and world.c -------------------------------- */

void weather_begin(struct world *);
void weather_fini(struct world *);
/* The next spell behind `after` (NULL: the first) of that kind that holds now for that party and
 * way; NULL: none. */
const struct world_spell *weather_next(const struct world *, const struct world_spell *after,
    enum world_spell_kind, uint32_t party, enum world_way);
void weather_happened(struct world *, enum world_spell_kind);
/* The number of the next choice about that: it counts. */
uint64_t weather_count(struct world *, uint64_t about);
/* The moment of a spell (an item with its index and number). */
void weather_moment(struct world *, const struct world_item *);

/* -- messages (weather.c) */
struct weather_message {
	uint32_t party;
	enum world_way way; /* IN or OUT */
	bool stream;
	uint32_t len;
	uint64_t entity, n;
	uint16_t port; /* OUT, datagrams: of the party, as referee addresses it */
};
struct weather_fate {
	const char *said; /* "": nothing happened; begins with "(lost" if it is lost */
	bool lost;
	rf_time late;
	rf_time not_before; /* held */
	uint32_t copies;
	rf_time copy_by[4]; /* after the original */
};
/* Which call that is: learned from what referee sends in a session, and from Call-IDs.  X-Call, or
 * a Call-ID "NUMBER@..." or "NUMBER-...", say its number.  t: NULL if there is no message. */
uint64_t weather_call(struct world *, const struct sip_text *t, uint64_t session);
/* referee has just taken a message: the session that it began or belongs to is of its call. */
void weather_learn(struct world *, struct rf_slice message);
/* Its call, party and way: call << 8 | party << 1 | (way is OUT). */
uint64_t weather_entity(
    struct world *, uint32_t party, enum world_way, const struct sip_text *, uint64_t session);
void weather_pass(struct world *, const struct weather_message *, struct weather_fate *);
/* What a middlebox on that link makes of a message; the length, 0: it leaves it as it is. */
uint32_t weather_rewrite(struct world *, uint32_t party, enum world_way, const struct sip_text *,
    char *out, uint32_t room);

/* -- connections (weather_link.c) */
enum weather_break { WEATHER_NO_BREAK, WEATHER_RESET, WEATHER_HALF_OPEN };
/* Does the connection break under this message?  *notice: HALF_OPEN: after which time referee
 * notices; 0: never. */
enum weather_break weather_breaks(struct world *, const struct weather_message *, rf_time *notice);
/* The length of the next piece of a message, of which `done` bytes are cut off; 0: all the rest. */
uint32_t weather_piece(struct world *, const struct weather_message *, uint32_t done);
/* May referee connect?  False: why not, and after which time it knows. */
bool weather_connects(struct world *, uint32_t party, bool tls, struct rf_slice identity,
    enum rf_link_reason *why, rf_time *after);
/* What a new TLS connection of the party proves, which by rights is `name`. */
const char *weather_proves(struct world *, uint32_t party, const char *name);
/* The port of the party as referee sees it now; of a port it had or has: is it the party's? */
uint16_t weather_port(const struct world *, uint32_t party, uint16_t own);
bool weather_was_port(const struct world *, uint32_t party, uint16_t own, uint16_t port);

/* -- answers (weather_answer.c) */
enum weather_oracle { WEATHER_DNS, WEATHER_ROUTE, WEATHER_STORE };
struct weather_answer {
	bool never, fail, wrong, torn, twice;
	rf_time late, again; /* again: the second answer, after the first */
};
/* entity: what is asked, so that the same question has the same luck. */
struct weather_answer weather_asks(struct world *, enum weather_oracle, uint64_t entity);
bool weather_lies(struct world *);
/* Does the event loop stand still?  Then what is for referee waits until then; else 0. */
rf_time weather_defers(const struct world *);

#endif
