/* SPDX-License-Identifier: BSD-2-Clause */
/* app/reconcile_job.c -- see its header.
 *
 * The thread touches what is in its run and nothing else; the loop takes the run over when the
 * thread has written to the pipe.  A file is compared once, and again when it was written. */
#include "app/reconcile_job.h"

#include <event2/event.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NICE = 10 };

struct kept {                                   /* a finding, for the log */
	struct rf_reconcile_finding finding;
	char text[RF_RECONCILE_TEXT_MAX];
};

struct rf_reconcile_job {
	const struct rf_config *config;
	struct rf_log *log;
	struct event *tick, *ended;
	int pipe[2];
	pthread_t thread;
	bool running;
	struct stat seen;                       /* the file that was compared last */
	struct rf_reconcile_gauges gauges;
	/* Of the thread, while it runs. */
	atomic_bool stop;
	bool done;
	uint32_t kept_count;
	struct kept kept[RF_RECONCILE_LOGGED_MAX];
	struct rf_reconcile_result result;
	struct rf_config_errors errors;
	struct rf_reconcile_question question;
};

/* ---- on the thread -------------------------------------------------------------------------- */

static void
keep(void *user, const struct rf_reconcile_finding *f)
{
	struct rf_reconcile_job *j = user;
	if (j->kept_count == RF_RECONCILE_LOGGED_MAX)
		return;
	struct kept *kept = &j->kept[j->kept_count++];
	kept->finding = *f;
	/* The log is no place for user parts: log.privacy. */
	snprintf(kept->text, sizeof kept->text, "%s",
	    f->personal ? "the target differs; referee reconcile shows how" : f->text);
}

static void *
run(void *user)
{
	struct rf_reconcile_job *j = user;
	/* Calls come first; on Linux this is of the thread alone. */
	setpriority(PRIO_PROCESS, (id_t)syscall(SYS_gettid), NICE);
	j->done = rf_reconcile(&j->question, &j->result, &j->errors);
	while (write(j->pipe[1], "x", 1) < 0)
		continue;
	return NULL;
}

/* ---- on the loop ---------------------------------------------------------------------------- */

static void
log_found(struct rf_reconcile_job *j, const struct kept *k)
{
	char session[20] = "";
	if (k->finding.session != 0)
		snprintf(session, sizeof session, "%012llx",
		    (unsigned long long)k->finding.session);
	rf_log_event(j->log, RF_LOG_WARNING, "reconcile.found",
	    (const struct rf_log_pair[]){
		rf_log_text("class", rf_reconcile_class_name(k->finding.class)),
		rf_log_text("session", session[0] != '\0' ? session : NULL),
		rf_log_number("line", k->finding.line),
		rf_log_text("key", rf_reconcile_key_name(k->finding.key)),
		rf_log_text("text", k->text), { 0 } });
}

static void
log_done(struct rf_reconcile_job *j)
{
	const struct rf_reconcile_result *r = &j->result;
	for (uint32_t i = 0; i < j->kept_count; i++)
		log_found(j, &j->kept[i]);
	rf_log_event(j->log, RF_LOG_INFO, "reconcile.done",
	    (const struct rf_log_pair[]){ rf_log_text("file", j->question.path),
		rf_log_number("records", (int64_t)r->records),
		rf_log_number("calls", (int64_t)r->calls),
		rf_log_number("transfers", (int64_t)r->transfers),
#define X(name, text) rf_log_number(#name, (int64_t)r->found[RF_CLASS_##name]),
		RF_RECONCILE_CLASSES(X)
#undef X
		{ 0 } });
}

