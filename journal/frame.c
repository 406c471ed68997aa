/* SPDX-License-Identifier: BSD-2-Clause */
/* journal/frame.c -- frames, their CRC, and every payload that is no event. */
#include <assert.h>

#include <zlib.h>

#include "engine/drbg.h"
#include "engine/snapshot.h"
#include "grammar/secret.h"
#include "journal/bytes.h"
#include "journal/journal.h"

/* ---- payloads ------------------------------------------------------------------------------- */

size_t
rf_journal_head_write(uint8_t *out, size_t room, const struct rf_journal_head *h)
{
	struct rf_put w = { .p = out, .end = out + room };
	const struct rf_checkpoint *c = &h->checkpoint;
	rf_put_number(&w, h->version, 4);
	rf_put_bytes(&w, c->build, sizeof c->build);
	rf_put_bytes(&w, h->config, sizeof h->config);
	rf_put_bytes(&w, h->seed, sizeof h->seed);
	rf_put_number(&w, h->number, 8);
	rf_put_number(&w, (uint64_t)h->wall_clock_us, 8);
	rf_put_number(&w, (uint64_t)h->now, 8);
	rf_put_number(&w, c->magic, 4);
	rf_put_number(&w, c->version, 4);
	rf_put_number(&w, c->size, 8);
	rf_put_number(&w, c->layout, 8);
	rf_put_number(&w, c->limits.calls, 4);
	rf_put_number(&w, c->limits.transactions, 4);
	rf_put_number(&w, c->limits.text_bytes, 4);
	rf_put_number(&w, c->limits.deliveries, 4);
	return w.overflow ? 0 : (size_t)(w.p - out);
}

bool
rf_journal_head_parse(struct rf_journal_head *out, struct rf_slice payload)
{
	const uint8_t *p = (const uint8_t *)payload.p;
	struct rf_get r = { .p = p, .end = p + payload.len };
	struct rf_checkpoint *c = &out->checkpoint;
	memset(out, 0, sizeof *out);
	out->version = (uint32_t)rf_get_number(&r, 4);
	rf_get_copy(&r, c->build, sizeof c->build);
	rf_get_copy(&r, out->config, sizeof out->config);
	rf_get_copy(&r, out->seed, sizeof out->seed);
	out->number = rf_get_number(&r, 8);
	out->wall_clock_us = (int64_t)rf_get_number(&r, 8);
	out->now = (rf_time)rf_get_number(&r, 8);
	c->magic = (uint32_t)rf_get_number(&r, 4);
	c->version = (uint32_t)rf_get_number(&r, 4);
	c->size = rf_get_number(&r, 8);
	c->layout = rf_get_number(&r, 8);
	c->limits.calls = (uint32_t)rf_get_number(&r, 4);
	c->limits.transactions = (uint32_t)rf_get_number(&r, 4);
	c->limits.text_bytes = (uint32_t)rf_get_number(&r, 4);
	c->limits.deliveries = (uint32_t)rf_get_number(&r, 4);
	return !r.underflow;
}

size_t
rf_journal_end_write(uint8_t *out, size_t room, const uint64_t hash[2])
{
	struct rf_put w = { .p = out, .end = out + room };
	rf_put_number(&w, hash[0], 8);
	rf_put_number(&w, hash[1], 8);
	return w.overflow ? 0 : (size_t)(w.p - out);
}

bool
rf_journal_end_parse(uint64_t hash[2], struct rf_slice payload)
{
	const uint8_t *p = (const uint8_t *)payload.p;
	struct rf_get r = { .p = p, .end = p + payload.len };
	hash[0] = rf_get_number(&r, 8);
	hash[1] = rf_get_number(&r, 8);
	return !r.underflow;
}

enum { PAGES_HEAD = 12 };                       /* bytes before those of the run */

size_t
rf_journal_pages_write(uint8_t *out, size_t room, const struct rf_checkpoint_run *run)
{
	struct rf_put w = { .p = out, .end = out + room };
	rf_put_number(&w, run->at, 8);
	rf_put_number(&w, run->chunk, 4);
	rf_put_bytes(&w, run->bytes.p, run->bytes.len);
	return w.overflow ? 0 : (size_t)(w.p - out);
}

bool
rf_journal_pages_parse(struct rf_checkpoint_run *out, struct rf_slice payload)
{
	const uint8_t *p = (const uint8_t *)payload.p;
	struct rf_get r = { .p = p, .end = p + payload.len };
	out->at = rf_get_number(&r, 8);
	out->chunk = (uint32_t)rf_get_number(&r, 4);
	out->bytes = (struct rf_slice){ (const char *)r.p, (uint32_t)(r.end - r.p) };
	return !r.underflow && payload.len >= PAGES_HEAD;
}

/* ---- credentials ---------------------------------------------------------------------------- */

