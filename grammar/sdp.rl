/* SPDX-License-Identifier: BSD-2-Clause */
/* grammar/sdp.rl -- the little of SDP a B2BUA must touch: o=, c=, m= and the direction.
 *
 * Everything else is the business of the two ends (RFC 8866 5: unknown lines are passed on).  A
 * bare LF ends a line when read; written lines end in CR LF. */
#include <assert.h>
#include <string.h>

#include "grammar/internal.h"
#include "grammar/scan.h"

#pragma GCC diagnostic ignored "-Wimplicit-fallthrough"

%%{
	machine sdp_origin;
	include abnf_core "grammar/abnf_core.rl";

	action start { start = p; }
	action user { out->origin_user = rf_cut(start, p); }
	action id { out->session_id = rf_cut(start, p); }
	action version { out->session_version = rf_cut(start, p); }
	action address { out->origin_address = rf_cut(start, p); }

	# RFC 8866 9, but for blanks that are doubled in the field and ids that are no numbers
	non_ws_string   = ( 0x21..0x7E | 0x80..0xFF )+;
	username        = non_ws_string;
	sess_id         = non_ws_string;
	sess_version    = non_ws_string;
	nettype         = token;
	addrtype        = token;
	unicast_address = non_ws_string;

	main := "o=" username >start %user SP+ sess_id >start %id SP+ sess_version >start %version
		SP+ ( nettype SP+ addrtype SP+ unicast_address ) >start %address SP*;

	write data noerror noentry;
}%%

static bool
origin_parse(struct rf_sdp *out, struct rf_slice line)
{
	const unsigned char *p = (const unsigned char *)line.p, *pe = p + line.len, *eof = pe;
	const unsigned char *start = p;
	int cs;

	%% write init;
	%% write exec;

	return cs >= sdp_origin_first_final;
}

%%{
	machine sdp_media;
	include abnf_core "grammar/abnf_core.rl";

	action start { start = p; }
	action port { port = rf_cut(start, p); }
	action proto { *proto = rf_cut(start, p); }

	media           = token;
	port            = DIGIT+;
	proto           = token ( "/" token )*;
	fmt             = token;

	main := "m=" media SP+ port >start %port ( "/" DIGIT+ )? SP+ proto >start %proto
		( SP+ fmt )* SP*;

	write data noerror noentry;
}%%

static bool
media_parse(struct rf_slice line, bool *active, struct rf_slice *proto)
{
	const unsigned char *p = (const unsigned char *)line.p, *pe = p + line.len, *eof = pe;
	const unsigned char *start = p;
	struct rf_slice port = { 0 };
	uint64_t value;
	int cs;

	%% machine sdp_media;
	%% write init;
	%% write exec;

	/* Too large a port is the ends' business (the torture messages have 492170). */
	*active = !rf_slice_number(&value, port, UINT32_MAX) || value != 0;
	return cs >= sdp_media_first_final;
}

/* Cuts the next line off, its end left out; false: no more, or a CR that stands alone. */
static bool
line_next(struct rf_slice *rest, struct rf_slice *line)
{
	if (rest->len == 0)
		return false;
	const char *end = rest->p + rest->len, *stop = rf_scan_line(rest->p, end), *next = stop;
	if (next < end && *next == '\r')
		next++;
	if (next < end && *next++ != '\n')
		return false;
	*line = rf_slice_between(rest->p, stop);
	*rest = rf_slice_between(next, end);
	return true;
}

static bool
begins(struct rf_slice line, const char *text)
{
	size_t len = strlen(text);
	return line.len >= len && memcmp(line.p, text, len) == 0;
}

static bool
direction_find(struct rf_slice line, enum rf_direction *out)
{
	static const struct { const char *text; enum rf_direction direction; } names[] = {
		{ "a=sendrecv", RF_SENDRECV },
		{ "a=sendonly", RF_SENDONLY },
		{ "a=recvonly", RF_RECVONLY },
		{ "a=inactive", RF_INACTIVE },
	};
	enum { NAME_LEN = sizeof "a=sendrecv" - 1 };    /* of all four; most lines are another */
	line = rf_slice_trim(line);
	if (line.len != NAME_LEN || !begins(line, "a="))
		return false;
	for (size_t i = 0; i < RF_ARRAY_LEN(names); i++) {
		if (rf_slice_equal(line, rf_slice_of(names[i].text))) {
			*out = names[i].direction;
			return true;
		}
	}
	return false;
}

