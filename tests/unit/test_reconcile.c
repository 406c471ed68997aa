/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_reconcile.c -- single differences, tolerances, keys, formats, and the job. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/reconcile_job.h"
#include "tests/unit/test_reconcile_world.h"

#define AT (DAY + 3600 * RF_SECOND)             /* 1763946000 */
#define FIRST "\"call_id\":\"c1\",\"from_tag\":\"t1\",\"to_tag\":\"00a1\""
#define REFER FIRST ",\"refer_call_id\":\"r1\",\"refer_from_tag\":\"t2\","                       \
	"\"refer_to_tag\":\"00a2\",\"refer_cseq\":2,"                                             \
	"\"refer_to\":\"<sip:billing@ours>\",\"target\":\"sip:b1@ACD.example\""
#define HEAD "call_id,from_tag,to_tag,outcome,target,start,duration\n"

/* Session 1: a call of 100 s with a transfer after 50 s, unless `kinds` leaves something out. */
static struct reconcile_world *
world_with(const char *kinds)
{
	struct reconcile_world *w = reconcile_world_new();
	if (strchr(kinds, 'c') != NULL)
		reconcile_world_put(w, RF_STORE_ESTABLISHED, 1, AT + 10 * RF_SECOND, false, FIRST);
	if (strchr(kinds, 'p') != NULL)
		reconcile_world_put(w, RF_STORE_PROMISE, 1, AT + 50 * RF_SECOND, false, REFER);
	if (strchr(kinds, 'w') != NULL)
		reconcile_world_put(w, RF_STORE_WITHDRAWAL, 1, AT + 51 * RF_SECOND, false, REFER);
	if (strchr(kinds, 'o') != NULL)
		reconcile_world_put(w, RF_STORE_OUTCOME, 1, AT + 60 * RF_SECOND, false,
		    REFER ",\"outcome\":\"TRANSFERRED\"");
	if (strchr(kinds, 'e') != NULL)
		reconcile_world_put(w, RF_STORE_ENDED, 1, AT + 100 * RF_SECOND, false,
		    FIRST ",\"target\":\"sip:desk@center\",\"started_us\":%" PRId64
		    ",\"answered_us\":%" PRId64 ",\"duration_ms\":100000",
		    (int64_t)AT, AT + 10 * RF_SECOND);
	w->since_us = DAY;
	w->until_us = DAY + 86400 * RF_SECOND;
	return w;
}

/* What is found, as "class line key text\n". */
static const char *
found(struct reconcile_world *w, const char *rows)
{
	static char text[4096];
	char file[4096];
	size_t len = 0;
	snprintf(file, sizeof file, HEAD "%s", rows);
	text[0] = '\0';
	if (!reconcile_world_run(w, file))
		return w->text;
	for (size_t i = 0; i < w->count; i++)
		len += (size_t)snprintf(text + len, sizeof text - len, "%s %u %s %s\n",
		    rf_reconcile_class_name(w->found[i].class), w->found[i].line,
		    rf_reconcile_key_name(w->found[i].key), w->found[i].text);
	return text;
}

static bool
finds(const char *kinds, const char *rows, const char *want)
{
	struct reconcile_world *w = world_with(kinds);
	const char *have = found(w, rows);
	bool same = strcmp(have, want) == 0;
	if (!same)
		check_note("%s: %s", rows, have);
	reconcile_world_free(w);
	return same;
}

static void
each_key_is_tried_and_the_strictest_is_told(void)
{
	CHECK(finds("cpoe", "r1,t2,00a2,failed,,,\n",
	    "mismatch 2 dialog outcome: theirs failed, ours transferred\n"));
	CHECK(finds("cpoe", "r1,00a2,t2,failed,,,\n",
	    "mismatch 2 dialog outcome: theirs failed, ours transferred\n"));
	CHECK(finds("cpoe", "r1,t2,other,failed,,,\n",
	    "mismatch 2 call-id outcome: theirs failed, ours transferred\n"));
	CHECK(finds("cpoe", "x,y,00a2,failed,,,\n",
	    "mismatch 2 own-tag outcome: theirs failed, ours transferred\n"));
	CHECK(finds("cpoe", "x,y,z,failed,b1,1763946050,\n",
	    "mismatch 2 target outcome: theirs failed, ours transferred\n"));
	CHECK(finds("cpoe", "x,y,z,failed,billing,1763946050,\n",
	    "mismatch 2 target outcome: theirs failed, ours transferred\n"));
}

