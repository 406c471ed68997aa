/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_ladder.c -- the drawing is what people see of referee: byte for byte. */
#include "app/ladder.h"

#include <stdlib.h>
#include <string.h>

#include "tests/check.h"

#define IPV4(a, b, c, d) { [10] = 0xff, 0xff, (a), (b), (c), (d) }
#define CALLER { .ip = IPV4(198, 51, 100, 7), .port = 5060, .proto = RF_UDP }
#define CENTER { .ip = IPV4(203, 0, 113, 9), .port = 5061, .proto = RF_TLS }
#define QUEUE { .ip = { 0x20, 0x01, 0x0d, 0xb8, [15] = 5 }, .port = 5060, .proto = RF_TCP }

#define MESSAGE(at, way, number, who, address, what, code, sent_again, words)                      \
	{ .time = (at), .session = 17, .kind = RF_TRACE_##way, .leg = (number), .role = who,       \
	  .remote = address, .method = RF_METHOD_##what, .status = (code),                         \
	  .retransmission = (sent_again), .text = words }
#define ROW(at, number) { .time = (at), .session = 17, .kind = RF_TRACE_ROW, .row = (number) }

static const struct rf_trace hand_back[] = {
	MESSAGE(5000000, RX, 0, "caller", CALLER, INVITE, 0, 0, ""),
	MESSAGE(5000300, TX, 0, "caller", CALLER, INVITE, 100, 0, ""),
	MESSAGE(5000900, TX, 1, "callee", CENTER, INVITE, 0, 0, ""),
	MESSAGE(5020000, RX, 1, "callee", CENTER, INVITE, 180, 0, ""),
	MESSAGE(5020100, TX, 0, "caller", CALLER, INVITE, 180, 0, ""),
	MESSAGE(5120000, RX, 1, "callee", CENTER, INVITE, 200, 0, ""),
	MESSAGE(5120100, TX, 0, "caller", CALLER, INVITE, 200, 0, ""),
	MESSAGE(5620100, TX, 0, "caller", CALLER, INVITE, 200, 1, ""),
	MESSAGE(5621000, RX, 0, "caller", CALLER, ACK, 0, 0, ""),
	MESSAGE(9100000, RX, 1, "callee", CENTER, REFER, 0, 0, "billing"),
	ROW(9100200, 1),
	MESSAGE(9101000, TX, 1, "callee", CENTER, REFER, 202, 0, ""),
	MESSAGE(9101100, TX, 1, "callee", CENTER, NOTIFY, 0, 0, "100 Trying"),
	MESSAGE(9101900, RX, 1, "callee", CENTER, NOTIFY, 200, 0, ""),
	MESSAGE(9102000, TX, 2, "target", QUEUE, INVITE, 0, 0, ""),
	MESSAGE(9140000, RX, 2, "target", QUEUE, INVITE, 200, 0, ""),
	MESSAGE(9140100, TX, 2, "target", QUEUE, ACK, 0, 0, ""),
	{ .time = 9140150, .session = 17, .kind = RF_TRACE_NOTE, .text = "transferred" },
	MESSAGE(9140200, TX, 1, "callee", CENTER, NOTIFY, 0, 0, "200 OK"),
	MESSAGE(9141000, RX, 1, "callee", CENTER, NOTIFY, 200, 0, ""),
	MESSAGE(9141100, TX, 1, "callee", CENTER, BYE, 0, 0, ""),
	MESSAGE(9142000, RX, 1, "callee", CENTER, BYE, 200, 0, ""),
};

static bool
row_name(void *user, uint8_t machine, uint16_t row, char *out, size_t max)
{
	(void)user;
	(void)machine;
	snprintf(out, max, "refer IDLE/RX_REFER/well_formed -> SCREENING");
	return row == 1;
}

static struct rf_ladder *
filled(uint32_t max)
{
	struct rf_ladder *ladder = rf_ladder_new(max);
	CHECK_OR_STOP(ladder != NULL);
	for (size_t i = 0; i < RF_ARRAY_LEN(hand_back); i++) {
		struct rf_trace other = hand_back[i];
		other.session = 16;
		rf_ladder_add(ladder, &other);
		rf_ladder_add(ladder, &hand_back[i]);
	}
	return ladder;
}

