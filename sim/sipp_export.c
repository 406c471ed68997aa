/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/sipp_export.c -- messages of one party, turned back into <send>, <recv> and <pause>.
 *
 * Header by header: what names this call, this address or this transaction becomes a keyword, what
 * the other side chose is caught by an <ereg> where it arrives, everything else stays as it was. */
#include "sim/sipp_export.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum {
	PAUSE_MS_MIN = 1,
	RETRANS_MS = 500,
	NAME_MAX_LEN = 64,
	VALUE_MAX = 4096,
};

struct event {
	bool sent, lost, again;
	rf_time at;
	uint64_t call; /* hash of its Call-ID */
	struct rf_addr near, far;
	char *bytes;
	uint32_t len;
	bool caught; /* a later response quotes its Via, From, To and CSeq */
};

struct sipp_export {
	uint32_t party;
	char name[16];
	struct event *event;
	uint32_t events, room;
};

/* ---- listening ------------------------------------------------------------------------------- */

struct sipp_export *
sipp_export_new(uint32_t party)
{
	struct sipp_export *x = calloc(1, sizeof *x);
	if (x != NULL)
		x->party = party;
	return x;
}

void
sipp_export_free(struct sipp_export *x)
{
	for (uint32_t i = 0; x != NULL && i < x->events; i++)
		free(x->event[i].bytes);
	if (x != NULL)
		free(x->event);
	free(x);
}

/* The same bytes the same way before. */
static bool
was_said(const struct sipp_export *x, bool sent, struct rf_slice bytes)
{
	for (uint32_t i = 0; i < x->events; i++) {
		const struct event *e = &x->event[i];
		if (e->sent == sent && !e->lost &&
		    rf_slice_equal((struct rf_slice){ e->bytes, e->len }, bytes))
			return true;
	}
	return false;
}

void
sipp_export_see(void *user, const struct world *w, const struct world_sight *s)
{
	struct sipp_export *x = user;
	if (s->party->index != x->party || x->events == SIPP_EXPORT_EVENTS_MAX)
		return;
	x->event = world_grow(x->event, x->events, &x->room, sizeof *x->event);
	struct event *e = &x->event[x->events];
	*e = (struct event){ .sent = s->from_party,
		.lost = s->from_party && strncmp(s->fate, "(lost", 5) == 0,
		.again = was_said(x, s->from_party, s->text->all),
		.at = w->now,
		.call = checkers_hash(1, sip_value(s->text, "Call-ID")),
		.near = s->party->addr,
		.far = s->path.local,
		.bytes = malloc(s->text->all.len + 1),
		.len = s->text->all.len };
	assert(e->bytes != NULL);
	memcpy(e->bytes, s->text->all.p, e->len);
	e->bytes[e->len] = '\0';
	snprintf(x->name, sizeof x->name, "%s", s->party->name);
	x->events++;
}

static uint64_t
nth_call(const struct sipp_export *x, uint32_t nth, uint32_t *count)
{
	uint64_t found = 0;
	*count = 0;
	for (uint32_t i = 0; i < x->events; i++) {
		bool first = true;
		for (uint32_t k = 0; k < i; k++)
			first &= x->event[k].call != x->event[i].call;
		if (first && ++*count == nth)
			found = x->event[i].call;
	}
	return found;
}

uint32_t
sipp_export_calls(const struct sipp_export *x)
{
	uint32_t count;
	nth_call(x, 0, &count);
	return count;
}

/* ---- writing --------------------------------------------------------------------------------- */

struct writer {
	const struct sipp_export *x;
	struct event *event; /* of this call, without what was lost or said again */
	uint32_t events;
	FILE *out;
	char *error;
	bool failed, caller;
	bool asks, pracks;     /* it sends requests of its own later; among them PRACK */
	struct sip_text first; /* of the call */
	struct sip_text text;  /* of the event being written */
	char near[48], far[48];
};

