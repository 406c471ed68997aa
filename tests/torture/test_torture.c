/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/torture/test_torture.c -- the torture messages of RFC 4475 and RFC 5118, and some of our
 * own: what the grammar says of each, and what the engine answers.
 *
 * index.tsv has a line for each message.  The engine is the production one, fresh for each message,
 * with a UDP listener; OPTIONS may pass, other questions for a route are answered by 404.
 * PROVENANCE says where the bytes come from. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"
#include "grammar/grammar.h"
#include "tests/check.h"

enum { LINE_BYTES = 1024, STEPS_MAX = 32 };

struct entry {
	char file[128], grammar[32], answer[64];
	char text[RF_MESSAGE_MAX];
	uint32_t len;
};

static struct rf_message message;

static void
column_copy(char *out, size_t max, const char *line, int column)
{
	for (; column > 0 && *line != '\0'; line++)
		column -= *line == '\t';
	snprintf(out, max, "%.*s", (int)strcspn(line, "\t\r\n"), line);
}

static const char *
folder(void)
{
	static char path[1024];
	const char *source = getenv("srcdir");
	snprintf(path, sizeof(path), "%s/tests/torture", source == NULL ? "." : source);
	return path;
}

static void
entry_read(struct entry *entry, const char *line)
{
	char path[2048];
	column_copy(entry->file, sizeof(entry->file), line, 0);
	column_copy(entry->grammar, sizeof(entry->grammar), line, 1);
	column_copy(entry->answer, sizeof(entry->answer), line, 2);
	snprintf(path, sizeof(path), "%s/%s", folder(), entry->file);
	FILE *file = fopen(path, "rb");
	if (file == NULL)
		check_note("%s is missing", path);
	CHECK_OR_STOP(file != NULL);
	entry->len = (uint32_t)fread(entry->text, 1, sizeof(entry->text), file);
	fclose(file);
}

/* Calls `each` for every line of the index; returns how many there are. */
static unsigned
walk(void (*each)(const struct entry *))
{
	static struct entry entry;
	char path[2048], line[LINE_BYTES];
	unsigned count = 0;
	snprintf(path, sizeof(path), "%s/index.tsv", folder());
	FILE *index = fopen(path, "r");
	CHECK_OR_STOP(index != NULL);
	while (fgets(line, sizeof(line), index) != NULL) {
		if (count++ == 0)
			continue;
		entry_read(&entry, line);
		each(&entry);
	}
	fclose(index);
	return count - 1;
}

/* ---- the grammar ----------------------------------------------------------------------------- */

static const char *
verdict_text(enum rf_verdict verdict)
{
	static char status[8];
	bool values = true;
	switch (verdict) {
	case RF_VERDICT_OK:
		for (uint32_t i = 0; i < message.count; i++)
			values &= rf_value_parses((enum rf_header_id)message.header[i].id,
			    message.header[i].value);
		return values ? "accept" : "value";
	case RF_VERDICT_KEEPALIVE:
		return "keepalive";
	case RF_VERDICT_DROP:
		return "drop";
	case RF_VERDICT_BAD:
	case RF_VERDICT_VERSION:
	case RF_VERDICT_URI_TOO_LONG:
	case RF_VERDICT_BODY_TOO_LARGE:
	case RF_VERDICT_TOO_LARGE:
		break;
	}
	snprintf(status, sizeof(status), "%u", rf_verdict_status(verdict));
	return status;
}

/* In memory of exactly its length, so that the sanitizers see one byte too many. */
/* Who stops at the key and goes on later comes to the same. */
static void
verdict_check_in_halves(const struct entry *entry, struct rf_slice in, enum rf_verdict whole,
    const char *why)
{
	const char *second_why;
	enum rf_verdict verdict = rf_message_key(&message, in, &second_why);
	if (verdict == RF_VERDICT_OK)
		verdict = rf_message_check(&message, &second_why);
	if (verdict != whole || strcmp(second_why, why) != 0)
		check_note("%s: in halves %s (%s)", entry->file, verdict_text(verdict), second_why);
	CHECK(verdict == whole);
	CHECK(strcmp(second_why, why) == 0);
}

static void
grammar_check(const struct entry *entry)
{
	const char *why;
	char *copy = malloc(entry->len == 0 ? 1 : entry->len);
	CHECK_OR_STOP(copy != NULL);
	memcpy(copy, entry->text, entry->len);
	enum rf_verdict verdict =
	    rf_message_parse(&message, (struct rf_slice){ copy, entry->len }, &why);
	const char *got = verdict_text(verdict);
	if (strcmp(got, entry->grammar) != 0)
		check_note("%s: %s, not %s (%s)", entry->file, got, entry->grammar, why);
	CHECK(strcmp(got, entry->grammar) == 0);
	verdict_check_in_halves(entry, (struct rf_slice){ copy, entry->len }, verdict, why);
	free(copy);
}

static void
every_message_gets_the_verdict_of_the_index(void)
{
	CHECK(walk(grammar_check) >= 90);
}

