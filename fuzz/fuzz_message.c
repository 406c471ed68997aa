/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz/fuzz_message.c -- any bytes as one datagram. */
#include "fuzz/fuzz.h"

static void
verdict_is_kept(const struct rf_message *m, enum rf_verdict verdict, struct rf_slice in)
{
	static struct rf_message again;
	const char *why;
	enum rf_verdict framed = rf_message_frame(&again, in, &why);
	fuzz_promise(framed == verdict || (framed == RF_VERDICT_OK && verdict > framed),
	    "values add faults to those of framing, and none that is graver");
	enum rf_verdict second = rf_message_key(&again, in, &why);
	if (second == RF_VERDICT_OK)
		second = rf_message_check(&again, &why);
	fuzz_promise(second == verdict, "two halves make the whole");
	if (verdict == RF_VERDICT_OK)
		fuzz_promise(again.count == m->count && rf_slice_equal(again.raw, m->raw) &&
				 rf_slice_equal(again.via.all, m->via.all) &&
				 again.cseq.number == m->cseq.number,
		    "the halves find what the whole finds");
	fuzz_promise(why != NULL, "there is always a why");
	if (rf_verdict_status(verdict) != 0)
		fuzz_promise(m->is_request && m->method != RF_METHOD_ACK,
		    "only a request that may be answered has a status");
}

static void
header_is_kept(const struct rf_message *m, uint32_t i)
{
	const struct rf_header *h = &m->header[i];
	fuzz_inside(m->raw, h->name);
	fuzz_inside(m->raw, h->value);
	fuzz_promise(h->id < RF_H_MAX, "an id is one of the table");
	fuzz_promise(rf_header_find(h->name) == (enum rf_header_id)h->id, "a name has one id");
	fuzz_promise(h->next == 0 || (h->next > i && h->next < m->count), "chains go forward");
	(void)rf_value_parses((enum rf_header_id)h->id, h->value);
}

/* What framing kept is what its header fields say. */
static void
kept_values_are_right(const struct rf_message *m)
{
	struct rf_name_addr from;
	struct rf_cseq cseq;
	struct rf_slice rest = rf_message_value(m, RF_H_VIA);
	struct rf_via via;
	fuzz_via_inside(m->raw, &m->via);
	fuzz_address_inside(m->raw, &m->from);
	fuzz_address_inside(m->raw, &m->to);
	if (m->is_request)
		fuzz_uri_inside(m->request_uri, &m->uri);
	fuzz_promise(rf_name_addr_parse(&from, rf_message_value(m, RF_H_FROM)) &&
			 rf_slice_equal(from.tag, m->from.tag),
	    "From is kept");
	fuzz_promise(rf_cseq_parse(&cseq, rf_message_value(m, RF_H_CSEQ)) &&
			 cseq.number == m->cseq.number,
	    "CSeq is kept");
	fuzz_promise(rf_via_next(&rest, &via) && rf_slice_equal(via.branch, m->via.branch) &&
			 rf_slice_equal(rest, m->via_rest),
	    "the top Via is kept");
}

/* Who asks first and who asks second get the same, and it lies inside. */
static void
asked_values_are_kept(struct rf_message *m)
{
#define KEPT(header, noun, type, parser, part)                                                     \
	{                                                                                          \
		const type *first = rf_message_##noun(m);                                          \
		fuzz_promise(rf_message_##noun(m) == first, "asked twice, answered alike");        \
		fuzz_promise(first == NULL || rf_message_count(m, RF_H_##header) > 0,              \
		    "nothing is made of nothing");                                                 \
	}
#include "grammar/kept.def"
#undef KEPT
	const struct rf_name_addr *contact = rf_message_contact(m);
	const struct rf_refer_to *refer_to = rf_message_refer_to(m);
	const struct rf_media_type *media = rf_message_content_type(m);
	if (contact != NULL)
		fuzz_address_inside(m->raw, contact);
	if (refer_to != NULL)
		fuzz_address_inside(m->raw, &refer_to->address);
	if (media != NULL)
		fuzz_inside(m->raw, media->params);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rf_message m;
	const char *why;
	struct rf_slice in = fuzz_input(data, size);
	enum rf_verdict verdict = rf_message_parse(&m, in, &why);
	verdict_is_kept(&m, verdict, in);
	fuzz_inside(in, m.raw);
	fuzz_inside(m.raw, m.body);
	fuzz_promise(m.count <= RF_HEADERS_MAX, "header fields are bounded");
	for (uint32_t i = 0; i < m.count; i++)
		header_is_kept(&m, i);
	if (verdict == RF_VERDICT_OK)
		kept_values_are_right(&m);
	asked_values_are_kept(&m);
	return 0;
}