static char *
drawn(const struct rf_ladder *ladder, uint64_t session, const struct rf_ladder_style *style,
    bool json)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	bool any = json ? rf_ladder_write_json(ladder, session, style, out) :
	    rf_ladder_write(ladder, session, style, out);
	fclose(out);
	CHECK(any || json || len == 0);
	return text;
}

/* clang-format off */
static const char drawing[] =
"session 000000000011\n"
"\n"
"       ms     caller                  referee                 callee                  target\n"
"           198.51.100.7                                     203.0.113.9             2001:db8::5\n"
"             udp 5060                                        tls 5061                tcp 5060\n"
"                 |                       |                       |                       |\n"
"      0.0        |------- INVITE ------->|                       |                       |\n"
"      0.3        |<---- 100 Trying ------|                       |                       |\n"
"      0.9        |                       |------- INVITE ------->|                       |\n"
"     20.0        |                       |<---- 180 Ringing -----|                       |\n"
"     20.1        |<---- 180 Ringing -----|                       |                       |\n"
"    120.0        |                       |<------ 200 OK --------|                       |\n"
"    120.1        |<------ 200 OK --------|                       |                       |\n"
"    620.1        |<~~~~~~ 200 OK ~~~~~~~~|                       |                       |\n"
"    621.0        |--------- ACK -------->|                       |                       |\n"
"                 :                       :                       :                       :\n"
"   4100.0        |                       |<--- REFER billing ----|                       |\n"
"                 |                       | * refer IDLE/RX_REFER/well_formed -> SCREENING\n"
"   4101.0        |                       |----- 202 (REFER) ---->|                       |\n"
"   4101.1        |                       |-- NOTIFY 100 Trying ->|                       |\n"
"   4101.9        |                       |<-- 200 OK (NOTIFY) ---|                       |\n"
"   4102.0        |                       |------- INVITE --------|---------------------->|\n"
"   4140.0        |                       |<------ 200 OK --------|-----------------------|\n"
"   4140.1        |                       |--------- ACK ---------|---------------------->|\n"
"                 |                       | -- transferred        |                       |\n"
"   4140.2        |                       |---- NOTIFY 200 OK --->|                       |\n"
"   4141.0        |                       |<-- 200 OK (NOTIFY) ---|                       |\n"
"   4141.1        |                       |--------- BYE -------->|                       |\n"
"   4142.0        |                       |<--- 200 OK (BYE) -----|                       |\n"
"                 |                       |                       |                       |\n"
"20 messages, 3 parties, 4.142 s   (~~~ sent again)\n";
/* clang-format on */

static void
a_hand_back_reads_from_left_to_right(void)
{
	struct rf_ladder *ladder = filled(0);
	char *text = drawn(ladder, 17, &(struct rf_ladder_style){ .row_name = row_name }, false);
	CHECK(strcmp(text, drawing) == 0);
	if (strcmp(text, drawing) != 0)
		check_note("%s", text);
	free(text);
	rf_ladder_free(ladder);
}

static void
rows_are_left_out_without_names(void)
{
	struct rf_ladder *ladder = filled(0);
	char *text = drawn(ladder, 17, NULL, false);
	CHECK(strstr(text, "SCREENING") == NULL);
	CHECK(strstr(text, "transferred") != NULL);
	free(text);
	rf_ladder_free(ladder);
}

static void
a_session_nobody_knows_is_not_drawn(void)
{
	struct rf_ladder *ladder = filled(0);
	char *text = drawn(ladder, 99, NULL, false);
	CHECK(text[0] == '\0');
	free(text);
	CHECK(rf_ladder_newest(ladder) == 17);
	CHECK(rf_ladder_count(ladder, 99) == 0);
	CHECK(rf_ladder_count(ladder, 17) == RF_ARRAY_LEN(hand_back));
	rf_ladder_free(ladder);
}