/* RFC 8839 and RFC 8842: keys and candidates that hold between these two ends only. */
static bool
binds_the_ends(struct rf_slice line)
{
	return begins(line, "a=ice-") || begins(line, "a=candidate:") ||
	    begins(line, "a=fingerprint:") || begins(line, "a=tls-id:") ||
	    begins(line, "a=dtls-id:");
}

/* What is known of the session or of one medium while its lines go by. */
struct section {
	enum rf_direction direction;
	bool zero_address;              /* c=IN IP4 0.0.0.0, the hold of RFC 2543 */
	bool active;
};

struct walk {
	struct rf_sdp *out;
	struct section session, media;
	uint32_t active, held;
	bool session_direction, subject, origin;
};

/* A medium is complete when the next one begins, and at the end. */
static void
medium_close(struct walk *walk)
{
	if (walk->out->media_count == 0)
		return;
	if (walk->out->media_count == 1 && !walk->session_direction)
		walk->out->direction = walk->media.direction;
	if (!walk->media.active)
		return;
	walk->active++;
	if (walk->media.zero_address || walk->media.direction == RF_SENDONLY ||
	    walk->media.direction == RF_INACTIVE)
		walk->held++;
}

static bool
medium_open(struct walk *walk, struct rf_slice line)
{
	struct rf_slice proto = { 0 };
	medium_close(walk);
	walk->media = walk->session;
	walk->out->media_count++;
	if (!media_parse(line, &walk->media.active, &proto))
		return false;
	for (uint32_t i = 0; i + 4 <= proto.len; i++) {
		if (memcmp(proto.p + i, "DTLS", 4) == 0 || memcmp(proto.p + i, "/TLS", 4) == 0)
			walk->out->needs_fresh_offer = true;
	}
	return true;
}

static void
attribute_take(struct walk *walk, struct section *section, struct rf_slice line)
{
	enum rf_direction direction;
	if (!direction_find(line, &direction)) {
		walk->out->needs_fresh_offer |= binds_the_ends(line);
		return;
	}
	walk->out->has_direction = true;
	section->direction = direction;
	if (walk->out->media_count == 0) {
		walk->session_direction = true;
		walk->out->direction = direction;
	}
}

static bool
origin_take(struct walk *walk, struct rf_slice line)
{
	if (walk->origin || !origin_parse(walk->out, line))
		return false;
	walk->out->origin = line;
	walk->origin = true;
	return true;
}

static bool
line_take(struct walk *walk, struct rf_slice line)
{
	struct section *section = walk->out->media_count == 0 ? &walk->session : &walk->media;
	if (line.len < 2 || line.p[1] != '=')
		return true;
	switch (line.p[0]) {
	case 'o':
		return origin_take(walk, line);
	case 's':
		walk->subject = true;
		return true;
	case 'c':
		section->zero_address = rf_slice_equal(rf_slice_trim(line),
		    RF_SLICE("c=IN IP4 0.0.0.0"));
		return true;
	case 'm':
		return medium_open(walk, line);
	case 'a':
		attribute_take(walk, section, line);
		return true;
	default:
		return true;
	}
}

bool
rf_sdp_parse(struct rf_sdp *out, struct rf_slice body)
{
	struct rf_slice rest = body, line;
	struct walk walk = { .out = out };
	*out = (struct rf_sdp){ .all = body, .tidy = true };
	if (body.len == 0 || memchr(body.p, '\0', body.len) != NULL)
		return false;
	if (!line_next(&rest, &line) || !rf_slice_equal(rf_slice_trim(line), RF_SLICE("v=0")))
		return false;
	out->tidy = rest.p == line.p + line.len + 2;
	while (rest.len > 0) {
		if (!line_next(&rest, &line) || !line_take(&walk, line))
			return false;
		out->tidy &= line.len > 0 && rest.p == line.p + line.len + 2;
	}
	medium_close(&walk);
	out->held = walk.active > 0 && walk.held == walk.active;
	return walk.origin && (walk.subject || out->media_count > 0);
}

/* The lines a far end must be told of when they change, in their order; false: no more. */
static bool
media_line_next(struct rf_slice *rest, struct rf_slice *line)
{
	while (line_next(rest, line)) {
		*line = rf_slice_trim(*line);
		if (begins(*line, "m=") || begins(*line, "c=") || begins(*line, "a=rtpmap:") ||
		    begins(*line, "a=fmtp:") || begins(*line, "a=crypto:") ||
		    begins(*line, "a=rtcp:"))
			return true;
	}
	return false;
}

