/* SPDX-License-Identifier: BSD-2-Clause */
/* journal/writer.h -- keeps a journal in a folder, without ever making its caller wait.
 *
 *      loop: rf_journal_hear --> blocks of memory --> thread: blank, CRC, write --> segments
 *
 * The caller's part is one copy of the event, and a copy of the engine's state when a segment
 * begins. Whatever goes wrong (disk slow, full, gone) stops the journal and never the caller: the
 * segment is marked incomplete, what is not recorded is counted, and when there is room again a new
 * segment begins with a new checkpoint. */
#ifndef RF_JOURNAL_WRITER_H
#define RF_JOURNAL_WRITER_H

#include "journal/journal.h"

enum {
	RF_JOURNAL_BLOCK = 256 * 1024,          /* memory is given in these */
	RF_JOURNAL_BLOCKS_MAX = 64,             /* 16 MiB not written yet, at most */
	RF_JOURNAL_FLUSH_MS = 50,               /* how long a record may wait in memory */
	RF_JOURNAL_SEGMENT_MIN = 1024 * 1024,
};

struct rf_journal_config {
	const char *dir;                        /* made with mode 0700 if it does not exist */
	uint64_t segment, keep;                 /* bytes of one, of all: keep >= 2 segments */
	uint32_t blocks;                        /* 0: RF_JOURNAL_BLOCKS_MAX */
	uint32_t retry_ms;                      /* after a stop; 0: 30 s */
	uint8_t build[RF_BUILD_ID_LEN];
	uint8_t config[RF_JOURNAL_HASH_LEN];
	uint8_t seed[16];                       /* of the engine */
	uint64_t blank[2];                      /* random, for nothing else, told nobody */
};

struct rf_journal;

/* The folder is ours and writable; NULL and a sentence in error.  Nothing is recorded before the
 * first rf_journal_hear. */
struct rf_journal *rf_journal_open(const struct rf_journal_config *, char error[256]);
/* Ends the segment with the engine's last hash, waits for the disk, frees.  NULL: nothing. */
void rf_journal_close(struct rf_journal *, const struct rf_engine *);

/* One event that is about to be stepped at `now`.  The engine must keep its effect hash.  True:
 * since the last call it stopped, or began to record (the first time, too); the counters say which
 * and why. */
bool rf_journal_hear(
    struct rf_journal *, const struct rf_engine *, rf_time now, const struct rf_event *);

/* For a process that is about to die in rf_engine_step (SIGABRT, on the caller's own thread):
 * writes what is still in memory, within a second. */
void rf_journal_last_words(struct rf_journal *);

struct rf_journal_counters {
	bool recording;
	uint64_t records, bytes, segments;      /* steps recorded, bytes and segments on disk */
	uint32_t waiting;                       /* blocks of memory not on the disk yet */
	uint64_t stops, unrecorded;             /* how often it stopped, steps it missed */
	char trouble[128];                      /* why it stopped last */
};
void rf_journal_counters(struct rf_journal *, struct rf_journal_counters *out);

#endif
