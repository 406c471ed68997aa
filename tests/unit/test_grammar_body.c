/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_grammar_body.c -- what a NOTIFY says became of a transfer, however it says it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grammar/body.h"
#include "tests/check.h"

static struct rf_body body;

static void
body_read(const char *type, const char *text, const struct rf_body_mapping *mapping)
{
	/* of exactly its length, so that the sanitizers see one byte too many */
	size_t len = strlen(text);
	char *copy = malloc(len + (len == 0));
	CHECK_OR_STOP(copy != NULL);
	memcpy(copy, text, len);
	rf_body_read(&body, rf_slice_of(type), RF_SLICE(""),
	    (struct rf_slice){ copy, (uint32_t)len }, mapping);
	free(copy);
}

static bool
said(enum rf_body_kind kind, enum rf_body_trust trust, uint16_t status)
{
	if (body.kind != kind || body.trust != trust || body.status != status)
		check_note("kind %d, trust %d, status %u: %s", (int)body.kind, (int)body.trust,
		    body.status, body.why);
	return body.kind == kind && body.trust == trust && body.status == status;
}

static const struct rf_body_mapping acme = {
	.json = { "refer.status.code", "legs.*.sip" },
	.xml = { "event/{urn:acme}sipStatus", "event/leg/@status" },
	.alias = { "code=rc, resultCode", "sipStatus=sip" },
};

static void
a_mapped_json_path_beats_common_names(void)
{
	body_read("application/json",
	    "{\"code\":500,\"refer\":{\"id\":1,\"status\":{\"x\":[1],\"code\":486}}}", &acme);
	CHECK(said(RF_BODY_JSON, RF_BODY_OK, 486));
	body_read("application/json", "{\"legs\":[{\"x\":1},{\"sip\":404}]}", &acme);
	CHECK(said(RF_BODY_JSON, RF_BODY_OK, 404));
}

static void
the_first_path_of_a_mapping_beats_the_second(void)
{
	body_read("application/vnd.acme+json",
	    "{\"legs\":[{\"sip\":404}],\"refer\":{\"status\":{\"code\":200}}}", &acme);
	CHECK(said(RF_BODY_JSON, RF_BODY_OK, 200));
}

static void
renamed_nested_and_quoted_values_are_found_and_called_drift(void)
{
	body_read("application/json", "{\"refer\":{\"status\":{\"rc\":486}}}", &acme);
	CHECK(said(RF_BODY_JSON, RF_BODY_LENIENT, 486));
	body_read("application/json", "{\"v2\":[{\"refer\":{\"status\":{\"code\":486}}}]}", &acme);
	CHECK(said(RF_BODY_JSON, RF_BODY_LENIENT, 486));
	body_read(
	    "application/json", "{\"a\":{\"refer\":{\"status\":{\"resultCode\":486}}}}", &acme);
	CHECK(said(RF_BODY_JSON, RF_BODY_LENIENT, 486));
	body_read("application/json", "{\"refer\":{\"status\":{\"code\":\"486\"}}}", &acme);
	CHECK(said(RF_BODY_JSON, RF_BODY_LENIENT, 486));
	body_read("application/json", "{\"sip_code\":486}", &acme);
	CHECK(said(RF_BODY_JSON, RF_BODY_LENIENT, 486));
}

static void
a_nearer_match_wins_wherever_it_stands(void)
{
	body_read("application/json",
	    "{\"refer\":{\"status\":{\"rc\":486,\"code\":200}},\"result\":603}", &acme);
	CHECK(said(RF_BODY_JSON, RF_BODY_OK, 200));
	body_read("application/json", "{\"status\":500,\"sipStatus\":404}", NULL);
	CHECK(said(RF_BODY_JSON, RF_BODY_OK, 404));
}

static void
what_is_no_status_is_not_taken_for_one(void)
{
	static const char *const none[] = { "{\"code\":99}", "{\"code\":700}",
		"{\"code\":\"2000\"}", "{\"code\":200.0}", "{\"code\":4294967496}",
		"{\"code\":true}", "{\"code\":null}",
		"{\"code\":\"SIP/2.0 4294967496 OK\"}", "{\"codes\":200}", "[200]", "200",
		"{\"code\":{\"x\":200}}" };
	for (size_t i = 0; i < RF_ARRAY_LEN(none); i++) {
		body_read("application/json", none[i], NULL);
		CHECK(said(RF_BODY_JSON, RF_BODY_NO_STATUS, 0));
	}
}

