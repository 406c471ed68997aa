/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz/fuzz_stream.c -- any bytes as a stream, cut into messages.  The first byte says in how large
 * pieces they come. */
#include "fuzz/fuzz.h"

/* The same bytes, arriving `piece` at a time. */
static int32_t
framed_in_pieces(struct rf_slice in, uint32_t piece)
{
	uint32_t scanned = 0;
	for (uint32_t len = piece; len < in.len; len += piece) {
		int32_t framed = rf_frame_next((struct rf_slice){ in.p, len }, &scanned);
		if (framed != 0)
			return framed;
	}
	return rf_frame_next(in, &scanned);
}

/* A datagram of the same bytes is cut where the stream is. */
static void
datagram_agrees(struct rf_slice message)
{
	static struct rf_message m;
	const char *why;
	if (rf_message_parse(&m, message, &why) == RF_VERDICT_OK)
		fuzz_promise(m.raw.p + m.raw.len == message.p + message.len,
		    "a stream is cut where a datagram ends");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	struct rf_slice in = fuzz_input(data + 1, size - 1);
	uint32_t piece = data[0] % 64 + 1;
	while (in.len > 0) {
		uint32_t scanned = 0;
		int32_t framed = rf_frame_next(in, &scanned);
		int32_t pieces = framed_in_pieces(in, piece);
		fuzz_promise(framed == pieces || (framed < 0 && pieces < 0),
		    "the pieces a message comes in do not matter");
		fuzz_promise(framed <= (int32_t)in.len && framed <= RF_MESSAGE_MAX,
		    "a message is inside the stream and its bound");
		if (framed <= 0)
			break;
		datagram_agrees((struct rf_slice){ in.p, (uint32_t)framed });
		in = (struct rf_slice){ in.p + framed, in.len - (uint32_t)framed };
	}
	return 0;
}
