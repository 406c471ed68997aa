/* SPDX-License-Identifier: BSD-2-Clause */
/* app/ladder_draw.c -- the ladder as people read it:
 *
 *        ms       caller                 referee                 callee
 *           198.51.100.7                   |                 203.0.113.9
 *               tls 5061                   |                    udp 5060
 *                  |                       |                       |
 *       0.0        |------- INVITE ------->|                       |
 *       0.3        |<---- 100 Trying ------|                       |
 *
 * The first party stands left of referee, all others right of it: a call is read from left to
 * right. An arrow to a party further out crosses the lines between. A retransmission is drawn
 * with '~'. */
#include "app/ladder_parts.h"

#include <stdlib.h>
#include <string.h>

enum {
	TIME_LEN = 9,                           /* " 123456.7" */
	LEFT = TIME_LEN + 8,                    /* the leftmost line */
	RIGHT = RF_LADDER_COLUMNS_MAX - 9,      /* the rightmost one at most */
	STEP_MAX = 26,                          /* between two lines */
	GAP = 1000000,                          /* silence that gets a line of its own */
};

struct drawing {
	FILE *out;
	const struct rf_ladder_style *style;
	struct rf_ladder_parties parties;
	uint32_t lines;                         /* vertical ones: the parties and referee */
	uint32_t at[RF_LADDER_PARTIES_MAX + 1]; /* where they stand */
	uint32_t referee;                       /* which of them is referee's */
	bool retransmissions;
	char row[RF_LADDER_COLUMNS_MAX + 1];
};

/* Which line a party has: the first left of referee's, the others right of it. */
static uint32_t
line_of(uint32_t party)
{
	return party == 0 ? 0 : party + 1;
}

static void
place_lines(struct drawing *d)
{
	d->lines = d->parties.count + 1;
	d->referee = d->parties.count == 0 ? 0 : 1;
	uint32_t step = d->lines > 1 ? (RIGHT - LEFT) / (d->lines - 1) : 0;
	if (step > STEP_MAX)
		step = STEP_MAX;
	for (uint32_t i = 0; i < d->lines; i++)
		d->at[i] = LEFT + i * step;
}

static void
row_begin(struct drawing *d, char line)
{
	memset(d->row, ' ', RF_LADDER_COLUMNS_MAX);
	d->row[RF_LADDER_COLUMNS_MAX] = '\0';
	for (uint32_t i = 0; i < d->lines && line != ' '; i++)
		d->row[d->at[i]] = line;
}

static void
row_end(struct drawing *d)
{
	uint32_t len = RF_LADDER_COLUMNS_MAX;
	while (len > 0 && d->row[len - 1] == ' ')
		len--;
	fprintf(d->out, "%.*s\n", (int)len, d->row);
}

static void
row_put(struct drawing *d, uint32_t at, const char *text, uint32_t len)
{
	for (uint32_t i = 0; i < len && at + i < RF_LADDER_COLUMNS_MAX; i++) {
		unsigned char c = (unsigned char)text[i];
		d->row[at + i] = c >= 0x20 && c < 0x7f ? text[i] : '?';
	}
}

/* Centred on a line, at most `room` bytes; the middle of what is longer is left out. */
static void
row_put_centred(struct drawing *d, uint32_t at, const char *text, uint32_t room)
{
	char copy[64];
	uint32_t len = (uint32_t)strlen(text);
	if (room >= sizeof(copy))
		room = sizeof(copy) - 1;
	if (len > room && room > 4) {
		uint32_t head = (room - 2) / 2, tail = room - 2 - head;
		snprintf(copy, sizeof(copy), "%.*s..%s", (int)head, text, text + len - tail);
		len = room;
	} else {
		snprintf(copy, sizeof(copy), "%.*s", (int)room, text);
		len = (uint32_t)strlen(copy);
	}
	uint32_t start = at > len / 2 ? at - len / 2 : 0;
	if (start + len > RF_LADDER_COLUMNS_MAX)
		start = RF_LADDER_COLUMNS_MAX - len;
	row_put(d, start, copy, len);
}

