/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_txn_world.c -- delivers, lets time pass, and stands in for engine.c and tu.c. */
#include "tests/unit/test_txn_world.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "engine/compose.h"

struct world w;

void
collect(void)
{
	for (uint32_t i = 0; i < w.out.count; i++) {
		assert(w.out.at[i].kind == RF_FX_SEND);
		struct sent *s = &w.sent[w.sent_count++ % SENT_MAX];
		*s = (struct sent){ .at = w.e->now, .path = w.out.at[i].path,
			.len = w.out.at[i].bytes.len };
		assert(s->len < TEXT_MAX);
		memcpy(s->text, w.out.at[i].bytes.p, s->len);
	}
	w.out.count = 0;
	w.out.bytes_len = 0;
}

struct rf_step *
begin(const struct rf_event *event)
{
	w.event = *event;
	w.step = (struct rf_step){ .e = w.e, .now = w.e->now, .event = &w.event, .out = &w.out };
	return &w.step;
}

void
world_free(void)
{
	if (w.e != NULL)
		block_free(w.e);
	w.e = NULL;
}

void
world_new(void)
{
	world_free();
	memset(&w, 0, sizeof w);
	w.e = block_new(1000 * RF_SECOND);
	strcpy(w.e->config.software, "referee/test");
	w.e->config.node_id = 0x2a;
	w.e->config.listener_count = 2;
	w.e->config.listener[0] = (struct rf_listener){ .local = { .port = 5060, .proto = RF_UDP },
		.advertise = "b2bua.example.com:5060" };
	w.e->config.listener[1] = (struct rf_listener){ .local = { .port = 5061, .proto = RF_TLS },
		.advertise = "b2bua.example.com:5061" };
	const struct rf_fsm *fsm[] = { &rf_ict_fsm, &rf_nict_fsm, &rf_ist_fsm, &rf_nist_fsm };
	for (unsigned i = 0; i < RF_ARRAY_LEN(fsm); i++)
		rf_fsm_index_init(&w.e->index[RF_MACHINE_ICT + i], fsm[i]);
}

void
world_end(void)
{
	CHECK(w.e->pools.pool[RF_KIND_TXN].used == 0);
	CHECK(w.e->timers.armed == 0);
	CHECK(w.e->texts.chunks == 0);
	CHECK(w.e->texts.bytes == 0);
}

void
pass(rf_time duration)
{
	rf_time until = w.e->now + duration;
	while (rf_timer_deadline(w.e) <= until) {
		unsigned kind, index;
		uint32_t slot;
		w.e->now = rf_timer_deadline(w.e);
		struct rf_step *s = begin(&(struct rf_event){ .kind = RF_EV_DEADLINE });
		while (rf_timer_next(w.e, w.e->now, &kind, &slot, &index)) {
			const struct rf_pool *pool = &w.e->pools.pool[kind];
			const char *at = (const char *)w.e + pool->offset +
			    (uint64_t)slot * pool->slot_size;
			rf_txn_timer(s, rf_pool_ref(w.e, kind, at), index);
		}
		collect();
	}
	w.e->now = until;
}

struct rf_path
path_of(enum rf_transport proto)
{
	struct rf_path p = { .link = proto == RF_UDP ? 0 : 7 };
	p.local = (struct rf_addr){ .port = proto == RF_UDP ? 5060 : 5061,
		.proto = (uint8_t)proto };
	p.remote = (struct rf_addr){ .port = 40000, .proto = (uint8_t)proto };
	(void)rf_ip_parse(p.remote.ip, RF_SLICE("192.0.2.1"));
	return p;
}

void
deliver(enum rf_transport proto, const char *format, ...)
{
	char text[TEXT_MAX];
	const char *why;
	uint32_t len = 0;
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	for (const char *p = text; *p != '\0'; p++) {
		if (*p == '\n')
			w.input[len++] = '\r';
		w.input[len++] = *p;
	}
	struct rf_step *s = begin(&(struct rf_event){ .kind = RF_EV_MESSAGE, .path = path_of(proto),
		.bytes = { w.input, len } });
	s->message = &w.message;
	enum rf_verdict verdict = rf_message_key(s->message, s->event->bytes, &why);
	if (verdict == RF_VERDICT_OK)
		verdict = rf_txn_receive(s, &why);
	w.verdict = verdict;
	collect();
}

static const char *
transport_name(enum rf_transport proto)
{
	return proto == RF_UDP ? "UDP" : "TLS";
}