static void
json_that_is_cut_or_followed_by_more_is_not_trusted(void)
{
	static const char *const bad[] = { "{\"code\":200", "{\"code\":200} x", "{'code':200}",
		"{\"code\":200,}", "{\"code\":200}{\"code\":486}", "{\"a\":\"\xff\",\"code\":200}",
		"[" };
	for (size_t i = 0; i < RF_ARRAY_LEN(bad); i++) {
		body_read("application/json", bad[i], NULL);
		CHECK(said(RF_BODY_JSON, RF_BODY_BAD, 0));
	}
}

static void
nested(char *out, size_t max, unsigned depth, const char *open, const char *close)
{
	out[0] = '\0';
	for (unsigned i = 0; i < depth; i++)
		strncat(out, open, max - strlen(out) - 1);
	for (unsigned i = 0; i < depth; i++)
		strncat(out, close, max - strlen(out) - 1);
}

static void
depth_and_nodes_are_bounded(void)
{
	static char text[32 * 1024];
	nested(text, sizeof(text), RF_BODY_DEPTH_MAX, "[", "]");
	body_read("application/json", text, NULL);
	CHECK(said(RF_BODY_JSON, RF_BODY_NO_STATUS, 0));
	nested(text, sizeof(text), RF_BODY_DEPTH_MAX + 1, "[", "]");
	body_read("application/json", text, NULL);
	CHECK(said(RF_BODY_JSON, RF_BODY_BAD, 0));
	nested(text, sizeof(text), RF_BODY_DEPTH_MAX, "<a>", "</a>");
	body_read("application/xml", text, NULL);
	CHECK(said(RF_BODY_XML, RF_BODY_NO_STATUS, 0));
	nested(text, sizeof(text), RF_BODY_DEPTH_MAX + 1, "<a>", "</a>");
	body_read("application/xml", text, NULL);
	CHECK(said(RF_BODY_XML, RF_BODY_BAD, 0));
	strcpy(text, "[");
	for (unsigned i = 0; i < RF_BODY_NODES_MAX; i++)
		memcpy(text + 1 + 2 * i, "1,", 3);
	strcpy(text + 1 + 2 * RF_BODY_NODES_MAX, "1]");
	body_read("application/json", text, NULL);
	CHECK(said(RF_BODY_JSON, RF_BODY_BAD, 0));
}

static void
a_body_over_its_bound_is_not_looked_at(void)
{
	static char text[RF_BODY_READ_MAX + 1];
	memset(text, ' ', sizeof(text));
	memcpy(text, "{\"code\":200}", 12);
	rf_body_read(&body, RF_SLICE("application/json"), RF_SLICE(""),
	    (struct rf_slice){ text, RF_BODY_READ_MAX }, NULL);
	CHECK(said(RF_BODY_JSON, RF_BODY_OK, 200));
	rf_body_read(&body, RF_SLICE("application/json"), RF_SLICE(""),
	    (struct rf_slice){ text, RF_BODY_READ_MAX + 1 }, NULL);
	CHECK(said(RF_BODY_UNKNOWN, RF_BODY_BAD, 0));
}

static void
xml_paths_know_namespaces_and_attributes(void)
{
	body_read("application/xml",
	    "<a:event xmlns:a=\"urn:acme\"><a:sipStatus>404</a:sipStatus></a:event>", &acme);
	CHECK(said(RF_BODY_XML, RF_BODY_OK, 404));
	body_read("application/xml", "<event><leg status=\"486\"/></event>", &acme);
	CHECK(said(RF_BODY_XML, RF_BODY_OK, 486));
	body_read("application/xml",
	    "<event xmlns=\"urn:other\"><sipStatus>404</sipStatus></event>", &acme);
	CHECK(said(RF_BODY_XML, RF_BODY_LENIENT, 404));
	body_read("application/xml", "<event><other status=\"486\"/></event>", &acme);
	CHECK(said(RF_BODY_XML, RF_BODY_NO_STATUS, 0));
}

