/* SPDX-License-Identifier: BSD-2-Clause */
/* app/sim/statistics.h -- what numbers of a run mean: intervals, percentiles, and whether two
 * configurations differ.  It knows nothing of calls. */
#ifndef RF_APP_SIM_STATISTICS_H
#define RF_APP_SIM_STATISTICS_H

#include <stdbool.h>
#include <stdint.h>

struct rf_interval {
	double middle, low, high;
};

/* A share of `n`, with its 95 % Wilson score interval; n 0: all of [0, 1]. */
struct rf_interval rf_share(uint64_t hits, uint64_t n);

/* The mean, with its 95 % Student interval; below two values the interval is infinite. */
struct rf_interval rf_mean(const double *value, uint32_t count);

/* Does the interval leave out what it is measured against? */
bool rf_interval_excludes(struct rf_interval, double value);

/* Two-sided 95 % quantile of Student's t with `freedom` >= 1 degrees. */
double rf_student(uint32_t freedom);

/* McNemar, exact: the probability of pairs flipping this unevenly if nothing were different. */
double rf_mcnemar(uint64_t better, uint64_t worse);

/* Holm: p values in place become adjusted ones, for `count` questions asked together. */
void rf_holm(double *p, uint32_t count);

/* ---- durations: a histogram of 64 steps in each power of two, so within 1.6 % --------------- */

enum { RF_TALLY_STEPS = 64, RF_TALLY_BUCKETS = 64 * RF_TALLY_STEPS };
struct rf_tally {
	uint64_t count, max, sum;
	uint32_t bucket[RF_TALLY_BUCKETS];
};
void rf_tally_add(struct rf_tally *, uint64_t value);
void rf_tally_merge(struct rf_tally *, const struct rf_tally *);
/* The value that a share of them does not exceed, rounded up to its step; 0 of none. */
uint64_t rf_tally_at(const struct rf_tally *, double share);

/* ---- closed formulas, for `make sim-sanity` -------------------------------------------------- */

/* offered: Erlang.  The share that finds every agent busy and is lost; or that has to wait. */
double rf_erlang_b(double offered, uint32_t agents);
double rf_erlang_c(double offered, uint32_t agents);
/* Erlang-A (M/M/n+M): the share that hangs up waiting; patience in mean service times. */
double rf_erlang_a(double offered, uint32_t agents, double patience);

#endif
