/* SPDX-License-Identifier: BSD-2-Clause */
/* app/sim/shrink.c -- runs in processes of their own, since what fails may also die.
 *
 *      seed --record--> what was unusual --shrink (sim/shrink.h)--> a script, a ladder, a capture,
 *                                                                   and scenarios for SIPp */
#include "app/sim/shrink.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "app/sim/shrink_parts.h"
#include "app/sim/sweep_parts.h"
#include "sim/shrink.h"

enum { RUNS_MAX = 3000, SECONDS_MAX = 120, RUN_SECONDS = 60, TAPE_MAX = 64 * 1024 };

/* ---- one run, in a process ------------------------------------------------------------------- */

struct verdict {
	bool passed;
	uint32_t invariant, calls;
	uint32_t count;         /* choices that follow */
	char text[SWARM_TEXT_MAX];
};

/* Of the child, for its signal handler. */
static struct {
	int fd;
	struct choices record;
} child;

static bool
read_all(int fd, void *bytes, size_t len)
{
	for (char *p = bytes; len > 0;) {
		ssize_t n = read(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

static void
tell(struct verdict *v)
{
	v->count = child.record.count;
	if (!sweep_write(child.fd, v, sizeof *v) ||
	    !sweep_write(child.fd, child.record.at, v->count * sizeof *child.record.at))
		_exit(1);
	_exit(0);
}

/* What was chosen until it died is worth as much as a verdict. */
static void
die(int signal)
{
	static struct verdict v;
	static const char *const words[] = { "an assertion", "a bad address", "no end", "a fault" };
	int which = signal == SIGABRT ? 0 : signal == SIGSEGV ? 1 : signal == SIGALRM ? 2 : 3;
	v.invariant = SWEEP_DIED;
	strcpy(v.text, words[which]);
	tell(&v);
}

static void
run_in_child(const struct swarm_options *options, int fd)
{
	static const int deaths[] = { SIGABRT, SIGSEGV, SIGALRM, SIGBUS, SIGFPE };
	static struct swarm_result result;
	struct swarm_options o = *options;
	child.fd = fd;
	o.record = &child.record;
	for (size_t i = 0; i < RF_ARRAY_LEN(deaths); i++)
		signal(deaths[i], die);
	alarm(RUN_SECONDS);
	if (freopen("/dev/null", "w", stderr) == NULL)
		_exit(1);
	swarm_run(&o, &result);
	static struct verdict v;
	v = (struct verdict){ .passed = result.passed,
		.invariant = result.invariant,
		.calls = result.calls };
	memcpy(v.text, result.text, sizeof v.text);
	tell(&v);
}

/* False: no verdict could be had.  *made is the caller's. */
static bool
run(const struct swarm_options *options, struct verdict *v, struct choices *made)
{
	int fd[2], status;
	if (pipe(fd) != 0)
		return false;
	pid_t pid = fork();
	if (pid == 0) {
		close(fd[0]);
		run_in_child(options, fd[1]);
	}
	close(fd[1]);
	bool good = pid > 0 && read_all(fd[0], v, sizeof *v) && v->count <= CHOICES_MAX;
	if (good && v->count > 0) {
		*made = (struct choices){ .at = malloc(v->count * sizeof *made->at),
			.count = v->count,
			.room = v->count };
		assert(made->at != NULL);
		good = read_all(fd[0], made->at, v->count * sizeof *made->at);
	}
	close(fd[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return good;
}

/* ---- shrinking ------------------------------------------------------------------------------- */

struct hunt {
	uint64_t seed, calls_without; /* those that were left out from the beginning */
	struct verdict wanted;
	double began;
	FILE *progress; /* NULL: nobody looks */
	uint32_t runs;
};

static double
seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static bool
is_late(void *user)
{
	const struct hunt *h = user;
	return seconds() - h->began > SECONDS_MAX;
}

static bool
fails(void *user, const struct choices *these, uint64_t calls_without, struct choices *made)
{
	struct hunt *h = user;
	struct verdict v;
	struct swarm_options o = { .seed = h->seed,
		.by = CHOOSE_BY_NOBODY,
		.fixed = these,
		.calls_without = calls_without | h->calls_without };
	bool same = run(&o, &v, made) && !v.passed && v.invariant == h->wanted.invariant &&
		    sweep_texts_compare(v.text, h->wanted.text) == 0;
	if (h->progress != NULL && ++h->runs % 16 == 0) {
		fprintf(h->progress, "\r%u runs, %u choices ...  ", h->runs, these->count);
		fflush(h->progress);
	}
	return same;
}

static uint32_t
count_bits(uint64_t bits)
{
	uint32_t count = 0;
	for (; bits != 0; bits &= bits - 1)
		count++;
	return count;
}

static void
put_result(const struct hunt *h, const struct shrink_result *r, uint32_t found, uint64_t calls,
    FILE *out)
{
	char text[CHOICE_TEXT_MAX];
	fprintf(out, "seed %llu: %s%u: %s\n", (unsigned long long)h->seed,
	    h->wanted.invariant < CHECK_MAX ? "invariant " : "world ", h->wanted.invariant,
	    h->wanted.text);
	fprintf(out, "it had %u calls and %u unusual choices; left are %u and %u\n",
	    count_bits(calls), found, count_bits(calls & ~r->calls_without), r->left.count);
	for (uint32_t i = 0; i < r->left.count; i++) {
		choice_write(&r->left.at[i], text);
		fprintf(out, "  %-40s %s\n", text, choose_site_question(r->left.at[i].site));
	}
	fprintf(out, "%u runs in %.1f s%s\n", r->runs, seconds() - h->began,
	    r->complete ? "; nothing more can be spared" : "; there was no more time");
}

/* As fuzz/fuzz_swarm plays it. */
static bool
read_tape(const char *path, uint8_t *tape, struct swarm_options *o, FILE *err)
{
	FILE *in = fopen(path, "rb");
	if (in == NULL) {
		fprintf(err, "referee: %s: %s\n", path, strerror(errno));
		return false;
	}
	o->seed = 1;
	o->calls_without = ~UINT64_C(7);
	o->by = CHOOSE_BY_TAPE;
	o->tape = tape;
	o->tape_len = fread(tape, 1, TAPE_MAX, in);
	fclose(in);
	return true;
}

int
rf_shrink(const struct rf_options *options, FILE *out, FILE *err)
{
	struct hunt h = { .seed = options->seed, .began = seconds() };
	struct choices found = { .count = 0 };
	struct shrink_result result;
	struct swarm_options first = { .seed = options->seed };
	static uint8_t tape[TAPE_MAX];
	if (options->has_seed == (options->tape != NULL)) {
		fprintf(err, "referee sim shrink: either --seed or --tape\n");
		return RF_EXIT_USAGE;
	}
	if (options->tape != NULL && !read_tape(options->tape, tape, &first, err))
		return RF_EXIT_FAILED;
	h.seed = first.seed;
	h.calls_without = first.calls_without;
	if (isatty(fileno(err)) == 1)
		h.progress = err;
	fflush(out);
	if (!run(&first, &h.wanted, &found)) {
		fprintf(err, "referee sim shrink: no process: %s\n", strerror(errno));
		return RF_EXIT_FAILED;
	}
	if (h.wanted.passed) {
		fprintf(err, "referee sim shrink: seed %llu breaks nothing\n",
		    (unsigned long long)h.seed);
		choices_free(&found);
		return RF_EXIT_FAILED;
	}
	choices_sort(&found);
	uint32_t calls = h.wanted.calls;
	struct shrink_problem problem = { .fails = fails,
		.user = &h,
		.calls = calls >= 64 || calls == 0 ? UINT64_MAX : (UINT64_C(1) << calls) - 1,
		.runs_max = RUNS_MAX,
		.is_late = is_late };
	problem.calls &= ~h.calls_without;
	bool shrank = shrink(&problem, &found, &result);
	if (h.progress != NULL)
		fputs("\r\033[K", err);
	int status = RF_EXIT_FAILED;
	if (shrank) {
		struct rf_script script = { h.seed, result.calls_without | h.calls_without,
			result.left };
		put_result(&h, &result, found.count, problem.calls, out);
		status = shrink_show(&script, options->out, out, err) ? RF_EXIT_OK : RF_EXIT_FAILED;
	} else {
		fprintf(err, "referee sim shrink: its choices alone do not break it\n");
	}
	choices_free(&result.left);
	choices_free(&found);
	return status;
}