static void
xml_with_a_document_type_is_refused(void)
{
	body_read("text/xml", "<!DOCTYPE a [<!ENTITY s \"200\">]><code>&s;</code>", NULL);
	CHECK(said(RF_BODY_XML, RF_BODY_BAD, 0));
	body_read(
	    "text/xml", "<!DOCTYPE a SYSTEM \"http://192.0.2.1/a.dtd\"><code>200</code>", NULL);
	CHECK(said(RF_BODY_XML, RF_BODY_BAD, 0));
	body_read("text/xml", "<code>200</code><code>200</code>", NULL);
	CHECK(said(RF_BODY_XML, RF_BODY_BAD, 0));
	body_read("text/xml", "<code>200", NULL);
	CHECK(said(RF_BODY_XML, RF_BODY_BAD, 0));
	static const char utf16[] = "\xff\xfe<\0!\0D\0O\0C\0T\0Y\0P\0E\0 \0a\0>\0<\0a\0/\0>\0";
	rf_body_read(&body, RF_SLICE("text/xml"), RF_SLICE(""),
	    (struct rf_slice){ utf16, sizeof(utf16) - 1 }, NULL);
	CHECK(said(RF_BODY_XML, RF_BODY_BAD, 0));
}

static void
xml_in_utf_16_is_read(void)
{
	static const char text[] = "\xff\xfe<\0c\0o\0d\0e\0>\0"
				   "2\0" "0\0" "0\0<\0/\0c\0o\0d\0e\0>\0";
	rf_body_read(&body, RF_SLICE("application/xml"), RF_SLICE(""),
	    (struct rf_slice){ text, sizeof(text) - 1 }, NULL);
	CHECK(said(RF_BODY_XML, RF_BODY_LENIENT, 200));
}

static void
a_wrong_type_is_read_as_what_it_is(void)
{
	body_read("application/json", "SIP/2.0 180 Ringing\r\n", NULL);
	CHECK(said(RF_BODY_SIPFRAG, RF_BODY_LENIENT, 180));
	CHECK(strcmp(body.reason, "Ringing") == 0);
	body_read("message/sipfrag", " {\"code\":200}", NULL);
	CHECK(said(RF_BODY_JSON, RF_BODY_LENIENT, 200));
	body_read("", "<code>200</code>", NULL);
	CHECK(said(RF_BODY_XML, RF_BODY_LENIENT, 200));
	body_read("text/html", "SIP/2.0 200 OK", NULL);
	CHECK(said(RF_BODY_UNKNOWN, RF_BODY_NO_STATUS, 0));
	body_read("no type", "what ever", NULL);
	CHECK(said(RF_BODY_UNKNOWN, RF_BODY_NO_STATUS, 0));
}

static void
content_codings_are_refused(void)
{
	rf_body_read(&body, RF_SLICE("message/sipfrag"), RF_SLICE("gzip"),
	    RF_SLICE("SIP/2.0 200 OK"), NULL);
	CHECK(said(RF_BODY_UNKNOWN, RF_BODY_BAD, 0));
	rf_body_read(&body, RF_SLICE("message/sipfrag"), RF_SLICE("identity"),
	    RF_SLICE("SIP/2.0 200 OK"), NULL);
	CHECK(said(RF_BODY_SIPFRAG, RF_BODY_OK, 200));
}

static void
of_several_parts_the_sipfrag_counts(void)
{
	body_read("multipart/mixed;boundary=b",
	    "--b\r\nContent-Type: application/json\r\n\r\n{\"code\":200}\r\n"
	    "--b\r\nContent-Type: message/sipfrag\r\n\r\nSIP/2.0 486 Busy\r\n\r\n--b--\r\n", NULL);
	CHECK(said(RF_BODY_SIPFRAG, RF_BODY_OK, 486));
	body_read("multipart/mixed;boundary=b",
	    "--b\r\nContent-Type: multipart/alternative;boundary=c\r\n\r\n"
	    "--c\r\nContent-Type: message/sipfrag\r\n\r\nSIP/2.0 486 Busy\r\n--c--\r\n--b--\r\n",
	    NULL);
	CHECK(said(RF_BODY_SIPFRAG, RF_BODY_OK, 486));
}

