/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_grammar_fields.c -- the header fields beyond those every message has. */
#include <string.h>

#include "grammar/grammar.h"
#include "grammar/internal.h"
#include "tests/check.h"

static bool
same(struct rf_slice s, const char *text)
{
	return rf_slice_equal(s, rf_slice_of(text));
}

static void
seconds_are_digits_with_parameters_and_saturate(void)
{
	struct rf_seconds s;
	CHECK(rf_seconds_parse(&s, RF_SLICE(" 90 ")) && s.s == 90 && s.params.len == 0);
	CHECK(rf_seconds_parse(&s, RF_SLICE("90;lr;x=\"y\"")) && same(s.params, ";lr;x=\"y\""));
	CHECK(rf_seconds_parse(&s, RF_SLICE("99999999999999999999")) && s.s == UINT32_MAX);
	CHECK(!rf_seconds_parse(&s, RF_SLICE("9x")));
	CHECK(!rf_seconds_parse(&s, RF_SLICE("")));
	CHECK(!rf_seconds_parse(&s, RF_SLICE("90,")));
	CHECK(!rf_seconds_parse(&s, RF_SLICE("-1")));
}

static void
numbers_are_digits_below_two_to_the_32(void)
{
	uint32_t n;
	CHECK(rf_number_parse(&n, RF_SLICE(" 70")) && n == 70);
	CHECK(rf_number_parse(&n, RF_SLICE("4294967295")) && n == UINT32_MAX);
	CHECK(!rf_number_parse(&n, RF_SLICE("4294967296")));
	CHECK(!rf_number_parse(&n, RF_SLICE("7 0")));
}

static void
session_expires_names_its_refresher(void)
{
	struct rf_session_expires e;
	CHECK(rf_session_expires_parse(&e, RF_SLICE("1800;refresher=UAC")));
	CHECK(e.interval_s == 1800 && e.refresher == RF_REFRESHER_UAC);
	CHECK(rf_session_expires_parse(&e, RF_SLICE("90 ; Refresher = uas;x")));
	CHECK(e.interval_s == 90 && e.refresher == RF_REFRESHER_UAS);
	CHECK(rf_session_expires_parse(&e, RF_SLICE("1800")));
	CHECK(e.refresher == RF_REFRESHER_NONE);
	CHECK(!rf_session_expires_parse(&e, RF_SLICE("soon;refresher=uac")));
}

static void
tokens_are_cut_off_their_list(void)
{
	struct rf_slice rest = RF_SLICE(" INVITE,ACK ,\r\n BYE "), t;
	CHECK(rf_token_next(&rest, &t) && same(t, "INVITE"));
	CHECK(rf_token_next(&rest, &t) && same(t, "ACK"));
	CHECK(rf_token_next(&rest, &t) && same(t, "BYE"));
	CHECK(!rf_token_next(&rest, &t) && rest.len == 0);
	rest = RF_SLICE("INVITE,");
	CHECK(!rf_token_next(&rest, &t) && rest.len > 0);
	rest = RF_SLICE("IN VITE");
	CHECK(!rf_token_next(&rest, &t) && rest.len > 0);
}

static void
referred_by_may_carry_the_id_of_a_token(void)
{
	struct rf_referred_by by;
	CHECK(rf_referred_by_parse(&by, RF_SLICE("<sip:a@b.c>;cid=\"20398823.2UWQ@d.e\"")));
	CHECK(same(by.address.uri.user, "a") && same(by.cid, "20398823.2UWQ@d.e"));
	CHECK(rf_referred_by_parse(&by, RF_SLICE("sip:a@b.c")) && by.cid.len == 0);
	CHECK(!rf_referred_by_parse(&by, RF_SLICE("sip:a@b.c?x=y")));
}

static void
refer_sub_is_true_or_false(void)
{
	bool wanted = true;
	CHECK(rf_refer_sub_parse(&wanted, RF_SLICE("False ;x=y")) && !wanted);
	CHECK(rf_refer_sub_parse(&wanted, RF_SLICE("true")) && wanted);
	CHECK(!rf_refer_sub_parse(&wanted, RF_SLICE("maybe")));
}

