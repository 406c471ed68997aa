/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_policy_world.c -- the tables that tests of policy ask, and how they ask. */
#include "tests/unit/test_policy_world.h"

#include <stdio.h>
#include <string.h>

#include "tests/check.h"

#define LIST(...) ((const char *[]){ __VA_ARGS__ })

static struct rf_policy_network wide[] = { { IPV4(10, 0, 0, 0), 96 + 8 } };
static struct rf_policy_network narrow[] = { { IPV4(10, 1, 2, 0), 96 + 24 } };
static struct rf_policy_network odd[] = { { IPV4(192, 0, 2, 128), 96 + 25 } };
static struct rf_policy_network six[] = { { { 0x20, 0x01, 0x0d, 0xb8 }, 32 } };

enum { WIDE, NARROW, NAMED, BOTH, SIX, DENIED, SILENCED, FROM_LIST, ALLOWING, REFUSING };
struct rf_policy_partner partners[] = {
	[WIDE] = { .name = "wide", .source = wide, .source_count = 1 },
	[NARROW] = { .name = "narrow", .source = narrow, .source_count = 1,
	    .referred_by = LIST("sip:*@acme.example", "sip:boss@other.example:5080", "tel:+49*"),
	    .referred_by_count = 3, .wait_for_bye_ms = 5000, .accept_code = 200,
	    .notify_provisional = (uint32_t[]){ 100, 180 }, .notify_provisional_count = 2,
	    .subscription_id = RF_ID_ALWAYS, .pass = LIST("User-to-User", "X-A-*"),
	    .pass_count = 2 },
	[NAMED] = { .name = "named", .tls_san = LIST("sip.named.example"), .tls_san_count = 1 },
	[BOTH] = { .name = "both", .tls_san = LIST("a.both.example", "b.both.example"),
	    .tls_san_count = 2, .source = odd, .source_count = 1 },
	[SIX] = { .name = "six", .source = six, .source_count = 1 },
	[DENIED] = { .name = "denied", .refer = RF_POLICY_REJECT, .refer_code = 603 },
	[SILENCED] = { .name = "silenced", .refer = RF_POLICY_REJECT, .refer_code = 405 },
	[FROM_LIST] = { .name = "from", .referred_by = LIST("sip:agent-*@acme.example"),
	    .referred_by_count = 1, .referred_by_missing = RF_MISSING_FROM },
	[ALLOWING] = { .name = "allowing", .referred_by = LIST("sip:*@acme.example"),
	    .referred_by_count = 1, .referred_by_missing = RF_MISSING_ALLOW },
	[REFUSING] = { .name = "refusing", .referred_by_missing = RF_MISSING_REFUSE },
};

static struct rf_policy_route routes[] = {
	{ .trigger = RF_ON_INVITE, .key = "in-*", .to = { RF_TO_URI, "sip:desk@192.0.2.9" } },
	{ .name = "only-six", .partner = "six", .to = { RF_TO_REJECT, NULL }, .status = 486 },
	{ .key = "billing", .to = { RF_TO_QUEUE, "billing" } },
	{ .key = "turns", .to = { RF_TO_QUEUE, "turns" } },
	{ .key = "+49[2-9]*", .to = { RF_TO_URI, "sip:germany@192.0.2.9" }, .ring_ms = 9000 },
	{ .key = "a b", .to = { RF_TO_URI, "sip:space@192.0.2.9" } },
	{ .key = "", .to = { RF_TO_URI, "sip:nobody@192.0.2.9" } },
	{ .key = "lost", .to = { RF_TO_QUEUE, "nowhere" } },
};

static struct rf_policy_target billing[] = { { "sip:b1@192.0.2.1", 7000 }, { "sip:b2@192.0.2.2",
    0 } };
struct rf_policy_target turns[TURNS] = { { "sip:t1@x", 0 }, { "sip:t2@x", 0 }, { "sip:t3@x", 0 } };
static struct rf_policy_target overflow[] = { { "sip:o@192.0.2.3", 0 } };
static struct rf_policy_queue queues[] = {
	{ .name = "billing", .ring_ms = 20000, .targets = billing, .targets_count = 2,
	    .overflow = "overflow" },
	{ .name = "overflow", .targets = overflow, .targets_count = 1 },
	{ .name = "turns", .strategy = RF_ROUND_ROBIN, .targets = turns, .targets_count = 3 },
};

struct rf_policy_tables tables = {
	.partners = partners,
	.partners_count = RF_ARRAY_LEN(partners),
	.routes = routes,
	.routes_count = RF_ARRAY_LEN(routes),
	.queues = queues,
	.queues_count = RF_ARRAY_LEN(queues),
	.ivr = "sip:ivr@192.0.2.4",
};

struct rf_plan plan;
uint64_t dropped;

void
ask(struct rf_policy *policy, const char *partner, enum rf_plan_trigger trigger, const char *first,
    const char *headers)
{
	char text[12 * 1024];
	static struct rf_message message;
	const char *why, *method = trigger == RF_TRIGGER_REFER ? "REFER" : "INVITE";
	int len = snprintf(text, sizeof(text),
	    "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n"
	    "From: <sip:agent-7@acme.example>;tag=1\r\nTo: <sip:r@example.com>;tag=2\r\n"
	    "Call-ID: 1\r\nCSeq: 1 %s\r\nContact: <sip:a@192.0.2.7>\r\n%sContent-Length: 0\r\n\r\n",
	    method, first, method, headers);
	CHECK_OR_STOP(len > 0 && (size_t)len < sizeof(text));
	enum rf_verdict verdict =
	    rf_message_parse(&message, (struct rf_slice){ text, (uint32_t)len }, &why);
	if (verdict != RF_VERDICT_OK)
		check_note("%s: %s", why, text);
	CHECK_OR_STOP(verdict == RF_VERDICT_OK);
	memset(&plan, 0xa5, sizeof(plan));
	rf_policy_route(policy, &(struct rf_route_question){ .trigger = trigger,
	    .partner = rf_slice_of(partner), .partner_assumed = true, .message = &message }, &plan);
	dropped = rf_policy_embedded_dropped(policy);
	CHECK(plan.size == offsetof(struct rf_plan, text) + plan.text_len);
}

void
refer_as(const char *partner, const char *headers)
{
	struct rf_policy *policy = rf_policy_new(&tables);
	ask(policy, partner, RF_TRIGGER_REFER, "sip:r@example.com", headers);
	rf_policy_free(policy);
}

void
refer_to(const char *value)
{
	char header[10 * 1024];
	snprintf(header, sizeof(header), "Refer-To: %s\r\n", value);
	refer_as("wide", header);
}

void
invite(const char *uri)
{
	struct rf_policy *policy = rf_policy_new(&tables);
	ask(policy, "wide", RF_TRIGGER_INVITE, uri, "");
	rf_policy_free(policy);
}

bool
is(struct rf_span span, const char *text)
{
	bool same = rf_slice_equal(rf_plan_text(&plan, span), rf_slice_of(text));
	if (!same)
		check_note("expected %s, got %.*s", text, span.len, plan.text + span.at);
	return same;
}

bool
refused(uint16_t status, const char *why)
{
	if (plan.allow || plan.status != status)
		check_note("allow %d status %u", plan.allow, plan.status);
	return !plan.allow && plan.status == status && is(plan.why, why);
}
