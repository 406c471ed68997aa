/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/sipp_text.c -- texts of a scenario with their [keywords], and header fields as SIPp finds
 * them.
 */
#include "sim/sipp_parts.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- compile --------------------------------------------------------------------------------- */

static struct sipp_piece *
add(struct sipp_text *t, enum sipp_piece_kind kind)
{
	struct sipp_piece *piece = &t->piece[t->count++];
	*piece = (struct sipp_piece){ .kind = kind, .variable = -1 };
	return piece;
}

/* SIPp writes CR LF where the file has a line feed. */
static char *
with_crlf(const char *p, size_t len)
{
	char *out = malloc(2 * len + 1), *to = out;
	if (out == NULL)
		abort();
	for (size_t i = 0; i < len; i++) {
		if (p[i] == '\n' && (i == 0 || p[i - 1] != '\r'))
			*to++ = '\r';
		*to++ = p[i];
	}
	*to = '\0';
	return out;
}

static const char *const keyword_names[] = {
#define X(word) [SIPP_KEYWORD_##word] = #word,
	SIPP_KEYWORDS(X)
#undef X
};

/* "cseq-1": the keyword and its offset. */
static bool
find_keyword(struct rf_slice word, enum sipp_piece_kind *kind, int *offset)
{
	uint32_t len = 0;
	while (len < word.len && word.p[len] != '-' && word.p[len] != '+')
		len++;
	*offset = len < word.len ? (int)strtol(word.p + len, NULL, 10) : 0;
	for (int i = SIPP_LAST_HEADER + 1; i < SIPP_PIECE_KIND_MAX; i++) {
		if (sip_is((struct rf_slice){ word.p, len }, keyword_names[i])) {
			*kind = (enum sipp_piece_kind)i;
			return true;
		}
	}
	return false;
}

static bool
starts(struct rf_slice word, const char *with)
{
	size_t len = strlen(with);
	return word.len > len && memcmp(word.p, with, len) == 0;
}

static bool
compile_keyword(struct sipp_scenario *s, struct sipp_text *t, struct rf_slice word)
{
	enum sipp_piece_kind kind;
	int offset;
	if (word.len > 1 && word.p[0] == '$') {
		int variable = sipp_variable(s, (struct rf_slice){ word.p + 1, word.len - 1 });
		if (variable >= 0)
			add(t, SIPP_VARIABLE)->variable = variable;
		return variable >= 0;
	}
	if (find_keyword(word, &kind, &offset)) {
		add(t, kind)->offset = offset;
		return true;
	}
	if (starts(word, "last_")) {
		bool colon = word.p[word.len - 1] == ':';
		char *name = strndup(word.p + 5, word.len - 5);
		struct sipp_piece *piece = add(t, SIPP_LAST_HEADER);
		if (name == NULL || asprintf(&piece->text, "%s%s", name, colon ? "" : ":") < 0)
			abort();
		free(name);
		return true;
	}
	for (uint32_t i = 0; i < s->keys; i++) {
		if (sip_is(word, s->key[i].name)) {
			add(t, SIPP_LITERAL)->text =
			    with_crlf(s->key[i].value, strlen(s->key[i].value));
			return true;
		}
	}
	return false;
}

bool
sipp_text_compile(struct sipp_scenario *s, struct sipp_text *t, const char *text, const char **why)
{
	static char complaint[128];
	t->piece = calloc(SIPP_PIECES_MAX, sizeof *t->piece);
	if (t->piece == NULL)
		abort();
	while (*text != '\0') {
		if (t->count + 1 >= SIPP_PIECES_MAX) {
			*why = "too many [keywords]";
			return false;
		}
		size_t len = strcspn(text, "[");
		if (len > 0)
			add(t, SIPP_LITERAL)->text = with_crlf(text, len);
		text += len;
		if (*text == '\0')
			break;
		len = strcspn(text, "]\n");
		struct rf_slice word = { text + 1, len > 0 ? (uint32_t)len - 1 : 0 };
		if (text[len] != ']' || !compile_keyword(s, t, word)) {
			snprintf(complaint, sizeof complaint,
			    "[%.*s] is neither a keyword nor given by -key", (int)word.len, word.p);
			*why = complaint;
			return false;
		}
		text += len + 1;
	}
	return true;
}

