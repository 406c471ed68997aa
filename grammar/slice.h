/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/slice.h -- bytes that somebody else owns.
 *
 * Every parsed value is a slice of the message it came from; nothing here needs a NUL, copies, or
 * allocates.  A slice never outlives its message: who keeps one copies the bytes. */
#ifndef RF_GRAMMAR_SLICE_H
#define RF_GRAMMAR_SLICE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct rf_slice {
	const char *p;
	uint32_t len;
};

/* A slice of a string literal. */
#define RF_SLICE(literal) ((struct rf_slice){ (literal), (uint32_t)(sizeof(literal) - 1) })
#define RF_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* [from, to) as a slice. */
static inline struct rf_slice
rf_slice_between(const char *from, const char *to)
{
	assert(from <= to);
	return (struct rf_slice){ .p = from, .len = (uint32_t)(to - from) };
}
/* A NUL-terminated string as a slice. */
static inline struct rf_slice
rf_slice_of(const char *text)
{
	/* of a literal the compiler knows the length */
	return (struct rf_slice){ .p = text, .len = (uint32_t)strlen(text) };
}
bool rf_slice_equal(struct rf_slice a, struct rf_slice b);
/* ASCII case ignored: tokens, header names, hosts. */
bool rf_slice_equal_nocase(struct rf_slice a, struct rf_slice b);
/* LWS (space, tab, CR, LF) off both ends; never a null pointer. */
struct rf_slice rf_slice_trim_blanks(struct rf_slice s);
static inline struct rf_slice
rf_slice_trim(struct rf_slice s)
{
	/* nearly every slice has nothing to trim */
	if (s.len > 0 && (unsigned char)s.p[0] > ' ' && (unsigned char)s.p[s.len - 1] > ' ')
		return s;
	return rf_slice_trim_blanks(s);
}
/* 1*DIGIT, the whole slice, at most max; *out untouched on false. */
bool rf_slice_number(uint64_t *out, struct rf_slice s, uint64_t max);
/* Does `list` (comma separated tokens, LWS around them) hold `token`, case ignored? */
bool rf_slice_has_token(struct rf_slice list, struct rf_slice token);

#endif
