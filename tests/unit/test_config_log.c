/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_config_log.c -- what the log section asks for: whole lines, no caller in them. */
#include "app/log.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/check.h"

static const uint8_t salt[RF_LOG_SALT_LEN] = "0123456789abcde";
static int64_t now_ms;
static char got[256 * 1024];

static int64_t
clock_ms(void *user)
{
	(void)user;
	return now_ms;
}

/* A log into a file that is gone when it is closed. */
static struct rf_log *
begin(enum rf_log_format format, enum rf_log_privacy privacy, FILE **file)
{
	*file = tmpfile();
	CHECK_OR_STOP(*file != NULL);
	now_ms = 1700000000123;
	return rf_log_new(&(struct rf_log_config){ .format = format, .level = RF_LOG_INFO,
	    .privacy = privacy, .fd = fileno(*file), .wall_clock_ms = clock_ms, .salt = salt });
}

static const char *
end(struct rf_log *log, FILE *file)
{
	rf_log_free(log);
	rewind(file);
	got[fread(got, 1, sizeof(got) - 1, file)] = '\0';
	fclose(file);
	return got;
}

static void
expect(const char *text)
{
	CHECK(strcmp(got, text) == 0);
	if (strcmp(got, text) != 0)
		check_note("expected %s# got %s", text, got);
}

static void
a_json_line_has_time_level_event_and_pairs(void)
{
	FILE *file;
	struct rf_log *log = begin(RF_LOG_JSON, RF_LOG_MASK, &file);
	rf_log_event(log, RF_LOG_INFO, "listener.ready", (const struct rf_log_pair[]){
	    rf_log_text("address", "0.0.0.0:5060"), rf_log_number("dscp", -46),
	    rf_log_bool("tls", false), rf_log_text("absent", NULL), { 0 } });
	rf_log_event(log, RF_LOG_DEBUG, "not.wanted", NULL);
	end(log, file);
	expect("{\"time\":\"2023-11-14T22:13:20.123Z\",\"level\":\"info\","
	    "\"event\":\"listener.ready\",\"address\":\"0.0.0.0:5060\",\"dscp\":-46,"
	    "\"tls\":false}\n");
}

static void
a_text_line_quotes_only_what_needs_it(void)
{
	FILE *file;
	struct rf_log *log = begin(RF_LOG_TEXT, RF_LOG_MASK, &file);
	rf_log_event(log, RF_LOG_WARNING, "security.denied", (const struct rf_log_pair[]){
	    rf_log_text("partner", "acme"), rf_log_text("why", "not on the list"),
	    rf_log_text("empty", ""), rf_log_text("odd", "a=b\"\n"), { 0 } });
	end(log, file);
	expect("2023-11-14T22:13:20.123Z warning security.denied partner=acme "
	    "why=\"not on the list\" empty=\"\" odd=\"a=b\\\"\\u000a\"\n");
}

static void
bytes_that_are_not_utf8_cannot_break_a_line(void)
{
	FILE *file;
	struct rf_log *log = begin(RF_LOG_JSON, RF_LOG_FULL, &file);
	const char bytes[] = "\"\\\r\n\0\x1b\x7f\xc3\xa9"
	    "\xff\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80\xe2\x82";
	rf_log_event(log, RF_LOG_INFO, "e", (const struct rf_log_pair[]){
	    rf_log_slice("v", (struct rf_slice){ bytes, sizeof(bytes) - 1 }), { 0 } });
	end(log, file);
	const char *value = strstr(got, "\"v\":");
	CHECK_OR_STOP(value != NULL);
	const char *start = "\"v\":\"\\\"\\\\\\u000d\\u000a\\u0000\\u001b\\u007f\xc3\xa9\\ufffd";
	CHECK(strncmp(value, start, strlen(start)) == 0);
	size_t replaced = 0;
	for (const char *p = value; (p = strstr(p, "\\ufffd")) != NULL; p++)
		replaced++;
	CHECK(replaced == 12);
	CHECK(strcmp(got + strlen(got) - 3, "\"}\n") == 0);
}

static void
a_line_too_long_is_cut_between_pairs(void)
{
	FILE *file;
	char long_text[2 * RF_LOG_LINE_MAX];
	struct rf_log *log = begin(RF_LOG_JSON, RF_LOG_FULL, &file);
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	rf_log_event(log, RF_LOG_INFO, "e", (const struct rf_log_pair[]){
	    rf_log_number("before", 1), rf_log_text("v", long_text), rf_log_number("after", 2),
	    { 0 } });
	end(log, file);
	expect("{\"time\":\"2023-11-14T22:13:20.123Z\",\"level\":\"info\",\"event\":\"e\","
	    "\"before\":1,\"after\":2,\"cut\":true}\n");
}

