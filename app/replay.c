/* SPDX-License-Identifier: BSD-2-Clause */
/* app/replay.c -- replays segments of a journal and says whether they were the same.
 *
 * Each segment begins with a checkpoint and stands alone, so one that is missing or damaged costs
 * only itself. */
#include "app/replay.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/json.h"
#include "app/ladder.h"
#include "app/replay_policy.h"
#include "journal/build.h"

enum { LADDER_RECORDS_MAX = 1024 * 1024 };      /* with --verbose; older ones are overwritten */

struct show {
	const struct rf_options *options;
	FILE *out;
	struct rf_replay *replay;
	struct rf_ladder *ladder;
	uint64_t *session;                      /* seen in the traces, ascending */
	size_t sessions, sessions_max;
	uint64_t last;                          /* the session of the last step; 0: of none */
	struct rf_replay_policy *other;         /* --config; NULL: not given */
};

/* A signal handler is given nothing: which replay aborts. */
static struct show *volatile stepping;

static void
on_abort(int number)
{
	const struct show *s = stepping;
	if (s != NULL) {
		fprintf(stderr, "referee: the engine gave up at record %" PRIu64 ": ",
		    s->replay->record);
		rf_replay_write_event(stderr, &s->replay->entry.event);
		fputc('\n', stderr);
	}
	fflush(NULL);
	signal(number, SIG_DFL);
	raise(number);
}

/* ---- sessions ------------------------------------------------------------------------------- */

static void
add_session(struct show *s, uint64_t session)
{
	size_t low = 0, high = s->sessions;
	/* Nearly always the newest or a new one. */
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (s->session[middle] < session)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < s->sessions && s->session[low] == session)
		return;
	if (s->sessions == s->sessions_max) {
		s->sessions_max = s->sessions_max * 2 + 64;
		s->session = realloc(s->session, s->sessions_max * sizeof *s->session);
		if (s->session == NULL)
			abort();
	}
	memmove(&s->session[low + 1], &s->session[low],
	    (s->sessions - low) * sizeof *s->session);
	s->session[low] = session;
	s->sessions++;
}

static void
take_traces(struct show *s)
{
	uint64_t cursor = s->replay->trace_before;
	struct rf_trace t;
	s->last = 0;
	while (rf_trace_next(s->replay->engine, &cursor, &t)) {
		rf_ladder_add(s->ladder, &t);
		if (t.session == 0)
			continue;
		s->last = t.session;
		add_session(s, t.session);
	}
}

/* ---- telling -------------------------------------------------------------------------------- */

/* "2026-11-25T19:47:08.123456Z": what the wall clock was when the engine was told. */
static void
write_time(FILE *f, const struct rf_replay *r, rf_time now)
{
	int64_t us = r->head.wall_clock_us + (now - r->head.now);
	time_t seconds = (time_t)(us / 1000000);
	struct tm tm;
	char text[32];
	gmtime_r(&seconds, &tm);
	strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
	fprintf(f, "%s.%06dZ", text, (int)(us % 1000000));
}

static void
write_ladder(struct show *s, uint64_t session)
{
	char title[64];
	const struct rf_ladder_style style = { .row_name = rf_ladder_row_name, .title = title };
	snprintf(title, sizeof title, "session %012" PRIx64, session);
	if (s->options->json)
		rf_ladder_write_json(s->ladder, session, &style, s->out);
	else
		rf_ladder_write(s->ladder, session, &style, s->out);
}

static void
write_divergence(struct show *s)
{
	const struct rf_replay *r = s->replay;
	uint64_t cursor = r->trace_before;
	struct rf_trace t;
	FILE *f = s->out;
	if (r->record == 0) {
		fprintf(f, "  the checkpoint is not of these records\n");
		return;
	}
	fprintf(f, "  record  %" PRIu64 ", at ", r->record);
	write_time(f, r, r->entry.now);
	fprintf(f, "\n  told    ");
	rf_replay_write_event(f, &r->entry.event);
	fputc('\n', f);
	while (rf_trace_next(r->engine, &cursor, &t)) {
		if (t.kind != RF_TRACE_ROW)
			continue;
		fprintf(f, "  row     ");
		rf_replay_write_row(f, &t);
		fputc('\n', f);
	}
	for (uint32_t i = 0; i < r->out.count; i++) {
		fprintf(f, "  did     ");
		rf_replay_write_effect(f, &r->out.at[i]);
		fputc('\n', f);
	}
	fprintf(f, "  Up to here everything was the same. What was recorded is a hash of other "
		   "effects.\n");
	if (s->last != 0) {
		fputc('\n', f);
		write_ladder(s, s->last);
	}
}

