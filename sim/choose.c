/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/choose.c -- a keyed, counter-based draw, and who may decide in its place.
 *
 * What this file must never know: how many draws there were before this one. */
#include "sim/choose.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/drbg.h"

static const struct {
	const char *name, *question;
} sites[] = {
#define SITE(name, text, question, entity) { text, question },
#include "sim/choose.def"
#undef SITE
};

const char *
choose_site_name(enum choose_site site)
{
	assert(site < CHOOSE_SITES_MAX);
	return sites[site].name;
}

const char *
choose_site_question(enum choose_site site)
{
	assert(site < CHOOSE_SITES_MAX);
	return sites[site].question;
}

/* ---- lists of choices ------------------------------------------------------------------------ */

void
choice_write(const struct choice *c, char out[CHOICE_TEXT_MAX])
{
	snprintf(out, CHOICE_TEXT_MAX, "%s/%llu/%llu=%lld", choose_site_name(c->site),
	    (unsigned long long)c->entity, (unsigned long long)c->n, (long long)c->value);
}

/* Cuts a decimal number and the character behind it off *rest. */
static bool
read_number(struct rf_slice *rest, char behind, uint64_t *out)
{
	uint32_t i = 0;
	*out = 0;
	for (; i < rest->len && rest->p[i] >= '0' && rest->p[i] <= '9'; i++) {
		uint64_t digit = (uint64_t)(rest->p[i] - '0');
		if (*out > (UINT64_MAX - digit) / 10)
			return false;
		*out = *out * 10 + digit;
	}
	if (i == 0 || (behind == '\0' ? i != rest->len : i == rest->len || rest->p[i] != behind))
		return false;
	i += behind != '\0';
	*rest = (struct rf_slice){ rest->p + i, rest->len - i };
	return true;
}

bool
choice_read(struct choice *c, struct rf_slice text)
{
	uint64_t value;
	for (size_t i = 0; i < CHOOSE_SITES_MAX; i++) {
		uint32_t len = (uint32_t)strlen(sites[i].name);
		if (text.len <= len || memcmp(text.p, sites[i].name, len) != 0 ||
		    text.p[len] != '/')
			continue;
		struct rf_slice rest = { text.p + len + 1, text.len - len - 1 };
		c->site = (enum choose_site)i;
		if (!read_number(&rest, '/', &c->entity) || !read_number(&rest, '=', &c->n))
			return false;
		bool negative = rest.len > 0 && rest.p[0] == '-';
		rest = (struct rf_slice){ rest.p + negative, rest.len - negative };
		if (!read_number(&rest, '\0', &value) || value > INT64_MAX)
			return false;
		c->value = negative ? -(int64_t)value : (int64_t)value;
		return true;
	}
	return false;
}

void
choices_add(struct choices *list, const struct choice *c)
{
	if (list->count == CHOICES_MAX) {
		list->truncated = true;
		return;
	}
	if (list->count == list->room) {
		list->room = list->room == 0 ? 64 : 2 * list->room;
		list->at = realloc(list->at, list->room * sizeof *list->at);
		assert(list->at != NULL);
	}
	list->at[list->count++] = *c;
}

static int
compare(const void *a, const void *b)
{
	const struct choice *x = a, *y = b;
	if (x->site != y->site)
		return x->site < y->site ? -1 : 1;
	if (x->entity != y->entity)
		return x->entity < y->entity ? -1 : 1;
	if (x->n != y->n)
		return x->n < y->n ? -1 : 1;
	return 0;
}

void
choices_sort(struct choices *list)
{
	uint32_t kept = 0;
	if (list->count == 0)
		return;
	qsort(list->at, list->count, sizeof *list->at, compare);
	for (uint32_t i = 1; i < list->count; i++) {
		if (compare(&list->at[kept], &list->at[i]) != 0)
			list->at[++kept] = list->at[i];
	}
	list->count = kept + 1;
}

void
choices_free(struct choices *list)
{
	free(list->at);
	*list = (struct choices){ .count = 0 };
}

/* ---- who decides ----------------------------------------------------------------------------- */

void
choose_init(struct chooser *c, uint64_t seed)
{
	static const uint64_t of_names[2] = { 0x7265666572656521, 0x63686f6f73652121 };
	memset(c, 0, sizeof *c);
	c->seed = seed;
	for (size_t i = 0; i < CHOOSE_SITES_MAX; i++)
		c->site_key[i] = rf_siphash(of_names, sites[i].name, strlen(sites[i].name));
}

uint64_t
choose_bits(const struct chooser *c, enum choose_site site, uint64_t entity, uint64_t n)
{
	uint8_t name[16];
	const uint64_t key[2] = { c->seed, c->site_key[site] };
	for (unsigned i = 0; i < 8; i++) {
		name[i] = (uint8_t)(entity >> 8 * i);
		name[8 + i] = (uint8_t)(n >> 8 * i);
	}
	return rf_siphash(key, name, sizeof name);
}

/* The next byte of the tape; 0, the usual, behind its end. */
static uint8_t
tape_byte(struct chooser *c)
{
	return c->tape_at < c->tape_len ? c->tape[c->tape_at++] : 0;
}

/* One of 255 places in the middle of equal parts of all bits. */
static uint64_t
tape_bits(uint8_t byte)
{
	return ((uint64_t)byte * 2 - 1) * (UINT64_MAX / 510);
}

static int64_t
clamp(const struct choose_question *q, int64_t value)
{
	return value < q->low ? q->low : value > q->high ? q->high : value;
}