static void
a_strict_key_comes_before_an_earlier_weak_one(void)
{
	CHECK(finds("cpoe",
	    "x,,,transferred,b1,1763946050,\nr1,t2,00a2,transferred,b1,1763946050,\n",
	    "unknown 2 none it belongs to nothing of ours\n"));
}

static void
target_and_time_must_mean_one_transfer_only(void)
{
	struct reconcile_world *w = world_with("cpoe");
	reconcile_world_put(w, RF_STORE_OUTCOME, 2, AT + 52 * RF_SECOND, false,
	    "\"call_id\":\"c9\",\"refer_call_id\":\"r9\",\"refer_cseq\":2,"
	    "\"target\":\"sip:b1@acd\",\"outcome\":\"FAILED\"");
	CHECK(strncmp(found(w, "x,,,transferred,b1,1763946051,\n"), "unknown 2 none", 14) == 0);
	CHECK(w->result.found[RF_CLASS_orphan_leg] == 2);
	reconcile_world_free(w);
}

static void
the_tolerance_is_exact(void)
{
	CHECK(finds("cpoe", "r1,,,transferred,,1763946045.000,\n", ""));
	CHECK(finds("cpoe", "r1,,,transferred,,1763946065.000,\n", ""));
	CHECK(finds("cpoe", "r1,,,transferred,,1763946044.999,\n",
	    "mismatch 2 call-id start: theirs -5.001 s from ours\n"));
	CHECK(finds("cpoe", "r1,,,transferred,,1763946065.001,\n",
	    "mismatch 2 call-id start: theirs +15.001 s from ours\n"));
	CHECK(finds("ce", "c1,,,,,1763945995,105\n", ""));
	CHECK(finds("ce", "c1,,,,,1763946010,90\n", ""));       /* since it was answered */
	CHECK(finds("ce", "c1,,,,,1763945994.9,105.001\n",
	    "mismatch 2 call-id start: theirs -5.100 s from ours; duration: theirs 105.001 s, "
	    "ours 100.000 s\n"));
	CHECK(finds("ce", "x,y,z,transferred,b1,1763946056,\nc1,,,,,,\n",
	    "unknown 2 none it belongs to nothing of ours\n"));
}

static void
targets_are_compared_as_far_as_both_name_them(void)
{
	CHECK(finds("cpoe", "r1,,,transferred,b1,,\nc1,,,,,,\n", ""));
	CHECK(finds("cpoe", "r1,,,transferred,<sips:b1@acd.EXAMPLE:5061>,,\n",
	    "mismatch 2 call-id target: theirs <sips:b1@acd.EXAMPLE:5061>, ours "
	    "sip:b1@ACD.example\n"));
	CHECK(finds("cpoe", "r1,,,transferred,<sips:b1@acd.EXAMPLE;transport=tls>,,\n", ""));
	CHECK(finds("cpoe", "r1,,,transferred,tel:billing,,\n", ""));
	CHECK(finds("cpoe", "r1,,,transferred,B1,,\n",
	    "mismatch 2 call-id target: theirs B1, ours sip:b1@ACD.example\n"));
}