/* What `write` prints, as a JSON string. */
static void
write_quoted(FILE *f, void (*write)(FILE *, const void *), const void *what)
{
	char *text = NULL;
	size_t len = 0;
	FILE *memory = open_memstream(&text, &len);
	if (memory == NULL)
		abort();
	write(memory, what);
	fclose(memory);
	rf_json_write(f, (struct rf_slice){ text, (uint32_t)len });
	free(text);
}

static void
print_event(FILE *f, const void *event)
{
	rf_replay_write_event(f, event);
}

static void
print_effect(FILE *f, const void *effect)
{
	rf_replay_write_effect(f, effect);
}

static void
print_row(FILE *f, const void *trace)
{
	rf_replay_write_row(f, trace);
}

static void
write_divergence_json(struct show *s)
{
	const struct rf_replay *r = s->replay;
	uint64_t cursor = r->trace_before;
	struct rf_trace t;
	bool first = true;
	fprintf(s->out, ",\"divergence\":{\"record\":%" PRIu64, r->record);
	if (r->record > 0) {
		fprintf(s->out, ",\"time\":\"");
		write_time(s->out, r, r->entry.now);
		fprintf(s->out, "\",\"event\":");
		write_quoted(s->out, print_event, &r->entry.event);
	}
	fprintf(s->out, ",\"rows\":[");
	while (rf_trace_next(r->engine, &cursor, &t)) {
		if (t.kind != RF_TRACE_ROW)
			continue;
		fputs(first ? "" : ",", s->out);
		write_quoted(s->out, print_row, &t);
		first = false;
	}
	fprintf(s->out, "],\"effects\":[");
	for (uint32_t i = 0; i < r->out.count && r->record > 0; i++) {
		fputs(i > 0 ? "," : "", s->out);
		write_quoted(s->out, print_effect, &r->out.at[i]);
	}
	fprintf(s->out, "],\"ladder\":");
	if (s->last != 0)
		write_ladder(s, s->last);
	else
		fprintf(s->out, "null");
	fputc('}', s->out);
}

static const char *const result_word[] = { [RF_REPLAY_DIVERGED] = "diverged",
	[RF_REPLAY_END] = "same", [RF_REPLAY_TORN] = "same" };

/* ---- another configuration ------------------------------------------------------------------ */

static const char no_prediction[] =
    "What a call did behind its first difference it did under the old configuration: its parties "
    "answered what they were told then. It is no prediction of what would have come of it. Only "
    "policy was asked: partners, routes, queues, failover. Timers, pools and listeners of the "
    "other file were not played.";

static void
write_other(struct show *s)
{
	uint32_t count = rf_replay_policy_count(s->other);
	fprintf(s->out, "%" PRIu64 " questions to policy; %u of %zu calls would have had another "
		"answer\n", rf_replay_policy_asked(s->other), count, s->sessions);
	for (uint32_t i = 0; i < count; i++) {
		const struct rf_replay_divergence *d = rf_replay_policy_at(s->other, i);
		fprintf(s->out, "\nsession %012" PRIx64 ": record %" PRIu64 ", at ", d->session,
		    d->record);
		write_time(s->out, s->replay, d->at);
		fprintf(s->out, "\n  asked     %s\n  was       %s\n  would be  %s\n", d->asked,
		    d->was, d->would_be);
		if (s->options->verbose) {
			fputc('\n', s->out);
			write_ladder(s, d->session);
		}
	}
	if (count > 0)
		fprintf(s->out, "\n%s\n", no_prediction);
}

static void
write_other_json(struct show *s)
{
	FILE *f = s->out;
	fprintf(f, ",\"other\":{\"asked\":%" PRIu64 ",\"prediction\":false,\"note\":",
	    rf_replay_policy_asked(s->other));
	rf_json_write(f, rf_slice_of(no_prediction));
	fputs(",\"calls\":[", f);
	for (uint32_t i = 0; i < rf_replay_policy_count(s->other); i++) {
		const struct rf_replay_divergence *d = rf_replay_policy_at(s->other, i);
		fprintf(f, "%s{\"session\":\"%012" PRIx64 "\",\"record\":%" PRIu64 ",\"time\":\"",
		    i > 0 ? "," : "", d->session, d->record);
		write_time(f, s->replay, d->at);
		fputs("\",\"asked\":", f);
		rf_json_write(f, rf_slice_of(d->asked));
		fputs(",\"was\":", f);
		rf_json_write(f, rf_slice_of(d->was));
		fputs(",\"would_be\":", f);
		rf_json_write(f, rf_slice_of(d->would_be));
		fputc('}', f);
	}
	fputs("]}", f);
}