/* Is it decided by name, or by somebody who needs no bits?  Else *bits are what it hangs on. */
static bool
is_decided(struct chooser *c, const struct choose_question *q, int64_t *value, uint64_t *bits)
{
	uint8_t byte;
	c->made++;
	if (c->fixed != NULL && c->fixed->count > 0) {
		struct choice wanted = { q->site, q->entity, q->n, 0 };
		const struct choice *found =
		    bsearch(&wanted, c->fixed->at, c->fixed->count, sizeof *c->fixed->at, compare);
		if (found != NULL) {
			*value = clamp(q, found->value);
			return true;
		}
	}
	switch (c->by) {
	case CHOOSE_BY_SEED:
		*bits = choose_bits(c, q->site, q->entity, q->n);
		return false;
	case CHOOSE_BY_NOBODY:
		break;
	case CHOOSE_BY_TAPE:
		byte = tape_byte(c);
		if (byte == 0)
			break;
		*bits = tape_bits(byte);
		return false;
	case CHOOSE_BY_DRIVER:
		*value = clamp(q, c->driver(c->user, q));
		return true;
	}
	*value = q->usual;
	return true;
}

static int64_t
done(struct chooser *c, const struct choose_question *q, int64_t value)
{
	if (c->record != NULL && value != q->usual)
		choices_add(c->record, &(struct choice){ q->site, q->entity, q->n, value });
	return value;
}

/* ---- kinds of choices ------------------------------------------------------------------------ */

static double
fraction(uint64_t bits)
{
	return (double)(bits >> 12) / (double)(UINT64_C(1) << 52);
}

bool
choose_yes(struct chooser *c, enum choose_site site, uint64_t entity, uint64_t n, double rate)
{
	const struct choose_question q = { site, entity, n, 0, 1, 0, rate };
	int64_t value;
	uint64_t bits;
	if (!(rate > 0))
		return false;
	/* On a tape, 255 is always yes: 1 - x lies in (0, rate] for it. */
	if (!is_decided(c, &q, &value, &bits)) {
		double x = fraction(~bits);
		value =
		    c->by == CHOOSE_BY_TAPE && bits >= UINT64_MAX - UINT64_MAX / 255 ? 1 : x < rate;
	}
	return done(c, &q, value) != 0;
}

uint32_t
choose_below(struct chooser *c, enum choose_site site, uint64_t entity, uint64_t n, uint32_t count)
{
	assert(count > 0);
	return (uint32_t)choose_between(c, site, entity, n, 0, (int64_t)count - 1, 0);
}

int64_t
choose_between(struct chooser *c, enum choose_site site, uint64_t entity, uint64_t n, int64_t low,
    int64_t high, int64_t usual)
{
	const struct choose_question q = { site, entity, n, low, high, usual, 0 };
	int64_t value;
	uint64_t bits;
	assert(low <= usual);
	assert(usual <= high);
	if (!is_decided(c, &q, &value, &bits)) {
		uint64_t span = (uint64_t)high - (uint64_t)low + 1; /* 0: all there are */
		/* The upper half of the product of two: less biased than the rest of a division,
		 * and rising with the bits, as a tape wants it. */
		__extension__ typedef unsigned __int128 wide;
		uint64_t offset = span == 0 ? bits : (uint64_t)((wide)bits * span >> 64);
		value = (int64_t)((uint64_t)low + offset);
	}
	return done(c, &q, value);
}

uint32_t
choose_weighted(struct chooser *c, enum choose_site site, uint64_t entity, uint64_t n,
    const double *weight, uint32_t count)
{
	const struct choose_question q = { site, entity, n, 0, (int64_t)count - 1, 0, 0 };
	int64_t value;
	uint64_t bits;
	double sum = 0;
	assert(count > 0);
	for (uint32_t i = 0; i < count; i++)
		sum += weight[i];
	if (is_decided(c, &q, &value, &bits))
		return (uint32_t)done(c, &q, value);
	double left = fraction(bits) * sum;
	value = 0;
	for (uint32_t i = 0; i < count; i++) {
		if (!(weight[i] > 0))
			continue;
		value = i;
		if (left < weight[i])
			break;
		left -= weight[i];
	}
	return (uint32_t)done(c, &q, value);
}

/* The longest duration that can be drawn: a year. */
static const double longest = 366.0 * 86400 * 1e6;

static rf_time
to_time(const struct spread *s, double value)
{
	double us = value * (double)(s->unit != 0 ? s->unit : 1);
	if (!(us > 0))
		return 0;
	return (rf_time)((us < longest ? us : longest) + 0.5);
}

rf_time
choose_time(
    struct chooser *c, enum choose_site site, uint64_t entity, uint64_t n, const struct spread *s)
{
	const struct choose_question q = { site, entity, n, 0, (int64_t)longest,
		to_time(s, spread_usual(s)), 0 };
	int64_t value;
	uint64_t bits;
	if (s->kind == SPREAD_FIXED)
		return q.usual;
	if (!is_decided(c, &q, &value, &bits))
		value = to_time(s, spread_draw(s, bits));
	return done(c, &q, value);
}

rf_time
choose_about(struct chooser *c, enum choose_site site, uint64_t entity, uint64_t n, rf_time mean)
{
	const struct spread s = { .kind = SPREAD_EXPONENTIAL, .a = (double)mean };
	return choose_time(c, site, entity, n, &s);
}