static void
an_outcome_that_one_side_lacks_is_a_missed_notify(void)
{
	CHECK(finds("cpe", "r1,,,closed,,,\n",
	    "missed-notify 2 call-id outcome: theirs closed, ours none\n"));
	CHECK(finds("cpoe", "r1,,,pending,,,\n",
	    "missed-notify 2 call-id outcome: theirs none, ours transferred\n"));
	CHECK(finds("cpe", "r1,,,pending,,,\n",
	    "missed-notify 2 call-id outcome: theirs pending, ours none\n"));
	CHECK(finds("ce", "c1,,,transferred,,,\n",
	    "missed-notify 2 call-id they transferred the call; no transfer is known here\n"));
	CHECK(finds("ce", "c1,,,failed,,,\n", ""));
	CHECK(finds("cpwe", "r1,,,failed,,,\n", ""));
	CHECK(finds("cpwe", "c1,,,,,,\n", ""));
	CHECK(finds("cpwe", "r1,,,transferred,,,\n",
	    "mismatch 2 call-id outcome: theirs transferred, but we refused the REFER\n"));
}

static void
the_grace_lets_young_ones_be(void)
{
	struct reconcile_world *w = world_with("cp");
	w->now_us = AT + 50 * RF_SECOND + 900 * RF_SECOND;
	CHECK(strcmp(found(w, "r1,,,transferred,,,\nc1,,,call,,1763946050.5,\n"), "") == 0);
	CHECK(strcmp(found(w, "c1,,,call,,1763946050.5,\n"), "") == 0);
	w->now_us += 1;
	CHECK(strcmp(found(w, "r1,,,transferred,,,\nc1,,,call,,1763946050.5,\n"),
	    "missed-notify 2 call-id outcome: theirs transferred, ours none\n") == 0);
	w->now_us += RF_SECOND;
	CHECK(strcmp(found(w, "c1,,,call,,1763946050.5,\n"),
	    "orphan-leg 2 call-id it is over there; here it never ended\n"
	    "orphan-leg 0 none they have no record of our transfer; outcome: none\n") == 0);
	reconcile_world_free(w);
}

static void
records_says_which_of_ours_they_have_to_know(void)
{
	static const size_t want[] = { [RF_RECORDS_ALL] = 1, [RF_RECORDS_TRANSFERS] = 0,
		[RF_RECORDS_CALLS] = 1 };
	struct reconcile_world *w = world_with("ce");
	for (unsigned i = RF_RECORDS_ALL; i <= RF_RECORDS_CALLS; i++) {
		w->map.records = (enum rf_reconcile_records)i;
		found(w, "");
		CHECK(w->count == want[i]);
	}
	reconcile_world_free(w);
	w = world_with("cpoe");
	w->map.records = RF_RECORDS_CALLS;
	CHECK(strcmp(found(w, "c1,,,,,,\n"), "") == 0);
	w->map.records = RF_RECORDS_ALL;
	CHECK(strcmp(found(w, "c1,,,,,,\n"),
	    "orphan-leg 0 none they have no record of our transfer; outcome: transferred\n") == 0);
	CHECK(strcmp(w->found[0].call_id, "r1") == 0 && w->found[0].session == 1);
	reconcile_world_free(w);
}

static void
without_a_period_it_is_that_of_their_file(void)
{
	struct reconcile_world *w = world_with("cpoe");
	w->since_us = INT64_MIN;
	w->until_us = INT64_MAX;
	CHECK(strcmp(found(w, "x,,,call,,1763946001,\ny,,,call,,1763946040,\n"),
	    "unknown 2 none it belongs to nothing of ours\n"
	    "unknown 3 none it belongs to nothing of ours\n") == 0);
	found(w, "x,,,call,,1763946000,\ny,,,call,,1763946050,\n");
	CHECK(w->result.found[RF_CLASS_orphan_leg] == 1);
	reconcile_world_free(w);
}

