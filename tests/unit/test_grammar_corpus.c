/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_grammar_corpus.c -- the torture messages and what the world's stacks really send.
 *
 * The corpus ($RF_CORPUS, else ../shared/corpus beside the source tree) is no part of this tree;
 * its index files say what is expected.  Every message sits in memory of exactly its length, so
 * that the sanitizers see one byte too many. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grammar/grammar.h"
#include "tests/check.h"

static struct rf_message message;
static const char *why;

/* Everything that can be parsed is, also in messages that are refused: for the sanitizers. */
static bool
everything_parses(const struct rf_message *m)
{
	bool parsed = true;
	uint16_t status;
	struct rf_sdp sdp;
	for (uint32_t i = 0; i < m->count; i++) {
		if (!rf_value_parses((enum rf_header_id)m->header[i].id, m->header[i].value))
			parsed = false;
	}
	rf_sipfrag_parse(&status, NULL, m->body);
	if (rf_sdp_parse(&sdp, m->body))
		rf_sdp_same_media(&sdp, &sdp);
	return parsed;
}

static enum rf_verdict
parse_exact(const char *text, uint32_t len, bool *values)
{
	char *copy = malloc(len == 0 ? 1 : len);
	CHECK_OR_STOP(copy != NULL);
	memcpy(copy, text, len);
	enum rf_verdict verdict = rf_message_parse(&message, (struct rf_slice){ copy, len }, &why);
	*values = everything_parses(&message);
	free(copy);
	return verdict;
}

struct entry {
	char file[128], expect[32]; /* the name; the column that was asked for */
	char text[RF_MESSAGE_MAX];
	uint32_t len;
};

typedef void entry_fn(const struct entry *);

static bool
entry_read(struct entry *entry, const char *folder)
{
	char path[2048];
	snprintf(path, sizeof(path), "%s/%s/%s", check_corpus(), folder, entry->file);
	FILE *file = fopen(path, "rb");
	if (file == NULL)
		return false;
	entry->len = (uint32_t)fread(entry->text, 1, sizeof(entry->text), file);
	fclose(file);
	return true;
}

/* Field number `column` of a line of an index, without quotes. */
static void
column_copy(char *out, size_t max, const char *line, int column)
{
	for (; column > 0 && *line != '\0'; line++)
		column -= *line == '\t';
	size_t len = strcspn(line, "\t\r\n");
	snprintf(out, max, "%.*s", (int)len, line);
}

/* Calls `each` for every message of a folder. */
static void
walk(const char *folder, int column, entry_fn *each)
{
	static struct entry entry;
	char path[2048], line[4096];
	snprintf(path, sizeof(path), "%s/%s/index.tsv", check_corpus(), folder);
	FILE *index = fopen(path, "r");
	if (index == NULL) {
		check_note("no corpus at %s: not tested", path);
		CHECK(getenv("CI") == NULL);
		return;
	}
	for (bool header = true; fgets(line, sizeof(line), index) != NULL; header = false) {
		if (header)
			continue;
		column_copy(entry.file, sizeof(entry.file), line, 0);
		column_copy(entry.expect, sizeof(entry.expect), line, column);
		CHECK_OR_STOP(entry_read(&entry, folder));
		each(&entry);
	}
	fclose(index);
}

static void
walk_all(entry_fn *each)
{
	walk("rfc4475", 4, each);
	walk("rfc5118", 4, each);
	walk("messages", 7, each);
	walk("malformed", 3, each);
}

static bool
is_one_of(const char *file, const char *const *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(file, list[i]) == 0)
			return true;
	}
	return false;
}

static void
expect(const struct entry *entry, bool wanted, bool got)
{
	if (wanted != got)
		check_note("%s: %s", entry->file, why);
	CHECK(wanted == got);
}

static void
torture_check(const struct entry *entry)
{
	/* well-formed; that a UAC must not take two Vias is the engine's to know (RFC 3261 8.1.3.3)
	 */
	static const char *const engine[] = { "bcast.sip" };
	bool values;
	enum rf_verdict verdict = parse_exact(entry->text, entry->len, &values);
	if (is_one_of(entry->file, engine, RF_ARRAY_LEN(engine)))
		expect(entry, true, verdict == RF_VERDICT_OK);
	else if (strncmp(entry->expect, "accept", 6) == 0)
		expect(entry, true, verdict == RF_VERDICT_OK && values);
	else if (strcmp(entry->expect, "reject") == 0)
		expect(entry, false, verdict == RF_VERDICT_OK && values);
}

static void
torture_messages_of_rfc_4475_come_out_as_the_rfc_says(void)
{
	walk("rfc4475", 4, torture_check);
}

static void
torture_messages_of_rfc_5118_come_out_as_the_rfc_says(void)
{
	walk("rfc5118", 4, torture_check);
}

