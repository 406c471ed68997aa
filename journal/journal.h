/* SPDX-License-Identifier: BSD-2-Clause */
/* journal/journal.h -- the format: everything the engine was told, in the order it was told.
 *
 *      segment: "RFJRNL1\n" | frame | frame | ...
 *      frame:   u32 length of the payload | u32 CRC-32 of type and payload | u8 type | payload
 *      order:   HEAD, PAGES..., READY, EVENT..., END           (no END: it ended in the middle)
 *
 * Numbers are little-endian.  A segment stands alone: it begins with a checkpoint of the engine.
 * An EVENT carries the effect hash before its step, which is the one after the step before, so that
 * it can be written before the step is made: the input that kills the engine is in the journal,
 * too. What this folder must never know: sockets, configuration, SIP beyond the events. */
#ifndef RF_JOURNAL_JOURNAL_H
#define RF_JOURNAL_JOURNAL_H

#include "engine/checkpoint.h"
#include "engine/engine.h"

#define RF_JOURNAL_MAGIC "RFJRNL1\n"

enum {
	RF_JOURNAL_VERSION = 1,
	RF_JOURNAL_MAGIC_LEN = 8,
	RF_JOURNAL_FRAME_LEN = 9,               /* of a frame without its payload */
	RF_JOURNAL_PAYLOAD_MAX = 192 * 1024,
	RF_JOURNAL_HASH_LEN = 32,               /* SHA-256 of the configuration */
};

enum rf_journal_type {
	RF_JOURNAL_HEAD = 1, /* struct rf_journal_head */
	RF_JOURNAL_PAGES,    /* u64 offset, u32 chunk, bytes: a run of the checkpoint */
	RF_JOURNAL_READY,    /* the checkpoint is whole */
	RF_JOURNAL_EVENT,    /* struct rf_journal_entry */
	RF_JOURNAL_END,      /* u64 effect hash [2] */
};

struct rf_journal_head {
	uint32_t version;
	uint64_t number;                        /* of the segment in its folder, from 1 */
	int64_t wall_clock_us;                  /* when it began ... */
	rf_time now;                            /* ... and what the engine's clock said then */
	uint8_t config[RF_JOURNAL_HASH_LEN];
	uint8_t seed[16];
	struct rf_checkpoint checkpoint;
};

struct rf_journal_entry {
	rf_time now;
	uint64_t before[2];                     /* effect hash before the step */
	struct rf_event event;                  /* points into the frame and what is below */
	struct rf_addr address[RF_RESOLVED_MAX];
	struct rf_plan plan;
	struct rf_slice plan_text;              /* of that plan, as it lies in the frame */
	struct rf_outbox_row outbox[RF_FETCH_MAX];
};

/* Payloads.  Write returns their length, 0: no room.  Parse is false for what is none. */
size_t rf_journal_head_write(uint8_t *out, size_t room, const struct rf_journal_head *);
bool rf_journal_head_parse(struct rf_journal_head *out, struct rf_slice payload);
size_t rf_journal_event_write(uint8_t *out, size_t room, rf_time now, const uint64_t before[2],
    const struct rf_event *);
bool rf_journal_event_parse(struct rf_journal_entry *out, struct rf_slice payload);
/* Only the effect hash before the step. */
bool rf_journal_event_before(uint64_t before[2], struct rf_slice payload);
size_t rf_journal_end_write(uint8_t *out, size_t room, const uint64_t hash[2]);
bool rf_journal_end_parse(uint64_t hash[2], struct rf_slice payload);
size_t rf_journal_pages_write(uint8_t *out, size_t room, const struct rf_checkpoint_run *);
bool rf_journal_pages_parse(struct rf_checkpoint_run *out, struct rf_slice payload);

/* ---- frames */

/* Completes the frame whose payload stands at frame + RF_JOURNAL_FRAME_LEN, but for its CRC. */
size_t rf_journal_frame_begin(uint8_t *frame, enum rf_journal_type, size_t payload_len);
/* Blanks the credentials of a frame, then gives it its CRC: what goes to the disk.  Equal secrets
 * stay equal under one key, so that the engine compares them as it did; the key is kept nowhere. */
void rf_journal_frame_seal(uint8_t *frame, const uint64_t key[2]);
/* Length of the frame at p, 0 if no whole frame with the right CRC begins there. */
size_t rf_journal_frame_check(const uint8_t *p, size_t len);
struct rf_journal_frame {
	enum rf_journal_type type;
	struct rf_slice payload;
};
/* The frame at *at, which is moved behind it; false: no whole one is left. */
bool rf_journal_frame_next(
    const uint8_t *bytes, size_t len, size_t *at, struct rf_journal_frame *out);

#endif
