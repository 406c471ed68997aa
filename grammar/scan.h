/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/scan.h -- looking for the few bytes that framing stops at, sixteen at a time.
 *
 * Half the bytes of a message never need a state machine, and a line is too short to pay for a call
 * of memchr.  Never reads a byte at or behind `end`.  SSE2 is part of every x86-64; elsewhere the
 * plain loops do all of it. */
#ifndef RF_GRAMMAR_SCAN_H
#define RF_GRAMMAR_SCAN_H

#include <stdbool.h>

#ifdef __SSE2__
#include <emmintrin.h>

/* A bit for every byte at p that is a or b. */
static inline unsigned
rf_scan_block(const char *p, __m128i a, __m128i b)
{
	__m128i block = _mm_loadu_si128((const __m128i *)(const void *)p);
	return (unsigned)_mm_movemask_epi8(
	    _mm_or_si128(_mm_cmpeq_epi8(block, a), _mm_cmpeq_epi8(block, b)));
}
#endif

/* The first a or b in [p, end); `end`: there is none. */
static inline const char *
rf_scan_either(const char *p, const char *end, char a, char b)
{
#ifdef __SSE2__
	const __m128i all_a = _mm_set1_epi8(a), all_b = _mm_set1_epi8(b);
	if (end - p >= 16) {
		const char *last = end - 16;
		do {
			unsigned found = rf_scan_block(p, all_a, all_b);
			if (found != 0)
				return p + __builtin_ctz(found);
			p += 16;
		} while (p <= last);
	}
#endif
	while (p < end && *p != a && *p != b)
		p++;
	return p;
}

/* No blank, no control character, only ASCII?  False says only that one must look closer. */
static inline bool
rf_scan_is_graphic(const char *p, const char *end)
{
#ifdef __SSE2__
	const __m128i blank = _mm_set1_epi8(' '), delete = _mm_set1_epi8(0x7f);
	for (; end - p >= 16; p += 16) {
		__m128i block = _mm_loadu_si128((const __m128i *)(const void *)p);
		__m128i good = _mm_andnot_si128(
		    _mm_cmpeq_epi8(block, delete), _mm_cmpgt_epi8(block, blank));
		if (_mm_movemask_epi8(good) != 0xffff)
			return false;
	}
#endif
	for (; p < end; p++) {
		if (*p <= ' ' || *p == 0x7f)
			return false;
	}
	return true;
}

/* The first CR or LF. */
static inline const char *
rf_scan_line(const char *p, const char *end)
{
	return rf_scan_either(p, end, '\r', '\n');
}

/* The first byte that is a CR or below it: CR, LF, a tab, or what no line should have.  One
 * subtraction tells it of sixteen. */
static inline const char *
rf_scan_low(const char *p, const char *end)
{
#ifdef __SSE2__
	const __m128i most = _mm_set1_epi8('\r'), none = _mm_setzero_si128();
	if (end - p >= 16) {
		const char *last = end - 16;
		do {
			__m128i block = _mm_loadu_si128((const __m128i *)(const void *)p);
			unsigned found = (unsigned)_mm_movemask_epi8(
			    _mm_cmpeq_epi8(_mm_subs_epu8(block, most), none));
			if (found != 0)
				return p + __builtin_ctz(found);
			p += 16;
		} while (p <= last);
	}
#endif
	while (p < end && (unsigned char)*p > '\r')
		p++;
	return p;
}

/* Where the name of a header field ends: at its colon, or at an LF if it has none. */
static inline const char *
rf_scan_colon(const char *p, const char *end)
{
	return rf_scan_either(p, end, ':', '\n');
}

#endif
