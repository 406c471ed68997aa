/* SPDX-License-Identifier: BSD-2-Clause */
/* store/pack.c -- snapshots made short for the disk; see pack.h. */
#include "store/pack.h"

#include <lz4.h>
#include <stdlib.h>

/* What snapshots are made of, the most frequent last: LZ4 likes it near.  Files are read with these
 * very bytes, so they never change: another dictionary would be another column (schema/003.sql). */
static const char dictionary[] =
    "a=inactive\r\na=recvonly\r\na=sendonly\r\na=maxptime:150\r\na=rtcp-mux\r\na=rtcp:\r\n"
    "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:\r\na=fmtp:111 minptime=10;useinbandfec=1\r\n"
    "a=rtpmap:111 opus/48000/2\r\n RTP/SAVP  RTP/AVP 9 8 0 18 101 96\r\na=fmtp:101 0-15\r\n"
    "a=rtpmap:96 telephone-event/8000\r\na=rtpmap:9 G722/8000\r\na=rtpmap:18 G729/8000\r\n"
    "a=fmtp:18 annexb=no\r\nv=0\r\no=- 0 0 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 192.168.1.\r\n"
    "t=0 0\r\nm=audio 40000 RTP/AVP 8 0 101\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n"
    "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\na=sendrecv\r\n"
    "UNAVAILABLEREJECTEDBUSYNO_ANSWERREFER_TRANSFERUser-to-Userapplication/sdproutes[0]queue/"
    ";received=127.0.0.1;rport=5060\r\nVia: SIP/2.0/TLS ;branch=z9hG4bK\r\n"
    "Via: SIP/2.0/TCP ;branch=z9hG4bK\r\nVia: SIP/2.0/UDP ;branch=z9hG4bK-\r\n"
    "From: \"\" <sip:+49@;user=phone>;tag=\r\nCall-ID: \r\nCSeq: 1 INVITE\r\nCSeq: 2 REFER\r\n"
    "To: <sip:>;tag=\r\nRoute: <sips::5061;transport=tls;lr>\r\n"
    "Route: <sip:proxy.example.com:5060;transport=udp;lr>\r\n"
    "Route: <sip:127.0.0.1;transport=tcp;lr>\r\n";

enum { DICTIONARY_LEN = sizeof dictionary - 1, PACKED_MAX = 64 * 1024 };

struct rf_packer {
	LZ4_stream_t fresh, stream;             /* fresh: the dictionary and nothing else */
	char packed[PACKED_MAX];
};

struct rf_packer *
rf_packer_new(void)
{
	struct rf_packer *p = malloc(sizeof *p);
	if (p == NULL)
		return NULL;
	LZ4_initStream(&p->fresh, sizeof p->fresh);
	LZ4_loadDict(&p->fresh, dictionary, DICTIONARY_LEN);
	return p;
}

void
rf_packer_free(struct rf_packer *p)
{
	free(p);
}

struct rf_slice
rf_pack(struct rf_packer *p, struct rf_slice whole)
{
	if (whole.len > PACKED_MAX)
		return RF_SLICE("");
	p->stream = p->fresh;
	/* A byte less than the whole: what does not fit is not worth it. */
	int len = LZ4_compress_fast_continue(&p->stream, whole.p, p->packed, (int)whole.len,
	    whole.len > 0 ? (int)whole.len - 1 : 0, 1);
	return len > 0 ? (struct rf_slice){ p->packed, (uint32_t)len } : RF_SLICE("");
}

bool
rf_unpack(struct rf_slice packed, char *whole, uint32_t len)
{
	if (packed.len > PACKED_MAX || len > PACKED_MAX)
		return false;
	return LZ4_decompress_safe_usingDict(packed.p, whole, (int)packed.len, (int)len, dictionary,
		   DICTIONARY_LEN) == (int)len;
}