static void
log_failed(struct rf_reconcile_job *j)
{
	const struct rf_config_error *e = &j->errors.at[0];
	char text[1024];
	if (e->line > 0)
		snprintf(text, sizeof text, "%s:%u:%u: %s", j->errors.path, e->line, e->column,
		    e->text);
	else
		snprintf(text, sizeof text, "%s: %s", j->errors.path, e->text);
	char *got = strstr(text, ", got ");     /* whatever that column holds */
	if (got != NULL)
		*got = '\0';
	rf_log_event(j->log, RF_LOG_ERROR, "reconcile.failed",
	    (const struct rf_log_pair[]){ rf_log_text("text", text),
		rf_log_number("mistakes", j->errors.count), { 0 } });
}

static void
on_ended(evutil_socket_t fd, short what, void *user)
{
	struct rf_reconcile_job *j = user;
	char byte;
	(void)what;
	if (read(fd, &byte, 1) != 1)
		return;
	pthread_join(j->thread, NULL);
	j->running = false;
	j->gauges.runs++;
	if (j->done) {
		j->gauges.last = j->result;
		log_done(j);
	} else {
		j->gauges.failures++;
		log_failed(j);
	}
}

static bool
is_the_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
	    a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static void
start(struct rf_reconcile_job *j)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	j->kept_count = 0;
	j->question = (struct rf_reconcile_question){ .store_url = j->config->store_url,
		.path = j->config->reconcile.cdr,
		.map = &j->config->reconcile,
		.since_us = INT64_MIN,
		.until_us = INT64_MAX,
		.now_us = (int64_t)now.tv_sec * RF_SECOND + now.tv_nsec / 1000,
		.stop = &j->stop,
		.found = keep,
		.user = j };
	j->running = pthread_create(&j->thread, NULL, run, j) == 0;
	if (!j->running)
		memset(&j->seen, 0, sizeof j->seen);    /* the next tick tries again */
}

static void
on_tick(evutil_socket_t fd, short what, void *user)
{
	struct rf_reconcile_job *j = user;
	struct stat now;
	(void)fd;
	(void)what;
	if (!j->running && stat(j->config->reconcile.cdr, &now) == 0 &&
	    !is_the_same(&now, &j->seen)) {
		j->seen = now;
		start(j);
	}
	rf_time every = j->config->reconcile.every;
	event_add(j->tick,
	    &(struct timeval){ .tv_sec = every / RF_SECOND, .tv_usec = every % RF_SECOND });
}

struct rf_reconcile_job *
rf_reconcile_job_new(struct event_base *base, const struct rf_config *config, struct rf_log *log,
    char error[256])
{
	struct rf_reconcile_job *j = calloc(1, sizeof *j);
	snprintf(error, 256, "no memory");
	if (j == NULL)
		return NULL;
	j->config = config;
	j->log = log;
	if (pipe2(j->pipe, O_CLOEXEC) == 0) {
		j->tick = event_new(base, -1, 0, on_tick, j);
		j->ended = event_new(base, j->pipe[0], EV_READ | EV_PERSIST, on_ended, j);
	} else {
		j->pipe[0] = j->pipe[1] = -1;
	}
	if (j->tick != NULL && j->ended != NULL && event_add(j->ended, NULL) == 0) {
		event_add(j->tick, &(struct timeval){ 0 });
		return j;
	}
	rf_reconcile_job_free(j);
	return NULL;
}

void
rf_reconcile_job_free(struct rf_reconcile_job *j)
{
	if (j == NULL)
		return;
	atomic_store(&j->stop, true);
	if (j->running)
		pthread_join(j->thread, NULL);
	if (j->tick != NULL)
		event_free(j->tick);
	if (j->ended != NULL)
		event_free(j->ended);
	for (unsigned i = 0; i < 2; i++) {
		if (j->pipe[i] >= 0)
			close(j->pipe[i]);
	}
	free(j);
}

void
rf_reconcile_job_gauges(const struct rf_reconcile_job *j, struct rf_reconcile_gauges *out)
{
	*out = (struct rf_reconcile_gauges){ .running = false };
	if (j == NULL)
		return;
	*out = j->gauges;
	out->running = j->running;
}