static void
parts_are_bounded_in_number_and_depth(void)
{
	static char text[8 * 1024];
	text[0] = '\0';
	for (unsigned i = 0; i <= RF_PARTS_MAX; i++)
		strcat(text, "--b\r\n\r\nx\r\n");
	strcat(text, "--b\r\nContent-Type: message/sipfrag\r\n\r\nSIP/2.0 200 OK\r\n--b--");
	body_read("multipart/mixed;boundary=b", text, NULL);
	CHECK(said(RF_BODY_MULTIPART, RF_BODY_BAD, 0));
	text[0] = '\0';
	for (char c = 'b'; c < 'b' + RF_PART_DEPTH_MAX; c++) {
		char part[96];
		snprintf(part, sizeof(part),
		    "--%c\r\nContent-Type: multipart/mixed;boundary=%c\r\n\r\n", c, c + 1);
		strcat(text, part);
	}
	strcat(text, "--f\r\nContent-Type: message/sipfrag\r\n\r\nSIP/2.0 200 OK\r\n--f--");
	body_read("multipart/mixed;boundary=b", text, NULL);
	CHECK(said(RF_BODY_MULTIPART, RF_BODY_BAD, 0));
	body_read("multipart/mixed", "--b\r\n", NULL);
	CHECK(said(RF_BODY_MULTIPART, RF_BODY_BAD, 0));
}

static void
an_encoded_part_is_not_guessed_at(void)
{
	body_read("multipart/mixed;boundary=b",
	    "--b\r\nContent-Type: message/sipfrag\r\nContent-Transfer-Encoding: base64\r\n\r\n"
	    "U0lQLzIuMCAyMDAgT0s=\r\n--b--\r\n", NULL);
	CHECK(said(RF_BODY_MULTIPART, RF_BODY_BAD, 0));
}

/* ---- whole messages -------------------------------------------------------------------------- */

static struct rf_outcome
outcome(const char *fields, const char *text)
{
	static char bytes[4096];
	static struct rf_message notify;
	struct rf_outcome out = { 0 };
	const char *why;
	snprintf(bytes, sizeof(bytes),
	    "NOTIFY sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP c;branch=z9hG4bK1\r\n"
	    "From: <sip:d@e>;tag=1\r\nTo: <sip:a@b>;tag=2\r\nCall-ID: f\r\n"
	    "CSeq: 1 NOTIFY\r\nEvent: refer\r\n%s"
	    "Content-Length: %zu\r\n\r\n%s", fields, strlen(text), text);
	CHECK(rf_message_parse(&notify, rf_slice_of(bytes), &why) == RF_VERDICT_OK);
	rf_outcome_read(&out, &notify, NULL);
	return out;
}

static void
the_body_beats_every_header_field(void)
{
	struct rf_outcome o = outcome("Subscription-State: terminated;reason=rejected\r\n"
		"Reason: SIP;cause=404\r\nReference-Info: 403\r\nContent-Type: message/sipfrag\r\n",
	    "SIP/2.0 200 OK\r\n");
	CHECK(o.source == RF_OUTCOME_SIPFRAG && o.status == 200 && o.terminated && !o.review);
	o = outcome("Subscription-State: active;expires=3600\r\nContent-Type: message/sipfrag\r\n",
	    "SIP/2.0 200 OK\r\n");
	CHECK(o.status == 200 && !o.terminated);
}

static void
header_fields_speak_in_the_order_of_precedence(void)
{
	struct rf_outcome o = outcome("Subscription-State: terminated;reason=timeout\r\n"
		"Reason: SIP;cause=404\r\nReference-Info: 403\r\n", "");
	CHECK(o.source == RF_OUTCOME_REFERENCE_INFO && o.status == 403);
	o = outcome("Subscription-State: terminated;reason=timeout\r\n"
		"Reason: X;cause=1, Q.850;cause=17\r\n", "");
	CHECK(o.source == RF_OUTCOME_REASON && o.status == 486);
	o = outcome("Subscription-State: terminated;reason=no-target\r\n", "");
	CHECK(o.source == RF_OUTCOME_SUBSCRIPTION_STATE && o.status == 404);
	o = outcome("Subscription-State: terminated;reason=noresource\r\n", "");
	CHECK(o.source == RF_OUTCOME_NONE && o.status == 0 && o.terminated && !o.review);
}

static void
an_unreadable_body_falls_back_and_goes_to_review(void)
{
	struct rf_outcome o = outcome("Content-Type: application/json\r\nReason: SIP;cause=480\r\n"
		"Subscription-State: terminated;reason=noresource\r\n", "{\"code\":20");
	CHECK(o.source == RF_OUTCOME_REASON && o.status == 480 && o.review);
	o = outcome("Content-Type: application/octet-stream\r\n", "what");
	CHECK(o.source == RF_OUTCOME_NONE && o.review);
}

