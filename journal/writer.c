/* SPDX-License-Identifier: BSD-2-Clause */
/* journal/writer.c -- the two ends of a bounded queue of blocks, and the thread at the far end.
 *
 *      free ---> filling (the loop) ---> full ---> the thread ---> free
 *
 * A block may begin a segment, then it carries the checkpoint.  One mutex guards the lists and the
 * counters and is never held while the disk works; files belong to the thread alone. */
#include "journal/writer.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "journal/copy.h"
#include "journal/folder.h"

struct block {
	struct block *next;
	struct rf_journal_copy checkpoint;      /* bytes != NULL: a segment begins here */
	uint32_t len;
	uint8_t bytes[RF_JOURNAL_BLOCK];
};

struct rf_journal {
	struct rf_journal_config config;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t work;
	/* guarded by mutex */
	struct block *filling, *free, *full, **full_end;
	bool closing, busy;                     /* the thread has blocks in its hands */
	bool failed;                            /* the thread could not write: the loop stops */
	bool abandoned;                         /* what is open ends in the middle */
	bool may_start;                         /* there is room for a new segment */
	uint32_t checkpoints;                   /* on their way: one at most */
	uint64_t number;                        /* of the next segment */
	struct rf_journal_counters counters;
	/* the loop's */
	bool recording;
	uint64_t segment_len, checkpoint_len;   /* bytes of the segment being recorded */
	/* the thread's */
	struct rf_journal_folder folder;
	int fd;                                 /* -1: no segment, blocks are thrown away */
	char name[RF_JOURNAL_NAME_MAX];
	bool whole;                             /* its checkpoint is */
};

/* What a segment may still need when it is full: its END. */
enum {
	END_ROOM = RF_JOURNAL_FRAME_LEN + 16,
	EVENT_HEAD_MAX = 512,                   /* an event without its bytes and its plan */
};

/* ---- the loop's end ------------------------------------------------------------------------- */

static int64_t
wall_clock_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static bool
copy_engine(struct rf_journal *j, const struct rf_engine *e, rf_time now, uint64_t number,
    struct rf_journal_copy *out)
{
	struct rf_journal_head head = { .version = RF_JOURNAL_VERSION, .number = number,
		.now = now, .wall_clock_us = wall_clock_us() };
	memcpy(head.config, j->config.config, sizeof head.config);
	memcpy(head.seed, j->config.seed, sizeof head.seed);
	rf_checkpoint_describe(e, j->config.build, &head.checkpoint);
	return rf_journal_copy_take(out, e, &head);
}

static void
push_filling(struct rf_journal *j)
{
	struct block *b = j->filling;
	if (b == NULL)
		return;
	j->filling = NULL;
	b->next = NULL;
	*j->full_end = b;
	j->full_end = &b->next;
	pthread_cond_signal(&j->work);
}

/* An empty block to fill; false: none is free, which is how a slow disk shows. */
static bool
take_block(struct rf_journal *j)
{
	push_filling(j);
	struct block *b = j->free;
	if (b == NULL)
		return false;
	j->free = b->next;
	b->next = NULL;
	b->len = 0;
	b->checkpoint = (struct rf_journal_copy){ .bytes = NULL };
	j->filling = b;
	return true;
}

/* Stops recording; what was recorded is still written, and then the segment is incomplete. */
static void
stop(struct rf_journal *j, const char *why)
{
	push_filling(j);
	j->abandoned = true;
	j->recording = false;
	j->counters.recording = false;
	j->counters.stops++;
	if (why != NULL)
		snprintf(j->counters.trouble, sizeof j->counters.trouble, "%s", why);
	pthread_cond_signal(&j->work);
}

static uint64_t
segment_room(const struct rf_journal *j, uint64_t checkpoint_len)
{
	/* With a large checkpoint a quarter is still for events: else every record began one. */
	uint64_t least = checkpoint_len + j->config.segment / 4;
	return least > j->config.segment ? least : j->config.segment;
}

/* A new segment from here on; false: it could not begin. */
static bool
begin_segment(struct rf_journal *j, const struct rf_engine *e, rf_time now)
{
	struct rf_journal_copy copy;
	if (j->checkpoints > 0 || !copy_engine(j, e, now, j->number, &copy))
		return false;
	if (!take_block(j)) {
		rf_journal_copy_give(&copy);
		return false;
	}
	j->filling->checkpoint = copy;
	j->checkpoints++;
	j->number++;
	j->may_start = false;
	j->recording = true;
	j->counters.recording = true;
	j->checkpoint_len = RF_JOURNAL_MAGIC_LEN + copy.len;
	j->segment_len = j->checkpoint_len;
	pthread_cond_signal(&j->work);
	return true;
}