/* Letters a known scheme of RFC 7235 is not written with (grammar/secret.c), and no white space. */
static void
blank(uint8_t *text, uint32_t len, const uint64_t key[2])
{
	struct rf_slice in = { (const char *)text, len }, secret;
	uint32_t at = 0;
	while (rf_secret_next(in, &at, &secret)) {
		uint64_t print = rf_siphash(key, secret.p, secret.len);
		uint8_t *p = text + (secret.p - in.p);
		for (uint32_t i = 0; i < secret.len; i++) {
			if (p[i] == ' ' || p[i] == '\t' || p[i] == '\r' || p[i] == '\n')
				continue;
			p[i] = (uint8_t)('a' + (print >> (4 * (i % 16)) & 15));
		}
	}
}

/* Chunk by chunk, so that no value runs over into its neighbour; what is free is wiped. */
static void
blank_page(uint8_t *payload, uint32_t len, const uint64_t key[2])
{
	struct rf_checkpoint_run page;
	struct rf_checkpoint_chunk chunk;
	uint32_t at = 0;
	if (!rf_journal_pages_parse(&page, (struct rf_slice){ (const char *)payload, len }))
		return;
	uint8_t *bytes = payload + PAGES_HEAD;
	while (rf_checkpoint_chunk_next(&page, &at, &chunk)) {
		blank(bytes + chunk.at, chunk.len, key);
		memset(bytes + chunk.at + chunk.len, 0, chunk.room - chunk.len);
	}
}

static void
blank_slice(uint8_t *payload, struct rf_slice text, const uint64_t key[2])
{
	if (text.len > 0)
		blank(payload + (text.p - (const char *)payload), text.len, key);
}

/* Only what is text: random numbers sometimes look like "k=" at the begin of a line.  A snapshot is
 * sealed over its bytes: the blanked one anew, if it was whole. */
static void
blank_event(uint8_t *payload, uint32_t len, const uint64_t key[2])
{
	struct rf_journal_entry entry;
	bool parsed = rf_journal_event_parse(
	    &entry, (struct rf_slice){ (const char *)payload, len });
	struct rf_slice bytes = entry.event.bytes;
	bool whole = parsed && entry.event.kind == RF_EV_RESTORE && rf_snapshot_is_whole(bytes);
	if (!parsed) {
		blank(payload, len, key);
		return;
	}
	blank_slice(payload, entry.event.bytes, key);
	blank_slice(payload, entry.plan_text, key);
	if (whole)
		rf_snapshot_seal((char *)payload + (bytes.p - (const char *)payload), bytes.len);
}

/* ---- frames --------------------------------------------------------------------------------- */

static uint32_t
length_of(const uint8_t *frame)
{
	struct rf_get r = { .p = frame, .end = frame + 4 };
	return (uint32_t)rf_get_number(&r, 4);
}

static uint32_t
crc_of(const uint8_t *frame)
{
	return (uint32_t)crc32(crc32(0, NULL, 0), frame + 8, length_of(frame) + 1);
}

size_t
rf_journal_frame_begin(uint8_t *frame, enum rf_journal_type type, size_t payload_len)
{
	struct rf_put w = { .p = frame, .end = frame + RF_JOURNAL_FRAME_LEN };
	assert(payload_len <= RF_JOURNAL_PAYLOAD_MAX);
	rf_put_number(&w, payload_len, 4);
	rf_put_number(&w, 0, 4);
	rf_put_number(&w, type, 1);
	return RF_JOURNAL_FRAME_LEN + payload_len;
}

void
rf_journal_frame_seal(uint8_t *frame, const uint64_t key[2])
{
	struct rf_put w = { .p = frame + 4, .end = frame + 8 };
	if (frame[8] == RF_JOURNAL_EVENT)
		blank_event(frame + RF_JOURNAL_FRAME_LEN, length_of(frame), key);
	else if (frame[8] == RF_JOURNAL_PAGES)
		blank_page(frame + RF_JOURNAL_FRAME_LEN, length_of(frame), key);
	rf_put_number(&w, crc_of(frame), 4);
}

size_t
rf_journal_frame_check(const uint8_t *p, size_t len)
{
	if (len < RF_JOURNAL_FRAME_LEN)
		return 0;
	uint32_t payload_len = length_of(p);
	if (payload_len > RF_JOURNAL_PAYLOAD_MAX || payload_len > len - RF_JOURNAL_FRAME_LEN)
		return 0;
	struct rf_get r = { .p = p + 4, .end = p + 8 };
	return rf_get_number(&r, 4) == crc_of(p) ? RF_JOURNAL_FRAME_LEN + payload_len : 0;
}

bool
rf_journal_frame_next(const uint8_t *bytes, size_t len, size_t *at, struct rf_journal_frame *out)
{
	size_t frame = rf_journal_frame_check(bytes + *at, len - *at);
	if (frame == 0)
		return false;
	out->type = (enum rf_journal_type)bytes[*at + 8];
	out->payload = (struct rf_slice){ (const char *)bytes + *at + RF_JOURNAL_FRAME_LEN,
		(uint32_t)(frame - RF_JOURNAL_FRAME_LEN) };
	*at += frame;
	return true;
}