static void
a_dead_letter_and_an_old_delivery_are_lost(void)
{
	struct reconcile_world *w = world_with("c");
	reconcile_world_put(w, RF_STORE_OUTCOME, 1, AT, true, REFER ",\"outcome\":\"FAILED\"");
	reconcile_world_commit(w);
	CHECK(strcmp(found(w, "r1,,,failed,,,\n"), "lost-webhook 0 none still in the outbox as 1: "
	    "transfer.done for crm, 0 attempts\n") == 0);
	w->now_us = AT + w->map.grace;
	CHECK(strcmp(found(w, "r1,,,failed,,,\n"), "") == 0);
	store_world_sql(w->store, "INSERT INTO dead_letter SELECT 7, event.time, 'crm', 4, "
	    "'status 500', event.body, event.session FROM delivery, event "
	    "WHERE event.id = delivery.event");
	store_world_sql(w->store, "DELETE FROM delivery");
	store_world_sql(w->store, "INSERT INTO dead_letter VALUES "
	    "(8, 1, 'crm', 4, 'x', '{\"type\":\"call.ended\"}', 1), "
	    "(9, 1, 'crm', 4, 'x', 'no', 1)");
	CHECK(strcmp(found(w, "r1,,,failed,,,\n"), "lost-webhook 0 none dead letter 7: "
	    "transfer.done for crm, 4 attempts: status 500\n") == 0);
	reconcile_world_free(w);
}

static void
mistakes_are_told_before_anything_is_found(void)
{
	struct reconcile_world *w = world_with("cpoe");
	CHECK(strcmp(found(w, "x,,,transferred,,,\ny,,,what,,,\n"),
	    "3:5: outcome: expected a name in outcomes, or transferred, failed, closed, pending "
	    "or call, got \"what\"\n") == 0);
	CHECK(w->count == 0);
	reconcile_world_free(w);
}

static void
a_store_that_cannot_be_read_is_told(void)
{
	struct reconcile_world *w = world_with("");
	snprintf(w->store->url, sizeof w->store->url, "memory:");
	CHECK(strstr(found(w, "x,,,call,,,\n"), "keeps no records for others") != NULL);
	reconcile_world_free(w);
}

/* ---- the command ---------------------------------------------------------------------------- */

static int
command(struct reconcile_world *w, struct rf_options o, char *text, size_t size)
{
	struct rf_config config = { .store_url = w->store->url, .reconcile = w->map };
	FILE *out = fmemopen(text, size, "w");
	CHECK_OR_STOP(out != NULL);
	memset(text, 0, size);
	reconcile_world_commit(w);
	int status = rf_reconcile_command(&config, &o, out, out);
	fclose(out);
	return status;
}

static void
the_command_prints_for_people_spreadsheets_and_programs(void)
{
	char text[4096];
	struct reconcile_world *w = world_with("cpoe");
	struct rf_options o = { .cdr = w->path, .since = "2025-11-24", .until = "2025-11-25",
		.column = { "call_id=Leg", "outcome=Result" }, .column_count = 2,
		.outcome = { "failed=N*" }, .outcome_count = 1 };
	static const char theirs[] = "Leg,Result\n\"r1\",No answer\n\"a,b\",transferred\n";
	reconcile_world_write(w, theirs, sizeof theirs - 1);
	CHECK(command(w, o, text, sizeof text) == RF_EXIT_FAILED);
	CHECK(strcmp(text,
	    "mismatch       line 2        000000000001  call-id  outcome: theirs failed, ours "
	    "transferred (r1)\n"
	    "unknown        line 3        -             none     it belongs to nothing of ours "
	    "(a,b)\n"
	    "2 records of theirs, 1 calls and 1 transfers of ours: missed-notify 0, "
	    "lost-webhook 0, orphan-leg 0, duplicate 0, mismatch 1, unknown 1\n"
	    "matched by none 1, session 0, dialog 0, call-id 1, own-tag 0, target 0\n") == 0);
	o.format = RF_CDR_CSV;
	CHECK(command(w, o, text, sizeof text) == RF_EXIT_FAILED);
	CHECK(strcmp(text, "class,key,line,session,number,call_id,text\r\n"
	    "mismatch,call-id,2,000000000001,3,r1,\"outcome: theirs failed, ours transferred\"\r\n"
	    "unknown,none,3,,,\"a,b\",it belongs to nothing of ours\r\n") == 0);
	o.format = RF_CDR_JSON;
	o.outcome[0] = "transferred=N*";
	CHECK(command(w, o, text, sizeof text) == RF_EXIT_FAILED);
	CHECK(strcmp(text, "{\"class\":\"unknown\",\"key\":\"none\",\"line\":3,\"call_id\":\"a,b\","
	    "\"text\":\"it belongs to nothing of ours\"}\n"
	    "{\"records\":2,\"calls\":1,\"transfers\":1,\"found\":{\"missed-notify\":0,"
	    "\"lost-webhook\":0,\"orphan-leg\":0,\"duplicate\":0,\"mismatch\":0,\"unknown\":1},"
	    "\"matched\":{\"none\":1,\"session\":0,\"dialog\":0,\"call-id\":1,\"own-tag\":0,"
	    "\"target\":0}}\n") == 0);
	reconcile_world_free(w);
}

