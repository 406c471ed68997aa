/* SPDX-License-Identifier: BSD-2-Clause */
/* app/journal.c -- starts the journal, and tells the operator when it stops and begins again. */
#include "app/journal.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "journal/build.h"

/* A signal handler is given nothing: the one global, and the only one that is no table. */
static struct rf_journal *volatile of_process;

/* An assertion of the engine: the input that led to it is what one wants to have. */
static void
on_abort(int number)
{
	if (of_process != NULL)
		rf_journal_last_words(of_process);
	signal(number, SIG_DFL);
	raise(number);
}

struct rf_journal *
rf_journal_start(const struct rf_config *config, const uint8_t seed[16], char error[256])
{
	struct rf_journal_config c = { .dir = config->journal_dir,
		.segment = config->journal_segment,
		.keep = config->journal_keep };
	error[0] = '\0';
	if (config->journal_dir == NULL)
		return NULL;
	if (!rf_build_id(c.build) ||
	    getrandom(c.blank, sizeof c.blank, 0) != (ssize_t)sizeof c.blank) {
		snprintf(error, 256, "journal: this program has no build id");
		return NULL;
	}
	memcpy(c.config, config->hash, sizeof c.config);
	memcpy(c.seed, seed, sizeof c.seed);
	of_process = rf_journal_open(&c, error);
	if (of_process != NULL) {
		signal(SIGABRT, on_abort);
		signal(SIGXFSZ, SIG_IGN);               /* a write that fails says so */
	}
	return of_process;
}

void
rf_journal_stop(struct rf_journal *j, const struct rf_engine *e)
{
	of_process = NULL;
	rf_journal_close(j, e);
}

void
rf_journal_report(struct rf_journal *j, struct rf_log *log)
{
	struct rf_journal_counters c;
	rf_journal_counters(j, &c);
	if (c.recording)
		rf_log_event(log, RF_LOG_INFO, "journal.recording", (const struct rf_log_pair[]){
			rf_log_number("unrecorded", (int64_t)c.unrecorded), { 0 } });
	else
		rf_log_event(log, RF_LOG_ERROR, "journal.stopped", (const struct rf_log_pair[]){
			rf_log_text("reason", c.trouble),
			rf_log_number("stops", (int64_t)c.stops),
			rf_log_number("records", (int64_t)c.records), { 0 } });
}
