/* SPDX-License-Identifier: BSD-2-Clause */
/* app/log_privacy.c -- what of a caller may stand in a log (R65).
 *
 * Texts are scanned, not parsed: what gets here may be malformed, and a number in a malformed
 * header is as personal as any other. A hash is keyed by the salt of this process, for telephone
 * numbers are few enough to try them all. */
#include "app/log_parts.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>
#include <strings.h>

struct sink {
	char *p;
	uint32_t len, max;
};

static void
put(struct sink *sink, const char *p, uint32_t len)
{
	if (len > sink->max - sink->len)
		len = sink->max - sink->len;
	if (len > 0)
		memcpy(sink->p + sink->len, p, len);
	sink->len += len;
}

static void
put_user(struct sink *sink, enum rf_log_privacy privacy, const uint8_t salt[RF_LOG_SALT_LEN],
    struct rf_slice user)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned int mac_len = 0;
	if (user.len == 0)
		return;
	switch (privacy) {
	case RF_LOG_FULL:
		put(sink, user.p, user.len);
		break;
	case RF_LOG_MASK:
		put(sink, "***", 3);
		/* Two digits of a number tell calls apart and nobody who called. */
		if (user.len >= 6)
			put(sink, user.p + user.len - 2, 2);
		break;
	case RF_LOG_HASH:
		if (HMAC(EVP_sha256(), salt, RF_LOG_SALT_LEN, (const unsigned char *)user.p,
		    user.len,
		    mac, &mac_len) == NULL || mac_len < 6) {
			put(sink, "***", 3);
			break;
		}
		put(sink, "h-", 2);
		for (uint32_t i = 0; i < 6; i++) {
			put(sink, &hex[mac[i] >> 4], 1);
			put(sink, &hex[mac[i] & 15], 1);
		}
		break;
	}
}

uint32_t
rf_privacy_user(enum rf_log_privacy privacy, const uint8_t salt[RF_LOG_SALT_LEN], char *out,
    uint32_t max, struct rf_slice in)
{
	struct sink sink = { out, 0, max };
	put_user(&sink, privacy, salt, in);
	return sink.len;
}

static bool
ends_uri(char c)
{
	return c == '>' || c == '"' || c == ',' || c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Length of "sip:", "sips:" or "tel:" there; 0: none. */
static uint32_t
scheme_len(struct rf_slice s, uint32_t at)
{
	static const char *const schemes[] = { "sips:", "sip:", "tel:" };
	for (uint32_t i = 0; i < RF_ARRAY_LEN(schemes); i++) {
		uint32_t len = (uint32_t)strlen(schemes[i]);
		if (s.len - at >= len && strncasecmp(s.p + at, schemes[i], len) == 0)
			return len;
	}
	return 0;
}

/* Where the user part that begins there ends; == at: there is none. */
static uint32_t
user_end(struct rf_slice s, uint32_t at, bool tel)
{
	uint32_t end = at, last = at;
	for (; end < s.len && !ends_uri(s.p[end]); end++) {
		if (tel && (s.p[end] == ';' || s.p[end] == '?'))
			break;
		/* The last '@': a wrong one in the user part must not uncover the rest. */
		if (s.p[end] == '@')
			last = end;
	}
	return tel ? end : last;
}

uint32_t
rf_privacy_address(enum rf_log_privacy privacy, const uint8_t salt[RF_LOG_SALT_LEN], char *out,
    uint32_t max, struct rf_slice in)
{
	struct sink sink = { out, 0, max };
	if (privacy == RF_LOG_FULL) {
		put(&sink, in.p, in.len);
		return sink.len;
	}
	const char *open = in.len > 0 ? memchr(in.p, '<', in.len) : NULL;
	bool anything = false;
	uint32_t at = 0;
	/* What stands before the first '<' is the display name. */
	if (open != NULL) {
		struct rf_slice display = rf_slice_trim(rf_slice_between(in.p, open));
		if (display.len > 0)
			put(&sink, "*** ", 4);
		at = (uint32_t)(open - in.p);
	}
	while (at < in.len) {
		uint32_t scheme = scheme_len(in, at);
		if (scheme == 0) {
			put(&sink, in.p + at++, 1);
			continue;
		}
		bool tel = scheme == 4 && (in.p[at] == 't' || in.p[at] == 'T');
		uint32_t end = user_end(in, at + scheme, tel);
		put(&sink, in.p + at, scheme);
		put_user(&sink, privacy, salt, rf_slice_between(in.p + at + scheme, in.p + end));
		at = end;
		anything = true;
	}
	/* No URI in it: nobody knows what it is, so it is treated as the worst. */
	if (!anything) {
		sink.len = 0;
		put_user(&sink, privacy, salt, in);
	}
	return sink.len;
}