static void
the_exit_status_tells_differences_from_mistakes(void)
{
	char text[4096];
	struct reconcile_world *w = world_with("ce");
	struct rf_options o = { .cdr = w->path, .since = "2025-11-24", .until = "2025-11-25" };
	reconcile_world_write(w, "call_id\nc1\n", 11);
	CHECK(command(w, o, text, sizeof text) == RF_EXIT_OK);
	reconcile_world_write(w, "call_id\nc1\"\n", 12);
	CHECK(command(w, o, text, sizeof text) == RF_EXIT_CONFIG);
	CHECK(strncmp(text, w->path, strlen(w->path)) == 0);
	CHECK(strstr(text, ":2:3: a quote") != NULL);
	o.since = "soon";
	CHECK(command(w, o, text, sizeof text) == RF_EXIT_USAGE && strstr(text, "--since") != NULL);
	o.since = NULL;
	o.tolerance = "5";
	CHECK(command(w, o, text, sizeof text) == RF_EXIT_USAGE);
	CHECK(strstr(text, "--tolerance: expected a duration such as 5s, got \"5\"") != NULL);
	o.tolerance = NULL;
	o.column[0] = "callid=x";
	o.column_count = 1;
	CHECK(command(w, o, text, sizeof text) == RF_EXIT_USAGE);
	CHECK(strstr(text, "--column: expected") != NULL);
	o.column_count = 0;
	o.outcome[0] = "done=x";
	o.outcome_count = 1;
	CHECK(command(w, o, text, sizeof text) == RF_EXIT_USAGE);
	CHECK(strstr(text, "--outcome: expected") != NULL);
	o.outcome_count = 0;
	o.cdr = NULL;
	CHECK(command(w, o, text, sizeof text) == RF_EXIT_USAGE && strstr(text, "--cdr") != NULL);
	reconcile_world_free(w);
}

/* ---- the job -------------------------------------------------------------------------------- */

static struct rf_reconcile_gauges
run_job(struct reconcile_world *w, const struct rf_reconcile_job *job, uint64_t runs)
{
	struct rf_reconcile_gauges g;
	for (int i = 0; i < 2000; i++) {
		rf_reconcile_job_gauges(job, &g);
		if (g.runs >= runs && !g.running)
			break;
		store_world_run(w->store, 5);
	}
	return g;
}

