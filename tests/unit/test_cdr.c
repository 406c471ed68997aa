/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_cdr.c -- what `referee cdr` prints, byte for byte. */
#include "app/cdr.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/unit/test_store_world.h"

static char *
print(struct store_world *w, struct rf_options options, int *status)
{
	static char text[8192];
	struct rf_config config = { .store_url = w->url };
	FILE *out = fmemopen(text, sizeof text, "w");
	FILE *err = fopen("/dev/null", "w");
	text[0] = '\0';
	*status = rf_cdr(&config, &options, out, err);
	fclose(out);
	fclose(err);
	return text;
}

static struct store_world *
world_with_records(void)
{
	struct store_world *w = store_world_new("sqlite:");
	CHECK_OR_STOP(store_world_open(w));
	store_world_put(w, 1, RF_STORE_OUTCOME, 0x2a, "s",
	    "{\"type\":\"transfer.connected\",\"partner\":\"acme\",\"call_id\":\"a,b\","
	    "\"from_tag\":\"say \\\"hi\\\"\",\"key\":\"billing\",\"queue\":\"billing\","
	    "\"skill\":\"gold\",\"recording_policy\":\"rp-9\",\"target\":\"sip:b@x\","
	    "\"attempts\":1,\"status\":200,\"outcome\":\"TRANSFERRED\","
	    "\"wrap_up\":\"REFER_TRANSFER\"}");
	store_world_put(w, 2, RF_STORE_OUTCOME, 0x2b, "s",
	    "{\"type\":\"transfer.failed\",\"status\":486,\"outcome\":\"FAILED\","
	    "\"started_us\":1500000,\"duration_ms\":2622}");
	CHECK(store_world_await(w, 2));
	return w;
}

static void
csv_has_a_header_and_quotes_what_must_be_quoted(void)
{
	int status;
	struct store_world *w = world_with_records();
	CHECK(strcmp(print(w, (struct rf_options){ .format = RF_CDR_CSV }, &status),
	    "id,sequence,time,session,type,partner,call_id,from_tag,to_tag,refer_call_id,"
	    "refer_from_tag,refer_to_tag,refer_cseq,refer_to,referred_by,key,route,queue,skill,"
	    "recording_policy,target,attempts,"
	    "refer_status,notify_status,subscription_state,status,reason,outcome,"
	    "wrap_up,rescued,started,answered,"
	    "duration_ms\r\n"
	    "1,,2023-11-14T22:13:20.000Z,00000000002a,transfer.connected,acme,\"a,b\","
	    "\"say \"\"hi\"\"\",,,,,,,,billing,,billing,gold,rp-9,sip:b@x,1,,,,200,,TRANSFERRED,"
	    "REFER_TRANSFER,,,,\r\n"
	    "2,,2023-11-14T22:13:20.000Z,00000000002b,transfer.failed,,,,,,,,,,,,,,,,,,,,,486,,"
	    "FAILED,,"
	    ",1970-01-01T00:00:01.500Z,,2622\r\n") == 0);
	CHECK(status == RF_EXIT_OK);
	store_world_free(w);
}

static void
json_is_one_object_a_line_as_it_was_stored(void)
{
	int status;
	struct store_world *w = world_with_records();
	struct rf_options options = { .format = RF_CDR_JSON, .session = 0x2b };
	CHECK(strcmp(print(w, options, &status),
	    "{\"type\":\"transfer.failed\",\"status\":486,\"outcome\":\"FAILED\","
	    "\"started_us\":1500000,\"duration_ms\":2622}\n") == 0);
	store_world_free(w);
}

static void
text_is_a_table_for_people(void)
{
	int status;
	struct store_world *w = world_with_records();
	CHECK(strcmp(print(w, (struct rf_options){ .limit = 1 }, &status),
	    "time                      session       type                outcome      "
	    "status  wrap_up         partner       key             queue         "
	    "skill         recording_policy  "
	    "target\n"
	    "2023-11-14T22:13:20.000Z  00000000002b  transfer.failed     FAILED       "
	    "486     -               -             -               -             -             -"
	    "                 -\n") == 0);
	store_world_free(w);
}

static void
without_a_record_csv_is_its_header(void)
{
	int status;
	struct store_world *w = world_with_records();
	struct rf_options options = { .format = RF_CDR_CSV, .session = 0x99 };
	const char *text = print(w, options, &status);
	CHECK(strncmp(text, "id,sequence,time,", 17) == 0);
	CHECK(strstr(text, "\r\n") == text + strlen(text) - 2);
	CHECK(status == RF_EXIT_OK);
	options.format = RF_CDR_JSON;
	CHECK(strcmp(print(w, options, &status), "") == 0);
	store_world_free(w);
}

static void
a_line_break_inside_a_field_is_quoted(void)
{
	char text[64] = "";
	FILE *f = fmemopen(text, sizeof text, "w");
	rf_csv_write(f, "a\r\nb");
	rf_csv_write(f, NULL);
	fclose(f);
	CHECK(strcmp(text, "\"a\r\nb\"") == 0);
}

static void
since_is_a_time_ago_or_a_moment(void)
{
	const int64_t now = 1700000000 * RF_SECOND;
	int64_t us;
	CHECK(rf_cdr_since_parse(&us, "90m", now) && us == now - 5400 * RF_SECOND);
	CHECK(rf_cdr_since_parse(&us, "7d", now) && us == now - 7 * 86400 * RF_SECOND);
	CHECK(rf_cdr_since_parse(&us, "2023-11-14", now) && us == 1699920000 * RF_SECOND);
	CHECK(rf_cdr_since_parse(&us, "2023-11-14T22:13:20Z", now) && us == now);
	CHECK(!rf_cdr_since_parse(&us, "7", now));
	CHECK(!rf_cdr_since_parse(&us, "7w", now));
	CHECK(!rf_cdr_since_parse(&us, "yesterday", now));
	CHECK(!rf_cdr_since_parse(&us, "2023-11-14T22:13", now));
	CHECK(!rf_cdr_since_parse(&us, "", now));
}

static void
what_cannot_be_read_is_an_exit_status(void)
{
	int status;
	struct store_world *w = store_world_new("sqlite:");
	CHECK(print(w, (struct rf_options){ 0 }, &status)[0] == '\0');
	CHECK(status == RF_EXIT_FAILED);
	print(w, (struct rf_options){ .since = "soon" }, &status);
	CHECK(status == RF_EXIT_USAGE);
	store_world_free(w);
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(csv_has_a_header_and_quotes_what_must_be_quoted),
		CHECK_TEST(json_is_one_object_a_line_as_it_was_stored),
		CHECK_TEST(text_is_a_table_for_people),
		CHECK_TEST(without_a_record_csv_is_its_header),
		CHECK_TEST(a_line_break_inside_a_field_is_quoted),
		CHECK_TEST(since_is_a_time_ago_or_a_moment),
		CHECK_TEST(what_cannot_be_read_is_an_exit_status),
	};
	return check_main("cdr", tests, sizeof tests / sizeof tests[0]);
}
