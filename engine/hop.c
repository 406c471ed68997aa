/* SPDX-License-Identifier: BSD-2-Clause */
/* engine/hop.c -- writes ACK and CANCEL of the hop, out of the INVITE as it was sent.
 *
 * They belong to that INVITE and to no dialog: what they must repeat is in its bytes and nowhere
 * else.  What this file must never know: when one of them is due. */
#include "engine/compose.h"

struct rf_slice
rf_compose_from_invite(struct rf_step *s, struct rf_slice invite, enum rf_method method,
    struct rf_slice to)
{
	struct rf_message m;
	struct rf_writer w;
	const char *why;
	struct rf_cseq cseq;
	if (invite.len == 0 || rf_message_frame(&m, invite, &why) != RF_VERDICT_OK ||
	    !rf_cseq_parse(&cseq, rf_message_value(&m, RF_H_CSEQ)))
		return RF_SLICE("");
	rf_bytes_begin(s, &w);
	rf_write(&w, rf_method_name(method));
	rf_write_text(&w, " ");
	rf_write(&w, m.request_uri);
	rf_write_text(&w, " SIP/2.0\r\n");
	rf_write_header(&w, RF_H_VIA, rf_message_value(&m, RF_H_VIA));
	for (const struct rf_header *h = rf_message_header(&m, RF_H_ROUTE); h != NULL;
	    h = rf_message_next(&m, h))
		rf_write_header(&w, RF_H_ROUTE, h->value);
	rf_write_text(&w, "Max-Forwards: 70\r\n");
	rf_write_header(&w, RF_H_FROM, rf_message_value(&m, RF_H_FROM));
	rf_write_header(&w, RF_H_TO, to.len > 0 ? to : rf_message_value(&m, RF_H_TO));
	rf_write_header(&w, RF_H_CALL_ID, rf_message_value(&m, RF_H_CALL_ID));
	rf_write_text(&w, "CSeq: ");
	rf_write_number(&w, cseq.number);
	rf_write_text(&w, " ");
	rf_write(&w, rf_method_name(method));
	rf_write_text(&w, "\r\n");
	rf_write_body(&w, RF_SLICE(""));
	return w.overflow ? RF_SLICE("") : rf_bytes_end(s, &w);
}
