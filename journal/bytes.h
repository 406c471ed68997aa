/* SPDX-License-Identifier: BSD-2-Clause */
/* journal/bytes.h -- little-endian numbers into a bounded buffer and back. */
#ifndef RF_JOURNAL_BYTES_H
#define RF_JOURNAL_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct rf_put {
	uint8_t *p, *end;
	bool overflow;                          /* something did not fit: what was put is void */
};

struct rf_get {
	const uint8_t *p, *end;
	bool underflow;                         /* something was missing: what was got is void */
};

static inline void
rf_put_bytes(struct rf_put *w, const void *bytes, size_t len)
{
	if (w->overflow || (size_t)(w->end - w->p) < len) {
		w->overflow = true;
		return;
	}
	if (len > 0)
		memcpy(w->p, bytes, len);
	w->p += len;
}

static inline void
rf_put_number(struct rf_put *w, uint64_t value, unsigned width)
{
	uint8_t bytes[8];
	for (unsigned i = 0; i < width; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
	rf_put_bytes(w, bytes, width);
}

/* NULL: there are not that many. */
static inline const uint8_t *
rf_get_bytes(struct rf_get *r, size_t len)
{
	if (r->underflow || (size_t)(r->end - r->p) < len) {
		r->underflow = true;
		return NULL;
	}
	r->p += len;
	return r->p - len;
}

static inline uint64_t
rf_get_number(struct rf_get *r, unsigned width)
{
	const uint8_t *bytes = rf_get_bytes(r, width);
	uint64_t value = 0;
	for (unsigned i = width; bytes != NULL && i-- > 0;)
		value = value << 8 | bytes[i];
	return value;
}

/* Copies; zeros if there are not that many. */
static inline void
rf_get_copy(struct rf_get *r, void *out, size_t len)
{
	const uint8_t *bytes = rf_get_bytes(r, len);
	if (bytes != NULL)
		memcpy(out, bytes, len);
	else
		memset(out, 0, len);
}

#endif
