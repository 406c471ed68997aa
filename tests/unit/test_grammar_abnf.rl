/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_grammar_abnf.rl -- every core rule against all 256 bytes, and some against more.
 *
 * What is expected is written as C here, from the RFC and not from the fragments: a slip of the
 * hand in a rule shows as a byte. */
#include <string.h>

#include "grammar/grammar.h"
#include "grammar/internal.h"
#include "tests/check.h"

#pragma GCC diagnostic ignored "-Wimplicit-fallthrough"
#pragma GCC diagnostic ignored "-Wunused-const-variable"

%%{
	machine abnf;
	include abnf_addr "grammar/abnf_addr.rl";

	# one entry for each rule under test
	rule_alphanum   := alphanum;
	rule_reserved   := reserved;
	rule_mark_rule  := mark;
	rule_unreserved := unreserved;
	main            := token;
	rule_word       := word;
	rule_lws        := LWS;
	rule_hexdig     := HEXDIG;
	rule_quoted     := quoted_string;
	rule_comment    := comment;
	rule_user       := user;
	rule_password   := password;
	rule_pname      := pname;
	rule_hname      := hname;
	rule_host       := host;
	rule_scheme     := scheme;
	rule_segment    := segment;
	rule_phone      := telephone_subscriber;
	rule_nodot      := token_nodot;
	rule_field_value := field_value;
	rule_escaped    := escaped;
	rule_utf8       := UTF8_NONASCII;
	rule_hostname   := hostname;
	rule_ipv4       := IPv4address;
	rule_uri_headers := headers;
	rule_absolute   := absoluteURI;
	rule_params     := uri_parameters;
	rule_lws2       := SWS;
	rule_callid     := callid;

	write data noerror;
}%%

static bool
accepts_text(int rule, const unsigned char *p, const unsigned char *pe)
{
	int cs = rule;
	%% write exec;
	return cs >= abnf_first_final;
}

static bool
in(int c, const char *set)
{
	return c != 0 && strchr(set, c) != NULL;
}

