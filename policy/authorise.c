/* SPDX-License-Identifier: BSD-2-Clause */
/* policy/authorise.c -- may this partner refer, and in whose name (RFC 3892, R1, R11).
 *
 * Referred-By is a claim: it narrows what an identified partner may do, it never identifies one. */
#include "policy/parts.h"


/* A pattern, taken apart: its key is a glob of stars.  NULL, or what is wrong with it. */
static const char *
read_pattern(struct rf_slice text, struct rf_uri *uri, struct rf_key *key)
{
	const struct rf_slice tel = RF_SLICE("tel:");
	if (text.len > tel.len && rf_slice_equal_nocase((struct rf_slice){ text.p, tel.len },
	    tel)) {
		/* RFC 3966 has no star behind a '+': what stands there is ours. */
		*uri = (struct rf_uri){ .scheme = RF_SCHEME_TEL };
		uri->user = (struct rf_slice){ text.p + tel.len, text.len - tel.len };
		for (uint32_t i = 0; i < uri->user.len; i++) {
			char c = uri->user.p[i];
			if ((c < '0' || c > '9') && c != '*' && c != '+' && c != '-' && c != '.')
				return "not a telephone number with stars";
		}
	} else if (!rf_uri_parse(uri, text)) {
		return "not a URI";
	}
	if (uri->scheme == RF_SCHEME_OTHER)
		return "neither sip:, sips: nor tel:";
	return rf_key_make(key, uri) ? NULL : "not a URI";
}

bool
rf_referred_by_match(struct rf_slice pattern, const struct rf_uri *uri)
{
	struct rf_uri allowed;
	struct rf_key want, have;
	if (read_pattern(pattern, &allowed, &want) != NULL || !rf_key_make(&have, uri))
		return false;
	/* sip: admits sips:, which promises more; not the other way round. */
	if (allowed.scheme != uri->scheme &&
	    (allowed.scheme != RF_SCHEME_SIP || uri->scheme != RF_SCHEME_SIPS))
		return false;
	if (allowed.scheme != RF_SCHEME_TEL && !rf_slice_equal_nocase(allowed.host, uri->host))
		return false;
	if (allowed.port != 0 && allowed.port != uri->port)
		return false;
	return rf_star_match(rf_key_slice(&want), rf_key_slice(&have));
}

bool
rf_referred_by_read(struct rf_slice pattern, struct rf_uri *uri, struct rf_key *key)
{
	return read_pattern(pattern, uri, key) == NULL;
}

const char *
rf_referred_by_pattern_error(struct rf_slice pattern)
{
	struct rf_uri uri;
	struct rf_key key;
	return read_pattern(pattern, &uri, &key);
}

/* Whom the list, or the lack of a name, keeps out. */
static uint32_t
code_of(const struct rf_policy_partner *partner)
{
	return partner->referred_by_code != 0 ? partner->referred_by_code : 403;
}

static uint32_t
authorise_missing(const struct rf_policy_partner *partner, const struct rf_allowlist *allowed,
    const struct rf_message *message, enum rf_refusal *why)
{
	enum rf_policy_missing missing = partner->referred_by_missing;
	if (missing == RF_MISSING_DEFAULT)
		missing = partner->referred_by_count > 0 ? RF_MISSING_REFUSE : RF_MISSING_ALLOW;
	if (missing == RF_MISSING_ALLOW)
		return 0;
	*why = RF_WHY_REFERRED_BY_NONE;
	if (missing == RF_MISSING_REFUSE)
		return code_of(partner);
	*why = RF_WHY_REFERRED_BY_FROM;
	return rf_allowlist_has(allowed, &message->from.uri) ? 0 : code_of(partner);
}

uint32_t
rf_refer_authorise(const struct rf_policy_partner *partner, const struct rf_allowlist *allowed,
    struct rf_message *message, struct rf_slice *referred_by, enum rf_refusal *why)
{
	struct rf_slice value;
	uint32_t count = rf_elements_count(message, RF_H_REFERRED_BY, &value);
	*referred_by = value;
	if (count > 1) {
		*why = RF_WHY_REFERRED_BY_SEVERAL;
		return 400;
	}
	if (count == 0 && rf_message_count(message, RF_H_REFERRED_BY) == 0)
		return authorise_missing(partner, allowed, message, why);
	const struct rf_referred_by *who = rf_message_referred_by(message);
	if (who == NULL) {
		*why = RF_WHY_REFERRED_BY_MALFORMED;
		return partner->referred_by_count > 0 ? code_of(partner) : 400;
	}
	if (!rf_allowlist_has(allowed, &who->address.uri)) {
		*why = RF_WHY_REFERRED_BY;
		return code_of(partner);
	}
	return 0;
}
