/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of grammar/secret.c: what is a credential, and that blanking moves none. */
#include <string.h>

#include "grammar/secret.h"
#include "tests/check.h"

/* The secrets of a text, each in brackets. */
static const char *
found(const char *text)
{
	static char out[512];
	struct rf_slice secret;
	uint32_t at = 0, len = 0;
	while (rf_secret_next(rf_slice_of(text), &at, &secret)) {
		out[len++] = '[';
		memcpy(out + len, secret.p, secret.len);
		len += secret.len;
		out[len++] = ']';
	}
	out[len] = '\0';
	return out;
}

#define FINDS(text, secrets) CHECK(strcmp(found(text), secrets) == 0)

static void
authorization_values_are_secrets_but_for_their_scheme(void)
{
	FINDS("Authorization: Digest username=\"a\", response=\"b\"\r\nTo: x\r\n",
	    "[username=\"a\", response=\"b\"]");
	FINDS("proxy-AUTHORIZATION : Basic QWxh\r\n", "[QWxh]");
	FINDS("Authorization:hidden\r\n", "[hidden]");
	FINDS("X-Authorization: Bearer abc", "[abc]");
	FINDS("Authorization: Unheard of", "[Unheard of]");
}

static void
a_folded_authorization_is_secret_to_its_end(void)
{
	FINDS("Authorization: Digest a=b,\r\n c=d\r\n\te=f\r\nTo: x\r\n",
	    "[a=b,\r\n c=d\r\n\te=f]");
	FINDS("Authorization: Digest a=b,\n c=d\nTo: x\n", "[a=b,\n c=d]");
}

static void
passwords_in_uris_are_secrets(void)
{
	FINDS("<sip:alice:secret@example.com>", "[secret]");
	FINDS("SIPS:alice;tag=x:se%2Fcret@example.com", "[se%2Fcret]");
	FINDS("<http://user:pw@example.com/a>", "[pw]");
	FINDS("sip:a:b@c, <sip:d:e@f>", "[b][e]");
	FINDS("sip:example.comsip:user:pw@example.com", "[pw]");
}

static void
a_port_is_no_password(void)
{
	FINDS("sip:example.com:5060;lr", "");
	FINDS("<sip:alice@example.com:5060>", "");
	FINDS("sip:[2001:db8::1]:5060", "");
	FINDS("Via: SIP/2.0/UDP host:5060;branch=z9hG4bK1\r\nContact: <sip:a@b>\r\n", "");
	FINDS("sip:alice:@example.com", "");
}

static void
credentials_within_a_uri_are_secrets(void)
{
	FINDS("<sip:a@b?Proxy-Authorization=Digest%20x&Subject=y>", "[Digest%20x]");
}

static void
keys_of_media_are_secrets(void)
{
	FINDS("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0Rm+cE/=|2^20|1:4\r\n", "[d0Rm+cE/=]");
	FINDS("o=- 1 1 IN IP4 h\r\nk=clear:abc\r\na=x\r\n", "[clear:abc]");
}

static void
what_looks_like_the_end_of_a_secret_does_not_run_over(void)
{
	FINDS("", "");
	FINDS(":", "");
	FINDS("=", "");
	FINDS("authorization:", "");
	FINDS("authorization: ", "");
	FINDS("sip:", "");
	FINDS("sip:a:", "");
	FINDS("sip:a:b", "");
	FINDS("Authorization: x\r", "[x\r]");
	FINDS("k=", "");
}

/* Whatever the text: the secrets of its blanked copy are at the same places. */
static void
blanking_moves_no_secret(void)
{
	static const char alphabet[] = "sip:=@a \r\n\tk,;?/authorization:inline:%<";
	uint64_t state = 1;
	for (unsigned round = 0; round < 20000; round++) {
		char text[96], blanked[96];
		struct rf_slice secret, again;
		for (size_t i = 0; i < sizeof text; i++) {
			state = state * 6364136223846793005u + 1442695040888963407u;
			text[i] = alphabet[(state >> 33) % (sizeof alphabet - 1)];
			/* Words by chance are rare: put one now and then. */
			if ((state >> 50) % 16 == 0 && i + 15 < sizeof text) {
				static const char *const words[] = { "authorization:", "sip:a:",
					"inline:", "\nk=" };
				const char *word = words[(state >> 40) % 4];
				memcpy(text + i, word, strlen(word));
				i += strlen(word) - 1;
			}
		}
		memcpy(blanked, text, sizeof text);
		uint32_t at = 0, at_again = 0;
		while (rf_secret_next((struct rf_slice){ text, sizeof text }, &at, &secret)) {
			for (uint32_t i = 0; i < secret.len; i++) {
				if (memchr(" \t\r\n", secret.p[i], 4) == NULL)
					blanked[secret.p - text + i] = 'x';
			}
		}
		at = 0;
		while (rf_secret_next((struct rf_slice){ text, sizeof text }, &at, &secret)) {
			CHECK_OR_STOP(rf_secret_next(
			    (struct rf_slice){ blanked, sizeof blanked }, &at_again, &again));
			CHECK_OR_STOP(secret.p - text == again.p - blanked);
			CHECK_OR_STOP(secret.len == again.len);
		}
		CHECK_OR_STOP(!rf_secret_next(
		    (struct rf_slice){ blanked, sizeof blanked }, &at_again, &again));
	}
}

int
main(void)
{
	static const struct check_test tests[] = {
		CHECK_TEST(authorization_values_are_secrets_but_for_their_scheme),
		CHECK_TEST(a_folded_authorization_is_secret_to_its_end),
		CHECK_TEST(passwords_in_uris_are_secrets),
		CHECK_TEST(a_port_is_no_password),
		CHECK_TEST(credentials_within_a_uri_are_secrets),
		CHECK_TEST(keys_of_media_are_secrets),
		CHECK_TEST(what_looks_like_the_end_of_a_secret_does_not_run_over),
		CHECK_TEST(blanking_moves_no_secret),
	};
	return check_main("secret", tests, sizeof tests / sizeof tests[0]);
}
