/* SPDX-License-Identifier: BSD-2-Clause */
/* journal/copy.c -- copies the engine while the loop waits, so it copies and does nothing else. */
#include "journal/copy.h"

#include <assert.h>
#include <sys/mman.h>

enum {
	FRAME_MAX = RF_JOURNAL_FRAME_LEN + RF_JOURNAL_PAYLOAD_MAX,
	RUN_MORE = 64,                          /* what a run takes besides its bytes, at most */
};

static size_t
room_for(const struct rf_engine *e)
{
	struct rf_checkpoint_run run;
	uint64_t cursor = 0;
	size_t room = 2 * FRAME_MAX;            /* a head, and what the last frame might take */
	while (rf_checkpoint_next(e, &cursor, &run))
		room += run.bytes.len + RUN_MORE;
	return room;
}

static uint8_t *
payload(struct rf_journal_copy *c)
{
	assert(c->room - c->len >= FRAME_MAX);
	return c->bytes + c->len + RF_JOURNAL_FRAME_LEN;
}

static void
put_frame(struct rf_journal_copy *c, enum rf_journal_type type, size_t len)
{
	c->len += rf_journal_frame_begin(c->bytes + c->len, type, len);
}

bool
rf_journal_copy_take(struct rf_journal_copy *c, const struct rf_engine *e,
    const struct rf_journal_head *head)
{
	struct rf_checkpoint_run run;
	uint64_t cursor = 0;
	*c = (struct rf_journal_copy){ .room = room_for(e), .head = *head };
	void *memory = mmap(NULL, c->room, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED)
		return false;
	/* The loop waits for this copy: half of it would be page faults. */
	madvise(memory, c->room, MADV_HUGEPAGE);
	c->bytes = memory;
	put_frame(c, RF_JOURNAL_HEAD,
	    rf_journal_head_write(payload(c), RF_JOURNAL_PAYLOAD_MAX, head));
	while (rf_checkpoint_next(e, &cursor, &run))
		put_frame(c, RF_JOURNAL_PAGES,
		    rf_journal_pages_write(payload(c), RF_JOURNAL_PAYLOAD_MAX, &run));
	put_frame(c, RF_JOURNAL_READY, 0);
	return true;
}

void
rf_journal_copy_give(struct rf_journal_copy *c)
{
	if (c->bytes != NULL)
		munmap(c->bytes, c->room);
	c->bytes = NULL;
}