static void
put_end(struct rf_journal *j, const uint64_t hash[2])
{
	if (j->filling == NULL || j->filling->len + END_ROOM > RF_JOURNAL_BLOCK) {
		if (!take_block(j))
			return;                         /* without its END it is as after a crash */
	}
	struct block *b = j->filling;
	uint8_t *frame = b->bytes + b->len;
	size_t len = rf_journal_end_write(
	    frame + RF_JOURNAL_FRAME_LEN, RF_JOURNAL_BLOCK - b->len - RF_JOURNAL_FRAME_LEN, hash);
	b->len += (uint32_t)rf_journal_frame_begin(frame, RF_JOURNAL_END, len);
}

/* Puts the event behind what is in the block; 0: it does not fit. */
static size_t
put_event(struct rf_journal *j, rf_time now, const uint64_t before[2],
    const struct rf_event *event)
{
	struct block *b = j->filling;
	if (b == NULL || b->len + RF_JOURNAL_FRAME_LEN + END_ROOM > RF_JOURNAL_BLOCK)
		return 0;
	uint8_t *frame = b->bytes + b->len;
	size_t room = RF_JOURNAL_BLOCK - b->len - RF_JOURNAL_FRAME_LEN - END_ROOM;
	room = room < RF_JOURNAL_PAYLOAD_MAX ? room : RF_JOURNAL_PAYLOAD_MAX;
	size_t len = rf_journal_event_write(frame + RF_JOURNAL_FRAME_LEN, room, now, before, event);
	if (len == 0)
		return 0;
	bool first = b->len == 0;
	len = rf_journal_frame_begin(frame, RF_JOURNAL_EVENT, len);
	b->len += (uint32_t)len;
	if (first)
		pthread_cond_signal(&j->work);
	return len;
}

static void
record(struct rf_journal *j, const struct rf_engine *e, rf_time now,
    const struct rf_event *event)
{
	uint64_t before[2];
	rf_engine_effect_hash(e, before);
	uint64_t most = RF_JOURNAL_FRAME_LEN + EVENT_HEAD_MAX + event->bytes.len +
	    (event->plan != NULL ? event->plan->size : 0);
	if (j->segment_len + most + END_ROOM > segment_room(j, j->checkpoint_len)) {
		put_end(j, before);
		if (!begin_segment(j, e, now)) {
			stop(j, "the disk is too slow for a new segment");
			j->counters.unrecorded++;
			return;
		}
	}
	size_t len = put_event(j, now, before, event);
	if (len == 0 && take_block(j))
		len = put_event(j, now, before, event);
	if (len == 0) {
		stop(j, "the disk is too slow");
		j->counters.unrecorded++;
		return;
	}
	j->segment_len += len;
	j->counters.records++;
}

bool
rf_journal_hear(struct rf_journal *j, const struct rf_engine *e, rf_time now,
    const struct rf_event *event)
{
	uint64_t stops = j->counters.stops;
	bool recording = j->recording;                  /* both are written on this thread only */
	pthread_mutex_lock(&j->mutex);
	if (j->failed && j->recording)
		stop(j, NULL);                          /* the thread said why */
	if (!j->recording && j->may_start && !begin_segment(j, e, now))
		j->may_start = false;                   /* the thread looks again later */
	if (j->recording)
		record(j, e, now, event);
	else
		j->counters.unrecorded++;
	bool changed = j->recording != recording || j->counters.stops != stops;
	pthread_mutex_unlock(&j->mutex);
	return changed;
}

void
rf_journal_counters(struct rf_journal *j, struct rf_journal_counters *out)
{
	pthread_mutex_lock(&j->mutex);
	*out = j->counters;
	out->waiting = j->config.blocks - (j->filling != NULL);
	for (const struct block *b = j->free; b != NULL; b = b->next)
		out->waiting--;
	pthread_mutex_unlock(&j->mutex);
}

/* ---- the thread's end ----------------------------------------------------------------------- */

static void
fail(struct rf_journal *j, const char *what, int error)
{
	pthread_mutex_lock(&j->mutex);
	j->failed = true;
	snprintf(j->counters.trouble, sizeof j->counters.trouble, "%s: %s", what, strerror(error));
	pthread_mutex_unlock(&j->mutex);
}