static void
message_check(const struct entry *entry)
{
	/* well-formed to the index's simple check, and broken all the same */
	static const char *const broken[] = {
		"0081-200-sngrep-noua.sip",          /* two Content-Type */
		"0095-200-zeek-noua.sip",            /* Content-Length: xyz */
		"0119-invite-sofia-sip-noua.sip",    /* RFC 4475 3.1.2.6, a quote never closed */
		"0123-invite-sofia-sip-noua.sip",    /* RFC 4475 3.1.2.1, ";;,;" */
		"0157-cancel-drachtio-srf-noua.sip", /* Via is a keyword left unfilled */
		"0163-invite-jsip-noua.sip",         /* RFC 4475 3.1.2.14, "< sip:...>" */
		"0209-refer-testsuite-noua.sip",     /* To: <...>keyword, here and below */
		"0210-refer-testsuite-noua.sip",
		"0212-refer-testsuite-digium-d.sip",
		"0234-subscribe-testsuite-sipp.sip",
		"0246-bye-sipgo-noua.sip",   /* Via: SIP/2.0/ and From: <sip:alice@ */
		"0256-invite-sipp-noua.sip", /* \"display\", backslashes of C source */
		"0267-invite-pjproject-asterisk-pbx.sip",
		"0269-invite-sipp-noua.sip",
		"0282-invite-pjproject-cisco-sipgateway.sip", /* $LOCAL_IP */
		"0292-message-pjproject-noua.sip",
		"0302-options-sipsorcery-noua.sip",                /* RFC 5118 4.10, three colons */
		"0341-200-suricata-verify-nero-sipps-ip-phon.sip", /* "\x0d" as four characters */
		"0354-401-suricata-verify-noua.sip",
	};
	bool values;
	enum rf_verdict verdict = parse_exact(entry->text, entry->len, &values);
	if (strcmp(entry->expect, "wellformed") != 0)
		return;
	expect(
	    entry, !is_one_of(entry->file, broken, RF_ARRAY_LEN(broken)), verdict == RF_VERDICT_OK);
}

static void
wellformed_messages_of_the_field_parse(void)
{
	walk("messages", 7, message_check);
}

static void
malformed_check(const struct entry *entry)
{
	/* a matter of the URI scheme: 416, said by the engine */
	static const char *const engine[] = { "004-jain.sip" };
	/* docs/adr/009: what the index calls acceptable, and why it is not */
	static const char *const damaged[] = {
		"013-jain.sip", /* neither To, From nor Call-ID */
		"142-jain.sip", /* its method has run into its Request-URI */
		"145-jain.sip", /* the second datagram begins inside of a header field */
		"147-jain.sip", /* shorter than its Content-Length, here and below */
		"148-jain.sip",
		"150-jain.sip", /* RFC 4475 3.1.2.5: an overlarge CSeq, to be dropped */
		"165-jain.sip",
	};
	bool values;
	enum rf_verdict verdict = parse_exact(entry->text, entry->len, &values);
	if (strcmp(entry->expect, "accept") == 0)
		expect(entry, !is_one_of(entry->file, damaged, RF_ARRAY_LEN(damaged)),
		    verdict == RF_VERDICT_OK);
	if (strcmp(entry->expect, "reject") == 0 &&
	    !is_one_of(entry->file, engine, RF_ARRAY_LEN(engine)))
		expect(entry, false, verdict == RF_VERDICT_OK && values);
}

static void
malformed_messages_are_refused_or_tolerated_as_their_index_says(void)
{
	walk("malformed", 3, malformed_check);
}

static void
truncation_check(const struct entry *entry)
{
	bool values;
	for (uint32_t len = 0; len <= entry->len; len++)
		parse_exact(entry->text, len, &values);
}

static void
a_message_cut_at_any_byte_is_survived(void)
{
	walk_all(truncation_check);
}

static void
damage_check(const struct entry *entry)
{
	static const char bad[] = { '\0', '\r', '\n', '"', '<', '>', ';', ',', '%', (char)0xff };
	static struct entry copy;
	bool values;
	copy = *entry;
	for (uint32_t at = 0; at < entry->len; at++) {
		copy.text[at] = bad[at % sizeof(bad)];
		parse_exact(copy.text, entry->len, &values);
		copy.text[at] = entry->text[at];
	}
}

static void
one_damaged_byte_is_survived(void)
{
	walk_all(damage_check);
}

static void
frame_check(const struct entry *entry)
{
	struct rf_slice in = { entry->text, entry->len };
	if (rf_message_parse(&message, in, &why) != RF_VERDICT_OK ||
	    message.first[RF_H_CONTENT_LENGTH] == 0)
		return;
	int32_t end = (int32_t)(message.raw.p + message.raw.len - entry->text);
	uint32_t scanned = 0;
	for (uint32_t len = 0; len < (uint32_t)end; len++)
		CHECK(rf_frame_next((struct rf_slice){ entry->text, len }, &scanned) == 0);
	CHECK(rf_frame_next(in, &scanned) == end);
	scanned = 0;
	CHECK(rf_frame_next(in, &scanned) == end);
}

