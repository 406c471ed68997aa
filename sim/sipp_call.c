/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/sipp_call.c -- one call of a scenario: what it does next, and what a message means to it.
 *
 * A message may be any <recv> from where the call stands up to the first that is not optional; else
 * an optional one just passed, or a global one anywhere before.  What is none of these ends the
 * call, as SIPp does it: BYE, CANCEL or ACK if it placed the call, nothing if it was called. */
#include "sim/sipp_parts.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	STEPS_IN_A_ROW_MAX = 10 * 1000, /* without waiting: a loop in the scenario */
	REPEATS_MAX = 11,
	REPEATS_INVITE_MAX = 5,
	T2_MS = 4000,
};

void
sipp_call_init(struct sipp_call *c, struct sipp *s, uint32_t number, const char *id)
{
	*c = (struct sipp_call){
		.sipp = s, .number = number, .heard_at = -1, .answer_at = -1, .last_sent_at = -1
	};
	if (id != NULL)
		snprintf(c->id, sizeof c->id, "%s", id);
	else
		snprintf(c->id, sizeof c->id, "%u-%u@%s", number, s->options.pid, s->options.local);
	s->alive++;
}

void
sipp_call_fini(struct sipp_call *c)
{
	for (uint32_t i = 0; i < SIPP_VARIABLES_MAX; i++)
		sipp_value_free(&c->value[i]);
	free(c->last_received);
	free(c->last_sent);
	c->last_received = c->last_sent = NULL;
}

static void
end(struct sipp_call *c)
{
	if (c->over)
		return;
	c->over = true;
	c->repeat_at = c->paused_until = 0;
	sipp_ended(c);
}

static const struct sipp_step *
step_of(const struct sipp_call *c)
{
	return &c->sipp->scenario->step[c->at];
}

static bool
repeats_things(const struct sipp_call *c)
{
	return c->sipp->party->addr.proto == RF_UDP && !c->sipp->options.no_repeats;
}

static void
remember(char **where, const char *bytes)
{
	char *copy = strdup(bytes);
	if (copy == NULL)
		abort();
	free(*where);
	*where = copy;
}

/* To the next step; past the last one the call is over. */
static void
go_on(struct sipp_call *c)
{
	const struct sipp_step *step = step_of(c);
	bool branches =
	    step->next >= 0 && (step->test < 0 || sipp_value_is_set(sipp_value(c, step->test)));
	c->at = branches ? step->next : c->at + 1;
	if (c->at >= (int)c->sipp->scenario->steps)
		end(c);
}

/* ---- sending --------------------------------------------------------------------------------- */

/* Writes and sends it; the bytes, or NULL if it does not fit. */
static const char *
say(struct sipp_call *c, const struct sipp_text *text, int step)
{
	static char bytes[SIP_BYTES_MAX];
	uint32_t len = sipp_text_write(c, text, step, bytes, sizeof bytes);
	if (len == 0) {
		sipp_fail(c, step >= 0 ? c->sipp->scenario->step[step].line : 0,
		    "its text is longer than %d bytes", SIP_BYTES_MAX);
		return NULL;
	}
	if (strncmp(bytes, "ACK ", 4) == 0) {
		c->established = true;
		c->ack_pending = false;
	}
	sipp_say(c, bytes, len);
	return bytes;
}

/* SIPp gives up: what a caller still owes. */
static void
give_up(struct sipp_call *c)
{
	const struct sipp_scenario *s = c->sipp->scenario;
	bool invite = c->last_sent != NULL && strncmp(c->last_sent, "INVITE", 6) == 0;
	if (s->caller && c->at > 0 && c->last_received != NULL) {
		bool final = strncmp(c->last_received, "SIP/2.0 ", 8) == 0 &&
			     strtoul(c->last_received + 8, NULL, 10) >= 400;
		if (c->established || !invite) {
			say(c, &s->bye, -1);
		} else if (final) {
			say(c, &s->ack, c->at - 1);
		} else if (c->ack_pending) {
			say(c, &s->ack, -1);
			say(c, &s->bye, -1);
		} else {
			say(c, &s->cancel, -1);
		}
	}
	end(c);
}