static void fail(struct writer *, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void
fail(struct writer *w, const char *format, ...)
{
	va_list arguments;
	if (w->failed)
		return;
	w->failed = true;
	va_start(arguments, format);
	vsnprintf(w->error, WORLD_ERROR_MAX, format, arguments);
	va_end(arguments);
}

static void
print_ip(char out[48], const struct rf_addr *a)
{
	out[rf_ip_write(out, a->ip, true)] = '\0';
}

/* Text of the run, with addresses made SIPp's. */
static void
put_text(struct writer *w, struct rf_slice s)
{
	for (uint32_t i = 0; i < s.len;) {
		struct rf_slice rest = { s.p + i, s.len - i };
		size_t near = strlen(w->near), far = strlen(w->far);
		if (rest.len >= near && memcmp(rest.p, w->near, near) == 0) {
			fputs("[local_ip]", w->out);
			i += (uint32_t)near;
		} else if (rest.len >= far && memcmp(rest.p, w->far, far) == 0) {
			fputs("[remote_ip]", w->out);
			i += (uint32_t)far;
		} else if (*rest.p == '[') {
			fail(w, "\"%.*s\" has a [, which SIPp takes for a keyword",
			    (int)(rest.len < 40 ? rest.len : 40), rest.p);
			return;
		} else {
			if (*rest.p != '\r')
				fputc(*rest.p, w->out);
			i++;
		}
	}
}

static bool
is_method(const struct sip_text *t, const char *method)
{
	return sip_is(t->method, method);
}

static bool
read_event(const struct event *e, struct sip_text *t)
{
	return sip_read(t, (struct rf_slice){ e->bytes, e->len });
}

/* The request that a response answers, or the INVITE of an ACK or CANCEL; UINT32_MAX: none. */
static uint32_t
request_of(const struct writer *w, uint32_t index, const char *method)
{
	static struct sip_text t, of;
	read_event(&w->event[index], &of);
	for (uint32_t i = index; i-- > 0;) {
		bool theirs = w->event[i].sent != w->event[index].sent;
		if (!read_event(&w->event[i], &t) || !t.is_request || t.cseq != of.cseq)
			continue;
		if (method == NULL ? theirs && rf_slice_equal(t.method, of.method)
				   : !theirs && is_method(&t, method))
			return i;
	}
	return UINT32_MAX;
}

/* Has something arrived between the request and now?  Then [last_*] are no longer its fields. */
static bool
is_last(const struct writer *w, uint32_t request, uint32_t now)
{
	for (uint32_t i = request + 1; i < now; i++) {
		if (!w->event[i].sent)
			return false;
	}
	return true;
}

/* ---- <recv> ---------------------------------------------------------------------------------- */

static bool
waits_on(const struct writer *w, uint32_t index)
{
	static struct sip_text t;
	for (uint32_t i = index + 1; i < w->events && !w->event[i].sent; i++) {
		if (read_event(&w->event[i], &t) && (t.is_request || t.status >= 200))
			return true;
	}
	return false;
}

static void
put_catch(struct writer *w, uint32_t index)
{
	static const char *const fields[] = { "Via", "From", "To", "CSeq" };
	for (size_t i = 0; i < RF_ARRAY_LEN(fields); i++)
		fprintf(w->out,
		    "      <ereg regexp=\"[^ ].*\" search_in=\"hdr\" header=\"%s:\" "
		    "check_it=\"true\" "
		    "assign_to=\"%s%u\"/>\n",
		    fields[i], fields[i], index);
}

static void
put_recv(struct writer *w, uint32_t index)
{
	const struct sip_text *t = &w->text;
	bool reliable = sip_value(t, "RSeq").len > 0;
	bool provisional = !t->is_request && t->status < 200 && !reliable;
	bool first = index == 0, invite = is_method(t, "INVITE");
	bool routes = t->is_request ? first : invite && t->status / 100 == 2;
	if (t->is_request)
		fprintf(w->out, "  <recv request=\"%.*s\"", SIP_SLICE(t->method));
	else
		fprintf(w->out, "  <recv response=\"%u\"", t->status);
	fputs(routes ? " rrs=\"true\"" : "", w->out);
	fputs(provisional && waits_on(w, index) ? " optional=\"true\"" : "", w->out);
	bool them = first && t->is_request && w->asks, rseq = reliable && w->pracks;
	if (!w->event[index].caught && !them && !rseq) {
		fputs("/>\n", w->out);
		return;
	}
	fputs(">\n    <action>\n", w->out);
	if (w->event[index].caught)
		put_catch(w, index);
	if (them)
		fputs("      <ereg regexp=\"[^ ].*\" search_in=\"hdr\" header=\"From:\" "
		      "check_it=\"true\" assign_to=\"them\"/>\n"
		      "      <ereg regexp=\"[^ ].*\" search_in=\"hdr\" header=\"To:\" "
		      "check_it=\"true\" assign_to=\"us\"/>\n",
		    w->out);
	if (rseq)
		fputs("      <ereg regexp=\"[0-9]+\" search_in=\"hdr\" header=\"RSeq:\" "
		      "check_it=\"true\" assign_to=\"rseq\"/>\n"
		      "      <ereg regexp=\"sip:[^>]+\" search_in=\"hdr\" header=\"Contact:\" "
		      "check_it=\"true\" assign_to=\"early\"/>\n",
		    w->out);
	fputs("    </action>\n  </recv>\n", w->out);
}

/* ---- <send> ---------------------------------------------------------------------------------- */

/* A CANCEL and the ACK of a refusal have the branch of their INVITE. */
static void
put_via(struct writer *w, uint32_t index)
{
	const struct sip_text *t = &w->text;
	uint32_t of = index;
	if (is_method(t, "CANCEL") || is_method(t, "ACK")) {
		static struct sip_text invite;
		uint32_t sent = request_of(w, index, "INVITE");
		if (sent != UINT32_MAX && read_event(&w->event[sent], &invite) &&
		    rf_slice_equal(sip_branch(&invite), sip_branch(t)))
			of = sent;
	}
	fprintf(w->out,
	    "      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=z9hG4bK-[pid]-"
	    "[call_number]-x%u\n",
	    of);
}

static void
put_party(struct writer *w, const char *name, bool ours)
{
	struct rf_slice value = sip_value(&w->text, name);
	bool tagged = sip_param(value, "tag").len > 0;
	fprintf(w->out, "      %s: ", name);
	if (w->caller)
		put_text(w, sip_without_params(value));
	else
		fprintf(w->out, "[$%s]", ours ? "us" : "them");
	if (ours)
		fputs(";tag=[pid]x[call_number]", w->out);
	else if (w->caller && tagged)
		fputs("[peer_tag_param]", w->out);
	fputc('\n', w->out);
}

static void
put_request_line(struct writer *w, uint32_t index)
{
	const struct sip_text *t = &w->text;
	struct rf_slice uri = t->uri;
	bool outside = sip_tag(t, "To").len == 0; /* and its CANCEL, and the ACK of a refusal */
	if (is_method(t, "ACK") && w->caller) {
		uint32_t invite = request_of(w, index, "INVITE");
		outside = invite != UINT32_MAX && rf_slice_equal(w->first.uri, uri) &&
			  rf_slice_equal(sip_branch(t), sip_branch(&w->first));
	}
	fprintf(w->out, "      %.*s ", SIP_SLICE(t->method));
	if (outside) {
		/* Where it went is where SIPp is told to send to. */
		const char *at = memchr(uri.p, '@', uri.len);
		fputs("sip:", w->out);
		if (at != NULL && uri.len > 4)
			put_text(w, rf_slice_between(uri.p + 4, at + 1));
		fputs("[remote_ip]:[remote_port]", w->out);
	} else {
		fputs(is_method(t, "PRACK") ? "[$early]" : "[next_url]", w->out);
	}
	fputs(" SIP/2.0\n", w->out);
}

static void
put_contact(struct writer *w, struct rf_slice value)
{
	struct rf_slice uri = sip_address_uri(value);
	const char *at = memchr(uri.p, '@', uri.len);
	fputs("      Contact: <sip:", w->out);
	if (at != NULL && uri.len > 4)
		put_text(w, rf_slice_between(uri.p + 4, at + 1));
	fputs("[local_ip]:[local_port];transport=[transport]>\n", w->out);
}

/* Fields that are neither the dialog's nor the transaction's. */
static void
put_other_fields(struct writer *w)
{
	static const char *const known[] = { "Via", "From", "To", "Call-ID", "CSeq",
		"Content-Length", "Route", "Record-Route" };
	for (uint32_t i = 0; i < w->text.count; i++) {
		const struct sip_field *f = &w->text.field[i];
		bool skip = false;
		for (size_t k = 0; k < RF_ARRAY_LEN(known); k++)
			skip |= rf_slice_equal_nocase(f->name, rf_slice_of(known[k]));
		if (skip)
			continue;
		if (rf_slice_equal_nocase(f->name, RF_SLICE("Contact"))) {
			put_contact(w, f->value);
			continue;
		}
		if (rf_slice_equal_nocase(f->name, RF_SLICE("Replaces")) ||
		    rf_slice_equal_nocase(f->name, RF_SLICE("Target-Dialog"))) {
			fputs("      [names]\n", w->out);
			continue;
		}
		fprintf(w->out, "      %.*s: ", SIP_SLICE(f->name));
		if (rf_slice_equal_nocase(f->name, RF_SLICE("RAck")))
			fprintf(w->out, "[$rseq] %u INVITE", w->first.cseq);
		else
			put_text(w, f->value);
		fputc('\n', w->out);
	}
}

static void
put_body(struct writer *w)
{
	if (w->text.body.len == 0) {
		fputs("      Content-Length: 0\n\n", w->out);
		return;
	}
	fputs("      Content-Length: [len]\n\n      ", w->out);
	for (uint32_t i = 0; i < w->text.body.len; i++) {
		const char *p = w->text.body.p + i;
		uint32_t line = 0;
		while (i + line < w->text.body.len && p[line] != '\n')
			line++;
		put_text(w, (struct rf_slice){ p, line });
		i += line;
		fputs(i + 1 < w->text.body.len ? "\n      " : "\n\n", w->out);
	}
	if (w->text.body.p[w->text.body.len - 1] != '\n')
		fputs("\n", w->out);
}

static void
put_request(struct writer *w, uint32_t index)
{
	put_request_line(w, index);
	put_via(w, index);
	put_party(w, "From", true);
	put_party(w, "To", false);
	fprintf(w->out, "      Call-ID: [call_id]\n      CSeq: %u %.*s\n      [routes]\n",
	    w->text.cseq, SIP_SLICE(w->text.method));
}

static void
put_response(struct writer *w, uint32_t index)
{
	static const char *const fields[] = { "Via", "From", "To", "CSeq" };
	static struct sip_text request;
	uint32_t of = request_of(w, index, NULL);
	if (of == UINT32_MAX || !read_event(&w->event[of], &request)) {
		fail(w, "it answers %.*s, which it never heard", SIP_SLICE(w->text.method));
		return;
	}
	struct rf_slice line =
	    rf_slice_between(w->text.all.p, w->text.all.p + strcspn(w->text.all.p, "\r\n"));
	fputs("      ", w->out);
	put_text(w, line);
	fputc('\n', w->out);
	for (size_t i = 0; i < RF_ARRAY_LEN(fields); i++) {
		bool tag =
		    i == 2 && sip_tag(&request, "To").len == 0 && sip_tag(&w->text, "To").len > 0;
		if (w->event[of].caught)
			fprintf(w->out, "      %s: [$%s%u]", fields[i], fields[i], of);
		else
			fprintf(w->out, "      [last_%s:]", fields[i]);
		fputs(tag ? ";tag=[pid]x[call_number]\n" : "\n", w->out);
	}
	fputs("      Call-ID: [call_id]\n", w->out);
}

/* Does an answer come before anything else is sent?  Then SIPp may say it again until it does. */
static bool
is_answered(const struct writer *w, uint32_t index)
{
	static struct sip_text mine, t;
	read_event(&w->event[index], &mine);
	for (uint32_t i = index + 1; i < w->events && !w->event[i].sent; i++) {
		if (!read_event(&w->event[i], &t) || t.cseq != mine.cseq)
			continue;
		if (mine.is_request ? !t.is_request : is_method(&t, "ACK"))
			return true;
	}
	return false;
}

static void
put_send(struct writer *w, uint32_t index)
{
	const struct sip_text *t = &w->text;
	bool final = !t->is_request && t->status >= 200 && is_method(t, "INVITE");
	bool asks = t->is_request && !is_method(t, "ACK");
	fputs("  <send", w->out);
	if ((asks || final) && is_answered(w, index))
		fprintf(w->out, " retrans=\"%d\"", RETRANS_MS);
	fputs(">\n    <![CDATA[\n\n", w->out);
	if (t->is_request)
		put_request(w, index);
	else
		put_response(w, index);
	put_other_fields(w);
	put_body(w);
	fputs("    ]]>\n  </send>\n", w->out);
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* The same words as tests/equivalence/ladder.awk. */
static void
put_ladder(struct writer *w)
{
	fputs("ladder: ", w->out);
	for (uint32_t i = 0; i < w->events; i++) {
		if (!read_event(&w->event[i], &w->text))
			continue;
		const struct sip_text *t = &w->text;
		uint32_t frag = sip_frag_status(t->body);
		fprintf(w->out, "%s%s ", i > 0 ? ", " : "", w->event[i].sent ? ">" : "<");
		if (!t->is_request)
			fprintf(w->out, "%u ", t->status);
		fprintf(w->out, "%.*s", SIP_SLICE(t->method));
		if (t->is_request && frag != 0 && is_method(t, "NOTIFY"))
			fprintf(w->out, " %u", frag);
	}
	fputc('\n', w->out);
}

static bool
names_another(struct writer *w)
{
	bool names = false;
	for (uint32_t i = 0; i < w->events; i++)
		names |= w->event[i].sent && read_event(&w->event[i], &w->text) &&
			 (sip_value(&w->text, "Replaces").len > 0 ||
			     sip_value(&w->text, "Target-Dialog").len > 0);
	return names;
}

static void
put_head(struct writer *w, uint32_t lost)
{
	fprintf(w->out,
	    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	    "<!-- %s: what it said and heard in a run of referee's simulator, for SIPp:\n"
	    "       sipp %s-sf FILE -i ADDRESS -p PORT -m 1%s\n     ",
	    w->x->name, w->caller ? "REFEREE:PORT " : "",
	    names_another(w) ? " -key names \"Replaces: ...\"" : "");
	put_ladder(w);
	if (lost > 0)
		fprintf(w->out, "     %u of its messages were lost in the run and are left out.\n",
		    lost);
	fprintf(w->out, "-->\n<scenario name=\"%s\">\n", w->x->name);
}

static void
put_events(struct writer *w)
{
	for (uint32_t i = 0; i < w->events && !w->failed; i++) {
		const struct event *e = &w->event[i];
		rf_time gap = i > 0 ? (e->at - w->event[i - 1].at) / RF_MS : 0;
		if (!read_event(e, &w->text)) {
			fail(w, "one of its messages cannot be read");
		} else if (e->sent) {
			if (gap >= PAUSE_MS_MIN)
				fprintf(
				    w->out, "  <pause milliseconds=\"%lld\"/>\n", (long long)gap);
			put_send(w, i);
		} else {
			put_recv(w, i);
		}
	}
}

/* What it will need to know later; which requests have to be remembered, because their answer comes
 * after other news. */
static void
look_ahead(struct writer *w)
{
	for (uint32_t i = 0; i < w->events; i++) {
		if (!w->event[i].sent || !read_event(&w->event[i], &w->text))
			continue;
		w->asks |= w->text.is_request;
		w->pracks |= w->text.is_request && is_method(&w->text, "PRACK");
		if (w->text.is_request)
			continue;
		uint32_t of = request_of(w, i, NULL);
		if (of != UINT32_MAX && !is_last(w, of, i))
			w->event[of].caught = true;
	}
}

bool
sipp_export_write(const struct sipp_export *x, uint32_t nth, FILE *out, char error[WORLD_ERROR_MAX])
{
	uint32_t count, lost = 0;
	uint64_t call = nth_call(x, nth, &count);
	struct writer *w = calloc(1, sizeof *w);
	assert(w != NULL);
	*w = (struct writer){ .x = x, .out = out, .error = error };
	w->event = calloc(x->events + 1, sizeof *w->event);
	assert(w->event != NULL);
	for (uint32_t i = 0; i < x->events && nth <= count; i++) {
		const struct event *e = &x->event[i];
		if (e->call != call || e->again)
			continue;
		if (e->lost)
			lost++;
		else
			w->event[w->events++] = *e;
	}
	if (w->events == 0) {
		fail(w, "there is no call %u of that party", nth);
	} else if (!read_event(&w->event[0], &w->first) || !w->first.is_request) {
		fail(w, "it does not begin with a request");
	} else {
		w->caller = w->event[0].sent;
		print_ip(w->near, &w->event[0].near);
		print_ip(w->far, &w->event[0].far);
		look_ahead(w);
		put_head(w, lost);
		put_events(w);
		fputs("  <timewait milliseconds=\"100\"/>\n</scenario>\n", out);
	}
	bool written = !w->failed;
	free(w->event);
	free(w);
	return written;
}
