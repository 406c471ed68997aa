/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_platform.c -- records of other platforms: what is read, and what is said of what
 * cannot be. */
#include "app/platform.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/lines.h"
#include "tests/check.h"

static struct rf_config_reconcile map;
static struct rf_config_errors errors;
static char path[] = "/tmp/referee-platform-XXXX" "XX";
static char mistakes[4096];                     /* "line:column: text\n" */

static struct rf_platform *
open_bytes(const char *bytes, size_t len)
{
	FILE *f = fopen(path, "w");
	CHECK_OR_STOP(f != NULL && fwrite(bytes, 1, len, f) == len && fclose(f) == 0);
	return rf_platform_open(path, &map, &errors);
}

static struct rf_platform *
open_text(const char *text)
{
	return open_bytes(text, strlen(text));
}

/* Call-IDs of all records, each followed by a blank; what was wrong is in `mistakes`. */
static const char *
read_all(const char *bytes, size_t len)
{
	static char ids[4096];
	struct rf_platform_record r;
	size_t at = 0;
	struct rf_platform *p = open_bytes(bytes, len);
	ids[0] = mistakes[0] = '\0';
	while (p != NULL && rf_platform_next(p, &r) && at < sizeof ids - 100)
		at += (size_t)snprintf(ids + at, sizeof ids - at, "%.*s ",
		    (int)r.text[RF_COLUMN_CALL_ID].len, r.text[RF_COLUMN_CALL_ID].p);
	rf_platform_close(p);
	at = 0;
	for (uint32_t i = 0; i < errors.count; i++)
		at += (size_t)snprintf(mistakes + at, sizeof mistakes - at, "%u:%u: %s\n",
		    errors.at[i].line, errors.at[i].column, errors.at[i].text);
	return ids;
}

static bool
reads(const char *text, const char *ids, const char *wrong)
{
	bool same = strcmp(read_all(text, strlen(text)), ids) == 0 && strcmp(mistakes, wrong) == 0;
	if (!same)
		check_note("%s: %s", read_all(text, strlen(text)), mistakes);
	return same;
}

static bool
is(struct rf_slice s, const char *text)
{
	return rf_slice_equal(s, rf_slice_of(text));
}

static void
columns_are_found_by_their_names(void)
{
	struct rf_platform_record r;
	map = (struct rf_config_reconcile){ .column = { [RF_COLUMN_CALL_ID] = "Call-ID" } };
	struct rf_platform *p = open_text(
	    "\xef\xbb\xbfnote,call-id , \"FROM_TAG\",start,duration,session\r\n"
	    "\"a, \"\"b\"\"\r\nc\", x@y ,t1,1700000000.5,1:30,2A\r\n");
	CHECK_OR_STOP(p != NULL && rf_platform_next(p, &r));
	CHECK(r.line == 2 && is(r.text[RF_COLUMN_CALL_ID], "x@y"));
	CHECK(is(r.text[RF_COLUMN_FROM_TAG], "t1") && r.text[RF_COLUMN_TO_TAG].len == 0);
	CHECK(r.has_start && r.start_us == 1700000000500000);
	CHECK(r.has_duration && r.duration_us == 90 * RF_SECOND);
	CHECK(r.session == 0x2a && r.word == RF_WORD_CALL);
	CHECK(!rf_platform_next(p, &r) && errors.count == 0);
	CHECK(rf_platform_rewind(p) && rf_platform_next(p, &r));
	CHECK(is(r.text[RF_COLUMN_CALL_ID], "x@y"));
	rf_platform_close(p);
	map = (struct rf_config_reconcile){ .tolerance = 0 };
}

static void
both_line_ends_empty_lines_and_a_missing_last_one_will_do(void)
{
	CHECK(reads("call_id\na\r\n\r\n  \nb", "a b ", ""));
	CHECK(reads("\r\n\ncall_id\r\na\n", "a ", ""));
	CHECK(reads("call_id\n", "", ""));
	CHECK(reads("call_id", "", ""));
}

static void
an_empty_file_is_a_mistake(void)
{
	CHECK(reads("", "", "1:1: the file is empty; expected a line of names\n"));
	CHECK(reads("\n\n", "", "1:1: the file is empty; expected a line of names\n"));
	unlink(path);
	CHECK(rf_platform_open(path, &map, &errors) == NULL);
	CHECK(errors.at[0].line == 0 && strstr(errors.at[0].text, "No such file") != NULL);
}

