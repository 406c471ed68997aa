/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/choose.h -- all that could go either way in a world is decided here, and nowhere else.
 *
 * A choice has a name: site, entity, n.  Its value is a pure function of the seed and that name, so
 * there is no order of draws: a call that is left out of a run does not change what the others
 * draw, and two configurations can be compared under the same luck.  n counts the choices of one
 * site and entity; the caller, or the object that the entity is, keeps the counter.
 *
 * Every choice has a usual value, which harms nobody: no fault, the mean delay, the first answer.
 * A failing run is therefore a list of what was unusual in it, and shrinking takes lines off that
 * list.
 *
 * Who decides: the seed; a tape of bytes (a fuzzer); nobody, so that all is usual; or a driver of
 * the caller's (exhaustive search).  Whatever it is, choices that are fixed by name go first.
 *
 * Arithmetic: integers, and doubles with + - * / only, never fused (-ffp-contract=off) and without
 * libm, so that a seed means the same with every compiler, library and level of optimisation;
 * test_choose compares with values that are written down. */
#ifndef RF_SIM_CHOOSE_H
#define RF_SIM_CHOOSE_H

#include "engine/types.h"

enum choose_site {
#define SITE(name, text, question, entity) CHOOSE_##name,
#include "sim/choose.def"
#undef SITE
	CHOOSE_SITES_MAX
};
const char *choose_site_name(enum choose_site);
const char *choose_site_question(enum choose_site);

/* One choice that was made, or that is to be made like this. */
struct choice {
	enum choose_site site;
	uint64_t entity, n;
	int64_t value; /* yes: 1; which one: its index; a duration: microseconds */
};
enum { CHOICE_TEXT_MAX = 128 };
/* "link.loss/17/3=1".  Reading: false if it is no such text. */
void choice_write(const struct choice *, char out[CHOICE_TEXT_MAX]);
bool choice_read(struct choice *, struct rf_slice text);

/* What was unusual in a run. */
enum { CHOICES_MAX = 1024 * 1024 };
struct choices {
	struct choice *at; /* sorted and without doubles after choices_sort */
	uint32_t count, room;
	bool truncated; /* there were more than CHOICES_MAX */
};
void choices_add(struct choices *, const struct choice *);
void choices_sort(struct choices *);
void choices_free(struct choices *);

/* What a driver is asked: an answer lies in [low, high]. */
struct choose_question {
	enum choose_site site;
	uint64_t entity, n;
	int64_t low, high, usual;
	double rate; /* of yes, where low is 0 and high 1; else 0 */
};
typedef int64_t choose_driver(void *user, const struct choose_question *);

enum choose_by { CHOOSE_BY_SEED, CHOOSE_BY_NOBODY, CHOOSE_BY_TAPE, CHOOSE_BY_DRIVER };
struct chooser {
	enum choose_by by;
	uint64_t seed, site_key[CHOOSE_SITES_MAX];
	/* TAPE: a byte for each choice; 0 is usual, 255 as unusual as it gets; then all is usual */
	const uint8_t *tape;
	size_t tape_len, tape_at;
	choose_driver *driver;
	void *user;
	const struct choices *fixed; /* sorted; NULL: none */
	struct choices *record;      /* what was unusual is added; NULL: nobody asks */
	uint64_t made;               /* how many choices so far */
};
void choose_init(struct chooser *, uint64_t seed); /* by seed */

/* 64 bits, for ids and for seeds of something else; not recorded, and never fixed. */
uint64_t choose_bits(const struct chooser *, enum choose_site, uint64_t entity, uint64_t n);
/* Usually no.  A rate of 0 or less is no choice at all, and not counted as one. */
bool choose_yes(struct chooser *, enum choose_site, uint64_t entity, uint64_t n, double rate);
/* In [0, count), count > 0; usually 0. */
uint32_t choose_below(
    struct chooser *, enum choose_site, uint64_t entity, uint64_t n, uint32_t count);
/* The same, with weights >= 0 that need no sum; usually 0. */
uint32_t choose_weighted(struct chooser *, enum choose_site, uint64_t entity, uint64_t n,
    const double *weight, uint32_t count);
/* In [low, high]. */
int64_t choose_between(struct chooser *, enum choose_site, uint64_t entity, uint64_t n, int64_t low,
    int64_t high, int64_t usual);

/* ---- distributions, by SIPp's names and with its parameters ---------------------------------- */

/* SPREAD(NAME, "name", what a is, what b is) */
#define SPREADS(SPREAD) \
	SPREAD(FIXED, "fixed", "value", "") \
	SPREAD(UNIFORM, "uniform", "min", "max") \
	SPREAD(EXPONENTIAL, "exponential", "mean", "") \
	SPREAD(NORMAL, "normal", "mean", "stdev") \
	SPREAD(LOGNORMAL, "lognormal", "mean", "stdev") /* both of the logarithm */ \
	SPREAD(WEIBULL, "weibull", "lambda", "k") \
	SPREAD(PARETO, "pareto", "k", "x_m") \
	SPREAD(GAMMA, "gamma", "k", "theta") \
	SPREAD(EMPIRICAL, "empirical", "", "")

enum spread_kind {
#define SPREAD(name, text, a, b) SPREAD_##name,
	SPREADS(SPREAD)
#undef SPREAD
	    SPREAD_KIND_MAX
};
/* Values below 0 are drawn as 0. */
struct spread {
	enum spread_kind kind;
	double a, b;
	const double *point; /* EMPIRICAL: quantiles at equal distances, rising; the caller's */
	uint32_t points;     /* 2 or more; between two of them, all are equally likely */
	rf_time unit;        /* of time: values are so many microseconds each; 0: 1 */
};
const char *spread_name(enum spread_kind);
const char *spread_parameter(enum spread_kind, uint32_t nth); /* 0, 1; "": it has none */
/* SPREAD_KIND_MAX: there is none. */
enum spread_kind spread_find(struct rf_slice name);
/* The mean; of weibull, pareto and empirical the median. */
double spread_usual(const struct spread *);
/* What 64 random bits make of it. */
double spread_draw(const struct spread *, uint64_t bits);
/* A duration >= 0. */
rf_time choose_time(
    struct chooser *, enum choose_site, uint64_t entity, uint64_t n, const struct spread *);
/* The commonest: an exponential with that mean. */
rf_time choose_about(
    struct chooser *, enum choose_site, uint64_t entity, uint64_t n, rf_time mean);

#endif
