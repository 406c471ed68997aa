/* SPDX-License-Identifier: BSD-2-Clause */
/* bench/journal.c -- what a journal costs: the engine alone, with its effect hash, and recorded.
 *
 *         journal SEGMENT          of `referee serve`, such as bench/soak --journal keeps
 *
 * Steps the events of a segment again, in each of the three ways by turns, and prints the least CPU
 * time each way took per record: on the thread of the engine, and on that of the writer.  The disk
 * is a folder under /dev/shm, so that what is measured is ours. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/state.h"
#include "journal/replay.h"
#include "journal/writer.h"

enum { ROUNDS = 15, WAYS = 3 };
enum { ALONE, HASHED, RECORDED };

static int64_t
now_on(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void
die(const char *what)
{
	fprintf(stderr, "journal: %s\n", what);
	exit(1);
}

/* The build that the segment names: this program is another, but the same engine. */
static void
read_build(const char *path, uint8_t build[RF_BUILD_ID_LEN])
{
	uint8_t head[RF_JOURNAL_MAGIC_LEN + RF_JOURNAL_FRAME_LEN + 4 + RF_BUILD_ID_LEN];
	FILE *f = fopen(path, "r");
	if (f == NULL || fread(head, 1, sizeof head, f) != sizeof head)
		die("no such segment");
	fclose(f);
	memcpy(build, head + sizeof head - RF_BUILD_ID_LEN, RF_BUILD_ID_LEN);
}

struct cost {
	int64_t engine_ns, writer_ns;
	uint64_t records;
};

static struct cost
run(const char *path, int way, const char *dir)
{
	static struct rf_journal_entry entry;
	static struct rf_effects out;
	struct rf_journal_config config = { .dir = dir, .segment = UINT64_C(4) << 30,
		.keep = UINT64_C(8) << 30, .blank = { 1, 2 } };
	struct cost c = { .records = 0 };
	struct rf_journal_frame frame;
	char error[256];
	read_build(path, config.build);
	struct rf_replay *r = rf_replay_open(path, config.build, error);
	struct rf_journal *j = way == RECORDED ? rf_journal_open(&config, error) : NULL;
	if (r == NULL || (way == RECORDED && j == NULL))
		die(error);
	r->engine->config.hash_effects = way != ALONE;
	int64_t process = now_on(CLOCK_PROCESS_CPUTIME_ID);
	int64_t thread = now_on(CLOCK_THREAD_CPUTIME_ID);
	while (rf_journal_frame_next(r->bytes, r->len, &r->at, &frame) &&
	    frame.type == RF_JOURNAL_EVENT) {
		if (!rf_journal_event_parse(&entry, frame.payload))
			die("an event cannot be read");
		if (j != NULL)
			rf_journal_hear(j, r->engine, entry.now, &entry.event);
		rf_engine_step(r->engine, entry.now, &entry.event, &out);
		c.records++;
		/* Nobody asks that fast: let the writer keep up. */
		if (j != NULL && c.records % 4096 == 0)
			nanosleep(&(struct timespec){ .tv_nsec = 60000000 }, NULL);
	}
	c.engine_ns = now_on(CLOCK_THREAD_CPUTIME_ID) - thread;
	if (j != NULL) {
		struct rf_journal_counters counters;
		rf_journal_counters(j, &counters);
		rf_journal_close(j, r->engine);
		if (counters.unrecorded > 0)
			die("the writer was too slow");
	}
	c.writer_ns = now_on(CLOCK_PROCESS_CPUTIME_ID) - process -
	    (now_on(CLOCK_THREAD_CPUTIME_ID) - thread);
	rf_replay_free(r);
	return c;
}

int
main(int argc, char **argv)
{
	static const char *const name[WAYS] = { "engine alone", "with its effect hash",
		"recorded" };
	struct cost least[WAYS] = { { .records = 0 } };
	char dir[] = "/dev/shm/referee-bench-XXXXXX", command[64];
	if (argc != 2)
		die("which segment?");
	if (mkdtemp(dir) == NULL)
		die("/dev/shm");
	for (int round = 0; round < ROUNDS * WAYS; round++) {
		int way = round % WAYS;
		struct cost c = run(argv[1], way, dir);
		if (round < WAYS || c.engine_ns < least[way].engine_ns)
			least[way].engine_ns = c.engine_ns;
		if (round < WAYS || c.writer_ns < least[way].writer_ns)
			least[way].writer_ns = c.writer_ns;
		least[way].records = c.records;
	}
	printf("%" PRIu64 " records, %d rounds, ns of CPU per record:\n", least[0].records, ROUNDS);
	for (int way = 0; way < WAYS; way++) {
		int64_t n = (int64_t)least[way].records;
		printf("  %-20s  engine's thread %5" PRId64 "   writer's %5" PRId64 "\n", name[way],
		    least[way].engine_ns / n, least[way].writer_ns / n);
	}
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command) == 0 ? 0 : 1;
}