static void
missing_and_doubled_columns_are_told(void)
{
	CHECK(reads("a,b\n1,2\n", "", "1:1: no column is called call_id or session: nothing tells "
				      "whose a record is\n"));
	map.column[RF_COLUMN_CALL_ID] = "Call-ID";
	map.column[RF_COLUMN_OUTCOME] = "Result";
	CHECK(reads("call_id,session\n1,2\n", "",
	    "1:1: no column is called \"Call-ID\", which is to be call_id\n"
	    "1:1: no column is called \"Result\", which is to be outcome\n"));
	map = (struct rf_config_reconcile){ .tolerance = 0 };
	CHECK(reads("call_id,x,CALL_ID\n", "", "1:11: this column is there twice\n"));
}

static void
a_mistake_costs_one_record_and_has_its_place(void)
{
	CHECK(reads("call_id,start\na,yesterday\nb,2025-11-24\nc,1700000000\nd\n", "c ",
	    "2:3: start: expected a time such as 2026-11-25T20:15:00Z, or seconds since 1970, got "
	    "\"yesterday\"\n"
	    "3:3: start: expected a time such as 2026-11-25T20:15:00Z, or seconds since 1970, got "
	    "\"2025-11-24\"\n"
	    "5:1: expected 2 values as in the first line; got 1\n"));
	CHECK(reads("call_id,duration,session\na,-1,\nb,,g\n", "",
	    "2:3: duration: expected a duration such as 90 or 0:01:30, got \"-1\"\n"
	    "3:4: session: expected a session such as 00000000002a, got \"g\"\n"));
	CHECK(reads("call_id,outcome\na,Done\nb,Failed\n", "b ",
	    "2:3: outcome: expected a name in outcomes, or transferred, failed, closed, pending "
	    "or call, got \"Done\"\n"));
	CHECK(reads("call_id,x\na,b\"c\n\nd,e\n", "", "2:4: a quote inside of a value: put the "
	    "whole value in quotes, and this one twice\n"));
}

static void
after_twenty_mistakes_it_is_enough(void)
{
	char text[2048] = "call_id,start\n";
	for (int i = 0; i < 50; i++)
		strcat(text, "a,b\n");
	CHECK(strcmp(read_all(text, strlen(text)), "") == 0);
	CHECK(errors.count == RF_CONFIG_ERRORS_MAX && errors.more);
}

static void
a_nul_byte_is_no_text(void)
{
	static const char csv[] = "call_id,x\na\0b,c\nd,e\n";
	static const char json[] = "{\"call_id\":\"a\\u0000b\"}\n{\"call_id\":\"c\"}\n";
	CHECK(strcmp(read_all(csv, sizeof csv - 1), "d ") == 0);
	CHECK(strcmp(mistakes, "2:1: a NUL byte\n") == 0);
	CHECK(strcmp(read_all(json, sizeof json - 1), "c ") == 0);
	CHECK(strcmp(mistakes, "1:22: a NUL byte\n") == 0);
}

/* A field of that many bytes between two records. */
static const char *
read_with_field(size_t len, bool quoted)
{
	char *text = malloc(len + 100);
	CHECK_OR_STOP(text != NULL);
	int at = sprintf(text, "call_id,x\na,b\nc,%s", quoted ? "\"" : "");
	memset(text + at, '\n', len);
	if (!quoted)
		memset(text + at, 'x', len);
	at += (int)len;
	at += sprintf(text + at, "%s\nd,e\n", quoted ? "\"" : "");
	const char *ids = read_all(text, (size_t)at);
	free(text);
	return ids;
}

static void
a_record_has_a_bound(void)
{
	static const char too_long[] =
	    "3:1: a record of more than 64 KiB; is a quote never closed?\n";
	CHECK(strcmp(read_with_field(RF_RECORD_LEN_MAX - 10, false), "a c d ") == 0);
	CHECK(mistakes[0] == '\0');
	CHECK(strcmp(read_with_field(RF_RECORD_LEN_MAX - 10, true), "a c d ") == 0);
	CHECK(strcmp(read_with_field(RF_RECORD_LEN_MAX, false), "a ") == 0);
	CHECK(strcmp(mistakes, too_long) == 0);
	CHECK(strcmp(read_with_field(10 * RF_RECORD_LEN_MAX, true), "a ") == 0);
	CHECK(strcmp(mistakes, too_long) == 0);
}