static void
write_result(struct show *s, const char *path, enum rf_replay_result result)
{
	const struct rf_replay *r = s->replay;
	fprintf(s->out, "%s: %s: %" PRIu64 " records, %zu sessions, from ", path,
	    result == RF_REPLAY_DIVERGED ? "DIVERGED" : "same", r->record, s->sessions);
	write_time(s->out, r, r->head.now);
	fprintf(s->out, " to ");
	write_time(s->out, r, r->record > 0 ? r->entry.now : r->head.now);
	fprintf(s->out, "%s\n", result == RF_REPLAY_TORN ? "; it ends in the middle" : "");
	if (result == RF_REPLAY_DIVERGED)
		write_divergence(s);
	if (s->other != NULL) {
		write_other(s);
		return;
	}
	for (size_t i = 0; s->options->verbose && i < s->sessions; i++) {
		fputc('\n', s->out);
		write_ladder(s, s->session[i]);
	}
}

static void
write_result_json(struct show *s, const char *path, enum rf_replay_result result)
{
	const struct rf_replay *r = s->replay;
	fprintf(s->out, "{\"file\":");
	rf_json_write(s->out, rf_slice_of(path));
	fprintf(s->out, ",\"result\":\"%s\",\"complete\":%s,\"records\":%" PRIu64
		",\"sessions\":%zu,\"from\":\"", result_word[result],
	    result == RF_REPLAY_END ? "true" : "false", r->record, s->sessions);
	write_time(s->out, r, r->head.now);
	fprintf(s->out, "\",\"to\":\"");
	write_time(s->out, r, r->record > 0 ? r->entry.now : r->head.now);
	fputc('"', s->out);
	if (result == RF_REPLAY_DIVERGED)
		write_divergence_json(s);
	if (s->other != NULL)
		write_other_json(s);
	if (s->options->verbose)
		fprintf(s->out, ",\"ladders\":[");
	for (size_t i = 0; s->options->verbose && i < s->sessions; i++) {
		fputs(i > 0 ? "," : "", s->out);
		write_ladder(s, s->session[i]);
	}
	fputs(s->options->verbose ? "]}" : "}", s->out);
}

/* ---- one segment, all segments -------------------------------------------------------------- */

static enum rf_replay_result
replay(struct show *s, const char *path)
{
	enum rf_replay_result result;
	stepping = s;
	while ((result = rf_replay_next(s->replay)) == RF_REPLAY_STEP) {
		take_traces(s);
		if (s->other != NULL)
			rf_replay_policy_see(s->other, s->replay, s->last);
	}
	stepping = NULL;
	if (result == RF_REPLAY_DIVERGED && s->replay->record > 0)
		take_traces(s);
	if (s->options->json)
		write_result_json(s, path, result);
	else
		write_result(s, path, result);
	return result;
}

static int
replay_file(const struct rf_options *options, const struct rf_config *config, const char *path,
    const uint8_t *build, FILE *out, FILE *err)
{
	struct show s = { .options = options, .out = out };
	char error[256] = "no memory";
	int status = RF_EXIT_FAILED;
	s.ladder = rf_ladder_new(options->verbose ? LADDER_RECORDS_MAX : 0);
	s.replay = s.ladder != NULL ? rf_replay_open(path, build, error) : NULL;
	if (config != NULL)
		s.other = rf_replay_policy_new(config);
	if (s.replay != NULL) {
		bool same = replay(&s, path) != RF_REPLAY_DIVERGED &&
		    (s.other == NULL || rf_replay_policy_count(s.other) == 0);
		status = same ? RF_EXIT_OK : RF_EXIT_DIVERGED;
	} else if (options->json) {
		fprintf(out, "{\"file\":");
		rf_json_write(out, rf_slice_of(path));
		fprintf(out, ",\"result\":\"error\",\"error\":");
		rf_json_write(out, rf_slice_of(error));
		fputc('}', out);
	} else {
		fprintf(err, "referee: %s: %s\n", path, error);
	}
	rf_replay_policy_free(s.other);
	rf_replay_free(s.replay);
	rf_ladder_free(s.ladder);
	free(s.session);
	return status;
}

int
rf_replay_run(const struct rf_options *options, FILE *out, FILE *err)
{
	uint8_t build[RF_BUILD_ID_LEN];
	int worst = RF_EXIT_OK;
	if (!rf_build_id(build)) {
		fprintf(err, "referee: this program has no build id\n");
		return RF_EXIT_FAILED;
	}
	struct rf_config *config = NULL;
	if (options->config != NULL) {
		struct rf_config_errors errors;
		config = rf_config_load_elsewhere(options->config, &errors);
		if (config == NULL) {
			rf_config_errors_write(&errors, err);
			return RF_EXIT_CONFIG;
		}
	}
	signal(SIGABRT, on_abort);
	if (options->json)
		fprintf(out, "{\"segments\":[");
	for (int i = 0; i < options->file_count; i++) {
		fputs(options->json && i > 0 ? "," : "", out);
		int status =
		    replay_file(options, config, options->files[i], build, out, err);
		if (worst != RF_EXIT_FAILED && status != RF_EXIT_OK)
			worst = status;
	}
	if (options->json)
		fprintf(out, "]}\n");
	rf_config_free(config);
	return worst;
}
