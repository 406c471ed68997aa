/* SPDX-License-Identifier: BSD-2-Clause */
/* app/blackbox.c -- see its header. */
#include "app/blackbox.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum state { OUTSIDE, INSIDE, DIED, RESTORING, DIED_RESTORING };
enum { MAGIC = 0x31786266 };                    /* "fbx1": the layout below */

struct source {
	uint8_t ip[16];
	uint32_t scope, aborts;
	int64_t last_us;
};

struct page {                                   /* what is in the file */
	uint32_t magic;
	_Atomic uint32_t state;                 /* enum state */
	uint8_t ip[16];
	uint32_t scope, count;
	struct source source[RF_BLACKBOX_SOURCES_MAX];
};

static const int crashes[] = { SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL };
enum { CRASHES = sizeof crashes / sizeof crashes[0], STACK_LEN = 64 * 1024 };

struct rf_blackbox {
	int fd;
	bool poisoned;                          /* somebody is: look for whom */
	bool restore_crashed;                   /* the previous process did, restoring */
	struct page *page;
	struct sigaction before[CRASHES];
	char stack[STACK_LEN];                  /* a crash may have used up the other one */
};

/* The one global that is written: a signal's function is given nothing else to find its work by. */
static struct rf_blackbox *_Atomic open_box;

static void
on_crash(int number)
{
	struct rf_blackbox *box = atomic_load(&open_box);
	for (uint32_t i = 0; box != NULL && i < CRASHES; i++) {
		if (crashes[i] == number)
			sigaction(number, &box->before[i], NULL);
	}
	uint32_t state = box != NULL ? atomic_load(&box->page->state) : OUTSIDE;
	if (state == INSIDE)
		atomic_store(&box->page->state, DIED);
	else if (state == RESTORING)
		atomic_store(&box->page->state, DIED_RESTORING);
	raise(number);
}

static void
watch_crashes(struct rf_blackbox *box)
{
	const stack_t stack = { .ss_sp = box->stack, .ss_size = STACK_LEN };
	struct sigaction action = { .sa_handler = on_crash, .sa_flags = SA_ONSTACK | SA_NODEFER };
	(void)sigaltstack(&stack, NULL);
	atomic_store(&open_box, box);
	for (uint32_t i = 0; i < CRASHES; i++)
		sigaction(crashes[i], &action, &box->before[i]);
}

/* ---- the accused ---------------------------------------------------------------------------- */

static bool
is_source(const struct source *s, const struct rf_addr *a)
{
	return memcmp(s->ip, a->ip, sizeof s->ip) == 0 && s->scope == a->scope;
}

static struct rf_blackbox_source
view_of(const struct source *s)
{
	struct rf_blackbox_source view = { .aborts = s->aborts, .last_us = s->last_us };
	memcpy(view.address.ip, s->ip, sizeof s->ip);
	view.address.scope = s->scope;
	return view;
}

static struct source *
find(struct page *page, const struct rf_addr *a)
{
	for (uint32_t i = 0; i < page->count; i++) {
		if (is_source(&page->source[i], a))
			return &page->source[i];
	}
	return NULL;
}

static struct source *
make(struct page *page, const struct rf_addr *a)
{
	struct source *least = &page->source[0];
	for (uint32_t i = 1; i < page->count; i++) {
		const struct source *s = &page->source[i];
		if (s->aborts < least->aborts ||
		    (s->aborts == least->aborts && s->last_us < least->last_us))
			least = &page->source[i];
	}
	if (page->count < RF_BLACKBOX_SOURCES_MAX)
		least = &page->source[page->count++];
	*least = (struct source){ .scope = a->scope };
	memcpy(least->ip, a->ip, sizeof least->ip);
	return least;
}

static void
accuse(struct page *page, int64_t wall_us, struct rf_blackbox_source *died)
{
	struct rf_addr address = { .scope = page->scope };
	memcpy(address.ip, page->ip, sizeof page->ip);
	struct source *s = find(page, &address);
	if (s == NULL)
		s = make(page, &address);
	s->aborts++;
	s->last_us = wall_us;
	*died = view_of(s);
}

static void
look_for_poison(struct rf_blackbox *box)
{
	box->poisoned = false;
	for (uint32_t i = 0; i < box->page->count; i++)
		box->poisoned |= box->page->source[i].aborts >= RF_BLACKBOX_ABORTS_MAX;
}

/* ---- start and end -------------------------------------------------------------------------- */

