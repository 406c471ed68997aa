/* SPDX-License-Identifier: BSD-2-Clause */
/* app/replay_words.c -- one event, effect or row as a line a person reads. */
#include <inttypes.h>

#include "app/replay.h"
#include "engine/fsm.h"

static const char *const transport_name[] = { [RF_UDP] = "udp", [RF_TCP] = "tcp",
	[RF_TLS] = "tls" };

static const char *const reason_name[RF_LINK_REASON_MAX] = { "closed", "reset", "truncated",
	"framing", "backpressure", "refused", "timeout", "certificate", "idle", "limit" };

static void
write_addr(FILE *f, const struct rf_addr *a)
{
	char ip[48];
	uint32_t len = rf_ip_write(ip, a->ip, true);
	fprintf(f, "%.*s:%u", (int)len, ip, a->port);
	if (a->proto < RF_ARRAY_LEN(transport_name) && transport_name[a->proto] != NULL)
		fprintf(f, " %s", transport_name[a->proto]);
}

/* The first line, as far as it is printable and not too long. */
static void
write_line(FILE *f, struct rf_slice text)
{
	for (uint32_t i = 0; i < text.len && i < 160; i++) {
		if (text.p[i] == '\r' || text.p[i] == '\n')
			break;
		fputc(text.p[i] >= ' ' && text.p[i] <= '~' ? text.p[i] : '?', f);
	}
}

static const char *
reason_of(const struct rf_event *e)
{
	return e->reason < RF_LINK_REASON_MAX ? reason_name[e->reason] : "?";
}

static void
write_answer(FILE *f, const struct rf_event *e)
{
	if (e->plan != NULL && e->plan->allow)
		fprintf(f, "policy: yes, %u targets", e->plan->target_count);
	else if (e->plan != NULL)
		fprintf(f, "policy: no, %u", e->plan->status);
	else if (e->address_count > 0) {
		fprintf(f, "resolved: ");
		write_addr(f, &e->addresses[0]);
		if (e->address_count > 1)
			fprintf(f, " and %u more", e->address_count - 1);
	} else if (e->posted != RF_POSTED_NO) {
		static const char *const posted[] = { [RF_POSTED_ACKED] = "acknowledged",
			[RF_POSTED_REFUSED] = "refused", [RF_POSTED_UNSENT] = "not sent" };
		fprintf(f, "posted: %s", posted[e->posted]);
	} else if (e->outbox_count > 0) {
		fprintf(f, "%u deliveries, from %" PRId64 " on", e->outbox_count,
		    e->outbox[0].number);
	} else {
		fprintf(f, e->stored ? "store: done" : "an answer: no");
	}
}

void
rf_replay_write_event(FILE *f, const struct rf_event *e)
{
	switch (e->kind) {
	case RF_EV_MESSAGE:
		fprintf(f, "message from ");
		write_addr(f, &e->path.remote);
		fprintf(f, ": ");
		write_line(f, e->bytes);
		break;
	case RF_EV_LINK_UP:
		fprintf(f, "link %u up: ", e->path.link);
		write_addr(f, &e->path.remote);
		break;
	case RF_EV_LINK_DOWN:
		fprintf(f, "link %u down: %s", e->path.link, reason_of(e));
		break;
	case RF_EV_SEND_FAILED:
		fprintf(f, "a send failed: %s", reason_of(e));
		break;
	case RF_EV_ANSWER:
		write_answer(f, e);
		break;
	case RF_EV_DEADLINE:
		fprintf(f, "a timer");
		break;
	case RF_EV_COMMAND:
		fprintf(f, "command: end session %012" PRIx64, e->value);
		break;
	case RF_EV_DRAIN:
		fprintf(f, "drain: no new work");
		break;
	case RF_EV_FACT:
		fprintf(f, "the wall clock");
		break;
	case RF_EV_RESTORE:
		fprintf(f, "restore session %012" PRIx64 ", away for %" PRId64 " ms", e->session,
		    e->away / RF_MS);
		break;
	case RF_EV_NEWS:
		fprintf(f, "news for receivers %#" PRIx64, e->value);
		break;
	case RF_EV_KIND_MAX:
		break;
	}
}

void
rf_replay_write_effect(FILE *f, const struct rf_effect *x)
{
	static const char *const store[RF_STORE_KIND_MAX] = { [RF_STORE_ESTABLISHED] =
		"established", [RF_STORE_PROMISE] = "promise", [RF_STORE_OUTCOME] = "outcome",
		[RF_STORE_WITHDRAWAL] = "withdrawal", [RF_STORE_ATTEMPT] = "attempt",
		[RF_STORE_ENDED] = "ended" };
	switch (x->kind) {
	case RF_FX_SEND:
		fprintf(f, "send to ");
		write_addr(f, &x->path.remote);
		fprintf(f, ": ");
		write_line(f, x->bytes);
		break;
	case RF_FX_CLOSE:
		fprintf(f, "close link %u", x->path.link);
		break;
	case RF_FX_REPLY:
		fprintf(f, "reply: ");
		write_line(f, x->bytes);
		break;
	case RF_FX_RESOLVE:
		fprintf(f, "resolve ");
		write_line(f, x->bytes);
		break;
	case RF_FX_ROUTE:
		fprintf(f, "ask policy: ");
		write_line(f, x->message->raw);
		break;
	case RF_FX_STORE:
		fprintf(f, "store: %s", x->store < RF_STORE_KIND_MAX ? store[x->store] : "?");
		break;
	case RF_FX_FETCH:
		fprintf(f, "fetch %u deliveries for receiver %u", x->count, x->receiver);
		break;
	case RF_FX_POST:
		fprintf(f, "post delivery %" PRId64 " to receiver %u, attempt %u", x->number,
		    x->receiver, x->attempts);
		break;
	case RF_FX_SETTLE:
		fprintf(f, "delivery %" PRId64 " %s", x->number,
		    x->settled == RF_SETTLED_ACKED    ? "is acknowledged"
			: x->settled == RF_SETTLED_DEAD ? "is a dead letter"
						    : "failed once more");
		break;
	case RF_FX_KIND_MAX:
		break;
	}
}

void
rf_replay_write_request(FILE *f, const struct rf_effect *x)
{
	write_line(f, x->message->raw);
	struct rf_slice refer_to = rf_message_value(x->message, RF_H_REFER_TO);
	if (refer_to.len > 0) {
		fputs(", Refer-To ", f);
		write_line(f, refer_to);
	}
	fputs(", from ", f);
	write_addr(f, &x->path.remote);
}

bool
rf_replay_write_row(FILE *f, const struct rf_trace *t)
{
	const struct rf_fsm *fsm = rf_engine_machine(t->machine);
	if (t->kind != RF_TRACE_ROW || fsm == NULL || t->row >= fsm->rows)
		return false;
	fprintf(f, "%s %s -> %s", fsm->name, fsm->row[t->row].name,
	    fsm->state[fsm->row[t->row].to].name);
	return true;
}
