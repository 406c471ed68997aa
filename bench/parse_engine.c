/* SPDX-License-Identifier: BSD-2-Clause */
/* bench/parse_engine.c -- what a request costs that comes again, on the engine's own way: until its
 * transaction is found, and the whole step with the answer sent again.
 *
 * Requests only: a response comes again to who asked, and its branch is nobody's here. */
#include "bench/parse.h"

#include <stdlib.h>

#include "engine/engine.h"
#include "engine/txn_key.h"

enum { MESSAGES_MAX = 64, QUESTIONS_MAX = 4 };

static struct rf_engine *engine;
static struct rf_effects effects;
static struct rf_message message;
static bool met[MESSAGES_MAX];

static struct rf_addr
address(uint8_t last)
{
	return (struct rf_addr){
		.ip = { [10] = 0xff, [11] = 0xff, 192, 0, 2, last }, .port = 5060, .proto = RF_UDP
	};
}

bool
bench_init(void)
{
	static const uint8_t seed[16] = { 1 };
	static const struct rf_engine_limits limits = {
		.calls = 8, .transactions = 2 * MESSAGES_MAX, .text_bytes = 1 << 20
	};
	struct rf_engine_config config = { .listener_count = 1, .domain = "referee.example" };
	config.listener[0] =
	    (struct rf_listener){ .local = address(250), .advertise = "192.0.2.250:5060" };
	void *block = calloc(1, rf_engine_size(&limits));
	if (block != NULL)
		engine = rf_engine_init(block, &limits, &config, seed, 0);
	return engine != NULL;
}

static void
receive(const char *text, size_t len)
{
	rf_engine_step(engine, 0, &(struct rf_event){ .kind = RF_EV_MESSAGE,
		.path = { .local = address(250), .remote = address(1) },
		.bytes = { text, (uint32_t)len } }, &effects);
}

/* The first time, until it is answered for good: policy knows no target. */
static void
meet(const char *text, size_t len, unsigned index)
{
	static const struct rf_plan refusal = { .status = 404 };
	if (met[index % MESSAGES_MAX])
		return;
	met[index % MESSAGES_MAX] = true;
	receive(text, len);
	for (unsigned asked = 0; asked < QUESTIONS_MAX; asked++) {
		uint32_t i = 0;
		while (i < effects.count && effects.at[i].kind != RF_FX_ROUTE &&
		       effects.at[i].kind != RF_FX_STORE)
			i++;
		if (i == effects.count)
			return;
		rf_engine_step(engine, 0, &(struct rf_event){ .kind = RF_EV_ANSWER,
			.token = effects.at[i].token, .plan = &refusal, .stored = true }, &effects);
	}
}

static bool
found(const char *text, size_t len, unsigned index)
{
	const char *why;
	meet(text, len, index);
	return rf_message_key(&message, (struct rf_slice){ text, (uint32_t)len }, &why) ==
		   RF_VERDICT_OK &&
	    rf_server_find(engine, rf_branch_key(engine, &message.via, message.method_text)) !=
		NULL;
}

static bool
again(const char *text, size_t len, unsigned index)
{
	meet(text, len, index);
	receive(text, len);
	return effects.count == 1 && effects.at[0].kind == RF_FX_SEND;
}

const struct bench_level bench_levels[] = {
	{ "referee, found", "a request that came before: as keyed, and its transaction", found },
	{ "referee, again", "the same, by rf_engine_step, and the answer sent again", again },
};
const size_t bench_levels_count = sizeof(bench_levels) / sizeof(bench_levels[0]);