static void
records_are_cut_right_wherever_the_buffer_ends(void)
{
	const size_t size = 1000 * 1000;
	char *text = malloc(size + 100);
	CHECK_OR_STOP(text != NULL);
	int at = sprintf(text, "call_id,x\n");
	uint32_t rows = 0, read = 0;
	struct rf_platform_record r;
	for (; (size_t)at < size; rows++)
		at += sprintf(text + at, "%u,\"%.*s\n\"\"\"\r\n", rows, (int)(rows % 61),
		    "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u,v,w,x,y,z,0,1,2,3,4");
	struct rf_platform *p = open_bytes(text, (size_t)at);
	while (rf_platform_next(p, &r)) {
		CHECK((uint32_t)atoi(r.text[RF_COLUMN_CALL_ID].p) == read);
		CHECK(r.line == 2 + 2 * read);
		read++;
	}
	CHECK(read == rows && errors.count == 0);
	rf_platform_close(p);
	free(text);
}

static void
json_lines_are_read_by_the_same_names(void)
{
	struct rf_platform_record r;
	struct rf_platform *p = open_text(
	    "\xef\xbb\xbf\n{\"x\":{\"call_id\":\"no\"},\"call_id\":\"a\\u002db\","
	    "\"start\":1700000000,\"outcome\":\"FAILED\",\"to_tag\":null,\"l\":[1,{}]}\r\n");
	CHECK_OR_STOP(p != NULL && rf_platform_next(p, &r));
	CHECK(r.line == 2 && is(r.text[RF_COLUMN_CALL_ID], "a-b") && r.word == RF_WORD_FAILED);
	CHECK(r.has_start && r.start_us == 1700000000 * RF_SECOND);
	CHECK(r.text[RF_COLUMN_TO_TAG].len == 0);
	CHECK(!rf_platform_next(p, &r) && errors.count == 0);
	rf_platform_close(p);
	CHECK(reads("{\"call_id\":\"a\"}\n{\"call_id\":\n\n7\n[1]\n{\"call_id\":\"b\"}\n", "a b ",
	    "2:13: not a JSON object\n4:2: expected one object a line\n"
	    "5:2: expected one object a line\n"));
}

/* Records until the end; what is wrong with them must be told. */
static uint32_t
count_records(struct rf_platform *p)
{
	struct rf_platform_record r;
	uint32_t count = 0;
	while (rf_platform_next(p, &r)) {
		for (uint32_t i = 0; i < RF_COLUMN_MAX; i++)
			CHECK(r.text[i].len == 0 || memchr(r.text[i].p, 0, r.text[i].len) == NULL);
		count++;
	}
	return count;
}

static void
spoiled_files_are_read_the_same_way_each_time(void)
{
	static const char *const seeds[] = {
		"call_id,outcome,start,duration\r\n\"a,\"\"b\",failed,1700000000,1:30\r\nc,,,\n",
		"{\"call_id\":\"a\",\"start\":1.5e9,\"x\":[{}]}\n{\"call_id\":\"\\u00e9\"}\n" };
	static const char bytes[] = "\",\n\r{}[]:\\\0\xef\xbb\xbf a9-.";
	uint64_t chance = 7;
	for (uint32_t round = 0; round < 4000; round++) {
		char text[256];
		size_t len = (size_t)snprintf(text, sizeof text, "%s", seeds[round % 2]);
		for (uint32_t n = 0; n < 1 + round % 5; n++) {
			chance = chance * 6364136223846793005u + 1442695040888963407u;
			text[(chance >> 33) % len] = bytes[(chance >> 20) % (sizeof bytes - 1)];
		}
		struct rf_platform *p = open_bytes(text, len - round % 7);
		CHECK(p != NULL || errors.count > 0);
		if (p == NULL)
			continue;
		uint32_t count = count_records(p), mistakes_count = errors.count;
		CHECK(rf_platform_rewind(p));
		CHECK(count_records(p) == count);
		CHECK(errors.count == 2 * mistakes_count);
		rf_platform_close(p);
	}
}

