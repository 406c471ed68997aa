/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/frame.c -- where one message of a stream ends, RFC 3261 18.3.
 *
 * Pure, so that it is fuzzed here and not in transport.  Whatever could be read in two ways (no
 * Content-Length or two of them, a CR or LF alone) ends the stream: after it nobody knows where a
 * message begins, and guessing is how one peer's body becomes another peer's request. */
#include <assert.h>
#include <string.h>

#include "grammar/internal.h"

/* The two top bits of *scanned remember what was found, the others a place in the buffer. */
static const uint32_t line_begun = UINT32_C(1) << 30;  /* the leading CRLFs are over */
static const uint32_t total_known = UINT32_C(1) << 31; /* the place is the end of the message */

/* Where the leading CRLFs end, looked for from `at` on. */
static uint32_t
lead_end(struct rf_slice buffer, uint32_t at)
{
	while (buffer.len - at >= 2 && buffer.p[at] == '\r' && buffer.p[at + 1] == '\n')
		at += 2;
	return at;
}

/* Goes over the leading CRLFs.  1: a start line begins; 0: not here yet; RF_FRAME_BAD. */
static int32_t
lead_skip(struct rf_slice buffer, uint32_t *scanned)
{
	uint32_t at = lead_end(buffer, *scanned);
	*scanned = at;
	if (at == buffer.len || (buffer.p[at] == '\r' && at + 1 == buffer.len))
		return 0;
	if (!rf_token_is((struct rf_slice){ .p = buffer.p + at, .len = 1 }))
		return RF_FRAME_BAD;
	*scanned |= line_begun;
	return 1;
}

/* Where the body begins; 0: not here yet; RF_FRAME_BAD.  A token stands in front of all LFs met
 * here, so looking back two bytes stays inside the message. */
static int32_t
head_find(struct rf_slice buffer, uint32_t *scanned)
{
	const char *end = buffer.p + buffer.len;
	const char *p = buffer.p + (*scanned & ~line_begun);
	while (p < end) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));
		if (lf == NULL)
			break;
		if (lf[-1] != '\r')
			return RF_FRAME_BAD;
		if (lf[-2] == '\n')
			return (int32_t)(lf + 1 - buffer.p);
		p = lf + 1;
	}
	*scanned = buffer.len | line_begun;
	return 0;
}

/* Reads the one Content-Length of a whole header section. */
static bool
content_length(uint64_t *out, const char *p, const char *end)
{
	bool clean = true, found = false;
	const char *lf = memchr(p, '\n', (size_t)(end - p));
	while (lf != NULL && (p = lf + 1) < end) {
		struct rf_header h;
		const char *colon = rf_scan_colon(p, end);
		lf = rf_field_end(colon, end, &clean);
		if (lf == NULL || !clean)
			return false;
		if ((*p | 0x20) != 'c' && (*p | 0x20) != 'l')
			continue;
		if (!rf_field_split(&h, p, colon, lf) ||
		    rf_header_find(h.name) != RF_H_CONTENT_LENGTH)
			continue;
		if (found || !rf_slice_number(out, h.value, UINT32_MAX))
			return false;
		found = true;
	}
	return found && clean;
}

int32_t
rf_frame_next(struct rf_slice buffer, uint32_t *scanned)
{
	assert(scanned != NULL);
	if (buffer.len == 0)
		return 0;
	if ((*scanned & total_known) != 0) {
		uint32_t total = *scanned & ~total_known;
		return buffer.len < total ? 0 : (int32_t)total;
	}
	int32_t head = 0;
	if ((*scanned & line_begun) == 0)
		head = lead_skip(buffer, scanned);
	if ((*scanned & line_begun) != 0)
		head = head_find(buffer, scanned);
	if (head == 0 && buffer.len > RF_MESSAGE_MAX)
		return RF_FRAME_TOO_LARGE;
	if (head <= 0)
		return head;
	uint64_t length;
	if (!content_length(&length, buffer.p + lead_end(buffer, 0), buffer.p + head - 2))
		return RF_FRAME_BAD;
	if (length + (uint64_t)head > RF_MESSAGE_MAX)
		return RF_FRAME_TOO_LARGE;
	uint32_t total = (uint32_t)head + (uint32_t)length;
	*scanned = total | total_known;
	return buffer.len < total ? 0 : (int32_t)total;
}
