/* SPDX-License-Identifier: BSD-2-Clause */
/* fuzz/fuzz_sdp.c -- any bytes as a session description, edited and read again. */
#include "fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[4 * RF_MESSAGE_MAX];
	struct rf_sdp sdp, again;
	struct rf_writer w;
	struct rf_slice in = fuzz_input(data, size);
	if (!rf_sdp_parse(&sdp, in))
		return 0;
	fuzz_inside(in, sdp.origin_user);
	fuzz_inside(in, sdp.origin_address);
	fuzz_inside(in, sdp.session_id);
	fuzz_inside(in, sdp.session_version);
	fuzz_promise(rf_sdp_same_media(&sdp, &sdp), "a description is the same as itself");
	fuzz_promise(rf_sdp_suits(in, in, in) == (sdp.media_count > 0),
	    "who answered a description with itself is suited by it");
	rf_writer_init(&w, text, sizeof(text));
	struct rf_sdp_edit edit = { 1, UINT64_MAX, .reset_direction = sdp.media_count % 2 == 0 };
	rf_write_sdp(&w, &sdp, &edit);
	if (w.overflow)
		return 0;
	fuzz_promise(rf_sdp_parse(&again, rf_written(&w)), "what is written parses");
	fuzz_promise(rf_sdp_same_media(&sdp, &again), "an edit leaves the media alone");
	return 0;
}