void
deliver_request(enum rf_transport proto, const char *method, const char *branch, const char *to_tag)
{
	deliver(proto, "%s sip:bob@example.com SIP/2.0\n"
	    "Via: SIP/2.0/%s client.example.org:5070;branch=%s\n"
	    "Max-Forwards: 70\nFrom: <sip:alice@example.org>;tag=a1\nTo: <sip:bob@example.com>%s\n"
	    "Call-ID: c1@example.org\nCSeq: 1 %s\nContent-Length: 0\n\n", method,
	    transport_name(proto), branch, to_tag, method);
}

void
deliver_response(enum rf_transport proto, uint16_t status, const char *method, uint64_t branch)
{
	deliver(proto, "SIP/2.0 %u Text\n"
	    "Via: SIP/2.0/%s b2bua.example.com;branch=z9hG4bK2a%016llx\n"
	    "From: <sip:us@example.com>;tag=f\nTo: <sip:them@example.net>;tag=t9\nCall-ID: out\n"
	    "CSeq: 3 %s\nContent-Length: 0\n\n", status, transport_name(proto),
	    (unsigned long long)branch, method);
}

struct rf_txn *
open_client(enum rf_transport proto, enum rf_method method)
{
	struct rf_writer writer;
	const struct rf_path path = path_of(proto);
	struct rf_step *s = begin(&(struct rf_event){ .kind = RF_EV_DEADLINE });
	uint64_t branch = 0x1000 + ++w.branches;
	rf_bytes_begin(s, &writer);
	rf_write(&writer, rf_method_name(method));
	rf_write_text(&writer, " sip:them@example.net SIP/2.0\r\n");
	rf_write_via(w.e, &writer, &path, branch);
	rf_write_text(&writer, "Route: <sip:p1.example.net;lr>, <sip:p2.example.net;lr>\r\n"
	    "Max-Forwards: 69\r\nFrom: <sip:us@example.com>;tag=f\r\nTo: <sip:them@example.net>\r\n"
	    "Call-ID: out\r\nCSeq: 3 ");
	rf_write(&writer, rf_method_name(method));
	rf_write_text(&writer, "\r\nSubject: only the INVITE has this\r\n");
	rf_write_body(&writer, RF_SLICE(""));
	struct rf_txn *txn = rf_client_open(s, &(struct rf_client_request){ .method = method,
		.branch = branch, .cseq = 3, .bytes = rf_bytes_end(s, &writer), .path = path,
		.identity = RF_SLICE("example.net"), .owner_kind = RF_KIND_CALL, .owner = 99,
		.leg_number = 1 });
	collect();
	return txn;
}

void
respond(uint16_t status)
{
	struct rf_writer writer;
	struct rf_step *s = begin(&(struct rf_event){ .kind = RF_EV_DEADLINE });
	struct rf_txn *server = rf_txn_at(w.e, w.server);
	CHECK_OR_STOP(server != NULL);
	rf_bytes_begin(s, &writer);
	rf_write_response(s, &writer, server, status, 0xabc, false);
	rf_write_body(&writer, RF_SLICE(""));
	rf_server_respond(s, server, status, rf_bytes_end(s, &writer));
	collect();
}

struct rf_slice
sent_text(unsigned index)
{
	assert(index < w.sent_count && w.sent_count <= SENT_MAX);
	return (struct rf_slice){ w.sent[index].text, w.sent[index].len };
}

bool
begins(unsigned index, const char *text)
{
	size_t len = strlen(text);
	return index < w.sent_count && w.sent[index].len >= len &&
	    memcmp(w.sent[index].text, text, len) == 0;
}

bool
contains(unsigned index, const char *text)
{
	struct rf_slice all = sent_text(index);
	return memmem(all.p, all.len, text, strlen(text)) != NULL;
}

bool
same(unsigned a, unsigned b)
{
	return rf_slice_equal(sent_text(a), sent_text(b));
}

bool
sent_at(unsigned first, rf_time start, const int *ms, unsigned count)
{
	bool good = w.sent_count == first + count;
	for (unsigned i = 0; good && i < count; i++)
		good = w.sent[first + i].at == start + ms[i] * RF_MS;
	if (!good) {
		for (unsigned i = first; i < w.sent_count; i++)
			check_note("sent at %lld", (long long)(w.sent[i].at - start) / RF_MS);
	}
	return good;
}

/* ---- what engine.c and the users give -------------------------------------------------------- */

