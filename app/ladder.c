/* SPDX-License-Identifier: BSD-2-Clause */
/* app/ladder.c -- the ring of trace records, who the parties of a session are, and the JSON
 * form. */
#include "app/ladder.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "app/ladder_parts.h"
#include "app/pages.h"

struct rf_ladder *
rf_ladder_new(uint32_t records_max)
{
	struct rf_ladder *ladder = calloc(1, sizeof(*ladder));
	if (ladder == NULL)
		return NULL;
	ladder->max = records_max != 0 ? records_max : RF_LADDER_RECORDS_DEFAULT;
	ladder->texts_max = ladder->max < RF_LADDER_TEXTS_MAX ? ladder->max : RF_LADDER_TEXTS_MAX;
	ladder->entry = rf_pages_map(ladder->max * sizeof(*ladder->entry));
	ladder->text = calloc(ladder->texts_max, sizeof(*ladder->text));
	if (ladder->entry != NULL && ladder->text != NULL)
		return ladder;
	rf_ladder_free(ladder);
	return NULL;
}

void
rf_ladder_free(struct rf_ladder *ladder)
{
	if (ladder == NULL)
		return;
	rf_pages_unmap(ladder->entry, ladder->max * sizeof(*ladder->entry));
	free(ladder->text);
	free(ladder);
}

void
rf_ladder_add(struct rf_ladder *ladder, const struct rf_trace *record)
{
	struct rf_ladder_entry *entry = &ladder->entry[ladder->next++ % ladder->max];
	memcpy(entry->record, record, sizeof(entry->record));
	entry->text = 0;
	if (record->text[0] == '\0')
		return;
	memcpy(ladder->text[ladder->next_text++ % ladder->texts_max], record->text,
	    RF_LADDER_TEXT_MAX);
	entry->text = ladder->next_text;
}

static void
record_at(const struct rf_ladder *ladder, uint64_t n, struct rf_trace *out)
{
	const struct rf_ladder_entry *entry = &ladder->entry[n % ladder->max];
	memcpy(out, entry->record, sizeof(entry->record));
	out->text[0] = '\0';
	if (entry->text != 0 && ladder->next_text - entry->text < ladder->texts_max)
		memcpy(out->text, ladder->text[(entry->text - 1) % ladder->texts_max],
		    RF_LADDER_TEXT_MAX);
}

static uint64_t
oldest(const struct rf_ladder *ladder)
{
	return ladder->next > ladder->max ? ladder->next - ladder->max : 0;
}

uint64_t
rf_ladder_newest(const struct rf_ladder *ladder)
{
	struct rf_trace record;
	for (uint64_t i = ladder->next; i > oldest(ladder); i--) {
		record_at(ladder, i - 1, &record);
		if (record.session != 0)
			return record.session;
	}
	return 0;
}

bool
rf_ladder_next(const struct rf_ladder *ladder, uint64_t session, uint64_t *cursor,
    struct rf_trace *out)
{
	if (*cursor < oldest(ladder))
		*cursor = oldest(ladder);
	while (*cursor < ladder->next) {
		record_at(ladder, (*cursor)++, out);
		if (out->session == session)
			return true;
	}
	return false;
}

uint32_t
rf_ladder_count(const struct rf_ladder *ladder, uint64_t session)
{
	struct rf_trace record;
	uint64_t cursor = 0;
	uint32_t count = 0;
	while (rf_ladder_next(ladder, session, &cursor, &record))
		count++;
	return count;
}

/* ---- parties ----------------------------------------------------------------------------- */

static bool
same_address(const struct rf_addr *a, const struct rf_addr *b)
{
	return memcmp(a->ip, b->ip, sizeof(a->ip)) == 0 && a->port == b->port && a->proto ==
	    b->proto;
}

/* A leg is one party even if its port changes; a second leg to the same place in the same role,
 * such as a retry, is the same party too. */
static bool
is_party(const struct rf_ladder_party *party, const struct rf_trace *record)
{
	if (record->leg != 255 && (party->legs[record->leg / 8] >> (record->leg % 8) & 1) != 0)
		return true;
	return strncmp(party->role, record->role, sizeof(record->role)) == 0 &&
	    same_address(&party->remote, &record->remote);
}

static bool
is_message(const struct rf_trace *record)
{
	return record->kind == RF_TRACE_RX || record->kind == RF_TRACE_TX;
}