static void
routes_stand_in_brackets(void)
{
	struct rf_slice rest = RF_SLICE("<sip:a;lr>;x, \"B\" <sip:b;lr>");
	struct rf_name_addr a;
	CHECK(rf_route_next(&rest, &a) && same(a.uri.host, "a") && same(a.params, ";x"));
	CHECK(rf_route_next(&rest, &a) && same(a.uri.host, "b") && rest.len == 0);
	rest = RF_SLICE("sip:a;lr");
	CHECK(!rf_route_next(&rest, &a) && same(rest, "sip:a;lr"));
}

static void
target_dialog_has_a_tag_of_each_side(void)
{
	struct rf_target_dialog d;
	CHECK(rf_target_dialog_parse(&d, RF_SLICE("a@b;local-tag=x ;remote-tag=y")));
	CHECK(same(d.call_id, "a@b") && same(d.local_tag, "x") && same(d.remote_tag, "y"));
	CHECK(!rf_target_dialog_parse(&d, RF_SLICE("a@b;local-tag=x")));
	CHECK(!rf_target_dialog_parse(&d, RF_SLICE("a@b;local-tag=x;remote-tag=y;local-tag=z")));
	CHECK(!rf_target_dialog_parse(&d, RF_SLICE("a@b")));
}

static void
packages_are_cut_off_allow_events(void)
{
	struct rf_slice rest = RF_SLICE("refer, presence.winfo"), p;
	CHECK(rf_event_package_next(&rest, &p) && same(p, "refer"));
	CHECK(rf_event_package_next(&rest, &p) && same(p, "presence.winfo") && rest.len == 0);
	rest = RF_SLICE("refer;id=1");
	CHECK(!rf_event_package_next(&rest, &p));
}

static void
reference_info_is_read_in_the_forms_of_the_field(void)
{
	static const struct {
		const char *text;
		uint16_t status;
	} forms[] = {
		{ "404", 404 },
		{ "SIP/2.0 404 Not Found", 404 },
		{ "Status: 200 OK\r\nTarget: sip:a@b", 200 },
		{ "Target: sip:a@b\nstatus: 486", 486 },
		{ "status=404;reason=\"Not Found\"", 404 },
		{ "reason=x ; code = \"503\"", 503 },
		{ "4040", 0 },
		{ "status=4294967496", 0 },
		{ "099", 0 },
		{ "999", 0 },
		{ "target=404", 0 },
		{ "HTTP/1.1 200 OK", 0 },
		{ "", 0 },
	};
	for (size_t i = 0; i < RF_ARRAY_LEN(forms); i++) {
		uint16_t status = 1;
		bool parsed = rf_reference_info_parse(&status, rf_slice_of(forms[i].text));
		CHECK(parsed == (forms[i].status != 0));
		CHECK(status == forms[i].status);
	}
}

static void
warnings_have_a_code_an_agent_and_a_text(void)
{
	struct rf_slice rest = RF_SLICE("399 a.b:5060 \"x, \\\"y\\\"\", 307 [::1] \"\"");
	struct rf_warning w;
	CHECK(rf_warning_next(&rest, &w) && w.code == 399 && same(w.agent, "a.b:5060"));
	CHECK(same(w.text, "x, \\\"y\\\""));
	CHECK(rf_warning_next(&rest, &w) && w.code == 307 && same(w.agent, "[::1]"));
	CHECK(w.text.len == 0 && rest.len == 0);
	rest = RF_SLICE("1812 overture \"In Progress\"");
	CHECK(!rf_warning_next(&rest, &w));
	rest = RF_SLICE("399 agent text");
	CHECK(!rf_warning_next(&rest, &w));
}

