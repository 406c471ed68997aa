/* SPDX-License-Identifier: BSD-2-Clause */
/* tests/unit/test_journal_rig.c -- the engine of the journal's unit tests. */
#include "tests/unit/test_journal_rig.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

const uint8_t rig_build[RF_BUILD_ID_LEN] = "this build";

static const struct rf_engine_limits limits = { .calls = 4, .transactions = 64, .text_bytes = MIB };

struct rig *
rig_new(void)
{
	static const uint8_t seed[16] = "sixteen letters";
	struct rig *g = calloc(1, sizeof *g);
	void *block = calloc(1, rf_engine_size(&limits));
	struct rf_engine_config config = { .hash_effects = true, .listener_count = 1 };
	assert(g != NULL);
	assert(block != NULL);
	config.listener[0].local = (struct rf_addr){ .port = 5060, .proto = RF_UDP };
	snprintf(config.listener[0].advertise, RF_NAME_MAX, "192.0.2.1:5060");
	snprintf(config.domain, RF_NAME_MAX, "referee.example");
	g->engine = rf_engine_init(block, &limits, &config, seed, 0);
	return g;
}

void
rig_free(struct rig *g)
{
	free(g->engine);
	free(g);
}

struct rf_event
rig_request(struct rig *g, const char *secret)
{
	struct rf_event e = { .kind = RF_EV_MESSAGE };
	g->now += 40 * RF_SECOND;                       /* the one before is forgotten */
	g->asked++;
	e.path.local = (struct rf_addr){ .port = 5060, .proto = RF_UDP };
	e.path.remote = (struct rf_addr){ .ip = { 9 }, .port = 5060, .proto = RF_UDP };
	snprintf(g->text, sizeof g->text,
	    "OPTIONS sip:bob:%s@referee.example SIP/2.0\r\n"
	    "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK%u\r\nFrom: <sip:a@b>;tag=%u\r\n"
	    "To: <sip:bob@referee.example>\r\nCall-ID: %u\r\nCSeq: 1 OPTIONS\r\n"
	    "Authorization: Digest response=\"%s\"\r\nMax-Forwards: 70\r\n"
	    "Content-Length: 0\r\n\r\n",
	    secret, g->asked, g->asked, g->asked, secret);
	e.bytes = rf_slice_of(g->text);
	return e;
}