static void
draw_head(struct drawing *d)
{
	static const char *const transports[] = { "", "udp", "tcp", "tls", "" };
	uint32_t room = d->lines > 1 ? d->at[1] - d->at[0] - 2 : 40;
	for (uint32_t part = 0; part < 3; part++) {
		row_begin(d, ' ');
		if (part == 0)
			row_put(d, TIME_LEN - 2, "ms", 2);
		for (uint32_t i = 0; i < d->parties.count; i++) {
			const struct rf_ladder_party *party = &d->parties.at[i];
			char text[64];
			uint32_t len = rf_ip_write(text, party->remote.ip, false);
			text[len] = '\0';
			if (part == 0)
				snprintf(text, sizeof(text), "%s", party->role);
			if (part == 2)
				snprintf(text, sizeof(text), "%s %u",
				    transports[party->remote.proto % 5], party->remote.port);
			row_put_centred(d, d->at[line_of(i)], text, room);
		}
		if (part == 0)
			row_put_centred(d, d->at[d->referee], "referee", room);
		row_end(d);
	}
	row_begin(d, '|');
	row_end(d);
}

static void
put_time(struct drawing *d, rf_time since)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "%*lld.%lld", TIME_LEN - 2,
	    (long long)(since / RF_MS),
	    (long long)(since % RF_MS / (RF_MS / 10)));
	row_put(d, 0, text, (uint32_t)len);
}

/* The fullest wording that fits: "200 OK (BYE)", "200 (BYE)", "200". */
static void
label_of(char *out, size_t max, const struct rf_trace *record, uint32_t room)
{
	struct rf_slice method = rf_method_name((enum rf_method)record->method);
	struct rf_slice reason = rf_reason_phrase(record->status);
	bool invite = record->method == RF_METHOD_INVITE;
	const char *extra = record->text;
	uint32_t extra_len = (uint32_t)strnlen(extra, sizeof(record->text));
	for (uint32_t shorter = 0; shorter < 5; shorter++) {
		int with_extra = shorter == 0 || shorter == 2 ? (int)extra_len : 0;
		const char *space = with_extra > 0 ? " " : "";
		int len;
		if (record->status == 0)
			len = snprintf(out, max, "%.*s%s%.*s", (int)method.len, method.p, space,
			    with_extra, extra);
		else if (shorter < 2 && invite)
			len = snprintf(out, max, "%u %.*s%s%.*s", record->status, (int)reason.len,
			    reason.p, space, with_extra, extra);
		else if (shorter < 2)
			len = snprintf(out, max, "%u %.*s (%.*s)%s%.*s", record->status,
			    (int)reason.len, reason.p, (int)method.len, method.p, space, with_extra,
			    extra);
		else if (shorter < 4 && !invite)
			len = snprintf(out, max, "%u (%.*s)%s%.*s", record->status, (int)method.len,
			    method.p, space, with_extra, extra);
		else
			len = snprintf(out, max, "%u", record->status);
		if (len >= 0 && (uint32_t)len <= room)
			return;
	}
	out[room < max ? room : max - 1] = '\0';
}

