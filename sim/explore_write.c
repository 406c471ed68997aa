/* SPDX-License-Identifier: BSD-2-Clause */
/* sim/explore_write.c -- messages of the explorer's parties: the same act gives the same bytes, so
 * that states of different pasts can be the same. */
#include "sim/explore_write.h"

#include <assert.h>
#include <string.h>

static const char *const phrase[] = { "Trying", "Ringing", "OK", "Call Does Not Exist", "Busy Here",
	"Request Terminated", "Not Acceptable Here", "Request Pending", "Service Unavailable" };
static const uint16_t phrase_of[] = { 100, 180, 200, 481, 486, 487, 488, 491, 503 };

static void
copy(char *out, size_t max, struct rf_slice in)
{
	assert(in.len < max);
	memset(out, 0, max);                    /* it is hashed, whole */
	memcpy(out, in.p, in.len);
}

void
explore_write_customer(struct explore_party *p)
{
	copy(p->call_id, sizeof p->call_id, RF_SLICE("call@customer.example"));
	copy(p->remote, sizeof p->remote, RF_SLICE("<sip:center@referee.example>"));
	copy(p->remote_uri, sizeof p->remote_uri, RF_SLICE("sip:center@referee.example"));
}

void
explore_remember_dialog(struct explore_party *p, const struct sip_text *t, bool uas)
{
	const char *remote = uas ? "From" : "To";
	copy(p->call_id, sizeof p->call_id, sip_value(t, "Call-ID"));
	copy(p->remote_tag, sizeof p->remote_tag, sip_tag(t, remote));
	copy(p->remote, sizeof p->remote, sip_without_params(sip_value(t, remote)));
	copy(p->remote_uri, sizeof p->remote_uri, sip_address_uri(sip_value(t, "Contact")));
}

bool
explore_same_call(const struct explore_party *p, const struct sip_text *t)
{
	return sip_is(sip_value(t, "Call-ID"), p->call_id);
}

bool
explore_begin_call(struct explore_party *p, const struct sip_text *t)
{
	struct rf_slice id = sip_value(t, "Call-ID");
	uint64_t call = explore_mix(id.len, id.p, id.len);
	for (uint32_t i = 0; i < EXPLORE_CALLS_MAX; i++) {
		if (p->call[i] == call)
			return false;
	}
	memmove(&p->call[1], &p->call[0], (EXPLORE_CALLS_MAX - 1) * sizeof p->call[0]);
	p->call[0] = call;
	explore_remember_dialog(p, t, true);
	p->dialog = EARLY;
	return true;
}

uint16_t
explore_write_head(const struct sip_text *t, char *out, uint32_t max)
{
	static const char *const echoed[] = { "Via", "From", "To", "Call-ID", "CSeq" };
	struct sip_out head = { out, 0, max };
	for (size_t i = 0; i < RF_ARRAY_LEN(echoed); i++)
		sip_put(&head, "%s: %.*s\r\n", echoed[i], SIP_SLICE(sip_value(t, echoed[i])));
	return (uint16_t)head.len;
}

static uint32_t
write_sdp(uint32_t who, char *out, uint32_t max)
{
	struct sip_out sdp = { out, 0, max };
	sip_put(&sdp,
	    "v=0\r\no=%s 1 1 IN IP4 %s\r\ns=-\r\nc=IN IP4 %s\r\nt=0 0\r\nm=audio %u RTP/AVP 0\r\n",
	    explore_name[who], explore_ip[who], explore_ip[who], 4000 + 1000 * who);
	return sdp.len;
}

static void
put_end(struct sip_out *out, uint32_t who, bool with_contact, bool with_sdp)
{
	char sdp[256];
	uint32_t len = with_sdp ? write_sdp(who, sdp, sizeof sdp) : 0;
	if (with_contact)
		sip_put(out, "Contact: <sip:%s@%s:5060>\r\n", explore_name[who], explore_ip[who]);
	if (with_sdp)
		sip_put(out, "Content-Type: application/sdp\r\n");
	sip_put(out, "Content-Length: %u\r\n\r\n%.*s", len, (int)len, sdp);
}

