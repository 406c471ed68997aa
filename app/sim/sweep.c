/* SPDX-License-Identifier: BSD-2-Clause */
/* app/sim/sweep.c -- seeds by the thousand, in processes that share nothing but a page of notes.
 *
 *      parent --fork--> job --pipe--> findings, and at its end what it has seen
 *
 * A job takes every jobs-th block of seeds, so that what is found does not depend on how many there
 * are.  One that dies (an assertion, or a seed without end) is a finding of its own; another job
 * goes on behind that seed. */
#include "app/sim/sweep.h"

#include <assert.h>
#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "app/sim/sweep_parts.h"

enum { BLOCK = 8, SEED_SECONDS = 120, POLL_MS = 250 };

struct job {
	pid_t pid;
	int fd;                 /* of its pipe; -1: it is done */
	uint64_t from;          /* the first seed it looks at */
};
/* What the jobs tell while they run. */
struct notes {
	uint64_t seed[RF_SWEEP_JOBS_MAX]; /* looked at now */
	uint64_t done[RF_SWEEP_JOBS_MAX];
};

/* ---- a job ----------------------------------------------------------------------------------- */

static bool
is_mine(const struct sweep *s, uint64_t seed, uint32_t which)
{
	return (seed - s->first) / BLOCK % s->jobs == which;
}