static void
session_ids_are_32_hex_digits(void)
{
	struct rf_session_id id;
	CHECK(rf_session_id_parse(&id, RF_SLICE("ab30317f1a784dc48ff824d0d3715d86"
						";remote=00000000000000000000000000000000")));
	CHECK(id.local.len == 32 && id.remote.len == 32);
	CHECK(rf_session_id_parse(&id, RF_SLICE("ab30317f1a784dc48ff824d0d3715d86")));
	CHECK(id.remote.len == 0);
	CHECK(!rf_session_id_parse(&id, RF_SLICE("ab30317f1a784dc48ff824d0d3715d8")));
	CHECK(!rf_session_id_parse(&id, RF_SLICE("xb30317f1a784dc48ff824d0d3715d86")));
}

static void
dates_are_seconds_since_1970(void)
{
	int64_t s;
	CHECK(rf_date_parse(&s, RF_SLICE("Thu, 01 Jan 1970 00:00:00 GMT")) && s == 0);
	CHECK(rf_date_parse(&s, RF_SLICE("Sat, 13 Nov 2010 23:29:00 GMT")) && s == 1289690940);
	CHECK(rf_date_parse(&s, RF_SLICE("Thu, 29 Feb 2024 12:00:01 GMT")) && s == 1709208001);
	CHECK(rf_date_parse(&s, RF_SLICE("Fri, 01 Mar 2024 00:00:00 GMT")) && s == 1709251200);
	CHECK(!rf_date_parse(&s, RF_SLICE("Fri, 01 Jan 2010 16:00:00 EST")));
	CHECK(!rf_date_parse(&s, RF_SLICE("Fri, 1 Jan 2010 16:00:00 GMT")));
	CHECK(!rf_date_parse(&s, RF_SLICE("Fri, 41 Jan 2010 16:00:00 GMT")));
	CHECK(!rf_date_parse(&s, RF_SLICE("Fri, 01 Jan 2010 24:00:00 GMT")));
}

static void
privacy_is_a_set_of_words(void)
{
	uint32_t set;
	CHECK(rf_privacy_parse(&set, RF_SLICE("user; id ;critical")));
	CHECK(set == (RF_PRIVACY_USER | RF_PRIVACY_ID | RF_PRIVACY_CRITICAL));
	CHECK(rf_privacy_parse(&set, RF_SLICE("none")) && set == RF_PRIVACY_NONE);
	CHECK(rf_privacy_parse(&set, RF_SLICE("header, strange")));
	CHECK(set == (RF_PRIVACY_HEADER | RF_PRIVACY_OTHER));
	CHECK(!rf_privacy_parse(&set, RF_SLICE("")));
}

static void
history_and_diversion_are_addresses_with_parameters(void)
{
	struct rf_slice rest =
	    RF_SLICE("<sip:a@b?Reason=SIP%3Bcause%3D302>;index=1, <sip:c@d>;index=1.1;np=1");
	struct rf_history h;
	CHECK(rf_history_next(&rest, &h) && same(h.index, "1"));
	CHECK(same(h.address.uri.headers, "Reason=SIP%3Bcause%3D302"));
	CHECK(rf_history_next(&rest, &h) && same(h.index, "1.1") && rest.len == 0);
	struct rf_diversion d;
	rest = RF_SLICE("<sip:a@b>;reason=no-answer;counter=3;privacy=off");
	CHECK(rf_diversion_next(&rest, &d) && same(d.reason, "no-answer") && d.counter == 3);
	rest = RF_SLICE("<tel:+12025550123>");
	CHECK(rf_diversion_next(&rest, &d) && d.reason.len == 0 && d.counter == 0);
}

static void
user_to_user_keeps_its_data_as_it_is(void)
{
	struct rf_slice rest = RF_SLICE("56a390f3d2b7310023a2;encoding=hex;purpose=isdn-uui"
					";content=isdn-uui, \"a;b\"");
	struct rf_user_to_user u;
	CHECK(rf_user_to_user_next(&rest, &u) && same(u.data, "56a390f3d2b7310023a2"));
	CHECK(same(u.encoding, "hex") && same(u.purpose, "isdn-uui"));
	CHECK(same(u.content, "isdn-uui"));
	CHECK(rf_user_to_user_next(&rest, &u) && same(u.data, "a;b") && rest.len == 0);
}