void
sipp_text_free(struct sipp_text *t)
{
	for (uint32_t i = 0; i < t->count; i++)
		free(t->piece[i].text);
	free(t->piece);
	*t = (struct sipp_text){ 0 };
}

/* ---- header fields --------------------------------------------------------------------------- */

static const char *
compact_of(const char *name)
{
	static const char *const pairs[][2] = { { "Call-ID:", "i:" }, { "Contact:", "m:" },
		{ "Content-Length:", "l:" }, { "Content-Type:", "c:" }, { "From:", "f:" },
		{ "To:", "t:" }, { "Via:", "v:" } };
	for (size_t i = 0; i < RF_ARRAY_LEN(pairs); i++) {
		if (strcasecmp(name, pairs[i][0]) == 0)
			return pairs[i][1];
	}
	return "";
}

/* The value of the line that begins at p, if it is that field; NULL: it is not. */
static const char *
value_of_line(const char *p, const char *name)
{
	size_t len = strlen(name);
	if (len == 0 || strncasecmp(p, name, len) != 0)
		return NULL;
	p += len;
	while (*p == ' ' || *p == '\t')
		p++;
	return p;
}

bool
sipp_header(const char *message, const char *name, bool named, char out[SIPP_VALUE_MAX])
{
	const char *end = strstr(message, "\r\n\r\n"), *compact = compact_of(name);
	uint32_t len = 0;
	bool found = false;
	out[0] = '\0';
	for (const char *line = strchr(message, '\n'); line != NULL && (end == NULL || line < end);
	     line = strchr(line, '\n')) {
		line++;
		const char *value = value_of_line(line, name);
		if (value == NULL)
			value = value_of_line(line, compact);
		if (value == NULL)
			continue;
		int n = snprintf(out + len, SIPP_VALUE_MAX - len, "%s%s%.*s",
		    named && !found ? name : "",
		    found   ? ", "
		    : named ? " "
			    : "",
		    (int)strcspn(value, "\r\n"), value);
		found = true;
		len += n > 0 ? (uint32_t)n : 0;
		if (len >= SIPP_VALUE_MAX)
			return false;
	}
	return found;
}

/* ---- write ----------------------------------------------------------------------------------- */

struct writing {
	const struct sipp_call *call;
	int step;
	char *out;
	uint32_t len, room;
	bool full;
	uint32_t length_at; /* where [len] stands; 0: nowhere */
	int length_offset;
};

