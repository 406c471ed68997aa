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

bool
rf_key_is_number(const struct rf_key *key)
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

void
rf_key_drop_separators(struct rf_key *key)
{
	uint32_t to = 0;
	for (uint32_t i = 0; i < key->len; i++) {
		if (!is_separator(key->text[i]))
			key->text[to++] = key->text[i];
	}
	key->len = to;
}

bool
rf_key_set(struct rf_key *key, struct rf_slice escaped)
{
	struct rf_key made = { .len = 0 };
	if (escaped.len > 0) {
		int32_t len = rf_unescape(made.text, sizeof(made.text), escaped);
		if (len < 0)
			return false;
		made.len = (uint32_t)len;
	}
	for (uint32_t i = 0; i < made.len; i++) {
		unsigned char c = (unsigned char)made.text[i];
		if (c < 0x20 || c == 0x7f)
			return false;
	}
	memcpy(key->text, made.text, made.len);
	key->len = made.len;
	return true;
}

bool
rf_key_make(struct rf_key *key, const struct rf_uri *uri)
{
	struct rf_slice user = uri->user, value;
	/* `user;params@host`: the raw ';' separates, an escaped one belongs to the user. */
	const char *semicolon = user.len > 0 ? memchr(user.p, ';', user.len) : NULL;
	if (semicolon != NULL)
		user.len = (uint32_t)(semicolon - user.p);
	if (!rf_key_set(key, user))
		return false;
	bool phone = uri->scheme == RF_SCHEME_TEL ||
	    (rf_param_find(uri->params, RF_SLICE("user"), &value) &&
	    rf_slice_equal_nocase(value, RF_SLICE("phone")));
	if (phone && rf_key_is_number(key))
		rf_key_drop_separators(key);
	return true;
}