static void
close_segment(struct rf_journal *j, bool incomplete)
{
	if (j->fd < 0)
		return;
	fdatasync(j->fd);
	close(j->fd);
	j->fd = -1;
	if (incomplete && !j->whole)
		rf_journal_folder_remove(&j->folder, j->name);
	else if (incomplete)
		rf_journal_folder_mark(&j->folder, j->name);
}

static bool
write_all(struct rf_journal *j, const uint8_t *bytes, size_t len)
{
	size_t left = len;
	while (left > 0) {
		ssize_t n = write(j->fd, bytes + (len - left), left);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			fail(j, "the disk", n < 0 ? errno : ENOSPC);
			close_segment(j, true);
			return false;
		}
		left -= (size_t)n;
	}
	pthread_mutex_lock(&j->mutex);
	j->counters.bytes += len;
	pthread_mutex_unlock(&j->mutex);
	return true;
}

/* All frames of a stretch of memory, blanked and sealed, in one write. */
static bool
write_frames(struct rf_journal *j, uint8_t *bytes, size_t len)
{
	struct rf_journal_frame frame;
	for (size_t at = 0; at < len;) {
		rf_journal_frame_seal(bytes + at, j->config.blank);
		bool whole = rf_journal_frame_next(bytes, len, &at, &frame);
		assert(whole);
		(void)whole;
	}
	return len == 0 || write_all(j, bytes, len);
}

static void
open_segment(struct rf_journal *j, struct rf_journal_copy *c)
{
	close_segment(j, false);
	j->whole = false;
	if (!rf_journal_folder_make_room(&j->folder,
		segment_room(j, RF_JOURNAL_MAGIC_LEN + c->len), j->config.keep)) {
		fail(j, "keep is too small for a checkpoint", EFBIG);
		return;
	}
	j->fd = rf_journal_folder_create(
	    &j->folder, c->head.number, c->head.wall_clock_us, j->name);
	if (j->fd < 0) {
		fail(j, "the folder", errno);
		return;
	}
	if (!write_all(j, (const uint8_t *)RF_JOURNAL_MAGIC, RF_JOURNAL_MAGIC_LEN) ||
	    !write_frames(j, c->bytes, c->len))
		return;
	j->whole = true;
	pthread_mutex_lock(&j->mutex);
	j->counters.segments++;
	pthread_mutex_unlock(&j->mutex);
}

static void
write_block(struct rf_journal *j, struct block *b)
{
	if (b->checkpoint.bytes != NULL) {
		open_segment(j, &b->checkpoint);
		rf_journal_copy_give(&b->checkpoint);
		pthread_mutex_lock(&j->mutex);
		j->checkpoints--;
		pthread_mutex_unlock(&j->mutex);
	}
	if (j->fd >= 0)
		write_frames(j, b->bytes, b->len);
}

/* Milliseconds from now on, for pthread_cond_timedwait. */
static struct timespec
in_ms(uint32_t ms)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += (long)(ms % 1000) * 1000000;
	t.tv_sec += ms / 1000 + t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

/* Everything that waits, the block being filled as well; called with the mutex held. */
static struct block *
take_all(struct rf_journal *j)
{
	if (j->filling != NULL && (j->filling->len > 0 || j->filling->checkpoint.bytes != NULL))
		push_filling(j);
	struct block *list = j->full;
	j->full = NULL;
	j->full_end = &j->full;
	return list;
}

static void
write_list(struct rf_journal *j, struct block *list)
{
	while (list != NULL) {
		struct block *b = list;
		list = b->next;
		write_block(j, b);
		pthread_mutex_lock(&j->mutex);
		b->next = j->free;
		j->free = b;
		pthread_mutex_unlock(&j->mutex);
	}
}

static bool
has_work(const struct rf_journal *j)
{
	return j->full != NULL || j->abandoned ||
	    (j->filling != NULL && (j->filling->len > 0 || j->filling->checkpoint.bytes != NULL));
}

/* After a stop: is there room for the loop to begin a new segment? */
static bool
look_for_room(struct rf_journal *j)
{
	rf_journal_folder_make_room(&j->folder, j->config.segment, j->config.keep);
	return rf_journal_folder_has_room(&j->folder, j->config.segment / 4);
}

/* Called with the mutex held; it is given up meanwhile. */
static void
rest(struct rf_journal *j)
{
	struct timespec until = in_ms(j->config.retry_ms);
	if (pthread_cond_timedwait(&j->work, &j->mutex, &until) != ETIMEDOUT || has_work(j) ||
	    j->recording || j->may_start)
		return;
	pthread_mutex_unlock(&j->mutex);
	bool room = look_for_room(j);
	pthread_mutex_lock(&j->mutex);
	if (room) {
		j->failed = false;
		j->may_start = true;
	}
}