static void
the_oldest_records_are_overwritten(void)
{
	struct rf_ladder *ladder = filled(10);
	CHECK(rf_ladder_count(ladder, 17) == 5);
	CHECK(rf_ladder_count(ladder, 16) == 5);
	char *text = drawn(ladder, 17, NULL, false);
	CHECK(strstr(text, "      0.0 ") != NULL);
	CHECK(strstr(text, "INVITE") == NULL);
	free(text);
	rf_ladder_free(ladder);
	ladder = rf_ladder_new(4);
	CHECK(rf_ladder_newest(ladder) == 0);
	rf_ladder_free(ladder);
}

/* The widest line of a text. */
static size_t
width_of(const char *text)
{
	size_t widest = 0;
	for (const char *p = text, *end; *p != '\0'; p = *end == '\0' ? end : end + 1) {
		end = strchrnul(p, '\n');
		widest = (size_t)(end - p) > widest ? (size_t)(end - p) : widest;
	}
	return widest;
}

static void
no_line_is_wider_than_a_hundred(void)
{
	struct rf_ladder *ladder = rf_ladder_new(0);
	for (uint8_t parties = 1; parties < 20; parties++) {
		for (uint8_t leg = 0; leg < parties; leg++) {
			struct rf_trace record = MESSAGE(0, TX, leg, "target", QUEUE, SUBSCRIBE,
			    480, 1,
			    "a long text that nobody has asked for, and then some more");
			memset(record.remote.ip, 0xa0 + leg, 16);
			memset(record.role, 'x', sizeof(record.role));
			memset(record.text, '\n', sizeof(record.text));
			record.session = parties;
			record.time = (rf_time)leg * 3600 * RF_SECOND;
			rf_ladder_add(ladder, &record);
			record.kind = RF_TRACE_NOTE;
			rf_ladder_add(ladder, &record);
			record.kind = RF_TRACE_RX;
			record.status = 0;
			rf_ladder_add(ladder, &record);
		}
		char *text = drawn(ladder, parties, NULL, false);
		CHECK(width_of(text) <= RF_LADDER_COLUMNS_MAX);
		free(text);
	}
	rf_ladder_free(ladder);
}

static void
a_leg_stays_one_party_when_its_port_changes(void)
{
	struct rf_ladder *ladder = filled(0);
	struct rf_trace record = MESSAGE(9200000, RX, 0, "caller", CALLER, BYE, 0, 0, "");
	record.remote.port = 40000;
	rf_ladder_add(ladder, &record);
	/* A stray message of no leg goes to the one it came from. */
	record.leg = 255;
	record.remote.port = 5060;
	rf_ladder_add(ladder, &record);
	char *text = drawn(ladder, 17, NULL, false);
	CHECK(strstr(text, "22 messages, 3 parties") != NULL);
	free(text);
	rf_ladder_free(ladder);
}

static void
json_names_parties_and_rows(void)
{
	struct rf_ladder *ladder = filled(0);
	char *text = drawn(ladder, 17, &(struct rf_ladder_style){ .row_name = row_name }, true);
	CHECK(strncmp(text, "{\"session\":\"000000000011\",\"parties\":[{\"role\":\"caller\","
	    "\"remote\":\"198.51.100.7:5060\",\"transport\":\"udp\"}", 101) == 0);
	CHECK(strstr(text, "{\"us\":300,\"kind\":\"tx\",\"party\":0,\"method\":\"INVITE\","
	    "\"status\":100}") != NULL);
	CHECK(strstr(text, "\"row\":\"refer IDLE/RX_REFER/well_formed -> SCREENING\"") != NULL);
	CHECK(strstr(text, "\"retransmission\":true") != NULL);
	CHECK(strstr(text, "\"kind\":\"note\",\"text\":\"transferred\"") != NULL);
	free(text);
	rf_ladder_free(ladder);
}

static const struct check_test tests[] = {
	CHECK_TEST(a_hand_back_reads_from_left_to_right),
	CHECK_TEST(rows_are_left_out_without_names),
	CHECK_TEST(a_session_nobody_knows_is_not_drawn),
	CHECK_TEST(the_oldest_records_are_overwritten),
	CHECK_TEST(no_line_is_wider_than_a_hundred),
	CHECK_TEST(a_leg_stays_one_party_when_its_port_changes),
	CHECK_TEST(json_names_parties_and_rows),
};

int
main(void)
{
	return check_main("ladder", tests, RF_ARRAY_LEN(tests));
}
