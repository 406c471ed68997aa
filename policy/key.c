/* SPDX-License-Identifier: BSD-2-Clause */
/* policy/key.c -- the routing key: what of a URI decides where a call goes.
 *
 * The user part, because senders decorate everything around it: `;user=phone`, `?transport=UDP`,
 * `user;phone-context=x@`, %-escapes and tel: all name the same queue.  It must know no rule. */
#include "policy/parts.h"

#include <string.h>

struct rf_slice
rf_key_slice(const struct rf_key *key)
{
	return (struct rf_slice){ key->text, key->len };
}

/* RFC 3966 3: visual separators carry no meaning in a telephone number. */
static bool
is_separator(char c)
{
	return c == '-' || c == '.' || c == '(' || c == ')';
}

static bool
looks_like_a_number(const struct rf_key *key)
{
	bool digits = false;
	for (uint32_t i = 0; i < key->len; i++) {
		char c = key->text[i];
		if (c >= '0' && c <= '9')
			digits = true;
		else if (!is_separator(c) && c != '*' && c != '#' && !(c == '+' && i == 0))
			return false;
	}
	return digits;
}

static void
drop_separators(struct rf_key *key)
{
	uint32_t to = 0;
	for (uint32_t i = 0; i < key->len; i++) {
		if (!is_separator(key->text[i]))
			key->text[to++] = key->text[i];
	}
	key->len = to;
}

bool
rf_key_make(struct rf_key *key, const struct rf_uri *uri)
{
	struct rf_slice user = uri->user, value;
	/* `user;params@host`: the raw ';' separates, an escaped one belongs to the user. */
	const char *semicolon = user.len > 0 ? memchr(user.p, ';', user.len) : NULL;
	if (semicolon != NULL)
		user.len = (uint32_t)(semicolon - user.p);
	key->len = 0;
	if (user.len > 0) {
		int32_t len = rf_unescape(key->text, sizeof(key->text), user);
		if (len < 0)
			return false;
		key->len = (uint32_t)len;
	}
	for (uint32_t i = 0; i < key->len; i++) {
		unsigned char c = (unsigned char)key->text[i];
		if (c < 0x20 || c == 0x7f)
			return false;
	}
	bool phone = uri->scheme == RF_SCHEME_TEL ||
	    (rf_param_find(uri->params, RF_SLICE("user"), &value) &&
	    rf_slice_equal_nocase(value, RF_SLICE("phone")));
	if (phone && looks_like_a_number(key))
		drop_separators(key);
	return true;
}