bool
rf_sdp_same_media(const struct rf_sdp *a, const struct rf_sdp *b)
{
	struct rf_slice rest_a = a->all, rest_b = b->all, line_a, line_b;
	for (;;) {
		bool more_a = media_line_next(&rest_a, &line_a);
		bool more_b = media_line_next(&rest_b, &line_b);
		if (more_a != more_b)
			return false;
		if (!more_a)
			return true;
		if (!rf_slice_equal(line_a, line_b))
			return false;
	}
}

/* Cuts the first word off. */
static struct rf_slice
word_next(struct rf_slice *rest)
{
	uint32_t len = 0;
	*rest = rf_slice_trim(*rest);
	while (len < rest->len && rest->p[len] != ' ')
		len++;
	struct rf_slice word = { rest->p, len };
	*rest = rf_slice_between(rest->p + len, rest->p + rest->len);
	return word;
}

static bool
line_find(struct rf_slice *rest, const char *text, struct rf_slice *line)
{
	while (line_next(rest, line)) {
		if (begins(*line, text))
			return true;
	}
	return false;
}

/* "m=audio 4000 RTP/AVP 8 0": are type, port and protocol the same, and are the payloads of
 * `wanted` among those of `have`? */
static bool
medium_suits(struct rf_slice before, struct rf_slice have, struct rf_slice wanted)
{
	for (unsigned i = 0; i < 3; i++) {
		if (!rf_slice_equal(word_next(&before), word_next(&have)))
			return false;
		word_next(&wanted);
	}
	for (struct rf_slice payload; (payload = word_next(&wanted)).len > 0;) {
		struct rf_slice rest = have, one;
		do {
			one = word_next(&rest);
		} while (one.len > 0 && !rf_slice_equal(one, payload));
		if (one.len == 0)
			return false;
	}
	return true;
}

bool
rf_sdp_suits(struct rf_slice before, struct rf_slice after, struct rf_slice other)
{
	struct rf_slice b = before, a = after, o = other, line_b, line_a, line_o;
	uint32_t media = 0;
	while (line_find(&b, "c=", &line_b)) {
		if (!line_find(&a, "c=", &line_a) ||
		    !rf_slice_equal(rf_slice_trim(line_b), rf_slice_trim(line_a)))
			return false;
	}
	b = before;
	a = after;
	while (line_find(&b, "m=", &line_b)) {
		if (!line_find(&a, "m=", &line_a) || !line_find(&o, "m=", &line_o) ||
		    !medium_suits(line_b, line_a, line_o))
			return false;
		media++;
	}
	return media > 0 && !line_find(&a, "m=", &line_a) && !line_find(&o, "m=", &line_o);
}

static void
origin_write(struct rf_writer *w, const struct rf_sdp *in, const struct rf_sdp_edit *edit)
{
	rf_write(w, RF_SLICE("o="));
	rf_write(w, in->origin_user);
	rf_write(w, RF_SLICE(" "));
	rf_write_number(w, edit->session_id);
	rf_write(w, RF_SLICE(" "));
	rf_write_number(w, edit->version);
	rf_write(w, RF_SLICE(" "));
	rf_write(w, in->origin_address);
	rf_write(w, RF_SLICE("\r\n"));
}

void
rf_write_sdp(struct rf_writer *w, const struct rf_sdp *in, const struct rf_sdp_edit *edit)
{
	assert(in != NULL);
	assert(edit != NULL);
	struct rf_slice rest = in->all, line;
	enum rf_direction direction;
	if (in->tidy && !(edit->reset_direction && in->has_direction)) {
		const char *behind = in->origin.p + in->origin.len + strlen("\r\n");
		rf_write(w, rf_slice_between(in->all.p, in->origin.p));
		origin_write(w, in, edit);
		rf_write(w, rf_slice_between(behind, in->all.p + in->all.len));
		return;
	}
	while (line_next(&rest, &line)) {
		if (begins(line, "o=")) {
			origin_write(w, in, edit);
			continue;
		}
		if (line.len == 0 || (edit->reset_direction && direction_find(line, &direction)))
			continue;
		rf_write(w, line);
		rf_write(w, RF_SLICE("\r\n"));
	}
}
