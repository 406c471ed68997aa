/* SPDX-License-Identifier: BSD-2-Clause */
/* store/rows.c -- deliveries that a commit read, on their way to the event loop. */
#include <stdlib.h>
#include <string.h>

#include "store/internal.h"

enum { ROWS_FIRST = 16 * 1024 };

struct row {
	rf_token token;
	struct rf_store_delivery delivery;
};

bool
rf_store_rows_add(struct rf_store_rows *r, rf_token token, const struct rf_store_delivery *d)
{
	const struct row row = { token, *d };
	size_t len = sizeof row + (((size_t)d->event.len + 7) & ~(size_t)7);
	size_t max = r->max == 0 ? ROWS_FIRST : r->max;
	while (max - r->len < len)
		max *= 2;
	if (max != r->max) {
		char *grown = realloc(r->bytes, max);
		if (grown == NULL)
			return false;
		r->bytes = grown;
		r->max = max;
	}
	memcpy(r->bytes + r->len, &row, sizeof row);
	memcpy(r->bytes + r->len + sizeof row, d->event.p, d->event.len);
	r->len += len;
	return true;
}

uint32_t
rf_store_rows_of(
    const struct rf_store_rows *r, rf_token token, struct rf_store_delivery out[RF_FETCH_MAX])
{
	uint32_t count = 0;
	struct row row;
	for (size_t at = 0; at < r->len && count < RF_FETCH_MAX;
	     at += sizeof row + (((size_t)row.delivery.event.len + 7) & ~(size_t)7)) {
		memcpy(&row, r->bytes + at, sizeof row);
		row.delivery.event.p = r->bytes + at + sizeof row;
		if (row.token == token)
			out[count++] = row.delivery;
	}
	return count;
}

void
rf_store_rows_clear(struct rf_store_rows *r)
{
	r->len = 0;
	r->news = 0;
}

void
rf_store_rows_fini(struct rf_store_rows *r)
{
	free(r->bytes);
	*r = (struct rf_store_rows){ 0 };
}