static void
a_storm_of_warnings_is_cut_and_counted(void)
{
	FILE *file;
	struct rf_log *log = begin(RF_LOG_TEXT, RF_LOG_FULL, &file);
	for (int i = 0; i < 100; i++)
		rf_log_event(log, RF_LOG_WARNING, "storm", NULL);
	rf_log_event(log, RF_LOG_WARNING, "other", NULL);
	for (int i = 0; i < 100; i++)
		rf_log_event(log, RF_LOG_INFO, "call", NULL);
	now_ms += 1000;
	rf_log_event(log, RF_LOG_WARNING, "storm", NULL);
	end(log, file);
	size_t lines = 0;
	for (const char *p = got; (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	CHECK(lines == RF_LOG_BURST_MAX + 1 + 100 + 1);
	CHECK(strstr(got, "storm suppressed=80\n") != NULL);
}

static const char *
private(enum rf_log_privacy privacy, const char *text)
{
	static char out[256];
	struct rf_log *log = rf_log_new(&(struct rf_log_config){ .privacy = privacy, .salt =
	    salt });
	out[rf_log_private_address(log, out, sizeof(out) - 1, rf_slice_of(text))] = '\0';
	rf_log_free(log);
	return out;
}

static void
users_are_masked_and_hosts_are_not(void)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "sip:+4930123456@x.example;user=phone", "sip:***56@x.example;user=phone" },
		{ "sip:bob@x", "sip:***@x" },
		{ "sip:x.example", "sip:x.example" },
		{ "tel:+4930123456;a=b", "tel:***56;a=b" },
		{ "\"Bob\" <SIPS:robert@x>;tag=1", "*** <SIPS:***rt@x>;tag=1" },
		{ "<sip:a@b@x>", "<sip:***@x>" },
		{ "<sip:a@x>, <sip:b@y>", "<sip:***@x>, <sip:***@y>" },
		{ "+4930123456", "***56" },
		{ "", "" },
	};
	for (size_t i = 0; i < RF_ARRAY_LEN(cases); i++) {
		CHECK(strcmp(private(RF_LOG_MASK, cases[i].in), cases[i].out) == 0);
		CHECK(strcmp(private(RF_LOG_FULL, cases[i].in), cases[i].in) == 0);
	}
}

static void
a_hash_is_the_same_for_the_same_user_only(void)
{
	char first[256];
	strcpy(first, private(RF_LOG_HASH, "sip:+4930123456@x"));
	CHECK(strncmp(first, "sip:h-", 6) == 0 && strlen(first) == 20);
	CHECK(strcmp(first, private(RF_LOG_HASH, "sip:+4930123456@x")) == 0);
	CHECK(strcmp(first, private(RF_LOG_HASH, "sip:+4930123457@x")) != 0);
}

static void
pairs_of_users_leave_masked(void)
{
	FILE *file;
	struct rf_log *log = begin(RF_LOG_TEXT, RF_LOG_MASK, &file);
	rf_log_event(log, RF_LOG_INFO, "e", (const struct rf_log_pair[]){
	    rf_log_user("key", RF_SLICE("+4930123456")),
	    rf_log_address("from", RF_SLICE("sip:+4930123456@x")), { 0 } });
	end(log, file);
	expect("2023-11-14T22:13:20.123Z info    e key=***56 from=sip:***56@x\n");
}

static const struct check_test tests[] = {
	CHECK_TEST(a_json_line_has_time_level_event_and_pairs),
	CHECK_TEST(a_text_line_quotes_only_what_needs_it),
	CHECK_TEST(bytes_that_are_not_utf8_cannot_break_a_line),
	CHECK_TEST(a_line_too_long_is_cut_between_pairs),
	CHECK_TEST(a_storm_of_warnings_is_cut_and_counted),
	CHECK_TEST(users_are_masked_and_hosts_are_not),
	CHECK_TEST(a_hash_is_the_same_for_the_same_user_only),
	CHECK_TEST(pairs_of_users_leave_masked),
};

int
main(void)
{
	return check_main("log", tests, RF_ARRAY_LEN(tests));
}