static bool
is_alnum(int c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* One byte between `before` and `after`. */
static bool
accepts(int rule, const char *before, int c, const char *after)
{
	unsigned char text[8];
	size_t len = 0;
	for (; *before != '\0'; before++)
		text[len++] = (unsigned char)*before;
	text[len++] = (unsigned char)c;
	for (; *after != '\0'; after++)
		text[len++] = (unsigned char)*after;
	return accepts_text(rule, text, text + len);
}

static bool
takes(int rule, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	return accepts_text(rule, p, p + strlen(text));
}

static void
alphanum_is_letters_and_digits(void)
{
	for (int c = 0; c < 256; c++)
		CHECK(accepts(abnf_en_rule_alphanum, "", c, "") == (is_alnum(c)));
}

static void
reserved_is_ten_characters(void)
{
	for (int c = 0; c < 256; c++)
		CHECK(accepts(abnf_en_rule_reserved, "", c, "") == (in(c, ";/?:@&=+$,")));
}

static void
mark_is_nine_characters(void)
{
	for (int c = 0; c < 256; c++)
		CHECK(accepts(abnf_en_rule_mark_rule, "", c, "") == (in(c, "-_.!~*'()")));
}

static void
unreserved_is_alphanum_and_mark(void)
{
	for (int c = 0; c < 256; c++)
		CHECK(accepts(abnf_en_rule_unreserved, "", c, "") ==
		    (is_alnum(c) || in(c, "-_.!~*'()")));
}

static void
token_has_no_separators(void)
{
	for (int c = 0; c < 256; c++)
		CHECK(accepts(abnf_start, "", c, "") == (is_alnum(c) || in(c, "-.!%*_+`'~")));
}

static void
word_is_token_and_most_separators(void)
{
	for (int c = 0; c < 256; c++)
		CHECK(accepts(abnf_en_rule_word, "", c, "") ==
		    (is_alnum(c) || in(c, "-.!%*_+`'~()<>:\\\"/[]?{}")));
}

static void
lws_of_one_byte_is_space_or_tab(void)
{
	for (int c = 0; c < 256; c++)
		CHECK(accepts(abnf_en_rule_lws, "", c, "") == (c == ' ' || c == '\t'));
}

static void
hexdig_has_two_cases(void)
{
	for (int c = 0; c < 256; c++)
		CHECK(accepts(abnf_en_rule_hexdig, "", c, "") ==
		    ((c >= '0' && c <= '9') || in(c, "abcdefABCDEF")));
}

static void
quoted_string_holds_printable_ascii_but_quote_and_backslash(void)
{
	for (int c = 0; c < 256; c++)
		CHECK(accepts(abnf_en_rule_quoted, "\"", c, "\"") ==
		    (c == ' ' || c == '\t' || (c >= 0x21 && c <= 0x7e && c != '"' && c != '\\')));
}

static void
quoted_pair_escapes_ascii_but_cr_and_lf(void)
{
	for (int c = 0; c < 256; c++)
		CHECK(accepts(abnf_en_rule_quoted, "\"\\", c, "\"") ==
		    (c <= 0x7f && c != '\r' && c != '\n'));
}

static void
comment_holds_no_lone_parenthesis(void)
{
	for (int c = 0; c < 256; c++)
		CHECK(accepts(abnf_en_rule_comment, "(", c, ")") ==
		    (c == ' ' || c == '\t' ||
			(c >= 0x21 && c <= 0x7e && c != '(' && c != ')' && c != '\\')));
}

static void
user_has_eight_more_than_unreserved(void)
{
	for (int c = 0; c < 256; c++)
		CHECK(accepts(abnf_en_rule_user, "", c, "") ==
		    (is_alnum(c) || in(c, "-_.!~*'()&=+$,;?/")));
}

static void
password_has_five_more_than_unreserved(void)
{
	for (int c = 0; c < 256; c++)
		CHECK(accepts(abnf_en_rule_password, "", c, "") ==
		    (is_alnum(c) || in(c, "-_.!~*'()&=+$,")));
}

static void
paramchar_has_seven_more_than_unreserved(void)
{
	for (int c = 0; c < 256; c++)
		CHECK(accepts(abnf_en_rule_pname, "", c, "") ==
		    (is_alnum(c) || in(c, "-_.!~*'()[]/:&+$")));
}

static void
hname_has_seven_more_than_unreserved(void)
{
	for (int c = 0; c < 256; c++)
		CHECK(accepts(abnf_en_rule_hname, "", c, "") ==
		    (is_alnum(c) || in(c, "-_.!~*'()[]/?:+$")));
}

static void
host_of_one_byte_is_a_letter(void)
{
	for (int c = 0; c < 256; c++)
		CHECK(accepts(abnf_en_rule_host, "", c, "") ==
		    ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')));
}

static void
scheme_begins_with_a_letter(void)
{
	for (int c = 0; c < 256; c++)
		CHECK(accepts(abnf_en_rule_scheme, "", c, "") ==
		    ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')));
}

static void
segment_is_pchar_and_semicolon(void)
{
	for (int c = 0; c < 256; c++)
		CHECK(accepts(abnf_en_rule_segment, "", c, "") ==
		    (is_alnum(c) || in(c, "-_.!~*'():@&=+$,;")));
}

static void
telephone_subscriber_of_one_byte_is_a_digit(void)
{
	for (int c = 0; c < 256; c++)
		CHECK(accepts(abnf_en_rule_phone, "", c, "") ==
		    ((c >= '0' && c <= '9') || in(c, "abcdefABCDEF*#")));
}

static void
token_nodot_is_token_without_the_dot(void)
{
	for (int c = 0; c < 256; c++)
		CHECK(accepts(abnf_en_rule_nodot, "", c, "") ==
		    (is_alnum(c) || in(c, "-!%*_+`'~")));
}

static void
field_value_cannot_end_a_parameter(void)
{
	for (int c = 0; c < 256; c++)
		CHECK(accepts(abnf_en_rule_field_value, "", c, "") ==
		    (c >= 0x21 && c <= 0x7e && !in(c, ";,\"<>\\")));
}

static void
escaped_is_percent_and_two_hex_digits(void)
{
	CHECK(takes(abnf_en_rule_escaped, "%4a"));
	CHECK(takes(abnf_en_rule_escaped, "%00"));
	CHECK(!takes(abnf_en_rule_escaped, "%4"));
	CHECK(!takes(abnf_en_rule_escaped, "%4g"));
	CHECK(!takes(abnf_en_rule_escaped, "4a"));
}

static void
lws_folds_at_most_once_and_wants_a_blank_behind_it(void)
{
	CHECK(takes(abnf_en_rule_lws, " \r\n "));
	CHECK(takes(abnf_en_rule_lws, "\r\n\t "));
	CHECK(!takes(abnf_en_rule_lws, "\r\n"));
	CHECK(!takes(abnf_en_rule_lws, "\n "));
	CHECK(!takes(abnf_en_rule_lws, "\r "));
	CHECK(!takes(abnf_en_rule_lws, ""));
	CHECK(takes(abnf_en_rule_lws2, ""));
}

static void
utf8_counts_its_continuation_bytes(void)
{
	CHECK(takes(abnf_en_rule_utf8, "\xc3\xa9"));
	CHECK(takes(abnf_en_rule_utf8, "\xe2\x82\xac"));
	CHECK(takes(abnf_en_rule_utf8, "\xf0\x9f\x93\x9e"));
	CHECK(!takes(abnf_en_rule_utf8, "\xe9"));
	CHECK(!takes(abnf_en_rule_utf8, "\xe2\x82"));
	CHECK(!takes(abnf_en_rule_utf8, "\xa9"));
}

static void
hostname_ends_in_a_label_that_begins_with_a_letter(void)
{
	CHECK(takes(abnf_en_rule_hostname, "a.b-c.example.com"));
	CHECK(takes(abnf_en_rule_hostname, "1.example.com."));
	CHECK(!takes(abnf_en_rule_hostname, "-a.com"));
	CHECK(!takes(abnf_en_rule_hostname, "a-.com"));
	CHECK(!takes(abnf_en_rule_hostname, "a..com"));
	CHECK(!takes(abnf_en_rule_hostname, "example.1"));
	CHECK(takes(abnf_en_rule_ipv4, "192.0.2.1"));
	CHECK(!takes(abnf_en_rule_ipv4, "192.0.2"));
	CHECK(!takes(abnf_en_rule_ipv4, "192.0.2.1000"));
}

static void
uri_headers_need_an_equal_sign_each(void)
{
	CHECK(takes(abnf_en_rule_uri_headers, "?a=b&c="));
	CHECK(!takes(abnf_en_rule_uri_headers, "?a"));
	CHECK(!takes(abnf_en_rule_uri_headers, "?a=b&"));
	CHECK(!takes(abnf_en_rule_uri_headers, "?a=b@c"));
}

static void
uri_parameters_are_never_empty(void)
{
	CHECK(takes(abnf_en_rule_params, ""));
	CHECK(takes(abnf_en_rule_params, ";lr;transport=tcp"));
	CHECK(!takes(abnf_en_rule_params, ";"));
	CHECK(!takes(abnf_en_rule_params, ";a="));
	CHECK(!takes(abnf_en_rule_params, ";a=b;;c"));
}

static void
absolute_uris_of_any_scheme_are_known(void)
{
	CHECK(takes(abnf_en_rule_absolute, "isbn:2983792873"));
	CHECK(takes(abnf_en_rule_absolute, "http://www.example.com/a;b?c=d"));
	CHECK(takes(abnf_en_rule_absolute, "soap.beep://192.0.2.103:3002"));
	CHECK(takes(abnf_en_rule_absolute, "urn:uuid:cdac7b83-adb5-413c-a1a0-3947bb740f7b"));
	CHECK(!takes(abnf_en_rule_absolute, "no-colon"));
	CHECK(!takes(abnf_en_rule_absolute, "isbn:"));
	CHECK(!takes(abnf_en_rule_absolute, "http://a b"));
}

static void
a_call_id_has_one_at_sign_at_most(void)
{
	CHECK(takes(abnf_en_rule_callid, "a84b4c76e66710@pc33.example.com"));
	CHECK(takes(abnf_en_rule_callid, "word%ZK-!.*_+'@word`~)(><:\\/\"][?}{"));
	CHECK(!takes(abnf_en_rule_callid, "a@b@c"));
	CHECK(!takes(abnf_en_rule_callid, "a;b"));
}

static bool
is_class(int c, unsigned class)
{
	return (rf_classes[c] & class) != 0;
}

static void
classes_are_the_rules_they_stand_for(void)
{
	for (int c = 0; c < 256; c++) {
		CHECK(is_class(c, RF_CLASS_TOKEN) == accepts(abnf_start, "", c, ""));
		CHECK(is_class(c, RF_CLASS_ALPHANUM) == accepts(abnf_en_rule_alphanum, "", c, ""));
		CHECK(is_class(c, RF_CLASS_VALUE) == accepts(abnf_en_rule_field_value, "", c, ""));
		CHECK(is_class(c, RF_CLASS_QUOTED) ==
		    (c != '\t' && accepts(abnf_en_rule_quoted, "\"", c, "\"")));
		CHECK(is_class(c, RF_CLASS_GRAPHIC) == (c > ' ' && c != 0x7f));
		CHECK(is_class(c, RF_CLASS_PARAM) == accepts(abnf_en_rule_pname, "", c, ""));
		CHECK(is_class(c, RF_CLASS_USER) == accepts(abnf_en_rule_user, "", c, ""));
		CHECK(is_class(c, RF_CLASS_DIGIT) == (c >= '0' && c <= '9'));
	}
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(alphanum_is_letters_and_digits),
		CHECK_TEST(reserved_is_ten_characters),
		CHECK_TEST(mark_is_nine_characters),
		CHECK_TEST(unreserved_is_alphanum_and_mark),
		CHECK_TEST(token_has_no_separators),
		CHECK_TEST(word_is_token_and_most_separators),
		CHECK_TEST(lws_of_one_byte_is_space_or_tab),
		CHECK_TEST(hexdig_has_two_cases),
		CHECK_TEST(quoted_string_holds_printable_ascii_but_quote_and_backslash),
		CHECK_TEST(quoted_pair_escapes_ascii_but_cr_and_lf),
		CHECK_TEST(comment_holds_no_lone_parenthesis),
		CHECK_TEST(user_has_eight_more_than_unreserved),
		CHECK_TEST(password_has_five_more_than_unreserved),
		CHECK_TEST(paramchar_has_seven_more_than_unreserved),
		CHECK_TEST(hname_has_seven_more_than_unreserved),
		CHECK_TEST(host_of_one_byte_is_a_letter),
		CHECK_TEST(scheme_begins_with_a_letter),
		CHECK_TEST(segment_is_pchar_and_semicolon),
		CHECK_TEST(telephone_subscriber_of_one_byte_is_a_digit),
		CHECK_TEST(token_nodot_is_token_without_the_dot),
		CHECK_TEST(field_value_cannot_end_a_parameter),
		CHECK_TEST(escaped_is_percent_and_two_hex_digits),
		CHECK_TEST(lws_folds_at_most_once_and_wants_a_blank_behind_it),
		CHECK_TEST(utf8_counts_its_continuation_bytes),
		CHECK_TEST(hostname_ends_in_a_label_that_begins_with_a_letter),
		CHECK_TEST(uri_headers_need_an_equal_sign_each),
		CHECK_TEST(uri_parameters_are_never_empty),
		CHECK_TEST(absolute_uris_of_any_scheme_are_known),
		CHECK_TEST(a_call_id_has_one_at_sign_at_most),
		CHECK_TEST(classes_are_the_rules_they_stand_for),
	};
	return check_main("grammar abnf", tests, RF_ARRAY_LEN(tests));
}