/* ---- the engine ------------------------------------------------------------------------------ */

static struct {
	struct rf_engine *engine;
	struct rf_effects out;
	uint16_t status; /* of the last response; 0: none */
} w;

static struct rf_addr
address(uint8_t last, uint16_t port)
{
	return (struct rf_addr){ .ip = { [10] = 0xff, [11] = 0xff, 192, 0, 2, last },
		.port = port,
		.proto = RF_UDP };
}

static void
engine_new(void)
{
	static const uint8_t seed[16] = { 1 };
	struct rf_engine_limits limits = { .calls = 8, .transactions = 64, .text_bytes = 1 << 20 };
	struct rf_engine_config config = { .listener_count = 1, .domain = "referee.example" };
	config.listener[0].local = address(250, 5060);
	snprintf(config.listener[0].advertise, sizeof(config.listener[0].advertise),
	    "192.0.2.250:5060");
	void *block = calloc(1, rf_engine_size(&limits));
	CHECK_OR_STOP(block != NULL);
	w.engine = rf_engine_init(block, &limits, &config, seed, 0);
	w.status = 0;
}

static void
step(const struct rf_event *event)
{
	uint16_t status;
	rf_engine_step(w.engine, 1000, event, &w.out);
	for (uint32_t i = 0; i < w.out.count; i++) {
		/* not rf_message_parse: an answer has the faults of its request */
		if (w.out.at[i].kind == RF_FX_SEND &&
		    rf_sipfrag_parse(&status, NULL, w.out.at[i].bytes) && status > 100)
			w.status = status;
	}
}

/* A question among the last step's effects; NULL: none. */
static const struct rf_effect *
question(void)
{
	for (uint32_t i = 0; i < w.out.count; i++) {
		enum rf_effect_kind kind = w.out.at[i].kind;
		if (kind == RF_FX_ROUTE || kind == RF_FX_RESOLVE || kind == RF_FX_STORE)
			return &w.out.at[i];
	}
	return NULL;
}

/* The last answer to the message, given by an engine that may have seen it before. */
static uint16_t
answer(const struct entry *entry)
{
	static const struct rf_plan refusal = { .status = 404 }, consent = { .allow = true };
	const struct rf_effect *asked;
	w.status = 0;
	step(&(struct rf_event){ .kind = RF_EV_MESSAGE,
	    .path = { .local = address(250, 5060), .remote = address(1, 5060) },
	    .bytes = { entry->text, entry->len } });
	for (unsigned i = 0; i < STEPS_MAX && (asked = question()) != NULL; i++)
		step(&(struct rf_event){ .kind = RF_EV_ANSWER,
		    .token = asked->token,
		    .plan = asked->trigger == RF_TRIGGER_OPTIONS ? &consent : &refusal,
		    .stored = true });
	return w.status;
}

static uint16_t
engine_answer(const struct entry *entry)
{
	engine_new();
	uint16_t status = answer(entry);
	free(w.engine);
	return status;
}

static bool
matches(const char *pattern, const char *subject)
{
	char anchored[128];
	int code;
	PCRE2_SIZE at;
	snprintf(anchored, sizeof(anchored), "^(?:%s)$", pattern);
	pcre2_code *re = pcre2_compile(
	    (PCRE2_SPTR)anchored, PCRE2_ZERO_TERMINATED, 0, &code, &at, NULL);
	CHECK_OR_STOP(re != NULL);
	pcre2_match_data *data = pcre2_match_data_create_from_pattern(re, NULL);
	int found =
	    pcre2_match(re, (PCRE2_SPTR)subject, PCRE2_ZERO_TERMINATED, 0, 0, data, NULL);
	pcre2_match_data_free(data);
	pcre2_code_free(re);
	return found > 0;
}

static void
engine_check(const struct entry *entry)
{
	char got[8] = "NONE";
	uint16_t status = engine_answer(entry);
	if (status != 0)
		snprintf(got, sizeof(got), "%u", status);
	bool good = matches(entry->answer, got);
	if (!good)
		check_note("%s: answered %s, not %s", entry->file, got, entry->answer);
	CHECK(good);
}

static void
every_message_gets_the_answer_of_the_index(void)
{
	CHECK(walk(engine_check) >= 90);
}

static void
repetition_check(const struct entry *entry)
{
	engine_new();
	uint16_t first = answer(entry), second = answer(entry);
	free(w.engine);
	if (second != first)
		check_note("%s: answered %u, then %u", entry->file, first, second);
	CHECK(second == first);
}

static void
a_message_that_comes_again_gets_its_answer_again(void)
{
	CHECK(walk(repetition_check) >= 90);
}

/* ---- bounds: each has a verdict of its own -------------------------------------------------- */

static char text[4 * RF_MESSAGE_MAX];
static struct rf_writer big;