/* ---- the corpus ------------------------------------------------------------------------------ */

static void
column_copy(char *out, size_t max, const char *line, int column)
{
	for (; column > 0 && *line != '\0'; line++)
		column -= *line == '\t';
	size_t at = 0;
	bool quoted = *line == '"'; /* as spreadsheets do it: quotes around, doubled inside */
	for (line += quoted; strchr("\t\r\n", *line) == NULL && at + 1 < max; line++) {
		if (quoted && *line == '"' && *++line != '"')
			break;
		out[at++] = *line;
	}
	out[at] = '\0';
}

static void
corpus_check(const char *line)
{
	static const char *const trusts[] = { "ok", "lenient", "no-status", "bad" };
	static char text[RF_BODY_READ_MAX];
	char file[128], type[256], field[128], status[16], trust[16], path[2048];
	column_copy(file, sizeof(file), line, 0);
	column_copy(type, sizeof(type), line, 1);
	column_copy(field, sizeof(field), line, 2);
	column_copy(status, sizeof(status), line, 3);
	column_copy(trust, sizeof(trust), line, 4);
	snprintf(path, sizeof(path), "%s/notify-bodies/%s", check_corpus(), file);
	FILE *stream = fopen(path, "rb");
	CHECK_OR_STOP(stream != NULL);
	size_t len = fread(text, 1, sizeof(text), stream);
	fclose(stream);
	const char *coding = strncmp(field, "Content-Encoding: ", 18) == 0 ? field + 18 : "";
	rf_body_read(&body, rf_slice_of(type), rf_slice_of(coding),
	    (struct rf_slice){ text, (uint32_t)len }, NULL);
	bool good = body.status == (uint16_t)strtol(status, NULL, 10) &&
		    strcmp(trusts[body.trust], trust) == 0;
	if (!good)
		check_note("%s (%s): %u %s (%s), not %s %s", file, type, body.status,
		    trusts[body.trust], body.why, status, trust);
	CHECK(good);
}

static void
bodies_of_the_field_give_the_outcome_of_their_index(void)
{
	char path[2048], line[1024];
	snprintf(path, sizeof(path), "%s/notify-bodies/index.tsv", check_corpus());
	FILE *index = fopen(path, "r");
	if (index == NULL) {
		check_note("no corpus at %s: not tested", path);
		CHECK(getenv("CI") == NULL);
		return;
	}
	for (bool header = true; fgets(line, sizeof(line), index) != NULL; header = false) {
		if (!header)
			corpus_check(line);
	}
	fclose(index);
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(a_mapped_json_path_beats_common_names),
		CHECK_TEST(the_first_path_of_a_mapping_beats_the_second),
		CHECK_TEST(renamed_nested_and_quoted_values_are_found_and_called_drift),
		CHECK_TEST(a_nearer_match_wins_wherever_it_stands),
		CHECK_TEST(what_is_no_status_is_not_taken_for_one),
		CHECK_TEST(json_that_is_cut_or_followed_by_more_is_not_trusted),
		CHECK_TEST(depth_and_nodes_are_bounded),
		CHECK_TEST(a_body_over_its_bound_is_not_looked_at),
		CHECK_TEST(xml_paths_know_namespaces_and_attributes),
		CHECK_TEST(xml_with_a_document_type_is_refused),
		CHECK_TEST(xml_in_utf_16_is_read),
		CHECK_TEST(a_wrong_type_is_read_as_what_it_is),
		CHECK_TEST(content_codings_are_refused),
		CHECK_TEST(of_several_parts_the_sipfrag_counts),
		CHECK_TEST(parts_are_bounded_in_number_and_depth),
		CHECK_TEST(an_encoded_part_is_not_guessed_at),
		CHECK_TEST(the_body_beats_every_header_field),
		CHECK_TEST(header_fields_speak_in_the_order_of_precedence),
		CHECK_TEST(an_unreadable_body_falls_back_and_goes_to_review),
		CHECK_TEST(bodies_of_the_field_give_the_outcome_of_their_index),
	};
	return check_main("grammar body", tests, RF_ARRAY_LEN(tests));
}