static void
a_stream_is_cut_where_a_datagram_ends(void)
{
	walk_all(frame_check);
}

/* The message as referee would write it: full names, no folding, Content-Length last. */
static void
message_write(struct rf_writer *w, const struct rf_message *m)
{
	const char *line_end = memchr(m->raw.p, '\n', m->raw.len);
	rf_write(w, rf_slice_between(m->raw.p, line_end + 1));
	for (uint32_t i = 0; i < m->count; i++) {
		const struct rf_header *h = &m->header[i];
		if (h->id == RF_H_OTHER)
			rf_write_header_named(w, h->name, h->value);
		else if (h->id != RF_H_CONTENT_LENGTH)
			rf_write_header(w, (enum rf_header_id)h->id, h->value);
	}
	rf_write_body(w, m->body);
}

static void
round_trip_check(const struct entry *entry)
{
	static char first[RF_MESSAGE_MAX * 2], second[RF_MESSAGE_MAX * 2];
	struct rf_writer a, b;
	struct rf_slice in = { entry->text, entry->len };
	if (rf_message_parse(&message, in, &why) != RF_VERDICT_OK)
		return;
	uint32_t lengths = rf_message_count(&message, RF_H_CONTENT_LENGTH);
	uint32_t count = message.count - lengths;
	rf_writer_init(&a, first, sizeof(first));
	message_write(&a, &message);
	CHECK(!a.overflow);
	expect(entry, true, rf_message_parse(&message, rf_written(&a), &why) == RF_VERDICT_OK);
	CHECK(message.count == count + 1);
	rf_writer_init(&b, second, sizeof(second));
	message_write(&b, &message);
	CHECK(rf_slice_equal(rf_written(&a), rf_written(&b)));
}

static void
verbatim_check(const struct entry *entry)
{
	static struct rf_message again;
	static char text[RF_MESSAGE_MAX * 2];
	struct rf_slice in = { entry->text, entry->len };
	struct rf_writer w;
	uint32_t j = 0;
	if (rf_message_parse(&message, in, &why) != RF_VERDICT_OK)
		return;
	rf_writer_init(&w, text, sizeof(text));
	rf_write_message(&w, &message, NULL, 0, NULL, NULL);
	expect(entry, true, rf_message_parse(&again, rf_written(&w), &why) == RF_VERDICT_OK);
	for (uint32_t i = 0; i < message.count; i++) {
		if (message.header[i].id == RF_H_CONTENT_LENGTH)
			continue;
		CHECK(rf_slice_equal(message.header[i].name, again.header[j].name));
		CHECK(rf_slice_equal(message.header[i].value, again.header[j].value));
		j++;
	}
	CHECK(j + 1 == again.count);
	CHECK(rf_slice_equal(message.body, again.body));
}

static void
what_nobody_edits_is_written_byte_for_byte(void)
{
	walk_all(verbatim_check);
}

static void
what_is_written_again_parses_to_the_same(void)
{
	walk_all(round_trip_check);
}

static void
sipfrag_check(const struct entry *entry)
{
	uint16_t status = 0;
	if (strncmp(entry->file, "sipfrag", 7) != 0)
		return;
	bool parsed = rf_sipfrag_parse(&status, NULL, (struct rf_slice){ entry->text, entry->len });
	why = "another status";
	expect(entry, entry->expect[0] != '\0', parsed);
	expect(entry, true, status == (uint16_t)strtol(entry->expect, NULL, 10));
}

static void
sipfrag_bodies_tell_the_status_they_hold(void)
{
	walk("notify-bodies", 3, sipfrag_check);
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(torture_messages_of_rfc_4475_come_out_as_the_rfc_says),
		CHECK_TEST(torture_messages_of_rfc_5118_come_out_as_the_rfc_says),
		CHECK_TEST(wellformed_messages_of_the_field_parse),
		CHECK_TEST(malformed_messages_are_refused_or_tolerated_as_their_index_says),
		CHECK_TEST(a_message_cut_at_any_byte_is_survived),
		CHECK_TEST(one_damaged_byte_is_survived),
		CHECK_TEST(a_stream_is_cut_where_a_datagram_ends),
		CHECK_TEST(what_is_written_again_parses_to_the_same),
		CHECK_TEST(what_nobody_edits_is_written_byte_for_byte),
		CHECK_TEST(sipfrag_bodies_tell_the_status_they_hold),
	};
	return check_main("grammar corpus", tests, RF_ARRAY_LEN(tests));
}