static void
big_begin(const char *method, uint32_t uri_len)
{
	rf_writer_init(&big, text, sizeof(text));
	rf_write_text(&big, method);
	rf_write_text(&big, " sip:");
	for (uint32_t i = 4; i < uri_len; i++)
		rf_write_text(&big, "a");
	rf_write_text(&big, " SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKb\r\n"
			    "To: <sip:a@b>\r\nFrom: <sip:c@d>;tag=1\r\nCall-ID: big\r\nCSeq: 1 ");
	rf_write_text(&big, method);
	rf_write_text(&big, "\r\n");
}

static void
big_body(uint32_t len)
{
	rf_write_text(&big, "Content-Length: ");
	rf_write_number(&big, len);
	rf_write_text(&big, "\r\n\r\n");
	for (uint32_t i = 0; i < len; i++)
		rf_write_text(&big, "b");
}

static enum rf_verdict
big_verdict(void)
{
	const char *why;
	CHECK_OR_STOP(!big.overflow);
	return rf_message_parse(&message, rf_written(&big), &why);
}

static void
a_request_uri_over_its_bound_is_414(void)
{
	big_begin("OPTIONS", RF_URI_MAX);
	big_body(0);
	CHECK(big_verdict() == RF_VERDICT_OK);
	big_begin("OPTIONS", RF_URI_MAX + 1);
	big_body(0);
	CHECK(rf_verdict_status(big_verdict()) == 414);
	big_begin("ACK", RF_URI_MAX + 1);
	big_body(0);
	CHECK(big_verdict() == RF_VERDICT_DROP);
}

static void
a_body_over_its_bound_is_413(void)
{
	big_begin("INVITE", 8);
	big_body(RF_BODY_MAX);
	CHECK(big_verdict() == RF_VERDICT_OK);
	big_begin("INVITE", 8);
	big_body(RF_BODY_MAX + 1);
	CHECK(rf_verdict_status(big_verdict()) == 413);
}

static void
a_message_over_its_bound_is_513(void)
{
	big_begin("INVITE", 8);
	big_body(RF_MESSAGE_MAX);
	CHECK(rf_verdict_status(big_verdict()) == 513);
}

static void
more_header_fields_than_the_bound_are_513(void)
{
	big_begin("OPTIONS", 8);
	for (uint32_t i = 6; i < RF_HEADERS_MAX; i++)
		rf_write_text(&big, "A:\r\n");
	big_body(0);
	CHECK(big_verdict() == RF_VERDICT_OK);
	CHECK(message.count == RF_HEADERS_MAX);
	big_begin("OPTIONS", 8);
	for (uint32_t i = 5; i < RF_HEADERS_MAX; i++)
		rf_write_text(&big, "A:\r\n");
	big_body(0);
	CHECK(rf_verdict_status(big_verdict()) == 513);
}

static void
a_header_field_over_its_bound_is_513(void)
{
	big_begin("OPTIONS", 8);
	rf_write_text(&big, "Subject: ");
	for (uint32_t i = 0; i < RF_HEADER_LEN_MAX; i++)
		rf_write_text(&big, "s");
	rf_write_text(&big, "\r\n");
	big_body(0);
	CHECK(rf_verdict_status(big_verdict()) == 513);
}

static void
more_parameters_than_the_bound_are_400(void)
{
	big_begin("OPTIONS", 8);
	rf_write_text(&big, "Contact: <sip:a@b>");
	for (uint32_t i = 0; i <= RF_PARAMS_MAX; i++)
		rf_write_text(&big, ";p");
	rf_write_text(&big, "\r\n");
	big_body(0);
	CHECK(big_verdict() == RF_VERDICT_OK); /* Contact is not looked at here */
	CHECK(!rf_value_parses(RF_H_CONTACT, rf_message_value(&message, RF_H_CONTACT)));
	rf_writer_init(&big, text, sizeof(text));
	rf_write_text(&big, "OPTIONS sip:a SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1");
	for (uint32_t i = 0; i <= RF_PARAMS_MAX; i++)
		rf_write_text(&big, ";p");
	rf_write_text(&big, "\r\nTo: <sip:a@b>\r\nFrom: <sip:c@d>\r\nCall-ID: big\r\n"
			    "CSeq: 1 OPTIONS\r\n");
	big_body(0);
	CHECK(rf_verdict_status(big_verdict()) == 400);
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(every_message_gets_the_verdict_of_the_index),
		CHECK_TEST(every_message_gets_the_answer_of_the_index),
		CHECK_TEST(a_message_that_comes_again_gets_its_answer_again),
		CHECK_TEST(a_request_uri_over_its_bound_is_414),
		CHECK_TEST(a_body_over_its_bound_is_413),
		CHECK_TEST(a_message_over_its_bound_is_513),
		CHECK_TEST(more_header_fields_than_the_bound_are_513),
		CHECK_TEST(a_header_field_over_its_bound_is_513),
		CHECK_TEST(more_parameters_than_the_bound_are_400),
	};
	return check_main("torture", tests, RF_ARRAY_LEN(tests));
}