static void
digest_is_taken_apart_and_other_schemes_kept_whole(void)
{
	struct rf_auth a;
	CHECK_OR_STOP(rf_auth_parse(&a,
	    RF_SLICE("Digest username=\"Alice \\\"A\\\"\", realm=\"a.b\",\r\n nonce=\"84a4cc6f\","
		     " uri=\"sip:b@c\", response=\"7587245234b3434cc3412213e5f113a5\","
		     " algorithm=SHA-256 , qop=auth, nc=00000001, cnonce=\"0a\", opaque=\"\","
		     " stale=TRUE")));
	CHECK(a.digest && same(a.scheme, "Digest") && a.stale);
	CHECK(same(a.username, "Alice \\\"A\\\"") && same(a.realm, "a.b"));
	CHECK(same(a.nonce, "84a4cc6f") && same(a.uri, "sip:b@c") && same(a.qop, "auth"));
	CHECK(same(a.algorithm, "SHA-256") && same(a.nc, "00000001") && same(a.cnonce, "0a"));
	CHECK(a.response.len == 32 && a.opaque.len == 0);
	CHECK(rf_auth_parse(&a, RF_SLICE("Bearer dGhpcyBpcyBubyB0b2tlbg==")));
	CHECK(!a.digest && same(a.rest, "dGhpcyBpcyBubyB0b2tlbg=="));
	CHECK(rf_auth_parse(&a, RF_SLICE("NoOneKnows opaque-data=here")));
	CHECK(!rf_auth_parse(&a, RF_SLICE("Digest realm=\"never closed")));
	CHECK(!rf_auth_parse(&a, RF_SLICE("Digest realm=a,, nonce=b")));
	CHECK(!rf_auth_parse(&a, RF_SLICE("Digest dGhpcyBpcyBubyB0b2tlbg==")));
	CHECK(!rf_auth_parse(&a, RF_SLICE("Digest")));
	CHECK(!rf_auth_parse(&a, RF_SLICE("")));
}

static void
a_disposition_is_required_unless_it_says_optional(void)
{
	struct rf_content_disposition d;
	CHECK(rf_content_disposition_parse(&d, RF_SLICE("session")) && same(d.type, "session"));
	CHECK(!d.optional);
	CHECK(rf_content_disposition_parse(&d, RF_SLICE("aib; handling=Optional")) && d.optional);
	CHECK(!rf_content_disposition_parse(&d, RF_SLICE("\"session\"")));
}

static void
media_ranges_are_cut_off_accept(void)
{
	struct rf_slice rest = RF_SLICE("application/sdp;level=1, application/*, */*;q=0.1");
	struct rf_media_type m;
	CHECK(rf_media_range_next(&rest, &m) && same(m.subtype, "sdp"));
	CHECK(same(m.params, ";level=1"));
	CHECK(rf_media_range_next(&rest, &m) && same(m.subtype, "*"));
	CHECK(rf_media_range_next(&rest, &m) && same(m.type, "*") && rest.len == 0);
	CHECK(!rf_media_type_parse(&m, RF_SLICE("a/b, c/d")));
}

static void
vias_are_cut_off_their_list_and_a_comma_wants_another(void)
{
	struct rf_slice rest =
	    RF_SLICE("SIP/2.0/UDP a;branch=z9hG4bK1,\r\n SIP / 2.0 / TCP b:5070 ;received=[::1]");
	struct rf_via v;
	CHECK(rf_via_next(&rest, &v) && same(v.host, "a") && same(v.branch, "z9hG4bK1"));
	CHECK(same(v.all, "SIP/2.0/UDP a;branch=z9hG4bK1") && same(v.params, ";branch=z9hG4bK1"));
	CHECK(rf_via_next(&rest, &v) && v.transport == RF_TCP && v.port == 5070);
	CHECK(same(v.received, "[::1]") && rest.len == 0);
	CHECK(!rf_via_parse(&v, RF_SLICE("SIP/2.0/UDP a;rport=4x")));
	rest = RF_SLICE("SIP/2.0/UDP a,");
	CHECK(!rf_via_next(&rest, &v) && rest.len > 0);
	rest = RF_SLICE("SIP/2.0/UDP a,,SIP/2.0/UDP b");
	CHECK(rf_via_next(&rest, &v) && !rf_via_next(&rest, &v) && rest.len > 0);
}