uint32_t
rf_ladder_party_of(const struct rf_ladder_parties *parties, const struct rf_trace *record)
{
	for (uint32_t i = 0; i < parties->count; i++) {
		if (is_party(&parties->at[i], record))
			return i;
	}
	return parties->count - 1;
}

void
rf_ladder_parties_find(const struct rf_ladder *ladder, uint64_t session,
    struct rf_ladder_parties *out)
{
	struct rf_trace record;
	uint64_t cursor = 0;
	memset(out, 0, sizeof(*out));
	while (rf_ladder_next(ladder, session, &cursor, &record)) {
		uint32_t i = 0;
		if (!is_message(&record))
			continue;
		while (i < out->count && !is_party(&out->at[i], &record))
			i++;
		if (i == RF_LADDER_PARTIES_MAX)
			continue;
		struct rf_ladder_party *party = &out->at[i];
		if (i == out->count) {
			out->count++;
			memcpy(party->role, record.role, sizeof(record.role));
			party->remote = record.remote;
		}
		if (record.leg != 255)
			party->legs[record.leg / 8] |= (uint8_t)(1 << record.leg % 8);
	}
}

/* ---- JSON -------------------------------------------------------------------------------- */

static void
put_string(FILE *out, const char *text, size_t max)
{
	putc('"', out);
	for (size_t i = 0; i < max && text[i] != '\0'; i++) {
		unsigned char c = (unsigned char)text[i];
		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20 || c >= 0x7f)
			fprintf(out, "\\u%04x", c);
		else
			putc(c, out);
	}
	putc('"', out);
}

static void
put_address(FILE *out, const struct rf_addr *address)
{
	static const char *const transports[] = { "none", "udp", "tcp", "tls", "other" };
	char ip[48];
	uint32_t len = rf_ip_write(ip, address->ip, true);
	assert(address->proto < RF_ARRAY_LEN(transports));
	fprintf(out, "\"remote\":\"%.*s:%u\",\"transport\":\"%s\"", (int)len, ip, address->port,
	    transports[address->proto]);
}

static void
put_record(FILE *out, const struct rf_ladder_parties *parties, const struct rf_trace *record,
    rf_time start, const struct rf_ladder_style *style)
{
	static const char *const kinds[] = { "rx", "tx", "row", "note" };
	char name[128];
	fprintf(out, "{\"us\":%lld,\"kind\":\"%s\"", (long long)(record->time - start),
	    kinds[record->kind]);
	if (is_message(record)) {
		struct rf_slice method = rf_method_name((enum rf_method)record->method);
		fprintf(out, ",\"party\":%u,\"method\":\"%.*s\"", rf_ladder_party_of(parties,
		    record),
		    (int)method.len, method.p);
		if (record->status != 0)
			fprintf(out, ",\"status\":%u", record->status);
		if (record->retransmission)
			fputs(",\"retransmission\":true", out);
	} else if (record->kind == RF_TRACE_ROW && style != NULL && style->row_name != NULL &&
	    style->row_name(style->user, record->machine, record->row, name, sizeof(name))) {
		fputs(",\"row\":", out);
		put_string(out, name, sizeof(name));
	}
	if (record->text[0] != '\0') {
		fputs(",\"text\":", out);
		put_string(out, record->text, sizeof(record->text));
	}
	putc('}', out);
}

bool
rf_ladder_write_json(const struct rf_ladder *ladder, uint64_t session,
    const struct rf_ladder_style *style, FILE *out)
{
	struct rf_ladder_parties parties;
	struct rf_trace record;
	uint64_t cursor = 0;
	rf_time start = 0;
	rf_ladder_parties_find(ladder, session, &parties);
	fprintf(out, "{\"session\":\"%012llx\",\"parties\":[", (unsigned long long)session);
	for (uint32_t i = 0; i < parties.count; i++) {
		fputs(i > 0 ? ",{\"role\":" : "{\"role\":", out);
		put_string(out, parties.at[i].role, sizeof(parties.at[i].role));
		putc(',', out);
		put_address(out, &parties.at[i].remote);
		putc('}', out);
	}
	fputs("],\"records\":[", out);
	bool first = true;
	while (rf_ladder_next(ladder, session, &cursor, &record)) {
		if (first)
			start = record.time;
		else
			putc(',', out);
		put_record(out, &parties, &record, start, style);
		first = false;
	}
	fputs("]}\n", out);
	return !first;
}