void
rf_run(struct rf_step *outer, enum rf_machine machine, rf_ref subject, uint8_t event,
    uint16_t status, rf_ref other)
{
	static const struct rf_fsm *const fsm[] = {
		&rf_ict_fsm, &rf_nict_fsm, &rf_ist_fsm, &rf_nist_fsm
	};
	struct rf_step s = *outer;
	assert(machine < RF_ARRAY_LEN(fsm));
	s.txn = rf_txn_at(s.e, subject);
	s.status = status;
	s.other = other;
	const struct rf_row *row = rf_fsm_match(fsm[machine], &s.e->index[machine], s.txn->state,
	    event, &s);
	if (row == NULL) {
		assert(fsm[machine]->rest[event].disposition != RF_NEVER);
		return;
	}
	s.txn->state = row->to;
	for (unsigned i = 0; i < RF_FSM_ACTIONS_MAX && row->action[i] != NULL; i++)
		row->action[i](&s);
}

struct rf_effect *
rf_effect_new(struct rf_step *s, enum rf_effect_kind kind)
{
	assert(s->out->count < RF_STEP_EFFECTS_MAX);
	struct rf_effect *x = &s->out->at[s->out->count++];
	*x = (struct rf_effect){ .kind = kind };
	return x;
}

void
rf_bytes_begin(struct rf_step *s, struct rf_writer *writer)
{
	rf_writer_init(writer, s->out->bytes + s->out->bytes_len,
	    RF_STEP_BYTES_MAX - s->out->bytes_len);
}

struct rf_slice
rf_bytes_end(struct rf_step *s, struct rf_writer *writer)
{
	s->out->bytes_len += writer->len;
	return rf_written(writer);
}

rf_token
rf_token_of(enum rf_kind kind, rf_ref ref, uint8_t question)
{
	return (uint64_t)kind << 60 ^ ref ^ question;
}

void
rf_trace_message(struct rf_step *s, enum rf_trace_kind kind, const struct rf_path *path,
    uint64_t session, uint8_t leg_number, uint8_t role, uint16_t status, uint8_t method,
    bool retransmission)
{
	(void)s, (void)kind, (void)path, (void)session, (void)leg_number, (void)role, (void)status;
	(void)method, (void)retransmission;
}

void
rf_write_retry_after(struct rf_step *s, struct rf_writer *writer)
{
	(void)s;
	rf_write_text(writer, "Retry-After: 5\r\n");
}

struct rf_txn *
rf_txn_at(const struct rf_engine *e, rf_ref ref)
{
	return rf_pool_at(e, RF_KIND_TXN, ref);
}

struct rf_leg *
rf_leg_at(const struct rf_engine *e, rf_ref ref)
{
	return rf_pool_at(e, RF_KIND_LEG, ref);
}

void
rf_tu_request(struct rf_step *s, struct rf_txn *server)
{
	w.requests++;
	w.server = rf_txn_ref(s->e, server);
	if (s->message->method == RF_METHOD_CANCEL && rf_server_find_cancelled(s) != NULL)
		w.cancels_found++;
	if (w.answer == 0)
		return;
	struct rf_writer writer;
	rf_bytes_begin(s, &writer);
	rf_write_response(s, &writer, server, w.answer, 0, false);
	rf_write_body(&writer, RF_SLICE(""));
	rf_server_respond(s, server, w.answer, rf_bytes_end(s, &writer));
}

void
rf_tu_ack(struct rf_step *s)
{
	CHECK(s->message->method == RF_METHOD_ACK);
	w.acks++;
}

void
rf_tu_stray_2xx(struct rf_step *s)
{
	(void)s;
}

void
rf_tu_response(struct rf_step *s, struct rf_txn *client)
{
	CHECK(client->owner == 99);
	w.responses++;
	w.status = s->message->status;
}

void
rf_tu_failed(struct rf_step *s, struct rf_txn *client, uint16_t status)
{
	(void)s;
	CHECK(client->owner == 99);
	w.failures++;
	w.status = status;
}

void
rf_tu_server_done(struct rf_step *s, struct rf_txn *server)
{
	(void)s, (void)server;
	w.dones++;
}

bool
rf_tu_known(const struct rf_step *s)
{
	struct rf_name_addr to;
	return rf_name_addr_parse(&to, rf_message_value(s->message, RF_H_TO)) &&
	    rf_name_addr_tag(&to).len > 0;
}

bool
rf_tu_bye(struct rf_step *s)
{
	(void)s;
	return false;
}