static void
draw_message(struct drawing *d, const struct rf_trace *record, rf_time since)
{
	char label[160];
	uint32_t party = rf_ladder_party_of(&d->parties, record);
	uint32_t a = d->at[d->referee], b = d->at[line_of(party)];
	uint32_t left = a < b ? a : b, right = a < b ? b : a;
	bool to_right = (record->kind == RF_TRACE_TX) == (a < b);
	row_begin(d, '|');
	put_time(d, since);
	uint32_t from = left + 1, room = right - left - 1;
	for (uint32_t i = from; i < right; i++) {
		/* What crosses the line of another party does not hide it. */
		if (d->row[i] != '|')
			d->row[i] = record->retransmission ? '~' : '-';
	}
	d->row[to_right ? right - 1 : from] = to_right ? '>' : '<';
	/* A long arrow carries its words next to referee, where the eye looks for them. */
	uint32_t span = d->at[1] - d->at[0];
	if (room > span - 1) {
		from = a < b ? from : right - (span - 1);
		room = span - 1;
	}
	label_of(label, sizeof(label), record, room > 6 ? room - 6 : 0);
	uint32_t len = (uint32_t)strlen(label);
	if (len > 0) {
		uint32_t at = from + (room - len - 2) / 2;
		row_put(d, at, " ", 1);
		row_put(d, at + 1, label, len);
		row_put(d, at + 1 + len, " ", 1);
	}
	row_end(d);
}

/* Words between the arrows, right of referee's line; longer ones begin further left. */
static void
draw_words(struct drawing *d, const char *mark, const char *text)
{
	char words[160];
	int len = snprintf(words, sizeof(words), " %s %s ", mark, text);
	uint32_t width = (uint32_t)(len < (int)sizeof(words) ? len : (int)sizeof(words) - 1);
	uint32_t at = d->at[d->referee] + 1;
	if (width > RF_LADDER_COLUMNS_MAX - TIME_LEN)
		width = RF_LADDER_COLUMNS_MAX - TIME_LEN;
	if (at + width > RF_LADDER_COLUMNS_MAX)
		at = RF_LADDER_COLUMNS_MAX - width;
	row_begin(d, '|');
	row_put(d, at, words, width);
	row_end(d);
}

static void
draw_record(struct drawing *d, const struct rf_trace *record, rf_time since)
{
	char name[128];
	switch ((enum rf_trace_kind)record->kind) {
	case RF_TRACE_RX:
	case RF_TRACE_TX:
		draw_message(d, record, since);
		d->retransmissions = d->retransmissions || record->retransmission;
		break;
	case RF_TRACE_ROW:
		if (d->style->row_name != NULL && d->style->row_name(d->style->user,
		    record->machine,
		    record->row, name, sizeof(name)))
			draw_words(d, "*", name);
		break;
	case RF_TRACE_NOTE:
		snprintf(name, sizeof(name), "%.*s", (int)sizeof(record->text), record->text);
		draw_words(d, "--", name);
		break;
	}
}

bool
rf_ladder_write(const struct rf_ladder *ladder, uint64_t session,
    const struct rf_ladder_style *style, FILE *out)
{
	static const struct rf_ladder_style plain = { .row_name = NULL };
	struct drawing d = { .out = out, .style = style != NULL ? style : &plain };
	uint64_t cursor = 0;
	struct rf_trace record;
	bool more = rf_ladder_next(ladder, session, &cursor, &record);
	if (!more)
		return false;
	rf_ladder_parties_find(ladder, session, &d.parties);
	place_lines(&d);
	rf_time start = record.time, last = start;
	uint32_t messages = 0;
	if (d.style->title != NULL)
		fprintf(out, "%s\n\n", d.style->title);
	else
		fprintf(out, "session %012llx\n\n", (unsigned long long)session);
	draw_head(&d);
	for (; more; more = rf_ladder_next(ladder, session, &cursor, &record)) {
		if (record.time - last >= GAP) {
			row_begin(&d, ':');
			row_end(&d);
		}
		last = record.time;
		draw_record(&d, &record, record.time - start);
		messages += record.kind == RF_TRACE_RX || record.kind == RF_TRACE_TX;
	}
	row_begin(&d, '|');
	row_end(&d);
	fprintf(out, "%u messages, %u parties, %lld.%03lld s%s\n", messages, d.parties.count,
	    (long long)((last - start) / RF_SECOND),
	    (long long)((last - start) % RF_SECOND / RF_MS),
	    d.retransmissions ? "   (~~~ sent again)" : "");
	return true;
}