void
explore_write_request(
    struct explore *x, uint32_t who, enum explore_method method, uint32_t cseq)
{
	static struct sip_text text;
	char bytes[2048];
	struct sip_out out = { bytes, 0, sizeof bytes };
	const struct explore_party *p = &x->w.party[who];
	const char *name = explore_method_name[method];
	sip_put(&out, "%s %s SIP/2.0\r\n", name, p->remote_uri);
	sip_put(&out, "Via: SIP/2.0/UDP %s:5060;branch=z9hG4bK-%s-%u-%s;rport\r\n",
	    explore_ip[who], explore_name[who], cseq, name);
	sip_put(&out, "Max-Forwards: 70\r\nFrom: <sip:%s@%s.example>;tag=%s-1\r\n",
	    explore_name[who], explore_name[who], explore_name[who]);
	sip_put(&out, "To: %s%s%s\r\nCall-ID: %s\r\nCSeq: %u %s\r\n", p->remote,
	    p->remote_tag[0] != '\0' ? ";tag=" : "", p->remote_tag, p->call_id, cseq, name);
	if (method == REFER)
		sip_put(&out, "Refer-To: <sip:queue@referee.example>\r\n"
			      "Referred-By: <sip:agent@acme.example>\r\n");
	put_end(&out, who, method == INVITE || method == REFER, method == INVITE);
	bool read = sip_read(&text, (struct rf_slice){ bytes, out.len });
	assert(read);
	explore_ladder_message(x, who, true, &text, "goes out");
	struct explore_item item = { .kind = TO_REFEREE, .party = (uint8_t)who };
	explore_put(x, item, text.all);
}

static const char *
phrase_for(uint16_t status)
{
	for (size_t i = 0; i < RF_ARRAY_LEN(phrase_of); i++) {
		if (phrase_of[i] == status)
			return phrase[i];
	}
	assert(false);
	return "";
}

/* The echoed lines of a request, or of such lines alone; a tag of ours in To. */
static void
put_echo(struct sip_out *out, struct rf_slice head, const char *name)
{
	static struct sip_text text;
	char lines[1024];
	struct sip_out whole = { lines, 0, sizeof lines };
	if (!sip_read(&text, head)) {           /* of explore_write_head: no start line */
		sip_put(&whole, "OPTIONS sip:x SIP/2.0\r\n%.*sContent-Length: 0\r\n\r\n",
		    SIP_SLICE(head));
		bool read = sip_read(&text, (struct rf_slice){ lines, whole.len });
		assert(read);
	}
	sip_put(out, "Via: %.*s\r\nFrom: %.*s\r\n", SIP_SLICE(sip_value(&text, "Via")),
	    SIP_SLICE(sip_value(&text, "From")));
	sip_put(out, "To: %.*s", SIP_SLICE(sip_value(&text, "To")));
	if (sip_tag(&text, "To").len == 0)
		sip_put(out, ";tag=%s-1", name);
	sip_put(out, "\r\nCall-ID: %.*s\r\nCSeq: %.*s\r\n", SIP_SLICE(sip_value(&text, "Call-ID")),
	    SIP_SLICE(sip_value(&text, "CSeq")));
}

void
explore_write_response(struct explore *x, uint32_t who, struct rf_slice head,
    enum explore_method method, uint16_t status)
{
	static struct sip_text text;
	char bytes[2048];
	struct sip_out out = { bytes, 0, sizeof bytes };
	sip_put(&out, "SIP/2.0 %u %s\r\n", status, phrase_for(status));
	put_echo(&out, head, explore_name[who]);
	bool invite = method == INVITE;
	put_end(&out, who, invite && status < 300, invite && status / 100 == 2);
	bool read = sip_read(&text, (struct rf_slice){ bytes, out.len });
	assert(read);
	explore_ladder_message(x, who, true, &text, "goes out");
	struct explore_item item = { .kind = TO_REFEREE, .party = (uint8_t)who };
	explore_put(x, item, text.all);
}