/* True: go on with the next step. */
static bool
do_send(struct sipp_call *c)
{
	const struct sipp_step *step = step_of(c);
	if (c->repeat_at != 0)
		return false; /* what it said before is not answered yet */
	if (step->method[0] != '\0' && strcmp(step->method, "ACK") != 0 &&
	    strcmp(step->method, "CANCEL") != 0)
		c->cseq++;
	const char *bytes = say(c, &step->text, c->at);
	if (bytes == NULL) {
		end(c);
		return false;
	}
	remember(&c->last_sent, bytes);
	c->last_sent_at = c->at;
	if (c->heard_at >= 0) {
		c->answered_hash = c->heard_hash;
		c->answer_at = c->at;
		c->heard_hash = 0;
	}
	if (step->repeat != 0 && repeats_things(c)) {
		c->interval = step->repeat;
		c->repeat_at = c->sipp->world->now + step->repeat;
		c->repeats = 0;
	}
	sipp_act(c, step, c->last_sent);
	go_on(c);
	return true;
}

/* False: the call is over, the other side never answered. */
static bool
repeat_if_due(struct sipp_call *c)
{
	rf_time now = c->sipp->world->now;
	if (c->repeat_at == 0 || c->repeat_at > now)
		return true;
	bool invite = strncmp(c->last_sent, "INVITE", 6) == 0;
	if (++c->repeats > (invite ? REPEATS_INVITE_MAX : REPEATS_MAX)) {
		sipp_fail(c, c->sipp->scenario->step[c->last_sent_at].line,
		    "sent %u times and never answered", c->repeats);
		give_up(c);
		return false;
	}
	c->interval *= 2;
	if (!invite && c->interval > T2_MS * RF_MS)
		c->interval = T2_MS * RF_MS;
	sipp_say(c, c->last_sent, (uint32_t)strlen(c->last_sent));
	c->repeat_at = now + c->interval;
	return true;
}

/* ---- running --------------------------------------------------------------------------------- */

static void
wait(struct sipp_call *c)
{
	rf_time at = RF_TIME_NEVER;
	if (c->paused_until != 0)
		at = c->paused_until;
	if (c->repeat_at != 0 && c->repeat_at < at)
		at = c->repeat_at;
	if (at != RF_TIME_NEVER)
		sipp_wake(c, at);
}

/* True: the pause is over. */
static bool
do_pause(struct sipp_call *c)
{
	const struct sipp_step *step = step_of(c);
	rf_time now = c->sipp->world->now, length = step->wait;
	if (c->paused_until == 0) {
		if (step->wait_variable >= 0)
			length =
			    (rf_time)sipp_value_number(sipp_value(c, step->wait_variable)) * RF_MS;
		c->paused_until = now + length;
		sipp_act(c, step, NULL);
		if (length > 0)
			return false;
	}
	if (c->paused_until > now)
		return false;
	c->paused_until = 0;
	go_on(c);
	return true;
}

static bool
do_step(struct sipp_call *c)
{
	const struct sipp_step *step = step_of(c);
	bool skip = step->condexec >= 0 &&
		    sipp_value_is_set(sipp_value(c, step->condexec)) == step->condexec_inverse;
	if (skip) {
		go_on(c);
		return true;
	}
	if (!repeat_if_due(c))
		return false;
	switch (step->kind) {
	case SIPP_SEND:
		return do_send(c);
	case SIPP_PAUSE:
		return do_pause(c);
	case SIPP_NOP:
		sipp_act(c, step, NULL);
		go_on(c);
		return true;
	case SIPP_RECV:
		break;
	}
	return false;
}