static bool
map(struct rf_blackbox *box, const char *path, char error[256])
{
	box->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (box->fd < 0 || fchmod(box->fd, 0600) != 0) {
		snprintf(error, 256, "store: %.180s: %.60s", path, strerror(errno));
		return false;
	}
	if (flock(box->fd, LOCK_EX | LOCK_NB) != 0) {
		snprintf(error, 256, "store: %.180s: another referee uses this store", path);
		return false;
	}
	void *page = MAP_FAILED;
	/* Allocated, not only sized: a full disk must be an error here, not a signal later. */
	if (posix_fallocate(box->fd, 0, sizeof(struct page)) == 0)
		page = mmap(NULL, sizeof(struct page), PROT_READ | PROT_WRITE, MAP_SHARED, box->fd,
		    0);
	if (page == MAP_FAILED) {
		snprintf(error, 256, "store: %.180s: %.60s", path, strerror(errno));
		return false;
	}
	box->page = page;
	return true;
}

struct rf_blackbox *
rf_blackbox_open(const char *path, int64_t wall_us, struct rf_blackbox_source *died,
    char error[256])
{
	struct rf_blackbox *box = calloc(1, sizeof *box);
	*died = (struct rf_blackbox_source){ 0 };
	snprintf(error, 256, "store: no memory");
	if (box == NULL)
		return NULL;
	if (!map(box, path, error)) {
		if (box->fd >= 0)
			close(box->fd);
		free(box);
		return NULL;
	}
	struct page *page = box->page;
	if (page->magic != MAGIC || page->count > RF_BLACKBOX_SOURCES_MAX) {
		memset(page, 0, sizeof *page);
		page->magic = MAGIC;
	}
	if (atomic_load(&page->state) == DIED)
		accuse(page, wall_us, died);
	box->restore_crashed = atomic_load(&page->state) == DIED_RESTORING;
	atomic_store(&page->state, OUTSIDE);
	look_for_poison(box);
	watch_crashes(box);
	return box;
}

void
rf_blackbox_close(struct rf_blackbox *box)
{
	const stack_t none = { .ss_flags = SS_DISABLE };
	if (box == NULL)
		return;
	for (uint32_t i = 0; i < CRASHES; i++)
		sigaction(crashes[i], &box->before[i], NULL);
	atomic_store(&open_box, NULL);
	(void)sigaltstack(&none, NULL);
	munmap(box->page, sizeof *box->page);
	close(box->fd);
	free(box);
}

void
rf_blackbox_enter(struct rf_blackbox *box, const struct rf_addr *source)
{
	if (box == NULL)
		return;
	memcpy(box->page->ip, source->ip, sizeof source->ip);
	box->page->scope = source->scope;
	/* Only a signal of this very thread reads it before the process is gone. */
	atomic_signal_fence(memory_order_release);
	atomic_store_explicit(&box->page->state, INSIDE, memory_order_relaxed);
}

void
rf_blackbox_leave(struct rf_blackbox *box)
{
	if (box != NULL)
		atomic_store_explicit(&box->page->state, OUTSIDE, memory_order_relaxed);
}

void
rf_blackbox_enter_restore(struct rf_blackbox *box)
{
	if (box != NULL)
		atomic_store_explicit(&box->page->state, RESTORING, memory_order_relaxed);
}

bool
rf_blackbox_restore_crashed(const struct rf_blackbox *box)
{
	return box != NULL && box->restore_crashed;
}

bool
rf_blackbox_is_poison(const struct rf_blackbox *box, const struct rf_addr *source)
{
	if (box == NULL || !box->poisoned)
		return false;
	const struct source *s = find(box->page, source);
	return s != NULL && s->aborts >= RF_BLACKBOX_ABORTS_MAX;
}

bool
rf_blackbox_next(const struct rf_blackbox *box, uint32_t *cursor, struct rf_blackbox_source *out)
{
	if (box == NULL || *cursor >= box->page->count)
		return false;
	*out = view_of(&box->page->source[(*cursor)++]);
	return true;
}

bool
rf_blackbox_clear(struct rf_blackbox *box, const struct rf_addr *source)
{
	uint32_t before = box != NULL ? box->page->count : 0;
	/* Whatever its scope: an operator has the address only. */
	for (uint32_t i = before; i-- > 0;) {
		struct source *s = &box->page->source[i];
		if (memcmp(s->ip, source->ip, sizeof s->ip) == 0)
			*s = box->page->source[--box->page->count];
	}
	if (box == NULL || box->page->count == before)
		return false;
	look_for_poison(box);
	return true;
}