bool
sweep_write(int fd, const void *bytes, size_t len)
{
	for (const char *p = bytes; len > 0;) {
		ssize_t n = write(fd, p, len);
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
note_seen(struct sweep_seen *seen, const struct swarm_result *result)
{
	seen->seeds++;
	seen->messages += result->messages;
	seen->calls += result->calls;
	seen->transfers += result->transfers;
	seen->hash[0] ^= result->hash[0];
	seen->hash[1] ^= result->hash[1];
	for (uint32_t m = 0; m < WORLD_MACHINES_MAX; m++) {
		for (uint32_t r = 0; r < WORLD_ROWS_MAX; r++)
			seen->row[m][r] |= result->row_count[m][r] > 0;
	}
	for (uint32_t i = 0; i < SPELL_KIND_MAX; i++)
		seen->happened[i] += result->happened[i];
	for (uint32_t i = 0; i < SWARM_FAMILY_MAX; i++)
		seen->family[i] += result->families >> i & 1;
}

/* The same seed must have the same effects; if not, that is what it failed of. */
static void
play_again(uint64_t seed, struct swarm_result *result)
{
	static struct swarm_result again;
	swarm_run(&(struct swarm_options){ .seed = seed }, &again);
	if (memcmp(again.hash, result->hash, sizeof again.hash) == 0)
		return;
	result->passed = false;
	result->invariant = CHECK_SAME;
	result->at = again.ended;
	snprintf(result->text, sizeof result->text, "played again, it has other effects");
}

/* Never returns. */
static void
work(const struct sweep *s, struct notes *notes, uint32_t which, uint64_t from, int fd)
{
	static struct swarm_result result;
	static struct sweep_message message;
	static struct sweep_seen seen;
	/* An engine's block comes fresh from the system, and is not cleared by hand. */
	mallopt(M_MMAP_THRESHOLD, 1024 * 1024);
	for (uint64_t seed = from; seed <= s->last; seed++) {
		if (!is_mine(s, seed, which))
			continue;
		notes->seed[which] = seed;
		alarm(SEED_SECONDS);
		swarm_run(&(struct swarm_options){ .seed = seed }, &result);
		if (s->twice)
			play_again(seed, &result);
		notes->done[which]++;
		note_seen(&seen, &result);
		if (result.passed)
			continue;
		message = (struct sweep_message){ .kind = SWEEP_FINDING };
		sweep_finding_of(&message.finding, seed, &result);
		sweep_write(fd, &message, sizeof message);
	}
	message = (struct sweep_message){ .kind = SWEEP_SEEN, .seen = seen };
	_exit(sweep_write(fd, &message, sizeof message) ? 0 : 1);
}

static bool
start(const struct sweep *s, struct notes *notes, struct job *job, uint32_t which, uint64_t from)
{
	int fd[2];
	if (pipe(fd) != 0)
		return false;
	*job = (struct job){ .fd = fd[0], .from = from };
	job->pid = fork();
	if (job->pid == 0) {
		close(fd[0]);
		work(s, notes, which, from, fd[1]);
	}
	close(fd[1]);
	if (job->pid < 0)
		close(fd[0]);
	return job->pid > 0;
}

/* ---- the parent ------------------------------------------------------------------------------ */

static void
add_finding(struct sweep *s, const struct sweep_finding *finding)
{
	if (s->findings == s->finding_room) {
		s->finding_room = s->finding_room == 0 ? 64 : 2 * s->finding_room;
		s->finding = realloc(s->finding, s->finding_room * sizeof *s->finding);
		assert(s->finding != NULL);
	}
	s->finding[s->findings++] = *finding;
}

static void
add_seen(struct sweep_seen *sum, const struct sweep_seen *seen)
{
	sum->seeds += seen->seeds;
	sum->messages += seen->messages;
	sum->calls += seen->calls;
	sum->transfers += seen->transfers;
	sum->hash[0] ^= seen->hash[0];
	sum->hash[1] ^= seen->hash[1];
	for (uint32_t m = 0; m < WORLD_MACHINES_MAX; m++) {
		for (uint32_t r = 0; r < WORLD_ROWS_MAX; r++)
			sum->row[m][r] |= seen->row[m][r];
	}
	for (uint32_t i = 0; i < SPELL_KIND_MAX; i++)
		sum->happened[i] += seen->happened[i];
	for (uint32_t i = 0; i < SWARM_FAMILY_MAX; i++)
		sum->family[i] += seen->family[i];
}

/* False: the pipe has ended. */
static bool
take_message(struct sweep *s, int fd)
{
	static struct sweep_message message;
	char *p = (char *)&message;
	for (size_t len = 0; len < sizeof message;) {
		ssize_t n = read(fd, p + len, sizeof message - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		len += (size_t)n;
	}
	if (message.kind == SWEEP_FINDING)
		add_finding(s, &message.finding);
	else
		add_seen(&s->seen, &message.seen);
	return true;
}

/* A job's pipe ended: is it done, or did a seed kill it?  Then another one goes on behind. */
static void
bury(struct sweep *s, struct notes *notes, struct job *job, uint32_t which)
{
	int status = 0;
	struct sweep_finding finding = { .invariant = SWEEP_DIED, .seed = notes->seed[which] };
	close(job->fd);
	job->fd = -1;
	while (waitpid(job->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return;
	snprintf(finding.text, sizeof finding.text, "%s",
	    !WIFSIGNALED(status)              ? "the job could not go on"
	    : WTERMSIG(status) == SIGALRM     ? "the world does not come to an end"
					      : strsignal(WTERMSIG(status)));
	add_finding(s, &finding);
	if (!start(s, notes, job, which, finding.seed + 1))
		job->fd = -1;
}

static double
seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
show_progress(const struct sweep *s, const struct notes *notes, FILE *err)
{
	uint64_t done = 0, all = s->last - s->first + 1;
	for (uint32_t i = 0; i < s->jobs; i++)
		done += notes->done[i];
	double elapsed = seconds() - s->began, rate = elapsed > 0 ? (double)done / elapsed : 0;
	fprintf(err, "\r%llu of %llu seeds, %u failed, %.0f/s, %.0f s left  ",
	    (unsigned long long)done, (unsigned long long)all, s->findings, rate,
	    rate > 0 ? (double)(all - done) / rate : 0);
	fflush(err);
}

static void
listen_to_jobs(struct sweep *s, struct notes *notes, struct job *job, FILE *err)
{
	bool tells = isatty(fileno(err)) == 1;
	for (;;) {
		struct pollfd poll_of[RF_SWEEP_JOBS_MAX];
		uint32_t which[RF_SWEEP_JOBS_MAX];
		nfds_t count = 0;
		for (uint32_t i = 0; i < s->jobs; i++) {
			if (job[i].fd < 0)
				continue;
			which[count] = i;
			poll_of[count++] = (struct pollfd){ .fd = job[i].fd, .events = POLLIN };
		}
		if (count == 0)
			break;
		int ready = poll(poll_of, count, POLL_MS);
		for (nfds_t i = 0; ready > 0 && i < count; i++) {
			if (poll_of[i].revents != 0 && !take_message(s, poll_of[i].fd))
				bury(s, notes, &job[which[i]], which[i]);
		}
		if (tells)
			show_progress(s, notes, err);
	}
	if (tells)
		fputs("\r\033[K", err);
}

int
rf_sweep(const struct rf_options *options, FILE *out, FILE *err)
{
	static struct sweep s;
	struct job job[RF_SWEEP_JOBS_MAX];
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	s = (struct sweep){ .first = options->seed_first, .last = options->seed_last,
		.jobs = (uint32_t)options->jobs, .twice = options->twice, .began = seconds() };
	if (s.jobs == 0)
		s.jobs = cpus > 0 ? (uint32_t)cpus : 1;
	if (s.jobs > RF_SWEEP_JOBS_MAX)
		s.jobs = RF_SWEEP_JOBS_MAX;
	struct notes *notes = mmap(NULL, sizeof *notes, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (notes == MAP_FAILED) {
		fprintf(err, "referee sim sweep: no memory\n");
		return RF_EXIT_FAILED;
	}
	fflush(out);
	for (uint32_t i = 0; i < s.jobs; i++) {
		if (!start(&s, notes, &job[i], i, s.first)) {
			fprintf(err, "referee sim sweep: no process: %s\n", strerror(errno));
			job[i].fd = -1;
			s.incomplete = true;
		}
	}
	listen_to_jobs(&s, notes, job, err);
	munmap(notes, sizeof *notes);
	sweep_report(&s, seconds() - s.began, options->verbose, out);
	int status = s.findings > 0 ? RF_EXIT_VIOLATED : RF_EXIT_OK;
	if (status == RF_EXIT_OK && s.incomplete)
		status = RF_EXIT_FAILED;
	free(s.finding);
	return status;
}
