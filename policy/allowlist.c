/* SPDX-License-Identifier: BSD-2-Clause */
/* policy/allowlist.c -- in whose name a partner may refer: a list that may be long.
 *
 * Patterns without a star are found by one hash; those with one are few and asked in turn.  What a
 * pattern means is said by rf_referred_by_match (authorise.c), and a test compares the two. */
#include "policy/parts.h"

#include <stdlib.h>
#include <string.h>

enum { NAME_LEN_MAX = RF_POLICY_KEY_MAX + 300 };

struct starred {
	enum rf_scheme scheme;
	uint16_t port;
	struct rf_slice key, host;
};
struct rf_allowlist {
	struct rf_index exact;
	char *text;                             /* of both */
	struct starred *star;
	uint32_t stars;
	bool limits;                            /* there is a list */
};

/* One text for all spellings of a URI; false: it has none. */
static bool
write_name(struct rf_writer *w, enum rf_scheme scheme, struct rf_slice key, struct rf_slice host,
    uint32_t port)
{
	rf_write_text(w, scheme == RF_SCHEME_TEL ? "tel:" : scheme == RF_SCHEME_SIPS ? "sips:" :
	    "sip:");
	rf_write(w, key);
	if (scheme != RF_SCHEME_TEL) {
		rf_write_text(w, "@");
		for (uint32_t i = 0; i < host.len; i++) {
			char c = host.p[i];
			if (c >= 'A' && c <= 'Z')
				c = (char)(c + ('a' - 'A'));
			rf_write(w, (struct rf_slice){ &c, 1 });
		}
		rf_write_text(w, ":");
		rf_write_number(w, port);
	}
	return !w->overflow;
}

static struct rf_slice
keep(char **text, struct rf_slice s)
{
	char *at = *text;
	if (s.len > 0)
		memcpy(at, s.p, s.len);
	at[s.len] = '\0';
	*text += s.len + 1;
	return (struct rf_slice){ at, s.len };
}

static void
add(struct rf_allowlist *list, char **text, const char *pattern)
{
	struct rf_uri uri;
	struct rf_key key;
	char name[NAME_LEN_MAX];
	struct rf_writer w;
	if (!rf_referred_by_read(rf_slice_of(pattern), &uri, &key))
		return;
	struct rf_slice user = rf_key_slice(&key);
	rf_writer_init(&w, name, sizeof name);
	if (user.len > 0 && memchr(user.p, '*', user.len) != NULL)
		list->star[list->stars++] = (struct starred){ .scheme = uri.scheme,
			.port = (uint16_t)uri.port, .key = keep(text, user),
			.host = keep(text, uri.host) };
	else if (write_name(&w, uri.scheme, user, uri.host, uri.port))
		rf_index_add(&list->exact, keep(text, rf_written(&w)).p, 0);
}

bool
rf_allowlist_init(struct rf_allowlist *list, const char **pattern, uint32_t count)
{
	size_t len = 1;
	for (uint32_t i = 0; i < count; i++)
		len += (pattern[i] != NULL ? strlen(pattern[i]) : 0) + sizeof "sips:@:65535" + 1;
	list->text = malloc(len);
	list->star = calloc((size_t)count + 1, sizeof(*list->star));
	list->limits = count > 0;
	if (!rf_index_init(&list->exact, count) || list->text == NULL || list->star == NULL)
		return false;
	char *text = list->text;
	for (uint32_t i = 0; i < count; i++) {
		if (pattern[i] != NULL)         /* it could not be read */
			add(list, &text, pattern[i]);
	}
	return true;
}

struct rf_allowlist *
rf_allowlists_new(uint32_t count)
{
	return calloc((size_t)count + 1, sizeof(struct rf_allowlist));
}

struct rf_allowlist *
rf_allowlist_at(struct rf_allowlist *lists, uint32_t index)
{
	return &lists[index];
}

void
rf_allowlists_free(struct rf_allowlist *lists, uint32_t count)
{
	for (uint32_t i = 0; lists != NULL && i < count; i++) {
		rf_index_fini(&lists[i].exact);
		free(lists[i].text);
		free(lists[i].star);
	}
	free(lists);
}

static bool
is_exact(const struct rf_allowlist *list, enum rf_scheme scheme, struct rf_slice key,
    const struct rf_uri *uri, uint32_t port)
{
	char name[NAME_LEN_MAX];
	struct rf_writer w;
	rf_writer_init(&w, name, sizeof name);
	return write_name(&w, scheme, key, uri->host, port) &&
	    rf_index_find(&list->exact, rf_written(&w)) != RF_POLICY_NONE;
}

/* sip: admits sips:, which promises more; not the other way round. */
static bool
admits(enum rf_scheme allowed, enum rf_scheme scheme)
{
	return allowed == scheme || (allowed == RF_SCHEME_SIP && scheme == RF_SCHEME_SIPS);
}

bool
rf_allowlist_has(const struct rf_allowlist *list, const struct rf_uri *uri)
{
	struct rf_key made;
	if (!list->limits)
		return true;
	if (!rf_key_make(&made, uri))
		return false;
	struct rf_slice key = rf_key_slice(&made);
	bool secure = uri->scheme == RF_SCHEME_SIPS;
	/* A port counts only if the pattern names one. */
	if (is_exact(list, uri->scheme, key, uri, 0) ||
	    (uri->port != 0 && is_exact(list, uri->scheme, key, uri, uri->port)) ||
	    (secure && is_exact(list, RF_SCHEME_SIP, key, uri, 0)) ||
	    (secure && uri->port != 0 && is_exact(list, RF_SCHEME_SIP, key, uri, uri->port)))
		return true;
	for (uint32_t i = 0; i < list->stars; i++) {
		const struct starred *star = &list->star[i];
		if (admits(star->scheme, uri->scheme) &&
		    (star->scheme == RF_SCHEME_TEL ||
		    rf_slice_equal_nocase(star->host, uri->host)) &&
		    (star->port == 0 || star->port == uri->port) && rf_star_match(star->key, key))
			return true;
	}
	return false;
}
