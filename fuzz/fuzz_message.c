/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz/fuzz_message.c -- any bytes at all as a datagram, a stream, and every kind of value.
 *
 * Besides the sanitizers, two promises are checked: what parses is written again and parses, and a
 * stream is cut where the datagram ended.  libFuzzer: link with the sources of grammar/. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "grammar/grammar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
values_parse(struct rf_slice value)
{
	struct rf_slice rest = value, e, name;
	struct rf_name_addr address;
	struct rf_sdp sdp;
	char text[64];
	uint16_t status;
	uint8_t ip[16];
	while (rf_list_next(&rest, &e)) {
		rf_via_parse(&(struct rf_via){ 0 }, e);
		rf_reason_parse(&(struct rf_reason){ 0 }, e);
		if (rf_name_addr_parse(&address, e) && !rf_slice_equal(e, address.all))
			abort();
	}
	for (rest = value; rf_param_next(&rest, &name, &e);)
		rf_unescape(text, sizeof(text), e);
	for (rest = value; rf_uri_header_next(&rest, &name, &e);)
		rf_unescape(text, sizeof(text), e);
	rf_cseq_parse(&(struct rf_cseq){ 0 }, value);
	rf_rack_parse(&(struct rf_rack){ 0 }, value);
	rf_replaces_parse(&(struct rf_replaces){ 0 }, value);
	rf_target_dialog_parse(&(struct rf_target_dialog){ 0 }, value);
	rf_event_type_parse(&(struct rf_event_type){ 0 }, value);
	rf_subscription_state_parse(&(struct rf_subscription_state){ 0 }, value);
	rf_retry_after_parse(&(struct rf_retry_after){ 0 }, value);
	rf_media_type_parse(&(struct rf_media_type){ 0 }, value);
	rf_sipfrag_parse(&status, NULL, value);
	if (rf_ip_parse(ip, value))
		rf_ip_write(text, ip, true);
	if (rf_sdp_parse(&sdp, value) && !rf_sdp_same_media(&sdp, &sdp))
		abort();
}

static void
write_again(const struct rf_message *m)
{
	static char text[RF_MESSAGE_MAX * 4];
	static struct rf_message again;
	struct rf_writer w;
	const char *why, *line_end = memchr(m->raw.p, '\n', m->raw.len);
	rf_writer_init(&w, text, sizeof(text));
	rf_write(&w, rf_slice_between(m->raw.p, line_end + 1));
	for (uint32_t i = 0; i < m->count; i++) {
		if (m->header[i].id != RF_H_CONTENT_LENGTH)
			rf_write_header_named(&w, m->header[i].name, m->header[i].value);
	}
	rf_write_body(&w, m->body);
	if (w.overflow || w.len > RF_MESSAGE_MAX)
		return;
	if (rf_message_parse(&again, rf_written(&w), &why) != RF_VERDICT_OK &&
	    m->count < RF_HEADERS_MAX)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rf_message m;
	const char *why;
	struct rf_slice in = { (const char *)data, (uint32_t)size };
	uint32_t scanned = 0;
	int32_t frame = rf_frame_next(in, &scanned);
	enum rf_verdict verdict = rf_message_parse(&m, in, &why);
	if (verdict == RF_VERDICT_OK) {
		ptrdiff_t end = m.raw.p + m.raw.len - (const char *)data;
		if (m.first[RF_H_CONTENT_LENGTH] != 0 && frame != end && end <= RF_MESSAGE_MAX)
			abort();
		write_again(&m);
	}
	for (uint32_t i = 0; i < m.count; i++)
		values_parse(m.header[i].value);
	values_parse(in);
	return 0;
}