/* Everything that waits, to the disk; likewise. */
static void
work(struct rf_journal *j)
{
	/* Let a turn or two of the loop come together, unless it is much or urgent. */
	struct timespec until = in_ms(RF_JOURNAL_FLUSH_MS);
	while (!j->closing && j->full == NULL && !j->abandoned &&
	    pthread_cond_timedwait(&j->work, &j->mutex, &until) != ETIMEDOUT)
		continue;
	struct block *list = take_all(j);
	bool abandoned = j->abandoned;
	j->abandoned = false;
	j->busy = true;
	pthread_mutex_unlock(&j->mutex);
	write_list(j, list);
	if (abandoned)
		close_segment(j, true);
	pthread_mutex_lock(&j->mutex);
	j->busy = false;
}

static void *
run(void *user)
{
	struct rf_journal *j = user;
	pthread_mutex_lock(&j->mutex);
	while (!j->closing || has_work(j)) {
		if (has_work(j))
			work(j);
		else
			rest(j);
	}
	pthread_mutex_unlock(&j->mutex);
	close_segment(j, false);
	return NULL;
}

void
rf_journal_last_words(struct rf_journal *j)
{
	for (unsigned tries = 0; tries < 1000; tries++) {
		if (pthread_mutex_trylock(&j->mutex) == 0) {
			bool busy = j->busy;
			struct block *list = busy ? NULL : take_all(j);
			j->busy = true;                 /* the thread finds nothing any more */
			pthread_mutex_unlock(&j->mutex);
			if (!busy) {
				write_list(j, list);
				return;
			}
		}
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
}

/* ---- beginning and end ---------------------------------------------------------------------- */

static void
free_list(struct block *b)
{
	while (b != NULL) {
		struct block *next = b->next;
		rf_journal_copy_give(&b->checkpoint);
		free(b);
		b = next;
	}
}

static void
journal_free(struct rf_journal *j)
{
	rf_journal_folder_close(&j->folder);
	free_list(j->free);
	free_list(j->filling);
	free_list(j->full);
	pthread_cond_destroy(&j->work);
	pthread_mutex_destroy(&j->mutex);
	free(j);
}

struct rf_journal *
rf_journal_open(const struct rf_journal_config *config, char error[256])
{
	struct rf_journal *j = calloc(1, sizeof *j);
	pthread_condattr_t monotonic;
	snprintf(error, 256, "journal: no memory");
	if (j == NULL)
		return NULL;
	assert(config->segment >= RF_JOURNAL_SEGMENT_MIN);
	assert(config->keep >= 2 * config->segment);
	j->config = *config;
	j->config.dir = NULL;                           /* the caller's; the folder is open */
	j->config.blocks = config->blocks != 0 ? config->blocks : RF_JOURNAL_BLOCKS_MAX;
	j->config.retry_ms = config->retry_ms != 0 ? config->retry_ms : 30 * 1000;
	j->full_end = &j->full;
	j->fd = -1;
	j->may_start = true;
	pthread_mutex_init(&j->mutex, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&j->work, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if (!rf_journal_folder_open(&j->folder, config->dir, error)) {
		j->folder.fd = -1;
		journal_free(j);
		return NULL;
	}
	j->number = j->folder.newest + 1;
	for (uint32_t i = 0; i < j->config.blocks; i++) {
		struct block *b = malloc(sizeof *b);
		if (b == NULL) {
			j->config.blocks = i;
			break;
		}
		b->next = j->free;
		b->checkpoint = (struct rf_journal_copy){ .bytes = NULL };
		j->free = b;
	}
	if (j->free == NULL || pthread_create(&j->thread, NULL, run, j) != 0) {
		journal_free(j);
		return NULL;
	}
	return j;
}

void
rf_journal_close(struct rf_journal *j, const struct rf_engine *e)
{
	uint64_t hash[2];
	if (j == NULL)
		return;
	pthread_mutex_lock(&j->mutex);
	rf_engine_effect_hash(e, hash);
	if (j->recording && j->failed)
		stop(j, NULL);
	else if (j->recording)
		put_end(j, hash);
	j->closing = true;
	pthread_cond_signal(&j->work);
	pthread_mutex_unlock(&j->mutex);
	pthread_join(j->thread, NULL);
	journal_free(j);
}