static void
the_job_compares_each_file_once_and_tells_what_it_found(void)
{
	static const char theirs[] =
	    "call_id,outcome,target\nr1,transferred,somebody\nx,call,\n";
	char log_path[128], error[256], text[4096] = "";
	struct reconcile_world *w = world_with("cpoe");
	struct rf_config config = { .store_url = w->store->url, .reconcile = w->map };
	snprintf(log_path, sizeof log_path, "%s/log", w->store->folder);
	FILE *log_file = fopen(log_path, "w+");
	CHECK_OR_STOP(log_file != NULL);
	struct rf_log *log = rf_log_new(&(struct rf_log_config){ .level = RF_LOG_INFO,
		.format = RF_LOG_TEXT, .fd = fileno(log_file) });
	config.reconcile.cdr = w->path;
	config.reconcile.every = 20 * RF_MS;
	reconcile_world_commit(w);
	struct rf_reconcile_job *job = rf_reconcile_job_new(w->store->base, &config, log, error);
	CHECK_OR_STOP(job != NULL);
	store_world_run(w->store, 60);
	CHECK(run_job(w, job, 0).runs == 0);    /* there is no file yet */
	reconcile_world_write(w, theirs, sizeof theirs - 1);
	struct rf_reconcile_gauges g = run_job(w, job, 1);
	CHECK(g.runs == 1 && g.failures == 0 && g.last.records == 2);
	CHECK(g.last.found[RF_CLASS_mismatch] == 1 && g.last.found[RF_CLASS_unknown] == 1);
	store_world_run(w->store, 100);
	CHECK(run_job(w, job, 1).runs == 1);    /* it is the same file */
	reconcile_world_write(w, "call_id,start\nr1,never\n", 23);
	g = run_job(w, job, 2);
	CHECK(g.runs == 2 && g.failures == 1 && g.last.records == 2);
	rf_reconcile_job_free(job);
	rf_log_free(log);
	rewind(log_file);
	CHECK(fread(text, 1, sizeof text - 1, log_file) > 0);
	fclose(log_file);
	CHECK(strstr(text, "reconcile.found") != NULL && strstr(text, "mismatch") != NULL);
	CHECK(strstr(text, "reconcile.done") != NULL);
	CHECK(strstr(text, "reconcile.failed") != NULL);
	CHECK(strstr(text, ":2:4: start: expected") != NULL);
	CHECK(strstr(text, "somebody") == NULL && strstr(text, "never") == NULL);
	reconcile_world_free(w);
}

static void
a_job_that_is_running_ends_with_the_process(void)
{
	char error[256];
	struct reconcile_world *w = world_with("cpoe");
	struct rf_config config = { .store_url = w->store->url, .reconcile = w->map };
	struct rf_log *log = rf_log_new(&(struct rf_log_config){ .level = RF_LOG_ERROR, .fd = 2 });
	FILE *f = fopen(w->path, "w");
	CHECK_OR_STOP(f != NULL);
	fputs("call_id\n", f);
	for (int i = 0; i < 300000; i++)
		fprintf(f, "call-%d\n", i);
	fclose(f);
	config.reconcile.cdr = w->path;
	config.reconcile.every = 3600 * RF_SECOND;
	reconcile_world_commit(w);
	struct rf_reconcile_job *job = rf_reconcile_job_new(w->store->base, &config, log, error);
	CHECK_OR_STOP(job != NULL);
	struct rf_reconcile_gauges g = { .running = false };
	for (int i = 0; i < 1000 && !g.running && g.runs == 0; i++) {
		event_base_loop(w->store->base, EVLOOP_NONBLOCK);
		rf_reconcile_job_gauges(job, &g);
	}
	CHECK(g.running);
	rf_reconcile_job_free(job);
	rf_log_free(log);
	rf_reconcile_job_gauges(NULL, &g);
	CHECK(!g.running && g.runs == 0);
	reconcile_world_free(w);
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(each_key_is_tried_and_the_strictest_is_told),
		CHECK_TEST(a_strict_key_comes_before_an_earlier_weak_one),
		CHECK_TEST(target_and_time_must_mean_one_transfer_only),
		CHECK_TEST(the_tolerance_is_exact),
		CHECK_TEST(targets_are_compared_as_far_as_both_name_them),
		CHECK_TEST(an_outcome_that_one_side_lacks_is_a_missed_notify),
		CHECK_TEST(the_grace_lets_young_ones_be),
		CHECK_TEST(records_says_which_of_ours_they_have_to_know),
		CHECK_TEST(without_a_period_it_is_that_of_their_file),
		CHECK_TEST(a_dead_letter_and_an_old_delivery_are_lost),
		CHECK_TEST(mistakes_are_told_before_anything_is_found),
		CHECK_TEST(a_store_that_cannot_be_read_is_told),
		CHECK_TEST(the_command_prints_for_people_spreadsheets_and_programs),
		CHECK_TEST(the_exit_status_tells_differences_from_mistakes),
		CHECK_TEST(the_job_compares_each_file_once_and_tells_what_it_found),
		CHECK_TEST(a_job_that_is_running_ends_with_the_process),
	};
	return check_main("reconcile", tests, sizeof tests / sizeof tests[0]);
}
