/* SPDX-License-Identifier: BSD-2-Clause */
/* bench/parse_main.c -- times one parser over some messages.
 *
 *         parse-X FILE...                      a line for each level: name, ns, ns, bytes, what
 *         parse-X -i N -l LEVEL FILE...        parses each N times and says nothing: for callgrind
 *
 * Thread CPU time, so that a neighbour's work is not counted.  A block of rounds parses one message
 * again and again, so caches and branch predictors are warm (as they were for the figures others
 * publish); blocks of all messages take turns.  Mean over the messages of the median block and of
 * the fastest. */
#include "bench/parse.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MESSAGES_MAX = 64, BYTES_MAX = 16 * 1024, BLOCKS = 21, BLOCK_NS = 10 * 1000 * 1000 };

static struct {
	char text[BYTES_MAX + 64];
	size_t len;
} messages[MESSAGES_MAX];
static unsigned count;

int64_t bench_collect(const struct bench_level *level, unsigned index, long rounds);

static int64_t
cpu_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* What callgrind is told to count (--toggle-collect). */
__attribute__((noinline)) int64_t
bench_collect(const struct bench_level *level, unsigned index, long rounds)
{
	int64_t accepted = 0;
	for (long round = 0; round < rounds; round++)
		accepted += level->parse(messages[index].text, messages[index].len, index);
	return accepted;
}

static int
by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;
	return (*x > *y) - (*x < *y);
}

/* How many rounds make a block. */
static long
rounds_find(const struct bench_level *level, unsigned index)
{
	for (long rounds = 16;; rounds *= 2) {
		int64_t begin = cpu_ns();
		bench_collect(level, index, rounds);
		if (cpu_ns() - begin > BLOCK_NS / 2)
			return rounds;
	}
}

static void
level_time(const struct bench_level *level)
{
	static double ns[MESSAGES_MAX][BLOCKS];
	long rounds[MESSAGES_MAX];
	double bytes = 0, median = 0, fastest = 0;
	for (unsigned i = 0; i < count; i++)
		rounds[i] = rounds_find(level, i);
	for (unsigned block = 0; block < BLOCKS; block++) {
		for (unsigned i = 0; i < count; i++) {
			int64_t begin = cpu_ns();
			bench_collect(level, i, rounds[i]);
			ns[i][block] = (double)(cpu_ns() - begin) / (double)rounds[i];
		}
	}
	for (unsigned i = 0; i < count; i++) {
		qsort(ns[i], BLOCKS, sizeof(ns[i][0]), by_size);
		bytes += (double)messages[i].len / count;
		median += ns[i][BLOCKS / 2] / count;
		fastest += ns[i][0] / count;
	}
	printf("%s\t%.0f\t%.0f\t%.0f\t%s\n", level->name, median, fastest, bytes, level->what);
}

static void
messages_read(char *const *files)
{
	for (; *files != NULL && count < MESSAGES_MAX; files++, count++) {
		FILE *file = fopen(*files, "rb");
		if (file == NULL) {
			perror(*files);
			exit(1);
		}
		messages[count].len = fread(messages[count].text, 1, BYTES_MAX, file);
		fclose(file);
	}
}

static void
refusals_tell(const struct bench_level *level, char *const *files)
{
	for (unsigned i = 0; i < count; i++) {
		if (!level->parse(messages[i].text, messages[i].len, i))
			fprintf(stderr, "%s refuses %s\n", level->name, files[i]);
	}
}

int
main(int argc, char **argv)
{
	long rounds = 0;
	size_t only = SIZE_MAX;
	for (int option; (option = getopt(argc, argv, "i:l:")) != -1;) {
		if (option == 'i')
			rounds = strtol(optarg, NULL, 10);
		else if (option == 'l')
			only = strtoul(optarg, NULL, 10);
		else
			return 2;
	}
	messages_read(argv + optind);
	if (count == 0 || !bench_init()) {
		fprintf(stderr, "%s: no messages, or the library does not start\n", argv[0]);
		return 1;
	}
	for (size_t i = 0; i < bench_levels_count; i++) {
		if (only != SIZE_MAX && only != i)
			continue;
		refusals_tell(&bench_levels[i], argv + optind);
		for (unsigned m = 0; m < count && rounds > 0; m++)
			bench_collect(&bench_levels[i], m, rounds);
		if (rounds == 0)
			level_time(&bench_levels[i]);
	}
	return 0;
}