static void put(struct writing *, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void
put(struct writing *w, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int n = vsnprintf(w->out + w->len, w->room - w->len, format, arguments);
	va_end(arguments);
	if (n < 0 || (uint32_t)n >= w->room - w->len)
		w->full = true;
	else
		w->len += (uint32_t)n;
}

static void
put_variable(struct writing *w, const struct sipp_value *v)
{
	switch (v->type) {
	case SIPP_UNDEFINED:
		break;
	case SIPP_MATCH:
	case SIPP_STRING:
		put(w, "%s", v->text);
		break;
	case SIPP_DOUBLE:
		if (v->number != 0)
			put(w, "%f", v->number);
		break;
	case SIPP_BOOL:
		put(w, "%s", v->truth ? "true" : "false");
		break;
	}
}

/* What stands between < and > of the last To. */
static void
put_last_uri(struct writing *w)
{
	char to[SIPP_VALUE_MAX];
	if (w->call->last_received == NULL ||
	    !sipp_header(w->call->last_received, "To:", false, to))
		return;
	const char *from = strchr(to, '<');
	if (from != NULL)
		put(w, "%.*s", (int)strcspn(from + 1, ">"), from + 1);
}

static uint32_t
last_cseq(const struct sipp_call *c)
{
	char value[SIPP_VALUE_MAX];
	if (c->last_received == NULL || !sipp_header(c->last_received, "CSeq:", false, value))
		return 0;
	return (uint32_t)strtoul(value, NULL, 10);
}

static void
put_last_header(struct writing *w, const char *name)
{
	char value[SIPP_VALUE_MAX];
	if (w->call->last_received != NULL &&
	    sipp_header(w->call->last_received, name, true, value))
		put(w, "%s", value);
}

static void
put_keyword(struct writing *w, const struct sipp_piece *p)
{
	static const char *const transports[] = {
		[RF_UDP] = "UDP", [RF_TCP] = "TCP", [RF_TLS] = "TLS"
	};
	const struct sipp_call *c = w->call;
	const struct sipp_options *o = &c->sipp->options;
	switch (p->kind) {
	case SIPP_KEYWORD_branch:
		put(w, "z9hG4bK-%u-%u-%d", o->pid, c->number, w->step + p->offset);
		break;
	case SIPP_KEYWORD_call_id:
		put(w, "%s", c->id);
		break;
	case SIPP_KEYWORD_call_number:
		put(w, "%u", c->number);
		break;
	case SIPP_KEYWORD_cseq:
		put(w, "%d", (int)c->cseq + p->offset);
		break;
	case SIPP_KEYWORD_last_cseq_number:
		put(w, "%d", (int)last_cseq(c) + p->offset);
		break;
	case SIPP_KEYWORD_last_Request_URI:
		put_last_uri(w);
		break;
	case SIPP_KEYWORD_len:
		w->length_at = w->len;
		w->length_offset = p->offset;
		put(w, "     ");
		break;
	case SIPP_KEYWORD_local_ip:
		put(w, "%s", o->local);
		break;
	case SIPP_KEYWORD_local_port:
		put(w, "%d", c->sipp->party->addr.port + p->offset);
		break;
	case SIPP_KEYWORD_next_url:
		put(w, "%s", c->next_url);
		break;
	case SIPP_KEYWORD_peer_tag_param:
		if (c->peer_tag[0] != '\0')
			put(w, ";tag=%s", c->peer_tag);
		break;
	case SIPP_KEYWORD_pid:
		put(w, "%u", o->pid);
		break;
	case SIPP_KEYWORD_remote_ip:
		put(w, "%s", o->remote);
		break;
	case SIPP_KEYWORD_remote_port:
		put(w, "%d", o->remote_port + p->offset);
		break;
	case SIPP_KEYWORD_routes:
		if (c->routes[0] != '\0')
			put(w, "Route: %s", c->routes);
		break;
	case SIPP_KEYWORD_service:
		put(w, "%s", o->service);
		break;
	case SIPP_KEYWORD_transport:
		put(w, "%s", transports[c->sipp->party->addr.proto]);
		break;
	case SIPP_LITERAL:
	case SIPP_VARIABLE:
	case SIPP_LAST_HEADER:
	case SIPP_PIECE_KIND_MAX:
		break;
	}
}

static void
put_length(struct writing *w)
{
	const char *body = strstr(w->out, "\r\n\r\n");
	char length[16];
	if (w->length_at == 0)
		return;
	uint32_t len = body != NULL ? w->len - (uint32_t)(body - w->out) - 4 : 0;
	snprintf(length, sizeof length, "%5d", (int)len + w->length_offset);
	memcpy(w->out + w->length_at, length, 5);
}

/* A keyword that stood alone on its line and said nothing takes the line with it. */
static bool
left_nothing(const struct writing *w, const struct sipp_piece *p)
{
	return (p->kind == SIPP_VARIABLE || p->kind == SIPP_LAST_HEADER ||
		   p->kind == SIPP_KEYWORD_routes) &&
	       w->len > 0 && w->out[w->len - 1] == '\n';
}

uint32_t
sipp_text_write(
    const struct sipp_call *c, const struct sipp_text *t, int step, char *out, uint32_t room)
{
	struct writing w = { .call = c, .step = step, .out = out, .room = room };
	bool swallow = false;
	out[0] = '\0';
	for (uint32_t i = 0; i < t->count; i++) {
		const struct sipp_piece *p = &t->piece[i];
		const char *literal = p->text;
		if (p->kind == SIPP_LITERAL) {
			while (swallow && (*literal == ' ' || *literal == '\r' || *literal == '\n'))
				literal++;
			put(&w, "%s", literal);
			swallow = false;
			continue;
		}
		if (p->kind == SIPP_VARIABLE)
			put_variable(&w, sipp_value((struct sipp_call *)(uintptr_t)c, p->variable));
		else if (p->kind == SIPP_LAST_HEADER)
			put_last_header(&w, p->text);
		else
			put_keyword(&w, p);
		swallow = left_nothing(&w, p);
	}
	put_length(&w);
	return w.full ? 0 : w.len;
}