void
sipp_call_run(struct sipp_call *c)
{
	for (uint32_t i = 0; !c->over && i < STEPS_IN_A_ROW_MAX; i++) {
		if (!do_step(c)) {
			if (!c->over)
				wait(c);
			return;
		}
	}
	if (!c->over) {
		sipp_fail(c, step_of(c)->line, "goes round and round");
		end(c);
	}
}

/* ---- receiving ------------------------------------------------------------------------------- */

struct incoming {
	const char *message;
	uint32_t status;            /* of a response; 0: a request */
	char method[SIPP_NAME_MAX]; /* of a request; of the CSeq of a response */
	uint32_t cseq;
	uint64_t hash;
};

static void
copy_word(char out[SIPP_NAME_MAX], const char *p)
{
	snprintf(out, SIPP_NAME_MAX, "%.*s", (int)strcspn(p, " \t\r\n"), p);
}

static struct incoming
look_at(const char *message)
{
	struct incoming in = { .message = message, .hash = checkers_hash(1, rf_slice_of(message)) };
	char value[SIPP_VALUE_MAX], *rest = value;
	if (sipp_header(message, "CSeq:", false, value))
		in.cseq = (uint32_t)strtoul(value, &rest, 10);
	if (strncmp(message, "SIP/2.0 ", 8) == 0) {
		in.status = (uint32_t)strtoul(message + 8, NULL, 10);
		copy_word(in.method, rest + strspn(rest, " \t"));
	} else {
		copy_word(in.method, message);
	}
	return in;
}

static bool
expects(const struct sipp_scenario *s, int at, const struct incoming *in)
{
	const struct sipp_step *step = &s->step[at];
	if (step->kind != SIPP_RECV)
		return false;
	if (step->request[0] != '\0')
		return in->status == 0 && strcmp(step->request, in->method) == 0;
	return in->status != 0 && step->response == in->status &&
	       (at == 0 || strstr(step->methods, in->method) != NULL);
}

/* The <recv> that means it; -1: none, -2: none, but its ACK was said again. */
static int
find_recv(struct sipp_call *c, const struct incoming *in)
{
	const struct sipp_scenario *s = c->sipp->scenario;
	bool contiguous = true;
	for (int at = c->at; at < (int)s->steps; at++) {
		if (expects(s, at, in))
			return at;
		if (s->step[at].kind != SIPP_RECV || s->step[at].optional == SIPP_MANDATORY)
			break;
	}
	for (int at = c->at - 1; at >= 0; at--) {
		const struct sipp_step *step = &s->step[at];
		bool optional = step->kind == SIPP_RECV && step->optional != SIPP_MANDATORY;
		contiguous = contiguous && optional;
		if (!expects(s, at, in))
			continue;
		if (contiguous || step->optional == SIPP_GLOBAL)
			return at;
		if (in->status != 0 && strcmp(in->method, "INVITE") == 0 &&
		    strcmp(s->step[at + 1].method, "ACK") == 0) {
			say(c, &s->step[at + 1].text, at + 1);
			return -2;
		}
	}
	return -1;
}

static void
receive_unexpected(struct sipp_call *c, const struct incoming *in)
{
	const struct sipp_step *step = step_of(c);
	bool polite = in->status == 0 &&
		      (strcmp(in->method, "BYE") == 0 || strcmp(in->method, "CANCEL") == 0);
	sipp_fail(c, step->line, "did not expect \"%.*s\" here", (int)strcspn(in->message, "\r\n"),
	    in->message);
	remember(&c->last_received, in->message);
	if (polite) {
		say(c, &c->sipp->scenario->ok, -1);
		end(c);
	} else {
		give_up(c);
	}
}

/* The retransmission of something; true: that is all it was. */
static bool
is_again(struct sipp_call *c, const struct incoming *in)
{
	if (!repeats_things(c))
		return false;
	if (c->answer_at >= 0 && c->answered_hash == in->hash) {
		say(c, &c->sipp->scenario->step[c->answer_at].text, c->answer_at);
		return true;
	}
	return c->heard_at >= 0 && c->heard_hash == in->hash;
}