static void
addresses_are_cut_off_their_list_and_a_comma_wants_another(void)
{
	struct rf_slice rest = RF_SLICE("\"A, B\" <sip:a,b@c>;tag=x , sip:d@e;q=1,<sip:f>");
	struct rf_name_addr a;
	CHECK(rf_name_addr_next(&rest, &a) && same(a.uri.user, "a,b") && same(a.tag, "x"));
	CHECK(same(a.all, "\"A, B\" <sip:a,b@c>;tag=x"));
	CHECK(rf_name_addr_next(&rest, &a) && same(a.uri.host, "e") && same(a.params, ";q=1"));
	CHECK(rf_name_addr_next(&rest, &a) && same(a.uri.host, "f") && rest.len == 0);
	rest = RF_SLICE("<sip:f>,");
	CHECK(!rf_name_addr_next(&rest, &a) && rest.len > 0);
}

static void
the_parameters_of_a_value_are_bounded(void)
{
	char text[1024] = "<sip:a@b>";
	size_t len = strlen(text);
	struct rf_name_addr a;
	for (int i = 0; i < RF_PARAMS_MAX; i++, len += 2)
		memcpy(text + len, ";p", 3);
	CHECK(rf_name_addr_parse(&a, rf_slice_of(text)));
	memcpy(text + len, ";p", 3);
	CHECK(!rf_name_addr_parse(&a, rf_slice_of(text)));
	memcpy(text, "SIP/2.0/UDP a;b=c", 17);
	struct rf_via v;
	CHECK(!rf_via_parse(&v, RF_SLICE("SIP/2.0/UDP a"
		";p;p;p;p;p;p;p;p;p;p;p;p;p;p;p;p;p;p;p;p;p;p;p;p;p;p;p;p;p;p;p;p;p"
		";p;p;p;p;p;p;p;p;p;p;p;p;p;p;p;p;p;p;p;p;p;p;p;p;p;p;p;p;p;p;p;p")));
}

static void
a_value_is_judged_by_the_kind_of_its_header(void)
{
	CHECK(rf_value_parses(RF_H_CONTACT, RF_SLICE("*")));
	CHECK(!rf_value_parses(RF_H_ROUTE, RF_SLICE("*")));
	CHECK(rf_value_parses(RF_H_SUPPORTED, RF_SLICE("")));
	CHECK(!rf_value_parses(RF_H_CONTACT, RF_SLICE("")));
	CHECK(rf_value_parses(RF_H_REASON, RF_SLICE("SIP;cause=200, Q.850;cause=16")));
	CHECK(!rf_value_parses(RF_H_REASON, RF_SLICE("SIP;cause=x")));
	CHECK(rf_value_parses(RF_H_IDENTITY, RF_SLICE("eyJ0eXAi.x.y;info=<https://a>;alg=ES256")));
	CHECK(rf_value_parses(RF_H_USER_AGENT, RF_SLICE("\x01 what \xff ever")));
	CHECK(!rf_value_parses(RF_H_ALLOW, RF_SLICE("INVITE, A(CK)")));
	CHECK(rf_value_parses(RF_H_OTHER, RF_SLICE(";;;")));
}

