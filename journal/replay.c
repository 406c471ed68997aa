/* SPDX-License-Identifier: BSD-2-Clause */
/* journal/replay.c -- reads a segment and steps it.
 *
 * The hash after a step stands in the frame behind it.  In the last frame of a torn segment nothing
 * does: that step is made and not compared. */
#include "journal/replay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
map_file(struct rf_replay *r, const char *path, char error[256])
{
	struct stat status;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
		void *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (bytes != MAP_FAILED) {
			r->bytes = bytes;
			r->len = (size_t)status.st_size;
		}
	}
	if (r->bytes == NULL)
		snprintf(error, 256, "%s", fd < 0 ? strerror(errno) : "this is not a journal");
	if (fd >= 0)
		close(fd);
	return r->bytes != NULL;
}

/* The next whole frame; false: the file ends, well or in the middle. */
static bool
next_frame(struct rf_replay *r, struct rf_journal_frame *out)
{
	return rf_journal_frame_next(r->bytes, r->len, &r->at, out);
}

/* As `file` and `readelf -n` print build ids: enough to find the right binary. */
static void
say_builds(char error[256], const char *why, const uint8_t *its, const uint8_t *ours)
{
	char text[2][17];
	for (unsigned i = 0; i < 8; i++) {
		snprintf(text[0] + 2 * i, 3, "%02x", its[i]);
		snprintf(text[1] + 2 * i, 3, "%02x", ours[i]);
	}
	snprintf(error, 256, "%s: %s..., and this is %s...", why, text[0], text[1]);
}

static bool
read_head(struct rf_replay *r, const uint8_t build[RF_BUILD_ID_LEN], char error[256])
{
	struct rf_journal_frame frame;
	const char *why = NULL;
	if (r->len < RF_JOURNAL_MAGIC_LEN ||
	    memcmp(r->bytes, RF_JOURNAL_MAGIC, RF_JOURNAL_MAGIC_LEN) != 0)
		why = "this is not a journal";
	r->at = RF_JOURNAL_MAGIC_LEN;
	if (why == NULL && (!next_frame(r, &frame) || frame.type != RF_JOURNAL_HEAD ||
			       !rf_journal_head_parse(&r->head, frame.payload)))
		why = "its head is damaged";
	if (why == NULL && r->head.version != RF_JOURNAL_VERSION)
		why = "its format has another version";
	if (why == NULL)
		why = rf_checkpoint_refusal(&r->head.checkpoint, build);
	if (why != NULL && memcmp(r->head.checkpoint.build, build, RF_BUILD_ID_LEN) != 0 &&
	    r->head.checkpoint.magic == RF_CHECKPOINT_MAGIC)
		say_builds(error, why, r->head.checkpoint.build, build);
	else if (why != NULL)
		snprintf(error, 256, "%s", why);
	return why == NULL;
}

static bool
read_checkpoint(struct rf_replay *r, char error[256])
{
	struct rf_journal_frame frame;
	struct rf_checkpoint_run run;
	const char *why = "its checkpoint is not whole";
	void *block = mmap(NULL, r->head.checkpoint.size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (block == MAP_FAILED) {
		snprintf(error, 256, "no memory for its engine: %s", strerror(errno));
		return false;
	}
	while (next_frame(r, &frame)) {
		if (frame.type == RF_JOURNAL_READY) {
			r->engine = rf_checkpoint_adopt(&r->head.checkpoint, block, &why);
			break;
		}
		if (frame.type != RF_JOURNAL_PAGES ||
		    !rf_journal_pages_parse(&run, frame.payload) ||
		    !rf_checkpoint_put(&r->head.checkpoint, block, run.at, run.bytes))
			break;
	}
	if (r->engine != NULL)
		return true;
	snprintf(error, 256, "%s", why);
	munmap(block, r->head.checkpoint.size);
	return false;
}

struct rf_replay *
rf_replay_open(const char *path, const uint8_t build[RF_BUILD_ID_LEN], char error[256])
{
	struct rf_replay *r = calloc(1, sizeof *r);
	snprintf(error, 256, "no memory");
	if (r != NULL && map_file(r, path, error) && read_head(r, build, error) &&
	    read_checkpoint(r, error)) {
		struct rf_trace t;
		while (rf_trace_next(r->engine, &r->trace_before, &t))
			continue;                       /* what happened before it began */
		return r;
	}
	rf_replay_free(r);
	return NULL;
}

void
rf_replay_free(struct rf_replay *r)
{
	if (r == NULL)
		return;
	if (r->engine != NULL)
		munmap(r->engine, r->head.checkpoint.size);
	if (r->bytes != NULL)
		munmap((void *)(uintptr_t)r->bytes, r->len);
	free(r);
}

/* Does the next frame say the same of the engine's effects?  Nothing there: nothing else either. */
static bool
is_same(const struct rf_replay *r)
{
	struct rf_journal_frame frame;
	uint64_t hash[2], said[2];
	size_t at = r->at;
	if (!rf_journal_frame_next(r->bytes, r->len, &at, &frame) ||
	    !(frame.type == RF_JOURNAL_END ? rf_journal_end_parse(said, frame.payload) :
		    rf_journal_event_before(said, frame.payload)))
		return true;
	rf_engine_effect_hash(r->engine, hash);
	return hash[0] == said[0] && hash[1] == said[1];
}

enum rf_replay_result
rf_replay_next(struct rf_replay *r)
{
	struct rf_journal_frame frame;
	struct rf_trace t;
	while (rf_trace_next(r->engine, &r->trace_before, &t))
		continue;
	if (!r->ended && r->record == 0 && !is_same(r)) {
		r->ended = true;                        /* the checkpoint is not of this segment */
		return RF_REPLAY_DIVERGED;
	}
	if (r->ended || !next_frame(r, &frame)) {
		r->ended = true;
		return RF_REPLAY_TORN;
	}
	if (frame.type == RF_JOURNAL_END) {
		r->ended = true;
		return RF_REPLAY_END;
	}
	rf_time before = r->record == 0 ? r->head.now : r->entry.now;
	if (frame.type != RF_JOURNAL_EVENT || !rf_journal_event_parse(&r->entry, frame.payload) ||
	    r->entry.now < before) {
		r->ended = true;
		return RF_REPLAY_TORN;
	}
	r->record++;
	rf_engine_step(r->engine, r->entry.now, &r->entry.event, &r->out);
	if (is_same(r))
		return RF_REPLAY_STEP;
	r->ended = true;
	return RF_REPLAY_DIVERGED;
}