static void
outcomes_have_the_words_of_the_platform(void)
{
	struct rf_config_outcome outcomes[] = { { "Trans*", RF_WORD_TRANSFERRED },
		{ "[0-9]*", RF_WORD_FAILED }, { "", RF_WORD_PENDING } };
	static const enum rf_reconcile_word want[] = { RF_WORD_TRANSFERRED, RF_WORD_FAILED,
		RF_WORD_CLOSED, RF_WORD_PENDING, RF_WORD_CALL };
	struct rf_platform_record r;
	map.outcomes = outcomes;
	map.outcomes_count = 3;
	struct rf_platform *p =
	    open_text("call_id,outcome\na,TRANS-OK\nb,486\nc,closed\nd,\ne,Call\n");
	CHECK_OR_STOP(p != NULL);
	for (size_t i = 0; i < 5; i++)
		CHECK(rf_platform_next(p, &r) && r.word == want[i]);
	rf_platform_close(p);
	map = (struct rf_config_reconcile){ .tolerance = 0 };
}

static bool
moment(const char *text, int64_t want)
{
	int64_t us = 0;
	return rf_platform_moment(&us, rf_slice_of(text)) && us == want;
}

static void
moments_are_read_as_others_write_them(void)
{
	const int64_t at = 1700000000 * RF_SECOND;
	CHECK(moment("2023-11-14T22:13:20Z", at) && moment("2023-11-14 22:13:20", at));
	CHECK(moment("2023-11-14T23:13:20.250+01:00", at + 250 * RF_MS));
	CHECK(moment("2023-11-14T17:43:20-0430", at));
	CHECK(moment("1700000000", at) && moment("1700000000.25", at + 250 * RF_MS));
	CHECK(moment("1700000000123", at + 123 * RF_MS) && moment("1700000000123456", at + 123456));
	int64_t us;
	CHECK(!rf_platform_moment(&us, RF_SLICE("2023-11-14")));
	CHECK(!rf_platform_moment(&us, RF_SLICE("2023-11-14T22:13:20+25:00")));
	CHECK(!rf_platform_moment(&us, RF_SLICE("2023-11-14T22:13:20 CET")));
	CHECK(!rf_platform_moment(&us, RF_SLICE("999999999999999999999")));
	CHECK(!rf_platform_moment(&us, RF_SLICE("17 1")) && !rf_platform_moment(&us, RF_SLICE("")));
}

static void
durations_are_read_as_others_write_them(void)
{
	int64_t us;
	CHECK(rf_platform_duration(&us, RF_SLICE("90"), RF_UNIT_S) && us == 90 * RF_SECOND);
	CHECK(rf_platform_duration(&us, RF_SLICE("0.5"), RF_UNIT_S) && us == 500 * RF_MS);
	CHECK(rf_platform_duration(&us, RF_SLICE("1:02:03"), RF_UNIT_MS) && us == 3723 * RF_SECOND);
	CHECK(rf_platform_duration(&us, RF_SLICE("1500"), RF_UNIT_MS) && us == 1500 * RF_MS);
	CHECK(!rf_platform_duration(&us, RF_SLICE("1:2:3:4"), RF_UNIT_S));
	CHECK(!rf_platform_duration(&us, RF_SLICE("5s"), RF_UNIT_S));
	CHECK(!rf_platform_duration(&us, RF_SLICE(":5"), RF_UNIT_S));
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(columns_are_found_by_their_names),
		CHECK_TEST(both_line_ends_empty_lines_and_a_missing_last_one_will_do),
		CHECK_TEST(an_empty_file_is_a_mistake),
		CHECK_TEST(missing_and_doubled_columns_are_told),
		CHECK_TEST(a_mistake_costs_one_record_and_has_its_place),
		CHECK_TEST(after_twenty_mistakes_it_is_enough),
		CHECK_TEST(a_nul_byte_is_no_text),
		CHECK_TEST(a_record_has_a_bound),
		CHECK_TEST(records_are_cut_right_wherever_the_buffer_ends),
		CHECK_TEST(json_lines_are_read_by_the_same_names),
		CHECK_TEST(spoiled_files_are_read_the_same_way_each_time),
		CHECK_TEST(outcomes_have_the_words_of_the_platform),
		CHECK_TEST(moments_are_read_as_others_write_them),
		CHECK_TEST(durations_are_read_as_others_write_them),
	};
	int file = mkstemp(path);
	if (file < 0)
		return 1;
	close(file);
	int status = check_main("platform", tests, sizeof tests / sizeof tests[0]);
	unlink(path);
	return status;
}