/* Whatever of headers.def has a grammar, and what is not kept to it. */
static void
every_field_with_a_grammar_takes_what_keeps_to_it_and_nothing_else(void)
{
	static const struct {
		enum rf_header_id id;
		const char *good, *bad;
	} rows[] = {
		{ RF_H_ACCEPT, "application/sdp;q=0.5, text/*", "application" },
		{ RF_H_ALLOW, "INVITE, ACK", "INVITE ACK" },
		{ RF_H_ALLOW_EVENTS, "refer, presence.winfo", "refer;id=1" },
		{ RF_H_AUTHORIZATION, "Digest username=\"a\", nonce=\"b\"", "Digest nonce" },
		{ RF_H_CALL_ID, "f81d4fae@192.0.2.1", "two words" },
		{ RF_H_CONTACT, "<sip:a@b>;q=0.7, sip:c@d", "<sip:a@b" },
		{ RF_H_CONTENT_DISPOSITION, "session;handling=optional", "ses sion" },
		{ RF_H_CONTENT_ENCODING, "gzip", "gz ip" },
		{ RF_H_CONTENT_LENGTH, "349", "-1" },
		{ RF_H_CONTENT_TYPE, "multipart/mixed;boundary=\"x y\"", "multipart" },
		{ RF_H_CSEQ, "4711 INVITE", "INVITE 4711" },
		{ RF_H_DATE, "Sat, 13 Nov 2010 23:29:00 GMT", "Sat, 13 Nov 2010 23:29:00 CET" },
		{ RF_H_DIVERSION, "<sip:a@b>;reason=user-busy;counter=1", "<sip:a@b>;;" },
		{ RF_H_EVENT, "refer;id=93809824", "refer;" },
		{ RF_H_EXPIRES, "3600", "an hour" },
		{ RF_H_FROM, "\"A\" <sip:a@b>;tag=x", "\"A <sip:a@b>" },
		{ RF_H_HISTORY_INFO, "<sip:a@b?Reason=x>;index=1", "sip:a@b?x=y" },
		{ RF_H_MAX_FORWARDS, "70", "4294967296" },
		{ RF_H_MIN_EXPIRES, "60", "60 s" },
		{ RF_H_MIN_SE, "90;lr", "ninety" },
		{ RF_H_PATH, "<sip:p1.example.com;lr>", "sip:p1.example.com;lr" },
		{ RF_H_PRIVACY, "id;critical", ";" },
		{ RF_H_PROXY_AUTHENTICATE, "Digest realm=\"a\", stale=true", "Digest realm=\"a" },
		{ RF_H_PROXY_AUTHORIZATION, "Digest response=\"0\"", "Digest =" },
		{ RF_H_PROXY_REQUIRE, "foo", "foo," },
		{ RF_H_P_ASSERTED_IDENTITY, "\"A\" <sip:a@b>, <tel:+12025550101>",
		    "<sip:a@b> <tel:+1>" },
		{ RF_H_P_PREFERRED_IDENTITY, "<sip:a@b>", "<>" },
		{ RF_H_RACK, "776656 1 INVITE", "776656 INVITE" },
		{ RF_H_REASON, "Q.850;cause=16;text=\"ok\", SIP;cause=200", "SIP;cause=x" },
		{ RF_H_RECORD_ROUTE, "<sip:p1;lr>, <sip:p2;lr>", "<sip:p1;lr>," },
		{ RF_H_REFERENCE_INFO, "status=404;reason=x", "nothing" },
		{ RF_H_REFERRED_BY, "<sip:a@b>;cid=\"1@c\"", "<sip:a@b>;=x" },
		{ RF_H_REFER_EVENTS_AT, "<sip:a@b>", "sip:a@b" },
		{ RF_H_REFER_SUB, "false", "maybe" },
		{ RF_H_REFER_TO, "<sip:a@b?Replaces=c%3Bto-tag%3Dd>", "sip:a@b?Replaces=c" },
		{ RF_H_REPLACES, "c@d;to-tag=1;from-tag=2;early-only", "c@d;to-tag=1" },
		{ RF_H_REPLY_TO, "<sip:a@b>", "*" },
		{ RF_H_REQUIRE, "100rel, replaces", "100rel replaces" },
		{ RF_H_RETRY_AFTER, "18000 (lunch);duration=3600", "18000 (lunch" },
		{ RF_H_ROUTE, "<sip:p1;lr>", "*" },
		{ RF_H_RSEQ, "988789", "x" },
		{ RF_H_SESSION_EXPIRES, "4000;refresher=uac", "refresher=uac" },
		{ RF_H_SESSION_ID, "ab30317f1a784dc48ff824d0d3715d86", "ab30" },
		{ RF_H_SUBSCRIPTION_STATE, "terminated;reason=noresource", ";reason=x" },
		{ RF_H_SUPPORTED, "", "a b" },
		{ RF_H_TARGET_DIALOG, "c@d;local-tag=1;remote-tag=2", "c@d;local-tag=1" },
		{ RF_H_TO, "<sip:a@b>", "<sip:a@b>;tag=\"x" },
		{ RF_H_UNSUPPORTED, "100rel", "(100rel)" },
		{ RF_H_USER_TO_USER, "56a390;encoding=hex", "56a390;;" },
		{ RF_H_VIA, "SIP/2.0/TLS a:5061;branch=z9hG4bK1;rport, SIP / 2.0 / UDP [::1]",
		    "SIP/2.0/TLS" },
		{ RF_H_WARNING, "399 a \"b\"", "399 a b" },
		{ RF_H_WWW_AUTHENTICATE, "Digest realm=\"a\", qop=\"auth,auth-int\"", "" },
	};
	static const char *const kinds[RF_H_MAX] = {
#define HEADER(id, name, compact, multi, kind) [RF_H_##id] = #kind,
#include "grammar/headers.def"
#undef HEADER
	};
	for (int id = RF_H_OTHER + 1; id < RF_H_MAX; id++) {
		bool found = strcmp(kinds[id], "TEXT") == 0;
		for (size_t i = 0; i < RF_ARRAY_LEN(rows) && !found; i++)
			found = rows[i].id == (enum rf_header_id)id;
		if (!found)
			check_note("%s has no row", rf_header_name((enum rf_header_id)id).p);
		CHECK(found);
	}
	for (size_t i = 0; i < RF_ARRAY_LEN(rows); i++) {
		bool good = rf_value_parses(rows[i].id, rf_slice_of(rows[i].good));
		bool bad = !rf_value_parses(rows[i].id, rf_slice_of(rows[i].bad));
		if (!good || !bad)
			check_note("%s: %s, %s", rf_header_name(rows[i].id).p,
			    good ? "" : rows[i].good, bad ? "" : rows[i].bad);
		CHECK(good);
		CHECK(bad);
	}
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(seconds_are_digits_with_parameters_and_saturate),
		CHECK_TEST(numbers_are_digits_below_two_to_the_32),
		CHECK_TEST(session_expires_names_its_refresher),
		CHECK_TEST(tokens_are_cut_off_their_list),
		CHECK_TEST(referred_by_may_carry_the_id_of_a_token),
		CHECK_TEST(refer_sub_is_true_or_false),
		CHECK_TEST(routes_stand_in_brackets),
		CHECK_TEST(target_dialog_has_a_tag_of_each_side),
		CHECK_TEST(packages_are_cut_off_allow_events),
		CHECK_TEST(reference_info_is_read_in_the_forms_of_the_field),
		CHECK_TEST(warnings_have_a_code_an_agent_and_a_text),
		CHECK_TEST(session_ids_are_32_hex_digits),
		CHECK_TEST(dates_are_seconds_since_1970),
		CHECK_TEST(privacy_is_a_set_of_words),
		CHECK_TEST(history_and_diversion_are_addresses_with_parameters),
		CHECK_TEST(user_to_user_keeps_its_data_as_it_is),
		CHECK_TEST(digest_is_taken_apart_and_other_schemes_kept_whole),
		CHECK_TEST(a_disposition_is_required_unless_it_says_optional),
		CHECK_TEST(media_ranges_are_cut_off_accept),
		CHECK_TEST(vias_are_cut_off_their_list_and_a_comma_wants_another),
		CHECK_TEST(addresses_are_cut_off_their_list_and_a_comma_wants_another),
		CHECK_TEST(the_parameters_of_a_value_are_bounded),
		CHECK_TEST(a_value_is_judged_by_the_kind_of_its_header),
		CHECK_TEST(every_field_with_a_grammar_takes_what_keeps_to_it_and_nothing_else),
	};
	return check_main("grammar fields", tests, RF_ARRAY_LEN(tests));
}