static void
learn_tag(struct sipp_call *c, const struct incoming *in)
{
	char to[SIPP_VALUE_MAX];
	if (in->status == 0 || !sipp_header(in->message, "To:", false, to))
		return;
	struct rf_slice tag = sip_param(rf_slice_of(to), "tag");
	if (tag.len > 0 && tag.len < sizeof c->peer_tag)
		snprintf(c->peer_tag, sizeof c->peer_tag, "%.*s", SIP_SLICE(tag));
}

/* rrs: the route set and the target, once; loose routers only. */
static void
learn_route(struct sipp_call *c, const struct incoming *in)
{
	char contact[SIPP_VALUE_MAX], routes[SIPP_VALUE_MAX];
	if (c->route_known || !sipp_header(in->message, "Contact:", false, contact))
		return;
	struct rf_slice uri = sip_address_uri(rf_slice_of(contact));
	snprintf(c->next_url, sizeof c->next_url, "%.*s", SIP_SLICE(uri));
	if (!sipp_header(in->message, "Record-Route:", false, routes))
		return;
	c->route_known = true;
	if (in->status == 0) {
		memcpy(c->routes, routes, sizeof routes);
		return;
	}
	for (char *comma; (comma = strrchr(routes, ',')) != NULL; *comma = '\0') {
		size_t len = strlen(c->routes);
		snprintf(c->routes + len, sizeof c->routes - len, "%s, ",
		    comma + 1 + strspn(comma + 1, " "));
	}
	size_t len = strlen(c->routes);
	snprintf(c->routes + len, sizeof c->routes - len, "%s", routes);
}

/* Does it answer what is being repeated? */
static void
stop_repeating(struct sipp_call *c, const struct incoming *in, int at)
{
	static const char *const enough[] = { "ACK", "CANCEL", "BYE", "PRACK" };
	bool answers = in->status != 0;
	for (size_t i = 0; i < RF_ARRAY_LEN(enough) && in->status == 0; i++)
		answers |= strcmp(in->method, enough[i]) == 0;
	if (!answers || at <= c->last_sent_at)
		return;
	if (in->status == 0 || in->status >= 200 || strcmp(in->method, "INVITE") == 0) {
		c->repeat_at = 0;
	} else if (repeats_things(c)) {
		c->interval = T2_MS * RF_MS;
		c->repeat_at = c->sipp->world->now + c->interval;
	}
}

static void
receive_expected(struct sipp_call *c, const struct incoming *in, int at)
{
	const struct sipp_step *step = &c->sipp->scenario->step[at];
	sipp_act(c, step, in->message);
	if (in->status == 0 && in->cseq > c->cseq)
		c->cseq = in->cseq;
	stop_repeating(c, in, at);
	if (in->status == 200)
		c->ack_pending = true;
	if (step->record_route)
		learn_route(c, in);
	c->heard_at = at;
	c->heard_hash = in->hash;
	remember(&c->last_received, in->message);
	/* An optional one without a test moves the call on, too: so does SIPp. */
	if (step->optional == SIPP_MANDATORY || step->test < 0 ||
	    sipp_value_is_set(sipp_value(c, step->test))) {
		c->paused_until = 0;
		c->at = at;
		go_on(c);
	}
}

void
sipp_call_receive(struct sipp_call *c, const char *message)
{
	if (c->at == 0 && step_of(c)->kind == SIPP_NOP)
		sipp_call_run(c); /* what stands before the first <recv> */
	if (c->over)
		return;
	struct incoming in = look_at(message);
	if (is_again(c, &in))
		return;
	learn_tag(c, &in);
	if (in.status == 0 && strcmp(in.method, "ACK") == 0)
		c->established = true;
	int at = find_recv(c, &in);
	if (at == -1)
		receive_unexpected(c, &in);
	else if (at >= 0)
		receive_expected(c, &in, at);
	if (!c->over)
		sipp_call_run(c);
}
